#include "run.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "base/text.h"
#include "rowjson.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_CHARS = 256, REASON_CHARS = 1000, TEXT_BYTES = 8192 };

/* Behind resource_id, resource_name, status and reason. */
enum { FIRST_EVIDENCE = 4 };

/* What goes wrong in a rule is kept here; what ends the evaluation goes to `struct err`. */
struct run {
    struct sandbox *sb;
    const struct rule *rule;
    const struct run_options *o;
    struct run_result *out;
    struct sandbox_fault fault;
    bool is_faulty;
    char last_id[LIMIT_RESOURCE_ID_BYTES + 1];
    size_t last_n;
    size_t rows;
    int resources_at;   /* column that says how many resources a row stands for; 0: none */
    enum status spoken; /* status whose reason is in out->detail */
    struct buf name, reason, evidence;
};

/* In the order in which the first that applies names a result that could not be reached. */
static const enum reason reason_order[] = {
    REASON_PERMISSION, REASON_LICENCE,  REASON_API_ERROR, REASON_THROTTLED,
    REASON_TRUNCATED,  REASON_DEADLINE, REASON_MALFORMED, REASON_NOT_COLLECTED,
};

void run_result_release(struct run_result *r)
{
    free(r->detail);
    memset(r, 0, sizeof *r);
}

bool run_row_is_kept(const struct run_row *row)
{
    return row->status != STATUS_PASS && row->status != STATUS_NOT_APPLICABLE;
}

static void defect(struct run *run, enum reason reason, const char *fmt, ...) PRINTF(3, 4);

static void defect(struct run *run, enum reason reason, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(run->fault.text, sizeof run->fault.text, fmt, ap);
    va_end(ap);
    run->fault.reason = reason;
    run->is_faulty = true;
}

static enum reason first_reason(evidence_set missing, const struct evidence_states *states)
{
    for (size_t o = 0; o < COUNT_OF(reason_order); o++)
        for (size_t i = 0; i < evidence_resource_count(); i++)
            if ((missing >> i & 1) != 0 && states->of[i].reason == reason_order[o])
                return reason_order[o];
    return REASON_NOT_COLLECTED;
}

/* Those of `missing` of which nothing was read at all. */
static evidence_set unread(evidence_set missing, const struct evidence_states *states)
{
    evidence_set set = 0;

    for (size_t i = 0; i < evidence_resource_count(); i++)
        if ((missing >> i & 1) != 0 && states->of[i].state != COLLECTION_PARTIAL)
            set |= (evidence_set)1 << i;
    return set;
}

static int bind_param(sqlite3_stmt *st, int at, enum param_type type, const struct yn *value)
{
    int64_t n = 0;
    bool b = false;
    json_t *list;
    char *text;
    int rc;

    switch (type) {
    case PARAM_BOOL:
        (void)yn_bool(value, &b);
        return sqlite3_bind_int(st, at, b ? 1 : 0);
    case PARAM_INT:
        (void)yn_int(value, &n);
        return sqlite3_bind_int64(st, at, n);
    case PARAM_STRING:
    case PARAM_DATE:
        return sqlite3_bind_text(st, at, value->text, -1, SQLITE_TRANSIENT);
    case PARAM_STRING_LIST:
        break;
    }
    list = yn_to_json(value, false);
    text = json_dumps(list, JSON_COMPACT);
    rc = sqlite3_bind_text(st, at, text, -1, SQLITE_TRANSIENT);
    free(text);
    json_decref(list);
    return rc;
}

/* Names were checked when the rule was loaded. */
static void bind_all(struct run *run, sqlite3_stmt *st)
{
    int rc = SQLITE_OK;

    for (int at = 1; rc == SQLITE_OK && at <= sqlite3_bind_parameter_count(st); at++) {
        const char *name = sqlite3_bind_parameter_name(st, at);

        if (name == NULL)
            continue;
        if (str_eq(name, ":as_of"))
            rc = sqlite3_bind_text(st, at, run->o->as_of, -1, SQLITE_TRANSIENT);
        for (size_t i = 0; i < run->rule->params_n; i++) {
            const struct param *p = &run->rule->params[i];
            const struct yn *own = yn_get(run->o->params, p->name);

            if (str_eq(name + 1, p->name))
                rc = bind_param(st, at, p->type, own != NULL ? own : p->value);
        }
    }
    if (rc != SQLITE_OK)
        defect(run, REASON_MALFORMED, "binding parameters: %s", sqlite3_errstr(rc));
}

/* Steps; false at the end, after a defect (run->is_faulty) and after an error (*e). */
static bool next_row(struct run *run, sqlite3_stmt *st, struct err *e)
{
    switch (sandbox_step(run->sb, st, &run->fault)) {
    case SANDBOX_ROW:
        return true;
    case SANDBOX_DONE:
        return false;
    case SANDBOX_FAULT:
        run->is_faulty = true;
        return false;
    case SANDBOX_BROKEN:
        err_set(e, ERR_STORE, "rule %s: %s", run->rule->id, run->fault.text);
        return false;
    case SANDBOX_INTERRUPTED:
        err_set(e, ERR_INTERRUPTED, "interrupted while evaluating %s", run->rule->id);
        return false;
    }
    return false;
}

/* Whether the rule applies. */
static bool run_applies(struct run *run, struct err *e)
{
    sqlite3_stmt *st = NULL;
    bool applies = true;

    if (!sandbox_prepare(run->sb, run->rule->applies_when, &st, NULL, &run->fault)) {
        run->is_faulty = true;
        return true;
    }
    bind_all(run, st);
    if (!run->is_faulty && next_row(run, st, e)) {
        int64_t v = sqlite3_column_int64(st, 0);

        if (sqlite3_column_type(st, 0) != SQLITE_INTEGER || (v != 0 && v != 1))
            defect(run, REASON_MALFORMED, "applies_when has to return 0 or 1");
        else if (next_row(run, st, e))
            defect(run, REASON_MALFORMED, "applies_when returned more than one row");
        applies = v != 0;
    } else if (!run->is_faulty && e->code == ERR_OK) {
        defect(run, REASON_MALFORMED, "applies_when returned no row");
    }
    sandbox_finalize(run->sb, st);
    return applies;
}

static bool read_id(struct run *run, sqlite3_stmt *st)
{
    bool is_text = sqlite3_column_type(st, 0) == SQLITE_TEXT; /* before anything converts it */
    const char *id = is_text ? (const char *)sqlite3_column_text(st, 0) : NULL;
    size_t n = id != NULL ? (size_t)sqlite3_column_bytes(st, 0) : 0;
    size_t least = n < run->last_n ? n : run->last_n;
    int order;

    if (id == NULL || n == 0) {
        defect(run, REASON_MALFORMED, "row %zu: resource_id is not text", run->rows);
        return false;
    }
    if (n > LIMIT_RESOURCE_ID_BYTES || memchr(id, '\0', n) != NULL || !utf8_valid(id, n)) {
        defect(run, REASON_MALFORMED, "row %zu: resource_id is no text of at most %d bytes",
               run->rows, LIMIT_RESOURCE_ID_BYTES);
        return false;
    }
    order = memcmp(run->last_id, id, least);
    if (run->rows > 1 && order == 0 && n == run->last_n)
        defect(run, REASON_MALFORMED, "resource_id '%.200s' is there twice", id);
    else if (run->rows > 1 && (order > 0 || (order == 0 && n < run->last_n)))
        defect(run, REASON_MALFORMED,
               "rows are not in the order of resource_id: '%.200s' comes after '%.200s'", id,
               run->last_id);
    memcpy(run->last_id, id, n + 1);
    run->last_n = n;
    return !run->is_faulty;
}

/* A column of text for people: cut, valid UTF-8. NULL for NULL, and when nobody will look at it:
 * of 100,000 rows nearly all pass, and copying their texts would be a third of the work. */
static const char *read_text(struct run *run, sqlite3_stmt *st, int at, size_t chars,
                             bool is_wanted, struct buf *out)
{
    int type = sqlite3_column_type(st, at);

    if (type == SQLITE_BLOB)
        defect(run, REASON_MALFORMED, "row %zu: %s is a blob", run->rows,
               sqlite3_column_name(st, at));
    if (type == SQLITE_NULL || type == SQLITE_BLOB || !is_wanted)
        return NULL;
    buf_clear(out);
    row_text(st, at, chars, out);
    return out->p;
}

static void count(struct tally *t, const struct run_row *row)
{
    switch (row->status) {
    case STATUS_PASS:
        t->pass += row->resources;
        break;
    case STATUS_FAIL:
        t->fail += row->resources;
        break;
    case STATUS_UNKNOWN:
        t->unknown += row->resources;
        break;
    case STATUS_MANUAL:
        t->manual += row->resources;
        break;
    case STATUS_NOT_APPLICABLE:
        t->not_applicable += row->resources;
        break;
    }
}

/* The first row of the status that decides is the one that speaks for the rule. */
static bool would_speak(const struct run *run, enum status s)
{
    static const int rank[] = {
        [STATUS_FAIL] = 4, [STATUS_UNKNOWN] = 3,        [STATUS_MANUAL] = 2,
        [STATUS_PASS] = 1, [STATUS_NOT_APPLICABLE] = 0,
    };

    return run->out->detail == NULL || rank[s] > rank[run->spoken];
}

static void speak(struct run *run, const struct run_row *row)
{
    if (row->status == STATUS_UNKNOWN && run->out->unknown_reason != REASON_MALFORMED)
        run->out->unknown_reason = row->reason != NULL && str_icontains(row->reason, "malformed")
                                       ? REASON_MALFORMED
                                       : REASON_NOT_COLLECTED;
    if (row->reason == NULL || !would_speak(run, row->status))
        return;
    free(run->out->detail);
    run->out->detail = xstrdup(row->reason);
    run->spoken = row->status;
}

static bool read_status(struct run *run, sqlite3_stmt *st, enum status *out)
{
    bool is_text = sqlite3_column_type(st, 2) == SQLITE_TEXT;
    const char *word = is_text ? (const char *)sqlite3_column_text(st, 2) : NULL;

    if (status_parse(word, out))
        return true;
    defect(run, REASON_MALFORMED,
           "'%.200s': status is %s%.40s%s, not one of pass, fail, unknown, manual, not_applicable",
           run->last_id, word != NULL ? "'" : "", word != NULL ? word : "no text",
           word != NULL ? "'" : "");
    return false;
}

/* A row may stand for many resources of which nothing is kept but their number. What fails, cannot
 * be judged or has to be looked at is named one by one: a waiver, a ticket and a baseline name it.
 */
static bool read_resources(struct run *run, sqlite3_stmt *st, struct run_row *row)
{
    int at = run->resources_at;
    bool is_said = at > 0 && sqlite3_column_type(st, at) != SQLITE_NULL;
    int64_t n = 1;

    if (is_said && sqlite3_column_type(st, at) == SQLITE_INTEGER)
        n = sqlite3_column_int64(st, at);
    else if (is_said)
        n = 0;
    row->resources = (size_t)n;
    if (n < 1 || n > LIMIT_ROW_RESOURCES)
        defect(run, REASON_MALFORMED, "'%.200s': " RUN_RESOURCES " is no whole number from 1 to %d",
               run->last_id, LIMIT_ROW_RESOURCES);
    else if (n > 1 && run_row_is_kept(row))
        defect(run, REASON_MALFORMED,
               "'%.200s': one row says %s of %lld " RUN_RESOURCES
               ": only pass and not_applicable may stand for more than one",
               run->last_id, status_name(row->status), (long long)n);
    return !run->is_faulty;
}

static int find_resources(sqlite3_stmt *st)
{
    for (int at = FIRST_EVIDENCE; at < sqlite3_column_count(st); at++)
        if (str_eq(sqlite3_column_name(st, at), RUN_RESOURCES))
            return at;
    return 0;
}

static bool has_evidence(const struct run *run, sqlite3_stmt *st)
{
    return sqlite3_column_count(st) > FIRST_EVIDENCE + (run->resources_at > 0 ? 1 : 0);
}

static void take_row(struct run *run, sqlite3_stmt *st, struct err *e)
{
    struct run_row row = {0};
    char why[SANDBOX_TEXT_BYTES];
    bool is_kept;

    if (++run->rows > LIMIT_RULE_ROWS) {
        defect(run, REASON_TRUNCATED, "more than %d rows", LIMIT_RULE_ROWS);
        return;
    }
    if (!read_id(run, st))
        return;
    row.resource_id = run->last_id;
    if (!read_status(run, st, &row.status) || !read_resources(run, st, &row))
        return;
    is_kept = run_row_is_kept(&row);
    row.resource_name = read_text(run, st, 1, NAME_CHARS, is_kept, &run->name);
    row.reason =
        read_text(run, st, 3, REASON_CHARS, is_kept || would_speak(run, row.status), &run->reason);
    if (!run->is_faulty && is_kept && has_evidence(run, st)) {
        if (!row_json(st, FIRST_EVIDENCE, run->resources_at, &run->evidence, why, sizeof why))
            defect(run, REASON_MALFORMED, "'%.200s': %s", run->last_id, why);
        row.evidence = run->evidence.p;
    }
    if (run->is_faulty)
        return;
    count(&run->out->tally, &row);
    speak(run, &row);
    if (run->o->row != NULL)
        (void)run->o->row(run->o->ctx, &row, e);
}

static void run_query(struct run *run, struct err *e)
{
    sqlite3_stmt *st = NULL;

    if (!sandbox_prepare(run->sb, run->rule->query, &st, NULL, &run->fault)) {
        run->is_faulty = true;
        return;
    }
    run->out->was_run = true;
    run->resources_at = find_resources(st);
    bind_all(run, st);
    while (!run->is_faulty && e->code == ERR_OK && next_row(run, st, e))
        take_row(run, st, e);
    sandbox_finalize(run->sb, st);
}

static void set_error(struct run *run)
{
    struct run_result *out = run->out;

    memset(&out->tally, 0, sizeof out->tally);
    free(out->detail);
    out->detail = xstrdup(run->fault.text);
    out->outcome = OUTCOME_ERROR;
    out->was_crowded = run->fault.is_crowded;
    out->reason = run->fault.reason;
    out->was_run = false;
}

static void set_not_evaluated(struct run_result *out, const struct evidence_states *states)
{
    out->outcome = OUTCOME_NOT_EVALUATED;
    if (out->missing != 0)
        out->reason = first_reason(out->missing, states);
}

static void set_reason(struct run_result *out, const struct evidence_states *states)
{
    if (out->outcome == OUTCOME_NOT_EVALUATED) {
        out->reason = out->unknown_reason;
        set_not_evaluated(out, states);
    } else {
        out->reason = out->outcome == OUTCOME_MANUAL   ? REASON_MANUAL
                      : out->outcome == OUTCOME_WAIVED ? REASON_WAIVER
                                                       : REASON_NONE;
    }
}

void run_waive(struct run_result *r, size_t waived, const struct evidence_states *states)
{
    if (r->outcome != OUTCOME_FAIL || waived > r->tally.fail)
        return;
    r->tally.fail -= waived;
    r->tally.waived += waived;
    r->outcome = outcome_combine(&r->tally, r->missing != 0);
    set_reason(r, states);
}

/* What the rows say, once they were all read. */
static void conclude(struct run *run, const struct evidence_states *states)
{
    struct run_result *out = run->out;
    bool is_missing = out->missing != 0;

    out->is_incomplete = is_missing || out->tally.unknown > 0;
    out->outcome = outcome_combine(&out->tally, is_missing);
    if (run->rows == 0 && !is_missing) {
        if (run->rule->empty == EMPTY_IS_ERROR)
            defect(
                run, REASON_MALFORMED,
                "the query returned no row and the rule does not say what that means ('empty:')");
        out->outcome = run->rule->empty == EMPTY_IS_PASS ? OUTCOME_PASS : OUTCOME_NOT_APPLICABLE;
    }
    set_reason(out, states);
}

static void evaluate(struct run *run, const struct evidence_states *states, struct err *e)
{
    const struct rule *r = run->rule;
    struct run_result *out = run->out;
    evidence_set gate = evidence_missing(r->applies_needs, states);
    evidence_set missing = evidence_missing(r->query_needs | r->applies_needs, states);
    bool applies = true;

    out->missing = missing;
    out->is_incomplete = missing != 0;
    if (r->applies_when != NULL && unread(gate, states) == 0)
        applies = run_applies(run, e);
    if (run->is_faulty || e->code != ERR_OK)
        return;
    if (!applies && gate == 0) {
        out->missing = 0; /* what the query would have read does not matter */
        out->is_incomplete = false;
        out->outcome = OUTCOME_NOT_APPLICABLE;
        return;
    }
    if (!applies || unread(missing, states) != 0 || (missing != 0 && !r->fails_on_partial)) {
        set_not_evaluated(out, states);
        return;
    }
    run_query(run, e);
    if (!run->is_faulty && e->code == ERR_OK)
        conclude(run, states);
}

enum err_code run_rule(struct sandbox *sb, const struct rule *r,
                       const struct evidence_states *states, const struct run_options *o,
                       struct run_result *out, struct err *e)
{
    struct run run = {.sb = sb, .rule = r, .o = o, .out = out, .spoken = STATUS_NOT_APPLICABLE};

    memset(out, 0, sizeof *out);
    buf_init(&run.name, TEXT_BYTES);
    buf_init(&run.reason, TEXT_BYTES);
    buf_init(&run.evidence, LIMIT_RULE_VALUE_BYTES);
    evaluate(&run, states, e);
    if (run.is_faulty && e->code == ERR_OK)
        set_error(&run);
    buf_release(&run.name);
    buf_release(&run.reason);
    buf_release(&run.evidence);
    return e->code;
}
