#include "base/attrs.h"
#include "base/buf.h"
#include "base/strs.h"
#include "base/text.h"
#include "explain_view.h"
#include "rules/smtp_reply.h"
#include "rules/why.h"
#include "why_view.h"

#include <string.h>

enum {
    TEXT_BYTES = 64 * 1024,
    WIDTH_LEAST = 60,
    WIDTH_MOST = 120,
    TITLE_COLUMNS = 23,
    EFFECT_COLUMNS = 11,
    GATE_INDENT = 5 + TITLE_COLUMNS + 1 + EFFECT_COLUMNS + 1
};

static const char bold[] = "\x1b[1m";
static const char dim[] = "\x1b[2m";
static const char red[] = "\x1b[31m";
static const char green[] = "\x1b[32m";
static const char yellow[] = "\x1b[33m";

static size_t width_of(const struct why_view *v)
{
    return v->width < WIDTH_LEAST ? WIDTH_LEAST : v->width > WIDTH_MOST ? WIDTH_MOST : v->width;
}

static void paint(const struct why_view *v, const char *code, const char *text)
{
    fprintf(v->f, "%s%s%s", v->colour ? code : "", text, v->colour ? "\x1b[0m" : "");
}

static void put(const struct why_view *v, size_t indent, const char *lead, const char *text)
{
    wrap_text(v->f, width_of(v), indent, lead, text);
}

/* On one line whatever its length: for commands, which are copied. */
static void put_line(const struct why_view *v, const char *lead, const char *text)
{
    struct buf b;

    buf_init(&b, TEXT_BYTES);
    text_add_safe(&b, text);
    fprintf(v->f, "%s%s\n", lead, b.p);
    buf_release(&b);
}

static void heading(const struct why_view *v, const char *text)
{
    fputc('\n', v->f);
    paint(v, bold, text);
    fputc('\n', v->f);
}

/* What stops it, by gate id. */
static const struct {
    const char *gate, *words;
} culprits[] = {
    {"recipient", "what kind of recipient it is"},
    {"service", "Microsoft's retirement of basic authentication"},
    {"tenant-switch", "the organization's SMTP AUTH switch"},
    {"mailbox-switch", "the mailbox's own SMTP AUTH switch"},
    {"auth-policy", "an Exchange authentication policy"},
    {"account", "the state of the account"},
    {"federation", "the domain's federation"},
    {"security-defaults", "security defaults"},
    {"conditional-access", "Conditional Access"},
    {"per-user-mfa", "per-user MFA"},
    {"licence", "the licence"},
};

static const char *culprit(const struct why_verdict *v)
{
    for (size_t i = 0; v->decides < WHY_GATES && i < COUNT_OF(culprits); i++)
        if (str_eq(culprits[i].gate, v->gates[v->decides].id))
            return culprits[i].words;
    return "nothing";
}

static const struct {
    const char *verdict, *colour, *words;
} answers[] = {
    {"allow", green, "YES"},
    {"block", red, "NO"},
    {"conditional", yellow, "IT DEPENDS"},
    {"unknown", yellow, "NOT KNOWN"},
    {"not_applicable", yellow, "DOES NOT APPLY"},
};

static void say(const struct why_view *v, const struct why_verdict *x)
{
    for (size_t i = 0; i < COUNT_OF(answers); i++)
        if (str_eq(answers[i].verdict, x->basic))
            paint(v, answers[i].colour, answers[i].words);
    if (str_eq(x->basic, "allow"))
        fputs(" - nothing stops it\n", v->f);
    else if (str_eq(x->basic, "block"))
        fprintf(v->f, " - stopped by %s\n", culprit(x));
    else if (str_eq(x->basic, "conditional"))
        fprintf(v->f, " - on %s\n", culprit(x));
    else if (str_eq(x->basic, "unknown"))
        fprintf(v->f, " - what was read does not settle %s\n", culprit(x));
    else
        fputs(" - there is no mailbox to send from\n", v->f);
}

static const char *oauth_words(const char *verdict)
{
    static const struct {
        const char *verdict, *words;
    } words[] = {
        {"allow", "yes"},
        {"block", "no"},
        {"unknown", "not known"},
        {"conditional", "on a condition"},
        {"not_applicable", "does not apply"},
    };

    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (str_eq(words[i].verdict, verdict))
            return words[i].words;
    return verdict;
}

static const char *effect_words(enum why_effect x)
{
    static const char *const words[] = {
        [WHY_PASS] = "pass",           [WHY_OVERRIDDEN] = "overridden",
        [WHY_CONDITIONAL] = "depends", [WHY_UNKNOWN] = "not known",
        [WHY_BLOCK] = "STOPS",         [WHY_NOT_APPLICABLE] = "no matter",
    };

    return words[x];
}

static const char *effect_colour(enum why_effect x)
{
    static const char *const colours[] = {
        [WHY_PASS] = green,     [WHY_OVERRIDDEN] = green, [WHY_CONDITIONAL] = yellow,
        [WHY_UNKNOWN] = yellow, [WHY_BLOCK] = red,        [WHY_NOT_APPLICABLE] = dim,
    };

    return colours[x];
}

/* Beside the effect, or where it is too long below it. */
static void print_value(const struct why_view *v, const char *value)
{
    if (strlen(value) + GATE_INDENT <= width_of(v)) {
        put_line(v, "", value);
        return;
    }
    fputc('\n', v->f);
    put(v, 5, "     ", value);
}

static void print_gate(const struct why_view *v, const struct why_gate *g, size_t number)
{
    char lead[64];
    struct buf source;

    fprintf(v->f, " %2zu  %-*s ", number, TITLE_COLUMNS, g->title);
    paint(v, effect_colour(g->effect), effect_words(g->effect));
    (void)snprintf(lead, sizeof lead, "%*s",
                   EFFECT_COLUMNS + 1 - (int)strlen(effect_words(g->effect)), "");
    fputs(lead, v->f);
    print_value(v, g->value);
    buf_init(&source, TEXT_BYTES);
    buf_addf(&source, "%s %s", g->where, g->evidence);
    fputs(v->colour ? dim : "", v->f);
    put(v, 5, "     ", source.p);
    fputs(v->colour ? "\x1b[0m" : "", v->f);
    buf_release(&source);
}

static void print_policies(const struct why_view *v, const struct why_verdict *x)
{
    static const struct {
        const char *bearing, *words;
    } bearings[] = {
        {"certain", "stops it"}, {"conditional", "sometimes"}, {"unknown", "cannot be judged"}};

    for (size_t i = 0; i < x->policies_n; i++)
        for (size_t k = 0; k < COUNT_OF(bearings); k++) {
            struct buf b;

            if (!str_eq(bearings[k].bearing, x->policies[i].bearing))
                continue;
            buf_init(&b, TEXT_BYTES);
            buf_addf(&b, "%s: \"", bearings[k].words);
            text_add_cut(&b, x->policies[i].name, 120);
            buf_addf(&b, "\" %s", x->policies[i].words);
            put(v, 7, "     - ", b.p);
            buf_release(&b);
        }
}

static void print_gates(const struct why_view *v, const struct why_verdict *x, bool only_supposed)
{
    for (size_t i = 0; i < COUNT_OF(x->gates); i++) {
        if (only_supposed && !x->gates[i].is_supposed && i != x->decides)
            continue;
        print_gate(v, &x->gates[i], i + 1);
        if (str_eq(x->gates[i].id, "conditional-access"))
            print_policies(v, x);
    }
}

/* The catalogue keeps of some answers only the reason. */
static void print_reply(const struct why_view *v, const struct why_verdict *x)
{
    const struct smtp_reply *r = x->reply;
    struct buf b;

    if (r == NULL)
        return;
    heading(v, str_eq(x->basic, "conditional") ? "What the device's log says when it is refused"
                                               : "What the device's log says");
    buf_init(&b, TEXT_BYTES);
    buf_addf(&b, "%d %s%s%s%s", r->code, r->enhanced, r->enhanced[0] != '\0' ? " " : "",
             r->code == 535 && !str_starts(r->text, "Authentication")
                 ? "Authentication unsuccessful, "
                 : "",
             r->text);
    put(v, 2, "  ", b.p);
    buf_clear(&b);
    buf_addf(&b, "(verdict: %s confidence%s)", x->confidence,
             x->is_reply_likely ? "; the wording is likely, not confirmed" : "");
    put(v, 2, "  ", b.p);
    buf_release(&b);
}

static void print_path(const struct why_view *v, const struct why_path *p, char letter)
{
    char lead[48];

    fprintf(v->f, "  %c. ", letter);
    paint(v, bold, p->title);
    fputc('\n', v->f);
    for (size_t i = 0; i < p->n; i++) {
        const struct why_step *s = &p->steps[i];

        (void)snprintf(lead, sizeof lead, "     %zu. ", i + 1);
        put(v, 8, lead, s->text);
        if (s->powershell != NULL)
            put_line(v, "        PS> ", s->powershell);
        if (s->portal != NULL)
            put(v, 16, "        Portal: ", s->portal);
        if (s->url != NULL)
            put_line(v, "                ", s->url);
    }
    put(v, 8, "     What it costs:", p->cost);
}

static void print_fixes(const struct why_view *v, const struct why_answer *a)
{
    heading(v, a->is_plain_sending ? "Nothing to repair" : "Fix, safest first");
    for (size_t i = 0; i < a->paths_n; i++)
        print_path(v, &a->paths[i], (char)('A' + i));
    if (a->is_plain_sending || str_eq(a->after.basic, "not_applicable"))
        return;
    heading(v, "What is in the way after that");
    for (size_t i = 0; i < a->next_n; i++)
        put(v, 4, "  - ", a->next[i]);
    if (a->next_n > 0)
        fputs("  The ways above deal with this as well.\n", v->f);
    else if (str_eq(a->after.basic, "unknown"))
        fputs("  Nothing, as far as it was read.\n", v->f);
    else
        fputs("  Nothing. Try again; a change can take up to 24 hours to count.\n", v->f);
}

static void print_unread(const struct why_view *v, const struct why_answer *a)
{
    if (a->unread_n == 0)
        return;
    heading(v, "Not read, so no verdict stands on it");
    for (size_t i = 0; i < a->unread_n; i++) {
        put(v, 4, "  - ", a->unread[i].text);
        put(v, 10, "    Look: ", a->unread[i].how);
    }
}

static void print_change(const struct why_view *v, const struct why_answer *a)
{
    struct buf b;

    buf_init(&b, TEXT_BYTES);
    buf_adds(&b, "And if ");
    for (size_t i = 0; i < a->changes_n; i++) {
        buf_adds(&b, i > 0 ? ", " : "");
        text_add_safe(&b, a->changes[i].text);
    }
    buf_adds(&b, "? (nothing is changed)");
    heading(v, b.p);
    buf_release(&b);
    fputs("  before: ", v->f);
    say(v, &a->before);
    fputs("  after:  ", v->f);
    say(v, &a->after);
    fprintf(v->f, "  OAuth after: delegated %s, application %s\n",
            oauth_words(a->after.oauth_delegated), oauth_words(a->after.oauth_app));
    print_gates(v, &a->after, true);
    for (size_t i = 0; i < a->changes_n; i++)
        if (a->changes[i].warning != NULL)
            put(v, 4, "  ! ", a->changes[i].warning);
}

static void print_head(const struct why_view *v, const struct why_answer *a)
{
    const struct why_mailbox *m = &a->mailbox;
    struct buf b;

    buf_init(&b, TEXT_BYTES);
    text_add_safe(&b, m->address != NULL ? m->address : m->guid);
    paint(v, bold, b.p);
    buf_clear(&b);
    buf_adds(&b, "  (");
    text_add_safe(&b, m->type != NULL ? m->type : "kind not known");
    if (m->display_name != NULL) {
        buf_adds(&b, ", \"");
        text_add_safe(&b, m->display_name);
        buf_adds(&b, "\"");
    }
    buf_adds(&b, ")");
    fprintf(v->f, "%s\n", b.p);
    buf_clear(&b);
    buf_addf(&b, "As of %s, from ", a->as_of);
    text_add_safe(&b, v->source);
    buf_addf(&b, " as read %s", a->collected != NULL ? a->collected : "on an unknown day");
    fprintf(v->f, "%s\n\n", b.p);
    buf_release(&b);
}

void why_print(const struct why_view *v, const struct why_answer *a)
{
    print_head(v, a);
    fputs("Can it send with a password over SMTP AUTH?  ", v->f);
    say(v, &a->before);
    fprintf(v->f, "And with OAuth?  delegated: %s; application: %s\n\n",
            oauth_words(a->before.oauth_delegated), oauth_words(a->before.oauth_app));
    print_gates(v, &a->before, false);
    if (a->changes_n > 0)
        print_change(v, a);
    print_reply(v, &a->after);
    print_fixes(v, a);
    print_unread(v, a);
}

/* A sign-in that somebody imagined. */

static void print_result(const struct why_view *v, const struct why_sign_in *s)
{
    if (str_eq(s->blocked, "yes")) {
        paint(v, red, "BLOCKED");
        fputs(" by a policy that applies\n", v->f);
    } else if (str_eq(s->blocked, "unknown")) {
        paint(v, yellow, "CANNOT BE TOLD");
        fputs(": a policy that may apply would block it\n", v->f);
    } else if (str_eq(s->needs_mfa, "yes")) {
        paint(v, green, "ALLOWED");
        fputs(" with multifactor authentication\n", v->f);
    } else if (str_eq(s->needs_mfa, "unknown")) {
        paint(v, green, "ALLOWED");
        fputs("; whether multifactor authentication is asked for cannot be told\n", v->f);
    } else {
        paint(v, green, "ALLOWED");
        fputs("; no policy asks for multifactor authentication\n", v->f);
    }
}

static void print_policy_result(const struct why_view *v, const struct why_policy_result *p)
{
    struct buf b;

    buf_init(&b, TEXT_BYTES);
    buf_addf(&b, "%s  \"",
             !p->is_enforced             ? "not enforced"
             : str_eq(p->applies, "yes") ? "applies"
             : str_eq(p->applies, "no")  ? "does not apply"
                                         : "may apply");
    text_add_cut(&b, p->name != NULL ? p->name : p->id, 120);
    buf_adds(&b, "\"");
    if (p->is_enforced && !str_eq(p->applies, "no"))
        buf_addf(&b, ": %s", p->controls);
    put(v, 4, "  - ", b.p);
    for (size_t i = 0; i < COUNT_OF(p->conditions) && p->is_enforced; i++) {
        const struct why_condition *x = &p->conditions[i];

        if (str_eq(x->met, "yes") || (str_eq(x->met, "unknown") && str_eq(p->applies, "no")))
            continue;
        buf_clear(&b);
        buf_addf(&b, "%s %s: %s", x->name, str_eq(x->met, "no") ? "not met" : "not known",
                 x->detail);
        put(v, 8, "      ", b.p);
    }
    buf_release(&b);
}

void why_print_sign_in(const struct why_view *v, const struct why_sign_in *s)
{
    struct buf b;

    buf_init(&b, TEXT_BYTES);
    buf_adds(&b, "Sign-in of ");
    text_add_safe(&b, s->person != NULL ? s->person : "somebody");
    if (s->text[0] != '\0') {
        buf_adds(&b, ": ");
        text_add_safe(&b, s->text);
    }
    put(v, 2, "", b.p);
    buf_release(&b);
    fputs("Conditional Access says: ", v->f);
    print_result(v, s);
    fputc('\n', v->f);
    for (int enforced = 1; enforced >= 0; enforced--)
        for (size_t i = 0; i < s->n; i++)
            if (s->v[i].is_enforced == (enforced == 1))
                print_policy_result(v, &s->v[i]);
    fputs("\nConditional Access only: the SMTP AUTH switches, security defaults and per-user MFA "
          "are asked\nwithout --sign-in. What was not said could be anything.\n",
          v->f);
}
