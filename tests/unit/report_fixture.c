#include "report_fixture.h"

#include "base/attrs.h"
#include "base/fsx.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void must(enum err_code code, const struct err *e)
{
    if (code != ERR_OK)
        fail_msg("%s", e->msg);
}

struct buf fixture_file(const char *path)
{
    struct err e = ERR_INIT;
    struct buf b;

    must(file_read(path, (size_t)64 * 1024 * 1024, &b, &e), &e);
    return b;
}

void fixture_sql(struct store *s, const char *sql)
{
    struct err e = ERR_INIT;

    must(store_exec(s, sql, &e), &e);
}

static struct store *from_files(const char *const *paths, size_t n)
{
    struct err e = ERR_INIT;
    struct store *s = NULL;

    must(store_create(":memory:", &s, &e), &e);
    must(store_flatten(s, &e), &e); /* the fixtures write derived rows by hand */
    for (size_t i = 0; i < n; i++) {
        struct buf sql = fixture_file(paths[i]);

        fixture_sql(s, sql.p);
        buf_release(&sql);
    }
    return s;
}

struct store *fixture_tenant(void)
{
    static const char *const paths[] = {"tests/golden/report/tenant.sql",
                                        "tests/golden/report/rules.sql"};

    return from_files(paths, COUNT_OF(paths));
}

struct store *fixture_partial(void)
{
    static const char *const paths[] = {"tests/golden/report/partial.sql"};

    return from_files(paths, COUNT_OF(paths));
}

struct store *fixture_bare(void)
{
    struct store *s = from_files(NULL, 0);

    fixture_sql(s, "INSERT INTO snapshot(id, tenant_domain, cloud, started_at, tool_version, "
                   "schema_version) VALUES (1, 'contoso.onmicrosoft.com', 'global', "
                   "'2026-11-23T04:00:12Z', '0.1.0', 1)");
    return s;
}

struct store *fixture_hostile(const char *text)
{
    static const char *const updates[] = {
        "UPDATE snapshot SET tenant_name = ?",
        "UPDATE collection SET detail = ? WHERE state <> 'complete'",
        "UPDATE collection SET request_template = ? WHERE resource = 'users'",
        "UPDATE ca_policy SET display_name = ? WHERE id LIKE 'c0de0001%'",
        "UPDATE ca_policy SET state = ? WHERE id LIKE 'c0de0009%'",
        "UPDATE directory_group SET display_name = ?",
        "UPDATE user SET user_principal_name = ? WHERE id LIKE '0a000002%'",
        "UPDATE mailbox SET display_name = ? WHERE guid LIKE 'b0000002%'",
        "UPDATE smtp_auth SET address = ?, fix = ?1, explanation = ?1 WHERE mailbox_guid LIKE "
        "'b0000002%'",
        "UPDATE smtp_auth SET layers = ? WHERE mailbox_guid LIKE 'b0000003%'",
        "UPDATE rule SET title = ?, summary = ?1, rationale = ?1, pack = ?1, file = ?1, query = ?1 "
        "WHERE rule_id = 'EXO-SMTP-002'",
        "UPDATE rule SET remediation_json = json_object('summary', ?1, 'steps', json_array(?1), "
        "'portal', ?1, 'powershell', ?1, 'graph', ?1, 'rollback', ?1), "
        "references_json = json_array(json_object('title', ?1, 'url', ?1)), "
        "mappings_json = json_object('m', json_array(?1)) WHERE rule_id = 'EXO-SMTP-002'",
        "UPDATE rule_result SET message = ? WHERE rule_id IN ('EXO-SMTP-002', 'EXO-POP-001', "
        "'LOCAL-001', 'EXO-ALERT-001', 'EXO-TLS-001', 'ENTRA-LEG-001')",
        "UPDATE resource_result SET waiver_id = ?, note = ?1 WHERE rule_id = 'EXO-TLS-001'",
        "INSERT INTO waiver VALUES (?, 1, 'EXO-TLS-001', ?1, 'planned', ?1, ?1, ?1, ?1, "
        "'2026-01-01', '2026-02-01', 'expired', 9, 1, ?1)",
        "UPDATE resource_result SET resource_name = ?, reason = ?1, note = ?1, "
        "evidence = json_object('a', ?1) WHERE rule_id = 'EXO-SMTP-002'",
        "UPDATE resource_result SET resource_id = ? WHERE rule_id = 'EXO-ALERT-001'",
    };
    struct store *s = fixture_tenant();
    struct err e = ERR_INIT;

    for (size_t i = 0; i < COUNT_OF(updates); i++)
        if (store_run(s, &e, updates[i], "t", text) != ERR_OK)
            fail_msg("%s: %s", updates[i], e.msg);
    return s;
}

static struct buf read_back(FILE *f, char **bytes, const size_t *n)
{
    struct buf b;

    assert_int_equal(ferror(f), 0);
    assert_int_equal(fclose(f), 0);
    buf_init(&b, *n);
    buf_add(&b, *bytes, *n);
    free(*bytes);
    return b;
}

struct buf fixture_render(struct store *s, const char *format)
{
    static const struct report_options o = {.junit_resources = 20};

    return fixture_render_with(s, format, &o);
}

struct buf fixture_render_with(struct store *s, const char *format, const struct report_options *o)
{
    const struct report_format *rf = report_format_find(format);
    struct err e = ERR_INIT;
    char *bytes = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&bytes, &n);

    assert_non_null(rf);
    assert_non_null(f);
    must(rf->write(s, o, f, &e), &e);
    return read_back(f, &bytes, &n);
}

struct buf fixture_summary(struct store *s, unsigned width, bool colour)
{
    struct err e = ERR_INIT;
    char *bytes = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&bytes, &n);

    assert_non_null(f);
    must(report_summary(s, f, width, colour, &e), &e);
    return read_back(f, &bytes, &n);
}

void fixture_golden(const struct buf *b, const char *name)
{
    char *path = xasprintf("tests/golden/report/%s", name);

    if (getenv("GOLDEN_UPDATE") != NULL) {
        struct err e = ERR_INIT;
        struct outfile o;

        must(outfile_open(&o, path, 0644, &e), &e);
        (void)fwrite(b->p, 1, b->n, o.f);
        must(outfile_commit(&o, &e), &e);
    } else {
        struct buf want = fixture_file(path);
        size_t at = 0;

        while (at < b->n && at < want.n && b->p[at] == want.p[at])
            at++;
        if (b->n != want.n || at < b->n)
            fail_msg(
                "%s differs at byte %zu: '%.60s' instead of '%.60s' (GOLDEN_UPDATE=1 rewrites)",
                path, at, b->p + at, want.p + at);
        buf_release(&want);
    }
    free(path);
}
