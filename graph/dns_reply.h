/* graph/dns_reply.h - one DNS answer message, read (RFC 1035; hostile input).
 *
 * TXT: the character-strings of a record joined without a space (RFC 7208 section 3.3, RFC 6376
 * section 3.6.2.2), what is not UTF-8 replaced. CNAME: the target. MX: "preference host". A, AAAA:
 * the address as text. Names in lower case without the final dot; "." for the root. */
#ifndef GRAPH_DNS_REPLY_H
#define GRAPH_DNS_REPLY_H
#include "base/strs.h"

#include <stdbool.h>
#include <stddef.h>

enum dns_type { DNS_TXT, DNS_CNAME, DNS_MX, DNS_A, DNS_AAAA };
enum dns_state {
    DNS_FOUND,
    DNS_NXDOMAIN, /* the name does not exist */
    DNS_NODATA,   /* the name exists, without records of this type */
    DNS_SERVFAIL,
    DNS_TIMEOUT,
    DNS_ERROR /* refused, unreachable, malformed */
};

const char *dns_type_name(enum dns_type t);   /* TXT|CNAME|MX|A|AAAA */
const char *dns_state_name(enum dns_state s); /* found|nxdomain|nodata|servfail|timeout|error */
unsigned dns_type_number(enum dns_type t);    /* as on the wire */

/* Records of the wanted type go to `values`, in the order given, at most LIMIT_DNS_ANSWERS;
 * *is_cut when there were more. Returns DNS_FOUND, DNS_NODATA or DNS_ERROR. */
enum dns_state dns_reply_read(const unsigned char *msg, size_t n, enum dns_type type,
                              struct strlist *values, bool *is_cut);

/* Letters, digits, '-' and '_' in labels of 1 to 63 bytes, at most 253 bytes: what we ask for. */
bool dns_name_is_plain(const char *name);

#endif
