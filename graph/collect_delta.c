/* Users that did not change since an earlier snapshot are taken from it.
 *
 * users/delta only says who changed. Those are read again, each as a whole, so that every row is
 * one that a full read gives: a reply of users/delta may leave properties out. Rows are written
 * only when the list of changes is whole; whatever goes wrong before that ends in a full read. */
#include "base/clock.h"
#include "base/jsonx.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/timex.h"
#include "collect_run.h"
#include "graph/cloud.h"
#include "model/snapshot.h"
#include "model/store.h"

#include <stdlib.h>
#include <string.h>

struct delta {
    char *link;            /* of the earlier snapshot; NULL: everything is read */
    char *since, *full_at; /* when that was begun, and when all was read for the last time */
    char *next;            /* for the next collection; NULL: none was given */
    char taken[TIME_TEXT_BYTES];
    uint64_t users;  /* of the earlier snapshot */
    json_t *changed; /* ids in lower case: true, or false when removed */
    const char *bad; /* what is wrong with the list */
};

enum { SKEW_MS = 10 * 60 * 1000 };

/* ---- may it be used ---- */

static bool is_older(const char *when, int64_t most_ms, int64_t now_ms)
{
    int64_t at = 0;

    return !time_parse(when, &at) || at > now_ms + SKEW_MS || now_ms - at > most_ms;
}

const char *delta_refuse(const struct delta_facts *f)
{
    if (f->sealed_at == NULL)
        return "it was not finished";
    if (!f->is_intact)
        return "its evidence was changed after it was sealed";
    if (!str_eq(f->cloud, f->now_cloud))
        return "it is of another cloud";
    if (!str_eq(f->tool_version, f->now_tool_version))
        return "another version of graphaudit made it";
    if (!str_ieq(f->client_id, f->now_client_id))
        return "another application made it";
    if (!str_eq(f->users_state, "complete"))
        return "its users are not complete";
    if (f->link == NULL)
        return "it was not collected with --incremental";
    if (!str_eq(f->request, f->now_request))
        return "other properties were read then";
    if (is_older(f->taken_at, LIMIT_DELTA_TOKEN_AGE_MS, f->now_ms))
        return "it is too old";
    if (is_older(f->full_at, LIMIT_DELTA_FULL_AGE_MS, f->now_ms))
        return "the last full read is too long ago";
    return NULL;
}

bool delta_is_too_much(uint64_t changes, uint64_t users)
{
    return changes > LIMIT_DELTA_USERS ||
           (changes > LIMIT_DELTA_FEW && changes > users / LIMIT_DELTA_SHARE);
}

static const char *path_of_users(struct collect_run *run)
{
    return collect_task_find(run, "users")->c->path;
}

static char *copy(const char *s)
{
    return s != NULL ? xstrdup(s) : NULL;
}

/* An error here is one of the earlier file: a reason not to use it. */
static const char *read_facts(struct collect_run *run, const struct stmt *st)
{
    const struct delta_facts f = {
        .sealed_at = stmt_text(st, 1),
        .cloud = stmt_text(st, 2),
        .client_id = stmt_text(st, 3),
        .tool_version = stmt_text(st, 4),
        .users_state = stmt_text(st, 5),
        .link = stmt_text(st, 6),
        .request = stmt_text(st, 7),
        .taken_at = stmt_text(st, 8),
        .full_at = stmt_text(st, 9),
        .now_cloud = run->o->cloud->name,
        .now_client_id = run->o->client_id,
        .now_tool_version = run->o->tool_version,
        .now_request = path_of_users(run),
        .now_ms = clock_wall_ms(run->o->clock),
        .is_intact = true,
    };
    const char *why = delta_refuse(&f);

    if (why == NULL) {
        run->delta->link = copy(f.link);
        run->delta->full_at = copy(f.full_at);
        run->delta->since = copy(f.taken_at);
        run->delta->users = (uint64_t)stmt_int(st, 10);
    }
    return why;
}

static const char *look(struct collect_run *run, struct err *e)
{
    static const char sql[] =
        "SELECT s.tenant_id, s.sealed_at, s.cloud, s.client_id, s.tool_version, c.state, d.link, "
        "d.request, d.taken_at, d.full_at, (SELECT COUNT(*) FROM user) FROM snapshot s "
        "LEFT JOIN collection c ON c.resource = 'users' "
        "LEFT JOIN delta_token d ON d.resource = 'users'";
    const char *tenant = client_tenant(run->client, SERVICE_GRAPH);
    struct err ignored = ERR_INIT;
    struct stmt *st = NULL;
    const char *why = "it cannot be read";
    bool row = false;
    bool is_intact = false;

    if (stmt_prepare(run->o->since, sql, &st, &ignored) == ERR_OK &&
        stmt_step(st, &row, &ignored) == ERR_OK && row) {
        if (tenant == NULL || stmt_is_null(st, 0))
            why = "it is not known to be of the same tenant";
        else if (!str_ieq(stmt_text(st, 0), tenant))
            err_set(e, ERR_USAGE, "'%s' is of tenant %s, this is %s", store_path(run->o->since),
                    stmt_text(st, 0), tenant);
        else
            why = read_facts(run, st);
    }
    stmt_free(st);
    err_clear(&ignored);
    if (why == NULL && e->code == ERR_OK &&
        (snapshot_verify(run->o->since, &is_intact, &ignored) != ERR_OK || !is_intact))
        why = delta_refuse(&(struct delta_facts){.sealed_at = ""});
    return why;
}

static void read_all(struct collect_task *t, const char *why)
{
    collect_notice(t->run, "all users are read: %s", why);
    collect_remark(t, "all were read: %s", why);
}

enum err_code delta_begin(struct collect_run *run, struct err *e)
{
    const char *why;

    run->delta = xcalloc(1, sizeof *run->delta);
    run->delta->changed = json_object();
    if (run->o->since == NULL)
        return ERR_OK;
    why = look(run, e);
    if (e->code == ERR_OK && why != NULL) {
        char *text = xasprintf("of '%s', %s", store_path(run->o->since), why);

        free(run->delta->link);
        run->delta->link = NULL;
        read_all(collect_task_find(run, "users"), text);
        free(text);
    }
    return e->code;
}

void delta_release(struct collect_run *run)
{
    if (run->delta == NULL)
        return;
    free(run->delta->link);
    free(run->delta->since);
    free(run->delta->full_at);
    free(run->delta->next);
    json_decref(run->delta->changed);
    free(run->delta);
    run->delta = NULL;
}

/* ---- the list of changes ---- */

static void on_root(struct collect_chain *ch, const json_t *root)
{
    struct delta *d = ch->task->run->delta;
    const char *link = json_string_value(json_object_get(root, "@odata.deltaLink"));

    if (link == NULL || strlen(link) > LIMIT_URL_BYTES)
        return;
    free(d->next);
    d->next = xstrdup(link);
}

static enum err_code on_change(struct collect_chain *ch, const json_t *row, bool *taken,
                               struct err *e)
{
    struct delta *d = ch->task->run->delta;
    const char *id = jx_text(row, "id");
    char *low;

    (void)taken;
    (void)e;
    if (id == NULL || !str_is_guid(id)) {
        d->bad = "the list of changes holds something without an id";
        return ERR_OK;
    }
    if (json_object_size(d->changed) > LIMIT_DELTA_USERS)
        return ERR_OK; /* enough to know that it is too much */
    low = str_lower(id);
    (void)json_object_set_new(d->changed, low,
                              json_boolean(json_object_get(row, "@removed") == NULL));
    free(low);
    return ERR_OK;
}

/* ---- taking over ---- */

/* Binds column `from` on of one row to another statement. */
static enum err_code put_row(const struct stmt *in, struct stmt *out, struct err *e)
{
    for (int i = 0; i < stmt_column_count(in); i++)
        stmt_bind_text(out, i + 1, stmt_text(in, i));
    return stmt_write(out, e);
}

/* The first column is the user's id. Numbers come as text: the columns' affinity turns them back.
 */
static enum err_code copy_rows(struct collect_run *run, const char *from, const char *to,
                               uint64_t *n, struct err *e)
{
    struct stmt *in = NULL;
    struct stmt *out = NULL;
    bool row = false;
    enum err_code code = stmt_prepare(run->o->since, from, &in, e);

    if (code == ERR_OK)
        code = stmt_prepare(run->s, to, &out, e);
    while (code == ERR_OK && (code = stmt_step(in, &row, e)) == ERR_OK && row) {
        if (json_object_get(run->delta->changed, stmt_text(in, 0)) != NULL)
            continue;
        code = put_row(in, out, e);
        (*n)++;
    }
    stmt_free(in);
    stmt_free(out);
    return code;
}

#define USER_COLUMNS                                                                               \
    "id, user_principal_name, display_name, mail, account_enabled, user_type, "                    \
    "external_user_state, on_premises_sync_enabled, created_at"

static enum err_code take_over(struct collect_task *t, struct err *e)
{
    struct collect_run *run = t->run;
    uint64_t users = 0;
    uint64_t licences = 0;
    enum err_code code = store_begin(run->s, e);

    if (code == ERR_OK)
        code = copy_rows(run, "SELECT " USER_COLUMNS " FROM user",
                         "INSERT INTO user(" USER_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                         &users, e);
    if (code == ERR_OK)
        code = copy_rows(run, "SELECT user_id, sku_id, disabled_plans_json FROM user_licence",
                         "INSERT INTO user_licence(user_id, sku_id, disabled_plans_json) "
                         "VALUES (?, ?, ?)",
                         &licences, e);
    if (code == ERR_OK)
        code = store_commit(run->s, e);
    if (code != ERR_OK)
        store_rollback(run->s);
    t->rows += users;
    return code;
}

/* Removed between the list and this request: then there is no row. */
static void user_done(struct collect_chain *ch, const struct chain_end *end)
{
    if (end->code == ERR_OK || end->status == 404)
        return;
    collect_settle(ch, end);
}

static void read_changed(struct collect_task *t)
{
    const char *query = strchr(t->c->path, '?');
    const char *top = strstr(t->c->path, "&$top=");
    int length = (int)(top != NULL && query != NULL ? top - query : 0);
    const char *id;
    json_t *is_there;

    json_object_foreach(t->run->delta->changed, id, is_there)
    {
        struct chain_request r = {.subject = id, .is_singleton = true, .done = user_done};
        char *path;

        if (!json_is_true(is_there))
            continue;
        path = xasprintf("/v1.0/users/%s%.*s", id, length, query != NULL ? query : "");
        r.path = path;
        collect_submit_or_note(t, &r);
        free(path);
    }
}

/* ---- the order of things ---- */

static void start_all(struct collect_task *t)
{
    struct err e = ERR_INIT;

    if (collect_start_plain(t, &e) != ERR_OK)
        collect_note(t, collect_reason(e.code), "%s", e.msg);
}

/* So that a resumed run, which reads everything, does not take this chain for one of its own. */
static void drop_chain(struct collect_chain *ch)
{
    struct err e = ERR_INIT;

    if (ch->task->run->fatal.code == ERR_OK &&
        continuation_drop(ch->task->run->s, ch->task->c->info.resource, ch->key, &e) != ERR_OK)
        (void)collect_fatal(ch->task->run, &e);
}

static bool is_over(const struct chain_end *end)
{
    return end->code == ERR_DEADLINE || end->code == ERR_INTERRUPTED;
}

static void token_done(struct collect_chain *ch, const struct chain_end *end)
{
    struct collect_task *t = ch->task;

    drop_chain(ch);
    if (is_over(end)) {
        collect_settle(ch, end);
        return;
    }
    if (t->run->delta->next == NULL)
        collect_notice(t->run,
                       "the next collection has to read all users: the service gave no "
                       "token for changes%s%s",
                       end->code != ERR_OK ? ": " : "", end->message);
    start_all(t);
}

static enum err_code take_token(struct collect_task *t, struct err *e)
{
    const char *select = strstr(t->c->path, "$select=");
    const char *top = strstr(t->c->path, "&$top=");
    char *path = xasprintf("/v1.0/users/delta?$deltatoken=latest&%.*s",
                           (int)(select != NULL && top != NULL ? top - select : 0),
                           select != NULL ? select : "");
    const struct chain_request r = {
        .path = path, .root = on_root, .each = on_change, .done = token_done};
    enum err_code code;

    (void)time_format(clock_wall_ms(t->run->o->clock), t->run->delta->taken);
    code = collect_submit(t, &r, e);
    free(path);
    return code;
}

static void fall_back(struct collect_task *t, const char *why)
{
    struct delta *d = t->run->delta;
    struct err e = ERR_INIT;

    read_all(t, why);
    free(d->next);
    free(d->link);
    d->next = d->link = NULL;
    json_object_clear(d->changed);
    if (take_token(t, &e) != ERR_OK)
        start_all(t);
}

static void listed(struct collect_chain *ch, const struct chain_end *end)
{
    struct collect_task *t = ch->task;
    struct delta *d = t->run->delta;
    struct err e = ERR_INIT;
    const char *why = d->bad;

    if (is_over(end)) {
        collect_settle(ch, end);
        return;
    }
    if (end->code != ERR_OK)
        why = end->message;
    else if (d->next == NULL)
        why = "the list of changes does not say where it ends";
    else if (delta_is_too_much(json_object_size(d->changed), d->users))
        why = "too many changed to read them one by one";
    if (why != NULL) {
        drop_chain(ch);
        fall_back(t, why);
        return;
    }
    collect_remark(t, "%zu changed since %s, the others are taken from '%s'",
                   json_object_size(d->changed), d->since, store_path(t->run->o->since));
    if (take_over(t, &e) != ERR_OK) {
        (void)collect_fatal(t->run, &e);
        return;
    }
    read_changed(t);
}

/* Rows that an earlier run took over belong to no chain of ours. */
static enum err_code forget_taken(struct collect_task *t, struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;
    enum err_code code = stmt_prepare(
        t->run->s, "SELECT 1 FROM continuation WHERE resource = 'users' AND request <> ? LIMIT 1",
        &st, e);

    if (code == ERR_OK)
        stmt_bind_text(st, 1, t->c->path);
    if (code == ERR_OK)
        code = stmt_step(st, &row, e);
    stmt_free(st);
    if (code == ERR_OK && row)
        code = collect_forget(t->run->s, t->c->info.resource, e);
    if (code == ERR_OK && row)
        code = continuation_drop(t->run->s, t->c->info.resource, NULL, e);
    return code;
}

enum err_code users_start(struct collect_task *t, struct err *e)
{
    const struct delta *d = t->run->delta;
    struct chain_request r = {
        .path = "/v1.0/users/delta", .root = on_root, .each = on_change, .done = listed};
    struct err bad = ERR_INIT;

    if (t->run->o->resume && forget_taken(t, e) != ERR_OK)
        return collect_fatal(t->run, e);
    if (d == NULL)
        return collect_start_plain(t, e);
    if (d->link == NULL)
        return take_token(t, e);
    r.from = d->link;
    (void)time_format(clock_wall_ms(t->run->o->clock), t->run->delta->taken);
    if (collect_submit(t, &r, &bad) != ERR_OK)
        fall_back(t, bad.msg);
    return ERR_OK;
}

enum err_code users_end(struct collect_task *t, struct err *e)
{
    const struct delta *d = t->run->delta;
    char started[TIME_TEXT_BYTES];

    if (d == NULL || d->next == NULL || t->reason != REASON_NONE || t->odd.count > 0)
        return ERR_OK;
    return store_run(t->run->s, e,
                     "INSERT OR REPLACE INTO delta_token(resource, link, request, taken_at, "
                     "full_at) VALUES ('users', ?, ?, ?, ?)",
                     "tttt", d->next, t->c->path, d->taken,
                     d->link != NULL ? d->full_at : time_format(t->started_ms, started));
}
