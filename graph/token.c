#include "token.h"

#include "assertion.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "credential_internal.h"
#include "graph/cloud.h"
#include "retry.h"
#include "secret_buf.h"
#include "token_reply.h"
#include "transport.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    RENEW_BEFORE_MS = 5 * 60 * 1000,
    STALL_S = 30,
    UNREACHABLE_ATTEMPTS = 4,
    BODY_USUAL_BYTES = 8 * 1024,
    BODY_MAX_BYTES = LIMIT_CREDENTIAL_BYTES * 4 /* a secret, percent-encoded, and the rest */
};

enum state { STATE_NONE, STATE_PENDING, STATE_BACKING_OFF, STATE_VALID, STATE_FAILED };

struct token {
    struct tokens *owner;
    const char *who;      /* for messages */
    const char *resource; /* borrowed from the cloud */
    enum state state;
    struct secret bearer; /* may outlive a renewal that is under way */
    json_t *claims;
    unsigned generation;
    bool refused;
    int64_t renew_at_ms, ends_at_ms; /* monotonic */
    unsigned failed;                 /* tries in a row */
    enum assertion_alg alg;          /* of the request under way */
    int64_t not_before_ms;
    struct err failure;
    struct transfer *transfer;
};

struct tokens {
    struct tokens_options o; /* strings below are owned */
    char *client_id, *url;
    enum assertion_alg alg;
    bool noticed_alg;
    uint64_t requests;
    struct token v[SERVICE_COUNT];
};

static bool is_tenant(const char *s)
{
    size_t n;

    if (s == NULL)
        return false;
    n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-");
    return n > 0 && n < 256 && s[n] == '\0' &&
           strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                  "abcdefghijklmnopqrstuvwxyz0123456789",
                  s[0]) != NULL;
}

enum err_code tokens_new(const struct tokens_options *o, struct tokens **out, struct err *e)
{
    struct tokens *t;

    if (!is_tenant(o->tenant))
        return err_set(e, ERR_USAGE, "--tenant must be a tenant id or a domain name");
    if (str_ieq(o->tenant, "common") || str_ieq(o->tenant, "organizations") ||
        str_ieq(o->tenant, "consumers"))
        return err_set(e, ERR_USAGE, "--tenant must name one tenant, not '%s'", o->tenant);
    if (!str_is_guid(o->client_id))
        return err_set(e, ERR_USAGE,
                       "--client-id must be the Application (client) ID of the app registration, "
                       "a GUID");
    t = xcalloc(1, sizeof *t);
    t->o = *o;
    t->client_id = xstrdup(o->client_id);
    t->url = xasprintf("%s/%s/oauth2/v2.0/token", o->cloud->login, o->tenant);
    t->alg = ASSERTION_PS256;
    t->v[SERVICE_GRAPH].who = "Microsoft Graph";
    t->v[SERVICE_GRAPH].resource = o->cloud->graph;
    t->v[SERVICE_EXCHANGE].who = "Exchange Online";
    t->v[SERVICE_EXCHANGE].resource = o->cloud->exchange;
    for (size_t i = 0; i < SERVICE_COUNT; i++)
        t->v[i].owner = t;
    *out = t;
    return ERR_OK;
}

void tokens_free(struct tokens *t)
{
    if (t == NULL)
        return;
    for (size_t i = 0; i < SERVICE_COUNT; i++) {
        transport_cancel(t->o.transport, t->v[i].transfer);
        secret_release(&t->v[i].bearer);
        json_decref(t->v[i].claims);
    }
    free(t->client_id);
    free(t->url);
    free(t);
}

/* application/x-www-form-urlencoded; everything but the unreserved characters of RFC 3986. */
static void add_field(struct buf *b, const char *name, const char *value)
{
    if (b->n > 0)
        buf_addc(b, '&');
    buf_addf(b, "%s=", name);
    for (; *value != '\0'; value++) {
        unsigned char c = (unsigned char)*value;

        if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
            c == '-' || c == '.' || c == '_' || c == '~')
            buf_addc(b, (char)c);
        else
            buf_addf(b, "%%%02X", c);
    }
}

static enum err_code add_proof(const struct tokens *t, struct buf *b, struct err *e)
{
    const struct credential *c = t->o.credential;
    struct assertion a;
    struct secret jwt = {NULL, 0};

    if (c->secret.p != NULL) {
        add_field(b, "client_secret", c->secret.p);
        return ERR_OK;
    }
    a = (struct assertion){t->alg, c->key, c->cert, t->client_id, t->url, clock_real_ms()};
    if (assertion_make(&a, &jwt, e) != ERR_OK)
        return e->code;
    add_field(b, "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    add_field(b, "client_assertion", jwt.p);
    secret_release(&jwt);
    return ERR_OK;
}

static void on_reply(void *ctx, const struct transfer_reply *r);

static void fail(struct token *k, const struct err *why)
{
    k->state = STATE_FAILED;
    k->failure = *why;
}

static void start(struct token *k)
{
    static const char *const headers[] = {"Content-Type: application/x-www-form-urlencoded",
                                          "Accept: application/json"};
    struct tokens *t = k->owner;
    char *scope = xasprintf("%s/.default", k->resource);
    struct err e = ERR_INIT;
    struct transfer_spec spec = {.target = GUARD_LOGIN,
                                 .method = "POST",
                                 .url = t->url,
                                 .headers = headers,
                                 .header_count = COUNT_OF(headers),
                                 .is_secret = true,
                                 .max_reply_bytes = LIMIT_TOKEN_REPLY_BYTES,
                                 .stall_s = STALL_S,
                                 .done = on_reply,
                                 .ctx = k};
    struct buf b;

    buf_init(&b, BODY_MAX_BYTES);
    secret_buf_reserve(&b, BODY_USUAL_BYTES);
    add_field(&b, "client_id", t->client_id);
    add_field(&b, "scope", scope);
    add_field(&b, "grant_type", "client_credentials");
    if (add_proof(t, &b, &e) == ERR_OK && b.failed)
        err_set(&e, ERR_USAGE, "the client secret is too long");
    spec.body = b.p;
    spec.body_len = b.n;
    k->alg = t->alg;
    k->state = STATE_PENDING;
    t->requests++;
    if (e.code != ERR_OK || transport_start(t->o.transport, &spec, &k->transfer, &e) != ERR_OK)
        fail(k, &e);
    secret_buf_release(&b);
    free(scope);
}

static void accept_token(struct token *k, struct token_reply *r)
{
    int64_t now = clock_mono_ms(k->owner->o.clock);
    int64_t before = RENEW_BEFORE_MS;

    /* A token that lives for less than ten minutes would be renewed all the time. */
    if (before > r->lifetime_ms / 2)
        before = r->lifetime_ms / 2;
    secret_release(&k->bearer);
    json_decref(k->claims);
    k->bearer = r->bearer;
    k->claims = r->claims;
    r->bearer = (struct secret){NULL, 0};
    r->claims = NULL;
    k->ends_at_ms = now + r->lifetime_ms;
    k->renew_at_ms = k->ends_at_ms - before;
    k->generation++;
    k->refused = false;
    k->failed = 0;
    k->state = STATE_VALID;
}

static bool is_alive(const struct token *k)
{
    return k->bearer.p != NULL && !k->refused && clock_mono_ms(k->owner->o.clock) < k->ends_at_ms;
}

static void back_off(struct token *k, const char *retry_after)
{
    struct tokens *t = k->owner;
    int64_t hint = RETRY_NO_HINT;

    (void)retry_after_parse(retry_after, clock_real_ms(), &hint);
    k->not_before_ms = clock_mono_ms(t->o.clock) + retry_wait_ms(t->o.prng, k->failed, hint);
    k->state = STATE_BACKING_OFF;
}

/* Older endpoints know RS256 only: try that once, and then for all services. */
static bool try_other_alg(struct token *k)
{
    if (k->owner->o.credential->key == NULL || k->alg != ASSERTION_PS256)
        return false;
    k->owner->alg = ASSERTION_RS256;
    return true;
}

static void notice_alg(struct tokens *t)
{
    if (t->alg != ASSERTION_RS256 || t->noticed_alg)
        return;
    t->noticed_alg = true;
    if (t->o.notice != NULL)
        t->o.notice(t->o.notice_ctx,
                    "the sign-in service did not accept a PS256 assertion; the older RS256 form "
                    "with a SHA-1 thumbprint worked and is used");
}

/* A host that cannot be reached is often a wrong name: do not let a person wait for a minute. */
static unsigned most_attempts(const struct transfer_reply *r)
{
    return r->code != ERR_OK ? UNREACHABLE_ATTEMPTS : LIMIT_ATTEMPTS;
}

static void on_reply(void *ctx, const struct transfer_reply *r)
{
    struct token *k = ctx;
    struct err e = ERR_INIT;
    struct token_reply reply;

    k->transfer = NULL;
    if (token_reply_read(r, k->who, &reply, &e) == ERR_OK) {
        accept_token(k, &reply);
        notice_alg(k->owner);
    } else if (reply.try_other_alg && try_other_alg(k)) {
        k->not_before_ms = clock_mono_ms(k->owner->o.clock);
        k->state = STATE_BACKING_OFF;
    } else if (reply.may_retry && ++k->failed < most_attempts(r)) {
        k->failure = e;
        back_off(k, r->retry_after);
    } else if (is_alive(k)) {
        /* A renewal that fails while the old token still works: use it up, then try again. */
        k->renew_at_ms = k->ends_at_ms;
        k->failed = 0;
        k->state = STATE_VALID;
    } else {
        fail(k, &e);
    }
    token_reply_release(&reply);
}

const char *tokens_bearer(struct tokens *t, enum service s, unsigned *generation)
{
    struct token *k = &t->v[s];
    int64_t now = clock_mono_ms(t->o.clock);

    if (k->state == STATE_VALID && (k->refused || now >= k->renew_at_ms)) {
        k->failed = 0;
        k->state = STATE_NONE;
    }
    if (k->state == STATE_NONE || (k->state == STATE_BACKING_OFF && now >= k->not_before_ms))
        start(k);
    if (k->state != STATE_VALID)
        return NULL;
    *generation = k->generation;
    return k->bearer.p;
}

void tokens_refused(struct tokens *t, enum service s, unsigned generation)
{
    if (t->v[s].generation == generation)
        t->v[s].refused = true;
}

const struct err *tokens_failure(const struct tokens *t, enum service s)
{
    return t->v[s].state == STATE_FAILED ? &t->v[s].failure : NULL;
}

const struct err *tokens_trouble(const struct tokens *t, enum service s)
{
    return t->v[s].failed > 0 ? &t->v[s].failure : NULL;
}

void tokens_retry(struct tokens *t, enum service s)
{
    if (t->v[s].state == STATE_FAILED) {
        t->v[s].state = STATE_NONE;
        t->v[s].failed = 0;
    }
}

int64_t tokens_wake_ms(const struct tokens *t)
{
    int64_t now = clock_mono_ms(t->o.clock);
    int64_t wake = INT64_MAX;

    for (size_t i = 0; i < SERVICE_COUNT; i++) {
        int64_t left = t->v[i].not_before_ms - now;

        if (t->v[i].state == STATE_BACKING_OFF && left < wake)
            wake = left > 0 ? left : 0;
    }
    return wake;
}

uint64_t tokens_requests(const struct tokens *t)
{
    return t->requests;
}

const json_t *tokens_claim(const struct tokens *t, enum service s, const char *name)
{
    const json_t *v = json_object_get(t->v[s].claims, name);

    return json_is_array(v) ? v : NULL;
}

const char *tokens_claim_text(const struct tokens *t, enum service s, const char *name)
{
    return json_string_value(json_object_get(t->v[s].claims, name));
}
