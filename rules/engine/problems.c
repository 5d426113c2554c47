#include "problems.h"

#include "base/text.h"
#include "yaml.h"

#include <stdio.h>

enum { PROBLEM_BYTES = 4096 };

static void report(struct problems *p, int line, int column, const char *fmt, va_list ap)
    PRINTF(4, 0);

static void report(struct problems *p, int line, int column, const char *fmt, va_list ap)
{
    char text[PROBLEM_BYTES];
    struct buf safe;

    if (vsnprintf(text, sizeof text, fmt, ap) < 0)
        text[0] = '\0';
    buf_init(&safe, PROBLEM_BYTES * (size_t)10); /* every byte may become \u{XXXX} */
    text_add_safe(&safe, text);
    p->n++;
    if (line > 0)
        err_set(p->e, ERR_USAGE, "%s:%d:%d: %s", p->file, line, column, safe.p);
    else
        err_set(p->e, ERR_USAGE, "%s: %s", p->file, safe.p);
    if (p->fn != NULL)
        p->fn(p->ctx, p->file, line, column, safe.p);
    buf_release(&safe);
}

void problem_at(struct problems *p, int line, int column, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    report(p, line, column, fmt, ap);
    va_end(ap);
}

void problem_node(struct problems *p, const struct yn *at, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    report(p, at->line, at->column, fmt, ap);
    va_end(ap);
}

void problem_key(struct problems *p, const struct yn *at, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    if (at->key != NULL)
        report(p, at->key_line, at->key_column, fmt, ap);
    else
        report(p, at->line, at->column, fmt, ap);
    va_end(ap);
}
