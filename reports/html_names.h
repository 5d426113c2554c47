/* html_names.h - the resources of all packed rules: id and name, sorted, each pair once. */
#ifndef REPORTS_HTML_NAMES_H
#define REPORTS_HTML_NAMES_H
#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

/* Between an id and its name. */
#define HTML_NAMES_BETWEEN '\x1f'

/* Entries are "id\x1fname" in `bytes`, each with its NUL, and are pointed at by where they begin:
 * `v` in the order of their bytes. Those of the rule at hand wait in `fresh`. Zeroed is empty. */
struct html_names {
    struct buf bytes; /* failed: there are more than a page may hold */
    size_t *v, n, cap;
    size_t *fresh, fresh_n, fresh_cap;
    size_t at; /* where the resource before was, or would be */
};

/* A rule's resources, best in the order of their ids; then html_names_settle(). A resource without
 * a name (NULL or "") is named by its id; no id is "". */
void html_names_add(struct html_names *a, const char *id, const char *name);
/* After each rule. */
void html_names_settle(struct html_names *a);
/* Where a settled one is; quickest when asked for in the order of ids. SIZE_MAX: nowhere. */
size_t html_names_find(struct html_names *a, const char *id, const char *name);
/* "id\x1fname". */
const char *html_names_at(const struct html_names *a, size_t i);
void html_names_release(struct html_names *a);

#endif
