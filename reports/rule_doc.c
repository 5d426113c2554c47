#include "reports/rule_doc.h"

#include "base/attrs.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/strs.h"
#include "escape.h"
#include "request_text.h"

#include <stdlib.h>
#include <string.h>

enum { LINE_CHARS = 8000, CELL_CHARS = 1000 };

static const char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));

    return s != NULL ? s : "";
}

/* One line of text, whatever is in it. */
static void add_line(struct buf *b, const char *s)
{
    escape_markdown(b, s, LINE_CHARS);
}

static void add_paragraph(struct buf *b, const char *s)
{
    if (*s == '\0')
        return;
    add_line(b, s);
    buf_adds(b, "\n\n");
}

static void add_heading(struct buf *b, const char *s)
{
    buf_addf(b, "## %s\n\n", s);
}

/* A fence that no run of backticks inside can close. */
static void add_code(struct buf *b, const char *language, const char *s)
{
    size_t fence = 3;
    size_t n = strlen(s);

    for (const char *p = s; (p = strchr(p, '`')) != NULL;) {
        size_t run = strspn(p, "`");

        fence = run >= fence ? run + 1 : fence;
        p += run;
    }
    for (size_t i = 0; i < fence; i++)
        buf_addc(b, '`');
    buf_addf(b, "%s\n", language);
    escape_text(b, s);
    if (n == 0 || s[n - 1] != '\n')
        buf_addc(b, '\n');
    for (size_t i = 0; i < fence; i++)
        buf_addc(b, '`');
    buf_adds(b, "\n\n");
}

static void add_cell(struct buf *b, const char *s)
{
    buf_adds(b, "| ");
    escape_markdown(b, s, CELL_CHARS);
    buf_addc(b, ' ');
}

/* An address becomes a link only when nothing in it can end one. */
static void add_link(struct buf *b, const char *title, const char *url)
{
    bool is_plain =
        str_starts(url, "https://") &&
        strspn(url,
               "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_~.:/?#=&%+,") ==
            strlen(url);

    if (is_plain) {
        buf_addc(b, '[');
        add_line(b, title);
        buf_addf(b, "](%s)", url);
    } else {
        add_line(b, title);
        buf_adds(b, ": ");
        add_line(b, url);
    }
}

static bool is_known(const json_t *known, const char *id)
{
    const json_t *r;
    size_t i;

    json_array_foreach(known, i, r) if (str_eq(text_of(r, "id"), id)) return true;
    return false;
}

/* A rule's id is upper-case letters, digits and '-' once it was loaded. */
static void add_rule_link(struct buf *b, const json_t *known, const char *id)
{
    if (is_known(known, id))
        buf_addf(b, "[%s](%s.md)", id, id);
    else
        add_line(b, id);
}

static void add_fix(struct buf *b, const json_t *fix)
{
    static const struct {
        const char *key, *title, *language;
        bool is_request;
    } codes[] = {{"powershell", "PowerShell", "powershell", false},
                 {"graph", "Microsoft Graph", "http", true},
                 {"rollback", "To undo it", "text", false}};
    const json_t *steps = json_object_get(fix, "steps");
    const json_t *step;
    size_t i;

    if (!json_is_object(fix))
        return;
    add_heading(b, "How to fix it");
    add_paragraph(b, text_of(fix, "summary"));
    json_array_foreach(steps, i, step)
    {
        buf_addf(b, "%zu. ", i + 1);
        add_line(b, json_string_value(step) != NULL ? json_string_value(step) : "");
        buf_addc(b, '\n');
    }
    if (json_array_size(steps) > 0)
        buf_addc(b, '\n');
    if (text_of(fix, "portal")[0] != '\0') {
        buf_adds(b, "Portal: ");
        if (str_starts(text_of(fix, "portal"), "https://"))
            add_link(b, text_of(fix, "portal"), text_of(fix, "portal"));
        else
            add_line(b, text_of(fix, "portal"));
        buf_adds(b, "\n\n");
    }
    for (size_t k = 0; k < COUNT_OF(codes); k++)
        if (text_of(fix, codes[k].key)[0] != '\0') {
            const char *text = text_of(fix, codes[k].key);
            char *request = codes[k].is_request ? request_text(text) : NULL;

            buf_addf(b, "%s:\n\n", codes[k].title);
            add_code(b, codes[k].language, request != NULL ? request : text);
            free(request);
        }
    if (text_of(fix, "effort")[0] != '\0') {
        buf_adds(b, "Effort: ");
        add_paragraph(b, text_of(fix, "effort"));
    }
}

static void add_references(struct buf *b, const json_t *list)
{
    const json_t *r;
    size_t i;

    if (json_array_size(list) == 0)
        return;
    add_heading(b, "References");
    json_array_foreach(list, i, r)
    {
        buf_adds(b, "* ");
        add_link(b, text_of(r, "title"), text_of(r, "url"));
        buf_addc(b, '\n');
    }
    buf_addc(b, '\n');
}

static void add_mappings(struct buf *b, json_t *map)
{
    const char *framework;
    json_t *ids;

    if (json_object_size(map) == 0)
        return;
    add_heading(b, "Mappings");
    buf_adds(b, "| framework | ids |\n|---|---|\n");
    json_object_foreach(map, framework, ids)
    {
        const json_t *id;
        size_t i;

        add_cell(b, framework);
        buf_adds(b, "| ");
        json_array_foreach(ids, i, id)
        {
            buf_adds(b, i > 0 ? ", " : "");
            add_line(b, json_string_value(id) != NULL ? json_string_value(id) : "");
        }
        buf_adds(b, " |\n");
    }
    buf_addc(b, '\n');
}

static void add_params(struct buf *b, json_t *map)
{
    const char *name;
    json_t *p;

    if (json_object_size(map) == 0)
        return;
    add_heading(b, "Parameters");
    buf_adds(b, "| name | type | default | what it is |\n|---|---|---|---|\n");
    json_object_foreach(map, name, p)
    {
        const json_t *value = json_object_get(p, "default");
        char *list = json_is_string(value) ? NULL : json_dumps(value, JSON_ENCODE_ANY);

        add_cell(b, name);
        add_cell(b, text_of(p, "type"));
        add_cell(b, list != NULL ? list : text_of(p, "default"));
        add_cell(b, text_of(p, "help"));
        buf_adds(b, "|\n");
        free(list);
    }
    buf_addc(b, '\n');
}

static void add_evidence(struct buf *b, const json_t *rule)
{
    static const struct {
        const char *key, *title;
    } lists[] = {{"evidence", "Evidence it reads"},
                 {"permissions", "Permissions"},
                 {"roles", "Exchange roles"},
                 {"cmdlets", "Exchange cmdlets"},
                 {"licences", "Licences"}};

    add_heading(b, "What it needs");
    for (size_t k = 0; k < COUNT_OF(lists); k++) {
        const json_t *list = json_object_get(rule, lists[k].key);
        const json_t *v;
        size_t i;

        if (json_array_size(list) == 0)
            continue;
        buf_addf(b, "* %s: ", lists[k].title);
        json_array_foreach(list, i, v)
        {
            buf_adds(b, i > 0 ? ", " : "");
            add_line(b, json_string_value(v) != NULL ? json_string_value(v) : "");
        }
        buf_addc(b, '\n');
    }
    if (json_array_size(json_object_get(rule, "evidence")) == 0)
        buf_adds(b, "It reads nothing of the tenant.\n");
    buf_adds(b, "\nWhere some of it was not read, the rule is not evaluated: it never passes "
                "unseen.\n\n");
}

static void add_tests(struct buf *b, const json_t *list)
{
    const json_t *t;
    size_t i;

    if (json_array_size(list) == 0)
        return;
    add_heading(b, "Tests");
    buf_adds(b, "| case | outcome |\n|---|---|\n");
    json_array_foreach(list, i, t)
    {
        const char *reason = text_of(t, "reason");

        add_cell(b, text_of(t, "name"));
        buf_adds(b, "| ");
        add_line(b, text_of(t, "outcome"));
        if (reason[0] != '\0')
            buf_addf(b, " \\(%s\\)", reason);
        buf_adds(b, " |\n");
    }
    buf_addc(b, '\n');
}

static void add_related(struct buf *b, const json_t *list, const json_t *known)
{
    const json_t *id;
    size_t i;

    if (json_array_size(list) == 0)
        return;
    buf_adds(b, "Related: ");
    json_array_foreach(list, i, id)
    {
        buf_adds(b, i > 0 ? ", " : "");
        add_rule_link(b, known, json_string_value(id) != NULL ? json_string_value(id) : "");
    }
    buf_adds(b, "\n\n");
}

static enum err_code write_out(struct buf *b, FILE *f, struct err *e)
{
    if (b->failed)
        err_set(e, ERR_LIMIT, "a page would have more than %d bytes", LIMIT_MARKDOWN_BYTES);
    else
        (void)fwrite(b->p, 1, b->n, f); /* whoever opened the file asks whether it failed */
    buf_release(b);
    return e->code;
}

enum err_code rule_doc_page(const json_t *rule, const json_t *known, FILE *f, struct err *e)
{
    struct buf b;

    buf_init(&b, LIMIT_MARKDOWN_BYTES);
    buf_adds(&b, "# ");
    add_line(&b, text_of(rule, "id"));
    buf_adds(&b, ": ");
    add_line(&b, text_of(rule, "title"));
    buf_addf(&b, "\n\nSeverity %s, service %s, pack ", text_of(rule, "severity"),
             text_of(rule, "service"));
    add_line(&b, text_of(rule, "pack"));
    buf_addf(&b, ", version %lld", (long long)json_integer_value(json_object_get(rule, "version")));
    if (text_of(rule, "status")[0] != '\0')
        buf_addf(&b, ", %s", text_of(rule, "status"));
    buf_adds(&b, "\n\n");
    add_heading(&b, "What it checks");
    add_paragraph(&b, text_of(rule, "summary"));
    if (text_of(rule, "rationale")[0] != '\0')
        add_heading(&b, "Why");
    add_paragraph(&b, text_of(rule, "rationale"));
    add_fix(&b, json_object_get(rule, "remediation"));
    add_references(&b, json_object_get(rule, "references"));
    add_mappings(&b, json_object_get(rule, "mappings"));
    add_params(&b, json_object_get(rule, "params"));
    add_evidence(&b, rule);
    add_heading(&b, "Query");
    if (text_of(rule, "applies_when")[0] != '\0') {
        buf_adds(&b, "Applies when this returns 1:\n\n");
        add_code(&b, "sql", text_of(rule, "applies_when"));
    }
    add_code(&b, "sql", text_of(rule, "query"));
    add_tests(&b, json_object_get(rule, "test_cases"));
    add_related(&b, json_object_get(rule, "related"), known);
    buf_adds(&b, "[All rules](index.md)\n");
    return write_out(&b, f, e);
}

enum err_code rule_doc_index(const json_t *rules, FILE *f, struct err *e)
{
    const json_t *r;
    const json_t *first;
    size_t i;
    size_t k;
    struct buf b;

    buf_init(&b, LIMIT_MARKDOWN_BYTES);
    buf_addf(&b, "# Rules\n\n%zu rules, by pack.\n\n", json_array_size(rules));
    json_array_foreach(rules, k, first)
    {
        bool is_new = true;

        for (size_t j = 0; j < k; j++)
            is_new = is_new &&
                     !str_eq(text_of(json_array_get(rules, j), "pack"), text_of(first, "pack"));
        if (!is_new)
            continue;
        buf_adds(&b, "## ");
        add_line(&b, text_of(first, "pack"));
        buf_adds(&b, "\n\n| rule | severity | title |\n|---|---|---|\n");
        json_array_foreach(rules, i, r)
        {
            if (!str_eq(text_of(r, "pack"), text_of(first, "pack")))
                continue;
            buf_addf(&b, "| [%s](%s.md) ", text_of(r, "id"), text_of(r, "id"));
            add_cell(&b, text_of(r, "severity"));
            add_cell(&b, text_of(r, "title"));
            buf_adds(&b, "|\n");
        }
        buf_addc(&b, '\n');
    }
    return write_out(&b, f, e);
}
