#include "client_internal.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "reader.h"
#include "reply.h"
#include "throttle.h"
#include "token.h"
#include "transport.h"

#include <stdio.h>
#include <stdlib.h>

enum { READ_ASIDE_BYTES = 16 * 1024 };

void client_progress(struct chain *ch, const char *state, int64_t wait_ms)
{
    struct chain_end now = chain_standing(ch, ERR_OK, "");

    if (ch->spec.on_progress != NULL)
        ch->spec.on_progress(ch->spec.ctx, &now, state, wait_ms);
}

static void wait_and_retry(struct client *c, struct chain *ch, const struct reply_judgement *j,
                           const struct transfer_reply *r)
{
    int64_t now = clock_mono_ms(c->clock);
    int64_t hint = retry_hint_ms(r->retry_after, r->date, clock_real_ms());
    int64_t wait;
    bool is_late;
    char message[ERR_MSG_BYTES];

    if (hint >= LIMIT_RETRY_WAIT_MS) {
        /* To come back earlier than told makes it worse, and to wait for days helps nobody. */
        throttle_on_refused(c->throttles[ch->spec.bucket], ch->sent_ms, 0);
        client_end_chain(c, ch, j->code,
                         reply_message(j,
                                       "the service wants to be left alone for longer than "
                                       "this run can wait",
                                       NULL, message));
        return;
    }
    ch->odd += j->is_odd ? 1 : 0;
    /* All streams of a connection share its fate: one that died without a word fails every try. */
    ch->needs_fresh = r->code != ERR_OK;
    wait = retry_wait_ms(&c->prng, ++ch->failed, hint);
    is_late = c->deadline_ms != 0 && now + wait >= c->deadline_ms;
    /* What gives up does not make the others of its bucket wait for nothing. */
    if (j->is_throttled)
        throttle_on_refused(c->throttles[ch->spec.bucket], ch->sent_ms, is_late ? 0 : wait);
    else
        throttle_on_done(c->throttles[ch->spec.bucket], ch->sent_ms);
    if (is_late) {
        client_end_chain(
            c, ch, ERR_DEADLINE,
            reply_message(j, "the next try would be after the deadline", NULL, message));
        return;
    }
    c->counters.retries++;
    if (j->is_throttled)
        c->counters.throttled_ms += wait;
    client_make_wait(c, ch, now + wait);
    client_progress(ch, j->is_throttled ? "throttled" : "running", wait);
}

static enum link_service link_service_of(const struct chain *ch)
{
    return ch->spec.service == SERVICE_GRAPH ? LINK_GRAPH : LINK_EXCHANGE;
}

static char *ends_of(const json_t *value)
{
    size_t n = json_array_size(value);
    char *first = json_dumps(json_array_get(value, 0), JSON_COMPACT);
    char *last = json_dumps(json_array_get(value, n - 1), JSON_COMPACT);
    char *both = xasprintf("%zu %s %s", n, first != NULL ? first : "", last != NULL ? last : "");

    free(first);
    free(last);
    return both;
}

/* A list whose links never end shows the same rows again: no two pages begin and end with the same
 * rows. Only those are looked at, as the whole page would cost as much as parsing it did. */
static bool is_repeated(struct chain *ch, const struct odata_page *page)
{
    char *ends = json_array_size(page->value) > 0 ? ends_of(page->value) : NULL;
    const char *these = ends != NULL ? ends : page->ends;
    bool is_new = these == NULL || link_seen_add(&ch->seen_rows, these);

    free(ends);
    return !is_new;
}

/* The next page is asked for before this one is stored: the service works on it meanwhile. */
static void follow_next(struct client *c, struct chain *ch, const char *next, struct err *e)
{
    const char *origin = c->origins[ch->spec.service];

    if (link_check_next(next, link_service_of(ch), origin, ch->regional, e) != ERR_OK)
        return;
    if (!link_seen_add(&ch->seen, next)) {
        err_set(e, ERR_LIMIT, "page %llu leads back to a page that was read before",
                (unsigned long long)ch->pages);
        return;
    }
    if (ch->pages >= LIMIT_PAGES) {
        err_set(e, ERR_LIMIT, "more than %d pages", LIMIT_PAGES);
        return;
    }
    chain_set_page(ch, xstrdup(next));
    client_make_ready(c, ch);
    client_send_ready(c);
}

/* Ends a chain for something that was found after its reply had been judged good. */
static void end_after_reply(struct client *c, struct chain *ch, const struct err *why,
                            const struct reply_judgement *j)
{
    char message[ERR_MSG_BYTES];

    client_end_chain(c, ch, why->code, reply_message(j, "", why->msg, message));
}

static void on_page(struct client *c, struct chain *ch, const struct reply_judgement *j)
{
    const struct odata_page *page = &j->page;
    struct err e = ERR_INIT;

    struct err next = ERR_INIT;

    throttle_on_done(c->throttles[ch->spec.bucket], ch->sent_ms);
    ch->pages++;
    if ((ch->pages > 1 || page->next != NULL) && is_repeated(ch, page)) {
        err_set(&e, ERR_LIMIT, "page %llu holds rows that were read before",
                (unsigned long long)ch->pages);
        end_after_reply(c, ch, &e, j);
        return;
    }
    if (page->next != NULL)
        follow_next(c, ch, page->next, &next);
    if ((page->pack != NULL
             ? ch->spec.on_packed(ch->spec.ctx, page->pack, page->next, &ch->rows, &e)
             : ch->spec.on_page(ch->spec.ctx, page->root, page->value, &ch->rows, &e)) != ERR_OK) {
        end_after_reply(c, ch, &e, j);
    } else if (next.code != ERR_OK) {
        end_after_reply(c, ch, &next, j);
    } else if (page->next == NULL) {
        client_end_chain(c, ch, ERR_OK, "");
    } else {
        client_progress(ch, "running", 0);
    }
}

static void on_redirect(struct client *c, struct chain *ch, const char *location,
                        const struct reply_judgement *j)
{
    struct err e = ERR_INIT;
    char *url = NULL;

    throttle_on_done(c->throttles[ch->spec.bucket], ch->sent_ms);
    if (link_check_redirect(location, link_service_of(ch), c->origins[ch->spec.service], &url,
                            &e) != ERR_OK) {
        end_after_reply(c, ch, &e, j);
        return;
    }
    chain_set_redirect(ch, url);
    client_make_ready(c, ch);
}

/* Acts on a judged reply; the chain may be gone afterwards. */
static void act(struct client *c, struct chain *ch, const struct reply_judgement *j,
                const struct transfer_reply *r)
{
    struct throttle *t = c->throttles[ch->spec.bucket];
    char message[ERR_MSG_BYTES];

    ch->status = j->status;
    c->counters.throttled += j->is_throttled ? 1 : 0;
    (void)snprintf(ch->error_code, sizeof ch->error_code, "%s", j->error.code);
    switch (j->next) {
    case REPLY_PAGE:
        on_page(c, ch, j);
        break;
    case REPLY_RETRY:
        wait_and_retry(c, ch, j, r);
        break;
    case REPLY_RENEW:
        throttle_on_done(t, ch->sent_ms);
        ch->renewed = true;
        tokens_refused(c->tokens, ch->spec.service, ch->generation, r->challenge);
        c->counters.retries++;
        client_make_ready(c, ch);
        break;
    case REPLY_REDIRECT:
        on_redirect(c, ch, r->location, j);
        break;
    case REPLY_END:
        if (j->is_throttled)
            throttle_on_refused(t, ch->sent_ms, 0);
        else
            throttle_on_done(t, ch->sent_ms);
        client_end_chain(c, ch, j->code, reply_message(j, "", NULL, message));
        break;
    }
}

/* A reply that takes longer to read than to hand over. */
static bool is_long(const struct transfer_reply *r)
{
    return r->code == ERR_OK && r->status == 200 && r->body_len >= READ_ASIDE_BYTES;
}

void client_on_reply(void *ctx, const struct transfer_reply *r)
{
    struct chain *ch = ctx;
    struct client *c = ch->client;
    struct reply_facts facts = {.service = ch->spec.service,
                                .is_singleton = ch->spec.is_singleton,
                                .premium_expected = ch->spec.premium_expected,
                                .renewed = ch->renewed,
                                .failed = ch->failed,
                                .odd = ch->odd,
                                .redirects = ch->redirects,
                                .client_request_id = ch->client_request_id,
                                .pack = ch->spec.pack};
    struct throttle_hint hint =
        throttle_hint_parse(r->throttle_used, r->rate_remaining, r->rate_reset, clock_real_ms());
    struct reply_judgement j;

    ch->transfer = NULL;
    (void)snprintf(ch->request_id, sizeof ch->request_id, "%s",
                   r->request_id != NULL ? r->request_id : "");
    throttle_on_hint(c->throttles[ch->spec.bucket], ch->sent_ms, &hint);
    if (c->reader != NULL && is_long(r)) {
        ch->job = reply_job_new(ch, &facts, r);
        reader_put(c->reader, ch->job);
        return;
    }
    reply_judge(&facts, r, &j);
    act(c, ch, &j, r);
    reply_judgement_release(&j);
}

void client_take_read(struct client *c)
{
    struct reply_job *job;

    while (c->reader != NULL && (job = reader_take(c->reader)) != NULL) {
        struct chain *ch = job->chain;

        if (ch != NULL) {
            ch->job = NULL;
            act(c, ch, &job->judgement, &job->reply);
        }
        reply_job_free(job);
    }
}
