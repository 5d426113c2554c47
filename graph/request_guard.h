/* graph/request_guard.h - read-only by construction.
 *
 * One function judges every request against one table, and transport.c calls it in the one place
 * where a transfer is started. A request that could change a tenant cannot leave this program,
 * whatever asks for it. Allowed are: GET to Graph; GET of a tenant's public OpenID configuration;
 * POST to the token and device code endpoints; GET (Azure Pipelines: POST of nothing) to the
 * pipeline's and GET to the machine's own token endpoints; POST to Graph's
 * directoryObjects/getByIds; POST to Exchange's InvokeCommand with a cmdlet named "Get-" and then
 * letters and digits only. */
#ifndef GRAPH_REQUEST_GUARD_H
#define GRAPH_REQUEST_GUARD_H
#include "base/err.h"

#include <stddef.h>

enum guard_target {
    GUARD_LOGIN,
    GUARD_GRAPH,
    GUARD_EXCHANGE,
    GUARD_FEDERATION, /* the OIDC endpoint of a pipeline: hands out a token, takes an empty body */
    GUARD_METADATA    /* the managed identity endpoint of this machine */
};

/* `path` is what follows the origin, query included; `body` has `body_len` bytes or is NULL.
 * ERR_OK, or ERR_BUG with the reason: a caller that gets it has a defect. */
enum err_code guard_request(enum guard_target target, const char *method, const char *path,
                            const char *body, size_t body_len, struct err *e);

#endif
