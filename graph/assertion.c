#include "assertion.h"

#include "base/digest.h"
#include "base/jsonx.h"
#include "base64url.h"
#include "secret_buf.h"

#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { JWT_MAX_BYTES = 16 * 1024, JWT_USUAL_BYTES = 4 * 1024 };

static bool add_thumbprint(json_t *header, enum assertion_alg alg, const X509 *cert)
{
    const EVP_MD *md = alg == ASSERTION_PS256 ? EVP_sha256() : EVP_sha1();
    unsigned char print[EVP_MAX_MD_SIZE];
    char hex[2 * EVP_MAX_MD_SIZE + 1];
    unsigned n = 0;
    struct buf b;
    bool ok;

    if (X509_digest(cert, md, print, &n) != 1)
        return false;
    buf_init(&b, JWT_MAX_BYTES);
    base64url_add(&b, print, n);
    ok = json_object_set_new(header, alg == ASSERTION_PS256 ? "x5t#S256" : "x5t",
                             json_string(b.p)) == 0;
    if (alg == ASSERTION_RS256) {
        for (unsigned i = 0; i < n; i++)
            (void)snprintf(hex + (size_t)2 * i, 3, "%02X", print[i]);
        ok = ok && json_object_set_new(header, "kid", json_string(hex)) == 0;
    }
    buf_release(&b);
    return ok;
}

static json_t *make_header(enum assertion_alg alg, const X509 *cert)
{
    json_t *h =
        json_pack("{s:s, s:s}", "alg", alg == ASSERTION_PS256 ? "PS256" : "RS256", "typ", "JWT");

    if (h != NULL && !add_thumbprint(h, alg, cert)) {
        json_decref(h);
        return NULL;
    }
    return h;
}

static json_t *make_claims(const char *client_id, const char *audience, int64_t now_ms)
{
    char jti[GUID_TEXT_BYTES];
    json_int_t now = now_ms / 1000;

    guid_random(jti);
    return json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I}", "aud", audience, "iss", client_id,
                     "sub", client_id, "jti", jti, "nbf", now, "iat", now, "exp",
                     now + ASSERTION_LIFETIME_MS / 1000);
}

static void add_part(struct buf *b, const json_t *part)
{
    char *text = jx_canonical(part);

    base64url_add(b, text, strlen(text));
    free(text);
}

static bool set_padding(EVP_PKEY_CTX *ctx, enum assertion_alg alg)
{
    if (alg == ASSERTION_RS256)
        return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1;
    return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, EVP_sha256()) == 1;
}

/* Appends ".signature" over what is in `b`. */
static bool add_signature(struct buf *b, enum assertion_alg alg, EVP_PKEY *key)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *pctx = NULL; /* owned by ctx */
    unsigned char sig[1024];   /* RSA up to 8192 bits */
    size_t n = sizeof sig;
    bool ok = ctx != NULL && EVP_DigestSignInit(ctx, &pctx, EVP_sha256(), NULL, key) == 1 &&
              set_padding(pctx, alg) &&
              EVP_DigestSign(ctx, sig, &n, (const unsigned char *)b->p, b->n) == 1;

    if (ok) {
        buf_addc(b, '.');
        base64url_add(b, sig, n);
    }
    EVP_MD_CTX_free(ctx);
    return ok && !b->failed;
}

enum err_code assertion_make(const struct assertion *a, struct secret *out, struct err *e)
{
    enum err_code code = ERR_OK;
    json_t *header = make_header(a->alg, a->cert);
    json_t *claims = make_claims(a->client_id, a->audience, a->now_ms);
    struct buf b;

    buf_init(&b, JWT_MAX_BYTES);
    secret_buf_reserve(&b, JWT_USUAL_BYTES);
    if (header == NULL || claims == NULL) {
        code = err_set(e, ERR_USAGE,
                       "cannot build the client assertion: client id or tenant is "
                       "not valid text");
        goto out;
    }
    add_part(&b, header);
    buf_addc(&b, '.');
    add_part(&b, claims);
    if (!add_signature(&b, a->alg, a->key)) {
        code = err_set(e, ERR_USAGE, "cannot sign with the certificate's key");
        goto out;
    }
    secret_set(out, b.p, b.n);
out:
    secret_buf_release(&b);
    json_decref(header);
    json_decref(claims);
    return code;
}
