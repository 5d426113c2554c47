/* What was not evaluated, by what to grant; what does not apply; what passed. */
#include "html.h"

#include "base/attrs.h"
#include "base/mem.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>

static const struct report_rule *rule_of(const struct report_model *m, const char *id)
{
    for (size_t i = 0; i < m->rule_count; i++)
        if (strcmp(m->rules[i].id, id) == 0)
            return &m->rules[i];
    return NULL;
}

static void write_list(struct html *h, const char *lead, const struct strlist *l, bool is_resource)
{
    if (l->n == 0)
        return;
    xo_start(h->x, "p");
    xo_text(h->x, lead);
    for (size_t i = 0; i < l->n; i++) {
        size_t at = is_resource ? evidence_resource_find(l->v[i]) : SIZE_MAX;

        xo_text(h->x, i > 0 ? ", " : "");
        if (!is_resource)
            html_rule_link(h, l->v[i]);
        else
            xo_text(h->x, at != SIZE_MAX ? evidence_resource_at(at)->title : l->v[i]);
    }
    xo_text(h->x, ".");
    xo_end(h->x);
    xo_nl(h->x);
}

static void write_rule_cells(struct html *h, const struct report_rule *r)
{
    struct xmlout *x = h->x;

    xo_start(x, "th");
    xo_attr(x, "scope", "row");
    xo_class(x, "span", "rule");
    xo_text(x, r->id);
    xo_end(x);
    xo_text(x, " ");
    xo_class(x, "span", "title");
    xo_text(x, r->title);
    xo_end(x);
    xo_end(x);
    xo_start(x, "td");
    html_severity(h, r->severity);
    xo_end(x);
}

/* A rule that waits for two permissions has one row in each group: only the first carries its id.
 */
static void write_waiting(struct html *h, const struct missing_group *g, bool *has_row)
{
    static const char *const headings[] = {"Rule", "Severity", "What is known"};

    if (g->rules.n == 0)
        return;
    html_table(h, "Rules without a verdict", headings, COUNT_OF(headings), false);
    for (size_t i = 0; i < g->rules.n; i++) {
        const struct report_rule *r = rule_of(h->m, g->rules.v[i]);

        if (r == NULL)
            continue;
        xo_start(h->x, "tr");
        if (!has_row[r - h->m->rules])
            html_rule_attrs(h, r);
        has_row[r - h->m->rules] = true;
        write_rule_cells(h, r);
        html_cell(h, r->message);
        xo_end(h->x);
        xo_nl(h->x);
    }
    html_table_end(h);
}

static void write_group(struct html *h, const struct missing_group *g, bool *has_row)
{
    struct xmlout *x = h->x;

    xo_class(x, "div", "group");
    xo_nl(x);
    xo_start(x, "h3");
    if (g->needs != NULL) {
        xo_text(x, g->reason == REASON_PERMISSION ? "Grant " : "Licence ");
        xo_elem(x, "code", g->needs);
    } else if (g->resources.n == 0) {
        xo_text(x, "Single resources could not be judged");
    } else {
        xo_textf(x, "Evidence missing: %s", words_reason(g->reason));
    }
    xo_end(x);
    xo_nl(x);
    if (words_advice(g->reason) != NULL && g->resources.n > 0)
        html_para(h, NULL, words_advice(g->reason));
    write_list(h, "Opens: ", &g->resources, true);
    write_list(h, "Rules that fail already and may fail on more: ", &g->incomplete, false);
    if (g->details.n > 0) {
        xo_start(x, "details");
        xo_elem(x, "summary", "What the service said");
        xo_start(x, "ul");
        for (size_t i = 0; i < g->details.n; i++)
            xo_elem(x, "li", g->details.v[i]);
        xo_end(x);
        xo_end(x);
        xo_nl(x);
    }
    write_waiting(h, g, has_row);
    xo_end(x);
    xo_nl(x);
}

static void write_errors(struct html *h)
{
    static const char *const headings[] = {"Rule", "Severity", "What went wrong"};

    if (h->m->outcomes[OUTCOME_ERROR] == 0)
        return;
    xo_class(h->x, "div", "group");
    xo_elem(h->x, "h3", "Engine errors");
    html_para(h, NULL,
              "These rules did not run. That is a defect of the rule or of the program, "
              "not a property of the tenant.");
    html_table(h, "Rules that did not run", headings, COUNT_OF(headings), false);
    for (size_t i = 0; i < h->m->rule_count; i++) {
        const struct report_rule *r = &h->m->rules[i];

        if (r->outcome != OUTCOME_ERROR)
            continue;
        xo_start(h->x, "tr");
        html_rule_attrs(h, r);
        write_rule_cells(h, r);
        html_cell(h, r->message);
        xo_end(h->x);
        xo_nl(h->x);
    }
    html_table_end(h);
    xo_end(h->x);
    xo_nl(h->x);
}

void html_not_evaluated(struct html *h)
{
    bool *has_row = xcalloc(h->m->rule_count + 1, sizeof *has_row);

    html_section(h, "sec-not-evaluated", "Not evaluated");
    if (report_unjudged(h->m) == 0)
        html_para(h, NULL, "Every rule got a verdict or is for a person to check.");
    else
        html_para(h, NULL, "These rules have no verdict. None of them counts as passed.");
    for (size_t i = 0; i < h->missing.n; i++)
        write_group(h, &h->missing.v[i], has_row);
    write_errors(h);
    html_section_end(h);
    free(has_row);
}

static void write_quiet(struct html *h, const char *id, const char *heading, enum outcome o)
{
    const char *const headings[] = {"Rule", "Severity", "Service",
                                    o == OUTCOME_PASS ? "#Resources" : "#Version", "Result"};
    size_t n = h->m->outcomes[o];
    char digits[WORDS_BYTES];

    html_section(h, id, heading);
    if (n == 0) {
        html_para(h, NULL, "None.");
        html_section_end(h);
        return;
    }
    xo_start(h->x, "details");
    xo_class(h->x, "summary", "plain");
    xo_textf(h->x, "Show %s rule%s", words_count(n, digits), words_s(n));
    xo_end(h->x);
    html_table(h, heading, headings, COUNT_OF(headings), true);
    for (size_t i = 0; i < h->m->rule_count; i++) {
        const struct report_rule *r = &h->m->rules[i];

        if (r->outcome != o)
            continue;
        xo_start(h->x, "tr");
        html_rule_attrs(h, r);
        write_rule_cells(h, r);
        html_cell(h, words_service(r->service));
        html_cell_count(h, o == OUTCOME_PASS ? r->total : (size_t)r->version);
        html_cell(h, r->message);
        xo_end(h->x);
        xo_nl(h->x);
    }
    html_table_end(h);
    xo_end(h->x);
    html_section_end(h);
}

void html_not_applicable(struct html *h)
{
    write_quiet(h, "sec-not-applicable", "Not applicable", OUTCOME_NOT_APPLICABLE);
}

void html_passed(struct html *h)
{
    write_quiet(h, "sec-pass", "Passed", OUTCOME_PASS);
}
