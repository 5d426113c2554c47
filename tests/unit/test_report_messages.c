/* The catalogue of the HTML report: whole in every language, and used as it says. */
#include "report_fixture.h"

#include "base/attrs.h"
#include "base/mem.h"
#include "base/strs.h"
#include "messages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The placeholders of one form, sorted, such as "{a}{n}". */
static void placeholders(const char *from, const char *end, struct buf *out)
{
    struct strlist names = {.n = 0};

    for (const char *p = from; p < end; p++)
        if (*p == '{') {
            const char *close = memchr(p, '}', (size_t)(end - p));
            char *name;

            if (close == NULL)
                fail_msg("'{' without '}' in: %s", from);
            name = xstrndup(p, (size_t)(close != NULL ? close - p + 1 : 1));
            strlist_add(&names, name);
            free(name);
        }
    strlist_sort_unique(&names);
    for (size_t i = 0; i < names.n; i++)
        buf_adds(out, names.v[i]);
    strlist_release(&names);
}

static void every_message_is_in_every_language(void **state)
{
    static const char *const known = "{n}{of}{more}{a}{b}{c}{*}";

    (void)state;
    for (int m = 0; m < MSG_COUNT; m++) {
        const char *english = message_text(LANG_EN, (enum msg)m);
        struct buf want;

        if (english == NULL || english[0] == '\0') {
            fail_msg("message %d after '%s' is not there", m,
                     m > 0 ? message_text(LANG_EN, (enum msg)(m - 1)) : "");
            return;
        }
        buf_init(&want, 4096);
        placeholders(english, english + strcspn(english, "|"), &want);
        for (const char *p = want.p; *p != '\0'; p = strchr(p, '}') + 1) {
            char *one = xstrndup(p, (size_t)(strchr(p, '}') - p) + 1);

            if (strstr(known, one) == NULL)
                fail_msg("%s in: %s", one, english);
            free(one);
        }
        for (int l = 0; l < LANG_COUNT; l++) {
            const char *text = message_text((enum lang)l, (enum msg)m);
            const char *name = lang_name((enum lang)l);

            if (text == NULL || text[0] == '\0') {
                fail_msg("not in %s: %s", name, english);
                return;
            }
            if ((text[0] == '#') != (english[0] == '#'))
                fail_msg("%s: a column of numbers or not? %s", name, text);
            if ((strchr(text, '|') != NULL) != (strchr(english, '|') != NULL))
                fail_msg("%s: not as many forms: %s", name, text);
            for (const char *form = text; form != NULL;
                 form = strchr(form, '|') != NULL ? strchr(form, '|') + 1 : NULL) {
                struct buf got;

                buf_init(&got, 4096);
                placeholders(form, form + strcspn(form, "|"), &got);
                if (!str_eq(got.p, want.p))
                    fail_msg("%s has %s, not %s: %s", name, got.p, want.p, text);
                buf_release(&got);
            }
        }
        buf_release(&want);
    }
}

static void messages_are_filled_in(void **state)
{
    static const struct {
        enum lang lang;
        enum msg msg;
        enum message_part part;
        struct say say;
        const char *want;
    } cases[] = {
        {LANG_EN, MSG_SHOW_RULES, MESSAGE_WHOLE, {.n = 1}, "Show 1 rule"},
        {LANG_EN, MSG_SHOW_RULES, MESSAGE_WHOLE, {.n = 0}, "Show 0 rules"},
        {LANG_EN, MSG_SHOW_RULES, MESSAGE_WHOLE, {.n = 1234567}, "Show 1,234,567 rules"},
        {LANG_DE, MSG_SHOW_RULES, MESSAGE_WHOLE, {.n = 12345}, "12.345 Regeln zeigen"},
        {LANG_EN, MSG_GRANT, MESSAGE_BEFORE, {.n = 0}, "Grant "},
        {LANG_EN, MSG_GRANT, MESSAGE_AFTER, {.n = 0}, ""},
        {LANG_DE, MSG_GRANT, MESSAGE_BEFORE, {.n = 0}, ""},
        {LANG_DE, MSG_GRANT, MESSAGE_AFTER, {.n = 0}, " gew\xC3\xA4hren"},
        {LANG_EN,
         MSG_CA_PATH_GROUP,
         MESSAGE_WHOLE,
         {.n = 2, .a = "{n}|{b}"},
         "2 by group \"{n}|{b}\""},
        {LANG_EN, MSG_CA_STRENGTH, MESSAGE_WHOLE, {.a = NULL}, "authentication strength "},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf b;

        buf_init(&b, 4096);
        message_add(&b, cases[i].lang, cases[i].msg, cases[i].part, &cases[i].say);
        assert_string_equal(b.p, cases[i].want);
        buf_release(&b);
    }
    assert_int_equal(lang_find("de"), LANG_DE);
    assert_int_equal(lang_find("tlh"), LANG_COUNT);
    assert_null(report_language_at(LANG_COUNT));
}

/* No English of ours is left where the page is German; the rules' texts say that they are. */
static void a_german_page_is_german(void **state)
{
    static const struct report_options german = {.junit_resources = 20, .language = "de"};
    struct store *s = fixture_tenant();
    struct buf b = fixture_render_with(s, "html", &german);

    (void)state;
    assert_non_null(strstr(b.p, "<html lang=\"de\">"));
    assert_non_null(strstr(b.p, "Zusammenfassung</h2>"));
    assert_non_null(strstr(b.p, "<p lang=\"en\">"));
    for (int m = 0; m < MSG_COUNT; m++) {
        const char *english = message_text(LANG_EN, (enum msg)m);
        const char *of_german = message_text(LANG_DE, (enum msg)m);
        char *element = xasprintf(">%s<", english);

        if (!str_eq(english, of_german) && strlen(english) > 8 && strpbrk(english, "{|") == NULL &&
            strstr(b.p, element) != NULL)
            fail_msg("on the German page: %s", english);
        free(element);
    }
    buf_release(&b);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_is_in_every_language),
        cmocka_unit_test(messages_are_filled_in),
        cmocka_unit_test(a_german_page_is_german),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
