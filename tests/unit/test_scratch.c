/* Where SQLite's temporary files lie, and that one cannot fill the disk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/strs.h"
#include "model/store.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/graphaudit-scratch-XXXXXX";

static struct store *fresh(void)
{
    char *path = xasprintf("%s/snapshot.db", folder);
    struct store *s = NULL;
    struct err e = ERR_INIT;

    (void)unlink(path);
    if (store_create(path, &s, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    free(path);
    return s;
}

/* Open files of ours in `folder` that have no name any more; their modes together. */
static size_t nameless(mode_t *modes)
{
    DIR *d = opendir("/proc/self/fd");
    size_t found = 0;

    assert_non_null(d);
    *modes = 0;
    for (struct dirent *f; (f = readdir(d)) != NULL;) {
        char *link = xasprintf("/proc/self/fd/%s", f->d_name);
        char to[512] = "";
        struct stat st;

        if (readlink(link, to, sizeof to - 1) > 0 && str_starts(to, folder) &&
            strstr(to, "(deleted)") != NULL && stat(link, &st) == 0) {
            found++;
            *modes |= st.st_mode & 0777;
        }
        free(link);
    }
    (void)closedir(d);
    return found;
}

#define NUMBERS(n) "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT " n ") "

static void a_long_sort_lies_beside_the_snapshot(void **state)
{
    struct store *s = fresh();
    struct stmt *st = NULL;
    struct err e = ERR_INIT;
    mode_t modes = 0;
    bool row = false;
    size_t rows = 0;

    (void)state;
    assert_int_equal(nameless(&modes), 0);
    assert_int_equal(
        stmt_prepare(s, NUMBERS("30000") "SELECT x, zeroblob(2000) FROM c ORDER BY -x", &st, &e),
        ERR_OK);
    assert_int_equal(stmt_step(st, &row, &e), ERR_OK);
    assert_true(nameless(&modes) > 0);
    assert_int_equal(modes, 0600);
    for (; row; rows++) {
        assert_int_equal(stmt_int(st, 0), 30000 - (int64_t)rows);
        assert_int_equal(stmt_step(st, &row, &e), ERR_OK);
    }
    assert_int_equal(rows, 30000);
    stmt_free(st);
    assert_int_equal(nameless(&modes), 0);
    store_close(s);
}

static void a_sort_past_the_limit_ends(void **state)
{
    struct store *s = fresh();
    struct stmt *st = NULL;
    struct err e = ERR_INIT;
    bool row = false;

    (void)state;
    assert_int_equal(
        stmt_prepare(s, NUMBERS("1200") "SELECT x, zeroblob(1000000) FROM c ORDER BY -x", &st, &e),
        ERR_OK);
    assert_int_equal(stmt_step(st, &row, &e), ERR_IO);
    assert_non_null(strstr(e.msg, "full"));
    stmt_free(st);
    store_close(s);
}

static int make_folder(void **state)
{
    (void)state;
    (void)unsetenv("SQLITE_TMPDIR");
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state)
{
    char *path = xasprintf("%s/snapshot.db", folder);

    (void)state;
    (void)unlink(path);
    free(path);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_sort_lies_beside_the_snapshot),
        cmocka_unit_test(a_sort_past_the_limit_ends),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
