/* What became of the objects that policies name, and who is in the groups they name. */
#include "base/jsonx.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "collect_run.h"
#include "map.h"
#include "model/store.h"

#include <stdlib.h>
#include <string.h>

enum {
    BLOCK = 1000, /* getByIds takes no more */
    WINDOW = 32   /* chains of one task at a time: the client's own limit is no larger */
};

/* Runs a query of one text column into `out`. */
static enum err_code list_ids(struct store *s, const char *sql, struct strlist *out, struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;
    enum err_code code = stmt_prepare(s, sql, &st, e);

    while (code == ERR_OK && (code = stmt_step(st, &row, e)) == ERR_OK && row)
        strlist_add(out, stmt_text(st, 0));
    stmt_free(st);
    return code;
}

/* ---- policy-references ---- */

static enum err_code reference_each(struct collect_chain *ch, const json_t *row, bool *taken,
                                    struct err *e)
{
    struct collect_task *t = ch->task;
    const char *type = map_odata_type(row);
    const char *id = NULL;
    char *low;
    enum err_code code;

    if (jx_str(row, "id", &id) != JX_OK || type == NULL) {
        map_odd_add(&t->odd, "an object has no id or no @odata.type");
        return ERR_OK;
    }
    low = str_lower(id);
    code = store_run(t->run->s, e,
                     "INSERT OR REPLACE INTO policy_reference(id, kind, display_name, state) "
                     "VALUES (?, ?, ?, 'found')",
                     "ttt", low, type, jx_text(row, "displayName"));
    if (code == ERR_OK && str_ieq(jx_text(row, "visibility"), "HiddenMembership")) {
        strlist_add(&t->run->hidden_groups, low);
        code = store_run(t->run->s, e, "INSERT OR IGNORE INTO pass_hidden_group(id) VALUES (?)",
                         "t", low);
    }
    free(low);
    *taken = code == ERR_OK;
    return code;
}

/* Ids that do not exist any more are just not in the answer. */
static enum err_code mark_missing(struct collect_task *t, size_t from, size_t to, struct err *e)
{
    enum err_code code = store_begin(t->run->s, e);

    for (size_t i = from; code == ERR_OK && i < to; i++)
        code = store_run(t->run->s, e,
                         "INSERT OR IGNORE INTO policy_reference(id, kind, display_name, state) "
                         "VALUES (?, NULL, NULL, 'missing')",
                         "t", t->subjects.v[i]);
    if (code == ERR_OK)
        code = store_commit(t->run->s, e);
    if (code != ERR_OK)
        store_rollback(t->run->s);
    return code;
}

static size_t block_end(const struct collect_task *t, size_t from)
{
    return t->subjects.n - from > BLOCK ? from + BLOCK : t->subjects.n;
}

static void block_done(struct collect_chain *ch, const struct chain_end *end)
{
    struct collect_task *t = ch->task;
    struct err e = ERR_INIT;

    if (end->code != ERR_OK)
        collect_settle(ch, end);
    else if (mark_missing(t, ch->index, block_end(t, ch->index), &e) != ERR_OK)
        (void)collect_fatal(t->run, &e);
}

static void submit_block(struct collect_task *t, size_t from)
{
    json_t *ids = json_array();
    json_t *body = json_object();
    json_t *types = json_array();
    char *text;
    struct chain_request r = {
        .path = t->c->path, .index = from, .each = reference_each, .done = block_done};

    for (size_t i = from; i < block_end(t, from); i++)
        (void)json_array_append_new(ids, json_string(t->subjects.v[i]));
    (void)json_array_append_new(types, json_string("user"));
    (void)json_array_append_new(types, json_string("group"));
    (void)json_array_append_new(types, json_string("servicePrincipal"));
    (void)json_object_set_new(body, "ids", ids);
    (void)json_object_set_new(body, "types", types);
    text = jx_canonical(body);
    r.body = text;
    collect_submit_or_note(t, &r);
    free(text);
    json_decref(body);
}

enum err_code references_start(struct collect_task *t, struct err *e)
{
    static const char sql[] =
        "SELECT DISTINCT target FROM ca_policy_target "
        "WHERE dimension IN ('user', 'group', 'service_principal') ORDER BY target";
    struct strlist all = {0};
    enum err_code code = list_ids(t->run->s, sql, &all, e);

    for (size_t i = 0; i < all.n; i++)
        if (str_is_guid(all.v[i]) && t->subjects.n < LIMIT_REFERENCES)
            strlist_add(&t->subjects, all.v[i]);
        else if (str_is_guid(all.v[i]))
            collect_note(t, REASON_TRUNCATED, "policies name more than %d objects",
                         (int)LIMIT_REFERENCES);
    strlist_release(&all);
    for (size_t from = 0; code == ERR_OK && from < t->subjects.n; from += BLOCK)
        submit_block(t, from);
    return code;
}

/* ---- members of groups ---- */

static enum err_code member_each(struct collect_chain *ch, const json_t *row, bool *taken,
                                 struct err *e)
{
    struct collect_task *t = ch->task;
    const char *id = NULL;
    char *low;
    enum err_code code;

    if (jx_str(row, "id", &id) != JX_OK || *id == '\0') {
        map_odd_add(&t->odd, "a member of group %s has no id", ch->subject);
        return ERR_OK;
    }
    low = str_lower(id);
    code = store_run(t->run->s, e,
                     "INSERT OR IGNORE INTO group_member(group_id, user_id) VALUES (?, ?)", "tt",
                     ch->subject, low);
    free(low);
    *taken = code == ERR_OK;
    return code;
}

static void set_group_state(struct collect_task *t, const char *id, const char *state)
{
    struct err e = ERR_INIT;

    if (t->run->fatal.code == ERR_OK &&
        store_run(t->run->s, &e, "UPDATE directory_group SET state = ? WHERE id = ?", "tt", state,
                  id) != ERR_OK)
        (void)collect_fatal(t->run, &e);
}

/* The group is gone, as opposed to the endpoint or what lies before it. */
static bool is_group_gone(const struct chain_end *end)
{
    return end->status == 404 && (str_ieq(end->error_code, "Request_ResourceNotFound") ||
                                  str_ieq(end->error_code, "ResourceNotFound"));
}

static void groups_more(struct collect_task *t);

static void group_done(struct collect_chain *ch, const struct chain_end *end)
{
    struct collect_task *t = ch->task;

    if (end->code == ERR_OK) {
        set_group_state(t, ch->subject, "found");
    } else if (is_group_gone(end)) {
        set_group_state(t, ch->subject, "missing");
    } else {
        collect_settle(ch, end);
        /* The app may read no group at all: asking for every other one would not change that. */
        t->is_over = t->is_over || (end->code == ERR_DENIED && t->served == 0);
    }
    t->served++;
    groups_more(t);
}

static void submit_group(struct collect_task *t, const char *id)
{
    char *path = xasprintf("/v1.0/groups/%s/transitiveMembers/microsoft.graph.user?$select=id"
                           "&$count=true&$top=999",
                           id);
    struct chain_request r = {
        .path = path, .subject = id, .is_eventual = true, .each = member_each, .done = group_done};

    collect_submit_or_note(t, &r);
    free(path);
}

static void groups_more(struct collect_task *t)
{
    /* The first alone, as a probe. The chain or start that calls still counts as open. */
    unsigned most = t->served > 0 ? WINDOW : 1;

    while (!t->is_over && t->run->stopped == REASON_NONE && t->open <= most &&
           t->next < t->subjects.n)
        submit_group(t, t->subjects.v[t->next++]);
    if (t->next < t->subjects.n && t->run->stopped != REASON_NONE)
        collect_note(t, t->run->stopped, "%zu groups were not asked for any more",
                     t->subjects.n - t->next);
}

/* Every group is unreadable until it was read. Returns those that can be asked for. */
static enum err_code add_group(struct collect_task *t, const char *id, const char *name,
                               const char *named_by, struct err *e)
{
    enum err_code code = store_run(
        t->run->s, e,
        "INSERT INTO directory_group(id, display_name, state, named_by) "
        "VALUES (?, ?, 'unreadable', ?) ON CONFLICT(id) DO UPDATE SET "
        "named_by = CASE WHEN named_by = excluded.named_by THEN named_by ELSE 'both' END, "
        "display_name = COALESCE(display_name, excluded.display_name)",
        "ttt", id, name, named_by);

    if (code != ERR_OK)
        return code;
    if (!str_is_guid(id))
        map_odd_add(&t->odd, "a group is named by something that is not an id");
    else if (t->subjects.n >= LIMIT_GROUPS)
        collect_note(t, REASON_TRUNCATED, "more than %d groups are named", (int)LIMIT_GROUPS);
    else
        strlist_add(&t->subjects, id);
    return ERR_OK;
}

enum err_code group_members_start(struct collect_task *t, struct err *e)
{
    struct strlist all = {0};
    enum err_code code = list_ids(t->run->s,
                                  "SELECT DISTINCT target FROM ca_policy_target "
                                  "WHERE dimension = 'group' ORDER BY target",
                                  &all, e);

    if (code == ERR_OK)
        code = store_begin(t->run->s, e);
    for (size_t i = 0; code == ERR_OK && i < all.n; i++)
        code = add_group(t, all.v[i], NULL, "policy", e);
    if (code == ERR_OK)
        code = store_commit(t->run->s, e);
    if (code != ERR_OK)
        store_rollback(t->run->s);
    strlist_release(&all);
    if (code == ERR_OK)
        groups_more(t);
    return code;
}

void collect_check_hidden(struct collect_run *run)
{
    struct collect_task *t = collect_task_find(run, "group-members");

    if (collect_is_granted(run, "Member.Read.Hidden") == ANSWER_YES)
        return;
    for (size_t i = 0; i < run->hidden_groups.n; i++) {
        const char *id = run->hidden_groups.v[i];

        set_group_state(t, id, "unreadable");
        collect_downgrade(t, REASON_PERMISSION,
                          "group %s hides its members, and the app has not been granted "
                          "Member.Read.Hidden",
                          id);
    }
}

/* ---- members of groups that hold roles ---- */

/* Groups that a policy names too have been read already; those that an earlier run of this very
 * resource read are submitted again, so that they are counted. */
static enum err_code drop_known(struct collect_task *t, struct err *e)
{
    struct strlist known = {0};
    struct strlist left = {0};
    enum err_code code =
        list_ids(t->run->s,
                 "SELECT id FROM directory_group WHERE state <> 'unreadable' AND id NOT IN "
                 "(SELECT subject FROM continuation WHERE resource = 'role-group-members' "
                 "AND subject IS NOT NULL)",
                 &known, e);

    strlist_sort_unique(&known);
    strlist_sort_unique(&t->subjects);
    for (size_t i = 0, k = 0; i < t->subjects.n; i++) {
        while (k < known.n && strcmp(known.v[k], t->subjects.v[i]) < 0)
            k++;
        if (k == known.n || strcmp(known.v[k], t->subjects.v[i]) != 0)
            strlist_add(&left, t->subjects.v[i]);
    }
    strlist_release(&known);
    strlist_release(&t->subjects);
    t->subjects = left;
    return code;
}

enum err_code role_groups_start(struct collect_task *t, struct err *e)
{
    struct collect_run *run = t->run;
    enum err_code code = store_begin(run->s, e);

    for (size_t i = 0; code == ERR_OK && i < run->grant_count; i++)
        code = add_group(t, run->grants[i].group_id, run->grants[i].group_name, "role", e);
    if (code == ERR_OK)
        code = store_commit(run->s, e);
    if (code != ERR_OK)
        store_rollback(run->s);
    if (code == ERR_OK)
        code = drop_known(t, e);
    if (code == ERR_OK)
        groups_more(t);
    return code;
}

enum err_code role_groups_end(struct collect_task *t, struct err *e)
{
    struct collect_run *run = t->run;
    enum err_code code = store_begin(run->s, e);

    for (size_t i = 0; code == ERR_OK && i < run->grant_count; i++) {
        const struct role_grant *g = &run->grants[i];

        code = store_run(run->s, e,
                         "INSERT OR IGNORE INTO role_member(role_template_id, user_id, assignment, "
                         "directory_scope, via_group_id) SELECT ?, user_id, ?, ?, group_id "
                         "FROM group_member WHERE group_id = ?",
                         "tttt", g->role_template_id, g->assignment, g->scope, g->group_id);
    }
    if (code == ERR_OK)
        code = store_commit(run->s, e);
    if (code != ERR_OK)
        store_rollback(run->s);
    return code;
}
