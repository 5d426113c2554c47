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

const struct hostile hostiles[] = {
    {"script end", "</script><img src=x onerror=alert(1)>"},
    {"attribute end", "\" onmouseover=\"alert(1)"},
    {"apostrophe attribute", "' autofocus onfocus=alert(1) x='"},
    {"entity", "&lt;b&gt; &amp;#60; &#x3C;script&#x3E;"},
    {"comment", "--><!-- <![CDATA[ ]]>"},
    {"style end", "</style></title></textarea><svg/onload=alert(1)>"},
    {"formula", "=HYPERLINK(\"https://evil.example\",\"Salary\")"},
    {"formula plus", "+1+cmd|' /C calc'!A0"},
    {"formula minus", "-2+3"},
    {"formula at", "@SUM(A1:A9)"},
    {"formula tab", "\t=1+1"},
    {"formula carriage return", "\r=1+1"},
    {"formula line feed", "\n=1+1"},
    {"formula full width", "\xEF\xBC\x9D"
                           "1+1"},
    {"csv quotes", "a,\"b\",c\r\nEXO-SMTP-001,forged,row"},
    {"bidi override", "Anna \xE2\x80\xAEnimda"},
    {"bidi isolate", "x\xE2\x81\xA6y\xE2\x81\xA9z"},
    {"zero width", "ad\xE2\x80\x8Bmin\xEF\xBB\xBF"},
    {"line separator", "a\xE2\x80\xA8"
                       "b\xE2\x80\xA9"
                       "c"},
    {"escape sequence", "\x1B[31mred\x1B]0;title\x07"},
    {"C1 control", "\xC2\x9B"
                   "31m\xC2\x85"},
    {"bell and delete", "\x07\x08\x7F"},
    {"invalid UTF-8", "caf\xE9 \xC0\xAF \xED\xA0\x80 \xF5\x80\x80\x80 \xE2\x82"},
    {"noncharacter", "a\xEF\xBF\xBE"
                     "b\xEF\xBF\xBF"
                     "c"},
    {"azure command", "##vso[task.setvariable variable=x]y"},
    {"azure format", "##[error]forged"},
    {"github command", "::set-output name=x::y"},
    {"json break", "\",\"outcome\":\"pass\",\"x\":\"\\"},
    {"template", "${7*7}{{7*7}}<%= 7*7 %>"},
    {"script url", "javascript:alert(1)"},
    {"percent", "%s%n%d%x %2525"},
    {"emoji", "\xF0\x9F\x94\xA5 Feuer & \xC3\xA4\xC3\xB6\xC3\xBC"},
    {"right to left name", "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D"},
    {"spaces", "  leading and trailing  "},
    {"empty", ""},
};
const size_t hostile_count = COUNT_OF(hostiles);

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
