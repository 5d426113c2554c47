/* cmd_explain.c - from an error line or a log to the layer that stops the mail. Opens no socket. */
#include "base/fsx.h"
#include "base/jsonx.h"
#include "base/limits.h"
#include "base/secret.h"
#include "commands.h"
#include "context.h"
#include "exitcode.h"
#include "explain_view.h"
#include "facts_view.h"
#include "model/store.h"
#include "redaction.h"
#include "reports/redact.h"
#include "rules/explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool is_file(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* The text: standard input for "-", else all arguments, as a line that was not quoted arrives. */
static enum err_code read_text(const struct context *c, struct buf *out, struct err *e)
{
    const struct strlist *a = &c->opt.arguments;

    buf_init(out, LIMIT_EXPLAIN_BYTES);
    if (a->n == 0)
        return err_set(e, ERR_USAGE,
                       "explain what? Give the error text, or - to read a log from standard input");
    if (a->n == 1 && str_eq(a->v[0], "-")) {
        if (file_read("-", LIMIT_EXPLAIN_BYTES, out, e) == ERR_LIMIT) {
            err_clear(e);
            err_set(e, ERR_USAGE,
                    "standard input is larger than %d MiB: give the part of the log "
                    "around the error",
                    LIMIT_EXPLAIN_BYTES >> 20);
        }
    } else if (a->n == 1 && is_file(a->v[0])) {
        err_set(e, ERR_USAGE, "'%s' is a file: graphaudit explain - < %s", a->v[0], a->v[0]);
    } else {
        for (size_t i = 0; i < a->n; i++) {
            buf_adds(out, i > 0 ? " " : "");
            buf_adds(out, a->v[i]);
        }
    }
    if (e->code == ERR_OK && strspn(out->p, " \t\r\n") == out->n)
        err_set(e, ERR_USAGE, "there is no text to explain");
    return e->code;
}

/* What the tenant's settings say about the mailbox of the log, or of --address. */
static enum err_code load_mailbox(struct context *c, struct facts_view *view,
                                  const struct explanation *x, struct explain_view *v,
                                  char **collected, struct err *e)
{
    struct strlist only = {&c->opt.address, 1, 1};
    const struct strlist *addresses = c->opt.address != NULL ? &only : &x->addresses;

    if (c->opt.snapshot == NULL)
        return ERR_OK;
    if (facts_view_open(c, c->opt.snapshot, view, e) == ERR_OK &&
        store_text(view->store, "SELECT substr(started_at, 1, 10) FROM snapshot", collected, e) ==
            ERR_OK &&
        explain_mailbox_load(view->store, addresses, &v->mailbox, e) == ERR_OK) {
        v->snapshot = c->opt.snapshot;
        v->collected = *collected;
        if (explain_mailbox_address(v->mailbox) != NULL)
            v->address = explain_mailbox_address(v->mailbox);
    }
    return e->code;
}

static void print_json(const struct explain_view *v, unsigned redacted, struct redact *r)
{
    json_t *o = explain_json(v);
    char *s;

    redaction_note(redacted, o);
    s = jx_dump(o, JSON_INDENT(2));
    redaction_print(r, s != NULL ? s : "{}", stdout);
    fputc('\n', stdout);
    free(s);
    json_decref(o);
}

static enum err_code print_redacted(const struct explain_view *v, unsigned redacted,
                                    struct redact *r, struct err *e)
{
    char *words = redact_words(redacted);
    char *text = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&text, &n);

    if (f == NULL) {
        err_set(e, ERR_IO, "cannot write the answer");
    } else {
        explain_print(v, f);
        (void)fclose(f);
        printf("%s\n\n", words != NULL ? words : "");
        redaction_print(r, text, stdout);
    }
    free(text);
    free(words);
    return e->code;
}

/* People are known from the snapshot, if there is one. */
static enum err_code print_answer(const struct context *c, struct explain_view *v,
                                  struct store *snapshot, const struct buf *log, struct err *e)
{
    struct redaction redaction;
    struct redact *r = NULL;

    if (redaction_parse(c, &redaction, e) == ERR_OK &&
        redaction_open(&redaction, &snapshot, snapshot != NULL ? 1 : 0, &r, e) == ERR_OK) {
        if (r != NULL && snapshot == NULL)
            redact_learn_nobody(r, log->p, log->n);
        v->colour = v->colour && r == NULL;
        if (c->opt.json)
            print_json(v, redaction.kinds, r);
        else if (r != NULL)
            (void)print_redacted(v, redaction.kinds, r, e);
        else
            explain_print(v, stdout);
    }
    redact_free(r);
    redaction_release(&redaction);
    return e->code;
}

int cmd_explain(struct context *c)
{
    struct explain_view v = {.width = c->width, .colour = c->colour, .in_full = c->opt.verbose};
    struct facts_view facts = {NULL, NULL};
    struct explanation *x = NULL;
    struct buf text;
    struct err e = ERR_INIT;
    char *collected = NULL;
    int rc = EXIT_CODE_PASSED;

    if (c->opt.address != NULL && c->opt.snapshot == NULL)
        err_set(&e, ERR_USAGE, "--address names a mailbox of a snapshot: give --snapshot FILE too");
    buf_init(&text, 0);
    if (e.code == ERR_OK && read_text(c, &text, &e) == ERR_OK &&
        explain_text(text.p, text.n, &x, &e) == ERR_OK) {
        v.x = x;
        v.has_lines = x->lines > 1;
        v.address = c->opt.address != NULL ? c->opt.address
                    : x->addresses.n > 0   ? x->addresses.v[0]
                                           : NULL;
        (void)load_mailbox(c, &facts, x, &v, &collected, &e);
    }
    if (e.code == ERR_OK)
        (void)print_answer(c, &v, facts.store, &text, &e);
    if (e.code != ERR_OK)
        rc = context_fail(c, &e);
    secret_wipe(text.p, text.n); /* logs hold passwords */
    buf_release(&text);
    explain_mailbox_free(v.mailbox);
    facts_view_close(&facts);
    explain_free(x);
    free(collected);
    return rc;
}
