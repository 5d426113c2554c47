#include "base/clock.h"

#include "base/strs.h"

#include <stdlib.h>
#include <time.h>

static int64_t read_clock(clockid_t id)
{
    struct timespec ts = {0, 0};

    (void)clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t clock_real_ms(void)
{
    return read_clock(CLOCK_REALTIME);
}

static int64_t system_wall(void *ctx)
{
    static int64_t frozen = -2; /* -2: not looked yet, -1: not frozen */

    (void)ctx;
    if (frozen == -2) {
        int64_t s;

        frozen = str_int(getenv("SOURCE_DATE_EPOCH"), 0, 253402300799, &s) ? s * 1000 : -1;
    }
    return frozen >= 0 ? frozen : clock_real_ms();
}

static int64_t system_mono(void *ctx)
{
    (void)ctx;
    return read_clock(CLOCK_MONOTONIC);
}

const struct clock_src *clock_system(void)
{
    static const struct clock_src src = {system_wall, system_mono, NULL};

    return &src;
}

int64_t clock_wall_ms(const struct clock_src *c)
{
    return c->wall_ms(c->ctx);
}

int64_t clock_mono_ms(const struct clock_src *c)
{
    return c->mono_ms(c->ctx);
}
