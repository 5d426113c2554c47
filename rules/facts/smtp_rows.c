/* The decision table, and the conditions its rows stand on. */
#include "base/attrs.h"
#include "smtp_gates.h"

/* From this day Microsoft has basic SMTP AUTH off by default in existing tenants (Exchange team
 * blog, 27 January 2026: "end of December 2026"); administrators may turn it on again. How that
 * shows in the configuration is not published, so the verdict becomes conditional. */
static const int64_t default_off_ms = INT64_C(1798761600000); /* 2027-01-01T00:00:00Z */

static bool no_mailbox(const struct smtp_case *c)
{
    return c->recipient == RECIPIENT_NONE;
}

static bool hve(const struct smtp_case *c)
{
    return c->recipient == RECIPIENT_HVE;
}

static bool recipient_unknown(const struct smtp_case *c)
{
    return c->recipient == RECIPIENT_UNKNOWN;
}

static bool default_off(const struct smtp_case *c)
{
    return !hve(c) && c->as_of_ms >= default_off_ms; /* HVE keeps basic until September 2028 */
}

/* When Microsoft removes basic for good is not announced: without the operator's word nothing is
 * guessed. */
static bool is_removed(const struct smtp_case *c)
{
    return !hve(c) && c->removal_ms != 0 && c->as_of_ms >= c->removal_ms;
}

static bool both_off(const struct smtp_case *c)
{
    return !hve(c) && c->tenant_switch == SWITCH_OFF && c->mailbox_switch == SWITCH_OFF;
}

static bool tenant_off(const struct smtp_case *c)
{
    return !hve(c) && c->tenant_switch == SWITCH_OFF && c->mailbox_switch == SWITCH_INHERIT;
}

static bool tenant_unknown(const struct smtp_case *c)
{
    return !hve(c) && c->tenant_switch != SWITCH_ON && c->tenant_switch != SWITCH_OFF &&
           (c->mailbox_switch == SWITCH_INHERIT || c->mailbox_switch == SWITCH_UNKNOWN);
}

static bool mailbox_off_tenant_on(const struct smtp_case *c)
{
    return !hve(c) && c->mailbox_switch == SWITCH_OFF && c->tenant_switch == SWITCH_ON;
}

static bool mailbox_off(const struct smtp_case *c)
{
    return !hve(c) && c->mailbox_switch == SWITCH_OFF;
}

static bool mailbox_unknown(const struct smtp_case *c)
{
    return !hve(c) && c->mailbox_switch == SWITCH_UNKNOWN;
}

static bool override_on(const struct smtp_case *c)
{
    return !hve(c) && c->mailbox_switch == SWITCH_ON && c->tenant_switch == SWITCH_OFF;
}

static bool policy_blocks_hve(const struct smtp_case *c)
{
    return hve(c) && c->policy_allows_basic == FACT_NO;
}

static bool policy_blocks(const struct smtp_case *c)
{
    return c->policy_allows_basic == FACT_NO;
}

static bool own_policy_unknown(const struct smtp_case *c)
{
    return c->policy_allows_basic == FACT_UNKNOWN && c->own_policy_known != FACT_YES;
}

static bool default_policy_unknown(const struct smtp_case *c)
{
    return c->policy_allows_basic == FACT_UNKNOWN && c->policy_known != FACT_YES;
}

static bool own_policy_gone(const struct smtp_case *c)
{
    return c->policy_allows_basic == FACT_UNKNOWN && c->policy_exists == FACT_NO &&
           c->is_policy_own;
}

static bool default_policy_gone(const struct smtp_case *c)
{
    return c->policy_allows_basic == FACT_UNKNOWN && c->policy_exists == FACT_NO;
}

static bool policy_unread(const struct smtp_case *c)
{
    return c->policy_allows_basic == FACT_UNKNOWN;
}

static bool shared_disabled(const struct smtp_case *c)
{
    return c->account_enabled == FACT_NO && c->recipient == RECIPIENT_SHARED;
}

static bool account_disabled(const struct smtp_case *c)
{
    return c->account_enabled == FACT_NO;
}

static bool account_unknown(const struct smtp_case *c)
{
    return c->account_enabled == FACT_UNKNOWN;
}

static bool federated(const struct smtp_case *c)
{
    return c->is_federated == FACT_YES;
}

static bool federation_unknown(const struct smtp_case *c)
{
    return c->is_federated == FACT_UNKNOWN;
}

static bool defaults_on_hve(const struct smtp_case *c)
{
    return hve(c) && c->security_defaults == FACT_YES;
}

static bool defaults_on(const struct smtp_case *c)
{
    return c->security_defaults == FACT_YES;
}

static bool defaults_unknown(const struct smtp_case *c)
{
    return c->security_defaults == FACT_UNKNOWN;
}

static bool ca_blocks_hve(const struct smtp_case *c)
{
    return hve(c) && c->ca_basic == SMTP_BLOCK;
}

static bool ca_blocks(const struct smtp_case *c)
{
    return c->ca_basic == SMTP_BLOCK;
}

static bool ca_conditional(const struct smtp_case *c)
{
    return c->ca_basic == SMTP_CONDITIONAL;
}

static bool ca_unread(const struct smtp_case *c)
{
    return c->ca_basic != SMTP_ALLOW && c->ca_was_read != FACT_YES;
}

static bool ca_unknown(const struct smtp_case *c)
{
    return c->ca_basic != SMTP_ALLOW;
}

static bool ca_delegated_open(const struct smtp_case *c)
{
    return c->ca_delegated != SMTP_ALLOW;
}

static bool mfa_app_password(const struct smtp_case *c)
{
    return c->mfa == MFA_ENFORCED && c->uses_app_password;
}

static bool mfa_enforced(const struct smtp_case *c)
{
    return c->mfa == MFA_ENFORCED;
}

static bool mfa_enabled(const struct smtp_case *c)
{
    return c->mfa == MFA_ENABLED;
}

static bool mfa_unknown(const struct smtp_case *c)
{
    return c->mfa == MFA_UNKNOWN;
}

static bool user_unlicensed(const struct smtp_case *c)
{
    return c->recipient == RECIPIENT_USER && c->has_plan == FACT_NO;
}

static bool shared_unlicensed(const struct smtp_case *c)
{
    return c->recipient == RECIPIENT_SHARED && c->account_enabled == FACT_YES &&
           c->has_plan == FACT_NO;
}

static bool licence_unknown(const struct smtp_case *c)
{
    return c->has_plan == FACT_UNKNOWN &&
           (c->recipient == RECIPIENT_USER ||
            (c->recipient == RECIPIENT_SHARED && c->account_enabled != FACT_NO));
}

#define ALL(a)                                                                                     \
    {                                                                                              \
        (a), (a), (a)                                                                              \
    }
#define BASIC_ONLY(a)                                                                              \
    {                                                                                              \
        (a), SMTP_ALLOW, SMTP_ALLOW                                                                \
    }
#define READ_AGAIN "{read}"
#define OPEN_MAILBOX                                                                               \
    "Open this mailbox only: "                                                                     \
    "Set-CASMailbox -Identity {mailbox} -SmtpClientAuthenticationDisabled $false"
#define LET_POLICY                                                                                 \
    "assign this account a policy with AllowBasicAuthSmtp: "                                       \
    "Set-User -Identity {mailbox} -AuthenticationPolicy <policy>"

/* The decision table. Gates in the order in which the service asks them, rows of a gate in the
 * order in which they are tried. */
/* clang-format off */
static const struct smtp_row rows[] = {
    /* Is there a mailbox at all? */
    {.id = "0", .gate = GATE_RECIPIENT, .holds = no_mailbox, .answer = ALL(SMTP_NOT_APPLICABLE),
     .confidence = CONFIDENCE_HIGH,
     .because = "This recipient ({type}) has no Exchange Online mailbox to send from"},
    {.id = "1", .gate = GATE_RECIPIENT, .holds = hve,
     .answer = {SMTP_ALLOW, SMTP_NOT_APPLICABLE, SMTP_NOT_APPLICABLE},
     .confidence = CONFIDENCE_HIGH,
     .because = "High Volume Email account: it sends through smtp.hve.mx.microsoft, inside the "
                "organization only, and ignores the SMTP AUTH switches; OAuth is a permission of "
                "its own (Mail.Send, Add-HVEAppAccess)"},
    {.id = "0u", .gate = GATE_RECIPIENT, .holds = recipient_unknown, .answer = ALL(SMTP_UNKNOWN),
     .confidence = CONFIDENCE_HIGH, .evidence = {"mailboxes"},
     .because = "The kind of recipient ({type}) is not known", .fix = READ_AGAIN},

    /* Microsoft's retirement of basic. */
    {.id = "2", .gate = GATE_SERVICE, .holds = is_removed, .answer = BASIC_ONLY(SMTP_BLOCK),
     .confidence = CONFIDENCE_HIGH, .reply = "removed",
     .because = "Basic SMTP AUTH is removed for good on this day, by the removal date that was "
                "given",
     .fix = "Move the device to OAuth: no setting brings basic back"},
    {.id = "3", .gate = GATE_SERVICE, .holds = default_off, .answer = BASIC_ONLY(SMTP_CONDITIONAL),
     .confidence = CONFIDENCE_LOW,
     .because = "Since the end of December 2026 Microsoft has basic SMTP AUTH off by default; "
                "whether this tenant turned it on again cannot be read",
     .fix = "Move the device to OAuth"},

    /* The switches: the mailbox's own setting wins, null inherits the tenant's. */
    {.id = "5c", .gate = GATE_TENANT, .holds = both_off, .answer = ALL(SMTP_BLOCK),
     .confidence = CONFIDENCE_HIGH, .reply = "auth-disabled-mailbox", .is_reply_likely = true,
     .because = "SMTP AUTH is off for the organization", .fix = OPEN_MAILBOX},
    {.id = "5", .gate = GATE_TENANT, .holds = tenant_off, .answer = ALL(SMTP_BLOCK),
     .confidence = CONFIDENCE_HIGH, .reply = "auth-disabled-tenant",
     .because = "SMTP AUTH is off for the organization, and this mailbox has no setting of its own",
     .fix = OPEN_MAILBOX},
    {.id = "5a", .gate = GATE_TENANT, .holds = tenant_unknown, .answer = ALL(SMTP_UNKNOWN),
     .confidence = CONFIDENCE_HIGH, .evidence = {"transport-config"},
     .because = "The organization's SMTP AUTH switch is not known", .fix = READ_AGAIN},
    {.id = "4", .gate = GATE_MAILBOX, .holds = mailbox_off_tenant_on, .answer = ALL(SMTP_BLOCK),
     .confidence = CONFIDENCE_HIGH, .reply = "auth-disabled-mailbox",
     .because = "SMTP AUTH is switched off on this mailbox",
     .fix = "Let it follow the organization, which has it on: Set-CASMailbox -Identity {mailbox} "
            "-SmtpClientAuthenticationDisabled $null"},
    {.id = "4", .gate = GATE_MAILBOX, .holds = mailbox_off, .answer = ALL(SMTP_BLOCK),
     .confidence = CONFIDENCE_HIGH, .reply = "auth-disabled-mailbox",
     .because = "SMTP AUTH is switched off on this mailbox", .fix = OPEN_MAILBOX},
    {.id = "5a", .gate = GATE_MAILBOX, .holds = mailbox_unknown, .answer = ALL(SMTP_UNKNOWN),
     .confidence = CONFIDENCE_HIGH, .evidence = {"cas-mailboxes"},
     .because = "The mailbox's own SMTP AUTH setting is not known", .fix = READ_AGAIN},
    {.id = "5b", .gate = GATE_MAILBOX, .holds = override_on, .answer = ALL(SMTP_ALLOW),
     .confidence = CONFIDENCE_HIGH,
     .because = "The mailbox's own setting opens what is off for the organization"},

    /* Exchange authentication policies touch basic only. */
    {.id = "6", .gate = GATE_AUTH_POLICY, .holds = policy_blocks_hve,
     .answer = BASIC_ONLY(SMTP_BLOCK), .confidence = CONFIDENCE_HIGH, .reply = "auth-org-config",
     .because = "The Exchange authentication policy '{policy}' refuses basic SMTP",
     .fix = "Use OAuth, or " LET_POLICY},
    {.id = "6", .gate = GATE_AUTH_POLICY, .holds = policy_blocks, .answer = BASIC_ONLY(SMTP_BLOCK),
     .confidence = CONFIDENCE_HIGH, .reply = "auth-basic-disabled", .is_reply_likely = true,
     .because = "The Exchange authentication policy '{policy}' refuses basic SMTP",
     .fix = "Use OAuth, or " LET_POLICY},
    {.id = "6a", .gate = GATE_AUTH_POLICY, .holds = own_policy_unknown,
     .answer = BASIC_ONLY(SMTP_UNKNOWN), .confidence = CONFIDENCE_HIGH,
     .evidence = {"exchange-users"},
     .because = "Whether the account has an authentication policy of its own is not known", .fix = READ_AGAIN},
    {.id = "6a", .gate = GATE_AUTH_POLICY, .holds = default_policy_unknown,
     .answer = BASIC_ONLY(SMTP_UNKNOWN), .confidence = CONFIDENCE_HIGH,
     .evidence = {"organization-config"},
     .because = "The organization's default authentication policy is not known", .fix = READ_AGAIN},
    {.id = "6a", .gate = GATE_AUTH_POLICY, .holds = own_policy_gone,
     .answer = BASIC_ONLY(SMTP_UNKNOWN), .confidence = CONFIDENCE_HIGH,
     .evidence = {"authentication-policies"},
     .because = "The account names a policy that no longer exists, '{policy}': what then counts "
                "for basic SMTP is not documented",
     .fix = "Name a policy that exists: Set-User -Identity {mailbox} -AuthenticationPolicy "
            "<policy>; $null instead of a name takes the organization's default"},
    {.id = "6a", .gate = GATE_AUTH_POLICY, .holds = default_policy_gone,
     .answer = BASIC_ONLY(SMTP_UNKNOWN), .confidence = CONFIDENCE_HIGH,
     .evidence = {"authentication-policies"},
     .because = "The organization's default is a policy that no longer exists, '{policy}': what "
                "then counts for basic SMTP is not documented",
     .fix = "Name a default policy that exists: Set-OrganizationConfig "
            "-DefaultAuthenticationPolicy <policy>"},
    {.id = "6a", .gate = GATE_AUTH_POLICY, .holds = policy_unread,
     .answer = BASIC_ONLY(SMTP_UNKNOWN), .confidence = CONFIDENCE_HIGH,
     .evidence = {"authentication-policies"},
     .because = "What the Exchange authentication policy '{policy}' says of basic SMTP is not "
                "known", .fix = READ_AGAIN},

    /* The account itself. */
    {.id = "7", .gate = GATE_ACCOUNT, .holds = shared_disabled,
     .answer = {SMTP_BLOCK, SMTP_BLOCK, SMTP_UNKNOWN}, .confidence = CONFIDENCE_HIGH,
     .reply = "auth-account-issue", .is_reply_likely = true,
     .because = "Sign-in is off for this account, as it should be for a {type}",
     .fix = "Leave sign-in off; send as a licensed account that has Send As on this mailbox"},
    {.id = "7", .gate = GATE_ACCOUNT, .holds = account_disabled,
     .answer = {SMTP_BLOCK, SMTP_BLOCK, SMTP_UNKNOWN}, .confidence = CONFIDENCE_HIGH,
     .reply = "auth-account-issue", .is_reply_likely = true, .because = "The account is disabled",
     .fix = "Do not revive it for a device; send as an account made for it, with Send As on this "
            "mailbox"},
    {.id = "7u", .gate = GATE_ACCOUNT, .holds = account_unknown, .answer = ALL(SMTP_UNKNOWN),
     .confidence = CONFIDENCE_HIGH, .evidence = {"users"},
     .because = "Whether the account is enabled is not known", .fix = READ_AGAIN},
    {.id = "8", .gate = GATE_FEDERATION, .holds = federated, .answer = BASIC_ONLY(SMTP_CONDITIONAL),
     .confidence = CONFIDENCE_MEDIUM, .reply = "auth-sts-unreachable", .is_reply_likely = true,
     .because = "The domain {domain} is federated: its sign-in server has to answer",
     .fix = "Use an account of a cloud-managed domain, or OAuth"},
    {.id = "8u", .gate = GATE_FEDERATION, .holds = federation_unknown,
     .answer = BASIC_ONLY(SMTP_UNKNOWN), .confidence = CONFIDENCE_HIGH,
     .evidence = {"domains", "users"},
     .because = "Whether the domain {domain} is federated is not known", .fix = READ_AGAIN},

    /* Security policy. */
    {.id = "9", .gate = GATE_SECURITY_DEFAULTS, .holds = defaults_on_hve,
     .answer = BASIC_ONLY(SMTP_BLOCK), .confidence = CONFIDENCE_HIGH, .reply = "auth-org-config",
     .because = "Security defaults are on: they refuse basic authentication",
     .fix = "Use OAuth; keep security defaults on until Conditional Access replaces them"},
    {.id = "9", .gate = GATE_SECURITY_DEFAULTS, .holds = defaults_on,
     .answer = {SMTP_BLOCK, SMTP_CONDITIONAL, SMTP_ALLOW}, .confidence = CONFIDENCE_HIGH,
     .reply = "auth-security-defaults",
     .because = "Security defaults are on: they refuse basic authentication, and nobody can be "
                "excluded",
     .fix = "Use OAuth. Only if the device cannot: first enforce Conditional Access policies "
            "that require MFA and block legacy authentication, exclude this account and pin it "
            "to a named location, and then switch security defaults off"},
    {.id = "9a", .gate = GATE_SECURITY_DEFAULTS, .holds = defaults_unknown,
     .answer = BASIC_ONLY(SMTP_UNKNOWN), .confidence = CONFIDENCE_HIGH,
     .evidence = {"security-defaults"}, .because = "Whether security defaults are on is not known",
     .fix = READ_AGAIN},
    {.id = "10", .gate = GATE_CA, .holds = ca_blocks_hve, .answer = BASIC_ONLY(SMTP_BLOCK),
     .confidence = CONFIDENCE_MEDIUM, .reply = "auth-criteria", .is_reply_likely = true,
     .because = "{ca}", .fix = "Use OAuth, or exclude this account from each of these policies"},
    {.id = "10", .gate = GATE_CA, .holds = ca_blocks, .is_from_ca = true,
     .answer = BASIC_ONLY(SMTP_BLOCK), .confidence = CONFIDENCE_HIGH, .reply = "auth-criteria",
     .because = "{ca}",
     .fix = "Use OAuth. Only if the device cannot: exclude this account from each of these "
            "policies, and block it outside the named location it sends from"},
    {.id = "10a", .gate = GATE_CA, .holds = ca_conditional, .is_from_ca = true,
     .answer = BASIC_ONLY(SMTP_CONDITIONAL), .confidence = CONFIDENCE_HIGH,
     .reply = "auth-criteria", .because = "{ca}",
     .fix = "Send from an address where the policy does not apply, or use OAuth"},
    {.id = "10b", .gate = GATE_CA, .holds = ca_unread, .is_from_ca = true,
     .answer = BASIC_ONLY(SMTP_UNKNOWN), .confidence = CONFIDENCE_HIGH, .evidence = {"ca-policies"},
     .because = "{ca}", .fix = READ_AGAIN},
    {.id = "10b", .gate = GATE_CA, .holds = ca_unknown, .is_from_ca = true,
     .answer = BASIC_ONLY(SMTP_UNKNOWN), .confidence = CONFIDENCE_HIGH, .because = "{ca}",
     .fix = "Ask What If in the Entra admin center: this account, Exchange Online, client app Other "
            "clients"},
    {.id = "10", .gate = GATE_CA, .holds = ca_delegated_open, .is_from_ca = true,
     .answer = ALL(SMTP_ALLOW), .confidence = CONFIDENCE_HIGH, .because = "{ca}"},
    {.id = "11a", .gate = GATE_MFA, .holds = mfa_app_password,
     .answer = {SMTP_ALLOW, SMTP_CONDITIONAL, SMTP_ALLOW}, .confidence = CONFIDENCE_MEDIUM,
     .because = "Per-user MFA is enforced, and an app password goes around it"},
    {.id = "11", .gate = GATE_MFA, .holds = mfa_enforced,
     .answer = {SMTP_BLOCK, SMTP_CONDITIONAL, SMTP_ALLOW}, .confidence = CONFIDENCE_MEDIUM,
     .reply = "auth-credentials", .is_reply_likely = true,
     .because = "Per-user MFA is enforced: only an app password passes",
     .fix = "Use OAuth; as a stop-gap an app password "
            "(https://mysignins.microsoft.com/security-info)"},
    {.id = "11b", .gate = GATE_MFA, .holds = mfa_enabled,
     .answer = {SMTP_CONDITIONAL, SMTP_CONDITIONAL, SMTP_ALLOW}, .confidence = CONFIDENCE_LOW,
     .because = "Per-user MFA is enabled: the password stops working once a second factor is "
                "registered",
     .fix = "Use OAuth; register no authenticator app on an account that only sends"},
    {.id = "11u", .gate = GATE_MFA, .holds = mfa_unknown,
     .answer = {SMTP_UNKNOWN, SMTP_UNKNOWN, SMTP_ALLOW}, .confidence = CONFIDENCE_HIGH,
     .evidence = {"users-per-user-mfa", "users"},
     .because = "The account's per-user MFA state is not known", .fix = READ_AGAIN},

    /* Licence: what Microsoft says it needs; that it is enforced was never seen documented. */
    {.id = "12", .gate = GATE_LICENCE, .holds = user_unlicensed, .answer = ALL(SMTP_CONDITIONAL),
     .confidence = CONFIDENCE_LOW,
     .because = "The account has no Exchange Online plan; Microsoft supports SMTP AUTH for "
                "licensed mailboxes only",
     .fix = "Assign a licence that includes an Exchange Online plan"},
    {.id = "12a", .gate = GATE_LICENCE, .holds = shared_unlicensed,
     .answer = {SMTP_CONDITIONAL, SMTP_BLOCK, SMTP_UNKNOWN}, .confidence = CONFIDENCE_LOW,
     .reply = "auth-generic", .is_reply_likely = true,
     .because = "A {type} without a licence, with sign-in on: not supported, and a delegate's "
                "OAuth token is refused",
     .fix = "Send as a licensed account that has Send As on this mailbox, and switch sign-in off "
            "here"},
    {.id = "12u", .gate = GATE_LICENCE, .holds = licence_unknown, .answer = ALL(SMTP_UNKNOWN),
     .confidence = CONFIDENCE_HIGH, .evidence = {"subscribed-skus", "users"},
     .because = "Whether the account has an Exchange Online plan is not known", .fix = READ_AGAIN},
};
/* clang-format on */

size_t smtp_row_count(void)
{
    return COUNT_OF(rows);
}

const struct smtp_row *smtp_row_at(size_t i)
{
    return i < COUNT_OF(rows) ? &rows[i] : NULL;
}
