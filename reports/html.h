/* html.h - the page's parts, and the small elements that they share.
 *
 * Static first: everything is in the markup and readable without CSS and without script; the
 * script only adds search, filters, sorting and copy buttons. No style attributes: the page's
 * Content-Security-Policy knows two hashes and nothing else. */
#ifndef REPORTS_HTML_H
#define REPORTS_HTML_H
#include "ca_picture.h"
#include "missing.h"
#include "report_model.h"
#include "smtp_picture.h"
#include "xmlout.h"

enum { HTML_ROWS = 100 }; /* rows of one table of resources; the rest is in csv and json */

struct html {
    struct xmlout *x;
    const struct report_model *m;
    struct missing_groups missing;
    struct smtp_picture smtp;
    struct ca_totals ca;
};

/* html_page.c: head, header, navigation. */
void html_head(struct html *h);
void html_header(struct html *h);
void html_nav(struct html *h);
void html_footer(struct html *h);

/* html_overview.c, html_smtp.c, html_ca.c, html_findings.c, html_rest.c, html_appendix.c */
void html_overview(struct html *h);
enum err_code html_smtp(struct html *h, struct err *e);
enum err_code html_ca(struct html *h, struct err *e);
enum err_code html_findings(struct html *h, struct err *e);
void html_not_evaluated(struct html *h);
enum err_code html_manual(struct html *h, struct err *e);
enum err_code html_waived(struct html *h, struct err *e);
/* html_waivers.c: the waivers given, with what is to be done about them. */
void html_waivers(struct html *h);
/* The rules that the profile left out by name, with its reasons. */
void html_excluded(struct html *h);
void html_not_applicable(struct html *h);
void html_passed(struct html *h);
void html_appendix(struct html *h);

/* One rule as a card; used by findings, manual and waived. */
enum err_code html_card(struct html *h, const struct report_rule *r, bool open, struct err *e);

/* html_rows.c: the first HTML_ROWS resources of one status; nothing when `total` is 0. */
enum err_code html_resources(struct html *h, const struct report_rule *rule, const char *status,
                             const char *noun, size_t total, struct err *e);

/* html_parts.c: a word with a shape beside it, never colour alone. */
void html_icon(struct html *h, const char *name);
void html_severity(struct html *h, enum severity s);
void html_outcome(struct html *h, enum outcome o);
void html_verdict(struct html *h, const char *verdict);
/* A link when `url` is plain https, else its text. NULL text: the address. */
void html_link(struct html *h, const char *url, const char *text);
void html_rule_link(struct html *h, const char *rule_id);
/* The id attribute of a rule's card or row, its service, severity and outcome for the filters. */
void html_rule_attrs(struct html *h, const struct report_rule *r);
/* <table> in a region that scrolls by itself, with caption and column headings ('#' before one
 * marks a column of numbers); sortable ones get buttons from the script. Ends with
 * html_table_end(). */
void html_table(struct html *h, const char *caption, const char *const *headings, size_t n,
                bool sortable);
void html_table_end(struct html *h);
void html_cell(struct html *h, const char *text);
void html_cell_count(struct html *h, size_t n);
void html_row_head(struct html *h, const char *text); /* <th scope="row"> */
/* A section with its heading. Ends with html_section_end(). */
void html_section(struct html *h, const char *id, const char *heading);
void html_section_end(struct html *h);
void html_para(struct html *h, const char *classes, const char *text);
void html_code(struct html *h, const char *label, const char *code);
void html_count(struct html *h, size_t n); /* 12,345 */

/* One bar of a picture, `parts` side by side; the numbers also stand in text nearby. */
struct html_bar_part {
    const char *classes, *fill, *word;
    size_t n;
};
void html_bar(struct html *h, const char *title_id, const struct html_bar_part *parts, size_t n);

#endif
