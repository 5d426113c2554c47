/* model/store.h - the snapshot: one SQLite file that holds evidence, derived facts and results.
 *
 * File: mode 0600, application_id STORE_APPLICATION_ID, user_version STORE_SCHEMA_VERSION, STRICT
 * tables. While it is written it is in WAL mode, so that a killed run leaves a valid file (with
 * -wal beside it until somebody opens it); a clean close folds the log in and leaves one file.
 * Values only ever travel through binds. Not thread-safe: one store, one thread. */
#ifndef MODEL_STORE_H
#define MODEL_STORE_H
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct sqlite3;
struct store; /* opaque */
struct stmt;  /* opaque: a prepared statement */

enum {
    STORE_APPLICATION_ID = 0x67726175, /* "grau" */
    STORE_SCHEMA_VERSION = 8,
    STORE_OLDEST_SCHEMA = 2 /* older ones are refused: their evidence lacks tables */
};

/* A new snapshot with the whole schema. ERR_USAGE when the file exists. ":memory:" works. */
enum err_code store_create(const char *path, struct store **out, struct err *e);
/* An existing one. Refuses a file that is not a snapshot, or of a newer schema; an older schema is
 * migrated when `writable`. */
enum err_code store_open(const char *path, bool writable, struct store **out, struct err *e);
/* The same for whoever goes on collecting into it: nobody else may be writing it (ERR_USAGE), and
 * its schema is ours. store_create() has its file alone too; both until store_close(). */
enum err_code store_open_alone(const char *path, struct store **out, struct err *e);
/* Writes a copy to a new file of mode 0600 (ERR_USAGE when it exists). */
enum err_code store_copy(struct store *s, const char *to, struct err *e);
/* Turns the derived views into tables of the same columns that hold the same rows, so that rows can
 * be written by hand. For the tests of rules, which give rows of derived tables; facts_derive does
 * not work on such a store any more. Never done to a file. */
enum err_code store_flatten(struct store *s, struct err *e);
/* Folds the log in. NULL is a no-op. Failures at this point cost the log's folding, not data. */
void store_close(struct store *s);
/* Closes it and removes its file, whose log nobody folds in for that. NULL is a no-op. */
void store_discard(struct store *s);
const char *store_path(const struct store *s);
/* Borrowed; for the rule sandbox, which needs an authorizer. */
struct sqlite3 *store_handle(struct store *s);

/* Transactions do not nest. */
enum err_code store_begin(struct store *s, struct err *e);
enum err_code store_commit(struct store *s, struct err *e);
void store_rollback(struct store *s); /* no-op outside a transaction */

/* Runs one or more statements without parameters. `sql` is a constant of ours, never data. */
enum err_code store_exec(struct store *s, const char *sql, struct err *e);
/* One statement, no result rows. `types` has a letter for each '?': t = const char * (NULL binds
 * NULL), i = int64_t (cast explicitly: varargs do not convert). The statement is kept prepared
 * under the address of `sql`, which therefore is a string constant. */
enum err_code store_run(struct store *s, struct err *e, const char *sql, const char *types, ...);
/* The first column of the first row; *out is NULL without a row or for NULL. Caller frees. */
enum err_code store_text(struct store *s, const char *sql, char **out, struct err *e);
enum err_code store_int(struct store *s, const char *sql, int64_t *out, struct err *e);

/* Statements for loops. Columns and parameters: 0-based columns, 1-based parameters, as SQLite. */
enum err_code stmt_prepare(struct store *s, const char *sql, struct stmt **out, struct err *e);
void stmt_free(struct stmt *st); /* NULL is a no-op */
/* Binding errors are kept and come out of the next stmt_step. Text is copied. */
void stmt_bind_text(struct stmt *st, int at, const char *text); /* NULL binds NULL */
/* Not copied: the text has to stay as it is until stmt_write has returned. */
void stmt_bind_borrowed(struct stmt *st, int at, const char *text); /* NULL binds NULL */
/* The same for text that is not NUL-terminated. */
void stmt_bind_bytes(struct stmt *st, int at, const char *text, size_t n);
void stmt_bind_int(struct stmt *st, int at, int64_t v);
void stmt_bind_null(struct stmt *st, int at);
/* *row: there is a row to read. After the last one (or a write) the statement is reset. */
enum err_code stmt_step(struct stmt *st, bool *row, struct err *e);
/* For writes: step, expect no row, reset and clear bindings. */
enum err_code stmt_write(struct stmt *st, struct err *e);
void stmt_reset(struct stmt *st);
int stmt_column_count(const struct stmt *st);
const char *stmt_column_name(const struct stmt *st, int at);
/* Borrowed until the next step; NULL for NULL. */
const char *stmt_text(const struct stmt *st, int at);
int64_t stmt_int(const struct stmt *st, int at); /* 0 for NULL: ask stmt_is_null first */
bool stmt_is_null(const struct stmt *st, int at);

/* What changes every text on its way out of a store's statements: for reports that name nobody.
 * The SQL itself sees the texts as they are stored. */
struct store_filter {
    void *ctx;
    /* What to do with a column, asked once a statement: 0 leaves its texts as they are. `table` and
     * `column` are where the texts come from, NULL for what an expression made. */
    int (*column)(void *ctx, const char *table, const char *column);
    /* Writes what stands for `text` into `out`, which is empty and bounded. False: it stays. */
    bool (*text)(void *ctx, int what, const char *text, struct buf *out);
};
/* From now on, for statements that are prepared from now on; NULL: none. Borrowed. Texts that would
 * grow beyond LIMIT_REPORT_TEXT_BYTES become a sentence that says so. */
void store_set_filter(struct store *s, const struct store_filter *f);
const struct store_filter *store_filter_of(const struct store *s);

#endif
