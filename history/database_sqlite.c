#include "base/mem.h"
#include "database.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    APPLICATION_ID = 0x67726168, /* "grah" */
    BUSY_MS = 60 * 1000,         /* two runs that end together: one waits for the other */
    MAX_COLUMNS = 40,
    SQL_BYTES = 2048
};

struct database {
    sqlite3 *h;
    sqlite3_stmt *fill;
    size_t fill_n;
    char *path;
};

extern const unsigned char history_sqlite_1[], history_sqlite_2[], history_sqlite_3[];
static const char *const schema[] = {(const char *)history_sqlite_1, (const char *)history_sqlite_2,
                                     (const char *)history_sqlite_3, NULL};

static enum err_code fail(const struct database *d, struct err *e)
{
    const int rc = sqlite3_errcode(d->h) & 0xff;

    if (rc == SQLITE_BUSY || rc == SQLITE_LOCKED)
        return err_set(e, ERR_STORE, "history '%s' is in use by another process", d->path);
    return err_set(e, ERR_STORE, "history '%s': %s", d->path, sqlite3_errmsg(d->h));
}

static void sqlite_close(struct database *d)
{
    if (d == NULL)
        return;
    (void)sqlite3_finalize(d->fill); /* repeats an error that was reported */
    (void)sqlite3_close_v2(d->h);
    free(d->path);
    free(d);
}

static enum err_code sqlite_exec(struct database *d, const char *sql, struct err *e)
{
    return sqlite3_exec(d->h, sql, NULL, NULL, NULL) == SQLITE_OK ? ERR_OK : fail(d, e);
}

/* A file of somebody else's is never written into. */
static enum err_code check_file(struct database *d, bool *is_empty, struct err *e)
{
    static const char sql[] = "SELECT (SELECT COUNT(*) FROM sqlite_schema), "
                              "(SELECT application_id FROM pragma_application_id)";
    sqlite3_stmt *st = NULL;
    enum err_code code = ERR_OK;

    if (sqlite3_prepare_v2(d->h, sql, -1, &st, NULL) != SQLITE_OK || sqlite3_step(st) != SQLITE_ROW)
        code = err_set(e, ERR_USAGE, "'%s' is not a graphaudit history (%s)", d->path,
                       sqlite3_errmsg(d->h));
    else if (sqlite3_column_int64(st, 0) > 0 && sqlite3_column_int64(st, 1) != APPLICATION_ID)
        code = err_set(e, ERR_USAGE, "'%s' is not a graphaudit history", d->path);
    else
        *is_empty = sqlite3_column_int64(st, 0) == 0;
    (void)sqlite3_finalize(st);
    return code;
}

static enum err_code configure(struct database *d, bool writable, struct err *e)
{
    char sql[64];
    bool is_empty = false;
    enum err_code code;

    (void)sqlite3_busy_timeout(d->h, BUSY_MS);
    (void)sqlite3_db_config(d->h, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(d->h, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    code = check_file(d, &is_empty, e);
    if (code != ERR_OK || !writable || !is_empty)
        return code;
    (void)sqlite3_snprintf(sizeof sql, sql, "PRAGMA application_id=%d", APPLICATION_ID);
    return sqlite_exec(d, sql, e);
}

static enum err_code sqlite_open(const char *where, bool writable, struct database **out,
                                 struct err *e)
{
    const int flags = writable ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
    struct database *d;
    enum err_code code;

    /* Made by us, so that nobody else can read who is behind Conditional Access and who is not. */
    if (writable) {
        int fd = open(where, O_CREAT | O_RDWR | O_CLOEXEC, 0600);

        if (fd < 0)
            return err_set(e, ERR_USAGE, "cannot write history '%s': %s", where, strerror(errno));
        (void)close(fd);
    } else if (access(where, R_OK) != 0) {
        return err_set(e, ERR_USAGE, "cannot read history '%s': %s", where, strerror(errno));
    }
    d = xcalloc(1, sizeof *d);
    d->path = xstrdup(where);
    if (sqlite3_open_v2(where, &d->h, flags, NULL) != SQLITE_OK)
        code = fail(d, e);
    else
        code = configure(d, writable, e);
    if (code != ERR_OK) {
        sqlite_close(d);
        return code;
    }
    *out = d;
    return ERR_OK;
}

static enum err_code prepare(struct database *d, const char *sql, sqlite3_stmt **out, struct err *e)
{
    return sqlite3_prepare_v2(d->h, sql, -1, out, NULL) == SQLITE_OK ? ERR_OK : fail(d, e);
}

/* SQLite numbers $1 and $2 as they come; a value that the statement does not name is left out. */
static void bind_named(sqlite3_stmt *st, const char *const *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char name[24];
        int at;

        (void)sqlite3_snprintf(sizeof name, name, "$%d", (int)i + 1);
        at = sqlite3_bind_parameter_index(st, name);
        if (at > 0 && values[i] != NULL)
            (void)sqlite3_bind_text(st, at, values[i], -1, SQLITE_STATIC);
    }
}

static bool give(sqlite3_stmt *st, history_row_fn *fn, void *ctx)
{
    const char *v[MAX_COLUMNS];
    struct history_row row = {v, (size_t)sqlite3_column_count(st)};

    if (fn == NULL)
        return true;
    if (row.n > MAX_COLUMNS)
        BUG("history: %zu columns", row.n);
    for (size_t i = 0; i < row.n; i++)
        v[i] = (const char *)sqlite3_column_text(st, (int)i);
    return fn(ctx, &row);
}

static enum err_code sqlite_query(struct database *d, const char *sql, const char *const *values,
                                  size_t n, history_row_fn *fn, void *ctx, struct err *e)
{
    sqlite3_stmt *st = NULL;
    enum err_code code = prepare(d, sql, &st, e);
    int rc;

    if (code != ERR_OK)
        return code;
    bind_named(st, values, n);
    while ((rc = sqlite3_step(st)) == SQLITE_ROW)
        if (!give(st, fn, ctx))
            break;
    if (rc != SQLITE_DONE && rc != SQLITE_ROW)
        code = fail(d, e);
    (void)sqlite3_finalize(st);
    return code;
}

static enum err_code sqlite_fill_begin(struct database *d, const char *table, const char *columns,
                                       size_t n, struct err *e)
{
    char sql[SQL_BYTES];
    size_t at;

    (void)sqlite3_snprintf(sizeof sql, sql, "INSERT INTO %s(%s) VALUES (?", table, columns);
    at = strlen(sql);
    for (size_t i = 1; i < n && at + 4 < sizeof sql; i++, at += 2)
        memcpy(sql + at, ",?", 3);
    memcpy(sql + at, ")", 2);
    d->fill_n = n;
    return prepare(d, sql, &d->fill, e);
}

static enum err_code sqlite_fill_row(struct database *d, const char *const *values, struct err *e)
{
    int rc;

    for (size_t i = 0; i < d->fill_n; i++) {
        if (values[i] == NULL)
            (void)sqlite3_bind_null(d->fill, (int)i + 1);
        else
            (void)sqlite3_bind_text(d->fill, (int)i + 1, values[i], -1, SQLITE_STATIC);
    }
    rc = sqlite3_step(d->fill);
    (void)sqlite3_reset(d->fill); /* repeats the error of the step */
    return rc == SQLITE_DONE ? ERR_OK : fail(d, e);
}

static enum err_code sqlite_fill_end(struct database *d, struct err *e)
{
    (void)e;
    (void)sqlite3_finalize(d->fill); /* every row's error was reported */
    d->fill = NULL;
    return ERR_OK;
}

const struct database_kind database_sqlite = {
    "sqlite",
    sqlite_open,
    sqlite_close,
    sqlite_exec,
    sqlite_query,
    sqlite_fill_begin,
    sqlite_fill_row,
    sqlite_fill_end,
    "BEGIN IMMEDIATE",
    NULL,
    "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'history_version')",
    schema,
};
