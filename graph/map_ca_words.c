#include "map_ca_words.h"

#include "base/attrs.h"
#include "map.h"

#include <string.h>

enum { DEPTH = 16 /* of objects that could be empty; real ones are three deep */ };

#define WORDS(name, ...) static const char *const name[] = {__VA_ARGS__, NULL}

WORDS(object_words, "All", "None", "GuestsOrExternalUsers", "Office365", "MicrosoftAdminPortals",
      "AllTrusted", "ServicePrincipalsInMyTenant");
WORDS(action_words, "urn:user:registersecurityinfo", "urn:user:registerdevice");
WORDS(client_words, "all", "browser", "mobileAppsAndDesktopClients", "exchangeActiveSync",
      "easSupported", "easUnsupported", "other");
WORDS(platform_words, "all", "android", "iOS", "windows", "windowsPhone", "macOS", "linux");
WORDS(risk_words, "low", "medium", "high", "hidden", "none", "minor", "moderate", "elevated");
WORDS(flow_words, "none", "deviceCodeFlow", "authenticationTransfer");
WORDS(guest_words, "none", "internalGuest", "b2bCollaborationGuest", "b2bCollaborationMember",
      "b2bDirectConnectUser", "otherExternalUser", "serviceProvider");
WORDS(grant_words, "block", "mfa", "compliantDevice", "domainJoinedDevice", "approvedApplication",
      "compliantApplication", "passwordChange", "riskRemediation");

const struct ca_list ca_lists[] = {
    {"conditions.users.includeUsers", "user", "include", object_words},
    {"conditions.users.excludeUsers", "user", "exclude", object_words},
    {"conditions.users.includeGroups", "group", "include", object_words},
    {"conditions.users.excludeGroups", "group", "exclude", object_words},
    {"conditions.users.includeRoles", "role", "include", object_words},
    {"conditions.users.excludeRoles", "role", "exclude", object_words},
    {"conditions.applications.includeApplications", "application", "include", object_words},
    {"conditions.applications.excludeApplications", "application", "exclude", object_words},
    {"conditions.applications.includeUserActions", "user_action", "include", action_words},
    {"conditions.applications.includeAuthenticationContextClassReferences",
     "authentication_context", "include", NULL},
    {"conditions.clientAppTypes", "client_app", "include", client_words},
    {"conditions.platforms.includePlatforms", "platform", "include", platform_words},
    {"conditions.platforms.excludePlatforms", "platform", "exclude", platform_words},
    {"conditions.locations.includeLocations", "location", "include", object_words},
    {"conditions.locations.excludeLocations", "location", "exclude", object_words},
    {"conditions.userRiskLevels", "user_risk", "include", risk_words},
    {"conditions.signInRiskLevels", "sign_in_risk", "include", risk_words},
    {"conditions.servicePrincipalRiskLevels", "service_principal_risk", "include", risk_words},
    {"conditions.clientApplications.includeServicePrincipals", "service_principal", "include",
     object_words},
    {"conditions.clientApplications.excludeServicePrincipals", "service_principal", "exclude",
     object_words},
    {"grantControls.builtInControls", "grant", NULL, grant_words},
    {"grantControls.termsOfUse", "terms_of_use", NULL, NULL},
    {"grantControls.customAuthenticationFactors", "custom_factor", NULL, NULL},
};
const size_t ca_list_count = COUNT_OF(ca_lists);

const struct ca_list ca_flags[] = {
    {"conditions.insiderRiskLevels", "insider_risk", "include", risk_words},
    {"conditions.authenticationFlows.transferMethods", "authentication_flow", "include",
     flow_words},
};
const size_t ca_flag_count = COUNT_OF(ca_flags);

const struct ca_list ca_guests[] = {
    {"conditions.users.includeGuestsOrExternalUsers", "guest", "include", guest_words},
    {"conditions.users.excludeGuestsOrExternalUsers", "guest", "exclude", guest_words},
};
const size_t ca_guest_count = COUNT_OF(ca_guests);

WORDS(condition_keys, "users", "applications", "clientAppTypes", "platforms", "locations",
      "userRiskLevels", "signInRiskLevels", "servicePrincipalRiskLevels", "insiderRiskLevels",
      "devices", "clientApplications", "authenticationFlows");
WORDS(user_keys, "includeUsers", "excludeUsers", "includeGroups", "excludeGroups", "includeRoles",
      "excludeRoles", "includeGuestsOrExternalUsers", "excludeGuestsOrExternalUsers");
WORDS(application_keys, "includeApplications", "excludeApplications", "includeUserActions",
      "includeAuthenticationContextClassReferences", "applicationFilter");
WORDS(platform_keys, "includePlatforms", "excludePlatforms");
WORDS(location_keys, "includeLocations", "excludeLocations");
WORDS(device_keys, "deviceFilter");
WORDS(client_application_keys, "includeServicePrincipals", "excludeServicePrincipals");
WORDS(flow_keys, "transferMethods");
WORDS(grant_keys, "operator", "builtInControls", "customAuthenticationFactors", "termsOfUse",
      "authenticationStrength");

const struct ca_known ca_knowns[] = {
    {"conditions", condition_keys, NULL},
    {"conditions.users", user_keys, NULL},
    {"conditions.applications", application_keys, NULL},
    {"conditions.platforms", platform_keys, NULL},
    {"conditions.locations", location_keys, NULL},
    {"conditions.devices", device_keys, NULL},
    {"conditions.clientApplications", client_application_keys, NULL},
    {"conditions.authenticationFlows", flow_keys, NULL},
    {"grantControls", grant_keys, "grant"},
};
const size_t ca_known_count = COUNT_OF(ca_knowns);

bool ca_word_in(const char *word, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strcmp(*words, word) == 0)
            return true;
    return false;
}

static bool is_empty(const json_t *v, int depth)
{
    const char *key;
    json_t *member;

    if (v == NULL || json_is_null(v) || json_is_false(v))
        return true;
    if (json_is_string(v))
        return json_string_length(v) == 0;
    if (json_is_array(v))
        return json_array_size(v) == 0;
    if (!json_is_object(v) || depth == 0)
        return false;
    json_object_foreach(map_unconst(v), key, member)
    {
        if (strchr(key, '@') == NULL && !is_empty(member, depth - 1))
            return false;
    }
    return true;
}

bool ca_is_empty(const json_t *v)
{
    return is_empty(v, DEPTH);
}
