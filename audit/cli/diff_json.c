/* diff_json.c - two objects of the service, property by property. */
#include "base/buf.h"
#include "base/jsonx.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "diff.h"

#include <stdlib.h>
#include <string.h>

/* Told by the service about the object, and different without anybody having changed a setting. */
static const char *const volatile_names[] = {
    "createdDateTime",
    "modifiedDateTime",
    "lastModifiedDateTime",
    "deletedDateTime",
    "assignedDateTime",
    "WhenChanged",
    "WhenChangedUTC",
    "WhenCreated",
    "WhenCreatedUTC",
    "LastModifiedTime",
    "ObjectState",
    "lastUpdatedDateTime",
    "onPremisesLastSyncDateTime",
};

struct walk {
    diff_property *found;
    void *ctx;
    struct buf path;
};

static bool is_volatile(const char *name)
{
    if (strstr(name, "@odata") != NULL || strstr(name, "@data.type") != NULL)
        return true;
    for (size_t i = 0; i < COUNT_OF(volatile_names); i++)
        if (str_eq(name, volatile_names[i]))
            return true;
    return false;
}

static void walk_value(struct walk *w, json_t *old, json_t *new);

/* Appends to the path, descends, and takes it off again. */
static void walk_named(struct walk *w, const char *name, bool is_element, json_t *old, json_t *new)
{
    size_t n = w->path.n;

    if (is_element)
        buf_addf(&w->path, "[%s]", name);
    else
        buf_addf(&w->path, "%s%s", n > 0 ? "." : "", name);
    walk_value(w, old, new);
    if (w->path.p != NULL && w->path.n > n) {
        w->path.n = n;
        w->path.p[n] = '\0';
    }
}

/* The keys of both objects, sorted. Caller releases. */
static struct strlist union_names(json_t *old, json_t *new)
{
    json_t *const objects[] = {old, new};
    struct strlist names = {0};
    const char *name;
    json_t *v;

    for (size_t i = 0; i < COUNT_OF(objects); i++)
        json_object_foreach(objects[i], name, v)
        {
            strlist_add(&names, name);
        }
    strlist_sort_unique(&names);
    return names;
}

static void walk_objects(struct walk *w, json_t *old, json_t *new, bool is_element)
{
    struct strlist names = union_names(old, new);

    for (size_t i = 0; i < names.n; i++)
        if (is_element || !is_volatile(names.v[i]))
            walk_named(w, names.v[i], is_element, json_object_get(old, names.v[i]),
                       json_object_get(new, names.v[i]));
    strlist_release(&names);
}

/* Elements by their id, as an object; NULL: they have none, or not each its own. */
static json_t *by_id(json_t *list)
{
    json_t *o = json_object();

    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *v = json_array_get(list, i);
        const char *id = jx_text(v, "id");

        if (id == NULL || json_object_get(o, id) != NULL) {
            json_decref(o);
            return NULL;
        }
        (void)json_object_set(o, id, v);
    }
    return o;
}

/* Canonical text of each element -> [element, element, ...]. */
static json_t *as_bag(json_t *list)
{
    json_t *o = json_object();

    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *v = json_array_get(list, i);
        char *text = jx_canonical(v);
        json_t *same = text != NULL ? json_object_get(o, text) : NULL;

        if (same == NULL && text != NULL) {
            same = json_array();
            (void)json_object_set_new(o, text, same);
        }
        (void)json_array_append(same, v);
        free(text);
    }
    return o;
}

static void walk_bags(struct walk *w, json_t *old, json_t *new)
{
    json_t *a = as_bag(old), *b = as_bag(new);
    struct strlist texts = union_names(a, b);

    for (size_t i = 0; i < texts.n; i++) {
        json_t *left = json_object_get(a, texts.v[i]);
        json_t *right = json_object_get(b, texts.v[i]);
        size_t before = json_array_size(left), after = json_array_size(right);

        for (size_t k = after; k < before; k++)
            w->found(w->ctx, w->path.p, true, json_array_get(left, k), NULL);
        for (size_t k = before; k < after; k++)
            w->found(w->ctx, w->path.p, true, NULL, json_array_get(right, k));
    }
    strlist_release(&texts);
    json_decref(a);
    json_decref(b);
}

static void walk_lists(struct walk *w, json_t *old, json_t *new)
{
    json_t *a = by_id(old), *b = by_id(new);

    if (a != NULL && b != NULL)
        walk_objects(w, a, b, true);
    else
        walk_bags(w, old, new);
    json_decref(a);
    json_decref(b);
}

static void walk_value(struct walk *w, json_t *old, json_t *new)
{
    if (json_is_object(old) && json_is_object(new))
        walk_objects(w, old, new, false);
    else if (json_is_array(old) && json_is_array(new))
        walk_lists(w, old, new);
    else if (old == NULL || new == NULL || json_equal(old, new) == 0)
        w->found(w->ctx, w->path.p, false, old, new);
}

void diff_objects(json_t *old, json_t *new, diff_property *found, void *ctx)
{
    struct walk w = {.found = found, .ctx = ctx};

    buf_init(&w.path, LIMIT_REPLY_BYTES);
    walk_value(&w, old, new);
    buf_release(&w.path);
}
