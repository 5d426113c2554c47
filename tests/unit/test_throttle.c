#include "base/clock.h"
#include "throttle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int64_t now_ms;

static int64_t read_now(void *ctx)
{
    (void)ctx;
    return now_ms;
}

static const struct clock_src by_hand = {read_now, read_now, NULL};
static const struct throttle_budget reports = {5, 10000, 4, 0, 0};

static int start(void **state)
{
    (void)state;
    now_ms = 1000000;
    return 0;
}

static void no_window_holds_more_than_the_budget(void **state)
{
    struct throttle *t = throttle_new(&by_hand, &reports);
    int64_t sent[60];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(sent); i++) {
        now_ms += throttle_delay_ms(t) + (int64_t)(i * 7 % 300);
        if (throttle_delay_ms(t) > 0)
            fail_msg("request %zu must still wait", i);
        sent[i] = throttle_on_send(t);
        throttle_on_done(t, sent[i]);
        if (i >= 5 && sent[i] - sent[i - 5] < 10000)
            fail_msg("six requests in %lld ms", (long long)(sent[i] - sent[i - 5]));
    }
    throttle_free(t);
}

static void a_fresh_budget_is_spent_at_once(void **state)
{
    struct throttle *t = throttle_new(&by_hand, &reports);

    (void)state;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(throttle_delay_ms(t), 0);
        throttle_on_done(t, throttle_on_send(t));
    }
    assert_int_equal(throttle_delay_ms(t), 10000);
    now_ms += 9999;
    assert_int_equal(throttle_delay_ms(t), 1);
    now_ms += 1;
    assert_int_equal(throttle_delay_ms(t), 0);
    throttle_free(t);
}

static void in_flight_is_bounded(void **state)
{
    static const struct throttle_budget two = {100, 1000, 2, 0, 0};
    struct throttle *t = throttle_new(&by_hand, &two);
    int64_t first = throttle_on_send(t);

    (void)state;
    assert_false(throttle_is_full(t));
    (void)throttle_on_send(t);
    assert_true(throttle_is_full(t));
    throttle_on_done(t, first);
    assert_false(throttle_is_full(t));
    throttle_free(t);
}

static void a_refusal_closes_the_bucket_and_starts_slowly(void **state)
{
    static const struct throttle_budget wide = {1000, 1000, 8, 0, 0};
    struct throttle *t = throttle_new(&by_hand, &wide);
    int64_t a = throttle_on_send(t);
    int64_t b = throttle_on_send(t);
    int64_t before;
    int64_t pace;

    (void)state;
    now_ms += 100;
    throttle_on_refused(t, a, 5000);
    assert_int_equal(throttle_delay_ms(t), 5000);
    throttle_on_refused(t, b, 3000); /* of the same burst: neither shorter nor slower */
    assert_int_equal(throttle_delay_ms(t), 5000);
    now_ms += 5000;
    assert_int_equal(throttle_delay_ms(t), 0);
    before = throttle_on_send(t);
    assert_true(throttle_is_full(t)); /* one at a time */
    pace = throttle_delay_ms(t);
    assert_true(pace > 0);
    throttle_on_done(t, before);
    for (int i = 0; i < 10 && pace > 0; i++) {
        int64_t next;

        now_ms += throttle_delay_ms(t);
        before = throttle_on_send(t);
        throttle_on_done(t, before);
        next = throttle_delay_ms(t);
        assert_true(next <= pace / 2);
        pace = next;
    }
    assert_int_equal(pace, 0); /* back to full speed */
    (void)throttle_on_send(t);
    assert_false(throttle_is_full(t));
    throttle_free(t);
}

static void refusals_in_a_row_slow_further(void **state)
{
    static const struct throttle_budget wide = {1000, 1000, 8, 0, 0};
    struct throttle *t = throttle_new(&by_hand, &wide);
    int64_t last = 0;

    (void)state;
    for (int i = 0; i < 12; i++) {
        int64_t sent;
        int64_t pace;

        now_ms += throttle_delay_ms(t) + 1;
        sent = throttle_on_send(t);
        throttle_on_refused(t, sent, 0);
        pace = throttle_delay_ms(t);
        assert_true(pace > last || pace == 16000);
        assert_true(pace <= 16000);
        last = pace;
    }
    assert_int_equal(last, 16000);
    throttle_free(t);
}

static void old_successes_do_not_end_the_slow_start(void **state)
{
    static const struct throttle_budget wide = {1000, 1000, 8, 0, 0};
    struct throttle *t = throttle_new(&by_hand, &wide);
    int64_t a = throttle_on_send(t);
    int64_t b = throttle_on_send(t);

    (void)state;
    now_ms += 10;
    throttle_on_refused(t, a, 0);
    now_ms += 10;
    throttle_on_done(t, b); /* was let in before the refusal */
    (void)throttle_on_send(t);
    assert_true(throttle_delay_ms(t) > 0);
    throttle_free(t);
}

static void rounds(struct throttle *t, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        int64_t sent[64];
        unsigned k = throttle_limit(t);

        for (unsigned j = 0; j < k; j++)
            sent[j] = throttle_on_send(t);
        assert_true(throttle_is_full(t));
        now_ms += 10;
        for (unsigned j = 0; j < k; j++)
            throttle_on_done(t, sent[j]);
    }
}

static void in_flight_doubles_halves_and_then_grows_by_one(void **state)
{
    static const struct throttle_budget wide = {100000, 1000, 32, 0, 0};
    struct throttle *t = throttle_new(&by_hand, &wide);
    int64_t sent;

    (void)state;
    assert_int_equal(throttle_limit(t), 4);
    rounds(t, 1);
    assert_int_equal(throttle_limit(t), 8);
    rounds(t, 5);
    assert_int_equal(throttle_limit(t), 32);
    sent = throttle_on_send(t);
    now_ms += 1;
    throttle_on_refused(t, sent, 0);
    assert_int_equal(throttle_limit(t), 1); /* one at a time until the pace is over */
    for (int i = 0; i < 3; i++) {
        now_ms += throttle_delay_ms(t);
        throttle_on_done(t, throttle_on_send(t));
    }
    assert_int_equal(throttle_limit(t), 16);
    rounds(t, 1);
    assert_int_equal(throttle_limit(t), 17);
    throttle_free(t);
}

static void a_refusal_ends_the_wide_budget(void **state)
{
    static const struct throttle_budget wide = {200, 10000, 4, 5, 11000};
    struct throttle *t = throttle_new(&by_hand, &wide);
    int64_t times[12];
    int64_t sent = 0;

    (void)state;
    for (int i = 0; i < 20; i++) {
        assert_int_equal(throttle_delay_ms(t), 0);
        sent = throttle_on_send(t);
        throttle_on_done(t, sent);
    }
    throttle_on_refused(t, throttle_on_send(t), 0);
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        now_ms += throttle_delay_ms(t);
        times[i] = throttle_on_send(t);
        throttle_on_done(t, times[i]);
        if (i >= 5)
            assert_true(times[i] - times[i - 5] >= 11000);
    }
    assert_true(times[0] - sent >= 11000); /* what was sent before counts too */
    throttle_free(t);
}

static void hints_slow_before_a_refusal(void **state)
{
    static const struct throttle_budget wide = {1000, 1000, 8, 0, 0};
    struct throttle *t = throttle_new(&by_hand, &wide);
    struct throttle_hint near = throttle_hint_parse("0.8", NULL, NULL, 0);
    struct throttle_hint few = throttle_hint_parse(NULL, "10", "1970-01-01T00:01:00Z", 0);
    struct throttle_hint none = throttle_hint_parse(NULL, "0", "1970-01-01T00:00:30Z", 0);
    int64_t a = throttle_on_send(t);

    (void)state;
    now_ms += 1;
    throttle_on_hint(t, a, &near);
    assert_int_equal(throttle_limit(t), 2);
    throttle_on_hint(t, a, &near); /* of the same round */
    assert_int_equal(throttle_limit(t), 2);
    throttle_on_hint(t, a, &few);
    assert_int_equal(throttle_delay_ms(t), 5999); /* 60 s for 10 requests, 1 ms ago */
    throttle_on_hint(t, a, &none);
    assert_int_equal(throttle_delay_ms(t), 30000);
    throttle_free(t);
}

static void odd_hints_are_no_hints(void **state)
{
    static const struct {
        const char *used, *remaining, *reset;
    } odd[] = {
        {NULL, NULL, NULL},
        {"", "", ""},
        {"much", "few", "soon"},
        {"-1", "-1", "1970-01-01T00:00:30Z"},
        {"nan", "5", NULL},
        {"1e9", NULL, "1970-01-01T00:00:30Z"},
        {"0.9x", "99999999999999999999", "1970-01-01T00:00:30Z"},
        {"0.1", "0", "1969-12-31T23:59:59Z"}, /* over already */
    };
    static const struct throttle_budget wide = {1000, 1000, 8, 0, 0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(odd); i++) {
        struct throttle *t = throttle_new(&by_hand, &wide);
        struct throttle_hint h =
            throttle_hint_parse(odd[i].used, odd[i].remaining, odd[i].reset, 0);

        throttle_on_hint(t, throttle_on_send(t), &h);
        assert_int_equal(throttle_limit(t), 4);
        assert_int_equal(throttle_delay_ms(t), 0);
        throttle_free(t);
    }
}

static void nothing_to_free_is_fine(void **state)
{
    (void)state;
    throttle_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(no_window_holds_more_than_the_budget, start),
        cmocka_unit_test_setup(a_fresh_budget_is_spent_at_once, start),
        cmocka_unit_test_setup(in_flight_is_bounded, start),
        cmocka_unit_test_setup(a_refusal_closes_the_bucket_and_starts_slowly, start),
        cmocka_unit_test_setup(refusals_in_a_row_slow_further, start),
        cmocka_unit_test_setup(old_successes_do_not_end_the_slow_start, start),
        cmocka_unit_test_setup(in_flight_doubles_halves_and_then_grows_by_one, start),
        cmocka_unit_test_setup(a_refusal_ends_the_wide_budget, start),
        cmocka_unit_test_setup(hints_slow_before_a_refusal, start),
        cmocka_unit_test_setup(odd_hints_are_no_hints, start),
        cmocka_unit_test(nothing_to_free_is_fine),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
