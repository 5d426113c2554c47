#include "rules_trust.h"

#include "base/fsx.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "context.h"
#include "rules/engine.h"
#include "rules/pack.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- keys ---- */

static enum err_code add_key(const char *path, struct trusted_keys *out, struct err *e)
{
    struct buf b;
    struct minisign_key k;
    struct err why = ERR_INIT;

    if (file_read(path, MINISIGN_FILE_BYTES, &b, &why) == ERR_OK &&
        minisign_read_key(b.p, b.n, path, &k, &why) == ERR_OK) {
        out->v = xreallocarray(out->v, out->n + 1, sizeof *out->v);
        out->v[out->n++] = k;
    }
    buf_release(&b);
    return why.code != ERR_OK ? err_set(e, ERR_USAGE, "%s", why.msg) : ERR_OK;
}

enum err_code trusted_keys_load(const struct context *c, struct trusted_keys *out, struct err *e)
{
    const char *path = c->opt.trusted_keys;
    struct strlist names = {0};
    enum err_code code = ERR_OK;

    memset(out, 0, sizeof *out);
    if (path == NULL && access(TRUSTED_KEYS_FOLDER, F_OK) != 0)
        return ERR_OK;
    if (path == NULL)
        path = TRUSTED_KEYS_FOLDER;
    if (!file_is_dir(path))
        return add_key(path, out, e);
    code = dir_list(path, ".pub", &names, e);
    if (code == ERR_OK && names.n > LIMIT_TRUSTED_KEYS)
        code = err_set(e, ERR_USAGE, "'%s' holds more than %d keys", path, LIMIT_TRUSTED_KEYS);
    for (size_t i = 0; code == ERR_OK && i < names.n; i++) {
        char *file = xasprintf("%s/%s", path, names.v[i]);

        code = add_key(file, out, e);
        free(file);
    }
    strlist_release(&names);
    return code;
}

void trusted_keys_release(struct trusted_keys *k)
{
    free(k->v);
    memset(k, 0, sizeof *k);
}

/* ---- one pack ---- */

static void fault(struct pack_trust *t, const char *text)
{
    struct buf b;

    buf_init(&b, LIMIT_URL_BYTES);
    text_add_safe(&b, text);
    strlist_add(&t->faults, b.p);
    buf_release(&b);
}

static bool read_named(const char *folder, const char *name, size_t most, struct buf *out,
                       struct pack_trust *t)
{
    char *path = xasprintf("%s/%s", folder, name);
    struct err why = ERR_INIT;
    bool ok = false;

    buf_init(out, 0);
    if (access(path, F_OK) != 0) {
        fault(t, "is not signed");
    } else {
        ok = file_read(path, most, out, &why) == ERR_OK;
        if (!ok)
            fault(t, why.msg);
    }
    free(path);
    return ok;
}

static bool is_signed(const struct trusted_keys *keys, const struct minisign_signature *sig,
                      const struct buf *data, struct pack_trust *t)
{
    bool is_known = false;

    for (size_t i = 0; i < keys->n; i++) {
        if (memcmp(keys->v[i].id, sig->id, sizeof sig->id) != 0)
            continue;
        is_known = true;
        if (minisign_verify(&keys->v[i], sig, data->p, data->n))
            return true;
    }
    if (is_known) {
        fault(t, "the signature does not fit " PACK_MANIFEST);
    } else {
        char *text = xasprintf("is signed by key %s, which is not trusted", t->id);

        fault(t, text);
        free(text);
    }
    return false;
}

static void check_files(const char *folder, const struct buf *manifest, struct pack_trust *t)
{
    struct strlist lines = {0};
    struct err why = ERR_INIT;

    if (pack_differences(folder, manifest->p, manifest->n, &lines, &t->files, &why) != ERR_OK)
        fault(t, why.msg);
    for (size_t i = 0; i < lines.n; i++)
        fault(t, lines.v[i]);
    strlist_release(&lines);
}

void pack_trust_check(const char *folder, const struct trusted_keys *keys, struct pack_trust *out)
{
    struct minisign_signature sig;
    struct buf text;
    struct buf manifest;
    struct err why = ERR_INIT;

    memset(out, 0, sizeof *out);
    buf_init(&manifest, 0);
    if (read_named(folder, PACK_SIGNATURE, MINISIGN_FILE_BYTES, &text, out)) {
        if (minisign_read_signature(text.p, text.n, PACK_SIGNATURE, &sig, &why) != ERR_OK) {
            fault(out, why.msg);
        } else if (read_named(folder, PACK_MANIFEST, LIMIT_PACK_FILE_BYTES, &manifest, out)) {
            minisign_id_text(sig.id, out->id);
            if (is_signed(keys, &sig, &manifest, out)) {
                memcpy(out->comment, sig.comment, sizeof out->comment);
                check_files(folder, &manifest, out);
                out->manifest_n = manifest.n;
                out->manifest = buf_take(&manifest);
            }
        }
    }
    buf_release(&text);
    buf_release(&manifest);
}

void pack_trust_release(struct pack_trust *t)
{
    free(t->manifest);
    strlist_release(&t->faults);
    memset(t, 0, sizeof *t);
}

/* ---- everything that was loaded ---- */

/* The folder a path is or lies in; caller frees. */
static char *folder_of(const char *path)
{
    const char *slash;

    if (file_is_dir(path)) {
        size_t n = strlen(path);

        while (n > 1 && path[n - 1] == '/')
            n--;
        return xstrndup(path, n);
    }
    slash = strrchr(path, '/');
    return slash != NULL ? xstrndup(path, (size_t)(slash - path)) : xstrdup(".");
}

static enum err_code judge(const struct context *c, const char *folder, const struct ruleset *rs,
                           const struct trusted_keys *keys, struct err *e)
{
    bool is_strict = str_eq(c->opt.rules_trust, "strict");
    struct pack_trust t;
    enum err_code code = ERR_OK;

    pack_trust_check(folder, keys, &t);
    if (t.faults.n == 0) /* what was loaded, should it differ from what lies there now */
        code = pack_differences_loaded(rs, folder, t.manifest, t.manifest_n, &t.faults, e);
    if (code == ERR_OK && t.faults.n > 0 && is_strict)
        code = err_set(e, ERR_USAGE, "rules from '%s' are not trusted: %s%s", folder, t.faults.v[0],
                       t.faults.n > 1 ? ", and more (see graphaudit rules verify)" : "");
    else if (code == ERR_OK && t.faults.n > 0)
        log_line(&c->log, LOG_WARNING, "rules from '%s': %s", folder, t.faults.v[0]);
    pack_trust_release(&t);
    return code;
}

enum err_code rules_trust(const struct context *c, const struct ruleset *rs, struct err *e)
{
    const char *mode = c->opt.rules_trust;
    struct trusted_keys keys = {0};
    struct strlist folders = {0};
    enum err_code code = ERR_OK;

    if (mode == NULL || str_eq(mode, "off"))
        return ERR_OK;
    if (!str_eq(mode, "strict") && !str_eq(mode, "warn"))
        return err_set(e, ERR_USAGE, "--rules-trust takes strict, warn or off, not '%s'", mode);
    if (c->opt.rules.n > 0)
        code = trusted_keys_load(c, &keys, e);
    for (size_t i = 0; i < c->opt.rules.n; i++) {
        char *folder = folder_of(c->opt.rules.v[i]);

        if (!strlist_has(&folders, folder))
            strlist_add(&folders, folder);
        free(folder);
    }
    for (size_t i = 0; code == ERR_OK && i < folders.n; i++)
        code = judge(c, folders.v[i], rs, &keys, e);
    strlist_release(&folders);
    trusted_keys_release(&keys);
    return code;
}
