/* The gates with what was seen: for people a value, for checking the property as it was read.
 *
 * Four things stay apart: true or false, null, absent on the wire, and not read. */
#include "smtp_why.h"

#include "base/limits.h"
#include "base/text.h"
#include "base/timex.h"
#include "model/store.h"
#include "smtp_text.h"

#include <string.h>

enum { VALUE_BYTES = 4096 };

/* What the wire said, of the one mailbox. */
struct seen {
    const char *tenant_flag, *mailbox_flag; /* True|False|null|absent, or NULL: not read */
    const char *own_policy, *default_policy;
    const char *policy_source, *policy_says; /* AllowBasicAuthSmtp */
    const char *account;                     /* accountEnabled, or NULL: only Exchange said it */
    const char *domain_type, *defaults, *mfa;
    const char *licences; /* part numbers */
    int64_t enforced;     /* policies for people that are on */
};

#define FLAG(value, known)                                                                         \
    "CASE WHEN " known " <> 1 THEN 'absent' WHEN " value " IS NULL THEN 'null'"                    \
    " WHEN " value " = 1 THEN 'True' WHEN " value " = 0 THEN 'False' ELSE 'unreadable' END"
#define BOOL(value) "CASE " value " WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE 'null' END"

static const char seen_sql[] = "SELECT (SELECT " FLAG(
    "smtp_client_authentication_disabled",
    "smtp_flag_known") " FROM transport_config),"
                       " " FLAG(
                           "m.smtp_client_authentication_disabled",
                           "m.smtp_flag_known") ","
                                                " CASE WHEN m.authentication_policy_known <> 1 "
                                                "THEN NULL"
                                                "      ELSE "
                                                "coalesce(nullif(m.authentication_policy, ''), "
                                                "'null') END,"
                                                " (SELECT CASE WHEN default_policy_known = 1"
                                                "    THEN "
                                                "coalesce(nullif(default_authentication_policy, "
                                                "''), 'null') END"
                                                "  FROM organization_config),"
                                                " s.policy_source, s.policy_basic_smtp,"
                                                " CASE WHEN u.id IS NOT NULL THEN " BOOL(
                                                    "u.account_enabled") " END,"
                                                                         " (SELECT "
                                                                         "min(d.authentication_"
                                                                         "type) FROM domain d"
                                                                         "  WHERE lower(d.name) = "
                                                                         "lower(substr(coalesce(u."
                                                                         "user_principal_name, "
                                                                         "m.user_principal_name),"
                                                                         "    "
                                                                         "instr(coalesce(u.user_"
                                                                         "principal_name, "
                                                                         "m.user_principal_name), "
                                                                         "'@') + 1))),"
                                                                         " (SELECT " BOOL(
                                                                             "is_enabled") " FROM "
                                                                                           "securit"
                                                                                           "y_"
                                                                                           "default"
                                                                                           "s),"
                                                                                           " u.per_"
                                                                                           "user_"
                                                                                           "mfa_"
                                                                                           "state,"
                                                                                           " ("
                                                                                           "SELECT "
                                                                                           "group_"
                                                                                           "concat("
                                                                                           "name, "
                                                                                           "', ') "
                                                                                           "FROM "
                                                                                           "(SELECT"
                                                                                           " coales"
                                                                                           "ce(k."
                                                                                           "part_"
                                                                                           "number,"
                                                                                           " l.sku_"
                                                                                           "id) AS "
                                                                                           "name"
                                                                                           "    "
                                                                                           "FROM "
                                                                                           "user_"
                                                                                           "licence"
                                                                                           " l "
                                                                                           "LEFT "
                                                                                           "JOIN "
                                                                                           "sku k "
                                                                                           "ON "
                                                                                           "k.sku_"
                                                                                           "id = "
                                                                                           "l.sku_"
                                                                                           "id"
                                                                                           "    "
                                                                                           "WHERE "
                                                                                           "l.user_"
                                                                                           "id = "
                                                                                           "m.user_"
                                                                                           "id "
                                                                                           "ORDER "
                                                                                           "BY 1 "
                                                                                           "LIMIT "
                                                                                           "10)),"
                                                                                           " ("
                                                                                           "SELECT "
                                                                                           "count(*"
                                                                                           ") FROM "
                                                                                           "ca_"
                                                                                           "policy "
                                                                                           "WHERE "
                                                                                           "is_"
                                                                                           "workloa"
                                                                                           "d = 0 "
                                                                                           "AND "
                                                                                           "(state "
                                                                                           "IS "
                                                                                           "NULL OR"
                                                                                           "    "
                                                                                           "state "
                                                                                           "NOT IN "
                                                                                           "('"
                                                                                           "disable"
                                                                                           "d','"
                                                                                           "enabled"
                                                                                           "ForRepo"
                                                                                           "rtingBu"
                                                                                           "tNotEnf"
                                                                                           "orced')"
                                                                                           "))"
                                                                                           " FROM "
                                                                                           "mailbox"
                                                                                           " m "
                                                                                           "JOIN "
                                                                                           "mailbox"
                                                                                           "_smtp "
                                                                                           "s ON "
                                                                                           "s."
                                                                                           "mailbox"
                                                                                           "_guid "
                                                                                           "= "
                                                                                           "m.guid"
                                                                                           " LEFT "
                                                                                           "JOIN "
                                                                                           "user u "
                                                                                           "ON "
                                                                                           "u.id = "
                                                                                           "m.user_"
                                                                                           "id "
                                                                                           "WHERE "
                                                                                           "m.guid "
                                                                                           "= ?";

static enum err_code read_seen(struct why *w, const char *guid, struct seen *out, struct stmt **st,
                               struct err *e)
{
    bool row = false;

    if (stmt_prepare(w->store, seen_sql, st, e) != ERR_OK)
        return e->code;
    stmt_bind_text(*st, 1, guid);
    if (stmt_step(*st, &row, e) != ERR_OK || !row)
        return err_set(e, ERR_BUG, "mailbox %s has no facts", guid);
    *out = (struct seen){
        .tenant_flag = stmt_text(*st, 0),
        .mailbox_flag = stmt_text(*st, 1),
        .own_policy = stmt_text(*st, 2),
        .default_policy = stmt_text(*st, 3),
        .policy_source = stmt_text(*st, 4),
        .policy_says = stmt_text(*st, 5),
        .account = stmt_text(*st, 6),
        .domain_type = stmt_text(*st, 7),
        .defaults = stmt_text(*st, 8),
        .mfa = stmt_text(*st, 9),
        .licences = stmt_text(*st, 10),
        .enforced = stmt_int(*st, 11),
    };
    return ERR_OK;
}

struct view {
    const struct why_case *k;
    const struct seen *seen;
    const struct why *w;
};

static bool was_read(const struct view *x, const char *resource)
{
    return derive_is_complete(&x->w->derive, resource);
}

/* "Property = value", or how it comes that there is none. */
static void property(const struct view *x, const char *resource, const char *name,
                     const char *value, struct buf *out)
{
    if (value == NULL || str_eq(value, "absent")) {
        const struct evidence_status *s = &x->w->states.of[evidence_resource_find(resource)];

        if (s->state == COLLECTION_COMPLETE)
            buf_addf(out, "%s: absent from the reply", name);
        else
            buf_addf(out, "%s: not read (%s, %s)", name, collection_state_name(s->state),
                     s->reason != REASON_NONE ? reason_name(s->reason) : "no reason given");
        return;
    }
    buf_addf(out, "%s = ", name);
    text_add_cut(out, value, LIMIT_CA_NAME_CHARS);
}

static const char *switch_words(enum smtp_switch s)
{
    static const char *const words[] = {[SWITCH_UNKNOWN] = "not known",
                                        [SWITCH_OFF] = "off",
                                        [SWITCH_ON] = "on",
                                        [SWITCH_INHERIT] = "inherits"};

    return words[s];
}

static const char *fact_words(enum fact f, const char *yes, const char *no)
{
    return f == FACT_YES ? yes : f == FACT_NO ? no : "not known";
}

static bool hve(const struct view *x)
{
    return x->k->c.recipient == RECIPIENT_HVE;
}

static void recipient_gate(const struct view *x, struct buf *value, struct buf *evidence)
{
    const char *type = x->k->c.recipient_type;

    if (hve(x)) {
        buf_adds(value, "High Volume Email account");
        buf_adds(evidence, "listed by Get-MailUser -HVEAccount");
        return;
    }
    if (type == NULL)
        buf_adds(value, "not known");
    else
        text_add_cut(value, type, LIMIT_CA_NAME_CHARS);
    property(x, "mailboxes", "RecipientTypeDetails", type, evidence);
}

static void day_text(int64_t ms, char text[TIME_TEXT_BYTES])
{
    time_format(ms, text);
    text[strcspn(text, "T")] = '\0';
}

static void service_gate(const struct view *x, struct buf *value, struct buf *evidence)
{
    const struct smtp_row *r = x->k->v.rows[GATE_SERVICE];
    char day[TIME_TEXT_BYTES];

    day_text(x->k->c.as_of_ms, day);
    buf_adds(value, r == NULL                             ? "still offered"
                    : r->answer[SMTP_BASIC] == SMTP_BLOCK ? "removed"
                                                          : "off by default");
    buf_addf(evidence, "on %s; basic is off by default from 2027-01-01, announced 27 January 2026",
             day);
    if (x->k->c.removal_ms == 0) {
        buf_adds(evidence, "; no removal date was given, and none is guessed");
        return;
    }
    day_text(x->k->c.removal_ms, day);
    buf_addf(evidence, "; removed for good on %s, as %s says", day,
             x->k->is_supposed[GATE_SERVICE] ? "--what-if" : "--smtp-removal-date");
}

static void tenant_gate(const struct view *x, struct buf *value, struct buf *evidence)
{
    buf_adds(value, switch_words(x->k->c.tenant_switch));
    property(x, "transport-config", "SmtpClientAuthenticationDisabled", x->seen->tenant_flag,
             evidence);
}

static void mailbox_gate(const struct view *x, struct buf *value, struct buf *evidence)
{
    buf_adds(value, switch_words(x->k->c.mailbox_switch));
    property(x, "cas-mailboxes", "SmtpClientAuthenticationDisabled", x->seen->mailbox_flag,
             evidence);
}

static void policy_gate(const struct view *x, struct buf *value, struct buf *evidence)
{
    const char *source = x->seen->policy_source;

    if (x->k->is_supposed[GATE_AUTH_POLICY]) {
        buf_addf(value, "%s basic SMTP",
                 fact_words(x->k->c.policy_allows_basic, "allows", "refuses"));
        return;
    }
    if (str_eq(source, "none")) {
        buf_adds(value, "none applies");
    } else if (x->k->c.policy_name != NULL) {
        buf_adds(value, "'");
        text_add_cut(value, x->k->c.policy_name, LIMIT_CA_NAME_CHARS);
        buf_addf(value, "' (%s) %s", str_eq(source, "user") ? "the user's own" : "the default",
                 x->k->c.policy_exists == FACT_NO
                     ? "no longer exists"
                     : fact_words(x->k->c.policy_allows_basic, "allows basic SMTP",
                                  "refuses basic SMTP"));
    } else {
        buf_adds(value, "not known");
    }
    property(x, "exchange-users", "AuthenticationPolicy", x->seen->own_policy, evidence);
    if (str_eq(x->seen->own_policy, "null")) {
        buf_adds(evidence, "; Get-OrganizationConfig ");
        property(x, "organization-config", "DefaultAuthenticationPolicy", x->seen->default_policy,
                 evidence);
    }
    if (x->k->c.policy_name != NULL) {
        buf_adds(evidence, "; Get-AuthenticationPolicy ");
        property(x, "authentication-policies", "AllowBasicAuthSmtp",
                 str_eq(x->seen->policy_says, "allow")   ? "True"
                 : str_eq(x->seen->policy_says, "block") ? "False"
                                                         : NULL,
                 evidence);
    }
}

static void account_gate(const struct view *x, struct buf *value, struct buf *evidence)
{
    buf_adds(value, fact_words(x->k->c.account_enabled, "enabled", "disabled"));
    property(x, "users", "accountEnabled", x->seen->account, evidence);
    if ((x->seen->account == NULL || str_eq(x->seen->account, "null")) &&
        x->k->c.account_enabled != FACT_UNKNOWN)
        buf_addf(evidence, "; Get-Mailbox AccountDisabled = %s",
                 fact_words(x->k->c.account_enabled, "False", "True"));
}

static void federation_gate(const struct view *x, struct buf *value, struct buf *evidence)
{
    if (x->k->c.domain != NULL && x->k->c.domain[0] != '\0') {
        text_add_cut(value, x->k->c.domain, LIMIT_CA_NAME_CHARS);
        buf_adds(value, " is ");
    }
    buf_adds(value, fact_words(x->k->c.is_federated, "federated", "managed"));
    property(x, "domains", "authenticationType", x->seen->domain_type, evidence);
}

static void defaults_gate(const struct view *x, struct buf *value, struct buf *evidence)
{
    buf_adds(value, fact_words(x->k->c.security_defaults, "on", "off"));
    property(x, "security-defaults", "isEnabled", x->seen->defaults, evidence);
}

static void ca_gate(const struct view *x, struct buf *value, struct buf *evidence)
{
    const struct ca_answer *a = x->k->ca_basic;
    size_t n = a != NULL ? a->certain.n + a->conditional.n : 0;

    if (!was_read(x, "ca-policies"))
        buf_adds(value, "not known");
    else if (x->seen->enforced == 0)
        buf_adds(value, "no policy is on");
    else if (a == NULL)
        buf_adds(value, "no account to ask about");
    else if (n > 0)
        buf_addf(value, "%zu of %lld policies", n, (long long)x->seen->enforced);
    else if (a->unknown.n > 0)
        buf_addf(value, "%zu of %lld policies cannot be judged", a->unknown.n,
                 (long long)x->seen->enforced);
    else
        buf_addf(value, "none of %lld policies", (long long)x->seen->enforced);
    buf_addf(evidence, "state, conditions and grantControls of %lld enforced policies",
             (long long)x->seen->enforced);
    if (!was_read(x, "ca-policies")) {
        buf_clear(evidence);
        property(x, "ca-policies", "policies", NULL, evidence);
    }
}

static void mfa_gate(const struct view *x, struct buf *value, struct buf *evidence)
{
    static const char *const words[] = {[MFA_UNKNOWN] = "not known",
                                        [MFA_DISABLED] = "off",
                                        [MFA_ENABLED] = "enabled",
                                        [MFA_ENFORCED] = "enforced"};

    buf_adds(value, words[x->k->c.mfa]);
    property(x, "users-per-user-mfa", "perUserMfaState", x->seen->mfa, evidence);
}

static void licence_gate(const struct view *x, struct buf *value, struct buf *evidence)
{
    buf_adds(value, fact_words(x->k->c.has_plan, "has an Exchange Online plan",
                               "no Exchange Online plan"));
    if (x->seen->licences != NULL)
        property(x, "users", "assignedLicenses", x->seen->licences, evidence);
    else if (was_read(x, "users") && x->k->user_id != NULL)
        buf_adds(evidence, "assignedLicenses is empty");
    else
        property(x, "users", "assignedLicenses", NULL, evidence);
}

static const struct {
    const char *id, *title, *where, *resource;
    void (*fill)(const struct view *, struct buf *value, struct buf *evidence);
} gates[] = {
    [GATE_RECIPIENT] = {"recipient", "kind of mailbox", "Get-Mailbox", "mailboxes", recipient_gate},
    [GATE_SERVICE] = {"service", "Microsoft's retirement", "Exchange team blog", NULL,
                      service_gate},
    [GATE_TENANT] = {"tenant-switch", "tenant switch", "Get-TransportConfig", "transport-config",
                     tenant_gate},
    [GATE_MAILBOX] = {"mailbox-switch", "mailbox switch", "Get-CASMailbox", "cas-mailboxes",
                      mailbox_gate},
    [GATE_AUTH_POLICY] = {"auth-policy", "authentication policy", "Get-User", "exchange-users",
                          policy_gate},
    [GATE_ACCOUNT] = {"account", "account", "GET /users", "users", account_gate},
    [GATE_FEDERATION] = {"federation", "sign-in domain", "GET /domains", "domains",
                         federation_gate},
    [GATE_SECURITY_DEFAULTS] = {"security-defaults", "security defaults",
                                "GET /policies/identitySecurityDefaultsEnforcementPolicy",
                                "security-defaults", defaults_gate},
    [GATE_CA] = {"conditional-access", "Conditional Access",
                 "GET /identity/conditionalAccess/policies", "ca-policies", ca_gate},
    [GATE_MFA] = {"per-user-mfa", "per-user MFA", "GET /users", "users-per-user-mfa", mfa_gate},
    [GATE_LICENCE] = {"licence", "licence", "GET /users", "users", licence_gate},
};

const char *why_effect_name(enum why_effect x)
{
    static const char *const names[] = {
        [WHY_PASS] = "pass",
        [WHY_OVERRIDDEN] = "overridden",
        [WHY_CONDITIONAL] = "conditional",
        [WHY_UNKNOWN] = "unknown",
        [WHY_BLOCK] = "block",
        [WHY_NOT_APPLICABLE] = "not_applicable",
    };

    return names[x];
}

static enum why_effect effect_of(const struct why_case *k, size_t g)
{
    static const enum why_effect of[] = {
        [SMTP_ALLOW] = WHY_PASS,
        [SMTP_CONDITIONAL] = WHY_CONDITIONAL,
        [SMTP_UNKNOWN] = WHY_UNKNOWN,
        [SMTP_BLOCK] = WHY_BLOCK,
        [SMTP_NOT_APPLICABLE] = WHY_NOT_APPLICABLE,
    };

    if (k->c.recipient == RECIPIENT_HVE &&
        (g == GATE_TENANT || g == GATE_MAILBOX || g == GATE_LICENCE))
        return WHY_NOT_APPLICABLE; /* another service, which does not ask for these */
    if (g == GATE_TENANT && k->v.rows[g] == NULL && k->c.tenant_switch != SWITCH_ON)
        return k->c.mailbox_switch == SWITCH_UNKNOWN ? WHY_UNKNOWN : WHY_OVERRIDDEN;
    return k->v.rows[g] != NULL ? of[k->v.rows[g]->answer[SMTP_BASIC]] : WHY_PASS;
}

static const char *oauth_answer(const struct why_case *k, size_t g, enum smtp_mechanism m)
{
    const struct smtp_row *r = k->v.rows[g];

    if (r == NULL)
        return smtp_answer_name(SMTP_ALLOW);
    if (r->is_from_ca && m == SMTP_OAUTH_DELEGATED)
        return smtp_answer_name(k->c.ca_delegated);
    return smtp_answer_name(r->answer[m]);
}

enum err_code why_gates(struct why *w, const struct why_case *k, struct why_verdict *out,
                        struct err *e)
{
    struct stmt *st = NULL;
    struct seen seen = {0};
    struct view x = {k, &seen, w};

    if (read_seen(w, k->c.guid, &seen, &st, e) != ERR_OK)
        goto out;
    for (size_t g = 0; g < SMTP_GATE_COUNT; g++) {
        const struct smtp_row *r = k->v.rows[g];
        struct buf value;
        struct buf evidence;
        struct buf because;

        buf_init(&value, VALUE_BYTES);
        buf_init(&evidence, VALUE_BYTES);
        buf_init(&because, SMTP_TEXT_BYTES);
        gates[g].fill(&x, &value, &evidence);
        if (r != NULL && r->because != NULL)
            smtp_text_fill(r->because, r, &k->c, &w->states, &because);
        out->gates[g] = (struct why_gate){
            .id = gates[g].id,
            .title = gates[g].title,
            .layer = smtp_gate_layer((enum smtp_gate)g),
            .where = k->is_supposed[g] && g != GATE_CA ? "--what-if" : gates[g].where,
            .resource = gates[g].resource,
            .effect = effect_of(k, g),
            .oauth_delegated = oauth_answer(k, g, SMTP_OAUTH_DELEGATED),
            .oauth_app = oauth_answer(k, g, SMTP_OAUTH_APP),
            .is_supposed = k->is_supposed[g],
        };
        if (k->is_supposed[g] && g != GATE_CA && g != GATE_SERVICE) {
            buf_clear(&evidence);
            buf_adds(&evidence, "supposed");
        }
        out->gates[g].because = because.n > 0 ? why_keep(w, &because) : NULL;
        out->gates[g].value = why_keep(w, &value);
        out->gates[g].evidence = why_keep(w, &evidence);
        buf_release(&because);
    }
out:
    stmt_free(st);
    return e->code;
}
