/* A folder of dated snapshots: only what is ours is counted and removed. */
#include "archive.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/strs.h"
#include "model/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void names(void **state)
{
    static const struct {
        const char *name, *tenant;
        bool is_ours;
    } cases[] = {
        {"graphaudit_contoso.example_20261124T030000Z.db", "contoso.example", true},
        {"graphaudit_contoso.example_20261124T030000Z.db", "Contoso.Example", true},
        {"graphaudit_contoso.example_20261124T030000Z.db", "contoso", false},
        {"graphaudit_contoso_20261124T030000Z.db", "contoso.example", false},
        {"graphaudit_contoso_20261124T030000Z.db-wal", "contoso", false},
        {"graphaudit_contoso_20261124T030000Z.db.bak.db", "contoso", false},
        {"graphaudit_contoso_20261124T030000.db", "contoso", false},
        {"graphaudit_contoso_2026112xT030000Z.db", "contoso", false},
        {"graphaudit_contoso_20261124T030000Z", "contoso", false},
        {"graphaudit_contoso_.db", "contoso", false},
        {"graphaudit_contoso", "contoso", false},
        {"graphaudit_", "contoso", false},
        {"", "contoso", false},
        {"xgraphaudit_contoso_20261124T030000Z.db", "contoso", false},
        {"contoso.db", "contoso", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (archive_is_name(cases[i].name, cases[i].tenant) != cases[i].is_ours)
            fail_msg("%s of %s", cases[i].name, cases[i].tenant);
}

static void a_path_is_a_name(void **state)
{
    char *path = archive_path("/x", "Contoso.Example", 1795489200000);

    (void)state;
    assert_string_equal(path, "/x/graphaudit_contoso.example_20261124T030000Z.db");
    assert_true(archive_is_name(strrchr(path, '/') + 1, "contoso.example"));
    free(path);
}

enum kind { WHOLE, EVALUATED, UNFINISHED, TEXT, LINK, FOLDER };

static void make(const char *folder, const char *name, enum kind kind)
{
    char *path = xasprintf("%s/%s", folder, name);
    struct err e = ERR_INIT;
    struct store *s = NULL;
    FILE *f;

    if (kind == FOLDER) {
        assert_int_equal(mkdir(path, 0700), 0);
    } else if (kind == LINK) {
        assert_int_equal(symlink("/etc/hostname", path), 0);
    } else if (kind == TEXT) {
        f = fopen(path, "w");
        assert_non_null(f);
        assert_int_equal(fclose(f), 0);
    } else {
        assert_int_equal(store_create(path, &s, &e), ERR_OK);
        if (store_exec(s,
                       "INSERT INTO snapshot (id, tenant_domain, cloud, started_at, tool_version, "
                       "schema_version) VALUES (1, 'x', 'global', 't', '0', 3)",
                       &e) != ERR_OK)
            fail_msg("%s", e.msg);
        if (kind != UNFINISHED)
            assert_int_equal(store_exec(s, "UPDATE snapshot SET sealed_at = 't'", &e), ERR_OK);
        if (kind == EVALUATED)
            (void)store_exec(s,
                             "INSERT INTO evaluation (id, as_of, evaluated_at, tool_version, "
                             "rules_digest, fail_on) VALUES (1, 'd', 't', '0', 'r', 'high')",
                             &e);
        if (e.code != ERR_OK)
            fail_msg("%s", e.msg);
        store_close(s);
    }
    free(path);
}

static bool is_there(const char *folder, const char *name)
{
    char *path = xasprintf("%s/%s", folder, name);
    struct stat st;
    bool there = lstat(path, &st) == 0;

    free(path);
    return there;
}

static void only_old_ones_of_ours_go(void **state)
{
    static const struct {
        const char *name;
        enum kind kind;
        bool stays;
    } files[] = {
        {"graphaudit_t_20260101T000000Z.db", UNFINISHED, false},
        {"graphaudit_t_20260102T000000Z.db", EVALUATED, false},
        {"graphaudit_t_20260103T000000Z.db", WHOLE, false},
        {"graphaudit_t_20260104T000000Z.db", UNFINISHED, false},
        {"graphaudit_t_20260105T000000Z.db", EVALUATED, true},
        {"graphaudit_t_20260106T000000Z.db", UNFINISHED, true},
        {"graphaudit_t_20260107T000000Z.db", UNFINISHED, true},
        {"graphaudit_t_20260108T000000Z.db", WHOLE, true},
        {"graphaudit_t_20250101T000000Z.db", TEXT, true}, /* our name, no snapshot */
        {"graphaudit_t_20250102T000000Z.db", LINK, true},
        {"graphaudit_t_20250103T000000Z.db", FOLDER, true},
        {"graphaudit_u_20250101T000000Z.db", EVALUATED, true}, /* another tenant's */
        {"graphaudit_t_2025.db", EVALUATED, true},
        {"october.db", EVALUATED, true},
        {"graphaudit_t_20260101T000000Z.db.txt", TEXT, true},
    };
    char folder[] = "/tmp/test_archive_XXXXXX";
    struct log log = {.f = stderr, .level = LOG_ERROR};
    struct err e = ERR_INIT;
    size_t removed = 0;
    char *latest = NULL;

    (void)state;
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < COUNT_OF(files); i++)
        make(folder, files[i].name, files[i].kind);
    assert_int_equal(archive_latest(folder, "T", &latest, &e), ERR_OK);
    assert_non_null(latest);
    assert_true(str_ends(latest, "/graphaudit_t_20260105T000000Z.db"));
    free(latest);
    assert_int_equal(archive_prune(folder, "t", 2, &log, &removed, &e), ERR_OK);
    assert_int_equal(removed, 4);
    for (size_t i = 0; i < COUNT_OF(files); i++)
        if (is_there(folder, files[i].name) != files[i].stays)
            fail_msg("%s %s", files[i].name, files[i].stays ? "is gone" : "is still there");
    assert_int_equal(archive_prune(folder, "t", 2, &log, &removed, &e), ERR_OK);
    assert_int_equal(removed, 0);
    assert_int_equal(archive_latest(folder, "nobody", &latest, &e), ERR_OK);
    assert_null(latest);
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        char *path = xasprintf("%s/%s", folder, files[i].name);

        (void)remove(path);
        free(path);
    }
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(a_path_is_a_name),
        cmocka_unit_test(only_old_ones_of_ours_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
