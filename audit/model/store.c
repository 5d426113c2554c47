#include "model/store.h"

#include "base/mem.h"
#include "base/strs.h"
#include "model/heap.h"
#include "model/scratch.h"
#include "store_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

extern const unsigned char schema_evidence_sql[];
extern const unsigned char schema_results_sql[];
extern const unsigned char schema_context_sql[];
extern const unsigned char schema_effect_sql[];
extern const unsigned char schema_people_sql[];
extern const unsigned char schema_trend_sql[];
extern const unsigned char schema_settings_sql[];
extern const unsigned char schema_flat_sql[];
extern const unsigned char schema_work_sql[];

/* Long tables are read from end to end by every rule, and a page is a call: half as many as with
 * SQLite's 4,096. */
enum { PAGE_BYTES = 8192 };

/* A lock held by another process ends: a report being written beside us takes seconds at most. */
enum { BUSY_MS = 10000 };

/* Of a database that has no page yet; its write-ahead log would fix the size. */
static enum err_code set_page_size(struct store *s, struct err *e)
{
    char pragma[32];

    (void)sqlite3_snprintf(sizeof pragma, pragma, "PRAGMA page_size=%d", PAGE_BYTES);
    return store_exec(s, pragma, e);
}

static enum err_code configure(struct store *s, bool writable, struct err *e)
{
    static const char common[] = "PRAGMA trusted_schema=OFF; PRAGMA temp_store=FILE;"
                                 "PRAGMA cache_size=-16384;";
    /* The log is folded in at 8,000 pages, 64 MB: each time the disk is waited for twice, and what
     * was written several times since goes into the file once. */
    static const char writing[] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
                                  "PRAGMA wal_autocheckpoint=8000;";
    enum err_code code;

    (void)sqlite3_busy_timeout(s->h, BUSY_MS);
    (void)sqlite3_db_config(s->h, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    code = store_exec(s, common, e);
    if (code == ERR_OK && writable && s->is_file)
        code = store_exec(s, writing, e);
    return code;
}

static enum err_code open_handle(const char *path, int flags, struct store **out, struct err *e)
{
    struct store *s = xcalloc(1, sizeof *s);
    int rc;

    heap_count_by_thread();
    scratch_begin(path);
    s->path = xstrdup(path);
    s->lock_fd = -1;
    s->is_file = !str_eq(path, ":memory:");
    rc = sqlite3_open_v2(path, &s->h, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
    if (rc != SQLITE_OK) {
        enum err_code code = err_set(e, ERR_IO, "cannot open snapshot '%s': %s", path,
                                     s->h != NULL ? sqlite3_errmsg(s->h) : sqlite3_errstr(rc));

        store_close(s);
        return code;
    }
    *out = s;
    return ERR_OK;
}

/* Made by us with mode 0600 first, so that the evidence is never readable by others, not even for
 * a moment; SQLite gives its log files the mode of the database. */
static enum err_code make_file(const char *path, int *out, struct err *e)
{
    int fd = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);

    if (fd < 0 && errno == EEXIST)
        return err_set(e, ERR_USAGE,
                       "snapshot '%s' exists already: choose another name, or remove it", path);
    if (fd < 0)
        return err_set(e, ERR_IO, "cannot create snapshot '%s': %s", path, strerror(errno));
    *out = fd;
    return ERR_OK;
}

/* Whoever collects has the file alone; others that write share it. The kernel drops the lock with
 * the process, however that ends. Apart from SQLite's own locks, which are by byte ranges and end
 * when any descriptor of the file is closed: so this one is opened before the database and closed
 * after it. A file system without such locks is no reason not to work. */
static enum err_code take_lock(int fd, bool is_alone, const char *path, struct err *e)
{
    if (flock(fd, (is_alone ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        return err_set(e, ERR_USAGE, "snapshot '%s' is in use by another process", path);
    return ERR_OK;
}

static enum err_code open_lock(const char *path, bool is_alone, int *out, struct err *e)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);

    if (fd < 0)
        return err_set(e, ERR_USAGE, "cannot write snapshot '%s': %s", path, strerror(errno));
    if (take_lock(fd, is_alone, path, e) != ERR_OK) {
        (void)close(fd);
        return e->code;
    }
    *out = fd;
    return ERR_OK;
}

static void close_lock(int fd)
{
    if (fd >= 0)
        (void)close(fd);
}

enum err_code store_create(const char *path, struct store **out, struct err *e)
{
    struct store *s = NULL;
    enum err_code code = ERR_OK;
    char pragma[96];
    int lock = -1;

    if (!str_eq(path, ":memory:"))
        code = make_file(path, &lock, e);
    if (code == ERR_OK && lock >= 0)
        code = take_lock(lock, true, path, e);
    if (code != ERR_OK) {
        close_lock(lock);
        return code;
    }
    code = open_handle(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &s, e);
    if (code == ERR_OK) {
        s->lock_fd = lock;
        code = set_page_size(s, e);
        if (code == ERR_OK)
            code = configure(s, true, e);
    } else {
        close_lock(lock);
    }
    (void)sqlite3_snprintf(sizeof pragma, pragma,
                           "PRAGMA application_id=%d; PRAGMA user_version=%d;",
                           STORE_APPLICATION_ID, STORE_SCHEMA_VERSION);
    if (code == ERR_OK)
        code = store_begin(s, e);
    if (code == ERR_OK)
        code = store_exec(s, pragma, e);
    if (code == ERR_OK)
        code = store_exec(s, (const char *)schema_evidence_sql, e);
    if (code == ERR_OK)
        code = store_exec(s, (const char *)schema_settings_sql, e);
    if (code == ERR_OK)
        code = store_exec(s, (const char *)schema_results_sql, e);
    if (code == ERR_OK)
        code = store_exec(s, (const char *)schema_effect_sql, e);
    if (code == ERR_OK)
        code = store_exec(s, (const char *)schema_people_sql, e);
    if (code == ERR_OK)
        code = store_exec(s, (const char *)schema_work_sql, e);
    if (code == ERR_OK)
        code = store_exec(s, (const char *)schema_context_sql, e);
    if (code == ERR_OK)
        code = store_exec(s, (const char *)schema_trend_sql, e);
    if (code == ERR_OK)
        code = store_commit(s, e);
    if (code != ERR_OK) {
        err_wrap(e, "making snapshot '%s'", path);
        store_close(s);
        if (!str_eq(path, ":memory:"))
            (void)unlink(path);
        return code;
    }
    *out = s;
    return ERR_OK;
}

/* Each row turns schema version `from` into the next, in one transaction with its version bump. The
 * first version is made whole by store_create(). `sql` comes before `tables`. */
static const struct {
    int64_t from;
    const char *sql;
    const unsigned char *tables;
} migrations[] = {
    {2,
     "ALTER TABLE evaluation ADD COLUMN profile_json TEXT;"
     "ALTER TABLE evaluation ADD COLUMN baseline_json TEXT;"
     "ALTER TABLE rule ADD COLUMN overrides_json TEXT;"
     "ALTER TABLE resource_result ADD COLUMN note TEXT;"
     "ALTER TABLE resource_result ADD COLUMN baseline TEXT;",
     schema_context_sql},
    {3,
     "CREATE TABLE ca_reach(policy_id TEXT PRIMARY KEY, reached INTEGER NOT NULL, possibly INTEGER "
     "NOT NULL, excluded INTEGER NOT NULL) STRICT, WITHOUT ROWID;",
     (const unsigned char *)""},
    {4, "ALTER TABLE user_protection_row ADD COLUMN effect_id INTEGER;", schema_effect_sql},
    {5,
     "CREATE TABLE IF NOT EXISTS delta_token(resource TEXT PRIMARY KEY, link TEXT NOT NULL, "
     "request "
     "TEXT NOT NULL, taken_at TEXT NOT NULL, full_at TEXT NOT NULL) STRICT, WITHOUT ROWID;",
     schema_trend_sql},
    {6, "", schema_settings_sql},
    {7, "", schema_people_sql},
};

static enum err_code migrate(struct store *s, int64_t from, struct err *e)
{
    for (size_t i = 0; i < COUNT_OF(migrations); i++) {
        char pragma[64];
        enum err_code code;

        if (migrations[i].from < from)
            continue;
        (void)sqlite3_snprintf(sizeof pragma, pragma, "PRAGMA user_version=%lld;",
                               (long long)migrations[i].from + 1);
        code = store_begin(s, e);
        if (code == ERR_OK)
            code = store_exec(s, migrations[i].sql, e);
        if (code == ERR_OK)
            code = store_exec(s, (const char *)migrations[i].tables, e);
        if (code == ERR_OK)
            code = store_exec(s, pragma, e);
        if (code == ERR_OK)
            code = store_commit(s, e);
        if (code != ERR_OK) {
            store_rollback(s);
            return err_wrap(e, "migrating '%s' from schema %lld", s->path,
                            (long long)migrations[i].from);
        }
    }
    return ERR_OK;
}

static enum err_code check_schema(struct store *s, bool writable, bool is_alone, struct err *e)
{
    int64_t app = 0;
    int64_t version = 0;
    struct err why = ERR_INIT;

    if (store_int(s, "PRAGMA application_id", &app, &why) != ERR_OK ||
        store_int(s, "PRAGMA user_version", &version, &why) != ERR_OK)
        return err_set(e, ERR_USAGE, "'%s' is not a graphaudit snapshot (%s)", s->path, why.msg);
    if (app != STORE_APPLICATION_ID)
        return err_set(e, ERR_USAGE, "'%s' is not a graphaudit snapshot", s->path);
    if (version > STORE_SCHEMA_VERSION)
        return err_set(e, ERR_USAGE,
                       "'%s' was made by a newer graphaudit (schema %lld, this one knows %d)",
                       s->path, (long long)version, STORE_SCHEMA_VERSION);
    if (version < 1)
        return err_set(e, ERR_USAGE, "'%s' has no schema: the run that made it was killed at once",
                       s->path);
    if (version < STORE_OLDEST_SCHEMA)
        return err_set(e, ERR_USAGE,
                       "'%s' was made by an earlier graphaudit (schema %lld, this one reads %d): "
                       "collect it again",
                       s->path, (long long)version, STORE_OLDEST_SCHEMA);
    if (is_alone && version != STORE_SCHEMA_VERSION)
        return err_set(e, ERR_USAGE,
                       "'%s' was begun with schema %lld, this graphaudit writes %d: start anew",
                       s->path, (long long)version, STORE_SCHEMA_VERSION);
    return writable ? migrate(s, version, e) : ERR_OK;
}

static enum err_code open_store(const char *path, bool writable, bool is_alone, struct store **out,
                                struct err *e)
{
    struct store *s = NULL;
    enum err_code code = ERR_OK;
    int lock = -1;

    if (access(path, R_OK) != 0)
        return err_set(e, ERR_USAGE, "cannot read snapshot '%s': %s", path, strerror(errno));
    if (writable && access(path, W_OK) != 0)
        return err_set(e, ERR_USAGE, "cannot write snapshot '%s': %s", path, strerror(errno));
    if (writable)
        code = open_lock(path, is_alone, &lock, e);
    if (code == ERR_OK)
        code = open_handle(path, writable ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY, &s, e);
    if (s == NULL) {
        close_lock(lock);
        return code;
    }
    s->lock_fd = lock;
    code = check_schema(s, writable, is_alone, e);
    if (code == ERR_OK)
        code = configure(s, writable, e);
    if (code != ERR_OK) {
        store_close(s);
        return code;
    }
    s->writable = writable;
    *out = s;
    return ERR_OK;
}

enum err_code store_open(const char *path, bool writable, struct store **out, struct err *e)
{
    return open_store(path, writable, false, out, e);
}

enum err_code store_open_alone(const char *path, struct store **out, struct err *e)
{
    return open_store(path, true, true, out, e);
}

enum err_code store_copy(struct store *s, const char *to, struct err *e)
{
    sqlite3 *h = NULL;
    sqlite3_backup *b;
    int fd = -1;
    enum err_code code = make_file(to, &fd, e);
    int rc;

    if (code != ERR_OK)
        return code;
    close_lock(fd);
    rc = sqlite3_open_v2(to, &h, SQLITE_OPEN_READWRITE, NULL);
    b = rc == SQLITE_OK ? sqlite3_backup_init(h, "main", s->h, "main") : NULL;
    if (b != NULL) {
        (void)sqlite3_backup_step(b, -1); /* finish repeats its error */
        rc = sqlite3_backup_finish(b);
    } else if (rc == SQLITE_OK) {
        rc = sqlite3_errcode(h);
    }
    if (rc != SQLITE_OK) {
        code = err_set(e, ERR_IO, "copying '%s' to '%s': %s", s->path, to, sqlite3_errstr(rc));
        (void)unlink(to);
    }
    (void)sqlite3_close_v2(h);
    return code;
}

enum err_code store_flatten(struct store *s, struct err *e)
{
    enum err_code code;

    if (s->is_file)
        BUG("a snapshot file keeps its schema");
    code = store_begin(s, e);
    if (code == ERR_OK)
        code = store_exec(s, (const char *)schema_flat_sql, e);
    if (code == ERR_OK)
        code = store_commit(s, e);
    if (code != ERR_OK)
        store_rollback(s);
    return code;
}

static void release(struct store *s, bool is_folded)
{
    for (size_t i = 0; i < s->cached_n; i++)
        stmt_free(s->cached[i].st);
    free(s->cached);
    if (s->h != NULL) {
        struct err ignored = ERR_INIT; /* documented: only the folding of the log is at stake */

        store_rollback(s);
        if (!is_folded)
            (void)sqlite3_db_config(s->h, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        else if (s->is_file && sqlite3_db_readonly(s->h, "main") == 0)
            (void)store_exec(s, "PRAGMA journal_mode=DELETE", &ignored);
        (void)sqlite3_close_v2(s->h);
    }
    close_lock(s->lock_fd);
    free(s->path);
    free(s);
}

void store_close(struct store *s)
{
    if (s != NULL)
        release(s, true);
}

void store_discard(struct store *s)
{
    static const char *const parts[] = {"", "-wal", "-shm"};
    char *path[COUNT_OF(parts)];

    if (s == NULL)
        return;
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        path[i] = s->is_file ? xasprintf("%s%s", s->path, parts[i]) : NULL;
    release(s, false);
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        if (path[i] != NULL)
            (void)unlink(path[i]);
        free(path[i]);
    }
}

const char *store_path(const struct store *s)
{
    return s->path;
}

struct sqlite3 *store_handle(struct store *s)
{
    return s->h;
}

enum err_code store_begin(struct store *s, struct err *e)
{
    return store_exec(s, "BEGIN IMMEDIATE", e);
}

enum err_code store_commit(struct store *s, struct err *e)
{
    return store_exec(s, "COMMIT", e);
}

void store_rollback(struct store *s)
{
    if (sqlite3_get_autocommit(s->h) == 0)
        (void)sqlite3_exec(s->h, "ROLLBACK", NULL, NULL, NULL);
}

enum err_code(store_error)(struct store *s, int rc, struct err *e)
{
    bool full = (rc & 0xFF) == SQLITE_FULL || (rc & 0xFF) == SQLITE_IOERR;

    return err_set(e, full ? ERR_IO : ERR_STORE, "snapshot '%s': %s", s->path,
                   sqlite3_errmsg(s->h));
}

enum err_code store_exec(struct store *s, const char *sql, struct err *e)
{
    int rc = sqlite3_exec(s->h, sql, NULL, NULL, NULL);

    return rc == SQLITE_OK ? ERR_OK : store_error(s, rc, e);
}
