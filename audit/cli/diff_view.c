#include "diff_view.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/strs.h"
#include "base/text.h"
#include "explain_view.h"

#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 64 * 1024 };

/* --- for people --- */

/* A stranger's text: short, and harmless to a terminal. */
static void add_text(struct buf *b, const char *text)
{
    struct buf cut;

    buf_init(&cut, LINE_BYTES);
    text_add_cut(&cut, text, LIMIT_DIFF_TEXT);
    text_add_safe(b, cut.p);
    buf_release(&cut);
}

static void add_value(struct buf *b, json_t *v, const char *name)
{
    char *text = NULL;

    if (name != NULL) {
        add_text(b, name);
        buf_adds(b, " (");
    }
    if (v == NULL) {
        buf_adds(b, "(absent)");
    } else if (json_is_string(v)) {
        add_text(b, *json_string_value(v) != '\0' ? json_string_value(v) : "''");
    } else {
        text = json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);
        add_text(b, text != NULL ? text : "?");
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
    add_text(&b, s->path);
    buf_addf(&b, ", collected %s", s->collected != NULL ? s->collected : "at an unknown time");
    if (s->as_of != NULL)
        buf_addf(&b, ", judged as of %s", s->as_of);
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
    add_text(&b, it->label);
    if (it->change == DIFF_CHANGED) {
        buf_adds(&b, ": ");
        add_text(&b, it->property);
        if (it->is_member) {
            buf_addf(&b, " %c ", it->new != NULL ? '+' : '-');
            add_value(&b, it->new != NULL ? it->new : it->old,
                      it->new != NULL ? it->new_name : it->old_name);
        } else {
            buf_addc(&b, ' ');
            add_value(&b, it->old, it->old_name);
            buf_adds(&b, " -> ");
            add_value(&b, it->new, it->new_name);
        }
    }
    fprintf(v->f, "  %c %s\n", marks[it->change], b.p);
    buf_release(&b);
}

static void text_item(struct diff_view *v, const struct diff_item *it)
{
    if (v->n == 1) {
        print_source(v->f, "OLD", &v->old);
        print_source(v->f, "NEW", &v->new);
    }
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

/* One line a cause, with all that it costs. */
static void log_gaps(struct diff_view *v, const struct log *log)
{
    for (size_t i = 0; i < v->gaps_n; i++) {
        const struct diff_gap *g = &v->gaps[i].gap;
        struct buf lost;
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
        if (g->resource != NULL)
            log_line(log, LOG_WARNING, "not compared: %s was not read in %s (%s)", g->resource,
                     g->side, lost.p);
        else
            log_line(log, LOG_WARNING, "not compared: %s: %s (%s)", g->side, g->why, lost.p);
        buf_release(&lost);
    }
}

/* --- for programs --- */

static void set(json_t *o, const char *key, json_t *value)
{
    (void)json_object_set_new(o, key, value);
}

static void put(struct diff_view *v, json_t *o)
{
    char *s = json_dumps(o, JSON_COMPACT);

    fputs(s != NULL ? s : "{}", v->f);
    free(s);
    json_decref(o);
}

static json_t *source_json(const struct diff_source *s)
{
    json_t *o = json_object();

    set(o, "path", json_text(s->path));
    set(o, "tenant_id", json_text(s->tenant));
    set(o, "collected_at", json_text(s->collected));
    set(o, "tool_version", json_text(s->tool));
    set(o, "as_of", json_text(s->as_of));
    set(o, "rules_digest", json_text(s->rules_digest));
    return o;
}

static void json_begin(struct diff_view *v)
{
    fputs("{\"old\":", v->f);
    put(v, source_json(&v->old));
    fputs(",\n\"new\":", v->f);
    put(v, source_json(&v->new));
    fputs(",\n\"differences\":[", v->f);
}

/* jansson counts references, also of what is only read here. */
static json_t *copy(json_t *v)
{
    return json_incref(v);
}

static void json_item(struct diff_view *v, const struct diff_item *it)
{
    json_t *o = json_object();

    if (v->n == 1)
        json_begin(v);
    set(o, "table", json_string(it->kind->table));
    set(o, "title", json_string(it->kind->title));
    set(o, "change", json_string(diff_change_name(it->change)));
    set(o, "key", copy(it->key));
    set(o, "name", json_text(it->label));
    if (it->change == DIFF_CHANGED) {
        set(o, "property", json_text(it->property));
        set(o, "is_member", json_boolean(it->is_member));
        if (it->old != NULL)
            set(o, "old", copy(it->old));
        if (it->new != NULL)
            set(o, "new", copy(it->new));
        if (it->old_name != NULL)
            set(o, "old_name", json_text(it->old_name));
        if (it->new_name != NULL)
            set(o, "new_name", json_text(it->new_name));
    }
    fputs(v->n == 1 ? "\n" : ",\n", v->f);
    put(v, o);
}

static void json_end(struct diff_view *v)
{
    if (v->n == 0)
        json_begin(v);
    fputs("\n],\n\"not_compared\":[", v->f);
    for (size_t i = 0; i < v->gaps_n; i++) {
        const struct diff_gap *g = &v->gaps[i].gap;
        json_t *o = json_object();

        set(o, "table", json_string(g->kind->table));
        set(o, "column", json_text(g->column));
        set(o, "resource", json_text(g->resource));
        set(o, "side", json_string(g->side));
        set(o, "reason", json_text(g->why != NULL ? g->why : "not read"));
        set(o, "is_only_unknown", json_boolean(g->column != NULL && g->kind->unknown != NULL));
        fputs(i == 0 ? "\n" : ",\n", v->f);
        put(v, o);
    }
    fputs("\n]}\n", v->f);
}

/* --- both --- */

void diff_view_item(void *ctx, const struct diff_item *it)
{
    struct diff_view *v = ctx;

    v->n++;
    if (v->json)
        json_item(v, it);
    else
        text_item(v, it);
}

void diff_view_gap(void *ctx, const struct diff_gap *g)
{
    struct diff_view *v = ctx;

    v->gaps = xreallocarray(v->gaps, v->gaps_n + 1, sizeof *v->gaps);
    v->gaps[v->gaps_n++] = (struct diff_said){.gap = *g};
}

void diff_view_end(struct diff_view *v, const struct log *log)
{
    if (v->json) {
        json_end(v);
        return;
    }
    end_kind(v);
    log_gaps(v, log);
}

static void release_source(struct diff_source *s)
{
    free(s->tenant);
    free(s->collected);
    free(s->tool);
    free(s->as_of);
    free(s->rules_digest);
}

void diff_view_release(struct diff_view *v)
{
    release_source(&v->old);
    release_source(&v->new);
    free(v->gaps);
    memset(v, 0, sizeof *v);
}
