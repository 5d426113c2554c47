#include "report_model.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "escape.h"
#include "model/store.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>

static char *copy(const struct stmt *st, int at)
{
    const char *s = stmt_text(st, at);

    return s != NULL ? xstrdup(s) : NULL;
}

static size_t count(const struct stmt *st, int at)
{
    int64_t v = stmt_int(st, at);

    return v > 0 ? (size_t)v : 0;
}

/* JSON that we wrote ourselves; broken JSON is a broken file, not an empty list. */
static enum err_code json_column(const struct stmt *st, int at, const char *what, json_t **out,
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
            *texts[i] = copy(st, (int)i);
        m->schema_version = stmt_int(st, 10);
        code = json_column(st, 11, "granted permissions", &m->granted, e);
    }
    stmt_free(st);
    return code;
}

static enum err_code load_evaluation(struct report_model *m, struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;
    enum err_code code = stmt_prepare(m->s,
                                      "SELECT evaluated_at, as_of, tool_version, profile, "
                                      "rules_digest, fail_on FROM evaluation",
                                      &st, e);

    if (code == ERR_OK)
        code = stmt_step(st, &row, e);
    if (code == ERR_OK && row) {
        m->has_evaluation = true;
        m->evaluated_at = copy(st, 0);
        m->as_of = copy(st, 1);
        m->evaluator_version = copy(st, 2);
        m->profile = copy(st, 3);
        m->rules_digest = copy(st, 4);
        m->fail_on = copy(st, 5);
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
    c->resource = copy(st, 0);
    for (int i = COLLECTION_COMPLETE; i <= (int)COLLECTION_SKIPPED; i++)
        if (str_eq(collection_state_name((enum collection_state)i), state)) {
            c->state = (enum collection_state)i;
            known = true;
        }
    c->reason = REASON_NONE;
    if (!known || (!stmt_is_null(st, 2) && !reason_parse(stmt_text(st, 2), &c->reason)))
        return err_set(e, ERR_STORE, "collection of '%s': a state that this version does not know",
                       c->resource);
    c->detail = copy(st, 3);
    c->rows = count(st, 4);
    c->pages = count(st, 5);
    c->requests = count(st, 6);
    c->permission = copy(st, 7);
    c->licence = copy(st, 8);
    c->request_template = copy(st, 9);
    c->started_at = copy(st, 10);
    c->finished_at = copy(st, 11);
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

/* Both sides of rule and rule_result, so that neither a rule without a result nor a result without
 * its rule gets lost. */
static const char rules_sql[] =
    "SELECT i.rule_id, r.pack, r.title, r.service, r.summary, r.rationale, r.file, r.query, "
    "x.message, coalesce(x.version, r.version), coalesce(x.severity, r.severity), x.outcome, "
    "x.reason_code, x.pass, x.fail, x.unknown, x.manual, x.not_applicable, x.waived, x.total, "
    "x.is_incomplete, r.remediation_json, r.references_json, r.mappings_json, r.resources_json, "
    "x.missing_json "
    "FROM (SELECT rule_id FROM rule UNION SELECT rule_id FROM rule_result) AS i "
    "LEFT JOIN rule AS r ON r.rule_id = i.rule_id "
    "LEFT JOIN rule_result AS x ON x.rule_id = i.rule_id ORDER BY i.rule_id";

enum {
    COL_VERSION = 9,
    COL_SEVERITY,
    COL_OUTCOME,
    COL_REASON,
    COL_PASS,
    COL_FAIL,
    COL_UNKNOWN,
    COL_MANUAL,
    COL_NOT_APPLICABLE,
    COL_WAIVED,
    COL_TOTAL,
    COL_INCOMPLETE,
    COL_REMEDIATION,
    COL_REFERENCES,
    COL_MAPPINGS,
    COL_RESOURCES,
    COL_MISSING
};

static void put_default(char **text, const char *instead)
{
    if (*text == NULL)
        *text = xstrdup(instead);
}

static enum err_code load_outcome(struct report_rule *r, const struct stmt *st, struct err *e)
{
    if (!severity_parse(stmt_text(st, COL_SEVERITY), &r->severity))
        return err_set(e, ERR_STORE, "rule '%s': a severity that this version does not know",
                       r->id);
    if (stmt_is_null(st, COL_OUTCOME)) {
        r->outcome = OUTCOME_ERROR;
        put_default(&r->message, "No result was recorded for this rule");
        return ERR_OK;
    }
    if (!outcome_parse(stmt_text(st, COL_OUTCOME), &r->outcome) ||
        (!stmt_is_null(st, COL_REASON) && !reason_parse(stmt_text(st, COL_REASON), &r->reason)))
        return err_set(e, ERR_STORE, "rule '%s': an outcome that this version does not know",
                       r->id);
    if (r->outcome == OUTCOME_PASS && r->is_incomplete)
        r->outcome = OUTCOME_NOT_EVALUATED; /* never a pass on incomplete evidence */
    return ERR_OK;
}

static enum err_code load_rule_json(struct report_rule *r, const struct stmt *st, struct err *e)
{
    static const struct {
        int column;
        const char *what;
    } parts[] = {
        {COL_REMEDIATION, "remediation"},  {COL_REFERENCES, "references"},
        {COL_MAPPINGS, "mappings"},        {COL_RESOURCES, "resources"},
        {COL_MISSING, "missing evidence"},
    };
    json_t **into[] = {&r->remediation, &r->references, &r->mappings, &r->resources, &r->missing};
    enum err_code code = ERR_OK;

    for (size_t i = 0; code == ERR_OK && i < COUNT_OF(parts); i++)
        code = json_column(st, parts[i].column, parts[i].what, into[i], e);
    if (code != ERR_OK)
        err_wrap(e, "rule '%s'", r->id);
    return code;
}

static enum err_code load_rule(struct report_model *m, const struct stmt *st, struct err *e)
{
    struct report_rule *r;
    enum err_code code;

    if (m->rule_count >= LIMIT_RULES)
        return err_set(e, ERR_LIMIT, "more than %d rules", LIMIT_RULES);
    m->rules = xreallocarray(m->rules, m->rule_count + 1, sizeof *m->rules);
    r = &m->rules[m->rule_count++];
    memset(r, 0, sizeof *r);
    {
        char **texts[] = {&r->id,        &r->pack, &r->title, &r->service, &r->summary,
                          &r->rationale, &r->file, &r->query, &r->message};

        for (size_t i = 0; i < COUNT_OF(texts); i++)
            *texts[i] = copy(st, (int)i);
    }
    put_default(&r->title, r->id);
    put_default(&r->service, "run");
    put_default(&r->pack, "");
    put_default(&r->summary, "");
    put_default(&r->file, "");
    r->version = stmt_int(st, COL_VERSION);
    r->pass = count(st, COL_PASS);
    r->fail = count(st, COL_FAIL);
    r->unknown = count(st, COL_UNKNOWN);
    r->manual = count(st, COL_MANUAL);
    r->not_applicable = count(st, COL_NOT_APPLICABLE);
    r->waived = count(st, COL_WAIVED);
    r->total = count(st, COL_TOTAL);
    r->is_incomplete = stmt_int(st, COL_INCOMPLETE) != 0;
    code = load_outcome(r, st, e);
    if (code == ERR_OK)
        code = load_rule_json(r, st, e);
    put_default(&r->message, "");
    return code;
}

static int by_report_order(const void *a, const void *b)
{
    const struct report_rule *x = a;
    const struct report_rule *y = b;
    int i = words_service_order(x->service);
    int j = words_service_order(y->service);
    int d = i != j ? (i < j ? -1 : 1) : strcmp(x->service, y->service);

    if (d == 0 && x->severity != y->severity)
        d = x->severity < y->severity ? -1 : 1;
    return d != 0 ? d : strcmp(x->id, y->id);
}

static enum err_code load_rules(struct report_model *m, struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;
    enum err_code code = stmt_prepare(m->s, rules_sql, &st, e);

    while (code == ERR_OK && (code = stmt_step(st, &row, e)) == ERR_OK && row)
        code = load_rule(m, st, e);
    stmt_free(st);
    if (code == ERR_OK && m->rule_count > 1)
        qsort(m->rules, m->rule_count, sizeof *m->rules, by_report_order);
    for (size_t i = 0; code == ERR_OK && i < m->rule_count; i++) {
        const struct report_rule *r = &m->rules[i];

        m->outcomes[r->outcome]++;
        if (r->outcome == OUTCOME_FAIL) {
            m->failing[r->severity]++;
            m->incomplete_fails += r->is_incomplete;
        }
    }
    return code;
}

enum err_code report_model_load(struct store *s, struct report_model *out, struct err *e)
{
    enum err_code code;

    memset(out, 0, sizeof *out);
    out->s = s;
    code = load_snapshot(out, e);
    if (code == ERR_OK)
        code = load_evaluation(out, e);
    if (code == ERR_OK)
        code = load_collection(out, e);
    if (code == ERR_OK)
        code = evidence_states_load(s, &out->states, e);
    if (code == ERR_OK && out->has_evaluation)
        code = load_rules(out, e);
    return code;
}

static void release_rule(struct report_rule *r)
{
    char *texts[] = {r->id,        r->pack, r->title, r->service, r->summary,
                     r->rationale, r->file, r->query, r->message};
    json_t *parts[] = {r->remediation, r->references, r->mappings, r->resources, r->missing};

    for (size_t i = 0; i < COUNT_OF(texts); i++)
        free(texts[i]);
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        json_decref(parts[i]);
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
    char *texts[] = {
        m->tenant_id,    m->tenant_name, m->tenant_domain,     m->cloud,   m->started_at,
        m->finished_at,  m->sealed_at,   m->tool_version,      m->digest,  m->client_id,
        m->evaluated_at, m->as_of,       m->evaluator_version, m->profile, m->rules_digest,
        m->fail_on};

    for (size_t i = 0; i < COUNT_OF(texts); i++)
        free(texts[i]);
    json_decref(m->granted);
    for (size_t i = 0; i < m->rule_count; i++)
        release_rule(&m->rules[i]);
    free(m->rules);
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

size_t report_worst(const struct report_model *m, const struct report_rule *out[REPORT_WORST])
{
    size_t n = 0;

    for (size_t i = 0; i < m->rule_count; i++) {
        const struct report_rule *r = &m->rules[i];
        size_t at = n;

        if (r->outcome != OUTCOME_FAIL)
            continue;
        while (at > 0 && is_worse(r, out[at - 1]))
            at--;
        if (at >= REPORT_WORST)
            continue;
        if (n < REPORT_WORST)
            n++;
        for (size_t j = n - 1; j > at; j--)
            out[j] = out[j - 1];
        out[at] = r;
    }
    return n;
}

enum err_code report_rows_each(const struct report_model *m, const char *rule_id,
                               const char *status, size_t limit, report_row_fn *fn, void *ctx,
                               struct err *e)
{
    struct stmt *st = NULL;
    bool more = false;
    enum err_code code =
        stmt_prepare(m->s,
                     "SELECT resource_id, resource_name, status, reason, waiver_id, evidence "
                     "FROM resource_result WHERE rule_id = ?1 AND (?2 IS NULL OR status = ?2) "
                     "ORDER BY resource_id LIMIT ?3",
                     &st, e);

    if (code == ERR_OK) {
        stmt_bind_text(st, 1, rule_id);
        stmt_bind_text(st, 2, status);
        stmt_bind_int(st, 3, limit > 0 ? (int64_t)limit : -1);
    }
    while (code == ERR_OK && (code = stmt_step(st, &more, e)) == ERR_OK && more) {
        struct report_row row = {.resource_id = stmt_text(st, 0),
                                 .resource_name = stmt_text(st, 1),
                                 .status = stmt_text(st, 2),
                                 .reason = stmt_text(st, 3),
                                 .waiver_id = stmt_text(st, 4),
                                 .evidence = stmt_text(st, 5)};

        code = fn(ctx, &row, e);
    }
    stmt_free(st);
    return code;
}
