/* rules/facts/derive.h - what the derivations share.
 *
 * A derivation fills one derived table from the evidence, inside the transaction that facts_derive
 * opened and after every derived table was emptied. facts.c holds the table of them, in the order
 * in which they may read each other's rows. */
#ifndef RULES_FACTS_DERIVE_H
#define RULES_FACTS_DERIVE_H
#include "base/err.h"
#include "model/evidence.h"

#include <stdbool.h>
#include <stdint.h>

struct ca_model;
struct row_pipe;
struct shared_texts;
struct store;

struct derive_context {
    int64_t as_of_ms;        /* midnight UTC of the audit's date */
    int64_t smtp_removal_ms; /* of the day basic SMTP AUTH is gone for good; 0: not known */
    const struct evidence_states *states;
    struct ca_model *ca; /* what Conditional Access does (ca_effect.h); loaded once for all */
    struct shared_texts *texts; /* for the long texts of derived views (shared_text.h) */
    struct row_pipe *mailboxes; /* read ahead (smtp_reader.h) while other tables are made */
};

/* True when the resource with this id (model/evidence.h) was read completely. */
bool derive_is_complete(const struct derive_context *c, const char *resource);

typedef enum err_code derive_fn(struct store *s, const struct derive_context *c, struct err *e);
derive_fn smtp_switch_derive;     /* mailbox_smtp alone, for `why` */
derive_fn smtp_auth_derive;       /* mailbox_smtp and smtp_auth: asks the model */
derive_fn ca_exclusion_derive;    /* ca_exclusion */
derive_fn ca_reach_derive;        /* ca_reach: asks the model */
derive_fn user_protection_derive; /* user_protection */
derive_fn ca_effect_derive;       /* user_ca_effect, admin_ca_effect: after user_protection */
derive_fn ca_people_derive;       /* ca_effect_people, protection_people: after user_ca_effect */

#endif
