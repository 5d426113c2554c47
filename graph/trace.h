/* graph/trace.h - what the transport tells the trace (private to graph/). See graph/http_trace.h.
 *
 * Every function takes a NULL trace, and does nothing then. */
#ifndef GRAPH_TRACE_H
#define GRAPH_TRACE_H
#include "base/buf.h"
#include "graph/http_trace.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct trace_request {
    const char *target;   /* login|graph|exchange */
    const char *resource; /* what it is for; may be NULL */
    unsigned attempt;     /* from 1; 0: unsaid */
    const char *method, *url;
    const char *const *headers; /* "Name: value" */
    size_t header_count;
    bool is_authorized; /* there is a token with it */
    size_t body_len;
};
/* Its number, for the end of the exchange. */
uint64_t trace_request(struct http_trace *t, const struct trace_request *r);

struct trace_header {
    const char *name, *value;
};
struct trace_reply {
    uint64_t n;
    const char *result;  /* err_code_name() */
    const char *trouble; /* "" when there is none */
    long status, http_version;
    const char *remote; /* address, ours or the proxy's; may be NULL */
    long connections;   /* opened for it: 0 is one that was there already */
    /* Microseconds from the start; 0: did not come to it. */
    int64_t dns_us, connect_us, tls_us, first_byte_us, total_us;
    int64_t wire_bytes; /* of the body as it came, compressed */
    const char *body;   /* looked into for an error code, never written */
    size_t body_len;
    /* Asks for one header of the reply; NULL when absent. */
    const char *(*header)(void *ctx, const char *name);
    void *ctx;
};
void trace_reply(struct http_trace *t, const struct trace_reply *r);
void trace_cancelled(struct http_trace *t, uint64_t n);

/* ---- what may be seen: exported for its tests ---- */

/* Appends `url` with user information and the values of unlisted parameters replaced. */
void trace_add_url(struct buf *b, const char *url);
/* Appends a stranger's text: printable ASCII, cut, long runs replaced. */
void trace_add_value(struct buf *b, const char *text, size_t n);
/* The names of the reply headers that are written. */
const char *trace_reply_header_at(size_t i); /* NULL past the end */

#endif
