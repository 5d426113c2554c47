/* Who is in scope of which policy, and the classes of people for whom that is the same.
 *
 * Policy after policy splits the classes so far by how each person stands to it. Time: people x
 * live policies, plus the members of groups; memory: a byte a policy for every class, a number a
 * person. */
#include "base/mem.h"
#include "base/strs.h"
#include "ca_model.h"

#include <stdlib.h>
#include <string.h>

/* How one side (include or exclude) of a policy has each person. */
struct side {
    uint8_t *is; /* enum ca_tri a person */
    bool is_used;
};

static void raise_all(const struct ca_model *m, struct side *s, enum ca_tri to)
{
    for (size_t u = 0; u < m->people.n; u++)
        if (s->is[u] < (uint8_t)to)
            s->is[u] = (uint8_t)to;
}

static void raise_circle(const struct ca_model *m, struct side *s, const struct ca_circle *c)
{
    if (!c->is_whole)
        raise_all(m, s, CA_MAYBE);
    for (size_t i = 0; i < c->n; i++)
        s->is[c->user[i]] = CA_YES;
}

static void raise_guests(const struct ca_model *m, struct side *s, const char *types,
                         const char *tenants)
{
    uint8_t is[CA_PERSON_UNSAID + 1];

    for (int k = 0; k <= CA_PERSON_UNSAID; k++)
        is[k] = (uint8_t)ca_guest_match((enum ca_person)k, types, tenants);
    for (size_t u = 0; u < m->people.n; u++)
        if (s->is[u] < is[m->people.user[u].person])
            s->is[u] = is[m->people.user[u].person];
}

/* A word that is neither of Graph's, nor a user, nor an id: some set of people that is new to us.
 */
static void raise_word(const struct ca_model *m, struct side *s, const char *word)
{
    size_t user;

    if (str_ieq(word, "All")) {
        raise_all(m, s, CA_YES);
    } else if (str_ieq(word, "GuestsOrExternalUsers")) {
        raise_guests(m, s, word, NULL);
    } else if (!str_ieq(word, "None")) {
        user = ca_people_find(&m->people, word);
        if (user != SIZE_MAX)
            s->is[user] = CA_YES;
        else if (!str_is_guid(word))
            raise_all(m, s, CA_MAYBE);
    }
}

static void raise_target(const struct ca_model *m, struct side *s, const struct ca_target *t)
{
    switch (t->kind) {
    case CA_KIND_USER:
        raise_word(m, s, t->text);
        break;
    case CA_KIND_GROUP:
    case CA_KIND_ROLE:
        raise_circle(m, s, t->ref);
        break;
    case CA_KIND_GUEST:
        raise_guests(m, s, t->text, t->detail);
        break;
    case CA_KIND_APP:
    case CA_KIND_APP_FILTER:
    case CA_KIND_USER_ACTION:
    case CA_KIND_CONTEXT:
    case CA_KIND_CLIENT:
    case CA_KIND_PLATFORM:
    case CA_KIND_LOCATION:
    case CA_KIND_DEVICE_FILTER:
    case CA_KIND_USER_RISK:
    case CA_KIND_SIGN_IN_RISK:
    case CA_KIND_INSIDER_RISK:
    case CA_KIND_FLOW:
    case CA_KIND_OTHER:
    case CA_KIND_COUNT:
        return;
    }
    s->is_used = true;
}

/* Exclusion beats inclusion. */
static enum ca_scope_state state_of(enum ca_tri in, enum ca_tri out)
{
    if (out == CA_YES)
        return CA_SCOPE_EXCLUDED;
    if (in == CA_NO)
        return CA_SCOPE_OUT;
    return in == CA_YES && out == CA_NO ? CA_SCOPE_IN : CA_SCOPE_MAYBE;
}

static enum ca_tri tri_of_one(const struct ca_model *m, const struct ca_target *t, size_t user)
{
    enum ca_person person = (enum ca_person)m->people.user[user].person;
    const struct ca_circle *c = t->ref;

    if (t->kind == CA_KIND_GUEST)
        return ca_guest_match(person, t->text, t->detail);
    if (t->kind == CA_KIND_GROUP || t->kind == CA_KIND_ROLE) {
        if (ca_circle_has(c->user, c->n, (uint32_t)user))
            return CA_YES;
        return c->is_whole ? CA_NO : CA_MAYBE;
    }
    if (str_ieq(t->text, "All"))
        return CA_YES;
    if (str_ieq(t->text, "GuestsOrExternalUsers"))
        return ca_guest_match(person, t->text, NULL);
    if (str_ieq(t->text, "None"))
        return CA_NO;
    if (str_eq(t->text, ca_people_id(&m->people, user)))
        return CA_YES;
    return str_is_guid(t->text) || ca_people_find(&m->people, t->text) != SIZE_MAX ? CA_NO
                                                                                   : CA_MAYBE;
}

bool ca_is_about_people(enum ca_kind kind)
{
    return kind == CA_KIND_USER || kind == CA_KIND_GROUP || kind == CA_KIND_ROLE ||
           kind == CA_KIND_GUEST;
}

enum ca_tri ca_target_has(const struct ca_model *m, const struct ca_target *t, size_t user)
{
    return ca_is_about_people(t->kind) ? tri_of_one(m, t, user) : CA_NO;
}

enum ca_scope_state ca_scope_as(const struct ca_model *m, const struct ca_policy *p, size_t user,
                                const struct ca_circle *role)
{
    enum ca_tri in = CA_NO;
    enum ca_tri out = CA_NO;

    for (size_t i = 0; i < p->targets; i++) {
        const struct ca_target *t = &p->target[i];
        enum ca_tri has = t->kind == CA_KIND_ROLE && role != NULL && t->ref == role
                              ? CA_YES
                              : ca_target_has(m, t, user);

        if (t->is_exclude)
            out = ca_or(out, has);
        else
            in = ca_or(in, has);
    }
    return state_of(in, out);
}

enum ca_scope_state ca_scope_of(const struct ca_model *m, const struct ca_policy *p, size_t user)
{
    return ca_scope_as(m, p, user, NULL);
}

const uint8_t *ca_class_row(const struct ca_model *m, size_t class_id)
{
    return m->classes.row + class_id * (m->lives > 0 ? m->lives : 1);
}

/* A new class like `from` in the policies so far. */
static uint32_t new_class(struct ca_model *m, uint32_t from)
{
    struct ca_classes *c = &m->classes;
    size_t width = m->lives > 0 ? m->lives : 1;

    if (c->n == c->cap) {
        c->cap = c->cap > 0 ? c->cap * 2 : 64;
        c->row = xreallocarray(c->row, c->cap * width, 1);
    }
    if (c->n > 0)
        memcpy(c->row + c->n * width, c->row + from * width, width);
    else
        memset(c->row, 0, width);
    return (uint32_t)c->n++;
}

enum { STATES = CA_SCOPE_IN + 1 };

/* Splits every class by the state of its people to the live-th policy. A class's first person keeps
 * its number, so that nothing is copied while nobody differs. */
static void split_classes(struct ca_model *m, size_t live, const struct side side[2])
{
    size_t before = m->classes.n;
    uint32_t(*part)[STATES] = xcalloc(before, sizeof *part); /* class number + 1 */
    bool *is_kept = xcalloc(before, sizeof *is_kept);

    for (size_t u = 0; u < m->people.n; u++) {
        uint32_t old = m->people.user[u].class_id;
        enum ca_scope_state state =
            state_of((enum ca_tri)side[0].is[u], (enum ca_tri)side[1].is[u]);

        if (part[old][state] == 0) {
            uint32_t now = is_kept[old] ? new_class(m, old) : old;

            is_kept[old] = true;
            m->classes.row[now * m->lives + live] = (uint8_t)state;
            part[old][state] = now + 1;
        }
        m->people.user[u].class_id = part[old][state] - 1;
    }
    free(part);
    free(is_kept);
}

void ca_scope_build(struct ca_model *m)
{
    struct side side[2];

    (void)new_class(m, 0);
    side[0].is = xcalloc(m->people.n + 1, 1);
    side[1].is = xcalloc(m->people.n + 1, 1);
    for (size_t l = 0; l < m->lives; l++) {
        const struct ca_policy *p = &m->policy[m->live[l]];

        for (int k = 0; k < 2; k++) {
            side[k].is_used = false;
            memset(side[k].is, CA_NO, m->people.n);
        }
        for (size_t i = 0; i < p->targets; i++)
            raise_target(m, &side[p->target[i].is_exclude ? 1 : 0], &p->target[i]);
        split_classes(m, l, side);
    }
    free(side[0].is);
    free(side[1].is);
}
