/* graph/grant.h - how a credential becomes a token: one request, or several in a row.
 *
 * A secret, a certificate and a federated token in a file are one request to the token endpoint.
 * GitHub Actions and Azure Pipelines first hand out the token that is exchanged. A managed identity
 * answers by itself; Azure Arc asks for the content of a file first. A device code is asked for,
 * shown, and polled for. token.c sends the requests and waits; nothing here does.
 *
 * Sources: Microsoft identity platform documentation (client credentials, device authorization
 * grant: RFC 8628, workload identity federation); GitHub "OpenID Connect"; Azure DevOps REST
 * "Oidctoken - Create"; "How managed identities for Azure resources work" and "Azure Arc:
 * authenticate against Azure resources". */
#ifndef GRAPH_GRANT_H
#define GRAPH_GRANT_H
#include "assertion.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/strs.h"
#include "request_guard.h"

#include <stdint.h>

struct cloud;
struct credential;
struct token_reply;
struct transfer_reply;

/* What all grants of a run share. */
struct grant_home {
    const struct credential *credential; /* borrowed */
    const struct cloud *cloud;           /* borrowed */
    char *client_id;                     /* NULL: a managed identity of the system */
    char *tenant, *token_url;
    enum assertion_alg alg;
    struct secret refresh;     /* device code: gets the other tokens without asking again */
    const void *asking;        /* the grant that talks to the person; others wait for `refresh` */
    int64_t device_expires_ms; /* time of day */
    void (*notice)(void *ctx, const char *text);
    void *notice_ctx;
};
/* Copies the strings. Reads the cache of refresh tokens, if there is one. ERR_USAGE when the cache
 * can be read by others. */
enum err_code grant_home_open(struct grant_home *h, const char *tenant, const char *client_id,
                              struct err *e);
void grant_home_close(struct grant_home *h);

enum grant_step {
    GRANT_START,
    GRANT_GITHUB,
    GRANT_AZURE_PIPELINES,
    GRANT_TOKEN, /* client credentials */
    GRANT_APP_SERVICE,
    GRANT_ARC,
    GRANT_ARC_ANSWER,
    GRANT_IMDS,
    GRANT_DEVICE_CODE,
    GRANT_DEVICE_POLL,
    GRANT_REFRESH
};
/* One token's way. Zeroed it is at its start. */
struct grant {
    struct grant_home *home;
    const char *who, *resource; /* borrowed */
    enum grant_step step;
    struct secret proof; /* what the next request shows: an OIDC token, Arc's key, a device code */
    enum assertion_alg alg; /* of the request under way */
    int64_t poll_ms;        /* device code */
    char *claims;           /* that a challenge asked for; NULL: none */
};
void grant_release(struct grant *g);

struct grant_request {
    enum guard_target target;
    const char *method;
    char *url;
    struct strlist headers;
    struct secret bearer;
    struct buf body; /* a secret; no body when has_body is false */
    bool has_body;
};
/* The next request. *wait_ms > 0: none yet, ask again then. Caller releases `out` in every case. */
enum err_code grant_next(struct grant *g, struct grant_request *out, int64_t *wait_ms,
                         struct err *e);
void grant_request_release(struct grant_request *r);

enum grant_result {
    GRANT_HAS_TOKEN, /* in `out` */
    GRANT_GOES_ON,   /* another request after *wait_ms */
    GRANT_REFUSED    /* see e; out->may_retry says whether trying from the start makes sense */
};
enum grant_result grant_answer(struct grant *g, const struct transfer_reply *r,
                               struct token_reply *out, int64_t *wait_ms, struct err *e);

#endif
