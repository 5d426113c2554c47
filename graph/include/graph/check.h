/* graph/check.h - would it work? Single questions to the real environment, for `doctor`.
 *
 * Each question is bounded in time and says at which step it ended. Nothing here changes anything;
 * what is sent passes graph/request_guard as everything else does. */
#ifndef GRAPH_CHECK_H
#define GRAPH_CHECK_H
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct clock_src;
struct cloud;
struct credential;
struct http_trace;

/* ---- one host: name, connection, TLS; no request is sent to it ---- */

enum host_stage { HOST_PROXY, HOST_NAME, HOST_CONNECT, HOST_TLS, HOST_DONE };
enum { CHECK_TEXT_BYTES = 320, CHECK_CHAIN_MAX = 8 };

struct host_certificate {
    char subject[CHECK_TEXT_BYTES], issuer[CHECK_TEXT_BYTES];
    char not_after[32]; /* RFC 3339 */
};
struct host_check {
    char host[CHECK_TEXT_BYTES];
    enum host_stage stage;                          /* where it ended; HOST_DONE: all is well */
    char trouble[CHECK_TEXT_BYTES];                 /* "" when all is well */
    char address[64];                               /* connected to; "" when not */
    struct host_certificate chain[CHECK_CHAIN_MAX]; /* the server's own first */
    size_t chain_count;                             /* also when it is not trusted */
};
struct host_check_options {
    const char *ca_file, *proxy; /* as struct collect_options */
    int64_t timeout_ms;
};
/* `origin` is one of struct cloud's URLs. ERR_USAGE: the CA file or the URL is of no use. */
enum err_code host_check(const struct host_check_options *o, const char *origin,
                         struct host_check *out, struct err *e);
/* The proxy that --proxy or the environment names, with its password masked, and where that was
 * said; false: none. */
bool host_check_proxy(const char *option, char out[CHECK_TEXT_BYTES], const char **said_by);

/* ---- the tenant ---- */

enum check_service { CHECK_GRAPH, CHECK_EXCHANGE };

struct tenant_check; /* opaque */
struct tenant_check_options {
    const char *tenant, *client_id;
    const struct cloud *cloud;           /* borrowed, as all below */
    const struct credential *credential; /* NULL: only tenant_check_discover() works */
    const char *ca_file, *proxy, *tool_version;
    struct http_trace *trace; /* NULL: none */
    const struct clock_src *clock;
    int64_t timeout_ms; /* for each question */
};
enum err_code tenant_check_new(const struct tenant_check_options *o, struct tenant_check **out,
                               struct err *e);
void tenant_check_free(struct tenant_check *t); /* NULL is a no-op */

/* Asks the sign-in service for its public description of the tenant. *has_date: it told the time;
 * *ahead_ms: how far its clock is ahead of this machine's, to about a second. Both are set also
 * when there is no such tenant, which is ERR_AUTH. */
enum err_code tenant_check_discover(struct tenant_check *t, bool *has_date, int64_t *ahead_ms,
                                    struct err *e);
enum err_code tenant_check_sign_in(struct tenant_check *t, enum check_service s, struct err *e);
/* Claims of the token: arrays, borrowed; NULL: no token, or the claim is absent. */
const json_t *tenant_check_roles(const struct tenant_check *t, enum check_service s);
const json_t *tenant_check_wids(const struct tenant_check *t, enum check_service s);

/* Runs the cmdlet of each resource for one object, all side by side. `ask` and `out` have `n`
 * entries; out[i].code ERR_OK: it may be run; ERR_DENIED: not allowed. After a sign-in. */
struct cmdlet_check {
    const char *resource; /* set by the caller; ERR_BUG when no cmdlet reads it */
    struct err result;
};
void tenant_check_cmdlets(struct tenant_check *t, struct cmdlet_check *v, size_t n);

/* Reads the subscribed SKUs. Errors: as for any request. */
enum err_code tenant_check_licences(struct tenant_check *t, bool *has_p1, bool *has_p2,
                                    struct err *e);

#endif
