/* page.h - what all pages have in common: the head with its policy, and tables. */
#ifndef REPORTS_PAGE_H
#define REPORTS_PAGE_H
#include "xmlout.h"

#include <stdbool.h>
#include <stddef.h>

void page_meta(struct xmlout *x, const char *key, const char *name, const char *content);
/* <meta>s that every page has, after `policy`, its Content-Security-Policy. */
void page_metas(struct xmlout *x, const char *policy);
/* <link>: no icon is fetched. */
void page_icon(struct xmlout *x);
/* The whole <head> of a page with the plain style sheet and nothing else. */
void page_head(struct xmlout *x, const char *title);

/* A name and what is known of it, in a <dl>. */
void page_fact(struct xmlout *x, const char *name, const char *value);

/* <table> with caption and column headings ('#' before one marks a column of numbers), up to its
 * first row; within a <div> that the caller has begun. Sortable: by a script of the page. */
void page_columns(struct xmlout *x, const char *caption, const char *const *words, size_t n,
                  bool sortable);
/* A table that a keyboard can scroll, up to its first row. */
void page_table(struct xmlout *x, const char *caption, const char *const *words, size_t n);
void page_table_end(struct xmlout *x); /* the <div> as well */
/* <th scope="row">, begun; and a whole one. */
void page_row_head(struct xmlout *x);
void page_row_name(struct xmlout *x, const char *text);

#endif
