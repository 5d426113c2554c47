/* One self-contained page without script: a section a kind, a table row a difference. */
#include "base/mem.h"
#include "changes.h"
#include "page.h"
#include "words.h"

#include <stdlib.h>

static void side(struct xmlout *x, const char *name, const struct changes_side *s)
{
    char when[WORDS_BYTES];

    xo_start(x, "div");
    xo_elem(x, "dt", name);
    xo_start(x, "dd");
    xo_textf(x, "%s, collected %s", s->path, words_time(s->collected, when));
    if (s->as_of != NULL)
        xo_textf(x, ", judged as of %s", s->as_of);
    else
        xo_text(x, ", never evaluated");
    xo_end(x);
    xo_end(x);
    xo_nl(x);
}

static void begin(struct changes *c, struct err *e)
{
    struct xmlout *x = &c->x;
    char *title;

    if (xmlout_open(x, c->f, XMLOUT_HTML, e) != ERR_OK)
        return;
    title = xasprintf("What changed: %s", c->o->tenant);
    xo_start(x, "html");
    xo_attr(x, "lang", "en");
    xo_nl(x);
    page_head(x, title);
    xo_start(x, "body");
    xo_nl(x);
    xo_start(x, "header");
    xo_elem(x, "h1", title);
    xo_nl(x);
    xo_start(x, "dl");
    side(x, "Before", &c->o->old);
    side(x, "After", &c->o->new);
    xo_end(x);
    if (c->o->redacted != NULL)
        xo_elem(x, "p", c->o->redacted);
    if (c->is_empty) {
        xo_elem(x, "p", "Nothing differs in what was compared.");
    } else {
        xo_start(x, "p");
        xo_start(x, "a");
        xo_attr(x, "href", "#in-all");
        xo_text(x, "How many, by kind");
        xo_end(x);
        xo_end(x);
    }
    xo_end(x);
    xo_nl(x);
    xo_start(x, "main");
    xo_nl(x);
    free(title);
}

static void begin_kind(struct changes *c, const char *title)
{
    static const char *const words[] = {"Change", "What", "Property", "Before", "After"};
    struct xmlout *x = &c->x;

    xo_start(x, "section");
    xo_attrf(x, "id", "kind-%zu", c->n);
    xo_elem(x, "h2", title);
    page_table(x, title, words, COUNT_OF(words));
}

/* A word with a sign beside it, never colour alone. */
static void mark_cell(struct xmlout *x, enum change_mark m)
{
    static const char *const signs[] = {
        [CHANGE_ADDED] = "+", [CHANGE_REMOVED] = "\xE2\x88\x92", [CHANGE_CHANGED] = "~"};
    static const char *const classes[] = {
        [CHANGE_ADDED] = "added", [CHANGE_REMOVED] = "removed", [CHANGE_CHANGED] = "changed"};

    xo_class(x, "td", classes[m]);
    xo_start(x, "span");
    xo_attr(x, "aria-hidden", "true");
    xo_text(x, signs[m]);
    xo_end(x);
    xo_textf(x, " %s", change_word(m));
    xo_end(x);
}

static void row(struct changes *c, const struct change *v)
{
    const char *const cells[] = {v->property, v->old, v->new};
    struct xmlout *x = &c->x;

    xo_start(x, "tr");
    mark_cell(x, v->mark);
    page_row_name(x, v->what);
    for (size_t i = 0; i < COUNT_OF(cells); i++)
        xo_elem(x, "td", cells[i]);
    xo_end(x);
    xo_nl(x);
}

static void end_kind(struct changes *c, size_t more)
{
    page_table_end(&c->x);
    if (more > 0) {
        xo_start(&c->x, "p");
        xo_textf(&c->x, "... and %zu more.", more);
        xo_end(&c->x);
    }
    xo_end(&c->x);
    xo_nl(&c->x);
}

static void gap(struct changes *c, const char *what, const char *why, bool is_first)
{
    struct xmlout *x = &c->x;

    if (is_first) {
        xo_start(x, "section");
        xo_attr(x, "id", "not-compared");
        xo_elem(x, "h2", "Not compared");
        xo_start(x, "ul");
        xo_nl(x);
    }
    xo_start(x, "li");
    xo_elem(x, "strong", why);
    xo_textf(x, ": %s", what);
    xo_end(x);
    xo_nl(x);
}

static void by_kind(struct changes *c)
{
    static const char *const words[] = {"Kind", "Added", "Removed", "Changed"};
    struct xmlout *x = &c->x;
    char digits[WORDS_BYTES];

    xo_start(x, "section");
    xo_attr(x, "id", "in-all");
    xo_elem(x, "h2", "How many, by kind");
    page_table(x, "Differences by kind", words, COUNT_OF(words));
    for (size_t i = 0; i < c->n; i++) {
        xo_start(x, "tr");
        page_row_head(x);
        xo_start(x, "a");
        xo_attrf(x, "href", "#kind-%zu", i + 1);
        xo_text(x, c->kinds[i].title);
        xo_end(x);
        xo_end(x);
        for (size_t k = 0; k < CHANGE_MARKS; k++)
            xo_elem(x, "td", words_count(c->kinds[i].n[k], digits));
        xo_end(x);
        xo_nl(x);
    }
    page_table_end(x);
    xo_end(x);
}

static void totals(struct changes *c)
{
    struct xmlout *x = &c->x;

    if (c->gaps > 0) {
        xo_end(x);
        xo_end(x);
    }
    if (!c->is_empty)
        by_kind(c);
    xo_end(x);
    xo_end(x);
    xo_end(x);
    (void)xmlout_close(x, &c->err);
}

const struct changes_writer changes_html = {begin, begin_kind, row, end_kind, gap, totals};
