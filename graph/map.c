#include "map.h"

#include "base/buf.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/strs.h"
#include "base/timex.h"
#include "model/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SQL_BYTES = 8192 };

struct map {
    const struct map_table *t;
    struct stmt *st;
};

void map_odd_add(struct map_odd *odd, const char *fmt, ...)
{
    va_list ap;

    if (odd->count++ > 0)
        return;
    va_start(ap, fmt);
    (void)vsnprintf(odd->first, sizeof odd->first, fmt, ap);
    va_end(ap);
}

static void add_names(struct buf *sql, const struct map_table *t, unsigned flags)
{
    const char *sep = "";

    for (size_t i = 0; i < t->count; i++) {
        if (flags != 0 && (t->columns[i].flags & flags) == 0)
            continue;
        buf_addf(sql, "%s\"%s\"", sep, t->columns[i].column);
        sep = ", ";
    }
}

/* Table and column names are constants of ours; values only ever travel through binds. */
static void write_sql(struct buf *sql, const struct map_table *t)
{
    const char *sep = " DO UPDATE SET ";
    size_t keys = 0;

    buf_addf(sql, "INSERT INTO \"%s\"(", t->table);
    add_names(sql, t, 0);
    buf_adds(sql, ") VALUES (");
    for (size_t i = 0; i < t->count; i++)
        buf_adds(sql, i == 0 ? "?" : ", ?");
    buf_adds(sql, ") ON CONFLICT(");
    add_names(sql, t, MAP_KEY);
    buf_addc(sql, ')');
    for (size_t i = 0; i < t->count; i++) {
        const char *name = t->columns[i].column;

        if ((t->columns[i].flags & MAP_KEY) != 0) {
            keys++;
            continue;
        }
        if ((t->columns[i].flags & MAP_KEEP) != 0)
            buf_addf(sql, "%s\"%s\" = COALESCE(excluded.\"%s\", \"%s\".\"%s\")", sep, name, name,
                     t->table, name);
        else
            buf_addf(sql, "%s\"%s\" = excluded.\"%s\"", sep, name, name);
        sep = ", ";
    }
    if (keys == t->count)
        buf_adds(sql, " DO NOTHING");
}

enum err_code map_open(struct store *s, const struct map_table *t, struct map **out, struct err *e)
{
    struct buf sql;
    struct stmt *st = NULL;
    enum err_code code;

    buf_init(&sql, SQL_BYTES);
    write_sql(&sql, t);
    code = sql.failed ? err_set(e, ERR_BUG, "table %s has too many columns", t->table)
                      : stmt_prepare(s, sql.p, &st, e);
    buf_release(&sql);
    if (code != ERR_OK)
        return code;
    *out = xcalloc(1, sizeof **out);
    (*out)->t = t;
    (*out)->st = st;
    return ERR_OK;
}

void map_free(struct map *m)
{
    if (m == NULL)
        return;
    stmt_free(m->st);
    free(m);
}

/* The first alternative that is there and not null; else what the last one was. */
static enum jx find(const json_t *row, const char *path, const json_t **out)
{
    enum jx r = JX_ABSENT;

    for (;;) {
        const char *bar = strchr(path, '|');
        char one[128];
        size_t n = bar != NULL ? (size_t)(bar - path) : strlen(path);

        if (n >= sizeof one)
            return JX_ABSENT;
        memcpy(one, path, n);
        one[n] = '\0';
        r = jx_get(row, one, out);
        if (bar == NULL || (r == JX_OK && !str_eq(json_string_value(*out), "")))
            return r;
        path = bar + 1;
    }
}

const char *map_time(const char *text, char *out, bool *is_odd)
{
    int64_t ms;

    *is_odd = !time_parse(text, &ms);
    if (*is_odd || str_starts(text, "0001-01-01"))
        return NULL;
    return time_format(ms, out);
}

json_t *map_unconst(const json_t *v)
{
    union {
        const json_t *given;
        json_t *taken;
    } same = {v};

    return same.taken;
}

static json_t *without_annotations(const json_t *v)
{
    json_t *from = map_unconst(v);
    json_t *copy;
    const char *key;
    json_t *member;
    size_t i;

    if (json_is_array(v)) {
        copy = json_array();
        json_array_foreach(from, i, member)
        {
            (void)json_array_append_new(copy, without_annotations(member));
        }
        return copy;
    }
    if (!json_is_object(v))
        return json_incref(from);
    copy = json_object();
    json_object_foreach(from, key, member)
    {
        if (strchr(key, '@') == NULL || strcmp(key, "@odata.type") == 0)
            (void)json_object_set_new(copy, key, without_annotations(member));
    }
    return copy;
}

char *map_raw(const json_t *row)
{
    json_t *plain = without_annotations(row);
    char *text = jx_canonical(plain);

    json_decref(plain);
    return text;
}

static bool bind_text(struct stmt *st, int at, enum map_kind kind, const json_t *v)
{
    const char *s = json_string_value(v);
    char when[TIME_TEXT_BYTES];
    bool is_odd = false;

    if (s == NULL)
        return false;
    if (kind == MAP_TIME) {
        stmt_bind_text(st, at, map_time(s, when, &is_odd));
    } else if (*s == '\0' && kind != MAP_TEXT) {
        stmt_bind_null(st, at);
    } else if (kind == MAP_LOWER) {
        char *low = str_lower(s);

        stmt_bind_text(st, at, low);
        free(low);
    } else {
        stmt_bind_text(st, at, s);
    }
    return !is_odd;
}

static bool bind_json(struct stmt *st, int at, const json_t *v)
{
    char *text;

    if (!json_is_array(v) && !json_is_object(v))
        return false;
    text = jx_canonical(v);
    stmt_bind_text(st, at, text);
    free(text);
    return true;
}

/* False: of another type than the column wants; nothing useful was bound. */
static bool bind_value(struct stmt *st, int at, enum map_kind kind, const json_t *v)
{
    switch (kind) {
    case MAP_TEXT:
    case MAP_NAME:
    case MAP_LOWER:
    case MAP_TIME:
        return bind_text(st, at, kind, v);
    case MAP_BOOL:
        if (json_is_boolean(v))
            stmt_bind_int(st, at, json_is_true(v) ? 1 : 0);
        return json_is_boolean(v);
    case MAP_INT:
        if (json_is_integer(v))
            stmt_bind_int(st, at, (int64_t)json_integer_value(v));
        return json_is_integer(v);
    case MAP_JSON:
        return bind_json(st, at, v);
    case MAP_RAW:
    case MAP_KNOWN_BOOL:
    case MAP_KNOWN_TEXT:
    case MAP_ONE:
        break; /* made from more than a value: see bind_column() */
    }
    return false;
}

static bool is_known(enum map_kind kind, enum jx r, const json_t *v)
{
    bool fits = kind == MAP_KNOWN_BOOL ? json_is_boolean(v) : json_is_string(v);

    return r == JX_NULL || (r == JX_OK && fits);
}

/* Binds the column whatever the row holds. NULL: fine; else what is wrong with it. */
static const char *bind_column(struct map *m, int at, const struct map_column *c, const json_t *row)
{
    const unsigned wanted = c->flags & (MAP_KEY | MAP_MUST | MAP_SET);
    const json_t *v = NULL;
    enum jx r;

    if (c->kind == MAP_RAW) {
        char *text = map_raw(row);

        stmt_bind_text(m->st, at, text);
        free(text);
        return NULL;
    }
    if (c->kind == MAP_ONE) {
        stmt_bind_int(m->st, at, 1);
        return NULL;
    }
    r = find(row, c->path, &v);
    if (c->kind == MAP_KNOWN_BOOL || c->kind == MAP_KNOWN_TEXT) {
        stmt_bind_int(m->st, at, is_known(c->kind, r, v) ? 1 : 0);
        return NULL;
    }
    if (r == JX_OK && (c->kind == MAP_NAME || c->kind == MAP_LOWER) &&
        str_eq(json_string_value(v), ""))
        r = JX_NULL;
    if (r == JX_OK && bind_value(m->st, at, c->kind, v))
        return NULL;
    stmt_bind_null(m->st, at);
    if (r == JX_ABSENT)
        return wanted != 0 || (c->flags & MAP_NEEDED) != 0 ? "is missing" : NULL;
    if (r == JX_NULL)
        return wanted != 0 ? "is null" : NULL;
    return "is not of the documented type";
}

enum err_code map_row(struct map *m, const json_t *row, struct map_odd *odd, bool *stored,
                      struct err *e)
{
    *stored = false;
    if (!json_is_object(row)) {
        map_odd_add(odd, "a row for %s is not an object", m->t->table);
        return ERR_OK;
    }
    for (size_t i = 0; i < m->t->count; i++) {
        const struct map_column *c = &m->t->columns[i];
        const char *wrong = bind_column(m, (int)i + 1, c, row);

        if (wrong == NULL)
            continue;
        map_odd_add(odd, "property %s %s", c->path, wrong);
        if ((c->flags & (MAP_KEY | MAP_MUST)) != 0)
            return ERR_OK; /* every column is bound anew by the next row */
    }
    *stored = true;
    return stmt_write(m->st, e);
}

const char *map_odata_type(const json_t *row)
{
    static const char prefix[] = "microsoft.graph.";
    const char *type = json_string_value(json_object_get(row, "@odata.type"));

    if (type == NULL)
        return NULL;
    type += *type == '#';
    return str_starts(type, prefix) ? type + strlen(prefix) : NULL;
}
