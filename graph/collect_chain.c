#include "base/clock.h"
#include "base/mem.h"
#include "collect_run.h"
#include "map.h"
#include "model/store.h"
#include "pack.h"

#include <stdlib.h>
#include <string.h>

/* ---- pages ---- */

static enum err_code take_row(struct collect_chain *ch, const json_t *row, uint64_t *rows,
                              struct err *e)
{
    struct collect_task *t = ch->task;
    bool taken = false;
    enum err_code code = ERR_OK;

    if (!json_is_object(row)) {
        map_odd_add(&t->odd, "a row is not an object");
        return ERR_OK;
    }
    code = ch->each(ch, row, &taken, e);
    if (code == ERR_OK && taken)
        (*rows)++;
    return code;
}

static enum err_code take_page(struct collect_chain *ch, const json_t *root, const json_t *value,
                               uint64_t *rows, struct err *e)
{
    enum err_code code = ERR_OK;
    const json_t *row;
    size_t i;

    if (value == NULL)
        return take_row(ch, root, rows, e);
    json_array_foreach(value, i, row)
    {
        code = take_row(ch, row, rows, e);
        if (code != ERR_OK)
            break;
    }
    return code;
}

static enum err_code page_stored(struct collect_chain *ch, enum err_code code, uint64_t taken,
                                 uint64_t *rows, struct err *e)
{
    struct collect_task *t = ch->task;

    if (code != ERR_OK) {
        store_rollback(t->run->s);
        return collect_fatal(t->run, e);
    }
    *rows += taken;
    ch->rows += taken;
    t->rows += taken;
    t->pages++;
    collect_progress(t, "running", 0);
    return ERR_OK;
}

/* A page is one transaction with its continuation: a killed run keeps whole pages, and the next one
 * goes on behind them. */
static enum err_code on_page(void *ctx, const json_t *root, const json_t *value, uint64_t *rows,
                             struct err *e)
{
    struct collect_chain *ch = ctx;
    struct collect_task *t = ch->task;
    struct collect_run *run = t->run;
    const struct collect_mark before = collect_mark_of(t);
    uint64_t taken = 0;
    enum err_code code;

    if (run->fatal.code != ERR_OK)
        return err_set(e, run->fatal.code, "%s", run->fatal.msg);
    if (ch->root != NULL)
        ch->root(ch, root);
    code = store_begin(run->s, e);
    if (code == ERR_OK)
        code = take_page(ch, root, value, &taken, e);
    if (code == ERR_OK)
        code = collect_chain_save(ch, root, taken, &before, e);
    if (code == ERR_OK)
        code = store_commit(run->s, e);
    return page_stored(ch, code, taken, rows, e);
}

static void add_odd(struct map_odd *to, const struct map_odd *odd)
{
    if (odd->count == 0)
        return;
    map_odd_add(to, "%s", odd->first);
    to->count += odd->count - 1;
}

/* A page of a long list: the same, but its rows wait to be merged. */
static enum err_code on_packed(void *ctx, const struct pack *p, const char *next, uint64_t *rows,
                               struct err *e)
{
    struct collect_chain *ch = ctx;
    struct collect_task *t = ch->task;
    struct collect_run *run = t->run;
    const struct collect_mark before = collect_mark_of(t);
    enum err_code code;

    if (run->fatal.code != ERR_OK)
        return err_set(e, run->fatal.code, "%s", run->fatal.msg);
    t->seen += p->seen;
    t->served += p->served;
    add_odd(&t->odd, &p->odd);
    code = store_begin(run->s, e);
    if (code == ERR_OK)
        code = collect_stage_put(run->s, t->c->info.resource, p, e);
    if (code == ERR_OK)
        code = collect_chain_save_link(ch, next, p->taken, &before, e);
    if (code == ERR_OK)
        code = store_commit(run->s, e);
    return page_stored(ch, code, p->taken, rows, e);
}

static void on_progress(void *ctx, const struct chain_end *now, const char *state, int64_t wait_ms)
{
    struct collect_chain *ch = ctx;

    collect_remember_ids(ch->task, now);
    if (now->requests > ch->requests) {
        ch->task->requests += now->requests - ch->requests;
        ch->requests = now->requests;
    }
    collect_progress(ch->task, state, wait_ms);
}

/* ---- ends ---- */

/* Graph answers "no premium licence" also when it cannot look the licence up: without
 * Directory.Read.All, at random. What the SKUs say decides. */
static void settle_licence(struct collect_task *t, const struct chain_end *end)
{
    enum answer owned = t->run->owns[t->c->plan];

    if (owned == ANSWER_YES)
        collect_note(t, REASON_PERMISSION,
                     "%s (the tenant owns %s: grant Directory.Read.All too, without it the service "
                     "cannot always see the licence)",
                     end->message, t->c->info.licence);
    else
        collect_note(t, REASON_LICENCE, "%s", end->message);
    if (owned == ANSWER_NO)
        t->is_skip = true;
}

/* Trying again later makes sense: time was up, the service was busy or down, or the credential
 * ended in the middle. What the service says of the request itself it would say again. */
static bool is_passing(const struct chain_end *end)
{
    switch (end->code) {
    case ERR_DEADLINE:
    case ERR_INTERRUPTED:
    case ERR_THROTTLED:
    case ERR_TLS:
        return true;
    case ERR_AUTH:
        return end->pages > 0;
    case ERR_NET:
        return end->status == 0 || end->status == 408 || end->status >= 500;
    case ERR_OK:
    case ERR_USAGE:
    case ERR_IO:
    case ERR_PARSE:
    case ERR_DENIED:
    case ERR_LICENCE:
    case ERR_ABSENT:
    case ERR_LIMIT:
    case ERR_STORE:
    case ERR_BUG:
        break;
    }
    return false;
}

void collect_settle(struct collect_chain *ch, const struct chain_end *end)
{
    struct collect_task *t = ch->task;

    if (end->code == ERR_OK)
        return;
    t->run->is_resumable = t->run->is_resumable || is_passing(end);
    /* One chain may give up because its next try would be too late: the others still have time. */
    if (end->code == ERR_INTERRUPTED ||
        (end->code == ERR_DEADLINE && clock_mono_ms(t->run->o->clock) >= t->run->deadline_ms))
        t->run->stopped = collect_reason(end->code);
    if (end->code == ERR_LICENCE)
        settle_licence(t, end);
    else if (ch->subject != NULL)
        collect_note(t, collect_reason(end->code), "%s: %s", ch->subject, end->message);
    else
        collect_note(t, collect_reason(end->code), "%s", end->message);
}

static void on_end(void *ctx, const struct chain_end *end)
{
    struct collect_chain *ch = ctx;

    collect_remember_ids(ch->task, end);
    if (end->requests > ch->requests) {
        ch->task->requests += end->requests - ch->requests;
        ch->requests = end->requests;
    }
    if (collect_chain_restarts(ch, end))
        return;
    ch->done(ch, end);
    collect_task_leave(ch->task);
    collect_replay(ch->task->run);
}

/* ---- beginning ---- */

static enum err_code plain_each(struct collect_chain *ch, const json_t *row, bool *taken,
                                struct err *e)
{
    return map_row(ch->task->map, row, &ch->task->odd, taken, e);
}

static enum err_code check_map(struct collect_task *t, struct err *e)
{
    if (t->map != NULL || t->c->map == NULL)
        return ERR_OK;
    return map_open(t->run->s, t->c->map, &t->map, e) == ERR_OK ? ERR_OK : collect_fatal(t->run, e);
}

static void fill_spec(struct chain_spec *spec, const struct collect_task *t,
                      const struct chain_request *r)
{
    const struct collector *c = t->c;

    spec->service = c->service;
    spec->bucket = c->bucket;
    spec->name = c->info.resource;
    spec->priority = c->priority;
    spec->path = r->path;
    spec->body = r->body;
    spec->cmdlet = r->cmdlet;
    spec->parameters = r->parameters;
    spec->select = r->select;
    spec->eventual = r->is_eventual;
    spec->is_singleton = r->is_singleton;
    spec->premium_expected = c->plan != PLAN_NONE && t->run->owns[c->plan] == ANSWER_YES;
    spec->on_page = on_page;
    spec->pack = r->each == NULL && !r->is_singleton ? c->pack : NULL;
    spec->on_packed = on_packed;
    spec->on_end = on_end;
    spec->on_progress = on_progress;
}

/* A link that may not be followed is no reason to lose the chain: then it begins at its beginning.
 */
static enum err_code send(struct collect_chain *ch, const struct chain_request *r, const char *next,
                          struct err *e)
{
    struct collect_task *t = ch->task;
    struct chain_spec spec = {.service = SERVICE_GRAPH};
    const struct chain_end bad_link = {.code = ERR_PARSE, .message = e->msg, .status = 400};
    enum err_code code;

    fill_spec(&spec, t, r);
    spec.ctx = ch;
    spec.next_url = next;
    spec.pages_before = next != NULL ? ch->at.pages : 0;
    code = client_submit(t->run->client, &spec, e);
    if (code == ERR_PARSE && next != NULL && collect_chain_restarts(ch, &bad_link)) {
        err_clear(e);
        return ERR_OK;
    }
    return code;
}

enum err_code collect_resubmit(struct collect_chain *ch, const struct chain_request *r,
                               struct err *e)
{
    return send(ch, r, NULL, e);
}

enum err_code collect_submit(struct collect_task *t, const struct chain_request *r, struct err *e)
{
    struct collect_chain *ch;
    const char *next = NULL;
    bool is_done = false;
    enum err_code code = check_map(t, e);

    if (code != ERR_OK)
        return code;
    ch = xcalloc(1, sizeof *ch);
    ch->task = t;
    ch->subject = r->subject != NULL ? xstrdup(r->subject) : NULL;
    ch->index = r->index;
    ch->each = r->each != NULL ? r->each : t->c->each != NULL ? t->c->each : plain_each;
    ch->root = r->root;
    ch->done = r->done != NULL ? r->done : collect_settle;
    ch->next = t->run->chains;
    t->run->chains = ch;
    t->open++;
    code = collect_chain_take_up(ch, r, &is_done, &next, e);
    if (code == ERR_OK && !is_done)
        code = send(ch, r, next != NULL ? next : r->from, e);
    if (code != ERR_OK)
        t->open--;
    return code;
}

void collect_submit_or_note(struct collect_task *t, const struct chain_request *r)
{
    struct err e = ERR_INIT;

    if (collect_submit(t, r, &e) != ERR_OK)
        collect_note(t, collect_reason(e.code), "%s", e.msg);
}

enum err_code collect_start_plain(struct collect_task *t, struct err *e)
{
    const struct collector *c = t->c;
    struct chain_request r = {
        .path = c->path,
        .cmdlet = c->cmdlet,
        .parameters = c->parameters,
        .select = c->select,
        .is_singleton = (c->flags & COLLECT_SINGLETON) != 0,
    };

    return collect_submit(t, &r, e);
}
