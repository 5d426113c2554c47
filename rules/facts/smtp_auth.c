/* Fills smtp_auth: one mailbox at a time, in the order of their GUIDs, in constant memory. */
#include "base/strs.h"
#include "base/timex.h"
#include "ca_effect.h"
#include "derive.h"
#include "model/store.h"
#include "smtp_gates.h"
#include "smtp_text.h"

#include <string.h>

enum column {
    COL_GUID,
    COL_USER_ID,
    COL_ADDRESS,
    COL_TYPE,
    COL_IS_HVE,
    COL_TENANT_FLAG,
    COL_MAILBOX_FLAG,
    COL_OWN_POLICY_KNOWN,
    COL_POLICY_SOURCE,
    COL_POLICY_NAME,
    COL_POLICY_BASIC,
    COL_HAS_PLAN,
    COL_ACCOUNT_ENABLED,
    COL_ACCOUNT_DISABLED,
    COL_SKU_ASSIGNED,
    COL_MFA_STATE,
    COL_DOMAIN,
    COL_DOMAIN_TYPE
};

static const char mailboxes_sql[] =
    "WITH zone(name, type) AS MATERIALIZED ("
    "  SELECT lower(name), CASE WHEN min(authentication_type) = max(authentication_type)"
    "                      THEN min(authentication_type) END FROM domain GROUP BY lower(name)),"
    " box AS ("
    "  SELECT m.*, u.account_enabled, u.per_user_mfa_state,"
    "    coalesce(u.user_principal_name, m.user_principal_name) AS upn"
    "  FROM mailbox m LEFT JOIN user u ON u.id = m.user_id)"
    " SELECT b.guid, b.user_id, b.primary_smtp_address, b.recipient_type, b.is_hve,"
    "   s.tenant_flag, s.mailbox_flag, b.authentication_policy_known, s.policy_source,"
    "   s.policy_name, s.policy_basic_smtp, s.has_exchange_plan, b.account_enabled,"
    "   b.account_disabled, b.sku_assigned, b.per_user_mfa_state,"
    "   lower(substr(b.upn, instr(b.upn, '@') + 1)), z.type"
    " FROM box b JOIN mailbox_smtp s ON s.mailbox_guid = b.guid"
    " LEFT JOIN zone z ON instr(b.upn, '@') > 0"
    "   AND z.name = lower(substr(b.upn, instr(b.upn, '@') + 1))"
    " ORDER BY b.guid";

static const char insert_sql[] =
    "INSERT INTO smtp_auth(mailbox_guid, user_id, address, basic, oauth_delegated, oauth_app, "
    "reply,"
    " layers, fix, confidence, explanation) VALUES (?,?,?,?,?,?,?,?,?,?,?)";

/* What holds for the whole tenant. */
struct tenant_facts {
    int64_t as_of_ms;
    enum fact security_defaults;
    enum fact ca_was_read;
    bool has_policies; /* false: none is in force, and all were read */
    struct ca_model *ca;
};

struct texts {
    struct buf layers, explanation, fix;
};

static enum fact fact_of(const struct stmt *st, int at)
{
    if (stmt_is_null(st, at))
        return FACT_UNKNOWN;
    return stmt_int(st, at) == 1 ? FACT_YES : stmt_int(st, at) == 0 ? FACT_NO : FACT_UNKNOWN;
}

static enum fact fact_not(enum fact f)
{
    return f == FACT_UNKNOWN ? f : f == FACT_YES ? FACT_NO : FACT_YES;
}

static enum smtp_switch switch_of(const char *word)
{
    if (str_eq(word, "on"))
        return SWITCH_ON;
    if (str_eq(word, "off"))
        return SWITCH_OFF;
    return str_eq(word, "inherit") ? SWITCH_INHERIT : SWITCH_UNKNOWN;
}

static enum fact fact_of_word(const char *word, const char *yes, const char *no)
{
    return str_ieq(word, yes) ? FACT_YES : str_ieq(word, no) ? FACT_NO : FACT_UNKNOWN;
}

static enum smtp_mfa mfa_of(const char *word)
{
    if (str_ieq(word, "enforced"))
        return MFA_ENFORCED;
    if (str_ieq(word, "enabled"))
        return MFA_ENABLED;
    return str_ieq(word, "disabled") ? MFA_DISABLED : MFA_UNKNOWN;
}

/* Graph's word on the account counts; Exchange's copy of it only where Graph's was not read. Of
 * Exchange's SKUAssigned only "no" counts, and second: "yes" does not say which SKU. */
static void read_case(const struct stmt *st, const struct tenant_facts *t, struct smtp_case *c)
{
    memset(c, 0, sizeof *c);
    c->as_of_ms = t->as_of_ms;
    c->guid = stmt_text(st, COL_GUID);
    c->address = stmt_text(st, COL_ADDRESS);
    c->recipient_type = stmt_text(st, COL_TYPE);
    c->recipient = smtp_recipient_of(c->recipient_type, stmt_int(st, COL_IS_HVE) == 1);
    c->tenant_switch = switch_of(stmt_text(st, COL_TENANT_FLAG));
    c->mailbox_switch = switch_of(stmt_text(st, COL_MAILBOX_FLAG));
    c->own_policy_known = fact_of(st, COL_OWN_POLICY_KNOWN);
    c->policy_known = str_eq(stmt_text(st, COL_POLICY_SOURCE), "unknown") ? FACT_NO : FACT_YES;
    c->policy_allows_basic = fact_of_word(stmt_text(st, COL_POLICY_BASIC), "allow", "block");
    c->policy_name = stmt_text(st, COL_POLICY_NAME);
    c->account_enabled = fact_of(st, COL_ACCOUNT_ENABLED);
    if (c->account_enabled == FACT_UNKNOWN)
        c->account_enabled = fact_not(fact_of(st, COL_ACCOUNT_DISABLED));
    c->is_federated = fact_of_word(stmt_text(st, COL_DOMAIN_TYPE), "Federated", "Managed");
    c->domain = stmt_text(st, COL_DOMAIN);
    c->security_defaults = t->security_defaults;
    c->mfa = mfa_of(stmt_text(st, COL_MFA_STATE));
    c->has_plan = fact_of(st, COL_HAS_PLAN);
    if (c->has_plan == FACT_UNKNOWN && fact_of(st, COL_SKU_ASSIGNED) == FACT_NO)
        c->has_plan = FACT_NO;
}

static enum smtp_answer answer_of(enum ca_verdict v)
{
    switch (v) {
    case CA_ALLOW:
        return SMTP_ALLOW;
    case CA_CONDITIONAL:
        return SMTP_CONDITIONAL;
    case CA_UNKNOWN:
        return SMTP_UNKNOWN;
    case CA_BLOCK:
        return SMTP_BLOCK;
    }
    return SMTP_UNKNOWN;
}

static enum smtp_confidence confidence_of(enum ca_confidence c)
{
    switch (c) {
    case CA_LOW:
        return CONFIDENCE_LOW;
    case CA_MEDIUM:
        return CONFIDENCE_MEDIUM;
    case CA_HIGH:
        return CONFIDENCE_HIGH;
    }
    return CONFIDENCE_LOW;
}

static void ask_ca(const struct tenant_facts *t, const char *user_id, struct smtp_case *c)
{
    const struct ca_answer *basic;
    const struct ca_answer *delegated;

    c->ca_was_read = t->ca_was_read;
    c->ca_confidence = CONFIDENCE_HIGH;
    if (!t->has_policies)
        return; /* nothing can stop anybody, not even somebody who was not read */
    if (user_id == NULL) {
        c->ca_basic = SMTP_UNKNOWN;
        c->ca_delegated = SMTP_UNKNOWN;
        c->ca_text = "No account is behind this mailbox to ask Conditional Access about";
        return;
    }
    basic = ca_answer(t->ca, user_id, CA_BASIC_SMTP);
    delegated = ca_answer(t->ca, user_id, CA_OAUTH_DELEGATED);
    c->ca_basic = answer_of(basic->verdict);
    c->ca_delegated = answer_of(delegated->verdict);
    c->ca_confidence = confidence_of(basic->confidence);
    c->ca_text = c->ca_basic != SMTP_ALLOW ? basic->words : delegated->words;
}

static enum err_code write_row(struct stmt *insert, const struct stmt *st,
                               const struct smtp_verdict *v, const struct texts *t, struct err *e)
{
    int at = 0;

    if (t->layers.failed || t->explanation.failed || t->fix.failed)
        BUG("a verdict's text outgrew %d bytes", (int)SMTP_TEXT_BYTES);
    stmt_bind_text(insert, ++at, stmt_text(st, COL_GUID));
    stmt_bind_text(insert, ++at, stmt_text(st, COL_USER_ID));
    stmt_bind_text(insert, ++at, stmt_text(st, COL_ADDRESS));
    for (int m = 0; m < SMTP_MECHANISM_COUNT; m++)
        stmt_bind_text(insert, ++at, smtp_answer_name(v->answer[m]));
    stmt_bind_text(insert, ++at, v->reply);
    stmt_bind_text(insert, ++at, t->layers.p);
    stmt_bind_text(insert, ++at, t->fix.n > 0 ? t->fix.p : NULL);
    stmt_bind_text(insert, ++at, smtp_confidence_name(v->confidence));
    stmt_bind_text(insert, ++at, t->explanation.p);
    return stmt_write(insert, e);
}

static enum err_code load_tenant(struct store *s, const struct derive_context *d,
                                 struct tenant_facts *out, struct err *e)
{
    int64_t defaults = 0;
    int64_t live = 0;

    if (store_int(s, "SELECT coalesce((SELECT is_enabled FROM security_defaults), -1)", &defaults,
                  e) != ERR_OK)
        return e->code;
    /* a state that is neither off nor report-only counts as on, whatever it is */
    if (store_int(s,
                  "SELECT count(*) FROM ca_policy WHERE is_workload = 0 AND (state IS NULL OR "
                  "state NOT IN ('disabled','enabledForReportingButNotEnforced'))",
                  &live, e) != ERR_OK)
        return e->code;
    out->as_of_ms = d->as_of_ms;
    out->security_defaults = defaults == 1 ? FACT_YES : defaults == 0 ? FACT_NO : FACT_UNKNOWN;
    out->ca_was_read = derive_is_complete(d, "ca-policies") ? FACT_YES : FACT_NO;
    out->has_policies = live > 0 || out->ca_was_read != FACT_YES;
    out->ca = d->ca;
    return ERR_OK;
}

static enum err_code judge_all(struct stmt *select, struct stmt *insert,
                               const struct tenant_facts *t, const struct evidence_states *states,
                               struct texts *x, struct err *e)
{
    struct smtp_case c;
    struct smtp_verdict v;
    bool row = false;

    while (stmt_step(select, &row, e) == ERR_OK && row) {
        read_case(select, t, &c);
        ask_ca(t, stmt_text(select, COL_USER_ID), &c);
        smtp_judge(&c, &v);
        buf_clear(&x->layers);
        buf_clear(&x->explanation);
        buf_clear(&x->fix);
        smtp_text_layers(&v, &x->layers);
        smtp_text_explanation(&c, &v, states, &x->explanation);
        smtp_text_fix(&c, &v, states, &x->fix);
        if (write_row(insert, select, &v, x, e) != ERR_OK)
            break;
    }
    return e->code;
}

enum err_code smtp_auth_derive(struct store *s, const struct derive_context *d, struct err *e)
{
    struct tenant_facts t = {0};
    struct texts x;
    struct stmt *select = NULL;
    struct stmt *insert = NULL;
    enum err_code code = load_tenant(s, d, &t, e);

    buf_init(&x.layers, SMTP_TEXT_BYTES);
    buf_init(&x.explanation, SMTP_TEXT_BYTES);
    buf_init(&x.fix, SMTP_TEXT_BYTES);
    if (code == ERR_OK)
        code = stmt_prepare(s, mailboxes_sql, &select, e);
    if (code == ERR_OK)
        code = stmt_prepare(s, insert_sql, &insert, e);
    if (code == ERR_OK)
        code = judge_all(select, insert, &t, d->states, &x, e);
    stmt_free(insert);
    stmt_free(select);
    buf_release(&x.layers);
    buf_release(&x.explanation);
    buf_release(&x.fix);
    return code;
}
