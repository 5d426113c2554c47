/* fleet_file.c - tenants.yaml: names and options of the audits. It holds no secret, and only what
 * one tenant's audit may be told: where its files go is the fleet's to say. */
#include "base/buf.h"
#include "base/fsx.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/yamldoc.h"
#include "fleet.h"
#include "options.h"

#include <jansson.h>
#include <libfyaml.h>
#include <stdlib.h>
#include <string.h>

/* Options of `audit` that a tenant may have. */
static const char *const allowed[] = {
    "tenant",
    "client-id",
    "client-secret-file",
    "client-certificate-file",
    "client-certificate-password-file",
    "auth",
    "cloud",
    "ca-file",
    "proxy",
    "dns-server",
    "deadline",
    "concurrency",
    "collect-all",
    "rules",
    "profile",
    "trusted-keys",
    "rules-trust",
    "waivers",
    "baseline",
    "fail-on",
    "fail-on-new",
    "allow-incomplete",
    "as-of",
    "smtp-removal-date",
    "html-profile",
    "language",
    "brand",
    "junit-resources",
    "junit-by",
    "junit-max-cases",
    "junit-dialect",
    "junit-not-evaluated",
    "junit-waived",
    "junit-name",
    "redact",
    "redact-key-file",
};
enum { KEYS = COUNT_OF(allowed), KEY_TENANT = 0 };

/* The options of one mapping. */
struct settings {
    bool is_given[KEYS];
    struct strlist values[KEYS];
};

struct reading {
    const char *path;
    struct settings defaults;
    json_t *names; /* the names so far, as keys */
    struct fleet_file *out;
    struct err *e;
};

static void settings_release(struct settings *s)
{
    for (size_t i = 0; i < KEYS; i++)
        strlist_release(&s->values[i]);
    memset(s, 0, sizeof *s);
}

/* The first scalar of a node: a mapping has no place of its own. */
static struct fy_node *first_scalar(struct fy_node *n)
{
    while (n != NULL && !fy_node_is_scalar(n)) {
        void *it = NULL;
        struct fy_node_pair *pair = fy_node_is_mapping(n) ? fy_node_mapping_iterate(n, &it) : NULL;

        if (fy_node_is_mapping(n))
            n = pair != NULL ? fy_node_pair_key(pair) : NULL;
        else
            n = fy_node_sequence_iterate(n, &it);
    }
    return n;
}

static enum err_code fail_at(const struct reading *r, struct fy_node *n, const char *name,
                             const char *text)
{
    const struct yaml_place at = yamldoc_place(first_scalar(n));

    return err_set(r->e, ERR_USAGE, "%s:%d:%d: '%.64s' %s", r->path, at.line, at.column, name,
                   text);
}

static const char *text_of(struct fy_node *n)
{
    return n != NULL && fy_node_is_scalar(n) && !fy_node_is_alias(n) ? fy_node_get_scalar0(n)
                                                                     : NULL;
}

static size_t find_key(const char *name)
{
    size_t at = 0;

    while (at < KEYS && !str_eq(allowed[at], name))
        at++;
    return at;
}

static enum err_code refuse_key(const struct reading *r, struct fy_node *key, const char *name)
{
    static const char *const secrets[] = {"password", "secret", "token", "certificate"};

    for (size_t i = 0; i < COUNT_OF(secrets); i++)
        if (str_icontains(name, secrets[i]))
            return fail_at(
                r, key, name,
                "is no option: a secret is never taken from here, only the path of a "
                "file that holds it (client-secret-file, client-certificate-file), or the "
                "environment");
    if (option_find(name, CMD_AUDIT) < option_count())
        return fail_at(r, key, name, "is not for one tenant of a fleet");
    return fail_at(r, key, name, "is no option of audit");
}

/* Checked as if it had been typed, so that a mistake is found before the first tenant. */
static enum err_code check_value(const struct reading *r, size_t k, struct fy_node *key,
                                 const char *text)
{
    const struct option_value v = {text, ORIGIN_COMMAND_LINE, NULL};
    struct options scratch = {0};
    struct err mine = ERR_INIT;

    scratch.sources = xcalloc(option_count(), sizeof *scratch.sources);
    if (text == NULL || *text == '\0')
        fail_at(r, key, allowed[k], "needs a value");
    else if (str_eq(allowed[k], "proxy") && strchr(text, '@') != NULL)
        fail_at(r, key, allowed[k], "holds a password: leave it to the variable HTTPS_PROXY");
    else if (str_eq(allowed[k], "auth") && str_eq(text, "device-code"))
        fail_at(r, key, allowed[k], "is device-code: nobody is there to sign in");
    else if (options_offer(&scratch, option_find(allowed[k], CMD_AUDIT), &v, &mine) != ERR_OK)
        fail_at(r, key, allowed[k], mine.msg);
    options_release(&scratch);
    return r->e->code;
}

static enum err_code add_value(const struct reading *r, struct settings *s, size_t k,
                               struct fy_node *key, struct fy_node *value)
{
    const char *text = text_of(value);

    if (check_value(r, k, key, text) == ERR_OK)
        strlist_add(&s->values[k], text);
    return r->e->code;
}

static enum err_code add_setting(const struct reading *r, struct settings *s, struct fy_node *key,
                                 struct fy_node *value)
{
    const char *name = text_of(key);
    size_t k = name != NULL ? find_key(name) : KEYS;
    struct fy_node *item;
    void *it = NULL;

    if (k == KEYS)
        return refuse_key(r, key, name != NULL ? name : "?");
    s->is_given[k] = true;
    if (value == NULL || !fy_node_is_sequence(value))
        return add_value(r, s, k, key, value);
    if (option_at(option_find(name, CMD_AUDIT))->kind != OPTION_LIST)
        return fail_at(r, key, name, "takes one value, not a list");
    while (r->e->code == ERR_OK && (item = fy_node_sequence_iterate(value, &it)) != NULL)
        (void)add_value(r, s, k, key, item);
    return r->e->code;
}

/* A flag of the defaults that a tenant says is false is left out. */
static void add_options(struct strlist *to, size_t k, const struct strlist *values)
{
    const bool is_flag = option_at(option_find(allowed[k], CMD_AUDIT))->kind == OPTION_FLAG;

    for (size_t i = 0; i < values->n; i++) {
        char *arg = is_flag ? xasprintf("--%s", allowed[k])
                            : xasprintf("--%s=%s", allowed[k], values->v[i]);

        if (!is_flag || str_eq(values->v[i], "true") || str_eq(values->v[i], "1"))
            strlist_add(to, arg);
        free(arg);
    }
}

static bool is_name(const char *s)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "._-";
    size_t n = strlen(s);

    return n > 0 && n <= FLEET_NAME_CHARS && strspn(s, letters) == n && *s != '.' && *s != '-' &&
           !str_ends(s, FLEET_PARTIAL);
}

static enum err_code check_name(const struct reading *r, struct fy_node *entry, struct fy_node *at,
                                const char *name)
{
    if (name == NULL)
        return fail_at(r, entry, "name", "is missing: it names the tenant's folder");
    if (!is_name(name))
        return fail_at(r, at, name,
                       "is no name: 1 to 64 of A-Z a-z 0-9 . _ -, not beginning with . or -, not "
                       "ending in .partial");
    if (json_object_get(r->names, name) != NULL)
        return fail_at(r, at, name, "is the name of an earlier tenant too");
    (void)json_object_set_new(r->names, name, json_true());
    return ERR_OK;
}

static void add_tenant(const struct reading *r, const char *name, const struct settings *own)
{
    struct fleet_file *f = r->out;
    struct fleet_tenant *t;

    if ((f->n & (f->n - 1)) == 0) /* room for twice as many */
        f->v = xreallocarray(f->v, f->n > 0 ? f->n * 2 : 1, sizeof *f->v);
    t = &f->v[f->n++];
    memset(t, 0, sizeof *t);
    t->name = xstrdup(name);
    for (size_t k = 0; k < KEYS; k++)
        add_options(&t->options, k, own->is_given[k] ? &own->values[k] : &r->defaults.values[k]);
    t->tenant = xstrdup(own->values[KEY_TENANT].v[0]);
}

static enum err_code read_tenant(const struct reading *r, struct fy_node *entry)
{
    struct settings own;
    struct fy_node_pair *pair;
    struct fy_node *name = NULL;
    void *it = NULL;

    memset(&own, 0, sizeof own);
    if (!fy_node_is_mapping(entry))
        return fail_at(r, entry, "tenants", "are mappings of options to values, with a name each");
    if (r->out->n == LIMIT_FLEET_TENANTS)
        return fail_at(r, entry, "tenants", "are too many for one file");
    while (r->e->code == ERR_OK && (pair = fy_node_mapping_iterate(entry, &it)) != NULL) {
        if (str_eq(text_of(fy_node_pair_key(pair)), "name"))
            name = fy_node_pair_value(pair);
        else
            (void)add_setting(r, &own, fy_node_pair_key(pair), fy_node_pair_value(pair));
    }
    if (r->e->code == ERR_OK && check_name(r, entry, name, text_of(name)) == ERR_OK) {
        if (own.values[KEY_TENANT].n == 0)
            fail_at(r, entry, "tenant", "is missing: a GUID or a verified domain");
        else
            add_tenant(r, text_of(name), &own);
    }
    settings_release(&own);
    return r->e->code;
}

static enum err_code read_defaults(struct reading *r, struct fy_node *map)
{
    struct fy_node_pair *pair;
    void *it = NULL;

    if (map == NULL)
        return ERR_OK;
    if (!fy_node_is_mapping(map))
        return fail_at(r, map, "defaults", "is a mapping of options to values");
    while (r->e->code == ERR_OK && (pair = fy_node_mapping_iterate(map, &it)) != NULL) {
        if (str_eq(text_of(fy_node_pair_key(pair)), "tenant"))
            fail_at(r, fy_node_pair_key(pair), "tenant", "is each tenant's own");
        else
            (void)add_setting(r, &r->defaults, fy_node_pair_key(pair), fy_node_pair_value(pair));
    }
    return r->e->code;
}

static enum err_code read_top(struct reading *r, struct fy_node *root)
{
    static const char *const keys[] = {"schema", "defaults", "tenants"};
    struct fy_node *values[COUNT_OF(keys)] = {NULL};
    struct fy_node_pair *pair;
    struct fy_node *entry;
    void *it = NULL;
    int64_t schema;

    while ((pair = fy_node_mapping_iterate(root, &it)) != NULL) {
        const char *name = text_of(fy_node_pair_key(pair));
        size_t at = 0;

        while (at < COUNT_OF(keys) && !str_eq(keys[at], name))
            at++;
        if (at == COUNT_OF(keys))
            return fail_at(r, fy_node_pair_key(pair), name != NULL ? name : "?",
                           "is none of schema, defaults and tenants");
        values[at] = fy_node_pair_value(pair);
    }
    if (!str_int(text_of(values[0]), FLEET_SCHEMA, FLEET_SCHEMA, &schema))
        return fail_at(r, values[0], "schema", "is 1 in files of this version");
    if (values[2] == NULL || !fy_node_is_sequence(values[2]))
        return fail_at(r, values[2], "tenants", "is a list of tenants, with a name each");
    (void)read_defaults(r, values[1]);
    it = NULL;
    while (r->e->code == ERR_OK && (entry = fy_node_sequence_iterate(values[2], &it)) != NULL)
        (void)read_tenant(r, entry);
    return r->e->code;
}

enum err_code fleet_file_parse(const char *bytes, size_t n, const char *path,
                               struct fleet_file *out, struct err *e)
{
    struct reading r = {.path = path, .out = out, .e = e};
    struct fy_document *doc;
    struct fy_node *root;

    memset(out, 0, sizeof *out);
    if (yamldoc_parse(bytes, n, path, &doc, e) != ERR_OK)
        return e->code;
    r.names = json_object();
    root = fy_document_root(doc);
    if (root == NULL || !fy_node_is_mapping(root))
        err_set(e, ERR_USAGE, "%s: must be a mapping with schema and tenants", path);
    else
        (void)read_top(&r, root);
    fy_document_destroy(doc);
    json_decref(r.names);
    settings_release(&r.defaults);
    return e->code;
}

enum err_code fleet_file_read(const char *path, struct fleet_file *out, struct err *e)
{
    struct buf text;

    memset(out, 0, sizeof *out);
    if (file_read(path, LIMIT_FLEET_BYTES, &text, e) != ERR_OK)
        e->code = ERR_USAGE;
    else
        (void)fleet_file_parse(text.p, text.n, path, out, e);
    buf_release(&text);
    return e->code;
}

void fleet_file_release(struct fleet_file *f)
{
    for (size_t i = 0; i < f->n; i++) {
        free(f->v[i].name);
        free(f->v[i].tenant);
        strlist_release(&f->v[i].options);
    }
    free(f->v);
    memset(f, 0, sizeof *f);
}
