/* junit.h - the verdict of a test case in JUnit's four words, and the cases of suite `run`. */
#ifndef REPORTS_JUNIT_H
#define REPORTS_JUNIT_H
#include "base/buf.h"
#include "report_model.h"

#include <stdio.h>

struct report_options;

enum { JUNIT_MESSAGE_CHARS = 200 }; /* one line; Jenkins and Azure show it beside the name */
enum junit_kind { JUNIT_PASS, JUNIT_FAILURE, JUNIT_ERROR, JUNIT_SKIPPED };

enum junit_kind junit_kind(const struct report_rule *r);

/* The text of a rule's failure, error or skipped element. Its first line is at most
 * JUNIT_MESSAGE_CHARS long and goes into the message attribute too. */
enum err_code junit_body(const struct report_model *m, const struct report_options *o,
                         const struct report_rule *r, struct buf *b, struct err *e);

/* One test case that is not a rule's. Texts are owned; `message` is NULL for a pass. */
struct junit_case {
    enum junit_kind kind;
    char *name;
    char *type;    /* of an error: not_evaluated.<reason_code> */
    char *message; /* its first line is the message attribute, the whole is the body */
};
struct junit_cases {
    struct junit_case *v;
    size_t n;
};

/* Suite `run`: the same cases for every snapshot, so that "the audit did not run" differs from
 * "nothing was found". Caller releases. */
void junit_run_cases(const struct report_model *m, struct junit_cases *out);
void junit_cases_release(struct junit_cases *c);

#endif
