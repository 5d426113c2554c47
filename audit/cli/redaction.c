#include "redaction.h"

#include "base/fsx.h"
#include "base/limits.h"
#include "base/secret.h"
#include "context.h"
#include "reports/redact.h"

#include <string.h>

static enum err_code read_key(const char *path, struct buf *out, struct err *e)
{
    if (file_check_private(path, e) != ERR_OK)
        return e->code;
    buf_release(out);
    if (file_read(path, LIMIT_CREDENTIAL_BYTES, out, e) != ERR_OK)
        return e->code = ERR_USAGE;
    while (out->n > 0 && (out->p[out->n - 1] == '\n' || out->p[out->n - 1] == '\r'))
        out->n--; /* as an editor leaves them */
    if (out->n < REDACT_KEY_LEAST)
        return err_set(e, ERR_USAGE,
                       "--redact-key-file: '%s' holds %zu bytes: give it at least %d, such as "
                       "`openssl rand -hex 32` makes them",
                       path, out->n, REDACT_KEY_LEAST);
    return ERR_OK;
}

enum err_code redaction_parse(const struct context *c, struct redaction *out, struct err *e)
{
    memset(out, 0, sizeof *out);
    buf_init(&out->key, LIMIT_CREDENTIAL_BYTES);
    if (c->opt.redact == NULL && c->opt.redact_key_file != NULL)
        return err_set(e, ERR_USAGE,
                       "--redact-key-file is the key of --redact: say what to redact");
    if (c->opt.redact == NULL)
        return ERR_OK;
    if (redact_kinds_parse(c->opt.redact, &out->kinds, e) == ERR_OK &&
        c->opt.redact_key_file != NULL)
        (void)read_key(c->opt.redact_key_file, &out->key, e);
    return e->code;
}

void redaction_release(struct redaction *r)
{
    secret_wipe(r->key.p, r->key.n);
    buf_release(&r->key);
    memset(r, 0, sizeof *r);
}

enum err_code redaction_open(const struct redaction *r, struct store *const *stores, size_t n,
                             struct redact **out, struct err *e)
{
    struct redact_options o = {.kinds = r->kinds};

    *out = NULL;
    if (r->kinds == 0)
        return ERR_OK;
    if (r->key.n > 0) {
        o.key = r->key.p;
        o.key_bytes = r->key.n;
    }
    *out = redact_new(&o);
    for (size_t i = 0; e->code == ERR_OK && i < n; i++)
        if (redact_learn(*out, stores[i], e) != ERR_OK)
            err_wrap(e, "--redact");
    return e->code;
}

enum err_code redaction_begin(const struct redaction *r, struct store *s, struct redact **out,
                              struct err *e)
{
    if (redaction_open(r, &s, 1, out, e) == ERR_OK && *out != NULL)
        redact_apply(*out, s);
    return e->code;
}

void redaction_print(struct redact *r, const char *text, FILE *f)
{
    struct buf b;

    buf_init(&b, LIMIT_REPORT_TEXT_BYTES);
    if (r == NULL || !redact_string(r, text, &b))
        fputs(text, f);
    else
        fputs(b.failed ? "(left out: too long to be redacted)\n" : b.p, f);
    buf_release(&b);
}

void redaction_note(unsigned kinds, json_t *document)
{
    json_t *a = json_array();

    for (size_t i = 0; redact_kind_name(i) != NULL; i++)
        if ((kinds & (1U << i)) != 0)
            (void)json_array_append_new(a, json_string(redact_kind_name(i)));
    if (json_array_size(a) > 0)
        (void)json_object_set(document, "redacted", a);
    json_decref(a);
}
