/* base/digest.h - SHA-256 (FIPS 180-4) and random identifiers, by OpenSSL. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H
#include <stddef.h>

enum { SHA256_HEX_BYTES = 65, GUID_TEXT_BYTES = 37 };

struct digest; /* opaque: a running SHA-256 */
struct digest *digest_new(void);
void digest_add(struct digest *d, const void *bytes, size_t n);
/* Writes lower-case hex with NUL and frees the object. */
void digest_finish(struct digest *d, char out[SHA256_HEX_BYTES]);

void sha256_hex(const void *bytes, size_t n, char out[SHA256_HEX_BYTES]);
/* Version 4 UUID (RFC 9562), lower case. */
void guid_random(char out[GUID_TEXT_BYTES]);

#endif
