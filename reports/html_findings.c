/* The cards of what fails, needs a person, or is waived, by service; and the filters over all
 * rules, which the script shows. */
#include "html.h"

#include "base/strs.h"
#include "words.h"

#include <stdlib.h>

static void option(struct xmlout *x, const char *value, const char *text)
{
    xo_start(x, "option");
    xo_attr(x, "value", value);
    xo_text(x, text);
    xo_end(x);
}

static void write_severity_boxes(struct html *h)
{
    struct xmlout *x = h->x;

    xo_start(x, "fieldset");
    xo_elem(x, "legend", "Severity");
    for (size_t i = 0; i < SEVERITY_COUNT; i++) {
        xo_start(x, "label");
        xo_start(x, "input");
        xo_attr(x, "type", "checkbox");
        xo_attr(x, "name", "severity");
        xo_attr(x, "value", severity_name((enum severity)i));
        xo_attr(x, "checked", "checked");
        xo_end_void(x);
        xo_text(x, " ");
        xo_text(x, words_severity((enum severity)i));
        xo_end(x);
        xo_text(x, " ");
    }
    xo_end(x);
    xo_nl(x);
}

static void write_service_select(struct html *h)
{
    struct xmlout *x = h->x;
    const char *last = NULL;

    xo_start(x, "label");
    xo_text(x, "Service ");
    xo_start(x, "select");
    xo_attr(x, "name", "service");
    option(x, "", "All");
    for (size_t i = 0; i < h->m->rule_count; i++) {
        const char *service = h->m->rules[i].service;

        if (!str_eq(service, last))
            option(x, service, words_service(service));
        last = service;
    }
    xo_end(x);
    xo_end(x);
    xo_nl(x);
}

static void write_outcome_select(struct html *h)
{
    struct xmlout *x = h->x;

    xo_start(x, "label");
    xo_text(x, "Outcome ");
    xo_start(x, "select");
    xo_attr(x, "name", "outcome");
    option(x, "", "All");
    for (size_t i = 0; i < OUTCOME_COUNT; i++)
        if (h->m->outcomes[i] > 0)
            option(x, outcome_name((enum outcome)i), words_outcome((enum outcome)i));
    xo_end(x);
    xo_end(x);
    xo_nl(x);
}

/* Hidden until the script runs: without it there is nothing that would answer. */
static void write_filters(struct html *h)
{
    struct xmlout *x = h->x;

    xo_start(x, "form");
    xo_attr(x, "id", "filters");
    xo_attr(x, "role", "search");
    xo_attr(x, "aria-label", "Filter the rules below");
    xo_attr(x, "hidden", "");
    xo_nl(x);
    xo_class(x, "label", "find");
    xo_text(x, "Search ");
    xo_start(x, "input");
    xo_attr(x, "type", "search");
    xo_attr(x, "name", "text");
    xo_attr(x, "autocomplete", "off");
    xo_end_void(x);
    xo_end(x);
    xo_nl(x);
    write_outcome_select(h);
    write_service_select(h);
    write_severity_boxes(h);
    xo_class(x, "div", "actions");
    xo_start(x, "button");
    xo_attr(x, "type", "reset");
    xo_text(x, "Clear");
    xo_end(x);
    xo_text(x, " ");
    xo_start(x, "button");
    xo_attr(x, "type", "button");
    xo_attr(x, "id", "toggle");
    xo_text(x, "Open all");
    xo_end(x);
    xo_text(x, " ");
    xo_start(x, "output");
    xo_attr(x, "id", "shown");
    xo_attr(x, "aria-live", "polite");
    xo_end(x);
    xo_end(x);
    xo_end(x);
    xo_nl(x);
}

/* Cards of one outcome in report order, under a heading for each service. */
static enum err_code write_cards(struct html *h, enum outcome o, struct err *e)
{
    const char *service = NULL;
    enum err_code code = ERR_OK;

    for (size_t i = 0; code == ERR_OK && i < h->m->rule_count; i++) {
        const struct report_rule *r = &h->m->rules[i];

        if (r->outcome != o)
            continue;
        if (!str_eq(r->service, service)) {
            if (service != NULL)
                xo_end(h->x);
            service = r->service;
            xo_class(h->x, "div", "service");
            xo_elem(h->x, "h3", words_service(service));
            xo_nl(h->x);
        }
        code = html_card(h, r, o == OUTCOME_FAIL && r->severity <= SEVERITY_HIGH, e);
    }
    if (service != NULL)
        xo_end(h->x);
    xo_nl(h->x);
    return code;
}

enum err_code html_findings(struct html *h, struct err *e)
{
    const struct report_model *m = h->m;
    enum err_code code;

    html_section(h, "sec-fail", "Findings");
    if (h->m->baseline != NULL) {
        char *words = report_baseline_words(h->m);

        html_para(h, NULL, words);
        free(words);
    }
    write_filters(h);
    if (m->outcomes[OUTCOME_FAIL] == 0)
        html_para(h, NULL,
                  report_judged(m) == m->rule_count
                      ? "No rule fails."
                      : "No rule is known to fail. What could not be judged is below.");
    code = write_cards(h, OUTCOME_FAIL, e);
    html_section_end(h);
    return code;
}

enum err_code html_manual(struct html *h, struct err *e)
{
    enum err_code code = ERR_OK;

    html_section(h, "sec-manual", "Manual checks");
    if (h->m->outcomes[OUTCOME_MANUAL] == 0)
        html_para(h, NULL, "No rule asks for one.");
    else
        html_para(
            h, NULL,
            "No interface shows these settings, or they need judgement: a person has to look.");
    code = write_cards(h, OUTCOME_MANUAL, e);
    html_section_end(h);
    return code;
}

enum err_code html_waived(struct html *h, struct err *e)
{
    enum err_code code = ERR_OK;

    html_section(h, "sec-waived", "Waived");
    if (h->m->outcomes[OUTCOME_WAIVED] == 0)
        html_para(h, NULL, "No rule is waived as a whole.");
    else
        html_para(h, NULL,
                  "These rules fail, and somebody accepted it, with a reason and an end date.");
    code = write_cards(h, OUTCOME_WAIVED, e);
    html_waivers(h);
    html_excluded(h);
    html_section_end(h);
    return code;
}
