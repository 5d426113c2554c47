/* ca.h - the keys of one run: an authority, a server certificate, the app's certificate and
 * the key that signs access tokens. All are made at start and die with the state directory. */
#ifndef SIM_CA_H
#define SIM_CA_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "util.h"

struct keys {
    char *server_key, *server_chain; /* PEM, for the TLS listeners */
    X509 *ca;
    EVP_PKEY *ca_key, *tls_key;
    EVP_PKEY *token_key; /* signs access tokens (RS256) */
    char token_kid[65];
    X509 *app_cert;                    /* registered for every app of the tenant */
    char app_sha1[41], app_sha256[65]; /* thumbprints, lower-case hex */
    char *app_x5t, *app_x5t_s256;      /* the same, base64url, as assertions name them */
};

/* Writes ca.pem, client.pem, client.pfx, client.pfx.password and unregistered.pem into dir. RSA
 * keys come from keys_dir, and go there, unless it is NULL. */
struct keys *keys_make(const char *dir, const char *keys_dir);
/* A chain for the same key with a defect: expired, not-yet, other-host, self-signed. PEM; caller
 * frees. */
char *keys_bad_chain(const struct keys *k, const char *defect);
void keys_free(struct keys *k);

#endif
