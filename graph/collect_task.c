#include "base/clock.h"
#include "base/mem.h"
#include "base/timex.h"
#include "collect_run.h"
#include "map.h"
#include "model/store.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DETAIL_BYTES = 4096 };

enum reason collect_reason(enum err_code code)
{
    static const enum reason reasons[] = {
        [ERR_OK] = REASON_NONE,
        [ERR_USAGE] = REASON_API_ERROR,
        [ERR_IO] = REASON_NOT_COLLECTED,
        [ERR_PARSE] = REASON_MALFORMED,
        [ERR_NET] = REASON_API_ERROR,
        [ERR_TLS] = REASON_API_ERROR,
        [ERR_AUTH] = REASON_PERMISSION,
        [ERR_DENIED] = REASON_PERMISSION,
        [ERR_LICENCE] = REASON_LICENCE,
        [ERR_ABSENT] = REASON_API_ERROR,
        [ERR_THROTTLED] = REASON_THROTTLED,
        [ERR_LIMIT] = REASON_TRUNCATED,
        [ERR_DEADLINE] = REASON_DEADLINE,
        [ERR_STORE] = REASON_NOT_COLLECTED,
        [ERR_INTERRUPTED] = REASON_NOT_COLLECTED,
        [ERR_BUG] = REASON_API_ERROR,
    };

    return (size_t)code < COUNT_OF(reasons) ? reasons[code] : REASON_API_ERROR;
}

struct collect_task *collect_task_find(struct collect_run *run, const char *resource)
{
    size_t at = collector_find(resource);

    return at != SIZE_MAX ? &run->tasks[at] : NULL;
}

PRINTF(1, 0)
static char *format(const char *fmt, va_list ap)
{
    char line[ERR_MSG_BYTES];

    (void)vsnprintf(line, sizeof line, fmt, ap);
    return xstrdup(line);
}

static void add_detail(struct collect_task *t, char *text)
{
    char *both;

    if (t->detail == NULL) {
        t->detail = text;
        return;
    }
    both = strlen(t->detail) < DETAIL_BYTES ? xasprintf("%s; %s", t->detail, text)
                                            : xstrdup(t->detail);
    free(t->detail);
    free(text);
    t->detail = both;
}

PRINTF(3, 0)
static void set_cause(struct collect_task *t, enum reason reason, const char *fmt, va_list ap)
{
    if (t->reason != REASON_NONE)
        return;
    t->reason = reason;
    add_detail(t, format(fmt, ap));
}

void collect_note(struct collect_task *t, enum reason reason, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    set_cause(t, reason, fmt, ap);
    va_end(ap);
}

void collect_remark(struct collect_task *t, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    add_detail(t, format(fmt, ap));
    va_end(ap);
}

void collect_progress(const struct collect_task *t, const char *state, int64_t wait_ms)
{
    const struct collect_observer *obs = t->run->obs;
    struct collect_progress p = {
        .resource = t->c->info.resource,
        .state = state,
        .rows = t->rows,
        .pages = t->pages,
        .requests = t->requests,
        .wait_ms = wait_ms,
        .detail = t->phase == TASK_ENDED && t->state != COLLECTION_COMPLETE ? t->detail : NULL,
        .request_id = t->request_id[0] != '\0' ? t->request_id : NULL,
        .client_request_id = t->client_request_id[0] != '\0' ? t->client_request_id : NULL,
    };

    if (obs != NULL && obs->progress != NULL)
        obs->progress(obs->ctx, &p);
}

void collect_remember_ids(struct collect_task *t, const struct chain_end *now)
{
    (void)snprintf(t->request_id, sizeof t->request_id, "%s", now->request_id);
    (void)snprintf(t->client_request_id, sizeof t->client_request_id, "%s", now->client_request_id);
}

void collect_tick(const struct collect_run *run)
{
    if (run->obs != NULL && run->obs->tick != NULL)
        run->obs->tick(run->obs->ctx);
}

void collect_notice(const struct collect_run *run, const char *fmt, ...)
{
    va_list ap;
    char *text;

    if (run->obs == NULL || run->obs->notice == NULL)
        return;
    va_start(ap, fmt);
    text = format(fmt, ap);
    va_end(ap);
    run->obs->notice(run->obs->ctx, text);
    free(text);
}

enum err_code collect_fatal(struct collect_run *run, const struct err *e)
{
    return err_set(&run->fatal, e->code, "%s", e->msg);
}

/* A number of ours, never a stranger's: it cannot be too big for the column. */
static int64_t count_of(uint64_t n)
{
    return n <= INT64_MAX ? (int64_t)n : INT64_MAX;
}

void collect_task_record(struct collect_task *t)
{
    const struct collector_info *c = &t->c->info;
    char started[TIME_TEXT_BYTES];
    char finished[TIME_TEXT_BYTES];
    struct err e = ERR_INIT;

    if (t->run->fatal.code != ERR_OK)
        return;
    (void)store_run(t->run->s, &e,
                    "INSERT OR REPLACE INTO collection(resource, state, reason_code, detail, rows, "
                    "pages, requests, permission, licence, request_template, started_at, "
                    "finished_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    "ttttiiittttt", c->resource, collection_state_name(t->state),
                    reason_name(t->reason), t->detail, count_of(t->rows), count_of(t->pages),
                    count_of(t->requests), c->permission, c->licence, c->request,
                    t->started_ms > 0 ? time_format(t->started_ms, started) : NULL,
                    t->finished_ms > 0 ? time_format(t->finished_ms, finished) : NULL);
    if (e.code != ERR_OK)
        (void)collect_fatal(t->run, &e);
}

/* A resource that is whole has nothing to go on with. */
static void drop_continuations(struct collect_task *t)
{
    struct err e = ERR_INIT;

    if (t->state == COLLECTION_COMPLETE && t->run->fatal.code == ERR_OK &&
        continuation_drop(t->run->s, t->c->info.resource, NULL, &e) != ERR_OK)
        (void)collect_fatal(t->run, &e);
}

static void end_as(struct collect_task *t, enum collection_state state)
{
    t->state = state;
    t->phase = TASK_ENDED;
    map_free(t->map);
    t->map = NULL;
    if (t->started_ms > 0)
        t->finished_ms = clock_wall_ms(t->run->o->clock);
    collect_task_record(t);
    drop_continuations(t);
    collect_progress(t, collection_state_name(state), 0);
}

void collect_task_end(struct collect_task *t)
{
    if (t->reason == REASON_NONE && t->odd.count > 0)
        collect_note(t, REASON_MALFORMED, "not as documented, %llu in all: %s",
                     (unsigned long long)t->odd.count, t->odd.first);
    if (t->reason == REASON_NONE)
        end_as(t, COLLECTION_COMPLETE);
    else if (t->rows > 0)
        end_as(t, COLLECTION_PARTIAL);
    else if (t->is_skip || t->reason == t->run->stopped)
        end_as(t, COLLECTION_SKIPPED); /* its turn never came */
    else
        end_as(t, COLLECTION_FAILED);
}

void collect_task_skip(struct collect_task *t, enum collection_state state, enum reason reason,
                       const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    set_cause(t, reason, fmt, ap);
    va_end(ap);
    end_as(t, state);
}

void collect_downgrade(struct collect_task *t, enum reason reason, const char *fmt, ...)
{
    va_list ap;

    if (t->phase == TASK_OFF || t->reason != REASON_NONE)
        return;
    va_start(ap, fmt);
    set_cause(t, reason, fmt, ap);
    va_end(ap);
    if (t->phase == TASK_ENDED) {
        t->state = COLLECTION_PARTIAL;
        collect_task_record(t);
        collect_progress(t, collection_state_name(t->state), 0);
    }
}

void collect_task_release(struct collect_task *t)
{
    map_free(t->map);
    free(t->detail);
    strlist_release(&t->subjects);
}
