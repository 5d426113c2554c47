/* Every format of one tenant, byte for byte; and the same bytes when written twice. */
#include "report_fixture.h"

#include "base/attrs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *format, *golden;
} cases[] = {
    {"html", "report.html"},
    {"junit", "junit.xml"},
    {"json", "report.json"},
    {"csv", "report.csv"},
    {"csv-findings", "findings.csv"},
    {"csv-resources", "resources.csv"},
    {"csv-action-plan", "action-plan.csv"},
    {"ndjson", "report.ndjson"},
    {"sarif", "report.sarif"},
    {"sarif-full", "report-full.sarif"},
    {"markdown", "report.md"},
    {"ocsf", "ocsf.ndjson"},
    {"oscal", "oscal.json"},
};

static void formats_match_their_golden_files(void **state)
{
    struct store *s = fixture_tenant();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf b = fixture_render(s, cases[i].format);

        fixture_golden(&b, cases[i].golden);
        buf_release(&b);
    }
    store_close(s);
}

static void summary_matches_its_golden_file(void **state)
{
    struct store *s = fixture_tenant();
    struct buf b = fixture_summary(s, 100, false);

    (void)state;
    fixture_golden(&b, "summary.txt");
    buf_release(&b);
    store_close(s);
}

/* Rows written in another order, and a second writing, give the same bytes. */
static void same_snapshot_gives_the_same_bytes(void **state)
{
    struct store *a = fixture_tenant();
    struct store *b = fixture_tenant();

    (void)state;
    fixture_sql(b, "CREATE TEMP TABLE t AS SELECT * FROM rule_result ORDER BY message DESC;"
                   "DELETE FROM rule_result; INSERT INTO rule_result SELECT * FROM t;");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf first = fixture_render(a, cases[i].format);
        struct buf again = fixture_render(a, cases[i].format);
        struct buf other = fixture_render(b, cases[i].format);

        if (first.n != again.n || memcmp(first.p, again.p, first.n) != 0)
            fail_msg("%s: two writings differ", cases[i].format);
        if (first.n != other.n || memcmp(first.p, other.p, first.n) != 0)
            fail_msg("%s: the order of rows in the file shows", cases[i].format);
        buf_release(&first);
        buf_release(&again);
        buf_release(&other);
    }
    store_close(a);
    store_close(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats_match_their_golden_files),
        cmocka_unit_test(summary_matches_its_golden_file),
        cmocka_unit_test(same_snapshot_gives_the_same_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
