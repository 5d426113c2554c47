/* graph/credential_internal.h - what is inside, for token.c, grant.c and the modes. */
#ifndef GRAPH_CREDENTIAL_INTERNAL_H
#define GRAPH_CREDENTIAL_INTERNAL_H
#include "base/secret.h"
#include "graph/credential.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>

enum credential_mode {
    CREDENTIAL_SECRET,
    CREDENTIAL_CERTIFICATE,
    CREDENTIAL_WORKLOAD_IDENTITY, /* a token in a file, exchanged (Kubernetes and others) */
    CREDENTIAL_GITHUB,            /* a token of the workflow, exchanged */
    CREDENTIAL_AZURE_PIPELINES,   /* a token of the pipeline, exchanged */
    CREDENTIAL_APP_SERVICE,       /* managed identity by IDENTITY_ENDPOINT and IDENTITY_HEADER */
    CREDENTIAL_ARC,               /* managed identity by a challenge file */
    CREDENTIAL_IMDS,              /* managed identity of a virtual machine */
    CREDENTIAL_DEVICE_CODE        /* a person, in a browser somewhere else */
};
enum { CREDENTIAL_MODE_COUNT = CREDENTIAL_DEVICE_CODE + 1 };

struct credential {
    enum credential_mode mode;
    struct secret secret; /* client secret; or what the OIDC or identity endpoint asks for */
    EVP_PKEY *key;        /* certificate: RSA private key */
    X509 *cert;
    char *url;  /* OIDC request URL, identity endpoint */
    char *path; /* federated token file; device code: the cache, NULL for none */
};

/* A managed identity comes from the machine, so that no client id is needed. */
bool credential_is_managed(const struct credential *c);

/* credential_file.c: secrets and certificates. ERR_USAGE with what to do. */
enum err_code credential_load_secret_file(const char *path, struct credential *c, struct err *e);
enum err_code credential_load_secret_text(const char *text, const char *from, struct credential *c,
                                          struct err *e);
enum err_code credential_load_certificate(const char *path, const char *password,
                                          struct credential *c, struct err *e);

#endif
