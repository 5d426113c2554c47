#include "metadata_url.h"

#include "base/mem.h"
#include "base/strs.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { LOOPBACK_NET = 127, LINK_LOCAL_NET = 0xA9FE, HTTP_PORT = 80 };

static bool is_here(const char *host)
{
    struct in_addr a;

    if (str_eq(host, "localhost") || str_eq(host, "[::1]"))
        return true;
    return inet_pton(AF_INET, host, &a) == 1 &&
           (ntohl(a.s_addr) >> 24 == LOOPBACK_NET || ntohl(a.s_addr) >> 16 == LINK_LOCAL_NET);
}

/* The reader of https URLs does the reading, so that there is only one. */
bool metadata_url_parse(const char *text, struct url *out)
{
    static const char scheme[] = "http://";
    char *as_https;
    const char *path;
    bool ok;

    if (text == NULL || !str_starts(text, scheme))
        return false;
    as_https = xasprintf("https://%s", text + strlen(scheme));
    ok = url_parse(as_https, out) && is_here(out->host);
    if (ok && out->port == URL_HTTPS_PORT && strstr(text + strlen(scheme), ":443") == NULL)
        out->port = HTTP_PORT;
    free(as_https);
    path = strpbrk(text + strlen(scheme), "/?");
    out->path = path != NULL && *path == '/' ? path : "/";
    return ok && (path == NULL || *path == '/');
}
