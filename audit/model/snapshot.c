#include "model/snapshot.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/strs.h"
#include "base/timex.h"
#include "model/evidence.h"
#include "model/staged.h"
#include "model/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum err_code snapshot_begin(struct store *s, const struct snapshot_begin *b, struct err *e)
{
    char when[TIME_TEXT_BYTES];

    return store_run(s, e,
                     "INSERT INTO snapshot(id, tenant_domain, cloud, client_id, tool_version, "
                     "started_at, schema_version) VALUES (1, ?, ?, ?, ?, ?, ?)",
                     "ttttti", b->tenant_domain, b->cloud, b->client_id, b->tool_version,
                     time_format(b->started_ms, when), (int64_t)STORE_SCHEMA_VERSION);
}

/* ORDER BY the primary key, so that the order in which pages came in does not matter. */
static enum err_code order_of(struct store *s, const char *table, struct buf *sql, struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;
    enum err_code code =
        stmt_prepare(s, "SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk", &st, e);
    const char *sep = " ORDER BY ";

    if (code == ERR_OK)
        stmt_bind_text(st, 1, table);
    buf_addf(sql, "SELECT * FROM \"%s\"", table);
    while (code == ERR_OK && (code = stmt_step(st, &row, e)) == ERR_OK && row) {
        buf_addf(sql, "%s\"%s\"", sep, stmt_text(st, 0));
        sep = ", ";
    }
    stmt_free(st);
    return code;
}

/* "123:", once for each of the millions of values of a large tenant, where printf would be most of
 * the work. */
static void add_length(struct digest *d, size_t n)
{
    char text[24];
    size_t at = sizeof text;

    text[--at] = ':';
    do {
        text[--at] = (char)('0' + n % 10);
        n /= 10;
    } while (n > 0);
    digest_add(d, text + at, sizeof text - at);
}

static void add_row(struct digest *d, const struct stmt *st)
{
    for (int i = 0; i < stmt_column_count(st); i++) {
        const char *text = stmt_text(st, i);

        /* A length before each value, so that no two rows run together. */
        if (text == NULL) {
            digest_add(d, "-;", 2);
        } else {
            size_t n = strlen(text);

            add_length(d, n);
            digest_add(d, text, n);
        }
    }
    digest_add(d, "\n", 1);
}

static enum err_code add_query(struct digest *d, struct store *s, const char *name, const char *sql,
                               struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;
    enum err_code code = stmt_prepare(s, sql, &st, e);

    digest_add(d, name, strlen(name) + 1);
    while (code == ERR_OK && (code = stmt_step(st, &row, e)) == ERR_OK && row)
        add_row(d, st);
    stmt_free(st);
    return code;
}

/* Takes `d` over. */
static enum err_code digest_evidence(struct digest *d, struct store *s, char out[SHA256_HEX_BYTES],
                                     struct err *e)
{
    enum err_code code =
        add_query(d, s, "snapshot",
                  "SELECT tenant_id, tenant_name, tenant_domain, cloud, client_id, "
                  "granted_permissions_json, schema_version FROM snapshot",
                  e);
    const char *table;
    int64_t schema = 0;

    if (code == ERR_OK) /* as it was made, whatever it was brought up to since */
        code = store_int(s,
                         "SELECT coalesce((SELECT schema_version FROM snapshot), "
                         "(SELECT user_version FROM pragma_user_version))",
                         &schema, e);
    if (code == ERR_OK)
        code = add_query(d, s, "collection",
                         "SELECT resource, state, reason_code, rows FROM collection ORDER BY 1", e);
    for (size_t i = 0; code == ERR_OK && (table = evidence_table_at(TABLE_EVIDENCE, i)) != NULL;
         i++) {
        struct buf sql;

        if (!evidence_table_is_in(table, schema))
            continue;
        buf_init(&sql, 4096);
        code = order_of(s, table, &sql, e);
        if (code == ERR_OK)
            code = add_query(d, s, table, sql.p, e);
        buf_release(&sql);
    }
    digest_finish(d, out);
    return code;
}

enum err_code snapshot_digest(struct store *s, char out[SHA256_HEX_BYTES], struct err *e)
{
    return digest_evidence(digest_new(), s, out, e);
}

enum err_code snapshot_key(struct store *s, const char *purpose, char out[SHA256_HEX_BYTES],
                           struct err *e)
{
    struct digest *d = digest_new();

    digest_add(d, purpose, strlen(purpose) + 1);
    return digest_evidence(d, s, out, e);
}

static enum err_code end_sitting(struct store *s, const char *when, struct err *e)
{
    return store_run(s, e, "UPDATE sitting SET ended_at = ? WHERE n = (SELECT max(n) FROM sitting)",
                     "t", when);
}

enum err_code snapshot_seal(struct store *s, int64_t finished_ms, struct err *e)
{
    static const char done[] =
        "DELETE FROM continuation; DELETE FROM collecting; DELETE FROM pass_user_mfa;"
        "DELETE FROM pass_user_activity; DELETE FROM pass_role_grant;"
        "DELETE FROM pass_hidden_group;";
    char hex[SHA256_HEX_BYTES];
    char when[TIME_TEXT_BYTES];
    enum err_code code = snapshot_digest(s, hex, e);

    if (code == ERR_OK)
        code = store_begin(s, e);
    if (code == ERR_OK)
        code = store_run(s, e, "UPDATE snapshot SET finished_at = ?, sealed_at = ?, digest = ?",
                         "ttt", time_format(finished_ms, when), when, hex);
    if (code == ERR_OK)
        code = end_sitting(s, when, e);
    if (code == ERR_OK)
        code = store_exec(s, done, e);
    if (code == ERR_OK)
        code = staged_close(s, e);
    if (code == ERR_OK)
        code = store_commit(s, e);
    if (code != ERR_OK)
        store_rollback(s);
    return code;
}

enum err_code snapshot_pause(struct store *s, int64_t finished_ms, struct err *e)
{
    char when[TIME_TEXT_BYTES];
    enum err_code code =
        store_run(s, e, "UPDATE snapshot SET finished_at = ?", "t", time_format(finished_ms, when));

    return code == ERR_OK ? end_sitting(s, when, e) : code;
}

enum err_code snapshot_note_run(struct store *s, const char *tenant_id, bool is_resumed,
                                int64_t now_ms, struct err *e)
{
    char when[TIME_TEXT_BYTES];
    enum err_code code = ERR_OK;

    (void)time_format(now_ms, when);
    if (is_resumed) /* it may have been begun before there was this table */
        code = store_exec(s,
                          "CREATE TABLE IF NOT EXISTS sitting(n INTEGER PRIMARY KEY, started_at "
                          "TEXT NOT NULL, ended_at TEXT) STRICT",
                          e);
    if (code == ERR_OK)
        code =
            store_run(s, e,
                      "INSERT INTO sitting(n, started_at) SELECT coalesce(max(n), 0) + 1, ? FROM "
                      "sitting",
                      "t", when);
    if (code != ERR_OK)
        return code;
    if (!is_resumed)
        return store_run(s, e,
                         "INSERT OR REPLACE INTO collecting(id, tenant_id, runs) VALUES (1, ?, 1)",
                         "t", tenant_id);
    code = store_run(s, e,
                     "INSERT INTO collecting(id, tenant_id, runs, resumed_at) VALUES (1, ?, 2, ?) "
                     "ON CONFLICT(id) DO UPDATE SET runs = runs + 1, resumed_at = "
                     "excluded.resumed_at, tenant_id = COALESCE(tenant_id, excluded.tenant_id)",
                     "tt", tenant_id, when);
    if (code == ERR_OK)
        code = store_run(s, e, "UPDATE snapshot SET finished_at = NULL", "");
    return code;
}

/* What was recorded, against what is; NULL stands for "not known" on either side. */
static enum err_code same(const struct store *s, const char *what, const char *recorded,
                          const char *now, struct err *e)
{
    if (recorded == NULL || now == NULL || str_ieq(recorded, now))
        return ERR_OK;
    return err_set(e, ERR_USAGE, "'%s' cannot be resumed: it was begun with %s %s, this is %s",
                   store_path(s), what, recorded, now);
}

enum err_code snapshot_check_resume(struct store *s, const struct snapshot_begin *b,
                                    const char *tenant_id, struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;
    const char *domain = b->tenant_domain;
    enum err_code code =
        stmt_prepare(s,
                     "SELECT sealed_at, cloud, client_id, tool_version, "
                     "COALESCE(s.tenant_id, (SELECT tenant_id FROM collecting)) FROM snapshot s",
                     &st, e);

    if (code != ERR_OK)
        return code;
    code = stmt_step(st, &row, e);
    if (code == ERR_OK && !row)
        goto out; /* killed before it was begun */
    if (code == ERR_OK && !stmt_is_null(st, 0))
        code = err_set(e, ERR_USAGE, "'%s' cannot be resumed: it was finished at %s", store_path(s),
                       stmt_text(st, 0));
    if (code == ERR_OK)
        code = same(s, "graphaudit", stmt_text(st, 3), b->tool_version, e);
    if (code == ERR_OK)
        code = same(s, "cloud", stmt_text(st, 1), b->cloud, e);
    if (code == ERR_OK)
        code = same(s, "application", stmt_text(st, 2), b->client_id, e);
    /* A domain is one of many names of a tenant: only the token tells. */
    if (code == ERR_OK && tenant_id == NULL && domain != NULL && str_is_guid(domain))
        code = same(s, "tenant", stmt_text(st, 4), domain, e);
    if (code == ERR_OK)
        code = same(s, "tenant", stmt_text(st, 4), tenant_id, e);
out:
    stmt_free(st);
    return code;
}

enum err_code snapshot_verify(struct store *s, bool *ok, struct err *e)
{
    char hex[SHA256_HEX_BYTES];
    char *recorded = NULL;
    enum err_code code = store_text(s, "SELECT digest FROM snapshot", &recorded, e);

    if (code == ERR_OK)
        code = snapshot_digest(s, hex, e);
    if (code == ERR_OK)
        *ok = str_eq(recorded, hex);
    free(recorded);
    return code;
}
