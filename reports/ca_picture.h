/* ca_picture.h - Conditional Access as a table: each policy, what it asks of whom, and the people
 * it leaves out, by the path that leaves them out. */
#ifndef REPORTS_CA_PICTURE_H
#define REPORTS_CA_PICTURE_H
#include "base/buf.h"
#include "messages.h"
#include "report_model.h"

struct ca_totals {
    size_t policies, on, report_only, off, other;
    bool are_read;         /* all policies were read */
    bool exclusions_known; /* everything behind ca_exclusion was read */
    /* Enabled accounts by what policies, security defaults and per-user MFA do to their sign-ins:
     * always, sometimes, never, unknown; and blocked, conditional, allowed, unknown. */
    size_t mfa[4], legacy[4];
    size_t people;
    size_t accounts; /* switched off or not: what policies are counted against */
    bool people_known;
    char security_defaults[8]; /* on|off|unknown */
};
extern const char *const ca_mfa_words[4];
extern const char *const ca_legacy_words[4];

enum err_code ca_totals_load(const struct report_model *m, struct ca_totals *out, struct err *e);

/* Texts are borrowed until the callback returns. `controls` and `scope` are made for people. */
struct ca_policy_row {
    size_t number; /* from 1, in report order */
    const char *id, *name, *state;
    const char *controls; /* "block access"; "MFA or compliant device" */
    const char *scope;    /* "everyone; all apps" */
    bool is_counted;      /* false: not enforced at all, for workloads, or not derived */
    size_t reached;       /* accounts in its scope */
    size_t possibly;      /* and those that may be, for want of evidence */
    size_t excluded;      /* distinct people */
    const char *paths;    /* "12 by group Break glass; 1 named directly"; "" for none */
    const char *people;   /* up to CA_PEOPLE of them; "" for none */
};
enum { CA_PEOPLE = 20, CA_PATHS = 5 };
typedef enum err_code ca_policy_fn(void *ctx, const struct ca_policy_row *row, struct err *e);
/* Words in this language. Enforced ones first, then report-only, then off; by name and id. */
enum err_code ca_policies_each(const struct report_model *m, enum lang lang, ca_policy_fn *fn,
                               void *ctx, struct err *e);

#endif
