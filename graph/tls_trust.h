/* graph/tls_trust.h - which certificate authorities are trusted: the system's, and those of a file.
 *
 * libcurl parses the system's bundle anew for each connection (40 ms) unless it may keep it, which
 * it does only without a certificate folder: so the folder is added here, where it costs nothing
 * until a certificate is looked for. */
#ifndef GRAPH_TLS_TRUST_H
#define GRAPH_TLS_TRUST_H
#include "base/err.h"

#include <curl/curl.h>

struct tls_trust; /* opaque */

/* `path`: a PEM file whose certificates are trusted besides the system's, or NULL. ERR_USAGE when
 * there is none in it. */
enum err_code tls_trust_load(const char *path, struct tls_trust **out, struct err *e);
void tls_trust_free(struct tls_trust *t); /* NULL is a no-op */
/* Sets what `easy` trusts; `t` must outlive the transfer. */
CURLcode tls_trust_apply(const struct tls_trust *t, CURL *easy);
/* The same for an SSL_CTX, for a CURLOPT_SSL_CTX_FUNCTION of one's own. */
CURLcode tls_trust_add(const struct tls_trust *t, void *ssl_ctx);

#endif
