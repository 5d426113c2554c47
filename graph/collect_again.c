/* The beginning of a resumed run: what of an earlier one stays, and what has to be read. */
#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "base/timex.h"
#include "collect_run.h"
#include "collector.h"
#include "model/store.h"

#include <stdlib.h>
#include <string.h>

static uint64_t count_at(const struct stmt *st, int at)
{
    int64_t n = stmt_int(st, at);

    return n > 0 ? (uint64_t)n : 0;
}

/* ---- what is complete ---- */

static void take_row(struct collect_run *run, const struct stmt *st)
{
    struct collect_task *t = collect_task_find(run, stmt_text(st, 0));
    int64_t ms = 0;

    if (t == NULL || t->phase != TASK_WAITING)
        return;
    t->phase = TASK_ENDED;
    t->state = COLLECTION_COMPLETE;
    t->rows = count_at(st, 1);
    t->pages = count_at(st, 2);
    t->requests = count_at(st, 3);
    t->detail = stmt_is_null(st, 4) ? NULL : xstrdup(stmt_text(st, 4));
    t->started_ms = time_parse(stmt_text(st, 5), &ms) ? ms : 0;
    t->finished_ms = time_parse(stmt_text(st, 6), &ms) ? ms : 0;
}

static enum err_code load_complete(struct collect_run *run, struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;
    enum err_code code = stmt_prepare(run->s,
                                      "SELECT resource, rows, pages, requests, detail, started_at, "
                                      "finished_at FROM collection WHERE state = 'complete'",
                                      &st, e);

    while (code == ERR_OK && (code = stmt_step(st, &row, e)) == ERR_OK && row)
        take_row(run, st);
    stmt_free(st);
    return code;
}

static bool is_open(struct collect_run *run, const char *resource)
{
    const struct collect_task *t = collect_task_find(run, resource);

    return t != NULL && t->phase == TASK_WAITING && (t->c->flags & COLLECT_HINT) == 0;
}

/* The first of those whose rows it was made from that is read again; NULL: none is. */
static const char *open_source(struct collect_run *run, const struct collect_task *t)
{
    for (size_t i = 0; i < COUNT_OF(t->c->needs) && t->c->needs[i] != NULL; i++)
        if (is_open(run, t->c->needs[i]))
            return t->c->needs[i];
    for (size_t i = 0; i < COUNT_OF(t->c->after) && t->c->after[i] != NULL; i++)
        if (is_open(run, t->c->after[i]))
            return t->c->after[i];
    return NULL;
}

static void task_reset(struct collect_task *t)
{
    t->phase = TASK_WAITING;
    t->state = COLLECTION_COMPLETE;
    t->rows = t->pages = t->requests = 0;
    t->started_ms = t->finished_ms = 0;
    free(t->detail);
    t->detail = NULL;
}

/* What was made from something that is not whole yet is made again, and so on. */
static void reopen(struct collect_run *run)
{
    bool changed = true;

    while (changed) {
        changed = false;
        for (size_t i = 0; i < run->task_count; i++) {
            struct collect_task *t = &run->tasks[i];

            if (t->phase == TASK_ENDED && open_source(run, t) != NULL) {
                task_reset(t);
                changed = true;
            }
        }
    }
}

static enum err_code has_continuation(struct collect_run *run, const char *resource, bool *out,
                                      struct err *e)
{
    struct stmt *st = NULL;
    enum err_code code =
        stmt_prepare(run->s, "SELECT 1 FROM continuation WHERE resource = ? LIMIT 1", &st, e);

    if (code != ERR_OK)
        return code;
    stmt_bind_text(st, 1, resource);
    code = stmt_step(st, out, e);
    stmt_free(st);
    return code;
}

/* Rows that no chain can go on behind are of no use. */
static enum err_code clear_open(struct collect_run *run, struct err *e)
{
    enum err_code code = ERR_OK;

    for (size_t i = 0; code == ERR_OK && i < run->task_count; i++) {
        const struct collect_task *t = &run->tasks[i];
        const char *resource = t->c->info.resource;
        bool goes_on = false;

        if (t->phase != TASK_WAITING)
            continue;
        if (open_source(run, t) == NULL)
            code = has_continuation(run, resource, &goes_on, e);
        if (code == ERR_OK && !goes_on)
            code = continuation_drop(run->s, resource, NULL, e);
        if (code == ERR_OK && !goes_on)
            code = collect_forget(run->s, resource, e);
        if (code == ERR_OK)
            code = store_run(run->s, e, "DELETE FROM collection WHERE resource = ?", "t", resource);
    }
    return code;
}

/* ---- what chains left in memory ---- */

static enum err_code load_hidden(struct collect_run *run, struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;
    enum err_code code =
        stmt_prepare(run->s, "SELECT id FROM pass_hidden_group ORDER BY id", &st, e);

    while (code == ERR_OK && (code = stmt_step(st, &row, e)) == ERR_OK && row)
        strlist_add(&run->hidden_groups, stmt_text(st, 0));
    stmt_free(st);
    return code;
}

/* What ended complete says so once more, with its age where that matters. */
static void announce(struct collect_run *run)
{
    int64_t now = clock_wall_ms(run->o->clock);

    for (size_t i = 0; i < run->task_count; i++) {
        struct collect_task *t = &run->tasks[i];
        char when[TIME_TEXT_BYTES];

        if (t->phase != TASK_ENDED)
            continue;
        if (t->finished_ms > 0 && now - t->finished_ms > LIMIT_RESUME_AGE_MS &&
            (t->detail == NULL || strstr(t->detail, "before the rest") == NULL)) {
            collect_remark(t, "read at %s, %lld hours before the rest: the run was resumed",
                           time_format(t->finished_ms, when),
                           (long long)((now - t->finished_ms) / 3600000));
            collect_task_record(t);
        }
        collect_progress(t, "complete", 0);
    }
}

enum err_code collect_resume_begin(struct collect_run *run, struct err *e)
{
    struct collect_task *skus = collect_task_find(run, "subscribed-skus");
    enum err_code code = store_begin(run->s, e);

    if (code == ERR_OK)
        code = collect_merge_undo(run->s, e);
    if (code == ERR_OK)
        code = load_complete(run, e);
    if (code == ERR_OK) {
        reopen(run);
        code = clear_open(run, e);
    }
    if (code == ERR_OK)
        code = store_commit(run->s, e);
    if (code != ERR_OK)
        store_rollback(run->s);
    if (code == ERR_OK)
        code = collect_load_grants(run, e);
    if (code == ERR_OK)
        code = load_hidden(run, e);
    /* Its end says what the tenant owns. */
    if (code == ERR_OK && skus->phase == TASK_ENDED)
        code = skus->c->end(skus, e);
    if (code == ERR_OK)
        announce(run);
    return code;
}

enum err_code collect_resume_started(struct collect_task *t, struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;
    int64_t ms = 0;
    enum err_code code = stmt_prepare(
        t->run->s, "SELECT MIN(started_at) FROM continuation WHERE resource = ?", &st, e);

    if (code != ERR_OK)
        return code;
    stmt_bind_text(st, 1, t->c->info.resource);
    code = stmt_step(st, &row, e);
    if (code == ERR_OK && row && time_parse(stmt_text(st, 0), &ms))
        t->started_ms = ms;
    stmt_free(st);
    return code;
}
