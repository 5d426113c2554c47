#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/attrs.h"
#include "base/strs.h"
#include "rules/smtp_reply.h"

#include <string.h>

static bool is_word(const char *word, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(word, words[i]))
            return true;
    return false;
}

static void table_is_sound(void **state)
{
    static const char *const stages[] = {"connect",   "pre-auth", "auth",
                                         "mail-from", "rcpt",     "data"};
    static const char *const mechanisms[] = {"basic", "oauth", "any"};
    static const char *const confidences[] = {"high", "medium", "low"};

    (void)state;
    for (size_t i = 0; i < smtp_reply_count(); i++) {
        const struct smtp_reply *r = smtp_reply_at(i);

        if (i > 0 && strcmp(smtp_reply_at(i - 1)->id, r->id) >= 0)
            fail_msg("'%s' is out of order", r->id);
        if (smtp_reply_find(r->id) != r)
            fail_msg("'%s' does not find itself", r->id);
        if (r->code < 200 || r->code > 599 || r->text[0] == '\0' || r->causes[0] == NULL)
            fail_msg("'%s' is incomplete", r->id);
        if (!is_word(r->stage, stages, COUNT_OF(stages)) ||
            !is_word(r->mechanism, mechanisms, COUNT_OF(mechanisms)) ||
            !is_word(r->confidence, confidences, COUNT_OF(confidences)))
            fail_msg("'%s': a word that is none", r->id);
        if (r->code >= 400 && r->fix == NULL)
            fail_msg("'%s' refuses without saying what to do", r->id);
    }
    assert_null(smtp_reply_at(smtp_reply_count()));
    assert_null(smtp_reply_find("nope"));
    assert_null(smtp_reply_find(NULL));
}

/* A text stands for one row: no other row's text is part of it, but for the bare refusal that all
 * others begin with. */
static void texts_tell_rows_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < smtp_reply_count(); i++)
        for (size_t k = 0; k < smtp_reply_count(); k++) {
            const struct smtp_reply *a = smtp_reply_at(i);
            const struct smtp_reply *b = smtp_reply_at(k);

            if (a != b && !str_eq(b->id, "auth-generic") && str_icontains(a->text, b->text))
                fail_msg("'%s' holds the text of '%s'", a->id, b->id);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_is_sound),
        cmocka_unit_test(texts_tell_rows_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
