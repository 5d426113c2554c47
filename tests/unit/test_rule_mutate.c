/* Mutation: which changes of a query are tried, and which of them a rule's tests notice. */
#include "base/fsx.h"
#include "base/limits.h"
#include "mutate.h"
#include "rule_world.h"
#include "sqlmutate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <unistd.h>

struct listing {
    const char *sql;
    struct buf out;
};

static void list_change(void *ctx, const char *what, size_t at, size_t n, const char *now)
{
    struct listing *l = ctx;

    buf_addf(&l->out, "%s: %.*s -> %s\n", what, (int)n, l->sql + at, now);
}

static const struct {
    const char *name, *sql;
    bool has_contract;
    const char *want;
} changes[] = {
    {"a comparison in WHERE, and the whole of it", "SELECT a FROM t WHERE a = 'x'", false,
     "dropped term: a = 'x' -> 1\ncomparison: = -> <>\n"},
    {"both other ways of an order", "SELECT a <= 5", false,
     "comparison: <= -> <\ncomparison: <= -> >\nnumber: 5 -> 6\n"},
    {"operators of two characters are one", "SELECT a <> b, c || d, e ->> 'f', g -> 'h', a == b",
     false, "comparison: <> -> =\ncomparison: == -> <>\n"},
    {"terms of AND and OR", "SELECT a FROM t WHERE a AND b OR c", false,
     "dropped term: a AND b -> 0\ndropped term: a -> 1\ndropped term: b -> 1\n"
     "dropped term: c -> 0\nAND and OR: AND -> OR\nAND and OR: OR -> AND\n"},
    {"the AND of BETWEEN joins no terms", "SELECT a FROM t WHERE a BETWEEN b AND c AND d", false,
     "dropped term: a BETWEEN b AND c -> 1\ndropped term: d -> 1\n"
     "negation: BETWEEN -> NOT BETWEEN\nAND and OR: AND -> OR\n"},
    {"brackets do not end a condition", "SELECT a FROM t WHERE f(a) AND b ORDER BY a", true,
     "dropped term: f(a) -> 1\ndropped term: b -> 1\nAND and OR: AND -> OR\n"},
    {"NULL tests and NOT", "SELECT a IS NULL, b IS NOT NULL, NOT c, d NOT IN (e), f IN (g)", false,
     "NULL test: IS -> IS NOT\nNULL test: IS NOT -> IS\nnegation: NOT -> \nnegation: NOT -> \n"
     "negation: IN -> NOT IN\n"},
    {"branches and statuses", "SELECT CASE WHEN a THEN 'pass' ELSE 'unknown' END", false,
     "dropped branch: a -> 0\nstatus: 'pass' -> 'fail'\nstatus: 'unknown' -> 'pass'\n"},
    {"EXISTS (SELECT 1), and joins", "SELECT EXISTS (SELECT 1 FROM a LEFT JOIN b ON b.x = a.x)",
     false,
     "negation: EXISTS -> NOT EXISTS\njoin: LEFT -> \ndropped term: b.x = a.x -> 1\n"
     "comparison: = -> <>\n"},
    {"the only row of a table is found by its key", "SELECT a FROM t LEFT JOIN u ON u.id = 1",
     false, "join: LEFT -> \ncomparison: = -> <>\nnumber: 1 -> 0\n"},
    {"numbers: 0 and 1, and what is compared", "SELECT coalesce(a, 0), 7 < b, substr(c, 9), 1.5",
     false, "number: 0 -> 1\nnumber: 7 -> 8\ncomparison: < -> <=\ncomparison: < -> >=\n"},
    {"a number that is only counted", "SELECT count(CASE WHEN a THEN 1 END)", false,
     "dropped branch: a -> 0\n"},
    {"texts of a row are left alone",
     "SELECT a = 1, b = 1, c = 'pass', d = 1, e = 1 FROM t ORDER BY a = 1", true,
     "comparison: = -> <>\nnumber: 1 -> 0\ncomparison: = -> <>\nstatus: 'pass' -> 'fail'\n"},
    {"but how many resources a row stands for is not",
     "SELECT a, a, a, a = 1, a = 1 AS resources, a = 1 FROM t UNION ALL SELECT b, b, b, b = 1, "
     "b + 1, b = 1 FROM t ORDER BY 1",
     true, "comparison: = -> <>\nnumber: 1 -> 0\nnumber: 1 -> 0\n"},
    {"also in a common table",
     "WITH w AS (SELECT f(a) AS id, a = 1 AS reason FROM t) SELECT id, id, id, reason FROM w", true,
     ""},
    {"strings and comments are no words", "SELECT 'a = 1 AND b' /* NOT */, \"a or b\" -- IN", false,
     ""},
    {"nothing", "", false, ""},
    {"what does not end", "SELECT (a = (", false, "comparison: = -> <>\n"},
    {"a bracket too many", ")) WHERE a", false, "dropped term: a -> 1\n"},
    {"no condition behind the word", "SELECT a WHERE", false, ""},
};

static void changes_of_sql(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        struct listing l = {.sql = changes[i].sql};

        buf_init(&l.out, 65536);
        sql_changes(changes[i].sql, changes[i].has_contract, list_change, &l);
        if (strcmp(l.out.p, changes[i].want) != 0)
            fail_msg("%s: got\n%swant\n%s", changes[i].name, l.out.p, changes[i].want);
        buf_release(&l.out);
    }
}

static const char head[] = "schema: 1\nid: T-001\nversion: 1\ntitle: t\nseverity: info\n"
                           "service: run\nsummary: s\n";

/* What is changed besides the query, with its place in the file. */
static void changes_of_a_rule(void **state)
{
    static const char want[] = "9:3 applies always: SELECT a = 1 FROM (SELECT 1 AS a) -> SELECT 1\n"
                               "9:12 comparison: = -> <>\n"
                               "9:14 number: 1 -> 0\n"
                               "9:29 number: 1 -> 0\n"
                               "11:31 parameter default: 7 -> 8\n"
                               "12:33 parameter default: true -> false\n"
                               "13:34 parameter default: \"2026-02-28\" -> \"2026-03-01\"\n"
                               "14:40 parameter default: [\"x\"] -> []\n"
                               "15:36 parameter default: \"y\" -> \"y~\"\n"
                               "17:28 comparison: = -> <>\n"
                               "18:8 empty: pass -> not_applicable\n"
                               "19:10 partial: not_evaluated -> fail\n";
    struct rule_world w;
    struct mutants all;
    struct buf out;
    struct rule *r;
    char *text =
        xasprintf("%sapplies_when: |\n  SELECT a = 1 FROM (SELECT 1 AS a)\nparams:\n"
                  "  n: {type: int, default:     7, help: h}\n  b: {type: bool, default:      "
                  "true, help: h}\n"
                  "  d: {type: date, default:       2026-02-28, help: h}\n"
                  "  l: {type: string_list, default:      [x], help: h}\n"
                  "  s: {type: string, default:       y, help: h}\nquery: |\n"
                  "  SELECT 'a', 'a', CASE :n = :b WHEN :d THEN 'a' END, :l || :s ORDER BY 1\n"
                  "empty: pass\npartial: not_evaluated\n",
                  head);

    (void)state;
    world_open(&w);
    buf_init(&out, 65536);
    r = rule_read("r", "t", text, strlen(text), &w.p);
    if (r == NULL)
        fail_msg("%s", w.told.p);
    mutants_make(r, &all);
    for (size_t i = 0; i < all.n; i++) {
        struct changed_rule c;

        if (strncmp(all.v[i].now, "0", 1) == 0 && strcmp(all.v[i].what, "dropped branch") == 0)
            continue;
        buf_addf(&out, "%d:%d %s: %s -> %s\n", all.v[i].line, all.v[i].column, all.v[i].what,
                 all.v[i].was, all.v[i].now);
        mutant_apply(r, &all.v[i], &c);
        assert_true(all.v[i].kind != MUTANT_QUERY || strcmp(c.rule.query, r->query) != 0);
        assert_true(all.v[i].kind != MUTANT_PARTIAL || c.rule.fails_on_partial);
        assert_true(all.v[i].kind != MUTANT_EMPTY || c.rule.empty == EMPTY_IS_NOT_APPLICABLE);
        changed_rule_release(&c);
    }
    if (strcmp(out.p, want) != 0)
        fail_msg("got\n%swant\n%s", out.p, want);
    mutants_release(&all);
    rule_free(r);
    buf_release(&out);
    world_close(&w);
}

/* However many changes a query offers, so many are tried. */
static void changes_have_a_limit(void **state)
{
    struct rule_world w;
    struct mutants all;
    struct buf sql;
    char *text;
    struct rule *r;

    (void)state;
    world_open(&w);
    buf_init(&sql, 1024 * 1024);
    buf_adds(&sql, "SELECT 'a', 'a', 1");
    for (int i = 0; i < LIMIT_RULE_MUTANTS; i++)
        buf_adds(&sql, " + 1");
    buf_adds(&sql, ", '' ORDER BY 1");
    text = world_text(sql.p, "");
    r = rule_read("r", "t", text, strlen(text), &w.p);
    assert_non_null(r);
    mutants_make(r, &all);
    assert_int_equal(all.n, LIMIT_RULE_MUTANTS);
    assert_true(all.is_cut);
    mutants_release(&all);
    rule_free(r);
    buf_release(&sql);
    world_close(&w);
}

static void note_mutant(void *ctx, const struct rules_mutant_info *m)
{
    buf_addf(ctx, "%s:%d:%d %s: %s -> %s\n", m->rule, m->line, m->column, m->what, m->was, m->now);
}

static struct rules_test_counts hunt(const char *tests, struct buf *out)
{
    char folder[] = "/tmp/graphaudit-mutate-XXXXXX";
    const char *path;
    char *file;
    struct ruleset *rs = NULL;
    struct err e = ERR_INIT;
    struct rules_test_counts n = {0};
    const struct rules_test_options o = {.mutate = true, .mutant = note_mutant, .ctx = out};
    struct outfile f;

    assert_non_null(mkdtemp(folder));
    path = file = xasprintf("%s/r.yaml", folder);
    assert_int_equal(outfile_open(&f, file, 0600, &e), ERR_OK);
    (void)fprintf(f.f,
                  "%squery: |\n"
                  "  SELECT d.name AS resource_id, d.name AS resource_name,\n"
                  "         CASE WHEN d.is_default > 0 THEN 'fail' ELSE 'pass' END AS status,\n"
                  "         'why' AS reason\n"
                  "    FROM domain d WHERE d.is_verified = 1 ORDER BY d.name\n"
                  "empty: not_applicable\ntests:\n%s",
                  head, tests);
    assert_int_equal(outfile_commit(&f, &e), ERR_OK);
    if (ruleset_load(&path, 1, NULL, NULL, &rs, &e) != ERR_OK ||
        ruleset_test(rs, &o, &n, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    ruleset_free(rs);
    (void)unlink(file);
    (void)rmdir(folder);
    free(file);
    return n;
}

static void what_tests_do_not_notice_is_told(void **state)
{
    static const char weak[] =
        "  - {name: f, given: {domain: [{name: a, is_default: 1, is_verified: 1}]}, expect: "
        "{outcome: fail}}\n"
        "  - {name: p, given: {domain: [{name: a, is_default: 0, is_verified: 1}]}, expect: "
        "{outcome: pass}}\n";
    static const char more[] =
        "  - {name: u, given: {domain: [{name: a, is_default: 1, is_verified: 0}]}, expect: "
        "{outcome: not_applicable}}\n";
    char *strong = xasprintf("%s%s", weak, more);
    char *wrong = xasprintf("%s%s", weak, "  - {name: w, expect: {outcome: pass}}\n");
    struct buf out;
    struct rules_test_counts n = {0};

    (void)state;
    buf_init(&out, 65536);
    n = hunt(weak, &out);
    assert_string_equal(out.p, "T-001:12:25 dropped term: d.is_verified = 1 -> 1\n"
                               "T-001:13:8 empty: not_applicable -> pass\n");
    assert_int_equal(n.survivors, 2);
    assert_int_equal(n.weak_rules, 1);
    assert_true(n.mutants > 8);
    buf_clear(&out);
    n = hunt(strong, &out);
    assert_string_equal(out.p, "");
    assert_int_equal(n.survivors, 0);
    assert_int_equal(n.weak_rules, 0);
    n = hunt(wrong, &out); /* tests that fail show nothing */
    assert_string_equal(out.p, "");
    assert_int_equal(n.failed, 1);
    assert_int_equal(n.survivors, 0);
    free(strong);
    free(wrong);
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_of_sql),
        cmocka_unit_test(changes_of_a_rule),
        cmocka_unit_test(changes_have_a_limit),
        cmocka_unit_test(what_tests_do_not_notice_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
