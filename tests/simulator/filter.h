/* filter.h - the part of OData's $filter language that the simulated lists accept:
 * and, or, not, parentheses, eq ne ge le gt lt, startswith(), and any() over a list of texts. */
#ifndef SIM_FILTER_H
#define SIM_FILTER_H

#include "util.h"

struct filter;

/* `allowed` names what the endpoint can filter on: "path:op,op path:op". NULL on a filter that
 * is malformed or not allowed; *why then says so (caller frees). */
struct filter *filter_parse(const char *text, const char *allowed, char **why);
bool filter_match(const struct filter *f, const json_t *item);
/* True when the filter looks at this property anywhere. */
bool filter_mentions(const struct filter *f, const char *path);
void filter_free(struct filter *f);

#endif
