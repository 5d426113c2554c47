/* Pages, tokens, order, and what is not taken. */
#include "client_world.h"

static void pages_follow_each_other_with_their_headers(void **state)
{
    struct world *w = *state;
    struct watch v = {.w = w};
    struct chain_spec s = graph_chain(&v, "/v1.0/users?$top=999");
    struct err e = ERR_INIT;

    w->serve = serve_three_pages;
    open_client(w, NULL);
    s.eventual = true;
    submit(w, &s);
    assert_int_equal(client_run(w->client, &e), ERR_OK);
    assert_int_equal(v.code, ERR_OK);
    assert_string_equal(v.message, "");
    assert_int_equal(v.rows, 5);
    assert_int_equal(v.pages, 3);
    assert_int_equal(w->served, 3);
    assert_true(w->progresses >= 2);
    for (size_t i = 0; i < 3; i++) {
        static const char *const needed[] = {
            "Authorization: Bearer token-1\r\n",
            "Prefer: include-unknown-enum-members\r\n",
            "ConsistencyLevel: eventual\r\n",
            "Accept: application/json\r\n",
            "\r\nclient-request-id: ",
            "return-client-request-id: true\r\n",
            "User-Agent: test/1\r\n",
            "Accept-Encoding: ",
        };

        for (size_t k = 0; k < COUNT_OF(needed); k++)
            if (strstr(w->log[i], needed[k]) == NULL)
                fail_msg("page %zu: no '%s' in '%s'", i, needed[k], w->log[i]);
    }
    assert_string_not_equal(strstr(w->log[0], "client-request-id: "),
                            strstr(w->log[1], "client-request-id: "));
    assert_int_equal(strncmp(w->log[1], "GET /v1.0/users?page=2 ", 23), 0);
}

static void exchange_pages_are_posted_again(void **state)
{
    static const char *const body =
        "{\"CmdletInput\":{\"CmdletName\":\"Get-Mailbox\",\"Parameters\":"
        "{\"ResultSize\":\"Unlimited\"}}}";
    struct world *w = *state;
    struct watch v = {.w = w};
    struct chain_spec s = exchange_chain(&v, "Get-Mailbox");
    struct err e = ERR_INIT;

    w->serve = serve_three_pages;
    open_client(w, NULL);
    submit(w, &s);
    assert_int_equal(client_run(w->client, &e), ERR_OK);
    if (v.code != ERR_OK)
        fail_msg("%s", v.message);
    assert_int_equal(v.rows, 5);
    assert_non_null(
        strstr(w->log[0], "POST /adminapi/beta/contoso.example/InvokeCommand?$select=Guid,Name "));
    assert_non_null(strstr(w->log[1], "POST /adminapi/beta/x/InvokeCommand?page=2 "));
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(w->bodies[1 + i], body);
        assert_non_null(strstr(w->log[i], "X-AnchorMailbox: APP:SystemMailbox{bb558c35-97f1-4cb9-"
                                          "8ff7-d53741dc928c}@contoso.example\r\n"));
        assert_non_null(strstr(w->log[i], "X-ResponseFormat: json\r\n"));
        assert_non_null(strstr(w->log[i], "X-CmdletName: Get-Mailbox\r\n"));
        assert_non_null(strstr(w->log[i], "Prefer: odata.maxpagesize=1000\r\n"));
    }
}

static void the_secret_is_encoded_and_asked_for_once(void **state)
{
    struct world *w = *state;
    struct watch v[6] = {{0}};
    struct err e = ERR_INIT;

    open_client(w, NULL);
    for (size_t i = 0; i < COUNT_OF(v); i++) {
        struct chain_spec s = graph_chain(&v[i], "/v1.0/users");

        v[i].w = w;
        submit(w, &s);
    }
    assert_int_equal(client_run(w->client, &e), ERR_OK);
    assert_int_equal(w->tokens, 1);
    assert_int_equal(client_counters(w->client).token_requests, 1);
    assert_int_equal(client_counters(w->client).requests, 6);
    assert_int_equal(client_counters(w->client).retries, 0);
    assert_non_null(strstr(w->bodies[0], "client_secret=s%26c%3Dr%20t"));
    assert_non_null(strstr(w->bodies[0], "grant_type=client_credentials"));
    assert_non_null(strstr(w->bodies[0], "%2F.default"));
}

static void one_renewal_serves_everybody(void **state)
{
    struct world *w = *state;
    struct watch v[6] = {{0}};
    struct err e = ERR_INIT;

    open_client(w, NULL);
    assert_int_equal(client_sign_in(w->client, SERVICE_GRAPH, &e), ERR_OK);
    w->good_from = 2;
    for (size_t i = 0; i < COUNT_OF(v); i++) {
        struct chain_spec s = graph_chain(&v[i], "/v1.0/users");

        v[i].w = w;
        submit(w, &s);
    }
    assert_int_equal(client_run(w->client, &e), ERR_OK);
    for (size_t i = 0; i < COUNT_OF(v); i++)
        assert_int_equal(v[i].code, ERR_OK);
    assert_int_equal(w->tokens, 2);
    assert_true(client_counters(w->client).retries <= 6);
}

static void a_second_401_is_a_refusal(void **state)
{
    struct world *w = *state;
    struct watch v = {.w = w};

    w->good_from = 1000;
    run_one(w, &v);
    assert_int_equal(v.code, ERR_DENIED);
    assert_int_equal(v.status, 401);
    assert_string_equal(v.error_code, "InvalidAuthenticationToken");
    assert_int_equal(w->tokens, 2);
    assert_int_equal(w->served, 2);
}

static void tokens_are_renewed_before_they_end(void **state)
{
    struct world *w = *state;
    struct watch v = {.w = w};

    w->lifetime_s = 5; /* 100 ms of real time, renewed after half of it */
    w->serve = serve_three_pages;
    run_one(w, &v);
    assert_int_equal(v.code, ERR_OK);
    (void)usleep(110 * 1000);
    v.ends = 0;
    run_one(w, &v);
    assert_int_equal(v.code, ERR_OK);
    assert_true(w->tokens >= 2);
    assert_int_equal(w->served, 6); /* and never with a dead one */
}

static void ps256_falls_back_to_rs256_once(void **state)
{
    struct world *w = *state;
    struct watch v[2] = {{.w = w}, {.w = w}};
    struct chain_spec a = graph_chain(&v[0], "/v1.0/users");
    struct chain_spec b = exchange_chain(&v[1], "Get-Mailbox");
    struct err e = ERR_INIT;

    secret_release(&w->credential.secret);
    w->credential.mode = CREDENTIAL_CERTIFICATE;
    w->credential.key = tls_key();
    w->credential.cert = tls_make_cert(w->credential.key, "DNS:app");
    w->refuses_ps256 = true;
    open_client(w, NULL);
    submit(w, &a);
    submit(w, &b);
    assert_int_equal(client_run(w->client, &e), ERR_OK);
    if (v[0].code != ERR_OK || v[1].code != ERR_OK)
        fail_msg("%s / %s", v[0].message, v[1].message);
    assert_int_equal(w->notices, 1);
    assert_int_equal(w->tokens, 2);
    assert_true(client_counters(w->client).token_requests <= 4);
    X509_free(w->credential.cert);
}

static void a_service_without_a_token_does_not_stop_the_other(void **state)
{
    struct world *w = *state;
    struct watch v[3] = {{.w = w}, {.w = w}, {.w = w}};
    struct chain_spec a = graph_chain(&v[0], "/v1.0/users");
    struct chain_spec b = exchange_chain(&v[1], "Get-Mailbox");
    struct chain_spec c = exchange_chain(&v[2], "Get-User");
    char exchange[] = "https://exchange.test";
    struct err e = ERR_INIT;

    w->cloud.exchange = exchange;
    w->refuse_exchange = 500011;
    open_client(w, NULL);
    submit(w, &b);
    submit(w, &c);
    submit(w, &a);
    assert_int_equal(client_run(w->client, &e), ERR_OK);
    assert_int_equal(v[0].code, ERR_OK);
    assert_int_equal(v[1].code, ERR_AUTH);
    assert_int_equal(v[2].code, ERR_AUTH);
    assert_non_null(strstr(v[1].message, "Exchange Online"));
    assert_non_null(strstr(v[1].message, "AADSTS500011"));
    assert_null(strstr(v[1].message, "s&c=r t"));
    w->cloud.exchange = w->server->url;
}

static void what_changes_a_tenant_is_not_taken(void **state)
{
    struct world *w = *state;
    struct watch v = {.w = w};
    struct chain_spec s = exchange_chain(&v, "Set-Mailbox");
    struct err e = ERR_INIT;

    open_client(w, NULL);
    assert_int_equal(client_submit(w->client, &s, &e), ERR_BUG);
    err_clear(&e);
    s = graph_chain(&v, "/v1.0/users");
    s.body = "{}";
    assert_int_equal(client_submit(w->client, &s, &e), ERR_BUG);
    err_clear(&e);
    s = graph_chain(&v, "/v1.0/users?$filter=a eq b");
    assert_int_equal(client_submit(w->client, &s, &e), ERR_BUG);
    err_clear(&e);
    s = exchange_chain(&v, "Get-Mailbox");
    s.parameters = "[]";
    assert_int_equal(client_submit(w->client, &s, &e), ERR_BUG);
    err_clear(&e);
    assert_int_equal(client_run(w->client, &e), ERR_OK);
    assert_int_equal(w->served + w->tokens, 0);
    assert_int_equal(v.ends, 0);
}

static void higher_priority_goes_first(void **state)
{
    static const char *const names[] = {"/v1.0/c", "/v1.0/a", "/v1.0/b", "/v1.0/d"};
    static const int priorities[] = {1, 9, 5, 1};
    struct world *w = *state;
    struct watch v[4] = {{.w = w}, {.w = w}, {.w = w}, {.w = w}};
    struct client_options o = options(w);
    struct err e = ERR_INIT;

    o.concurrency = 1;
    open_client(w, &o);
    for (size_t i = 0; i < 4; i++) {
        struct chain_spec s = graph_chain(&v[i], names[i]);

        s.priority = priorities[i];
        submit(w, &s);
    }
    assert_int_equal(client_run(w->client, &e), ERR_OK);
    assert_string_equal(w->ended, "/v1.0/a /v1.0/b /v1.0/c /v1.0/d ");
}

static void an_end_may_begin_another_chain(void **state)
{
    struct world *w = *state;
    struct watch second = {.w = w};
    struct chain_spec then = graph_chain(&second, "/v1.0/groups");
    struct watch first = {.w = w, .then = &then};

    run_one(w, &first);
    assert_int_equal(second.ends, 1);
    assert_int_equal(second.code, ERR_OK);
}

static void a_client_is_freed_without_callbacks(void **state)
{
    struct world *w = *state;
    struct watch v = {.w = w};
    struct chain_spec s = graph_chain(&v, "/v1.0/users");

    open_client(w, NULL);
    submit(w, &s);
    client_free(w->client);
    w->client = NULL;
    assert_int_equal(v.ends, 0);
}

static void bad_options_are_refused(void **state)
{
    static const struct {
        const char *tenant, *client_id, *word;
    } cases[] = {
        {NULL, "6d0f8a52-4e1b-4c1e-9a37-2b8f5c7d9e10", "--tenant"},
        {"", "6d0f8a52-4e1b-4c1e-9a37-2b8f5c7d9e10", "--tenant"},
        {"a/../b", "6d0f8a52-4e1b-4c1e-9a37-2b8f5c7d9e10", "--tenant"},
        {"..", "6d0f8a52-4e1b-4c1e-9a37-2b8f5c7d9e10", "--tenant"},
        {"common", "6d0f8a52-4e1b-4c1e-9a37-2b8f5c7d9e10", "common"},
        {"contoso.com", NULL, "--client-id"},
        {"contoso.com", "my app", "--client-id"},
    };
    struct world *w = *state;
    struct client_options o = options(w);

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct err e = ERR_INIT;

        o.tenant = cases[i].tenant;
        o.client_id = cases[i].client_id;
        if (client_new(&o, &w->client, &e) != ERR_USAGE || strstr(e.msg, cases[i].word) == NULL)
            fail_msg("case %zu: %s", i, e.msg);
        assert_null(w->client);
    }
    o = options(w);
    o.ca_file = "/nonexistent/ca.pem";
    assert_int_equal(client_new(&o, &w->client, &(struct err)ERR_INIT), ERR_USAGE);
    o.ca_file = "/dev/null";
    assert_int_equal(client_new(&o, &w->client, &(struct err)ERR_INIT), ERR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(pages_follow_each_other_with_their_headers),
        CASE(exchange_pages_are_posted_again),
        CASE(the_secret_is_encoded_and_asked_for_once),
        CASE(one_renewal_serves_everybody),
        CASE(a_second_401_is_a_refusal),
        CASE(tokens_are_renewed_before_they_end),
        CASE(ps256_falls_back_to_rs256_once),
        CASE(a_service_without_a_token_does_not_stop_the_other),
        CASE(what_changes_a_tenant_is_not_taken),
        CASE(higher_priority_goes_first),
        CASE(an_end_may_begin_another_chain),
        CASE(a_client_is_freed_without_callbacks),
        CASE(bad_options_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
