#include "base/jsonx.h"
#include "base/mem.h"
#include "base/strs.h"
#include "base/timex.h"
#include "map.h"
#include "model/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct map_column columns[] = {
    {"k", "id", MAP_LOWER, MAP_KEY},
    {"text", "text", MAP_TEXT, 0},
    {"name", "name|other", MAP_NAME, 0},
    {"flag", "deep.flag", MAP_BOOL, 0},
    {"known", "deep.flag", MAP_KNOWN_BOOL, 0},
    {"n", "n", MAP_INT, MAP_NEEDED},
    {"at", "at", MAP_TIME, 0},
    {"list", "list", MAP_JSON, MAP_SET},
    {"kept", "kept", MAP_LOWER, MAP_KEEP},
    {"one", NULL, MAP_ONE, 0},
    {"raw", NULL, MAP_RAW, 0},
};
static const struct map_table table = {"t", columns, COUNT_OF(columns)};

struct world {
    struct store *s;
    struct map *m;
    struct map_odd odd;
};

static int open_world(void **state)
{
    struct err e = ERR_INIT;
    struct world *w = calloc(1, sizeof *w);

    assert_non_null(w);
    assert_int_equal(store_create(":memory:", &w->s, &e), ERR_OK);
    assert_int_equal(store_exec(w->s,
                                "CREATE TABLE t(k TEXT PRIMARY KEY, text TEXT, name TEXT, "
                                "flag INTEGER, known INTEGER NOT NULL, n INTEGER, at TEXT, "
                                "list TEXT, kept TEXT, one INTEGER NOT NULL, raw TEXT NOT NULL) "
                                "STRICT, WITHOUT ROWID",
                                &e),
                     ERR_OK);
    assert_int_equal(map_open(w->s, &table, &w->m, &e), ERR_OK);
    *state = w;
    return 0;
}

static int close_world(void **state)
{
    struct world *w = *state;

    map_free(w->m);
    store_close(w->s);
    free(w);
    return 0;
}

static bool put(struct world *w, const char *text)
{
    struct err e = ERR_INIT;
    json_t *row = NULL;
    bool stored = false;

    assert_int_equal(jx_parse(text, strlen(text), "row", &row, &e), ERR_OK);
    if (map_row(w->m, row, &w->odd, &stored, &e) != ERR_OK)
        fail_msg("%s: %s", text, e.msg);
    json_decref(row);
    return stored;
}

static void expect(struct world *w, const char *name, const char *sql, const char *want)
{
    struct err e = ERR_INIT;
    char *got = NULL;

    assert_int_equal(store_text(w->s, sql, &got, &e), ERR_OK);
    if (!str_eq(got, want))
        fail_msg("%s: got %s, want %s", name, got, want);
    free(got);
}

/* Everything but the raw text; NULL shows as ~. */
#define ROW                                                                                        \
    "SELECT k || ' ' || ifnull(text, '~') || ' ' || ifnull(name, '~') || ' ' || "                  \
    "ifnull(flag, '~') || ' ' || known || ' ' || ifnull(n, '~') || ' ' || ifnull(at, '~') || ' ' " \
    "|| ifnull(list, '~') || ' ' || ifnull(kept, '~') || ' ' || one FROM t"

static void absent_null_and_wrong_are_told_apart(void **state)
{
    static const struct {
        const char *name, *row, *want;
        uint64_t odd;
    } cases[] = {
        {"all there",
         "{\"id\":\"AB\",\"text\":\"X\",\"name\":\"N\",\"deep\":{\"flag\":true},\"n\":5,"
         "\"at\":\"2026-01-02T03:04:05.678+01:00\",\"list\":[1],\"kept\":\"K\"}",
         "ab X N 1 1 5 2026-01-02T02:04:05Z [1] k 1", 0},
        {"false is not null", "{\"id\":\"a\",\"deep\":{\"flag\":false},\"n\":0,\"list\":[]}",
         "a ~ ~ 0 1 0 ~ [] ~ 1", 0},
        {"null is known", "{\"id\":\"a\",\"deep\":{\"flag\":null},\"n\":null,\"list\":{}}",
         "a ~ ~ ~ 1 ~ ~ {} ~ 1", 0},
        {"absent is not known", "{\"id\":\"a\",\"deep\":{},\"n\":1,\"list\":[]}",
         "a ~ ~ ~ 0 1 ~ [] ~ 1", 0},
        {"null parent", "{\"id\":\"a\",\"deep\":null,\"n\":1,\"list\":[]}", "a ~ ~ ~ 1 1 ~ [] ~ 1",
         0},
        {"wrong type is neither", "{\"id\":\"a\",\"deep\":{\"flag\":\"true\"},\"n\":1,\"list\":[]}",
         "a ~ ~ ~ 0 1 ~ [] ~ 1", 1},
        {"parent of another type", "{\"id\":\"a\",\"deep\":7,\"n\":1,\"list\":[]}",
         "a ~ ~ ~ 0 1 ~ [] ~ 1", 1},
        {"needed but absent", "{\"id\":\"a\",\"list\":[]}", "a ~ ~ ~ 0 ~ ~ [] ~ 1", 1},
        {"must be set: absent", "{\"id\":\"a\",\"n\":1}", "a ~ ~ ~ 0 1 ~ ~ ~ 1", 1},
        {"must be set: null", "{\"id\":\"a\",\"n\":1,\"list\":null}", "a ~ ~ ~ 0 1 ~ ~ ~ 1", 1},
        {"a number is no text", "{\"id\":\"a\",\"text\":5,\"n\":1,\"list\":[]}",
         "a ~ ~ ~ 0 1 ~ [] ~ 1", 1},
        {"a real is no integer", "{\"id\":\"a\",\"n\":1.5,\"list\":[]}", "a ~ ~ ~ 0 ~ ~ [] ~ 1", 1},
        {"a text is no list", "{\"id\":\"a\",\"n\":1,\"list\":\"[]\"}", "a ~ ~ ~ 0 1 ~ ~ ~ 1", 1},
        {"empty text stays, empty name goes",
         "{\"id\":\"a\",\"text\":\"\",\"name\":\"\",\"n\":1,\"list\":[]}", "a  ~ ~ 0 1 ~ [] ~ 1",
         0},
        {"alternative when empty",
         "{\"id\":\"a\",\"name\":\"\",\"other\":\"o\",\"n\":1,\"list\":[]}", "a ~ o ~ 0 1 ~ [] ~ 1",
         0},
        {"alternative when absent", "{\"id\":\"a\",\"other\":\"o\",\"n\":1,\"list\":[]}",
         "a ~ o ~ 0 1 ~ [] ~ 1", 0},
        {"never", "{\"id\":\"a\",\"at\":\"0001-01-01T00:00:00Z\",\"n\":1,\"list\":[]}",
         "a ~ ~ ~ 0 1 ~ [] ~ 1", 0},
        {"seven digits, no zone",
         "{\"id\":\"a\",\"at\":\"2022-09-21T08:07:47.0000000\",\"n\":1,"
         "\"list\":[]}",
         "a ~ ~ ~ 0 1 2022-09-21T08:07:47Z [] ~ 1", 0},
        {"no time", "{\"id\":\"a\",\"at\":\"soon\",\"n\":1,\"list\":[]}", "a ~ ~ ~ 0 1 ~ [] ~ 1",
         1},
    };
    struct world *w = *state;
    struct err e = ERR_INIT;

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        w->odd = (struct map_odd){0};
        assert_true(put(w, cases[i].row));
        expect(w, cases[i].name, ROW, cases[i].want);
        if (w->odd.count != cases[i].odd)
            fail_msg("%s: %llu odd, first: %s", cases[i].name, (unsigned long long)w->odd.count,
                     w->odd.first);
        assert_int_equal(store_exec(w->s, "DELETE FROM t", &e), ERR_OK);
    }
}

static void a_row_without_its_key_stays_out(void **state)
{
    static const char *const rows[] = {"{\"n\":1,\"list\":[]}", "{\"id\":null}",
                                       "{\"id\":\"\"}",         "{\"id\":5}",
                                       "{\"id\":{}}",           "[]"};
    struct world *w = *state;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        w->odd = (struct map_odd){0};
        if (put(w, rows[i]))
            fail_msg("%s went in", rows[i]);
        if (w->odd.count == 0)
            fail_msg("%s is not odd", rows[i]);
    }
    expect(w, "empty", "SELECT COUNT(*) FROM t", "0");
    /* and does not spoil the next one */
    assert_true(put(w, "{\"id\":\"a\",\"text\":\"t\",\"n\":1,\"list\":[]}"));
    expect(w, "next", ROW, "a t ~ ~ 0 1 ~ [] ~ 1");
}

static void a_second_row_replaces_what_is_mapped(void **state)
{
    struct world *w = *state;

    assert_true(put(w, "{\"id\":\"a\",\"text\":\"1\",\"kept\":\"x\",\"n\":1,\"list\":[]}"));
    assert_true(put(w, "{\"id\":\"A\",\"n\":2,\"list\":[]}"));
    expect(w, "replaced", ROW, "a ~ ~ ~ 0 2 ~ [] x 1");
    assert_true(put(w, "{\"id\":\"A\",\"kept\":\"Y\",\"n\":2,\"list\":[]}"));
    expect(w, "kept", ROW, "a ~ ~ ~ 0 2 ~ [] y 1");
}

static void raw_has_no_annotations_and_one_order(void **state)
{
    struct world *w = *state;

    assert_true(put(w, "{\"z\":[{\"b@odata.context\":\"https://host/x\",\"@odata.type\":\"#t\","
                       "\"b\":1}],\"id\":\"a\",\"Guid@data.type\":\"System.Guid\","
                       "\"@odata.context\":\"https://host/$metadata\",\"n\":1,\"list\":[]}"));
    expect(w, "raw", "SELECT raw FROM t",
           "{\"id\":\"a\",\"list\":[],\"n\":1,\"z\":[{\"@odata.type\":\"#t\",\"b\":1}]}");
}

static void the_first_oddity_is_kept(void **state)
{
    struct map_odd odd = {0};

    (void)state;
    map_odd_add(&odd, "first %d", 1);
    map_odd_add(&odd, "second");
    assert_int_equal(odd.count, 2);
    assert_string_equal(odd.first, "first 1");
}

static void types_are_compared_after_the_namespace(void **state)
{
    static const struct {
        const char *row, *want;
    } cases[] = {
        {"{\"@odata.type\":\"#microsoft.graph.user\"}", "user"},
        {"{\"@odata.type\":\"microsoft.graph.group\"}", "group"},
        {"{\"@odata.type\":\"#other.user\"}", NULL},
        {"{\"@odata.type\":5}", NULL},
        {"{}", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        json_t *row = json_loads(cases[i].row, 0, NULL);

        if (!str_eq(map_odata_type(row), cases[i].want))
            fail_msg("%s: got %s", cases[i].row, map_odata_type(row));
        json_decref(row);
    }
}

/* In a block of its own length, so that a sanitizer sees a step past its end. */
static void a_time_is_read_to_its_end_and_no_further(void **state)
{
    static const struct {
        const char *in, *want;
    } cases[] = {{"2026-11-23T04:05:06Z", "2026-11-23T04:05:06Z"},
                 {"2026-11-30T04:05:06Z", "2026-11-30T04:05:06Z"},
                 {"2026-11-23T04:05:06.7Z", "2026-11-23T04:05:06Z"},
                 {"2026-11-23T04:05:0", NULL},
                 {"", NULL}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char *text = xstrdup(cases[i].in);
        char out[TIME_TEXT_BYTES];
        bool is_odd = false;
        const char *got = map_time(text, out, &is_odd);

        if (!str_eq(got, cases[i].want))
            fail_msg("'%s': %s", cases[i].in, got != NULL ? got : "none");
        assert_int_equal(is_odd, cases[i].want == NULL);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(absent_null_and_wrong_are_told_apart, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(a_row_without_its_key_stays_out, open_world, close_world),
        cmocka_unit_test_setup_teardown(a_second_row_replaces_what_is_mapped, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(raw_has_no_annotations_and_one_order, open_world,
                                        close_world),
        cmocka_unit_test(the_first_oddity_is_kept),
        cmocka_unit_test(types_are_compared_after_the_namespace),
        cmocka_unit_test(a_time_is_read_to_its_end_and_no_further),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
