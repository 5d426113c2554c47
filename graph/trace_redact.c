/* trace_redact.c - which bytes of an exchange may be written down. */
#include "base/limits.h"
#include "base/strs.h"
#include "trace.h"

#include <string.h>

/* A GUID has 36 characters, a host name's label 63; tokens, secrets in a form, skip tokens and
 * cookies are longer. */
enum { RUN_MAX = 64, JSON_MIN = 12 /* "eyJ" is how JSON begins in base64: part of a token */ };

/* OData system query options that we write ourselves; they say what was asked for. Continuations
 * ($skiptoken, $deltatoken) are the service's and opaque: not listed. */
static const char *const shown_parameters[] = {"$select", "$filter",  "$expand", "$top",
                                               "$count",  "$orderby", "$skip",   "api-version"};

static bool is_run(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
           c == '.' || c == '_' || c == '~' || c == '+';
}

static void add_printable(struct buf *b, char c)
{
    if (c >= ' ' && c <= '~')
        buf_addc(b, c);
    else
        buf_addc(b, '?');
}

void trace_add_value(struct buf *b, const char *text, size_t n)
{
    size_t at = 0;

    if (n > LIMIT_TRACE_VALUE)
        n = LIMIT_TRACE_VALUE; /* a token that is cut in two is still a long run */
    while (at < n) {
        size_t end = at;

        while (end < n && is_run(text[end]))
            end++;
        if (end - at > RUN_MAX || (end - at > JSON_MIN && memcmp(text + at, "eyJ", 3) == 0))
            buf_adds(b, "REDACTED");
        else
            buf_add(b, text + at, end - at);
        if (end < n)
            add_printable(b, text[end]);
        at = end + 1;
    }
}

static bool is_shown(const char *name, size_t n)
{
    for (size_t i = 0; i < COUNT_OF(shown_parameters); i++)
        if (strlen(shown_parameters[i]) == n && memcmp(shown_parameters[i], name, n) == 0)
            return true;
    return false;
}

/* "%24select" is "$select". */
static bool is_shown_encoded(const char *name, size_t n)
{
    char plain[32] = "$";

    if (n < 3 || n >= sizeof plain || memcmp(name, "%24", 3) != 0)
        return is_shown(name, n);
    memcpy(plain + 1, name + 3, n - 3);
    return is_shown(plain, n - 2);
}

static void add_query(struct buf *b, const char *query)
{
    while (*query != '\0') {
        size_t n = strcspn(query, "&");
        const char *eq = memchr(query, '=', n);
        size_t name = eq != NULL ? (size_t)(eq - query) : n;

        trace_add_value(b, query, name);
        if (eq != NULL) {
            buf_addc(b, '=');
            if (is_shown_encoded(query, name))
                trace_add_value(b, eq + 1, n - name - 1);
            else
                buf_adds(b, "REDACTED");
        }
        query += n;
        if (*query == '&') {
            buf_addc(b, '&');
            query++;
        }
    }
}

/* Where the host begins: behind the last '@', as some parsers read it. */
static const char *skip_user(const char *authority)
{
    size_t n = strcspn(authority, "/?");
    const char *host = authority;

    for (size_t i = 0; i < n; i++)
        if (authority[i] == '@')
            host = authority + i + 1;
    return host;
}

/* Not url_parse(): what is refused has to be told too, and a redirect may lead anywhere. */
void trace_add_url(struct buf *b, const char *url)
{
    size_t n = strcspn(url, "#"); /* a fragment may be an answer of a sign-in page */
    const char *text;
    const char *colon;
    struct buf whole;

    buf_init(&whole, LIMIT_URL_BYTES);
    buf_add(&whole, url, n < LIMIT_URL_BYTES ? n : LIMIT_URL_BYTES);
    text = whole.p;
    colon = strstr(text, "://");
    if (colon != NULL) {
        const char *host = skip_user(colon + 3);

        trace_add_value(b, text, (size_t)(colon + 3 - text));
        buf_adds(b, host != colon + 3 ? "REDACTED@" : "");
        text = host;
    }
    n = strcspn(text, "?");
    trace_add_value(b, text, n);
    if (text[n] == '?') {
        buf_addc(b, '?');
        add_query(b, text + n + 1);
    }
    buf_release(&whole);
}
