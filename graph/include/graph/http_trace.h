/* graph/http_trace.h - a file that tells what was asked over HTTP and what came back.
 *
 * JSON lines, two for each exchange, tied together by "n": "request" when it is sent, "reply" when
 * it ended ("cancelled" when we gave up). For people who look into throttling, proxies, or a
 * support case: method, URL, status, ids, times, sizes, and the headers that explain them.
 *
 * What is written is chosen by allow-list: names of headers, names of query parameters whose value
 * is shown. Bodies are never written, only their size and, of an error, the service's code. What is
 * shown is cut, and what looks like a token (a long run without a break) is replaced, so that a
 * token that a stranger puts where none belongs does not end up here either. */
#ifndef GRAPH_HTTP_TRACE_H
#define GRAPH_HTTP_TRACE_H
#include "base/err.h"

struct http_trace; /* opaque */

/* Creates or empties the file, mode 0600. ERR_USAGE when it cannot be written, or is a symbolic
 * link, or somebody else's. */
enum err_code http_trace_open(const char *path, struct http_trace **out, struct err *e);
/* Frees it. ERR_IO when something could not be written (the run went on), ERR_LIMIT when it grew to
 * its limit. NULL is a no-op. */
enum err_code http_trace_close(struct http_trace *t, struct err *e);

#endif
