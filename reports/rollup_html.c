/* One self-contained page without script: who was not audited, tenants with the worst first, and
 * each rule across them. */
#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "escape.h"
#include "page.h"
#include "reports/rollup.h"
#include "rollup_formats.h"
#include "words.h"
#include "xmlout.h"

#include <stdlib.h>

enum { NAMES_SHOWN = 50 }; /* of the tenants at which one rule fails; the CSV has all */

static void count_line(struct xmlout *x, const char *name, size_t n)
{
    char digits[WORDS_BYTES];

    page_fact(x, name, words_count(n, digits));
}

static void begin_section(struct xmlout *x, const char *id, const char *title,
                          const char *const *words, size_t n)
{
    xo_start(x, "section");
    xo_attr(x, "id", id);
    xo_elem(x, "h2", title);
    page_table(x, title, words, n);
}

static void end_section(struct xmlout *x)
{
    page_table_end(x);
    xo_end(x);
    xo_nl(x);
}

static void begin_row(struct xmlout *x, const char *name)
{
    xo_start(x, "tr");
    page_row_name(x, name);
}

static void end_row(struct xmlout *x)
{
    xo_end(x);
    xo_nl(x);
}

static void count_cell(struct xmlout *x, size_t n)
{
    char digits[WORDS_BYTES];

    xo_elem(x, "td", words_count(n, digits));
}

static void not_audited(struct xmlout *x, const struct rollup *r)
{
    static const char *const words[] = {"Tenant", "Exit code", "Why"};

    begin_section(x, "not-audited", "Not audited", words, COUNT_OF(words));
    for (size_t i = rollup_audited(r); i < rollup_tenant_count(r); i++) {
        const struct rollup_tenant *t = rollup_tenant_at(r, i);

        begin_row(x, t->name);
        if (t->exit_code >= 0)
            count_cell(x, (size_t)t->exit_code);
        else
            xo_elem(x, "td", "none");
        xo_elem(x, "td", t->why);
        end_row(x);
    }
    end_section(x);
}

/* The tenant, linked to its own page where that lies below this one. */
static void begin_tenant(struct xmlout *x, const struct rollup_tenant *t, const char *base)
{
    struct buf href;

    buf_init(&href, LIMIT_URL_BYTES);
    if (t->has_page && base != NULL) {
        escape_path(&href, base);
        escape_path(&href, t->name);
        buf_adds(&href, "/" ROLLUP_PAGE);
    }
    xo_start(x, "tr");
    page_row_head(x);
    if (href.n > 0 && !href.failed) {
        xo_start(x, "a");
        xo_attr(x, "href", href.p);
        xo_text(x, t->name);
        xo_end(x);
    } else {
        xo_text(x, t->name);
    }
    xo_end(x);
    buf_release(&href);
}

static void tenants(struct xmlout *x, const struct rollup *r, const char *base)
{
    static const char *const words[] = {"Tenant",        "Name",   "Critical", "High",
                                        "Medium",        "Low",    "Info",     "Errors",
                                        "Not evaluated", "Passed", "Collected"};
    char when[WORDS_BYTES];

    begin_section(x, "tenants", "Tenants, the worst first: failing rules by severity", words,
                  COUNT_OF(words));
    for (size_t i = 0; i < rollup_audited(r); i++) {
        const struct rollup_tenant *t = rollup_tenant_at(r, i);

        begin_tenant(x, t, base);
        xo_elem(x, "td", t->title != NULL ? t->title : t->tenant);
        for (size_t k = 0; k < SEVERITY_COUNT; k++)
            count_cell(x, t->failing[k]);
        count_cell(x, t->outcomes[OUTCOME_ERROR]);
        count_cell(x, t->outcomes[OUTCOME_NOT_EVALUATED]);
        count_cell(x, t->outcomes[OUTCOME_PASS]);
        xo_elem(x, "td", words_time(t->collected, when));
        end_row(x);
    }
    end_section(x);
}

/* ---- rules ---- */

static int by_place(const void *key, const void *element)
{
    const uint32_t rule = *(const uint32_t *)key;
    const struct rollup_cell *c = element;

    return rule < c->rule ? -1 : rule > c->rule;
}

static bool fails_at(const struct rollup_tenant *t, size_t rule)
{
    const uint32_t key = (uint32_t)rule;
    const struct rollup_cell *c =
        t->n > 0 ? bsearch(&key, t->cells, t->n, sizeof *t->cells, by_place) : NULL;

    return c != NULL && c->outcome == OUTCOME_FAIL;
}

static void names_cell(struct xmlout *x, const struct rollup *r, size_t rule)
{
    size_t shown = 0;
    const size_t n = rollup_rule_at(r, rule)->outcomes[OUTCOME_FAIL];

    xo_start(x, "td");
    if (n > 0) {
        xo_start(x, "details");
        xo_elem(x, "summary", "names");
        for (size_t i = 0; i < rollup_audited(r) && shown < NAMES_SHOWN; i++)
            if (fails_at(rollup_tenant_at(r, i), rule))
                xo_textf(x, "%s%s", shown++ > 0 ? ", " : "", rollup_tenant_at(r, i)->name);
        if (n > shown)
            xo_textf(x, " and %zu more", n - shown);
        xo_end(x);
    }
    xo_end(x);
}

struct ranked {
    const struct rollup_rule *rule;
};

static int most_first(const void *a, const void *b)
{
    const struct rollup_rule *x = ((const struct ranked *)a)->rule;
    const struct rollup_rule *y = ((const struct ranked *)b)->rule;
    const size_t *p = x->outcomes, *q = y->outcomes;

    if (p[OUTCOME_FAIL] != q[OUTCOME_FAIL])
        return p[OUTCOME_FAIL] > q[OUTCOME_FAIL] ? -1 : 1;
    if (x->worst != y->worst)
        return x->worst < y->worst ? -1 : 1;
    return x < y ? -1 : x > y; /* they stand in the order of their ids */
}

static void rules(struct xmlout *x, const struct rollup *r)
{
    static const char *const words[] = {"Rule",  "Title",         "Severity", "Fails at",
                                        "Where", "Not evaluated", "Passes at"};
    const size_t n = rollup_rule_count(r);
    struct ranked *order = xcalloc(n + 1, sizeof *order);

    for (size_t i = 0; i < n; i++)
        order[i].rule = rollup_rule_at(r, i);
    if (n > 0)
        qsort(order, n, sizeof *order, most_first);
    begin_section(x, "rules", "Rules, by the number of tenants at which they fail", words,
                  COUNT_OF(words));
    for (size_t i = 0; i < n; i++) {
        const struct rollup_rule *rule = order[i].rule;

        if (rule->outcomes[OUTCOME_FAIL] + rule->outcomes[OUTCOME_NOT_EVALUATED] == 0)
            continue;
        begin_row(x, rule->id);
        xo_elem(x, "td", rule->title);
        xo_elem(x, "td", words_severity(rule->worst));
        count_cell(x, rule->outcomes[OUTCOME_FAIL]);
        names_cell(x, r, (size_t)(rule - rollup_rule_at(r, 0)));
        count_cell(x, rule->outcomes[OUTCOME_NOT_EVALUATED]);
        count_cell(x, rule->outcomes[OUTCOME_PASS]);
        end_row(x);
    }
    end_section(x);
    free(order);
}

enum err_code rollup_html_write(const struct rollup *r, const char *base, FILE *f, struct err *e)
{
    const size_t all = rollup_tenant_count(r), audited = rollup_audited(r);
    struct xmlout writer;
    struct xmlout *x = &writer;

    if (xmlout_open(x, f, XMLOUT_HTML, e) != ERR_OK)
        return e->code;
    xo_start(x, "html");
    xo_attr(x, "lang", "en");
    xo_nl(x);
    page_head(x, "All tenants");
    xo_start(x, "body");
    xo_nl(x);
    xo_start(x, "header");
    xo_elem(x, "h1", "All tenants");
    xo_start(x, "dl");
    count_line(x, "Tenants", all);
    count_line(x, "Audited", audited);
    count_line(x, "Not audited", all - audited);
    xo_end(x);
    xo_end(x);
    xo_nl(x);
    xo_start(x, "main");
    xo_nl(x);
    if (audited < all)
        not_audited(x, r);
    tenants(x, r, base);
    rules(x, r);
    xo_end(x);
    xo_end(x);
    xo_end(x);
    return xmlout_close(x, e);
}
