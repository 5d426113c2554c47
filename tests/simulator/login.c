#include "login.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/rsa.h>

#include "ca.h"
#include "catalogue.h"
#include "http.h"
#include "login_internal.h"
#include "tenant.h"
#include "timetext.h"

enum { SKEW_SECONDS = 300, ASSERTION_MAX_SECONDS = 24 * 3600 };

static const struct trouble bad_tenant = {900023, 400, "invalid_request"};
static const struct trouble no_tenant = {90002, 400, "invalid_request"};
static const struct trouble wrong_endpoint = {9001023, 400, "invalid_request"};
static const struct trouble bad_grant = {70003, 400, "unsupported_grant_type"};
static const struct trouble missing_field = {900144, 400, "invalid_request"};
static const struct trouble no_app = {700016, 400, "unauthorized_client"};
static const struct trouble app_off = {7000112, 400, "unauthorized_client"};
static const struct trouble bad_secret = {7000215, 401, "invalid_client"};
static const struct trouble old_secret = {7000222, 401, "invalid_client"};
static const struct trouble no_credential = {7000218, 401, "invalid_client"};
static const struct trouble bad_assertion = {700027, 401, "invalid_client"};
static const struct trouble bad_format = {50027, 400, "invalid_request"};
static const struct trouble assertion_time = {700024, 401, "invalid_client"};
static const struct trouble bad_issuer = {700021, 401, "invalid_client"};
static const struct trouble bad_audience = {700023, 401, "invalid_client"};
static const struct trouble used_assertion = {700021, 401, "invalid_client"};
static const struct trouble bad_scope = {70011, 400, "invalid_scope"};
static const struct trouble two_resources = {28002, 400, "invalid_scope"};
static const struct trouble no_resource = {500011, 400, "invalid_resource"};

void login_error(struct request *r, struct reply *p, const struct trouble *what,
                 const char *message)
{
    char when[TIME_TEXT];

    time_plain(clock_now(), when);
    p->status = what->status;
    p->content_type = "application/json; charset=utf-8";
    p->json = json_pack(
        "{s:s, s:o, s:[i], s:s, s:s, s:s, s:o}", "error", what->error, "error_description",
        json_sprintf("AADSTS%d: %s Trace ID: %s Correlation ID: %s Timestamp: %s", what->code,
                     message, r->request_id, r->client_request_id, when),
        "error_codes", what->code, "timestamp", when, "trace_id", r->request_id, "correlation_id",
        r->client_request_id, "error_uri",
        json_sprintf("%s/error?code=%d", r->sim->urls[SVC_LOGIN], what->code));
    if (p->json == NULL) /* the message quoted bytes that are no UTF-8 */
        p->json = json_pack("{s:s, s:[i]}", "error", what->error, "error_codes", what->code);
}

/* ---- discovery ---- */

static void send_openid(struct request *r, struct reply *p, const char *tenant)
{
    const char *base = r->sim->urls[SVC_LOGIN];

    if (!tenant_is(r->sim->tenant, tenant)) {
        login_error(r, p, &no_tenant, "Tenant not found.");
        return;
    }
    p->status = 200;
    p->json = json_pack(
        "{s:o, s:[s,s,s], s:o, s:[s], s:[s], s:[s], s:o, s:b, s:[s,s], s:o, s:o}", "token_endpoint",
        json_sprintf("%s/%s/oauth2/v2.0/token", base, tenant),
        "token_endpoint_auth_methods_supported", "client_secret_post", "private_key_jwt",
        "client_secret_basic", "jwks_uri", json_sprintf("%s/%s/discovery/v2.0/keys", base, tenant),
        "subject_types_supported", "pairwise", "id_token_signing_alg_values_supported", "RS256",
        "response_types_supported", "code", "issuer",
        json_sprintf("%s/%s/v2.0", base, r->sim->tenant->id), "request_uri_parameter_supported", 0,
        "scopes_supported", "openid", "profile", "authorization_endpoint",
        json_sprintf("%s/%s/oauth2/v2.0/authorize", base, tenant), "end_session_endpoint",
        json_sprintf("%s/%s/oauth2/v2.0/logout", base, tenant));
}

static void send_instance(struct request *r, struct reply *p)
{
    const char *base = r->sim->urls[SVC_LOGIN], *host = base + strlen("https://");

    p->status = 200;
    p->json = json_pack(
        "{s:o, s:s, s:[{s:s, s:s, s:[s]}]}", "tenant_discovery_endpoint",
        json_sprintf("%s/%s/v2.0/.well-known/openid-configuration", base, r->sim->tenant->id),
        "api-version", "1.1", "metadata", "preferred_network", host, "preferred_cache", host,
        "aliases", host);
}

static void send_keys(struct request *r, struct reply *p)
{
    BIGNUM *n = NULL, *e = NULL;
    unsigned char raw_n[512], raw_e[8];
    char *text_n, *text_e;

    if (EVP_PKEY_get_bn_param(r->sim->keys->token_key, "n", &n) != 1 ||
        EVP_PKEY_get_bn_param(r->sim->keys->token_key, "e", &e) != 1)
        die("cannot read the token key");
    text_n = b64url(raw_n, (size_t)BN_bn2bin(n, raw_n));
    text_e = b64url(raw_e, (size_t)BN_bn2bin(e, raw_e));
    p->status = 200;
    p->json = json_pack("{s:[{s:s, s:s, s:s, s:s, s:s, s:s}]}", "keys", "kty", "RSA", "use", "sig",
                        "alg", "RS256", "kid", r->sim->keys->token_kid, "n", text_n, "e", text_e);
    free(text_n);
    free(text_e);
    BN_free(n);
    BN_free(e);
}

/* ---- the client's credential ---- */

/* A jti may be used once. Remembered for the life of the simulator. */
static bool first_use(struct sim *s, const char *jti)
{
    bool fresh;

    pthread_mutex_lock(&s->lock);
    fresh = json_object_get(s->seen_assertions, jti) == NULL;
    if (fresh)
        jset(s->seen_assertions, jti, json_true());
    pthread_mutex_unlock(&s->lock);
    return fresh;
}

static bool algorithm_allowed(const json_t *app, const char *alg)
{
    const json_t *algs = json_object_get(app, "assertion_algs");

    if (!json_is_array(algs))
        return str_eq(alg, "PS256") || str_eq(alg, "RS256");
    for (size_t i = 0; i < json_array_size(algs); i++)
        if (str_eq(json_string_value(json_array_get(algs, i)), alg))
            return true;
    return false;
}

/* PS256 names the certificate by SHA-256, RS256 by SHA-1 or SHA-256. */
static bool names_our_certificate(const struct keys *k, const json_t *header)
{
    const char *sha256 = jstr(header, "x5t#S256"), *sha1 = jstr(header, "x5t");

    if (sha256 != NULL)
        return str_eq(sha256, k->app_x5t_s256);
    return sha1 != NULL && str_eq(jstr(header, "alg"), "RS256") && str_eq(sha1, k->app_x5t);
}

static const struct trouble *check_claims(const struct request *r, const struct jwt *j,
                                          const char *client, const char **message)
{
    json_int_t now = clock_now(), exp = jint(j->claims, "exp", 0);
    json_int_t nbf = jint(j->claims, "nbf", jint(j->claims, "iat", 0));
    const char *aud = jstr(j->claims, "aud");
    char *by_path = xasprintf("%s%s", r->sim->urls[SVC_LOGIN], r->path);
    char *by_id = xasprintf("%s/%s/oauth2/v2.0/token", r->sim->urls[SVC_LOGIN], r->sim->tenant->id);
    bool aud_ok = str_eq(aud, by_path) || str_eq(aud, by_id);

    free(by_path);
    free(by_id);
    if (!aud_ok) {
        *message = "Client assertion audience claim does not match the token endpoint.";
        return &bad_audience;
    }
    if (!str_ieq(jstr(j->claims, "iss"), client) || !str_ieq(jstr(j->claims, "sub"), client)) {
        *message = "Client assertion issuer and subject must both be the client id.";
        return &bad_issuer;
    }
    if (exp <= now - SKEW_SECONDS || nbf > now + SKEW_SECONDS ||
        exp > now + ASSERTION_MAX_SECONDS) {
        *message = "Client assertion is not within its valid time range. Current time and the "
                   "assertion's nbf and exp do not agree; check the clock.";
        return &assertion_time;
    }
    if (jstr(j->claims, "jti") == NULL) {
        *message = "Client assertion has no jti.";
        return &bad_issuer;
    }
    return NULL;
}

static const struct trouble *check_assertion(struct request *r, const json_t *app,
                                             const char *client, const char *assertion,
                                             const char **message)
{
    const struct trouble *what;
    struct jwt j;
    EVP_PKEY *key = X509_get0_pubkey(r->sim->keys->app_cert);

    if (!jwt_parse(assertion, &j)) {
        *message = "Invalid JWT token. Token format not valid.";
        return &bad_format;
    }
    if (identity_is_ours(r, &j)) { /* a pipeline's token: its subject may come again */
        what = identity_exchange(r, &j, assertion, app, message);
        jwt_clear(&j);
        return what;
    }
    what = check_claims(r, &j, client, message);
    if (what == NULL &&
        (!algorithm_allowed(app, jstr(j.header, "alg")) ||
         !names_our_certificate(r->sim->keys, j.header) || !jwt_verify(&j, assertion, key))) {
        *message = "The certificate with identifier used to sign the client assertion is not "
                   "registered on application, or the signature is invalid.";
        what = &bad_assertion;
    }
    /* Microsoft's libraries reuse an assertion until it expires, and the service lets them; a
     * description with "singleUseAssertions" is stricter. */
    if (what == NULL && !first_use(r->sim, jstr(j.claims, "jti")) &&
        jbool(app, "singleUseAssertions", false)) {
        *message = "Client assertion was used before.";
        what = &used_assertion;
    }
    jwt_clear(&j);
    return what;
}

static const struct trouble *check_secret(const struct request *r, const json_t *app,
                                          const char *secret, const char **message)
{
    const json_t *expired = json_object_get(app, "expiredSecrets");
    const char *right = jstr(app, "secret");

    for (size_t i = 0; i < json_array_size(expired); i++)
        if (str_eq(json_string_value(json_array_get(expired, i)), secret)) {
            *message = "The provided client secret keys for app are expired. Create new keys for "
                       "your app, or use certificate credentials for added security.";
            return &old_secret;
        }
    if (str_eq(secret, right != NULL ? right : r->sim->default_secret))
        return NULL;
    *message = "Invalid client secret provided. Ensure the secret being sent in the request is the "
               "client secret value, not the client secret ID, for a secret added to app.";
    return &bad_secret;
}

/* ---- the token endpoint ---- */

const char *login_form(const struct request *f, const char *name)
{
    const char *v = request_param(f, name);

    return v != NULL && *v != '\0' ? v : NULL;
}

/* Exactly one "<resource>/.default"; says which service it is. */
const struct trouble *login_scope(const struct request *r, const char *scope,
                                  enum service *resource, const char **message)
{
    static const char tail[] = "/.default";
    static const char oidc[] = "openid profile offline_access email";
    char *copy = xstrdup(scope), *save = NULL;
    const struct trouble *what = NULL;
    unsigned found = 0;

    for (char *w = strtok_r(copy, " ", &save); w != NULL && what == NULL;
         w = strtok_r(NULL, " ", &save)) {
        size_t n = strlen(w);

        if (words_have(oidc, w, n))
            continue; /* MSAL adds these */
        if (n < sizeof tail || strcmp(w + n - (sizeof tail - 1), tail) != 0) {
            *message = "The provided request must include a 'scope' input parameter that ends with "
                       "'/.default'.";
            what = &bad_scope;
            break;
        }
        w[n - (sizeof tail - 1)] = '\0';
        if (n > sizeof tail && w[strlen(w) - 1] == '/') /* "https://host//.default" */
            w[strlen(w) - 1] = '\0';
        if (str_eq(w, r->sim->urls[SVC_GRAPH])) {
            *resource = SVC_GRAPH;
        } else if (str_eq(w, r->sim->urls[SVC_EXCHANGE])) {
            *resource = SVC_EXCHANGE;
        } else {
            *message = "The resource principal named in the scope was not found in the tenant. "
                       "You might have sent your authentication request to the wrong tenant.";
            what = &no_resource;
        }
        found++;
    }
    free(copy);
    if (what == NULL && found == 0) {
        *message = "The provided value for the input parameter 'scope' is not valid.";
        what = &bad_scope;
    }
    if (what == NULL && found > 1) {
        *message = "Provided value for the input parameter scope is not valid because it contains "
                   "more than one resource.";
        what = &two_resources;
    }
    return what;
}

static json_t *granted(const struct sim *s, const json_t *app, enum service resource)
{
    const json_t *list =
        json_object_get(app, resource == SVC_GRAPH ? "permissions" : "exchangePermissions");
    json_t *out = json_array();

    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = json_string_value(json_array_get(list, i));

        if (name != NULL && !strings_has_nocase(&s->opt.removed_permissions, name))
            jpush(out, json_string(name));
    }
    for (size_t i = 0; resource == SVC_GRAPH && i < s->opt.added_permissions.n; i++)
        jpush(out, json_string(s->opt.added_permissions.v[i]));
    return out;
}

static json_t *directory_roles(const struct sim *s, const json_t *app)
{
    const json_t *list = json_object_get(app, "roles");
    json_t *out = json_array();

    for (size_t i = 0; i < json_array_size(list) && !s->opt.remove_exchange_role; i++) {
        const struct role *role = role_find(json_string_value(json_array_get(list, i)));

        if (role != NULL)
            jpush(out, json_string(role->template_id));
    }
    /* Every service principal carries this one: "no directory role", seen in real tokens. */
    jpush(out, json_string("0997a1d0-0d1d-4acb-b408-d5ca73121e90"));
    return out;
}

/* The same names, in one text. */
static json_t *scopes(const json_t *roles)
{
    struct buf b = {0};
    json_t *out;

    for (size_t i = 0; i < json_array_size(roles); i++) {
        buf_str(&b, i > 0 ? " " : "");
        buf_str(&b, json_string_value(json_array_get(roles, i)));
    }
    out = json_string(b.data != NULL ? b.data : "");
    buf_free(&b);
    return out;
}

void login_issue(struct request *r, struct reply *p, const json_t *app, enum service resource,
                 const char *person)
{
    struct sim *s = r->sim;
    unsigned long serial = atomic_fetch_add(&s->token_serial, 1) + 1;
    int64_t now = clock_now();
    char uti[UUID_TEXT], object_id[UUID_TEXT];
    json_t *claims = json_object(), *roles = granted(s, app, resource);
    char *token;

    uuid_random(uti);
    uuid_named("servicePrincipal", jstr(app, "clientId"), object_id);
    jset(claims, "aud", json_string(s->urls[resource]));
    jset(claims, "iss", json_sprintf("%s/%s/", s->urls[SVC_LOGIN], s->tenant->id));
    jset(claims, "iat", json_integer(now));
    jset(claims, "nbf", json_integer(now));
    jset(claims, "exp", json_integer(now + s->opt.token_lifetime));
    jset(claims, "app_displayname", jtext(jstr(app, "displayName")));
    jset(claims, "appid", json_string(jstr(app, "clientId")));
    jset(claims, "appidacr", json_string("2"));
    jset(claims, "idtyp", json_string(person != NULL ? "user" : "app"));
    if (person != NULL) {
        jset(claims, "upn", json_string(person));
        jset(claims, "scp", scopes(roles));
        json_array_clear(roles); /* a person's token has scopes */
    }
    jset(claims, "oid", json_string(object_id));
    jset(claims, "sub", json_string(object_id));
    if (json_array_size(roles) > 0) /* a token without roles has no such claim */
        jset(claims, "roles", json_incref(roles));
    json_decref(roles);
    jset(claims, "tid",
         json_string(s->opt.token_tenant != NULL ? s->opt.token_tenant : s->tenant->id));
    jset(claims, "uti", json_string(uti));
    jset(claims, "ver", json_string("1.0"));
    jset(claims, "wids", directory_roles(s, app));
    jset(claims, "sim_serial", json_integer((json_int_t)serial));
    if (r->for_claims) /* what a claims challenge asks for: see the fault claims-challenge */
        jset(claims, "sim_claims", json_true());
    token = jwt_sign(s->keys->token_key, s->keys->token_kid, claims);
    json_decref(claims);
    p->status = 200;
    p->content_type = "application/json; charset=utf-8";
    p->json = json_pack("{s:s, s:I, s:I, s:s}", "token_type", "Bearer", "expires_in",
                        (json_int_t)s->opt.token_lifetime, "ext_expires_in",
                        (json_int_t)s->opt.token_lifetime, "access_token", token);
    if (person != NULL)
        jset(p->json, "refresh_token", json_sprintf("sim-refresh-%lu", serial));
    reply_header(p, "Pragma", "no-cache");
    free(token);
}

static const struct trouble *judge(struct request *r, const struct request *f, const char *tenant,
                                   const json_t **app, enum service *resource, const char **message)
{
    static const char assertion_type[] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    const char *client = login_form(f, "client_id"), *scope = login_form(f, "scope");
    const char *secret = login_form(f, "client_secret"),
               *assertion = login_form(f, "client_assertion");
    const struct trouble *what;

    if (words_have("common organizations consumers", tenant, strlen(tenant))) {
        *message = "The grant type is not supported over the /common or /consumers endpoints. "
                   "Please use the /organizations or tenant-specific endpoint.";
        return &wrong_endpoint;
    }
    if (!uuid_is(tenant) && strchr(tenant, '.') == NULL) {
        *message = "Specified tenant identifier is neither a valid DNS name, nor a valid external "
                   "domain.";
        return &bad_tenant;
    }
    if (!tenant_is(r->sim->tenant, tenant)) {
        *message = "Tenant not found. Check to make sure you have the correct tenant ID and are "
                   "signing into the correct cloud.";
        return &no_tenant;
    }
    if (!str_eq(login_form(f, "grant_type"), "client_credentials")) {
        *message = "The app requested an unsupported grant type.";
        return &bad_grant;
    }
    if (client == NULL || scope == NULL) {
        *message = client == NULL
                       ? "The request body must contain the following parameter: "
                         "'client_id'."
                       : "The request body must contain the following parameter: 'scope'.";
        return &missing_field;
    }
    *app = tenant_app(r->sim->tenant, client);
    if (*app == NULL) {
        *message =
            "Application with the identifier was not found in the directory. This can happen "
            "if the application has not been installed by the administrator of the tenant or "
            "consented to by any user in the tenant.";
        return &no_app;
    }
    if (jbool(*app, "disabled", false)) {
        *message = "Application is disabled.";
        return &app_off;
    }
    what = login_scope(r, scope, resource, message);
    if (what != NULL)
        return what;
    if (assertion != NULL) {
        if (!str_eq(login_form(f, "client_assertion_type"), assertion_type)) {
            *message = "client_assertion_type is missing or unknown.";
            return &no_credential;
        }
        return check_assertion(r, *app, client, assertion, message);
    }
    if (secret != NULL)
        return check_secret(r, *app, secret, message);
    *message = "The request body must contain the following parameter: 'client_assertion' or "
               "'client_secret'.";
    return &no_credential;
}

static void send_token(struct request *r, struct reply *p, const char *tenant)
{
    struct request f = {.sim = r->sim};
    const json_t *app = NULL;
    enum service resource = SVC_GRAPH;
    const char *message = NULL;
    const struct trouble *what;
    const char *type = request_header(r, "Content-Type");
    char *query;

    if (type == NULL || !str_contains_nocase(type, "application/x-www-form-urlencoded")) {
        request_invalid(r, "the token endpoint takes a form");
        login_error(r, p, &missing_field,
                    "The request body must contain the following parameter: 'grant_type'.");
        return;
    }
    query = xasprintf("/?%.*s", (int)r->body_len, r->body);
    request_set_target(&f, query); /* a form body is written like a query */
    if (identity_token(r, &f, p)) {
        request_clear(&f);
        free(query);
        return;
    }
    r->for_claims = login_form(&f, "claims") != NULL;
    what = judge(r, &f, tenant, &app, &resource, &message);
    if (what != NULL)
        login_error(r, p, what, message);
    else
        login_issue(r, p, app, resource, NULL);
    request_clear(&f);
    free(query);
}

void login_handle(struct request *r, struct reply *p)
{
    const char *rest = strchr(r->path + (r->path[0] == '/'), '/');
    char *tenant;

    if (rest == NULL)
        rest = "";
    tenant = xstrndup(r->path + 1, strcspn(r->path + 1, "/"));
    if (str_eq(r->path, "/common/discovery/instance"))
        send_instance(r, p);
    else if (str_eq(rest, "/v2.0/.well-known/openid-configuration"))
        send_openid(r, p, tenant);
    else if (str_eq(rest, "/discovery/v2.0/keys"))
        send_keys(r, p);
    else if (str_eq(rest, "/oauth2/v2.0/token") && str_eq(r->method, "POST"))
        send_token(r, p, tenant);
    else if (!identity_handle(r, p, rest)) {
        request_invalid(r, "unknown login path or method");
        p->status = 404;
        p->content_type = "text/html; charset=utf-8";
        buf_str(&p->text, "<html><body>404 - not found</body></html>\n");
    }
    free(tenant);
}
