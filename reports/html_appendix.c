/* What the report rests on: scope, permissions, collection, rule versions, digests. */
#include "html.h"

#include "base/attrs.h"
#include "words.h"

static void fact(struct html *h, const char *name, const char *value)
{
    xo_start(h->x, "div");
    xo_elem(h->x, "dt", name);
    xo_elem(h->x, "dd", value != NULL ? value : "not recorded");
    xo_end(h->x);
    xo_nl(h->x);
}

static void write_scope(struct html *h)
{
    const struct report_model *m = h->m;
    char when[WORDS_BYTES];

    xo_elem(h->x, "h3", "Scope and method");
    html_para(h, NULL,
              "graphaudit read the tenant over Microsoft Graph and the Exchange Online admin "
              "endpoint, and asked DNS. It stored what it saw as evidence, evaluated rules over "
              "that evidence alone, and changed nothing. Every verdict can be computed again from "
              "the snapshot with the digest below.");
    xo_class(h->x, "dl", "facts long");
    xo_nl(h->x);
    fact(h, "Tenant id", m->tenant_id);
    fact(h, "Cloud", m->cloud);
    fact(h, "Client id of the app registration", m->client_id);
    fact(h, "Collection started", words_time(m->started_at, when));
    fact(h, "Collection finished", words_time(m->finished_at, when));
    fact(h, "Evidence digest (SHA-256)", m->digest);
    fact(h, "Collected by graphaudit", m->tool_version);
    if (m->has_evaluation) {
        fact(h, "Rules judged as of", m->as_of);
        if (m->smtp_removal_date != NULL)
            fact(h, "Basic SMTP AUTH removed for good on (as given)", m->smtp_removal_date);
        fact(h, "Rules digest (SHA-256)", m->rules_digest);
        fact(h, "Profile", m->profile != NULL ? m->profile : "none: all rules as they ship");
        fact(h, "Gate", m->fail_on);
    }
    xo_end(h->x);
    xo_nl(h->x);
}

static void write_permissions(struct html *h)
{
    size_t at;
    json_t *v;

    xo_elem(h->x, "h3", "Permissions of the token");
    if (h->m->granted == NULL) {
        html_para(h, NULL, "Not known: the token did not say.");
        return;
    }
    if (json_array_size(h->m->granted) == 0) {
        html_para(h, NULL, "None.");
        return;
    }
    xo_class(h->x, "ul", "maps");
    json_array_foreach(h->m->granted, at, v)
    {
        xo_start(h->x, "li");
        xo_elem(h->x, "code", json_string_value(v));
        xo_end(h->x);
    }
    xo_end(h->x);
    xo_nl(h->x);
}

static void write_state(struct html *h, const struct report_collection *c)
{
    static const struct {
        const char *icon, *classes;
    } states[] = {
        [COLLECTION_COMPLETE] = {"pass", "badge out-pass"},
        [COLLECTION_PARTIAL] = {"conditional", "badge out-not_evaluated"},
        [COLLECTION_FAILED] = {"fail", "badge out-fail"},
        [COLLECTION_SKIPPED] = {"not_applicable", "badge out-not_applicable"},
    };
    char when[WORDS_BYTES];

    xo_class(h->x, "td", "wide");
    xo_class(h->x, "span", states[c->state].classes);
    html_icon(h, states[c->state].icon);
    xo_textf(h->x, " %s", collection_state_name(c->state));
    xo_end(h->x);
    if (c->reason != REASON_NONE)
        xo_textf(h->x, " %s", words_reason(c->reason));
    if (c->finished_at != NULL) {
        xo_class(h->x, "span", "sub");
        xo_textf(h->x, "finished %s", words_time(c->finished_at, when));
        xo_end(h->x);
    }
    if (c->detail != NULL) {
        xo_class(h->x, "span", "sub");
        xo_text(h->x, c->detail);
        xo_end(h->x);
    }
    xo_end(h->x);
}

static void write_resource(struct html *h, const struct report_collection *c)
{
    size_t known = evidence_resource_find(c->resource);

    xo_start(h->x, "th");
    xo_attr(h->x, "scope", "row");
    xo_text(h->x, known != SIZE_MAX ? evidence_resource_at(known)->title : c->resource);
    if (c->request_template != NULL) {
        xo_text(h->x, " ");
        xo_class(h->x, "span", "sub id");
        xo_text(h->x, c->request_template);
        xo_end(h->x);
    }
    xo_end(h->x);
}

static void write_collection(struct html *h)
{
    static const char *const headings[] = {"Resource", "State", "#Rows", "#Requests", "Permission"};

    xo_elem(h->x, "h3", "Evidence");
    if (h->m->collection_count == 0) {
        html_para(h, "warn", "Nothing was recorded as collected.");
        return;
    }
    html_table(h, "What was collected, and how it ended", headings, COUNT_OF(headings), true);
    for (size_t i = 0; i < h->m->collection_count; i++) {
        const struct report_collection *c = &h->m->collection[i];

        xo_start(h->x, "tr");
        write_resource(h, c);
        write_state(h, c);
        html_cell_count(h, c->rows);
        html_cell_count(h, c->requests);
        html_cell(h, c->permission);
        xo_end(h->x);
        xo_nl(h->x);
    }
    html_table_end(h);
}

static void write_rules(struct html *h)
{
    static const char *const headings[] = {"Rule", "#Version", "Pack", "Severity", "File"};

    if (h->m->rule_count == 0)
        return;
    xo_elem(h->x, "h3", "Rules");
    xo_start(h->x, "details");
    xo_class(h->x, "summary", "plain");
    xo_text(h->x, "Show the versions of all rules");
    xo_end(h->x);
    html_table(h, "Rules of this run", headings, COUNT_OF(headings), true);
    for (size_t i = 0; i < h->m->rule_count; i++) {
        const struct report_rule *r = &h->m->rules[i];

        xo_start(h->x, "tr");
        html_row_head(h, r->id);
        html_cell_count(h, (size_t)r->version);
        html_cell(h, r->pack);
        html_cell(h, words_severity(r->severity));
        html_cell(h, r->file);
        xo_end(h->x);
        xo_nl(h->x);
    }
    html_table_end(h);
    xo_end(h->x);
    xo_nl(h->x);
}

void html_appendix(struct html *h)
{
    html_section(h, "sec-appendix", "Appendix");
    write_scope(h);
    write_permissions(h);
    write_collection(h);
    write_rules(h);
    html_section_end(h);
}
