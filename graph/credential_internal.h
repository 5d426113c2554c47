/* graph/credential_internal.h - what is inside, for token.c. */
#ifndef GRAPH_CREDENTIAL_INTERNAL_H
#define GRAPH_CREDENTIAL_INTERNAL_H
#include "base/secret.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

struct credential {
    struct secret secret; /* client secret; p is NULL for a certificate */
    EVP_PKEY *key;        /* certificate: RSA private key */
    X509 *cert;
};

#endif
