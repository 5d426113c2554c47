/* What jscan_read() makes of a text, against what jansson makes of it. */
#ifndef TESTS_JSCAN_SAME_H
#define TESTS_JSCAN_SAME_H
#include "base/jscan.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static bool jscan_same_value(const struct jscan *j, const struct jscan_value *v, json_t *want);

static bool jscan_same_array(const struct jscan *j, const struct jscan_value *v, json_t *want)
{
    const struct jscan_value *at = jscan_first(j, v);
    size_t i;
    json_t *one;

    json_array_foreach(want, i, one)
    {
        if (at == NULL || !jscan_same_value(j, at, one))
            return false;
        at = jscan_next(j, v, at);
    }
    return at == NULL;
}

static bool jscan_same_object(const struct jscan *j, const struct jscan_value *v, json_t *want)
{
    const struct jscan_value *at = jscan_first(j, v);
    const char *key;
    json_t *one;

    /* jansson iterates in the order of the text */
    json_object_foreach(want, key, one)
    {
        if (at == NULL || at->length != strlen(key) || strcmp(at->of.text, key) != 0 ||
            !jscan_same_value(j, at + 1, one) || jscan_get(j, v, key, strlen(key)) != at + 1)
            return false;
        at = jscan_next(j, v, at);
    }
    return at == NULL;
}

static bool jscan_same_value(const struct jscan *j, const struct jscan_value *v, json_t *want)
{
    switch (json_typeof(want)) {
    case JSON_NULL:
        return v->kind == JSCAN_NULL;
    case JSON_FALSE:
        return v->kind == JSCAN_FALSE;
    case JSON_TRUE:
        return v->kind == JSCAN_TRUE;
    case JSON_REAL:
        return v->kind == JSCAN_REAL;
    case JSON_INTEGER:
        return v->kind == JSCAN_INT && v->of.number == (int64_t)json_integer_value(want);
    case JSON_STRING:
        return v->kind == JSCAN_STRING && v->length == json_string_length(want) &&
               strcmp(v->of.text, json_string_value(want)) == 0;
    case JSON_ARRAY:
        return v->kind == JSCAN_ARRAY && jscan_same_array(j, v, want);
    case JSON_OBJECT:
        return v->kind == JSCAN_OBJECT && jscan_same_object(j, v, want);
    }
    return false;
}

/* True: both refuse it, or both read the same. jansson overlooks a NUL behind a number or a word.
 */
static bool jscan_is_same(struct jscan *j, const char *bytes, size_t n)
{
    char *copy = xcalloc(n + 1, 1);
    struct err ignored = ERR_INIT;
    json_t *want = NULL;
    bool ok;
    bool is_read;
    bool is_same;

    memcpy(copy, bytes, n);
    ok = jscan_read(j, copy, n);
    is_read = jx_parse(bytes, n, "text", &want, &ignored) == ERR_OK;
    is_same = is_read == ok || (is_read && n > 0 && memchr(bytes, '\0', n) != NULL);
    if (is_same && ok)
        is_same = jscan_same_value(j, &j->v[0], want) && j->v[0].end == j->n &&
                  j->v[0].of.text + j->v[0].length <= copy + n;
    json_decref(want);
    free(copy);
    return is_same;
}

#endif
