/* cmd_diff.c - what changed between two snapshots. */
#include "base/strs.h"
#include "commands.h"
#include "context.h"
#include "diff_view.h"
#include "exitcode.h"
#include "facts_view.h"
#include "model/store.h"

#include <stdlib.h>

static enum err_code describe(struct store *s, const char *path, struct diff_source *out,
                              struct err *e)
{
    char *sealed = NULL;

    out->path = path;
    if (store_text(s, "SELECT sealed_at FROM snapshot", &sealed, e) == ERR_OK && sealed == NULL)
        err_set(e, ERR_USAGE, "%s: the collection did not end: only whole snapshots are compared",
                path);
    free(sealed);
    if (e->code == ERR_OK &&
        store_text(s, "SELECT tenant_id FROM snapshot", &out->tenant, e) == ERR_OK &&
        store_text(s, "SELECT finished_at FROM snapshot", &out->collected, e) == ERR_OK &&
        store_text(s, "SELECT tool_version FROM snapshot", &out->tool, e) == ERR_OK &&
        store_text(s, "SELECT as_of FROM evaluation", &out->as_of, e) == ERR_OK)
        (void)store_text(s, "SELECT rules_digest FROM evaluation", &out->rules_digest, e);
    return e->code;
}

/* Opened one after the other: each is refused for its own reason before anything is compared. */
static enum err_code open_both(struct context *c, struct facts_view views[2], struct diff_view *v,
                               struct err *e)
{
    char *const *paths = c->opt.arguments.v;

    if (facts_view_open(c, paths[0], &views[0], e) == ERR_OK &&
        describe(views[0].store, paths[0], &v->old, e) == ERR_OK &&
        facts_view_open(c, paths[1], &views[1], e) == ERR_OK)
        (void)describe(views[1].store, paths[1], &v->new, e);
    return e->code;
}

int cmd_diff(struct context *c)
{
    struct facts_view views[2] = {{NULL, NULL}, {NULL, NULL}};
    struct diff_view v = {.f = stdout, .json = c->opt.json, .in_full = c->opt.verbose};
    const struct diff_sink sink = {&v, diff_view_item, diff_view_gap};
    struct err e = ERR_INIT;
    int rc = EXIT_CODE_PASSED;

    if (c->opt.arguments.n != 2)
        err_set(&e, ERR_USAGE, "diff takes two snapshots: graphaudit diff OLD NEW");
    if (e.code == ERR_OK && open_both(c, views, &v, &e) == ERR_OK &&
        diff_run(views[0].store, store_path(views[1].store), &sink, &e) == ERR_OK) {
        diff_view_end(&v, &c->log);
        rc = v.n > 0 ? EXIT_CODE_FINDINGS : EXIT_CODE_PASSED;
    }
    if (e.code != ERR_OK)
        rc = context_fail(c, &e);
    facts_view_close(&views[0]);
    facts_view_close(&views[1]);
    diff_view_release(&v);
    return rc;
}
