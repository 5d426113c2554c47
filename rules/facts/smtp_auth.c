/* Fills mailbox_smtp and smtp_auth: one mailbox at a time, in the order of their GUIDs, in constant
 * memory, while another thread reads ahead. Its long
 * texts go to shared_text; the fix is shared by leaving the mailbox's name out of it, which the
 * view puts back. Mailboxes that differ in nothing but their names have the same verdict and the
 * same texts, so these are worked out once for each kind. */
#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "ca_pool.h"
#include "derive.h"
#include "model/pour.h"
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
    " SELECT c0, c1, c2, c3, c4, c5, c6, c7, c8, c9 FROM pour";
static const char verdict_sql[] =
    "INSERT INTO smtp_auth_row(mailbox_guid, user_id, address, basic, oauth_delegated, oauth_app,"
    " reply, layers, fix, fix_names, confidence, explanation)"
    " SELECT c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11 FROM pour";
enum { SWITCH_TEXTS = 8, VERDICT_COLUMNS = 12 };
/* Mailboxes that are judged before their rows are written, first into one table, then into the
 * other. */
enum { BATCH = 1024 };
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

/* What mailboxes are judged by. */
struct judging {
    const struct smtp_tenant *tenant;
    const struct evidence_states *states;
    struct texts *texts;
};

/* The kind of this mailbox, with the switch as mailbox_smtp has it. Mailboxes that are alike are
 * judged once. */
static const struct kind *judge(const char *const *row, struct smtp_alike *alike,
                                const struct judging *g, struct kind *own,
                                struct smtp_switch_row *s, struct err *e)
{
    const char *cell[SMTP_COLUMNS];
    const struct kind *k;
    struct smtp_case c;

    if (alike != NULL && alike->note > 0) {
        smtp_case_switch(alike->cell, s);
        return &g->texts->kind[alike->note - 1];
    }
    memcpy(cell, alike != NULL ? alike->cell : row, sizeof cell);
    cell[SMTP_COL_GUID] = row[SMTP_COL_GUID];
    cell[SMTP_COL_USER_ID] = row[SMTP_COL_USER_ID];
    cell[SMTP_COL_ADDRESS] = row[SMTP_COL_ADDRESS];
    smtp_case_read_row(cell, g->tenant, &c);
    smtp_case_switch(cell, s);
    k = kind_of(&c, g->states, g->texts, own, e);
    if (k != NULL && k != own && alike != NULL)
        alike->note = (uint32_t)(k - g->texts->kind) + 1;
    return k;
}

/* One mailbox of a batch. Texts that pass with its row of the pipe are copied: where they begin in
 * the batch's bytes, + 1; 0: NULL. */
struct judged {
    size_t guid, user_id, address;
    struct smtp_switch_row s; /* texts that stay, or those of: */
    size_t passing[SWITCH_TEXTS];
    bool is_passing;
    struct kind kind;
};

/* Rows for both tables. */
struct batch {
    struct judged *v; /* BATCH of them */
    size_t n, next;
    struct buf bytes;
    struct cell cell[VERDICT_COLUMNS];
};

static size_t keep(struct batch *b, const char *text)
{
    size_t at = b->bytes.n;

    if (text == NULL)
        return 0;
    buf_add(&b->bytes, text, strlen(text) + 1);
    return at + 1;
}

static const char *kept_text(const struct batch *b, size_t at)
{
    return at > 0 ? b->bytes.p + at - 1 : NULL;
}

/* Of a mailbox that is like no other that is remembered. */
static void keep_switch(struct batch *b, struct judged *j)
{
    const char *const texts[SWITCH_TEXTS] = {
        j->s.tenant_flag,   j->s.mailbox_flag, j->s.effective,         j->s.decided_by,
        j->s.policy_source, j->s.policy_name,  j->s.policy_basic_smtp, j->s.has_exchange_plan};

    j->is_passing = true;
    for (int i = 0; i < SWITCH_TEXTS; i++)
        j->passing[i] = keep(b, texts[i]);
}

static struct smtp_switch_row switch_of(const struct batch *b, const struct judged *j)
{
    const char *texts[SWITCH_TEXTS];

    if (!j->is_passing)
        return j->s;
    for (int i = 0; i < SWITCH_TEXTS; i++)
        texts[i] = kept_text(b, j->passing[i]);
    return (struct smtp_switch_row){.tenant_flag = texts[0],
                                    .mailbox_flag = texts[1],
                                    .effective = texts[2],
                                    .decided_by = texts[3],
                                    .policy_source = texts[4],
                                    .policy_name = texts[5],
                                    .policy_basic_smtp = texts[6],
                                    .has_exchange_plan = texts[7]};
}

static enum err_code next_switch(void *self, const struct cell **row, struct err *e)
{
    struct batch *b = self;
    const struct judged *j = &b->v[b->next];
    struct cell *to = b->cell;
    struct smtp_switch_row w;

    (void)e;
    if (b->next++ == b->n)
        return ERR_OK;
    w = switch_of(b, j);
    *to++ = cell_text(kept_text(b, j->guid));
    *to++ = cell_text(kept_text(b, j->user_id));
    *to++ = cell_text(w.tenant_flag);
    *to++ = cell_text(w.mailbox_flag);
    *to++ = cell_text(w.effective);
    *to++ = cell_text(w.decided_by);
    *to++ = cell_text(w.policy_source);
    *to++ = cell_text(w.policy_name);
    *to++ = cell_text(w.policy_basic_smtp);
    *to = w.has_exchange_plan != NULL ? cell_number(str_eq(w.has_exchange_plan, "1"))
                                      : cell_text(NULL);
    *row = b->cell;
    return ERR_OK;
}

static enum err_code next_verdict(void *self, const struct cell **row, struct err *e)
{
    struct batch *b = self;
    const struct judged *j = &b->v[b->next];
    const struct kind *k = &j->kind;
    struct cell *to = b->cell;

    (void)e;
    if (b->next++ == b->n)
        return ERR_OK;
    *to++ = cell_text(kept_text(b, j->guid));
    *to++ = cell_text(kept_text(b, j->user_id));
    *to++ = cell_text(kept_text(b, j->address));
    for (int m = 0; m < SMTP_MECHANISM_COUNT; m++)
        *to++ = cell_text(smtp_answer_name(k->answer[m]));
    *to++ = cell_text(k->reply);
    *to++ = cell_number(k->layers);
    *to++ = k->fix > 0 ? cell_number(k->fix) : cell_text(NULL);
    *to++ = cell_text(k->fix_names);
    *to++ = cell_text(smtp_confidence_name(k->confidence));
    *to = cell_number(k->explanation);
    *row = b->cell;
    return ERR_OK;
}

static enum err_code write_batch(struct store *s, struct batch *b, struct err *e)
{
    b->next = 0;
    if (b->n > 0 && store_pour(s, switch_sql, next_switch, b, e) == ERR_OK) {
        b->next = 0;
        (void)store_pour(s, verdict_sql, next_verdict, b, e);
    }
    b->n = 0;
    buf_clear(&b->bytes);
    return e->code;
}

static enum err_code judge_all(struct store *s, const struct derive_context *d,
                               const struct judging *g, struct batch *b, struct err *e)
{
    const char *const *row;
    void *alike;

    while (row_pipe_next(d->mailboxes, &row, &alike, e) == ERR_OK && row != NULL) {
        struct judged *j = &b->v[b->n++];
        struct kind own;
        const struct kind *k = judge(row, alike, g, &own, &j->s, e);

        if (k == NULL)
            return e->code;
        j->kind = *k;
        j->guid = keep(b, row[SMTP_COL_GUID]);
        j->user_id = keep(b, row[SMTP_COL_USER_ID]);
        j->address = keep(b, row[SMTP_COL_ADDRESS]);
        j->is_passing = false;
        if (alike == NULL)
            keep_switch(b, j);
        if (b->n == BATCH && write_batch(s, b, e) != ERR_OK)
            return e->code;
    }
    return e->code == ERR_OK ? write_batch(s, b, e) : e->code;
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
    struct texts x;
    struct batch b = {.v = xcalloc(BATCH, sizeof *b.v)};
    const struct judging g = {&t, d->states, &x};
    enum err_code code = smtp_tenant_load(s, d, &t, e);

    texts_init(&x, d->texts);
    buf_init(&b.bytes, SIZE_MAX);
    if (code == ERR_OK)
        code = judge_all(s, d, &g, &b, e);
    buf_release(&b.bytes);
    free(b.v);
    texts_release(&x);
    return code;
}
