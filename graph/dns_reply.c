#include "dns_reply.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"

#include <ares.h>
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    HEADER_BYTES = 12,
    QUESTION_BYTES = 4, /* after the name: type, class */
    RECORD_BYTES = 10,  /* after the name: type, class, TTL, length */
    CLASS_IN = 1,
    TXT_BYTES = 3 * 65536, /* a whole rdata, each byte of it replaced by U+FFFD */
    NAME_BYTES = 253,
    LABEL_BYTES = 63
};

static const struct {
    const char *name;
    unsigned number;
} types[] = {[DNS_TXT] = {"TXT", 16},
             [DNS_CNAME] = {"CNAME", 5},
             [DNS_MX] = {"MX", 15},
             [DNS_A] = {"A", 1},
             [DNS_AAAA] = {"AAAA", 28}};

const char *dns_type_name(enum dns_type t)
{
    return types[t].name;
}

unsigned dns_type_number(enum dns_type t)
{
    return types[t].number;
}

const char *dns_state_name(enum dns_state s)
{
    static const char *const names[] = {
        [DNS_FOUND] = "found",       [DNS_NXDOMAIN] = "nxdomain", [DNS_NODATA] = "nodata",
        [DNS_SERVFAIL] = "servfail", [DNS_TIMEOUT] = "timeout",   [DNS_ERROR] = "error",
    };

    return names[s];
}

bool dns_name_is_plain(const char *name)
{
    size_t label = 0;
    const char *p = name;

    for (; *p != '\0'; p++) {
        bool fine = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
                    (*p >= '0' && *p <= '9') || *p == '-' || *p == '_';

        if (*p == '.' ? label == 0 : !fine)
            return false;
        label = *p == '.' ? 0 : label + 1;
        if (label > LABEL_BYTES)
            return false;
    }
    return label > 0 && p - name <= NAME_BYTES;
}

struct reader {
    const unsigned char *msg;
    size_t n, at;
};

static bool get16(struct reader *r, unsigned *out)
{
    if (r->n - r->at < 2)
        return false;
    *out = (unsigned)r->msg[r->at] << 8 | r->msg[r->at + 1];
    r->at += 2;
    return true;
}

/* Caller frees. NULL: malformed, or longer than a message can be. */
static char *get_name(struct reader *r)
{
    char *expanded = NULL;
    char *name;
    long used = 0;
    size_t len;

    if (r->at >= r->n ||
        ares_expand_name(r->msg + r->at, r->msg, (int)r->n, &expanded, &used) != ARES_SUCCESS)
        return NULL;
    r->at += (size_t)used;
    len = strlen(expanded);
    if (len > 0 && expanded[len - 1] == '.')
        expanded[len - 1] = '\0';
    name = *expanded != '\0' ? str_lower(expanded) : xstrdup(".");
    ares_free_string(expanded);
    return name;
}

static bool skip_name(struct reader *r)
{
    char *name = get_name(r);
    bool ok = name != NULL;

    free(name);
    return ok;
}

/* All bytes of the strings first: a character may be cut in two by their boundary. */
static char *get_txt(struct reader *r, size_t end)
{
    struct buf raw;
    struct buf text;
    bool ok = true;

    buf_init(&raw, TXT_BYTES);
    buf_init(&text, TXT_BYTES);
    while (ok && r->at < end) {
        size_t n = r->msg[r->at++];

        ok = n <= end - r->at;
        if (ok)
            buf_add(&raw, r->msg + r->at, n);
        r->at += ok ? n : 0;
    }
    for (size_t i = 0; ok && i < raw.n;) {
        uint32_t cp = utf8_next(raw.p, raw.n, &i);

        utf8_add(&text, cp != 0 ? cp : 0xFFFD);
    }
    buf_release(&raw);
    if (ok && !text.failed)
        return buf_take(&text);
    buf_release(&text);
    return NULL;
}

static char *get_mx(struct reader *r)
{
    unsigned preference;
    char *host;
    char *value;

    if (!get16(r, &preference))
        return NULL;
    host = get_name(r);
    if (host == NULL)
        return NULL;
    value = xasprintf("%u %s", preference, host);
    free(host);
    return value;
}

/* Caller frees. NULL: not the length of an address (RFC 1035 section 3.4.1, RFC 3596 section 2.2).
 */
static char *get_address(struct reader *r, int family, size_t end)
{
    size_t want = family == AF_INET ? 4 : 16;
    char text[INET6_ADDRSTRLEN];

    if (end - r->at != want || inet_ntop(family, r->msg + r->at, text, sizeof text) == NULL)
        return NULL;
    r->at = end;
    return xstrdup(text);
}

static char *get_value(struct reader *r, enum dns_type type, size_t end)
{
    switch (type) {
    case DNS_TXT:
        return get_txt(r, end);
    case DNS_CNAME:
        return get_name(r);
    case DNS_MX:
        return get_mx(r);
    case DNS_A:
        return get_address(r, AF_INET, end);
    case DNS_AAAA:
        return get_address(r, AF_INET6, end);
    }
    return NULL;
}

/* One record; false when the message is malformed. */
static bool read_record(struct reader *r, enum dns_type type, struct strlist *values, bool *is_cut)
{
    unsigned number;
    unsigned class;
    unsigned length;
    size_t end;
    char *value;
    bool ok;

    if (!skip_name(r) || r->n - r->at < RECORD_BYTES || !get16(r, &number) || !get16(r, &class))
        return false;
    r->at += 4; /* TTL */
    if (!get16(r, &length) || r->n - r->at < length)
        return false;
    end = r->at + length;
    if (number != types[type].number || class != CLASS_IN) {
        r->at = end; /* a CNAME on the way to the answer, or something we did not ask for */
        return true;
    }
    value = get_value(r, type, end);
    ok = value != NULL && r->at == end;
    if (ok && values->n >= LIMIT_DNS_ANSWERS)
        *is_cut = true;
    else if (ok)
        strlist_add(values, value);
    free(value);
    return ok;
}

enum dns_state dns_reply_read(const unsigned char *msg, size_t n, enum dns_type type,
                              struct strlist *values, bool *is_cut)
{
    struct reader r = {msg, n, 4}; /* after id and flags */
    unsigned questions;
    unsigned answers;

    if (n < HEADER_BYTES || n > 65535 || !get16(&r, &questions) || !get16(&r, &answers))
        return DNS_ERROR;
    r.at = HEADER_BYTES;
    for (; questions > 0; questions--) {
        if (!skip_name(&r) || r.n - r.at < QUESTION_BYTES)
            return DNS_ERROR;
        r.at += QUESTION_BYTES;
    }
    for (; answers > 0; answers--)
        if (!read_record(&r, type, values, is_cut))
            return DNS_ERROR;
    return values->n > 0 ? DNS_FOUND : DNS_NODATA;
}
