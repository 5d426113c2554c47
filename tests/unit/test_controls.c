/* Every control in scope is answered by a rule that ships: by SQL where evidence tells, else as
 * `manual`. The ids are those of CISA SCuBA (Entra ID and Exchange Online baselines), of the CIS
 * Microsoft 365 Foundations Benchmark for the subjects of this program, and of EIDSCA. */
#include "base/strs.h"
#include "rules/engine.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct framework {
    const char *key;
    const char *ids; /* separated by spaces */
} frameworks[] = {
    {"scuba",
     "MS.AAD.1.1v1 MS.AAD.2.1v1 MS.AAD.2.2v1 MS.AAD.2.3v1 MS.AAD.3.1v1 MS.AAD.3.2v2 MS.AAD.3.3v2 "
     "MS.AAD.3.4v1 MS.AAD.3.5v2 MS.AAD.3.6v1 MS.AAD.3.7v1 MS.AAD.3.8v1 MS.AAD.3.9v1 MS.AAD.4.1v1 "
     "MS.AAD.5.1v1 MS.AAD.5.2v1 MS.AAD.5.3v1 MS.AAD.5.5v1 MS.AAD.5.6v1 MS.AAD.5.7v1 MS.AAD.6.1v1 "
     "MS.AAD.7.1v1 MS.AAD.7.2v1 MS.AAD.7.3v1 MS.AAD.7.4v1 MS.AAD.7.5v1 MS.AAD.7.6v1 MS.AAD.7.7v1 "
     "MS.AAD.7.8v1 MS.AAD.7.9v1 MS.AAD.8.1v1 MS.AAD.8.2v1 MS.AAD.8.3v1 MS.EXO.1.1v2 MS.EXO.2.2v3 "
     "MS.EXO.3.1v1 MS.EXO.4.1v1 MS.EXO.4.2v1 MS.EXO.4.3v1 MS.EXO.4.4v1 MS.EXO.5.1v1 MS.EXO.6.1v1 "
     "MS.EXO.6.2v1 MS.EXO.7.1v1 MS.EXO.13.1v1"},
    {"cis-m365-v3",
     "1.1.1 1.1.2 1.1.3 1.2.2 1.3.2 2.1.8 2.1.9 2.1.10 5.1.1.1 5.1.2.1 5.2.2.1 5.2.2.2 5.2.2.3 "
     "5.2.2.4 5.2.2.5 5.2.2.6 5.2.2.7 5.2.3.1 5.2.3.2 5.2.3.3 5.2.3.4 6.1.1 6.1.2 6.1.3 6.2.1 "
     "6.5.1 6.5.4"},
    {"cis-m365-v4",
     "1.1.1 1.1.2 1.1.3 1.1.4 1.2.2 1.3.2 2.1.8 2.1.9 2.1.10 5.1.1.1 5.1.2.1 5.2.2.1 5.2.2.2 "
     "5.2.2.3 5.2.2.4 5.2.2.5 5.2.2.6 5.2.2.7 5.2.2.9 5.2.2.10 5.2.2.11 5.2.3.1 5.2.3.2 5.2.3.3 "
     "5.2.3.4 5.2.3.5 5.3.4 6.1.1 6.1.2 6.1.3 6.1.4 6.2.1 6.5.1 6.5.4"},
    {"cis-m365-v5",
     "1.1.1 1.1.2 1.1.3 1.1.4 1.2.2 1.3.2 2.1.8 2.1.9 2.1.10 5.1.2.1 5.2.2.1 5.2.2.2 5.2.2.3 "
     "5.2.2.4 5.2.2.5 5.2.2.6 5.2.2.7 5.2.2.8 5.2.2.9 5.2.2.10 5.2.2.11 5.2.2.12 5.2.3.1 5.2.3.2 "
     "5.2.3.3 5.2.3.4 5.2.3.5 5.2.3.6 5.2.3.7 5.3.4 5.3.5 6.1.1 6.1.2 6.1.3 6.2.1 6.5.1 6.5.4"},
    {"cis-m365-v6",
     "1.1.1 1.1.2 1.1.3 1.1.4 1.2.2 1.3.2 2.1.8 2.1.9 2.1.10 2.2.1 5.1.2.1 5.2.2.1 5.2.2.2 5.2.2.3 "
     "5.2.2.4 5.2.2.5 5.2.2.6 5.2.2.7 5.2.2.8 5.2.2.9 5.2.2.10 5.2.2.11 5.2.2.12 5.2.3.1 5.2.3.2 "
     "5.2.3.3 5.2.3.4 5.2.3.5 5.2.3.6 5.2.3.7 5.3.4 5.3.5 6.1.1 6.1.2 6.1.3 6.2.1 6.5.1 6.5.4 "
     "6.5.5"},
    {"cis-m365-v7",
     "1.1.1 1.1.2 1.1.3 1.1.4 1.2.2 1.3.2 2.1.8 2.1.9 2.1.10 2.2.1 5.1.2.1 5.2.2.1 5.2.2.2 5.2.2.3 "
     "5.2.2.4 5.2.2.5 5.2.2.6 5.2.2.7 5.2.2.8 5.2.2.9 5.2.2.10 5.2.2.11 5.2.2.12 5.2.2.13 "
     "5.2.2.14 5.2.2.15 5.2.2.16 5.2.2.17 5.2.3.1 5.2.3.2 5.2.3.3 5.2.3.4 5.2.3.5 5.2.3.6 5.2.3.7 "
     "5.2.3.8 5.2.3.9 5.2.3.10 5.3.4 5.3.5 6.1.1 6.1.2 6.1.3 6.2.1 6.5.1 6.5.4 6.5.5"},
    {"eidsca",
     "EIDSCA.AP01 EIDSCA.AP04 EIDSCA.AP05 EIDSCA.AP06 EIDSCA.AP07 EIDSCA.AP08 EIDSCA.AP09 "
     "EIDSCA.AP10 EIDSCA.AP14 EIDSCA.CP01 EIDSCA.CP03 EIDSCA.CP04 EIDSCA.PR01 EIDSCA.PR02 "
     "EIDSCA.PR03 EIDSCA.PR05 EIDSCA.PR06 EIDSCA.ST08 EIDSCA.ST09 EIDSCA.AG01 EIDSCA.AG02 "
     "EIDSCA.AG03 EIDSCA.AM01 EIDSCA.AM02 EIDSCA.AM03 EIDSCA.AM04 EIDSCA.AM06 EIDSCA.AM07 "
     "EIDSCA.AM09 EIDSCA.AM10 EIDSCA.AF01 EIDSCA.AF02 EIDSCA.AF03 EIDSCA.AF04 EIDSCA.AF05 "
     "EIDSCA.AF06 EIDSCA.AT01 EIDSCA.AT02 EIDSCA.AV01 EIDSCA.AS04 EIDSCA.CR01 EIDSCA.CR02 "
     "EIDSCA.CR03 EIDSCA.CR04"},
};

static void show(void *ctx, const char *file, int line, int column, const char *text)
{
    (void)ctx;
    fprintf(stderr, "%s:%d:%d: %s\n", file, line, column, text);
}

static bool has_word(const char *list, const char *word)
{
    size_t n = strlen(word);

    for (const char *at = strstr(list, word); at != NULL; at = strstr(at + 1, word))
        if ((at == list || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\0'))
            return true;
    return false;
}

static bool maps_to(const struct rule_info *r, const char *key, const char *id)
{
    json_t *all = json_loads(r->mappings_json, 0, NULL);
    const json_t *ids = json_object_get(all, key);
    const json_t *one;
    bool found = false;
    size_t i;

    json_array_foreach(ids, i, one)
    {
        found = found || strcmp(json_string_value(one), id) == 0;
    }
    json_decref(all);
    return found;
}

static struct ruleset *shipped(const char *profile)
{
    struct ruleset *rs = NULL;
    struct err e = ERR_INIT;

    if (ruleset_load(NULL, 0, show, NULL, &rs, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    if (profile != NULL && ruleset_apply_profile(rs, profile, show, NULL, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    return rs;
}

static size_t rules_for(const struct ruleset *rs, const char *key, const char *id)
{
    size_t n = 0;

    for (size_t i = 0; i < ruleset_count(rs); i++) {
        struct rule_info r;

        ruleset_info(rs, i, &r);
        n += maps_to(&r, key, id) ? 1 : 0;
    }
    return n;
}

static bool is_among(const char *ids, const char *id)
{
    char word[64];

    (void)snprintf(word, sizeof word, " %s ", id);
    return strstr(ids, word) != NULL;
}

/* `others`: ids that no rule may be there for, with a blank before and behind each. */
static void each_id(const struct ruleset *rs, const struct framework *f, const char *where,
                    const char *others)
{
    char list[4096];
    char *rest = NULL;
    size_t missing = 0;

    (void)snprintf(list, sizeof list, "%s", f->ids);
    for (char *id = strtok_r(list, " ", &rest); id != NULL; id = strtok_r(NULL, " ", &rest))
        if ((rules_for(rs, f->key, id) == 0) != is_among(others, id)) {
            fprintf(stderr, "%s: %s for %s %s\n", where,
                    is_among(others, id) ? "a rule" : "no rule", f->key, id);
            missing++;
        }
    assert_int_equal(missing, 0);
}

static void every_control_has_a_rule(void **state)
{
    struct ruleset *rs = shipped(NULL);

    (void)state;
    for (size_t f = 0; f < COUNT_OF(frameworks); f++)
        each_id(rs, &frameworks[f], "packs", "");
    ruleset_free(rs);
}

/* A profile of a framework holds what the framework asks. */
static void profiles_take_them_in(void **state)
{
    static const struct {
        const char *profile;
        const char *key;
        const char *level_2; /* ids that level 1 leaves out */
    } profiles[] = {
        {"scuba", "scuba", ""},
        {"eidsca", "eidsca", ""},
        {"cis-m365-v6-l1", "cis-m365-v6", " 1.3.2 5.2.2.5 5.2.2.8 5.2.3.7 6.5.5 "},
        {"cis-m365-v6-l2", "cis-m365-v6", ""},
        {"cis-m365-v7-l1", "cis-m365-v7",
         " 1.3.2 5.2.2.5 5.2.2.8 5.2.2.14 5.2.2.15 5.2.2.16 5.2.3.7 6.5.5 "},
    };

    (void)state;
    for (size_t p = 0; p < COUNT_OF(profiles); p++) {
        struct ruleset *rs = shipped(profiles[p].profile);

        for (size_t f = 0; f < COUNT_OF(frameworks); f++)
            if (strcmp(frameworks[f].key, profiles[p].key) == 0)
                each_id(rs, &frameworks[f], profiles[p].profile, profiles[p].level_2);
        ruleset_free(rs);
    }
}

/* A mapping that is not in the table is a slip of the pen, or belongs into the table. */
static void no_rule_maps_elsewhere(void **state)
{
    struct ruleset *rs = shipped(NULL);

    (void)state;
    for (size_t i = 0; i < ruleset_count(rs); i++) {
        struct rule_info r;
        json_t *all;

        ruleset_info(rs, i, &r);
        all = json_loads(r.mappings_json, 0, NULL);
        for (size_t f = 0; f < COUNT_OF(frameworks); f++) {
            const json_t *ids = json_object_get(all, frameworks[f].key);
            const json_t *one;
            size_t k;

            json_array_foreach(ids, k, one)
            {
                if (!has_word(frameworks[f].ids, json_string_value(one)))
                    fail_msg("%s: %s %s is not in scope", r.id, frameworks[f].key,
                             json_string_value(one));
            }
        }
        json_decref(all);
    }
    ruleset_free(rs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_control_has_a_rule),
        cmocka_unit_test(profiles_take_them_in),
        cmocka_unit_test(no_rule_maps_elsewhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
