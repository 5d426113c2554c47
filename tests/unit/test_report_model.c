/* What every format renders: order, the worst findings, what is missing; and that nothing missing
 * ever reads as good news. */
#include "report_fixture.h"

#include "base/attrs.h"
#include "base/fsx.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/strs.h"
#include "base/text.h"
#include "ca_picture.h"
#include "missing.h"
#include "report_model.h"
#include "smtp_picture.h"
#include "words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct report_model load(struct store *s)
{
    struct report_model m;
    struct err e = ERR_INIT;

    if (report_model_load(s, &m, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    return m;
}

static void rules_come_by_service_severity_and_id(void **state)
{
    static const char *const want[] = {"RUN-PERM-001",    "ENTRA-CA-001",  "ENTRA-CA-002",
                                       "ENTRA-LEG-001",   "ENTRA-MFA-001", "ENTRA-ROLE-001",
                                       "ENTRA-BREAK-001", "ENTRA-MFA-002", "ENTRA-STALE-001"};
    struct store *s = fixture_tenant();
    struct report_model m = load(s);

    (void)state;
    assert_int_equal(m.rule_count, 25);
    for (size_t i = 0; i < COUNT_OF(want); i++)
        assert_string_equal(m.rules[i].id, want[i]);
    assert_string_equal(m.rules[24].service, "dns");
    report_model_release(&m);
    store_close(s);
}

static void worst_findings_come_first(void **state)
{
    static const char *const want[] = {"ENTRA-CA-002", "ENTRA-CA-001", "EXO-SMTP-003",
                                       "EXO-SMTP-001", "EXO-SMTP-002", "DNS-DMARC-001",
                                       "ENTRA-CA-003"};
    const struct report_rule *worst[REPORT_WORST];
    struct store *s = fixture_tenant();
    struct report_model m = load(s);

    (void)state;
    assert_int_equal(report_worst(&m, worst, REPORT_WORST), COUNT_OF(want));
    for (size_t i = 0; i < COUNT_OF(want); i++)
        assert_string_equal(worst[i]->id, want[i]);
    report_model_release(&m);
    store_close(s);
}

static void worst_findings_are_ten_at_most(void **state)
{
    const struct report_rule *worst[REPORT_WORST];
    struct store *s = fixture_tenant();
    struct report_model m;

    (void)state;
    fixture_sql(s, "UPDATE rule_result SET outcome = 'fail', fail = length(rule_id)");
    m = load(s);
    assert_int_equal(report_worst(&m, worst, REPORT_WORST), REPORT_WORST);
    for (size_t i = 1; i < REPORT_WORST; i++)
        assert_true(
            worst[i - 1]->severity < worst[i]->severity ||
            (worst[i - 1]->severity == worst[i]->severity && worst[i - 1]->fail >= worst[i]->fail));
    report_model_release(&m);
    store_close(s);
}

static void missing_evidence_is_grouped_by_what_to_do(void **state)
{
    static const struct {
        enum reason reason;
        const char *needs;
        size_t rules, incomplete;
    } want[] = {
        {REASON_PERMISSION, "Policy.Read.AuthenticationMethod", 1, 1},
        {REASON_PERMISSION, "Reports.Read.All", 2, 0},
        {REASON_LICENCE, "AAD_PREMIUM", 1, 0},
        {REASON_API_ERROR, NULL, 0, 1},
        {REASON_THROTTLED, NULL, 1, 0},
        {REASON_MALFORMED, NULL, 1, 0},
        {REASON_NONE, NULL, 0, 1}, /* EXO-SMTP-003: single mailboxes were unclear */
    };
    struct store *s = fixture_tenant();
    struct report_model m = load(s);
    struct missing_groups g;

    (void)state;
    missing_groups_build(&m, &g);
    assert_int_equal(g.n, COUNT_OF(want));
    for (size_t i = 0; i < COUNT_OF(want); i++) {
        assert_int_equal(g.v[i].reason, want[i].reason);
        assert_true(str_eq(g.v[i].needs, want[i].needs));
        assert_int_equal(g.v[i].rules.n, want[i].rules);
        assert_int_equal(g.v[i].incomplete.n, want[i].incomplete);
    }
    missing_groups_release(&g);
    report_model_release(&m);
    store_close(s);
}

/* A pass on incomplete evidence is none, and a rule without a result is an error. */
static void a_pass_needs_its_evidence(void **state)
{
    struct store *s = fixture_partial();
    struct report_model m = load(s);

    (void)state;
    assert_int_equal(m.outcomes[OUTCOME_PASS], 0);
    assert_int_equal(m.outcomes[OUTCOME_NOT_EVALUATED], 3);
    assert_int_equal(m.outcomes[OUTCOME_ERROR], 1);
    assert_int_equal(report_judged(&m), 0);
    report_model_release(&m);
    store_close(s);
}

/* Neither a zero nor a blank where nothing is known. */
static void missing_parts_are_said_to_be_missing(void **state)
{
    static const struct {
        const char *name;
        struct store *(*make)(void);
        const char *format;
        const char *has[5], *has_not[4];
    } cases[] = {
        {"partial html",
         fixture_partial,
         "html",
         {"4 rules could not be judged: that is not a pass.",
          "The list of mailboxes was not read, so nothing is known about SMTP AUTH per mailbox.",
          "Conditional Access policies could not be read, so nothing is known about them.",
          "Collection interrupted", "Security defaults are not known"},
         {"rules fail<", "No rule fails", "The tenant has no mailboxes", "Complete evidence"}},
        {"bare html",
         fixture_bare,
         "html",
         {"no rule has been evaluated on it", "Collection interrupted",
          "Nothing was recorded as collected."},
         {"rules fail<", "No rule fails", "Passed", "The tenant has no mailboxes"}},
        {"bare json",
         fixture_bare,
         "json",
         {"\"summary\": null", "\"evaluation\": null", "\"smtp_auth\": null",
          "\"granted_permissions\":null"},
         {"\"fail\":0"}},
        {"partial json",
         fixture_partial,
         "json",
         {"\"judged\":0", "\"smtp_auth\": null", "\"finished_at\":null"},
         {"\"outcome\":\"pass\""}},
        {"partial csv",
         fixture_partial,
         "csv",
         {"EXO-POP-001,1,exchange-online,medium,not_evaluated", "ENTRA-CA-001,1,entra-id,critical,"
                                                                "error"},
         {",pass,"}},
        {"partial junit",
         fixture_partial,
         "junit",
         {"<error type=\"not_evaluated.deadline\"", "<error type=\"not_evaluated.permission\""},
         {"EXO-POP-001 POP and IMAP are off\" time=\"0.000\"/>"}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct store *s = cases[i].make();
        struct buf b = fixture_render(s, cases[i].format);

        for (size_t k = 0; k < COUNT_OF(cases[i].has) && cases[i].has[k] != NULL; k++)
            if (strstr(b.p, cases[i].has[k]) == NULL)
                fail_msg("%s: no '%s'", cases[i].name, cases[i].has[k]);
        for (size_t k = 0; k < COUNT_OF(cases[i].has_not) && cases[i].has_not[k] != NULL; k++)
            if (strstr(b.p, cases[i].has_not[k]) != NULL)
                fail_msg("%s: '%s'", cases[i].name, cases[i].has_not[k]);
        buf_release(&b);
        store_close(s);
    }
}

static void words_that_nobody_knows_are_refused(void **state)
{
    static const char *const damage[] = {
        "UPDATE rule_result SET outcome = 'fine' WHERE rule_id = 'EXO-POP-001'",
        "UPDATE rule_result SET severity = 'urgent' WHERE rule_id = 'EXO-POP-001'",
        "UPDATE rule_result SET reason_code = 'whatever' WHERE rule_id = 'EXO-POP-001'",
        "UPDATE rule_result SET missing_json = '[{' WHERE rule_id = 'EXO-POP-001'",
        "DELETE FROM snapshot",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(damage); i++) {
        struct store *s = fixture_tenant();
        struct report_model m;
        struct err e = ERR_INIT;

        fixture_sql(s, damage[i]);
        if (report_model_load(s, &m, &e) == ERR_OK)
            fail_msg("%s: taken", damage[i]);
        report_model_release(&m);
        store_close(s);
    }
}

static void a_result_without_its_rule_is_not_lost(void **state)
{
    struct store *s = fixture_tenant();
    struct report_model m;

    (void)state;
    fixture_sql(s, "DELETE FROM rule WHERE rule_id = 'EXO-SMTP-001'");
    m = load(s);
    assert_int_equal(m.rule_count, 25);
    assert_int_equal(m.outcomes[OUTCOME_FAIL], 7);
    assert_string_equal(m.rules[0].id, "EXO-SMTP-001");
    assert_string_equal(m.rules[0].service, "run");
    report_model_release(&m);
    store_close(s);
}

static void check_layer(const char *name, const size_t got[SMTP_VERDICTS], const size_t want[4],
                        size_t total)
{
    static const enum smtp_verdict order[] = {SMTP_ALLOW, SMTP_CONDITIONAL, SMTP_UNKNOWN,
                                              SMTP_BLOCK};
    size_t sum = 0;

    for (size_t v = 0; v < COUNT_OF(order); v++) {
        sum += got[order[v]];
        if (got[order[v]] != want[v])
            fail_msg("%s, %s: %zu, not %zu", name, smtp_verdict_name(order[v]), got[order[v]],
                     want[v]);
    }
    assert_int_equal(sum, total);
}

/* Each layer's counts add up to the mailboxes, and a layer lets through only what is known. */
static void layers_are_counted_with_care(void **state)
{
    static const struct {
        const char *name, *sql;
        size_t want[SMTP_LAYERS][4]; /* allow, conditional, unknown, block */
    } cases[] = {
        {"as it is", "SELECT 1", {{60, 0, 0, 0}, {3, 1, 5, 51}, {40, 0, 0, 20}}},
        {"policies unread: no blocked mailbox is let through by them",
         "UPDATE collection SET state = 'failed', reason_code = 'permission' WHERE resource = "
         "'ca-policies'",
         {{60, 0, 0, 0}, {3, 1, 21, 35}, {40, 0, 0, 20}}},
        {"organization switch unread",
         "UPDATE collection SET state = 'failed', reason_code = 'permission' WHERE resource = "
         "'transport-config'",
         {{3, 0, 57, 0}, {3, 1, 5, 51}, {40, 0, 0, 20}}},
        {"layers that nobody knows",
         "UPDATE smtp_auth SET layers = '[\"moon\"]' WHERE basic = 'block'",
         {{9, 0, 0, 51}, {3, 1, 5, 51}, {9, 0, 0, 51}}},
        {"layers that are no JSON",
         "UPDATE smtp_auth SET layers = 'ca' WHERE basic = 'block'",
         {{9, 0, 0, 51}, {3, 1, 5, 51}, {9, 0, 0, 51}}},
        {"a verdict that nobody knows",
         "UPDATE smtp_auth SET basic = 'maybe', layers = '[]'",
         {{0, 0, 60, 0}, {0, 0, 60, 0}, {0, 0, 60, 0}}},
        {"nobody's protection is known",
         "DELETE FROM user_protection",
         {{60, 0, 0, 0}, {3, 1, 21, 35}, {40, 0, 0, 20}}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct store *s = fixture_tenant();
        struct smtp_picture p;
        struct report_model m;
        struct err e = ERR_INIT;

        fixture_sql(s, cases[i].sql);
        m = load(s);
        assert_int_equal(smtp_picture_load(&m, &p, &e), ERR_OK);
        for (int l = 0; l < SMTP_LAYERS; l++)
            check_layer(cases[i].name, p.layer[l], cases[i].want[l], p.mailboxes);
        report_model_release(&m);
        store_close(s);
    }
}

static enum err_code note_policy(void *ctx, const struct ca_policy_row *row, struct err *e)
{
    struct buf *b = ctx;

    (void)e;
    buf_addf(b, "%s|%s|%s|%s|%zu|%s\n", row->name, row->state, row->controls, row->scope,
             row->excluded, row->paths);
    return ERR_OK;
}

static void policies_are_told_in_words(void **state)
{
    static const char *const want[] = {
        "Block legacy authentication|enabled|block access|everyone, all apps, 1 client type|8|8 by "
        "group \"CA exclusions (temporary since 2023)\"\n",
        "Require MFA for all users|enabled|MFA|everyone, all apps|26|26 by group \"CA "
        "exclusions (temporary since 2023)\"; 2 named directly\n",
        "Phishing-resistant MFA for administrators|enabled|authentication strength "
        "Phishing-resistant MFA|1 role, all apps|2|",
        "Compliant device for finance|enabledForReportingButNotEnforced|compliant device or MFA|1 "
        "group, Office 365|0|\n",
    };
    struct store *s = fixture_tenant();
    struct report_model m = load(s);
    struct err e = ERR_INIT;
    struct buf b;

    (void)state;
    buf_init(&b, 65536);
    assert_int_equal(ca_policies_each(&m, LANG_EN, note_policy, &b, &e), ERR_OK);
    for (size_t i = 0; i < COUNT_OF(want); i++)
        if (strstr(b.p, want[i]) == NULL)
            fail_msg("no '%s' in:\n%s", want[i], b.p);
    assert_true(strstr(b.p, "|enabled|") < strstr(b.p, "|enabledFor"));
    assert_true(strstr(b.p, "|enabledFor") < strstr(b.p, "|disabled|"));
    buf_release(&b);
    report_model_release(&m);
    store_close(s);
}

static void numbers_and_times_know_no_locale(void **state)
{
    static const struct {
        size_t n;
        const char *want;
    } counts[] = {{0, "0"}, {999, "999"}, {1000, "1,000"}, {1234567, "1,234,567"}};
    static const struct {
        const char *in, *want;
    } times[] = {{"2026-11-23T04:05:06Z", "2026-11-23 04:05 UTC"},
                 {"2026-11-23T05:05:06+01:00", "2026-11-23 04:05 UTC"},
                 {NULL, "not recorded"},
                 {"yesterday", "not recorded"}};
    char out[WORDS_BYTES];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(counts); i++)
        assert_string_equal(words_count(counts[i].n, out), counts[i].want);
    for (size_t i = 0; i < COUNT_OF(times); i++)
        assert_string_equal(words_time(times[i].in, out), times[i].want);
}

static void summary_keeps_to_its_width(void **state)
{
    static const unsigned widths[] = {0, 20, 60, 80, 120, 5000};
    struct store *s = fixture_tenant();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(widths); i++) {
        struct buf b = fixture_summary(s, widths[i], false);
        size_t limit = widths[i] == 0 ? 80 : widths[i] < 72 ? 72 : widths[i];

        assert_null(strchr(b.p, '\033'));
        for (const char *line = b.p; *line != '\0'; line += strcspn(line, "\n") + 1) {
            size_t n = strcspn(line, "\n");
            size_t chars = 0;
            bool sentence = memmem(line, n, ": ", 2) != NULL; /* these may wrap */

            for (size_t at = 0; at < n; chars++)
                (void)utf8_next(line, n, &at);
            if (chars > limit && !sentence)
                fail_msg("width %u: '%.*s'", widths[i], (int)n, line);
        }
        buf_release(&b);
    }
    {
        struct buf b = fixture_summary(s, 80, true);

        assert_non_null(strstr(b.p, "\033[1m"));
        buf_release(&b);
    }
    store_close(s);
}

/* Five hundred rules in every outcome, with texts as long and as odd as they come: what other
 * people's systems limit stays far below their limits. */
static void first_screens_stay_small(void **state)
{
    static const struct {
        const char *format;
        size_t max;
    } cases[] = {{"markdown", 1024 * 1024}, {"junit", 30 * 1024 * 1024}};
    struct store *s = fixture_tenant();

    (void)state;
    fixture_sql(
        s, "CREATE TEMP TABLE long AS SELECT replace(printf('%.*c', 2000, 'x'), 'x', char(0x202E)) "
           "AS t;"
           "WITH RECURSIVE k(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM k WHERE n < 500) "
           "INSERT INTO rule SELECT 'X-' || n, 1, 'p', t, 'high', 'dns', t, t, NULL, '[]', '{}', "
           "'[]', 'f', 'q', json_array(json_object('what', t, 'from', t, 'to', t)) FROM k, long;"
           "INSERT INTO rule_result SELECT rule_id, 1, CASE substr(rule_id, -1) WHEN '1' THEN "
           "'error' WHEN '2' THEN 'not_evaluated' WHEN '3' THEN 'manual' ELSE 'fail' END, CASE "
           "substr(rule_id, -1) WHEN '2' THEN 'permission' END, 'critical', 0, 0, 0, 0, 0, 0, 0, "
           "0, t, '[]' FROM rule, long WHERE pack = 'p';"
           "UPDATE waiver SET warning = (SELECT t FROM long);");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf b = fixture_render(s, cases[i].format);

        if (b.n >= cases[i].max)
            fail_msg("%s: %zu bytes", cases[i].format, b.n);
        buf_release(&b);
    }
    store_close(s);
}

static void saving_is_all_or_nothing(void **state)
{
    static const struct report_options o = {.junit_resources = 20};
    char dir[] = "/tmp/report-test-XXXXXX";
    struct store *s = fixture_tenant();
    struct err e = ERR_INIT;
    struct stat st;
    char *path;

    (void)state;
    assert_non_null(mkdtemp(dir));
    path = xasprintf("%s/report.html", dir);
    assert_int_equal(report_save(s, report_format_find("html"), &o, path, &e), ERR_OK);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(unlink(path), 0);
    fixture_sql(s, "UPDATE rule_result SET outcome = 'fine'");
    for (size_t i = 0; i < report_format_count(); i++) {
        err_clear(&e);
        assert_int_equal(report_save(s, report_format_at(i), &o, path, &e), ERR_STORE);
        assert_int_equal(stat(path, &st), -1);
    }
    assert_int_equal(rmdir(dir), 0); /* nothing is left in it */
    assert_null(report_format_find("pdf"));
    assert_null(report_format_at(report_format_count()));
    free(path);
    store_close(s);
}

static void lists_read_like_lists(void **state)
{
    static const struct {
        const char *json, *want; /* NULL: as it stands */
    } cases[] = {
        {"[]", "none"},
        {"[\"a\"]", "a"},
        {"[\"a\",2]", "a, 2"},
        {"[\"a, b\",\"c\"]", "a, b, c"},
        {"[{\"a\":1}]", NULL},
        {"[[]]", NULL},
        {"[null]", NULL},
        {"[\"a\"", NULL},
        {"[draft] a title", NULL},
        {"", NULL},
        {"{}", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char *got = words_list(cases[i].json);

        if ((got == NULL) != (cases[i].want == NULL) ||
            (got != NULL && strcmp(got, cases[i].want) != 0))
            fail_msg("%s: '%s'", cases[i].json, got != NULL ? got : "as it stands");
        free(got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_come_by_service_severity_and_id),
        cmocka_unit_test(worst_findings_come_first),
        cmocka_unit_test(worst_findings_are_ten_at_most),
        cmocka_unit_test(missing_evidence_is_grouped_by_what_to_do),
        cmocka_unit_test(a_pass_needs_its_evidence),
        cmocka_unit_test(missing_parts_are_said_to_be_missing),
        cmocka_unit_test(words_that_nobody_knows_are_refused),
        cmocka_unit_test(a_result_without_its_rule_is_not_lost),
        cmocka_unit_test(layers_are_counted_with_care),
        cmocka_unit_test(policies_are_told_in_words),
        cmocka_unit_test(numbers_and_times_know_no_locale),
        cmocka_unit_test(lists_read_like_lists),
        cmocka_unit_test(summary_keeps_to_its_width),
        cmocka_unit_test(first_screens_stay_small),
        cmocka_unit_test(saving_is_all_or_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
