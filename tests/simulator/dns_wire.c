#include "dns_wire.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static const struct {
    const char *name;
    unsigned type;
} types[] = {
    {"A", DNS_A},     {"NS", 2},          {"CNAME", DNS_CNAME}, {"SOA", DNS_SOA}, {"MX", DNS_MX},
    {"TXT", DNS_TXT}, {"AAAA", DNS_AAAA}, {"SRV", 33},          {"CAA", 257},     {"TLSA", 52},
};

unsigned dns_type(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(types); i++)
        if (str_ieq(types[i].name, name))
            return types[i].type;
    return 0;
}

const char *dns_type_name(unsigned type)
{
    for (size_t i = 0; i < COUNT_OF(types); i++)
        if (types[i].type == type)
            return types[i].name;
    return "TYPE";
}

static unsigned get16(const unsigned char *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

static void put16(struct buf *b, size_t v)
{
    unsigned char raw[2] = {(unsigned char)(v >> 8 & 0xff), (unsigned char)(v & 0xff)};

    buf_add(b, raw, 2);
}

static void put32(struct buf *b, size_t v)
{
    put16(b, v >> 16);
    put16(b, v);
}

static void patch16(struct buf *b, size_t at, size_t v)
{
    b->data[at] = (char)(v >> 8 & 0xff);
    b->data[at + 1] = (char)(v & 0xff);
}

/* A question's name is never compressed. */
static bool read_name(const unsigned char *msg, size_t n, size_t *at, char out[256])
{
    size_t k = 0;

    for (;;) {
        size_t len;

        if (*at >= n)
            return false;
        len = msg[(*at)++];
        if (len == 0)
            break;
        if (len > 63 || *at + len > n || k + len + 2 > 256)
            return false;
        if (k > 0)
            out[k++] = '.';
        memcpy(out + k, msg + *at, len);
        k += len;
        *at += len;
    }
    out[k] = '\0';
    return strlen(out) == k; /* no NUL inside a label */
}

bool dns_question_read(const unsigned char *msg, size_t n, struct dns_question *q)
{
    size_t at = 12;

    *q = (struct dns_question){.edns = 512};
    if (n < 12 || (msg[2] & 0x80) != 0 || get16(msg + 4) != 1 || !read_name(msg, n, &at, q->name) ||
        at + 4 > n)
        return false;
    q->type = get16(msg + at);
    q->cls = get16(msg + at + 2);
    q->end = at + 4;
    /* EDNS: the root name, then OPT, then the size that the client can take. */
    if (get16(msg + 10) >= 1 && q->end + 11 <= n && msg[q->end] == 0 &&
        get16(msg + q->end + 1) == DNS_OPT) {
        q->has_edns = true;
        q->edns = get16(msg + q->end + 3);
        if (q->edns < 512)
            q->edns = 512;
    }
    return true;
}

void dns_answer_start(struct buf *out, const unsigned char *msg, const struct dns_question *q,
                      unsigned rcode)
{
    buf_add(out, msg, 2);                                             /* the query's id */
    put16(out, 0x8400U | (get16(msg + 2) & 0x0100U) | 0x80U | rcode); /* QR AA RD RA */
    put16(out, 1);
    put16(out, 0);
    put16(out, 0);
    put16(out, 0);
    buf_add(out, msg + 12, q->end - 12);
}

static bool put_name(struct buf *b, const char *name)
{
    while (*name != '\0') {
        size_t n = strcspn(name, ".");
        unsigned char len = (unsigned char)n;

        if (n == 0 || n > 63)
            return false;
        buf_add(b, &len, 1);
        buf_add(b, name, n);
        name += n;
        name += *name == '.';
    }
    buf_add(b, "", 1);
    return true;
}

/* Character strings hold at most 255 bytes each: longer texts are cut into several. */
static void put_text(struct buf *b, const char *text)
{
    size_t left = strlen(text);

    do {
        unsigned char n = (unsigned char)(left > 255 ? 255 : left);

        buf_add(b, &n, 1);
        buf_add(b, text, n);
        text += n;
        left -= n;
    } while (left > 0);
}

static bool put_data(struct buf *b, unsigned type, const json_t *record)
{
    const char *value = jstr(record, "value");
    const json_t *strings = json_object_get(record, "strings");

    if (type == DNS_TXT && json_is_array(strings)) {
        for (size_t i = 0; i < json_array_size(strings); i++)
            put_text(b, json_string_value(json_array_get(strings, i)) != NULL
                            ? json_string_value(json_array_get(strings, i))
                            : "");
        return json_array_size(strings) > 0;
    }
    if (value == NULL)
        return false;
    if (type == DNS_TXT) {
        put_text(b, value);
        return true;
    }
    if (type == DNS_A || type == DNS_AAAA) {
        unsigned char raw[16];

        if (inet_pton(type == DNS_A ? AF_INET : AF_INET6, value, raw) != 1)
            return false;
        buf_add(b, raw, type == DNS_A ? 4 : 16);
        return true;
    }
    if (type == DNS_MX)
        put16(b, (size_t)jint(record, "preference", 0));
    return (type == DNS_MX || type == DNS_CNAME) && put_name(b, value);
}

bool dns_answer_add(struct buf *out, const char *owner, const json_t *record)
{
    unsigned type = dns_type(jstr(record, "type"));
    struct buf rr = {0};
    size_t length_at;
    bool ok = type != 0 && put_name(&rr, owner);

    put16(&rr, type);
    put16(&rr, 1);
    put32(&rr, (size_t)jint(record, "ttl", 300));
    length_at = rr.len;
    put16(&rr, 0);
    ok = ok && put_data(&rr, type, record) && rr.len - length_at - 2 <= 0xffff;
    if (ok) {
        patch16(&rr, length_at, rr.len - length_at - 2);
        buf_add(out, rr.data, rr.len);
        patch16(out, 6, get16((const unsigned char *)out->data + 6) + 1U);
    }
    buf_free(&rr);
    return ok;
}

void dns_answer_end(struct buf *out, const struct dns_question *q)
{
    if (!q->has_edns)
        return;
    buf_add(out, "", 1);
    put16(out, DNS_OPT);
    put16(out, 1232);
    put32(out, 0);
    put16(out, 0);
    patch16(out, 10, 1);
}

void dns_answer_truncate(struct buf *out, const struct dns_question *q)
{
    out->len = q->end;
    out->data[2] = (char)(out->data[2] | 0x02);
    patch16(out, 6, 0);
    patch16(out, 10, 0);
    dns_answer_end(out, q);
}
