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
#include "derive.h"
#include "model/store.h"

static const char fill_sql[] =
    "WITH live AS MATERIALIZED ("
    "  SELECT t.policy_id, t.dimension, t.target FROM ca_policy p"
    "  JOIN ca_policy_target t ON t.policy_id = p.id"
    "  WHERE p.is_workload = 0 AND p.state IN ('enabled','enabledForReportingButNotEnforced')"
    "    AND t.mode = 'exclude' AND t.dimension IN ('user','group','role','guest')),"
    " outsider AS MATERIALIZED ("
    "  SELECT id, user_type = 'Guest' COLLATE NOCASE AS is_guest,"
    "    external_user_state IS NOT NULL"
    "      OR instr(lower(coalesce(user_principal_name, '')), '#ext#') > 0 AS is_invited"
    "  FROM user),"
    " guest_kind(user_id, kind) AS ("
    "  SELECT id, 'internalGuest' FROM outsider WHERE is_guest = 1 AND is_invited = 0"
    "  UNION ALL"
    "  SELECT id, 'b2bCollaborationGuest' FROM outsider WHERE is_guest = 1 AND is_invited = 1"
    "  UNION ALL"
    "  SELECT id, 'b2bCollaborationMember' FROM outsider"
    "    WHERE coalesce(is_guest, 0) = 0 AND is_invited = 1"
    "  UNION ALL"
    "  SELECT id, 'GuestsOrExternalUsers' FROM outsider WHERE is_guest = 1 OR is_invited = 1)"
    " INSERT INTO ca_exclusion(policy_id, user_id, via, via_id)"
    " SELECT l.policy_id, u.id, 'user', u.id FROM live l"
    "   JOIN user u ON u.id = l.target WHERE l.dimension = 'user'"
    " UNION"
    " SELECT l.policy_id, u.id, 'group', l.target FROM live l"
    "   JOIN group_member g ON g.group_id = l.target"
    "   JOIN user u ON u.id = g.user_id WHERE l.dimension = 'group'"
    " UNION"
    " SELECT l.policy_id, u.id, 'role', l.target FROM live l"
    "   JOIN role_member r ON r.role_template_id = l.target"
    "     AND r.assignment = 'active' AND r.directory_scope = '/'"
    "   JOIN user u ON u.id = r.user_id"
    "   WHERE l.dimension = 'role' AND NOT EXISTS ("
    "     SELECT 1 FROM role d WHERE d.template_id = l.target AND d.is_built_in = 0)"
    " UNION"
    " SELECT l.policy_id, k.user_id, 'guest', k.kind FROM live l"
    "   JOIN guest_kind k ON k.kind = l.target"
    "   WHERE l.dimension IN ('guest','user')"
    " ORDER BY 1, 2, 3, 4";

enum err_code ca_exclusion_derive(struct store *s, const struct derive_context *c, struct err *e)
{
    (void)c;
    return store_exec(s, fill_sql, e);
}
