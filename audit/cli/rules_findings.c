#include "rules_findings.h"

#include "base/attrs.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* What `check` can hold, for SARIF's list of rules. */
static const struct {
    const char *id, *title;
} checks[] = {
    {"load", "The file can be read as a rule: its shape, its SQL, its parameters and tests"},
    {"remark", "Nothing in the file is without effect"},
    {"test", "The tests inside the rule hold"},
    {"dry-run", "The rule has an answer for a tenant without anything"},
    {"link", "Links are https addresses"},
    {"mapping", "Mappings name frameworks, and ids as those write them"},
    {"markup", "Texts are plain"},
    {"name", "Products are called by their names"},
    {"version", "The version goes up with query, severity and title"},
    {"retired", "A rule that goes is listed as retired"},
    {"trial", "The rule runs on a real snapshot"},
};

void findings_add(void *ctx, const struct rules_finding *f)
{
    struct findings *all = ctx;
    struct kept_finding *k;

    all->v = xreallocarray(all->v, all->n + 1, sizeof *all->v);
    k = &all->v[all->n++];
    *k = (struct kept_finding){.is_problem = f->is_problem,
                               .check = xstrdup(f->check),
                               .file = xstrdup(f->file),
                               .text = xstrdup(f->text),
                               .line = f->line,
                               .column = f->column};
    all->problems += f->is_problem;
}

void findings_release(struct findings *f)
{
    for (size_t i = 0; i < f->n; i++) {
        free(f->v[i].check);
        free(f->v[i].file);
        free(f->v[i].text);
    }
    free(f->v);
    memset(f, 0, sizeof *f);
}

static int compare(const struct kept_finding *a, const struct kept_finding *b)
{
    int order = strcmp(a->file, b->file);

    if (order == 0)
        order = (a->line > b->line) - (a->line < b->line);
    return order != 0 ? order : (a->column > b->column) - (a->column < b->column);
}

/* By insertion: they come nearly sorted, file by file. */
void findings_sort(struct findings *f)
{
    for (size_t i = 1; i < f->n; i++) {
        struct kept_finding k = f->v[i];
        size_t at = i;

        for (; at > 0 && compare(&f->v[at - 1], &k) > 0; at--)
            f->v[at] = f->v[at - 1];
        f->v[at] = k;
    }
}

void findings_print(const struct findings *f)
{
    for (size_t i = 0; i < f->n; i++) {
        const struct kept_finding *k = &f->v[i];
        struct buf b;

        buf_init(&b, LIMIT_URL_BYTES);
        text_add_safe(&b, k->file);
        if (k->line > 0)
            buf_addf(&b, ":%d:%d", k->line, k->column);
        printf("%s: %s: %s [%s]\n", b.p, k->is_problem ? "error" : "warning", k->text, k->check);
        buf_release(&b);
    }
}

json_t *findings_json(const struct findings *f)
{
    json_t *list = json_array();

    for (size_t i = 0; i < f->n; i++) {
        const struct kept_finding *k = &f->v[i];

        (void)json_array_append_new(
            list, json_pack("{s:s, s:s, s:s, s:o, s:o, s:s}", "level",
                            k->is_problem ? "error" : "warning", "check", k->check, "file", k->file,
                            "line", k->line > 0 ? json_integer(k->line) : json_null(), "column",
                            k->line > 0 ? json_integer(k->column) : json_null(), "text", k->text));
    }
    return list;
}

/* RFC 3986: a relative reference, or a file URI for an absolute path. Caller frees. */
static char *uri_of(const char *path)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~/";
    struct buf b;

    buf_init(&b, LIMIT_URL_BYTES);
    if (path[0] == '/')
        buf_adds(&b, "file://");
    for (; *path != '\0'; path++)
        if (strchr(plain, *path) != NULL)
            buf_addc(&b, *path);
        else
            buf_addf(&b, "%%%02X", (unsigned)(unsigned char)*path);
    return buf_take(&b);
}

static json_t *result_of(const struct kept_finding *k)
{
    char *uri = uri_of(k->file);
    json_t *place = json_pack("{s:{s:s}}", "artifactLocation", "uri", uri);

    free(uri);
    if (k->line > 0)
        (void)json_object_set_new(place, "region",
                                  json_pack("{s:i, s:i}", "startLine", k->line, "startColumn",
                                            k->column > 0 ? k->column : 1));
    return json_pack("{s:s, s:s, s:{s:s}, s:[{s:o}]}", "ruleId", k->check, "level",
                     k->is_problem ? "error" : "warning", "message", "text", k->text, "locations",
                     "physicalLocation", place);
}

json_t *findings_sarif(const struct findings *f, const char *version)
{
    json_t *rules = json_array();
    json_t *results = json_array();

    for (size_t i = 0; i < COUNT_OF(checks); i++)
        (void)json_array_append_new(rules, json_pack("{s:s, s:{s:s}}", "id", checks[i].id,
                                                     "shortDescription", "text", checks[i].title));
    for (size_t i = 0; i < f->n; i++)
        (void)json_array_append_new(results, result_of(&f->v[i]));
    return json_pack("{s:s, s:s, s:[{s:{s:{s:s, s:s, s:o}}, s:s, s:o}]}", "$schema",
                     "https://json.schemastore.org/sarif-2.1.0.json", "version", "2.1.0", "runs",
                     "tool", "driver", "name", "graphaudit rules check", "version", version,
                     "rules", rules, "columnKind", "unicodeCodePoints", "results", results);
}
