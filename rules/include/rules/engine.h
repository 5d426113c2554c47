/* rules/engine.h - rule files in, outcomes out.
 *
 * A rule is one YAML file with SQL inside (see rules/README.md). Its SQL runs on a read-only
 * connection under sqlite3_set_authorizer, a progress handler and sqlite3_limit. The authorizer
 * also reports which tables and columns it reads: from that, not from what the author declares,
 * follow the evidence it needs and when it is not evaluated (model/evidence.h). */
#ifndef RULES_ENGINE_H
#define RULES_ENGINE_H
#include "base/err.h"
#include "model/evidence.h"
#include "model/outcome.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;
struct ruleset; /* opaque */
struct waivers;
struct baseline;

/* Loads rule files or pack folders; n == 0 loads the packs that ship inside the program. Every
 * defect is reported through `problem` (file, 1-based line and column, or line 0 for the file as a
 * whole, text; may be NULL), and the first one through `e` (ERR_USAGE). Rules end up sorted by id;
 * ids are unique. */
typedef void rules_problem_fn(void *ctx, const char *file, int line, int column, const char *text);
enum err_code ruleset_load(const char *const *paths, size_t n, rules_problem_fn *problem, void *ctx,
                           struct ruleset **out, struct err *e);
void ruleset_free(struct ruleset *rs); /* NULL is a no-op */
/* What `rules check` says on top, as warnings: nothing here stops a rule from running (a parameter
 * that no query uses, a lone rule file without enough tests). Calls `fn` (may be NULL) for each and
 * returns how many there are. */
size_t ruleset_remarks(const struct ruleset *rs, rules_problem_fn *fn, void *ctx);

/* Something that `rules check` found. Texts are borrowed until the callback returns; `text` is safe
 * to print. Line 0: the file as a whole. */
struct rules_finding {
    bool is_problem;   /* else a warning */
    const char *check; /* "link", "mapping", "test", ... */
    const char *file, *text;
    int line, column;
};
typedef void rules_finding_fn(void *ctx, const struct rules_finding *f);
/* What can be said of rules that load without a tenant: links, mappings, names, markup; what they
 * answer for a tenant without anything; their tests. */
enum err_code ruleset_check(const struct ruleset *rs, rules_finding_fn *fn, void *ctx,
                            struct err *e);
/* An earlier state of one rule: its version has to rise when query, severity or title change.
 * `severity` NULL: not known. A rule that the set does not have is passed over. */
struct rules_older {
    const char *id, *title, *severity, *query;
    int version;
};
void ruleset_check_version(const struct ruleset *rs, const struct rules_older *old,
                           rules_finding_fn *fn, void *ctx);
/* Whether a pack of the set lists this id as one that is gone for good. */
bool ruleset_is_retired(const struct ruleset *rs, const char *id);
/* Runs every rule over a snapshot whose facts are derived; nothing is written. */
struct rules_trial_info {
    const char *rule, *file, *detail; /* detail may be NULL */
    enum outcome outcome;
    enum reason reason;
    struct tally tally;
    evidence_set missing;
    int64_t ms;
};
typedef void rules_trial_fn(void *ctx, const struct rules_trial_info *t);
enum err_code ruleset_try(const struct ruleset *rs, struct store *s, int64_t as_of_ms,
                          rules_trial_fn *fn, void *ctx, struct err *e);

/* What `rules list` and `rules show` print. Borrowed from the ruleset. */
struct rule_info {
    const char *id, *title, *service, *pack, *file, *summary, *query;
    const char *rationale, *applies_when, *status; /* NULL when the rule has none */
    enum severity severity;
    int version;
    const char *remediation_json; /* NULL when the rule has none */
    const char *references_json, *mappings_json, *params_json, *tags_json, *related_json;
    evidence_set needs; /* from the authorizer */
    size_t test_count;
};
size_t ruleset_count(const struct ruleset *rs);
void ruleset_info(const struct ruleset *rs, size_t i, struct rule_info *out);
/* The k-th test inside the i-th rule; false past the last. Borrowed; `reason` may be NULL. */
struct rule_test_case {
    const char *name, *outcome, *reason;
};
bool ruleset_test_case(const struct ruleset *rs, size_t i, size_t k, struct rule_test_case *out);
/* Whether this could be a rule's id: upper-case words and numbers joined by '-'. */
bool rule_id_is_valid(const char *id);
/* SIZE_MAX when there is none. */
size_t ruleset_find(const struct ruleset *rs, const char *id);
/* SHA-256 over the SHA-256 (hex) of each rule file, in the order of their ids. */
const char *ruleset_digest(const struct ruleset *rs);

/* Keeps the rules that a profile chooses, with its severities and parameters: a shipped profile's
 * name, or the path of one. Once for a set, which is only good for ruleset_free() after a problem.
 * Problems as for ruleset_load(). */
enum err_code ruleset_apply_profile(struct ruleset *rs, const char *name, rules_problem_fn *problem,
                                    void *ctx, struct err *e);
/* Borrowed from the set. False when no profile was applied. */
struct profile_info {
    const char *id, *json;
    const char *fail_on;       /* NULL: the profile does not say */
    int64_t max_not_evaluated; /* rules that may be not evaluated before the gate cannot pass */
};
bool ruleset_profile(const struct ruleset *rs, struct profile_info *out);
/* The name of a shipped profile, NULL past the last one; `title` (may be NULL) gets its title. The
 * caller frees both. */
char *profile_shipped(size_t i, char **title);

struct evaluate_options {
    int64_t as_of_ms;
    int64_t smtp_removal_ms; /* as the facts were derived with; 0: not known. Recorded only */
    int64_t evaluated_ms;
    const char *tool_version;
    const char *fail_on;             /* recorded for the reports */
    const struct waivers *waivers;   /* NULL: none */
    const struct baseline *baseline; /* NULL: none */
};
struct evaluate_summary {
    size_t outcomes[OUTCOME_COUNT];
    size_t failing[SEVERITY_COUNT]; /* rules with outcome fail, by severity */
    size_t
        new_failing[SEVERITY_COUNT]; /* of them, with a finding not known to be in the baseline */
    size_t not_evaluated[SEVERITY_COUNT]; /* rules not evaluated, or fail/pass incomplete */
    size_t errors;
};
/* Evaluates every rule on a writable store whose facts are derived, and replaces the result tables.
 * A rule that fails to run becomes outcome `error` and does not stop the others. */
enum err_code ruleset_evaluate(const struct ruleset *rs, struct store *s,
                               const struct evaluate_options *o, struct evaluate_summary *out,
                               struct err *e);

/* Runs the tests inside the rule files, each in an in-memory snapshot with facts derived. With
 * `mutate`, every rule is also changed in one small way after the other (a comparison, AND to OR, a
 * dropped term, ...), and the changes that none of its tests notices are told. Borrowed texts live
 * until the callback returns; they may be a stranger's. */
struct rules_test_info {
    const char *rule, *file, *name;
    const char *why; /* NULL: it passed */
    int line, column;
};
struct rules_mutant_info {
    const char *rule, *file;
    const char *what; /* "comparison", "dropped term", ... */
    const char *was, *now;
    int line, column;
};
struct rules_test_options {
    bool mutate;
    void (*test)(void *ctx, const struct rules_test_info *t); /* may be NULL, as the next */
    void (*mutant)(void *ctx, const struct rules_mutant_info *m);
    void *ctx;
};
struct rules_test_counts {
    size_t passed, failed;
    size_t mutants, survivors, weak_rules; /* weak: a rule with survivors */
    size_t cut; /* rules with more mutants than are tried (LIMIT_RULE_MUTANTS) */
};
enum err_code ruleset_test(const struct ruleset *rs, const struct rules_test_options *o,
                           struct rules_test_counts *out, struct err *e);

#endif
