#include "lint.h"

#include "base/attrs.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/strs.h"
#include "base/text.h"
#include "shape.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

enum { WHY_BYTES = 40 * 1024, HOST_BYTES_MAX = 253 /* RFC 1035 section 2.3.4 */, TAG_BYTES = 40 };

struct linter {
    const struct rule *r;
    rules_finding_fn *fn;
    void *ctx;
};

void rule_tell(const struct rule_place *at, bool is_problem, const char *check, const char *text,
               rules_finding_fn *fn, void *ctx)
{
    struct rules_finding f = {.is_problem = is_problem,
                              .check = check,
                              .file = at->rule->file,
                              .line = at->node->line,
                              .column = at->node->column};
    struct buf safe;

    if (at->node->kind == YN_SCALAR && at->offset > 0)
        yn_position(at->node, at->rule->source, at->offset, &f.line, &f.column);
    buf_init(&safe, WHY_BYTES);
    text_add_safe(&safe, text);
    f.text = safe.p;
    fn(ctx, &f);
    buf_release(&safe);
}

static void tell(const struct linter *l, const struct yn *at, size_t offset, bool is_problem,
                 const char *check, char *text)
{
    const struct rule_place place = {.rule = l->r, .node = at, .offset = offset};

    rule_tell(&place, is_problem, check, text, l->fn, l->ctx);
    free(text);
}

/* ---- prose ---- */

/* As their owners write them, and as the rest of the rules does. */
static const struct {
    const char *wrong, *right;
} names[] = {
    {"AAD", "Microsoft Entra ID"},
    {"Azure AD", "Microsoft Entra ID"},
    {"Azure Active Directory", "Microsoft Entra ID"},
    {"Dkim", "DKIM"},
    {"Dmarc", "DMARC"},
    {"Entra id", "Entra ID"},
    {"EntraID", "Entra ID"},
    {"Exchange online", "Exchange Online"},
    {"Github", "GitHub"},
    {"M365", "Microsoft 365"},
    {"O365", "Microsoft 365"},
    {"Oauth", "OAuth"},
    {"Office365", "Microsoft 365"},
    {"Onedrive", "OneDrive"},
    {"Powershell", "PowerShell"},
    {"SMTP Auth", "SMTP AUTH"},
    {"Sharepoint", "SharePoint"},
    {"conditional access", "Conditional Access"},
    {"oAuth", "OAuth"},
};

static bool is_part(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '/' || c == '@';
}

static void check_names(const struct linter *l, const struct yn *y)
{
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        size_t n = strlen(names[i].wrong);

        for (const char *s = y->text; (s = strstr(s, names[i].wrong)) != NULL; s += n)
            if ((s == y->text || !is_part(s[-1])) && !is_part(s[n]))
                tell(l, y, (size_t)(s - y->text), false, "name",
                     xasprintf("write '%s', not '%s'", names[i].right, names[i].wrong));
    }
}

/* Reports escape it: the reader would see the brackets. */
static void check_markup(const struct linter *l, const struct yn *y)
{
    for (const char *s = y->text; (s = strchr(s, '<')) != NULL; s++) {
        size_t n = strcspn(s, "> \t\n");
        size_t shown = n < TAG_BYTES ? n + (s[n] == '>' ? 1 : 0) : TAG_BYTES;
        bool is_tag = (s[1] >= 'a' && s[1] <= 'z') || (s[1] >= 'A' && s[1] <= 'Z') || s[1] == '/' ||
                      s[1] == '!';

        if (is_tag && strchr(s, '>') != NULL)
            tell(l, y, (size_t)(s - y->text), true, "markup",
                 xasprintf("'%.*s' looks like HTML: texts are plain (a placeholder is written "
                           "ADDRESS)",
                           (int)shown, s));
    }
}

static void check_text(const struct linter *l, const struct yn *y)
{
    if (y == NULL)
        return;
    if (y->kind == YN_SCALAR) {
        check_names(l, y);
        check_markup(l, y);
    }
    for (const struct yn *c = y->child; c != NULL; c = c->next)
        check_text(l, c);
}

static void check_prose(const struct linter *l)
{
    static const char *const keys[] = {"title", "summary", "rationale", "messages"};
    static const char *const fix[] = {"summary", "steps"}; /* the rest is commands and addresses */
    const struct yn *tree = l->r->tree;
    const struct yn *params = yn_get(tree, "params");

    for (size_t i = 0; i < COUNT_OF(keys); i++)
        check_text(l, yn_get(tree, keys[i]));
    for (size_t i = 0; i < COUNT_OF(fix); i++)
        check_text(l, yn_get(yn_get(tree, "remediation"), fix[i]));
    for (const struct yn *y = params != NULL ? params->child : NULL; y != NULL; y = y->next)
        check_text(l, yn_get(y, "help"));
}

/* ---- links ---- */

/* An https address of RFC 3986, with a host that has a dot; NULL when it is one. */
static const char *bad_url(const char *url)
{
    const char *host = url + strlen("https://");
    size_t n = strcspn(host, "/?#");
    size_t name = strspn(host, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-");
    size_t plain =
        strspn(host, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?#[]@!$&"
                     "'()*+,;=%");

    if (n != name && !(host[name] == ':' && strspn(host + name + 1, "0123456789") + name + 1 == n))
        return "its host has other characters than letters, digits, '-' and '.'";
    if (name == 0 || name > HOST_BYTES_MAX || memchr(host, '.', name) == NULL || host[0] == '.' ||
        host[name - 1] == '.')
        return "it has no host";
    if (host[plain] != '\0')
        return "it holds a character that has to be written as %XX";
    for (const char *s = host; (s = strchr(s, '%')) != NULL; s++)
        if (strspn(s + 1, "0123456789abcdefABCDEF") < 2)
            return "'%' is not followed by two hexadecimal digits";
    return NULL;
}

static void check_link(const struct linter *l, const struct yn *y)
{
    const char *why = y != NULL && str_starts(y->text, "https://") ? bad_url(y->text) : NULL;

    if (why != NULL)
        tell(l, y, 0, true, "link", xasprintf("this is no address: %s", why));
}

static void check_links(const struct linter *l)
{
    const struct yn *refs = yn_get(l->r->tree, "references");

    for (const struct yn *y = refs != NULL ? refs->child : NULL; y != NULL; y = y->next)
        check_link(l, yn_get(y, "url"));
    check_link(l, yn_get(yn_get(l->r->tree, "remediation"), "portal"));
}

/* ---- requests ---- */

/* "METHOD ADDRESS" or "METHOD ADDRESS BODY", the body JSON; NULL when it is one. */
static const char *bad_request(const char *text)
{
    static const char *const methods[] = {"POST https://", "PUT https://", "PATCH https://",
                                          "DELETE https://"};
    const char *body = NULL;
    struct err e = ERR_INIT;
    json_t *v = NULL;
    bool is_known = false;

    for (size_t i = 0; i < COUNT_OF(methods); i++)
        is_known = is_known || str_starts(text, methods[i]);
    if (!is_known)
        return "it begins with POST, PUT, PATCH or DELETE and an https address";
    body = strchr(text, ' ') + 1;
    body += strcspn(body, " ");
    if (*body == '\0')
        return NULL;
    if (jx_parse(body + 1, strlen(body + 1), "body", &v, &e) != ERR_OK)
        return "what stands behind the address is not JSON";
    json_decref(v);
    return NULL;
}

static void check_request(const struct linter *l)
{
    const struct yn *y = yn_get(yn_get(l->r->tree, "remediation"), "graph");
    const char *why = y != NULL ? bad_request(y->text) : NULL;

    if (why != NULL)
        tell(l, y, 0, false, "request", xasprintf("this is no request: %s", why));
}

/* ---- mappings ---- */

/* Frameworks and how they write their ids (POSIX extended; NULL: any text). */
static const struct framework {
    const char *name, *pattern;
} frameworks[] = {
    {"cis-controls-v8", "^[0-9]+\\.[0-9]+$"},
    {"cis-m365-v3", "^[0-9]+(\\.[0-9]+)+$"},
    {"cis-m365-v4", "^[0-9]+(\\.[0-9]+)+$"},
    {"cis-m365-v5", "^[0-9]+(\\.[0-9]+)+$"},
    {"cis-m365-v6", "^[0-9]+(\\.[0-9]+)+$"},
    {"cis-m365-v7", "^[0-9]+(\\.[0-9]+)+$"},
    {"eidsca", "^EIDSCA\\.[A-Z]{2}[0-9]{2}$"},
    {"iso-27001-2022", "^(A\\.)?[5-8]\\.[0-9]+$"},
    {"maester", NULL},
    {"mitre", "^T[0-9]{4}(\\.[0-9]{3})?$"},
    {"nist-800-53r5", "^[A-Z]{2}-[0-9]+([a-z]|\\([0-9]+\\))*$"},
    {"nist-csf-2.0", "^[A-Z]{2}\\.[A-Z]{2}-[0-9]{2}$"},
    {"prowler", "^[a-z][a-z0-9_]*$"},
    {"scuba", "^MS\\.[A-Z]+\\.[0-9]+\\.[0-9]+v[0-9]+$"},
    {"secure-score", NULL},
};

static const struct framework *framework_find(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(frameworks); i++)
        if (str_eq(frameworks[i].name, name))
            return &frameworks[i];
    return NULL;
}

static void unknown_framework(const struct linter *l, const struct yn *y)
{
    const char *words[COUNT_OF(frameworks) + 1] = {NULL};
    const struct yn at = {.kind = YN_MAP, .line = y->key_line, .column = y->key_column};
    const char *near;

    if (str_starts(y->key, "x-"))
        return; /* one's own */
    for (size_t i = 0; i < COUNT_OF(frameworks); i++)
        words[i] = frameworks[i].name;
    near = word_near(words, y->key);
    tell(l, &at, 0, false, "mapping",
         near != NULL
             ? xasprintf("framework '%s' is not known: did you mean '%s'?", y->key, near)
             : xasprintf("framework '%s' is not known: one of your own begins with 'x-'", y->key));
}

static void check_ids(const struct linter *l, const struct framework *f, const struct yn *list)
{
    regex_t re;

    if (f->pattern == NULL || regcomp(&re, f->pattern, REG_EXTENDED | REG_NOSUB) != 0)
        return;
    for (const struct yn *y = list->child; y != NULL; y = y->next)
        if (regexec(&re, y->text, 0, NULL, 0) != 0)
            tell(l, y, 0, false, "mapping",
                 xasprintf("'%s' is not how %s writes its ids", y->text, f->name));
    regfree(&re);
}

static void check_mappings(const struct linter *l)
{
    const struct yn *map = yn_get(l->r->tree, "mappings");

    for (const struct yn *y = map != NULL ? map->child : NULL; y != NULL; y = y->next) {
        const struct framework *f = framework_find(y->key);

        if (f != NULL)
            check_ids(l, f, y);
        else
            unknown_framework(l, y);
    }
}

void rule_lint(const struct rule *r, rules_finding_fn *fn, void *ctx)
{
    const struct linter l = {.r = r, .fn = fn, .ctx = ctx};

    check_prose(&l);
    check_links(&l);
    check_request(&l);
    check_mappings(&l);
}
