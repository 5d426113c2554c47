#include "ca_axis.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"

#include <stdlib.h>
#include <string.h>

enum { SIGNATURE_EXTRA = 5 };

/* What keeps two values apart. Caller frees. */
static uint8_t *signature_of(const struct ca_model *m, const struct ca_atom *value,
                             const uint8_t *scope)
{
    uint8_t *signature = xcalloc(m->lives + SIGNATURE_EXTRA, 1);

    memcpy(signature, scope, m->lives);
    signature[m->lives] = (uint8_t)value->flags;
    signature[m->lives + 1] = (uint8_t)value->compliant;
    signature[m->lives + 2] = (uint8_t)value->joined;
    signature[m->lives + 3] = (uint8_t)value->registered;
    signature[m->lives + 4] = value->part;
    return signature;
}

size_t ca_axis_at(const struct ca_model *m, enum ca_dim d, const struct ca_atom *value,
                  const uint8_t *scope)
{
    const struct ca_axis *a = &m->axis[d];
    uint8_t *signature = signature_of(m, value, scope);
    uint32_t at = ca_map_get(&a->by_signature, signature, m->lives + SIGNATURE_EXTRA);

    free(signature);
    return at != CA_MAP_NONE && at < a->n ? at : SIZE_MAX;
}

struct ca_atom *ca_axis_add(struct ca_model *m, enum ca_dim d, const struct ca_atom *value,
                            const uint8_t *scope)
{
    struct ca_axis *a = &m->axis[d];
    size_t n = m->lives + SIGNATURE_EXTRA;
    uint8_t *signature = signature_of(m, value, scope);
    struct ca_atom *atom = NULL;
    uint32_t at;

    at = ca_map_get(&a->by_signature, signature, n);
    if (at != CA_MAP_NONE) {
        atom = &a->atom[at];
        atom = value->cost < atom->cost ? atom : NULL;
    } else if (a->n == LIMIT_CA_ATOMS) {
        a->is_full = true;
    } else {
        if (a->n == a->cap) {
            a->cap = a->cap > 0 ? a->cap * 2 : 8;
            a->atom = xreallocarray(a->atom, a->cap, sizeof *a->atom);
        }
        (void)ca_map_add(&a->by_signature, signature, n, (uint32_t)a->n);
        atom = &a->atom[a->n++];
        *atom = *value;
        atom->scope = memcpy(ca_pool_get(&m->pool, m->lives + 1, 1), scope, m->lives);
    }
    if (atom != NULL)
        atom->cost = value->cost;
    free(signature);
    return atom;
}

/* What was not told apart could be any value, also one that the policy names: only a policy that
 * takes in all and leaves out nothing has it in scope for certain. */
static enum ca_tri rest_scope(const struct ca_policy *p, enum ca_dim d)
{
    bool takes_all = d != CA_APP && !ca_has_targets(p, ca_dim_kind(d));
    bool leaves_out = false;

    for (size_t i = 0; i < p->targets; i++) {
        const struct ca_target *t = &p->target[i];

        if (t->kind == ca_dim_kind(d) || (d == CA_APP && t->kind == CA_KIND_APP_FILTER)) {
            takes_all = takes_all || (!t->is_exclude && str_ieq(t->text, "All"));
            leaves_out = leaves_out || t->is_exclude || d == CA_DEVICE;
        }
    }
    return takes_all && !leaves_out ? CA_YES : CA_MAYBE;
}

void ca_axis_add_rest(struct ca_model *m, enum ca_dim d, const char *words)
{
    struct ca_axis *a = &m->axis[d];
    struct ca_atom rest = {.flags = CA_ATOM_POSSIBLE,
                           .cost = CA_REST_COST,
                           .compliant = CA_MAYBE,
                           .joined = CA_MAYBE,
                           .registered = CA_MAYBE};
    uint8_t *scope = xcalloc(m->lives + 1, 1);
    struct ca_atom *face;

    for (size_t l = 0; l < m->lives; l++)
        scope[l] = (uint8_t)rest_scope(&m->policy[m->live[l]], d);
    if (a->is_full)
        a->n--; /* make room; what it stood for is in the rest */
    face = ca_axis_add(m, d, &rest, scope);
    if (face != NULL) {
        face->id = "other";
        face->words = words;
    }
    a->is_full = false;
    free(scope);
}
