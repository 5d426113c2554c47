#include "base/attrs.h"
#include "base/buf.h"
#include "jscan_same.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define TEXT(s) s, sizeof(s) - 1

static const struct {
    const char *name, *text;
    size_t n;
} texts[] = {
    {"empty", TEXT("")},
    {"nothing but space", TEXT(" \r\n\t")},
    {"empty object", TEXT("{}")},
    {"empty array", TEXT(" [ ] ")},
    {"no container", TEXT("1")},
    {"a page",
     TEXT("{\"@odata.nextLink\":\"https://h/x\",\"value\":[{\"id\":\"A\",\"n\":null},{}]}")},
    {"words", TEXT("[true,false,null]")},
    {"a word too long", TEXT("[truex]")},
    {"a word and a digit", TEXT("[true1]")},
    {"a word cut off", TEXT("[tru")},
    {"integers", TEXT("[0,-0,7,-12,9223372036854775807,-9223372036854775808]")},
    {"an integer too big", TEXT("[9223372036854775808]")},
    {"a leading zero", TEXT("[01]")},
    {"a lone minus", TEXT("[-]")},
    {"a plus", TEXT("[+1]")},
    {"reals", TEXT("[1.5,1e3,1E-3,-0.0,1e+2,0.1e1]")},
    {"a real too big", TEXT("[1e400]")},
    {"a real very small", TEXT("[1e-400]")},
    {"a real cut off", TEXT("[1.]")},
    {"an exponent cut off", TEXT("[1e]")},
    {"a point first", TEXT("[.5]")},
    {"hexadecimal", TEXT("[0x10]")},
    {"escapes", TEXT("[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]")},
    {"an unknown escape", TEXT("[\"\\x\"]")},
    {"an escape at the end", TEXT("[\"\\")},
    {"code points", TEXT("[\"\\u0041\\u00e9\\u20ac\\uD83D\\uDE00\"]")},
    {"an escaped NUL", TEXT("[\"\\u0000\"]")},
    {"an escaped NUL in a key", TEXT("{\"a\\u0000\":1}")},
    {"a lone high surrogate", TEXT("[\"\\uD83D\"]")},
    {"a high surrogate and a letter", TEXT("[\"\\uD83D\\u0041\"]")},
    {"a lone low surrogate", TEXT("[\"\\uDE00\"]")},
    {"hex cut off", TEXT("[\"\\u12\"]")},
    {"hex that is none", TEXT("[\"\\u12g4\"]")},
    {"UTF-8", TEXT("[\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\"]")},
    {"the replacement character", TEXT("[\"\xEF\xBF\xBD\"]")},
    {"an overlong form", TEXT("[\"\xC0\xAF\"]")},
    {"a surrogate in UTF-8", TEXT("[\"\xED\xA0\x80\"]")},
    {"past U+10FFFF", TEXT("[\"\xF4\x90\x80\x80\"]")},
    {"UTF-8 cut off by a quotation mark", TEXT("[\"\xE2\x82\"]")},
    {"UTF-8 cut off by the end", TEXT("[\"\xE2\x82")},
    {"Latin-1", TEXT("[\"caf\xE9 au lait\"]")},
    {"a control character", TEXT("[\"a\nb\"]")},
    {"a NUL in a string", TEXT("[\"a\0b\"]")},
    {"a NUL between values", TEXT("[1,\0 2]")},
    {"a NUL behind the end", TEXT("[]\0")},
    {"DEL", TEXT("[\"\x7F\"]")},
    {"not closed", TEXT("[\"abcdefghijklmnop")},
    {"a comma too many", TEXT("[1,]")},
    {"a comma too many in an object", TEXT("{\"a\":1,}")},
    {"a comma missing", TEXT("[1 2]")},
    {"a colon missing", TEXT("{\"a\" 1}")},
    {"a key that is none", TEXT("{a:1}")},
    {"duplicate keys", TEXT("{\"a\":1,\"b\":2,\"a\":3}")},
    {"duplicate keys, one escaped", TEXT("{\"a\":1,\"\\u0061\":3}")},
    {"the same key at another depth", TEXT("{\"a\":{\"a\":1}}")},
    {"something behind", TEXT("{} {}")},
    {"brackets crossed", TEXT("[{]}")},
    {"a byte order mark", TEXT("\xEF\xBB\xBF{}")},
};

static void reads_as_jansson_does(void **state)
{
    struct jscan j = {0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        print_message("%s\n", texts[i].name);
        assert_true(jscan_is_same(&j, texts[i].text, texts[i].n));
    }
    jscan_release(&j);
}

/* Every text cut off everywhere, and with one byte changed to each of those that mean something. */
static void cut_and_changed(void **state)
{
    static const char bytes[] = "\"\\{}[],:01-.eEtnu \x01\x80\xE2\xF0";
    struct jscan j = {0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        size_t n = texts[i].n;
        char copy[128];

        assert_true(n < sizeof copy);
        for (size_t cut = 0; cut < n; cut++)
            assert_true(jscan_is_same(&j, texts[i].text, cut));
        for (size_t at = 0; at < n; at++)
            for (size_t b = 0; b < sizeof bytes; b++) {
                memcpy(copy, texts[i].text, n);
                copy[at] = bytes[b];
                assert_true(jscan_is_same(&j, copy, n));
            }
    }
    jscan_release(&j);
}

static void nests_as_deep_as_jansson(void **state)
{
    struct jscan j = {0};

    (void)state;
    for (size_t depth = JSCAN_DEPTH - 2; depth < JSCAN_DEPTH + 3; depth++)
        for (int with_number = 0; with_number < 2; with_number++) {
            struct buf b;

            buf_init(&b, 65536);
            for (size_t i = 0; i < depth; i++)
                buf_addc(&b, '[');
            buf_adds(&b, with_number != 0 ? "1" : "");
            for (size_t i = 0; i < depth; i++)
                buf_addc(&b, ']');
            assert_true(jscan_is_same(&j, b.p, b.n));
            buf_release(&b);
        }
    jscan_release(&j);
}

/* Around the number at which keys are no longer compared one with another. */
static void finds_duplicates_among_many(void **state)
{
    struct jscan j = {0};

    (void)state;
    for (size_t keys = 20; keys < 30; keys++)
        for (size_t twice = 0; twice <= keys; twice++) {
            struct buf b;

            buf_init(&b, 4096);
            buf_addc(&b, '{');
            for (size_t i = 0; i < keys; i++)
                buf_addf(&b, "\"k%zu\":%zu,", i, i);
            buf_addf(&b, "\"k%zu\":0}", twice); /* the last time it is new */
            assert_true(jscan_is_same(&j, b.p, b.n));
            buf_release(&b);
        }
    jscan_release(&j);
}

static void paths_tell_four_things_apart(void **state)
{
    static const struct {
        const char *path;
        enum jx want;
    } cases[] = {
        {"a", JX_OK},       {"a.b", JX_OK},     {"a.n", JX_NULL}, {"a.x", JX_ABSENT},
        {"n", JX_NULL},     {"n.b", JX_NULL},   {"s.b", JX_TYPE}, {"x", JX_ABSENT},
        {"x.y", JX_ABSENT}, {"a.b.c", JX_TYPE}, {"", JX_OK},
    };
    static const char text[] = "{\"a\":{\"b\":\"c\",\"n\":null},\"n\":null,\"s\":\"t\"}";
    struct jscan j = {0};
    char copy[sizeof text];
    struct err e = ERR_INIT;
    json_t *o = NULL;

    (void)state;
    memcpy(copy, text, sizeof text);
    assert_true(jscan_read(&j, copy, sizeof text - 1));
    assert_int_equal(jx_parse(text, sizeof text - 1, "text", &o, &e), ERR_OK);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct jscan_value *v;
        const json_t *other;

        assert_int_equal(jscan_path(&j, &j.v[0], cases[i].path, strlen(cases[i].path), &v),
                         cases[i].want);
        assert_int_equal(jx_get(o, cases[i].path, &other), cases[i].want);
        assert_int_equal(v != NULL, cases[i].want == JX_OK);
    }
    json_decref(o);
    jscan_release(&j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_as_jansson_does),
        cmocka_unit_test(cut_and_changed),
        cmocka_unit_test(nests_as_deep_as_jansson),
        cmocka_unit_test(finds_duplicates_among_many),
        cmocka_unit_test(paths_tell_four_things_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
