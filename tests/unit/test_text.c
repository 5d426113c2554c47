#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/attrs.h"
#include "base/log.h"
#include "base/strs.h"
#include "base/text.h"
#include "hostile.h"

#include <stdlib.h>
#include <string.h>

static void safe_text(void **state)
{
    static const struct {
        const char *name, *in, *want;
    } cases[] = {
        {"plain", "Ada Lovelace", "Ada Lovelace"},
        {"umlaut stays", "J\xC3\xBCrgen", "J\xC3\xBCrgen"},
        {"newline", "a\nb", "a\\u{A}b"},
        {"escape sequence", "a\x1b[31mb", "a\\u{1B}[31mb"},
        {"C1 control",
         "a\xC2\x9B"
         "b",
         "a\\u{9B}b"},
        {"right-to-left override",
         "a\xE2\x80\xAE"
         "b",
         "a\\u{202E}b"},
        {"isolate", "\xE2\x81\xA6x", "\\u{2066}x"},
        {"zero width",
         "a\xE2\x80\x8B"
         "b",
         "a\\u{200B}b"},
        {"byte order mark", "\xEF\xBB\xBFx", "\\u{FEFF}x"},
        {"lone continuation",
         "a\x80"
         "b",
         "a\xEF\xBF\xBD"
         "b"},
        {"overlong slash", "\xC0\xAF", "\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"surrogate", "\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"cut short", "a\xE2\x82", "a\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"azure command", "##vso[task.setvariable]x", "#\\#vso[task.setvariable]x"},
        {"azure command inside", "name ##[error]x", "name #\\#[error]x"},
        {"github command", "::set-output name=a::b", "\\::set-output name=a::b"},
        {"two hashes are text", "C## flat", "C## flat"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf b;

        buf_init(&b, 1000);
        text_add_safe(&b, cases[i].in);
        if (strcmp(b.p, cases[i].want) != 0)
            fail_msg("%s: got %s", cases[i].name, b.p);
        buf_release(&b);
    }
}

static void validity(void **state)
{
    (void)state;
    assert_true(utf8_valid("abc", 3));
    assert_true(utf8_valid("\xF0\x9F\x98\x80", 4));
    assert_true(utf8_valid("\xEF\xBF\xBD", 3)); /* the replacement character itself */
    assert_false(utf8_valid("\xF5\x80\x80\x80", 4));
    assert_false(utf8_valid("\xE2\x28\xA1", 3));
}

/* However long the text is, and wherever its first odd byte. */
static void plain_runs(void **state)
{
    static const char odd[] = {'\0', '\x80', '\xFF', '\x81'};
    char text[40];

    (void)state;
    for (size_t n = 0; n <= sizeof text; n++)
        for (size_t at = 0; at <= n; at++)
            for (size_t k = 0; k < sizeof odd; k++) {
                for (size_t i = 0; i < n; i++)
                    text[i] = (char)(i % 0x7F + 1);
                if (at < n)
                    text[at] = odd[k];
                if (at + 1 < n)
                    text[at + 1] = '\x01'; /* what a borrow from the byte before would touch */
                assert_int_equal(text_plain_run(text, n), at);
            }
}

static void cutting(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 100);
    text_add_cut(&b, "J\xC3\xBCrgen", 2);
    assert_string_equal(b.p, "J\xC3\xBC\xE2\x80\xA6");
    buf_clear(&b);
    text_add_cut(&b, "abc", 3);
    assert_string_equal(b.p, "abc");
    buf_release(&b);
}

static void buffers_have_a_maximum(void **state)
{
    struct buf b;
    char *s;

    (void)state;
    buf_init(&b, 5);
    buf_adds(&b, "abc");
    buf_adds(&b, "def");
    assert_true(b.failed);
    assert_string_equal(b.p, "abc");
    buf_adds(&b, "x"); /* dropped: the failure stays */
    assert_string_equal(b.p, "abc");
    buf_clear(&b);
    assert_false(b.failed);
    buf_addf(&b, "%d", 12345);
    assert_string_equal(b.p, "12345");
    s = buf_take(&b);
    assert_string_equal(s, "12345");
    assert_int_equal(b.n, 0);
    free(s);
    buf_release(&b);
}

static void strings(void **state)
{
    int64_t v = 7;
    struct strlist l = {0};

    (void)state;
    assert_true(str_ieq("Conditional", "cONDITIONAL"));
    assert_false(str_ieq("a", "ab"));
    assert_true(str_ieq(NULL, NULL));
    assert_false(str_ieq(NULL, ""));
    assert_true(str_icontains("535 5.7.139 Authentication", "AUTHENTICATION"));
    assert_true(str_int("-5", -10, 10, &v) && v == -5);
    assert_false(str_int("11", -10, 10, &v));
    assert_false(str_int("1x", -10, 10, &v));
    assert_false(str_int(" 1", -10, 10, &v));
    assert_false(str_int("99999999999999999999", INT64_MIN, INT64_MAX, &v));
    assert_int_equal(v, -5);
    assert_true(str_is_guid("62E90394-69f5-4237-9190-012177145e10"));
    assert_false(str_is_guid("62e90394-69f5-4237-9190-012177145e1g"));
    assert_false(str_is_guid("62e9039469f542379190012177145e10"));
    assert_int_equal(str_distance("tennant", "tenant"), 1);
    assert_int_equal(str_distance("ouptut", "output"), 1);
    for (int i = 0; i < 20; i++)
        strlist_add(&l, i % 2 == 0 ? "b" : "a");
    strlist_sort_unique(&l);
    assert_int_equal(l.n, 2);
    assert_string_equal(l.v[0], "a");
    for (int i = 0; i < 40; i++)
        strlist_add(&l, "z");
    assert_int_equal(l.n, 42);
    strlist_release(&l);
}

/* Nothing that a terminal or a build server obeys; and a log line stays one line, in both forms. */
static void hostile_texts_are_safe_to_print(void **state)
{
    (void)state;
    for (size_t i = 0; i < hostile_count * 2; i++) {
        const struct hostile *h = &hostiles[i / 2];
        char *bytes = NULL;
        size_t n = 0, lines = 0;
        const struct log log = {
            .f = open_memstream(&bytes, &n), .level = LOG_INFO, .json = i % 2 == 1};

        log_line(&log, LOG_WARNING, "%s", h->text);
        assert_int_equal(fclose(log.f), 0);
        for (size_t at = 0; at < n;) {
            uint32_t cp = utf8_next(bytes, n, &at);

            lines += cp == '\n';
            if (cp != '\n' && text_is_hostile(cp))
                fail_msg("%s: U+%04X in the log", h->name, (unsigned)cp);
        }
        if (lines != 1 || strstr(bytes, "##[") != NULL || strstr(bytes, "##vso[") != NULL)
            fail_msg("%s: %s", h->name, bytes);
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(safe_text),
        cmocka_unit_test(validity),
        cmocka_unit_test(plain_runs),
        cmocka_unit_test(cutting),
        cmocka_unit_test(buffers_have_a_maximum),
        cmocka_unit_test(strings),
        cmocka_unit_test(hostile_texts_are_safe_to_print),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
