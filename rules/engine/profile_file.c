/* Reading profile files: shipped ones by their names, others by their paths, along `extends`. */
#include "profile_file.h"

#include "base/buf.h"
#include "base/fsx.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "packs.h"
#include "shape.h"

#include <stdlib.h>
#include <string.h>

enum { PROFILE_SCHEMA = 1, WORD_BYTES = 80, TITLE_BYTES = 160, PROSE_BYTES = 3000 };

static const char *const severities[] = {"critical", "high", "medium", "low", "info", NULL};
static const char *const gates[] = {"critical", "high", "medium", "low", "none", NULL};

static const struct field include_shape[] = {
    {.key = "ids", .kind = FIELD_TEXTS, .max_bytes = WORD_BYTES},
    {.key = "tags", .kind = FIELD_TEXTS, .max_bytes = WORD_BYTES},
    {.key = "packs", .kind = FIELD_TEXTS, .max_bytes = WORD_BYTES},
    {.key = "mappings", .kind = FIELD_NAMED_ANY}, /* framework: all, or a list of its ids */
    {.key = NULL},
};
static const struct field exclude_shape[] = {
    {.key = "id", .kind = FIELD_TEXT, .is_required = true, .max_bytes = WORD_BYTES},
    {.key = "reason", .kind = FIELD_TEXT, .is_required = true, .max_bytes = PROSE_BYTES},
    {.key = NULL},
};
static const struct field override_shape[] = {
    {.key = "severity", .kind = FIELD_WORD, .words = severities},
    {.key = "params", .kind = FIELD_NAMED_ANY},
    {.key = "reason", .kind = FIELD_TEXT, .max_bytes = PROSE_BYTES},
    {.key = NULL},
};
static const struct field gate_shape[] = {
    {.key = "fail_on", .kind = FIELD_WORD, .words = gates},
    {.key = "max_not_evaluated", .kind = FIELD_ANY},
    {.key = NULL},
};
static const struct field profile_shape[] = {
    {.key = "schema", .kind = FIELD_INT, .is_required = true},
    {.key = "id", .kind = FIELD_TEXT, .is_required = true, .max_bytes = WORD_BYTES},
    {.key = "title", .kind = FIELD_TEXT, .is_required = true, .max_bytes = TITLE_BYTES},
    {.key = "summary", .kind = FIELD_TEXT, .max_bytes = PROSE_BYTES},
    {.key = "extends", .kind = FIELD_TEXT, .max_bytes = PROSE_BYTES},
    {.key = "include", .kind = FIELD_MAP, .fields = include_shape},
    {.key = "exclude", .kind = FIELD_MAPS, .fields = exclude_shape},
    {.key = "override", .kind = FIELD_NAMED_MAPS, .fields = override_shape},
    {.key = "params", .kind = FIELD_NAMED_ANY},
    {.key = "gate", .kind = FIELD_MAP, .fields = gate_shape},
    {.key = NULL},
};

static const char profile_folder[] = "profiles/";

static const struct packed_file *shipped_at(size_t want)
{
    for (size_t i = 0; i < packed_files_n; i++)
        if (str_starts(packed_files[i].path, profile_folder) && want-- == 0)
            return &packed_files[i];
    return NULL;
}

char *profile_shipped(size_t i, char **title)
{
    const struct packed_file *f = shipped_at(i);
    const char *name = f != NULL ? f->path + strlen(profile_folder) : NULL;

    if (f != NULL && title != NULL) {
        struct err ignored = ERR_INIT;
        struct problems p = {.file = f->path, .e = &ignored};
        struct yn *tree = NULL;

        yaml_parse((const char *)f->bytes, f->n, &p, &tree);
        *title = tree != NULL ? xstrdup(yn_text(tree, "title")) : NULL;
        yn_free(tree);
    }
    return name != NULL ? xstrndup(name, strlen(name) - strlen(".yaml")) : NULL;
}

static const struct packed_file *find_shipped(const char *name)
{
    const struct packed_file *f;

    for (size_t i = 0; (f = shipped_at(i)) != NULL; i++) {
        char *own = profile_shipped(i, NULL);
        bool is_it = str_eq(own, name);

        free(own);
        if (is_it)
            return f;
    }
    return NULL;
}

/* The text of a profile by its shipped name or its path; `from` is the file that extends it. The
 * caller frees text and *file, both NULL after problems. */
static char *read_text(struct profile_chain *c, const char *name, const char *from,
                       const struct yn *at, char **file, size_t *n)
{
    const struct packed_file *f = find_shipped(name);
    const char *slash = from != NULL ? strrchr(from, '/') : NULL;
    struct err why = ERR_INIT;
    struct buf b;
    char *path;

    if (f != NULL) {
        *file = xstrdup(f->path);
        *n = f->n;
        return xstrndup((const char *)f->bytes, f->n);
    }
    path = slash != NULL && name[0] != '/' ? xasprintf("%.*s/%s", (int)(slash - from), from, name)
                                           : xstrdup(name);
    if (at != NULL && str_eq(path, "-")) /* that would be standard input */
        err_set(&why, ERR_USAGE, "'-' is no file");
    buf_init(&b, 0);
    if (why.code == ERR_OK && file_read(path, LIMIT_RULE_BYTES, &b, &why) == ERR_OK) {
        *file = path;
        *n = b.n;
        return buf_take(&b);
    }
    buf_release(&b);
    free(path);
    if (at != NULL)
        problem_node(c->p, at, "neither a shipped profile nor a file that can be read: %s",
                     why.msg);
    else
        err_set(c->p->e, ERR_USAGE,
                "--profile '%s' is neither a shipped profile (see 'graphaudit rules list "
                "--profiles') nor a file that can be read: %s",
                name, why.msg);
    *file = NULL;
    return NULL;
}

static void check_step(const struct profile_step *s, struct problems *p)
{
    const struct yn *schema = yn_get(s->tree, "schema");
    const struct yn *most = yn_get(yn_get(s->tree, "gate"), "max_not_evaluated");
    int64_t n = 0;

    if (yn_int(schema, &n) && n != PROFILE_SCHEMA)
        problem_node(p, schema, "schema %lld is not known here: this program reads schema %d",
                     (long long)n, PROFILE_SCHEMA);
    if (most != NULL && (!yn_int(most, &n) || n < 0 || n > LIMIT_RULES))
        problem_node(p, most, "'max_not_evaluated' is a number of rules, from 0");
}

/* Adds a profile to the chain; `at` is the `extends` that named it, NULL for the user's own. Takes
 * `file`. */
static bool add(struct profile_chain *c, char *file, const char *text, size_t n,
                const struct yn *at)
{
    struct profile_step *s = &c->v[c->n++];
    size_t before = c->p->n;

    s->file = file;
    sha256_hex(text, n, s->digest);
    for (size_t i = 0; i + 1 < c->n; i++)
        if (at != NULL && str_eq(c->v[i].file, file))
            problem_node(c->p, at, "'%s' extends itself", at->text);
    if (c->p->n == before) {
        c->p->file = file;
        yaml_parse(text, n, c->p, &s->tree);
    }
    if (c->p->n > before || s->tree == NULL || !shape_check(s->tree, profile_shape, c->p))
        return false;
    check_step(s, c->p);
    return true;
}

/* What the last one extends, and what that extends, to the end. */
static bool follow(struct profile_chain *c)
{
    const struct yn *at;

    while ((at = yn_get(c->v[c->n - 1].tree, "extends")) != NULL) {
        char *file = NULL;
        size_t n = 0;
        char *text;
        bool ok;

        if (c->n == PROFILE_CHAIN_MAX) {
            problem_node(c->p, at, "more than %d profiles extend each other", PROFILE_CHAIN_MAX);
            return false;
        }
        text = read_text(c, at->text, c->v[c->n - 1].file, at, &file, &n);
        ok = text != NULL && add(c, file, text, n, at);
        free(text);
        if (!ok)
            return false;
    }
    return c->p->n == 0;
}

bool profile_chain_read(struct profile_chain *c, const char *name)
{
    char *file = NULL;
    size_t n = 0;
    char *text = read_text(c, name, NULL, NULL, &file, &n);
    bool ok = text != NULL && add(c, file, text, n, NULL);

    free(text);
    return ok && follow(c);
}

bool profile_chain_read_text(struct profile_chain *c, const char *file, const char *text, size_t n)
{
    return add(c, xstrdup(file), text, n, NULL) && follow(c);
}
