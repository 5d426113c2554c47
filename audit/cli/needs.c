#include "needs.h"

#include "base/mem.h"
#include "graph/collect.h"
#include "model/evidence.h"
#include "rules/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool need_is_needed(const struct need *one)
{
    return one->rules.n > 0;
}

/* The rule needs the resource, and whatever has to be read before it. */
static void add_rule(struct needs *n, const char *resource, const char *rule)
{
    size_t at = plan_find(resource);

    if (at == SIZE_MAX || strlist_has(&n->v[at].rules, rule))
        return;
    strlist_add(&n->v[at].rules, rule);
    for (size_t i = 0; i < COUNT_OF(n->v[at].row.needs); i++) {
        const char *first = n->v[at].row.needs[i];
        size_t before = first != NULL ? plan_find(first) : SIZE_MAX;

        if (before == SIZE_MAX)
            continue;
        strlist_add(&n->v[before].leads_to, resource);
        add_rule(n, first, rule);
    }
}

static void add_rules(struct needs *n, const struct ruleset *rs)
{
    n->rule_count = ruleset_count(rs);
    for (size_t r = 0; r < n->rule_count; r++) {
        struct rule_info info;

        ruleset_info(rs, r, &info);
        for (size_t i = 0; i < evidence_resource_count(); i++)
            if ((info.needs >> i & 1) != 0)
                add_rule(n, evidence_resource_at(i)->id, info.id);
    }
}

static struct need_grant *grant_of(struct needs *n, const char *name)
{
    struct need_grant *g;

    for (size_t i = 0; i < n->grant_count; i++)
        if (str_eq(n->grants[i].name, name))
            return &n->grants[i];
    n->grants = xreallocarray(n->grants, n->grant_count + 1, sizeof *n->grants);
    g = &n->grants[n->grant_count++];
    memset(g, 0, sizeof *g);
    (void)snprintf(g->name, sizeof g->name, "%s", name);
    g->info = permission_find(name);
    return g;
}

static void add_grant(struct needs *n, const char *name, const struct need *one)
{
    struct need_grant *g = grant_of(n, name);

    strlist_add(&g->resources, one->row.info->resource);
    for (size_t i = 0; i < one->rules.n; i++)
        if (!strlist_has(&g->rules, one->rules.v[i]))
            strlist_add(&g->rules, one->rules.v[i]);
}

bool need_is_empty_without_licence(const struct need *one)
{
    size_t at = evidence_resource_find(one->row.info->resource);

    return one->row.info->licence != NULL && at != SIZE_MAX &&
           evidence_resource_at(at)->is_empty_without_licence;
}

static void add_grants(struct needs *n)
{
    char name[PERMISSION_NAME_BYTES];

    for (size_t i = 0; i < n->n; i++) {
        const struct need *one = &n->v[i];
        const struct collector_info *c = one->row.info;

        if (!need_is_needed(one))
            continue;
        if (c->licence != NULL && !need_is_empty_without_licence(one))
            strlist_add(&n->licences, c->licence);
        if (str_eq(c->service, "exchange")) {
            add_grant(n, permission_exchange, one);
            strlist_add(&n->exchange_roles, c->permission);
            strlist_add(&n->cmdlets, one->row.cmdlet);
        }
        for (size_t g = 0; c->accepted != NULL && permission_least(c->accepted, g, name); g++)
            add_grant(n, name, one);
    }
}

static bool covers(const struct needs *n, const struct need_grant *g, const char *other)
{
    for (size_t i = 0; i < g->resources.n; i++) {
        const struct collector_info *c = n->v[plan_find(g->resources.v[i])].row.info;

        if (c->accepted == NULL || !permission_does_for(c->accepted, g->name, other))
            return false;
    }
    return true;
}

static int api_of(const struct need_grant *g)
{
    return g->info != NULL && g->info->api == API_EXCHANGE ? 1 : 0;
}

static int by_api_and_name(const void *a, const void *b)
{
    const struct need_grant *x = a;
    const struct need_grant *y = b;

    return api_of(x) != api_of(y) ? api_of(x) - api_of(y) : strcmp(x->name, y->name);
}

static void put_in_order(struct needs *n)
{
    for (size_t i = 0; i < n->n; i++) {
        strlist_sort_unique(&n->v[i].rules);
        strlist_sort_unique(&n->v[i].leads_to);
    }
    strlist_sort_unique(&n->exchange_roles);
    strlist_sort_unique(&n->cmdlets);
    strlist_sort_unique(&n->licences);
    if (n->grant_count > 0)
        qsort(n->grants, n->grant_count, sizeof *n->grants, by_api_and_name);
    for (size_t i = 0; i < n->grant_count; i++) {
        struct need_grant *g = &n->grants[i];

        strlist_sort_unique(&g->rules);
        for (size_t k = 0; k < n->grant_count; k++)
            if (k != i && covers(n, g, n->grants[k].name))
                strlist_add(&g->covered_by, n->grants[k].name);
    }
}

void needs_derive(struct needs *n, const struct ruleset *rs)
{
    memset(n, 0, sizeof *n);
    n->n = collector_count();
    n->v = xcalloc(n->n, sizeof *n->v);
    for (size_t i = 0; i < n->n; i++)
        (void)plan_at(i, &n->v[i].row);
    add_rules(n, rs);
    add_grants(n);
    put_in_order(n);
}

void needs_release(struct needs *n)
{
    for (size_t i = 0; n->v != NULL && i < n->n; i++) {
        strlist_release(&n->v[i].rules);
        strlist_release(&n->v[i].leads_to);
    }
    for (size_t i = 0; i < n->grant_count; i++) {
        strlist_release(&n->grants[i].resources);
        strlist_release(&n->grants[i].rules);
        strlist_release(&n->grants[i].covered_by);
    }
    free(n->v);
    free(n->grants);
    strlist_release(&n->exchange_roles);
    strlist_release(&n->cmdlets);
    strlist_release(&n->licences);
    memset(n, 0, sizeof *n);
}

void needs_resources(const struct ruleset *rs, struct strlist *out)
{
    struct needs n;

    needs_derive(&n, rs);
    for (size_t i = 0; i < n.n; i++)
        if (need_is_needed(&n.v[i]))
            strlist_add(out, n.v[i].row.info->resource);
    needs_release(&n);
}

static void add_all(struct strlist *to, const struct strlist *from)
{
    for (size_t i = 0; i < from->n; i++)
        strlist_add(to, from->v[i]);
}

void needs_rules_of_licence(const struct needs *n, const char *licence, struct strlist *out)
{
    for (size_t i = 0; i < n->n; i++)
        if (str_eq(n->v[i].row.info->licence, licence) && licence != NULL &&
            !need_is_empty_without_licence(&n->v[i]))
            add_all(out, &n->v[i].rules);
    strlist_sort_unique(out);
}

void needs_rules_of_cmdlet(const struct needs *n, const char *cmdlet, struct strlist *out)
{
    for (size_t i = 0; i < n->n; i++)
        if (str_eq(n->v[i].row.cmdlet, cmdlet) && cmdlet != NULL)
            add_all(out, &n->v[i].rules);
    strlist_sort_unique(out);
}
