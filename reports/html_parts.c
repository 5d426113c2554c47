#include "html.h"

#include "base/attrs.h"
#include "base/strs.h"

#include <string.h>

void html_icon(struct html *h, const char *name)
{
    xo_class(h->x, "svg", "i");
    xo_attr(h->x, "width", "16");
    xo_attr(h->x, "height", "16");
    xo_attr(h->x, "aria-hidden", "true");
    xo_start(h->x, "use");
    xo_attrf(h->x, "href", "#i-%s", name);
    xo_end(h->x);
    xo_end(h->x);
}

static void badge(struct html *h, const char *kind, const char *name, const char *word)
{
    xo_start(h->x, "span");
    xo_attrf(h->x, "class", "badge %s-%s", kind, name);
    html_icon(h, name);
    xo_text(h->x, " ");
    xo_text(h->x, word);
    xo_end(h->x);
}

void html_severity(struct html *h, enum severity s)
{
    badge(h, "sev", severity_name(s), html_word(h, html_severity_msg(s)));
}

void html_outcome(struct html *h, enum outcome o)
{
    badge(h, "out", outcome_name(o), html_word(h, html_outcome_msg(o)));
}

/* The words of smtp_auth; a word that is not ours looks like one that is not known. */
void html_verdict(struct html *h, const char *verdict)
{
    static const char *const known[] = {"allow", "block", "conditional", "unknown",
                                        "not_applicable"};
    const char *name = "unknown";

    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (str_eq(known[i], verdict))
            name = known[i];
    badge(h, "v", name, html_verdict_word(h, verdict));
}

/* Plain printable ASCII without what could end an attribute or a URL. */
static bool is_plain_https(const char *url)
{
    if (url == NULL || !str_starts(url, "https://") || strlen(url) > 2000)
        return false;
    for (const char *p = url; *p != '\0'; p++)
        if (*p <= ' ' || *p > '~' || strchr("\"'<>\\^`{|}", *p) != NULL)
            return false;
    return url[strlen("https://")] != '\0';
}

void html_link(struct html *h, const char *url, const char *text)
{
    if (!is_plain_https(url)) {
        xo_text(h->x, text != NULL ? text : url);
        return;
    }
    xo_start(h->x, "a");
    xo_attr(h->x, "href", url);
    xo_attr(h->x, "rel", "noopener noreferrer");
    xo_text(h->x, text != NULL ? text : url);
    xo_end(h->x);
}

/* Ids are what rule files allow; anything else in a hostile snapshot becomes '-'. */
static void add_anchor(struct buf *b, const char *rule_id)
{
    buf_init(b, 1024);
    for (const char *p = rule_id; *p != '\0' && b->n < 200; p++) {
        bool plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
                     (*p >= '0' && *p <= '9') || *p == '-' || *p == '_' || *p == '.';

        buf_add(b, plain ? p : "-", 1);
    }
}

void html_rule_link(struct html *h, const char *rule_id)
{
    struct buf anchor;

    add_anchor(&anchor, rule_id);
    xo_start(h->x, "a");
    xo_attrf(h->x, "href", "#%s", anchor.p);
    xo_attr(h->x, "class", "rule");
    xo_text(h->x, rule_id);
    xo_end(h->x);
    buf_release(&anchor);
}

void html_rule_attrs(struct html *h, const struct report_rule *r)
{
    struct buf anchor;

    add_anchor(&anchor, r->id);
    xo_attr(h->x, "id", anchor.p);
    xo_attr(h->x, "data-rule", anchor.p);
    xo_attr(h->x, "data-severity", severity_name(r->severity));
    xo_attr(h->x, "data-outcome", outcome_name(r->outcome));
    xo_attr(h->x, "data-service", r->service);
    buf_release(&anchor);
}

void html_table(struct html *h, const char *caption, const char *const *headings, size_t n,
                bool sortable)
{
    xo_class(h->x, "div", "scroll"); /* a stop for the Tab key where it scrolls: by the script */
    page_columns(h->x, caption, headings, n, sortable);
}

void html_table_end(struct html *h)
{
    page_table_end(h->x);
}

void html_cell(struct html *h, const char *text)
{
    xo_elem(h->x, "td", text);
}

void html_count(struct html *h, size_t n)
{
    struct buf b;

    buf_init(&b, 64);
    message_add_count(&b, h->lang, n);
    xo_text(h->x, b.p);
    buf_release(&b);
}

void html_cell_count(struct html *h, size_t n)
{
    xo_class(h->x, "td", "n");
    html_count(h, n);
    xo_end(h->x);
}

void html_row_head(struct html *h, const char *text)
{
    page_row_name(h->x, text);
}

void html_section(struct html *h, const char *id, enum msg heading)
{
    xo_nl(h->x);
    xo_start(h->x, "section");
    xo_attr(h->x, "id", id);
    xo_attrf(h->x, "aria-labelledby", "%s-h", id);
    xo_nl(h->x);
    xo_start(h->x, "h2");
    xo_attrf(h->x, "id", "%s-h", id);
    html_say(h, heading, SAY());
    xo_end(h->x);
    xo_nl(h->x);
}

void html_section_end(struct html *h)
{
    xo_end(h->x);
    xo_nl(h->x);
}

void html_para(struct html *h, const char *classes, const char *text)
{
    xo_start(h->x, "p");
    if (classes != NULL)
        xo_attr(h->x, "class", classes);
    xo_text(h->x, text);
    xo_end(h->x);
    xo_nl(h->x);
}

void html_code(struct html *h, const char *label, const char *code)
{
    xo_class(h->x, "div", "code");
    html_para(h, "label", label);
    xo_start(h->x, "pre"); /* wraps, so that nothing has to scroll */
    xo_elem(h->x, "code", code);
    xo_end(h->x);
    xo_end(h->x);
    xo_nl(h->x);
}

/* Widths in thousandths of the whole; what is there is never too thin to be seen. */
static size_t part_width(size_t n, size_t total)
{
    enum { WHOLE = 1000, THINNEST = 6 };
    size_t w = total > 0 ? (size_t)((double)n * WHOLE / (double)total) : 0;

    return n > 0 && w < THINNEST ? THINNEST : w;
}

void html_bar(struct html *h, const char *title_id, const struct html_bar_part *parts, size_t n)
{
    struct xmlout *x = h->x;
    size_t total = 0;
    size_t at = 0;
    size_t width = 0;
    const char *sep = "";

    for (size_t i = 0; i < n; i++)
        total += parts[i].n;
    for (size_t i = 0; i < n; i++)
        width += part_width(parts[i].n, total);
    xo_class(x, "svg", "bar");
    xo_attr(x, "role", "img");
    xo_attr(x, "aria-labelledby", title_id);
    xo_attrf(x, "viewBox", "0 0 %zu 20", width > 0 ? width : 1);
    xo_attr(x, "preserveAspectRatio", "none");
    xo_attr(x, "width", "100%");
    xo_attr(x, "height", "20");
    xo_start(x, "title");
    xo_attr(x, "id", title_id);
    for (size_t i = 0; i < n; i++)
        if (parts[i].n > 0) {
            xo_text(x, sep);
            html_count(h, parts[i].n);
            xo_text(x, " ");
            html_say(h, parts[i].word, SAY());
            sep = ", ";
        }
    xo_end(x);
    for (size_t i = 0; i < n; i++) {
        size_t w = part_width(parts[i].n, total);

        if (w == 0)
            continue;
        xo_class(x, "rect", parts[i].classes);
        xo_attr(x, "fill", parts[i].fill);
        xo_attrf(x, "x", "%zu", at);
        xo_attr(x, "y", "0");
        xo_attrf(x, "width", "%zu", at + w < width ? w - 2 : w); /* a gap to the next */
        xo_attr(x, "height", "20");
        xo_end(x);
        at += w;
    }
    xo_end(x);
    xo_nl(x);
}
