/* Who is excluded from which Conditional Access policy, and by which path.
 *
 * For every user policy that is enabled or in report-only, every person of table `user` whom an
 * exclusion names, whether or not the policy's include side would have reached them: a path is a
 * direct entry, a group (transitively), a directory role, or a kind of guest. Each path is one row.
 *
 * Roles count as Conditional Access counts them: built-in, active, assigned for the whole tenant.
 * Eligible assignments count only once activated; custom roles and narrower scopes never do.
 *
 * Kinds of guest are read off the directory object:
 *   internalGuest           user type Guest, no sign of an identity elsewhere
 *   b2bCollaborationGuest   user type Guest, invited (an invitation state, or #EXT# in the name)
 *   b2bCollaborationMember  user type Member, invited
 *   GuestsOrExternalUsers   any of the three, or user type Guest
 * b2bDirectConnectUser and serviceProvider have no object in this directory, and otherExternalUser
 * cannot be told apart on one: they give no rows. An exclusion for guests of some tenants only is
 * listed for every guest of that kind, because the home tenant is not on the object: better one
 * name too many to look at than one too few. */
#include "ca_effect.h"
#include "derive.h"
#include "model/store.h"

/* In the order of the table's key, so that rows are appended: no sorting, and nothing is collected
 * first. A policy names each of its targets once, but somebody may hold a role in several ways, and
 * a kind of guest may be named as a guest and as a user. */
#define LIVE(dimensions)                                                                           \
    " FROM ca_policy p"                                                                            \
    " CROSS JOIN ca_policy_target t ON t.policy_id = p.id AND t.dimension IN (" dimensions ")"     \
    "   AND t.mode = 'exclude'"
#define OF_LIVE " p.is_workload = 0 AND p.state IN ('enabled','enabledForReportingButNotEnforced')"
#define INSERT "INSERT OR IGNORE INTO ca_exclusion(policy_id, user_id, via, via_id) "

static const char people_sql[] =
    /* */
    INSERT "SELECT p.id, u.id, 'user', u.id" LIVE(
        "'user'") " CROSS JOIN user u ON u.id = t.target WHERE" OF_LIVE ";" /* */
    INSERT "SELECT p.id, u.id, 'role', t.target" LIVE(
        "'role'") " CROSS JOIN role_member r ON r.role_template_id = t.target"
                  "   AND r.assignment = 'active' AND r.directory_scope = '/'"
                  " CROSS JOIN user u ON u.id = r.user_id WHERE" OF_LIVE
                  " AND NOT EXISTS (SELECT 1 FROM role d WHERE d.template_id = t.target AND "
                  "d.is_built_in = 0)";

static const char groups_sql[] = "SELECT p.id, t.target" LIVE("'group'") " WHERE" OF_LIVE;
static const char member_sql[] = INSERT "VALUES (?, ?, 'group', ?)";

static const char unknown_group_sql[] =
    INSERT "SELECT ?1, u.id, 'group', ?2 FROM group_member g CROSS JOIN user u ON u.id = g.user_id"
           " WHERE g.group_id = ?2";

#define GUEST_KINDS                                                                                \
    "'internalGuest','b2bCollaborationGuest','b2bCollaborationMember','GuestsOrExternalUsers'"
/* Looks at every user, and is not asked when no policy names a kind of guest. */
static const char names_guests_sql[] =
    "SELECT EXISTS (SELECT 1" LIVE("'guest','user'") " WHERE" OF_LIVE
                                                     " AND t.target IN (" GUEST_KINDS "))";
static const char guests_sql[] =
    "WITH outsider AS MATERIALIZED ("
    "  SELECT id, user_type = 'Guest' COLLATE NOCASE AS is_guest,"
    "    external_user_state IS NOT NULL"
    "      OR instr(lower(coalesce(user_principal_name, '')), '#ext#') > 0 AS is_invited"
    "  FROM user WHERE is_guest = 1 OR is_invited = 1),"
    " guest_kind(user_id, kind) AS ("
    "  SELECT id, 'internalGuest' FROM outsider WHERE is_guest = 1 AND is_invited = 0"
    "  UNION ALL"
    "  SELECT id, 'b2bCollaborationGuest' FROM outsider WHERE is_guest = 1 AND is_invited = 1"
    "  UNION ALL"
    "  SELECT id, 'b2bCollaborationMember' FROM outsider"
    "    WHERE coalesce(is_guest, 0) = 0 AND is_invited = 1"
    "  UNION ALL"
    "  SELECT id, 'GuestsOrExternalUsers' FROM outsider) " /* */
    INSERT "SELECT p.id, k.user_id, 'guest', k.kind" LIVE(
        "'guest','user'") " JOIN guest_kind k ON k.kind = t.target WHERE" OF_LIVE;

static enum err_code add_group(struct stmt *insert, struct stmt *insert_unknown,
                               const struct ca_model *m, const char *policy, const char *group,
                               struct err *e)
{
    const uint32_t *member = NULL;
    size_t n = 0;

    if (!ca_group_members(m, group, &member, &n)) {
        stmt_bind_text(insert_unknown, 1, policy);
        stmt_bind_text(insert_unknown, 2, group);
        return stmt_write(insert_unknown, e);
    }
    for (size_t i = 0; i < n && e->code == ERR_OK; i++) {
        stmt_bind_borrowed(insert, 1, policy);
        stmt_bind_borrowed(insert, 2, ca_user_id(m, member[i]));
        stmt_bind_borrowed(insert, 3, group);
        (void)stmt_write(insert, e);
    }
    return e->code;
}

/* Of most groups the model has looked up the members' accounts already: of those of the policies
 * that it took in. */
static enum err_code add_groups(struct store *s, const struct ca_model *m, struct err *e)
{
    struct stmt *groups = NULL;
    struct stmt *insert = NULL;
    struct stmt *insert_unknown = NULL;
    bool row = false;

    if (stmt_prepare(s, groups_sql, &groups, e) == ERR_OK &&
        stmt_prepare(s, member_sql, &insert, e) == ERR_OK &&
        stmt_prepare(s, unknown_group_sql, &insert_unknown, e) == ERR_OK)
        while (stmt_step(groups, &row, e) == ERR_OK && row &&
               add_group(insert, insert_unknown, m, stmt_text(groups, 0), stmt_text(groups, 1),
                         e) == ERR_OK)
            continue;
    stmt_free(groups);
    stmt_free(insert);
    stmt_free(insert_unknown);
    return e->code;
}

enum err_code ca_exclusion_derive(struct store *s, const struct derive_context *c, struct err *e)
{
    int64_t has_guests = 0;
    enum err_code code = store_exec(s, people_sql, e);

    if (code == ERR_OK)
        code = add_groups(s, c->ca, e);
    if (code == ERR_OK)
        code = store_int(s, names_guests_sql, &has_guests, e);
    if (code == ERR_OK && has_guests != 0)
        code = store_exec(s, guests_sql, e);
    return code;
}
