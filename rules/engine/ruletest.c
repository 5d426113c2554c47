#include "rule.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "base/timex.h"
#include "given.h"
#include "message.h"
#include "model/store.h"
#include "mutate.h"
#include "run.h"
#include "sandbox.h"
#include "schema.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum { STATUS_COUNT = STATUS_NOT_APPLICABLE + 1, WHY_BYTES = 8192, DATE_CHARS = 10 };

/* What a test's run showed. */
struct seen {
    struct run_result run;
    struct strlist ids[STATUS_COUNT];
    struct buf message;
};

static enum err_code note_row(void *ctx, const struct run_row *row, struct err *e)
{
    struct seen *seen = ctx;

    strlist_add(&seen->ids[row->status], row->resource_id);
    return e->code;
}

static void add_list(struct buf *out, const char *word, const struct strlist *ids)
{
    buf_addf(out, "%s [", word);
    for (size_t i = 0; i < ids->n; i++)
        buf_addf(out, "%s%s", i > 0 ? ", " : "", ids->v[i]);
    buf_addc(out, ']');
}

/* A number counts resources, of which one row may stand for many. */
static void compare_count(const struct yn *want, enum status status, const struct tally *t,
                          struct buf *why)
{
    const size_t counts[STATUS_COUNT] = {[STATUS_PASS] = t->pass,
                                         [STATUS_FAIL] = t->fail,
                                         [STATUS_UNKNOWN] = t->unknown,
                                         [STATUS_MANUAL] = t->manual,
                                         [STATUS_NOT_APPLICABLE] = t->not_applicable};
    int64_t n = 0;

    (void)yn_int(want, &n);
    if ((size_t)n != counts[status])
        buf_addf(why, "%sexpected %lld %s, got %zu", why->n > 0 ? "; " : "", (long long)n,
                 status_name(status), counts[status]);
}

/* Lists compare as sets: a rule's rows come sorted, an author's need not. */
static void compare_list(const struct yn *expect, enum status status, const struct seen *seen,
                         struct buf *why)
{
    const struct yn *list = yn_get(expect, status_name(status));
    struct strlist want = {0};
    bool same;

    if (list == NULL)
        return;
    if (list->kind == YN_SCALAR) {
        compare_count(list, status, &seen->run.tally, why);
        return;
    }
    for (const struct yn *y = list->child; y != NULL; y = y->next)
        strlist_add(&want, y->text);
    strlist_sort_unique(&want);
    same = want.n == seen->ids[status].n;
    for (size_t i = 0; same && i < want.n; i++)
        same = str_eq(want.v[i], seen->ids[status].v[i]);
    if (!same) {
        buf_adds(why, why->n > 0 ? "; expected " : "expected ");
        add_list(why, status_name(status), &want);
        buf_adds(why, ", got ");
        add_list(why, status_name(status), &seen->ids[status]);
    }
    strlist_release(&want);
}

static void compare_word(const struct yn *expect, const char *key, const char *got, struct buf *why)
{
    const char *want = yn_text(expect, key);

    if (want != NULL && !str_eq(want, got))
        buf_addf(why, "%sexpected %s %s, got %s", why->n > 0 ? "; " : "", key, want,
                 got != NULL ? got : "none");
}

static void compare(const struct yn *expect, const struct seen *seen, struct buf *why)
{
    bool outcome_differs;

    compare_word(expect, "outcome", outcome_name(seen->run.outcome), why);
    outcome_differs = why->n > 0;
    compare_word(expect, "reason", reason_name(seen->run.reason), why);
    compare_word(expect, "message", seen->message.p, why);
    for (int s = 0; s < STATUS_COUNT; s++)
        compare_list(expect, (enum status)s, seen, why);
    if (outcome_differs)
        buf_addf(why, " (%s)", seen->message.p);
}

/* One test's snapshot, ready for its rule and for changed copies of it. */
struct bench {
    const struct rule_test *test;
    struct store *store;
    struct sandbox *sandbox;
    struct evidence_states states;
    char as_of[TIME_TEXT_BYTES];
};

static void bench_close(struct bench *b)
{
    sandbox_close(b->sandbox);
    evidence_states_release(&b->states);
    store_close(b->store);
}

/* Rows that do not fit together are the test's fault: *why says so then. Close it always. */
static enum err_code bench_open(const struct rule_test *t, const struct schema *sc, struct bench *b,
                                struct buf *why, struct err *e)
{
    struct err trouble = ERR_INIT;
    enum err_code code;

    memset(b, 0, sizeof *b);
    b->test = t;
    (void)time_format(t->as_of_ms, b->as_of);
    b->as_of[DATE_CHARS] = '\0';
    if (given_build(t, sc, &b->store, &trouble) != ERR_OK) {
        buf_addf(why, "cannot build the snapshot: %s", trouble.msg);
        return ERR_OK;
    }
    code = evidence_states_load(b->store, &b->states, e);
    if (code == ERR_OK)
        code = sandbox_open(b->store, &b->sandbox, e);
    return code;
}

/* *why stays empty when the test holds for this rule. */
static enum err_code judge(struct bench *b, const struct rule *r, struct buf *why, struct err *e)
{
    struct seen seen = {0};
    const struct run_options options = {
        .as_of = b->as_of, .params = b->test->params, .row = note_row, .ctx = &seen};
    enum err_code code = run_rule(b->sandbox, r, &b->states, &options, &seen.run, e);

    buf_init(&seen.message, MESSAGE_BYTES_MAX);
    if (code == ERR_OK) {
        message_render(r, &seen.run, &b->states, &seen.message);
        compare(b->test->expect, &seen, why);
    }
    run_result_release(&seen.run);
    for (size_t i = 0; i < COUNT_OF(seen.ids); i++)
        strlist_release(&seen.ids[i]);
    buf_release(&seen.message);
    return code;
}

/* What one call of ruleset_test works with. */
struct tester {
    const struct rules_test_options *o;
    struct rules_test_counts *counts;
    struct store *empty;
    struct schema *schema;
    struct sandbox *compiler; /* over `empty`: whether a changed query compiles */
};

/* Mutants of one rule, and which of them no test has noticed so far. */
struct hunt {
    struct mutants all;
    bool *lives;
};

static bool compiles(struct tester *t, const struct rule *r, const struct mutant *m)
{
    struct changed_rule c;
    struct sandbox_fault fault;
    sqlite3_stmt *st = NULL;
    bool ok;

    if (m->kind != MUTANT_QUERY && m->kind != MUTANT_APPLIES)
        return true;
    mutant_apply(r, m, &c);
    ok = sandbox_prepare(t->compiler, c.sql, &st, NULL, &fault);
    sandbox_finalize(t->compiler, st);
    changed_rule_release(&c);
    return ok;
}

static void hunt_begin(struct tester *t, const struct rule *r, struct hunt *h)
{
    memset(h, 0, sizeof *h);
    if (!t->o->mutate)
        return;
    mutants_make(r, &h->all);
    h->lives = xcalloc(h->all.n + 1, sizeof *h->lives);
    for (size_t i = 0; i < h->all.n; i++) {
        h->lives[i] = compiles(t, r, &h->all.v[i]);
        t->counts->mutants += h->lives[i];
    }
}

static enum err_code hunt_in(struct hunt *h, const struct rule *r, struct bench *b, struct err *e)
{
    enum err_code code = ERR_OK;

    sandbox_set_budget(b->sandbox, LIMIT_MUTANT_STEPS, LIMIT_RULE_MS);
    for (size_t i = 0; code == ERR_OK && i < h->all.n; i++) {
        struct changed_rule c;
        struct buf why;

        if (!h->lives[i])
            continue;
        buf_init(&why, WHY_BYTES);
        mutant_apply(r, &h->all.v[i], &c);
        code = judge(b, &c.rule, &why, e);
        h->lives[i] = why.n == 0 && !why.failed;
        changed_rule_release(&c);
        buf_release(&why);
    }
    return code;
}

/* A rule whose tests fail says nothing about its mutants. */
static void hunt_end(struct tester *t, const struct rule *r, struct hunt *h, bool is_sound)
{
    size_t found = 0;

    t->counts->cut += h->all.is_cut;
    for (size_t i = 0; is_sound && i < h->all.n; i++) {
        const struct mutant *m = &h->all.v[i];
        const struct rules_mutant_info info = {.rule = r->id,
                                               .file = r->file,
                                               .line = m->line,
                                               .column = m->column,
                                               .what = m->what,
                                               .was = m->was,
                                               .now = m->now};

        if (!h->lives[i])
            continue;
        found++;
        if (t->o->mutant != NULL)
            t->o->mutant(t->o->ctx, &info);
    }
    t->counts->survivors += found;
    t->counts->weak_rules += found > 0;
    mutants_release(&h->all);
    free(h->lives);
}

static void tell(const struct tester *t, const struct rule *r, const struct rule_test *test,
                 const struct buf *why)
{
    bool failed = why->n > 0 || why->failed;
    const struct rules_test_info info = {.rule = r->id,
                                         .file = r->file,
                                         .line = test->node->line,
                                         .column = test->node->column,
                                         .name = test->name,
                                         .why = !failed      ? NULL
                                                : why->n > 0 ? why->p
                                                             : "differs"};

    if (failed)
        t->counts->failed++;
    else
        t->counts->passed++;
    if (t->o->test != NULL)
        t->o->test(t->o->ctx, &info);
}

static enum err_code test_rule(struct tester *t, const struct rule *r, struct err *e)
{
    struct hunt hunt;
    size_t failed = t->counts->failed;
    enum err_code code = ERR_OK;

    hunt_begin(t, r, &hunt);
    for (size_t i = 0; code == ERR_OK && i < r->tests_n; i++) {
        struct bench b;
        struct buf why;

        buf_init(&why, WHY_BYTES);
        code = bench_open(&r->tests[i], t->schema, &b, &why, e);
        if (code == ERR_OK && why.n == 0)
            code = judge(&b, r, &why, e);
        if (code == ERR_OK)
            tell(t, r, &r->tests[i], &why);
        if (code == ERR_OK && why.n == 0 && !why.failed)
            code = hunt_in(&hunt, r, &b, e);
        bench_close(&b);
        buf_release(&why);
    }
    hunt_end(t, r, &hunt, code == ERR_OK && t->counts->failed == failed);
    return code;
}

enum err_code ruleset_test(const struct ruleset *rs, const struct rules_test_options *o,
                           struct rules_test_counts *out, struct err *e)
{
    struct tester t = {.o = o, .counts = out};
    enum err_code code = store_create(":memory:", &t.empty, e);

    memset(out, 0, sizeof *out);
    if (code == ERR_OK)
        code = store_flatten(t.empty, e);
    if (code == ERR_OK)
        code = schema_load(t.empty, &t.schema, e);
    if (code == ERR_OK)
        code = sandbox_open(t.empty, &t.compiler, e);
    for (size_t i = 0; code == ERR_OK && i < rs->n; i++)
        code = test_rule(&t, rs->rules[i], e);
    sandbox_close(t.compiler);
    schema_free(t.schema);
    store_close(t.empty);
    return code;
}
