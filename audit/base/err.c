#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum err_code(err_set)(struct err *e, enum err_code code, const char *fmt, ...)
{
    va_list ap;
    int n;

    if (e->code != ERR_OK)
        return e->code; /* the first cause is the one worth reading */
    e->code = code;
    va_start(ap, fmt);
    n = vsnprintf(e->msg, sizeof e->msg, fmt, ap);
    va_end(ap);
    if (n >= (int)sizeof e->msg)
        memcpy(e->msg + sizeof e->msg - 4, "...", 4); /* say it was cut */
    return code;
}

enum err_code err_wrap(struct err *e, const char *fmt, ...)
{
    char inner[sizeof e->msg];
    va_list ap;
    int n;

    if (e->code == ERR_OK)
        return ERR_OK;
    memcpy(inner, e->msg, sizeof inner);
    va_start(ap, fmt);
    n = vsnprintf(e->msg, sizeof e->msg, fmt, ap);
    va_end(ap);
    if (n >= 0 && (size_t)n < sizeof e->msg) {
        size_t room = sizeof e->msg - (size_t)n;

        if (snprintf(e->msg + n, room, ": %s", inner) >= (int)room)
            memcpy(e->msg + sizeof e->msg - 4, "...", 4);
    }
    return e->code;
}

void err_clear(struct err *e)
{
    e->code = ERR_OK;
    e->msg[0] = '\0';
}

const char *err_code_name(enum err_code code)
{
    static const char *const names[] = {
        [ERR_OK] = "ok",
        [ERR_USAGE] = "usage",
        [ERR_IO] = "io",
        [ERR_PARSE] = "parse",
        [ERR_NET] = "network",
        [ERR_TLS] = "tls",
        [ERR_AUTH] = "auth",
        [ERR_DENIED] = "denied",
        [ERR_LICENCE] = "licence",
        [ERR_ABSENT] = "absent",
        [ERR_THROTTLED] = "throttled",
        [ERR_LIMIT] = "limit",
        [ERR_DEADLINE] = "deadline",
        [ERR_STORE] = "store",
        [ERR_INTERRUPTED] = "interrupted",
        [ERR_BUG] = "bug",
    };

    return (size_t)code < COUNT_OF(names) ? names[code] : "unknown";
}

void err_bug(const char *file, int line, const char *fmt, ...)
{
    va_list ap;

    fprintf(stderr, "graphaudit: internal error at %s:%d: ", file, line);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    exit(70);
}
