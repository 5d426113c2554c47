/* Who holds directory roles, now or on request. Groups as holders are kept for role-group-members.
 */
#include "base/jsonx.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "collect_run.h"
#include "map.h"
#include "model/store.h"

#include <stdlib.h>
#include <string.h>

/* Where the assignment holds: "/" for the tenant, an administrative unit, one object or app. */
static char *scope_of(const json_t *row, struct map_odd *odd)
{
    const char *scope = jx_text(row, "directoryScopeId");
    const char *app = jx_text(row, "appScopeId");

    if (scope != NULL)
        return xstrdup(scope);
    if (app != NULL)
        return xasprintf("app:%s", app);
    map_odd_add(odd, "a role assignment has no scope");
    return xstrdup("");
}

/* Conditional Access names roles by template. For built-in roles the id is the template's; where
 * the definitions could not be read this is what is left. Caller frees. */
static char *template_of(struct collect_task *t, const char *role_id, struct err *e)
{
    struct stmt *st = NULL;
    char *low = str_lower(role_id);
    bool row = false;

    if (stmt_prepare(t->run->s, "SELECT COALESCE(template_id, id) FROM role WHERE id = ?", &st,
                     e) == ERR_OK) {
        stmt_bind_text(st, 1, low);
        if (stmt_step(st, &row, e) == ERR_OK && row) {
            free(low);
            low = xstrdup(stmt_text(st, 0));
        }
    }
    stmt_free(st);
    return low;
}

static void keep_grant(struct collect_run *run, const struct role_grant *g)
{
    run->grants = xreallocarray(run->grants, run->grant_count + 1, sizeof *run->grants);
    run->grants[run->grant_count++] = (struct role_grant){
        .role_template_id = xstrdup(g->role_template_id),
        .group_id = xstrdup(g->group_id),
        .group_name = g->group_name != NULL ? xstrdup(g->group_name) : NULL,
        .scope = xstrdup(g->scope),
        .assignment = g->assignment,
    };
}

/* In memory, and in the store for a run that has to go on without these pages. */
static enum err_code add_grant(struct collect_task *t, const struct role_grant *g, struct err *e)
{
    if (t->run->grant_count >= LIMIT_GROUPS) {
        collect_note(t, REASON_TRUNCATED, "more than %d roles are held by groups",
                     (int)LIMIT_GROUPS);
        return ERR_OK;
    }
    keep_grant(t->run, g);
    return store_run(t->run->s, e,
                     "INSERT OR REPLACE INTO pass_role_grant(role_template_id, group_id, "
                     "group_name, assignment, directory_scope) VALUES (?, ?, ?, ?, ?)",
                     "ttttt", g->role_template_id, g->group_id, g->group_name, g->assignment,
                     g->scope);
}

void collect_drop_grants(struct collect_run *run)
{
    for (size_t i = 0; i < run->grant_count; i++) {
        free(run->grants[i].role_template_id);
        free(run->grants[i].group_id);
        free(run->grants[i].group_name);
        free(run->grants[i].scope);
    }
    free(run->grants);
    run->grants = NULL;
    run->grant_count = 0;
}

enum err_code collect_load_grants(struct collect_run *run, struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;
    enum err_code code = stmt_prepare(run->s,
                                      "SELECT role_template_id, group_id, group_name, "
                                      "directory_scope, assignment FROM pass_role_grant",
                                      &st, e);

    collect_drop_grants(run);
    while (code == ERR_OK && (code = stmt_step(st, &row, e)) == ERR_OK && row &&
           run->grant_count < LIMIT_GROUPS) {
        struct role_grant g = {
            .role_template_id = xstrdup(stmt_text(st, 0)),
            .group_id = xstrdup(stmt_text(st, 1)),
            .group_name = stmt_is_null(st, 2) ? NULL : xstrdup(stmt_text(st, 2)),
            .scope = xstrdup(stmt_text(st, 3)),
            .assignment = str_eq(stmt_text(st, 4), "eligible") ? "eligible" : "active",
        };

        keep_grant(run, &g);
        free(g.role_template_id);
        free(g.group_id);
        free(g.group_name);
        free(g.scope);
    }
    stmt_free(st);
    return code;
}

/* What kind of principal holds the role decides where it goes; one of unknown kind may be a person
 * or a group of them, and then the list of role holders is not complete. */
static enum err_code add_holder(struct collect_task *t, const json_t *row, struct role_grant *g,
                                struct err *e)
{
    const json_t *principal = NULL;
    const char *type;

    if (jx_object(row, "principal", &principal) != JX_OK) {
        map_odd_add(&t->odd, "a role assignment does not show its principal %s", g->group_id);
        return ERR_OK;
    }
    type = map_odata_type(principal);
    if (str_ieq(type, "user")) {
        return store_run(t->run->s, e,
                         "INSERT OR IGNORE INTO role_member(role_template_id, user_id, assignment, "
                         "directory_scope, via_group_id) VALUES (?, ?, ?, ?, '')",
                         "tttt", g->role_template_id, g->group_id, g->assignment, g->scope);
    }
    if (str_ieq(type, "group")) {
        char *name = jx_text(principal, "displayName") != NULL
                         ? xstrdup(jx_text(principal, "displayName"))
                         : NULL;

        enum err_code code;

        g->group_name = name;
        code = add_grant(t, g, e);
        g->group_name = NULL;
        free(name);
        return code;
    }
    if (!str_ieq(type, "servicePrincipal") && !str_ieq(type, "agentIdentity"))
        map_odd_add(&t->odd, "principal %s is of unknown kind", g->group_id);
    return ERR_OK;
}

static enum err_code assignment(struct collect_chain *ch, const json_t *row, const char *kind,
                                bool *taken, struct err *e)
{
    struct collect_task *t = ch->task;
    struct role_grant g = {.assignment = kind};
    const char *role = NULL;
    const char *who = NULL;
    enum err_code code;

    if (jx_str(row, "roleDefinitionId", &role) != JX_OK ||
        jx_str(row, "principalId", &who) != JX_OK) {
        map_odd_add(&t->odd, "a role assignment has no role or no principal");
        return ERR_OK;
    }
    g.role_template_id = template_of(t, role, e);
    g.group_id = str_lower(who);
    g.scope = scope_of(row, &t->odd);
    code = e->code;
    if (code == ERR_OK)
        code = add_holder(t, row, &g, e);
    *taken = code == ERR_OK;
    free(g.role_template_id);
    free(g.group_id);
    free(g.scope);
    return code;
}

static enum err_code active_each(struct collect_chain *ch, const json_t *row, bool *taken,
                                 struct err *e)
{
    return assignment(ch, row, "active", taken, e);
}

static enum err_code eligible_each(struct collect_chain *ch, const json_t *row, bool *taken,
                                   struct err *e)
{
    return assignment(ch, row, "eligible", taken, e);
}

/* Definitions count as pages and requests, not as rows of the resource. */
static enum err_code definition_each(struct collect_chain *ch, const json_t *row, bool *taken,
                                     struct err *e)
{
    bool stored = false;

    (void)taken;
    return map_row(ch->task->map, row, &ch->task->odd, &stored, e);
}

static void definitions_done(struct collect_chain *ch, const struct chain_end *end)
{
    struct collect_task *t = ch->task;
    struct chain_request r = {.path = t->c->path, .each = active_each};

    collect_settle(ch, end);
    if (end->code != ERR_DENIED)
        collect_submit_or_note(t, &r);
}

enum err_code role_assignments_start(struct collect_task *t, struct err *e)
{
    struct chain_request r = {
        .path = "/v1.0/roleManagement/directory/roleDefinitions?$select=id,templateId,displayName,"
                "isBuiltIn",
        .each = definition_each,
        .done = definitions_done,
    };

    return collect_submit(t, &r, e);
}

enum err_code role_eligibility_start(struct collect_task *t, struct err *e)
{
    struct chain_request r = {.path = t->c->path, .each = eligible_each};

    if (t->run->owns[PLAN_P2] == ANSWER_NO) {
        collect_note(t, REASON_LICENCE, "no subscribed SKU has %s: roles cannot be eligible",
                     t->c->info.licence);
        t->is_skip = true;
        return ERR_OK;
    }
    return collect_submit(t, &r, e);
}
