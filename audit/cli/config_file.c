#include "config_file.h"

#include "base/buf.h"
#include "base/fsx.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "base/yamldoc.h"
#include "commands.h"
#include "config.h"
#include "options.h"

#include <libfyaml.h>
#include <stdlib.h>
#include <string.h>

struct reading {
    const char *path;
    bool is_project;
    unsigned command; /* the values are for */
    bool is_section;  /* inside the mapping of one command */
    struct options *o;
    struct err *e;
};

/* What a file that somebody else may have put there must not decide: where credentials go, which
 * files leave, what runs. */
static const char *const guarded[] = {"ca-file",
                                      "proxy",
                                      "dns-server",
                                      "trace-http",
                                      "client-secret-file",
                                      "client-certificate-file",
                                      "client-certificate-password-file",
                                      "password-file",
                                      "token-file",
                                      "send-to",
                                      "no-token-cache",
                                      "auth",
                                      "device-code",
                                      "on-change",
                                      "server",
                                      "keep",
                                      "trusted-keys",
                                      "redact-key-file",
                                      "rules-trust",
                                      "secret-key",
                                      "tenants"};

/* These write; out of the working folder, it could be over anything. */
static const char *const written[] = {"output", "output-dir", "snapshot"};

static bool leaves_folder(const char *path)
{
    return *path == '/' || strstr(path, "..") != NULL;
}

static const char *after_format(const char *spec)
{
    const char *eq = strchr(spec, '=');

    return eq != NULL ? eq + 1 : spec;
}

static bool is_guarded(const char *name, const char *value)
{
    for (size_t i = 0; i < COUNT_OF(guarded); i++)
        if (str_eq(name, guarded[i]))
            return true;
    if (str_eq(name, "cloud"))
        return strpbrk(value, "./") != NULL; /* a file with addresses */
    for (size_t i = 0; i < COUNT_OF(written); i++)
        if (str_eq(name, written[i]))
            return leaves_folder(str_eq(name, "output") ? after_format(value) : value);
    return false;
}

static enum err_code fail_at(const struct reading *r, struct fy_node *n, const char *text,
                             const char *name)
{
    const struct yaml_place at = yamldoc_place(n);

    return err_set(r->e, ERR_USAGE, "%s:%d:%d: '%.64s' %s", r->path, at.line, at.column, name,
                   text);
}

/* FILE:LINE, for people who ask where a value comes from. Caller frees. */
static char *place(const struct reading *r, struct fy_node *key)
{
    return xasprintf("%s:%d", r->path, yamldoc_place(key).line);
}

static enum err_code offer(const struct reading *r, size_t row, struct fy_node *key,
                           struct fy_node *value)
{
    const char *name = option_at(row)->name;
    const char *text = fy_node_is_scalar(value) ? fy_node_get_scalar0(value) : NULL;
    char *where = place(r, key);
    const struct option_value v = {text, ORIGIN_FILE, where};
    struct err mine = ERR_INIT;

    if (text == NULL || *text == '\0')
        fail_at(r, key, "needs a value", name);
    else if (r->is_project && is_guarded(name, text))
        fail_at(r, key,
                "is not taken from a file that is merely found in the working folder: name the "
                "file with --config, or put the option into your own configuration",
                name);
    else if (str_eq(name, "proxy") && strchr(text, '@') != NULL)
        fail_at(r, key, "holds a password: leave it to the variable HTTPS_PROXY", name);
    else if (options_offer(r->o, row, &v, &mine) != ERR_OK)
        fail_at(r, key, mine.msg, name);
    free(where);
    return r->e->code;
}

static enum err_code offer_all(const struct reading *r, size_t row, struct fy_node *key,
                               struct fy_node *value)
{
    const char *name = option_at(row)->name;
    struct fy_node *item;
    void *it = NULL;

    if (value != NULL && fy_node_is_scalar(value))
        return offer(r, row, key, value);
    if (value == NULL || !fy_node_is_sequence(value))
        return fail_at(r, key, "takes a plain value", name);
    if (option_at(row)->kind != OPTION_LIST)
        return fail_at(r, key, "takes one value, not a list", name);
    while (r->e->code == ERR_OK && (item = fy_node_sequence_iterate(value, &it)) != NULL)
        (void)offer(r, row, key, item);
    return r->e->code;
}

static enum err_code no_such_option(const struct reading *r, struct fy_node *key, const char *name)
{
    static const char *const secrets[] = {"password", "secret", "token"};

    for (size_t i = 0; i < COUNT_OF(secrets); i++)
        if (str_icontains(name, secrets[i]))
            return fail_at(r, key,
                           "is no option: a secret is never taken from here, only the path of a "
                           "file that holds it",
                           name);
    return fail_at(r, key,
                   r->is_section ? "is no option of this command"
                                 : "is neither an option nor a command",
                   name);
}

/* A value that this command has no use for, or that its own section gave already, is checked all
 * the same: into options that are thrown away. */
static enum err_code read_option(const struct reading *r, const char *name, struct fy_node *key,
                                 struct fy_node *value)
{
    struct options scratch = {0};
    struct reading mine = *r;
    size_t row = option_find(name, r->command);

    if (row == option_count() && !r->is_section) {
        row = option_find(name, CMD_ALL);
        mine.o = &scratch;
    } else if (row < option_count() && !r->is_section && r->o->sources[row].origin == ORIGIN_FILE) {
        mine.o = &scratch;
    }
    if (row == option_count())
        return no_such_option(r, key, name);
    if (!option_is_lasting(option_at(row)))
        return fail_at(r, key, "is for the command line only", name);
    scratch.sources = xcalloc(option_count(), sizeof *scratch.sources);
    (void)offer_all(&mine, row, key, value);
    options_release(&scratch);
    return r->e->code;
}

static enum err_code read_mapping(const struct reading *r, struct fy_node *map);

/* What a section says is for its command alone; it is read before the rest, and so wins. */
static enum err_code read_section(const struct reading *r, const struct command *cmd,
                                  struct fy_node *key, struct fy_node *value)
{
    struct options scratch = {0};
    struct reading inner = *r;

    if (value == NULL || !fy_node_is_mapping(value))
        return fail_at(r, key, "is a command: its options follow, indented", cmd->name);
    inner.is_section = true;
    inner.command = cmd->bit;
    if (cmd->bit != r->command) {
        scratch.sources = xcalloc(option_count(), sizeof *scratch.sources);
        inner.o = &scratch;
    }
    (void)read_mapping(&inner, value);
    options_release(&scratch);
    return r->e->code;
}

static enum err_code read_schema(const struct reading *r, struct fy_node *key,
                                 struct fy_node *value)
{
    const char *text =
        value != NULL && fy_node_is_scalar(value) ? fy_node_get_scalar0(value) : NULL;
    int64_t schema;

    if (text == NULL || !str_int(text, CONFIG_SCHEMA, CONFIG_SCHEMA, &schema))
        return fail_at(r, key, "is 1 in files of this version", "schema");
    return ERR_OK;
}

static const char *name_of(struct fy_node *key)
{
    return key != NULL && fy_node_is_scalar(key) ? fy_node_get_scalar0(key) : NULL;
}

static enum err_code read_mapping(const struct reading *r, struct fy_node *map)
{
    struct fy_node_pair *pair;

    for (int sections = r->is_section ? 0 : 1; sections >= 0; sections--) {
        void *it = NULL;

        while (r->e->code == ERR_OK && (pair = fy_node_mapping_iterate(map, &it)) != NULL) {
            struct fy_node *key = fy_node_pair_key(pair);
            struct fy_node *value = fy_node_pair_value(pair);
            const char *name = name_of(key);
            const struct command *cmd = name != NULL && !r->is_section ? command_find(name) : NULL;

            /* An option and a command of one name: a mapping is meant for the command. */
            if (cmd != NULL && option_find(name, CMD_ALL) < option_count() &&
                (value == NULL || !fy_node_is_mapping(value)))
                cmd = NULL;
            if (name == NULL)
                (void)err_set(r->e, ERR_USAGE, "%s: a key must be plain text", r->path);
            else if (cmd != NULL && sections == 1)
                (void)read_section(r, cmd, key, value);
            else if (cmd == NULL && sections == 0 && !r->is_section && str_eq(name, "schema"))
                (void)read_schema(r, key, value);
            else if (cmd == NULL && sections == 0)
                (void)read_option(r, name, key, value);
        }
    }
    return r->e->code;
}

/* Comments and nothing else: what the package installs. */
static bool is_blank(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (p[i] == '#')
            while (i < n && p[i] != '\n')
                i++;
        else if (strchr(" \t\r\n", p[i]) == NULL || p[i] == '\0')
            return false;
    }
    return true;
}

enum err_code config_file_parse(const char *bytes, size_t n, const char *path, bool is_project,
                                unsigned command, struct options *o, struct err *e)
{
    const struct reading r = {path, is_project, command, false, o, e};
    struct fy_document *doc;
    struct fy_node *root;

    if (is_blank(bytes, n) || yamldoc_parse(bytes, n, path, &doc, e) != ERR_OK)
        return e->code;
    root = fy_document_root(doc);
    if (root == NULL || !fy_node_is_mapping(root))
        err_set(e, ERR_USAGE, "%s: must be a mapping of options to values", path);
    else
        (void)read_mapping(&r, root);
    fy_document_destroy(doc);
    return e->code;
}

enum err_code config_file_read(const char *path, bool is_project, unsigned command,
                               struct options *o, struct err *e)
{
    struct buf text;

    if (file_read(path, LIMIT_CONFIG_BYTES, &text, e) != ERR_OK)
        e->code = ERR_USAGE;
    else
        (void)config_file_parse(text.p, text.n, path, is_project, command, o, e);
    buf_release(&text);
    return e->code;
}
