#include "context.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/stop.h"
#include "commands.h"
#include "exitcode.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

const struct exit_code_info exit_codes[] = {
    {EXIT_CODE_PASSED, "ran to the end, gate passed"},
    {EXIT_CODE_FINDINGS, "ran to the end, findings at or above --fail-on"},
    {EXIT_CODE_USAGE, "usage, configuration or rule file error; nothing was contacted"},
    {EXIT_CODE_INCOMPLETE,
     "ran, gate would pass, but incomplete: some rule at or above --fail-on was not evaluated"},
    {EXIT_CODE_AUTH, "could not sign in, or consent missing for everything"},
    {EXIT_CODE_SERVICE,
     "network, throttling or service failure: nothing usable (retry makes sense)"},
    {EXIT_CODE_INTERNAL,
     "internal error, a rule that could not be run, or an output that could not be written"},
    {EXIT_CODE_INTERRUPTED, "interrupted (SIGINT); what was collected is kept"},
    {EXIT_CODE_TERMINATED, "terminated (SIGTERM); what was collected is kept"},
    {0, NULL},
};

int exit_code_zeroed(int code)
{
    return code == EXIT_CODE_FINDINGS || code == EXIT_CODE_INCOMPLETE ? EXIT_CODE_PASSED : code;
}

int exit_code_of(enum err_code code)
{
    switch (code) {
    case ERR_OK:
        return EXIT_CODE_PASSED;
    case ERR_USAGE:
    case ERR_PARSE:
        return EXIT_CODE_USAGE;
    case ERR_AUTH:
    case ERR_DENIED:
    case ERR_LICENCE:
        return EXIT_CODE_AUTH;
    case ERR_NET:
    case ERR_TLS:
    case ERR_ABSENT:
    case ERR_THROTTLED:
    case ERR_DEADLINE:
        return EXIT_CODE_SERVICE;
    case ERR_INTERRUPTED:
        return stop_signal() == SIGTERM ? EXIT_CODE_TERMINATED : EXIT_CODE_INTERRUPTED;
    case ERR_IO:
    case ERR_LIMIT:
    case ERR_STORE:
    case ERR_BUG:
        return EXIT_CODE_INTERNAL;
    }
    return EXIT_CODE_INTERNAL;
}

static unsigned terminal_width(void)
{
    struct winsize ws = {0};
    int64_t columns;

    if (str_int(getenv("COLUMNS"), 40, 500, &columns))
        return (unsigned)columns;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col >= 40)
        return ws.ws_col;
    return 80;
}

enum err_code context_init(struct context *c, struct err *e)
{
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");

    c->clock = clock_system();
    c->stdout_is_terminal = isatty(STDOUT_FILENO) == 1;
    c->stderr_is_terminal = isatty(STDERR_FILENO) == 1;
    c->width = terminal_width();
    c->colour = c->stdout_is_terminal && !c->opt.no_color &&
                (no_color == NULL || *no_color == '\0') && !str_eq(term, "dumb");
    c->log.f = stderr;
    c->log.level = c->opt.verbose ? LOG_DEBUG : c->opt.quiet ? LOG_WARNING : LOG_INFO;
    c->log.json = str_eq(c->opt.log_format, "json");
    c->log.component = c->command != NULL ? c->command->name : NULL;
    if (c->log.json)
        guid_random(c->log.run_id);
    if (c->opt.log_format != NULL && !c->log.json && !str_eq(c->opt.log_format, "text"))
        return err_set(e, ERR_USAGE, "--log-format is text or json, not '%s'", c->opt.log_format);
    return ERR_OK;
}

int context_fail(const struct context *c, const struct err *e)
{
    int rc = exit_code_of(e->code);
    const struct log_field fields[] = {{.name = "error", .text = err_code_name(e->code)},
                                       {.name = "exit", .is_number = true, .number = rc}};

    log_event(&c->log, LOG_ERROR, fields, COUNT_OF(fields), "%s", e->msg);
    return rc;
}
