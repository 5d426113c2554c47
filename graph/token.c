#include "token.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "challenge.h"
#include "credential_internal.h"
#include "grant.h"
#include "graph/cloud.h"
#include "retry.h"
#include "secret_buf.h"
#include "token_reply.h"
#include "transport.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { RENEW_BEFORE_MS = 5 * 60 * 1000, STALL_S = 30, UNREACHABLE_ATTEMPTS = 4 };

enum state {
    STATE_NONE,
    STATE_PENDING,
    STATE_BACKING_OFF,
    STATE_BETWEEN,
    STATE_VALID,
    STATE_FAILED
};

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
    int64_t not_before_ms;
    struct grant grant;
    struct err failure;
    struct transfer *transfer;
};

struct tokens {
    struct tokens_options o; /* strings below are owned */
    struct grant_home home;
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
    if (o->client_id != NULL ? !str_is_guid(o->client_id)
                             : credential_needs_client_id(o->credential))
        return err_set(e, ERR_USAGE,
                       "--client-id must be the Application (client) ID of the app registration, "
                       "a GUID");
    t = xcalloc(1, sizeof *t);
    t->o = *o;
    t->home = (struct grant_home){.credential = o->credential,
                                  .cloud = o->cloud,
                                  .notice = o->notice,
                                  .notice_ctx = o->notice_ctx};
    if (grant_home_open(&t->home, o->tenant, o->client_id, e) != ERR_OK) {
        grant_home_close(&t->home);
        free(t);
        return e->code;
    }
    t->v[SERVICE_GRAPH].who = "Microsoft Graph";
    t->v[SERVICE_GRAPH].resource = o->cloud->graph;
    t->v[SERVICE_EXCHANGE].who = "Exchange Online";
    t->v[SERVICE_EXCHANGE].resource = o->cloud->exchange;
    for (size_t i = 0; i < SERVICE_COUNT; i++) {
        t->v[i].owner = t;
        t->v[i].grant =
            (struct grant){.home = &t->home, .who = t->v[i].who, .resource = t->v[i].resource};
    }
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
        grant_release(&t->v[i].grant);
    }
    grant_home_close(&t->home);
    free(t);
}

static void on_reply(void *ctx, const struct transfer_reply *r);

static void fail(struct token *k, const struct err *why)
{
    k->state = STATE_FAILED;
    k->failure = *why;
}

static void wait_until(struct token *k, enum state state, int64_t wait_ms)
{
    k->not_before_ms = clock_mono_ms(k->owner->o.clock) + wait_ms;
    k->state = state;
}

static void send_request(struct token *k, const struct grant_request *r, struct err *e)
{
    struct tokens *t = k->owner;
    const char *headers[LIMIT_TOKEN_HEADERS];
    struct transfer_spec spec = {.target = r->target,
                                 .method = r->method,
                                 .url = r->url,
                                 .headers = headers,
                                 .bearer = r->bearer.p,
                                 .is_secret = true,
                                 .max_reply_bytes = LIMIT_TOKEN_REPLY_BYTES,
                                 .stall_s = STALL_S,
                                 .resource = k->who,
                                 .attempt = k->failed + 1,
                                 .done = on_reply,
                                 .ctx = k};

    for (size_t i = 0; i < r->headers.n && i < COUNT_OF(headers); i++)
        headers[spec.header_count++] = r->headers.v[i];
    if (r->has_body) {
        spec.body = r->body.p != NULL ? r->body.p : "";
        spec.body_len = r->body.n;
    }
    k->state = STATE_PENDING;
    t->requests++;
    (void)transport_start(t->o.transport, &spec, &k->transfer, e);
}

static void start(struct token *k)
{
    struct err e = ERR_INIT;
    struct grant_request r;
    int64_t wait_ms;

    if (grant_next(&k->grant, &r, &wait_ms, &e) == ERR_OK && wait_ms == 0)
        send_request(k, &r, &e);
    if (e.code != ERR_OK)
        fail(k, &e);
    else if (wait_ms > 0)
        wait_until(k, STATE_BETWEEN, wait_ms);
    grant_request_release(&r);
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

/* The token's tenant against the one that was asked for, where that is an id, and against the other
 * token's. Without the claim the services judge alone. */
static bool is_foreign(const struct token *k, const struct token_reply *r, struct err *e)
{
    const struct tokens *t = k->owner;
    const char *tid = json_string_value(json_object_get(r->claims, "tid"));
    const char *want = str_is_guid(t->o.tenant) ? t->o.tenant : NULL;

    for (size_t i = 0; i < SERVICE_COUNT && want == NULL; i++)
        want = tokens_claim_text(t, (enum service)i, "tid");
    if (tid == NULL || want == NULL || str_ieq(tid, want))
        return false;
    err_set(e, ERR_AUTH,
            "%s: the token is of tenant %.64s, but asked for was %.64s: nothing is read. Look at "
            "--tenant and at the credential (a managed identity signs in to its own tenant only)",
            k->who, tid, want);
    return true;
}

static bool is_alive(const struct token *k)
{
    return k->bearer.p != NULL && !k->refused && clock_mono_ms(k->owner->o.clock) < k->ends_at_ms;
}

static void back_off(struct token *k, const struct transfer_reply *r)
{
    struct tokens *t = k->owner;
    int64_t hint = retry_hint_ms(r->retry_after, r->date, clock_real_ms());

    k->not_before_ms = clock_mono_ms(t->o.clock) + retry_wait_ms(t->o.prng, k->failed, hint);
    k->state = STATE_BACKING_OFF;
}

static void notice_alg(struct tokens *t)
{
    if (t->home.alg != ASSERTION_RS256 || t->noticed_alg)
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
    enum grant_result result;
    int64_t wait_ms;

    k->transfer = NULL;
    result = grant_answer(&k->grant, r, &reply, &wait_ms, &e);
    if (result == GRANT_HAS_TOKEN) {
        if (is_foreign(k, &reply, &e)) {
            fail(k, &e);
        } else {
            accept_token(k, &reply);
            notice_alg(k->owner);
        }
    } else if (result == GRANT_GOES_ON) {
        wait_until(k, STATE_BETWEEN, wait_ms);
    } else if (reply.may_retry && ++k->failed < most_attempts(r)) {
        k->failure = e;
        back_off(k, r);
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
    if (k->state == STATE_NONE ||
        ((k->state == STATE_BACKING_OFF || k->state == STATE_BETWEEN) && now >= k->not_before_ms))
        start(k);
    if (k->state != STATE_VALID)
        return NULL;
    *generation = k->generation;
    return k->bearer.p;
}

void tokens_refused(struct tokens *t, enum service s, unsigned generation, const char *challenge)
{
    char *claims;

    if (t->v[s].generation != generation)
        return;
    t->v[s].refused = true;
    claims = challenge_claims(challenge);
    if (claims == NULL)
        return;
    free(t->v[s].grant.claims);
    t->v[s].grant.claims = claims;
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

        if ((t->v[i].state == STATE_BACKING_OFF || t->v[i].state == STATE_BETWEEN) && left < wake)
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
