/* rules/explain/signs.h - the texts that are looked for, and an index over all of them. */
#ifndef RULES_EXPLAIN_SIGNS_H
#define RULES_EXPLAIN_SIGNS_H
#include "base/buf.h"
#include "rules/explain.h"

/* Whose server a host name or a marker in a log is. */
struct provider {
    const char *name;
    const char *marks[5]; /* NULL-padded */
    const char *hint; /* what it usually wants when it refuses a sign-in; NULL for Microsoft 365 */
};

struct needle {
    size_t text; /* offset in signs.texts: squeezed, NUL-terminated */
    size_t n;
    const struct smtp_reply *reply;  /* one of these three is set ... */
    const struct explain_sign *sign; /* ... */
    const struct provider *provider; /* ... */
    size_t next;                     /* the next with the same first two bytes; SIZE_MAX: none */
};

enum { SIGN_ALPHABET = 37 };

struct signs {
    struct buf texts;
    struct needle *v; /* longest first */
    size_t n;
    size_t heads[SIGN_ALPHABET * SIGN_ALPHABET];
};

void signs_make(struct signs *s);
void signs_release(struct signs *s);
const char *sign_text(const struct signs *s, const struct needle *n);
/* The longest text that stands at q, which has n bytes left; NULL: none. */
const struct needle *signs_at(const struct signs *s, const char *q, size_t n);

/* The words of "Authentication unsuccessful" are also every longer answer's first two. */
bool sign_is_bare(const struct smtp_reply *r);
/* Words that other servers use too: the reply code has to be there and to agree. */
bool sign_needs_code(const struct smtp_reply *r);
/* Words that other servers use too: who sent them is told by the host names around. */
bool sign_is_shared(const struct smtp_reply *r);
bool provider_is_microsoft(const struct provider *p);

/* The more telling of two findings has the smaller number. */
int sign_rank(const struct explain_finding *f);

#endif
