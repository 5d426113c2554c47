/* Past runs on the HTML page: drawn when there are two, bounded, and nothing of the file's own
 * text. */
#include "report_fixture.h"

#include "base/attrs.h"
#include "base/mem.h"
#include "trend.h"

#include <libxml/HTMLparser.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* `n` nights up to 2026-11-23; night i fails i rules of 100. Mailboxes: as `smtp` says. */
static struct store *tenant_with(size_t n, const char *smtp)
{
    struct store *s = fixture_tenant();
    char *sql = xasprintf("INSERT INTO trend WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + "
                          "1 FROM r WHERE i < %zu) SELECT strftime('%%Y-%%m-%%dT04:12:00Z', "
                          "'2026-11-23', (i - %zu) || ' days'), 100 - i, i, 3, 9 * i, %s, 7, 1 "
                          "FROM r WHERE i <= %zu",
                          n, n, smtp, n);

    fixture_sql(s, sql);
    free(sql);
    return s;
}

static size_t count_of(const struct buf *b, const char *text)
{
    size_t n = 0;

    for (const char *p = strstr(b->p, text); p != NULL; p = strstr(p + 1, text))
        n++;
    return n;
}

static void must_have(const struct buf *b, const char *text)
{
    if (strstr(b->p, text) == NULL)
        fail_msg("not on the page: %s", text);
}

static void must_not_have(const struct buf *b, const char *text)
{
    if (strstr(b->p, text) != NULL)
        fail_msg("on the page: %s", text);
}

static void one_run_is_no_trend(void **state)
{
    (void)state;
    for (size_t n = 0; n < 2; n++) {
        struct store *s = tenant_with(n, "4, 1, 5");
        struct buf b = fixture_render(s, "html");

        must_not_have(&b, "Past runs");
        must_not_have(&b, "class=\"chart\"");
        buf_release(&b);
        store_close(s);
    }
}

static void two_runs_are_drawn_and_told(void **state)
{
    struct store *s = fixture_tenant();
    struct buf b;
    struct buf again;

    (void)state;
    fixture_sql(s, "INSERT INTO trend VALUES "
                   "('2026-11-22T04:12:00Z', 40, 12, 3, 120, 4, 6, 1, 5, 5),"
                   "('2026-11-23T04:12:00Z', 42, 10, 2, 1100, 3, 7, 1, 5, 5)");
    b = fixture_render(s, "html");
    again = fixture_render(s, "html");
    assert_int_equal(b.n, again.n);
    assert_memory_equal(b.p, again.p, b.n);
    assert_int_equal(count_of(&b, "<svg class=\"chart\" role=\"img\""), 2);
    must_have(&b, "2 runs from 2026-11-22 04:12 UTC to 2026-11-23 04:12 UTC: fail: 12 in the first "
                  "run, 10 in the last; not evaluated: 3 in the first run, 2 in the last</desc>");
    must_have(&b, "can send (some under conditions): 4 in the first run, 3 in the last");
    /* 20 is the uppermost line: 12 and 10 of it between 126 and 10. */
    must_have(&b, "d=\"M21 57L354 68\"");
    must_have(&b, ">1,100</td>");
    assert_true(strstr(b.p, "2026-11-23 04:12 UTC</th>") <
                strstr(b.p, "2026-11-22 04:12 UTC</th>"));
    must_not_have(&b, " style=\"");
    buf_release(&b);
    buf_release(&again);
    store_close(s);
}

static void many_runs_are_the_last_ones(void **state)
{
    static const struct report_options print = {.junit_resources = 20, .is_print = true};
    struct store *s = tenant_with(200, "4, 1, 5");
    struct buf b = fixture_render(s, "html");
    struct buf paper = fixture_render_with(s, "html", &print);

    (void)state;
    must_have(&b,
              "60 runs from 2026-09-25 04:12 UTC to 2026-11-23 04:12 UTC: fail: 141 in the first "
              "run, 200 in the last");
    must_not_have(&b, "2026-09-24 04:12 UTC");
    must_have(&b, "The last 60 of 60 runs");
    must_have(&paper, "The last 25 of 60 runs");
    assert_int_equal(count_of(&paper, "04:12 UTC</th>"), 25);
    buf_release(&b);
    buf_release(&paper);
    store_close(s);
}

/* A run without any verdict of a mailbox has no zeros: the line has a gap. */
static void what_a_run_does_not_know_is_a_gap(void **state)
{
    static const struct {
        const char *change;
        size_t charts, cells;
        const char *has;
    } cases[] = {
        {"SELECT 1", 2, 0, "can send (some under conditions): 4 in the first run, 4 in the last"},
        {"UPDATE trend SET smtp_allowed = 0, smtp_unknown = 0, smtp_blocked = 0 WHERE at LIKE "
         "'2026-11-22%'",
         2, 3, "can send (some under conditions): 4 in the first run, 4 in the last"},
        {"UPDATE trend SET smtp_allowed = 0, smtp_unknown = 0, smtp_blocked = 0 WHERE at LIKE "
         "'2026-11-23%'",
         2, 3, "</svg> can send (some under conditions)</li>"},
        {"UPDATE trend SET smtp_allowed = 0, smtp_unknown = 0, smtp_blocked = 0", 1, 0,
         "fail: 1 in the first run, 5 in the last"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct store *s = tenant_with(5, "4, 5, 1");
        struct buf b;

        fixture_sql(s, cases[i].change);
        b = fixture_render(s, "html");
        assert_int_equal(count_of(&b, "class=\"chart\""), cases[i].charts);
        assert_int_equal(count_of(&b, ">no verdict</td>"), cases[i].cells);
        must_have(&b, cases[i].has);
        buf_release(&b);
        store_close(s);
    }
}

/* A snapshot may come from anywhere: times that are none, counts beyond all sense. */
static void nothing_of_a_hostile_file_is_printed(void **state)
{
    struct store *s = tenant_with(3, "4, 1, 5");
    struct buf b;
    htmlDocPtr doc;

    (void)state;
    fixture_sql(
        s, "INSERT INTO trend VALUES "
           "('\"><script>no time</script>', 1, 1, 1, 1, 1, 1, 1, 1, 1),"
           "('2026-11-23T04:12:00.000Z', 1, 77, 1, 1, 1, 1, 1, 1, 1), ('', 1, 1, 1, 1, 1, 1, 1, "
           "1, 1), ('9999-12-31T23:59:59Z', 9223372036854775807, 9223372036854775807, -5, "
           "9223372036854775807, 9223372036854775807, 9223372036854775807, "
           "9223372036854775807, 0, 0), ('0001-01-01T00:00:00Z', -1, -9223372036854775808, 0, "
           "0, -1, -1, -1, 0, 0)");
    b = fixture_render(s, "html");
    must_not_have(&b, "no time");
    must_have(&b, "9,223,372,036,854,775,807");
    must_not_have(&b, ">-5<");
    doc = htmlReadMemory(b.p, (int)b.n, NULL, "utf-8",
                         HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET);
    assert_non_null(doc);
    xmlFreeDoc(doc);
    buf_release(&b);
    store_close(s);
}

static void a_german_trend_is_german(void **state)
{
    static const struct report_options german = {.junit_resources = 20, .language = "de"};
    struct store *s = tenant_with(5, "4, 1, 5");
    struct buf b = fixture_render_with(s, "html", &german);

    (void)state;
    must_have(&b, "Frühere Läufe</h3>");
    must_have(&b, "verletzt: 1 im ersten Lauf, 5 im letzten");
    must_not_have(&b, "in the first run");
    buf_release(&b);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_run_is_no_trend),
        cmocka_unit_test(two_runs_are_drawn_and_told),
        cmocka_unit_test(many_runs_are_the_last_ones),
        cmocka_unit_test(what_a_run_does_not_know_is_a_gap),
        cmocka_unit_test(nothing_of_a_hostile_file_is_printed),
        cmocka_unit_test(a_german_trend_is_german),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
