/* The waivers of the evaluation. */
#include "report_columns.h"
#include "report_model.h"

#include "base/limits.h"
#include "base/mem.h"
#include "model/store.h"

#include <stdlib.h>
#include <string.h>

enum { COL_DAYS = 12, COL_MATCHED };

static char **text_at(struct report_waiver *w, size_t i)
{
    char **texts[] = {&w->id,    &w->rule_id,     &w->tenant,  &w->disposition,
                      &w->owner, &w->reason,      &w->created, &w->expires,
                      &w->state, &w->approved_by, &w->ticket,  &w->warning};

    return i < COUNT_OF(texts) ? texts[i] : NULL;
}

enum err_code report_waivers_load(struct report_model *m, struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;
    enum err_code code = stmt_prepare(
        m->s,
        "SELECT waiver_id, rule_id, tenant, disposition, owner, reason, created, expires, state, "
        "approved_by, ticket, warning, days, matched FROM waiver ORDER BY position, waiver_id",
        &st, e);

    while (code == ERR_OK && (code = stmt_step(st, &row, e)) == ERR_OK && row) {
        struct report_waiver *w;
        char **text;

        m->waivers = xreallocarray(m->waivers, m->waiver_count + 1, sizeof *m->waivers);
        w = &m->waivers[m->waiver_count++];
        memset(w, 0, sizeof *w);
        for (size_t i = 0; (text = text_at(w, i)) != NULL; i++)
            *text = report_copy(st, (int)i);
        w->days = stmt_int(st, COL_DAYS);
        w->matched = report_count(st, COL_MATCHED);
        m->waiver_warnings += w->warning != NULL;
    }
    stmt_free(st);
    return code;
}

void report_waivers_release(struct report_model *m)
{
    for (size_t i = 0; i < m->waiver_count; i++) {
        char **text;

        for (size_t k = 0; (text = text_at(&m->waivers[i], k)) != NULL; k++)
            free(*text);
    }
    free(m->waivers);
}
