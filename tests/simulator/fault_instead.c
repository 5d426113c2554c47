#include "fault_kinds.h"

#include <stdlib.h>
#include <string.h>

#include "http.h"
#include "jwt.h"
#include "raw.h"
#include "timetext.h"

long fault_number(const struct fault *f, long otherwise)
{
    long n;

    return parse_long(f->value, 0, 1L << 40, &n) ? n : otherwise;
}

/* ---- instead of the service ---- */

static const char *default_code(long status)
{
    static const struct {
        long status;
        const char *code;
    } codes[] = {
        {400, "Request_BadRequest"},
        {401, "InvalidAuthenticationToken"},
        {403, "Authorization_RequestDenied"},
        {404, "Request_ResourceNotFound"},
        {408, "RequestTimeout"},
        {429, "TooManyRequests"},
        {500, "InternalServerError"},
        {501, "NotImplemented"},
        {502, "BadGateway"},
        {503, "ServiceUnavailable"},
        {504, "GatewayTimeout"},
    };

    for (size_t i = 0; i < COUNT_OF(codes); i++)
        if (codes[i].status == status)
            return codes[i].code;
    return "UnknownError";
}

/* "+5" and "--5" are dates, so many seconds from the service's now; all else is sent as it is. */
static void set_retry_after(struct reply *p, const char *value)
{
    char when[TIME_TEXT];
    long n;

    if ((value[0] == '+' || (value[0] == '-' && value[1] == '-')) &&
        parse_long(value + 1, -100000, 100000000, &n)) {
        time_http(clock_now() + n, when);
        reply_header(p, "Retry-After", "%s", when);
    } else {
        reply_header(p, "Retry-After", "%s", value);
    }
}

bool fault_status(const struct fault *f, struct request *r, struct reply *p)
{
    long status = fault_number(f, 503);
    const char *code = f->code != NULL ? f->code : default_code(status);

    reply_error(p, r, (unsigned)status, code,
                f->message != NULL ? f->message : "Please retry again later.");
    if (f->retry_after != NULL)
        set_retry_after(p, f->retry_after);
    return true;
}

bool fault_reset(const struct fault *f, struct request *r, struct reply *p)
{
    (void)f;
    (void)r;
    p->mode = REPLY_RESET;
    return true;
}

bool fault_empty(const struct fault *f, struct request *r, struct reply *p)
{
    (void)r;
    p->status = (unsigned)fault_number(f, 200);
    p->content_type = "application/json";
    return true;
}

bool fault_html(const struct fault *f, struct request *r, struct reply *p)
{
    (void)r;
    p->status = (unsigned)fault_number(f, 200);
    p->content_type = "text/html; charset=utf-8";
    buf_str(&p->text, "<!DOCTYPE html>\n<html><head><title>Sign in</title></head>"
                      "<body><h1>The page cannot be displayed</h1></body></html>\n");
    return true;
}

bool fault_error_in_200(const struct fault *f, struct request *r, struct reply *p)
{
    reply_error(p, r, 200, f->code != NULL ? f->code : "InternalServerError",
                f->message != NULL ? f->message : "An error that arrived with status 200.");
    return true;
}

char *fault_expand(const struct request *r, const char *template)
{
    const char *self = r->sim->urls[r->service];
    const char *stranger = r->sim->urls[SVC_STRANGER];
    const struct {
        const char *name, *text;
    } words[] = {
        {"{self}", self},
        {"{stranger}", stranger},
        {"{host}", self + strlen("https://")},
        {"{foreign}", stranger + strlen("https://")},
        {"{host+1}", self + strlen("https://") + 1},
        {"{target}", r->target},
    };
    struct buf b = {0};

    while (*template != '\0') {
        size_t i = 0;

        while (i < COUNT_OF(words) && !str_starts(template, words[i].name))
            i++;
        if (i < COUNT_OF(words)) {
            buf_str(&b, words[i].text);
            template += strlen(words[i].name);
        } else {
            buf_add(&b, template ++, 1);
        }
    }
    return buf_take(&b);
}

bool fault_redirect(const struct fault *f, struct request *r, struct reply *p)
{
    char *to = fault_expand(r, f->value != NULL ? f->value : "{stranger}{target}");

    p->status = 302;
    reply_header(p, "Location", "%s", to);
    free(to);
    return true;
}

/* Whether the token was asked for with the claims of a challenge: login.c notes it there. */
static bool has_claims(const struct request *r)
{
    const char *header = request_header(r, "Authorization");
    struct jwt j;
    bool has;

    if (header == NULL || strlen(header) < strlen("Bearer ") ||
        !jwt_parse(header + strlen("Bearer "), &j))
        return false;
    has = jbool(j.claims, "sim_claims", false);
    jwt_clear(&j);
    return has;
}

bool fault_claims(const struct fault *f, struct request *r, struct reply *p)
{
    if (!str_eq(f->value, "never") && has_claims(r))
        return false;
    reply_error(p, r, 401, "InvalidAuthenticationToken",
                "Continuous access evaluation resulted in challenge with result: "
                "InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp");
    reply_header(p, "WWW-Authenticate",
                 "Bearer realm=\"\", authorization_uri=\"%s/common/oauth2/authorize\", "
                 "error=\"insufficient_claims\", claims=\"%s\"",
                 r->sim->urls[SVC_LOGIN],
                 "eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZSwgInZhbHVlIjoiMTc5NTQyNDQ"
                 "wMCJ9fX0=");
    return true;
}

bool fault_nonpremium(const struct fault *f, struct request *r, struct reply *p)
{
    (void)f;
    reply_error(p, r, 403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
                "Neither tenant is B2C or tenant doesn't have premium license");
    return true;
}

/* Every token issued so far is dead from now on; the service then refuses it by itself. */
bool fault_revoke(const struct fault *f, struct request *r, struct reply *p)
{
    (void)f;
    (void)p;
    atomic_store(&r->sim->revoked_below, atomic_load(&r->sim->token_serial) + 1);
    return false;
}

/* Lets the made-up tokens of nextlink-endless through as if they were page one. */
bool fault_endless_before(const struct fault *f, struct request *r, struct reply *p)
{
    (void)f;
    (void)p;
    for (size_t i = 0; i < r->param_count; i++)
        if (str_eq(r->params[i].name, "$skiptoken") && str_starts(r->params[i].value, "endless")) {
            free(r->params[i].name);
            free(r->params[i].value);
            r->params[i] = r->params[--r->param_count];
            break;
        }
    return false;
}

bool fault_big(const struct fault *f, struct request *r, struct reply *p)
{
    (void)r;
    p->status = 200;
    p->content_type = "application/json";
    p->mode = REPLY_BIG;
    p->mode_value = fault_number(f, 100L << 20);
    return true;
}

bool fault_bomb(const struct fault *f, struct request *r, struct reply *p)
{
    (void)r;
    p->status = 200;
    p->content_type = "application/json";
    reply_bomb(p, fault_number(f, 1L << 28));
    return true;
}

bool fault_bad_json(const struct fault *f, struct request *r, struct reply *p)
{
    (void)r;
    p->status = 200;
    p->content_type = "application/json";
    buf_str(&p->text, f->value != NULL ? f->value : "{\"value\":[{\"id\":}]}");
    return true;
}

/* Written past libmicrohttpd, which would not say such things: see raw.h. */
bool fault_headers(const struct fault *f, struct request *r, struct reply *p)
{
    raw_headers(r, fault_number(f, 1L << 20), str_eq(f->kind->arg, "many"));
    p->mode = REPLY_RESET;
    return true;
}

bool fault_interim(const struct fault *f, struct request *r, struct reply *p)
{
    (void)p;
    raw_interim(r, fault_number(f, 3));
    return false;
}

bool fault_result_size(const struct fault *f, struct request *r, struct reply *p)
{
    (void)p;
    r->result_cap = (size_t)fault_number(f, 1000);
    return false;
}
