#include "model/scratch.h"

#include "base/err.h"
#include "base/limits.h"
#include "base/strs.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

/* The system's files, with one method of their temporary ones replaced. */
static struct {
    sqlite3_vfs vfs, *system;
    sqlite3_io_methods methods;
    const sqlite3_io_methods *plain; /* what `methods` was copied from */
} scratch;

static int write_some(sqlite3_file *f, const void *bytes, int n, sqlite3_int64 at)
{
    if (at + n > LIMIT_SCRATCH_BYTES)
        return SQLITE_FULL;
    return scratch.plain->xWrite(f, bytes, n, at);
}

static void copy_methods(const sqlite3_io_methods *plain)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

    (void)pthread_mutex_lock(&lock);
    if (scratch.plain == NULL) {
        scratch.methods = *plain;
        scratch.methods.xWrite = write_some;
        scratch.plain = plain;
    }
    (void)pthread_mutex_unlock(&lock);
}

/* A temporary file has no name. All of them have the same methods: those without locks. */
static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
    int rc = scratch.system->xOpen(vfs, name, f, flags, out);

    if (rc == SQLITE_OK && name == NULL) {
        copy_methods(f->pMethods);
        if (f->pMethods == scratch.plain)
            f->pMethods = &scratch.methods;
    }
    return rc;
}

static void begin(void)
{
    scratch.system = sqlite3_vfs_find(NULL);
    if (scratch.system == NULL)
        BUG("SQLite knows no files");
    scratch.vfs = *scratch.system;
    scratch.vfs.zName = "scratch";
    scratch.vfs.xOpen = open_file;
    if (sqlite3_vfs_register(&scratch.vfs, 1) != SQLITE_OK)
        BUG("SQLite takes no other files");
}

/* Under the lock that SQLite itself reads it by. */
static void choose_folder(const char *path)
{
    sqlite3_mutex *lock = sqlite3_mutex_alloc(SQLITE_MUTEX_STATIC_VFS1);
    const char *slash = strrchr(path, '/');
    const int n = slash == NULL ? 1 : slash == path ? 1 : (int)(slash - path);

    sqlite3_mutex_enter(lock);
    if (sqlite3_temp_directory == NULL)
        sqlite3_temp_directory = sqlite3_mprintf("%.*s", n, slash == NULL ? "." : path);
    sqlite3_mutex_leave(lock);
}

void scratch_begin(const char *path)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    (void)pthread_once(&once, begin);
    if (!str_eq(path, ":memory:") && getenv("SQLITE_TMPDIR") == NULL)
        choose_folder(path);
}
