/* Rules on several threads: the same results as one after the other, also when rows do not fit the
 * waiting room, when rules are in each other's way, and when nobody takes what was found. */
#include "base/buf.h"
#include "base/fsx.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "crew.h"
#include "model/store.h"
#include "rule.h"
#include "rules/engine.h"
#include "sandbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEAD(id)                                                                                   \
    "schema: 1\nid: " id "\nversion: 1\ntitle: t\nseverity: high\nservice: dns\nsummary: s\n"      \
    "rationale: r\nremediation: {summary: f}\nreferences: [{title: t, url: \"https://x.example\"}" \
    "]\nmappings: {}\n"
#define MANY "WITH RECURSIVE r(n) AS (SELECT 10001 UNION ALL SELECT n + 1 FROM r WHERE n < 35000)"
#define ROWS(status, reason)                                                                       \
    "SELECT 'id-' || n AS resource_id, CASE n % 3 WHEN 0 THEN NULL ELSE 'name' END AS "            \
    "resource_name, " status " AS status, " reason " AS reason, n AS n, printf('%400s', 'e') AS "  \
    "text FROM r ORDER BY resource_id\n"
/* Holds `megabytes` at once: more than half of LIMIT_RULE_HEAP_BYTES each, or too much. */
#define HOLDS(megabytes)                                                                           \
    "WITH RECURSIVE r(n, t) AS (SELECT 1, printf('%1000000s', 'x') UNION ALL SELECT n + 1, t FROM" \
    " r LIMIT " megabytes "), m AS MATERIALIZED (SELECT n, t FROM r) SELECT 'x' AS resource_id,"   \
    " 'x' AS resource_name, CASE sum(length(m.t) > 9) WHEN " megabytes " THEN 'pass' ELSE 'fail' " \
    "END AS status, 'r' AS reason FROM m ORDER BY 1\n"

/* Many rows in several rules at once, one that breaks after many rows, one that finds none. */
static const char *const wide_rules[] = {
    HEAD("W-001") "query: " MANY ROWS("'fail'", "'r'"),
    HEAD("W-002") "query: " MANY ROWS("CASE WHEN n % 2 = 0 THEN 'unknown' ELSE 'pass' END", "NULL"),
    HEAD("W-003") "query: " MANY ROWS("CASE WHEN n = 34999 THEN 'oops' ELSE 'fail' END",
                                      "'r' || n"),
    HEAD("W-004") "query: " MANY ROWS("'manual'", "'look'"),
    HEAD("W-005") "query: " MANY ROWS("'pass'", "'fine'"),
    HEAD("W-006") "query: SELECT 'a' AS resource_id, 'b' AS resource_name, 'not_applicable' AS "
                  "status, NULL AS reason ORDER BY 1\n",
    HEAD("W-007") "query: " MANY ROWS("'fail'", "'again'"),
};
static const char *const heavy_rules[] = {
    HEAD("H-001") "query: " HOLDS("40"),
    HEAD("H-002") "query: " HOLDS("1100"),
    HEAD("H-003") "query: " HOLDS("40"),
    HEAD("H-004") "query: " HOLDS("40"),
};

struct world {
    char folder[32];
    char *file;
    struct ruleset *rs;
};

static void world_open(struct world *w, const char *const *texts, size_t n)
{
    char *paths[16];
    struct err e = ERR_INIT;

    assert_true(n <= COUNT_OF(paths));
    (void)snprintf(w->folder, sizeof w->folder, "/tmp/graphaudit-test-XXXXXX");
    assert_non_null(mkdtemp(w->folder));
    w->file = xasprintf("%s/s.snapshot", w->folder);
    for (size_t i = 0; i < n; i++) {
        FILE *f;

        paths[i] = xasprintf("%s/%zu.yaml", w->folder, i);
        f = fopen(paths[i], "we");
        assert_non_null(f);
        (void)fputs(texts[i], f);
        assert_int_equal(fclose(f), 0);
    }
    if (ruleset_load((const char *const *)paths, n, NULL, NULL, &w->rs, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    for (size_t i = 0; i < n; i++) {
        (void)unlink(paths[i]);
        free(paths[i]);
    }
}

static void world_close(struct world *w)
{
    ruleset_free(w->rs);
    (void)unlink(w->file);
    (void)rmdir(w->folder);
    free(w->file);
}

static enum err_code evaluate(struct world *w, struct store *s, struct evaluate_summary *sum,
                              struct err *e)
{
    const struct evaluate_options o = {.tool_version = "1", .fail_on = "high"};

    return ruleset_evaluate(w->rs, s, &o, sum, e);
}

/* The results of a store at `path` as text. Caller frees. */
static char *results(struct world *w, const char *path)
{
    static const char *const queries[] = {
        "SELECT rule_id, outcome, reason_code, pass, fail, unknown, manual, not_applicable, total,"
        " message FROM rule_result ORDER BY 1",
        "SELECT rule_id, resource_id, resource_name, status, reason, evidence FROM resource_result "
        "ORDER BY 1, 2"};
    struct evaluate_summary sum;
    struct store *s = NULL;
    struct buf out;
    struct err e = ERR_INIT;

    buf_init(&out, 256 * (size_t)1024 * 1024);
    if (store_create(path, &s, &e) != ERR_OK || evaluate(w, s, &sum, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    for (size_t i = 0; i < COUNT_OF(queries); i++) {
        struct stmt *st = NULL;
        bool row = false;

        assert_int_equal(stmt_prepare(s, queries[i], &st, &e), ERR_OK);
        while (stmt_step(st, &row, &e) == ERR_OK && row)
            for (int c = 0; c < stmt_column_count(st); c++) {
                buf_adds(&out, stmt_is_null(st, c) ? "-" : stmt_text(st, c));
                buf_addc(&out, c + 1 < stmt_column_count(st) ? '|' : '\n');
            }
        stmt_free(st);
    }
    assert_int_equal(e.code, ERR_OK);
    assert_false(out.failed);
    store_close(s);
    return buf_take(&out);
}

static void check_same(const char *const *texts, size_t n, const char *part)
{
    struct world w;
    char *alone;
    char *together;

    world_open(&w, texts, n);
    alone = results(&w, ":memory:"); /* no second connection: one rule after the other */
    together = results(&w, w.file);
    assert_true(strcmp(alone, together) == 0);
    if (strstr(together, part) == NULL)
        fail_msg("no '%s' in %.3000s", part, together);
    free(alone);
    free(together);
    world_close(&w);
}

static void rows_that_have_to_wait_all_come(void **state)
{
    (void)state;
    check_same(wide_rules, COUNT_OF(wide_rules),
               "W-003|error|malformed|0|0|0|0|0|0|The rule failed to run: 'id-34999'");
}

/* One needs too much; the others, beside it, have their due. */
static void one_that_needs_too_much_ends_alone(void **state)
{
    struct world w;
    char *got;

    (void)state;
    world_open(&w, heavy_rules, COUNT_OF(heavy_rules));
    got = results(&w, w.file);
    if (!str_eq(got, "H-001|pass|-|1|0|0|0|0|1|r\n"
                     "H-002|error|deadline|0|0|0|0|0|0|The rule failed to run: stopped: the query "
                     "needs more than 1024 MiB of temporary files, or more than the disk has\n"
                     "H-003|pass|-|1|0|0|0|0|1|r\n"
                     "H-004|pass|-|1|0|0|0|0|1|r\n"))
        fail_msg("%s", got);
    free(got);
    world_close(&w);
}

/* The caller stops at the first row of the first rule; workers wait for room at that time. */
static void workers_end_when_nobody_takes(void **state)
{
    struct evaluate_summary sum;
    struct store *s = NULL;
    struct world w;
    struct err e = ERR_INIT;

    (void)state;
    world_open(&w, wide_rules, COUNT_OF(wide_rules));
    if (store_create(w.file, &s, &e) != ERR_OK ||
        store_exec(s,
                   "CREATE TRIGGER full BEFORE INSERT ON resource_result WHEN NEW.rule_id = "
                   "'W-001' AND NEW.resource_id = 'id-10900' BEGIN SELECT raise(ABORT, 'full'); "
                   "END",
                   &e) != ERR_OK)
        fail_msg("%s", e.msg);
    assert_int_equal(evaluate(&w, s, &sum, &e), ERR_STORE);
    assert_non_null(strstr(e.msg, "full"));
    store_close(s);
    world_close(&w);
}

/* Beside others time proves nothing, steps do; and a cancelled crew stops at once. */
static void crowded_faults_are_marked(void **state)
{
    static const char endless[] =
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r";
    static const struct {
        const char *name;
        int64_t steps, ms;
        bool is_cancelled;
        enum sandbox_step step;
        bool is_crowded;
    } cases[] = {
        {"time", INT64_MAX, 20, false, SANDBOX_FAULT, true},
        {"steps", 1000000, 60000, false, SANDBOX_FAULT, false},
        {"cancelled", INT64_MAX, 60000, true, SANDBOX_INTERRUPTED, false},
    };
    struct err e = ERR_INIT;
    struct store *s = NULL;

    (void)state;
    assert_int_equal(store_create(":memory:", &s, &e), ERR_OK);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct sandbox *sb = NULL;
        struct sandbox_fault f;
        sqlite3_stmt *st = NULL;
        atomic_bool cancel = cases[i].is_cancelled;

        assert_int_equal(sandbox_open(s, &sb, &e), ERR_OK);
        sandbox_set_budget(sb, cases[i].steps, cases[i].ms);
        sandbox_set_crowded(sb, &cancel);
        assert_true(sandbox_prepare(sb, endless, &st, NULL, &f));
        if (sandbox_step(sb, st, &f) != cases[i].step || f.is_crowded != cases[i].is_crowded)
            fail_msg("%s: %s", cases[i].name, f.text);
        sandbox_finalize(sb, st);
        sandbox_close(sb);
    }
    store_close(s);
}

/* Memory is counted by thread: who needs too much beside others would alone, and is not tried
 * again.
 */
static void memory_is_ones_own(void **state)
{
    enum { READERS = 48, SQL_BYTES = 4096 };
    struct err e = ERR_INIT;
    struct store *s = NULL;
    struct sandbox *sb = NULL;
    struct sandbox_fault f;
    sqlite3_stmt *st = NULL;
    atomic_bool cancel = false;
    struct buf sql;

    (void)state;
    buf_init(&sql, SQL_BYTES);
    buf_adds(&sql, "WITH j(t) AS (SELECT '[' || replace(printf('%999990s', ''), ' ', '0,') || '0]')"
                   " SELECT count(*) FROM j");
    for (int i = 0; i < READERS; i++)
        buf_addf(&sql, ", json_each(j.t) AS a%d", i);
    assert_int_equal(store_create(":memory:", &s, &e), ERR_OK);
    assert_int_equal(sandbox_open(s, &sb, &e), ERR_OK);
    sandbox_set_crowded(sb, &cancel);
    assert_true(sandbox_prepare(sb, sql.p, &st, NULL, &f));
    assert_int_equal(sandbox_step(sb, st, &f), SANDBOX_FAULT);
    assert_non_null(strstr(f.text, "MiB of memory"));
    assert_false(f.is_crowded);
    sandbox_finalize(sb, st);
    sandbox_close(sb);
    store_close(s);
    buf_release(&sql);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_that_have_to_wait_all_come),
        cmocka_unit_test(one_that_needs_too_much_ends_alone),
        cmocka_unit_test(workers_end_when_nobody_takes),
        cmocka_unit_test(crowded_faults_are_marked),
        cmocka_unit_test(memory_is_ones_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
