#include "server.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <microhttpd.h>

#include "ca.h"
#include "exchange.h"
#include "faults.h"
#include "graph.h"
#include "http.h"
#include "kept.h"
#include "login.h"
#include "odata.h"
#include "reqlog.h"
#include "timetext.h"

enum {
    BODY_MAX = 4 << 20,    /* bytes of request body; Graph's own limit is 4 MB */
    IDLE_SECONDS = 60,     /* an idle connection is closed after this */
    CONNECTION_LIMIT = 256 /* a listener */
};

const char *const service_names[SVC_COUNT] = {
    [SVC_LOGIN] = "login",       [SVC_GRAPH] = "graph", [SVC_EXCHANGE] = "exchange",
    [SVC_STRANGER] = "stranger", [SVC_DNS] = "dns",     [SVC_SMTP] = "smtp",
    [SVC_PROXY] = "proxy",
};

struct listener {
    struct sim *sim;
    enum service service;
    char *bad_chain; /* when a fault wants another certificate */
    struct MHD_Daemon *daemon;
};

struct server {
    struct listener listeners[SVC_DNS];
    struct listener machine; /* managed identities: http, as on the machine itself */
};

/* Lives from the first byte of the request line to the end of the reply. */
struct call {
    char *uri;
    struct buf body;
    bool too_long, started;
};

static void stranger_handle(struct request *r, struct reply *p)
{
    if (request_header(r, "Authorization") != NULL)
        request_invalid(r, "a bearer token was sent to a host that is none of ours");
    p->status = 200;
    p->json = json_pack("{s:[]}", "value");
}

static void dispatch(struct request *r, struct reply *p)
{
    switch (r->service) {
    case SVC_LOGIN:
        login_handle(r, p);
        break;
    case SVC_GRAPH:
        graph_handle(r, p);
        break;
    case SVC_EXCHANGE:
        exchange_handle(r, p);
        break;
    case SVC_STRANGER:
        stranger_handle(r, p);
        break;
    case SVC_DNS:
    case SVC_SMTP:
    case SVC_PROXY:
    case SVC_COUNT:
        break;
    }
}

static void delay(struct sim *s)
{
    long ms = s->opt.latency_ms;
    unsigned long draw = 0;

    if (s->opt.jitter_ms > 0) {
        random_bytes(&draw, sizeof draw);
        ms += (long)(draw % (unsigned long)(s->opt.jitter_ms + 1));
    }
    if (ms > 0)
        sim_sleep_ms(s, ms);
}

void server_answer(struct request *r, struct reply *p)
{
    struct sim *s = r->sim;
    const struct fault *f;
    double began = clock_now_fine();

    r->concurrent = atomic_fetch_add(&s->in_flight[r->service], 1) + 1;
    delay(s);
    if (r->service == SVC_EXCHANGE)
        exchange_peek(r);
    r->page = odata_peek_page(r);
    p->kept = kept_find(r);
    f = fault_pick(s, r->service, r->target, r->cmdlet, r->page);
    if (p->kept != NULL)
        p->status = 200;
    else if (f == NULL || !fault_before(f, r, p))
        dispatch(r, p);
    if (f != NULL && p->mode == REPLY_NORMAL)
        fault_after(f, r, p);
    atomic_fetch_sub(&s->in_flight[r->service], 1);
    reqlog_request(s->log, r, p->mode == REPLY_RESET ? 0 : p->status,
                   (clock_now_fine() - began) * 1000, f != NULL ? f->spec : NULL);
}

static void set_ids(struct request *r)
{
    const char *theirs = request_header(r, "client-request-id");

    uuid_random(r->request_id);
    snprintf(r->client_request_id, sizeof r->client_request_id, "%s",
             theirs != NULL ? theirs : r->request_id);
}

static enum MHD_Result answer_call(struct listener *l, struct MHD_Connection *conn,
                                   const char *method, struct call *c)
{
    struct request r = {.sim = l->sim, .service = l->service, .conn = conn, .method = method};
    struct reply p = {0};
    enum MHD_Result result;

    request_set_target(&r, c->uri);
    r.body = c->body.data != NULL ? c->body.data : "";
    r.body_len = c->body.len;
    set_ids(&r);
    if (c->too_long)
        reply_error(&p, &r, 413, "Request_EntityTooLarge", "Request entity too large.");
    else
        server_answer(&r, &p);
    result = (enum MHD_Result)reply_send(&r, &p);
    reply_clear(&p);
    request_clear(&r);
    return result;
}

/* The signature is libmicrohttpd's. NOLINTNEXTLINE(readability-function-size) */
static enum MHD_Result on_request(void *cls, struct MHD_Connection *conn, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *size, void **con_cls)
{
    struct call *c = *con_cls;

    (void)url; /* already decoded: call->uri has what was sent */
    (void)version;
    if (c == NULL)
        return MHD_NO;
    if (!c->started) {
        c->started = true;
        return MHD_YES;
    }
    if (*size > 0) {
        if (c->body.len + *size > BODY_MAX)
            c->too_long = true;
        else
            buf_add(&c->body, data, *size);
        *size = 0;
        return MHD_YES;
    }
    return answer_call(cls, conn, method, c);
}

static void *on_uri(void *cls, const char *uri, struct MHD_Connection *conn)
{
    struct call *c = xcalloc(1, sizeof *c);

    (void)cls;
    (void)conn;
    c->uri = xstrdup(uri);
    return c;
}

static void on_done(void *cls, struct MHD_Connection *conn, void **con_cls,
                    enum MHD_RequestTerminationCode why)
{
    struct call *c = *con_cls;

    (void)cls;
    (void)conn;
    (void)why;
    if (c == NULL)
        return;
    free(c->uri);
    buf_free(&c->body);
    free(c);
    *con_cls = NULL;
}

/* GnuTLS grumbles when a client hangs up in the middle, which tests do all the time. */
static void on_log(void *cls, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);
static void on_log(void *cls, const char *fmt, va_list ap)
{
    (void)cls;
    (void)fmt;
    (void)ap;
}

/* The worldwide cloud's names; SVC_STRANGER has none. */
static const char *const public_urls[SVC_DNS] = {
    [SVC_LOGIN] = "https://login.microsoftonline.com",
    [SVC_GRAPH] = "https://graph.microsoft.com",
    [SVC_EXCHANGE] = "https://outlook.office365.com",
};

static enum MHD_Result on_accept(void *cls, const struct sockaddr *from, socklen_t n)
{
    struct listener *l = cls;

    (void)from;
    (void)n;
    if (fault_pick_accept(l->sim, l->service) == NULL)
        return MHD_YES;
    reqlog_cut(l->sim->log, service_names[l->service], "tls-cut");
    return MHD_NO; /* closes it before the handshake */
}

static char *chain_of(struct listener *l, struct sim *s)
{
    const struct fault *f = fault_pick_listener(s, l->service);

    if (f == NULL)
        return s->keys->server_chain;
    reqlog_cut(s->log, service_names[l->service], fault_name(f));
    l->bad_chain = keys_bad_chain(s->keys, fault_arg(f));
    return l->bad_chain;
}

static void listen_on(struct listener *l, struct sim *s, enum service service)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const union MHD_DaemonInfo *info;

    l->sim = s;
    l->service = service;
    l->daemon = MHD_start_daemon(
        MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_TLS |
            MHD_USE_SUPPRESS_DATE_NO_CLOCK | MHD_USE_ERROR_LOG,
        0, on_accept, l, on_request, l, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
        MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&at, MHD_OPTION_HTTPS_MEM_KEY, s->keys->server_key,
        MHD_OPTION_HTTPS_MEM_CERT, chain_of(l, s), MHD_OPTION_URI_LOG_CALLBACK, on_uri, NULL,
        MHD_OPTION_NOTIFY_COMPLETED, on_done, NULL, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)IDLE_SECONDS, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTION_LIMIT,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)256 * 1024, MHD_OPTION_END);
    if (l->daemon == NULL)
        die("cannot listen for %s", service_names[service]);
    info = MHD_get_daemon_info(l->daemon, MHD_DAEMON_INFO_BIND_PORT);
    if (info == NULL)
        die("no port for %s", service_names[service]);
    s->ports[service] = info->port;
    if (s->opt.public_names && public_urls[service] != NULL)
        snprintf(s->urls[service], sizeof s->urls[service], "%s", public_urls[service]);
    else
        snprintf(s->urls[service], sizeof s->urls[service], "https://localhost:%u",
                 (unsigned)info->port);
}

/* Plain http, and answered by the login service. */
static void listen_machine(struct listener *l, struct sim *s)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const union MHD_DaemonInfo *info;

    l->sim = s;
    l->service = SVC_LOGIN;
    l->daemon = MHD_start_daemon(
        MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_ERROR_LOG, 0,
        NULL, NULL, on_request, l, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL, MHD_OPTION_SOCK_ADDR,
        (struct sockaddr *)&at, MHD_OPTION_URI_LOG_CALLBACK, on_uri, NULL,
        MHD_OPTION_NOTIFY_COMPLETED, on_done, NULL, MHD_OPTION_END);
    info = l->daemon != NULL ? MHD_get_daemon_info(l->daemon, MHD_DAEMON_INFO_BIND_PORT) : NULL;
    if (info == NULL)
        die("cannot listen for managed identities");
    s->machine_port = info->port;
}

struct server *server_start(struct sim *s)
{
    struct server *srv = xcalloc(1, sizeof *srv);

    for (int i = 0; i < SVC_DNS; i++)
        listen_on(&srv->listeners[i], s, (enum service)i);
    listen_machine(&srv->machine, s);
    return srv;
}

void server_stop(struct server *srv)
{
    if (srv == NULL)
        return;
    for (int i = 0; i < SVC_DNS; i++) {
        MHD_stop_daemon(srv->listeners[i].daemon);
        free(srv->listeners[i].bad_chain);
    }
    MHD_stop_daemon(srv->machine.daemon);
    free(srv);
}
