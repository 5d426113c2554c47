/* graph/smtp_resolve.h - addresses of a host, in bounded time (c-ares; /etc/hosts counts). */
#ifndef GRAPH_SMTP_RESOLVE_H
#define GRAPH_SMTP_RESOLVE_H
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct clock_src;

struct smtp_address {
    struct sockaddr_storage sa; /* with the port */
    socklen_t len;
};

/* At most LIMIT_SMTP_ADDRESSES, in the system's order of preference. ERR_NET: no such host;
 * ERR_DEADLINE at `end_ms` (monotonic). */
enum err_code smtp_resolve(const char *host, unsigned port, const struct clock_src *clock,
                           int64_t end_ms, struct smtp_address *out, size_t *n, struct err *e);

#endif
