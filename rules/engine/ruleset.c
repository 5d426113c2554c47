#include "base/buf.h"
#include "base/fsx.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "compile.h"
#include "packs.h"
#include "profile.h"
#include "rule.h"
#include "rule_shape.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct loader {
    struct ruleset *rs;
    struct compiler *compiler;
    struct problems p;
};

static const char pack_file[] = "pack.yaml";
static const char loose_pack[] = "local"; /* of a rule file outside any pack */

void ruleset_remark(struct ruleset *rs, const char *file, int line, int column, const char *text)
{
    struct remark *r;

    rs->remarks = xreallocarray(rs->remarks, rs->remarks_n + 1, sizeof *rs->remarks);
    r = &rs->remarks[rs->remarks_n++];
    r->file = xstrdup(file);
    r->text = xstrdup(text);
    r->line = line;
    r->column = column;
}

void ruleset_free(struct ruleset *rs)
{
    if (rs == NULL)
        return;
    for (size_t i = 0; i < rs->n; i++)
        rule_free(rs->rules[i]);
    for (size_t i = 0; i < rs->remarks_n; i++) {
        free(rs->remarks[i].file);
        free(rs->remarks[i].text);
    }
    free(rs->rules);
    free(rs->remarks);
    strlist_release(&rs->retired);
    profile_use_free(rs->profile);
    free(rs);
}

static bool is_slug(const char *s)
{
    return s[0] != '\0' && s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

/* "engine: >=1": the least version of the rule format's engine that the pack was written for. */
static void check_engine(const struct yn *y, struct problems *p)
{
    int64_t least;
    const char *s = y->text;

    if (str_starts(s, ">="))
        s += strspn(s + 2, " ") + 2;
    else
        s = "";
    if (!str_int(s, 1, INT32_MAX, &least))
        problem_node(p, y, "'engine' has to read \">=%d\"", RULE_ENGINE);
    else if (least > RULE_ENGINE)
        problem_node(p, y, "the pack needs rule engine %lld, this program has %d: update it",
                     (long long)least, RULE_ENGINE);
}

static void add_retired(struct ruleset *rs, const struct yn *list)
{
    for (const struct yn *y = list != NULL ? list->child : NULL; y != NULL; y = y->next)
        strlist_add(&rs->retired, y->text);
}

/* The pack's id, or NULL after problems. Caller frees. */
static char *read_pack(struct loader *l, const char *file, const char *bytes, size_t n)
{
    struct yn *tree = NULL;
    size_t before = l->p.n;
    int64_t schema = 0;
    char *id = NULL;

    l->p.file = file;
    yaml_parse(bytes, n, &l->p, &tree);
    if (tree != NULL && l->p.n == before && shape_check(tree, pack_shape, &l->p)) {
        (void)yn_int(yn_get(tree, "schema"), &schema);
        if (schema != RULE_SCHEMA)
            problem_node(&l->p, yn_get(tree, "schema"), "schema %lld is not known here",
                         (long long)schema);
        if (!is_slug(yn_text(tree, "id")))
            problem_node(&l->p, yn_get(tree, "id"),
                         "a pack's id is made of lower-case letters, digits and '-'");
        check_engine(yn_get(tree, "engine"), &l->p);
    }
    if (l->p.n == before) {
        id = xstrdup(yn_text(tree, "id"));
        add_retired(l->rs, yn_get(tree, "retired"));
    }
    yn_free(tree);
    return id;
}

/* Takes `source`. */
static void add_rule(struct loader *l, const char *file, const char *pack, bool needs_tests,
                     char *source, size_t n)
{
    struct rule *r = rule_read(file, pack, source, n, &l->p);

    if (r == NULL)
        return;
    rule_compile(l->compiler, r, needs_tests, &l->p, l->rs);
    if (l->rs->n == LIMIT_RULES) {
        problem_at(&l->p, 0, 0, "more than %d rules", LIMIT_RULES);
        rule_free(r);
        return;
    }
    l->rs->rules = xreallocarray(l->rs->rules, l->rs->n + 1, sizeof(struct rule *));
    l->rs->rules[l->rs->n++] = r;
}

/* Reads a file; problems are told. False: there is nothing in `b`, which is released. */
static bool read_file(struct loader *l, const char *path, struct buf *b)
{
    struct err why = ERR_INIT;

    l->p.file = path;
    if (file_read(path, LIMIT_RULE_BYTES, b, &why) == ERR_OK)
        return true;
    problem_at(&l->p, 0, 0, "%s", why.msg);
    buf_release(b);
    return false;
}

static void add_file(struct loader *l, const char *path, const char *pack, bool needs_tests)
{
    struct buf b;
    size_t n;

    if (!read_file(l, path, &b))
        return;
    n = b.n;
    add_rule(l, path, pack, needs_tests, buf_take(&b), n);
}

/* The id out of a pack.yaml on disk; NULL after problems. Caller frees. */
static char *pack_id(struct loader *l, const char *path)
{
    struct buf b;
    char *id = NULL;

    if (read_file(l, path, &b))
        id = read_pack(l, path, b.p, b.n);
    buf_release(&b);
    return id;
}

static void load_folder(struct loader *l, const char *folder)
{
    struct strlist names = {0};
    struct err why = ERR_INIT;
    char *path = xasprintf("%s/%s", folder, pack_file);
    char *pack = NULL;

    if (dir_list(folder, ".yaml", &names, &why) != ERR_OK) {
        l->p.file = folder;
        problem_at(&l->p, 0, 0, "%s", why.msg);
    } else if (!strlist_has(&names, pack_file)) {
        l->p.file = folder;
        problem_at(&l->p, 0, 0, "is no pack: there is no %s in it", pack_file);
    } else {
        pack = pack_id(l, path);
    }
    free(path);
    for (size_t i = 0; pack != NULL && i < names.n; i++) {
        if (str_eq(names.v[i], pack_file))
            continue;
        path = xasprintf("%s/%s", folder, names.v[i]);
        add_file(l, path, pack, true);
        free(path);
    }
    free(pack);
    strlist_release(&names);
}

/* The build lists each pack's pack.yaml in front of its rules. */
static void load_packed(struct loader *l)
{
    char *pack = NULL;

    for (size_t i = 0; i < packed_files_n; i++) {
        const struct packed_file *f = &packed_files[i];

        if (str_starts(f->path, "profiles/")) {
            free(pack);
            pack = NULL;
        } else if (str_ends(f->path, pack_file)) {
            free(pack);
            pack = read_pack(l, f->path, (const char *)f->bytes, f->n);
        } else if (pack != NULL) {
            add_rule(l, f->path, pack, true, xstrndup((const char *)f->bytes, f->n), f->n);
        }
    }
    free(pack);
}

/* A single file belongs to the pack it lies in, if it lies in one. */
static void load_file(struct loader *l, const char *path)
{
    const char *slash = strrchr(path, '/');
    char *beside =
        xasprintf("%.*s%s", slash != NULL ? (int)(slash + 1 - path) : 0, path, pack_file);
    char *pack = access(beside, F_OK) == 0 ? pack_id(l, beside) : xstrdup(loose_pack);

    if (pack != NULL)
        add_file(l, path, pack, false);
    free(pack);
    free(beside);
}

static int by_id(const void *a, const void *b)
{
    const struct rule *const *x = a;
    const struct rule *const *y = b;
    int order = strcmp((*x)->id, (*y)->id);

    return order != 0 ? order : strcmp((*x)->file, (*y)->file);
}

static void finish(struct loader *l)
{
    struct ruleset *rs = l->rs;
    struct digest *d = digest_new();

    if (rs->n > 0)
        qsort(rs->rules, rs->n, sizeof(struct rule *), by_id);
    for (size_t i = 0; i < rs->n; i++) {
        const struct rule *r = rs->rules[i];
        const struct yn *id = yn_get(r->tree, "id");

        digest_add(d, r->digest, strlen(r->digest));
        l->p.file = r->file;
        if (strlist_has(&rs->retired, r->id))
            problem_node(&l->p, id, "rule %s is retired in its pack.yaml: its id is not used again",
                         r->id);
        if (i == 0 || !str_eq(rs->rules[i - 1]->id, r->id))
            continue;
        problem_node(&l->p, id, "a second rule %s (the first is in %s)", r->id,
                     rs->rules[i - 1]->file);
    }
    digest_finish(d, rs->digest);
}

enum err_code ruleset_load(const char *const *paths, size_t n, rules_problem_fn *problem, void *ctx,
                           struct ruleset **out, struct err *e)
{
    struct loader l = {.p = {.fn = problem, .ctx = ctx, .file = "", .e = e}};
    enum err_code code = compiler_open(&l.compiler, e);

    if (code != ERR_OK)
        return code;
    l.rs = xcalloc(1, sizeof *l.rs);
    if (n == 0)
        load_packed(&l);
    for (size_t i = 0; i < n; i++)
        if (file_is_dir(paths[i]))
            load_folder(&l, paths[i]);
        else
            load_file(&l, paths[i]);
    finish(&l);
    compiler_close(l.compiler);
    if (l.p.n > 0) {
        ruleset_free(l.rs);
        return e->code;
    }
    *out = l.rs;
    return ERR_OK;
}

size_t ruleset_remarks(const struct ruleset *rs, rules_problem_fn *fn, void *ctx)
{
    for (size_t i = 0; fn != NULL && i < rs->remarks_n; i++)
        fn(ctx, rs->remarks[i].file, rs->remarks[i].line, rs->remarks[i].column,
           rs->remarks[i].text);
    return rs->remarks_n;
}

bool ruleset_is_retired(const struct ruleset *rs, const char *id)
{
    return strlist_has(&rs->retired, id);
}

size_t ruleset_count(const struct ruleset *rs)
{
    return rs->n;
}

const char *ruleset_digest(const struct ruleset *rs)
{
    return rs->digest;
}

void ruleset_info(const struct ruleset *rs, size_t i, struct rule_info *out)
{
    const struct rule *r = rs->rules[i];

    *out = (struct rule_info){
        .id = r->id,
        .title = r->title,
        .service = r->service,
        .pack = r->pack,
        .file = r->file,
        .summary = r->summary,
        .rationale = r->rationale,
        .query = r->query,
        .applies_when = r->applies_when,
        .status = r->status,
        .severity = r->severity,
        .version = r->version,
        .remediation_json = r->remediation_json,
        .references_json = r->references_json,
        .mappings_json = r->mappings_json,
        .params_json = r->params_json,
        .tags_json = r->tags_json,
        .related_json = r->related_json,
        .needs = r->query_needs | r->applies_needs,
        .test_count = r->tests_n,
    };
}

bool ruleset_test_case(const struct ruleset *rs, size_t i, size_t k, struct rule_test_case *out)
{
    const struct rule *r = rs->rules[i];

    if (k >= r->tests_n)
        return false;
    *out = (struct rule_test_case){.name = r->tests[k].name,
                                   .outcome = yn_text(r->tests[k].expect, "outcome"),
                                   .reason = yn_text(r->tests[k].expect, "reason")};
    return true;
}

size_t ruleset_find(const struct ruleset *rs, const char *id)
{
    for (size_t i = 0; i < rs->n; i++)
        if (str_eq(rs->rules[i]->id, id))
            return i;
    return SIZE_MAX;
}
