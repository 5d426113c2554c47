/* graph/token.h - access tokens: one for each service, renewed before they end.
 *
 * How a credential becomes a token is grant.h's matter. Requests run
 * on the client's transport: whoever needs a token asks with tokens_bearer() and waits in its queue
 * until there is one; only one renewal per service is under way. Tokens and what they were got with
 * are wiped after use; no error text holds any of it. */
#ifndef GRAPH_TOKEN_H
#define GRAPH_TOKEN_H
#include "client.h"

#include <jansson.h>

struct prng;
struct tokens; /* opaque */
struct transport;

struct tokens_options {
    const char *tenant, *client_id;
    const struct cloud *cloud;           /* borrowed */
    const struct credential *credential; /* borrowed */
    const struct clock_src *clock;       /* borrowed */
    struct transport *transport;         /* borrowed */
    struct prng *prng;                   /* borrowed */
    void (*notice)(void *ctx, const char *text);
    void *notice_ctx;
};
/* ERR_USAGE when tenant or client id cannot be right. */
enum err_code tokens_new(const struct tokens_options *o, struct tokens **out, struct err *e);
void tokens_free(struct tokens *t); /* NULL is a no-op; wipes */

/* A token that is good for now, borrowed until the next call that may renew it; NULL: wait, or look
 * at tokens_failure(). Starts the first request and each renewal. *generation names the token. */
const char *tokens_bearer(struct tokens *t, enum service s, unsigned *generation);
/* The service answered 401 to this token: the next tokens_bearer() gets another, for the claims
 * that the reply's WWW-Authenticate asks for, if any (`challenge` may be NULL). */
void tokens_refused(struct tokens *t, enum service s, unsigned generation, const char *challenge);
/* NULL while there is hope. */
const struct err *tokens_failure(const struct tokens *t, enum service s);
/* What went wrong with the last try, while another one is to come; else NULL. */
const struct err *tokens_trouble(const struct tokens *t, enum service s);
/* Forgets a failure, so that the next tokens_bearer() tries again. */
void tokens_retry(struct tokens *t, enum service s);
/* Milliseconds until tokens_bearer() should be called again though nothing else happens;
 * INT64_MAX: no need. */
int64_t tokens_wake_ms(const struct tokens *t);

uint64_t tokens_requests(const struct tokens *t); /* sent so far */
/* A claim of the current token; NULL when absent or not an array. */
const json_t *tokens_claim(const struct tokens *t, enum service s, const char *name);
/* The same for one that is a text. */
const char *tokens_claim_text(const struct tokens *t, enum service s, const char *name);

#endif
