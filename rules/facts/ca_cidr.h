/* rules/facts/ca_cidr.h - IPv4 and IPv6 addresses and CIDR ranges as numbers.
 *
 * Both families live in one 128-bit line: an IPv4 address is its IPv4-mapped IPv6 address
 * (RFC 4291 section 2.5.5.2), which no named location contains as IPv6. */
#ifndef RULES_FACTS_CA_CIDR_H
#define RULES_FACTS_CA_CIDR_H
#include <stdbool.h>
#include <stdint.h>

struct ca_ip {
    uint8_t b[16]; /* network order */
};
struct ca_range {
    struct ca_ip first, last; /* both inside */
};

bool ca_ip_parse(const char *text, struct ca_ip *out);
/* "192.0.2.0/24", "2001:db8::/32", or a single address. Host bits are ignored, as Graph accepts
 * them ("12.34.221.11/22"). */
bool ca_range_parse(const char *text, struct ca_range *out);
int ca_ip_compare(const struct ca_ip *a, const struct ca_ip *b);
bool ca_range_has(const struct ca_range *r, const struct ca_ip *ip);
/* False at the end of the line. */
bool ca_ip_next(struct ca_ip *ip);

#endif
