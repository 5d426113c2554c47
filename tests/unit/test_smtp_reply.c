#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/attrs.h"
#include "base/mem.h"
#include "base/strs.h"
#include "rules/smtp_reply.h"

#include <stdlib.h>
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

/* Each text is told from all the others, as the server sends it and without its codes. */
static void each_line_finds_its_row(void **state)
{
    (void)state;
    for (size_t i = 0; i < smtp_reply_count(); i++) {
        const struct smtp_reply *r = smtp_reply_at(i);
        char *line = xasprintf("%d %s %s [AM0PR01CA0001.eurprd01.prod.exchangelabs.com "
                               "2026-11-23T10:00:00.000Z 08DE2A0000000000]",
                               r->code, r->enhanced, r->text);

        if (smtp_reply_match(line) != r)
            fail_msg("'%s' is not found in its own line", r->id);
        str_lower_inplace(line);
        if (smtp_reply_match(line) != r)
            fail_msg("'%s' is not found in lower case", r->id);
        free(line);
    }
}

static void lines(void **state)
{
    static const struct {
        const char *name, *line, *id;
    } cases[] = {
        {"tenant switch",
         "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the "
         "Tenant. Visit https://aka.ms/smtp_auth_disabled for more information.",
         "auth-disabled-tenant"},
        {"security defaults are no lock-out",
         "535 5.7.139 Authentication unsuccessful, user is locked by your organization's security "
         "defaults policy. Contact your administrator.",
         "auth-security-defaults"},
        {"the reason inside a 530",
         "530 5.7.57 Client not authenticated to send mail. [Error: 535 5.7.139 Authentication "
         "unsuccessful, the request did not meet the criteria to be authenticated successfully. "
         "Contact your administrator.]",
         "auth-criteria"},
        {"a 530 alone", "5.7.57 Client not authenticated to send mail.", "not-authenticated"},
        {"a 530 around something unknown",
         "530 5.7.57 Client not authenticated to send mail. [Error: 535 5.7.139 the moon is full]",
         "not-authenticated"},
        {"an unknown 535 is no wrong password",
         "535 5.7.139 Authentication unsuccessful, the moon is full.", NULL},
        {"the generic 535",
         "535 5.7.3 Authentication unsuccessful [LO2P123CA0049.GBRP123.PROD.OUTLOOK.COM]",
         "auth-generic"},
        {"the end of a range", "451 4.7.699 Server busy. Please try again later from [192.0.2.1]",
         "access-denied-ip-throttle"},
        {"past the range", "451 4.7.700 Server busy. Please try again later from [192.0.2.1]",
         NULL},
        {"somebody else's 5.7.30", "550 5.7.30 This message does not pass DKIM checks", NULL},
        {"an address is no code", "Authentication unsuccessful from 5.7.139.1", "auth-generic"},
        {"nothing", "", NULL},
        {"an open bracket", "[Error:", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct smtp_reply *r = smtp_reply_match(cases[i].line);

        if (!str_eq(r != NULL ? r->id : NULL, cases[i].id))
            fail_msg("%s: got %s", cases[i].name, r != NULL ? r->id : "nothing");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_is_sound),
        cmocka_unit_test(each_line_finds_its_row),
        cmocka_unit_test(lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
