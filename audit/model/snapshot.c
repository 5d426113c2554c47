#include "model/snapshot.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/strs.h"
#include "base/timex.h"
#include "model/evidence.h"
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

enum err_code snapshot_digest(struct store *s, char out[SHA256_HEX_BYTES], struct err *e)
{
    struct digest *d = digest_new();
    enum err_code code =
        add_query(d, s, "snapshot",
                  "SELECT tenant_id, tenant_name, tenant_domain, cloud, client_id, "
                  "granted_permissions_json, schema_version FROM snapshot",
                  e);
    const char *table;

    if (code == ERR_OK)
        code = add_query(d, s, "collection",
                         "SELECT resource, state, reason_code, rows FROM collection ORDER BY 1", e);
    for (size_t i = 0; code == ERR_OK && (table = evidence_table_at(TABLE_EVIDENCE, i)) != NULL;
         i++) {
        struct buf sql;

        buf_init(&sql, 4096);
        code = order_of(s, table, &sql, e);
        if (code == ERR_OK)
            code = add_query(d, s, table, sql.p, e);
        buf_release(&sql);
    }
    digest_finish(d, out);
    return code;
}

enum err_code snapshot_seal(struct store *s, int64_t finished_ms, struct err *e)
{
    char hex[SHA256_HEX_BYTES];
    char when[TIME_TEXT_BYTES];
    enum err_code code = snapshot_digest(s, hex, e);

    if (code == ERR_OK)
        code = store_run(s, e, "UPDATE snapshot SET finished_at = ?, sealed_at = ?, digest = ?",
                         "ttt", time_format(finished_ms, when), when, hex);
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
