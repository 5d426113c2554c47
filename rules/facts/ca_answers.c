/* Two questions about Exchange Online: basic authentication over SMTP, and the OAuth sign-in of a
 * mobile or desktop app. */
#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "base/text.h"
#include "ca_axis.h"
#include "ca_filter.h"
#include "ca_places.h"
#include "ca_verdict.h"

#include <stdlib.h>
#include <string.h>

/* The first atoms of these axes hold Exchange Online and the unregistered device. */
enum { EXCHANGE_ATOM = 0, UNREGISTERED_ATOM = 0 };

struct asker {
    struct ca_model *m;
    const uint8_t *key;
    enum ca_question q;
    const uint64_t *exists, *possible; /* the sign-ins that the question is about */
    bool is_part;                      /* ... and only a part of it: words differ */
    const uint64_t **cover;            /* room for a box a live policy */
    uint8_t *hold;                     /* enum hold, one a live policy */
};

const char *ca_verdict_name(enum ca_verdict v)
{
    static const char *const names[] = {[CA_ALLOW] = "allow",
                                        [CA_CONDITIONAL] = "conditional",
                                        [CA_UNKNOWN] = "unknown",
                                        [CA_BLOCK] = "block"};

    return names[v];
}

/* SMTP: client "other", not in the compliant network, no device, no platform to be seen (inferred:
 * the client reports none, so it is the platform of Microsoft's policy for unknown platforms),
 * never one of the authentication flows. OAuth: an ordinary flow on any device and platform. */
static uint64_t *sign_ins(struct ca_model *m, enum ca_question q, unsigned flags)
{
    uint64_t *box = ca_box_full(m, flags);
    const struct ca_axis *a = m->axis;

    ca_box_only(m, box, CA_APP, EXCHANGE_ATOM);
    ca_box_only(m, box, CA_FLOW, ca_axis_find(&a[CA_FLOW], "none"));
    if (q == CA_OAUTH_DELEGATED) {
        size_t app = ca_axis_find(&a[CA_CLIENT], "mobileAppsAndDesktopClients");

        /* one atom with the browser when no policy tells them apart */
        ca_box_only(m, box, CA_CLIENT,
                    app != SIZE_MAX ? app : ca_axis_find(&a[CA_CLIENT], "browser"));
        return box;
    }
    for (size_t i = 0; i < a[CA_LOCATION].n; i++)
        if (a[CA_LOCATION].atom[i].part == CA_PART_COMPLIANT)
            ca_bit_drop(&m->space, box, CA_LOCATION, i);
    ca_box_only(m, box, CA_CLIENT, ca_axis_find(&a[CA_CLIENT], "other"));
    ca_box_only(m, box, CA_PLATFORM, ca_axis_find(&a[CA_PLATFORM], "none"));
    ca_box_only(m, box, CA_DEVICE, UNREGISTERED_ATOM);
    return box;
}

struct ca_region ca_region(struct ca_model *m, enum ca_question q)
{
    return (struct ca_region){.exists = sign_ins(m, q, CA_ATOM_EXISTS),
                              .possible = sign_ins(m, q, CA_ATOM_POSSIBLE)};
}

/* Does the policy, once in scope, do anything to these sign-ins? A legacy client it stops. */
static enum ca_tri acts(const struct ca_policy *p, enum ca_question q)
{
    return q == CA_BASIC_SMTP ? p->legacy_block : p->has_grant;
}

enum hold { HOLD_NOT, HOLD_UNKNOWN, HOLD_SOME, HOLD_ALL };

/* How much of the question's sign-ins the policy takes in. */
static enum hold hold_of(const struct asker *a, size_t live)
{
    const struct ca_space *s = &a->m->space;
    const struct ca_policy *p = &a->m->policy[a->m->live[live]];
    enum ca_tri sure = ca_and((enum ca_tri)a->key[live], acts(p, a->q));

    if (sure == CA_NO || !ca_box_meets(s, p->may[CA_BOX_SCOPE], a->possible))
        return HOLD_NOT;
    if (sure == CA_MAYBE || !ca_box_meets(s, p->must[CA_BOX_SCOPE], a->possible))
        return HOLD_UNKNOWN;
    return ca_box_holds(s, p->must[CA_BOX_SCOPE], a->possible) ? HOLD_ALL : HOLD_SOME;
}

/* "when locations are any location except HQ and sign-in risk is high" */
static void add_limits(const struct asker *a, const struct ca_policy *p, struct buf *b)
{
    const struct ca_space *s = &a->m->space;
    const char *sep = " when the sign-in matches ";

    for (int d = 0; d < CA_DIM_COUNT; d++) {
        bool is_whole = true;

        for (size_t w = s->at[d]; w < s->at[d] + s->words[d]; w++)
            is_whole = is_whole && (a->possible[w] & ~p->must[CA_BOX_SCOPE][w]) == 0;
        if (is_whole)
            continue;
        buf_addf(b, "%s%s: %s", sep, ca_dim_words((enum ca_dim)d),
                 ca_words_condition(a->m, p, (enum ca_dim)d));
        sep = " and ";
    }
}

static const char *make_words(const struct asker *a, size_t live, enum hold hold)
{
    const struct ca_policy *p = &a->m->policy[a->m->live[live]];
    struct buf b;
    const char *words;

    if (hold == HOLD_UNKNOWN)
        return ca_words_doubt(a->m, live, a->key[live] == CA_MAYBE, a->possible);
    buf_init(&b, LIMIT_CA_WORDS_BYTES);
    buf_adds(&b, ca_words_controls(a->m, p));
    if (hold == HOLD_SOME)
        add_limits(a, p, &b);
    words = ca_pool_text(&a->m->pool, b.p);
    buf_release(&b);
    return words;
}

/* A policy's words hang on the question, and on whether it is the people or the conditions that
 * leave doubt: four slots a question. */
static const char *line_words(const struct asker *a, size_t live, enum hold hold)
{
    size_t slot = (size_t)a->q * 4 + (hold == HOLD_ALL           ? 0u
                                      : hold == HOLD_SOME        ? 1u
                                      : a->key[live] == CA_MAYBE ? 2u
                                                                 : 3u);
    const char **kept = ca_word_slot(a->m, live, slot);

    if (a->is_part)
        return make_words(a, live, hold);
    if (*kept == NULL)
        *kept = make_words(a, live, hold);
    return *kept;
}

static void add_lines_of(const struct asker *a, enum hold wanted, struct ca_lines *to)
{
    struct ca_line *line;
    size_t n = 0;

    for (size_t l = 0; l < a->m->lives; l++)
        n += a->hold[l] == (uint8_t)wanted ? 1 : 0;
    if (n == 0)
        return;
    line = ca_pool_get(&a->m->pool, n, sizeof *line);
    to->v = line;
    for (size_t l = 0; l < a->m->lives; l++) {
        const struct ca_policy *p = &a->m->policy[a->m->live[l]];

        if (a->hold[l] == (uint8_t)wanted)
            line[to->n++] = (struct ca_line){p->id, p->name, line_words(a, l, wanted)};
    }
}

static void add_lines(const struct asker *a, struct ca_answer *out)
{
    for (size_t l = 0; l < a->m->lives; l++)
        a->hold[l] = (uint8_t)hold_of(a, l);
    add_lines_of(a, HOLD_ALL, &out->certain);
    add_lines_of(a, HOLD_SOME, &out->conditional);
    add_lines_of(a, HOLD_UNKNOWN, &out->unknown);
}

/* Are all these sign-ins stopped? Covers: the boxes that stop them. */
static enum ca_tri is_all_stopped(const struct asker *a, enum ca_tri least)
{
    const uint64_t *universe = least == CA_YES ? a->possible : a->exists;
    size_t n = a->q == CA_BASIC_SMTP ? ca_legacy_boxes(a->m, a->key, least, a->cover)
                                     : ca_boxes(a->m, a->key, CA_BOX_BLOCK, least, a->cover);

    return ca_not(ca_ask(a->m, universe, a->cover, n, NULL));
}

static enum ca_verdict verdict_of(const struct asker *a, const struct ca_answer *lines)
{
    bool may_be_stopped;

    if (is_all_stopped(a, CA_YES) == CA_YES)
        return CA_BLOCK;
    may_be_stopped = a->m->missing_policies != NULL || is_all_stopped(a, CA_MAYBE) != CA_NO;
    if (may_be_stopped)
        return CA_UNKNOWN;
    if (lines->certain.n + lines->conditional.n > 0)
        return CA_CONDITIONAL;
    return lines->unknown.n > 0 ? CA_UNKNOWN : CA_ALLOW;
}

/* A policy for device code flow alone does not touch the ordinary flow, but whoever plans to use
 * that flow should see it. */
static void add_flow_notes(const struct asker *a, struct ca_answer *out)
{
    struct ca_model *m = a->m;
    size_t flow = ca_axis_find(&m->axis[CA_FLOW], "deviceCodeFlow");
    struct asker other = *a;
    uint64_t *box;
    struct ca_line *line;
    size_t n = 0;

    if (a->q != CA_OAUTH_DELEGATED || flow == SIZE_MAX)
        return;
    box = xcalloc(m->space.total, sizeof *box);
    memcpy(box, a->possible, m->space.total * sizeof *box);
    ca_box_only(m, box, CA_FLOW, flow);
    other.possible = box;
    for (size_t l = 0; l < m->lives; l++)
        n += a->hold[l] == HOLD_NOT && hold_of(&other, l) >= HOLD_SOME ? 1 : 0;
    line = ca_pool_get(&m->pool, out->conditional.n + n + 1, sizeof *line);
    if (out->conditional.n > 0)
        memcpy(line, out->conditional.v, out->conditional.n * sizeof *line);
    for (size_t l = 0; l < m->lives && n > 0; l++) {
        const struct ca_policy *p = &m->policy[m->live[l]];

        if (a->hold[l] != HOLD_NOT || hold_of(&other, l) < HOLD_SOME)
            continue;
        line[out->conditional.n++] =
            (struct ca_line){p->id, p->name,
                             ca_pool_textf(&m->pool, "%s when the sign-in uses device code flow",
                                           ca_words_controls(m, p))};
    }
    if (out->conditional.n > 0)
        out->conditional.v = line;
    free(box);
}

/* Whether a policy for named platforms leaves a client alone that reports none is inferred, and so
 * is what a filter of mixed operators says of an unregistered device. */
static bool hangs_on_inference(const struct asker *a)
{
    const struct ca_model *m = a->m;
    bool hangs = false;
    uint64_t *wider = xcalloc(m->space.total, sizeof *wider);
    uint64_t *full = NULL;

    for (size_t l = 0; l < m->lives && !hangs; l++) {
        const struct ca_policy *p = &m->policy[m->live[l]];

        if (a->key[l] == CA_NO || acts(p, a->q) == CA_NO)
            continue;
        for (size_t i = 0; i < p->targets; i++)
            hangs = hangs || (p->target[i].kind == CA_KIND_DEVICE_FILTER &&
                              p->target[i].ref != NULL && ca_rule_is_mixed(p->target[i].ref));
        if (a->hold[l] != HOLD_NOT || !ca_has_targets(p, CA_KIND_PLATFORM))
            continue;
        memcpy(wider, a->possible, m->space.total * sizeof *wider);
        full = wider + m->space.at[CA_PLATFORM];
        for (size_t w = 0; w < m->space.words[CA_PLATFORM]; w++)
            full[w] = ~UINT64_C(0);
        hangs = hangs || ca_box_meets(&m->space, p->may[CA_BOX_SCOPE], wider);
    }
    free(wider);
    return hangs;
}

static void add_names(struct buf *b, const struct ca_lines *lines)
{
    enum { NAMES = 3 };

    for (size_t i = 0; i < lines->n && i < NAMES; i++) {
        buf_adds(b, i > 0 ? "; " : ": ");
        buf_adds(b, "\"");
        text_add_cut(b, lines->v[i].policy_name, LIMIT_CA_NAME_CHARS);
        buf_addf(b, "\" (%s)", lines->v[i].words);
    }
    if (lines->n > NAMES)
        buf_addf(b, "; and %zu more", lines->n - NAMES);
}

static const char *sentence(const struct asker *a, const struct ca_answer *out)
{
    static const char *const opening[CA_QUESTION_COUNT][CA_BLOCK + 1] = {
        [CA_BASIC_SMTP] = {[CA_ALLOW] = "No Conditional Access policy stops basic authentication",
                           [CA_CONDITIONAL] = "Conditional Access stops basic authentication in "
                                              "some cases",
                           [CA_UNKNOWN] = "What Conditional Access does to basic authentication "
                                          "is not known",
                           [CA_BLOCK] = "Conditional Access stops basic authentication"},
        [CA_OAUTH_DELEGATED] = {[CA_ALLOW] = "No Conditional Access policy touches the OAuth "
                                             "sign-in",
                                [CA_CONDITIONAL] = "Conditional Access makes demands on the OAuth "
                                                   "sign-in",
                                [CA_UNKNOWN] = "What Conditional Access does to the OAuth sign-in "
                                               "is not known",
                                [CA_BLOCK] = "Conditional Access stops the OAuth sign-in"},
    };
    const struct ca_lines *lines = &out->certain;
    struct buf b;
    const char *words;

    buf_init(&b, LIMIT_CA_SENTENCE_BYTES);
    buf_adds(&b, opening[a->q][out->verdict]);
    if (out->verdict == CA_UNKNOWN && a->m->missing_policies != NULL)
        buf_addf(&b, ": %s", a->m->missing_policies);
    else if (out->verdict == CA_UNKNOWN)
        lines = &out->unknown;
    else if (lines->n == 0)
        lines = &out->conditional;
    if (out->verdict == CA_UNKNOWN && a->m->missing_policies == NULL && lines->n == 0)
        buf_adds(&b, ": the policies are too entangled to work out");
    if (out->verdict != CA_ALLOW && (out->verdict != CA_UNKNOWN || lines == &out->unknown))
        add_names(&b, lines);
    words = ca_pool_text(&a->m->pool, b.p);
    buf_release(&b);
    return words;
}

const struct ca_answer *ca_answer_build(struct ca_model *m, const uint8_t *key, enum ca_question q,
                                        const struct ca_region *where)
{
    struct ca_answer *out = ca_pool_get(&m->pool, 1, sizeof *out);
    struct asker a = {.m = m, .key = key, .q = q};

    a.exists = where->exists;
    a.possible = where->possible;
    a.is_part = where != ca_region_of(m, q);
    a.cover = xcalloc(m->lives + 1, sizeof(uint64_t *));
    a.hold = xcalloc(m->lives + 1, 1);
    add_lines(&a, out);
    out->verdict = verdict_of(&a, out);
    out->confidence = CA_HIGH;
    if (q == CA_BASIC_SMTP && out->verdict != CA_BLOCK && hangs_on_inference(&a))
        out->confidence = CA_MEDIUM;
    out->words = sentence(&a, out);
    add_flow_notes(&a, out);
    free(a.hold);
    free(a.cover);
    return out;
}

static const struct ca_answer *no_such_user(void)
{
    static const struct ca_answer unknown = {
        .verdict = CA_UNKNOWN,
        .confidence = CA_HIGH,
        .words = "The account is not among the users that were read"};

    return &unknown;
}

const struct ca_answer *ca_answer(struct ca_model *m, const char *user_id, enum ca_question q)
{
    size_t user = ca_people_find(&m->people, user_id);

    return user != SIZE_MAX ? ca_class_answer(m, m->people.user[user].class_id, q) : no_such_user();
}

/* The question's sign-ins that come from there. */
static struct ca_region region_from(struct ca_model *m, enum ca_question q,
                                    const struct ca_origin *from)
{
    struct ca_region r = ca_region(m, q);
    struct ca_ip ip = {0};
    const char *country = NULL;
    struct err e = ERR_INIT;

    if (!ca_ip_parse(from->ip, &ip) ||
        (from->country != NULL && ca_country_parse(m, from->country, &country, &e) != ERR_OK))
        BUG("an origin that was not checked");
    ca_places_only(m, r.exists, &ip, country);
    ca_places_only(m, r.possible, &ip, country);
    return r;
}

const struct ca_answer *ca_answer_from(struct ca_model *m, const char *user_id, enum ca_question q,
                                       const char *const *policy_ids, size_t n,
                                       const struct ca_origin *from)
{
    size_t user = ca_people_find(&m->people, user_id);
    const struct ca_answer *answer;
    uint8_t *key;

    if (user == SIZE_MAX)
        return no_such_user();
    key = xcalloc(m->lives + 1, 1);
    ca_key_of(m, ca_class_row(m, m->people.user[user].class_id), key);
    for (size_t l = 0; l < m->lives; l++)
        for (size_t i = 0; i < n; i++)
            if (str_ieq(m->policy[m->live[l]].id, policy_ids[i]))
                key[l] = CA_NO;
    if (from != NULL && from->ip != NULL) {
        struct ca_region where = region_from(m, q, from);

        answer = ca_answer_within(m, key, q, &where);
    } else {
        answer = ca_answer_of(m, key, q);
    }
    free(key);
    return answer;
}

const struct ca_answer *ca_answer_without(struct ca_model *m, const char *user_id,
                                          enum ca_question q, const char *const *policy_ids,
                                          size_t n)
{
    return ca_answer_from(m, user_id, q, policy_ids, n, NULL);
}
