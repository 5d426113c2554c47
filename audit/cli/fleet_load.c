#include "fleet_load.h"

#include "base/fsx.h"
#include "base/mem.h"
#include "fleet.h"
#include "model/store.h"
#include "reports/rollup.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- one snapshot ---- */

static enum err_code load_about(struct store *s, struct rollup_tenant *t, struct err *e)
{
    if (store_text(s, "SELECT tenant_id FROM snapshot", &t->id, e) == ERR_OK &&
        store_text(s, "SELECT tenant_name FROM snapshot", &t->title, e) == ERR_OK)
        (void)store_text(s, "SELECT coalesce(finished_at, started_at) FROM snapshot", &t->collected,
                         e);
    return e->code;
}

/* The words of a row; false: a row that no release wrote. */
static bool read_cell(const struct stmt *st, struct rollup_cell *c)
{
    enum outcome outcome;
    enum severity severity;
    enum reason reason = REASON_NONE;
    const int64_t fail = stmt_int(st, 6);

    if (!outcome_parse(stmt_text(st, 3), &outcome) ||
        !severity_parse(stmt_text(st, 4), &severity) ||
        (!stmt_is_null(st, 5) && !reason_parse(stmt_text(st, 5), &reason)))
        return false;
    *c = (struct rollup_cell){.outcome = (uint8_t)outcome,
                              .severity = (uint8_t)severity,
                              .reason = (uint8_t)reason,
                              .fail = fail < 0            ? 0
                                      : fail > UINT32_MAX ? UINT32_MAX
                                                          : (uint32_t)fail};
    return true;
}

static enum err_code load_rules(struct store *s, struct rollup *r, struct err *e)
{
    static const char sql[] =
        "SELECT r.rule_id, u.title, u.service, r.outcome, r.severity, "
        "r.reason_code, r.fail FROM rule_result r JOIN rule u USING (rule_id) "
        "ORDER BY r.rule_id";
    struct stmt *st = NULL;
    bool row = false;

    if (stmt_prepare(s, sql, &st, e) == ERR_OK)
        while (stmt_step(st, &row, e) == ERR_OK && row) {
            struct rollup_cell c;

            if (read_cell(st, &c))
                rollup_add_outcome(r, stmt_text(st, 0), stmt_text(st, 1), stmt_text(st, 2), &c);
            else
                (void)err_set(e, ERR_PARSE, "rule %s has an outcome that is no word of ours",
                              stmt_text(st, 0));
        }
    stmt_free(st);
    return e->code;
}

static void load_snapshot(const char *folder, struct rollup *r, struct rollup_tenant *t)
{
    char *path = xasprintf("%s/" FLEET_SNAPSHOT, folder);
    struct store *s = NULL;
    struct err e = ERR_INIT; /* becomes the reason why this tenant has no results */

    if (store_open(path, false, &s, &e) == ERR_OK && load_about(s, t, &e) == ERR_OK &&
        load_rules(s, r, &e) == ERR_OK && t->n == 0)
        (void)err_set(&e, ERR_STORE, "the snapshot has no results");
    if (e.code != ERR_OK) {
        t->n = 0;
        t->why = xstrdup(e.msg);
    }
    store_close(s);
    free(path);
}

/* ---- one tenant ---- */

/* What its last try left behind, if that did not run to its end. */
static void load_partial(const char *folder, struct rollup_tenant *t)
{
    struct fleet_result result;
    struct err e = ERR_INIT; /* no result: the audit was cut, or runs */

    if (fleet_result_read(folder, &result, &e) == ERR_OK) {
        t->exit_code = result.exit_code;
        t->tenant = xstrdup(result.tenant);
        t->why = xstrdup(result.error != NULL ? result.error : fleet_meaning(result.exit_code));
    } else {
        t->why = xstrdup(e.code == ERR_ABSENT ? "begun, but not ended" : e.msg);
    }
    fleet_result_release(&result);
}

/* Its report is a file in its folder, and neither of them is a link that leads elsewhere. */
static bool has_page(const char *folder)
{
    char *path = xasprintf("%s/" ROLLUP_PAGE, folder);
    struct stat st;
    bool has = lstat(folder, &st) == 0 && S_ISDIR(st.st_mode) && lstat(path, &st) == 0 &&
               S_ISREG(st.st_mode);

    free(path);
    return has;
}

static void load_done(const char *folder, int64_t since_ms, struct rollup *r,
                      struct rollup_tenant *t)
{
    struct fleet_result result;
    struct err e = ERR_INIT; /* becomes the reason */

    if (fleet_result_read(folder, &result, &e) != ERR_OK) {
        t->why = xstrdup(e.msg);
    } else {
        t->exit_code = result.exit_code;
        t->tenant = xstrdup(result.tenant);
        t->has_page = has_page(folder);
        if (fleet_is_recent(result.started, since_ms))
            load_snapshot(folder, r, t);
        else
            t->why = xasprintf("the last audit is of %s, longer ago than --max-age",
                               *result.started != '\0' ? result.started : "a time not known");
    }
    fleet_result_release(&result);
}

static void load_tenant(const char *folder, const char *name, int64_t since_ms, struct rollup *r)
{
    char *done = xasprintf("%s/%s", folder, name);
    char *partial = xasprintf("%s" FLEET_PARTIAL, done);
    struct rollup_tenant *t = rollup_add(r);

    t->name = xstrdup(name);
    if (file_is_dir(partial)) /* also beside an older audit that ended: this one is later */
        load_partial(partial, t);
    else if (file_is_dir(done))
        load_done(done, since_ms, r, t);
    else
        t->why = xstrdup("no audit was begun");
    free(partial);
    free(done);
}

/* ---- all ---- */

/* Folders of tenants, without what else stands there. */
static enum err_code list_names(const char *folder, struct strlist *names, struct err *e)
{
    struct strlist entries = {0};

    if (dir_list(folder, "", &entries, e) == ERR_OK)
        for (size_t i = 0; i < entries.n; i++) {
            const char *entry = entries.v[i];
            const bool is_partial = str_ends(entry, FLEET_PARTIAL);
            char *name = xstrndup(entry, strlen(entry) - (is_partial ? strlen(FLEET_PARTIAL) : 0));
            char *path = xasprintf("%s/%s", folder, entry);
            char *result = xasprintf("%s/" FLEET_RESULT, path);

            if (*name != '.' && file_is_dir(path) && (is_partial || access(result, F_OK) == 0))
                strlist_add(names, name);
            free(result);
            free(path);
            free(name);
        }
    strlist_release(&entries);
    return e->code;
}

enum err_code fleet_load(const char *folder, const struct fleet_file *file, int64_t since_ms,
                         struct rollup *r, struct err *e)
{
    struct strlist names = {0};

    if (!file_is_dir(folder))
        return err_set(e, ERR_USAGE, "'%s' is no folder", folder);
    if (list_names(folder, &names, e) == ERR_OK) {
        for (size_t i = 0; file != NULL && i < file->n; i++)
            strlist_add(&names, file->v[i].name);
        strlist_sort_unique(&names);
        if (names.n == 0)
            (void)err_set(e, ERR_USAGE, "'%s' holds no tenant's folder", folder);
    }
    for (size_t i = 0; e->code == ERR_OK && i < names.n; i++)
        load_tenant(folder, names.v[i], since_ms, r);
    if (e->code == ERR_OK)
        rollup_settle(r);
    strlist_release(&names);
    return e->code;
}
