/* reports/rule_doc.h - a page of Markdown about one rule, and an index of such pages.
 *
 * `rule` is the object that `rules show --json` prints, and optionally "permissions", "roles",
 * "cmdlets", "licences" (arrays of text) and "test_cases" ([{name, outcome, reason}]). What a rule
 * file says may be a stranger's: markup in it stays text. Same object, same bytes. */
#ifndef REPORTS_RULE_DOC_H
#define REPORTS_RULE_DOC_H
#include "base/err.h"

#include <jansson.h>
#include <stdio.h>

/* `known`: an array of the rules that have a page, for links between them. ERR_LIMIT when a page
 * would be larger than LIMIT_MARKDOWN_BYTES. */
enum err_code rule_doc_page(const json_t *rule, const json_t *known, FILE *f, struct err *e);
/* In the order of `rules`, one table a pack. */
enum err_code rule_doc_index(const json_t *rules, FILE *f, struct err *e);

#endif
