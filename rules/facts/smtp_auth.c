/* Fills mailbox_smtp and smtp_auth: one mailbox at a time, in the order of their GUIDs, in constant
 * memory, while another thread reads ahead. Its long
 * texts go to shared_text; the fix is shared by leaving the mailbox's name out of it, which the
 * view puts back. Mailboxes that differ in nothing but their names have the same verdict and the
 * same texts, so these are worked out once for each kind. */
#include "base/limits.h"
#include "base/mem.h"
#include "ca_pool.h"
#include "derive.h"
#include "model/store.h"
#include "row_pipe.h"
#include "shared_text.h"
#include "smtp_reader.h"
#include "smtp_text.h"

#include <stdlib.h>
#include <string.h>

static const char switch_sql[] =
    "INSERT INTO mailbox_smtp(mailbox_guid, user_id, tenant_flag, mailbox_flag, effective,"
    " decided_by, policy_source, policy_name, policy_basic_smtp, has_exchange_plan)"
    " VALUES (?,?,?,?,?,?,?,?,?,?)";
static const char verdict_sql[] =
    "INSERT INTO smtp_auth_row(mailbox_guid, user_id, address, basic, oauth_delegated, oauth_app,"
    " reply, layers, fix, fix_names, confidence, explanation) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)";
static const char mailbox_mark[] = "{mailbox}"; /* known to the view */

/* What a mailbox's row says beside the mailbox's names. */
struct kind {
    enum smtp_answer answer[SMTP_MECHANISM_COUNT];
    enum smtp_confidence confidence;
    const char *reply;                /* as in the verdict: never freed */
    const char *fix_names;            /* as in the row */
    int64_t layers, fix, explanation; /* ids; fix 0: none */
};

struct texts {
    struct buf layers, explanation, fix, shared_fix;
    struct buf key;
    struct shared_texts *kept;
    struct ca_pool pool;
    struct ca_map seen; /* from key to an index of kind[] */
    struct kind *kind;
    uint32_t n;
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

static void add_key_text(struct texts *t, const char *text)
{
    buf_addc(&t->key, text != NULL ? '=' : '-');
    if (text != NULL)
        buf_add(&t->key, text, strlen(text) + 1);
}

/* Everything that a verdict and its texts hang on. The sentence about Conditional Access is one of
 * the model's, and goes by its address. False when a stranger's names are too long for a key. */
static bool make_key(const struct smtp_case *c, struct texts *t)
{
    struct smtp_case plain = *c;
    enum smtp_naming naming = smtp_text_naming(c);

    plain.guid = plain.address = NULL;
    plain.recipient_type = plain.policy_name = plain.domain = NULL;
    buf_clear(&t->key);
    buf_add(&t->key, &plain, sizeof plain);
    buf_add(&t->key, &naming, sizeof naming);
    add_key_text(t, c->recipient_type);
    add_key_text(t, c->policy_name);
    add_key_text(t, c->domain);
    return !t->key.failed;
}

static enum err_code make_kind(const struct smtp_case *c, const struct evidence_states *states,
                               struct texts *t, struct kind *out, struct err *e)
{
    struct smtp_verdict v;

    smtp_judge(c, &v);
    buf_clear(&t->layers);
    buf_clear(&t->explanation);
    buf_clear(&t->fix);
    smtp_text_layers(&v, &t->layers);
    smtp_text_explanation(c, &v, states, &t->explanation);
    smtp_text_fix(c, &v, states, &t->fix);
    if (t->layers.failed || t->explanation.failed || t->fix.failed)
        BUG("a verdict's text outgrew %d bytes", (int)SMTP_TEXT_BYTES);
    *out = (struct kind){.confidence = v.confidence, .reply = v.reply};
    memcpy(out->answer, v.answer, sizeof out->answer);
    if (shared_text_id(t->kept, t->layers.p, &out->layers, e) == ERR_OK &&
        shared_text_id(t->kept, t->explanation.p, &out->explanation, e) == ERR_OK && t->fix.n > 0)
        (void)shared_text_id(t->kept, shared_fix(c, t, &out->fix_names), &out->fix, e);
    return e->code;
}

/* The kind of this mailbox: one seen before, or made in *own. */
static const struct kind *kind_of(const struct smtp_case *c, const struct evidence_states *states,
                                  struct texts *t, struct kind *own, struct err *e)
{
    bool has_key = make_key(c, t);
    uint32_t at = has_key ? ca_map_get(&t->seen, t->key.p, t->key.n) : CA_MAP_NONE;

    if (at != CA_MAP_NONE)
        return &t->kind[at];
    if (make_kind(c, states, t, own, e) != ERR_OK)
        return NULL;
    if (!has_key || t->pool.bytes >= LIMIT_SMTP_KINDS_BYTES)
        return own;
    if ((t->n & (t->n - 1)) == 0)
        t->kind = xreallocarray(t->kind, t->n > 0 ? 2 * (size_t)t->n : 1, sizeof *t->kind);
    t->kind[t->n] = *own;
    (void)ca_map_add(&t->seen, t->key.p, t->key.n, t->n);
    return &t->kind[t->n++];
}

static enum err_code write_switch(struct stmt *insert, const char *const *row,
                                  const struct smtp_switch_row *r, struct err *e)
{
    const char *const cells[] = {row[SMTP_COL_GUID],  row[SMTP_COL_USER_ID], r->tenant_flag,
                                 r->mailbox_flag,     r->effective,          r->decided_by,
                                 r->policy_source,    r->policy_name,        r->policy_basic_smtp,
                                 r->has_exchange_plan};

    for (size_t i = 0; i < COUNT_OF(cells); i++)
        stmt_bind_borrowed(insert, (int)i + 1, cells[i]); /* a plan's 0 or 1 becomes a number */
    return stmt_write(insert, e);
}

static enum err_code write_verdict(struct stmt *insert, const char *const *row,
                                   const struct kind *k, struct err *e)
{
    int at = 0;

    stmt_bind_borrowed(insert, ++at, row[SMTP_COL_GUID]);
    stmt_bind_borrowed(insert, ++at, row[SMTP_COL_USER_ID]);
    stmt_bind_borrowed(insert, ++at, row[SMTP_COL_ADDRESS]);
    for (int m = 0; m < SMTP_MECHANISM_COUNT; m++)
        stmt_bind_borrowed(insert, ++at, smtp_answer_name(k->answer[m]));
    stmt_bind_borrowed(insert, ++at, k->reply);
    stmt_bind_int(insert, ++at, k->layers);
    if (k->fix > 0)
        stmt_bind_int(insert, ++at, k->fix);
    else
        stmt_bind_null(insert, ++at);
    stmt_bind_borrowed(insert, ++at, k->fix_names);
    stmt_bind_borrowed(insert, ++at, smtp_confidence_name(k->confidence));
    stmt_bind_int(insert, ++at, k->explanation);
    return stmt_write(insert, e);
}

struct inserts {
    struct stmt *switches, *verdicts;
};

/* The kind of this mailbox, with the switch as mailbox_smtp has it. Mailboxes that are alike are
 * judged once. */
static const struct kind *judge(const char *const *row, struct smtp_alike *alike,
                                const struct smtp_tenant *t, const struct evidence_states *states,
                                struct texts *x, struct kind *own, struct smtp_switch_row *s,
                                struct err *e)
{
    const char *cell[SMTP_COLUMNS];
    const struct kind *k;
    struct smtp_case c;

    if (alike != NULL && alike->note > 0) {
        smtp_case_switch(alike->cell, s);
        return &x->kind[alike->note - 1];
    }
    memcpy(cell, alike != NULL ? alike->cell : row, sizeof cell);
    cell[SMTP_COL_GUID] = row[SMTP_COL_GUID];
    cell[SMTP_COL_USER_ID] = row[SMTP_COL_USER_ID];
    cell[SMTP_COL_ADDRESS] = row[SMTP_COL_ADDRESS];
    smtp_case_read_row(cell, t, &c);
    smtp_case_switch(cell, s);
    k = kind_of(&c, states, x, own, e);
    if (k != NULL && k != own && alike != NULL)
        alike->note = (uint32_t)(k - x->kind) + 1;
    return k;
}

static enum err_code judge_all(struct row_pipe *mailboxes, const struct inserts *to,
                               const struct smtp_tenant *t, const struct evidence_states *states,
                               struct texts *x, struct err *e)
{
    const char *const *row;
    void *alike;

    while (row_pipe_next(mailboxes, &row, &alike, e) == ERR_OK && row != NULL) {
        struct smtp_switch_row s;
        struct kind own;
        const struct kind *k = judge(row, alike, t, states, x, &own, &s, e);

        if (k == NULL || write_switch(to->switches, row, &s, e) != ERR_OK ||
            write_verdict(to->verdicts, row, k, e) != ERR_OK)
            break;
    }
    return e->code;
}

static void texts_init(struct texts *x, struct shared_texts *kept)
{
    memset(x, 0, sizeof *x);
    x->kept = kept;
    buf_init(&x->layers, SMTP_TEXT_BYTES);
    buf_init(&x->explanation, SMTP_TEXT_BYTES);
    buf_init(&x->fix, SMTP_TEXT_BYTES);
    buf_init(&x->shared_fix,
             SMTP_TEXT_BYTES * sizeof mailbox_mark); /* a name has a byte at least */
    buf_init(&x->key, SMTP_TEXT_BYTES);
    ca_map_init(&x->seen, &x->pool);
}

static void texts_release(struct texts *x)
{
    buf_release(&x->layers);
    buf_release(&x->explanation);
    buf_release(&x->fix);
    buf_release(&x->shared_fix);
    buf_release(&x->key);
    ca_map_release(&x->seen);
    ca_pool_release(&x->pool);
    free(x->kind);
}

enum err_code smtp_auth_derive(struct store *s, const struct derive_context *d, struct err *e)
{
    struct smtp_tenant t = {0};
    struct inserts to = {NULL, NULL};
    struct texts x;
    enum err_code code = smtp_tenant_load(s, d, &t, e);

    texts_init(&x, d->texts);
    if (code == ERR_OK)
        code = stmt_prepare(s, switch_sql, &to.switches, e);
    if (code == ERR_OK)
        code = stmt_prepare(s, verdict_sql, &to.verdicts, e);
    if (code == ERR_OK)
        code = judge_all(d->mailboxes, &to, &t, d->states, &x, e);
    stmt_free(to.switches);
    stmt_free(to.verdicts);
    texts_release(&x);
    return code;
}
