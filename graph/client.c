#include "client_internal.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/stop.h"
#include "graph/cloud.h"
#include "reader.h"
#include "throttle.h"
#include "token.h"
#include "transport.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

enum { LOOK_AROUND_MS = 250, PACE_TOLD_MS = 300, GRAPH_STALL_S = 120, EXCHANGE_STALL_S = 300 };

/* What a service lets one application do in one tenant, with a tenth of the time in reserve because
 * it counts where the requests arrive (Microsoft Graph service-specific throttling limits).
 * Directory: 3,500 to 8,000 resource units in 10 s by the tenant's size, 1 to 5 a request.
 * Conditional Access: 1 request a second. Reports: 5 in 10 s, published for sign-in and audit logs;
 * for lists of people with report data no figure is. One report says that users with sign-in
 * activity meet the same limit (microsoft-graph-docs-contrib issue 8653), so it is what the bucket
 * falls back to when refused.
 * Exchange publishes no rate, but refuses many cmdlets at once and counts down in its headers. */
static const struct budget {
    enum service service;
    struct throttle_budget budget;
} budgets[BUCKET_COUNT] = {
    [BUCKET_DIRECTORY] = {SERVICE_GRAPH, {1000, 11000, 32, 0, 0}},
    [BUCKET_CONDITIONAL_ACCESS] = {SERVICE_GRAPH, {1, 1100, 1, 0, 0}},
    [BUCKET_REPORTS] = {SERVICE_GRAPH, {5, 11000, 4, 0, 0}},
    [BUCKET_PEOPLE_REPORTS] = {SERVICE_GRAPH, {1000, 11000, 4, 5, 11000}},
    [BUCKET_EXCHANGE] = {SERVICE_EXCHANGE, {1000, 11000, 5, 0, 0}},
};

const struct throttle_budget *client_budget(enum bucket b)
{
    return &budgets[b].budget;
}

static void seed(struct prng *p)
{
    if (RAND_bytes((unsigned char *)&p->state, sizeof p->state) != 1)
        BUG("no random bytes");
}

static void wake(void *ctx)
{
    const struct client *c = ctx;

    transport_wake(c->transport);
}

enum err_code client_new(const struct client_options *o, struct client **out, struct err *e)
{
    struct client *c = xcalloc(1, sizeof *c);
    struct transport_options to = {o->ca_file, o->proxy, o->user_agent, o->concurrency, o->trace};
    struct tokens_options ko = {.tenant = o->tenant,
                                .client_id = o->client_id,
                                .cloud = o->cloud,
                                .credential = o->credential,
                                .clock = o->clock,
                                .notice = o->notice,
                                .notice_ctx = o->notice_ctx};

    seed(&c->prng);
    c->tenant = xstrdup(o->tenant != NULL ? o->tenant : "");
    c->origins[SERVICE_GRAPH] = o->cloud->graph;
    c->origins[SERVICE_EXCHANGE] = o->cloud->exchange;
    c->concurrency = o->concurrency > 0 ? o->concurrency : 1;
    c->deadline_ms = o->deadline_ms;
    c->clock = o->clock;
    c->tick = o->tick;
    c->tick_ctx = o->tick_ctx;
    TAILQ_INIT(&c->waiting);
    TAILQ_INIT(&c->in_flight);
    for (size_t i = 0; i < BUCKET_COUNT; i++) {
        TAILQ_INIT(&c->ready[i]);
        c->throttles[i] = throttle_new(o->clock, &budgets[i].budget);
    }
    to.concurrency = c->concurrency;
    if (transport_new(&to, &c->transport, e) == ERR_OK) {
        ko.transport = c->transport;
        ko.prng = &c->prng;
        tokens_new(&ko, &c->tokens, e);
        c->reader = reader_new(wake, c);
    }
    if (e->code != ERR_OK) {
        client_free(c);
        return e->code;
    }
    *out = c;
    return ERR_OK;
}

/* A reply that is being read belongs to nobody when its chain ends first. */
static void leave_job(struct chain *ch)
{
    if (ch->job != NULL)
        ch->job->chain = NULL;
    ch->job = NULL;
}

static void drop_list(struct client *c, struct chain_list *list)
{
    struct chain *ch;

    while ((ch = TAILQ_FIRST(list)) != NULL) {
        TAILQ_REMOVE(list, ch, at);
        leave_job(ch);
        transport_cancel(c->transport, ch->transfer);
        chain_free(ch);
    }
}

void client_free(struct client *c)
{
    if (c == NULL)
        return;
    drop_list(c, &c->waiting);
    drop_list(c, &c->in_flight);
    for (size_t i = 0; i < BUCKET_COUNT; i++) {
        drop_list(c, &c->ready[i]);
        throttle_free(c->throttles[i]);
    }
    reader_free(c->reader); /* before the transport that it wakes */
    tokens_free(c->tokens); /* before the transport that it uses */
    transport_free(c->transport);
    free(c->tenant);
    free(c);
}

struct client_counters client_counters(const struct client *c)
{
    struct client_counters n = c->counters;

    n.bytes = transport_bytes(c->transport);
    n.token_requests = tokens_requests(c->tokens);
    return n;
}

const json_t *client_roles(const struct client *c, enum service s)
{
    return tokens_claim(c->tokens, s, "roles");
}

const json_t *client_wids(const struct client *c, enum service s)
{
    return tokens_claim(c->tokens, s, "wids");
}

const char *client_tenant(const struct client *c, enum service s)
{
    return tokens_claim_text(c->tokens, s, "tid");
}

/* ---- lists ---- */

/* Behind its equals, or before them when it is on its way already: a chain that has begun is
 * finished before another one begins. */
static void insert_ready(struct client *c, struct chain *ch)
{
    struct chain_list *list = &c->ready[ch->spec.bucket];
    bool has_begun = ch->requests > 0;
    struct chain *after = NULL;

    ch->state = CHAIN_READY;
    if (has_begun) {
        struct chain *x = TAILQ_FIRST(list);

        while (x != NULL && x->spec.priority > ch->spec.priority) {
            after = x;
            x = TAILQ_NEXT(x, at);
        }
    } else {
        after = TAILQ_LAST(list, chain_list);
        while (after != NULL && after->spec.priority < ch->spec.priority)
            after = TAILQ_PREV(after, chain_list, at);
    }
    if (after != NULL)
        TAILQ_INSERT_AFTER(list, after, ch, at);
    else
        TAILQ_INSERT_HEAD(list, ch, at);
}

static void take_from_list(struct client *c, struct chain *ch)
{
    switch (ch->state) {
    case CHAIN_READY:
        TAILQ_REMOVE(&c->ready[ch->spec.bucket], ch, at);
        break;
    case CHAIN_WAITING:
        TAILQ_REMOVE(&c->waiting, ch, at);
        break;
    case CHAIN_IN_FLIGHT:
        TAILQ_REMOVE(&c->in_flight, ch, at);
        c->in_flight_count--;
        break;
    }
}

void client_make_ready(struct client *c, struct chain *ch)
{
    take_from_list(c, ch);
    insert_ready(c, ch);
}

void client_make_wait(struct client *c, struct chain *ch, int64_t not_before_ms)
{
    take_from_list(c, ch);
    ch->state = CHAIN_WAITING;
    ch->not_before_ms = not_before_ms;
    TAILQ_INSERT_TAIL(&c->waiting, ch, at);
}

void client_end_chain(struct client *c, struct chain *ch, enum err_code code, const char *message)
{
    struct chain_end end = chain_standing(ch, code, message);

    take_from_list(c, ch);
    c->open--;
    if (ch->transfer != NULL || ch->job != NULL) {
        transport_cancel(c->transport, ch->transfer);
        leave_job(ch);
        throttle_on_done(c->throttles[ch->spec.bucket], ch->sent_ms);
    }
    if (ch->spec.on_end != NULL)
        ch->spec.on_end(ch->spec.ctx, &end);
    chain_free(ch);
}

static void end_list(struct client *c, struct chain_list *list, const struct err *why)
{
    while (!TAILQ_EMPTY(list))
        client_end_chain(c, TAILQ_FIRST(list), why->code, why->msg);
}

static void end_all(struct client *c, const struct err *why)
{
    c->is_ending = true; /* nothing new is taken */
    end_list(c, &c->in_flight, why);
    end_list(c, &c->waiting, why);
    for (size_t i = 0; i < BUCKET_COUNT; i++)
        end_list(c, &c->ready[i], why);
    c->is_ending = false;
}

/* ---- the loop ---- */

static enum err_code send_chain(struct client *c, struct chain *ch, const char *bearer,
                                struct err *e)
{
    bool is_graph = ch->spec.service == SERVICE_GRAPH;
    struct strlist headers = {0};
    struct transfer_spec spec = {.target = is_graph ? GUARD_GRAPH : GUARD_EXCHANGE,
                                 .method = ch->body != NULL ? "POST" : "GET",
                                 .url = ch->url,
                                 .bearer = bearer,
                                 .body = ch->body,
                                 .body_len = ch->body != NULL ? strlen(ch->body) : 0,
                                 .keeps_cookies = !is_graph,
                                 .needs_fresh = ch->needs_fresh,
                                 .max_reply_bytes = LIMIT_REPLY_BYTES,
                                 .stall_s = is_graph ? GRAPH_STALL_S : EXCHANGE_STALL_S,
                                 .resource = ch->spec.name,
                                 .attempt = ch->failed + 1,
                                 .done = client_on_reply,
                                 .ctx = ch};

    chain_headers(ch, c->tenant, &headers);
    spec.headers = (const char *const *)headers.v;
    spec.header_count = headers.n;
    transport_start(c->transport, &spec, &ch->transfer, e);
    strlist_release(&headers);
    return e->code;
}

static enum err_code start_chain(struct client *c, struct chain *ch, const char *bearer,
                                 struct err *e)
{
    if (send_chain(c, ch, bearer, e) != ERR_OK)
        return e->code;
    take_from_list(c, ch);
    ch->state = CHAIN_IN_FLIGHT;
    TAILQ_INSERT_TAIL(&c->in_flight, ch, at);
    c->in_flight_count++;
    ch->sent_ms = throttle_on_send(c->throttles[ch->spec.bucket]);
    ch->requests++;
    ch->is_paced = false;
    c->counters.requests++;
    return ERR_OK;
}

/* The chain that goes next, with its token; NULL: none may go now. */
static struct chain *pick(struct client *c, const char **bearer)
{
    struct chain *best = NULL;

    c->turn = (c->turn + 1) % BUCKET_COUNT;
    for (size_t n = 0; n < BUCKET_COUNT; n++) {
        size_t i = (c->turn + n) % BUCKET_COUNT;
        struct chain *ch = TAILQ_FIRST(&c->ready[i]);
        unsigned generation;
        const char *token;

        if (ch == NULL || (best != NULL && ch->spec.priority <= best->spec.priority) ||
            throttle_is_full(c->throttles[i]) || throttle_delay_ms(c->throttles[i]) > 0)
            continue;
        token = tokens_bearer(c->tokens, ch->spec.service, &generation);
        if (token == NULL)
            continue;
        ch->generation = generation;
        *bearer = token;
        best = ch;
    }
    return best;
}

static void start_ready(struct client *c)
{
    const char *bearer;
    struct chain *ch;

    while (c->in_flight_count < c->concurrency && (ch = pick(c, &bearer)) != NULL) {
        struct err e = ERR_INIT;

        /* A link of a reply may still be one that the guard does not let through: the service's
         * fault. */
        if (start_chain(c, ch, bearer, &e) != ERR_OK)
            client_end_chain(c, ch, e.code == ERR_BUG ? ERR_PARSE : e.code, e.msg);
    }
    for (size_t i = 0; i < BUCKET_COUNT; i++) {
        const struct err *why = tokens_failure(c->tokens, budgets[i].service);
        struct err copy;

        if (why == NULL || TAILQ_EMPTY(&c->ready[i]))
            continue;
        copy = *why;
        end_list(c, &c->ready[i], &copy);
    }
}

void client_send_ready(struct client *c)
{
    struct err e = ERR_INIT; /* what cannot start stays ready, and ends in the loop */
    const char *bearer;
    struct chain *ch;

    if (c->is_ending)
        return;
    while (e.code == ERR_OK && c->in_flight_count < c->concurrency &&
           (ch = pick(c, &bearer)) != NULL)
        (void)start_chain(c, ch, bearer, &e);
    transport_push(c->transport);
}

static void wake_waiting(struct client *c)
{
    int64_t now = clock_mono_ms(c->clock);
    struct chain *next;

    for (struct chain *ch = TAILQ_FIRST(&c->waiting); ch != NULL; ch = next) {
        next = TAILQ_NEXT(ch, at);
        if (ch->not_before_ms <= now)
            client_make_ready(c, ch);
    }
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* How long nothing can happen but a reply; never longer than the signal check allows. */
static int64_t idle_ms(const struct client *c)
{
    int64_t now = clock_mono_ms(c->clock);
    int64_t wait = least(LOOK_AROUND_MS, tokens_wake_ms(c->tokens));
    const struct chain *ch;

    TAILQ_FOREACH(ch, &c->waiting, at)
    wait = least(wait, ch->not_before_ms - now);
    for (size_t i = 0; i < BUCKET_COUNT && c->in_flight_count < c->concurrency; i++) {
        int64_t delay = throttle_delay_ms(c->throttles[i]);

        if (!TAILQ_EMPTY(&c->ready[i]) && delay > 0)
            wait = least(wait, delay);
    }
    if (c->deadline_ms != 0)
        wait = least(wait, c->deadline_ms - now);
    return wait > 0 ? wait : 0;
}

/* Whoever waits because of a bucket's own rate says so, once for each request; a bucket that the
 * service closed was told of by the chain that was refused. */
static void tell_paced(struct client *c)
{
    struct chain *ch = NULL;

    for (size_t i = 0; i < BUCKET_COUNT; i++) {
        int64_t delay = TAILQ_EMPTY(&c->ready[i]) ? 0 : throttle_delay_ms(c->throttles[i]);

        if (delay < PACE_TOLD_MS || throttle_is_closed(c->throttles[i]))
            continue;
        TAILQ_FOREACH(ch, &c->ready[i], at)
        {
            if (!ch->is_paced)
                client_progress(ch, "paced", delay);
            ch->is_paced = true;
        }
    }
}

static enum err_code step(struct client *c, struct err *e)
{
    tell_paced(c);
    if (c->tick != NULL)
        c->tick(c->tick_ctx);
    return transport_step(c->transport, idle_ms(c), e);
}

static enum err_code check_time(const struct client *c, struct err *e)
{
    if (stop_requested())
        return err_set(e, ERR_INTERRUPTED, "interrupted");
    if (c->deadline_ms != 0 && clock_mono_ms(c->clock) >= c->deadline_ms)
        return err_set(e, ERR_DEADLINE, "the time for the collection (--deadline) is used up");
    return ERR_OK;
}

enum err_code client_submit(struct client *c, const struct chain_spec *spec, struct err *e)
{
    struct chain *ch = NULL;

    if (c->is_ending)
        return err_set(e, ERR_INTERRUPTED, "%s: not started, the run is ending", spec->name);
    if (chain_new(c, spec, c->origins[spec->service], c->tenant, &ch, e) != ERR_OK)
        return e->code;
    insert_ready(c, ch);
    c->open++;
    return ERR_OK;
}

enum err_code client_sign_in(struct client *c, enum service s, struct err *e)
{
    unsigned generation;

    tokens_retry(c->tokens, s);
    while (tokens_bearer(c->tokens, s, &generation) == NULL) {
        const struct err *why = tokens_failure(c->tokens, s);

        if (why != NULL)
            return err_set(e, why->code, "%s", why->msg);
        if (check_time(c, e) != ERR_OK) {
            why = tokens_trouble(c->tokens, s); /* what used the time up, if something did */
            return why == NULL || e->code != ERR_DEADLINE ? e->code
                                                          : err_wrap(e, "%.600s", why->msg);
        }
        if (step(c, e) != ERR_OK)
            return e->code;
    }
    return ERR_OK;
}

enum err_code client_run(struct client *c, struct err *e)
{
    while (c->open > 0) {
        if (check_time(c, e) != ERR_OK)
            break;
        wake_waiting(c);
        client_take_read(c);
        start_ready(c);
        if (c->open > 0 && step(c, e) != ERR_OK)
            break;
    }
    if (e->code != ERR_OK)
        end_all(c, e);
    return e->code;
}
