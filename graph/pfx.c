#include "pfx.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <stdbool.h>

/* Files exported by older Windows versions use RC2, which OpenSSL 3 keeps in its legacy provider.
 * They are read in a library context of their own, so that no old cipher becomes available to TLS.
 */
struct context {
    OSSL_LIB_CTX *lib;
    OSSL_PROVIDER *base, *legacy;
};

static bool context_open(struct context *c)
{
    c->lib = OSSL_LIB_CTX_new();
    if (c->lib == NULL)
        return false;
    c->base = OSSL_PROVIDER_load(c->lib, "default");
    c->legacy = OSSL_PROVIDER_load(c->lib, "legacy");
    return c->base != NULL && c->legacy != NULL;
}

static void context_close(struct context *c)
{
    if (c->legacy != NULL)
        (void)OSSL_PROVIDER_unload(c->legacy);
    if (c->base != NULL)
        (void)OSSL_PROVIDER_unload(c->base);
    OSSL_LIB_CTX_free(c->lib);
}

static PKCS12 *decode(const char *bytes, size_t n, OSSL_LIB_CTX *lib)
{
    const unsigned char *p = (const unsigned char *)bytes;
    PKCS12 *p12 = PKCS12_init_ex(NID_pkcs7_data, lib, NULL);

    if (p12 == NULL || n > LONG_MAX || d2i_PKCS12(&p12, &p, (long)n) == NULL) {
        PKCS12_free(p12); /* d2i freed and cleared it when it failed */
        return NULL;
    }
    return p12;
}

static bool password_fits(PKCS12 *p12, const char *password)
{
    if (password == NULL)
        return PKCS12_verify_mac(p12, NULL, 0) == 1 || PKCS12_verify_mac(p12, "", 0) == 1;
    return PKCS12_verify_mac(p12, password, -1) == 1;
}

/* Takes key and certificate out of a file in `lib`, NULL for the default context. The key is copied
 * by its DER form, because one of another context must not outlive it. */
static bool extract(const char *bytes, size_t n, const char *password, OSSL_LIB_CTX *lib,
                    EVP_PKEY **key, X509 **cert)
{
    PKCS12 *p12 = decode(bytes, n, lib);
    EVP_PKEY *k = NULL;
    X509 *x = NULL;
    unsigned char *der = NULL;
    const unsigned char *p;
    int len;
    bool ok = p12 != NULL && PKCS12_parse(p12, password, &k, &x, NULL) == 1;

    if (ok && k != NULL && lib != NULL) {
        len = i2d_PrivateKey(k, &der);
        EVP_PKEY_free(k);
        p = der;
        k = len > 0 ? d2i_AutoPrivateKey(NULL, &p, len) : NULL;
        OPENSSL_clear_free(der, len > 0 ? (size_t)len : 0);
        ok = k != NULL;
        der = NULL;
    }
    if (ok && x != NULL && lib != NULL) {
        len = i2d_X509(x, &der);
        X509_free(x);
        p = der;
        x = len > 0 ? d2i_X509(NULL, &p, len) : NULL;
        OPENSSL_free(der);
        ok = x != NULL;
    }
    PKCS12_free(p12);
    if (!ok) {
        EVP_PKEY_free(k);
        X509_free(x);
        return false;
    }
    *key = k;
    *cert = x;
    return true;
}

enum err_code pfx_load(const char *path, const char *bytes, size_t n, const char *password,
                       EVP_PKEY **key, X509 **cert, struct err *e)
{
    PKCS12 *p12 = decode(bytes, n, NULL);
    struct context legacy = {NULL, NULL, NULL};
    bool fits = p12 != NULL && password_fits(p12, password);
    bool ok = false;

    if (p12 == NULL)
        return err_set(e, ERR_USAGE, "'%s' is neither a PEM nor a PFX (PKCS #12) file", path);
    PKCS12_free(p12);
    if (fits)
        ok = extract(bytes, n, password, NULL, key, cert) ||
             (context_open(&legacy) && extract(bytes, n, password, legacy.lib, key, cert));
    context_close(&legacy);
    if (!fits)
        return err_set(e, ERR_USAGE,
                       password == NULL
                           ? "'%s' has a password: set AZURE_CLIENT_CERTIFICATE_PASSWORD"
                           : "'%s' does not open: is AZURE_CLIENT_CERTIFICATE_PASSWORD right?",
                       path);
    if (!ok)
        return err_set(e, ERR_USAGE,
                       "'%s' uses a cipher that is not available here: write it anew with openssl "
                       "pkcs12 -legacy -in OLD -nodes | openssl pkcs12 -export -out NEW",
                       path);
    if (*key == NULL)
        return err_set(e, ERR_USAGE,
                       "'%s' holds no private key: export the certificate with its key", path);
    if (*cert == NULL)
        return err_set(e, ERR_USAGE, "'%s' holds no certificate that belongs to its key", path);
    return ERR_OK;
}
