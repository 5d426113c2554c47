#include "row_pipe.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "model/store.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

/* Rows travel in parcels: a head, then each text as its length with the NUL (0: NULL) and its
 * bytes. */
enum { PARCEL_BYTES = 64 * 1024 };

struct head {
    void *mark;
    int n; /* texts */
};

struct parcel {
    struct parcel *next;
    size_t n, cap;
    char bytes[];
};

struct row_pipe {
    struct store *store; /* the caller's; or the pipe's own, while is_own */
    bool is_own;
    struct row_source source;
    /* the taker's */
    const char *cell[ROW_PIPE_COLUMNS];
    struct parcel *open; /* whose rows are being taken */
    size_t at;
    /* the reader's */
    struct parcel *packed; /* not handed over yet */
    struct err err;
    pthread_t thread;
    bool is_running;
    /* both sides', under the lock */
    pthread_mutex_t lock;
    pthread_cond_t news, room;
    struct parcel *first, *last;
    size_t waiting; /* bytes */
    bool is_done, is_cancelled;
};

static bool has_second_processor(void)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    return sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 1;
}

enum err_code row_pipe_open(struct store *s, struct row_pipe **out, struct err *e)
{
    struct row_pipe *p = xcalloc(1, sizeof *p);
    char *mode = NULL;
    enum err_code code = store_text(s, "PRAGMA journal_mode", &mode, e);

    p->store = s;
    if (code == ERR_OK && str_ieq(mode, "wal") && has_second_processor()) {
        code = store_open(store_path(s), false, &p->store, e);
        p->is_own = code == ERR_OK;
    }
    if (p->is_own) /* each page is read once, in order */
        code = store_exec(p->store, "PRAGMA cache_size=-4096", e);
    free(mode);
    if (code != ERR_OK) {
        if (p->is_own)
            store_close(p->store);
        free(p);
        return code;
    }
    (void)pthread_mutex_init(&p->lock, NULL);
    (void)pthread_cond_init(&p->news, NULL);
    (void)pthread_cond_init(&p->room, NULL);
    *out = p;
    return ERR_OK;
}

struct store *row_pipe_store(struct row_pipe *p)
{
    return p->store;
}

/* False when nobody takes any more. */
static bool hand_over(struct row_pipe *p)
{
    bool is_wanted;

    if (p->packed == NULL)
        return true;
    (void)pthread_mutex_lock(&p->lock);
    while (p->waiting >= LIMIT_ROW_PIPE_BYTES && !p->is_cancelled)
        (void)pthread_cond_wait(&p->room, &p->lock);
    is_wanted = !p->is_cancelled;
    if (p->last != NULL)
        p->last->next = p->packed;
    else
        p->first = p->packed;
    p->last = p->packed;
    p->waiting += p->packed->n;
    (void)pthread_cond_signal(&p->news);
    (void)pthread_mutex_unlock(&p->lock);
    p->packed = NULL;
    return is_wanted;
}

/* `n` bytes more in the parcel that is being packed; NULL when nobody takes any more. */
static char *room_for(struct row_pipe *p, size_t n)
{
    char *at;

    if (p->packed != NULL && p->packed->cap - p->packed->n < n && !hand_over(p))
        return NULL;
    if (p->packed == NULL) {
        size_t cap = n > PARCEL_BYTES ? n : PARCEL_BYTES;

        p->packed = xreallocarray(NULL, 1, sizeof *p->packed + cap);
        *p->packed = (struct parcel){.cap = cap};
    }
    at = p->packed->bytes + p->packed->n;
    p->packed->n += n;
    return at;
}

static bool pack(struct row_pipe *p, const struct head *h, const char *const *cell)
{
    uint32_t size[ROW_PIPE_COLUMNS] = {0};
    size_t total = sizeof *h;
    char *to;

    for (int i = 0; i < h->n; i++) {
        size_t bytes = cell[i] != NULL ? strlen(cell[i]) + 1 : 0;

        if (bytes > UINT32_MAX)
            BUG("a text of %zu bytes", bytes); /* SQLite's are below 2^31 */
        size[i] = (uint32_t)bytes;
        total += sizeof size[i] + bytes;
    }
    to = room_for(p, total);
    if (to == NULL)
        return false;
    memcpy(to, h, sizeof *h);
    to += sizeof *h;
    for (int i = 0; i < h->n; i++) {
        memcpy(to, &size[i], sizeof size[i]);
        to += sizeof size[i];
        if (size[i] > 0)
            memcpy(to, cell[i], size[i]);
        to += size[i];
    }
    return true;
}

static enum err_code ask(struct row_pipe *p, const char **cell, struct head *h, struct err *e)
{
    enum err_code code;

    *h = (struct head){NULL, 0};
    code = p->source.next(p->source.self, cell, &h->n, &h->mark, e);
    if (h->n > ROW_PIPE_COLUMNS)
        BUG("a row of %d texts", h->n);
    return code;
}

static void *work(void *arg)
{
    struct row_pipe *p = arg;
    const char *cell[ROW_PIPE_COLUMNS];
    struct head h;

    while (ask(p, cell, &h, &p->err) == ERR_OK && h.n > 0 && pack(p, &h, cell))
        continue;
    (void)hand_over(p);
    (void)pthread_mutex_lock(&p->lock);
    p->is_done = true;
    (void)pthread_cond_signal(&p->news);
    (void)pthread_mutex_unlock(&p->lock);
    return NULL;
}

void row_pipe_start(struct row_pipe *p, const struct row_source *source)
{
    p->source = *source;
    if (p->is_own) /* without a thread the rows are made where they are taken */
        p->is_running = pthread_create(&p->thread, NULL, work, p) == 0;
}

/* NULL at the end. */
static struct parcel *next_parcel(struct row_pipe *p)
{
    struct parcel *got;

    (void)pthread_mutex_lock(&p->lock);
    while (p->first == NULL && !p->is_done)
        (void)pthread_cond_wait(&p->news, &p->lock);
    got = p->first;
    if (got != NULL) {
        p->first = got->next;
        if (p->first == NULL)
            p->last = NULL;
        p->waiting -= got->n;
        (void)pthread_cond_signal(&p->room);
    }
    (void)pthread_mutex_unlock(&p->lock);
    return got;
}

static void *unpack(struct row_pipe *p)
{
    struct head h;

    memcpy(&h, p->open->bytes + p->at, sizeof h);
    p->at += sizeof h;
    for (int i = 0; i < h.n; i++) {
        uint32_t size;

        memcpy(&size, p->open->bytes + p->at, sizeof size);
        p->at += sizeof size;
        p->cell[i] = size > 0 ? p->open->bytes + p->at : NULL;
        p->at += size;
    }
    return h.mark;
}

static enum err_code make_here(struct row_pipe *p, const char *const **row, void **mark,
                               struct err *e)
{
    struct head h;

    if (ask(p, p->cell, &h, e) != ERR_OK || h.n == 0)
        return e->code;
    *row = p->cell;
    *mark = h.mark;
    return ERR_OK;
}

enum err_code row_pipe_next(struct row_pipe *p, const char *const **row, void **mark, struct err *e)
{
    void *ignored = NULL;
    void **to = mark != NULL ? mark : &ignored;

    *row = NULL;
    *to = NULL;
    if (!p->is_running)
        return make_here(p, row, to, e);
    if (p->open == NULL || p->at == p->open->n) {
        free(p->open);
        p->open = next_parcel(p);
        p->at = 0;
    }
    if (p->open == NULL) /* the source is through, and left what went wrong */
        return p->err.code == ERR_OK ? ERR_OK : err_set(e, p->err.code, "%s", p->err.msg);
    *to = unpack(p);
    *row = p->cell;
    return ERR_OK;
}

void row_pipe_close(struct row_pipe *p)
{
    if (p == NULL)
        return;
    if (p->is_running) {
        (void)pthread_mutex_lock(&p->lock);
        p->is_cancelled = true;
        (void)pthread_cond_signal(&p->room);
        (void)pthread_mutex_unlock(&p->lock);
        (void)pthread_join(p->thread, NULL);
    }
    if (p->source.free != NULL)
        p->source.free(p->source.self);
    if (p->is_own)
        store_close(p->store);
    while (p->first != NULL) {
        struct parcel *next = p->first->next;

        free(p->first);
        p->first = next;
    }
    free(p->open);
    free(p->packed);
    (void)pthread_cond_destroy(&p->room);
    (void)pthread_cond_destroy(&p->news);
    (void)pthread_mutex_destroy(&p->lock);
    free(p);
}
