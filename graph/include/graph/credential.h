/* graph/credential.h - what the app registration signs in with.
 *
 * Secrets come from files or the environment, never from argv; they are wiped when released. */
#ifndef GRAPH_CREDENTIAL_H
#define GRAPH_CREDENTIAL_H
#include "base/err.h"

struct credential; /* opaque */

struct credential_source {
    const char *client_secret_file; /* --client-secret-file, or NULL; trailing newline is cut */
    /* The rest is read from the environment by credential_load: AZURE_CLIENT_SECRET,
     * AZURE_CLIENT_CERTIFICATE_PATH (PEM or PFX), AZURE_CLIENT_CERTIFICATE_PASSWORD. */
};

/* Order: --client-secret-file, AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH (as Azure's SDKs:
 * a secret wins over a certificate). ERR_USAGE when there is none, or a file is unreadable,
 * readable by others, expired, or has no RSA key; the message says what to do. */
enum err_code credential_load(const struct credential_source *src, struct credential **out,
                              struct err *e);
void credential_free(struct credential *c); /* wipes; NULL is a no-op */
/* "client secret" or "certificate", for messages. */
const char *credential_kind(const struct credential *c);

#endif
