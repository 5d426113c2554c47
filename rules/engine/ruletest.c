#include "rule.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/strs.h"
#include "base/text.h"
#include "base/timex.h"
#include "given.h"
#include "message.h"
#include "model/store.h"
#include "run.h"
#include "sandbox.h"
#include "schema.h"

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

/* Lists compare as sets: a rule's rows come sorted, an author's need not. */
static void compare_list(const struct yn *expect, enum status status, const struct seen *seen,
                         struct buf *why)
{
    const struct yn *list = yn_get(expect, status_name(status));
    struct strlist want = {0};
    bool same;

    if (list == NULL)
        return;
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

static enum err_code run_test(const struct rule *r, const struct rule_test *t, struct store *s,
                              struct seen *seen, struct err *e)
{
    struct evidence_states states;
    struct sandbox *sb = NULL;
    char as_of[TIME_TEXT_BYTES];
    const struct run_options options = {
        .as_of = as_of, .params = t->params, .row = note_row, .ctx = seen};
    enum err_code code = evidence_states_load(s, &states, e);

    (void)time_format(t->as_of_ms, as_of);
    as_of[DATE_CHARS] = '\0';
    if (code == ERR_OK)
        code = sandbox_open(s, &sb, e);
    if (code == ERR_OK)
        code = run_rule(sb, r, &states, &options, &seen->run, e);
    if (code == ERR_OK)
        message_render(r, &seen->run, &states, &seen->message);
    sandbox_close(sb);
    evidence_states_release(&states);
    return code;
}

/* *why stays empty when the test holds. */
static enum err_code judge(const struct rule *r, const struct rule_test *t, const struct schema *sc,
                           struct buf *why, struct err *e)
{
    struct seen seen = {0};
    struct store *s = NULL;
    struct err trouble = ERR_INIT;
    enum err_code code = given_build(t, sc, &s, &trouble);

    buf_init(&seen.message, MESSAGE_BYTES_MAX);
    if (code != ERR_OK) { /* rows that do not fit together are the test's fault */
        buf_addf(why, "cannot build the snapshot: %s", trouble.msg);
        code = ERR_OK;
    } else {
        code = run_test(r, t, s, &seen, e);
        if (code == ERR_OK)
            compare(t->expect, &seen, why);
    }
    store_close(s);
    run_result_release(&seen.run);
    for (size_t i = 0; i < COUNT_OF(seen.ids); i++)
        strlist_release(&seen.ids[i]);
    buf_release(&seen.message);
    return code;
}

static void print_result(FILE *out, const struct rule *r, const struct rule_test *t,
                         const char *why)
{
    struct buf line;

    buf_init(&line, (size_t)WHY_BYTES * 10);
    text_add_safe(&line, t->name);
    buf_adds(&line, "\"");
    if (why[0] != '\0')
        buf_adds(&line, ": ");
    text_add_safe(&line, why);
    (void)fprintf(out, "%s %s \"%s\n", why[0] != '\0' ? "FAIL" : "ok  ", r->id, line.p);
    buf_release(&line);
}

static enum err_code test_rule(const struct rule *r, const struct schema *sc, bool verbose,
                               FILE *out, size_t counts[2], struct err *e)
{
    enum err_code code = ERR_OK;

    for (size_t i = 0; code == ERR_OK && i < r->tests_n; i++) {
        struct buf why;

        buf_init(&why, WHY_BYTES);
        code = judge(r, &r->tests[i], sc, &why, e);
        if (code == ERR_OK) {
            bool failed = why.n > 0 || why.failed;

            counts[failed ? 1 : 0]++;
            if (failed || verbose)
                print_result(out, r, &r->tests[i], failed && why.n == 0 ? "differs" : why.p);
        }
        buf_release(&why);
    }
    return code;
}

enum err_code ruleset_test(const struct ruleset *rs, bool verbose, FILE *out, size_t *passed,
                           size_t *failed, struct err *e)
{
    struct store *empty = NULL;
    struct schema *sc = NULL;
    size_t counts[2] = {0, 0};
    enum err_code code = store_create(":memory:", &empty, e);

    if (code == ERR_OK)
        code = store_flatten(empty, e);
    if (code == ERR_OK)
        code = schema_load(empty, &sc, e);
    for (size_t i = 0; code == ERR_OK && i < rs->n; i++)
        code = test_rule(rs->rules[i], sc, verbose, out, counts, e);
    schema_free(sc);
    store_close(empty);
    if (code == ERR_OK) {
        *passed = counts[0];
        *failed = counts[1];
    }
    return code;
}
