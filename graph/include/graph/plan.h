/* graph/plan.h - what a collection would ask for, without asking. */
#ifndef GRAPH_PLAN_H
#define GRAPH_PLAN_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct collector_info;
struct cloud;

/* What a service lets one application send; requests that share a budget wait for each other. */
struct plan_budget {
    const char *name;  /* for people */
    unsigned requests; /* in one window */
    int64_t window_ms;
    unsigned in_flight; /* at once */
};
enum { PLAN_BUDGETS = 5 };
struct plan_budget plan_budget_at(size_t i); /* i below PLAN_BUDGETS */

struct plan_row {
    const struct collector_info *info;
    const char *needs[4]; /* read first: not whole, or not at all, without them; NULL: none */
    const char *cmdlet;   /* Exchange, else NULL */
    const char *per;      /* asked for once for each of these, or NULL */
    unsigned page_rows;   /* most rows of one reply; 0: one reply holds all */
    size_t budget;        /* of plan_budget_at(); PLAN_BUDGETS: none (DNS) */
};
/* One row a collector, in the order of collector_at(). False past the end. */
bool plan_at(size_t i, struct plan_row *out);
/* SIZE_MAX when there is none. */
size_t plan_find(const char *resource);

#endif
