/* The CSV report: one row a failing, unknown, manual or waived resource (and, with a baseline, one
 * a fixed resource), with its rule's columns beside it; a rule without such rows has one row with
 * empty resource columns, so that every rule is there. RFC 4180: comma, CRLF, UTF-8 without a byte
 * order mark. */
#include "formats.h"

#include "base/limits.h"
#include "escape.h"
#include "report_model.h"

static const char header[] =
    "rule_id,rule_version,service,severity,outcome,outcome_reason,title,message,pass_count,"
    "fail_count,unknown_count,manual_count,waived_count,status,resource_id,resource_name,reason,"
    "waiver_id,evidence,waiver_note,baseline\r\n";

struct out {
    FILE *f;
    const struct report_rule *rule;
    struct buf rule_cells; /* the columns that all rows of a rule share */
    struct buf line;
    bool wrote_row;
    bool failed;
};

static void build_rule_cells(struct out *o)
{
    const struct report_rule *r = o->rule;
    const char *const texts[] = {r->service,
                                 severity_name(r->severity),
                                 outcome_name(r->outcome),
                                 reason_name(r->reason),
                                 r->title,
                                 r->message};
    const size_t counts[] = {r->pass, r->fail, r->unknown, r->manual, r->waived};

    buf_clear(&o->rule_cells);
    escape_csv(&o->rule_cells, r->id);
    buf_addf(&o->rule_cells, ",%lld", (long long)r->version);
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        buf_addc(&o->rule_cells, ',');
        escape_csv(&o->rule_cells, texts[i]);
    }
    for (size_t i = 0; i < COUNT_OF(counts); i++)
        buf_addf(&o->rule_cells, ",%zu", counts[i]);
}

static enum err_code put_row(void *ctx, const struct report_row *row, struct err *e)
{
    struct out *o = ctx;
    const char *const texts[] = {row->status, row->resource_id, row->resource_name,
                                 row->reason, row->waiver_id,   row->evidence,
                                 row->note,   row->baseline};

    (void)e;
    buf_clear(&o->line);
    buf_add(&o->line, o->rule_cells.p, o->rule_cells.n);
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        buf_addc(&o->line, ',');
        escape_csv(&o->line, texts[i]);
    }
    buf_adds(&o->line, "\r\n");
    o->failed = o->failed || o->line.failed || o->rule_cells.failed;
    (void)fwrite(o->line.p, 1, o->line.n, o->f);
    o->wrote_row = true;
    return ERR_OK;
}

enum err_code csv_write(struct store *s, const struct report_options *opt, FILE *f, struct err *e)
{
    static const struct report_row none = {.status = NULL};
    struct report_model m;
    struct out o = {.f = f};
    enum err_code code = report_model_load(s, &m, e);

    (void)opt;
    buf_init(&o.rule_cells, LIMIT_REPORT_TEXT_BYTES);
    buf_init(&o.line, LIMIT_REPORT_TEXT_BYTES);
    if (code == ERR_OK)
        (void)fputs(header, f);
    for (size_t i = 0; code == ERR_OK && i < m.rule_count; i++) {
        o.rule = &m.rules[i];
        o.wrote_row = false;
        build_rule_cells(&o);
        code = report_rows_each(&m, o.rule->id, NULL, 0, put_row, &o, e);
        if (code == ERR_OK)
            code = report_fixed_each(&m, o.rule->id, put_row, &o, e);
        if (code == ERR_OK && !o.wrote_row)
            code = put_row(&o, &none, e);
    }
    if (code == ERR_OK && o.failed)
        code = err_set(e, ERR_LIMIT, "a row of the CSV report is longer than %d bytes",
                       LIMIT_REPORT_TEXT_BYTES);
    buf_release(&o.rule_cells);
    buf_release(&o.line);
    report_model_release(&m);
    return code;
}
