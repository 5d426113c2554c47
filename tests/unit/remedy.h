/* What the shipped rules advise, taken apart. A Graph remedy is "METHOD URL" or "METHOD URL BODY",
 * the body JSON. */
#ifndef TESTS_REMEDY_H
#define TESTS_REMEDY_H
#include "base/jsonx.h"
#include "base/strs.h"
#include "rules/engine.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define REMEDY_POLICIES "https://graph.microsoft.com/v1.0/identity/conditionalAccess/policies"

struct remedy {
    const char *id; /* the rule's, borrowed from the set */
    json_t *fields; /* the whole of `remediation`; NULL when the rule has none */
    const char *portal, *powershell, *graph;
    char method[8], url[300];
    const char *body; /* borrowed from `graph`; NULL: none */
};

static inline void remedy_tell(void *ctx, const char *file, int line, int column, const char *text)
{
    (void)ctx;
    fprintf(stderr, "%s:%d:%d: %s\n", file, line, column, text);
}

static inline struct ruleset *remedy_rules(void)
{
    struct ruleset *rs = NULL;
    struct err e = ERR_INIT;

    if (ruleset_load(NULL, 0, remedy_tell, NULL, &rs, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    return rs;
}

static inline bool remedy_is(const struct remedy *r, const char *method, const char *url)
{
    return str_eq(r->method, method) && str_eq(r->url, url);
}

/* The i-th rule's; released by remedy_release(). */
static inline void remedy_at(const struct ruleset *rs, size_t i, struct remedy *out)
{
    struct rule_info info;
    size_t method;
    size_t url;

    ruleset_info(rs, i, &info);
    *out = (struct remedy){.id = info.id};
    if (info.remediation_json == NULL)
        return;
    out->fields = json_loads(info.remediation_json, 0, NULL);
    out->portal = jx_text(out->fields, "portal");
    out->powershell = jx_text(out->fields, "powershell");
    out->graph = jx_text(out->fields, "graph");
    if (out->graph == NULL)
        return;
    method = strcspn(out->graph, " ");
    url = out->graph[method] != '\0' ? strcspn(out->graph + method + 1, " ") : 0;
    if (method >= sizeof out->method || url == 0 || url >= sizeof out->url)
        fail_msg("%s: no method and address in '%.80s'", info.id, out->graph);
    memcpy(out->method, out->graph, method);
    memcpy(out->url, out->graph + method + 1, url);
    if (out->graph[method + 1 + url] != '\0')
        out->body = out->graph + method + 1 + url + 1;
}

static inline void remedy_release(struct remedy *r)
{
    json_decref(r->fields);
}

/* Caller owns it. */
static inline json_t *remedy_json(const struct remedy *r, const char *text)
{
    struct err e = ERR_INIT;
    json_t *v = NULL;

    if (jx_parse(text, strlen(text), "body", &v, &e) != ERR_OK)
        fail_msg("%s: %s", r->id, e.msg);
    return v;
}

#endif
