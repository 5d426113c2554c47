/* rules/baseline.h - what an earlier snapshot of the same tenant found, to tell new findings from
 * old.
 *
 * A finding is a rule and a failing resource. It is `open` when the baseline had it, `new` when the
 * baseline judged the rule on all its evidence and did not have it, and `not_known` when the
 * baseline did not judge the rule, or not on all its evidence. One of the baseline is `fixed` only
 * when its rule was judged on all its evidence and the resource does not fail; otherwise it is
 * `not_judged`. */
#ifndef RULES_BASELINE_H
#define RULES_BASELINE_H
#include "base/err.h"

struct baseline; /* opaque */

/* Reads the results in a snapshot, which is closed again. ERR_USAGE when it is none, holds no
 * results, or does not say whose it is. */
enum err_code baseline_load(const char *path, struct baseline **out, struct err *e);
void baseline_free(struct baseline *b); /* NULL is a no-op */
/* The tenant's id; borrowed. */
const char *baseline_tenant(const struct baseline *b);

#endif
