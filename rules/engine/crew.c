#include "crew.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "model/store.h"
#include "rule.h"
#include "sandbox.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Rows travel in parcels: few enough hand-overs, little enough memory. */
enum { PARCEL_BYTES = 64 * 1024 };

enum { FIELD_ID, FIELD_NAME, FIELD_REASON, FIELD_EVIDENCE, FIELD_COUNT };

/* Before each row's texts, which end with a NUL each. */
struct row_head {
    enum status status;
    size_t size[FIELD_COUNT]; /* with the NUL; 0: NULL */
};

struct parcel {
    struct parcel *next;
    size_t n, cap;
    char bytes[];
};

/* One rule's way from a worker to the caller. */
struct slot {
    struct parcel *first, *last;
    struct run_result result;
    struct err err;
    bool is_done;
};

struct worker {
    struct crew *crew;
    struct sandbox *sb;
    struct slot *slot;     /* of the rule that it runs */
    struct parcel *packed; /* not handed over yet */
    pthread_t thread;
    bool is_running;
};

struct crew {
    const struct ruleset *rs;
    const struct evidence_states *states;
    const char *as_of;
    atomic_bool is_cancelled;
    pthread_mutex_t lock; /* over everything below, and the slots */
    pthread_cond_t news;  /* for the caller: a parcel or an end came */
    pthread_cond_t room;  /* for workers: a parcel was taken */
    size_t next;          /* rule that nobody took */
    size_t front;         /* rule that the caller waits for */
    size_t waiting;       /* bytes in slots */
    struct slot *slot;    /* one a rule */
    struct worker worker[LIMIT_RULE_WORKERS];
    size_t workers;
};

/* The rule that the caller waits for always gets on, so nobody waits for ever. */
static bool has_room(const struct crew *c, const struct slot *s)
{
    return c->waiting < LIMIT_RULE_ROWS_BYTES || (s == &c->slot[c->front] && s->first == NULL);
}

/* False when the crew was told to stop. */
static bool hand_over(struct worker *w)
{
    struct crew *c = w->crew;
    struct parcel *p = w->packed;
    int64_t since = clock_mono_ms(clock_system());
    bool is_cancelled;

    if (p == NULL)
        return true;
    (void)pthread_mutex_lock(&c->lock);
    while (!has_room(c, w->slot) && !atomic_load(&c->is_cancelled))
        (void)pthread_cond_wait(&c->room, &c->lock);
    is_cancelled = atomic_load(&c->is_cancelled);
    if (w->slot->last != NULL)
        w->slot->last->next = p;
    else
        w->slot->first = p;
    w->slot->last = p;
    c->waiting += p->n;
    (void)pthread_cond_signal(&c->news);
    (void)pthread_mutex_unlock(&c->lock);
    w->packed = NULL;
    sandbox_add_time(w->sb, clock_mono_ms(clock_system()) - since);
    return !is_cancelled;
}

static enum err_code pack_row(void *ctx, const struct run_row *row, struct err *e)
{
    struct worker *w = ctx;
    const char *text[FIELD_COUNT] = {row->resource_id, row->resource_name, row->reason,
                                     row->evidence};
    struct row_head head;
    size_t n = sizeof head;
    struct parcel *p;

    if (!run_row_is_kept(row))
        return ERR_OK;
    memset(&head, 0, sizeof head);
    head.status = row->status;
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        head.size[i] = text[i] != NULL ? strlen(text[i]) + 1 : 0;
        n += head.size[i];
    }
    if (w->packed != NULL && w->packed->cap - w->packed->n < n && !hand_over(w))
        return err_set(e, ERR_INTERRUPTED, "interrupted while evaluating");
    if (w->packed == NULL) {
        size_t cap = n > PARCEL_BYTES ? n : PARCEL_BYTES;

        w->packed = xreallocarray(NULL, 1, sizeof *w->packed + cap);
        *w->packed = (struct parcel){.cap = cap};
    }
    p = w->packed;
    memcpy(p->bytes + p->n, &head, sizeof head);
    p->n += sizeof head;
    for (size_t i = 0; i < FIELD_COUNT; i++)
        if (text[i] != NULL) {
            memcpy(p->bytes + p->n, text[i], head.size[i]);
            p->n += head.size[i];
        }
    return ERR_OK;
}

/* The index of a rule that is this worker's now; SIZE_MAX: there are no more. */
static size_t next_rule(struct crew *c)
{
    size_t i = SIZE_MAX;

    (void)pthread_mutex_lock(&c->lock);
    if (c->next < c->rs->n && !atomic_load(&c->is_cancelled))
        i = c->next++;
    (void)pthread_mutex_unlock(&c->lock);
    return i;
}

static void *work(void *arg)
{
    struct worker *w = arg;
    struct crew *c = w->crew;
    const struct run_options o = {.as_of = c->as_of, .row = pack_row, .ctx = w};
    bool is_going = true;
    size_t i;

    while (is_going && (i = next_rule(c)) != SIZE_MAX) {
        w->slot = &c->slot[i];
        is_going = run_rule(w->sb, c->rs->rules[i], c->states, &o, &w->slot->result,
                            &w->slot->err) == ERR_OK;
        is_going = hand_over(w) && is_going;
        (void)pthread_mutex_lock(&c->lock);
        w->slot->is_done = true;
        (void)pthread_cond_signal(&c->news);
        (void)pthread_mutex_unlock(&c->lock);
    }
    return NULL;
}

static size_t processors(void)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    return sched_getaffinity(0, sizeof set, &set) == 0 ? (size_t)CPU_COUNT(&set) : 1;
}

static enum err_code hire(struct crew *c, struct store *s, size_t most, struct err *e)
{
    for (size_t i = 0; i < most; i++) {
        struct worker *w = &c->worker[i];

        w->crew = c;
        if (sandbox_open(s, &w->sb, e) != ERR_OK)
            return e->code;
        c->workers++;
    }
    for (size_t i = 0; i < most; i++)
        sandbox_set_crowded(c->worker[i].sb, &c->is_cancelled);
    for (size_t i = 0; i < most; i++) {
        struct worker *w = &c->worker[i];

        w->is_running = pthread_create(&w->thread, NULL, work, w) == 0;
        if (!w->is_running && i == 0)
            return err_set(e, ERR_BUG, "cannot start a thread to evaluate rules");
        if (!w->is_running)
            break; /* the others do its work */
    }
    return ERR_OK;
}

enum err_code crew_start(const struct ruleset *rs, struct store *s,
                         const struct evidence_states *states, const char *as_of, struct crew **out,
                         struct err *e)
{
    size_t most = processors();
    struct crew *c;

    *out = NULL;
    if (most > LIMIT_RULE_WORKERS)
        most = LIMIT_RULE_WORKERS;
    if (most > rs->n)
        most = rs->n;
    if (most < 2 || str_eq(store_path(s), ":memory:"))
        return ERR_OK;
    c = xcalloc(1, sizeof *c);
    c->rs = rs;
    c->states = states;
    c->as_of = as_of;
    c->slot = xcalloc(rs->n, sizeof *c->slot);
    atomic_init(&c->is_cancelled, false);
    (void)pthread_mutex_init(&c->lock, NULL);
    (void)pthread_cond_init(&c->news, NULL);
    (void)pthread_cond_init(&c->room, NULL);
    if (hire(c, s, most, e) != ERR_OK) {
        crew_end(c);
        return e->code;
    }
    *out = c;
    return ERR_OK;
}

static enum err_code unpack(const struct parcel *p, const struct run_options *o, struct err *e)
{
    for (size_t at = 0; at < p->n && e->code == ERR_OK;) {
        const char *text[FIELD_COUNT] = {NULL};
        struct row_head head;
        struct run_row row;

        memcpy(&head, p->bytes + at, sizeof head);
        at += sizeof head;
        for (size_t i = 0; i < FIELD_COUNT; at += head.size[i], i++)
            if (head.size[i] > 0)
                text[i] = p->bytes + at;
        row = (struct run_row){.resource_id = text[FIELD_ID],
                               .resource_name = text[FIELD_NAME],
                               .reason = text[FIELD_REASON],
                               .status = head.status,
                               .resources = 1, /* it is kept */
                               .evidence = text[FIELD_EVIDENCE]};
        (void)o->row(o->ctx, &row, e);
    }
    return e->code;
}

/* Waits for what comes next of the slot; NULL when that is its end. */
static struct parcel *next_parcel(struct crew *c, struct slot *s)
{
    struct parcel *p;

    (void)pthread_mutex_lock(&c->lock);
    while (s->first == NULL && !s->is_done)
        (void)pthread_cond_wait(&c->news, &c->lock);
    p = s->first;
    if (p != NULL) {
        s->first = p->next;
        if (s->first == NULL)
            s->last = NULL;
        c->waiting -= p->n;
        (void)pthread_cond_broadcast(&c->room);
    }
    (void)pthread_mutex_unlock(&c->lock);
    return p;
}

enum err_code crew_take(struct crew *c, size_t i, const struct run_options *o,
                        struct run_result *out, struct err *e)
{
    struct slot *s = &c->slot[i];
    struct parcel *p;

    (void)pthread_mutex_lock(&c->lock);
    c->front = i;
    (void)pthread_cond_broadcast(&c->room);
    (void)pthread_mutex_unlock(&c->lock);
    while (e->code == ERR_OK && (p = next_parcel(c, s)) != NULL) {
        (void)unpack(p, o, e);
        free(p);
    }
    if (e->code != ERR_OK)
        return e->code;
    *out = s->result;
    memset(&s->result, 0, sizeof s->result);
    return s->err.code == ERR_OK ? ERR_OK : err_set(e, s->err.code, "%s", s->err.msg);
}

void crew_end(struct crew *c)
{
    if (c == NULL)
        return;
    (void)pthread_mutex_lock(&c->lock);
    atomic_store(&c->is_cancelled, true);
    (void)pthread_cond_broadcast(&c->room);
    (void)pthread_mutex_unlock(&c->lock);
    for (size_t i = 0; i < c->workers; i++) {
        if (c->worker[i].is_running)
            (void)pthread_join(c->worker[i].thread, NULL);
        sandbox_close(c->worker[i].sb);
        free(c->worker[i].packed);
    }
    for (size_t i = 0; i < c->rs->n; i++) {
        run_result_release(&c->slot[i].result);
        while (c->slot[i].first != NULL) {
            struct parcel *p = c->slot[i].first;

            c->slot[i].first = p->next;
            free(p);
        }
    }
    free(c->slot);
    (void)pthread_cond_destroy(&c->room);
    (void)pthread_cond_destroy(&c->news);
    (void)pthread_mutex_destroy(&c->lock);
    free(c);
}
