#include "rules/baseline.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "baseline_apply.h"
#include "model/store.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct old_rule {
    char *id, *outcome;
    int64_t is_incomplete;
};
struct old_finding {
    char *rule, *id, *name; /* name may be NULL */
};
struct baseline {
    char *tenant, *digest, *finished_at, *evaluated_at;
    struct old_rule *rules;
    size_t rules_n;
    struct old_finding *findings;
    size_t findings_n, findings_cap;
};

static char *copy(const struct stmt *st, int at)
{
    const char *s = stmt_text(st, at);

    return s != NULL ? xstrdup(s) : NULL;
}

static enum err_code load_head(struct baseline *b, struct store *s, struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;
    enum err_code code = stmt_prepare(s,
                                      "SELECT tenant_id, digest, finished_at, (SELECT evaluated_at "
                                      "FROM evaluation) FROM snapshot",
                                      &st, e);

    if (code == ERR_OK)
        code = stmt_step(st, &row, e);
    if (code == ERR_OK && row) {
        b->tenant = copy(st, 0);
        b->digest = copy(st, 1);
        b->finished_at = copy(st, 2);
        b->evaluated_at = copy(st, 3);
    }
    stmt_free(st);
    if (code == ERR_OK && b->evaluated_at == NULL)
        return err_set(e, ERR_USAGE,
                       "the baseline '%s' holds no results: run 'graphaudit evaluate' on it first",
                       store_path(s));
    if (code == ERR_OK && b->tenant == NULL)
        return err_set(e, ERR_USAGE, "the baseline '%s' does not say whose it is", store_path(s));
    return code;
}

static enum err_code load_rules(struct baseline *b, struct store *s, struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;
    enum err_code code = stmt_prepare(
        s, "SELECT rule_id, outcome, is_incomplete FROM rule_result ORDER BY rule_id", &st, e);

    while (code == ERR_OK && (code = stmt_step(st, &row, e)) == ERR_OK && row) {
        if (b->rules_n == LIMIT_RULES) {
            code = err_set(e, ERR_LIMIT, "the baseline has more than %d rules", LIMIT_RULES);
            break;
        }
        b->rules = xreallocarray(b->rules, b->rules_n + 1, sizeof *b->rules);
        b->rules[b->rules_n++] = (struct old_rule){copy(st, 0), copy(st, 1), stmt_int(st, 2)};
    }
    stmt_free(st);
    return code;
}

static enum err_code load_findings(struct baseline *b, struct store *s, struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;
    enum err_code code = stmt_prepare(s,
                                      "SELECT rule_id, resource_id, resource_name FROM "
                                      "resource_result WHERE status = 'fail' ORDER BY 1, 2",
                                      &st, e);

    while (code == ERR_OK && (code = stmt_step(st, &row, e)) == ERR_OK && row) {
        if (b->findings_n == LIMIT_BASELINE_FINDINGS) {
            code = err_set(e, ERR_LIMIT, "the baseline has more than %d findings",
                           LIMIT_BASELINE_FINDINGS);
            break;
        }
        if (b->findings_n == b->findings_cap) {
            b->findings_cap = b->findings_cap > 0 ? 2 * b->findings_cap : 256;
            b->findings = xreallocarray(b->findings, b->findings_cap, sizeof *b->findings);
        }
        b->findings[b->findings_n++] = (struct old_finding){copy(st, 0), copy(st, 1), copy(st, 2)};
    }
    stmt_free(st);
    return code;
}

enum err_code baseline_load(const char *path, struct baseline **out, struct err *e)
{
    struct baseline *b = xcalloc(1, sizeof *b);
    struct store *s = NULL;
    enum err_code code = store_open(path, false, &s, e);

    if (code == ERR_OK)
        code = load_head(b, s, e);
    if (code == ERR_OK)
        code = load_rules(b, s, e);
    if (code == ERR_OK)
        code = load_findings(b, s, e);
    store_close(s);
    if (code != ERR_OK) {
        baseline_free(b);
        return code;
    }
    *out = b;
    return ERR_OK;
}

void baseline_free(struct baseline *b)
{
    if (b == NULL)
        return;
    for (size_t i = 0; i < b->rules_n; i++) {
        free(b->rules[i].id);
        free(b->rules[i].outcome);
    }
    for (size_t i = 0; i < b->findings_n; i++) {
        free(b->findings[i].rule);
        free(b->findings[i].id);
        free(b->findings[i].name);
    }
    free(b->rules);
    free(b->findings);
    free(b->tenant);
    free(b->digest);
    free(b->finished_at);
    free(b->evaluated_at);
    free(b);
}

const char *baseline_tenant(const struct baseline *b)
{
    return b->tenant;
}

static enum err_code save(const struct baseline *b, struct store *s, struct err *e)
{
    enum err_code code = ERR_OK;

    for (size_t i = 0; code == ERR_OK && i < b->rules_n; i++)
        code = store_run(s, e,
                         "INSERT INTO baseline_rule(rule_id, outcome, is_incomplete) "
                         "VALUES (?, ?, ?)",
                         "tti", b->rules[i].id, b->rules[i].outcome, b->rules[i].is_incomplete);
    for (size_t i = 0; code == ERR_OK && i < b->findings_n; i++)
        code = store_run(s, e,
                         "INSERT INTO baseline_finding(rule_id, resource_id, resource_name) "
                         "VALUES (?, ?, ?)",
                         "ttt", b->findings[i].rule, b->findings[i].id, b->findings[i].name);
    return code;
}

static const char mark_sql[] =
    "UPDATE resource_result SET baseline = CASE WHEN EXISTS (SELECT 1 FROM baseline_finding AS f "
    "WHERE f.rule_id = resource_result.rule_id AND f.resource_id = resource_result.resource_id) "
    "THEN 'open' WHEN (SELECT b.is_incomplete = 0 AND b.outcome NOT IN ('error', 'not_evaluated') "
    "FROM baseline_rule AS b WHERE b.rule_id = resource_result.rule_id) THEN 'new' ELSE "
    "'not_known' END WHERE status = 'fail';"
    "UPDATE baseline_finding SET state = (SELECT CASE r.status WHEN 'fail' THEN 'open' ELSE "
    "'not_judged' END FROM resource_result AS r WHERE r.rule_id = baseline_finding.rule_id AND "
    "r.resource_id = baseline_finding.resource_id);"
    "UPDATE baseline_finding SET state = CASE WHEN (SELECT r.is_incomplete = 0 AND r.outcome NOT "
    "IN "
    "('error', 'not_evaluated') FROM rule_result AS r WHERE r.rule_id = baseline_finding.rule_id) "
    "THEN 'fixed' ELSE 'not_judged' END WHERE state IS NULL;";

/* Waived findings are not counted: nobody has to do anything about them. */
static enum err_code count(const struct baseline *b, struct store *s, struct err *e)
{
    static const char *const sqls[] = {
        "SELECT count(*) FROM resource_result WHERE baseline = 'new' AND waiver_id IS NULL",
        "SELECT count(*) FROM resource_result WHERE baseline = 'open' AND waiver_id IS NULL",
        "SELECT count(*) FROM resource_result WHERE baseline = 'not_known' AND waiver_id IS NULL",
        "SELECT count(*) FROM baseline_finding WHERE state = 'fixed'",
        "SELECT count(*) FROM baseline_finding WHERE state = 'not_judged'"};
    int64_t n[COUNT_OF(sqls)] = {0};
    enum err_code code = ERR_OK;
    json_t *o;
    char *text;

    for (size_t i = 0; code == ERR_OK && i < COUNT_OF(sqls); i++)
        code = store_int(s, sqls[i], &n[i], e);
    if (code != ERR_OK)
        return code;
    o = json_pack("{s:s?, s:s?, s:s, s:I, s:I, s:I, s:I, s:I}", "digest", b->digest, "finished_at",
                  b->finished_at, "evaluated_at", b->evaluated_at, "new", (json_int_t)n[0], "open",
                  (json_int_t)n[1], "not_known", (json_int_t)n[2], "fixed", (json_int_t)n[3],
                  "not_judged", (json_int_t)n[4]);
    text = json_dumps(o, JSON_COMPACT);
    json_decref(o);
    code = store_run(s, e, "UPDATE evaluation SET baseline_json = ?", "t", text);
    free(text);
    return code;
}

static enum err_code count_new_rules(struct store *s, size_t new_failing[SEVERITY_COUNT],
                                     struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;
    enum err_code code = stmt_prepare(s,
                                      "SELECT r.severity FROM rule_result AS r WHERE r.outcome = "
                                      "'fail' AND EXISTS (SELECT 1 FROM "
                                      "resource_result AS x WHERE x.rule_id = r.rule_id AND "
                                      "x.waiver_id IS NULL AND x.baseline IN "
                                      "('new', 'not_known')) ORDER BY r.rule_id",
                                      &st, e);

    while (code == ERR_OK && (code = stmt_step(st, &row, e)) == ERR_OK && row) {
        enum severity v;

        if (severity_parse(stmt_text(st, 0), &v))
            new_failing[v]++;
    }
    stmt_free(st);
    return code;
}

enum err_code baseline_apply(const struct baseline *b, struct store *s,
                             size_t new_failing[SEVERITY_COUNT], struct err *e)
{
    enum err_code code;

    if (b == NULL)
        return ERR_OK;
    code = save(b, s, e);
    if (code == ERR_OK)
        code = store_exec(s, mark_sql, e);
    if (code == ERR_OK)
        code = count(b, s, e);
    if (code == ERR_OK)
        code = count_new_rules(s, new_failing, e);
    return code;
}
