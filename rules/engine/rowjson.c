#include "rowjson.h"

#include "base/text.h"

#include <jansson.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

enum { VALUE_CHARS = 2000 };

void row_text(struct sqlite3_stmt *st, int at, size_t chars, struct buf *out)
{
    const char *text = (const char *)sqlite3_column_text(st, at);
    size_t n = (size_t)sqlite3_column_bytes(st, at);
    size_t used = text != NULL ? text_plain_run(text, n < chars ? n : chars) : 0;

    buf_add(out, text, used);
    for (size_t i = used; i < n; used++) {
        uint32_t cp = utf8_next(text, n, &i);

        if (used == chars) {
            utf8_add(out, 0x2026); /* an ellipsis says that it was cut */
            return;
        }
        utf8_add(out, cp != 0 ? cp : 0xFFFD);
    }
}

static json_t *value(sqlite3_stmt *st, int at)
{
    struct buf text;
    json_t *j;

    switch (sqlite3_column_type(st, at)) {
    case SQLITE_NULL:
        return json_null();
    case SQLITE_INTEGER:
        return json_integer(sqlite3_column_int64(st, at));
    case SQLITE_FLOAT:
        return isfinite(sqlite3_column_double(st, at)) ? json_real(sqlite3_column_double(st, at))
                                                       : json_null();
    case SQLITE_TEXT:
        buf_init(&text, (VALUE_CHARS + 1) * (size_t)4);
        row_text(st, at, VALUE_CHARS, &text);
        j = json_stringn(text.p, text.n);
        buf_release(&text);
        return j;
    default:
        return NULL;
    }
}

bool row_json(struct sqlite3_stmt *st, int first, int but, struct buf *out, char *why,
              size_t why_size)
{
    json_t *o = json_object();
    char *text;

    buf_clear(out);
    for (int at = first; at < sqlite3_column_count(st); at++) {
        const char *name = sqlite3_column_name(st, at);
        json_t *j;

        if (at == but)
            continue;
        j = value(st, at);
        if (j == NULL) {
            (void)snprintf(why, why_size, "evidence column '%.100s' is a blob", name);
            json_decref(o);
            return false;
        }
        (void)json_object_set_new(o, name, j);
    }
    text = json_dumps(o, JSON_COMPACT);
    json_decref(o);
    buf_adds(out, text != NULL ? text : "{}");
    free(text);
    return true;
}
