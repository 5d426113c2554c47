/* graph/chain.h - one collection on its way: its request, its pages, its tries.
 *
 * Owned by the client, which decides when it is sent; this module knows how a request looks on the
 * wire. Headers after Microsoft Graph's paging rules (request headers do not carry over to the next
 * page: every page sends them again) and what Exchange's own module sends. */
#ifndef GRAPH_CHAIN_H
#define GRAPH_CHAIN_H
#include "base/digest.h"
#include "base/strs.h"
#include "client.h"
#include "link.h"
#include "odata.h"

#include <sys/queue.h>

struct reply_job;
struct transfer;

enum chain_state { CHAIN_READY, CHAIN_IN_FLIGHT, CHAIN_WAITING };

struct chain {
    TAILQ_ENTRY(chain) at; /* in the client's list of its state */
    struct client *client;
    struct chain_spec spec; /* its texts are NULL or point to what is owned below */
    char *name, *cmdlet;
    enum chain_state state;

    char *url;      /* of the page that is asked for now */
    char *body;     /* sent with every page; NULL for a GET */
    char *regional; /* origin that an allowed redirect led to, or NULL */
    struct link_seen seen;
    struct link_seen seen_rows; /* first and last row of each page */

    unsigned failed;                /* tries of this page that went wrong */
    unsigned odd;                   /* those of them that are tried again a few times only */
    bool needs_fresh;               /* the last try failed with its connection: not over it again */
    unsigned redirects;             /* followed for this page */
    bool renewed;                   /* the token was renewed for this page */
    unsigned generation;            /* of the token it was sent with */
    int64_t sent_ms, not_before_ms; /* monotonic */
    bool is_paced;                  /* its next request waits for the bucket, and that was said */
    struct transfer *transfer;
    struct reply_job *job; /* its reply is being read; the client's */
    char client_request_id[GUID_TEXT_BYTES];

    uint64_t rows, pages, requests;
    long status;
    char error_code[ODATA_CODE_BYTES];
    char request_id[REQUEST_ID_BYTES]; /* the service's, of the last reply */
};

/* Never NULL; copies what it needs of `spec`. ERR_BUG when the request guard refuses it. */
enum err_code chain_new(struct client *client, const struct chain_spec *spec, const char *origin,
                        const char *tenant, struct chain **out, struct err *e);
void chain_free(struct chain *ch); /* NULL is a no-op; it must be in no list and not in flight */

enum { CHAIN_HEADERS = 8 };
/* A fresh client-request-id and the headers of the next try. Appends to `out`. */
void chain_headers(struct chain *ch, const char *tenant, struct strlist *out);
/* Goes on to another page, or to another URL of the same page (takes `url`). */
void chain_set_page(struct chain *ch, char *url);
void chain_set_redirect(struct chain *ch, char *url);
struct chain_end chain_standing(const struct chain *ch, enum err_code code, const char *message);

#endif
