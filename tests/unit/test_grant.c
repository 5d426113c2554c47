/* How each credential becomes a token, request by request, with what each endpoint may answer. */
#include "base/attrs.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/strs.h"
#include "credential_internal.h"
#include "grant.h"
#include "grant_step.h"
#include "graph/cloud.h"
#include "metadata_url.h"
#include "token_reply.h"
#include "transport.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CLIENT "6d0f8a52-4e1b-4c1e-9a37-2b8f5c7d9e10"
#define TOKEN "{\"token_type\":\"Bearer\",\"expires_in\":3600,\"access_token\":\"a.b.c\"}"

struct world {
    struct cloud cloud;
    struct credential c;
    struct grant_home home;
    struct grant g;
    char notice[400];
};

static void on_notice(void *ctx, const char *text)
{
    struct world *w = ctx;

    (void)snprintf(w->notice, sizeof w->notice, "%s", text);
}

static void setup(struct world *w, enum credential_mode mode, const char *url, const char *secret)
{
    struct err e = ERR_INIT;

    memset(w, 0, sizeof *w);
    assert_int_equal(cloud_load(NULL, &w->cloud, &e), ERR_OK);
    w->c.mode = mode;
    w->c.url = url != NULL ? xstrdup(url) : NULL;
    if (secret != NULL)
        secret_set(&w->c.secret, secret, strlen(secret));
    w->home = (struct grant_home){
        .credential = &w->c, .cloud = &w->cloud, .notice = on_notice, .notice_ctx = w};
    assert_int_equal(grant_home_open(&w->home, "contoso.example", CLIENT, &e), ERR_OK);
    w->g = (struct grant){
        .home = &w->home, .who = "Microsoft Graph", .resource = "https://graph.microsoft.com"};
}

static void teardown(struct world *w)
{
    grant_release(&w->g);
    grant_home_close(&w->home);
    secret_release(&w->c.secret);
    free(w->c.url);
    free(w->c.path);
    cloud_release(&w->cloud);
}

/* The next request as "METHOD URL | headers | bearer | body". */
static const char *next(struct world *w, int64_t *wait_ms)
{
    static char text[4000];
    struct err e = ERR_INIT;
    struct grant_request r;
    struct buf b;

    if (grant_next(&w->g, &r, wait_ms, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    buf_init(&b, sizeof text);
    if (*wait_ms == 0) {
        buf_addf(&b, "%s %s |", r.method, r.url);
        for (size_t i = 0; i < r.headers.n; i++)
            buf_addf(&b, " %s", r.headers.v[i]);
        buf_addf(&b, " | %s | %s", r.bearer.p != NULL ? r.bearer.p : "-",
                 !r.has_body        ? "-"
                 : r.body.p != NULL ? r.body.p
                                    : "");
    }
    (void)snprintf(text, sizeof text, "%s", b.p != NULL ? b.p : "");
    buf_release(&b);
    grant_request_release(&r);
    return text;
}

static void expect(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("no '%s' in: %s", part, text);
}

static enum grant_result answer(struct world *w, long status, const char *body,
                                const char *challenge, int64_t *wait_ms, struct err *e)
{
    struct transfer_reply r = {.code = ERR_OK,
                               .trouble = "",
                               .status = status,
                               .body = body,
                               .body_len = strlen(body),
                               .www_authenticate = challenge};
    struct token_reply out;
    enum grant_result result;

    *e = (struct err)ERR_INIT;
    result = grant_answer(&w->g, &r, &out, wait_ms, e);
    if (result == GRANT_HAS_TOKEN)
        assert_string_equal(out.bearer.p, "a.b.c");
    token_reply_release(&out);
    return result;
}

static void pipelines_exchange_their_token(void **state)
{
    static const struct {
        const char *name, *url, *request, *reply, *refused;
        enum credential_mode mode;
    } cases[] = {
        {"GitHub Actions", "https://oidc.example/t?api-version=2.0",
         "GET https://oidc.example/t?api-version=2.0&audience=api%3A%2F%2FAzureADTokenExchange | "
         "Accept: application/json | request-token | -",
         "{\"value\":\"jwt.of.pipeline\"}", "{\"message\":\"no\"}", CREDENTIAL_GITHUB},
        {"Azure Pipelines", "https://dev.example/o?api-version=7.1&serviceConnectionId=x",
         "POST https://dev.example/o?api-version=7.1&serviceConnectionId=x | Content-Type: "
         "application/json Accept: application/json X-TFS-FedAuthRedirect: Suppress | "
         "request-token | ",
         "{\"oidcToken\":\"jwt.of.pipeline\"}", "<html>sign in</html>", CREDENTIAL_AZURE_PIPELINES},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct world w;
        struct err e;
        int64_t wait;

        setup(&w, cases[i].mode, cases[i].url, "request-token");
        assert_string_equal(next(&w, &wait), cases[i].request);
        assert_int_equal(answer(&w, 200, cases[i].reply, NULL, &wait, &e), GRANT_GOES_ON);
        expect(next(&w, &wait), "client_assertion=jwt.of.pipeline");
        assert_int_equal(answer(&w, 200, TOKEN, NULL, &wait, &e), GRANT_HAS_TOKEN);
        /* the next token begins anew: a pipeline's token lives for minutes */
        assert_string_equal(next(&w, &wait), cases[i].request);
        assert_int_equal(answer(&w, 403, cases[i].refused, NULL, &wait, &e), GRANT_REFUSED);
        expect(e.msg, "may this job ask for one?");
        assert_null(strstr(e.msg, "request-token"));
        teardown(&w);
    }
}

static void each_cloud_has_its_audience(void **state)
{
    static const char *const cases[][2] = {
        {"global", "api%3A%2F%2FAzureADTokenExchange |"},
        {"usgov", "api%3A%2F%2FAzureADTokenExchangeUSGov |"},
        {"dod", "api%3A%2F%2FAzureADTokenExchangeUSGov |"},
        {"china", "api%3A%2F%2FAzureADTokenExchangeChina |"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct world w;
        struct err e = ERR_INIT;
        int64_t wait;

        setup(&w, CREDENTIAL_GITHUB, "https://oidc.example/t", "x");
        cloud_release(&w.cloud);
        assert_int_equal(cloud_load(cases[i][0], &w.cloud, &e), ERR_OK);
        expect(next(&w, &wait), cases[i][1]);
        teardown(&w);
    }
}

static void a_federated_file_is_read_each_time(void **state)
{
    char path[] = "/tmp/graphaudit-test-XXXXXX";
    int fd = mkstemp(path);
    struct world w;
    struct err e = ERR_INIT;
    struct grant_request r;
    int64_t wait;
    FILE *f = fdopen(fd, "w");

    (void)state;
    assert_non_null(f);
    assert_true(fputs("first.jwt\n", f) >= 0 && fclose(f) == 0);
    setup(&w, CREDENTIAL_WORKLOAD_IDENTITY, NULL, NULL);
    w.c.path = xstrdup(path);
    expect(next(&w, &wait), "client_assertion=first.jwt");
    assert_int_equal(answer(&w, 200, TOKEN, NULL, &wait, &e), GRANT_HAS_TOKEN);
    f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs("second.jwt", f) >= 0 && fclose(f) == 0);
    expect(next(&w, &wait), "client_assertion=second.jwt");
    assert_int_equal(
        answer(&w, 401, "{\"error\":\"invalid_client\",\"error_codes\":[700213]}", NULL, &wait, &e),
        GRANT_REFUSED);
    expect(e.msg, "700213");
    assert_int_equal(remove(path), 0);
    assert_int_equal(grant_next(&w.g, &r, &wait, &e), ERR_AUTH);
    grant_request_release(&r);
    teardown(&w);
}

static void machines_answer_by_themselves(void **state)
{
    static const struct {
        enum credential_mode mode;
        const char *url, *request, *reply;
    } cases[] = {
        {CREDENTIAL_APP_SERVICE, "http://127.0.0.1:41000/msi/token",
         "GET http://127.0.0.1:41000/msi/token?api-version=2019-08-01&resource=https%3A%2F%2Fgraph."
         "microsoft.com&client_id=" CLIENT " | X-IDENTITY-HEADER: key | - | -",
         "{\"token_type\":\"Bearer\",\"expires_on\":\"2147483000\",\"access_token\":\"a.b.c\"}"},
        {CREDENTIAL_IMDS, "http://169.254.169.254/metadata/identity/oauth2/token",
         "GET http://169.254.169.254/metadata/identity/oauth2/"
         "token?api-version=2018-02-01&resource=https%3A%2F%2Fgraph.microsoft.com&client_id=" CLIENT
         " | Metadata: true | - | -",
         "{\"token_type\":\"Bearer\",\"expires_in\":\"3599\",\"access_token\":\"a.b.c\"}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct world w;
        struct err e;
        int64_t wait;

        setup(&w, cases[i].mode, cases[i].url, "key");
        assert_string_equal(next(&w, &wait), cases[i].request);
        assert_int_equal(answer(&w, 200, cases[i].reply, NULL, &wait, &e), GRANT_HAS_TOKEN);
        (void)next(&w, &wait);
        assert_int_equal(answer(&w, 400, "{\"error\":\"identity_not_found\"}", NULL, &wait, &e),
                         GRANT_REFUSED);
        expect(e.msg, "identity_not_found");
        teardown(&w);
    }
}

static void arc_sends_only_its_own_key(void **state)
{
    static const struct {
        const char *challenge, *want;
    } cases[] = {
        {NULL, "no challenge"},
        {"Bearer realm=x", "no challenge"},
        {"Basic realm=/etc/passwd", "not in"},
        {"Basic realm=/var/opt/azcmagent/tokens/../../../../etc/shadow.key", "not in"},
        {"Basic realm=/var/opt/azcmagent/tokens/sub/x.key", "not in"},
        {"Basic realm=/var/opt/azcmagent/tokens/x.txt", ".key"},
        {"Basic realm=/var/opt/azcmagent/tokens/.key", ".key"},
        {"Basic realm=/var/opt/azcmagent/tokens/no-such-file-here.key", "no-such-file-here.key"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct world w;
        struct err e;
        int64_t wait;

        setup(&w, CREDENTIAL_ARC, "http://localhost:40342/metadata/identity/oauth2/token", NULL);
        expect(next(&w, &wait), "api-version=2020-06-01");
        assert_int_equal(answer(&w, 401, "{}", cases[i].challenge, &wait, &e), GRANT_REFUSED);
        expect(e.msg, cases[i].want);
        teardown(&w);
    }
    assert_null(grant_arc_key_refused("/var/opt/azcmagent/tokens/abc.key"));
}

static void plain_http_stays_on_the_machine(void **state)
{
    static const struct {
        const char *url;
        bool ok;
    } cases[] = {
        {"http://169.254.169.254/metadata", true},
        {"http://127.0.0.1:41000/msi/token", true},
        {"http://127.8.9.1/x", true},
        {"http://localhost:40342/x", true},
        {"http://[::1]:1/x", true},
        {"http://169.254.169.254", true},
        {"https://169.254.169.254/x", false},
        {"http://169.255.1.1/x", false},
        {"http://10.0.0.1/x", false},
        {"http://128.0.0.1/x", false},
        {"http://localhost.evil.example/x", false},
        {"http://127.0.0.1@evil.example/x", false},
        {"http://127.0.0.1.evil.example/x", false},
        {"http://2130706433/x", false},
        {"http://0x7f000001/x", false},
        {"http://evil.example/169.254.169.254", false},
        {"http://localhost\\@evil.example/", false},
        {"http:///x", false},
        {"ftp://localhost/x", false},
        {"", false},
    };
    struct url u;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (metadata_url_parse(cases[i].url, &u) != cases[i].ok)
            fail_msg("%s", cases[i].url);
    assert_false(metadata_url_parse(NULL, &u));
    assert_true(metadata_url_parse("http://169.254.169.254/a?b", &u));
    assert_int_equal(u.port, 80);
    assert_string_equal(u.path, "/a?b");
}

#define CODE                                                                                       \
    "{\"device_code\":\"dc\",\"user_code\":\"AB12\",\"verification_uri\":\"https://x.example/d\"," \
    "\"interval\":\"2\",\"expires_in\":900}"
#define REFUSAL(word) "{\"error\":\"" word "\",\"error_codes\":[70016]}"

static void a_person_is_asked_and_waited_for(void **state)
{
    struct world w;
    struct err e;
    int64_t wait;

    (void)state;
    setup(&w, CREDENTIAL_DEVICE_CODE, NULL, NULL);
    expect(next(&w, &wait), "/contoso.example/oauth2/v2.0/devicecode");
    assert_int_equal(answer(&w, 200, CODE, NULL, &wait, &e), GRANT_GOES_ON);
    assert_int_equal(wait, 2000);
    expect(w.notice, "https://x.example/d");
    expect(w.notice, "AB12");
    expect(next(&w, &wait), "device_code=dc");
    assert_int_equal(answer(&w, 400, REFUSAL("authorization_pending"), NULL, &wait, &e),
                     GRANT_GOES_ON);
    assert_int_equal(wait, 2000);
    assert_int_equal(answer(&w, 400, REFUSAL("slow_down"), NULL, &wait, &e), GRANT_GOES_ON);
    assert_int_equal(wait, 7000);
    assert_int_equal(answer(&w, 200,
                            "{\"token_type\":\"Bearer\",\"expires_in\":3600,\"access_token\":"
                            "\"a.b.c\",\"refresh_token\":\"rt\"}",
                            NULL, &wait, &e),
                     GRANT_HAS_TOKEN);
    /* the other tokens come without asking again */
    expect(next(&w, &wait), "grant_type=refresh_token&refresh_token=rt");
    assert_int_equal(answer(&w, 400, REFUSAL("invalid_grant"), NULL, &wait, &e), GRANT_GOES_ON);
    expect(next(&w, &wait), "devicecode");
    teardown(&w);
}

static void a_device_code_ends(void **state)
{
    static const struct {
        const char *reply, *want;
    } cases[] = {
        {REFUSAL("authorization_declined"), "said no"},
        {REFUSAL("expired_token"), "in time"},
        {REFUSAL("bad_verification_code"), "refused"},
        {"<html>", "no JSON"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct world w;
        struct err e;
        int64_t wait;

        setup(&w, CREDENTIAL_DEVICE_CODE, NULL, NULL);
        (void)next(&w, &wait);
        assert_int_equal(answer(&w, 200, CODE, NULL, &wait, &e), GRANT_GOES_ON);
        (void)next(&w, &wait);
        assert_int_equal(answer(&w, 400, cases[i].reply, NULL, &wait, &e), GRANT_REFUSED);
        expect(e.msg, cases[i].want);
        assert_null(w.home.asking);
        teardown(&w);
    }
}

static void one_question_is_enough(void **state)
{
    struct world w;
    struct grant other;
    struct grant_request r;
    struct err e = ERR_INIT;
    int64_t wait;

    (void)state;
    setup(&w, CREDENTIAL_DEVICE_CODE, NULL, NULL);
    other = w.g;
    (void)next(&w, &wait);
    assert_int_equal(grant_next(&other, &r, &wait, &e), ERR_OK);
    assert_true(wait > 0);
    grant_request_release(&r);
    teardown(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pipelines_exchange_their_token),
        cmocka_unit_test(each_cloud_has_its_audience),
        cmocka_unit_test(a_federated_file_is_read_each_time),
        cmocka_unit_test(machines_answer_by_themselves),
        cmocka_unit_test(arc_sends_only_its_own_key),
        cmocka_unit_test(plain_http_stays_on_the_machine),
        cmocka_unit_test(a_person_is_asked_and_waited_for),
        cmocka_unit_test(a_device_code_ends),
        cmocka_unit_test(one_question_is_enough),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
