#include "fault_kinds.h"

#include <stdlib.h>
#include <string.h>

#include "http.h"

/* ---- damage to a good reply ---- */

void fault_truncate(const struct fault *f, struct request *r, struct reply *p)
{
    (void)f;
    (void)r;
    p->mode = REPLY_TRUNCATE;
}

void fault_slow(const struct fault *f, struct request *r, struct reply *p)
{
    (void)r;
    p->mode = REPLY_SLOW;
    p->mode_value = fault_number(f, 100);
}

static void to_text(struct reply *p)
{
    char *text;

    if (p->json == NULL)
        return;
    text = json_dumps(p->json, JSON_COMPACT);
    buf_str(&p->text, text != NULL ? text : "null");
    free(text);
    json_decref(p->json);
    p->json = NULL;
    if (p->content_type == NULL)
        p->content_type = "application/json";
}

/* Where the first name, or the first text at all, begins. */
static const char *first_text(const struct reply *p)
{
    static const char *const marks[] = {"\"displayName\":\"", ":\""};

    for (size_t i = 0; p->text.data != NULL && i < COUNT_OF(marks); i++) {
        const char *at = strstr(p->text.data, marks[i]);

        if (at != NULL)
            return at + strlen(marks[i]);
    }
    return NULL;
}

static void insert_text(struct reply *p, size_t at, const char *what, size_t n)
{
    struct buf out = {0};

    buf_add(&out, p->text.data, at);
    buf_add(&out, what, n);
    buf_add(&out, p->text.data + at, p->text.len - at);
    buf_free(&p->text);
    p->text = out;
}

static void spoil_text(struct reply *p, const char *bytes, size_t n)
{
    const char *at;

    to_text(p);
    at = first_text(p);
    if (at != NULL)
        insert_text(p, (size_t)(at - p->text.data), bytes, n);
}

void fault_bad_utf8(const struct fault *f, struct request *r, struct reply *p)
{
    (void)f;
    (void)r;
    spoil_text(p, "\xff\xfe\xc3\x28", 4);
}

void fault_nul(const struct fault *f, struct request *r, struct reply *p)
{
    (void)f;
    (void)r;
    spoil_text(p, "a\\u0000b", 8);
}

/* `value` arrays inside of each other, in front of everything else. */
void fault_deep(const struct fault *f, struct request *r, struct reply *p)
{
    size_t n = (size_t)fault_number(f, 100000);
    char *nest = xcalloc(2 * n + 1, 1);

    (void)r;
    memset(nest, '[', n);
    memset(nest + n, ']', n);
    to_text(p);
    if (p->text.len > 2 && p->text.data[0] == '{') {
        insert_text(p, 1, ",", 1);
        insert_text(p, 1, nest, 2 * n);
        insert_text(p, 1, "\"nest\":", 7);
    }
    free(nest);
}

void fault_dup_keys(const struct fault *f, struct request *r, struct reply *p)
{
    const char *key = "value";
    struct buf dup = {0};

    (void)r;
    if (f->value != NULL)
        key = f->value;
    else if (json_object_get(p->json, "value") == NULL)
        key = json_object_iter_key(json_object_iter(p->json));
    if (key == NULL)
        return;
    buf_printf(&dup, "\"%s\":%s,", key, str_eq(key, "value") ? "[]" : "null");
    to_text(p);
    if (p->text.len > 2 && p->text.data[0] == '{')
        insert_text(p, 1, dup.data, dup.len);
    buf_free(&dup);
}

/* Applies one change to the object, or to each item when it is a list. */
static void each_item(json_t *body, const char *name, const struct fault *f,
                      json_t *(*make)(const struct fault *f))
{
    json_t *list = json_object_get(body, "value");

    if (json_is_array(list)) {
        size_t i;
        json_t *item;

        json_array_foreach(list, i, item)
        {
            /* Items are shared with the tenant in memory: damage a copy. */
            json_t *copy = json_copy(item);

            if (make != NULL)
                jset(copy, name, make(f));
            else
                (void)json_object_del(copy, name);
            (void)json_array_set_new(list, i, copy);
        }
    } else if (make != NULL) {
        jset(body, name, make(f));
    } else {
        (void)json_object_del(body, name);
    }
}

static void own_body(struct reply *p)
{
    json_t *copy = json_copy(p->json);
    json_t *list = json_object_get(copy, "value");

    if (json_is_array(list))
        jset(copy, "value", json_copy(list));
    json_decref(p->json);
    p->json = copy;
}

static json_t *make_unexpected(const struct fault *f)
{
    (void)f;
    return json_pack("{s:b, s:[i]}", "unexpected", 1, "values", 42);
}

void fault_wrong_type(const struct fault *f, struct request *r, struct reply *p)
{
    (void)r;
    if (!json_is_object(p->json))
        return;
    own_body(p);
    if (f->value != NULL) {
        each_item(p->json, f->value, f, make_unexpected);
    } else if (json_object_get(p->json, "value") != NULL) {
        jset(p->json, "value", json_string("not a list"));
    } else {
        json_t *list = json_array();

        jpush(list, p->json);
        p->json = list;
    }
}

void fault_missing(const struct fault *f, struct request *r, struct reply *p)
{
    (void)r;
    if (f->value == NULL || !json_is_object(p->json))
        return;
    own_body(p);
    each_item(p->json, f->value, f, NULL);
}

static json_t *make_given(const struct fault *f)
{
    const char *colon = strchr(f->value, ':');
    json_t *v = json_loads(colon + 1, JSON_DECODE_ANY, NULL);

    return v != NULL ? v : json_string(colon + 1); /* what is no JSON is a text */
}

/* value=NAME:JSON */
void fault_set(const struct fault *f, struct request *r, struct reply *p)
{
    const char *colon = f->value != NULL ? strchr(f->value, ':') : NULL;
    char *name;

    (void)r;
    if (colon == NULL || !json_is_object(p->json))
        return;
    own_body(p);
    name = xstrndup(f->value, (size_t)(colon - f->value));
    each_item(p->json, name, f, make_given);
    free(name);
}

void fault_warning(const struct fault *f, struct request *r, struct reply *p)
{
    (void)r;
    if (!json_is_object(p->json))
        return;
    own_body(p);
    jset(p->json, f->kind->arg,
         json_pack("[s]", f->value != NULL ? f->value : "Something is not as it should be."));
}

void fault_http10(const struct fault *f, struct request *r, struct reply *p)
{
    (void)f;
    (void)r;
    p->http10 = true;
}

void fault_empty_page(const struct fault *f, struct request *r, struct reply *p)
{
    (void)f;
    (void)r;
    if (json_is_object(p->json) && p->status == 200) {
        own_body(p);
        jset(p->json, "value", json_array());
    }
}

static void set_next(struct reply *p, char *url)
{
    if (json_is_object(p->json) && p->status == 200) {
        own_body(p);
        jset(p->json, "@odata.nextLink", json_string(url));
    }
    free(url);
}

/* The link that the kind's template, or the fault's value, makes. */
void fault_next(const struct fault *f, struct request *r, struct reply *p)
{
    set_next(p, fault_expand(r, f->value != NULL ? f->value : f->kind->arg));
}

void fault_next_endless(const struct fault *f, struct request *r, struct reply *p)
{
    char *base = xstrdup(r->target), *old = strstr(base, "$skiptoken=endless");

    if (old != NULL && old > base)
        old[-1] = '\0';
    set_next(p, xasprintf("%s%s%c$skiptoken=endless%ld", r->sim->urls[r->service], base,
                          strchr(base, '?') != NULL ? '&' : '?', f->fired));
    free(base);
}
