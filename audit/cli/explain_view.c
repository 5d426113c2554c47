#include "explain_view.h"

#include "base/attrs.h"
#include "base/buf.h"
#include "base/strs.h"
#include "base/text.h"
#include "rules/explain.h"

#include <string.h>

enum { TEXT_BYTES = 64 * 1024, WIDTH_LEAST = 40, WIDTH_MOST = 100 };

static const struct {
    const char *layer, *words;
} layers[] = {
    {"account", "the account"},
    {"any", "the sign-in, without saying which layer"},
    {"auth-policy", "an Exchange authentication policy"},
    {"ca", "Conditional Access"},
    {"client", "the client itself"},
    {"client-tls", "the client's TLS"},
    {"connector", "the way without a sign-in (connector, Direct Send)"},
    {"credentials", "the user name or password"},
    {"dns", "the sender domain's DNS records"},
    {"domain", "the sender's domain"},
    {"federation", "the domain's federation"},
    {"hve", "a limit of High Volume Email"},
    {"licence", "the licence"},
    {"limit", "a sending limit"},
    {"mailbox", "the mailbox's own SMTP AUTH switch"},
    {"mailbox-permission", "the application's permission on the mailbox"},
    {"mailbox-quota", "the full mailbox"},
    {"mfa", "MFA"},
    {"network", "the network"},
    {"other-server", "another provider's server"},
    {"restricted-entity", "the list of restricted entities"},
    {"security-defaults", "security defaults"},
    {"send-as", "the missing Send As permission"},
    {"service", "the service"},
    {"tenant", "the organization's SMTP AUTH switch"},
    {"tenant-policy", "the Tenant Allow/Block List"},
    {"tenant-reputation", "the tenant's reputation"},
    {"token", "the token endpoint"},
};

/* What a code says by itself, RFC 5321 section 4.2.2 and RFC 4954 section 6. */
static const struct {
    int from, to;
    const char *words;
} codes[] = {
    {535, 535,
     "535 means that the sign-in was refused. Why is not known: do not take it for a wrong "
     "password."},
    {530, 538, "The server refused the sign-in, or wants one first. Why is not known."},
    {454, 454, "The sign-in could not be judged for now; it may work later."},
    {400, 499, "The server refused for now; the client may try again later."},
    {500, 599, "The server refused for good; trying again does not help."},
};

static const char *layer_words(const char *layer)
{
    for (size_t i = 0; i < COUNT_OF(layers); i++)
        if (str_eq(layers[i].layer, layer))
            return layers[i].words;
    return NULL;
}

static size_t columns(const char *s, size_t n)
{
    size_t count = 0;

    for (size_t i = 0; i < n; i++)
        count += ((unsigned char)s[i] & 0xC0) != 0x80;
    return count;
}

static size_t line_width(const struct explain_view *v)
{
    return v->width < WIDTH_LEAST ? WIDTH_LEAST : v->width > WIDTH_MOST ? WIDTH_MOST : v->width;
}

void wrap_text(FILE *f, size_t width, size_t indent, const char *lead, const char *text)
{
    wrap_text_at(f, width, indent, 0, lead, text);
}

void wrap_text_at(FILE *f, size_t width, size_t indent, size_t at, const char *lead,
                  const char *text)
{
    struct buf safe;

    buf_init(&safe, TEXT_BYTES);
    text_add_safe(&safe, text);
    at += (size_t)fprintf(f, "%s", lead);
    for (const char *p = safe.p; *p != '\0';) {
        size_t n = strcspn(p, " ");
        size_t wide = columns(p, n);

        if (at > indent && at + 1 + wide > width) {
            fputc('\n', f);
            at = 0;
        } else if (at > indent && n > 0) {
            fputc(' ', f);
            at++;
        }
        for (; n > 0 && at < indent; at++)
            fputc(' ', f);
        (void)fwrite(p, 1, n, f);
        at += wide;
        p += n + (p[n] == ' ' ? 1 : 0);
    }
    fputc('\n', f);
    buf_release(&safe);
}

static void put(const struct explain_view *v, FILE *f, size_t indent, const char *text)
{
    char lead[32];

    (void)snprintf(lead, sizeof lead, "%*s", (int)indent, "");
    wrap_text(f, line_width(v), indent, lead, text);
}

static void put_labelled(const struct explain_view *v, FILE *f, size_t indent, const char *label,
                         const char *text)
{
    char lead[64];

    (void)snprintf(lead, sizeof lead, "%*s%s", (int)indent, "", label);
    wrap_text(f, line_width(v), indent + 2, lead, text);
}

static void title(const struct explain_view *v, FILE *f, size_t indent, const char *text)
{
    fprintf(f, "%*s%s%s%s\n", (int)indent, "", v->colour ? "\x1b[1m" : "", text,
            v->colour ? "\x1b[0m" : "");
}

static void tenant_says(const struct explain_view *v, const struct smtp_reply *r, size_t i,
                        size_t indent, FILE *f)
{
    static const char *const labels[] = {"In your tenant, not known:", "In your tenant, confirmed:",
                                         "In your tenant, possible:", "In your tenant, ruled out:"};
    const char *why = NULL;
    enum explain_state state;

    if (v->mailbox == NULL)
        return;
    state = explain_check(v->mailbox, r, i, &why);
    if (why != NULL)
        put_labelled(v, f, indent, labels[state], why);
}

static void print_causes(const struct explain_view *v, const struct smtp_reply *r, size_t indent,
                         bool all, FILE *f)
{
    size_t n = 0;

    while (n < SMTP_REPLY_CAUSES && r->causes[n] != NULL)
        n++;
    title(v, f, indent, n > 1 ? "Causes, the likeliest first" : "Cause");
    for (size_t i = 0; i < n && (all || i == 0); i++) {
        const char *tell = explain_tell_apart(r, i);
        size_t in = n > 1 ? indent + 5 : indent + 2;
        char lead[16] = "";

        if (n > 1)
            (void)snprintf(lead, sizeof lead, "%*s%zu.", (int)indent + 2, "", i + 1);
        wrap_text(f, line_width(v), in, lead, r->causes[i]);
        if (tell != NULL)
            put_labelled(v, f, in, n > 1 ? "Tell it by:" : "Check:", tell);
        tenant_says(v, r, i, in, f);
    }
}

static void print_support(const struct explain_finding *x, size_t indent, FILE *f)
{
    if (x->support.host[0] != '\0')
        fprintf(f, "%*sFor Microsoft support: %s%s%s%s%s\n", (int)indent, "", x->support.host,
                x->support.time[0] != '\0' ? " " : "", x->support.time,
                x->support.id[0] != '\0' ? " " : "", x->support.id);
}

static bool is_sign_in(int code)
{
    return code == 0 || code == 454 || (code >= 530 && code < 540);
}

static void print_unknown(const struct explain_view *v, const struct explain_finding *x,
                          size_t indent, FILE *f)
{
    struct buf b;

    for (size_t i = 0; i < COUNT_OF(codes); i++)
        if (x->code >= codes[i].from && x->code <= codes[i].to) {
            put(v, f, indent, codes[i].words);
            break;
        }
    if (x->kind == EXPLAIN_OTHER_SERVER) {
        put(v, f, indent, "Microsoft 365's settings play no part in it.");
        if (x->hint != NULL)
            put(v, f, indent, x->hint);
        return;
    }
    if (x->candidate_count > 0) {
        buf_init(&b, TEXT_BYTES);
        buf_addf(&b,
                 "Exchange Online has %zu %s what there is; the whole text tells "
                 "which:",
                 x->candidate_count,
                 x->candidate_count == 1 ? "answer that fits" : "answers that fit");
        put(v, f, indent, b.p);
        for (size_t i = 0; i < x->candidate_count; i++)
            put_labelled(v, f, indent + 2, "-", x->candidates[i]->text);
        buf_release(&b);
    }
    title(v, f, indent, "What to do");
    put(v, f, indent + 2, "Get the whole answer, in English, from the device's log.");
    put(v, f, indent + 2,
        is_sign_in(x->code) ? "Look the sign-in up in the sign-in log of Microsoft Entra."
                            : "Look the message up in the message trace of Exchange.");
}

void explain_print_finding(const struct explain_view *v, const struct explain_finding *x,
                           size_t indent, FILE *f)
{
    if (x->kind == EXPLAIN_REPLY) {
        print_causes(v, x->reply, indent, v->in_full || x == &v->x->v[0], f);
        if (x->reply->fix != NULL) {
            title(v, f, indent, "What to do");
            put(v, f, indent + 2, x->reply->fix);
        }
    } else if (x->sign != NULL && x->kind != EXPLAIN_SUCCESS) {
        put(v, f, indent, x->sign->says);
        title(v, f, indent, "What to do");
        put(v, f, indent + 2, x->sign->fix);
    } else if (x->kind != EXPLAIN_SUCCESS) {
        print_unknown(v, x, indent, f);
    }
    print_support(x, indent, f);
}

static void place(const struct explain_view *v, const struct explain_finding *x, struct buf *b)
{
    if (!v->has_lines)
        return;
    buf_addf(b, " (line %zu", x->line);
    if (x->count > 1)
        buf_addf(b, ", %zu times, last in line %zu", x->count, x->last_line);
    buf_adds(b, ")");
}

static void heading(const struct explain_view *v, const struct explain_finding *x, struct buf *b)
{
    const char *words;

    switch (x->kind) {
    case EXPLAIN_REPLY:
        words = layer_words(x->reply->layer);
        buf_addf(b, "%s: stopped by %s", x->reply->id, words != NULL ? words : x->reply->layer);
        break;
    case EXPLAIN_OTHER_SERVER:
        buf_addf(b, "Not Microsoft 365: an answer of %s", x->who);
        break;
    case EXPLAIN_TOKEN:
        buf_addf(b, "%s: Microsoft Entra refused a token", x->sign->id);
        break;
    case EXPLAIN_CLIENT:
        buf_addf(b, "%s: the client's own words, no answer of a server", x->sign->id);
        break;
    case EXPLAIN_UNKNOWN:
        buf_addf(b, "unknown: an answer%s%s that is not in the catalogue",
                 x->who != NULL ? " of " : "", x->who != NULL ? x->who : "");
        break;
    case EXPLAIN_SUCCESS:
        buf_addf(b, "No error: %s",
                 x->reply == NULL                  ? "the server took the message"
                 : str_eq(x->reply->id, "auth-ok") ? "the sign-in was accepted"
                                                   : "the server greeted, and nobody signed in");
        break;
    }
    place(v, x, b);
}

/* The catalogue keeps what tells an answer from the others: of some only the reason. */
static bool is_reason(const struct smtp_reply *r)
{
    return r->code == 535 && !str_starts(r->text, "Authentication");
}

static void answer(const struct explain_finding *x, struct buf *b)
{
    if (x->text != NULL) {
        buf_adds(b, x->text);
    } else if (x->reply != NULL) {
        buf_addf(b, "%d %s%s%s%s", x->code != 0 ? x->code : x->reply->code,
                 x->enhanced[0] != '\0' ? x->enhanced : x->reply->enhanced,
                 x->reply->enhanced[0] != '\0' || x->enhanced[0] != '\0' ? " " : "",
                 is_reason(x->reply) ? "Authentication unsuccessful, " : "", x->reply->text);
    } else if (x->sign != NULL) {
        buf_adds(b, x->sign->texts[0]);
    }
}

static void print_one(const struct explain_view *v, const struct explain_finding *x, FILE *f)
{
    struct buf b;

    buf_init(&b, TEXT_BYTES);
    heading(v, x, &b);
    title(v, f, 0, b.p);
    buf_clear(&b);
    answer(x, &b);
    put(v, f, 2, b.p);
    if (x->is_carried)
        put(v, f, 2, "It stood inside a 530 5.7.57, which only says that the client went on.");
    if (x->kind == EXPLAIN_REPLY && !str_eq(x->reply->confidence, "high"))
        put_labelled(v, f, 2, "How sure this is:", x->reply->confidence);
    if (x->is_cut && x->kind == EXPLAIN_REPLY)
        put(v, f, 2, "The log broke the text off; what is there fits this answer only.");
    explain_print_finding(v, x, 2, f);
    buf_release(&b);
}

static bool has_notes(const struct explain_view *v)
{
    const struct explanation *x = v->x;

    return v->mailbox != NULL || x->is_clipped || (x->is_dotnet_530 && x->n > 0) ||
           (x->last_error_line > 0 && x->accepted_line > x->last_error_line);
}

static void print_notes(const struct explain_view *v, FILE *f)
{
    const struct explanation *x = v->x;
    char line[160];

    if (x->is_dotnet_530 && x->n > 0 && x->v[0].kind != EXPLAIN_CLIENT)
        put(v, f, 0,
            "Note: .NET calls every 530 \"MustIssueStartTlsFirst\" or \"requires a secure "
            "connection\". It says nothing about TLS.");
    if (x->last_error_line > 0 && x->accepted_line > x->last_error_line) {
        (void)snprintf(line, sizeof line,
                       "Note: line %zu, after the last error, was accepted: the fault may be gone.",
                       x->accepted_line);
        put(v, f, 0, line);
    }
    if (x->is_clipped)
        put(v, f, 0, "Note: the log has more answers than are looked at; its end was left out.");
}

static void print_mailbox(const struct explain_view *v, FILE *f)
{
    const char *expected;
    struct buf b;

    if (v->mailbox == NULL)
        return;
    expected = explain_mailbox_reply(v->mailbox);
    buf_init(&b, TEXT_BYTES);
    if (explain_mailbox_address(v->mailbox) == NULL) {
        buf_addf(&b, "Note: no address of the log is in %s; name the mailbox with --address.",
                 v->snapshot);
    } else if (explain_mailbox_basic(v->mailbox) == NULL) {
        buf_addf(&b, "Note: %s has an account but no mailbox in %s.",
                 explain_mailbox_address(v->mailbox), v->snapshot);
    } else {
        buf_addf(&b, "%s on %s: basic SMTP AUTH of %s is %s%s%s.", v->snapshot,
                 v->collected != NULL ? v->collected : "an unknown day",
                 explain_mailbox_address(v->mailbox), explain_mailbox_basic(v->mailbox),
                 expected != NULL ? ", with the answer " : "", expected != NULL ? expected : "");
        if (v->x->n > 0 && v->x->v[0].kind == EXPLAIN_REPLY && expected != NULL &&
            str_eq(v->x->v[0].reply->stage, "auth") && !str_eq(expected, v->x->v[0].reply->id) &&
            !str_eq(v->x->v[0].reply->id, "auth-generic"))
            buf_adds(&b, " The log has another: a setting has changed since, or it is of another "
                         "account.");
    }
    put(v, f, 0, b.p);
    buf_release(&b);
}

void explain_print(const struct explain_view *v, FILE *f)
{
    if (v->x->n == 0)
        put(v, f, 0, "No answer of a mail server was found in this text.");
    for (size_t i = 0; i < v->x->n; i++) {
        if (i > 0)
            fputc('\n', f);
        print_one(v, &v->x->v[i], f);
    }
    if (has_notes(v))
        fputc('\n', f);
    print_notes(v, f);
    print_mailbox(v, f);
}
