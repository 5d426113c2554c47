/* fleet_run.c - the audits of a fleet, some at a time. */
#include "base/clock.h"
#include "base/fsx.h"
#include "base/mem.h"
#include "base/stop.h"
#include "context.h"
#include "exitcode.h"
#include "fleet.h"
#include "fleet_history.h"
#include "fleet_process.h"
#include "reports/rollup.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* How often processes are looked at, and how long one that was told to stop has to write down what
 * it holds: less than the 30 s that Kubernetes gives us. */
enum { POLL_NS = 20 * 1000 * 1000, GRACE_MS = 20 * 1000 };

/* One audit under way. */
struct job {
    const struct fleet_tenant *t;
    char *folder;            /* DIR/NAME.partial */
    int log;                 /* locked: nobody else audits into the folder */
    pid_t pid;               /* 0: no job */
    int64_t end_by, kill_by; /* of the monotonic clock; 0: never */
    bool is_late;            /* its time was used up */
    char started[TIME_TEXT_BYTES];
};

struct fleet {
    struct context *c;
    struct job *jobs;
    struct fleet_history *history; /* NULL: none */
    size_t parallel, running;
    size_t audited, failed, skipped; /* tenants */
    bool is_stopping;
    int64_t since_ms; /* what began before does not count; 0: all counts */
    int rc;           /* so far */
};

static int64_t now(const struct fleet *f)
{
    return clock_mono_ms(f->c->clock);
}

static void say_outcome(struct fleet *f, const struct fleet_result *r)
{
    f->rc = fleet_worse(f->rc, r->exit_code);
    if (fleet_is_audited(r->exit_code)) {
        f->audited++;
        log_line(&f->c->log, LOG_INFO, "%s: audited, exit code %d (%s)", r->name, r->exit_code,
                 fleet_meaning(r->exit_code));
    } else {
        f->failed++;
        log_line(&f->c->log, LOG_WARNING, "%s: not audited, exit code %d: %s", r->name,
                 r->exit_code, r->error != NULL ? r->error : fleet_meaning(r->exit_code));
    }
}

/* A tenant that could not even be begun. */
static void fail_tenant(struct fleet *f, const struct fleet_tenant *t, const struct err *e)
{
    struct fleet_result r = {.name = t->name,
                             .tenant = t->tenant,
                             .exit_code = exit_code_of(e->code),
                             .error = xstrdup(e->msg)};

    say_outcome(f, &r);
    free(r.error);
}

/* ---- beginning ---- */

static bool is_done(struct fleet *f, const struct fleet_tenant *t)
{
    char *folder = xasprintf("%s/%s", f->c->opt.output_dir, t->name);
    struct fleet_result r = {0};
    struct err e = ERR_INIT; /* what cannot be read is audited again */
    bool done = !f->c->opt.again && fleet_result_read(folder, &r, &e) == ERR_OK &&
                fleet_is_audited(r.exit_code) && str_eq(r.tenant, t->tenant) &&
                fleet_is_recent(r.started, f->since_ms);

    if (done) {
        f->rc = fleet_worse(f->rc, r.exit_code);
        f->skipped++;
        if (r.started[0] != '\0' && r.ended[0] != '\0')
            fleet_history_end(f->history, &r, folder);
        log_line(&f->c->log, LOG_DEBUG, "%s: audited already", t->name);
    }
    fleet_result_release(&r);
    free(folder);
    return done;
}

/* Makes the folder and locks its log; the lock lives as long as anybody who writes to the log. */
static enum err_code take_folder(struct job *j, struct err *e)
{
    char *path = xasprintf("%s/" FLEET_LOG, j->folder);
    struct stat st;

    if (mkdir(j->folder, 0700) != 0 && errno != EEXIST)
        err_set(e, ERR_IO, "cannot make '%s': %s", j->folder, strerror(errno));
    else if (lstat(j->folder, &st) != 0 || !S_ISDIR(st.st_mode))
        err_set(e, ERR_IO, "'%s' is no folder", j->folder);
    else
        j->log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (e->code == ERR_OK && j->log < 0)
        err_set(e, ERR_IO, "cannot write '%s': %s", path, strerror(errno));
    else if (e->code == ERR_OK && flock(j->log, LOCK_EX | LOCK_NB) != 0)
        err_set(e, errno == EWOULDBLOCK ? ERR_NET : ERR_IO,
                "'%s' is locked: another run is at this tenant", path);
    free(path);
    return e->code;
}

static void add_argument(struct strlist *l, const char *format, const char *folder,
                         const char *name)
{
    char *arg = xasprintf("%s%s/%s", format, folder, name);

    strlist_add(l, arg);
    free(arg);
}

/* No configuration file: tenants.yaml says what a tenant is audited with. */
static void build_arguments(const struct fleet *f, const struct job *j, bool resume,
                            struct strlist *argv)
{
    const struct options *o = &f->c->opt;

    strlist_add(argv, f->c->program);
    strlist_add(argv, "audit");
    strlist_add(argv, "--config=none");
    for (size_t i = 0; i < j->t->options.n; i++)
        strlist_add(argv, j->t->options.v[i]);
    add_argument(argv, resume ? "--resume=" : "--snapshot=", j->folder, FLEET_SNAPSHOT);
    add_argument(argv, "--output=html=", j->folder, ROLLUP_PAGE);
    add_argument(argv, "--output=junit=", j->folder, "junit.xml");
    add_argument(argv, "--output=json=", j->folder, "report.json");
    if (o->history != NULL) {
        char *history = xasprintf("--history=%s", o->history);

        strlist_add(argv, history);
        free(history);
    }
    strlist_add(argv, "--no-color");
    if (o->verbose)
        strlist_add(argv, "--verbose");
}

static enum err_code start(struct fleet *f, struct job *j, struct err *e)
{
    struct strlist argv = {0};
    bool resume;

    j->folder = xasprintf("%s/%s" FLEET_PARTIAL, f->c->opt.output_dir, j->t->name);
    j->log = -1;
    if (take_folder(j, e) != ERR_OK)
        return e->code;
    resume = !f->c->opt.again && fleet_can_resume(j->folder, j->t->tenant, f->since_ms);
    if (resume) {
        char *result = xasprintf("%s/" FLEET_RESULT, j->folder);

        (void)unlink(result);
        free(result);
    } else if (fleet_folder_clear(j->folder, FLEET_LOG, e) != ERR_OK) {
        return e->code;
    } else if (ftruncate(j->log, 0) != 0) {
        return err_set(e, ERR_IO, "cannot empty the log of '%s': %s", j->folder, strerror(errno));
    }
    build_arguments(f, j, resume, &argv);
    (void)time_format(clock_wall_ms(f->c->clock), j->started);
    if (f->c->opt.tenant_timeout_ms > 0)
        j->end_by = now(f) + f->c->opt.tenant_timeout_ms;
    (void)fleet_spawn(&argv, j->log, &j->pid, e);
    log_line(&f->c->log, LOG_DEBUG, "%s: %s, process %d", j->t->name, resume ? "goes on" : "begins",
             (int)j->pid);
    strlist_release(&argv);
    return e->code;
}

static void job_release(struct job *j)
{
    if (j->log >= 0)
        (void)close(j->log);
    free(j->folder);
    memset(j, 0, sizeof *j);
}

static void begin(struct fleet *f, const struct fleet_tenant *t)
{
    struct err e = ERR_INIT;
    struct job *j = f->jobs;

    if (is_done(f, t))
        return;
    while (j->pid != 0)
        j++;
    j->t = t;
    if (start(f, j, &e) == ERR_OK) {
        f->running++;
        fleet_history_begin(f->history, t->name, t->tenant, j->started);
    } else {
        fail_tenant(f, t, &e);
        job_release(j);
    }
}

/* ---- ending ---- */

/* What the end of the process means, and why in words when its log does not say. */
static char *read_status(const struct fleet *f, const struct job *j, int raw, int *code)
{
    const bool by_signal = WIFSIGNALED(raw);

    *code = by_signal ? EXIT_CODE_INTERNAL : WEXITSTATUS(raw);
    if (j->is_late && (by_signal || *code >= EXIT_CODE_INTERRUPTED)) {
        *code = EXIT_CODE_SERVICE;
        return xasprintf("ended after %lld s, see --tenant-timeout",
                         (long long)(f->c->opt.tenant_timeout_ms / 1000));
    }
    if (by_signal)
        return xasprintf("killed by signal %d (%s)", WTERMSIG(raw), strsignal(WTERMSIG(raw)));
    if (*code == EXIT_CODE_INTERRUPTED || *code == EXIT_CODE_TERMINATED) {
        *code = EXIT_CODE_INTERNAL;
        return xstrdup("told to stop by somebody else");
    }
    for (size_t i = 0; exit_codes[i].meaning != NULL; i++)
        if (exit_codes[i].code == *code)
            return fleet_is_audited(*code) ? NULL : fleet_last_word(j->folder);
    *code = EXIT_CODE_INTERNAL;
    return xasprintf("ended with exit code %d", WEXITSTATUS(raw));
}

/* The folder gets its name; one of an earlier audit makes room. */
static enum err_code publish(const struct fleet *f, const struct job *j, struct err *e)
{
    char *name = xasprintf("%s/%s", f->c->opt.output_dir, j->t->name);

    if (fleet_folder_clear(name, NULL, e) == ERR_OK) {
        (void)rmdir(name);
        if (rename(j->folder, name) != 0)
            err_set(e, ERR_IO, "cannot rename '%s' to '%s': %s", j->folder, name, strerror(errno));
    }
    free(name);
    return e->code;
}

/* As it was told to people: what could not be put into its place is not audited. */
static void tell_history(struct fleet *f, const struct job *j, struct fleet_result *r,
                         const struct err *e)
{
    char *folder = xasprintf("%s/%s", f->c->opt.output_dir, j->t->name);

    if (e->code != ERR_OK) {
        free(r->error);
        r->error = xstrdup(e->msg);
        r->exit_code = exit_code_of(e->code);
    }
    fleet_history_end(f->history, r, folder);
    free(folder);
}

static void end(struct fleet *f, struct job *j, int raw)
{
    struct fleet_result r = {.name = j->t->name, .tenant = j->t->tenant};
    struct err e = ERR_INIT;

    r.error = read_status(f, j, raw, &r.exit_code);
    (void)time_format(clock_wall_ms(f->c->clock), r.ended);
    memcpy(r.started, j->started, sizeof r.started);
    if (f->is_stopping && !j->is_late && !fleet_is_audited(r.exit_code)) {
        log_line(&f->c->log, LOG_WARNING, "%s: left unfinished", r.name);
    } else {
        if (fleet_is_audited(r.exit_code))
            (void)fleet_count(j->folder, &r, &e);
        if (e.code == ERR_OK && fleet_result_write(j->folder, &r, &e) == ERR_OK &&
            fleet_is_audited(r.exit_code))
            (void)publish(f, j, &e);
        if (e.code == ERR_OK)
            say_outcome(f, &r);
        else
            fail_tenant(f, j->t, &e);
        tell_history(f, j, &r, &e);
    }
    free(r.error);
    job_release(j);
    f->running--;
}

/* Told to stop at its time, killed when that does not help. */
static void press(struct fleet *f, struct job *j)
{
    const int64_t t = now(f);

    if (j->kill_by > 0 && t >= j->kill_by) {
        (void)kill(j->pid, SIGKILL);
    } else if (j->kill_by == 0 && f->is_stopping) {
        (void)kill(j->pid, stop_signal());
        j->kill_by = t + GRACE_MS;
    } else if (j->kill_by == 0 && j->end_by > 0 && t >= j->end_by) {
        j->is_late = true;
        (void)kill(j->pid, SIGTERM);
        j->kill_by = t + GRACE_MS;
    }
}

static void look_at_all(struct fleet *f)
{
    const struct timespec wait = {0, POLL_NS};

    for (size_t i = 0; i < f->parallel; i++) {
        struct job *j = &f->jobs[i];
        int raw = 0;

        if (j->pid == 0)
            continue;
        if (waitpid(j->pid, &raw, WNOHANG) == j->pid)
            end(f, j, raw);
        else
            press(f, j);
    }
    f->is_stopping = f->is_stopping || stop_requested();
    (void)nanosleep(&wait, NULL);
}

/* ---- the run ---- */

/* Whether the options say which part of the tenants is ours. */
static enum err_code check_part(const struct context *c, struct err *e)
{
    const struct option_source *index = &c->opt.sources[option_find("index", CMD_FLEET)];

    if (c->opt.of == 0 && index->origin == ORIGIN_COMMAND_LINE)
        return err_set(e, ERR_USAGE, "--index is one of --of N parts: give --of too");
    if (c->opt.of > 0 && index->origin == ORIGIN_NONE)
        return err_set(e, ERR_USAGE,
                       "--of: which part is ours? Give --index or set JOB_COMPLETION_INDEX");
    if (c->opt.of > 0 && c->opt.index >= c->opt.of)
        return err_set(e, ERR_USAGE, "--index counts from 0: of %lld parts the last is %lld",
                       (long long)c->opt.of, (long long)c->opt.of - 1);
    return ERR_OK;
}

static enum err_code check_folder(const char *path, struct err *e)
{
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return err_set(e, ERR_USAGE, "--output-dir: cannot make '%s': %s", path, strerror(errno));
    if (!file_is_dir(path) || access(path, R_OK | W_OK | X_OK) != 0)
        return err_set(e, ERR_USAGE, "--output-dir: '%s' is no folder that can be written", path);
    return ERR_OK;
}

static size_t choose_parallel(const struct options *o)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    if (o->parallel > 0)
        return (size_t)o->parallel;
    return cores > 0 ? (size_t)cores : 1;
}

static int finish(const struct fleet *f, size_t ours, size_t all)
{
    if (!f->c->opt.quiet)
        printf("%zu of %zu tenants are audited (%zu of them before), %zu failed, %zu are left\n",
               f->audited + f->skipped, ours, f->skipped, f->failed,
               ours - f->audited - f->skipped - f->failed);
    if (!f->c->opt.quiet && ours < all)
        printf("part %lld of %lld; %zu tenants in all\n", (long long)f->c->opt.index,
               (long long)f->c->opt.of, all);
    if (f->is_stopping)
        return exit_code_of(ERR_INTERRUPTED);
    return f->rc;
}

int fleet_run(struct context *c, const struct fleet_file *file)
{
    struct fleet f = {.c = c, .parallel = choose_parallel(&c->opt), .rc = EXIT_CODE_PASSED};
    struct err e = ERR_INIT;
    size_t ours = 0;

    if (check_part(c, &e) != ERR_OK || check_folder(c->opt.output_dir, &e) != ERR_OK ||
        fleet_history_new(c, file, &f.history, &e) != ERR_OK)
        return context_fail(c, &e);
    f.jobs = xcalloc(f.parallel, sizeof *f.jobs);
    f.since_ms = fleet_since(c);
    for (size_t i = 0; i < file->n; i++) {
        if (c->opt.of > 0 && i % (size_t)c->opt.of != (size_t)c->opt.index)
            continue;
        ours++;
        while (f.running == f.parallel)
            look_at_all(&f);
        f.is_stopping = f.is_stopping || stop_requested();
        if (!f.is_stopping)
            begin(&f, &file->v[i]);
    }
    while (f.running > 0)
        look_at_all(&f);
    fleet_history_close(f.history);
    free(f.jobs);
    return finish(&f, ours, file->n);
}
