#include "run.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/timex.h"
#include "context.h"
#include "exitcode.h"
#include "gate.h"
#include "graph/cloud.h"
#include "graph/collect.h"
#include "graph/credential.h"
#include "graph/http_trace.h"
#include "history/history.h"
#include "model/snapshot.h"
#include "model/store.h"
#include "needs.h"
#include "output.h"
#include "progress.h"
#include "reports/redact.h"
#include "reports/report.h"
#include "rules/facts.h"
#include "rules_trust.h"
#include "sign_in.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum err_code snapshot_file_choose(const struct context *c, struct snapshot_file *f, struct err *e)
{
    const char *tmp = getenv("TMPDIR");
    int fd;

    memset(f, 0, sizeof *f);
    if (c->opt.snapshot != NULL || c->opt.resume != NULL) {
        f->path = xstrdup(c->opt.resume != NULL ? c->opt.resume : c->opt.snapshot);
        return ERR_OK;
    }
    f->is_temporary = true;
    f->path = xasprintf("%s/graphaudit-XXXXXX", tmp != NULL && *tmp != '\0' ? tmp : "/tmp");
    fd = mkstemp(f->path);
    if (fd < 0)
        return err_set(e, ERR_USAGE, "cannot create a temporary snapshot '%s': %s", f->path,
                       strerror(errno));
    (void)close(fd);
    /* store_create() makes it anew, exclusively: whoever took the name in between wins nothing. */
    if (unlink(f->path) != 0)
        return err_set(e, ERR_USAGE, "cannot use '%s': %s", f->path, strerror(errno));
    return ERR_OK;
}

void snapshot_file_end(const struct context *c, struct snapshot_file *f, bool keep)
{
    if (f->path != NULL && f->is_temporary && access(f->path, F_OK) == 0) {
        if (keep)
            log_line(&c->log, LOG_WARNING, "what was collected is kept in %s", f->path);
        else
            (void)unlink(f->path);
    }
    free(f->path);
    memset(f, 0, sizeof *f);
}

enum err_code run_check_tenant_options(const struct context *c, struct err *e)
{
    if (c->opt.tenant == NULL)
        return err_set(e, ERR_USAGE,
                       "which tenant? Give --tenant ID|DOMAIN or set AZURE_TENANT_ID");
    if (c->opt.client_id != NULL && !str_is_guid(c->opt.client_id))
        return err_set(e, ERR_USAGE, "--client-id is a GUID, not '%s'", c->opt.client_id);
    for (const char *p = c->opt.tenant; *p != '\0'; p++)
        if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') ||
              *p == '.' || *p == '-'))
            return err_set(e, ERR_USAGE, "--tenant is a GUID or a domain, not '%s'", c->opt.tenant);
    if (c->opt.ca_file != NULL && access(c->opt.ca_file, R_OK) != 0)
        return err_set(e, ERR_USAGE, "--ca-file: cannot read '%s': %s", c->opt.ca_file,
                       strerror(errno));
    return ERR_OK;
}

/* A trace is a help, not a result: what it lacks does not fail the run. */
static void close_trace(const struct context *c, struct http_trace *trace)
{
    struct err e = ERR_INIT;

    if (http_trace_close(trace, &e) != ERR_OK)
        log_line(&c->log, LOG_WARNING, "%s", e.msg);
}

/* No earlier snapshot, or one that is none, is no reason not to collect: a nightly run has to begin
 * somewhere. */
static struct store *open_since(const struct context *c)
{
    struct err e = ERR_INIT;
    struct store *since = NULL;

    if (c->opt.since != NULL && store_open(c->opt.since, false, &since, &e) != ERR_OK)
        log_line(&c->log, LOG_WARNING, "all users are read: %s", e.msg);
    return since;
}

static enum err_code collect_into(struct context *c, const struct cloud *cloud,
                                  const struct credential *cred, const char *const *only,
                                  size_t only_count, struct store *s, struct err *e)
{
    struct http_trace *trace = NULL;
    struct progress *p;
    struct collect_observer obs;
    struct collect_options o = {
        .tenant = c->opt.tenant,
        .client_id = c->opt.client_id,
        .cloud = cloud,
        .credential = cred,
        .ca_file = c->opt.ca_file,
        .proxy = c->opt.proxy,
        .dns_server = c->opt.dns_server,
        .tool_version = GRAPHAUDIT_VERSION,
        .concurrency = (unsigned)c->opt.concurrency,
        .deadline_ms = c->opt.deadline_ms,
        .clock = c->clock,
        .only = only,
        .only_count = only_count,
        .resume = c->opt.resume != NULL,
        .incremental = c->opt.incremental || c->opt.since != NULL,
    };
    enum err_code code;

    if (c->opt.trace_http != NULL && http_trace_open(c->opt.trace_http, &trace, e) != ERR_OK)
        return e->code;
    o.trace = trace;
    o.since = open_since(c);
    p = progress_new(c);
    obs = progress_observer(p);
    log_line(&c->log, LOG_DEBUG, "signing in to %s with a %s", cloud->login, credential_kind(cred));
    code = graph_collect(&o, s, &obs, e);
    progress_free(p);
    close_trace(c, trace);
    store_close(o.since);
    return code;
}

enum err_code run_collect_for(struct context *c, const char *path, const struct ruleset *rules,
                              struct store **out, struct err *e)
{
    struct strlist chosen = {0};
    enum err_code code;

    if (!c->opt.collect_all)
        needs_resources(rules, &chosen);
    /* Whose the snapshot is: without it it is no baseline, and nothing is compared with it. */
    if (chosen.n > 0 && !strlist_has(&chosen, "organization"))
        strlist_add(&chosen, "organization");
    code = run_collect_only(c, path, chosen.n > 0 ? (const char *const *)chosen.v : NULL, chosen.n,
                            out, e);
    if (code == ERR_OK && chosen.n > 0 && chosen.n < collector_count())
        log_line(&c->log, LOG_INFO,
                 "of %zu kinds of evidence, the %zu were asked for that the chosen rules need",
                 collector_count(), chosen.n);
    strlist_release(&chosen);
    return code;
}

enum err_code run_collect(struct context *c, const char *path, struct store **out, struct err *e)
{
    return run_collect_only(c, path, NULL, 0, out, e);
}

static void warn_of_end(const struct context *c, const struct credential *cred)
{
    char date[SIGN_IN_DATE_BYTES];
    int days = 0;

    if (sign_in_ends_soon(cred, &days, date))
        log_line(&c->log, LOG_WARNING,
                 "the certificate that signs in expires in %d days, on %s: make a new one and "
                 "upload its public part to the app registration",
                 days, date);
}

enum err_code run_collect_only(struct context *c, const char *path, const char *const *only,
                               size_t n, struct store **out, struct err *e)
{
    struct credential *cred = NULL;
    struct cloud cloud;
    struct store *s = NULL;
    enum err_code code;

    *out = NULL;
    memset(&cloud, 0, sizeof cloud);
    code = run_check_tenant_options(c, e);
    if (code == ERR_OK)
        code = cloud_load(c->opt.cloud, &cloud, e);
    if (code == ERR_OK)
        code = sign_in_credential(c, &cred, e);
    if (code == ERR_OK)
        warn_of_end(c, cred);
    if (code == ERR_OK)
        code = c->opt.resume != NULL ? store_open_alone(path, &s, e) : store_create(path, &s, e);
    if (code == ERR_OK) {
        code = collect_into(c, &cloud, cred, only, n, s, e);
        /* Nothing usable: an empty file would only stand in the way of the next try. What an
         * earlier run collected stays whatever happens to this one. */
        if (code != ERR_OK && code != ERR_INTERRUPTED && code != ERR_IO) {
            store_close(s);
            s = NULL;
            if (c->opt.resume == NULL)
                (void)unlink(path);
        }
    }
    credential_free(cred);
    cloud_release(&cloud);
    *out = s;
    return code;
}

void run_advise(const struct context *c, struct store *s)
{
    struct err e = ERR_INIT; /* advice that cannot be given costs nothing else */
    int64_t open = 0;

    if (store_int(s,
                  "SELECT COUNT(*) FROM collecting WHERE "
                  "(SELECT sealed_at FROM snapshot) IS NULL",
                  &open, &e) == ERR_OK &&
        open > 0)
        log_line(&c->log, LOG_WARNING, "to go on where it was cut: graphaudit collect --resume %s",
                 store_path(s));
}

enum err_code run_check_seal(const struct context *c, struct store *s, struct err *e)
{
    bool ok = false;
    char *sealed = NULL;
    enum err_code code = store_text(s, "SELECT sealed_at FROM snapshot", &sealed, e);

    if (code == ERR_OK && sealed == NULL) {
        log_line(&c->log, LOG_WARNING,
                 "%s: the collection did not end: what it lacks is not evaluated", store_path(s));
        run_advise(c, s);
        code = graph_settle(s, e);
    } else if (code == ERR_OK) {
        code = snapshot_verify(s, &ok, e);
        if (code == ERR_OK && !ok)
            code = err_set(e, ERR_USAGE, "%s: the evidence was changed after it was sealed",
                           store_path(s));
    }
    free(sealed);
    return code;
}

/* One problem is the error itself; of several, each is a line and the error counts them. */
struct problems {
    const struct context *c;
    size_t n;
    char *first;
};

static void on_problem(void *ctx, const char *file, int line, int column, const char *text)
{
    struct problems *p = ctx;

    p->n++;
    if (p->n == 1) {
        p->first = line > 0 ? xasprintf("%s:%d:%d: %s", file, line, column, text)
                            : xasprintf("%s: %s", file, text);
        return;
    }
    if (p->n == 2)
        log_line(&p->c->log, LOG_ERROR, "%s", p->first);
    if (line > 0)
        log_line(&p->c->log, LOG_ERROR, "%s:%d:%d: %s", file, line, column, text);
    else
        log_line(&p->c->log, LOG_ERROR, "%s: %s", file, text);
}

/* Several problems were printed one by one: the error only counts them. */
static enum err_code problems_end(struct problems *p, enum err_code code, const char *where,
                                  struct err *e)
{
    if (code != ERR_OK && p->n > 0) {
        err_clear(e);
        if (p->n == 1)
            code = err_set(e, ERR_USAGE, "%s", p->first);
        else
            code = err_set(e, ERR_USAGE, "%zu problems in %s", p->n, where);
    }
    free(p->first);
    return code;
}

enum err_code run_load_rules(struct context *c, struct ruleset **out, struct err *e)
{
    struct problems p = {c, 0, NULL};
    enum err_code code =
        ruleset_load((const char *const *)c->opt.rules.v, c->opt.rules.n, on_problem, &p, out, e);

    if (code == ERR_OK && rules_trust(c, *out, e) != ERR_OK) {
        ruleset_free(*out);
        *out = NULL;
        return e->code;
    }
    if (code == ERR_OK && c->opt.profile != NULL) {
        code = ruleset_apply_profile(*out, c->opt.profile, on_problem, &p, e);
        if (code != ERR_OK) {
            ruleset_free(*out);
            *out = NULL;
        }
        return problems_end(&p, code, "the profile", e);
    }
    return problems_end(&p, code, "rule files", e);
}

enum err_code run_load_waivers(struct context *c, const char *path, struct waivers **out,
                               struct err *e)
{
    struct problems p = {c, 0, NULL};
    enum err_code code;

    *out = NULL;
    if (path == NULL)
        return ERR_OK;
    code = waivers_load(path, on_problem, &p, out, e);
    return problems_end(&p, code, "the waiver file", e);
}

static enum err_code check_baseline(const struct baseline *b, const char *tenant, struct err *e)
{
    if (str_ieq(baseline_tenant(b), tenant))
        return ERR_OK;
    return err_set(e, ERR_USAGE, "the baseline is of tenant %s, this is %s", baseline_tenant(b),
                   tenant != NULL ? tenant : "a tenant whose id was not read");
}

static enum err_code check_baseline_of(const struct baseline *b, struct store *s, struct err *e)
{
    char *tenant = NULL;
    enum err_code code;

    if (b == NULL)
        return ERR_OK;
    code = store_text(s, "SELECT tenant_id FROM snapshot", &tenant, e);
    if (code == ERR_OK)
        code = check_baseline(b, tenant, e);
    free(tenant);
    return code;
}

/* What the user typed, else what the profile says, else high. */
static const char *fail_on_of(const struct context *c, const struct judgement *j)
{
    struct profile_info p;

    if (c->opt.fail_on != NULL)
        return c->opt.fail_on;
    return ruleset_profile(j->rules, &p) && p.fail_on != NULL ? p.fail_on : "high";
}

static enum err_code gate_of(const struct context *c, const struct judgement *j, struct gate *out,
                             struct err *e)
{
    struct profile_info p;
    enum err_code code = gate_parse(fail_on_of(c, j), c->opt.allow_incomplete, out, e);

    out->only_new = c->opt.fail_on_new;
    if (ruleset_profile(j->rules, &p))
        out->max_not_evaluated = (size_t)p.max_not_evaluated;
    return code;
}

enum err_code run_judgement_load(struct context *c, struct judgement *out, struct err *e)
{
    enum err_code code;

    memset(out, 0, sizeof *out);
    code = c->opt.history != NULL ? history_check(c->opt.history, e) : ERR_OK;
    if (code == ERR_OK)
        code = run_load_rules(c, &out->rules, e);
    if (code == ERR_OK)
        code = run_load_waivers(c, c->opt.waivers, &out->waivers, e);
    if (code == ERR_OK && c->opt.fail_on_new && c->opt.baseline == NULL)
        code = err_set(e, ERR_USAGE, "--fail-on-new needs --baseline SNAPSHOT");
    if (code == ERR_OK && c->opt.baseline != NULL)
        code = baseline_load(c->opt.baseline, &out->baseline, e);
    if (code == ERR_OK && out->baseline != NULL && c->opt.tenant != NULL &&
        str_is_guid(c->opt.tenant))
        code = check_baseline(out->baseline, c->opt.tenant, e);
    return code;
}

void run_judgement_release(struct judgement *j)
{
    ruleset_free(j->rules);
    waivers_free(j->waivers);
    baseline_free(j->baseline);
    memset(j, 0, sizeof *j);
}

static enum err_code read_date(const char *option, const char *text, const char *like, int64_t *ms,
                               struct err *e)
{
    if (text != NULL && (!date_parse(text, ms) || *ms <= 0))
        return err_set(e, ERR_USAGE, "%s takes a date such as %s, not '%s'", option, like, text);
    return ERR_OK;
}

static enum err_code read_dates(const struct context *c, struct facts_options *o, struct err *e)
{
    memset(o, 0, sizeof *o);
    if (read_date("--as-of", c->opt.as_of, "2026-12-31", &o->as_of_ms, e) != ERR_OK)
        return e->code;
    return read_date("--smtp-removal-date", c->opt.smtp_removal_date, "2028-03-31",
                     &o->smtp_removal_ms, e);
}

enum err_code run_check_dates(const struct context *c, struct err *e)
{
    struct facts_options ignored;

    return read_dates(c, &ignored, e);
}

enum err_code run_facts_options(const struct context *c, struct store *s, struct facts_options *out,
                                struct err *e)
{
    char *started = NULL;

    if (read_dates(c, out, e) != ERR_OK || c->opt.as_of != NULL)
        return e->code;
    if (store_text(s, "SELECT substr(started_at, 1, 10) FROM snapshot", &started, e) == ERR_OK &&
        !date_parse(started, &out->as_of_ms))
        err_set(e, ERR_STORE, "the snapshot does not say when it was collected");
    free(started);
    return e->code;
}

static enum err_code evaluate(struct context *c, struct store *s, const struct judgement *j,
                              struct evaluate_summary *sum, struct err *e)
{
    struct evaluate_options eo = {
        .evaluated_ms = clock_wall_ms(c->clock),
        .tool_version = GRAPHAUDIT_VERSION,
        .fail_on = fail_on_of(c, j),
        .baseline = j->baseline,
        .waivers = j->waivers,
    };
    struct facts_options fo = {0};
    enum err_code code = run_facts_options(c, s, &fo, e);

    eo.as_of_ms = fo.as_of_ms;
    eo.smtp_removal_ms = fo.smtp_removal_ms;
    if (code == ERR_OK)
        code = facts_derive(s, &fo, e);
    if (code == ERR_OK)
        code = ruleset_evaluate(j->rules, s, &eo, sum, e);
    (void)malloc_trim(0); /* what the threads of rules used, before a report asks for its own */
    return code;
}

/* A history that cannot be written costs the history, never the audit. */
static void record_history(const struct context *c, struct store *s)
{
    struct history *h = NULL;
    struct err e = ERR_INIT;
    bool is_new = false;

    if (c->opt.history == NULL)
        return;
    if (history_open(c->opt.history, true, &h, &e) == ERR_OK &&
        history_record(h, s, &is_new, &e) == ERR_OK)
        (void)history_fill_trend(h, s, &e);
    if (e.code != ERR_OK)
        log_line(&c->log, LOG_WARNING, "this run is not in the history: %s", e.msg);
    else
        log_line(&c->log, LOG_DEBUG,
                 is_new ? "recorded in the history" : "the history has this run already");
    history_close(h);
}

/* The reports, and the summary when nothing else goes to standard output. */
static void write_reports(const struct context *c, const struct outputs *outs, struct store *s,
                          struct err *e)
{
    struct redact *redact = NULL;

    if (redaction_begin(&outs->redaction, s, &redact, e) == ERR_OK)
        (void)outputs_write(c, outs, s, e);
    if (e->code == ERR_OK && !outs->uses_stdout && !c->opt.quiet)
        (void)report_summary(s, stdout, c->width, c->colour, e);
    else if (e->code == ERR_OK)
        outputs_warn_of_waivers(c, s);
    redact_free(redact);
}

int run_judge(struct context *c, struct store *s, const struct judgement *j)
{
    struct evaluate_summary sum;
    struct outputs outs;
    struct gate gate;
    struct err e = ERR_INIT;
    const char *sentence = "";
    int rc;

    memset(&sum, 0, sizeof sum);
    if (outputs_parse(c, &outs, &e) == ERR_OK && gate_of(c, j, &gate, &e) == ERR_OK &&
        check_baseline_of(j->baseline, s, &e) == ERR_OK && evaluate(c, s, j, &sum, &e) == ERR_OK) {
        record_history(c, s);
        write_reports(c, &outs, s, &e);
    }
    if (e.code != ERR_OK) {
        rc = context_fail(c, &e);
    } else {
        rc = gate_judge(&gate, &sum, &sentence);
        log_line(&c->log, rc == EXIT_CODE_PASSED ? LOG_INFO : LOG_WARNING, "%s (exit %d)", sentence,
                 c->opt.exit_zero ? exit_code_zeroed(rc) : rc);
    }
    outputs_release(&outs);
    return rc;
}
