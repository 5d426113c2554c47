/* Head, header, navigation and footer. */
#include "html.h"

#include "base/attrs.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/strs.h"
#include "csp.h"
#include "words.h"

#include <stdlib.h>

extern const unsigned char report_css[];
extern const size_t report_css_len;
extern const unsigned char report_js[];
extern const size_t report_js_len;
extern const unsigned char report_icons[];
extern const size_t report_icons_len;

static void meta(struct xmlout *x, const char *key, const char *name, const char *content)
{
    xo_start(x, "meta");
    xo_attr(x, key, name);
    xo_attr(x, "content", content);
    xo_end_void(x);
    xo_nl(x);
}

void html_head(struct html *h)
{
    struct xmlout *x = h->x;
    char *script = csp_hash(report_js, report_js_len);
    char *style = csp_hash(report_css, report_css_len);
    char *policy = xasprintf("default-src 'none'; script-src %s; style-src %s; img-src data:; "
                             "base-uri 'none'; form-action 'none'",
                             script, style);

    xo_start(x, "head");
    xo_nl(x);
    xo_start(x, "meta");
    xo_attr(x, "charset", "utf-8");
    xo_end_void(x);
    xo_nl(x);
    meta(x, "http-equiv", "Content-Security-Policy", policy);
    meta(x, "name", "viewport", "width=device-width, initial-scale=1");
    meta(x, "name", "referrer", "no-referrer");
    meta(x, "name", "robots", "noindex");
    meta(x, "name", "color-scheme", "light dark");
    xo_start(x, "title");
    xo_textf(x, "Microsoft 365 audit: %s", report_tenant(h->m));
    xo_end(x);
    xo_nl(x);
    xo_start(x, "link");
    xo_attr(x, "rel", "icon");
    xo_attr(x, "href", "data:,");
    xo_end_void(x);
    xo_nl(x);
    xo_start(x, "style");
    xo_constant(x, (const char *)report_css, report_css_len);
    xo_end(x);
    xo_nl(x);
    xo_end(x);
    xo_nl(x);
    free(policy);
    free(style);
    free(script);
}

static void fact(struct xmlout *x, const char *name, const char *value)
{
    xo_start(x, "div");
    xo_elem(x, "dt", name);
    xo_elem(x, "dd", value);
    xo_end(x);
    xo_nl(x);
}

static void write_facts(struct html *h)
{
    struct xmlout *x = h->x;
    const struct report_model *m = h->m;
    char when[WORDS_BYTES];
    char *rules = m->has_evaluation ? xasprintf("%zu, as of %s", m->rule_count, m->as_of)
                                    : xstrdup("not evaluated");

    xo_class(x, "dl", "facts");
    xo_nl(x);
    fact(x, "Domain",
         m->default_domain != NULL                                    ? m->default_domain
         : m->tenant_domain != NULL && !str_is_guid(m->tenant_domain) ? m->tenant_domain
                                                                      : "not read");
    fact(x, "Tenant id", m->tenant_id != NULL ? m->tenant_id : "not read");
    fact(x, "Evidence collected", words_time(m->finished_at, when));
    fact(x, "Rules", rules);
    xo_end(x);
    xo_nl(x);
    free(rules);
}

/* Whether the reader may rely on the whole, in a few words. */
static void write_completeness(struct html *h)
{
    const struct report_model *m = h->m;
    size_t partial = 0;
    struct xmlout *x = h->x;

    for (size_t i = 0; i < m->collection_count; i++)
        partial += m->collection[i].state != COLLECTION_COMPLETE;
    xo_start(x, "p");
    if (m->finished_at == NULL) {
        xo_attr(x, "class", "stamp stamp-bad");
        html_icon(h, "not_evaluated");
        xo_text(x, " Collection interrupted");
    } else if (!m->has_evaluation) {
        xo_attr(x, "class", "stamp stamp-bad");
        html_icon(h, "not_evaluated");
        xo_text(x, " Not evaluated");
    } else if (report_unjudged(m) + partial > 0 || m->collection_count == 0) {
        xo_attr(x, "class", "stamp stamp-bad");
        html_icon(h, "not_evaluated");
        xo_text(x, " Incomplete evidence");
    } else {
        xo_attr(x, "class", "stamp");
        html_icon(h, "pass");
        xo_text(x, " Complete evidence");
    }
    xo_end(x);
    xo_nl(x);
}

void html_header(struct html *h)
{
    struct xmlout *x = h->x;

    xo_start(x, "a");
    xo_attr(x, "class", "skip");
    xo_attr(x, "href", "#main");
    xo_text(x, "Skip to the report");
    xo_end(x);
    xo_nl(x);
    xo_constant(x, (const char *)report_icons, report_icons_len);
    xo_class(x, "header", "top");
    xo_nl(x);
    xo_class(x, "div", "inner");
    xo_nl(x);
    html_para(h, "kicker", "Microsoft 365 security audit");
    xo_elem(x, "h1", report_tenant(h->m));
    xo_nl(x);
    write_completeness(h);
    write_facts(h);
    html_para(h, "confidential",
              "Confidential: this report names people and the gaps in their protection.");
    xo_end(x);
    xo_end(x);
    xo_nl(x);
}

void html_nav(struct html *h)
{
    const struct report_model *m = h->m;
    const struct {
        const char *id, *text;
        bool is_result;
        size_t n;
    } items[] = {
        {"sec-summary", "Summary", false, 0},
        {"sec-smtp", "SMTP AUTH", false, 0},
        {"sec-ca", "Conditional Access", false, 0},
        {"sec-fail", "Findings", true, m->outcomes[OUTCOME_FAIL]},
        {"sec-not-evaluated", "Not evaluated", true, report_unjudged(m)},
        {"sec-manual", "Manual checks", true, m->outcomes[OUTCOME_MANUAL]},
        {"sec-waived", "Waived", true, m->outcomes[OUTCOME_WAIVED]},
        {"sec-not-applicable", "Not applicable", true, m->outcomes[OUTCOME_NOT_APPLICABLE]},
        {"sec-pass", "Passed", true, m->outcomes[OUTCOME_PASS]},
        {"sec-appendix", "Appendix", false, 0},
    };

    xo_class(h->x, "nav", "side");
    xo_attr(h->x, "aria-label", "Sections");
    xo_start(h->x, "ul");
    xo_nl(h->x);
    for (size_t i = 0; i < COUNT_OF(items); i++) {
        if (items[i].is_result && !m->has_evaluation)
            continue;
        xo_start(h->x, "li");
        xo_start(h->x, "a");
        xo_attrf(h->x, "href", "#%s", items[i].id);
        xo_text(h->x, items[i].text);
        if (items[i].is_result) {
            xo_text(h->x, " ");
            xo_class(h->x, "span", "count");
            html_count(h, items[i].n);
            xo_end(h->x);
        }
        xo_end(h->x);
        xo_end(h->x);
        xo_nl(h->x);
    }
    xo_end(h->x);
    xo_end(h->x);
    xo_nl(h->x);
}

void html_footer(struct html *h)
{
    struct xmlout *x = h->x;

    xo_class(x, "footer", "end");
    xo_start(x, "p");
    xo_textf(x, "Written by graphaudit %s from one snapshot of evidence",
             h->m->evaluator_version != NULL ? h->m->evaluator_version : h->m->tool_version);
    if (h->m->digest != NULL)
        xo_textf(x, " (SHA-256 %.16s…)", h->m->digest);
    xo_text(x, ". It changed nothing in the tenant.");
    xo_end(x);
    xo_end(x);
    xo_nl(x);
    xo_start(x, "script");
    xo_constant(x, (const char *)report_js, report_js_len);
    xo_end(x);
    xo_nl(x);
}
