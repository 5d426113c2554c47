#include "faults.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http.h"

struct fault_kind {
    const char *name;
    bool (*before)(const struct fault *f, struct request *r, struct reply *p);
    void (*after)(const struct fault *f, struct request *r, struct reply *p);
};

static long value_number(const struct fault *f, long otherwise)
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
        {502, "BadGateway"},
        {503, "ServiceUnavailable"},
        {504, "GatewayTimeout"},
    };

    for (size_t i = 0; i < COUNT_OF(codes); i++)
        if (codes[i].status == status)
            return codes[i].code;
    return "UnknownError";
}

static bool do_status(const struct fault *f, struct request *r, struct reply *p)
{
    long status = value_number(f, 503);
    const char *code = f->code != NULL ? f->code : default_code(status);

    reply_error(p, r, (unsigned)status, code,
                f->message != NULL ? f->message : "Please retry again later.");
    if (f->retry_after != NULL)
        reply_header(p, "Retry-After", "%s", f->retry_after);
    return true;
}

static bool do_reset(const struct fault *f, struct request *r, struct reply *p)
{
    (void)f;
    p->mode = REPLY_RESET;
    if (r->batch != NULL) /* one item of a batch has no connection of its own to lose */
        reply_error(p, r, 503, "ServiceUnavailable", "The service is unavailable.");
    return true;
}

static bool do_empty(const struct fault *f, struct request *r, struct reply *p)
{
    (void)r;
    p->status = (unsigned)value_number(f, 200);
    p->content_type = "application/json";
    return true;
}

static bool do_html(const struct fault *f, struct request *r, struct reply *p)
{
    (void)r;
    p->status = (unsigned)value_number(f, 200);
    p->content_type = "text/html; charset=utf-8";
    buf_str(&p->text, "<!DOCTYPE html>\n<html><head><title>Sign in</title></head>"
                      "<body><h1>The page cannot be displayed</h1></body></html>\n");
    return true;
}

static bool do_error_in_200(const struct fault *f, struct request *r, struct reply *p)
{
    reply_error(p, r, 200, f->code != NULL ? f->code : "InternalServerError",
                f->message != NULL ? f->message : "An error that arrived with status 200.");
    return true;
}

static bool do_redirect(const struct fault *f, struct request *r, struct reply *p)
{
    p->status = 302;
    reply_header(p, "Location", "%s", f->value != NULL ? f->value : r->sim->urls[SVC_STRANGER]);
    return true;
}

static bool do_claims(const struct fault *f, struct request *r, struct reply *p)
{
    (void)f;
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

static bool do_nonpremium(const struct fault *f, struct request *r, struct reply *p)
{
    (void)f;
    reply_error(p, r, 403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
                "Neither tenant is B2C or tenant doesn't have premium license");
    return true;
}

/* Every token issued so far is dead from now on; the service then refuses it by itself. */
static bool do_revoke(const struct fault *f, struct request *r, struct reply *p)
{
    (void)f;
    (void)p;
    atomic_store(&r->sim->revoked_below, atomic_load(&r->sim->token_serial) + 1);
    return false;
}

/* Lets the made-up tokens of nextlink-endless through as if they were page one. */
static bool do_endless_before(const struct fault *f, struct request *r, struct reply *p)
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

static bool do_big(const struct fault *f, struct request *r, struct reply *p)
{
    p->status = 200;
    p->content_type = "application/json";
    p->mode = REPLY_BIG;
    p->mode_value = value_number(f, 100L << 20);
    if (r->batch != NULL)
        reply_error(p, r, 500, "InternalServerError", "Not inside a batch.");
    return true;
}

/* ---- damage to a good reply ---- */

static void do_truncate(const struct fault *f, struct request *r, struct reply *p)
{
    (void)f;
    (void)r;
    p->mode = REPLY_TRUNCATE;
}

static void do_slow(const struct fault *f, struct request *r, struct reply *p)
{
    (void)r;
    p->mode = REPLY_SLOW;
    p->mode_value = value_number(f, 100);
}

static void to_text(struct reply *p)
{
    char *text;

    if (p->json == NULL)
        return;
    text = json_dumps(p->json, JSON_COMPACT);
    buf_str(&p->text, text != NULL ? text : "null");
    free(text);
    json_decref(p->json);
    p->json = NULL;
    if (p->content_type == NULL)
        p->content_type = "application/json";
}

static void insert_text(struct reply *p, size_t at, const char *what, size_t n)
{
    struct buf out = {0};

    buf_add(&out, p->text.data, at);
    buf_add(&out, what, n);
    buf_add(&out, p->text.data + at, p->text.len - at);
    buf_free(&p->text);
    p->text = out;
}

static void do_bad_utf8(const struct fault *f, struct request *r, struct reply *p)
{
    const char *at;

    (void)f;
    (void)r;
    to_text(p);
    at = p->text.data != NULL ? strstr(p->text.data, "\"displayName\":\"") : NULL;
    if (at != NULL)
        at += strlen("\"displayName\":\"");
    else if (p->text.data != NULL && (at = strstr(p->text.data, "\":\"")) != NULL)
        at += 3;
    if (at != NULL)
        insert_text(p, (size_t)(at - p->text.data), "\xff\xfe\xc3\x28", 4);
}

static void do_dup_keys(const struct fault *f, struct request *r, struct reply *p)
{
    const char *key = "value";
    struct buf dup = {0};

    (void)r;
    if (f->value != NULL)
        key = f->value;
    else if (json_object_get(p->json, "value") == NULL)
        key = json_object_iter_key(json_object_iter(p->json));
    if (key == NULL)
        return;
    buf_printf(&dup, "\"%s\":%s,", key, str_eq(key, "value") ? "[]" : "null");
    to_text(p);
    if (p->text.len > 2 && p->text.data[0] == '{')
        insert_text(p, 1, dup.data, dup.len);
    buf_free(&dup);
}

/* Applies one change to the object, or to each item when it is a list. */
static void each_item(json_t *body, const char *name, json_t *(*make)(void))
{
    json_t *list = json_object_get(body, "value");

    if (json_is_array(list)) {
        size_t i;
        json_t *item;

        json_array_foreach(list, i, item)
        {
            /* Items are shared with the tenant in memory: damage a copy. */
            json_t *copy = json_copy(item);

            if (make != NULL)
                jset(copy, name, make());
            else
                (void)json_object_del(copy, name);
            (void)json_array_set_new(list, i, copy);
        }
    } else if (make != NULL) {
        jset(body, name, make());
    } else {
        (void)json_object_del(body, name);
    }
}

static void own_body(struct reply *p)
{
    json_t *copy = json_copy(p->json);
    json_t *list = json_object_get(copy, "value");

    if (json_is_array(list))
        jset(copy, "value", json_copy(list));
    json_decref(p->json);
    p->json = copy;
}

static json_t *make_unexpected(void)
{
    return json_pack("{s:b, s:[i]}", "unexpected", 1, "values", 42);
}

static void do_wrong_type(const struct fault *f, struct request *r, struct reply *p)
{
    (void)r;
    if (!json_is_object(p->json))
        return;
    own_body(p);
    if (f->value != NULL) {
        each_item(p->json, f->value, make_unexpected);
    } else if (json_object_get(p->json, "value") != NULL) {
        jset(p->json, "value", json_string("not a list"));
    } else {
        json_t *list = json_array();

        jpush(list, p->json);
        p->json = list;
    }
}

static void do_missing(const struct fault *f, struct request *r, struct reply *p)
{
    (void)r;
    if (f->value == NULL || !json_is_object(p->json))
        return;
    own_body(p);
    each_item(p->json, f->value, NULL);
}

static void do_empty_page(const struct fault *f, struct request *r, struct reply *p)
{
    (void)f;
    (void)r;
    if (json_is_object(p->json) && p->status == 200) {
        own_body(p);
        jset(p->json, "value", json_array());
    }
}

static void set_next(struct reply *p, char *url)
{
    if (json_is_object(p->json) && p->status == 200) {
        own_body(p);
        jset(p->json, "@odata.nextLink", json_string(url));
    }
    free(url);
}

static void do_next_stranger(const struct fault *f, struct request *r, struct reply *p)
{
    (void)f;
    set_next(p, xasprintf("%s%s", r->sim->urls[SVC_STRANGER], r->target));
}

static void do_next_http(const struct fault *f, struct request *r, struct reply *p)
{
    (void)f;
    set_next(p, xasprintf("http%s%s", r->sim->urls[r->service] + strlen("https"), r->target));
}

static void do_next_loop(const struct fault *f, struct request *r, struct reply *p)
{
    (void)f;
    set_next(p, xasprintf("%s%s", r->sim->urls[r->service], r->target));
}

static void do_next_endless(const struct fault *f, struct request *r, struct reply *p)
{
    char *base = xstrdup(r->target), *old = strstr(base, "$skiptoken=endless");

    if (old != NULL && old > base)
        old[-1] = '\0';
    set_next(p, xasprintf("%s%s%c$skiptoken=endless%ld", r->sim->urls[r->service], base,
                          strchr(base, '?') != NULL ? '&' : '?', f->fired));
    free(base);
}

static const struct fault_kind kinds[] = {
    {"bad-utf8", NULL, do_bad_utf8},
    {"big", do_big, NULL},
    {"claims-challenge", do_claims, NULL},
    {"dup-keys", NULL, do_dup_keys},
    {"echo", NULL, NULL},
    {"empty", do_empty, NULL},
    {"empty-page", NULL, do_empty_page},
    {"endless", NULL, NULL},
    {"error-in-200", do_error_in_200, NULL},
    {"html", do_html, NULL},
    {"inject", NULL, NULL},
    {"missing-property", NULL, do_missing},
    {"nextlink-endless", do_endless_before, do_next_endless},
    {"nextlink-http", NULL, do_next_http},
    {"nextlink-loop", NULL, do_next_loop},
    {"nextlink-stranger", NULL, do_next_stranger},
    {"nonpremium", do_nonpremium, NULL},
    {"redirect", do_redirect, NULL},
    {"reset", do_reset, NULL},
    {"revoke-token", do_revoke, NULL},
    {"slow", NULL, do_slow},
    {"status", do_status, NULL},
    {"truncate", NULL, do_truncate},
    {"wrong-type", NULL, do_wrong_type},
};

static bool parse_part(struct fault *f, const char *key, size_t n, const char *value)
{
    static const struct {
        const char *key;
        size_t at;
    } texts[] = {
        {"match", offsetof(struct fault, match)},
        {"cmdlet", offsetof(struct fault, cmdlet)},
        {"value", offsetof(struct fault, value)},
        {"code", offsetof(struct fault, code)},
        {"message", offsetof(struct fault, message)},
        {"retry-after", offsetof(struct fault, retry_after)},
    };
    static const struct {
        const char *key;
        size_t at;
    } numbers[] = {
        {"nth", offsetof(struct fault, nth)},
        {"times", offsetof(struct fault, times)},
        {"page", offsetof(struct fault, page)},
    };

    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (strlen(texts[i].key) == n && memcmp(key, texts[i].key, n) == 0) {
            char *copy = xstrdup(value), *old;

            memcpy(&old, (char *)f + texts[i].at, sizeof old);
            free(old);
            memcpy((char *)f + texts[i].at, &copy, sizeof copy);
            return true;
        }
    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        if (strlen(numbers[i].key) == n && memcmp(key, numbers[i].key, n) == 0) {
            long v;

            if (!parse_long(value, 1, 1000000000, &v))
                return false;
            memcpy((char *)f + numbers[i].at, &v, sizeof v);
            return true;
        }
    if (n == 7 && memcmp(key, "service", n) == 0) {
        for (int i = 0; i < SVC_COUNT; i++)
            if (str_eq(service_names[i], value))
                f->service = i;
        return f->service >= 0;
    }
    if (n == 4 && memcmp(key, "kind", n) == 0) {
        for (size_t i = 0; i < COUNT_OF(kinds); i++)
            if (str_eq(kinds[i].name, value))
                f->kind = &kinds[i];
        return f->kind != NULL;
    }
    return false;
}

bool fault_parse(const char *spec, struct fault *f)
{
    char *copy = xstrdup(spec), *save = NULL;
    bool ok = true;

    *f = (struct fault){.spec = spec, .service = -1};
    for (char *part = strtok_r(copy, ";", &save); part != NULL && ok;
         part = strtok_r(NULL, ";", &save)) {
        char *eq = strchr(part, '=');

        ok = eq != NULL && parse_part(f, part, (size_t)(eq - part), eq + 1);
        if (!ok)
            fprintf(stderr, "graphaudit-simulator: --fault: do not understand '%s'\n", part);
    }
    if (ok && f->kind == NULL) {
        fputs("graphaudit-simulator: --fault: no kind=\n", stderr);
        ok = false;
    }
    if (f->nth > 0 && f->times == 0)
        f->times = 1; /* "the third request" means that one */
    free(copy);
    return ok;
}

void fault_free(struct fault *f)
{
    free(f->match);
    free(f->cmdlet);
    free(f->value);
    free(f->retry_after);
    free(f->code);
    free(f->message);
}

const struct fault *fault_pick(struct sim *s, enum service service, const char *target,
                               const char *cmdlet, unsigned page)
{
    const struct fault *found = NULL;

    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->fault_count; i++) {
        struct fault *f = &s->faults[i];

        if ((f->service >= 0 && f->service != (int)service) ||
            (f->match != NULL && strstr(target, f->match) == NULL) ||
            (f->cmdlet != NULL && !str_ieq(f->cmdlet, cmdlet)) ||
            (f->page > 0 && (unsigned)f->page != page))
            continue;
        f->seen++;
        if (f->seen < f->nth || (f->times > 0 && f->fired >= f->times))
            continue;
        f->fired++;
        found = f;
        break;
    }
    pthread_mutex_unlock(&s->lock);
    return found;
}

bool fault_before(const struct fault *f, struct request *r, struct reply *p)
{
    return f->kind->before != NULL && f->kind->before(f, r, p);
}

void fault_after(const struct fault *f, struct request *r, struct reply *p)
{
    if (f->kind->after != NULL)
        f->kind->after(f, r, p);
}

const char *fault_name(const struct fault *f)
{
    return f->kind->name;
}
