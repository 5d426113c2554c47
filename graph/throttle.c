#include "throttle.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "base/timex.h"

#include <stdlib.h>

enum {
    PACE_FIRST_MS = 250, /* after the first refusal: four requests a second */
    PACE_LEAST_MS = 50,  /* below this the slow start is over */
    PACE_MOST_MS = 16000,
    LIMIT_FIRST = 4,     /* requests at once before the first good answers */
    REMAINING_FEW = 100, /* of a counted rest: from here on it is spread over the time */
};
static const double used_much = 0.8; /* the service sends the header from here on */

struct throttle {
    const struct clock_src *clock;
    struct throttle_budget budget;
    int64_t *sent; /* ring of the last budget.requests times */
    unsigned at;   /* where the oldest is, once the ring is full */
    unsigned count;
    unsigned size; /* of the ring */
    unsigned in_flight;
    unsigned limit; /* at once */
    unsigned good;  /* answers since the limit last changed */
    bool is_growing_fast;
    int64_t halved_at_ms; /* only read when !is_growing_fast */
    int64_t last_ms;      /* of the last request; only read when count > 0 */
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
    t->size =
        budget->requests > budget->fallback_requests ? budget->requests : budget->fallback_requests;
    t->sent = xcalloc(t->size, sizeof *t->sent);
    t->limit = budget->in_flight < LIMIT_FIRST ? budget->in_flight : LIMIT_FIRST;
    t->is_growing_fast = true;
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

    if (t->count >= t->budget.requests) {
        int64_t oldest = t->sent[(t->at + t->size - t->budget.requests) % t->size];

        if (oldest + t->budget.window_ms > from)
            from = oldest + t->budget.window_ms;
    }
    if (t->count > 0 && t->pace_ms > 0 && t->last_ms + t->pace_ms > from)
        from = t->last_ms + t->pace_ms;
    return from > now ? from - now : 0;
}

bool throttle_is_closed(const struct throttle *t)
{
    return t->closed_until_ms > clock_mono_ms(t->clock);
}

bool throttle_is_full(const struct throttle *t)
{
    /* In the slow start one request at a time shows whether the service is well again. */
    return t->in_flight >= throttle_limit(t);
}

unsigned throttle_limit(const struct throttle *t)
{
    return t->pace_ms > 0 ? 1 : t->limit;
}

int64_t throttle_on_send(struct throttle *t)
{
    int64_t now = clock_mono_ms(t->clock);

    t->sent[t->at] = now;
    t->at = (t->at + 1) % t->size;
    if (t->count < t->size)
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

/* A round is as many good answers as may be under way. */
static void grow(struct throttle *t)
{
    unsigned more = t->is_growing_fast ? t->limit : 1;

    if (++t->good < t->limit)
        return;
    t->good = 0;
    t->limit = t->budget.in_flight - t->limit > more ? t->limit + more : t->budget.in_flight;
}

/* At most once for what was sent before the last time. */
static void halve(struct throttle *t, int64_t sent_ms)
{
    if (!t->is_growing_fast && sent_ms < t->halved_at_ms)
        return;
    t->limit = t->limit > 1 ? t->limit / 2 : 1;
    t->good = 0;
    t->is_growing_fast = false;
    t->halved_at_ms = clock_mono_ms(t->clock);
}

static void fall_back(struct throttle *t)
{
    if (t->budget.fallback_requests == 0)
        return;
    t->budget.requests = t->budget.fallback_requests;
    t->budget.window_ms = t->budget.fallback_window_ms;
}

void throttle_on_done(struct throttle *t, int64_t sent_ms)
{
    one_less(t);
    if (t->was_refused && sent_ms < t->refused_at_ms)
        return; /* it was let in before the refusal: no sign of recovery */
    grow(t);
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
    halve(t, sent_ms);
    fall_back(t);
    t->was_refused = true;
    t->refused_at_ms = now;
    if (now + wait_ms > t->closed_until_ms)
        t->closed_until_ms = now + wait_ms;
}

void throttle_on_hint(struct throttle *t, int64_t sent_ms, const struct throttle_hint *hint)
{
    if (hint->used >= used_much)
        halve(t, sent_ms);
    if (hint->remaining < 0 || hint->remaining >= REMAINING_FEW || hint->reset_in_ms <= 0)
        return;
    if (hint->remaining == 0) {
        int64_t until = clock_mono_ms(t->clock) + hint->reset_in_ms;

        t->closed_until_ms = until > t->closed_until_ms ? until : t->closed_until_ms;
        return;
    }
    t->pace_ms = hint->reset_in_ms / hint->remaining;
    if (t->pace_ms > PACE_MOST_MS)
        t->pace_ms = PACE_MOST_MS;
}

static double number_of(const char *text)
{
    char *end = NULL;
    double v = text != NULL ? strtod(text, &end) : 0;

    return text != NULL && end != text && *end == '\0' && v > 0 && v < 1000
               ? v
               : 0; /* NaN is neither */
}

struct throttle_hint throttle_hint_parse(const char *used, const char *remaining, const char *reset,
                                         int64_t real_now_ms)
{
    struct throttle_hint hint = {.used = number_of(used), .remaining = -1, .reset_in_ms = -1};
    int64_t at;

    if (remaining == NULL || reset == NULL || !time_parse(reset, &at) ||
        !str_int(remaining, 0, INT64_MAX, &hint.remaining))
        return hint;
    hint.reset_in_ms = at > real_now_ms ? at - real_now_ms : 0;
    if (hint.reset_in_ms > LIMIT_RETRY_WAIT_MS)
        hint.reset_in_ms = LIMIT_RETRY_WAIT_MS;
    return hint;
}
