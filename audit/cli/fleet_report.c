/* fleet_report.c - `fleet report`: a table for people, and files. */
#include "base/buf.h"
#include "base/fsx.h"
#include "base/mem.h"
#include "base/text.h"
#include "context.h"
#include "exitcode.h"
#include "fleet.h"
#include "fleet_history.h"
#include "fleet_load.h"
#include "reports/rollup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE_BYTES = 64 * 1024, ROWS_SHOWN = 20 };

/* One --output, not yet written. */
struct target {
    const struct rollup_format *format;
    const char *path;
};

static enum err_code parse_target(const char *spec, struct target *t, struct err *e)
{
    const char *eq = strchr(spec, '=');
    char *name = xstrndup(spec, eq != NULL ? (size_t)(eq - spec) : strlen(spec));

    if (eq == NULL || eq[1] == '\0') {
        err_set(e, ERR_USAGE, "--output takes FORMAT=PATH, such as html=fleet.html, not '%s'",
                spec);
    } else {
        t->path = eq + 1;
        t->format = rollup_format_find(name);
        if (t->format == NULL)
            err_set(e, ERR_USAGE, "--output: fleet report writes html, csv and junit, not '%s'",
                    name);
    }
    free(name);
    return e->code;
}

/* The way from the folder of the file `path` down to `folder`: "", "runs/"; NULL when it does not
 * lie below, or nobody knows where the file will lie. Caller frees. */
static char *way_down(const char *path, const char *folder)
{
    const char *slash = strrchr(path, '/');
    char *parent = slash != NULL ? xstrndup(path, (size_t)(slash - path) + 1) : xstrdup(".");
    char *from = realpath(parent, NULL);
    char *to = realpath(folder, NULL);
    size_t n = from != NULL ? strlen(from) : 0;
    char *way = NULL;

    if (n == 1) /* "/" */
        n = 0;
    if (from != NULL && to != NULL && !str_eq(path, "-") && strncmp(from, to, n) == 0 &&
        (to[n] == '/' || to[n] == '\0'))
        way = to[n] == '\0' || to[n + 1] == '\0' ? xstrdup("") : xasprintf("%s/", to + n + 1);
    free(parent);
    free(from);
    free(to);
    return way;
}

static enum err_code write_target(const struct target *t, const struct rollup *r,
                                  const char *folder, struct err *e)
{
    struct outfile out = {0};
    char *base = way_down(t->path, folder);

    if (outfile_open(&out, t->path, 0600, e) == ERR_OK &&
        t->format->write(r, base, out.f, e) == ERR_OK) {
        if (ferror(out.f) != 0)
            err_set(e, ERR_IO, "cannot write '%s': %s", t->path, strerror(errno));
        else
            (void)outfile_commit(&out, e);
    }
    outfile_abort(&out);
    free(base);
    return err_wrap(e, "--output %s", t->format->name);
}

static void put_row(const struct rollup_tenant *t)
{
    struct buf b;

    buf_init(&b, LINE_BYTES);
    if (t->why != NULL) {
        buf_addf(&b, "%-24s not audited: ", t->name);
        text_add_safe(&b, t->why);
    } else {
        buf_addf(&b, "%-24s %8zu %6zu %6zu %6zu %13zu  ", t->name, t->failing[SEVERITY_CRITICAL],
                 t->failing[SEVERITY_HIGH], t->failing[SEVERITY_MEDIUM], t->failing[SEVERITY_LOW],
                 t->outcomes[OUTCOME_NOT_EVALUATED] + t->outcomes[OUTCOME_ERROR]);
        text_add_safe(&b, t->title != NULL ? t->title : "");
    }
    printf("%s\n", b.p);
    buf_release(&b);
}

/* The worst tenants, and everybody who was not audited. */
static void print_table(const struct rollup *r, bool in_full)
{
    const size_t n = rollup_tenant_count(r), audited = rollup_audited(r);

    printf("%-24s %8s %6s %6s %6s %13s\n", "tenant", "critical", "high", "medium", "low",
           "not evaluated");
    for (size_t i = 0; i < audited && (in_full || i < ROWS_SHOWN); i++)
        put_row(rollup_tenant_at(r, i));
    if (!in_full && audited > ROWS_SHOWN)
        printf("... and %zu more\n", audited - ROWS_SHOWN);
    for (size_t i = audited; i < n; i++)
        put_row(rollup_tenant_at(r, i));
    printf("%zu of %zu tenants are audited\n", audited, n);
}

/* A folder, or a history: a URL, or a file. */
static enum err_code load(const struct context *c, const char *where, const struct fleet_file *file,
                          struct rollup *r, struct err *e)
{
    if (strstr(where, "://") != NULL || (access(where, F_OK) == 0 && !file_is_dir(where))) {
        if (c->opt.max_age_ms > 0)
            return err_set(e, ERR_USAGE,
                           "--max-age is of a folder: a history has rounds (--round)");
        return fleet_history_load(where, c->opt.round, file, r, e);
    }
    if (c->opt.round != NULL)
        return err_set(e, ERR_USAGE, "--round is of a history: '%s' is none", where);
    return fleet_load(where, file, fleet_since(c), r, e);
}

static enum err_code write_all(struct context *c, const char *folder, struct rollup *r,
                               struct err *e)
{
    struct fleet_file file = {NULL, 0};
    struct target *targets = xcalloc(c->opt.outputs.n + 1, sizeof *targets);
    bool uses_stdout = false;

    for (size_t i = 0; e->code == ERR_OK && i < c->opt.outputs.n; i++) {
        (void)parse_target(c->opt.outputs.v[i], &targets[i], e);
        if (e->code == ERR_OK && str_eq(targets[i].path, "-") && uses_stdout)
            err_set(e, ERR_USAGE, "--output: '-' is named twice");
        uses_stdout = uses_stdout || (e->code == ERR_OK && str_eq(targets[i].path, "-"));
    }
    if (e->code == ERR_OK && c->opt.tenants != NULL)
        (void)fleet_file_read(c->opt.tenants, &file, e);
    if (e->code == ERR_OK)
        (void)load(c, folder, c->opt.tenants != NULL ? &file : NULL, r, e);
    for (size_t i = 0; e->code == ERR_OK && i < c->opt.outputs.n; i++)
        (void)write_target(&targets[i], r, folder, e);
    if (e->code == ERR_OK && !c->opt.quiet && !uses_stdout)
        print_table(r, c->opt.verbose);
    fleet_file_release(&file);
    free(targets);
    return e->code;
}

int fleet_report(struct context *c, const char *folder)
{
    struct rollup *r = rollup_new();
    struct err e = ERR_INIT;
    int rc;

    if (write_all(c, folder, r, &e) != ERR_OK)
        rc = context_fail(c, &e);
    else
        rc = rollup_audited(r) < rollup_tenant_count(r) ? EXIT_CODE_INCOMPLETE : EXIT_CODE_PASSED;
    rollup_free(r);
    return rc;
}
