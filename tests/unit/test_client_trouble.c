/* Strangers, redirects, faults, deadlines, certificates, signals. */
#include "client_world.h"

static void serve_stranger_link(struct world *w, const struct tls_request *q, struct tls_reply *r)
{
    (void)q;
    r->status = 200;
    (void)snprintf(r->body, sizeof r->body,
                   "{\"value\":[{}],\"@odata.nextLink\":\"%s/v1.0/users?page=2\"}",
                   w->stranger->url);
}

static void serve_stranger_redirect(struct world *w, const struct tls_request *q,
                                    struct tls_reply *r)
{
    (void)q;
    r->status = 302;
    (void)snprintf(r->headers, sizeof r->headers, "Location: %s/adminapi/beta/x/InvokeCommand\r\n",
                   w->stranger->url);
}

static void nothing_ever_reaches_a_stranger(void **state)
{
    struct world *w = *state;
    struct watch v[2] = {{.w = w}, {.w = w}};
    struct chain_spec s = exchange_chain(&v[1], "Get-Mailbox");
    struct err e = ERR_INIT;

    w->serve = serve_stranger_link;
    run_one(w, &v[0]);
    assert_int_equal(v[0].code, ERR_PARSE);
    assert_non_null(strstr(v[0].message, "another host"));
    assert_non_null(strstr(v[0].message, "client-request-id"));
    assert_int_equal(v[0].rows, 1);
    w->serve = serve_stranger_redirect;
    submit(w, &s);
    assert_int_equal(client_run(w->client, &e), ERR_OK);
    assert_int_equal(v[1].code, ERR_NET);
    assert_non_null(strstr(v[1].message, "another host"));
    assert_int_equal(w->strangers, 0);
    assert_int_equal(w->stranger->connections, 0);
}

static void serve_redirect_once(struct world *w, const struct tls_request *q, struct tls_reply *r)
{
    if (strstr(q->path, "regional") != NULL) {
        serve_one_page(w, q, r);
        return;
    }
    r->status = 302;
    (void)snprintf(r->headers, sizeof r->headers,
                   "Location: %s/adminapi/beta/regional/InvokeCommand\r\n", w->server->url);
}

static void a_redirect_keeps_method_and_body(void **state)
{
    struct world *w = *state;
    struct watch v = {.w = w};
    struct chain_spec s = exchange_chain(&v, "Get-Mailbox");
    struct err e = ERR_INIT;

    w->serve = serve_redirect_once;
    open_client(w, NULL);
    submit(w, &s);
    assert_int_equal(client_run(w->client, &e), ERR_OK);
    if (v.code != ERR_OK)
        fail_msg("%s", v.message);
    assert_non_null(strstr(w->log[1], "POST /adminapi/beta/regional/InvokeCommand "));
    assert_non_null(strstr(w->log[1], "Authorization: Bearer "));
    assert_string_equal(w->bodies[1], w->bodies[2]);
}

static void serve_redirect_loop(struct world *w, const struct tls_request *q, struct tls_reply *r)
{
    (void)q;
    r->status = 307;
    (void)snprintf(r->headers, sizeof r->headers,
                   "Location: %s/adminapi/beta/x/InvokeCommand?%u\r\n", w->server->url, w->served);
}

static void redirects_do_not_go_on_for_ever(void **state)
{
    struct world *w = *state;
    struct watch v = {.w = w};
    struct chain_spec s = exchange_chain(&v, "Get-Mailbox");
    struct err e = ERR_INIT;

    w->serve = serve_redirect_loop;
    open_client(w, NULL);
    submit(w, &s);
    assert_int_equal(client_run(w->client, &e), ERR_OK);
    assert_int_equal(v.code, ERR_NET);
    assert_int_equal(w->served, 4);
}

static void serve_in_trouble(struct world *w, const struct tls_request *q, struct tls_reply *r)
{
    switch (w->served) {
    case 1:
        say(r, 429, "{\"error\":{\"code\":\"TooManyRequests\",\"message\":\"m\"}}");
        (void)snprintf(r->headers, sizeof r->headers, "Retry-After: 2.5\r\n");
        break;
    case 2:
        say(r, 200, "");
        break;
    case 3:
        r->drop = true;
        break;
    case 4:
        say(r, 200, "{\"value\":[{\"id\"");
        r->announce = 500;
        break;
    default:
        serve_one_page(w, q, r);
        break;
    }
}

static void passing_trouble_is_outlived(void **state)
{
    struct world *w = *state;
    struct watch v = {.w = w};
    struct client_counters n;

    w->serve = serve_in_trouble;
    run_one(w, &v);
    if (v.code != ERR_OK)
        fail_msg("%s", v.message);
    assert_int_equal(w->served, 5);
    n = client_counters(w->client);
    assert_int_equal(n.throttled, 1);
    assert_true(n.throttled_ms >= 2500 && n.throttled_ms <= 2800);
    /* libcurl itself tries again when a kept connection turns out to be dead. */
    assert_true(n.retries == 3 || n.retries == 4);
    assert_true(n.bytes > 0);
}

static void serve_unavailable(struct world *w, const struct tls_request *q, struct tls_reply *r)
{
    (void)w;
    (void)q;
    say(r, 503, "<html>");
}

static void retries_are_bounded(void **state)
{
    struct world *w = *state;
    struct watch v = {.w = w};

    w->serve = serve_unavailable;
    run_one(w, &v);
    assert_int_equal(v.code, ERR_NET);
    assert_int_equal(v.status, 503);
    assert_int_equal(w->served, 6);
    assert_non_null(strstr(v.message, "HTTP 503"));
}

static void serve_loop(struct world *w, const struct tls_request *q, struct tls_reply *r)
{
    r->status = 200;
    (void)snprintf(r->body, sizeof r->body, "{\"value\":[{}],\"@odata.nextLink\":\"%s%.2000s\"}",
                   w->server->url, q->path);
}

static void a_link_to_itself_ends_the_chain(void **state)
{
    struct world *w = *state;
    struct watch v = {.w = w};

    w->serve = serve_loop;
    run_one(w, &v);
    assert_int_equal(v.code, ERR_LIMIT);
    assert_int_equal(w->served, 1);
}

static void an_error_of_the_reader_ends_the_chain(void **state)
{
    struct world *w = *state;
    struct watch v = {.w = w, .on_page_says = ERR_PARSE};

    w->serve = serve_three_pages;
    run_one(w, &v);
    assert_int_equal(v.code, ERR_PARSE);
    assert_non_null(strstr(v.message, "the page was odd"));
    assert_int_equal(v.pages, 1);
}

static void serve_nothing(struct world *w, const struct tls_request *q, struct tls_reply *r)
{
    (void)w;
    (void)q;
    r->hang = true;
}

static void the_deadline_ends_everything(void **state)
{
    struct world *w = *state;
    struct watch v[2] = {{.w = w}, {.w = w}};
    struct chain_spec a = graph_chain(&v[0], "/v1.0/users");
    struct chain_spec b = graph_chain(&v[1], "/v1.0/groups");
    struct client_options o = options(w);
    struct err e = ERR_INIT;
    int64_t began;

    w->serve = serve_nothing;
    o.deadline_ms = fast(NULL) + (int64_t)SPEED * 500;
    open_client(w, &o);
    submit(w, &a);
    submit(w, &b);
    began = clock_mono_ms(clock_system());
    assert_int_equal(client_run(w->client, &e), ERR_DEADLINE);
    assert_true(clock_mono_ms(clock_system()) - began < 5000);
    assert_int_equal(v[0].code, ERR_DEADLINE);
    assert_int_equal(v[1].code, ERR_DEADLINE);
    assert_int_equal(v[0].ends + v[1].ends, 2);
}

static void serve_long_wait(struct world *w, const struct tls_request *q, struct tls_reply *r)
{
    (void)w;
    (void)q;
    say(r, 429, "");
    (void)snprintf(r->headers, sizeof r->headers, "Retry-After: 500\r\n");
}

static void a_wait_past_the_deadline_is_not_begun(void **state)
{
    struct world *w = *state;
    struct watch v = {.w = w};
    struct client_options o = options(w);

    w->serve = serve_long_wait;
    o.deadline_ms = fast(NULL) + (int64_t)400 * 1000;
    open_client(w, &o);
    run_one(w, &v);
    assert_int_equal(v.code, ERR_DEADLINE);
    assert_non_null(strstr(v.message, "HTTP 429"));
}

static void an_unknown_certificate_is_refused(void **state)
{
    struct world *w = *state;
    struct client_options o = options(w);
    struct err e = ERR_INIT;

    o.ca_file = w->stranger->ca_file;
    open_client(w, &o);
    assert_int_equal(client_sign_in(w->client, SERVICE_GRAPH, &e), ERR_TLS);
    assert_non_null(strstr(e.msg, "--ca-file"));
    assert_non_null(strstr(e.msg, "localhost"));
    assert_int_equal(w->tokens, 0);
}

static void a_certificate_of_another_host_is_refused(void **state)
{
    struct world *w = *state;
    char login[64];
    struct err e = ERR_INIT;

    (void)snprintf(login, sizeof login, "https://127.0.0.1:%u", w->server->port);
    w->cloud.login = login;
    open_client(w, NULL);
    assert_int_equal(client_sign_in(w->client, SERVICE_GRAPH, &e), ERR_TLS);
    assert_non_null(strstr(e.msg, "127.0.0.1"));
    assert_int_equal(w->tokens, 0);
}

/* Last: the flag stays up for the rest of the process. */
static void a_signal_ends_everything(void **state)
{
    struct world *w = *state;
    struct watch v = {.w = w};
    struct chain_spec s = graph_chain(&v, "/v1.0/users");
    struct err e = ERR_INIT;

    open_client(w, NULL);
    assert_int_equal(client_sign_in(w->client, SERVICE_GRAPH, &e), ERR_OK);
    submit(w, &s);
    stop_install();
    assert_int_equal(raise(SIGTERM), 0);
    assert_int_equal(client_run(w->client, &e), ERR_INTERRUPTED);
    assert_int_equal(v.code, ERR_INTERRUPTED);
    assert_int_equal(v.ends, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(nothing_ever_reaches_a_stranger),
        CASE(a_redirect_keeps_method_and_body),
        CASE(redirects_do_not_go_on_for_ever),
        CASE(passing_trouble_is_outlived),
        CASE(retries_are_bounded),
        CASE(a_link_to_itself_ends_the_chain),
        CASE(an_error_of_the_reader_ends_the_chain),
        CASE(the_deadline_ends_everything),
        CASE(a_wait_past_the_deadline_is_not_begun),
        CASE(an_unknown_certificate_is_refused),
        CASE(a_certificate_of_another_host_is_refused),
        CASE(a_signal_ends_everything),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
