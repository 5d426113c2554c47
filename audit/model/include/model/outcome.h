/* model/outcome.h - the words results are made of, and how they combine.
 *
 * Words are stored, printed and compared as these names, everywhere. */
#ifndef MODEL_OUTCOME_H
#define MODEL_OUTCOME_H
#include <stdbool.h>
#include <stddef.h>

/* What a rule's SQL says of one resource. */
enum status {
    STATUS_PASS,
    STATUS_FAIL,
    STATUS_UNKNOWN, /* this one cannot be judged; the reason says why */
    STATUS_MANUAL,
    STATUS_NOT_APPLICABLE
};

/* What became of a rule. In the order in which the first that applies wins, except that
 * NOT_APPLICABLE is decided before the query runs, and only on evidence that was really read. */
enum outcome {
    OUTCOME_ERROR,
    OUTCOME_FAIL,
    OUTCOME_NOT_EVALUATED,
    OUTCOME_MANUAL,
    OUTCOME_WAIVED,
    OUTCOME_PASS,
    OUTCOME_NOT_APPLICABLE
};
enum { OUTCOME_COUNT = OUTCOME_NOT_APPLICABLE + 1 };

enum severity { SEVERITY_CRITICAL, SEVERITY_HIGH, SEVERITY_MEDIUM, SEVERITY_LOW, SEVERITY_INFO };
enum { SEVERITY_COUNT = SEVERITY_INFO + 1 };

/* Why something was not read or not judged. REASON_NONE is stored as NULL. */
enum reason {
    REASON_NONE,
    REASON_PERMISSION,
    REASON_LICENCE,
    REASON_API_ERROR,
    REASON_THROTTLED,
    REASON_TRUNCATED,
    REASON_DEADLINE,
    REASON_NOT_COLLECTED,
    REASON_MALFORMED,
    REASON_MANUAL,
    REASON_WAIVER
};
enum { REASON_COUNT = REASON_WAIVER + 1 };

const char *status_name(enum status s);
const char *outcome_name(enum outcome o);
const char *severity_name(enum severity s);
const char *reason_name(enum reason r); /* NULL for REASON_NONE */

/* False for an unknown word (or NULL); *out untouched. */
bool status_parse(const char *word, enum status *out);
bool outcome_parse(const char *word, enum outcome *out);
bool severity_parse(const char *word, enum severity *out);
bool reason_parse(const char *word, enum reason *out);

/* Counted results of one rule. */
struct tally {
    size_t pass, fail, unknown, manual, not_applicable, waived;
};
/* The outcome from counts (`fail` without the waived ones) and whether any evidence that the rule
 * reads is missing or partial. Unknown or missing never improves anything. A tally without any row
 * is the caller's matter. */
enum outcome outcome_combine(const struct tally *t, bool evidence_missing);

/* True when `severity` is at or above `threshold` (critical is above high). */
bool severity_at_least(enum severity severity, enum severity threshold);

#endif
