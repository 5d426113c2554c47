/* base/digest.h - SHA-256 (FIPS 180-4), HMAC (RFC 2104) and random identifiers, by OpenSSL. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H
#include <stddef.h>

enum { SHA256_BYTES = 32, SHA256_HEX_BYTES = 65, GUID_TEXT_BYTES = 37 };

struct digest; /* opaque: a running SHA-256 */
struct digest *digest_new(void);
void digest_add(struct digest *d, const void *bytes, size_t n);
/* Writes lower-case hex with NUL and frees the object. */
void digest_finish(struct digest *d, char out[SHA256_HEX_BYTES]);

void sha256_hex(const void *bytes, size_t n, char out[SHA256_HEX_BYTES]);

/* HMAC-SHA-256 with one key, for any number of texts. The key is copied, and wiped at the end. */
struct hmac;
struct hmac *hmac_new(const void *key, size_t n);
void hmac_free(struct hmac *h); /* NULL is a no-op */
void hmac_of(struct hmac *h, const void *bytes, size_t n, unsigned char out[SHA256_BYTES]);
/* Version 4 UUID (RFC 9562), lower case. */
void guid_random(char out[GUID_TEXT_BYTES]);

#endif
