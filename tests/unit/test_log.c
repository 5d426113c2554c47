/* What people and log collectors read: one safe line a message, as text or as JSON. */
#include "base/log.h"

#include "base/buf.h"
#include "base/jsonx.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *logged(bool json, enum log_level most, enum log_level level, const char *text)
{
    char *out = NULL;
    size_t n = 0;
    struct log l = {.level = most, .json = json, .component = "audit", .run_id = "r-1"};
    const struct log_field fields[] = {
        {.name = "resource", .text = text},
        {.name = "rows", .is_number = true, .number = 7},
        {.name = "request_id", .text = NULL},
    };

    l.f = open_memstream(&out, &n);
    log_event(&l, level, fields, COUNT_OF(fields), "users: %s", text);
    (void)fclose(l.f);
    return out;
}

static void text_is_one_safe_line(void **state)
{
    char *s = logged(false, LOG_INFO, LOG_WARNING, "a\nb\033[31m ##vso[task]");

    (void)state;
    assert_string_equal(s, "graphaudit: warning: users: a\\u{A}b\\u{1B}[31m #\\#vso[task]\n");
    free(s);
}

static void below_the_level_there_is_nothing(void **state)
{
    char *s = logged(false, LOG_WARNING, LOG_INFO, "x");

    (void)state;
    assert_string_equal(s, "");
    free(s);
}

static void json_is_one_object_a_line(void **state)
{
    static const char *const names[] = {"time", "level", "component", "run", "message", "resource"};
    struct err e = ERR_INIT;
    char *s = logged(true, LOG_DEBUG, LOG_DEBUG, "caf\xC3\xA9 \xFF\n\"");
    json_t *o = NULL;
    int64_t rows = 0;

    (void)state;
    assert_int_equal(strcspn(s, "\n"), strlen(s) - 1);
    assert_int_equal(jx_parse(s, strlen(s), "log", &o, &e), ERR_OK);
    for (size_t i = 0; i < COUNT_OF(names); i++)
        assert_non_null(jx_text(o, names[i]));
    assert_string_equal(jx_text(o, "level"), "debug");
    assert_string_equal(jx_text(o, "component"), "audit");
    assert_string_equal(jx_text(o, "run"), "r-1");
    assert_string_equal(jx_text(o, "resource"), "caf\xC3\xA9 \xEF\xBF\xBD\\u{A}\"");
    assert_int_equal(jx_int(o, "rows", &rows), JX_OK);
    assert_int_equal(rows, 7);
    assert_null(json_object_get(o, "request_id"));
    json_decref(o);
    free(s);
}

/* Whoever knows better says so: a part of the program that is no command of its own. */
static void a_field_may_name_the_component(void **state)
{
    const struct log_field f = {.name = "component", .text = "collect"};
    char *out = NULL;
    size_t n = 0;
    struct log l = {.level = LOG_INFO, .json = true, .component = "audit"};

    (void)state;
    l.f = open_memstream(&out, &n);
    log_event(&l, LOG_INFO, &f, 1, "hello");
    (void)fclose(l.f);
    assert_non_null(strstr(out, "\"component\":\"collect\""));
    assert_null(strstr(out, "audit"));
    assert_null(strstr(out, "\"run\""));
    free(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_one_safe_line),
        cmocka_unit_test(below_the_level_there_is_nothing),
        cmocka_unit_test(json_is_one_object_a_line),
        cmocka_unit_test(a_field_may_name_the_component),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
