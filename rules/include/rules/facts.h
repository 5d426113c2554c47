/* rules/facts.h - facts derived in C from the evidence: licence plans, the SMTP AUTH verdict,
 * Conditional Access exclusions. Pure: same evidence and options, same rows. */
#ifndef RULES_FACTS_H
#define RULES_FACTS_H
#include "base/err.h"

#include <stdint.h>

struct store;

struct facts_options {
    int64_t as_of_ms; /* midnight UTC of the audit's date */
    /* Midnight UTC of the day on which, so the operator says, Microsoft removes basic SMTP AUTH for
     * good; 0: not known. Microsoft means to announce it in the second half of 2027. */
    int64_t smtp_removal_ms;
};

/* Replaces all derived tables, in one transaction. The evidence tables are not written. */
enum err_code facts_derive(struct store *s, const struct facts_options *o, struct err *e);

#endif
