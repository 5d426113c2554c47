#include "rule.h"

#include "base/mem.h"
#include "base/strs.h"
#include "base/timex.h"
#include "message.h"
#include "rule_shape.h"

#include <stdlib.h>
#include <string.h>

/* The date of tests that name none: any fixed day will do. */
static const char test_date[] = "2026-01-15";

bool rule_date(const struct yn *y, int64_t *ms)
{
    return y->kind == YN_SCALAR && date_parse(y->text, ms);
}

static bool is_identifier(const char *s)
{
    if (s[0] < 'a' || s[0] > 'z')
        return false;
    return s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

/* Upper-case words and numbers joined by '-', such as EXO-SMTP-001. No dot: JUnit class names
 * could not be taken apart again. */
bool rule_id_is_valid(const char *s)
{
    bool is_start = true;
    size_t words = 0;

    for (; *s != '\0'; s++) {
        bool is_alnum = (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9');

        if (!is_alnum && (*s != '-' || is_start))
            return false;
        words += is_alnum && is_start ? 1 : 0;
        is_start = !is_alnum;
    }
    return !is_start && words > 1;
}

bool param_check(const char *name, enum param_type type, const struct yn *value, struct problems *p)
{
    int64_t n;
    bool b;
    bool ok = false;

    switch (type) {
    case PARAM_BOOL:
        ok = yn_bool(value, &b);
        break;
    case PARAM_INT:
        ok = yn_int(value, &n);
        break;
    case PARAM_STRING:
        ok = value->kind == YN_SCALAR && !yn_is_null(value);
        break;
    case PARAM_DATE:
        ok = rule_date(value, &n);
        break;
    case PARAM_STRING_LIST:
        ok = value->kind == YN_SEQ;
        for (const struct yn *c = value->child; c != NULL; c = c->next)
            ok = ok && c->kind == YN_SCALAR && !yn_is_null(c);
        break;
    }
    if (!ok)
        problem_node(p, value, "the value of parameter '%s' is not of type %s", name,
                     param_type_words[type]);
    return ok;
}

static void read_params(struct rule *r, struct problems *p)
{
    const struct yn *map = yn_get(r->tree, "params");

    if (map == NULL)
        return;
    r->params = xcalloc(map->n + 1, sizeof *r->params);
    for (const struct yn *y = map->child; y != NULL; y = y->next) {
        struct param *param = &r->params[r->params_n++];
        const char *type = yn_text(y, "type");

        param->name = xstrdup(y->key);
        param->value = yn_get(y, "default");
        for (size_t i = 0; i < PARAM_TYPE_COUNT; i++)
            if (str_eq(type, param_type_words[i]))
                param->type = (enum param_type)i;
        if (!is_identifier(y->key) || str_eq(y->key, "as_of"))
            problem_key(p, y,
                        "'%s' cannot name a parameter: use lower-case letters, digits and "
                        "'_'; 'as_of' is the audit's date",
                        y->key);
        (void)param_check(y->key, param->type, param->value, p);
    }
}

static void check_test_params(const struct rule *r, const struct rule_test *t, struct problems *p)
{
    if (t->params == NULL)
        return;
    for (const struct yn *y = t->params->child; y != NULL; y = y->next) {
        size_t at = 0;

        while (at < r->params_n && !str_eq(r->params[at].name, y->key))
            at++;
        if (at == r->params_n)
            problem_key(p, y, "the rule has no parameter '%s'", y->key);
        else
            (void)param_check(y->key, r->params[at].type, y, p);
    }
}

static void read_tests(struct rule *r, struct problems *p)
{
    const struct yn *list = yn_get(r->tree, "tests");

    if (list == NULL)
        return;
    r->tests = xcalloc(list->n + 1, sizeof *r->tests);
    for (const struct yn *y = list->child; y != NULL; y = y->next) {
        struct rule_test *t = &r->tests[r->tests_n];
        const struct yn *as_of = yn_get(y, "as_of");

        t->node = y;
        t->name = yn_text(y, "name");
        t->given = yn_get(y, "given");
        t->params = yn_get(y, "params");
        t->missing = yn_get(y, "missing");
        t->expect = yn_get(y, "expect");
        (void)date_parse(test_date, &t->as_of_ms);
        if (as_of != NULL && !rule_date(as_of, &t->as_of_ms))
            problem_node(p, as_of, "'as_of' is not a date such as 2026-11-23");
        for (size_t i = 0; i < r->tests_n; i++)
            if (str_eq(r->tests[i].name, t->name))
                problem_node(p, y, "a second test named '%s'", t->name);
        r->tests_n++;
        check_test_params(r, t, p);
    }
}

static void check_identity(const struct rule *r, struct problems *p)
{
    const struct yn *schema = yn_get(r->tree, "schema");
    int64_t n = 0;

    if (yn_int(schema, &n) && n != RULE_SCHEMA)
        problem_node(p, schema, "schema %lld is not known here: this program reads schema %d",
                     (long long)n, RULE_SCHEMA);
    if (!rule_id_is_valid(r->id))
        problem_node(p, yn_get(r->tree, "id"),
                     "'%s' cannot be a rule's id: use upper-case words joined by '-', such as "
                     "EXO-SMTP-001",
                     r->id);
}

static void check_prose(const struct rule *r, struct problems *p)
{
    const struct yn *refs = yn_get(r->tree, "references");
    const struct yn *fix = yn_get(r->tree, "remediation");
    const struct yn *portal = yn_get(fix, "portal");

    for (const struct yn *y = refs != NULL ? refs->child : NULL; y != NULL; y = y->next)
        if (!str_starts(yn_text(y, "url"), "https://"))
            problem_node(p, yn_get(y, "url"), "a reference has to be an https:// address");
    if (portal != NULL && str_istarts(portal->text, "http") &&
        !str_starts(portal->text, "https://"))
        problem_node(p, portal, "'portal' has to be an https:// address");
    if (fix == NULL && r->severity != SEVERITY_INFO)
        problem_at(p, 1, 1,
                   "'remediation' is missing: only a rule of severity info can do "
                   "without");
    for (const struct yn *y = r->messages != NULL ? r->messages->child : NULL; y != NULL;
         y = y->next)
        message_check(y, p);
}

static char *json_of(const struct rule *r, const char *key, const char *otherwise)
{
    const struct yn *y = yn_get(r->tree, key);
    json_t *j;
    char *s;

    if (y == NULL)
        return otherwise != NULL ? xstrdup(otherwise) : NULL;
    j = yn_to_json(y, false);
    s = json_dumps(j, JSON_COMPACT | JSON_ENCODE_ANY);
    json_decref(j);
    return s;
}

/* Block scalars end in a line feed, which nobody wrote as part of the sentence. */
static void trim(struct yn *y)
{
    if (y->kind == YN_SCALAR)
        for (size_t n = strlen(y->text); n > 0 && y->text[n - 1] == '\n'; n--)
            y->text[n - 1] = '\0';
    for (struct yn *c = y->child; c != NULL; c = c->next)
        trim(c);
}

static void trim_prose(struct yn *tree)
{
    static const char *const keys[] = {"title",       "summary",  "rationale",
                                       "remediation", "messages", "params"};

    for (struct yn *y = tree->child; y != NULL; y = y->next)
        for (size_t i = 0; i < COUNT_OF(keys); i++)
            if (str_eq(y->key, keys[i]))
                trim(y);
}

static void fill(struct rule *r)
{
    int64_t version = 0;
    const char *empty = yn_text(r->tree, "empty");

    r->id = yn_text(r->tree, "id");
    r->title = yn_text(r->tree, "title");
    r->service = yn_text(r->tree, "service");
    r->summary = yn_text(r->tree, "summary");
    r->rationale = yn_text(r->tree, "rationale");
    r->query = yn_text(r->tree, "query");
    r->applies_when = yn_text(r->tree, "applies_when");
    r->status = yn_text(r->tree, "status");
    r->messages = yn_get(r->tree, "messages");
    (void)yn_int(yn_get(r->tree, "version"), &version);
    r->version = (int)version;
    (void)severity_parse(yn_text(r->tree, "severity"), &r->severity);
    if (str_eq(empty, "pass"))
        r->empty = EMPTY_IS_PASS;
    else if (str_eq(empty, "not_applicable"))
        r->empty = EMPTY_IS_NOT_APPLICABLE;
    r->fails_on_partial = !str_eq(yn_text(r->tree, "partial"), "not_evaluated");
    r->remediation_json = json_of(r, "remediation", NULL);
    r->references_json = json_of(r, "references", "[]");
    r->mappings_json = json_of(r, "mappings", "{}");
    r->params_json = json_of(r, "params", "{}");
    r->tags_json = json_of(r, "tags", "[]");
    r->related_json = json_of(r, "related", "[]");
}

struct rule *rule_read(const char *file, const char *pack, char *source, size_t n,
                       struct problems *p)
{
    struct rule *r = xcalloc(1, sizeof *r);
    size_t before = p->n;

    r->file = xstrdup(file);
    r->pack = xstrdup(pack);
    r->source = source;
    sha256_hex(source, n, r->digest);
    p->file = r->file;
    yaml_parse(source, n, p, &r->tree);
    if (r->tree != NULL && p->n == before && shape_check(r->tree, rule_shape, p)) {
        trim_prose(r->tree);
        fill(r);
        check_identity(r, p);
        check_prose(r, p);
        read_params(r, p);
        read_tests(r, p);
    }
    p->file = file;
    if (p->n == before)
        return r;
    rule_free(r);
    return NULL;
}

void rule_free(struct rule *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < r->params_n; i++)
        free(r->params[i].name);
    free(r->params);
    free(r->tests);
    free(r->remediation_json);
    free(r->references_json);
    free(r->mappings_json);
    free(r->params_json);
    free(r->tags_json);
    free(r->related_json);
    free(r->overrides_json);
    yn_free(r->tree);
    free(r->source);
    free(r->file);
    free(r->pack);
    free(r);
}
