#include "smtp_text.h"

#include "base/strs.h"
#include "base/text.h"

#include <string.h>

/* Code points of a stranger's name, and of the sentence about Conditional Access. */
enum { NAME_CHARS = 120, CA_CHARS = 2000 };

struct words {
    const struct smtp_case *c;
    const struct smtp_row *row;
    const struct evidence_states *states;
};

static const struct evidence_status *blamed(const struct words *w,
                                            const struct evidence_resource **resource)
{
    const struct evidence_status *status = NULL;

    for (size_t i = 0; i < COUNT_OF(w->row->evidence) && w->row->evidence[i] != NULL; i++) {
        size_t at = evidence_resource_find(w->row->evidence[i]);

        if (at >= COUNT_OF(w->states->of))
            BUG("row %s names no evidence resource '%s'", w->row->id, w->row->evidence[i]);
        if (status != NULL && status->state != COLLECTION_COMPLETE)
            break;
        status = &w->states->of[at];
        *resource = evidence_resource_at(at);
    }
    return status;
}

static void add_evidence(const struct words *w, struct buf *out)
{
    const struct evidence_resource *resource = NULL;
    const struct evidence_status *status = blamed(w, &resource);

    if (status == NULL)
        return;
    if (status->state == COLLECTION_COMPLETE)
        buf_addf(out, " (%s: read, it is not in there)", resource->title);
    else if (evidence_is_not_chosen(status))
        buf_addf(out, " (%s: not collected, %s)", resource->title, status->detail);
    else
        buf_addf(out, " (%s: %s, %s)", resource->title, collection_state_name(status->state),
                 status->reason != REASON_NONE ? reason_name(status->reason) : "no reason given");
}

static void add_read(const struct words *w, struct buf *out)
{
    const struct evidence_resource *resource = NULL;
    const struct evidence_status *status = blamed(w, &resource);

    if (status == NULL)
        return;
    if (status->state == COLLECTION_COMPLETE) {
        buf_addf(out, "Look it up by hand: %s was read, and the answer is not in there",
                 resource->title);
        return;
    }
    buf_addf(out, "Collect again: %s", resource->title);
    if (status->permission != NULL)
        buf_addf(out, " (needs %s)", status->permission);
}

/* Characters that mean nothing to a shell, inside or outside quotes. */
static bool is_plain(const char *s)
{
    return s != NULL && s[0] != '\0' &&
           strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@._+-") ==
               strlen(s);
}

enum smtp_naming smtp_text_naming(const struct smtp_case *c)
{
    return is_plain(c->address) ? SMTP_BY_ADDRESS : is_plain(c->guid) ? SMTP_BY_GUID : SMTP_UNNAMED;
}

static void add_mailbox(const struct words *w, struct buf *out)
{
    const char *const names[] = {[SMTP_BY_ADDRESS] = w->c->address,
                                 [SMTP_BY_GUID] = w->c->guid,
                                 [SMTP_UNNAMED] = "<mailbox>"};

    buf_addf(out, "'%s'", names[smtp_text_naming(w->c)]);
}

static void add_name(const char *name, size_t max, struct buf *out)
{
    if (name == NULL || name[0] == '\0')
        buf_adds(out, "not named");
    else
        text_add_cut(out, name, max);
}

static void add_type(const struct words *w, struct buf *out)
{
    add_name(w->c->recipient_type, NAME_CHARS, out);
}

static void add_policy(const struct words *w, struct buf *out)
{
    add_name(w->c->policy_name, NAME_CHARS, out);
}

static void add_domain(const struct words *w, struct buf *out)
{
    add_name(w->c->domain, NAME_CHARS, out);
}

static void add_ca(const struct words *w, struct buf *out)
{
    add_name(w->c->ca_text, CA_CHARS, out);
}

static const struct {
    const char *name;
    void (*add)(const struct words *, struct buf *);
} placeholders[] = {
    {"{mailbox}", add_mailbox}, {"{type}", add_type}, {"{policy}", add_policy},
    {"{domain}", add_domain},   {"{ca}", add_ca},     {"{read}", add_read},
};

static void expand(const char *template, const struct words *w, struct buf *out)
{
    const char *at = template;

    while (*at != '\0') {
        size_t plain = strcspn(at, "{");
        size_t hit = 0;

        buf_add(out, at, plain);
        at += plain;
        if (*at == '\0')
            break;
        while (hit < COUNT_OF(placeholders) && !str_starts(at, placeholders[hit].name))
            hit++;
        if (hit == COUNT_OF(placeholders))
            BUG("row %s: unknown placeholder at '%s'", w->row->id, at);
        placeholders[hit].add(w, out);
        at += strlen(placeholders[hit].name);
    }
}

static bool gave_verdict(const struct smtp_verdict *v, size_t gate)
{
    return v->answer[SMTP_BASIC] != SMTP_ALLOW && v->rows[gate] != NULL &&
           v->rows[gate]->answer[SMTP_BASIC] == v->answer[SMTP_BASIC];
}

/* Two gates share a word only when they stand for the same thing ("mailbox"). */
static void add_layers(const struct smtp_verdict *v, const char *quote, const char *between,
                       struct buf *out)
{
    const char *seen[SMTP_GATE_COUNT];
    size_t n = 0;

    for (size_t g = 0; g < SMTP_GATE_COUNT; g++) {
        const char *layer = smtp_gate_layer((enum smtp_gate)g);
        bool is_new = gave_verdict(v, g);

        for (size_t i = 0; i < n && is_new; i++)
            is_new = !str_eq(seen[i], layer);
        if (!is_new)
            continue;
        buf_addf(out, "%s%s%s%s", n > 0 ? between : "", quote, layer, quote);
        seen[n++] = layer;
    }
}

void smtp_text_layers(const struct smtp_verdict *v, struct buf *out)
{
    buf_addc(out, '[');
    add_layers(v, "\"", ",", out);
    buf_addc(out, ']');
}

static void add_sentence(const struct words *w, struct buf *out)
{
    if (w->row->because == NULL)
        return;
    buf_addc(out, ' ');
    expand(w->row->because, w, out);
    if (w->row->answer[SMTP_BASIC] == SMTP_UNKNOWN)
        add_evidence(w, out);
    buf_addc(out, '.');
}

static size_t verdict_rows(const struct smtp_verdict *v)
{
    size_t n = 0;

    for (size_t g = 0; g < SMTP_GATE_COUNT; g++)
        n += gave_verdict(v, g);
    return n;
}

static void add_opening(const struct smtp_verdict *v, struct buf *out)
{
    static const char *const opening[] = {
        [SMTP_ALLOW] = "Basic SMTP AUTH works: nothing stops it.",
        [SMTP_CONDITIONAL] = "Basic SMTP AUTH depends on a condition",
        [SMTP_UNKNOWN] = "Basic SMTP AUTH cannot be judged: evidence is missing",
        [SMTP_BLOCK] = "Basic SMTP AUTH is blocked",
        [SMTP_NOT_APPLICABLE] = "SMTP AUTH does not apply.",
    };
    enum smtp_answer basic = v->answer[SMTP_BASIC];

    buf_adds(out, opening[basic]);
    if (basic == SMTP_ALLOW || basic == SMTP_NOT_APPLICABLE)
        return;
    buf_adds(out, " (");
    add_layers(v, "", ", ", out);
    buf_adds(out, ").");
}

/* What Conditional Access asks of OAuth, where something else decides on OAuth anyway. */
static bool is_beside_the_point(const struct smtp_case *c, const struct smtp_verdict *v,
                                const struct smtp_row *r)
{
    return r->is_from_ca && r->answer[SMTP_BASIC] == SMTP_ALLOW &&
           v->answer[SMTP_OAUTH_DELEGATED] != c->ca_delegated;
}

void smtp_text_explanation(const struct smtp_case *c, const struct smtp_verdict *v,
                           const struct evidence_states *states, struct buf *out)
{
    struct words w = {.c = c, .states = states};
    bool is_reply_likely = false;

    add_opening(v, out);
    /* What gave the verdict first, then everything else that has something to say. */
    for (int rest = 0; rest < 2; rest++)
        for (size_t g = 0; g < SMTP_GATE_COUNT; g++) {
            w.row = v->rows[g];
            if (w.row == NULL || gave_verdict(v, g) == (rest == 1) ||
                is_beside_the_point(c, v, w.row))
                continue;
            add_sentence(&w, out);
            if (rest == 0 && str_eq(w.row->reply, v->reply) && w.row->is_reply_likely)
                is_reply_likely = true;
        }
    if (v->answer[SMTP_BASIC] == SMTP_NOT_APPLICABLE)
        return;
    if (v->answer[SMTP_BASIC] == SMTP_BLOCK && verdict_rows(v) > 1)
        buf_adds(out, " Each has to be repaired.");
    if (is_reply_likely)
        buf_adds(out, " The reply's text is likely, not confirmed.");
    if (v->answer[SMTP_OAUTH_DELEGATED] != SMTP_NOT_APPLICABLE)
        buf_addf(out, " OAuth: delegated %s, application %s.",
                 smtp_answer_name(v->answer[SMTP_OAUTH_DELEGATED]),
                 smtp_answer_name(v->answer[SMTP_OAUTH_APP]));
}

static bool is_repeated(const struct smtp_verdict *v, size_t gate)
{
    for (size_t g = 0; g < gate; g++)
        if (gave_verdict(v, g) && str_eq(v->rows[g]->fix, v->rows[gate]->fix) &&
            !str_eq(v->rows[gate]->fix, "{read}"))
            return true;
    return false;
}

static bool has_own_fix(const struct smtp_verdict *v, size_t gate)
{
    return gave_verdict(v, gate) && v->rows[gate]->fix != NULL && !is_repeated(v, gate);
}

void smtp_text_fix(const struct smtp_case *c, const struct smtp_verdict *v,
                   const struct evidence_states *states, struct buf *out)
{
    struct words w = {.c = c, .states = states};
    size_t total = 0;
    size_t n = 0;

    for (size_t g = 0; g < SMTP_GATE_COUNT; g++)
        total += has_own_fix(v, g);
    for (size_t g = 0; g < SMTP_GATE_COUNT; g++) {
        if (!has_own_fix(v, g))
            continue;
        w.row = v->rows[g];
        if (n++ > 0)
            buf_addc(out, ' ');
        if (total > 1)
            buf_addf(out, "%zu. ", n);
        expand(w.row->fix, &w, out);
        buf_addc(out, '.');
    }
}

void smtp_text_fill(const char *text, const struct smtp_row *row, const struct smtp_case *c,
                    const struct evidence_states *states, struct buf *out)
{
    struct words w = {.c = c, .row = row, .states = states};

    expand(text, &w, out);
}
