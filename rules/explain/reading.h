/* rules/explain/reading.h - one log while it is read: its text, and what was found where. */
#ifndef RULES_EXPLAIN_READING_H
#define RULES_EXPLAIN_READING_H
#include "base/buf.h"
#include "signs.h"
#include "squeeze.h"

/* A known text. Offsets are in `text`. */
struct hit {
    const struct needle *what;
    const struct provider *provider; /* whose answer it probably is; NULL: not known */
    struct squeezed_code code;
    size_t q, q_end; /* in the squeezed text */
    size_t from;     /* where its reply code starts, else where the text starts */
    size_t start, end;
    bool is_dropped; /* another hit says the same, better */
    bool is_carried;
    bool is_strange; /* "Authentication unsuccessful" with a reason nobody knows: no answer of ours
                      */
    bool is_cut;
    const struct smtp_reply *reply; /* what->reply, or what a cut text can only have been */
    const struct smtp_reply *candidates[EXPLAIN_CANDIDATES];
    size_t candidate_count;
};

struct mark {
    const struct provider *provider;
    size_t at; /* in `text` */
};

struct reading {
    struct buf text; /* readable, without secrets */
    struct squeezed squeezed;
    struct signs signs;
    struct hit *hits; /* by place */
    size_t hit_count;
    struct mark *marks; /* by place */
    size_t mark_count;
    struct strlist accounts; /* from AUTH exchanges */
};

/* Fills text, squeezed, signs, hits and marks. Release also after a failure. */
void reading_make(const char *bytes, size_t n, struct reading *r);
void reading_release(struct reading *r);

/* End of the logical line that `at` (at most the text's length) is on: a break, the text's end, or
 * 4096 bytes further, so that a log without line ends costs no more than others. */
size_t reading_line_end(const struct reading *r, size_t at);
/* Whose server the answer between `from` and its line's end came from: a mark in the answer, else
 * the last one before it. NULL: nothing says. */
const struct provider *reading_provider(const struct reading *r, size_t from);

/* An error answer that no hit explains. */
struct stranger {
    size_t at, end;
    int code; /* 0: an enhanced code alone */
    unsigned part[3];
};
typedef void stranger_fn(void *ctx, const struct stranger *s);
void reading_strangers(const struct reading *r, stranger_fn *fn, void *ctx);

/* The tail "[host time id]" in [from, end) of the text, if there is one. */
void support_find(const struct buf *text, size_t from, size_t end, struct explain_support *out);
/* Where that tail begins, or `end`. */
size_t support_start(const struct buf *text, size_t from, size_t end);

/* Mail addresses in the text, the likeliest mailbox first, lower case, at most 16. */
void addresses_find(const struct buf *text, const struct strlist *accounts, struct strlist *out);

#endif
