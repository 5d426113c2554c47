#include "model/staged.h"

#include "base/mem.h"
#include "model/store.h"
#include "store_internal.h"

#include <stdlib.h>
#include <string.h>

enum { LENGTH_BYTES = 4 };

/* ---- cells and rows: lengths and numbers as this machine has them, for the file stays here ----
 */

struct cell cell_text(const char *text)
{
    if (text == NULL)
        return (struct cell){.kind = CELL_NULL};
    return (struct cell){.kind = CELL_TEXT, .text = text, .length = strlen(text)};
}

struct cell cell_number(int64_t n)
{
    return (struct cell){.kind = CELL_NUMBER, .number = n};
}

void cell_add(struct buf *b, const struct cell *c)
{
    uint32_t n = (uint32_t)c->length;

    buf_addc(b, (char)c->kind);
    if (c->kind == CELL_NUMBER)
        buf_add(b, &c->number, sizeof c->number);
    if (c->kind != CELL_TEXT)
        return;
    buf_add(b, &n, sizeof n);
    buf_add(b, c->text, c->length);
}

bool cell_read(const char **at, const char *end, struct cell *out)
{
    uint32_t n;

    if (*at >= end)
        return false;
    out->kind = (enum cell_kind)(unsigned char)*(*at)++;
    out->length = 0;
    out->text = NULL;
    out->number = 0;
    switch (out->kind) {
    case CELL_NULL:
        return true;
    case CELL_NUMBER:
        if ((size_t)(end - *at) < sizeof out->number)
            return false;
        memcpy(&out->number, *at, sizeof out->number);
        *at += sizeof out->number;
        return true;
    case CELL_TEXT:
        if ((size_t)(end - *at) < sizeof n)
            return false;
        memcpy(&n, *at, sizeof n);
        *at += sizeof n;
        if ((size_t)(end - *at) < n)
            return false;
        out->text = *at;
        out->length = n;
        *at += n;
        return true;
    }
    return false;
}

size_t staged_row_begin(struct buf *run)
{
    static const char room[LENGTH_BYTES];

    buf_add(run, room, sizeof room);
    return run->n;
}

void staged_row_end(struct buf *run, size_t begun)
{
    uint32_t n = (uint32_t)(run->n - begun);

    if (!run->failed)
        memcpy(run->p + begun - LENGTH_BYTES, &n, sizeof n);
}

bool staged_row_read(const char **at, const char *end, const char **row, size_t *length)
{
    uint32_t n;

    if ((size_t)(end - *at) < sizeof n)
        return false;
    memcpy(&n, *at, sizeof n);
    if ((size_t)(end - *at) - sizeof n < n)
        return false;
    *row = *at + sizeof n;
    *length = n;
    *at = *row + n;
    return true;
}

/* ---- the table ---- */

enum err_code staged_open(struct store *s, struct err *e)
{
    return store_exec(s,
                      "CREATE TABLE IF NOT EXISTS staged_run("
                      "id INTEGER PRIMARY KEY, resource TEXT NOT NULL, "
                      "part INTEGER NOT NULL, rows BLOB NOT NULL) STRICT",
                      e);
}

static enum err_code is_there(struct store *s, bool *out, struct err *e)
{
    int64_t n = 0;
    enum err_code code =
        store_int(s, "SELECT COUNT(*) FROM sqlite_schema WHERE name = 'staged_run'", &n, e);

    *out = n != 0;
    return code;
}

enum err_code staged_any(struct store *s, bool *any, struct err *e)
{
    int64_t n = 0;
    enum err_code code = is_there(s, any, e);

    if (code == ERR_OK && *any)
        code = store_int(s, "SELECT EXISTS (SELECT 1 FROM staged_run)", &n, e);
    *any = n != 0;
    return code;
}

enum err_code staged_put(struct store *s, const char *resource, int part, const struct buf *run,
                         struct err *e)
{
    struct stmt *st = NULL;
    enum err_code code =
        stmt_prepare(s, "INSERT INTO staged_run(resource, part, rows) VALUES (?, ?, ?)", &st, e);

    if (code != ERR_OK)
        return code;
    stmt_bind_text(st, 1, resource);
    stmt_bind_int(st, 2, part);
    st->bind_rc = st->bind_rc == SQLITE_OK
                      ? sqlite3_bind_blob64(st->st, 3, run->p, run->n, SQLITE_STATIC)
                      : st->bind_rc;
    code = stmt_write(st, e);
    stmt_free(st);
    return code;
}

/* Debian's SQLite overwrites what is freed, which doubles what is written; what stood in runs
 * stands in the tables. The setting belongs to the connection: it is put back. */
static enum err_code drop(struct store *s, const char *resource, int part, struct err *e)
{
    int64_t was = 0;
    enum err_code code = store_int(s, "PRAGMA secure_delete", &was, e);
    struct err ignored = ERR_INIT;

    if (code == ERR_OK)
        code = store_exec(s, "PRAGMA secure_delete=FAST", e);
    if (code == ERR_OK && resource == NULL)
        code = store_exec(s, "DROP TABLE IF EXISTS staged_run", e);
    else if (code == ERR_OK)
        code = store_run(s, e, "DELETE FROM staged_run WHERE resource = ?1 AND ?2 IN (part, -1)",
                         "ti", resource, (int64_t)part);
    (void)store_exec(s, was == 1 ? "PRAGMA secure_delete=ON" : "PRAGMA secure_delete=FAST",
                     &ignored);
    return code;
}

enum err_code staged_drop(struct store *s, const char *resource, int part, struct err *e)
{
    bool there = false;
    enum err_code code = is_there(s, &there, e);

    return code == ERR_OK && there ? drop(s, resource, part >= 0 ? part : -1, e) : code;
}

enum err_code staged_close(struct store *s, struct err *e)
{
    return drop(s, NULL, -1, e);
}

enum err_code staged_list(struct store *s, const char *resource, int part, int64_t **ids, size_t *n,
                          struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;
    enum err_code code = is_there(s, &row, e);
    size_t cap = 0;

    *ids = NULL;
    *n = 0;
    if (code != ERR_OK || !row)
        return code;
    code = stmt_prepare(s, "SELECT id FROM staged_run WHERE resource = ? AND part = ? ORDER BY id",
                        &st, e);
    if (code != ERR_OK)
        return code;
    stmt_bind_text(st, 1, resource);
    stmt_bind_int(st, 2, part);
    while ((code = stmt_step(st, &row, e)) == ERR_OK && row) {
        if (*n == cap) {
            cap = cap > 0 ? cap * 2 : 64;
            *ids = xreallocarray(*ids, cap, sizeof **ids);
        }
        (*ids)[(*n)++] = stmt_int(st, 0);
    }
    stmt_free(st);
    return code;
}

/* ---- reading ---- */

/* Readers with a handle of their own: some kilobytes each. A handle knows the pages of the run that
 * it stands on; one that is moved to another run walks through them from the first one again. */
enum { OWN_HANDLES = 512 };

struct staged_set {
    struct store *s;
    sqlite3_blob *blob; /* of all other readers; NULL: none yet */
    int64_t id;         /* the run that it stands on */
    size_t own;
};

struct staged_reader {
    struct staged_set *set;
    sqlite3_blob *own; /* NULL: the set's */
    int64_t id;
    size_t size, read; /* of the whole run */
    char *p;
    size_t cap, n, at; /* what is in memory, and what of it was given out */
};

struct staged_set *staged_set_new(struct store *s)
{
    struct staged_set *set = xcalloc(1, sizeof *set);

    set->s = s;
    return set;
}

void staged_set_free(struct staged_set *set)
{
    if (set == NULL)
        return;
    (void)sqlite3_blob_close(set->blob);
    free(set);
}

static enum err_code stand_on(struct staged_set *set, int64_t id, struct err *e)
{
    int rc = SQLITE_OK;

    if (set->blob == NULL)
        rc = sqlite3_blob_open(set->s->h, "main", "staged_run", "rows", id, 0, &set->blob);
    else if (set->id != id)
        rc = sqlite3_blob_reopen(set->blob, id);
    set->id = id;
    return rc == SQLITE_OK ? ERR_OK : store_error(set->s, rc, e);
}

static sqlite3_blob *handle_of(const struct staged_reader *r)
{
    return r->own != NULL ? r->own : r->set->blob;
}

static enum err_code open_own(struct staged_reader *r, struct err *e)
{
    struct store *s = r->set->s;
    int rc = sqlite3_blob_open(s->h, "main", "staged_run", "rows", r->id, 0, &r->own);

    if (rc != SQLITE_OK)
        return store_error(s, rc, e);
    r->set->own++;
    return ERR_OK;
}

enum err_code staged_reader_open(struct staged_set *set, int64_t id, size_t buffer,
                                 struct staged_reader **out, struct err *e)
{
    struct staged_reader *r = xcalloc(1, sizeof *r);

    r->set = set;
    r->id = id;
    if ((set->own < OWN_HANDLES ? open_own(r, e) : stand_on(set, id, e)) != ERR_OK) {
        free(r);
        return e->code;
    }
    r->size = (size_t)sqlite3_blob_bytes(handle_of(r));
    r->cap = buffer;
    r->p = xreallocarray(NULL, r->cap, 1);
    *out = r;
    return ERR_OK;
}

void staged_reader_close(struct staged_reader *r)
{
    if (r == NULL)
        return;
    if (r->own != NULL) {
        (void)sqlite3_blob_close(r->own);
        r->set->own--;
    }
    free(r->p);
    free(r);
}

/* At least `want` bytes from `at` on. */
static enum err_code fill(struct staged_reader *r, size_t want, struct err *e)
{
    size_t left = r->size - r->read;
    size_t more;
    int rc;

    if (r->n - r->at >= want)
        return ERR_OK;
    if (want - (r->n - r->at) > left)
        return err_set(e, ERR_STORE, "snapshot '%s': rows that wait to be merged are damaged",
                       r->set->s->path);
    if (r->own == NULL && stand_on(r->set, r->id, e) != ERR_OK)
        return e->code;
    memmove(r->p, r->p + r->at, r->n - r->at);
    r->n -= r->at;
    r->at = 0;
    if (want > r->cap) {
        r->cap = want;
        r->p = xreallocarray(r->p, r->cap, 1);
    }
    more = r->cap - r->n < left ? r->cap - r->n : left;
    rc = sqlite3_blob_read(handle_of(r), r->p + r->n, (int)more, (int)r->read);
    if (rc != SQLITE_OK)
        return store_error(r->set->s, rc, e);
    r->n += more;
    r->read += more;
    return ERR_OK;
}

enum err_code staged_reader_next(struct staged_reader *r, const char **row, size_t *length,
                                 struct err *e)
{
    uint32_t n;

    *row = NULL;
    if (r->at == r->n && r->read == r->size)
        return ERR_OK;
    if (fill(r, LENGTH_BYTES, e) != ERR_OK)
        return e->code;
    memcpy(&n, r->p + r->at, sizeof n);
    if (fill(r, LENGTH_BYTES + (size_t)n, e) != ERR_OK)
        return e->code;
    *row = r->p + r->at + LENGTH_BYTES;
    *length = n;
    r->at += LENGTH_BYTES + (size_t)n;
    return ERR_OK;
}
