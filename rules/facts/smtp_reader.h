/* rules/facts/smtp_reader.h - what evidence says of each mailbox, in the order of their GUIDs.
 *
 * A source for a row_pipe. Accounts and licences are read once, in the order of their keys, and
 * looked up in memory: a look-up by GUID in a table of a large tenant is a page read for each. Of
 * most mailboxes evidence says the same but for their names: those are alike, and what it says of
 * them is worked out, and travels, once. */
#ifndef RULES_FACTS_SMTP_READER_H
#define RULES_FACTS_SMTP_READER_H
#include "row_pipe.h"
#include "smtp_case.h"

/* Mailboxes that are alike. */
struct smtp_alike {
    const char *cell[SMTP_COLUMNS]; /* NULL at the columns of names */
    uint32_t note;                  /* the taker's own, 0 at first */
};

/* Rows have SMTP_COL_GUID, SMTP_COL_USER_ID and SMTP_COL_ADDRESS, and a struct smtp_alike as their
 * mark; or, once too many kinds were seen to remember, all columns and no mark. `s` is the pipe's
 * store. Of the context's model only people are read (ca_effect.h says which functions do no more).
 * The context has to outlive the pipe. */
void smtp_reader_open(struct store *s, const struct derive_context *d, struct row_source *out);

#endif
