#include "smtp_case.h"

#include "base/mem.h"
#include "base/strs.h"
#include "model/store.h"
#include "smtp_switch.h"

#include <stdlib.h>
#include <string.h>

#define ZONES                                                                                      \
    "SELECT lower(name), CASE WHEN min(authentication_type) = max(authentication_type)"            \
    "                    THEN min(authentication_type) END FROM domain GROUP BY lower(name)"
#define POLICY_EXISTS                                                                              \
    " policy_basic_smtp <> 'unknown' OR EXISTS (SELECT 1 FROM authentication_policy p"             \
    "   WHERE lower(policy_name) IN (lower(p.name), lower(p.identity), lower(p.guid),"             \
    "     lower(p.distinguished_name)))"
/* In the order of enum smtp_column. */
static const char one_sql[] =
    "WITH zone(name, type) AS MATERIALIZED (" ZONES "), box AS ("
    "  SELECT m.*, u.account_enabled, u.per_user_mfa_state,"
    "    coalesce(u.user_principal_name, m.user_principal_name) AS upn"
    "  FROM mailbox m LEFT JOIN user u ON u.id = m.user_id"
    "  WHERE m.guid = ?1)"
    " SELECT b.guid, b.user_id, b.primary_smtp_address, b.recipient_type, b.is_hve, tenant_flag,"
    "   mailbox_flag, b.authentication_policy_known, policy_source, policy_name,"
    "   policy_basic_smtp," POLICY_EXISTS ", has_exchange_plan, b.account_enabled,"
    "   b.account_disabled, b.sku_assigned, b.per_user_mfa_state,"
    "   lower(substr(b.upn, instr(b.upn, '@') + 1)), z.type, effective, decided_by"
    " FROM box b JOIN mailbox_smtp s ON s.mailbox_guid = b.guid"
    " LEFT JOIN zone z ON instr(b.upn, '@') > 0"
    "   AND z.name = lower(substr(b.upn, instr(b.upn, '@') + 1))";

static const char switch_sql[] =
    "WITH%s SELECT tenant_flag, mailbox_flag, policy_source, policy_name, policy_basic_smtp,"
    "%s, effective, decided_by FROM switched WHERE guid = ?3";
const enum smtp_column smtp_case_switch_columns[SMTP_SWITCH_COLUMNS] = {
    SMTP_COL_TENANT_FLAG,  SMTP_COL_MAILBOX_FLAG,  SMTP_COL_POLICY_SOURCE, SMTP_COL_POLICY_NAME,
    SMTP_COL_POLICY_BASIC, SMTP_COL_POLICY_EXISTS, SMTP_COL_EFFECTIVE,     SMTP_COL_DECIDED_BY};

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

enum err_code smtp_case_select_switch(struct store *s, const struct derive_context *d,
                                      struct stmt **out, struct err *e)
{
    char *sql = xasprintf(switch_sql, smtp_switch_ctes, POLICY_EXISTS);
    enum err_code code = stmt_prepare(s, sql, out, e);

    if (code == ERR_OK)
        smtp_switch_bind(*out, d);
    free(sql);
    return code;
}

enum err_code smtp_case_select_domains(struct store *s, struct stmt **out, struct err *e)
{
    return stmt_prepare(s, ZONES, out, e);
}

void smtp_case_switch(const char *const *row, struct smtp_switch_row *out)
{
    *out = (struct smtp_switch_row){.tenant_flag = row[SMTP_COL_TENANT_FLAG],
                                    .mailbox_flag = row[SMTP_COL_MAILBOX_FLAG],
                                    .effective = row[SMTP_COL_EFFECTIVE],
                                    .decided_by = row[SMTP_COL_DECIDED_BY],
                                    .policy_source = row[SMTP_COL_POLICY_SOURCE],
                                    .policy_name = row[SMTP_COL_POLICY_NAME],
                                    .policy_basic_smtp = row[SMTP_COL_POLICY_BASIC],
                                    .has_exchange_plan = row[SMTP_COL_HAS_PLAN]};
}

/* Graph's word on the account counts; Exchange's copy of it only where Graph's was not read. Of
 * Exchange's SKUAssigned only "no" counts, and second: "yes" does not say which SKU. */
static void read_row(const char *const *row, const struct smtp_tenant *t, struct smtp_case *c)
{
    memset(c, 0, sizeof *c);
    c->as_of_ms = t->as_of_ms;
    c->removal_ms = t->removal_ms;
    c->guid = row[SMTP_COL_GUID];
    c->address = row[SMTP_COL_ADDRESS];
    c->recipient_type = row[SMTP_COL_TYPE];
    c->recipient = smtp_recipient_of(c->recipient_type, str_eq(row[SMTP_COL_IS_HVE], "1"));
    c->tenant_switch = switch_of(row[SMTP_COL_TENANT_FLAG]);
    c->mailbox_switch = switch_of(row[SMTP_COL_MAILBOX_FLAG]);
    c->own_policy_known = fact_of(row[SMTP_COL_OWN_POLICY_KNOWN]);
    c->policy_known = str_eq(row[SMTP_COL_POLICY_SOURCE], "unknown") ? FACT_NO : FACT_YES;
    c->policy_allows_basic = fact_of_word(row[SMTP_COL_POLICY_BASIC], "allow", "block");
    c->policy_name = row[SMTP_COL_POLICY_NAME];
    c->is_policy_own = str_eq(row[SMTP_COL_POLICY_SOURCE], "user");
    c->policy_exists = fact_of(row[SMTP_COL_POLICY_EXISTS]);
    if (c->policy_name == NULL ||
        (c->policy_exists == FACT_NO && t->auth_policies_were_read != FACT_YES))
        c->policy_exists = FACT_UNKNOWN;
    c->account_enabled = fact_of(row[SMTP_COL_ACCOUNT_ENABLED]);
    if (c->account_enabled == FACT_UNKNOWN)
        c->account_enabled = fact_not(fact_of(row[SMTP_COL_ACCOUNT_DISABLED]));
    c->is_federated = fact_of_word(row[SMTP_COL_DOMAIN_TYPE], "Federated", "Managed");
    c->domain = row[SMTP_COL_DOMAIN];
    c->security_defaults = t->security_defaults;
    c->mfa = mfa_of(row[SMTP_COL_MFA_STATE]);
    c->has_plan = fact_of(row[SMTP_COL_HAS_PLAN]);
    if (c->has_plan == FACT_UNKNOWN && fact_of(row[SMTP_COL_SKU_ASSIGNED]) == FACT_NO)
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
    const char *user_id = row[SMTP_COL_USER_ID];

    read_row(row, t, out);
    smtp_case_set_ca(t, user_id, smtp_case_ca(t, user_id, CA_BASIC_SMTP, NULL, 0, NULL),
                     smtp_case_ca(t, user_id, CA_OAUTH_DELEGATED, NULL, 0, NULL), out);
}

void smtp_case_read(const struct stmt *st, const struct smtp_tenant *t, struct smtp_case *out)
{
    const char *row[SMTP_COLUMNS];

    for (int i = 0; i < SMTP_COLUMNS; i++)
        row[i] = stmt_text(st, i);
    smtp_case_read_row(row, t, out);
}

const char *smtp_case_user_id(const struct stmt *st)
{
    return stmt_text(st, SMTP_COL_USER_ID);
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
