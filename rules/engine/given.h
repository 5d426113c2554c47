/* given.h - the snapshot that a rule's test describes. */
#ifndef ENGINE_GIVEN_H
#define ENGINE_GIVEN_H
#include "problems.h"
#include "rule.h"
#include "schema.h"

/* Reports tables, columns, values and `missing` keys that do not exist or do not fit. */
void given_check(const struct rule_test *t, const struct schema *sc, struct problems *p);

/* A new in-memory snapshot with the test's evidence and facts derived from it. The caller closes
 * it. ERR_USAGE when the rows do not fit together (a key twice, a CHECK constraint). */
enum err_code given_build(const struct rule_test *t, const struct schema *sc, struct store **out,
                          struct err *e);

#endif
