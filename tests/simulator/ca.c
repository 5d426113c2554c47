#include "ca.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

static void need(bool ok, const char *what)
{
    if (!ok)
        die("OpenSSL: %s failed", what);
}

static void add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509_EXTENSION *ext;

    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    need(ext != NULL && X509_add_ext(cert, ext, -1) == 1, "certificate extension");
    X509_EXTENSION_free(ext);
}

/* issuer NULL makes a self-signed certificate. */
static X509 *make_cert(EVP_PKEY *key, const char *name, const X509 *issuer)
{
    X509 *cert = X509_new();
    X509_NAME *subject;
    unsigned char serial[8];
    BIGNUM *number;

    need(cert != NULL && X509_set_version(cert, 2) == 1, "certificate");
    random_bytes(serial, sizeof serial);
    serial[0] = (unsigned char)((serial[0] & 0x7f) | 1);
    number = BN_bin2bn(serial, sizeof serial, NULL);
    need(BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert)) != NULL, "serial number");
    BN_free(number);
    /* An hour back, so that a test may set its clock a little behind ours. */
    X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
    X509_gmtime_adj(X509_getm_notAfter(cert), 90L * 24 * 3600);
    subject = X509_get_subject_name(cert);
    need(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1,
                                    -1, 0) == 1,
         "subject");
    need(X509_set_issuer_name(cert, issuer != NULL ? X509_get_subject_name(issuer) : subject) == 1,
         "issuer");
    need(X509_set_pubkey(cert, key) == 1, "public key");
    return cert;
}

static void sign_cert(X509 *cert, EVP_PKEY *key)
{
    need(X509_sign(cert, key, EVP_sha256()) > 0, "certificate signature");
}

static void pem_add_cert(struct buf *out, X509 *cert)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    long n;

    need(bio != NULL && PEM_write_bio_X509(bio, cert) == 1, "PEM certificate");
    n = BIO_get_mem_data(bio, &text);
    buf_add(out, text, (size_t)n);
    BIO_free(bio);
}

static void pem_add_key(struct buf *out, EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    long n;

    need(bio != NULL && PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1,
         "PEM key");
    n = BIO_get_mem_data(bio, &text);
    buf_add(out, text, (size_t)n);
    BIO_free(bio);
}

static void save(const char *dir, const char *name, const struct buf *b, unsigned mode)
{
    if (!file_write(dir, name, b->data, b->len, mode))
        die("cannot write %s/%s", dir, name);
}

static void save_pfx(const char *dir, EVP_PKEY *key, X509 *cert)
{
    static const char password[] = "larkfield-test-only";
    PKCS12 *p12 = PKCS12_create(password, "graphaudit test", key, cert, NULL, 0, 0, 0, 0, 0);
    unsigned char *der = NULL;
    int n;
    struct buf b = {0};

    need(p12 != NULL, "PKCS#12");
    n = i2d_PKCS12(p12, &der);
    need(n > 0, "PKCS#12 encoding");
    buf_add(&b, der, (size_t)n);
    save(dir, "client.pfx", &b, 0600);
    buf_free(&b);
    buf_str(&b, password);
    save(dir, "client.pfx.password", &b, 0600);
    buf_free(&b);
    OPENSSL_free(der);
    PKCS12_free(p12);
}

static void save_pem_pair(const char *dir, const char *name, EVP_PKEY *key, X509 *cert)
{
    struct buf b = {0};

    pem_add_key(&b, key);
    pem_add_cert(&b, cert);
    save(dir, name, &b, 0600);
    buf_free(&b);
}

/* An RSA key, from `keys_dir` when one of that name is there: making one takes most of a
 * second, and tests start hundreds of simulators. Whoever makes it first leaves it there. */
static EVP_PKEY *rsa_key(const char *keys_dir, const char *name)
{
    char *path = keys_dir != NULL ? xasprintf("%s/%s", keys_dir, name) : NULL;
    BIO *bio = path != NULL ? BIO_new_file(path, "r") : NULL;
    EVP_PKEY *key = bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;
    struct buf b = {0};

    if (key == NULL) {
        key = EVP_RSA_gen(2048);
        need(key != NULL, "RSA key");
        pem_add_key(&b, key);
        if (keys_dir != NULL)
            save(keys_dir, name, &b, 0600);
        buf_free(&b);
    }
    BIO_free(bio);
    free(path);
    return key;
}

static X509 *self_signed(EVP_PKEY *key, const char *name)
{
    X509 *cert = make_cert(key, name, NULL);

    sign_cert(cert, key);
    return cert;
}

static void make_app_certificates(struct keys *k, const char *dir, const char *keys_dir)
{
    EVP_PKEY *key = rsa_key(keys_dir, "app.key");
    EVP_PKEY *other_key = rsa_key(keys_dir, "other.key");
    X509 *other;
    unsigned char sha1[20], sha256[32];
    unsigned n = 0;

    k->app_cert = self_signed(key, "graphaudit test application");
    save_pem_pair(dir, "client.pem", key, k->app_cert);
    save_pfx(dir, key, k->app_cert);
    need(X509_digest(k->app_cert, EVP_sha1(), sha1, &n) == 1, "SHA-1");
    need(X509_digest(k->app_cert, EVP_sha256(), sha256, &n) == 1, "SHA-256");
    hex_lower(sha1, sizeof sha1, k->app_sha1);
    hex_lower(sha256, sizeof sha256, k->app_sha256);
    k->app_x5t = b64url(sha1, sizeof sha1);
    k->app_x5t_s256 = b64url(sha256, sizeof sha256);

    other = self_signed(other_key, "not registered anywhere");
    save_pem_pair(dir, "unregistered.pem", other_key, other);
    X509_free(other);
    EVP_PKEY_free(other_key);
    EVP_PKEY_free(key);
}

static X509 *make_server_cert(EVP_PKEY *key, const char *name, const char *alt_names, X509 *ca)
{
    X509 *cert = make_cert(key, name, ca);

    add_extension(cert, ca != NULL ? ca : cert, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(cert, ca != NULL ? ca : cert, NID_key_usage, "critical,digitalSignature");
    add_extension(cert, ca != NULL ? ca : cert, NID_ext_key_usage, "serverAuth");
    add_extension(cert, ca != NULL ? ca : cert, NID_subject_alt_name, alt_names);
    add_extension(cert, ca != NULL ? ca : cert, NID_subject_key_identifier, "hash");
    if (ca != NULL)
        add_extension(cert, ca, NID_authority_key_identifier, "keyid");
    return cert;
}

/* Localhost, and the worldwide cloud's hosts for those who come through the proxy. */
static const char alt_names[] =
    "DNS:localhost,IP:127.0.0.1,DNS:login.microsoftonline.com,"
    "DNS:graph.microsoft.com,DNS:*.office365.com,DNS:*.outlook.office365.com,DNS:*.example";

char *keys_bad_chain(const struct keys *k, const char *defect)
{
    bool is_alone = str_eq(defect, "self-signed");
    X509 *cert = make_server_cert(
        k->tls_key, "localhost", str_eq(defect, "other-host") ? "DNS:elsewhere.example" : alt_names,
        is_alone ? NULL : k->ca);
    struct buf b = {0};

    if (str_eq(defect, "expired"))
        X509_gmtime_adj(X509_getm_notAfter(cert), -24L * 3600);
    if (str_eq(defect, "expired"))
        X509_gmtime_adj(X509_getm_notBefore(cert), -48L * 3600);
    if (str_eq(defect, "not-yet"))
        X509_gmtime_adj(X509_getm_notBefore(cert), 24L * 3600);
    sign_cert(cert, is_alone ? k->tls_key : k->ca_key);
    pem_add_cert(&b, cert);
    if (!is_alone)
        pem_add_cert(&b, k->ca);
    X509_free(cert);
    return buf_take(&b);
}

static void make_server(struct keys *k, const char *dir)
{
    X509 *cert;
    struct buf b = {0};

    k->ca_key = EVP_EC_gen("P-256");
    k->tls_key = EVP_EC_gen("P-256");
    need(k->ca_key != NULL && k->tls_key != NULL, "EC key");
    k->ca = make_cert(k->ca_key, "graphaudit simulator CA", NULL);
    add_extension(k->ca, k->ca, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(k->ca, k->ca, NID_key_usage, "critical,keyCertSign,cRLSign");
    add_extension(k->ca, k->ca, NID_subject_key_identifier, "hash");
    sign_cert(k->ca, k->ca_key);

    cert = make_server_cert(k->tls_key, "localhost", alt_names, k->ca);
    sign_cert(cert, k->ca_key);

    pem_add_cert(&b, k->ca);
    save(dir, "ca.pem", &b, 0644);
    buf_free(&b);
    pem_add_cert(&b, cert);
    pem_add_cert(&b, k->ca);
    k->server_chain = buf_take(&b);
    pem_add_key(&b, k->tls_key);
    k->server_key = buf_take(&b);
    X509_free(cert);
}

struct keys *keys_make(const char *dir, const char *keys_dir)
{
    struct keys *k = xcalloc(1, sizeof *k);
    unsigned char kid[16];

    make_server(k, dir);
    make_app_certificates(k, dir, keys_dir);
    k->token_key = rsa_key(keys_dir, "token.key");
    random_bytes(kid, sizeof kid);
    hex_lower(kid, sizeof kid, k->token_kid);
    return k;
}

void keys_free(struct keys *k)
{
    if (k == NULL)
        return;
    free(k->server_key);
    free(k->server_chain);
    X509_free(k->ca);
    EVP_PKEY_free(k->ca_key);
    EVP_PKEY_free(k->tls_key);
    free(k->app_x5t);
    free(k->app_x5t_s256);
    EVP_PKEY_free(k->token_key);
    X509_free(k->app_cert);
    free(k);
}
