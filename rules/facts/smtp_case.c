#include "smtp_case.h"

#include "base/mem.h"
#include "base/strs.h"
#include "model/store.h"
#include "smtp_switch.h"

#include <stdlib.h>
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
    COL_POLICY_EXISTS,
    COL_HAS_PLAN,
    COL_ACCOUNT_ENABLED,
    COL_ACCOUNT_DISABLED,
    COL_SKU_ASSIGNED,
    COL_MFA_STATE,
    COL_DOMAIN,
    COL_DOMAIN_TYPE,
    COLUMNS,
    /* of all_sql */
    COL_EFFECTIVE = COLUMNS,
    COL_DECIDED_BY
};

#define ZONE_CTE                                                                                   \
    " zone(name, type) AS MATERIALIZED ("                                                          \
    "  SELECT lower(name), CASE WHEN min(authentication_type) = max(authentication_type)"          \
    "                      THEN min(authentication_type) END FROM domain GROUP BY lower(name)),"
/* In the order of the columns, of `b`, a mailbox with its account; its switch is in there or beside
 * it. */
#define CASE_COLUMNS                                                                               \
    " b.guid, b.user_id, b.primary_smtp_address, b.recipient_type, b.is_hve, tenant_flag,"         \
    "   mailbox_flag, b.authentication_policy_known, policy_source, policy_name,"                  \
    "   policy_basic_smtp,"                                                                        \
    "   policy_basic_smtp <> 'unknown' OR EXISTS (SELECT 1 FROM authentication_policy p"           \
    "     WHERE lower(policy_name) IN (lower(p.name), lower(p.identity), lower(p.guid),"           \
    "       lower(p.distinguished_name))),"                                                        \
    "   has_exchange_plan, b.account_enabled, b.account_disabled, b.sku_assigned,"                 \
    "   b.per_user_mfa_state, lower(substr(b.upn, instr(b.upn, '@') + 1)), z.type"
#define ZONE_JOIN                                                                                  \
    " LEFT JOIN zone z ON instr(b.upn, '@') > 0"                                                   \
    "   AND z.name = lower(substr(b.upn, instr(b.upn, '@') + 1))"                                  \
    " ORDER BY b.guid"

static const char one_sql[] =
    "WITH" ZONE_CTE " box AS ("
    "  SELECT m.*, u.account_enabled, u.per_user_mfa_state,"
    "    coalesce(u.user_principal_name, m.user_principal_name) AS upn"
    "  FROM mailbox m LEFT JOIN user u ON u.id = m.user_id"
    "  WHERE m.guid = ?1)"
    " SELECT" CASE_COLUMNS " FROM box b JOIN mailbox_smtp s ON s.mailbox_guid = b.guid" ZONE_JOIN;

/* The same of all mailboxes, and what else mailbox_smtp holds of them. */
static const char all_sql[] =
    "WITH%s," ZONE_CTE " held AS ("
    "  SELECT s.*, u.account_enabled, u.per_user_mfa_state,"
    "    coalesce(u.user_principal_name, s.user_principal_name) AS upn"
    "  FROM switched s LEFT JOIN user u ON u.id = s.user_id)"
    " SELECT" CASE_COLUMNS ", b.effective, b.decided_by FROM held b" ZONE_JOIN;

static enum fact fact_of_word(const char *word, const char *yes, const char *no)
{
    return str_ieq(word, yes) ? FACT_YES : str_ieq(word, no) ? FACT_NO : FACT_UNKNOWN;
}

/* Of an integer as text. */
static enum fact fact_of(const char *cell)
{
    return fact_of_word(cell, "1", "0");
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

static enum smtp_mfa mfa_of(const char *word)
{
    if (str_ieq(word, "enforced"))
        return MFA_ENFORCED;
    if (str_ieq(word, "enabled"))
        return MFA_ENABLED;
    return str_ieq(word, "disabled") ? MFA_DISABLED : MFA_UNKNOWN;
}

enum err_code smtp_case_select(struct store *s, const char *guid, struct stmt **out, struct err *e)
{
    enum err_code code = stmt_prepare(s, one_sql, out, e);

    if (code == ERR_OK)
        stmt_bind_text(*out, 1, guid);
    return code;
}

enum err_code smtp_case_select_all(struct store *s, const struct derive_context *d,
                                   struct stmt **out, struct err *e)
{
    char *sql = xasprintf(all_sql, smtp_switch_ctes);
    enum err_code code = stmt_prepare(s, sql, out, e);

    if (code == ERR_OK)
        smtp_switch_bind(*out, d);
    free(sql);
    return code;
}

void smtp_case_switch(const char *const *row, struct smtp_switch_row *out)
{
    *out = (struct smtp_switch_row){.tenant_flag = row[COL_TENANT_FLAG],
                                    .mailbox_flag = row[COL_MAILBOX_FLAG],
                                    .effective = row[COL_EFFECTIVE],
                                    .decided_by = row[COL_DECIDED_BY],
                                    .policy_source = row[COL_POLICY_SOURCE],
                                    .policy_name = row[COL_POLICY_NAME],
                                    .policy_basic_smtp = row[COL_POLICY_BASIC],
                                    .has_exchange_plan = row[COL_HAS_PLAN]};
}

/* Graph's word on the account counts; Exchange's copy of it only where Graph's was not read. Of
 * Exchange's SKUAssigned only "no" counts, and second: "yes" does not say which SKU. */
static void read_row(const char *const *row, const struct smtp_tenant *t, struct smtp_case *c)
{
    memset(c, 0, sizeof *c);
    c->as_of_ms = t->as_of_ms;
    c->removal_ms = t->removal_ms;
    c->guid = row[COL_GUID];
    c->address = row[COL_ADDRESS];
    c->recipient_type = row[COL_TYPE];
    c->recipient = smtp_recipient_of(c->recipient_type, str_eq(row[COL_IS_HVE], "1"));
    c->tenant_switch = switch_of(row[COL_TENANT_FLAG]);
    c->mailbox_switch = switch_of(row[COL_MAILBOX_FLAG]);
    c->own_policy_known = fact_of(row[COL_OWN_POLICY_KNOWN]);
    c->policy_known = str_eq(row[COL_POLICY_SOURCE], "unknown") ? FACT_NO : FACT_YES;
    c->policy_allows_basic = fact_of_word(row[COL_POLICY_BASIC], "allow", "block");
    c->policy_name = row[COL_POLICY_NAME];
    c->is_policy_own = str_eq(row[COL_POLICY_SOURCE], "user");
    c->policy_exists = fact_of(row[COL_POLICY_EXISTS]);
    if (c->policy_name == NULL ||
        (c->policy_exists == FACT_NO && t->auth_policies_were_read != FACT_YES))
        c->policy_exists = FACT_UNKNOWN;
    c->account_enabled = fact_of(row[COL_ACCOUNT_ENABLED]);
    if (c->account_enabled == FACT_UNKNOWN)
        c->account_enabled = fact_not(fact_of(row[COL_ACCOUNT_DISABLED]));
    c->is_federated = fact_of_word(row[COL_DOMAIN_TYPE], "Federated", "Managed");
    c->domain = row[COL_DOMAIN];
    c->security_defaults = t->security_defaults;
    c->mfa = mfa_of(row[COL_MFA_STATE]);
    c->has_plan = fact_of(row[COL_HAS_PLAN]);
    if (c->has_plan == FACT_UNKNOWN && fact_of(row[COL_SKU_ASSIGNED]) == FACT_NO)
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

const struct ca_answer *smtp_case_ca(const struct smtp_tenant *t, const char *user_id,
                                     enum ca_question q, const char *const *without, size_t n,
                                     const struct ca_origin *from)
{
    if (!t->has_policies || user_id == NULL)
        return NULL;
    return n == 0 && from == NULL ? ca_answer(t->ca, user_id, q)
                                  : ca_answer_from(t->ca, user_id, q, without, n, from);
}

void smtp_case_set_ca(const struct smtp_tenant *t, const char *user_id,
                      const struct ca_answer *basic, const struct ca_answer *delegated,
                      struct smtp_case *c)
{
    c->ca_was_read = t->ca_was_read;
    c->ca_confidence = CONFIDENCE_HIGH;
    c->ca_basic = SMTP_ALLOW;
    c->ca_delegated = SMTP_ALLOW;
    if (!t->has_policies)
        return; /* nothing can stop anybody, not even somebody who was not read */
    if (user_id == NULL || basic == NULL || delegated == NULL) {
        c->ca_basic = SMTP_UNKNOWN;
        c->ca_delegated = SMTP_UNKNOWN;
        c->ca_text = "No account is behind this mailbox to ask Conditional Access about";
        return;
    }
    c->ca_basic = answer_of(basic->verdict);
    c->ca_delegated = answer_of(delegated->verdict);
    c->ca_confidence = confidence_of(basic->confidence);
    c->ca_text = c->ca_basic != SMTP_ALLOW ? basic->words : delegated->words;
}

void smtp_case_read_row(const char *const *row, const struct smtp_tenant *t, struct smtp_case *out)
{
    const char *user_id = smtp_case_row_user_id(row);

    read_row(row, t, out);
    smtp_case_set_ca(t, user_id, smtp_case_ca(t, user_id, CA_BASIC_SMTP, NULL, 0, NULL),
                     smtp_case_ca(t, user_id, CA_OAUTH_DELEGATED, NULL, 0, NULL), out);
}

const char *smtp_case_row_user_id(const char *const *row)
{
    return row[COL_USER_ID];
}

void smtp_case_read(const struct stmt *st, const struct smtp_tenant *t, struct smtp_case *out)
{
    const char *row[COLUMNS];

    for (int i = 0; i < COLUMNS; i++)
        row[i] = stmt_text(st, i);
    smtp_case_read_row(row, t, out);
}

const char *smtp_case_user_id(const struct stmt *st)
{
    return stmt_text(st, COL_USER_ID);
}

enum err_code smtp_tenant_load(struct store *s, const struct derive_context *d,
                               struct smtp_tenant *out, struct err *e)
{
    int64_t defaults = 0;
    int64_t live = 0;

    memset(out, 0, sizeof *out);
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
    out->removal_ms = d->smtp_removal_ms;
    out->security_defaults = defaults == 1 ? FACT_YES : defaults == 0 ? FACT_NO : FACT_UNKNOWN;
    out->ca_was_read = derive_is_complete(d, "ca-policies") ? FACT_YES : FACT_NO;
    out->auth_policies_were_read =
        derive_is_complete(d, "authentication-policies") ? FACT_YES : FACT_NO;
    out->has_policies = live > 0 || out->ca_was_read != FACT_YES;
    out->ca = d->ca;
    return ERR_OK;
}
