/* cmd_rules.c - rules list, show, check, test. */
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/text.h"
#include "commands.h"
#include "context.h"
#include "exitcode.h"
#include "rules/engine.h"
#include "rules_verbs.h"
#include "run.h"

#include <jansson.h>
#include <stdlib.h>

static json_t *parsed(const char *json)
{
    json_t *v = json != NULL ? json_loads(json, JSON_DECODE_ANY, NULL) : NULL;

    return v != NULL ? v : json_null();
}

json_t *rules_json(const struct ruleset *rs, size_t at)
{
    struct rule_info r;
    json_t *needs = json_array();

    ruleset_info(rs, at, &r);
    for (size_t i = 0; i < evidence_resource_count(); i++)
        if ((r.needs >> i & 1) != 0)
            (void)json_array_append_new(needs, json_string(evidence_resource_at(i)->id));
    return json_pack(
        "{s:s, s:i, s:s, s:s?, s:s, s:s, s:s, s:s, s:s, s:s?, s:o, s:o, s:o, s:o, s:o, "
        "s:o, s:s?, s:s, s:I}",
        "id", r.id, "version", r.version, "title", r.title, "status", r.status, "severity",
        severity_name(r.severity), "service", r.service, "pack", r.pack, "file", r.file, "summary",
        r.summary, "rationale", r.rationale, "remediation", parsed(r.remediation_json),
        "references", parsed(r.references_json), "mappings", parsed(r.mappings_json), "params",
        parsed(r.params_json), "related", parsed(r.related_json), "evidence", needs, "applies_when",
        r.applies_when, "query", r.query, "tests", (json_int_t)r.test_count);
}

void rules_print_json(json_t *v)
{
    char *s = jx_dump(v, JSON_INDENT(2));

    printf("%s\n", s != NULL ? s : "null");
    free(s);
    json_decref(v);
}

static int list(const struct context *c, const struct ruleset *rs)
{
    json_t *all = json_array();

    for (size_t i = 0; i < ruleset_count(rs); i++) {
        struct rule_info r;

        ruleset_info(rs, i, &r);
        if (c->opt.json)
            (void)json_array_append_new(all, rules_json(rs, i));
        else
            printf("%-18s %-9s %-16s %s\n", r.id, severity_name(r.severity), r.service, r.title);
    }
    if (c->opt.json)
        rules_print_json(json_incref(all));
    json_decref(all);
    return EXIT_CODE_PASSED;
}

static int list_profiles(const struct context *c)
{
    json_t *all = json_array();
    char *name;
    char *title = NULL;

    for (size_t i = 0; (name = profile_shipped(i, &title)) != NULL; i++) {
        if (c->opt.json)
            (void)json_array_append_new(all, json_pack("{s:s, s:s?}", "id", name, "title", title));
        else
            printf("%-18s %s\n", name, title != NULL ? title : "");
        free(name);
        free(title);
        title = NULL;
    }
    if (c->opt.json)
        rules_print_json(json_incref(all));
    json_decref(all);
    return EXIT_CODE_PASSED;
}

static void print_field(const char *name, const char *text)
{
    const char *p = text;

    if (p == NULL || *p == '\0')
        return;
    printf("%s:\n  ", name);
    for (; *p != '\0'; p++) {
        fputc(*p, stdout);
        if (*p == '\n' && p[1] != '\0')
            fputs("  ", stdout);
    }
    if (p[-1] != '\n')
        fputc('\n', stdout);
}

static void print_remediation(const char *json)
{
    static const char *const keys[] = {"summary", "portal", "powershell", "graph", "rollback"};
    json_t *v = parsed(json);
    const json_t *steps = json_object_get(v, "steps");

    for (size_t k = 0; k < COUNT_OF(keys); k++) {
        char *name = xasprintf("fix, %s", keys[k]);

        print_field(name, json_string_value(json_object_get(v, keys[k])));
        free(name);
    }
    for (size_t i = 0; i < json_array_size(steps); i++)
        printf("  %zu. %s\n", i + 1, json_string_value(json_array_get(steps, i)));
    json_decref(v);
}

static int show(const struct context *c, const struct ruleset *rs, struct err *e)
{
    struct rule_info r;
    size_t at;

    if (c->opt.arguments.n != 2) {
        err_set(e, ERR_USAGE, "rules show takes one rule id");
        return context_fail(c, e);
    }
    at = ruleset_find(rs, c->opt.arguments.v[1]);
    if (at == SIZE_MAX) {
        err_set(e, ERR_USAGE, "no rule '%s': see 'graphaudit rules list'", c->opt.arguments.v[1]);
        return context_fail(c, e);
    }
    ruleset_info(rs, at, &r);
    if (c->opt.json) {
        rules_print_json(rules_json(rs, at));
        return EXIT_CODE_PASSED;
    }
    printf("%s  %s  (%s, version %d, pack %s)\n", r.id, r.title, severity_name(r.severity),
           r.version, r.pack);
    print_field("summary", r.summary);
    print_field("rationale", r.rationale);
    print_remediation(r.remediation_json);
    printf("evidence:\n");
    for (size_t i = 0; i < evidence_resource_count(); i++)
        if ((r.needs >> i & 1) != 0)
            printf("  %s (%s)\n", evidence_resource_at(i)->id, evidence_resource_at(i)->title);
    print_field("query", r.query);
    return EXIT_CODE_PASSED;
}

/* check and test take paths as arguments too. */
static void paths_from_arguments(struct context *c)
{
    for (size_t i = 1; i < c->opt.arguments.n; i++)
        strlist_add(&c->opt.rules, c->opt.arguments.v[i]);
}

int cmd_rules(struct context *c)
{
    static const char *const verbs[] = {"list", "show", "check", "test",
                                        "docs", "new",  "sign",  "verify"};
    const char *verb = c->opt.arguments.n > 0 ? c->opt.arguments.v[0] : "";
    struct ruleset *rs = NULL;
    struct err e = ERR_INIT;
    bool known = false;
    int rc;

    for (size_t i = 0; i < COUNT_OF(verbs); i++)
        known = known || str_eq(verbs[i], verb);
    if (!known)
        err_set(&e, ERR_USAGE, "rules takes list, show, check, test, docs, new, sign or verify");
    else if (str_eq(verb, "test") && c->opt.profile != NULL)
        err_set(&e, ERR_USAGE, "rules test runs rules as they are: it takes no --profile");
    if (e.code == ERR_OK && str_eq(verb, "list") && c->opt.list_profiles)
        return list_profiles(c);
    if (e.code == ERR_OK && str_eq(verb, "new"))
        return rules_new(c, &e);
    if (e.code == ERR_OK && str_eq(verb, "sign"))
        return rules_sign(c, &e);
    if (e.code == ERR_OK && str_eq(verb, "verify"))
        return rules_verify(c, &e);
    if (str_eq(verb, "check") || str_eq(verb, "test"))
        paths_from_arguments(c);
    if (e.code == ERR_OK && str_eq(verb, "check"))
        return rules_check(c, &e);
    if (e.code != ERR_OK || run_load_rules(c, &rs, &e) != ERR_OK) {
        rc = context_fail(c, &e);
    } else if (str_eq(verb, "show")) {
        rc = show(c, rs, &e);
    } else if (str_eq(verb, "test")) {
        rc = rules_test(c, rs, &e);
    } else if (str_eq(verb, "docs")) {
        rc = rules_docs(c, rs, &e);
    } else {
        rc = list(c, rs);
    }
    ruleset_free(rs);
    return rc;
}
