/* Fills smtp_auth: one mailbox at a time, in the order of their GUIDs, in constant memory. Its long
 * texts go to shared_text; the fix is shared by leaving the mailbox's name out of it, which the
 * view puts back. */
#include "derive.h"
#include "model/store.h"
#include "shared_text.h"
#include "smtp_case.h"
#include "smtp_text.h"

#include <string.h>

static const char insert_sql[] =
    "INSERT INTO smtp_auth_row(mailbox_guid, user_id, address, basic, oauth_delegated, oauth_app,"
    " reply, layers, fix, fix_names, confidence, explanation) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)";
static const char mailbox_mark[] = "{mailbox}"; /* known to the view */

struct texts {
    struct buf layers, explanation, fix, shared_fix;
    struct shared_texts *kept;
};

/* Replaces each 'name' of `text` by the mark; false when there is none. */
static bool take_out(const char *text, const char *name, struct buf *out)
{
    size_t n = name != NULL ? strlen(name) : 0;
    const char *from = text;
    bool is_found = false;

    buf_clear(out);
    if (n == 0)
        return false;
    for (const char *at = text; (at = strchr(at, '\'')) != NULL; at++) {
        if (strncmp(at + 1, name, n) != 0 || at[n + 1] != '\'')
            continue;
        buf_add(out, from, (size_t)(at - from));
        buf_adds(out, mailbox_mark);
        at += n + 1;
        from = at + 1;
        is_found = true;
    }
    buf_adds(out, from);
    return is_found;
}

/* The fix without the mailbox's name; *names says which name it was, NULL when there was none. */
static const char *shared_fix(const struct smtp_case *c, struct texts *t, const char **names)
{
    *names = NULL;
    if (strstr(t->fix.p, mailbox_mark) != NULL)
        return t->fix.p; /* the view could not tell this one from its own */
    if (take_out(t->fix.p, c->address, &t->shared_fix))
        *names = "address";
    else if (take_out(t->fix.p, c->guid, &t->shared_fix))
        *names = "guid";
    return *names != NULL ? t->shared_fix.p : t->fix.p;
}

static enum err_code write_row(struct stmt *insert, const struct smtp_case *c, const char *user_id,
                               const struct smtp_verdict *v, struct texts *t, struct err *e)
{
    const char *names = NULL;
    int64_t layers;
    int64_t explanation;
    int64_t fix = 0;
    int at = 0;

    if (t->layers.failed || t->explanation.failed || t->fix.failed)
        BUG("a verdict's text outgrew %d bytes", (int)SMTP_TEXT_BYTES);
    if (shared_text_id(t->kept, t->layers.p, &layers, e) != ERR_OK ||
        shared_text_id(t->kept, t->explanation.p, &explanation, e) != ERR_OK)
        return e->code;
    if (t->fix.n > 0 && shared_text_id(t->kept, shared_fix(c, t, &names), &fix, e) != ERR_OK)
        return e->code;
    stmt_bind_borrowed(insert, ++at, c->guid);
    stmt_bind_borrowed(insert, ++at, user_id);
    stmt_bind_borrowed(insert, ++at, c->address);
    for (int m = 0; m < SMTP_MECHANISM_COUNT; m++)
        stmt_bind_borrowed(insert, ++at, smtp_answer_name(v->answer[m]));
    stmt_bind_borrowed(insert, ++at, v->reply);
    stmt_bind_int(insert, ++at, layers);
    if (fix > 0)
        stmt_bind_int(insert, ++at, fix);
    else
        stmt_bind_null(insert, ++at);
    stmt_bind_borrowed(insert, ++at, names);
    stmt_bind_borrowed(insert, ++at, smtp_confidence_name(v->confidence));
    stmt_bind_int(insert, ++at, explanation);
    return stmt_write(insert, e);
}

static enum err_code judge_all(struct stmt *select, struct stmt *insert,
                               const struct smtp_tenant *t, const struct evidence_states *states,
                               struct texts *x, struct err *e)
{
    struct smtp_case c;
    struct smtp_verdict v;
    bool row = false;

    while (stmt_step(select, &row, e) == ERR_OK && row) {
        smtp_case_read(select, t, &c);
        smtp_judge(&c, &v);
        buf_clear(&x->layers);
        buf_clear(&x->explanation);
        buf_clear(&x->fix);
        smtp_text_layers(&v, &x->layers);
        smtp_text_explanation(&c, &v, states, &x->explanation);
        smtp_text_fix(&c, &v, states, &x->fix);
        if (write_row(insert, &c, smtp_case_user_id(select), &v, x, e) != ERR_OK)
            break;
    }
    return e->code;
}

enum err_code smtp_auth_derive(struct store *s, const struct derive_context *d, struct err *e)
{
    struct smtp_tenant t = {0};
    struct texts x = {.kept = d->texts};
    struct stmt *select = NULL;
    struct stmt *insert = NULL;
    enum err_code code = smtp_tenant_load(s, d, &t, e);

    buf_init(&x.layers, SMTP_TEXT_BYTES);
    buf_init(&x.explanation, SMTP_TEXT_BYTES);
    buf_init(&x.fix, SMTP_TEXT_BYTES);
    buf_init(&x.shared_fix, SMTP_TEXT_BYTES * sizeof mailbox_mark); /* a name has a byte at least */
    if (code == ERR_OK)
        code = smtp_case_select(s, NULL, &select, e);
    if (code == ERR_OK)
        code = stmt_prepare(s, insert_sql, &insert, e);
    if (code == ERR_OK)
        code = judge_all(select, insert, &t, d->states, &x, e);
    stmt_free(insert);
    stmt_free(select);
    buf_release(&x.layers);
    buf_release(&x.explanation);
    buf_release(&x.fix);
    buf_release(&x.shared_fix);
    return code;
}
