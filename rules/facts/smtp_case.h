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

/* A statement over all mailboxes, in the order of their GUIDs, that reads evidence alone: each row
 * has the facts of a mailbox and of its switch. Caller frees it. */
enum err_code smtp_case_select_all(struct store *s, const struct derive_context *d,
                                   struct stmt **out, struct err *e);
/* One of its rows, as text. Borrows the texts. */
void smtp_case_read_row(const char *const *row, const struct smtp_tenant *t, struct smtp_case *out);
const char *smtp_case_row_user_id(const char *const *row); /* may be NULL */
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
