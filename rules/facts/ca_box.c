#include "ca_box.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { BITS = 64 };

void ca_space_place(struct ca_space *s, const size_t atoms[CA_DIM_COUNT])
{
    s->total = 0;
    for (int d = 0; d < CA_DIM_COUNT; d++) {
        s->at[d] = s->total;
        s->words[d] = (atoms[d] + BITS - 1) / BITS;
        s->total += s->words[d];
    }
}

void ca_bit_set(const struct ca_space *s, uint64_t *box, enum ca_dim d, size_t atom)
{
    box[s->at[d] + atom / BITS] |= UINT64_C(1) << (atom % BITS);
}

void ca_bit_drop(const struct ca_space *s, uint64_t *box, enum ca_dim d, size_t atom)
{
    box[s->at[d] + atom / BITS] &= ~(UINT64_C(1) << (atom % BITS));
}

bool ca_bit(const struct ca_space *s, const uint64_t *box, enum ca_dim d, size_t atom)
{
    return (box[s->at[d] + atom / BITS] >> (atom % BITS) & 1) != 0;
}

void ca_dim_clear(const struct ca_space *s, uint64_t *box, enum ca_dim d)
{
    memset(box + s->at[d], 0, s->words[d] * sizeof *box);
}

bool ca_dim_is_empty(const struct ca_space *s, const uint64_t *box, enum ca_dim d)
{
    for (size_t w = s->at[d]; w < s->at[d] + s->words[d]; w++)
        if (box[w] != 0)
            return false;
    return true;
}

bool ca_box_is_empty(const struct ca_space *s, const uint64_t *box)
{
    for (int d = 0; d < CA_DIM_COUNT; d++)
        if (ca_dim_is_empty(s, box, (enum ca_dim)d))
            return true;
    return false;
}

bool ca_box_meets(const struct ca_space *s, const uint64_t *a, const uint64_t *b)
{
    for (int d = 0; d < CA_DIM_COUNT; d++) {
        uint64_t common = 0;

        for (size_t w = s->at[d]; w < s->at[d] + s->words[d]; w++)
            common |= a[w] & b[w];
        if (common == 0)
            return false;
    }
    return true;
}

bool ca_box_holds(const struct ca_space *s, const uint64_t *out, const uint64_t *in)
{
    for (size_t w = 0; w < s->total; w++)
        if ((in[w] & ~out[w]) != 0)
            return false;
    return true;
}

void ca_box_meet(const struct ca_space *s, uint64_t *into, const uint64_t *with)
{
    for (size_t w = 0; w < s->total; w++)
        into[w] &= with[w];
}

/* Boxes that are still to be looked at, last in first out, in one growing array. */
struct pile {
    uint64_t *w;
    size_t n, cap; /* boxes */
};

static uint64_t *push(struct pile *p, size_t words)
{
    if (p->n == p->cap) {
        p->cap = p->cap > 0 ? p->cap * 2 : 64;
        p->w = xreallocarray(p->w, p->cap * words, sizeof *p->w);
    }
    return p->w + words * p->n++;
}

/* The cover that holds all of the box, else one that meets it, else NULL. */
static const uint64_t *choose(const struct ca_space *s, const uint64_t *box,
                              const uint64_t *const *cover, size_t n, bool *is_whole)
{
    const uint64_t *first = NULL;

    *is_whole = false;
    for (size_t i = 0; i < n; i++) {
        if (ca_box_holds(s, cover[i], box)) {
            *is_whole = true;
            return cover[i];
        }
        if (first == NULL && ca_box_meets(s, cover[i], box))
            first = cover[i];
    }
    return first;
}

/* What of `box` is outside `c`, as disjoint boxes: for each condition in turn, those that leave the
 * cover there and were inside it in all conditions before. `box` is a copy: the pile may move. */
static void split(const struct ca_space *s, const uint64_t *box, const uint64_t *c, struct pile *p)
{
    for (int d = CA_DIM_COUNT - 1; d >= 0; d--) {
        size_t from = s->at[d];
        size_t to = from + s->words[d];
        uint64_t any = 0;
        uint64_t *piece;

        for (size_t w = from; w < to; w++)
            any |= box[w] & ~c[w];
        if (any == 0)
            continue;
        piece = push(p, s->total);
        for (size_t w = 0; w < s->total; w++)
            piece[w] = w < from ? box[w] & c[w] : w < to ? box[w] & ~c[w] : box[w];
    }
}

/* The covers that meet the universe at all: the others need not be looked at again. */
static size_t near_covers(const struct ca_space *s, const uint64_t *universe,
                          const uint64_t *const *cover, size_t n, const uint64_t **near)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++)
        if (ca_box_meets(s, cover[i], universe))
            near[kept++] = cover[i];
    return kept;
}

enum ca_tri ca_box_uncovered(const struct ca_space *s, const uint64_t *universe,
                             const uint64_t *const *cover, size_t n, size_t *budget, uint64_t *rest)
{
    struct pile p = {0};
    enum ca_tri found = CA_NO;
    const uint64_t **near;
    uint64_t *box;

    if (ca_box_is_empty(s, universe))
        return CA_NO;
    near = xcalloc(n + 1, sizeof(uint64_t *));
    n = near_covers(s, universe, cover, n, near);
    box = xcalloc(s->total, sizeof *box);
    memcpy(push(&p, s->total), universe, s->total * sizeof *box);
    while (p.n > 0 && found == CA_NO) {
        const uint64_t *c;
        bool is_whole;

        if (*budget == 0) {
            found = CA_MAYBE;
            break;
        }
        (*budget)--;
        memcpy(box, p.w + s->total * --p.n, s->total * sizeof *box);
        c = choose(s, box, near, n, &is_whole);
        if (c == NULL)
            found = CA_YES;
        else if (!is_whole)
            split(s, box, c, &p);
    }
    if (found == CA_YES && rest != NULL)
        memcpy(rest, box, s->total * sizeof *box);
    free(p.w);
    free(box);
    free(near);
    return found;
}
