/* From runs into tables: what pack.h made of the pages of long lists goes where it belongs, once
 * all of it is there, in the order of the tables' keys. */
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "collect_run.h"
#include "collector_maps.h"
#include "model/staged.h"
#include "model/store.h"
#include "pack.h"

#include <stdlib.h>
#include <string.h>

enum {
    STREAMS = 3,
    COLUMNS = 32,
    BUFFERS_BYTES = 16 * 1024 * 1024, /* of all runs that are read side by side */
    BUFFER_LEAST = 2048,
    BUFFER_MOST = 65536
};

/* ---- what goes where ---- */

/* The runs of one part of a resource. */
struct stream {
    const char *resource;
    int part;
    const struct map_table *into;
    /* Rows without one of the first stream go here instead; NULL: they go into the same table. */
    const struct map_table *apart;
};

/* Streams of one table have the same keys, and no other column in common that one of them might
 * overwrite with NULL: rows of one key become one row. */
struct group {
    struct stream streams[STREAMS];
};

/* The passes over the users when the users themselves are whole: see is_simple(). */
static const struct map_column mfa_of_user[] = {
    {"id", NULL, MAP_LOWER, MAP_KEY},
    {"per_user_mfa_state", NULL, MAP_LOWER, 0},
};
static const struct map_column activity_of_user[] = {
    {"id", NULL, MAP_LOWER, MAP_KEY},
    {"last_sign_in_at", NULL, MAP_TIME, 0},
    {"last_successful_sign_in_at", NULL, MAP_TIME, 0},
};
static const struct map_table mfa_in_user = {"user", mfa_of_user, COUNT_OF(mfa_of_user)};
static const struct map_table activity_in_user = {"user", activity_of_user,
                                                  COUNT_OF(activity_of_user)};

static const struct group users_at_once = {
    {{"users", 0, &map_user, NULL},
     {"users-per-user-mfa", 0, &mfa_in_user, &map_user_mfa},
     {"users-sign-in-activity", 0, &activity_in_user, &map_user_activity}}};
static const struct group users_apart[] = {
    {{{"users", 0, &map_user, NULL}}},
    {{{"users-per-user-mfa", 0, &map_user_mfa, NULL}}},
    {{{"users-sign-in-activity", 0, &map_user_activity, NULL}}},
};
static const struct group mailboxes = {{{"mailboxes", 0, &map_mailbox, NULL},
                                        {"cas-mailboxes", 0, &map_cas_mailbox, NULL},
                                        {"exchange-users", 0, &map_exchange_user, NULL}}};

/* ---- one row from the rows of one key ---- */

struct merged_cell {
    enum cell_kind kind;
    int64_t number;
    size_t at, length; /* in `bytes` */
};

struct source;
struct merge {
    struct store *s;
    struct staged_set *runs;
    const struct stream *streams;
    size_t n;
    struct map_column columns[COLUMNS]; /* of all streams */
    size_t count, keys;
    size_t place[STREAMS][COLUMNS]; /* of each stream's columns among them */
    /* Rows that all streams with runs gave to, which most are, are poured. */
    unsigned whole;
    size_t poured[COLUMNS], poured_n; /* columns of such a row */
    struct cell row[COLUMNS];
    struct source *heap;
    size_t sources;
    struct stmt *upserts[1 << STREAMS], *apart[STREAMS];
    /* The row under way: its texts, where its first row ends, and who gave to it. */
    struct buf bytes;
    size_t first;
    unsigned from;
    struct merged_cell cells[COLUMNS];
};

static size_t column_place(struct merge *m, const struct map_column *c)
{
    for (size_t i = 0; i < m->count; i++)
        if (str_eq(m->columns[i].column, c->column))
            return i;
    if (m->count == COLUMNS)
        BUG("too many columns");
    m->columns[m->count] = *c;
    return m->count++;
}

static void merge_init(struct merge *m, struct store *s, const struct stream *streams, size_t n)
{
    memset(m, 0, sizeof *m);
    m->s = s;
    m->runs = staged_set_new(s);
    m->streams = streams;
    m->n = n;
    m->keys = pack_keys(streams[0].into);
    buf_init(&m->bytes, SIZE_MAX);
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < streams[i].into->count; c++)
            m->place[i][c] = column_place(m, &streams[i].into->columns[c]);
}

static void merge_release(struct merge *m)
{
    for (size_t i = 0; i < COUNT_OF(m->upserts); i++)
        stmt_free(m->upserts[i]);
    for (size_t i = 0; i < COUNT_OF(m->apart); i++)
        stmt_free(m->apart[i]);
    staged_set_free(m->runs);
    buf_release(&m->bytes);
}

static bool is_given(const struct merge *m, unsigned from, size_t column)
{
    for (size_t i = 0; i < m->n; i++)
        for (size_t c = 0; (from & 1U << i) != 0 && c < m->streams[i].into->count; c++)
            if (m->place[i][c] == column)
                return true;
    return false;
}

/* The columns that these streams have, in the order of `columns`. */
static struct map_table table_of(const struct merge *m, unsigned from,
                                 struct map_column columns[COLUMNS])
{
    struct map_table t = {m->streams[0].into->table, columns, 0};

    for (size_t i = 0; i < m->count; i++)
        if (is_given(m, from, i))
            columns[t.count++] = m->columns[i];
    return t;
}

static void bind(struct stmt *st, int at, const struct merge *m, const struct merged_cell *c)
{
    if (c->kind == CELL_TEXT)
        stmt_bind_bytes(st, at, m->bytes.p + c->at, c->length);
    else if (c->kind == CELL_NUMBER)
        stmt_bind_int(st, at, c->number);
    else
        stmt_bind_null(st, at);
}

static enum err_code write_together(struct merge *m, struct err *e)
{
    struct map_column columns[COLUMNS];
    int at = 0;

    if (m->upserts[m->from] == NULL) {
        const struct map_table t = table_of(m, m->from, columns);

        if (map_prepare(m->s, &t, &m->upserts[m->from], e) != ERR_OK)
            return e->code;
    }
    for (size_t i = 0; i < m->count; i++)
        if (is_given(m, m->from, i))
            bind(m->upserts[m->from], ++at, m, &m->cells[i]);
    return stmt_write(m->upserts[m->from], e);
}

static enum err_code write_apart(struct merge *m, size_t stream, struct err *e)
{
    const struct stream *s = &m->streams[stream];

    if (m->apart[stream] == NULL && map_prepare(m->s, s->apart, &m->apart[stream], e) != ERR_OK)
        return e->code;
    for (size_t c = 0; c < s->into->count; c++)
        bind(m->apart[stream], (int)c + 1, m, &m->cells[m->place[stream][c]]);
    return stmt_write(m->apart[stream], e);
}

/* A row to which not all gave. */
static enum err_code write_row(struct merge *m, struct err *e)
{
    enum err_code code = ERR_OK;
    bool is_together = (m->from & 1) != 0;

    for (size_t i = 1; i < m->n && code == ERR_OK; i++)
        if (m->streams[i].apart == NULL)
            is_together = true;
        else if ((m->from & 1) == 0 && (m->from & 1U << i) != 0)
            code = write_apart(m, i, e);
    return code == ERR_OK && is_together ? write_together(m, e) : code;
}

static void fill_row(struct merge *m)
{
    for (size_t i = 0; i < m->poured_n; i++) {
        const struct merged_cell *c = &m->cells[m->poured[i]];

        m->row[i] = (struct cell){.kind = c->kind, .number = c->number};
        if (c->kind == CELL_TEXT) {
            m->row[i].text = m->bytes.p + c->at;
            m->row[i].length = c->length;
        }
    }
}

/* A later row of the same key replaces an earlier one, but for NULL in columns that keep. */
static enum err_code take_row(struct merge *m, size_t stream, const char *row, size_t length,
                              struct err *e)
{
    const struct map_table *t = m->streams[stream].into;
    size_t at = m->bytes.n;
    const char *from;
    const char *end;

    buf_add(&m->bytes, row, length);
    if (m->from == 0) {
        m->first = length;
        for (size_t i = 0; i < m->count; i++)
            m->cells[i].kind = CELL_NULL;
    }
    m->from |= 1U << stream;
    from = m->bytes.p + at;
    end = from + length;
    for (size_t i = 0; i < t->count; i++) {
        struct merged_cell *to = &m->cells[m->place[stream][i]];
        struct cell c;

        if (!cell_read(&from, end, &c))
            return err_set(e, ERR_STORE, "snapshot '%s': rows that wait to be merged are damaged",
                           store_path(m->s));
        if (c.kind == CELL_NULL && (t->columns[i].flags & MAP_KEEP) != 0)
            continue;
        *to = (struct merged_cell){c.kind, c.number, 0, c.length};
        if (c.kind == CELL_TEXT)
            to->at = (size_t)(c.text - m->bytes.p);
    }
    return ERR_OK;
}

/* ---- many runs, one order ---- */

struct source {
    struct staged_reader *r;
    const char *row;
    size_t length, stream, order;
    uint64_t head;
};

static bool is_before(const struct merge *m, const struct source *a, const struct source *b)
{
    int order;

    if (a->head != b->head)
        return a->head < b->head;
    order = pack_compare(a->row, a->length, b->row, b->length, m->keys);
    if (order != 0)
        return order < 0;
    return a->stream != b->stream ? a->stream < b->stream : a->order < b->order;
}

/* The heap below element `i` is in order; puts that one into its place. */
static void sift(const struct merge *m, struct source *heap, size_t n, size_t i)
{
    for (;;) {
        size_t least = i;
        struct source moved;

        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < n; child++)
            if (is_before(m, &heap[child], &heap[least]))
                least = child;
        if (least == i)
            return;
        moved = heap[i];
        heap[i] = heap[least];
        heap[least] = moved;
        i = least;
    }
}

static enum err_code advance(struct source *s, struct err *e)
{
    if (staged_reader_next(s->r, &s->row, &s->length, e) == ERR_OK && s->row != NULL)
        s->head = pack_head(s->row, s->length);
    return e->code;
}

/* The rows of the next key; m->from is 0 when there are none. */
static enum err_code gather(struct merge *m, struct err *e)
{
    m->from = 0;
    buf_clear(&m->bytes);
    while (m->sources > 0) {
        struct source *top = &m->heap[0];

        if (m->from != 0 && pack_compare(m->bytes.p, m->first, top->row, top->length, m->keys) != 0)
            break;
        if (take_row(m, top->stream, top->row, top->length, e) != ERR_OK ||
            advance(top, e) != ERR_OK)
            return e->code;
        if (top->row == NULL) {
            staged_reader_close(top->r);
            *top = m->heap[--m->sources];
        }
        sift(m, m->heap, m->sources, 0);
    }
    return ERR_OK;
}

static enum err_code next_whole(void *self, const struct cell **row, struct err *e)
{
    struct merge *m = self;

    while (gather(m, e) == ERR_OK && m->from != 0) {
        if (m->from == m->whole) {
            fill_row(m);
            *row = m->row;
            break;
        }
        if (write_row(m, e) != ERR_OK)
            break;
    }
    return e->code;
}

/* Merges what the open sources hold; closes them one by one. */
static enum err_code merge_sources(struct merge *m, struct err *e)
{
    struct map_column columns[COLUMNS];
    const struct map_table t = table_of(m, m->whole, columns);

    for (size_t i = m->sources / 2; i-- > 0;)
        sift(m, m->heap, m->sources, i);
    return map_pour(m->s, &t, next_whole, m, e);
}

/* A run without rows is none. */
static enum err_code open_source(struct merge *m, int64_t id, size_t buffer, size_t stream,
                                 struct err *e)
{
    struct source *s = &m->heap[m->sources];

    *s = (struct source){.stream = stream, .order = m->sources};
    if (staged_reader_open(m->runs, id, buffer, &s->r, e) != ERR_OK)
        return e->code;
    m->sources++;
    if (advance(s, e) == ERR_OK && s->row == NULL)
        staged_reader_close(m->heap[--m->sources].r);
    return e->code;
}

/* The runs of some streams, at most LIMIT_STAGED_RUNS at once: those that came later are merged
 * later, so that it comes to the same. */
static enum err_code merge_runs(struct merge *m, int64_t *const ids[STREAMS],
                                const size_t counts[STREAMS], struct err *e)
{
    size_t total = counts[0] + counts[1] + counts[2];
    size_t most = total < LIMIT_STAGED_RUNS ? total : LIMIT_STAGED_RUNS;
    size_t buffer = most > 0 ? BUFFERS_BYTES / most : 0;
    enum err_code code = ERR_OK;

    buffer = buffer > BUFFER_MOST ? BUFFER_MOST : buffer < BUFFER_LEAST ? BUFFER_LEAST : buffer;
    m->heap = xcalloc(most, sizeof *m->heap);
    for (size_t i = 0; i < m->n; i++)
        m->whole |= counts[i] > 0 ? 1U << i : 0;
    for (size_t i = 0; i < m->count; i++)
        if (is_given(m, m->whole, i))
            m->poured[m->poured_n++] = i;
    for (size_t i = 0; i < m->n && code == ERR_OK; i++)
        for (size_t k = 0; k < counts[i] && code == ERR_OK; k++) {
            if (m->sources == most)
                code = merge_sources(m, e);
            if (code == ERR_OK)
                code = open_source(m, ids[i][k], buffer, i, e);
        }
    if (code == ERR_OK)
        code = merge_sources(m, e);
    while (m->sources > 0)
        staged_reader_close(m->heap[--m->sources].r);
    free(m->heap);
    return code;
}

/* ---- groups ---- */

static enum err_code list_runs(struct store *s, const struct stream *streams, size_t n,
                               int64_t *ids[STREAMS], size_t counts[STREAMS], struct err *e)
{
    for (size_t i = 0; i < n; i++)
        if (staged_list(s, streams[i].resource, streams[i].part, &ids[i], &counts[i], e) != ERR_OK)
            return e->code;
    return ERR_OK;
}

/* Each group is a transaction: merged and gone, or waiting as before. */
static enum err_code merge_streams(struct store *s, const struct stream *streams, size_t n,
                                   struct err *e)
{
    int64_t *ids[STREAMS] = {NULL};
    size_t counts[STREAMS] = {0};
    struct merge m;
    enum err_code code = list_runs(s, streams, n, ids, counts, e);

    if (code == ERR_OK && counts[0] + counts[1] + counts[2] > 0) {
        merge_init(&m, s, streams, n);
        code = store_begin(s, e);
        if (code == ERR_OK)
            code = merge_runs(&m, ids, counts, e);
        for (size_t i = 0; i < n && code == ERR_OK; i++)
            code = staged_drop(s, streams[i].resource, streams[i].part, e);
        if (code == ERR_OK)
            code = store_commit(s, e);
        merge_release(&m); /* statements end before a transaction is rolled back */
        if (code != ERR_OK)
            store_rollback(s);
    }
    for (size_t i = 0; i < STREAMS; i++)
        free(ids[i]);
    return code;
}

static enum err_code merge_group(struct store *s, const struct group *g, struct err *e)
{
    size_t n = 0;
    size_t total = 0;
    enum err_code code = ERR_OK;

    for (; n < STREAMS && g->streams[n].resource != NULL; n++) {
        int64_t *ids = NULL;
        size_t count = 0;

        if (staged_list(s, g->streams[n].resource, g->streams[n].part, &ids, &count, e) != ERR_OK)
            return e->code;
        free(ids);
        total += count;
    }
    if (total <= LIMIT_STAGED_RUNS)
        return merge_streams(s, g->streams, n, e);
    for (size_t i = 0; i < n && code == ERR_OK; i++)
        code = merge_streams(s, &g->streams[i], 1, e);
    return code;
}

/* The users and the passes over them become rows at once, without waiting in tables of their own:
 * when nobody can be listed any more whom a pass has seen already, and nothing waits there from an
 * earlier run. Who was seen but not listed waits there all the same. */
static enum err_code is_simple(struct store *s, bool *out, struct err *e)
{
    int64_t yes = 0;
    int64_t runs = 0;
    enum err_code code = store_int(
        s,
        "SELECT EXISTS (SELECT 1 FROM collection WHERE resource = 'users' AND state = 'complete') "
        "AND NOT EXISTS (SELECT 1 FROM user) AND NOT EXISTS (SELECT 1 FROM pass_user_mfa) "
        "AND NOT EXISTS (SELECT 1 FROM pass_user_activity)",
        &yes, e);

    if (code == ERR_OK)
        code = store_int(s,
                         "SELECT COUNT(*) FROM staged_run WHERE part = 0 AND resource IN "
                         "('users', 'users-per-user-mfa', 'users-sign-in-activity')",
                         &runs, e);
    *out = yes != 0 && runs <= LIMIT_STAGED_RUNS;
    return code;
}

static enum err_code merge_users(struct store *s, struct err *e)
{
    const struct group licences = {{{"users", 1, pack_users.part[1], NULL}}};
    bool is_at_once = false;
    enum err_code code = is_simple(s, &is_at_once, e);

    if (code == ERR_OK && is_at_once)
        code = merge_group(s, &users_at_once, e);
    for (size_t i = 0; i < COUNT_OF(users_apart) && code == ERR_OK && !is_at_once; i++)
        code = merge_group(s, &users_apart[i], e);
    return code == ERR_OK ? merge_group(s, &licences, e) : code;
}

static enum err_code merge_mailboxes(struct store *s, struct err *e)
{
    return merge_group(s, &mailboxes, e);
}

static enum err_code merge_registrations(struct store *s, struct err *e)
{
    const struct group registrations = {
        {{"mfa-registration", 0, pack_registrations.part[0], NULL}}};
    const struct group methods = {{{"mfa-registration", 1, pack_registrations.part[1], NULL}}};
    enum err_code code = merge_group(s, &registrations, e);

    return code == ERR_OK ? merge_group(s, &methods, e) : code;
}

/* ---- when ---- */

/* What is merged together, once nothing more of it can come. */
static const struct {
    const char *resources[STREAMS];
    enum err_code (*merge)(struct store *s, struct err *e);
} steps[] = {
    {{"mfa-registration", NULL, NULL}, merge_registrations},
    {{"mailboxes", "cas-mailboxes", "exchange-users"}, merge_mailboxes},
    {{"users", "users-per-user-mfa", "users-sign-in-activity"}, merge_users},
};

static bool is_part_of(size_t step, const char *resource)
{
    for (size_t i = 0; i < STREAMS && steps[step].resources[i] != NULL; i++)
        if (str_eq(steps[step].resources[i], resource))
            return true;
    return false;
}

static bool is_over(struct collect_run *run, size_t step)
{
    for (size_t i = 0; i < STREAMS && steps[step].resources[i] != NULL; i++) {
        const struct collect_task *t = collect_task_find(run, steps[step].resources[i]);

        if (t->phase != TASK_ENDED && t->phase != TASK_OFF)
            return false;
    }
    return true;
}

enum err_code collect_stage_ended(const struct collect_task *t, struct err *e)
{
    enum err_code code = ERR_OK;
    bool any = false;

    for (size_t i = 0; i < COUNT_OF(steps) && code == ERR_OK; i++) {
        if (!is_part_of(i, t->c->info.resource) || !is_over(t->run, i))
            continue;
        code = staged_any(t->run->s, &any, e);
        if (code == ERR_OK && any)
            code = steps[i].merge(t->run->s, e);
    }
    return code;
}

enum err_code collect_stage_merge(struct store *s, struct err *e)
{
    bool any = false;
    enum err_code code = staged_any(s, &any, e);

    for (size_t i = 0; i < COUNT_OF(steps) && code == ERR_OK && any; i++)
        code = steps[i].merge(s, e);
    return code;
}

/* ---- pages ---- */

enum err_code collect_stage_put(struct store *s, const char *resource, const struct pack *p,
                                struct err *e)
{
    enum err_code code = ERR_OK;

    for (int i = 0; i < PACK_PARTS && code == ERR_OK && p->kind->part[i] != NULL; i++) {
        struct buf run;
        size_t rows = 0;

        buf_init(&run, SIZE_MAX);
        pack_run(p, i, &run, &rows);
        if (rows > 0)
            code = staged_put(s, resource, i, &run, e);
        buf_release(&run);
    }
    return code;
}
