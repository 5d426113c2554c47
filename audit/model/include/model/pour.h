/* model/pour.h - many rows into one table by one statement.
 *
 * A statement for each row begins, looks for its place from the root of the table, and ends, for
 * each row. Poured rows are asked for from within one INSERT ... SELECT, which stays where it was:
 * in the order of the table's key a row costs half as much. */
#ifndef MODEL_POUR_H
#define MODEL_POUR_H
#include "base/err.h"
#include "model/staged.h"

struct store;

enum { POUR_COLUMNS = 32 };

/* The next row: one cell for each column that the statement names, untouched until the next call;
 * *row is NULL at the end. May run other statements of the store, writing ones too, but no
 * other pour. */
typedef enum err_code pour_next(void *self, const struct cell **row, struct err *e);

/* `sql` inserts from table `pour`, whose columns are c0, c1, ... c31:
 *     INSERT INTO t(a, b) SELECT c0, c1 FROM pour
 * In a transaction of the caller's; after an error it has to be rolled back. */
enum err_code store_pour(struct store *s, const char *sql, pour_next *next, void *self,
                         struct err *e);

#endif
