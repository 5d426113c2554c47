#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/strs.h"
#include "diff.h"
#include "model/evidence.h"
#include "model/snapshot.h"
#include "model/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_BYTES = 64 * 1024 };
static char folder[] = "/tmp/graphaudit-diff-XXXXXX";

static char *path_of(const char *name)
{
    return xasprintf("%s/%s", folder, name);
}

static const struct diff_kind *kind_of(const char *table)
{
    const struct diff_kind *k;

    for (size_t i = 0; (k = diff_kind_at(i)) != NULL; i++)
        if (str_eq(k->table, table))
            return k;
    return NULL;
}

static bool names(const char *list, const char *column)
{
    size_t n = strlen(column);

    for (const char *p = list; p != NULL && *p != '\0'; p += strcspn(p, ",")) {
        p += *p == ',' ? 1 : 0;
        if (strncmp(p, column, n) == 0 && (p[n] == ',' || p[n] == '\0'))
            return true;
    }
    return false;
}

/* --- the table against the schema --- */

static void every_table_and_column_has_its_place(void **state)
{
    struct store *s = NULL;
    struct stmt *st = NULL;
    struct err e = ERR_INIT;
    bool row = false;
    size_t seen = 0;

    (void)state;
    assert_int_equal(store_create(":memory:", &s, &e), ERR_OK);
    assert_int_equal(stmt_prepare(s,
                                  "SELECT m.name, c.name FROM sqlite_schema m, "
                                  "pragma_table_info(m.name) c WHERE m.type IN ('table','view') "
                                  "AND m.name NOT LIKE 'sqlite%'",
                                  &st, &e),
                     ERR_OK);
    while (stmt_step(st, &row, &e) == ERR_OK && row) {
        const char *table = stmt_text(st, 0), *column = stmt_text(st, 1);
        const struct diff_kind *k = kind_of(table);
        enum table_kind what = evidence_table_kind(table);

        if (k == NULL && (str_eq(table, "snapshot") || what == TABLE_PART || what == TABLE_WORK))
            continue;
        if (k == NULL)
            fail_msg("table %s: neither compared nor said why not", table);
        assert_true((k->title == NULL) == (k->why_not != NULL));
        seen++;
        if (k->title != NULL && !k->has_raw && !names(k->keys, column) &&
            !names(k->columns, column) && !names(k->ignored, column))
            fail_msg("%s.%s: neither compared nor left out", table, column);
        assert_false(names(k->columns, column) && names(k->ignored, column));
    }
    assert_int_equal(e.code, ERR_OK);
    assert_true(seen > 200);
    stmt_free(st);
    store_close(s);
}

static void every_kind_exists_and_stands_once(void **state)
{
    const struct diff_kind *k;

    (void)state;
    for (size_t i = 0; (k = diff_kind_at(i)) != NULL; i++) {
        assert_int_not_equal(evidence_table_kind(k->table), TABLE_UNKNOWN);
        assert_ptr_equal(kind_of(k->table), k);
    }
    assert_null(diff_kind_at(diff_kind_count()));
}

/* --- objects --- */

static void add_property(void *ctx, const char *path, bool is_member, json_t *old, json_t *new)
{
    struct buf *b = ctx;
    char *a = old != NULL ? jx_canonical(old) : xstrdup("absent");
    char *n = new != NULL ? jx_canonical(new) : xstrdup("absent");

    buf_addf(b, "%s%s %s>%s;", path, is_member ? "[]" : "", a, n);
    free(a);
    free(n);
}

static void objects_are_compared_property_by_property(void **state)
{
    static const struct {
        const char *old, *new, *expected;
    } cases[] = {
        {"{}", "{}", ""},
        {"{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}", ""},
        {"{\"a\":null}", "{}", "a null>absent;"},
        {"{\"a\":null}", "{\"a\":false}", "a null>false;"},
        {"{\"a\":{\"b\":[1]}}", "{\"a\":{\"b\":1}}", "a.b [1]>1;"},
        {"{\"a\":{\"b\":1}}", "{\"a\":{\"b\":2}}", "a.b 1>2;"},
        {"{\"a\":[\"x\",\"y\"]}", "{\"a\":[\"y\",\"x\"]}", ""},
        {"{\"a\":[\"x\",\"y\"]}", "{\"a\":[\"z\",\"y\"]}", "a[] \"x\">absent;a[] absent>\"z\";"},
        {"{\"a\":[1,1]}", "{\"a\":[1]}", "a[] 1>absent;"},
        {"{\"a\":[]}", "{\"a\":[{\"id\":\"k\"}]}", "a[k] absent>{\"id\":\"k\"};"},
        {"{\"a\":[{\"id\":\"k\",\"v\":1},{\"id\":\"l\"}]}",
         "{\"a\":[{\"id\":\"l\"},{\"id\":\"k\",\"v\":2}]}", "a[k].v 1>2;"},
        /* The same id twice: no key. */
        {"{\"a\":[{\"id\":\"k\"},{\"id\":\"k\"}]}", "{\"a\":[{\"id\":\"k\"}]}",
         "a[] {\"id\":\"k\"}>absent;"},
        {"{\"modifiedDateTime\":1,\"x@odata.context\":2,\"WhenChangedUTC\":3}", "{}", ""},
        /* A list's element may be called anything. */
        {"{\"a\":[{\"id\":\"WhenChanged\"}]}", "{\"a\":[]}",
         "a[WhenChanged] {\"id\":\"WhenChanged\"}>absent;"},
        {"{\"b\":1,\"a\":1}", "{\"c\":1}", "a 1>absent;b 1>absent;c absent>1;"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        json_t *old = json_loads(cases[i].old, 0, NULL), *new = json_loads(cases[i].new, 0, NULL);
        struct buf b;

        buf_init(&b, TEXT_BYTES);
        diff_objects(old, new, add_property, &b);
        if (!str_eq(b.p, cases[i].expected))
            fail_msg("%s and %s: %s", cases[i].old, cases[i].new, b.p);
        buf_release(&b);
        json_decref(old);
        json_decref(new);
    }
}

/* --- snapshots --- */

static void make(const char *name, const char *tenant, const char *sql)
{
    char *path = path_of(name);
    struct store *s = NULL;
    struct err e = ERR_INIT;
    const struct snapshot_begin b = {tenant, "global", NULL, "1", 0};

    (void)unlink(path);
    if (store_create(path, &s, &e) != ERR_OK || snapshot_begin(s, &b, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    for (size_t i = 0; i < evidence_resource_count(); i++)
        assert_int_equal(store_run(s, &e,
                                   "INSERT INTO collection(resource, state) VALUES(?, 'complete')",
                                   "t", evidence_resource_at(i)->id),
                         ERR_OK);
    if (store_exec(s, sql, &e) != ERR_OK || snapshot_seal(s, 0, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    store_close(s);
    free(path);
}

static void add_item(void *ctx, const struct diff_item *it)
{
    struct buf *b = ctx;

    buf_addf(b, "%s %s %s", diff_change_name(it->change), it->kind->table, it->label);
    if (it->property != NULL) {
        buf_addc(b, ' ');
        add_property(b, it->property, it->is_member, it->old, it->new);
    }
    buf_addc(b, '\n');
}

static void add_gap(void *ctx, const struct diff_gap *g)
{
    if (!g->kind->is_result) /* these snapshots are never evaluated */
        buf_addf(ctx, "gap %s %s %s %s\n", g->kind->table, g->column != NULL ? g->column : "-",
                 g->resource != NULL ? g->resource : g->why, g->side);
}

static enum err_code run(struct buf *b)
{
    const struct diff_sink sink = {b, add_item, add_gap};
    char *old = path_of("old.db"), *new = path_of("new.db");
    struct store *s = NULL;
    struct err e = ERR_INIT;
    enum err_code code;

    buf_init(b, TEXT_BYTES);
    assert_int_equal(store_open(old, false, &s, &e), ERR_OK);
    code = diff_run(s, new, &sink, &e);
    if (code != ERR_OK && code != ERR_USAGE)
        fail_msg("%s", e.msg);
    store_close(s);
    free(old);
    free(new);
    return code;
}

#define G1 "11111111-1111-4111-8111-111111111111"
#define G2 "22222222-2222-4222-8222-222222222222"
#define LOST(resource)                                                                             \
    "UPDATE collection SET state = 'failed', reason_code = 'permission' WHERE resource = "         \
    "'" resource "';"
#define CONNECTOR(raw) "INSERT INTO inbound_connector(name, raw) VALUES ('c', '" raw "');"
#define DNS(name, ordinal, value, state)                                                           \
    "INSERT INTO dns_record VALUES ('d', 'spf', 'TXT', '" name "', " ordinal ", " value            \
    ", '" state "');"
#define GROUP(state)                                                                               \
    "INSERT INTO directory_group VALUES ('" G1 "', 'Staff', '" state "', 'policy');"
#define MEMBER "INSERT INTO group_member VALUES ('" G1 "', '" G2 "');"

static void snapshots_are_compared(void **state)
{
    static const struct {
        const char *name, *old, *new, *expected;
    } cases[] = {
        {"same", CONNECTOR("{}"), CONNECTOR("{}"), ""},
        {"added", "", CONNECTOR("{}"), "added inbound_connector c\n"},
        {"removed", CONNECTOR("{}"), "", "removed inbound_connector c\n"},
        {"property", CONNECTOR("{\"a\":1}"), CONNECTOR("{\"a\":2}"),
         "changed inbound_connector c a 1>2;\n"},
        {"spelling", CONNECTOR("{\"a\":1}"), CONNECTOR("{ \"a\": 1 }"), ""},
        {"no JSON", CONNECTOR("{"), CONNECTOR("}"),
         "changed inbound_connector c raw \"{\">\"}\";\n"},
        {"column", "INSERT INTO security_defaults VALUES (1, 1);",
         "INSERT INTO security_defaults VALUES (1, 0);",
         "changed security_defaults Security defaults is_enabled 1>0;\n"},
        {"not read in OLD", LOST("inbound-connectors"), CONNECTOR("{}"),
         "changed collection inbound-connectors state \"failed\">\"complete\";\n"
         "changed collection inbound-connectors reason_code \"permission\">null;\n"
         "gap inbound_connector - inbound-connectors OLD\n"},
        {"not read in NEW", CONNECTOR("{}"), LOST("inbound-connectors"),
         "changed collection inbound-connectors state \"complete\">\"failed\";\n"
         "changed collection inbound-connectors reason_code null>\"permission\";\n"
         "gap inbound_connector - inbound-connectors NEW\n"},
        {"not read in either", LOST("inbound-connectors") CONNECTOR("{}"),
         LOST("inbound-connectors"),
         "gap inbound_connector - inbound-connectors OLD\n"
         "gap inbound_connector - inbound-connectors NEW\n"},
        {"order of answers", DNS("d", "0", "'a'", "found") DNS("d", "1", "'b'", "found"),
         DNS("d", "0", "'b'", "found") DNS("d", "1", "'a'", "found"), ""},
        {"answer went", DNS("d", "0", "'a'", "found"), DNS("d", "0", "NULL", "nxdomain"),
         "removed dns_record spf TXT d: a\n"},
        {"no server answered", DNS("d", "0", "'a'", "found"), DNS("d", "0", "NULL", "timeout"), ""},
        {"member came", GROUP("found"), GROUP("found") MEMBER,
         "added group_member " G2 " in 'Staff'\n"},
        {"group not named before", "", GROUP("found") MEMBER, ""},
        {"group was not readable", GROUP("unreadable"), GROUP("found") MEMBER,
         "changed directory_group Staff state \"unreadable\">\"found\";\n"},
        {"facts lack", "INSERT INTO user(id) VALUES ('u');", "INSERT INTO user(id) VALUES ('u');",
         "gap ca_exclusion - its facts were not derived OLD\n"
         "gap ca_exclusion - its facts were not derived NEW\n"
         "gap user_protection - its facts were not derived OLD\n"
         "gap user_protection - its facts were not derived NEW\n"
         "gap smtp_auth - its facts were not derived OLD\n"
         "gap smtp_auth - its facts were not derived NEW\n"},
        {"quote in a name", "INSERT INTO inbound_connector(name, raw) VALUES ('a\"''%s', '{}');",
         "", "removed inbound_connector a\"'%s\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf b;

        make("old.db", "t.example", cases[i].old);
        make("new.db", "T.example", cases[i].new);
        assert_int_equal(run(&b), ERR_OK);
        if (!str_eq(b.p, cases[i].expected))
            fail_msg("%s: %s", cases[i].name, b.p);
        buf_release(&b);
    }
}

static void tenants_are_told_apart(void **state)
{
    static const struct {
        const char *old_id, *new_id, *old_name, *new_name;
        enum err_code expected;
    } cases[] = {
        {"'a'", "'a'", "x.example", "y.example", ERR_OK},
        {"'a'", "'b'", "x.example", "x.example", ERR_USAGE},
        {"NULL", "'b'", "x.example", "x.example", ERR_OK},
        {"NULL", "'b'", "x.example", "y.example", ERR_USAGE},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char *a = xasprintf("UPDATE snapshot SET tenant_id = %s", cases[i].old_id);
        char *n = xasprintf("UPDATE snapshot SET tenant_id = %s", cases[i].new_id);
        struct buf b;

        make("old.db", cases[i].old_name, a);
        make("new.db", cases[i].new_name, n);
        assert_int_equal(run(&b), cases[i].expected);
        assert_string_equal(b.p, "");
        buf_release(&b);
        free(a);
        free(n);
    }
}

static int clean(void **state)
{
    char *old = path_of("old.db"), *new = path_of("new.db");

    (void)state;
    (void)unlink(old);
    (void)unlink(new);
    (void)rmdir(folder);
    free(old);
    free(new);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_table_and_column_has_its_place),
        cmocka_unit_test(every_kind_exists_and_stands_once),
        cmocka_unit_test(objects_are_compared_property_by_property),
        cmocka_unit_test(snapshots_are_compared),
        cmocka_unit_test(tenants_are_told_apart),
    };

    if (mkdtemp(folder) == NULL)
        return 1;
    return cmocka_run_group_tests(tests, NULL, clean);
}
