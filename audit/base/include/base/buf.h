/* base/buf.h - a growing byte buffer that is born with a maximum and carries its own error.
 *
 * `p` is always a valid NUL-terminated string, even when nothing was added. Once an addition would
 * pass `max`, `failed` is set and everything after it is dropped: check once, at the end. */
#ifndef BASE_BUF_H
#define BASE_BUF_H
#include "base/attrs.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
    char *p;
    size_t n;
    size_t cap;
    size_t max; /* bytes, without the NUL */
    bool failed;
};

/* Caller's storage; allocates nothing until the first addition. */
void buf_init(struct buf *b, size_t max);
void buf_release(struct buf *b); /* fine on a zeroed struct; leaves it empty */
void buf_clear(struct buf *b);   /* keeps the memory, forgets bytes and failure */
void buf_add(struct buf *b, const void *bytes, size_t n);
void buf_adds(struct buf *b, const char *s);
void buf_addc(struct buf *b, char c);
void buf_addf(struct buf *b, const char *fmt, ...) PRINTF(2, 3);
/* Ownership of the string moves to the caller (free()); the buffer is empty again. */
char *buf_take(struct buf *b);

#endif
