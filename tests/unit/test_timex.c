#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/attrs.h"
#include "base/timex.h"

#include <string.h>

enum { NOT_A_TIME = -1 };

static void rfc3339(void **state)
{
    static const struct {
        const char *in;
        int64_t want;
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"2026-11-23T04:05:06Z", 1795406706000},
        {"2026-11-23T04:05:06.5Z", 1795406706500},
        {"2023-03-13T19:15:41.6195833Z", 1678734941619}, /* seven digits, as Graph sends them */
        {"2022-09-21T08:07:47.0000000+00:00", 1663747667000}, /* as Exchange sends them */
        {"2026-11-23T06:05:06+02:00", 1795406706000},
        {"2026-11-23T04:05:06", 1795406706000}, /* no zone: UTC */
        {"2026-11-23 04:05:06Z", 1795406706000},
        {"2024-02-29T00:00:00Z", 1709164800000},
        {"2023-02-29T00:00:00Z", NOT_A_TIME},
        {"2026-13-01T00:00:00Z", NOT_A_TIME},
        {"2026-11-23T24:00:00Z", NOT_A_TIME},
        {"2026-11-23T04:05:06.Z", NOT_A_TIME},
        {"2026-11-23T04:05:06Zx", NOT_A_TIME},
        {"2026-11-23", NOT_A_TIME},
        {"", NOT_A_TIME},
        {NULL, NOT_A_TIME},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int64_t ms = NOT_A_TIME;
        bool ok = time_parse(cases[i].in, &ms);

        if (ok != (cases[i].want != NOT_A_TIME) || ms != cases[i].want)
            fail_msg("%s: %s %lld", cases[i].in, ok ? "got" : "refused", (long long)ms);
    }
}

static void formatting(void **state)
{
    char out[TIME_TEXT_BYTES];

    (void)state;
    assert_string_equal(time_format(1795406706999, out), "2026-11-23T04:05:06Z");
    assert_string_equal(time_format(-1, out), "1969-12-31T23:59:59Z");
}

static void http_dates(void **state)
{
    int64_t ms = NOT_A_TIME;

    (void)state;
    assert_true(http_date_parse("Sun, 06 Nov 1994 08:49:37 GMT", &ms)); /* RFC 9110 5.6.7 */
    assert_int_equal(ms, 784111777000);
    assert_false(http_date_parse("Sunday, 06-Nov-94 08:49:37 GMT", &ms));
    assert_false(http_date_parse("Sun, 06 Nov 1994 08:49:37 PST", &ms));
    assert_false(http_date_parse("Sun, 06 Xxx 1994 08:49:37 GMT", &ms));
    assert_false(http_date_parse(NULL, &ms));
}

static void durations(void **state)
{
    static const struct {
        const char *in;
        int64_t want;
    } cases[] = {{"45m", 2700000}, {"90s", 90000}, {"2h", 7200000}, {"1d", 86400000},
                 {"250ms", 250},   {"30", 30000},  {"0s", -1},      {"-5m", -1},
                 {"5 m", -1},      {"m", -1},      {"5x", -1},      {"99999999999s", -1}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int64_t ms = -1;

        (void)duration_parse(cases[i].in, &ms);
        if (ms != cases[i].want)
            fail_msg("%s: got %lld", cases[i].in, (long long)ms);
    }
}

static void dates(void **state)
{
    int64_t ms = 0;

    (void)state;
    assert_true(date_parse("2026-12-31", &ms));
    assert_int_equal(ms, 1798675200000);
    assert_false(date_parse("2026-12-31T00:00:00Z", &ms));
    assert_false(date_parse("2026-02-30", &ms));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc3339),   cmocka_unit_test(formatting), cmocka_unit_test(http_dates),
        cmocka_unit_test(durations), cmocka_unit_test(dates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
