/* The HTML report: one self-contained page. See html.h for how it is built. */
#include "html.h"

#include "formats.h"

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

static enum err_code write_page(struct html *h, struct err *e)
{
    struct xmlout *x = h->x;
    enum err_code code;

    xo_start(x, "html");
    xo_attr(x, "lang", "en");
    xo_nl(x);
    html_head(h);
    xo_start(x, "body");
    xo_nl(x);
    html_header(h);
    xo_class(x, "div", "page");
    xo_nl(x);
    html_nav(h);
    xo_start(x, "main");
    xo_attr(x, "id", "main");
    xo_attr(x, "tabindex", "-1"); /* where the skip link lands */
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

enum err_code html_write(struct store *s, const struct report_options *o, FILE *f, struct err *e)
{
    struct report_model m;
    struct xmlout x;
    struct html h = {.x = &x, .m = &m};
    enum err_code code = report_model_load(s, &m, e);

    (void)o;
    if (code == ERR_OK)
        code = smtp_picture_load(&m, &h.smtp, e);
    if (code == ERR_OK)
        code = ca_totals_load(&m, &h.ca, e);
    if (code == ERR_OK)
        code = xmlout_open(&x, f, XMLOUT_HTML, e);
    if (code == ERR_OK) {
        missing_groups_build(&m, &h.missing);
        code = write_page(&h, e);
        missing_groups_release(&h.missing);
        if (xmlout_close(&x, e) != ERR_OK)
            code = e->code;
    }
    report_model_release(&m);
    return code;
}
