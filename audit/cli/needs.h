/* needs.h - what the chosen rules need: which resources, and so which permissions and licences.
 *
 * Nothing here is written down twice: the rules' SQL says which columns it reads (the sandbox's
 * authorizer), model/evidence.h which resources stand behind a column, the collectors' table which
 * request reads a resource and which permission opens it. */
#ifndef CLI_NEEDS_H
#define CLI_NEEDS_H
#include "base/strs.h"
#include "graph/permission.h"
#include "graph/plan.h"

struct ruleset;

/* One resource, needed or not. */
struct need {
    struct plan_row row;
    struct strlist rules;    /* ids of the rules that cannot be judged without it, sorted */
    struct strlist leads_to; /* resources that are only read after it, sorted */
};

/* One application permission. */
struct need_grant {
    char name[PERMISSION_NAME_BYTES];
    const struct permission *info; /* NULL: its id is not known here */
    struct strlist resources;      /* that it opens, in the order of the collectors */
    struct strlist rules;          /* that are lost without it, sorted */
    /* Others of this list that do as well for all of its resources: where one of them is granted
     * anyway, this one may be left out. */
    struct strlist covered_by;
};

struct needs {
    struct need *v; /* in the order of collector_at() */
    size_t n;
    struct need_grant *grants; /* sorted: Microsoft Graph, then Exchange Online; by name */
    size_t grant_count;
    struct strlist exchange_roles; /* Exchange management roles, sorted; empty: no Exchange */
    struct strlist cmdlets;        /* sorted */
    struct strlist licences;       /* sorted; those without which a rule is not evaluated */
    size_t rule_count;
};

/* `rs` is only read; release in any case. */
void needs_derive(struct needs *n, const struct ruleset *rs);
void needs_release(struct needs *n); /* fine on a zeroed one */
/* The resources that have to be read for these rules, in the order of collector_at(); caller
 * releases. None: the rules are about the run itself, not about the tenant. */
void needs_resources(const struct ruleset *rs, struct strlist *out);
bool need_is_needed(const struct need *one);
/* Read where its licence is there; without it there is nothing to read, and no rule is lost. */
bool need_is_empty_without_licence(const struct need *one);
/* Rules that are lost without the licence; caller releases. */
void needs_rules_of_licence(const struct needs *n, const char *licence, struct strlist *out);
void needs_rules_of_cmdlet(const struct needs *n, const char *cmdlet, struct strlist *out);

#endif
