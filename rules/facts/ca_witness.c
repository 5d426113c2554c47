/* The most telling gap: of all sign-ins in it, the most everyday one.
 *
 * Condition by condition, in a fixed order, the cheapest atom is taken for which a gap is left.
 * That atom is found by halving: if any of the k cheapest atoms leaves a gap, so do the k+1
 * cheapest. A box of gaps is known all the while; what it holds need not be asked, and where the
 * search runs into its limit, the answer is in it. */
#include "ca_verdict.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* What should look ordinary first: nobody is interested in a gap at high risk when there is one
 * without any. */
static const enum ca_dim telling_order[CA_DIM_COUNT] = {
    CA_SIGN_IN_RISK, CA_USER_RISK, CA_INSIDER_RISK, CA_FLOW,  CA_LOCATION,
    CA_DEVICE,       CA_APP,       CA_PLATFORM,     CA_CLIENT};

struct ranked {
    size_t atom;
    int cost;
};

static int by_cost(const void *a, const void *b)
{
    const struct ranked *x = a;
    const struct ranked *y = b;

    if (x->cost != y->cost)
        return x->cost < y->cost ? -1 : 1;
    return (x->atom > y->atom) - (x->atom < y->atom);
}

static size_t rank_atoms(const struct ca_model *m, const uint64_t *box, enum ca_dim d,
                         struct ranked *out)
{
    size_t n = 0;

    for (size_t i = 0; i < m->axis[d].n; i++)
        if (ca_bit(&m->space, box, d, i))
            out[n++] = (struct ranked){i, m->axis[d].atom[i].cost};
    qsort(out, n, sizeof *out, by_cost);
    return n;
}

static void restrict_to(const struct ca_model *m, uint64_t *box, enum ca_dim d,
                        const struct ranked *r, size_t n)
{
    ca_dim_clear(&m->space, box, d);
    for (size_t i = 0; i < n; i++)
        ca_bit_set(&m->space, box, d, r[i].atom);
}

/* Place of the cheapest ranked atom that the box has. */
static size_t first_in(const struct ca_model *m, const uint64_t *box, enum ca_dim d,
                       const struct ranked *r)
{
    size_t k = 0;

    while (!ca_bit(&m->space, box, d, r[k].atom))
        k++;
    return k;
}

struct search {
    struct ca_model *m;
    const uint64_t *const *cover;
    size_t covers;
    uint64_t *universe; /* narrowed down, condition after condition */
    uint64_t *known;    /* a box of gaps inside it */
    uint64_t *tried, *rest;
    struct ranked *r;
};

static void settle(struct search *x, enum ca_dim d)
{
    size_t bytes = x->m->space.total * sizeof(uint64_t);
    size_t low = 0;
    size_t high;

    (void)rank_atoms(x->m, x->universe, d, x->r);
    high = first_in(x->m, x->known, d, x->r);
    while (low < high) { /* high leaves a gap, everything before low does not */
        size_t middle = low + (high - low) / 2;

        memcpy(x->tried, x->universe, bytes);
        restrict_to(x->m, x->tried, d, x->r + low, middle - low + 1);
        if (ca_ask(x->m, x->tried, x->cover, x->covers, x->rest) == CA_YES) {
            memcpy(x->known, x->rest, bytes);
            high = first_in(x->m, x->known, d, x->r);
        } else {
            low = middle + 1;
        }
    }
    restrict_to(x->m, x->universe, d, x->r + high, 1);
    restrict_to(x->m, x->known, d, x->r + high, 1);
}

/* Widens the point, one condition after the other, as long as nothing covers any of it. */
static void widen(const struct ca_model *m, const uint64_t *universe, const uint64_t *const *cover,
                  size_t n, uint64_t *box)
{
    uint64_t *tried = xcalloc(m->space.total, sizeof *tried);

    for (int i = CA_DIM_COUNT - 1; i >= 0; i--) {
        enum ca_dim d = telling_order[i];
        bool is_free = true;

        memcpy(tried, box, m->space.total * sizeof *tried);
        memcpy(tried + m->space.at[d], universe + m->space.at[d],
               m->space.words[d] * sizeof *tried);
        for (size_t c = 0; c < n && is_free; c++)
            is_free = !ca_box_meets(&m->space, cover[c], tried);
        if (is_free)
            memcpy(box, tried, m->space.total * sizeof *tried);
    }
    free(tried);
}

void ca_witness(struct ca_model *m, const uint64_t *universe, const uint64_t *rest,
                const uint64_t *const *cover, size_t n, uint64_t *point, uint64_t *around)
{
    size_t bytes = m->space.total * sizeof *point;
    struct search x = {.m = m, .cover = cover, .covers = n, .universe = point};
    size_t most = 1;

    for (int d = 0; d < CA_DIM_COUNT; d++)
        most = m->axis[d].n > most ? m->axis[d].n : most;
    x.r = xcalloc(most, sizeof *x.r);
    x.known = xcalloc(m->space.total, sizeof *x.known);
    x.tried = xcalloc(m->space.total, sizeof *x.tried);
    x.rest = xcalloc(m->space.total, sizeof *x.rest);
    memcpy(point, universe, bytes);
    memcpy(x.known, rest, bytes);
    for (size_t i = 0; i < CA_DIM_COUNT; i++)
        settle(&x, telling_order[i]);
    memcpy(around, point, bytes);
    widen(m, universe, cover, n, around);
    free(x.rest);
    free(x.tried);
    free(x.known);
    free(x.r);
}

size_t ca_point_atom(const struct ca_model *m, const uint64_t *point, enum ca_dim d)
{
    for (size_t i = 0; i < m->axis[d].n; i++)
        if (ca_bit(&m->space, point, d, i))
            return i;
    return 0;
}
