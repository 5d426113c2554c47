#include "pack.h"

#include "base/limits.h"
#include "base/mem.h"
#include "model/staged.h"

#include <stdlib.h>
#include <string.h>

/* ---- the order of rows ---- */

size_t pack_keys(const struct map_table *t)
{
    size_t n = 0;

    while (n < t->count && (t->columns[n].flags & MAP_KEY) != 0)
        n++;
    return n;
}

/* As SQLite orders text: by bytes, and a shorter one first. Keys are texts. */
static int compare_cells(const struct cell *a, const struct cell *b)
{
    size_t n = a->length < b->length ? a->length : b->length;
    int order = n > 0 ? memcmp(a->text, b->text, n) : 0;

    if (order != 0)
        return order;
    return a->length == b->length ? 0 : a->length < b->length ? -1 : 1;
}

int pack_compare(const char *a, size_t an, const char *b, size_t bn, size_t keys)
{
    const char *a_end = a + an;
    const char *b_end = b + bn;

    for (size_t i = 0; i < keys; i++) {
        struct cell ca;
        struct cell cb;
        int order;

        if (!cell_read(&a, a_end, &ca) || !cell_read(&b, b_end, &cb))
            return 0;
        order = compare_cells(&ca, &cb);
        if (order != 0)
            return order;
    }
    return 0;
}

/* The first eight bytes of the first key, so that most comparisons need no more. */
uint64_t pack_head(const char *row, size_t length)
{
    const char *end = row + length;
    uint64_t head = 0;
    struct cell c;

    if (!cell_read(&row, end, &c))
        return 0;
    for (size_t i = 0; i < sizeof head; i++)
        head = head << 8 | (i < c.length ? (unsigned char)c.text[i] : 0);
    return head;
}

struct sorting {
    const char *base;
    size_t keys;
};

static int compare_rows(const void *pa, const void *pb, void *ctx)
{
    const struct sorting *s = ctx;
    const struct pack_row *a = pa;
    const struct pack_row *b = pb;
    int order;

    if (a->head != b->head)
        return a->head < b->head ? -1 : 1;
    order = pack_compare(s->base + a->at, a->length, s->base + b->at, b->length, s->keys);
    if (order != 0)
        return order;
    return a->at < b->at ? -1 : 1; /* no two are the same */
}

void pack_run(const struct pack *p, int part, struct buf *out, size_t *rows)
{
    const struct pack_part *in = &p->part[part];

    for (size_t i = 0; i < in->n; i++) {
        size_t begun = staged_row_begin(out);

        buf_add(out, in->cells.p + in->rows[i].at, in->rows[i].length);
        staged_row_end(out, begun);
    }
    *rows = in->n;
}

/* ---- rows ---- */

static void end_row(struct pack_part *part, size_t from)
{
    if (part->n == part->cap) {
        part->cap = part->cap > 0 ? part->cap * 2 : 1024;
        part->rows = xreallocarray(part->rows, part->cap, sizeof *part->rows);
    }
    part->rows[part->n].at = from;
    part->rows[part->n].length = part->cells.n - from;
    part->rows[part->n].head = pack_head(part->cells.p + from, part->cells.n - from);
    part->n++;
}

bool pack_object(struct pack *p, const struct jscan *j, const struct jscan_value *row)
{
    struct pack_part *part = &p->part[0];
    size_t from = part->cells.n;

    if (!map_scanned(p->kind->part[0], j, row, &p->odd, &part->cells, &p->room)) {
        part->cells.n = from;
        return false;
    }
    end_row(part, from);
    return true;
}

void pack_texts(struct pack *p, const struct cell *cells, size_t n)
{
    struct pack_part *part = &p->part[1];
    size_t from = part->cells.n;

    for (size_t i = 0; i < n; i++)
        cell_add(&part->cells, &cells[i]);
    end_row(part, from);
}

/* ---- pages ---- */

struct pack *pack_page(const struct pack_kind *kind, const struct jscan *j,
                       const struct jscan_value *list)
{
    struct pack *p = xcalloc(1, sizeof *p);

    p->kind = kind;
    buf_init(&p->room, SIZE_MAX);
    for (size_t i = 0; i < PACK_PARTS; i++)
        buf_init(&p->part[i].cells, LIMIT_STAGED_BYTES);
    for (const struct jscan_value *row = jscan_first(j, list); row != NULL;
         row = jscan_next(j, list, row)) {
        if (row->kind != JSCAN_OBJECT)
            map_odd_add(&p->odd, "a row is not an object");
        else if (kind->row != NULL)
            kind->row(p, j, row);
        else if (pack_object(p, j, row))
            p->taken++;
    }
    for (size_t i = 0; i < PACK_PARTS && kind->part[i] != NULL; i++) {
        struct sorting s = {p->part[i].cells.p, pack_keys(kind->part[i])};

        if (p->part[i].n > 0)
            qsort_r(p->part[i].rows, p->part[i].n, sizeof *p->part[i].rows, compare_rows, &s);
    }
    return p;
}

bool pack_is_too_large(const struct pack *p)
{
    return p->part[0].cells.failed || p->part[1].cells.failed;
}

void pack_free(struct pack *p)
{
    if (p == NULL)
        return;
    for (size_t i = 0; i < PACK_PARTS; i++) {
        buf_release(&p->part[i].cells);
        free(p->part[i].rows);
    }
    buf_release(&p->room);
    free(p);
}
