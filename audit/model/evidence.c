#include "model/evidence.h"

#include "base/mem.h"
#include "base/strs.h"
#include "model/store.h"

#include <stdlib.h>
#include <string.h>

/* One bit each; R(x) names the bit. Order is the order of reports. */
enum {
    ORGANIZATION,
    DOMAINS,
    SECURITY_DEFAULTS,
    CA_POLICIES,
    CA_POLICIES_V1,
    NAMED_LOCATIONS,
    AUTHENTICATION_STRENGTHS,
    AUTHENTICATION_METHODS_POLICY,
    AUTHORIZATION_POLICY,
    ADMIN_CONSENT_REQUEST_POLICY,
    DIRECTORY_SETTINGS,
    DIRECTORY_SETTING_TEMPLATES,
    ACTIVITY_TIMEOUT_POLICIES,
    APP_MANAGEMENT_POLICY,
    USERS,
    USERS_PER_USER_MFA,
    USERS_SIGN_IN_ACTIVITY,
    SUBSCRIBED_SKUS,
    MFA_REGISTRATION,
    POLICY_REFERENCES,
    GROUP_MEMBERS,
    ROLE_ASSIGNMENTS,
    ROLE_ELIGIBILITY,
    ROLE_GROUP_MEMBERS,
    ROLE_MANAGEMENT_POLICIES,
    SIGN_INS,
    SIGN_INS_NON_INTERACTIVE,
    TRANSPORT_CONFIG,
    ORGANIZATION_CONFIG,
    AUTHENTICATION_POLICIES,
    MAILBOXES,
    CAS_MAILBOXES,
    EXCHANGE_USERS,
    HVE_ACCOUNTS,
    ACCEPTED_DOMAINS,
    DKIM_SIGNING_CONFIG,
    INBOUND_CONNECTORS,
    REMOTE_DOMAINS,
    OUTBOUND_SPAM_POLICIES,
    TRANSPORT_RULES,
    SHARING_POLICIES,
    EXTERNAL_IN_OUTLOOK,
    DNS_RECORDS,
    RESOURCE_COUNT
};
#define R(x) ((evidence_set)1 << (x))

static const struct evidence_resource resources[] = {
    [ORGANIZATION] = {"organization", "Organization", false},
    [DOMAINS] = {"domains", "Domains", false},
    [SECURITY_DEFAULTS] = {"security-defaults", "Security defaults", false},
    [CA_POLICIES] = {"ca-policies", "Conditional Access policies", false},
    [CA_POLICIES_V1] = {"ca-policies-v1", "Conditional Access policies (v1.0 cross-check)", false},
    [NAMED_LOCATIONS] = {"named-locations", "Named locations", false},
    [AUTHENTICATION_STRENGTHS] = {"authentication-strengths", "Authentication strengths", false},
    [AUTHENTICATION_METHODS_POLICY] = {"authentication-methods-policy",
                                       "Authentication methods policy", false},
    [AUTHORIZATION_POLICY] = {"authorization-policy", "Authorization policy", false},
    [ADMIN_CONSENT_REQUEST_POLICY] = {"admin-consent-request-policy",
                                      "Admin consent request policy", false},
    [DIRECTORY_SETTINGS] = {"directory-settings", "Tenant-wide directory settings", false},
    [DIRECTORY_SETTING_TEMPLATES] = {"directory-setting-templates",
                                     "Defaults of directory settings", false},
    [ACTIVITY_TIMEOUT_POLICIES] = {"activity-timeout-policies", "Idle session timeout policies",
                                   false},
    [APP_MANAGEMENT_POLICY] = {"default-app-management-policy",
                               "Restrictions on applications' credentials", false},
    [USERS] = {"users", "Users", false},
    [USERS_PER_USER_MFA] = {"users-per-user-mfa", "Per-user MFA states", false},
    [USERS_SIGN_IN_ACTIVITY] = {"users-sign-in-activity", "Last sign-ins of users", false},
    [SUBSCRIBED_SKUS] = {"subscribed-skus", "Subscribed SKUs", false},
    [MFA_REGISTRATION] = {"mfa-registration", "MFA registration details", false},
    [POLICY_REFERENCES] = {"policy-references", "Objects that policies name", false},
    [GROUP_MEMBERS] = {"group-members", "Transitive members of groups that policies name", false},
    [ROLE_ASSIGNMENTS] = {"role-assignments", "Active directory role assignments", false},
    [ROLE_ELIGIBILITY] = {"role-eligibility", "Eligible directory role assignments", true},
    [ROLE_GROUP_MEMBERS] = {"role-group-members", "Members of role-assignable groups", false},
    [ROLE_MANAGEMENT_POLICIES] = {"role-management-policies",
                                  "Privileged Identity Management settings of roles", true},
    [SIGN_INS] = {"sign-ins", "Legacy sign-ins of the last 30 days", false},
    [SIGN_INS_NON_INTERACTIVE] = {"sign-ins-non-interactive",
                                  "Non-interactive legacy sign-ins of the last 30 days", false},
    [TRANSPORT_CONFIG] = {"transport-config", "Exchange transport configuration", false},
    [ORGANIZATION_CONFIG] = {"organization-config", "Exchange organization configuration", false},
    [AUTHENTICATION_POLICIES] = {"authentication-policies", "Exchange authentication policies",
                                 false},
    [MAILBOXES] = {"mailboxes", "Mailboxes", false},
    [CAS_MAILBOXES] = {"cas-mailboxes", "Client access settings of mailboxes", false},
    [EXCHANGE_USERS] = {"exchange-users", "Exchange users", false},
    [HVE_ACCOUNTS] = {"hve-accounts", "High Volume Email accounts", false},
    [ACCEPTED_DOMAINS] = {"accepted-domains", "Accepted domains", false},
    [DKIM_SIGNING_CONFIG] = {"dkim-signing-config", "DKIM signing configuration", false},
    [INBOUND_CONNECTORS] = {"inbound-connectors", "Inbound connectors", false},
    [REMOTE_DOMAINS] = {"remote-domains", "Remote domains", false},
    [OUTBOUND_SPAM_POLICIES] = {"outbound-spam-policies", "Outbound spam filter policies", false},
    [TRANSPORT_RULES] = {"transport-rules", "Mail flow rules", false},
    [SHARING_POLICIES] = {"sharing-policies", "Sharing policies", false},
    [EXTERNAL_IN_OUTLOOK] = {"external-in-outlook", "External sender identification", false},
    [DNS_RECORDS] = {"dns-records", "DNS records of mail domains", false},
};
_Static_assert(COUNT_OF(resources) == RESOURCE_COUNT && (int)RESOURCE_COUNT <= (int)EVIDENCE_MAX,
               "one bit a resource");

#define MAILBOX_ROWS (R(MAILBOXES) | R(HVE_ACCOUNTS))
#define ROLE_ROWS (R(ROLE_ASSIGNMENTS) | R(ROLE_ELIGIBILITY) | R(ROLE_GROUP_MEMBERS))
#define CA_ROWS R(CA_POLICIES)
#define EXCLUSION_ROWS (CA_ROWS | R(USERS) | R(GROUP_MEMBERS) | ROLE_ROWS)
#define ASKED_ROWS (EXCLUSION_ROWS | R(NAMED_LOCATIONS) | R(AUTHENTICATION_STRENGTHS))
#define EFFECT_ROWS (ASKED_ROWS | R(SECURITY_DEFAULTS))
#define PLAN_ROWS (R(USERS) | R(SUBSCRIBED_SKUS))
#define SWITCH_ROWS                                                                                \
    (MAILBOX_ROWS | R(CAS_MAILBOXES) | R(TRANSPORT_CONFIG) | R(ORGANIZATION_CONFIG) |              \
     R(AUTHENTICATION_POLICIES) | R(EXCHANGE_USERS))

#define VERDICT_ROWS                                                                               \
    (SWITCH_ROWS | PLAN_ROWS | EXCLUSION_ROWS | R(SECURITY_DEFAULTS) | R(NAMED_LOCATIONS) |        \
     R(DOMAINS) | R(USERS_PER_USER_MFA))

/* What any read of the table needs: its rows have to be all there. */
static const struct {
    const char *table;
    enum table_kind kind;
    evidence_set rows;
} tables[] = {
    {"snapshot", TABLE_META, 0},
    {"collection", TABLE_META, 0},
    {"organization", TABLE_EVIDENCE, R(ORGANIZATION)},
    {"domain", TABLE_EVIDENCE, R(DOMAINS)},
    {"security_defaults", TABLE_EVIDENCE, R(SECURITY_DEFAULTS)},
    {"transport_config", TABLE_EVIDENCE, R(TRANSPORT_CONFIG)},
    {"organization_config", TABLE_EVIDENCE, R(ORGANIZATION_CONFIG)},
    {"authentication_policy", TABLE_EVIDENCE, R(AUTHENTICATION_POLICIES)},
    {"user", TABLE_EVIDENCE, R(USERS)},
    {"mailbox", TABLE_EVIDENCE, MAILBOX_ROWS},
    {"sku", TABLE_EVIDENCE, R(SUBSCRIBED_SKUS)},
    {"sku_service_plan", TABLE_EVIDENCE, R(SUBSCRIBED_SKUS)},
    {"user_licence", TABLE_EVIDENCE, R(USERS)},
    {"mfa_registration", TABLE_EVIDENCE, R(MFA_REGISTRATION)},
    {"mfa_method", TABLE_EVIDENCE, R(MFA_REGISTRATION)},
    {"ca_policy", TABLE_EVIDENCE, CA_ROWS},
    {"ca_policy_target", TABLE_EVIDENCE, CA_ROWS},
    {"ca_policy_control", TABLE_EVIDENCE, CA_ROWS},
    {"policy_reference", TABLE_EVIDENCE, R(POLICY_REFERENCES)},
    {"named_location", TABLE_EVIDENCE, R(NAMED_LOCATIONS)},
    {"authentication_strength", TABLE_EVIDENCE, R(AUTHENTICATION_STRENGTHS)},
    {"authentication_methods_policy", TABLE_EVIDENCE, R(AUTHENTICATION_METHODS_POLICY)},
    {"authentication_method_configuration", TABLE_EVIDENCE, R(AUTHENTICATION_METHODS_POLICY)},
    {"authorization_policy", TABLE_EVIDENCE, R(AUTHORIZATION_POLICY)},
    {"admin_consent_request_policy", TABLE_EVIDENCE, R(ADMIN_CONSENT_REQUEST_POLICY)},
    {"directory_setting", TABLE_EVIDENCE, R(DIRECTORY_SETTINGS)},
    {"directory_setting_template", TABLE_EVIDENCE, R(DIRECTORY_SETTING_TEMPLATES)},
    {"role_management_rule", TABLE_EVIDENCE, R(ROLE_MANAGEMENT_POLICIES)},
    {"activity_timeout_policy", TABLE_EVIDENCE, R(ACTIVITY_TIMEOUT_POLICIES)},
    {"directory_group", TABLE_EVIDENCE, R(GROUP_MEMBERS) | R(ROLE_GROUP_MEMBERS)},
    {"group_member", TABLE_EVIDENCE, R(GROUP_MEMBERS) | R(ROLE_GROUP_MEMBERS)},
    {"role", TABLE_EVIDENCE, R(ROLE_ASSIGNMENTS)},
    {"role_member", TABLE_EVIDENCE, ROLE_ROWS},
    {"sign_in", TABLE_EVIDENCE, R(SIGN_INS) | R(SIGN_INS_NON_INTERACTIVE)},
    {"accepted_domain", TABLE_EVIDENCE, R(ACCEPTED_DOMAINS)},
    {"dkim_config", TABLE_EVIDENCE, R(DKIM_SIGNING_CONFIG)},
    {"inbound_connector", TABLE_EVIDENCE, R(INBOUND_CONNECTORS)},
    {"remote_domain", TABLE_EVIDENCE, R(REMOTE_DOMAINS)},
    {"outbound_spam_policy", TABLE_EVIDENCE, R(OUTBOUND_SPAM_POLICIES)},
    {"transport_rule", TABLE_EVIDENCE, R(TRANSPORT_RULES)},
    {"sharing_policy", TABLE_EVIDENCE, R(SHARING_POLICIES)},
    {"external_in_outlook", TABLE_EVIDENCE, R(EXTERNAL_IN_OUTLOOK)},
    {"app_management_policy", TABLE_EVIDENCE, R(APP_MANAGEMENT_POLICY)},
    {"dns_record", TABLE_EVIDENCE, R(DNS_RECORDS)},
    {"user_service_plan", TABLE_DERIVED, PLAN_ROWS},
    {"mailbox_smtp", TABLE_DERIVED, MAILBOX_ROWS},
    {"smtp_auth", TABLE_DERIVED, MAILBOX_ROWS},
    {"ca_exclusion", TABLE_DERIVED, EXCLUSION_ROWS},
    {"ca_reach", TABLE_DERIVED, EXCLUSION_ROWS},
    {"user_protection", TABLE_DERIVED, EFFECT_ROWS},
    {"smtp_auth_row", TABLE_PART, MAILBOX_ROWS},
    {"user_protection_row", TABLE_PART, EFFECT_ROWS},
    {"user_ca_effect", TABLE_DERIVED, ASKED_ROWS},
    {"admin_ca_effect", TABLE_DERIVED, ASKED_ROWS},
    {"ca_effect_people", TABLE_DERIVED, ASKED_ROWS},
    {"protection_people", TABLE_DERIVED, EFFECT_ROWS},
    {"ca_effect_row", TABLE_PART, ASKED_ROWS},
    {"ca_effect_people_row", TABLE_PART, ASKED_ROWS},
    {"admin_effect_row", TABLE_PART, ASKED_ROWS},
    {"shared_text", TABLE_PART, 0},
    {"collecting", TABLE_WORK, 0},
    {"continuation", TABLE_WORK, 0},
    {"delta_token", TABLE_WORK, 0},
    {"sitting", TABLE_WORK, 0},
    {"pass_user_mfa", TABLE_WORK, 0},
    {"pass_user_activity", TABLE_WORK, 0},
    {"pass_role_grant", TABLE_WORK, 0},
    {"pass_hidden_group", TABLE_WORK, 0},
    {"evaluation", TABLE_RESULT, 0},
    {"rule", TABLE_RESULT, 0},
    {"rule_result", TABLE_RESULT, 0},
    {"resource_result", TABLE_RESULT, 0},
    {"trend", TABLE_RESULT, 0},
    {"waiver", TABLE_RESULT, 0},
    {"baseline_rule", TABLE_RESULT, 0},
    {"baseline_finding", TABLE_RESULT, 0},
};

/* Evidence tables that came with a later schema: an older snapshot has none, or empty ones. */
static const struct {
    const char *table;
    int64_t schema;
} since[] = {
    {"sharing_policy", 7},
    {"external_in_outlook", 7},
    {"app_management_policy", 7},
};

/* What a column needs on top of its table's rows. */
static const struct {
    const char *table, *column;
    evidence_set needs;
} columns[] = {
    {"ca_policy", "in_v1", R(CA_POLICIES_V1)},
    {"user", "per_user_mfa_state", R(USERS_PER_USER_MFA)},
    {"user", "last_sign_in_at", R(USERS_SIGN_IN_ACTIVITY)},
    {"user", "last_successful_sign_in_at", R(USERS_SIGN_IN_ACTIVITY)},
    {"mailbox", "smtp_client_authentication_disabled", R(CAS_MAILBOXES)},
    {"mailbox", "smtp_flag_known", R(CAS_MAILBOXES)},
    {"mailbox", "imap_enabled", R(CAS_MAILBOXES)},
    {"mailbox", "pop_enabled", R(CAS_MAILBOXES)},
    {"mailbox", "authentication_policy", R(EXCHANGE_USERS)},
    {"mailbox", "authentication_policy_known", R(EXCHANGE_USERS)},
    {"mailbox_smtp", "tenant_flag", R(TRANSPORT_CONFIG)},
    {"mailbox_smtp", "mailbox_flag", R(CAS_MAILBOXES)},
    {"mailbox_smtp", "effective", R(CAS_MAILBOXES) | R(TRANSPORT_CONFIG)},
    {"mailbox_smtp", "decided_by", R(CAS_MAILBOXES) | R(TRANSPORT_CONFIG)},
    {"mailbox_smtp", "policy_source", R(EXCHANGE_USERS) | R(ORGANIZATION_CONFIG)},
    {"mailbox_smtp", "policy_name", R(EXCHANGE_USERS) | R(ORGANIZATION_CONFIG)},
    {"mailbox_smtp", "policy_basic_smtp",
     R(EXCHANGE_USERS) | R(ORGANIZATION_CONFIG) | R(AUTHENTICATION_POLICIES)},
    {"mailbox_smtp", "has_exchange_plan", PLAN_ROWS},
    {"user_protection", "mfa", R(USERS_PER_USER_MFA)},
    {"user_protection", "mfa_gap", R(USERS_PER_USER_MFA)},
    {"protection_people", "mfa", R(USERS_PER_USER_MFA)},
    {"protection_people", "is_gap_certain", R(USERS_PER_USER_MFA)},
    /* Verdict columns: every gate that can decide. What is missing makes a verdict unknown, and a
     * rule that reads it not evaluated. */
    {"smtp_auth", "basic", VERDICT_ROWS},
    {"smtp_auth", "oauth_delegated", VERDICT_ROWS},
    {"smtp_auth", "oauth_app", SWITCH_ROWS | PLAN_ROWS},
    {"smtp_auth", "reply", VERDICT_ROWS},
    {"smtp_auth", "layers", VERDICT_ROWS},
    {"smtp_auth", "fix", VERDICT_ROWS},
    {"smtp_auth", "confidence", VERDICT_ROWS},
    {"smtp_auth", "explanation", VERDICT_ROWS},
};

static const char *const state_names[] = {
    [COLLECTION_COMPLETE] = "complete",
    [COLLECTION_PARTIAL] = "partial",
    [COLLECTION_FAILED] = "failed",
    [COLLECTION_SKIPPED] = "skipped",
};

const char *collection_state_name(enum collection_state s)
{
    return state_names[s];
}

size_t evidence_resource_count(void)
{
    return COUNT_OF(resources);
}

const struct evidence_resource *evidence_resource_at(size_t i)
{
    return i < COUNT_OF(resources) ? &resources[i] : NULL;
}

size_t evidence_resource_find(const char *id)
{
    for (size_t i = 0; i < COUNT_OF(resources); i++)
        if (str_eq(resources[i].id, id))
            return i;
    return SIZE_MAX;
}

enum table_kind evidence_table_kind(const char *table)
{
    for (size_t i = 0; i < COUNT_OF(tables); i++)
        if (str_ieq(tables[i].table, table))
            return tables[i].kind;
    return TABLE_UNKNOWN;
}

const char *evidence_table_at(enum table_kind kind, size_t i)
{
    for (size_t t = 0; t < COUNT_OF(tables); t++)
        if (tables[t].kind == kind && i-- == 0)
            return tables[t].table;
    return NULL;
}

bool evidence_table_is_in(const char *table, int64_t schema)
{
    for (size_t i = 0; i < COUNT_OF(since); i++)
        if (str_eq(since[i].table, table))
            return schema >= since[i].schema;
    return true;
}

evidence_set evidence_needs(const char *table, const char *column)
{
    evidence_set set = 0;

    for (size_t i = 0; i < COUNT_OF(tables); i++)
        if (str_ieq(tables[i].table, table))
            set |= tables[i].rows;
    if (column != NULL)
        for (size_t i = 0; i < COUNT_OF(columns); i++)
            if (str_ieq(columns[i].table, table) && str_ieq(columns[i].column, column))
                set |= columns[i].needs;
    return set;
}

static void load_row(struct evidence_states *out, const struct stmt *st)
{
    size_t at = evidence_resource_find(stmt_text(st, 0));
    const char *state = stmt_text(st, 1);
    struct evidence_status *s;

    if (at == SIZE_MAX)
        return; /* written by a newer version: nothing here depends on it */
    s = &out->of[at];
    for (size_t i = 0; i < COUNT_OF(state_names); i++)
        if (str_eq(state_names[i], state))
            s->state = (enum collection_state)i;
    s->reason = REASON_NONE;
    (void)reason_parse(stmt_text(st, 2), &s->reason);
    s->detail = stmt_text(st, 3) != NULL ? xstrdup(stmt_text(st, 3)) : NULL;
    s->permission = stmt_text(st, 4) != NULL ? xstrdup(stmt_text(st, 4)) : NULL;
    s->licence = stmt_text(st, 5) != NULL ? xstrdup(stmt_text(st, 5)) : NULL;
}

bool evidence_is_not_chosen(const struct evidence_status *s)
{
    return s->state == COLLECTION_SKIPPED && s->reason == REASON_NOT_COLLECTED &&
           str_eq(s->detail, COLLECTION_NOT_CHOSEN);
}

enum err_code evidence_states_load(struct store *s, struct evidence_states *out, struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;
    enum err_code code;

    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < COUNT_OF(out->of); i++) {
        out->of[i].state = COLLECTION_SKIPPED;
        out->of[i].reason = REASON_NOT_COLLECTED;
    }
    code = stmt_prepare(s,
                        "SELECT resource, state, reason_code, detail, permission, licence "
                        "FROM collection ORDER BY resource",
                        &st, e);
    while (code == ERR_OK && (code = stmt_step(st, &row, e)) == ERR_OK && row)
        load_row(out, st);
    stmt_free(st);
    return code;
}

void evidence_states_release(struct evidence_states *st)
{
    for (size_t i = 0; i < COUNT_OF(st->of); i++) {
        free(st->of[i].detail);
        free(st->of[i].permission);
        free(st->of[i].licence);
    }
    memset(st, 0, sizeof *st);
}

evidence_set evidence_missing(evidence_set needed, const struct evidence_states *st)
{
    evidence_set missing = 0;

    for (size_t i = 0; i < COUNT_OF(resources); i++) {
        bool excused = resources[i].is_empty_without_licence &&
                       st->of[i].state == COLLECTION_SKIPPED && st->of[i].reason == REASON_LICENCE;

        if ((needed & R(i)) != 0 && st->of[i].state != COLLECTION_COMPLETE && !excused)
            missing |= R(i);
    }
    return missing;
}
