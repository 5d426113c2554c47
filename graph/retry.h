/* graph/retry.h - whether a request is tried again, and how long to wait before.
 *
 * Pure arithmetic: the clock's reading and the random numbers come in from outside. Durations are
 * milliseconds. Statuses after Microsoft Graph's throttling guidance and what Exchange's admin
 * clients retry; the waits start at 1 to 2 s, double, and stop growing at one minute. */
#ifndef GRAPH_RETRY_H
#define GRAPH_RETRY_H
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/* SplitMix64: small, seedable, good enough to spread retries. */
struct prng {
    uint64_t state;
};
uint64_t prng_next(struct prng *p);

/* Retry-After: decimal seconds ("7", "2.128") or an IMF-fixdate, counted from `real_now_ms` (time
 * of day). False when absent (NULL), negative or nonsense: *wait_ms is untouched. A date in the
 * past is 0. Never more than LIMIT_RETRY_WAIT_MS. */
bool retry_after_parse(const char *value, int64_t real_now_ms, int64_t *wait_ms);

enum { RETRY_NO_HINT = -1 };
/* What Retry-After says, in milliseconds; RETRY_NO_HINT when it says nothing. A date is counted
 * from the reply's own Date (NULL: from `real_now_ms`), because this computer's clock may be wrong.
 */
int64_t retry_hint_ms(const char *retry_after, const char *date, int64_t real_now_ms);
/* Wait before the next try. `failed` counts the tries that went wrong, from 1. A hint (Retry-After)
 * is never undercut; at most a tenth, or one second, is added to spread clients. */
int64_t retry_wait_ms(struct prng *p, unsigned failed, int64_t hint_ms);

/* What an HTTP status means once retrying is over, and how often it is tried in all. */
struct retry_rule {
    long status;
    unsigned attempts; /* the first included; 1: never again */
    enum err_code code;
};
/* Never NULL: unlisted statuses have a rule of their class. */
const struct retry_rule *retry_rule_of(long status);

/* Replies that are malformed (empty, HTML, cut off) are tried this often in all. */
enum { RETRY_ODD_ATTEMPTS = 3, RETRY_PREMIUM_ATTEMPTS = 4 };

#endif
