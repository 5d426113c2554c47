#include "model/pour.h"

#include "base/mem.h"
#include "store_internal.h"

#include <stdlib.h>

/* What the statement under way reads from. */
struct pour {
    pour_next *next;
    void *self;
    const struct cell *row; /* NULL: no more */
    sqlite3_int64 n;
    struct err err;
};

struct table {
    sqlite3_vtab base;
    struct store *store;
};

static struct pour *pour_of(const sqlite3_vtab_cursor *c)
{
    return ((const struct table *)c->pVtab)->store->pour;
}

static int connect(sqlite3 *h, void *store, int argc, const char *const *argv, sqlite3_vtab **out,
                   char **message)
{
    struct table *t;
    int rc = sqlite3_declare_vtab(h, "CREATE TABLE pour(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, "
                                     "c10, c11, c12, c13, c14, c15, c16, c17, c18, c19, c20, c21, "
                                     "c22, c23, c24, c25, c26, c27, c28, c29, c30, c31)");

    (void)argc;
    (void)argv;
    (void)message;
    if (rc != SQLITE_OK)
        return rc;
    t = xcalloc(1, sizeof *t);
    t->store = store;
    *out = &t->base;
    return SQLITE_OK;
}

static int disconnect(sqlite3_vtab *t)
{
    free(t);
    return SQLITE_OK;
}

static int best_index(sqlite3_vtab *t, sqlite3_index_info *info)
{
    (void)t;
    info->estimatedCost = 1e6;
    return SQLITE_OK;
}

static int open_cursor(sqlite3_vtab *t, sqlite3_vtab_cursor **out)
{
    (void)t;
    *out = xcalloc(1, sizeof **out);
    return SQLITE_OK;
}

static int close_cursor(sqlite3_vtab_cursor *c)
{
    free(c);
    return SQLITE_OK;
}

static int next_row(sqlite3_vtab_cursor *c)
{
    struct pour *p = pour_of(c);

    p->n++;
    p->row = NULL;
    return p->next(p->self, &p->row, &p->err) == ERR_OK ? SQLITE_OK : SQLITE_ERROR;
}

/* Only store_pour() has rows, and only once. */
static int first_row(sqlite3_vtab_cursor *c, int index, const char *name, int argc,
                     sqlite3_value **argv)
{
    const struct pour *p = pour_of(c);

    (void)index;
    (void)name;
    (void)argc;
    (void)argv;
    return p != NULL && p->n == 0 ? next_row(c) : SQLITE_MISUSE;
}

static int is_end(sqlite3_vtab_cursor *c)
{
    return pour_of(c)->row == NULL;
}

static int column(sqlite3_vtab_cursor *c, sqlite3_context *to, int at)
{
    const struct cell *cell = &pour_of(c)->row[at];

    if (cell->kind == CELL_TEXT)
        sqlite3_result_text64(to, cell->text, cell->length, SQLITE_STATIC, SQLITE_UTF8);
    else if (cell->kind == CELL_NUMBER)
        sqlite3_result_int64(to, cell->number);
    else
        sqlite3_result_null(to);
    return SQLITE_OK;
}

static int row_id(sqlite3_vtab_cursor *c, sqlite3_int64 *out)
{
    *out = pour_of(c)->n;
    return SQLITE_OK;
}

/* Without xCreate it is there by its name alone, and can be neither made nor dropped. */
static const sqlite3_module module = {.xConnect = connect,
                                      .xBestIndex = best_index,
                                      .xDisconnect = disconnect,
                                      .xOpen = open_cursor,
                                      .xClose = close_cursor,
                                      .xFilter = first_row,
                                      .xNext = next_row,
                                      .xEof = is_end,
                                      .xColumn = column,
                                      .xRowid = row_id};

enum err_code store_pour(struct store *s, const char *sql, pour_next *next, void *self,
                         struct err *e)
{
    struct pour p = {.next = next, .self = self, .err = ERR_INIT};
    int rc;

    if (s->pour != NULL)
        BUG("rows are being poured already");
    /* Each time: who shuts a connection in for rules drops all modules of it. */
    rc = sqlite3_create_module(s->h, "pour", &module, s);
    if (rc == SQLITE_OK) {
        s->pour = &p;
        rc = sqlite3_exec(s->h, sql, NULL, NULL, NULL);
        s->pour = NULL;
    }
    if (p.err.code != ERR_OK)
        return err_set(e, p.err.code, "%s", p.err.msg);
    return rc == SQLITE_OK ? ERR_OK : store_error(s, rc, e);
}
