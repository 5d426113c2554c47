/* graph/throttle.h - when may the next request to a service go out?
 *
 * One throttle per bucket. A budget is a number of requests in a window of time, counted exactly
 * (the times of the last requests are kept), so that no window ever holds more. A budget that
 * nobody publishes may be wide, with a narrow one to fall back on once the service has refused.
 *
 * How many are under way at once starts small and doubles with every round of good answers, as in
 * TCP's slow start; a refusal halves it, and from then on it grows by one a round. After a refusal
 * the whole bucket is closed for the wait, and then goes on one request at a time, at a pace that
 * doubles with every further refusal and halves with every success.
 *
 * Not thread-safe: owned by one client. Time is monotonic milliseconds of the clock given at
 * creation, so that tests can move it by hand. */
#ifndef GRAPH_THROTTLE_H
#define GRAPH_THROTTLE_H
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct clock_src;
struct throttle; /* opaque */

struct throttle_budget {
    unsigned requests; /* in one window, at least 1 */
    int64_t window_ms;
    unsigned in_flight; /* at once, at least 1 */
    /* From the first refusal on, not more than so many; 0: the same as before. */
    unsigned fallback_requests;
    int64_t fallback_window_ms;
};

/* Never NULL. Caller owns the result; `clock` is borrowed, must outlive it. */
struct throttle *throttle_new(const struct clock_src *clock, const struct throttle_budget *budget);
void throttle_free(struct throttle *t); /* NULL is a no-op */

/* Wait before sending, in ms; 0 means now. Does not look at what is in flight. */
int64_t throttle_delay_ms(const struct throttle *t);
/* The service refused for load, and said how long to wait: that is why there is a delay. */
bool throttle_is_closed(const struct throttle *t);
/* No more at once until one of them is done. */
bool throttle_is_full(const struct throttle *t);

/* A request goes out now; returns the time, to be given back with its end. */
int64_t throttle_on_send(struct throttle *t);
/* How many may be under way at once now. */
unsigned throttle_limit(const struct throttle *t);

/* What the service says beside a good answer, before it refuses anything. */
struct throttle_hint {
    /* x-ms-throttle-limit-percentage of Microsoft Graph: sent from 0.8 of the limit up. 0: absent.
     */
    double used;
    /* Rate-Limit-Remaining of Exchange, and the time to its Rate-Limit-Reset. -1: absent. */
    int64_t remaining, reset_in_ms;
};
/* Near the limit (used >= 0.8) no more requests go out at once than half; when a counted rest is
 * nearly used up, it is spread over the time that is left. */
void throttle_on_hint(struct throttle *t, int64_t sent_ms, const struct throttle_hint *hint);
/* Reads the three headers, each NULL when absent; what is no number or time counts as absent. */
struct throttle_hint throttle_hint_parse(const char *used, const char *remaining, const char *reset,
                                         int64_t real_now_ms);

/* The request sent at `sent_ms` ended well (or in a way that has nothing to do with load). */
void throttle_on_done(struct throttle *t, int64_t sent_ms);
/* It was refused for load: nothing goes out for `wait_ms`. Refusals of requests that were sent
 * before the bucket was closed do not slow the start further. */
void throttle_on_refused(struct throttle *t, int64_t sent_ms, int64_t wait_ms);

#endif
