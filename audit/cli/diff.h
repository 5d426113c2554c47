/* diff.h - what differs between two snapshots of one tenant.
 *
 * A const table says what is compared. Differences come one at a time, in the order of that table
 * and then of the keys, so that memory does not grow with the tenant. What was not read in one of
 * the snapshots is not compared, and said so. */
#ifndef CLI_DIFF_H
#define CLI_DIFF_H
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct store;

struct diff_kind {
    const char *table;
    const char *title;     /* for people; NULL: not compared, and `why_not` says why */
    const char *why_not;   /* else NULL */
    const char *keys;      /* columns, comma-separated */
    const char *label;     /* for people: text with {column}; a GUID is shown by its name */
    const char *columns;   /* compared, comma-separated; NULL: only whether a row is there */
    const char *ignored;   /* known, but not compared: times, copies of other columns; or NULL */
    const char *where;     /* SQL over row r that limits what is compared, or NULL */
    const char *also;      /* tables whose evidence has to be there too, or NULL */
    const char *elsewhere; /* property of raw that another table shows, or NULL */
    bool has_raw;          /* column raw is compared property by property and stands for the rest */
    bool is_changed_only;  /* rows come and go with what names them: only changes tell something */
    bool is_result;        /* written by an evaluation */
    /* Says "unknown" itself where evidence lacks: such rows are left out, the others compared. */
    const char *unknown; /* the column, or NULL */
};
size_t diff_kind_count(void);
const struct diff_kind *diff_kind_at(size_t i); /* NULL past the end */

enum diff_change { DIFF_ADDED, DIFF_REMOVED, DIFF_CHANGED };
const char *diff_change_name(enum diff_change c);

/* All borrowed, until the callback returns. */
struct diff_item {
    const struct diff_kind *kind;
    enum diff_change change;
    const char *label;               /* may hold a stranger's text */
    json_t *key;                     /* object: key columns and their values */
    const char *property;            /* of a changed one: column, or path in the service's object */
    bool is_member;                  /* the property is a list that `old` left or `new` joined */
    json_t *old, *new;               /* NULL: absent */
    const char *old_name, *new_name; /* of values that are ids; NULL: none known */
};

/* What may not be compared, and why. */
struct diff_gap {
    const struct diff_kind *kind;
    const char *column;   /* NULL: the whole table, or the rows that are unknown */
    const char *resource; /* that was not read, or NULL */
    const char *side;     /* OLD|NEW */
    const char *why;      /* words, when there is no resource */
};

struct diff_sink {
    void *ctx;
    void (*item)(void *ctx, const struct diff_item *it);
    void (*gap)(void *ctx, const struct diff_gap *g);
};

/* Attaches the file at `new_path` (read-only, as `old` is) to the store `old` and compares. Both
 * are snapshots that store_open() accepts. ERR_USAGE: they are not of one tenant. */
enum err_code diff_run(struct store *old, const char *new_path, const struct diff_sink *sink,
                       struct err *e);

/* diff_json.c: two objects of the service, property by property. Times of the last change and
 * annotations are left out; lists are compared as sets, those of objects with an id by that id. */
typedef void diff_property(void *ctx, const char *path, bool is_member, json_t *old, json_t *new);
void diff_objects(json_t *old, json_t *new, diff_property *found, void *ctx);

#endif
