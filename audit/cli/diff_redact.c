/* diff_redact.c - a difference that names nobody. */
#include "base/limits.h"
#include "base/mem.h"
#include "diff_view.h"
#include "reports/redact.h"

#include <stdlib.h>
#include <string.h>

/* NULL stays NULL. Caller frees. */
static char *text_of(struct redact *r, const char *text)
{
    struct buf b;
    char *out;

    if (text == NULL)
        return NULL;
    buf_init(&b, LIMIT_REPORT_TEXT_BYTES);
    if (!redact_string(r, text, &b))
        out = xstrdup(text);
    else
        out = xstrdup(b.failed ? "(left out: too long to be redacted)" : b.p);
    buf_release(&b);
    return out;
}

static json_t *value_of(struct redact *r, json_t *v)
{
    json_t *out = v;
    const char *key;
    json_t *member;
    char *text;
    size_t i;

    if (json_is_string(v)) {
        text = text_of(r, json_string_value(v));
        out = json_string(text);
        free(text);
    } else if (json_is_array(v)) {
        out = json_array();
        json_array_foreach(v, i, member)(void) json_array_append_new(out, value_of(r, member));
    } else if (json_is_object(v)) {
        out = json_object();
        json_object_foreach(v, key, member)
        {
            text = text_of(r, key);
            (void)json_object_set_new(out, text, value_of(r, member));
            free(text);
        }
    } else if (v != NULL) {
        json_incref(v);
    }
    return out;
}

/* Keys of the program's own tables: names of columns stay. */
static json_t *key_of(struct redact *r, json_t *key)
{
    json_t *out = json_object();
    const char *column;
    json_t *v;

    json_object_foreach(key, column, v)(void) json_object_set_new(out, column, value_of(r, v));
    return out;
}

void diff_redact(struct redact *r, const struct diff_item *it, struct diff_redacted *out)
{
    memset(out, 0, sizeof *out);
    out->label = text_of(r, it->label);
    out->property = text_of(r, it->property);
    out->old_name = text_of(r, it->old_name);
    out->new_name = text_of(r, it->new_name);
    out->key = key_of(r, it->key);
    out->old = value_of(r, it->old);
    out->new = value_of(r, it->new);
    out->item = *it;
    out->item.label = out->label;
    out->item.property = out->property;
    out->item.old_name = out->old_name;
    out->item.new_name = out->new_name;
    out->item.key = out->key;
    out->item.old = out->old;
    out->item.new = out->new;
}

void diff_redacted_release(struct diff_redacted *d)
{
    free(d->label);
    free(d->property);
    free(d->old_name);
    free(d->new_name);
    json_decref(d->key);
    json_decref(d->old);
    json_decref(d->new);
    memset(d, 0, sizeof *d);
}
