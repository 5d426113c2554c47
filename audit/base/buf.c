#include "base/buf.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* So that p is a string before anything was allocated; never written to. */
static char slop[1];

void buf_init(struct buf *b, size_t max)
{
    b->p = slop;
    b->n = 0;
    b->cap = 0;
    b->max = max;
    b->failed = false;
}

void buf_release(struct buf *b)
{
    if (b->p != slop)
        free(b->p);
    buf_init(b, b->max);
}

void buf_clear(struct buf *b)
{
    b->n = 0;
    b->failed = false;
    if (b->cap > 0)
        b->p[0] = '\0';
}

void buf_add(struct buf *b, const void *bytes, size_t n)
{
    if (b->p == NULL)
        buf_init(b, b->max);
    if (b->failed || n == 0)
        return;
    if (n > b->max - b->n) {
        b->failed = true;
        return;
    }
    if (b->n + n + 1 > b->cap) {
        size_t cap = b->cap > 0 ? b->cap : 128;

        while (cap < b->n + n + 1)
            cap += cap / 2;
        b->p = xreallocarray(b->cap > 0 ? b->p : NULL, cap, 1);
        b->cap = cap;
    }
    memcpy(b->p + b->n, bytes, n);
    b->n += n;
    b->p[b->n] = '\0';
}

void buf_adds(struct buf *b, const char *s)
{
    buf_add(b, s, strlen(s));
}

void buf_addc(struct buf *b, char c)
{
    buf_add(b, &c, 1);
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
    char small[256];
    char *big = NULL;
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(small, sizeof small, fmt, ap);
    va_end(ap);
    if (n >= 0 && (size_t)n < sizeof small) {
        buf_add(b, small, (size_t)n);
        return;
    }
    va_start(ap, fmt);
    n = vasprintf(&big, fmt, ap);
    va_end(ap);
    if (n < 0)
        b->failed = true;
    else
        buf_add(b, big, (size_t)n);
    free(big);
}

char *buf_take(struct buf *b)
{
    char *s = b->cap > 0 ? b->p : xstrdup("");

    buf_init(b, b->max);
    return s;
}
