/* The most telling gap: of all sign-ins in it, the most everyday one.
 *
 * Condition by condition, in a fixed order, the cheapest atom is taken for which a gap is left.
 * That atom is found by halving: if any of the k cheapest atoms leaves a gap, so do the k+1
 * cheapest. */
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

/* Least k such that the k cheapest atoms leave a gap; all of them do. */
static size_t least_prefix(struct ca_model *m, uint64_t *box, enum ca_dim d, const struct ranked *r,
                           size_t n, const uint64_t *const *cover, size_t covers)
{
    size_t low = 1;

    while (low < n) {
        size_t middle = low + (n - low) / 2;

        restrict_to(m, box, d, r, middle);
        if (ca_ask(m, box, cover, covers, NULL) == CA_YES)
            n = middle;
        else
            low = middle + 1;
    }
    return n;
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

static bool is_covered(const struct ca_model *m, const uint64_t *point,
                       const uint64_t *const *cover, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (ca_box_meets(&m->space, cover[i], point))
            return true;
    return false;
}

void ca_witness(struct ca_model *m, const uint64_t *universe, const uint64_t *rest,
                const uint64_t *const *cover, size_t n, uint64_t *point, uint64_t *around)
{
    struct ranked *r;
    size_t most = 1;

    for (int d = 0; d < CA_DIM_COUNT; d++)
        most = m->axis[d].n > most ? m->axis[d].n : most;
    r = xcalloc(most, sizeof *r);
    memcpy(point, universe, m->space.total * sizeof *point);
    for (size_t i = 0; i < CA_DIM_COUNT; i++) {
        enum ca_dim d = telling_order[i];
        size_t atoms = rank_atoms(m, point, d, r);
        size_t k = least_prefix(m, point, d, r, atoms, cover, n);

        restrict_to(m, point, d, r + k - 1, 1);
    }
    if (is_covered(m, point, cover, n)) { /* the search ran into its limit: any point will do */
        memcpy(point, rest, m->space.total * sizeof *point);
        for (int d = 0; d < CA_DIM_COUNT; d++) {
            (void)rank_atoms(m, rest, (enum ca_dim)d, r);
            restrict_to(m, point, (enum ca_dim)d, r, 1);
        }
    }
    free(r);
    memcpy(around, point, m->space.total * sizeof *around);
    widen(m, universe, cover, n, around);
}

size_t ca_point_atom(const struct ca_model *m, const uint64_t *point, enum ca_dim d)
{
    for (size_t i = 0; i < m->axis[d].n; i++)
        if (ca_bit(&m->space, point, d, i))
            return i;
    return 0;
}
