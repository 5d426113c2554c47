#include "base/fsx.h"

#include "base/mem.h"
#include "base/strs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Outputs open at the same time: one per report format, with room to spare. */
enum { OPEN_MAX_FILES = 32 };
static char *open_temps[OPEN_MAX_FILES];

enum err_code file_read(const char *path, size_t max, struct buf *out, struct err *e)
{
    char chunk[16384];
    FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    size_t n;
    enum err_code code = ERR_OK;

    buf_init(out, max);
    if (f == NULL)
        return err_set(e, ERR_IO, "cannot read '%s': %s", path, strerror(errno));
    while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
        buf_add(out, chunk, n);
    if (ferror(f))
        code = err_set(e, ERR_IO, "cannot read '%s': %s", path, strerror(errno));
    else if (out->failed)
        code = err_set(e, ERR_LIMIT, "'%s' is larger than %zu bytes", path, max);
    if (f != stdin)
        (void)fclose(f);
    return code;
}

/* systemd hands credentials over in a folder that only the service can enter; where it gives access
 * by ACL, their mode shows the mask as a group's (systemd.exec(5), LoadCredential=). */
static bool is_credential(const char *path)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    size_t n = folder != NULL ? strlen(folder) : 0;

    return n > 1 && *folder == '/' && strncmp(path, folder, n) == 0 && path[n] == '/' &&
           strchr(path + n + 1, '/') == NULL;
}

enum err_code file_check_private(const char *path, struct err *e)
{
    const mode_t others = is_credential(path) ? 007 : 077;
    struct stat st;

    if (stat(path, &st) != 0)
        return err_set(e, ERR_USAGE, "cannot read '%s': %s", path, strerror(errno));
    if ((st.st_mode & others) != 0)
        return err_set(e, ERR_USAGE,
                       "'%s' can be read by others (mode %03o): run chmod 600 on it, as it holds a "
                       "secret",
                       path, (unsigned)(st.st_mode & 0777));
    return ERR_OK;
}

bool file_is_dir(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

enum err_code dir_list(const char *path, const char *suffix, struct strlist *out, struct err *e)
{
    DIR *d = opendir(path);
    const struct dirent *ent;

    if (d == NULL)
        return err_set(e, ERR_IO, "cannot read folder '%s': %s", path, strerror(errno));
    while ((ent = readdir(d)) != NULL)
        if (ent->d_name[0] != '.' && str_ends(ent->d_name, suffix))
            strlist_add(out, ent->d_name);
    (void)closedir(d);
    strlist_sort_unique(out);
    return ERR_OK;
}

static void remember(char *temp, char *instead)
{
    for (size_t i = 0; i < COUNT_OF(open_temps); i++)
        if (open_temps[i] == temp) {
            open_temps[i] = instead;
            return;
        }
}

enum err_code outfile_open(struct outfile *o, const char *path, mode_t mode, struct err *e)
{
    int fd;

    struct stat st;

    memset(o, 0, sizeof *o);
    if (strcmp(path, "-") == 0) {
        o->f = stdout;
        return ERR_OK;
    }
    o->path = xstrdup(path);
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
        /* A device or a pipe is written to; renaming a file over it would take its place. */
        o->f = S_ISDIR(st.st_mode) ? NULL : fopen(path, "we");
        if (o->f != NULL)
            return ERR_OK;
        err_set(e, ERR_IO, "cannot write '%s': %s", path,
                strerror(S_ISDIR(st.st_mode) ? EISDIR : errno));
        outfile_abort(o);
        return e->code;
    }
    o->temp = xasprintf("%s.part-XXXXXX", path);
    fd = mkostemp(o->temp, O_CLOEXEC);
    if (fd < 0 || fchmod(fd, mode) != 0 || (o->f = fdopen(fd, "w")) == NULL) {
        int why = errno;

        if (fd >= 0) {
            (void)close(fd);
            (void)unlink(o->temp);
        }
        free(o->temp);
        o->temp = NULL;
        outfile_abort(o);
        return err_set(e, ERR_IO, "cannot write '%s': %s", path, strerror(why));
    }
    remember(NULL, o->temp);
    return ERR_OK;
}

enum err_code outfile_commit(struct outfile *o, struct err *e)
{
    const char *name = o->path != NULL ? o->path : "standard output";
    bool bad = fflush(o->f) != 0 || ferror(o->f);
    int why = errno;

    if (o->path == NULL) {
        o->f = NULL;
        return bad ? err_set(e, ERR_IO, "cannot write %s: %s", name, strerror(why)) : ERR_OK;
    }
    if (!bad && o->temp != NULL && fsync(fileno(o->f)) != 0 && errno != EINVAL) {
        bad = true;
        why = errno;
    }
    if (fclose(o->f) != 0 && !bad) {
        bad = true;
        why = errno;
    }
    o->f = NULL;
    if (!bad && o->temp != NULL && rename(o->temp, o->path) != 0) {
        bad = true;
        why = errno;
    }
    if (!bad && o->temp != NULL) {
        remember(o->temp, NULL);
        free(o->temp);
        o->temp = NULL;
    }
    if (bad)
        err_set(e, ERR_IO, "cannot write '%s': %s", name, strerror(why));
    outfile_abort(o);
    return bad ? ERR_IO : ERR_OK;
}

void outfile_abort(struct outfile *o)
{
    if (o->f != NULL && o->f != stdout)
        (void)fclose(o->f);
    if (o->temp != NULL) {
        (void)unlink(o->temp);
        remember(o->temp, NULL);
    }
    free(o->temp);
    free(o->path);
    memset(o, 0, sizeof *o);
}

void outfile_abort_all(void)
{
    for (size_t i = 0; i < COUNT_OF(open_temps); i++)
        if (open_temps[i] != NULL)
            (void)unlink(open_temps[i]);
}
