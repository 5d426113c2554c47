#include "url.h"

#include "base/strs.h"

#include <stdio.h>
#include <string.h>

static bool is_host_char(char c, bool literal)
{
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '.')
        return true;
    if (literal)
        return c == ':';
    return (c >= 'g' && c <= 'z') || (c >= 'G' && c <= 'Z') || c == '-';
}

/* Copies the host, lower case; returns what follows it, NULL when there is no good host. */
static const char *read_host(const char *s, struct url *out)
{
    bool literal = *s == '[';
    size_t n = literal ? 1 : 0;

    while (is_host_char(s[n], literal))
        n++;
    if (literal) {
        if (n < 3 || s[n] != ']')
            return NULL;
        n++;
    }
    if (n == 0 || n >= sizeof out->host || s[0] == '.' || s[0] == '-')
        return NULL;
    memcpy(out->host, s, n);
    out->host[n] = '\0';
    str_lower_inplace(out->host);
    return strstr(out->host, "..") == NULL ? s + n : NULL;
}

static const char *read_port(const char *s, struct url *out)
{
    unsigned port = 0;
    size_t n = strspn(s, "0123456789");

    if (n == 0 || n > 5)
        return NULL;
    for (size_t i = 0; i < n; i++)
        port = port * 10 + (unsigned)(s[i] - '0');
    if (port == 0 || port > 65535)
        return NULL;
    out->port = port;
    return s + n;
}

bool url_parse(const char *text, struct url *out)
{
    struct url u = {.port = URL_HTTPS_PORT, .path = "/"};
    const char *s;

    if (text == NULL || !str_istarts(text, "https://"))
        return false;
    for (s = text; *s != '\0'; s++)
        if ((unsigned char)*s <= ' ' || (unsigned char)*s >= 0x7F || *s == '\\' || *s == '#')
            return false;
    s = read_host(text + strlen("https://"), &u);
    if (s != NULL && *s == ':')
        s = read_port(s + 1, &u);
    if (s == NULL || !(*s == '/' || *s == '\0')) /* '@' and all else ends here */
        return false;
    if (*s == '/')
        u.path = s;
    *out = u;
    return true;
}

bool url_same_origin(const struct url *a, const struct url *b)
{
    return a->port == b->port && strcmp(a->host, b->host) == 0;
}

const char *url_origin(const struct url *u, char out[URL_ORIGIN_BYTES])
{
    if (u->port == URL_HTTPS_PORT)
        (void)snprintf(out, URL_ORIGIN_BYTES, "https://%s", u->host);
    else
        (void)snprintf(out, URL_ORIGIN_BYTES, "https://%s:%u", u->host, u->port);
    return out;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* One byte of a path, decoded. -1: a percent sign without two digits behind it. */
static int path_byte(const char **s)
{
    int high;
    int low;

    if (**s != '%')
        return (unsigned char)*(*s)++;
    high = hex_digit((*s)[1]);
    low = high < 0 ? -1 : hex_digit((*s)[2]);
    if (low < 0)
        return -1;
    *s += 3;
    return high * 16 + low;
}

bool url_path_is_plain(const char *path)
{
    size_t dots = 0;
    size_t others = 0;

    for (const char *s = path; *s != '\0' && *s != '?';) {
        bool slash = *s == '/';
        int c = path_byte(&s);

        if (c < 0x20 || c == 0x7F || c == '\\' || (c == '/' && !slash))
            return false;
        if (slash) {
            if (others == 0 && (dots == 1 || dots == 2))
                return false;
            dots = others = 0;
        } else if (c == '.') {
            dots++;
        } else {
            others++;
        }
    }
    return others > 0 || (dots != 1 && dots != 2);
}

bool url_host_is_within(const char *host, const char *domain)
{
    size_t n = strlen(host);
    size_t m = strlen(domain);

    if (n < m || strcmp(host + n - m, domain) != 0)
        return false;
    return n == m || host[n - m - 1] == '.';
}
