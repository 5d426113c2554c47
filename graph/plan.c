#include "graph/plan.h"

#include "base/attrs.h"
#include "base/strs.h"
#include "collector.h"
#include "throttle.h"

#include <stdlib.h>
#include <string.h>

enum { EXCHANGE_PAGE_ROWS = 1000 /* the client asks for pages of this size */ };

static const char *const budget_names[] = {
    [BUCKET_DIRECTORY] = "Graph directory", [BUCKET_CONDITIONAL_ACCESS] = "Conditional Access",
    [BUCKET_REPORTS] = "Graph reports",     [BUCKET_PEOPLE_REPORTS] = "Graph people reports",
    [BUCKET_EXCHANGE] = "Exchange Online",
};
_Static_assert(COUNT_OF(budget_names) == BUCKET_COUNT && (int)PLAN_BUDGETS == (int)BUCKET_COUNT,
               "one name a bucket");

struct plan_budget plan_budget_at(size_t i)
{
    const struct throttle_budget *b = client_budget((enum bucket)i);

    return (struct plan_budget){budget_names[i], b->requests, b->window_ms, b->in_flight};
}

/* What the request itself says: $top of Graph; a singleton has no pages. */
static unsigned page_rows(const struct collector *c)
{
    const char *top = c->info.request != NULL ? strstr(c->info.request, "$top=") : NULL;

    if (str_eq(c->info.service, "exchange"))
        return strstr(c->parameters, "ResultSize") != NULL ? EXCHANGE_PAGE_ROWS : 0;
    return top != NULL ? (unsigned)strtoul(top + strlen("$top="), NULL, 10) : 0;
}

bool plan_at(size_t i, struct plan_row *out)
{
    const struct collector *c = collector_row(i);

    if (c == NULL)
        return false;
    *out = (struct plan_row){.info = &c->info,
                             .needs = {c->needs[0], c->needs[1], c->lists[0], c->lists[1]},
                             .cmdlet = c->cmdlet,
                             .per = c->per,
                             .page_rows = page_rows(c),
                             .budget = str_eq(c->info.service, "dns") ? (size_t)PLAN_BUDGETS
                                                                      : (size_t)c->bucket};
    return true;
}

size_t plan_find(const char *resource)
{
    return collector_find(resource);
}
