/* graph/transport.h - many HTTPS requests on one thread, by libcurl's multi interface.
 *
 * https only, TLS 1.2 or newer, certificates always verified, HTTP/2 and compression where offered,
 * no redirect followed here. Every transfer passes guard_request() first: this is the only place of
 * the program where an HTTP request is started. The callback runs inside transport_step(). */
#ifndef GRAPH_TRANSPORT_H
#define GRAPH_TRANSPORT_H
#include "base/buf.h"
#include "base/err.h"
#include "request_guard.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct transport; /* opaque */
struct http_trace;
struct transfer; /* opaque: one request under way */

struct transport_options {
    const char *ca_file; /* PEM, trusted besides the system's store; NULL: only that */
    const char *proxy;   /* NULL: libcurl's environment rules */
    const char *user_agent;
    unsigned concurrency;     /* most connections to one host */
    struct http_trace *trace; /* outlives the transport; NULL: none */
};

/* ERR_USAGE when the CA file cannot be read or holds no certificate. */
enum err_code transport_new(const struct transport_options *o, struct transport **out,
                            struct err *e);
void transport_free(struct transport *t); /* cancels what is left, without callbacks */

/* How a transfer ended. Borrowed, valid during the callback only. */
struct transfer_reply {
    enum err_code code;  /* ERR_OK: there is a status and a whole body; else ERR_NET, ERR_TLS,
                            ERR_LIMIT (too large), ERR_PARSE (cut off) */
    const char *trouble; /* one line; "" when ERR_OK */
    bool may_retry;      /* meaningful when code is not ERR_OK */
    long status;         /* 0: none arrived */
    const char *body;    /* NUL-terminated */
    size_t body_len;
    struct buf *taken_body; /* the body's: whoever needs it for longer takes what is in it */
    /* Headers, NULL when absent. */
    const char *retry_after, *request_id, *location, *exception_type, *www_authenticate, *date;
    const char *throttle_used, *rate_remaining, *rate_reset; /* see struct throttle_hint */
    const char *challenge; /* the WWW-Authenticate that carries claims */
};

struct transfer_spec {
    enum guard_target target;
    const char *method;         /* "GET" or "POST" */
    const char *url;            /* absolute; copied */
    const char *const *headers; /* "Name: value"; copied */
    size_t header_count;
    const char *bearer; /* copied and wiped; NULL: none */
    const char *body;   /* copied and wiped; NULL: none */
    size_t body_len;
    bool is_secret;     /* the reply is wiped too */
    bool keeps_cookies; /* affinity of Exchange's front door */
    bool needs_fresh;   /* not over a connection that is open already: one of them failed it */
    size_t max_reply_bytes;
    long stall_s; /* give up when nothing arrives for so long */
    const char
        *resource; /* for the trace: what it is for, and which try it is; NULL and 0: unsaid */
    unsigned attempt;
    void (*done)(void *ctx, const struct transfer_reply *r); /* exactly once */
    void *ctx;
};
/* ERR_BUG when the guard refuses, ERR_NET when libcurl does; then `done` is not called. */
enum err_code transport_start(struct transport *t, const struct transfer_spec *spec,
                              struct transfer **out, struct err *e);
/* Stops it without a callback. */
void transport_cancel(struct transport *t, struct transfer *x);

/* Works for at most `wait_ms`, less when something ended. ERR_NET only for libcurl's own failure.
 */
enum err_code transport_step(struct transport *t, int64_t wait_ms, struct err *e);
/* Lets what was started leave without waiting and without ending anything: for callbacks. */
void transport_push(struct transport *t);
/* Ends the wait of transport_step(); for other threads. */
void transport_wake(struct transport *t);
uint64_t transport_bytes(const struct transport *t); /* received, after decompression */

#endif
