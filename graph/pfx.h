/* graph/pfx.h - PKCS #12 files, those with older ciphers included. */
#ifndef GRAPH_PFX_H
#define GRAPH_PFX_H
#include "base/err.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stddef.h>

/* `password` may be NULL. On success the caller owns *key and *cert. ERR_USAGE with what to do. */
enum err_code pfx_load(const char *path, const char *bytes, size_t n, const char *password,
                       EVP_PKEY **key, X509 **cert, struct err *e);

#endif
