/* The executive summary: one printed page with the verdict, its coverage and the worst findings. */
#include "html.h"

#include "base/attrs.h"
#include "base/buf.h"
#include "base/limits.h"

/* Report order of the outcomes: what needs attention first. */
static const struct {
    enum outcome outcome;
    const char *fill;
    enum msg meaning;
} states[] = {
    {OUTCOME_FAIL, "#b3261e", MSG_MEANS_FAIL},
    {OUTCOME_ERROR, "#7b2d8b", MSG_MEANS_ERROR},
    {OUTCOME_NOT_EVALUATED, "#a06a00", MSG_MEANS_NOT_EVALUATED},
    {OUTCOME_MANUAL, "#3f5fa8", MSG_MEANS_MANUAL},
    {OUTCOME_WAIVED, "#3c7482", MSG_MEANS_WAIVED},
    {OUTCOME_PASS, "#2b7a4b", MSG_MEANS_PASS},
    {OUTCOME_NOT_APPLICABLE, "#7d8794", MSG_MEANS_NOT_APPLICABLE},
};

static void add(struct html *h, struct buf *b, enum msg m, const struct say *s)
{
    if (b->n > 0)
        buf_addc(b, ' ');
    message_add(b, h->lang, m, MESSAGE_WHOLE, s);
}

/* The one sentence that everybody reads. Anything not known is in it. */
static void build_verdict(struct html *h, struct buf *b)
{
    const struct report_model *m = h->m;
    size_t fail = m->outcomes[OUTCOME_FAIL];
    size_t severe = m->failing[SEVERITY_CRITICAL] + m->failing[SEVERITY_HIGH];

    if (!m->has_evaluation || m->rule_count == 0) {
        add(h, b, m->has_evaluation ? MSG_SUM_NO_RULE : MSG_SUM_NO_EVALUATION, SAY());
        return;
    }
    if (fail > 0)
        add(h, b, severe > 0 ? MSG_SUM_FAIL_SEVERE : MSG_SUM_FAIL,
            SAY(.n = fail, .of = report_judged(m), .more = severe));
    else if (report_unjudged(m) > 0)
        add(h, b, MSG_SUM_NONE_FOUND, SAY());
    else if (m->outcomes[OUTCOME_MANUAL] > 0)
        add(h, b, MSG_SUM_NONE_FAILS, SAY());
    else
        add(h, b, MSG_SUM_ALL_PASS, SAY());
    if (report_unjudged(m) > 0)
        add(h, b, MSG_SUM_UNJUDGED, SAY(.n = report_unjudged(m)));
    if (m->outcomes[OUTCOME_MANUAL] > 0)
        add(h, b, MSG_SUM_MANUAL, SAY(.n = m->outcomes[OUTCOME_MANUAL]));
}

static void write_wait(struct html *h, const struct missing_group *g)
{
    const struct say *s = SAY(.n = g->rules.n, .a = html_word(h, html_reason_msg(g->reason)));

    xo_start(h->x, "li");
    if (g->needs != NULL) {
        html_say_before(h, MSG_WAIT_NEED, s);
        xo_elem(h->x, "code", g->needs);
        html_say_after(h, MSG_WAIT_NEED, s);
    } else {
        html_say(h, g->resources.n == 0 ? MSG_WAIT_RESOURCES : MSG_WAIT_EVIDENCE, s);
    }
    xo_end(h->x);
    xo_nl(h->x);
}

/* Beside every number: how much of the whole it speaks for, and what would make it more. */
static void write_coverage(struct html *h)
{
    const struct report_model *m = h->m;
    struct xmlout *x = h->x;

    xo_class(x, "div", "coverage");
    xo_start(x, "p");
    html_say(h, MSG_COVERAGE, SAY(.n = report_judged(m), .of = m->rule_count));
    if (m->incomplete_fails > 0) {
        xo_text(x, " ");
        html_say(h, MSG_COVERAGE_PARTIAL, SAY(.n = m->incomplete_fails));
    }
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
            html_say(h, MSG_WAIT_ERROR, SAY(.n = m->outcomes[OUTCOME_ERROR]));
            xo_end(x);
        }
        xo_end(x);
    }
    xo_end(x);
    xo_nl(x);
}

/* `up_to` above `n`: it is at least n, and not known beyond. */
static void tile(struct html *h, size_t n, size_t up_to, size_t of, enum msg label)
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
        html_say(h, MSG_TILE_OF, SAY(.of = of));
        xo_end(x);
    }
    xo_end(x);
    xo_text(x, " ");
    xo_class(x, "span", "what");
    html_say(h, label, SAY());
    xo_end(x);
    xo_end(x);
    xo_nl(x);
}

/* A number that nobody knows is no tile: it would read as zero. */
static void write_tiles(struct html *h)
{
    const struct report_model *m = h->m;
    const struct smtp_picture *p = &h->smtp;
    const size_t can_send = p->basic[SMTP_ALLOW] + p->basic[SMTP_CONDITIONAL];

    xo_class(h->x, "ul", "tiles");
    xo_nl(h->x);
    tile(h, report_judged(m), 0, m->rule_count, MSG_TILE_JUDGED);
    if (report_judged(m) > 0) {
        tile(h, m->outcomes[OUTCOME_FAIL], 0, 0, MSG_TILE_FAIL);
        tile(h, m->failing[SEVERITY_CRITICAL] + m->failing[SEVERITY_HIGH], 0, 0, MSG_TILE_SEVERE);
    }
    if (p->mailboxes > 0 && p->basic[SMTP_UNKNOWN] < p->mailboxes)
        tile(h, can_send, can_send + p->basic[SMTP_UNKNOWN], p->mailboxes,
             p->basic[SMTP_CONDITIONAL] > 0 ? MSG_TILE_SMTP_SOME : MSG_TILE_SMTP);
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
                                          .word = html_outcome_msg(states[i].outcome),
                                          .n = h->m->outcomes[states[i].outcome]};
    }
    html_bar(h, "bar-rules", parts, COUNT_OF(parts));
}

static void write_states(struct html *h)
{
    static const enum msg headings[] = {MSG_COL_OUTCOME, MSG_COL_RULES, MSG_COL_MEANING};
    const struct report_model *m = h->m;

    html_table_say(h, MSG_CAP_OUTCOMES, SAY(), headings, COUNT_OF(headings), false);
    for (size_t i = 0; i < COUNT_OF(states); i++) {
        xo_start(h->x, "tr");
        page_row_head(h->x);
        html_outcome(h, states[i].outcome);
        xo_end(h->x);
        html_cell_count(h, m->outcomes[states[i].outcome]);
        xo_class(h->x, "td", "meaning");
        html_say(h, states[i].meaning, SAY());
        xo_end(h->x);
        xo_end(h->x);
        xo_nl(h->x);
    }
    html_table_end(h);
}

static void write_severities(struct html *h)
{
    static const enum msg headings[] = {MSG_COL_SEVERITY, MSG_COL_RULES, MSG_COL_RESOURCES};

    html_table_say(h, MSG_CAP_SEVERITIES, SAY(), headings, COUNT_OF(headings), false);
    for (size_t i = 0; i < SEVERITY_COUNT; i++) {
        size_t resources = 0;

        for (size_t r = 0; r < h->m->rule_count; r++)
            if (h->m->rules[r].outcome == OUTCOME_FAIL && h->m->rules[r].severity == i)
                resources += h->m->rules[r].fail;
        xo_start(h->x, "tr");
        page_row_head(h->x);
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
    static const enum msg headings[] = {MSG_COL_SEVERITY, MSG_COL_RULE, MSG_COL_FOUND,
                                        MSG_COL_EFFORT};
    const struct report_rule *worst[REPORT_WORST];
    size_t n = report_worst(h->m, worst, REPORT_WORST);
    size_t all = h->m->outcomes[OUTCOME_FAIL];

    if (n == 0)
        return;
    html_table_say(h, n < all ? MSG_CAP_WORST : MSG_CAP_ALL_WORST, SAY(.n = n, .of = all), headings,
                   COUNT_OF(headings), false);
    for (size_t i = 0; i < n; i++) {
        xo_start(h->x, "tr");
        xo_start(h->x, "td");
        html_severity(h, worst[i]->severity);
        xo_end(h->x);
        page_row_head(h->x);
        html_rule_link(h, worst[i]->id);
        xo_text(h->x, " ");
        xo_class(h->x, "span", "title");
        html_english(h);
        xo_text(h->x, worst[i]->title);
        xo_end(h->x);
        xo_end(h->x);
        xo_start(h->x, "td");
        html_english(h);
        xo_text(h->x, worst[i]->message);
        xo_end(h->x);
        html_cell(h, html_effort_word(h, worst[i]));
        xo_end(h->x);
        xo_nl(h->x);
    }
    html_table_end(h);
}

void html_overview(struct html *h)
{
    struct buf b;

    buf_init(&b, LIMIT_REPORT_TEXT_BYTES);
    html_section(h, "sec-summary", MSG_SEC_SUMMARY);
    build_verdict(h, &b);
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
        html_trend(h);
    }
    html_section_end(h);
    buf_release(&b);
}
