/* SARIF's baselineState, for every pair of a rule's earlier and present findings. */
#include "report_fixture.h"

#include "base/attrs.h"
#include "base/mem.h"
#include "base/strs.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FAILS "EXO-SMTP-002" /* in the fixture */
#define PASSES "ENTRA-ROLE-001"

static const char *result_state(const json_t *log, const char *rule_id, bool *is_there)
{
    const json_t *results =
        json_object_get(json_array_get(json_object_get(log, "runs"), 0), "results");
    const json_t *r;
    size_t i;

    *is_there = false;
    json_array_foreach(results, i, r)
    {
        if (!str_eq(json_string_value(json_object_get(r, "ruleId")), rule_id))
            continue;
        *is_there = true;
        return json_string_value(json_object_get(r, "baselineState"));
    }
    return NULL;
}

static void check(struct store *s, const char *name, const char *rule_id, const char *want)
{
    static const char *const formats[] = {"sarif", "sarif-full"};

    for (size_t i = 0; i < COUNT_OF(formats); i++) {
        struct buf b = fixture_render(s, formats[i]);
        json_t *log = json_loadb(b.p, b.n, 0, NULL);
        bool is_there;
        const char *got = result_state(log, rule_id, &is_there);

        assert_non_null(log);
        /* GitHub opens an alert for whatever is in `sarif`: what is fixed is not. */
        assert_int_equal(is_there, str_eq(rule_id, FAILS) || i == 1);
        if (is_there && !str_eq(got, want))
            fail_msg("%s: %s: %s", name, formats[i], got != NULL ? got : "none");
        json_decref(log);
        buf_release(&b);
    }
}

static const char given[] =
    "UPDATE evaluation SET baseline_json = '{\"digest\":\"d\",\"new\":0,\"open\":0,\"not_known\":0,"
    "\"fixed\":0,\"not_judged\":0}';";

static void every_state_of_a_rule(void **state)
{
    static const struct {
        const char *name, *rule_id, *sql, *want;
    } cases[] = {
        {"it had none", FAILS,
         "UPDATE resource_result SET baseline = 'new' WHERE rule_id = '" FAILS "'", "new"},
        {"the baseline did not judge it", FAILS,
         "UPDATE resource_result SET baseline = 'not_known' WHERE rule_id = '" FAILS "'", NULL},
        {"the same", FAILS,
         "UPDATE resource_result SET baseline = 'open' WHERE rule_id = '" FAILS "';"
         "INSERT INTO baseline_finding(rule_id, resource_id, state) SELECT rule_id, resource_id, "
         "'open' FROM resource_result WHERE rule_id = '" FAILS "' AND status = 'fail'",
         "unchanged"},
        {"the same, and one more", FAILS,
         "UPDATE resource_result SET baseline = 'new' WHERE rule_id = '" FAILS "';"
         "INSERT INTO baseline_finding(rule_id, resource_id, state) VALUES ('" FAILS "', 'x', "
         "'open')",
         "updated"},
        {"one is fixed", FAILS,
         "UPDATE resource_result SET baseline = 'open' WHERE rule_id = '" FAILS "';"
         "INSERT INTO baseline_finding(rule_id, resource_id, state) VALUES ('" FAILS "', 'x', "
         "'open'), ('" FAILS "', 'y', 'fixed')",
         "updated"},
        {"all are fixed", PASSES,
         "INSERT INTO baseline_finding(rule_id, resource_id, state) VALUES ('" PASSES "', 'x', "
         "'fixed')",
         "absent"},
        {"one is fixed, one not judged", PASSES,
         "INSERT INTO baseline_finding(rule_id, resource_id, state) VALUES ('" PASSES "', 'x', "
         "'fixed'), ('" PASSES "', 'y', 'not_judged')",
         NULL},
        {"it passed and passes", PASSES, "SELECT 1", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct store *s = fixture_tenant();

        fixture_sql(s, given);
        fixture_sql(s, cases[i].sql);
        check(s, cases[i].name, cases[i].rule_id, cases[i].want);
        store_close(s);
    }
}

static void without_a_baseline_there_is_no_state(void **state)
{
    struct store *s = fixture_tenant();
    struct buf b = fixture_render(s, "sarif-full");

    (void)state;
    assert_null(strstr(b.p, "baselineState"));
    buf_release(&b);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_state_of_a_rule),
        cmocka_unit_test(without_a_baseline_there_is_no_state),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
