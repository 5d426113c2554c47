/* base/fsx.h - files: read whole with a limit, written whole or not at all. */
#ifndef BASE_FSX_H
#define BASE_FSX_H
#include "base/buf.h"
#include "base/err.h"

#include <stdio.h>
#include <sys/types.h>

/* Reads a whole file. ERR_LIMIT past `max` bytes. The buffer is initialised here; the caller
 * releases it, also after an error. "-" is standard input. */
enum err_code file_read(const char *path, size_t max, struct buf *out, struct err *e);

/* Refuses a secret file that group or others can read (ERR_USAGE with what to do); in
 * $CREDENTIALS_DIRECTORY only others count. */
enum err_code file_check_private(const char *path, struct err *e);

/* Caller frees: directory entries whose name ends in `suffix`, sorted by bytes. */
struct strlist;
enum err_code dir_list(const char *path, const char *suffix, struct strlist *out, struct err *e);
bool file_is_dir(const char *path);

/* An output that appears under its name only when everything was written: a temporary file beside
 * it, flushed, synced, renamed. "-" writes to standard output,
 * and what is no regular file (a pipe, a device) is written to directly. A crashed run never leaves
 * a half report that looks whole. */
struct outfile {
    FILE *f;
    char *path; /* NULL for standard output */
    char *temp; /* NULL when written to directly */
};
enum err_code outfile_open(struct outfile *o, const char *path, mode_t mode, struct err *e);
enum err_code outfile_commit(struct outfile *o, struct err *e);
void outfile_abort(struct outfile *o); /* removes the temporary file; fine after commit */
/* Removes temporary files that are still open: for a signal-driven exit. */
void outfile_abort_all(void);

#endif
