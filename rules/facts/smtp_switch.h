/* rules/facts/smtp_switch.h - the effective SMTP AUTH switch and authentication policy of each
 * mailbox, as SQL.
 *
 * Switch: the mailbox's own setting wins over the tenant's; null means "inherit". Absent or not
 * read is neither (smtp_flag_known = 0), and gives "unknown".
 * Policy: the person's own, else the organization's default, else none, which allows basic SMTP. A
 * policy is named by name, identity, GUID or distinguished name, in any letter case; a name without
 * its object, or one that two policies answer to differently, gives "unknown". */
#ifndef RULES_FACTS_SMTP_SWITCH_H
#define RULES_FACTS_SMTP_SWITCH_H
#include "base/err.h"
#include "derive.h"

struct stmt;
struct store;

/* Common table expressions; the last, `switched`, has the columns of mailbox and those of
 * mailbox_smtp, one row a mailbox. Parameters ?1 and ?2 are for smtp_switch_bind. */
extern const char smtp_switch_ctes[];
void smtp_switch_bind(struct stmt *st, const struct derive_context *c);

/* A statement about one licence: parameters ?2, its SKU, and ?3, its list of disabled plans. One
 * row: 1, it gives a mailbox; 0, it does not; NULL, nobody can tell. Caller frees it. */
enum err_code smtp_licence_select(struct store *s, struct stmt **out, struct err *e);

#endif
