/* rules/explain/unwrap.h - what mail programs, loggers and web pages wrapped around a reply,
 * undone.
 *
 * UTF-16, terminal colours, base64 bodies, quoted-printable, HTML entities, backslash escapes
 * (JSON, Python, C, syslog's #012) and percent escapes. Two bytes stand for what they left behind,
 * so that line numbers stay those of the input: */
#ifndef RULES_EXPLAIN_UNWRAP_H
#define RULES_EXPLAIN_UNWRAP_H
#include "base/buf.h"

enum {
    UNWRAP_BREAK = '\r',  /* a line break that is no line of the input: an escaped \n, a <br> */
    UNWRAP_JOIN = '\x1f', /* a line of the input ended here, but the text goes on */
};

/* Appends the readable text of `n` bytes, which may be anything. Never longer than the input. */
void unwrap_text(const char *bytes, size_t n, struct buf *out);

/* Decodes RFC 4648 base64 (padding optional) and appends. False, with nothing appended: it is none.
 */
bool unwrap_base64(const char *s, size_t n, struct buf *out);

#endif
