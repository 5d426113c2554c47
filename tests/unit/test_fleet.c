/* Fleets without a process: tenants.yaml, exit codes of many, and the order of a roll-up. */
#include "base/mem.h"
#include "fleet.h"
#include "reports/rollup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEAD "schema: 1\ntenants:\n"

static void files_are_refused_in_words(void **state)
{
    static const struct {
        const char *name, *text, *want; /* NULL: fine */
    } cases[] = {
        {"one", HEAD "  - {name: a, tenant: a.example}\n", NULL},
        {"names", HEAD "  - {name: A_1.x-9, tenant: a.example}\n", NULL},
        {"none", "schema: 1\ntenants: []\n", NULL},
        {"empty", "", "not a YAML file"},
        {"no schema", "tenants: []\n", "'schema' is 1"},
        {"another schema", "schema: 2\ntenants: []\n", "x.yaml:1:9: 'schema' is 1"},
        {"no tenants", "schema: 1\n", "'tenants' is a list"},
        {"unknown key", "schema: 1\ntenant: x\n", "x.yaml:2:1: 'tenant' is none of"},
        {"no name", HEAD "  - {tenant: a}\n", "x.yaml:3:6: 'name' is missing"},
        {"no tenant", HEAD "  - {name: a}\n", "'tenant' is missing"},
        {"name twice", HEAD "  - {name: a, tenant: a}\n  - {name: a, tenant: b}\n",
         "x.yaml:4:12: 'a' is the name of an earlier"},
        {"name that leaves", HEAD "  - {name: ../a, tenant: a}\n", "is no name"},
        {"name with a dot", HEAD "  - {name: .a, tenant: a}\n", "is no name"},
        {"name that is taken", HEAD "  - {name: a.partial, tenant: a}\n", "is no name"},
        {"plain text", HEAD "  - contoso.example\n", "x.yaml:3:5: 'tenants' are mappings"},
        {"unknown option", HEAD "  - name: a\n    tenant: a\n    fail: x\n",
         "x.yaml:5:5: 'fail' is no option of audit"},
        {"where files go", HEAD "  - {name: a, tenant: a, snapshot: x}\n", "is not for one"},
        {"a program", "schema: 1\ndefaults: {on-change: x}\ntenants: []\n", "is not for one"},
        {"bad value", HEAD "  - {name: a, tenant: a, concurrency: 99}\n", "from 1 to 32"},
        {"no value", HEAD "  - {name: a, tenant: }\n", "'tenant' needs a value"},
        {"list", HEAD "  - {name: a, tenant: [a]}\n", "takes one value"},
        {"a secret", HEAD "  - {name: a, tenant: a, client-secret: hunter2}\n",
         "a secret is never taken from here"},
        {"a password", "schema: 1\ndefaults: {password: x}\ntenants: []\n", "a secret is never"},
        {"proxy with a password", HEAD "  - {name: a, tenant: a, proxy: 'http://u:p@h:1'}\n",
         "holds a password"},
        {"nobody is there", "schema: 1\ndefaults: {auth: device-code}\ntenants: []\n",
         "nobody is there"},
        {"one tenant for all", "schema: 1\ndefaults: {tenant: a}\ntenants: []\n",
         "is each tenant's own"},
        {"alias", "schema: 1\ndefaults: &d {cloud: usgov}\ntenants: [*d]\n", "are mappings"},
        {"no YAML", "schema: [1\n", "x.yaml:"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct fleet_file f;
        struct err e = ERR_INIT;

        (void)fleet_file_parse(cases[i].text, strlen(cases[i].text), "x.yaml", &f, &e);
        if (cases[i].want == NULL && e.code != ERR_OK)
            fail_msg("%s: %s", cases[i].name, e.msg);
        if (cases[i].want != NULL && (e.code != ERR_USAGE || strstr(e.msg, cases[i].want) == NULL))
            fail_msg("%s: %d %s", cases[i].name, (int)e.code, e.msg);
        assert_null(strstr(e.msg, "hunter2"));
        fleet_file_release(&f);
    }
}

static void a_tenants_own_options_win(void **state)
{
    static const char text[] = "schema: 1\n"
                               "defaults:\n"
                               "  profile: essential\n"
                               "  rules: [a, b]\n"
                               "  fail-on-new: true\n"
                               "tenants:\n"
                               "  - {name: one, tenant: one.example}\n"
                               "  - {name: two, tenant: two.example, profile: strict, "
                               "fail-on-new: false, rules: c}\n";
    struct fleet_file f;
    struct err e = ERR_INIT;
    const struct strlist *o;

    (void)state;
    assert_int_equal(fleet_file_parse(text, strlen(text), "x.yaml", &f, &e), ERR_OK);
    assert_int_equal(f.n, 2);
    assert_string_equal(f.v[0].name, "one");
    assert_string_equal(f.v[1].tenant, "two.example");
    o = &f.v[0].options;
    assert_int_equal(o->n, 5);
    assert_true(strlist_has(o, "--tenant=one.example"));
    assert_true(strlist_has(o, "--profile=essential"));
    assert_true(strlist_has(o, "--rules=b"));
    assert_true(strlist_has(o, "--fail-on-new"));
    o = &f.v[1].options;
    assert_int_equal(o->n, 3);
    assert_true(strlist_has(o, "--profile=strict"));
    assert_true(strlist_has(o, "--rules=c"));
    fleet_file_release(&f);
}

static void the_worst_exit_code_is_the_fleets(void **state)
{
    static const int order[] = {70, 5, 4, 2, 1, 3, 0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(order); i++)
        for (size_t k = i; k < COUNT_OF(order); k++) {
            assert_int_equal(fleet_worse(order[i], order[k]), order[i]);
            assert_int_equal(fleet_worse(order[k], order[i]), order[i]);
        }
    assert_int_equal(fleet_worse(99, 98), 70);
    for (int code = 0; code < 256; code++)
        assert_int_equal(fleet_is_audited(code), code == 0 || code == 1 || code == 3);
}

/* ---- the roll-up ---- */

static struct rollup_tenant *add(struct rollup *r, const char *name, const char *rule,
                                 enum outcome outcome, enum severity severity)
{
    const struct rollup_cell c = {
        .fail = 2, .outcome = (uint8_t)outcome, .severity = (uint8_t)severity};
    struct rollup_tenant *t = rollup_add(r);

    t->name = xstrdup(name);
    if (rule == NULL)
        t->why = xstrdup("killed <b>by</b> signal 9");
    else
        rollup_add_outcome(r, rule, "=cmd() <title>", "dns", &c);
    return t;
}

static const struct {
    const char *name, *rule;
    enum outcome outcome;
    enum severity severity;
} rows[] = {
    {"mild", "R-2", OUTCOME_FAIL, SEVERITY_LOW},
    {"gone", NULL, OUTCOME_PASS, SEVERITY_LOW},
    {"clean", "R-1", OUTCOME_PASS, SEVERITY_CRITICAL},
    {"worst", "R-1", OUTCOME_FAIL, SEVERITY_CRITICAL},
    {"blind", "R-1", OUTCOME_NOT_EVALUATED, SEVERITY_HIGH},
};

static char *written(bool backwards, const char *format, size_t *n)
{
    struct rollup *r = rollup_new();
    struct err e = ERR_INIT;
    char *text = NULL;
    FILE *f = open_memstream(&text, n);

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        size_t at = backwards ? COUNT_OF(rows) - 1 - i : i;

        (void)add(r, rows[at].name, rows[at].rule, rows[at].outcome, rows[at].severity);
    }
    rollup_settle(r);
    assert_int_equal(rollup_format_find(format)->write(r, NULL, f, &e), ERR_OK);
    assert_int_equal(fclose(f), 0);
    rollup_free(r);
    return text;
}

static void the_worst_comes_first(void **state)
{
    static const char *const want[] = {"worst", "mild", "blind", "clean", "gone"};
    struct rollup *r = rollup_new();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        (void)add(r, rows[i].name, rows[i].rule, rows[i].outcome, rows[i].severity);
    rollup_settle(r);
    assert_int_equal(rollup_tenant_count(r), COUNT_OF(want));
    assert_int_equal(rollup_audited(r), 4);
    for (size_t i = 0; i < COUNT_OF(want); i++)
        assert_string_equal(rollup_tenant_at(r, i)->name, want[i]);
    assert_int_equal(rollup_rule_count(r), 2);
    assert_string_equal(rollup_rule_at(r, 0)->id, "R-1");
    assert_int_equal(rollup_rule_at(r, 0)->outcomes[OUTCOME_FAIL], 1);
    assert_int_equal(rollup_rule_at(r, 0)->worst, SEVERITY_CRITICAL);
    rollup_free(r);
}

static void any_order_gives_the_same_harmless_bytes(void **state)
{
    static const struct {
        const char *format, *has, *has_not;
    } cases[] = {
        {"html", "=cmd() &lt;title&gt;", "<b>"},
        {"csv", ",\"'=cmd() <title>\",2\r\n", ",=cmd"},
        {"junit", "type=\"not_evaluated.not_collected\"", "<b>"},
    };

    (void)state;
    assert_null(rollup_format_find("pdf"));
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        size_t n, m;
        char *a = written(false, cases[i].format, &n);
        char *b = written(true, cases[i].format, &m);

        assert_int_equal(n, m);
        assert_memory_equal(a, b, n);
        if (strstr(a, cases[i].has) == NULL || strstr(a, cases[i].has_not) != NULL)
            fail_msg("%s: %s", cases[i].format, a);
        free(a);
        free(b);
    }
}

/* A tenant's name leads to its own page, wherever the page is, whatever the folder is called. */
static void tenants_link_to_their_pages(void **state)
{
    static const struct {
        const char *name, *base, *format;
        bool has_page, is_audited;
        const char *href; /* NULL: no link */
    } cases[] = {
        {"contoso", "", "html", true, true, "contoso/report.html"},
        {"contoso", "runs/", "html", true, true, "runs/contoso/report.html"},
        {"contoso", "a b/\"c\"/#1/", "html", true, true, "a%20b/%22c%22/%231/contoso/report.html"},
        {"javascript:alert(1)", "", "html", true, true, "javascript%3Aalert%281%29/report.html"},
        {"a?b#c%20&\"<>", "", "html", true, true, "a%3Fb%23c%2520%26%22%3C%3E/report.html"},
        {"f\xC3\xBCr\n\xFF", "", "html", true, true, "f%C3%BCr%0A%FF/report.html"},
        {"a-b_c.d~e", "", "html", true, true, "a-b_c.d~e/report.html"},
        {"no page", "", "html", false, true, NULL},
        {"of a history", NULL, "html", true, true, NULL},
        {"not audited", "", "html", true, false, NULL},
        {"a table", "", "csv", true, true, NULL},
        {"a pipeline", "", "junit", true, true, NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct rollup *r = rollup_new();
        struct err e = ERR_INIT;
        char *text = NULL;
        char *want = xasprintf("<th scope=\"row\"><a href=\"%s\">",
                               cases[i].href != NULL ? cases[i].href : "");
        size_t n;
        FILE *f = open_memstream(&text, &n);

        add(r, cases[i].name, cases[i].is_audited ? "R-1" : NULL, OUTCOME_PASS, SEVERITY_LOW)
            ->has_page = cases[i].has_page;
        rollup_settle(r);
        assert_int_equal(rollup_format_find(cases[i].format)->write(r, cases[i].base, f, &e),
                         ERR_OK);
        assert_int_equal(fclose(f), 0);
        if ((strstr(text, want) != NULL) != (cases[i].href != NULL) ||
            (strstr(text, ROLLUP_PAGE) != NULL) != (cases[i].href != NULL))
            fail_msg("%s: %s", cases[i].name, text);
        rollup_free(r);
        free(want);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_refused_in_words),
        cmocka_unit_test(a_tenants_own_options_win),
        cmocka_unit_test(the_worst_exit_code_is_the_fleets),
        cmocka_unit_test(the_worst_comes_first),
        cmocka_unit_test(any_order_gives_the_same_harmless_bytes),
        cmocka_unit_test(tenants_link_to_their_pages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
