#include "base/digest.h"

#include "base/err.h"
#include "base/mem.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>

struct digest {
    EVP_MD_CTX *ctx;
};

struct digest *digest_new(void)
{
    struct digest *d = xcalloc(1, sizeof *d);

    d->ctx = EVP_MD_CTX_new();
    if (d->ctx == NULL || EVP_DigestInit_ex(d->ctx, EVP_sha256(), NULL) != 1)
        BUG("SHA-256 is not available");
    return d;
}

void digest_add(struct digest *d, const void *bytes, size_t n)
{
    if (n > 0 && EVP_DigestUpdate(d->ctx, bytes, n) != 1)
        BUG("SHA-256 failed");
}

void digest_finish(struct digest *d, char out[SHA256_HEX_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char md[EVP_MAX_MD_SIZE];
    unsigned n = 0;

    if (EVP_DigestFinal_ex(d->ctx, md, &n) != 1 || 2 * n + 1 != SHA256_HEX_BYTES)
        BUG("SHA-256 failed");
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[md[i] >> 4];
        out[2 * i + 1] = digits[md[i] & 15];
    }
    out[SHA256_HEX_BYTES - 1] = '\0';
    EVP_MD_CTX_free(d->ctx);
    free(d);
}

void sha256_hex(const void *bytes, size_t n, char out[SHA256_HEX_BYTES])
{
    struct digest *d = digest_new();

    digest_add(d, bytes, n);
    digest_finish(d, out);
}

void guid_random(char out[GUID_TEXT_BYTES])
{
    unsigned char b[16];

    if (RAND_bytes(b, sizeof b) != 1)
        BUG("no random bytes");
    b[6] = (unsigned char)((b[6] & 0x0F) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3F) | 0x80);
    (void)snprintf(out, GUID_TEXT_BYTES,
                   "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0],
                   b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13],
                   b[14], b[15]);
}
