#include "ca_gap.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "base/text.h"
#include "ca_asked.h"
#include "ca_axis.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { NEAR_MISSES = 4, UNKNOWN_POLICIES = 5 };

/* Valid UTF-8 of a limited length, whatever the tenant wrote. */
static json_t *json_words(const char *s)
{
    struct buf b;
    json_t *o;

    buf_init(&b, LIMIT_CA_SENTENCE_BYTES);
    text_add_cut(&b, s, LIMIT_CA_WORDS_BYTES);
    o = json_string(b.p);
    buf_release(&b);
    return o != NULL ? o : json_string("");
}

static void put(json_t *o, const char *key, json_t *value)
{
    if (json_object_set_new(o, key, value) != 0)
        BUG("no memory for JSON");
}

static void append(json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0)
        BUG("no memory for JSON");
}

static const struct ca_atom *atom_of(const struct ca_model *m, const uint64_t *point, enum ca_dim d)
{
    return &m->axis[d].atom[ca_point_atom(m, point, d)];
}

/* Does the value of this condition not matter, as far as the gap goes? */
static bool is_any(const struct ca_model *m, const struct ca_effect *f, enum ca_dim d)
{
    const uint64_t *universe = f->is_gap_certain ? f->where.exists : f->where.possible;

    for (size_t w = m->space.at[d]; w < m->space.at[d] + m->space.words[d]; w++)
        if ((universe[w] & ~f->around[w]) != 0)
            return false;
    return true;
}

static void add_risk(struct buf *b, const struct ca_model *m, const struct ca_effect *f,
                     enum ca_dim d)
{
    const struct ca_atom *a = atom_of(m, f->gap, d);

    if (is_any(m, f, d))
        return;
    if (str_eq(a->id, "none"))
        buf_addf(b, ", no %s", ca_dim_words(d));
    else
        buf_addf(b, ", %s %s", a->words, ca_dim_words(d));
}

/* "browser on Linux, any location, no sign-in risk, application Exchange Online" */
static json_t *gap_words(const struct ca_model *m, const struct ca_effect *f)
{
    struct buf b;
    json_t *words;

    buf_init(&b, LIMIT_CA_SENTENCE_BYTES);
    buf_adds(&b,
             is_any(m, f, CA_CLIENT) ? "any modern client" : atom_of(m, f->gap, CA_CLIENT)->words);
    if (is_any(m, f, CA_PLATFORM))
        buf_adds(&b, " on any platform");
    else
        buf_addf(&b, " on %s", atom_of(m, f->gap, CA_PLATFORM)->words);
    if (is_any(m, f, CA_LOCATION))
        buf_adds(&b, ", any location");
    else
        buf_addf(&b, ", location: %s", atom_of(m, f->gap, CA_LOCATION)->words);
    add_risk(&b, m, f, CA_USER_RISK);
    add_risk(&b, m, f, CA_SIGN_IN_RISK);
    add_risk(&b, m, f, CA_INSIDER_RISK);
    if (!is_any(m, f, CA_FLOW))
        buf_addf(&b, ", %s", atom_of(m, f->gap, CA_FLOW)->words);
    if (!is_any(m, f, CA_DEVICE))
        buf_addf(&b, ", %s", atom_of(m, f->gap, CA_DEVICE)->words);
    if (is_any(m, f, CA_APP))
        buf_adds(&b, ", any application");
    else
        buf_addf(&b, ", application: %s", atom_of(m, f->gap, CA_APP)->words);
    words = json_words(b.p);
    buf_release(&b);
    return words;
}

static bool is_asked(const struct ca_effect *f, enum ca_dim d)
{
    return f->question != NULL && f->question->value[d][0] != NULL;
}

/* What a question is about goes without saying; so does what does not matter. */
static json_t *asked_words(const struct ca_model *m, const struct ca_effect *f)
{
    static const struct {
        enum ca_dim d;
        const char *before, *after;
    } parts[] = {
        {CA_CLIENT, "", ""},
        {CA_PLATFORM, "on ", ""},
        {CA_LOCATION, "location: ", ""},
        {CA_USER_RISK, "", " user risk"},
        {CA_SIGN_IN_RISK, "", " sign-in risk"},
        {CA_INSIDER_RISK, "", " insider risk"},
        {CA_FLOW, "", ""},
        {CA_DEVICE, "", ""},
        {CA_APP, "application: ", ""},
    };
    struct buf b;
    json_t *words;

    buf_init(&b, LIMIT_CA_SENTENCE_BYTES);
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        const struct ca_atom *a = atom_of(m, f->gap, parts[i].d);
        bool is_risk = parts[i].after[0] != '\0';

        if (is_any(m, f, parts[i].d) || is_asked(f, parts[i].d))
            continue;
        buf_addf(&b, "%s%s%s%s", b.n > 0 ? ", " : "", parts[i].before,
                 is_risk && str_eq(a->id, "none") ? "no" : a->words, parts[i].after);
    }
    words = json_words(b.n > 0 ? b.p : "any sign-in");
    buf_release(&b);
    return words;
}

static void put_sign_in(json_t *o, const struct ca_model *m, const struct ca_effect *f)
{
    json_t *any = json_array();

    for (int d = 0; d < CA_DIM_COUNT; d++) {
        const struct ca_atom *a = atom_of(m, f->gap, (enum ca_dim)d);
        bool is_worded = d == CA_APP || d == CA_LOCATION || d == CA_DEVICE;
        const char *words = a->words;
        const char *id = is_asked(f, (enum ca_dim)d)
                             ? ca_question_value(f->question, (enum ca_dim)d, &words)
                             : NULL;

        id = id != NULL ? id : a->id;
        put(o, ca_dim_name((enum ca_dim)d), json_words(is_worded ? words : id));
        if (d == CA_APP && (str_is_guid(id) || str_starts(id, "urn:")))
            put(o, "app_id", json_words(id));
        if (is_any(m, f, (enum ca_dim)d))
            append(any, json_string(ca_dim_name((enum ca_dim)d)));
    }
    put(o, "any", any);
    put(o, "certain", json_boolean(f->is_gap_certain));
    put(o, "in_words", f->question != NULL ? asked_words(m, f) : gap_words(m, f));
}

/* One policy at one point: how many conditions fail, and the last that does. */
struct miss {
    size_t fails;
    const char *not_met;
    const char *detail;
};

static void fail(struct miss *miss, const char *what, const char *detail)
{
    miss->fails++;
    miss->not_met = what;
    miss->detail = detail;
}

/* Does the policy, on this device, do what the effect is about? */
static enum ca_tri holds(const struct ca_policy *p, const struct ca_effect *f,
                         const struct ca_atom *device)
{
    return f->question != NULL ? ca_question_holds(p, device, f->question)
                               : ca_demand_on(p, device).covers;
}

static struct miss miss_of(struct ca_model *m, size_t live, const uint8_t *row,
                           const struct ca_effect *f)
{
    const uint64_t *point = f->gap;
    const struct ca_policy *p = &m->policy[m->live[live]];
    const struct ca_atom *device = atom_of(m, point, CA_DEVICE);
    struct miss miss = {0, NULL, NULL};

    if (row[live] != CA_SCOPE_IN)
        fail(&miss, "users",
             row[live] == CA_SCOPE_EXCLUDED ? "excluded"
             : row[live] == CA_SCOPE_OUT    ? "not included"
                                            : "not known");
    if (p->state != CA_STATE_ENFORCED)
        fail(&miss, "state",
             p->state == CA_STATE_REPORT_ONLY ? "report-only" : "not known to this program");
    for (int d = 0; d < CA_DIM_COUNT; d++)
        if (atom_of(m, point, (enum ca_dim)d)->scope[live] != CA_YES) {
            fail(&miss, ca_dim_name((enum ca_dim)d), NULL);
            if (miss.fails == 1)
                miss.detail = ca_words_condition(m, p, (enum ca_dim)d);
        }
    if (miss.fails <= 1 && holds(p, f, device) != CA_YES)
        fail(&miss, "control", ca_words_controls(m, p));
    return miss;
}

/* Conditions that the policy restricts and that the sign-in meets. */
static json_t *met_conditions(const struct ca_model *m, size_t live, const uint8_t *row,
                              const uint64_t *point)
{
    json_t *met = json_array();

    if (row[live] == CA_SCOPE_IN)
        append(met, json_string("users"));
    for (int d = 0; d < CA_DIM_COUNT; d++) {
        bool is_restricted = false;

        for (size_t i = 0; i < m->axis[d].n; i++)
            is_restricted = is_restricted || (m->axis[d].atom[i].flags != CA_ATOM_ACTION &&
                                              m->axis[d].atom[i].scope[live] != CA_YES);
        if (is_restricted && atom_of(m, point, (enum ca_dim)d)->scope[live] == CA_YES)
            append(met, json_string(ca_dim_name((enum ca_dim)d)));
    }
    return met;
}

/* Worth naming: a policy with a grant control; of a question, one that could hold it. */
static bool may_help(const struct ca_model *m, size_t live, const struct ca_effect *f)
{
    if (f->question == NULL)
        return m->policy[m->live[live]].has_grant != CA_NO;
    return ca_box_meets(&m->space, ca_asked_box(m, f->question, live, CA_MAYBE), f->where.possible);
}

/* Policies of which one condition only is not met; those in force first. */
static json_t *near_misses(struct ca_model *m, const uint8_t *row, const struct ca_effect *f)
{
    json_t *list = json_array();

    for (int wanted = 0; wanted < 2; wanted++)
        for (size_t l = 0; l < m->lives && json_array_size(list) < NEAR_MISSES; l++) {
            const struct ca_policy *p = &m->policy[m->live[l]];
            struct miss miss;
            json_t *o;

            if (!may_help(m, l, f) || (p->state == CA_STATE_ENFORCED) != (wanted == 0))
                continue;
            miss = miss_of(m, l, row, f);
            if (miss.fails != 1)
                continue;
            o = json_object();
            put(o, "policy", json_words(p->id));
            put(o, "name", json_words(p->name));
            put(o, "met", met_conditions(m, l, row, f->gap));
            put(o, "not_met", json_string(miss.not_met));
            put(o, "detail", json_words(miss.detail));
            append(list, o);
        }
    return list;
}

static const uint64_t *box_of(const struct ca_model *m, const struct ca_effect *f, size_t live,
                              enum ca_tri least)
{
    const struct ca_policy *p = &m->policy[m->live[live]];

    if (f->question != NULL)
        return ca_asked_box(m, f->question, live, least);
    return least == CA_YES ? p->must[CA_BOX_COVER] : p->may[CA_BOX_COVER];
}

/* Why the answer is unknown. */
static json_t *unknown_reasons(struct ca_model *m, const uint8_t *key, const struct ca_effect *f,
                               unsigned reasons)
{
    json_t *list = json_array();
    size_t named = 0;

    if ((reasons & CA_GAP_DEFAULTS_UNREAD) != 0)
        append(list, json_string("whether security defaults are on was not read"));
    if ((reasons & CA_GAP_ROLES_UNREAD) != 0)
        append(list, json_string("which directory roles the person has is not known"));
    if ((reasons & CA_GAP_MFA_UNREAD) != 0)
        append(list, json_string("the person's per-user MFA state was not read"));
    if (f->mfa != CA_MFA_UNDECIDED)
        return list;
    if (m->missing_policies != NULL)
        append(list, json_words(m->missing_policies));
    if (f->is_limit)
        append(list, json_string("the policies are too entangled to work out"));
    for (size_t l = 0; f->gap != NULL && l < m->lives && named < UNKNOWN_POLICIES; l++) {
        const struct ca_policy *p = &m->policy[m->live[l]];
        struct buf b;

        if (key[l] == CA_NO || !ca_box_meets(&m->space, p->may[CA_BOX_SCOPE], f->gap) ||
            (key[l] == CA_YES && ca_box_holds(&m->space, box_of(m, f, l, CA_YES), f->gap)))
            continue;
        /* certain to apply and certain not to cover: nothing is unknown of it */
        if (key[l] == CA_YES && ca_box_holds(&m->space, p->must[CA_BOX_SCOPE], f->gap) &&
            !ca_box_meets(&m->space, box_of(m, f, l, CA_MAYBE), f->gap))
            continue;
        buf_init(&b, LIMIT_CA_SENTENCE_BYTES);
        buf_adds(&b, "policy \"");
        text_add_cut(&b, p->name, LIMIT_CA_NAME_CHARS);
        buf_addf(&b, "\": %s", ca_words_doubt(m, l, key[l] == CA_MAYBE, f->gap));
        append(list, json_words(b.p));
        buf_release(&b);
        named++;
    }
    return list;
}

static json_t *eligible_policies(const struct ca_model *m, size_t user, const uint8_t *row)
{
    json_t *list = json_array();

    for (size_t l = 0; m->people.user[user].is_eligible && l < m->lives; l++) {
        const struct ca_policy *p = &m->policy[m->live[l]];

        if (p->state == CA_STATE_ENFORCED && row[l] == CA_SCOPE_OUT && ca_is_eligible(p, user))
            append(list, json_words(p->id));
    }
    return list;
}

/* Takes over `o`. */
static const char *keep(struct ca_model *m, json_t *o)
{
    char *text = json_dumps(o, JSON_COMPACT);
    const char *kept;

    if (text == NULL)
        BUG("no memory for JSON");
    kept = ca_text(m, text);
    free(text);
    json_decref(o);
    return kept;
}

static const char *build(struct ca_model *m, const uint8_t *row, const struct ca_effect *f,
                         unsigned reasons, json_t *eligible)
{
    json_t *o = json_object();
    uint8_t *key = xcalloc(m->lives + 1, 1);

    ca_key_of(m, row, key);

    if (f->gap != NULL) {
        put_sign_in(o, m, f);
        put(o, "near_misses", near_misses(m, row, f));
    }
    if (json_array_size(eligible) > 0)
        put(o, "eligible", json_incref(eligible));
    if ((reasons & CA_GAP_DEFAULTS) != 0)
        put(o, "security_defaults",
            json_string("ask for MFA when Microsoft finds it necessary; always of administrators"));
    if ((reasons & CA_GAP_UNKNOWN) != 0)
        put(o, "unknown", unknown_reasons(m, key, f, reasons));
    free(key);
    return keep(m, o);
}

/* The text that was made under this key, or a place for it. */
static const char **place_of(struct ca_model *m, const void *key, size_t n)
{
    uint32_t at = ca_map_add(&m->gap_at, key, n, (uint32_t)m->gaps);

    if (at == m->gaps) {
        if (m->gaps == m->gaps_cap) {
            m->gaps_cap = m->gaps_cap > 0 ? m->gaps_cap * 2 : 64;
            m->gap = xreallocarray(m->gap, m->gaps_cap, sizeof *m->gap);
        }
        m->gap[m->gaps++] = NULL;
    }
    return &m->gap[at];
}

const char *ca_gap_json(struct ca_model *m, size_t user, const struct ca_effect *f,
                        unsigned reasons)
{
    uint32_t key[2] = {m->people.user[user].class_id, reasons};
    const uint8_t *row = ca_class_row(m, key[0]);
    json_t *eligible = eligible_policies(m, user, row);
    const char *text;

    if (json_array_size(eligible) > 0) { /* the person's own */
        text = build(m, row, f, reasons, eligible);
    } else {
        const char **kept = place_of(m, key, sizeof key);

        if (*kept == NULL)
            *kept = build(m, row, f, reasons, eligible);
        text = *kept;
    }
    json_decref(eligible);
    return text;
}

const char *ca_effect_json(struct ca_model *m, const uint8_t *row, const uint8_t *key,
                           const struct ca_effect *f)
{
    json_t *o = json_object();

    if (f->gap != NULL) {
        put_sign_in(o, m, f);
        put(o, "near_misses", near_misses(m, row, f));
    }
    if (f->mfa == CA_MFA_UNDECIDED)
        put(o, "unknown", unknown_reasons(m, key, f, CA_GAP_UNKNOWN));
    return keep(m, o);
}

/* "the account is excluded", "report-only", "locations: any except HQ" */
static void add_miss(struct buf *b, const json_t *miss)
{
    const char *what = json_string_value(json_object_get(miss, "not_met"));
    const char *detail = json_string_value(json_object_get(miss, "detail"));

    if (str_eq(what, "users"))
        buf_adds(b, str_eq(detail, "excluded") ? "the account is excluded" : detail);
    else if (str_eq(what, "state"))
        buf_adds(b, detail);
    else
        buf_addf(b, "%s: %s", what, detail);
}

const char *ca_effect_words(struct ca_model *m, const char *json)
{
    json_t *o = json_loads(json, 0, NULL);
    const json_t *unknown = json_object_get(o, "unknown");
    const json_t *misses = json_object_get(o, "near_misses");
    const json_t *one;
    struct buf b;
    const char *words;
    const char *sep = "; nearly caught by ";
    size_t i;

    if (o == NULL)
        BUG("a gap that is no JSON");
    buf_init(&b, LIMIT_CA_SENTENCE_BYTES);
    json_array_foreach(unknown, i, one)
    {
        buf_addf(&b, "%s%s", i > 0 ? "; " : "", json_string_value(one));
    }
    if (unknown == NULL)
        buf_adds(&b, json_string_value(json_object_get(o, "in_words")));
    json_array_foreach(misses, i, one)
    {
        if (unknown != NULL ||
            str_eq(json_string_value(json_object_get(one, "detail")), "not included"))
            continue;
        buf_addf(&b, "%s\"%s\" (", sep, json_string_value(json_object_get(one, "name")));
        add_miss(&b, one);
        buf_adds(&b, ")");
        sep = ", ";
    }
    if (b.n == 0)
        buf_adds(&b, "the policies are too entangled to work out");
    words = ca_text(m, b.p);
    buf_release(&b);
    json_decref(o);
    return words;
}

const char *ca_legacy_json(struct ca_model *m, const struct ca_answer *a, bool has_defaults,
                           bool with_unknown)
{
    const struct ca_lines *lines[] = {&a->certain, &a->conditional, &a->unknown};
    size_t kinds = with_unknown ? COUNT_OF(lines) : COUNT_OF(lines) - 1;
    struct strlist ids = {0};
    const struct {
        const struct ca_answer *answer;
        uintptr_t flags;
    } key = {a, (has_defaults ? 1u : 0u) | (with_unknown ? 2u : 0u)};
    const char **kept = place_of(m, &key, sizeof key);
    json_t *list;

    if (*kept != NULL)
        return *kept;
    list = json_array();
    for (size_t k = 0; k < kinds; k++)
        for (size_t i = 0; i < lines[k]->n; i++)
            strlist_add(&ids, lines[k]->v[i].policy_id);
    strlist_sort_unique(&ids);
    if (has_defaults)
        append(list, json_string("security-defaults"));
    for (size_t i = 0; i < ids.n; i++)
        append(list, json_words(ids.v[i]));
    strlist_release(&ids);
    *kept = keep(m, list);
    return *kept;
}
