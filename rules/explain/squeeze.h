/* rules/explain/squeeze.h - a log as it is searched: letters and digits only, in lower case.
 *
 * Devices break replies in the middle of words, and loggers put quotes, tags and the reply's own
 * code
 * ("535-") into them. Without all that a known text is found however it was cut. Every byte knows
 * where it came from. A dot stays between two digits, so that codes can be read back. */
#ifndef RULES_EXPLAIN_SQUEEZE_H
#define RULES_EXPLAIN_SQUEEZE_H
#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

struct squeezed {
    struct buf q;  /* a-z 0-9 . */
    struct buf at; /* a uint32_t each: offset in the text it was made from */
};

/* `text` is below 4 GiB. Release also a zeroed one. */
void squeeze_make(const struct buf *text, struct squeezed *out);
void squeeze_release(struct squeezed *s);
/* Offset in the text of squeezed byte i; the text's length past the end. */
size_t squeeze_offset(const struct squeezed *s, size_t i, const struct buf *text);

/* What a text of ours becomes, appended: the same rules without tags and continuations. */
void squeeze_add(struct buf *q, const char *text);

/* The reply code that stands in q just before `at`, RFC 5321 section 4.2.1 and RFC 3463. */
struct squeezed_code {
    int code;         /* 0: none */
    unsigned part[3]; /* the enhanced code; part[0] == 0: none */
    size_t from;      /* where it starts; `at` when there is neither */
};
struct squeezed_code squeeze_code_before(const struct squeezed *s, size_t at);

#endif
