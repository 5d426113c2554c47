/* baseline_apply.h - a baseline against the results that were just written. */
#ifndef ENGINE_BASELINE_APPLY_H
#define ENGINE_BASELINE_APPLY_H
#include "base/err.h"
#include "model/outcome.h"

struct baseline;
struct store;

/* Fills the baseline's tables and columns; `new_failing` gets the failing rules with a finding that
 * is not known to be old, by severity. `b` NULL: nothing. */
enum err_code baseline_apply(const struct baseline *b, struct store *s,
                             size_t new_failing[SEVERITY_COUNT], struct err *e);

#endif
