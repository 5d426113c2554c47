/* graph/aadsts.h - what the sign-in service's error numbers mean, and what to do.
 *
 * Microsoft says that only the word in "error" may be branched on and that the numbers may change:
 * they are used to explain, and for three decisions that cost one request when wrong (try again
 * later, try the older assertion form). Source: Microsoft Entra "Authentication error codes". */
#ifndef GRAPH_AADSTS_H
#define GRAPH_AADSTS_H
#include <stdbool.h>
#include <stddef.h>

enum aadsts_kind {
    AADSTS_REFUSED,   /* somebody has to change something */
    AADSTS_TRANSIENT, /* try again later */
    AADSTS_ASSERTION  /* the certificate's statement was not accepted: another form may be */
};

struct aadsts {
    unsigned code;
    enum aadsts_kind kind;
    const char *meaning;
    const char *advice; /* what to do, or NULL */
};

/* NULL: not in the table. */
const struct aadsts *aadsts_find(unsigned code);
/* The first "AADSTS<number>" in a text; 0 when there is none. */
unsigned aadsts_in_text(const char *text);
/* For the tests: the table, sorted by code. */
size_t aadsts_count(void);
const struct aadsts *aadsts_at(size_t i);

#endif
