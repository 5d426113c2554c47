/* model/staged.h - rows that were read and are not in their tables yet.
 *
 * Pages arrive in any order of keys. Row by row into tables ordered by key, each page would touch
 * as many leaves as it has rows; so a page is stored as it came, its rows sorted and packed into
 * one value (a run), in the transaction of its continuation, and all runs are merged at the end.
 * The table that holds them exists only while a collection is under way. */
#ifndef MODEL_STAGED_H
#define MODEL_STAGED_H
#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;

/* ---- one row: a length and its cells ---- */

enum cell_kind { CELL_NULL, CELL_NUMBER, CELL_TEXT };
struct cell {
    enum cell_kind kind;
    int64_t number;
    const char *text; /* not NUL-terminated */
    size_t length;
};
/* Of a NUL-terminated text, which it borrows; NULL: a CELL_NULL. */
struct cell cell_text(const char *text);
struct cell cell_number(int64_t n);
void cell_add(struct buf *b, const struct cell *c);
/* Reads the cell at *at and moves behind it. False: no whole cell stands there. */
bool cell_read(const char **at, const char *end, struct cell *out);

/* Rows are added cell by cell between these two; the first returns what the second wants. */
size_t staged_row_begin(struct buf *run);
void staged_row_end(struct buf *run, size_t begun);
/* The row at *at, without its length; moves behind it. False: no whole row stands there. */
bool staged_row_read(const char **at, const char *end, const char **row, size_t *length);

/* ---- runs ---- */

/* A resource may give rows to several tables: parts. */

/* Makes the table where there is none. */
enum err_code staged_open(struct store *s, struct err *e);
/* No table is as good as an empty one, here and below. */
enum err_code staged_any(struct store *s, bool *any, struct err *e);
enum err_code staged_put(struct store *s, const char *resource, int part, const struct buf *run,
                         struct err *e);
/* Removes the runs of one resource; with a negative part all of them. */
enum err_code staged_drop(struct store *s, const char *resource, int part, struct err *e);
/* Removes the table. */
enum err_code staged_close(struct store *s, struct err *e);

/* Ids of the runs of one part in the order of arrival: the caller frees *ids. */
enum err_code staged_list(struct store *s, const char *resource, int part, int64_t **ids, size_t *n,
                          struct err *e);

/* Runs that are read side by side. The first some hundred have a handle each; all others share one:
 * SQLite looks at every open cursor each time it opens another one, which a statement does. */
struct staged_set;
struct staged_set *staged_set_new(struct store *s); /* never NULL */
void staged_set_free(struct staged_set *set);       /* NULL is a no-op; after its readers */

/* Reads one run from its beginning, `buffer` bytes at a time (more for a longer row). The run must
 * stay while it is read. */
struct staged_reader;
enum err_code staged_reader_open(struct staged_set *set, int64_t id, size_t buffer,
                                 struct staged_reader **out, struct err *e);
/* *row is NULL at the end; borrowed until the next call. */
enum err_code staged_reader_next(struct staged_reader *r, const char **row, size_t *length,
                                 struct err *e);
void staged_reader_close(struct staged_reader *r); /* NULL is a no-op */

#endif
