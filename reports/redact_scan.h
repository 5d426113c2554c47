/* redact_scan.h - what looks like an address, an IP address or a secret, whoever wrote it. */
#ifndef REPORTS_REDACT_SCAN_H
#define REPORTS_REDACT_SCAN_H
#include <stdbool.h>
#include <stddef.h>

/* Bytes [from, end) of a text. */
struct span {
    size_t from, end;
};

/* The next mail address or user principal name whose "@" (or "%40") is at or behind `at`; its local
 * part does not reach back beyond `at`. Wildcards ("*@contoso.com") are nobody's. `domain` may be
 * empty: an address literal stands there, or nothing of a domain. */
struct address_span {
    struct span local, sign, domain;
    size_t whole; /* where a local part would begin that holds everything an address may hold */
};
bool scan_address(const char *s, size_t n, size_t at, struct address_span *out);

/* An IP address that begins at s[at], which is the beginning of a word, or ':'. `bytes`: the
 * address, 4 or 16; a prefix length behind it is not part of the span. *skip is what cannot hold
 * one (0: the word). Unspecified and loopback addresses are nobody's: true, with n_bytes 0. */
struct ip_span {
    size_t end;
    unsigned char bytes[16];
    size_t n_bytes;
};
bool scan_ip(const char *s, size_t n, size_t at, struct ip_span *out, size_t *skip);

/* A secret, or what looks like one, that begins at s[at] or is named there ("password: x"). */
bool scan_secret(const char *s, size_t n, size_t at, struct span *out);
/* A name of a value that is a secret: password, client_secret, ... */
bool scan_names_secret(const char *key, size_t n);

#endif
