/* rules/facts/ca_verdict.h - the questions that are asked of set arithmetic. Private to ca_*.c.
 *
 * A key says how each live policy that is or may be in force has a class of people: not at all,
 * possibly, certainly. Classes that differ only in policies without effect share a key, and every
 * question is answered once a key. */
#ifndef RULES_FACTS_CA_VERDICT_H
#define RULES_FACTS_CA_VERDICT_H
#include "ca_model.h"

enum ca_mfa { CA_MFA_ALWAYS, CA_MFA_SOMETIMES, CA_MFA_NEVER, CA_MFA_UNDECIDED };

struct ca_question_row; /* ca_asked.h */
struct ca_region {
    uint64_t *exists, *possible;
};

/* What Conditional Access alone does about MFA, or about a question of ca_asked.h. */
struct ca_effect {
    enum ca_mfa mfa;
    const struct ca_question_row *question; /* NULL: MFA at any modern sign-in */
    struct ca_region where;                 /* the sign-ins that it is about */
    bool is_gap_certain;    /* some sign-in succeeds without MFA, whatever was not read */
    bool is_limit;          /* set arithmetic was cut off */
    const uint64_t *gap;    /* the most telling such sign-in (or possible one): one atom each */
    const uint64_t *around; /* the largest box around it, as far as found, that is all gap */
};

void ca_verdicts_init(struct ca_model *m);
void ca_verdicts_release(struct ca_model *m);

/* `row` as in classes; the key has one byte (enum ca_tri) a live policy and a 0 at the end. */
void ca_key_of(const struct ca_model *m, const uint8_t *row, uint8_t *key);
const struct ca_answer *ca_answer_of(struct ca_model *m, const uint8_t *key, enum ca_question q);
/* The same by class, kept. */
const struct ca_effect *ca_class_effect(struct ca_model *m, size_t class_id);
const struct ca_answer *ca_class_answer(struct ca_model *m, size_t class_id, enum ca_question q);

/* ca_answers.c: the sign-ins that a question is about, and the answer, in the pool. */
struct ca_region ca_region(struct ca_model *m, enum ca_question q);
const struct ca_answer *ca_answer_build(struct ca_model *m, const uint8_t *key, enum ca_question q,
                                        const struct ca_region *where);
/* For some of the question's sign-ins only: not kept. */
const struct ca_answer *ca_answer_within(struct ca_model *m, const uint8_t *key, enum ca_question q,
                                         const struct ca_region *where);
const struct ca_region *ca_region_of(const struct ca_model *m, enum ca_question q);
/* Words that depend on nothing but the policy: made once. `slot` is the caller's numbering. */
enum { CA_WORD_SLOTS = 8 };
const char **ca_word_slot(struct ca_model *m, size_t live, size_t slot);

/* Boxes of this kind: `least` CA_YES gives what is certain, CA_MAYBE what is possible. Into `out`
 * (room for every live policy). */
size_t ca_boxes(const struct ca_model *m, const uint8_t *key, enum ca_box_kind kind,
                enum ca_tri least, const uint64_t **out);
/* The same for legacy clients, whom any grant control stops. */
size_t ca_legacy_boxes(const struct ca_model *m, const uint8_t *key, enum ca_tri least,
                       const uint64_t **out);
/* ca_box_uncovered within the model's limits. */
enum ca_tri ca_ask(struct ca_model *m, const uint64_t *universe, const uint64_t *const *cover,
                   size_t n, uint64_t *rest);

/* ca_witness.c: the most everyday sign-in of `universe` outside all covers, and a box around it.
 * `rest` is a box of such sign-ins, as ca_ask gave it. */
void ca_witness(struct ca_model *m, const uint64_t *universe, const uint64_t *rest,
                const uint64_t *const *cover, size_t n, uint64_t *point, uint64_t *around);
/* The one atom of a witness. */
size_t ca_point_atom(const struct ca_model *m, const uint64_t *point, enum ca_dim d);

#endif
