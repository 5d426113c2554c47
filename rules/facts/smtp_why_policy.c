/* --policy: who is in scope of one Conditional Access policy, who is left out, and by which way. */
#include "smtp_why.h"

#include "model/store.h"

/* What makes an account weigh: a directory role, a mailbox. One flag a user. */
struct weights {
    bool *is_admin, *has_mailbox;
    bool are_admins_known, are_mailboxes_known;
};

static enum err_code mark(struct why *w, const char *sql, bool *flags, struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;

    if (stmt_prepare(w->store, sql, &st, e) == ERR_OK)
        while (stmt_step(st, &row, e) == ERR_OK && row) {
            size_t user = ca_user_find(w->derive.ca, stmt_text(st, 0));

            if (user != SIZE_MAX)
                flags[user] = true;
        }
    stmt_free(st);
    return e->code;
}

static enum err_code weigh(struct why *w, struct weights *x, struct err *e)
{
    size_t n = ca_user_count(w->derive.ca);

    x->is_admin = ca_pool_get(&w->pool, n + 1, sizeof *x->is_admin);
    x->has_mailbox = ca_pool_get(&w->pool, n + 1, sizeof *x->has_mailbox);
    x->are_admins_known = derive_is_complete(&w->derive, "role-assignments") &&
                          derive_is_complete(&w->derive, "role-group-members");
    x->are_mailboxes_known = derive_is_complete(&w->derive, "mailboxes");
    if (mark(w, "SELECT DISTINCT user_id FROM role_member WHERE assignment = 'active'", x->is_admin,
             e) != ERR_OK)
        return e->code;
    return mark(w,
                "SELECT DISTINCT user_id FROM mailbox WHERE user_id IS NOT NULL AND is_listed = 1",
                x->has_mailbox, e);
}

static void count(const struct weights *x, size_t user, struct why_count *c)
{
    c->people++;
    c->admins += x->is_admin[user] ? 1 : 0;
    c->mailboxes += x->has_mailbox[user] ? 1 : 0;
}

static const char *name_of(struct why *w, size_t user, struct err *e)
{
    const char *id = ca_user_id(w->derive.ca, user);
    const char *name = id;
    struct stmt *st = NULL;
    bool row = false;

    if (stmt_prepare(w->store, "SELECT coalesce(user_principal_name, id) FROM user WHERE id = ?",
                     &st, e) == ERR_OK) {
        stmt_bind_text(st, 1, id);
        if (stmt_step(st, &row, e) == ERR_OK && row)
            name = ca_pool_text(&w->pool, stmt_text(st, 0));
    }
    stmt_free(st);
    return name;
}

static enum err_code add_person(struct why *w, const struct ca_policy_people *p,
                                const struct weights *x, size_t user, struct why_circle *to,
                                struct err *e)
{
    struct why_person *v = to->v;

    count(x, user, &to->count);
    if (to->n == WHY_PEOPLE)
        return ERR_OK;
    if (v == NULL)
        v = ca_pool_get(&w->pool, WHY_PEOPLE, sizeof *v);
    to->v = v;
    v[to->n++] = (struct why_person){.id = ca_user_id(w->derive.ca, user),
                                     .name = name_of(w, user, e),
                                     .words = ca_reach_words(w->derive.ca, p, user),
                                     .is_admin = x->is_admin[user],
                                     .has_mailbox = x->has_mailbox[user]};
    return e->code;
}

static void count_entries(struct why *w, const struct ca_policy_people *p, const struct weights *x,
                          struct why_reach *out)
{
    struct why_entry *v = ca_pool_get(&w->pool, p->n + 1, sizeof *v);

    out->entries = v;
    out->entries_n = p->n;
    for (size_t i = 0; i < p->n; i++) {
        v[i] = (struct why_entry){.is_exclude = p->v[i].is_exclude,
                                  .kind = p->v[i].kind,
                                  .id = p->v[i].id,
                                  .name = p->v[i].name,
                                  .note = p->v[i].note};
        for (size_t u = 0; u < ca_user_count(w->derive.ca); u++)
            if (ca_entry_has(w->derive.ca, &p->v[i], u) == CA_YES)
                count(x, u, &v[i].count);
    }
}

enum err_code why_policy_ask(struct why *w, const char *name, struct why_reach *out, struct err *e)
{
    struct ca_policy_people p;
    struct weights x = {0};
    const char *id = NULL;

    *out = (struct why_reach){0};
    if (why_policy_id(w, name, &id, e) != ERR_OK || weigh(w, &x, e) != ERR_OK)
        return e->code;
    if (!ca_policy_open(w->derive.ca, id, &p))
        return err_set(e, ERR_USAGE, "'%s' is a policy for workloads, not for people", name);
    out->id = p.id;
    out->name = p.name;
    out->state = p.state;
    out->controls = p.controls;
    out->is_enforced = p.is_enforced;
    out->are_admins_known = x.are_admins_known;
    out->are_mailboxes_known = x.are_mailboxes_known;
    for (size_t u = 0; u < ca_user_count(w->derive.ca); u++) {
        struct why_circle *const circles[] = {[CA_REACH_NOT] = NULL,
                                              [CA_REACH_IN] = &out->in_scope,
                                              [CA_REACH_MAYBE] = &out->maybe,
                                              [CA_REACH_SPARED] = &out->excluded};
        struct why_circle *to = circles[ca_policy_reach(w->derive.ca, &p, u)];

        if (to != NULL && add_person(w, &p, &x, u, to, e) != ERR_OK)
            return e->code;
    }
    count_entries(w, &p, &x, out);
    return ERR_OK;
}
