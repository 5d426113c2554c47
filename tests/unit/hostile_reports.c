/* hostile_reports FOLDER ROOT - every format of every hostile text, one folder each, for parsers
 * that others wrote. 00 holds a harmless text in the same places. ROOT is the project's folder. */
#include "diff_view.h"
#include "explain_view.h"
#include "hostile.h"
#include "report_fixture.h"

#include "base/log.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void put(const char *folder, const char *name, const void *bytes, size_t n)
{
    char *path = xasprintf("%s/%s", folder, name);
    FILE *f = fopen(path, "wb");

    if (f == NULL || fwrite(bytes, 1, n, f) != n || fclose(f) != 0) {
        perror(path);
        exit(1);
    }
    free(path);
}

static void put_report(const char *folder, struct store *s, const char *format, const char *name,
                       const struct report_options *o)
{
    struct buf b = fixture_render_with(s, format, o);

    put(folder, name, b.p, b.n);
    buf_release(&b);
}

static void put_diff(const char *folder, const char *text, enum diff_form form, const char *name)
{
    char *bytes = NULL;
    size_t n = 0;
    struct diff_view v = {.form = form, .f = open_memstream(&bytes, &n)};
    const struct log log = {.level = LOG_ERROR, .f = stderr};
    const struct diff_kind *kinds[] = {diff_kind_at(0), diff_kind_at(1)};
    json_t *value = json_text(text), *key = json_object();
    struct err e = ERR_INIT;

    v.old.path = v.new.path = text;
    v.new.name = xstrdup(text);
    v.old.as_of = xstrdup(text);
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct diff_item it = {.kind = kinds[i], .change = DIFF_CHANGED, .label = text, .key = key};

        it.property = text;
        it.old = value;
        it.old_name = text;
        diff_view_item(&v, &it);
        it.is_member = true;
        diff_view_item(&v, &it);
        it.change = DIFF_ADDED;
        diff_view_item(&v, &it);
    }
    diff_view_gap(&v, &(struct diff_gap){kinds[0], NULL, NULL, "OLD", text});
    if (diff_view_end(&v, &log, &e) != ERR_OK || fclose(v.f) != 0) {
        (void)fprintf(stderr, "%s: %s\n", name, e.msg);
        exit(1);
    }
    put(folder, name, bytes, n);
    diff_view_release(&v);
    json_decref(value);
    json_decref(key);
    free(bytes);
}

static void write_all(const char *folder, const char *name, const char *text)
{
    static const struct report_options plain = {.junit_resources = 20};
    static const struct report_options wide = {.junit_resources = 20,
                                               .junit_by = JUNIT_BY_RESOURCE,
                                               .junit_max_cases = 100,
                                               .junit_dialect = JUNIT_EXTENDED};
    static const struct {
        const char *format, *name;
        const struct report_options *o;
    } reports[] = {
        {"html", "report.html", &plain},
        {"json", "report.json", &plain},
        {"ndjson", "report.ndjson", &plain},
        {"sarif", "report.sarif", &plain},
        {"sarif-full", "full.sarif", &plain},
        {"markdown", "report.md", &plain},
        {"csv", "all.csv", &plain},
        {"csv-findings", "findings.csv", &plain},
        {"csv-resources", "resources.csv", &plain},
        {"csv-action-plan", "plan.csv", &plain},
        {"ocsf", "report.ocsf", &plain},
        {"oscal", "report.oscal", &plain},
        {"junit", "rule.xml", &plain},
        {"junit", "resource.xml", &wide},
    };
    struct store *s = fixture_hostile(text);
    struct buf summary = fixture_summary(s, 100, false);

    put(folder, "name", name, strlen(name));
    put(folder, "text", text, strlen(text));
    put(folder, "summary.txt", summary.p, summary.n);
    for (size_t i = 0; i < COUNT_OF(reports); i++)
        put_report(folder, s, reports[i].format, reports[i].name, reports[i].o);
    put_diff(folder, text, DIFF_TEXT, "diff.txt");
    put_diff(folder, text, DIFF_JSON, "diff.json");
    put_diff(folder, text, DIFF_HTML, "diff.html");
    put_diff(folder, text, DIFF_MARKDOWN, "diff.md");
    buf_release(&summary);
    store_close(s);
}

int main(int argc, char **argv)
{
    if (argc != 3 || chdir(argv[2]) != 0 || mkdir(argv[1], 0700) != 0) {
        (void)fprintf(stderr, "usage: hostile_reports NEW-FOLDER ROOT\n");
        return 1;
    }
    for (size_t i = 0; i <= hostile_count; i++) {
        char *folder = xasprintf("%s/%02zu", argv[1], i);

        if (mkdir(folder, 0700) != 0)
            return 1;
        write_all(folder, i == 0 ? "harmless" : hostiles[i - 1].name,
                  i == 0 ? "x" : hostiles[i - 1].text);
        free(folder);
    }
    return 0;
}
