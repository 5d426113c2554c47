/* archive.h - a folder of dated snapshots, one each run.
 *
 * A snapshot is called graphaudit_TENANT_20261124T030000Z.db: what --tenant says in lower case, and
 * when the run began, UTC. Only regular files of exactly such a name, and that are snapshots, are
 * ever looked at or removed; whatever else is in the folder is somebody else's. */
#ifndef CLI_ARCHIVE_H
#define CLI_ARCHIVE_H
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct log;

/* `tenant`: letters, digits, '.' and '-'. Caller frees. */
char *archive_path(const char *folder, const char *tenant, int64_t now_ms);
/* Whether a file name is one of this tenant's. */
bool archive_is_name(const char *name, const char *tenant);

/* The latest snapshot that is whole and evaluated; *out is NULL when there is none. */
enum err_code archive_latest(const char *folder, const char *tenant, char **out, struct err *e);

/* Removes what is older than the `keep` latest whole snapshots. A snapshot that is not whole does
 * not count, so that a run that failed never pushes a good one out; it goes when it is older than
 * those that are kept. What cannot be read as a snapshot stays. *removed counts. */
enum err_code archive_prune(const char *folder, const char *tenant, size_t keep,
                            const struct log *log, size_t *removed, struct err *e);

#endif
