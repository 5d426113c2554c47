#include "nightly.h"

#include "archive.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/fsx.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "context.h"
#include "diff_pair.h"
#include "exitcode.h"
#include "hook.h"
#include "model/store.h"
#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MANIFEST "MANIFEST.sha256"

/* The standard set: the same names each time, so that links and pipelines stay. */
static const struct {
    const char *format, *name;
} reports[] = {
    {"html", "report.html"}, {"junit", "junit.xml"},    {"json", "report.json"},
    {"csv", "findings.csv"}, {"sarif", "report.sarif"}, {"markdown", "report.md"},
};

static enum err_code check_options(const struct context *c, struct err *e)
{
    const struct options *o = &c->opt;
    const char *program = o->on_change;

    if (o->output_dir == NULL && o->keep > 0)
        return err_set(e, ERR_USAGE, "--keep counts the snapshots in --output-dir: give both");
    if (o->output_dir == NULL && program != NULL && o->baseline == NULL)
        return err_set(e, ERR_USAGE,
                       "--on-change compares with an earlier run: give --output-dir or --baseline");
    if (o->output_dir != NULL && (o->snapshot != NULL || o->resume != NULL))
        return err_set(e, ERR_USAGE,
                       "--output-dir names the snapshot itself: leave --snapshot and --resume out");
    if (program != NULL && strchr(program, '/') != NULL &&
        (access(program, X_OK) != 0 || file_is_dir(program)))
        return err_set(e, ERR_USAGE, "--on-change: '%s' is no program that can be run", program);
    return ERR_OK;
}

static enum err_code make_folder(const char *path, struct err *e)
{
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return err_set(e, ERR_USAGE, "--output-dir: cannot make '%s': %s", path, strerror(errno));
    if (!file_is_dir(path) || access(path, R_OK | W_OK | X_OK) != 0)
        return err_set(e, ERR_USAGE, "--output-dir: '%s' is no folder that can be written", path);
    return ERR_OK;
}

/* An earlier run is a help: what cannot be used of it must not stop this one. */
static void take_baseline(struct context *c, struct nightly *n)
{
    struct err e = ERR_INIT;
    char *path = NULL;
    struct baseline *b = NULL;

    if (archive_latest(c->opt.output_dir, n->tenant, &path, &e) == ERR_OK && path != NULL &&
        baseline_load(path, &b, &e) == ERR_OK)
        c->opt.baseline = xstrdup(path);
    if (e.code != ERR_OK)
        log_line(&c->log, LOG_WARNING, "not compared with an earlier run: %s", e.msg);
    baseline_free(b);
    free(path);
}

static enum err_code begin_in_folder(struct context *c, struct nightly *n, struct err *e)
{
    struct options *o = &c->opt;

    n->is_in_folder = true;
    if (!o->demo && run_check_tenant_options(c, e) != ERR_OK)
        return e->code;
    n->tenant = o->demo ? "demo" : o->tenant;
    if (make_folder(o->output_dir, e) != ERR_OK)
        return e->code;
    o->snapshot = archive_path(o->output_dir, n->tenant, clock_wall_ms(c->clock));
    for (size_t i = 0; i < COUNT_OF(reports); i++) {
        char *spec = xasprintf("%s=%s/%s", reports[i].format, o->output_dir, reports[i].name);

        strlist_add(&o->outputs, spec);
        free(spec);
    }
    if (o->baseline == NULL)
        take_baseline(c, n);
    n->is_first = o->baseline == NULL;
    if (n->is_first && o->fail_on_new) {
        log_line(&c->log, LOG_INFO, "no earlier run to compare with: every finding counts as new");
        o->fail_on_new = false;
    }
    return ERR_OK;
}

enum err_code nightly_begin(struct context *c, struct nightly *n, struct err *e)
{
    memset(n, 0, sizeof *n);
    if (check_options(c, e) != ERR_OK)
        return e->code;
    if (c->opt.output_dir != NULL && begin_in_folder(c, n, e) != ERR_OK)
        return e->code;
    if (c->opt.baseline != NULL)
        n->previous = xstrdup(c->opt.baseline);
    return ERR_OK;
}

void nightly_release(struct nightly *n)
{
    free(n->previous);
    memset(n, 0, sizeof *n);
}

static enum err_code hash_file(const char *path, char hex[SHA256_HEX_BYTES], struct err *e)
{
    char chunk[16384];
    FILE *f = fopen(path, "re");
    struct digest *d = digest_new();
    size_t n;

    while (f != NULL && (n = fread(chunk, 1, sizeof chunk, f)) > 0)
        digest_add(d, chunk, n);
    if (f == NULL || ferror(f) != 0)
        err_set(e, ERR_IO, "cannot read '%s': %s", path, strerror(errno));
    digest_finish(d, hex);
    if (f != NULL)
        (void)fclose(f);
    return e->code;
}

/* As sha256sum writes and checks it. */
static enum err_code write_manifest(const struct context *c, struct err *e)
{
    char *path = xasprintf("%s/" MANIFEST, c->opt.output_dir);
    struct outfile out = {0};

    if (outfile_open(&out, path, 0600, e) == ERR_OK) {
        for (size_t i = 0; e->code == ERR_OK && i < COUNT_OF(reports); i++) {
            char *name = xasprintf("%s/%s", c->opt.output_dir, reports[i].name);
            char hex[SHA256_HEX_BYTES];

            if (hash_file(name, hex, e) == ERR_OK)
                fprintf(out.f, "%s  %s\n", hex, reports[i].name);
            free(name);
        }
        if (e->code == ERR_OK)
            (void)outfile_commit(&out, e);
        outfile_abort(&out);
    }
    free(path);
    return e->code;
}

/* A difference as a file of its own, mode 0600. Caller unlinks and frees *path. */
static enum err_code save_diff(struct context *c, const struct nightly *n, const char *snapshot,
                               bool json, char **path, size_t *count, struct err *e)
{
    const char *tmp = getenv("TMPDIR");
    struct diff_view v = {.form = json ? DIFF_JSON : DIFF_TEXT, .in_full = true};
    int fd;

    *path = xasprintf("%s/graphaudit-change-XXXXXX", tmp != NULL && *tmp != '\0' ? tmp : "/tmp");
    fd = mkstemp(*path);
    v.f = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (v.f == NULL) {
        err_set(e, ERR_IO, "cannot create '%s': %s", *path, strerror(errno));
        if (fd >= 0)
            (void)close(fd);
    } else {
        (void)diff_pair_show(c, n->previous, snapshot, &v, e);
        *count = v.n;
        if (fclose(v.f) != 0)
            err_set(e, ERR_IO, "cannot write '%s': %s", *path, strerror(errno));
    }
    diff_view_release(&v);
    return e->code;
}

struct change {
    const char *snapshot; /* the new one */
    int rc;
    char *text, *json; /* files */
    size_t count;
};

static enum err_code tell(struct context *c, const struct nightly *n, const struct change *ch,
                          struct err *e)
{
    char changes[24], outcome[16];
    const struct hook_variable vars[] = {
        {"GRAPHAUDIT_HOOK_TEXT", ch->text},
        {"GRAPHAUDIT_HOOK_JSON", ch->json},
        {"GRAPHAUDIT_HOOK_CHANGES", changes},
        {"GRAPHAUDIT_HOOK_EXIT", outcome},
        {"GRAPHAUDIT_HOOK_OLD", n->previous},
        {"GRAPHAUDIT_HOOK_NEW", ch->snapshot},
        {"GRAPHAUDIT_HOOK_TENANT", c->opt.demo ? "demo" : c->opt.tenant},
        {"GRAPHAUDIT_HOOK_DIR", c->opt.output_dir},
    };
    int status = 0;

    (void)snprintf(changes, sizeof changes, "%zu", ch->count);
    (void)snprintf(outcome, sizeof outcome, "%d", ch->rc);
    if (hook_run(c->opt.on_change, vars, COUNT_OF(vars), ch->text, c->clock, &status, e) ==
            ERR_OK &&
        status != 0)
        err_set(e, ERR_IO, "'%s' ended with exit code %d", c->opt.on_change, status);
    return e->code;
}

static enum err_code compare_and_tell(struct context *c, const struct nightly *n,
                                      const char *snapshot, int rc, struct err *e)
{
    struct change ch = {.snapshot = snapshot, .rc = rc};

    if (save_diff(c, n, snapshot, true, &ch.json, &ch.count, e) == ERR_OK) {
        log_line(&c->log, LOG_INFO, "%zu differences from %s", ch.count, n->previous);
        if (ch.count > 0 && save_diff(c, n, snapshot, false, &ch.text, &ch.count, e) == ERR_OK)
            (void)tell(c, n, &ch, e);
    }
    if (ch.json != NULL)
        (void)unlink(ch.json);
    if (ch.text != NULL)
        (void)unlink(ch.text);
    free(ch.json);
    free(ch.text);
    return e->code;
}

/* Whether the run ended with something that can be compared, and that may push old ones out. */
static bool is_whole(const char *snapshot)
{
    struct store *s = NULL;
    struct err e = ERR_INIT;
    int64_t sealed = 0;

    if (store_open(snapshot, false, &s, &e) == ERR_OK)
        (void)store_int(s, "SELECT sealed_at IS NOT NULL FROM snapshot", &sealed, &e);
    store_close(s);
    return e.code == ERR_OK && sealed != 0;
}

void nightly_end(struct context *c, const struct nightly *n, const char *snapshot, int rc)
{
    bool has_results =
        rc == EXIT_CODE_PASSED || rc == EXIT_CODE_FINDINGS || rc == EXIT_CODE_INCOMPLETE;
    struct err e = ERR_INIT;
    size_t removed = 0;

    if (!has_results || (!n->is_in_folder && c->opt.on_change == NULL))
        return;
    if (n->is_in_folder && write_manifest(c, &e) != ERR_OK)
        log_line(&c->log, LOG_WARNING, "%s", e.msg);
    err_clear(&e);
    if (!is_whole(snapshot)) {
        log_line(&c->log, LOG_WARNING,
                 "the collection did not end: not compared, and no old snapshot was removed");
        return;
    }
    if (c->opt.on_change != NULL && n->previous == NULL)
        log_line(&c->log, LOG_INFO, "first run in %s: nothing to compare with", c->opt.output_dir);
    if (c->opt.on_change != NULL && n->previous != NULL &&
        compare_and_tell(c, n, snapshot, rc, &e) != ERR_OK)
        log_line(&c->log, LOG_WARNING, "--on-change: %s; the outcome of the audit stays", e.msg);
    err_clear(&e);
    if (c->opt.keep > 0 && archive_prune(c->opt.output_dir, n->tenant, (size_t)c->opt.keep, &c->log,
                                         &removed, &e) != ERR_OK)
        log_line(&c->log, LOG_WARNING, "--keep: %s", e.msg);
    if (removed > 0)
        log_line(&c->log, LOG_INFO, "removed %zu old snapshots", removed);
}
