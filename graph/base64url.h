/* graph/base64url.h - RFC 4648 section 5 without padding, as JWTs use it. */
#ifndef GRAPH_BASE64URL_H
#define GRAPH_BASE64URL_H
#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

/* Appends the encoding of `n` bytes. */
void base64url_add(struct buf *b, const void *bytes, size_t n);
/* Appends the decoded bytes. False: not base64url (padding counts as wrong). */
bool base64url_decode(struct buf *b, const char *s, size_t n);

#endif
