/* diff_read.c - one query a table over both snapshots, its rows made into differences. */
#include "base/buf.h"
#include "base/jsonx.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "base/text.h"
#include "diff.h"
#include "model/evidence.h"
#include "model/store.h"

#include <stdlib.h>
#include <string.h>

enum { SQL_BYTES = 64 * 1024 };

struct run {
    struct store *s; /* main is OLD, other is NEW */
    const struct diff_sink *sink;
    struct evidence_states old, new;
    struct stmt *name_of;
    const struct diff_kind *kind;
    struct strlist keys, shown, columns; /* of the kind; shown begins with the keys */
    struct diff_item item;               /* the row at hand */
    struct err *e;
};

static void split(struct strlist *out, const char *list)
{
    while (list != NULL && *list != '\0') {
        size_t n = strcspn(list, ",");
        char *one = xstrndup(list, n);

        strlist_add(out, one);
        free(one);
        list += n + (list[n] == ',' ? 1 : 0);
    }
}

/* The columns that the label names, after the keys. */
static void add_shown(struct run *r)
{
    const char *p = r->kind->label;

    for (size_t i = 0; i < r->keys.n; i++)
        strlist_add(&r->shown, r->keys.v[i]);
    while ((p = strchr(p, '{')) != NULL) {
        size_t n = strcspn(++p, "}");
        char *one = xstrndup(p, n);

        if (!strlist_has(&r->shown, one))
            strlist_add(&r->shown, one);
        free(one);
    }
}

/* --- what may be compared --- */

static void say_gap(struct run *r, const char *column, const char *resource, const char *side,
                    const char *why)
{
    struct diff_gap g = {r->kind, column, resource, side, why};

    r->sink->gap(r->sink->ctx, &g);
}

/* Names each resource of `needed` that lacks in one of the snapshots. True: none. */
static bool is_read(struct run *r, evidence_set needed, const char *column)
{
    evidence_set lost[2] = {evidence_missing(needed, &r->old), evidence_missing(needed, &r->new)};

    for (size_t side = 0; side < COUNT_OF(lost); side++)
        for (size_t i = 0; i < evidence_resource_count(); i++)
            if ((lost[side] & ((evidence_set)1 << i)) != 0)
                say_gap(r, column, evidence_resource_at(i)->id, side == 0 ? "OLD" : "NEW", NULL);
    return (lost[0] | lost[1]) == 0;
}

/* 1 when the first column of `sql` is not 0; -1 after an error. */
static int ask(struct run *r, const char *sql)
{
    int64_t v = 0;

    return store_int(r->s, sql, &v, r->e) == ERR_OK ? v != 0 : -1;
}

#define HAS_FACTS(schema)                                                                          \
    "SELECT (EXISTS (SELECT 1 FROM " schema ".user) = EXISTS (SELECT 1 FROM " schema               \
    ".user_protection_row)) AND (EXISTS (SELECT 1 FROM " schema                                    \
    ".mailbox) = EXISTS (SELECT 1 FROM " schema ".smtp_auth_row))"
#define HAS_RESULTS(schema) "SELECT EXISTS (SELECT 1 FROM " schema ".evaluation)"

/* Whether both snapshots hold what `sql` asks for. */
static bool is_made(struct run *r, const char *const sql[2], const char *why)
{
    bool ok = true;

    for (size_t side = 0; side < 2; side++) {
        int has = ask(r, sql[side]);

        if (has == 0)
            say_gap(r, NULL, NULL, side == 0 ? "OLD" : "NEW", why);
        ok = ok && has == 1;
    }
    return ok;
}

static bool may_compare(struct run *r)
{
    static const char *const facts[2] = {HAS_FACTS("main"), HAS_FACTS("other")};
    static const char *const results[2] = {HAS_RESULTS("main"), HAS_RESULTS("other")};
    const struct diff_kind *k = r->kind;
    evidence_set needed = evidence_needs(k->table, NULL);
    struct strlist also = {0};

    split(&also, k->also);
    for (size_t i = 0; i < also.n; i++)
        needed |= evidence_needs(also.v[i], NULL);
    strlist_release(&also);
    if (!is_read(r, needed, NULL))
        return false;
    if (k->is_result)
        return is_made(r, results, "it was never evaluated (graphaudit evaluate)");
    return evidence_table_kind(k->table) != TABLE_DERIVED ||
           is_made(r, facts, "its facts were not derived");
}

/* Columns whose evidence is there in both. *leave_unknown: rows that say "unknown" prove nothing,
 * because something was not read. */
static void choose_columns(struct run *r, bool *leave_unknown)
{
    struct strlist all = {0};
    evidence_set rows = evidence_needs(r->kind->table, NULL);

    *leave_unknown = false;
    split(&all, r->kind->columns);
    if (r->kind->unknown != NULL) {
        evidence_set needed = evidence_needs(r->kind->table, r->kind->unknown);

        *leave_unknown = !is_read(r, needed & ~rows, r->kind->unknown);
    }
    for (size_t i = 0; i < all.n; i++) {
        evidence_set needed = evidence_needs(r->kind->table, all.v[i]) & ~rows;

        if (r->kind->unknown != NULL || is_read(r, needed, all.v[i]))
            strlist_add(&r->columns, all.v[i]);
    }
    strlist_release(&all);
}

/* --- the query --- */

static void add_on(struct buf *b, const struct run *r, const char *left, const char *right)
{
    for (size_t i = 0; i < r->keys.n; i++)
        buf_addf(b, "%s%s.\"%s\" IS %s.\"%s\"", i > 0 ? " AND " : "", left, r->keys.v[i], right,
                 r->keys.v[i]);
}

/* The keys as they are, by which the tables are in order already: nothing has to be sorted. */
static void add_shown_columns(struct buf *b, const struct run *r)
{
    for (size_t i = 0; i < r->keys.n; i++)
        buf_addf(b, ", r.\"%s\"", r->keys.v[i]);
    for (size_t i = 0; i < r->shown.n; i++)
        buf_addf(b, ", json_quote(r.\"%s\")", r->shown.v[i]);
}

static void add_changed(struct buf *b, const struct run *r, bool leave_unknown)
{
    const struct diff_kind *k = r->kind;
    const char *sep = "";

    buf_addf(b, "SELECT %d", DIFF_CHANGED);
    add_shown_columns(b, r);
    for (size_t i = 0; i < r->columns.n; i++)
        buf_addf(b, ", json_quote(o.\"%s\"), json_quote(r.\"%s\")", r->columns.v[i],
                 r->columns.v[i]);
    buf_addf(b, "%s FROM main.\"%s\" o JOIN other.\"%s\" r ON ",
             k->has_raw ? ", o.raw, r.raw" : ", NULL, NULL", k->table, k->table);
    add_on(b, r, "o", "r");
    buf_adds(b, " WHERE (");
    for (size_t i = 0; i < r->columns.n; i++, sep = " OR ")
        buf_addf(b, "%so.\"%s\" IS NOT r.\"%s\"", sep, r->columns.v[i], r->columns.v[i]);
    buf_addf(b, "%s)",
             k->has_raw ? (*sep == '\0' ? "o.raw <> r.raw" : " OR o.raw <> r.raw")
                        : (*sep == '\0' ? "0" : ""));
    if (leave_unknown)
        buf_addf(b, " AND o.\"%s\" <> 'unknown' AND r.\"%s\" <> 'unknown'", k->unknown, k->unknown);
    if (k->where != NULL)
        buf_addf(b, " AND %s", k->where);
}

/* Rows of one snapshot without one in the other. */
static void add_lone(struct buf *b, const struct run *r, enum diff_change change)
{
    const struct diff_kind *k = r->kind;
    bool added = change == DIFF_ADDED;

    buf_addf(b, " UNION ALL SELECT %d", change);
    add_shown_columns(b, r);
    for (size_t i = 0; i < 2 * r->columns.n + 2; i++)
        buf_adds(b, ", NULL");
    buf_addf(b, " FROM %s.\"%s\" r WHERE NOT EXISTS (SELECT 1 FROM %s.\"%s\" x WHERE ",
             added ? "other" : "main", k->table, added ? "main" : "other", k->table);
    add_on(b, r, "x", "r");
    buf_addc(b, ')');
    if (k->where != NULL)
        buf_addf(b, " AND %s", k->where);
}

static void make_query(struct buf *b, const struct run *r, bool leave_unknown)
{
    add_changed(b, r, leave_unknown);
    if (!r->kind->is_changed_only) {
        add_lone(b, r, DIFF_REMOVED);
        add_lone(b, r, DIFF_ADDED);
    }
    buf_adds(b, " ORDER BY ");
    for (size_t i = 0; i < r->keys.n; i++)
        buf_addf(b, "%zu, ", i + 2);
    buf_adds(b, "1");
}

/* --- rows --- */

/* A value out of the query: JSON text, unless a stranger's bytes are no UTF-8. */
static json_t *value_of(const char *text)
{
    json_t *v = text != NULL ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
    struct buf b;

    if (v != NULL || text == NULL)
        return v;
    buf_init(&b, LIMIT_REPLY_BYTES);
    text_add_safe(&b, text);
    v = json_string(b.p);
    buf_release(&b);
    return v;
}

/* The name of an object by its id; NULL: none is known. Caller frees. */
static char *name_of(struct run *r, json_t *v)
{
    const char *id = json_string_value(v);
    bool row = false;
    char *out = NULL;

    if (id == NULL || !str_is_guid(id) || r->e->code != ERR_OK)
        return NULL;
    id = out = str_lower(id);
    stmt_bind_text(r->name_of, 1, id);
    free(out);
    out = NULL;
    if (stmt_step(r->name_of, &row, r->e) == ERR_OK && row && stmt_text(r->name_of, 0) != NULL)
        out = xstrdup(stmt_text(r->name_of, 0));
    stmt_reset(r->name_of);
    return out;
}

static void add_word(struct run *r, struct buf *b, json_t *v)
{
    char *name = name_of(r, v);
    char *text = NULL;

    if (name == NULL && !json_is_string(v) && !json_is_null(v))
        text = json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT);
    if (name != NULL)
        buf_adds(b, name);
    else if (json_is_string(v))
        buf_adds(b, json_string_value(v));
    else if (text != NULL)
        buf_adds(b, text);
    free(text);
    free(name);
}

/* The label with {column} replaced; without its name a row goes by its key. */
static void make_label(struct run *r, struct buf *b, json_t *shown)
{
    const char *p = r->kind->label;

    while (*p != '\0') {
        size_t n = strcspn(p, "{");
        char *column;

        buf_add(b, p, n);
        p += n;
        if (*p == '\0')
            break;
        n = strcspn(++p, "}");
        column = xstrndup(p, n);
        add_word(r, b, json_object_get(shown, column));
        free(column);
        p += n + 1;
    }
    for (size_t i = 0; b->n == 0 && i < r->keys.n; i++)
        add_word(r, b, json_object_get(shown, r->keys.v[i]));
    while (b->n > 0 && b->p[b->n - 1] == ' ')
        b->p[--b->n] = '\0';
}

static void found_property(void *ctx, const char *path, bool is_member, json_t *old, json_t *new)
{
    struct run *r = ctx;
    struct diff_item it = r->item;
    char *a = name_of(r, old), *b = name_of(r, new);

    it.property = path;
    it.is_member = is_member;
    it.old = old;
    it.new = new;
    it.old_name = a;
    it.new_name = b;
    r->sink->item(r->sink->ctx, &it);
    free(a);
    free(b);
}

/* What another table has is shown there. */
static void raw_property(void *ctx, const char *path, bool is_member, json_t *old, json_t *new)
{
    struct run *r = ctx;

    if (r->kind->elsewhere == NULL || !str_starts(path, r->kind->elsewhere))
        found_property(ctx, path, is_member, old, new);
}

static void changed_raw(struct run *r, const char *old, const char *new)
{
    struct err ignored = ERR_INIT; /* then it is one property, as text */
    json_t *a = NULL, *b = NULL;

    if (old == NULL || new == NULL || str_eq(old, new))
        return;
    if (jx_parse(old, strlen(old), "OLD", &a, &ignored) != ERR_OK ||
        jx_parse(new, strlen(new), "NEW", &b, &ignored) != ERR_OK) {
        json_decref(a);
        json_decref(b);
        a = json_string(old);
        b = json_string(new);
        found_property(r, "raw", false, a, b);
    } else {
        diff_objects(a, b, raw_property, r);
    }
    json_decref(a);
    json_decref(b);
}

static void take_row(struct run *r, const struct stmt *st)
{
    json_t *shown = json_object(), *key = json_object();
    int at = 1 + (int)r->keys.n;
    struct buf label;

    buf_init(&label, LIMIT_REPLY_BYTES);
    for (size_t i = 0; i < r->shown.n; i++)
        (void)json_object_set_new(shown, r->shown.v[i], value_of(stmt_text(st, at++)));
    for (size_t i = 0; i < r->keys.n; i++)
        (void)json_object_set(key, r->keys.v[i], json_object_get(shown, r->keys.v[i]));
    make_label(r, &label, shown);
    r->item = (struct diff_item){.kind = r->kind, .label = label.p, .key = key};
    r->item.change = (enum diff_change)stmt_int(st, 0);
    if (r->item.change != DIFF_CHANGED) {
        r->sink->item(r->sink->ctx, &r->item);
    } else {
        for (size_t i = 0; i < r->columns.n; i++, at += 2) {
            json_t *old = value_of(stmt_text(st, at)), *new = value_of(stmt_text(st, at + 1));

            if (json_equal(old, new) == 0)
                found_property(r, r->columns.v[i], false, old, new);
            json_decref(old);
            json_decref(new);
        }
        changed_raw(r, stmt_text(st, at), stmt_text(st, at + 1));
    }
    buf_release(&label);
    json_decref(shown);
    json_decref(key);
}

static enum err_code compare(struct run *r, bool leave_unknown)
{
    struct stmt *st = NULL;
    bool row = false;
    struct buf sql;

    buf_init(&sql, SQL_BYTES);
    make_query(&sql, r, leave_unknown);
    if (stmt_prepare(r->s, sql.p, &st, r->e) == ERR_OK)
        while (r->e->code == ERR_OK && stmt_step(st, &row, r->e) == ERR_OK && row)
            take_row(r, st);
    stmt_free(st);
    buf_release(&sql);
    return r->e->code;
}

static enum err_code run_kind(struct run *r)
{
    bool leave_unknown = false;

    split(&r->keys, r->kind->keys);
    add_shown(r);
    if (may_compare(r)) {
        choose_columns(r, &leave_unknown);
        (void)compare(r, leave_unknown);
    }
    strlist_release(&r->keys);
    strlist_release(&r->shown);
    strlist_release(&r->columns);
    return r->e->code;
}

/* --- both files --- */

static enum err_code attach(struct store *s, const char *path, struct err *e)
{
    struct stmt *st = NULL;

    if (stmt_prepare(s, "ATTACH ? AS other", &st, e) == ERR_OK) {
        stmt_bind_text(st, 1, path);
        (void)stmt_write(st, e);
    }
    stmt_free(st);
    return e->code;
}

/* Ids differ: no. An id lacks (the organization was not read): then the names asked for decide. */
static enum err_code check_tenant(struct store *s, struct err *e)
{
    static const char same[] =
        "SELECT o.cloud = n.cloud AND CASE WHEN o.tenant_id IS NULL OR n.tenant_id IS NULL THEN "
        "lower(o.tenant_domain) IS lower(n.tenant_domain) ELSE o.tenant_id = n.tenant_id END "
        "FROM main.snapshot o, other.snapshot n";
    int64_t v = 0;

    if (store_int(s, same, &v, e) == ERR_OK && v != 1)
        err_set(e, ERR_USAGE, "the snapshots are not of the same tenant");
    return e->code;
}

/* NEW by a connection of its own: the loader asks the main file. */
static enum err_code load_states(struct run *r, const char *new_path)
{
    struct store *n = NULL;

    if (evidence_states_load(r->s, &r->old, r->e) == ERR_OK &&
        store_open(new_path, false, &n, r->e) == ERR_OK)
        (void)evidence_states_load(n, &r->new, r->e);
    store_close(n);
    return r->e->code;
}

#define NAMES(schema)                                                                              \
    "(SELECT user_principal_name FROM " schema                                                     \
    ".user WHERE id = ?1), (SELECT display_name FROM " schema                                      \
    ".directory_group WHERE id = ?1), (SELECT display_name FROM " schema                           \
    ".ca_policy WHERE id = ?1), (SELECT min(display_name) FROM " schema                            \
    ".role WHERE template_id = ?1), (SELECT display_name FROM " schema                             \
    ".named_location WHERE id = ?1), (SELECT part_number FROM " schema                             \
    ".sku WHERE sku_id = ?1), (SELECT display_name FROM " schema                                   \
    ".authentication_strength WHERE id = ?1), (SELECT display_name FROM " schema                   \
    ".policy_reference WHERE id = ?1)"

enum err_code diff_run(struct store *old, const char *new_path, const struct diff_sink *sink,
                       struct err *e)
{
    static const char names[] = "SELECT coalesce(" NAMES("other") ", " NAMES("main") ")";
    struct run r = {.s = old, .sink = sink, .e = e};

    if (load_states(&r, new_path) == ERR_OK && attach(old, new_path, e) == ERR_OK &&
        check_tenant(old, e) == ERR_OK)
        (void)stmt_prepare(old, names, &r.name_of, e);
    for (size_t i = 0; e->code == ERR_OK && i < diff_kind_count(); i++) {
        r.kind = diff_kind_at(i);
        if (r.kind->title != NULL)
            (void)run_kind(&r);
    }
    stmt_free(r.name_of);
    evidence_states_release(&r.old);
    evidence_states_release(&r.new);
    return e->code;
}
