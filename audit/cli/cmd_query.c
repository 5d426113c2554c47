/* cmd_query.c - read-only SQL on a snapshot. */
#include "base/buf.h"
#include "base/jsonx.h"
#include "base/text.h"
#include "commands.h"
#include "context.h"
#include "exitcode.h"
#include "model/store.h"

#include <jansson.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STATEMENT_BYTES = 1024 * 1024 };

/* Reading only: no ATTACH, no PRAGMA that writes, no functions that touch files. The connection is
 * opened read-only as well; this keeps other files out of reach. */
static int allow(void *ctx, int action, const char *a, const char *b, const char *c, const char *d)
{
    (void)ctx, (void)c, (void)d;
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_RECURSIVE:
        return SQLITE_OK;
    case SQLITE_FUNCTION:
        return b != NULL && sqlite3_stricmp(b, "load_extension") == 0 ? SQLITE_DENY : SQLITE_OK;
    case SQLITE_PRAGMA:
        return a != NULL && (sqlite3_stricmp(a, "table_info") == 0 ||
                             sqlite3_stricmp(a, "table_list") == 0)
                   ? SQLITE_OK
                   : SQLITE_DENY;
    default:
        return SQLITE_DENY;
    }
}

static void print_cell(const char *text)
{
    struct buf b;

    buf_init(&b, (size_t)STATEMENT_BYTES * 64);
    text_add_safe(&b, text != NULL ? text : "");
    fputs(b.p, stdout);
    buf_release(&b);
}

static void print_row(sqlite3_stmt *st)
{
    for (int i = 0; i < sqlite3_column_count(st); i++) {
        if (i > 0)
            fputc('\t', stdout);
        print_cell((const char *)sqlite3_column_text(st, i));
    }
    fputc('\n', stdout);
}

static json_t *json_cell(sqlite3_stmt *st, int i)
{
    const char *text;
    struct buf b;
    json_t *v;

    switch (sqlite3_column_type(st, i)) {
    case SQLITE_INTEGER:
        return json_integer(sqlite3_column_int64(st, i));
    case SQLITE_FLOAT:
        return json_real(sqlite3_column_double(st, i));
    case SQLITE_NULL:
        return json_null();
    default:
        break;
    }
    text = (const char *)sqlite3_column_text(st, i);
    v = json_string(text);
    if (v != NULL)
        return v;
    buf_init(&b, (size_t)STATEMENT_BYTES * 64); /* not UTF-8: shown as terminals show it */
    text_add_safe(&b, text);
    v = json_string(b.p);
    buf_release(&b);
    return v != NULL ? v : json_null();
}

static void print_json(sqlite3_stmt *st)
{
    json_t *o = json_object();
    char *s;

    for (int i = 0; i < sqlite3_column_count(st); i++)
        (void)json_object_set_new(o, sqlite3_column_name(st, i), json_cell(st, i));
    s = jx_dump(o, JSON_COMPACT);
    printf("%s\n", s != NULL ? s : "{}");
    free(s);
    json_decref(o);
}

/* Runs every statement of `sql`. */
static enum err_code run_sql(const struct context *c, sqlite3 *h, const char *sql, struct err *e)
{
    while (*sql != '\0') {
        sqlite3_stmt *st = NULL;
        int rc = sqlite3_prepare_v2(h, sql, -1, &st, &sql);
        bool header = false;

        while (rc == SQLITE_OK && st != NULL && (rc = sqlite3_step(st)) == SQLITE_ROW) {
            if (!c->opt.json && !header) {
                for (int i = 0; i < sqlite3_column_count(st); i++)
                    printf("%s%s", i > 0 ? "\t" : "", sqlite3_column_name(st, i));
                fputc('\n', stdout);
            }
            header = true;
            if (c->opt.json)
                print_json(st);
            else
                print_row(st);
            rc = SQLITE_OK;
        }
        if (rc != SQLITE_OK && rc != SQLITE_DONE)
            err_set(e, ERR_USAGE, "SQL: %s", sqlite3_errmsg(h));
        (void)sqlite3_finalize(st);
        if (e->code != ERR_OK)
            return e->code;
    }
    return ERR_OK;
}

/* A prompt: statements end with ';'. Errors are shown and the prompt goes on; piped input stops. */
static enum err_code run_prompt(const struct context *c, sqlite3 *h, struct err *e)
{
    char *line = NULL;
    size_t room = 0;
    struct buf sql;
    bool prompt = c->stdout_is_terminal;

    buf_init(&sql, STATEMENT_BYTES);
    if (prompt)
        fputs("graphaudit> ", stdout);
    while (e->code == ERR_OK && fflush(stdout) == 0 && getline(&line, &room, stdin) >= 0) {
        buf_adds(&sql, line);
        if (sql.failed) {
            err_set(e, ERR_LIMIT, "statement longer than %d bytes", STATEMENT_BYTES);
        } else if (sqlite3_complete(sql.p) != 0) {
            struct err mine = ERR_INIT;

            if (run_sql(c, h, sql.p, &mine) != ERR_OK && prompt)
                log_line(&c->log, LOG_ERROR, "%s", mine.msg);
            else if (mine.code != ERR_OK)
                *e = mine;
            buf_clear(&sql);
        }
        if (prompt)
            fputs(sql.n > 0 ? "       ...> " : "graphaudit> ", stdout);
    }
    if (e->code == ERR_OK && strspn(sql.p, " \t\r\n") != sql.n)
        (void)run_sql(c, h, sql.p, e);
    free(line);
    buf_release(&sql);
    return e->code;
}

int cmd_query(struct context *c)
{
    struct store *s = NULL;
    struct err e = ERR_INIT;
    int rc = EXIT_CODE_PASSED;

    if (c->opt.arguments.n < 1 || c->opt.arguments.n > 2)
        err_set(&e, ERR_USAGE, "query takes a snapshot and at most one SQL text");
    if (e.code == ERR_OK && store_open(c->opt.arguments.v[0], false, &s, &e) == ERR_OK) {
        sqlite3 *h = store_handle(s);

        (void)sqlite3_set_authorizer(h, allow, NULL);
        if (c->opt.arguments.n == 2)
            (void)run_sql(c, h, c->opt.arguments.v[1], &e);
        else
            (void)run_prompt(c, h, &e);
        (void)sqlite3_set_authorizer(h, NULL, NULL);
    }
    if (e.code != ERR_OK)
        rc = context_fail(c, &e);
    store_close(s);
    return rc;
}
