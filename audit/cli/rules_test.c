/* rules_test.c - rules test: the tests inside rule files, and what they would not notice. */
#include "base/buf.h"
#include "base/limits.h"
#include "base/text.h"
#include "context.h"
#include "exitcode.h"
#include "rules/engine.h"
#include "rules_verbs.h"

#include <stdlib.h>

enum { LINE_BYTES = 256 * 1024 };

struct view {
    const struct context *c;
    json_t *failures, *survivors; /* with --json */
};

static void print_test(const struct rules_test_info *t)
{
    struct buf line;

    buf_init(&line, LINE_BYTES);
    text_add_safe(&line, t->name);
    buf_adds(&line, "\"");
    if (t->why != NULL)
        buf_adds(&line, ": ");
    text_add_safe(&line, t->why != NULL ? t->why : "");
    printf("%s %s \"%s\n", t->why != NULL ? "FAIL" : "ok  ", t->rule, line.p);
    buf_release(&line);
}

static void on_test(void *ctx, const struct rules_test_info *t)
{
    struct view *v = ctx;

    if (v->failures == NULL && (t->why != NULL || v->c->opt.verbose))
        print_test(t);
    else if (v->failures != NULL && t->why != NULL)
        (void)json_array_append_new(v->failures,
                                    json_pack("{s:s, s:s, s:i, s:i, s:s, s:s}", "rule", t->rule,
                                              "file", t->file, "line", t->line, "column", t->column,
                                              "test", t->name, "why", t->why));
}

static void on_mutant(void *ctx, const struct rules_mutant_info *m)
{
    struct view *v = ctx;
    struct buf line;

    if (v->survivors != NULL) {
        (void)json_array_append_new(
            v->survivors, json_pack("{s:s, s:s, s:i, s:i, s:s, s:s, s:s}", "rule", m->rule, "file",
                                    m->file, "line", m->line, "column", m->column, "what", m->what,
                                    "was", m->was, "now", m->now));
        return;
    }
    buf_init(&line, LINE_BYTES);
    text_add_safe(&line, m->file);
    buf_addf(&line, ":%d:%d: %s: no test notices (%s) ", m->line, m->column, m->rule, m->what);
    text_add_safe(&line, m->was);
    buf_adds(&line, m->now[0] != '\0' ? "  ->  " : "  left out");
    text_add_safe(&line, m->now);
    printf("%s\n", line.p);
    buf_release(&line);
}

static void print_counts(const struct context *c, const struct rules_test_counts *n)
{
    if (c->opt.mutate && n->cut > 0)
        printf("%zu rules have more than %d changes to try: the rest was left out\n", n->cut,
               LIMIT_RULE_MUTANTS);
    if (c->opt.mutate)
        printf("%zu changes to rules, %zu that no test notices, in %zu rules\n", n->mutants,
               n->survivors, n->weak_rules);
    printf("%zu passed, %zu failed\n", n->passed, n->failed);
}

int rules_test(const struct context *c, const struct ruleset *rs, struct err *e)
{
    struct view v = {.c = c};
    const struct rules_test_options o = {
        .mutate = c->opt.mutate, .test = on_test, .mutant = on_mutant, .ctx = &v};
    struct rules_test_counts n;

    if (c->opt.json) {
        v.failures = json_array();
        v.survivors = json_array();
    }
    if (ruleset_test(rs, &o, &n, e) != ERR_OK) {
        json_decref(v.failures);
        json_decref(v.survivors);
        return context_fail(c, e);
    }
    if (!c->opt.json)
        print_counts(c, &n);
    else
        rules_print_json(json_pack(
            "{s:I, s:I, s:o, s:o, s:o}", "passed", (json_int_t)n.passed, "failed",
            (json_int_t)n.failed, "failures", v.failures, "mutation",
            c->opt.mutate ? json_pack("{s:I, s:I, s:I, s:I}", "changes", (json_int_t)n.mutants,
                                      "unnoticed", (json_int_t)n.survivors, "rules",
                                      (json_int_t)n.weak_rules, "rules_cut", (json_int_t)n.cut)
                          : json_null(),
            "unnoticed", v.survivors));
    return n.failed > 0 || (c->opt.strict && n.survivors > 0) ? EXIT_CODE_FINDINGS
                                                              : EXIT_CODE_PASSED;
}
