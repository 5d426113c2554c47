/* Rows that wait in runs and are merged in the end are the rows that each page would have stored.
 */
#include "base/limits.h"
#include "collect_run.h"
#include "collect_world.h"
#include "model/snapshot.h"
#include "model/staged.h"

#define P1 "41781fb2-bc02-4b7c-bd55-b576c07bb09d"
#define NEXT(n) "\"@odata.nextLink\":\"https://graph.example/v1.0/x?page=" #n "\","
#define PAGE(rows) "{\"value\":[" rows "]}"
#define USER(id, more)                                                                             \
    "{\"id\":\"" id "\",\"userPrincipalName\":\"u@x\",\"accountEnabled\":true,"                    \
    "\"userType\":\"Member\",\"createdDateTime\":\"2024-02-29T12:00:00Z\"" more "}"
#define LICENCES(list) ",\"assignedLicenses\":[" list "]"
#define LICENCE(sku, plans) "{\"skuId\":\"" sku "\",\"disabledPlans\":" plans "}"
#define BOX(guid, user, more)                                                                      \
    "{\"Guid\":\"" guid "\",\"ExternalDirectoryObjectId\":" user                                   \
    ",\"PrimarySmtpAddress\":\"A@X\","                                                             \
    "\"RecipientTypeDetails\":\"UserMailbox\"" more "}"
#define CAS(guid, more) "{\"Guid\":\"" guid "\",\"ImapEnabled\":true,\"PopEnabled\":null" more "}"
#define REGISTRATION(id, more)                                                                     \
    "{\"id\":\"" id "\",\"isAdmin\":false,\"isMfaRegistered\":true,\"isMfaCapable\":true,"         \
    "\"isPasswordlessCapable\":false" more "}"

static const struct reply owner = {
    .match = "subscribedSkus",
    .pages = {PAGE("{\"skuId\":\"S\",\"skuPartNumber\":\"P\",\"capabilityStatus\":\"Enabled\","
                   "\"servicePlans\":[{\"servicePlanId\":\"" P1
                   "\",\"servicePlanName\":\"n\"}]}")}};

/* One resource in odd shapes; the others answer with what is in `rest`. */
static const struct {
    const char *name;
    struct reply reply;
} cases[] = {
    {"users in no order",
     {.match = "/v1.0/users?$select=id,userPrincipalName",
      .pages = {"{" NEXT(1) "\"value\":[" USER("c", LICENCES("")) "," USER("B", LICENCES("")) "]}",
                PAGE(USER("a", LICENCES("")) "," USER("Ab", LICENCES("")))}}},
    {"users that come twice: the last one counts",
     {.match = "/v1.0/users?$select=id,userPrincipalName",
      .pages = {"{" NEXT(1) "\"value\":[" USER("a", ",\"mail\":\"one@x\"" LICENCES("")) "," USER(
                    "A", ",\"mail\":\"two@x\"" LICENCES(LICENCE("s", "[]"))) "]}",
                "{" NEXT(2) "\"value\":[" USER("b", LICENCES("")) "]}",
                PAGE(USER("a", ",\"displayName\":\"three\"" LICENCES(LICENCE("S", "[\"x\"]"))))}}},
    {"licences of every shape",
     {.match = "/v1.0/users?$select=id,userPrincipalName",
      .pages = {PAGE(USER("a", LICENCES(LICENCE("T", "[\"" P1 "\",\"" P1 "\"]"))) "," USER(
          "b", LICENCES(
                   LICENCE("t", "[\"Q\\\"uote\\u00e9\"]") "," LICENCE("u", "[7]") "," LICENCE(
                       "v", "null") "," LICENCE("w", "{}") ",{\"skuId\":\"x\"},{\"skuId\":7},9,"
                                                           "null")) "," USER("c",
                                                                             ",\"assignedLicenses\""
                                                                             ":null") "," USER("d",
                                                                                               "") "," USER("e",
                                                                                                            ",\"assignedLicenses\":{}"))}}},
    {"users that are none",
     {.match = "/v1.0/users?$select=id,userPrincipalName",
      .pages = {PAGE("7,null,[],{},{\"id\":null},{\"id\":\"\"},{\"id\":7},"
                     "{\"@odata.type\":\"#microsoft.graph.agentUser\",\"id\":\"agent\"},"
                     "{\"@odata.type\":\"#microsoft.graph.user\",\"id\":\"z\"}")}}},
    {"times",
     {.match = "signInActivity",
      .pages = {PAGE("{\"id\":\"a\",\"signInActivity\":{\"lastSignInDateTime\":"
                     "\"2024-02-30T00:00:00Z\",\"lastSuccessfulSignInDateTime\":"
                     "\"0001-01-01T00:00:00Z\"}},{\"id\":\"b\",\"signInActivity\":"
                     "{\"lastSignInDateTime\":\"2024-01-31T23:59:59.75Z\","
                     "\"lastSuccessfulSignInDateTime\":\"2024-01-01T00:00:00+01:00\"}},"
                     "{\"id\":\"c\",\"signInActivity\":null},{\"id\":\"d\",\"signInActivity\":"
                     "{\"lastSignInDateTime\":\"2024-01-28T24:00:00Z\","
                     "\"lastSuccessfulSignInDateTime\":\"0999-01-01T00:00:00Z\"}},"
                     "{\"id\":\"e\",\"signInActivity\":7}")}}},
    {"states of per-user MFA",
     {.match = "perUserMfaState",
      .pages = {PAGE("{\"id\":\"a\",\"perUserMfaState\":\"Enforced\"},{\"id\":\"b\"},"
                     "{\"id\":\"stranger\",\"perUserMfaState\":\"disabled\"},"
                     "{\"id\":\"c\",\"perUserMfaState\":\"on\"},"
                     "{\"id\":\"d\",\"perUserMfaState\":7},{\"id\":\"e\",\"perUserMfaState\":null},"
                     "{\"@odata.type\":\"#microsoft.graph.agentUser\",\"id\":\"f\"}")}}},
    {"registrations",
     {.match = "userRegistrationDetails",
      .pages =
          {"{" NEXT(1) "\"value\":[" REGISTRATION(
               "A",
               ",\"methodsRegistered\":[\"sms\",\"email\",\"sms\",7]") "," REGISTRATION("b",
                                                                                        "") "]}",
           PAGE(REGISTRATION(
               "a",
               ",\"methodsRegistered\":[\"app\"],\"userType\":\"\"") "," REGISTRATION("c",
                                                                                      ",\"methodsRe"
                                                                                      "gistered\":"
                                                                                      "null,"
                                                                                      "\"isAdmin2\""
                                                                                      ":1"))}}},
    {"mailboxes",
     {.match = "Get-Mailbox",
      .pages = {"{" NEXT(1) "\"value\":[" BOX("M2", "\"A\"", ",\"SKUAssigned\":null") "," BOX(
                    "m1", "\"B\"", ",\"SKUAssigned\":true") "]}",
                PAGE(BOX("M2", "null", ",\"DisplayName\":\"again\"") "," BOX(
                    "", "\"C\"", ",\"AccountDisabled\":7") "," BOX("M4", "\"\"", ""))}}},
    {"client access settings",
     {.match = "Get-CASMailbox",
      .pages = {PAGE(
          CAS("M1", ",\"SmtpClientAuthenticationDisabled\":true") "," CAS("M2", ",\"SmtpClientAuthe"
                                                                                "nticationDisabled"
                                                                                "\":null") "," CAS(
              "M3", "") "," CAS("M4", ",\"SmtpClientAuthenticationDisabled\":\"x\""))}}},
    {"Exchange users",
     {.match = "Get-User",
      .pages = {PAGE("{\"Guid\":\"m1\",\"ExternalDirectoryObjectId\":\"B\","
                     "\"AuthenticationPolicy\":\"P\"},{\"Guid\":\"nobody\","
                     "\"AuthenticationPolicy\":\"\"},{\"Guid\":\"m2\"}")}}},
};

static const struct reply rest[] = {
    {.match = "perUserMfaState",
     .pages = {"{" NEXT(1) "\"value\":[{\"id\":\"B\",\"perUserMfaState\":\"enabled\"}]}",
               PAGE("{\"id\":\"A\",\"perUserMfaState\":\"disabled\"}")}},
    {.match = "signInActivity",
     .pages = {PAGE("{\"id\":\"a\",\"signInActivity\":{\"lastSignInDateTime\":"
                    "\"2024-01-01T00:00:00Z\"}},{\"id\":\"gone\"}")}},
    {.match = "/v1.0/users?", .pages = {PAGE(USER("b", LICENCES("")) "," USER("a", LICENCES("")))}},
    {.match = "userRegistrationDetails",
     .pages = {PAGE(REGISTRATION("a", ",\"methodsRegistered\":[\"sms\"]"))}},
    {.match = "Get-Mailbox",
     .pages = {PAGE(BOX("M1", "\"B\"", "") "," BOX("M2", "\"A\"", "") "," BOX("M3", "\"C\"", ""))}},
    {.match = "Get-CASMailbox", .pages = {PAGE(CAS("m2", "") "," CAS("m9", ""))}},
    {.match = "Get-User", .pages = {PAGE("{\"Guid\":\"M2\",\"AuthenticationPolicy\":null}")}},
};

static void fill(struct world *w, size_t at)
{
    size_t n = 0;

    w->replies[n++] = cases[at].reply;
    w->replies[n++] = owner;
    for (size_t i = 0; i < COUNT_OF(rest); i++)
        w->replies[n++] = rest[i];
}

/* Everything that a run leaves: the digest over the evidence, and what is said of each resource. */
static char *traces(struct world *w)
{
    return xstrdup(world_text(
        w,
        "SELECT digest || (SELECT group_concat(resource || state || coalesce(reason_code, '') || "
        "coalesce(detail, '') || rows || pages, ';') FROM collection) || "
        "(SELECT group_concat(name) FROM sqlite_schema) FROM snapshot"));
}

static char *traces_of(size_t at, bool row_by_row)
{
    struct world w = {.row_by_row = row_by_row};
    char *out;

    fill(&w, at);
    assert_int_equal(world_run(&w, NULL, 0), ERR_OK);
    out = traces(&w);
    world_release(&w);
    return out;
}

static void comes_to_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char *row_by_row = traces_of(i, true);
        char *in_runs = traces_of(i, false);

        print_message("%s\n", cases[i].name);
        assert_string_equal(in_runs, row_by_row);
        free(row_by_row);
        free(in_runs);
    }
}

/* Cut after each page in turn, settled so that it can be evaluated, and resumed. */
static void comes_to_the_same_in_two_runs(void **state)
{
    size_t resumed = 0;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        for (size_t cut = 1; cut < 40; cut++) {
            struct world w = {.pages = cut, .run_code = ERR_DEADLINE};
            char *want = traces_of(i, true);
            char *got;
            bool any = true;

            fill(&w, i);
            if (world_run(&w, NULL, 0) == ERR_OK) {
                struct err e = ERR_INIT;

                /* a run that ends in time waits for nothing */
                assert_int_equal(staged_any(w.s, &any, &e), ERR_OK);
                assert_false(any);
                if (str_eq(world_text(&w, "SELECT sealed_at FROM snapshot"), "~")) {
                    resumed++;
                    w.resume = true;
                    w.pages = 0;
                    err_clear(&w.err);
                    assert_int_equal(world_run(&w, NULL, 0), ERR_OK);
                }
                got = traces(&w);
                assert_string_equal(got, want);
                free(got);
            }
            world_release(&w);
            free(want);
        }
    assert_true(resumed > 100);
}

/* What a killed run leaves in its file: rows that wait, and where to go on. */
static void a_file_that_was_cut_is_merged_before_it_is_read(void **state)
{
    struct store *s = NULL;
    struct err e = ERR_INIT;
    struct buf run;
    const struct cell id = {.kind = CELL_TEXT, .text = "a", .length = 1};
    const struct cell nothing = {.kind = CELL_NULL};
    size_t begun;
    int64_t n = 0;
    bool any = false;

    (void)state;
    buf_init(&run, 4096);
    begun = staged_row_begin(&run);
    cell_add(&run, &id);
    for (int i = 0; i < 8; i++)
        cell_add(&run, &nothing);
    staged_row_end(&run, begun);
    assert_int_equal(store_create(":memory:", &s, &e), ERR_OK);
    assert_int_equal(staged_any(s, &any, &e), ERR_OK);
    assert_false(any);
    assert_int_equal(staged_open(s, &e), ERR_OK);
    assert_int_equal(staged_put(s, "users", 0, &run, &e), ERR_OK);
    assert_int_equal(store_exec(s,
                                "INSERT INTO snapshot(id, cloud, started_at, tool_version, "
                                "schema_version) VALUES (1, 'global', '2026-01-01T00:00:00Z', "
                                "'test', 3); INSERT INTO collecting(id, runs) VALUES (1, 1);",
                                &e),
                     ERR_OK);
    assert_int_equal(graph_settle(s, &e), ERR_OK);
    assert_int_equal(store_int(s, "SELECT COUNT(*) FROM user WHERE id = 'a'", &n, &e), ERR_OK);
    assert_int_equal(n, 1);
    assert_int_equal(staged_any(s, &any, &e), ERR_OK);
    assert_false(any);
    buf_release(&run);
    store_close(s);
}

/* A damaged file is an error, not rows. */
static void damaged_runs_are_refused(void **state)
{
    static const struct {
        const char *name, *blob;
    } damages[] = {
        {"a length cut off", "X'0100'"},
        {"longer than the run", "X'FF00000002'"},
        {"much longer", "X'FFFFFFFF02'"},
        {"an unknown cell", "X'0100000009'"},
        {"a number cut off", "X'020000000100'"},
        {"a text cut off", "X'0600000002FF00000041'"},
        {"too few cells", "X'06000000020100000041'"},
        {"no cells", "X'00000000'"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(damages); i++) {
        struct store *s = NULL;
        struct err e = ERR_INIT;
        int64_t n = -1;
        char sql[160];

        print_message("%s\n", damages[i].name);
        assert_int_equal(store_create(":memory:", &s, &e), ERR_OK);
        assert_int_equal(staged_open(s, &e), ERR_OK);
        (void)snprintf(sql, sizeof sql,
                       "INSERT INTO staged_run(resource, part, rows) VALUES ('users', 0, %s)",
                       damages[i].blob);
        assert_int_equal(store_exec(s, sql, &e), ERR_OK);
        assert_int_equal(collect_stage_merge(s, &e), ERR_STORE);
        err_clear(&e);
        assert_int_equal(store_int(s, "SELECT COUNT(*) FROM user", &n, &e), ERR_OK);
        assert_int_equal(n, 0);
        store_close(s);
    }
}

/* More runs than are read at once, the same key in all of them: the last one counts. */
static void many_runs_are_merged_in_turns(void **state)
{
    struct store *s = NULL;
    struct err e = ERR_INIT;
    int64_t n = 0;

    (void)state;
    assert_int_equal(store_create(":memory:", &s, &e), ERR_OK);
    assert_int_equal(staged_open(s, &e), ERR_OK);
    assert_int_equal(store_begin(s, &e), ERR_OK);
    for (int64_t i = 0; i < 2 * (int64_t)LIMIT_STAGED_RUNS + 7; i++) {
        const struct cell cells[] = {{.kind = CELL_TEXT, .text = "a", .length = 1},
                                     {.kind = CELL_TEXT, .text = "s", .length = 1},
                                     {.kind = CELL_NUMBER, .number = i}};
        struct buf run;
        size_t begun;

        buf_init(&run, 4096);
        begun = staged_row_begin(&run);
        cell_add(&run, &cells[0]);
        cell_add(&run, &cells[1]);
        cell_add(&run, &cells[2]); /* stored as the text of the number */
        staged_row_end(&run, begun);
        assert_int_equal(staged_put(s, "users", 1, &run, &e), ERR_OK);
        buf_release(&run);
    }
    assert_int_equal(store_commit(s, &e), ERR_OK);
    assert_int_equal(collect_stage_merge(s, &e), ERR_OK);
    assert_int_equal(store_int(s, "SELECT COUNT(*) FROM user_licence", &n, &e), ERR_OK);
    assert_int_equal(n, 1);
    assert_int_equal(store_int(s, "SELECT disabled_plans_json FROM user_licence", &n, &e), ERR_OK);
    assert_int_equal(n, 2 * (int64_t)LIMIT_STAGED_RUNS + 6);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_to_the_same),
        cmocka_unit_test(comes_to_the_same_in_two_runs),
        cmocka_unit_test(a_file_that_was_cut_is_merged_before_it_is_read),
        cmocka_unit_test(damaged_runs_are_refused),
        cmocka_unit_test(many_runs_are_merged_in_turns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
