/* rules/facts/service_plan.h - which service plans give a person an Exchange Online mailbox.
 *
 * Almost every SKU carries some plan of Exchange; most of those plans (Foundation, Archiving,
 * Analytics) do not come with a mailbox. Names and ids are those of Microsoft's published list
 * "Product names and service plan identifiers for licensing". */
#ifndef RULES_FACTS_SERVICE_PLAN_H
#define RULES_FACTS_SERVICE_PLAN_H
#include <stdbool.h>
#include <stddef.h>

struct buf;

struct service_plan {
    const char *id;   /* lower-case GUID */
    const char *name; /* the service's name for it */
    const char *title;
    bool has_mailbox;
};

/* The Exchange plans that are known, sorted by name. */
size_t service_plan_count(void);
const struct service_plan *service_plan_at(size_t i);
/* NULL when the plan is not one of Exchange's. Any letter case. */
const struct service_plan *service_plan_find(const char *id);
/* Appends a JSON array of the ids of the plans with a mailbox. */
void service_plan_mailbox_json(struct buf *out);

#endif
