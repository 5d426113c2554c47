/* A round of the history as rows of a report over all tenants, in the words of a folder's. */
#include "base/mem.h"
#include "base/strs.h"
#include "fleet.h"
#include "fleet_history.h"
#include "history/history.h"
#include "reports/rollup.h"

#include <stdlib.h>

struct loading {
    struct rollup *r;
    struct rollup_tenant *t; /* of the row before; NULL: none */
    struct strlist names;
    struct err *e;
};

static char *copy(const char *s)
{
    return s != NULL ? xstrdup(s) : NULL;
}

/* Why the tenant has no results; NULL: it has. */
static const char *why(const struct history_row *row, const struct rollup_tenant *t)
{
    if (row->v[HISTORY_ROUND_STARTED] == NULL)
        return "no audit was begun";
    if (row->v[HISTORY_ROUND_ENDED] == NULL)
        return "begun, but not ended";
    if (!fleet_is_audited(t->exit_code))
        return row->v[HISTORY_ROUND_REASON] != NULL ? row->v[HISTORY_ROUND_REASON]
                                                    : fleet_meaning(t->exit_code);
    if (row->v[HISTORY_ROUND_RULE] == NULL)
        return row->v[HISTORY_ROUND_REASON] != NULL
                   ? row->v[HISTORY_ROUND_REASON]
                   : "audited, but the history has no results of it";
    return NULL;
}

static void add_tenant(struct loading *l, const struct history_row *row)
{
    struct rollup_tenant *t = rollup_add(l->r);
    const char *reason;
    int64_t code;

    l->t = t;
    strlist_add(&l->names, row->v[HISTORY_ROUND_NAME]);
    t->name = xstrdup(row->v[HISTORY_ROUND_NAME]);
    if (row->v[HISTORY_ROUND_ENDED] != NULL &&
        str_int(row->v[HISTORY_ROUND_EXIT_CODE], 0, UINT8_MAX, &code))
        t->exit_code = (int)code;
    reason = why(row, t);
    if (row->v[HISTORY_ROUND_ENDED] != NULL)
        t->tenant = copy(row->v[HISTORY_ROUND_TENANT]);
    if (reason != NULL) {
        t->why = xstrdup(reason);
    } else {
        t->id = copy(row->v[HISTORY_ROUND_TENANT_ID]);
        t->title = copy(row->v[HISTORY_ROUND_TITLE]);
        t->collected = copy(row->v[HISTORY_ROUND_AT]);
    }
}

static bool read_cell(const struct history_row *row, struct rollup_cell *c)
{
    const char *code = row->v[HISTORY_ROUND_REASON_CODE];
    enum outcome outcome;
    enum severity severity;
    enum reason reason = REASON_NONE;
    int64_t fail;

    if (!outcome_parse(row->v[HISTORY_ROUND_OUTCOME], &outcome) ||
        !severity_parse(row->v[HISTORY_ROUND_SEVERITY], &severity) ||
        (code != NULL && !reason_parse(code, &reason)) ||
        !str_int(row->v[HISTORY_ROUND_FAIL], 0, UINT32_MAX, &fail))
        return false;
    *c = (struct rollup_cell){.outcome = (uint8_t)outcome,
                              .severity = (uint8_t)severity,
                              .reason = (uint8_t)reason,
                              .fail = (uint32_t)fail};
    return true;
}

static bool take_row(void *ctx, const struct history_row *row)
{
    struct loading *l = ctx;
    const char *service = row->v[HISTORY_ROUND_SERVICE];
    struct rollup_cell c;

    if (l->t == NULL || !str_eq(l->t->name, row->v[HISTORY_ROUND_NAME]))
        add_tenant(l, row);
    if (l->t->why != NULL || row->v[HISTORY_ROUND_RULE] == NULL)
        return true;
    if (read_cell(row, &c))
        rollup_add_outcome(l->r, row->v[HISTORY_ROUND_RULE], row->v[HISTORY_ROUND_RULE_TITLE],
                           service != NULL ? service : "", &c);
    else
        err_set(l->e, ERR_PARSE, "history: rule %s has an outcome that is no word of ours",
                row->v[HISTORY_ROUND_RULE]);
    return l->e->code == ERR_OK;
}

/* Those of the file that no worker has listed. */
static void add_missing(struct loading *l, const struct fleet_file *file)
{
    for (size_t i = 0; file != NULL && i < file->n; i++) {
        struct rollup_tenant *t;
        bool is_there = false;

        for (size_t k = 0; !is_there && k < l->names.n; k++)
            is_there = str_eq(l->names.v[k], file->v[i].name);
        if (is_there)
            continue;
        t = rollup_add(l->r);
        t->name = xstrdup(file->v[i].name);
        t->why = xstrdup("no audit was begun");
    }
}

enum err_code fleet_history_load(const char *where, const char *round,
                                 const struct fleet_file *file, struct rollup *r, struct err *e)
{
    struct loading l = {.r = r, .e = e};
    struct history *h = NULL;
    char *found = NULL;

    if (history_open(where, false, &h, e) == ERR_OK &&
        history_find_round(h, round, &found, e) == ERR_OK)
        (void)history_round(h, found, take_row, &l, e);
    if (e->code == ERR_OK) {
        add_missing(&l, file);
        rollup_settle(r);
    }
    strlist_release(&l.names);
    history_close(h);
    free(found);
    return e->code;
}
