#include "fleet_history.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "context.h"
#include "fleet.h"
#include "history/history.h"
#include "model/store.h"

#include <stdlib.h>
#include <string.h>

enum { ROUND_CHARS = 200, AGAIN_MS = 60 * 1000 /* after a database that did not answer */ };

/* Something to tell; texts are owned. */
struct news {
    char *name, *tenant, *reason;
    char *folder; /* with the snapshot; NULL: there are no results */
    char started[TIME_TEXT_BYTES], ended[TIME_TEXT_BYTES];
    int exit_code;
};

struct fleet_history {
    const struct context *c;
    const struct fleet_file *file;
    char *round;
    struct news *v;
    size_t n, cap;
    bool is_listed;
    int64_t not_before; /* of the monotonic clock */
};

static void news_release(struct news *x)
{
    free(x->name);
    free(x->tenant);
    free(x->reason);
    free(x->folder);
}

/* --round, else the folder's path: whoever works into one folder works at one round. */
static char *round_of(const struct context *c)
{
    char *path = c->opt.round == NULL ? realpath(c->opt.output_dir, NULL) : NULL;
    const char *text = c->opt.round != NULL ? c->opt.round : c->opt.output_dir;
    struct buf safe, cut;

    buf_init(&safe, SIZE_MAX / 2);
    buf_init(&cut, SIZE_MAX / 2);
    text_add_safe(&safe, path != NULL ? path : text);
    text_add_cut(&cut, safe.n > 0 ? safe.p : "", ROUND_CHARS);
    buf_release(&safe);
    free(path);
    return buf_take(&cut);
}

/* ---- telling ---- */

static enum err_code tell_list(struct fleet_history *h, struct history *to, struct err *e)
{
    const int64_t of = h->c->opt.of;
    struct history_listed *v = xcalloc(h->file->n + 1, sizeof *v);
    char at[TIME_TEXT_BYTES];

    (void)time_format(clock_wall_ms(h->c->clock), at);
    for (size_t i = 0; i < h->file->n; i++)
        v[i] = (struct history_listed){h->file->v[i].name, h->file->v[i].tenant,
                                       of > 0 ? (int64_t)(i % (size_t)of) : -1};
    (void)history_list(to, h->round, at, v, h->file->n, e);
    free(v);
    return e->code;
}

/* The run is recorded by the audit itself, and once more here: the database may have been down
 * then, and what it has already changes nothing. A snapshot that cannot be recorded, such as one
 * that a deadline cut, is said in *why, which the caller frees; the error is the database's. */
static enum err_code record_run(struct history *to, const char *folder, char id[SHA256_HEX_BYTES],
                                char **why, struct err *e)
{
    char *path = xasprintf("%s/" FLEET_SNAPSHOT, folder);
    struct store *s = NULL;
    struct err mine = ERR_INIT;
    bool is_new = false;

    if (store_open(path, false, &s, &mine) == ERR_OK && history_run_id(s, id, &mine) == ERR_OK)
        (void)history_record(to, s, &is_new, e);
    else
        *why = xasprintf("audited, but the history has no results of it: %s", mine.msg);
    store_close(s);
    free(path);
    return e->code;
}

static enum err_code tell(const struct fleet_history *h, struct history *to, const struct news *x,
                          struct err *e)
{
    char id[SHA256_HEX_BYTES] = "";
    char *why = NULL;

    if (x->folder == NULL || record_run(to, x->folder, id, &why, e) == ERR_OK) {
        const struct history_attempt a = {.round = h->round,
                                          .name = x->name,
                                          .tenant = x->tenant,
                                          .started = x->started,
                                          .part = h->c->opt.of > 0 ? h->c->opt.index : -1,
                                          .ended = x->ended[0] != '\0' ? x->ended : NULL,
                                          .reason = why != NULL ? why : x->reason,
                                          .run_id = id[0] != '\0' ? id : NULL,
                                          .exit_code = x->exit_code};

        (void)history_put_attempt(to, &a, e);
    }
    free(why);
    return e->code;
}

static void forget(struct fleet_history *h, size_t told)
{
    for (size_t i = 0; i < told; i++)
        news_release(&h->v[i]);
    if (told > 0)
        memmove(h->v, h->v + told, (h->n - told) * sizeof *h->v);
    h->n -= told;
}

static void tell_all(struct fleet_history *h, bool is_last)
{
    struct history *to = NULL;
    struct err e = ERR_INIT;
    size_t told = 0;

    if ((h->is_listed && h->n == 0) || (!is_last && clock_mono_ms(h->c->clock) < h->not_before))
        return;
    if (history_open(h->c->opt.history, true, &to, &e) == ERR_OK &&
        (h->is_listed || tell_list(h, to, &e) == ERR_OK)) {
        h->is_listed = true;
        while (told < h->n && tell(h, to, &h->v[told], &e) == ERR_OK)
            told++;
    }
    history_close(to);
    forget(h, told);
    if (e.code != ERR_OK) {
        h->not_before = clock_mono_ms(h->c->clock) + AGAIN_MS;
        log_line(&h->c->log, LOG_WARNING, "%s: %s",
                 is_last ? "what became of tenants is not in the history"
                         : "the history is not told yet",
                 e.msg);
    }
}

/* Room for one more. */
static struct news *add(struct fleet_history *h)
{
    if (h->n == h->cap) {
        h->cap = h->cap > 0 ? h->cap * 2 : 8;
        h->v = xreallocarray(h->v, h->cap, sizeof *h->v);
    }
    memset(&h->v[h->n], 0, sizeof *h->v);
    return &h->v[h->n++];
}

enum err_code fleet_history_new(const struct context *c, const struct fleet_file *file,
                                struct fleet_history **out, struct err *e)
{
    struct fleet_history *h;

    *out = NULL;
    if (c->opt.history == NULL)
        return ERR_OK;
    if (history_check(c->opt.history, e) != ERR_OK)
        return e->code;
    h = xcalloc(1, sizeof *h);
    h->c = c;
    h->file = file;
    h->round = round_of(c);
    tell_all(h, false);
    *out = h;
    return ERR_OK;
}

void fleet_history_begin(struct fleet_history *h, const char *name, const char *tenant,
                         const char *started)
{
    struct news *x;

    if (h == NULL)
        return;
    x = add(h);
    x->name = xstrdup(name);
    x->tenant = xstrdup(tenant);
    (void)snprintf(x->started, sizeof x->started, "%s", started);
    tell_all(h, false);
}

void fleet_history_end(struct fleet_history *h, const struct fleet_result *r, const char *folder)
{
    struct news *x;

    if (h == NULL)
        return;
    x = add(h);
    x->name = xstrdup(r->name);
    x->tenant = xstrdup(r->tenant);
    x->exit_code = r->exit_code;
    memcpy(x->started, r->started, sizeof x->started);
    memcpy(x->ended, r->ended, sizeof x->ended);
    if (fleet_is_audited(r->exit_code))
        x->folder = xstrdup(folder);
    else
        x->reason = xstrdup(r->error != NULL ? r->error : fleet_meaning(r->exit_code));
    tell_all(h, false);
}

void fleet_history_close(struct fleet_history *h)
{
    if (h == NULL)
        return;
    tell_all(h, true);
    forget(h, h->n);
    free(h->v);
    free(h->round);
    free(h);
}
