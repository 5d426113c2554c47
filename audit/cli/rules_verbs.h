/* rules_verbs.h - the verbs of `graphaudit rules` that are more than a listing. Each prints, and
 * returns an exit code. */
#ifndef CLI_RULES_VERBS_H
#define CLI_RULES_VERBS_H
#include "base/err.h"

#include <jansson.h>

struct context;
struct ruleset;

/* Runs the tests inside the rules, and with --mutate tries what they do not notice. */
int rules_test(const struct context *c, const struct ruleset *rs, struct err *e);

/* Loads the rules itself: what is wrong with them is what it shows. */
int rules_check(struct context *c, struct err *e);
/* Writes a page of Markdown a rule, and an index. */
int rules_docs(const struct context *c, const struct ruleset *rs, struct err *e);
/* Starts a rule file. */
int rules_new(const struct context *c, struct err *e);
/* Signs packs' manifests; checks them against trusted keys. */
int rules_sign(const struct context *c, struct err *e);
int rules_verify(const struct context *c, struct err *e);

/* All of one rule; caller owns it. */
json_t *rules_json(const struct ruleset *rs, size_t at);
/* Pretty, ASCII only, with a line feed; takes the value. */
void rules_print_json(json_t *v);

#endif
