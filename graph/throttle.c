#include "throttle.h"

#include "base/clock.h"
#include "base/mem.h"

#include <stdlib.h>

enum {
    PACE_FIRST_MS = 250, /* after the first refusal: four requests a second */
    PACE_LEAST_MS = 50,  /* below this the slow start is over */
    PACE_MOST_MS = 16000
};

struct throttle {
    const struct clock_src *clock;
    struct throttle_budget budget;
    int64_t *sent; /* ring of the last budget.requests times */
    unsigned at;   /* where the oldest is, once the ring is full */
    unsigned count;
    unsigned in_flight;
    int64_t last_ms; /* of the last request; only read when count > 0 */
    int64_t closed_until_ms;
    int64_t refused_at_ms; /* when the bucket was last closed */
    bool was_refused;
    int64_t pace_ms; /* least time between two requests; 0: none */
};

struct throttle *throttle_new(const struct clock_src *clock, const struct throttle_budget *budget)
{
    struct throttle *t = xcalloc(1, sizeof *t);

    t->clock = clock;
    t->budget = *budget;
    t->sent = xcalloc(budget->requests, sizeof *t->sent);
    t->closed_until_ms = INT64_MIN;
    return t;
}

void throttle_free(struct throttle *t)
{
    if (t == NULL)
        return;
    free(t->sent);
    free(t);
}

int64_t throttle_delay_ms(const struct throttle *t)
{
    int64_t now = clock_mono_ms(t->clock);
    int64_t from = t->closed_until_ms;

    if (t->count == t->budget.requests && t->sent[t->at] + t->budget.window_ms > from)
        from = t->sent[t->at] + t->budget.window_ms;
    if (t->count > 0 && t->pace_ms > 0 && t->last_ms + t->pace_ms > from)
        from = t->last_ms + t->pace_ms;
    return from > now ? from - now : 0;
}

bool throttle_is_full(const struct throttle *t)
{
    /* In the slow start one request at a time shows whether the service is well again. */
    return t->in_flight >= (t->pace_ms > 0 ? 1 : t->budget.in_flight);
}

int64_t throttle_on_send(struct throttle *t)
{
    int64_t now = clock_mono_ms(t->clock);

    t->sent[t->at] = now;
    t->at = (t->at + 1) % t->budget.requests;
    if (t->count < t->budget.requests)
        t->count++;
    t->last_ms = now;
    t->in_flight++;
    return now;
}

static void one_less(struct throttle *t)
{
    if (t->in_flight > 0)
        t->in_flight--;
}

void throttle_on_done(struct throttle *t, int64_t sent_ms)
{
    one_less(t);
    if (t->was_refused && sent_ms < t->refused_at_ms)
        return; /* it was let in before the refusal: no sign of recovery */
    t->pace_ms /= 2;
    if (t->pace_ms < PACE_LEAST_MS)
        t->pace_ms = 0;
}

void throttle_on_refused(struct throttle *t, int64_t sent_ms, int64_t wait_ms)
{
    int64_t now = clock_mono_ms(t->clock);

    one_less(t);
    if (!t->was_refused || sent_ms >= t->refused_at_ms) {
        t->pace_ms = t->pace_ms > 0 ? t->pace_ms * 2 : PACE_FIRST_MS;
        if (t->pace_ms > PACE_MOST_MS)
            t->pace_ms = PACE_MOST_MS;
    }
    t->was_refused = true;
    t->refused_at_ms = now;
    if (now + wait_ms > t->closed_until_ms)
        t->closed_until_ms = now + wait_ms;
}
