/* rules/facts/row_pipe.h - the rows of a long query, read ahead by a second thread.
 *
 * Deriving reads the evidence and writes the derived tables; SQLite does both on one connection one
 * after the other. A pipe reads on a connection of its own, while whoever takes its rows writes.
 * Rows come in the query's order, so nothing hangs on who was faster. In memory, in a file without
 * a write-ahead log (where readers and the writer wait for each other) and on one processor the
 * rows are read where they are taken. */
#ifndef RULES_FACTS_ROW_PIPE_H
#define RULES_FACTS_ROW_PIPE_H
#include "base/err.h"

#include <stdbool.h>

struct row_pipe;
struct stmt;
struct store;

enum { ROW_PIPE_COLUMNS = 32 };

/* What the query reads has to be committed. */
enum err_code row_pipe_open(struct store *s, struct row_pipe **out, struct err *e);
/* The store on which to prepare the query. */
struct store *row_pipe_store(struct row_pipe *p);
/* Starts reading; the statement belongs to the pipe from now on, also after an error. */
enum err_code row_pipe_start(struct row_pipe *p, struct stmt *query, struct err *e);
/* The next row's values as text, NULL for NULL, valid until the next call; NULL at the end. */
enum err_code row_pipe_next(struct row_pipe *p, const char *const **row, struct err *e);
void row_pipe_close(struct row_pipe *p); /* NULL is a no-op; ends the thread */

#endif
