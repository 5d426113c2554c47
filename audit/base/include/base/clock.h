/* base/clock.h - where time comes from, so that tests can set it.
 *
 * `wall` is what gets recorded and what "30 days ago" is counted from; SOURCE_DATE_EPOCH (seconds,
 * reproducible-builds.org) freezes it. `mono` drives waits and timeouts and never jumps. Signing
 * and token lifetimes use the real time of day, clock_real_ms(), whatever `wall` says: a service
 * checks them against its own clock. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H
#include <stdbool.h>
#include <stdint.h>

struct clock_src {
    int64_t (*wall_ms)(void *ctx);
    int64_t (*mono_ms)(void *ctx);
    void *ctx;
};

/* The system's clocks; wall honours SOURCE_DATE_EPOCH as it was at the first call. */
const struct clock_src *clock_system(void);
int64_t clock_wall_ms(const struct clock_src *c);
int64_t clock_mono_ms(const struct clock_src *c);
int64_t clock_real_ms(void);

#endif
