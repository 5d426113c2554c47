#include "mutate.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "base/timex.h"
#include "sqlmutate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DATE_CHARS = 10, DAY_MS = 24 * 3600 * 1000 };

struct maker {
    const struct rule *r;
    struct mutants *out;
    enum mutant_kind kind;
    const struct yn *node;
};

/* NULL when there is no room, or when there is this one already. */
static struct mutant *add(struct maker *mk, const char *what, size_t at, size_t n, const char *now)
{
    struct mutants *out = mk->out;
    struct mutant *m;

    for (size_t i = 0; i < out->n; i++)
        if (out->v[i].kind == mk->kind && out->v[i].at == at && out->v[i].n == n &&
            str_eq(out->v[i].now, now))
            return NULL;
    if (out->n == LIMIT_RULE_MUTANTS) {
        out->is_cut = true;
        return NULL;
    }
    out->v = xreallocarray(out->v, out->n + 1, sizeof *out->v);
    m = &out->v[out->n++];
    *m = (struct mutant){.kind = mk->kind, .what = what, .at = at, .n = n, .now = xstrdup(now)};
    return m;
}

/* One line of it: white space is one blank. Caller frees. */
static char *one_line(const char *s, size_t n)
{
    char *out = xstrndup(s, n);
    size_t used = 0;

    for (size_t i = 0; i < n; i++) {
        bool is_blank = strchr(" \t\r\n", s[i]) != NULL;

        if (!is_blank)
            out[used++] = s[i];
        else if (used > 0 && out[used - 1] != ' ')
            out[used++] = ' ';
    }
    if (used > 0 && out[used - 1] == ' ')
        used--;
    out[used] = '\0';
    return out;
}

static void add_sql(void *ctx, const char *what, size_t at, size_t n, const char *now)
{
    struct maker *mk = ctx;
    struct mutant *m = add(mk, what, at, n, now);

    if (m == NULL)
        return;
    m->was = one_line(mk->node->text + at, n);
    yn_position(mk->node, mk->r->source, at, &m->line, &m->column);
}

static struct yn *scalar(const char *text)
{
    struct yn *y = xcalloc(1, sizeof *y);

    y->kind = YN_SCALAR;
    y->is_plain = true;
    y->text = xstrdup(text);
    return y;
}

/* Another value of the same type; NULL when there is none worth trying (an empty list). */
static struct yn *other_value(const struct param *p)
{
    char text[TIME_TEXT_BYTES];
    struct yn *y;
    int64_t n = 0;
    bool b = false;

    switch (p->type) {
    case PARAM_BOOL:
        (void)yn_bool(p->value, &b);
        return scalar(b ? "false" : "true");
    case PARAM_INT:
        (void)yn_int(p->value, &n);
        (void)snprintf(text, sizeof text, "%lld", (long long)(n < INT64_MAX ? n + 1 : n - 1));
        return scalar(text);
    case PARAM_DATE:
        (void)rule_date(p->value, &n);
        (void)time_format(n + DAY_MS, text);
        text[DATE_CHARS] = '\0';
        return scalar(text);
    case PARAM_STRING:
        y = scalar("");
        free(y->text);
        y->text = xasprintf("%s~", p->value->text);
        return y;
    case PARAM_STRING_LIST:
        if (p->value->n == 0)
            return NULL;
        y = xcalloc(1, sizeof *y);
        y->kind = YN_SEQ;
        return y;
    }
    return NULL;
}

static char *shown(const struct yn *y)
{
    json_t *j = yn_to_json(y, true);
    char *s = json_dumps(j, JSON_COMPACT | JSON_ENCODE_ANY);

    json_decref(j);
    return s != NULL ? s : xstrdup("");
}

static void add_param(struct maker *mk, size_t at)
{
    const struct param *p = &mk->r->params[at];
    struct yn *value = other_value(p);
    char *now;
    struct mutant *m;

    if (value == NULL)
        return;
    now = shown(value);
    m = add(mk, "parameter default", at, 0, now);
    free(now);
    if (m == NULL) {
        yn_free(value);
        return;
    }
    m->value = value;
    m->was = shown(p->value);
    m->line = p->value->line;
    m->column = p->value->column;
}

/* What the file says; what it leaves out is not tried. */
static void add_word(struct maker *mk, enum mutant_kind kind, const char *key, const char *now)
{
    const struct yn *y = yn_get(mk->r->tree, key);
    struct mutant *m;

    mk->kind = kind;
    if (y == NULL || str_eq(y->text, now))
        return;
    m = add(mk, key, 0, 0, now);
    if (m == NULL)
        return;
    m->was = xstrdup(y->text);
    m->line = y->line;
    m->column = y->column;
    m->to = str_eq(now, "pass") ? EMPTY_IS_PASS : EMPTY_IS_NOT_APPLICABLE;
}

void mutants_make(const struct rule *r, struct mutants *out)
{
    struct maker mk = {.r = r, .out = out};

    memset(out, 0, sizeof *out);
    if (r->applies_when != NULL) {
        mk.kind = MUTANT_APPLIES;
        mk.node = yn_get(r->tree, "applies_when");
        add_sql(&mk, "applies always", 0, strlen(r->applies_when), "SELECT 1");
        sql_changes(r->applies_when, false, add_sql, &mk);
    }
    mk.kind = MUTANT_PARAM;
    for (size_t i = 0; i < r->params_n; i++)
        add_param(&mk, i);
    mk.kind = MUTANT_QUERY;
    mk.node = yn_get(r->tree, "query");
    sql_changes(r->query, true, add_sql, &mk);
    add_word(&mk, MUTANT_EMPTY, "empty", "pass");
    add_word(&mk, MUTANT_EMPTY, "empty", "not_applicable");
    add_word(&mk, MUTANT_PARTIAL, "partial", "fail");
    add_word(&mk, MUTANT_PARTIAL, "partial", "not_evaluated");
}

void mutants_release(struct mutants *m)
{
    for (size_t i = 0; i < m->n; i++) {
        free(m->v[i].was);
        free(m->v[i].now);
        yn_free(m->v[i].value);
    }
    free(m->v);
    memset(m, 0, sizeof *m);
}

static char *replaced(const char *sql, const struct mutant *m)
{
    return xasprintf("%.*s%s%s", (int)m->at, sql, m->now, sql + m->at + m->n);
}

void mutant_apply(const struct rule *r, const struct mutant *m, struct changed_rule *out)
{
    memset(out, 0, sizeof *out);
    out->rule = *r;
    switch (m->kind) {
    case MUTANT_QUERY:
        out->rule.query = out->sql = replaced(r->query, m);
        break;
    case MUTANT_APPLIES:
        out->rule.applies_when = out->sql = replaced(r->applies_when, m);
        break;
    case MUTANT_PARAM:
        out->params = xcalloc(r->params_n, sizeof *out->params);
        memcpy(out->params, r->params, r->params_n * sizeof *out->params);
        out->params[m->at].value = m->value;
        out->rule.params = out->params;
        break;
    case MUTANT_EMPTY:
        out->rule.empty = m->to;
        break;
    case MUTANT_PARTIAL:
        out->rule.fails_on_partial = !r->fails_on_partial;
        break;
    }
}

void changed_rule_release(struct changed_rule *c)
{
    free(c->sql);
    free(c->params);
    memset(c, 0, sizeof *c);
}
