#include "graph/cloud.h"

#include "base/buf.h"
#include "base/fsx.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "base/yamldoc.h"
#include "url.h"

#include <libfyaml.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* GCC uses the worldwide endpoints. Where sources disagree (DoD's Exchange and SMTP hosts,
 * 21Vianet) the more specific one is taken; a file overrides each of them. */
static const struct {
    const char *name, *login, *graph, *exchange, *smtp;
} known[] = {
    {"global", "https://login.microsoftonline.com", "https://graph.microsoft.com",
     "https://outlook.office365.com", "smtp.office365.com"},
    {"usgov", "https://login.microsoftonline.us", "https://graph.microsoft.us",
     "https://outlook.office365.us", "smtp.office365.us"},
    {"dod", "https://login.microsoftonline.us", "https://dod-graph.microsoft.us",
     "https://outlook-dod.office365.us", "outlook-dod.office365.us"},
    {"china", "https://login.chinacloudapi.cn", "https://microsoftgraph.chinacloudapi.cn",
     "https://partner.outlook.cn", "partner.outlook.cn"},
};

static const struct key {
    const char *name;
    size_t at; /* offsetof(struct cloud, ...) */
    bool is_url, is_needed;
} keys[] = {
    {"login", offsetof(struct cloud, login), true, true},
    {"graph", offsetof(struct cloud, graph), true, true},
    {"exchange", offsetof(struct cloud, exchange), true, true},
    {"smtp", offsetof(struct cloud, smtp), false, false},
};

static char **slot(struct cloud *c, const struct key *k)
{
    return (char **)(void *)((char *)c + k->at);
}

void cloud_release(struct cloud *c)
{
    free(c->name);
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        free(*slot(c, &keys[i]));
    memset(c, 0, sizeof *c);
}

static const struct key *key_find(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        if (strcmp(keys[i].name, name) == 0)
            return &keys[i];
    return NULL;
}

/* Normalised origin; NULL when `text` is anything more or less than one. Caller frees. */
static char *read_url(const char *text)
{
    struct url u;
    char origin[URL_ORIGIN_BYTES];

    if (!url_parse(text, &u) || strcmp(u.path, "/") != 0)
        return NULL;
    return xstrdup(url_origin(&u, origin));
}

/* A host, perhaps with a port: "smtp.office365.com", "localhost:2525", "smtp://host:587". */
static char *read_host(const char *text)
{
    char *url;
    struct url u;
    char *out = NULL;

    if (str_istarts(text, "smtp://"))
        text += strlen("smtp://");
    url = xasprintf("https://%s", text);
    if (url_parse(url, &u) && strchr(text, '/') == NULL)
        out = str_lower(text);
    free(url);
    return out;
}

struct place {
    const char *path;
    int line, column; /* from 1 */
};

static struct place place_of(struct fy_node *n, const char *path)
{
    const struct yaml_place at = yamldoc_place(n);

    return (struct place){path, at.line, at.column};
}

static enum err_code read_pair(struct fy_node_pair *pair, const char *path, struct cloud *c,
                               struct err *e)
{
    struct fy_node *kn = fy_node_pair_key(pair);
    struct fy_node *vn = fy_node_pair_value(pair);
    const char *name = kn != NULL && fy_node_is_scalar(kn) ? fy_node_get_scalar0(kn) : NULL;
    const char *value = vn != NULL && fy_node_is_scalar(vn) ? fy_node_get_scalar0(vn) : NULL;
    struct place p = place_of(kn, path);
    const struct key *k;
    char *text;

    if (name == NULL)
        return err_set(e, ERR_USAGE, "%s:%d:%d: a key must be plain text", path, p.line, p.column);
    k = key_find(name);
    if (k == NULL)
        return err_set(e, ERR_USAGE,
                       "%s:%d:%d: unknown key '%.64s'; known keys are login, graph, exchange, smtp",
                       path, p.line, p.column, name);
    if (value == NULL)
        return err_set(e, ERR_USAGE, "%s:%d:%d: '%s' must have a plain text value", path, p.line,
                       p.column, name);
    p = place_of(vn, path);
    text = k->is_url ? read_url(value) : read_host(value);
    if (text == NULL)
        return err_set(e, ERR_USAGE,
                       k->is_url ? "%s:%d:%d: '%s' must be https://host[:port] without a path, not "
                                   "'%.200s'"
                                 : "%s:%d:%d: '%s' must be a host name, not '%.200s'",
                       path, p.line, p.column, name, value);
    free(*slot(c, k));
    *slot(c, k) = text;
    return ERR_OK;
}

static enum err_code read_document(struct fy_document *doc, const char *path, struct cloud *c,
                                   struct err *e)
{
    struct fy_node *root = fy_document_root(doc);
    struct fy_node_pair *pair;
    void *it = NULL;

    if (root == NULL || !fy_node_is_mapping(root))
        return err_set(e, ERR_USAGE,
                       "%s: must be a mapping with login:, graph:, exchange:, smtp:", path);
    while ((pair = fy_node_mapping_iterate(root, &it)) != NULL)
        if (read_pair(pair, path, c, e) != ERR_OK)
            return e->code;
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        if (keys[i].is_needed && *slot(c, &keys[i]) == NULL)
            return err_set(e, ERR_USAGE, "%s: '%s' is missing", path, keys[i].name);
    if (c->smtp == NULL) /* as in the DoD cloud: submission on Exchange's own host */
        c->smtp = read_host(c->exchange + strlen("https://"));
    return ERR_OK;
}

static enum err_code load_file(const char *path, struct cloud *c, struct err *e)
{
    struct fy_document *doc = NULL;
    struct buf text;

    if (file_read(path, LIMIT_RULE_BYTES, &text, e) != ERR_OK)
        e->code = ERR_USAGE;
    else if (yamldoc_parse(text.p, text.n, path, &doc, e) == ERR_OK)
        (void)read_document(doc, path, c, e);
    fy_document_destroy(doc);
    buf_release(&text);
    return e->code;
}

/* Other names of the sign-in hosts: MSAL's table of known authorities. The DoD cloud shares
 * usgov's, so that it has to be named with --cloud. */
static const struct {
    const char *host, *cloud;
} authorities[] = {
    {"login.microsoftonline.com", "global"}, {"login.windows.net", "global"},
    {"login.microsoft.com", "global"},       {"sts.windows.net", "global"},
    {"login.microsoftonline.us", "usgov"},   {"login.usgovcloudapi.net", "usgov"},
    {"login.chinacloudapi.cn", "china"},     {"login.partner.microsoftonline.cn", "china"},
};

/* With or without https:// and a slash behind it, as the SDKs take it. */
static enum err_code name_of_authority(const char *text, const char **name, struct err *e)
{
    char *url = strstr(text, "://") != NULL ? xstrdup(text) : xasprintf("https://%s", text);
    char *origin = read_url(url);

    for (size_t i = 0; origin != NULL && i < COUNT_OF(authorities); i++)
        if (str_eq(origin + strlen("https://"), authorities[i].host))
            *name = authorities[i].cloud;
    if (*name == NULL)
        err_set(e, ERR_USAGE,
                "AZURE_AUTHORITY_HOST: '%.200s' is not the sign-in host of a cloud that is known "
                "here; --cloud FILE names the hosts of another one",
                text);
    free(origin);
    free(url);
    return e->code;
}

enum err_code cloud_load(const char *name, struct cloud *out, struct err *e)
{
    const char *authority = getenv("AZURE_AUTHORITY_HOST");
    struct cloud c = {0};

    if (name == NULL && authority != NULL && authority[0] != '\0' &&
        name_of_authority(authority, &name, e) != ERR_OK)
        return e->code;
    if (name == NULL)
        name = "global";
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (strcmp(known[i].name, name) == 0) {
            c.name = xstrdup(name);
            c.login = xstrdup(known[i].login);
            c.graph = xstrdup(known[i].graph);
            c.exchange = xstrdup(known[i].exchange);
            c.smtp = xstrdup(known[i].smtp);
            *out = c;
            return ERR_OK;
        }
    if (strpbrk(name, "./") == NULL && access(name, F_OK) != 0)
        return err_set(e, ERR_USAGE,
                       "unknown cloud '%s': use global, usgov, dod, china, or the path of a YAML "
                       "file with login:, graph:, exchange: and smtp:",
                       name);
    if (load_file(name, &c, e) != ERR_OK) {
        cloud_release(&c);
        return e->code;
    }
    c.name = xstrdup("custom");
    *out = c;
    return ERR_OK;
}
