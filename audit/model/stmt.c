#include "base/mem.h"
#include "model/store.h"
#include "store_internal.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* NULL: `e` says why. */
static struct stmt *prepare(struct store *s, const char *sql, struct err *e)
{
    struct stmt *st;
    sqlite3_stmt *h = NULL;
    int rc = sqlite3_prepare_v3(s->h, sql, -1, SQLITE_PREPARE_PERSISTENT, &h, NULL);

    if (rc != SQLITE_OK) {
        (void)store_error(s, rc, e);
        return NULL;
    }
    st = xcalloc(1, sizeof *st);
    st->store = s;
    st->st = h;
    st->bind_rc = SQLITE_OK;
    st->filtered = filtered_new(st);
    return st;
}

enum err_code stmt_prepare(struct store *s, const char *sql, struct stmt **out, struct err *e)
{
    struct stmt *st = prepare(s, sql, e);

    if (st == NULL)
        return e->code;
    *out = st;
    return ERR_OK;
}

void stmt_free(struct stmt *st)
{
    if (st == NULL)
        return;
    (void)sqlite3_finalize(st->st);
    filtered_free(st->filtered);
    free(st);
}

static void note(struct stmt *st, int rc)
{
    if (rc != SQLITE_OK && st->bind_rc == SQLITE_OK)
        st->bind_rc = rc;
}

void stmt_bind_text(struct stmt *st, int at, const char *text)
{
    if (text == NULL)
        note(st, sqlite3_bind_null(st->st, at));
    else
        note(st, sqlite3_bind_text(st->st, at, text, -1, SQLITE_TRANSIENT));
}

void stmt_bind_borrowed(struct stmt *st, int at, const char *text)
{
    if (text == NULL)
        note(st, sqlite3_bind_null(st->st, at));
    else
        note(st, sqlite3_bind_text(st->st, at, text, -1, SQLITE_STATIC));
}

void stmt_bind_bytes(struct stmt *st, int at, const char *text, size_t n)
{
    note(st, sqlite3_bind_text64(st->st, at, text, n, SQLITE_STATIC, SQLITE_UTF8));
}

void stmt_bind_int(struct stmt *st, int at, int64_t v)
{
    note(st, sqlite3_bind_int64(st->st, at, v));
}

void stmt_bind_null(struct stmt *st, int at)
{
    note(st, sqlite3_bind_null(st->st, at));
}

enum err_code stmt_step(struct stmt *st, bool *row, struct err *e)
{
    int rc = st->bind_rc;

    if (st->filtered != NULL)
        filtered_step(st->filtered);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(st->st);
    else
        err_set(e, ERR_BUG, "binding failed: %s", sqlite3_errstr(rc));
    *row = rc == SQLITE_ROW;
    if (rc == SQLITE_ROW)
        return ERR_OK;
    if (rc != SQLITE_DONE)
        (void)store_error(st->store, rc, e);
    stmt_reset(st);
    return e->code;
}

enum err_code stmt_write(struct stmt *st, struct err *e)
{
    bool row = false;
    enum err_code code = stmt_step(st, &row, e);

    stmt_reset(st);
    (void)sqlite3_clear_bindings(st->st);
    return code;
}

void stmt_reset(struct stmt *st)
{
    (void)sqlite3_reset(st->st); /* repeats the step's error, which was reported there */
    st->bind_rc = SQLITE_OK;
}

int stmt_column_count(const struct stmt *st)
{
    return sqlite3_column_count(st->st);
}

const char *stmt_column_name(const struct stmt *st, int at)
{
    return sqlite3_column_name(st->st, at);
}

const char *stmt_text(const struct stmt *st, int at)
{
    const char *text = (const char *)sqlite3_column_text(st->st, at);

    return st->filtered != NULL && text != NULL ? filtered_text(st->filtered, at, text) : text;
}

int64_t stmt_int(const struct stmt *st, int at)
{
    return sqlite3_column_int64(st->st, at);
}

bool stmt_is_null(const struct stmt *st, int at)
{
    return sqlite3_column_type(st->st, at) == SQLITE_NULL;
}

/* The statement kept under the address of `sql`; NULL: `e` says why. */
static struct stmt *cached(struct store *s, const char *sql, struct err *e)
{
    struct stmt *st;

    for (size_t i = 0; i < s->cached_n; i++)
        if (s->cached[i].sql == sql)
            return s->cached[i].st;
    st = prepare(s, sql, e);
    if (st == NULL)
        return NULL;
    s->cached = xreallocarray(s->cached, s->cached_n + 1, sizeof *s->cached);
    s->cached[s->cached_n].sql = sql;
    s->cached[s->cached_n++].st = st;
    return st;
}

enum err_code store_run(struct store *s, struct err *e, const char *sql, const char *types, ...)
{
    struct stmt *st = cached(s, sql, e);
    va_list ap;

    if (st == NULL)
        return e->code;
    if ((size_t)sqlite3_bind_parameter_count(st->st) != strlen(types))
        BUG("%zu binds for %d parameters: %s", strlen(types), sqlite3_bind_parameter_count(st->st),
            sql);
    va_start(ap, types);
    for (int i = 1; types[i - 1] != '\0'; i++)
        if (types[i - 1] == 'i')
            stmt_bind_int(st, i, va_arg(ap, int64_t));
        else
            stmt_bind_text(st, i, va_arg(ap, const char *));
    va_end(ap);
    return stmt_write(st, e);
}

enum err_code store_text(struct store *s, const char *sql, char **out, struct err *e)
{
    struct stmt *st = prepare(s, sql, e);
    bool row = false;

    if (st == NULL)
        return e->code;
    if (stmt_step(st, &row, e) == ERR_OK)
        *out = row && !stmt_is_null(st, 0) ? xstrdup(stmt_text(st, 0)) : NULL;
    stmt_free(st);
    return e->code;
}

enum err_code store_int(struct store *s, const char *sql, int64_t *out, struct err *e)
{
    struct stmt *st = prepare(s, sql, e);
    bool row = false;

    if (st == NULL)
        return e->code;
    if (stmt_step(st, &row, e) == ERR_OK)
        *out = row ? stmt_int(st, 0) : 0;
    stmt_free(st);
    return e->code;
}
