/* Each request that a rule advises for a setting does what the rule asks: an object in which
 * everything is wrong is read as the collector reads it, and the rule fails; with what the request
 * changes it passes. Requests whose effect shows elsewhere are named, with the reason. */
#include "collector_maps.h"
#include "remedy_judge.h"

#define V1 "https://graph.microsoft.com/v1.0"
#define BETA "https://graph.microsoft.com/beta"
#define TARGET "\"includeTarget\":{\"targetType\":\"group\",\"id\":\"g\"}}"
#define OFF "{\"state\":\"disabled\"," TARGET
#define METHOD_BAD                                                                                 \
    "\"isSoftwareOathEnabled\":true,\"isSelfServiceRegistrationAllowed\":false,"                   \
    "\"isAttestationEnforced\":false,\"isUsableOnce\":false,\"includeTargets\":"                   \
    "[{\"targetType\":\"group\",\"id\":\"g\",\"isUsableForSignIn\":true}],\"featureSettings\":{"   \
    "\"numberMatchingRequiredState\":" OFF ",\"displayAppInformationRequiredState\":" OFF          \
    ",\"displayLocationInformationRequiredState\":" OFF                                            \
    ",\"companionAppAllowedState\":{\"state\":\"enabled\"," TARGET "}"

/* `url`: what the address begins with. `wrong`: an object before the repair, NULL: there is none.
 * Several rows for an address are several ways of being wrong; a rule fails in one at least. */
static const struct target {
    const char *url;
    const struct map_table *map;
    const char *wrong;
} targets[] = {
    {V1 "/policies/authorizationPolicy", &map_authorization_policy,
     "{\"allowInvitesFrom\":\"everyone\",\"allowedToSignUpEmailBasedSubscriptions\":true,"
     "\"allowedToUseSSPR\":true,\"allowEmailVerifiedUsersToJoinOrganization\":true,"
     "\"allowUserConsentForRiskyApps\":true,"
     "\"guestUserRoleId\":\"10dae51f-b6af-4016-8d66-8c2a99b929b3\","
     "\"defaultUserRolePermissions\":{\"allowedToCreateApps\":true,"
     "\"allowedToReadOtherUsers\":false,\"permissionGrantPoliciesAssigned\":"
     "[\"ManagePermissionGrantsForSelf.microsoft-user-default-legacy\"]}}"},
    {V1 "/policies/adminConsentRequestPolicy", &map_admin_consent,
     "{\"isEnabled\":true,\"notifyReviewers\":false,\"remindersEnabled\":false,"
     "\"requestDurationInDays\":60}"},
    {V1 "/policies/adminConsentRequestPolicy", &map_admin_consent,
     "{\"isEnabled\":false,\"notifyReviewers\":false,\"remindersEnabled\":false,"
     "\"requestDurationInDays\":60}"},
    {V1 "/policies/defaultAppManagementPolicy", &map_app_management,
     "{\"isEnabled\":false,\"applicationRestrictions\":{\"passwordCredentials\":[]}}"},
    {V1 "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/",
     &map_method_configuration, "{\"state\":\"disabled\"," METHOD_BAD "}"},
    {V1 "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/",
     &map_method_configuration,
     "{\"state\":\"enabled\",\"keyRestrictions\":{\"isEnforced\":false,\"aaGuids\":[]}," METHOD_BAD
     "}"},
    {V1 "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/",
     &map_method_configuration,
     "{\"state\":\"enabled\",\"keyRestrictions\":{\"isEnforced\":true,\"aaGuids\":[]}," METHOD_BAD
     "}"},
    {BETA "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/",
     &map_method_configuration, "{\"state\":\"enabled\"," METHOD_BAD "}"},
    {V1 "/policies/authenticationMethodsPolicy", &map_methods_policy,
     "{\"policyMigrationState\":\"migrationInProgress\"}"},
    {BETA "/policies/authenticationMethodsPolicy", &map_methods_policy,
     "{\"policyMigrationState\":\"\",\"systemCredentialPreferences\":{\"state\":\"disabled\"},"
     "\"reportSuspiciousActivitySettings\":" OFF "}"},
    {V1 "/policies/identitySecurityDefaultsEnforcementPolicy", &map_security_defaults,
     "{\"isEnabled\":false}"},
    {V1 "/policies/activityBasedTimeoutPolicies", &map_activity_timeout, NULL},
    {V1 "/identity/conditionalAccess/namedLocations", &map_named_location, NULL},
    {V1 "/domains/", &map_domain,
     "{\"authenticationType\":\"Managed\",\"isVerified\":true,"
     "\"passwordValidityPeriodInDays\":90}"},
    {V1 "/policies/roleManagementPolicies/", NULL,
     "{\"isDefaultRecipientsEnabled\":false,\"notificationRecipients\":[],"
     "\"setting\":{\"isApprovalRequired\":false}}"},
};

static const struct {
    const char *rule, *why;
} elsewhere[] = {
    {"ENTRA-CA-005", "switches a policy on that is there"},
    {"ENTRA-CA-010", "switches a policy on that is there"},
    {"ENTRA-MFA-001", "a person's state, read person by person"},
    {"ENTRA-MFA-002", "passes when the person has registered with the pass"},
    {"ENTRA-MFA-003", "passes when the person has registered with the pass"},
    {"ENTRA-ROLE-004", "makes eligible; the role is then taken away in a second step"},
    {"EXO-MBX-001", "shows in the mailbox's account"},
    {"EXO-SMTP-008", "shows in the account's licences"},
    {"EXO-SMTP-010", "passes when the sign-ins are old"},
    {"LIC-001", "shows in the product's counts"},
    {"LIC-003", "shows in the account's licences"},
};

static bool shows_elsewhere(const struct remedy *r)
{
    for (size_t i = 0; i < COUNT_OF(elsewhere); i++)
        if (str_eq(r->id, elsewhere[i].rule))
            return true;
    return remedy_is(r, "POST", REMEDY_POLICIES); /* test_remedies_policies.c */
}

/* Addresses that end in '/' go on with an id. */
static bool is_for(const struct target *t, const struct remedy *r)
{
    size_t n = strlen(t->url);

    return t->url[n - 1] == '/' ? strncmp(r->url, t->url, n) == 0 : str_eq(r->url, t->url);
}

static struct store *tenant(void)
{
    struct store *s = world_allow();

    world_do(s, "INSERT INTO sku_service_plan(sku_id, plan_id, plan_name) VALUES"
                " ('s1', '41781fb2-bc02-4b7c-bd55-b576c07bb09d', 'AAD_PREMIUM'),"
                " ('s1', 'eec0eb4f-6444-4f95-aba0-50c24d67f998', 'AAD_PREMIUM_P2');"
                "DELETE FROM domain; DELETE FROM security_defaults;");
    return s;
}

/* Every role's rules of the kind of the one that the address names: "Notification", "Approval". */
static void put_role_rules(struct store *s, const struct remedy *r, const json_t *object)
{
    static const char *const rules[] = {
        "Approval_EndUser_Assignment", "Notification_Admin_EndUser_Assignment",
        "Notification_Admin_Admin_Assignment", "Notification_Admin_Admin_Eligibility"};
    const char *name = strrchr(r->url, '/') + 1;
    char *raw = map_raw(object);
    struct err e = ERR_INIT;

    for (size_t i = 0; i < COUNT_OF(rules); i++)
        if (strncmp(rules[i], name, strcspn(name, "_")) == 0 &&
            store_run(s, &e,
                      "INSERT OR REPLACE INTO role_management_rule VALUES"
                      " ('62e90394-69f5-4237-9190-012177145e10', ?1, '', ?2),"
                      " ('e8611ab8-c189-46e8-94e1-60213ab1f814', ?1, '', ?2)",
                      "tt", rules[i], raw) != ERR_OK)
            fail_msg("%s", e.msg);
    free(raw);
}

static void put(struct store *s, const struct target *t, const struct remedy *r,
                const json_t *object)
{
    json_t *row = json_deep_copy(object);
    struct map *map = NULL;
    struct map_odd odd = {0};
    struct err e = ERR_INIT;
    bool stored = false;

    if (t->map == NULL) {
        put_role_rules(s, r, object);
        json_decref(row);
        return;
    }
    if (json_object_get(row, "id") == NULL)
        json_object_set_new(row, "id", json_string(strrchr(r->url, '/') + 1));
    if (t->map == &map_named_location) { /* as the collector does */
        json_object_set_new(row, "kind", json_string("ip"));
        json_object_set_new(row, "raw", json_string("{}"));
    }
    if (map_open(s, t->map, &map, &e) != ERR_OK || map_row(map, row, &odd, &stored, &e) != ERR_OK ||
        !stored)
        fail_msg("%s: %s%s", r->id, e.msg, odd.first);
    map_free(map);
    json_decref(row);
}

/* The outcome, from the rule alone. Caller frees. */
static char *judge(const struct remedy *r, struct store *s)
{
    struct ruleset *rs = remedy_rule(r);

    remedy_judge(rs, s);
    ruleset_free(rs);
    return world_ask(s, "SELECT outcome || ': ' || message FROM rule_result");
}

/* PUT replaces, PATCH changes what it names, POST makes. */
static json_t *after(const struct target *t, const struct remedy *r)
{
    char *text = remedy_filled(r->body);
    json_t *body = remedy_json(r, text);
    json_t *object = t->wrong != NULL ? remedy_json(r, t->wrong) : json_object();

    if (str_eq(r->method, "PUT"))
        json_object_clear(object);
    assert_int_equal(json_object_update_recursive(object, body), 0);
    json_decref(body);
    free(text);
    return object;
}

/* Whether the rule fails before; then it has to pass after. */
static bool repairs(const struct target *t, const struct remedy *r)
{
    struct store *s = tenant();
    json_t *wrong = t->wrong != NULL ? remedy_json(r, t->wrong) : NULL;
    json_t *right = after(t, r);
    char *was;
    char *is = NULL;
    bool fails;

    if (wrong != NULL)
        put(s, t, r, wrong);
    was = judge(r, s);
    fails = strncmp(was, "fail:", 5) == 0;
    if (fails) {
        put(s, t, r, right);
        is = judge(r, s);
        if (strncmp(is, "pass:", 5) != 0)
            fail_msg("%s: what it advises does not make it pass: %s", r->id, is);
    }
    free(was);
    free(is);
    json_decref(wrong);
    json_decref(right);
    store_close(s);
    return fails;
}

static bool is_repaired(const struct remedy *r)
{
    bool fails = false;

    for (size_t i = 0; i < COUNT_OF(targets); i++)
        if (is_for(&targets[i], r))
            fails = repairs(&targets[i], r) || fails;
    return fails;
}

static void requests_make_their_rules_pass(void **state)
{
    struct ruleset *rs = remedy_rules();
    size_t tried = 0;

    (void)state;
    for (size_t i = 0; i < ruleset_count(rs); i++) {
        struct remedy r;

        remedy_at(rs, i, &r);
        if (r.body != NULL && !shows_elsewhere(&r)) {
            if (!is_repaired(&r))
                fail_msg("%s: no object here in which it fails, for %s", r.id, r.url);
            tried++;
        }
        remedy_release(&r);
    }
    print_message("%zu requests tried\n", tried);
    assert_true(tried > 40);
    ruleset_free(rs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(requests_make_their_rules_pass)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
