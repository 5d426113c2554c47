#include "evidence.h"

#include "base/err.h"
#include "base/jsonx.h"
#include "base/strs.h"
#include "escape.h"

#include <stdlib.h>
#include <string.h>

/* The whole of a cell's value fits into one of a report. */
enum { ROOM = LIMIT_REPORT_TEXT_BYTES };

/* ---- the plain form ---- */

/* Behind a string's first quote: its escapes are undone and its end is cut off where they stand,
 * and what comes behind its last quote is returned. NULL: not plain. Of the escapes only those that
 * jansson would write again; no '#', which may begin a command. */
static char *cut_string(char *p)
{
    static const char escapes[] = "\"\\bfnrt";
    static const char stand_for[] = "\"\\\b\f\n\r\t";
    char *to = p;

    for (; *p >= ' ' && *p <= '~' && *p != '"' && *p != '#'; p++) {
        const char *escape;

        if (*p != '\\') {
            *to++ = *p;
            continue;
        }
        p++;
        escape = *p != '\0' ? strchr(escapes, *p) : NULL;
        if (escape == NULL)
            return NULL;
        *to++ = stand_for[escape - escapes];
    }
    if (*p != '"')
        return NULL;
    *to = '\0';
    return p + 1;
}

/* Behind a number or a word as jansson writes it; NULL: something else. */
static char *skip_value(char *p)
{
    static const char *const words[] = {"null", "true", "false"};
    enum { DIGITS = 18 }; /* fit into a json_int_t */
    char *first;

    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (str_starts(p, words[i]))
            return p + strlen(words[i]);
    if (p[0] == '0')
        return p + 1;
    p += p[0] == '-' && p[1] != '0';
    first = p;
    while (*p >= '0' && *p <= '9')
        p++;
    return p > first && p - first <= DIGITS && first[0] != '0' ? p : NULL;
}

static bool is_named(const struct evidence *ev, const char *name)
{
    for (size_t i = 0; i < ev->n; i++)
        if (strcmp(ev->v[i].name, name) == 0)
            return true;
    return false;
}

/* One member, up to the comma or brace behind it, which is cut off: *end says which it was. */
static char *cut_member(struct evidence *ev, char *p, char *end)
{
    struct evidence_cell *c = &ev->v[ev->n];

    if (ev->n == LIMIT_RULE_COLUMNS || *p != '"')
        return NULL;
    c->name = p + 1;
    p = cut_string(p + 1);
    if (p == NULL || *p != ':' || is_named(ev, c->name))
        return NULL;
    p++;
    c->is_string = *p == '"';
    c->text = p + c->is_string;
    p = c->is_string ? cut_string(p + 1) : skip_value(p);
    if (p == NULL || (*p != ',' && *p != '}'))
        return NULL;
    *end = *p;
    *p = '\0';
    ev->n++;
    return p + 1;
}

bool evidence_split(struct evidence *ev, const char *json)
{
    char end = '{';
    char *p;

    ev->n = 0;
    if (ev->bytes.p == NULL)
        buf_init(&ev->bytes, ROOM);
    buf_clear(&ev->bytes);
    buf_adds(&ev->bytes, json);
    if (str_eq(json, "{}"))
        return true;
    if (ev->bytes.failed || json[0] != '{')
        return false;
    p = ev->bytes.p + 1;
    do
        p = cut_member(ev, p, &end);
    while (p != NULL && end == ',');
    if (p != NULL && *p == '\0')
        return true;
    ev->n = 0;
    return false;
}

/* ---- any form ---- */

/* Texts lie one behind the other; the cells point at them when none moves any more. */
static size_t add_text(struct evidence *ev, const char *s)
{
    size_t at = ev->bytes.n;

    buf_add(&ev->bytes, s, strlen(s) + 1);
    return at;
}

static void add_cells(struct evidence *ev, json_t *object)
{
    size_t name[LIMIT_RULE_COLUMNS];
    size_t text[LIMIT_RULE_COLUMNS];
    size_t n = 0;
    const char *key;
    json_t *v;

    json_object_foreach(object, key, v)
    {
        char *dump = json_is_string(v) ? NULL : json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);

        if (n < LIMIT_RULE_COLUMNS) {
            name[n] = add_text(ev, key);
            text[n] = add_text(ev, json_is_string(v) ? json_string_value(v)
                                   : dump != NULL    ? dump
                                                     : "");
            ev->v[n++].is_string = json_is_string(v);
        }
        free(dump);
    }
    for (size_t i = 0; !ev->bytes.failed && i < n; i++) {
        ev->v[i].name = ev->bytes.p + name[i];
        ev->v[i].text = ev->bytes.p + text[i];
        ev->n++;
    }
}

void evidence_read(struct evidence *ev, const char *json)
{
    struct err ignored = ERR_INIT;
    json_t *object = NULL;

    ev->n = 0;
    if (json == NULL || evidence_split(ev, json) ||
        escape_parse(json, "evidence", &object, &ignored) != ERR_OK)
        return;
    buf_clear(&ev->bytes);
    if (json_is_object(object))
        add_cells(ev, object);
    json_decref(object);
}

const struct evidence_cell *evidence_find(const struct evidence *ev, size_t guess, const char *name)
{
    if (guess < ev->n && strcmp(ev->v[guess].name, name) == 0)
        return &ev->v[guess];
    for (size_t i = 0; i < ev->n; i++)
        if (strcmp(ev->v[i].name, name) == 0)
            return &ev->v[i];
    return NULL;
}

void evidence_release(struct evidence *ev)
{
    buf_release(&ev->bytes);
    ev->n = 0;
}
