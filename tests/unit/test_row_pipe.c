#include "row_pipe.h"

#include "base/mem.h"
#include "base/strs.h"
#include "model/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Several times what may wait between the two threads. */
#define ROWS 60000
#define NUMBERS                                                                                    \
    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 59999) SELECT i, "

static const struct {
    const char *name;
    bool is_file;
} places[] = {{"in memory: read where they are taken", false}, {"in a file: read ahead", true}};

struct world {
    char dir[64];
    char *path;
    struct store *s;
};

static void open_world(struct world *w, bool is_file)
{
    struct err e = ERR_INIT;

    (void)snprintf(w->dir, sizeof w->dir, "/tmp/graphaudit-pipe-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    w->path = is_file ? xasprintf("%s/s.db", w->dir) : xstrdup(":memory:");
    if (store_create(w->path, &w->s, &e) != ERR_OK)
        fail_msg("%s", e.msg);
}

static void close_world(struct world *w)
{
    store_close(w->s);
    (void)unlink(w->path);
    assert_int_equal(rmdir(w->dir), 0); /* nothing is left beside it: the reader was closed too */
    free(w->path);
}

/* The rows of a query; every second one with a mark. */
struct query {
    struct stmt *st;
    int64_t n;
    char mark;
};

static enum err_code next(void *self, const char *cell[ROW_PIPE_COLUMNS], int *n, void **mark,
                          struct err *e)
{
    struct query *q = self;
    bool row = false;

    if (stmt_step(q->st, &row, e) != ERR_OK || !row)
        return e->code;
    *n = stmt_column_count(q->st);
    for (int i = 0; i < *n; i++)
        cell[i] = stmt_text(q->st, i);
    if (q->n++ % 2 == 0)
        *mark = &q->mark;
    return ERR_OK;
}

static void release(void *self)
{
    struct query *q = self;

    stmt_free(q->st);
    free(q);
}

static struct row_pipe *start(struct world *w, const char *sql)
{
    struct query *q = xcalloc(1, sizeof *q);
    const struct row_source source = {next, release, q};
    struct row_pipe *p = NULL;
    struct err e = ERR_INIT;

    q->mark = 'm';
    if (row_pipe_open(w->s, &p, &e) != ERR_OK ||
        stmt_prepare(row_pipe_store(p), sql, &q->st, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    row_pipe_start(p, &source);
    return p;
}

/* Every row, in order, with its values: NULL is not the empty text, and long ones are whole. */
static void rows_come_as_they_are(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        struct world w;
        struct row_pipe *p;
        const char *const *row;
        struct err e = ERR_INIT;
        int64_t n = 0;
        void *mark;

        open_world(&w, places[i].is_file);
        assert_int_equal(store_begin(w.s, &e), ERR_OK); /* as the derivation does */
        p = start(&w, NUMBERS "CASE i % 3 WHEN 0 THEN NULL WHEN 1 THEN '' ELSE 'x' || i END,"
                              " CASE i WHEN 777 THEN hex(zeroblob(200000)) ELSE hex(zeroblob(50)) "
                              "END FROM n");
        while (row_pipe_next(p, &row, &mark, &e) == ERR_OK && row != NULL) {
            char *number = xasprintf("%lld", (long long)n);
            char *word = xasprintf("x%lld", (long long)n);

            assert_string_equal(row[0], number);
            if (n % 2 == 0)
                assert_int_equal(*(const char *)mark, 'm');
            else
                assert_null(mark);
            if (n % 3 == 0)
                assert_null(row[1]);
            else
                assert_string_equal(row[1], n % 3 == 1 ? "" : word);
            assert_int_equal(strlen(row[2]), n == 777 ? 400000 : 100);
            free(number);
            free(word);
            n++;
        }
        if (e.code != ERR_OK || n != ROWS)
            fail_msg("%s: %lld rows, %s", places[i].name, (long long)n, e.msg);
        row_pipe_close(p);
        store_rollback(w.s);
        close_world(&w);
    }
}

static void no_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        struct world w;
        struct row_pipe *p;
        const char *const *row;
        struct err e = ERR_INIT;

        open_world(&w, places[i].is_file);
        p = start(&w, "SELECT id FROM user");
        assert_int_equal(row_pipe_next(p, &row, NULL, &e), ERR_OK);
        assert_null(row);
        row_pipe_close(p);
        close_world(&w);
    }
}

/* What goes wrong while reading ahead comes after the rows before it. */
static void reader_fails(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        struct world w;
        struct row_pipe *p;
        const char *const *row;
        struct err e = ERR_INIT;
        int64_t n = 0;

        open_world(&w, places[i].is_file);
        p = start(&w, NUMBERS "CASE WHEN i = 40000 THEN json_extract('no json', '$') ELSE "
                              "hex(zeroblob(50)) END FROM n");
        while (row_pipe_next(p, &row, NULL, &e) == ERR_OK && row != NULL)
            n++;
        assert_int_equal(n, 40000);
        assert_int_equal(e.code, ERR_STORE);
        assert_non_null(strstr(e.msg, "malformed JSON"));
        row_pipe_close(p);
        close_world(&w);
    }
}

/* Whoever takes the rows may stop at any of them. */
static void taker_stops(void **state)
{
    static const int64_t after[] = {0, 1, 5000};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(places); i++)
        for (size_t k = 0; k < COUNT_OF(after); k++) {
            struct world w;
            struct row_pipe *p;
            const char *const *row = NULL;
            struct err e = ERR_INIT;

            open_world(&w, places[i].is_file);
            p = start(&w, NUMBERS "hex(zeroblob(50)) FROM n");
            for (int64_t n = 0; n < after[k]; n++)
                assert_int_equal(row_pipe_next(p, &row, NULL, &e), ERR_OK);
            row_pipe_close(p);
            close_world(&w);
        }
    row_pipe_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_come_as_they_are),
        cmocka_unit_test(no_rows),
        cmocka_unit_test(reader_fails),
        cmocka_unit_test(taker_stops),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
