/* The history without a snapshot: what opens, what is refused, and that every topic has as many
 * columns as names. Runs recorded in it are in tests/e2e/history.sh. */
#include "history/history.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/graphaudit-history-XXXXXX";
static char file[sizeof folder + 8];

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(file, sizeof file, "%s/h.db", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    (void)unlink(file);
    return rmdir(folder);
}

static void test_where(void **state)
{
    static const struct {
        const char *where;
        enum err_code expected;
    } cases[] = {
        {"runs.db", ERR_OK},
        {"/var/lib/graphaudit/history.db", ERR_OK},
        {"", ERR_USAGE},
        {"postgresql://db.example/history", ERR_OK},
        {"postgres://me@db.example:5433/history?sslmode=verify-full", ERR_OK},
        {"postgresql://me:secret@db.example/history", ERR_USAGE},
        {"postgresql://db.example/history?password=secret", ERR_USAGE},
        {"postgresql://db.example/history?sslpassword=secret", ERR_USAGE},
        {"postgresql://db.example/history?nonsense=secret", ERR_USAGE},
        {"postgresql://%zz:secret@", ERR_USAGE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err e = ERR_INIT;

        assert_int_equal(history_check(cases[i].where, &e), cases[i].expected);
        assert_null(strstr(e.msg, "secret"));
    }
}

static bool one_row(void *ctx, const struct history_row *row)
{
    size_t *columns = ctx;

    *columns = row->n;
    return true;
}

/* One row in each table, so that each topic gives one. */
static void fill(void)
{
    sqlite3 *h = NULL;

    assert_int_equal(sqlite3_open(file, &h), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(
            h,
            "INSERT INTO tenant VALUES ('t', 'T', '2026-01-01T00:00:00Z');"
            "INSERT INTO run VALUES ('r', 't', '2026-01-01T00:00:00Z', "
            "'2026-01-01T00:00:00Z', '2026-01-01', '1', NULL, 'd', 1, 2, 3, 4, 5, 6, 7, 8, "
            "9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20);"
            "INSERT INTO run_rule VALUES ('r', 'X-1', 'x', 'high', 'fail', NULL, 1, 0, 1, 1, 'x');"
            "INSERT INTO finding VALUES ('t', 'X-1', 'a', 'A', '2026-01-01T00:00:00Z', "
            "'2026-01-01T00:00:00Z', 0);"
            "INSERT INTO mailbox_verdict VALUES ('t', 'm', '2026-01-01T00:00:00Z', "
            "'a@b.example', 'allow', 'allow', 'allow', '[]');",
            NULL, NULL, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_close(h), SQLITE_OK);
}

static void test_topics(void **state)
{
    struct err e = ERR_INIT;
    struct history *h = NULL;

    (void)state;
    assert_int_equal(history_open(file, false, &h, &e), ERR_USAGE);
    err_clear(&e);
    assert_int_equal(history_open(file, true, &h, &e), ERR_OK);
    history_close(h);
    fill();
    assert_int_equal(history_open(file, false, &h, &e), ERR_OK);
    for (int topic = 0; topic < HISTORY_TOPICS; topic++) {
        const struct history_question q = {.topic = (enum history_topic)topic,
                                           .rule = "X-1",
                                           .mailbox = "a@b.example",
                                           .limit = 5};
        const char *const *names;
        size_t columns = 0;

        assert_int_equal(history_ask(h, &q, one_row, &columns, &e), ERR_OK);
        assert_int_equal(columns, history_columns(q.topic, &names));
        for (size_t i = 0; i < columns; i++)
            assert_non_null(names[i]);
    }
    history_close(h);
}

static void test_only_reads(void **state)
{
    const struct history_question q = {.topic = HISTORY_RUNS, .tenant = "other", .limit = 5};
    struct err e = ERR_INIT;
    struct history *h = NULL;
    size_t columns = 0;

    (void)state;
    assert_int_equal(history_open(file, false, &h, &e), ERR_OK);
    assert_int_equal(history_ask(h, &q, one_row, &columns, &e), ERR_USAGE);
    assert_non_null(strstr(e.msg, "other"));
    history_close(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_where),
        cmocka_unit_test(test_topics),
        cmocka_unit_test(test_only_reads),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
