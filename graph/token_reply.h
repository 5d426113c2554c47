/* graph/token_reply.h - what the token endpoint said (RFC 6749 section 5). */
#ifndef GRAPH_TOKEN_REPLY_H
#define GRAPH_TOKEN_REPLY_H
#include "base/err.h"
#include "base/secret.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct transfer_reply;

struct token_reply {
    struct secret bearer; /* set when there is a token */
    int64_t lifetime_ms;
    json_t *claims;     /* payload of the token, NULL when it is no readable JWT */
    bool may_retry;     /* the refusal may pass */
    bool try_other_alg; /* the assertion was not accepted */
};

/* ERR_OK with a token; ERR_AUTH when refused, with code, meaning and advice; ERR_NET, ERR_TLS when
 * there was no answer of the service. `who` is "Microsoft Graph" or "Exchange Online". Caller
 * releases `out` in every case. */
enum err_code token_reply_read(const struct transfer_reply *r, const char *who,
                               struct token_reply *out, struct err *e);
void token_reply_release(struct token_reply *r);

#endif
