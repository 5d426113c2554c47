/* The packs that ship: every rule loads without a remark, and every test inside the rules holds. */
#include "base/fsx.h"
#include "base/mem.h"
#include "base/strs.h"
#include "rules/engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

static void show(void *ctx, const char *file, int line, int column, const char *text)
{
    const char *kind = ctx;

    fprintf(stderr, "%s:%d:%d: %s: %s\n", file, line, column, kind, text);
}

/* Of a thousand changes to the shipped rules, how many no test of theirs notices. To go down. Tried
 * in release builds: it takes long. */
#ifdef NDEBUG
enum { TRIES_CHANGES = 1 };
#else
enum { TRIES_CHANGES = 0 };
#endif
enum { MOST_UNNOTICED = 160 };

static void show_test(void *ctx, const struct rules_test_info *t)
{
    (void)ctx;
    if (t->why != NULL)
        fprintf(stderr, "FAIL %s \"%s\": %s\n", t->rule, t->name, t->why);
}

static void show_mutant(void *ctx, const struct rules_mutant_info *m)
{
    (void)ctx;
    fprintf(stderr, "%s:%d:%d: unnoticed %s: %s -> %s\n", m->file, m->line, m->column, m->what,
            m->was, m->now);
}

static void list_packs(struct strlist *packs)
{
    struct strlist names = {0};
    struct err e = ERR_INIT;

    if (dir_list("rules/packs", "", &names, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    for (size_t i = 0; i < names.n; i++) {
        char *path = xasprintf("rules/packs/%s", names.v[i]);
        char *pack = xasprintf("%s/pack.yaml", path);
        struct buf b;
        struct err why = ERR_INIT;

        if (file_is_dir(path) && file_read(pack, SIZE_MAX / 2, &b, &why) == ERR_OK) {
            strlist_add(packs, path);
            buf_release(&b);
        }
        free(pack);
        free(path);
    }
    strlist_release(&names);
}

static void rules_of_the_packs_hold(void **state)
{
    struct strlist packs = {0};
    struct ruleset *rs = NULL;
    struct err e = ERR_INIT;
    const struct rules_test_options options = {
        .mutate = TRIES_CHANGES, .test = show_test, .mutant = show_mutant};
    struct rules_test_counts n;

    (void)state;
    list_packs(&packs);
    assert_true(packs.n > 0);
    if (ruleset_load((const char *const *)packs.v, packs.n, show, (char[]){"error"}, &rs, &e) !=
        ERR_OK)
        fail_msg("%s", e.msg);
    if (ruleset_remarks(rs, show, (char[]){"warning"}) > 0)
        fail_msg("remarks on shipped rules");
    if (ruleset_test(rs, &options, &n, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    fprintf(stderr, "%zu rules, %zu tests passed, %zu failed, %zu of %zu changes unnoticed\n",
            ruleset_count(rs), n.passed, n.failed, n.survivors, n.mutants);
    if (n.failed > 0)
        fail_msg("%zu rule tests failed", n.failed);
    if (n.survivors * 1000 > n.mutants * MOST_UNNOTICED || n.cut > 0)
        fail_msg("more changes of rules that no test notices than before: graphaudit rules test "
                 "--mutate names them");
    ruleset_free(rs);
    strlist_release(&packs);
}

/* What is built in is what the folders hold. */
static void built_in_packs_are_the_folders(void **state)
{
    struct strlist packs = {0};
    struct ruleset *disk = NULL;
    struct ruleset *built_in = NULL;
    struct err e = ERR_INIT;

    (void)state;
    list_packs(&packs);
    if (ruleset_load((const char *const *)packs.v, packs.n, show, (char[]){"error"}, &disk, &e) !=
            ERR_OK ||
        ruleset_load(NULL, 0, show, (char[]){"error"}, &built_in, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    assert_int_equal(ruleset_count(disk), ruleset_count(built_in));
    assert_string_equal(ruleset_digest(disk), ruleset_digest(built_in));
    for (size_t i = 0; i < ruleset_count(disk); i++) {
        struct rule_info a;
        struct rule_info b;

        ruleset_info(disk, i, &a);
        ruleset_info(built_in, i, &b);
        assert_string_equal(a.id, b.id);
        assert_string_equal(a.pack, b.pack);
        assert_true(a.needs == b.needs);
    }
    ruleset_free(disk);
    ruleset_free(built_in);
    strlist_release(&packs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_of_the_packs_hold),
        cmocka_unit_test(built_in_packs_are_the_folders),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
