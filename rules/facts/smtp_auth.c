/* Fills smtp_auth: one mailbox at a time, in the order of their GUIDs, in constant memory. Its long
 * texts go to shared_text; the fix is shared by leaving the mailbox's name out of it, which the
 * view puts back. Mailboxes that differ in nothing but their names have the same verdict and the
 * same texts, so these are worked out once for each kind. */
#include "base/limits.h"
#include "base/mem.h"
#include "ca_pool.h"
#include "derive.h"
#include "model/store.h"
#include "shared_text.h"
#include "smtp_case.h"
#include "smtp_text.h"

#include <stdlib.h>
#include <string.h>

static const char insert_sql[] =
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

static enum err_code write_row(struct stmt *insert, const struct smtp_case *c, const char *user_id,
                               const struct kind *k, struct err *e)
{
    int at = 0;

    stmt_bind_borrowed(insert, ++at, c->guid);
    stmt_bind_borrowed(insert, ++at, user_id);
    stmt_bind_borrowed(insert, ++at, c->address);
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

static enum err_code judge_all(struct stmt *select, struct stmt *insert,
                               const struct smtp_tenant *t, const struct evidence_states *states,
                               struct texts *x, struct err *e)
{
    struct smtp_case c;
    struct kind own;
    bool row = false;

    while (stmt_step(select, &row, e) == ERR_OK && row) {
        const struct kind *k;

        smtp_case_read(select, t, &c);
        k = kind_of(&c, states, x, &own, e);
        if (k == NULL || write_row(insert, &c, smtp_case_user_id(select), k, e) != ERR_OK)
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
    buf_init(&x.key, SMTP_TEXT_BYTES);
    ca_map_init(&x.seen, &x.pool);
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
    buf_release(&x.key);
    ca_map_release(&x.seen);
    ca_pool_release(&x.pool);
    free(x.kind);
    return code;
}
