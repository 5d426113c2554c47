/* junit.h - the verdict of a test case in JUnit's four words, and the cases of suite `run`. */
#ifndef REPORTS_JUNIT_H
#define REPORTS_JUNIT_H
#include "base/buf.h"
#include "base/strs.h"
#include "base/timex.h"
#include "report_model.h"

#include <stdio.h>

struct report_options;
struct xmlout;

enum { JUNIT_MESSAGE_CHARS = 200 }; /* one line; Jenkins and Azure show it beside the name */
enum junit_kind { JUNIT_PASS, JUNIT_FAILURE, JUNIT_ERROR, JUNIT_SKIPPED };

/* What writing a case needs. */
struct junit_writer {
    const struct report_model *m;
    const struct report_options *o;
    struct xmlout *x;
    char *slug; /* of the tenant */
    char timestamp[TIME_TEXT_BYTES];
    struct strlist names; /* every class and name, to prove them unique */
};

enum junit_kind junit_kind(const struct report_rule *r, const struct report_options *o);
/* The word that --junit-not-evaluated chose. */
enum junit_kind junit_not_evaluated(const struct report_options *o);

/* The text of a rule's failure, error or skipped element. Its first line is at most
 * JUNIT_MESSAGE_CHARS long and goes into the message attribute too. */
enum err_code junit_body(const struct junit_writer *w, const struct report_rule *r, size_t own,
                         struct buf *b, struct err *e);
/* The same of one failing resource that has a case of its own. */
void junit_resource_body(const struct report_options *o, const struct report_rule *r,
                         const struct report_row *row, struct buf *b);
/* Steps, commands and references of a failing rule, for the extended dialect's system-out. */
void junit_help(const struct report_rule *r, struct buf *b);

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
void junit_run_cases(const struct report_model *m, const struct report_options *o,
                     struct junit_cases *out);
void junit_cases_release(struct junit_cases *c);

/* junit_case.c: one case of suite `run`; of a rule, of whose failing resources `own` have their
 * own; and of such a resource. */
void junit_put_run_case(struct junit_writer *w, const char *service, const struct junit_case *c);
enum err_code junit_put_rule(struct junit_writer *w, const char *service,
                             const struct report_rule *r, size_t own, struct err *e);
void junit_put_resource(struct junit_writer *w, const char *service, const struct report_rule *r,
                        const struct report_row *row);
/* "a-b" of "A.b": Jenkins splits a class name at its last dot. "tenant" when no letter or digit is
 * in it. Caller frees. */
char *junit_slug(const char *name);
/* The first line of a case: "<id> FAIL high: <message>", or the state word that skipped cases start
 * with. Caller frees. */
char *junit_headline(const char *id, enum outcome outcome, enum severity severity,
                     enum reason reason, const char *message);
void junit_property(struct xmlout *x, const char *name, const char *value);

#endif
