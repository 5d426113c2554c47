#include "request_text.h"

#include "base/buf.h"
#include "base/jsonx.h"
#include "base/mem.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    LINE_COLUMNS = 100, /* what a card of 1280 pixels holds without wrapping */
    STEP_COLUMNS = 2,
    TEXT_BYTES = 64 * 1024 /* a remedy has at most 3,000 bytes; indents come on top */
};

static size_t column(const struct buf *b)
{
    size_t n = 0;

    while (n < b->n && b->p[b->n - n - 1] != '\n')
        n++;
    return n;
}

static void new_line(struct buf *b, size_t indent)
{
    buf_addf(b, "\n%*s", (int)indent, "");
}

/* Caller frees. */
static char *one_line(json_t *v)
{
    char *text = json_dumps(v, JSON_ENCODE_ANY);

    if (text == NULL)
        BUG("a parsed value cannot be written");
    return text;
}

static bool is_plain(json_t *list)
{
    json_t *v;
    size_t i;

    json_array_foreach(list, i, v)
    {
        if (json_is_object(v) || json_is_array(v))
            return false;
    }
    return true;
}

static void lay(struct buf *b, json_t *v, size_t indent);

static void lay_object(struct buf *b, json_t *o, size_t indent)
{
    const char *key;
    json_t *v;
    bool is_first = true;

    buf_addc(b, '{');
    json_object_foreach(o, key, v)
    {
        json_t *name = json_string(key);
        char *quoted = one_line(name);

        if (!is_first)
            buf_addc(b, ',');
        is_first = false;
        new_line(b, indent + STEP_COLUMNS);
        buf_addf(b, "%s: ", quoted);
        lay(b, v, indent + STEP_COLUMNS);
        free(quoted);
        json_decref(name);
    }
    new_line(b, indent);
    buf_addc(b, '}');
}

/* Plain values fill lines; others begin one each. */
static void lay_array(struct buf *b, json_t *a, size_t indent)
{
    bool fills = is_plain(a);
    json_t *v;
    size_t i;

    buf_addc(b, '[');
    json_array_foreach(a, i, v)
    {
        char *one = one_line(v);

        if (i > 0)
            buf_addc(b, ',');
        if (i == 0 || !fills || column(b) + 2 + strlen(one) > LINE_COLUMNS)
            new_line(b, indent + STEP_COLUMNS);
        else
            buf_addc(b, ' ');
        free(one);
        lay(b, v, indent + STEP_COLUMNS);
    }
    new_line(b, indent);
    buf_addc(b, ']');
}

/* Depth is bounded: jx_parse() takes no deeper values. */
static void lay(struct buf *b, json_t *v, size_t indent)
{
    char *one = one_line(v);

    if (column(b) + strlen(one) + 1 <= LINE_COLUMNS || !(json_is_object(v) || json_is_array(v)) ||
        json_object_size(v) + json_array_size(v) == 0)
        buf_adds(b, one);
    else if (json_is_object(v))
        lay_object(b, v, indent);
    else
        lay_array(b, v, indent);
    free(one);
}

char *request_text(const char *graph)
{
    const char *body = strstr(graph, " {");
    struct err e = ERR_INIT;
    json_t *v = NULL;
    struct buf b;

    if (body == NULL || jx_parse(body + 1, strlen(body + 1), "body", &v, &e) != ERR_OK)
        return xstrdup(graph);
    buf_init(&b, TEXT_BYTES);
    buf_add(&b, graph, (size_t)(body - graph));
    buf_addc(&b, '\n');
    lay(&b, v, 0);
    json_decref(v);
    if (b.failed) {
        buf_release(&b);
        return xstrdup(graph);
    }
    return buf_take(&b);
}
