/* base/text.h - text that a stranger wrote, made safe to pass on.
 *
 * Display names, policy names, DNS records and server replies reach terminals, CI logs and XML.
 * UTF-8 per RFC 3629; what is not valid becomes U+FFFD. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H
#include "base/buf.h"

#include <stdint.h>

/* Decodes one code point at s[*at], moves *at past it. Invalid bytes give U+FFFD, one byte each. */
uint32_t utf8_next(const char *s, size_t n, size_t *at);
void utf8_add(struct buf *b, uint32_t cp);
bool utf8_valid(const char *s, size_t n);

/* Controls, bidi overrides and isolates, line and paragraph separators, zero-width characters:
 * nothing that may reach a terminal, a log or a reader's eye unmarked. TAB and LF count too. */
bool text_is_hostile(uint32_t cp);

/* Appends `s` for a terminal or a log line: hostile characters become \u{XXXX}, invalid UTF-8
 * U+FFFD; "##vso[", "##[" and a "::" at the start are broken with a backslash, so that no CI
 * runner takes the text for a command (GitHub workflow commands, Azure logging commands). */
void text_add_safe(struct buf *b, const char *s);

/* How many bytes at the start are ASCII and not NUL: one code point each. */
size_t text_plain_run(const char *s, size_t n);
/* Shortens to at most `max` code points, with an ellipsis when cut. Valid UTF-8 in and out. */
void text_add_cut(struct buf *b, const char *s, size_t max);

#endif
