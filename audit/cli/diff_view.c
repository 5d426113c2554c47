#include "diff_view.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/strs.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 64 * 1024 };

/* --- for people --- */

void diff_add_text(struct buf *b, const char *text, bool is_safe)
{
    struct buf cut;

    buf_init(&cut, LINE_BYTES);
    text_add_cut(&cut, text, LIMIT_DIFF_TEXT);
    if (is_safe)
        text_add_safe(b, cut.p);
    else
        buf_adds(b, cut.p);
    buf_release(&cut);
}

void diff_add_value(struct buf *b, json_t *v, const char *name, bool is_safe)
{
    char *text = NULL;

    if (name != NULL) {
        diff_add_text(b, name, is_safe);
        buf_adds(b, " (");
    }
    if (v == NULL) {
        buf_adds(b, "(absent)");
    } else if (json_is_string(v)) {
        diff_add_text(b, *json_string_value(v) != '\0' ? json_string_value(v) : "''", is_safe);
    } else {
        text = json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);
        diff_add_text(b, text != NULL ? text : "?", is_safe);
        free(text);
    }
    if (name != NULL)
        buf_addc(b, ')');
}

static void print_source(FILE *f, const char *side, const struct diff_source *s)
{
    struct buf b;

    buf_init(&b, LINE_BYTES);
    buf_addf(&b, "%s  ", side);
    diff_add_text(&b, s->path, true);
    buf_adds(&b, ", collected ");
    diff_add_text(&b, s->collected != NULL ? s->collected : "at an unknown time", true);
    if (s->as_of != NULL) {
        buf_adds(&b, ", judged as of ");
        diff_add_text(&b, s->as_of, true);
    } else {
        buf_adds(&b, ", never evaluated");
    }
    fprintf(f, "%s\n", b.p);
    buf_release(&b);
}

static void end_kind(struct diff_view *v)
{
    if (v->more > 0)
        fprintf(v->f, "  ... and %zu more (--verbose shows all)\n", v->more);
    v->lines = v->more = 0;
}

static void print_item(struct diff_view *v, const struct diff_item *it)
{
    static const char marks[] = {[DIFF_ADDED] = '+', [DIFF_REMOVED] = '-', [DIFF_CHANGED] = '~'};
    struct buf b;

    if (!v->in_full && v->lines >= LIMIT_DIFF_LINES) {
        v->more++;
        return;
    }
    v->lines++;
    buf_init(&b, LINE_BYTES);
    diff_add_text(&b, it->label, true);
    if (it->change == DIFF_CHANGED) {
        buf_adds(&b, ": ");
        diff_add_text(&b, it->property, true);
        if (it->is_member) {
            buf_addf(&b, " %c ", it->new != NULL ? '+' : '-');
            diff_add_value(&b, it->new != NULL ? it->new : it->old,
                           it->new != NULL ? it->new_name : it->old_name, true);
        } else {
            buf_addc(&b, ' ');
            diff_add_value(&b, it->old, it->old_name, true);
            buf_adds(&b, " -> ");
            diff_add_value(&b, it->new, it->new_name, true);
        }
    }
    fprintf(v->f, "  %c %s\n", marks[it->change], b.p);
    buf_release(&b);
}

static void text_begin(const struct diff_view *v)
{
    print_source(v->f, "OLD", &v->old);
    print_source(v->f, "NEW", &v->new);
    if (v->redacted_words != NULL)
        fprintf(v->f, "%s\n", v->redacted_words);
}

static void text_item(struct diff_view *v, const struct diff_item *it)
{
    if (v->n == 1)
        text_begin(v);
    if (it->kind != v->kind) {
        end_kind(v);
        fprintf(v->f, "\n%s\n", it->kind->title);
        v->kind = it->kind;
    }
    print_item(v, it);
}

static bool same_cause(const struct diff_gap *a, const struct diff_gap *b)
{
    return str_eq(a->resource, b->resource) && str_eq(a->side, b->side) && str_eq(a->why, b->why);
}

void diff_each_gap(struct diff_view *v, diff_gap_fn *fn, void *ctx)
{
    for (size_t i = 0; i < v->gaps_n; i++)
        v->gaps[i].done = false;
    for (size_t i = 0; i < v->gaps_n; i++) {
        const struct diff_gap *g = &v->gaps[i].gap;
        struct buf lost;
        char *why;
        const char *last = "";

        if (v->gaps[i].done)
            continue;
        buf_init(&lost, LINE_BYTES);
        for (size_t k = i; k < v->gaps_n; k++) {
            const struct diff_gap *other = &v->gaps[k].gap;

            if (!same_cause(g, other))
                continue;
            v->gaps[k].done = true;
            if (!str_eq(other->kind->table, last))
                buf_addf(&lost, "%s%s", lost.n > 0 ? ", " : "", other->kind->title);
            if (other->column != NULL)
                buf_addf(&lost, "%s%s", !str_eq(other->kind->table, last) ? ": " : ", ",
                         other->column);
            if (other->column != NULL && other->kind->unknown != NULL)
                buf_adds(&lost, " where unknown");
            last = other->kind->table;
        }
        why = g->resource != NULL ? xasprintf("%s was not read in %s", g->resource, g->side)
                                  : xasprintf("%s: %s", g->side, g->why);
        fn(ctx, lost.p, why);
        free(why);
        buf_release(&lost);
    }
}

static void log_gap(void *ctx, const char *lost, const char *why)
{
    const struct log *log = ctx;

    log_line(log, LOG_WARNING, "not compared: %s (%s)", why, lost);
}

static void print_gap(void *ctx, const char *lost, const char *why)
{
    struct buf b;

    buf_init(&b, LINE_BYTES);
    text_add_safe(&b, why);
    buf_adds(&b, ": ");
    text_add_safe(&b, lost);
    fprintf(ctx, "  ! %s\n", b.p);
    buf_release(&b);
}

static void text_end(struct diff_view *v)
{
    end_kind(v);
    if (v->gaps_n == 0)
        return;
    if (v->n == 0) {
        text_begin(v);
        fputs("\nNothing differs in what was compared.\n", v->f);
    }
    fputs("\nNot compared\n", v->f);
    diff_each_gap(v, print_gap, v->f);
}

/* --- both --- */

static void show(struct diff_view *v, const struct diff_item *it)
{
    if (v->form == DIFF_JSON)
        diff_json_item(v, it);
    else if (v->form == DIFF_TEXT)
        text_item(v, it);
    else
        diff_document_item(v, it);
}

void diff_view_item(void *ctx, const struct diff_item *it)
{
    struct diff_view *v = ctx;
    struct diff_redacted d;

    v->n++;
    if (v->redact == NULL) {
        show(v, it);
        return;
    }
    diff_redact(v->redact, it, &d);
    show(v, &d.item);
    diff_redacted_release(&d);
}

void diff_view_gap(void *ctx, const struct diff_gap *g)
{
    struct diff_view *v = ctx;

    v->gaps = xreallocarray(v->gaps, v->gaps_n + 1, sizeof *v->gaps);
    v->gaps[v->gaps_n++] = (struct diff_said){.gap = *g};
}

enum err_code diff_view_end(struct diff_view *v, const struct log *log, struct err *e)
{
    struct log to = *log;

    if (v->form == DIFF_JSON) {
        diff_json_end(v);
        return ERR_OK;
    }
    if (v->form == DIFF_TEXT)
        text_end(v);
    diff_each_gap(v, log_gap, &to);
    return diff_document_end(v, e);
}

static void release_source(struct diff_source *s)
{
    free(s->tenant);
    free(s->collected);
    free(s->tool);
    free(s->as_of);
    free(s->rules_digest);
    free(s->name);
}

void diff_view_release(struct diff_view *v)
{
    release_source(&v->old);
    release_source(&v->new);
    free(v->gaps);
    free(v->redacted_words);
    memset(v, 0, sizeof *v);
}
