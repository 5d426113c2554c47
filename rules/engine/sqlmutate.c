#include "sqlmutate.h"

#include "base/attrs.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "run.h"
#include "sqltext.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_BYTES = 24 };

struct word {
    struct sql_token t;
    int depth;      /* of brackets around it; a bracket counts as outside of itself */
    bool is_quiet;  /* only decides about texts or the order of rows */
    bool is_ranged; /* the AND of a BETWEEN */
};

struct text {
    const char *sql;
    struct word *v;
    size_t n;
    size_t counts_at; /* column of the row contract that counts resources; 0: none */
    sql_change_fn *fn;
    void *ctx;
};

static bool is(const struct text *x, size_t i, const char *word)
{
    return i < x->n && sql_is_word(&x->v[i].t, word);
}

static bool is_any(const struct text *x, size_t i, const char *const *words)
{
    for (; *words != NULL; words++)
        if (is(x, i, *words))
            return true;
    return false;
}

static bool is_char(const struct text *x, size_t i, char c)
{
    return i < x->n && x->v[i].t.kind == SQL_OTHER && x->v[i].t.n == 1 && *x->v[i].t.p == c;
}

static size_t offset(const struct text *x, size_t i)
{
    return (size_t)(x->v[i].t.p - x->sql);
}

/* Words from..to (the last one excluded) become `now`. */
static void change(const struct text *x, const char *what, size_t from, size_t to, const char *now)
{
    size_t at = offset(x, from);
    size_t end = offset(x, to - 1) + x->v[to - 1].t.n;

    x->fn(x->ctx, what, at, end - at, now);
}

static void read_words(struct text *x)
{
    size_t at = 0;
    int depth = 0;
    bool in_between = false;
    struct sql_token t;

    while (sql_next(x->sql, &at, &t)) {
        struct word *w;

        x->v = xreallocarray(x->v, x->n + 1, sizeof *x->v);
        w = &x->v[x->n++];
        *w = (struct word){.t = t, .depth = depth};
        if (is_char(x, x->n - 1, '('))
            depth++;
        else if (is_char(x, x->n - 1, ')'))
            w->depth = --depth;
        if (sql_is_word(&t, "between"))
            in_between = true;
        else if (sql_is_word(&t, "and") && in_between) {
            w->is_ranged = true;
            in_between = false;
        }
    }
}

/* The end of what starts at `from`, on the depth of `from - 1`: the first of `ends`, or where its
 * brackets close. */
static size_t reach(const struct text *x, size_t from, int depth, const char *const *ends)
{
    size_t i = from;

    while (i < x->n && x->v[i].depth >= depth && !(x->v[i].depth == depth && is_any(x, i, ends)))
        i++;
    return i;
}

static void hush(struct text *x, size_t from, size_t to)
{
    for (; from < to; from++)
        x->v[from].is_quiet = true;
}

/* One column of a SELECT: `at` counts from 0. */
static void hush_column(struct text *x, size_t from, size_t to, size_t at, bool is_row)
{
    bool has_name = to >= from + 2 && is(x, to - 2, "as");

    /* The first SELECT names the columns: how many resources a row stands for is no text. */
    if (is_row && has_name && is(x, to - 1, RUN_RESOURCES))
        x->counts_at = at;
    if ((is_row && (at == 1 || at > 2) && at != x->counts_at) ||
        (has_name && (is(x, to - 1, "reason") || is(x, to - 1, "resource_name"))))
        hush(x, from, to);
}

static void hush_texts(struct text *x, bool has_contract)
{
    static const char *const ends[] = {"from",      "where", "union", "except",
                                       "intersect", "order", "limit", NULL};

    for (size_t i = 0; i < x->n; i++) {
        int depth = x->v[i].depth;
        size_t end;
        size_t column = 0;
        size_t from = i + 1;

        if (depth == 0 && is(x, i, "order") && is(x, i + 1, "by"))
            hush(x, i, x->n);
        if (!is(x, i, "select"))
            continue;
        end = reach(x, i + 1, depth, ends);
        for (size_t k = from; k <= end; k++) {
            if (k < end && !(is_char(x, k, ',') && x->v[k].depth == depth))
                continue;
            hush_column(x, from, k, column++, has_contract && depth == 0);
            from = k + 1;
        }
        if (end == i + 2 && x->v[i + 1].t.n == 1 && *x->v[i + 1].t.p == '1')
            x->v[i + 1].is_quiet = true; /* EXISTS (SELECT 1 ...) */
    }
}

/* ---- single words ---- */

struct swap {
    const char *what, *word, *now;
};
static const struct swap words[] = {
    {"AND and OR", "and", "OR"},
    {"AND and OR", "or", "AND"},
    {"negation", "exists", "NOT EXISTS"},
    {"negation", "in", "NOT IN"},
    {"negation", "like", "NOT LIKE"},
    {"negation", "glob", "NOT GLOB"},
    {"negation", "between", "NOT BETWEEN"},
};
static const struct swap literals[] = {
    {"status", "'pass'", "'fail'"},    {"status", "'fail'", "'pass'"},
    {"status", "'unknown'", "'pass'"}, {"status", "'not_applicable'", "'pass'"},
    {"status", "'manual'", "'pass'"},
};
/* Longest first: "<=" begins with "<". */
static const struct {
    const char *sign;
    const char *now[2];
} comparisons[] = {
    {"<>", {"=", NULL}},  {"!=", {"=", NULL}}, {"<=", {"<", ">"}},  {">=", {">", "<"}},
    {"==", {"<>", NULL}}, {"<", {"<=", ">="}}, {">", {">=", "<="}}, {"=", {"<>", NULL}},
};

static void change_word(const struct text *x, size_t i)
{
    const struct sql_token *t = &x->v[i].t;

    if (is(x, i, "is") && is(x, i + 1, "not"))
        change(x, "NULL test", i, i + 2, "IS");
    else if (is(x, i, "is"))
        change(x, "NULL test", i, i + 1, "IS NOT");
    else if (is(x, i, "not") && !(i > 0 && is(x, i - 1, "is")) && !is(x, i + 1, "materialized"))
        change(x, "negation", i, i + 1, "");
    else if (is(x, i, "left") && is(x, i + 1, "join"))
        change(x, "join", i, i + 1, "");
    for (size_t k = 0; k < COUNT_OF(words); k++)
        if (sql_is_word(t, words[k].word) && !x->v[i].is_ranged && !(i > 0 && is(x, i - 1, "not")))
            change(x, words[k].what, i, i + 1, words[k].now);
}

static void change_literal(const struct text *x, size_t i)
{
    const struct sql_token *t = &x->v[i].t;

    for (size_t k = 0; k < COUNT_OF(literals); k++)
        if (t->n == strlen(literals[k].word) && strncmp(t->p, literals[k].word, t->n) == 0)
            change(x, literals[k].what, i, i + 1, literals[k].now);
}

static bool is_compared(const struct text *x, size_t i)
{
    return i < x->n && x->v[i].t.kind == SQL_OTHER && strchr("<>=", *x->v[i].t.p) != NULL;
}

/* 0 and 1 wherever they stand, other numbers where something is compared with them: the rest are
 * places in texts. */
static void change_number(const struct text *x, size_t i)
{
    const struct sql_token *t = &x->v[i].t;
    char number[NUMBER_BYTES];
    int64_t value;
    struct buf now;

    if (t->n >= sizeof number || is_char(x, i + 1, '.') || (i > 0 && is_char(x, i - 1, '.')))
        return;
    memcpy(number, t->p, t->n);
    number[t->n] = '\0';
    if (!str_int(number, 0, INT32_MAX, &value) ||
        (value > 1 && !is_compared(x, i + 1) && !(i > 0 && is_compared(x, i - 1))))
        return;
    if (i > 0 && is(x, i - 1, "then") && is(x, i + 1, "end"))
        return; /* count(CASE WHEN ... THEN 1 END): any number will do */
    buf_init(&now, NUMBER_BYTES);
    buf_addf(&now, "%lld", (long long)(value == 1 ? 0 : value + 1));
    change(x, "number", i, i + 1, now.p);
    buf_release(&now);
}

static void change_sign(const struct text *x, size_t i)
{
    size_t at = offset(x, i);

    if (i > 0 && x->v[i].t.p == x->v[i - 1].t.p + 1 && strchr("<>=!-|", *x->v[i - 1].t.p) != NULL)
        return; /* the second half of one */
    for (size_t k = 0; k < COUNT_OF(comparisons); k++) {
        if (!str_starts(x->sql + at, comparisons[k].sign))
            continue;
        for (size_t j = 0; j < COUNT_OF(comparisons[k].now) && comparisons[k].now[j] != NULL; j++)
            x->fn(x->ctx, "comparison", at, strlen(comparisons[k].sign), comparisons[k].now[j]);
        return;
    }
}

/* ---- conditions ---- */

/* The only row of a table that has one is found by its key: "t.id = 1" leaves nothing out. */
static bool is_only_row(const struct text *x, size_t from, size_t to)
{
    return to >= from + 3 && is(x, to - 3, "id") && is_char(x, to - 2, '=') &&
           is_char(x, to - 1, '1') && (to == from + 3 || to == from + 5);
}

/* The next `word` of a condition that joins its parts, on its own depth and outside any CASE. */
static size_t next_part(const struct text *x, size_t from, size_t to, const char *word)
{
    int depth = x->v[from].depth;
    int cases = 0;

    for (size_t i = from; i < to; i++) {
        if (x->v[i].depth != depth)
            continue;
        cases += is(x, i, "case") ? 1 : is(x, i, "end") ? -1 : 0;
        if (cases == 0 && is(x, i, word) && !x->v[i].is_ranged)
            return i;
    }
    return to;
}

static void drop_terms(const struct text *x, size_t from, size_t to, bool is_alone, bool is_branch)
{
    size_t end = next_part(x, from, to, "and");

    if (end == to) {
        if (is_alone && !is_branch && !is_only_row(x, from, to))
            change(x, "dropped term", from, to, "1");
        return;
    }
    for (; from < to; from = end + 1) {
        end = next_part(x, from, to, "and");
        if (end > from && !is_only_row(x, from, end))
            change(x, "dropped term", from, end, "1");
    }
}

static void drop_parts(const struct text *x, size_t from, size_t to, bool is_branch)
{
    size_t end;
    bool is_alone;

    if (from >= to)
        return;
    is_alone = next_part(x, from, to, "or") == to;
    if (is_branch)
        change(x, "dropped branch", from, to, "0");
    for (; from < to; from = end + 1) {
        end = next_part(x, from, to, "or");
        if (end == from)
            continue;
        if (!is_alone)
            change(x, "dropped term", from, end, "0");
        drop_terms(x, from, end, is_alone, is_branch);
    }
}

static void change_conditions(const struct text *x, size_t i)
{
    static const char *const where_ends[] = {"group",     "order",  "limit",  "union", "except",
                                             "intersect", "having", "window", NULL};
    static const char *const on_ends[] = {"where", "join",  "left",  "inner",  "cross",     "group",
                                          "order", "limit", "union", "except", "intersect", NULL};
    static const char *const when_ends[] = {"then", NULL};
    static const struct {
        const char *word;
        const char *const *ends;
        bool is_branch;
    } table[] = {{"where", where_ends, false},
                 {"having", where_ends, false},
                 {"on", on_ends, false},
                 {"when", when_ends, true}};

    for (size_t k = 0; k < COUNT_OF(table); k++)
        if (is(x, i, table[k].word))
            drop_parts(x, i + 1, reach(x, i + 1, x->v[i].depth, table[k].ends), table[k].is_branch);
}

void sql_changes(const char *sql, bool has_contract, sql_change_fn *fn, void *ctx)
{
    struct text x = {.sql = sql, .fn = fn, .ctx = ctx};

    read_words(&x);
    hush_texts(&x, has_contract);
    for (size_t i = 0; i < x.n; i++) {
        if (x.v[i].is_quiet)
            continue;
        if (x.v[i].t.kind == SQL_WORD) {
            change_word(&x, i);
            change_conditions(&x, i);
        } else if (x.v[i].t.kind == SQL_STRING) {
            change_literal(&x, i);
        } else if (x.v[i].t.kind == SQL_OTHER && *x.v[i].t.p >= '0' && *x.v[i].t.p <= '9') {
            change_number(&x, i);
        } else if (x.v[i].t.kind == SQL_OTHER) {
            change_sign(&x, i);
        }
    }
    free(x.v);
}
