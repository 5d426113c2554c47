/* Client secrets and certificates, from files and the environment. */
#include "base/clock.h"
#include "base/fsx.h"
#include "base/limits.h"
#include "base/timex.h"
#include "credential_internal.h"
#include "pfx.h"
#include "secret_buf.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LEAST_RSA_BITS = 2048 }; /* what Microsoft Entra accepts for app certificates */

/* ERR_USAGE whatever went wrong with the file: nothing was contacted, the person can mend it. */
static enum err_code read_private(const char *path, struct buf *out, struct err *e)
{
    buf_init(out, LIMIT_CREDENTIAL_BYTES);
    if (file_check_private(path, e) != ERR_OK)
        return e->code;
    if (file_read(path, LIMIT_CREDENTIAL_BYTES, out, e) != ERR_OK)
        e->code = ERR_USAGE;
    return e->code;
}

static enum err_code take_secret(const char *text, size_t n, const char *from, struct credential *c,
                                 struct err *e)
{
    if (n > 0 && text[n - 1] == '\n')
        n--;
    if (n > 0 && text[n - 1] == '\r')
        n--;
    if (n == 0)
        return err_set(e, ERR_USAGE, "%s holds no secret: it is empty", from);
    if (memchr(text, '\0', n) != NULL || memchr(text, '\n', n) != NULL)
        return err_set(e, ERR_USAGE,
                       "%s holds more than one line: it must be the secret's value "
                       "and nothing else",
                       from);
    secret_set(&c->secret, text, n);
    return ERR_OK;
}

enum err_code credential_load_secret_text(const char *text, const char *from, struct credential *c,
                                          struct err *e)
{
    return take_secret(text, strlen(text), from, c, e);
}

enum err_code credential_load_secret_file(const char *path, struct credential *c, struct err *e)
{
    struct buf b;

    if (read_private(path, &b, e) == ERR_OK)
        take_secret(b.p, b.n, path, c, e);
    secret_buf_release(&b);
    return e->code;
}

struct password {
    const char *text; /* NULL: none was given */
    bool was_asked;
};

static int give_password(char *out, int size, int writing, void *ctx)
{
    struct password *p = ctx;
    size_t n;

    (void)writing;
    p->was_asked = true;
    if (p->text == NULL)
        return -1;
    n = strlen(p->text);
    if (n > (size_t)size)
        return -1;
    memcpy(out, p->text, n);
    return (int)n;
}

static enum err_code load_pem_key(const char *path, const struct buf *b, const char *password,
                                  struct credential *c, struct err *e)
{
    struct password p = {password, false};
    BIO *bio = BIO_new_mem_buf(b->p, (int)b->n);

    c->key = bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, give_password, &p) : NULL;
    BIO_free(bio);
    if (c->key != NULL)
        return ERR_OK;
    if (p.was_asked && password == NULL)
        return err_set(e, ERR_USAGE,
                       "the private key in '%s' is encrypted: set "
                       "AZURE_CLIENT_CERTIFICATE_PASSWORD",
                       path);
    if (p.was_asked)
        return err_set(e, ERR_USAGE,
                       "the private key in '%s' cannot be decrypted: is "
                       "AZURE_CLIENT_CERTIFICATE_PASSWORD right?",
                       path);
    return err_set(e, ERR_USAGE,
                   "'%s' holds no private key: the file must have the key and the certificate",
                   path);
}

/* The file may hold a chain: the one that belongs to the key is ours. */
static enum err_code load_pem_cert(const char *path, const struct buf *b, struct credential *c,
                                   struct err *e)
{
    BIO *bio = BIO_new_mem_buf(b->p, (int)b->n);
    X509 *cert;
    unsigned seen = 0;

    while (bio != NULL && c->cert == NULL &&
           (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
        seen++;
        if (X509_check_private_key(cert, c->key) == 1)
            c->cert = cert;
        else
            X509_free(cert);
    }
    BIO_free(bio);
    if (c->cert != NULL)
        return ERR_OK;
    if (seen > 0)
        return err_set(e, ERR_USAGE, "no certificate in '%s' belongs to its private key", path);
    return err_set(e, ERR_USAGE,
                   "'%s' holds no certificate: the file must have the key and the certificate",
                   path);
}

static int64_t asn1_ms(const ASN1_TIME *t)
{
    struct tm tm;

    return t != NULL && ASN1_TIME_to_tm(t, &tm) == 1 ? (int64_t)timegm(&tm) * 1000 : 0;
}

bool credential_ends_at(const struct credential *c, int64_t *at_ms)
{
    *at_ms = c->cert != NULL ? asn1_ms(X509_get0_notAfter(c->cert)) : 0;
    return *at_ms > 0;
}

static enum err_code check_certificate(const char *path, const struct credential *c, struct err *e)
{
    int64_t now = clock_real_ms();
    int64_t from = asn1_ms(X509_get0_notBefore(c->cert));
    int64_t to = asn1_ms(X509_get0_notAfter(c->cert));
    char text[TIME_TEXT_BYTES];

    if (EVP_PKEY_get_base_id(c->key) != EVP_PKEY_RSA)
        return err_set(e, ERR_USAGE,
                       "the key in '%s' is no RSA key: Microsoft Entra accepts only RSA "
                       "certificates for applications",
                       path);
    if (EVP_PKEY_get_bits(c->key) < LEAST_RSA_BITS)
        return err_set(e, ERR_USAGE, "the RSA key in '%s' has %d bits: at least %d are needed",
                       path, EVP_PKEY_get_bits(c->key), LEAST_RSA_BITS);
    if (to <= now)
        return err_set(e, ERR_USAGE,
                       "the certificate in '%s' expired on %s: make a new one and upload its "
                       "public part to the app registration",
                       path, time_format(to, text));
    if (from > now)
        return err_set(e, ERR_USAGE,
                       "the certificate in '%s' is valid only from %s: is this computer's clock "
                       "right?",
                       path, time_format(from, text));
    return ERR_OK;
}

enum err_code credential_load_certificate(const char *path, const char *password,
                                          struct credential *c, struct err *e)
{
    struct buf b;

    if (read_private(path, &b, e) != ERR_OK)
        goto out;
    if (b.n == 0)
        err_set(e, ERR_USAGE, "'%s' is empty", path);
    else if (memmem(b.p, b.n, "-----BEGIN ", strlen("-----BEGIN ")) == NULL)
        pfx_load(path, b.p, b.n, password, &c->key, &c->cert, e);
    else if (load_pem_key(path, &b, password, c, e) == ERR_OK)
        load_pem_cert(path, &b, c, e);
    if (e->code == ERR_OK)
        check_certificate(path, c, e);
out:
    ERR_clear_error();
    secret_buf_release(&b);
    return e->code;
}
