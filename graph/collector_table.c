/* What is asked, where, with which permission and licence. Sorted by resource.
 *
 * Permissions: Microsoft Graph permissions reference (August 2026), least first; Exchange roles:
 * per cmdlet, with the application permission Exchange.ManageAsApp. What a person reads about a
 * request is made from the same text that is sent. */
#include "base/strs.h"
#include "collect_run.h"
#include "collector.h"
#include "collector_maps.h"
#include "pack.h"

#include <stdint.h>

#define DIRECTORY_READ "Directory.Read.All Directory.ReadWrite.All"
#define POLICY_READ "Policy.Read.All"
#define USER_READ "User.Read.All User.ReadWrite.All " DIRECTORY_READ
#define ROLE_READ                                                                                  \
    "RoleManagement.Read.Directory RoleManagement.ReadWrite.Directory RoleManagement.Read.All"

#define SETTINGS_READ                                                                              \
    "GroupSettings.Read.All GroupSettings.ReadWrite.All Group.Read.All Group.ReadWrite.All "       \
    "" DIRECTORY_READ

#define GET(url) .path = (url), .info.request = "GET " url
#define GRAPH(name, its_title)                                                                     \
    .info.resource = (name), .info.title = (its_title), .info.service = "graph",                   \
    .service = SERVICE_GRAPH
#define EXCHANGE(name, its_title)                                                                  \
    .info.resource = (name), .info.title = (its_title), .info.service = "exchange",                \
    .service = SERVICE_EXCHANGE, .bucket = BUCKET_EXCHANGE
#define CMDLET(verb) .cmdlet = (verb), .info.request = (verb), .parameters = "{}"
#define CMDLET_ALL(verb)                                                                           \
    .cmdlet = (verb), .info.request = verb " -ResultSize Unlimited",                               \
    .parameters = "{\"ResultSize\":\"Unlimited\"}"
#define CONFIGURATION .info.permission = "View-Only Configuration"
#define RECIPIENTS .info.permission = "View-Only Recipients"
#define NEEDS_P1 .info.licence = "Entra ID P1", .plan = PLAN_P1
#define NEEDS_P2 .info.licence = "Entra ID P2", .plan = PLAN_P2

/* What others wait for goes first, then what is one request (cheap, and a run that is cut short has
 * every setting), then the longest chains. */
enum {
    SHORT = 50,
    LONG = 80,
    LONGEST = 85 /* pages of 500, not of 1000 */,
    QUICK = 90,
    FIRST = 100
};

static const struct collector table[] = {
    {EXCHANGE("accepted-domains", "Accepted domains"), CMDLET_ALL("Get-AcceptedDomain"),
     CONFIGURATION, .priority = FIRST, .map = &map_accepted_domain},
    {GRAPH("activity-timeout-policies", "Idle session timeout policies"),
     GET("/v1.0/policies/activityBasedTimeoutPolicies"), .info.permission = "Policy.Read.All",
     .info.accepted = POLICY_READ, .bucket = BUCKET_DIRECTORY, .priority = QUICK,
     .map = &map_activity_timeout},
    {GRAPH("admin-consent-request-policy", "Admin consent request policy"),
     GET("/v1.0/policies/adminConsentRequestPolicy"), .info.permission = "Policy.Read.All",
     .info.accepted = POLICY_READ, .bucket = BUCKET_DIRECTORY, .priority = QUICK,
     .flags = COLLECT_SINGLETON, .map = &map_admin_consent},
    {GRAPH("authentication-methods-policy", "Authentication methods policy"),
     GET("/beta/policies/authenticationMethodsPolicy"),
     .info.permission = "Policy.Read.AuthenticationMethod",
     .info.accepted =
         "Policy.Read.AuthenticationMethod Policy.ReadWrite.AuthenticationMethod " POLICY_READ,
     .bucket = BUCKET_DIRECTORY, .priority = QUICK, .map = &map_methods_policy,
     .each = methods_policy_each, .start = methods_policy_start},
    {EXCHANGE("authentication-policies", "Exchange authentication policies"),
     CMDLET("Get-AuthenticationPolicy"), CONFIGURATION, .priority = QUICK,
     .map = &map_authentication_policy},
    {GRAPH("authentication-strengths", "Authentication strengths"),
     GET("/v1.0/policies/authenticationStrengthPolicies"),
     .info.permission = "Policy.Read.AuthenticationMethod",
     .info.accepted =
         "Policy.Read.AuthenticationMethod Policy.ReadWrite.AuthenticationMethod " POLICY_READ,
     .bucket = BUCKET_DIRECTORY, .priority = QUICK, .map = &map_authentication_strength},
    {GRAPH("authorization-policy", "Authorization policy"),
     GET("/v1.0/policies/authorizationPolicy"), .info.permission = "Policy.Read.All",
     .info.accepted = POLICY_READ, .bucket = BUCKET_DIRECTORY, .priority = QUICK,
     .flags = COLLECT_SINGLETON, .map = &map_authorization_policy, .each = authorization_each},
    {GRAPH("ca-policies", "Conditional Access policies"),
     GET("/beta/identity/conditionalAccess/policies?$top=999"),
     .info.permission = "Policy.Read.All", .info.accepted = POLICY_READ,
     .bucket = BUCKET_CONDITIONAL_ACCESS, .priority = FIRST, .each = ca_policy_each,
     .start = ca_policies_start},
    {GRAPH("ca-policies-v1", "Conditional Access policies (v1.0 cross-check)"),
     GET("/v1.0/identity/conditionalAccess/policies?$select=id&$top=999"),
     .info.permission = "Policy.Read.All", .info.accepted = POLICY_READ,
     .bucket = BUCKET_CONDITIONAL_ACCESS, .priority = QUICK, .needs = {"ca-policies"},
     .each = ca_v1_each, .end = ca_v1_end},
    {EXCHANGE("cas-mailboxes", "Client access settings of mailboxes"), CMDLET_ALL("Get-CASMailbox"),
     .select = "ExternalDirectoryObjectId,Guid,SmtpClientAuthenticationDisabled,ImapEnabled,"
               "PopEnabled",
     RECIPIENTS, .priority = LONG, .map = &map_cas_mailbox, .pack = &pack_cas_mailboxes},
    {GRAPH("default-app-management-policy", "Restrictions on applications' credentials"),
     GET("/v1.0/policies/defaultAppManagementPolicy"), .info.permission = "Policy.Read.All",
     .info.accepted = POLICY_READ, .bucket = BUCKET_DIRECTORY, .priority = QUICK,
     .flags = COLLECT_SINGLETON, .map = &map_app_management},
    {GRAPH("directory-setting-templates", "Defaults of directory settings"),
     GET("/v1.0/groupSettingTemplates"), .info.permission = "GroupSettings.Read.All",
     .info.accepted = SETTINGS_READ, .bucket = BUCKET_DIRECTORY, .priority = QUICK,
     .each = setting_template_each},
    {GRAPH("directory-settings", "Tenant-wide directory settings"), GET("/v1.0/groupSettings"),
     .info.permission = "GroupSettings.Read.All", .info.accepted = SETTINGS_READ,
     .bucket = BUCKET_DIRECTORY, .priority = QUICK, .each = directory_setting_each},
    {EXCHANGE("dkim-signing-config", "DKIM signing configuration"), CMDLET("Get-DkimSigningConfig"),
     CONFIGURATION, .priority = QUICK, .map = &map_dkim_config},
    {.info = {.resource = "dns-records",
              .title = "DNS records of mail domains",
              .service = "dns",
              .request = "TXT, CNAME, MX of each mail domain; A, AAAA, MX of SPF terms"},
     .after = {"accepted-domains", "domains"},
     .lists = {"accepted-domains", "domains"},
     .per = "mail domain",
     .start = dns_start},
    {GRAPH("domains", "Domains"), GET("/v1.0/domains"), .info.permission = "Domain.Read.All",
     .info.accepted = "Domain.Read.All Domain.ReadWrite.All " DIRECTORY_READ,
     .bucket = BUCKET_DIRECTORY, .priority = FIRST, .map = &map_domain, .each = domain_each},
    {EXCHANGE("exchange-users", "Exchange users"), CMDLET_ALL("Get-User"),
     .select = "ExternalDirectoryObjectId,Guid,AuthenticationPolicy", RECIPIENTS, .priority = LONG,
     .map = &map_exchange_user, .pack = &pack_exchange_users},
    {EXCHANGE("external-in-outlook", "External sender identification"),
     CMDLET("Get-ExternalInOutlook"), CONFIGURATION, .priority = QUICK,
     .map = &map_external_in_outlook},
    {GRAPH("group-members", "Transitive members of groups that policies name"),
     .info.request = "GET /v1.0/groups/{id}/transitiveMembers/microsoft.graph.user?$select=id"
                     "&$count=true&$top=999",
     .info.permission = "GroupMember.Read.All",
     .info.accepted = "GroupMember.Read.All GroupMember.ReadBasic.All GroupMember.ReadWrite.All "
                      "Group.Read.All Group.ReadWrite.All " DIRECTORY_READ,
     .bucket = BUCKET_DIRECTORY, .priority = SHORT, .needs = {"ca-policies"},
     .after = {"policy-references"}, .per = "group that a policy names",
     .start = group_members_start},
    {EXCHANGE("hve-accounts", "High Volume Email accounts"), .cmdlet = "Get-MailUser",
     .info.request = "Get-MailUser -HVEAccount -ResultSize Unlimited",
     .parameters = "{\"HVEAccount\":true,\"ResultSize\":\"Unlimited\"}",
     .select = "ExternalDirectoryObjectId,Guid,UserPrincipalName,DisplayName,PrimarySmtpAddress,"
               "RecipientTypeDetails,AccountDisabled,SKUAssigned",
     RECIPIENTS, .priority = QUICK, .map = &map_hve_account, .start = hve_start},
    {EXCHANGE("inbound-connectors", "Inbound connectors"), CMDLET_ALL("Get-InboundConnector"),
     CONFIGURATION, .priority = QUICK, .map = &map_inbound_connector},
    {EXCHANGE("mailboxes", "Mailboxes"), CMDLET_ALL("Get-Mailbox"),
     .select = "ExternalDirectoryObjectId,Guid,UserPrincipalName,DisplayName,PrimarySmtpAddress,"
               "RecipientTypeDetails,AccountDisabled,SKUAssigned",
     RECIPIENTS, .priority = LONG, .map = &map_mailbox, .pack = &pack_mailboxes},
    {GRAPH("mfa-registration", "MFA registration details"),
     GET("/v1.0/reports/authenticationMethods/userRegistrationDetails?$top=999"),
     .info.permission = "AuditLog.Read.All", .info.accepted = "AuditLog.Read.All",
     .bucket = BUCKET_PEOPLE_REPORTS, .priority = LONG, NEEDS_P1, .after = {"subscribed-skus"},
     .map = &map_mfa_registration, .pack = &pack_registrations, .each = registration_each},
    {GRAPH("named-locations", "Named locations"),
     GET("/v1.0/identity/conditionalAccess/namedLocations?$top=999"),
     .info.permission = "Policy.Read.All", .info.accepted = POLICY_READ,
     .bucket = BUCKET_CONDITIONAL_ACCESS, .priority = QUICK, .map = &map_named_location,
     .each = named_location_each},
    {GRAPH("organization", "Organization"),
     GET("/v1.0/organization?$select=id,displayName,tenantType,countryLetterCode,"
         "onPremisesSyncEnabled,verifiedDomains,assignedPlans"),
     .info.permission = "Organization.Read.All",
     .info.accepted = "Organization.Read.All Organization.ReadWrite.All " DIRECTORY_READ,
     .bucket = BUCKET_DIRECTORY, .priority = FIRST, .flags = COLLECT_TRY, .map = &map_organization,
     .each = organization_each, .end = organization_end},
    {EXCHANGE("organization-config", "Exchange organization configuration"),
     CMDLET("Get-OrganizationConfig"), CONFIGURATION, .priority = QUICK,
     .map = &map_organization_config},
    {EXCHANGE("outbound-spam-policies", "Outbound spam filter policies"),
     CMDLET("Get-HostedOutboundSpamFilterPolicy"), CONFIGURATION, .priority = QUICK,
     .map = &map_outbound_spam_policy},
    {GRAPH("policy-references", "Objects that policies name"),
     .path = "/v1.0/directoryObjects/getByIds",
     .info.request = "POST /v1.0/directoryObjects/getByIds",
     .info.permission = "Directory.Read.All", .info.accepted = DIRECTORY_READ,
     .bucket = BUCKET_DIRECTORY, .priority = QUICK, .needs = {"ca-policies"},
     .per = "thousand objects that policies name", .start = references_start},
    {EXCHANGE("remote-domains", "Remote domains"), CMDLET_ALL("Get-RemoteDomain"), CONFIGURATION,
     .priority = QUICK, .map = &map_remote_domain},
    {GRAPH("role-assignments", "Active directory role assignments"),
     GET("/v1.0/roleManagement/directory/roleAssignments?$expand=principal"),
     .info.permission = "RoleManagement.Read.Directory",
     .info.accepted = ROLE_READ " " DIRECTORY_READ, .bucket = BUCKET_DIRECTORY, .priority = FIRST,
     .map = &map_role, .start = role_assignments_start},
    {GRAPH("role-eligibility", "Eligible directory role assignments"),
     GET("/v1.0/roleManagement/directory/roleEligibilityScheduleInstances?$expand=principal"),
     .info.permission = "RoleEligibilitySchedule.Read.Directory",
     .info.accepted = "RoleEligibilitySchedule.Read.Directory "
                      "RoleEligibilitySchedule.ReadWrite.Directory " ROLE_READ,
     .bucket = BUCKET_DIRECTORY, .priority = SHORT, NEEDS_P2,
     .after = {"role-assignments", "subscribed-skus"}, .start = role_eligibility_start},
    {GRAPH("role-group-members", "Members of role-assignable groups"),
     .info.request = "GET /v1.0/groups/{id}/transitiveMembers/microsoft.graph.user?$select=id"
                     "&$count=true&$top=999",
     .info.permission = "GroupMember.Read.All",
     .info.accepted = "GroupMember.Read.All GroupMember.ReadBasic.All GroupMember.ReadWrite.All "
                      "Group.Read.All Group.ReadWrite.All " DIRECTORY_READ,
     .bucket = BUCKET_DIRECTORY, .priority = SHORT, .needs = {"role-assignments"},
     .after = {"role-eligibility", "group-members"}, .per = "group that holds a role",
     .start = role_groups_start, .end = role_groups_end},
    {GRAPH("role-management-policies", "Privileged Identity Management settings of roles"),
     GET("/v1.0/policies/roleManagementPolicyAssignments?$filter=scopeId%20eq%20'/'%20and%20"
         "scopeType%20eq%20'DirectoryRole'&$expand=policy($expand=rules)"),
     .info.permission = "RoleManagementPolicy.Read.Directory",
     .info.accepted = "RoleManagementPolicy.Read.Directory "
                      "RoleManagementPolicy.ReadWrite.Directory " ROLE_READ,
     .bucket = BUCKET_DIRECTORY, .priority = SHORT, NEEDS_P2, .after = {"subscribed-skus"},
     .each = role_management_each},
    {GRAPH("security-defaults", "Security defaults"),
     GET("/v1.0/policies/identitySecurityDefaultsEnforcementPolicy"),
     .info.permission = "Policy.Read.All", .info.accepted = POLICY_READ, .bucket = BUCKET_DIRECTORY,
     .priority = QUICK, .flags = COLLECT_SINGLETON, .map = &map_security_defaults},
    {EXCHANGE("sharing-policies", "Sharing policies"), CMDLET("Get-SharingPolicy"), CONFIGURATION,
     .priority = QUICK, .map = &map_sharing_policy},
    {GRAPH("sign-ins", "Legacy sign-ins of the last 30 days"),
     GET("/v1.0/auditLogs/signIns?$top=1000"), .info.permission = "AuditLog.Read.All",
     .info.accepted = "AuditLog.Read.All", .bucket = BUCKET_REPORTS, .priority = SHORT, NEEDS_P1,
     .after = {"subscribed-skus"}, .map = &map_sign_in, .start = sign_ins_start},
    {GRAPH("sign-ins-non-interactive", "Non-interactive legacy sign-ins of the last 30 days"),
     GET("/beta/auditLogs/signIns?$top=1000"), .info.permission = "AuditLog.Read.All",
     .info.accepted = "AuditLog.Read.All", .bucket = BUCKET_REPORTS, .priority = SHORT, NEEDS_P1,
     .after = {"subscribed-skus"}, .map = &map_sign_in, .start = sign_ins_start},
    {GRAPH("subscribed-skus", "Subscribed SKUs"), GET("/v1.0/subscribedSkus"),
     .flags = COLLECT_HINT, .info.permission = "LicenseAssignment.Read.All",
     .info.accepted = "LicenseAssignment.Read.All LicenseAssignment.ReadWrite.All "
                      "Organization.Read.All Organization.ReadWrite.All " DIRECTORY_READ,
     .bucket = BUCKET_DIRECTORY, .priority = FIRST, .map = &map_sku, .each = sku_each,
     .end = sku_end},
    {EXCHANGE("transport-config", "Exchange transport configuration"),
     CMDLET("Get-TransportConfig"), CONFIGURATION, .priority = QUICK, .map = &map_transport_config},
    {EXCHANGE("transport-rules", "Mail flow rules"), CMDLET_ALL("Get-TransportRule"), CONFIGURATION,
     .select = "Guid,Name,State,Mode,Priority,RedirectMessageTo,BlindCopyTo,CopyTo,FromScope,"
               "PrependSubject,ApplyHtmlDisclaimerText",
     .priority = QUICK, .map = &map_transport_rule},
    {GRAPH("users", "Users"),
     GET("/v1.0/users?$select=id,userPrincipalName,displayName,mail,accountEnabled,userType,"
         "externalUserState,onPremisesSyncEnabled,createdDateTime,assignedLicenses&$top=999"),
     .info.permission = "User.Read.All", .info.accepted = USER_READ, .bucket = BUCKET_DIRECTORY,
     .priority = LONG, .map = &map_user, .pack = &pack_users, .each = user_each,
     .start = users_start, .end = users_end},
    {GRAPH("users-per-user-mfa", "Per-user MFA states"),
     GET("/v1.0/users?$select=id,perUserMfaState&$top=999"), .info.permission = "User.Read.All",
     .info.accepted = USER_READ, .bucket = BUCKET_DIRECTORY, .priority = LONG, .map = &map_user_mfa,
     .pack = &pack_user_mfa, .each = user_mfa_each, .end = user_mfa_end},
    {GRAPH("users-sign-in-activity", "Last sign-ins of users"),
     GET("/v1.0/users?$select=id,signInActivity&$top=500"), .info.permission = "AuditLog.Read.All",
     .info.accepted = "AuditLog.Read.All; " USER_READ, .bucket = BUCKET_PEOPLE_REPORTS,
     .priority = LONGEST, NEEDS_P1, .after = {"subscribed-skus"}, .map = &map_user_activity,
     .pack = &pack_user_activity, .each = user_activity_each},
};

size_t collector_count(void)
{
    return COUNT_OF(table);
}

const struct collector *collector_row(size_t i)
{
    return i < COUNT_OF(table) ? &table[i] : NULL;
}

const struct collector_info *collector_at(size_t i)
{
    return i < COUNT_OF(table) ? &table[i].info : NULL;
}

size_t collector_find(const char *resource)
{
    for (size_t i = 0; i < COUNT_OF(table); i++)
        if (str_eq(table[i].info.resource, resource))
            return i;
    return SIZE_MAX;
}
