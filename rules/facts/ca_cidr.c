#include "ca_cidr.h"

#include "base/strs.h"

#include <arpa/inet.h>
#include <string.h>

static bool parse(const char *text, struct ca_ip *out, unsigned *bits)
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    struct in_addr v4;
    struct in6_addr v6;

    if (inet_pton(AF_INET, text, &v4) == 1) {
        memcpy(out->b, mapped, sizeof mapped);
        memcpy(out->b + sizeof mapped, &v4, 4);
        *bits = 32;
        return true;
    }
    if (inet_pton(AF_INET6, text, &v6) == 1) {
        memcpy(out->b, &v6, sizeof out->b);
        *bits = 128;
        return true;
    }
    return false;
}

bool ca_ip_parse(const char *text, struct ca_ip *out)
{
    unsigned bits;

    return text != NULL && parse(text, out, &bits);
}

bool ca_range_parse(const char *text, struct ca_range *out)
{
    char address[64];
    const char *slash = strchr(text, '/');
    size_t n = slash != NULL ? (size_t)(slash - text) : strlen(text);
    unsigned bits;
    int64_t prefix;
    unsigned fixed;

    if (n >= sizeof address)
        return false;
    memcpy(address, text, n);
    address[n] = '\0';
    if (!parse(address, &out->first, &bits))
        return false;
    prefix = bits;
    if (slash != NULL && !str_int(slash + 1, 0, bits, &prefix))
        return false;
    fixed = 128 - bits + (unsigned)prefix;
    out->last = out->first;
    for (unsigned i = 0; i < 16; i++) {
        unsigned keep = fixed >= (i + 1) * 8 ? 8 : fixed > i * 8 ? fixed - i * 8 : 0;
        uint8_t host = (uint8_t)(0xffu >> keep);

        out->first.b[i] = (uint8_t)(out->first.b[i] & (0xffu ^ host));
        out->last.b[i] = (uint8_t)(out->last.b[i] | host);
    }
    return true;
}

int ca_ip_compare(const struct ca_ip *a, const struct ca_ip *b)
{
    return memcmp(a->b, b->b, sizeof a->b);
}

bool ca_range_has(const struct ca_range *r, const struct ca_ip *ip)
{
    return ca_ip_compare(&r->first, ip) <= 0 && ca_ip_compare(ip, &r->last) <= 0;
}

bool ca_ip_next(struct ca_ip *ip)
{
    for (int i = 15; i >= 0; i--)
        if (++ip->b[i] != 0)
            return true;
    return false;
}
