/* crew.h - the rules of a set on several threads, their rows handed out in the set's order.
 *
 * Each worker has a sandbox, so a read-only connection, of its own and takes the next rule that
 * nobody took. What the rules find waits here, in bounded memory, until the one caller asks for it,
 * rule by rule: so results do not depend on which rule ended first.
 *
 * Steps and memory are counted for each rule, time runs for all at once. A rule that runs out of
 * time beside others is not judged by that: it is to be run again by itself
 * (`run_result.was_crowded`).
 */
#ifndef ENGINE_CREW_H
#define ENGINE_CREW_H
#include "base/err.h"
#include "model/evidence.h"
#include "run.h"

#include <stddef.h>

struct crew; /* opaque */
struct ruleset;
struct store;

/* Starts the workers: as many as there are processors for this process, LIMIT_RULE_WORKERS at most.
 * `rs`, `states` and `as_of` are borrowed until crew_end(). *out is NULL where one thread is all
 * that would work: one processor or rule, or a store without a file, which has no second
 * connection. */
enum err_code crew_start(const struct ruleset *rs, struct store *s,
                         const struct evidence_states *states, const char *as_of, struct crew **out,
                         struct err *e);

/* Waits for rule `i` of the set, passes its kept rows (run_row_is_kept) to `o->row` and gives its
 * result, which the caller releases. Ask once for each rule, in ascending order. */
enum err_code crew_take(struct crew *c, size_t i, const struct run_options *o,
                        struct run_result *out, struct err *e);

/* Stops what still runs, waits for the workers, frees. NULL is a no-op. */
void crew_end(struct crew *c);

#endif
