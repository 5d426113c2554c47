/* profile.h - choosing and adjusting the rules of a set by a profile file. */
#ifndef ENGINE_PROFILE_H
#define ENGINE_PROFILE_H
#include "rule.h"

struct store;

/* Profiles that may extend each other. */
enum { PROFILE_CHAIN_MAX = 8 };

/* What a profile left behind in a set; all owned by the set. */
struct profile_use {
    struct yn *trees[PROFILE_CHAIN_MAX]; /* rules borrow parameter values from them */
    size_t trees_n;
    char *id, *json; /* as `evaluation` records them */
    char *fail_on;   /* NULL: the profile has no gate */
    int64_t max_not_evaluated;
};
void profile_use_free(struct profile_use *u); /* NULL is a no-op */

/* ruleset_apply_profile() out of `n` bytes of text that a NUL follows. `file` names it in problems,
 * and is where paths in `extends` count from. */
enum err_code profile_apply_text(struct ruleset *rs, const char *file, const char *text, size_t n,
                                 rules_problem_fn *fn, void *ctx, struct err *e);

#endif
