/* trend.h - the tenant's past runs as the snapshot holds them (table trend), oldest first.
 *
 * Empty when the evaluation was not recorded in a history. A time that is none, or none after the
 * run before it, is not ours: such a row is left out. */
#ifndef REPORTS_TREND_H
#define REPORTS_TREND_H
#include "report_model.h"

/* Runs that a report draws: two months of nights. */
enum { TREND_RUNS_MAX = 60 };

enum trend_count {
    TREND_PASSED, /* rules */
    TREND_FAILED,
    TREND_NOT_EVALUATED,
    TREND_FINDINGS, /* resources */
    TREND_SMTP_ALLOWED,
    TREND_SMTP_UNKNOWN,
    TREND_SMTP_BLOCKED,
    TREND_COUNTS
};

struct trend_run {
    int64_t ms;
    size_t count[TREND_COUNTS];
};

struct trend {
    struct trend_run runs[TREND_RUNS_MAX];
    size_t n;
};

/* The last TREND_RUNS_MAX runs. */
enum err_code trend_load(const struct report_model *m, struct trend *out, struct err *e);
/* Did this run have a verdict of any mailbox? Without one its counts of mailboxes are no zeros. */
bool trend_run_has_smtp(const struct trend_run *r);

#endif
