/* TLS of the probe: contexts, and what came of a handshake in words. */
#include "base/mem.h"
#include "base/timex.h"
#include "oneline.h"
#include "smtp_wire.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { NAME_CHARS = 300 };

/* Trusts the system's authorities and those of the file. */
static enum err_code trust(SSL_CTX *ctx, const char *ca_file, struct err *e)
{
    if (SSL_CTX_set_default_verify_paths(ctx) != 1)
        return err_set(e, ERR_TLS, "TLS: the system's certificate store cannot be used");
    if (ca_file != NULL && SSL_CTX_load_verify_file(ctx, ca_file) != 1)
        return err_set(e, ERR_USAGE, "--ca-file '%s' holds no PEM certificate", ca_file);
    return ERR_OK;
}

enum err_code smtp_tls_context(const char *ca_file, int min, int max, bool weak, SSL_CTX **out,
                               struct err *e)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

    if (ctx == NULL || SSL_CTX_set_min_proto_version(ctx, min) != 1 ||
        SSL_CTX_set_max_proto_version(ctx, max) != 1 ||
        (weak && SSL_CTX_set_cipher_list(ctx, "ALL:@SECLEVEL=0") != 1))
        err_set(e, ERR_TLS, "TLS: this version is not in the library");
    else
        (void)trust(ctx, ca_file, e);
    ERR_clear_error();
    if (e->code != ERR_OK) {
        SSL_CTX_free(ctx);
        return e->code;
    }
    (void)SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    /* The handshake goes on, and the result is asked for: a bad certificate is a finding. */
    SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
    *out = ctx;
    return ERR_OK;
}

static char *name_text(const X509_NAME *name)
{
    BIO *bio = BIO_new(BIO_s_mem());
    struct buf out;
    char *bytes = NULL;
    long n;

    buf_init(&out, (size_t)NAME_CHARS * 4 + 8);
    if (bio != NULL &&
        X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0) {
        n = BIO_get_mem_data(bio, &bytes);
        oneline_add(&out, bytes, n > 0 ? (size_t)n : 0, NAME_CHARS);
    }
    BIO_free(bio);
    return buf_take(&out);
}

static void time_text(const ASN1_TIME *t, char *out)
{
    struct tm tm;

    out[0] = '\0';
    if (t != NULL && ASN1_TIME_to_tm(t, &tm) == 1)
        (void)time_format((int64_t)timegm(&tm) * 1000, out);
}

void smtp_tls_describe(const struct smtp_wire *w, char **version, char **cipher,
                       struct probe_certificate *c)
{
    SSL *ssl = smtp_wire_ssl(w);
    X509 *cert = SSL_get0_peer_certificate(ssl);
    long result = SSL_get_verify_result(ssl);

    *version = xstrdup(SSL_get_version(ssl));
    *cipher = xstrdup(SSL_get_cipher_name(ssl));
    if (cert == NULL) {
        c->problem = xstrdup("the server showed no certificate");
        return;
    }
    c->subject = name_text(X509_get_subject_name(cert));
    c->issuer = name_text(X509_get_issuer_name(cert));
    time_text(X509_get0_notBefore(cert), c->not_before);
    time_text(X509_get0_notAfter(cert), c->not_after);
    c->is_verified = result == X509_V_OK;
    if (!c->is_verified)
        c->problem = xstrdup(X509_verify_cert_error_string(result));
}
