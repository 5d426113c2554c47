#include "collector_maps.h"

#include "base/attrs.h"

#define TABLE(object, name, columns)                                                               \
    const struct map_table object = {name, columns, COUNT_OF(columns)}

/* ---- Graph ---- */

static const struct map_column organization[] = {
    {"id", "id", MAP_LOWER, MAP_KEY},
    {"display_name", "displayName", MAP_TEXT, MAP_NEEDED},
    {"tenant_type", "tenantType", MAP_TEXT, 0},
    {"country_letter_code", "countryLetterCode", MAP_TEXT, 0},
    {"on_premises_sync_enabled", "onPremisesSyncEnabled", MAP_BOOL, 0},
    {"raw", NULL, MAP_RAW, 0},
};
TABLE(map_organization, "organization", organization);

static const struct map_column domain[] = {
    {"name", "id", MAP_LOWER, MAP_KEY},
    {"is_default", "isDefault", MAP_BOOL, MAP_SET},
    {"is_initial", "isInitial", MAP_BOOL, MAP_SET},
    {"is_verified", "isVerified", MAP_BOOL, MAP_SET},
    {"is_root", "isRoot", MAP_BOOL, 0},
    {"authentication_type", "authenticationType", MAP_TEXT, MAP_SET},
    {"password_validity_days", "passwordValidityPeriodInDays", MAP_INT, 0},
    {"raw", NULL, MAP_RAW, 0},
};
TABLE(map_domain, "domain", domain);

static const struct map_column security_defaults[] = {
    {"id", NULL, MAP_ONE, MAP_KEY},
    {"is_enabled", "isEnabled", MAP_BOOL, MAP_MUST},
};
TABLE(map_security_defaults, "security_defaults", security_defaults);

static const struct map_column user[] = {
    {"id", "id", MAP_LOWER, MAP_KEY},
    {"user_principal_name", "userPrincipalName", MAP_TEXT, MAP_SET},
    {"display_name", "displayName", MAP_TEXT, 0},
    {"mail", "mail", MAP_NAME, 0},
    {"account_enabled", "accountEnabled", MAP_BOOL, MAP_NEEDED},
    {"user_type", "userType", MAP_NAME, MAP_NEEDED},
    {"external_user_state", "externalUserState", MAP_NAME, 0},
    {"on_premises_sync_enabled", "onPremisesSyncEnabled", MAP_BOOL, 0},
    {"created_at", "createdDateTime", MAP_TIME, 0},
};
TABLE(map_user, "user", user);

/* Passes of their own wait in tables of their own, so that table user holds only who was listed. */
static const struct map_column user_mfa[] = {
    {"id", "id", MAP_LOWER, MAP_KEY},
    {"state", "perUserMfaState", MAP_LOWER, 0},
};
TABLE(map_user_mfa, "pass_user_mfa", user_mfa);

static const struct map_column user_activity[] = {
    {"id", "id", MAP_LOWER, MAP_KEY},
    {"last_sign_in_at", "signInActivity.lastSignInDateTime", MAP_TIME, 0},
    {"last_successful_sign_in_at", "signInActivity.lastSuccessfulSignInDateTime", MAP_TIME, 0},
};
TABLE(map_user_activity, "pass_user_activity", user_activity);

static const struct map_column sku[] = {
    {"sku_id", "skuId", MAP_LOWER, MAP_KEY},
    {"part_number", "skuPartNumber", MAP_TEXT, MAP_NEEDED},
    {"applies_to", "appliesTo", MAP_TEXT, 0},
    {"capability_status", "capabilityStatus", MAP_TEXT, MAP_SET},
    {"enabled_units", "prepaidUnits.enabled", MAP_INT, 0},
    {"consumed_units", "consumedUnits", MAP_INT, 0},
    {"warning_units", "prepaidUnits.warning", MAP_INT, 0},
    {"suspended_units", "prepaidUnits.suspended", MAP_INT, 0},
};
TABLE(map_sku, "sku", sku);

static const struct map_column mfa_registration[] = {
    {"user_id", "id", MAP_LOWER, MAP_KEY},
    {"user_principal_name", "userPrincipalName", MAP_TEXT, 0},
    {"user_type", "userType", MAP_NAME, 0},
    {"is_admin", "isAdmin", MAP_BOOL, MAP_NEEDED},
    {"is_mfa_registered", "isMfaRegistered", MAP_BOOL, MAP_SET},
    {"is_mfa_capable", "isMfaCapable", MAP_BOOL, MAP_SET},
    {"is_passwordless_capable", "isPasswordlessCapable", MAP_BOOL, MAP_NEEDED},
    {"is_system_preferred_enabled", "isSystemPreferredAuthenticationMethodEnabled", MAP_BOOL, 0},
    {"default_method", "userPreferredMethodForSecondaryAuthentication", MAP_NAME, 0},
    {"last_updated_at", "lastUpdatedDateTime", MAP_TIME, 0},
};
TABLE(map_mfa_registration, "mfa_registration", mfa_registration);

/* kind comes from @odata.type and is set by the collector's `each`. */
static const struct map_column named_location[] = {
    {"id", "id", MAP_LOWER, MAP_KEY},
    {"display_name", "displayName", MAP_TEXT, 0},
    {"kind", "kind", MAP_TEXT, MAP_MUST},
    {"is_trusted", "isTrusted", MAP_BOOL, 0},
    {"include_unknown", "includeUnknownCountriesAndRegions", MAP_BOOL, 0},
    {"countries_json", "countriesAndRegions", MAP_JSON, 0},
    {"ip_ranges_json", "ipRanges", MAP_JSON, 0},
    {"raw", "raw", MAP_TEXT, MAP_MUST},
};
TABLE(map_named_location, "named_location", named_location);

static const struct map_column authentication_strength[] = {
    {"id", "id", MAP_LOWER, MAP_KEY},
    {"display_name", "displayName", MAP_TEXT, 0},
    {"policy_type", "policyType", MAP_TEXT, 0},
    {"requirements_satisfied", "requirementsSatisfied", MAP_TEXT, MAP_SET},
    {"allowed_combinations_json", "allowedCombinations", MAP_JSON, MAP_SET},
    {"raw", NULL, MAP_RAW, 0},
};
TABLE(map_authentication_strength, "authentication_strength", authentication_strength);

static const struct map_column methods_policy[] = {
    {"id", NULL, MAP_ONE, MAP_KEY},
    {"migration_state", "policyMigrationState", MAP_TEXT, MAP_NEEDED},
    {"raw", NULL, MAP_RAW, 0},
};
TABLE(map_methods_policy, "authentication_methods_policy", methods_policy);

static const struct map_column method_configuration[] = {
    {"id", "id", MAP_TEXT, MAP_KEY},
    {"state", "state", MAP_TEXT, MAP_SET},
    {"raw", NULL, MAP_RAW, 0},
};
TABLE(map_method_configuration, "authentication_method_configuration", method_configuration);

static const struct map_column authorization_policy[] = {
    {"id", NULL, MAP_ONE, MAP_KEY},
    {"allow_invites_from", "allowInvitesFrom", MAP_TEXT, MAP_NEEDED},
    {"guest_user_role_id", "guestUserRoleId", MAP_LOWER, MAP_NEEDED},
    {"block_msol_powershell", "blockMsolPowerShell", MAP_BOOL, 0},
    {"allowed_to_use_sspr", "allowedToUseSSPR", MAP_BOOL, 0},
    {"raw", NULL, MAP_RAW, 0},
};
TABLE(map_authorization_policy, "authorization_policy", authorization_policy);

static const struct map_column admin_consent[] = {
    {"id", NULL, MAP_ONE, MAP_KEY},
    {"is_enabled", "isEnabled", MAP_BOOL, MAP_SET},
    {"notify_reviewers", "notifyReviewers", MAP_BOOL, MAP_SET},
    {"reminders_enabled", "remindersEnabled", MAP_BOOL, MAP_SET},
    {"request_duration_in_days", "requestDurationInDays", MAP_INT, MAP_SET},
    {"raw", NULL, MAP_RAW, 0},
};
TABLE(map_admin_consent, "admin_consent_request_policy", admin_consent);

static const struct map_column app_management[] = {
    {"id", NULL, MAP_ONE, MAP_KEY},
    {"is_enabled", "isEnabled", MAP_BOOL, MAP_SET},
    {"raw", NULL, MAP_RAW, 0},
};
TABLE(map_app_management, "app_management_policy", app_management);

static const struct map_column activity_timeout[] = {
    {"id", "id", MAP_LOWER, MAP_KEY},
    {"display_name", "displayName", MAP_TEXT, 0},
    {"is_organization_default", "isOrganizationDefault", MAP_BOOL, MAP_SET},
    {"definition_json", "definition", MAP_JSON, MAP_SET},
    {"raw", NULL, MAP_RAW, 0},
};
TABLE(map_activity_timeout, "activity_timeout_policy", activity_timeout);

static const struct map_column role[] = {
    {"id", "id", MAP_LOWER, MAP_KEY},
    {"template_id", "templateId", MAP_LOWER, 0},
    {"display_name", "displayName", MAP_TEXT, 0},
    {"is_built_in", "isBuiltIn", MAP_BOOL, MAP_NEEDED},
};
TABLE(map_role, "role", role);

static const struct map_column sign_in[] = {
    {"id", "id", MAP_LOWER, MAP_KEY},
    {"user_id", "userId", MAP_LOWER, MAP_NEEDED},
    {"user_principal_name", "userPrincipalName", MAP_NAME, 0},
    {"client_app", "clientAppUsed", MAP_TEXT, MAP_SET},
    {"created_at", "createdDateTime", MAP_TIME, MAP_SET},
    {"error_code", "status.errorCode", MAP_INT, MAP_SET},
    {"failure_reason", "status.failureReason", MAP_TEXT, 0},
    {"ip_address", "ipAddress", MAP_TEXT, 0},
    {"is_interactive", "isInteractive", MAP_BOOL, 0},
    {"app_display_name", "appDisplayName", MAP_TEXT, 0},
    {"conditional_access_status", "conditionalAccessStatus", MAP_TEXT, 0},
};
TABLE(map_sign_in, "sign_in", sign_in);

/* ---- Exchange ---- */

static const struct map_column transport_config[] = {
    {"id", NULL, MAP_ONE, MAP_KEY},
    {"smtp_client_authentication_disabled", "SmtpClientAuthenticationDisabled", MAP_BOOL, 0},
    {"smtp_flag_known", "SmtpClientAuthenticationDisabled", MAP_KNOWN_BOOL, 0},
    {"allow_legacy_tls_clients", "AllowLegacyTLSClients", MAP_BOOL, 0},
    {"legacy_tls_known", "AllowLegacyTLSClients", MAP_KNOWN_BOOL, 0},
    {"raw", NULL, MAP_RAW, 0},
};
TABLE(map_transport_config, "transport_config", transport_config);

static const struct map_column organization_config[] = {
    {"id", NULL, MAP_ONE, MAP_KEY},
    {"default_authentication_policy", "DefaultAuthenticationPolicy", MAP_NAME, 0},
    {"default_policy_known", "DefaultAuthenticationPolicy", MAP_KNOWN_TEXT, 0},
    {"oauth2_client_profile_enabled", "OAuth2ClientProfileEnabled", MAP_BOOL, 0},
    {"reject_direct_send", "RejectDirectSend", MAP_BOOL, 0},
    {"reject_direct_send_known", "RejectDirectSend", MAP_KNOWN_BOOL, 0},
    {"send_from_alias_enabled", "SendFromAliasEnabled", MAP_BOOL, 0},
    {"raw", NULL, MAP_RAW, 0},
};
TABLE(map_organization_config, "organization_config", organization_config);

static const struct map_column authentication_policy[] = {
    {"name", "Name|Identity", MAP_NAME, MAP_KEY},
    {"identity", "Identity", MAP_NAME, 0},
    {"guid", "Guid", MAP_LOWER, 0},
    {"distinguished_name", "DistinguishedName", MAP_NAME, 0},
    {"allow_basic_auth_smtp", "AllowBasicAuthSmtp", MAP_BOOL, MAP_SET},
    {"allow_basic_auth_imap", "AllowBasicAuthImap", MAP_BOOL, 0},
    {"allow_basic_auth_pop", "AllowBasicAuthPop", MAP_BOOL, 0},
    {"allow_basic_auth_activesync", "AllowBasicAuthActiveSync", MAP_BOOL, 0},
    {"raw", NULL, MAP_RAW, 0},
};
TABLE(map_authentication_policy, "authentication_policy", authentication_policy);

/* Rows of four cmdlets meet by Guid. A row without one stands under its Entra object id until
 * collect_merge() knows them all; that, and that no two cmdlets write the same column, makes the
 * order of arrival not matter. */
#define MAILBOX_KEY                                                                                \
    {"guid", "Guid|ExternalDirectoryObjectId", MAP_LOWER, MAP_KEY},                                \
    {                                                                                              \
        "user_id", "ExternalDirectoryObjectId", MAP_LOWER, MAP_KEEP                                \
    }
#define MAILBOX_NAMES                                                                              \
    {"user_principal_name", "UserPrincipalName", MAP_NAME, 0},                                     \
        {"display_name", "DisplayName", MAP_TEXT, 0},                                              \
        {"primary_smtp_address", "PrimarySmtpAddress", MAP_LOWER, MAP_NEEDED},                     \
        {"recipient_type", "RecipientTypeDetails", MAP_NAME, MAP_SET},                             \
        {"account_disabled", "AccountDisabled", MAP_BOOL, 0},                                      \
        {"sku_assigned", "SKUAssigned", MAP_BOOL, 0},                                              \
    {                                                                                              \
        "is_listed", NULL, MAP_ONE, 0                                                              \
    }

static const struct map_column mailbox[] = {MAILBOX_KEY, MAILBOX_NAMES};
TABLE(map_mailbox, "mailbox", mailbox);

static const struct map_column hve_account[] = {
    MAILBOX_KEY, MAILBOX_NAMES, {"is_hve", NULL, MAP_ONE, 0}};
TABLE(map_hve_account, "mailbox", hve_account);

static const struct map_column cas_mailbox[] = {
    MAILBOX_KEY,
    {"smtp_client_authentication_disabled", "SmtpClientAuthenticationDisabled", MAP_BOOL, 0},
    {"smtp_flag_known", "SmtpClientAuthenticationDisabled", MAP_KNOWN_BOOL, 0},
    {"imap_enabled", "ImapEnabled", MAP_BOOL, MAP_NEEDED},
    {"pop_enabled", "PopEnabled", MAP_BOOL, MAP_NEEDED},
};
TABLE(map_cas_mailbox, "mailbox", cas_mailbox);

static const struct map_column exchange_user[] = {
    MAILBOX_KEY,
    {"authentication_policy", "AuthenticationPolicy", MAP_NAME, 0},
    {"authentication_policy_known", "AuthenticationPolicy", MAP_KNOWN_TEXT, 0},
};
TABLE(map_exchange_user, "mailbox", exchange_user);

static const struct map_column accepted_domain[] = {
    {"name", "DomainName|Name", MAP_LOWER, MAP_KEY},
    {"domain_type", "DomainType", MAP_NAME, MAP_NEEDED},
    {"is_default", "Default", MAP_BOOL, 0},
    {"is_initial", "InitialDomain", MAP_BOOL, 0},
    {"sending_disabled", "SendingFromDomainDisabled", MAP_BOOL, 0},
    {"raw", NULL, MAP_RAW, 0},
};
TABLE(map_accepted_domain, "accepted_domain", accepted_domain);

static const struct map_column dkim_config[] = {
    {"domain", "Domain", MAP_LOWER, MAP_KEY},
    {"enabled", "Enabled", MAP_BOOL, MAP_SET},
    {"status", "Status", MAP_NAME, MAP_NEEDED},
    {"selector1_cname", "Selector1CNAME", MAP_LOWER, 0},
    {"selector2_cname", "Selector2CNAME", MAP_LOWER, 0},
    {"selector1_key_size", "Selector1KeySize", MAP_INT, 0},
    {"selector2_key_size", "Selector2KeySize", MAP_INT, 0},
    {"raw", NULL, MAP_RAW, 0},
};
TABLE(map_dkim_config, "dkim_config", dkim_config);

static const struct map_column inbound_connector[] = {
    {"name", "Name|Identity", MAP_NAME, MAP_KEY},
    {"enabled", "Enabled", MAP_BOOL, MAP_SET},
    {"connector_type", "ConnectorType", MAP_NAME, MAP_NEEDED},
    {"sender_ip_addresses_json", "SenderIPAddresses", MAP_JSON, 0},
    {"sender_domains_json", "SenderDomains", MAP_JSON, 0},
    {"require_tls", "RequireTls", MAP_BOOL, MAP_NEEDED},
    {"restrict_domains_to_ip_addresses", "RestrictDomainsToIPAddresses", MAP_BOOL, MAP_NEEDED},
    {"restrict_domains_to_certificate", "RestrictDomainsToCertificate", MAP_BOOL, MAP_NEEDED},
    {"tls_sender_certificate_name", "TlsSenderCertificateName", MAP_NAME, 0},
    {"raw", NULL, MAP_RAW, 0},
};
TABLE(map_inbound_connector, "inbound_connector", inbound_connector);

static const struct map_column remote_domain[] = {
    {"name", "Name|Identity", MAP_NAME, MAP_KEY},
    {"domain_name", "DomainName", MAP_LOWER, MAP_NEEDED},
    {"auto_forward_enabled", "AutoForwardEnabled", MAP_BOOL, MAP_SET},
    {"raw", NULL, MAP_RAW, 0},
};
TABLE(map_remote_domain, "remote_domain", remote_domain);

static const struct map_column sharing_policy[] = {
    {"name", "Name|Identity", MAP_NAME, MAP_KEY},
    {"enabled", "Enabled", MAP_BOOL, MAP_SET},
    {"is_default", "Default", MAP_BOOL, 0},
    {"domains_json", "Domains", MAP_JSON, MAP_NEEDED},
    {"raw", NULL, MAP_RAW, 0},
};
TABLE(map_sharing_policy, "sharing_policy", sharing_policy);

static const struct map_column external_in_outlook[] = {
    {"identity", "Identity", MAP_NAME, MAP_KEY},
    {"enabled", "Enabled", MAP_BOOL, MAP_SET},
    {"allow_list_json", "AllowList", MAP_JSON, MAP_NEEDED},
    {"raw", NULL, MAP_RAW, 0},
};
TABLE(map_external_in_outlook, "external_in_outlook", external_in_outlook);

static const struct map_column outbound_spam_policy[] = {
    {"name", "Name|Identity", MAP_NAME, MAP_KEY},
    {"is_default", "IsDefault", MAP_BOOL, MAP_NEEDED},
    {"auto_forwarding_mode", "AutoForwardingMode", MAP_NAME, MAP_SET},
    {"raw", NULL, MAP_RAW, 0},
};
TABLE(map_outbound_spam_policy, "outbound_spam_policy", outbound_spam_policy);

static const struct map_column transport_rule[] = {
    {"guid", "Guid", MAP_LOWER, MAP_KEY},
    {"name", "Name", MAP_TEXT, MAP_NEEDED},
    {"state", "State", MAP_NAME, MAP_SET},
    {"mode", "Mode", MAP_NAME, MAP_NEEDED},
    {"priority", "Priority", MAP_INT, 0},
    {"redirect_message_to_json", "RedirectMessageTo", MAP_JSON, MAP_NEEDED},
    {"blind_copy_to_json", "BlindCopyTo", MAP_JSON, MAP_NEEDED},
    {"copy_to_json", "CopyTo", MAP_JSON, MAP_NEEDED},
    {"raw", NULL, MAP_RAW, 0},
};
TABLE(map_transport_rule, "transport_rule", transport_rule);
