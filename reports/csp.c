#include "csp.h"

#include "base/attrs.h"
#include "base/err.h"
#include "base/mem.h"

#include <openssl/evp.h>

char *csp_hash(const unsigned char *bytes, size_t n)
{
    unsigned char raw[EVP_MAX_MD_SIZE];
    unsigned char text[2 * EVP_MAX_MD_SIZE];
    unsigned int len = 0;

    if (EVP_Digest(bytes, n, raw, &len, EVP_sha256(), NULL) != 1)
        BUG("OpenSSL has no SHA-256");
    (void)EVP_EncodeBlock(text, raw, (int)len);
    return xasprintf("'sha256-%s'", (const char *)text);
}
