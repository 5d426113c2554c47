/* The executive summary: one printed page with the verdict, its coverage and the worst findings. */
#include "html.h"

#include "base/attrs.h"
#include "base/buf.h"
#include "base/limits.h"
#include "words.h"

/* Report order of the outcomes: what needs attention first. */
static const struct {
    enum outcome outcome;
    const char *fill, *meaning;
} states[] = {
    {OUTCOME_FAIL, "#b3261e", "At least one resource breaks the rule."},
    {OUTCOME_ERROR, "#7b2d8b", "The rule could not be run: a defect, not a verdict."},
    {OUTCOME_NOT_EVALUATED, "#a06a00", "Evidence is missing, so there is no verdict."},
    {OUTCOME_MANUAL, "#3f5fa8", "Only a person can judge this."},
    {OUTCOME_WAIVED, "#3c7482", "Every failure is covered by a waiver."},
    {OUTCOME_PASS, "#2b7a4b", "Every resource was read and keeps the rule."},
    {OUTCOME_NOT_APPLICABLE, "#7d8794", "Nothing in this tenant for the rule to judge."},
};

static void add_count(struct buf *b, size_t n, const char *noun)
{
    char digits[WORDS_BYTES];

    buf_addf(b, "%s %s%s", words_count(n, digits), noun, words_s(n));
}

/* The one sentence that everybody reads. Anything not known is in it. */
static void build_verdict(const struct report_model *m, struct buf *b)
{
    char x[WORDS_BYTES];
    char y[WORDS_BYTES];
    size_t fail = m->outcomes[OUTCOME_FAIL];
    size_t severe = m->failing[SEVERITY_CRITICAL] + m->failing[SEVERITY_HIGH];

    if (!m->has_evaluation) {
        buf_adds(b, "This snapshot holds evidence, but no rule has been evaluated on it. Nothing "
                    "below says whether the tenant is safe.");
        return;
    }
    if (m->rule_count == 0) {
        buf_adds(b, "No rule was chosen, so there is no verdict.");
        return;
    }
    if (fail > 0) {
        buf_addf(b, "%s of %s judged rules fail", words_count(fail, x),
                 words_count(report_judged(m), y));
        if (severe > 0)
            buf_addf(b, ", %s of them with critical or high severity", words_count(severe, x));
        buf_addc(b, '.');
    } else if (report_unjudged(m) > 0) {
        buf_adds(b, "No failing rule was found in what could be read. ");
    } else if (m->outcomes[OUTCOME_MANUAL] > 0) {
        buf_adds(b, "No rule fails.");
    } else {
        buf_adds(b, "Every rule that applies passes or is waived.");
    }
    if (report_unjudged(m) > 0) {
        buf_adds(b, fail > 0 ? " " : "");
        add_count(b, report_unjudged(m), "rule");
        buf_adds(b, " could not be judged: that is not a pass.");
    }
    if (m->outcomes[OUTCOME_MANUAL] > 0) {
        buf_addc(b, ' ');
        add_count(b, m->outcomes[OUTCOME_MANUAL], "rule");
        buf_adds(b, m->outcomes[OUTCOME_MANUAL] == 1 ? " needs a person." : " need a person.");
    }
}

static void write_wait(struct html *h, const struct missing_group *g)
{
    struct xmlout *x = h->x;
    char digits[WORDS_BYTES];

    xo_start(x, "li");
    xo_textf(x, "%s rule%s", words_count(g->rules.n, digits), words_s(g->rules.n));
    if (g->needs == NULL && g->resources.n == 0) {
        xo_text(x, g->rules.n == 1 ? " has" : " have");
        xo_text(x, " resources that could not be judged");
    } else {
        xo_text(x, g->rules.n == 1 ? " waits for " : " wait for ");
        if (g->needs != NULL)
            xo_elem(x, "code", g->needs);
        else
            xo_text(x, "evidence");
        xo_textf(x, " (%s)", words_reason(g->reason));
    }
    xo_end(x);
    xo_nl(x);
}

/* Beside every number: how much of the whole it speaks for, and what would make it more. */
static void write_coverage(struct html *h)
{
    const struct report_model *m = h->m;
    struct xmlout *x = h->x;
    char a[WORDS_BYTES];
    char b[WORDS_BYTES];

    xo_class(x, "div", "coverage");
    xo_start(x, "p");
    xo_textf(x, "Coverage: %s of %s rules were judged.", words_count(report_judged(m), a),
             words_count(m->rule_count, b));
    if (m->incomplete_fails > 0)
        xo_textf(x, " %s failing rule%s saw only part of the evidence: more resources may fail.",
                 words_count(m->incomplete_fails, a), words_s(m->incomplete_fails));
    xo_end(x);
    xo_nl(x);
    if (report_unjudged(m) > 0) {
        xo_start(x, "ul");
        xo_nl(x);
        for (size_t i = 0; i < h->missing.n; i++)
            if (h->missing.v[i].rules.n > 0)
                write_wait(h, &h->missing.v[i]);
        if (m->outcomes[OUTCOME_ERROR] > 0) {
            xo_start(x, "li");
            xo_textf(x, "%s rule%s did not run (engine error)",
                     words_count(m->outcomes[OUTCOME_ERROR], a),
                     words_s(m->outcomes[OUTCOME_ERROR]));
            xo_end(x);
        }
        xo_end(x);
    }
    xo_end(x);
    xo_nl(x);
}

/* `up_to` above `n`: it is at least n, and not known beyond. */
static void tile(struct html *h, size_t n, size_t up_to, size_t of, const char *label)
{
    struct xmlout *x = h->x;

    xo_start(x, "li");
    xo_class(x, "span", "big");
    html_count(h, n);
    if (up_to > n) {
        xo_text(x, "\u2013");
        html_count(h, up_to);
    }
    if (of > 0) {
        xo_class(x, "span", "of");
        xo_text(x, " of ");
        html_count(h, of);
        xo_end(x);
    }
    xo_end(x);
    xo_text(x, " ");
    xo_class(x, "span", "what");
    xo_text(x, label);
    xo_end(x);
    xo_end(x);
    xo_nl(x);
}

/* A number that nobody knows is no tile: it would read as zero. */
static void write_tiles(struct html *h)
{
    const struct report_model *m = h->m;
    const struct smtp_picture *p = &h->smtp;

    xo_class(h->x, "ul", "tiles");
    xo_nl(h->x);
    tile(h, report_judged(m), 0, m->rule_count, "rules judged");
    if (report_judged(m) > 0) {
        tile(h, m->outcomes[OUTCOME_FAIL], 0, 0, "rules fail");
        tile(h, m->failing[SEVERITY_CRITICAL] + m->failing[SEVERITY_HIGH], 0, 0,
             "of these critical or high");
    }
    if (p->mailboxes > 0 && p->basic[SMTP_UNKNOWN] < p->mailboxes)
        tile(h, p->basic[SMTP_ALLOW], p->basic[SMTP_ALLOW] + p->basic[SMTP_UNKNOWN], p->mailboxes,
             "mailboxes can send with a password");
    xo_end(h->x);
    xo_nl(h->x);
}

static void write_bar(struct html *h)
{
    struct html_bar_part parts[COUNT_OF(states)];
    char classes[COUNT_OF(states)][32];

    for (size_t i = 0; i < COUNT_OF(states); i++) {
        (void)snprintf(classes[i], sizeof classes[i], "f-%s", outcome_name(states[i].outcome));
        parts[i] = (struct html_bar_part){.classes = classes[i],
                                          .fill = states[i].fill,
                                          .word = words_outcome(states[i].outcome),
                                          .n = h->m->outcomes[states[i].outcome]};
    }
    html_bar(h, "bar-rules", parts, COUNT_OF(parts));
}

static void write_states(struct html *h)
{
    static const char *const headings[] = {"Outcome", "#Rules", "Meaning"};
    const struct report_model *m = h->m;

    html_table(h, "Rules by outcome", headings, COUNT_OF(headings), false);
    for (size_t i = 0; i < COUNT_OF(states); i++) {
        xo_start(h->x, "tr");
        xo_start(h->x, "th");
        xo_attr(h->x, "scope", "row");
        html_outcome(h, states[i].outcome);
        xo_end(h->x);
        html_cell_count(h, m->outcomes[states[i].outcome]);
        xo_class(h->x, "td", "meaning");
        xo_text(h->x, states[i].meaning);
        xo_end(h->x);
        xo_end(h->x);
        xo_nl(h->x);
    }
    html_table_end(h);
}

static void write_severities(struct html *h)
{
    static const char *const headings[] = {"Severity", "#Rules", "#Resources"};

    html_table(h, "Failing rules by severity", headings, COUNT_OF(headings), false);
    for (size_t i = 0; i < SEVERITY_COUNT; i++) {
        size_t resources = 0;

        for (size_t r = 0; r < h->m->rule_count; r++)
            if (h->m->rules[r].outcome == OUTCOME_FAIL && h->m->rules[r].severity == i)
                resources += h->m->rules[r].fail;
        xo_start(h->x, "tr");
        xo_start(h->x, "th");
        xo_attr(h->x, "scope", "row");
        html_severity(h, (enum severity)i);
        xo_end(h->x);
        html_cell_count(h, h->m->failing[i]);
        html_cell_count(h, resources);
        xo_end(h->x);
        xo_nl(h->x);
    }
    html_table_end(h);
}

static void write_worst(struct html *h)
{
    static const char *const headings[] = {"Severity", "Rule", "What was found"};
    const struct report_rule *worst[REPORT_WORST];
    size_t n = report_worst(h->m, worst, REPORT_WORST);
    char digits[WORDS_BYTES];
    char caption[WORDS_BYTES + 64];

    if (n == 0)
        return;
    if (n < h->m->outcomes[OUTCOME_FAIL])
        (void)snprintf(caption, sizeof caption, "The %zu worst of %s findings", n,
                       words_count(h->m->outcomes[OUTCOME_FAIL], digits));
    else
        (void)snprintf(caption, sizeof caption, "All findings, worst first");
    html_table(h, caption, headings, COUNT_OF(headings), false);
    for (size_t i = 0; i < n; i++) {
        xo_start(h->x, "tr");
        xo_start(h->x, "td");
        html_severity(h, worst[i]->severity);
        xo_end(h->x);
        xo_start(h->x, "th");
        xo_attr(h->x, "scope", "row");
        html_rule_link(h, worst[i]->id);
        xo_text(h->x, " ");
        xo_class(h->x, "span", "title");
        xo_text(h->x, worst[i]->title);
        xo_end(h->x);
        xo_end(h->x);
        html_cell(h, worst[i]->message);
        xo_end(h->x);
        xo_nl(h->x);
    }
    html_table_end(h);
}

void html_overview(struct html *h)
{
    struct buf b;

    buf_init(&b, LIMIT_REPORT_TEXT_BYTES);
    html_section(h, "sec-summary", "Executive summary");
    build_verdict(h->m, &b);
    html_para(h, "verdict", b.p);
    if (h->m->has_evaluation && h->m->rule_count > 0) {
        write_tiles(h);
        write_coverage(h);
        write_bar(h);
        xo_class(h->x, "div", "pair");
        write_states(h);
        write_severities(h);
        xo_end(h->x);
        write_worst(h);
    }
    html_section_end(h);
    buf_release(&b);
}
