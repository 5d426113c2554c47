/* A baseline: new, open, not known; fixed, not judged. Every pair of an earlier and a present state
 * of one rule. */
#include "base/mem.h"
#include "base/strs.h"
#include "baseline_apply.h"
#include "model/outcome.h"
#include "model/store.h"
#include "rules/baseline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TENANT "11111111-2222-3333-4444-555555555555"

/* One rule with one resource 'a', as results say it. status NULL: no row for the resource. */
struct was {
    const char *outcome; /* NULL: the rule was not part of the run */
    int is_incomplete;
    const char *status;
};

static void write_results(struct store *s, const struct was *w)
{
    struct err e = ERR_INIT;

    if (store_exec(s,
                   "INSERT INTO snapshot(id, tenant_id, cloud, started_at, finished_at, "
                   "tool_version, schema_version, digest) VALUES (1, '" TENANT "', 'global', "
                   "'2026-01-01T00:00:00Z', '2026-01-01T00:01:00Z', '1', 3, 'abc')",
                   &e) != ERR_OK ||
        store_exec(s,
                   "INSERT INTO evaluation(id, evaluated_at, as_of, tool_version, rules_digest, "
                   "fail_on) VALUES (1, '2026-01-01T00:02:00Z', '2026-01-01', '1', 'd', 'high')",
                   &e) != ERR_OK)
        fail_msg("%s", e.msg);
    if (w->outcome != NULL &&
        store_run(s, &e,
                  "INSERT INTO rule_result(rule_id, version, outcome, severity, is_incomplete, "
                  "fail, pass, unknown, manual, waived, not_applicable, total, message, "
                  "missing_json) VALUES ('T-001', 1, ?, 'high', ?, 0, 0, 0, 0, 0, 0, 0, '', '[]')",
                  "ti", w->outcome, (int64_t)w->is_incomplete) != ERR_OK)
        fail_msg("%s", e.msg);
    if (w->status != NULL &&
        store_run(s, &e,
                  "INSERT INTO resource_result(rule_id, resource_id, resource_name, status) VALUES "
                  "('T-001', 'a', 'A', ?)",
                  "t", w->status) != ERR_OK)
        fail_msg("%s", e.msg);
}

static const struct {
    const char *name;
    struct was then, now;
    const char *mark;  /* of the finding now; NULL: there is none */
    const char *state; /* of the finding then; NULL: there was none */
    size_t new_rules;
} pairs[] = {
    {"it failed and fails", {"fail", 0, "fail"}, {"fail", 0, "fail"}, "open", "open", 0},
    {"it passed and fails", {"pass", 0, NULL}, {"fail", 0, "fail"}, "new", NULL, 1},
    {"another resource failed", {"fail", 0, NULL}, {"fail", 0, "fail"}, "new", NULL, 1},
    {"it did not apply and fails",
     {"not_applicable", 0, NULL},
     {"fail", 0, "fail"},
     "new",
     NULL,
     1},
    {"the rule was not there", {NULL, 0, NULL}, {"fail", 0, "fail"}, "not_known", NULL, 1},
    {"it was not evaluated", {"not_evaluated", 1, NULL}, {"fail", 0, "fail"}, "not_known", NULL, 1},
    {"it ended in an error", {"error", 0, NULL}, {"fail", 0, "fail"}, "not_known", NULL, 1},
    {"it failed on part of the evidence",
     {"fail", 1, NULL},
     {"fail", 0, "fail"},
     "not_known",
     NULL,
     1},
    {"it failed and passes", {"fail", 0, "fail"}, {"pass", 0, NULL}, NULL, "fixed", 0},
    {"it failed and does not apply any more",
     {"fail", 0, "fail"},
     {"not_applicable", 0, NULL},
     NULL,
     "fixed",
     0},
    {"another resource fails now", {"fail", 0, "fail"}, {"fail", 0, NULL}, NULL, "fixed", 0},
    {"it failed and is not evaluated",
     {"fail", 0, "fail"},
     {"not_evaluated", 1, NULL},
     NULL,
     "not_judged",
     0},
    {"it failed and ends in an error",
     {"fail", 0, "fail"},
     {"error", 0, NULL},
     NULL,
     "not_judged",
     0},
    {"it failed and passes in part", {"fail", 0, "fail"}, {"fail", 1, NULL}, NULL, "not_judged", 0},
    {"it failed and cannot be told",
     {"fail", 0, "fail"},
     {"not_evaluated", 0, "unknown"},
     NULL,
     "not_judged",
     0},
    {"it failed and the rule is gone", {"fail", 0, "fail"}, {NULL, 0, NULL}, NULL, "not_judged", 0},
};

static char *temp_path(void)
{
    char *path = xstrdup("/tmp/graphaudit-baseline-XXXXXX");
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    (void)close(fd);
    (void)unlink(path);
    return path;
}

static void every_pair_of_states(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        char *path = temp_path();
        struct store *s = NULL;
        struct baseline *b = NULL;
        size_t new_failing[SEVERITY_COUNT] = {0};
        struct err e = ERR_INIT;
        char *mark = NULL;
        char *was = NULL;

        assert_int_equal(store_create(path, &s, &e), ERR_OK);
        write_results(s, &pairs[i].then);
        store_close(s);
        s = NULL;
        if (baseline_load(path, &b, &e) != ERR_OK)
            fail_msg("%s: %s", pairs[i].name, e.msg);
        assert_string_equal(baseline_tenant(b), TENANT);
        assert_int_equal(store_create(":memory:", &s, &e), ERR_OK);
        write_results(s, &pairs[i].now);
        if (baseline_apply(b, s, new_failing, &e) != ERR_OK ||
            store_text(s, "SELECT baseline FROM resource_result", &mark, &e) != ERR_OK ||
            store_text(s, "SELECT state FROM baseline_finding", &was, &e) != ERR_OK)
            fail_msg("%s: %s", pairs[i].name, e.msg);
        if (!str_eq(mark, pairs[i].mark) || !str_eq(was, pairs[i].state) ||
            new_failing[SEVERITY_HIGH] != pairs[i].new_rules)
            fail_msg("%s: %s, %s, %zu", pairs[i].name, mark != NULL ? mark : "none",
                     was != NULL ? was : "none", new_failing[SEVERITY_HIGH]);
        free(mark);
        free(was);
        baseline_free(b);
        store_close(s);
        (void)unlink(path);
        free(path);
    }
}

/* A waived finding asks nobody to do anything: it is marked, not counted. */
static void waived_findings_are_not_counted(void **state)
{
    char *path = temp_path();
    struct store *s = NULL;
    struct baseline *b = NULL;
    size_t new_failing[SEVERITY_COUNT] = {0};
    struct err e = ERR_INIT;
    char *json = NULL;

    (void)state;
    assert_int_equal(store_create(path, &s, &e), ERR_OK);
    write_results(s, &(struct was){"pass", 0, NULL});
    store_close(s);
    s = NULL;
    assert_int_equal(baseline_load(path, &b, &e), ERR_OK);
    assert_int_equal(store_create(":memory:", &s, &e), ERR_OK);
    write_results(s, &(struct was){"fail", 0, "fail"});
    assert_int_equal(store_exec(s, "UPDATE resource_result SET waiver_id = 'W-1'", &e), ERR_OK);
    assert_int_equal(baseline_apply(b, s, new_failing, &e), ERR_OK);
    assert_int_equal(new_failing[SEVERITY_HIGH], 0);
    assert_int_equal(store_text(s, "SELECT baseline_json FROM evaluation", &json, &e), ERR_OK);
    assert_string_equal(json, "{\"digest\":\"abc\",\"finished_at\":\"2026-01-01T00:01:00Z\","
                              "\"evaluated_at\":\"2026-01-01T00:02:00Z\",\"new\":0,\"open\":0,"
                              "\"not_known\":0,\"fixed\":0,\"not_judged\":0}");
    free(json);
    baseline_free(b);
    store_close(s);
    (void)unlink(path);
    free(path);
}

static void what_is_no_baseline_is_refused(void **state)
{
    static const struct {
        const char *name, *sql, *want;
    } cases[] = {
        {"no results", "DELETE FROM evaluation", "holds no results"},
        {"nobody's", "UPDATE snapshot SET tenant_id = NULL", "does not say whose it is"},
        {"empty", "DELETE FROM snapshot", "holds no results"},
    };
    struct err e = ERR_INIT;
    struct baseline *b = NULL;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char *path = temp_path();
        struct store *s = NULL;

        err_clear(&e);
        assert_int_equal(store_create(path, &s, &e), ERR_OK);
        write_results(s, &(struct was){"pass", 0, NULL});
        assert_int_equal(store_exec(s, cases[i].sql, &e), ERR_OK);
        store_close(s);
        assert_int_equal(baseline_load(path, &b, &e), ERR_USAGE);
        if (strstr(e.msg, cases[i].want) == NULL)
            fail_msg("%s: %s", cases[i].name, e.msg);
        (void)unlink(path);
        free(path);
    }
    err_clear(&e);
    assert_int_equal(baseline_load("/nonexistent", &b, &e), ERR_USAGE);
    assert_null(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pair_of_states),
        cmocka_unit_test(waived_findings_are_not_counted),
        cmocka_unit_test(what_is_no_baseline_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
