/* What is read back: the topics of `graphaudit history`, and the trend that reports draw. */
#include "base/mem.h"
#include "base/strs.h"
#include "database.h"
#include "model/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_COLUMNS = 13, TREND_RUNS = 60 };

struct topic {
    const char *columns[MAX_COLUMNS + 1];
    const char *sql;    /* newest rows first; the values are tenant, limit and, where `what` is set,
                           the rule or mailbox */
    const char *values; /* one letter each, in order: t tenant, r rule, m mailbox, l limit */
    bool is_newest_first;
};

static const struct topic topics[HISTORY_TOPICS] = {
    [HISTORY_TENANTS] =
        {{"tenant_id", "name", "runs", "last_run", "passed", "failed", "not_evaluated", "findings"},
         "SELECT t.tenant_id, t.name, (SELECT COUNT(*) FROM run c WHERE c.tenant_id = "
         "t.tenant_id), "
         "r.at, r.passed, r.failed, r.not_evaluated, r.findings FROM tenant t "
         "JOIN run r ON r.tenant_id = t.tenant_id AND r.run_id = (SELECT MIN(n.run_id) FROM run n "
         "WHERE n.tenant_id = t.tenant_id AND n.at = (SELECT MAX(m.at) FROM run m WHERE "
         "m.tenant_id "
         "= t.tenant_id)) ORDER BY t.tenant_id LIMIT $1",
         "l",
         false},
    [HISTORY_RUNS] =
        {{"at", "passed", "failed", "not_evaluated", "manual", "waived", "findings", "smtp_allowed",
          "smtp_conditional", "smtp_blocked", "smtp_unknown", "mfa_always", "mfa_not_always"},
         "SELECT at, passed, failed, not_evaluated + errors, manual, waived, findings, "
         "basic_allow, basic_conditional, basic_block, basic_unknown, mfa_always, "
         "mfa_sometimes + mfa_never + mfa_unknown FROM run WHERE tenant_id = $1 ORDER BY at DESC, "
         "run_id LIMIT $2",
         "tl",
         true},
    [HISTORY_RULE] =
        {{"at", "outcome", "reason", "severity", "failing", "waived", "total"},
         "SELECT r.at, o.outcome, o.reason_code, o.severity, o.failing, o.waived, "
         "o.total FROM run r JOIN run_rule o ON o.run_id = r.run_id WHERE r.tenant_id = "
         "$1 AND o.rule_id = $2 ORDER BY r.at DESC, r.run_id LIMIT $3",
         "trl",
         true},
    [HISTORY_FINDINGS] =
        {{"rule_id", "resource_id", "resource_name", "state", "first_seen_at", "last_seen_at",
          "fixed_at"},
         "SELECT rule_id, resource_id, resource_name, state, first_seen_at, last_seen_at, fixed_at "
         "FROM finding_state WHERE tenant_id = $1 AND (rule_id = $2 OR $2 IS NULL) "
         "ORDER BY first_seen_at DESC, rule_id, resource_id LIMIT $3",
         "trl",
         true},
    [HISTORY_MAILBOX] =
        {{"at", "address", "basic", "oauth_delegated", "oauth_app", "layers"},
         "SELECT at, address, basic, oauth_delegated, oauth_app, layers FROM mailbox_verdict "
         "WHERE tenant_id = $1 AND mailbox_guid IN (SELECT m.mailbox_guid FROM mailbox_verdict m "
         "WHERE m.tenant_id = $1 AND (m.address = $2 OR m.mailbox_guid = $2)) "
         "ORDER BY at DESC, mailbox_guid LIMIT $3",
         "tml",
         true},
};

size_t history_columns(enum history_topic topic, const char *const **names)
{
    size_t n = 0;

    *names = topics[topic].columns;
    while (n < MAX_COLUMNS && topics[topic].columns[n] != NULL)
        n++;
    return n;
}

/* ---- the tenant ---- */

struct only {
    char *id;
    size_t n;
};

static bool take_tenant(void *ctx, const struct history_row *row)
{
    struct only *o = ctx;

    if (o->n++ == 0)
        o->id = xstrdup(row->v[0]);
    return true;
}

static enum err_code find_tenant(struct history *h, const char *asked, char **out, struct err *e)
{
    const char *values[] = {asked};
    struct only found = {NULL, 0};
    enum err_code code =
        asked != NULL
            ? h->kind->query(h->d, "SELECT tenant_id FROM tenant WHERE tenant_id = $1", values, 1,
                             take_tenant, &found, e)
            : h->kind->query(h->d, "SELECT tenant_id FROM tenant ORDER BY tenant_id LIMIT 2", NULL,
                             0, take_tenant, &found, e);

    if (code == ERR_OK && found.n == 0)
        code = asked != NULL ? err_set(e, ERR_USAGE, "the history has no run of tenant %s", asked)
                             : err_set(e, ERR_USAGE, "the history has no runs");
    else if (code == ERR_OK && found.n > 1)
        code = err_set(e, ERR_USAGE, "the history is of several tenants: which? Give --tenant ID");
    if (code != ERR_OK)
        free(found.id);
    else
        *out = found.id;
    return code;
}

/* ---- rows, turned round ---- */

/* The newest rows are asked for and the oldest is shown first, so they are held: `limit` is small.
 */
struct rows {
    char **v;
    size_t n, cap, width;
};

static bool keep_row(void *ctx, const struct history_row *row)
{
    struct rows *r = ctx;

    r->width = row->n;
    if (r->n + row->n > r->cap) {
        r->cap = 2 * (r->n + row->n);
        r->v = xreallocarray(r->v, r->cap, sizeof *r->v);
    }
    for (size_t i = 0; i < row->n; i++)
        r->v[r->n++] = row->v[i] != NULL ? xstrdup(row->v[i]) : NULL;
    return true;
}

static void give_rows(const struct rows *r, bool turned, history_row_fn *fn, void *ctx)
{
    const size_t count = r->width > 0 ? r->n / r->width : 0;

    for (size_t i = 0; i < count; i++) {
        const size_t at = turned ? count - 1 - i : i;
        const struct history_row row = {(const char *const *)r->v + at * r->width, r->width};

        if (!fn(ctx, &row))
            break;
    }
}

static void rows_release(struct rows *r)
{
    for (size_t i = 0; i < r->n; i++)
        free(r->v[i]);
    free(r->v);
}

enum err_code history_ask(struct history *h, const struct history_question *q, history_row_fn *fn,
                          void *ctx, struct err *e)
{
    const struct topic *t = &topics[q->topic];
    const char *values[4] = {NULL};
    struct rows rows = {NULL, 0, 0, 0};
    char *tenant = NULL;
    char limit[24];
    size_t n = 0;
    enum err_code code = ERR_OK;

    (void)snprintf(limit, sizeof limit, "%lld", (long long)q->limit);
    if (strchr(t->values, 't') != NULL)
        code = find_tenant(h, q->tenant, &tenant, e);
    for (const char *p = t->values; *p != '\0'; p++)
        values[n++] = *p == 't' ? tenant : *p == 'r' ? q->rule : *p == 'm' ? q->mailbox : limit;
    if (code == ERR_OK)
        code = h->kind->query(h->d, t->sql, values, n, keep_row, &rows, e);
    if (code == ERR_OK)
        give_rows(&rows, t->is_newest_first, fn, ctx);
    rows_release(&rows);
    free(tenant);
    return code;
}

/* ---- the trend ---- */

struct trend {
    struct stmt *st;
    struct err *e;
};

static bool put_trend(void *ctx, const struct history_row *row)
{
    struct trend *t = ctx;

    for (size_t i = 0; i < row->n; i++)
        stmt_bind_text(t->st, (int)i + 1, row->v[i]);
    return stmt_write(t->st, t->e) == ERR_OK;
}

enum err_code history_fill_trend(struct history *h, struct store *s, struct err *e)
{
    /* Of several evaluations of the same evidence the one that was made last. */
    static const char sql[] =
        "SELECT r.at, r.passed, r.failed, r.not_evaluated + r.errors, r.findings, r.basic_allow + "
        "r.basic_conditional, r.basic_block, r.basic_unknown, r.mfa_always, r.mfa_sometimes + "
        "r.mfa_never + r.mfa_unknown FROM run r WHERE r.tenant_id = $1 AND r.at <= $2 "
        "AND r.evaluated_at = (SELECT MAX(n.evaluated_at) FROM run n WHERE n.tenant_id = "
        "r.tenant_id "
        "AND n.at = r.at) ORDER BY r.at DESC, r.run_id LIMIT $3";
    static const char put[] =
        "INSERT INTO trend(at, passed, failed, not_evaluated, findings, smtp_allowed, "
        "smtp_blocked, "
        "smtp_unknown, mfa_always, mfa_not_always) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT(at) DO NOTHING";
    struct trend t = {NULL, e};
    char *tenant = NULL;
    char *at = NULL;
    char limit[24];
    enum err_code code = store_text(s, "SELECT lower(tenant_id) FROM snapshot", &tenant, e);

    (void)snprintf(limit, sizeof limit, "%d", TREND_RUNS);
    if (code == ERR_OK)
        code = store_text(s, "SELECT coalesce(finished_at, started_at) FROM snapshot", &at, e);
    if (code == ERR_OK)
        code = stmt_prepare(s, put, &t.st, e);
    if (code == ERR_OK)
        code = store_begin(s, e);
    if (code == ERR_OK) {
        const char *values[] = {tenant, at, limit};

        code = store_exec(s, "DELETE FROM trend", e);
        if (code == ERR_OK)
            code = h->kind->query(h->d, sql, values, 3, put_trend, &t, e);
        if (code == ERR_OK && e->code != ERR_OK)
            code = e->code;
        if (code == ERR_OK)
            code = store_commit(s, e);
        if (code != ERR_OK)
            store_rollback(s);
    }
    stmt_free(t.st);
    free(tenant);
    free(at);
    return code;
}
