/* store_internal.h - shared by store.c and stmt.c only. */
#ifndef MODEL_STORE_INTERNAL_H
#define MODEL_STORE_INTERNAL_H
#include "model/store.h"

#include <sqlite3.h>
#include <stddef.h>

struct cached_stmt {
    const char *sql; /* compared by address */
    struct stmt *st;
};

struct store {
    sqlite3 *h;
    char *path;
    bool is_file;
    bool writable;
    int lock_fd; /* -1: none; closed after the database, whose own locks it would end */
    struct cached_stmt *cached; /* for store_run */
    size_t cached_n;
};

struct stmt {
    struct store *store;
    sqlite3_stmt *st;
    int bind_rc; /* first binding error, kept for the next step */
};

/* Turns an SQLite result into an error: a full disk is ERR_IO, all else ERR_STORE. */
enum err_code store_error(struct store *s, int rc, struct err *e);
#ifdef __clang_analyzer__
#define store_error(s, rc, e) err_known(ERR_STORE, store_error((s), (rc), (e)))
#endif

#endif
