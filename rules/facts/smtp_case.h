/* rules/facts/smtp_case.h - the facts of one mailbox, read from evidence.
 *
 * Shared by table smtp_auth (all mailboxes) and by `why` (one mailbox, perhaps with something
 * supposed to be different). */
#ifndef RULES_FACTS_SMTP_CASE_H
#define RULES_FACTS_SMTP_CASE_H
#include "ca_effect.h"
#include "derive.h"
#include "smtp_gates.h"

struct stmt;
struct store;

/* What holds for the whole tenant. */
struct smtp_tenant {
    int64_t as_of_ms, removal_ms;
    enum fact security_defaults;
    enum fact ca_was_read;
    enum fact auth_policies_were_read;
    bool has_policies; /* false: none is in force, and all were read */
    struct ca_model *ca;
};
/* Borrows the context's model. */
enum err_code smtp_tenant_load(struct store *s, const struct derive_context *d,
                               struct smtp_tenant *out, struct err *e);

/* A statement over the mailbox with this GUID. Reads mailbox_smtp, which smtp_switch_derive has
 * filled before. Caller frees it. */
enum err_code smtp_case_select(struct store *s, const char *guid, struct stmt **out, struct err *e);
/* The row on which the statement stands. Texts live until the next step. */
void smtp_case_read(const struct stmt *st, const struct smtp_tenant *t, struct smtp_case *out);
const char *smtp_case_user_id(const struct stmt *st); /* may be NULL */

/* What evidence says of one mailbox, as texts: NULL for NULL, an integer in digits. */
enum smtp_column {
    SMTP_COL_GUID,
    SMTP_COL_USER_ID,
    SMTP_COL_ADDRESS,
    SMTP_COL_TYPE,
    SMTP_COL_IS_HVE,
    SMTP_COL_TENANT_FLAG,
    SMTP_COL_MAILBOX_FLAG,
    SMTP_COL_OWN_POLICY_KNOWN,
    SMTP_COL_POLICY_SOURCE,
    SMTP_COL_POLICY_NAME,
    SMTP_COL_POLICY_BASIC,
    SMTP_COL_POLICY_EXISTS,
    SMTP_COL_HAS_PLAN,
    SMTP_COL_ACCOUNT_ENABLED,
    SMTP_COL_ACCOUNT_DISABLED, /* Exchange's word on the same */
    SMTP_COL_SKU_ASSIGNED,
    SMTP_COL_MFA_STATE,
    SMTP_COL_DOMAIN,
    SMTP_COL_DOMAIN_TYPE,
    SMTP_COL_EFFECTIVE, /* for smtp_case_switch alone, like the next */
    SMTP_COL_DECIDED_BY
};
enum { SMTP_COLUMNS = SMTP_COL_DECIDED_BY + 1 };
/* Borrows the texts. */
void smtp_case_read_row(const char *const *row, const struct smtp_tenant *t, struct smtp_case *out);
/* A statement about the switch and policy of the mailbox whose GUID is ?3, one row with the columns
 * in smtp_case_switch_columns. Caller frees it. */
enum err_code smtp_case_select_switch(struct store *s, const struct derive_context *d,
                                      struct stmt **out, struct err *e);
enum { SMTP_SWITCH_COLUMNS = 8 };
extern const enum smtp_column smtp_case_switch_columns[SMTP_SWITCH_COLUMNS];
/* A statement over the domains: name in lower case, kind of sign-in (NULL: it is not certain). */
enum err_code smtp_case_select_domains(struct store *s, struct stmt **out, struct err *e);
/* What mailbox_smtp says of the mailbox, column by column; NULL for NULL. */
struct smtp_switch_row {
    const char *tenant_flag, *mailbox_flag, *effective, *decided_by;
    const char *policy_source, *policy_name, *policy_basic_smtp;
    const char *has_exchange_plan; /* "0", "1" or NULL */
};
void smtp_case_switch(const char *const *row, struct smtp_switch_row *out);

/* What Conditional Access says to basic; NULL where there is nothing or nobody to ask about. */
const struct ca_answer *smtp_case_ca(const struct smtp_tenant *t, const char *user_id,
                                     enum ca_question q, const char *const *without, size_t n,
                                     const struct ca_origin *from);
/* Puts these two answers into the case, as smtp_case_read does. */
void smtp_case_set_ca(const struct smtp_tenant *t, const char *user_id,
                      const struct ca_answer *basic, const struct ca_answer *delegated,
                      struct smtp_case *c);

#endif
