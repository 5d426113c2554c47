/* Options that nobody typed: the environment and the configuration file. */
#include "base/mem.h"
#include "commands.h"
#include "config_file.h"
#include "options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void start(struct options *o)
{
    memset(o, 0, sizeof *o);
    o->sources = xcalloc(option_count(), sizeof *o->sources);
}

static void files_are_refused_in_words(void **state)
{
    static const struct {
        const char *name, *text, *want; /* NULL: fine */
        bool is_project;
    } cases[] = {
        {"empty", "", NULL, false},
        {"comments only", "# fail-on: low\n\n  # x\n", NULL, false},
        {"schema", "schema: 1\n", NULL, false},
        {"another schema", "schema: 2\n", "x.yaml:1:1: 'schema' is 1", false},
        {"schema in a section", "audit: {schema: 1}\n", "'schema' is no option of this", false},
        {"option", "fail-on: low\n", NULL, false},
        {"option of another command", "send-to: a@b.example\n", NULL, false},
        {"bad value of another command", "junit-resources: many\n", "x.yaml:1:1:", false},
        {"unknown key", "tenant: x\nfailon: low\n", "x.yaml:2:1: 'failon' is neither", false},
        {"key of another section", "evaluate:\n  tenant: x\n",
         "x.yaml:2:3: 'tenant' is no option of", false},
        {"twice", "tenant: a\ntenant: b\n", "x.yaml:2:1:", false},
        {"list where one is wanted", "tenant: [a]\n", "takes one value", false},
        {"mapping where one is wanted", "tenant: {a: b}\n", "takes a plain value", false},
        {"nothing", "tenant:\n", "x.yaml:1:1: 'tenant'", false},
        {"yes is no truth value", "quiet: yes\n", "is true or false", false},
        {"section that is a value", "audit: x\n", "is a command", false},
        {"not a mapping", "- tenant\n", "must be a mapping", false},
        {"key that is a list", "? [a]\n: b\n", "plain text", false},
        {"command line only", "help: true\n", "command line only", false},
        {"command line only: resume", "resume: x.db\n", "command line only", false},
        {"secret", "client-secret: hunter2\n", "a secret is never taken", false},
        {"password", "audit:\n  password: x\n", "a secret is never taken", false},
        {"proxy with a password", "proxy: http://u:p@h:1\n", "holds a password", false},
        {"proxy", "proxy: http://h:1\n", NULL, false},
        {"project: fine", "tenant: x\noutput: [html=a]\ncloud: usgov\n", NULL, true},
        {"project: proxy", "proxy: http://h:1\n", "working folder", true},
        {"project: in a section", "evaluate: {}\naudit: {ca-file: x}\n", "working folder", true},
        {"project: cloud file", "cloud: ./evil.yaml\n", "working folder", true},
        {"project: folder below", "output-dir: runs\noutput: [json=-, html=a/b]\n", NULL, true},
        {"project: folder elsewhere", "output-dir: /tmp\n", "working folder", true},
        {"project: file elsewhere", "output: html=/tmp/x\n", "working folder", true},
        {"project: one of two", "output: [html=x, csv=a/../../x]\n", "working folder", true},
        {"project: snapshot elsewhere", "audit: {snapshot: ../x.db}\n", "working folder", true},
        {"project: removes", "keep: 1\n", "working folder", true},
        {"own: all of it", "output-dir: /tmp\nkeep: 1\noutput: html=/tmp/x\n", NULL, false},
        {"project: secret file", "client-secret-file: x\n", "working folder", true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct options o;
        struct err e = ERR_INIT;
        enum err_code code;

        start(&o);
        code = config_file_parse(cases[i].text, strlen(cases[i].text), "x.yaml",
                                 cases[i].is_project, CMD_AUDIT, &o, &e);
        if (code != (cases[i].want != NULL ? ERR_USAGE : ERR_OK) ||
            (cases[i].want != NULL && strstr(e.msg, cases[i].want) == NULL))
            fail_msg("%s: %s", cases[i].name, e.msg);
        options_release(&o);
    }
}

static void values_and_places(void **state)
{
    static const char text[] = "fail-on: low\n"
                               "output: [html=general.html]\n"
                               "concurrency: 3\n"
                               "audit:\n"
                               "  fail-on: medium\n"
                               "  output:\n"
                               "    - html=a\n"
                               "    - junit=b\n"
                               "evaluate:\n"
                               "  fail-on: none\n";
    struct options o;
    struct err e = ERR_INIT;

    (void)state;
    start(&o);
    if (config_file_parse(text, strlen(text), "x.yaml", false, CMD_AUDIT, &o, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    assert_string_equal(o.fail_on, "medium");
    assert_int_equal(o.outputs.n, 2);
    assert_string_equal(o.outputs.v[0], "html=a");
    assert_int_equal(o.concurrency, 3);
    assert_string_equal(o.sources[option_find("fail-on", CMD_AUDIT)].where, "x.yaml:5");
    assert_string_equal(o.sources[option_find("concurrency", CMD_AUDIT)].where, "x.yaml:3");
    options_release(&o);
}

static void stronger_origins_win(void **state)
{
    char words[6][16] = {"graphaudit", "audit", "--fail-on", "critical", "--output", "csv=c"};
    char *argv[] = {words[0], words[1], words[2], words[3], words[4], words[5], NULL};
    struct options o;
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(setenv("GRAPHAUDIT_CONFIG", "none", 1), 0);
    assert_int_equal(setenv("GRAPHAUDIT_FAIL_ON", "low", 1), 0);
    assert_int_equal(setenv("GRAPHAUDIT_OUTPUT", "html=a\njunit=b\n", 1), 0);
    assert_int_equal(setenv("GRAPHAUDIT_QUIET", "false", 1), 0);
    assert_int_equal(setenv("GRAPHAUDIT_VERBOSE", "1", 1), 0);
    assert_int_equal(setenv("AZURE_TENANT_ID", "weak.example", 1), 0);
    assert_int_equal(setenv("GRAPHAUDIT_TENANT", "strong.example", 1), 0);
    assert_int_equal(options_parse(6, argv, 2, CMD_AUDIT, &o, &e), ERR_OK);
    assert_string_equal(o.fail_on, "critical");
    assert_int_equal(o.outputs.n, 1);
    assert_string_equal(o.tenant, "strong.example");
    assert_false(o.quiet);
    assert_true(o.verbose);
    assert_int_equal(o.concurrency, 8);
    assert_int_equal(o.sources[option_find("concurrency", CMD_AUDIT)].origin, ORIGIN_DEFAULT);
    options_release(&o);
    assert_int_equal(options_parse(2, argv, 2, CMD_AUDIT, &o, &e), ERR_OK);
    assert_string_equal(o.fail_on, "low");
    assert_int_equal(o.outputs.n, 2);
    assert_string_equal(o.outputs.v[1], "junit=b");
    options_release(&o);
    assert_int_equal(setenv("GRAPHAUDIT_QUIET", "perhaps", 1), 0);
    assert_int_equal(options_parse(2, argv, 2, CMD_AUDIT, &o, &e), ERR_USAGE);
    assert_non_null(strstr(e.msg, "GRAPHAUDIT_QUIET"));
    options_release(&o);
}

/* The table itself: what is generated from it has to be unambiguous. */
static void table_is_sound(void **state)
{
    (void)state;
    for (size_t i = 0; i < option_count(); i++) {
        const struct option_info *a = option_at(i);

        if (a->help == NULL || a->help[0] == '\0' || (a->commands & CMD_ALL) == 0 ||
            (a->kind == OPTION_FLAG) != (a->arg == NULL))
            fail_msg("--%s: incomplete row", a->name);
        for (size_t k = i + 1; k < option_count(); k++) {
            const struct option_info *b = option_at(k);

            if ((a->commands & b->commands) != 0 &&
                (strcmp(a->name, b->name) == 0 || (a->letter != 0 && a->letter == b->letter)))
                fail_msg("--%s and --%s are one for some command", a->name, b->name);
        }
    }
    for (size_t i = 0; i < command_count(); i++)
        for (size_t k = i + 1; k < command_count(); k++)
            if ((command_at(i)->bit & command_at(k)->bit) != 0)
                fail_msg("%s and %s share a bit", command_at(i)->name, command_at(k)->name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_refused_in_words),
        cmocka_unit_test(values_and_places),
        cmocka_unit_test(stronger_origins_win),
        cmocka_unit_test(table_is_sound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
