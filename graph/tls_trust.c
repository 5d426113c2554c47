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
    char *path;         /* of the file, or NULL */
    const char *bundle; /* the system's, as libcurl was built; NULL when it is not there */
    const char *folder; /* likewise */
};

void tls_trust_free(struct tls_trust *t)
{
    if (t == NULL)
        return;
    sk_X509_pop_free(t->certs, X509_free);
    free(t->path);
    free(t);
}

static enum err_code read_certs(struct tls_trust *t, struct err *e)
{
    struct buf b;
    BIO *bio = NULL;
    X509 *x;

    if (file_read(t->path, LIMIT_CA_FILE_BYTES, &b, e) != ERR_OK) {
        e->code = ERR_USAGE;
        goto out;
    }
    bio = BIO_new_mem_buf(b.p, (int)b.n);
    while (bio != NULL && (x = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL)
        if (sk_X509_push(t->certs, x) <= 0)
            X509_free(x);
    if (sk_X509_num(t->certs) == 0)
        err_set(e, ERR_USAGE, "--ca-file '%s' holds no PEM certificate", t->path);
out:
    BIO_free(bio);
    ERR_clear_error();
    buf_release(&b);
    return e->code;
}

static const char *if_readable(const char *path)
{
    return path != NULL && access(path, R_OK) == 0 ? path : NULL;
}

enum err_code tls_trust_load(const char *path, struct tls_trust **out, struct err *e)
{
    const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);
    struct tls_trust *t = xcalloc(1, sizeof *t);

    t->certs = sk_X509_new_null();
    t->bundle = if_readable(v->cainfo);
    t->folder = if_readable(v->capath);
    if (path != NULL) {
        t->path = xstrdup(path);
        if (read_certs(t, e) != ERR_OK) {
            tls_trust_free(t);
            return e->code;
        }
    }
    *out = t;
    return ERR_OK;
}

/* libcurl may show the same store again: what is there already is no error. */
CURLcode tls_trust_add(const struct tls_trust *t, void *ssl_ctx)
{
    X509_STORE *store = SSL_CTX_get_cert_store(ssl_ctx);

    for (int i = 0; i < sk_X509_num(t->certs); i++)
        if (X509_STORE_add_cert(store, sk_X509_value(t->certs, i)) != 1)
            return CURLE_SSL_CACERT_BADFILE;
    if (t->folder != NULL && X509_STORE_load_path(store, t->folder) != 1)
        return CURLE_SSL_CACERT_BADFILE;
    return CURLE_OK;
}

static CURLcode add_to_store(CURL *easy, void *ssl_ctx, void *ctx)
{
    (void)easy;
    return tls_trust_add(ctx, ssl_ctx);
}

CURLcode tls_trust_apply(const struct tls_trust *t, CURL *easy)
{
    /* A machine without a bundle: libcurl would fail before it asked us. */
    const char *bundle = t->bundle != NULL ? t->bundle : t->path;
    CURLcode rc = curl_easy_setopt(easy, CURLOPT_CAINFO, bundle);

    if (rc == CURLE_OK)
        rc = curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, add_to_store);
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, t);
    return rc;
}
