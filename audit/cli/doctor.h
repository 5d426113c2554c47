/* doctor.h - checks on everything an audit depends on.
 *
 * Each check ends as one or more lines: pass, fail, hint, or not checked because of something that
 * failed before it. A failed one carries the exit code that an audit would run into. */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H
#include "base/attrs.h"
#include "base/strs.h"
#include "context.h"
#include "graph/check.h"
#include "graph/cloud.h"
#include "needs.h"
#include "rules/engine.h"

struct credential;

enum doctor_state { DOCTOR_PASS, DOCTOR_FAIL, DOCTOR_HINT, DOCTOR_UNCHECKED };

struct doctor_line {
    const char *check; /* stable word */
    enum doctor_state state;
    char *text;
    char *advice;        /* what to do, or NULL */
    int exit_code;       /* of a failed one; else 0 */
    struct strlist lost; /* rules that cannot be judged */
};

struct doctor {
    struct context *c;
    struct doctor_line *lines;
    size_t n;
    struct ruleset *rs;
    struct needs needs;
    struct cloud cloud;
    struct credential *credential; /* NULL: there is none */
    struct tenant_check *tenant;
    struct http_trace *trace; /* NULL: none */
    bool has_rules, has_cloud, has_tenant, has_graph, has_exchange;
    bool reached[3];  /* login, Graph, Exchange */
    int64_t until_ms; /* monotonic */
};

/* Adds a line; `fmt` is its text. */
struct doctor_line *doctor_add(struct doctor *d, const char *check, enum doctor_state state,
                               const char *fmt, ...) PRINTF(4, 5);
/* Adds a failed one. */
struct doctor_line *doctor_fail(struct doctor *d, const char *check, int exit_code, const char *fmt,
                                ...) PRINTF(4, 5);
void doctor_advise(struct doctor_line *l, const char *fmt, ...) PRINTF(2, 3);
void doctor_lose(struct doctor_line *l, const struct strlist *rules);
/* Milliseconds for a question that may take `most`; 0: the time is used up, or a signal came. */
int64_t doctor_time(const struct doctor *d, int64_t most);

void doctor_check_local(struct doctor *d);   /* doctor_local.c */
void doctor_check_network(struct doctor *d); /* doctor_network.c */
void doctor_check_tenant(struct doctor *d);  /* doctor_tenant.c */

void doctor_print(const struct doctor *d); /* doctor_print.c */
void doctor_print_json(const struct doctor *d, int exit_code);

#endif
