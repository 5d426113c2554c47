#include "compile.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "given.h"
#include "model/store.h"
#include "sandbox.h"
#include "schema.h"
#include "shape.h"
#include "sqltext.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const row_columns[] = {"resource_id", "resource_name", "status", "reason"};

struct compiler {
    struct store *store;
    struct sandbox *sandbox;
    struct schema *schema;
};

void compiler_close(struct compiler *c)
{
    if (c == NULL)
        return;
    sandbox_close(c->sandbox);
    schema_free(c->schema);
    store_close(c->store);
    free(c);
}

enum err_code compiler_open(struct compiler **out, struct err *e)
{
    struct compiler *c = xcalloc(1, sizeof *c);
    enum err_code code = store_create(":memory:", &c->store, e);

    if (code == ERR_OK) /* so that a rule needs what it reads of a view, not what the view reads */
        code = store_flatten(c->store, e);
    if (code == ERR_OK)
        code = schema_load(c->store, &c->schema, e);
    if (code == ERR_OK)
        code = sandbox_open(c->store, &c->sandbox, e);
    if (code != ERR_OK) {
        compiler_close(c);
        return code;
    }
    *out = c;
    return ERR_OK;
}

static void sql_problem(const struct rule *r, const struct yn *sql, const struct sandbox_fault *f,
                        struct problems *p)
{
    int line;
    int column;

    yn_position(sql, r->source, f->offset >= 0 ? (size_t)f->offset : 0, &line, &column);
    problem_at(p, line, column, "%s: %s", sql->key, f->text);
}

static void check_binds(const struct rule *r, const struct yn *sql, sqlite3_stmt *st,
                        struct problems *p)
{
    for (int i = 1; i <= sqlite3_bind_parameter_count(st); i++) {
        const char *name = sqlite3_bind_parameter_name(st, i);
        const char *at = name != NULL ? strstr(sql->text, name) : NULL;
        struct sandbox_fault f = {.offset = at != NULL ? (int)(at - sql->text) : -1};
        bool known = str_eq(name, ":as_of");

        for (size_t k = 0; name != NULL && k < r->params_n; k++)
            known = known || (name[0] == ':' && str_eq(name + 1, r->params[k].name));
        if (name == NULL)
            (void)snprintf(f.text, sizeof f.text,
                           "a parameter needs a name: '?' has none, use :as_of or one of 'params'");
        else if (!known)
            (void)snprintf(f.text, sizeof f.text,
                           "there is no parameter '%.100s': use :as_of or one of 'params'", name);
        if (!known)
            sql_problem(r, sql, &f, p);
    }
}

static bool is_column_name(const char *s)
{
    return s[0] >= 'a' && s[0] <= 'z' &&
           s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

static void check_columns(const struct yn *sql, sqlite3_stmt *st, struct problems *p)
{
    int n = sqlite3_column_count(st);

    if (n > LIMIT_RULE_COLUMNS)
        problem_node(p, sql, "query: %d columns, more than %d", n, LIMIT_RULE_COLUMNS);
    for (int i = 0; i < (int)COUNT_OF(row_columns); i++)
        if (i >= n || !str_eq(sqlite3_column_name(st, i), row_columns[i])) {
            problem_node(p, sql,
                         "query: column %d has to be %s%s%s (resource_id, resource_name, status, "
                         "reason, then evidence)",
                         i + 1, row_columns[i], i < n ? ", not " : "",
                         i < n ? sqlite3_column_name(st, i) : "");
            return;
        }
    for (int i = (int)COUNT_OF(row_columns); i < n; i++) {
        const char *name = sqlite3_column_name(st, i);

        if (!is_column_name(name))
            problem_node(p, sql,
                         "query: column %d needs a lower-case name: add AS name (it is called "
                         "'%.60s')",
                         i + 1, name);
        for (int k = 0; k < i; k++)
            if (str_eq(sqlite3_column_name(st, k), name))
                problem_node(p, sql, "query: two columns are named '%s'", name);
    }
}

static sqlite3_stmt *compile_one(struct compiler *c, const struct rule *r, const char *key,
                                 evidence_set *needs, struct problems *p)
{
    const struct yn *sql = yn_get(r->tree, key);
    sqlite3_stmt *st = NULL;
    struct sandbox_fault fault;

    if (!sandbox_prepare(c->sandbox, sql->text, &st, needs, &fault)) {
        sql_problem(r, sql, &fault, p);
        return NULL;
    }
    check_binds(r, sql, st, p);
    return st;
}

static bool uses_param(const char *sql, const char *name)
{
    size_t n = strlen(name);

    for (const char *s = sql; s != NULL && (s = strchr(s, ':')) != NULL; s++)
        if (strncmp(s + 1, name, n) == 0 &&
            strspn(s + 1, "abcdefghijklmnopqrstuvwxyz0123456789_") == n)
            return true;
    return false;
}

static void remark(struct ruleset *rs, const struct rule *r, const struct yn *at, const char *text)
{
    ruleset_remark(rs, r->file, at->key != NULL ? at->key_line : at->line,
                   at->key != NULL ? at->key_column : at->column, text);
}

static void check_unused(const struct rule *r, struct ruleset *rs)
{
    const struct yn *map = yn_get(r->tree, "params");

    for (const struct yn *y = map != NULL ? map->child : NULL; y != NULL; y = y->next)
        if (!uses_param(r->query, y->key) && !uses_param(r->applies_when, y->key)) {
            char *text = xasprintf("parameter '%s' is not used", y->key);

            remark(rs, r, y, text);
            free(text);
        }
}

/* What a rule's tests have to show before anybody relies on it. */
static void check_coverage(const struct rule *r, bool is_required, struct problems *p,
                           struct ruleset *rs)
{
    bool pass = false;
    bool fail = false;
    bool manual = false;
    bool missing = r->query_needs == 0; /* reads nothing that could be missing */
    const struct yn *at = yn_get(r->tree, "tests") != NULL ? yn_get(r->tree, "tests") : r->tree;
    const char *lacks = NULL;

    for (size_t i = 0; i < r->tests_n; i++) {
        const char *outcome = yn_text(r->tests[i].expect, "outcome");

        pass = pass || str_eq(outcome, "pass");
        fail = fail || str_eq(outcome, "fail");
        manual = manual || str_eq(outcome, "manual");
        missing = missing || (r->tests[i].missing != NULL && str_eq(outcome, "not_evaluated"));
    }
    if (!pass && (fail || !manual))
        lacks = "no test shows a pass";
    else if (!fail && !manual)
        lacks = "no test shows a fail";
    else if (!missing)
        lacks = "no test shows missing evidence (missing: ..., expect: {outcome: not_evaluated})";
    if (lacks != NULL && is_required)
        problem_key(p, at, "%s", lacks);
    else if (lacks != NULL)
        remark(rs, r, at, lacks);
}

void rule_compile(struct compiler *c, struct rule *r, bool needs_tests, struct problems *p,
                  struct ruleset *rs)
{
    const struct yn *query = yn_get(r->tree, "query");
    sqlite3_stmt *st;

    p->file = r->file;
    if (r->applies_when != NULL) {
        st = compile_one(c, r, "applies_when", &r->applies_needs, p);
        if (st != NULL && sqlite3_column_count(st) != 1)
            problem_node(p, yn_get(r->tree, "applies_when"),
                         "applies_when: one column, 0 or 1, is what it returns");
        sandbox_finalize(c->sandbox, st);
    }
    st = compile_one(c, r, "query", &r->query_needs, p);
    if (st != NULL) {
        check_columns(query, st, p);
        if (!sql_is_ordered(r->query))
            problem_node(p, query, "query: ORDER BY resource_id is missing at its end");
    }
    sandbox_finalize(c->sandbox, st);
    for (size_t i = 0; i < r->tests_n; i++)
        given_check(&r->tests[i], c->schema, p);
    check_unused(r, rs);
    check_coverage(r, needs_tests, p, rs);
}
