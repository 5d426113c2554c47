#include "map.h"

#include "base/buf.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/strs.h"
#include "base/timex.h"
#include "model/staged.h"
#include "model/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SQL_BYTES = 8192 };

struct map {
    const struct map_table *t;
    struct stmt *st;
    struct buf room; /* for one value that is not as it came */
};

/* A value of a reply, whoever read that: jansson or the scanner of long lists. */
struct value {
    enum jx is; /* the rest is only there when it is JX_OK */
    enum { VALUE_TEXT, VALUE_BOOL, VALUE_NUMBER, VALUE_OTHER } type;
    const char *text;
    size_t length;
    int64_t number;
    const json_t *json; /* NULL: not from jansson */
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

/* Table and column names are constants of ours; values only ever travel through binds, or are
 * poured. */
static void write_sql(struct buf *sql, const struct map_table *t, bool is_poured)
{
    const char *sep = " DO UPDATE SET ";
    size_t keys = 0;

    buf_addf(sql, "INSERT INTO \"%s\"(", t->table);
    add_names(sql, t, 0);
    buf_adds(sql, is_poured ? ") SELECT " : ") VALUES (");
    for (size_t i = 0; i < t->count; i++)
        if (is_poured)
            buf_addf(sql, "%sc%zu", i == 0 ? "" : ", ", i);
        else
            buf_adds(sql, i == 0 ? "?" : ", ?");
    buf_adds(sql, is_poured ? " FROM pour WHERE true ON CONFLICT(" : ") ON CONFLICT(");
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

enum err_code map_prepare(struct store *s, const struct map_table *t, struct stmt **out,
                          struct err *e)
{
    struct buf sql;
    enum err_code code;

    buf_init(&sql, SQL_BYTES);
    write_sql(&sql, t, false);
    code = sql.failed ? err_set(e, ERR_BUG, "table %s has too many columns", t->table)
                      : stmt_prepare(s, sql.p, out, e);
    buf_release(&sql);
    return code;
}

enum err_code map_pour(struct store *s, const struct map_table *t, pour_next *next, void *self,
                       struct err *e)
{
    struct buf sql;
    enum err_code code;

    buf_init(&sql, SQL_BYTES);
    write_sql(&sql, t, true);
    code = sql.failed || t->count > POUR_COLUMNS
               ? err_set(e, ERR_BUG, "table %s has too many columns", t->table)
               : store_pour(s, sql.p, next, self, e);
    buf_release(&sql);
    return code;
}

enum err_code map_open(struct store *s, const struct map_table *t, struct map **out, struct err *e)
{
    struct stmt *st = NULL;

    if (map_prepare(s, t, &st, e) != ERR_OK)
        return e->code;
    *out = xcalloc(1, sizeof **out);
    (*out)->t = t;
    (*out)->st = st;
    buf_init(&(*out)->room, SIZE_MAX);
    return ERR_OK;
}

void map_free(struct map *m)
{
    if (m == NULL)
        return;
    stmt_free(m->st);
    buf_release(&m->room);
    free(m);
}

/* The first alternative that is there and not null; else what the last one was. */
static struct value find(const json_t *row, const char *path)
{
    const json_t *v = NULL;
    struct value out = {.is = JX_ABSENT};

    for (;;) {
        const char *bar = strchr(path, '|');
        char one[128];
        size_t n = bar != NULL ? (size_t)(bar - path) : strlen(path);

        if (n >= sizeof one)
            return out;
        memcpy(one, path, n);
        one[n] = '\0';
        out.is = jx_get(row, one, &v);
        if (bar == NULL || (out.is == JX_OK && !str_eq(json_string_value(v), "")))
            break;
        path = bar + 1;
    }
    if (out.is != JX_OK)
        return out;
    out.json = v;
    out.text = json_string_value(v);
    out.length = json_string_length(v);
    out.number = json_is_integer(v) ? (int64_t)json_integer_value(v) : json_is_true(v) ? 1 : 0;
    out.type = json_is_string(v)    ? VALUE_TEXT
               : json_is_boolean(v) ? VALUE_BOOL
               : json_is_integer(v) ? VALUE_NUMBER
                                    : VALUE_OTHER;
    return out;
}

/* The same in a row of the scanner's. */
static struct value find_scanned(const struct jscan *j, const struct jscan_value *row,
                                 const char *path)
{
    const struct jscan_value *v = NULL;
    struct value out = {.is = JX_ABSENT};

    for (;;) {
        const char *bar = strchr(path, '|');

        out.is = jscan_path(j, row, path, bar != NULL ? (size_t)(bar - path) : strlen(path), &v);
        if (bar == NULL || (out.is == JX_OK && !(v->kind == JSCAN_STRING && v->length == 0)))
            break;
        path = bar + 1;
    }
    if (out.is != JX_OK)
        return out;
    switch ((enum jscan_kind)v->kind) {
    case JSCAN_STRING:
        out.type = VALUE_TEXT;
        out.text = v->of.text;
        out.length = v->length;
        break;
    case JSCAN_TRUE:
    case JSCAN_FALSE:
        out.type = VALUE_BOOL;
        out.number = v->kind == JSCAN_TRUE ? 1 : 0;
        break;
    case JSCAN_INT:
        out.type = VALUE_NUMBER;
        out.number = v->of.number;
        break;
    case JSCAN_NULL:
    case JSCAN_REAL:
    case JSCAN_ARRAY:
    case JSCAN_OBJECT:
        out.type = VALUE_OTHER;
        break;
    }
    return out;
}

static const char shape[] = "dddd-dd-ddTdd:dd:ddZ";

/* As nearly every one comes, and as it is stored. Days that not every month has are looked at more
 * closely, and so are early years. */
static bool is_plain_time(const char *s)
{
    size_t i = 0;

    for (; shape[i] != '\0'; i++)
        if (shape[i] == 'd' ? s[i] < '0' || s[i] > '9' : s[i] != shape[i])
            return false;
    return s[i] == '\0' && s[0] != '0' && memcmp(s + 5, "00", 2) > 0 &&
           memcmp(s + 5, "12", 2) <= 0 && memcmp(s + 8, "00", 2) > 0 &&
           memcmp(s + 8, "28", 2) <= 0 && memcmp(s + 11, "23", 2) <= 0 &&
           memcmp(s + 14, "59", 2) <= 0 && memcmp(s + 17, "59", 2) <= 0;
}

const char *map_time(const char *text, char *out, bool *is_odd)
{
    int64_t ms;

    *is_odd = false;
    if (is_plain_time(text))
        return memcpy(out, text, sizeof shape); /* the text has no more */
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

/* ---- values into cells: what a column makes of them, wherever they go then ---- */

static void set_text(struct cell *out, const char *text, size_t length)
{
    out->kind = CELL_TEXT;
    out->text = text;
    out->length = length;
}

static void set_number(struct cell *out, int64_t number)
{
    out->kind = CELL_NUMBER;
    out->number = number;
}

static bool text_cell(enum map_kind kind, const struct value *v, struct cell *out, struct buf *room)
{
    char when[TIME_TEXT_BYTES];
    bool is_odd = false;

    if (kind == MAP_TIME) {
        const char *text = map_time(v->text, when, &is_odd);

        if (text == NULL)
            return !is_odd;
        buf_adds(room, text);
        set_text(out, room->p, room->n);
    } else if (v->length == 0 && kind != MAP_TEXT) {
        return true;
    } else if (kind == MAP_LOWER) {
        buf_add(room, v->text, v->length);
        str_lower_inplace(room->p);
        set_text(out, room->p, room->n);
    } else {
        set_text(out, v->text, v->length);
    }
    return true;
}

static bool json_cell(const struct value *v, struct cell *out, struct buf *room)
{
    char *text;

    if (!json_is_array(v->json) && !json_is_object(v->json))
        return false;
    text = jx_canonical(v->json);
    buf_adds(room, text);
    free(text);
    set_text(out, room->p, room->n);
    return true;
}

/* False: of another type than the column wants. */
static bool value_cell(enum map_kind kind, const struct value *v, struct cell *out,
                       struct buf *room)
{
    switch (kind) {
    case MAP_TEXT:
    case MAP_NAME:
    case MAP_LOWER:
    case MAP_TIME:
        return v->type == VALUE_TEXT && text_cell(kind, v, out, room);
    case MAP_BOOL:
    case MAP_INT:
        if (v->type != (kind == MAP_BOOL ? VALUE_BOOL : VALUE_NUMBER))
            return false;
        set_number(out, v->number);
        return true;
    case MAP_JSON:
        return json_cell(v, out, room);
    case MAP_RAW:
    case MAP_KNOWN_BOOL:
    case MAP_KNOWN_TEXT:
    case MAP_ONE:
        break; /* made from more than a value: see column_cell() */
    }
    return false;
}

static bool is_known(enum map_kind kind, const struct value *v)
{
    bool fits = v->type == (kind == MAP_KNOWN_BOOL ? VALUE_BOOL : VALUE_TEXT);

    return v->is == JX_NULL || (v->is == JX_OK && fits);
}

/* What goes into the column whatever the row holds; `room` may hold its text. NULL: fine; else what
 * is wrong with it. */
static const char *column_cell(const struct map_column *c, struct value v, struct cell *out,
                               struct buf *room)
{
    const unsigned wanted = c->flags & (MAP_KEY | MAP_MUST | MAP_SET);

    buf_clear(room);
    *out = (struct cell){.kind = CELL_NULL};
    if (c->kind == MAP_KNOWN_BOOL || c->kind == MAP_KNOWN_TEXT) {
        set_number(out, is_known(c->kind, &v) ? 1 : 0);
        return NULL;
    }
    if (v.is == JX_OK && (c->kind == MAP_NAME || c->kind == MAP_LOWER) && v.type == VALUE_TEXT &&
        v.length == 0)
        v.is = JX_NULL;
    if (v.is == JX_OK && value_cell(c->kind, &v, out, room))
        return NULL;
    if (v.is == JX_ABSENT)
        return wanted != 0 || (c->flags & MAP_NEEDED) != 0 ? "is missing" : NULL;
    if (v.is == JX_NULL)
        return wanted != 0 ? "is null" : NULL;
    return "is not of the documented type";
}

/* True: the row cannot go in. */
static bool note_odd(const struct map_column *c, const char *wrong, struct map_odd *odd)
{
    if (wrong == NULL)
        return false;
    map_odd_add(odd, "property %s %s", c->path, wrong);
    return (c->flags & (MAP_KEY | MAP_MUST)) != 0;
}

static const char *json_column(struct map *m, const struct map_column *c, const json_t *row,
                               struct cell *out)
{
    char *text;

    if (c->kind == MAP_ONE) {
        set_number(out, 1);
        return NULL;
    }
    if (c->kind != MAP_RAW)
        return column_cell(c, find(row, c->path), out, &m->room);
    text = map_raw(row);
    buf_clear(&m->room);
    buf_adds(&m->room, text);
    free(text);
    set_text(out, m->room.p, m->room.n);
    return NULL;
}

static void bind_cell(struct stmt *st, int at, const struct cell *c)
{
    if (c->kind == CELL_NUMBER)
        stmt_bind_int(st, at, c->number);
    else if (c->kind == CELL_TEXT)
        stmt_bind_text(st, at, c->text);
    else
        stmt_bind_null(st, at);
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
        struct cell cell = {.kind = CELL_NULL};
        const char *wrong = json_column(m, c, row, &cell);

        bind_cell(m->st, (int)i + 1, &cell);
        if (note_odd(c, wrong, odd))
            return ERR_OK; /* every column is bound anew by the next row */
    }
    *stored = true;
    return stmt_write(m->st, e);
}

bool map_scanned(const struct map_table *t, const struct jscan *j, const struct jscan_value *row,
                 struct map_odd *odd, struct buf *out, struct buf *room)
{
    for (size_t i = 0; i < t->count; i++) {
        const struct map_column *c = &t->columns[i];
        struct cell cell = {.kind = CELL_NUMBER, .number = 1};
        const char *wrong = NULL;

        if (c->kind == MAP_RAW || c->kind == MAP_JSON)
            BUG("%s.%s has to be read by jansson", t->table, c->column);
        if (c->kind != MAP_ONE)
            wrong = column_cell(c, find_scanned(j, row, c->path), &cell, room);
        cell_add(out, &cell);
        if (note_odd(c, wrong, odd))
            return false;
    }
    return true;
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
