/* A run that is cut after any page and resumed gives the evidence of one that is not. */
#include "collect_run.h"
#include "collect_world.h"
#include "collector.h"
#include "model/snapshot.h"

#define P1 "41781fb2-bc02-4b7c-bd55-b576c07bb09d"
#define G1 "11111111-0000-4000-8000-000000000001"
#define G2 "11111111-0000-4000-8000-000000000002"
#define NEXT(n) "\"@odata.nextLink\":\"https://graph.example/v1.0/x?page=" #n "\","
#define USER(id)                                                                                   \
    "{\"id\":\"" id "\",\"userPrincipalName\":\"u@x\",\"accountEnabled\":true,"                    \
    "\"userType\":\"Member\",\"assignedLicenses\":[]}"
#define MFA(id) "{\"id\":\"" id "\",\"perUserMfaState\":\"disabled\"}"
#define MAILBOX(guid, user)                                                                        \
    "{\"Guid\":\"" guid "\",\"ExternalDirectoryObjectId\":\"" user "\",\"PrimarySmtpAddress\":"    \
    "\"a@x\",\"UserPrincipalName\":\"a@x\",\"DisplayName\":\"A\",\"RecipientTypeDetails\":"        \
    "\"UserMailbox\",\"AccountDisabled\":false,\"SKUAssigned\":true}"
#define POLICY(group)                                                                              \
    "{\"id\":\"P\",\"displayName\":\"p\",\"state\":\"enabled\",\"conditions\":{\"users\":"         \
    "{\"includeGroups\":[\"" G1 "\",\"" group "\"]},\"applications\":{\"includeApplications\":"    \
    "[\"All\"]},\"clientAppTypes\":[\"all\"]},\"grantControls\":{\"operator\":\"OR\","             \
    "\"builtInControls\":[\"mfa\"]},\"sessionControls\":null}"

/* An odd row on a page that an earlier run read counts in the end, too. */
static const struct reply tenant[] = {
    {.match = "perUserMfaState",
     .pages = {"{" NEXT(1) "\"value\":[" MFA("A") "]}", "{\"value\":[" MFA("B") "]}"}},
    {.match = "signInActivity", .pages = {"{\"value\":[]}"}},
    {.match = "/v1.0/users?",
     .pages = {"{" NEXT(1) "\"value\":[" USER("A") "," USER("B") "]}", "{" NEXT(2) "\"value\":[7]}",
               "{\"value\":[" USER("C") "]}"}},
    {.match = "beta/identity/conditionalAccess/policies",
     .pages = {"{\"value\":[" POLICY(G2) "]}"}},
    {.match = "v1.0/identity/conditionalAccess/policies",
     .pages = {"{\"value\":[{\"id\":\"P\"},{\"id\":\"Q\"}]}"}},
    {.match = G1 "/transitiveMembers",
     .pages = {"{" NEXT(1) "\"value\":[{\"id\":\"A\"}]}", "{\"value\":[{\"id\":\"B\"}]}"}},
    {.match = G2 "/transitiveMembers", .pages = {"{\"value\":[{\"id\":\"C\"}]}"}},
    {.match = "getByIds",
     .pages = {"{\"value\":[{\"id\":\"" G1 "\",\"@odata.type\":\"#microsoft.graph.group\","
               "\"displayName\":\"one\",\"visibility\":\"HiddenMembership\"}]}"}},
    {.match = "roleDefinitions",
     .pages = {"{\"value\":[{\"id\":\"R\",\"templateId\":\"RT\",\"displayName\":\"r\","
               "\"isBuiltIn\":true}]}"}},
    {.match = "roleAssignments",
     .pages = {"{" NEXT(1) "\"value\":[{\"roleDefinitionId\":\"R\",\"principalId\":\"" G2 "\","
                           "\"directoryScopeId\":\"/\",\"principal\":{\"@odata.type\":"
                           "\"#microsoft.graph.group\",\"displayName\":\"two\"}}]}",
               "{\"value\":[{\"roleDefinitionId\":\"R\",\"principalId\":\"A\","
               "\"directoryScopeId\":\"/\",\"principal\":{\"@odata.type\":"
               "\"#microsoft.graph.user\"}}]}"}},
    {.match = "subscribedSkus",
     .pages = {"{\"value\":[{\"skuId\":\"S\",\"skuPartNumber\":\"P\",\"capabilityStatus\":"
               "\"Enabled\",\"servicePlans\":[{\"servicePlanId\":\"" P1
               "\",\"servicePlanName\":\"n\"}]}]}"}},
    {.match = "Get-Mailbox",
     .pages = {"{" NEXT(1) "\"value\":[" MAILBOX("M1", "A") "]}",
               "{\"value\":[" MAILBOX("M2", "B") "]}"}},
    {.match = "Get-User",
     .pages = {"{\"value\":[{\"Guid\":\"M3\",\"ExternalDirectoryObjectId\":\"C\","
               "\"AuthenticationPolicy\":null}]}"}},
};

static void fill(struct world *w)
{
    for (size_t i = 0; i < COUNT_OF(tenant); i++)
        w->replies[i] = tenant[i];
}

static char *digest_of(struct world *w)
{
    assert_string_not_equal(world_text(w, "SELECT sealed_at FROM snapshot"), "~");
    assert_string_equal(world_text(w, "SELECT (SELECT COUNT(*) FROM continuation) + "
                                      "(SELECT COUNT(*) FROM collecting) + "
                                      "(SELECT COUNT(*) FROM pass_user_mfa) + "
                                      "(SELECT COUNT(*) FROM pass_role_grant)"),
                        "0");
    return xstrdup(world_text(w, "SELECT digest FROM snapshot"));
}

static char *uninterrupted(void)
{
    struct world w = {0};
    char *digest;

    fill(&w);
    if (world_run(&w, NULL, 0) != ERR_OK)
        fail_msg("%s", w.err.msg);
    expect_state(&w, "users", "partial malformed");
    expect_state(&w, "ca-policies", "partial truncated"); /* v1.0 names one more */
    expect_state(&w, "group-members", "partial permission");
    expect_state(&w, "role-group-members", "complete");
    digest = digest_of(&w);
    world_release(&w);
    return digest;
}

/* Cut after `pages`, resumed with the same cut until it is over. */
static size_t cut_and_resume(struct world *w, size_t pages, enum err_code how)
{
    size_t runs = 1;

    fill(w);
    w->pages = pages;
    w->run_code = how;
    (void)world_run(w, NULL, 0);
    w->resume = true;
    while (str_eq(world_text(w, "SELECT sealed_at FROM snapshot"), "~")) {
        assert_true(++runs < 200);
        err_clear(&w->err);
        assert_int_equal(graph_settle(w->s, &w->err), ERR_OK); /* somebody looks at it meanwhile */
        (void)world_run(w, NULL, 0);
        w->pages += runs % 8 == 0 ? 1 : 0; /* so that it comes to an end */
    }
    return runs;
}

static void every_cut_gives_the_same_evidence(void **state)
{
    char *want = uninterrupted();
    size_t most = 0;

    (void)state;
    for (size_t pages = 1; pages < 60; pages++) {
        struct world w = {0};
        size_t runs = cut_and_resume(&w, pages, pages % 2 ? ERR_INTERRUPTED : ERR_DEADLINE);
        char *got = digest_of(&w);

        most = runs > most ? runs : most;
        if (!str_eq(got, want))
            fail_msg("cut after %zu pages: %s", pages, got);
        assert_string_equal(world_text(&w, "SELECT rows || ' ' || pages FROM collection "
                                           "WHERE resource = 'users'"),
                            "3 3");
        free(got);
        world_release(&w);
    }
    assert_true(most > 3);
    free(want);
}

/* What is complete is not asked for again, and a chain goes on where it was. */
static void nothing_is_asked_twice(void **state)
{
    static const char *const only[] = {"users", "domains"};
    struct world w = {.pages = 2, .run_code = ERR_INTERRUPTED};

    (void)state;
    fill(&w);
    assert_int_equal(world_run(&w, only, COUNT_OF(only)), ERR_INTERRUPTED);
    expect_state(&w, "domains", "complete");
    expect_state(&w, "users", "partial not_collected");
    assert_string_equal(world_text(&w, "SELECT next FROM continuation"),
                        "https://graph.example/v1.0/x?page=1");
    strlist_release(&w.sent);
    err_clear(&w.err);
    w.pages = 0;
    w.resume = true;
    assert_int_equal(world_run(&w, only, COUNT_OF(only)), ERR_OK);
    assert_int_equal(w.sent.n, 1);
    assert_string_equal(world_text(&w, "SELECT group_concat(id) FROM user"), "a,b,c");
    world_release(&w);
}

/* A page token that is not known any more: the chain's rows go, and it is read from its beginning.
 */
static void a_refused_continuation_begins_afresh(void **state)
{
    static const char *const only[] = {"users"};
    struct world w = {.pages = 1, .run_code = ERR_INTERRUPTED};

    (void)state;
    fill(&w);
    assert_int_equal(world_run(&w, only, 1), ERR_INTERRUPTED);
    assert_string_equal(world_text(&w, "SELECT group_concat(id) FROM user"), "a,b");
    err_clear(&w.err);
    /* B is gone meanwhile, and must not be found */
    w.replies[2].pages[0] = "{" NEXT(1) "\"value\":[" USER("A") "]}";
    w.pages = 0;
    w.resume = w.refuses_to_go_on = true;
    assert_int_equal(world_run(&w, only, 1), ERR_OK);
    assert_string_equal(world_text(&w, "SELECT group_concat(id) FROM user"), "a,c");
    assert_string_equal(world_text(&w, "SELECT rows FROM collection WHERE resource = 'users'"),
                        "2");
    assert_non_null(strstr(world_text(&w, "SELECT detail FROM collection WHERE resource = 'users'"),
                           "read afresh"));
    assert_int_equal(w.notices.n, 1);
    world_release(&w);
}

/* What was made from a list that was not whole is made again when that goes on. */
static void what_follows_is_read_again(void **state)
{
    struct world w = {0};

    (void)state;
    fill(&w);
    w.replies[3].pages[0] = "{" NEXT(1) "\"value\":[]}";
    w.replies[3].code = ERR_THROTTLED;
    assert_int_equal(world_run(&w, NULL, 0), ERR_OK);
    expect_state(&w, "ca-policies", "failed throttled");
    expect_state(&w, "role-group-members", "complete");
    w.replies[3].code = ERR_OK;
    w.replies[3].pages[1] = "{\"value\":[" POLICY(G2) "]}";
    strlist_release(&w.sent);
    w.resume = true;
    assert_int_equal(world_run(&w, NULL, 0), ERR_OK);
    assert_int_equal(times_sent(&w, G2 "/transitiveMembers"), 1);
    assert_int_equal(times_sent(&w, "roleAssignments"), 0); /* does not follow from policies */
    assert_string_equal(world_text(&w, "SELECT group_concat(id || named_by) FROM directory_group"),
                        G1 "policy," G2 "both");
    world_release(&w);
}

static void strangers_are_refused(void **state)
{
    static const struct {
        const char *name, *sql, *tenant, *part;
    } cases[] = {
        {"another tenant", "UPDATE collecting SET tenant_id = 't1'", "t2", "tenant t1"},
        {"sealed", "UPDATE snapshot SET sealed_at = '2026-01-01T00:00:00Z'", "t1", "was finished"},
        {"another cloud", "UPDATE snapshot SET cloud = 'china'", "t1", "cloud china"},
        {"another application", "UPDATE snapshot SET client_id = 'x'", "t1", "application x"},
        {"another version", "UPDATE snapshot SET tool_version = '0'", "t1", "graphaudit 0"},
    };
    static const char *const only[] = {"users"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct world w = {.pages = 1, .run_code = ERR_INTERRUPTED, .tenant = "t1"};

        fill(&w);
        assert_int_equal(world_run(&w, only, 1), ERR_INTERRUPTED);
        err_clear(&w.err);
        assert_int_equal(store_exec(w.s, cases[i].sql, &w.err), ERR_OK);
        w.resume = true;
        w.tenant = cases[i].tenant;
        if (world_run(&w, only, 1) != ERR_USAGE || strstr(w.err.msg, cases[i].part) == NULL)
            fail_msg("%s: %s", cases[i].name, w.err.msg);
        world_release(&w);
    }
}

/* Half a list of last week and half of today's is neither; of a whole one its age is said. */
static void age_matters(void **state)
{
    static const char *const only[] = {"users", "domains"};
    struct world w = {.pages = 2, .run_code = ERR_INTERRUPTED};

    (void)state;
    fill(&w);
    assert_int_equal(world_run(&w, only, COUNT_OF(only)), ERR_INTERRUPTED);
    err_clear(&w.err);
    assert_int_equal(store_exec(w.s,
                                "UPDATE continuation SET started_at = '2020-01-01T00:00:00Z';"
                                "UPDATE collection SET finished_at = '2020-01-01T00:00:00Z'",
                                &w.err),
                     ERR_OK);
    w.pages = 0;
    w.resume = true;
    w.replies[2].pages[0] = "{" NEXT(1) "\"value\":[" USER("B") "]}";
    assert_int_equal(world_run(&w, only, COUNT_OF(only)), ERR_OK);
    assert_string_equal(world_text(&w, "SELECT group_concat(id) FROM user"), "b,c");
    assert_non_null(
        strstr(world_text(&w, "SELECT detail FROM collection WHERE resource = 'domains'"),
               "read at 2020-01-01T00:00:00Z"));
    world_release(&w);
}

static void every_resource_can_be_taken_back(void **state)
{
    struct world w = {0};

    (void)state;
    fill(&w);
    assert_int_equal(world_run(&w, NULL, 0), ERR_OK);
    for (size_t i = 0; i < collector_count(); i++) {
        const char *resource = collector_at(i)->resource;

        if (!collect_forget_knows(resource))
            fail_msg("%s: which rows it gave is not known", resource);
        if (collect_forget(w.s, resource, &w.err) != ERR_OK)
            fail_msg("%s: %s", resource, w.err.msg);
    }
    for (size_t i = 0; evidence_table_at(TABLE_EVIDENCE, i) != NULL; i++) {
        char *sql = xasprintf("SELECT COUNT(*) FROM \"%s\"", evidence_table_at(TABLE_EVIDENCE, i));

        if (!str_eq(world_text(&w, sql), "0"))
            fail_msg("%s holds rows of nobody", evidence_table_at(TABLE_EVIDENCE, i));
        free(sql);
    }
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cut_gives_the_same_evidence),
        cmocka_unit_test(nothing_is_asked_twice),
        cmocka_unit_test(a_refused_continuation_begins_afresh),
        cmocka_unit_test(what_follows_is_read_again),
        cmocka_unit_test(strangers_are_refused),
        cmocka_unit_test(age_matters),
        cmocka_unit_test(every_resource_can_be_taken_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
