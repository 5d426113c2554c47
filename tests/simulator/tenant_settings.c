/* Tenant-wide settings that are not Conditional Access: authentication methods in detail, directory
 * settings and their templates, consent requests, idle sessions, Privileged Identity Management. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "tenant.h"

/* ---- authentication methods ---- */

/* What each configuration holds beside id, state and targets. */
static const struct {
    const char *id, *members;
} method_details[] = {
    {"Fido2", "{\"isSelfServiceRegistrationAllowed\": true, \"isAttestationEnforced\": false, "
              "\"keyRestrictions\": {\"isEnforced\": false, \"enforcementType\": \"block\", "
              "\"aaGuids\": []}}"},
    {"MicrosoftAuthenticator",
     "{\"isSoftwareOathEnabled\": false, \"featureSettings\": {"
     "\"numberMatchingRequiredState\": {\"state\": \"enabled\", \"includeTarget\": "
     "{\"targetType\": "
     "\"group\", \"id\": \"all_users\"}, \"excludeTarget\": {\"targetType\": \"group\", \"id\": "
     "\"00000000-0000-0000-0000-000000000000\"}},"
     "\"displayAppInformationRequiredState\": {\"state\": \"default\", \"includeTarget\": "
     "{\"targetType\": \"group\", \"id\": \"all_users\"}, \"excludeTarget\": {\"targetType\": "
     "\"group\", \"id\": \"00000000-0000-0000-0000-000000000000\"}},"
     "\"displayLocationInformationRequiredState\": {\"state\": \"default\", \"includeTarget\": "
     "{\"targetType\": \"group\", \"id\": \"all_users\"}, \"excludeTarget\": {\"targetType\": "
     "\"group\", \"id\": \"00000000-0000-0000-0000-000000000000\"}},"
     "\"companionAppAllowedState\": {\"state\": \"default\", \"includeTarget\": {\"targetType\": "
     "\"group\", \"id\": \"all_users\"}, \"excludeTarget\": {\"targetType\": \"group\", \"id\": "
     "\"00000000-0000-0000-0000-000000000000\"}}}}"},
    {"TemporaryAccessPass",
     "{\"defaultLifetimeInMinutes\": 60, \"defaultLength\": 8, \"minimumLifetimeInMinutes\": 60, "
     "\"maximumLifetimeInMinutes\": 480, \"isUsableOnce\": false}"},
    {"Voice", "{\"isOfficePhoneAllowed\": false}"},
    {"Email", "{\"allowExternalIdToUseEmailOtp\": \"default\"}"},
};

static void update_from_text(json_t *o, const char *text)
{
    json_t *more = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

    if (more == NULL)
        die("a table of the simulator holds no JSON: %s", text);
    (void)json_object_update(o, more);
    json_decref(more);
}

static void add_details(json_t *config, const json_t *in)
{
    const char *id = jstr(config, "id");
    const json_t *theirs =
        json_object_get(json_object_get(in, "configurations"), id != NULL ? id : "");
    json_t *targets = json_object_get(config, "includeTargets");

    for (size_t i = 0; i < COUNT_OF(method_details); i++)
        if (str_eq(id, method_details[i].id))
            update_from_text(config, method_details[i].members);
    if (str_eq(id, "Sms"))
        jset(json_array_get(targets, 0), "isUsableForSignIn",
             json_boolean(jbool(in, "smsSignIn", true)));
    if (theirs != NULL) {
        json_t *copy = jkeep(theirs);

        (void)json_object_update_recursive(config, copy);
        json_decref(copy);
    }
}

/* v1.0 has neither these properties nor number matching. */
static void split_versions(struct tenant *t)
{
    json_t *configs;

    t->methods_policy_v1 = json_deep_copy(t->methods_policy);
    (void)json_object_del(t->methods_policy_v1, "reportSuspiciousActivitySettings");
    (void)json_object_del(t->methods_policy_v1, "systemCredentialPreferences");
    configs = json_object_get(t->methods_policy_v1, "authenticationMethodConfigurations");
    for (size_t i = 0; i < json_array_size(configs); i++) {
        json_t *features = json_object_get(json_array_get(configs, i), "featureSettings");

        (void)json_object_del(features, "numberMatchingRequiredState");
        (void)json_object_del(features, "companionAppAllowedState");
    }
}

static void load_methods(struct tenant *t)
{
    const json_t *in = json_object_get(t->doc, "authenticationMethodsPolicy");
    const json_t *policy = json_object_get(in, "policy");
    json_t *configs = json_object_get(t->methods_policy, "authenticationMethodConfigurations");

    for (size_t i = 0; i < json_array_size(configs); i++)
        add_details(json_array_get(configs, i), in);
    update_from_text(t->methods_policy,
                     "{\"reportSuspiciousActivitySettings\": {\"state\": \"default\", "
                     "\"includeTarget\": {\"targetType\": \"group\", \"id\": \"all_users\"}, "
                     "\"voiceReportingCode\": 0}, \"systemCredentialPreferences\": {\"state\": "
                     "\"default\", \"includeTargets\": [{\"targetType\": \"group\", \"id\": "
                     "\"all_users\"}], \"excludeTargets\": []}}");
    if (policy != NULL) {
        json_t *copy = jkeep(policy);

        (void)json_object_update_recursive(t->methods_policy, copy);
        json_decref(copy);
    }
    split_versions(t);
}

/* ---- directory settings ---- */

struct setting {
    const char *name, *type, *by_default;
};
static const struct setting unified[] = {
    {"EnableMIPLabels", "System.Boolean", "false"},
    {"CustomBlockedWordsList", "System.String", ""},
    {"EnableMSStandardBlockedWords", "System.Boolean", "false"},
    {"ClassificationDescriptions", "System.String", ""},
    {"DefaultClassification", "System.String", ""},
    {"PrefixSuffixNamingRequirement", "System.String", ""},
    {"AllowGuestsToBeGroupOwner", "System.Boolean", "false"},
    {"AllowGuestsToAccessGroups", "System.Boolean", "true"},
    {"GuestUsageGuidelinesUrl", "System.String", ""},
    {"GroupCreationAllowedGroupId", "System.Guid", ""},
    {"AllowToAddGuests", "System.Boolean", "true"},
    {"UsageGuidelinesUrl", "System.String", ""},
    {"ClassificationList", "System.String", ""},
    {"EnableGroupCreation", "System.Boolean", "true"},
};
static const struct setting passwords[] = {
    {"BannedPasswordCheckOnPremisesMode", "System.String", "Audit"},
    {"EnableBannedPasswordCheckOnPremises", "System.Boolean", "false"},
    {"EnableBannedPasswordCheck", "System.Boolean", "false"},
    {"LockoutDurationInSeconds", "System.Int32", "60"},
    {"LockoutThreshold", "System.Int32", "10"},
    {"BannedPasswordList", "System.String", ""},
};
static const struct setting consent[] = {
    {"EnableGroupSpecificConsent", "System.Boolean", "true"},
    {"BlockUserConsentForRiskyApps", "System.Boolean", "true"},
    {"EnableAdminConsentRequests", "System.Boolean", "false"},
    {"ConstrainGroupSpecificConsentToMembersOfGroupId", "System.String", ""},
};
static const struct {
    const char *id, *name;
    const struct setting *settings;
    size_t count;
} templates[] = {
    {"62375ab9-6b52-47ed-826b-58e47e0e304b", "Group.Unified", unified, COUNT_OF(unified)},
    {"5cf42378-d67d-4f36-ba46-e8b86229381d", "Password Rule Settings", passwords,
     COUNT_OF(passwords)},
    {"dffd5d46-495d-40a9-8e21-954ff55e198a", "Consent Policy Settings", consent, COUNT_OF(consent)},
};

/* A settings object holds every value of its template. */
static json_t *settings_object(size_t k, const json_t *theirs)
{
    json_t *values = json_array();
    char id[UUID_TEXT];

    for (size_t i = 0; i < templates[k].count; i++) {
        const struct setting *s = &templates[k].settings[i];
        const char *value = jstr(theirs, s->name);

        jpush(values, json_pack("{s:s, s:s}", "name", s->name, "value",
                                value != NULL ? value : s->by_default));
    }
    (void)tenant_id_of(NULL, "directorySetting", templates[k].name, id);
    return json_pack("{s:s, s:s, s:s, s:o}", "id", id, "displayName", templates[k].name,
                     "templateId", templates[k].id, "values", values);
}

static void load_settings(struct tenant *t)
{
    const json_t *in = json_object_get(t->doc, "directorySettings");

    t->settings = json_array();
    t->setting_templates = json_array();
    for (size_t k = 0; k < COUNT_OF(templates); k++) {
        const json_t *theirs = json_object_get(in, templates[k].name);
        json_t *values = json_array();

        for (size_t i = 0; i < templates[k].count; i++) {
            const struct setting *s = &templates[k].settings[i];

            jpush(values, json_pack("{s:s, s:s, s:s, s:s}", "name", s->name, "type", s->type,
                                    "defaultValue", s->by_default, "description", ""));
        }
        jpush(t->setting_templates,
              json_pack("{s:s, s:n, s:s, s:s, s:o}", "id", templates[k].id, "deletedDateTime",
                        "displayName", templates[k].name, "description", "", "values", values));
        if (theirs != NULL)
            jpush(t->settings, settings_object(k, theirs));
    }
}

/* ---- consent requests, idle sessions ---- */

static void load_consent_requests(struct tenant *t)
{
    const json_t *in = json_object_get(t->doc, "adminConsentRequestPolicy");
    bool on = jbool(in, "isEnabled", false);

    t->admin_consent = json_pack(
        "{s:b, s:b, s:b, s:I, s:i, s:[]}", "isEnabled", on, "notifyReviewers",
        jbool(in, "notifyReviewers", on), "remindersEnabled", jbool(in, "remindersEnabled", on),
        "requestDurationInDays", jint(in, "requestDurationInDays", on ? 30 : 0), "version",
        on ? 1 : 0, "reviewers");
}

/* Microsoft's answer for a tenant that never set it: nothing is restricted. */
static void load_app_management(struct tenant *t)
{
    const json_t *in = json_object_get(t->doc, "defaultAppManagementPolicy");
    static const char *const parts[] = {"applicationRestrictions", "servicePrincipalRestrictions"};

    t->app_management = json_pack(
        "{s:s, s:s, s:s, s:b}", "id", "00000000-0000-0000-0000-000000000000", "displayName",
        "Default app management tenant policy", "description",
        "Default tenant policy that enforces app management restrictions on applications and "
        "service principals.",
        "isEnabled", jbool(in, "isEnabled", false));
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        const json_t *given = json_object_get(in, parts[i]);

        jset(t->app_management, parts[i],
             given != NULL ? json_deep_copy(given)
                           : json_pack("{s:[], s:[]}", "passwordCredentials", "keyCredentials"));
    }
}

static void load_activity_timeouts(struct tenant *t)
{
    const json_t *list = tenant_list(t->doc, "activityBasedTimeoutPolicies");

    t->activity_timeouts = json_array();
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *in = json_array_get(list, i);
        const char *name = jstr(in, "displayName"), *limit = jstr(in, "webSessionIdleTimeout");
        char id[UUID_TEXT];

        if (name == NULL || limit == NULL)
            die("activityBasedTimeoutPolicies: %zu lacks displayName or webSessionIdleTimeout", i);
        (void)tenant_id_of(in, "activityTimeout", name, id);
        jpush(t->activity_timeouts,
              json_pack("{s:s, s:n, s:n, s:s, s:b, s:[o]}", "id", id, "deletedDateTime",
                        "description", "displayName", name, "isOrganizationDefault",
                        jbool(in, "isOrganizationDefault", true), "definition",
                        json_sprintf("{\"ActivityBasedTimeoutPolicy\":{\"Version\":1,"
                                     "\"ApplicationPolicies\":[{\"ApplicationId\":\"default\","
                                     "\"WebSessionIdleTimeout\":\"%s\"}]}}",
                                     limit)));
    }
}

/* ---- Privileged Identity Management ---- */

/* The rules that audits look at; Microsoft has some more. Each setting is a yes or no. */
static json_t *role_rules(const json_t *in)
{
    static const struct {
        const char *id, *key;
    } notifications[] = {
        {"Notification_Admin_EndUser_Assignment", "notify"},
        {"Notification_Admin_Admin_Assignment", "notifyAssignment"},
        {"Notification_Admin_Admin_Eligibility", "notifyEligibility"},
    };
    json_t *out = json_array();
    bool expires = jbool(in, "activeExpires", false);

    jpush(out, json_pack("{s:s, s:s, s:b, s:s}", "@odata.type",
                         "#microsoft.graph.unifiedRoleManagementPolicyExpirationRule", "id",
                         "Expiration_Admin_Assignment", "isExpirationRequired", expires,
                         "maximumDuration", "P180D"));
    jpush(out, json_pack("{s:s, s:s, s:[s]}", "@odata.type",
                         "#microsoft.graph.unifiedRoleManagementPolicyEnablementRule", "id",
                         "Enablement_EndUser_Assignment", "enabledRules",
                         jbool(in, "mfaOnActivation", true) ? "MultiFactorAuthentication"
                                                            : "Justification"));
    jpush(out, json_pack("{s:s, s:s, s:{s:b, s:b, s:[]}}", "@odata.type",
                         "#microsoft.graph.unifiedRoleManagementPolicyApprovalRule", "id",
                         "Approval_EndUser_Assignment", "setting", "isApprovalRequired",
                         jbool(in, "approval", false), "isApprovalRequiredForExtension", 0,
                         "approvalStages"));
    for (size_t i = 0; i < COUNT_OF(notifications); i++)
        jpush(out, json_pack("{s:s, s:s, s:s, s:s, s:b, s:[]}", "@odata.type",
                             "#microsoft.graph.unifiedRoleManagementPolicyNotificationRule", "id",
                             notifications[i].id, "notificationType", "Email", "recipientType",
                             "Admin", "isDefaultRecipientsEnabled",
                             jbool(in, notifications[i].key, true), "notificationRecipients"));
    return out;
}

static void load_role_management(struct tenant *t)
{
    const json_t *in = json_object_get(t->doc, "roleManagement"); /* role name -> settings */

    t->role_management = json_array();
    for (size_t i = 0; i < json_array_size(t->role_definitions); i++) {
        const json_t *role = json_array_get(t->role_definitions, i);
        const char *id = jstr(role, "id"), *name = jstr(role, "displayName");
        char policy[UUID_TEXT];

        (void)tenant_id_of(NULL, "rolePolicy", id, policy);
        jpush(t->role_management,
              json_pack("{s:o, s:o, s:s, s:s, s:s, s:{s:o, s:s, s:s, s:o}}", "id",
                        json_sprintf("DirectoryRole_%s_%s_%s", t->id, policy, id), "policyId",
                        json_sprintf("DirectoryRole_%s_%s", t->id, policy), "scopeId", "/",
                        "scopeType", "DirectoryRole", "roleDefinitionId", id, "policy", "id",
                        json_sprintf("DirectoryRole_%s_%s", t->id, policy), "scopeId", "/",
                        "scopeType", "DirectoryRole", "rules",
                        role_rules(json_object_get(in, name))));
    }
}

void tenant_load_settings(struct tenant *t)
{
    load_methods(t);
    load_settings(t);
    load_consent_requests(t);
    load_app_management(t);
    load_activity_timeouts(t);
    load_role_management(t);
}
