/* Loading rule files: what is refused, with which words, and where. */
#include "rule_world.h"

#include "base/fsx.h"
#include "base/limits.h"
#include "base/strs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Lines 1 to 7; what a case adds begins on line 8. */
#define HEAD                                                                                       \
    "schema: 1\nid: T-001\nversion: 1\ntitle: t\nseverity: info\nservice: run\nsummary: s\n"
#define QUERY                                                                                      \
    "query: |\n  SELECT name AS resource_id, name AS resource_name, 'pass' AS status,\n"           \
    "         '' AS reason FROM domain ORDER BY name\n"
#define TEST "tests:\n  - name: n\n    expect: {outcome: pass}\n"

struct load_case {
    const char *name, *text, *want;
};

/* A `want` that ends in '*' is a beginning: the words are libfyaml's, not ours. */
static bool is_told(const char *got, const char *want)
{
    size_t n = strlen(want);

    return n > 0 && want[n - 1] == '*' ? strncmp(got, want, n - 1) == 0 : strcmp(got, want) == 0;
}

static void run_cases(const struct load_case *cases, size_t n)
{
    size_t wrong = 0;

    for (size_t i = 0; i < n; i++) {
        struct rule_world w;
        struct rule *r;

        world_open(&w);
        r = world_rule(&w, cases[i].text, false);
        if (!is_told(w.told.p, cases[i].want)) {
            wrong++;
            print_error("%s:\n--- got\n%s--- want\n%s", cases[i].name, w.told.p, cases[i].want);
        }
        if ((r == NULL) != (cases[i].want[0] != '\0'))
            fail_msg("%s: problems and a rule, or neither", cases[i].name);
        if (r == NULL && !str_starts(w.e.msg, "r:"))
            fail_msg("%s: first problem is not in the error: %s", cases[i].name, w.e.msg);
        rule_free(r);
        world_close(&w);
    }
    if (wrong > 0)
        fail_msg("%zu of %zu cases", wrong, n);
}

static void yaml_is_checked(void **state)
{
    static const struct load_case cases[] = {
        {"the base is fine", HEAD QUERY, ""},
        {"crlf",
         "schema: 1\r\nid: T-001\r\nversion: 1\r\ntitle: t\r\nseverity: info\r\n"
         "service: run\r\nsummary: s\r\nquery: |\r\n  SELECT x\r\n",
         "r:9:10: query: no such column: x\n"},
        {"empty", "", "r:1:1: the file is empty\n"},
        {"only a comment", "# nothing\n", "r:1:1: the file is empty\n"},
        {"no mapping", "- a\n- b\n", "r:1:1: this has to be a mapping\n"},
        {"syntax", "a: [1, 2\nb: 3\n", "r:3:1: *"},
        {"tab", "a:\n\t- b\n", "r:2:1: *"},
        {"unclosed quote", "a: \"b\n", "r:1:5: *"},
        {"duplicate key", HEAD "title: again\n" QUERY,
         "r:8:1: key 'title' is here twice (first on line 4)\n"},
        {"duplicate key inside", HEAD "messages: {pass: a, pass: b}\n" QUERY,
         "r:8:21: key 'pass' is here twice (first on line 8)\n"},
        {"anchor", "schema: &a 1\n", "r:1:12: anchors are not allowed\n"},
        {"anchor on a mapping", "a: &x {b: c}\n", "r:1:7: anchors are not allowed\n"},
        {"alias", "a: 1\nb: *a\n", "r:2:4: aliases are not allowed\n"},
        {"tag", "a: !!str 1\n", "r:1:10: tags are not allowed\n"},
        {"merge key", "a: {<<: b}\n", "r:1:5: merge keys are not allowed\n"},
        {"several at once", "a: !!str 1\na: 2\n<<: x\n",
         "r:1:10: tags are not allowed\nr:2:1: key 'a' is here twice (first on line 1)\n"
         "r:3:1: merge keys are not allowed\n"},
        {"two documents", "a: 1\n---\nb: 2\n", "r:2:1: a second document in one file\n"},
        {"key is a list", "? [a]\n: b\n", "r:1:3: a key has to be plain text\n"},
        {"too deep", "a: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n", "r:1:27: nested too deeply\n"},
        {"not utf-8", "a: \xff\n", "r:0:0: not UTF-8 text\n"},
        {"hostile key", "\xe2\x80\xae: 1\n",
         "r:1:1: unknown key '\\u{202E}'\nr:1:1: 'schema' is missing\nr:1:1: 'id' is missing\n"
         "r:1:1: 'version' is missing\nr:1:1: 'title' is missing\nr:1:1: 'severity' is missing\n"
         "r:1:1: 'service' is missing\nr:1:1: 'summary' is missing\nr:1:1: 'query' is missing\n"},
    };

    (void)state;
    run_cases(cases, COUNT_OF(cases));
}

static void fields_are_checked(void **state)
{
    static const struct load_case cases[] = {
        {"unknown key, near", HEAD "rational: x\n" QUERY,
         "r:8:1: unknown key 'rational': did you mean 'rationale'?\n"},
        {"unknown key, far", HEAD "colour: x\n" QUERY, "r:8:1: unknown key 'colour'\n"},
        {"unknown key inside", HEAD "remediation: {summary: s, powershel: x}\n" QUERY,
         "r:8:27: unknown key 'powershel': did you mean 'powershell'?\n"},
        {"word, near",
         "schema: 1\nid: T-001\nversion: 1\ntitle: t\nseverity: hihg\nservice: run\nsummary: "
         "s\n" QUERY,
         "r:5:11: 'hihg' is not a word for 'severity': did you mean 'high'?\n"},
        {"word, far",
         "schema: 1\nid: T-001\nversion: 1\ntitle: t\nseverity: info\nservice: sharepoint\n"
         "summary: s\n" QUERY,
         "r:6:10: 'sharepoint' is not a word for 'service': use one of entra-id, "
         "exchange-online, dns, run\n"},
        {"several problems of one file",
         "schema: 1\nid: T-001\nversion: one\ntitle:\nseverity: info\nservice: run\n" QUERY,
         "r:3:10: 'version' has to be a whole number from 1\nr:4:1: 'title' is empty\n"
         "r:1:1: 'summary' is missing\n"},
        {"quoted number",
         "schema: \"1\"\nid: T-001\nversion: 1\ntitle: t\nseverity: info\nservice: run\n"
         "summary: s\n" QUERY,
         "r:1:9: 'schema' has to be a whole number from 1\n"},
        {"another schema",
         "schema: 2\nid: T-001\nversion: 1\ntitle: t\nseverity: info\nservice: run\nsummary: "
         "s\n" QUERY,
         "r:1:9: schema 2 is not known here: this program reads schema 1\n"},
        {"id with a dot",
         "schema: 1\nid: T.001\nversion: 1\ntitle: t\nseverity: info\nservice: run\nsummary: "
         "s\n" QUERY,
         "r:2:5: 'T.001' cannot be a rule's id: use upper-case words joined by '-', such as "
         "EXO-SMTP-001\n"},
        {"plain no stays a text", HEAD "tags: [no, yes, null]\n" QUERY,
         "r:8:17: 'tags' is empty\n"},
        {"list expected", HEAD "tags: a\n" QUERY, "r:8:7: 'tags' has to be a list\n"},
        {"reference without https",
         HEAD "references:\n  - {title: t, url: http://x.example}\n" QUERY,
         "r:9:21: a reference has to be an https:// address\n"},
        {"remediation is needed",
         "schema: 1\nid: T-001\nversion: 1\ntitle: t\nseverity: low\nservice: run\nsummary: "
         "s\n" QUERY,
         "r:1:1: 'remediation' is missing: only a rule of severity info can do without\n"},
        {"placeholder", HEAD "messages: {pass: \"{al} pass\"}\n" QUERY,
         "r:8:18: unknown placeholder in message 'pass': use {fail}, {pass}, {unknown}, {manual}, "
         "{waived} or {total}\n"},
        {"mapping values are lists", HEAD "mappings: {cis: \"1\"}\n" QUERY,
         "r:8:17: 'mappings' has to be a list\n"},
        {"empty word", HEAD "empty: fine\n" QUERY,
         "r:8:8: 'fine' is not a word for 'empty': use one of pass, not_applicable\n"},
        {"param type", HEAD "params: {a: {type: int, default: x, help: h}}\n" QUERY,
         "r:8:34: the value of parameter 'a' is not of type int\n"},
        {"param bool in words", HEAD "params: {a: {type: bool, default: no, help: h}}\n" QUERY,
         "r:8:35: the value of parameter 'a' is not of type bool\n"},
        {"param date", HEAD "params: {a: {type: date, default: 2026-02-30, help: h}}\n" QUERY,
         "r:8:35: the value of parameter 'a' is not of type date\n"},
        {"param name", HEAD "params: {as_of: {type: date, default: 2026-02-03, help: h}}\n" QUERY,
         "r:8:10: 'as_of' cannot name a parameter: use lower-case letters, digits and '_'; "
         "'as_of' is the audit's date\n"},
        {"param without help", HEAD "params: {a: {type: int, default: 1}}\n" QUERY,
         "r:8:10: 'help' is missing in a\n"},
    };

    (void)state;
    run_cases(cases, COUNT_OF(cases));
}

static void sql_is_checked(void **state)
{
    static const struct load_case cases[] = {
        {"no such column, with its place",
         HEAD "query: |\n  SELECT name AS resource_id,\n         nam AS resource_name\n    FROM "
              "domain\n   ORDER BY name\n",
         "r:10:10: query: no such column: nam\n"},
        {"no such table", HEAD "query: SELECT a FROM nowhere ORDER BY a\n",
         "r:8:8: query: no such table: nowhere\n"},
        {"syntax", HEAD "query: SELEC 1\n", "r:8:8: query: near \"SELEC\": syntax error\n"},
        {"denied function, with its place",
         HEAD "query: |\n  SELECT name,\n         random() FROM domain\n",
         "r:10:10: query: a rule may not call random(): the same snapshot has to give the same "
         "results\n"},
        {"columns", HEAD "query: SELECT name AS id FROM domain ORDER BY name\n",
         "r:8:8: query: column 1 has to be resource_id, not id (resource_id, resource_name, "
         "status, reason, then evidence)\n"},
        {"too few columns", HEAD "query: SELECT name AS resource_id FROM domain ORDER BY name\n",
         "r:8:8: query: column 2 has to be resource_name (resource_id, resource_name, status, "
         "reason, then evidence)\n"},
        {"evidence without a name",
         HEAD "query: SELECT name AS resource_id, '' AS resource_name, 'pass' AS status, '' AS "
              "reason, 1 + 1 FROM domain ORDER BY name\n",
         "r:8:8: query: column 5 needs a lower-case name: add AS name (it is called '1 + 1')\n"},
        {"evidence twice",
         HEAD "query: SELECT name AS resource_id, '' AS resource_name, 'pass' AS status, '' AS "
              "reason, 1 AS a, 2 AS a FROM domain ORDER BY name\n",
         "r:8:8: query: two columns are named 'a'\n"},
        {"not ordered",
         HEAD "query: SELECT name AS resource_id, '' AS resource_name, 'pass' AS status, (SELECT "
              "1 ORDER BY 1) AS reason FROM domain\n",
         "r:8:8: query: ORDER BY resource_id is missing at its end\n"},
        {"order by in a comment",
         HEAD "query: |\n  SELECT name AS resource_id, '' AS resource_name, 'pass' AS status,\n"
              "    ' ORDER BY ' AS reason FROM domain -- ORDER BY 1\n",
         "r:9:3: query: ORDER BY resource_id is missing at its end\n"},
        {"unknown parameter",
         HEAD "query: |\n  SELECT name AS resource_id, '' AS resource_name, 'pass' AS status,\n"
              "    :what AS reason FROM domain ORDER BY name\n",
         "r:10:5: query: there is no parameter ':what': use :as_of or one of 'params'\n"},
        {"nameless parameter",
         HEAD "query: SELECT name AS resource_id, '' AS resource_name, 'pass' AS status, ? AS "
              "reason FROM domain ORDER BY name\n",
         "r:8:8: query: a parameter needs a name: '?' has none, use :as_of or one of 'params'\n"},
        {"dollar parameter",
         HEAD "query: SELECT name AS resource_id, '' AS resource_name, 'pass' AS status, $as_of "
              "AS reason FROM domain ORDER BY name\n",
         "r:8:75: query: there is no parameter '$as_of': use :as_of or one of 'params'\n"},
        {"applies_when has one column", HEAD "applies_when: SELECT 1, 2\n" QUERY,
         "r:8:15: applies_when: one column, 0 or 1, is what it returns\n"},
        {"applies_when is sandboxed too", HEAD "applies_when: SELECT random()\n" QUERY,
         "r:8:22: applies_when: a rule may not call random(): the same snapshot has to give the "
         "same results\n"},
    };

    (void)state;
    run_cases(cases, COUNT_OF(cases));
}

static void tests_are_checked(void **state)
{
    static const struct load_case cases[] = {
        {"unknown table",
         HEAD QUERY "tests:\n  - {name: n, given: {domian: []}, expect: {outcome: pass}}\n",
         "r:12:23: there is no table 'domian': did you mean 'domain'?\n"},
        {"unknown column",
         HEAD QUERY "tests:\n  - {name: n, given: {domain: [{name: a, is_defalt: 1}]}, expect: "
                    "{outcome: pass}}\n",
         "r:12:42: table 'domain' has no column 'is_defalt': did you mean 'is_default'?\n"},
        {"wrong type",
         HEAD QUERY "tests:\n  - {name: n, given: {domain: [{name: a, is_default: yes}]}, expect: "
                    "{outcome: pass}}\n",
         "r:12:54: column 'is_default' holds whole numbers, true or false\n"},
        {"no key",
         HEAD QUERY "tests:\n  - {name: n, given: {domain: [{is_default: 1}]}, expect: {outcome: "
                    "pass}}\n",
         "r:12:32: a row of 'domain' needs its key 'name'\n"},
        {"a result table",
         HEAD QUERY "tests:\n  - {name: n, given: {rule_result: []}, expect: {outcome: pass}}\n",
         "r:12:23: there is no table 'rule_result'\n"},
        {"collection",
         HEAD QUERY "tests:\n  - {name: n, given: {collection: []}, expect: {outcome: pass}}\n",
         "r:12:23: say what could not be read with 'missing'\n"},
        {"unknown evidence",
         HEAD QUERY "tests:\n  - {name: n, missing: {nothing: permission}, expect: {outcome: "
                    "not_evaluated}}\n",
         "r:12:25: 'nothing' is neither evidence nor a table made from it\n"},
        {"unknown reason",
         HEAD QUERY "tests:\n  - {name: n, missing: {domains: because}, expect: {outcome: "
                    "not_evaluated}}\n",
         "r:12:34: say why it is missing: permission, licence, api_error, throttled, truncated, "
         "deadline, not_collected, not_chosen or malformed, or {state: partial|failed|skipped, "
         "reason: "
         "...}\n"},
        {"unknown outcome", HEAD QUERY "tests:\n  - {name: n, expect: {outcome: passed}}\n",
         "r:12:33: 'passed' is not a word for 'outcome': did you mean 'pass'?\n"},
        {"how many pass is a whole number",
         HEAD QUERY "tests:\n  - {name: n, expect: {outcome: pass, pass: -1, fail: 0, unknown: x, "
                    "manual: [a], not_applicable: 3}}\n",
         "r:12:45: 'pass' has to be a list, or a whole number from 0\n"
         "r:12:67: 'unknown' has to be a list, or a whole number from 0\n"},
        {"unknown param",
         HEAD QUERY "tests:\n  - {name: n, params: {a: 1}, expect: {outcome: pass}}\n",
         "r:12:24: the rule has no parameter 'a'\n"},
        {"two of a name", HEAD QUERY TEST "  - name: n\n    expect: {outcome: pass}\n",
         "r:14:5: a second test named 'n'\n"},
        {"no expectation", HEAD QUERY "tests:\n  - {name: n}\n", "r:12:5: 'expect' is missing\n"},
        {"as_of", HEAD QUERY "tests:\n  - {name: n, as_of: today, expect: {outcome: pass}}\n",
         "r:12:22: 'as_of' is not a date such as 2026-11-23\n"},
    };

    (void)state;
    run_cases(cases, COUNT_OF(cases));
}

/* A rule of a pack has to show what it does; a lone file is only told. */
static void coverage_is_asked_for(void **state)
{
    static const char pass[] = "  - {name: p, expect: {outcome: pass}}\n";
    static const char fail[] = "  - {name: f, expect: {outcome: fail}}\n";
    static const char manual[] = "  - {name: m, expect: {outcome: manual}}\n";
    static const char gone[] =
        "  - {name: g, missing: {domains: permission}, expect: {outcome: not_evaluated}}\n";
    static const struct {
        const char *name, *tests[3], *want;
    } cases[] = {
        {"all there", {pass, fail, gone}, ""},
        {"manual instead", {manual, gone, ""}, ""},
        {"no pass", {fail, gone, ""}, "r:11:1: no test shows a pass\n"},
        {"no fail", {pass, gone, ""}, "r:11:1: no test shows a fail\n"},
        {"no missing evidence",
         {pass, fail, ""},
         "r:11:1: no test shows missing evidence (missing: ..., expect: {outcome: "
         "not_evaluated})\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct rule_world w;
        struct rule *r;
        char *text = xasprintf(HEAD QUERY "tests:\n%s%s%s", cases[i].tests[0], cases[i].tests[1],
                               cases[i].tests[2]);

        world_open(&w);
        r = world_rule(&w, text, true);
        if (strcmp(w.told.p, cases[i].want) != 0)
            fail_msg("%s: %s", cases[i].name, w.told.p);
        rule_free(r);
        assert_int_equal(w.rs.remarks_n, 0);
        r = world_rule(&w, text, false);
        assert_non_null(r);
        if ((w.rs.remarks_n == 1) != (cases[i].want[0] != '\0'))
            fail_msg("%s: %zu remarks", cases[i].name, w.rs.remarks_n);
        rule_free(r);
        world_close(&w);
        free(text);
    }
}

static void big_files_are_refused(void **state)
{
    struct rule_world w;
    struct buf text;

    (void)state;
    world_open(&w);
    buf_init(&text, LIMIT_RULE_BYTES + (size_t)100);
    while (text.n <= LIMIT_RULE_BYTES)
        buf_adds(&text, "#234567890123456789012345678901234567890123456789\n");
    assert_null(world_rule(&w, text.p, false));
    assert_string_equal(w.told.p, "r:0:0: larger than 262144 bytes\n");
    buf_clear(&text);
    for (int i = 0; i < LIMIT_YAML_KEYS + 2; i++)
        buf_addf(&text, "k%d: 1\n", i);
    assert_null(world_rule(&w, text.p, false));
    assert_string_equal(w.told.p, "r:501:1: too many keys in one mapping\n");
    buf_clear(&text);
    buf_adds(&text, "a: [");
    for (int i = 0; i < LIMIT_YAML_NODES + 2; i++)
        buf_adds(&text, "1,");
    assert_null(world_rule(&w, text.p, false));
    assert_non_null(strstr(w.told.p, "too many values in one file"));
    buf_release(&text);
    world_close(&w);
}

static void put(const char *folder, const char *name, const char *text)
{
    char *path = xasprintf("%s/%s", folder, name);
    FILE *f = fopen(path, "we");

    assert_non_null(f);
    (void)fputs(text, f);
    assert_int_equal(fclose(f), 0);
    free(path);
}

static void remove_all(const char *folder)
{
    struct strlist names = {0};
    struct err e = ERR_INIT;

    assert_int_equal(dir_list(folder, "", &names, &e), ERR_OK);
    for (size_t i = 0; i < names.n; i++) {
        char *path = xasprintf("%s/%s", folder, names.v[i]);

        (void)unlink(path);
        free(path);
    }
    strlist_release(&names);
    (void)rmdir(folder);
}

static const char whole_pack[] = "schema: 1\nid: own\ntitle: t\nversion: \"1\"\nengine: \">=1\"\n";

static void packs_are_checked(void **state)
{
    static const struct {
        const char *name, *pack, *a, *b, *want; /* %s in `want` is the folder */
    } cases[] = {
        {"fine", whole_pack, NULL, NULL, ""},
        {"no pack.yaml", NULL, HEAD QUERY, NULL,
         "%s:0:0: is no pack: there is no pack.yaml in it\n"},
        {"newer engine", "schema: 1\nid: own\ntitle: t\nversion: \"1\"\nengine: \">=2\"\n", NULL,
         NULL, "%s/pack.yaml:5:9: the pack needs rule engine 2, this program has 1: update it\n"},
        {"odd engine", "schema: 1\nid: own\ntitle: t\nversion: \"1\"\nengine: \"1\"\n", NULL, NULL,
         "%s/pack.yaml:5:9: 'engine' has to read \">=1\"\n"},
        {"odd id", "schema: 1\nid: Own\ntitle: t\nversion: \"1\"\nengine: \">=1\"\n", NULL, NULL,
         "%s/pack.yaml:2:5: a pack's id is made of lower-case letters, digits and '-'\n"},
        {"no tests", whole_pack, HEAD QUERY, NULL, "%s/a.yaml:1:1: no test shows a pass\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct rule_world w;
        struct ruleset *rs = NULL;
        char folder[] = "/tmp/graphaudit-test-XXXXXX";
        const char *path = folder;
        char want[512];

        world_open(&w);
        assert_non_null(mkdtemp(folder));
        if (cases[i].pack != NULL)
            put(folder, "pack.yaml", cases[i].pack);
        if (cases[i].a != NULL)
            put(folder, "a.yaml", cases[i].a);
        (void)ruleset_load(&path, 1, world_tell, &w, &rs, &w.e);
        (void)snprintf(want, sizeof want, "%s%s", cases[i].want[0] != '\0' ? folder : "",
                       cases[i].want[0] != '\0' ? cases[i].want + 2 : "");
        if (strcmp(w.told.p, want) != 0)
            fail_msg("%s: %s", cases[i].name, w.told.p);
        assert_true((rs == NULL) == (w.e.code == ERR_USAGE));
        ruleset_free(rs);
        remove_all(folder);
        world_close(&w);
    }
}

static void ids_are_unique_and_sorted(void **state)
{
    char folder[] = "/tmp/graphaudit-test-XXXXXX";
    char *paths[3];
    struct rule_world w;
    struct ruleset *rs = NULL;
    struct rule_info info;

    (void)state;
    world_open(&w);
    assert_non_null(mkdtemp(folder));
    put(folder, "a.yaml",
        "schema: 1\nid: T-009\nversion: 1\ntitle: t\nseverity: info\n"
        "service: run\nsummary: s\n" QUERY);
    put(folder, "b.yaml", HEAD QUERY);
    put(folder, "c.yaml", HEAD QUERY);
    for (size_t i = 0; i < 3; i++)
        paths[i] = xasprintf("%s/%c.yaml", folder, (char)('a' + i));
    assert_int_equal(ruleset_load((const char *const *)paths, 2, world_tell, &w, &rs, &w.e),
                     ERR_OK);
    assert_int_equal(ruleset_count(rs), 2);
    ruleset_info(rs, 0, &info);
    assert_string_equal(info.id, "T-001");
    assert_string_equal(info.pack, "local");
    assert_int_equal(ruleset_find(rs, "T-009"), 1);
    assert_true(ruleset_find(rs, "T-010") == SIZE_MAX);
    assert_int_equal(ruleset_remarks(rs, NULL, NULL), 2);
    ruleset_free(rs);
    rs = NULL;
    assert_int_equal(ruleset_load((const char *const *)paths, 3, world_tell, &w, &rs, &w.e),
                     ERR_USAGE);
    assert_null(rs);
    assert_non_null(strstr(w.told.p, "c.yaml:2:5: a second rule T-001 (the first is in "));
    err_clear(&w.e);
    buf_clear(&w.told);
    free(paths[0]);
    paths[0] = xasprintf("%s/none.yaml", folder);
    assert_int_equal(ruleset_load((const char *const *)paths, 1, world_tell, &w, &rs, &w.e),
                     ERR_USAGE);
    assert_non_null(strstr(w.told.p, "No such file"));
    for (size_t i = 0; i < 3; i++)
        free(paths[i]);
    remove_all(folder);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(yaml_is_checked),       cmocka_unit_test(fields_are_checked),
        cmocka_unit_test(sql_is_checked),        cmocka_unit_test(tests_are_checked),
        cmocka_unit_test(coverage_is_asked_for), cmocka_unit_test(big_files_are_refused),
        cmocka_unit_test(packs_are_checked),     cmocka_unit_test(ids_are_unique_and_sorted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
