/* Who signs in without a secret of its own: pipelines (GitHub Actions, Azure Pipelines), managed
 * identities (App Service, Azure Arc, virtual machines), people by device code.
 *
 *   GET  /oidc/github?audience=A            with the bearer "github-request-token"
 *   POST /oidc/azure?api-version=7.1&serviceConnectionId=GUID   with the bearer "pipeline-token"
 *   GET  /metadata/identity/oauth2/token    virtual machine; as Arc when api-version is 2020-06-01
 *   GET  /msi/token                         App Service, header X-IDENTITY-HEADER: app-service-key
 *   POST /{tenant}/oauth2/v2.0/devicecode   GET /device?user_code=C&answer=yes|no|expire|slow
 *
 * The tokens are exchanged for applications whose description has "federated": subject. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ca.h"
#include "http.h"
#include "login_internal.h"
#include "tenant.h"
#include "timetext.h"

#define ISSUER "/oidc"
#define AUDIENCE "api://AzureADTokenExchange"
#define PERSON "consultant@contoso.example"

enum { OIDC_SECONDS = 300, DEVICE_SECONDS = 900, DEVICE_INTERVAL = 1 };

static const struct trouble bad_signature = {700027, 401, "invalid_client"};
static const struct trouble bad_subject = {700213, 401, "invalid_client"};
static const struct trouble bad_audience = {700212, 401, "invalid_client"};
static const struct trouble pending = {70016, 400, "authorization_pending"};
static const struct trouble slow = {70016, 400, "slow_down"};
static const struct trouble declined = {70020, 400, "authorization_declined"};
static const struct trouble expired = {70019, 400, "expired_token"};
static const struct trouble bad_code = {70000, 400, "bad_verification_code"};
static const struct trouble bad_refresh = {70000, 400, "invalid_grant"};
static const struct trouble no_app = {700016, 400, "unauthorized_client"};
static const struct trouble no_field = {900144, 400, "invalid_request"};

static void refuse(struct reply *p, unsigned status, const char *error)
{
    p->status = status;
    p->json = json_pack("{s:s, s:s}", "error", error, "error_description", error);
}

/* ---- pipelines ---- */

bool identity_is_ours(const struct request *r, const struct jwt *j)
{
    char *issuer = xasprintf("%s" ISSUER, r->sim->urls[SVC_LOGIN]);
    bool ours = str_eq(jstr(j->claims, "iss"), issuer);

    free(issuer);
    return ours;
}

const struct trouble *identity_exchange(struct request *r, const struct jwt *j, const char *text,
                                        const json_t *app, const char **message)
{
    const char *subject = jstr(app, "federated");

    if (!jwt_verify(j, text, r->sim->keys->token_key) || jint(j->claims, "exp", 0) <= clock_now()) {
        *message = "The client assertion's signature is not valid, or it is out of date.";
        return &bad_signature;
    }
    if (!str_eq(jstr(j->claims, "aud"), AUDIENCE)) {
        *message = "No matching federated identity record found for presented assertion audience.";
        return &bad_audience;
    }
    if (subject == NULL || !str_eq(jstr(j->claims, "sub"), subject)) {
        *message = "No matching federated identity record found for presented assertion subject.";
        return &bad_subject;
    }
    return NULL;
}

static char *oidc_token(const struct request *r, const char *subject, const char *audience)
{
    json_t *claims = json_pack("{s:o, s:s, s:s, s:I, s:I}", "iss",
                               json_sprintf("%s" ISSUER, r->sim->urls[SVC_LOGIN]), "sub", subject,
                               "aud", audience, "iat", (json_int_t)clock_now(), "exp",
                               (json_int_t)clock_now() + OIDC_SECONDS);
    char *token = jwt_sign(r->sim->keys->token_key, r->sim->keys->token_kid, claims);

    json_decref(claims);
    return token;
}

static void hand_out(struct request *r, struct reply *p, const char *bearer, const char *audience,
                     const char *key)
{
    const char *got = request_header(r, "Authorization");
    char *want = xasprintf("Bearer %s", bearer);
    char *token;

    if (!str_eq(got, want)) {
        refuse(p, 401, "unauthorized");
    } else {
        token = oidc_token(r, "repo:contoso/audit:ref:refs/heads/main", audience);
        p->status = 200;
        p->json = json_pack("{s:s}", key, token);
        free(token);
    }
    free(want);
}

/* ---- the machine ---- */

static const json_t *machine_app(const struct request *r)
{
    const char *client = request_param(r, "client_id");
    const json_t *apps = json_object_get(r->sim->tenant->doc, "apps");

    return client != NULL ? tenant_app(r->sim->tenant, client) : json_array_get(apps, 0);
}

static void machine_token(struct request *r, struct reply *p, bool as_text)
{
    const char *resource = request_param(r, "resource");
    const json_t *app = machine_app(r);
    enum service service;

    if (str_eq(resource, r->sim->urls[SVC_GRAPH]))
        service = SVC_GRAPH;
    else if (str_eq(resource, r->sim->urls[SVC_EXCHANGE]))
        service = SVC_EXCHANGE;
    else {
        refuse(p, 400, "invalid_resource");
        return;
    }
    if (app == NULL) {
        refuse(p, 400, "identity_not_found");
        return;
    }
    login_issue(r, p, app, service, NULL);
    if (as_text) { /* as App Service has it */
        (void)json_object_del(p->json, "expires_in");
        (void)json_object_del(p->json, "ext_expires_in");
        jset(p->json, "expires_on",
             json_sprintf("%lld", (long long)(clock_now() + r->sim->opt.token_lifetime)));
    } else {
        jset(p->json, "expires_in", json_sprintf("%ld", (long)r->sim->opt.token_lifetime));
    }
}

static void machine(struct request *r, struct reply *p)
{
    bool is_app_service = strncmp(r->path, "/msi/token", 10) == 0;
    const char *version = request_param(r, "api-version");

    if (is_app_service) {
        if (!str_eq(request_header(r, "X-IDENTITY-HEADER"), "app-service-key"))
            refuse(p, 401, "unauthorized");
        else
            machine_token(r, p, true);
    } else if (!str_eq(request_header(r, "Metadata"), "true")) {
        refuse(p, 400, "invalid_request");
    } else if (str_eq(version, "2020-06-01")) {
        /* Nobody can put a file where Arc's agent does in a test: the challenge is all there is. */
        refuse(p, 401, "unauthorized");
        reply_header(p, "WWW-Authenticate", "Basic realm=/var/opt/azcmagent/tokens/sim.key");
    } else {
        machine_token(r, p, false);
    }
}

/* ---- people ---- */

static void remember(struct sim *s, const char *key, const char *value)
{
    pthread_mutex_lock(&s->lock);
    jset(s->seen_assertions, key, json_string(value));
    pthread_mutex_unlock(&s->lock);
}

/* Caller frees; NULL: never heard of. */
static char *recall(struct sim *s, const char *kind, const char *key)
{
    char *whole = xasprintf("%s:%s", kind, key);
    const char *v;
    char *out;

    pthread_mutex_lock(&s->lock);
    v = jstr(s->seen_assertions, whole);
    out = v != NULL ? xstrdup(v) : NULL;
    pthread_mutex_unlock(&s->lock);
    free(whole);
    return out;
}

static void device_code(struct request *r, struct reply *p)
{
    struct request f = {.sim = r->sim};
    char *query = xasprintf("/?%.*s", (int)r->body_len, r->body);
    char code[UUID_TEXT], user[16];
    char *key;

    request_set_target(&f, query);
    if (tenant_app(r->sim->tenant, login_form(&f, "client_id") != NULL ? login_form(&f, "client_id")
                                                                       : "") == NULL) {
        login_error(r, p, &no_app, "Application with the identifier was not found.");
    } else {
        uuid_random(code);
        snprintf(user, sizeof user, "%.8s", code);
        key = xasprintf("device:%s", code);
        remember(r->sim, key, "pending");
        free(key);
        key = xasprintf("user:%s", user);
        remember(r->sim, key, code);
        free(key);
        p->status = 200;
        p->json =
            json_pack("{s:s, s:s, s:o, s:i, s:s, s:s}", "user_code", user, "device_code", code,
                      "verification_uri", json_sprintf("%s/device", r->sim->urls[SVC_LOGIN]),
                      "expires_in", DEVICE_SECONDS, "interval", "1", "message", "Open the page.");
    }
    request_clear(&f);
    free(query);
}

/* The page where the person would type the code. */
static void device_page(struct request *r, struct reply *p)
{
    const char *user = request_param(r, "user_code"), *answer = request_param(r, "answer");
    char *code = recall(r->sim, "user", user != NULL ? user : "");
    char *key;

    if (code == NULL || answer == NULL) {
        refuse(p, 404, "no such code");
        free(code);
        return;
    }
    key = xasprintf("device:%s", code);
    remember(r->sim, key, answer);
    free(key);
    free(code);
    p->status = 200;
    p->json = json_pack("{s:b}", "ok", 1);
}

static void person_token(struct request *r, const struct request *f, struct reply *p,
                         const char *app_id)
{
    const json_t *app = tenant_app(r->sim->tenant, app_id);
    const char *scope = login_form(f, "scope"), *message = NULL;
    enum service resource = SVC_GRAPH; /* what the device code was asked for */
    const struct trouble *what = NULL;

    if (app == NULL)
        what = &no_app, message = "Application with the identifier was not found.";
    else if (scope != NULL)
        what = login_scope(r, scope, &resource, &message);
    if (what != NULL)
        login_error(r, p, what, message);
    else
        login_issue(r, p, app, resource, PERSON);
}

static void poll(struct request *r, const struct request *f, struct reply *p, const char *client)
{
    const char *code = login_form(f, "device_code");
    char *state = recall(r->sim, "device", code != NULL ? code : "");
    char *key = xasprintf("device:%s", code != NULL ? code : "");

    if (state == NULL)
        login_error(r, p, &bad_code, "The device code is not known.");
    else if (str_eq(state, "yes"))
        person_token(r, f, p, client);
    else if (str_eq(state, "no"))
        login_error(r, p, &declined, "The person declined.");
    else if (str_eq(state, "expire"))
        login_error(r, p, &expired, "The device code has expired.");
    else if (str_eq(state, "slow")) {
        login_error(r, p, &slow, "Slow down.");
        remember(r->sim, key, "yes");
    } else
        login_error(r, p, &pending, "The person has not signed in yet.");
    free(key);
    free(state);
}

bool identity_token(struct request *r, const struct request *f, struct reply *p)
{
    const char *grant = login_form(f, "grant_type"), *client = login_form(f, "client_id");
    /* RFC 8628's name, and the short one that MSAL sends. */
    bool device = str_eq(grant, "urn:ietf:params:oauth:grant-type:device_code") ||
                  str_eq(grant, "device_code");

    if (!device && !str_eq(grant, "refresh_token"))
        return false;
    if (client == NULL)
        login_error(r, p, &no_field, "The request body must contain 'client_id'.");
    else if (device)
        poll(r, f, p, client);
    else if (!str_starts(login_form(f, "refresh_token") != NULL ? login_form(f, "refresh_token")
                                                                : "",
                         "sim-refresh-"))
        login_error(r, p, &bad_refresh, "The refresh token has expired or was revoked.");
    else
        person_token(r, f, p, client);
    return true;
}

bool identity_handle(struct request *r, struct reply *p, const char *rest)
{
    const char *audience = request_param(r, "audience");

    if (strncmp(r->path, "/metadata/", 10) == 0 || strncmp(r->path, "/msi/", 5) == 0)
        machine(r, p);
    else if (str_eq(r->path, "/oidc/github") && str_eq(r->method, "GET"))
        hand_out(r, p, "github-request-token", audience != NULL ? audience : "", "value");
    else if (str_eq(r->path, "/oidc/azure") && str_eq(r->method, "POST"))
        hand_out(r, p, "pipeline-token", AUDIENCE, "oidcToken");
    else if (str_eq(rest, "/oauth2/v2.0/devicecode") && str_eq(r->method, "POST"))
        device_code(r, p);
    else if (str_eq(r->path, "/device") && str_eq(r->method, "GET"))
        device_page(r, p);
    else
        return false;
    return true;
}
