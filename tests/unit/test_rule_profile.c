/* Profiles: which rules stay, with which severity and parameters, and what is refused with its
 * place. */
#include "base/buf.h"
#include "base/fsx.h"
#include "base/mem.h"
#include "base/strs.h"
#include "profile.h"
#include "rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct rule *make(const char *id, const char *pack, const char *tag, const char *mapping)
{
    struct err e = ERR_INIT;
    struct problems p = {.file = "r", .e = &e};
    char *text =
        xasprintf("schema: 1\nid: %s\nversion: 1\ntitle: t\nseverity: low\nservice: dns\n"
                  "summary: s\ntags: [%s]\nmappings: {m: [\"%s\"]}\nremediation: {summary: f}\n"
                  "params: {n: {type: int, default: 1, help: h}, l: {type: string_list, default: "
                  "[a], help: h}}\nquery: SELECT 1\n",
                  id, tag, mapping);
    struct rule *r = rule_read("r", pack, text, strlen(text), &p);

    if (r == NULL)
        fail_msg("%s", e.msg);
    return r;
}

static struct ruleset *make_set(void)
{
    struct ruleset *rs = xcalloc(1, sizeof *rs);

    rs->rules = xcalloc(3, sizeof(struct rule *));
    rs->rules[rs->n++] = make("A-001", "one", "x", "1.1");
    rs->rules[rs->n++] = make("A-002", "one", "y", "1.2");
    rs->rules[rs->n++] = make("B-001", "two", "x", "2.1");
    return rs;
}

/* "A-001 low n=1 l=1; ..." and what changed. */
static char *listing(const struct ruleset *rs)
{
    struct buf out;

    buf_init(&out, 65536);
    for (size_t i = 0; i < rs->n; i++) {
        const struct rule *r = rs->rules[i];

        buf_addf(&out, "%s%s %s n=%s l=%zu%s", i > 0 ? "; " : "", r->id, severity_name(r->severity),
                 r->params[0].value->text, r->params[1].value->n,
                 r->overrides_json != NULL ? "*" : "");
    }
    return buf_take(&out);
}

#define P "schema: 1\nid: p\ntitle: P\n"

static const struct {
    const char *name, *text, *want; /* want: the listing, or "!" and how the error begins */
} cases[] = {
    {"nothing chosen is everything", P, "A-001 low n=1 l=1; A-002 low n=1 l=1; B-001 low n=1 l=1"},
    {"by id", P "include: {ids: [A-002]}\n", "A-002 low n=1 l=1"},
    {"by tag", P "include: {tags: [x]}\n", "A-001 low n=1 l=1; B-001 low n=1 l=1"},
    {"by pack", P "include: {packs: [one]}\n", "A-001 low n=1 l=1; A-002 low n=1 l=1"},
    {"by mapping", P "include: {mappings: {m: [\"2.1\"]}}\n", "B-001 low n=1 l=1"},
    {"by every id of a mapping", P "include: {mappings: {m: all}}\n",
     "A-001 low n=1 l=1; A-002 low n=1 l=1; B-001 low n=1 l=1"},
    {"several ways add up", P "include: {ids: [B-001], tags: [y]}\n",
     "A-002 low n=1 l=1; B-001 low n=1 l=1"},
    {"what is excluded goes", P "include: {tags: [x]}\nexclude: [{id: A-001, reason: r}]\n",
     "B-001 low n=1 l=1"},
    {"severity", P "override: {A-001: {severity: critical}}\n",
     "A-001 critical n=1 l=1*; A-002 low n=1 l=1; B-001 low n=1 l=1"},
    {"the same severity is no change", P "override: {A-001: {severity: low}}\n",
     "A-001 low n=1 l=1; A-002 low n=1 l=1; B-001 low n=1 l=1"},
    {"a parameter of one rule", P "include: {packs: [one]}\noverride: {A-001: {params: {n: 7}}}\n",
     "A-001 low n=7 l=1*; A-002 low n=1 l=1"},
    {"a parameter of all rules", P "include: {packs: [one]}\nparams: {l: []}\n",
     "A-001 low n=1 l=0*; A-002 low n=1 l=0*"},
    {"one's own comes after that of all",
     P "include: {packs: [one]}\nparams: {n: 5}\noverride: {A-002: {params: {n: 6}}}\n",
     "A-001 low n=5 l=1*; A-002 low n=6 l=1*"},
    {"no rule is left", P "include: {ids: [A-001]}\nexclude: [{id: A-001, reason: r}]\n",
     "!f: this profile leaves no rule"},
    {"no such id", P "include: {ids: [A-009]}\n", "!f:4:17: no rule 'A-009'"},
    {"no such tag", P "include: {tags: [z]}\n", "!f:4:18: no tag 'z'"},
    {"no such pack", P "include: {packs: [z]}\n", "!f:4:19: no pack 'z'"},
    {"no such mapping", P "include: {mappings: {z: all}}\n", "!f:4:25: no mapping 'z'"},
    {"no such id in it", P "include: {mappings: {m: [\"9\"]}}\n",
     "!f:4:26: no id in this mapping '9'"},
    {"a mapping to something", P "include: {mappings: {m: some}}\n", "!f:4:25: 'm' takes 'all'"},
    {"an exclusion without a reason", P "exclude: [{id: A-001}]\n", "!f:4:11: 'reason' is missing"},
    {"an exclusion of nothing", P "exclude: [{id: Z-1, reason: r}]\n", "!f:4:16: no rule 'Z-1'"},
    {"no such parameter", P "override: {A-001: {params: {z: 1}}}\n",
     "!f:4:29: rule A-001 has no parameter 'z'"},
    {"a parameter nobody has", P "params: {z: 1}\n", "!f:4:10: no rule that was loaded has"},
    {"a value of another type", P "override: {A-001: {params: {n: many}}}\n",
     "!f:4:32: the value of parameter 'n' is not of type int"},
    {"no such severity", P "override: {A-001: {severity: severe}}\n",
     "!f:4:30: 'severe' is not a word"},
    {"an unknown key", P "includes: {}\n",
     "!f:4:1: unknown key 'includes': did you mean 'include'"},
    {"a newer schema", "schema: 2\nid: p\ntitle: P\n", "!f:1:9: schema 2 is not known here"},
    {"a gate that cannot be", P "gate: {max_not_evaluated: -1}\n",
     "!f:4:27: 'max_not_evaluated' is a number"},
    {"it extends standard input", P "extends: \"-\"\n",
     "!f:4:10: neither a shipped profile nor a file"},
    {"it extends what is not there", P "extends: nowhere.yaml\n",
     "!f:4:10: neither a shipped profile nor a file"},
};

static void profiles_choose_and_change(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct ruleset *rs = make_set();
        struct err e = ERR_INIT;
        bool is_error = cases[i].want[0] == '!';
        enum err_code code =
            profile_apply_text(rs, "f", cases[i].text, strlen(cases[i].text), NULL, NULL, &e);

        if ((code != ERR_OK) != is_error)
            fail_msg("%s: %s", cases[i].name, code == ERR_OK ? "accepted" : e.msg);
        if (is_error) {
            assert_int_equal(code, ERR_USAGE);
            if (!str_starts(e.msg, cases[i].want + 1))
                fail_msg("%s: got '%s', want '%s'", cases[i].name, e.msg, cases[i].want + 1);
        } else {
            char *got = listing(rs);

            if (!str_eq(got, cases[i].want))
                fail_msg("%s: got '%s', want '%s'", cases[i].name, got, cases[i].want);
            free(got);
        }
        ruleset_free(rs);
    }
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

/* The chain is applied from its end: what is nearer to the user wins. */
static void what_is_nearer_wins(void **state)
{
    static const char mine[] =
        P "extends: base.yaml\ninclude: {ids: [A-002]}\n"
          "exclude: [{id: B-001, reason: ours}]\noverride: {A-001: {severity: critical}}\n"
          "gate: {fail_on: low}\n";
    char folder[] = "/tmp/graphaudit-profile-XXXXXX";
    struct ruleset *rs = make_set();
    struct profile_info info;
    struct err e = ERR_INIT;
    char *path;
    char *got;

    (void)state;
    assert_non_null(mkdtemp(folder));
    put(folder, "base.yaml",
        "schema: 1\nid: base\ntitle: B\nextends: root.yaml\nexclude: [{id: A-002, reason: "
        "theirs}]\ngate: {fail_on: none, max_not_evaluated: 4}\n");
    put(folder, "root.yaml",
        "schema: 1\nid: root\ntitle: R\noverride: {A-001: {severity: high}, B-001: {severity: "
        "high}}\nparams: {n: 3}\n");
    path = xasprintf("%s/mine.yaml", folder);
    if (profile_apply_text(rs, path, mine, strlen(mine), NULL, NULL, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    got = listing(rs);
    assert_string_equal(got, "A-001 critical n=3 l=1*; A-002 low n=3 l=1*");
    assert_true(ruleset_profile(rs, &info));
    assert_string_equal(info.id, "p");
    assert_string_equal(info.fail_on, "low");
    assert_int_equal(info.max_not_evaluated, 4);
    assert_non_null(strstr(info.json, "\"excluded\":[{\"id\":\"B-001\",\"title\":\"t\",\"reason\":"
                                      "\"ours\"}]"));
    assert_non_null(strstr(info.json, "\"id\":\"root\""));
    assert_string_equal(rs->rules[0]->overrides_json,
                        "[{\"what\":\"severity\",\"from\":\"low\",\"to\":\"critical\"},"
                        "{\"what\":\"n\",\"from\":1,\"to\":3}]");
    free(got);
    free(path);
    ruleset_free(rs);
    path = xasprintf("rm -r %s", folder);
    assert_int_equal(system(path), 0);
    free(path);
}

/* Eight may extend each other; nine, or one that comes back to itself, may not. */
static void chains_end(void **state)
{
    char folder[] = "/tmp/graphaudit-profile-XXXXXX";
    char *path;

    (void)state;
    assert_non_null(mkdtemp(folder));
    for (int i = 1; i <= PROFILE_CHAIN_MAX; i++) {
        char *name = xasprintf("%d.yaml", i);
        char *text = xasprintf(i < PROFILE_CHAIN_MAX ? P "extends: %d.yaml\n" : P "# %d\n", i + 1);

        put(folder, name, text);
        free(text);
        free(name);
    }
    put(folder, "loop.yaml", P "extends: loop2.yaml\n");
    put(folder, "loop2.yaml", P "extends: loop2.yaml\n");
    for (int k = 0; k < 3; k++) {
        static const char *const first[] = {"1.yaml", "0.yaml", "loop.yaml"};
        static const char *const wants[] = {NULL, "profiles extend each other", "extends itself"};
        struct ruleset *rs = make_set();
        struct err e = ERR_INIT;

        if (k == 1)
            put(folder, "0.yaml", P "extends: 1.yaml\n");
        path = xasprintf("%s/%s", folder, first[k]);
        if (ruleset_apply_profile(rs, path, NULL, NULL, &e) == ERR_OK
                ? wants[k] != NULL
                : wants[k] == NULL || strstr(e.msg, wants[k]) == NULL)
            fail_msg("%s: %s", first[k], e.msg);
        free(path);
        ruleset_free(rs);
    }
    path = xasprintf("rm -r %s", folder);
    assert_int_equal(system(path), 0);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(profiles_choose_and_change),
        cmocka_unit_test(what_is_nearer_wins),
        cmocka_unit_test(chains_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
