/* context.h - what every command gets: options, messages, time, the terminal. */
#ifndef CLI_CONTEXT_H
#define CLI_CONTEXT_H
#include "base/err.h"
#include "base/log.h"
#include "options.h"

#include <stdbool.h>

struct clock_src;
struct command;

struct context {
    const struct command *command;
    struct options opt;
    struct log log;
    const struct clock_src *clock;
    const char *program; /* argv[0], for finding the data that ships with it */
    bool stdout_is_terminal, stderr_is_terminal;
    bool colour;    /* for stdout */
    unsigned width; /* columns of stdout; 80 when it is no terminal */
};

/* Looks at the terminal and the options; no output. ERR_USAGE for a bad --log-format. */
enum err_code context_init(struct context *c, struct err *e);

/* Prints the error and returns its exit code. */
int context_fail(const struct context *c, const struct err *e);

#endif
