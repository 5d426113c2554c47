/* rules/facts/ca_box.h - sets of sign-ins as products of atom sets, and what covers them.
 *
 * A box has one bit set a condition; it stands for every combination of one atom of each. All boxes
 * of a model live in one space, which says where each condition's words are. */
#ifndef RULES_FACTS_CA_BOX_H
#define RULES_FACTS_CA_BOX_H
#include "ca_effect.h"

enum ca_dim {
    CA_CLIENT,
    CA_APP,
    CA_PLATFORM,
    CA_LOCATION,
    CA_USER_RISK,
    CA_SIGN_IN_RISK,
    CA_INSIDER_RISK,
    CA_FLOW,
    CA_DEVICE
};
enum { CA_DIM_COUNT = CA_DEVICE + 1 };

struct ca_space {
    size_t at[CA_DIM_COUNT];    /* first word of each condition */
    size_t words[CA_DIM_COUNT]; /* how many, 64 atoms each */
    size_t total;
};
void ca_space_place(struct ca_space *s, const size_t atoms[CA_DIM_COUNT]);

void ca_bit_set(const struct ca_space *s, uint64_t *box, enum ca_dim d, size_t atom);
void ca_bit_drop(const struct ca_space *s, uint64_t *box, enum ca_dim d, size_t atom);
bool ca_bit(const struct ca_space *s, const uint64_t *box, enum ca_dim d, size_t atom);
void ca_dim_clear(const struct ca_space *s, uint64_t *box, enum ca_dim d);
bool ca_dim_is_empty(const struct ca_space *s, const uint64_t *box, enum ca_dim d);

/* Empty: no atom in some condition. */
bool ca_box_is_empty(const struct ca_space *s, const uint64_t *box);
/* Some sign-in is in both. */
bool ca_box_meets(const struct ca_space *s, const uint64_t *a, const uint64_t *b);
/* Every sign-in of `in` is in `out`. */
bool ca_box_holds(const struct ca_space *s, const uint64_t *out, const uint64_t *in);
void ca_box_meet(const struct ca_space *s, uint64_t *into, const uint64_t *with);

/* Is there a sign-in of `universe` in none of `cover`? CA_YES: `rest` (may be NULL; `total` words)
 * becomes a box of such sign-ins. CA_NO: all are covered. CA_MAYBE: `budget` boxes were not enough
 * to tell; it is lowered by what was used. Exact otherwise, and the same for any order of covers
 * except in which rest it finds. */
enum ca_tri ca_box_uncovered(const struct ca_space *s, const uint64_t *universe,
                             const uint64_t *const *cover, size_t n, size_t *budget,
                             uint64_t *rest);

#endif
