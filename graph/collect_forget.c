/* Taking rows back: a chain or a resource that begins afresh leaves nothing of its earlier rows, so
 * that what went away in the meantime is not found. */
#include "base/strs.h"
#include "collect_run.h"
#include "model/staged.h"
#include "model/store.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Columns that another cmdlet gave stay; a row without any is gone. */
#define EMPTY_MAILBOXES                                                                            \
    "DELETE FROM mailbox WHERE is_listed = 0 AND is_hve = 0 AND smtp_flag_known = 0 "              \
    "AND imap_enabled IS NULL AND pop_enabled IS NULL AND authentication_policy_known = 0;"
#define LISTED_COLUMNS                                                                             \
    "user_principal_name = NULL, display_name = NULL, primary_smtp_address = NULL, "               \
    "recipient_type = NULL, account_disabled = NULL, sku_assigned = NULL, is_listed = 0"

/* Resources that share tables with others, or have several chains. Those that are not here have
 * their tables alone. A `part` of the request tells the chains of one resource apart; without one
 * the row stands for the resource too. */
static const struct forget {
    const char *resource, *part;
    const char *sql;        /* constant statements; NULL: nothing can be stale */
    const char *by_subject; /* one statement with the chain's subject bound; or NULL */
} table[] = {
    {"ca-policies-v1", NULL, "UPDATE ca_policy SET in_v1 = NULL", NULL},
    {"cas-mailboxes", NULL,
     "UPDATE mailbox SET smtp_client_authentication_disabled = NULL, smtp_flag_known = 0, "
     "imap_enabled = NULL, pop_enabled = NULL;" EMPTY_MAILBOXES,
     NULL},
    {"exchange-users", NULL,
     "UPDATE mailbox SET authentication_policy = NULL, "
     "authentication_policy_known = 0;" EMPTY_MAILBOXES,
     NULL},
    {"group-members", "/groups/", NULL, "DELETE FROM group_member WHERE group_id = ?"},
    {"group-members", NULL, "DELETE FROM group_member; DELETE FROM directory_group", NULL},
    {"hve-accounts", NULL,
     "UPDATE mailbox SET is_hve = 0, " LISTED_COLUMNS " WHERE is_hve = 1;" EMPTY_MAILBOXES, NULL},
    {"mailboxes", NULL, "UPDATE mailbox SET " LISTED_COLUMNS " WHERE is_hve = 0;" EMPTY_MAILBOXES,
     NULL},
    /* A block of names has one page. */
    {"policy-references", "/getByIds", NULL, NULL},
    {"policy-references", NULL, "DELETE FROM policy_reference; DELETE FROM pass_hidden_group",
     NULL},
    {"role-assignments", "/roleDefinitions", "DELETE FROM role", NULL},
    {"role-assignments", "/roleAssignments",
     "DELETE FROM role_member WHERE assignment = 'active' AND via_group_id = '';"
     "DELETE FROM pass_role_grant WHERE assignment = 'active'",
     NULL},
    {"role-assignments", NULL,
     "DELETE FROM role; DELETE FROM role_member WHERE assignment = 'active';"
     "DELETE FROM pass_role_grant WHERE assignment = 'active'",
     NULL},
    {"role-eligibility", NULL,
     "DELETE FROM role_member WHERE assignment = 'eligible';"
     "DELETE FROM pass_role_grant WHERE assignment = 'eligible'",
     NULL},
    {"role-group-members", "/groups/", NULL, "DELETE FROM group_member WHERE group_id = ?"},
    {"role-group-members", NULL,
     "DELETE FROM role_member WHERE via_group_id <> '';"
     "DELETE FROM group_member WHERE group_id IN "
     "(SELECT id FROM directory_group WHERE named_by = 'role');"
     "DELETE FROM directory_group WHERE named_by = 'role';"
     "UPDATE directory_group SET named_by = 'policy' WHERE named_by = 'both'",
     NULL},
    /* A resumed run asks for the window of time that the first one asked for, and a sign-in does
     * not change: nothing can be stale. */
    {"sign-ins", NULL, NULL, NULL},
    {"sign-ins-non-interactive", NULL, NULL, NULL},
    {"users-per-user-mfa", NULL,
     "DELETE FROM pass_user_mfa; UPDATE user SET per_user_mfa_state = NULL", NULL},
    {"users-sign-in-activity", NULL,
     "DELETE FROM pass_user_activity; "
     "UPDATE user SET last_sign_in_at = NULL, last_successful_sign_in_at = NULL",
     NULL},
};

static const struct forget *find(const char *resource, const char *request)
{
    for (size_t i = 0; i < COUNT_OF(table); i++)
        if (str_eq(table[i].resource, resource) &&
            (table[i].part == NULL || (request != NULL && strstr(request, table[i].part) != NULL)))
            return &table[i];
    return NULL;
}

/* Runs DELETE on every table that only this resource gives rows to; *n counts them. */
static enum err_code clear_own(struct store *s, const char *resource, size_t *n, struct err *e)
{
    size_t at = evidence_resource_find(resource);
    enum err_code code = ERR_OK;
    const char *name;

    *n = 0;
    if (at == SIZE_MAX)
        return ERR_OK;
    for (size_t i = 0; code == ERR_OK && (name = evidence_table_at(TABLE_EVIDENCE, i)) != NULL;
         i++) {
        char sql[128];

        if (evidence_needs(name, NULL) != (evidence_set)1 << at)
            continue;
        (*n)++;
        (void)snprintf(sql, sizeof sql, "DELETE FROM \"%s\"", name);
        if (s != NULL)
            code = store_exec(s, sql, e);
    }
    return code;
}

static enum err_code forget(struct store *s, const char *resource, const char *request,
                            const char *subject, struct err *e)
{
    const struct forget *f = find(resource, request);
    size_t n;

    if (staged_drop(s, resource, -1, e) != ERR_OK)
        return e->code;
    if (f == NULL)
        return clear_own(s, resource, &n, e);
    if (f->by_subject != NULL)
        return store_run(s, e, f->by_subject, "t", subject);
    return f->sql != NULL ? store_exec(s, f->sql, e) : ERR_OK;
}

enum err_code collect_forget(struct store *s, const char *resource, struct err *e)
{
    return forget(s, resource, NULL, NULL, e);
}

enum err_code collect_forget_chain(struct store *s, const char *resource, const char *request,
                                   const char *subject, struct err *e)
{
    return forget(s, resource, request, subject, e);
}

bool collect_forget_knows(const char *resource)
{
    struct err e = ERR_INIT;
    size_t n = 0;

    if (find(resource, NULL) != NULL)
        return true;
    return clear_own(NULL, resource, &n, &e) == ERR_OK && n > 0;
}
