#include "smtp_picture.h"

#include "base/attrs.h"
#include "base/mem.h"
#include "base/strs.h"
#include "escape.h"
#include "messages.h"
#include "model/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[SMTP_VERDICTS] = {
    [SMTP_ALLOW] = "allow", [SMTP_CONDITIONAL] = "conditional",       [SMTP_UNKNOWN] = "unknown",
    [SMTP_BLOCK] = "block", [SMTP_NOT_APPLICABLE] = "not_applicable",
};

/* Which of the three layers a word of smtp_auth.layers belongs to. */
static const struct {
    const char *word;
    enum smtp_layer layer;
} words[] = {
    {"tenant", LAYER_TENANT},      {"service", LAYER_TENANT},
    {"auth-policy", LAYER_POLICY}, {"security-defaults", LAYER_POLICY},
    {"ca", LAYER_POLICY},          {"mfa", LAYER_POLICY},
    {"federation", LAYER_POLICY},  {"mailbox", LAYER_MAILBOX},
    {"account", LAYER_MAILBOX},    {"licence", LAYER_MAILBOX},
};

const char *smtp_verdict_name(enum smtp_verdict v)
{
    return names[v];
}

/* A word that this version does not know is not known either. */
static enum smtp_verdict parse(const char *word)
{
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (str_eq(names[i], word))
            return (enum smtp_verdict)i;
    return SMTP_UNKNOWN;
}

/* Bit i: layer i is in the JSON array. A word that is not ours, or text that is no array, touches
 * all of them: better not known than let through. */
static unsigned touched(const char *layers)
{
    static const unsigned all = (1U << SMTP_LAYERS) - 1;
    struct err ignored = ERR_INIT;
    json_t *list = NULL;
    json_t *v;
    size_t at;
    unsigned set = 0;

    if (layers == NULL || escape_parse(layers, "layers", &list, &ignored) != ERR_OK)
        return all;
    if (!json_is_array(list))
        set = all;
    json_array_foreach(list, at, v)
    {
        bool known = false;

        for (size_t i = 0; i < COUNT_OF(words); i++)
            if (str_eq(words[i].word, json_string_value(v))) {
                set |= 1U << words[i].layer;
                known = true;
            }
        if (!known)
            set = all;
    }
    json_decref(list);
    return set;
}

/* Mailboxes share a few lists of layers: each is read once. Lists past the room are read every
 * time. */
struct layer_lists {
    struct {
        char *text;
        unsigned set;
    } v[64];
    size_t n;
};

static unsigned touched_once(struct layer_lists *a, const char *layers)
{
    unsigned set;

    if (layers == NULL)
        return touched(NULL);
    for (size_t i = 0; i < a->n; i++)
        if (str_eq(a->v[i].text, layers))
            return a->v[i].set;
    set = touched(layers);
    if (a->n < COUNT_OF(a->v)) {
        a->v[a->n].text = xstrdup(layers);
        a->v[a->n++].set = set;
    }
    return set;
}

static void layer_lists_release(struct layer_lists *a)
{
    for (size_t i = 0; i < a->n; i++)
        free(a->v[i].text);
}

/* What is known of a layer that did not give the verdict. */
struct other {
    const char *legacy_auth; /* user_protection: Conditional Access and security defaults */
    const char *policy_basic, *tenant_flag, *mailbox_flag;
};

/* smtp_auth.layers names only the layers behind the verdict. The others of a blocked mailbox may
 * depend or be unknown, and must not count as letting it through. */
static enum smtp_verdict other_layer(enum smtp_layer layer, const struct other *o)
{
    const char *flag = layer == LAYER_TENANT ? o->tenant_flag : o->mailbox_flag;

    if (layer != LAYER_POLICY)
        return flag == NULL || str_eq(flag, "unknown") ? SMTP_UNKNOWN : SMTP_ALLOW;
    if (o->policy_basic == NULL || str_eq(o->policy_basic, "unknown"))
        return SMTP_UNKNOWN;
    if (str_eq(o->policy_basic, "block") || str_eq(o->legacy_auth, "blocked"))
        return SMTP_BLOCK;
    if (str_eq(o->legacy_auth, "allowed"))
        return SMTP_ALLOW;
    return str_eq(o->legacy_auth, "conditional") ? SMTP_CONDITIONAL : SMTP_UNKNOWN;
}

static void count_layers(struct smtp_picture *p, enum smtp_verdict basic, unsigned set,
                         const struct other *o)
{
    enum smtp_verdict worst = SMTP_ALLOW;

    /* Not known, without a word of where: then no layer is known to let it through. */
    if (basic == SMTP_UNKNOWN && set == 0)
        set = (1U << SMTP_LAYERS) - 1;
    for (int i = 0; i < SMTP_LAYERS; i++) {
        enum smtp_verdict v = SMTP_ALLOW;

        if ((set & 1U << i) != 0)
            v = basic;
        else if (basic != SMTP_ALLOW && p->missing[i] != 0)
            v = SMTP_UNKNOWN;
        else if (basic == SMTP_BLOCK)
            v = other_layer((enum smtp_layer)i, o);
        p->layer[i][v]++;
        if (v > worst)
            worst = v;
        p->past[i][i == LAYER_MAILBOX ? basic : worst]++; /* the verdict has the last word */
    }
}

/* Accounts lie in another order than mailboxes, so that each one that is looked up is another page
 * of the file: only where other_layer() needs it. `st` is stepped for it; the text is its own. */
static enum err_code find_legacy_auth(const struct smtp_picture *p, enum smtp_verdict basic,
                                      unsigned set, const char *user, struct stmt *st,
                                      struct other *o, struct err *e)
{
    bool row = false;
    enum err_code code;

    if (basic != SMTP_BLOCK || (set & 1U << LAYER_POLICY) != 0 || p->missing[LAYER_POLICY] != 0 ||
        o->policy_basic == NULL || str_eq(o->policy_basic, "unknown") ||
        str_eq(o->policy_basic, "block"))
        return ERR_OK;
    stmt_reset(st);
    stmt_bind_text(st, 1, user);
    code = stmt_step(st, &row, e);
    if (code == ERR_OK && row)
        o->legacy_auth = stmt_text(st, 0);
    return code;
}

static enum err_code count_mailbox(struct smtp_picture *p, struct layer_lists *lists,
                                   const struct stmt *st, struct stmt *protection, struct err *e)
{
    enum smtp_verdict basic = parse(stmt_text(st, 0));
    struct other o = {NULL, stmt_text(st, 5), stmt_text(st, 6), stmt_text(st, 7)};
    enum err_code code;
    unsigned set;

    p->basic[basic]++;
    p->delegated[parse(stmt_text(st, 1))]++;
    p->app[parse(stmt_text(st, 2))]++;
    if (basic == SMTP_NOT_APPLICABLE) {
        p->not_applicable++;
        return ERR_OK;
    }
    p->mailboxes++;
    set = touched_once(lists, stmt_text(st, 3));
    code = find_legacy_auth(p, basic, set, stmt_text(st, 4), protection, &o, e);
    if (code == ERR_OK)
        count_layers(p, basic, set, &o);
    return code;
}

/* Row by row: grouping by seven texts makes SQLite sort them all, and takes three times as long. */
static enum err_code load_verdicts(const struct report_model *m, struct smtp_picture *p,
                                   struct err *e)
{
    struct layer_lists lists = {.n = 0};
    struct stmt *st = NULL;
    struct stmt *protection = NULL;
    bool row = false;
    enum err_code code = stmt_prepare(
        m->s,
        "SELECT a.basic, a.oauth_delegated, a.oauth_app, a.layers, a.user_id, "
        "s.policy_basic_smtp, s.tenant_flag, s.mailbox_flag FROM smtp_auth AS a "
        "LEFT JOIN mailbox_smtp AS s ON s.mailbox_guid = a.mailbox_guid ORDER BY a.mailbox_guid",
        &st, e);

    if (code == ERR_OK)
        code = stmt_prepare(m->s, "SELECT legacy_auth FROM user_protection WHERE user_id = ?1",
                            &protection, e);
    while (code == ERR_OK && (code = stmt_step(st, &row, e)) == ERR_OK && row)
        code = count_mailbox(p, &lists, st, protection, e);
    layer_lists_release(&lists);
    stmt_free(protection);
    stmt_free(st);
    return code;
}

/* Counted here for the same reason. All rows have the tenant's one word; the last by the alphabet
 * in a snapshot where they do not. */
static enum err_code load_switches(const struct report_model *m, struct smtp_picture *p,
                                   struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;
    bool is_known = false;
    enum err_code code =
        stmt_prepare(m->s, "SELECT tenant_flag, mailbox_flag FROM mailbox_smtp", &st, e);

    (void)snprintf(p->tenant_flag, sizeof p->tenant_flag, "unknown");
    while (code == ERR_OK && (code = stmt_step(st, &row, e)) == ERR_OK && row) {
        const char *tenant = stmt_text(st, 0);
        const char *flag = stmt_text(st, 1);
        size_t *count = str_eq(flag, "inherit") ? &p->inherit
                        : str_eq(flag, "on")    ? &p->explicit_on
                        : str_eq(flag, "off")   ? &p->explicit_off
                                                : &p->flag_unknown;

        if (tenant != NULL && (!is_known || strcmp(tenant, p->tenant_flag) > 0))
            (void)snprintf(p->tenant_flag, sizeof p->tenant_flag, "%s", tenant);
        is_known = is_known || tenant != NULL;
        ++*count;
    }
    stmt_free(st);
    return code;
}

static const enum msg empty_messages[] = {
    [SMTP_EMPTY_NONE] = MSG_SMTP_NONE,
    [SMTP_EMPTY_UNREAD] = MSG_SMTP_UNREAD,
    [SMTP_EMPTY_UNDERIVED] = MSG_SMTP_UNDERIVED,
};

/* Sign-ins that succeeded, by the names that the log has for SMTP. */
#define SMTP_SIGN_INS                                                                              \
    " FROM sign_in WHERE client_app IN ('Authenticated SMTP', 'SMTP') AND error_code = 0 "         \
    "AND user_id IS NOT NULL "

static enum err_code load_use(const struct report_model *m, struct smtp_picture *p, struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;
    enum err_code code = stmt_prepare(
        m->s,
        "SELECT coalesce(a.user_id IN (SELECT user_id" SMTP_SIGN_INS "), 0), "
        "a.oauth_delegated = 'allow' OR a.oauth_app = 'allow', count(*) FROM smtp_auth AS a "
        "WHERE a.basic NOT IN ('block', 'not_applicable') GROUP BY 1, 2 ORDER BY 1, 2",
        &st, e);

    while (code == ERR_OK && (code = stmt_step(st, &row, e)) == ERR_OK && row) {
        struct smtp_use *u = &p->use[stmt_int(st, 0) != 0 ? 1 : 0];

        u->mailboxes += (size_t)stmt_int(st, 2);
        if (stmt_int(st, 1) != 0)
            u->oauth_ready += (size_t)stmt_int(st, 2);
    }
    stmt_free(st);
    p->sign_ins_known = evidence_missing(evidence_needs("sign_in", NULL), &m->states) == 0;
    return code;
}

/* Why there is no verdict at all. */
static enum err_code explain_empty(const struct report_model *m, struct smtp_picture *p,
                                   struct err *e)
{
    int64_t mailboxes = 0;
    enum err_code code = store_int(m->s, "SELECT count(*) FROM mailbox", &mailboxes, e);

    p->empty = mailboxes > 0   ? SMTP_EMPTY_UNDERIVED
               : p->is_partial ? SMTP_EMPTY_UNREAD
                               : SMTP_EMPTY_NONE;
    p->why = message_text(LANG_EN, empty_messages[p->empty]);
    return code;
}

enum err_code smtp_picture_load(const struct report_model *m, struct smtp_picture *out,
                                struct err *e)
{
    evidence_set switches = evidence_needs("mailbox_smtp", "effective");
    enum err_code code;

    memset(out, 0, sizeof *out);
    out->missing[LAYER_TENANT] =
        evidence_missing(evidence_needs("mailbox_smtp", "tenant_flag"), &m->states);
    out->missing[LAYER_MAILBOX] =
        evidence_missing(evidence_needs("mailbox_smtp", "mailbox_flag"), &m->states);
    out->missing[LAYER_POLICY] =
        evidence_missing(evidence_needs("smtp_auth", "basic") & ~switches, &m->states);
    out->is_partial = evidence_missing(evidence_needs("mailbox", NULL), &m->states) != 0;
    code = load_verdicts(m, out, e);
    if (code == ERR_OK)
        code = load_switches(m, out, e);
    if (code == ERR_OK)
        code = load_use(m, out, e);
    out->is_empty = out->mailboxes + out->not_applicable == 0;
    if (code == ERR_OK && out->is_empty)
        code = explain_empty(m, out, e);
    return code;
}

/* The few are chosen first by what they are sorted by: a row whole, with the texts that many share,
 * costs three times as much. */
#define SMTP_CHOSEN                                                                                \
    "(SELECT a.mailbox_guid, coalesce(a.address, (SELECT b.user_principal_name FROM mailbox AS b " \
    "WHERE b.guid = a.mailbox_guid), a.mailbox_guid) AS shown, CASE a.basic WHEN 'allow' THEN 0 "  \
    "WHEN 'conditional' THEN 1 WHEN 'block' THEN 3 ELSE 2 END AS place FROM smtp_auth AS a "       \
    "WHERE a.basic <> 'not_applicable' AND (a.basic = 'block') = ?2 "                              \
    "ORDER BY place, shown, a.mailbox_guid LIMIT ?1)"

enum err_code smtp_mailboxes_each(const struct report_model *m, bool stopped, size_t limit,
                                  smtp_mailbox_fn *fn, void *ctx, struct err *e)
{
    struct stmt *st = NULL;
    bool more = false;
    enum err_code code = stmt_prepare(
        m->s,
        "SELECT c.shown, b.display_name, "
        "a.basic, a.oauth_delegated, a.oauth_app, a.reply, a.layers, a.fix, a.confidence, "
        "a.explanation, l.last FROM " SMTP_CHOSEN " AS c "
        "JOIN smtp_auth AS a ON a.mailbox_guid = c.mailbox_guid "
        "LEFT JOIN mailbox AS b ON b.guid = a.mailbox_guid "
        "LEFT JOIN (SELECT user_id, max(created_at) AS last" SMTP_SIGN_INS
        "GROUP BY user_id) AS l ON l.user_id = a.user_id "
        "ORDER BY c.place, c.shown, c.mailbox_guid",
        &st, e);

    if (code == ERR_OK)
        stmt_bind_int(st, 1, (int64_t)limit);
    if (code == ERR_OK)
        stmt_bind_int(st, 2, stopped);
    while (code == ERR_OK && (code = stmt_step(st, &more, e)) == ERR_OK && more) {
        struct smtp_mailbox row = {
            .address = stmt_text(st, 0),
            .name = stmt_text(st, 1),
            .basic = stmt_text(st, 2),
            .delegated = stmt_text(st, 3),
            .app = stmt_text(st, 4),
            .reply = stmt_text(st, 5),
            .layers = stmt_text(st, 6),
            .fix = stmt_text(st, 7),
            .confidence = stmt_text(st, 8),
            .explanation = stmt_text(st, 9),
            .last_seen = stmt_text(st, 10),
        };

        code = fn(ctx, &row, e);
    }
    stmt_free(st);
    return code;
}
