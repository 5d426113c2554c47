/* redact_internal.h - shared by redact.c, redact_learn.c and redact_text.c only. */
#ifndef REPORTS_REDACT_INTERNAL_H
#define REPORTS_REDACT_INTERNAL_H
#include "base/digest.h"
#include "model/store.h"
#include "redact_names.h"
#include "reports/redact.h"

#include <stdint.h>

enum { REDACT_TOKEN_BYTES = 6, REDACT_TOKEN_HEX = 2 * REDACT_TOKEN_BYTES };

/* What a text is. 0 would be: it stays. */
enum redact_what {
    REDACT_KEEP,
    REDACT_FREE,   /* sentences, JSON, whatever */
    REDACT_NAME,   /* may be somebody's name as a whole, also one of common words */
    REDACT_PERSON, /* is somebody */
    REDACT_ID      /* a resource's id: no sentence, and ids look like secrets */
};

struct redact_token {
    unsigned char hex[REDACT_TOKEN_BYTES];
};

struct redact {
    unsigned kinds;
    bool has_key;
    struct hmac *people; /* of object ids */
    struct hmac *values; /* of everything else */
    struct names names;
    struct redact_token *tokens; /* of persons */
    size_t person_count;
    struct store_filter filter;
    struct store *store; /* that it is applied to; borrowed */
};

/* redact_text.c. True: `out` has what stands for `text`. */
bool redact_any(struct redact *r, enum redact_what what, const char *text, struct buf *out);
/* "person-0123456789ab", of a text that was made comparable. */
void redact_add_token(struct redact *r, const char *word, const char *value, size_t n,
                      struct buf *out);
struct redact_token redact_token_of(struct hmac *h, const char *word, const char *value, size_t n);

#endif
