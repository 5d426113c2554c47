#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/strs.h"
#include "model/evidence.h"
#include "model/snapshot.h"
#include "model/store.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char *path_of(const char *name)
{
    static char folder[] = "/tmp/graphaudit-store-XXXXXX";
    static bool made;

    if (!made)
        made = mkdtemp(folder) != NULL;
    return xasprintf("%s/%s", folder, name);
}

static struct store *fresh(const char *path)
{
    struct store *s = NULL;
    struct err e = ERR_INIT;

    (void)unlink(path);
    if (store_create(path, &s, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    return s;
}

static void a_new_snapshot_is_private_and_marked(void **state)
{
    char *path = path_of("new.db");
    struct store *s = fresh(path);
    struct store *again = NULL;
    struct stat st;
    int64_t v = 0;
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(store_int(s, "PRAGMA application_id", &v, &e), ERR_OK);
    assert_int_equal(v, STORE_APPLICATION_ID);
    assert_int_equal(store_int(s, "PRAGMA page_size", &v, &e), ERR_OK);
    assert_int_equal(v, 8192); /* set before the write-ahead log fixed it */
    assert_int_equal(store_create(path, &again, &e), ERR_USAGE); /* never overwritten */
    store_close(s);
    err_clear(&e);
    assert_int_equal(store_open(path, false, &s, &e), ERR_OK);
    assert_int_not_equal(store_exec(s, "DELETE FROM collection", &e), ERR_OK);
    store_close(s);
    free(path);
}

static void a_discarded_snapshot_leaves_nothing(void **state)
{
    static const char *const parts[] = {"", "-wal", "-shm", "-journal"};
    char *path = path_of("discarded.db");
    struct err e = ERR_INIT;

    (void)state;
    for (int is_open = 0; is_open < 2; is_open++) { /* also with a transaction under way */
        struct store *s = fresh(path);

        if (store_begin(s, &e) != ERR_OK ||
            store_exec(s, "INSERT INTO shared_text(text) VALUES (hex(zeroblob(1000000)))", &e) !=
                ERR_OK)
            fail_msg("%s", e.msg);
        if (is_open == 0)
            assert_int_equal(store_commit(s, &e), ERR_OK);
        store_discard(s);
        for (size_t i = 0; i < COUNT_OF(parts); i++) {
            char *part = xasprintf("%s%s", path, parts[i]);

            assert_int_not_equal(access(part, F_OK), 0);
            free(part);
        }
    }
    store_discard(NULL);
    free(path);
}

static void strangers_are_refused(void **state)
{
    char *path = path_of("stranger.db");
    struct store *s = NULL;
    struct err e = ERR_INIT;
    FILE *f = fopen(path, "we");

    (void)state;
    assert_non_null(f);
    for (int i = 0; i < 200; i++)
        fputs("this is not a database at all\n", f);
    (void)fclose(f);
    assert_int_equal(store_open(path, true, &s, &e), ERR_USAGE);
    assert_non_null(strstr(e.msg, "not a graphaudit snapshot"));
    err_clear(&e);
    assert_int_equal(store_open("/nonexistent.db", false, &s, &e), ERR_USAGE);
    (void)unlink(path);
    s = fresh(path);
    err_clear(&e);
    assert_int_equal(store_exec(s, "PRAGMA user_version=99", &e), ERR_OK);
    store_close(s);
    assert_int_equal(store_open(path, true, &s, &e), ERR_USAGE);
    assert_non_null(strstr(e.msg, "newer graphaudit"));
    (void)unlink(path);
    err_clear(&e);
    s = fresh(path);
    assert_int_equal(store_exec(s, "PRAGMA user_version=1", &e), ERR_OK);
    store_close(s);
    assert_int_equal(store_open(path, false, &s, &e), ERR_USAGE);
    assert_non_null(strstr(e.msg, "collect it again"));
    free(path);
}

/* What an earlier release wrote gets the tables that it did not know. */
static void an_older_snapshot_is_brought_up(void **state)
{
    char *path = path_of("older.db");
    struct store *s;
    struct err e = ERR_INIT;
    int64_t n = -1;

    (void)state;
    (void)unlink(path);
    s = fresh(path);
    assert_int_equal(
        store_exec(s,
                   "DROP TABLE trend; DROP TABLE ca_reach; DROP VIEW user_ca_effect; DROP VIEW"
                   " admin_ca_effect; DROP VIEW ca_effect_people; DROP TABLE"
                   " ca_effect_people_row; DROP TABLE protection_people; DROP TABLE ca_effect_row; "
                   "DROP TABLE"
                   " admin_effect_row; ALTER TABLE user_protection_row DROP COLUMN"
                   " effect_id; DROP TABLE sharing_policy; DROP TABLE"
                   " external_in_outlook; DROP TABLE app_management_policy;"
                   " PRAGMA user_version=3",
                   &e),
        ERR_OK);
    store_close(s);
    assert_int_equal(store_open(path, true, &s, &e), ERR_OK);
    assert_int_equal(store_int(s, "SELECT count(*) FROM ca_reach", &n, &e), ERR_OK);
    assert_int_equal(n, 0);
    assert_int_equal(store_int(s,
                               "SELECT (SELECT count(*) FROM user_ca_effect) + (SELECT count(*)"
                               " FROM admin_ca_effect) + (SELECT count(effect_id) FROM"
                               " user_protection_row)",
                               &n, &e),
                     ERR_OK);
    assert_int_equal(n, 0);
    assert_int_equal(store_int(s, "PRAGMA user_version", &n, &e), ERR_OK);
    assert_int_equal(n, STORE_SCHEMA_VERSION);
    store_close(s);
    free(path);
}

/* The seal of an older snapshot holds although its schema has grown: what came later is not in it.
 */
static void an_older_seal_still_holds(void **state)
{
    static const char row[] = "INSERT INTO sharing_policy(name, raw) VALUES ('x', '{}')";
    char digest[2][SHA256_HEX_BYTES];
    struct err e = ERR_INIT;

    (void)state;
    for (int is_new = 0; is_new < 2; is_new++) {
        struct store *s = NULL;

        assert_int_equal(store_create(":memory:", &s, &e), ERR_OK);
        assert_int_equal(store_run(s, &e,
                                   "INSERT INTO snapshot(id, cloud, started_at, tool_version,"
                                   " schema_version) VALUES (1, 'global', '2026-11-23T00:00:00Z',"
                                   " 't', ?)",
                                   "i", (int64_t)(is_new ? STORE_SCHEMA_VERSION : 6)),
                         ERR_OK);
        assert_int_equal(snapshot_digest(s, digest[0], &e), ERR_OK);
        assert_int_equal(store_exec(s, row, &e), ERR_OK);
        assert_int_equal(snapshot_digest(s, digest[1], &e), ERR_OK);
        assert_int_equal(strcmp(digest[0], digest[1]) != 0, is_new);
        store_close(s);
    }
}

/* A run that is killed in the middle of a transaction leaves what was committed, and no more. */
static void a_killed_writer_leaves_a_valid_file(void **state)
{
    char *path = path_of("killed.db");
    struct store *s = NULL;
    struct err e = ERR_INIT;
    int64_t n = 0;
    int status;
    pid_t pid;

    (void)state;
    (void)unlink(path);
    pid = fork();
    if (pid == 0) {
        s = fresh(path);
        (void)store_begin(s, &e);
        (void)store_run(s, &e, "INSERT INTO security_defaults VALUES (1, ?)", "i", (int64_t)1);
        (void)store_commit(s, &e);
        (void)store_begin(s, &e);
        (void)store_run(s, &e, "INSERT INTO role(id) VALUES (?)", "t", "half");
        (void)kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(store_open(path, true, &s, &e), ERR_OK);
    assert_int_equal(store_int(s, "SELECT count(*) FROM security_defaults", &n, &e), ERR_OK);
    assert_int_equal(n, 1);
    assert_int_equal(store_int(s, "SELECT count(*) FROM role", &n, &e), ERR_OK);
    assert_int_equal(n, 0);
    store_close(s);
    free(path);
}

static void begin(struct store *s)
{
    struct snapshot_begin b = {"contoso.example", "global", NULL, "1", 1795406706000};
    struct err e = ERR_INIT;

    if (snapshot_begin(s, &b, &e) != ERR_OK)
        fail_msg("%s", e.msg);
}

static void the_seal_notices_every_change(void **state)
{
    static const char *const changes[] = {
        "UPDATE collection SET state = 'partial', reason_code = 'throttled'",
        "INSERT INTO user(id) VALUES ('c')",
        "UPDATE user SET account_enabled = 0 WHERE id = 'a'",
        "UPDATE user SET account_enabled = NULL WHERE id = 'a'",
        "DELETE FROM user WHERE id = 'b'",
        "UPDATE snapshot SET tenant_name = 'other'",
        "INSERT INTO dns_record VALUES ('d', 'spf', 'TXT', 'd', 0, NULL, 'nodata')",
    };
    struct err e = ERR_INIT;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(changes) + 1; i++) {
        struct store *s = fresh(":memory:");
        bool ok = false;

        begin(s);
        assert_int_equal(store_exec(s,
                                    "INSERT INTO collection(resource, state) VALUES ('users', "
                                    "'complete');"
                                    "INSERT INTO user(id, account_enabled) VALUES ('a', 1), ('b', "
                                    "1);",
                                    &e),
                         ERR_OK);
        assert_int_equal(snapshot_seal(s, 1795406706000, &e), ERR_OK);
        if (i < COUNT_OF(changes) && store_exec(s, changes[i], &e) != ERR_OK)
            fail_msg("%s: %s", changes[i], e.msg);
        assert_int_equal(snapshot_verify(s, &ok, &e), ERR_OK);
        if (ok != (i == COUNT_OF(changes)))
            fail_msg("%s", i < COUNT_OF(changes) ? changes[i] : "unchanged");
        store_close(s);
    }
}

static void the_order_of_arrival_does_not_matter(void **state)
{
    char first[SHA256_HEX_BYTES];
    char second[SHA256_HEX_BYTES];
    struct err e = ERR_INIT;
    struct store *s = fresh(":memory:");

    (void)state;
    begin(s);
    assert_int_equal(store_exec(s, "INSERT INTO user(id) VALUES ('a'), ('b'), ('c')", &e), ERR_OK);
    assert_int_equal(snapshot_digest(s, first, &e), ERR_OK);
    store_close(s);
    s = fresh(":memory:");
    begin(s);
    assert_int_equal(store_exec(s, "INSERT INTO user(id) VALUES ('c'), ('a'), ('b')", &e), ERR_OK);
    assert_int_equal(snapshot_digest(s, second, &e), ERR_OK);
    assert_string_equal(first, second);
    store_close(s);
}

/* Every table of the schema is in the evidence map, and the other way round. */
static void the_evidence_map_knows_every_table(void **state)
{
    struct store *s = fresh(":memory:");
    struct stmt *st = NULL;
    struct err e = ERR_INIT;
    bool row = false;
    size_t tables = 0;
    size_t mapped = 0;

    (void)state;
    assert_int_equal(
        stmt_prepare(s, "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')", &st, &e),
        ERR_OK);
    while (stmt_step(st, &row, &e) == ERR_OK && row) {
        enum table_kind kind = evidence_table_kind(stmt_text(st, 0));

        if (kind == TABLE_UNKNOWN)
            fail_msg("table %s is not in the map", stmt_text(st, 0));
        if ((kind == TABLE_EVIDENCE || kind == TABLE_DERIVED) &&
            evidence_needs(stmt_text(st, 0), NULL) == 0)
            fail_msg("table %s needs no evidence", stmt_text(st, 0));
        tables++;
    }
    stmt_free(st);
    store_close(s);
    for (int kind = TABLE_META; kind <= TABLE_RESULT; kind++)
        for (size_t i = 0; evidence_table_at((enum table_kind)kind, i) != NULL; i++)
            mapped++;
    assert_int_equal(tables, mapped);
    for (size_t i = 0; i < evidence_resource_count(); i++) {
        assert_non_null(evidence_resource_at(i)->id);
        assert_int_equal(evidence_resource_find(evidence_resource_at(i)->id), i);
    }
}

static void columns_of(struct store *s, const char *table, struct buf *out)
{
    struct stmt *st = NULL;
    struct err e = ERR_INIT;
    bool row = false;

    assert_int_equal(stmt_prepare(s, "SELECT name FROM pragma_table_info(?)", &st, &e), ERR_OK);
    stmt_bind_text(st, 1, table);
    while (stmt_step(st, &row, &e) == ERR_OK && row)
        buf_addf(out, "%s,", stmt_text(st, 0));
    buf_addc(out, '\n');
    stmt_free(st);
}

/* Rules are compiled against the flat schema and run against the views. */
static void the_flat_schema_is_the_same_to_rules(void **state)
{
    struct store *s = fresh(":memory:");
    struct err e = ERR_INIT;
    struct buf views;
    struct buf flat;
    const char *table;
    int64_t n = -1;

    (void)state;
    buf_init(&views, 65536);
    buf_init(&flat, 65536);
    for (size_t i = 0; (table = evidence_table_at(TABLE_DERIVED, i)) != NULL; i++)
        columns_of(s, table, &views);
    assert_int_equal(store_flatten(s, &e), ERR_OK);
    for (size_t i = 0; (table = evidence_table_at(TABLE_DERIVED, i)) != NULL; i++)
        columns_of(s, table, &flat);
    assert_string_equal(views.p, flat.p);
    /* counts of flat tables' rows: a rule needs what these need */
    assert_int_equal(store_int(s,
                               "SELECT count(*) FROM sqlite_schema WHERE type = 'view' AND name NOT"
                               " IN ('ca_effect_people', 'protection_people')",
                               &n, &e),
                     ERR_OK);
    assert_int_equal(n, 0);
    /* what is behind the views is gone, so that no rule can name it */
    for (size_t i = 0; (table = evidence_table_at(TABLE_PART, i)) != NULL; i++) {
        struct buf gone;

        buf_init(&gone, 65536);
        columns_of(s, table, &gone);
        assert_string_equal(gone.p, "\n");
        buf_release(&gone);
    }
    buf_release(&views);
    buf_release(&flat);
    store_close(s);
}

static evidence_set bit(const char *id)
{
    size_t at = evidence_resource_find(id);

    if (at == SIZE_MAX)
        fail_msg("no resource %s", id);
    return (evidence_set)1 << at;
}

static void columns_add_to_rows(void **state)
{
    (void)state;
    assert_true(evidence_needs("user", "id") == bit("users"));
    assert_true(evidence_needs("user", "per_user_mfa_state") ==
                (bit("users") | bit("users-per-user-mfa")));
    assert_true((evidence_needs("smtp_auth", "basic") & bit("ca-policies")) != 0);
    assert_true((evidence_needs("smtp_auth", "oauth_app") & bit("ca-policies")) == 0);
    assert_true(evidence_needs("collection", "state") == 0);
}

static void missing_evidence(void **state)
{
    struct store *s = fresh(":memory:");
    struct evidence_states st;
    struct err e = ERR_INIT;
    evidence_set all = bit("users") | bit("role-eligibility") | bit("sign-ins") | bit("domains");

    (void)state;
    assert_int_equal(
        store_exec(s,
                   "INSERT INTO collection(resource, state, reason_code, permission) VALUES"
                   "('users','complete',NULL,'User.Read.All'),"
                   "('role-eligibility','skipped','licence',NULL),"
                   "('sign-ins','skipped','licence',NULL),"
                   "('of-the-future','failed','permission',NULL)",
                   &e),
        ERR_OK);
    assert_int_equal(evidence_states_load(s, &st, &e), ERR_OK);
    /* Without P2 there are no eligible assignments; without P1 there are sign-ins all the same. */
    assert_true(evidence_missing(all, &st) == (bit("sign-ins") | bit("domains")));
    assert_int_equal(st.of[evidence_resource_find("domains")].reason, REASON_NOT_COLLECTED);
    assert_string_equal(st.of[evidence_resource_find("users")].permission, "User.Read.All");
    evidence_states_release(&st);
    store_close(s);
}

static void copies_are_whole(void **state)
{
    char *from = path_of("from.db");
    char *to = path_of("to.db");
    struct store *s = fresh(from);
    struct err e = ERR_INIT;
    int64_t n = 0;

    (void)state;
    (void)unlink(to);
    assert_int_equal(store_exec(s, "INSERT INTO user(id) VALUES ('a')", &e), ERR_OK);
    assert_int_equal(store_copy(s, to, &e), ERR_OK);
    assert_int_equal(store_copy(s, to, &e), ERR_USAGE);
    store_close(s);
    err_clear(&e);
    assert_int_equal(store_open(to, true, &s, &e), ERR_OK);
    assert_int_equal(store_int(s, "SELECT count(*) FROM user", &n, &e), ERR_OK);
    assert_int_equal(n, 1);
    store_close(s);
    free(from);
    free(to);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_snapshot_is_private_and_marked),
        cmocka_unit_test(a_discarded_snapshot_leaves_nothing),
        cmocka_unit_test(strangers_are_refused),
        cmocka_unit_test(an_older_snapshot_is_brought_up),
        cmocka_unit_test(an_older_seal_still_holds),
        cmocka_unit_test(a_killed_writer_leaves_a_valid_file),
        cmocka_unit_test(the_seal_notices_every_change),
        cmocka_unit_test(the_order_of_arrival_does_not_matter),
        cmocka_unit_test(the_evidence_map_knows_every_table),
        cmocka_unit_test(the_flat_schema_is_the_same_to_rules),
        cmocka_unit_test(columns_add_to_rows),
        cmocka_unit_test(missing_evidence),
        cmocka_unit_test(copies_are_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
