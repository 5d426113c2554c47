/* What `rules check` says of rules that load: texts, a dry run, their tests, an older version. */
#include "base/attrs.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/strs.h"
#include "base/timex.h"
#include "given.h"
#include "lint.h"
#include "model/store.h"
#include "rule.h"
#include "run.h"
#include "sandbox.h"
#include "schema.h"

#include <stdlib.h>
#include <string.h>

enum { DATE_CHARS = 10 };

struct checker {
    const struct ruleset *rs;
    rules_finding_fn *fn;
    void *ctx;
};

static void tell(const struct checker *c, const struct rule *r, const char *key, bool is_problem,
                 const char *check, char *text)
{
    const struct yn *at = yn_get(r->tree, key);
    const struct rule_place place = {.rule = r, .node = at != NULL ? at : r->tree};

    rule_tell(&place, is_problem, check, text, c->fn, c->ctx);
    free(text);
}

/* ---- a tenant in which everything was read and nothing is there ---- */

static enum err_code dry_run(const struct checker *c, const struct rule *r, const char *as_of,
                             struct sandbox *sb, const struct evidence_states *states,
                             struct err *e)
{
    const struct run_options o = {.as_of = as_of};
    struct run_result result;
    enum err_code code = run_rule(sb, r, states, &o, &result, e);

    /* A rule may mean that no row is an error: it leaves out 'empty' then. */
    if (code == ERR_OK && result.outcome == OUTCOME_ERROR &&
        !str_starts(result.detail, "the query returned no row"))
        tell(c, r, "query", true, "dry-run",
             xasprintf("in a tenant without anything the rule ends in an error: %s",
                       result.detail != NULL ? result.detail : ""));
    run_result_release(&result);
    return code;
}

static enum err_code dry_runs(const struct checker *c, struct err *e)
{
    struct rule_test nothing = {0};
    struct evidence_states states = {0};
    struct store *model = NULL;
    struct store *s = NULL;
    struct schema *sc = NULL;
    struct sandbox *sb = NULL;
    char as_of[TIME_TEXT_BYTES];
    enum err_code code = store_create(":memory:", &model, e);

    (void)date_parse("2026-01-15", &nothing.as_of_ms);
    (void)time_format(nothing.as_of_ms, as_of);
    as_of[DATE_CHARS] = '\0';
    if (code == ERR_OK)
        code = schema_load(model, &sc, e);
    if (code == ERR_OK)
        code = given_build(&nothing, sc, &s, e);
    if (code == ERR_OK)
        code = evidence_states_load(s, &states, e);
    if (code == ERR_OK)
        code = sandbox_open(s, &sb, e);
    for (size_t i = 0; code == ERR_OK && i < c->rs->n; i++)
        code = dry_run(c, c->rs->rules[i], as_of, sb, &states, e);
    sandbox_close(sb);
    evidence_states_release(&states);
    schema_free(sc);
    store_close(s);
    store_close(model);
    return code;
}

/* ---- the rules' own tests ---- */

static void on_test(void *ctx, const struct rules_test_info *t)
{
    const struct checker *c = ctx;
    struct rules_finding f = {
        .is_problem = true, .check = "test", .file = t->file, .line = t->line, .column = t->column};
    char *text;

    if (t->why == NULL)
        return;
    text = xasprintf("test '%s' fails: %s", t->name, t->why);
    f.text = text;
    c->fn(c->ctx, &f);
    free(text);
}

enum err_code ruleset_check(const struct ruleset *rs, rules_finding_fn *fn, void *ctx,
                            struct err *e)
{
    struct checker c = {.rs = rs, .fn = fn, .ctx = ctx};
    const struct rules_test_options o = {.test = on_test, .ctx = &c};
    struct rules_test_counts counts;

    for (size_t i = 0; i < rs->n; i++)
        rule_lint(rs->rules[i], fn, ctx);
    if (dry_runs(&c, e) != ERR_OK)
        return e->code;
    return ruleset_test(rs, &o, &counts, e);
}

/* ---- against what was there before ---- */

void ruleset_check_version(const struct ruleset *rs, const struct rules_older *old,
                           rules_finding_fn *fn, void *ctx)
{
    const struct checker c = {.rs = rs, .fn = fn, .ctx = ctx};
    size_t at = ruleset_find(rs, old->id);
    const struct rule *r = at != SIZE_MAX ? rs->rules[at] : NULL;
    const char *changed = NULL;

    if (r == NULL)
        return;
    if (!str_eq(r->query, old->query))
        changed = "query";
    else if (old->severity != NULL && !str_eq(severity_name(r->severity), old->severity))
        changed = "severity";
    else if (!str_eq(r->title, old->title))
        changed = "title";
    if (r->version < old->version)
        tell(&c, r, "version", true, "version",
             xasprintf("version %d is lower than the %d that there was before", r->version,
                       old->version));
    else if (changed != NULL && r->version == old->version)
        tell(
            &c, r, "version", true, "version",
            xasprintf("the %s changed since version %d: raise the version", changed, old->version));
}

/* ---- a real snapshot ---- */

static enum err_code trial(const struct rule *r, struct sandbox *sb, const char *as_of,
                           const struct evidence_states *states, rules_trial_fn *fn, void *ctx,
                           struct err *e)
{
    const struct run_options o = {.as_of = as_of};
    int64_t began = clock_mono_ms(clock_system());
    struct run_result result;
    enum err_code code = run_rule(sb, r, states, &o, &result, e);
    struct rules_trial_info info = {.rule = r->id,
                                    .file = r->file,
                                    .outcome = result.outcome,
                                    .reason = result.reason,
                                    .tally = result.tally,
                                    .detail = result.detail,
                                    .missing = result.missing,
                                    .ms = clock_mono_ms(clock_system()) - began};

    if (code == ERR_OK)
        fn(ctx, &info);
    run_result_release(&result);
    return code;
}

enum err_code ruleset_try(const struct ruleset *rs, struct store *s, int64_t as_of_ms,
                          rules_trial_fn *fn, void *ctx, struct err *e)
{
    struct evidence_states states = {0};
    struct sandbox *sb = NULL;
    char as_of[TIME_TEXT_BYTES];
    enum err_code code = evidence_states_load(s, &states, e);

    (void)time_format(as_of_ms, as_of);
    as_of[DATE_CHARS] = '\0';
    if (code == ERR_OK)
        code = sandbox_open(s, &sb, e);
    for (size_t i = 0; code == ERR_OK && i < rs->n; i++)
        code = trial(rs->rules[i], sb, as_of, &states, fn, ctx, e);
    sandbox_close(sb);
    evidence_states_release(&states);
    return code;
}
