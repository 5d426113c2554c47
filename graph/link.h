/* graph/link.h - where a reply may lead us: @odata.nextLink and redirects.
 *
 * A link is followed verbatim or not at all. It must have the origin of the service (scheme, host
 * without case, port) and a path below the service's prefix, so that a bearer token never goes to a
 * host that a reply made up. */
#ifndef GRAPH_LINK_H
#define GRAPH_LINK_H
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum link_service { LINK_GRAPH, LINK_EXCHANGE };

/* `origin` is the service's configured one; `also` is the regional host that an allowed redirect
 * led to, or NULL. ERR_PARSE with the reason, ERR_LIMIT when longer than LIMIT_URL_BYTES. */
enum err_code link_check_next(const char *link, enum link_service service, const char *origin,
                              const char *also, struct err *e);

/* A redirect (Location). Exchange's front door may send us to a regional host: followed to the same
 * origin, or to a host below the same cloud's suffix, port 446 taken as 443. Graph: same origin
 * only. On success *out is the URL to use (caller frees). ERR_NET with the reason. */
enum err_code link_check_redirect(const char *location, enum link_service service,
                                  const char *origin, char **out, struct err *e);

/* The links of one chain. Zeroed is empty. */
struct link_seen {
    uint64_t *v; /* hash table of the first 8 bytes of SHA-256, 0 is free */
    size_t n, cap;
};
/* True when the link is new; it is remembered. */
bool link_seen_add(struct link_seen *s, const char *link);
void link_seen_release(struct link_seen *s);

#endif
