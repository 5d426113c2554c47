/* What needs every page of more than one resource. Runs once, when all chains have ended. */
#include "collect_run.h"
#include "model/store.h"

enum err_code collect_merge_begin(struct store *s, struct err *e)
{
    return store_exec(
        s,
        "CREATE TEMP TABLE pass_user_mfa(id TEXT PRIMARY KEY, state TEXT) STRICT, WITHOUT ROWID;"
        "CREATE TEMP TABLE pass_user_activity(id TEXT PRIMARY KEY, last_sign_in_at TEXT, "
        "last_successful_sign_in_at TEXT) STRICT, WITHOUT ROWID;",
        e);
}

/* Passes over the users, joined to who was listed. Somebody who came or went between two passes
 * keeps NULL: not known. */
static const char user_passes[] =
    "UPDATE user SET per_user_mfa_state = p.state FROM temp.pass_user_mfa AS p WHERE p.id = "
    "user.id;"
    "UPDATE user SET last_sign_in_at = p.last_sign_in_at, "
    "last_successful_sign_in_at = p.last_successful_sign_in_at "
    "FROM temp.pass_user_activity AS p WHERE p.id = user.id;"
    "DROP TABLE temp.pass_user_mfa; DROP TABLE temp.pass_user_activity;";

/* Groups that only a policy named have their names from what became of its references. */
static const char group_names[] =
    "UPDATE directory_group SET display_name = r.display_name FROM policy_reference AS r "
    "WHERE r.id = directory_group.id AND directory_group.display_name IS NULL;";

/* Mailbox rows that came without a Guid stand under their Entra object id (guid = user_id). What
 * they hold goes to the row of the same user that has a Guid, if there is one. */
static const char mailbox_fold[] =
    "CREATE TEMP TABLE whole AS SELECT user_id, MIN(guid) AS guid FROM mailbox "
    "WHERE guid <> user_id GROUP BY user_id;"
    "UPDATE mailbox SET "
    "user_principal_name = COALESCE(mailbox.user_principal_name, p.user_principal_name), "
    "display_name = COALESCE(mailbox.display_name, p.display_name), "
    "primary_smtp_address = COALESCE(mailbox.primary_smtp_address, p.primary_smtp_address), "
    "recipient_type = COALESCE(mailbox.recipient_type, p.recipient_type), "
    "smtp_client_authentication_disabled = CASE WHEN mailbox.smtp_flag_known = 1 "
    "THEN mailbox.smtp_client_authentication_disabled "
    "ELSE p.smtp_client_authentication_disabled END, "
    "smtp_flag_known = MAX(mailbox.smtp_flag_known, p.smtp_flag_known), "
    "imap_enabled = COALESCE(mailbox.imap_enabled, p.imap_enabled), "
    "pop_enabled = COALESCE(mailbox.pop_enabled, p.pop_enabled), "
    "authentication_policy = CASE WHEN mailbox.authentication_policy_known = 1 "
    "THEN mailbox.authentication_policy ELSE p.authentication_policy END, "
    "authentication_policy_known = "
    "MAX(mailbox.authentication_policy_known, p.authentication_policy_known), "
    "account_disabled = COALESCE(mailbox.account_disabled, p.account_disabled), "
    "sku_assigned = COALESCE(mailbox.sku_assigned, p.sku_assigned), "
    "is_hve = MAX(mailbox.is_hve, p.is_hve), is_listed = MAX(mailbox.is_listed, p.is_listed) "
    "FROM temp.whole AS w JOIN mailbox AS p ON p.guid = w.user_id AND p.user_id = w.user_id "
    "WHERE mailbox.guid = w.guid;"
    "DELETE FROM mailbox WHERE guid = user_id AND user_id IN (SELECT user_id FROM temp.whole);"
    "DROP TABLE temp.whole;";

/* Get-User names everybody, mailbox or not. Where the lists of mailboxes are whole, a row that only
 * Get-User gave is no mailbox. */
static const char mailbox_prune[] =
    "DELETE FROM mailbox WHERE is_listed = 0 AND smtp_flag_known = 0 AND imap_enabled IS NULL "
    "AND pop_enabled IS NULL;";

enum err_code collect_merge(struct store *s, bool is_listed, struct err *e)
{
    enum err_code code = store_begin(s, e);

    if (code == ERR_OK)
        code = store_exec(s, user_passes, e);
    if (code == ERR_OK)
        code = store_exec(s, group_names, e);
    if (code == ERR_OK)
        code = store_exec(s, mailbox_fold, e);
    if (code == ERR_OK && is_listed)
        code = store_exec(s, mailbox_prune, e);
    if (code == ERR_OK)
        code = store_commit(s, e);
    if (code != ERR_OK)
        store_rollback(s);
    return code;
}
