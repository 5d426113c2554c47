#include "trend.h"

#include "base/timex.h"
#include "model/store.h"
#include "report_columns.h"

#include <string.h>

/* Counts in the order of enum trend_count. */
static const char sql[] = "SELECT at, passed, failed, not_evaluated, findings, smtp_allowed, "
                          "smtp_unknown, smtp_blocked FROM trend ORDER BY at DESC LIMIT ?";

static void take_run(struct trend *t, const struct stmt *st)
{
    struct trend_run *r = &t->runs[t->n];
    const char *at = stmt_text(st, 0);

    if (at == NULL || !time_parse(at, &r->ms) || (t->n > 0 && r->ms >= t->runs[t->n - 1].ms))
        return;
    for (int i = 0; i < (int)TREND_COUNTS; i++)
        r->count[i] = report_count(st, i + 1);
    t->n++;
}

static void turn_round(struct trend *t)
{
    for (size_t i = 0; i < t->n / 2; i++) {
        struct trend_run swap = t->runs[i];

        t->runs[i] = t->runs[t->n - 1 - i];
        t->runs[t->n - 1 - i] = swap;
    }
}

enum err_code trend_load(const struct report_model *m, struct trend *out, struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;
    enum err_code code = stmt_prepare(m->s, sql, &st, e);

    memset(out, 0, sizeof *out);
    if (code == ERR_OK)
        stmt_bind_int(st, 1, TREND_RUNS_MAX);
    while (code == ERR_OK && (code = stmt_step(st, &row, e)) == ERR_OK && row &&
           out->n < TREND_RUNS_MAX)
        take_run(out, st);
    stmt_free(st);
    turn_round(out); /* the last ones were asked for */
    return code;
}

bool trend_run_has_smtp(const struct trend_run *r)
{
    return r->count[TREND_SMTP_ALLOWED] > 0 || r->count[TREND_SMTP_UNKNOWN] > 0 ||
           r->count[TREND_SMTP_BLOCKED] > 0;
}
