/* Head, header, navigation and footer. */
#include "html.h"

#include "base/attrs.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/strs.h"
#include "csp.h"
#include "page.h"
#include "reports/brand.h"
#include "reports/redact.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>

extern const unsigned char report_css[];
extern const size_t report_css_len;
extern const unsigned char report_js[];
extern const size_t report_js_len;
extern const unsigned char report_icons[];
extern const size_t report_icons_len;

static const char *client_of(const struct html *h)
{
    return h->brand != NULL && h->brand->client != NULL ? h->brand->client : report_tenant(h->m);
}

/* The hashes of what stands on the page and nothing else. Paper has no script. */
static char *policy_of(const struct html *h, const char *own)
{
    char *script = h->is_print ? xstrdup("'none'") : csp_hash(report_js, report_js_len);
    char *style = csp_hash(report_css, report_css_len);
    char *second = own[0] != '\0' ? csp_hash((const unsigned char *)own, strlen(own)) : xstrdup("");
    char *policy = xasprintf("default-src 'none'; script-src %s; style-src %s%s%s; img-src data:; "
                             "base-uri 'none'; form-action 'none'",
                             script, style, own[0] != '\0' ? " " : "", second);

    free(script);
    free(style);
    free(second);
    return policy;
}

void html_head(struct html *h)
{
    struct xmlout *x = h->x;
    char *own = html_own_style(h);
    char *policy = policy_of(h, own);

    xo_start(x, "head");
    xo_nl(x);
    page_metas(x, policy);
    xo_start(x, "title");
    if (h->brand != NULL && h->brand->title != NULL)
        xo_textf(x, "%s: %s", h->brand->title, client_of(h));
    else
        html_say(h, MSG_PAGE_TITLE, SAY(.a = client_of(h)));
    xo_end(x);
    xo_nl(x);
    page_icon(x);
    xo_start(x, "style");
    xo_constant(x, (const char *)report_css, report_css_len);
    xo_end(x);
    xo_nl(x);
    if (own[0] != '\0') {
        xo_start(x, "style");
        xo_constant(x, own, strlen(own));
        xo_end(x);
        xo_nl(x);
    }
    xo_end(x);
    xo_nl(x);
    free(policy);
    free(own);
}

static void fact(struct html *h, enum msg name, const char *value)
{
    page_fact(h->x, html_word(h, name), value);
}

static void write_facts(struct html *h)
{
    const struct report_model *m = h->m;
    const char *nothing = html_word(h, MSG_NOT_READ);
    char when[WORDS_BYTES];
    char *rules = m->has_evaluation
                      ? html_text(h, MSG_PAGE_RULES_AS_OF, SAY(.n = m->rule_count, .a = m->as_of))
                      : xstrdup(html_word(h, MSG_NOT_EVALUATED_LOWER));

    xo_class(h->x, "dl", "facts");
    xo_nl(h->x);
    fact(h, MSG_PAGE_DOMAIN,
         m->default_domain != NULL                                    ? m->default_domain
         : m->tenant_domain != NULL && !str_is_guid(m->tenant_domain) ? m->tenant_domain
                                                                      : nothing);
    fact(h, MSG_PAGE_TENANT_ID, m->tenant_id != NULL ? m->tenant_id : nothing);
    fact(h, MSG_PAGE_COLLECTED, html_time(h, m->finished_at, when));
    fact(h, MSG_PAGE_RULES, rules);
    if (m->profile != NULL)
        fact(h, MSG_PAGE_PROFILE, m->profile);
    if (h->brand != NULL && h->brand->prepared_for != NULL)
        fact(h, MSG_PAGE_PREPARED_FOR, h->brand->prepared_for);
    if (h->brand != NULL && h->brand->prepared_by != NULL)
        fact(h, MSG_PAGE_PREPARED_BY, h->brand->prepared_by);
    xo_end(h->x);
    xo_nl(h->x);
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
        xo_text(x, " ");
        html_say(h, MSG_STAMP_INTERRUPTED, SAY());
    } else if (!m->has_evaluation) {
        xo_attr(x, "class", "stamp stamp-bad");
        html_icon(h, "not_evaluated");
        xo_text(x, " ");
        html_say(h, MSG_STAMP_NOT_EVALUATED, SAY());
    } else if (report_unjudged(m) + partial > 0 || m->collection_count == 0) {
        xo_attr(x, "class", "stamp stamp-bad");
        html_icon(h, "not_evaluated");
        xo_text(x, " ");
        html_say(h, MSG_STAMP_INCOMPLETE, SAY());
    } else {
        xo_attr(x, "class", "stamp");
        html_icon(h, "pass");
        xo_text(x, " ");
        html_say(h, MSG_STAMP_COMPLETE, SAY());
    }
    xo_end(x);
    xo_nl(x);
}

/* What this report does not say, and what it says all the same. */
static void write_redacted(struct html *h, bool as_stamp)
{
    static const enum msg covers[] = {MSG_REDACTED_UPN, MSG_REDACTED_IP, MSG_REDACTED_SECRET};
    char *kinds;

    if (h->m->redacted == 0)
        return;
    kinds = report_redacted_kinds(h->m);
    xo_class(h->x, "p", as_stamp ? "stamp" : "redacted");
    if (as_stamp) {
        html_say(h, MSG_STAMP_REDACTED, SAY(.a = kinds));
    } else {
        for (size_t i = 0; i < COUNT_OF(covers); i++)
            if ((h->m->redacted & (1U << i)) != 0) {
                html_say(h, covers[i], SAY());
                xo_text(h->x, " ");
            }
        html_say(h, MSG_REDACTED_REST, SAY());
    }
    xo_end(h->x);
    xo_nl(h->x);
    free(kinds);
}

void html_header(struct html *h)
{
    struct xmlout *x = h->x;
    const struct report_brand *b = h->brand;

    xo_start(x, "a");
    xo_attr(x, "class", "skip");
    xo_attr(x, "href", "#main");
    html_say(h, MSG_PAGE_SKIP, SAY());
    xo_end(x);
    xo_nl(x);
    xo_constant(x, (const char *)report_icons, report_icons_len);
    xo_class(x, "header", "top");
    xo_nl(x);
    xo_class(x, "div", "inner");
    xo_nl(x);
    if (b != NULL && b->logo != NULL) {
        xo_start(x, "img");
        xo_attr(x, "class", "logo");
        xo_attr(x, "alt", b->prepared_by != NULL ? b->prepared_by : "");
        xo_attr(x, "src", b->logo);
        xo_end_void(x);
        xo_nl(x);
    }
    html_para(h, "kicker",
              b != NULL && b->title != NULL ? b->title : html_word(h, MSG_PAGE_KICKER));
    xo_elem(x, "h1", client_of(h));
    xo_nl(x);
    write_completeness(h);
    write_redacted(h, true);
    write_facts(h);
    html_para(h, "confidential",
              b != NULL && b->confidentiality != NULL ? b->confidentiality
              : (h->m->redacted & REDACT_UPN) != 0    ? html_word(h, MSG_CONFIDENTIAL_SHORT)
                                                      : html_word(h, MSG_CONFIDENTIAL));
    write_redacted(h, false);
    xo_end(x);
    xo_end(x);
    xo_nl(x);
}

struct section {
    const char *id;
    enum msg name;
    bool is_result;
    size_t n;
};
enum { SECTIONS = 10 };

static void list_sections(const struct report_model *m, struct section out[SECTIONS])
{
    const struct section all[SECTIONS] = {
        {"sec-summary", MSG_NAV_SUMMARY, false, 0},
        {"sec-smtp", MSG_NAV_SMTP, false, 0},
        {"sec-ca", MSG_NAV_CA, false, 0},
        {"sec-fail", MSG_SEC_FAIL, true, m->outcomes[OUTCOME_FAIL]},
        {"sec-not-evaluated", MSG_SEC_NOT_EVALUATED, true, report_unjudged(m)},
        {"sec-manual", MSG_SEC_MANUAL, true, m->outcomes[OUTCOME_MANUAL]},
        {"sec-waived", MSG_SEC_WAIVED, true, m->outcomes[OUTCOME_WAIVED]},
        {"sec-not-applicable", MSG_SEC_NOT_APPLICABLE, true, m->outcomes[OUTCOME_NOT_APPLICABLE]},
        {"sec-pass", MSG_SEC_PASS, true, m->outcomes[OUTCOME_PASS]},
        {"sec-appendix", MSG_SEC_APPENDIX, false, 0},
    };

    memcpy(out, all, sizeof all);
}

static void write_section_link(struct html *h, const struct section *s)
{
    xo_start(h->x, "a");
    xo_attrf(h->x, "href", "#%s", s->id);
    html_say(h, s->name, SAY());
    if (s->is_result) {
        xo_text(h->x, " ");
        xo_class(h->x, "span", "count");
        html_count(h, s->n);
        xo_end(h->x);
    }
    xo_end(h->x);
}

void html_nav(struct html *h)
{
    struct section items[SECTIONS];

    list_sections(h->m, items);
    xo_class(h->x, "nav", "side");
    xo_attr(h->x, "aria-label", html_word(h, MSG_PAGE_SECTIONS));
    xo_start(h->x, "ul");
    xo_nl(h->x);
    for (size_t i = 0; i < COUNT_OF(items); i++) {
        if (items[i].is_result && !h->m->has_evaluation)
            continue;
        xo_start(h->x, "li");
        write_section_link(h, &items[i]);
        xo_end(h->x);
        xo_nl(h->x);
    }
    xo_end(h->x);
    xo_end(h->x);
    xo_nl(h->x);
}

static void list_findings(struct html *h)
{
    xo_start(h->x, "ol");
    for (size_t i = 0; i < h->m->rule_count; i++) {
        const struct report_rule *r = &h->m->rules[i];

        if (r->outcome != OUTCOME_FAIL)
            continue;
        xo_start(h->x, "li");
        html_rule_link(h, r->id);
        xo_text(h->x, " ");
        xo_start(h->x, "span");
        html_english(h);
        xo_text(h->x, r->title);
        xo_end(h->x);
        xo_end(h->x);
        xo_nl(h->x);
    }
    xo_end(h->x);
}

void html_contents(struct html *h)
{
    struct section items[SECTIONS];

    list_sections(h->m, items);
    xo_class(h->x, "nav", "contents");
    xo_attr(h->x, "aria-labelledby", "contents-h");
    xo_start(h->x, "h2");
    xo_attr(h->x, "id", "contents-h");
    html_say(h, MSG_CONTENTS, SAY());
    xo_end(h->x);
    xo_start(h->x, "ul");
    xo_nl(h->x);
    for (size_t i = 0; i < COUNT_OF(items); i++) {
        if (items[i].is_result && !h->m->has_evaluation)
            continue;
        xo_start(h->x, "li");
        write_section_link(h, &items[i]);
        if (str_eq(items[i].id, "sec-fail") && items[i].n > 0)
            list_findings(h);
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
    char digest[17] = "";

    if (h->m->digest != NULL)
        (void)snprintf(digest, sizeof digest, "%.16s", h->m->digest);

    xo_class(x, "footer", "end");
    if (h->brand != NULL && h->brand->footer != NULL)
        html_para(h, NULL, h->brand->footer);
    xo_start(x, "p");
    html_say(
        h, h->m->digest != NULL ? MSG_FOOTER_DIGEST : MSG_FOOTER,
        SAY(.a = h->m->evaluator_version != NULL ? h->m->evaluator_version : h->m->tool_version,
            .b = digest));
    xo_end(x);
    xo_end(x);
    xo_nl(x);
    if (h->is_print)
        return;
    xo_start(x, "script");
    xo_constant(x, (const char *)report_js, report_js_len);
    xo_end(x);
    xo_nl(x);
}
