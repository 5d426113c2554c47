/* The words of the progress display, in windows of every size. */
#include "progress_view.h"

#include "base/strs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct progress_row rows[] = {
    {.resource = "domains",
     .service = "graph",
     .phase = ROW_OVER,
     .rows = 6,
     .pages = 1,
     .requests = 1,
     .started_ms = 1000},
    {.resource = "mailboxes",
     .service = "exchange",
     .phase = ROW_ACTIVE,
     .rows = 12345,
     .pages = 13,
     .requests = 14,
     .started_ms = 2000,
     .rate = 1020,
     .until_ms = 82000,
     .is_throttled = true},
    {.resource = "users",
     .service = "graph",
     .phase = ROW_ACTIVE,
     .rows = 999,
     .pages = 1,
     .requests = 1,
     .started_ms = 1500},
    {.resource = "sign-ins", .service = "graph", .phase = ROW_WAITING},
    {.resource = "dns-records",
     .service = "dns",
     .phase = ROW_ACTIVE,
     .rows = 1,
     .pages = 0,
     .requests = 3,
     .started_ms = 3000,
     .until_ms = 70500},
    {.resource = "roles", .service = "graph", .phase = ROW_UNKNOWN},
};

static struct progress_view view_of(unsigned width, unsigned height)
{
    return (struct progress_view){.row = rows,
                                  .n = COUNT_OF(rows),
                                  .started_ms = 5000,
                                  .now_ms = 70000,
                                  .width = width,
                                  .height = height};
}

static void a_frame(void **state)
{
    struct progress_view v = view_of(100, 24);
    struct buf b;

    (void)state;
    buf_init(&b, 65536);
    assert_int_equal(progress_frame(&v, &b), 4);
    assert_string_equal(
        b.p, "[####----------------] 1 of 5 read, 13,351 rows, 19 requests, 1:05\n"
             "  users              999 rows       1 page           \n"
             "  mailboxes       12,345 rows      13 pages   1,020/s  throttled by Exchange, 12 s\n"
             "  dns-records          1 row        0 pages            trying again in 1 s\n");
    buf_release(&b);
}

/* Whatever the window: shorter than it is wide, fewer lines than it is high. */
static void a_frame_fits_its_window(void **state)
{
    (void)state;
    for (unsigned height = 1; height < 8; height++)
        for (unsigned width = 1; width < 120; width++) {
            struct progress_view v = view_of(width, height);
            struct buf b;
            size_t lines;
            size_t counted = 0;

            buf_init(&b, 65536);
            lines = progress_frame(&v, &b);
            for (const char *s = b.p; *s != '\0'; s += strcspn(s, "\n") + 1, counted++)
                assert_true(strcspn(s, "\n") < width || width < 4);
            assert_int_equal(counted, lines);
            assert_true(lines < height || lines == 1);
            buf_release(&b);
        }
}

static void what_does_not_fit_is_counted(void **state)
{
    struct progress_view v = view_of(60, 4);
    struct buf b;

    (void)state;
    buf_init(&b, 65536);
    assert_int_equal(progress_frame(&v, &b), 3);
    assert_non_null(strstr(b.p, "  users"));
    assert_non_null(strstr(b.p, "  and 2 more\n"));
    assert_null(strstr(b.p, "mailboxes"));
    assert_null(strstr(b.p, "[#"));
    buf_release(&b);
}

static void before_the_first_resource(void **state)
{
    struct progress_view v = {.started_ms = 0, .now_ms = 3725000, .width = 80, .height = 24};
    struct buf b;

    (void)state;
    buf_init(&b, 65536);
    assert_int_equal(progress_frame(&v, &b), 1);
    assert_string_equal(b.p, "signing in, 1:02:05\n");
    buf_clear(&b);
    progress_heartbeat(&v, &b);
    assert_string_equal(b.p, "still signing in, 3725 s");
    buf_release(&b);
}

static void a_sign_of_life(void **state)
{
    struct progress_view v = view_of(0, 0);
    struct buf b;

    (void)state;
    buf_init(&b, 65536);
    progress_heartbeat(&v, &b);
    assert_string_equal(b.p,
                        "1 of 5 resources read, 13,351 rows, 19 requests, 65 s; users: 999 rows; "
                        "mailboxes: 12,345 rows, 1,020/s, throttled by Exchange, 12 s; "
                        "dns-records: 1 row, trying again in 1 s");
    buf_release(&b);
}

static void the_rate_of_a_service_is_named(void **state)
{
    static const struct {
        unsigned requests;
        int64_t window_ms;
        const char *words;
    } cases[] = {
        {1, 1100, "waiting for Conditional Access, 1 request a second"},
        {5, 11000, "waiting for Conditional Access, 5 requests in 11 s"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct progress_row r = {.resource = "ca-policies",
                                 .service = "graph",
                                 .phase = ROW_ACTIVE,
                                 .is_paced = true,
                                 .until_ms = 1500};
        struct progress_view v = {.row = &r, .n = 1, .now_ms = 1000, .width = 150, .height = 24};
        struct buf b;

        progress_row_pace(&r, "Conditional Access", cases[i].requests, cases[i].window_ms);
        buf_init(&b, 65536);
        (void)progress_frame(&v, &b);
        assert_non_null(strstr(b.p, cases[i].words));
        buf_clear(&b);
        progress_heartbeat(&v, &b);
        assert_non_null(strstr(b.p, cases[i].words));
        buf_release(&b);
    }
}

static void a_wait_that_is_over_has_no_seconds(void **state)
{
    struct progress_view v = view_of(100, 24);
    struct buf b;

    (void)state;
    v.now_ms = 90000;
    buf_init(&b, 65536);
    progress_heartbeat(&v, &b);
    assert_non_null(strstr(b.p, "throttled by Exchange;"));
    buf_release(&b);
}

static void the_rate_is_of_the_last_seconds(void **state)
{
    struct progress_row r = {.rows = 500, .sampled_ms = 1000};

    (void)state;
    progress_row_sample(&r, 1500); /* too soon */
    assert_int_equal(r.rate, 0);
    progress_row_sample(&r, 2000);
    assert_int_equal(r.rate, 500);
    r.rows = 500;
    progress_row_sample(&r, 3000);
    assert_int_equal(r.rate, 250);
    r.rows = 100500;
    progress_row_sample(&r, 4000);
    assert_int_equal(r.rate, 50125);
}

static const struct {
    size_t lengths[3], n;
    unsigned width;
    size_t want;
} reflows[] = {
    {{79, 10, 0}, 3, 80, 3}, {{79, 10, 0}, 3, 40, 4},   {{80, 0, 0}, 1, 80, 1},
    {{81, 0, 0}, 1, 80, 2},  {{79, 79, 79}, 3, 1, 237}, {{5, 0, 0}, 0, 80, 0},
};

static void a_narrower_window_breaks_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(reflows); i++)
        assert_int_equal(progress_reflowed(reflows[i].lengths, reflows[i].n, reflows[i].width),
                         reflows[i].want);
}

static void how_it_ended(void **state)
{
    struct progress_row r = {.rows = 1, .pages = 1, .started_ms = 1000};
    struct buf b;

    (void)state;
    buf_init(&b, 1024);
    progress_ended(&r, 2450, &b);
    assert_string_equal(b.p, "1 row, 1.4 s");
    buf_clear(&b);
    r = (struct progress_row){.rows = 1234567, .pages = 2, .started_ms = 1};
    progress_ended(&r, 60001, &b);
    assert_string_equal(b.p, "1,234,567 rows in 2 pages, 60.0 s");
    buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame),
        cmocka_unit_test(a_frame_fits_its_window),
        cmocka_unit_test(what_does_not_fit_is_counted),
        cmocka_unit_test(before_the_first_resource),
        cmocka_unit_test(a_sign_of_life),
        cmocka_unit_test(the_rate_of_a_service_is_named),
        cmocka_unit_test(a_wait_that_is_over_has_no_seconds),
        cmocka_unit_test(the_rate_is_of_the_last_seconds),
        cmocka_unit_test(a_narrower_window_breaks_lines),
        cmocka_unit_test(how_it_ended),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
