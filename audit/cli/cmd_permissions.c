/* cmd_permissions.c - the least permissions for the chosen rules. */
#include "base/buf.h"
#include "base/jsonx.h"
#include "commands.h"
#include "context.h"
#include "exitcode.h"
#include "explain_view.h"
#include "graph/cloud.h"
#include "graph/collect.h"
#include "needs.h"
#include "permissions_view.h"
#include "rules/engine.h"
#include "run.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH_MIN = 40, WIDTH_MAX = 100, LABEL = 15, TEXT_BYTES = 64 * 1024 };

static size_t width_of(const struct context *c)
{
    return c->width < WIDTH_MIN ? WIDTH_MIN : c->width > WIDTH_MAX ? WIDTH_MAX : c->width;
}

static void bold(const struct context *c, const char *text)
{
    printf(c->colour ? "\033[1m%s\033[0m\n" : "%s\n", text);
}

static void row(const struct context *c, const char *label, const char *text)
{
    char lead[LABEL + 8];

    (void)snprintf(lead, sizeof lead, "    %-*s", LABEL - 4, label);
    wrap_text(stdout, width_of(c), LABEL, lead, text);
}

static void row_list(const struct context *c, const char *label, const struct strlist *l)
{
    struct buf b;

    buf_init(&b, TEXT_BYTES);
    for (size_t i = 0; i < l->n; i++)
        buf_addf(&b, "%s%s", l->v[i], i + 1 < l->n ? ", " : "");
    row(c, label, b.p);
    buf_release(&b);
}

static void print_reads(const struct context *c, const struct needs *n,
                        const struct strlist *resources)
{
    struct buf b;

    buf_init(&b, TEXT_BYTES);
    for (size_t i = 0; i < resources->n; i++)
        buf_addf(&b, "%s%s", n->v[plan_find(resources->v[i])].row.info->title,
                 i + 1 < resources->n ? "; " : "");
    row(c, "reads", b.p);
    buf_release(&b);
}

static void print_covered(const struct context *c, const struct strlist *others)
{
    struct buf b;

    buf_init(&b, TEXT_BYTES);
    for (size_t i = 0; i < others->n; i++)
        buf_addf(&b, "%s%s", i > 0 ? " or " : "", others->v[i]);
    buf_adds(&b, " does as well: where it is granted anyway, this one may be left out");
    row(c, "or", b.p);
    buf_release(&b);
}

static void print_grant(const struct context *c, const struct needs *n, const struct need_grant *g)
{
    printf("  %-44s %zu rule%s\n", g->name, g->rules.n, g->rules.n == 1 ? "" : "s");
    if (g->info != NULL)
        row(c, "gives", g->info->gives);
    print_reads(c, n, &g->resources);
    row_list(c, "needed by", &g->rules);
    if (g->covered_by.n > 0)
        print_covered(c, &g->covered_by);
    if (g->info != NULL && g->info->note != NULL)
        row(c, "note", g->info->note);
}

static void print_exchange_role(const struct context *c, const struct needs *n)
{
    struct buf b;

    if (n->cmdlets.n == 0)
        return;
    printf("  and one of these, which say what the cmdlets may do:\n");
    buf_init(&b, TEXT_BYTES);
    buf_adds(&b, "a role group with");
    for (size_t i = 0; i < n->exchange_roles.n; i++)
        buf_addf(&b, "%s %s", i > 0 ? " and" : "", n->exchange_roles.v[i]);
    buf_adds(&b, " (the narrowest), or View-Only Organization Management");
    row(c, "Exchange", b.p);
    buf_clear(&b);
    for (size_t i = 0; i < directory_role_count(); i++) {
        const struct directory_role *r = directory_role_at(i);

        if (r->opens_exchange && r->reads_only)
            buf_addf(&b, "%s%s", b.n > 0 ? " or " : "", r->name);
    }
    row(c, "directory", b.p);
    buf_release(&b);
    row_list(c, "cmdlets", &n->cmdlets);
}

/* Eligible roles without Entra ID P2: there are none, which is as good as a list of none. */
static void print_empty_without(const struct context *c, const struct needs *n)
{
    struct buf b;

    buf_init(&b, TEXT_BYTES);
    for (size_t i = 0; i < n->n; i++)
        if (need_is_needed(&n->v[i]) && need_is_empty_without_licence(&n->v[i]))
            buf_addf(&b, "%s%s (%s)", b.n > 0 ? "; " : "", n->v[i].row.info->title,
                     n->v[i].row.info->licence);
    if (b.n > 0) {
        printf("\n");
        bold(c, "Read where the licence is there (without it there is none, and no rule is lost)");
        row(c, "reads", b.p);
    }
    buf_release(&b);
}

static void print_licences(const struct context *c, const struct needs *n)
{
    if (n->licences.n > 0) {
        printf("\n");
        bold(c, "Licences (without one, these rules are not evaluated)");
    }
    for (size_t i = 0; i < n->licences.n; i++) {
        struct strlist rules = {0};

        needs_rules_of_licence(n, n->licences.v[i], &rules);
        printf("  %-44s %zu rule%s\n", n->licences.v[i], rules.n, rules.n == 1 ? "" : "s");
        row_list(c, "needed by", &rules);
        strlist_release(&rules);
    }
    print_empty_without(c, n);
}

static void print_text(const struct context *c, const struct needs *n)
{
    char title[128];

    (void)snprintf(title, sizeof title, "The least permissions for %zu rule%s", n->rule_count,
                   n->rule_count == 1 ? "" : "s");
    bold(c, title);
    if (n->grant_count == 0)
        printf("\nNone: these rules read nothing that needs a permission.\n");
    for (int api = 0; api < API_COUNT; api++) {
        bool any = false;

        for (size_t i = 0; i < n->grant_count; i++) {
            const struct need_grant *g = &n->grants[i];

            if ((g->info != NULL ? (int)g->info->api : (int)API_GRAPH) != api)
                continue;
            if (!any) {
                (void)snprintf(title, sizeof title, "%s (application permissions)",
                               permission_api_info((enum permission_api)api)->name);
                printf("\n");
                bold(c, title);
            }
            any = true;
            print_grant(c, n, g);
        }
        if (any && api == (int)API_EXCHANGE)
            print_exchange_role(c, n);
    }
    print_licences(c, n);
    if (n->grant_count > 0)
        printf(
            "\nTo grant exactly these: graphaudit permissions --format powershell|az|manifest\n");
}

static void print_json_value(json_t *v)
{
    char *s = jx_dump(v, JSON_INDENT(2));

    printf("%s\n", s != NULL ? s : "null");
    free(s);
    json_decref(v);
}

static enum err_code print_script(const struct context *c, const struct needs *n, const char *kind,
                                  struct err *e)
{
    struct grant_script s = {
        .f = stdout, .needs = n, .client_id = c->opt.client_id, .tool_version = GRAPHAUDIT_VERSION};
    struct cloud cloud;

    memset(&cloud, 0, sizeof cloud);
    if (c->opt.client_id != NULL && !str_is_guid(c->opt.client_id))
        return err_set(e, ERR_USAGE, "--client-id is a GUID, not '%s'", c->opt.client_id);
    if (cloud_load(c->opt.cloud, &cloud, e) == ERR_OK) {
        s.cloud = &cloud;
        (void)(str_eq(kind, "az") ? permissions_az(&s, e) : permissions_powershell(&s, e));
    }
    cloud_release(&cloud);
    return e->code;
}

static enum err_code print_as(const struct context *c, const struct needs *n, const char *format,
                              struct err *e)
{
    if (str_eq(format, "powershell") || str_eq(format, "az"))
        return print_script(c, n, format, e);
    if (str_eq(format, "json"))
        print_json_value(permissions_json(n));
    else if (str_eq(format, "manifest"))
        print_json_value(permissions_manifest(n));
    else
        print_text(c, n);
    return ERR_OK;
}

static const char *format_of(const struct context *c, struct err *e)
{
    static const char *const formats[] = {"text", "json", "manifest", "powershell", "az"};

    if (c->opt.arguments.n > 0)
        err_set(e, ERR_USAGE, "unexpected argument '%s'", c->opt.arguments.v[0]);
    if (c->opt.format == NULL)
        return c->opt.json ? "json" : "text";
    if (c->opt.json && !str_eq(c->opt.format, "json"))
        err_set(e, ERR_USAGE, "--json and --format %s: choose one", c->opt.format);
    for (size_t i = 0; i < COUNT_OF(formats); i++)
        if (str_eq(formats[i], c->opt.format))
            return formats[i];
    err_set(e, ERR_USAGE, "--format takes text, json, manifest, powershell or az, not '%s'",
            c->opt.format);
    return "text";
}

int cmd_permissions(struct context *c)
{
    struct ruleset *rs = NULL;
    struct needs needs;
    struct err e = ERR_INIT;
    const char *format = format_of(c, &e);

    memset(&needs, 0, sizeof needs);
    if (e.code == ERR_OK && run_load_rules(c, &rs, &e) == ERR_OK) {
        needs_derive(&needs, rs);
        (void)print_as(c, &needs, format, &e);
    }
    needs_release(&needs);
    ruleset_free(rs);
    return e.code == ERR_OK ? (int)EXIT_CODE_PASSED : context_fail(c, &e);
}
