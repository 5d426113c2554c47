/* why --policy: for people and as JSON. */
#include "base/buf.h"
#include "base/text.h"
#include "explain_view.h"
#include "rules/why.h"
#include "why_view.h"

#include <string.h>

enum { TEXT_BYTES = 64 * 1024, NAME_CHARS = 120 };

static void add_count(struct buf *b, const struct why_reach *r, const struct why_count *c)
{
    buf_addf(b, "%zu %s", c->people, c->people == 1 ? "person" : "people");
    if (r->are_admins_known)
        buf_addf(b, ", %zu with a directory role", c->admins);
    else
        buf_addf(b, ", with a directory role: %zu that were read", c->admins);
    if (r->are_mailboxes_known)
        buf_addf(b, ", %zu with a mailbox", c->mailboxes);
    else
        buf_addf(b, ", with a mailbox: %zu that were read", c->mailboxes);
}

static void print_circle(const struct why_view *v, const struct why_reach *r, const char *title,
                         const struct why_circle *c)
{
    struct buf b;

    buf_init(&b, TEXT_BYTES);
    buf_addf(&b, "%s: ", title);
    add_count(&b, r, &c->count);
    fprintf(v->f, "\n%s\n", b.p);
    for (size_t i = 0; i < c->n; i++) {
        buf_clear(&b);
        text_add_cut(&b, c->v[i].name, NAME_CHARS);
        buf_addf(&b, "%s%s: ", c->v[i].is_admin ? " (directory role)" : "",
                 c->v[i].has_mailbox ? " (mailbox)" : "");
        text_add_safe(&b, c->v[i].words);
        fprintf(v->f, "  - %s\n", b.p);
    }
    if (c->count.people > c->n)
        fprintf(v->f, "  - and %zu more\n", c->count.people - c->n);
    buf_release(&b);
}

static void print_entries(const struct why_view *v, const struct why_reach *r, bool is_exclude)
{
    struct buf b;

    buf_init(&b, TEXT_BYTES);
    for (size_t i = 0; i < r->entries_n; i++) {
        const struct why_entry *x = &r->entries[i];

        if (x->is_exclude != is_exclude)
            continue;
        buf_clear(&b);
        buf_addf(&b, "  %s %s ", is_exclude ? "excludes" : "includes", x->kind);
        text_add_cut(&b, x->name, NAME_CHARS);
        buf_adds(&b, ": ");
        add_count(&b, r, &x->count);
        if (x->note != NULL) {
            buf_adds(&b, " (");
            text_add_safe(&b, x->note);
            buf_adds(&b, ")");
        }
        fprintf(v->f, "%s\n", b.p);
    }
    buf_release(&b);
}

void why_print_policy(const struct why_view *v, const struct why_reach *r)
{
    struct buf b;

    buf_init(&b, TEXT_BYTES);
    text_add_cut(&b, r->name, NAME_CHARS);
    buf_addf(&b, "\n%s: ", r->is_enforced ? "In force" : "Not in force");
    text_add_safe(&b, r->controls);
    fprintf(v->f, "%s\n\n", b.p);
    buf_release(&b);
    print_entries(v, r, false);
    print_entries(v, r, true);
    print_circle(v, r, "Excluded, and in scope otherwise", &r->excluded);
    if (r->maybe.count.people > 0)
        print_circle(v, r, "Perhaps in scope", &r->maybe);
    print_circle(v, r, "In scope", &r->in_scope);
    fputs("\nPeople only: which of their sign-ins the policy takes in is asked with --sign-in.\n",
          v->f);
}

static json_t *text_json(const char *text)
{
    return text != NULL ? json_text(text) : json_null();
}

static void set(json_t *o, const char *key, json_t *value)
{
    (void)json_object_set_new_nocheck(o, key, value);
}

static void set_count(json_t *o, const struct why_reach *r, const struct why_count *c)
{
    set(o, "people", json_integer((json_int_t)c->people));
    set(o, "administrators",
        r->are_admins_known ? json_integer((json_int_t)c->admins) : json_null());
    set(o, "mailboxes",
        r->are_mailboxes_known ? json_integer((json_int_t)c->mailboxes) : json_null());
}

static json_t *circle_json(const struct why_reach *r, const struct why_circle *c)
{
    json_t *o = json_object();
    json_t *list = json_array();

    set_count(o, r, &c->count);
    for (size_t i = 0; i < c->n; i++) {
        json_t *p = json_object();

        set(p, "id", text_json(c->v[i].id));
        set(p, "name", text_json(c->v[i].name));
        set(p, "is_administrator", json_boolean(c->v[i].is_admin));
        set(p, "has_mailbox", json_boolean(c->v[i].has_mailbox));
        set(p, "way", text_json(c->v[i].words));
        (void)json_array_append_new(list, p);
    }
    set(o, "first", list);
    return o;
}

json_t *why_json_policy(const struct why_reach *r)
{
    json_t *o = json_object();
    json_t *entries = json_array();

    for (size_t i = 0; i < r->entries_n; i++) {
        const struct why_entry *x = &r->entries[i];
        json_t *one = json_object();

        set(one, "mode", json_string(x->is_exclude ? "exclude" : "include"));
        set(one, "kind", text_json(x->kind));
        set(one, "id", text_json(x->id));
        set(one, "name", text_json(x->name));
        set(one, "note", text_json(x->note));
        set_count(one, r, &x->count);
        (void)json_array_append_new(entries, one);
    }
    set(o, "schema", json_integer(1));
    set(o, "id", text_json(r->id));
    set(o, "name", text_json(r->name));
    set(o, "state", text_json(r->state));
    set(o, "is_enforced", json_boolean(r->is_enforced));
    set(o, "controls", text_json(r->controls));
    set(o, "entries", entries);
    set(o, "in_scope", circle_json(r, &r->in_scope));
    set(o, "excluded", circle_json(r, &r->excluded));
    set(o, "maybe", circle_json(r, &r->maybe));
    return o;
}
