/* Fleets: who is to be audited, what became of each, and both read back as one table. */
#include "base/mem.h"
#include "database.h"

#include <stdio.h>
#include <stdlib.h>

enum { NUMBER_BYTES = 24, LISTED_COLUMNS = 3 };

/* A part or NULL; -1 is none. */
static const char *part_text(int64_t part, char out[NUMBER_BYTES])
{
    if (part < 0)
        return NULL;
    (void)snprintf(out, NUMBER_BYTES, "%lld", (long long)part);
    return out;
}

/* ---- writing ---- */

static enum err_code fill_list(struct history *h, const struct history_listed *v, size_t n,
                               struct err *e)
{
    enum err_code code = h->kind->exec(
        h->d, "CREATE TEMP TABLE incoming_tenant(name TEXT, tenant TEXT, part INTEGER)", e);

    if (code == ERR_OK)
        code =
            h->kind->fill_begin(h->d, "incoming_tenant", "name, tenant, part", LISTED_COLUMNS, e);
    for (size_t i = 0; code == ERR_OK && i < n; i++) {
        char part[NUMBER_BYTES];
        const char *values[LISTED_COLUMNS] = {v[i].name, v[i].tenant, part_text(v[i].part, part)};

        code = h->kind->fill_row(h->d, values, e);
    }
    return code == ERR_OK ? h->kind->fill_end(h->d, e) : code;
}

static enum err_code put_list(struct history *h, const char *round, const char *at,
                              const struct history_listed *v, size_t n, struct err *e)
{
    /* The round's row is locked from here on: workers that begin together take turns. */
    static const char round_sql[] =
        "INSERT INTO fleet_round(round, listed_at) VALUES ($1, $2) ON CONFLICT (round) DO UPDATE "
        "SET listed_at = CASE WHEN excluded.listed_at > fleet_round.listed_at "
        "THEN excluded.listed_at ELSE fleet_round.listed_at END";
    static const char list_sql[] =
        "INSERT INTO fleet_tenant(round, name, tenant, part, listed_at) "
        "SELECT $1, name, tenant, part, $2 FROM incoming_tenant WHERE true "
        "ON CONFLICT (round, name) DO UPDATE SET tenant = excluded.tenant, part = excluded.part, "
        "listed_at = excluded.listed_at WHERE excluded.listed_at >= fleet_tenant.listed_at";
    const char *values[] = {round, at};
    enum err_code code = h->kind->query(h->d, round_sql, values, 2, NULL, NULL, e);

    if (code == ERR_OK)
        code = fill_list(h, v, n, e);
    if (code == ERR_OK)
        code = h->kind->query(h->d, list_sql, values, 2, NULL, NULL, e);
    return code == ERR_OK ? h->kind->exec(h->d, "DROP TABLE incoming_tenant", e) : code;
}

enum err_code history_list(struct history *h, const char *round, const char *at,
                           const struct history_listed *v, size_t n, struct err *e)
{
    struct err ignored = ERR_INIT; /* of the rollback: what went wrong before counts */
    enum err_code code = h->kind->exec(h->d, h->kind->begin, e);

    if (code != ERR_OK)
        return code;
    code = put_list(h, round, at, v, n, e);
    if (code == ERR_OK)
        code = h->kind->exec(h->d, "COMMIT", e);
    if (code != ERR_OK)
        (void)h->kind->exec(h->d, "ROLLBACK", &ignored);
    return code;
}

enum err_code history_put_attempt(struct history *h, const struct history_attempt *a, struct err *e)
{
    static const char sql[] =
        "INSERT INTO attempt(round, name, started_at, tenant, part, ended_at, exit_code, reason, "
        "run_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) "
        "ON CONFLICT (round, name, started_at) DO UPDATE SET tenant = excluded.tenant, "
        "part = excluded.part, ended_at = excluded.ended_at, exit_code = excluded.exit_code, "
        "reason = excluded.reason, run_id = excluded.run_id";
    const bool is_ended = a->ended != NULL;
    char part[NUMBER_BYTES], exit_code[NUMBER_BYTES];
    const char *values[] = {a->round,
                            a->name,
                            a->started,
                            a->tenant,
                            part_text(a->part, part),
                            a->ended,
                            is_ended ? part_text(a->exit_code, exit_code) : NULL,
                            is_ended ? a->reason : NULL,
                            is_ended ? a->run_id : NULL};

    return h->kind->query(h->d, sql, values, COUNT_OF(values), NULL, NULL, e);
}

/* ---- reading ---- */

static bool take_text(void *ctx, const struct history_row *row)
{
    char **out = ctx;

    if (*out == NULL && row->v[0] != NULL)
        *out = xstrdup(row->v[0]);
    return false;
}

enum err_code history_find_round(struct history *h, const char *asked, char **out, struct err *e)
{
    static const char sql[] = "SELECT round FROM fleet_round WHERE round = $1 OR $1 IS NULL "
                              "ORDER BY listed_at DESC, round DESC LIMIT 1";
    const char *values[] = {asked};
    char *found = NULL;
    enum err_code code = h->kind->query(h->d, sql, values, 1, take_text, &found, e);

    if (code == ERR_OK && found == NULL)
        code = asked != NULL
                   ? err_set(e, ERR_USAGE, "the history has no fleet's round '%s'", asked)
                   : err_set(e, ERR_USAGE, "the history has no fleet: give `fleet` --history");
    if (code == ERR_OK)
        *out = found;
    else
        free(found);
    return code;
}

enum err_code history_round(struct history *h, const char *round, history_row_fn *fn, void *ctx,
                            struct err *e)
{
    static const char sql[] =
        "SELECT f.name, coalesce(a.tenant, f.tenant), a.started_at, a.ended_at, a.exit_code, "
        "a.reason, r.tenant_id, t.name, r.at, o.rule_id, o.title, o.service, o.outcome, "
        "o.severity, o.reason_code, o.failing + o.waived FROM fleet_tenant f "
        "LEFT JOIN attempt a ON a.round = f.round AND a.name = f.name AND a.started_at = (SELECT "
        "MAX(b.started_at) FROM attempt b WHERE b.round = f.round AND b.name = f.name) "
        "LEFT JOIN run r ON r.run_id = a.run_id LEFT JOIN tenant t ON t.tenant_id = r.tenant_id "
        "LEFT JOIN run_rule o ON o.run_id = r.run_id "
        "WHERE f.round = $1 ORDER BY f.name, o.rule_id";
    const char *values[] = {round};

    return h->kind->query(h->d, sql, values, 1, fn, ctx, e);
}
