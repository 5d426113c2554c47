#include "base/buf.h"
#include "base/mem.h"
#include "base/stop.h"
#include "base/timex.h"
#include "baseline_apply.h"
#include "crew.h"
#include "message.h"
#include "model/store.h"
#include "rule.h"
#include "run.h"
#include "sandbox.h"
#include "waive.h"

#include <stdlib.h>
#include <string.h>

enum { DATE_BYTES = 11 };

struct evaluation {
    const struct ruleset *rs;
    struct store *s;
    const struct evaluate_options *o;
    struct crew *crew;  /* NULL: one rule at a time */
    struct sandbox *sb; /* for rules that run by themselves; opened for the first */
    bool *is_left;      /* a rule that has to run again by itself */
    struct evidence_states states;
    struct waive *waive;
    struct buf note;         /* beside the row at hand */
    struct stmt *rows;       /* INSERT INTO resource_result */
    const struct rule *rule; /* the one that is running */
    char as_of[TIME_TEXT_BYTES];
    char removal[TIME_TEXT_BYTES]; /* of basic SMTP AUTH, where it is known */
};

static json_t *text_or_null(const char *s)
{
    return s != NULL ? json_string(s) : json_null();
}

static char *dump(json_t *j)
{
    char *s = json_dumps(j, JSON_COMPACT);

    json_decref(j);
    return s;
}

static char *resources_json(evidence_set set)
{
    json_t *list = json_array();

    for (size_t i = 0; i < evidence_resource_count(); i++)
        if ((set >> i & 1) != 0)
            (void)json_array_append_new(list, json_string(evidence_resource_at(i)->id));
    return dump(list);
}

static char *missing_json(evidence_set set, const struct evidence_states *states)
{
    json_t *list = json_array();

    for (size_t i = 0; i < evidence_resource_count(); i++) {
        const struct evidence_status *s = &states->of[i];
        json_t *o;

        if ((set >> i & 1) == 0)
            continue;
        o = json_object();
        (void)json_object_set_new(o, "resource", json_string(evidence_resource_at(i)->id));
        (void)json_object_set_new(o, "state", json_string(collection_state_name(s->state)));
        (void)json_object_set_new(o, "reason_code", text_or_null(reason_name(s->reason)));
        (void)json_object_set_new(o, "permission", text_or_null(s->permission));
        (void)json_object_set_new(o, "licence", text_or_null(s->licence));
        (void)json_object_set_new(o, "detail", text_or_null(s->detail));
        (void)json_array_append_new(list, o);
    }
    return dump(list);
}

/* Passes are counted, not kept. */
static enum err_code keep_row(void *ctx, const struct run_row *row, struct err *e)
{
    struct evaluation *ev = ctx;
    const char *waiver = NULL;

    if (!run_row_is_kept(row))
        return ERR_OK;
    buf_clear(&ev->note);
    if (row->status == STATUS_FAIL)
        waiver = waive_row(ev->waive, row->resource_id, &ev->note);
    stmt_bind_borrowed(ev->rows, 1, ev->rule->id);
    stmt_bind_borrowed(ev->rows, 2, row->resource_id);
    stmt_bind_borrowed(ev->rows, 3, row->resource_name);
    stmt_bind_borrowed(ev->rows, 4, status_name(row->status));
    stmt_bind_borrowed(ev->rows, 5, row->reason);
    stmt_bind_borrowed(ev->rows, 6, row->evidence);
    stmt_bind_borrowed(ev->rows, 7, waiver);
    stmt_bind_borrowed(ev->rows, 8, ev->note.n > 0 ? ev->note.p : NULL);
    return stmt_write(ev->rows, e);
}

static enum err_code save_rule(const struct evaluation *ev, struct err *e)
{
    const struct rule *r = ev->rule;
    char *resources = resources_json(r->query_needs | r->applies_needs);
    enum err_code code = store_run(
        ev->s, e,
        "INSERT INTO rule(rule_id, version, pack, title, severity, service, summary, rationale, "
        "remediation_json, references_json, mappings_json, resources_json, file, query, "
        "overrides_json) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        "tittttttt"
        "tttttt",
        r->id, (int64_t)r->version, r->pack, r->title, severity_name(r->severity), r->service,
        r->summary, r->rationale, r->remediation_json, r->references_json, r->mappings_json,
        resources, r->file, r->query, r->overrides_json);

    free(resources);
    return code;
}

static enum err_code save_result(const struct evaluation *ev, const struct run_result *run,
                                 const char *extra, struct err *e)
{
    const struct rule *r = ev->rule;
    const struct tally *t = &run->tally;
    char *missing = missing_json(run->missing, &ev->states);
    struct buf message;
    enum err_code code;

    buf_init(&message, MESSAGE_BYTES_MAX);
    message_render(r, run, &ev->states, &message);
    buf_adds(&message, extra);
    code = store_run(ev->s, e,
                     "INSERT INTO rule_result(rule_id, version, outcome, reason_code, severity, "
                     "pass, fail, unknown, manual, not_applicable, waived, total, is_incomplete, "
                     "message, missing_json) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                     "titttiiiiiiiitt", r->id, (int64_t)r->version, outcome_name(run->outcome),
                     reason_name(run->reason), severity_name(r->severity), (int64_t)t->pass,
                     (int64_t)t->fail, (int64_t)t->unknown, (int64_t)t->manual,
                     (int64_t)t->not_applicable, (int64_t)t->waived, (int64_t)tally_total(t),
                     (int64_t)run->is_incomplete, message.p, missing);
    buf_release(&message);
    free(missing);
    return code;
}

static void summarize(const struct rule *r, const struct run_result *run,
                      struct evaluate_summary *out)
{
    out->outcomes[run->outcome]++;
    if (run->outcome == OUTCOME_ERROR)
        out->errors++;
    if (run->outcome == OUTCOME_FAIL)
        out->failing[r->severity]++;
    if (run->outcome == OUTCOME_NOT_EVALUATED || run->is_incomplete)
        out->not_evaluated[r->severity]++;
}

static enum err_code run_alone(struct evaluation *ev, const struct run_options *o,
                               struct run_result *run, struct err *e)
{
    if (ev->sb == NULL && sandbox_open(ev->s, &ev->sb, e) != ERR_OK)
        return e->code;
    return run_rule(ev->sb, ev->rule, &ev->states, o, run, e);
}

static enum err_code evaluate_one(struct evaluation *ev, size_t i, struct evaluate_summary *out,
                                  struct err *e)
{
    const struct run_options options = {.as_of = ev->as_of, .row = keep_row, .ctx = ev};
    struct run_result run = {0};
    enum err_code code = store_exec(ev->s, "SAVEPOINT one_rule", e);

    ev->rule = ev->rs->rules[i];
    waive_begin(ev->waive, ev->rule);
    if (code == ERR_OK)
        code = ev->crew != NULL ? crew_take(ev->crew, i, &options, &run, e)
                                : run_alone(ev, &options, &run, e);
    if (code == ERR_OK && run.outcome == OUTCOME_ERROR) /* a broken rule's rows mean nothing */
        code = store_exec(ev->s, "ROLLBACK TO one_rule", e);
    if (code == ERR_OK)
        code = store_exec(ev->s, "RELEASE one_rule", e);
    ev->is_left[i] = run.was_crowded;
    if (code == ERR_OK && !run.was_crowded) {
        buf_clear(&ev->note);
        waive_end(ev->waive, &ev->states, &run, &ev->note);
        code = save_rule(ev, e);
        if (code == ERR_OK)
            code = save_result(ev, &run, ev->note.p, e);
        if (code == ERR_OK)
            summarize(ev->rule, &run, out);
    }
    run_result_release(&run);
    return code;
}

/* All rules on several threads; then, one after the other, those that were in each other's way. */
static enum err_code evaluate_all(struct evaluation *ev, struct evaluate_summary *out,
                                  struct err *e)
{
    enum err_code code = crew_start(ev->rs, ev->s, &ev->states, ev->as_of, &ev->crew, e);

    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; code == ERR_OK && i < ev->rs->n; i++)
            if (round == 0 || ev->is_left[i])
                code = stop_requested()
                           ? err_set(e, ERR_INTERRUPTED, "interrupted while evaluating")
                           : evaluate_one(ev, i, out, e);
        crew_end(ev->crew);
        ev->crew = NULL;
    }
    return code;
}

static enum err_code replace_results(struct evaluation *ev, struct evaluate_summary *out,
                                     struct err *e)
{
    char when[TIME_TEXT_BYTES];
    struct profile_info profile = {0};
    enum err_code code = store_exec(ev->s,
                                    "DELETE FROM evaluation; DELETE FROM rule;"
                                    "DELETE FROM rule_result; DELETE FROM resource_result;"
                                    "DELETE FROM waiver; DELETE FROM baseline_rule;"
                                    "DELETE FROM baseline_finding; DELETE FROM trend;",
                                    e);

    (void)ruleset_profile(ev->rs, &profile);
    if (code == ERR_OK)
        code = store_run(ev->s, e,
                         "INSERT INTO evaluation(id, evaluated_at, as_of, tool_version, profile, "
                         "rules_digest, fail_on, smtp_removal_date, profile_json) "
                         "VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)",
                         "tttttttt", time_format(ev->o->evaluated_ms, when), ev->as_of,
                         ev->o->tool_version, profile.id, ev->rs->digest, ev->o->fail_on,
                         ev->o->smtp_removal_ms != 0 ? ev->removal : NULL, profile.json);
    if (code == ERR_OK)
        code = stmt_prepare(ev->s,
                            "INSERT INTO resource_result(rule_id, resource_id, resource_name, "
                            "status, reason, evidence, waiver_id, note) "
                            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                            &ev->rows, e);
    if (code == ERR_OK)
        code = evaluate_all(ev, out, e);
    if (code == ERR_OK)
        code = waive_save(ev->waive, ev->s, e);
    return code == ERR_OK ? baseline_apply(ev->o->baseline, ev->s, out->new_failing, e) : code;
}

enum err_code ruleset_evaluate(const struct ruleset *rs, struct store *s,
                               const struct evaluate_options *o, struct evaluate_summary *out,
                               struct err *e)
{
    struct evaluation ev = {.rs = rs, .s = s, .o = o};
    struct evaluate_summary summary = {0};
    enum err_code code;

    (void)time_format(o->as_of_ms, ev.as_of);
    ev.as_of[DATE_BYTES - 1] = '\0';
    (void)time_format(o->smtp_removal_ms, ev.removal);
    ev.removal[DATE_BYTES - 1] = '\0';
    code = evidence_states_load(s, &ev.states, e);
    buf_init(&ev.note, MESSAGE_BYTES_MAX);
    if (code == ERR_OK)
        code = waive_open(o->waivers, s, o->as_of_ms, &ev.waive, e);
    ev.is_left = xcalloc(rs->n > 0 ? rs->n : 1, sizeof *ev.is_left);
    if (code == ERR_OK)
        code = store_begin(s, e);
    if (code == ERR_OK)
        code = replace_results(&ev, &summary, e);
    stmt_free(ev.rows);
    if (code == ERR_OK)
        code = store_commit(s, e);
    else
        store_rollback(s);
    sandbox_close(ev.sb);
    waive_close(ev.waive);
    buf_release(&ev.note);
    free(ev.is_left);
    evidence_states_release(&ev.states);
    if (code == ERR_OK)
        *out = summary;
    return code;
}
