/* fleet_load.h - a fleet's folder as rows of a report over all tenants. */
#ifndef CLI_FLEET_LOAD_H
#define CLI_FLEET_LOAD_H
#include "base/err.h"

#include <stdint.h>

struct rollup;
struct fleet_file;

/* Tenants of the file that have no folder are rows too; `file` NULL: only who has a folder. What
 * cannot be read makes its tenant one that was not audited, with the reason; so does an audit that
 * began before `since_ms` (0: all count). */
enum err_code fleet_load(const char *folder, const struct fleet_file *file, int64_t since_ms,
                         struct rollup *r, struct err *e);

#endif
