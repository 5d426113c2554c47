/* report_model.h - what every format renders, loaded once, in one total order.
 *
 * Rules are few (LIMIT_RULES) and loaded whole, sorted by service, severity and rule id. Resource
 * rows may be hundreds of thousands and are streamed per rule, sorted by resource id. Nothing here
 * turns something missing into a zero: a snapshot that was not evaluated says so, a rule without a
 * result is an error, and a pass on incomplete evidence counts as not evaluated. */
#ifndef REPORTS_REPORT_MODEL_H
#define REPORTS_REPORT_MODEL_H
#include "base/err.h"
#include "model/evidence.h"
#include "model/outcome.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;

/* Texts are owned and may be NULL where the column may be. */
struct report_rule {
    char *id, *pack, *title, *service, *summary, *rationale, *file, *query, *message;
    int64_t version;
    enum severity severity;
    enum outcome outcome;
    enum reason reason;
    size_t pass, fail, unknown, manual, not_applicable, waived, total;
    bool is_incomplete;
    json_t *overrides;   /* what the profile changed: [{what, from, to}], or NULL */
    json_t *remediation; /* object or NULL */
    json_t *references;  /* array */
    json_t *mappings;    /* object */
    json_t *resources;   /* array of collection resources it reads */
    json_t *missing;     /* array of {resource, state, reason_code, permission, licence, detail} */
};

/* A waiver of the evaluation. `approved_by`, `ticket` and `warning` may be NULL. */
struct report_waiver {
    char *id, *rule_id, *tenant, *disposition, *owner, *approved_by, *ticket, *reason, *created,
        *expires, *state, *warning;
    int64_t days;
    size_t matched;
};

struct report_collection {
    char *resource, *detail, *permission, *licence, *request_template, *started_at, *finished_at;
    enum collection_state state;
    enum reason reason;
    size_t rows, pages, requests;
};

struct report_model {
    struct store *s; /* borrowed */

    /* snapshot */
    char *tenant_id, *tenant_name, *tenant_domain, *cloud, *started_at, *finished_at, *sealed_at,
        *tool_version, *digest, *client_id;
    char *default_domain; /* the verified one that new accounts get; NULL: not read */
    int64_t schema_version;
    json_t *granted; /* array of permission names; NULL: not known */
    /* Array of {started_at, ended_at or null: killed}; NULL: collected in one sitting. */
    json_t *sittings;

    /* evaluation */
    bool has_evaluation;
    char *as_of, *evaluator_version, *profile, *rules_digest, *fail_on;
    char *smtp_removal_date; /* NULL: not known */
    json_t *profile_details; /* object {id, title, files, excluded, max_not_evaluated}, or NULL */
    json_t *baseline; /* object {digest, ..., new, open, not_known, fixed, not_judged}, or NULL */

    struct report_rule *rules;
    size_t rule_count;
    size_t outcomes[OUTCOME_COUNT];
    size_t failing[SEVERITY_COUNT]; /* rules with outcome fail */
    size_t incomplete_fails;        /* of those, judged on incomplete evidence */

    struct report_waiver *waivers; /* in the file's order */
    size_t waiver_count;
    size_t waiver_warnings; /* of them, with something to do */

    unsigned redacted; /* enum redact_kind: what texts out of this store do not say; 0: nothing */

    struct report_collection *collection;
    size_t collection_count;
    struct evidence_states states;
};

/* ERR_STORE when there is no snapshot row, or a word that this version does not know. The model is
 * initialised here; the caller releases it, also after an error. */
enum err_code report_model_load(struct store *s, struct report_model *out, struct err *e);
void report_model_release(struct report_model *m);

/* Of a model that holds a store; part of report_model_load(). */
enum err_code report_sittings_load(struct report_model *m, struct err *e);
/* "START/END, START/.." in RFC 3339, ".." for an end that nobody noted; NULL: collected in one
 * sitting. Caller frees. */
char *report_sittings_text(const struct report_model *m);

/* Rules that got a verdict: pass, fail, waived, not applicable. */
size_t report_judged(const struct report_model *m);
/* Rules without one for lack of evidence, or by a defect. */
size_t report_unjudged(const struct report_model *m);
/* The client: its name, else its domain, else its id. Never NULL. */
const char *report_tenant(const struct report_model *m);

/* The rules that matter most: failing ones by severity, then by number of failing resources, then
 * in report order. Writes at most `max` and returns how many; borrowed from the model. */
enum { REPORT_WORST = 10 }; /* of them, on a first screen */
size_t report_worst(const struct report_model *m, const struct report_rule **out, size_t max);

/* One row of resource_result; texts are borrowed until the callback returns. */
struct report_row {
    const char *resource_id, *resource_name, *status, *reason, *waiver_id, *evidence;
    const char *note;     /* what waivers say of it; NULL: nothing */
    const char *baseline; /* new|open|not_known; NULL: no baseline was given, or no finding */
};
typedef enum err_code report_row_fn(void *ctx, const struct report_row *row, struct err *e);
/* Rows of one rule by resource id; `status` NULL: all. `limit` 0: no limit. A waived row has the
 * status fail and a waiver_id: "fail" asks for those without, "waived" for those with one. */
enum err_code report_rows_each(const struct report_model *m, const char *rule_id,
                               const char *status, size_t limit, report_row_fn *fn, void *ctx,
                               struct err *e);
/* The same rows with nothing but their ids and names, for a third of the time. */
enum err_code report_names_each(const struct report_model *m, const char *rule_id,
                                report_row_fn *fn, void *ctx, struct err *e);
/* Findings of the baseline that are fixed, of one rule: status and baseline say `fixed`. */
enum err_code report_fixed_each(const struct report_model *m, const char *rule_id,
                                report_row_fn *fn, void *ctx, struct err *e);
/* "3 new, 5 still open, 2 fixed" and what is not known, as a sentence; "" without a baseline. The
 * caller frees. */
char *report_baseline_words(const struct report_model *m);
/* "Redacted (upn, ip): ..., and what is not; NULL when nothing is redacted. Caller frees. */
char *report_redacted_words(const struct report_model *m);
/* "upn, ip"; "" for none. Caller frees. */
char *report_redacted_kinds(const struct report_model *m);
/* Array of the kinds' names. Caller owns it. */
json_t *report_redacted_json(const struct report_model *m);
/* "severity high -> critical, days 90 -> 30, by profile NAME"; NULL when nothing was changed. The
 * caller frees. */
char *report_override_words(const struct report_model *m, const struct report_rule *r);

#endif
