#include "model/pour.h"

#include "base/attrs.h"
#include "base/mem.h"
#include "base/strs.h"
#include "model/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Rows 0 to n - 1: a text that is not NUL-terminated, a number, NULL. */
struct rows {
    struct store *s;
    int64_t n, at, bad; /* at `bad` something goes wrong; below 0: never */
    bool is_nested;     /* each row writes another one elsewhere */
    char text[32];
    struct cell cell[3];
};

static enum err_code next(void *self, const struct cell **row, struct err *e)
{
    struct rows *r = self;
    int64_t at = r->at++;

    if (at == r->bad)
        return err_set(e, ERR_LIMIT, "row %lld is bad", (long long)at);
    if (at == r->n)
        return ERR_OK;
    if (r->is_nested &&
        store_run(r->s, e, "INSERT INTO shared_text(id, text) VALUES (?, 'x')", "i", at) != ERR_OK)
        return e->code;
    (void)snprintf(r->text, sizeof r->text, "k%07lld;", (long long)(at * 7919 % 1000003));
    r->cell[0] = (struct cell){.kind = CELL_TEXT, .text = r->text, .length = strlen(r->text) - 1};
    r->cell[1] = (struct cell){.kind = CELL_NUMBER, .number = at};
    r->cell[2] = (struct cell){.kind = at % 2 == 0 ? CELL_NULL : CELL_NUMBER, .number = -at};
    *row = r->cell;
    return ERR_OK;
}

static const char insert[] = "INSERT INTO ca_reach(policy_id, reached, possibly, excluded)"
                             " SELECT c0, c1, coalesce(c2, 0), c1 FROM pour";

static struct store *open_store(void)
{
    struct store *s = NULL;
    struct err e = ERR_INIT;

    if (store_create(":memory:", &s, &e) != ERR_OK || store_begin(s, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    return s;
}

static void expect(struct store *s, const char *sql, int64_t wanted)
{
    struct err e = ERR_INIT;
    int64_t found = -1;

    if (store_int(s, sql, &found, &e) != ERR_OK || found != wanted)
        fail_msg("%s: %lld, not %lld (%s)", sql, (long long)found, (long long)wanted, e.msg);
}

static void rows_arrive(void **state)
{
    static const struct {
        int64_t n;
        bool is_nested;
    } cases[] = {{0, false}, {1, false}, {5000, false}, {5000, true}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct store *s = open_store();
        struct rows r = {.s = s, .n = cases[i].n, .bad = -1, .is_nested = cases[i].is_nested};
        struct err e = ERR_INIT;

        if (store_pour(s, insert, next, &r, &e) != ERR_OK || store_commit(s, &e) != ERR_OK)
            fail_msg("%s", e.msg);
        expect(s, "SELECT count(*) FROM ca_reach", cases[i].n);
        expect(s, "SELECT count(*) FROM ca_reach WHERE length(policy_id) = 8", cases[i].n);
        expect(s, "SELECT count(*) FROM ca_reach WHERE possibly = 0 AND reached % 2 = 1", 0);
        expect(s, "SELECT coalesce(sum(reached + possibly * (reached % 2)), 0) FROM ca_reach",
               cases[i].n > 1 ? 2499 * 2500 : 0);
        expect(s, "SELECT count(*) FROM shared_text", cases[i].is_nested ? cases[i].n : 0);
        store_close(s);
    }
}

/* What goes wrong is said in its own words, and nothing of the rows stays; the next pour works. */
static void failures(void **state)
{
    static const struct {
        const char *name, *sql, *says;
        int64_t bad;
        enum err_code code;
    } cases[] = {
        {"the source fails at once", insert, "row 0 is bad", 0, ERR_LIMIT},
        {"the source fails later", insert, "row 700 is bad", 700, ERR_LIMIT},
        {"a row is refused", "INSERT INTO ca_reach SELECT c0, c1, c2, c1 FROM pour",
         "NOT NULL constraint failed", -1, ERR_STORE},
        {"no such column", "INSERT INTO ca_reach SELECT c0, c1, c2, c32 FROM pour", "c32", -1,
         ERR_STORE},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct store *s = open_store();
        struct rows r = {.s = s, .n = 1000, .bad = cases[i].bad};
        struct rows good = {.s = s, .n = 1000, .bad = -1};
        struct err e = ERR_INIT;
        struct err none = ERR_INIT;

        assert_int_equal(store_pour(s, cases[i].sql, next, &r, &e), cases[i].code);
        if (strstr(e.msg, cases[i].says) == NULL)
            fail_msg("%s: %s", cases[i].name, e.msg);
        expect(s, "SELECT count(*) FROM ca_reach", 0);
        if (store_pour(s, insert, next, &good, &none) != ERR_OK)
            fail_msg("%s: %s", cases[i].name, none.msg);
        expect(s, "SELECT count(*) FROM ca_reach", 1000);
        store_close(s);
    }
}

/* Its rows are for store_pour() alone, and once. */
static void nobody_else_reads_them(void **state)
{
    struct store *s = open_store();
    struct rows r = {.s = s, .n = 10, .bad = -1};
    struct err e = ERR_INIT;
    struct err again = ERR_INIT;
    int64_t n = 0;

    (void)state;
    assert_int_equal(store_pour(s, insert, next, &r, &e), ERR_OK);
    assert_int_not_equal(store_int(s, "SELECT count(*) FROM pour", &n, &e), ERR_OK);
    r.at = 0;
    assert_int_not_equal(store_pour(s,
                                    "INSERT INTO ca_reach SELECT a.c0, 1, 1, 1 FROM pour a"
                                    " JOIN pour b",
                                    next, &r, &again),
                         ERR_OK);
    store_close(s);
}

/* What shuts a connection in for rules: a second evaluation pours again. */
static void dropped_modules_come_back(void **state)
{
    struct store *s = open_store();
    struct err e = ERR_INIT;

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct rows r = {.s = s, .n = 10, .bad = -1};

        if (store_pour(s, insert, next, &r, &e) != ERR_OK)
            fail_msg("%s", e.msg);
        assert_int_equal(store_run(s, &e, "DELETE FROM ca_reach", ""), ERR_OK);
        assert_int_equal(sqlite3_drop_modules(store_handle(s), NULL), SQLITE_OK);
    }
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_arrive),
        cmocka_unit_test(failures),
        cmocka_unit_test(nobody_else_reads_them),
        cmocka_unit_test(dropped_modules_come_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
