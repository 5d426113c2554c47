#include "graph/collect.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/stop.h"
#include "base/strs.h"
#include "client.h"
#include "collect_run.h"
#include "graph/cloud.h"
#include "graph/permission.h"
#include "model/snapshot.h"
#include "model/staged.h"
#include "model/store.h"

#include <stdlib.h>
#include <string.h>

/* ---- which tasks, and when ---- */

static void select_task(struct collect_run *run, const char *resource)
{
    struct collect_task *t = collect_task_find(run, resource);

    if (t == NULL || t->phase != TASK_OFF)
        return;
    t->phase = TASK_WAITING;
    for (size_t i = 0; i < COUNT_OF(t->c->needs) && t->c->needs[i] != NULL; i++)
        select_task(run, t->c->needs[i]);
    for (size_t i = 0; i < COUNT_OF(t->c->after) && t->c->after[i] != NULL; i++)
        select_task(run, t->c->after[i]);
}

static void select_tasks(struct collect_run *run)
{
    const struct collect_options *o = run->o;

    for (size_t i = 0; o->only != NULL && i < o->only_count; i++)
        select_task(run, o->only[i]);
    for (size_t i = 0; o->only == NULL && i < run->task_count; i++)
        select_task(run, run->tasks[i].c->info.resource);
}

/* What an earlier run chose is read to its end, whatever this one was asked for: half of it is
 * there. */
static enum err_code select_begun(struct collect_run *run, struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;
    enum err_code code = run->o->only == NULL
                             ? ERR_OK
                             : stmt_prepare(run->s,
                                            "SELECT resource FROM collection WHERE detail IS NOT ? "
                                            "UNION SELECT resource FROM continuation",
                                            &st, e);

    if (st != NULL)
        stmt_bind_text(st, 1, COLLECTION_NOT_CHOSEN);
    while (st != NULL && (code = stmt_step(st, &row, e)) == ERR_OK && row)
        select_task(run, stmt_text(st, 0));
    stmt_free(st);
    return code;
}

static bool has_ended(struct collect_run *run, const char *resource)
{
    const struct collect_task *t = collect_task_find(run, resource);

    return t == NULL || t->phase == TASK_ENDED;
}

static bool is_ready(struct collect_run *run, const struct collect_task *t)
{
    if (t->phase != TASK_WAITING)
        return false;
    for (size_t i = 0; i < COUNT_OF(t->c->needs) && t->c->needs[i] != NULL; i++)
        if (!has_ended(run, t->c->needs[i]))
            return false;
    for (size_t i = 0; i < COUNT_OF(t->c->after) && t->c->after[i] != NULL; i++)
        if (!has_ended(run, t->c->after[i]))
            return false;
    return true;
}

/* The prerequisite that leaves nothing to ask about; NULL when all is well. */
static const struct collect_task *lost_need(struct collect_run *run, const struct collect_task *t)
{
    for (size_t i = 0; i < COUNT_OF(t->c->needs) && t->c->needs[i] != NULL; i++) {
        const struct collect_task *n = collect_task_find(run, t->c->needs[i]);

        if (n != NULL && (n->state == COLLECTION_FAILED || n->state == COLLECTION_SKIPPED))
            return n;
    }
    return NULL;
}

enum answer collect_is_granted(const struct collect_run *run, const char *accepted)
{
    const json_t *roles = client_roles(run->client, SERVICE_GRAPH);

    if (roles == NULL)
        return ANSWER_UNKNOWN;
    return permission_is_granted(accepted, roles) ? ANSWER_YES : ANSWER_NO;
}

/* What the token surely lacks is not asked for. Without the claim, and for what is partly readable
 * anyway, the reply judges. */
static bool is_refused_by_token(const struct collect_run *run, const struct collector *c)
{
    return str_eq(c->info.service, "graph") && (c->flags & COLLECT_TRY) == 0 &&
           c->info.accepted != NULL && collect_is_granted(run, c->info.accepted) == ANSWER_NO;
}

/* True when the task has ended without being asked for. */
static bool turn_away(struct collect_run *run, struct collect_task *t)
{
    const struct collect_task *lost = lost_need(run, t);

    if (run->stopped != REASON_NONE || run->fatal.code != ERR_OK)
        collect_task_skip(t, COLLECTION_SKIPPED,
                          run->stopped != REASON_NONE ? run->stopped : REASON_NOT_COLLECTED,
                          run->stopped == REASON_DEADLINE
                              ? "the time for the collection was used up before its turn"
                              : "the collection was stopped before its turn");
    else if (lost != NULL)
        collect_task_skip(t, COLLECTION_SKIPPED, lost->reason, "needs %s, which was not read: %s",
                          lost->c->info.resource, lost->detail != NULL ? lost->detail : "");
    else if (is_refused_by_token(run, t->c))
        collect_task_skip(t, COLLECTION_FAILED, REASON_PERMISSION,
                          "the app has not been granted %s", t->c->info.permission);
    else if (str_eq(t->c->info.service, "exchange") && run->exchange.code != ERR_OK)
        collect_task_skip(t, COLLECTION_FAILED, collect_reason(run->exchange.code),
                          "no token for Exchange Online: %s", run->exchange.msg);
    else
        return false;
    return true;
}

static void start_task(struct collect_run *run, struct collect_task *t)
{
    struct err e = ERR_INIT;
    enum err_code code;

    if (turn_away(run, t))
        return;
    t->phase = TASK_RUNNING;
    t->started_ms = clock_wall_ms(run->o->clock);
    if (run->o->resume && collect_resume_started(t, &e) != ERR_OK)
        (void)collect_fatal(run, &e);
    t->open++; /* until start returns, so that a chain that ends at once does not end the task */
    collect_progress(t, "running", 0);
    code = t->c->start != NULL ? t->c->start(t, &e) : collect_start_plain(t, &e);
    if (code == ERR_STORE || code == ERR_IO)
        (void)collect_fatal(run, &e);
    if (code != ERR_OK)
        collect_note(t, collect_reason(code), "%s", e.msg);
    collect_task_leave(t);
}

void collect_start_ready(struct collect_run *run)
{
    run->is_stale = true;
    if (run->is_starting)
        return; /* the loop below, further up the stack, looks again */
    run->is_starting = true;
    while (run->is_stale) {
        run->is_stale = false;
        for (size_t i = 0; i < run->task_count; i++)
            if (is_ready(run, &run->tasks[i])) {
                start_task(run, &run->tasks[i]);
                run->is_stale = true;
            }
    }
    run->is_starting = false;
    collect_replay(run);
}

void collect_task_leave(struct collect_task *t)
{
    struct err e = ERR_INIT;

    if (t->open == 0)
        BUG("task %s left once too often", t->c->info.resource);
    if (--t->open > 0 || t->phase != TASK_RUNNING)
        return;
    if (t->c->end != NULL && t->run->fatal.code == ERR_OK && t->c->end(t, &e) != ERR_OK)
        (void)collect_fatal(t->run, &e);
    collect_task_end(t);
    if (t->run->fatal.code == ERR_OK && collect_stage_ended(t, &e) != ERR_OK)
        (void)collect_fatal(t->run, &e);
    collect_dns_poll(t->run);
    collect_start_ready(t->run);
}

/* ---- beginning and end ---- */

static void run_init(struct collect_run *run, const struct collect_options *o, struct store *s,
                     const struct collect_observer *obs)
{
    memset(run, 0, sizeof *run);
    run->o = o;
    run->obs = obs;
    run->s = s;
    run->deadline_ms = o->deadline_ms > 0 ? clock_mono_ms(o->clock) + o->deadline_ms : 0;
    run->replay_end = &run->replay;
    run->task_count = collector_count();
    run->tasks = xcalloc(run->task_count, sizeof *run->tasks);
    for (size_t i = 0; i < run->task_count; i++) {
        run->tasks[i].c = collector_row(i);
        run->tasks[i].run = run;
    }
    select_tasks(run);
}

static void run_release(struct collect_run *run)
{
    client_free(run->client); /* first: it may still point to chains */
    collect_dns_release(run);
    for (size_t i = 0; i < run->task_count; i++)
        collect_task_release(&run->tasks[i]);
    free(run->tasks);
    while (run->chains != NULL) {
        struct collect_chain *next = run->chains->next;

        collect_chain_release(run->chains);
        free(run->chains->subject);
        free(run->chains);
        run->chains = next;
    }
    collect_drop_grants(run);
    delta_release(run);
    strlist_release(&run->hidden_groups);
}

static void on_notice(void *ctx, const char *text)
{
    collect_notice(ctx, "%s", text);
}

static void on_tick(void *ctx)
{
    collect_tick(ctx);
}

static enum err_code open_client(struct collect_run *run, struct err *e)
{
    const struct collect_options *o = run->o;
    char *agent = xasprintf("graphaudit/%s", o->tool_version);
    struct client_options co = {
        .tenant = o->tenant,
        .client_id = o->client_id,
        .cloud = o->cloud,
        .credential = o->credential,
        .ca_file = o->ca_file,
        .proxy = o->proxy,
        .user_agent = agent,
        .concurrency = o->concurrency,
        .deadline_ms = run->deadline_ms,
        .clock = o->clock,
        .trace = o->trace,
        .notice = on_notice,
        .notice_ctx = run,
        .tick = on_tick,
        .tick_ctx = run,
    };
    enum err_code code = client_new(&co, &run->client, e);

    free(agent);
    return code;
}

static enum err_code record_roles(struct collect_run *run, struct err *e)
{
    const json_t *roles = client_roles(run->client, SERVICE_GRAPH);
    struct strlist names = {0};
    json_t *sorted;
    const json_t *role;
    char *text;
    size_t i;
    enum err_code code;

    if (roles == NULL)
        return ERR_OK;
    json_array_foreach(roles, i, role)
    {
        if (json_is_string(role))
            strlist_add(&names, json_string_value(role));
    }
    strlist_sort_unique(&names);
    sorted = json_array();
    for (i = 0; i < names.n; i++)
        (void)json_array_append_new(sorted, json_string(names.v[i]));
    text = jx_canonical(sorted);
    code = store_run(run->s, e, "UPDATE snapshot SET granted_permissions_json = ?", "t", text);
    free(text);
    json_decref(sorted);
    strlist_release(&names);
    return code;
}

/* An auditor that can change what it audits is a risk of its own. */
static void warn_of_excess(const struct collect_run *run)
{
    const json_t *roles = client_roles(run->client, SERVICE_GRAPH);
    struct strlist names = {0};
    struct buf list;
    const json_t *role;
    size_t i;

    json_array_foreach(roles, i, role)
    {
        if (json_is_string(role) && !permission_reads_only(json_string_value(role)))
            strlist_add(&names, json_string_value(role));
    }
    strlist_sort_unique(&names);
    buf_init(&list, ERR_MSG_BYTES / 2);
    for (i = 0; i < names.n && !list.failed; i++)
        buf_addf(&list, "%s%s", i > 0 ? ", " : "", names.v[i]);
    if (names.n > 0 && run->obs != NULL && run->obs->warning != NULL) {
        char *text = xasprintf("the application holds permissions that do more than read, and that "
                               "no audit needs: %s%s (take them away)",
                               list.p, list.failed ? ", ..." : "");

        run->obs->warning(run->obs->ctx, text);
        free(text);
    }
    buf_release(&list);
    strlist_release(&names);
}

static bool wants_exchange(const struct collect_run *run)
{
    for (size_t i = 0; i < run->task_count; i++)
        if (run->tasks[i].phase != TASK_OFF && str_eq(run->tasks[i].c->info.service, "exchange"))
            return true;
    return false;
}

/* Graph first: without it there is no audit. Without Exchange there is half of one. */
static enum err_code sign_in(struct collect_run *run, struct err *e)
{
    enum err_code code = client_sign_in(run->client, SERVICE_GRAPH, e);

    if (code == ERR_OK)
        warn_of_excess(run);
    if (code == ERR_OK && wants_exchange(run) &&
        client_sign_in(run->client, SERVICE_EXCHANGE, &run->exchange) == ERR_INTERRUPTED)
        code = err_set(e, ERR_INTERRUPTED, "%s", run->exchange.msg);
    return code;
}

static struct snapshot_begin describe(const struct collect_run *run)
{
    return (struct snapshot_begin){
        .tenant_domain = run->o->tenant,
        .cloud = run->o->cloud->name,
        .client_id = run->o->client_id,
        .tool_version = run->o->tool_version,
        .started_ms = clock_wall_ms(run->o->clock),
    };
}

/* Before anything is contacted. */
static enum err_code begin_snapshot(struct collect_run *run, struct err *e)
{
    const struct snapshot_begin b = describe(run);
    int64_t begun = 0;

    if (run->o->resume &&
        (store_int(run->s, "SELECT COUNT(*) FROM snapshot", &begun, e) != ERR_OK ||
         snapshot_check_resume(run->s, &b, NULL, e) != ERR_OK || select_begun(run, e) != ERR_OK))
        return e->code;
    return begun > 0 ? ERR_OK : snapshot_begin(run->s, &b, e);
}

/* After sign-in: only the token tells which tenant this is. */
static enum err_code begin_run(struct collect_run *run, struct err *e)
{
    const struct snapshot_begin b = describe(run);
    const char *tenant = client_tenant(run->client, SERVICE_GRAPH);
    enum err_code code = ERR_OK;

    if (run->o->resume)
        code = snapshot_check_resume(run->s, &b, tenant, e);
    if (code == ERR_OK)
        code = record_roles(run, e);
    if (code == ERR_OK)
        code = snapshot_note_run(run->s, tenant, run->o->resume, b.started_ms, e);
    if (code == ERR_OK)
        code = staged_open(run->s, e);
    if (code == ERR_OK && run->o->resume)
        code = collect_resume_begin(run, e);
    if (code == ERR_OK && run->o->incremental)
        code = delta_begin(run, e);
    return code;
}

/* Every resource gets a row, whatever happened. */
static void end_rest(struct collect_run *run)
{
    for (size_t i = 0; i < run->task_count; i++) {
        struct collect_task *t = &run->tasks[i];

        if (t->phase == TASK_OFF) {
            collect_task_skip(t, COLLECTION_SKIPPED, REASON_NOT_COLLECTED, "%s",
                              COLLECTION_NOT_CHOSEN);
        } else if (t->phase != TASK_ENDED) {
            collect_note(t, run->stopped != REASON_NONE ? run->stopped : REASON_NOT_COLLECTED,
                         "the collection ended first");
            collect_task_end(t);
        }
    }
}

static bool is_whole(struct collect_run *run, const char *resource)
{
    const struct collect_task *t = collect_task_find(run, resource);

    return t->phase == TASK_ENDED && t->state == COLLECTION_COMPLETE;
}

/* What the whole run comes to, when the store is fine and nobody stopped it. */
static enum err_code judge(const struct collect_run *run, struct err *e)
{
    const struct collect_task *first = NULL;
    const struct collect_task *other = NULL;

    for (size_t i = 0; i < run->task_count; i++) {
        const struct collect_task *t = &run->tasks[i];
        bool read = t->state == COLLECTION_COMPLETE || t->state == COLLECTION_PARTIAL;

        if (read && !str_eq(t->c->info.service, "dns"))
            return ERR_OK;
        if (t->state == COLLECTION_FAILED && first == NULL)
            first = t;
        if (t->state == COLLECTION_FAILED && t->reason != REASON_PERMISSION && other == NULL)
            other = t;
    }
    if (first == NULL)
        return err_set(e, ERR_NET, "nothing was read");
    if (other == NULL)
        return err_set(e, ERR_AUTH,
                       "every resource was refused: has an administrator granted consent to the "
                       "application? First %s: %s",
                       first->c->info.resource, first->detail);
    if (other->reason == REASON_THROTTLED)
        return err_set(e, ERR_THROTTLED, "nothing was read, %s: %s", other->c->info.resource,
                       other->detail);
    if (other->reason == REASON_DEADLINE)
        return err_set(e, ERR_DEADLINE, "nothing was read, %s: %s", other->c->info.resource,
                       other->detail);
    return err_set(e, ERR_NET, "nothing was read, %s: %s", other->c->info.resource, other->detail);
}

static enum err_code run_all(struct collect_run *run, struct err *e)
{
    struct err ended = ERR_INIT;

    for (size_t i = 0; i < run->task_count; i++)
        if (run->tasks[i].phase == TASK_WAITING)
            collect_progress(&run->tasks[i], "waiting", 0);
    collect_start_ready(run);
    if (client_run(run->client, &ended) != ERR_OK && run->stopped == REASON_NONE)
        run->stopped = collect_reason(ended.code);
    collect_dns_finish(run);
    end_rest(run);
    collect_check_hidden(run);
    run->is_resumable = run->is_resumable || run->stopped != REASON_NONE;
    if (run->fatal.code == ERR_OK &&
        collect_merge(run->s, is_whole(run, "mailboxes") && is_whole(run, "hve-accounts"),
                      !run->is_resumable, e) != ERR_OK)
        return e->code;
    if (run->fatal.code != ERR_OK)
        return err_set(e, run->fatal.code, "%s", run->fatal.msg);
    if (ended.code == ERR_INTERRUPTED || stop_requested())
        return err_set(e, ERR_INTERRUPTED, "interrupted: what was read is kept");
    return ERR_OK;
}

enum err_code graph_collect(const struct collect_options *o, struct store *s,
                            const struct collect_observer *obs, struct err *e)
{
    struct collect_run run;
    enum err_code code;

    run_init(&run, o, s, obs);
    code = begin_snapshot(&run, e);
    if (code == ERR_OK)
        code = open_client(&run, e);
    if (code == ERR_OK)
        code = sign_in(&run, e);
    if (code == ERR_OK)
        code = begin_run(&run, e);
    if (code == ERR_OK)
        code = run_all(&run, e);
    if (code == ERR_OK)
        code = judge(&run, e);
    if (code == ERR_OK)
        code = run.is_resumable ? snapshot_pause(s, clock_wall_ms(o->clock), e)
                                : snapshot_seal(s, clock_wall_ms(o->clock), e);
    run_release(&run);
    return code;
}
