/* A session of `why`: opening, finding a mailbox, asking about it. */
#include "smtp_why.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/timex.h"
#include "model/store.h"
#include "rules/smtp_reply.h"
#include "smtp_text.h"

#include <stdlib.h>
#include <string.h>

/* The one derived table that the facts of a mailbox are read from, in memory and only for us: the
 * snapshot's own may be empty, or made by another version. */
static const char shadow_sql[] =
    "CREATE TEMP TABLE mailbox_smtp AS SELECT * FROM main.mailbox_smtp WHERE 0;"
    "CREATE UNIQUE INDEX temp.mailbox_smtp_guid ON mailbox_smtp(mailbox_guid);";

const char *why_keep(struct why *w, struct buf *b)
{
    const char *kept;

    if (b->failed)
        BUG("a text of a verdict outgrew its limit");
    kept = ca_pool_text(&w->pool, b->p);
    buf_release(b);
    return kept;
}

static const char *keep_text(struct why *w, const char *text)
{
    return text != NULL ? ca_pool_text(&w->pool, text) : NULL;
}

static enum err_code load_snapshot(struct why *w, struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;

    if (stmt_prepare(w->store, "SELECT cloud, started_at FROM snapshot", &st, e) == ERR_OK &&
        stmt_step(st, &row, e) == ERR_OK && row) {
        w->cloud = keep_text(w, stmt_text(st, 0));
        w->collected = keep_text(w, stmt_text(st, 1));
    }
    stmt_free(st);
    return e->code;
}

enum err_code why_open(struct store *s, const struct facts_options *o, struct why **out,
                       struct err *e)
{
    struct why *w = xcalloc(1, sizeof *w);

    w->store = s;
    w->derive.as_of_ms = o->as_of_ms;
    w->derive.smtp_removal_ms = o->smtp_removal_ms;
    w->derive.states = &w->states;
    if (store_exec(s, shadow_sql, e) == ERR_OK)
        w->has_table = true;
    if (e->code == ERR_OK && load_snapshot(w, e) == ERR_OK &&
        evidence_states_load(s, &w->states, e) == ERR_OK &&
        ca_model_load(s, &w->states, o->as_of_ms, &w->derive.ca, e) == ERR_OK &&
        smtp_switch_derive(s, &w->derive, e) == ERR_OK &&
        smtp_tenant_load(s, &w->derive, &w->tenant, e) == ERR_OK) {
        *out = w;
        w = NULL;
    }
    why_close(w);
    return e->code;
}

void why_close(struct why *w)
{
    struct err ignored = ERR_INIT; /* the table goes with the connection at the latest */

    if (w == NULL)
        return;
    if (w->has_table)
        (void)store_exec(w->store, "DROP TABLE temp.mailbox_smtp", &ignored);
    ca_model_free(w->derive.ca);
    evidence_states_release(&w->states);
    ca_pool_release(&w->pool);
    free(w);
}

/* The better kinds of match first: `rank` 0 is an address or a GUID, 1 a display name. */
static const char find_sql[] =
    "SELECT m.guid, m.primary_smtp_address, coalesce(u.user_principal_name,"
    "   m.user_principal_name), coalesce(m.display_name, u.display_name), m.recipient_type,"
    "   m.user_id, CASE WHEN ?1 IN (lower(m.primary_smtp_address), lower(m.user_principal_name),"
    "     lower(u.user_principal_name), lower(m.guid), lower(m.user_id)) THEN 0 ELSE 1 END AS rank"
    " FROM mailbox m LEFT JOIN user u ON u.id = m.user_id"
    " WHERE ?1 IN (lower(m.primary_smtp_address), lower(m.user_principal_name),"
    "   lower(u.user_principal_name), lower(m.guid), lower(m.user_id), lower(m.display_name),"
    "   lower(u.display_name))"
    " ORDER BY rank, m.primary_smtp_address, m.guid LIMIT 50";

static enum err_code read_matches(struct why *w, const char *name, struct why_found *out,
                                  struct err *e)
{
    struct why_mailbox *v = ca_pool_get(&w->pool, LIMIT_WHY_MATCHES, sizeof *v);
    struct stmt *st = NULL;
    int64_t best = 0;
    bool row = false;

    out->v = v;
    if (stmt_prepare(w->store, find_sql, &st, e) != ERR_OK)
        return e->code;
    stmt_bind_text(st, 1, name);
    while (stmt_step(st, &row, e) == ERR_OK && row && out->n < LIMIT_WHY_MATCHES) {
        if (out->n == 0)
            best = stmt_int(st, 6);
        if (stmt_int(st, 6) != best)
            break;
        v[out->n++] = (struct why_mailbox){
            .guid = keep_text(w, stmt_text(st, 0)),
            .address = keep_text(w, stmt_text(st, 1)),
            .upn = keep_text(w, stmt_text(st, 2)),
            .display_name = keep_text(w, stmt_text(st, 3)),
            .type = keep_text(w, stmt_text(st, 4)),
            .user_id = keep_text(w, stmt_text(st, 5)),
        };
    }
    stmt_free(st);
    return e->code;
}

/* Compared as a whole where str_distance() can; else before the "@", in the same domain. */
static unsigned distance(const char *a, const char *b)
{
    const char *at_a = strchr(a, '@');
    const char *at_b = strchr(b, '@');
    char *local_a;
    char *local_b;
    unsigned d = str_distance(a, b);

    if (at_b == NULL || (at_a != NULL && !str_ieq(at_a, at_b)))
        return d;
    local_a = xstrndup(a, at_a != NULL ? (size_t)(at_a - a) : strlen(a));
    local_b = xstrndup(b, (size_t)(at_b - b));
    if (str_distance(local_a, local_b) < d)
        d = str_distance(local_a, local_b);
    free(local_a);
    free(local_b);
    return d;
}

static enum err_code read_near(struct why *w, const char *name, struct why_found *out,
                               struct err *e)
{
    unsigned far = (unsigned)strlen(name) / 4 + 2;
    unsigned of[WHY_NEAR] = {0};
    struct stmt *st = NULL;
    bool row = false;

    if (stmt_prepare(w->store,
                     "SELECT lower(primary_smtp_address) FROM mailbox"
                     " WHERE primary_smtp_address IS NOT NULL ORDER BY 1",
                     &st, e) != ERR_OK)
        return e->code;
    while (stmt_step(st, &row, e) == ERR_OK && row) {
        unsigned d = distance(name, stmt_text(st, 0));
        size_t at = out->near_n;

        if (d > far || (at == WHY_NEAR && d >= of[WHY_NEAR - 1]))
            continue;
        if (at == WHY_NEAR)
            at--;
        else
            out->near_n++;
        for (; at > 0 && of[at - 1] > d; at--) {
            of[at] = of[at - 1];
            out->near[at] = out->near[at - 1];
        }
        of[at] = d;
        out->near[at] = keep_text(w, stmt_text(st, 0));
    }
    stmt_free(st);
    while (out->near_n > 0 && of[out->near_n - 1] > of[0] + 2)
        out->near_n--; /* next to a good guess a bad one only confuses */
    return e->code;
}

static const char *state_words(struct why *w, const struct evidence_status *s, const char *title)
{
    if (evidence_is_not_chosen(s))
        return ca_pool_textf(&w->pool, "%s: not collected, %s", title, s->detail);
    return ca_pool_textf(&w->pool, "%s: %s%s%s%s%s%s", title, collection_state_name(s->state),
                         s->reason != REASON_NONE ? ", " : "",
                         s->reason != REASON_NONE ? reason_name(s->reason) : "",
                         s->permission != NULL ? " (needs " : "",
                         s->permission != NULL ? s->permission : "",
                         s->permission != NULL ? ")" : "");
}

static enum err_code say_why_none(struct why *w, const char *name, struct why_found *out,
                                  struct err *e)
{
    static const char *const sources[] = {"mailboxes", "hve-accounts"};
    const char *id = NULL;

    for (size_t i = 0; i < COUNT_OF(sources) && !out->is_unread; i++) {
        size_t at = evidence_resource_find(sources[i]);

        out->is_unread = w->states.of[at].state != COLLECTION_COMPLETE;
        if (out->is_unread)
            out->state = state_words(w, &w->states.of[at], evidence_resource_at(at)->title);
    }
    if (why_user(w, name, &id, e) == ERR_OK)
        out->is_account = id != NULL;
    return e->code != ERR_OK ? e->code : read_near(w, name, out, e);
}

enum err_code why_find(struct why *w, const char *name, struct why_found *out, struct err *e)
{
    char *lower = str_lower(name);

    memset(out, 0, sizeof *out);
    if (read_matches(w, lower, out, e) == ERR_OK && out->n == 0)
        (void)say_why_none(w, lower, out, e);
    free(lower);
    return e->code;
}

enum err_code why_user(struct why *w, const char *name, const char **id, struct err *e)
{
    static const char sql[] =
        "SELECT id FROM user WHERE ?1 IN (lower(id), lower(user_principal_name), lower(mail))"
        " UNION SELECT user_id FROM mailbox WHERE user_id IS NOT NULL"
        "   AND lower(primary_smtp_address) = ?1 ORDER BY 1 LIMIT 2";
    struct stmt *st = NULL;
    char *lower = str_lower(name);
    bool row = false;

    *id = NULL;
    if (stmt_prepare(w->store, sql, &st, e) == ERR_OK) {
        stmt_bind_text(st, 1, lower);
        if (stmt_step(st, &row, e) == ERR_OK && row) {
            *id = keep_text(w, stmt_text(st, 0));
            if (stmt_step(st, &row, e) == ERR_OK && row)
                *id = NULL; /* two people */
        }
    }
    stmt_free(st);
    free(lower);
    return e->code;
}

enum err_code why_policy_id(struct why *w, const char *name, const char **id, struct err *e)
{
    static const char sql[] = "SELECT id FROM ca_policy WHERE ?1 IN (lower(id),"
                              " lower(display_name)) ORDER BY lower(id) <> ?1, id LIMIT 2";
    struct stmt *st = NULL;
    char *lower = str_lower(name);
    bool row = false;

    *id = NULL;
    if (stmt_prepare(w->store, sql, &st, e) == ERR_OK) {
        stmt_bind_text(st, 1, lower);
        if (stmt_step(st, &row, e) == ERR_OK && row) {
            *id = keep_text(w, stmt_text(st, 0));
            if (!str_ieq(*id, lower) && stmt_step(st, &row, e) == ERR_OK && row)
                err_set(e, ERR_USAGE, "several policies are called '%s': give the id", name);
        } else if (e->code == ERR_OK) {
            err_set(e, ERR_USAGE, "no Conditional Access policy '%s' in the snapshot", name);
        }
    }
    stmt_free(st);
    free(lower);
    return e->code;
}

/* At "key=": one of our keys is letters and dashes. */
static bool starts_pair(const char *s)
{
    size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz-");

    return n > 0 && s[n] == '=';
}

enum err_code why_split(const char *option, const struct strlist *texts, struct strlist *out,
                        struct err *e)
{
    for (size_t i = 0; texts != NULL && i < texts->n; i++)
        for (const char *at = texts->v[i]; *at != '\0';) {
            const char *eq = strchr(at, '=');
            const char *end;
            char *part;

            if (eq == NULL)
                return err_set(e, ERR_USAGE, "%s takes key=value[,key=value]..., not '%s'", option,
                               at);
            for (end = eq; *end != '\0' && (*end != ',' || !starts_pair(end + 1)); end++)
                ;
            part = xstrndup(at, (size_t)(eq - at));
            strlist_add(out, part);
            free(part);
            part = xstrndup(eq + 1, (size_t)(end - eq - 1));
            strlist_add(out, part);
            free(part);
            at = *end == ',' ? end + 1 : end;
        }
    return ERR_OK;
}

void why_judge(struct why *w, const struct why_supposed *s, struct why_case *k)
{
    const char *const *ids = (const char *const *)s->without.v;
    size_t n = s->without.n;

    k->ca_basic = smtp_case_ca(&w->tenant, k->user_id, CA_BASIC_SMTP, ids, n, &s->from);
    smtp_case_set_ca(&w->tenant, k->user_id, k->ca_basic,
                     smtp_case_ca(&w->tenant, k->user_id, CA_OAUTH_DELEGATED, ids, n, &s->from),
                     &k->c);
    smtp_judge(&k->c, &k->v);
}

static const char *text_of(struct why *w, const struct why_case *k, bool is_layers)
{
    struct buf b;

    buf_init(&b, SMTP_TEXT_BYTES);
    if (is_layers)
        smtp_text_layers(&k->v, &b);
    else
        smtp_text_explanation(&k->c, &k->v, &w->states, &b);
    return why_keep(w, &b);
}

static void list_policies(struct why *w, const struct why_case *k, struct why_verdict *out)
{
    const struct ca_answer *a = k->ca_basic;
    struct why_policy *v;

    if (a == NULL)
        return;
    const struct {
        const struct ca_lines *lines;
        const char *bearing;
    } kinds[] = {
        {&a->certain, "certain"}, {&a->conditional, "conditional"}, {&a->unknown, "unknown"}};

    v = ca_pool_get(&w->pool, a->certain.n + a->conditional.n + a->unknown.n + 1, sizeof *v);
    out->policies = v;
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        for (size_t j = 0; j < kinds[i].lines->n; j++)
            v[out->policies_n++] = (struct why_policy){.id = kinds[i].lines->v[j].policy_id,
                                                       .name = kinds[i].lines->v[j].policy_name,
                                                       .words = kinds[i].lines->v[j].words,
                                                       .bearing = kinds[i].bearing};
}

/* The first gate whose answer for a password is the verdict. */
static size_t deciding_gate(const struct why_case *k)
{
    enum smtp_answer basic = k->v.answer[SMTP_BASIC];

    for (size_t g = 0; g < SMTP_GATE_COUNT && basic != SMTP_ALLOW; g++)
        if (k->v.rows[g] != NULL && k->v.rows[g]->answer[SMTP_BASIC] == basic)
            return g;
    return SMTP_GATE_COUNT;
}

static enum err_code fill_verdict(struct why *w, const struct why_case *k, struct why_verdict *out,
                                  struct err *e)
{
    _Static_assert((int)WHY_GATES == (int)SMTP_GATE_COUNT, "a line for each gate");
    memset(out, 0, sizeof *out);
    out->basic = smtp_answer_name(k->v.answer[SMTP_BASIC]);
    out->oauth_delegated = smtp_answer_name(k->v.answer[SMTP_OAUTH_DELEGATED]);
    out->oauth_app = smtp_answer_name(k->v.answer[SMTP_OAUTH_APP]);
    out->confidence = smtp_confidence_name(k->v.confidence);
    out->reply = k->v.reply != NULL ? smtp_reply_find(k->v.reply) : NULL;
    out->layers = text_of(w, k, true);
    out->explanation = text_of(w, k, false);
    out->decides = deciding_gate(k);
    for (size_t g = 0; g < SMTP_GATE_COUNT; g++)
        if (k->v.rows[g] != NULL && k->v.rows[g]->is_reply_likely &&
            k->v.rows[g]->answer[SMTP_BASIC] == k->v.answer[SMTP_BASIC] &&
            str_eq(k->v.rows[g]->reply, k->v.reply))
            out->is_reply_likely = true;
    list_policies(w, k, out);
    return why_gates(w, k, out, e);
}

/* A role makes an account too dear to loosen anything for; an eligible one too. */
static enum err_code read_role(struct why *w, struct why_case *k, struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;

    if (stmt_prepare(w->store, "SELECT 1 FROM role_member WHERE user_id = ? LIMIT 1", &st, e) ==
        ERR_OK) {
        stmt_bind_text(st, 1, k->user_id);
        (void)stmt_step(st, &row, e);
        k->is_admin = row;
    }
    stmt_free(st);
    return e->code;
}

static const char *day_of(struct why *w)
{
    char text[TIME_TEXT_BYTES];

    time_format(w->tenant.as_of_ms, text);
    text[strcspn(text, "T")] = '\0';
    return ca_pool_text(&w->pool, text);
}

enum err_code why_ask(struct why *w, const struct why_mailbox *m, const struct strlist *changes,
                      struct why_answer *out, struct err *e)
{
    struct why_supposed s = {{0}, {0}};
    struct why_case k = {0};
    struct stmt *st = NULL;
    bool row = false;

    memset(out, 0, sizeof *out);
    out->mailbox = *m;
    out->as_of = day_of(w);
    out->collected = w->collected;
    if (smtp_case_select(w->store, m->guid, &st, e) != ERR_OK || stmt_step(st, &row, e) != ERR_OK)
        goto out;
    if (!row) {
        err_set(e, ERR_BUG, "mailbox %s has no facts", m->guid);
        goto out;
    }
    smtp_case_read(st, &w->tenant, &k.c);
    k.user_id = smtp_case_user_id(st);
    why_judge(w, &s, &k);
    if (read_role(w, &k, e) != ERR_OK || fill_verdict(w, &k, &out->before, e) != ERR_OK ||
        why_change_apply(w, changes, &k, &s, out, e) != ERR_OK ||
        fill_verdict(w, &k, &out->after, e) != ERR_OK)
        goto out;
    why_paths(w, &k, out);
    why_unread(w, &k, out);
out:
    strlist_release(&s.without);
    stmt_free(st);
    return e->code;
}
