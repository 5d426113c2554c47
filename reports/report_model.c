#include "report_model.h"

#include "base/mem.h"
#include "base/strs.h"
#include "escape.h"
#include "model/store.h"
#include "report_columns.h"
#include "reports/redact.h"

#include <stdlib.h>
#include <string.h>

char *report_copy(const struct stmt *st, int at)
{
    const char *s = stmt_text(st, at);

    return s != NULL ? xstrdup(s) : NULL;
}

size_t report_count(const struct stmt *st, int at)
{
    int64_t v = stmt_int(st, at);

    return v > 0 ? (size_t)v : 0;
}

enum err_code report_json(const struct stmt *st, int at, const char *what, json_t **out,
                          struct err *e)
{
    const char *s = stmt_text(st, at);

    *out = NULL;
    if (s == NULL)
        return ERR_OK;
    return escape_parse(s, what, out, e);
}

static enum err_code load_snapshot(struct report_model *m, struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;
    enum err_code code = stmt_prepare(
        m->s,
        "SELECT tenant_id, tenant_name, tenant_domain, cloud, started_at, finished_at, "
        "sealed_at, tool_version, digest, client_id, schema_version, "
        "granted_permissions_json FROM snapshot",
        &st, e);

    if (code == ERR_OK)
        code = stmt_step(st, &row, e);
    if (code == ERR_OK && !row)
        code =
            err_set(e, ERR_STORE, "the snapshot holds no evidence: nothing was collected into it");
    if (code == ERR_OK) {
        char **texts[] = {&m->tenant_id,  &m->tenant_name, &m->tenant_domain, &m->cloud,
                          &m->started_at, &m->finished_at, &m->sealed_at,     &m->tool_version,
                          &m->digest,     &m->client_id};

        for (size_t i = 0; i < COUNT_OF(texts); i++)
            *texts[i] = report_copy(st, (int)i);
        m->schema_version = stmt_int(st, 10);
        code = report_json(st, 11, "granted permissions", &m->granted, e);
    }
    stmt_free(st);
    if (code == ERR_OK)
        code =
            store_text(m->s, "SELECT name FROM domain WHERE is_default = 1 ORDER BY name LIMIT 1",
                       &m->default_domain, e);
    return code;
}

static enum err_code load_evaluation(struct report_model *m, struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;
    enum err_code code = stmt_prepare(m->s,
                                      "SELECT as_of, tool_version, profile, "
                                      "rules_digest, fail_on, smtp_removal_date, "
                                      "profile_json, baseline_json FROM evaluation",
                                      &st, e);

    if (code == ERR_OK)
        code = stmt_step(st, &row, e);
    if (code == ERR_OK && row) {
        m->has_evaluation = true;
        m->as_of = report_copy(st, 0);
        m->evaluator_version = report_copy(st, 1);
        m->profile = report_copy(st, 2);
        m->rules_digest = report_copy(st, 3);
        m->fail_on = report_copy(st, 4);
        m->smtp_removal_date = report_copy(st, 5);
        code = report_json(st, 6, "profile", &m->profile_details, e);
        if (code == ERR_OK)
            code = report_json(st, 7, "baseline", &m->baseline, e);
    }
    stmt_free(st);
    return code;
}

static enum err_code load_collection_row(struct report_model *m, const struct stmt *st,
                                         struct err *e)
{
    struct report_collection *c;
    const char *state = stmt_text(st, 1);
    bool known = false;

    m->collection = xreallocarray(m->collection, m->collection_count + 1, sizeof *m->collection);
    c = &m->collection[m->collection_count++];
    memset(c, 0, sizeof *c);
    c->resource = report_copy(st, 0);
    for (int i = COLLECTION_COMPLETE; i <= (int)COLLECTION_SKIPPED; i++)
        if (str_eq(collection_state_name((enum collection_state)i), state)) {
            c->state = (enum collection_state)i;
            known = true;
        }
    c->reason = REASON_NONE;
    if (!known || (!stmt_is_null(st, 2) && !reason_parse(stmt_text(st, 2), &c->reason)))
        return err_set(e, ERR_STORE, "collection of '%s': a state that this version does not know",
                       c->resource);
    c->detail = report_copy(st, 3);
    c->rows = report_count(st, 4);
    c->pages = report_count(st, 5);
    c->requests = report_count(st, 6);
    c->permission = report_copy(st, 7);
    c->licence = report_copy(st, 8);
    c->request_template = report_copy(st, 9);
    c->started_at = report_copy(st, 10);
    c->finished_at = report_copy(st, 11);
    return ERR_OK;
}

/* In the order of the evidence table; what it does not know comes last, by name. */
static int by_resource(const void *a, const void *b)
{
    const struct report_collection *x = a;
    const struct report_collection *y = b;
    size_t i = evidence_resource_find(x->resource);
    size_t j = evidence_resource_find(y->resource);

    return i != j ? (i < j ? -1 : 1) : strcmp(x->resource, y->resource);
}

static enum err_code load_collection(struct report_model *m, struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;
    enum err_code code =
        stmt_prepare(m->s,
                     "SELECT resource, state, reason_code, detail, rows, pages, requests, "
                     "permission, licence, request_template, started_at, finished_at "
                     "FROM collection ORDER BY resource",
                     &st, e);

    while (code == ERR_OK && (code = stmt_step(st, &row, e)) == ERR_OK && row)
        code = load_collection_row(m, st, e);
    stmt_free(st);
    if (code == ERR_OK && m->collection_count > 1)
        qsort(m->collection, m->collection_count, sizeof *m->collection, by_resource);
    return code;
}

enum err_code report_model_load(struct store *s, struct report_model *out, struct err *e)
{
    enum err_code code;

    memset(out, 0, sizeof *out);
    out->s = s;
    out->redacted = redact_kinds_of(s);
    code = load_snapshot(out, e);
    if (code == ERR_OK)
        code = load_evaluation(out, e);
    if (code == ERR_OK)
        code = report_sittings_load(out, e);
    if (code == ERR_OK)
        code = load_collection(out, e);
    if (code == ERR_OK)
        code = evidence_states_load(s, &out->states, e);
    if (code == ERR_OK && out->has_evaluation)
        code = report_rules_load(out, e);
    if (code == ERR_OK && out->has_evaluation)
        code = report_waivers_load(out, e);
    return code;
}

static void release_collection(struct report_collection *c)
{
    char *texts[] = {c->resource,         c->detail,     c->permission, c->licence,
                     c->request_template, c->started_at, c->finished_at};

    for (size_t i = 0; i < COUNT_OF(texts); i++)
        free(texts[i]);
}

void report_model_release(struct report_model *m)
{
    char *texts[] = {m->tenant_id,        m->tenant_name, m->tenant_domain, m->cloud,
                     m->started_at,       m->finished_at, m->sealed_at,     m->tool_version,
                     m->digest,           m->client_id,   m->as_of,         m->evaluator_version,
                     m->default_domain,   m->profile,     m->rules_digest,  m->fail_on,
                     m->smtp_removal_date};

    for (size_t i = 0; i < COUNT_OF(texts); i++)
        free(texts[i]);
    json_decref(m->granted);
    json_decref(m->sittings);
    json_decref(m->profile_details);
    json_decref(m->baseline);
    for (size_t i = 0; i < m->rule_count; i++)
        report_rule_release(&m->rules[i]);
    free(m->rules);
    report_waivers_release(m);
    for (size_t i = 0; i < m->collection_count; i++)
        release_collection(&m->collection[i]);
    free(m->collection);
    evidence_states_release(&m->states);
    memset(m, 0, sizeof *m);
}

size_t report_judged(const struct report_model *m)
{
    return m->outcomes[OUTCOME_PASS] + m->outcomes[OUTCOME_FAIL] + m->outcomes[OUTCOME_WAIVED] +
           m->outcomes[OUTCOME_NOT_APPLICABLE];
}

size_t report_unjudged(const struct report_model *m)
{
    return m->outcomes[OUTCOME_NOT_EVALUATED] + m->outcomes[OUTCOME_ERROR];
}

const char *report_tenant(const struct report_model *m)
{
    const char *names[] = {m->tenant_name, m->tenant_domain, m->tenant_id};

    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (names[i] != NULL && names[i][0] != '\0')
            return names[i];
    return "a tenant whose name was not read";
}

/* True when `a` matters more than `b`; equal ones keep the report's order. */
static bool is_worse(const struct report_rule *a, const struct report_rule *b)
{
    return a->severity != b->severity ? a->severity < b->severity : a->fail > b->fail;
}

size_t report_worst(const struct report_model *m, const struct report_rule **out, size_t max)
{
    size_t n = 0;

    for (size_t i = 0; i < m->rule_count; i++) {
        const struct report_rule *r = &m->rules[i];
        size_t at = n;

        if (r->outcome != OUTCOME_FAIL)
            continue;
        while (at > 0 && is_worse(r, out[at - 1]))
            at--;
        if (at >= max)
            continue;
        if (n < max)
            n++;
        for (size_t j = n - 1; j > at; j--)
            out[j] = out[j - 1];
        out[at] = r;
    }
    return n;
}

/* Rows of one rule: `sql` has the columns of struct report_row, the others are its ?1 to ?3. */
struct rows {
    const char *sql, *rule_id, *status;
    size_t limit;
};

static enum err_code each(const struct report_model *m, const struct rows *r, report_row_fn *fn,
                          void *ctx, struct err *e)
{
    struct stmt *st = NULL;
    bool more = false;
    enum err_code code = stmt_prepare(m->s, r->sql, &st, e);

    if (code == ERR_OK) {
        stmt_bind_text(st, 1, r->rule_id);
        stmt_bind_text(st, 2, r->status);
        stmt_bind_int(st, 3, r->limit > 0 ? (int64_t)r->limit : -1);
    }
    while (code == ERR_OK && (code = stmt_step(st, &more, e)) == ERR_OK && more) {
        struct report_row row = {.resource_id = stmt_text(st, 0),
                                 .resource_name = stmt_text(st, 1),
                                 .status = stmt_text(st, 2),
                                 .reason = stmt_text(st, 3),
                                 .waiver_id = stmt_text(st, 4),
                                 .evidence = stmt_text(st, 5),
                                 .note = stmt_text(st, 6),
                                 .baseline = stmt_text(st, 7)};

        code = fn(ctx, &row, e);
    }
    stmt_free(st);
    return code;
}

enum err_code report_fixed_each(const struct report_model *m, const char *rule_id,
                                report_row_fn *fn, void *ctx, struct err *e)
{
    static const char sql[] =
        "SELECT resource_id, resource_name, ?2, NULL, NULL, NULL, NULL, ?2 FROM baseline_finding "
        "WHERE rule_id = ?1 AND state = ?2 ORDER BY resource_id LIMIT ?3";

    return each(m, &(struct rows){sql, rule_id, "fixed", 0}, fn, ctx, e);
}

enum err_code report_names_each(const struct report_model *m, const char *rule_id,
                                report_row_fn *fn, void *ctx, struct err *e)
{
    static const char sql[] =
        "SELECT resource_id, resource_name, NULL, NULL, NULL, NULL, NULL, NULL FROM "
        "resource_result WHERE rule_id = ?1 AND ?2 IS NULL ORDER BY resource_id LIMIT ?3";

    return each(m, &(struct rows){sql, rule_id, NULL, 0}, fn, ctx, e);
}

enum err_code report_rows_each(const struct report_model *m, const char *rule_id,
                               const char *status, size_t limit, report_row_fn *fn, void *ctx,
                               struct err *e)
{
    static const char sql[] =
        "SELECT resource_id, resource_name, status, reason, waiver_id, evidence, note, baseline "
        "FROM resource_result WHERE rule_id = ?1 AND (?2 IS NULL OR ?2 = CASE WHEN status = 'fail' "
        "AND waiver_id IS NOT NULL THEN 'waived' ELSE status END) ORDER BY resource_id LIMIT ?3";

    return each(m, &(struct rows){sql, rule_id, status, limit}, fn, ctx, e);
}
