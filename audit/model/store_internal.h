/* store_internal.h - shared by store.c, stmt.c, stmt_filter.c, staged.c and pour.c only. */
#ifndef MODEL_STORE_INTERNAL_H
#define MODEL_STORE_INTERNAL_H
#include "model/store.h"

#include <sqlite3.h>
#include <stddef.h>

struct cached_stmt {
    const char *sql; /* compared by address */
    struct stmt *st;
};

struct pour;

struct store {
    sqlite3 *h;
    char *path;
    bool is_file;
    bool writable;
    int lock_fd; /* -1: none; closed after the database, whose own locks it would end */
    struct cached_stmt *cached; /* for store_run */
    size_t cached_n;
    const struct store_filter *filter; /* borrowed; NULL: none */
    struct pour *pour;                 /* rows that are being poured; NULL: none */
};

struct stmt {
    struct store *store;
    sqlite3_stmt *st;
    struct filtered *filtered; /* stmt_filter.c; NULL: no filter */
    int bind_rc;               /* first binding error, kept for the next step */
};

/* stmt_filter.c: NULL when the store has no filter; freeing it is a no-op for NULL. */
struct filtered *filtered_new(const struct stmt *st);
void filtered_free(struct filtered *f);
void filtered_step(struct filtered *f); /* the texts of the row before are gone */
const char *filtered_text(struct filtered *f, int at, const char *text);

/* Turns an SQLite result into an error: a full disk is ERR_IO, all else ERR_STORE. */
enum err_code store_error(struct store *s, int rc, struct err *e);
#ifdef __clang_analyzer__
#define store_error(s, rc, e) err_known(ERR_STORE, store_error((s), (rc), (e)))
#endif

#endif
