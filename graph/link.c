#include "link.h"

#include "base/digest.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "url.h"

#include <stdlib.h>
#include <string.h>

static const struct prefix {
    enum link_service service;
    const char *path;
    bool any_case; /* Exchange writes /adminapi/ and /AdminApi/ */
} prefixes[] = {
    {LINK_GRAPH, "/v1.0/", false},
    {LINK_GRAPH, "/beta/", false},
    {LINK_EXCHANGE, "/adminapi/", true},
};

/* Hosts of Exchange Online by cloud: a token for one cloud never goes to another. */
static const struct suffix {
    const char *cloud, *domain;
} suffixes[] = {
    {"global", "office365.com"}, {"global", "office.com"},  {"us", "office365.us"},
    {"china", "outlook.cn"},     {"china", "office365.cn"},
};

enum { EXCHANGE_ODD_PORT = 446 }; /* named in redirects, not reachable from outside */

static bool path_allowed(const char *path, enum link_service service)
{
    if (!url_path_is_plain(path))
        return false;
    for (size_t i = 0; i < COUNT_OF(prefixes); i++)
        if (prefixes[i].service == service &&
            (prefixes[i].any_case ? str_istarts(path, prefixes[i].path)
                                  : str_starts(path, prefixes[i].path)))
            return true;
    return false;
}

static bool is_origin(const struct url *u, const char *origin)
{
    struct url o;

    return origin != NULL && url_parse(origin, &o) && url_same_origin(u, &o);
}

enum err_code link_check_next(const char *link, enum link_service service, const char *origin,
                              const char *also, struct err *e)
{
    struct url u;

    if (strlen(link) > LIMIT_URL_BYTES)
        return err_set(e, ERR_LIMIT, "the link to the next page is longer than %d bytes",
                       LIMIT_URL_BYTES);
    if (!url_parse(link, &u))
        return err_set(e, ERR_PARSE, "the link to the next page is not a plain https URL");
    if (!is_origin(&u, origin) && !is_origin(&u, also))
        return err_set(e, ERR_PARSE,
                       "the link to the next page leads to another host, %s port %u, and was not "
                       "followed",
                       u.host, u.port);
    if (!path_allowed(u.path, service))
        return err_set(e, ERR_PARSE,
                       "the link to the next page leads outside of the service's paths and was not "
                       "followed");
    return ERR_OK;
}

static const char *cloud_of_host(const char *host)
{
    for (size_t i = 0; i < COUNT_OF(suffixes); i++)
        if (url_host_is_within(host, suffixes[i].domain))
            return suffixes[i].cloud;
    return NULL;
}

enum err_code link_check_redirect(const char *location, enum link_service service,
                                  const char *origin, char **out, struct err *e)
{
    struct url to;
    struct url from;
    char text[URL_ORIGIN_BYTES];
    const char *cloud;

    if (location == NULL || *location == '\0')
        return err_set(e, ERR_NET, "a redirect without a Location");
    if (strlen(location) > LIMIT_URL_BYTES || !url_parse(location, &to) ||
        !url_parse(origin, &from))
        return err_set(e, ERR_NET, "a redirect to something that is not a plain https URL");
    if (!url_same_origin(&to, &from)) {
        cloud = cloud_of_host(from.host);
        if (service == LINK_EXCHANGE && to.port == EXCHANGE_ODD_PORT)
            to.port = URL_HTTPS_PORT;
        if (service != LINK_EXCHANGE || cloud == NULL || to.port != URL_HTTPS_PORT ||
            !str_eq(cloud, cloud_of_host(to.host)))
            return err_set(e, ERR_NET, "a redirect to another host, %s port %u, was not followed",
                           to.host, to.port);
    }
    if (!path_allowed(to.path, service))
        return err_set(e, ERR_NET,
                       "a redirect outside of the service's paths, to %s, was not followed",
                       to.host);
    *out = xasprintf("%s%s", url_origin(&to, text), to.path);
    return ERR_OK;
}

static bool table_put(uint64_t *v, size_t cap, uint64_t key)
{
    size_t i = (size_t)key & (cap - 1);

    for (; v[i] != 0; i = (i + 1) & (cap - 1))
        if (v[i] == key)
            return false;
    v[i] = key;
    return true;
}

static void table_grow(struct link_seen *s)
{
    size_t cap = s->cap > 0 ? s->cap * 2 : 64;
    uint64_t *v = xcalloc(cap, sizeof *v);

    for (size_t i = 0; i < s->cap; i++)
        if (s->v[i] != 0)
            (void)table_put(v, cap, s->v[i]);
    free(s->v);
    s->v = v;
    s->cap = cap;
}

bool link_seen_add(struct link_seen *s, const char *link)
{
    char hex[SHA256_HEX_BYTES];
    char head[17];
    uint64_t key;

    sha256_hex(link, strlen(link), hex);
    memcpy(head, hex, 16);
    head[16] = '\0';
    key = strtoull(head, NULL, 16);
    if (key == 0)
        key = 1;
    if (2 * (s->n + 1) > s->cap)
        table_grow(s);
    if (!table_put(s->v, s->cap, key))
        return false;
    s->n++;
    return true;
}

void link_seen_release(struct link_seen *s)
{
    free(s->v);
    memset(s, 0, sizeof *s);
}
