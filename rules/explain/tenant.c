/* Which causes of an answer the tenant's own settings confirm or rule out.
 *
 * Two tables: facts (one SELECT each, giving a word and perhaps a value), and what a word of a fact
 * means for a cause. A fact whose evidence is missing never rules anything out. */
#include "rules/explain.h"

#include "base/attrs.h"
#include "base/buf.h"
#include "base/mem.h"
#include "model/evidence.h"
#include "model/store.h"

#include <stdlib.h>
#include <string.h>

enum fact_id {
    SWITCH,
    READY,
    POLICY,
    ACCOUNT,
    FEDERATION,
    DEFAULTS,
    LEGACY_AUTH,
    USER_MFA,
    PLAN,
    RECIPIENT,
    CONSUMER,
    WRONG_PASSWORD,
    LOCKED,
    EXPIRED,
    VERDICT,
    DIRECT_SEND,
    CONNECTORS,
    ACCEPTED,
    LEGACY_TLS,
    DKIM,
    FACT_COUNT
};

/* ?1 mailbox GUID, ?2 user id, ?3 domain of the sign-in name, ?4 domain of the address; each may be
 * NULL. Columns: word, value. */
static const struct fact {
    const char *sql;
    const char *needs[3][2]; /* table, column: whose evidence to blame when there is no word */
} facts[FACT_COUNT] = {
    [SWITCH] =
        {"SELECT CASE WHEN effective = 'on' THEN 'on' WHEN effective = 'off' THEN 'off by ' || "
         "decided_by END, NULL FROM mailbox_smtp WHERE mailbox_guid = ?1",
         {{"mailbox_smtp", "effective"}}},
    [READY] =
        {"SELECT CASE WHEN effective = 'off' THEN 'off by ' || decided_by WHEN "
         "has_exchange_plan = 0 THEN 'no plan' WHEN effective = 'on' AND has_exchange_plan = 1 "
         "THEN 'ready' END, NULL FROM mailbox_smtp WHERE mailbox_guid = ?1",
         {{"mailbox_smtp", "effective"}, {"mailbox_smtp", "has_exchange_plan"}}},
    [POLICY] =
        {"SELECT CASE WHEN policy_basic_smtp IN ('allow','block') THEN policy_basic_smtp END, "
         "policy_name FROM mailbox_smtp WHERE mailbox_guid = ?1",
         {{"mailbox_smtp", "policy_basic_smtp"}}},
    [ACCOUNT] =
        {"SELECT CASE account_enabled WHEN 0 THEN 'disabled' WHEN 1 THEN 'enabled' END, NULL "
         "FROM user WHERE id = ?2",
         {{"user", "account_enabled"}}},
    [FEDERATION] = {"SELECT lower(authentication_type), name FROM domain WHERE name = ?3",
                    {{"domain", "authentication_type"}}},
    [DEFAULTS] = {"SELECT CASE is_enabled WHEN 1 THEN 'on' WHEN 0 THEN 'off' END, NULL FROM "
                  "security_defaults",
                  {{"security_defaults", "is_enabled"}}},
    [LEGACY_AUTH] =
        {"SELECT CASE WHEN legacy_auth = 'blocked' AND names.n = 0 THEN 'blocked otherwise' WHEN "
         "legacy_auth IN ('blocked','allowed','conditional') THEN legacy_auth END, names.v FROM "
         "user_protection, (SELECT count(*) AS n, group_concat(coalesce(p.display_name, p.id), '; "
         "') "
         "AS v FROM user_protection u, json_each(u.legacy_auth_policies) j JOIN ca_policy p ON "
         "p.id = "
         "j.value WHERE u.user_id = ?2) AS names WHERE user_id = ?2",
         {{"user_protection", "legacy_auth"}}},
    [USER_MFA] = {"SELECT lower(per_user_mfa_state), NULL FROM user WHERE id = ?2",
                  {{"user", "per_user_mfa_state"}}},
    [PLAN] = {"SELECT CASE has_exchange_plan WHEN 1 THEN 'yes' WHEN 0 THEN 'no' END, NULL FROM "
              "mailbox_smtp WHERE mailbox_guid = ?1",
              {{"mailbox_smtp", "has_exchange_plan"}}},
    [RECIPIENT] =
        {"SELECT CASE WHEN is_hve = 1 THEN 'hve' WHEN recipient_type = 'SharedMailbox' THEN "
         "'shared' WHEN recipient_type IS NOT NULL THEN 'mailbox' END, recipient_type FROM "
         "mailbox WHERE guid = ?1",
         {{"mailbox", "recipient_type"}}},
    [CONSUMER] = {"SELECT CASE WHEN ?4 IN ('outlook.com','hotmail.com','live.com','msn.com') THEN "
                  "'yes' WHEN ?1 IS NOT NULL THEN 'no' END, ?4",
                  {{NULL, NULL}}},
    [WRONG_PASSWORD] = {"SELECT CASE WHEN count(*) > 0 THEN 'yes' WHEN ?2 IS NOT NULL THEN 'no' "
                        "END, count(*) FROM "
                        "sign_in WHERE user_id = ?2 AND error_code = 50126",
                        {{"sign_in", "error_code"}}},
    [LOCKED] = {"SELECT CASE WHEN count(*) > 0 THEN 'yes' WHEN ?2 IS NOT NULL THEN 'no' END, "
                "count(*) FROM sign_in WHERE "
                "user_id = ?2 AND error_code = 50053",
                {{"sign_in", "error_code"}}},
    [EXPIRED] = {"SELECT CASE WHEN count(*) > 0 THEN 'yes' WHEN ?2 IS NOT NULL THEN 'no' END, "
                 "count(*) FROM sign_in WHERE "
                 "user_id = ?2 AND error_code = 50055",
                 {{"sign_in", "error_code"}}},
    [VERDICT] = {"SELECT basic, explanation FROM smtp_auth WHERE mailbox_guid = ?1",
                 {{"smtp_auth", "basic"}}},
    [DIRECT_SEND] =
        {"SELECT CASE reject_direct_send WHEN 1 THEN 'rejected' WHEN 0 THEN 'accepted' END, "
         "NULL FROM organization_config WHERE reject_direct_send_known = 1",
         {{"organization_config", "reject_direct_send"}}},
    [CONNECTORS] = {"SELECT CASE WHEN count(*) = 0 THEN 'none' ELSE 'some' END, count(*) FROM "
                    "inbound_connector WHERE enabled IS NOT 0",
                    {{"inbound_connector", "enabled"}}},
    [ACCEPTED] =
        {"SELECT CASE WHEN ?4 IS NULL THEN NULL WHEN EXISTS (SELECT 1 FROM accepted_domain "
         "WHERE lower(name) = ?4) THEN 'yes' ELSE 'no' END, ?4",
         {{"accepted_domain", "name"}}},
    [LEGACY_TLS] =
        {"SELECT CASE allow_legacy_tls_clients WHEN 1 THEN 'allowed' WHEN 0 THEN 'refused' "
         "END, NULL FROM transport_config WHERE legacy_tls_known = 1",
         {{"transport_config", "allow_legacy_tls_clients"}}},
    [DKIM] = {"SELECT CASE enabled WHEN 1 THEN 'on' WHEN 0 THEN 'off' END, domain FROM dkim_config "
              "WHERE lower(domain) = ?4",
              {{"dkim_config", "enabled"}}},
};

/* {value} in `says` is the fact's second column. */
static const struct meaning {
    const char *reply;
    size_t cause;
    enum fact_id fact;
    const char *word;
    enum explain_state state;
    bool needs_all; /* holds only when everything was read */
    const char *says;
} meanings[] = {
    {"auth-disabled-tenant", 0, SWITCH, "off by tenant", EXPLAIN_CONFIRMED, false,
     "The organization's switch is off, and this mailbox has no setting of its own."},
    {"auth-disabled-tenant", 0, SWITCH, "off by mailbox", EXPLAIN_RULED_OUT, false,
     "The mailbox's own switch is off, and that gives another answer."},
    {"auth-disabled-tenant", 0, SWITCH, "on", EXPLAIN_RULED_OUT, false,
     "In the snapshot SMTP AUTH is on for this mailbox: the setting has changed, or the log is of "
     "another account."},
    {"auth-disabled-mailbox", 0, SWITCH, "off by mailbox", EXPLAIN_CONFIRMED, false,
     "The mailbox's own switch is off."},
    {"auth-disabled-mailbox", 0, SWITCH, "off by tenant", EXPLAIN_RULED_OUT, false,
     "The mailbox has no setting of its own; the organization's switch is off, and that gives "
     "another "
     "answer."},
    {"auth-disabled-mailbox", 0, SWITCH, "on", EXPLAIN_RULED_OUT, false,
     "In the snapshot SMTP AUTH is on for this mailbox: the setting has changed, or the log is of "
     "another account."},
    {"auth-security-defaults", 0, DEFAULTS, "on", EXPLAIN_CONFIRMED, false,
     "Security defaults are on."},
    {"auth-security-defaults", 0, DEFAULTS, "off", EXPLAIN_RULED_OUT, false,
     "In the snapshot security defaults are off."},
    {"auth-criteria", 0, LEGACY_AUTH, "blocked", EXPLAIN_CONFIRMED, false,
     "These policies refuse legacy sign-ins of this account: {value}."},
    {"auth-criteria", 0, LEGACY_AUTH, "conditional", EXPLAIN_POSSIBLE, false,
     "These policies refuse some legacy sign-ins of this account: {value}."},
    {"auth-criteria", 0, LEGACY_AUTH, "blocked otherwise", EXPLAIN_RULED_OUT, false,
     "No Conditional Access policy refuses it; security defaults do, and that gives another "
     "answer."},
    {"auth-criteria", 0, LEGACY_AUTH, "allowed", EXPLAIN_RULED_OUT, false,
     "No Conditional Access policy of the snapshot refuses legacy sign-ins of this account."},
    {"auth-criteria", 1, LEGACY_AUTH, "conditional", EXPLAIN_POSSIBLE, false,
     "It depends on the sign-in: {value}."},
    {"auth-criteria", 1, LEGACY_AUTH, "blocked", EXPLAIN_RULED_OUT, false,
     "The policies refuse it from everywhere."},
    {"auth-criteria", 1, LEGACY_AUTH, "allowed", EXPLAIN_RULED_OUT, false,
     "No policy of the snapshot refuses it from anywhere."},
    {"auth-criteria", 2, USER_MFA, "enforced", EXPLAIN_CONFIRMED, false,
     "Per-user MFA is enforced for the account."},
    {"auth-criteria", 2, USER_MFA, "enabled", EXPLAIN_POSSIBLE, false,
     "Per-user MFA is enabled, not yet enforced."},
    {"auth-criteria", 2, USER_MFA, "disabled", EXPLAIN_RULED_OUT, false,
     "Per-user MFA is off for the account; a policy that asks for MFA is the first cause."},
    {"auth-criteria", 3, READY, "off by tenant", EXPLAIN_POSSIBLE, false,
     "SMTP AUTH is off for this mailbox, by the organization's switch."},
    {"auth-criteria", 3, READY, "off by mailbox", EXPLAIN_POSSIBLE, false,
     "SMTP AUTH is off for this mailbox, by its own switch."},
    {"auth-criteria", 3, READY, "no plan", EXPLAIN_POSSIBLE, false,
     "The account has no licence with an Exchange Online plan."},
    {"auth-criteria", 3, READY, "ready", EXPLAIN_RULED_OUT, false,
     "SMTP AUTH is on for this mailbox, and the account has a licence."},
    {"auth-credentials", 0, WRONG_PASSWORD, "yes", EXPLAIN_CONFIRMED, false,
     "The sign-in log has {value} legacy sign-ins of this account with a wrong password."},
    {"auth-credentials", 0, WRONG_PASSWORD, "no", EXPLAIN_NOT_KNOWN, false,
     "The sign-in log of the snapshot has no wrong password of this account."},
    {"auth-credentials", 1, USER_MFA, "enforced", EXPLAIN_CONFIRMED, false,
     "Per-user MFA is enforced for the account: an ordinary password is refused."},
    {"auth-credentials", 1, USER_MFA, "enabled", EXPLAIN_POSSIBLE, false,
     "Per-user MFA is enabled, not yet enforced."},
    {"auth-credentials", 1, USER_MFA, "disabled", EXPLAIN_RULED_OUT, false,
     "Per-user MFA is off for the account."},
    {"auth-basic-disabled", 0, POLICY, "block", EXPLAIN_CONFIRMED, false,
     "The authentication policy \"{value}\" refuses basic SMTP for this account."},
    {"auth-basic-disabled", 0, POLICY, "allow", EXPLAIN_RULED_OUT, false,
     "No authentication policy of the snapshot refuses basic SMTP for this account."},
    {"auth-basic-disabled", 1, CONSUMER, "yes", EXPLAIN_CONFIRMED, false,
     "{value} is a consumer domain."},
    {"auth-basic-disabled", 1, CONSUMER, "no", EXPLAIN_RULED_OUT, false,
     "The mailbox belongs to this organization."},
    {"auth-locked", 0, LOCKED, "yes", EXPLAIN_CONFIRMED, false,
     "The sign-in log has {value} sign-ins of this account that were refused as locked."},
    {"auth-locked", 0, LOCKED, "no", EXPLAIN_NOT_KNOWN, false,
     "The sign-in log of the snapshot does not show a lock-out; it may be newer."},
    {"auth-account-issue", 0, ACCOUNT, "disabled", EXPLAIN_CONFIRMED, false,
     "The account is disabled."},
    {"auth-account-issue", 0, ACCOUNT, "enabled", EXPLAIN_RULED_OUT, false,
     "The account is enabled."},
    {"auth-account-issue", 1, EXPIRED, "yes", EXPLAIN_CONFIRMED, false,
     "The sign-in log has {value} sign-ins of this account with an expired password."},
    {"auth-account-issue", 1, EXPIRED, "no", EXPLAIN_NOT_KNOWN, false,
     "The sign-in log of the snapshot has no expired password of this account."},
    {"auth-org-config", 0, POLICY, "block", EXPLAIN_CONFIRMED, false,
     "The authentication policy \"{value}\" refuses basic SMTP for this account."},
    {"auth-org-config", 0, POLICY, "allow", EXPLAIN_RULED_OUT, false,
     "No authentication policy of the snapshot refuses basic SMTP for this account."},
    {"auth-org-config", 1, DEFAULTS, "on", EXPLAIN_CONFIRMED, false, "Security defaults are on."},
    {"auth-org-config", 1, DEFAULTS, "off", EXPLAIN_RULED_OUT, false,
     "In the snapshot security defaults are off."},
    {"auth-sts-unreachable", 0, FEDERATION, "federated", EXPLAIN_POSSIBLE, false,
     "{value} is federated."},
    {"auth-sts-unreachable", 0, FEDERATION, "managed", EXPLAIN_RULED_OUT, false,
     "{value} is not federated in the snapshot."},
    {"auth-sts-https", 0, FEDERATION, "federated", EXPLAIN_POSSIBLE, false,
     "{value} is federated."},
    {"auth-sts-https", 0, FEDERATION, "managed", EXPLAIN_RULED_OUT, false,
     "{value} is not federated in the snapshot."},
    {"auth-generic", 2, RECIPIENT, "shared", EXPLAIN_POSSIBLE, false, "This is a shared mailbox."},
    {"auth-generic", 2, RECIPIENT, "mailbox", EXPLAIN_RULED_OUT, false,
     "This is no shared mailbox."},
    {"auth-generic", 3, VERDICT, "block", EXPLAIN_POSSIBLE, false, "Basic is blocked: {value}"},
    {"auth-generic", 3, VERDICT, "conditional", EXPLAIN_POSSIBLE, false,
     "Basic depends on the sign-in: {value}"},
    {"auth-generic", 3, VERDICT, "allow", EXPLAIN_POSSIBLE, false,
     "No setting of the snapshot blocks basic: then it is the password, or a setting has changed."},
    {"not-authenticated", 0, VERDICT, "block", EXPLAIN_POSSIBLE, false,
     "Basic is blocked: {value}"},
    {"not-authenticated", 0, VERDICT, "allow", EXPLAIN_NOT_KNOWN, false,
     "No setting of the snapshot blocks basic for this mailbox."},
    {"no-mailbox", 0, PLAN, "no", EXPLAIN_CONFIRMED, false,
     "The account has no licence with an Exchange Online plan."},
    {"no-mailbox", 0, PLAN, "yes", EXPLAIN_RULED_OUT, false,
     "The account has a mailbox and a licence with an Exchange Online plan."},
    {"temp-prx", 1, PLAN, "no", EXPLAIN_POSSIBLE, false,
     "The account has no licence with an Exchange Online plan."},
    {"hve-external", 0, RECIPIENT, "hve", EXPLAIN_CONFIRMED, false,
     "This is a High Volume Email account."},
    {"hve-external", 0, RECIPIENT, "mailbox", EXPLAIN_RULED_OUT, false,
     "This is an ordinary mailbox ({value})."},
    {"direct-send", 0, DIRECT_SEND, "rejected", EXPLAIN_CONFIRMED, false,
     "RejectDirectSend is on for the organization."},
    {"direct-send", 0, DIRECT_SEND, "accepted", EXPLAIN_RULED_OUT, false,
     "In the snapshot RejectDirectSend is off."},
    {"tenant-attribution", 0, CONNECTORS, "none", EXPLAIN_CONFIRMED, true,
     "The organization has no enabled inbound connector."},
    {"tenant-attribution", 0, CONNECTORS, "some", EXPLAIN_POSSIBLE, false,
     "The organization has {value} enabled inbound connectors: none fits this device."},
    {"unregistered-domain", 0, ACCEPTED, "no", EXPLAIN_CONFIRMED, true,
     "{value} is no accepted domain of the organization."},
    {"unregistered-domain", 0, ACCEPTED, "yes", EXPLAIN_RULED_OUT, false,
     "{value} is an accepted domain; the From address may be another one."},
    {"tls-old", 0, LEGACY_TLS, "allowed", EXPLAIN_POSSIBLE, false,
     "Legacy TLS is allowed, but only smtp-legacy.office365.com speaks it."},
    {"tls-old", 0, LEGACY_TLS, "refused", EXPLAIN_POSSIBLE, false,
     "Legacy TLS is not allowed in the organization."},
    {"dmarc", 0, DKIM, "off", EXPLAIN_POSSIBLE, false, "DKIM signing is off for {value}."},
    {"dmarc", 0, DKIM, "on", EXPLAIN_NOT_KNOWN, false, "DKIM signing is on for {value}."},
};

enum { SAYS_BYTES = 8192 };

struct explain_mailbox {
    char *guid, *user_id, *address, *sign_in_domain, *domain;
    char *basic, *reply, *explanation;
    char *word[FACT_COUNT], *value[FACT_COUNT];
    bool incomplete[FACT_COUNT]; /* some evidence is missing */
    char *blame[FACT_COUNT];     /* why there may be no word */
    struct strlist said;         /* what was handed out */
};

const char *explain_state_name(enum explain_state s)
{
    static const char *const names[] = {"not_known", "confirmed", "possible", "ruled_out"};

    return names[s];
}

void explain_mailbox_free(struct explain_mailbox *m)
{
    if (m == NULL)
        return;
    for (size_t i = 0; i < FACT_COUNT; i++) {
        free(m->word[i]);
        free(m->value[i]);
        free(m->blame[i]);
    }
    free(m->guid);
    free(m->user_id);
    free(m->address);
    free(m->sign_in_domain);
    free(m->domain);
    free(m->basic);
    free(m->reply);
    free(m->explanation);
    strlist_release(&m->said);
    free(m);
}

const char *explain_mailbox_address(const struct explain_mailbox *m)
{
    return m->address;
}

const char *explain_mailbox_basic(const struct explain_mailbox *m)
{
    return m->basic;
}

const char *explain_mailbox_reply(const struct explain_mailbox *m)
{
    return m->reply;
}

const char *explain_mailbox_text(const struct explain_mailbox *m)
{
    return m->explanation;
}

static char *dup_or_null(const char *s)
{
    return s != NULL ? xstrdup(s) : NULL;
}

static char *domain_of(const char *address)
{
    const char *at = address != NULL ? strrchr(address, '@') : NULL;

    return at != NULL ? str_lower(at + 1) : NULL;
}

/* The first address that somebody has: a mailbox, else an account without one. */
static enum err_code find_mailbox(struct store *s, const char *address, struct explain_mailbox *m,
                                  struct err *e)
{
    static const char sql[] =
        "SELECT m.guid, coalesce(m.user_id, u.id), coalesce(u.user_principal_name, "
        "m.user_principal_name), 0 AS o FROM mailbox m LEFT JOIN user u ON u.id = m.user_id WHERE "
        "lower(m.primary_smtp_address) = ?1 OR lower(m.user_principal_name) = ?1 OR "
        "lower(u.user_principal_name) = ?1 UNION ALL SELECT NULL, id, user_principal_name, 1 FROM "
        "user "
        "WHERE lower(user_principal_name) = ?1 OR lower(mail) = ?1 ORDER BY 4, 1, 2 LIMIT 1";
    struct stmt *st = NULL;
    char *low = str_lower(address);
    bool row = false;

    if (stmt_prepare(s, sql, &st, e) == ERR_OK) {
        stmt_bind_text(st, 1, low);
        if (stmt_step(st, &row, e) == ERR_OK && row) {
            m->guid = dup_or_null(stmt_text(st, 0));
            m->user_id = dup_or_null(stmt_text(st, 1));
            m->sign_in_domain = domain_of(stmt_text(st, 2));
            m->address = xstrdup(low);
        }
    }
    stmt_free(st);
    free(low);
    return e->code;
}

static enum err_code load_verdict(struct store *s, struct explain_mailbox *m, struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;

    if (stmt_prepare(s, "SELECT basic, reply, explanation FROM smtp_auth WHERE mailbox_guid = ?1",
                     &st, e) == ERR_OK) {
        stmt_bind_text(st, 1, m->guid);
        if (stmt_step(st, &row, e) == ERR_OK && row) {
            m->basic = dup_or_null(stmt_text(st, 0));
            m->reply = dup_or_null(stmt_text(st, 1));
            m->explanation = dup_or_null(stmt_text(st, 2));
        }
    }
    stmt_free(st);
    return e->code;
}

/* What of the fact's evidence is missing, in words. */
static void blame(const struct fact *f, const struct evidence_states *states,
                  struct explain_mailbox *m, enum fact_id id)
{
    for (size_t i = 0; i < COUNT_OF(f->needs) && f->needs[i][0] != NULL; i++) {
        evidence_set missing =
            evidence_missing(evidence_needs(f->needs[i][0], f->needs[i][1]), states);

        for (size_t k = 0; k < evidence_resource_count(); k++) {
            const char *reason;

            if ((missing & (evidence_set)1 << k) == 0)
                continue;
            reason = reason_name(states->of[k].reason);
            m->incomplete[id] = true;
            m->blame[id] =
                xasprintf("Not known: %s not read completely (%s).", evidence_resource_at(k)->title,
                          reason != NULL ? reason : "incomplete");
            return;
        }
    }
    m->blame[id] = xstrdup(
        m->address == NULL && (strstr(f->sql, "?1") != NULL || strstr(f->sql, "?2") != NULL)
            ? "Not known: the snapshot has no mailbox or account with an address of this log."
            : "The snapshot does not say.");
}

static enum err_code load_fact(struct store *s, enum fact_id id,
                               const struct evidence_states *states, struct explain_mailbox *m,
                               struct err *e)
{
    const char *const values[] = {m->guid, m->user_id, m->sign_in_domain, m->domain};
    struct stmt *st = NULL;
    bool row = false;

    if (stmt_prepare(s, facts[id].sql, &st, e) == ERR_OK) {
        for (size_t i = 0; i < COUNT_OF(values); i++) {
            char name[] = {'?', (char)('1' + (int)i), '\0'};

            if (strstr(facts[id].sql, name) != NULL)
                stmt_bind_text(st, (int)i + 1, values[i]);
        }
        if (stmt_step(st, &row, e) == ERR_OK && row) {
            m->word[id] = dup_or_null(stmt_text(st, 0));
            m->value[id] = dup_or_null(stmt_text(st, 1));
        }
    }
    stmt_free(st);
    blame(&facts[id], states, m, id);
    return e->code;
}

enum err_code explain_mailbox_load(struct store *s, const struct strlist *addresses,
                                   struct explain_mailbox **out, struct err *e)
{
    struct evidence_states states = {0};
    struct explain_mailbox *m = xcalloc(1, sizeof *m);
    enum err_code code = evidence_states_load(s, &states, e);

    for (size_t i = 0; code == ERR_OK && i < addresses->n && m->address == NULL; i++)
        code = find_mailbox(s, addresses->v[i], m, e);
    m->domain = domain_of(m->address != NULL ? m->address
                          : addresses->n > 0 ? addresses->v[0]
                                             : NULL);
    if (code == ERR_OK && m->guid != NULL)
        code = load_verdict(s, m, e);
    for (size_t i = 0; code == ERR_OK && i < FACT_COUNT; i++)
        code = load_fact(s, (enum fact_id)i, &states, m, e);
    evidence_states_release(&states);
    if (code == ERR_OK)
        *out = m;
    else
        explain_mailbox_free(m);
    return code;
}

static const char *say(struct explain_mailbox *m, const char *text, const char *value)
{
    const char *at = strstr(text, "{value}");
    struct buf b;

    buf_init(&b, SAYS_BYTES);
    buf_add(&b, text, at != NULL ? (size_t)(at - text) : strlen(text));
    if (at != NULL) {
        buf_adds(&b, value != NULL ? value : "?");
        buf_adds(&b, at + strlen("{value}"));
    }
    strlist_add(&m->said, b.p);
    buf_release(&b);
    return m->said.v[m->said.n - 1];
}

enum explain_state explain_check(struct explain_mailbox *m, const struct smtp_reply *r, size_t i,
                                 const char **why)
{
    const char *because = NULL;

    *why = NULL;
    for (size_t k = 0; k < COUNT_OF(meanings); k++) {
        const struct meaning *x = &meanings[k];

        if (x->cause != i || !str_eq(x->reply, r->id))
            continue;
        if (str_eq(m->word[x->fact], x->word) && !(x->needs_all && m->incomplete[x->fact])) {
            *why = say(m, x->says, m->value[x->fact]);
            return x->state;
        }
        if (m->word[x->fact] == NULL || str_eq(m->word[x->fact], x->word))
            because = m->blame[x->fact];
    }
    *why = because;
    return EXPLAIN_NOT_KNOWN;
}
