/* SMTP AUTH: the three layers with their numbers, what changes at the end of December 2026, and the
 * mailboxes one by one. */
#include "html.h"

#include "base/attrs.h"
#include "base/mem.h"
#include "base/strs.h"
#include "escape.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *what, *bar_id;
} layers[SMTP_LAYERS] = {
    [LAYER_TENANT] = {"1. Tenant",
                      "The organization's SMTP AUTH switch, for mailboxes without "
                      "their own",
                      "bar-tenant"},
    [LAYER_POLICY] =
        {"2. Security policy",
         "Security defaults, Conditional Access, authentication policies, per-user MFA",
         "bar-policy"},
    [LAYER_MAILBOX] = {"3. Mailbox", "The mailbox's own switch, its account and its licence",
                       "bar-mailbox"},
};

/* In the order of the bars and of the table's columns. */
static const struct {
    enum smtp_verdict verdict;
    const char *classes, *fill, *layer_word, *end_word;
} parts[] = {
    {SMTP_ALLOW, "f-allow", "#3f5fa8", "not stopped here", "can send"},
    {SMTP_CONDITIONAL, "f-conditional", "#3c7482", "depending", "under conditions"},
    {SMTP_UNKNOWN, "f-unknown", "#a06a00", "not known", "not known"},
    {SMTP_BLOCK, "f-block", "#7d8794", "stopped here", "stopped"},
};

static const char *mailboxes(size_t n)
{
    return n == 1 ? "mailbox" : "mailboxes";
}

static void write_bar(struct html *h, const char *id, const size_t counts[SMTP_VERDICTS],
                      bool is_end)
{
    struct html_bar_part bar[COUNT_OF(parts)];

    for (size_t i = 0; i < COUNT_OF(parts); i++)
        bar[i] = (struct html_bar_part){
            .classes = parts[i].classes,
            .fill = parts[i].fill,
            .word = is_end ? parts[i].end_word : parts[i].layer_word,
            .n = counts[parts[i].verdict],
        };
    html_bar(h, id, bar, COUNT_OF(bar));
}

static void write_rest(struct html *h, const size_t counts[SMTP_VERDICTS], bool is_end)
{
    const char *sep = "";

    xo_class(h->x, "p", "rest");
    for (size_t i = 1; i < COUNT_OF(parts); i++) {
        if (counts[parts[i].verdict] == 0)
            continue;
        xo_text(h->x, sep);
        html_count(h, counts[parts[i].verdict]);
        xo_textf(h->x, " %s", is_end ? parts[i].end_word : parts[i].layer_word);
        sep = ", ";
    }
    xo_end(h->x);
    xo_nl(h->x);
}

static void write_gate(struct html *h, const char *name, const char *what, const char *bar_id,
                       const size_t counts[SMTP_VERDICTS], bool is_end)
{
    struct xmlout *x = h->x;

    xo_start(x, "li");
    if (is_end)
        xo_attr(x, "class", "end");
    xo_nl(x);
    xo_elem(x, "h3", name);
    html_para(h, "what", what);
    xo_class(x, "p", "pass");
    xo_class(x, "strong", "big");
    html_count(h, counts[SMTP_ALLOW]);
    xo_end(x);
    xo_text(x, " of ");
    html_count(h, h->smtp.mailboxes);
    xo_text(x, is_end ? " can send" : " not stopped here");
    xo_end(x);
    write_bar(h, bar_id, counts, is_end);
    write_rest(h, counts, is_end);
    xo_end(x);
    xo_nl(x);
}

static void write_gates(struct html *h)
{
    xo_class(h->x, "ol", "gates");
    xo_attr(h->x, "aria-label",
            "The layers that a sign-in with a password meets, in the order of the layers");
    xo_nl(h->x);
    for (size_t i = 0; i < SMTP_LAYERS; i++)
        write_gate(h, layers[i].name, layers[i].what, layers[i].bar_id, h->smtp.layer[i], false);
    write_gate(h, "All three together", "Mail sent with a password is accepted", "bar-end",
               h->smtp.basic, true);
    xo_end(h->x);
    xo_nl(h->x);
}

static void write_gate_table(struct html *h)
{
    static const char *const headings[] = {"Layer", "#Not stopped here", "#Depends", "#Not known",
                                           "#Stopped here"};

    html_table(h, "Mailboxes by what each layer does to a sign-in with a password", headings,
               COUNT_OF(headings), false);
    for (size_t i = 0; i <= SMTP_LAYERS; i++) {
        const size_t *counts = i < SMTP_LAYERS ? h->smtp.layer[i] : h->smtp.basic;

        xo_start(h->x, "tr");
        html_row_head(h, i < SMTP_LAYERS ? layers[i].name : "All three together");
        for (size_t p = 0; p < COUNT_OF(parts); p++)
            html_cell_count(h, counts[parts[p].verdict]);
        xo_end(h->x);
        xo_nl(h->x);
    }
    html_table_end(h);
}

/* The day is the operator's: Microsoft had announced none when this was written. */
static void write_removal(struct html *h, const char *as_of)
{
    const char *day = h->m->smtp_removal_date;

    xo_start(h->x, "p");
    if (strcmp(as_of, day) >= 0)
        xo_textf(h->x,
                 "By the removal date that was given, %s, Microsoft has removed basic "
                 "authentication for SMTP AUTH for good: no setting brings it back. ",
                 day);
    else
        xo_textf(h->x,
                 "By the removal date that was given, Microsoft removes basic authentication for "
                 "SMTP AUTH for good on %s: no setting brings it back after that. ",
                 day);
    xo_end(h->x);
    xo_nl(h->x);
}

/* Microsoft, Exchange team blog of 27 January 2026: basic authentication for client submission is
 * off by default for existing tenants from the end of December 2026; administrators can turn it on
 * again. */
static void write_retirement(struct html *h)
{
    const struct smtp_picture *p = &h->smtp;
    const char *as_of = h->m->as_of != NULL ? h->m->as_of : h->m->started_at;
    size_t affected = p->basic[SMTP_ALLOW] + p->basic[SMTP_CONDITIONAL];
    char n[WORDS_BYTES];

    xo_class(h->x, "div", "callout");
    xo_attr(h->x, "role", "note");
    html_para(h, "label", "End of December 2026");
    if (h->m->smtp_removal_date != NULL)
        write_removal(h, as_of);
    xo_start(h->x, "p");
    if (h->m->smtp_removal_date != NULL && strcmp(as_of, h->m->smtp_removal_date) >= 0) {
        xo_text(h->x,
                "What signs in with a password has to move to OAuth, to High Volume Email for "
                "mail inside the organization, or to a relay.");
    } else if (strcmp(as_of, "2027-01-01") < 0) {
        xo_text(h->x, "Microsoft turns basic authentication for SMTP AUTH off by default in "
                      "existing tenants at the end of December 2026; administrators can turn it on "
                      "again. ");
        if (affected > 0 || p->basic[SMTP_UNKNOWN] == 0)
            xo_textf(h->x,
                     "%s %s that can send with a password today%s will stop then, unless "
                     "what signs in moves to OAuth first or basic authentication is turned "
                     "on again.",
                     words_count(affected, n), mailboxes(affected),
                     p->basic[SMTP_CONDITIONAL] > 0 ? " (some under conditions)" : "");
        if (p->basic[SMTP_UNKNOWN] > 0)
            xo_textf(h->x, " For %s %s it is not known.", words_count(p->basic[SMTP_UNKNOWN], n),
                     mailboxes(p->basic[SMTP_UNKNOWN]));
    } else {
        xo_text(h->x, "Since the end of December 2026 basic authentication for SMTP AUTH is off by "
                      "default in existing tenants, unless an administrator turned it on again. "
                      "This report cannot see that switch, so it says “depends” where every other "
                      "layer lets a mailbox send.");
    }
    xo_end(h->x);
    xo_end(h->x);
    xo_nl(h->x);
}

static void write_layer_words(struct html *h, const char *json)
{
    struct err ignored = ERR_INIT;
    json_t *list = NULL;
    json_t *v;
    size_t at;

    if (json == NULL || escape_parse(json, "layers", &list, &ignored) != ERR_OK) {
        xo_text(h->x, json);
        return;
    }
    json_array_foreach(list, at, v)
    {
        const char *word = json_string_value(v);

        if (at > 0)
            xo_text(h->x, ", ");
        if (word != NULL)
            xo_text(h->x, words_layer(word));
    }
    json_decref(list);
}

static enum err_code write_mailbox(void *ctx, const struct smtp_mailbox *row, struct err *e)
{
    struct html *h = ctx;
    struct xmlout *x = h->x;

    (void)e;
    xo_start(x, "tr");
    xo_start(x, "th");
    xo_attr(x, "scope", "row");
    xo_text(x, row->address);
    if (row->name != NULL && !str_eq(row->name, row->address)) {
        xo_text(x, " ");
        xo_class(x, "span", "sub");
        xo_text(x, row->name);
        xo_end(x);
    }
    xo_end(x);
    xo_start(x, "td");
    html_verdict(h, row->basic);
    xo_end(x);
    xo_start(x, "td");
    write_layer_words(h, row->layers);
    xo_end(x);
    xo_start(x, "td");
    html_verdict(h, row->delegated);
    xo_end(x);
    xo_class(x, "td", "wide");
    if (row->fix != NULL)
        xo_text(x, row->fix);
    else if (str_eq(row->basic, "allow"))
        xo_text(x, "Works today. Move what signs in to OAuth.");
    xo_class(x, "details", "aside");
    xo_elem(x, "summary", "Explanation");
    xo_start(x, "p");
    xo_text(x, row->explanation);
    xo_textf(x, " Confidence: %s.", row->confidence);
    xo_end(x);
    xo_end(x);
    xo_end(x);
    xo_end(x);
    xo_nl(x);
    return ERR_OK;
}

static enum err_code write_mailboxes(struct html *h, bool stopped, size_t total, struct err *e)
{
    static const char *const headings[] = {"Mailbox", "With a password", "Decided by", "With OAuth",
                                           "What to do"};
    size_t shown = total < HTML_ROWS ? total : HTML_ROWS;
    char a[WORDS_BYTES];
    char b[WORDS_BYTES];
    char *caption;
    enum err_code code;

    if (total == 0)
        return ERR_OK;
    caption = xasprintf("Mailboxes that %s (showing %s of %s)",
                        stopped ? "are stopped" : "can send with a password, or might",
                        words_count(shown, a), words_count(total, b));
    if (stopped) {
        html_para(h, "print-only",
                  "Mailboxes that are stopped are listed on screen, not in print.");
        xo_class(h->x, "details", "aside");
        xo_class(h->x, "summary", "plain");
        xo_textf(h->x, "Show the %s %s that cannot send with a password", b, mailboxes(total));
        xo_end(h->x);
    }
    html_table(h, caption, headings, COUNT_OF(headings), true);
    code = smtp_mailboxes_each(h->m, stopped, HTML_ROWS, write_mailbox, h, e);
    html_table_end(h);
    if (stopped)
        xo_end(h->x);
    free(caption);
    return code;
}

static void write_missing(struct html *h)
{
    const char *sep = "";
    evidence_set missing = h->smtp.missing[LAYER_TENANT] | h->smtp.missing[LAYER_POLICY] |
                           h->smtp.missing[LAYER_MAILBOX];

    if (missing == 0)
        return;
    xo_class(h->x, "p", "warn");
    html_icon(h, "not_evaluated");
    xo_text(h->x, " Not fully read: ");
    for (size_t i = 0; i < evidence_resource_count(); i++) {
        if ((missing >> i & 1) == 0)
            continue;
        xo_text(h->x, sep);
        xo_text(h->x, evidence_resource_at(i)->title);
        sep = ", ";
    }
    xo_text(h->x, ". Where a layer depends on these, its effect counts as not known.");
    xo_end(h->x);
    xo_nl(h->x);
}

static void write_switches(struct html *h)
{
    const struct smtp_picture *p = &h->smtp;
    char a[WORDS_BYTES];
    char b[WORDS_BYTES];
    char c[WORDS_BYTES];

    xo_start(h->x, "p");
    xo_textf(h->x, "The organization's switch is %s. ",
             str_eq(p->tenant_flag, "unknown") ? "not known" : p->tenant_flag);
    xo_textf(h->x, "%s %s it, %s override%s it with on and %s with off.",
             words_count(p->inherit, a), p->inherit == 1 ? "mailbox follows" : "mailboxes follow",
             words_count(p->explicit_on, b), p->explicit_on == 1 ? "s" : "",
             words_count(p->explicit_off, c));
    if (p->flag_unknown > 0)
        xo_textf(h->x, " For %s %s the switch is not known.", words_count(p->flag_unknown, a),
                 mailboxes(p->flag_unknown));
    xo_end(h->x);
    xo_nl(h->x);
}

enum err_code html_smtp(struct html *h, struct err *e)
{
    enum err_code code = ERR_OK;

    html_section(h, "sec-smtp", "SMTP AUTH: which mailboxes can send with a password");
    if (h->smtp.is_empty) {
        html_para(h, "warn", h->smtp.why);
        write_missing(h);
    } else {
        if (h->smtp.is_partial)
            html_para(h, "warn",
                      "The list of mailboxes is incomplete: there may be more than counted here.");
        write_gates(h);
        write_missing(h);
        write_switches(h);
        write_retirement(h);
        write_gate_table(h);
        code = write_mailboxes(h, false, h->smtp.mailboxes - h->smtp.basic[SMTP_BLOCK], e);
        if (code == ERR_OK)
            code = write_mailboxes(h, true, h->smtp.basic[SMTP_BLOCK], e);
    }
    html_section_end(h);
    return code;
}
