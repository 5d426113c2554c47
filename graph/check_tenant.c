/* check_tenant.c - the tenant's side of `doctor`: clock, tokens, cmdlets, licences. */
#include "aadsts.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/jsonx.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/stop.h"
#include "base/strs.h"
#include "base/timex.h"
#include "client.h"
#include "collector.h"
#include "graph/check.h"
#include "graph/cloud.h"
#include "model/store.h"
#include "oneline.h"
#include "transport.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { STEP_MS = 250, STALL_S = 20, DISCOVERY_BYTES = 64 * 1024, HTTP_OK = 200 };

struct tenant_check {
    struct tenant_check_options o;
    char *agent;
    struct client *clients[2]; /* one a service: each question has its own time */
};

enum err_code tenant_check_new(const struct tenant_check_options *o, struct tenant_check **out,
                               struct err *e)
{
    struct tenant_check *t = xcalloc(1, sizeof *t);

    (void)e;
    t->o = *o;
    t->agent = xasprintf("graphaudit/%s", o->tool_version);
    *out = t;
    return ERR_OK;
}

void tenant_check_free(struct tenant_check *t)
{
    if (t == NULL)
        return;
    client_free(t->clients[CHECK_GRAPH]);
    client_free(t->clients[CHECK_EXCHANGE]);
    free(t->agent);
    free(t);
}

/* ---- the sign-in service's public description of the tenant ---- */

struct discovery {
    bool is_over, has_date;
    int64_t date_ms;
    struct err why;
};

static void judge_discovery(struct discovery *d, const struct transfer_reply *r)
{
    struct err ignored = ERR_INIT;
    json_t *root = NULL;
    const char *text = NULL;
    struct buf line;

    if (r->code != ERR_OK) {
        err_set(&d->why, r->code, "%s", r->trouble);
        return;
    }
    if (jx_parse(r->body, r->body_len, "reply", &root, &ignored) == ERR_OK)
        text = jx_text(root, "error_description");
    if (text != NULL) {
        const struct aadsts *known = aadsts_find(aadsts_in_text(text));

        buf_init(&line, LIMIT_TOKEN_REPLY_BYTES);
        oneline_add(&line, text, strlen(text), LIMIT_ERROR_TEXT);
        err_set(&d->why, ERR_AUTH, "%s%s%s", line.p, known != NULL ? ": " : "",
                known != NULL && known->advice != NULL ? known->advice : "");
        buf_release(&line);
    } else if (r->status != 200 || jx_text(root, "token_endpoint") == NULL) {
        err_set(&d->why, ERR_NET, "the sign-in service answered HTTP %ld, not as documented",
                r->status);
    }
    json_decref(root);
}

static void on_discovery(void *ctx, const struct transfer_reply *r)
{
    struct discovery *d = ctx;

    d->is_over = true;
    d->has_date = r->date != NULL && http_date_parse(r->date, &d->date_ms);
    judge_discovery(d, r);
}

static void wait_for(struct tenant_check *t, struct transport *tr, struct discovery *d,
                     int64_t until_ms, struct err *e)
{
    while (!d->is_over && e->code == ERR_OK) {
        if (stop_requested())
            err_set(e, ERR_INTERRUPTED, "interrupted");
        else if (clock_mono_ms(t->o.clock) >= until_ms)
            err_set(e, ERR_NET, "no answer in time");
        else
            (void)transport_step(tr, STEP_MS, e);
    }
}

enum err_code tenant_check_discover(struct tenant_check *t, bool *has_date, int64_t *ahead_ms,
                                    struct err *e)
{
    struct transport_options to = {.ca_file = t->o.ca_file,
                                   .proxy = t->o.proxy,
                                   .user_agent = t->agent,
                                   .concurrency = 1,
                                   .trace = t->o.trace};
    char *url =
        xasprintf("%s/%s/v2.0/.well-known/openid-configuration", t->o.cloud->login, t->o.tenant);
    struct discovery d = {.why = ERR_INIT};
    struct transfer_spec spec = {.target = GUARD_LOGIN,
                                 .method = "GET",
                                 .url = url,
                                 .max_reply_bytes = DISCOVERY_BYTES,
                                 .stall_s = STALL_S,
                                 .done = on_discovery,
                                 .ctx = &d};
    struct transport *tr = NULL;
    struct transfer *x = NULL;
    int64_t sent_ms = clock_real_ms();

    *has_date = false;
    if (transport_new(&to, &tr, e) == ERR_OK && transport_start(tr, &spec, &x, e) == ERR_OK)
        wait_for(t, tr, &d, clock_mono_ms(t->o.clock) + t->o.timeout_ms, e);
    /* The date has whole seconds and was written between the two times. */
    *has_date = d.has_date;
    *ahead_ms = d.has_date ? d.date_ms + 500 - (sent_ms + (clock_real_ms() - sent_ms) / 2) : 0;
    transport_free(tr);
    free(url);
    return e->code != ERR_OK
               ? e->code
               : (d.why.code != ERR_OK ? err_set(e, d.why.code, "%s", d.why.msg) : ERR_OK);
}

/* ---- tokens ---- */

static enum err_code open_client(struct tenant_check *t, enum check_service s, struct err *e)
{
    struct client_options co = {
        .tenant = t->o.tenant,
        .client_id = t->o.client_id,
        .cloud = t->o.cloud,
        .credential = t->o.credential,
        .ca_file = t->o.ca_file,
        .proxy = t->o.proxy,
        .user_agent = t->agent,
        .concurrency = 8,
        .deadline_ms = clock_mono_ms(t->o.clock) + t->o.timeout_ms,
        .clock = t->o.clock,
        .trace = t->o.trace,
    };

    client_free(t->clients[s]);
    t->clients[s] = NULL;
    return client_new(&co, &t->clients[s], e);
}

static enum service service_of(enum check_service s)
{
    return s == CHECK_GRAPH ? SERVICE_GRAPH : SERVICE_EXCHANGE;
}

enum err_code tenant_check_sign_in(struct tenant_check *t, enum check_service s, struct err *e)
{
    if (open_client(t, s, e) == ERR_OK)
        (void)client_sign_in(t->clients[s], service_of(s), e);
    return e->code;
}

const json_t *tenant_check_roles(const struct tenant_check *t, enum check_service s)
{
    return t->clients[s] != NULL ? client_roles(t->clients[s], service_of(s)) : NULL;
}

const json_t *tenant_check_wids(const struct tenant_check *t, enum check_service s)
{
    return t->clients[s] != NULL ? client_wids(t->clients[s], service_of(s)) : NULL;
}

/* ---- cmdlets ---- */

struct ask {
    struct cmdlet_check *check;
    bool is_answered;
};

/* One page is enough: an error ends the chain, and is forgiven below. */
static enum err_code on_page(void *ctx, const json_t *root, const json_t *value, uint64_t *rows,
                             struct err *e)
{
    struct ask *a = ctx;

    (void)value;
    *rows += 1;
    a->is_answered = true;
    return json_object_get(root, "@odata.nextLink") != NULL
               ? err_set(e, ERR_LIMIT, "one page is enough")
               : ERR_OK;
}

/* The service knows the cmdlet, but not this parameter: the organization has no such accounts. */
static bool lacks_feature(const struct chain_end *end)
{
    return end->code != ERR_DENIED && str_icontains(end->message, "parameter cannot be found");
}

static void on_end(void *ctx, const struct chain_end *end)
{
    struct ask *a = ctx;

    /* One row was asked for: that the service says it left rows out is an answer. */
    bool is_cut = end->code == ERR_LIMIT && end->status == HTTP_OK;

    if (!a->is_answered && !is_cut && end->code != ERR_OK && !lacks_feature(end))
        err_set(&a->check->result, end->code, "%s", end->message);
}

/* The collector's parameters, with a result size of one where it has one. */
static char *parameters_of(const struct collector *c)
{
    json_t *p = json_loads(c->parameters, 0, NULL);
    char *text;

    if (json_object_get(p, "ResultSize") != NULL)
        (void)json_object_set_new(p, "ResultSize", json_integer(1));
    text = p != NULL ? json_dumps(p, JSON_COMPACT) : NULL;
    json_decref(p);
    return text;
}

static void submit(struct client *client, struct ask *a)
{
    size_t at = collector_find(a->check->resource);
    const struct collector *c = at != SIZE_MAX ? collector_row(at) : NULL;
    struct chain_spec spec = {.service = SERVICE_EXCHANGE,
                              .bucket = BUCKET_EXCHANGE,
                              .name = a->check->resource,
                              .on_page = on_page,
                              .on_end = on_end,
                              .ctx = a};
    char *parameters;

    if (c == NULL || c->cmdlet == NULL) {
        err_set(&a->check->result, ERR_BUG, "no cmdlet reads %s", a->check->resource);
        return;
    }
    parameters = parameters_of(c);
    spec.cmdlet = c->cmdlet;
    spec.parameters = parameters;
    spec.select = c->select;
    (void)client_submit(client, &spec, &a->check->result);
    free(parameters);
}

void tenant_check_cmdlets(struct tenant_check *t, struct cmdlet_check *v, size_t n)
{
    struct ask *asks = xcalloc(n > 0 ? n : 1, sizeof *asks);
    struct err e = ERR_INIT;

    /* A client of its own: the time begins now. */
    if (tenant_check_sign_in(t, CHECK_EXCHANGE, &e) == ERR_OK) {
        for (size_t i = 0; i < n; i++) {
            asks[i].check = &v[i];
            submit(t->clients[CHECK_EXCHANGE], &asks[i]);
        }
        (void)client_run(t->clients[CHECK_EXCHANGE], &e); /* every chain has its own end */
    } else {
        for (size_t i = 0; i < n; i++)
            err_set(&v[i].result, e.code, "%s", e.msg);
    }
    free(asks);
}

/* ---- licences ---- */

enum err_code tenant_check_licences(struct tenant_check *t, bool *has_p1, bool *has_p2,
                                    struct err *e)
{
    static const char *const only[] = {"subscribed-skus"};
    struct collect_options o = {
        .tenant = t->o.tenant,
        .client_id = t->o.client_id,
        .cloud = t->o.cloud,
        .credential = t->o.credential,
        .ca_file = t->o.ca_file,
        .proxy = t->o.proxy,
        .tool_version = t->o.tool_version,
        .concurrency = 1,
        .deadline_ms = t->o.timeout_ms,
        .clock = t->o.clock,
        .trace = t->o.trace,
        .only = only,
        .only_count = COUNT_OF(only),
    };
    struct store *s = NULL;
    int64_t p1 = 0;
    int64_t p2 = 0;

    if (store_create(":memory:", &s, e) == ERR_OK && graph_collect(&o, s, NULL, e) == ERR_OK &&
        store_int(s, sku_owns_p1, &p1, e) == ERR_OK)
        (void)store_int(s, sku_owns_p2, &p2, e);
    *has_p1 = p1 != 0;
    *has_p2 = p2 != 0;
    store_close(s);
    return e->code;
}
