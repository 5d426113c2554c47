#include "base/buf.h"
#include "base/jsonx.h"
#include "base/strs.h"
#include "map_ca.h"
#include "map_ca_words.h"
#include "model/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ID "\"id\":\"A0000000-0000-4000-8000-00000000000A\",\"state\":\"enabled\""
#define USERS "\"users\":{\"includeUsers\":[\"All\"]}"

static struct store *s;

static int open_store(void **state)
{
    struct err e = ERR_INIT;

    (void)state;
    return store_create(":memory:", &s, &e) == ERR_OK ? 0 : -1;
}

static int close_store(void **state)
{
    (void)state;
    store_close(s);
    return 0;
}

/* One line a target or control, in primary key order; caller frees. */
static char *dump(const char *sql)
{
    struct err e = ERR_INIT;
    struct stmt *st = NULL;
    struct buf b;
    bool row = false;

    buf_init(&b, 1 << 20);
    assert_int_equal(stmt_prepare(s, sql, &st, &e), ERR_OK);
    while (stmt_step(st, &row, &e) == ERR_OK && row)
        buf_addf(&b, "%s%s", b.n > 0 ? "\n" : "", stmt_text(st, 0));
    stmt_free(st);
    assert_int_equal(e.code, ERR_OK);
    return buf_take(&b);
}

#define TARGETS                                                                                    \
    "SELECT dimension || ' ' || mode || ' ' || target || CASE detail WHEN '' THEN '' ELSE ' ' || " \
    "detail END FROM ca_policy_target ORDER BY dimension, mode, target"
#define CONTROLS "SELECT kind || ' ' || value FROM ca_policy_control ORDER BY kind, value"

static bool explode(const char *text, struct map_odd *odd)
{
    struct err e = ERR_INIT;
    json_t *policy = NULL;
    bool stored = false;

    if (jx_parse(text, strlen(text), "policy", &policy, &e) != ERR_OK ||
        map_ca_policy(s, policy, odd, &stored, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    json_decref(policy);
    return stored;
}

static void expect(const char *name, const char *sql, const char *want)
{
    char *got = dump(sql);

    if (!str_eq(got, want))
        fail_msg("%s: got\n%s\nwant\n%s", name, got, want);
    free(got);
}

struct explosion {
    const char *name, *policy, *targets, *controls;
    uint64_t odd;
};

/* Shapes as the beta endpoint gives them; words, ids and names are made up. */
static const struct explosion explosions[] = {
    {"people, with every sentinel in any case",
     "{" ID ",\"conditions\":{\"users\":{\"includeUsers\":[\"all\",\"GUESTSOREXTERNALUSERS\"],"
     "\"excludeUsers\":[\"C1A5D9D4-0C7A-4F0B-8E1F-7B8E1C2D3E4F\"],\"includeGroups\":[],"
     "\"excludeGroups\":null,\"includeRoles\":[\"62E90394-69F5-4237-9190-012177145E10\"]}}}",
     "role include 62e90394-69f5-4237-9190-012177145e10\n"
     "user exclude c1a5d9d4-0c7a-4f0b-8e1f-7b8e1c2d3e4f\n"
     "user include All\nuser include GuestsOrExternalUsers",
     "", 0},
    {"applications and clients",
     "{" ID ",\"conditions\":{" USERS ",\"applications\":{\"includeApplications\":[\"office365\","
     "\"none\"],\"excludeApplications\":[\"MicrosoftadminPortals\"],\"includeUserActions\":"
     "[\"urn:user:registersecurityinfo\"],\"includeAuthenticationContextClassReferences\":[\"c7\"]}"
     ","
     "\"clientAppTypes\":[\"OTHER\",\"exchangeactivesync\",\"somethingNew\"]}}",
     "application exclude MicrosoftAdminPortals\napplication include None\n"
     "application include Office365\nauthentication_context include c7\n"
     "client_app include exchangeActiveSync\nclient_app include other\n"
     "client_app include somethingNew\nuser include All\n"
     "user_action include urn:user:registersecurityinfo",
     "", 0},
    {"guests with tenants; flags with spaces",
     "{" ID ",\"conditions\":{\"users\":{\"includeGuestsOrExternalUsers\":{"
     "\"guestOrExternalUserTypes\":\"internalGuest, B2BCollaborationGuest\",\"externalTenants\":{"
     "\"membershipKind\":\"all\"}},\"excludeGuestsOrExternalUsers\":{\"guestOrExternalUserTypes\":"
     "\"serviceProvider\",\"externalTenants\":null}}}}",
     "guest exclude serviceProvider\n"
     "guest include b2bCollaborationGuest {\"membershipKind\":\"all\"}\n"
     "guest include internalGuest {\"membershipKind\":\"all\"}",
     "", 0},
    {"no guest type selects nobody",
     "{" ID ",\"conditions\":{\"users\":{\"includeUsers\":[\"None\"],"
     "\"includeGuestsOrExternalUsers\":{\"guestOrExternalUserTypes\":\"none\"}}}}",
     "user include None", "", 0},
    {"places, platforms, risks, flows",
     "{" ID ",\"conditions\":{" USERS ",\"locations\":{\"includeLocations\":[\"ALL\"],"
     "\"excludeLocations\":[\"alltrusted\",\"00000000-0000-0000-0000-000000000000\"]},"
     "\"platforms\":{\"includePlatforms\":[\"ANDROID\",\"ios\"],\"excludePlatforms\":[\"linux\"]},"
     "\"userRiskLevels\":[\"high\"],\"signInRiskLevels\":[\"Medium\"],"
     "\"servicePrincipalRiskLevels\":[],\"insiderRiskLevels\":\"moderate,elevated\","
     "\"authenticationFlows\":{\"transferMethods\":\"deviceCodeFlow,authenticationTransfer\"}}}",
     "authentication_flow include authenticationTransfer\n"
     "authentication_flow include deviceCodeFlow\ninsider_risk include elevated\n"
     "insider_risk include moderate\nlocation exclude 00000000-0000-0000-0000-000000000000\n"
     "location exclude AllTrusted\nlocation include All\nplatform exclude linux\n"
     "platform include android\nplatform include iOS\nsign_in_risk include medium\n"
     "user include All\nuser_risk include high",
     "", 0},
    {"filters",
     "{" ID ",\"conditions\":{" USERS ",\"devices\":{\"deviceFilter\":{\"mode\":\"exclude\","
     "\"rule\":\"device.isCompliant -eq True\"}},\"applications\":{\"applicationFilter\":{\"mode\":"
     "\"Include\",\"rule\":\"CustomSecurityAttribute.A_B -eq \\\"x\\\"\"}}}}",
     "application_filter include CustomSecurityAttribute.A_B -eq \"x\"\n"
     "device_filter exclude device.isCompliant -eq True\nuser include All",
     "", 0},
    {"a service principal's policy",
     "{" ID ",\"conditions\":{\"users\":{\"includeUsers\":[\"none\"]},\"clientApplications\":{"
     "\"includeServicePrincipals\":[\"serviceprincipalsinmytenant\"],\"excludeServicePrincipals\":["
     "],"
     "\"servicePrincipalFilter\":null}}}",
     "service_principal include ServicePrincipalsInMyTenant\nuser include None", "", 0},
    {"what is not known by name may narrow the policy",
     "{" ID ",\"partialEnablementStrategy\":\"someUsers\",\"conditions\":{" USERS ",\"times\":{"
     "\"includedRanges\":[{\"a\":1}]},\"agents\":null,\"deviceStates\":{\"includeStates\":[]},"
     "\"x@odata.context\":\"https://host\",\"devices\":{\"includeDevices\":[\"All\"]},"
     "\"applications\":{\"networkAccess\":{\"@odata.type\":\"#x\"},\"globalSecureAccess\":{\"a\":1}"
     "}}}",
     "other include globalSecureAccess\nother include includeDevices\n"
     "other include partialEnablementStrategy\nother include times\nuser include All",
     "", 0},
    {"controls",
     "{" ID ",\"conditions\":{" USERS
     "},\"grantControls\":{\"operator\":\"or\",\"builtInControls\":"
     "[\"MFA\",\"compliantDevice\",\"unknownFutureValue\"],\"customAuthenticationFactors\":[\"F1\"]"
     ","
     "\"termsOfUse\":[\"CE580154-086A-40FD-91DF-8A60ABAC81A0\"],"
     "\"authenticationStrength@odata.context\":\"x\",\"authenticationStrength\":{\"id\":"
     "\"00000000-0000-0000-0000-00000000000A\",\"displayName\":\"s\"},\"somethingNew\":[1]},"
     "\"sessionControls\":{\"signInFrequency\":{\"isEnabled\":true,\"value\":4},"
     "\"persistentBrowser\":{\"isEnabled\":false,\"mode\":\"never\"},\"cloudAppSecurity\":null,"
     "\"disableResilienceDefaults\":true,\"continuousAccessEvaluation\":{\"mode\":\"strict\"}}}",
     "user include All",
     "custom_factor F1\ngrant compliantDevice\ngrant mfa\ngrant somethingNew\n"
     "grant unknownFutureValue\noperator OR\nsession continuousAccessEvaluation\n"
     "session disableResilienceDefaults\nsession signInFrequency\n"
     "strength 00000000-0000-0000-0000-00000000000a\n"
     "terms_of_use ce580154-086a-40fd-91df-8a60abac81a0",
     0},
    {"missing, null and empty are the same",
     "{" ID ",\"grantControls\":null,\"sessionControls\":null,\"conditions\":{\"users\":{"
     "\"includeUsers\":[\"All\"],\"excludeUsers\":[],\"excludeGroups\":null},\"platforms\":null,"
     "\"locations\":{},\"devices\":null,\"clientApplications\":{\"includeServicePrincipals\":[],"
     "\"excludeServicePrincipals\":[]}}}",
     "user include All", "", 0},
    {"wrong types are odd, and nothing is made of them",
     "{" ID ",\"conditions\":{\"users\":{\"includeUsers\":\"All\",\"excludeUsers\":[5,\"\"],"
     "\"includeGuestsOrExternalUsers\":{\"externalTenants\":{\"a\":1}}},\"insiderRiskLevels\":[],"
     "\"devices\":{\"deviceFilter\":{\"mode\":\"maybe\",\"rule\":\"r\"}}},\"grantControls\":{"
     "\"operator\":\"XOR\",\"authenticationStrength\":{\"displayName\":\"no id\"}},"
     "\"sessionControls\":[]}",
     "", "", 9},
    {"both kinds at once", /* neither may be believed */
     "{" ID ",\"conditions\":{" USERS ",\"clientApplications\":{\"includeServicePrincipals\":"
     "[\"ServicePrincipalsInMyTenant\"]}}}",
     "service_principal include ServicePrincipalsInMyTenant\nuser include All", "", 1},
    {"no conditions at all", "{" ID "}", "", "", 1},
};

static void policies_explode(void **state)
{
    struct err e = ERR_INIT;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(explosions); i++) {
        const struct explosion *x = &explosions[i];
        struct map_odd odd = {0};

        if (!explode(x->policy, &odd))
            fail_msg("%s: did not go in", x->name);
        expect(x->name, TARGETS, x->targets);
        expect(x->name, CONTROLS, x->controls);
        if (odd.count != x->odd)
            fail_msg("%s: %llu odd, first: %s", x->name, (unsigned long long)odd.count, odd.first);
        assert_int_equal(store_exec(s,
                                    "DELETE FROM ca_policy; DELETE FROM ca_policy_target;"
                                    "DELETE FROM ca_policy_control",
                                    &e),
                         ERR_OK);
    }
}

static void the_policy_itself(void **state)
{
    struct map_odd odd = {0};

    (void)state;
    assert_true(explode("{" ID ",\"displayName\":\"<b>\",\"templateId\":\"0B2282F9-2862-4178-88B5-"
                        "D79340B36CB8\",\"createdDateTime\":\"2025-11-03T09:12:44.1902813Z\","
                        "\"modifiedDateTime\":null,\"conditions\":{" USERS "}}",
                        &odd));
    expect("row",
           "SELECT id || ' ' || display_name || ' ' || state || ' ' || template_id || ' ' || "
           "created_at || ' ' || ifnull(modified_at, '~') || ' ' || is_workload || ' ' || "
           "ifnull(in_v1, '~') FROM ca_policy",
           "a0000000-0000-4000-8000-00000000000a <b> enabled 0b2282f9-2862-4178-88b5-d79340b36cb8 "
           "2025-11-03T09:12:44Z ~ 0 ~");
    assert_int_equal(odd.count, 0);
}

static void a_policy_that_comes_again_replaces_itself(void **state)
{
    struct map_odd odd = {0};

    (void)state;
    assert_true(explode("{" ID ",\"conditions\":{\"users\":{\"includeUsers\":[\"All\"]}},"
                        "\"grantControls\":{\"builtInControls\":[\"block\"]}}",
                        &odd));
    assert_true(explode("{" ID ",\"conditions\":{\"users\":{\"includeUsers\":[\"None\"]}}}", &odd));
    expect("targets", TARGETS, "user include None");
    expect("controls", CONTROLS, "");
    expect("once", "SELECT COUNT(*) FROM ca_policy", "1");
}

static void a_policy_without_id_stays_out(void **state)
{
    static const char *const policies[] = {"{}", "{\"id\":null}", "{\"id\":\"\"}", "{\"id\":7}"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(policies); i++) {
        struct map_odd odd = {0};

        assert_false(explode(policies[i], &odd));
        assert_int_equal(odd.count, 1);
    }
    expect("none", "SELECT COUNT(*) FROM ca_policy", "0");
}

static void workload_is_told_from_people(void **state)
{
    struct map_odd odd = {0};

    (void)state;
    assert_true(explode("{" ID ",\"conditions\":{\"users\":null,\"clientApplications\":{"
                        "\"includeServicePrincipals\":[\"ServicePrincipalsInMyTenant\"]}}}",
                        &odd));
    expect("workload", "SELECT is_workload FROM ca_policy", "1");
    assert_int_equal(odd.count, 0);
}

static void empty_says_nothing(void **state)
{
    static const struct {
        const char *json;
        bool empty;
    } cases[] = {
        {"null", true},    {"false", true},
        {"\"\"", true},    {"[]", true},
        {"{}", true},      {"{\"a\":null,\"b\":{\"c\":[]},\"d@e\":\"annotation\"}", true},
        {"true", false},   {"0", false},
        {"[null]", false}, {"{\"a\":{\"b\":\"x\"}}", false},
    };

    (void)state;
    assert_true(ca_is_empty(NULL));
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        json_t *v = json_loads(cases[i].json, JSON_DECODE_ANY, NULL);

        if (ca_is_empty(v) != cases[i].empty)
            fail_msg("%s", cases[i].json);
        json_decref(v);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(policies_explode, open_store, close_store),
        cmocka_unit_test_setup_teardown(the_policy_itself, open_store, close_store),
        cmocka_unit_test_setup_teardown(a_policy_that_comes_again_replaces_itself, open_store,
                                        close_store),
        cmocka_unit_test_setup_teardown(a_policy_without_id_stays_out, open_store, close_store),
        cmocka_unit_test_setup_teardown(workload_is_told_from_people, open_store, close_store),
        cmocka_unit_test(empty_says_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
