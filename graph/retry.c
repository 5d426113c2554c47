#include "retry.h"

#include "base/limits.h"
#include "base/strs.h"
#include "base/timex.h"

#include <string.h>

enum {
    FIRST_WAIT_MS = 1000,
    LAST_WAIT_MS = 60 * 1000,
    LEAST_SPREAD_MS = 100,
    MOST_SPREAD_MS = 1000
};

uint64_t prng_next(struct prng *p)
{
    uint64_t z = (p->state += 0x9E3779B97F4A7C15U);

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
}

static int64_t prng_below(struct prng *p, int64_t n)
{
    return n > 0 ? (int64_t)(prng_next(p) % (uint64_t)n) : 0;
}

static int64_t capped(int64_t ms)
{
    return ms > LIMIT_RETRY_WAIT_MS ? LIMIT_RETRY_WAIT_MS : ms;
}

/* "7", "2.128", "0.5": rounded up to whole milliseconds. */
static bool seconds_parse(const char *s, size_t n, int64_t *ms)
{
    int64_t whole = 0;
    int64_t frac = 0;
    int64_t scale = 1000;
    size_t i = 0;
    bool up = false;

    for (; i < n && s[i] >= '0' && s[i] <= '9'; i++)
        if (whole <= LIMIT_RETRY_WAIT_MS)
            whole = whole * 10 + (s[i] - '0');
    if (i == 0)
        return false;
    if (i < n && s[i] == '.') {
        size_t start = ++i;

        for (; i < n && s[i] >= '0' && s[i] <= '9'; i++) {
            scale /= 10;
            frac += scale * (s[i] - '0');
            up = up || (scale == 0 && s[i] != '0');
        }
        if (i == start)
            return false;
    }
    if (i != n)
        return false;
    *ms = whole * 1000 + frac + (up ? 1 : 0);
    return true;
}

bool retry_after_parse(const char *value, int64_t real_now_ms, int64_t *wait_ms)
{
    char date[40];
    int64_t ms;
    size_t n;

    if (value == NULL)
        return false;
    value += strspn(value, " \t");
    n = strlen(value);
    while (n > 0 && (value[n - 1] == ' ' || value[n - 1] == '\t'))
        n--;
    if (seconds_parse(value, n, &ms)) {
        *wait_ms = capped(ms);
        return true;
    }
    if (n >= sizeof date)
        return false;
    memcpy(date, value, n);
    date[n] = '\0';
    if (!http_date_parse(date, &ms))
        return false;
    *wait_ms = ms > real_now_ms ? capped(ms - real_now_ms) : 0;
    return true;
}

int64_t retry_hint_ms(const char *retry_after, const char *date, int64_t real_now_ms)
{
    int64_t hint = RETRY_NO_HINT;
    int64_t served;

    if (date != NULL && http_date_parse(date, &served))
        real_now_ms = served;
    (void)retry_after_parse(retry_after, real_now_ms, &hint);
    return hint;
}

int64_t retry_wait_ms(struct prng *p, unsigned failed, int64_t hint_ms)
{
    int64_t wait = FIRST_WAIT_MS;
    int64_t spread;

    if (hint_ms >= 0) {
        spread = hint_ms / 10;
        if (spread < LEAST_SPREAD_MS)
            spread = LEAST_SPREAD_MS;
        if (spread > MOST_SPREAD_MS)
            spread = MOST_SPREAD_MS;
        return capped(hint_ms + prng_below(p, spread + 1));
    }
    for (unsigned i = 1; i < failed && wait < LAST_WAIT_MS; i++)
        wait *= 2;
    wait += prng_below(p, wait + 1);
    return wait < LAST_WAIT_MS ? wait : LAST_WAIT_MS;
}

static const struct retry_rule rules[] = {
    {400, 1, ERR_NET},
    {401, 1, ERR_DENIED}, /* the client renews the token once before this rule is asked */
    {403, 1, ERR_DENIED},
    {404, 1, ERR_ABSENT},
    {408, LIMIT_ATTEMPTS, ERR_NET},
    {410, 1, ERR_NET},
    {429, LIMIT_ATTEMPTS, ERR_THROTTLED},
    {500, LIMIT_ATTEMPTS, ERR_NET},
    {501, 1, ERR_NET},
    {502, LIMIT_ATTEMPTS, ERR_NET},
    {503, LIMIT_ATTEMPTS, ERR_NET},
    {504, LIMIT_ATTEMPTS, ERR_NET},
};

const struct retry_rule *retry_rule_of(long status)
{
    static const struct retry_rule other = {0, 1, ERR_NET};

    for (size_t i = 0; i < COUNT_OF(rules); i++)
        if (rules[i].status == status)
            return &rules[i];
    return &other;
}
