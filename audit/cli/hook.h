/* hook.h - runs somebody else's program and waits for it, for a bounded time. */
#ifndef CLI_HOOK_H
#define CLI_HOOK_H
#include "base/err.h"

#include <stddef.h>

struct clock_src;

struct hook_variable {
    const char *name, *value; /* value NULL: left out */
};

/* Runs `program` (a path, or a name in PATH) without a shell and without arguments, in a process
 * group of its own. It gets the environment without what is secret in it, and `vars`; standard
 * input is the file `input`; what it writes goes to standard error, since standard output may be a
 * report; no other file is open. *status: its exit code, or 128 + the signal that ended it. ERR_IO:
 * it cannot be run; ERR_DEADLINE: it was ended after LIMIT_HOOK_MS; ERR_INTERRUPTED: we were told
 * to stop. */
enum err_code hook_run(const char *program, const struct hook_variable *vars, size_t n,
                       const char *input, const struct clock_src *clock, int *status,
                       struct err *e);

#endif
