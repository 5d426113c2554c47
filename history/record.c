/* One evaluation into the history, in one transaction. */
#include "base/buf.h"
#include "base/digest.h"
#include "base/mem.h"
#include "base/strs.h"
#include "database.h"
#include "model/store.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_COLUMNS = 40 };

/* ---- which run it is ---- */

struct run {
    char id[SHA256_HEX_BYTES];
    char *tenant, *name, *at;
    char *is_listed; /* "1": every mailbox is in the snapshot */
};

static void run_release(struct run *r)
{
    free(r->tenant);
    free(r->name);
    free(r->at);
    free(r->is_listed);
}

/* The same evidence judged by the same rules in the same way is the same run, whenever that was. */
static const char identity_sql[] =
    "SELECT s.digest || ' ' || e.rules_digest || ' ' || e.as_of || ' ' || e.tool_version || ' ' || "
    "coalesce(e.smtp_removal_date, '') || ' ' || coalesce(e.profile_json, '') || ' ' || "
    "coalesce((SELECT group_concat(w.waiver_id || w.expires) FROM waiver w), '') "
    "FROM snapshot s, evaluation e";

static enum err_code identify(struct store *s, struct run *r, struct err *e)
{
    char *identity = NULL;
    enum err_code code = store_text(s, identity_sql, &identity, e);

    if (code == ERR_OK)
        code = store_text(s, "SELECT lower(tenant_id) FROM snapshot", &r->tenant, e);
    if (code == ERR_OK)
        code = store_text(s, "SELECT tenant_name FROM snapshot", &r->name, e);
    if (code == ERR_OK)
        code = store_text(s, "SELECT coalesce(finished_at, started_at) FROM snapshot", &r->at, e);
    if (code == ERR_OK)
        code =
            store_text(s,
                       "SELECT COUNT(*) FROM collection WHERE resource = 'mailboxes' AND state = "
                       "'complete'",
                       &r->is_listed, e);
    if (code == ERR_OK && (identity == NULL || r->at == NULL))
        code = err_set(e, ERR_USAGE, "the snapshot is not finished, or not evaluated");
    if (code == ERR_OK && r->tenant == NULL)
        code = err_set(e, ERR_USAGE, "the snapshot does not say which tenant it is of");
    if (code == ERR_OK)
        sha256_hex(identity, strlen(identity), r->id);
    free(identity);
    return code;
}

enum err_code history_run_id(struct store *s, char out[SHA256_HEX_BYTES], struct err *e)
{
    struct run r;
    enum err_code code;

    memset(&r, 0, sizeof r);
    code = identify(s, &r, e);
    if (code == ERR_OK)
        memcpy(out, r.id, sizeof r.id);
    run_release(&r);
    return code;
}

static bool note_row(void *ctx, const struct history_row *row)
{
    (void)row;
    *(bool *)ctx = true;
    return false;
}

/* ---- rows of the snapshot into tables of the history ---- */

struct copy {
    const char *from;    /* a SELECT on the snapshot */
    const char *table;   /* of the history */
    const char *columns; /* those of the SELECT, after `lead` */
    size_t n;            /* how many, `lead` included */
    bool has_run;        /* the first column is the run's id, and not in the SELECT */
};

static const struct copy rules = {
    "SELECT r.rule_id, u.title, r.severity, r.outcome, r.reason_code, r.fail - r.waived, r.waived, "
    "r.total, r.is_incomplete = 0 AND r.outcome IN ('pass', 'fail', 'waived', 'not_applicable'), "
    "u.service "
    "FROM rule_result r JOIN rule u ON u.rule_id = r.rule_id ORDER BY r.rule_id",
    "run_rule",
    "run_id, rule_id, title, severity, outcome, reason_code, failing, waived, total, is_whole, "
    "service",
    11, true};

static const struct copy findings = {
    "SELECT rule_id, resource_id, resource_name, waiver_id IS NOT NULL FROM resource_result "
    "WHERE status = 'fail'",
    "incoming_finding", "rule_id, resource_id, resource_name, is_waived", 4, false};

static const struct copy verdicts = {
    "SELECT mailbox_guid, address, basic, oauth_delegated, oauth_app, layers FROM smtp_auth",
    "incoming_verdict", "mailbox_guid, address, basic, oauth_delegated, oauth_app, layers", 6,
    false};

static enum err_code copy_rows(struct history *h, struct store *s, const struct copy *c,
                               const struct run *r, struct err *e)
{
    const char *values[MAX_COLUMNS] = {r->id};
    const size_t lead = c->has_run ? 1 : 0;
    struct stmt *st = NULL;
    bool row = false;
    enum err_code code = stmt_prepare(s, c->from, &st, e);

    if (code == ERR_OK)
        code = h->kind->fill_begin(h->d, c->table, c->columns, c->n, e);
    while (code == ERR_OK && (code = stmt_step(st, &row, e)) == ERR_OK && row) {
        for (size_t i = lead; i < c->n; i++)
            values[i] = stmt_text(st, (int)(i - lead));
        code = h->kind->fill_row(h->d, values, e);
    }
    if (code == ERR_OK)
        code = h->kind->fill_end(h->d, e);
    stmt_free(st);
    return code;
}

/* A table of this connection; dropped before the transaction ends, gone when it is rolled back. */
static enum err_code make_incoming(struct history *h, const char *name, const char *columns,
                                   struct err *e)
{
    struct buf sql;
    enum err_code code;

    buf_init(&sql, 1024);
    buf_addf(&sql, "CREATE TEMP TABLE %s(%s)", name, columns);
    code = sql.failed ? err_set(e, ERR_BUG, "history: %s", name) : h->kind->exec(h->d, sql.p, e);
    buf_release(&sql);
    return code;
}

static enum err_code run_sql(struct history *h, const char *sql, const char *const *values,
                             size_t n, struct err *e)
{
    return h->kind->query(h->d, sql, values, n, NULL, NULL, e);
}

/* ---- the parts ---- */

static enum err_code put_tenant(struct history *h, const struct run *r, struct err *e)
{
    /* The row is locked from here on: two runs of one tenant that end together take turns. */
    const char *values[] = {r->tenant, r->name, r->at};

    return run_sql(
        h,
        "INSERT INTO tenant(tenant_id, name, named_at) VALUES ($1, $2, $3) "
        "ON CONFLICT (tenant_id) DO UPDATE SET "
        "name = CASE WHEN excluded.named_at >= tenant.named_at THEN excluded.name "
        "ELSE tenant.name END, "
        "named_at = CASE WHEN excluded.named_at >= tenant.named_at THEN excluded.named_at "
        "ELSE tenant.named_at END",
        values, 3, e);
}

static const struct copy run_row = {
    "SELECT lower(s.tenant_id), coalesce(s.finished_at, s.started_at), e.evaluated_at, e.as_of, "
    "e.tool_version, e.profile, e.rules_digest, o.*, f.n, b.*, m.* "
    "FROM snapshot s, evaluation e, "
    "(SELECT COUNT(*) FILTER (WHERE outcome = 'pass'), COUNT(*) FILTER (WHERE outcome = 'fail'), "
    "COUNT(*) FILTER (WHERE outcome = 'not_evaluated'), "
    "COUNT(*) FILTER (WHERE outcome = 'manual'), COUNT(*) FILTER (WHERE outcome = 'waived'), "
    "COUNT(*) FILTER (WHERE outcome = 'not_applicable'), "
    "COUNT(*) FILTER (WHERE outcome = 'error'), "
    "COUNT(*) FILTER (WHERE outcome = 'fail' AND severity = 'critical'), "
    "COUNT(*) FILTER (WHERE outcome = 'fail' AND severity = 'high'), "
    "COUNT(*) FILTER (WHERE outcome = 'fail' AND severity = 'medium'), "
    "COUNT(*) FILTER (WHERE outcome = 'fail' AND severity = 'low') FROM rule_result) o, "
    "(SELECT COUNT(*) AS n FROM resource_result WHERE status = 'fail' AND waiver_id IS NULL) f, "
    "(SELECT COUNT(*) FILTER (WHERE basic = 'allow'), "
    "COUNT(*) FILTER (WHERE basic = 'conditional'), COUNT(*) FILTER (WHERE basic = 'block'), "
    "COUNT(*) FILTER (WHERE basic = 'unknown') FROM smtp_auth) b, "
    "(SELECT COUNT(*) FILTER (WHERE p.mfa = 'always'), COUNT(*) FILTER (WHERE p.mfa = "
    "'sometimes'), COUNT(*) FILTER (WHERE p.mfa = 'never'), COUNT(*) FILTER (WHERE p.mfa = "
    "'unknown') FROM user_protection p JOIN user u ON u.id = p.user_id "
    "WHERE u.account_enabled = 1 AND u.user_type = 'Member') m",
    "run",
    "run_id, tenant_id, at, evaluated_at, as_of, tool_version, profile, rules_digest, passed, "
    "failed, not_evaluated, manual, waived, not_applicable, errors, failed_critical, failed_high, "
    "failed_medium, failed_low, findings, basic_allow, basic_conditional, basic_block, "
    "basic_unknown, mfa_always, mfa_sometimes, mfa_never, mfa_unknown",
    28, true};

static enum err_code put_findings(struct history *h, struct store *s, const struct run *r,
                                  struct err *e)
{
    const char *values[] = {r->tenant, r->at};
    enum err_code code =
        make_incoming(h, "incoming_finding",
                      "rule_id TEXT, resource_id TEXT, resource_name TEXT, is_waived INTEGER", e);

    if (code == ERR_OK)
        code = copy_rows(h, s, &findings, r, e);
    if (code == ERR_OK)
        code = run_sql(
            h,
            "INSERT INTO finding(tenant_id, rule_id, resource_id, resource_name, first_seen_at, "
            "last_seen_at, is_waived) "
            "SELECT $1, rule_id, resource_id, resource_name, $2, $2, is_waived "
            "FROM incoming_finding WHERE true "
            "ON CONFLICT (tenant_id, rule_id, resource_id) DO UPDATE SET "
            "resource_name = CASE WHEN excluded.last_seen_at >= finding.last_seen_at "
            "THEN excluded.resource_name ELSE finding.resource_name END, "
            "is_waived = CASE WHEN excluded.last_seen_at >= finding.last_seen_at "
            "THEN excluded.is_waived ELSE finding.is_waived END, "
            "first_seen_at = CASE WHEN excluded.first_seen_at < finding.first_seen_at "
            "THEN excluded.first_seen_at ELSE finding.first_seen_at END, "
            "last_seen_at = CASE WHEN excluded.last_seen_at > finding.last_seen_at "
            "THEN excluded.last_seen_at ELSE finding.last_seen_at END",
            values, 2, e);
    return code == ERR_OK ? h->kind->exec(h->d, "DROP TABLE incoming_finding", e) : code;
}

/* The verdict that held before $2, by mailbox. */
#define BEFORE                                                                                     \
    "FROM mailbox_verdict v WHERE v.tenant_id = $1 AND v.at = (SELECT MAX(w.at) "                  \
    "FROM mailbox_verdict w WHERE w.tenant_id = $1 AND w.mailbox_guid = v.mailbox_guid "           \
    "AND w.at < $2)"
#define VERDICT "address, basic, oauth_delegated, oauth_app, layers"

/* A run that is recorded late stands between two others: what it changed has to be changed back at
 * the next one, which had nothing to say when it was compared with the one before. */
static const char change_back_sql[] =
    "INSERT INTO mailbox_verdict(tenant_id, mailbox_guid, at, " VERDICT ") "
    "SELECT v.tenant_id, v.mailbox_guid, n.at, v.address, v.basic, v.oauth_delegated, v.oauth_app, "
    "v.layers FROM mailbox_verdict v "
    "JOIN (SELECT MIN(at) AS at FROM run WHERE tenant_id = $1 AND at > $2) n ON n.at IS NOT NULL "
    "JOIN mailbox_verdict late ON late.tenant_id = v.tenant_id AND late.mailbox_guid = "
    "v.mailbox_guid "
    "AND late.at = $2 "
    "WHERE v.tenant_id = $1 AND v.at = (SELECT MAX(w.at) FROM mailbox_verdict w WHERE "
    "w.tenant_id = $1 AND w.mailbox_guid = v.mailbox_guid AND w.at < $2) "
    "ON CONFLICT (tenant_id, mailbox_guid, at) DO NOTHING";

static enum err_code put_verdicts(struct history *h, struct store *s, const struct run *r,
                                  struct err *e)
{
    const char *values[] = {r->tenant, r->at};
    enum err_code code = make_incoming(h, "incoming_verdict",
                                       "mailbox_guid TEXT PRIMARY KEY, address TEXT, basic TEXT, "
                                       "oauth_delegated TEXT, oauth_app TEXT, layers TEXT",
                                       e);

    if (code == ERR_OK)
        code = copy_rows(h, s, &verdicts, r, e);
    if (code == ERR_OK)
        code = run_sql(
            h,
            "INSERT INTO mailbox_verdict(tenant_id, mailbox_guid, at, " VERDICT ") "
            "SELECT $1, i.mailbox_guid, $2, i.address, i.basic, i.oauth_delegated, i.oauth_app, "
            "i.layers FROM incoming_verdict i LEFT JOIN (SELECT v.* " BEFORE ") b "
            "ON b.mailbox_guid = i.mailbox_guid "
            "WHERE b.mailbox_guid IS NULL OR b.basic <> i.basic OR b.layers <> i.layers "
            "OR b.oauth_delegated <> i.oauth_delegated OR b.oauth_app <> i.oauth_app "
            "ON CONFLICT (tenant_id, mailbox_guid, at) DO NOTHING",
            values, 2, e);
    if (code == ERR_OK && str_eq(r->is_listed, "1"))
        code = run_sql(h,
                       "INSERT INTO mailbox_verdict(tenant_id, mailbox_guid, at, " VERDICT ") "
                       "SELECT v.tenant_id, v.mailbox_guid, $2, v.address, 'absent', 'absent', "
                       "'absent', '[]' " BEFORE " AND v.basic <> 'absent' AND NOT EXISTS (SELECT 1 "
                       "FROM incoming_verdict i WHERE i.mailbox_guid = v.mailbox_guid) "
                       "ON CONFLICT (tenant_id, mailbox_guid, at) DO NOTHING",
                       values, 2, e);
    if (code == ERR_OK)
        code = run_sql(h, change_back_sql, values, 2, e);
    return code == ERR_OK ? h->kind->exec(h->d, "DROP TABLE incoming_verdict", e) : code;
}

static enum err_code record(struct history *h, struct store *s, const struct run *r, bool *is_new,
                            struct err *e)
{
    const char *values[] = {r->id};
    bool is_there = false;
    enum err_code code = put_tenant(h, r, e);

    if (code == ERR_OK)
        code = h->kind->query(h->d, "SELECT 1 FROM run WHERE run_id = $1", values, 1, note_row,
                              &is_there, e);
    if (code != ERR_OK || is_there)
        return code;
    code = copy_rows(h, s, &run_row, r, e);
    if (code == ERR_OK)
        code = copy_rows(h, s, &rules, r, e);
    if (code == ERR_OK)
        code = put_findings(h, s, r, e);
    if (code == ERR_OK)
        code = put_verdicts(h, s, r, e);
    *is_new = code == ERR_OK;
    return code;
}

enum err_code history_record(struct history *h, struct store *s, bool *is_new, struct err *e)
{
    struct err ignored = ERR_INIT; /* of the rollback: what went wrong before counts */
    struct run r;
    enum err_code code;

    memset(&r, 0, sizeof r);
    *is_new = false;
    code = identify(s, &r, e);
    if (code == ERR_OK)
        code = h->kind->exec(h->d, h->kind->begin, e);
    if (code == ERR_OK) {
        code = record(h, s, &r, is_new, e);
        if (code == ERR_OK)
            code = h->kind->exec(h->d, "COMMIT", e);
        if (code != ERR_OK) {
            *is_new = false;
            (void)h->kind->exec(h->d, "ROLLBACK", &ignored);
        }
    }
    run_release(&r);
    return code;
}
