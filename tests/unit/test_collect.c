/* The order of things: what is asked, what is not, and what the end of each resource is called. */
#include "collect_run.h"
#include "collect_world.h"
#include "model/snapshot.h"

#define P1 "41781fb2-bc02-4b7c-bd55-b576c07bb09d"
#define P2 "eec0eb4f-6444-4f95-aba0-50c24d67f998"
#define SKU(plans)                                                                                 \
    "{\"value\":[{\"skuId\":\"S\",\"skuPartNumber\":\"P\",\"capabilityStatus\":\"Enabled\","       \
    "\"servicePlans\":[" plans "]}]}"
#define PLAN(id) "{\"servicePlanId\":\"" id "\",\"servicePlanName\":\"n\"}"

static void every_resource_gets_a_row(void **state)
{
    struct world w = {0};
    bool ok = false;

    (void)state;
    if (world_run(&w, NULL, 0) != ERR_OK)
        fail_msg("%s", w.err.msg);
    assert_string_equal(world_text(&w, "SELECT COUNT(*) FROM collection"), "43");
    /* Empty lists are complete; an empty tenant has no SKUs, so no roles can be eligible. */
    assert_string_equal(
        world_text(&w, "SELECT group_concat(resource) FROM collection WHERE state <> 'complete'"),
        "role-eligibility");
    expect_state(&w, "role-eligibility", "skipped licence");
    assert_string_equal(world_text(&w, "SELECT tenant_id FROM snapshot"),
                        "aaaaaaaa-0000-4000-8000-000000000001");
    assert_int_equal(snapshot_verify(w.s, &ok, &w.err), ERR_OK);
    assert_true(ok);
    world_release(&w);
}

static void reasons_are_mapped(void **state)
{
    static const struct {
        enum err_code code;
        enum reason reason;
    } cases[] = {
        {ERR_DENIED, REASON_PERMISSION}, {ERR_LICENCE, REASON_LICENCE},
        {ERR_ABSENT, REASON_API_ERROR},  {ERR_THROTTLED, REASON_THROTTLED},
        {ERR_DEADLINE, REASON_DEADLINE}, {ERR_LIMIT, REASON_TRUNCATED},
        {ERR_PARSE, REASON_MALFORMED},   {ERR_NET, REASON_API_ERROR},
        {ERR_TLS, REASON_API_ERROR},     {ERR_AUTH, REASON_PERMISSION},
        {ERR_OK, REASON_NONE},           {ERR_INTERRUPTED, REASON_NOT_COLLECTED},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (collect_reason(cases[i].code) != cases[i].reason)
            fail_msg("%s", err_code_name(cases[i].code));
    for (int c = ERR_OK + 1; c <= ERR_BUG; c++) /* no error may look like success */
        assert_int_not_equal(collect_reason((enum err_code)c), REASON_NONE);
}

#define USER(id)                                                                                   \
    "{\"id\":\"" id "\",\"userPrincipalName\":\"u@x\",\"accountEnabled\":true,"                    \
    "\"userType\":\"Member\",\"assignedLicenses\":[]}"

/* A chain that broke keeps its rows and never looks whole. */
static void errors_become_states(void **state)
{
    static const struct {
        const char *name;
        struct reply users;
        const char *want, *rows;
    } cases[] = {
        {"refused", {.code = ERR_DENIED}, "failed permission", "0"},
        {"absent", {.code = ERR_ABSENT}, "failed api_error", "0"},
        {"throttled", {.code = ERR_THROTTLED}, "failed throttled", "0"},
        {"not JSON", {.code = ERR_PARSE}, "failed malformed", "0"},
        {"broken after a page",
         {.pages = {"{\"value\":[" USER("A") "]}"}, .code = ERR_NET},
         "partial api_error",
         "1"},
        {"limit after two pages",
         {.pages = {"{\"value\":[" USER("A") "]}", "{\"value\":[" USER("B") "]}"},
          .code = ERR_LIMIT},
         "partial truncated",
         "2"},
        {"odd row among good ones",
         {.pages = {"{\"value\":[" USER("A") ",7," USER("B") "]}"}},
         "partial malformed",
         "2"},
        {"only odd rows", {.pages = {"{\"value\":[{},[]]}"}}, "failed malformed", "0"},
        {"fine", {.pages = {"{\"value\":[" USER("A") "]}", "{\"value\":[]}"}}, "complete", "1"},
    };
    static const char *const only[] = {"users", "domains"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct world w = {0};

        w.replies[0] = cases[i].users;
        w.replies[0].match = "/v1.0/users?";
        if (world_run(&w, only, COUNT_OF(only)) != ERR_OK)
            fail_msg("%s: %s", cases[i].name, w.err.msg);
        expect_state(&w, "users", cases[i].want);
        expect_state(&w, "domains", "complete"); /* the others go on */
        assert_string_equal(world_text(&w, "SELECT COUNT(*) FROM user"), cases[i].rows);
        assert_string_equal(world_text(&w, "SELECT rows FROM collection WHERE resource = 'users'"),
                            cases[i].rows);
        world_release(&w);
    }
}

static void what_the_token_lacks_is_not_asked_for(void **state)
{
    struct world w = {.roles = "[\"Directory.Read.All\",\"AuditLog.Read.All\"]"};

    (void)state;
    assert_int_equal(world_run(&w, NULL, 0), ERR_OK);
    assert_int_equal(times_sent(&w, "conditionalAccess"), 0);
    expect_state(&w, "ca-policies", "failed permission");
    expect_state(&w, "named-locations", "failed permission");
    expect_state(&w, "group-members", "skipped permission"); /* nobody knows which groups */
    expect_state(&w, "users", "complete");                   /* Directory.Read.All will do */
    expect_state(&w, "users-sign-in-activity", "complete");  /* needs both, has both */
    assert_string_equal(world_text(&w, "SELECT granted_permissions_json FROM snapshot"),
                        "[\"AuditLog.Read.All\",\"Directory.Read.All\"]");
    world_release(&w);
}

static void both_of_two_permissions_are_needed(void **state)
{
    struct world w = {.roles = "[\"AuditLog.Read.All\"]"};

    (void)state;
    assert_int_equal(world_run(&w, NULL, 0), ERR_OK);
    expect_state(&w, "users-sign-in-activity", "failed permission");
    expect_state(&w, "mfa-registration", "complete");
    world_release(&w);
}

/* The same refusal means three things, depending on what the SKUs say. */
static void licence_errors_are_judged_by_the_skus(void **state)
{
    static const struct {
        const char *name;
        struct reply skus;
        const char *registration, *eligibility;
    } cases[] = {
        {"owned",
         {.pages = {SKU(PLAN(P1) "," PLAN(P2))}},
         "failed permission",
         "failed permission"},
        {"P1 only", {.pages = {SKU(PLAN(P1))}}, "failed permission", "skipped licence"},
        {"not owned",
         {.pages = {SKU(PLAN("00000000-0000-0000-0000-000000000000"))}},
         "skipped licence",
         "skipped licence"},
        {"not known", {.code = ERR_DENIED}, "failed licence", "failed licence"},
        {"not known whole",
         {.pages = {SKU("")}, .code = ERR_NET},
         "failed licence",
         "failed licence"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct world w = {0};

        w.replies[0] = cases[i].skus;
        w.replies[0].match = "/subscribedSkus";
        w.replies[1] = (struct reply){.match = "userRegistrationDetails", .code = ERR_LICENCE};
        w.replies[2] = (struct reply){.match = "roleEligibility", .code = ERR_LICENCE};
        assert_int_equal(world_run(&w, NULL, 0), ERR_OK);
        expect_state(&w, "mfa-registration", cases[i].registration);
        expect_state(&w, "role-eligibility", cases[i].eligibility);
        world_release(&w);
    }
}

static void without_a_token_there_is_no_audit(void **state)
{
    struct world w = {.sign_in = {ERR_AUTH, ERR_OK}};

    (void)state;
    assert_int_equal(world_run(&w, NULL, 0), ERR_AUTH);
    assert_int_equal(w.sent.n, 0);
    world_release(&w);
}

static void without_an_exchange_token_there_is_half_of_one(void **state)
{
    struct world w = {.sign_in = {ERR_OK, ERR_NET}};

    (void)state;
    assert_int_equal(world_run(&w, NULL, 0), ERR_OK);
    expect_state(&w, "mailboxes", "failed api_error");
    expect_state(&w, "users", "complete");
    expect_state(&w, "dns-records", "failed api_error"); /* no domain is known to it */
    assert_int_equal(times_sent(&w, "Get-"), 0);
    world_release(&w);
}

static void refused_everywhere_is_a_matter_of_consent(void **state)
{
    struct world w = {0};

    (void)state;
    w.replies[0] = (struct reply){.match = "/", .code = ERR_DENIED};
    w.replies[1] = (struct reply){.match = "Get-", .code = ERR_DENIED};
    assert_int_equal(world_run(&w, NULL, 0), ERR_AUTH);
    assert_string_equal(world_text(&w, "SELECT COUNT(*) FROM collection"), "43");
    world_release(&w);
    w.replies[0] = (struct reply){.match = "/", .code = ERR_DENIED};
    w.replies[1] = (struct reply){.match = "Get-", .code = ERR_THROTTLED};
    assert_int_equal(world_run(&w, NULL, 0), ERR_THROTTLED);
    world_release(&w);
    w.replies[0] = (struct reply){.match = "/", .code = ERR_NET};
    w.replies[1] = (struct reply){.match = "Get-", .code = ERR_NET};
    assert_int_equal(world_run(&w, NULL, 0), ERR_NET);
    world_release(&w);
}

static void the_deadline_ends_what_is_left(void **state)
{
    struct world w = {.chains = 3, .run_code = ERR_DEADLINE};

    (void)state;
    assert_int_equal(world_run(&w, NULL, 0), ERR_OK);
    assert_string_equal(world_text(&w, "SELECT COUNT(*) FROM collection"), "43");
    assert_string_equal(world_text(&w, "SELECT COUNT(*) FROM collection WHERE state = 'complete'"),
                        "3");
    assert_string_equal(world_text(&w, "SELECT group_concat(DISTINCT reason_code) FROM collection "
                                       "WHERE state <> 'complete'"),
                        "deadline");
    assert_string_equal(world_text(&w, "SELECT ifnull(sealed_at, 'open') || (finished_at IS NULL) "
                                       "FROM snapshot"),
                        "open0"); /* it ended in time, and can go on */
    world_release(&w);
}

static void a_signal_leaves_the_snapshot_open(void **state)
{
    struct world w = {.chains = 3, .run_code = ERR_INTERRUPTED};

    (void)state;
    assert_int_equal(world_run(&w, NULL, 0), ERR_INTERRUPTED);
    assert_string_equal(world_text(&w, "SELECT COUNT(*) FROM collection"), "43");
    assert_string_equal(world_text(&w, "SELECT group_concat(DISTINCT reason_code) FROM collection "
                                       "WHERE state <> 'complete'"),
                        "not_collected");
    assert_string_equal(world_text(&w, "SELECT finished_at FROM snapshot"), "~");
    world_release(&w);
}

static void only_brings_what_it_depends_on(void **state)
{
    static const char *const only[] = {"role-group-members"};
    struct world w = {0};

    (void)state;
    assert_int_equal(world_run(&w, only, 1), ERR_OK);
    assert_string_equal(
        world_text(&w, "SELECT group_concat(resource, ' ') FROM collection "
                       "WHERE detail IS NOT 'not chosen for this run' ORDER BY resource"),
        "ca-policies group-members policy-references role-assignments "
        "role-eligibility role-group-members subscribed-skus");
    assert_string_equal(world_text(&w, "SELECT COUNT(*) FROM collection WHERE state = 'skipped' "
                                       "AND reason_code = 'not_collected'"),
                        "36");
    assert_int_equal(times_sent(&w, "/v1.0/users"), 0);
    world_release(&w);
}

static void a_broken_store_ends_the_run(void **state)
{
    struct world w = {0};

    (void)state;
    assert_int_equal(store_create(":memory:", &w.s, &w.err), ERR_OK);
    assert_int_equal(store_exec(w.s, "DROP TABLE domain", &w.err), ERR_OK);
    w.replies[0] = (struct reply){
        .match = "/domains",
        .pages = {"{\"value\":[{\"id\":\"x\",\"isDefault\":true,\"isInitial\":true,\"isVerified\":"
                  "true,\"authenticationType\":\"Managed\",\"supportedServices\":[]}]}"}};
    assert_int_equal(world_run(&w, NULL, 0), ERR_STORE);
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_resource_gets_a_row),
        cmocka_unit_test(reasons_are_mapped),
        cmocka_unit_test(errors_become_states),
        cmocka_unit_test(what_the_token_lacks_is_not_asked_for),
        cmocka_unit_test(both_of_two_permissions_are_needed),
        cmocka_unit_test(licence_errors_are_judged_by_the_skus),
        cmocka_unit_test(without_a_token_there_is_no_audit),
        cmocka_unit_test(without_an_exchange_token_there_is_half_of_one),
        cmocka_unit_test(refused_everywhere_is_a_matter_of_consent),
        cmocka_unit_test(the_deadline_ends_what_is_left),
        cmocka_unit_test(a_signal_leaves_the_snapshot_open),
        cmocka_unit_test(only_brings_what_it_depends_on),
        cmocka_unit_test(a_broken_store_ends_the_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
