/* Users, and the circles of people that policies name: groups and directory roles. */
#include "base/jsonx.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "ca_model.h"
#include "model/store.h"

#include <stdlib.h>
#include <string.h>

static uint64_t hash_text(const char *s)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);

    for (; *s != '\0'; s++)
        h = (h ^ (unsigned char)*s) * UINT64_C(0x100000001b3);
    return h ^ (h >> 29);
}

const char *ca_people_id(const struct ca_people *p, size_t user)
{
    return p->ids + p->user[user].id;
}

static uint32_t *slot_of(const struct ca_people *p, const char *id)
{
    size_t at = (size_t)hash_text(id) & (p->slots - 1);

    while (p->slot[at] != 0 && strcmp(ca_people_id(p, p->slot[at] - 1), id) != 0)
        at = (at + 1) & (p->slots - 1);
    return &p->slot[at];
}

size_t ca_people_find(const struct ca_people *p, const char *id)
{
    uint32_t found = p->slots > 0 && id != NULL ? *slot_of(p, id) : 0;

    return found > 0 ? found - 1 : SIZE_MAX;
}

static void index_people(struct ca_people *p)
{
    p->slots = 64;
    while (p->slots < p->n * 2)
        p->slots *= 2;
    p->slot = xcalloc(p->slots, sizeof *p->slot);
    for (size_t i = 0; i < p->n; i++)
        *slot_of(p, ca_people_id(p, i)) = (uint32_t)i + 1;
}

/* Invited people carry an invitation state; very old ones only the mark in their name. */
static enum ca_person person_of(const struct stmt *st)
{
    const char *type = stmt_text(st, 1);
    const char *upn = stmt_text(st, 3);
    bool is_invited = !stmt_is_null(st, 2) || (upn != NULL && str_icontains(upn, "#ext#"));

    if (str_ieq(type, "Guest"))
        return is_invited ? CA_B2B_GUEST : CA_LOCAL_GUEST;
    if (str_ieq(type, "Member"))
        return is_invited ? CA_B2B_MEMBER : CA_MEMBER;
    return CA_PERSON_UNSAID;
}

static enum ca_mfa_state mfa_of(const char *word)
{
    if (str_ieq(word, "enabled") || str_ieq(word, "enforced"))
        return CA_MFA_ON;
    return str_ieq(word, "disabled") ? CA_MFA_OFF : CA_MFA_UNKNOWN;
}

static void add_user(struct ca_people *p, const struct stmt *st)
{
    const char *id = stmt_text(st, 0);
    size_t n = strlen(id) + 1;

    if (p->n == p->cap) {
        p->cap = p->cap > 0 ? p->cap + p->cap / 2 : 256;
        p->user = xreallocarray(p->user, p->cap, sizeof *p->user);
    }
    if (p->ids_cap - p->ids_used < n) {
        p->ids_cap = (p->ids_cap + n) * 3 / 2 + 4096;
        p->ids = xreallocarray(p->ids, p->ids_cap, 1);
    }
    memcpy(p->ids + p->ids_used, id, n);
    p->user[p->n++] = (struct ca_user){.id = (uint32_t)p->ids_used,
                                       .person = (uint8_t)person_of(st),
                                       .mfa_state = (uint8_t)mfa_of(stmt_text(st, 4))};
    p->ids_used += n;
}

enum err_code ca_people_load(struct ca_model *m, struct store *s, struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;
    enum err_code code =
        stmt_prepare(s,
                     "SELECT id, user_type, external_user_state, user_principal_name,"
                     " per_user_mfa_state FROM user ORDER BY id",
                     &st, e);

    while (code == ERR_OK && (code = stmt_step(st, &row, e)) == ERR_OK && row) {
        if (m->people.n == LIMIT_CA_USERS || m->people.ids_used > UINT32_MAX / 2) {
            code = err_set(e, ERR_LIMIT, "more than %zu users", m->people.n);
            break;
        }
        add_user(&m->people, st);
    }
    stmt_free(st);
    if (code == ERR_OK)
        index_people(&m->people);
    return code;
}

void ca_people_release(struct ca_model *m)
{
    struct ca_circles *both[] = {&m->groups, &m->roles};

    for (size_t b = 0; b < COUNT_OF(both); b++) {
        for (size_t i = 0; i < both[b]->n; i++) {
            free(both[b]->v[i]->user);
            free(both[b]->v[i]->eligible);
        }
        free(both[b]->v);
        ca_map_release(&both[b]->by_id);
    }
    free(m->people.ids);
    free(m->people.user);
    free(m->people.slot);
    memset(&m->people, 0, sizeof m->people);
}

bool ca_circle_has(const uint32_t *sorted, size_t n, uint32_t user)
{
    size_t low = 0;

    while (low < n) {
        size_t middle = low + (n - low) / 2;

        if (sorted[middle] == user)
            return true;
        if (sorted[middle] < user)
            low = middle + 1;
        else
            n = middle;
    }
    return false;
}

static int by_index(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

/* Runs `sql` with the circle's id; its rows are user ids. Those without a user row are skipped:
 * nobody asks about them. Ascending, each once. */
static enum err_code read_members(struct ca_model *m, struct store *s, const char *sql,
                                  const char *id, uint32_t **out, size_t *n, struct err *e)
{
    struct stmt *st = NULL;
    size_t cap = 0;
    bool row = false;
    enum err_code code = stmt_prepare(s, sql, &st, e);

    if (code == ERR_OK)
        stmt_bind_text(st, 1, id);
    while (code == ERR_OK && (code = stmt_step(st, &row, e)) == ERR_OK && row) {
        size_t user = ca_people_find(&m->people, stmt_text(st, 0));

        if (user == SIZE_MAX)
            continue;
        if (*n == cap) {
            cap = cap > 0 ? cap + cap / 2 : 16;
            *out = xreallocarray(*out, cap, sizeof **out);
        }
        (*out)[(*n)++] = (uint32_t)user;
    }
    stmt_free(st);
    for (size_t i = 1; i < *n; i++)
        if ((*out)[i - 1] >= (*out)[i]) { /* the keys' order is the users' order: rarely needed */
            qsort(*out, *n, sizeof **out, by_index);
            break;
        }
    return code;
}

/* A group that was deleted has no members: named on the include side it reaches nobody, excluded it
 * spares nobody. It is gone when the service said that no such object exists (404 for its id, which
 * is not the answer for one that may not be read) and nothing in the evidence has seen it. */
static enum err_code load_group(struct ca_model *m, struct store *s, struct ca_circle *g,
                                struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;
    bool is_found = false;
    bool is_missing = false;

    if (stmt_prepare(s,
                     "SELECT g.display_name, g.state, EXISTS (SELECT 1 FROM policy_reference r"
                     " WHERE r.id = g.id AND r.state = 'found') FROM directory_group g"
                     " WHERE g.id = ?",
                     &st, e) == ERR_OK) {
        stmt_bind_text(st, 1, g->id);
        if (stmt_step(st, &row, e) == ERR_OK && row) {
            if (stmt_text(st, 0) != NULL)
                g->name = ca_pool_text(&m->pool, stmt_text(st, 0));
            is_found = str_eq(stmt_text(st, 1), "found");
            is_missing = str_eq(stmt_text(st, 1), "missing");
            g->is_gone = is_missing && m->are_groups_trusted && stmt_int(st, 2) == 0;
        }
    }
    stmt_free(st);
    if (e->code != ERR_OK ||
        read_members(m, s, "SELECT user_id FROM group_member WHERE group_id = ? ORDER BY user_id",
                     g->id, &g->user, &g->n, e) != ERR_OK)
        return e->code;
    g->is_gone = g->is_gone && g->n == 0;
    g->is_whole = g->is_gone || (is_found && m->are_groups_trusted);
    if (!g->is_whole)
        g->doubt = ca_pool_textf(&m->pool,
                                 is_missing ? "whether the group %s was deleted is not certain"
                                            : "the members of the group %s were not read",
                                 g->name != NULL ? g->name : g->id);
    return ERR_OK;
}

/* Conditional Access counts built-in roles, active, assigned for the whole tenant (Microsoft Learn,
 * "Users, groups, agents, and workload identities": administrative units, objects and custom roles
 * are not enforced). An eligible assignment counts once it is activated. */
static enum err_code load_role(struct ca_model *m, struct store *s, struct ca_circle *r,
                               struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;
    bool is_custom = false;
    enum err_code code = stmt_prepare(s,
                                      "SELECT display_name, is_built_in FROM role WHERE "
                                      "coalesce(template_id, id) = ? ORDER BY id",
                                      &st, e);

    if (code == ERR_OK)
        stmt_bind_text(st, 1, r->id);
    if (code == ERR_OK)
        code = stmt_step(st, &row, e);
    if (code == ERR_OK && row) {
        if (stmt_text(st, 0) != NULL)
            r->name = ca_pool_text(&m->pool, stmt_text(st, 0));
        is_custom = !stmt_is_null(st, 1) && stmt_int(st, 1) == 0;
    }
    stmt_free(st);
    r->is_whole = m->are_roles_whole || is_custom;
    if (!r->is_whole)
        r->doubt = ca_pool_textf(&m->pool, "the holders of the role %s were not all read",
                                 r->name != NULL ? r->name : r->id);
    if (code != ERR_OK || is_custom)
        return code;
    code = read_members(m, s,
                        "SELECT DISTINCT user_id FROM role_member WHERE role_template_id = ?"
                        " AND assignment = 'active' AND directory_scope = '/' ORDER BY user_id",
                        r->id, &r->user, &r->n, e);
    if (code == ERR_OK)
        code = read_members(m, s,
                            "SELECT DISTINCT user_id FROM role_member WHERE role_template_id = ?"
                            " AND assignment = 'eligible' AND directory_scope = '/'"
                            " ORDER BY user_id",
                            r->id, &r->eligible, &r->eligible_n, e);
    for (size_t i = 0; i < r->eligible_n; i++)
        m->people.user[r->eligible[i]].is_eligible = true;
    return code;
}

bool ca_group_members(const struct ca_model *m, const char *group_id, const uint32_t **user,
                      size_t *n)
{
    uint32_t at = ca_map_get(&m->groups.by_id, group_id, strlen(group_id) + 1);

    *user = at != CA_MAP_NONE ? m->groups.v[at]->user : NULL;
    *n = at != CA_MAP_NONE ? m->groups.v[at]->n : 0;
    return at != CA_MAP_NONE;
}

/* Roles that have to do MFA every time under security defaults (Microsoft Learn, "Security
 * defaults", with its list of administrator roles of August 2024). */
static const char *const admin_roles[] = {
    "62e90394-69f5-4237-9190-012177145e10", /* Global Administrator */
    "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", /* Application Administrator */
    "c4e39bd9-1100-46d3-8c65-fb160da0071f", /* Authentication Administrator */
    "0526716b-113d-4c15-b2c8-68e3c22b9f80", /* Authentication Policy Administrator */
    "b0f54661-2d74-4c50-afa3-1ec803f12efe", /* Billing Administrator */
    "158c047a-c907-4556-b7ef-446551a6b5f7", /* Cloud Application Administrator */
    "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9", /* Conditional Access Administrator */
    "29232cdf-9323-42fd-ade2-1d097af3e4de", /* Exchange Administrator */
    "729827e3-9c14-49f7-bb1b-9608f156bbb8", /* Helpdesk Administrator */
    "45d8d3c5-c802-45c6-b32a-1d70b5e1e86e", /* Identity Governance Administrator */
    "966707d0-3269-4727-9be2-8c3a10f19b9d", /* Password Administrator */
    "7be44c8a-adaf-4e2a-84d6-ab2649e08a13", /* Privileged Authentication Administrator */
    "e8611ab8-c189-46e8-94e1-60213ab1f814", /* Privileged Role Administrator */
    "194ae4cb-b126-40b2-bd5b-6091b380977d", /* Security Administrator */
    "f28a1f50-f6e7-4571-818b-6a12f2af6b6c", /* SharePoint Administrator */
    "69091246-20e8-4a56-aa4d-066075b2a7a8", /* Teams Administrator */
    "fe930be7-5e62-47db-91af-98c3a49a38b1", /* User Administrator */
};
/* "The Microsoft Entra Connect synchronization account is excluded from security defaults." */
static const char *const sync_roles[] = {
    "d29b2b05-8046-44ba-8758-1e26182fcf32", /* Directory Synchronization Accounts */
    "a92aed5d-d78a-4d16-b381-09adb37eb3b0", /* On Premises Directory Sync Account */
};

static uint8_t *mark_of(struct ca_user *u, bool is_sync)
{
    return is_sync ? &u->is_sync : &u->is_admin;
}

/* Who has a role for the whole tenant is one of them; who has it elsewhere, or may have it unread,
 * may be. */
static enum err_code mark_holders(struct ca_model *m, struct store *s, const char *const *roles,
                                  size_t n, bool is_sync, struct err *e)
{
    uint32_t *user = NULL;
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < m->people.n; i++)
        *mark_of(&m->people.user[i], is_sync) = m->are_roles_whole ? CA_NO : CA_MAYBE;
    for (size_t r = 0; code == ERR_OK && r < n * 2; r++) {
        bool is_wide = r % 2 != 0;
        size_t found = 0;

        code = read_members(m, s,
                            is_wide ? "SELECT DISTINCT user_id FROM role_member WHERE"
                                      " role_template_id = ? AND assignment = 'active'"
                                      " AND directory_scope = '/' ORDER BY user_id"
                                    : "SELECT DISTINCT user_id FROM role_member WHERE"
                                      " role_template_id = ? AND assignment = 'active'"
                                      " AND directory_scope <> '/' ORDER BY user_id",
                            roles[r / 2], &user, &found, e);
        for (size_t i = 0; i < found; i++) {
            uint8_t *mark = mark_of(&m->people.user[user[i]], is_sync);

            *mark = (uint8_t)ca_or((enum ca_tri) * mark, is_wide ? CA_YES : CA_MAYBE);
        }
        free(user);
        user = NULL;
    }
    return code;
}

static enum err_code load_circle(struct ca_model *m, struct store *s, struct ca_target *t,
                                 struct err *e)
{
    bool is_group = t->kind == CA_KIND_GROUP;
    struct ca_circles *all = is_group ? &m->groups : &m->roles;
    uint32_t at = ca_map_add(&all->by_id, t->text, strlen(t->text) + 1, (uint32_t)all->n);

    if (at == all->n) {
        all->v = xreallocarray(all->v, all->n + 1, sizeof(struct ca_circle *));
        all->v[all->n] = ca_pool_get(&m->pool, 1, sizeof **all->v);
        all->v[all->n++]->id = t->text;
        t->ref = all->v[at];
        return is_group ? load_group(m, s, all->v[at], e) : load_role(m, s, all->v[at], e);
    }
    t->ref = all->v[at];
    return ERR_OK;
}

enum err_code ca_circles_load(struct ca_model *m, struct store *s, struct err *e)
{
    enum err_code code = ERR_OK;

    ca_map_init(&m->groups.by_id, &m->pool);
    ca_map_init(&m->roles.by_id, &m->pool);
    for (size_t i = 0; code == ERR_OK && i < m->policies; i++)
        for (size_t k = 0; code == ERR_OK && k < m->policy[i].targets; k++) {
            struct ca_target *t = &m->policy[i].target[k];

            if (t->kind == CA_KIND_GROUP || t->kind == CA_KIND_ROLE)
                code = load_circle(m, s, t, e);
        }
    if (code == ERR_OK)
        code = mark_holders(m, s, admin_roles, COUNT_OF(admin_roles), false, e);
    if (code == ERR_OK)
        code = mark_holders(m, s, sync_roles, COUNT_OF(sync_roles), true, e);
    return code;
}

/* Microsoft Learn, "Authentication and Conditional Access for External ID": the six kinds of
 * external users. Direct connect users and service providers have no object of their own here, and
 * "other external user" cannot be read off one; an invited person may count as each of them. */
static enum ca_tri is_kind(enum ca_person person, const char *kind)
{
    static const struct {
        const char *kind;
        enum ca_tri is[CA_PERSON_UNSAID + 1];
    } kinds[] = {
        {"none", {CA_NO, CA_NO, CA_NO, CA_NO, CA_NO}},
        {"internalGuest", {CA_NO, CA_YES, CA_NO, CA_NO, CA_MAYBE}},
        {"b2bCollaborationGuest", {CA_NO, CA_NO, CA_YES, CA_NO, CA_MAYBE}},
        {"b2bCollaborationMember", {CA_NO, CA_NO, CA_NO, CA_YES, CA_MAYBE}},
        {"b2bDirectConnectUser", {CA_NO, CA_NO, CA_MAYBE, CA_MAYBE, CA_MAYBE}},
        {"otherExternalUser", {CA_NO, CA_NO, CA_MAYBE, CA_MAYBE, CA_MAYBE}},
        {"serviceProvider", {CA_NO, CA_NO, CA_MAYBE, CA_MAYBE, CA_MAYBE}},
        {"GuestsOrExternalUsers", {CA_NO, CA_YES, CA_YES, CA_YES, CA_MAYBE}},
    };

    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (str_ieq(kinds[i].kind, kind))
            return kinds[i].is[person];
    return person == CA_MEMBER ? CA_NO : CA_MAYBE; /* a kind of guest that is new to us */
}

/* Of all tenants, or of listed ones? The home tenant is not on the user object. */
static bool is_every_tenant(const char *json)
{
    struct err e = ERR_INIT;
    json_t *o = NULL;
    bool every;

    if (json == NULL || *json == '\0' || str_eq(json, "null"))
        return true;
    if (jx_parse(json, strlen(json), "externalTenants", &o, &e) != ERR_OK)
        return false;
    every = str_ieq(jx_text(o, "membershipKind"), "all");
    json_decref(o);
    return every;
}

enum ca_tri ca_guest_match(enum ca_person person, const char *types, const char *tenants_json)
{
    enum ca_tri is = CA_NO;

    for (const char *at = types; *at != '\0';) {
        size_t n = strcspn(at, ", ");
        char word[64];

        if (n < sizeof word) {
            memcpy(word, at, n);
            word[n] = '\0';
            is = ca_or(is, is_kind(person, word));
        } else {
            is = ca_or(is, is_kind(person, ""));
        }
        at += n;
        at += strspn(at, ", ");
    }
    return is == CA_YES && !is_every_tenant(tenants_json) ? CA_MAYBE : is;
}
