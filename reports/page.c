#include "page.h"

#include "base/mem.h"
#include "csp.h"

#include <stdlib.h>

extern const unsigned char changes_css[];
extern const size_t changes_css_len;

void page_meta(struct xmlout *x, const char *key, const char *name, const char *content)
{
    xo_start(x, "meta");
    xo_attr(x, key, name);
    xo_attr(x, "content", content);
    xo_end_void(x);
    xo_nl(x);
}

void page_metas(struct xmlout *x, const char *policy)
{
    xo_start(x, "meta");
    xo_attr(x, "charset", "utf-8");
    xo_end_void(x);
    xo_nl(x);
    page_meta(x, "http-equiv", "Content-Security-Policy", policy);
    page_meta(x, "name", "viewport", "width=device-width, initial-scale=1");
    page_meta(x, "name", "referrer", "no-referrer");
    page_meta(x, "name", "robots", "noindex");
    page_meta(x, "name", "color-scheme", "light dark");
}

void page_icon(struct xmlout *x)
{
    xo_start(x, "link");
    xo_attr(x, "rel", "icon");
    xo_attr(x, "href", "data:,");
    xo_end_void(x);
    xo_nl(x);
}

void page_head(struct xmlout *x, const char *title)
{
    char *style = csp_hash(changes_css, changes_css_len);
    char *policy = xasprintf(
        "default-src 'none'; style-src %s; img-src data:; base-uri 'none'; form-action 'none'",
        style);

    xo_start(x, "head");
    xo_nl(x);
    page_metas(x, policy);
    xo_elem(x, "title", title);
    xo_nl(x);
    page_icon(x);
    xo_start(x, "style");
    xo_constant(x, (const char *)changes_css, changes_css_len);
    xo_end(x);
    xo_nl(x);
    xo_end(x);
    xo_nl(x);
    free(policy);
    free(style);
}

void page_fact(struct xmlout *x, const char *name, const char *value)
{
    xo_start(x, "div");
    xo_elem(x, "dt", name);
    xo_elem(x, "dd", value);
    xo_end(x);
    xo_nl(x);
}

void page_columns(struct xmlout *x, const char *caption, const char *const *words, size_t n,
                  bool sortable)
{
    xo_start(x, "table");
    if (sortable)
        xo_attr(x, "data-sortable", "");
    xo_elem(x, "caption", caption);
    xo_start(x, "thead");
    xo_start(x, "tr");
    for (size_t i = 0; i < n; i++) {
        const bool is_count = words[i][0] == '#';

        xo_start(x, "th");
        xo_attr(x, "scope", "col");
        if (is_count)
            xo_attr(x, "class", "n");
        xo_text(x, words[i] + is_count);
        xo_end(x);
    }
    xo_end(x);
    xo_end(x);
    xo_start(x, "tbody");
    xo_nl(x);
}

void page_table(struct xmlout *x, const char *caption, const char *const *words, size_t n)
{
    xo_class(x, "div", "wide");
    xo_attr(x, "tabindex", "0"); /* so that a keyboard can scroll it */
    xo_attr(x, "role", "region");
    xo_attr(x, "aria-label", caption);
    page_columns(x, caption, words, n, false);
}

void page_table_end(struct xmlout *x)
{
    for (int i = 0; i < 3; i++) /* tbody, table, div */
        xo_end(x);
    xo_nl(x);
}

void page_row_head(struct xmlout *x)
{
    xo_start(x, "th");
    xo_attr(x, "scope", "row");
}

void page_row_name(struct xmlout *x, const char *text)
{
    page_row_head(x);
    xo_text(x, text);
    xo_end(x);
}
