/* One function a format makes strangers' text harmless: case by case, and over the shared table. */
#include "hostile.h"
#include "report_fixture.h"

#include "base/attrs.h"
#include "base/text.h"
#include "escape.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROOM = 4096 };

static void check(const char *name, const struct buf *got, const char *want)
{
    assert_false(got->failed);
    if (strcmp(got->p, want) != 0)
        fail_msg("%s: got '%s', want '%s'", name, got->p, want);
}

static void text_shows_what_cannot_be_seen(void **state)
{
    static const struct {
        const char *name, *in, *want;
    } cases[] = {
        {"plain", "Ren\xC3\xA9 & <co>", "Ren\xC3\xA9 & <co>"},
        {"line feed and tab stay", "a\n\tb", "a\n\tb"},
        {"carriage return", "a\rb", "a\\u{D}b"},
        {"escape is forbidden in XML", "a\x1B[0m", "a\xEF\xBF\xBD[0m"},
        {"noncharacter is forbidden in XML", "a\xEF\xBF\xBF", "a\xEF\xBF\xBD"},
        {"bidi override", "a\xE2\x80\xAE", "a\\u{202E}"},
        {"bidi isolate", "\xE2\x81\xA6", "\\u{2066}"},
        {"zero width", "a\xE2\x80\x8B", "a\\u{200B}"},
        {"C1 control", "\xC2\x9B", "\\u{9B}"},
        {"invalid bytes, one each", "\xE9\xFF", "\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"surrogate", "\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"empty", "", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf b;

        buf_init(&b, ROOM);
        escape_text(&b, cases[i].in);
        check(cases[i].name, &b, cases[i].want);
        buf_release(&b);
    }
}

static void line_is_one_line_of_limited_length(void **state)
{
    static const struct {
        const char *name, *in;
        size_t max;
        const char *want;
    } cases[] = {
        {"white space collapses", "  a \r\n\t b  ", 20, "a b"},
        {"as long as allowed", "abcde", 5, "abcde"},
        {"cut with an ellipsis that counts", "abcdef", 5, "abcd\xE2\x80\xA6"},
        {"code points, not bytes", "\xC3\xA4\xC3\xA4\xC3\xA4", 3, "\xC3\xA4\xC3\xA4\xC3\xA4"},
        {"nothing", "abc", 0, ""},
        {"hostile", "a\xE2\x80\xAE", 20, "a\\u{202E}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf b;

        buf_init(&b, ROOM);
        escape_line(&b, cases[i].in, cases[i].max);
        check(cases[i].name, &b, cases[i].want);
        buf_release(&b);
    }
}

static void csv_is_quoted_and_guarded(void **state)
{
    static const struct {
        const char *name, *in, *want;
    } cases[] = {
        {"plain", "abc", "abc"},
        {"an id", "0a000001-41c7-4d2b-9e55-6c0f1a2b3c4d", "0a000001-41c7-4d2b-9e55-6c0f1a2b3c4d"},
        {"comma", "a,b", "\"a,b\""},
        {"quote", "a\"b", "\"a\"\"b\""},
        {"space", "a b", "\"a b\""},
        {"line feed", "a\nb", "\"a\nb\""},
        {"formula", "=1+1", "'=1+1"},
        {"plus", "+1", "'+1"},
        {"minus", "-1", "'-1"},
        {"at", "@x", "'@x"},
        {"tab", "\tx", "\"'\tx\""},
        {"carriage return", "\rx", "'\\u{D}x"},
        {"line feed first", "\nx", "\"'\nx\""},
        {"full-width equals", "\xEF\xBC\x9Dx", "'\xEF\xBC\x9Dx"},
        {"full-width plus", "\xEF\xBC\x8Bx", "'\xEF\xBC\x8Bx"},
        {"full-width minus", "\xEF\xBC\x8Dx", "'\xEF\xBC\x8Dx"},
        {"full-width at", "\xEF\xBC\xA0x", "'\xEF\xBC\xA0x"},
        {"only the first character counts", "a=1", "a=1"},
        {"NULL", NULL, ""},
        {"empty", "", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf b;

        buf_init(&b, ROOM);
        escape_csv(&b, cases[i].in);
        check(cases[i].name, &b, cases[i].want);
        buf_release(&b);
    }
}

static void json_keeps_the_value_and_stays_ascii(void **state)
{
    (void)state;
    for (size_t i = 0; i < hostile_count; i++) {
        const char *in = hostiles[i].text;
        json_t *v = escape_json(in);
        json_t *back;
        struct buf b;

        buf_init(&b, ROOM);
        escape_json_dump(&b, v);
        assert_false(b.failed);
        for (size_t at = 0; at < b.n; at++)
            if ((unsigned char)b.p[at] < 0x20 || (unsigned char)b.p[at] > 0x7F)
                fail_msg("%s: byte %02x in %s", hostiles[i].name, (unsigned char)b.p[at], b.p);
        if (strstr(b.p, "##[") != NULL || strstr(b.p, "##vso[") != NULL)
            fail_msg("%s: a CI command in %s", hostiles[i].name, b.p);
        back = json_loads(b.p, JSON_DECODE_ANY, NULL);
        assert_non_null(back);
        assert_true(json_equal(v, back));
        if (utf8_valid(in, strlen(in)))
            assert_string_equal(json_string_value(back), in);
        json_decref(back);
        json_decref(v);
        buf_release(&b);
    }
    assert_true(json_is_null(escape_json(NULL)));
}

/* What passed once passes unchanged: a text may go through several writers. */
static void escaping_text_twice_changes_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < hostile_count; i++) {
        struct buf once;
        struct buf twice;

        buf_init(&once, ROOM);
        buf_init(&twice, ROOM);
        escape_text(&once, hostiles[i].text);
        escape_text(&twice, once.p);
        check(hostiles[i].name, &twice, once.p);
        assert_true(utf8_valid(once.p, once.n));
        buf_release(&once);
        buf_release(&twice);
    }
}

static void a_text_past_its_limit_is_not_cut_in_silence(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 4);
    escape_text(&b, "abcdef");
    assert_true(b.failed);
    buf_clear(&b);
    escape_csv(&b, "abcdef");
    assert_true(b.failed);
    buf_clear(&b);
    escape_line(&b, "abcdef", 100);
    assert_true(b.failed);
    buf_release(&b);
}

static void markdown_stays_text(void **state)
{
    static const struct {
        const char *in, *want;
    } cases[] = {
        {"plain text, 3 of 4", "plain text, 3 of 4"},
        {"*a* _b_ `c` [d](e) <f> ~g~ |h|", "\\*a\\* \\_b\\_ \\`c\\` \\[d\\]\\(e\\) \\<f\\> "
                                           "\\~g\\~ \\|h\\|"},
        {"@octocat and (@org/team)", "\xEF\xBC\xA0octocat and \\(\xEF\xBC\xA0org/team\\)"},
        {"anna@contoso.example", "anna\\@contoso.example"},
        {"see #123", "see \xEF\xBC\x83"
                     "123"},
        {"team/web#7 and web#a", "team/web\xEF\xBC\x83"
                                 "7 and web\\#a"},
        {"GH-12, xgh-12, gh-x", "GH\xEF\xBC\x8D"
                                "12, xgh-12, gh-x"},
        {"https://evil.example www.evil.example", "https\\://evil.example www\\.evil.example"},
        {"- item", "\\- item"},
        {"1. item", "1\\. item"},
        {"a\n# b", "a \\# b"},
        {"back\\slash", "back\\\\slash"},
        {"##vso[x]", "\\#\xEF\xBC\x83vso\\[x\\]"},
        {"&lt;", "\\&lt;"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf b;

        buf_init(&b, 1024);
        escape_markdown(&b, cases[i].in, 100);
        assert_string_equal(b.p, cases[i].want);
        buf_release(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_shows_what_cannot_be_seen),
        cmocka_unit_test(line_is_one_line_of_limited_length),
        cmocka_unit_test(csv_is_quoted_and_guarded),
        cmocka_unit_test(json_keeps_the_value_and_stays_ascii),
        cmocka_unit_test(escaping_text_twice_changes_nothing),
        cmocka_unit_test(a_text_past_its_limit_is_not_cut_in_silence),
        cmocka_unit_test(markdown_stays_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
