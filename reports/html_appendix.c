/* What the report rests on: scope, permissions, collection, rule versions, digests. */
#include "html.h"

#include "base/attrs.h"
#include "words.h"

#include <stdlib.h>

static void fact(struct html *h, enum msg name, const char *value)
{
    page_fact(h->x, html_word(h, name), value != NULL ? value : html_word(h, MSG_NOT_RECORDED));
}

static void write_scope(struct html *h)
{
    const struct report_model *m = h->m;
    char when[WORDS_BYTES];
    char *sittings = report_sittings_text(m);

    html_elem(h, "h3", MSG_APP_SCOPE);
    html_para_say(h, NULL, MSG_APP_METHOD, SAY());
    xo_class(h->x, "dl", "facts long");
    xo_nl(h->x);
    fact(h, MSG_PAGE_TENANT_ID, m->tenant_id);
    fact(h, MSG_APP_CLOUD, m->cloud);
    fact(h, MSG_APP_CLIENT, m->client_id);
    fact(h, MSG_APP_STARTED, html_time(h, m->started_at, when));
    fact(h, MSG_APP_FINISHED, html_time(h, m->finished_at, when));
    if (sittings != NULL)
        fact(h, MSG_APP_SITTINGS, sittings);
    free(sittings);
    fact(h, MSG_APP_DIGEST, m->digest);
    fact(h, MSG_APP_TOOL, m->tool_version);
    if (m->has_evaluation) {
        fact(h, MSG_APP_AS_OF, m->as_of);
        if (m->smtp_removal_date != NULL)
            fact(h, MSG_APP_REMOVAL, m->smtp_removal_date);
        fact(h, MSG_APP_RULES_DIGEST, m->rules_digest);
        fact(h, MSG_PAGE_PROFILE,
             m->profile != NULL ? m->profile : html_word(h, MSG_APP_NO_PROFILE));
        fact(h, MSG_APP_GATE, m->fail_on);
    }
    xo_end(h->x);
    xo_nl(h->x);
}

static void write_permissions(struct html *h)
{
    size_t at;
    json_t *v;

    html_elem(h, "h3", MSG_APP_PERMISSIONS);
    if (h->m->granted == NULL) {
        html_para_say(h, NULL, MSG_APP_PERMISSIONS_UNKNOWN, SAY());
        return;
    }
    if (json_array_size(h->m->granted) == 0) {
        html_para_say(h, NULL, MSG_NONE, SAY());
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
    xo_textf(h->x, " %s", html_word(h, html_state_msg(c->state)));
    xo_end(h->x);
    if (c->reason != REASON_NONE)
        xo_textf(h->x, " %s", html_word(h, html_reason_msg(c->reason)));
    if (c->finished_at != NULL) {
        xo_class(h->x, "span", "sub");
        html_say(h, MSG_APP_ENDED, SAY(.a = html_time(h, c->finished_at, when)));
        xo_end(h->x);
    }
    if (c->detail != NULL) {
        xo_class(h->x, "span", "sub");
        html_english(h);
        xo_text(h->x, c->detail);
        xo_end(h->x);
    }
    xo_end(h->x);
}

static void write_resource(struct html *h, const struct report_collection *c)
{
    size_t known = evidence_resource_find(c->resource);

    page_row_head(h->x);
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
    static const enum msg headings[] = {MSG_COL_RESOURCE, MSG_COL_STATE, MSG_COL_ROWS,
                                        MSG_COL_REQUESTS, MSG_COL_PERMISSION};

    html_elem(h, "h3", MSG_APP_EVIDENCE);
    if (h->m->collection_count == 0) {
        html_para_say(h, "warn", MSG_APP_NOTHING, SAY());
        return;
    }
    html_table_say(h, MSG_CAP_COLLECTION, SAY(), headings, COUNT_OF(headings), true);
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
    static const enum msg headings[] = {MSG_COL_RULE, MSG_COL_VERSION, MSG_COL_PACK,
                                        MSG_COL_SEVERITY, MSG_COL_FILE};

    if (h->m->rule_count == 0)
        return;
    html_elem(h, "h3", MSG_APP_RULES);
    xo_start(h->x, "details");
    if (h->is_print)
        xo_attr(h->x, "open", "");
    xo_class(h->x, "summary", "plain");
    html_say(h, MSG_APP_SHOW_RULES, SAY());
    xo_end(h->x);
    html_table_say(h, MSG_CAP_RULES, SAY(), headings, COUNT_OF(headings), true);
    for (size_t i = 0; i < h->m->rule_count; i++) {
        const struct report_rule *r = &h->m->rules[i];

        xo_start(h->x, "tr");
        html_row_head(h, r->id);
        html_cell_count(h, (size_t)r->version);
        html_cell(h, r->pack);
        html_cell(h, html_word(h, html_severity_msg(r->severity)));
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
    html_section(h, "sec-appendix", MSG_SEC_APPENDIX);
    write_scope(h);
    write_permissions(h);
    write_collection(h);
    write_rules(h);
    html_section_end(h);
}
