#include "jwt.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/rsa.h>

/* Refuse anything longer: real tokens and assertions stay below 8 KiB. */
enum { JWT_MAX = 32 * 1024 };

static char *encode_json(const json_t *v)
{
    char *text = json_dumps(v, JSON_COMPACT);
    char *out = b64url(text, strlen(text));

    free(text);
    return out;
}

char *jwt_sign(EVP_PKEY *key, const char *kid, const json_t *claims)
{
    json_t *header = json_pack("{s:s, s:s, s:s}", "typ", "JWT", "alg", "RS256", "kid", kid);
    char *head = encode_json(header), *body = encode_json(claims), *mac, *token;
    char *text = xasprintf("%s.%s", head, body);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    unsigned char sig[1024];
    size_t n = sizeof sig;

    if (ctx == NULL || EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) != 1 ||
        EVP_DigestSign(ctx, sig, &n, (const unsigned char *)text, strlen(text)) != 1)
        die("cannot sign a token");
    mac = b64url(sig, n);
    token = xasprintf("%s.%s", text, mac);
    EVP_MD_CTX_free(ctx);
    json_decref(header);
    free(mac);
    free(text);
    free(head);
    free(body);
    return token;
}

static json_t *decode_object(const char *text, size_t n)
{
    struct buf b = {0};
    json_t *v = NULL;

    if (b64url_decode(text, n, &b))
        v = json_loadb(b.data, b.len, JSON_REJECT_DUPLICATES, NULL);
    buf_free(&b);
    if (!json_is_object(v)) {
        json_decref(v);
        v = NULL;
    }
    return v;
}

bool jwt_parse(const char *text, struct jwt *out)
{
    const char *dot = strchr(text, '.');
    const char *dot2 = dot != NULL ? strchr(dot + 1, '.') : NULL;

    *out = (struct jwt){0};
    if (dot2 == NULL || strlen(text) > JWT_MAX || strchr(dot2 + 1, '.') != NULL)
        return false;
    out->signed_len = (size_t)(dot2 - text);
    out->header = decode_object(text, (size_t)(dot - text));
    out->claims = decode_object(dot + 1, (size_t)(dot2 - dot - 1));
    if (out->header != NULL && out->claims != NULL &&
        b64url_decode(dot2 + 1, strlen(dot2 + 1), &out->signature))
        return true;
    jwt_clear(out);
    return false;
}

bool jwt_verify(const struct jwt *j, const char *text, EVP_PKEY *key)
{
    const char *alg = jstr(j->header, "alg");
    bool pss = str_eq(alg, "PS256");
    EVP_MD_CTX *ctx;
    EVP_PKEY_CTX *pkey = NULL;
    bool ok;

    if (!pss && !str_eq(alg, "RS256"))
        return false;
    ctx = EVP_MD_CTX_new();
    ok = ctx != NULL && EVP_DigestVerifyInit(ctx, &pkey, EVP_sha256(), NULL, key) == 1;
    if (ok && pss) /* RFC 7518 section 3.5: the salt is as long as the hash */
        ok = EVP_PKEY_CTX_set_rsa_padding(pkey, RSA_PKCS1_PSS_PADDING) == 1 &&
             EVP_PKEY_CTX_set_rsa_pss_saltlen(pkey, RSA_PSS_SALTLEN_DIGEST) == 1;
    ok = ok && EVP_DigestVerify(ctx, (const unsigned char *)j->signature.data, j->signature.len,
                                (const unsigned char *)text, j->signed_len) == 1;
    EVP_MD_CTX_free(ctx);
    return ok;
}

void jwt_clear(struct jwt *j)
{
    json_decref(j->header);
    json_decref(j->claims);
    buf_free(&j->signature);
    *j = (struct jwt){0};
}
