/* graph/client.h - one event loop for all requests of a run (private to graph/).
 *
 * A chain is one collection: a first request and the pages that follow it. Chains run side by side
 * under one concurrency limit; within a chain the pages come in order, one at a time. The client
 * owns tokens, retries, throttling and waiting; its user sees pages and one end.
 *
 * What is retried, with jitter, at most LIMIT_ATTEMPTS times and never past the deadline: 429 (with
 * Retry-After in decimal seconds or as an HTTP date; without one, exponential back-off), 408, 500,
 * 502, 503, 504, connection errors, truncated bodies. 401 once, after renewing the token. 403
 * Authentication_RequestFromNonPremiumTenantOrB2CTenant a few times when `premium_expected`.
 * @odata.nextLink is followed verbatim, and only to the origin (scheme, host, port) and path prefix
 * of the service; a link seen before ends the chain with ERR_LIMIT. Exchange pages are re-POSTed.
 */
#ifndef GRAPH_CLIENT_H
#define GRAPH_CLIENT_H
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct client; /* opaque */
struct clock_src;
struct cloud;
struct credential;
struct http_trace;
struct pack;
struct pack_kind;

/* A GUID, or whatever else a service calls its requests. */
enum { REQUEST_ID_BYTES = 64 };

enum service { SERVICE_GRAPH, SERVICE_EXCHANGE };
enum { SERVICE_COUNT = 2 };

/* Requests of one bucket share a rate: see graph/throttle.h. */
enum bucket {
    BUCKET_DIRECTORY,          /* identity and access: resource units, generous */
    BUCKET_CONDITIONAL_ACCESS, /* 1 request a second per tenant, 429 without Retry-After */
    BUCKET_REPORTS,            /* sign-in logs: 5 requests in 10 s */
    BUCKET_PEOPLE_REPORTS,     /* registrations, last sign-ins: no figure until refused */
    BUCKET_EXCHANGE
};
enum { BUCKET_COUNT = 5 };

/* What a bucket may send: `requests` in `window_ms`, `in_flight` at once (as graph/throttle.h). */
struct throttle_budget;
const struct throttle_budget *client_budget(enum bucket b);

struct client_options {
    const char *tenant, *client_id;
    const struct cloud *cloud;
    const struct credential *credential;
    const char *ca_file, *proxy;
    const char *user_agent;
    unsigned concurrency;
    int64_t deadline_ms; /* monotonic point in time; 0: none */
    const struct clock_src *clock;
    struct http_trace *trace;                    /* NULL: none */
    void (*notice)(void *ctx, const char *text); /* may be NULL */
    void *notice_ctx;
    void (*tick)(void *ctx); /* in every round of the loop; may be NULL */
    void *tick_ctx;
};
enum err_code client_new(const struct client_options *o, struct client **out, struct err *e);
void client_free(struct client *c); /* NULL is a no-op; cancels what is left, without callbacks */

/* Gets a token for the service now (blocking), so that sign-in errors come first and whole. */
enum err_code client_sign_in(struct client *c, enum service s, struct err *e);
/* The token's "roles" (application permissions) and "wids" (directory roles) claims as JSON arrays,
 * borrowed; NULL before sign-in or when the claim is absent. The token is not verified here: it is
 * for explaining, the services judge it. */
const json_t *client_roles(const struct client *c, enum service s);
const json_t *client_wids(const struct client *c, enum service s);
/* The token's tenant (claim tid), under the same terms. */
const char *client_tenant(const struct client *c, enum service s);

struct chain;
/* How a chain stands when it ends, and at each progress call. */
struct chain_end {
    enum err_code code;     /* ERR_OK: every page was read and accepted */
    const char *message;    /* one line with code, text and request-id; "" when OK */
    const char *error_code; /* the service's own error.code, or "" */
    long status;            /* last HTTP status, 0 when there was none */
    uint64_t rows;          /* as counted by on_page */
    uint64_t pages, requests;
    const char *request_id, *client_request_id; /* of the last request; "" when there is none */
};

struct chain_spec {
    enum service service;
    enum bucket bucket;
    const char *name; /* the resource, for messages and ordering */
    int priority;     /* higher starts first */
    /* GRAPH: path below the host with version and query, "/v1.0/users?$top=999". EXCHANGE: NULL. */
    const char *path;
    /* GRAPH: JSON body of an allowed POST (getByIds), or NULL for GET. */
    const char *body;
    /* EXCHANGE: cmdlet, its Parameters object as JSON text ("{}"), and $select list or NULL. */
    const char *cmdlet, *parameters, *select;
    /* A page of this chain to begin with, as an earlier run was told: NULL for the first. It is
     * checked as every link of a reply is; ERR_PARSE when it may not be followed. */
    const char *next_url;
    uint64_t pages_before; /* and how many pages came before it */
    bool eventual;         /* ConsistencyLevel: eventual on every page */
    bool is_singleton;     /* the body is the object itself: no "value" array */
    bool premium_expected; /* the tenant has Entra ID P1 */
    /* One page: the parsed body and its "value" array (NULL for a singleton). Borrowed. Add the
     * rows taken to *rows. An error ends the chain with that error. */
    enum err_code (*on_page)(void *ctx, const json_t *root, const json_t *value, uint64_t *rows,
                             struct err *e);
    /* A long list: its rows come packed, through on_packed instead of on_page. `next` is the link
     * to the next page, NULL on the last one. */
    const struct pack_kind *pack;
    enum err_code (*on_packed)(void *ctx, const struct pack *p, const char *next, uint64_t *rows,
                               struct err *e);
    /* Exactly once. May submit further chains. */
    void (*on_end)(void *ctx, const struct chain_end *end);
    /* State changes for people; may be NULL. state: running|throttled; wait_ms until the next try.
     */
    void (*on_progress)(void *ctx, const struct chain_end *now, const char *state, int64_t wait_ms);
    void *ctx;
};
/* Copies what it needs of `spec`. ERR_BUG when the request guard refuses it (not read-only). */
enum err_code client_submit(struct client *c, const struct chain_spec *spec, struct err *e);

/* What the client did so far, for logs and tests. */
struct client_counters {
    uint64_t requests;       /* sent to Graph and Exchange, every try counted */
    uint64_t token_requests; /* sent to the token endpoint */
    uint64_t retries;        /* tries after the first one of a request */
    uint64_t throttled;      /* replies that asked us to slow down */
    int64_t throttled_ms;    /* the waits that followed them, summed over the chains */
    uint64_t bytes;          /* received, after decompression */
};
struct client_counters client_counters(const struct client *c);

/* Runs until every chain has ended. ERR_INTERRUPTED and ERR_DEADLINE end the open chains with that
 * code (their on_end is called) and are returned. */
enum err_code client_run(struct client *c, struct err *e);

#endif
