#include "base/attrs.h"
#include "base/text.h"
#include "odata.h"
#include "oneline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct odata_want list = {0};
static const struct odata_want singleton = {.is_singleton = true};

static void pages_are_read(void **state)
{
    static const struct {
        const char *name, *body;
        size_t rows;
        const char *next;
    } cases[] = {
        {"last page", "{\"value\":[{\"id\":\"1\"},{\"id\":\"2\"}]}", 2, NULL},
        {"more to come", "{\"@odata.nextLink\":\"https://h/v1.0/x\",\"value\":[{}]}", 1,
         "https://h/v1.0/x"},
        {"empty page with more to come", "{\"value\":[],\"@odata.nextLink\":\"https://h/v1.0/x\"}",
         0, "https://h/v1.0/x"},
        {"null link", "{\"value\":[],\"@odata.nextLink\":null}", 0, NULL},
        {"null error", "{\"value\":[],\"error\":null}", 0, NULL},
        {"byte order mark", "\xEF\xBB\xBF {\"value\":[]}", 0, NULL},
        {"warnings of Exchange",
         "{\"@adminapi.warnings\":[\"heads up\"],\"@adminapi.errors\":[],\"value\":[{}]}", 1, NULL},
        {"a limit warning before the last page",
         "{\"@adminapi.warnings\":[\"There are more results available than are currently "
         "displayed.\"],\"value\":[{}],\"@odata.nextLink\":\"https://h/adminapi/x\"}",
         1, "https://h/adminapi/x"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct odata_page p;
        struct odata_error error;
        struct err e = ERR_INIT;
        bool may_pass;

        if (odata_page_read(cases[i].body, strlen(cases[i].body), &list, &p, &error, &may_pass,
                            &e) != ERR_OK)
            fail_msg("%s: %s", cases[i].name, e.msg);
        assert_int_equal(json_array_size(p.value), cases[i].rows);
        if (cases[i].next != NULL)
            assert_string_equal(p.next, cases[i].next);
        else
            assert_null(p.next);
        odata_page_release(&p);
    }
}

static void malformed_pages_say_what_was_seen(void **state)
{
    static const struct {
        const char *name, *body, *word;
        bool may_pass;
        enum err_code want;
    } cases[] = {
        {"empty", "", "empty", true, ERR_PARSE},
        {"blank", " \r\n", "empty", true, ERR_PARSE},
        {"html", "\n<!DOCTYPE html><html>", "HTML", true, ERR_PARSE},
        {"text", "Service Unavailable", "JSON error", true, ERR_PARSE},
        {"cut off", "{\"value\":[{\"id\":\"1\"},{\"i", "JSON error", true, ERR_PARSE},
        {"trailing", "{\"value\":[]} x", "JSON error", true, ERR_PARSE},
        {"duplicate key", "{\"value\":[],\"value\":[]}", "duplicate", false, ERR_PARSE},
        {"bad UTF-8", "{\"value\":[{\"a\":\"\xff\xfe\"}]}", "not UTF-8", false, ERR_PARSE},
        {"array", "[]", "no object", false, ERR_PARSE},
        {"number", "7", "JSON", true, ERR_PARSE},
        {"null", "null", "JSON", true, ERR_PARSE},
        {"no value", "{\"@odata.context\":\"x\"}", "\"value\" is missing", false, ERR_PARSE},
        {"null value", "{\"value\":null}", "\"value\" is null", false, ERR_PARSE},
        {"value is an object", "{\"value\":{}}", "\"value\" is no array", false, ERR_PARSE},
        {"value holds text", "{\"value\":[{},\"x\"]}", "no object", false, ERR_PARSE},
        {"link is a number", "{\"value\":[],\"@odata.nextLink\":7}", "nextLink", false, ERR_PARSE},
        {"link is empty", "{\"value\":[],\"@odata.nextLink\":\"\"}", "nextLink", false, ERR_PARSE},
        {"error inside", "{\"error\":{\"code\":\"Boom\",\"message\":\"text\"}}", "Boom: text", true,
         ERR_PARSE},
        {"error inside, with a value", "{\"value\":[],\"@odata.error\":{\"message\":\"text\"}}",
         "text", true, ERR_PARSE},
        {"error of Exchange beside its rows",
         "{\"@adminapi.errors\":[\"one failed\"],\"value\":[{}]}", "one failed", false, ERR_PARSE},
        {"cut by the default ResultSize",
         "{\"@adminapi.warnings\":[\"By default, only the first 1000 items are returned. Use the "
         "ResultSize parameter to specify the number of items returned.\"],\"value\":[{}]}",
         "left rows out", false, ERR_LIMIT},
        {"cut by ResultSize",
         "{\"@adminapi.warnings\":[\"There are more results available than are currently "
         "displayed.\"],\"value\":[{}]}",
         "left rows out", false, ERR_LIMIT},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct odata_page p;
        struct odata_error error;
        struct err e = ERR_INIT;
        bool may_pass = !cases[i].may_pass;
        enum err_code code =
            odata_page_read(cases[i].body, strlen(cases[i].body), &list, &p, &error, &may_pass, &e);

        if (code != cases[i].want || strstr(e.msg, cases[i].word) == NULL ||
            may_pass != cases[i].may_pass)
            fail_msg("%s: %s '%s' %d", cases[i].name, err_code_name(code), e.msg, may_pass);
        odata_page_release(&p);
    }
}

static void a_singleton_needs_no_list(void **state)
{
    static const char *const body = "{\"id\":\"x\",\"isEnabled\":true}";
    struct odata_page p;
    struct odata_error error;
    struct err e = ERR_INIT;
    bool may_pass;

    (void)state;
    assert_int_equal(odata_page_read(body, strlen(body), &singleton, &p, &error, &may_pass, &e),
                     ERR_OK);
    assert_null(p.value);
    assert_null(p.next);
    assert_non_null(json_object_get(p.root, "isEnabled"));
    odata_page_release(&p);
    assert_int_equal(odata_page_read("[]", 2, &singleton, &p, &error, &may_pass, &e), ERR_PARSE);
    odata_page_release(&p);
}

static void every_cut_of_a_page_is_malformed(void **state)
{
    static const char body[] =
        "{\"@odata.context\":\"c\",\"value\":[{\"id\":\"1\",\"n\":\"\xC3\xA9\"},{\"id\":\"2\"}],"
        "\"@odata.nextLink\":\"https://h/v1.0/x\"}";

    (void)state;
    for (size_t n = 0; n < sizeof body - 1; n++) {
        struct odata_page p;
        struct odata_error error;
        struct err e = ERR_INIT;
        bool may_pass;

        if (odata_page_read(body, n, &list, &p, &error, &may_pass, &e) != ERR_PARSE)
            fail_msg("%zu bytes were taken for a page", n);
        odata_page_release(&p);
    }
}

static void errors_are_found_wherever_they_are(void **state)
{
    static const struct {
        const char *name, *body, *code, *text, *id;
    } cases[] = {
        {"graph",
         "{\"error\":{\"code\":\"Authorization_RequestDenied\",\"message\":\"Insufficient "
         "privileges\",\"innerError\":{\"request-id\":\"2501535b-2fd7-43e3-87db-c12cbe31fca0\"}}}",
         "Authorization_RequestDenied", "Insufficient privileges",
         "2501535b-2fd7-43e3-87db-c12cbe31fca0"},
        {"empty code, code inside",
         "{\"error\":{\"code\":\"\",\"message\":\"m\",\"innererror\":{\"code\":\"Inner\"}}}",
         "Inner", "m", ""},
        {"only an inner message", "{\"error\":{\"innerError\":{\"message\":\"deep\"}}}", "", "deep",
         ""},
        {"exchange, details as JSON",
         "{\"error\":{\"code\":\"BadRequest\",\"message\":\"Error executing cmdlet\",\"details\":"
         "[{\"code\":\"Context\",\"message\":\"{\\\"Message\\\":\\\"The object already exists.\\\","
         "\\\"TypeName\\\":\\\"T\\\"}\"}],\"innererror\":{\"internalexception\":{\"message\":"
         "\"no\"}}}}",
         "BadRequest", "The object already exists.", ""},
        {"exchange, details with bars",
         "{\"error\":{\"code\":\"NotFound\",\"message\":\"m\",\"details\":[{\"message\":"
         "\"Ex123|Microsoft.X|The text.\"}]}}",
         "NotFound", "The text.", ""},
        {"exchange, details as text",
         "{\"error\":{\"code\":\"X\",\"message\":\"m\",\"details\":[{\"message\":\"words\"}]}}",
         "X", "words", ""},
        {"exchange, internal exception",
         "{\"error\":{\"code\":\"X\",\"message\":\"m\",\"details\":[],\"innererror\":{\"message\":"
         "\"o\",\"internalException\":{\"message\":\"cause\"}}}}",
         "X", "cause", ""},
        {"exchange, no details",
         "{\"error\":{\"code\":\"BadRequest\",\"message\":\"Error executing cmdlet\"}}",
         "BadRequest", "Error executing cmdlet", ""},
        {"error as text", "{\"error\":\"invalid_client\"}", "invalid_client", "", ""},
        {"only a message", "{\"Message\":\"No HTTP resource\"}", "", "No HTTP resource", ""},
        {"bare text", "You do not have permission.\r\nAsk.", "", "You do not have permission. Ask.",
         ""},
        {"html", "<html><body>x", "", "an HTML page instead of an error message", ""},
        {"empty", "", "", "", ""},
        {"an array", "[1]", "", "", ""},
        {"error is a number", "{\"error\":7}", "", "", ""},
        {"no GUID as request-id",
         "{\"error\":{\"code\":\"X\",\"innerError\":{\"request-id\":\"x\\r\\ny\"}}}", "X", "", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct odata_error error;

        odata_error_read(cases[i].body, strlen(cases[i].body), &error);
        if (strcmp(error.code, cases[i].code) != 0 || strcmp(error.text, cases[i].text) != 0 ||
            strcmp(error.request_id, cases[i].id) != 0)
            fail_msg("%s: '%s' '%s' '%s'", cases[i].name, error.code, error.text, error.request_id);
    }
}

static void long_and_hostile_texts_stay_one_line(void **state)
{
    struct odata_error error;
    struct buf b;

    (void)state;
    buf_init(&b, 100000);
    buf_adds(&b, "{\"error\":{\"code\":\"");
    for (int i = 0; i < 200; i++)
        buf_adds(&b, "Code\xC3\xA9");
    buf_adds(&b, "\",\"message\":\"\\u001b[31m\\n\\u202e");
    for (int i = 0; i < 2000; i++)
        buf_adds(&b, "\xE2\x82\xAC");
    buf_adds(&b, "\"}}");
    odata_error_read(b.p, b.n, &error);
    buf_release(&b);
    assert_true(utf8_valid(error.code, strlen(error.code)));
    assert_true(utf8_valid(error.text, strlen(error.text)));
    assert_true(strlen(error.code) > 80);
    assert_true(strlen(error.text) > 600);
    assert_null(strpbrk(error.text, "\n\r\x1b"));
    assert_null(strstr(error.text, "\xE2\x80\xAE"));
}

static void oneline_cuts_at_characters(void **state)
{
    static const struct {
        const char *in;
        size_t max;
        const char *want;
    } cases[] = {
        {"abc", 3, "abc"},
        {"abcd", 3, "abc\xE2\x80\xA6"},
        {"  a \t\r\n b  ", 10, "a b"},
        {"\xC3\xA9\xC3\xA9\xC3\xA9", 2, "\xC3\xA9\xC3\xA9\xE2\x80\xA6"},
        {"a\xff"
         "b",
         10,
         "a\xEF\xBF\xBD"
         "b"},
        {"a\x1b[0m", 10, "a\xEF\xBF\xBD[0m"},
        {"", 10, ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf b;

        buf_init(&b, 1000);
        oneline_add(&b, cases[i].in, strlen(cases[i].in), cases[i].max);
        assert_string_equal(b.p, cases[i].want);
        buf_release(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_are_read),
        cmocka_unit_test(malformed_pages_say_what_was_seen),
        cmocka_unit_test(a_singleton_needs_no_list),
        cmocka_unit_test(every_cut_of_a_page_is_malformed),
        cmocka_unit_test(errors_are_found_wherever_they_are),
        cmocka_unit_test(long_and_hostile_texts_stay_one_line),
        cmocka_unit_test(oneline_cuts_at_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
