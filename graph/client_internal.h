/* graph/client_internal.h - the client from inside: client.c sends, client_reply.c takes what
 * comes.
 *
 * Every chain is in exactly one list: ready (of its bucket), in flight, or waiting for its next
 * try. The functions here keep that so. */
#ifndef GRAPH_CLIENT_INTERNAL_H
#define GRAPH_CLIENT_INTERNAL_H
#include "chain.h"
#include "client.h"
#include "retry.h"

struct reader;
struct throttle;
struct tokens;
struct transfer_reply;
struct transport;

TAILQ_HEAD(chain_list, chain);

struct client {
    char *tenant;
    const char *origins[SERVICE_COUNT]; /* borrowed from the cloud */
    unsigned concurrency;
    int64_t deadline_ms;
    const struct clock_src *clock;
    struct prng prng;
    struct transport *transport;
    struct tokens *tokens;
    struct reader *reader; /* NULL: there is no thread */
    struct throttle *throttles[BUCKET_COUNT];
    struct chain_list ready[BUCKET_COUNT]; /* highest priority first */
    struct chain_list waiting;             /* backing off */
    struct chain_list in_flight;
    size_t open, in_flight_count;
    size_t turn; /* bucket that is asked first, so that equals take turns */
    bool is_ending;
    struct client_counters counters;
    void (*tick)(void *ctx); /* may be NULL */
    void *tick_ctx;
};

/* Takes the chain out of its list and makes it ready again: for its next page or try. */
void client_progress(struct chain *ch, const char *state, int64_t wait_ms);
void client_make_ready(struct client *c, struct chain *ch);
/* Starts what may start now and lets it leave. Takes no replies and ends no chain: for callbacks.
 */
void client_send_ready(struct client *c);
/* Takes the chain out of its list and lets it wait until `not_before_ms` (monotonic). */
void client_make_wait(struct client *c, struct chain *ch, int64_t not_before_ms);
/* Takes the chain out of its list, tells its owner, and frees it. */
void client_end_chain(struct client *c, struct chain *ch, enum err_code code, const char *message);

/* The end of a transfer; `ctx` is its chain. */
void client_on_reply(void *ctx, const struct transfer_reply *r);
/* Takes the replies that were read meanwhile. */
void client_take_read(struct client *c);

#endif
