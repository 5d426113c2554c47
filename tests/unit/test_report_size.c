/* How large the HTML page gets, and where the rows are that it does not show. */
#include "report_fixture.h"

#include "base/attrs.h"
#include "base/digest.h"
#include "base/mem.h"
#include "base/strs.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

enum { PAGE_BYTES = 1024 * 1024, HARD_BYTES = 10 * PAGE_BYTES };

/* `n` failing rows of one rule, no two alike, as wide as real ones. */
static void fail_for(struct store *s, const char *rule, size_t n)
{
    char *sql = xasprintf(
        "UPDATE rule_result SET outcome = 'fail', fail = %zu, total = %zu, unknown = 0, manual = "
        "0, "
        "waived = 0, reason_code = NULL WHERE rule_id = '%s';"
        "DELETE FROM resource_result WHERE rule_id = '%s';"
        "INSERT INTO resource_result(rule_id, resource_id, resource_name, status, reason, "
        "evidence) "
        "WITH RECURSIVE k(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM k WHERE n < %zu) "
        "SELECT '%s', printf('%%08x-%%04x-4000-8000-%%012x', n, (n * 7919) %% 65536, n * 104729), "
        "printf('first.last%%05d@contoso.example', n), 'fail', "
        "'sign-ins succeed with a password alone, last on ' || date('2026-11-01', '-' || (n %% 30) "
        "|| ' days'), json_object('switch', n %% 2, 'policy', 'Block legacy (' || n %% 17 || ')') "
        "FROM k",
        n, n, rule, rule, n, rule);

    fixture_sql(s, sql);
    free(sql);
}

/* Of `rules` rules, made from those of the fixture; the first ones fail for all the people. */
static struct store *tenant_of(size_t rules, size_t people)
{
    struct store *s = fixture_tenant();
    struct err e = ERR_INIT;
    int64_t have = 0;
    char *sql;

    assert_int_equal(store_int(s, "SELECT count(*) FROM rule", &have, &e), ERR_OK);
    sql = xasprintf(
        "CREATE TEMP TABLE c AS WITH RECURSIVE k(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM k "
        "WHERE n < 100) SELECT n, rule_id FROM k, rule ORDER BY n, rule_id LIMIT %zu;"
        "INSERT INTO rule SELECT 'Z' || n || rule_id, version, pack, title, severity, service, "
        "summary, rationale, remediation_json, references_json, mappings_json, resources_json, "
        "file, query, overrides_json FROM rule JOIN c USING (rule_id);"
        "INSERT INTO rule_result SELECT 'Z' || n || rule_id, version, outcome, reason_code, "
        "severity, pass, fail, unknown, manual, not_applicable, waived, total, is_incomplete, "
        "message, missing_json FROM rule_result JOIN c USING (rule_id);"
        "INSERT INTO resource_result SELECT 'Z' || n || rule_id, resource_id, resource_name, "
        "status, reason, waiver_id, evidence, note, baseline FROM resource_result JOIN c USING "
        "(rule_id)",
        rules - (size_t)have);
    fixture_sql(s, sql);
    free(sql);
    for (size_t i = 0; i < 20; i++) { /* every tenth rule: all of five, a hundred of fifteen */
        char *rule = NULL;
        char *pick =
            xasprintf("SELECT rule_id FROM rule ORDER BY rule_id LIMIT 1 OFFSET %zu", i * 9);

        assert_int_equal(store_text(s, pick, &rule, &e), ERR_OK);
        fail_for(s, rule, i < 5 ? people : 100);
        free(rule);
        free(pick);
    }
    return s;
}

static void two_hundred_rules_and_two_thousand_people(void **state)
{
    struct store *s = tenant_of(200, 2000);
    struct buf b = fixture_render(s, "html");
    size_t packed = 0;

    (void)state;
    for (const char *p = b.p; (p = strstr(p, "data-packed=")) != NULL; p++)
        packed++;
    assert_true(packed >= 5);
    if (b.n > PAGE_BYTES)
        fail_msg("%zu bytes", b.n);
    print_message("200 rules, 2,000 people: %zu bytes\n", b.n);
    buf_release(&b);
    store_close(s);
}

/* The rows packed for a rule, as the page's script unpacks them. Caller frees. */
static json_t *unpack(const struct buf *page, const char *rule)
{
    char *tag = xasprintf("data-packed=\"%s\"", rule);
    const char *from = strstr(page->p, tag);
    const char *end;
    unsigned char *gz;
    unsigned char *text;
    json_error_t why;
    json_t *v;
    z_stream z;
    int n;
    enum { ROOM = 64 * 1024 * 1024 };

    free(tag);
    if (from == NULL)
        return NULL;
    from = strchr(from, '>') + 1;
    end = strchr(from, '<');
    gz = xcalloc((size_t)(end - from) + 4, 1);
    text = xcalloc(ROOM, 1);
    n = EVP_DecodeBlock(gz, (const unsigned char *)from, (int)(end - from));
    assert_true(n > 0);
    memset(&z, 0, sizeof z);
    assert_int_equal(inflateInit2(&z, MAX_WBITS + 16), Z_OK);
    z.next_in = gz;
    z.avail_in = (uInt)n;
    z.next_out = text;
    z.avail_out = ROOM;
    assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
    v = json_loadb((const char *)text, z.total_out, 0, &why);
    assert_int_equal(inflateEnd(&z), Z_OK);
    free(gz);
    free(text);
    if (v == NULL)
        fail_msg("%s", why.text);
    return v;
}

static void a_hundred_thousand_rows_are_in_the_page(void **state)
{
    struct store *s = fixture_tenant();
    struct buf b;
    struct buf again;
    json_t *v;
    json_t *data;
    const json_t *names;

    (void)state;
    fail_for(s, "EXO-SMTP-002", 100000);
    b = fixture_render(s, "html");
    again = fixture_render(s, "html");
    assert_true(b.n == again.n && memcmp(b.p, again.p, b.n) == 0);
    if (b.n > HARD_BYTES)
        fail_msg("%zu bytes", b.n);
    print_message("100,000 rows: %zu bytes\n", b.n);
    assert_non_null(strstr(b.p, "showing 100 of 100,000"));
    v = unpack(&b, "EXO-SMTP-002");
    assert_non_null(v);
    data = json_object_get(v, "data");
    assert_int_equal(json_array_size(json_object_get(v, "columns")), 5);
    assert_int_equal(json_array_size(data), 5);
    for (size_t i = 0; i < json_array_size(data); i++)
        assert_int_equal(json_array_size(json_array_get(data, i)), 100000);
    assert_int_equal(json_integer_value(json_array_get(json_array_get(data, 0), 0)), 0);
    for (size_t i = 1; i < 100000; i++)
        assert_int_equal(json_integer_value(json_array_get(json_array_get(data, 0), i)), 1);
    json_decref(v);
    v = unpack(&b, "");
    names = json_array_get(json_object_get(v, "data"), 1);
    assert_int_equal(json_array_size(names), 100000);
    assert_string_equal(json_string_value(json_array_get(names, 99999)),
                        "first.last100000@contoso.example");
    json_decref(v);
    buf_release(&b);
    buf_release(&again);
    store_close(s);
}

/* Hostile names are as harmless among the packed rows as in a table. */
static void packed_names_are_text(void **state)
{
    struct store *s = fixture_tenant();
    struct buf b;
    json_t *v;
    const json_t *names;
    const char *name;

    (void)state;
    fail_for(s, "EXO-SMTP-002", 300);
    fixture_sql(s, "UPDATE resource_result SET resource_name = char(8238) || '</script><b>\"' || "
                   "char(10) WHERE rule_id = 'EXO-SMTP-002'");
    b = fixture_render(s, "html");
    v = unpack(&b, "");
    assert_non_null(v);
    names = json_array_get(json_object_get(v, "data"), 1);
    name = json_string_value(json_array_get(names, 0));
    assert_non_null(name);
    assert_string_equal(name, "\\u{202E}</script><b>\"\n");
    json_decref(v);
    buf_release(&b);
    store_close(s);
}

/* A page saved in a folder of its own, where rows may be written beside it. */
struct saved {
    char folder[32], *html, *csv;
    struct buf page;
};

static struct saved save_page(struct store *s)
{
    static const struct report_options o = {.junit_resources = 20};
    struct saved v = {.folder = "/tmp/graphaudit-size-XXXXXX"};
    struct err e = ERR_INIT;

    assert_non_null(mkdtemp(v.folder));
    v.html = xasprintf("%s/r.html", v.folder);
    v.csv = xasprintf("%s/r.rows.csv", v.folder);
    if (report_save(s, report_format_find("html"), &o, v.html, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    v.page = fixture_file(v.html);
    return v;
}

static void saved_release(struct saved *v)
{
    (void)unlink(v->html);
    (void)unlink(v->csv);
    (void)rmdir(v->folder);
    free(v->html);
    free(v->csv);
    buf_release(&v->page);
}

/* More than the page may hold: in a file beside it, which the page names with its digest. */
static void more_is_in_a_file_beside_it(void **state)
{
    struct store *s = fixture_tenant();
    char digest[SHA256_HEX_BYTES];
    struct saved v;
    struct buf rows;

    (void)state;
    fail_for(s, "EXO-SMTP-002", 160000);
    v = save_page(s);
    rows = fixture_file(v.csv);
    sha256_hex(rows.p, rows.n, digest);
    assert_true(v.page.n <= PAGE_BYTES);
    assert_non_null(strstr(v.page.p, "in r.rows.csv (SHA-256 "));
    assert_non_null(strstr(v.page.p, digest));
    assert_null(strstr(v.page.p, "data-packed=\"EXO-SMTP-002\""));
    assert_non_null(strstr(rows.p, "first.last160000@contoso.example"));
    saved_release(&v);
    buf_release(&rows);
    store_close(s);
}

/* On a stream there is no beside: the machine formats have all rows. */
static void a_stream_points_at_the_other_formats(void **state)
{
    struct store *s = fixture_tenant();
    struct buf html;
    struct buf junit;
    struct buf csv;
    static const char prefix[] = "EXO-SMTP-002,";
    size_t lines = 0;

    (void)state;
    fail_for(s, "EXO-SMTP-002", 160000);
    html = fixture_render(s, "html");
    assert_true(html.n <= PAGE_BYTES);
    assert_non_null(strstr(html.p, "The csv and json reports hold all of them."));
    junit = fixture_render(s, "junit");
    assert_true(junit.n <= PAGE_BYTES);
    assert_non_null(strstr(junit.p, "(20 shown of 160000;"));
    csv = fixture_render(s, "csv");
    for (size_t at = 0; at + COUNT_OF(prefix) < csv.n; at++)
        if (csv.p[at] == '\n' && memcmp(csv.p + at + 1, prefix, sizeof prefix - 1) == 0)
            lines++;
    assert_int_equal(lines, 160000);
    buf_release(&html);
    buf_release(&junit);
    buf_release(&csv);
    store_close(s);
}

/* A rule without a verdict has a line and no table: its rows are neither packed into the page nor
 * written beside it. */
static void rows_that_no_table_shows_are_not_packed(void **state)
{
    struct store *s = fixture_tenant();
    struct saved v;
    json_t *packed;

    (void)state;
    fail_for(s, "EXO-SMTP-002", 160000);
    fixture_sql(s, "UPDATE resource_result SET status = 'unknown' WHERE rule_id = 'EXO-SMTP-002';"
                   "UPDATE rule_result SET outcome = 'not_evaluated', reason_code = 'permission', "
                   "unknown = fail, fail = 0, is_incomplete = 1 WHERE rule_id = 'EXO-SMTP-002'");
    fail_for(s, "EXO-SMTP-001", 300);
    v = save_page(s);
    assert_null(strstr(v.page.p, "data-packed=\"EXO-SMTP-002\""));
    assert_null(strstr(v.page.p, "r.rows.csv"));
    assert_int_not_equal(access(v.csv, F_OK), 0);
    packed = unpack(&v.page, "EXO-SMTP-001");
    assert_non_null(packed);
    json_decref(packed);
    packed = unpack(&v.page, "");
    assert_int_equal(json_array_size(json_array_get(json_object_get(packed, "data"), 0)), 300);
    json_decref(packed);
    saved_release(&v);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_hundred_rules_and_two_thousand_people),
        cmocka_unit_test(a_hundred_thousand_rows_are_in_the_page),
        cmocka_unit_test(packed_names_are_text),
        cmocka_unit_test(more_is_in_a_file_beside_it),
        cmocka_unit_test(a_stream_points_at_the_other_formats),
        cmocka_unit_test(rows_that_no_table_shows_are_not_packed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
