/* Every name of the shared table in every place of the store, rendered in every format: it stays
 * text. The oracle for markup is a rendering with a harmless name in the same places: the same
 * elements with the same attributes, as many of each (rows are sorted by name, so their order may
 * differ). */
#include "hostile.h"
#include "report_fixture.h"

#include "base/attrs.h"
#include "base/strs.h"
#include "base/text.h"

#include <jansson.h>
#include <libxml/HTMLparser.h>
#include <libxml/parser.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* "name attr attr" of every element. */
static void add_shape(struct strlist *l, const xmlNode *n)
{
    for (; n != NULL; n = n->next) {
        struct buf b;

        if (n->type != XML_ELEMENT_NODE)
            continue;
        buf_init(&b, 4096);
        buf_adds(&b, (const char *)n->name);
        for (const xmlAttr *a = n->properties; a != NULL; a = a->next)
            buf_addf(&b, " %s", (const char *)a->name);
        assert_false(b.failed);
        strlist_add(l, b.p);
        buf_release(&b);
        add_shape(l, n->children);
    }
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static struct strlist shape_of(const char *what, const char *format, const struct buf *bytes)
{
    bool html = str_eq(format, "html");
    xmlDocPtr doc = html ? htmlReadMemory(bytes->p, (int)bytes->n, NULL, "utf-8",
                                          HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                                              HTML_PARSE_NONET | HTML_PARSE_RECOVER)
                         : xmlReadMemory(bytes->p, (int)bytes->n, NULL, NULL, XML_PARSE_NONET);
    struct strlist l = {NULL, 0, 0};

    if (doc == NULL)
        fail_msg("%s: the %s report does not parse", what, format);
    add_shape(&l, xmlDocGetRootElement(doc));
    if (l.n > 1)
        qsort(l.v, l.n, sizeof *l.v, by_bytes);
    xmlFreeDoc(doc);
    return l;
}

/* Each is made once for all tests, which only read it. */
static struct store *stores[hostile_count];

static struct store *store_of(size_t i)
{
    if (stores[i] == NULL)
        stores[i] = fixture_hostile(hostiles[i].text);
    return stores[i];
}

static int close_stores(void **state)
{
    (void)state;
    for (size_t i = 0; i < hostile_count; i++)
        store_close(stores[i]);
    return 0;
}

static void check_markup(const char *format)
{
    struct store *plain = fixture_hostile("x");
    struct buf base = fixture_render(plain, format);
    struct strlist want = shape_of("plain", format, &base);

    for (size_t i = 0; i < hostile_count; i++) {
        struct store *s;
        struct buf got;
        struct strlist shape;

        if (hostiles[i].text[0] == '\0')
            continue; /* nothing there: other sentences, by design */
        s = store_of(i);
        got = fixture_render(s, format);
        shape = shape_of(hostiles[i].name, format, &got);
        for (size_t at = 0; at < shape.n || at < want.n; at++)
            if (at >= shape.n || at >= want.n || !str_eq(shape.v[at], want.v[at]))
                fail_msg("%s: the %s report has other elements: %s instead of %s", hostiles[i].name,
                         format, at < shape.n ? shape.v[at] : "none",
                         at < want.n ? want.v[at] : "none");
        strlist_release(&shape);
        buf_release(&got);
    }
    strlist_release(&want);
    buf_release(&base);
    store_close(plain);
}

static void html_keeps_its_elements(void **state)
{
    (void)state;
    check_markup("html");
}

static void junit_keeps_its_elements(void **state)
{
    (void)state;
    check_markup("junit");
}

static void check_visible(const char *name, const char *format, const struct buf *b)
{
    for (size_t at = 0; at < b->n;) {
        uint32_t cp = utf8_next(b->p, b->n, &at);
        bool line_end = cp == '\n' || cp == '\t' ||
                        (cp == '\r' && str_starts(format, "csv") && b->p[at] == '\n');

        if (text_is_hostile(cp) && !line_end)
            fail_msg("%s: U+%04X in the %s report", name, (unsigned)cp, format);
    }
    assert_true(utf8_valid(b->p, b->n));
}

/* Nothing in a file that a reader cannot see, and nothing that is not UTF-8. */
static void no_format_passes_controls_on(void **state)
{
    (void)state;
    for (size_t i = 0; i < hostile_count; i++) {
        struct store *s = store_of(i);

        for (size_t f = 0; f < report_format_count(); f++) {
            struct buf b = fixture_render(s, report_format_at(f)->name);

            check_visible(hostiles[i].name, report_format_at(f)->name, &b);
            buf_release(&b);
        }
    }
}

static void summary_is_safe_on_a_terminal(void **state)
{
    (void)state;
    for (size_t i = 0; i < hostile_count; i++) {
        struct store *s = store_of(i);
        struct buf b = fixture_summary(s, 80, false);

        for (size_t at = 0; at < b.n;) {
            uint32_t cp = utf8_next(b.p, b.n, &at);

            if (text_is_hostile(cp) && cp != '\n')
                fail_msg("%s: U+%04X in the summary", hostiles[i].name, (unsigned)cp);
        }
        if (strstr(b.p, "##[") != NULL || strstr(b.p, "##vso[") != NULL ||
            strstr(b.p, "\n::") != NULL)
            fail_msg("%s: a CI command in the summary", hostiles[i].name);
        buf_release(&b);
    }
}

/* Reads one cell at *at into `cell`; false at the end of the row. */
static bool next_cell(const struct buf *b, size_t *at, struct buf *cell)
{
    buf_clear(cell);
    if (b->p[*at] == '"') {
        for (++*at; !(b->p[*at] == '"' && b->p[*at + 1] != '"'); ++*at) {
            assert_true(*at < b->n);
            if (b->p[*at] == '"')
                ++*at;
            buf_addc(cell, b->p[*at]);
        }
        ++*at;
    } else {
        while (b->p[*at] != ',' && b->p[*at] != '\r') {
            assert_true(*at < b->n && b->p[*at] != '\n' && b->p[*at] != '"');
            buf_addc(cell, b->p[(*at)++]);
        }
    }
    if (b->p[*at] == ',') {
        ++*at;
        return true;
    }
    assert_memory_equal(b->p + *at, "\r\n", 2);
    *at += 2;
    return false;
}

static size_t count_rows(const char *name, const struct buf *b, size_t columns)
{
    struct buf cell;
    size_t rows = 0;

    buf_init(&cell, 65536);
    for (size_t at = 0; at < b->n; rows++) {
        size_t cells = 1;

        while (next_cell(b, &at, &cell)) {
            cells++;
            if (cell.n > 0 && strchr("=+-@\t\r\n", cell.p[0]) != NULL)
                fail_msg("%s: row %zu has a formula: %s", name, rows, cell.p);
        }
        if (cells != columns)
            fail_msg("%s: row %zu has %zu cells", name, rows, cells);
    }
    buf_release(&cell);
    return rows;
}

static void csv_rows_stay_rows_and_no_cell_is_a_formula(void **state)
{
    static const struct {
        const char *format;
        size_t columns, rows;
    } cases[] = {
        {"csv", 21, 1 + 14 + 47}, /* head, rules, resources */
        {"csv-findings", 20, 1 + 25},
        {"csv-resources", 11, 1 + 47},
        {"csv-action-plan", 13, 1 + 7},
    };

    (void)state;
    for (size_t i = 0; i < hostile_count; i++) {
        struct store *s = store_of(i);

        for (size_t k = 0; k < COUNT_OF(cases); k++) {
            struct buf b = fixture_render(s, cases[k].format);

            if (count_rows(hostiles[i].name, &b, cases[k].columns) != cases[k].rows)
                fail_msg("%s: rows of %s", hostiles[i].name, cases[k].format);
            buf_release(&b);
        }
    }
}

static void json_gives_the_names_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < hostile_count; i++) {
        struct store *s = store_of(i);
        struct buf b = fixture_render(s, "json");
        json_t *doc = json_loadb(b.p, b.n, JSON_REJECT_DUPLICATES, NULL);

        if (doc == NULL)
            fail_msg("%s: not JSON", hostiles[i].name);
        if (utf8_valid(hostiles[i].text, strlen(hostiles[i].text)))
            assert_string_equal(
                json_string_value(json_object_get(json_object_get(doc, "tenant"), "name")),
                hostiles[i].text);
        json_decref(doc);
        buf_release(&b);
    }
}

static json_t *load(const char *name, const char *p, size_t n)
{
    json_t *v = json_loadb(p, n, JSON_REJECT_DUPLICATES, NULL);

    if (v == NULL)
        fail_msg("%s: not JSON: %.*s", name, (int)(n < 100 ? n : 100), p);
    return v;
}

/* The lines, put together again, are the document: nothing is lost, added or broken by a name. */
static json_t *document_of(const char *name, const struct buf *b)
{
    static const struct {
        const char *type, *array;
    } places[] = {{"rule", "rules"},
                  {"resource", "resources"},
                  {"fixed", "fixed"},
                  {"waiver", "waivers"},
                  {"collection", "collection"}};
    json_t *doc = NULL;

    for (const char *s = b->p; *s != '\0'; s += strcspn(s, "\n") + 1) {
        json_t *line = load(name, s, strcspn(s, "\n"));
        const char *type = json_string_value(json_object_get(line, "type"));

        assert_non_null(type);
        if (doc == NULL) {
            assert_string_equal(type, "report");
            doc = json_incref(line);
            for (size_t i = 0; i < COUNT_OF(places); i++)
                (void)json_object_set_new(doc, places[i].array, json_array());
        }
        for (size_t i = 0; i < COUNT_OF(places); i++)
            if (str_eq(type, places[i].type))
                (void)json_array_append(json_object_get(doc, places[i].array), line);
        (void)json_object_del(line, "type");
        json_decref(line);
    }
    return doc;
}

static void ndjson_is_the_json_report_in_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < hostile_count; i++) {
        struct store *s = store_of(i);
        struct buf json = fixture_render(s, "json");
        struct buf lines = fixture_render(s, "ndjson");
        json_t *want = load(hostiles[i].name, json.p, json.n);
        json_t *got = document_of(hostiles[i].name, &lines);

        if (!json_equal(want, got))
            fail_msg("%s: the lines are not the document", hostiles[i].name);
        json_decref(want);
        json_decref(got);
        buf_release(&json);
        buf_release(&lines);
    }
}

/* What GitHub refuses a whole file for. */
static void check_result(const char *name, const json_t *result, const json_t *rules)
{
    size_t at = (size_t)json_integer_value(json_object_get(result, "ruleIndex"));
    const char *rule = json_string_value(json_object_get(json_array_get(rules, at), "id"));
    const char *kind = json_string_value(json_object_get(result, "kind"));
    const char *level = json_string_value(json_object_get(result, "level"));
    const json_t *locations = json_object_get(result, "locations");
    const char *uri = NULL;

    assert_string_equal(rule, json_string_value(json_object_get(result, "ruleId")));
    assert_true(str_eq(level, "none") == !str_eq(kind, "fail"));
    assert_int_equal(json_array_size(locations), 1);
    assert_int_equal(json_unpack(json_array_get(locations, 0), "{s:{s:{s:s}}}", "physicalLocation",
                                 "artifactLocation", "uri", &uri),
                     0);
    if (uri[0] == '/' || strstr(uri, "..") != NULL || strstr(uri, "//") != NULL ||
        strspn(uri, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_~./%") !=
            strlen(uri))
        fail_msg("%s: not a relative URI: %s", name, uri);
    assert_non_null(
        json_object_get(json_object_get(result, "partialFingerprints"), "graphaudit/v1"));
}

static void sarif_results_are_what_github_takes(void **state)
{
    static const struct {
        const char *format;
        size_t results;
    } cases[] = {{"sarif", 7}, {"sarif-full", 25}};

    (void)state;
    for (size_t i = 0; i < hostile_count; i++) {
        struct store *s = store_of(i);

        for (size_t k = 0; k < COUNT_OF(cases); k++) {
            struct buf b = fixture_render(s, cases[k].format);
            json_t *doc = load(hostiles[i].name, b.p, b.n);
            const json_t *run = json_array_get(json_object_get(doc, "runs"), 0);
            const json_t *rules =
                json_object_get(json_object_get(json_object_get(run, "tool"), "driver"), "rules");
            const json_t *result;
            size_t at;

            assert_int_equal(json_array_size(json_object_get(run, "results")), cases[k].results);
            json_array_foreach(json_object_get(run, "results"), at, result)
                check_result(hostiles[i].name, result, rules);
            json_decref(doc);
            buf_release(&b);
        }
    }
}

/* Each mark that means something to Markdown or HTML, without a backslash before it. */
static void count_marks(const struct buf *b, size_t count[128])
{
    memset(count, 0, 128 * sizeof count[0]);
    for (size_t i = 0; i < b->n; i++) {
        unsigned char c = (unsigned char)b->p[i];

        if (c == '\\')
            i++;
        else if (c < 128 && strchr("`*_{}[]<>|#~&@!$\n", c) != NULL)
            count[c]++;
    }
}

static void markdown_has_no_marks_but_its_own(void **state)
{
    struct store *plain = fixture_hostile("x");
    struct buf base = fixture_render(plain, "markdown");
    size_t want[128];
    size_t got[128];

    (void)state;
    count_marks(&base, want);
    for (size_t i = 0; i < hostile_count; i++) {
        struct store *s;
        struct buf b;

        if (hostiles[i].text[0] == '\0')
            continue;
        s = store_of(i);
        b = fixture_render(s, "markdown");
        count_marks(&b, got);
        for (size_t c = 0; c < 128; c++)
            if (want[c] != got[c])
                fail_msg("%s: %zu instead of %zu of '%c'", hostiles[i].name, got[c], want[c],
                         (int)c);
        if (strstr(b.p, "##[") != NULL || strstr(b.p, "##vso[") != NULL ||
            strstr(b.p, "\n::") != NULL)
            fail_msg("%s: a CI command in the Markdown report", hostiles[i].name);
        buf_release(&b);
    }
    buf_release(&base);
    store_close(plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(html_keeps_its_elements),
        cmocka_unit_test(junit_keeps_its_elements),
        cmocka_unit_test(no_format_passes_controls_on),
        cmocka_unit_test(summary_is_safe_on_a_terminal),
        cmocka_unit_test(csv_rows_stay_rows_and_no_cell_is_a_formula),
        cmocka_unit_test(json_gives_the_names_back),
        cmocka_unit_test(ndjson_is_the_json_report_in_lines),
        cmocka_unit_test(sarif_results_are_what_github_takes),
        cmocka_unit_test(markdown_has_no_marks_but_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, close_stores);
}
