/* cmd_audit.c - audit, collect, evaluate. */
#include "base/mem.h"
#include "commands.h"
#include "context.h"
#include "demo.h"
#include "exitcode.h"
#include "gate.h"
#include "model/evidence.h"
#include "model/store.h"
#include "nightly.h"
#include "output.h"
#include "rules/engine.h"
#include "run.h"

#include <stdlib.h>
#include <unistd.h>

static enum err_code no_arguments(const struct context *c, struct err *e)
{
    return c->opt.arguments.n == 0
               ? ERR_OK
               : err_set(e, ERR_USAGE, "unexpected argument '%s'", c->opt.arguments.v[0]);
}

static enum err_code check_resume(const struct context *c, struct err *e)
{
    if (c->opt.resume != NULL && c->opt.snapshot != NULL)
        return err_set(e, ERR_USAGE,
                       "--resume names the snapshot to go on with: leave --snapshot out");
    if (c->opt.resume != NULL && c->opt.demo)
        return err_set(e, ERR_USAGE, "the demo tenant is not collected: leave --resume out");
    if (c->opt.collect_all && c->opt.demo)
        return err_set(e, ERR_USAGE, "the demo tenant is not collected: leave --collect-all out");
    if (c->opt.since == NULL && !c->opt.incremental)
        return ERR_OK;
    if (c->opt.demo)
        return err_set(e, ERR_USAGE,
                       "the demo tenant is not collected: leave --since and --incremental out");
    if (c->opt.resume != NULL)
        return err_set(e, ERR_USAGE,
                       "a resumed run reads all that it lacks: leave --since and "
                       "--incremental out");
    return ERR_OK;
}

/* Everything that can be wrong in what the user typed, before anything is contacted. */
static enum err_code check_judge_options(const struct context *c, struct err *e)
{
    struct outputs outs;
    struct gate gate;
    enum err_code code = outputs_parse(c, &outs, e);

    outputs_release(&outs);
    if (code == ERR_OK)
        code = run_check_dates(c, e);
    if (code == ERR_OK)
        code = gate_parse(c->opt.fail_on, c->opt.allow_incomplete, &gate, e);
    return code;
}

static enum err_code obtain(struct context *c, const char *path, const struct judgement *j,
                            struct store **s, struct err *e)
{
    enum err_code code;

    if (!c->opt.demo)
        return run_collect_for(c, path, j->rules, s, e);
    code = demo_copy(path, e);
    if (code == ERR_OK)
        code = store_open(path, true, s, e);
    return code;
}

int cmd_audit(struct context *c)
{
    struct snapshot_file file = {NULL, false};
    struct judgement j = {0};
    struct nightly nightly = {0};
    struct store *s = NULL;
    struct err e = ERR_INIT;
    bool keep = false;
    int rc;

    if (no_arguments(c, &e) == ERR_OK && check_resume(c, &e) == ERR_OK &&
        nightly_begin(c, &nightly, &e) == ERR_OK && check_judge_options(c, &e) == ERR_OK &&
        run_judgement_load(c, &j, &e) == ERR_OK && snapshot_file_choose(c, &file, &e) == ERR_OK &&
        obtain(c, file.path, &j, &s, &e) == ERR_OK)
        rc = run_judge(c, s, &j);
    else
        rc = context_fail(c, &e);
    if (s != NULL && !file.is_temporary)
        run_advise(c, s);
    /* A report that could not be written, or an interruption, must not cost the evidence. */
    keep = s != NULL && (rc == EXIT_CODE_INTERNAL || rc >= EXIT_CODE_INTERRUPTED);
    if (file.is_temporary && (!keep || c->opt.demo) && c->opt.on_change == NULL)
        store_discard(s); /* --on-change still compares it */
    else
        store_close(s);
    nightly_end(c, &nightly, file.path, rc);
    snapshot_file_end(c, &file, keep && !c->opt.demo);
    nightly_release(&nightly);
    run_judgement_release(&j);
    return rc;
}

/* Everything, or what the rules read that --rules or --profile names. */
static enum err_code collect(struct context *c, const char *path, struct store **s, struct err *e)
{
    struct ruleset *rules = NULL;
    enum err_code code;

    if (c->opt.rules.n == 0 && c->opt.profile == NULL)
        return run_collect(c, path, s, e);
    code = run_load_rules(c, &rules, e);
    if (code == ERR_OK)
        code = run_collect_for(c, path, rules, s, e);
    ruleset_free(rules);
    return code;
}

static enum err_code count_missing(struct store *s, int64_t *n, struct err *e)
{
    return store_int(s,
                     "SELECT count(*) FROM collection WHERE state <> 'complete' "
                     "AND detail IS NOT '" COLLECTION_NOT_CHOSEN "'",
                     n, e);
}

/* A finished snapshot that --resume names: asked again by a timer, which cannot know. One that
 * cannot be opened, is another tenant's or not finished, is the collection's matter. */
static enum err_code open_finished(const struct context *c, const char *path, struct store **out,
                                   struct err *e)
{
    struct err none = ERR_INIT;
    struct store *s = NULL;
    char *tenant = NULL;
    char *sealed = NULL;
    enum err_code code = ERR_OK;

    if (c->opt.resume == NULL || store_open(path, false, &s, &none) != ERR_OK)
        return ERR_OK;
    code = store_text(s, "SELECT sealed_at FROM snapshot", &sealed, e);
    if (code == ERR_OK)
        code = store_text(s, "SELECT lower(tenant_id) FROM snapshot", &tenant, e);
    if (code == ERR_OK && sealed != NULL &&
        (c->opt.tenant == NULL || !str_is_guid(c->opt.tenant) || str_ieq(c->opt.tenant, tenant))) {
        log_line(&c->log, LOG_INFO, "%s was finished at %s: nothing is left to do", path, sealed);
        *out = s;
        s = NULL;
    }
    free(sealed);
    free(tenant);
    store_close(s);
    return code;
}

int cmd_collect(struct context *c)
{
    const char *path = c->opt.resume != NULL ? c->opt.resume : c->opt.snapshot;
    struct store *s = NULL;
    struct err e = ERR_INIT;
    bool finished = false;
    int rc = EXIT_CODE_PASSED;

    if (no_arguments(c, &e) == ERR_OK && check_resume(c, &e) == ERR_OK && path == NULL)
        err_set(&e, ERR_USAGE, "where should the evidence go? Give --snapshot FILE");
    if (e.code == ERR_OK && open_finished(c, path, &s, &e) == ERR_OK) {
        finished = s != NULL;
        if (!finished)
            (void)collect(c, path, &s, &e);
    }
    if (e.code != ERR_OK) {
        rc = context_fail(c, &e);
        if (s != NULL)
            log_line(&c->log, LOG_WARNING, "what was collected is kept in %s", path);
    } else {
        int64_t missing = 0;

        if (count_missing(s, &missing, &e) != ERR_OK) {
            rc = context_fail(c, &e);
        } else if (missing > 0) {
            log_line(&c->log, LOG_WARNING,
                     "%lld resources are not complete: see table collection in %s",
                     (long long)missing, path);
            rc = EXIT_CODE_INCOMPLETE;
        } else if (!finished) {
            log_line(&c->log, LOG_INFO, "wrote %s", path);
        }
    }
    if (s != NULL)
        run_advise(c, s);
    store_close(s);
    return rc;
}

/* A snapshot that cannot be written is judged in a temporary copy. */
static enum err_code open_for_judging(struct context *c, const char *path,
                                      struct snapshot_file *copy, struct store **out, struct err *e)
{
    struct store *s = NULL;
    enum err_code code;

    if (access(path, F_OK) != 0 || access(path, W_OK) == 0)
        return store_open(path, true, out, e);
    code = snapshot_file_choose(c, copy, e);
    if (code == ERR_OK)
        code = store_open(path, false, &s, e);
    if (code == ERR_OK)
        code = store_copy(s, copy->path, e);
    store_close(s);
    if (code == ERR_OK)
        code = store_open(copy->path, true, out, e);
    return code;
}

int cmd_evaluate(struct context *c)
{
    struct snapshot_file copy = {NULL, false};
    struct judgement j = {0};
    struct store *s = NULL;
    struct err e = ERR_INIT;
    int rc;

    if (c->opt.arguments.n != 1)
        err_set(&e, ERR_USAGE, "evaluate takes one snapshot: graphaudit evaluate SNAPSHOT");
    if (e.code == ERR_OK && check_judge_options(c, &e) == ERR_OK &&
        run_judgement_load(c, &j, &e) == ERR_OK &&
        open_for_judging(c, c->opt.arguments.v[0], &copy, &s, &e) == ERR_OK &&
        run_check_seal(c, s, &e) == ERR_OK)
        rc = run_judge(c, s, &j);
    else
        rc = context_fail(c, &e);
    store_close(s);
    snapshot_file_end(c, &copy, false);
    run_judgement_release(&j);
    return rc;
}
