/* The cards of what fails, needs a person, or is waived, by service; and the filters over all
 * rules, which the script shows. */
#include "html.h"

#include "base/strs.h"

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
    html_elem(h, "legend", MSG_COL_SEVERITY);
    for (size_t i = 0; i < SEVERITY_COUNT; i++) {
        xo_start(x, "label");
        xo_start(x, "input");
        xo_attr(x, "type", "checkbox");
        xo_attr(x, "name", "severity");
        xo_attr(x, "value", severity_name((enum severity)i));
        xo_attr(x, "checked", "checked");
        xo_end_void(x);
        xo_text(x, " ");
        html_say(h, html_severity_msg((enum severity)i), SAY());
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
    html_say(h, MSG_FILTER_SERVICE, SAY());
    xo_start(x, "select");
    xo_attr(x, "name", "service");
    option(x, "", html_word(h, MSG_FILTER_ALL));
    for (size_t i = 0; i < h->m->rule_count; i++) {
        const char *service = h->m->rules[i].service;

        if (!str_eq(service, last))
            option(x, service, html_service_word(h, service));
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
    html_say(h, MSG_FILTER_OUTCOME, SAY());
    xo_start(x, "select");
    xo_attr(x, "name", "outcome");
    option(x, "", html_word(h, MSG_FILTER_ALL));
    for (size_t i = 0; i < OUTCOME_COUNT; i++)
        if (h->m->outcomes[i] > 0)
            option(x, outcome_name((enum outcome)i),
                   html_word(h, html_outcome_msg((enum outcome)i)));
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
    xo_attr(x, "aria-label", html_word(h, MSG_FILTER_LABEL));
    xo_attr(x, "hidden", "");
    xo_nl(x);
    xo_class(x, "label", "find");
    html_say(h, MSG_FILTER_SEARCH, SAY());
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
    html_say(h, MSG_FILTER_CLEAR, SAY());
    xo_end(x);
    xo_text(x, " ");
    xo_start(x, "button");
    xo_attr(x, "type", "button");
    xo_attr(x, "id", "toggle");
    html_say(h, MSG_SCRIPT_OPEN, SAY());
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
            xo_elem(h->x, "h3", html_service_word(h, service));
            xo_nl(h->x);
        }
        code = html_card(h, r, o == OUTCOME_FAIL && r->severity <= SEVERITY_HIGH, e);
    }
    if (service != NULL)
        xo_end(h->x);
    xo_nl(h->x);
    return code;
}

static size_t number(const json_t *o, const char *key)
{
    return (size_t)json_integer_value(json_object_get(o, key));
}

static void write_baseline(struct html *h)
{
    const json_t *b = h->m->baseline;

    if (b == NULL)
        return;
    xo_start(h->x, "p");
    html_say(h, MSG_BASELINE,
             SAY(.n = number(b, "new"), .of = number(b, "open"), .more = number(b, "fixed")));
    if (number(b, "not_known") > 0) {
        xo_text(h->x, " ");
        html_say(h, MSG_BASELINE_NOT_KNOWN, SAY(.n = number(b, "not_known")));
    }
    if (number(b, "not_judged") > 0) {
        xo_text(h->x, " ");
        html_say(h, MSG_BASELINE_NOT_JUDGED, SAY(.n = number(b, "not_judged")));
    }
    xo_end(h->x);
    xo_nl(h->x);
}

enum err_code html_findings(struct html *h, struct err *e)
{
    const struct report_model *m = h->m;
    enum err_code code;

    html_section(h, "sec-fail", MSG_SEC_FAIL);
    write_baseline(h);
    if (!h->is_print)
        write_filters(h);
    if (m->outcomes[OUTCOME_FAIL] == 0)
        html_para_say(h, NULL, report_judged(m) == m->rule_count ? MSG_NO_FAIL : MSG_NO_FAIL_KNOWN,
                      SAY());
    html_names(h);
    code = write_cards(h, OUTCOME_FAIL, e);
    html_section_end(h);
    return code;
}

enum err_code html_manual(struct html *h, struct err *e)
{
    enum err_code code = ERR_OK;

    html_section(h, "sec-manual", MSG_SEC_MANUAL);
    if (h->m->outcomes[OUTCOME_MANUAL] == 0)
        html_para_say(h, NULL, MSG_NO_MANUAL, SAY());
    else
        html_para_say(h, NULL, MSG_MANUAL_LEAD, SAY());
    code = write_cards(h, OUTCOME_MANUAL, e);
    html_section_end(h);
    return code;
}

enum err_code html_waived(struct html *h, struct err *e)
{
    enum err_code code = ERR_OK;

    html_section(h, "sec-waived", MSG_SEC_WAIVED);
    if (h->m->outcomes[OUTCOME_WAIVED] == 0)
        html_para_say(h, NULL, MSG_NO_WAIVED, SAY());
    else
        html_para_say(h, NULL, MSG_WAIVED_LEAD, SAY());
    code = write_cards(h, OUTCOME_WAIVED, e);
    html_waivers(h);
    html_excluded(h);
    html_section_end(h);
    return code;
}
