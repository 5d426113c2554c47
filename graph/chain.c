#include "chain.h"

#include "base/buf.h"
#include "base/jsonx.h"
#include "base/limits.h"
#include "base/mem.h"
#include "request_guard.h"
#include "url.h"

#include <stdlib.h>
#include <string.h>

static char *copy(const char *s)
{
    return s != NULL ? xstrdup(s) : NULL;
}

void chain_free(struct chain *ch)
{
    if (ch == NULL)
        return;
    free(ch->name);
    free(ch->cmdlet);
    free(ch->url);
    free(ch->body);
    free(ch->regional);
    link_seen_release(&ch->seen);
    link_seen_release(&ch->seen_rows);
    free(ch);
}

/* {"CmdletInput":{"CmdletName":"Get-X","Parameters":{...}}}; NULL when `parameters` is no object.
 */
static char *invoke_body(const char *cmdlet, const char *parameters, struct err *e)
{
    json_t *inner = NULL;
    json_t *body;
    char *text = NULL;

    if (jx_parse(parameters, strlen(parameters), "Parameters", &inner, e) != ERR_OK)
        return NULL;
    body = json_pack("{s:{s:s, s:O}}", "CmdletInput", "CmdletName", cmdlet, "Parameters", inner);
    json_decref(inner);
    if (body != NULL)
        text = json_dumps(body, JSON_COMPACT);
    json_decref(body);
    return text;
}

static enum err_code build_exchange(struct chain *ch, const struct chain_spec *s,
                                    const char *origin, const char *tenant, struct err *e)
{
    if (s->cmdlet == NULL)
        return err_set(e, ERR_BUG, "%s: no cmdlet", s->name);
    ch->url = xasprintf("%s/adminapi/beta/%s/InvokeCommand%s%s", origin, tenant,
                        s->select != NULL ? "?$select=" : "", s->select != NULL ? s->select : "");
    ch->body = invoke_body(s->cmdlet, s->parameters != NULL ? s->parameters : "{}", e);
    if (ch->body == NULL) {
        e->code = ERR_BUG;
        return e->code;
    }
    return ERR_OK;
}

/* Begins with a later page. The link comes out of a file, and a bearer token goes where it leads:
 * it has to be one that a reply could have given, on the service's own host or on the regional one
 * that an allowed redirect would lead to. */
static enum err_code begin_at(struct chain *ch, const char *next, const char *origin, struct err *e)
{
    enum link_service service = ch->spec.service == SERVICE_GRAPH ? LINK_GRAPH : LINK_EXCHANGE;
    struct err not_own = ERR_INIT;
    struct err not_near = ERR_INIT;
    char at[URL_ORIGIN_BYTES];
    struct url u;
    char *url = NULL;

    if (link_check_next(next, service, origin, NULL, &not_own) == ERR_OK) {
        url = xstrdup(next);
    } else if (not_own.code == ERR_LIMIT ||
               link_check_redirect(next, service, origin, &url, &not_near) != ERR_OK) {
        return err_set(e, ERR_PARSE, "%s", not_own.msg);
    } else if (url_parse(url, &u)) {
        ch->regional = xstrdup(url_origin(&u, at));
    }
    free(ch->url);
    ch->url = url;
    ch->pages = ch->spec.pages_before;
    return ERR_OK;
}

enum err_code chain_new(struct client *client, const struct chain_spec *spec, const char *origin,
                        const char *tenant, struct chain **out, struct err *e)
{
    struct chain *ch = xcalloc(1, sizeof *ch);
    bool is_graph = spec->service == SERVICE_GRAPH;
    struct url u;

    ch->client = client;
    ch->spec = *spec;
    ch->spec.name = ch->name = copy(spec->name);
    ch->spec.cmdlet = ch->cmdlet = copy(spec->cmdlet);
    ch->spec.path = ch->spec.body = ch->spec.parameters = ch->spec.select = NULL;
    ch->spec.next_url = NULL;
    if (is_graph) {
        ch->url = xasprintf("%s%s", origin, spec->path != NULL ? spec->path : "");
        ch->body = copy(spec->body);
    } else {
        build_exchange(ch, spec, origin, tenant, e);
    }
    if (e->code == ERR_OK && spec->next_url != NULL)
        begin_at(ch, spec->next_url, origin, e);
    if (e->code == ERR_OK && !url_parse(ch->url, &u))
        err_set(e, ERR_BUG, "%s: the path is not percent-encoded", spec->name);
    if (e->code == ERR_OK)
        guard_request(is_graph ? GUARD_GRAPH : GUARD_EXCHANGE, ch->body != NULL ? "POST" : "GET",
                      u.path, ch->body, ch->body != NULL ? strlen(ch->body) : 0, e);
    if (e->code != ERR_OK) {
        chain_free(ch);
        return e->code;
    }
    (void)link_seen_add(&ch->seen, ch->url);
    *out = ch;
    return ERR_OK;
}

static void add_header(struct strlist *out, const char *name, const char *value)
{
    char *line = xasprintf("%s: %s", name, value);

    strlist_add(out, line);
    free(line);
}

void chain_headers(struct chain *ch, const char *tenant, struct strlist *out)
{
    char *anchor;

    guid_random(ch->client_request_id);
    add_header(out, "Accept", "application/json");
    add_header(out, "client-request-id", ch->client_request_id);
    add_header(out, "return-client-request-id", "true");
    if (ch->body != NULL)
        add_header(out, "Content-Type", "application/json");
    if (ch->spec.service == SERVICE_GRAPH) {
        /* Without it, newer enum members come as "unknownFutureValue". */
        add_header(out, "Prefer", "include-unknown-enum-members");
        if (ch->spec.eventual)
            add_header(out, "ConsistencyLevel", "eventual");
        return;
    }
    add_header(out, "Prefer", "odata.maxpagesize=1000");
    add_header(out, "X-ResponseFormat", "json");
    add_header(out, "X-CmdletName", ch->spec.cmdlet);
    anchor = xasprintf("APP:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@%s", tenant);
    add_header(out, "X-AnchorMailbox", anchor);
    free(anchor);
}

static void new_request(struct chain *ch, char *url)
{
    free(ch->url);
    ch->url = url;
    ch->failed = 0;
    ch->odd = 0;
    ch->needs_fresh = false;
    ch->renewed = false;
}

void chain_set_page(struct chain *ch, char *url)
{
    new_request(ch, url);
    ch->redirects = 0;
}

void chain_set_redirect(struct chain *ch, char *url)
{
    struct url u;
    char origin[URL_ORIGIN_BYTES];

    new_request(ch, url);
    ch->redirects++;
    if (url_parse(url, &u)) {
        free(ch->regional);
        ch->regional = xstrdup(url_origin(&u, origin));
    }
}

struct chain_end chain_standing(const struct chain *ch, enum err_code code, const char *message)
{
    return (struct chain_end){.code = code,
                              .message = message,
                              .error_code = ch->error_code,
                              .status = ch->status,
                              .rows = ch->rows,
                              .pages = ch->pages,
                              .requests = ch->requests,
                              .request_id = ch->request_id,
                              .client_request_id = ch->client_request_id};
}
