/* graph/url.h - the one way this program reads an absolute URL.
 *
 * Stricter than RFC 3986 on purpose: what a bearer token may be sent to must not depend on how two
 * parsers read an odd URL. https only; no user information, no fragment, no backslash, no byte
 * outside printable ASCII; a host is letters, digits, dots and hyphens (or an IPv6 literal). */
#ifndef GRAPH_URL_H
#define GRAPH_URL_H
#include <stdbool.h>

enum { URL_HOST_BYTES = 256, URL_ORIGIN_BYTES = URL_HOST_BYTES + 16, URL_HTTPS_PORT = 443 };

struct url {
    char host[URL_HOST_BYTES]; /* lower case */
    unsigned port;             /* 443 when the URL names none */
    const char *path;          /* borrowed from the text: path and query; "/" when there is none */
};

/* False: not a URL that we would ever send anything to. */
bool url_parse(const char *text, struct url *out);
/* Same scheme (always https), host without case, and port. */
bool url_same_origin(const struct url *a, const struct url *b);
/* "https://host" or "https://host:port", default port left out; returned for convenience. */
const char *url_origin(const struct url *u, char out[URL_ORIGIN_BYTES]);
/* True when no segment of the path (up to '?') is "." or "..", plain or percent-encoded, and none
 * hides a slash, a backslash or a control character behind a percent sign. */
bool url_path_is_plain(const char *path);
/* True when `host` is `domain` or a name below it, by whole labels. Both lower case. */
bool url_host_is_within(const char *host, const char *domain);

#endif
