/* One rule as a card: what was found, why it matters, how to fix it, and where that is known from.
 */
#include "html.h"
#include "request_text.h"

#include "base/attrs.h"
#include "base/jsonx.h"
#include "base/strs.h"

#include <stdlib.h>

/* Texts of the rule: in its own language, which is English for all that ship. */
static void rule_para(struct html *h, const char *classes, const char *text)
{
    xo_start(h->x, "p");
    if (classes != NULL)
        xo_attr(h->x, "class", classes);
    html_english(h);
    xo_text(h->x, text);
    xo_end(h->x);
    xo_nl(h->x);
}

static enum err_code write_found(struct html *h, const struct report_rule *r, struct err *e)
{
    const struct {
        const char *status;
        enum msg caption;
        size_t total;
    } kinds[] = {
        {"fail", MSG_ROWS_FAIL, r->fail},
        {"manual", MSG_ROWS_MANUAL, r->manual},
        {"unknown", MSG_ROWS_UNKNOWN, r->unknown},
        {"waived", MSG_ROWS_WAIVED, r->waived},
    };
    enum err_code code = ERR_OK;

    html_elem(h, "h5", MSG_CARD_EXPECTED);
    rule_para(h, NULL, r->title); /* it states what has to be so */
    rule_para(h, NULL, r->summary);
    html_elem(h, "h5", MSG_CARD_FOUND);
    rule_para(h, "found", r->message);
    if (r->is_incomplete)
        html_para_say(h, "warn", MSG_CARD_INCOMPLETE, SAY());
    for (size_t i = 0; code == ERR_OK && i < COUNT_OF(kinds); i++)
        code = html_resources(h, r, kinds[i].status, kinds[i].caption, kinds[i].total, e);
    html_all_rows(h, r);
    return code;
}

static void write_why(struct html *h, const struct report_rule *r)
{
    if (r->rationale == NULL || r->rationale[0] == '\0')
        return;
    html_elem(h, "h5", MSG_CARD_WHY);
    rule_para(h, NULL, r->rationale);
}

static void write_steps(struct html *h, const json_t *steps)
{
    size_t at;
    json_t *v;

    if (json_array_size(steps) == 0)
        return;
    xo_start(h->x, "ol");
    html_english(h);
    json_array_foreach(steps, at, v)
    {
        xo_elem(h->x, "li", json_string_value(v));
    }
    xo_end(h->x);
    xo_nl(h->x);
}

static void write_fix(struct html *h, const struct report_rule *r)
{
    const char *powershell = jx_text(r->remediation, "powershell");
    const char *graph = jx_text(r->remediation, "graph");
    const char *summary = jx_text(r->remediation, "summary");
    const char *portal = jx_text(r->remediation, "portal");

    if (json_object_size(r->remediation) == 0)
        return;
    html_elem(h, "h5", MSG_CARD_FIX);
    if (summary != NULL)
        rule_para(h, NULL, summary);
    write_steps(h, json_object_get(r->remediation, "steps"));
    if (portal != NULL) {
        xo_class(h->x, "p", "portal");
        html_say(h, MSG_CARD_PORTAL, SAY());
        html_link(h, portal, NULL);
        xo_end(h->x);
        xo_nl(h->x);
    }
    if (powershell != NULL && powershell[0] != '\0')
        html_code(h, "PowerShell", powershell);
    if (graph != NULL && graph[0] != '\0') {
        char *request = request_text(graph);

        html_code(h, "Microsoft Graph", request);
        free(request);
    }
}

/* What a client asks next: how much work, on how much, and whether there is a way back. */
static void write_cost(struct html *h, const struct report_rule *r)
{
    static const struct {
        const char *effort;
        enum msg meaning;
    } costs[] = {{"low", MSG_COST_LOW}, {"medium", MSG_COST_MEDIUM}, {"high", MSG_COST_HIGH}};
    const char *effort = jx_text(r->remediation, "effort");
    const char *rollback = jx_text(r->remediation, "rollback");
    enum msg meaning = MSG_COST_UNKNOWN;

    if (json_object_size(r->remediation) == 0)
        return;
    for (size_t i = 0; i < COUNT_OF(costs); i++)
        if (str_eq(costs[i].effort, effort))
            meaning = costs[i].meaning;
    html_elem(h, "h5", MSG_CARD_COST);
    xo_start(h->x, "p");
    html_say(h, meaning, SAY());
    if (r->fail > 0) {
        xo_text(h->x, " ");
        html_say(h, MSG_COST_RESOURCES, SAY(.n = r->fail));
    }
    xo_end(h->x);
    xo_nl(h->x);
    if (rollback != NULL) { /* words or a command */
        xo_class(h->x, "p", "rollback");
        html_elem(h, "strong", MSG_CARD_ROLLBACK);
        xo_start(h->x, "span");
        html_english(h);
        xo_text(h->x, rollback);
        xo_end(h->x);
        xo_end(h->x);
        xo_nl(h->x);
    }
}

static void write_references(struct html *h, const struct report_rule *r)
{
    size_t at;
    json_t *v;

    if (json_array_size(r->references) == 0)
        return;
    html_elem(h, "h5", MSG_CARD_REFERENCES);
    xo_class(h->x, "ul", "refs");
    html_english(h);
    json_array_foreach(r->references, at, v)
    {
        xo_start(h->x, "li");
        html_link(h, jx_text(v, "url"), jx_text(v, "title"));
        xo_end(h->x);
    }
    xo_end(h->x);
    xo_nl(h->x);
}

static void write_mappings(struct html *h, const struct report_rule *r)
{
    const char *framework;
    json_t *ids;

    if (json_object_size(r->mappings) == 0)
        return;
    html_elem(h, "h5", MSG_CARD_MAPPED);
    xo_class(h->x, "ul", "maps");
    json_object_foreach(r->mappings, framework, ids)
    {
        size_t at;
        json_t *v;

        xo_start(h->x, "li");
        xo_text(h->x, framework);
        json_array_foreach(ids, at, v)
        {
            xo_text(h->x, at > 0 ? ", " : ": ");
            xo_text(h->x, json_string_value(v));
        }
        xo_end(h->x);
    }
    xo_end(h->x);
    xo_nl(h->x);
}

static const struct report_collection *collection_of(const struct report_model *m, const char *id)
{
    for (size_t i = 0; i < m->collection_count; i++)
        if (str_eq(m->collection[i].resource, id))
            return &m->collection[i];
    return NULL;
}

/* Which evidence stands behind the verdict; the appendix says by which request, and when. */
static void write_provenance(struct html *h, const struct report_rule *r)
{
    size_t at;
    json_t *v;
    char version[24];

    html_elem(h, "h5", MSG_CARD_EVIDENCE);
    xo_class(h->x, "ul", "evidence");
    json_array_foreach(r->resources, at, v)
    {
        const char *id = json_string_value(v);
        size_t known = evidence_resource_find(id);
        const struct report_collection *c = collection_of(h->m, id);

        xo_start(h->x, "li");
        xo_text(h->x, known != SIZE_MAX ? evidence_resource_at(known)->title : id);
        xo_text(h->x, ": ");
        html_say(h, c == NULL ? MSG_EVIDENCE_NONE : html_state_msg(c->state), SAY());
        if (c != NULL && c->reason != REASON_NONE)
            xo_textf(h->x, " (%s)", html_word(h, html_reason_msg(c->reason)));
        xo_end(h->x);
    }
    xo_end(h->x);
    xo_nl(h->x);
    (void)snprintf(version, sizeof version, "%lld", (long long)r->version);
    html_para_say(h, "sub", MSG_CARD_VERSION,
                  SAY(.a = r->id, .b = version,
                      .c = r->pack[0] != '\0' ? r->pack : html_word(h, MSG_NOT_RECORDED)));
}

/* A reader who knows the rule has to see that somebody changed it. */
static void write_overrides(struct html *h, const struct report_rule *r)
{
    char *words = report_override_words(h->m, r);

    if (words != NULL)
        rule_para(h, "sub", words);
    free(words);
}

static void write_title(struct html *h, const struct report_rule *r)
{
    struct xmlout *x = h->x;

    xo_start(x, "summary");
    xo_start(x, "h4");
    xo_class(x, "span", "rule");
    xo_text(x, r->id);
    xo_end(x);
    xo_text(x, " ");
    xo_start(x, "span");
    html_english(h);
    xo_text(x, r->title);
    xo_end(x);
    xo_end(x);
    xo_class(x, "span", "marks");
    html_severity(h, r->severity);
    xo_text(x, " ");
    html_outcome(h, r->outcome);
    if (r->outcome == OUTCOME_FAIL) {
        xo_text(x, " ");
        xo_class(x, "span", "affected");
        html_say(h, MSG_CARD_AFFECTED, SAY(.n = r->fail, .of = r->total));
        xo_end(x);
    }
    xo_end(x);
    xo_end(x);
    xo_nl(x);
}

enum err_code html_card(struct html *h, const struct report_rule *r, bool open, struct err *e)
{
    struct xmlout *x = h->x;
    enum err_code code;

    xo_start(x, "article");
    xo_attrf(x, "class", "card c-%s",
             r->outcome == OUTCOME_FAIL ? severity_name(r->severity) : outcome_name(r->outcome));
    html_rule_attrs(h, r);
    xo_nl(x);
    xo_start(x, "details");
    if (open || h->is_print)
        xo_attr(x, "open", "");
    xo_nl(x);
    write_title(h, r);
    xo_class(x, "div", "body");
    xo_nl(x);
    code = write_found(h, r, e);
    write_why(h, r);
    write_fix(h, r);
    write_cost(h, r);
    write_references(h, r);
    write_mappings(h, r);
    write_provenance(h, r);
    write_overrides(h, r);
    if (r->outcome == OUTCOME_MANUAL)
        html_para_say(h, "sign-off", MSG_MANUAL_DONE, SAY());
    xo_end(x);
    xo_end(x);
    xo_end(x);
    xo_nl(x);
    return code;
}
