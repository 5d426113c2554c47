/* Is there a sign-in that succeeds without MFA, and is anybody ever made to use it? */
#include "ca_verdict.h"

#include "base/limits.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct ca_verdicts {
    struct ca_map effect_at, answer_at[CA_QUESTION_COUNT];
    struct ca_effect **effect;
    size_t effects, effects_cap;
    const struct ca_answer **answer;
    size_t answers, answers_cap;
    struct ca_region region[CA_QUESTION_COUNT];
    /* Live policies that can have a part in an answer: of modern clients, of each question. */
    bool *is_modern, *is_in[CA_QUESTION_COUNT];
    bool *covers_all; /* once in scope, no modern sign-in succeeds without MFA */
    uint8_t *key;     /* one, for the moment */
    struct {
        const struct ca_effect *effect;
        const struct ca_answer *answer[CA_QUESTION_COUNT];
    } * of_class;
    const char *(*word)[CA_WORD_SLOTS];
};

static void note_parts(struct ca_model *m, struct ca_verdicts *v)
{
    for (size_t l = 0; l < m->lives; l++) {
        const struct ca_policy *p = &m->policy[m->live[l]];

        v->is_modern[l] = ca_box_meets(&m->space, p->may[CA_BOX_COVER], m->modern_possible);
        v->covers_all[l] = ca_box_holds(&m->space, p->must[CA_BOX_COVER], m->modern_possible);
        for (int q = 0; q < CA_QUESTION_COUNT; q++) {
            uint64_t *wide = ca_pool_get(&m->pool, m->space.total, sizeof *wide);

            /* platform, flow and device left open: notes on them are part of an answer */
            memcpy(wide, v->region[q].possible, m->space.total * sizeof *wide);
            memset(wide + m->space.at[CA_PLATFORM], 0xff,
                   m->space.words[CA_PLATFORM] * sizeof *wide);
            memset(wide + m->space.at[CA_FLOW], 0xff, m->space.words[CA_FLOW] * sizeof *wide);
            memset(wide + m->space.at[CA_DEVICE], 0xff, m->space.words[CA_DEVICE] * sizeof *wide);
            v->is_in[q][l] = ca_box_meets(&m->space, p->may[CA_BOX_SCOPE], wide);
        }
    }
}

void ca_verdicts_init(struct ca_model *m)
{
    struct ca_verdicts *v = xcalloc(1, sizeof *v);
    size_t lives = m->lives + 1;

    ca_map_init(&v->effect_at, &m->pool);
    v->is_modern = ca_pool_get(&m->pool, lives, sizeof *v->is_modern);
    v->covers_all = ca_pool_get(&m->pool, lives, sizeof *v->covers_all);
    v->key = ca_pool_get(&m->pool, lives, 1);
    v->word = ca_pool_get(&m->pool, lives, sizeof *v->word);
    v->of_class = ca_pool_get(&m->pool, m->classes.n, sizeof *v->of_class);
    for (int q = 0; q < CA_QUESTION_COUNT; q++) {
        ca_map_init(&v->answer_at[q], &m->pool);
        v->is_in[q] = ca_pool_get(&m->pool, lives, sizeof *v->is_in[q]);
        v->region[q] = ca_region(m, (enum ca_question)q);
    }
    note_parts(m, v);
    m->verdicts = v;
}

void ca_verdicts_release(struct ca_model *m)
{
    struct ca_verdicts *v = m->verdicts;

    if (v == NULL)
        return;
    ca_map_release(&v->effect_at);
    for (int q = 0; q < CA_QUESTION_COUNT; q++)
        ca_map_release(&v->answer_at[q]);
    free(v->effect);
    free(v->answer);
    free(v);
    m->verdicts = NULL;
}

const struct ca_region *ca_region_of(const struct ca_model *m, enum ca_question q)
{
    return &m->verdicts->region[q];
}

const char **ca_word_slot(struct ca_model *m, size_t live, size_t slot)
{
    return &m->verdicts->word[live][slot];
}

void ca_key_of(const struct ca_model *m, const uint8_t *row, uint8_t *key)
{
    for (size_t l = 0; l < m->lives; l++) {
        const struct ca_policy *p = &m->policy[m->live[l]];
        bool may_act = p->state != CA_STATE_REPORT_ONLY && p->has_grant != CA_NO;

        key[l] = CA_NO;
        if (may_act && row[l] == CA_SCOPE_IN)
            key[l] = CA_YES;
        else if (may_act && row[l] == CA_SCOPE_MAYBE)
            key[l] = CA_MAYBE;
    }
    key[m->lives] = 0; /* so that a tenant without policies has a key too */
}

size_t ca_boxes(const struct ca_model *m, const uint8_t *key, enum ca_box_kind kind,
                enum ca_tri least, const uint64_t **out)
{
    size_t n = 0;

    for (size_t l = 0; l < m->lives; l++) {
        const struct ca_policy *p = &m->policy[m->live[l]];
        const uint64_t *box = least == CA_YES ? p->must[kind] : p->may[kind];

        if (key[l] >= (uint8_t)least && !ca_box_is_empty(&m->space, box))
            out[n++] = box;
    }
    return n;
}

size_t ca_legacy_boxes(const struct ca_model *m, const uint8_t *key, enum ca_tri least,
                       const uint64_t **out)
{
    size_t n = 0;

    for (size_t l = 0; l < m->lives; l++) {
        const struct ca_policy *p = &m->policy[m->live[l]];

        if (key[l] >= (uint8_t)least && p->legacy_block >= least)
            out[n++] = least == CA_YES ? p->must[CA_BOX_SCOPE] : p->may[CA_BOX_SCOPE];
    }
    return n;
}

enum ca_tri ca_ask(struct ca_model *m, const uint64_t *universe, const uint64_t *const *cover,
                   size_t n, uint64_t *rest)
{
    size_t left = *m->meter < LIMIT_CA_BOXES_TOTAL ? LIMIT_CA_BOXES_TOTAL - *m->meter : 0;
    size_t budget = left < LIMIT_CA_BOXES ? left : LIMIT_CA_BOXES;
    size_t given = budget;
    enum ca_tri found = ca_box_uncovered(&m->space, universe, cover, n, &budget, rest);

    *m->meter += given - budget;
    return found;
}

/* Some policy demands MFA of some sign-in and no policy stops that sign-in: then somebody is made
 * to use it. For certain: the demand is certain and a block is not even possible. */
static enum ca_tri is_demanded(struct ca_model *m, const uint8_t *key, const uint64_t **space)
{
    const uint64_t **demand = space;
    const uint64_t **block = space + m->lives;
    uint64_t *part = xcalloc(m->space.total, sizeof *part);
    enum ca_tri answer = CA_NO;

    for (int sure = 1; sure >= 0 && answer != CA_YES; sure--) {
        size_t n = ca_boxes(m, key, CA_BOX_MFA, sure ? CA_YES : CA_MAYBE, demand);
        size_t blocks = ca_boxes(m, key, CA_BOX_BLOCK, sure ? CA_MAYBE : CA_YES, block);
        enum ca_tri hit = CA_NO;

        for (size_t i = 0; i < n && hit != CA_YES; i++) {
            memcpy(part, demand[i], m->space.total * sizeof *part);
            ca_box_meet(&m->space, part, sure ? m->modern_exists : m->modern_possible);
            hit = ca_or(hit, ca_ask(m, part, block, blocks, NULL));
        }
        if (hit == CA_YES)
            answer = sure ? CA_YES : CA_MAYBE;
        else if (hit == CA_MAYBE)
            answer = ca_or(answer, CA_MAYBE);
    }
    free(part);
    return answer;
}

static void keep_witness(struct ca_model *m, struct ca_effect *f, const uint64_t *universe,
                         const uint64_t *rest, const uint64_t *const *cover, size_t n)
{
    uint64_t *point = ca_pool_get(&m->pool, m->space.total, sizeof *point);
    uint64_t *around = ca_pool_get(&m->pool, m->space.total, sizeof *around);

    ca_witness(m, universe, rest, cover, n, point, around);
    f->gap = point;
    f->around = around;
}

static void judge_gap(struct ca_model *m, const uint8_t *key, struct ca_effect *f, enum ca_tri open,
                      const uint64_t **space, uint64_t *rest)
{
    size_t n = ca_boxes(m, key, CA_BOX_COVER, CA_MAYBE, space);
    enum ca_tri gap = CA_NO;
    enum ca_tri demanded;

    if (m->missing_policies == NULL) /* else there may be one more that covers everything */
        gap = ca_ask(m, m->modern_exists, space, n, rest);
    f->is_limit = open == CA_MAYBE || gap == CA_MAYBE;
    if (gap == CA_YES) {
        f->is_gap_certain = true;
        keep_witness(m, f, m->modern_exists, rest, space, n);
        demanded = is_demanded(m, key, space);
        if (demanded != CA_MAYBE)
            f->mfa = demanded == CA_YES ? CA_MFA_SOMETIMES : CA_MFA_NEVER;
    } else if (open == CA_YES) {
        n = ca_boxes(m, key, CA_BOX_COVER, CA_YES, space);
        if (ca_ask(m, m->modern_possible, space, n, rest) == CA_YES)
            keep_witness(m, f, m->modern_possible, rest, space, n);
    }
}

/* Never a guess: "always" needs certain cover of everything possible, "sometimes" and "never" a gap
 * that not even the possible covers close. */
static void judge(struct ca_model *m, const uint8_t *key, struct ca_effect *f)
{
    const uint64_t **space = xcalloc(2 * m->lives + 1, sizeof(uint64_t *));
    uint64_t *rest = xcalloc(m->space.total, sizeof *rest);
    size_t n = ca_boxes(m, key, CA_BOX_COVER, CA_YES, space);
    enum ca_tri open = ca_ask(m, m->modern_possible, space, n, NULL);

    f->mfa = open == CA_NO ? CA_MFA_ALWAYS : CA_MFA_UNDECIDED;
    if (open != CA_NO)
        judge_gap(m, key, f, open, space, rest);
    free(rest);
    free(space);
}

static void keep_only(const struct ca_model *m, uint8_t *key, const bool *is_part)
{
    for (size_t l = 0; l < m->lives; l++)
        if (!is_part[l])
            key[l] = CA_NO;
}

static const struct ca_effect *effect_of(struct ca_model *m, uint8_t *key)
{
    static const struct ca_effect always = {.mfa = CA_MFA_ALWAYS};
    struct ca_verdicts *v = m->verdicts;
    uint32_t at;

    for (size_t l = 0; l < m->lives; l++)
        if (key[l] == CA_YES && v->covers_all[l])
            return &always;
    keep_only(m, key, v->is_modern);
    at = ca_map_add(&v->effect_at, key, m->lives + 1, (uint32_t)v->effects);
    if (at == v->effects) {
        if (v->effects == v->effects_cap) {
            v->effects_cap = v->effects_cap > 0 ? v->effects_cap * 2 : 16;
            v->effect = xreallocarray(v->effect, v->effects_cap, sizeof(struct ca_effect *));
        }
        v->effect[v->effects] = ca_pool_get(&m->pool, 1, sizeof **v->effect);
        v->effect[v->effects]->where = (struct ca_region){m->modern_exists, m->modern_possible};
        judge(m, key, v->effect[v->effects++]);
    }
    return v->effect[at];
}

const struct ca_answer *ca_answer_of(struct ca_model *m, const uint8_t *key, enum ca_question q)
{
    struct ca_verdicts *v = m->verdicts;
    uint32_t at;

    if (key != v->key)
        memcpy(v->key, key, m->lives + 1);
    keep_only(m, v->key, v->is_in[q]);
    at = ca_map_add(&v->answer_at[q], v->key, m->lives + 1, (uint32_t)v->answers);
    if (at == v->answers) {
        if (v->answers == v->answers_cap) {
            v->answers_cap = v->answers_cap > 0 ? v->answers_cap * 2 : 16;
            v->answer = xreallocarray(v->answer, v->answers_cap, sizeof(struct ca_answer *));
        }
        v->answer[v->answers] = ca_answer_build(m, v->key, q, &v->region[q]);
        v->answers++;
    }
    return v->answer[at];
}

const struct ca_answer *ca_answer_within(struct ca_model *m, const uint8_t *key, enum ca_question q,
                                         const struct ca_region *where)
{
    struct ca_verdicts *v = m->verdicts;

    memcpy(v->key, key, m->lives + 1);
    keep_only(m, v->key, v->is_in[q]);
    return ca_answer_build(m, v->key, q, where);
}

const struct ca_effect *ca_class_effect(struct ca_model *m, size_t class_id)
{
    struct ca_verdicts *v = m->verdicts;

    if (v->of_class[class_id].effect == NULL) {
        ca_key_of(m, ca_class_row(m, class_id), v->key);
        v->of_class[class_id].effect = effect_of(m, v->key);
    }
    return v->of_class[class_id].effect;
}

const struct ca_answer *ca_class_answer(struct ca_model *m, size_t class_id, enum ca_question q)
{
    struct ca_verdicts *v = m->verdicts;

    if (v->of_class[class_id].answer[q] == NULL) {
        ca_key_of(m, ca_class_row(m, class_id), v->key);
        v->of_class[class_id].answer[q] = ca_answer_of(m, v->key, q);
    }
    return v->of_class[class_id].answer[q];
}
