/* The endpoints themselves. `graph_routes` is the whole of it: path, permission, licence,
 * query options and properties of each. */
#include <stdlib.h>
#include <string.h>

#include "filter.h"
#include "graph.h"

/* ---- property names ---- */

#define USER_PROPS                                                                                 \
    "id deletedDateTime accountEnabled ageGroup assignedLicenses assignedPlans businessPhones "    \
    "city companyName country createdDateTime creationType department displayName "                \
    "employeeHireDate employeeId employeeType externalUserState externalUserStateChangeDateTime "  \
    "faxNumber givenName identities imAddresses isManagementRestricted isResourceAccount "         \
    "jobTitle lastPasswordChangeDateTime licenseAssignmentStates mail mailNickname mobilePhone "   \
    "officeLocation onPremisesDistinguishedName onPremisesDomainName onPremisesImmutableId "       \
    "onPremisesLastSyncDateTime onPremisesSamAccountName onPremisesSecurityIdentifier "            \
    "onPremisesSyncEnabled onPremisesUserPrincipalName otherMails passwordPolicies postalCode "    \
    "preferredDataLocation preferredLanguage provisionedPlans proxyAddresses "                     \
    "securityIdentifier showInAddressList signInActivity signInSessionsValidFromDateTime state "   \
    "streetAddress surname usageLocation userPrincipalName userType perUserMfaState"
#define USER_DEFAULTS                                                                              \
    "businessPhones displayName givenName id jobTitle mail mobilePhone officeLocation "            \
    "preferredLanguage surname userPrincipalName"
#define GROUP_PROPS                                                                                \
    "id deletedDateTime classification createdDateTime description displayName "                   \
    "expirationDateTime "                                                                          \
    "groupTypes isAssignableToRole mail mailEnabled mailNickname membershipRule "                  \
    "membershipRuleProcessingState onPremisesSyncEnabled proxyAddresses renewedDateTime "          \
    "securityEnabled securityIdentifier visibility"
#define ORGANIZATION_PROPS                                                                         \
    "id deletedDateTime assignedPlans businessPhones city country countryLetterCode "              \
    "createdDateTime defaultUsageLocation displayName marketingNotificationEmails "                \
    "mobileDeviceManagementAuthority onPremisesLastSyncDateTime onPremisesSyncEnabled "            \
    "partnerTenantType postalCode preferredLanguage privacyProfile provisionedPlans "              \
    "securityComplianceNotificationMails securityComplianceNotificationPhones state street "       \
    "technicalNotificationMails tenantType verifiedDomains"
#define DOMAIN_PROPS                                                                               \
    "id authenticationType availabilityStatus isAdminManaged isDefault isInitial isRoot "          \
    "isVerified manufacturer model passwordNotificationWindowInDays "                              \
    "passwordValidityPeriodInDays state supportedServices"
#define CA_PROPS                                                                                   \
    "id conditions createdDateTime deletedDateTime description displayName grantControls "         \
    "modifiedDateTime sessionControls state templateId"
#define LOCATION_PROPS                                                                             \
    "id createdDateTime displayName modifiedDateTime isTrusted ipRanges countriesAndRegions "      \
    "includeUnknownCountriesAndRegions countryLookupMethod"
#define STRENGTH_PROPS                                                                             \
    "id allowedCombinations createdDateTime description displayName modifiedDateTime policyType "  \
    "requirementsSatisfied combinationConfigurations"
#define METHODS_PROPS                                                                              \
    "id description displayName lastModifiedDateTime policyMigrationState policyVersion "          \
    "reconfirmationInDays registrationEnforcement authenticationMethodConfigurations"
#define METHODS_BETA_PROPS "reportSuspiciousActivitySettings systemCredentialPreferences"
#define AUTHORIZATION_PROPS                                                                        \
    "id deletedDateTime allowedToSignUpEmailBasedSubscriptions allowedToUseSSPR "                  \
    "allowEmailVerifiedUsersToJoinOrganization allowInvitesFrom allowUserConsentForRiskyApps "     \
    "blockMsolPowerShell defaultUserRolePermissions description displayName guestUserRoleId"
#define SKU_PROPS                                                                                  \
    "id accountId accountName appliesTo capabilityStatus consumedUnits prepaidUnits servicePlans " \
    "skuId skuPartNumber subscriptionIds"
#define REGISTRATION_PROPS                                                                         \
    "id isAdmin isMfaCapable isMfaRegistered isPasswordlessCapable isSsprCapable isSsprEnabled "   \
    "isSsprRegistered isSystemPreferredAuthenticationMethodEnabled lastUpdatedDateTime "           \
    "methodsRegistered systemPreferredAuthenticationMethods userDisplayName "                      \
    "userPreferredMethodForSecondaryAuthentication userPrincipalName userType"
#define ROLE_PROPS "id deletedDateTime description displayName roleTemplateId"
#define ASSIGNMENT_PROPS                                                                           \
    "id appScopeId condition directoryScopeId principalId principalOrganizationId "                \
    "roleDefinitionId"
#define DEFINITION_PROPS                                                                           \
    "id description displayName isBuiltIn isEnabled resourceScopes rolePermissions templateId "    \
    "version"
#define ELIGIBLE_PROPS                                                                             \
    "id appScopeId directoryScopeId endDateTime memberType principalId roleDefinitionId "          \
    "roleEligibilityScheduleId startDateTime"
#define ACTIVE_PROPS                                                                               \
    "id appScopeId assignmentType directoryScopeId endDateTime memberType principalId "            \
    "roleAssignmentOriginId roleAssignmentScheduleId roleDefinitionId startDateTime"
#define SIGN_IN_PROPS                                                                              \
    "id appDisplayName appId appliedConditionalAccessPolicies clientAppUsed "                      \
    "conditionalAccessStatus correlationId createdDateTime deviceDetail homeTenantId ipAddress "   \
    "isInteractive location resourceDisplayName resourceId resourceTenantId riskDetail "           \
    "riskEventTypes riskEventTypes_v2 riskLevelAggregated riskLevelDuringSignIn riskState "        \
    "servicePrincipalId servicePrincipalName status userAgent userDisplayName userId "             \
    "userPrincipalName"
#define SIGN_IN_BETA                                                                               \
    "authenticationDetails authenticationProtocol authenticationRequirement "                      \
    "authenticationRequirementPolicies crossTenantAccessType incomingTokenType "                   \
    "clientCredentialType signInEventTypes userType"
#define SIGN_IN_FILTERS                                                                            \
    "createdDateTime:eq,ge,le clientAppUsed:eq userId:eq userPrincipalName:eq,startswith "         \
    "userDisplayName:eq,startswith status/errorCode:eq ipAddress:eq,startswith appId:eq "          \
    "appDisplayName:eq,startswith conditionalAccessStatus:eq correlationId:eq"
#define LICENCE_PROPS "id servicePlans skuId skuPartNumber"

enum { LIST = OD_SELECT | OD_TOP | OD_FILTER | OD_COUNT | OD_ORDERBY };

/* ---- directory ---- */

static void get_organization(struct graph_call *c)
{
    json_t *list = json_array(), *o = json_copy(c->t->organization);

    if (c->denied) { /* no error: everything but three members turns into null */
        const char *key;
        json_t *value;

        json_object_foreach(
            o, key, value) if (!words_have("id displayName verifiedDomains", key, strlen(key)))
            jset(o, key, json_is_array(value) ? json_array() : json_null());
    }
    jpush(list, o);
    graph_send_array(c, list);
    json_decref(list);
}

static json_t *user_item(const struct graph_call *c, const void *arg, size_t i)
{
    (void)arg;
    /* A filter looks at properties that are not selected. */
    return tenant_user(c->t, i, c->q.filter == NULL ? &c->q : NULL);
}

static bool may_see_activity(struct graph_call *c)
{
    bool wanted = c->q.select.n > 0 && query_wants(&c->q, "signInActivity");

    if (wanted && !graph_permitted(c, "AuditLog.Read.All")) {
        graph_denied(c);
        return false;
    }
    if (wanted && c->t->licence < LICENCE_P1) {
        graph_nonpremium(c);
        return false;
    }
    if (wanted && c->q.top > 500) {
        request_invalid(c->r, "$top above 500 with signInActivity");
        graph_error(c, 400, "Request_UnsupportedQuery",
                    "Invalid page size specified. Must be between 1 and 500 inclusive.");
        return false;
    }
    return true;
}

static void get_users(struct graph_call *c)
{
    if (may_see_activity(c))
        graph_send_list(c, tenant_user_count(c->t), user_item, NULL);
}

/* ---- users/delta ---- */

/* "generation-mac": the generation whose differences were told last. */
static char *delta_token(const struct request *r, unsigned generation)
{
    char *text = xasprintf("delta %u %s", generation, request_param(r, "$select"));
    char mac[65];

    hmac_hex(r->sim->page_key, sizeof r->sim->page_key, text, mac);
    free(text);
    return xasprintf("%u-%.40s", generation, mac);
}

static bool delta_token_read(const struct request *r, const char *token, unsigned *generation)
{
    char *want;
    bool ok;

    *generation = (unsigned)strtoul(token, NULL, 10);
    want = delta_token(r, *generation);
    ok = str_eq(want, token);
    free(want);
    return ok;
}

static void send_delta(struct graph_call *c, unsigned from)
{
    json_t *ids = json_object(), *list = json_array();
    const char *id;
    json_t *value;

    for (const struct tenant *t = c->t; t != NULL && t->generation > from; t = t->before)
        (void)json_object_update(ids, t->changed);
    json_object_foreach(ids, id, value)
    {
        json_t *o = tenant_user_by_id(c->t, id);

        jpush(list, o != NULL
                        ? o
                        : json_pack("{s:s, s:{s:s}}", "id", id, "@removed", "reason", "deleted"));
    }
    graph_send_array(c, list);
    if (c->p->json != NULL && json_object_get(c->p->json, "@odata.nextLink") == NULL) {
        char *token = delta_token(c->r, c->t->generation);

        jset(c->p->json, "@odata.deltaLink",
             json_sprintf("%s%s?$select=%s&$deltatoken=%s", c->r->sim->urls[SVC_GRAPH], c->r->path,
                          request_param(c->r, "$select"), token));
        free(token);
    }
    json_decref(list);
    json_decref(ids);
}

static void get_users_delta(struct graph_call *c)
{
    const char *token = request_param(c->r, "$deltatoken");
    unsigned from = c->t->generation;

    if (token == NULL || c->q.select.n == 0) {
        request_invalid(c->r, "users/delta is served with $deltatoken and $select only");
        graph_error(c, 501, "NotImplemented", "This operation target is not yet supported.");
    } else if (!str_eq(token, "latest") && !delta_token_read(c->r, token, &from)) {
        graph_error(c, 410, "syncStateNotFound", "The delta token is no longer valid.");
    } else {
        send_delta(c, from);
    }
}

static void not_found(struct graph_call *c)
{
    char *text = xasprintf("Resource '%s' does not exist or one of its queried reference-property "
                           "objects are not present.",
                           c->args[0]);

    graph_error(c, 404, "Request_ResourceNotFound", text);
    free(text);
}

static void get_user(struct graph_call *c)
{
    json_t *o = tenant_user_by_id(c->t, c->args[0]);

    if (o == NULL)
        not_found(c);
    else if (may_see_activity(c))
        graph_send_object(c, o);
    json_decref(o);
}

static void get_licence_details(struct graph_call *c)
{
    json_t *o = tenant_user_by_id(c->t, c->args[0]);
    const json_t *details = json_object_get(c->t->licence_details, jstr(o, "id"));

    if (o == NULL)
        not_found(c);
    else
        graph_send_array(c, details);
    json_decref(o);
}

static void get_requirements(struct graph_call *c)
{
    json_t *o = tenant_user_by_id(c->t, c->args[0]), *body;
    const char *state;

    if (o == NULL) {
        not_found(c);
        return;
    }
    state = jstr(c->t->per_user_mfa, jstr(o, "id"));
    body = json_pack("{s:s}", "perUserMfaState", state != NULL ? state : "disabled");
    graph_send_object(c, body);
    json_decref(body);
    json_decref(o);
}

static json_t *registration_item(const struct graph_call *c, const void *arg, size_t i)
{
    (void)arg;
    return tenant_registration(c->t, i, c->q.filter == NULL ? &c->q : NULL);
}

static void get_registrations(struct graph_call *c)
{
    graph_send_list(c, tenant_registration_count(c->t), registration_item, NULL);
}

/* ---- groups ---- */

static const json_t *object_of_type(const struct graph_call *c, const char *id, const char *type)
{
    const json_t *o = json_object_get(c->t->objects, id);

    return str_eq(jstr(o, "@odata.type"), type) ? o : NULL;
}

static void get_group(struct graph_call *c)
{
    const json_t *o = object_of_type(c, c->args[0], "#microsoft.graph.group");

    if (o == NULL)
        not_found(c);
    else
        graph_send_object(c, o);
}

static json_t *member_item(const struct graph_call *c, const void *arg, size_t i)
{
    const char *id = json_string_value(json_array_get(arg, i));
    json_t *o = tenant_user_by_id(c->t, id);

    if (o == NULL)
        o = jkeep(json_object_get(c->t->objects, id));
    return o != NULL ? o : json_pack("{s:s}", "id", id);
}

static void get_transitive_users(struct graph_call *c)
{
    json_t *ids = tenant_transitive_users(c->t, c->args[0]);

    if (ids == NULL)
        not_found(c);
    else
        graph_send_list(c, json_array_size(ids), member_item, ids);
    json_decref(ids);
}

static void get_members(struct graph_call *c)
{
    const json_t *ids = json_object_get(c->t->group_members, c->args[0]);

    if (ids == NULL)
        not_found(c);
    else
        graph_send_list(c, json_array_size(ids), member_item, ids);
}

static void get_groups(struct graph_call *c)
{
    graph_send_array(c, c->t->groups);
}

/* ---- roles ---- */

static void get_directory_role_members(struct graph_call *c)
{
    const json_t *ids;
    const char *id = c->args[0];

    for (size_t i = 0;
         str_starts(id, "roleTemplateId=") && i < json_array_size(c->t->directory_roles); i++) {
        const json_t *role = json_array_get(c->t->directory_roles, i);
        const char *want = id + strlen("roleTemplateId=");

        want += *want == '\'';
        if (strncmp(jstr(role, "roleTemplateId"), want, 36) == 0)
            id = jstr(role, "id");
    }
    ids = json_object_get(c->t->directory_members, id);
    if (ids == NULL)
        not_found(c);
    else
        graph_send_list(c, json_array_size(ids), member_item, ids);
}

static json_t *assignment_item(const struct graph_call *c, const void *arg, size_t i)
{
    json_t *shared = jkeep(json_array_get(arg, i));
    json_t *o = json_copy(shared);
    const char *id = jstr(o, "principalId");

    json_decref(shared);
    if (str_eq(c->q.expand, "principal")) {
        json_t *user = tenant_user_by_id(c->t, id);

        if (user == NULL)
            user = jkeep(json_object_get(c->t->objects, id));
        jset(o, "principal", user != NULL ? user : json_null());
    }
    return o;
}

static void get_assignments(struct graph_call *c)
{
    const json_t *list = c->t->role_assignments;

    if (strstr(c->r->path, "Eligibility") != NULL)
        list = c->t->eligible;
    else if (strstr(c->r->path, "roleAssignmentSchedule") != NULL)
        list = c->t->active;
    if (c->q.expand != NULL && !str_eq(c->q.expand, "principal") &&
        !str_eq(c->q.expand, "roleDefinition")) {
        request_invalid(c->r, "$expand=%s", c->q.expand);
        graph_error(c, 400, "BadRequest", "Only one known property can be expanded.");
        return;
    }
    graph_send_list(c, json_array_size(list), assignment_item, list);
}

/* ---- policies and logs: plain lists and single objects ---- */

static void get_plain(struct graph_call *c)
{
    const struct {
        const char *end;
        const json_t *what;
    } parts[] = {
        {"/domains", c->t->domains},
        {"/subscribedSkus", c->t->skus},
        {"/namedLocations", c->t->locations},
        {"/authenticationStrengthPolicies", c->t->strengths},
        {"/authenticationStrength/policies", c->t->strengths},
        {"/conditionalAccess/policies", c->beta ? c->t->policies_beta : c->t->policies_v1},
        {"/directoryRoles", c->t->directory_roles},
        {"/roleDefinitions", c->t->role_definitions},
        {"/identitySecurityDefaultsEnforcementPolicy", c->t->security_defaults},
        {"/authenticationMethodsPolicy", c->beta ? c->t->methods_policy : c->t->methods_policy_v1},
        {"/adminConsentRequestPolicy", c->t->admin_consent},
        {"/defaultAppManagementPolicy", c->t->app_management},
        {"/groupSettings", c->t->settings},
        {"/groupSettingTemplates", c->t->setting_templates},
        {"/activityBasedTimeoutPolicies", c->t->activity_timeouts},
        {"/authorizationPolicy", c->t->authorization_policy},
    };
    size_t length = strlen(c->r->path);
    json_t *nothing;

    if ((c->route->flags & GF_NO_TENANT_P1) != 0 && c->t->licence < LICENCE_P1) {
        nothing = json_array(); /* such a tenant can have no policies */
        graph_send_array(c, nothing);
        json_decref(nothing);
        return;
    }
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        size_t n = strlen(parts[i].end);

        if (length < n || strcmp(c->r->path + length - n, parts[i].end) != 0)
            continue;
        if (json_is_array(parts[i].what))
            graph_send_array(c, parts[i].what);
        else
            graph_send_object(c, parts[i].what);
        return;
    }
    graph_error(c, 500, "InternalServerError", "The simulator has no data for this path.");
}

static void get_policy(struct graph_call *c)
{
    for (size_t i = 0; i < json_array_size(c->t->policies_beta); i++) {
        const json_t *p = json_array_get(c->t->policies_beta, i);
        bool in_v1 = false;

        if (!str_ieq(jstr(p, "id"), c->args[0]))
            continue;
        for (size_t k = 0; k < json_array_size(c->t->policies_v1); k++)
            in_v1 =
                in_v1 || str_eq(jstr(json_array_get(c->t->policies_v1, k), "id"), jstr(p, "id"));
        if (c->beta || in_v1)
            graph_send_object(c, p);
        else
            graph_error(c, 400, "BadRequest",
                        "1037: The policy you requested contains preview features. Use the Beta "
                        "endpoint to retrieve this policy.");
        return;
    }
    not_found(c);
}

/* The settings of Privileged Identity Management; the rules only when they are asked for. */
static void get_role_management(struct graph_call *c)
{
    json_t *list = json_deep_copy(c->t->role_management);
    bool rules = str_eq(c->q.expand, "policy($expand=rules)");
    json_t *one;
    size_t i;

    if (c->q.filter == NULL || strstr(c->q.filter, "scopeId eq '/'") == NULL ||
        strstr(c->q.filter, "scopeType eq 'DirectoryRole'") == NULL) {
        graph_error(c, 400, "InvalidFilter", "The filter must have scopeId and scopeType.");
        json_decref(list);
        return;
    }
    json_array_foreach(list, i, one)
    {
        if (!rules)
            (void)json_object_del(one, "policy");
    }
    graph_send_array(c, list);
    json_decref(list);
}

/* Unless the filter asks for other event types, only interactive sign-ins are listed. */
static void get_sign_ins(struct graph_call *c)
{
    static const char path[] = "signInEventTypes";
    bool all = c->beta && c->q.filter != NULL && strstr(c->q.filter, path) != NULL;
    json_t *some;

    if (all) {
        graph_send_array(c, c->t->sign_ins);
        return;
    }
    some = json_array();
    for (size_t i = 0; i < json_array_size(c->t->sign_ins); i++) {
        const json_t *row = json_array_get(c->t->sign_ins, i);

        if (jbool(row, "isInteractive", true))
            jpush(some, jkeep(row));
    }
    graph_send_array(c, some);
    json_decref(some);
}

static void get_by_ids(struct graph_call *c)
{
    json_t *body = json_loadb(c->r->body, c->r->body_len, JSON_REJECT_DUPLICATES, NULL);
    json_t *ids = json_object_get(body, "ids"), *types = json_object_get(body, "types");
    json_t *found = json_array();

    if (!json_is_array(ids) || json_array_size(ids) == 0 || json_array_size(ids) > 1000) {
        request_invalid(c->r, "getByIds takes 1 to 1000 ids");
        graph_error(c, 400, "Request_BadRequest", "Invalid value specified for property 'ids'.");
    } else {
        for (size_t i = 0; i < json_array_size(ids); i++) {
            const char *id = json_string_value(json_array_get(ids, i));
            json_t *o = id != NULL ? jkeep(json_object_get(c->t->objects, id)) : NULL;
            bool wanted = !json_is_array(types);

            if (o == NULL && id != NULL) {
                o = tenant_user_by_id(c->t, id);
                if (o != NULL)
                    jset_default(o, "@odata.type", json_string("#microsoft.graph.user"));
            }
            for (size_t k = 0; o != NULL && k < json_array_size(types); k++) {
                const char *type = json_string_value(json_array_get(types, k));

                wanted =
                    wanted || (type != NULL &&
                               str_eq(jstr(o, "@odata.type") + strlen("#microsoft.graph."), type));
            }
            if (o != NULL && wanted)
                jpush(found, json_incref(o));
            json_decref(o);
        }
        graph_send_array(c, found);
    }
    json_decref(found);
    json_decref(body);
}

/* ---- the table ---- */

const struct route graph_routes[] = {
    {"GET", "organization", GV_BOTH, "Organization.Read.All", NULL, LICENCE_NONE, OD_SELECT,
     GF_NULLS | GF_OPEN, 0, ORGANIZATION_PROPS, NULL, NULL, NULL, "organization", get_organization},
    {"GET", "domains", GV_BOTH, "Domain.Read.All", NULL, LICENCE_NONE, OD_SELECT | OD_TOP, 0, 0,
     DOMAIN_PROPS, NULL, NULL, NULL, "domain", get_plain},
    {"GET", "policies/identitySecurityDefaultsEnforcementPolicy", GV_BOTH, "Policy.Read.All", NULL,
     LICENCE_NONE, OD_SELECT, 0, 0, "id description displayName deletedDateTime isEnabled", NULL,
     NULL, NULL, "identitySecurityDefaultsEnforcementPolicy", get_plain},
    {"GET", "identity/conditionalAccess/policies", GV_BOTH, "Policy.Read.All", NULL, LICENCE_NONE,
     LIST, GF_ENUMS | GF_NO_TENANT_P1, 999, CA_PROPS, "partialEnablementStrategy", NULL,
     "state:eq,ne displayName:eq,startswith id:eq", "conditionalAccessPolicy", get_plain},
    {"GET", "identity/conditionalAccess/policies/{}", GV_BOTH, "Policy.Read.All", NULL,
     LICENCE_NONE, OD_SELECT, GF_ENUMS, 0, CA_PROPS, "partialEnablementStrategy", NULL, NULL,
     "conditionalAccessPolicy", get_policy},
    {"GET", "identity/conditionalAccess/namedLocations", GV_BOTH, "Policy.Read.All", NULL,
     LICENCE_NONE, LIST, GF_NO_TENANT_P1, 999, LOCATION_PROPS, NULL, NULL,
     "displayName:eq,startswith id:eq", "namedLocation", get_plain},
    {"GET", "policies/authenticationStrengthPolicies", GV_BOTH, "Policy.Read.AuthenticationMethod",
     NULL, LICENCE_NONE, OD_SELECT | OD_FILTER, GF_ENUMS, 0, STRENGTH_PROPS, NULL, NULL,
     "displayName:eq policyType:eq", "authenticationStrengthPolicy", get_plain},
    {"GET", "identity/conditionalAccess/authenticationStrength/policies", GV_BOTH,
     "Policy.Read.AuthenticationMethod", NULL, LICENCE_NONE, OD_SELECT | OD_FILTER, GF_ENUMS, 0,
     STRENGTH_PROPS, NULL, NULL, "displayName:eq policyType:eq", "authenticationStrengthPolicy",
     get_plain},
    {"GET", "policies/authenticationMethodsPolicy", GV_BOTH, "Policy.Read.AuthenticationMethod",
     NULL, LICENCE_NONE, OD_SELECT, 0, 0, METHODS_PROPS, METHODS_BETA_PROPS, NULL, NULL,
     "authenticationMethodsPolicy", get_plain},
    {"GET", "policies/authorizationPolicy", GV_BOTH, "Policy.Read.All", NULL, LICENCE_NONE,
     OD_SELECT, 0, 0, AUTHORIZATION_PROPS, NULL, NULL, NULL, "authorizationPolicy", get_plain},
    {"GET", "policies/adminConsentRequestPolicy", GV_BOTH, "Policy.Read.All", NULL, LICENCE_NONE,
     OD_SELECT, 0, 0,
     "isEnabled notifyReviewers remindersEnabled requestDurationInDays reviewers version", NULL,
     NULL, NULL, "adminConsentRequestPolicy", get_plain},
    {"GET", "policies/defaultAppManagementPolicy", GV_BOTH, "Policy.Read.All", NULL, LICENCE_NONE,
     OD_SELECT, 0, 0,
     "id displayName description isEnabled applicationRestrictions servicePrincipalRestrictions",
     NULL, NULL, NULL, "tenantAppManagementPolicy", get_plain},
    {"GET", "policies/activityBasedTimeoutPolicies", GV_BOTH, "Policy.Read.All", NULL, LICENCE_NONE,
     OD_SELECT | OD_TOP | OD_FILTER, 0, 999,
     "id deletedDateTime definition description displayName isOrganizationDefault", NULL, NULL,
     "displayName:eq", "activityBasedTimeoutPolicy", get_plain},
    {"GET", "policies/roleManagementPolicyAssignments", GV_BOTH,
     "RoleManagementPolicy.Read.Directory", NULL, LICENCE_P2, OD_FILTER | OD_EXPAND, 0, 0,
     "id policyId roleDefinitionId scopeId scopeType policy", NULL, NULL,
     "scopeId:eq scopeType:eq roleDefinitionId:eq", "unifiedRoleManagementPolicyAssignment",
     get_role_management},
    {"GET", "groupSettings", GV_V1, "GroupSettings.Read.All", NULL, LICENCE_NONE, OD_SELECT, 0, 0,
     "id displayName templateId values", NULL, NULL, NULL, "groupSetting", get_plain},
    {"GET", "groupSettingTemplates", GV_V1, "GroupSettings.Read.All", NULL, LICENCE_NONE, OD_SELECT,
     0, 0, "id deletedDateTime description displayName values", NULL, NULL, NULL,
     "groupSettingTemplate", get_plain},
    {"GET", "users", GV_BOTH, "User.Read.All", NULL, LICENCE_NONE,
     OD_SELECT | OD_TOP | OD_FILTER | OD_COUNT, GF_OPEN | GF_DIRECTORY, 999, USER_PROPS, NULL,
     USER_DEFAULTS,
     "id:eq userPrincipalName:eq,startswith displayName:eq,startswith mail:eq,startswith "
     "accountEnabled:eq userType:eq",
     "user", get_users},
    {"GET", "users/delta", GV_BOTH, "User.Read.All", NULL, LICENCE_NONE, OD_SELECT | OD_DELTA,
     GF_OPEN | GF_DIRECTORY, 999, USER_PROPS, NULL, USER_DEFAULTS, NULL, "user", get_users_delta},
    {"GET", "users/{}", GV_BOTH, "User.Read.All", NULL, LICENCE_NONE, OD_SELECT, GF_OPEN, 0,
     USER_PROPS, NULL, USER_DEFAULTS, NULL, "user", get_user},
    {"GET", "users/{}/licenseDetails", GV_BOTH, "LicenseAssignment.Read.All", NULL, LICENCE_NONE,
     OD_SELECT, 0, 0, LICENCE_PROPS, NULL, NULL, NULL, "licenseDetails", get_licence_details},
    {"GET", "users/{}/authentication/requirements", GV_BETA, "Policy.Read.All", NULL, LICENCE_P1, 0,
     0, 0, "perUserMfaState", NULL, NULL, NULL, "strongAuthenticationRequirements",
     get_requirements},
    {"GET", "subscribedSkus", GV_BOTH, "LicenseAssignment.Read.All", NULL, LICENCE_NONE, OD_SELECT,
     0, 0, SKU_PROPS, NULL, NULL, NULL, "subscribedSku", get_plain},
    {"GET", "reports/authenticationMethods/userRegistrationDetails", GV_BOTH, "AuditLog.Read.All",
     NULL, LICENCE_P1, LIST, 0, 999, REGISTRATION_PROPS, "defaultMfaMethod", NULL,
     "isAdmin:eq isMfaRegistered:eq isMfaCapable:eq userPrincipalName:eq,startswith "
     "methodsRegistered:any",
     "userRegistrationDetails", get_registrations},
    {"GET", "groups", GV_BOTH, "GroupMember.Read.All", NULL, LICENCE_NONE,
     OD_SELECT | OD_TOP | OD_FILTER | OD_COUNT, GF_OPEN | GF_DIRECTORY, 999, GROUP_PROPS, NULL,
     NULL, "displayName:eq,startswith id:eq securityEnabled:eq", "group", get_groups},
    {"GET", "groups/{}", GV_BOTH, "GroupMember.Read.All", NULL, LICENCE_NONE, OD_SELECT, GF_OPEN, 0,
     GROUP_PROPS, NULL, NULL, NULL, "group", get_group},
    {"GET", "groups/{}/members", GV_BOTH, "GroupMember.Read.All", NULL, LICENCE_NONE,
     OD_TOP | OD_COUNT, GF_DIRECTORY, 999, NULL, NULL, NULL, NULL, "directoryObject", get_members},
    {"GET", "groups/{}/transitiveMembers/microsoft.graph.user", GV_BOTH, "GroupMember.Read.All",
     NULL, LICENCE_NONE, OD_SELECT | OD_TOP | OD_COUNT, GF_OPEN | GF_EVENTUAL, 999, USER_PROPS,
     NULL, USER_DEFAULTS, NULL, "user", get_transitive_users},
    {"GET", "directoryRoles", GV_BOTH, "RoleManagement.Read.Directory", NULL, LICENCE_NONE, 0, 0, 0,
     ROLE_PROPS, NULL, NULL, NULL, "directoryRole", get_plain},
    {"GET", "directoryRoles/{}/members", GV_BOTH, "RoleManagement.Read.Directory", NULL,
     LICENCE_NONE, 0, 0, 0, NULL, NULL, NULL, NULL, "directoryObject", get_directory_role_members},
    {"GET", "roleManagement/directory/roleAssignments", GV_BOTH, "RoleManagement.Read.Directory",
     NULL, LICENCE_NONE, LIST | OD_EXPAND, 0, 999, ASSIGNMENT_PROPS, NULL, NULL,
     "roleDefinitionId:eq principalId:eq", "unifiedRoleAssignment", get_assignments},
    {"GET", "roleManagement/directory/roleDefinitions", GV_BOTH, "RoleManagement.Read.Directory",
     NULL, LICENCE_NONE, OD_SELECT | OD_TOP | OD_FILTER, 0, 0, DEFINITION_PROPS, NULL, NULL,
     "isBuiltIn:eq templateId:eq displayName:eq", "unifiedRoleDefinition", get_plain},
    {"GET", "roleManagement/directory/roleEligibilityScheduleInstances", GV_BOTH,
     "RoleEligibilitySchedule.Read.Directory", NULL, LICENCE_P2, LIST | OD_EXPAND, 0, 999,
     ELIGIBLE_PROPS, NULL, NULL, "roleDefinitionId:eq principalId:eq",
     "unifiedRoleEligibilityScheduleInstance", get_assignments},
    {"GET", "roleManagement/directory/roleAssignmentScheduleInstances", GV_BOTH,
     "RoleAssignmentSchedule.Read.Directory", "RoleManagement.Read.Directory", LICENCE_P2,
     LIST | OD_EXPAND, 0, 999, ACTIVE_PROPS, NULL, NULL, "roleDefinitionId:eq principalId:eq",
     "unifiedRoleAssignmentScheduleInstance", get_assignments},
    {"GET", "auditLogs/signIns", GV_V1, "AuditLog.Read.All", NULL, LICENCE_P1,
     OD_SELECT | OD_TOP | OD_FILTER, GF_ENUMS, 1000, SIGN_IN_PROPS, NULL, NULL, SIGN_IN_FILTERS,
     "signIn", get_sign_ins},
    {"GET", "auditLogs/signIns", GV_BETA, "AuditLog.Read.All", NULL, LICENCE_P1,
     OD_SELECT | OD_TOP | OD_FILTER, GF_ENUMS, 1000, SIGN_IN_PROPS, SIGN_IN_BETA, NULL,
     SIGN_IN_FILTERS " signInEventTypes:any", "signIn", get_sign_ins},
    {"POST", "directoryObjects/getByIds", GV_BOTH, "Directory.Read.All", NULL, LICENCE_NONE,
     OD_SELECT, GF_OPEN, 0, NULL, NULL, NULL, NULL, "directoryObject", get_by_ids},
};
const size_t graph_route_count = COUNT_OF(graph_routes);
