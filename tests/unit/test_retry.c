#include "base/limits.h"
#include "retry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void retry_after_is_read_as_sent(void **state)
{
    /* 2026-11-23T04:05:06Z */
    static const int64_t now = 1795406706000;
    static const struct {
        const char *name, *value;
        bool want;
        int64_t ms;
    } cases[] = {
        {"absent", NULL, false, 0},
        {"empty", "", false, 0},
        {"seconds", "7", true, 7000},
        {"zero", "0", true, 0},
        {"decimal", "2.128", true, 2128},
        {"decimal, rounded up", "0.0001", true, 1},
        {"many digits", "1.23456789012345678901234567890", true, 1235},
        {"blanks around", " \t7 ", true, 7000},
        {"huge", "9999999", true, LIMIT_RETRY_WAIT_MS},
        {"past any integer", "99999999999999999999999999999999", true, LIMIT_RETRY_WAIT_MS},
        {"negative", "-5", false, 0},
        {"signed", "+5", false, 0},
        {"word", "soon", false, 0},
        {"exponent", "1e3", false, 0},
        {"hexadecimal", "0x10", false, 0},
        {"unit", "7s", false, 0},
        {"two numbers", "7, 8", false, 0},
        {"only a point", ".", false, 0},
        {"nothing before the point", ".5", false, 0},
        {"nothing behind the point", "5.", false, 0},
        {"two points", "1.2.3", false, 0},
        {"date", "Mon, 23 Nov 2026 04:05:16 GMT", true, 10000},
        {"date in the past", "Mon, 23 Nov 2026 04:05:00 GMT", true, 0},
        {"date far ahead", "Mon, 23 Nov 2099 04:05:00 GMT", true, LIMIT_RETRY_WAIT_MS},
        {"date of another form", "2026-11-23T04:05:16Z", false, 0},
        {"no such day", "Mon, 31 Feb 2026 04:05:16 GMT", false, 0},
        {"long nonsense", "Mon, 23 Nov 2026 04:05:16 GMT and much much more", false, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int64_t ms = -77;

        if (retry_after_parse(cases[i].value, now, &ms) != cases[i].want)
            fail_msg("%s: wanted %d", cases[i].name, cases[i].want);
        if (ms != (cases[i].want ? cases[i].ms : -77))
            fail_msg("%s: got %lld ms", cases[i].name, (long long)ms);
    }
}

static void a_date_is_counted_from_the_services_own_clock(void **state)
{
    static const int64_t now = 1795406706000; /* 2026-11-23T04:05:06Z, by our clock */
    static const struct {
        const char *name, *value, *date;
        int64_t ms;
    } cases[] = {
        {"absent", NULL, NULL, RETRY_NO_HINT},
        {"nonsense", "soon", "Mon, 23 Nov 2026 04:05:06 GMT", RETRY_NO_HINT},
        {"seconds need no clock", "7", "Mon, 23 Nov 2026 04:15:06 GMT", 7000},
        {"clocks agree", "Mon, 23 Nov 2026 04:05:16 GMT", "Mon, 23 Nov 2026 04:05:06 GMT", 10000},
        {"ours is behind", "Mon, 23 Nov 2026 04:15:16 GMT", "Mon, 23 Nov 2026 04:15:06 GMT", 10000},
        {"ours is ahead", "Mon, 23 Nov 2026 03:55:16 GMT", "Mon, 23 Nov 2026 03:55:06 GMT", 10000},
        {"no Date", "Mon, 23 Nov 2026 04:05:16 GMT", NULL, 10000},
        {"a bad Date", "Mon, 23 Nov 2026 04:05:16 GMT", "today", 10000},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int64_t ms = retry_hint_ms(cases[i].value, cases[i].date, now);

        if (ms != cases[i].ms)
            fail_msg("%s: got %lld ms", cases[i].name, (long long)ms);
    }
}

static void waits_grow_and_are_bounded(void **state)
{
    int64_t least = 1000;

    (void)state;
    for (unsigned failed = 1; failed < 12; failed++) {
        bool differ = false;
        int64_t first = 0;

        for (uint64_t seed = 0; seed < 200; seed++) {
            struct prng p = {seed};
            int64_t ms = retry_wait_ms(&p, failed, RETRY_NO_HINT);

            if (seed == 0)
                first = ms;
            differ = differ || ms != first;
            if (ms < (least < 60000 ? least : 60000) || ms > 2 * least || ms > 60000)
                fail_msg("failure %u, seed %llu: %lld ms", failed, (unsigned long long)seed,
                         (long long)ms);
        }
        if (!differ && least < 60000)
            fail_msg("failure %u: no jitter", failed);
        least *= 2;
    }
}

static void a_hint_is_never_undercut(void **state)
{
    static const int64_t hints[] = {0, 1, 999, 2128, 60000, 599000, LIMIT_RETRY_WAIT_MS};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(hints); i++)
        for (uint64_t seed = 0; seed < 200; seed++) {
            struct prng p = {seed};
            int64_t ms = retry_wait_ms(&p, 5, hints[i]);

            if (ms < hints[i] || ms > hints[i] + 1000 || ms > LIMIT_RETRY_WAIT_MS)
                fail_msg("hint %lld: %lld ms", (long long)hints[i], (long long)ms);
        }
}

static void the_same_seed_gives_the_same_waits(void **state)
{
    struct prng a = {42};
    struct prng b = {42};

    (void)state;
    for (unsigned i = 1; i < 50; i++)
        assert_int_equal(retry_wait_ms(&a, i, RETRY_NO_HINT), retry_wait_ms(&b, i, RETRY_NO_HINT));
}

static void statuses_have_their_rules(void **state)
{
    static const struct {
        long status;
        bool retried;
        enum err_code code;
    } cases[] = {
        {400, false, ERR_NET},    {401, false, ERR_DENIED},   {403, false, ERR_DENIED},
        {404, false, ERR_ABSENT}, {408, true, ERR_NET},       {409, false, ERR_NET},
        {418, false, ERR_NET},    {429, true, ERR_THROTTLED}, {500, true, ERR_NET},
        {501, false, ERR_NET},    {502, true, ERR_NET},       {503, true, ERR_NET},
        {504, true, ERR_NET},     {0, false, ERR_NET},        {204, false, ERR_NET},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct retry_rule *r = retry_rule_of(cases[i].status);

        if (r->code != cases[i].code ||
            r->attempts != (cases[i].retried ? (unsigned)LIMIT_ATTEMPTS : 1U))
            fail_msg("%ld", cases[i].status);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(retry_after_is_read_as_sent),
        cmocka_unit_test(a_date_is_counted_from_the_services_own_clock),
        cmocka_unit_test(waits_grow_and_are_bounded),
        cmocka_unit_test(a_hint_is_never_undercut),
        cmocka_unit_test(the_same_seed_gives_the_same_waits),
        cmocka_unit_test(statuses_have_their_rules),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
