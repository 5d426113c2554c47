/* Groups, directory roles, and what follows from them: who counts as an administrator. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "generate.h"
#include "tenant.h"
#include "timetext.h"

/* ---- groups ---- */

static void add_group(struct tenant *t, const json_t *in)
{
    const char *name = jstr(in, "name");
    char id[UUID_TEXT];
    const json_t *members = json_object_get(in, "members");
    json_t *o;

    if (name == NULL)
        die("a group needs a name");
    (void)tenant_id_of(in, "group", name, id);
    o = json_pack("{s:s, s:n, s:s, s:o, s:s, s:[], s:n, s:b, s:o, s:b, s:b, s:n, s:n, s:[], s:n}",
                  "id", id, "deletedDateTime", "createdDateTime", "2022-09-14T13:05:00Z",
                  "description", jtext(jstr(in, "description")), "displayName", name, "groupTypes",
                  "mail", "mailEnabled", 0, "mailNickname", json_stringn(id, 8), "securityEnabled",
                  1, "isAssignableToRole", jbool(in, "roleAssignable", false), "membershipRule",
                  "onPremisesSyncEnabled", "proxyAddresses", "visibility");
    tenant_name(t, "group", name, id);
    tenant_object(t, "group", o);
    jpush(t->groups, o);
    jset(t->group_members, id, members != NULL ? jkeep(members) : json_array());
}

/* Members may be named before their group is defined, so names turn into ids in a second pass. */
static void resolve_members(struct tenant *t)
{
    const char *id;
    json_t *members;
    json_t *resolved = json_object();

    json_object_foreach(t->group_members, id, members)
    {
        json_t *ids = json_array();

        for (size_t i = 0; i < json_array_size(members); i++) {
            const char *name = json_string_value(json_array_get(members, i));

            if (name == NULL)
                die("group member %zu is no text", i);
            name = tenant_ref(t, "user",
                              str_starts(name, "group:") ? tenant_ref(t, "group", name + 6) : name);
            jpush(ids, json_string(name));
        }
        jset(resolved, id, ids);
    }
    json_decref(t->group_members);
    t->group_members = resolved;
}

static void load_groups(struct tenant *t)
{
    const json_t *list = tenant_list(t->doc, "groups");

    t->groups = json_array();
    t->group_members = json_object();
    for (size_t i = 0; i < json_array_size(list); i++)
        add_group(t, json_array_get(list, i));
    for (size_t g = 0; g < t->gen.groups; g++) {
        json_t *in = generate_group(t, g);

        add_group(t, in);
        json_decref(in);
    }
    resolve_members(t);
}

/* ---- roles ---- */

static const char *principal_of(const struct tenant *t, const char *name)
{
    if (name == NULL)
        die("a role holder is no text");
    return str_starts(name, "group:") ? tenant_ref(t, "group", name + 6)
                                      : tenant_ref(t, "user", name);
}

static void load_role_definitions(struct tenant *t)
{
    t->role_definitions = json_array();
    for (size_t i = 0; i < role_count; i++)
        jpush(t->role_definitions,
              json_pack("{s:s, s:s, s:s, s:b, s:b, s:[s], s:s, s:s, s:[{s:[s], s:n}]}", "id",
                        role_table[i].template_id, "description", role_table[i].description,
                        "displayName", role_table[i].name, "isBuiltIn", 1, "isEnabled", 1,
                        "resourceScopes", "/", "templateId", role_table[i].template_id, "version",
                        "1", "rolePermissions", "allowedResourceActions",
                        "microsoft.directory/standard/read", "condition"));
}

static void mark_admin(const struct tenant *t, json_t *admins, const char *principal)
{
    json_t *people = tenant_transitive_users(t, principal);

    jset(admins, principal, json_true());
    for (size_t i = 0; i < json_array_size(people); i++)
        jset(admins, json_string_value(json_array_get(people, i)), json_true());
    json_decref(people);
}

static json_t *schedule(const char *kind, const char *principal, const struct role *role)
{
    char id[UUID_TEXT], schedule_id[UUID_TEXT];
    char *name = xasprintf("%s %s", principal, role->template_id);
    json_t *o;

    uuid_named(kind, name, id);
    uuid_named("schedule", name, schedule_id);
    free(name);
    o = json_pack("{s:s, s:s, s:s, s:s, s:n, s:s, s:n, s:s}", "id", id, "principalId", principal,
                  "roleDefinitionId", role->template_id, "directoryScopeId", "/", "appScopeId",
                  "startDateTime", "2026-01-15T09:00:00Z", "endDateTime", "memberType", "Direct");
    jset(o, str_eq(kind, "eligible") ? "roleEligibilityScheduleId" : "roleAssignmentScheduleId",
         json_string(schedule_id));
    if (!str_eq(kind, "eligible")) {
        jset(o, "assignmentType", json_string("Assigned"));
        jset(o, "roleAssignmentOriginId", json_string(id));
    }
    return o;
}

static void add_role_holders(struct tenant *t, const json_t *in, const struct role *role,
                             json_t *admins)
{
    const json_t *active = json_object_get(in, "active"),
                 *eligible = json_object_get(in, "eligible");
    const char *scope = jstr(in, "scope");
    char object_id[UUID_TEXT], assignment_id[UUID_TEXT];
    json_t *members;

    uuid_named("directoryRole", role->template_id, object_id);
    if (json_object_get(t->directory_members, object_id) == NULL && json_array_size(active) > 0) {
        json_t *o = json_pack("{s:s, s:n, s:s, s:s, s:s}", "id", object_id, "deletedDateTime",
                              "description", role->description, "displayName", role->name,
                              "roleTemplateId", role->template_id);

        tenant_object(t, "directoryRole", o);
        jpush(t->directory_roles, o);
        jset(t->directory_members, object_id, json_array());
    }
    members = json_object_get(t->directory_members, object_id);
    for (size_t i = 0; i < json_array_size(active); i++) {
        const char *principal = principal_of(t, json_string_value(json_array_get(active, i)));
        char *name =
            xasprintf("%s %s %s", principal, role->template_id, scope != NULL ? scope : "/");

        uuid_named("assignment", name, assignment_id);
        free(name);
        jpush(members, json_string(principal));
        jpush(t->role_assignments,
              json_pack("{s:s, s:s, s:s, s:s, s:n, s:n}", "id", assignment_id, "principalId",
                        principal, "roleDefinitionId", role->template_id, "directoryScopeId",
                        scope != NULL ? scope : "/", "appScopeId", "condition"));
        jpush(t->active, schedule("active", principal, role));
        mark_admin(t, admins, principal);
    }
    for (size_t i = 0; i < json_array_size(eligible); i++)
        jpush(t->eligible,
              schedule("eligible", principal_of(t, json_string_value(json_array_get(eligible, i))),
                       role));
}

static void load_service_principals(struct tenant *t)
{
    const json_t *apps = tenant_list(t->doc, "apps");

    for (size_t i = 0; i < json_array_size(apps); i++) {
        const json_t *app = json_array_get(apps, i);
        const char *client = jstr(app, "clientId"), *name = jstr(app, "displayName");
        char id[UUID_TEXT];
        json_t *o;

        if (client == NULL || name == NULL)
            die("apps[%zu] needs clientId and displayName", i);
        uuid_named("servicePrincipal", client, id);
        o = json_pack("{s:s, s:s, s:s, s:s, s:b}", "id", id, "appId", client, "displayName", name,
                      "servicePrincipalType", "Application", "accountEnabled", 1);
        tenant_name(t, "user", name, id); /* so that roles can name the app */
        tenant_object(t, "servicePrincipal", o);
        json_decref(o);
    }
}

/* ---- registration of methods ---- */

/* Methods that count as strong; e-mail and security questions do not. */
static bool is_strong(const char *method)
{
    static const char strong[] =
        "mobilePhone alternateMobilePhone officePhone microsoftAuthenticatorPush "
        "microsoftAuthenticatorPasswordless softwareOneTimePasscode hardwareOneTimePasscode "
        "windowsHelloForBusiness fido2 fido2SecurityKey passKeyDeviceBound "
        "passKeyDeviceBoundAuthenticator passKeySynced";

    return words_have(strong, method, strlen(method));
}

static bool is_passwordless(const char *method)
{
    static const char words[] = "microsoftAuthenticatorPasswordless windowsHelloForBusiness fido2 "
                                "fido2SecurityKey passKeyDeviceBound passKeySynced "
                                "passKeyDeviceBoundAuthenticator";

    return words_have(words, method, strlen(method));
}

/* After the roles are known: isAdmin follows from them. Disabled accounts have no row at all. */
static void load_registrations(struct tenant *t, const json_t *admins)
{
    const json_t *list = tenant_list(t->doc, "users");

    t->registrations = json_array();
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *in = json_array_get(list, i), *user = json_array_get(t->users, i);
        const json_t *methods = json_object_get(in, "mfa");
        bool strong = false, passwordless = false;
        const char *best = "";
        char when[TIME_TEXT];

        if (!jbool(user, "accountEnabled", true))
            continue;
        for (size_t k = 0; k < json_array_size(methods); k++) {
            const char *m = json_string_value(json_array_get(methods, k));

            strong = strong || is_strong(m);
            passwordless = passwordless || is_passwordless(m);
            if (str_starts(m, "microsoftAuthenticator"))
                best = "push";
            else if (*best == '\0' && str_eq(m, "mobilePhone"))
                best = "sms";
            else if (*best == '\0' && str_eq(m, "softwareOneTimePasscode"))
                best = "oath";
        }
        time_iso(t->audit_date - 7200, when);
        jpush(
            t->registrations,
            json_pack("{s:s, s:s, s:s, s:b, s:b, s:b, s:b, s:b, s:b, s:b, s:s, s:o, s:b, s:o, s:s, "
                      "s:s}",
                      "id", jstr(user, "id"), "userPrincipalName", jstr(user, "userPrincipalName"),
                      "userDisplayName", jstr(user, "displayName"), "isAdmin",
                      json_object_get(admins, jstr(user, "id")) != NULL, "isSsprRegistered", strong,
                      "isSsprEnabled", 0, "isSsprCapable", 0, "isMfaRegistered", strong,
                      "isMfaCapable", jbool(in, "mfaCapable", strong), "isPasswordlessCapable",
                      passwordless, "lastUpdatedDateTime", when, "methodsRegistered",
                      methods != NULL ? jkeep(methods) : json_array(),
                      "isSystemPreferredAuthenticationMethodEnabled", 1,
                      "systemPreferredAuthenticationMethods",
                      *best != '\0' ? json_pack("[s]", best) : json_array(),
                      "userPreferredMethodForSecondaryAuthentication", best, "userType",
                      str_eq(jstr(user, "userType"), "Guest") ? "guest" : "member"));
    }
}

void tenant_load_groups_and_roles(struct tenant *t)
{
    const json_t *list = tenant_list(t->doc, "roles");
    json_t *admins = json_object();

    load_service_principals(t);
    load_groups(t);
    load_role_definitions(t);
    t->directory_roles = json_array();
    t->directory_members = json_object();
    t->role_assignments = json_array();
    t->eligible = json_array();
    t->active = json_array();
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *in = json_array_get(list, i);
        const struct role *role = role_find(jstr(in, "role"));

        if (role == NULL)
            die("roles[%zu]: unknown role", i);
        add_role_holders(t, in, role, admins);
    }
    load_registrations(t, admins);
    json_decref(admins);
}
