/* Evidence columns are the same cells however they are read; names of resources keep their places.
 */
#include "hostile.h"

#include "base/attrs.h"
#include "base/mem.h"
#include "base/strs.h"
#include "escape.h"
#include "evidence.h"
#include "html_names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROOM = 64 * 1024 };

/* "name=text;" a cell, with '"' around a string. */
static char *shown(const struct evidence *ev)
{
    struct buf b;

    buf_init(&b, ROOM);
    for (size_t i = 0; i < ev->n; i++) {
        const char *quote = ev->v[i].is_string ? "\"" : "";

        buf_addf(&b, "%s=%s%s%s;", ev->v[i].name, quote, ev->v[i].text, quote);
    }
    return buf_take(&b);
}

static void cells_are_what_the_json_says(void **state)
{
    static const struct {
        const char *name, *json, *want;
        bool is_plain;
    } cases[] = {
        {"none", NULL, "", false},
        {"empty text", "", "", false},
        {"empty object", "{}", "", true},
        {"one string", "{\"a\":\"b c\"}", "a=\"b c\";", true},
        {"an empty string", "{\"a\":\"\"}", "a=\"\";", true},
        {"an empty name", "{\"\":1}", "=1;", true},
        {"several", "{\"a\":\"x\",\"b\":null,\"c\":0,\"d\":-17,\"e\":true,\"f\":false}",
         "a=\"x\";b=null;c=0;d=-17;e=true;f=false;", true},
        {"the most digits", "{\"a\":999999999999999999}", "a=999999999999999999;", true},
        {"more digits", "{\"a\":1234567890123456789}", "a=1234567890123456789;", false},
        {"a word in quotes", "{\"a\":\"null\"}", "a=\"null\";", true},
        {"a list as text", "{\"a\":\"[\\\"x\\\",\\\"y\\\"]\"}", "a=\"[\"x\",\"y\"]\";", true},
        {"short escapes", "{\"a\":\"\\\\ \\n\\t\\r\\b\\f\"}", "a=\"\\ \n\t\r\b\f\";", true},
        {"an escape in a name", "{\"a\\\"b\":1}", "a\"b=1;", true},
        {"another escape", "{\"a\":\"\\u0041\\/\"}", "a=\"A/\";", false},
        {"not ASCII", "{\"a\":\"\xC3\xBC\"}", "a=\"\xC3\xBC\";", false},
        {"not UTF-8", "{\"a\":\"\xFC\"}", "a=\"\xEF\xBF\xBD\";", false},
        {"a command", "{\"a\":\"##vso[x]\"}", "a=\"##vso[x]\";", false},
        {"white space", "{ \"a\" : 1 }", "a=1;", false},
        {"a real", "{\"a\":1.50}", "a=1.5;", false},
        {"minus nothing", "{\"a\":-0}", "a=0;", false},
        {"an array", "{\"a\":[1, \"b\"]}", "a=[1,\"b\"];", false},
        {"an object", "{\"a\":{\"b\": 1}}", "a={\"b\":1};", false},
        {"a name twice", "{\"a\":1,\"a\":2}", "", false},
        {"a zero before", "{\"a\":01}", "", false},
        {"a sign alone", "{\"a\":-}", "", false},
        {"a word too long", "{\"a\":nulls}", "", false},
        {"no end", "{\"a\":1", "", false},
        {"no end of a string", "{\"a\":\"b", "", false},
        {"an escape at the end", "{\"a\":\"b\\", "", false},
        {"a comma too many", "{\"a\":1,}", "", false},
        {"no value", "{\"a\":}", "", false},
        {"no colon", "{\"a\"1}", "", false},
        {"something behind it", "{\"a\":1}x", "", false},
        {"a control character", "{\"a\":\"\x01\"}", "", false},
        {"a list", "[1]", "", false},
        {"a text", "\"a\"", "", false},
        {"no JSON", "a", "", false},
    };
    struct evidence ev = {.n = 0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char *got;

        evidence_read(&ev, cases[i].json);
        got = shown(&ev);
        if (!str_eq(got, cases[i].want))
            fail_msg("%s: got '%s', want '%s'", cases[i].name, got, cases[i].want);
        free(got);
        if (cases[i].json != NULL && evidence_split(&ev, cases[i].json) != cases[i].is_plain)
            fail_msg("%s: plain or not", cases[i].name);
    }
    evidence_release(&ev);
}

/* What was cut up may be copied: it is what the writers of JSON would make of it. */
static void plain_evidence_is_its_own_dump(void **state)
{
    static const char *const texts[] = {
        "{\"a\":\"x\",\"b\":null,\"c\":0,\"d\":-17,\"e\":true,\"f\":false}",
        "{\"a\\\"b\":\"[\\\"x\\\",\\\"y\\\"]\"}",
        "{\"a\":\"\\\\ \\n\\t\\r\\b\\f ~/<>&'\"}",
        "{\"\":\"::set-output\"}",
        "{}",
    };
    struct evidence ev = {.n = 0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct err e = ERR_INIT;
        json_t *v = NULL;
        struct buf b;

        assert_true(evidence_split(&ev, texts[i]));
        assert_int_equal(escape_parse(texts[i], "evidence", &v, &e), ERR_OK);
        buf_init(&b, ROOM);
        escape_json_dump(&b, v);
        assert_string_equal(b.p, texts[i]);
        buf_release(&b);
        json_decref(v);
    }
    evidence_release(&ev);
}

static void cells_are_found_where_they_are(void **state)
{
    struct evidence ev = {.n = 0};

    (void)state;
    evidence_read(&ev, "{\"a\":1,\"b\":2}");
    assert_string_equal(evidence_find(&ev, 0, "a")->text, "1");
    assert_string_equal(evidence_find(&ev, 0, "b")->text, "2");
    assert_string_equal(evidence_find(&ev, 7, "a")->text, "1");
    assert_null(evidence_find(&ev, 0, "c"));
    evidence_read(&ev, NULL);
    assert_null(evidence_find(&ev, 0, "a"));
    evidence_release(&ev);
}

/* Every text of the shared table, as JSON on its own and written by the short way. */
static void json_text_is_what_jansson_writes(void **state)
{
    static const char *const more[] = {"", "a@b.example", "::x", "#", "##[", "\x7F", "a\"b\\c/"};

    (void)state;
    for (size_t i = 0; i < hostile_count + COUNT_OF(more); i++) {
        const char *text = i < hostile_count ? hostiles[i].text : more[i - hostile_count];
        json_t *v = escape_json(text);
        struct buf want, got;

        buf_init(&want, ROOM);
        buf_init(&got, ROOM);
        escape_json_dump(&want, v);
        escape_json_text(&got, text);
        assert_string_equal(got.p, want.p);
        if (escape_is_plain(text)) {
            struct buf clean;

            buf_init(&clean, ROOM);
            escape_text(&clean, text);
            assert_string_equal(clean.p, text);
            assert_int_equal(strlen(text) + 2, got.n);
            buf_release(&clean);
        }
        buf_release(&want);
        buf_release(&got);
        json_decref(v);
    }
}

/* ---- names ---- */

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Against a plain sort of all pairs: rules whose resources overlap, come in the order of ids or
 * not, have names or none, and ids that begin like others and go on with anything. */
static void names_stand_once_in_the_order_of_bytes(void **state)
{
    enum { RULES = 40, MOST = 60 };
    struct html_names names = {.n = 0};
    char *all[RULES * MOST];
    size_t n = 0;
    size_t kept = 0;
    unsigned x = 1;

    (void)state;
    for (size_t rule = 0; rule < RULES; rule++) {
        for (size_t i = 0; i < MOST; i++) {
            char id[32];
            const char *name;

            x = x * 1103515245U + 12345U;
            (void)snprintf(id, sizeof id, "%u%s", rule % 3 == 0 ? (unsigned)i : (x >> 16) % 300,
                           (x >> 8) % 7 == 0   ? "\x01"
                           : (x >> 8) % 7 == 1 ? "\x1f"
                                               : "");
            name = (x >> 12) % 5 == 0 ? NULL : (x >> 12) % 5 == 1 ? "" : "somebody";
            html_names_add(&names, id, name);
            all[n++] = xasprintf("%s\x1f%s", id, name != NULL && name[0] != '\0' ? name : id);
        }
        html_names_settle(&names);
    }
    qsort(all, n, sizeof all[0], by_bytes);
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && strcmp(all[i], all[i - 1]) == 0)
            continue;
        assert_true(kept < names.n);
        assert_string_equal(html_names_at(&names, kept), all[i]);
        kept++;
    }
    assert_int_equal(kept, names.n);
    for (size_t i = 0; i < n; i++)
        free(all[i]);
    html_names_release(&names);
}

static void names_are_found_in_any_order(void **state)
{
    enum { N = 1000 };
    struct html_names names = {.n = 0};
    char id[32];

    (void)state;
    assert_true(html_names_find(&names, "a", "b") == SIZE_MAX);
    for (unsigned i = 0; i < N; i++) {
        (void)snprintf(id, sizeof id, "%06u", i * 2);
        html_names_add(&names, id, i % 2 == 0 ? "even" : NULL);
    }
    html_names_settle(&names);
    assert_int_equal(names.n, N);
    for (unsigned step = 1; step < N; step = step * 3 + 1)
        for (unsigned k = 0; k < N; k++) {
            unsigned i = (k * step) % N;

            (void)snprintf(id, sizeof id, "%06u", i * 2);
            assert_int_equal(html_names_find(&names, id, i % 2 == 0 ? "even" : ""), i);
            assert_true(html_names_find(&names, id, "another") == SIZE_MAX);
            (void)snprintf(id, sizeof id, "%06u", i * 2 + 1);
            assert_true(html_names_find(&names, id, NULL) == SIZE_MAX);
        }
    assert_true(html_names_find(&names, NULL, NULL) == SIZE_MAX);
    html_names_add(&names, NULL, NULL);
    html_names_settle(&names);
    assert_int_equal(html_names_find(&names, NULL, NULL), 0);
    assert_string_equal(html_names_at(&names, 0), "\x1f");
    assert_true(html_names_find(&names, "x", NULL) == SIZE_MAX);
    html_names_release(&names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_what_the_json_says),
        cmocka_unit_test(plain_evidence_is_its_own_dump),
        cmocka_unit_test(cells_are_found_where_they_are),
        cmocka_unit_test(json_text_is_what_jansson_writes),
        cmocka_unit_test(names_stand_once_in_the_order_of_bytes),
        cmocka_unit_test(names_are_found_in_any_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
