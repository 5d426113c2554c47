/* What needs every page of more than one resource. Runs once, when all chains have ended. */
#include "collect_run.h"
#include "model/store.h"

/* Passes over the users, joined to who was listed. Somebody who came or went between two passes
 * keeps NULL: not known. */
static const char user_passes[] =
    "UPDATE user SET per_user_mfa_state = p.state FROM pass_user_mfa AS p WHERE p.id = "
    "user.id;"
    "UPDATE user SET last_sign_in_at = p.last_sign_in_at, "
    "last_successful_sign_in_at = p.last_successful_sign_in_at "
    "FROM pass_user_activity AS p WHERE p.id = user.id;";

/* Groups that only a policy named have their names from what became of its references. */
static const char group_names[] =
    "UPDATE directory_group SET display_name = r.display_name FROM policy_reference AS r "
    "WHERE r.id = directory_group.id AND directory_group.display_name IS NULL;";

/* Mailbox rows that came without a Guid stand under their Entra object id (guid = user_id). What
 * they hold goes to the row of the same user that has a Guid, if there is one. */
static const char mailbox_fold[] =
    "CREATE TEMP TABLE whole AS SELECT user_id, MIN(guid) AS guid FROM mailbox "
    "WHERE guid <> user_id AND user_id IN (SELECT guid FROM mailbox WHERE guid = user_id) "
    "GROUP BY user_id;"
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
#define NO_MAILBOX                                                                                 \
    " FROM mailbox WHERE is_listed = 0 AND smtp_flag_known = 0 AND imap_enabled IS NULL "          \
    "AND pop_enabled IS NULL;"
static const char mailbox_prune[] = "DELETE" NO_MAILBOX;

/* While more pages may come, such a row may still become one: it is put aside. */
static const char mailbox_aside[] =
    "CREATE TABLE IF NOT EXISTS mailbox_aside AS SELECT * FROM mailbox WHERE 0;"
    "INSERT INTO mailbox_aside SELECT *" NO_MAILBOX "DELETE" NO_MAILBOX;

enum err_code collect_merge_undo(struct store *s, struct err *e)
{
    int64_t is_there = 0;
    enum err_code code = store_int(
        s, "SELECT COUNT(*) FROM sqlite_schema WHERE name = 'mailbox_aside'", &is_there, e);

    if (code != ERR_OK || is_there == 0)
        return code;
    return store_exec(s,
                      "INSERT OR IGNORE INTO mailbox SELECT * FROM mailbox_aside;"
                      "DROP TABLE mailbox_aside;",
                      e);
}

enum err_code collect_merge(struct store *s, bool is_listed, bool is_last, struct err *e)
{
    enum err_code code = collect_stage_merge(s, e);

    if (code == ERR_OK)
        code = store_begin(s, e);
    if (code == ERR_OK)
        code = store_exec(s, user_passes, e);
    if (code == ERR_OK)
        code = store_exec(s, group_names, e);
    if (code == ERR_OK)
        code = store_exec(s, mailbox_fold, e);
    if (code == ERR_OK && is_listed)
        code = store_exec(s, is_last ? mailbox_prune : mailbox_aside, e);
    if (code == ERR_OK)
        code = store_commit(s, e);
    if (code != ERR_OK)
        store_rollback(s);
    return code;
}

enum err_code graph_settle(struct store *s, struct err *e)
{
    int64_t is_open = 0;
    int64_t is_listed = 0;
    enum err_code code = store_int(
        s,
        "SELECT COUNT(*) FROM snapshot WHERE sealed_at IS NULL AND started_at IS NOT NULL "
        "AND EXISTS (SELECT 1 FROM collecting)",
        &is_open, e);

    if (code == ERR_OK)
        code = store_int(s,
                         "SELECT COUNT(*) = 2 FROM collection WHERE state = 'complete' AND "
                         "resource IN ('mailboxes', 'hve-accounts')",
                         &is_listed, e);
    return code == ERR_OK && is_open != 0 ? collect_merge(s, is_listed != 0, false, e) : code;
}
