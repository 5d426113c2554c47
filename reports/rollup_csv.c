/* A row a tenant and rule; a tenant that was not audited has one row, with the reason. RFC 4180 as
 * the other CSV reports. */
#include "base/limits.h"
#include "base/mem.h"
#include "escape.h"
#include "reports/rollup.h"
#include "rollup_formats.h"

static const char heading[] =
    "tenant,tenant_id,tenant_name,audited,exit_code,collected,why,rule_id,service,severity,"
    "outcome,outcome_reason,title,fail_count\r\n";

static void cell(struct buf *b, const char *text)
{
    if (b->n > 0)
        buf_addc(b, ',');
    escape_csv(b, text);
}

/* Names are ours and never empty: the first cell always fills the line. */
static void tenant_cells(struct buf *b, const struct rollup_tenant *t)
{
    buf_clear(b);
    cell(b, t->name);
    cell(b, t->id);
    cell(b, t->title);
    cell(b, t->why == NULL ? "yes" : "no");
    if (t->exit_code >= 0)
        buf_addf(b, ",%d", t->exit_code);
    else
        cell(b, NULL);
    cell(b, t->collected);
    cell(b, t->why);
}

static void rule_cells(struct buf *b, const struct rollup *r, const struct rollup_cell *c)
{
    const struct rollup_rule *rule = rollup_rule_at(r, c->rule);

    cell(b, rule->id);
    cell(b, rule->service);
    cell(b, severity_name((enum severity)c->severity));
    cell(b, outcome_name((enum outcome)c->outcome));
    cell(b, reason_name((enum reason)c->reason));
    cell(b, rule->title);
    buf_addf(b, ",%u\r\n", c->fail);
}

enum err_code rollup_csv_write(const struct rollup *r, const char *base, FILE *f, struct err *e)
{
    struct buf shared, line;
    bool failed = false;

    (void)base;
    buf_init(&shared, LIMIT_REPORT_TEXT_BYTES);
    buf_init(&line, LIMIT_REPORT_TEXT_BYTES);
    (void)fputs(heading, f);
    for (size_t i = 0; i < rollup_tenant_count(r); i++) {
        const struct rollup_tenant *t = rollup_tenant_at(r, i);

        tenant_cells(&shared, t);
        for (size_t k = 0; k < t->n; k++) {
            buf_clear(&line);
            buf_add(&line, shared.p, shared.n);
            rule_cells(&line, r, &t->cells[k]);
            (void)fwrite(line.p, 1, line.n, f);
            failed = failed || line.failed;
        }
        if (t->n == 0)
            fprintf(f, "%s,,,,,,,\r\n", shared.p);
        failed = failed || shared.failed;
    }
    buf_release(&shared);
    buf_release(&line);
    return failed ? err_set(e, ERR_LIMIT, "a row of the CSV report is longer than %d bytes",
                            LIMIT_REPORT_TEXT_BYTES)
                  : ERR_OK;
}
