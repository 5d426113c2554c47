/* graph/reply.h - what one reply of Graph or Exchange means for its chain.
 *
 * Pure: facts in, judgement out. The client acts on it (waits, renews, follows, ends). */
#ifndef GRAPH_REPLY_H
#define GRAPH_REPLY_H
#include "client.h"
#include "odata.h"

#include <stdbool.h>
#include <stdint.h>

struct transfer_reply;

enum reply_next {
    REPLY_PAGE,     /* `page` is good */
    REPLY_RETRY,    /* the same request again, after a wait */
    REPLY_RENEW,    /* again with another token */
    REPLY_REDIRECT, /* again, at the Location */
    REPLY_END       /* no use: `code` and `message` say why */
};

struct reply_facts {
    enum service service;
    bool is_singleton, premium_expected;
    bool renewed;       /* the token was renewed for this request already */
    unsigned failed;    /* tries of this request that went wrong before this one */
    unsigned odd;       /* those of them that are tried again a few times only */
    unsigned redirects; /* followed for this request */
    const char *client_request_id;
    const struct pack_kind *pack;  /* NULL: rows are not packed */
    struct odata_scratch *scratch; /* may be NULL */
};

enum { REPLY_WHAT_BYTES = 768, REPLY_IDS_BYTES = 128 };

struct reply_judgement {
    enum reply_next next;
    enum err_code code; /* what it is if nothing better comes; ERR_OK for a page */
    bool is_throttled;  /* the bucket has to slow down */
    bool is_odd;        /* counts as reply_facts.odd next time */
    long status;
    struct odata_page page;
    struct odata_error error;
    char what[REPLY_WHAT_BYTES]; /* "HTTP 403 Forbidden: text; hint", "" for a page */
    char ids[REPLY_IDS_BYTES];   /* "request-id X, client-request-id Y" */
};

/* Caller releases `out` with reply_judgement_release(). */
void reply_judge(const struct reply_facts *f, const struct transfer_reply *r,
                 struct reply_judgement *out);
void reply_judgement_release(struct reply_judgement *j);

/* "before: what (ids)"; `before` may be ""; `what` NULL is the judgement's own. Always whole: what
 * is too long is cut in the middle, at a character, and the ids stay. Returned for convenience. */
const char *reply_message(const struct reply_judgement *j, const char *before, const char *what,
                          char out[ERR_MSG_BYTES]);

#endif
