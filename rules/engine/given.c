#include "given.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/strs.h"
#include "base/timex.h"
#include "model/store.h"
#include "rules/facts.h"

#include <stdlib.h>
#include <string.h>

enum { SQL_BYTES = 8192 };

/* In what state a resource ends for a reason, when the test does not say. */
static const enum collection_state state_of[REASON_COUNT] = {
    [REASON_PERMISSION] = COLLECTION_FAILED,     [REASON_LICENCE] = COLLECTION_SKIPPED,
    [REASON_API_ERROR] = COLLECTION_FAILED,      [REASON_THROTTLED] = COLLECTION_PARTIAL,
    [REASON_TRUNCATED] = COLLECTION_PARTIAL,     [REASON_DEADLINE] = COLLECTION_PARTIAL,
    [REASON_NOT_COLLECTED] = COLLECTION_SKIPPED, [REASON_MALFORMED] = COLLECTION_FAILED,
};

/* A row that gives the value means that it was on the wire. */
static const struct {
    const char *table, *known, *value;
} known_columns[] = {
    {"transport_config", "smtp_flag_known", "smtp_client_authentication_disabled"},
    {"transport_config", "legacy_tls_known", "allow_legacy_tls_clients"},
    {"organization_config", "default_policy_known", "default_authentication_policy"},
    {"organization_config", "reject_direct_send_known", "reject_direct_send"},
    {"mailbox", "smtp_flag_known", "smtp_client_authentication_disabled"},
    {"mailbox", "authentication_policy_known", "authentication_policy"},
};

static const char *known_value(const char *table, const char *column)
{
    for (size_t i = 0; i < COUNT_OF(known_columns); i++)
        if (str_eq(known_columns[i].table, table) && str_eq(known_columns[i].known, column))
            return known_columns[i].value;
    return NULL;
}

static bool holds_json(const struct column *c)
{
    return str_eq(c->name, "raw") || str_ends(c->name, "_json");
}

/* Left out because nothing that was asked for needs it: no reason of its own, but its own words. */
static const char not_chosen[] = "not_chosen";

static bool is_not_chosen(const struct yn *y)
{
    return y->kind == YN_SCALAR && str_eq(y->text, not_chosen);
}

static bool read_missing(const struct yn *y, enum collection_state *state, enum reason *reason)
{
    const char *word = y->kind == YN_MAP ? yn_text(y, "reason") : y->text;
    const char *named = yn_text(y, "state");

    if (is_not_chosen(y))
        word = reason_name(REASON_NOT_COLLECTED);
    if (!reason_parse(word, reason) || *reason == REASON_MANUAL || *reason == REASON_WAIVER)
        return false;
    *state = state_of[*reason];
    if (y->kind != YN_MAP)
        return y->kind == YN_SCALAR;
    for (int s = COLLECTION_PARTIAL; s <= (int)COLLECTION_SKIPPED; s++)
        if (str_eq(named, collection_state_name((enum collection_state)s))) {
            *state = (enum collection_state)s;
            return y->n == 2;
        }
    return named == NULL && y->n == 1;
}

/* The resources that a `missing` key names: one, or all behind a table's rows. */
static evidence_set missing_set(const char *key)
{
    size_t at = evidence_resource_find(key);

    return at != SIZE_MAX ? (evidence_set)1 << at : evidence_needs(key, NULL);
}

static void check_missing(const struct rule_test *t, struct problems *p)
{
    enum collection_state state;
    enum reason reason;

    for (const struct yn *y = t->missing != NULL ? t->missing->child : NULL; y != NULL;
         y = y->next) {
        if (missing_set(y->key) == 0)
            problem_key(p, y, "'%s' is neither evidence nor a table made from it", y->key);
        if (!read_missing(y, &state, &reason))
            problem_node(p, y,
                         "say why it is missing: permission, licence, api_error, throttled, "
                         "truncated, deadline, not_collected, not_chosen or malformed, or {state: "
                         "partial|failed|skipped, reason: ...}");
    }
}

static void check_cell(const struct yn *y, const struct column *c, struct problems *p)
{
    int64_t n;
    bool b;

    if (y->kind != YN_SCALAR) {
        if (c->is_integer || !holds_json(c))
            problem_node(p, y, "column '%s' does not hold JSON", c->name);
    } else if (yn_is_null(y)) {
        if (c->is_required || c->is_key)
            problem_node(p, y, "column '%s' cannot be null", c->name);
    } else if (c->is_integer && !yn_int(y, &n) && !yn_bool(y, &b)) {
        problem_node(p, y, "column '%s' holds whole numbers, true or false", c->name);
    }
}

static void check_row(const struct yn *row, const struct table *t, struct problems *p)
{
    if (row->kind != YN_MAP) {
        problem_node(p, row, "a row of '%s' has to be a mapping of columns", t->name);
        return;
    }
    for (const struct yn *y = row->child; y != NULL; y = y->next) {
        const struct column *c = table_column(t, y->key);
        const char *near = c == NULL ? table_near(t, y->key) : NULL;

        if (c != NULL)
            check_cell(y, c, p);
        else if (near != NULL)
            problem_key(p, y, "table '%s' has no column '%s': did you mean '%s'?", t->name, y->key,
                        near);
        else
            problem_key(p, y, "table '%s' has no column '%s'", t->name, y->key);
    }
    for (size_t i = 0; i < t->n; i++)
        if (t->columns[i].is_key && !t->columns[i].is_integer && t->columns[i].is_required &&
            yn_get(row, t->columns[i].name) == NULL)
            problem_node(p, row, "a row of '%s' needs its key '%s'", t->name, t->columns[i].name);
}

void given_check(const struct rule_test *t, const struct schema *sc, struct problems *p)
{
    check_missing(t, p);
    for (const struct yn *y = t->given != NULL ? t->given->child : NULL; y != NULL; y = y->next) {
        const struct table *table = schema_table(sc, y->key);
        const char *near = table == NULL ? schema_near(sc, y->key) : NULL;

        if (str_eq(y->key, "collection"))
            problem_key(p, y, "say what could not be read with 'missing'");
        else if (table == NULL)
            problem_key(p, y, "there is no table '%s'%s%s%s", y->key,
                        near != NULL ? ": did you mean '" : "", near != NULL ? near : "",
                        near != NULL ? "'?" : "");
        else if (y->kind != YN_SEQ)
            problem_node(p, y, "'%s' has to be a list of rows", y->key);
        else
            for (const struct yn *row = y->child; row != NULL; row = row->next)
                check_row(row, table, p);
    }
}

static void bind_cell(struct stmt *st, int at, const struct yn *y, const struct column *c)
{
    int64_t n = 0;
    bool b = false;

    if (y->kind != YN_SCALAR) {
        json_t *j = yn_to_json(y, true);
        char *text = json_dumps(j, JSON_COMPACT | JSON_ENCODE_ANY);

        stmt_bind_text(st, at, text);
        free(text);
        json_decref(j);
    } else if (yn_is_null(y)) {
        stmt_bind_null(st, at);
    } else if (!c->is_integer) {
        stmt_bind_text(st, at, y->text);
    } else if (yn_bool(y, &b)) {
        stmt_bind_int(st, at, b ? 1 : 0);
    } else {
        (void)yn_int(y, &n);
        stmt_bind_int(st, at, n);
    }
}

/* A column that the row leaves out and that has to hold something. */
static void bind_neutral(struct stmt *st, int at, const struct table *t, const struct yn *row,
                         const struct column *c)
{
    const char *value = known_value(t->name, c->name);

    if (c->is_integer)
        stmt_bind_int(st, at, value != NULL && yn_get(row, value) != NULL ? 1 : 0);
    else if (str_eq(c->name, "raw"))
        stmt_bind_text(st, at, "{}");
    else
        stmt_bind_text(st, at, holds_json(c) ? "[]" : "");
}

static bool is_bound(const struct table *t, const struct yn *row, const struct column *c)
{
    return yn_get(row, c->name) != NULL || c->is_required || known_value(t->name, c->name) != NULL;
}

/* Names come from the schema, never from the file. */
static enum err_code insert_row(struct store *s, const struct table *t, const struct yn *row,
                                struct err *e)
{
    struct stmt *st = NULL;
    struct buf sql;
    int at = 0;
    enum err_code code;

    buf_init(&sql, SQL_BYTES);
    buf_addf(&sql, "INSERT INTO \"%s\"(", t->name);
    for (size_t i = 0; i < t->n; i++)
        if (is_bound(t, row, &t->columns[i]))
            buf_addf(&sql, "%s\"%s\"", at++ > 0 ? ", " : "", t->columns[i].name);
    buf_adds(&sql, at > 0 ? ") VALUES (" : "\"id\") VALUES (1");
    for (int i = 0; i < at; i++)
        buf_adds(&sql, i > 0 ? ", ?" : "?");
    buf_adds(&sql, ")");
    code = stmt_prepare(s, sql.p, &st, e);
    buf_release(&sql);
    if (code != ERR_OK)
        return code;
    at = 0;
    for (size_t i = 0; i < t->n; i++) {
        const struct column *c = &t->columns[i];
        const struct yn *y = yn_get(row, c->name);

        if (y != NULL)
            bind_cell(st, ++at, y, c);
        else if (is_bound(t, row, c))
            bind_neutral(st, ++at, t, row, c);
    }
    code = stmt_write(st, e);
    stmt_free(st);
    return code;
}

static enum err_code insert_tables(struct store *s, const struct rule_test *t,
                                   const struct schema *sc, enum table_kind kind, struct err *e)
{
    enum err_code code = ERR_OK;

    for (const struct yn *y = t->given != NULL ? t->given->child : NULL;
         code == ERR_OK && y != NULL; y = y->next) {
        const struct table *table = schema_table(sc, y->key);

        if (table == NULL || table->kind != kind)
            continue;
        if (kind == TABLE_DERIVED) { /* given instead of what was derived */
            char *sql = xasprintf("DELETE FROM \"%s\"", table->name);

            code = store_exec(s, sql, e);
            free(sql);
        }
        for (const struct yn *row = y->child; code == ERR_OK && row != NULL; row = row->next) {
            code = insert_row(s, table, row, e);
            if (code != ERR_OK)
                err_wrap(e, "line %d, table '%s'", row->line, y->key);
        }
    }
    return code;
}

static bool gives_derived(const struct rule_test *t, const struct schema *sc)
{
    for (const struct yn *y = t->given != NULL ? t->given->child : NULL; y != NULL; y = y->next) {
        const struct table *table = schema_table(sc, y->key);

        if (table != NULL && table->kind == TABLE_DERIVED)
            return true;
    }
    return false;
}

static enum err_code insert_collection(struct store *s, const struct rule_test *t, struct err *e)
{
    enum err_code code = ERR_OK;

    for (size_t i = 0; code == ERR_OK && i < evidence_resource_count(); i++) {
        enum collection_state state = COLLECTION_COMPLETE;
        enum reason reason = REASON_NONE;
        const char *detail = NULL;

        for (const struct yn *y = t->missing != NULL ? t->missing->child : NULL; y != NULL;
             y = y->next)
            if ((missing_set(y->key) >> i & 1) != 0 && read_missing(y, &state, &reason))
                detail = is_not_chosen(y) ? COLLECTION_NOT_CHOSEN : NULL;
        code = store_run(
            s, e,
            "INSERT INTO collection(resource, state, reason_code, detail) VALUES (?, ?, ?, ?)",
            "tttt", evidence_resource_at(i)->id, collection_state_name(state), reason_name(reason),
            detail);
    }
    return code;
}

static enum err_code insert_snapshot(struct store *s, const struct rule_test *t, struct err *e)
{
    char when[TIME_TEXT_BYTES];

    if (yn_get(t->given, "snapshot") != NULL)
        return ERR_OK;
    return store_run(s, e,
                     "INSERT INTO snapshot(id, cloud, started_at, finished_at, tool_version, "
                     "schema_version) VALUES (1, 'global', ?, ?, 'test', ?)",
                     "tti", time_format(t->as_of_ms, when), when, (int64_t)STORE_SCHEMA_VERSION);
}

enum err_code given_build(const struct rule_test *t, const struct schema *sc, struct store **out,
                          struct err *e)
{
    const struct facts_options options = {.as_of_ms = t->as_of_ms};
    struct store *s = NULL;
    enum err_code code = store_create(":memory:", &s, e);

    if (code == ERR_OK)
        code = insert_snapshot(s, t, e);
    if (code == ERR_OK)
        code = insert_tables(s, t, sc, TABLE_META, e);
    if (code == ERR_OK)
        code = insert_collection(s, t, e);
    if (code == ERR_OK)
        code = insert_tables(s, t, sc, TABLE_EVIDENCE, e);
    if (code == ERR_OK)
        code = facts_derive(s, &options, e);
    if (code == ERR_OK && gives_derived(t, sc)) /* a view takes no rows */
        code = store_flatten(s, e);
    if (code == ERR_OK)
        code = insert_tables(s, t, sc, TABLE_DERIVED, e);
    if (code != ERR_OK) {
        store_close(s);
        return code;
    }
    *out = s;
    return ERR_OK;
}
