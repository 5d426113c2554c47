/* rules/facts/row_pipe.h - rows that a second thread makes ahead of whoever takes them.
 *
 * Deriving reads the evidence and writes the derived tables; SQLite does both on one connection one
 * after the other. A pipe reads on a connection of its own, while whoever takes its rows writes.
 * Rows come in the source's order, so nothing hangs on who was faster. In memory, in a file without
 * a write-ahead log (where readers and the writer wait for each other) and on one processor the
 * rows are made where they are taken. */
#ifndef RULES_FACTS_ROW_PIPE_H
#define RULES_FACTS_ROW_PIPE_H
#include "base/err.h"

struct row_pipe;
struct store;

enum { ROW_PIPE_COLUMNS = 32 };

/* Where rows come from. Both functions may run on the pipe's thread, never at the same time. */
struct row_source {
    /* Puts the next row's texts (NULL for NULL) into cell[], which need to live until the next call
     * only, and their number into *n; 0: there are no more. What *mark points to, if anything,
     * comes with the row, and lives as long as the source. */
    enum err_code (*next)(void *self, const char *cell[ROW_PIPE_COLUMNS], int *n, void **mark,
                          struct err *e);
    void (*free)(void *self);
    void *self;
};

/* What the source reads has to be committed. */
enum err_code row_pipe_open(struct store *s, struct row_pipe **out, struct err *e);
/* The store on which the source is to read. */
struct store *row_pipe_store(struct row_pipe *p);
/* Starts reading; the source belongs to the pipe from now on. */
void row_pipe_start(struct row_pipe *p, const struct row_source *source);
/* The next row's texts, valid until the next call; *row is NULL at the end. `mark` may be NULL. */
enum err_code row_pipe_next(struct row_pipe *p, const char *const **row, void **mark,
                            struct err *e);
void row_pipe_close(struct row_pipe *p); /* NULL is a no-op; ends the thread, frees the source */

#endif
