/* graph/map.h - one JSON object of a reply into one row of a table, by a table of columns.
 *
 * Absent, null, of another type and present stay four things: what is absent or null becomes NULL,
 * what is of another type becomes NULL and is counted as odd, and nothing ever becomes a default. A
 * row goes in even when it is odd, unless its key is; whoever counts then calls the resource
 * partial (malformed). Rows that come twice replace each other in the mapped columns only. */
#ifndef GRAPH_MAP_H
#define GRAPH_MAP_H
#include "base/buf.h"
#include "base/err.h"
#include "base/jscan.h"
#include "model/pour.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stmt;
struct store;
struct map; /* opaque: a table of columns and its prepared statement */

enum map_kind {
    MAP_TEXT,  /* a string as it is */
    MAP_NAME,  /* a string; "" counts as null */
    MAP_LOWER, /* a string in ASCII lower case; "" counts as null: ids, domains, addresses */
    MAP_BOOL,  /* 0 or 1 */
    MAP_INT,
    MAP_TIME,       /* RFC 3339 in UTC, whole seconds; the year 1 (.NET's "never") counts as null */
    MAP_JSON,       /* an array or object as canonical JSON text */
    MAP_RAW,        /* the whole row, as map_raw() gives it */
    MAP_KNOWN_BOOL, /* 1: there, and true, false or null; 0: absent or of another type */
    MAP_KNOWN_TEXT, /* the same for a string */
    MAP_ONE         /* the number 1, whatever the row says: keys of singletons, flags */
};

enum {
    MAP_KEY = 1,    /* part of the primary key: without it the row cannot go in */
    MAP_MUST = 2,   /* NOT NULL in the table: the same */
    MAP_NEEDED = 4, /* absent is odd; null is a value */
    MAP_SET = 8,    /* absent and null are odd */
    MAP_KEEP = 16   /* a NULL does not replace what an earlier row gave */
};

struct map_column {
    const char *column;
    const char *path; /* keys joined by '.'; alternatives joined by '|', the first that is there */
    enum map_kind kind;
    unsigned flags;
};
struct map_table {
    const char *table;
    const struct map_column *columns;
    size_t count;
};

/* What was not as documented, over many rows. Zeroed is empty. */
struct map_odd {
    uint64_t count;
    char first[200]; /* for people */
};
void map_odd_add(struct map_odd *odd, const char *fmt, ...) PRINTF(2, 3);

/* `t` is borrowed and must outlive the result. */
enum err_code map_open(struct store *s, const struct map_table *t, struct map **out, struct err *e);
void map_free(struct map *m); /* NULL is a no-op */
/* *stored: false when the row could not go in (also counted as odd). Only store errors are
 * errors.*/
enum err_code map_row(struct map *m, const json_t *row, struct map_odd *odd, bool *stored,
                      struct err *e);

/* The upsert that map_row() runs, with a parameter for each column. */
enum err_code map_prepare(struct store *s, const struct map_table *t, struct stmt **out,
                          struct err *e);
/* The same for many rows, from a source of them (model/pour.h). In a transaction. */
enum err_code map_pour(struct store *s, const struct map_table *t, pour_next *next, void *self,
                       struct err *e);
/* What map_row() would store, as cells behind what `out` holds (see model/staged.h). `room` is for
 * the callee. False: the row cannot go in, and what was added is worth nothing. Not for tables with
 * MAP_JSON or MAP_RAW. */
bool map_scanned(const struct map_table *t, const struct jscan *j, const struct jscan_value *row,
                 struct map_odd *odd, struct buf *out, struct buf *room);

/* The same value. jansson iterates over, copies and counts references of mutable values only;
 * nobody may change it through this. */
json_t *map_unconst(const json_t *v);
/* The object as canonical JSON text, without annotations: keys that hold '@' (they name the host
 * and .NET types) except @odata.type, at any depth. Caller frees. */
char *map_raw(const json_t *row);
/* The value of one MAP_TIME; `out` has TIME_TEXT_BYTES bytes. NULL: not a time, or never. */
const char *map_time(const char *text, char *out, bool *is_odd);
/* The part of "@odata.type" after "microsoft.graph."; NULL when there is none. Borrowed. */
const char *map_odata_type(const json_t *row);

#endif
