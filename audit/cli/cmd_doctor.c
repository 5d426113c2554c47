/* cmd_doctor.c - look at everything an audit depends on, go on after what fails. */
#include "base/clock.h"
#include "base/mem.h"
#include "base/stop.h"
#include "commands.h"
#include "doctor.h"
#include "exitcode.h"
#include "graph/credential.h"
#include "graph/http_trace.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

PRINTF(1, 0)
static char *format(const char *fmt, va_list ap)
{
    char line[2 * ERR_MSG_BYTES];

    (void)vsnprintf(line, sizeof line, fmt, ap);
    return xstrdup(line);
}

/* `text` is taken over. */
static struct doctor_line *add(struct doctor *d, const char *check, enum doctor_state state,
                               int exit_code, char *text)
{
    struct doctor_line *l;

    d->lines = xreallocarray(d->lines, d->n + 1, sizeof *d->lines);
    l = &d->lines[d->n++];
    memset(l, 0, sizeof *l);
    l->check = check;
    l->state = state;
    l->text = text;
    l->exit_code = exit_code;
    return l;
}

struct doctor_line *doctor_add(struct doctor *d, const char *check, enum doctor_state state,
                               const char *fmt, ...)
{
    va_list ap;
    char *text;

    va_start(ap, fmt);
    text = format(fmt, ap);
    va_end(ap);
    return add(d, check, state, EXIT_CODE_PASSED, text);
}

struct doctor_line *doctor_fail(struct doctor *d, const char *check, int exit_code, const char *fmt,
                                ...)
{
    va_list ap;
    char *text;

    va_start(ap, fmt);
    text = format(fmt, ap);
    va_end(ap);
    return add(d, check, DOCTOR_FAIL, exit_code, text);
}

void doctor_advise(struct doctor_line *l, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    free(l->advice);
    l->advice = format(fmt, ap);
    va_end(ap);
}

void doctor_lose(struct doctor_line *l, const struct strlist *rules)
{
    for (size_t i = 0; i < rules->n; i++)
        strlist_add(&l->lost, rules->v[i]);
}

int64_t doctor_time(const struct doctor *d, int64_t most)
{
    int64_t left = d->until_ms - clock_mono_ms(d->c->clock);

    if (stop_requested() || left <= 0)
        return 0;
    return left < most ? left : most;
}

/* What an audit would run into first: what it looks at before it contacts anybody, then the
 * network, then the sign-in, then what would be missing. */
static int exit_code(const struct doctor *d)
{
    static const int order[] = {EXIT_CODE_USAGE, EXIT_CODE_SERVICE, EXIT_CODE_AUTH,
                                EXIT_CODE_INCOMPLETE};

    if (stop_requested())
        return stop_signal() == SIGTERM ? EXIT_CODE_TERMINATED : EXIT_CODE_INTERRUPTED;
    for (size_t o = 0; o < COUNT_OF(order); o++)
        for (size_t i = 0; i < d->n; i++)
            if (d->lines[i].exit_code == order[o])
                return order[o];
    for (size_t i = 0; i < d->n; i++) /* what was not checked is not fine */
        if (d->lines[i].state == DOCTOR_UNCHECKED)
            return EXIT_CODE_INCOMPLETE;
    return EXIT_CODE_PASSED;
}

static void release(struct doctor *d)
{
    struct err e = ERR_INIT;

    tenant_check_free(d->tenant);
    if (http_trace_close(d->trace, &e) != ERR_OK)
        log_line(&d->c->log, LOG_WARNING, "%s", e.msg);
    credential_free(d->credential);
    cloud_release(&d->cloud);
    needs_release(&d->needs);
    ruleset_free(d->rs);
    for (size_t i = 0; i < d->n; i++) {
        free(d->lines[i].text);
        free(d->lines[i].advice);
        strlist_release(&d->lines[i].lost);
    }
    free(d->lines);
}

int cmd_doctor(struct context *c)
{
    struct doctor d;
    struct err e = ERR_INIT;
    int rc;

    memset(&d, 0, sizeof d);
    d.c = c;
    d.until_ms = clock_mono_ms(c->clock) + c->opt.deadline_ms;
    if (c->opt.arguments.n > 0) {
        err_set(&e, ERR_USAGE, "unexpected argument '%s'", c->opt.arguments.v[0]);
        return context_fail(c, &e);
    }
    doctor_check_local(&d);
    doctor_check_network(&d);
    doctor_check_tenant(&d);
    rc = exit_code(&d);
    if (c->opt.json)
        doctor_print_json(&d, rc);
    else
        doctor_print(&d);
    release(&d);
    return rc;
}
