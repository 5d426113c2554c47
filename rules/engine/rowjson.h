/* rowjson.h - columns of a result row as text and JSON. */
#ifndef ENGINE_ROWJSON_H
#define ENGINE_ROWJSON_H
#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

struct sqlite3_stmt;

/* Appends a column as valid UTF-8, at most `chars` code points; NUL and invalid bytes become
 * U+FFFD. Numbers are written as SQLite writes them. */
void row_text(struct sqlite3_stmt *st, int at, size_t chars, struct buf *out);

/* The columns from `first` on, without the one at `but` (0: none), as one JSON object, in the order
 * of the query: integers and numbers as such, NULL as null, long text cut. Replaces what is in
 * `out`. False, with why, for a blob. */
bool row_json(struct sqlite3_stmt *st, int first, int but, struct buf *out, char *why,
              size_t why_size);

#endif
