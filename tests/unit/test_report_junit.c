/* JUnit: the strict dialect, the meaning of every outcome, and sizes that consumers show. */
#include "report_fixture.h"

#include "base/attrs.h"
#include "base/mem.h"
#include "base/strs.h"

#include <libxml/parser.h>
#include <libxml/xmlschemas.h>
#include <libxml/xpath.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void report_error(void *ctx, const char *fmt, ...) PRINTF(2, 3);
static void report_error(void *ctx, const char *fmt, ...)
{
    char *first = ctx;
    va_list ap;

    va_start(ap, fmt);
    if (first[0] == '\0')
        (void)vsnprintf(first, 500, fmt, ap);
    va_end(ap);
}

static xmlDocPtr parse(const struct buf *b)
{
    xmlDocPtr doc = xmlReadMemory(b->p, (int)b->n, NULL, NULL, XML_PARSE_NONET);

    assert_non_null(doc);
    return doc;
}

static void validate(const char *what, const struct buf *b)
{
    char first[500] = "";
    xmlSchemaParserCtxtPtr parser = xmlSchemaNewParserCtxt("tests/schema/junit.xsd");
    xmlSchemaPtr schema = xmlSchemaParse(parser);
    xmlSchemaValidCtxtPtr ctx = xmlSchemaNewValidCtxt(schema);
    xmlDocPtr doc = parse(b);

    assert_non_null(ctx);
    xmlSchemaSetValidErrors(ctx, report_error, report_error, first);
    if (xmlSchemaValidateDoc(ctx, doc) != 0)
        fail_msg("%s: %s", what, first);
    xmlFreeDoc(doc);
    xmlSchemaFreeValidCtxt(ctx);
    xmlSchemaFree(schema);
    xmlSchemaFreeParserCtxt(parser);
}

/* The number that an XPath expression gives. */
static double number(xmlDocPtr doc, const char *xpath)
{
    xmlXPathContextPtr ctx = xmlXPathNewContext(doc);
    xmlXPathObjectPtr v = xmlXPathEvalExpression((const xmlChar *)xpath, ctx);
    double n;

    assert_non_null(v);
    n = xmlXPathCastToNumber(v);
    xmlXPathFreeObject(v);
    xmlXPathFreeContext(ctx);
    return n;
}

/* The caller frees. */
static char *text(xmlDocPtr doc, const char *xpath)
{
    xmlXPathContextPtr ctx = xmlXPathNewContext(doc);
    xmlXPathObjectPtr v = xmlXPathEvalExpression((const xmlChar *)xpath, ctx);
    xmlChar *s;
    char *copy;

    assert_non_null(v);
    s = xmlXPathCastToString(v);
    copy = xstrdup((const char *)s);
    xmlFree(s);
    xmlXPathFreeObject(v);
    xmlXPathFreeContext(ctx);
    return copy;
}

static void every_fixture_fits_the_schema(void **state)
{
    static struct store *(*const makers[])(void) = {fixture_tenant, fixture_partial, fixture_bare};
    static const char *const names[] = {"tenant", "partial", "bare"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(makers); i++) {
        struct store *s = makers[i]();
        struct buf b = fixture_render(s, "junit");

        validate(names[i], &b);
        buf_release(&b);
        store_close(s);
    }
}

static void check_counts(xmlDocPtr doc)
{
    static const struct {
        const char *attribute, *element;
    } kinds[] = {{"tests", "testcase"},
                 {"failures", "testcase/failure"},
                 {"errors", "testcase/error"},
                 {"skipped", "testcase/skipped"}};

    for (int i = 1; i <= (int)number(doc, "count(//testsuite)"); i++)
        for (size_t k = 0; k < COUNT_OF(kinds); k++) {
            char *claim = xasprintf("number(//testsuite[%d]/@%s)", i, kinds[k].attribute);
            char *truth = xasprintf("count(//testsuite[%d]/%s)", i, kinds[k].element);

            if (number(doc, claim) != number(doc, truth))
                fail_msg("%s is not %s", claim, truth);
            free(claim);
            free(truth);
        }
    for (size_t k = 0; number(doc, "count(/testsuites/@tests)") == 1 && k < COUNT_OF(kinds); k++) {
        char *claim = xasprintf("number(/testsuites/@%s)", kinds[k].attribute);
        char *truth = xasprintf("count(//%s)", kinds[k].element);

        if (number(doc, claim) != number(doc, truth))
            fail_msg("%s is not %s", claim, truth);
        free(claim);
        free(truth);
    }
}

static void counts_add_up(void **state)
{
    struct store *s = fixture_tenant();
    struct buf b = fixture_render(s, "junit");
    xmlDocPtr doc = parse(&b);

    (void)state;
    check_counts(doc);
    assert_true(number(doc, "count(//testsuite)") == 4);
    assert_true(number(doc, "count(//testsuite[@name!='run']/testcase)") == 24);
    xmlFreeDoc(doc);
    buf_release(&b);
    store_close(s);
}

/* Every choice: it fits the schema unless it is extended, its counts add up, names are unique. */
static void every_mode_is_sound(void **state)
{
    struct store *s = fixture_tenant();

    (void)state;
    for (unsigned i = 0; i < 2 * 2 * 3 * 3 * 2; i++) {
        const struct report_options o = {
            .junit_resources = 20,
            .junit_max_cases = 1000,
            .junit_by = (enum junit_by)(i % 2),
            .junit_dialect = (enum junit_dialect)(i / 2 % 2),
            .junit_not_evaluated = (enum junit_unread)(i / 4 % 3),
            .junit_waived = (enum junit_waived)(i / 12 % 3),
            .junit_name_is_id = i / 36 % 2 == 1,
        };
        struct buf b = fixture_render_with(s, "junit", &o);
        xmlDocPtr doc = parse(&b);

        if (o.junit_dialect == JUNIT_STRICT)
            validate("mode", &b);
        check_counts(doc);
        assert_true(number(doc,
                           "count(//testcase[@classname = preceding-sibling::testcase"
                           "/@classname and @name = preceding-sibling::testcase/@name])") == 0);
        xmlFreeDoc(doc);
        buf_release(&b);
    }
    store_close(s);
}

static void cases_by_resource_have_a_cap(void **state)
{
    static const struct {
        size_t max, cases;
        const char *said;
    } rows[] = {
        {1000, 32, NULL},
        {5, 5, "cases: 5 of 8 failing resources have one of their own"},
        {1, 1, "cases: 0 of 12 failing resources have one of their own"},
    };
    struct store *s = fixture_tenant();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct report_options o = {
            .junit_resources = 20, .junit_by = JUNIT_BY_RESOURCE, .junit_max_cases = rows[i].max};
        struct buf b = fixture_render_with(s, "junit", &o);
        xmlDocPtr doc = parse(&b);
        double n = number(doc, "count(//testcase[contains(@name, ': ') and "
                               "../@name != 'run']/failure)");

        if (n != (double)rows[i].cases)
            fail_msg("at most %zu: %g cases", rows[i].max, n);
        if (rows[i].said != NULL && strstr(b.p, rows[i].said) == NULL)
            fail_msg("at most %zu: not said: %s", rows[i].max, rows[i].said);
        xmlFreeDoc(doc);
        buf_release(&b);
    }
    store_close(s);
}

/* Ids that look the same once they are harmless are still two cases; a resource cannot take the
 * name of its rule's case. */
static void resources_keep_their_own_names(void **state)
{
    static const struct report_options o = {
        .junit_resources = 20, .junit_by = JUNIT_BY_RESOURCE, .junit_max_cases = 100};
    struct store *s = fixture_tenant();
    struct buf b;
    xmlDocPtr doc;

    (void)state;
    fixture_sql(s, "DELETE FROM resource_result WHERE rule_id = 'EXO-SMTP-001';"
                   "INSERT INTO resource_result(rule_id, resource_id, status) VALUES "
                   "('EXO-SMTP-001', 'a' || char(1), 'fail'), ('EXO-SMTP-001', 'a' || char(2), "
                   "'fail'), ('EXO-SMTP-001', 'a  b', 'fail'), ('EXO-SMTP-001', 'a b', 'fail'), "
                   "('EXO-SMTP-001', printf('%.*c', 900, 'x') || '1', 'fail'), ('EXO-SMTP-001', "
                   "printf('%.*c', 900, 'x') || '2', 'fail');"
                   "INSERT INTO resource_result(rule_id, resource_id, status) SELECT rule_id, "
                   "title, 'fail' FROM rule WHERE rule_id = 'EXO-SMTP-001';");
    b = fixture_render_with(s, "junit", &o);
    doc = parse(&b);
    validate("names", &b);
    assert_true(number(doc, "count(//testcase[starts-with(@name, 'EXO-SMTP-001: ')])") == 7);
    assert_true(number(doc, "count(//testcase[string-length(@name) > 200])") == 0);
    xmlFreeDoc(doc);
    buf_release(&b);
    store_close(s);
}

/* A waiver that only warns is no failure, and still fits the schema. */
static void waivers_that_warn_are_skipped(void **state)
{
    struct store *s = fixture_tenant();
    struct buf b;
    xmlDocPtr doc;

    (void)state;
    fixture_sql(s, "UPDATE waiver SET state = 'expiring' WHERE state = 'expired'");
    b = fixture_render(s, "junit");
    doc = parse(&b);
    validate("warnings", &b);
    assert_true(number(doc, "count(//testcase[@name='waivers: none expired']/skipped[starts-with("
                            "@message, 'WARNING: of ')])") == 1);
    xmlFreeDoc(doc);
    buf_release(&b);
    store_close(s);
}

static void words_choose_the_element(void **state)
{
    static const struct {
        const char *name, *xpath;
        struct report_options o;
    } cases[] = {
        {"not evaluated skipped",
         "//testcase[starts-with(@name,'ENTRA-MFA-001 ')]/skipped",
         {.junit_not_evaluated = JUNIT_AS_SKIPPED}},
        {"not evaluated failure",
         "//testcase[starts-with(@name,'ENTRA-MFA-001 ')]/failure[@type="
         "'not_evaluated.permission']",
         {.junit_not_evaluated = JUNIT_AS_FAILURE}},
        {"collect too",
         "//testcase[starts-with(@name,'collect: ')]/failure",
         {.junit_not_evaluated = JUNIT_AS_FAILURE}},
        {"licence stays",
         "//testcase[starts-with(@name,'ENTRA-STALE-001 ')]/skipped",
         {.junit_not_evaluated = JUNIT_AS_FAILURE}},
        {"engine error stays",
         "//testcase[starts-with(@name,'LOCAL-001 ')]/error",
         {.junit_not_evaluated = JUNIT_AS_SKIPPED}},
        {"waived pass",
         "//testcase[starts-with(@name,'EXO-TLS-001 ') and not(*)]",
         {.junit_waived = JUNIT_WAIVED_PASS}},
        {"waived failure",
         "//testcase[starts-with(@name,'EXO-TLS-001 ')]/failure[@type='low' and "
         "starts-with(@message,'WAIVED ')]",
         {.junit_waived = JUNIT_WAIVED_FAILURE}},
        {"id", "//testcase[@name='EXO-TLS-001']", {.junit_name_is_id = true}},
        {"extended: totals",
         "/testsuites[@tests and @failures and @errors and @skipped and @name]",
         {.junit_dialect = JUNIT_EXTENDED}},
        {"extended: file",
         "//testcase[starts-with(@name,'EXO-TLS-001 ') and @line='1' and "
         "starts-with(@file,'rules/packs/')]",
         {.junit_dialect = JUNIT_EXTENDED}},
        {"extended: properties first",
         "//testcase[starts-with(@name,'EXO-SMTP-001 ')]/*[1][self::"
         "properties]/property[@name='severity' and @value='high']",
         {.junit_dialect = JUNIT_EXTENDED}},
        {"extended: steps",
         "//testcase[starts-with(@name,'EXO-SMTP-001 ')]/system-out[contains(., "
         "'powershell: ')]",
         {.junit_dialect = JUNIT_EXTENDED}},
        {"no name without leave",
         "//testcase[contains(@name,': ')]/failure[not(contains(., '@'))]",
         {.junit_by = JUNIT_BY_RESOURCE, .junit_max_cases = 1}},
    };
    struct store *s = fixture_tenant();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf b = fixture_render_with(s, "junit", &cases[i].o);
        xmlDocPtr doc = parse(&b);
        char *count = xasprintf("count(%s)", cases[i].xpath);

        if (number(doc, count) < 1)
            fail_msg("%s: no %s", cases[i].name, cases[i].xpath);
        free(count);
        xmlFreeDoc(doc);
        buf_release(&b);
    }
    store_close(s);
}

static void every_outcome_has_its_word(void **state)
{
    static const struct {
        const char *rule, *element, *type, *message;
    } cases[] = {
        {"EXO-SMTP-001", "failure", "high", "EXO-SMTP-001 FAIL high: SMTP AUTH is on for"},
        {"ENTRA-CA-001", "failure", "critical", "ENTRA-CA-001 FAIL critical: 8 of 64"},
        {"ENTRA-MFA-001", "error", "not_evaluated.permission",
         "NOT_EVALUATED permission ENTRA-MFA-001: "},
        {"ENTRA-LEG-001", "error", "not_evaluated.throttled", "NOT_EVALUATED throttled "},
        {"EXO-DIRECT-001", "error", "not_evaluated.malformed", "NOT_EVALUATED malformed "},
        {"ENTRA-STALE-001", "skipped", "", "NOT_EVALUATED licence ENTRA-STALE-001: "},
        {"EXO-ALERT-001", "skipped", "", "MANUAL EXO-ALERT-001: "},
        {"EXO-TLS-001", "skipped", "", "WAIVED EXO-TLS-001: "},
        {"EXO-HVE-001", "skipped", "", "NOT_APPLICABLE EXO-HVE-001: "},
        {"LOCAL-001", "error", "internal", "ERROR LOCAL-001: "},
    };
    struct store *s = fixture_tenant();
    struct buf b = fixture_render(s, "junit");
    xmlDocPtr doc = parse(&b);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char *at =
            xasprintf("//testcase[starts-with(@name,'%s ')]/%s", cases[i].rule, cases[i].element);
        char *message_at = xasprintf("string(%s/@message)", at);
        char *type_at = xasprintf("string(%s/@type)", at);
        char *body_at = xasprintf("string(%s)", at);
        char *message = text(doc, message_at);
        char *type = text(doc, type_at);
        char *body = text(doc, body_at);

        if (!str_starts(message, cases[i].message))
            fail_msg("%s: message '%s'", cases[i].rule, message);
        if (!str_eq(type, cases[i].type))
            fail_msg("%s: type '%s'", cases[i].rule, type);
        if (!str_starts(body, message)) /* GitLab shows the body, Azure the attribute */
            fail_msg("%s: the body does not repeat the message", cases[i].rule);
        free(at);
        free(message_at);
        free(type_at);
        free(body_at);
        free(message);
        free(type);
        free(body);
    }
    assert_true(number(doc, "count(//testcase[starts-with(@name,'EXO-POP-001 ')]/*)") == 0);
    xmlFreeDoc(doc);
    buf_release(&b);
    store_close(s);
}

static char *body_of(const struct buf *b, const char *rule)
{
    xmlDocPtr doc = parse(b);
    char *at = xasprintf("string(//testcase[starts-with(@name,'%s ')]/*)", rule);
    char *body = text(doc, at);

    free(at);
    xmlFreeDoc(doc);
    return body;
}

/* Thousands of failing resources with names as long as they come: a body that still fits. */
static void bodies_stay_small(void **state)
{
    struct store *s = fixture_tenant();
    struct buf b;
    char *body;

    (void)state;
    fixture_sql(
        s, "UPDATE rule_result SET fail = 5000, message = printf('%.*c', 3000, 'm') WHERE "
           "rule_id = 'EXO-SMTP-001';"
           "UPDATE rule SET summary = printf('%.*c', 9000, 's'), remediation_json = "
           "json_object('summary', printf('%.*c', 9000, 'f')) WHERE rule_id = 'EXO-SMTP-001';"
           "DELETE FROM resource_result WHERE rule_id = 'EXO-SMTP-001';"
           "INSERT INTO resource_result(rule_id, resource_id, resource_name, status, "
           "reason, waiver_id, evidence) WITH RECURSIVE k(n) AS (SELECT 1 UNION ALL SELECT n + "
           "1 FROM k WHERE n < 5000) SELECT 'EXO-SMTP-001', printf('id-%05d', n), "
           "replace(printf('%.*c', 400, 'x'), 'x', char(0x1F525)), 'fail', "
           "printf('%.*c', 900, 'r'), NULL, NULL FROM k;");
    b = fixture_render(s, "junit");
    validate("large", &b);
    body = body_of(&b, "EXO-SMTP-001");
    assert_true(strlen(body) <= 4096);
    assert_non_null(strstr(body, "shown of 5000"));
    free(body);
    buf_release(&b);
    store_close(s);
}

static void resources_can_be_left_out(void **state)
{
    static const struct report_options none = {.junit_resources = 0};
    struct store *s = fixture_tenant();
    struct err e = ERR_INIT;
    char *bytes = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&bytes, &n);

    (void)state;
    assert_int_equal(report_format_find("junit")->write(s, &none, f, &e), ERR_OK);
    assert_int_equal(fclose(f), 0);
    assert_non_null(strstr(bytes, "failing resources (0 shown of 4;"));
    assert_null(strstr(bytes, "@contoso.example"));
    free(bytes);
    store_close(s);
}

/* "The audit did not run" is not "nothing was found". */
static void a_bare_snapshot_has_errors(void **state)
{
    struct store *s = fixture_bare();
    struct buf b = fixture_render(s, "junit");
    xmlDocPtr doc = parse(&b);

    (void)state;
    assert_true(number(doc, "count(//testsuite)") == 1);
    assert_true(number(doc, "count(//testcase[@name='auth: token acquired']/error)") == 1);
    assert_true(number(doc, "count(//testcase[@name='collect: finished']/error)") == 1);
    assert_true(number(doc, "count(//testcase[@name='rules: all rules ran']/error)") == 1);
    xmlFreeDoc(doc);
    buf_release(&b);
    store_close(s);
}

/* The cases of suite run have the same names whatever became of the run. */
static void run_cases_are_stable(void **state)
{
    static struct store *(*const makers[])(void) = {fixture_tenant, fixture_partial, fixture_bare};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(makers); i++) {
        struct store *s = makers[i]();
        struct buf b = fixture_render(s, "junit");
        xmlDocPtr doc = parse(&b);

        assert_true(number(doc,
                           "count(//testsuite[@name='run' and @id='0']/testcase[contains(@name, "
                           "': ')])") == 47);
        xmlFreeDoc(doc);
        buf_release(&b);
        store_close(s);
    }
}

static void dots_stay_out_of_class_names(void **state)
{
    struct store *s = fixture_tenant();
    struct buf b;

    (void)state;
    fixture_sql(s, "UPDATE rule SET service = 'Share.Point & Co' WHERE service = 'dns';"
                   "UPDATE snapshot SET tenant_domain = '..Contoso..Ltd. ';");
    b = fixture_render(s, "junit");
    validate("dots", &b);
    assert_non_null(strstr(b.p, "classname=\"contoso-ltd.share-point-co\""));
    buf_release(&b);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fixture_fits_the_schema),
        cmocka_unit_test(counts_add_up),
        cmocka_unit_test(every_mode_is_sound),
        cmocka_unit_test(cases_by_resource_have_a_cap),
        cmocka_unit_test(resources_keep_their_own_names),
        cmocka_unit_test(words_choose_the_element),
        cmocka_unit_test(waivers_that_warn_are_skipped),
        cmocka_unit_test(every_outcome_has_its_word),
        cmocka_unit_test(bodies_stay_small),
        cmocka_unit_test(resources_can_be_left_out),
        cmocka_unit_test(a_bare_snapshot_has_errors),
        cmocka_unit_test(run_cases_are_stable),
        cmocka_unit_test(dots_stay_out_of_class_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
