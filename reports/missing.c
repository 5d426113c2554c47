#include "missing.h"

#include "base/jsonx.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static struct missing_group *group_for(struct missing_groups *g, enum reason reason,
                                       const char *needs)
{
    struct missing_group *fresh;

    for (size_t i = 0; i < g->n; i++)
        if (g->v[i].reason == reason && str_eq(g->v[i].needs, needs))
            return &g->v[i];
    g->v = xreallocarray(g->v, g->n + 1, sizeof *g->v);
    fresh = &g->v[g->n++];
    memset(fresh, 0, sizeof *fresh);
    fresh->reason = reason;
    fresh->needs = needs != NULL ? xstrdup(needs) : NULL;
    return fresh;
}

static const char *need_of(const json_t *missing, enum reason reason)
{
    if (reason == REASON_PERMISSION)
        return jx_text(missing, "permission");
    if (reason == REASON_LICENCE)
        return jx_text(missing, "licence");
    return NULL;
}

static void add_rule(struct missing_group *g, const struct report_rule *r)
{
    struct strlist *to = r->outcome == OUTCOME_NOT_EVALUATED ? &g->rules : &g->incomplete;

    if (!strlist_has(to, r->id))
        strlist_add(to, r->id);
}

static void add_missing(struct missing_groups *g, const struct report_rule *r,
                        const json_t *missing)
{
    enum reason reason = REASON_NOT_COLLECTED;
    struct missing_group *to;
    const char *resource = jx_text(missing, "resource");
    const char *detail = jx_text(missing, "detail");

    (void)reason_parse(jx_text(missing, "reason_code"), &reason);
    to = group_for(g, reason, need_of(missing, reason));
    if (resource != NULL && !strlist_has(&to->resources, resource))
        strlist_add(&to->resources, resource);
    if (detail != NULL && !strlist_has(&to->details, detail))
        strlist_add(&to->details, detail);
    add_rule(to, r);
}

static int by_reason(const void *a, const void *b)
{
    const struct missing_group *x = a;
    const struct missing_group *y = b;

    if ((x->reason == REASON_NONE) != (y->reason == REASON_NONE))
        return x->reason == REASON_NONE ? 1 : -1; /* nothing to grant: last */
    if (x->reason != y->reason)
        return x->reason < y->reason ? -1 : 1;
    return strcmp(x->needs != NULL ? x->needs : "", y->needs != NULL ? y->needs : "");
}

void missing_groups_build(const struct report_model *m, struct missing_groups *out)
{
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < m->rule_count; i++) {
        const struct report_rule *r = &m->rules[i];
        size_t at;
        json_t *missing;

        if (r->outcome != OUTCOME_NOT_EVALUATED && !r->is_incomplete)
            continue;
        json_array_foreach(r->missing, at, missing)
        {
            add_missing(out, r, missing);
        }
        /* Everything was read, and single resources were unclear: that is no "not collected". */
        if (json_array_size(r->missing) == 0)
            add_rule(
                group_for(out, r->reason == REASON_NOT_COLLECTED ? REASON_NONE : r->reason, NULL),
                r);
    }
    for (size_t i = 0; i < out->n; i++) {
        strlist_sort_unique(&out->v[i].resources);
        strlist_sort_unique(&out->v[i].details);
        strlist_sort_unique(&out->v[i].rules);
        strlist_sort_unique(&out->v[i].incomplete);
    }
    if (out->n > 1)
        qsort(out->v, out->n, sizeof *out->v, by_reason);
}

void missing_groups_release(struct missing_groups *g)
{
    for (size_t i = 0; i < g->n; i++) {
        free(g->v[i].needs);
        strlist_release(&g->v[i].resources);
        strlist_release(&g->v[i].details);
        strlist_release(&g->v[i].rules);
        strlist_release(&g->v[i].incomplete);
    }
    free(g->v);
    memset(g, 0, sizeof *g);
}
