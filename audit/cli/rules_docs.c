/* rules_docs.c - rules docs: a page of Markdown a rule, and an index. */
#include "base/fsx.h"
#include "base/mem.h"
#include "base/strs.h"
#include "context.h"
#include "exitcode.h"
#include "needs.h"
#include "reports/rule_doc.h"
#include "rules/engine.h"
#include "rules_verbs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef enum err_code page_fn(const json_t *one, const json_t *all, FILE *f, struct err *e);

static void add_texts(json_t *rule, const char *key, const struct strlist *list)
{
    json_t *a = json_array();

    for (size_t i = 0; i < list->n; i++)
        (void)json_array_append_new(a, json_string(list->v[i]));
    (void)json_object_set_new(rule, key, a);
}

/* Those of `of` that the rule is lost without. */
static void add_lost(json_t *rule, const char *key, const struct needs *n, const struct strlist *of,
                     void (*rules_of)(const struct needs *n, const char *one, struct strlist *out))
{
    const char *id = json_string_value(json_object_get(rule, "id"));
    struct strlist mine = {0};

    for (size_t i = 0; i < of->n; i++) {
        struct strlist lost = {0};

        rules_of(n, of->v[i], &lost);
        if (strlist_has(&lost, id))
            strlist_add(&mine, of->v[i]);
        strlist_release(&lost);
    }
    add_texts(rule, key, &mine);
    strlist_release(&mine);
}

static void add_needs(json_t *rule, const struct needs *n)
{
    const char *id = json_string_value(json_object_get(rule, "id"));
    struct strlist grants = {0};

    for (size_t i = 0; i < n->grant_count; i++)
        if (strlist_has(&n->grants[i].rules, id))
            strlist_add(&grants, n->grants[i].name);
    add_texts(rule, "permissions", &grants);
    strlist_release(&grants);
    add_lost(rule, "cmdlets", n, &n->cmdlets, needs_rules_of_cmdlet);
    if (json_array_size(json_object_get(rule, "cmdlets")) > 0)
        add_texts(rule, "roles", &n->exchange_roles);
    add_lost(rule, "licences", n, &n->licences, needs_rules_of_licence);
}

static void add_tests(json_t *rule, const struct ruleset *rs, size_t at)
{
    json_t *list = json_array();
    struct rule_test_case t;

    for (size_t i = 0; ruleset_test_case(rs, at, i, &t); i++)
        (void)json_array_append_new(list, json_pack("{s:s, s:s, s:s?}", "name", t.name, "outcome",
                                                    t.outcome, "reason", t.reason));
    (void)json_object_set_new(rule, "test_cases", list);
}

static json_t *all_rules(const struct ruleset *rs)
{
    json_t *all = json_array();
    struct needs n;

    needs_derive(&n, rs);
    for (size_t i = 0; i < ruleset_count(rs); i++) {
        json_t *rule = rules_json(rs, i);

        add_needs(rule, &n);
        add_tests(rule, rs, i);
        (void)json_array_append_new(all, rule);
    }
    needs_release(&n);
    return all;
}

static enum err_code index_page(const json_t *one, const json_t *all, FILE *f, struct err *e)
{
    (void)one;
    return rule_doc_index(all, f, e);
}

static enum err_code write_page(const char *folder, const char *name, page_fn *page,
                                const json_t *one, const json_t *all, struct err *e)
{
    char *path = xasprintf("%s/%s.md", folder, name);
    struct outfile f;
    enum err_code code = outfile_open(&f, path, 0644, e);

    if (code == ERR_OK) {
        code = page(one, all, f.f, e);
        if (code == ERR_OK)
            code = outfile_commit(&f, e);
        outfile_abort(&f);
    }
    free(path);
    return code;
}

int rules_docs(const struct context *c, const struct ruleset *rs, struct err *e)
{
    const struct strlist *a = &c->opt.arguments;
    const char *folder = a->n == 2 ? a->v[1] : NULL;
    json_t *all = NULL;
    const json_t *rule;
    size_t i;
    enum err_code code = ERR_OK;

    if (folder == NULL)
        code = err_set(e, ERR_USAGE, "rules docs takes one folder to write to");
    else if (mkdir(folder, 0755) != 0 && errno != EEXIST)
        code = err_set(e, ERR_IO, "cannot make folder '%s': %s", folder, strerror(errno));
    if (code == ERR_OK) {
        all = all_rules(rs);
        code = write_page(folder, "index", index_page, NULL, all, e);
        json_array_foreach(all, i, rule) if (code == ERR_OK) code = write_page(
            folder, json_string_value(json_object_get(rule, "id")), rule_doc_page, rule, all, e);
    }
    json_decref(all);
    if (code != ERR_OK)
        return context_fail(c, e);
    if (!c->opt.quiet)
        printf("%zu pages and index.md in %s\n", ruleset_count(rs), folder);
    return EXIT_CODE_PASSED;
}
