/* run.h - the stages that audit, collect and evaluate are made of. */
#ifndef CLI_RUN_H
#define CLI_RUN_H
#include "base/err.h"
#include "rules/baseline.h"
#include "rules/engine.h"
#include "rules/facts.h"
#include "rules/waivers.h"

#include <stdbool.h>

struct context;
struct store;

/* Where the evidence is: a file that stays, or a temporary one that goes. */
struct snapshot_file {
    char *path;
    bool is_temporary;
};
/* Picks --snapshot, or a temporary name in TMPDIR (mode 0600 by store_create). */
enum err_code snapshot_file_choose(const struct context *c, struct snapshot_file *f, struct err *e);
/* A temporary file is removed unless `keep`, and then named on stderr. */
void snapshot_file_end(const struct context *c, struct snapshot_file *f, bool keep);

/* ERR_USAGE when tenant, application or CA file are missing or cannot be right. */
enum err_code run_check_tenant_options(const struct context *c, struct err *e);

/* Reads the tenant into a new snapshot at `path`. The store is open afterwards also when the error
 * left something worth keeping (*out not NULL). */
enum err_code run_collect(struct context *c, const char *path, struct store **out, struct err *e);

/* The same for these resources only, and what they depend on. */
enum err_code run_collect_only(struct context *c, const char *path, const char *const *only,
                               size_t n, struct store **out, struct err *e);

/* The same for what these rules read; everything with --collect-all, and when they are about the
 * run itself only. */
enum err_code run_collect_for(struct context *c, const char *path, const struct ruleset *rules,
                              struct store **out, struct err *e);

/* Says how to go on with a collection that is not finished, if it is not. */
void run_advise(const struct context *c, struct store *s);

/* ERR_USAGE when the evidence changed after it was sealed: it proves nothing then. A collection
 * that did not end gets a warning, and what it has is brought together. */
enum err_code run_check_seal(const struct context *c, struct store *s, struct err *e);

/* Loads the rules that --rules names, or the shipped packs, and applies --profile; every problem
 * goes to stderr. */
enum err_code run_load_rules(struct context *c, struct ruleset **out, struct err *e);

/* Loads the file that --waivers names; *out is NULL without one. Every problem goes to stderr. */
enum err_code run_load_waivers(struct context *c, const char *path, struct waivers **out,
                               struct err *e);

/* ERR_USAGE when --as-of or --smtp-removal-date is no date: for asking before anything is
 * contacted. */
enum err_code run_check_dates(const struct context *c, struct err *e);

/* Midnight of --as-of, or of the day the evidence was collected; and of --smtp-removal-date. */
enum err_code run_facts_options(const struct context *c, struct store *s, struct facts_options *out,
                                struct err *e);

/* What judges: loaded before anything is contacted. Released with run_judgement_release(), also
 * after an error. */
struct judgement {
    struct ruleset *rules;
    struct waivers *waivers;   /* NULL: none */
    struct baseline *baseline; /* NULL: none */
};
enum err_code run_judgement_load(struct context *c, struct judgement *out, struct err *e);
void run_judgement_release(struct judgement *j);

/* Facts, rules, reports, summary, gate. Returns the exit code; errors are printed. */
int run_judge(struct context *c, struct store *s, const struct judgement *j);

#endif
