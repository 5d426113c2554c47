/* Conditional Access, the other Entra policies, and the sign-in log. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "generate.h"
#include "tenant.h"
#include "timetext.h"

/* ---- named locations and strengths ---- */

static void load_locations(struct tenant *t)
{
    const json_t *list = json_object_get(t->doc, "locations");

    t->locations = json_array();
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *in = json_array_get(list, i);
        const json_t *ranges = json_object_get(in, "ranges");
        const json_t *countries = json_object_get(in, "countries");
        const char *name = jstr(in, "name"), *created = jstr(in, "created");
        char id[UUID_TEXT];
        json_t *o = json_object();

        if (name == NULL)
            die("locations[%zu] has no name", i);
        uuid_named("location", name, id);
        jset(o, "@odata.type",
             json_string(ranges != NULL ? "#microsoft.graph.ipNamedLocation"
                                        : "#microsoft.graph.countryNamedLocation"));
        jset(o, "id", json_string(id));
        jset(o, "displayName", json_string(name));
        jset(o, "modifiedDateTime", json_string("2026-05-11T10:20:30.1234567Z"));
        jset(o, "createdDateTime", json_string(created != NULL ? created : "2024-02-01T09:00:00Z"));
        if (ranges != NULL) {
            json_t *out = json_array();

            for (size_t k = 0; k < json_array_size(ranges); k++) {
                const char *cidr = json_string_value(json_array_get(ranges, k));
                bool v6 = cidr != NULL && strchr(cidr, ':') != NULL;

                jpush(out, json_pack("{s:s, s:s}", "@odata.type",
                                     v6 ? "#microsoft.graph.iPv6CidrRange"
                                        : "#microsoft.graph.iPv4CidrRange",
                                     "cidrAddress", cidr));
            }
            jset(o, "isTrusted", json_boolean(jbool(in, "trusted", false)));
            jset(o, "ipRanges", out);
        } else {
            jset(o, "countriesAndRegions", countries != NULL ? jkeep(countries) : json_array());
            jset(o, "includeUnknownCountriesAndRegions",
                 json_boolean(jbool(in, "unknownCountries", false)));
            jset(o, "countryLookupMethod", json_string("clientIpAddress"));
        }
        tenant_name(t, "location", name, id);
        jpush(t->locations, o);
    }
}

static json_t *words_to_list(const char *words)
{
    char *copy = xstrdup(words), *save = NULL;
    json_t *out = json_array();

    for (char *w = strtok_r(copy, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save))
        jpush(out, json_string(w));
    free(copy);
    return out;
}

static void add_strength(struct tenant *t, const char *id, const char *name,
                         const char *description, const char *type, json_t *combinations)
{
    tenant_name(t, "strength", name, id);
    jpush(t->strengths,
          json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:[]}", "id", id,
                    "createdDateTime", "2021-12-01T00:00:00Z", "modifiedDateTime",
                    "2021-12-01T00:00:00Z", "displayName", name, "description",
                    description != NULL ? description : "", "policyType", type,
                    "requirementsSatisfied", "mfa", "allowedCombinations", combinations,
                    "combinationConfigurations@odata.context",
                    "$metadata#policies/authenticationStrengthPolicies/combinationConfigurations",
                    "combinationConfigurations"));
}

static void load_strengths(struct tenant *t)
{
    const json_t *list = json_object_get(t->doc, "strengths");

    t->strengths = json_array();
    for (size_t i = 0; i < strength_count; i++)
        add_strength(t, strength_table[i].id, strength_table[i].name, strength_table[i].description,
                     "builtIn", words_to_list(strength_table[i].combinations));
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *in = json_array_get(list, i);
        const json_t *combinations = json_object_get(in, "allowedCombinations");
        char id[UUID_TEXT];

        if (jstr(in, "name") == NULL)
            die("strengths[%zu] has no name", i);
        uuid_named("strength", jstr(in, "name"), id);
        add_strength(t, id, jstr(in, "name"), jstr(in, "description"), "custom",
                     combinations != NULL ? jkeep(combinations) : json_array());
    }
}

/* ---- Conditional Access ---- */

static json_t *resolved(const struct tenant *t, const json_t *list, const char *kind)
{
    json_t *out = json_array();

    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = json_string_value(json_array_get(list, i));
        const struct role *role = str_eq(kind, "role") ? role_find(name) : NULL;

        if (name == NULL)
            die("a policy lists something that is no text");
        jpush(out, json_string(role != NULL ? role->template_id : tenant_ref(t, kind, name)));
    }
    return out;
}

static json_t *wire_users(const struct tenant *t, const json_t *in)
{
    static const struct {
        const char *key, *kind;
    } lists[] = {
        {"includeUsers", "user"},   {"excludeUsers", "user"}, {"includeGroups", "group"},
        {"excludeGroups", "group"}, {"includeRoles", "role"}, {"excludeRoles", "role"},
    };
    static const char *const guests[] = {"includeGuestsOrExternalUsers",
                                         "excludeGuestsOrExternalUsers"};
    json_t *o = json_object();

    for (size_t i = 0; i < COUNT_OF(lists); i++)
        jset(o, lists[i].key, resolved(t, json_object_get(in, lists[i].key), lists[i].kind));
    for (size_t i = 0; i < COUNT_OF(guests); i++) {
        const json_t *g = json_object_get(in, guests[i]);

        jset(o, guests[i], g != NULL ? jkeep(g) : json_null());
    }
    return o;
}

static json_t *wire_applications(const json_t *in)
{
    static const char *const lists[] = {"includeApplications", "excludeApplications",
                                        "includeUserActions",
                                        "includeAuthenticationContextClassReferences"};
    json_t *o = json_object();
    const json_t *filter = json_object_get(in, "applicationFilter");

    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        const json_t *v = json_object_get(in, lists[i]);

        jset(o, lists[i], v != NULL ? jkeep(v) : json_array());
    }
    jset(o, "applicationFilter", filter != NULL ? jkeep(filter) : json_null());
    return o;
}

static json_t *wire_locations(const struct tenant *t, const json_t *in)
{
    return json_pack("{s:o, s:o}", "includeLocations",
                     resolved(t, json_object_get(in, "includeLocations"), "location"),
                     "excludeLocations",
                     resolved(t, json_object_get(in, "excludeLocations"), "location"));
}

static void keep_or(json_t *o, const json_t *in, const char *key, json_t *otherwise)
{
    const json_t *v = json_object_get(in, key);

    if (v != NULL) {
        json_decref(otherwise);
        jset(o, key, jkeep(v));
    } else {
        jset(o, key, otherwise);
    }
}

static json_t *wire_conditions(const struct tenant *t, const json_t *in)
{
    json_t *o = json_object();
    const json_t *users = json_object_get(in, "users"), *places = json_object_get(in, "locations");

    keep_or(o, in, "userRiskLevels", json_array());
    keep_or(o, in, "signInRiskLevels", json_array());
    keep_or(o, in, "clientAppTypes", json_pack("[s]", "all"));
    keep_or(o, in, "platforms", json_null());
    jset(o, "locations", places != NULL ? wire_locations(t, places) : json_null());
    keep_or(o, in, "servicePrincipalRiskLevels", json_array());
    keep_or(o, in, "insiderRiskLevels", json_null());
    keep_or(o, in, "devices", json_null());
    keep_or(o, in, "clientApplications", json_null());
    jset(o, "applications", wire_applications(json_object_get(in, "applications")));
    jset(o, "users",
         json_object_get(in, "clientApplications") != NULL ? json_null() : wire_users(t, users));
    if (json_object_get(in, "authenticationFlows") != NULL) /* only on policies that use it */
        keep_or(o, in, "authenticationFlows", json_null());
    return o;
}

static json_t *find_strength(const struct tenant *t, const char *name)
{
    const char *id = tenant_ref(t, "strength", name);

    for (size_t i = 0; i < json_array_size(t->strengths); i++) {
        const json_t *s = json_array_get(t->strengths, i);

        if (str_eq(jstr(s, "id"), id))
            return jkeep(s);
    }
    die("unknown authentication strength '%s'", name);
}

static json_t *wire_grant(const struct tenant *t, const json_t *in, const char *policy_id)
{
    json_t *o = json_object();
    const char *strength = jstr(in, "strength");

    keep_or(o, in, "operator", json_string("OR"));
    keep_or(o, in, "builtInControls", json_array());
    keep_or(o, in, "customAuthenticationFactors", json_array());
    keep_or(o, in, "termsOfUse", json_array());
    jset(o, "authenticationStrength@odata.context",
         json_sprintf("$metadata#identity/conditionalAccess/policies('%s')/grantControls/"
                      "authenticationStrength/$entity",
                      policy_id));
    jset(o, "authenticationStrength", strength != NULL ? find_strength(t, strength) : json_null());
    return o;
}

static json_t *wire_session(const json_t *in)
{
    static const char *const keys[] = {
        "disableResilienceDefaults", "applicationEnforcedRestrictions",
        "cloudAppSecurity",          "signInFrequency",
        "persistentBrowser",         "secureSignInSession",
    };
    json_t *o = json_object();

    for (size_t i = 0; i < COUNT_OF(keys); i++)
        keep_or(o, in, keys[i], json_null());
    return o;
}

static void add_policy(struct tenant *t, const json_t *in)
{
    const char *name = jstr(in, "name"), *state = jstr(in, "state"), *created = jstr(in, "created");
    const json_t *grant = json_object_get(in, "grant"), *session = json_object_get(in, "session");
    char id[UUID_TEXT];
    json_t *o = json_object(), *beta, *conditions;

    if (name == NULL || state == NULL)
        die("a policy needs name and state");
    if (jstr(in, "id") != NULL)
        snprintf(id, sizeof id, "%s", jstr(in, "id"));
    else
        uuid_named("policy", name, id);
    jset(o, "id", json_string(id));
    jset(o, "templateId", jtext(jstr(in, "templateId")));
    jset(o, "displayName", json_string(name));
    jset(o, "createdDateTime",
         json_string(created != NULL ? created : "2025-11-03T09:12:44.1902813Z"));
    jset(o, "modifiedDateTime", jtext(jstr(in, "modified")));
    jset(o, "state", json_string(state));
    jset(o, "deletedDateTime", json_null());
    jset(o, "sessionControls", session != NULL ? wire_session(session) : json_null());
    jset(o, "conditions", wire_conditions(t, json_object_get(in, "conditions")));
    jset(o, "grantControls", grant != NULL ? wire_grant(t, grant, id) : json_null());

    /* beta has a few members that v1.0 does not */
    beta = json_copy(o);
    conditions = json_copy(json_object_get(o, "conditions"));
    jset(conditions, "times", json_null());
    jset(conditions, "deviceStates", json_null());
    jset(beta, "conditions", conditions);
    jset(beta, "partialEnablementStrategy", json_null());
    jpush(t->policies_beta, beta);
    if (jbool(in, "v1Hidden", false))
        json_decref(o);
    else
        jpush(t->policies_v1, o);
}

static void load_conditional_access(struct tenant *t)
{
    const json_t *list = json_object_get(t->doc, "policies");

    t->policies_beta = json_array();
    t->policies_v1 = json_array();
    for (size_t i = 0; i < json_array_size(list); i++)
        add_policy(t, json_array_get(list, i));
    for (size_t i = 0; i < t->gen.policies; i++) {
        json_t *in = generate_policy(t, i);

        add_policy(t, in);
        json_decref(in);
    }
}

/* ---- singletons ---- */

static json_t *method_config(const char *id, const char *type, const char *state)
{
    return json_pack("{s:o, s:s, s:s, s:[], s:[{s:s, s:s, s:b}]}", "@odata.type",
                     json_sprintf("#microsoft.graph.%s", type), "id", id, "state", state,
                     "excludeTargets", "includeTargets", "targetType", "group", "id", "all_users",
                     "isRegistrationRequired", 0);
}

static void load_singletons(struct tenant *t)
{
    const json_t *methods = json_object_get(t->doc, "authenticationMethodsPolicy");
    const json_t *authorization = json_object_get(t->doc, "authorizationPolicy");
    json_t *configs = json_array();

    t->security_defaults = json_pack(
        "{s:s, s:s, s:s, s:b}", "id", "00000000-0000-0000-0000-000000000005", "displayName",
        "Security Defaults", "description",
        "Security defaults is a set of basic identity security mechanisms recommended by "
        "Microsoft. "
        "When enabled, these recommendations will be automatically enforced in your organization.",
        "isEnabled", jbool(t->doc, "securityDefaults", false));

    jpush(configs, method_config("Fido2", "fido2AuthenticationMethodConfiguration", "enabled"));
    jpush(configs,
          method_config("MicrosoftAuthenticator",
                        "microsoftAuthenticatorAuthenticationMethodConfiguration", "enabled"));
    jpush(configs, method_config("Sms", "smsAuthenticationMethodConfiguration",
                                 jbool(methods, "sms", true) ? "enabled" : "disabled"));
    jpush(configs,
          method_config("TemporaryAccessPass",
                        "temporaryAccessPassAuthenticationMethodConfiguration", "enabled"));
    jpush(configs, method_config("SoftwareOath", "softwareOathAuthenticationMethodConfiguration",
                                 "enabled"));
    jpush(configs, method_config("Voice", "voiceAuthenticationMethodConfiguration",
                                 jbool(methods, "voice", false) ? "enabled" : "disabled"));
    jpush(configs, method_config("Email", "emailAuthenticationMethodConfiguration", "enabled"));
    jpush(configs, method_config("X509Certificate",
                                 "x509CertificateAuthenticationMethodConfiguration", "disabled"));
    t->methods_policy = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:n, s:{s:{s:i, s:s, s:[], s:[]}}, s:s, s:o}", "id",
        "authenticationMethodsPolicy", "displayName", "Authentication Methods Policy",
        "description",
        "The tenant-wide policy that controls which authentication methods are allowed in the "
        "tenant, authentication method registration requirements, and self-service password reset "
        "settings",
        "lastModifiedDateTime", "2026-06-24T18:02:30.5288302Z", "policyVersion", "1.5",
        "policyMigrationState",
        jstr(methods, "migration") != NULL ? jstr(methods, "migration") : "migrationComplete",
        "reconfirmationInDays", "registrationEnforcement",
        "authenticationMethodsRegistrationCampaign", "snoozeDurationInDays", 1, "state", "default",
        "excludeTargets", "includeTargets", "authenticationMethodConfigurations@odata.context",
        "$metadata#policies/authenticationMethodsPolicy/authenticationMethodConfigurations",
        "authenticationMethodConfigurations", configs);

    t->authorization_policy = json_pack(
        "{s:s, s:s, s:b, s:b, s:b, s:b, s:b, s:s, s:s, s:s, s:{s:b, s:b, s:b, s:b, s:b, s:[s]}}",
        "id", "authorizationPolicy", "allowInvitesFrom", "adminsAndGuestInviters",
        "allowedToSignUpEmailBasedSubscriptions", 1, "allowedToUseSSPR", 1,
        "allowEmailVerifiedUsersToJoinOrganization", 0, "allowUserConsentForRiskyApps", 0,
        "blockMsolPowerShell", 0, "description",
        "Used to manage authorization related settings across the company.", "displayName",
        "Authorization Policy", "guestUserRoleId", "10dae51f-b6af-4016-8d66-8c2a99b929b3",
        "defaultUserRolePermissions", "allowedToCreateApps", 1, "allowedToCreateSecurityGroups", 1,
        "allowedToCreateTenants", 1, "allowedToReadBitlockerKeysForOwnedDevice", 1,
        "allowedToReadOtherUsers", 1, "permissionGrantPoliciesAssigned",
        "ManagePermissionGrantsForSelf.microsoft-user-default-legacy");
    if (t->methods_policy == NULL || t->authorization_policy == NULL)
        die("cannot build the policies");
    if (authorization != NULL) {
        json_t *theirs = jkeep(authorization);

        (void)json_object_update_recursive(t->authorization_policy, theirs);
        json_decref(theirs);
    }
}

void tenant_load_policies(struct tenant *t)
{
    load_locations(t);
    load_strengths(t);
    load_conditional_access(t);
    load_singletons(t);
}

/* ---- sign-ins ---- */

/* Which policies the log says were looked at: "policy name": "result". */
static json_t *applied_policies(const struct tenant *t, const json_t *in)
{
    json_t *out = json_array();
    const char *name;
    json_t *result;
    json_t *list = json_object_get(in, "policies");

    json_object_foreach(list, name, result)
    {
        for (size_t i = 0; i < json_array_size(t->policies_beta); i++) {
            const json_t *p = json_array_get(t->policies_beta, i);

            if (str_eq(jstr(p, "displayName"), name))
                jpush(out,
                      json_pack(
                          "{s:s, s:s, s:O?, s:[], s:s}", "id", jstr(p, "id"), "displayName", name,
                          "enforcedGrantControls",
                          json_object_get(json_object_get(p, "grantControls"), "builtInControls"),
                          "enforcedSessionControls", "result", json_string_value(result)));
        }
    }
    return out;
}

static json_t *wire_sign_in(const struct tenant *t, const json_t *in, int64_t when, size_t k)
{
    const char *who = jstr(in, "user"), *client = jstr(in, "client");
    const char *id = tenant_ref(t, "user", who);
    json_t *user = tenant_user_by_id(t, id);
    json_int_t code = jint(in, "error", 0);
    bool interactive = jbool(in, "interactive", true);
    char at[TIME_TEXT], row[UUID_TEXT], correlation[UUID_TEXT];
    char *name = xasprintf("%s %s %lld %zu", who, client, (long long)when, k);
    json_t *o;

    time_iso(when, at);
    uuid_named("signin", name, row);
    uuid_named("correlation", name, correlation);
    free(name);
    o = json_pack(
        "{s:s, s:s, s:s?, s:s?, s:s, s:s, s:s, s:s?, s:s, s:s?, s:s, s:s, s:b, s:s, s:s, s:s, s:s, "
        "s:[], s:s, s:s, s:[s], s:{s:I, s:s?, s:n}, s:{s:s, s:n, s:s, s:s, s:n, s:n, s:n}}",
        "id", row, "createdDateTime", at, "userDisplayName", jstr(user, "displayName"),
        "userPrincipalName", user != NULL ? jstr(user, "userPrincipalName") : who, "userId", id,
        "appId", "00000002-0000-0ff1-ce00-000000000000", "appDisplayName",
        "Office 365 Exchange Online", "ipAddress", jstr(in, "ip"), "clientAppUsed", client,
        "userAgent", jstr(in, "agent"), "correlationId", correlation, "conditionalAccessStatus",
        code == 53003 ? "failure"
        : code == 0   ? "success"
                      : "notApplied",
        "isInteractive", interactive, "riskDetail", "none", "riskLevelAggregated", "none",
        "riskLevelDuringSignIn", "none", "riskState", "none", "riskEventTypes_v2",
        "resourceDisplayName", "Office 365 Exchange Online", "resourceId",
        "00000002-0000-0ff1-ce00-000000000000", "signInEventTypes",
        interactive ? "interactiveUser" : "nonInteractiveUser", "status", "errorCode", code,
        "failureReason", failure_reason(code), "additionalDetails", "deviceDetail", "deviceId", "",
        "displayName", "operatingSystem", "", "browser", "", "isCompliant", "isManaged",
        "trustType");
    if (o == NULL)
        die("signIns: a row lacks user, client or ip");
    jset(o, "location",
         json_pack("{s:s, s:s, s:s, s:{s:n, s:f, s:f}}", "city",
                   jstr(in, "city") != NULL ? jstr(in, "city") : "Leeds", "state", "",
                   "countryOrRegion", jstr(in, "country") != NULL ? jstr(in, "country") : "GB",
                   "geoCoordinates", "altitude", "latitude", 53.8, "longitude", -1.55));
    jset(o, "appliedConditionalAccessPolicies", applied_policies(t, in));
    jset(o, "authenticationRequirement", json_string("singleFactorAuthentication"));
    jset(o, "authenticationProtocol", json_string("none"));
    json_decref(user);
    return o;
}

struct row {
    int64_t when;
    json_t *wire;
};

static int newest_first(const void *a, const void *b)
{
    const struct row *x = a, *y = b;

    return (x->when < y->when) - (x->when > y->when);
}

static size_t add_rows(const struct tenant *t, const json_t *in, int64_t shift, struct row **rows,
                       size_t n)
{
    double at;
    json_int_t count = jint(in, "count", 1), every = jint(in, "everyHours", 24);

    if (jstr(in, "user") == NULL || jstr(in, "client") == NULL || jstr(in, "at") == NULL ||
        !time_parse(jstr(in, "at"), &at))
        die("signIns: a row needs user, client and at");
    *rows = xrealloc(*rows, (n + (size_t)count) * sizeof **rows);
    for (json_int_t k = 0; k < count; k++) {
        struct row *r = &(*rows)[n++];

        r->when = (int64_t)at - k * every * 3600 + shift;
        r->wire = wire_sign_in(t, in, r->when, (size_t)k);
    }
    return n;
}

void tenant_load_sign_ins(struct tenant *t, const struct options *o)
{
    const json_t *list = json_object_get(t->doc, "signIns");
    int64_t shift = o->shift_dates ? clock_now() - t->audit_date : 0;
    struct row *rows = NULL;
    size_t n = 0;

    for (size_t i = 0; i < json_array_size(list); i++)
        n = add_rows(t, json_array_get(list, i), shift, &rows, n);
    for (size_t i = 0; i < t->gen.sign_ins; i++) {
        json_t *in = generate_sign_in(t, i);

        if (in == NULL)
            break;
        n = add_rows(t, in, shift, &rows, n);
        json_decref(in);
    }
    if (n > 0)
        qsort(rows, n, sizeof *rows, newest_first);
    t->sign_ins = json_array();
    for (size_t i = 0; i < n; i++)
        jpush(t->sign_ins, rows[i].wire);
    free(rows);
}
