/* Waiver files: what is refused and where, states by date, adding, and what a waiver does to
 * results. */
#include "base/buf.h"
#include "base/fsx.h"
#include "base/mem.h"
#include "base/strs.h"
#include "base/timex.h"
#include "model/store.h"
#include "rules/engine.h"
#include "rules/waivers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TOP "schema: 1\nwaivers:\n"
#define BASE                                                                                       \
    "  - id: W-1\n    rule: T-001\n    tenant: contoso\n    disposition: risk_accepted\n"          \
    "    owner: alice\n    reason: because\n"
#define DATES "    created: 2026-08-01\n    expires: 2027-01-31\n"

static int64_t day(const char *text)
{
    int64_t ms = 0;

    assert_true(date_parse(text, &ms));
    return ms;
}

static struct waivers *read_ok(const char *text)
{
    struct waivers *w = NULL;
    struct err e = ERR_INIT;

    if (waivers_read("w", text, strlen(text), NULL, NULL, &w, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    return w;
}

static void malformed_files_are_refused_with_their_place(void **state)
{
    static const struct {
        const char *name, *text, *want;
    } cases[] = {
        {"empty", "", "w:1:1: the file is empty"},
        {"no list", "schema: 1\n", "w:1:1: 'waivers' is missing"},
        {"newer schema", "schema: 2\nwaivers: []\n", "w:1:9: schema 2 is not known here"},
        {"unknown key", TOP BASE "    all: true\n    expire: 2027-01-31\n",
         "w:10:5: unknown key 'expire': did you mean 'expires'?"},
        {"no end", TOP BASE "    all: true\n    created: 2026-08-01\n",
         "w:3:5: 'expires' is missing"},
        {"no owner",
         TOP "  - id: W-1\n    rule: T-001\n    tenant: c\n    disposition: planned\n"
             "    reason: r\n    all: true\n" DATES,
         "w:3:5: 'owner' is missing"},
        {"a year and a day",
         TOP BASE "    all: true\n    created: 2026-08-01\n"
                  "    expires: 2027-08-02\n",
         "w:11:14: 'expires' is more than 365 days after 'created'"},
        {"ends before it begins",
         TOP BASE "    all: true\n    created: 2026-08-01\n"
                  "    expires: 2026-07-31\n",
         "w:11:14: 'expires' comes before 'created'"},
        {"no date", TOP BASE "    all: true\n    created: 2026-08-01\n    expires: never\n",
         "w:11:14: 'expires' is not a date"},
        {"no such day",
         TOP BASE "    all: true\n    created: 2026-02-30\n    expires: 2026-03-01\n",
         "w:10:14: 'created' is not a date"},
        {"covers nothing", TOP BASE DATES, "w:3:5: a waiver has either 'resources'"},
        {"covers nothing at all", TOP BASE "    resources: []\n" DATES,
         "w:9:16: 'resources' is empty"},
        {"all and some", TOP BASE "    all: true\n    resources: [{id: a}]\n" DATES,
         "w:3:5: a waiver has either 'resources'"},
        {"all: false", TOP BASE "    all: false\n" DATES, "w:9:10: 'all' can only be true"},
        {"resources as text", TOP BASE "    resources: [a]\n" DATES,
         "w:9:17: this has to be a mapping"},
        {"no such disposition",
         TOP "  - id: W-1\n    rule: T-001\n    tenant: c\n    disposition: accepted\n"
             "    owner: o\n    reason: r\n    all: true\n" DATES,
         "w:6:18: 'accepted' is not a word for 'disposition'"},
        {"a second one", TOP BASE "    all: true\n" DATES BASE "    all: true\n" DATES,
         "w:12:9: a second waiver 'W-1'"},
        {"an id for a terminal",
         TOP "  - id: \"W\\e[31m\"\n    rule: T-001\n    tenant: c\n    disposition: planned\n"
             "    owner: o\n    reason: r\n    all: true\n" DATES,
         "w:3:9: 'W\\u{1B}[31m' cannot be a waiver's id"},
        {"every tenant",
         TOP "  - id: W-1\n    rule: T-001\n    tenant: \"*\"\n"
             "    disposition: planned\n    owner: o\n    reason: r\n"
             "    all: true\n" DATES,
         "w:5:13: a waiver for every tenant needs 'allow_wildcard: true'"},
        {"a key twice", TOP BASE "    owner: bob\n    all: true\n" DATES, "w:9:5:"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct waivers *w = NULL;
        struct err e = ERR_INIT;

        if (waivers_read("w", cases[i].text, strlen(cases[i].text), NULL, NULL, &w, &e) !=
            ERR_USAGE)
            fail_msg("%s: accepted", cases[i].name);
        if (strncmp(e.msg, cases[i].want, strlen(cases[i].want)) != 0)
            fail_msg("%s: '%s', not '%s'", cases[i].name, e.msg, cases[i].want);
        assert_null(w);
    }
}

static void a_waiver_holds_to_the_end_of_its_last_day(void **state)
{
    static const struct {
        const char *as_of;
        enum waiver_state state;
        int64_t days;
    } cases[] = {
        {"2026-08-01", WAIVER_ACTIVE, 183},  {"2027-01-01", WAIVER_ACTIVE, 30},
        {"2027-01-02", WAIVER_EXPIRING, 29}, {"2027-01-31", WAIVER_EXPIRING, 0},
        {"2027-02-01", WAIVER_EXPIRED, 1},   {"2027-02-12", WAIVER_EXPIRED, 12},
        {"2026-07-01", WAIVER_ACTIVE, 214}, /* evidence from before somebody accepted it */
    };
    struct waivers *w = read_ok(TOP BASE "    all: true\n" DATES);
    struct waiver_info info;

    (void)state;
    waivers_info(w, 0, &info);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int64_t days = -1;
        enum waiver_state got = waiver_state_at(&info, day(cases[i].as_of), &days);

        if (got != cases[i].state || days != cases[i].days)
            fail_msg("%s: %s, %lld", cases[i].as_of, waiver_state_name(got), (long long)days);
        /* The last second of that day is the same day. */
        assert_int_equal(waiver_state_at(&info, day(cases[i].as_of) + 86399999, &days),
                         cases[i].state);
    }
    waivers_free(w);
}

/* T-001: a and b fail, c cannot be judged, d passes; T-002: a alone fails. */
static const char *const rule_texts[] = {
    "schema: 1\nid: T-001\nversion: 3\ntitle: t\nseverity: high\nservice: dns\nsummary: s\n"
    "remediation: {summary: fix}\nquery: |\n"
    "  SELECT name AS resource_id, name AS resource_name, CASE WHEN is_default = 1 THEN 'fail' "
    "WHEN\n"
    "  is_default IS NULL THEN 'unknown' ELSE 'pass' END AS status, 'r' AS reason FROM domain\n"
    "  ORDER BY name\n",
    "schema: 1\nid: T-002\nversion: 1\ntitle: t\nseverity: low\nservice: dns\nsummary: s\n"
    "remediation: {summary: fix}\nquery: |\n"
    "  SELECT name AS resource_id, name AS resource_name, CASE WHEN name = 'a' THEN 'fail' ELSE\n"
    "  'pass' END AS status, 'bad ' || name AS reason FROM domain ORDER BY name\n",
};

static struct ruleset *load_rules(void)
{
    char paths[COUNT_OF(rule_texts)][64];
    const char *list[COUNT_OF(rule_texts)];
    struct ruleset *rs = NULL;
    struct err e = ERR_INIT;

    for (size_t i = 0; i < COUNT_OF(rule_texts); i++) {
        FILE *f;
        int fd;

        (void)snprintf(paths[i], sizeof paths[i], "/tmp/graphaudit-test-XXXXXX");
        fd = mkstemp(paths[i]);
        assert_true(fd >= 0);
        f = fdopen(fd, "w");
        assert_non_null(f);
        (void)fputs(rule_texts[i], f);
        assert_int_equal(fclose(f), 0);
        list[i] = paths[i];
    }
    if (ruleset_load(list, COUNT_OF(list), NULL, NULL, &rs, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    for (size_t i = 0; i < COUNT_OF(rule_texts); i++)
        (void)unlink(paths[i]);
    return rs;
}

static struct store *make_store(const char *more)
{
    struct store *s = NULL;
    struct err e = ERR_INIT;

    if (store_create(":memory:", &s, &e) != ERR_OK ||
        store_exec(s,
                   "INSERT INTO snapshot(id, tenant_id, tenant_domain, cloud, started_at, "
                   "tool_version, schema_version) VALUES (1, "
                   "'11111111-2222-3333-4444-555555555555', NULL, 'global', "
                   "'2026-11-23T00:00:00Z', '1', 1);"
                   "INSERT INTO collection(resource, state) VALUES ('domains', 'complete');"
                   "INSERT INTO domain(name, is_default, is_verified, raw) VALUES ('a', 1, 1, "
                   "'{}'), ('b', 1, 0, '{}'), ('d', 0, 1, '{}'),"
                   "('contoso.onmicrosoft.com', 0, 1, '{}');",
                   &e) != ERR_OK ||
        store_exec(s, more, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    return s;
}

/* Rows of a query as "a|b|c" lines; caller frees. */
static char *rows(struct store *s, const char *sql)
{
    struct buf out;
    struct stmt *st = NULL;
    struct err e = ERR_INIT;
    bool row = false;

    buf_init(&out, 65536);
    assert_int_equal(stmt_prepare(s, sql, &st, &e), ERR_OK);
    while (stmt_step(st, &row, &e) == ERR_OK && row)
        for (int c = 0; c < stmt_column_count(st); c++)
            buf_addf(&out, "%s%s", stmt_is_null(st, c) ? "-" : stmt_text(st, c),
                     c + 1 < stmt_column_count(st) ? "|" : "\n");
    stmt_free(st);
    return buf_take(&out);
}

#define W(id, rule, tenant, disposition, what)                                                     \
    "  - {id: " id ", rule: " rule ", tenant: " tenant ", disposition: " disposition               \
    ", owner: al, reason: r, created: 2026-08-01, " what "}\n"
#define UNKNOWN_C "INSERT INTO domain(name, raw) VALUES ('c', '{}');"

static const char results_sql[] = "SELECT rule_id, outcome, reason_code, fail, waived, unknown, "
                                  "total, message FROM rule_result ORDER BY 1";
static const char rows_sql[] = "SELECT rule_id, resource_id, status, waiver_id, note FROM "
                               "resource_result ORDER BY 1, 2";
static const char waivers_sql[] = "SELECT waiver_id, state, days, matched, warning FROM waiver "
                                  "ORDER BY position";
#define T2_FAIL "T-002|fail|-|1|0|0|4|1 of 4 fail\n"
#define T2_ROW "T-002|a|fail|-|-\n"

static const struct effect {
    const char *name, *more, *text, *results, *rows, *waivers;
} effects[] = {
    {"none", "", TOP " []\n", "T-001|fail|-|2|0|0|4|2 of 4 fail\n" T2_FAIL,
     "T-001|a|fail|-|-\nT-001|b|fail|-|-\n" T2_ROW, ""},
    {"one of two", "",
     TOP W("W-1", "T-001", "contoso", "risk_accepted", "expires: 2027-01-31, resources: [{id: a}]"),
     "T-001|fail|-|1|1|0|4|1 of 4 fail; 1 waived\n" T2_FAIL,
     "T-001|a|fail|W-1|waived until 2027-01-31 (W-1, risk_accepted)\nT-001|b|fail|-|-\n" T2_ROW,
     "W-1|active|69|1|-\n"},
    {"all of them, by a verified domain", "",
     TOP W("W-1", "T-001", "A", "false_positive", "expires: 2026-12-01, all: true"),
     "T-001|waived|waiver|0|2|0|4|2 waived\n" T2_FAIL,
     "T-001|a|fail|W-1|waived until 2026-12-01 (W-1, false_positive), ends in 8 days\n"
     "T-001|b|fail|W-1|waived until 2026-12-01 (W-1, false_positive), ends in 8 days\n" T2_ROW,
     "W-1|expiring|8|2|ends in 8 days\n"},
    {"what is not known stays so", UNKNOWN_C,
     TOP W("W-1", "T-001", "contoso", "risk_accepted", "expires: 2027-01-31, all: true"),
     "T-001|not_evaluated|not_collected|0|2|1|5|Not evaluated: 1 of 5 could not be judged: r\n"
     "T-002|fail|-|1|0|0|5|1 of 5 fail\n",
     "T-001|a|fail|W-1|waived until 2027-01-31 (W-1, risk_accepted)\n"
     "T-001|b|fail|W-1|waived until 2027-01-31 (W-1, risk_accepted)\nT-001|c|unknown|-|-\n" T2_ROW,
     "W-1|active|69|2|-\n"},
    {"a waiver does not cover what is not known", UNKNOWN_C,
     TOP W("W-1", "T-001", "contoso", "risk_accepted", "expires: 2027-01-31, resources: [{id: c}]"),
     "T-001|fail|-|2|0|1|5|2 of 5 fail; 1 could not be judged\nT-002|fail|-|1|0|0|5|1 of 5 fail\n",
     "T-001|a|fail|-|-\nT-001|b|fail|-|-\nT-001|c|unknown|-|-\n" T2_ROW,
     "W-1|active|69|0|-\n"}, /* whether it matches is not known, as the rule was not judged whole */
    {"expired", "",
     TOP W("W-1", "T-002", "contoso", "risk_accepted", "expires: 2026-11-11, all: true"),
     "T-001|fail|-|2|0|0|4|2 of 4 fail\n"
     "T-002|fail|-|1|0|0|4|1 of 4 fail; waiver W-1 expired 12 days ago\n",
     "T-001|a|fail|-|-\nT-001|b|fail|-|-\nT-002|a|fail|-|waiver W-1 expired 12 days ago\n",
     "W-1|expired|12|1|expired 12 days ago\n"},
    {"planned", "", TOP W("W-1", "T-002", "contoso", "planned", "expires: 2026-12-31, all: true"),
     "T-001|fail|-|2|0|0|4|2 of 4 fail\n"
     "T-002|fail|-|1|0|0|4|1 of 4 fail; repair planned by al until 2026-12-31 (W-1)\n",
     "T-001|a|fail|-|-\nT-001|b|fail|-|-\n"
     "T-002|a|fail|-|repair planned by al until 2026-12-31 (W-1)\n",
     "W-1|active|38|1|-\n"},
    {"one in force comes before an expired one", "",
     TOP W("W-1", "T-002", "contoso", "risk_accepted", "expires: 2026-11-11, all: true")
         W("W-2", "T-002", "contoso", "risk_accepted", "expires: 2027-03-01, all: true"),
     "T-001|fail|-|2|0|0|4|2 of 4 fail\nT-002|waived|waiver|0|1|0|4|1 waived: bad a\n",
     "T-001|a|fail|-|-\nT-001|b|fail|-|-\n"
     "T-002|a|fail|W-2|waived until 2027-03-01 (W-2, risk_accepted)\n",
     "W-1|expired|12|1|expired 12 days ago\nW-2|active|98|1|-\n"},
    {"stale, unknown rule, moved on", "",
     TOP W("W-1", "T-002", "contoso", "risk_accepted", "expires: 2027-03-01, resources: [{id: z}]")
         W("W-2", "T-009", "contoso", "risk_accepted", "expires: 2027-03-01, all: true")
             W("W-3", "T-002", "contoso", "risk_accepted",
               "expires: 2027-03-01, rule_version: 7, resources: [{id: a}, {id: y}]"),
     "T-001|fail|-|2|0|0|4|2 of 4 fail\nT-002|waived|waiver|0|1|0|4|1 waived: bad a\n",
     "T-001|a|fail|-|-\nT-001|b|fail|-|-\n"
     "T-002|a|fail|W-3|waived until 2027-03-01 (W-3, risk_accepted)\n",
     "W-1|active|98|0|matches nothing: no resource that it names fails\n"
     "W-2|active|98|0|matches nothing: rule T-009 is not part of this run\n"
     "W-3|active|98|1|1 of its 2 resources do not fail; written for version 7 of rule T-002, which "
     "is now 1\n"},
    {"another tenant", "",
     TOP W("W-1", "T-002", "fabrikam", "risk_accepted", "expires: 2027-03-01, all: true")
         W("W-2", "T-002", "b", "risk_accepted", "expires: 2027-03-01, all: true"), /* unverified */
     "T-001|fail|-|2|0|0|4|2 of 4 fail\n" T2_FAIL, "T-001|a|fail|-|-\nT-001|b|fail|-|-\n" T2_ROW,
     "W-1|other_tenant|98|0|-\nW-2|other_tenant|98|0|-\n"},
};

static void waivers_do_what_they_say_and_no_more(void **state)
{
    struct ruleset *rs = load_rules();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(effects); i++) {
        const struct effect *x = &effects[i];
        struct store *s = make_store(x->more);
        struct waivers *w = read_ok(str_eq(x->name, "none") ? "schema: 1\nwaivers: []\n" : x->text);
        struct evaluate_options o = {
            .tool_version = "1", .fail_on = "high", .as_of_ms = day("2026-11-23"), .waivers = w};
        const struct {
            const char *sql, *want;
        } checks[] = {{results_sql, x->results}, {rows_sql, x->rows}, {waivers_sql, x->waivers}};

        for (int round = 0; round < 2; round++) { /* results replace results */
            struct evaluate_summary sum;
            struct err e = ERR_INIT;

            if (ruleset_evaluate(rs, s, &o, &sum, &e) != ERR_OK)
                fail_msg("%s: %s", x->name, e.msg);
            for (size_t k = 0; k < COUNT_OF(checks); k++) {
                char *got = rows(s, checks[k].sql);

                if (!str_eq(got, checks[k].want))
                    fail_msg("%s:\n%s---- not\n%s", x->name, got, checks[k].want);
                free(got);
            }
        }
        waivers_free(w);
        store_close(s);
    }
    ruleset_free(rs);
}

static void missing_evidence_is_never_waived(void **state)
{
    struct ruleset *rs = load_rules();
    struct store *s = make_store("UPDATE collection SET state = 'failed', reason_code = "
                                 "'permission'");
    struct waivers *w = read_ok(
        TOP W("W-1", "T-001", "contoso", "risk_accepted", "expires: 2027-01-31, all: true"));
    struct evaluate_options o = {
        .tool_version = "1", .fail_on = "high", .as_of_ms = day("2026-11-23"), .waivers = w};
    struct evaluate_summary sum;
    struct err e = ERR_INIT;
    char *got;

    (void)state;
    assert_int_equal(ruleset_evaluate(rs, s, &o, &sum, &e), ERR_OK);
    assert_int_equal(sum.outcomes[OUTCOME_NOT_EVALUATED], 2);
    got = rows(s, waivers_sql);
    assert_string_equal(got, "W-1|active|69|0|-\n"); /* nothing is known: not called stale */
    free(got);
    waivers_free(w);
    store_close(s);
    ruleset_free(rs);
}

static void adding_keeps_the_file_and_refuses_nonsense(void **state)
{
    static const char *const ids[] = {"B", "11111111-AAAA-3333-4444-555555555555"};
    struct waiver_entry entry = {.rule = "T-001",
                                 .tenant = "contoso",
                                 .disposition = "planned",
                                 .owner = "\"al\": #1\n- x",
                                 .reason = "caf\xc3\xa9 {a: b}",
                                 .created = "2026-08-01",
                                 .expires = "2027-01-31",
                                 .rule_version = 4,
                                 .resources = ids,
                                 .resources_n = 2};
    char folder[] = "/tmp/graphaudit-test-XXXXXX";
    char *path;
    char *id = NULL;
    struct waivers *w = NULL;
    struct waiver_info info;
    struct buf before;
    struct buf after;
    struct err e = ERR_INIT;

    (void)state;
    assert_non_null(mkdtemp(folder));
    path = xasprintf("%s/w.yaml", folder);
    if (waivers_add(path, &entry, NULL, &id, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    assert_string_equal(id, "W-2026-001");
    free(id);
    assert_int_equal(file_read(path, 65536, &before, &e), ERR_OK);
    assert_int_equal(waivers_add(path, &entry, NULL, &id, &e), ERR_OK);
    assert_string_equal(id, "W-2026-002");
    free(id);
    assert_int_equal(file_read(path, 65536, &after, &e), ERR_OK);
    assert_memory_equal(before.p, after.p, before.n);
    assert_int_equal(waivers_load(path, NULL, NULL, &w, &e), ERR_OK);
    assert_int_equal(waivers_count(w), 2);
    waivers_info(w, 1, &info);
    assert_string_equal(info.owner, entry.owner);
    assert_string_equal(info.reason, entry.reason);
    assert_int_equal(info.disposition, WAIVER_PLANNED);
    assert_int_equal(info.rule_version, 4);
    assert_true(waiver_covers(&info, "B"));
    assert_false(waiver_covers(&info, "b"));
    assert_true(waiver_covers(&info, "11111111-aaaa-3333-4444-555555555555"));
    waivers_free(w);
    buf_release(&before);
    /* Refused: a second W-2026-001; more than a year. The file stays as it was. */
    assert_int_equal(waivers_add(path, &entry, "W-2026-001", &id, &e), ERR_USAGE);
    err_clear(&e);
    entry.expires = "2028-01-31";
    assert_int_equal(waivers_add(path, &entry, NULL, &id, &e), ERR_USAGE);
    err_clear(&e);
    assert_int_equal(file_read(path, 65536, &before, &e), ERR_OK);
    assert_string_equal(before.p, after.p);
    buf_release(&before);
    buf_release(&after);
    (void)unlink(path);
    (void)rmdir(folder);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malformed_files_are_refused_with_their_place),
        cmocka_unit_test(a_waiver_holds_to_the_end_of_its_last_day),
        cmocka_unit_test(waivers_do_what_they_say_and_no_more),
        cmocka_unit_test(missing_evidence_is_never_waived),
        cmocka_unit_test(adding_keeps_the_file_and_refuses_nonsense),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
