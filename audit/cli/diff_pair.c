#include "diff_pair.h"

#include "context.h"
#include "facts_view.h"
#include "model/store.h"
#include "redaction.h"
#include "reports/redact.h"

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
    if (e->code == ERR_OK)
        (void)store_text(s,
                         "SELECT coalesce(nullif(tenant_name, ''), tenant_domain, tenant_id) "
                         "FROM snapshot",
                         &out->name, e);
    return e->code;
}

static enum err_code begin_redaction(const struct redaction *r, const struct facts_view views[2],
                                     struct diff_view *v, struct err *e)
{
    struct store *const stores[] = {views[0].store, views[1].store};

    v->redacted = r->kinds;
    v->redacted_words = redact_words(r->kinds);
    return redaction_open(r, stores, 2, &v->redact, e);
}

/* Opened one after the other: each is refused for its own reason before anything is compared. */
enum err_code diff_pair_show(struct context *c, const char *old_path, const char *new_path,
                             struct diff_view *v, struct err *e)
{
    struct facts_view views[2] = {{NULL, NULL}, {NULL, NULL}};
    const struct diff_sink sink = {v, diff_view_item, diff_view_gap};
    struct redaction redaction;

    if (redaction_parse(c, &redaction, e) == ERR_OK &&
        facts_view_open(c, old_path, &views[0], e) == ERR_OK &&
        describe(views[0].store, old_path, &v->old, e) == ERR_OK &&
        facts_view_open(c, new_path, &views[1], e) == ERR_OK &&
        describe(views[1].store, new_path, &v->new, e) == ERR_OK &&
        begin_redaction(&redaction, views, v, e) == ERR_OK &&
        diff_run(views[0].store, store_path(views[1].store), &sink, e) == ERR_OK)
        (void)diff_view_end(v, &c->log, e);
    redact_free(v->redact);
    v->redact = NULL;
    redaction_release(&redaction);
    facts_view_close(&views[0]);
    facts_view_close(&views[1]);
    return e->code;
}
