/* rules_check.c - rules check: everything that can be said of rule files without a tenant, and with
 * --against what an older version or a real snapshot shows. */
#include "base/clock.h"
#include "base/fsx.h"
#include "base/mem.h"
#include "base/strs.h"
#include "context.h"
#include "exitcode.h"
#include "model/store.h"
#include "rules/engine.h"
#include "rules_findings.h"
#include "rules_verbs.h"
#include "run.h"

#include <stdlib.h>
#include <string.h>

struct check {
    struct context *c;
    struct findings found;
    struct ruleset *rules;
    const char *kind; /* "load", "remark": of what has no name yet */
    bool is_warning;
    json_t *trials; /* NULL without a snapshot */
    size_t outcomes[OUTCOME_COUNT];
    int64_t slowest_ms;
};

static void on_problem(void *ctx, const char *file, int line, int column, const char *text)
{
    struct check *k = ctx;
    const struct rules_finding f = {.is_problem = !k->is_warning,
                                    .check = k->kind,
                                    .file = file,
                                    .line = line,
                                    .column = column,
                                    .text = text};

    findings_add(&k->found, &f);
}

/* ---- --against ---- */

static void check_removed(struct check *k, const struct ruleset *old)
{
    for (size_t i = 0; i < ruleset_count(old); i++) {
        struct rule_info r;
        struct rules_finding f = {.check = "retired"};
        char *text;

        ruleset_info(old, i, &r);
        if (ruleset_find(k->rules, r.id) != SIZE_MAX || ruleset_is_retired(k->rules, r.id))
            continue;
        text = xasprintf("rule %s is gone: list it in 'retired' of its pack.yaml, so that its id "
                         "is never used again",
                         r.id);
        f.file = r.file;
        f.text = text;
        findings_add(&k->found, &f);
        free(text);
    }
}

static enum err_code against_rules(struct check *k, const char *path, struct err *e)
{
    struct ruleset *old = NULL;
    enum err_code code = ruleset_load(&path, 1, NULL, NULL, &old, e);

    for (size_t i = 0; code == ERR_OK && i < ruleset_count(old); i++) {
        struct rule_info r;

        ruleset_info(old, i, &r);
        ruleset_check_version(k->rules,
                              &(struct rules_older){.id = r.id,
                                                    .title = r.title,
                                                    .severity = severity_name(r.severity),
                                                    .query = r.query,
                                                    .version = r.version},
                              findings_add, &k->found);
    }
    if (code == ERR_OK)
        check_removed(k, old);
    ruleset_free(old);
    return code;
}

/* What the snapshot was evaluated with. A severity that a profile changed is not the rule's. */
static enum err_code against_recorded(struct check *k, struct store *s, struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;
    enum err_code code = stmt_prepare(s,
                                      "SELECT rule_id, version, title, CASE WHEN overrides_json IS "
                                      "NULL THEN severity END, query FROM rule ORDER BY rule_id",
                                      &st, e);

    while (code == ERR_OK && (code = stmt_step(st, &row, e)) == ERR_OK && row)
        ruleset_check_version(k->rules,
                              &(struct rules_older){.id = stmt_text(st, 0),
                                                    .version = (int)stmt_int(st, 1),
                                                    .title = stmt_text(st, 2),
                                                    .severity = stmt_text(st, 3),
                                                    .query = stmt_text(st, 4)},
                              findings_add, &k->found);
    stmt_free(st);
    return code;
}

static json_t *missing_json(evidence_set missing)
{
    json_t *list = json_array();

    for (size_t i = 0; i < evidence_resource_count(); i++)
        if ((missing >> i & 1) != 0)
            (void)json_array_append_new(list, json_string(evidence_resource_at(i)->id));
    return list;
}

static void on_trial(void *ctx, const struct rules_trial_info *t)
{
    struct check *k = ctx;
    const struct tally *n = &t->tally;
    char *text;

    k->outcomes[t->outcome]++;
    k->slowest_ms = t->ms > k->slowest_ms ? t->ms : k->slowest_ms;
    (void)json_array_append_new(
        k->trials,
        json_pack("{s:s, s:s, s:s?, s:I, s:{s:I, s:I, s:I, s:I, s:I}, s:o, s:s?}", "rule", t->rule,
                  "outcome", outcome_name(t->outcome), "reason", reason_name(t->reason), "ms",
                  (json_int_t)t->ms, "rows", "pass", (json_int_t)n->pass, "fail",
                  (json_int_t)n->fail, "unknown", (json_int_t)n->unknown, "manual",
                  (json_int_t)n->manual, "not_applicable", (json_int_t)n->not_applicable, "missing",
                  missing_json(t->missing), "detail", t->detail));
    if (t->outcome != OUTCOME_ERROR)
        return;
    text = xasprintf("on the snapshot: %s", t->detail != NULL ? t->detail : "error");
    findings_add(&k->found,
                 &(struct rules_finding){
                     .is_problem = true, .check = "trial", .file = t->file, .text = text});
    free(text);
}

/* The snapshot stays as it is: facts are derived in a copy. */
static enum err_code against_snapshot(struct check *k, const char *path, struct err *e)
{
    struct snapshot_file copy = {0};
    struct facts_options facts;
    struct store *from = NULL;
    struct store *s = NULL;
    enum err_code code = store_open(path, false, &from, e);

    if (code == ERR_OK)
        code = against_recorded(k, from, e);
    if (code == ERR_OK)
        code = snapshot_file_choose(k->c, &copy, e);
    if (code == ERR_OK)
        code = store_copy(from, copy.path, e);
    if (code == ERR_OK)
        code = store_open(copy.path, true, &s, e);
    if (code == ERR_OK)
        code = run_facts_options(k->c, s, &facts, e);
    if (code == ERR_OK)
        code = facts_derive(s, &facts, e);
    k->trials = json_array();
    if (code == ERR_OK)
        code = ruleset_try(k->rules, s, facts.as_of_ms, on_trial, k, e);
    store_close(s);
    store_close(from);
    if (copy.path != NULL)
        snapshot_file_end(k->c, &copy, false);
    return code;
}

static enum err_code against(struct check *k, struct err *e)
{
    const char *path = k->c->opt.against;

    if (path == NULL)
        return ERR_OK;
    return file_is_dir(path) || str_ends(path, ".yaml") ? against_rules(k, path, e)
                                                        : against_snapshot(k, path, e);
}

/* ---- what is printed ---- */

static void print_trials(const struct check *k)
{
    const json_t *t;
    size_t i;

    json_array_foreach(k->trials, i, t)
    {
        const json_t *rows = json_object_get(t, "rows");
        const char *reason = json_string_value(json_object_get(t, "reason"));

        printf("%-18s %-15s %-13s %6lld ms  %lld pass, %lld fail, %lld unknown, %lld manual, %lld "
               "not applicable\n",
               json_string_value(json_object_get(t, "rule")),
               json_string_value(json_object_get(t, "outcome")), reason != NULL ? reason : "",
               json_integer_value(json_object_get(t, "ms")),
               json_integer_value(json_object_get(rows, "pass")),
               json_integer_value(json_object_get(rows, "fail")),
               json_integer_value(json_object_get(rows, "unknown")),
               json_integer_value(json_object_get(rows, "manual")),
               json_integer_value(json_object_get(rows, "not_applicable")));
    }
    if (k->trials != NULL)
        printf("on the snapshot: %zu errors, %zu not evaluated, the slowest took %lld ms\n",
               k->outcomes[OUTCOME_ERROR], k->outcomes[OUTCOME_NOT_EVALUATED],
               (long long)k->slowest_ms);
}

static void print_text(const struct check *k)
{
    size_t n = k->rules != NULL ? ruleset_count(k->rules) : 0;

    findings_print(&k->found);
    print_trials(k);
    if (k->found.n == 0)
        printf("%zu rules, no problems\n", n);
    else if (k->rules == NULL)
        printf("%zu problems\n", k->found.problems);
    else
        printf("%zu rules, %zu problems, %zu warnings\n", n, k->found.problems,
               k->found.n - k->found.problems);
}

static void print_all(struct check *k)
{
    const char *format = k->c->opt.format;

    findings_sort(&k->found);
    if (str_eq(format, "sarif"))
        rules_print_json(findings_sarif(&k->found, GRAPHAUDIT_VERSION));
    else if (k->c->opt.json || str_eq(format, "json"))
        rules_print_json(json_pack(
            "{s:o, s:I, s:I, s:o, s:O?}", "rules",
            k->rules != NULL ? json_integer((json_int_t)ruleset_count(k->rules)) : json_null(),
            "problems", (json_int_t)k->found.problems, "warnings",
            (json_int_t)(k->found.n - k->found.problems), "findings", findings_json(&k->found),
            "against", k->trials));
    else
        print_text(k);
}

/* Loading again after problems would tell them twice: they are in `found` then, and no error. */
static enum err_code load(struct check *k, struct err *e)
{
    const struct options *o = &k->c->opt;
    struct err why = ERR_INIT;
    enum err_code code;

    k->kind = "load";
    code =
        ruleset_load((const char *const *)o->rules.v, o->rules.n, on_problem, k, &k->rules, &why);
    if (code == ERR_OK && o->profile != NULL)
        code = ruleset_apply_profile(k->rules, o->profile, on_problem, k, &why);
    if (code == ERR_OK)
        return ERR_OK;
    ruleset_free(k->rules);
    k->rules = NULL;
    return k->found.problems > 0 ? ERR_OK : err_set(e, why.code, "%s", why.msg);
}

static enum err_code check_all(struct check *k, struct err *e)
{
    enum err_code code = load(k, e);

    if (code != ERR_OK || k->rules == NULL)
        return code;
    k->kind = "remark";
    k->is_warning = true;
    (void)ruleset_remarks(k->rules, on_problem, k);
    code = ruleset_check(k->rules, findings_add, &k->found, e);
    return code == ERR_OK ? against(k, e) : code;
}

int rules_check(struct context *c, struct err *e)
{
    struct check k = {.c = c};
    int rc = EXIT_CODE_PASSED;

    if (c->opt.format != NULL && !str_eq(c->opt.format, "text") && !str_eq(c->opt.format, "json") &&
        !str_eq(c->opt.format, "sarif"))
        err_set(e, ERR_USAGE, "rules check has the formats text, json and sarif, not '%s'",
                c->opt.format);
    if (e->code != ERR_OK || check_all(&k, e) != ERR_OK) {
        rc = context_fail(c, e);
    } else {
        print_all(&k);
        if (k.found.problems > 0 || (c->opt.strict && k.found.n > 0))
            rc = EXIT_CODE_USAGE;
    }
    json_decref(k.trials);
    ruleset_free(k.rules);
    findings_release(&k.found);
    return rc;
}
