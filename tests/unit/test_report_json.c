/* The JSON report keeps its contract: it fits reports/schema/report-1.schema.json, and is complete.
 *
 * The validator below knows the keywords that the schema uses and fails on any other, so that the
 * schema cannot promise what nobody checks. */
#include "report_fixture.h"

#include "base/attrs.h"
#include "base/strs.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct at {
    const struct at *up;
    const char *key; /* NULL: an array's element */
};

static void complain(const struct at *at, const char *what)
{
    char path[512] = "";

    for (; at != NULL; at = at->up) {
        char longer[512];

        if (snprintf(longer, sizeof longer, "/%.60s%.400s", at->key != NULL ? at->key : "*", path) >
            0)
            memcpy(path, longer, sizeof path);
    }
    fail_msg("%s: %s", path, what);
}

static bool has_type(const json_t *v, const char *type)
{
    static const struct {
        const char *name;
        int types[2];
    } names[] = {
        {"object", {JSON_OBJECT, JSON_OBJECT}}, {"array", {JSON_ARRAY, JSON_ARRAY}},
        {"string", {JSON_STRING, JSON_STRING}}, {"integer", {JSON_INTEGER, JSON_INTEGER}},
        {"boolean", {JSON_TRUE, JSON_FALSE}},   {"null", {JSON_NULL, JSON_NULL}},
    };

    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (str_eq(names[i].name, type))
            return (int)json_typeof(v) == names[i].types[0] ||
                   (int)json_typeof(v) == names[i].types[1];
    fail_msg("the schema knows a type '%s'", type);
    return false;
}

static void check(json_t *root, json_t *schema, json_t *v, const struct at *at);

static void check_type(const json_t *type, const json_t *v, const struct at *at)
{
    bool fits = json_is_string(type) && has_type(v, json_string_value(type));
    size_t i;
    json_t *t;

    json_array_foreach(type, i, t)
    {
        fits = fits || has_type(v, json_string_value(t));
    }
    if (!fits)
        complain(at, "of another type");
}

static void check_enum(const json_t *words, const json_t *v, const struct at *at)
{
    size_t i;
    json_t *w;

    json_array_foreach(words, i, w)
    {
        if (json_equal(w, v))
            return;
    }
    complain(at, "not one of the words");
}

static void check_object(json_t *root, json_t *schema, json_t *v, const struct at *at)
{
    const json_t *properties = json_object_get(schema, "properties");
    const json_t *required = json_object_get(schema, "required");
    bool closed = json_is_false(json_object_get(schema, "additionalProperties"));
    const char *key;
    json_t *member;
    size_t i;

    json_array_foreach(required, i, member)
    {
        struct at here = {at, json_string_value(member)};

        if (json_object_get(v, here.key) == NULL)
            complain(&here, "missing");
    }
    json_object_foreach(v, key, member)
    {
        struct at here = {at, key};
        json_t *sub = json_object_get(properties, key);

        if (sub != NULL)
            check(root, sub, member, &here);
        else if (closed)
            complain(&here, "not in the schema");
    }
}

static void check_keywords(json_t *schema, const struct at *at)
{
    static const char *const known[] = {
        "$schema", "$id", "title",      "description",          "type",  "enum", "required",
        "items",   "properties", "additionalProperties", "$defs", "$ref"};
    const char *key;
    json_t *v;

    json_object_foreach(schema, key, v)
    {
        bool is_known = false;

        for (size_t i = 0; i < COUNT_OF(known); i++)
            is_known = is_known || str_eq(known[i], key);
        if (!is_known)
            complain(at, "a keyword that this test does not check");
    }
}

static void check(json_t *root, json_t *schema, json_t *v, const struct at *at)
{
    const char *ref = json_string_value(json_object_get(schema, "$ref"));
    const json_t *type = json_object_get(schema, "type");
    json_t *items = json_object_get(schema, "items");
    const json_t *words = json_object_get(schema, "enum");

    check_keywords(schema, at);
    if (ref != NULL) {
        assert_true(str_starts(ref, "#/$defs/"));
        schema = json_object_get(json_object_get(root, "$defs"), ref + strlen("#/$defs/"));
        assert_non_null(schema);
        check(root, schema, v, at);
        return;
    }
    if (type != NULL)
        check_type(type, v, at);
    if (words != NULL)
        check_enum(words, v, at);
    if (json_is_object(v))
        check_object(root, schema, v, at);
    if (json_is_array(v) && items != NULL) {
        struct at here = {at, NULL};
        size_t i;
        json_t *item;

        json_array_foreach(v, i, item)
        {
            check(root, items, item, &here);
        }
    }
}

static json_t *load_json(const struct buf *b)
{
    json_error_t je;
    json_t *v = json_loadb(b->p, b->n, JSON_REJECT_DUPLICATES, &je);

    if (v == NULL)
        fail_msg("line %d: %s", je.line, je.text);
    return v;
}

static void every_report_fits_the_schema(void **state)
{
    static struct store *(*const makers[])(void) = {fixture_tenant, fixture_partial, fixture_bare};
    struct buf text = fixture_file("reports/schema/report-1.schema.json");
    json_t *schema = load_json(&text);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(makers); i++) {
        struct store *s = makers[i]();
        struct buf b = fixture_render(s, "json");
        json_t *v = load_json(&b);

        check(schema, schema, v, NULL);
        json_decref(v);
        buf_release(&b);
        store_close(s);
    }
    json_decref(schema);
    buf_release(&text);
}

static void evidence_keeps_null_zero_and_absence_apart(void **state)
{
    struct store *s = fixture_tenant();
    struct buf b;

    (void)state;
    fixture_sql(
        s, "UPDATE resource_result SET evidence = '{\"a\":null,\"b\":0,\"c\":\"\",\"d\":false}'"
           " WHERE rule_id = 'EXO-SMTP-001';"
           "UPDATE resource_result SET evidence = 'no json' WHERE rule_id = 'EXO-TLS-001';");
    b = fixture_render(s, "json");
    assert_non_null(strstr(b.p, "\"evidence\":{\"a\":null,\"b\":0,\"c\":\"\",\"d\":false}"));
    assert_non_null(strstr(b.p, "\"evidence\":\"no json\""));
    assert_non_null(strstr(b.p, "\"evidence\":null"));
    buf_release(&b);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_report_fits_the_schema),
        cmocka_unit_test(evidence_keeps_null_zero_and_absence_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
