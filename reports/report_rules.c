/* The rules with their results. */
#include "report_columns.h"
#include "report_model.h"

#include "base/limits.h"
#include "base/mem.h"
#include "model/store.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>

/* Both sides of rule and rule_result, so that neither a rule without a result nor a result without
 * its rule gets lost. */
static const char rules_sql[] =
    "SELECT i.rule_id, r.pack, r.title, r.service, r.summary, r.rationale, r.file, r.query, "
    "x.message, coalesce(x.version, r.version), coalesce(x.severity, r.severity), x.outcome, "
    "x.reason_code, x.pass, x.fail, x.unknown, x.manual, x.not_applicable, x.waived, x.total, "
    "x.is_incomplete, r.remediation_json, r.references_json, r.mappings_json, r.resources_json, "
    "x.missing_json, r.overrides_json "
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
    COL_MISSING,
    COL_OVERRIDES
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
        {COL_MISSING, "missing evidence"}, {COL_OVERRIDES, "overrides"},
    };
    json_t **into[] = {&r->remediation, &r->references, &r->mappings,
                       &r->resources,   &r->missing,    &r->overrides};
    enum err_code code = ERR_OK;

    for (size_t i = 0; code == ERR_OK && i < COUNT_OF(parts); i++)
        code = report_json(st, parts[i].column, parts[i].what, into[i], e);
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
            *texts[i] = report_copy(st, (int)i);
    }
    put_default(&r->title, r->id);
    put_default(&r->service, "run");
    put_default(&r->pack, "");
    put_default(&r->summary, "");
    put_default(&r->file, "");
    r->version = stmt_int(st, COL_VERSION);
    r->pass = report_count(st, COL_PASS);
    r->fail = report_count(st, COL_FAIL);
    r->unknown = report_count(st, COL_UNKNOWN);
    r->manual = report_count(st, COL_MANUAL);
    r->not_applicable = report_count(st, COL_NOT_APPLICABLE);
    r->waived = report_count(st, COL_WAIVED);
    r->total = report_count(st, COL_TOTAL);
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

enum err_code report_rules_load(struct report_model *m, struct err *e)
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

void report_rule_release(struct report_rule *r)
{
    char *texts[] = {r->id,        r->pack, r->title, r->service, r->summary,
                     r->rationale, r->file, r->query, r->message};
    json_t *parts[] = {r->remediation, r->references, r->mappings,
                       r->resources,   r->missing,    r->overrides};

    for (size_t i = 0; i < COUNT_OF(texts); i++)
        free(texts[i]);
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        json_decref(parts[i]);
}
