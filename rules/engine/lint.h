/* lint.h - what a rule file says that nobody but its readers would notice: links, mappings, names
 * of products, markup. */
#ifndef ENGINE_LINT_H
#define ENGINE_LINT_H
#include "rule.h"

/* Tells each finding; file and place are the rule's. */
void rule_lint(const struct rule *r, rules_finding_fn *fn, void *ctx);

/* What is told where: a node of the rule's file, and a byte of its text. */
struct rule_place {
    const struct rule *rule;
    const struct yn *node;
    size_t offset;
};
void rule_tell(const struct rule_place *at, bool is_problem, const char *check, const char *text,
               rules_finding_fn *fn, void *ctx);

#endif
