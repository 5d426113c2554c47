#include "base/digest.h"

#include "base/err.h"
#include "base/mem.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
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

struct hmac {
    EVP_MAC_CTX *ctx;
};

struct hmac *hmac_new(const void *key, size_t n)
{
    struct hmac *h = xcalloc(1, sizeof *h);
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    char name[] = "SHA256";
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
                                 OSSL_PARAM_END};

    h->ctx = mac != NULL ? EVP_MAC_CTX_new(mac) : NULL;
    EVP_MAC_free(mac);
    if (h->ctx == NULL || EVP_MAC_init(h->ctx, key, n, params) != 1)
        BUG("HMAC-SHA-256 is not available");
    return h;
}

void hmac_free(struct hmac *h)
{
    if (h != NULL)
        EVP_MAC_CTX_free(h->ctx);
    free(h);
}

void hmac_of(struct hmac *h, const void *bytes, size_t n, unsigned char out[SHA256_BYTES])
{
    size_t length = 0;

    /* Without a key: begins anew with the one it has. */
    if (EVP_MAC_init(h->ctx, NULL, 0, NULL) != 1 || EVP_MAC_update(h->ctx, bytes, n) != 1 ||
        EVP_MAC_final(h->ctx, out, &length, SHA256_BYTES) != 1 || length != SHA256_BYTES)
        BUG("HMAC-SHA-256 failed");
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
