/* One rule over one snapshot: the row contract, outcomes, and what missing evidence does. */
#include "rule_world.h"

#include "base/strs.h"
#include "message.h"
#include "model/store.h"
#include "run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

struct run_world {
    struct rule_world w;
    struct store *s;
    struct sandbox *sb;
    struct evidence_states states; /* complete */
    struct run_result result;
    struct strlist rows; /* "id status name|reason|evidence" */
    char message[MESSAGE_BYTES_MAX + 1];
};

static void setup_run(struct run_world *r)
{
    struct err e = ERR_INIT;

    memset(r, 0, sizeof *r);
    world_open(&r->w);
    if (store_create(":memory:", &r->s, &e) != ERR_OK || sandbox_open(r->s, &r->sb, &e) != ERR_OK)
        fail_msg("%s", e.msg);
}

static void clear_run(struct run_world *r)
{
    run_result_release(&r->result);
    strlist_release(&r->rows);
}

static void teardown_run(struct run_world *r)
{
    clear_run(r);
    sandbox_close(r->sb);
    store_close(r->s);
    world_close(&r->w);
}

static enum err_code note(void *ctx, const struct run_row *row, struct err *e)
{
    struct run_world *r = ctx;
    char *line = xasprintf("%s %s %s|%s|%s", row->resource_id, status_name(row->status),
                           row->resource_name != NULL ? row->resource_name : "-",
                           row->reason != NULL ? row->reason : "-",
                           row->evidence != NULL ? row->evidence : "-");

    strlist_add(&r->rows, line);
    free(line);
    return e->code;
}

static void evaluate(struct run_world *r, const char *query, const char *extra)
{
    struct run_options o = {.as_of = "2026-11-23", .row = note, .ctx = r};
    char *text = world_text(query, extra);
    struct rule *rule = world_rule(&r->w, text, false);
    struct err e = ERR_INIT;
    struct buf message;

    if (rule == NULL)
        fail_msg("%s\n%s", r->w.told.p, text);
    clear_run(r);
    if (run_rule(r->sb, rule, &r->states, &o, &r->result, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    buf_init(&message, MESSAGE_BYTES_MAX);
    message_render(rule, &r->result, &r->states, &message);
    (void)snprintf(r->message, sizeof r->message, "%s", message.p);
    buf_release(&message);
    rule_free(rule);
    free(text);
}

static void expect(const struct run_world *r, const char *name, enum outcome o, enum reason why,
                   const char *message)
{
    if (r->result.outcome != o || r->result.reason != why)
        fail_msg("%s: %s/%s, want %s/%s (%s)", name, outcome_name(r->result.outcome),
                 reason_name(r->result.reason) != NULL ? reason_name(r->result.reason) : "-",
                 outcome_name(o), reason_name(why) != NULL ? reason_name(why) : "-", r->message);
    if (message != NULL && strcmp(r->message, message) != 0)
        fail_msg("%s:\n  got  %s\n  want %s", name, r->message, message);
}

/* Rows are given by value; `%s` stands in a FROM clause. */
#define ROWS(values)                                                                               \
    "SELECT column1 AS resource_id, column2 AS resource_name, column3 AS status, column4 AS "      \
    "reason FROM (VALUES " values ") ORDER BY 1"
#define ROWS_BACK(values)                                                                          \
    "SELECT column1 AS resource_id, column2 AS resource_name, column3 AS status, column4 AS "      \
    "reason FROM (VALUES " values ") ORDER BY 1 DESC"
#define ROWS_EVIDENCE(value)                                                                       \
    "SELECT 'a' AS resource_id, 'A' AS resource_name, 'fail' AS status, 'r' AS reason, " value     \
    " AS seen ORDER BY 1"

static void row_contract_holds(void **state)
{
    static const struct {
        const char *name, *query;
        enum outcome outcome;
        enum reason reason;
        const char *message;
    } cases[] = {
        {"one that passes", ROWS("('a', 'A', 'pass', 'fine')"), OUTCOME_PASS, REASON_NONE, "fine"},
        {"two that pass", ROWS("('a', 'A', 'pass', 'x'), ('b', 'B', 'pass', 'y')"), OUTCOME_PASS,
         REASON_NONE, "All 2 pass"},
        {"null name and reason", ROWS("('a', NULL, 'fail', NULL)"), OUTCOME_FAIL, REASON_NONE,
         "1 of 1 fail"},
        {"no row", ROWS("(1, 2, 3, 4)) WHERE 0 AND (1"), OUTCOME_ERROR, REASON_MALFORMED,
         "The rule failed to run: the query returned no row and the rule does not say what that "
         "means ('empty:')"},
        {"null id", ROWS("(NULL, 'A', 'pass', 'x')"), OUTCOME_ERROR, REASON_MALFORMED,
         "The rule failed to run: row 1: resource_id is not text"},
        {"numeric id", ROWS("(7, 'A', 'pass', 'x')"), OUTCOME_ERROR, REASON_MALFORMED,
         "The rule failed to run: row 1: resource_id is not text"},
        {"empty id", ROWS("('', 'A', 'pass', 'x')"), OUTCOME_ERROR, REASON_MALFORMED,
         "The rule failed to run: row 1: resource_id is not text"},
        {"id twice", ROWS("('a', 'A', 'pass', 'x'), ('a', 'A', 'pass', 'x')"), OUTCOME_ERROR,
         REASON_MALFORMED, "The rule failed to run: resource_id 'a' is there twice"},
        {"out of order", ROWS_BACK("('a', 'A', 'pass', 'x'), ('b', 'B', 'pass', 'x')"),
         OUTCOME_ERROR, REASON_MALFORMED,
         "The rule failed to run: rows are not in the order of resource_id: 'a' comes after 'b'"},
        {"prefix after the longer", ROWS_BACK("('a', 'A', 'pass', 'x'), ('ab', 'B', 'pass', 'x')"),
         OUTCOME_ERROR, REASON_MALFORMED,
         "The rule failed to run: rows are not in the order of resource_id: 'a' comes after 'ab'"},
        {"prefix before the longer", ROWS("('ab', 'A', 'pass', 'x'), ('a', 'B', 'pass', 'x')"),
         OUTCOME_PASS, REASON_NONE, "All 2 pass"},
        {"unknown status", ROWS("('a', 'A', 'passed', 'x')"), OUTCOME_ERROR, REASON_MALFORMED,
         "The rule failed to run: 'a': status is 'passed', not one of pass, fail, unknown, manual, "
         "not_applicable"},
        {"null status", ROWS("('a', 'A', NULL, 'x')"), OUTCOME_ERROR, REASON_MALFORMED,
         "The rule failed to run: 'a': status is no text, not one of pass, fail, unknown, manual, "
         "not_applicable"},
        {"a row goes wrong after a failure",
         ROWS("('a', 'A', 'fail', 'x'), ('b', 'B', 'oops', 'x')"), OUTCOME_ERROR, REASON_MALFORMED,
         NULL},
        {"blob as evidence", ROWS_EVIDENCE("x'00'"), OUTCOME_ERROR, REASON_MALFORMED,
         "The rule failed to run: 'a': evidence column 'seen' is a blob"},
        {"blob as id", ROWS("(x'61', 'A', 'pass', 'x')"), OUTCOME_ERROR, REASON_MALFORMED,
         "The rule failed to run: row 1: resource_id is not text"},
        {"blob as reason", ROWS("('a', 'A', 'pass', x'00')"), OUTCOME_ERROR, REASON_MALFORMED,
         "The rule failed to run: row 1: reason is a blob"},
        {"SQL that fails on a row", ROWS("('a', 'A', 'pass', '{' ->> 'x')"), OUTCOME_ERROR,
         REASON_MALFORMED, "The rule failed to run: malformed JSON"},
        {"manual", ROWS("('a', 'A', 'manual', 'look'), ('b', 'B', 'pass', 'x')"), OUTCOME_MANUAL,
         REASON_MANUAL, "1 to check by hand"},
        {"unknown", ROWS("('a', 'A', 'unknown', 'odd'), ('b', 'B', 'pass', 'x')"),
         OUTCOME_NOT_EVALUATED, REASON_NOT_COLLECTED,
         "Not evaluated: 1 of 2 could not be judged: odd"},
        {"malformed", ROWS("('a', 'A', 'unknown', 'the reply was malformed')"),
         OUTCOME_NOT_EVALUATED, REASON_MALFORMED,
         "Not evaluated: 1 of 1 could not be judged: the reply was malformed"},
        {"malformed comes first",
         ROWS("('a', 'A', 'unknown', 'odd'), ('b', 'B', 'unknown', 'Malformed')"),
         OUTCOME_NOT_EVALUATED, REASON_MALFORMED, "Not evaluated: 2 of 2 could not be judged: odd"},
        {"fail and unknown", ROWS("('a', 'A', 'unknown', 'odd'), ('b', 'B', 'fail', 'x')"),
         OUTCOME_FAIL, REASON_NONE, "1 of 2 fail; 1 could not be judged"},
        {"nothing applies", ROWS("('a', 'A', 'not_applicable', 'x')"), OUTCOME_NOT_APPLICABLE,
         REASON_NONE, "Does not apply to this tenant"},
    };
    struct run_world r;

    (void)state;
    setup_run(&r);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        evaluate(&r, cases[i].query, "");
        expect(&r, cases[i].name, cases[i].outcome, cases[i].reason, cases[i].message);
        if (r.result.outcome == OUTCOME_ERROR && tally_total(&r.result.tally) != 0)
            fail_msg("%s: counts survive an error", cases[i].name);
    }
    teardown_run(&r);
}

#define ROWS_MANY(values)                                                                          \
    "SELECT column1 AS resource_id, 'N' AS resource_name, column2 AS status, 'r' AS reason, "      \
    "column3 AS resources FROM (VALUES " values ") ORDER BY 1"
#define NO_NUMBER "The rule failed to run: 'a': resources is no whole number from 1 to 1000000000"

/* A row that stands for many counts as many, and only where none of them is anybody's to repair. */
static void rows_stand_for_many(void **state)
{
    static const struct {
        const char *name, *query;
        enum outcome outcome;
        size_t pass, fail, not_applicable;
        const char *message;
    } cases[] = {
        {"many pass", ROWS_MANY("('a', 'pass', 95000), ('b', 'pass', NULL), ('c', 'pass', 1)"),
         OUTCOME_PASS, 95002, 0, 0, "All 95002 pass"},
        {"one that stands for one", ROWS_MANY("('a', 'pass', 1)"), OUTCOME_PASS, 1, 0, 0, "r"},
        {"beside one that fails", ROWS_MANY("('a', 'fail', NULL), ('b', 'pass', 9)"), OUTCOME_FAIL,
         9, 1, 0, "1 of 10 fail"},
        {"a failure may say that it is one", ROWS_MANY("('a', 'fail', 1)"), OUTCOME_FAIL, 0, 1, 0,
         "r"},
        {"many do not apply", ROWS_MANY("('a', 'not_applicable', 7), ('b', 'pass', 2)"),
         OUTCOME_PASS, 2, 0, 7, "All 2 pass"},
        {"none applies", ROWS_MANY("('a', 'not_applicable', 7)"), OUTCOME_NOT_APPLICABLE, 0, 0, 7,
         "Does not apply to this tenant"},
        {"the most", ROWS_MANY("('a', 'pass', 1000000000), ('b', 'pass', 1000000000)"),
         OUTCOME_PASS, 2000000000, 0, 0, "All 2000000000 pass"},
        {"failures are named", ROWS_MANY("('a', 'fail', 2)"), OUTCOME_ERROR, 0, 0, 0,
         "The rule failed to run: 'a': one row says fail of 2 resources: only pass and "
         "not_applicable may stand for more than one"},
        {"unknown ones are named", ROWS_MANY("('a', 'unknown', 2)"), OUTCOME_ERROR, 0, 0, 0,
         "The rule failed to run: 'a': one row says unknown of 2 resources: only pass and "
         "not_applicable may stand for more than one"},
        {"so are those to look at", ROWS_MANY("('a', 'manual', 2)"), OUTCOME_ERROR, 0, 0, 0, NULL},
        {"none", ROWS_MANY("('a', 'pass', 0)"), OUTCOME_ERROR, 0, 0, 0, NO_NUMBER},
        {"fewer than none", ROWS_MANY("('a', 'pass', -1)"), OUTCOME_ERROR, 0, 0, 0, NO_NUMBER},
        {"too many", ROWS_MANY("('a', 'pass', 1000000001)"), OUTCOME_ERROR, 0, 0, 0, NO_NUMBER},
        {"a fraction", ROWS_MANY("('a', 'pass', 2.5)"), OUTCOME_ERROR, 0, 0, 0, NO_NUMBER},
        {"text", ROWS_MANY("('a', 'pass', '2')"), OUTCOME_ERROR, 0, 0, 0, NO_NUMBER},
        {"a blob", ROWS_MANY("('a', 'pass', x'')"), OUTCOME_ERROR, 0, 0, 0, NO_NUMBER},
    };
    struct run_world r;

    (void)state;
    setup_run(&r);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        evaluate(&r, cases[i].query, "");
        expect(&r, cases[i].name, cases[i].outcome,
               cases[i].outcome == OUTCOME_ERROR ? REASON_MALFORMED : REASON_NONE,
               cases[i].message);
        if (r.result.tally.pass != cases[i].pass || r.result.tally.fail != cases[i].fail ||
            r.result.tally.not_applicable != cases[i].not_applicable)
            fail_msg("%s: %zu pass, %zu fail, %zu do not apply", cases[i].name, r.result.tally.pass,
                     r.result.tally.fail, r.result.tally.not_applicable);
    }
    teardown_run(&r);
}

/* The column is no evidence, wherever it stands. */
static void the_number_is_no_evidence(void **state)
{
    static const struct {
        const char *columns, *want;
    } cases[] = {
        {"NULL AS resources", "a fail A|r|-"},
        {"1 AS resources, 2 AS seen", "a fail A|r|{\"seen\":2}"},
        {"2 AS seen, NULL AS resources, 3 AS too", "a fail A|r|{\"seen\":2,\"too\":3}"},
    };
    struct run_world r;

    (void)state;
    setup_run(&r);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char *query = xasprintf("SELECT 'a' AS resource_id, 'A' AS resource_name, 'fail' AS "
                                "status, 'r' AS reason, %s ORDER BY 1",
                                cases[i].columns);

        evaluate(&r, query, "");
        if (r.rows.n != 1 || !str_eq(r.rows.v[0], cases[i].want))
            fail_msg("%s: got %s", cases[i].columns, r.rows.n > 0 ? r.rows.v[0] : r.message);
        free(query);
    }
    teardown_run(&r);
}

static void values_become_json(void **state)
{
    static const struct {
        const char *sql, *want;
    } cases[] = {
        {"NULL", "{\"seen\":null}"},
        {"1", "{\"seen\":1}"},
        {"-9223372036854775807", "{\"seen\":-9223372036854775807}"},
        {"1.5", "{\"seen\":1.5}"},
        {"1e999", "{\"seen\":null}"},
        {"'<b>\"&'", "{\"seen\":\"<b>\\\"&\"}"},
        {"char(1, 0, 0x202E)", "{\"seen\":\"\\u0001\xef\xbf\xbd\xe2\x80\xae\"}"},
        {"CAST(x'61ff62' AS TEXT)", "{\"seen\":\"a\xef\xbf\xbd"
                                    "b\"}"},
        {"2 AS z, 1 AS b, 3", "{\"z\":2,\"b\":1,\"seen\":3}"},
    };
    struct run_world r;

    (void)state;
    setup_run(&r);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char *query =
            xasprintf("SELECT 'a' AS resource_id, 'A' AS resource_name, 'fail' AS status, "
                      "'r' AS reason, %s AS seen ORDER BY 1",
                      cases[i].sql);
        char *want = xasprintf("a fail A|r|%s", cases[i].want);

        evaluate(&r, query, "");
        if (r.rows.n != 1 || !str_eq(r.rows.v[0], want))
            fail_msg("%s: got %s", cases[i].sql, r.rows.n > 0 ? r.rows.v[0] : r.message);
        free(query);
        free(want);
    }
    evaluate(&r,
             "SELECT 'a' AS resource_id, printf('%5000s', 'x') AS resource_name, 'fail' AS "
             "status, printf('%5000s', 'x') AS reason, printf('%5000s', 'x') AS seen ORDER BY 1",
             "");
    assert_int_equal(r.rows.n, 1);
    assert_true(strlen(r.rows.v[0]) < 3400);
    teardown_run(&r);
}

/* States that a resource can end in. */
#define PARTIAL                                                                                    \
    {                                                                                              \
        COLLECTION_PARTIAL, REASON_TRUNCATED, NULL, NULL, NULL                                     \
    }
#define DENIED                                                                                     \
    {                                                                                              \
        COLLECTION_FAILED, REASON_PERMISSION, NULL, NULL, NULL                                     \
    }
#define UNLICENSED                                                                                 \
    {                                                                                              \
        COLLECTION_SKIPPED, REASON_LICENCE, NULL, NULL, NULL                                       \
    }
#define LATE                                                                                       \
    {                                                                                              \
        COLLECTION_PARTIAL, REASON_DEADLINE, NULL, NULL, NULL                                      \
    }
#define COMPLETE                                                                                   \
    {                                                                                              \
        COLLECTION_COMPLETE, REASON_NONE, NULL, NULL, NULL                                         \
    }

static const char fails[] =
    "SELECT 'a' AS resource_id, 'A' AS resource_name, 'fail' AS status, 'r' AS reason, "
    "(SELECT count(*) FROM domain) AS n ORDER BY 1";
static const char passes[] =
    "SELECT 'a' AS resource_id, 'A' AS resource_name, 'pass' AS status, 'r' AS reason, "
    "(SELECT count(*) FROM domain) AS n ORDER BY 1";
static const char none[] =
    "SELECT name AS resource_id, 'A' AS resource_name, 'pass' AS status, 'r' AS reason FROM "
    "domain ORDER BY 1";
static const char roles[] =
    "SELECT 'a' AS resource_id, 'A' AS resource_name, 'pass' AS status, 'r' AS reason, "
    "(SELECT count(*) FROM role_member) AS n ORDER BY 1";
static const struct {
    const char *name, *resource;
    struct evidence_status status;
    const char *query, *extra;
    enum outcome outcome;
    enum reason reason;
    bool is_incomplete;
    const char *message;
} gaps[] = {
    {"complete", "domains", COMPLETE, passes, "", OUTCOME_PASS, REASON_NONE, false, "r"},
    {"denied, would pass", "domains", DENIED, passes, "", OUTCOME_NOT_EVALUATED, REASON_PERMISSION,
     true, "Not evaluated: Domains, permission refused (failed)"},
    {"denied, would fail", "domains", DENIED, fails, "", OUTCOME_NOT_EVALUATED, REASON_PERMISSION,
     true, NULL},
    {"skipped, would fail", "domains", UNLICENSED, fails, "", OUTCOME_NOT_EVALUATED, REASON_LICENCE,
     true, NULL},
    {"partial, would pass", "domains", PARTIAL, passes, "", OUTCOME_NOT_EVALUATED, REASON_TRUNCATED,
     true, "Not evaluated: Domains, only a part was read (partial)"},
    {"partial, fails", "domains", PARTIAL, fails, "", OUTCOME_FAIL, REASON_NONE, true,
     "r; evidence is incomplete: Domains, only a part was read (partial)"},
    {"partial, and the rule distrusts that", "domains", LATE, fails, "partial: not_evaluated\n",
     OUTCOME_NOT_EVALUATED, REASON_DEADLINE, true, NULL},
    {"partial without a row", "domains", PARTIAL, none, "", OUTCOME_NOT_EVALUATED, REASON_TRUNCATED,
     true, NULL},
    {"partial without a row, empty passes", "domains", PARTIAL, none, "empty: pass\n",
     OUTCOME_NOT_EVALUATED, REASON_TRUNCATED, true, NULL},
    {"no row, empty passes", "domains", COMPLETE, none, "empty: pass\n", OUTCOME_PASS, REASON_NONE,
     false, "There is nothing that could fail"},
    {"no row, empty does not apply", "domains", COMPLETE, none, "empty: not_applicable\n",
     OUTCOME_NOT_APPLICABLE, REASON_NONE, false, NULL},
    {"something else is missing", "users", DENIED, passes, "", OUTCOME_PASS, REASON_NONE, false,
     "r"},
    {"eligible roles without P2", "role-eligibility", UNLICENSED, roles, "", OUTCOME_PASS,
     REASON_NONE, false, "r"},
    {"eligible roles denied", "role-eligibility", DENIED, roles, "", OUTCOME_NOT_EVALUATED,
     REASON_PERMISSION, true, NULL},
    {"active roles without a licence", "role-assignments", UNLICENSED, roles, "",
     OUTCOME_NOT_EVALUATED, REASON_LICENCE, true, NULL},
    {"does not apply, read completely", "users", DENIED, passes,
     "applies_when: SELECT EXISTS (SELECT 1 FROM domain)\n", OUTCOME_NOT_APPLICABLE, REASON_NONE,
     false, "Does not apply to this tenant"},
    {"does not apply, but the query's evidence is denied", "accepted-domains", DENIED,
     "SELECT 'a' AS resource_id, 'A' AS resource_name, 'pass' AS status, 'r' AS reason, "
     "(SELECT count(*) FROM accepted_domain) AS n ORDER BY 1",
     "applies_when: SELECT EXISTS (SELECT 1 FROM domain)\n", OUTCOME_NOT_APPLICABLE, REASON_NONE,
     false, NULL},
    {"would not apply, on denied evidence", "domains", DENIED,
     "SELECT 'a' AS resource_id, 'A' AS resource_name, 'pass' AS status, 'r' AS reason "
     "ORDER BY 1",
     "applies_when: SELECT EXISTS (SELECT 1 FROM domain)\n", OUTCOME_NOT_EVALUATED,
     REASON_PERMISSION, true, NULL},
    {"would not apply, on partial evidence", "domains", PARTIAL,
     "SELECT 'a' AS resource_id, 'A' AS resource_name, 'fail' AS status, 'r' AS reason "
     "ORDER BY 1",
     "applies_when: SELECT EXISTS (SELECT 1 FROM domain)\n", OUTCOME_NOT_EVALUATED,
     REASON_TRUNCATED, true, NULL},
    {"applies, on partial evidence", "domains", PARTIAL, fails, "applies_when: SELECT 1\n",
     OUTCOME_FAIL, REASON_NONE, true, NULL},
    {"applies_when without a row", "users", COMPLETE, passes,
     "applies_when: SELECT 1 FROM domain\n", OUTCOME_ERROR, REASON_MALFORMED, false,
     "The rule failed to run: applies_when returned no row"},
    {"applies_when is no boolean", "users", COMPLETE, passes, "applies_when: SELECT 2\n",
     OUTCOME_ERROR, REASON_MALFORMED, false,
     "The rule failed to run: applies_when has to return 0 or 1"},
    {"applies_when is null", "users", COMPLETE, passes, "applies_when: SELECT NULL\n",
     OUTCOME_ERROR, REASON_MALFORMED, false,
     "The rule failed to run: applies_when has to return 0 or 1"},
    {"applies_when has two rows", "users", COMPLETE, passes,
     "applies_when: SELECT 1 UNION ALL SELECT 1\n", OUTCOME_ERROR, REASON_MALFORMED, false,
     "The rule failed to run: applies_when returned more than one row"},
};

static void missing_evidence_is_never_a_pass(void **state)
{
    struct run_world r;

    (void)state;
    setup_run(&r);
    for (size_t i = 0; i < COUNT_OF(gaps); i++) {
        struct evidence_status *s = &r.states.of[evidence_resource_find(gaps[i].resource)];

        *s = gaps[i].status;
        evaluate(&r, gaps[i].query, gaps[i].extra);
        expect(&r, gaps[i].name, gaps[i].outcome, gaps[i].reason, gaps[i].message);
        if (r.result.is_incomplete != gaps[i].is_incomplete)
            fail_msg("%s: is_incomplete", gaps[i].name);
        *s = (struct evidence_status){.state = COLLECTION_COMPLETE};
    }
    teardown_run(&r);
}

static void messages_name_what_is_needed(void **state)
{
    static const char query[] =
        "SELECT 'a' AS resource_id, 'A' AS resource_name, 'fail' AS status, 'r' AS reason, "
        "(SELECT max(legacy_auth) FROM user_protection) AS n ORDER BY 1";
    struct run_world r;
    char permission[] = "Policy.Read.All";
    char detail[] = "403, request 1-2-3";
    struct evidence_status *policies;

    (void)state;
    setup_run(&r);
    policies = &r.states.of[evidence_resource_find("ca-policies")];
    *policies = (struct evidence_status){.state = COLLECTION_FAILED,
                                         .reason = REASON_PERMISSION,
                                         .permission = permission,
                                         .detail = detail};
    evaluate(&r, query, "");
    expect(
        &r, "one", OUTCOME_NOT_EVALUATED, REASON_PERMISSION,
        "Not evaluated: needs Policy.Read.All (Conditional Access policies: 403, request 1-2-3)");
    evaluate(&r, query, "messages: {not_evaluated: cannot tell}\n");
    expect(
        &r, "own words", OUTCOME_NOT_EVALUATED, REASON_PERMISSION,
        "Cannot tell; evidence is incomplete: needs Policy.Read.All (Conditional Access policies: "
        "403, request 1-2-3)");
    for (size_t i = 0; i < evidence_resource_count(); i++)
        r.states.of[i] =
            (struct evidence_status){.state = COLLECTION_SKIPPED, .reason = REASON_NOT_COLLECTED};
    evaluate(&r, query, "");
    expect(
        &r, "many", OUTCOME_NOT_EVALUATED, REASON_NOT_COLLECTED,
        "Not evaluated: Security defaults, not collected (skipped); Conditional Access policies, "
        "not collected (skipped); Named locations, not collected (skipped); and 6 more");
    memset(&r.states, 0, sizeof r.states);
    evaluate(&r, ROWS("('a', 'A', 'fail', 'x'), ('b', 'B', 'fail', 'y'), ('c', 'C', 'pass', '')"),
             "messages: {fail: \"{fail} of {total}, {pass} fine, {unknown} {manual} {waived}\"}\n");
    expect(&r, "counts", OUTCOME_FAIL, REASON_NONE, "2 of 3, 1 fine, 0 0 0");
    teardown_run(&r);
}

static void parameters_are_bound(void **state)
{
    struct run_world r;

    (void)state;
    setup_run(&r);
    evaluate(
        &r,
        "SELECT 'a' AS resource_id, :as_of AS resource_name, 'fail' AS status, typeof(:n) || "
        "typeof(:t) || typeof(:l) AS reason, :n AS n, :b AS b, :t AS t, :l AS l, :d AS d ORDER "
        "BY 1",
        "params:\n  n: {type: int, default: -7, help: h}\n  b: {type: bool, default: true, help: "
        "h}\n  t: {type: string, default: 12, help: h}\n  l: {type: string_list, default: [a, "
        "\"7\"], help: h}\n  d: {type: date, default: 2026-01-02, help: h}\n");
    assert_int_equal(r.rows.n, 1);
    assert_string_equal(r.rows.v[0],
                        "a fail 2026-11-23|integertexttext|{\"n\":-7,\"b\":1,\"t\":\"12\",\"l\":\"["
                        "\\\"a\\\",\\\"7\\\"]\",\"d\":\"2026-01-02\"}");
    teardown_run(&r);
}

/* Seeded; the seed is in the message of a failure. */
static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525U + 1013904223U;
    return *seed >> 8;
}

/* How good an outcome looks: what is unknown must never move it up. */
static int goodness(enum outcome o)
{
    static const int rank[] = {
        [OUTCOME_ERROR] = 0,  [OUTCOME_FAIL] = 1,   [OUTCOME_NOT_EVALUATED] = 2,
        [OUTCOME_MANUAL] = 3, [OUTCOME_WAIVED] = 4, [OUTCOME_NOT_APPLICABLE] = 5,
        [OUTCOME_PASS] = 5,
    };

    return rank[o];
}

static enum outcome run_statuses(struct run_world *r, const enum status *list, size_t n,
                                 enum collection_state domains)
{
    struct buf sql;

    buf_init(&sql, 65536);
    buf_adds(&sql, "SELECT column1 AS resource_id, 'n' AS resource_name, column2 AS status, '' AS "
                   "reason FROM (VALUES ");
    for (size_t i = 0; i < n; i++)
        buf_addf(&sql, "%s('r%03zu', '%s')", i > 0 ? ", " : "", i, status_name(list[i]));
    buf_adds(&sql, ") WHERE (SELECT count(*) FROM domain) >= 0 ORDER BY 1");
    r->states.of[evidence_resource_find("domains")] = (struct evidence_status){
        .state = domains,
        .reason = domains == COLLECTION_COMPLETE ? REASON_NONE : REASON_THROTTLED};
    evaluate(r, sql.p, "");
    buf_release(&sql);
    return r->result.outcome;
}

static void outcomes_combine(void **state)
{
    struct run_world r;
    uint32_t seed = 20261123;

    (void)state;
    setup_run(&r);
    for (int round = 0; round < 300; round++) {
        enum status list[12];
        size_t n = 1 + next_random(&seed) % 10;
        bool some[STATUS_NOT_APPLICABLE + 1] = {false};
        enum outcome whole;
        enum outcome turned;
        enum outcome partial;
        enum outcome more;

        for (size_t i = 0; i < n; i++) {
            list[i] = (enum status)(next_random(&seed) % (STATUS_NOT_APPLICABLE + 1));
            some[list[i]] = true;
        }
        whole = run_statuses(&r, list, n, COLLECTION_COMPLETE);
        partial = run_statuses(&r, list, n, COLLECTION_PARTIAL);
        for (size_t i = 0; i < n / 2; i++) {
            enum status t = list[i];

            list[i] = list[n - 1 - i];
            list[n - 1 - i] = t;
        }
        turned = run_statuses(&r, list, n, COLLECTION_COMPLETE);
        list[n] = STATUS_UNKNOWN;
        more = run_statuses(&r, list, n + 1, COLLECTION_COMPLETE);
        if (whole != turned)
            fail_msg("round %d: the order of rows matters", round);
        if (some[STATUS_FAIL] != (whole == OUTCOME_FAIL) ||
            some[STATUS_FAIL] != (partial == OUTCOME_FAIL))
            fail_msg("round %d: a failing row does not decide", round);
        if (partial == OUTCOME_PASS || partial == OUTCOME_NOT_APPLICABLE ||
            goodness(partial) > goodness(whole))
            fail_msg("round %d: partial evidence improves %s to %s", round, outcome_name(whole),
                     outcome_name(partial));
        if (more == OUTCOME_PASS || goodness(more) > goodness(whole))
            fail_msg("round %d: an unknown row improves %s to %s", round, outcome_name(whole),
                     outcome_name(more));
        if (whole == OUTCOME_PASS && (some[STATUS_UNKNOWN] || some[STATUS_MANUAL]))
            fail_msg("round %d: passes with unknown or manual rows", round);
        if (run_statuses(&r, list, n, COLLECTION_FAILED) != OUTCOME_NOT_EVALUATED)
            fail_msg("round %d: judged without evidence", round);
    }
    teardown_run(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(row_contract_holds),
        cmocka_unit_test(rows_stand_for_many),
        cmocka_unit_test(the_number_is_no_evidence),
        cmocka_unit_test(values_become_json),
        cmocka_unit_test(missing_evidence_is_never_a_pass),
        cmocka_unit_test(messages_name_what_is_needed),
        cmocka_unit_test(parameters_are_bound),
        cmocka_unit_test(outcomes_combine),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
