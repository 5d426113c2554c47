/* Profiles: which rules of a set count, how severe they are, and with which parameters. A profile
 * may extend another one; the chain is applied from its end, so that what is nearer to the user
 * wins. */
#include "profile_file.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"

#include <stdlib.h>
#include <string.h>

/* One rule while profiles are applied. */
struct choice {
    bool is_in;
    enum severity severity; /* as shipped */
    struct shipped {
        const struct yn *value;
    } * defaults;                 /* as shipped, one a parameter */
    const char *excluded_because; /* borrowed; NULL: nothing excluded it */
};

void profile_use_free(struct profile_use *u)
{
    if (u == NULL)
        return;
    for (size_t i = 0; i < u->trees_n; i++)
        yn_free(u->trees[i]);
    free(u->id);
    free(u->json);
    free(u->fail_on);
    free(u);
}

static bool has_text(const struct yn *list, const char *text)
{
    for (const struct yn *y = list != NULL ? list->child : NULL; y != NULL; y = y->next)
        if (y->kind == YN_SCALAR && str_eq(y->text, text))
            return true;
    return false;
}

static bool maps_to(const struct rule *r, const char *framework, const char *id)
{
    const struct yn *ids = yn_get(yn_get(r->tree, "mappings"), framework);

    return ids != NULL && (id == NULL || has_text(ids, id));
}

enum by { BY_ID, BY_TAG, BY_PACK, BY_MAPPING };

static bool matches(const struct rule *r, enum by by, const char *word, const char *framework)
{
    switch (by) {
    case BY_ID:
        return str_eq(r->id, word);
    case BY_TAG:
        return has_text(yn_get(r->tree, "tags"), word);
    case BY_PACK:
        return str_eq(r->pack, word);
    case BY_MAPPING:
        return maps_to(r, framework, word);
    }
    return false;
}

static void include_word(const struct ruleset *rs, struct choice *v, enum by by,
                         const struct yn *at, const char *word, const char *framework,
                         struct problems *p)
{
    static const char *const nouns[] = {"rule", "tag", "pack", "id in this mapping"};
    bool found = false;

    for (size_t i = 0; i < rs->n; i++)
        if (matches(rs->rules[i], by, word, framework)) {
            v[i].is_in = found = true;
            v[i].excluded_because = NULL;
        }
    if (!found)
        problem_node(p, at, "no %s '%s' among the rules that were loaded",
                     word != NULL ? nouns[by] : "mapping", word != NULL ? word : framework);
}

static void include_mappings(const struct ruleset *rs, struct choice *v, const struct yn *map,
                             struct problems *p)
{
    for (const struct yn *y = map != NULL ? map->child : NULL; y != NULL; y = y->next) {
        if (y->kind == YN_SCALAR && str_eq(y->text, "all"))
            include_word(rs, v, BY_MAPPING, y, NULL, y->key, p);
        else if (y->kind != YN_SEQ)
            problem_node(p, y, "'%s' takes 'all', or a list of ids", y->key);
        else
            for (const struct yn *id = y->child; id != NULL; id = id->next)
                if (id->kind == YN_SCALAR)
                    include_word(rs, v, BY_MAPPING, id, id->text, y->key, p);
                else
                    problem_node(p, id, "an id is text");
    }
}

static void include(const struct ruleset *rs, struct choice *v, const struct yn *inc,
                    struct problems *p)
{
    static const struct {
        const char *key;
        enum by by;
    } lists[] = {{"ids", BY_ID}, {"tags", BY_TAG}, {"packs", BY_PACK}};

    for (size_t k = 0; k < COUNT_OF(lists); k++) {
        const struct yn *list = yn_get(inc, lists[k].key);

        for (const struct yn *y = list != NULL ? list->child : NULL; y != NULL; y = y->next)
            include_word(rs, v, lists[k].by, y, y->text, NULL, p);
    }
    include_mappings(rs, v, yn_get(inc, "mappings"), p);
}

static void exclude(const struct ruleset *rs, struct choice *v, const struct yn *list,
                    struct problems *p)
{
    for (const struct yn *y = list != NULL ? list->child : NULL; y != NULL; y = y->next) {
        size_t at = ruleset_find(rs, yn_text(y, "id"));

        if (at == SIZE_MAX) {
            problem_node(p, yn_get(y, "id"), "no rule '%s' among the rules that were loaded",
                         yn_text(y, "id"));
            continue;
        }
        v[at].is_in = false;
        v[at].excluded_because = yn_text(y, "reason");
    }
}

static bool set_param(struct rule *r, const struct yn *value, struct problems *p)
{
    for (size_t i = 0; i < r->params_n; i++)
        if (str_eq(r->params[i].name, value->key)) {
            if (param_check(value->key, r->params[i].type, value, p))
                r->params[i].value = value;
            return true;
        }
    return false;
}

static void override(const struct ruleset *rs, const struct yn *map, struct problems *p)
{
    for (const struct yn *y = map != NULL ? map->child : NULL; y != NULL; y = y->next) {
        size_t at = ruleset_find(rs, y->key);
        const struct yn *params = yn_get(y, "params");

        if (at == SIZE_MAX) {
            problem_key(p, y, "no rule '%s' among the rules that were loaded", y->key);
            continue;
        }
        (void)severity_parse(yn_text(y, "severity"), &rs->rules[at]->severity);
        for (const struct yn *v = params != NULL ? params->child : NULL; v != NULL; v = v->next)
            if (!set_param(rs->rules[at], v, p))
                problem_key(p, v, "rule %s has no parameter '%s'", y->key, v->key);
    }
}

/* Given once for every rule that has such a parameter. */
static void share_params(const struct ruleset *rs, const struct yn *map, struct problems *p)
{
    for (const struct yn *v = map != NULL ? map->child : NULL; v != NULL; v = v->next) {
        bool found = false;

        for (size_t i = 0; i < rs->n; i++)
            found = set_param(rs->rules[i], v, p) || found;
        if (!found)
            problem_key(p, v, "no rule that was loaded has a parameter '%s'", v->key);
    }
}

static void take_gate(struct profile_use *u, const struct yn *gate)
{
    const char *fail_on = yn_text(gate, "fail_on");
    const struct yn *most = yn_get(gate, "max_not_evaluated");

    if (fail_on != NULL) {
        free(u->fail_on);
        u->fail_on = xstrdup(fail_on);
    }
    if (most != NULL)
        (void)yn_int(most, &u->max_not_evaluated);
}

static struct choice *choices_new(const struct ruleset *rs)
{
    struct choice *v = xcalloc(rs->n + 1, sizeof *v);

    for (size_t i = 0; i < rs->n; i++) {
        const struct rule *r = rs->rules[i];

        v[i].severity = r->severity;
        v[i].defaults = xcalloc(r->params_n + 1, sizeof *v[i].defaults);
        for (size_t k = 0; k < r->params_n; k++)
            v[i].defaults[k].value = r->params[k].value;
    }
    return v;
}

static void choices_free(struct choice *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(v[i].defaults);
    free(v);
}

static void add_change(json_t *list, const char *what, json_t *from, json_t *to)
{
    json_t *o = json_object();

    (void)json_object_set_new(o, "what", json_string(what));
    (void)json_object_set_new(o, "from", from);
    (void)json_object_set_new(o, "to", to);
    (void)json_array_append_new(list, o);
}

static void record_changes(struct rule *r, const struct choice *c)
{
    json_t *list = json_array();

    if (c->severity != r->severity)
        add_change(list, "severity", json_string(severity_name(c->severity)),
                   json_string(severity_name(r->severity)));
    for (size_t k = 0; k < r->params_n; k++)
        if (c->defaults[k].value != r->params[k].value)
            add_change(list, r->params[k].name, yn_to_json(c->defaults[k].value, true),
                       yn_to_json(r->params[k].value, true));
    if (json_array_size(list) > 0)
        r->overrides_json = json_dumps(list, JSON_COMPACT);
    json_decref(list);
}

static char *use_json(const struct profile_chain *c, const struct ruleset *rs,
                      const struct choice *v, const struct profile_use *u)
{
    json_t *excluded = json_array();
    json_t *files = json_array();
    json_t *o = json_object();
    char *text;

    for (size_t i = 0; i < rs->n; i++)
        if (v[i].excluded_because != NULL)
            (void)json_array_append_new(
                excluded, json_pack("{s:s, s:s, s:s}", "id", rs->rules[i]->id, "title",
                                    rs->rules[i]->title, "reason", v[i].excluded_because));
    for (size_t i = 0; i < c->n; i++)
        (void)json_array_append_new(
            files,
            json_pack("{s:s, s:s}", "id", yn_text(c->v[i].tree, "id"), "digest", c->v[i].digest));
    (void)json_object_set_new(o, "id", json_string(yn_text(c->v[0].tree, "id")));
    (void)json_object_set_new(o, "title", json_string(yn_text(c->v[0].tree, "title")));
    (void)json_object_set_new(o, "files", files);
    (void)json_object_set_new(o, "excluded", excluded);
    (void)json_object_set_new(o, "max_not_evaluated", json_integer(u->max_not_evaluated));
    text = json_dumps(o, JSON_COMPACT);
    json_decref(o);
    return text;
}

/* Only what was chosen stays; its digest says what was judged by. */
static void keep_chosen(struct ruleset *rs, const struct choice *v)
{
    struct digest *d = digest_new();
    size_t n = 0;

    for (size_t i = 0; i < rs->n; i++) {
        struct rule *r = rs->rules[i];

        if (!v[i].is_in) {
            rule_free(r);
            continue;
        }
        record_changes(r, &v[i]);
        digest_add(d, r->digest, strlen(r->digest));
        rs->rules[n++] = r;
    }
    rs->n = n;
    digest_finish(d, rs->digest);
}

static void apply(struct ruleset *rs, const struct profile_chain *c, struct choice *v,
                  struct profile_use *u)
{
    for (size_t i = c->n; i-- > 0;) {
        const struct yn *tree = c->v[i].tree;
        const struct yn *inc = yn_get(tree, "include");

        c->p->file = c->v[i].file;
        if (inc == NULL && i + 1 == c->n) /* a profile that chooses nothing chooses all */
            for (size_t k = 0; k < rs->n; k++)
                v[k].is_in = true;
        include(rs, v, inc, c->p);
        exclude(rs, v, yn_get(tree, "exclude"), c->p);
        share_params(rs, yn_get(tree, "params"), c->p);
        override(rs, yn_get(tree, "override"), c->p);
        take_gate(u, yn_get(tree, "gate"));
    }
}

/* Ends what was begun with a chain that was read (`is_read`), or not. */
static enum err_code finish(struct ruleset *rs, struct profile_chain *c, bool is_read)
{
    struct profile_use *u = xcalloc(1, sizeof *u);
    struct choice *v = choices_new(rs);
    size_t n = rs->n;
    size_t chosen = 0;

    if (is_read)
        apply(rs, c, v, u);
    for (size_t i = 0; i < n; i++)
        chosen += v[i].is_in;
    if (c->p->e->code == ERR_OK && chosen == 0)
        problem_at(c->p, 0, 0, "this profile leaves no rule");
    if (c->p->e->code == ERR_OK) {
        u->id = xstrdup(yn_text(c->v[0].tree, "id"));
        u->json = use_json(c, rs, v, u);
        keep_chosen(rs, v);
    }
    for (size_t i = 0; i < c->n; i++) {
        u->trees[u->trees_n++] = c->v[i].tree;
        free(c->v[i].file);
    }
    choices_free(v, n);
    rs->profile = u; /* also after problems: rules may borrow from its trees */
    return c->p->e->code;
}

enum err_code ruleset_apply_profile(struct ruleset *rs, const char *name, rules_problem_fn *fn,
                                    void *ctx, struct err *e)
{
    struct problems p = {.fn = fn, .ctx = ctx, .file = name, .e = e};
    struct profile_chain c = {.p = &p};
    bool is_read = profile_chain_read(&c, name);

    return finish(rs, &c, is_read);
}

enum err_code profile_apply_text(struct ruleset *rs, const char *file, const char *text, size_t n,
                                 rules_problem_fn *fn, void *ctx, struct err *e)
{
    struct problems p = {.fn = fn, .ctx = ctx, .file = file, .e = e};
    struct profile_chain c = {.p = &p};
    bool is_read = profile_chain_read_text(&c, file, text, n);

    return finish(rs, &c, is_read);
}

bool ruleset_profile(const struct ruleset *rs, struct profile_info *out)
{
    if (rs->profile == NULL)
        return false;
    *out = (struct profile_info){.id = rs->profile->id,
                                 .json = rs->profile->json,
                                 .fail_on = rs->profile->fail_on,
                                 .max_not_evaluated = rs->profile->max_not_evaluated};
    return true;
}
