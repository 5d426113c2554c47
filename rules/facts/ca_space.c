/* From conditions to boxes: the atoms of every condition, then what each live policy covers. */
#include "ca_axis.h"

#include "base/mem.h"
#include "base/strs.h"

#include <stdlib.h>
#include <string.h>

enum { PART_MODERN, PART_LEGACY, PART_ACTIVE_SYNC, PART_PLAIN };

/* The questions are about modern clients, about legacy ones, and for SMTP about the ordinary flow
 * and an unknown platform: these stay by themselves. */
static uint8_t part_of(enum ca_dim d, const struct ca_fixed_axis *a, size_t value)
{
    if (d == CA_CLIENT && str_eq(a->v[value].id, "other"))
        return PART_LEGACY;
    if (d == CA_CLIENT && str_eq(a->v[value].id, "exchangeActiveSync"))
        return PART_ACTIVE_SYNC;
    if ((d == CA_FLOW || d == CA_PLATFORM) && str_eq(a->v[value].id, "none"))
        return PART_PLAIN;
    return PART_MODERN;
}

static void fixed_axis(struct ca_model *m, enum ca_dim d)
{
    const struct ca_fixed_axis *a = ca_fixed_axis(d);
    uint8_t *scope = xcalloc(m->lives + 1, 1);

    if (a->n > CA_FIXED_VALUES)
        BUG("a condition with %zu values", a->n);
    for (size_t v = 0; v < a->n; v++) {
        struct ca_atom value = {.flags = CA_ATOM_USUAL, .cost = a->v[v].cost};
        struct ca_atom *face;

        for (size_t l = 0; l < m->lives; l++)
            scope[l] = (uint8_t)ca_scope_fixed(&m->policy[m->live[l]], a, v);
        value.part = part_of(d, a, v);
        face = ca_axis_add(m, d, &value, scope);
        if (face != NULL) {
            face->id = a->v[v].id;
            face->words = a->v[v].words;
        }
        m->fixed_atom[d][v] = (uint32_t)ca_axis_at(m, d, &value, scope);
    }
    free(scope);
}

size_t ca_axis_find(const struct ca_axis *a, const char *id)
{
    for (size_t i = 0; i < a->n; i++)
        if (str_ieq(a->atom[i].id, id))
            return i;
    return SIZE_MAX;
}

uint64_t *ca_box_full(struct ca_model *m, unsigned flags)
{
    uint64_t *box = ca_pool_get(&m->pool, m->space.total, sizeof *box);

    for (int d = 0; d < CA_DIM_COUNT; d++)
        for (size_t i = 0; i < m->axis[d].n; i++)
            if ((m->axis[d].atom[i].flags & flags) != 0)
                ca_bit_set(&m->space, box, (enum ca_dim)d, i);
    return box;
}

void ca_box_only(const struct ca_model *m, uint64_t *box, enum ca_dim dim, size_t atom)
{
    ca_dim_clear(&m->space, box, dim);
    if (atom != SIZE_MAX)
        ca_bit_set(&m->space, box, dim, atom);
}

/* The policy's conditions as a box: atoms for which they say at least `least`. */
static uint64_t *scope_box(struct ca_model *m, size_t live, enum ca_tri least)
{
    uint64_t *box = ca_pool_get(&m->pool, m->space.total, sizeof *box);

    for (int d = 0; d < CA_DIM_COUNT; d++)
        for (size_t i = 0; i < m->axis[d].n; i++)
            if (m->axis[d].atom[i].scope[live] >= least)
                ca_bit_set(&m->space, box, (enum ca_dim)d, i);
    return box;
}

static enum ca_tri demand_of(const struct ca_policy *p, const struct ca_atom *device, int kind)
{
    struct ca_demand d = ca_demand_on(p, device);

    switch ((enum ca_box_kind)kind) {
    case CA_BOX_COVER:
        return d.covers;
    case CA_BOX_BLOCK:
        return d.blocks;
    case CA_BOX_MFA:
        return d.takes;
    case CA_BOX_SCOPE:
    case CA_BOX_COUNT:
        break;
    }
    return CA_YES;
}

uint64_t *ca_box_demand(struct ca_model *m, const struct ca_policy *p, enum ca_tri least,
                        ca_demand_fn *demand, int which)
{
    const uint64_t *scope = least == CA_YES ? p->must[CA_BOX_SCOPE] : p->may[CA_BOX_SCOPE];
    uint64_t *box = ca_pool_get(&m->pool, m->space.total, sizeof *box);

    memcpy(box, scope, m->space.total * sizeof *box);
    ca_dim_clear(&m->space, box, CA_DEVICE);
    for (size_t i = 0; i < m->axis[CA_DEVICE].n; i++)
        if (ca_bit(&m->space, scope, CA_DEVICE, i) &&
            demand(p, &m->axis[CA_DEVICE].atom[i], which) >= least)
            ca_bit_set(&m->space, box, CA_DEVICE, i);
    return box;
}

/* A condition that this program does not know can only narrow a policy; a state that it does not
 * know may be off; a policy out of an odd reply may lack an exclusion: nothing that it does is
 * certain. */
static bool is_certain(const struct ca_model *m, const struct ca_policy *p)
{
    return m->are_policies_trusted && p->state != CA_STATE_UNSEEN &&
           !ca_has_targets(p, CA_KIND_OTHER);
}

static void policy_boxes(struct ca_model *m, size_t live)
{
    struct ca_policy *p = &m->policy[m->live[live]];

    p->may[CA_BOX_SCOPE] = scope_box(m, live, CA_MAYBE);
    p->must[CA_BOX_SCOPE] = scope_box(m, live, CA_YES);
    if (!is_certain(m, p))
        memset(p->must[CA_BOX_SCOPE], 0, m->space.total * sizeof(uint64_t));
    for (int k = CA_BOX_SCOPE + 1; k < CA_BOX_COUNT; k++) {
        p->may[k] = ca_box_demand(m, p, CA_MAYBE, demand_of, k);
        p->must[k] = ca_box_demand(m, p, CA_YES, demand_of, k);
    }
}

/* Browser, and mobile and desktop apps: whatever atoms they ended up in. */
static void modern_only(const struct ca_model *m, uint64_t *box)
{
    ca_dim_clear(&m->space, box, CA_CLIENT);
    for (size_t i = 0; i < m->axis[CA_CLIENT].n; i++)
        if (m->axis[CA_CLIENT].atom[i].part == PART_MODERN)
            ca_bit_set(&m->space, box, CA_CLIENT, i);
}

void ca_space_build(struct ca_model *m)
{
    size_t atoms[CA_DIM_COUNT];

    for (int d = 0; d < CA_DIM_COUNT; d++) {
        ca_map_init(&m->axis[d].by_signature, &m->pool);
        if (ca_fixed_axis((enum ca_dim)d) != NULL)
            fixed_axis(m, (enum ca_dim)d);
    }
    ca_apps_axis(m);
    ca_places_axis(m);
    ca_devices_axis(m);
    for (int d = 0; d < CA_DIM_COUNT; d++)
        atoms[d] = m->axis[d].n;
    ca_space_place(&m->space, atoms);
    for (size_t l = 0; l < m->lives; l++)
        policy_boxes(m, l);
    m->modern_exists = ca_box_full(m, CA_ATOM_EXISTS);
    m->modern_possible = ca_box_full(m, CA_ATOM_POSSIBLE);
    modern_only(m, m->modern_exists);
    modern_only(m, m->modern_possible);
}

void ca_space_release(struct ca_model *m)
{
    for (int d = 0; d < CA_DIM_COUNT; d++) {
        ca_map_release(&m->axis[d].by_signature);
        free(m->axis[d].atom);
    }
}
