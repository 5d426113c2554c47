/* One rule as a card: what was found, why it matters, how to fix it, and where that is known from.
 */
#include "html.h"

#include "base/attrs.h"
#include "base/jsonx.h"
#include "base/strs.h"
#include "words.h"

#include <stdlib.h>

static enum err_code write_found(struct html *h, const struct report_rule *r, struct err *e)
{
    const struct {
        const char *status, *noun;
        size_t total;
    } kinds[] = {
        {"fail", "failing resources", r->fail},
        {"manual", "resources for a person to check", r->manual},
        {"unknown", "resources that could not be judged", r->unknown},
        {"waived", "waived resources", r->waived},
    };
    enum err_code code = ERR_OK;

    xo_elem(h->x, "h5", "What was found");
    html_para(h, "found", r->message);
    if (r->is_incomplete)
        html_para(h, "warn", "Some of the evidence is missing, so this may not be all of it.");
    for (size_t i = 0; code == ERR_OK && i < COUNT_OF(kinds); i++)
        code = html_resources(h, r, kinds[i].status, kinds[i].noun, kinds[i].total, e);
    return code;
}

static void write_why(struct html *h, const struct report_rule *r)
{
    xo_elem(h->x, "h5", "Why it matters");
    html_para(h, NULL, r->summary);
    if (r->rationale != NULL && r->rationale[0] != '\0')
        html_para(h, NULL, r->rationale);
}

static void write_steps(struct html *h, const json_t *steps)
{
    size_t at;
    json_t *v;

    if (json_array_size(steps) == 0)
        return;
    xo_start(h->x, "ol");
    json_array_foreach(steps, at, v)
    {
        xo_elem(h->x, "li", json_string_value(v));
    }
    xo_end(h->x);
    xo_nl(h->x);
}

static void write_fix(struct html *h, const struct report_rule *r)
{
    static const struct {
        const char *key, *label;
    } blocks[] = {{"powershell", "PowerShell"}, {"graph", "Microsoft Graph"}};
    const char *rollback = jx_text(r->remediation, "rollback");
    const char *summary = jx_text(r->remediation, "summary");
    const char *portal = jx_text(r->remediation, "portal");

    if (json_object_size(r->remediation) == 0)
        return;
    xo_elem(h->x, "h5", "How to fix it");
    if (summary != NULL)
        html_para(h, NULL, summary);
    write_steps(h, json_object_get(r->remediation, "steps"));
    if (portal != NULL) {
        xo_class(h->x, "p", "portal");
        xo_text(h->x, "In the portal: ");
        html_link(h, portal, NULL);
        xo_end(h->x);
        xo_nl(h->x);
    }
    for (size_t i = 0; i < COUNT_OF(blocks); i++) {
        const char *code = jx_text(r->remediation, blocks[i].key);

        if (code != NULL && code[0] != '\0')
            html_code(h, blocks[i].label, code);
    }
    if (rollback != NULL) { /* words or a command */
        xo_class(h->x, "p", "rollback");
        xo_elem(h->x, "strong", "To take it back: ");
        xo_text(h->x, rollback);
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
    xo_elem(h->x, "h5", "References");
    xo_class(h->x, "ul", "refs");
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
    xo_elem(h->x, "h5", "Mapped to");
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

/* Which evidence stands behind the verdict, and when it was read; the appendix says by which
 * request. */
static void write_provenance(struct html *h, const struct report_rule *r)
{
    size_t at;
    json_t *v;
    char when[WORDS_BYTES];

    xo_elem(h->x, "h5", "Evidence");
    xo_class(h->x, "ul", "evidence");
    json_array_foreach(r->resources, at, v)
    {
        const char *id = json_string_value(v);
        size_t known = evidence_resource_find(id);
        const struct report_collection *c = collection_of(h->m, id);

        xo_start(h->x, "li");
        xo_text(h->x, known != SIZE_MAX ? evidence_resource_at(known)->title : id);
        if (c == NULL) {
            xo_text(h->x, ": not collected");
        } else {
            xo_textf(h->x, ": %s", collection_state_name(c->state));
            if (c->reason != REASON_NONE)
                xo_textf(h->x, " (%s)", words_reason(c->reason));
            if (c->finished_at != NULL)
                xo_textf(h->x, ", %s", words_time(c->finished_at, when));
        }
        xo_end(h->x);
    }
    xo_end(h->x);
    xo_nl(h->x);
    xo_class(h->x, "p", "sub");
    xo_textf(h->x, "Rule %s version %lld, pack %s.", r->id, (long long)r->version,
             r->pack[0] != '\0' ? r->pack : "not recorded");
    xo_end(h->x);
    xo_nl(h->x);
}

/* A reader who knows the rule has to see that somebody changed it. */
static void write_overrides(struct html *h, const struct report_rule *r)
{
    char *words = report_override_words(h->m, r);

    if (words != NULL)
        html_para(h, "sub", words);
    free(words);
}

static void write_title(struct html *h, const struct report_rule *r)
{
    struct xmlout *x = h->x;
    char a[WORDS_BYTES];
    char b[WORDS_BYTES];

    xo_start(x, "summary");
    xo_start(x, "h4");
    xo_class(x, "span", "rule");
    xo_text(x, r->id);
    xo_end(x);
    xo_text(x, " ");
    xo_text(x, r->title);
    xo_end(x);
    xo_class(x, "span", "marks");
    html_severity(h, r->severity);
    xo_text(x, " ");
    html_outcome(h, r->outcome);
    if (r->outcome == OUTCOME_FAIL) {
        xo_text(x, " ");
        xo_class(x, "span", "affected");
        xo_textf(x, "%s of %s", words_count(r->fail, a), words_count(r->total, b));
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
    if (open)
        xo_attr(x, "open", "");
    xo_nl(x);
    write_title(h, r);
    xo_class(x, "div", "body");
    xo_nl(x);
    code = write_found(h, r, e);
    write_why(h, r);
    write_fix(h, r);
    write_references(h, r);
    write_mappings(h, r);
    write_provenance(h, r);
    write_overrides(h, r);
    xo_end(x);
    xo_end(x);
    xo_end(x);
    xo_nl(x);
    return code;
}
