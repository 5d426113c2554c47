#include "aadsts.h"
#include "base/attrs.h"
#include "base/text.h"
#include "token_reply.h"
#include "transport.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Every number of the list that the explanations were written for. */
static const unsigned listed[] = {
    7000215, 7000222, 7000218, 7000112, 70001,  700016,  90002,  900023, 90038, 900382,
    900432,  500011,  650052,  650057,  65001,  650056,  90094,  700027, 50012, 700030,
    700024,  700025,  70011,   700022,  28002,  9001023, 90130,  70016,  70019, 90120,
    53003,   530032,  530035,  50131,   50076,  50079,   50074,  50072,  50078, 50126,
    50053,   50055,   50057,   50034,   50196,  90055,   90033,  90006,  90024, 50033,
    5000224, 50027,   700021,  700023,  700213, 70021,   700211, 700212,
};

static void the_table_is_whole_and_sorted(void **state)
{
    (void)state;
    assert_int_equal(aadsts_count(), COUNT_OF(listed));
    for (size_t i = 0; i < COUNT_OF(listed); i++)
        if (aadsts_find(listed[i]) == NULL)
            fail_msg("%u is missing", listed[i]);
    for (size_t i = 0; i < aadsts_count(); i++) {
        const struct aadsts *a = aadsts_at(i);

        if (i > 0 && aadsts_at(i - 1)->code >= a->code)
            fail_msg("%u is out of order", a->code);
        assert_true(strlen(a->meaning) > 10);
        assert_true(utf8_valid(a->meaning, strlen(a->meaning)));
        assert_int_not_equal(a->meaning[strlen(a->meaning) - 1], '.');
        if (a->advice != NULL)
            assert_true(strlen(a->advice) > 10);
        assert_ptr_equal(aadsts_find(a->code), a);
    }
    assert_null(aadsts_find(0));
    assert_null(aadsts_find(1));
}

static void numbers_are_found_in_text(void **state)
{
    (void)state;
    assert_int_equal(aadsts_in_text("AADSTS7000215: Invalid client secret"), 7000215);
    assert_int_equal(aadsts_in_text("x AADSTS50012 y AADSTS1"), 50012);
    assert_int_equal(aadsts_in_text("AADSTS"), 0);
    assert_int_equal(aadsts_in_text("AADSTSx"), 0);
    assert_int_equal(aadsts_in_text("AADSTS99999999999999999999"), 0);
    assert_int_equal(aadsts_in_text(""), 0);
}

static enum err_code read_reply(long status, const char *body, struct token_reply *out,
                                struct err *e)
{
    struct transfer_reply r = {
        .code = ERR_OK, .trouble = "", .status = status, .body = body, .body_len = strlen(body)};

    return token_reply_read(&r, "Microsoft Graph", out, e);
}

static void every_refusal_is_explained(void **state)
{
    (void)state;
    for (size_t i = 0; i < aadsts_count(); i++) {
        const struct aadsts *a = aadsts_at(i);
        struct token_reply out;
        struct err e = ERR_INIT;
        char body[512];
        char number[32];

        (void)snprintf(body, sizeof body,
                       "{\"error\":\"invalid_client\",\"error_description\":\"AADSTS%u: text\","
                       "\"error_codes\":[%u],"
                       "\"trace_id\":\"0000aaaa-11bb-cccc-dd33-eeeeee333333\"}",
                       a->code, a->code);
        (void)snprintf(number, sizeof number, "AADSTS%u", a->code);
        assert_int_equal(read_reply(401, body, &out, &e), ERR_AUTH);
        if (strstr(e.msg, number) == NULL || strstr(e.msg, a->meaning) == NULL ||
            strstr(e.msg, "trace ID 0000aaaa-11bb-cccc-dd33-eeeeee333333") == NULL ||
            (a->advice != NULL && strstr(e.msg, a->advice) == NULL))
            fail_msg("%u: %s", a->code, e.msg);
        assert_int_equal(out.may_retry, a->kind == AADSTS_TRANSIENT);
        assert_int_equal(out.try_other_alg, a->kind == AADSTS_ASSERTION);
        assert_null(out.bearer.p);
        token_reply_release(&out);
    }
}

/* {"roles":["User.Read.All"],"wids":[]} */
#define JWT "e30.eyJyb2xlcyI6WyJVc2VyLlJlYWQuQWxsIl0sIndpZHMiOltdfQ.c2ln"

static void tokens_are_read(void **state)
{
    static const struct {
        const char *name, *body;
        int64_t lifetime_ms; /* 0: no token */
        bool has_claims;
    } cases[] = {
        {"usual", "{\"token_type\":\"Bearer\",\"expires_in\":3599,\"access_token\":\"" JWT "\"}",
         3599000, true},
        {"lifetime as text",
         "{\"token_type\":\"bearer\",\"expires_in\":\"60\",\"access_token\":\"" JWT "\"}", 60000,
         true},
        {"absurd lifetime",
         "{\"token_type\":\"Bearer\",\"expires_in\":99999999,\"access_token\":\"" JWT "\"}",
         172800000, true},
        {"opaque", "{\"token_type\":\"Bearer\",\"expires_in\":60,\"access_token\":\"abc\"}", 60000,
         false},
        {"broken claims",
         "{\"token_type\":\"Bearer\",\"expires_in\":60,\"access_token\":\"a.!.c\"}", 0, false},
        {"claims that are no JSON",
         "{\"token_type\":\"Bearer\",\"expires_in\":60,\"access_token\":\"a.YWJj.c\"}", 60000,
         false},
        {"no token", "{\"token_type\":\"Bearer\",\"expires_in\":60}", 0, false},
        {"token with a line break",
         "{\"token_type\":\"Bearer\",\"expires_in\":60,\"access_token\":\"a\\r\\nX: y\"}", 0,
         false},
        {"empty token", "{\"token_type\":\"Bearer\",\"expires_in\":60,\"access_token\":\"\"}", 0,
         false},
        {"other type", "{\"token_type\":\"pop\",\"expires_in\":60,\"access_token\":\"abc\"}", 0,
         false},
        {"no lifetime", "{\"token_type\":\"Bearer\",\"access_token\":\"abc\"}", 0, false},
        {"lifetime 0", "{\"token_type\":\"Bearer\",\"expires_in\":0,\"access_token\":\"abc\"}", 0,
         false},
        {"negative lifetime",
         "{\"token_type\":\"Bearer\",\"expires_in\":-5,\"access_token\":\"abc\"}", 0, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct token_reply out;
        struct err e = ERR_INIT;
        enum err_code code = read_reply(200, cases[i].body, &out, &e);

        if (code != (cases[i].lifetime_ms > 0 ? ERR_OK : ERR_NET))
            fail_msg("%s: %s %s", cases[i].name, err_code_name(code), e.msg);
        if (code == ERR_OK) {
            assert_int_equal(out.lifetime_ms, cases[i].lifetime_ms);
            assert_non_null(out.bearer.p);
            assert_int_equal(out.claims != NULL, cases[i].has_claims);
        }
        token_reply_release(&out);
    }
}

static void other_replies_are_no_refusal(void **state)
{
    static const struct {
        const char *name;
        long status;
        const char *body;
        enum err_code want;
        bool may_retry;
    } cases[] = {
        {"throttled", 429, "", ERR_THROTTLED, true},
        {"throttled, with an error", 429, "{\"error\":\"x\"}", ERR_THROTTLED, true},
        {"unavailable", 503, "<html>", ERR_NET, true},
        {"portal", 200, "<html>sign in here</html>", ERR_NET, true},
        {"no object", 200, "[]", ERR_NET, true},
        {"not found", 404, "", ERR_NET, false},
        {"server error that says so", 500, "{\"error\":\"temporarily_unavailable\"}", ERR_AUTH,
         true},
        {"unknown number", 400,
         "{\"error\":\"invalid_request\",\"error_description\":\"AADSTS999: a\\nb\"}", ERR_AUTH,
         false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct token_reply out;
        struct err e = ERR_INIT;

        if (read_reply(cases[i].status, cases[i].body, &out, &e) != cases[i].want ||
            out.may_retry != cases[i].may_retry || strchr(e.msg, '\n') != NULL)
            fail_msg("%s: %s %d %s", cases[i].name, err_code_name(e.code), out.may_retry, e.msg);
        token_reply_release(&out);
    }
}

static void a_refused_assertion_is_told_from_a_wrong_clock(void **state)
{
    struct token_reply out;
    struct err e = ERR_INIT;

    (void)state;
    (void)read_reply(401,
                     "{\"error\":\"invalid_client\",\"error_description\":"
                     "\"Client assertion has an alg that is not supported\"}",
                     &out, &e);
    assert_true(out.try_other_alg);
    token_reply_release(&out);
    err_clear(&e);
    (void)read_reply(401,
                     "{\"error\":\"invalid_client\",\"error_codes\":[700024],"
                     "\"error_description\":\"AADSTS700024: Client assertion is not within its "
                     "valid time range.\"}",
                     &out, &e);
    assert_false(out.try_other_alg);
    token_reply_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_whole_and_sorted),
        cmocka_unit_test(numbers_are_found_in_text),
        cmocka_unit_test(every_refusal_is_explained),
        cmocka_unit_test(tokens_are_read),
        cmocka_unit_test(other_replies_are_no_refusal),
        cmocka_unit_test(a_refused_assertion_is_told_from_a_wrong_clock),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
