/* mutate.h - small changes of a rule that its tests should notice.
 *
 * A test that passes on a rule and on every changed copy of it shows little. A mutant changes one
 * thing: a comparison, AND or OR, NOT, a NULL test, a number, a status, one term of a condition,
 * one branch of a CASE, a LEFT JOIN, a parameter's default, applies_when, empty or partial. What
 * only reaches texts (resource_name, reason, evidence columns) and the order of rows is left alone.
 */
#ifndef ENGINE_MUTATE_H
#define ENGINE_MUTATE_H
#include "rule.h"

enum mutant_kind { MUTANT_QUERY, MUTANT_APPLIES, MUTANT_PARAM, MUTANT_EMPTY, MUTANT_PARTIAL };

struct mutant {
    enum mutant_kind kind;
    size_t at, n;        /* SQL: the bytes that are replaced; MUTANT_PARAM: `at` is its index */
    char *was, *now;     /* owned; for people, and for SQL what replaces what */
    const char *what;    /* constant: "comparison", "dropped term", ... */
    struct yn *value;    /* owned; MUTANT_PARAM */
    enum empty_means to; /* MUTANT_EMPTY */
    int line, column;    /* in the rule's file */
};
struct mutants {
    struct mutant *v;
    size_t n;
    bool is_cut; /* there were more than LIMIT_RULE_MUTANTS */
};

/* All mutants of a rule, in the order of its file's parts; no two do the same. */
void mutants_make(const struct rule *r, struct mutants *out);
void mutants_release(struct mutants *m); /* fine on a zeroed one */

/* A copy of the rule with the change in it. It borrows all the rest from `r`; release it. */
struct changed_rule {
    struct rule rule;
    char *sql;            /* owned */
    struct param *params; /* owned */
};
void mutant_apply(const struct rule *r, const struct mutant *m, struct changed_rule *out);
void changed_rule_release(struct changed_rule *c);

#endif
