#include "base/buf.h"
#include "base/mem.h"
#include "base/strs.h"
#include "base/text.h"
#include "database.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_COLUMNS = 40,
    ROW_BYTES = 1024 * 1024, /* one row of a fill, escaped */
    SEND_BYTES = 64 * 1024,  /* sent together */
    SQL_BYTES = 2048
};

struct database {
    PGconn *c;
    struct buf rows; /* of a fill, in COPY's text format */
    size_t fill_n;
};

extern const unsigned char history_postgresql_1[], history_postgresql_2[], history_postgresql_3[];
static const char *const schema[] = {(const char *)history_postgresql_1,
                                     (const char *)history_postgresql_2,
                                     (const char *)history_postgresql_3, NULL};

/* libpq's texts have several lines; they hold no password. */
static enum err_code fail(const struct database *d, enum err_code code, struct err *e)
{
    char *text = xstrdup(PQerrorMessage(d->c));
    char *end = text + strlen(text);

    while (end > text && (end[-1] == '\n' || end[-1] == ' '))
        *--end = '\0';
    for (char *p = text; *p != '\0'; p++)
        if (*p == '\n' || *p == '\t')
            *p = ' ';
    err_set(e, code, "history: PostgreSQL: %s", *text != '\0' ? text : "no answer");
    free(text);
    return e->code;
}

static void pg_close(struct database *d)
{
    if (d == NULL)
        return;
    PQfinish(d->c);
    buf_release(&d->rows);
    free(d);
}

static void quiet(void *arg, const char *message)
{
    (void)arg;
    (void)message; /* notices: "table exists" and the like */
}

static enum err_code pg_exec(struct database *d, const char *sql, struct err *e)
{
    PGresult *r = PQexec(d->c, sql);
    const ExecStatusType status = PQresultStatus(r);

    PQclear(r);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ? ERR_OK : fail(d, ERR_STORE, e);
}

static enum err_code pg_open(const char *where, bool writable, struct database **out, struct err *e)
{
    /* What stands before dbname the URL may change; what stands behind it stays. No wait of ours is
     * without an end: connecting, a statement, a lock, a peer that is gone. */
    static const char *const words[] = {"connect_timeout", "application_name", "tcp_user_timeout",
                                        "dbname",          "client_encoding",  NULL};
    const char *values[] = {"10", "graphaudit", "60000", where, "UTF8", NULL};
    /* Statements, because connection poolers refuse such things as start-up options. */
    static const char settings[] = "SET statement_timeout = '10min';"
                                   "SET lock_timeout = '60s';"
                                   "SET search_path = graphaudit, public;";
    struct database *d;
    enum err_code code = database_check_url(where, e);

    if (code != ERR_OK)
        return code;
    d = xcalloc(1, sizeof *d);
    buf_init(&d->rows, ROW_BYTES + SEND_BYTES);
    d->c = PQconnectdbParams(words, values, 1);
    if (d->c == NULL)
        code = err_set(e, ERR_BUG, "history: libpq gave no connection");
    else if (PQstatus(d->c) != CONNECTION_OK)
        code = fail(d, ERR_NET, e);
    else
        (void)PQsetNoticeProcessor(d->c, quiet, NULL);
    if (code == ERR_OK)
        code = pg_exec(d, settings, e);
    if (code == ERR_OK && !writable)
        code = pg_exec(d, "SET default_transaction_read_only = on", e);
    if (code != ERR_OK) {
        pg_close(d);
        return code;
    }
    *out = d;
    return ERR_OK;
}

static bool give(const PGresult *r, int at, history_row_fn *fn, void *ctx)
{
    const char *v[MAX_COLUMNS];
    struct history_row row = {v, (size_t)PQnfields(r)};

    if (row.n > MAX_COLUMNS)
        BUG("history: %zu columns", row.n);
    for (size_t i = 0; i < row.n; i++)
        v[i] = PQgetisnull(r, at, (int)i) != 0 ? NULL : PQgetvalue(r, at, (int)i);
    return fn(ctx, &row);
}

/* Row by row: an answer may be larger than we like to hold. */
static enum err_code pg_query(struct database *d, const char *sql, const char *const *values,
                              size_t n, history_row_fn *fn, void *ctx, struct err *e)
{
    bool wanted = fn != NULL;
    enum err_code code = ERR_OK;
    PGresult *r;

    if (PQsendQueryParams(d->c, sql, (int)n, NULL, values, NULL, NULL, 0) != 1)
        return fail(d, ERR_STORE, e);
    (void)PQsetSingleRowMode(d->c); /* else the answer comes whole, which is right too */
    while ((r = PQgetResult(d->c)) != NULL) {
        const ExecStatusType status = PQresultStatus(r);

        if (status != PGRES_SINGLE_TUPLE && status != PGRES_TUPLES_OK &&
            status != PGRES_COMMAND_OK && code == ERR_OK)
            code = fail(d, ERR_STORE, e);
        for (int i = 0; wanted && code == ERR_OK && i < PQntuples(r); i++)
            wanted = give(r, i, fn, ctx);
        PQclear(r);
    }
    return code;
}

static enum err_code pg_fill_begin(struct database *d, const char *table, const char *columns,
                                   size_t n, struct err *e)
{
    struct buf sql;
    PGresult *r;
    ExecStatusType status = PGRES_FATAL_ERROR;

    buf_init(&sql, SQL_BYTES);
    buf_addf(&sql, "COPY %s(%s) FROM STDIN", table, columns);
    if (sql.failed) {
        buf_release(&sql);
        return err_set(e, ERR_BUG, "history: too many columns in %s", table);
    }
    r = PQexec(d->c, sql.p);
    status = PQresultStatus(r);
    PQclear(r);
    buf_release(&sql);
    d->fill_n = n;
    buf_clear(&d->rows);
    return status == PGRES_COPY_IN ? ERR_OK : fail(d, ERR_STORE, e);
}

static enum err_code send_rows(struct database *d, struct err *e)
{
    if (d->rows.n > 0 && PQputCopyData(d->c, d->rows.p, (int)d->rows.n) != 1)
        return fail(d, ERR_STORE, e);
    buf_clear(&d->rows);
    return ERR_OK;
}

/* PostgreSQL documentation, COPY, "Text Format". */
static void add_value(struct buf *b, const char *v)
{
    if (v == NULL) {
        buf_adds(b, "\\N");
        return;
    }
    for (; *v != '\0'; v++) {
        switch (*v) {
        case '\\':
            buf_adds(b, "\\\\");
            break;
        case '\n':
            buf_adds(b, "\\n");
            break;
        case '\r':
            buf_adds(b, "\\r");
            break;
        case '\t':
            buf_adds(b, "\\t");
            break;
        default:
            buf_addc(b, *v);
        }
    }
}

static enum err_code pg_fill_row(struct database *d, const char *const *values, struct err *e)
{
    for (size_t i = 0; i < d->fill_n; i++) {
        if (i > 0)
            buf_addc(&d->rows, '\t');
        add_value(&d->rows, values[i]);
    }
    buf_addc(&d->rows, '\n');
    if (d->rows.failed)
        return err_set(e, ERR_LIMIT, "history: a row of more than %d bytes", ROW_BYTES);
    return d->rows.n >= SEND_BYTES ? send_rows(d, e) : ERR_OK;
}

static enum err_code pg_fill_end(struct database *d, struct err *e)
{
    enum err_code code = send_rows(d, e);
    PGresult *r;

    if (PQputCopyEnd(d->c, code == ERR_OK ? NULL : "given up") != 1 && code == ERR_OK)
        code = fail(d, ERR_STORE, e);
    while ((r = PQgetResult(d->c)) != NULL) {
        if (PQresultStatus(r) != PGRES_COMMAND_OK && code == ERR_OK)
            code = fail(d, ERR_STORE, e);
        PQclear(r);
    }
    return code;
}

enum err_code database_check_url(const char *url, struct err *e)
{
    char *why = NULL;
    PQconninfoOption *all = PQconninfoParse(url, &why);
    enum err_code code = ERR_OK;

    /* libpq's own text would repeat the URL, which may hold a password. */
    if (all == NULL)
        code = err_set(e, ERR_USAGE,
                       "the history's URL is not one that PostgreSQL's library understands");
    for (const PQconninfoOption *o = all; o != NULL && o->keyword != NULL; o++)
        if ((str_eq(o->keyword, "password") || str_eq(o->keyword, "sslpassword")) && o->val != NULL)
            code = err_set(e, ERR_USAGE,
                           "no password in the history's URL: every user of this machine can see "
                           "it. Put it into the file that PGPASSFILE names (mode 600)");
    PQfreemem(why);
    PQconninfoFree(all);
    return code;
}

const struct database_kind database_postgresql = {
    "postgresql",
    pg_open,
    pg_close,
    pg_exec,
    pg_query,
    pg_fill_begin,
    pg_fill_row,
    pg_fill_end,
    "BEGIN",
    "SELECT pg_advisory_xact_lock(1735549288)", /* "grah": one that makes tables at a time */
    /* By a query on the catalogue: to_regclass() may answer from a cache that does not know yet
     * what the process made that we waited for. */
    "SELECT COUNT(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = "
    "c.relnamespace WHERE c.relname = 'history_version' AND n.nspname = ANY "
    "(current_schemas(false))",
    schema,
};
