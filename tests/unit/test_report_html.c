/* The HTML page: what its policy allows, what its links point to, how large it gets. What needs a
 * browser is in tests/browser. */
#include "report_fixture.h"

#include "base/attrs.h"
#include "base/mem.h"
#include "base/strs.h"

#include <libxml/HTMLparser.h>
#include <openssl/evp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Budgets of domain knowledge: mail previews and artifact viewers cut pages off. */
enum { CSS_BYTES = 24 * 1024, JS_BYTES = 32 * 1024, PAGE_BYTES = 1024 * 1024 };

/* What stands between two tags; the caller frees. */
static char *between(const struct buf *b, const char *open, const char *close)
{
    const char *from = strstr(b->p, open);
    const char *to = from != NULL ? strstr(from, close) : NULL;

    if (from == NULL || to == NULL) {
        fail_msg("no %s in the page", open);
        return NULL;
    }
    assert_null(strstr(to + 1, open)); /* once */
    return xstrndup(from + strlen(open), (size_t)(to - from) - strlen(open));
}

static void check_hash(const struct buf *page, const char *directive, const char *text)
{
    unsigned char raw[EVP_MAX_MD_SIZE];
    unsigned char encoded[2 * EVP_MAX_MD_SIZE];
    unsigned int n = 0;
    char *want;

    assert_int_equal(EVP_Digest(text, strlen(text), raw, &n, EVP_sha256(), NULL), 1);
    (void)EVP_EncodeBlock(encoded, raw, (int)n);
    want = xasprintf("%s 'sha256-%s'", directive, (const char *)encoded);
    if (strstr(page->p, want) == NULL)
        fail_msg("the policy has no %s", want);
    free(want);
}

/* Hashes of the very bytes between the tags: anything else is blocked by the browser. */
static void policy_allows_our_style_and_script_only(void **state)
{
    struct store *s = fixture_tenant();
    struct buf b = fixture_render(s, "html");
    char *style = between(&b, "<style>", "</style>");
    char *script = between(&b, "<script>", "</script>");

    (void)state;
    check_hash(&b, "style-src", style);
    check_hash(&b, "script-src", script);
    assert_non_null(strstr(b.p, "content=\"default-src 'none'; script-src"));
    assert_non_null(strstr(b.p, "base-uri 'none'; form-action 'none'"));
    assert_null(strstr(b.p, " style=\""));
    assert_null(strstr(style, "url("));
    assert_null(strstr(style, "@import"));
    assert_true(strlen(style) <= CSS_BYTES);
    assert_true(strlen(script) <= JS_BYTES);
    free(style);
    free(script);
    buf_release(&b);
    store_close(s);
}

struct page {
    struct strlist ids, targets; /* id attributes; what "#..." links point to */
    int level;                   /* of the last heading */
    size_t h1;
};

static void look_at_link(struct page *p, const char *element, const char *href)
{
    if (href[0] == '#') {
        if (!str_eq(element, "use"))
            strlist_add(&p->targets, href + 1);
        return;
    }
    if (str_eq(element, "link") && str_eq(href, "data:,"))
        return;
    if (!str_eq(element, "a") || !str_starts(href, "https://"))
        fail_msg("<%s href=\"%s\">", element, href);
}

static void look_at_attribute(struct page *p, const char *element, const xmlAttr *a)
{
    const char *name = (const char *)a->name;
    xmlChar *value = xmlNodeListGetString(a->doc, a->children, 1);
    const char *text = value != NULL ? (const char *)value : "";

    if (str_starts(name, "on") || str_eq(name, "style") || str_eq(name, "src") ||
        str_eq(name, "action") || str_eq(name, "srcset"))
        fail_msg("<%s %s>", element, name);
    if (str_eq(name, "id")) {
        if (strlist_has(&p->ids, text))
            fail_msg("id %s twice", text);
        strlist_add(&p->ids, text);
    }
    if (str_eq(name, "href"))
        look_at_link(p, element, text);
    xmlFree(value);
}

static void look_at(struct page *p, const xmlNode *n)
{
    for (; n != NULL; n = n->next) {
        const char *name = (const char *)n->name;

        if (n->type != XML_ELEMENT_NODE)
            continue;
        for (const xmlAttr *a = n->properties; a != NULL; a = a->next)
            look_at_attribute(p, name, a);
        if (name[0] == 'h' && name[1] >= '1' && name[1] <= '6' && name[2] == '\0') {
            int level = name[1] - '0';

            if (level > p->level + 1)
                fail_msg("heading h%d after h%d", level, p->level);
            p->level = level;
            p->h1 += level == 1;
        }
        if (str_eq(name, "img") || str_eq(name, "iframe") || str_eq(name, "object"))
            fail_msg("<%s>", name);
        look_at(p, n->children);
    }
}

static void check_page(const struct buf *b)
{
    struct page p = {.level = 0};
    xmlDocPtr doc = htmlReadMemory(b->p, (int)b->n, NULL, "utf-8",
                                   HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET);

    assert_non_null(doc);
    look_at(&p, xmlDocGetRootElement(doc));
    assert_int_equal(p.h1, 1);
    for (size_t i = 0; i < p.targets.n; i++)
        if (!strlist_has(&p.ids, p.targets.v[i]))
            fail_msg("a link to #%s, which is not there", p.targets.v[i]);
    strlist_release(&p.ids);
    strlist_release(&p.targets);
    xmlFreeDoc(doc);
}

static void every_page_is_sound(void **state)
{
    static struct store *(*const makers[])(void) = {fixture_tenant, fixture_partial, fixture_bare};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(makers); i++) {
        struct store *s = makers[i]();
        struct buf b = fixture_render(s, "html");

        check_page(&b);
        buf_release(&b);
        store_close(s);
    }
}

static void only_https_becomes_a_link(void **state)
{
    struct store *s = fixture_tenant();
    struct buf b = fixture_render(s, "html");

    (void)state;
    assert_null(strstr(b.p, "href=\"javascript:"));
    assert_null(strstr(b.p, "href=\"http:"));
    assert_non_null(strstr(b.p, "http://plain.example/not-linked")); /* as text */
    assert_non_null(strstr(b.p, ">Not a link<"));
    buf_release(&b);
    store_close(s);
}

/* Microsoft turns basic authentication off at the end of December 2026: before it a warning with
 * numbers, after it what this report can still know. */
static void the_retirement_is_told_by_date(void **state)
{
    static const struct {
        const char *as_of, *has, *has_not;
    } cases[] = {
        {"2026-11-23",
         "4 mailboxes that can send with a password today (some under conditions) will stop",
         "Since the end of December 2026"},
        {"2026-12-31",
         "at the end of December 2026; administrators can turn it on again. 4 mailboxes",
         "Since the end of December 2026"},
        {"2027-01-01", "Since the end of December 2026", "will stop then"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct store *s = fixture_tenant();
        char *sql = xasprintf("UPDATE evaluation SET as_of = '%s'", cases[i].as_of);
        struct buf b;

        fixture_sql(s, sql);
        b = fixture_render(s, "html");
        if (strstr(b.p, cases[i].has) == NULL || strstr(b.p, cases[i].has_not) != NULL)
            fail_msg("as of %s", cases[i].as_of);
        free(sql);
        buf_release(&b);
        store_close(s);
    }
}

/* The removal date is the operator's: without it no word of one. */
static void the_removal_is_told_when_it_was_given(void **state)
{
    static const struct {
        const char *as_of, *date, *has, *has_not;
    } cases[] = {
        {"2026-11-23", "NULL", "at the end of December 2026", "removal date"},
        {"2026-11-23", "'2028-03-31'", "for good on 2028-03-31: no setting brings it back after",
         "has removed"},
        {"2027-06-01", "'2028-03-31'", "Since the end of December 2026", "has removed"},
        {"2028-03-31", "'2028-03-31'", "2028-03-31, Microsoft has removed basic",
         "Since the end of December 2026"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct store *s = fixture_tenant();
        char *sql = xasprintf("UPDATE evaluation SET as_of = '%s', smtp_removal_date = %s",
                              cases[i].as_of, cases[i].date);
        struct buf b;

        fixture_sql(s, sql);
        b = fixture_render(s, "html");
        if (strstr(b.p, cases[i].has) == NULL || strstr(b.p, cases[i].has_not) != NULL)
            fail_msg("as of %s, removed %s", cases[i].as_of, cases[i].date);
        free(sql);
        buf_release(&b);
        store_close(s);
    }
}

/* 60 rules, as many as ship, fit the budget of a mail preview. */
static void a_typical_tenant_fits_the_budget(void **state)
{
    struct store *s = fixture_tenant();
    struct buf b;

    (void)state;
    fixture_sql(s, "INSERT INTO rule(rule_id, version, pack, title, severity, service, summary, "
                   "rationale, remediation_json, references_json, mappings_json, resources_json, "
                   "file, query) SELECT 'Z' || n || rule_id, version, pack, title, severity, "
                   "service, summary, rationale, remediation_json, references_json, mappings_json, "
                   "resources_json, file, query FROM rule, (SELECT 1 AS n UNION SELECT 2);"
                   "INSERT INTO rule_result SELECT 'Z' || n || rule_id, version, outcome, "
                   "reason_code, severity, pass, fail, unknown, manual, not_applicable, waived, "
                   "total, is_incomplete, message, missing_json FROM rule_result, (SELECT 1 AS n "
                   "UNION SELECT 2);"
                   "INSERT INTO resource_result(rule_id, resource_id, resource_name, status, "
                   "reason, waiver_id, evidence) SELECT 'Z' || n || rule_id, resource_id, "
                   "resource_name, status, reason, waiver_id, evidence FROM resource_result, "
                   "(SELECT 1 AS n UNION SELECT 2);");
    b = fixture_render(s, "html");
    check_page(&b);
    assert_true(b.n <= PAGE_BYTES);
    buf_release(&b);
    store_close(s);
}

/* What somebody copies into a shell: nothing of a snapshot's but a GUID and a permission's name. */
static void the_grant_is_a_command_of_ours(void **state)
{
    static const struct {
        const char *change, *has, *has_not;
    } cases[] = {
        {"SELECT 1", "&quot;appId eq '3c1a9f52-7d0e-4f6b-8a21-5b9c0d7e6f13'&quot;", "CLIENT-ID"},
        {"UPDATE snapshot SET client_id = 'x''\"; evil; \"'", "&quot;appId eq 'CLIENT-ID'&quot;",
         "appId eq 'x'"},
        {"UPDATE rule_result SET missing_json = replace(missing_json, 'Reports.Read.All', "
         "'Reports.Read.All''; evil; ''')",
         "appId eq", "-eq 'Reports.Read.All'; evil"},
        {"UPDATE snapshot SET client_id = NULL", "'CLIENT-ID'", "(null)"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct store *s = fixture_tenant();
        struct buf b;

        fixture_sql(s, cases[i].change);
        b = fixture_render(s, "html");
        if (strstr(b.p, cases[i].has) == NULL || strstr(b.p, cases[i].has_not) != NULL)
            fail_msg("%s", cases[i].change);
        buf_release(&b);
        store_close(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(policy_allows_our_style_and_script_only),
        cmocka_unit_test(every_page_is_sound),
        cmocka_unit_test(only_https_becomes_a_link),
        cmocka_unit_test(the_retirement_is_told_by_date),
        cmocka_unit_test(the_removal_is_told_when_it_was_given),
        cmocka_unit_test(the_grant_is_a_command_of_ours),
        cmocka_unit_test(a_typical_tenant_fits_the_budget),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
