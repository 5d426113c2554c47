/* A rule set over a snapshot: the result tables, determinism, size, and tests inside rules. */
#include "base/buf.h"
#include "base/fsx.h"
#include "base/mem.h"
#include "base/stop.h"
#include "base/strs.h"
#include "base/timex.h"
#include "model/evidence.h"
#include "model/store.h"
#include "rules/engine.h"
#include "rules/facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEAD(id, severity)                                                                         \
    "schema: 1\nid: " id "\nversion: 3\ntitle: Title of " id "\nseverity: " severity               \
    "\nservice: dns\nsummary: >\n  s\nrationale: why\nremediation: {summary: fix, steps: [b, "     \
    "a]}\n"                                                                                        \
    "references: [{title: t, url: \"https://x.example\"}]\nmappings: {z: [\"1\"], a: [\"2\"]}\n"

static const char pass_rule[] =
    HEAD("T-001", "high") "query: SELECT name AS resource_id, name AS resource_name, 'pass' AS "
                          "status, 'ok' AS reason FROM domain ORDER BY name\n";
static const char fail_rule[] =
    HEAD("T-002",
         "critical") "query: |\n"
                     "  SELECT name AS resource_id, upper(name) AS resource_name,\n"
                     "         CASE WHEN is_default = 1 THEN 'fail' WHEN is_default IS NULL THEN "
                     "'unknown'\n"
                     "              ELSE 'pass' END AS status, 'seen on ' || :as_of AS reason,\n"
                     "         is_default, authentication_type FROM domain ORDER BY name\n";
static const char broken_rule[] =
    HEAD("T-003", "low") "query: |\n"
                         "  SELECT name AS resource_id, name AS resource_name,\n"
                         "         CASE WHEN name = 'd.example' THEN 'oops' ELSE 'fail' END AS "
                         "status, '' AS reason\n"
                         "    FROM domain ORDER BY name\n";
static const char denied_rule[] =
    HEAD("T-004", "medium") "query: |\n"
                            "  SELECT id AS resource_id, display_name AS resource_name, 'fail' AS "
                            "status, '' AS reason\n"
                            "    FROM ca_policy ORDER BY id\n";
static const char manual_rule[] =
    HEAD("T-005", "info") "query: SELECT 'x' AS resource_id, 'X' AS resource_name, 'manual' AS "
                          "status, 'look there' AS reason ORDER BY 1\n";

static const char *const rules[] = {manual_rule, pass_rule, denied_rule, fail_rule, broken_rule};

static char *temp_folder(void)
{
    char *folder = xstrdup("/tmp/graphaudit-test-XXXXXX");

    assert_non_null(mkdtemp(folder));
    return folder;
}

static char *put(const char *folder, const char *name, const char *text)
{
    char *path = xasprintf("%s/%s", folder, name);
    FILE *f = fopen(path, "we");

    assert_non_null(f);
    (void)fputs(text, f);
    assert_int_equal(fclose(f), 0);
    return path;
}

static struct ruleset *load(const char *folder, const char *const *texts, size_t n)
{
    char *paths[16];
    struct ruleset *rs = NULL;
    struct err e = ERR_INIT;

    assert_true(n <= COUNT_OF(paths));
    for (size_t i = 0; i < n; i++) {
        char name[32];

        (void)snprintf(name, sizeof name, "%zu.yaml", i);
        paths[i] = put(folder, name, texts[i]);
    }
    if (ruleset_load((const char *const *)paths, n, NULL, NULL, &rs, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    for (size_t i = 0; i < n; i++) {
        (void)unlink(paths[i]);
        free(paths[i]);
    }
    return rs;
}

static struct store *make_store(const char *path)
{
    struct store *s = NULL;
    struct err e = ERR_INIT;

    if (store_create(path, &s, &e) != ERR_OK ||
        store_exec(s,
                   "INSERT INTO collection(resource, state, reason_code, permission, detail) VALUES"
                   " ('domains', 'complete', NULL, 'Domain.Read.All', NULL),"
                   " ('ca-policies', 'failed', 'permission', 'Policy.Read.All', 'request-id 7');"
                   "INSERT INTO domain(name, is_default, authentication_type, raw) VALUES"
                   " ('a.example', 0, 'Managed', '{}'), ('b.example', 1, 'Managed', '{}'),"
                   " ('c.example', NULL, NULL, '{}'), ('d.example', 1, 'Federated', '{}');"
                   "INSERT INTO resource_result(rule_id, resource_id, status) VALUES ('OLD', 'x', "
                   "'fail')",
                   &e) != ERR_OK)
        fail_msg("%s", e.msg);
    return s;
}

static struct evaluate_options options(void)
{
    struct evaluate_options o = {.tool_version = "1.2.3", .fail_on = "high"};

    assert_true(date_parse("2026-11-23", &o.as_of_ms));
    o.evaluated_ms = o.as_of_ms + 3600000;
    return o;
}

/* All result tables as text. Caller frees. */
static char *dump(struct store *s)
{
    static const char *const queries[] = {
        "SELECT evaluated_at, as_of, tool_version, profile, fail_on FROM evaluation",
        "SELECT rule_id, version, pack, title, severity, service, summary, rationale, "
        "remediation_json, references_json, mappings_json, resources_json FROM rule ORDER BY 1",
        "SELECT rule_id, version, outcome, reason_code, severity, pass, fail, unknown, manual, "
        "not_applicable, waived, total, is_incomplete, message, missing_json FROM rule_result "
        "ORDER "
        "BY 1",
        "SELECT rule_id, resource_id, resource_name, status, reason, waiver_id, evidence, note "
        "FROM "
        "resource_result ORDER BY 1, 2"};
    struct buf out;
    struct err e = ERR_INIT;

    buf_init(&out, 64 * (size_t)1024 * 1024);
    for (size_t i = 0; i < COUNT_OF(queries); i++) {
        struct stmt *st = NULL;
        bool row = false;

        assert_int_equal(stmt_prepare(s, queries[i], &st, &e), ERR_OK);
        while (stmt_step(st, &row, &e) == ERR_OK && row)
            for (int c = 0; c < stmt_column_count(st); c++)
                buf_addf(&out, "%s%s", stmt_is_null(st, c) ? "-" : stmt_text(st, c),
                         c + 1 < stmt_column_count(st) ? "|" : "\n");
        stmt_free(st);
    }
    assert_int_equal(e.code, ERR_OK);
    assert_false(out.failed);
    return buf_take(&out);
}

#define RULE_ROW(id, severity, resources)                                                          \
    id "|3|local|Title of " id "|" severity "|dns|s|why|{\"summary\":\"fix\",\"steps\":[\"b\",\"a" \
       "\"]}|[{\"title\":\"t\",\"url\":\"https://"                                                 \
       "x.example\"}]|{\"z\":[\"1\"],\"a\":[\"2\"]}|" resources "\n"

static const char want[] = "2026-11-23T01:00:00Z|2026-11-23|1.2.3|-|high\n" RULE_ROW(
    "T-001", "high", "[\"domains\"]") RULE_ROW("T-002", "critical", "[\"domains\"]")
    RULE_ROW("T-003", "low", "[\"domains\"]") RULE_ROW("T-004", "medium", "[\"ca-policies\"]")
        RULE_ROW(
            "T-005", "info",
            "[]") "T-001|3|pass|-|high|4|0|0|0|0|0|4|0|All 4 pass|[]\n"
                  "T-002|3|fail|-|critical|1|2|1|0|0|0|4|1|2 of 4 fail; 1 could not be judged|[]\n"
                  "T-003|3|error|malformed|low|0|0|0|0|0|0|0|0|The rule failed to run: "
                  "'d.example': status is "
                  "'oops', not one of pass, fail, unknown, manual, not_applicable|[]\n"
                  "T-004|3|not_evaluated|permission|medium|0|0|0|0|0|0|0|1|Not evaluated: needs "
                  "Policy.Read.All "
                  "(Conditional Access policies: request-id "
                  "7)|[{\"resource\":\"ca-policies\",\"state\":\"failed\","
                  "\"reason_code\":\"permission\",\"permission\":\"Policy.Read.All\",\"licence\":"
                  "null,\"detail\":"
                  "\"request-id 7\"}]\n"
                  "T-005|3|manual|manual|info|0|0|0|1|0|0|1|0|Look there|[]\n"
                  "T-002|b.example|B.EXAMPLE|fail|seen on "
                  "2026-11-23|-|{\"is_default\":1,\"authentication_type\":"
                  "\"Managed\"}|-\n"
                  "T-002|c.example|C.EXAMPLE|unknown|seen on 2026-11-23|-|{\"is_default\":null,"
                  "\"authentication_type\":null}|-\n"
                  "T-002|d.example|D.EXAMPLE|fail|seen on "
                  "2026-11-23|-|{\"is_default\":1,\"authentication_type\":"
                  "\"Federated\"}|-\n"
                  "T-005|x|X|manual|look there|-|-|-\n";

/* The same bytes from a file and from memory, the first time and the second. */
static void results_replace_results(void **state)
{
    char *folder = temp_folder();
    char *file = xasprintf("%s/s.snapshot", folder);
    const char *paths[] = {":memory:", file};
    struct ruleset *rs = load(folder, rules, COUNT_OF(rules));
    struct evaluate_options o = options();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        struct store *s = make_store(paths[i]);

        for (int round = 0; round < 2; round++) {
            struct evaluate_summary sum;
            struct err e = ERR_INIT;
            char *got;

            if (ruleset_evaluate(rs, s, &o, &sum, &e) != ERR_OK)
                fail_msg("%s", e.msg);
            got = dump(s);
            if (strcmp(got, want) != 0)
                fail_msg("%s, round %d:\n%s\n---- want\n%s", paths[i], round, got, want);
            free(got);
            assert_int_equal(sum.errors, 1);
            assert_int_equal(sum.outcomes[OUTCOME_PASS], 1);
            assert_int_equal(sum.outcomes[OUTCOME_FAIL], 1);
            assert_int_equal(sum.outcomes[OUTCOME_NOT_EVALUATED], 1);
            assert_int_equal(sum.failing[SEVERITY_CRITICAL], 1);
            assert_int_equal(sum.not_evaluated[SEVERITY_CRITICAL], 1);
            assert_int_equal(sum.not_evaluated[SEVERITY_MEDIUM], 1);
            assert_int_equal(sum.not_evaluated[SEVERITY_HIGH], 0);
        }
        store_close(s);
    }
    ruleset_free(rs);
    (void)unlink(file);
    (void)rmdir(folder);
    free(file);
    free(folder);
}

/* An evaluation that cannot go on leaves the results that were there. */
static void failure_keeps_old_results(void **state)
{
    char *folder = temp_folder();
    struct ruleset *rs = load(folder, rules, 2);
    struct store *s = make_store(":memory:");
    struct evaluate_options o = options();
    struct evaluate_summary sum = {.errors = 77};
    struct err e = ERR_INIT;
    int64_t n = 0;

    (void)state;
    assert_int_equal(store_exec(s, "DROP TABLE rule_result", &e), ERR_OK);
    assert_int_equal(ruleset_evaluate(rs, s, &o, &sum, &e), ERR_STORE);
    assert_int_equal(sum.errors, 77);
    err_clear(&e);
    assert_int_equal(store_int(s, "SELECT count(*) FROM resource_result", &n, &e), ERR_OK);
    assert_int_equal(n, 1);
    assert_int_equal(store_exec(s, "INSERT INTO domain(name, raw) VALUES ('z', '{}')", &e), ERR_OK);
    store_close(s);
    ruleset_free(rs);
    (void)rmdir(folder);
    free(folder);
}

/* Rows are never gathered: what SQLite holds at most does not grow with them. */
static void many_rows_need_no_memory(void **state)
{
    enum { MOST_BYTES = 48 * 1024 * 1024, ROWS = 200000 };
    static const char big_rule[] = HEAD(
        "T-006", "high") "query: |\n"
                         "  SELECT guid AS resource_id, primary_smtp_address AS resource_name,\n"
                         "         CASE WHEN imap_enabled = 1 THEN 'fail' ELSE 'pass' END AS "
                         "status, 'r' AS reason,\n"
                         "         recipient_type FROM mailbox ORDER BY guid\n";
    const char *texts[] = {big_rule};
    char *folder = temp_folder();
    char *file = xasprintf("%s/s.snapshot", folder);
    struct ruleset *rs = load(folder, texts, 1);
    struct store *s = make_store(file);
    struct evaluate_options o = options();
    struct evaluate_summary sum;
    struct err e = ERR_INIT;
    int64_t n = 0;

    (void)state;
    if (store_exec(s,
                   "INSERT INTO collection(resource, state) VALUES ('mailboxes', 'complete'),"
                   " ('cas-mailboxes', 'complete'), ('hve-accounts', 'complete');"
                   "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT 200000)"
                   "INSERT INTO mailbox(guid, primary_smtp_address, recipient_type, imap_enabled)"
                   " SELECT printf('%08d-0000-0000-0000-000000000000', n), n || '@x.example',"
                   " 'UserMailbox', n % 2 FROM r",
                   &e) != ERR_OK)
        fail_msg("%s", e.msg);
    (void)sqlite3_memory_highwater(1);
    if (ruleset_evaluate(rs, s, &o, &sum, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    if (sqlite3_memory_highwater(0) > MOST_BYTES)
        fail_msg("SQLite held %lld bytes", (long long)sqlite3_memory_highwater(0));
    assert_int_equal(sum.outcomes[OUTCOME_FAIL], 1);
    assert_int_equal(store_int(s, "SELECT count(*) FROM resource_result", &n, &e), ERR_OK);
    assert_int_equal(n, ROWS / 2);
    assert_int_equal(store_int(s, "SELECT pass FROM rule_result", &n, &e), ERR_OK);
    assert_int_equal(n, ROWS / 2);
    store_close(s);
    ruleset_free(rs);
    (void)unlink(file);
    (void)rmdir(folder);
    free(file);
    free(folder);
}

struct test_log {
    FILE *f;
    bool verbose;
};

static void log_test(void *ctx, const struct rules_test_info *t)
{
    const struct test_log *l = ctx;

    if (t->why != NULL)
        fprintf(l->f, "FAIL %s \"%s\": %s\n", t->rule, t->name, t->why);
    else if (l->verbose)
        fprintf(l->f, "ok   %s \"%s\"\n", t->rule, t->name);
}

static char *test_output(const struct ruleset *rs, bool verbose, size_t *passed, size_t *failed)
{
    char *text = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&text, &n);
    struct test_log log = {.f = f, .verbose = verbose};
    const struct rules_test_options o = {.test = log_test, .ctx = &log};
    struct rules_test_counts counts;
    struct err e = ERR_INIT;

    assert_non_null(f);
    if (ruleset_test(rs, &o, &counts, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    *passed = counts.passed;
    *failed = counts.failed;
    assert_int_equal(fclose(f), 0);
    return text;
}

/* What the tests of the one rule say of themselves; the set stays open for more. */
static struct ruleset *expect_tests(const char *folder, const char *rule, const char *wanted,
                                    size_t right, size_t wrong)
{
    struct ruleset *rs = load(folder, &rule, 1);
    size_t passed = 0;
    size_t failed = 0;
    char *text = test_output(rs, false, &passed, &failed);

    if (strcmp(text, wanted) != 0)
        fail_msg("got\n%swant\n%s", text, wanted);
    assert_int_equal(passed, right);
    assert_int_equal(failed, wrong);
    free(text);
    return rs;
}

/* A test that does not hold says what it expected and what it got. */
static void tests_in_rules_are_judged(void **state)
{
    static const char rule[] =
        HEAD("T-007",
             "high") "params: {ok: {type: string_list, default: [], help: h}}\n"
                     "query: |\n"
                     "  SELECT d.name AS resource_id, d.name AS resource_name,\n"
                     "         CASE WHEN d.name IN (SELECT value FROM json_each(:ok)) THEN 'pass'\n"
                     "              WHEN d.raw ->> '$.forest.x' = 1 THEN 'manual'\n"
                     "              WHEN d.is_default = 1 THEN 'fail' ELSE 'pass' END AS status,\n"
                     "         days_between(:as_of, '2026-03-01') || ' days' AS reason\n"
                     "    FROM domain d ORDER BY d.name\n"
                     "tests:\n"
                     "  - {name: right, given: {domain: [{name: b}, {name: a, is_default: 1}]}, "
                     "expect: {outcome: "
                     "fail, fail: [a], pass: [b], unknown: []}}\n"
                     "  - {name: wrong outcome, given: {domain: [{name: a, is_default: true}]}, "
                     "expect: {outcome: "
                     "pass}}\n"
                     "  - {name: wrong ids, given: {domain: [{name: a, is_default: 1}, {name: "
                     "b}]}, expect: "
                     "{outcome: fail, fail: [b], pass: [a, c]}}\n"
                     "  - {name: wrong reason, missing: {domain: licence}, expect: {outcome: "
                     "not_evaluated, "
                     "reason: permission}}\n"
                     "  - {name: wrong message, as_of: 2026-02-01, given: {domain: [{name: a}]}, "
                     "expect: {outcome: "
                     "pass, message: 29 days}}\n"
                     "  - {name: right message, as_of: 2026-02-01, given: {domain: [{name: a}]}, "
                     "expect: {outcome: "
                     "pass, message: 28 days}}\n"
                     "  - {name: default date, given: {domain: [{name: a}]}, expect: {outcome: "
                     "pass, message: 45 "
                     "days}}\n"
                     "  - {name: key twice, given: {domain: [{name: a}, {name: a}]}, expect: "
                     "{outcome: pass}}\n"
                     "  - {name: parameter, params: {ok: [a]}, given: {domain: [{name: a, "
                     "is_default: 1}]}, expect: "
                     "{outcome: pass}}\n"
                     "  - {name: raw as YAML, given: {domain: [{name: a, raw: {forest: {x: 1, y: "
                     "null}}}]}, expect: "
                     "{outcome: manual, manual: [a], reason: manual}}\n"
                     "  - {name: partial, missing: {domains: {state: partial, reason: "
                     "permission}}, given: {domain: "
                     "[{name: a, is_default: 1}]}, expect: {outcome: fail, fail: [a]}}\n"
                     "  - {name: throttled, missing: {domains: throttled}, given: {domain: [{name: "
                     "a}]}, expect: "
                     "{outcome: not_evaluated, pass: [a], reason: throttled}}\n";
    static const char wanted[] =
        "FAIL T-007 \"wrong outcome\": expected outcome pass, got fail (45 days)\n"
        "FAIL T-007 \"wrong ids\": expected pass [a, c], got pass [b]; expected fail [b], got fail "
        "[a]\n"
        "FAIL T-007 \"wrong reason\": expected reason permission, got licence\n"
        "FAIL T-007 \"wrong message\": expected message 29 days, got 28 days\n"
        "FAIL T-007 \"key twice\": cannot build the snapshot: line 29, table 'domain': snapshot "
        "':memory:': UNIQUE constraint failed: domain.name\n";
    char *folder = temp_folder();
    struct ruleset *rs = expect_tests(folder, rule, wanted, 7, 5);
    size_t passed = 0;
    size_t failed = 0;
    char *text = test_output(rs, true, &passed, &failed);

    (void)state;
    assert_non_null(strstr(text, "ok   T-007 \"right\"\n"));
    free(text);
    ruleset_free(rs);
    (void)rmdir(folder);
    free(folder);
}

/* A number counts resources: one row of the rule stands for as many as the domain's name says. */
static void tests_in_rules_count(void **state)
{
    static const char rule[] =
        HEAD("T-008",
             "high") "query: |\n"
                     "  SELECT d.name AS resource_id, d.name AS resource_name,\n"
                     "         CASE d.is_default WHEN 1 THEN 'fail' ELSE 'pass' END AS status, 'r' "
                     "AS reason,\n"
                     "         CASE d.is_default WHEN 1 THEN NULL ELSE CAST(d.name AS INTEGER) END "
                     "AS resources\n"
                     "    FROM domain d ORDER BY d.name\n"
                     "tests:\n"
                     "  - {name: right, given: {domain: [{name: '5'}, {name: '6'}, {name: a, "
                     "is_default: 1}]}, expect: {outcome: fail, pass: 11, fail: 1, unknown: 0}}\n"
                     "  - {name: right ids, given: {domain: [{name: '5'}, {name: '6'}]}, expect: "
                     "{outcome: pass, pass: ['5', '6'], message: All 11 pass}}\n"
                     "  - {name: rows are not resources, given: {domain: [{name: '5'}, {name: "
                     "'6'}]}, expect: {outcome: pass, pass: 2, not_applicable: 1}}\n"
                     "  - {name: nothing is not zero resources, given: {domain: [{name: '0'}]}, "
                     "expect: {outcome: pass, pass: 0}}\n";
    static const char wanted[] =
        "FAIL T-008 \"rows are not resources\": expected 2 pass, got 11; expected 1 "
        "not_applicable, got 0\n"
        "FAIL T-008 \"nothing is not zero resources\": expected outcome pass, got error (The rule "
        "failed to run: '0': resources is no whole number from 1 to 1000000000)\n";
    char *folder = temp_folder();

    (void)state;
    ruleset_free(expect_tests(folder, rule, wanted, 2, 2));
    (void)rmdir(folder);
    free(folder);
}

/* In a snapshot some derived tables are views. A rule needs what it reads of them, not what they
 * are made of. */
static void views_are_read_like_tables(void **state)
{
    static const char all[] =
        HEAD("T-101",
             "high") "query: |\n"
                     "  SELECT u.id AS resource_id, m.guid AS resource_name, 'fail' AS status,\n"
                     "         coalesce(p.legacy_auth, 'none') AS reason, count(*) AS n\n"
                     "    FROM user u LEFT JOIN user_protection p ON p.user_id = u.id\n"
                     "    LEFT JOIN mailbox m ON m.user_id = u.id GROUP BY u.id ORDER BY 1\n";
    static const char verdicts[] = HEAD(
        "T-102", "high") "query: |\n"
                         "  SELECT a.mailbox_guid AS resource_id, a.address AS resource_name,\n"
                         "         'fail' AS status, a.basic || a.layers AS reason,\n"
                         "         (SELECT count(*) FROM user_service_plan) AS plans\n"
                         "    FROM smtp_auth a ORDER BY 1\n";
    const char *texts[] = {all, verdicts};
    char *folder = temp_folder();
    char *path = xasprintf("%s/a.db", folder);
    struct ruleset *rs = load(folder, texts, 2);
    struct evaluate_options o = options();
    struct facts_options fo = {.as_of_ms = o.as_of_ms};
    struct evaluate_summary sum;
    struct store *s = NULL;
    struct err e = ERR_INIT;
    char *got = NULL;

    (void)state;
    assert_int_equal(store_create(path, &s, &e), ERR_OK);
    for (size_t i = 0; i < evidence_resource_count(); i++)
        assert_int_equal(store_run(s, &e,
                                   "INSERT INTO collection(resource, state) VALUES (?, "
                                   "'complete')",
                                   "t", evidence_resource_at(i)->id),
                         ERR_OK);
    assert_int_equal(store_exec(s,
                                "INSERT INTO user(id, user_type) VALUES ('u', 'Member');"
                                "INSERT INTO mailbox(guid, user_id, primary_smtp_address, "
                                "recipient_type) VALUES ('m', 'u', 'a@a.example', 'UserMailbox');",
                                &e),
                     ERR_OK);
    assert_int_equal(facts_derive(s, &fo, &e), ERR_OK);
    if (ruleset_evaluate(rs, s, &o, &sum, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    assert_int_equal(store_text(s,
                                "SELECT group_concat(rule_id || ' ' || outcome || ' ' || message, "
                                "char(10)) FROM rule_result",
                                &got, &e),
                     ERR_OK);
    if (sum.errors > 0 || sum.outcomes[OUTCOME_FAIL] != 2)
        fail_msg("%s", got);
    free(got);
    assert_int_equal(
        store_text(s, "SELECT resources_json FROM rule WHERE rule_id = 'T-101'", &got, &e), ERR_OK);
    assert_string_equal(got, "[\"security-defaults\",\"ca-policies\",\"named-locations\","
                             "\"authentication-strengths\",\"users\",\"group-members\","
                             "\"role-assignments\",\"role-eligibility\",\"role-group-members\","
                             "\"mailboxes\",\"hve-accounts\"]");
    free(got);
    store_close(s);
    (void)unlink(path);
    free(path);
    ruleset_free(rs);
    (void)rmdir(folder);
    free(folder);
}

static void what_is_behind_views_is_not_for_rules(void **state)
{
    static const char rule[] =
        HEAD("T-103",
             "high") "query: |\n"
                     "  SELECT t.id AS resource_id, t.text AS resource_name, 'pass' AS status,\n"
                     "         '' AS reason FROM shared_text t ORDER BY 1\n";
    char *folder = temp_folder();
    char *path = put(folder, "r.yaml", rule);
    const char *paths[] = {path};
    struct ruleset *rs = NULL;
    struct err e = ERR_INIT;

    (void)state;
    assert_int_not_equal(ruleset_load(paths, 1, NULL, NULL, &rs, &e), ERR_OK);
    if (strstr(e.msg, "no such table") == NULL)
        fail_msg("%s", e.msg);
    (void)unlink(path);
    free(path);
    (void)rmdir(folder);
    free(folder);
}

/* Columns that a test leaves out, and facts that it gives or has derived. */
static void given_rows_are_completed(void **state)
{
    static const char rule[] = HEAD(
        "T-008", "high") "query: |\n"
                         "  SELECT m.guid AS resource_id, m.smtp_flag_known || m.is_hve || "
                         "m.is_listed || t.raw ||\n"
                         "         t.smtp_flag_known || t.legacy_tls_known AS resource_name, "
                         "'pass' AS status,\n"
                         "         coalesce(p.legacy_auth, 'none') || coalesce(s.tenant_flag, "
                         "'none') AS reason\n"
                         "    FROM transport_config t LEFT JOIN mailbox m ON 1\n"
                         "    LEFT JOIN user_protection p ON p.user_id = m.guid\n"
                         "    LEFT JOIN mailbox_smtp s ON s.mailbox_guid = m.guid ORDER BY 1\n"
                         "tests:\n"
                         "  - name: derived\n"
                         "    given:\n"
                         "      transport_config: [{smtp_client_authentication_disabled: false}]\n"
                         "      mailbox: [{guid: m}]\n"
                         "    expect: {outcome: pass, message: noneon}\n"
                         "  - name: given instead\n"
                         "    given:\n"
                         "      transport_config: [{allow_legacy_tls_clients: null}]\n"
                         "      mailbox: [{guid: m}]\n"
                         "      mailbox_smtp: [{mailbox_guid: m, tenant_flag: told}]\n"
                         "      user_protection: [{user_id: m, legacy_auth: told}]\n"
                         "    expect: {outcome: pass, message: toldtold}\n";
    const char *texts[] = {rule};
    char *folder = temp_folder();
    struct ruleset *rs = load(folder, texts, 1);
    size_t passed = 0;
    size_t failed = 0;
    char *text = test_output(rs, false, &passed, &failed);

    (void)state;
    if (failed > 0 || passed != 2)
        fail_msg("%s", text);
    free(text);
    ruleset_free(rs);
    (void)rmdir(folder);
    free(folder);
}

/* The rule and the pack that rules/README.md shows are a rule and a pack. */
static void readme_example_works(void **state)
{
    char *folder = temp_folder();
    const char *path = folder;
    struct buf readme;
    struct err e = ERR_INIT;
    struct ruleset *rs = NULL;
    const char *names[] = {"rule.yaml", "pack.yaml"};
    char *at;
    size_t passed = 0;
    size_t failed = 0;
    char *text;

    (void)state;
    assert_int_equal(file_read("rules/README.md", 1000000, &readme, &e), ERR_OK);
    at = readme.p;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char *start = strstr(at, "```yaml\n");
        char *end = start != NULL ? strstr(start, "\n```\n") : NULL;

        if (end == NULL) {
            fail_msg("no example in rules/README.md");
            return;
        }
        *end = '\0';
        free(put(folder, names[i], start + strlen("```yaml\n")));
        at = end + 1;
    }
    buf_release(&readme);
    if (ruleset_load(&path, 1, NULL, NULL, &rs, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    assert_int_equal(ruleset_count(rs), 1);
    assert_int_equal(ruleset_remarks(rs, NULL, NULL), 0);
    text = test_output(rs, true, &passed, &failed);
    if (failed > 0 || passed != 5)
        fail_msg("%s", text);
    free(text);
    ruleset_free(rs);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char *name = xasprintf("%s/%s", folder, names[i]);

        (void)unlink(name);
        free(name);
    }
    (void)rmdir(folder);
    free(folder);
}

/* The last test: the signal stays noted for the rest of the process. */
static void signal_ends_the_evaluation(void **state)
{
    char *folder = temp_folder();
    struct ruleset *rs = load(folder, rules, 2);
    struct store *s = make_store(":memory:");
    struct evaluate_options o = options();
    struct evaluate_summary sum;
    struct err e = ERR_INIT;
    int64_t n = 0;

    (void)state;
    stop_install();
    assert_int_equal(raise(SIGTERM), 0);
    assert_int_equal(ruleset_evaluate(rs, s, &o, &sum, &e), ERR_INTERRUPTED);
    err_clear(&e);
    assert_int_equal(store_int(s, "SELECT count(*) FROM rule_result", &n, &e), ERR_OK);
    assert_int_equal(n, 0);
    assert_int_equal(store_int(s, "SELECT count(*) FROM resource_result", &n, &e), ERR_OK);
    assert_int_equal(n, 1);
    store_close(s);
    ruleset_free(rs);
    (void)rmdir(folder);
    free(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_replace_results),
        cmocka_unit_test(failure_keeps_old_results),
        cmocka_unit_test(many_rows_need_no_memory),
        cmocka_unit_test(tests_in_rules_are_judged),
        cmocka_unit_test(tests_in_rules_count),
        cmocka_unit_test(given_rows_are_completed),
        cmocka_unit_test(views_are_read_like_tables),
        cmocka_unit_test(what_is_behind_views_is_not_for_rules),
        cmocka_unit_test(readme_example_works),
        cmocka_unit_test(signal_ends_the_evaluation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
