/* graph/credential.h - what signs in: an application, a managed identity, or a person.
 *
 * Secrets come from files, the environment or the machine, never from argv; they are wiped when
 * released. Sources: Azure SDK documentation of EnvironmentCredential, WorkloadIdentityCredential,
 * AzurePipelinesCredential and ManagedIdentityCredential; GitHub documentation "Configuring OpenID
 * Connect in Azure". */
#ifndef GRAPH_CREDENTIAL_H
#define GRAPH_CREDENTIAL_H
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct credential; /* opaque */

struct credential_source {
    const char *client_secret_file; /* --client-secret-file, or NULL; trailing newline is cut */
    /* --client-certificate-file and --client-certificate-password-file, or NULL. The certificate
     * goes before what the environment holds; not both this and a secret's file. */
    const char *client_certificate_file, *client_certificate_password_file;
    const char *auth;  /* --auth: the one mode to use; NULL: the first that is there */
    const char *cache; /* device code: file that keeps the refresh token (0600); NULL: none */
    /* The rest is read from the environment by credential_load. */
};

/* Order: client secret, certificate, workload identity, GitHub Actions, Azure Pipelines, managed
 * identity (App Service, Azure Arc, virtual machine); device code only when it is named. ERR_USAGE
 * when there is none - the message says what was looked for - or when what is there cannot be used:
 * a file that is unreadable, readable by others, expired, or has no RSA key. Nothing is contacted.
 */
enum err_code credential_load(const struct credential_source *src, struct credential **out,
                              struct err *e);
void credential_free(struct credential *c); /* wipes; NULL is a no-op */
/* "client secret", "certificate", "GitHub Actions token", ... for messages. */
const char *credential_kind(const struct credential *c);
/* When the certificate that signs in ends, milliseconds since 1970; false: there is none. When a
 * client secret ends only the app registration knows. */
bool credential_ends_at(const struct credential *c, int64_t *at_ms);
/* False for managed identities, where a client id only chooses among several. */
bool credential_needs_client_id(const struct credential *c);
/* Names for --auth, in order; NULL past the last. */
const char *credential_mode_at(size_t i);

#endif
