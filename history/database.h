/* history/database.h - the few things that history needs of a database, for SQLite and PostgreSQL.
 *
 * Statements are constants of ours with $1, $2, ..., which both understand.
 * Values are texts (NULL is NULL) and travel beside the statement, never in it. */
#ifndef HISTORY_DATABASE_H
#define HISTORY_DATABASE_H
#include "history/history.h"

struct database;
struct database_kind {
    const char *name;
    enum err_code (*open)(const char *where, bool writable, struct database **out, struct err *e);
    void (*close)(struct database *d);
    /* Statements without values, several with ';'. */
    enum err_code (*exec)(struct database *d, const char *sql, struct err *e);
    /* `fn` may be NULL. */
    enum err_code (*query)(struct database *d, const char *sql, const char *const *values, size_t n,
                           history_row_fn *fn, void *ctx, struct err *e);
    /* Many rows into one table: begin, row by row, end. Nothing else in between; after an error of
     * fill_row or fill_end the transaction is lost. */
    enum err_code (*fill_begin)(struct database *d, const char *table, const char *columns,
                                size_t n, struct err *e);
    enum err_code (*fill_row)(struct database *d, const char *const *values, struct err *e);
    enum err_code (*fill_end)(struct database *d, struct err *e);
    const char *begin;         /* a transaction that writes */
    const char *schema_lock;   /* in it: one migration at a time; NULL: `begin` does that */
    const char *has_schema;    /* one row, 1 or 0 */
    const char *const *schema; /* the statements that make version i + 1 of version i */
};
extern const struct database_kind database_sqlite, database_postgresql;

struct history {
    const struct database_kind *kind;
    struct database *d;
};

/* True for what libpq takes as a connection URI. */
bool database_is_url(const char *where);
enum err_code database_check_url(const char *url, struct err *e);

#endif
