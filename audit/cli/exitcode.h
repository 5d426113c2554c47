/* exitcode.h - what the process says when it ends. Stable; anything else means failure. */
#ifndef CLI_EXITCODE_H
#define CLI_EXITCODE_H
#include "base/err.h"

enum exit_code {
    EXIT_CODE_PASSED = 0,     /* ran to the end, gate passed */
    EXIT_CODE_FINDINGS = 1,   /* ran to the end, findings at or above --fail-on */
    EXIT_CODE_USAGE = 2,      /* usage, configuration, rule file: nothing was contacted */
    EXIT_CODE_INCOMPLETE = 3, /* gate would pass, but something it needs was not evaluated */
    EXIT_CODE_AUTH = 4,       /* could not sign in, or consent missing for everything */
    EXIT_CODE_SERVICE = 5,    /* network, throttling, service: nothing usable; retry makes sense */
    EXIT_CODE_INTERNAL =
        70, /* internal error, a rule could not be run, or an output could not be written */
    EXIT_CODE_INTERRUPTED = 130,
    EXIT_CODE_TERMINATED = 143
};

struct exit_code_info {
    int code;
    const char *meaning;
};
/* All of them, for `help exit-codes` and the tests; ends with a NULL meaning. */
extern const struct exit_code_info exit_codes[];

/* The exit code for an error that ended the run. */
int exit_code_of(enum err_code code);
/* What --exit-zero makes of it: answers about a tenant become 0. */
int exit_code_zeroed(int code);

#endif
