#include "base/attrs.h"
#include "base/limits.h"
#include "base/text.h"
#include "reply.h"
#include "transport.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define OUR_ID "11111111-2222-4333-8444-555555555555"
#define THEIR_ID "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
#define NON_PREMIUM "Authentication_RequestFromNonPremiumTenantOrB2CTenant"
#define ERROR(code, text) "{\"error\":{\"code\":\"" code "\",\"message\":\"" text "\"}}"

static void judge(struct reply_facts f, struct transfer_reply r, struct reply_judgement *j)
{
    f.client_request_id = OUR_ID;
    if (r.body == NULL)
        r.body = "";
    if (r.trouble == NULL)
        r.trouble = "";
    r.body_len = strlen(r.body);
    reply_judge(&f, &r, j);
}

static const struct {
    const char *name;
    struct reply_facts f;
    struct transfer_reply r;
    enum reply_next next;
    enum err_code code;
    bool is_throttled;
    const char *word;
} cases[] = {
    {"page",
     {.service = SERVICE_GRAPH},
     {.status = 200, .body = "{\"value\":[]}"},
     REPLY_PAGE,
     ERR_OK,
     false,
     ""},
    {"page after failures",
     {.service = SERVICE_GRAPH, .failed = 5},
     {.status = 200, .body = "{\"value\":[]}"},
     REPLY_PAGE,
     ERR_OK,
     false,
     ""},
    {"429",
     {.service = SERVICE_GRAPH},
     {.status = 429, .body = ERROR("TooManyRequests", "wait")},
     REPLY_RETRY,
     ERR_THROTTLED,
     true,
     "HTTP 429 TooManyRequests: wait"},
    {"429 at last",
     {.service = SERVICE_GRAPH, .failed = LIMIT_ATTEMPTS - 1},
     {.status = 429},
     REPLY_END,
     ERR_THROTTLED,
     true,
     "HTTP 429"},
    {"503", {.service = SERVICE_GRAPH}, {.status = 503}, REPLY_RETRY, ERR_NET, false, "HTTP 503"},
    {"503 with Retry-After",
     {.service = SERVICE_GRAPH},
     {.status = 503, .retry_after = "3"},
     REPLY_RETRY,
     ERR_NET,
     true,
     "HTTP 503"},
    {"503 at last",
     {.service = SERVICE_GRAPH, .failed = LIMIT_ATTEMPTS - 1},
     {.status = 503},
     REPLY_END,
     ERR_NET,
     false,
     "HTTP 503"},
    {"500 in HTML",
     {.service = SERVICE_GRAPH},
     {.status = 500, .body = "<html>"},
     REPLY_RETRY,
     ERR_NET,
     false,
     "HTML page"},
    {"400",
     {.service = SERVICE_GRAPH},
     {.status = 400, .body = ERROR("Request_BadRequest", "no")},
     REPLY_END,
     ERR_NET,
     false,
     "Request_BadRequest: no"},
    {"path of another cloud",
     {.service = SERVICE_GRAPH},
     {.status = 400,
      .body = ERROR("BadRequest", "Resource not found for the segment 'authenticationStrength'.")},
     REPLY_END,
     ERR_ABSENT,
     false,
     "segment"},
    {"404", {.service = SERVICE_GRAPH}, {.status = 404}, REPLY_END, ERR_ABSENT, false, "HTTP 404"},
    {"401", {.service = SERVICE_GRAPH}, {.status = 401}, REPLY_RENEW, ERR_DENIED, false, ""},
    {"401 again",
     {.service = SERVICE_GRAPH, .renewed = true},
     {.status = 401},
     REPLY_END,
     ERR_DENIED,
     false,
     "after renewing"},
    {"403",
     {.service = SERVICE_GRAPH},
     {.status = 403, .body = ERROR("Authorization_RequestDenied", "no")},
     REPLY_END,
     ERR_DENIED,
     false,
     "Authorization_RequestDenied: no"},
    {"403 for want of a licence",
     {.service = SERVICE_GRAPH},
     {.status = 403, .body = ERROR(NON_PREMIUM, "m")},
     REPLY_END,
     ERR_LICENCE,
     false,
     "licence"},
    {"the same with the licence",
     {.service = SERVICE_GRAPH, .premium_expected = true},
     {.status = 403, .body = ERROR(NON_PREMIUM, "m")},
     REPLY_RETRY,
     ERR_DENIED,
     false,
     "Directory.Read.All"},
    {"the same at last",
     {.service = SERVICE_GRAPH, .premium_expected = true, .failed = 3, .odd = 3},
     {.status = 403, .body = ERROR(NON_PREMIUM, "m")},
     REPLY_END,
     ERR_DENIED,
     false,
     "Directory.Read.All"},
    {"licence of PIM",
     {.service = SERVICE_GRAPH, .premium_expected = true},
     {.status = 400, .body = ERROR("AadPremiumLicenseRequired", "m")},
     REPLY_END,
     ERR_LICENCE,
     false,
     "licence"},
    {"redirect",
     {.service = SERVICE_EXCHANGE},
     {.status = 302},
     REPLY_REDIRECT,
     ERR_NET,
     false,
     ""},
    {"too many redirects",
     {.service = SERVICE_EXCHANGE, .redirects = LIMIT_REDIRECTS},
     {.status = 302},
     REPLY_END,
     ERR_NET,
     false,
     "too many"},
    {"empty page",
     {.service = SERVICE_GRAPH},
     {.status = 200},
     REPLY_RETRY,
     ERR_PARSE,
     false,
     "empty"},
    {"empty page, third time",
     {.service = SERVICE_GRAPH, .failed = 2, .odd = 2},
     {.status = 200},
     REPLY_END,
     ERR_PARSE,
     false,
     "empty"},
    {"empty page after throttling",
     {.service = SERVICE_GRAPH, .failed = 4},
     {.status = 200},
     REPLY_RETRY,
     ERR_PARSE,
     false,
     "empty"},
    {"empty page as the last of many",
     {.service = SERVICE_GRAPH, .failed = LIMIT_ATTEMPTS - 1, .odd = 1},
     {.status = 200},
     REPLY_END,
     ERR_PARSE,
     false,
     "empty"},
    {"no value",
     {.service = SERVICE_GRAPH},
     {.status = 200, .body = "{}"},
     REPLY_END,
     ERR_PARSE,
     false,
     "\"value\" is missing"},
    {"singleton",
     {.service = SERVICE_GRAPH, .is_singleton = true},
     {.status = 200, .body = "{}"},
     REPLY_PAGE,
     ERR_OK,
     false,
     ""},
    {"error inside of 200",
     {.service = SERVICE_GRAPH},
     {.status = 200, .body = ERROR("Boom", "m")},
     REPLY_RETRY,
     ERR_PARSE,
     false,
     "Boom: m"},
    {"204", {.service = SERVICE_GRAPH}, {.status = 204}, REPLY_END, ERR_NET, false, "HTTP 204"},
    {"no connection",
     {.service = SERVICE_GRAPH},
     {.code = ERR_NET, .trouble = "refused", .may_retry = true},
     REPLY_RETRY,
     ERR_NET,
     false,
     "refused"},
    {"no connection at last",
     {.service = SERVICE_GRAPH, .failed = LIMIT_ATTEMPTS - 1},
     {.code = ERR_NET, .trouble = "refused", .may_retry = true},
     REPLY_END,
     ERR_NET,
     false,
     "refused"},
    {"cut off",
     {.service = SERVICE_GRAPH},
     {.code = ERR_PARSE, .trouble = "cut off", .may_retry = true, .status = 200},
     REPLY_RETRY,
     ERR_PARSE,
     false,
     "HTTP 200: cut off"},
    {"cut off, third time",
     {.service = SERVICE_GRAPH, .failed = 2, .odd = 2},
     {.code = ERR_PARSE, .trouble = "cut off", .may_retry = true},
     REPLY_END,
     ERR_PARSE,
     false,
     "cut off"},
    {"too large",
     {.service = SERVICE_GRAPH},
     {.code = ERR_LIMIT, .trouble = "too large"},
     REPLY_END,
     ERR_LIMIT,
     false,
     "too large"},
    {"bad certificate",
     {.service = SERVICE_GRAPH},
     {.code = ERR_TLS, .trouble = "not trusted"},
     REPLY_END,
     ERR_TLS,
     false,
     "not trusted"},
    {"exchange without a role",
     {.service = SERVICE_EXCHANGE},
     {.status = 403, .body = ""},
     REPLY_END,
     ERR_DENIED,
     false,
     "Exchange.ManageAsApp"},
    {"exchange names only the exception",
     {.service = SERVICE_EXCHANGE},
     {.status = 403, .exception_type = "Microsoft.Exchange.Net.X"},
     REPLY_END,
     ERR_DENIED,
     false,
     "Microsoft.Exchange.Net.X"},
    {"a 403 that talks of throttling is none",
     {.service = SERVICE_EXCHANGE},
     {.status = 403, .body = "User is not allowed to call Get-ThrottlingPolicy"},
     REPLY_END,
     ERR_DENIED,
     false,
     "Get-ThrottlingPolicy"},
    {"exchange is too busy",
     {.service = SERVICE_EXCHANGE},
     {.status = 400,
      .body = ERROR("X", "You have reached the maximum number of concurrent requests per tenant.")},
     REPLY_RETRY,
     ERR_THROTTLED,
     true,
     "maximum number"},
    {"exchange, passing fault",
     {.service = SERVICE_EXCHANGE},
     {.status = 400, .body = ERROR("X", "The issue may be transient.")},
     REPLY_RETRY,
     ERR_NET,
     false,
     "transient"},
    {"graph has no such phrases",
     {.service = SERVICE_GRAPH},
     {.status = 400, .body = ERROR("X", "The issue may be transient.")},
     REPLY_END,
     ERR_NET,
     false,
     "transient"},
    {"exchange has no such cmdlet",
     {.service = SERVICE_EXCHANGE},
     {.status = 400,
      .body = ERROR("BadRequest", "The term 'Get-HVEAccountSettings' is not recognized as the name "
                                  "of a cmdlet")},
     REPLY_END,
     ERR_ABSENT,
     false,
     "Get-HVEAccountSettings"},
};

static void replies_lead_where_they_should(void **state)
{
    char message[ERR_MSG_BYTES];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct reply_judgement j;

        judge(cases[i].f, cases[i].r, &j);
        if (j.next != cases[i].next || j.code != cases[i].code ||
            j.is_throttled != cases[i].is_throttled || strstr(j.what, cases[i].word) == NULL)
            fail_msg("%s: next %d, %s, throttled %d, '%s'", cases[i].name, (int)j.next,
                     err_code_name(j.code), j.is_throttled, j.what);
        if (strstr(reply_message(&j, "", NULL, message), "client-request-id " OUR_ID) == NULL)
            fail_msg("%s: no id in '%s'", cases[i].name, message);
        reply_judgement_release(&j);
    }
}

static void the_service_s_id_is_in_every_message(void **state)
{
    struct reply_judgement j;
    char message[ERR_MSG_BYTES];

    (void)state;
    judge((struct reply_facts){.service = SERVICE_GRAPH},
          (struct transfer_reply){.status = 404, .request_id = THEIR_ID}, &j);
    assert_string_equal(reply_message(&j, "", NULL, message),
                        "HTTP 404 (request-id " THEIR_ID ", client-request-id " OUR_ID ")");
    assert_string_equal(reply_message(&j, "before", NULL, message),
                        "before: HTTP 404 (request-id " THEIR_ID ", client-request-id " OUR_ID ")");
    assert_string_equal(reply_message(&j, "", "what else", message),
                        "HTTP 404: what else (request-id " THEIR_ID ", client-request-id " OUR_ID
                        ")");
    reply_judgement_release(&j);
    judge((struct reply_facts){.service = SERVICE_GRAPH},
          (struct transfer_reply){.status = 404, .request_id = "no\r\nid"}, &j);
    assert_string_equal(reply_message(&j, "", NULL, message),
                        "HTTP 404 (client-request-id " OUR_ID ")");
    reply_judgement_release(&j);
}

static void long_messages_keep_hint_and_ids(void **state)
{
    struct reply_judgement j;
    char message[ERR_MSG_BYTES];
    char long_text[3000];
    struct buf b;

    (void)state;
    buf_init(&b, 10000);
    buf_adds(&b, "{\"error\":{\"code\":\"Forbidden\",\"message\":\"");
    for (int i = 0; i < 900; i++)
        buf_adds(&b, "\xE2\x82\xAC");
    buf_adds(&b, "\"}}");
    judge((struct reply_facts){.service = SERVICE_EXCHANGE},
          (struct transfer_reply){.status = 403, .request_id = THEIR_ID, .body = b.p}, &j);
    buf_release(&b);
    (void)reply_message(&j, "the next try would be after the deadline", NULL, message);
    assert_true(utf8_valid(message, strlen(message)));
    assert_non_null(strstr(message, "; the application needs the permission"));
    assert_non_null(strstr(message, "client-request-id " OUR_ID ")"));
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    (void)reply_message(&j, "", long_text, message);
    assert_int_equal(strlen(message), ERR_MSG_BYTES - 1);
    assert_non_null(strstr(message, "client-request-id " OUR_ID ")"));
    reply_judgement_release(&j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replies_lead_where_they_should),
        cmocka_unit_test(the_service_s_id_is_in_every_message),
        cmocka_unit_test(long_messages_keep_hint_and_ids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
