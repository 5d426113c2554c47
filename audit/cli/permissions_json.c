/* permissions_json.c - the least set as JSON: what and why, and the app manifest's part. */
#include "graph/collect.h"
#include "needs.h"
#include "permissions_view.h"

const char permissions_role[] = "Global Reader";

static json_t *texts(const struct strlist *l)
{
    json_t *a = json_array();

    for (size_t i = 0; i < l->n; i++)
        (void)json_array_append_new(a, json_string(l->v[i]));
    return a;
}

static json_t *resource_json(const struct needs *n, const char *resource)
{
    const struct need *one = &n->v[plan_find(resource)];
    const struct collector_info *c = one->row.info;

    return json_pack("{s:s, s:s, s:s, s:s?, s:o, s:o}", "resource", c->resource, "title", c->title,
                     "request", c->request, "licence", c->licence, "rules", texts(&one->rules),
                     "read_before", texts(&one->leads_to));
}

static json_t *grant_json(const struct needs *n, const struct need_grant *g)
{
    json_t *resources = json_array();

    for (size_t i = 0; i < g->resources.n; i++)
        (void)json_array_append_new(resources, resource_json(n, g->resources.v[i]));
    return json_pack("{s:s, s:s?, s:s?, s:s?, s:s?, s:o, s:o, s:o}", "permission", g->name, "api",
                     g->info != NULL ? permission_api_info(g->info->api)->name : NULL, "id",
                     g->info != NULL ? g->info->id : NULL, "gives",
                     g->info != NULL ? g->info->gives : NULL, "note",
                     g->info != NULL ? g->info->note : NULL, "resources", resources, "rules",
                     texts(&g->rules), "also_opened_by", texts(&g->covered_by));
}

static json_t *exchange_json(const struct needs *n)
{
    json_t *roles = json_array();

    if (n->cmdlets.n == 0)
        return json_null();
    for (size_t i = 0; i < directory_role_count(); i++) {
        const struct directory_role *r = directory_role_at(i);

        if (r->opens_exchange && r->reads_only)
            (void)json_array_append_new(
                roles, json_pack("{s:s, s:s}", "name", r->name, "template_id", r->template_id));
    }
    return json_pack("{s:o, s:o, s:o}", "cmdlets", texts(&n->cmdlets), "exchange_roles",
                     texts(&n->exchange_roles), "or_directory_role", roles);
}

static json_t *licences_json(const struct needs *n)
{
    json_t *all = json_array();

    for (size_t i = 0; i < n->licences.n; i++) {
        struct strlist rules = {0};

        needs_rules_of_licence(n, n->licences.v[i], &rules);
        (void)json_array_append_new(
            all, json_pack("{s:s, s:o}", "licence", n->licences.v[i], "rules", texts(&rules)));
        strlist_release(&rules);
    }
    return all;
}

json_t *permissions_manifest(const struct needs *n)
{
    json_t *all = json_array();

    for (int api = 0; api < API_COUNT; api++) {
        json_t *access = json_array();

        for (size_t i = 0; i < n->grant_count; i++)
            if (n->grants[i].info != NULL && (int)n->grants[i].info->api == api)
                (void)json_array_append_new(
                    access, json_pack("{s:s, s:s}", "id", n->grants[i].info->id, "type", "Role"));
        if (json_array_size(access) > 0)
            (void)json_array_append_new(
                all, json_pack("{s:s, s:O}", "resourceAppId",
                               permission_api_info((enum permission_api)api)->app_id,
                               "resourceAccess", access));
        json_decref(access);
    }
    return all;
}

json_t *permissions_json(const struct needs *n)
{
    json_t *grants = json_array();

    for (size_t i = 0; i < n->grant_count; i++)
        (void)json_array_append_new(grants, grant_json(n, &n->grants[i]));
    return json_pack("{s:I, s:o, s:o, s:o, s:o}", "rules", (json_int_t)n->rule_count, "permissions",
                     grants, "exchange", exchange_json(n), "licences", licences_json(n),
                     "requiredResourceAccess", permissions_manifest(n));
}
