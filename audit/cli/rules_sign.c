/* rules_sign.c - rules sign and rules verify: packs with a signed manifest. */
#include "base/clock.h"
#include "base/fsx.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "base/text.h"
#include "base/timex.h"
#include "context.h"
#include "exitcode.h"
#include "rules/pack.h"
#include "rules_trust.h"
#include "rules_verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PASSWORD_BYTES = 1024 };

static enum err_code read_password(const struct context *c, struct secret *out, struct err *e)
{
    const char *path = c->opt.password_file;
    struct buf b;

    if (path == NULL)
        return ERR_OK;
    if (file_check_private(path, e) != ERR_OK)
        return e->code;
    if (file_read(path, PASSWORD_BYTES, &b, e) == ERR_OK)
        secret_set(out, b.p, strcspn(b.p, "\r\n"));
    secret_wipe(b.p, b.n);
    buf_release(&b);
    return e->code;
}

static enum err_code read_secret(const struct context *c, struct minisign_secret *out,
                                 struct err *e)
{
    const char *path = c->opt.secret_key;
    struct secret password = {0};
    struct buf b;
    struct err why = ERR_INIT;

    if (path == NULL)
        return err_set(e, ERR_USAGE, "rules sign needs --secret-key FILE (make one: minisign -G)");
    if (file_check_private(path, e) != ERR_OK || read_password(c, &password, e) != ERR_OK)
        return e->code;
    if (file_read(path, MINISIGN_FILE_BYTES, &b, &why) == ERR_OK)
        (void)minisign_read_secret(b.p, b.n, path, password.p != NULL ? &password : NULL, out,
                                   &why);
    if (why.code != ERR_OK) /* a key that does not open is a matter of usage */
        err_set(e, why.code == ERR_IO ? ERR_IO : ERR_USAGE, "%s%s", why.msg,
                c->opt.password_file == NULL && why.code == ERR_USAGE ? " (--password-file)" : "");
    secret_wipe(b.p, b.n);
    buf_release(&b);
    secret_release(&password);
    return e->code;
}

static enum err_code write_file(const char *folder, const char *name, const struct buf *b,
                                struct err *e)
{
    char *path = xasprintf("%s/%s", folder, name);
    struct outfile f;
    enum err_code code = outfile_open(&f, path, 0644, e);

    if (code == ERR_OK) {
        (void)fwrite(b->p, 1, b->n, f.f);
        code = outfile_commit(&f, e);
        outfile_abort(&f);
    }
    free(path);
    return code;
}

/* When it was signed, and what: minisign's own comment has the same parts. */
static char *comment_of(const struct context *c)
{
    return xasprintf("timestamp:%lld\tfile:%s\thashed", (long long)(clock_wall_ms(c->clock) / 1000),
                     PACK_MANIFEST);
}

static enum err_code sign_pack(const struct context *c, const char *folder,
                               const struct minisign_secret *secret, struct minisign_key *key,
                               struct err *e)
{
    struct buf manifest;
    struct buf sig;
    char *comment = comment_of(c);
    enum err_code code;

    buf_init(&manifest, LIMIT_PACK_FILE_BYTES);
    buf_init(&sig, MINISIGN_FILE_BYTES);
    code = pack_manifest(folder, &manifest, e);
    if (code == ERR_OK)
        code = minisign_sign(secret, manifest.p, manifest.n, comment, &sig, key, e);
    if (code == ERR_OK)
        code = write_file(folder, PACK_MANIFEST, &manifest, e);
    if (code == ERR_OK)
        code = write_file(folder, PACK_SIGNATURE, &sig, e);
    free(comment);
    buf_release(&sig);
    buf_release(&manifest);
    return code;
}

int rules_sign(const struct context *c, struct err *e)
{
    const struct strlist *a = &c->opt.arguments;
    struct minisign_secret secret = {{0}, {0}};
    struct minisign_key key = {{0}, {0}};
    char id[MINISIGN_ID_TEXT_BYTES];
    enum err_code code = ERR_OK;

    if (a->n < 2)
        code = err_set(e, ERR_USAGE, "rules sign takes a pack folder");
    if (code == ERR_OK)
        code = read_secret(c, &secret, e);
    for (size_t i = 1; code == ERR_OK && i < a->n; i++) {
        code = sign_pack(c, a->v[i], &secret, &key, e);
        minisign_id_text(key.id, id);
        if (code == ERR_OK && !c->opt.quiet)
            printf("%s/%s signed by key %s\n", a->v[i], PACK_MANIFEST, id);
    }
    secret_wipe(&secret, sizeof secret);
    return code != ERR_OK ? context_fail(c, e) : EXIT_CODE_PASSED;
}

static json_t *trust_json(const char *folder, const struct pack_trust *t)
{
    json_t *faults = json_array();

    for (size_t i = 0; i < t->faults.n; i++)
        (void)json_array_append_new(faults, json_string(t->faults.v[i]));
    return json_pack("{s:s, s:b, s:s?, s:s?, s:I, s:o}", "pack", folder, "trusted",
                     (int)(t->faults.n == 0), "key", t->id[0] != '\0' ? t->id : NULL, "comment",
                     t->manifest != NULL ? t->comment : NULL, "files", (json_int_t)t->files,
                     "faults", faults);
}

/* minisign writes "timestamp:...<TAB>file:...": nothing strange in a line of words. */
static void add_comment(struct buf *b, const char *comment)
{
    char *line = xstrdup(comment);

    for (char *p = line; (p = strchr(p, '\t')) != NULL;)
        *p = ' ';
    text_add_safe(b, line);
    free(line);
}

static void print_trust(const char *folder, const struct pack_trust *t)
{
    struct buf b;

    buf_init(&b, (size_t)LIMIT_URL_BYTES * 4);
    text_add_safe(&b, folder);
    if (t->faults.n == 0) {
        buf_addf(&b, ": %zu files, signed by key %s: ", t->files, t->id);
        add_comment(&b, t->comment);
        printf("%s\n", b.p);
    }
    for (size_t i = 0; i < t->faults.n; i++)
        printf("%s: %s\n", b.p, t->faults.v[i]);
    buf_release(&b);
}

int rules_verify(const struct context *c, struct err *e)
{
    const struct strlist *a = &c->opt.arguments;
    struct trusted_keys keys = {0};
    json_t *all = c->opt.json ? json_array() : NULL;
    bool is_good = true;
    enum err_code code = ERR_OK;

    if (a->n < 2)
        code = err_set(e, ERR_USAGE, "rules verify takes a pack folder");
    if (code == ERR_OK)
        code = trusted_keys_load(c, &keys, e);
    for (size_t i = 1; code == ERR_OK && i < a->n; i++) {
        struct pack_trust t;

        pack_trust_check(a->v[i], &keys, &t);
        is_good = is_good && t.faults.n == 0;
        if (all != NULL)
            (void)json_array_append_new(all, trust_json(a->v[i], &t));
        else
            print_trust(a->v[i], &t);
        pack_trust_release(&t);
    }
    trusted_keys_release(&keys);
    if (code == ERR_OK && all != NULL)
        rules_print_json(json_incref(all));
    json_decref(all);
    if (code != ERR_OK)
        return context_fail(c, e);
    return is_good ? EXIT_CODE_PASSED : EXIT_CODE_USAGE;
}
