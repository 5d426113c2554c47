#include "rules/pack.h"

#include "base/digest.h"
#include "base/fsx.h"
#include "base/jsonx.h"
#include "base/limits.h"
#include "base/mem.h"
#include "rule.h"

#include <stdlib.h>
#include <string.h>

enum { MANIFEST_SCHEMA = 1 };

static char *path_of(const char *folder, const char *name)
{
    size_t n = strlen(folder);

    return xasprintf("%s%s%s", folder, n > 0 && folder[n - 1] == '/' ? "" : "/", name);
}

static enum err_code add_file(const char *folder, const char *name, json_t *files, struct err *e)
{
    char *path = path_of(folder, name);
    char hex[SHA256_HEX_BYTES];
    struct buf b = {0};
    enum err_code code = ERR_OK;

    if (file_is_dir(path))
        code = err_set(e, ERR_USAGE, "'%s' is a folder: a pack holds files only", path);
    if (code == ERR_OK)
        code = file_read(path, LIMIT_PACK_FILE_BYTES, &b, e);
    if (code == ERR_OK) {
        sha256_hex(b.p, b.n, hex);
        if (json_object_set_new(files, name, json_string(hex)) != 0)
            code = err_set(e, ERR_USAGE, "'%s': a file's name has to be UTF-8", folder);
    }
    buf_release(&b);
    free(path);
    return code;
}

/* {name: hex} of what lies there; caller frees. */
static enum err_code read_folder(const char *folder, json_t **out, struct err *e)
{
    struct strlist names = {0};
    json_t *files = json_object();
    enum err_code code = dir_list(folder, "", &names, e);

    if (code == ERR_OK && !strlist_has(&names, "pack.yaml"))
        code = err_set(e, ERR_USAGE, "'%s' is no pack: there is no pack.yaml in it", folder);
    if (code == ERR_OK && names.n > LIMIT_RULES)
        code = err_set(e, ERR_LIMIT, "'%s' holds more than %d files", folder, LIMIT_RULES);
    for (size_t i = 0; code == ERR_OK && i < names.n; i++)
        if (!str_eq(names.v[i], PACK_MANIFEST) && !str_eq(names.v[i], PACK_SIGNATURE))
            code = add_file(folder, names.v[i], files, e);
    strlist_release(&names);
    if (code != ERR_OK) {
        json_decref(files);
        return code;
    }
    *out = files;
    return ERR_OK;
}

enum err_code pack_manifest(const char *folder, struct buf *out, struct err *e)
{
    json_t *files = NULL;
    json_t *all;
    char *text;

    if (read_folder(folder, &files, e) != ERR_OK)
        return e->code;
    all = json_pack("{s:i, s:o}", "schema", MANIFEST_SCHEMA, "files", files);
    text = json_dumps(all, JSON_INDENT(2) | JSON_SORT_KEYS | JSON_ENSURE_ASCII);
    buf_addf(out, "%s\n", text != NULL ? text : "");
    free(text);
    json_decref(all);
    return out->failed ? err_set(e, ERR_LIMIT, "the manifest of '%s' is too large", folder)
                       : ERR_OK;
}

/* The object "files" of a manifest, borrowed from *all. */
static enum err_code read_manifest(const char *folder, const char *bytes, size_t n, json_t **all,
                                   json_t **files, struct err *e)
{
    int64_t schema = 0;
    const char *name;
    json_t *value;
    enum err_code code = jx_parse(bytes, n, PACK_MANIFEST, all, e);

    if (code != ERR_OK)
        return err_wrap(e, "'%s'", folder);
    if (jx_int(*all, "schema", &schema) != JX_OK || schema != MANIFEST_SCHEMA ||
        !json_is_object(*files = json_object_get(*all, "files")))
        return err_set(e, ERR_PARSE, "'%s': %s is no manifest of schema %d", folder, PACK_MANIFEST,
                       MANIFEST_SCHEMA);
    json_object_foreach(*files, name, value)
    {
        const char *hex = json_string_value(value);

        if (hex == NULL || strlen(hex) != SHA256_HEX_BYTES - 1 ||
            strspn(hex, "0123456789abcdef") != SHA256_HEX_BYTES - 1)
            return err_set(e, ERR_PARSE, "'%s': %s has no SHA-256 of '%s'", folder, PACK_MANIFEST,
                           name);
    }
    return ERR_OK;
}

static void add_line(struct strlist *out, const char *name, const char *what)
{
    char *line = xasprintf("%s %s", name, what);

    strlist_add(out, line);
    free(line);
}

/* `now` against `then`, in the order of names. */
static void compare(json_t *then, json_t *now, struct strlist *out)
{
    const char *name;
    json_t *value;

    json_object_foreach(now, name, value)
    {
        const json_t *was = json_object_get(then, name);

        if (was == NULL)
            add_line(out, name, "is not in the manifest");
        else if (!json_equal(was, value))
            add_line(out, name, "was changed");
    }
    json_object_foreach(then, name, value) if (json_object_get(now, name) == NULL)
        add_line(out, name, "is gone");
    strlist_sort_unique(out);
}

enum err_code pack_differences(const char *folder, const char *bytes, size_t n, struct strlist *out,
                               size_t *files, struct err *e)
{
    json_t *all = NULL;
    json_t *now = NULL;
    json_t *then = NULL;
    enum err_code code = read_manifest(folder, bytes, n, &all, &then, e);

    if (code == ERR_OK)
        code = read_folder(folder, &now, e);
    if (code == ERR_OK) {
        compare(then, now, out);
        *files = json_object_size(then);
    }
    json_decref(now);
    json_decref(all);
    return code;
}

enum err_code pack_differences_loaded(const struct ruleset *rs, const char *folder,
                                      const char *bytes, size_t n, struct strlist *out,
                                      struct err *e)
{
    json_t *all = NULL;
    json_t *then = NULL;
    char *prefix = path_of(folder, "");
    enum err_code code = read_manifest(folder, bytes, n, &all, &then, e);

    for (size_t i = 0; code == ERR_OK && i < rs->n; i++) {
        const struct rule *r = rs->rules[i];
        const char *name = r->file + strlen(prefix);
        const char *hex;

        if (!str_starts(r->file, prefix) || strchr(name, '/') != NULL)
            continue;
        hex = json_string_value(json_object_get(then, name));
        if (!str_eq(hex, r->digest))
            add_line(out, name, hex == NULL ? "is not in the manifest" : "was changed");
    }
    free(prefix);
    json_decref(all);
    return code;
}
