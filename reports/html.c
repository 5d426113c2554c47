/* The HTML report: one self-contained page. See html.h for how it is built. */
#include "html.h"

#include "base/attrs.h"

#include "formats.h"
#include "reports/report.h"

static enum err_code write_main(struct html *h, struct err *e)
{
    enum err_code code;

    html_overview(h);
    code = html_smtp(h, e);
    if (code == ERR_OK)
        code = html_ca(h, e);
    if (code == ERR_OK && h->m->has_evaluation) {
        code = html_findings(h, e);
        html_not_evaluated(h);
        if (code == ERR_OK)
            code = html_manual(h, e);
        if (code == ERR_OK)
            code = html_waived(h, e);
        html_not_applicable(h);
        html_passed(h);
    }
    html_appendix(h);
    return code;
}

/* The script has no words of its own. */
static void write_script_words(struct html *h)
{
    static const struct {
        const char *name;
        enum msg text;
    } words[] = {
        {"data-open", MSG_SCRIPT_OPEN},           {"data-close", MSG_SCRIPT_CLOSE},
        {"data-shown-all", MSG_SCRIPT_SHOWN_ALL}, {"data-shown", MSG_SCRIPT_SHOWN},
        {"data-copy", MSG_SCRIPT_COPY},           {"data-copied", MSG_SCRIPT_COPIED},
        {"data-load", MSG_SCRIPT_LOAD},           {"data-failed", MSG_SCRIPT_LOAD_FAILED},
        {"data-page", MSG_SCRIPT_PAGE},           {"data-find", MSG_SCRIPT_FIND},
        {"data-back", MSG_SCRIPT_BACK},           {"data-next", MSG_SCRIPT_NEXT},
        {"data-save", MSG_SCRIPT_SAVE},           {"data-link", MSG_CARD_LINK},
    };

    for (size_t i = 0; i < COUNT_OF(words); i++)
        xo_attr(h->x, words[i].name, html_word(h, words[i].text));
}

static enum err_code write_page(struct html *h, struct err *e)
{
    struct xmlout *x = h->x;
    enum err_code code;

    xo_start(x, "html");
    xo_attr(x, "lang", lang_name(h->lang));
    xo_nl(x);
    html_head(h);
    xo_start(x, "body");
    xo_nl(x);
    html_header(h);
    xo_class(x, "div", "page");
    xo_nl(x);
    if (h->is_print)
        html_contents(h);
    else
        html_nav(h);
    xo_start(x, "main");
    xo_attr(x, "id", "main");
    xo_attr(x, "tabindex", "-1"); /* where the skip link lands */
    if (!h->is_print)
        write_script_words(h);
    xo_nl(x);
    code = write_main(h, e);
    xo_end(x);
    xo_nl(x);
    xo_end(x);
    xo_nl(x);
    html_footer(h);
    xo_end(x);
    xo_nl(x);
    xo_end(x);
    return code;
}

/* What the page needs beside the model. */
static enum err_code prepare(struct html *h, const struct report_options *o, struct err *e)
{
    enum err_code code = ERR_OK;

    h->rows_each = html_data_rows_each(h->m, h->is_print ? HTML_PRINT_ROWS : HTML_ROWS);
    if (!h->is_print) /* first: it goes on while the rest is read */
        code = html_data_begin(h->m, h->rows_each, &h->data, e);
    if (code == ERR_OK)
        code = smtp_picture_load(h->m, &h->smtp, e);
    if (code == ERR_OK)
        code = ca_totals_load(h->m, &h->ca, e);
    if (code == ERR_OK)
        code = trend_load(h->m, &h->trend, e);
    if (code == ERR_OK && !h->is_print)
        code = html_data_pack(h->m, h->lang, &h->data, e);
    if (code == ERR_OK && h->data.is_over && o->path != NULL)
        code = html_data_file(h->m, o, &h->data, e);
    return code;
}

enum err_code html_write(struct store *s, const struct report_options *o, FILE *f, struct err *e)
{
    struct report_model m;
    struct xmlout x;
    struct html h = {.x = &x, .m = &m, .is_print = o->is_print, .brand = o->brand};
    enum err_code code = report_model_load(s, &m, e);

    h.lang = o->language != NULL ? lang_find(o->language) : LANG_EN;
    if (code == ERR_OK && h.lang == LANG_COUNT)
        code = err_set(e, ERR_USAGE, "no language '%s'", o->language);
    if (code == ERR_OK)
        code = prepare(&h, o, e);
    if (code == ERR_OK)
        code = xmlout_open(&x, f, XMLOUT_HTML, e);
    if (code == ERR_OK) {
        missing_groups_build(&m, &h.missing);
        code = write_page(&h, e);
        missing_groups_release(&h.missing);
        if (xmlout_close(&x, e) != ERR_OK)
            code = e->code;
    }
    html_data_release(&h.data, m.rule_count);
    report_model_release(&m);
    return code;
}
