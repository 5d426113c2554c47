#include "archive.h"

#include "base/fsx.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/strs.h"
#include "base/timex.h"
#include "model/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX "graphaudit_"
#define SUFFIX ".db"
#define STAMP                                                                                      \
    "dddddddd"                                                                                     \
    "T"                                                                                            \
    "dddddd"                                                                                       \
    "Z" /* d: a digit */

char *archive_path(const char *folder, const char *tenant, int64_t now_ms)
{
    char text[TIME_TEXT_BYTES];
    char stamp[TIME_TEXT_BYTES];
    char *lower = str_lower(tenant);
    size_t n = 0;
    char *path;

    for (const char *p = time_format(now_ms, text); *p != '\0'; p++)
        if (*p != '-' && *p != ':')
            stamp[n++] = *p;
    stamp[n] = '\0';
    path = xasprintf("%s/" PREFIX "%s_%s" SUFFIX, folder, lower, stamp);
    free(lower);
    return path;
}

static bool is_stamp(const char *s)
{
    const char *shape = STAMP;

    for (; *shape != '\0'; shape++, s++)
        if (*shape == 'd' ? *s < '0' || *s > '9' : *s != *shape)
            return false;
    return str_eq(s, SUFFIX);
}

bool archive_is_name(const char *name, const char *tenant)
{
    size_t n = strlen(tenant);
    char *head;
    bool ok;

    if (!str_starts(name, PREFIX) || strlen(name) < strlen(PREFIX) + n + 1)
        return false;
    name += strlen(PREFIX);
    head = xstrndup(name, n);
    ok = str_ieq(head, tenant) && name[n] == '_' && is_stamp(name + n + 1);
    free(head);
    return ok;
}

enum state { NOT_OURS, UNFINISHED, WHOLE, EVALUATED };

static enum state state_of(const char *path)
{
    struct stat st;
    struct store *s = NULL;
    struct err e = ERR_INIT; /* what cannot be read is not ours: that is the answer */
    char *sealed = NULL, *as_of = NULL;
    enum state state = NOT_OURS;

    if (lstat(path, &st) != 0 || !S_ISREG(st.st_mode))
        return NOT_OURS;
    if (store_open(path, false, &s, &e) == ERR_OK &&
        store_text(s, "SELECT sealed_at FROM snapshot", &sealed, &e) == ERR_OK &&
        store_text(s, "SELECT as_of FROM evaluation", &as_of, &e) == ERR_OK)
        state = sealed == NULL ? UNFINISHED : as_of == NULL ? WHOLE : EVALUATED;
    free(sealed);
    free(as_of);
    store_close(s);
    return state;
}

/* Sorted: the stamp makes the order of names that of time. */
static enum err_code list(const char *folder, const char *tenant, struct strlist *out,
                          struct err *e)
{
    struct strlist all = {0};

    if (dir_list(folder, SUFFIX, &all, e) == ERR_OK)
        for (size_t i = 0; i < all.n; i++)
            if (archive_is_name(all.v[i], tenant))
                strlist_add(out, all.v[i]);
    strlist_release(&all);
    return e->code;
}

enum err_code archive_latest(const char *folder, const char *tenant, char **out, struct err *e)
{
    struct strlist names = {0};

    *out = NULL;
    if (list(folder, tenant, &names, e) == ERR_OK)
        for (size_t i = names.n; *out == NULL && i > 0; i--) {
            char *path = xasprintf("%s/%s", folder, names.v[i - 1]);

            if (state_of(path) == EVALUATED)
                *out = path;
            else
                free(path);
        }
    strlist_release(&names);
    return e->code;
}

/* The log of a killed run lies beside its file, and is of no use without it. */
static bool remove_one(const char *path, const struct log *log)
{
    static const char *const beside[] = {"-wal", "-shm"};

    if (unlink(path) != 0) {
        log_line(log, LOG_WARNING, "cannot remove the old snapshot %s: %s", path, strerror(errno));
        return false;
    }
    for (size_t i = 0; i < COUNT_OF(beside); i++) {
        char *name = xasprintf("%s%s", path, beside[i]);

        (void)unlink(name);
        free(name);
    }
    log_line(log, LOG_DEBUG, "removed the old snapshot %s", path);
    return true;
}

enum err_code archive_prune(const char *folder, const char *tenant, size_t keep,
                            const struct log *log, size_t *removed, struct err *e)
{
    struct strlist names = {0};
    size_t whole = 0;

    *removed = 0;
    if (list(folder, tenant, &names, e) == ERR_OK)
        for (size_t i = names.n; i > 0; i--) {
            char *path = xasprintf("%s/%s", folder, names.v[i - 1]);
            enum state state = state_of(path);

            if (state != NOT_OURS && whole >= keep)
                *removed += remove_one(path, log) ? 1 : 0;
            else if (state == WHOLE || state == EVALUATED)
                whole++;
            free(path);
        }
    strlist_release(&names);
    return e->code;
}
