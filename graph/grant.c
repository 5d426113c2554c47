#include "grant.h"

#include "base/clock.h"
#include "base/fsx.h"
#include "base/jsonx.h"
#include "base/limits.h"
#include "base/mem.h"
#include "credential_internal.h"
#include "grant_step.h"
#include "graph/cloud.h"
#include "oneline.h"
#include "secret_buf.h"
#include "token_reply.h"
#include "transport.h"

#include <stdlib.h>
#include <string.h>

enum {
    BODY_USUAL_BYTES = 8 * 1024,
    BODY_MAX_BYTES = LIMIT_CREDENTIAL_BYTES * 4 /* a secret, percent-encoded, and the rest */
};

/* ---- common ---- */

void grant_field(struct buf *b, const char *name, const char *value)
{
    if (b->n > 0)
        buf_addc(b, '&');
    buf_addf(b, "%s=", name);
    grant_percent(b, value);
}

/* Everything but the unreserved characters of RFC 3986. */
void grant_percent(struct buf *b, const char *value)
{
    for (; *value != '\0'; value++) {
        unsigned char c = (unsigned char)*value;

        if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
            c == '-' || c == '.' || c == '_' || c == '~')
            buf_addc(b, (char)c);
        else
            buf_addf(b, "%%%02X", c);
    }
}

void grant_form(struct grant_request *out)
{
    strlist_add(&out->headers, "Content-Type: application/x-www-form-urlencoded");
    strlist_add(&out->headers, "Accept: application/json");
    out->method = "POST";
    out->target = GUARD_LOGIN;
    out->has_body = true;
    secret_buf_reserve(&out->body, BODY_USUAL_BYTES);
}

void grant_request_release(struct grant_request *r)
{
    free(r->url);
    strlist_release(&r->headers);
    secret_release(&r->bearer);
    secret_buf_release(&r->body);
}

void grant_release(struct grant *g)
{
    secret_release(&g->proof);
    free(g->claims);
    g->claims = NULL;
}

/* ---- federation: the token that is exchanged ---- */

/* Microsoft Entra "Workload identity federation": the audience that it expects, by cloud. */
static const char *exchange_audience(const struct cloud *c)
{
    if (str_eq(c->name, "usgov") || str_eq(c->name, "dod"))
        return "api://AzureADTokenExchangeUSGov";
    if (str_eq(c->name, "china"))
        return "api://AzureADTokenExchangeChina";
    return "api://AzureADTokenExchange";
}

static void ask_github(struct grant *g, struct grant_request *out)
{
    const struct credential *c = g->home->credential;
    struct buf url;

    buf_init(&url, BODY_MAX_BYTES);
    buf_addf(&url, "%s%saudience=", c->url, strchr(c->url, '?') != NULL ? "&" : "?");
    grant_percent(&url, exchange_audience(g->home->cloud));
    out->url = xstrdup(url.p);
    buf_release(&url);
    out->method = "GET";
    out->target = GUARD_FEDERATION;
    strlist_add(&out->headers, "Accept: application/json");
    secret_set(&out->bearer, c->secret.p, c->secret.n);
}

static void ask_pipelines(struct grant *g, struct grant_request *out)
{
    const struct credential *c = g->home->credential;

    out->url = xstrdup(c->url);
    out->method = "POST";
    out->target = GUARD_FEDERATION;
    out->has_body = true;
    strlist_add(&out->headers, "Content-Type: application/json");
    strlist_add(&out->headers, "Accept: application/json");
    strlist_add(&out->headers, "X-TFS-FedAuthRedirect: Suppress");
    secret_set(&out->bearer, c->secret.p, c->secret.n);
}

/* The JWT of the pipeline's own service. */
static enum grant_result take_oidc(struct grant *g, const struct transfer_reply *r, const char *key,
                                   struct token_reply *out, struct err *e)
{
    struct err ignored = ERR_INIT;
    json_t *root = NULL;
    const char *jwt;

    if (r->code != ERR_OK) {
        out->may_retry = r->may_retry;
        err_set(e, r->code == ERR_TLS ? ERR_TLS : ERR_NET, "the %s: %s",
                credential_kind(g->home->credential), r->trouble);
        return GRANT_REFUSED;
    }
    if (r->status == 200)
        (void)jx_parse(r->body, r->body_len, "token", &root, &ignored);
    jwt = jx_text(root, key);
    if (jwt != NULL && *jwt != '\0') {
        secret_release(&g->proof);
        secret_set(&g->proof, jwt, strlen(jwt));
        g->step = GRANT_TOKEN;
    } else {
        out->may_retry = r->status >= 500 || r->status == 429;
        err_set(e, ERR_AUTH, "the %s was not handed out: HTTP %ld%s",
                credential_kind(g->home->credential), r->status,
                r->status == 401 || r->status == 403 ? " (may this job ask for one?)" : "");
    }
    json_decref(root);
    return e->code == ERR_OK ? GRANT_GOES_ON : GRANT_REFUSED;
}

/* Read anew each time: whoever mounts it replaces it before it ends. */
static enum err_code read_federated(struct grant *g, struct err *e)
{
    const char *path = g->home->credential->path;
    struct buf b;

    if (file_read(path, LIMIT_CREDENTIAL_BYTES, &b, e) != ERR_OK)
        e->code = ERR_AUTH;
    while (e->code == ERR_OK && b.n > 0 && (b.p[b.n - 1] == '\n' || b.p[b.n - 1] == '\r'))
        b.n--;
    if (e->code == ERR_OK && b.n == 0)
        err_set(e, ERR_AUTH, "AZURE_FEDERATED_TOKEN_FILE: '%s' is empty", path);
    if (e->code == ERR_OK) {
        secret_release(&g->proof);
        secret_set(&g->proof, b.p, b.n);
    }
    secret_buf_release(&b);
    return e->code;
}

/* ---- the token endpoint ---- */

static enum err_code add_proof(struct grant *g, struct buf *b, struct err *e)
{
    const struct grant_home *h = g->home;
    const struct credential *c = h->credential;
    struct secret jwt = {NULL, 0};
    struct assertion a;

    if (c->mode == CREDENTIAL_SECRET) {
        grant_field(b, "client_secret", c->secret.p);
        return ERR_OK;
    }
    if (c->mode == CREDENTIAL_WORKLOAD_IDENTITY && read_federated(g, e) != ERR_OK)
        return e->code;
    if (c->mode == CREDENTIAL_CERTIFICATE) {
        a = (struct assertion){h->alg,       c->key,       c->cert,
                               h->client_id, h->token_url, clock_real_ms()};
        if (assertion_make(&a, &jwt, e) != ERR_OK)
            return e->code;
    } else {
        secret_set(&jwt, g->proof.p, g->proof.n);
    }
    grant_field(b, "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    grant_field(b, "client_assertion", jwt.p);
    secret_release(&jwt);
    return ERR_OK;
}

static enum err_code ask_token(struct grant *g, struct grant_request *out, struct err *e)
{
    const struct grant_home *h = g->home;
    char *scope = xasprintf("%s/.default", g->resource);

    grant_form(out);
    out->url = xstrdup(h->token_url);
    grant_field(&out->body, "client_id", h->client_id);
    grant_field(&out->body, "scope", scope);
    grant_field(&out->body, "grant_type", "client_credentials");
    if (g->claims != NULL)
        grant_field(&out->body, "claims", g->claims);
    g->alg = h->alg;
    if (add_proof(g, &out->body, e) == ERR_OK && out->body.failed)
        err_set(e, ERR_USAGE, "the client secret is too long");
    free(scope);
    return e->code;
}

/* Older endpoints know RS256 only: try that once, and then for all services. */
static bool try_other_alg(struct grant *g)
{
    if (g->home->credential->mode != CREDENTIAL_CERTIFICATE || g->alg != ASSERTION_PS256)
        return false;
    g->home->alg = ASSERTION_RS256;
    return true;
}

static enum grant_result take_token(struct grant *g, const struct transfer_reply *r,
                                    struct token_reply *out, struct err *e)
{
    if (token_reply_read(r, g->who, out, e) == ERR_OK)
        return GRANT_HAS_TOKEN;
    if (!out->try_other_alg || !try_other_alg(g))
        return GRANT_REFUSED;
    *e = (struct err)ERR_INIT;
    return GRANT_GOES_ON;
}

/* ---- the machine ---- */

static enum grant_step first_step(const struct grant *g)
{
    static const enum grant_step steps[] = {
        [CREDENTIAL_SECRET] = GRANT_TOKEN,
        [CREDENTIAL_CERTIFICATE] = GRANT_TOKEN,
        [CREDENTIAL_WORKLOAD_IDENTITY] = GRANT_TOKEN,
        [CREDENTIAL_GITHUB] = GRANT_GITHUB,
        [CREDENTIAL_AZURE_PIPELINES] = GRANT_AZURE_PIPELINES,
        [CREDENTIAL_APP_SERVICE] = GRANT_APP_SERVICE,
        [CREDENTIAL_ARC] = GRANT_ARC,
        [CREDENTIAL_IMDS] = GRANT_IMDS,
        [CREDENTIAL_DEVICE_CODE] = GRANT_DEVICE_CODE,
    };

    return steps[g->home->credential->mode];
}

enum err_code grant_next(struct grant *g, struct grant_request *out, int64_t *wait_ms,
                         struct err *e)
{
    memset(out, 0, sizeof *out);
    buf_init(&out->body, BODY_MAX_BYTES);
    *wait_ms = 0;
    if (g->step == GRANT_START)
        g->step = first_step(g);
    switch (g->step) {
    case GRANT_GITHUB:
        ask_github(g, out);
        break;
    case GRANT_AZURE_PIPELINES:
        ask_pipelines(g, out);
        break;
    case GRANT_TOKEN:
        return ask_token(g, out, e);
    case GRANT_APP_SERVICE:
    case GRANT_ARC:
    case GRANT_ARC_ANSWER:
    case GRANT_IMDS:
        grant_ask_machine(g, out);
        break;
    case GRANT_DEVICE_CODE:
    case GRANT_DEVICE_POLL:
    case GRANT_REFRESH:
        grant_ask_person(g, out, wait_ms);
        break;
    case GRANT_START:
        break;
    }
    return ERR_OK;
}

enum grant_result grant_answer(struct grant *g, const struct transfer_reply *r,
                               struct token_reply *out, int64_t *wait_ms, struct err *e)
{
    enum grant_result result = GRANT_REFUSED;

    memset(out, 0, sizeof *out);
    *wait_ms = 0;
    switch (g->step) {
    case GRANT_GITHUB:
        result = take_oidc(g, r, "value", out, e);
        break;
    case GRANT_AZURE_PIPELINES:
        result = take_oidc(g, r, "oidcToken", out, e);
        break;
    case GRANT_TOKEN:
        result = take_token(g, r, out, e);
        break;
    case GRANT_APP_SERVICE:
    case GRANT_ARC:
    case GRANT_ARC_ANSWER:
    case GRANT_IMDS:
        result = grant_take_machine(g, r, out, e);
        break;
    case GRANT_DEVICE_CODE:
    case GRANT_DEVICE_POLL:
    case GRANT_REFRESH:
        result = grant_take_person(g, r, out, wait_ms, e);
        break;
    case GRANT_START:
        break;
    }
    if (result != GRANT_GOES_ON) { /* whatever comes next begins anew */
        g->step = GRANT_START;
        secret_release(&g->proof);
    }
    return result;
}
