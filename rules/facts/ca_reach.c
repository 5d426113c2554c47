/* Whom one policy names, and by which of its entries; and table ca_reach: how many each reaches. */
#include "base/mem.h"
#include "base/strs.h"
#include "ca_model.h"
#include "derive.h"
#include "model/store.h"

#include <stdlib.h>

size_t ca_user_find(const struct ca_model *m, const char *id)
{
    return ca_people_find(&m->people, id);
}

uint32_t ca_user_class(const struct ca_model *m, size_t user)
{
    return m->people.user[user].class_id;
}

static const struct ca_policy *policy_of(const struct ca_model *m, const char *id)
{
    for (size_t i = 0; i < m->policies; i++)
        if (str_ieq(m->policy[i].id, id))
            return &m->policy[i];
    return NULL;
}

static const char *kind_of(const struct ca_target *t)
{
    switch ((int)t->kind) {
    case CA_KIND_GROUP:
        return "group";
    case CA_KIND_ROLE:
        return "role";
    case CA_KIND_GUEST:
        return "guest";
    default:
        return "user";
    }
}

/* Everybody by one word, or one person, in words. */
static struct ca_entry entry_of(struct ca_model *m, const struct ca_target *t)
{
    const struct ca_circle *c = t->kind == CA_KIND_GROUP || t->kind == CA_KIND_ROLE ? t->ref : NULL;
    struct ca_entry e = {.is_exclude = t->is_exclude, .kind = kind_of(t), .id = t->text};

    e.name = c != NULL && c->name != NULL ? c->name : t->text;
    if (c != NULL)
        e.note = c->is_gone ? "no longer exists" : c->doubt;
    else if (t->kind == CA_KIND_USER && str_is_guid(t->text) &&
             ca_people_find(&m->people, t->text) == SIZE_MAX)
        e.note = "not among the users that were read";
    e.target = t;
    return e;
}

bool ca_policy_open(struct ca_model *m, const char *id, struct ca_policy_people *out)
{
    const struct ca_policy *p = policy_of(m, id);
    struct ca_entry *v;

    *out = (struct ca_policy_people){NULL, NULL, NULL, NULL, false, NULL, 0, NULL};
    if (p == NULL)
        return false;
    v = ca_pool_get(&m->pool, p->targets + 1, sizeof *v);
    for (size_t i = 0; i < p->targets; i++)
        if (ca_is_about_people(p->target[i].kind))
            v[out->n++] = entry_of(m, &p->target[i]);
    out->id = p->id;
    out->name = p->name;
    out->state = p->state_text;
    out->controls = ca_words_controls(m, p);
    out->is_enforced = p->state == CA_STATE_ENFORCED || p->state == CA_STATE_UNSEEN;
    out->v = v;
    out->policy = p;
    return true;
}

enum ca_tri ca_entry_has(const struct ca_model *m, const struct ca_entry *e, size_t user)
{
    return ca_target_has(m, e->target, user);
}

enum ca_reach ca_policy_reach(const struct ca_model *m, const struct ca_policy_people *p,
                              size_t user)
{
    enum ca_tri in = CA_NO;
    enum ca_tri out = CA_NO;

    for (size_t i = 0; i < p->n; i++) {
        enum ca_tri has = ca_target_has(m, p->v[i].target, user);

        if (p->v[i].is_exclude)
            out = ca_or(out, has);
        else
            in = ca_or(in, has);
    }
    if (in == CA_NO)
        return CA_REACH_NOT;
    if (out == CA_YES)
        return CA_REACH_SPARED;
    return in == CA_YES && out == CA_NO ? CA_REACH_IN : CA_REACH_MAYBE;
}

const char *ca_reach_words(struct ca_model *m, const struct ca_policy_people *p, size_t user)
{
    return ca_words_users(m, p->policy, user);
}

struct reach_count {
    size_t reached, possibly, excluded;
};

/* People of one class are alike to every policy, so that classes are counted instead of people. */
static void count_reach(const struct ca_model *m, struct reach_count *out)
{
    size_t *members = xcalloc(m->classes.n + 1, sizeof *members);

    for (size_t u = 0; u < m->people.n; u++)
        members[m->people.user[u].class_id]++;
    for (size_t c = 0; c < m->classes.n; c++) {
        const uint8_t *row = ca_class_row(m, c);

        for (size_t p = 0; p < m->lives; p++) {
            out[p].reached += row[p] == CA_SCOPE_IN ? members[c] : 0;
            out[p].possibly += row[p] == CA_SCOPE_MAYBE ? members[c] : 0;
            out[p].excluded += row[p] == CA_SCOPE_EXCLUDED ? members[c] : 0;
        }
    }
    free(members);
}

enum err_code ca_reach_derive(struct store *s, const struct derive_context *c, struct err *e)
{
    const struct ca_model *m = c->ca;
    struct reach_count *counts = xcalloc(m->lives + 1, sizeof *counts);
    struct stmt *st = NULL;
    enum err_code code = stmt_prepare(
        s, "INSERT INTO ca_reach(policy_id, reached, possibly, excluded) VALUES (?,?,?,?)", &st, e);

    count_reach(m, counts);
    for (size_t i = 0; code == ERR_OK && i < m->lives; i++) {
        stmt_bind_text(st, 1, m->policy[m->live[i]].id);
        stmt_bind_int(st, 2, (int64_t)counts[i].reached);
        stmt_bind_int(st, 3, (int64_t)counts[i].possibly);
        stmt_bind_int(st, 4, (int64_t)counts[i].excluded);
        code = stmt_write(st, e);
    }
    stmt_free(st);
    free(counts);
    return code;
}
