/* fleet_process.h - one audit as a process of this very program. */
#ifndef CLI_FLEET_PROCESS_H
#define CLI_FLEET_PROCESS_H
#include "base/err.h"
#include "base/strs.h"

#include <sys/types.h>

/* Runs this program with these arguments (the first is argv[0]); both outputs go to `log`, which
 * stays open here. The process is killed when we are: what it wrote is a valid snapshot, and nobody
 * is in the way of who starts again. What of the environment names outputs is left out. */
enum err_code fleet_spawn(const struct strlist *argv, int log, pid_t *pid, struct err *e);

#endif
