/* The CSV reports (RFC 4180: comma, CRLF, UTF-8).
 *
 * `csv` is everything in one table: one row a failing, unknown, manual or waived resource (and,
 * with a baseline, one a fixed resource), with its rule's columns beside it; a rule without such
 * rows has one row with empty resource columns, so that every rule is there. `csv-findings` has a
 * row a rule, `csv-resources` a row a resource, `csv-action-plan` a row a failing rule with the
 * columns that people fill in. */
#include "formats.h"

#include "base/jsonx.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "escape.h"
#include "report_model.h"
#include "reports/report.h"

#include <stdlib.h>

struct out {
    FILE *f;
    const struct report_model *m;
    const struct report_rule *rule;
    struct buf shared; /* cells that all rows of a rule begin with */
    struct buf line;
    size_t cells; /* in it */
    bool raw, failed;
    bool wrote_row; /* of the rule at hand */
};

/* ---- cells ---- */

static void next_cell(struct out *o)
{
    if (o->cells++ > 0)
        buf_addc(&o->line, ',');
}

static void text(struct out *o, const char *s)
{
    next_cell(o);
    if (o->raw)
        escape_csv_raw(&o->line, s);
    else
        escape_csv(&o->line, s);
}

static void count(struct out *o, size_t n)
{
    next_cell(o);
    buf_addf(&o->line, "%zu", n);
}

static void clear_row(struct out *o)
{
    o->failed = o->failed || o->line.failed;
    buf_clear(&o->line);
    o->cells = 0;
}

static void end_row(struct out *o)
{
    buf_adds(&o->line, "\r\n");
    (void)fwrite(o->line.p, 1, o->line.n, o->f);
    clear_row(o);
}

/* ---- rules ---- */

static void rule_cells(struct out *o)
{
    const struct report_rule *r = o->rule;
    const size_t counts[] = {r->pass, r->fail, r->unknown, r->manual, r->waived};

    text(o, r->id);
    count(o, (size_t)r->version);
    text(o, r->service);
    text(o, severity_name(r->severity));
    text(o, outcome_name(r->outcome));
    text(o, reason_name(r->reason));
    text(o, r->title);
    text(o, r->message);
    for (size_t i = 0; i < COUNT_OF(counts); i++)
        count(o, counts[i]);
}

/* "security-defaults: permission (Policy.Read.All); ..." */
static void missing_cell(struct out *o)
{
    struct buf b;
    size_t at;
    json_t *v;

    buf_init(&b, LIMIT_REPORT_TEXT_BYTES);
    json_array_foreach(o->rule->missing, at, v)
    {
        const char *resource = jx_text(v, "resource");
        const char *reason = jx_text(v, "reason_code");
        const char *need = str_eq(reason, "permission") ? jx_text(v, "permission")
                           : str_eq(reason, "licence")  ? jx_text(v, "licence")
                                                        : NULL;

        buf_addf(&b, "%s%s: %s", at > 0 ? "; " : "", resource != NULL ? resource : "?",
                 reason != NULL ? reason : "?");
        if (need != NULL)
            buf_addf(&b, " (%s)", need);
    }
    text(o, b.p);
    buf_release(&b);
}

static enum err_code put_finding(struct out *o, struct err *e)
{
    const struct report_rule *r = o->rule;
    char *overrides = report_override_words(o->m, r);

    (void)e;
    rule_cells(o);
    count(o, r->not_applicable);
    count(o, r->total);
    text(o, r->is_incomplete ? "yes" : "no");
    missing_cell(o);
    text(o, jx_text(r->remediation, "summary"));
    text(o, jx_text(r->remediation, "portal"));
    text(o, overrides);
    end_row(o);
    free(overrides);
    return ERR_OK;
}

/* ---- resources ---- */

static enum err_code put_resource_row(void *ctx, const struct report_row *row, struct err *e)
{
    struct out *o = ctx;
    const char *const texts[] = {row->status, row->resource_id, row->resource_name,
                                 row->reason, row->waiver_id,   row->evidence,
                                 row->note,   row->baseline};

    (void)e;
    buf_add(&o->line, o->shared.p, o->shared.n);
    o->cells = 1;
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        text(o, texts[i]);
    end_row(o);
    o->wrote_row = true;
    return ERR_OK;
}

static enum err_code put_narrow_row(void *ctx, const struct report_row *row, struct err *e)
{
    struct out *o = ctx;
    const char *const texts[] = {o->rule->id,   o->rule->service, severity_name(o->rule->severity),
                                 row->status,   row->resource_id, row->resource_name,
                                 row->reason,   row->waiver_id,   row->note,
                                 row->baseline, row->evidence};

    (void)e;
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        text(o, texts[i]);
    end_row(o);
    return ERR_OK;
}

static enum err_code each_row(struct out *o, report_row_fn *fn, struct err *e)
{
    enum err_code code = report_rows_each(o->m, o->rule->id, NULL, 0, fn, o, e);

    return code == ERR_OK ? report_fixed_each(o->m, o->rule->id, fn, o, e) : code;
}

static enum err_code put_all(struct out *o, struct err *e)
{
    static const struct report_row none = {.status = NULL};
    enum err_code code;

    rule_cells(o);
    buf_clear(&o->shared);
    buf_add(&o->shared, o->line.p, o->line.n);
    clear_row(o);
    o->wrote_row = false;
    code = each_row(o, put_resource_row, e);
    return code == ERR_OK && !o->wrote_row ? put_resource_row(o, &none, e) : code;
}

static enum err_code put_resources(struct out *o, struct err *e)
{
    return each_row(o, put_narrow_row, e);
}

/* ---- the action plan ---- */

/* The repair that somebody promised: it has an owner and a date. NULL: none is in force. */
static const struct report_waiver *planned(const struct out *o)
{
    for (size_t i = 0; i < o->m->waiver_count; i++) {
        const struct report_waiver *w = &o->m->waivers[i];

        if (str_eq(w->rule_id, o->rule->id) && str_eq(w->disposition, "planned") &&
            (str_eq(w->state, "active") || str_eq(w->state, "expiring")))
            return w;
    }
    return NULL;
}

static enum err_code put_action(struct out *o, struct err *e)
{
    const struct report_rule *r = o->rule;
    const struct report_waiver *w = planned(o);

    (void)e;
    text(o, severity_name(r->severity));
    text(o, r->id);
    text(o, r->service);
    text(o, r->title);
    text(o, r->message);
    count(o, r->fail);
    text(o, jx_text(r->remediation, "summary"));
    text(o, jx_text(r->remediation, "portal"));
    text(o, w != NULL ? w->owner : NULL);
    text(o, w != NULL ? w->expires : NULL);
    text(o, w != NULL ? w->ticket : NULL);
    text(o, w != NULL ? "planned" : NULL);
    text(o, w != NULL ? w->reason : NULL);
    end_row(o);
    return ERR_OK;
}

/* ---- tables ---- */

#define RULE_COLUMNS                                                                               \
    "rule_id,rule_version,service,severity,outcome,outcome_reason,title,message,pass_count,"       \
    "fail_count,unknown_count,manual_count,waived_count"

static const struct table {
    const char *columns;
    enum err_code (*put)(struct out *o, struct err *e); /* the rows of o->rule */
    bool worst_first;                                   /* failing rules only, in that order */
} all = {RULE_COLUMNS ",status,resource_id,resource_name,reason,waiver_id,evidence,waiver_note,"
                      "baseline\r\n",
         put_all, false},
  findings = {RULE_COLUMNS ",not_applicable_count,total_count,is_incomplete,missing,fix,portal,"
                           "profile_changes\r\n",
              put_finding, false},
  resources = {"rule_id,service,severity,status,resource_id,resource_name,reason,waiver_id,"
               "waiver_note,baseline,evidence\r\n",
               put_resources, false},
  action_plan = {"severity,rule_id,service,title,finding,failing_resources,fix,portal,owner,due,"
                 "ticket,status,comment\r\n",
                 put_action, true};

static enum err_code put_table(struct out *o, const struct table *t, struct err *e)
{
    const struct report_rule **order = xcalloc(LIMIT_RULES, sizeof(const struct report_rule *));
    enum err_code code = ERR_OK;
    size_t n = 0;

    if (t->worst_first)
        n = report_worst(o->m, order, LIMIT_RULES);
    for (size_t i = 0; !t->worst_first && i < o->m->rule_count; i++)
        order[n++] = &o->m->rules[i];
    (void)fputs(t->columns, o->f);
    for (size_t i = 0; code == ERR_OK && i < n; i++) {
        o->rule = order[i];
        code = t->put(o, e);
    }
    free(order);
    return code;
}

static enum err_code write_table(struct store *s, const struct report_options *opt,
                                 const struct table *t, FILE *f, struct err *e)
{
    struct report_model m;
    struct out o = {.f = f, .m = &m, .raw = opt->csv_raw};
    enum err_code code = report_model_load(s, &m, e);

    buf_init(&o.shared, LIMIT_REPORT_TEXT_BYTES);
    buf_init(&o.line, LIMIT_REPORT_TEXT_BYTES);
    if (code == ERR_OK && opt->csv_bom)
        (void)fputs("\xEF\xBB\xBF", f);
    if (code == ERR_OK)
        code = put_table(&o, t, e);
    if (code == ERR_OK && o.failed)
        code = err_set(e, ERR_LIMIT, "a row of the CSV report is longer than %d bytes",
                       LIMIT_REPORT_TEXT_BYTES);
    buf_release(&o.shared);
    buf_release(&o.line);
    report_model_release(&m);
    return code;
}

enum err_code csv_write(struct store *s, const struct report_options *o, FILE *f, struct err *e)
{
    return write_table(s, o, &all, f, e);
}

enum err_code csv_findings_write(struct store *s, const struct report_options *o, FILE *f,
                                 struct err *e)
{
    return write_table(s, o, &findings, f, e);
}

enum err_code csv_resources_write(struct store *s, const struct report_options *o, FILE *f,
                                  struct err *e)
{
    return write_table(s, o, &resources, f, e);
}

enum err_code csv_action_plan_write(struct store *s, const struct report_options *o, FILE *f,
                                    struct err *e)
{
    return write_table(s, o, &action_plan, f, e);
}
