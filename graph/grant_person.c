/* Device code: a person signs in, in a browser somewhere else (RFC 8628). The refresh token that
 * comes with the first token gets the others, and the next run's when it may be kept. */
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

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    LEAST_POLL_S = 1,
    USUAL_POLL_S = 5,
    MOST_POLL_S = 60,
    SLOWER_S = 5, /* what slow_down asks for: RFC 8628 section 3.5 */
    USUAL_LIFE_S = 15 * 60,
    MOST_LIFE_S = 60 * 60,
    OTHERS_WAIT_MS = 500,
    NOTICE_BYTES = 600
};

/* ---- the cache ---- */

static enum err_code read_cache(struct grant_home *h, const char *path, struct err *e)
{
    struct buf b;
    enum err_code code = ERR_OK;

    if (access(path, F_OK) != 0)
        return ERR_OK; /* signed out, or the first time */
    code = file_check_private(path, e);
    if (code != ERR_OK)
        return code;
    if (file_read(path, LIMIT_CREDENTIAL_BYTES, &b, e) != ERR_OK)
        code = e->code = ERR_USAGE;
    else if (b.n > 0)
        secret_set(&h->refresh, b.p, b.n);
    secret_buf_release(&b);
    return code;
}

/* A cache that cannot be written costs a sign-in next time, not this run. */
static void write_cache(const struct grant_home *h)
{
    const char *path = h->credential->path;
    struct err e = ERR_INIT;
    struct outfile f;
    char text[NOTICE_BYTES];

    if (path == NULL)
        return;
    if (outfile_open(&f, path, 0600, &e) == ERR_OK) {
        if (fwrite(h->refresh.p, 1, h->refresh.n, f.f) == h->refresh.n)
            outfile_commit(&f, &e);
        else
            err_set(&e, ERR_IO, "cannot write '%s': %s", path, strerror(errno));
        outfile_abort(&f);
    }
    if (e.code != ERR_OK && h->notice != NULL) {
        (void)snprintf(text, sizeof text, "the sign-in is not kept for the next run: %.400s",
                       e.msg);
        h->notice(h->notice_ctx, text);
    }
}

enum err_code grant_home_open(struct grant_home *h, const char *tenant, const char *client_id,
                              struct err *e)
{
    h->tenant = xstrdup(tenant);
    h->client_id = client_id != NULL ? xstrdup(client_id) : NULL;
    h->token_url = xasprintf("%s/%s/oauth2/v2.0/token", h->cloud->login, tenant);
    h->alg = ASSERTION_PS256;
    if (h->credential->mode == CREDENTIAL_DEVICE_CODE && h->credential->path != NULL)
        return read_cache(h, h->credential->path, e);
    return ERR_OK;
}

void grant_home_close(struct grant_home *h)
{
    free(h->tenant);
    free(h->client_id);
    free(h->token_url);
    secret_release(&h->refresh);
}

/* ---- asking ---- */

static void add_scope(const struct grant *g, struct buf *b)
{
    char *scope = xasprintf("%s/.default offline_access openid", g->resource);

    grant_field(b, "scope", scope);
    free(scope);
}

void grant_ask_person(struct grant *g, struct grant_request *out, int64_t *wait_ms)
{
    struct grant_home *h = g->home;

    if (g->step == GRANT_DEVICE_CODE && h->refresh.p != NULL)
        g->step = GRANT_REFRESH;
    if (g->step == GRANT_DEVICE_CODE && h->asking != NULL && h->asking != g) {
        *wait_ms = OTHERS_WAIT_MS; /* one question to the person is enough */
        return;
    }
    grant_form(out);
    grant_field(&out->body, "client_id", h->client_id);
    if (g->step == GRANT_REFRESH) {
        out->url = xstrdup(h->token_url);
        grant_field(&out->body, "grant_type", "refresh_token");
        grant_field(&out->body, "refresh_token", h->refresh.p);
        if (g->claims != NULL)
            grant_field(&out->body, "claims", g->claims);
        add_scope(g, &out->body);
    } else if (g->step == GRANT_DEVICE_POLL) {
        out->url = xstrdup(h->token_url);
        grant_field(&out->body, "grant_type", "urn:ietf:params:oauth:grant-type:device_code");
        grant_field(&out->body, "device_code", g->proof.p);
    } else {
        h->asking = g;
        out->url = xasprintf("%s/%s/oauth2/v2.0/devicecode", h->cloud->login, h->tenant);
        add_scope(g, &out->body);
    }
}

/* ---- answers ---- */

/* A number that may come as a text. */
static int64_t number(const json_t *root, const char *key, int64_t usual, int64_t least,
                      int64_t most)
{
    int64_t n;

    if (jx_int(root, key, &n) != JX_OK && !str_int(jx_text(root, key), 0, most, &n))
        n = usual;
    return n < least ? least : n > most ? most : n;
}

static void show(const struct grant_home *h, const json_t *root)
{
    const char *url = jx_text(root, "verification_uri");
    const char *code = jx_text(root, "user_code");
    struct buf b;

    buf_init(&b, NOTICE_BYTES);
    buf_adds(&b, "to sign in, open ");
    oneline_add(&b, url != NULL ? url : "", url != NULL ? strlen(url) : 0, 200);
    buf_adds(&b, " in a browser and enter the code ");
    oneline_add(&b, code, strlen(code), 40);
    if (h->notice != NULL)
        h->notice(h->notice_ctx, b.p);
    buf_release(&b);
}

static enum grant_result take_code(struct grant *g, const struct transfer_reply *r,
                                   struct token_reply *out, int64_t *wait_ms, struct err *e)
{
    struct err ignored = ERR_INIT;
    json_t *root = NULL;
    const char *device;

    if (r->code != ERR_OK || r->status != 200) {
        (void)token_reply_read(r, g->who, out, e); /* says why */
        if (e->code == ERR_OK)
            err_set(e, ERR_AUTH, "sign-in for %s: no device code", g->who);
        return GRANT_REFUSED;
    }
    (void)jx_parse(r->body, r->body_len, "device code", &root, &ignored);
    device = jx_text(root, "device_code");
    if (device == NULL || jx_text(root, "user_code") == NULL) {
        err_set(e, ERR_AUTH, "sign-in for %s: the reply holds no device code", g->who);
    } else {
        secret_release(&g->proof);
        secret_set(&g->proof, device, strlen(device));
        g->poll_ms = number(root, "interval", USUAL_POLL_S, LEAST_POLL_S, MOST_POLL_S) * 1000;
        g->home->device_expires_ms =
            clock_real_ms() + number(root, "expires_in", USUAL_LIFE_S, 1, MOST_LIFE_S) * 1000;
        g->step = GRANT_DEVICE_POLL;
        *wait_ms = g->poll_ms;
        show(g->home, root);
    }
    json_decref(root);
    return e->code == ERR_OK ? GRANT_GOES_ON : GRANT_REFUSED;
}

/* The service's own word for what a refusal is; "" when there is none. Lives as long as *root. */
static const char *refusal(const struct transfer_reply *r, json_t **root)
{
    struct err ignored = ERR_INIT;
    const char *word;

    *root = NULL;
    if (r->code == ERR_OK && r->status >= 400)
        (void)jx_parse(r->body, r->body_len, "reply", root, &ignored);
    word = jx_text(*root, "error");
    return word != NULL ? word : "";
}

static void keep_refresh(struct grant *g, const struct transfer_reply *r)
{
    struct err ignored = ERR_INIT;
    json_t *root = NULL;
    const char *text;

    if (r->code == ERR_OK && r->status == 200)
        (void)jx_parse(r->body, r->body_len, "reply", &root, &ignored);
    text = jx_text(root, "refresh_token");
    if (text != NULL && *text != '\0') {
        secret_release(&g->home->refresh);
        secret_set(&g->home->refresh, text, strlen(text));
        write_cache(g->home);
    }
    json_decref(root);
}

static enum grant_result take_poll(struct grant *g, const struct transfer_reply *r,
                                   struct token_reply *out, int64_t *wait_ms, struct err *e)
{
    json_t *root;
    const char *word = refusal(r, &root);
    bool pending = str_eq(word, "authorization_pending");
    enum grant_result result = GRANT_REFUSED;

    if (str_eq(word, "slow_down")) {
        g->poll_ms += (int64_t)SLOWER_S * 1000;
        pending = true;
    }
    if (r->code != ERR_OK && r->may_retry)
        pending = true; /* a hiccup while a person types is no reason to start over */
    if (pending && clock_real_ms() < g->home->device_expires_ms) {
        *wait_ms = g->poll_ms;
        result = GRANT_GOES_ON;
    } else if (pending || str_eq(word, "expired_token")) {
        err_set(e, ERR_AUTH, "sign-in for %s: nobody entered the code in time", g->who);
    } else if (str_eq(word, "authorization_declined")) {
        err_set(e, ERR_AUTH, "sign-in for %s: the person said no", g->who);
    } else if (token_reply_read(r, g->who, out, e) == ERR_OK) {
        keep_refresh(g, r);
        result = GRANT_HAS_TOKEN;
    }
    out->may_retry = false; /* never ask a person twice by ourselves */
    json_decref(root);
    return result;
}

/* A refresh token that is not good any more is forgotten, and the person asked. */
static enum grant_result take_refreshed(struct grant *g, const struct transfer_reply *r,
                                        struct token_reply *out, struct err *e)
{
    json_t *root;
    const char *word = refusal(r, &root);
    bool gone = str_eq(word, "invalid_grant") || str_eq(word, "interaction_required");

    json_decref(root);
    if (gone) {
        secret_release(&g->home->refresh);
        if (g->home->credential->path != NULL)
            (void)unlink(g->home->credential->path);
        g->step = GRANT_DEVICE_CODE;
        return GRANT_GOES_ON;
    }
    if (token_reply_read(r, g->who, out, e) != ERR_OK)
        return GRANT_REFUSED;
    keep_refresh(g, r);
    return GRANT_HAS_TOKEN;
}

enum grant_result grant_take_person(struct grant *g, const struct transfer_reply *r,
                                    struct token_reply *out, int64_t *wait_ms, struct err *e)
{
    enum grant_result result;

    if (g->step == GRANT_REFRESH)
        result = take_refreshed(g, r, out, e);
    else if (g->step == GRANT_DEVICE_POLL)
        result = take_poll(g, r, out, wait_ms, e);
    else
        result = take_code(g, r, out, wait_ms, e);
    if (result != GRANT_GOES_ON && g->home->asking == g)
        g->home->asking = NULL;
    return result;
}
