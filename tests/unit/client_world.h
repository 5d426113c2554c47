/* A world for tests of the client: one server plays login, Graph and Exchange, another is the
 * stranger that nothing may reach. A test sets what the services do, submits chains, runs, looks.
 */
#ifndef TESTS_CLIENT_WORLD_H
#define TESTS_CLIENT_WORLD_H
#include "tls_server.h"

#include "base/attrs.h"
#include "base/clock.h"
#include "base/jsonx.h"
#include "base/stop.h"
#include "base64url.h"
#include "client.h"
#include "credential_internal.h"
#include "graph/cloud.h"
#include "graph/credential.h"

/* One server plays login, Graph and Exchange; another is the stranger that nothing may reach. */
struct world {
    struct tls_server *server, *stranger;
    struct cloud cloud;
    struct credential credential;
    struct client *client;
    unsigned strangers;
    /* what the services do; each case sets what it needs */
    unsigned tokens;    /* issued */
    unsigned good_from; /* tokens below this number are refused with 401 */
    long lifetime_s;
    bool refuses_ps256;
    unsigned refuse_exchange; /* AADSTS number for tokens of Exchange; 0: none */
    void (*serve)(struct world *w, const struct tls_request *q, struct tls_reply *r);
    unsigned served;      /* requests to Graph and Exchange */
    char log[8][4096];    /* the heads of the first ones */
    char bodies[8][1024]; /* and the bodies, token requests too */
    unsigned body_count;
    /* what came of it */
    unsigned notices, progresses;
    char ended[512]; /* names in order of their end */
};

struct watch {
    struct world *w;
    const char *name;
    unsigned ends, pages;
    enum err_code code, on_page_says;
    char message[1024], error_code[128];
    long status;
    uint64_t rows;
    const struct chain_spec *then; /* submitted at the end */
};

enum { SPEED = 50 };

/* Monotonic time runs faster than the real one, so that back-off does not slow the tests. */
static inline int64_t fast(void *ctx)
{
    (void)ctx;
    return clock_mono_ms(clock_system()) * SPEED;
}

static const struct clock_src fast_clock = {fast, fast, NULL};

static inline void say(struct tls_reply *r, int status, const char *body)
{
    r->status = status;
    (void)snprintf(r->body, sizeof r->body, "%s", body);
}

static inline bool is_ps256(const char *body)
{
    const char *jwt = strstr(body, "client_assertion=");
    const char *dot = jwt != NULL ? strchr(jwt, '.') : NULL;
    struct buf b;
    bool is;

    if (dot == NULL)
        return false;
    jwt += strlen("client_assertion=");
    buf_init(&b, 4096);
    is = base64url_decode(&b, jwt, (size_t)(dot - jwt)) && strstr(b.p, "\"PS256\"") != NULL;
    buf_release(&b);
    return is;
}

static inline void serve_token(struct world *w, const struct tls_request *q, struct tls_reply *r)
{
    if (w->refuses_ps256 && is_ps256(q->body)) {
        say(r, 401,
            "{\"error\":\"invalid_client\",\"error_description\":\"AADSTS700027: x\","
            "\"error_codes\":[700027]}");
        return;
    }
    if (w->refuse_exchange != 0 && strstr(q->body, "exchange.test") != NULL) {
        r->status = 400;
        (void)snprintf(r->body, sizeof r->body,
                       "{\"error\":\"invalid_resource\",\"error_codes\":[%u]}", w->refuse_exchange);
        return;
    }
    r->status = 200;
    (void)snprintf(r->body, sizeof r->body,
                   "{\"token_type\":\"Bearer\",\"expires_in\":%ld,\"access_token\":\"token-%u\"}",
                   w->lifetime_s, ++w->tokens);
}

static inline void serve(void *ctx, const struct tls_request *q, struct tls_reply *r)
{
    struct world *w = ctx;
    const char *token = strstr(q->head, "Authorization: Bearer token-");

    if (w->body_count < COUNT_OF(w->bodies))
        (void)snprintf(w->bodies[w->body_count++], sizeof w->bodies[0], "%.1000s", q->body);
    if (strstr(q->path, "/oauth2/v2.0/token") != NULL) {
        serve_token(w, q, r);
        return;
    }
    if (w->served < COUNT_OF(w->log))
        (void)snprintf(w->log[w->served], sizeof w->log[0], "%.4000s", q->head);
    w->served++;
    if (token == NULL ||
        strtoul(token + strlen("Authorization: Bearer token-"), NULL, 10) < w->good_from)
        say(r, 401, "{\"error\":{\"code\":\"InvalidAuthenticationToken\",\"message\":\"m\"}}");
    else
        w->serve(w, q, r);
}

static inline void serve_stranger(void *ctx, const struct tls_request *q, struct tls_reply *r)
{
    struct world *w = ctx;

    (void)q;
    w->strangers++;
    say(r, 200, "{\"value\":[]}");
}

static inline void serve_one_page(struct world *w, const struct tls_request *q, struct tls_reply *r)
{
    (void)w;
    (void)q;
    say(r, 200, "{\"value\":[{\"id\":\"1\"}]}");
}

static inline int open_world(void **state)
{
    struct world *w = calloc(1, sizeof *w);

    assert_non_null(w);
    w->server = tls_server_start(serve, w);
    w->stranger = tls_server_start(serve_stranger, w);
    w->serve = serve_one_page;
    w->lifetime_s = 3600;
    w->cloud.login = w->cloud.graph = w->cloud.exchange = w->server->url;
    secret_set(&w->credential.secret, "s&c=r t", 7);
    *state = w;
    return 0;
}

static inline int close_world(void **state)
{
    struct world *w = *state;

    client_free(w->client);
    tls_server_stop(w->server);
    tls_server_stop(w->stranger);
    secret_release(&w->credential.secret);
    free(w);
    return 0;
}

static inline void on_notice(void *ctx, const char *text)
{
    struct world *w = ctx;

    assert_non_null(strstr(text, "RS256"));
    w->notices++;
}

static inline struct client_options options(struct world *w)
{
    return (struct client_options){.tenant = "contoso.example",
                                   .client_id = "6d0f8a52-4e1b-4c1e-9a37-2b8f5c7d9e10",
                                   .cloud = &w->cloud,
                                   .credential = &w->credential,
                                   .ca_file = w->server->ca_file,
                                   .proxy = "",
                                   .user_agent = "test/1",
                                   .concurrency = 6,
                                   .clock = &fast_clock,
                                   .notice = on_notice,
                                   .notice_ctx = w};
}

static inline void open_client(struct world *w, const struct client_options *o)
{
    struct client_options usual = options(w);
    struct err e = ERR_INIT;

    if (client_new(o != NULL ? o : &usual, &w->client, &e) != ERR_OK)
        fail_msg("%s", e.msg);
}

static inline enum err_code on_page(void *ctx, const json_t *root, const json_t *value,
                                    uint64_t *rows, struct err *e)
{
    struct watch *v = ctx;

    assert_non_null(root);
    v->pages++;
    *rows += value != NULL ? json_array_size(value) : 1;
    return v->on_page_says == ERR_OK ? ERR_OK : err_set(e, v->on_page_says, "the page was odd");
}

static inline void on_end(void *ctx, const struct chain_end *end)
{
    struct watch *v = ctx;
    struct err e = ERR_INIT;
    size_t n = strlen(v->w->ended);

    v->ends++;
    v->code = end->code;
    v->status = end->status;
    v->rows = end->rows;
    (void)snprintf(v->message, sizeof v->message, "%s", end->message);
    (void)snprintf(v->error_code, sizeof v->error_code, "%s", end->error_code);
    (void)snprintf(v->w->ended + n, sizeof v->w->ended - n, "%s ", v->name);
    if (v->then != NULL)
        assert_int_equal(client_submit(v->w->client, v->then, &e), ERR_OK);
}

static inline void on_progress(void *ctx, const struct chain_end *now, const char *state,
                               int64_t wait_ms)
{
    struct watch *v = ctx;

    assert_non_null(now);
    assert_true(strcmp(state, "running") == 0 || wait_ms > 0);
    v->w->progresses++;
}

static inline struct chain_spec graph_chain(struct watch *v, const char *path)
{
    v->name = path;
    return (struct chain_spec){.service = SERVICE_GRAPH,
                               .name = path,
                               .path = path,
                               .on_page = on_page,
                               .on_end = on_end,
                               .on_progress = on_progress,
                               .ctx = v};
}

static inline struct chain_spec exchange_chain(struct watch *v, const char *cmdlet)
{
    v->name = cmdlet;
    return (struct chain_spec){.service = SERVICE_EXCHANGE,
                               .bucket = BUCKET_EXCHANGE,
                               .name = cmdlet,
                               .cmdlet = cmdlet,
                               .parameters = "{\"ResultSize\":\"Unlimited\"}",
                               .select = "Guid,Name",
                               .on_page = on_page,
                               .on_end = on_end,
                               .ctx = v};
}

static inline void submit(struct world *w, const struct chain_spec *s)
{
    struct err e = ERR_INIT;

    if (client_submit(w->client, s, &e) != ERR_OK)
        fail_msg("%s", e.msg);
}

/* One Graph chain from beginning to end. */
static inline void run_one(struct world *w, struct watch *v)
{
    struct chain_spec s;
    struct err e = ERR_INIT;

    v->w = w;
    s = graph_chain(v, "/v1.0/users?$top=999");
    if (w->client == NULL)
        open_client(w, NULL);
    submit(w, &s);
    if (client_run(w->client, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    assert_int_equal(v->ends, 1);
}

static inline void serve_three_pages(struct world *w, const struct tls_request *q,
                                     struct tls_reply *r)
{
    const char *at = strstr(q->path, "page=");
    unsigned page = at != NULL ? (unsigned)strtoul(at + 5, NULL, 10) : 1;

    if (page >= 3) {
        say(r, 200, "{\"value\":[{\"id\":\"5\"}]}");
        return;
    }
    r->status = 200;
    (void)snprintf(
        r->body, sizeof r->body,
        "{\"value\":[{\"id\":\"%u\"},{\"id\":\"%u\"}],\"@odata.nextLink\":\"%s%.200s%cpage="
        "%u\"}",
        2 * page - 1, 2 * page, w->server->url,
        strncmp(q->path, "/v1.0", 5) == 0 ? "/v1.0/users" : "/adminapi/beta/x/InvokeCommand", '?',
        page + 1);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, open_world, close_world)

#endif
