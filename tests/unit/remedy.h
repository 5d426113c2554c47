/* What the shipped rules advise, taken apart. A Graph remedy is "METHOD URL" or "METHOD URL BODY",
 * the body JSON. */
#ifndef TESTS_REMEDY_H
#define TESTS_REMEDY_H
#include "base/jsonx.h"
#include "base/mem.h"
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

#define REMEDY_EMERGENCY "aaaaaaaa-0000-4000-8000-000000000001"
#define REMEDY_DEVICES "aaaaaaaa-0000-4000-8000-000000000002"
#define REMEDY_OFFICE "aaaaaaaa-0000-4000-8000-000000000003"

struct remedy {
    const char *id, *pack; /* the rule's, borrowed from the set */
    json_t *fields;        /* the whole of `remediation`; NULL when the rule has none */
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

/* The rule alone: many evaluations of all would take long. Run from the source directory. */
static inline struct ruleset *remedy_rule(const struct remedy *r)
{
    char *path = xasprintf("rules/packs/%s/%s.yaml", r->pack, r->id);
    const char *paths[] = {path};
    struct ruleset *rs = NULL;
    struct err e = ERR_INIT;

    if (ruleset_load(paths, 1, remedy_tell, NULL, &rs, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    free(path);
    return rs;
}

static inline bool remedy_is(const struct remedy *r, const char *method, const char *url)
{
    return str_eq(r->method, method) && str_eq(r->url, url);
}

/* Takes `graph` apart into method, address and body. */
static inline void remedy_split(struct remedy *r)
{
    size_t method = strcspn(r->graph, " ");
    size_t url = r->graph[method] != '\0' ? strcspn(r->graph + method + 1, " ") : 0;

    if (method >= sizeof r->method || url == 0 || url >= sizeof r->url)
        fail_msg("%s: no method and address in '%.80s'", r->id, r->graph);
    memcpy(r->method, r->graph, method);
    memcpy(r->url, r->graph + method + 1, url);
    if (r->graph[method + 1 + url] != '\0')
        r->body = r->graph + method + 1 + url + 1;
}

/* The i-th rule's; released by remedy_release(). */
static inline void remedy_at(const struct ruleset *rs, size_t i, struct remedy *out)
{
    struct rule_info info;

    ruleset_info(rs, i, &info);
    *out = (struct remedy){.id = info.id, .pack = info.pack};
    if (info.remediation_json == NULL)
        return;
    out->fields = json_loads(info.remediation_json, 0, NULL);
    out->portal = jx_text(out->fields, "portal");
    out->powershell = jx_text(out->fields, "powershell");
    out->graph = jx_text(out->fields, "graph");
    if (out->graph != NULL)
        remedy_split(out);
}

static inline void remedy_release(struct remedy *r)
{
    json_decref(r->fields);
}

/* The text with each word in capitals replaced by what an administrator could put there. Caller
 * frees. */
static inline char *remedy_filled(const char *text)
{
    static const char *const words[][2] = {
        {"EMERGENCY-GROUP-ID", REMEDY_EMERGENCY},
        {"DEVICES-GROUP-ID", REMEDY_DEVICES},
        {"LOCATION-ID", REMEDY_OFFICE},
        {"AAGUID-OF-A-KEY-IN-USE", "aaaaaaaa-0000-4000-8000-000000000009"},
        {"GROUP-ID", "aaaaaaaa-0000-4000-8000-000000000008"},
        {"REVIEWER-ID", "aaaaaaaa-0000-4000-8000-000000000007"},
        {"START-TIME", "2026-01-01T00:00:00Z"},
        {"\"ADDRESS/", "\"203.0.113.7/"},
        {"SECURITY-TEAM-ADDRESS", "security@example.com"},
    };
    char *filled = xstrdup(text);

    for (size_t i = 0; i < COUNT_OF(words); i++)
        for (char *at; (at = strstr(filled, words[i][0])) != NULL;) {
            char *next = xasprintf("%.*s%s%s", (int)(at - filled), filled, words[i][1],
                                   at + strlen(words[i][0]));

            free(filled);
            filled = next;
        }
    return filled;
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
