/* jwt.h - compact JSON Web Signatures: RS256 out; RS256 and PS256 in. */
#ifndef SIM_JWT_H
#define SIM_JWT_H

#include <openssl/evp.h>

#include "util.h"

struct jwt {
    json_t *header, *claims; /* objects, once parsed */
    struct buf signature;
    size_t signed_len; /* of the text the signature covers */
};

char *jwt_sign(EVP_PKEY *key, const char *kid, const json_t *claims); /* caller frees */
/* Splits and decodes; says nothing about who signed. */
NODISCARD bool jwt_parse(const char *text, struct jwt *out);
/* Checks the signature with the algorithm that the header names, RS256 or PS256 only. */
NODISCARD bool jwt_verify(const struct jwt *j, const char *text, EVP_PKEY *key);
void jwt_clear(struct jwt *j);

#endif
