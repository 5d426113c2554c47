/* main.c - find the command, parse its options, run it. */
#include "base/fsx.h"
#include "base/stop.h"
#include "commands.h"
#include "context.h"
#include "exitcode.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

static int unknown_command(struct context *c, const char *name)
{
    struct err e = ERR_INIT;
    const char *near = NULL;
    unsigned best = 4;

    for (size_t i = 0; i < command_count(); i++) {
        unsigned d = str_distance(name, command_at(i)->name);

        if (d < best) {
            best = d;
            near = command_at(i)->name;
        }
    }
    if (near != NULL)
        err_set(&e, ERR_USAGE, "unknown command '%s': did you mean '%s'?", name, near);
    else
        err_set(&e, ERR_USAGE, "unknown command '%s': see 'graphaudit help'", name);
    return context_fail(c, &e);
}

static const struct command *pick(int argc, char *const argv[], int *first)
{
    *first = 2;
    if (argc < 2 || str_eq(argv[1], "--help") || str_eq(argv[1], "-h"))
        return command_find("help");
    if (str_eq(argv[1], "--version") || str_eq(argv[1], "-V"))
        return command_find("version");
    return command_find(argv[1]);
}

int main(int argc, char *argv[])
{
    struct context c;
    struct err e = ERR_INIT;
    int first;
    int rc;

    memset(&c, 0, sizeof c);
    c.program = argv[0];
    c.log.f = stderr;
    c.log.level = LOG_INFO;
    (void)prctl(PR_SET_DUMPABLE, 0); /* tokens and keys live in memory: no core file, no ptrace */
    (void)signal(SIGPIPE, SIG_IGN);
    stop_install();
    c.command = pick(argc, argv, &first);
    if (c.command == NULL)
        return unknown_command(&c, argv[1]);
    if (options_parse(argc, argv, first, c.command->bit, &c.opt, &e) != ERR_OK ||
        context_init(&c, &e) != ERR_OK) {
        rc = context_fail(&c, &e);
    } else if (c.opt.help) {
        help_command(c.command);
        rc = EXIT_CODE_PASSED;
    } else {
        rc = c.command->run(&c);
        if (c.opt.exit_zero)
            rc = exit_code_zeroed(rc);
    }
    outfile_abort_all();
    options_release(&c.opt);
    if (fflush(stdout) != 0 && rc == EXIT_CODE_PASSED)
        rc = EXIT_CODE_INTERNAL;
    return rc;
}
