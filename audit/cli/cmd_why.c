/* cmd_why.c - one mailbox's verdict explained, from a snapshot or from the tenant. */
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/text.h"
#include "commands.h"
#include "context.h"
#include "demo.h"
#include "exitcode.h"
#include "model/evidence.h"
#include "model/store.h"
#include "redaction.h"
#include "reports/redact.h"
#include "rules/why.h"
#include "run.h"
#include "why_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES_BYTES = 16 * 1024 };

static bool says_user(const struct strlist *sign_in)
{
    for (size_t i = 0; i < sign_in->n; i++)
        if (str_starts(sign_in->v[i], "user=") || strstr(sign_in->v[i], ",user=") != NULL)
            return true;
    return false;
}

static enum err_code check_redaction(const struct context *c, struct err *e)
{
    struct redaction r;

    (void)redaction_parse(c, &r, e);
    redaction_release(&r);
    return e->code;
}

/* Everything that can be wrong in what the user typed, before anything is contacted. */
static enum err_code check_arguments(const struct context *c, struct err *e)
{
    const struct options *o = &c->opt;

    if (o->arguments.n > 1)
        return err_set(e, ERR_USAGE, "unexpected argument '%s': why takes one ADDRESS",
                       o->arguments.v[1]);
    if (o->policy != NULL && (o->arguments.n > 0 || o->what_if.n > 0 || o->sign_in.n > 0))
        return err_set(e, ERR_USAGE,
                       "--policy asks about a policy: without ADDRESS, --what-if and --sign-in");
    if (o->arguments.n == 0 && o->policy == NULL && !says_user(&o->sign_in))
        return err_set(e, ERR_USAGE, "which mailbox? graphaudit why ADDRESS");
    if (o->demo && o->snapshot != NULL)
        return err_set(e, ERR_USAGE, "--demo and --snapshot are two different tenants");
    if (run_check_dates(c, e) != ERR_OK || check_redaction(c, e) != ERR_OK)
        return e->code;
    if (why_change_check(&o->what_if, e) != ERR_OK)
        return e->code;
    return why_sign_in_check(&o->sign_in, e);
}

/* What the verdict and Conditional Access stand on. */
static enum err_code collect(struct context *c, const char *path, struct store **s, struct err *e)
{
    evidence_set needed = evidence_needs("smtp_auth", "basic") |
                          evidence_needs("smtp_auth", "oauth_app") |
                          evidence_needs("user_protection", "mfa");
    const char *only[EVIDENCE_MAX];
    size_t n = 0;

    for (size_t i = 0; i < evidence_resource_count(); i++)
        if ((needed & ((evidence_set)1 << i)) != 0)
            only[n++] = evidence_resource_at(i)->id;
    return run_collect_only(c, path, only, n, s, e);
}

static enum err_code open_evidence(struct context *c, struct snapshot_file *temporary,
                                   struct store **s, struct err *e)
{
    if (c->opt.snapshot != NULL) {
        if (store_open(c->opt.snapshot, false, s, e) == ERR_OK)
            (void)run_check_seal(c, *s, e);
        return e->code;
    }
    if (snapshot_file_choose(c, temporary, e) != ERR_OK)
        return e->code;
    if (!c->opt.demo)
        return collect(c, temporary->path, s, e);
    if (demo_copy(temporary->path, e) == ERR_OK)
        (void)store_open(temporary->path, false, s, e);
    return e->code;
}

static void add_name(struct buf *b, const char *name)
{
    if (b->n > 0)
        buf_adds(b, ", ");
    text_add_cut(b, name, 100);
}

/* Nothing, or several, of this name: an error with what to ask for instead. */
static enum err_code not_one(const char *name, const struct why_found *f, struct err *e)
{
    struct buf names;

    buf_init(&names, NAMES_BYTES);
    for (size_t i = 0; i < f->n; i++)
        add_name(&names, f->v[i].address != NULL ? f->v[i].address : f->v[i].guid);
    for (size_t i = 0; i < f->near_n; i++)
        add_name(&names, f->near[i]);
    if (f->n > 1)
        err_set(e, ERR_USAGE, "%zu mailboxes are called '%s': ask for one of %s", f->n, name,
                names.p);
    else if (f->is_unread)
        err_set(e, ERR_USAGE, "'%s' is not in the snapshot, but it may exist: %s", name, f->state);
    else if (f->is_account)
        err_set(e, ERR_USAGE, "'%s' is an account without a mailbox in this snapshot", name);
    else if (f->near_n > 0)
        err_set(e, ERR_USAGE,
                "no mailbox '%s': did you mean %s? (An alias is not known: only primary addresses "
                "are collected.)",
                name, names.p);
    else
        err_set(e, ERR_USAGE,
                "no mailbox '%s' (an alias is not known: only primary addresses are collected)",
                name);
    buf_release(&names);
    return e->code;
}

/* Where an answer goes: into memory first, when it has to be redacted. */
struct shown {
    struct redact *redact; /* NULL: nothing is redacted */
    unsigned kinds;
    char *text; /* what was written to `f` */
    size_t n;
    FILE *f;
};

static void print_json(const struct shown *to, json_t *o)
{
    char *s;

    redaction_note(to->kinds, o);
    s = jx_dump(o, JSON_INDENT(2));
    fprintf(to->f, "%s\n", s != NULL ? s : "{}");
    free(s);
    json_decref(o);
}

static enum err_code shown_open(struct shown *to, struct err *e)
{
    to->f = to->redact == NULL ? stdout : open_memstream(&to->text, &to->n);
    return to->f != NULL ? ERR_OK : err_set(e, ERR_IO, "cannot write the answer");
}

static void shown_close(struct shown *to, bool is_json, bool is_good)
{
    char *words = is_json ? NULL : redact_words(to->kinds);

    if (to->f != NULL && to->f != stdout)
        (void)fclose(to->f);
    if (to->text != NULL && is_good) {
        if (words != NULL)
            printf("%s\n\n", words);
        redaction_print(to->redact, to->text, stdout);
    }
    free(words);
    free(to->text);
}

static enum err_code answer_to(struct context *c, struct why *w, const struct why_mailbox *m,
                               const struct shown *to, int *rc, struct err *e)
{
    struct why_view view = {
        .f = to->f, .width = c->width, .colour = c->colour && to->redact == NULL};
    struct why_answer a;
    struct why_sign_in s;
    struct why_reach r;

    view.source = c->opt.demo               ? "the demo tenant"
                  : c->opt.snapshot != NULL ? c->opt.snapshot
                                            : "the tenant";
    if (c->opt.policy != NULL) {
        if (why_policy_ask(w, c->opt.policy, &r, e) != ERR_OK)
            return e->code;
        if (c->opt.json)
            print_json(to, why_json_policy(&r));
        else
            why_print_policy(&view, &r);
        return ERR_OK;
    }
    if (c->opt.sign_in.n > 0) {
        if (why_sign_in_ask(w, m, &c->opt.sign_in, &c->opt.what_if, &s, e) != ERR_OK)
            return e->code;
        if (c->opt.json)
            print_json(to, why_json_sign_in(&s));
        else
            why_print_sign_in(&view, &s);
        return ERR_OK;
    }
    if (why_ask(w, m, &c->opt.what_if, &a, e) != ERR_OK)
        return e->code;
    if (c->opt.json)
        print_json(to, why_json(&a));
    else
        why_print(&view, &a);
    if (str_eq(a.after.basic, "unknown"))
        *rc = EXIT_CODE_INCOMPLETE;
    return ERR_OK;
}

static enum err_code answer(struct context *c, struct store *s, struct why *w,
                            const struct why_mailbox *m, int *rc, struct err *e)
{
    struct redaction redaction;
    struct shown to = {0};

    if (redaction_parse(c, &redaction, e) == ERR_OK &&
        redaction_open(&redaction, &s, 1, &to.redact, e) == ERR_OK &&
        shown_open(&to, e) == ERR_OK) {
        to.kinds = redaction.kinds;
        (void)answer_to(c, w, m, &to, rc, e);
    }
    shown_close(&to, c->opt.json, e->code == ERR_OK);
    redact_free(to.redact);
    redaction_release(&redaction);
    return e->code;
}

static enum err_code ask(struct context *c, struct store *s, int *rc, struct err *e)
{
    const struct strlist *names = &c->opt.arguments;
    struct why_found found = {0};
    struct why *w = NULL;
    struct facts_options o = {0};

    if (run_facts_options(c, s, &o, e) == ERR_OK && why_open(s, &o, &w, e) == ERR_OK) {
        if (names->n > 0 && why_find(w, names->v[0], &found, e) == ERR_OK && found.n != 1) {
            (void)not_one(names->v[0], &found, e);
            if (found.is_unread)
                *rc = EXIT_CODE_INCOMPLETE;
        }
        if (e->code == ERR_OK)
            (void)answer(c, s, w, names->n > 0 ? &found.v[0] : NULL, rc, e);
    }
    why_close(w);
    return e->code;
}

int cmd_why(struct context *c)
{
    struct snapshot_file temporary = {NULL, false};
    struct store *s = NULL;
    struct err e = ERR_INIT;
    int rc = EXIT_CODE_PASSED;

    if (check_arguments(c, &e) == ERR_OK && open_evidence(c, &temporary, &s, &e) == ERR_OK)
        (void)ask(c, s, &rc, &e);
    if (e.code != ERR_OK) {
        int code = context_fail(c, &e);

        rc = rc == EXIT_CODE_INCOMPLETE ? rc : code;
    }
    store_close(s);
    snapshot_file_end(c, &temporary, false);
    return rc;
}
