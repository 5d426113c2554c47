/* The SQL sandbox: what is refused and stopped, what is seen to be read, and what is left behind.
 */
#include "sandbox.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/strs.h"
#include "model/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The same cases run on a snapshot file (a connection of the sandbox's own) and in memory (the
 * store's connection, shared). */
struct box {
    struct store *s;
    struct sandbox *sb;
    char path[64];
};

static void box_open(struct box *b, bool in_memory)
{
    struct err e = ERR_INIT;

    if (in_memory) {
        (void)snprintf(b->path, sizeof b->path, ":memory:");
    } else {
        int fd;

        (void)snprintf(b->path, sizeof b->path, "/tmp/graphaudit-test-XXXXXX");
        fd = mkstemp(b->path);
        assert_true(fd >= 0);
        (void)close(fd);
        (void)unlink(b->path);
    }
    if (store_create(b->path, &b->s, &e) != ERR_OK ||
        store_exec(b->s,
                   "INSERT INTO domain(name, raw) VALUES ('a.example', '{\"x\": 1}'),"
                   " ('b.example', '{\"x\": 2}')",
                   &e) != ERR_OK ||
        sandbox_open(b->s, &b->sb, &e) != ERR_OK)
        fail_msg("%s", e.msg);
}

static void box_close(struct box *b)
{
    sandbox_close(b->sb);
    store_close(b->s);
    if (!str_eq(b->path, ":memory:"))
        (void)unlink(b->path);
}

/* Compiles and runs to the end. NULL: nothing was refused. Borrowed from `f`. */
static const char *attempt(struct box *b, const char *sql, struct sandbox_fault *f)
{
    sqlite3_stmt *st = NULL;
    enum sandbox_step step;

    if (!sandbox_prepare(b->sb, sql, &st, NULL, f))
        return f->text;
    while ((step = sandbox_step(b->sb, st, f)) == SANDBOX_ROW)
        ;
    sandbox_finalize(b->sb, st);
    return step == SANDBOX_DONE ? NULL : f->text;
}

static const struct {
    const char *name, *sql, *why; /* part of the reason */
} hostile[] = {
    {"attach", "ATTACH '/tmp/x.db' AS x", "ATTACH is not allowed"},
    {"detach", "DETACH main", "DETACH is not allowed"},
    {"pragma", "PRAGMA user_version", "PRAGMA is not allowed"},
    {"pragma that writes", "PRAGMA journal_mode=DELETE", "PRAGMA is not allowed"},
    {"pragma as a function", "SELECT * FROM pragma_table_info('domain')", "not allowed"},
    {"pragma as a function, counted", "SELECT count(*) FROM pragma_database_list", "not a"},
    {"pragma function list", "SELECT name FROM pragma_function_list", "not allowed"},
    {"insert", "INSERT INTO domain(name, raw) VALUES ('x', '{}')", "INSERT is not allowed"},
    {"insert returning", "INSERT INTO domain(name, raw) VALUES ('x', '{}') RETURNING name",
     "INSERT is not allowed"},
    {"replace", "REPLACE INTO domain(name, raw) VALUES ('a.example', '{}')", "not allowed"},
    {"update", "UPDATE domain SET is_default = 1", "UPDATE is not allowed"},
    {"delete", "DELETE FROM domain", "DELETE is not allowed"},
    {"delete behind with", "WITH x AS (SELECT 1) DELETE FROM domain", "DELETE is not allowed"},
    {"create", "CREATE TABLE x(a)", "INSERT is not allowed"},
    {"create temp", "CREATE TEMP TABLE x(a)", "not allowed"},
    {"create view", "CREATE TEMP VIEW x AS SELECT 1", "not allowed"},
    {"create trigger", "CREATE TEMP TRIGGER t AFTER INSERT ON domain BEGIN SELECT 1; END",
     "not allowed"},
    {"create virtual", "CREATE VIRTUAL TABLE x USING fts5(a)", "'using'"},
    {"drop", "DROP TABLE domain", "not allowed"},
    {"alter", "ALTER TABLE domain RENAME TO x", "not a"},
    {"reindex", "REINDEX", "not allowed"},
    {"analyze", "ANALYZE", "not allowed"},
    {"vacuum", "VACUUM", "may only SELECT"},
    {"vacuum into", "VACUUM INTO '/tmp/copy.db'", "may only SELECT"},
    {"begin", "BEGIN", "not allowed"},
    {"savepoint", "SAVEPOINT x", "SAVEPOINT is not allowed"},
    {"explain", "EXPLAIN SELECT 1", "EXPLAIN is not a query"},
    {"explain query plan", "EXPLAIN QUERY PLAN SELECT 1", "EXPLAIN is not a query"},
    {"two statements", "SELECT 1; SELECT 2", "text behind the statement"},
    {"two statements, one hidden", "SELECT 1; -- ok\n DELETE FROM domain", "text behind"},
    {"nothing", "", "there is no statement"},
    {"only a comment", "-- SELECT 1", "there is no statement"},
    {"load_extension", "SELECT load_extension('/tmp/x.so')", "may not call load_extension()"},
    {"randomblob", "SELECT randomblob(10)", "may not call randomblob()"},
    {"random", "SELECT random()", "may not call random()"},
    {"readfile", "SELECT readfile('/etc/passwd')", "no such function: readfile"},
    {"writefile", "SELECT writefile('/tmp/x', 'y')", "no such function: writefile"},
    {"edit", "SELECT edit('x')", "no such function: edit"},
    {"fts3_tokenizer", "SELECT fts3_tokenizer('simple')", "fts3_tokenizer"},
    {"zeroblob", "SELECT zeroblob(1000000)", "may not call zeroblob()"},
    {"sqlite_version", "SELECT sqlite_version()", "may not call sqlite_version()"},
    {"changes", "SELECT changes()", "may not call changes()"},
    {"last_insert_rowid", "SELECT last_insert_rowid()", "may not call last_insert_rowid()"},
    {"now", "SELECT datetime('now')", "rules never read the clock"},
    {"now by default", "SELECT date()", "rules never read the clock"},
    {"strftime", "SELECT strftime('%s', 'now')", "rules never read the clock"},
    {"current_timestamp", "SELECT CURRENT_TIMESTAMP", "rules never read the clock"},
    {"current_date", "SELECT current_date", "rules never read the clock"},
    {"match", "SELECT 1 FROM domain WHERE name MATCH 'x'", "match"},
    {"regexp", "SELECT 1 FROM domain WHERE name REGEXP 'x'", "REGEXP"},
    {"sqlite_master", "SELECT * FROM sqlite_master", "may not read table 'sqlite_master'"},
    {"sqlite_master, counted", "SELECT count(*) FROM sqlite_master", "sqlite_master"},
    {"sqlite_schema", "SELECT sql FROM sqlite_schema", "may not read table"},
    {"sqlite_schema, counted", "SELECT 1 FROM domain, sqlite_schema", "sqlite_schema"},
    {"temp schema", "SELECT * FROM sqlite_temp_master", "may not read"},
    {"schema by another quoting", "SELECT [name] FROM [main].[sqlite_master]", "may not read"},
    {"dbstat", "SELECT * FROM dbstat", "no such table: dbstat"},
    {"sqlite_stmt", "SELECT * FROM sqlite_stmt", "no such table"},
    {"a result table", "SELECT * FROM rule_result", "it holds results"},
    {"a result table, counted", "SELECT count(*) FROM resource_result", "it holds results"},
    {"a result table, in a subquery", "SELECT (SELECT max(fail) FROM rule_result)",
     "holds results"},
    {"a result table, by existence", "SELECT EXISTS (SELECT 1 FROM evaluation)", "holds results"},
    {"a result table, as a set", "SELECT 'x' IN rule_result", "rule_result"},
    {"a result table, by union", "SELECT name FROM domain UNION SELECT rule_id FROM rule",
     "holds results"},
    {"using", "SELECT 1 FROM rule_result a JOIN resource_result b USING (rule_id)", "'using'"},
    {"natural", "SELECT 1 FROM domain NATURAL JOIN accepted_domain", "'natural'"},
    {"misspelt column as text", "SELECT \"nmae\" FROM domain", "no such column: nmae"},
    {"huge text", "SELECT printf('%1500000s', 'x') || printf('%1500000s', 'y')", "too big"},
    {"huge text by replace",
     "SELECT replace(replace(printf('%60000s', 'x'), ' ', printf('%60s', 'y'"
     ")), ' ', printf('%1000s', 'z'))",
     "too big"},
    {"many terms",
     "SELECT 1 UNION ALL SELECT 1 UNION ALL SELECT 1 UNION ALL SELECT 1 UNION ALL SELECT "
     "1 UNION ALL SELECT 1 UNION ALL SELECT 1 UNION ALL SELECT 1 UNION ALL SELECT 1 "
     "UNION ALL SELECT 1 UNION ALL SELECT 1 UNION ALL SELECT 1 UNION ALL SELECT 1 UNION "
     "ALL SELECT 1 UNION ALL SELECT 1 UNION ALL SELECT 1 UNION ALL SELECT 1 UNION ALL "
     "SELECT 1 UNION ALL SELECT 1 UNION ALL SELECT 1 UNION ALL SELECT 1 UNION ALL SELECT "
     "1 UNION ALL SELECT 1 UNION ALL SELECT 1 UNION ALL SELECT 1 UNION ALL SELECT 1 UNION "
     "ALL SELECT 1 UNION ALL SELECT 1 UNION ALL SELECT 1 UNION ALL SELECT 1 UNION ALL "
     "SELECT 1 UNION ALL SELECT 1 UNION ALL SELECT 1 UNION ALL SELECT 1 UNION ALL SELECT "
     "1 UNION ALL SELECT 1 UNION ALL SELECT 1 UNION ALL SELECT 1 UNION ALL SELECT 1 UNION "
     "ALL SELECT 1 UNION ALL SELECT 1 UNION ALL SELECT 1 UNION ALL SELECT 1 UNION ALL "
     "SELECT 1 UNION ALL SELECT 1 UNION ALL SELECT 1 UNION ALL SELECT 1 UNION ALL SELECT "
     "1 UNION ALL SELECT 1 UNION ALL SELECT 1 UNION ALL SELECT 1 UNION ALL SELECT 1",
     "too many terms"},
    {"temporary files",
     "WITH RECURSIVE r(n, t) AS (SELECT 1, printf('%1000000s', 'x') UNION ALL SELECT n + "
     "1, t || 'y' FROM r LIMIT 100000) SELECT count(*) FROM (SELECT t FROM r ORDER BY t "
     "DESC)",
     "MiB of temporary files"},
    {"memory",
     "WITH j(t) AS (SELECT '[' || replace(printf('%999990s', ''), ' ', '0,') || "
     "'0]') SELECT count(*) FROM j, json_each(j.t) AS a0, json_each(j.t) AS a1, "
     "json_each(j.t) AS a2, json_each(j.t) AS a3, json_each(j.t) AS a4, "
     "json_each(j.t) AS a5, json_each(j.t) AS a6, json_each(j.t) AS a7, "
     "json_each(j.t) AS a8, json_each(j.t) AS a9, json_each(j.t) AS a10, "
     "json_each(j.t) AS a11, json_each(j.t) AS a12, json_each(j.t) AS a13, "
     "json_each(j.t) AS a14, json_each(j.t) AS a15, json_each(j.t) AS a16, "
     "json_each(j.t) AS a17, json_each(j.t) AS a18, json_each(j.t) AS a19, "
     "json_each(j.t) AS a20, json_each(j.t) AS a21, json_each(j.t) AS a22, "
     "json_each(j.t) AS a23, json_each(j.t) AS a24, json_each(j.t) AS a25, "
     "json_each(j.t) AS a26, json_each(j.t) AS a27, json_each(j.t) AS a28, "
     "json_each(j.t) AS a29, json_each(j.t) AS a30, json_each(j.t) AS a31, "
     "json_each(j.t) AS a32, json_each(j.t) AS a33, json_each(j.t) AS a34, "
     "json_each(j.t) AS a35, json_each(j.t) AS a36, json_each(j.t) AS a37, "
     "json_each(j.t) AS a38, json_each(j.t) AS a39, json_each(j.t) AS a40, "
     "json_each(j.t) AS a41, json_each(j.t) AS a42, json_each(j.t) AS a43, "
     "json_each(j.t) AS a44, json_each(j.t) AS a45, json_each(j.t) AS a46, "
     "json_each(j.t) AS a47",
     "MiB of memory"},
};

static void hostile_sql_is_refused(void **state)
{
    size_t wrong = 0;

    (void)state;
    for (int in_memory = 0; in_memory < 2; in_memory++) {
        struct box b;

        box_open(&b, in_memory != 0);
        for (size_t i = 0; i < COUNT_OF(hostile); i++) {
            struct sandbox_fault f;
            const char *got = attempt(&b, hostile[i].sql, &f);

            if (got == NULL || strstr(got, hostile[i].why) == NULL) {
                wrong++;
                print_error("%s (%s): got '%s'\n", hostile[i].name, b.path,
                            got != NULL ? got : "nothing refused");
            }
        }
        box_close(&b);
    }
    if (wrong > 0)
        fail_msg("%zu cases", wrong);
}

/* After all that, the snapshot is what it was, and the store can go on writing. */
static void nothing_was_changed(void **state)
{
    (void)state;
    for (int in_memory = 0; in_memory < 2; in_memory++) {
        struct box b;
        struct err e = ERR_INIT;
        int64_t n = 0;

        box_open(&b, in_memory != 0);
        for (size_t i = 0; i < COUNT_OF(hostile); i++) {
            struct sandbox_fault f;

            if (!str_eq(hostile[i].name, "memory") && !str_eq(hostile[i].name, "temporary files"))
                (void)attempt(&b, hostile[i].sql, &f);
        }
        assert_int_equal(
            store_int(b.s, "SELECT count(*) FROM domain WHERE is_default IS NULL", &n, &e), ERR_OK);
        assert_int_equal(n, 2);
        assert_int_equal(
            store_int(b.s, "SELECT count(*) FROM sqlite_schema WHERE name = 'x'", &n, &e), ERR_OK);
        assert_int_equal(n, 0);
        assert_int_equal(store_exec(b.s, "DELETE FROM domain", &e), ERR_OK);
        assert_int_equal(access("/tmp/copy.db", F_OK), -1);
        sandbox_close(b.sb);
        b.sb = NULL; /* what the sandbox set on a shared handle is undone */
        assert_int_equal(store_exec(b.s, "ATTACH ':memory:' AS x; PRAGMA x.user_version=3", &e),
                         ERR_OK);
        box_close(&b);
    }
}

static void endless_queries_are_stopped(void **state)
{
    static const char *const queries[] = {
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r",
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT 100000) "
        "SELECT count(*) FROM r a, r b, r c WHERE a.n + b.n + c.n < 0",
    };
    struct box b;

    (void)state;
    box_open(&b, false);
    sandbox_set_budget(b.sb, 2000000, 60000);
    for (size_t i = 0; i < COUNT_OF(queries); i++) {
        struct sandbox_fault f;
        const char *got = attempt(&b, queries[i], &f);

        if (got == NULL || strstr(got, "stopped after 2000000 steps") == NULL)
            fail_msg("%s: %s", queries[i], got != NULL ? got : "ran to the end");
        assert_int_equal(f.reason, REASON_DEADLINE);
    }
    sandbox_set_budget(b.sb, INT64_MAX, 50);
    for (size_t i = 0; i < COUNT_OF(queries); i++) {
        struct sandbox_fault f;
        const char *got = attempt(&b, queries[i], &f);

        if (got == NULL || strstr(got, "stopped after 0 seconds") == NULL)
            fail_msg("%s: %s", queries[i], got != NULL ? got : "ran to the end");
    }
    box_close(&b);
}

static void ordinary_sql_runs(void **state)
{
    static const struct {
        const char *sql, *want; /* the first column of the first row */
    } cases[] = {
        {"SELECT count(*) FROM domain", "2"},
        {"SELECT group_concat(name, '+') FROM domain", "a.example+b.example"},
        {"SELECT raw ->> 'x' FROM domain ORDER BY name DESC", "2"},
        {"SELECT raw -> '$.x' FROM domain", "1"},
        {"SELECT value FROM json_each('[7, 8]')", "7"},
        {"SELECT count(*) FROM domain, json_tree(domain.raw)", "4"},
        {"WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT 5) SELECT sum(n) "
         "FROM "
         "r",
         "15"},
        {"WITH c AS (SELECT name FROM domain) SELECT count(*) FROM c", "2"},
        {"SELECT row_number() OVER (ORDER BY name DESC) FROM domain ORDER BY name", "2"},
        {"SELECT upper(substr(name, 1, 1)) || lower('X') FROM domain", "Ax"},
        {"SELECT printf('%d%%', 12)", "12%"},
        {"SELECT iif(name LIKE 'A%', 'yes', 'no') FROM domain", "yes"},
        {"SELECT name GLOB 'b*' FROM domain ORDER BY 1 DESC", "1"},
        {"SELECT count(*) FROM snapshot", "0"},
        {"SELECT 'using natural ''using''' /* using */ -- natural", "using natural 'using'"},
        {"SELECT 1 ; ", "1"},
        {"SELECT days_between('2026-01-01', '2026-01-31')", "30"},
        {"SELECT days_between('2026-01-31', '2026-01-01')", "-30"},
        {"SELECT days_between('2026-01-31T00:00:00Z', '2026-01-30T23:59:59Z')", "-1"},
        {"SELECT days_between('2026-01-30T23:00:00Z', '2026-01-31T01:00:00Z')", "0"},
        {"SELECT days_between('2026-01-01', '2026-03-01T12:00:00.123Z')", "59"},
        {"SELECT coalesce(days_between('soon', '2026-01-01'), 'null')", "null"},
        {"SELECT coalesce(days_between(NULL, '2026-01-01'), 'null')", "null"},
        {"SELECT date_add_days('2026-01-31', 1)", "2026-02-01"},
        {"SELECT date_add_days('2026-03-01T23:00:00Z', -1)", "2026-02-28"},
        {"SELECT coalesce(date_add_days('2026-01-31', 'x'), 'null')", "null"},
        {"SELECT coalesce(date_add_days('9999-12-31', 1), 'null')", "null"},
        {"SELECT coalesce(date_add_days('2026-01-31', 9223372036854775807), 'null')", "null"},
    };

    (void)state;
    for (int in_memory = 0; in_memory < 2; in_memory++) {
        struct box b;

        box_open(&b, in_memory != 0);
        for (size_t i = 0; i < COUNT_OF(cases); i++) {
            sqlite3_stmt *st = NULL;
            struct sandbox_fault f;

            if (!sandbox_prepare(b.sb, cases[i].sql, &st, NULL, &f) ||
                sandbox_step(b.sb, st, &f) != SANDBOX_ROW)
                fail_msg("%s: %s", cases[i].sql, f.text);
            assert_string_equal((const char *)sqlite3_column_text(st, 0), cases[i].want);
            sandbox_finalize(b.sb, st);
        }
        box_close(&b);
    }
}

static char *names_of(evidence_set set)
{
    struct buf out;

    buf_init(&out, 4096);
    for (size_t i = 0; i < evidence_resource_count(); i++)
        if ((set >> i & 1) != 0)
            buf_addf(&out, "%s%s", out.n > 0 ? " " : "", evidence_resource_at(i)->id);
    return out.n > 0 ? buf_take(&out) : xstrdup("");
}

#define BOXES "mailboxes hve-accounts"

static const struct {
    const char *name, *sql, *want;
} reads[] = {
    {"nothing", "SELECT 1", ""},
    {"meta tables are always there", "SELECT tenant_id FROM snapshot", ""},
    {"a column", "SELECT name FROM domain", "domains"},
    {"rows only", "SELECT count(*) FROM domain", "domains"},
    {"existence", "SELECT EXISTS (SELECT 1 FROM domain)", "domains"},
    {"a column that needs more", "SELECT imap_enabled FROM mailbox",
     "mailboxes cas-mailboxes hve-accounts"},
    {"a table without it", "SELECT guid FROM mailbox", BOXES},
    {"star", "SELECT * FROM mailbox", "mailboxes cas-mailboxes exchange-users hve-accounts"},
    {"where only", "SELECT guid FROM mailbox WHERE pop_enabled = 1",
     "mailboxes cas-mailboxes hve-accounts"},
    {"order only", "SELECT guid FROM mailbox ORDER BY pop_enabled",
     "mailboxes cas-mailboxes hve-accounts"},
    {"group and having",
     "SELECT count(*) FROM mailbox GROUP BY recipient_type HAVING max(imap_enabled) = 1",
     "mailboxes cas-mailboxes hve-accounts"},
    {"filter of an aggregate", "SELECT count(*) FILTER (WHERE imap_enabled = 1) FROM mailbox",
     "mailboxes cas-mailboxes hve-accounts"},
    {"window", "SELECT rank() OVER (ORDER BY imap_enabled) FROM mailbox",
     "mailboxes cas-mailboxes hve-accounts"},
    {"through a common table expression",
     "WITH x AS (SELECT guid, imap_enabled AS i FROM mailbox) SELECT i FROM x",
     "mailboxes cas-mailboxes hve-accounts"},
    {"through one that is only counted",
     "WITH x AS (SELECT guid FROM mailbox WHERE imap_enabled = 1) SELECT count(*) FROM x",
     "mailboxes cas-mailboxes hve-accounts"},
    {"through star over star",
     "WITH x AS (SELECT * FROM ca_policy) SELECT id FROM (SELECT * FROM x)",
     "ca-policies ca-policies-v1"},
    {"scalar subquery", "SELECT (SELECT max(is_enabled) FROM security_defaults)",
     "security-defaults"},
    {"correlated subquery",
     "SELECT d.name FROM domain d WHERE EXISTS (SELECT 1 FROM dkim_config k WHERE k.domain = "
     "d.name)",
     "domains dkim-signing-config"},
    {"in a set", "SELECT name FROM domain WHERE name IN (SELECT name FROM accepted_domain)",
     "domains accepted-domains"},
    {"row values",
     "SELECT 1 FROM domain WHERE (name, 1) IN (SELECT name, is_default FROM accepted_domain)",
     "domains accepted-domains"},
    {"join on", "SELECT d.name FROM domain d JOIN dkim_config k ON k.domain = d.name",
     "domains dkim-signing-config"},
    {"left join that is optimised away",
     "SELECT d.name FROM domain d LEFT JOIN dkim_config k ON k.domain = d.name",
     "domains dkim-signing-config"},
    {"cross join without a column", "SELECT 1 FROM domain, named_location",
     "domains named-locations"},
    {"union", "SELECT name FROM domain UNION ALL SELECT name FROM accepted_domain",
     "domains accepted-domains"},
    {"except", "SELECT name FROM domain EXCEPT SELECT name FROM accepted_domain",
     "domains accepted-domains"},
    {"json of a column", "SELECT value FROM ca_policy, json_each(ca_policy.raw)", "ca-policies"},
    {"recursive",
     "WITH RECURSIVE r(n) AS (SELECT name FROM domain UNION SELECT r.n FROM r) SELECT n FROM r",
     "domains"},
    {"in a case that is never taken", "SELECT CASE WHEN 0 THEN (SELECT 1 FROM domain) END",
     "domains"},
    {"derived rows", "SELECT mailbox_guid FROM smtp_auth", BOXES},
    {"upper-case names", "SELECT NAME FROM DOMAIN", "domains"},
};

static void reads_are_seen(void **state)
{
    struct box b;

    (void)state;
    box_open(&b, true);
    for (size_t i = 0; i < COUNT_OF(reads); i++) {
        sqlite3_stmt *st = NULL;
        struct sandbox_fault f;
        evidence_set needs = 0;
        char *got;

        if (!sandbox_prepare(b.sb, reads[i].sql, &st, &needs, &f))
            fail_msg("%s: %s", reads[i].name, f.text);
        got = names_of(needs);
        if (!str_eq(got, reads[i].want))
            fail_msg("%s: got '%s', want '%s'", reads[i].name, got, reads[i].want);
        free(got);
        sandbox_finalize(b.sb, st);
    }
    box_close(&b);
}

/* Every evidence and derived table, read in any of three ways, is seen with what it needs. */
static void every_table_is_seen(void **state)
{
    static const enum table_kind kinds[] = {TABLE_EVIDENCE, TABLE_DERIVED};
    static const char *const shapes[] = {"SELECT count(*) FROM \"%s\"",
                                         "SELECT 1 FROM domain d LEFT JOIN \"%s\" x ON 1",
                                         "WITH q AS (SELECT * FROM \"%s\") SELECT count(*) FROM q"};
    struct box b;
    const char *table;

    (void)state;
    box_open(&b, true);
    for (size_t k = 0; k < COUNT_OF(kinds); k++)
        for (size_t i = 0; (table = evidence_table_at(kinds[k], i)) != NULL; i++)
            for (size_t q = 0; q < COUNT_OF(shapes); q++) {
                char *sql = sqlite3_mprintf(shapes[q], table);
                sqlite3_stmt *st = NULL;
                struct sandbox_fault f;
                evidence_set needs = 0;

                if (!sandbox_prepare(b.sb, sql, &st, &needs, &f))
                    fail_msg("%s: %s", sql, f.text);
                if ((needs & evidence_needs(table, NULL)) != evidence_needs(table, NULL))
                    fail_msg("%s: not all seen", sql);
                sandbox_finalize(b.sb, st);
                sqlite3_free(sql);
            }
    box_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile_sql_is_refused),
        cmocka_unit_test(nothing_was_changed),
        cmocka_unit_test(endless_queries_are_stopped),
        cmocka_unit_test(ordinary_sql_runs),
        cmocka_unit_test(reads_are_seen),
        cmocka_unit_test(every_table_is_seen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
