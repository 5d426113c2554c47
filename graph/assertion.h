/* graph/assertion.h - the signed statement by which an application proves that it has its key.
 *
 * A JWT (RFC 7519, RFC 7523) for the token endpoint of the Microsoft identity platform: header
 * PS256 with the certificate's SHA-256 thumbprint (x5t#S256) as documented today, or RS256 with the
 * SHA-1 thumbprint (x5t, kid) for older endpoints. PS256 is RSASSA-PSS with SHA-256 and a salt of
 * 32 bytes (RFC 7518 section 3.5). */
#ifndef GRAPH_ASSERTION_H
#define GRAPH_ASSERTION_H
#include "base/err.h"
#include "base/secret.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdint.h>

enum assertion_alg { ASSERTION_PS256, ASSERTION_RS256 };
enum { ASSERTION_LIFETIME_MS = 10 * 60 * 1000 };

struct assertion {
    enum assertion_alg alg;
    EVP_PKEY *key;
    const X509 *cert;
    const char *client_id;
    const char *audience; /* the exact URL of the token endpoint */
    int64_t now_ms;       /* time of day */
};

/* The result is a credential for its lifetime: caller releases it (which wipes it). */
enum err_code assertion_make(const struct assertion *a, struct secret *out, struct err *e);

#endif
