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
static const struct throttle_budget reports = {5, 10000, 4};

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
    static const struct throttle_budget two = {100, 1000, 2};
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
    static const struct throttle_budget wide = {1000, 1000, 8};
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
    static const struct throttle_budget wide = {1000, 1000, 8};
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
    static const struct throttle_budget wide = {1000, 1000, 8};
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
        cmocka_unit_test(nothing_to_free_is_fine),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
