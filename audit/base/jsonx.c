#include "base/jsonx.h"

#include "base/buf.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum err_code jx_parse(const char *bytes, size_t n, const char *what, json_t **out, struct err *e)
{
    json_error_t je;
    json_t *v = json_loadb(bytes, n, JSON_REJECT_DUPLICATES, &je);

    if (v == NULL)
        return err_set(e, ERR_PARSE, "%s: JSON error at line %d, column %d: %s", what, je.line,
                       je.column, je.text);
    *out = v;
    return ERR_OK;
}

enum jx jx_get(const json_t *o, const char *path, const json_t **out)
{
    *out = NULL;
    while (*path != '\0') {
        const char *dot = strchr(path, '.');
        size_t n = dot != NULL ? (size_t)(dot - path) : strlen(path);
        char key[128];

        if (n >= sizeof key)
            return JX_ABSENT;
        memcpy(key, path, n);
        key[n] = '\0';
        if (json_is_null(o))
            return JX_NULL;
        if (!json_is_object(o))
            return JX_TYPE;
        o = json_object_get(o, key);
        if (o == NULL)
            return JX_ABSENT;
        path += n + (dot != NULL ? 1 : 0);
    }
    if (json_is_null(o))
        return JX_NULL;
    *out = o;
    return JX_OK;
}

enum jx jx_str(const json_t *o, const char *path, const char **out)
{
    const json_t *v;
    enum jx r = jx_get(o, path, &v);

    if (r == JX_OK && !json_is_string(v))
        return JX_TYPE;
    if (r == JX_OK)
        *out = json_string_value(v);
    return r;
}

enum jx jx_bool(const json_t *o, const char *path, bool *out)
{
    const json_t *v;
    enum jx r = jx_get(o, path, &v);

    if (r == JX_OK && !json_is_boolean(v))
        return JX_TYPE;
    if (r == JX_OK)
        *out = json_is_true(v);
    return r;
}

enum jx jx_int(const json_t *o, const char *path, int64_t *out)
{
    const json_t *v;
    enum jx r = jx_get(o, path, &v);

    if (r == JX_OK && !json_is_integer(v))
        return JX_TYPE;
    if (r == JX_OK)
        *out = (int64_t)json_integer_value(v);
    return r;
}

enum jx jx_array(const json_t *o, const char *path, const json_t **out)
{
    enum jx r = jx_get(o, path, out);

    if (r == JX_OK && !json_is_array(*out)) {
        *out = NULL;
        return JX_TYPE;
    }
    return r;
}

enum jx jx_object(const json_t *o, const char *path, const json_t **out)
{
    enum jx r = jx_get(o, path, out);

    if (r == JX_OK && !json_is_object(*out)) {
        *out = NULL;
        return JX_TYPE;
    }
    return r;
}

const char *jx_text(const json_t *o, const char *path)
{
    const char *s = NULL;

    return jx_str(o, path, &s) == JX_OK ? s : NULL;
}

char *jx_canonical(const json_t *o)
{
    char *s = json_dumps(o, JSON_SORT_KEYS | JSON_COMPACT | JSON_ENCODE_ANY);

    return s != NULL ? s : xstrdup("null");
}

char *jx_dump(const json_t *v, size_t flags)
{
    char *s = json_dumps(v, flags | JSON_ENSURE_ASCII | JSON_ENCODE_ANY);
    size_t n = s != NULL ? strlen(s) : 0;
    struct buf b;

    if (s == NULL)
        return NULL;
    buf_init(&b, 6 * n + 1); /* at most every byte a \uXXXX */
    /* In JSON a '#' occurs inside strings only, so the replacement is always the same value. */
    for (const char *p = s; *p != '\0'; p++)
        if (p[0] == '#' && (strncmp(p, "##vso[", 6) == 0 || strncmp(p, "##[", 3) == 0))
            buf_adds(&b, "\\u0023");
        else if (*p == 0x7F)
            buf_adds(&b, "\\u007F");
        else
            buf_addc(&b, *p);
    free(s);
    return buf_take(&b);
}
