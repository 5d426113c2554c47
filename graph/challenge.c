#include "challenge.h"

#include "base/buf.h"
#include "base/jsonx.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "base64url.h"

#include <string.h>

/* Where the value of claims="..." begins; *n is its length. Names are of any case, values may hold
 * no quote: base64 does not. */
static const char *find_value(const char *header, size_t *n)
{
    static const char name[] = "claims=\"";

    for (const char *s = header; *s != '\0'; s++)
        if ((s == header || s[-1] == ' ' || s[-1] == ',') && str_istarts(s, name)) {
            s += sizeof name - 1;
            *n = strcspn(s, "\"");
            return s[*n] == '"' ? s : NULL;
        }
    return NULL;
}

/* Standard base64 with padding, or base64url without: both have been seen. */
static bool decode(const char *s, size_t n, struct buf *out)
{
    struct buf url;
    bool ok;

    buf_init(&url, (size_t)LIMIT_CLAIMS_BYTES * 2);
    while (n > 0 && s[n - 1] == '=')
        n--;
    for (size_t i = 0; i < n; i++) {
        char c = s[i];

        if (c == '+')
            c = '-';
        else if (c == '/')
            c = '_';
        buf_addc(&url, c);
    }
    ok = !url.failed && base64url_decode(out, url.p, url.n) && !out->failed;
    buf_release(&url);
    return ok;
}

char *challenge_claims(const char *header)
{
    struct err ignored = ERR_INIT;
    json_t *root = NULL;
    struct buf b;
    size_t n = 0;
    const char *value = header != NULL ? find_value(header, &n) : NULL;
    char *out = NULL;

    buf_init(&b, LIMIT_CLAIMS_BYTES);
    if (value != NULL && decode(value, n, &b) &&
        jx_parse(b.p, b.n, "claims", &root, &ignored) == ERR_OK && json_is_object(root))
        out = xstrdup(b.p);
    json_decref(root);
    buf_release(&b);
    return out;
}
