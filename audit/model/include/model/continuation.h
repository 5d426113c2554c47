/* model/continuation.h - how far the chains of an unfinished collection are.
 *
 * Each page is stored in one transaction with its chain's continuation, so that whatever kills the
 * run, the next one goes on behind the last page that was stored: no row is lost, none is counted
 * twice. A continuation may hold a service's skip token, never a bearer token or a secret; sealing
 * the snapshot removes them all. The link comes out of a file: whoever follows it checks it first.
 */
#ifndef MODEL_CONTINUATION_H
#define MODEL_CONTINUATION_H
#include "base/digest.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct store;

/* What the pages of one chain came to. Counts are those of the chain alone. */
struct continuation {
    char *request, *subject; /* for people; subject may be NULL */
    char *next;              /* NULL: the chain has been read to its end */
    char *odd_first;         /* may be NULL, as what follows */
    char *reason_code, *detail;
    char *started_at;
    uint64_t rows, pages, requests, seen, served, odd;
};
/* Fine on a zeroed one. */
void continuation_release(struct continuation *c);

/* Names a chain by what it asks for: NULL parts are as good as empty ones. */
void continuation_key(const char *resource, const char *request, const char *body,
                      char out[SHA256_HEX_BYTES]);

/* Adds or replaces. Belongs into the transaction of the page. */
enum err_code continuation_put(struct store *s, const char *resource, const char *key,
                               const struct continuation *c, struct err *e);
/* *found: `out` is filled, the caller releases it. */
enum err_code continuation_get(struct store *s, const char *resource, const char *key,
                               struct continuation *out, bool *found, struct err *e);
/* One chain's, or with a NULL key all of the resource. */
enum err_code continuation_drop(struct store *s, const char *resource, const char *key,
                                struct err *e);

#endif
