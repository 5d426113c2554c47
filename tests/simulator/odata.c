#include "odata.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "http.h"

bool query_wants(const struct query *q, const char *name)
{
    if (q == NULL || q->select.n == 0)
        return true;
    for (size_t i = 0; i < q->select.n; i++)
        if (strcmp(q->select.v[i], name) == 0)
            return true;
    return false;
}

static bool refuse(struct request *r, struct reply *p, const char *code, const char *message)
{
    request_invalid(r, "%s", message);
    reply_error(p, r, 400, code, message);
    return false;
}

static void split_select(struct query *q, const char *text)
{
    char *save = NULL;

    free(q->select_text);
    strings_free(&q->select);
    q->select_text = xstrdup(text);
    for (char *w = strtok_r(q->select_text, ", ", &save); w != NULL;
         w = strtok_r(NULL, ", ", &save))
        strings_add(&q->select, w);
}

static bool read_option(struct request *r, struct reply *p, struct query *q, unsigned bit,
                        const char *value)
{
    switch (bit) {
    case OD_SELECT:
        split_select(q, value);
        if (q->select.n == 0)
            return refuse(r, p, "BadRequest", "Query option '$select' is empty.");
        return true;
    case OD_TOP:
        if (!parse_long(value, 1, 100000, &q->top))
            return refuse(r, p, "BadRequest", "Invalid value for query option '$top'.");
        return true;
    case OD_FILTER:
        q->filter = value;
        return true;
    case OD_COUNT:
        q->count = str_ieq(value, "true");
        return true;
    case OD_EXPAND:
        q->expand = value;
        return true;
    case OD_ORDERBY:
    case OD_DELTA:
        return true;
    default:
        return false;
    }
}

bool query_parse(struct request *r, struct reply *p, unsigned allowed, struct query *q)
{
    static const struct {
        const char *name;
        unsigned bit;
    } options[] = {
        {"$select", OD_SELECT},    {"$top", OD_TOP},       {"$filter", OD_FILTER},
        {"$count", OD_COUNT},      {"$expand", OD_EXPAND}, {"$orderby", OD_ORDERBY},
        {"$deltatoken", OD_DELTA},
    };

    *q = (struct query){.page = 1};
    for (size_t k = 0; k < r->param_count; k++) {
        const struct param *param = &r->params[k];
        unsigned bit = 0;

        if (str_eq(param->name, "$skiptoken"))
            continue;
        for (size_t i = 0; i < COUNT_OF(options); i++)
            if (str_eq(options[i].name, param->name))
                bit = options[i].bit;
        if ((bit & allowed) == 0) {
            char *text = xasprintf("Query option '%s' is not supported here.", param->name);
            bool no = refuse(r, p, "Request_UnsupportedQuery", text);

            free(text);
            return no;
        }
        if (!read_option(r, p, q, bit, param->value))
            return false;
    }
    if (request_param(r, "$skiptoken") != NULL &&
        !odata_token_read(r, request_param(r, "$skiptoken"), &q->page, &q->offset))
        return refuse(r, p, "Directory_ExpiredPageToken",
                      "The specified page token value has expired and can no longer be included in "
                      "your request.");
    return true;
}

void query_clear(struct query *q)
{
    free(q->select_text);
    strings_free(&q->select);
}

/* What a token is bound to: a nextLink must be followed verbatim, and an Exchange one with the
 * same body, so everything but the token itself goes in. */
static char *binding(const struct request *r)
{
    struct buf b = {0};

    buf_printf(&b, "%d %s", (int)r->service, r->path);
    for (size_t i = 0; i < r->param_count; i++)
        if (!str_eq(r->params[i].name, "$skiptoken"))
            buf_printf(&b, "&%s=%s", r->params[i].name, r->params[i].value);
    if (r->json != NULL) {
        char *text = json_dumps(r->json, JSON_COMPACT | JSON_SORT_KEYS);

        buf_printf(&b, " %s", text != NULL ? text : "");
        free(text);
    }
    return buf_take(&b);
}

static void sign(const struct request *r, unsigned page, size_t offset, char out[65])
{
    char *bound = binding(r);
    char *text = xasprintf("%u %zu %s", page, offset, bound);

    hmac_hex(r->sim->page_key, sizeof r->sim->page_key, text, out);
    free(text);
    free(bound);
}

char *odata_token(const struct request *r, unsigned page, size_t offset)
{
    char mac[65];
    char *plain, *token;

    sign(r, page, offset, mac);
    plain = xasprintf("%u:%zu:%.40s", page, offset, mac);
    token = b64url(plain, strlen(plain));
    free(plain);
    return token;
}

/* "page:offset:mac" */
static bool unpack(const char *token, unsigned *page, size_t *offset, char mac[41])
{
    struct buf b = {0};
    char *end = NULL, *end2 = NULL;
    unsigned long first = 0;
    unsigned long long second = 0;
    bool ok = strlen(token) < 512 && b64url_decode(token, strlen(token), &b);

    if (ok)
        first = strtoul(b.data, &end, 10);
    ok = ok && end != b.data && *end == ':' && first > 1 && first <= UINT_MAX;
    if (ok)
        second = strtoull(end + 1, &end2, 10);
    ok = ok && end2 != end + 1 && *end2 == ':' && strlen(end2 + 1) == 40;
    if (ok) {
        memcpy(mac, end2 + 1, 41);
        *page = (unsigned)first;
        *offset = (size_t)second;
    }
    buf_free(&b);
    return ok;
}

bool odata_token_read(const struct request *r, const char *token, unsigned *page, size_t *offset)
{
    char mac[41] = "", want[65];

    if (!unpack(token, page, offset, mac))
        return false;
    sign(r, *page, *offset, want);
    return strncmp(mac, want, 40) == 0;
}

unsigned odata_peek_page(const struct request *r)
{
    const char *token = request_param(r, "$skiptoken");
    unsigned page = 1;
    size_t offset;
    char mac[41];

    return token != NULL && unpack(token, &page, &offset, mac) ? page : 1;
}

char *odata_next_link(const struct request *r, const char *token)
{
    size_t path = strcspn(r->target, "?");
    const char *at = r->target + path;
    struct buf b = {0};
    char sep = '?';

    buf_str(&b, r->sim->urls[r->service]);
    buf_add(&b, r->target, path);
    while (*at == '?' || *at == '&') {
        size_t n = strcspn(at + 1, "&");

        if (n > 0 && strncmp(at + 1, "$skiptoken=", 11) != 0 &&
            strncmp(at + 1, "%24skiptoken=", 13) != 0) {
            buf_add(&b, &sep, 1);
            buf_add(&b, at + 1, n);
            sep = '&';
        }
        at += 1 + n;
    }
    buf_printf(&b, "%c$skiptoken=%s", sep, token);
    return buf_take(&b);
}
