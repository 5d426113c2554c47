/* Snapshots of earlier schemas: opened for writing they become what a new one is, and keep their
 * rows; opened for reading they stay as they are. */
#include "base/buf.h"
#include "base/fsx.h"
#include "base/mem.h"
#include "model/evidence.h"
#include "model/store.h"
#include "rules/engine.h"
#include "rules/facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char rows_sql[] =
    "INSERT INTO snapshot(id, tenant_id, cloud, started_at, finished_at, tool_version, "
    "schema_version) VALUES (1, '11111111-2222-3333-4444-555555555555', 'global', "
    "'2026-01-15T00:00:00Z', '2026-01-15T00:01:00Z', '0.1', 2);"
    "INSERT INTO domain(name, is_verified, raw) VALUES ('a.example', 1, '{}');"
    "INSERT INTO resource_result(rule_id, resource_id, status) VALUES ('T-001', 'a', 'fail');";

/* A file as the program of that time made it. */
static char *old_snapshot(void)
{
    char *path = xstrdup("/tmp/graphaudit-old-XXXXXX");
    int fd = mkstemp(path);
    struct buf sql;
    struct err e = ERR_INIT;
    sqlite3 *h = NULL;
    char pragma[96];

    assert_true(fd >= 0);
    (void)close(fd);
    if (file_read("tests/schema/snapshot-2.sql", 1024 * 1024, &sql, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    (void)snprintf(pragma, sizeof pragma, "PRAGMA application_id=%d; PRAGMA user_version=2",
                   STORE_APPLICATION_ID);
    assert_int_equal(sqlite3_open(path, &h), SQLITE_OK);
    assert_int_equal(sqlite3_exec(h, pragma, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(h, sql.p, NULL, NULL, NULL), SQLITE_OK);
    if (sqlite3_exec(h, rows_sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s", sqlite3_errmsg(h));
    assert_int_equal(sqlite3_close(h), SQLITE_OK);
    buf_release(&sql);
    return path;
}

/* Tables, views and their columns, whatever the columns' order: ALTER TABLE adds at the end.
 * Without the tables of a collection at work: nobody goes on collecting into an older schema. */
static char *shape(struct store *s)
{
    struct stmt *st = NULL;
    struct err e = ERR_INIT;
    struct buf out;
    bool row = false;

    buf_init(&out, 1024 * 1024);
    if (stmt_prepare(
            s,
            "SELECT m.type || ' ' || m.name || '.' || c.name || ' ' || c.type || ' ' || "
            "c.\"notnull\" || ' ' || c.pk || ' ' || coalesce(c.dflt_value, ''), m.name FROM "
            "sqlite_schema m, pragma_table_xinfo(m.name) c WHERE m.type IN ('table', "
            "'view') UNION ALL SELECT m.type || ' ' || m.name || ' on ' || m.tbl_name, "
            "m.tbl_name FROM sqlite_schema m WHERE m.type NOT IN ('table', 'view') ORDER BY 1",
            &st, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    while (stmt_step(st, &row, &e) == ERR_OK && row)
        if (evidence_table_kind(stmt_text(st, 1)) != TABLE_WORK)
            buf_addf(&out, "%s\n", stmt_text(st, 0));
    stmt_free(st);
    return buf_take(&out);
}

static int64_t number(struct store *s, const char *sql)
{
    int64_t v = -1;
    struct err e = ERR_INIT;

    if (store_int(s, sql, &v, &e) != ERR_OK)
        fail_msg("%s: %s", sql, e.msg);
    return v;
}

static void reading_leaves_it_as_it_is(void **state)
{
    char *path = old_snapshot();
    struct store *s = NULL;
    struct err e = ERR_INIT;

    (void)state;
    if (store_open(path, false, &s, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    assert_int_equal(number(s, "PRAGMA user_version"), 2);
    store_close(s);
    s = NULL;
    assert_int_equal(store_open_alone(path, &s, &e), ERR_USAGE); /* collecting goes on in its own */
    assert_null(s);
    (void)unlink(path);
    free(path);
}

static void writing_makes_it_what_a_new_one_is(void **state)
{
    char *path = old_snapshot();
    struct store *fresh = NULL;
    struct store *s = NULL;
    struct err e = ERR_INIT;
    char *want;
    char *got;
    size_t at;

    (void)state;
    if (store_create(":memory:", &fresh, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    want = shape(fresh);
    for (int round = 0; round < 2; round++) { /* the second time there is nothing left to do */
        if (store_open(path, true, &s, &e) != ERR_OK)
            fail_msg("%s", e.msg);
        got = shape(s);
        assert_true(strlen(want) > 1000);
        for (at = 0; got[at] != '\0' && got[at] == want[at];)
            at++;
        if (strcmp(got, want) != 0)
            fail_msg("the migrated one goes on '%.80s', a new one '%.80s'", got + at, want + at);
        assert_int_equal(number(s, "PRAGMA user_version"), STORE_SCHEMA_VERSION);
        assert_int_equal(number(s, "SELECT count(*) FROM domain WHERE name = 'a.example'"), 1);
        assert_int_equal(number(s, "SELECT count(*) FROM resource_result WHERE note IS NULL AND "
                                   "baseline IS NULL"),
                         1);
        store_close(s);
        s = NULL;
        free(got);
    }
    free(want);
    store_close(fresh);
    (void)unlink(path);
    free(path);
}

/* A file of version 2 that lacks a table is damaged: nothing of the migration stays. */
static void a_migration_is_whole_or_nothing(void **state)
{
    char *path = old_snapshot();
    struct store *s = NULL;
    struct err e = ERR_INIT;
    sqlite3 *h = NULL;

    (void)state;
    assert_int_equal(sqlite3_open(path, &h), SQLITE_OK);
    assert_int_equal(sqlite3_exec(h, "DROP TABLE resource_result", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(h), SQLITE_OK);
    assert_int_not_equal(store_open(path, true, &s, &e), ERR_OK);
    assert_non_null(strstr(e.msg, "migrating"));
    assert_null(s);
    err_clear(&e);
    assert_int_equal(store_open(path, false, &s, &e), ERR_OK);
    assert_int_equal(number(s, "PRAGMA user_version"), 2);
    assert_int_equal(number(s, "SELECT count(*) FROM pragma_table_info('evaluation') WHERE name = "
                               "'profile_json'"),
                     0);
    store_close(s);
    (void)unlink(path);
    free(path);
}

/* The shipped rules judge it. */
static void it_can_be_evaluated(void **state)
{
    char *path = old_snapshot();
    struct ruleset *rs = NULL;
    struct store *s = NULL;
    struct evaluate_summary sum;
    const struct facts_options facts = {.as_of_ms = 1768435200000};
    const struct evaluate_options o = {
        .as_of_ms = 1768435200000, .tool_version = "1", .fail_on = "high"};
    struct err e = ERR_INIT;

    (void)state;
    if (ruleset_load(NULL, 0, NULL, NULL, &rs, &e) != ERR_OK ||
        store_open(path, true, &s, &e) != ERR_OK || facts_derive(s, &facts, &e) != ERR_OK ||
        ruleset_evaluate(rs, s, &o, &sum, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    assert_int_equal(sum.errors, 0);
    assert_int_equal(sum.outcomes[OUTCOME_PASS], 0); /* nothing says that anything was read */
    assert_int_equal(number(s, "SELECT count(*) FROM rule_result"), (int64_t)ruleset_count(rs));
    store_close(s);
    ruleset_free(rs);
    (void)unlink(path);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading_leaves_it_as_it_is),
        cmocka_unit_test(writing_makes_it_what_a_new_one_is),
        cmocka_unit_test(a_migration_is_whole_or_nothing),
        cmocka_unit_test(it_can_be_evaluated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
