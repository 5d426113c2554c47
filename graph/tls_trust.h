/* graph/tls_trust.h - certificates that are trusted besides the system's store. */
#ifndef GRAPH_TLS_TRUST_H
#define GRAPH_TLS_TRUST_H
#include "base/err.h"

#include <curl/curl.h>

struct tls_trust; /* opaque */

/* Reads every certificate of a PEM file. ERR_USAGE when there is none. */
enum err_code tls_trust_load(const char *path, struct tls_trust **out, struct err *e);
void tls_trust_free(struct tls_trust *t); /* NULL is a no-op */
/* Adds them to what `easy` trusts; `t` must outlive the transfer. NULL: the system's store alone.
 */
CURLcode tls_trust_apply(const struct tls_trust *t, CURL *easy);

#endif
