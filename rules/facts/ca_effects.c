/* What Conditional Access does to a class of people, question by question.
 *
 * Of each question only those policies count that could hold one of its sign-ins: classes that
 * stand alike to those share the answer, its witness and its words. People with the same answers to
 * all questions share an effect; there are few of them, however many people. */
#include "ca_asked.h"
#include "ca_gap.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct told {
    struct ca_effect f;
    int hours, hours_least; /* CA_HOURS_NONE: no bound */
    const char *gap, *words;
};

/* One question in this tenant. */
struct asked {
    const struct ca_question_row *row;
    struct ca_region where;
    uint64_t **must, **may; /* what each live policy holds */
    bool *is_part;          /* could it hold any of it, or undo what others do? */
    struct ca_map at;       /* from how a class stands to those */
    struct told **told;
    size_t n, cap;
};

struct ca_effects {
    struct asked *asked;
    size_t n;
    int *hours; /* each once, ascending */
    size_t hours_n;
    struct ca_map tuple_at;
    uint32_t **tuple; /* of an effect: which answer to each question */
    size_t tuples, cap;
    uint32_t *of_class; /* effect + 1 */
    uint8_t *row, *key; /* for the moment */
    uint32_t *now;
    const uint64_t **cover;
    uint64_t *rest;
};

static const struct ca_policy *live_policy(const struct ca_model *m, size_t live)
{
    return &m->policy[m->live[live]];
}

static enum ca_tri held_on(const struct ca_policy *p, const struct ca_atom *device, int question)
{
    return ca_question_holds(p, device, ca_question_row((size_t)question));
}

/* A policy that lets the browser keep its session may undo one that does not: which of the two wins
 * is not documented. */
static bool keeps_session(const struct ca_policy *p)
{
    return p->session.persistence == CA_PERSIST_ALWAYS ||
           p->session.persistence == CA_PERSIST_UNREAD;
}

static void open_question(struct ca_model *m, struct asked *a, size_t question)
{
    size_t lives = m->lives + 1;

    a->row = ca_question_row(question);
    a->where = ca_question_region(m, a->row);
    a->must = ca_pool_get(&m->pool, lives, sizeof *a->must);
    a->may = ca_pool_get(&m->pool, lives, sizeof *a->may);
    a->is_part = ca_pool_get(&m->pool, lives, sizeof *a->is_part);
    ca_map_init(&a->at, &m->pool);
    for (size_t l = 0; l < m->lives; l++) {
        const struct ca_policy *p = live_policy(m, l);

        a->must[l] = ca_box_demand(m, p, CA_YES, held_on, (int)question);
        a->may[l] = ca_box_demand(m, p, CA_MAYBE, held_on, (int)question);
        a->is_part[l] = ca_box_meets(&m->space, a->may[l], a->where.possible) ||
                        (a->row->demand == CA_ASK_NO_PERSISTENCE && keeps_session(p) &&
                         ca_box_meets(&m->space, p->may[CA_BOX_SCOPE], a->where.possible));
    }
}

static int by_number(const void *a, const void *b)
{
    int x = *(const int *)a;
    int y = *(const int *)b;

    return (x > y) - (x < y);
}

static void list_hours(struct ca_model *m, struct ca_effects *x)
{
    size_t kept = 0;

    x->hours = ca_pool_get(&m->pool, m->lives + 1, sizeof *x->hours);
    for (size_t l = 0; l < m->lives; l++)
        if (live_policy(m, l)->session.hours >= 0)
            x->hours[x->hours_n++] = live_policy(m, l)->session.hours;
    qsort(x->hours, x->hours_n, sizeof *x->hours, by_number);
    for (size_t i = 0; i < x->hours_n; i++)
        if (i == 0 || x->hours[i] != x->hours[kept - 1])
            x->hours[kept++] = x->hours[i];
    x->hours_n = kept;
}

void ca_effects_init(struct ca_model *m)
{
    struct ca_effects *x = xcalloc(1, sizeof *x);

    x->n = ca_question_rows();
    x->asked = ca_pool_get(&m->pool, x->n, sizeof *x->asked);
    for (size_t q = 0; q < x->n; q++)
        open_question(m, &x->asked[q], q);
    list_hours(m, x);
    ca_map_init(&x->tuple_at, &m->pool);
    x->of_class = ca_pool_get(&m->pool, m->classes.n + 1, sizeof *x->of_class);
    x->row = ca_pool_get(&m->pool, m->lives + 1, 1);
    x->key = ca_pool_get(&m->pool, m->lives + 1, 1);
    x->now = ca_pool_get(&m->pool, x->n + 1, sizeof *x->now);
    x->cover = ca_pool_get(&m->pool, m->lives + 1, sizeof(uint64_t *));
    x->rest = ca_pool_get(&m->pool, m->space.total, sizeof *x->rest);
    m->effects = x;
}

void ca_effects_release(struct ca_model *m)
{
    struct ca_effects *x = m->effects;

    if (x == NULL)
        return;
    for (size_t q = 0; q < x->n; q++) {
        ca_map_release(&x->asked[q].at);
        free(x->asked[q].told);
    }
    ca_map_release(&x->tuple_at);
    free(x->tuple);
    free(x);
    m->effects = NULL;
}

const uint64_t *ca_asked_box(const struct ca_model *m, const struct ca_question_row *q, size_t live,
                             enum ca_tri least)
{
    for (size_t i = 0; i < m->effects->n; i++)
        if (m->effects->asked[i].row == q)
            return least == CA_YES ? m->effects->asked[i].must[live]
                                   : m->effects->asked[i].may[live];
    BUG("a question that was not opened");
}

/* What a policy holds of the question when sessions of at most so many hours count (below 0: of any
 * length) and, perhaps, browsers that are told to forget do not. */
static const uint64_t *box_within(const struct asked *a, const struct ca_policy *p, size_t live,
                                  enum ca_tri least, int hours, bool is_undone)
{
    bool is_short = hours < 0 || (p->session.hours >= 0 && p->session.hours <= hours) ||
                    (p->session.hours == CA_HOURS_UNREAD && least == CA_MAYBE);

    if (is_short && !is_undone)
        return least == CA_YES ? a->must[live] : a->may[live];
    return least == CA_YES ? p->must[CA_BOX_BLOCK] : p->may[CA_BOX_BLOCK];
}

static size_t covers(const struct ca_model *m, const struct asked *a, enum ca_tri least, int hours)
{
    const struct ca_effects *x = m->effects;
    bool is_undone = false;
    size_t n = 0;

    for (size_t l = 0; l < m->lives; l++)
        is_undone = is_undone || (a->row->demand == CA_ASK_NO_PERSISTENCE && least == CA_YES &&
                                  x->key[l] != CA_NO && keeps_session(live_policy(m, l)));
    for (size_t l = 0; l < m->lives; l++) {
        const uint64_t *box = box_within(a, live_policy(m, l), l, least, hours, is_undone);

        if (x->key[l] >= (uint8_t)least && !ca_box_is_empty(&m->space, box))
            x->cover[n++] = box;
    }
    return n;
}

static enum ca_tri is_open(struct ca_model *m, const struct asked *a, enum ca_tri least, int hours)
{
    size_t n = covers(m, a, least, hours);

    return ca_ask(m, least == CA_YES ? a->where.possible : a->where.exists, m->effects->cover, n,
                  m->effects->rest);
}

/* The shortest time after which everybody has to sign in again, for certain and perhaps. */
static void judge_hours(struct ca_model *m, const struct asked *a, struct told *t)
{
    const struct ca_effects *x = m->effects;

    t->hours = t->hours_least = CA_HOURS_NONE;
    if (a->row->demand != CA_ASK_HOURS)
        return;
    if (is_open(m, a, CA_YES, 0) == CA_NO)
        t->hours = 0; /* blocked, or every time */
    for (size_t i = 0; i < x->hours_n && t->hours == CA_HOURS_NONE; i++)
        if (is_open(m, a, CA_YES, x->hours[i]) == CA_NO)
            t->hours = x->hours[i];
    if (m->missing_policies != NULL || is_open(m, a, CA_MAYBE, 0) != CA_YES)
        t->hours_least = 0;
    for (size_t i = 0; i < x->hours_n && t->hours_least == CA_HOURS_NONE; i++)
        if (is_open(m, a, CA_MAYBE, x->hours[i]) != CA_YES)
            t->hours_least = x->hours[i];
}

static void keep_witness(struct ca_model *m, const struct asked *a, struct ca_effect *f,
                         enum ca_tri least)
{
    uint64_t *point = ca_pool_get(&m->pool, m->space.total, sizeof *point);
    uint64_t *around = ca_pool_get(&m->pool, m->space.total, sizeof *around);
    size_t n = covers(m, a, least, -1);

    ca_witness(m, least == CA_YES ? a->where.possible : a->where.exists, m->effects->rest,
               m->effects->cover, n, point, around);
    f->gap = point;
    f->around = around;
}

static bool is_touched(const struct ca_model *m, const struct asked *a)
{
    size_t n = covers(m, a, CA_MAYBE, -1);

    for (size_t i = 0; i < n; i++)
        if (ca_box_meets(&m->space, m->effects->cover[i], a->where.possible))
            return true;
    return false;
}

static void judge(struct ca_model *m, const struct asked *a, struct told *t)
{
    struct ca_effect *f = &t->f;
    enum ca_tri open;
    enum ca_tri gap = CA_NO;

    f->question = a->row;
    f->where = a->where;
    judge_hours(m, a, t);
    if (ca_box_is_empty(&m->space, a->where.exists)) { /* its application is not told apart */
        f->mfa = CA_MFA_UNDECIDED;
        f->is_limit = true;
        return;
    }
    open = is_open(m, a, CA_YES, -1);
    f->mfa = open == CA_NO ? CA_MFA_ALWAYS : CA_MFA_UNDECIDED;
    if (open == CA_NO)
        return;
    if (m->missing_policies == NULL)
        gap = is_open(m, a, CA_MAYBE, -1);
    f->is_limit = open == CA_MAYBE || gap == CA_MAYBE;
    if (gap == CA_YES) {
        f->is_gap_certain = true;
        keep_witness(m, a, f, CA_MAYBE);
        f->mfa = is_touched(m, a) ? CA_MFA_SOMETIMES : CA_MFA_NEVER;
    } else if (open == CA_YES && is_open(m, a, CA_YES, -1) == CA_YES) {
        keep_witness(m, a, f, CA_YES);
    }
}

static void read_key(const struct ca_model *m, const uint8_t *row, uint8_t *key)
{
    for (size_t l = 0; l < m->lives; l++) {
        bool may_act = live_policy(m, l)->state != CA_STATE_REPORT_ONLY;

        key[l] = !may_act                   ? CA_NO
                 : row[l] == CA_SCOPE_IN    ? CA_YES
                 : row[l] == CA_SCOPE_MAYBE ? CA_MAYBE
                                            : CA_NO;
    }
}

static uint32_t answer_of(struct ca_model *m, struct asked *a, const uint8_t *whole)
{
    struct ca_effects *x = m->effects;
    uint32_t at;
    struct told *t;

    for (size_t l = 0; l < m->lives; l++)
        x->row[l] = a->is_part[l] ? whole[l] : (uint8_t)CA_SCOPE_OUT;
    at = ca_map_add(&a->at, x->row, m->lives + 1, (uint32_t)a->n);
    if (at != a->n)
        return at;
    if (a->n == a->cap) {
        a->cap = a->cap > 0 ? a->cap * 2 : 16;
        a->told = xreallocarray(a->told, a->cap, sizeof(struct told *));
    }
    t = ca_pool_get(&m->pool, 1, sizeof *t);
    a->told[a->n++] = t;
    read_key(m, x->row, x->key);
    m->meter = &m->effect_boxes;
    judge(m, a, t);
    m->meter = &m->boxes;
    if (t->f.mfa != CA_MFA_ALWAYS) {
        t->gap = ca_effect_json(m, x->row, x->key, &t->f);
        t->words = ca_effect_words(m, t->gap);
    }
    return at;
}

static uint32_t effect_of(struct ca_model *m, const uint8_t *row)
{
    struct ca_effects *x = m->effects;
    uint32_t at;

    for (size_t q = 0; q < x->n; q++)
        x->now[q] = answer_of(m, &x->asked[q], row);
    at = ca_map_add(&x->tuple_at, x->now, x->n * sizeof *x->now, (uint32_t)x->tuples);
    if (at == x->tuples) {
        if (x->tuples == x->cap) {
            x->cap = x->cap > 0 ? x->cap * 2 : 16;
            x->tuple = xreallocarray(x->tuple, x->cap, sizeof(uint32_t *));
        }
        x->tuple[x->tuples] = ca_pool_get(&m->pool, x->n, sizeof **x->tuple);
        memcpy(x->tuple[x->tuples++], x->now, x->n * sizeof *x->now);
    }
    return at;
}

size_t ca_user_effect(struct ca_model *m, size_t user)
{
    struct ca_effects *x = m->effects;
    uint32_t class_id = m->people.user[user].class_id;

    if (x->of_class[class_id] == 0)
        x->of_class[class_id] = effect_of(m, ca_class_row(m, class_id)) + 1;
    return x->of_class[class_id] - 1;
}

size_t ca_role_effect(struct ca_model *m, size_t user, const char *role)
{
    uint32_t at = ca_map_get(&m->roles.by_id, role, strlen(role) + 1);
    const struct ca_circle *r = at != CA_MAP_NONE ? m->roles.v[at] : NULL;
    uint8_t *row;
    size_t effect;

    if (r == NULL || !ca_circle_has(r->eligible, r->eligible_n, (uint32_t)user))
        return ca_user_effect(m, user);
    row = xcalloc(m->lives + 1, 1);
    memcpy(row, ca_class_row(m, m->people.user[user].class_id), m->lives);
    for (size_t l = 0; l < m->lives; l++)
        if (ca_has_targets(live_policy(m, l), CA_KIND_ROLE))
            row[l] = (uint8_t)ca_scope_as(m, live_policy(m, l), user, r);
    effect = effect_of(m, row);
    free(row);
    return effect;
}

size_t ca_effect_count(const struct ca_model *m)
{
    return m->effects->tuples;
}

void ca_effect_answer(const struct ca_model *m, size_t effect, size_t question,
                      struct ca_effect_answer *out)
{
    static const char *const words[] = {[CA_MFA_ALWAYS] = "always",
                                        [CA_MFA_SOMETIMES] = "sometimes",
                                        [CA_MFA_NEVER] = "never",
                                        [CA_MFA_UNDECIDED] = "unknown"};
    const struct ca_effects *x = m->effects;
    const struct told *t = x->asked[question].told[x->tuple[effect][question]];

    *out = (struct ca_effect_answer){.question = x->asked[question].row->id,
                                     .answer = words[t->f.mfa],
                                     .hours = t->hours,
                                     .hours_least = t->hours_least,
                                     .gap = t->gap,
                                     .words = t->words};
}

size_t ca_question_count(void)
{
    return ca_question_rows();
}
