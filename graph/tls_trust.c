#include "tls_trust.h"

#include "base/fsx.h"
#include "base/limits.h"
#include "base/mem.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <unistd.h>

struct tls_trust {
    STACK_OF(X509) * certs;
    char *path;
};

void tls_trust_free(struct tls_trust *t)
{
    if (t == NULL)
        return;
    sk_X509_pop_free(t->certs, X509_free);
    free(t->path);
    free(t);
}

enum err_code tls_trust_load(const char *path, struct tls_trust **out, struct err *e)
{
    struct tls_trust *t = xcalloc(1, sizeof *t);
    struct buf b;
    BIO *bio = NULL;
    X509 *x;

    t->certs = sk_X509_new_null();
    t->path = xstrdup(path);
    if (file_read(path, LIMIT_CA_FILE_BYTES, &b, e) != ERR_OK) {
        e->code = ERR_USAGE;
        goto out;
    }
    bio = BIO_new_mem_buf(b.p, (int)b.n);
    while (bio != NULL && (x = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL)
        if (sk_X509_push(t->certs, x) <= 0)
            X509_free(x);
    if (sk_X509_num(t->certs) == 0)
        err_set(e, ERR_USAGE, "--ca-file '%s' holds no PEM certificate", path);
out:
    BIO_free(bio);
    ERR_clear_error();
    buf_release(&b);
    if (e->code == ERR_OK)
        *out = t;
    else
        tls_trust_free(t);
    return e->code;
}

static CURLcode add_certs(CURL *easy, void *ssl_ctx, void *ctx)
{
    const struct tls_trust *t = ctx;
    X509_STORE *store = SSL_CTX_get_cert_store(ssl_ctx);

    (void)easy;
    for (int i = 0; i < sk_X509_num(t->certs); i++)
        if (X509_STORE_add_cert(store, sk_X509_value(t->certs, i)) != 1)
            return CURLE_SSL_CACERT_BADFILE;
    return CURLE_OK;
}

CURLcode tls_trust_apply(const struct tls_trust *t, CURL *easy)
{
    const char *bundle = curl_version_info(CURLVERSION_NOW)->cainfo;
    CURLcode rc;

    if (t == NULL)
        return CURLE_OK;
    /* A machine without a CA bundle: libcurl would fail before it asked us. */
    if (bundle != NULL && access(bundle, R_OK) != 0) {
        rc = curl_easy_setopt(easy, CURLOPT_CAINFO, t->path);
        if (rc != CURLE_OK)
            return rc;
    }
    rc = curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, add_certs);
    if (rc != CURLE_OK)
        return rc;
    return curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, t);
}
