/* Going on behind the last page of an earlier run.
 *
 * Collectors do not know about it: they start as always and submit the same chains. A chain whose
 * pages were all stored is said to be done without a request; one that was cut begins at its
 * continuation; what its pages had added to the counts of its task is added again. */
#include "base/clock.h"
#include "base/jsonx.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/timex.h"
#include "collect_run.h"
#include "model/store.h"

#include <stdlib.h>
#include <string.h>

/* A request to be sent again from its beginning, with texts of its own. */
struct collect_again {
    struct chain_request r;
    char *path, *body, *cmdlet, *parameters, *select;
    bool has_page; /* the service went on: a later error is another matter */
};

static char *copy(const char *s)
{
    return s != NULL ? xstrdup(s) : NULL;
}

static struct collect_again *again_new(const struct chain_request *r)
{
    struct collect_again *a = xcalloc(1, sizeof *a);

    a->r = *r;
    a->r.path = a->path = copy(r->path);
    a->r.body = a->body = copy(r->body);
    a->r.cmdlet = a->cmdlet = copy(r->cmdlet);
    a->r.parameters = a->parameters = copy(r->parameters);
    a->r.select = a->select = copy(r->select);
    a->r.subject = NULL; /* the chain has it */
    return a;
}

void collect_chain_release(struct collect_chain *ch)
{
    continuation_release(&ch->at);
    if (ch->again == NULL)
        return;
    free(ch->again->path);
    free(ch->again->body);
    free(ch->again->cmdlet);
    free(ch->again->parameters);
    free(ch->again->select);
    free(ch->again);
}

static const char *resource_of(const struct collect_chain *ch)
{
    return ch->task->c->info.resource;
}

/* ---- pages ---- */

struct collect_mark collect_mark_of(const struct collect_task *t)
{
    return (struct collect_mark){t->seen, t->served, t->odd.count, t->reason};
}

static void keep(char **at, const char *text)
{
    if (*at == NULL && text != NULL)
        *at = xstrdup(text);
}

/* A link that is too long to be followed is not kept: the chain then begins afresh. */
static enum err_code save(struct collect_chain *ch, const char *next, bool is_last, uint64_t taken,
                          const struct collect_mark *before, struct err *e)
{
    const struct collect_task *t = ch->task;
    struct continuation *at = &ch->at;

    if (next != NULL && strlen(next) > LIMIT_URL_BYTES)
        next = NULL;
    if (ch->again != NULL)
        ch->again->has_page = true;
    if (!is_last && next == NULL)
        return continuation_drop(t->run->s, resource_of(ch), ch->key, e);
    at->rows += taken;
    at->pages++;
    at->requests = ch->requests > at->pages ? ch->requests : at->pages;
    at->seen += t->seen - before->seen;
    at->served += t->served - before->served;
    at->odd += t->odd.count - before->odd;
    if (at->odd > 0)
        keep(&at->odd_first, t->odd.first);
    if (before->reason == REASON_NONE && t->reason != REASON_NONE) {
        keep(&at->reason_code, reason_name(t->reason));
        keep(&at->detail, t->detail);
    }
    free(at->next);
    at->next = copy(next);
    return continuation_put(t->run->s, resource_of(ch), ch->key, at, e);
}

enum err_code collect_chain_save(struct collect_chain *ch, const json_t *root, uint64_t taken,
                                 const struct collect_mark *before, struct err *e)
{
    const json_t *next = json_object_get(root, "@odata.nextLink");

    return save(ch, json_string_value(next), next == NULL, taken, before, e);
}

enum err_code collect_chain_save_link(struct collect_chain *ch, const char *next, uint64_t taken,
                                      const struct collect_mark *before, struct err *e)
{
    return save(ch, next, next == NULL, taken, before, e);
}

/* ---- chains ---- */

static void add_to_task(struct collect_chain *ch)
{
    struct collect_task *t = ch->task;
    const struct continuation *at = &ch->at;
    enum reason reason;

    ch->rows = at->rows;
    t->rows += at->rows;
    t->pages += at->pages;
    t->requests += at->requests;
    t->seen += at->seen;
    t->served += at->served;
    if (at->odd > 0)
        map_odd_add(&t->odd, "%s", at->odd_first != NULL ? at->odd_first : "");
    if (at->odd > 1)
        t->odd.count += at->odd - 1;
    if (reason_parse(at->reason_code, &reason))
        collect_note(t, reason, "%s", at->detail != NULL ? at->detail : "");
}

static uint64_t less(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

static void take_from_task(struct collect_chain *ch)
{
    struct collect_task *t = ch->task;
    const struct continuation *at = &ch->at;

    t->rows = less(t->rows, at->rows);
    t->pages = less(t->pages, at->pages);
    t->seen = less(t->seen, at->seen);
    t->served = less(t->served, at->served);
    t->odd.count = less(t->odd.count, at->odd);
    ch->rows = 0; /* its requests were sent all the same */
}

static void describe(struct collect_chain *ch, const struct chain_request *r)
{
    char started[TIME_TEXT_BYTES];

    ch->at.request = xstrdup(r->path != NULL ? r->path : r->cmdlet != NULL ? r->cmdlet : "");
    ch->at.subject = copy(r->subject);
    ch->at.started_at = xstrdup(time_format(ch->task->started_ms, started));
}

static enum err_code forget_chain(struct collect_chain *ch, struct err *e)
{
    struct store *s = ch->task->run->s;
    enum err_code code = store_begin(s, e);

    if (code == ERR_OK)
        code = collect_forget_chain(s, resource_of(ch), ch->at.request, ch->subject, e);
    if (code == ERR_OK)
        code = continuation_drop(s, resource_of(ch), ch->key, e);
    if (code == ERR_OK)
        code = store_commit(s, e);
    if (code != ERR_OK)
        store_rollback(s);
    return code == ERR_OK ? collect_load_grants(ch->task->run, e) : code;
}

/* Half a list of last week and half of today's is neither. */
static bool is_too_old(const struct collect_chain *ch)
{
    int64_t began = 0;

    return ch->at.next != NULL &&
           (!time_parse(ch->at.started_at, &began) ||
            clock_wall_ms(ch->task->run->o->clock) - began > LIMIT_RESUME_AGE_MS);
}

enum err_code collect_chain_take_up(struct collect_chain *ch, const struct chain_request *r,
                                    bool *is_done, const char **next, struct err *e)
{
    struct collect_run *run = ch->task->run;
    char *exchange = r->path == NULL ? xasprintf("%s?%s", r->cmdlet != NULL ? r->cmdlet : "",
                                                 r->select != NULL ? r->select : "")
                                     : NULL;
    bool found = false;

    *is_done = false;
    *next = NULL;
    continuation_key(resource_of(ch), r->path != NULL ? r->path : exchange,
                     r->path != NULL ? r->body : r->parameters, ch->key);
    free(exchange);
    if (run->o->resume &&
        continuation_get(run->s, resource_of(ch), ch->key, &ch->at, &found, e) != ERR_OK)
        return e->code;
    if (!found) {
        describe(ch, r);
        return ERR_OK;
    }
    if (is_too_old(ch)) {
        collect_remark(ch->task, "begun at %s, which is too long ago to go on: read afresh",
                       ch->at.started_at);
        if (forget_chain(ch, e) != ERR_OK)
            return e->code;
        continuation_release(&ch->at);
        describe(ch, r);
        return ERR_OK;
    }
    add_to_task(ch);
    *next = ch->at.next;
    *is_done = ch->at.next == NULL;
    if (*is_done) {
        *run->replay_end = ch;
        run->replay_end = &ch->replay;
    } else {
        ch->again = again_new(r);
    }
    return ERR_OK;
}

/* What services say to a page token that they do not know any more. Graph: 400, 404 or 410
 * (Directory_ExpiredPageToken, syncStateNotFound, resyncRequired). Exchange documents nothing; a
 * cmdlet that cannot go on is a 4xx or 500 there. */
static bool is_refused(const struct collect_chain *ch, const struct chain_end *end)
{
    if (end->code == ERR_OK || ch->again == NULL || ch->again->has_page)
        return false;
    return end->status == 400 || end->status == 404 || end->status == 410 ||
           (end->status == 500 && ch->task->c->service == SERVICE_EXCHANGE);
}

bool collect_chain_restarts(struct collect_chain *ch, const struct chain_end *end)
{
    struct collect_task *t = ch->task;
    struct collect_again *again = ch->again;
    struct err e = ERR_INIT;

    if (!is_refused(ch, end))
        return false;
    collect_remark(t, "read afresh, because the service would not go on (%s)", end->message);
    collect_notice(t->run, "%s begins afresh: the service would not go on where it was cut (%s)",
                   resource_of(ch), end->message);
    again->has_page = true; /* once */
    take_from_task(ch);
    if (forget_chain(ch, &e) != ERR_OK) {
        (void)collect_fatal(t->run, &e);
        return false;
    }
    ch->requests = 0;
    continuation_release(&ch->at);
    again->r.subject = ch->subject;
    describe(ch, &again->r);
    if (collect_resubmit(ch, &again->r, &e) == ERR_OK)
        return true;
    collect_note(t, collect_reason(e.code), "%s", e.msg);
    return false;
}

void collect_replay(struct collect_run *run)
{
    if (run->is_replaying)
        return; /* the loop below, further up the stack, comes to it */
    run->is_replaying = true;
    while (run->replay != NULL) {
        struct collect_chain *ch = run->replay;
        const struct chain_end end = {.code = ERR_OK,
                                      .message = "",
                                      .error_code = "",
                                      .status = 200,
                                      .rows = ch->at.rows,
                                      .pages = ch->at.pages,
                                      .requests = ch->at.requests};

        run->replay = ch->replay;
        if (run->replay == NULL)
            run->replay_end = &run->replay;
        ch->done(ch, &end);
        collect_task_leave(ch->task);
    }
    run->is_replaying = false;
}
