#include "graph.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter.h"
#include "http.h"

void graph_error(struct graph_call *c, unsigned status, const char *code, const char *message)
{
    reply_error(c->p, c->r, status, code, message);
}

static void invalid(struct graph_call *c, const char *code, const char *message)
{
    request_invalid(c->r, "%s", message);
    graph_error(c, 400, code, message);
}

void graph_denied(struct graph_call *c)
{
    graph_error(c, 403, "Authorization_RequestDenied",
                "Insufficient privileges to complete the operation.");
}

void graph_nonpremium(struct graph_call *c)
{
    graph_error(c, 403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
                "Neither tenant is B2C or tenant doesn't have premium license");
}

bool graph_permitted(const struct graph_call *c, const char *permission)
{
    return access_claim_has(&c->token, "roles", permission);
}

/* ---- enum members after the sentinel ---- */

static const struct {
    const char *key, *value;
} late_members[] = {
    {"builtInControls", "riskRemediation"},
    {"includePlatforms", "linux"},
    {"excludePlatforms", "linux"},
    {"allowedCombinations", "qrCodePin"},
    {"result", "reportOnlySuccess"},
    {"result", "reportOnlyFailure"},
    {"result", "reportOnlyNotApplied"},
    {"result", "reportOnlyInterrupted"},
    {"authenticationProtocol", "deviceCode"},
};

static bool is_late(const char *key, const char *value)
{
    for (size_t i = 0; i < COUNT_OF(late_members); i++)
        if (str_eq(key, late_members[i].key) && str_eq(value, late_members[i].value))
            return true;
    return false;
}

static void mask(json_t *v, const char *key)
{
    const char *name;
    json_t *child;
    size_t i;

    if (json_is_array(v)) {
        json_array_foreach(v, i, child)
        {
            if (json_is_string(child) && is_late(key, json_string_value(child)))
                (void)json_array_set_new(v, i, json_string("unknownFutureValue"));
            else
                mask(child, key);
        }
        return;
    }
    json_object_foreach(v, name, child)
    {
        if (json_is_string(child) && is_late(name, json_string_value(child)))
            jset(v, name, json_string("unknownFutureValue"));
        else
            mask(child, name);
    }
}

static void mask_enums(struct graph_call *c)
{
    const char *prefer = request_header(c->r, "Prefer");
    json_t *copy;

    if ((c->route->flags & GF_ENUMS) == 0 || c->p->json == NULL)
        return;
    if (prefer != NULL && str_contains_nocase(prefer, "include-unknown-enum-members")) {
        reply_header(c->p, "Preference-Applied", "include-unknown-enum-members");
        return;
    }
    request_invalid(c->r, "no Prefer: include-unknown-enum-members");
    copy = json_deep_copy(c->p->json); /* the tenant's own objects are shared */
    json_decref(c->p->json);
    c->p->json = copy;
    mask(copy, "");
}

/* ---- $select ---- */

/* Known on a single user, refused in a collection (501). */
static const char not_in_lists[] = "aboutMe birthday hireDate interests mailboxSettings mySite "
                                   "pastProjects preferredName responsibilities schools skills";

static bool check_select(struct graph_call *c)
{
    for (size_t i = 0; i < c->q.select.n; i++) {
        const char *name = c->q.select.v[i];
        size_t n = strlen(name);
        char *text;

        if (words_have(c->route->props, name, n) ||
            (c->beta && c->route->beta_props != NULL && words_have(c->route->beta_props, name, n)))
            continue;
        if ((c->route->flags & GF_OPEN) != 0 && words_have(not_in_lists, name, n)) {
            request_invalid(c->r, "%s cannot be selected in a list", name);
            graph_error(c, 501, "NotImplemented", "This operation target is not yet supported.");
            return false;
        }
        if ((c->route->flags & GF_OPEN) != 0) {
            request_invalid(c->r, "$select of the undeclared property %s", name);
            continue; /* no error from the service: the property is just never there */
        }
        text = xasprintf("Parsing OData Select and Expand failed: Could not find a property named "
                         "'%s' on type 'microsoft.graph.%s'.",
                         name, c->route->type);
        invalid(c, "BadRequest", text);
        free(text);
        return false;
    }
    return true;
}

static bool shown(const struct graph_call *c, const char *key)
{
    const char *at = strchr(key, '@');
    size_t n = at != NULL ? (size_t)(at - key) : strlen(key);

    if (n == 0)
        return true; /* @odata.type and friends */
    if (c->q.select.n > 0) {
        for (size_t i = 0; i < c->q.select.n; i++)
            if (strlen(c->q.select.v[i]) == n && memcmp(c->q.select.v[i], key, n) == 0)
                return true;
        return false;
    }
    if (c->route->defaults != NULL)
        return words_have(c->route->defaults, key, n);
    return words_have(c->route->props, key, n) ||
           (c->beta && c->route->beta_props != NULL && words_have(c->route->beta_props, key, n)) ||
           words_have("principal ipRanges isTrusted countriesAndRegions", key, n);
}

/* Takes the object; gives back what the client asked for. */
static json_t *project(const struct graph_call *c, json_t *o)
{
    json_t *out;
    const char *key;
    json_t *value;

    if (c->route->props == NULL)
        return o;
    out = json_object();
    json_object_foreach(o, key, value)
    {
        if (shown(c, key) && (c->route->max_top == 0 || strcmp(key, "@odata.type") != 0 ||
                              !str_eq(c->route->type, "user")))
            jset(out, key, json_incref(value));
    }
    json_decref(o);
    return out;
}

/* ---- lists ---- */

static json_t *context_of(const struct graph_call *c)
{
    const char *path = c->r->path + (c->beta ? strlen("/beta/") : strlen("/v1.0/"));
    struct buf b = {0};
    json_t *v;

    buf_printf(&b, "%s/%s/$metadata#%s", c->r->sim->urls[SVC_GRAPH], c->beta ? "beta" : "v1.0",
               path);
    for (size_t i = 0; i < c->q.select.n; i++)
        buf_printf(&b, "%s%s", i == 0 ? "(" : ",", c->q.select.v[i]);
    if (c->q.select.n > 0)
        buf_str(&b, ")");
    v = json_string(b.data);
    buf_free(&b);
    return v != NULL ? v : json_string("$metadata");
}

static size_t page_size(const struct graph_call *c, size_t n)
{
    size_t size = c->q.top > 0 ? (size_t)c->q.top : c->route->max_top >= 999 ? 100 : 50;

    if (c->route->max_top == 0)
        return n;
    if (c->q.top == 0 && c->route->max_top == 1000)
        size = 1000; /* sign-ins: default and maximum are the same */
    size = request_page_size(c->r, size);
    return size;
}

/* Indexes of the items that pass the $filter. NULL: no filter, take them all. */
static size_t *matching(struct graph_call *c, size_t *n, list_item *item, const void *arg, bool *ok)
{
    char *why = NULL;
    struct filter *f;
    size_t *hits, k = 0;

    *ok = true;
    if (c->q.filter == NULL)
        return NULL;
    f = filter_parse(c->q.filter, c->route->filters, &why);
    if (f == NULL) {
        invalid(c, "BadRequest", why);
        free(why);
        *ok = false;
        return NULL;
    }
    hits = xcalloc(*n, sizeof *hits);
    for (size_t i = 0; i < *n; i++) {
        json_t *o = item(c, arg, i);

        if (filter_match(f, o))
            hits[k++] = i;
        json_decref(o);
    }
    filter_free(f);
    *n = k;
    return hits;
}

void graph_send_list(struct graph_call *c, size_t n, list_item *item, const void *arg)
{
    json_t *body = json_object(), *value = json_array();
    bool ok;
    size_t *hits = matching(c, &n, item, arg, &ok);
    size_t size = page_size(c, n), from = c->q.offset, to;

    if (!ok) {
        json_decref(body);
        json_decref(value);
        return;
    }
    if (from > n)
        from = n;
    to = size > n - from ? n : from + size;
    /* A page may be empty while more follow: the third of a long list always is. */
    if (c->q.page == 3 && to < n)
        to = from;
    jset(body, "@odata.context", context_of(c));
    if (c->q.count && c->q.page == 1)
        jset(body, "@odata.count", json_integer((json_int_t)n));
    if (to < n) {
        char *token = odata_token(c->r, c->q.page + 1, to);
        char *link = odata_next_link(c->r, token);
        json_t *text = json_string(link);

        jset(body, "@odata.nextLink", text != NULL ? text : json_string(""));
        free(link);
        free(token);
    }
    for (size_t i = from; i < to; i++)
        jpush(value, project(c, item(c, arg, hits != NULL ? hits[i] : i)));
    free(hits);
    jset(body, "value", value);
    c->p->status = 200;
    c->p->json = body;
}

static json_t *array_item(const struct graph_call *c, const void *arg, size_t i)
{
    (void)c;
    return jkeep(json_array_get(arg, i));
}

void graph_send_array(struct graph_call *c, const json_t *array)
{
    graph_send_list(c, json_array_size(array), array_item, array);
}

void graph_send_object(struct graph_call *c, const json_t *o)
{
    json_t *body = json_object(), *shown_part;

    jset(body, "@odata.context", context_of(c));
    shown_part = project(c, jkeep(o));
    (void)json_object_update(body, shown_part);
    json_decref(shown_part);
    c->p->status = 200;
    c->p->json = body;
}

/* ---- routing ---- */

static bool segment_matches(const char **pattern, const char **path, struct graph_call *c)
{
    size_t a = strcspn(*pattern, "/"), b = strcspn(*path, "/");

    if (a == 2 && (*pattern)[0] == '{') {
        if (b == 0 || c->arg_count == COUNT_OF(c->args))
            return false;
        c->args[c->arg_count++] = xstrndup(*path, b);
    } else if (a != b || memcmp(*pattern, *path, a) != 0) {
        return false;
    }
    *pattern += a;
    *path += b;
    return true;
}

static void drop_args(struct graph_call *c)
{
    for (unsigned i = 0; i < c->arg_count; i++)
        free(c->args[i]);
    c->arg_count = 0;
}

static bool route_matches(const char *pattern, const char *path, struct graph_call *c)
{
    drop_args(c);
    while (segment_matches(&pattern, &path, c)) {
        if (*pattern == '\0' && *path == '\0')
            return true;
        if (*pattern != '/' || *path != '/')
            break;
        pattern++;
        path++;
    }
    drop_args(c);
    return false;
}

/* Sets c->route; when there is none the reply is an error that says why. */
static bool find_route(struct graph_call *c, const char *path)
{
    unsigned version = c->beta ? GV_BETA : GV_V1;
    const struct options *o = &c->r->sim->opt;
    bool other_method = false;
    char *text;

    for (size_t i = 0; i < o->disabled_endpoints.n; i++)
        if (strstr(c->r->path, o->disabled_endpoints.v[i]) != NULL) {
            graph_error(c, 400, "BadRequest", "Resource not found for the segment.");
            return false;
        }
    for (size_t i = 0; i < graph_route_count; i++) {
        const struct route *route = &graph_routes[i];

        if ((route->versions & version) == 0 || !route_matches(route->path, path, c))
            continue;
        if (str_eq(route->method, c->r->method)) {
            c->route = route;
            return true;
        }
        other_method = true;
        drop_args(c);
    }
    if (other_method) {
        request_invalid(c->r, "method %s is not allowed here", c->r->method);
        graph_error(c, 405, "Request_BadRequest",
                    "Specified HTTP method is not allowed for the request target.");
        return false;
    }
    if (!str_eq(c->r->method, "GET"))
        request_invalid(c->r, "method %s", c->r->method);
    text = xasprintf("Resource not found for the segment '%.*s'.", (int)strcspn(path, "/"), path);
    request_invalid(c->r, "unknown path");
    graph_error(c, 400, "BadRequest", text);
    free(text);
    return false;
}

static bool check_gate(struct graph_call *c)
{
    if (c->route->gate <= c->t->licence)
        return true;
    if (c->route->gate == LICENCE_P1)
        graph_nonpremium(c);
    else
        graph_error(c, 403, "AadPremiumLicenseRequired",
                    "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID "
                    "Governance license.");
    return false;
}

static bool check_permission(struct graph_call *c)
{
    const struct route *route = c->route;

    if (route->permission == NULL || graph_permitted(c, route->permission) ||
        (route->also != NULL && graph_permitted(c, route->also)))
        return true;
    if ((route->flags & GF_NULLS) != 0) {
        c->denied = true;
        return true;
    }
    graph_denied(c);
    return false;
}

static bool check_query(struct graph_call *c)
{
    const struct route *route = c->route;
    const char *level = request_header(c->r, "ConsistencyLevel");
    char text[128];

    if (!query_parse(c->r, c->p, route->options, &c->q) || !check_select(c))
        return false;
    if (route->max_top > 0 && c->q.top > route->max_top) {
        snprintf(text, sizeof text,
                 "Invalid page size specified: '%ld'. Must be between 1 and %ld inclusive.",
                 c->q.top, route->max_top);
        invalid(c, "Request_UnsupportedQuery", text);
        return false;
    }
    if ((route->flags & GF_EVENTUAL) != 0 &&
        (!str_ieq(level, "eventual") || !str_ieq(request_param(c->r, "$count"), "true"))) {
        invalid(c, "Request_UnsupportedQuery",
                "Request_UnsupportedQuery: this cast needs ConsistencyLevel: eventual and "
                "$count=true.");
        return false;
    }
    if ((route->flags & GF_DIRECTORY) != 0 && c->q.count && !str_ieq(level, "eventual")) {
        invalid(c, "Request_UnsupportedQuery", "$count needs ConsistencyLevel: eventual.");
        return false;
    }
    return true;
}

static void answer(struct graph_call *c)
{
    const char *path = NULL;

    if (str_starts(c->r->path, "/v1.0/"))
        path = c->r->path + strlen("/v1.0/");
    else if (str_starts(c->r->path, "/beta/"))
        path = c->r->path + strlen("/beta/");
    c->beta = str_starts(c->r->path, "/beta/");
    if (!access_token(c->r, c->p, &c->token))
        return;
    if (path == NULL) {
        invalid(c, "BadRequest", "Invalid version.");
        return;
    }
    if (!find_route(c, path) || !check_permission(c) || !check_gate(c) || !check_query(c))
        return;
    c->route->handle(c);
    if (c->p->status == 200)
        mask_enums(c);
}

void graph_handle(struct request *r, struct reply *p)
{
    struct graph_call c = {.r = r, .p = p, .t = r->sim->tenant};

    answer(&c);
    if (p->status == 200) {
        reply_header(p, "x-ms-resource-unit", "1");
        reply_header(p, "OData-Version", "4.0");
    }
    drop_args(&c);
    query_clear(&c.q);
    access_token_clear(&c.token);
}
