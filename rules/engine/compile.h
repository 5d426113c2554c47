/* compile.h - checking a rule's SQL and tests against an empty snapshot, without a tenant. */
#ifndef ENGINE_COMPILE_H
#define ENGINE_COMPILE_H
#include "problems.h"
#include "rule.h"

struct compiler; /* opaque: an empty in-memory snapshot with a sandbox over it */

enum err_code compiler_open(struct compiler **out, struct err *e);
void compiler_close(struct compiler *c); /* NULL is a no-op */

/* Compiles both statements, fills query_needs and applies_needs, and checks the row contract as far
 * as it shows without rows, the parameters and the tests. Defects go to `p`; what is only odd goes
 * to the remarks of `rs`. `needs_tests`: a rule of a pack has to show a pass, a fail and missing
 * evidence. */
void rule_compile(struct compiler *c, struct rule *r, bool needs_tests, struct problems *p,
                  struct ruleset *rs);

#endif
