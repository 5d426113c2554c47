/* base/mem.h - allocation that never returns NULL.
 *
 * For small, code-sized allocations. When memory runs out: one line on stderr, exit 70. Anything
 * sized by remote data goes through struct buf, which has a limit and says so. */
#ifndef BASE_MEM_H
#define BASE_MEM_H
#include "base/attrs.h"

#include <stdarg.h>
#include <stddef.h>

void *xcalloc(size_t n, size_t size) __attribute__((malloc, returns_nonnull));
/* Array growth with overflow check; `p` may be NULL. */
void *xreallocarray(void *p, size_t n, size_t size) __attribute__((returns_nonnull));
char *xstrdup(const char *s) __attribute__((malloc, returns_nonnull));
char *xstrndup(const char *s, size_t n) __attribute__((malloc, returns_nonnull));
char *xasprintf(const char *fmt, ...) PRINTF(1, 2) __attribute__((malloc, returns_nonnull));

#endif
