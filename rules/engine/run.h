/* run.h - one rule over one snapshot: rows in, an outcome out. */
#ifndef ENGINE_RUN_H
#define ENGINE_RUN_H
#include "base/err.h"
#include "model/outcome.h"
#include "rule.h"
#include "sandbox.h"

/* One row of a rule's query. Borrowed until the callback returns. Only a row that is kept has its
 * texts: of one that is counted the name is NULL, and the reason may be. */
struct run_row {
    const char *resource_id, *resource_name, *reason; /* name and reason may be NULL */
    enum status status;
    size_t resources;     /* that it stands for; of a row that is kept 1 */
    const char *evidence; /* JSON object, or NULL when the query has no further columns */
};

/* The optional column of a query that says how many resources a row stands for. */
#define RUN_RESOURCES "resources"

/* Failing, unknown and manual rows are kept; the others are counted. */
bool run_row_is_kept(const struct run_row *row);

/* Called for every row, passes included. An error ends the evaluation. */
typedef enum err_code run_row_fn(void *ctx, const struct run_row *row, struct err *e);

struct run_options {
    const char *as_of;       /* YYYY-MM-DD */
    const struct yn *params; /* values that replace defaults; NULL: none */
    run_row_fn *row;
    void *ctx;
};

struct run_result {
    struct tally tally;
    enum outcome outcome;
    enum reason reason;
    enum reason unknown_reason; /* of the first row that could not be judged */
    evidence_set missing;       /* of what the rule reads */
    bool is_incomplete;
    bool was_run;     /* false: the query was not run, or ended in an error */
    bool was_crowded; /* an error because time ran out while others worked too: nothing is known of
                         the rule until it ran by itself */
    char *detail;     /* error: what went wrong; else the reason of the row that speaks for the
                         result: the first failing, unknown, manual or only one. May be NULL */
};
void run_result_release(struct run_result *r); /* fine on a zeroed struct */

/* Evaluates one rule. A defect of the rule or of its rows is an outcome (`error`), not an error;
 * an err_code is only returned when the evaluation as a whole cannot go on (the snapshot cannot be
 * read, `row` failed, a signal). The caller releases the result, also then. */
enum err_code run_rule(struct sandbox *sb, const struct rule *r,
                       const struct evidence_states *states, const struct run_options *o,
                       struct run_result *out, struct err *e);

/* Takes `waived` failing resources out of a result that was reached with them. A waiver covers
 * findings; it never turns what is not known into anything. */
void run_waive(struct run_result *r, size_t waived, const struct evidence_states *states);

/* How many resources the rule applies to: not_applicable rows do not count. */
size_t tally_total(const struct tally *t);

#endif
