/* dns_wire.h - DNS messages: one question in, one answer out (RFC 1035). */
#ifndef SIM_DNS_WIRE_H
#define SIM_DNS_WIRE_H

#include "util.h"

enum {
    DNS_A = 1,
    DNS_CNAME = 5,
    DNS_SOA = 6,
    DNS_MX = 15,
    DNS_TXT = 16,
    DNS_AAAA = 28,
    DNS_OPT = 41
};
enum { DNS_OK = 0, DNS_SERVFAIL = 2, DNS_NXDOMAIN = 3, DNS_NOTIMP = 4, DNS_REFUSED = 5 };

struct dns_question {
    char name[256]; /* as asked, dots between labels, no final dot */
    unsigned type, cls;
    size_t end;    /* offset of the first byte after the question */
    size_t edns;   /* UDP size the client takes; 512 without EDNS */
    bool has_edns; /* answer with an OPT record too */
};

NODISCARD bool dns_question_read(const unsigned char *msg, size_t n, struct dns_question *q);
/* Starts an answer: header and the question again. */
void dns_answer_start(struct buf *out, const unsigned char *msg, const struct dns_question *q,
                      unsigned rcode);
/* Adds the record to the answer; false when its description makes no record. */
NODISCARD bool dns_answer_add(struct buf *out, const char *owner, const json_t *record);
void dns_answer_end(struct buf *out, const struct dns_question *q);
void dns_answer_truncate(struct buf *out, const struct dns_question *q); /* TC set, no records */
unsigned dns_type(const char *name);                                     /* 0 when unknown */
const char *dns_type_name(unsigned type);                                /* "TYPE" for the rest */

#endif
