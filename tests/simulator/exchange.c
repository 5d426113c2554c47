#include "exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "access.h"
#include "catalogue.h"
#include "exchange_schema.h"
#include "http.h"
#include "odata.h"
#include "tenant.h"
#include "timetext.h"

enum {
    DEFAULT_RESULTS = 1000, /* in total, when ResultSize is not sent */
    PAGE_MAX = 1000
};

struct call {
    struct request *r;
    struct reply *p;
    const struct tenant *t;
    const struct cmdlet *cmdlet;
    const json_t *params;
    struct query q;
};

void exchange_peek(struct request *r)
{
    if (r->json == NULL && r->body_len > 0)
        r->json = json_loadb(r->body, r->body_len, JSON_REJECT_DUPLICATES, NULL);
    r->cmdlet = jstr(json_object_get(r->json, "CmdletInput"), "CmdletName");
}

/* ---- errors ---- */

static void error_full(struct call *c, unsigned status, const char *code, const char *type,
                       const char *message)
{
    json_t *inside = json_pack("{s:s, s:s, s:n, s:n}", "Message", message, "TypeName", type,
                               "StackTrace", "InnerError");
    char *text = inside != NULL ? json_dumps(inside, JSON_COMPACT) : NULL;

    c->p->status = status;
    c->p->json = json_pack("{s:{s:s, s:s, s:[{s:s, s:s, s:s}], s:{s:s, s:s, s:{s:s}}}}", "error",
                           "code", code, "message", "Error executing cmdlet", "details", "code",
                           status == 404 ? "Client" : "Context", "target", "", "message",
                           text != NULL ? text : "", "innererror", "message",
                           "Error executing cmdlet", "type", "ODataServiceException",
                           "internalexception", "message", text != NULL ? message : "");
    reply_header(c->p, "X-ExceptionType", "%s", type);
    free(text);
    json_decref(inside);
}

static void invalid_full(struct call *c, unsigned status, const char *code, const char *type,
                         const char *message)
{
    request_invalid(c->r, "%s", message);
    error_full(c, status, code, type, message);
}

static void forbidden(struct call *c, const char *message)
{
    c->p->status = 403;
    c->p->json = json_pack("{s:{s:s, s:s}}", "error", "code", "Forbidden", "message", message);
    if (c->p->json == NULL)
        c->p->json = json_pack("{s:{s:s}}", "error", "code", "Forbidden");
}

/* ---- one object on the wire ---- */

struct annotation {
    const char *data_type, *odata_type; /* NULL: not sent */
};

static const struct annotation annotations[] = {
    [EX_TEXT] = {NULL, NULL},
    [EX_BOOL] = {NULL, NULL},
    [EX_GUID] = {"System.Guid", "#Guid"},
    [EX_DATE] = {"System.DateTime", NULL},
    [EX_INT16] = {"System.Int16", "#Int16"},
    [EX_INT32] = {"System.Int32", NULL},
    [EX_LIST] = {NULL, "#Collection(String)"},
};

static void annotate(json_t *o, const struct ex_prop *prop)
{
    const struct annotation *a = &annotations[prop->type];
    char *key;

    if (a->data_type != NULL) {
        key = xasprintf("%s@data.type", prop->name);
        jset(o, key, json_string(a->data_type));
        free(key);
    }
    if (a->odata_type != NULL) {
        key = xasprintf("%s@odata.type", prop->name);
        jset(o, key, json_string(a->odata_type));
        free(key);
    }
}

static json_t *wire_object(const struct call *c, json_t *values)
{
    json_t *o = json_object();

    for (size_t i = 0; i < c->cmdlet->prop_count; i++) {
        const struct ex_prop *prop = &c->cmdlet->props[i];
        const json_t *v = json_object_get(values, prop->name);
        json_t *out;

        if (!query_wants(&c->q, prop->name))
            continue;
        if (v == NULL && prop->otherwise == NULL)
            continue; /* absent on the wire, which is not the same as null */
        out = v != NULL ? jkeep(v) : json_loads(prop->otherwise, JSON_DECODE_ANY, NULL);
        if (!json_is_null(out))
            annotate(o, prop);
        jset(o, prop->name, out);
    }
    return o;
}

/* What the PowerShell module asks for: the same object as one CLIXML text. */
static void xml_text(struct buf *b, const char *s)
{
    for (; *s != '\0'; s++)
        switch (*s) {
        case '<':
            buf_str(b, "&lt;");
            break;
        case '>':
            buf_str(b, "&gt;");
            break;
        case '&':
            buf_str(b, "&amp;");
            break;
        case '"':
            buf_str(b, "&quot;");
            break;
        default:
            buf_add(b, s, 1);
            break;
        }
}

static json_t *clixml(json_t *o)
{
    struct buf b = {0};
    const char *key;
    json_t *value, *text;

    buf_str(&b, "<Objs Version=\"1.1.0.1\" "
                "xmlns=\"http://schemas.microsoft.com/powershell/2004/04\"><Obj RefId=\"0\"><MS>");
    json_object_foreach(o, key, value)
    {
        if (strchr(key, '@') != NULL)
            continue;
        if (json_is_boolean(value)) {
            buf_printf(&b, "<B N=\"%s\">%s</B>", key, json_is_true(value) ? "true" : "false");
        } else if (json_is_string(value)) {
            buf_printf(&b, "<S N=\"%s\">", key);
            xml_text(&b, json_string_value(value));
            buf_str(&b, "</S>");
        } else if (json_is_integer(value)) {
            buf_printf(&b, "<I32 N=\"%s\">%" JSON_INTEGER_FORMAT "</I32>", key,
                       json_integer_value(value));
        } else {
            buf_printf(&b, "<Nil N=\"%s\" />", key);
        }
    }
    buf_str(&b, "</MS></Obj></Objs>");
    text = json_pack("{s:s}", "_clixml", b.data);
    buf_free(&b);
    json_decref(o);
    return text;
}

/* ---- which objects ---- */

static size_t source_count(const struct call *c)
{
    const struct tenant *t = c->t;

    switch (c->cmdlet->source) {
    case EXS_TRANSPORT:
        return json_array_size(t->transport);
    case EXS_ORGANIZATION:
        return json_array_size(t->org_config);
    case EXS_AUTH_POLICIES:
        return json_array_size(t->auth_policies);
    case EXS_MAILBOXES:
        return tenant_mailbox_count(t);
    case EXS_MAIL_USERS:
        return json_array_size(t->mail_users);
    case EXS_ACCEPTED_DOMAINS:
        return json_array_size(t->accepted_domains);
    case EXS_DKIM:
        return json_array_size(t->dkim);
    case EXS_INBOUND:
        return json_array_size(t->inbound_connectors);
    case EXS_OUTBOUND_SPAM:
        return json_array_size(t->outbound_spam);
    case EXS_REMOTE_DOMAINS:
        return json_array_size(t->remote_domains);
    case EXS_TRANSPORT_RULES:
        return json_array_size(t->transport_rules);
    case EXS_SHARING:
        return json_array_size(t->sharing_policies);
    case EXS_EXTERNAL:
        return json_array_size(t->external_in_outlook);
    case EXS_USERS:
        return json_array_size(t->mail_users) + tenant_mailbox_count(t);
    }
    return 0;
}

static json_t *source_item(const struct call *c, size_t i)
{
    const struct tenant *t = c->t;
    size_t mail_users = json_array_size(t->mail_users);

    switch (c->cmdlet->source) {
    case EXS_TRANSPORT:
        return jkeep(json_array_get(t->transport, i));
    case EXS_ORGANIZATION:
        return jkeep(json_array_get(t->org_config, i));
    case EXS_AUTH_POLICIES:
        return jkeep(json_array_get(t->auth_policies, i));
    case EXS_MAILBOXES:
        return tenant_mailbox(t, i);
    case EXS_MAIL_USERS:
        return jkeep(json_array_get(t->mail_users, i));
    case EXS_ACCEPTED_DOMAINS:
        return jkeep(json_array_get(t->accepted_domains, i));
    case EXS_DKIM:
        return jkeep(json_array_get(t->dkim, i));
    case EXS_INBOUND:
        return jkeep(json_array_get(t->inbound_connectors, i));
    case EXS_OUTBOUND_SPAM:
        return jkeep(json_array_get(t->outbound_spam, i));
    case EXS_REMOTE_DOMAINS:
        return jkeep(json_array_get(t->remote_domains, i));
    case EXS_TRANSPORT_RULES:
        return jkeep(json_array_get(t->transport_rules, i));
    case EXS_SHARING:
        return jkeep(json_array_get(t->sharing_policies, i));
    case EXS_EXTERNAL:
        return jkeep(json_array_get(t->external_in_outlook, i));
    case EXS_USERS:
        return i < mail_users ? jkeep(json_array_get(t->mail_users, i))
                              : tenant_mailbox(t, i - mail_users);
    }
    return NULL;
}

static bool has_identity(const json_t *o, const char *identity)
{
    static const char *const keys[] = {"Identity",
                                       "Name",
                                       "Guid",
                                       "ExternalDirectoryObjectId",
                                       "UserPrincipalName",
                                       "PrimarySmtpAddress",
                                       "DomainName",
                                       "Domain",
                                       "Alias",
                                       "DistinguishedName",
                                       "ExchangeGuid"};
    const json_t *addresses = json_object_get(o, "EmailAddresses");

    for (size_t i = 0; i < COUNT_OF(keys); i++)
        if (str_ieq(jstr(o, keys[i]), identity))
            return true;
    for (size_t i = 0; i < json_array_size(addresses); i++) {
        const char *a = json_string_value(json_array_get(addresses, i));

        if (a != NULL && strncasecmp(a, "smtp:", 5) == 0 && str_ieq(a + 5, identity))
            return true;
    }
    return false;
}

static bool type_wanted(const json_t *o, const json_t *types)
{
    const char *type = jstr(o, "RecipientTypeDetails");

    if (types == NULL)
        return true;
    if (json_is_string(types))
        return str_ieq(type, json_string_value(types));
    for (size_t i = 0; i < json_array_size(types); i++)
        if (str_ieq(type, json_string_value(json_array_get(types, i))))
            return true;
    return false;
}

static bool chosen(const struct call *c, const json_t *o)
{
    const char *identity = jstr(c->params, "Identity");

    if (identity != NULL && !has_identity(o, identity))
        return false;
    if (c->cmdlet->source == EXS_MAIL_USERS &&
        jbool(c->params, "HVEAccount", false) != jbool(o, "HVEAccount", false))
        return false;
    return type_wanted(o, json_object_get(c->params, "RecipientTypeDetails"));
}

/* ---- parameters ---- */

static bool check_params(struct call *c)
{
    json_t *params = jkeep(c->params), *value;
    const char *key;
    bool ok = true;

    json_object_foreach(params, key, value)
    {
        if (!words_have(c->cmdlet->params, key, strlen(key))) {
            char *text =
                xasprintf("A parameter cannot be found that matches parameter name '%s'.", key);

            invalid_full(c, 400, "BadRequest",
                         "System.Management.Automation.ParameterBindingException", text);
            free(text);
            ok = false;
            break;
        }
        if (str_eq(key, "Identity") &&
            (json_is_null(value) || str_eq(json_string_value(value), "")))
            request_invalid(c->r, "empty Identity: the real service returns everything");
        if (str_eq(key, "Filter") || str_eq(key, "Anr") || str_eq(key, "SortBy"))
            request_invalid(c->r, "parameter %s is not simulated", key);
    }
    json_decref(params);
    return ok;
}

/* False: the value is neither a number nor Unlimited. */
static bool result_limit(struct call *c, size_t *limit)
{
    const json_t *v = json_object_get(c->params, "ResultSize");
    long n;

    *limit = c->r->result_cap > 0 ? c->r->result_cap : DEFAULT_RESULTS;
    if (v == NULL || c->r->result_cap > 0)
        return true;
    if (json_is_string(v) && str_ieq(json_string_value(v), "Unlimited")) {
        *limit = SIZE_MAX;
    } else if (json_is_integer(v) && json_integer_value(v) > 0) {
        *limit = (size_t)json_integer_value(v);
    } else if (json_is_string(v) && parse_long(json_string_value(v), 1, 1000000000, &n)) {
        *limit = (size_t)n;
    } else {
        invalid_full(c, 400, "BadRequest", "System.FormatException",
                     "Cannot convert value of ResultSize to type Unlimited.");
        return false;
    }
    return true;
}

static size_t page_size(const struct call *c)
{
    const char *prefer = request_header(c->r, "Prefer");
    const char *at = prefer != NULL ? strcasestr(prefer, "odata.maxpagesize=") : NULL;
    long n = at != NULL ? strtol(at + strlen("odata.maxpagesize="), NULL, 10) : PAGE_MAX;

    if (n < 1 || n > PAGE_MAX)
        n = PAGE_MAX;
    return request_page_size(c->r, (size_t)n);
}

/* ---- the answer ---- */

/* The service says in words that ResultSize cut its answer, on the last page only. */
static json_t *size_warning(const struct call *c, size_t limit)
{
    const char *given = "There are more results available than are currently displayed. To view "
                        "them, increase the value for the ResultSize parameter.";

    if (json_object_get(c->params, "ResultSize") != NULL && c->r->result_cap == 0)
        return json_string(given);
    return json_sprintf(
        "By default, only the first %zu items are returned. Use the ResultSize parameter to "
        "specify the number of items returned. To return all items, specify \"-ResultSize "
        "Unlimited\". Be aware that, depending on the actual number of items, returning all items "
        "may take a long time and consume a large amount of memory. Also, we don't recommend "
        "storing the results in a variable. Instead, pipe the results to another task or script to "
        "perform batch changes.",
        limit);
}

static void send_page(struct call *c, json_t *value, bool more, size_t next, json_t *warning)
{
    json_t *body = json_object();
    bool plain = str_ieq(request_header(c->r, "X-ResponseFormat"), "json");

    if (!plain)
        for (size_t i = 0; i < json_array_size(value); i++) {
            json_t *item = json_incref(json_array_get(value, i));

            (void)json_array_set_new(value, i, clixml(item));
        }
    jset(body, "@odata.context",
         json_sprintf("%s/adminapi/beta/%s/$metadata#Collection(Exchange.GenericHashTable)",
                      c->r->sim->urls[SVC_EXCHANGE], c->t->id));
    jset(body, "adminapi.warnings@odata.type", json_string("#Collection(String)"));
    jset(body, "@adminapi.warnings", warning != NULL ? json_pack("[o]", warning) : json_array());
    jset(body, "value", value);
    if (more) {
        char *token = odata_token(c->r, c->q.page + 1, next);
        char *link = odata_next_link(c->r, token);
        json_t *text = json_string(link);

        jset(body, "@odata.nextLink", text != NULL ? text : json_string(""));
        free(link);
        free(token);
    }
    c->p->status = 200;
    c->p->json = body;
}

static void not_found(struct call *c, const char *identity)
{
    char *text = xasprintf("The operation couldn't be performed because object '%s' couldn't be "
                           "found on 'EURPR07A001DC.prod.outlook.com'.",
                           identity);

    error_full(c, 404, "NotFound",
               "Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException", text);
    free(text);
}

static void run(struct call *c)
{
    const char *identity = jstr(c->params, "Identity");
    size_t n = source_count(c), limit, size = page_size(c), found = 0, i, from = c->q.offset;
    json_t *value;
    bool selective =
        json_object_size(c->params) > (json_object_get(c->params, "ResultSize") != NULL ? 1U : 0U);

    if (!check_params(c) || !result_limit(c, &limit))
        return;
    if (c->cmdlet->source == EXS_MAIL_USERS)
        selective = true;
    value = json_array();
    /* The offset counts objects looked at; without a selection each one is a result. */
    for (i = from; i < n && found < size && (selective ? found : i) < limit; i++) {
        json_t *o = source_item(c, i);

        if (chosen(c, o)) {
            jpush(value, wire_object(c, o));
            found++;
        }
        json_decref(o);
    }
    if (identity != NULL && *identity != '\0' && found == 0 && from == 0) {
        json_decref(value);
        not_found(c, identity);
        return;
    }
    /* With a selection nobody knows whether there would have been more: no warning then. */
    send_page(c, value, i < n && (selective ? found : i) < limit, i,
              i < n && !selective && i >= limit ? size_warning(c, limit) : NULL);
}

static bool may_call(struct call *c, const struct token *tok)
{
    static const char *const readers[] = {"Global Reader", "Security Reader",
                                          "Exchange Administrator", "Global Administrator"};
    bool role = false;
    char *text;

    for (size_t i = 0; i < COUNT_OF(readers); i++)
        role = role || access_claim_has(tok, "wids", role_find(readers[i])->template_id);
    if (!access_claim_has(tok, "roles", "Exchange.ManageAsApp")) {
        forbidden(c, "The application lacks the permission Exchange.ManageAsApp.");
        return false;
    }
    if (!role) {
        forbidden(c,
                  "The role assigned to the application isn't supported in this scenario. Please "
                  "check online documentation for assigning correct Directory Roles.");
        return false;
    }
    if (!strings_has_nocase(&c->r->sim->opt.disabled_cmdlets, c->r->cmdlet))
        return true;
    text = xasprintf("User is not allowed to call %s", c->r->cmdlet);
    forbidden(c, text);
    free(text);
    return false;
}

static bool check_select(struct call *c)
{
    for (size_t i = 0; i < c->q.select.n; i++) {
        const struct ex_prop *prop = cmdlet_prop(c->cmdlet, c->q.select.v[i]);
        char *text;

        if (prop != NULL) {
            c->q.select.v[i] = prop->name; /* names match in any case; answer in ours */
            continue;
        }
        text = xasprintf("Could not find a property named '%s' on the output of %s.",
                         c->q.select.v[i], c->cmdlet->name);
        invalid_full(c, 400, "BadRequest", "Microsoft.OData.ODataException", text);
        free(text);
        return false;
    }
    return true;
}

static void invoke(struct call *c)
{
    const char *name = c->r->cmdlet;
    char *text;

    c->cmdlet = cmdlet_find(name);
    c->params = json_object_get(json_object_get(c->r->json, "CmdletInput"), "Parameters");
    if (name == NULL) {
        invalid_full(c, 400, "BadRequest", "System.ArgumentException",
                     "The body has no CmdletInput.CmdletName.");
        return;
    }
    if (c->cmdlet == NULL) {
        text =
            xasprintf("The term '%s' is not recognized as the name of a cmdlet, function, script "
                      "file, or operable program.",
                      name);
        invalid_full(c, 400, "BadRequest", "System.Management.Automation.CommandNotFoundException",
                     text);
        free(text);
        return;
    }
    if (query_parse(c->r, c->p, OD_SELECT, &c->q) && check_select(c))
        run(c);
}

/* /adminapi/{beta|v1.0}/{tenant}/InvokeCommand */
static bool split_path(const struct request *r, char **tenant, const char **rest)
{
    static const char *const bases[] = {"/adminapi/beta/", "/adminapi/v1.0/"};

    for (size_t i = 0; i < COUNT_OF(bases); i++) {
        size_t n = strlen(bases[i]), k;

        if (strncasecmp(r->path, bases[i], n) != 0)
            continue;
        k = strcspn(r->path + n, "/");
        *tenant = xstrndup(r->path + n, k);
        *rest = r->path + n + k;
        return true;
    }
    return false;
}

static void send_module_file(struct call *c)
{
    json_t *names = json_array();

    for (size_t i = 0; i < cmdlet_count; i++)
        if (!strings_has_nocase(&c->r->sim->opt.disabled_cmdlets, cmdlets[i].name))
            jpush(names, json_string(cmdlets[i].name));
    c->p->status = 200;
    c->p->json = json_pack("{s:[{s:o}]}", "value", "exportedCmdlets", names);
}

static void route(struct call *c, const struct token *tok)
{
    char *tenant = NULL;
    const char *rest = "";
    bool ours = split_path(c->r, &tenant, &rest) && tenant_is(c->t, tenant);

    free(tenant);
    if (ours && str_eq(rest, "/EXOModuleFile") && str_eq(c->r->method, "GET")) {
        if (may_call(c, tok))
            send_module_file(c);
    } else if (ours && str_ieq(rest, "/InvokeCommand")) {
        if (!str_eq(c->r->method, "POST")) {
            request_invalid(c->r, "%s InvokeCommand: a nextLink is POSTed again", c->r->method);
            c->p->status = 405;
            c->p->json = json_pack("{s:{s:s, s:s}}", "error", "code", "MethodNotAllowed", "message",
                                   "The requested resource does not support this http method.");
            reply_header(c->p, "Allow", "POST");
        } else if (may_call(c, tok)) {
            invoke(c);
        }
    } else {
        request_invalid(c->r, "unknown Exchange path");
        c->p->status = 404;
        c->p->json = json_pack("{s:{s:s, s:s}}", "error", "code", "NotFound", "message",
                               "The resource could not be found.");
    }
}

void exchange_handle(struct request *r, struct reply *p)
{
    struct call c = {.r = r, .p = p, .t = r->sim->tenant};
    struct token tok = {0};
    char when[TIME_TEXT];

    if (access_token(r, p, &tok))
        route(&c, &tok);
    if (p->status == 200) {
        time_iso(clock_now() + 300, when);
        reply_header(p, "preference-applied", "odata.include-annotations=\"*\"");
        reply_header(p, "Rate-Limit-Limit", "30000");
        reply_header(p, "Rate-Limit-Remaining", "29997");
        reply_header(p, "Rate-Limit-Reset", "%s", when);
        reply_header(p, "X-ConcurrencyCount", "%u", r->concurrent - 1);
        reply_header(p, "OData-Version", "4.0");
    }
    query_clear(&c.q);
    access_token_clear(&tok);
}
