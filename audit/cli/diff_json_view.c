/* diff_json_view.c - differences for programs: reports/schema/diff-1.schema.json. */
#include "base/jsonx.h"
#include "diff_view.h"
#include "explain_view.h"
#include "reports/redact.h"

#include <stdlib.h>

static void set(json_t *o, const char *key, json_t *value)
{
    (void)json_object_set_new(o, key, value);
}

static void put(struct diff_view *v, json_t *o)
{
    char *s = jx_dump(o, JSON_COMPACT);

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

static json_t *redacted_json(unsigned kinds)
{
    json_t *a = json_array();

    for (size_t i = 0; redact_kind_name(i) != NULL; i++)
        if ((kinds & (1U << i)) != 0)
            (void)json_array_append_new(a, json_string(redact_kind_name(i)));
    return a;
}

static void json_begin(struct diff_view *v)
{
    fputs("{\"schema\":1,\n\"old\":", v->f);
    put(v, source_json(&v->old));
    fputs(",\n\"new\":", v->f);
    put(v, source_json(&v->new));
    if (v->redacted != 0) {
        fputs(",\n\"redacted\":", v->f);
        put(v, redacted_json(v->redacted));
    }
    fputs(",\n\"differences\":[", v->f);
}

/* jansson counts references, also of what is only read here. */
static json_t *copy(json_t *v)
{
    return json_incref(v);
}

void diff_json_item(struct diff_view *v, const struct diff_item *it)
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

void diff_json_end(struct diff_view *v)
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
