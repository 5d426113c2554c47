/* fleet_history.h - what a fleet tells the history: its list of tenants before it begins, and what
 * became of each. A database that is down costs the history, never an audit: what could not be told
 * is told again later, at the latest at the end. */
#ifndef CLI_FLEET_HISTORY_H
#define CLI_FLEET_HISTORY_H
#include "base/err.h"

struct context;
struct fleet_file;
struct fleet_history;
struct fleet_result;
struct rollup;

/* ERR_USAGE: a --history that can never work. *out is NULL without --history, which all functions
 * below take. `c` and `file` are borrowed until the end. */
enum err_code fleet_history_new(const struct context *c, const struct fleet_file *file,
                                struct fleet_history **out, struct err *e);
void fleet_history_begin(struct fleet_history *h, const char *name, const char *tenant,
                         const char *started);
/* `folder` holds the snapshot of a tenant that was audited. */
void fleet_history_end(struct fleet_history *h, const struct fleet_result *r, const char *folder);
/* Tells what is left to tell, and frees. */
void fleet_history_close(struct fleet_history *h);

/* A round of the history as rows of a report over all tenants; `round` NULL: the one that was
 * listed last. Tenants of the file that it does not have are rows too. */
enum err_code fleet_history_load(const char *where, const char *round,
                                 const struct fleet_file *file, struct rollup *r, struct err *e);

#endif
