/* html.h - the page's parts, and the small elements that they share.
 *
 * Static first: everything is in the markup and readable without CSS and without script; the
 * script only adds search, filters, sorting and copy buttons. No style attributes: the page's
 * Content-Security-Policy knows two hashes and nothing else. */
#ifndef REPORTS_HTML_H
#define REPORTS_HTML_H
#include "ca_picture.h"
#include "html_data.h"
#include "messages.h"
#include "missing.h"
#include "page.h"
#include "report_model.h"
#include "smtp_picture.h"
#include "trend.h"
#include "xmlout.h"

/* Rows of one table of resources, at most. Paper is read whole, so it gets fewer. */
enum { HTML_ROWS = 100, HTML_PRINT_ROWS = 25, HTML_MAILBOX_ROWS = 50, HTML_STOPPED_ROWS = 25 };

struct html {
    struct xmlout *x;
    const struct report_model *m;
    enum lang lang;
    bool is_print;    /* everything open, no script, a table of contents, fewer rows */
    size_t rows_each; /* rows of one table of resources: what the page's size allows */
    struct html_data data;
    const struct report_brand *brand; /* NULL: none */
    struct missing_groups missing;
    struct smtp_picture smtp;
    struct ca_totals ca;
    struct trend trend;
};

/* html_page.c: head, header, navigation. */
void html_head(struct html *h);
void html_header(struct html *h);
void html_nav(struct html *h);
void html_footer(struct html *h);
/* html_style.c: what a language and a branding file add to the style; "" for nothing. Caller frees.
 */
char *html_own_style(const struct html *h);
/* html_page.c: a table of contents, for paper. */
void html_contents(struct html *h);

/* html_overview.c, html_smtp.c, html_ca.c, html_findings.c, html_rest.c, html_appendix.c */
void html_overview(struct html *h);
/* html_trend.c: past runs, when there are two at least. */
void html_trend(struct html *h);
enum err_code html_smtp(struct html *h, struct err *e);
/* html_ready.c: the layers as one flow; what stops at the end of December 2026. */
void html_flow(struct html *h);
void html_ready(struct html *h);
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

/* html_rows.c: the first resources of one status; nothing when `total` is 0. */
enum err_code html_resources(struct html *h, const struct report_rule *rule, const char *status,
                             enum msg caption, size_t total, struct err *e);
/* Where the rows are that the page does not show: in itself, packed, or in which file. */
void html_all_rows(struct html *h, const struct report_rule *rule);
/* The ids and names that the packed rows share. */
void html_names(struct html *h);

/* html_say.c: messages of the catalogue, and what stored words look like in it. */
/* "2026-11-23 04:05 UTC", or that it was not recorded. `out` has WORDS_BYTES bytes. */
const char *html_time(const struct html *h, const char *rfc3339, char *out);
const char *html_word(const struct html *h, enum msg m); /* one without anything to fill in */
void html_say(struct html *h, enum msg m, const struct say *s);
void html_say_before(struct html *h, enum msg m, const struct say *s); /* up to {*} */
void html_say_after(struct html *h, enum msg m, const struct say *s);
char *html_text(const struct html *h, enum msg m, const struct say *s); /* caller frees */
void html_elem(struct html *h, const char *name, enum msg m);
void html_para_say(struct html *h, const char *classes, enum msg m, const struct say *s);
/* With a command where the message has {*}. */
void html_para_code(struct html *h, const char *classes, enum msg m, const char *code);
/* As html_table, of the catalogue. */
void html_table_say(struct html *h, enum msg caption, const struct say *s, const enum msg *headings,
                    size_t n, bool sortable);
/* lang="en" on the element just begun, when the page speaks another language: for texts of rules,
 * of the service and of the program's verdicts. */
void html_english(struct html *h);
enum msg html_outcome_msg(enum outcome o);
enum msg html_severity_msg(enum severity s);
enum msg html_reason_msg(enum reason r); /* not of REASON_NONE */
enum msg html_state_msg(enum collection_state s);
/* Words that come from a column: those that are not known come back as they are. */
const char *html_service_word(const struct html *h, const char *slug);
const char *html_layer_word(const struct html *h, const char *word);
/* What the rule says of the effort of its repair; "" for nothing. */
const char *html_effort_word(const struct html *h, const struct report_rule *r);
const char *html_verdict_word(const struct html *h, const char *word);

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
void html_section(struct html *h, const char *id, enum msg heading);
void html_section_end(struct html *h);
void html_para(struct html *h, const char *classes, const char *text);
void html_code(struct html *h, const char *label, const char *code);
void html_count(struct html *h, size_t n); /* 12,345; 12.345 in German */

/* One bar of a picture, `parts` side by side; the numbers also stand in text nearby. */
struct html_bar_part {
    const char *classes, *fill;
    enum msg word;
    size_t n;
};
void html_bar(struct html *h, const char *title_id, const struct html_bar_part *parts, size_t n);

#endif
