/* missing.h - why rules could not be judged, grouped by what would have to be done about it.
 *
 * One group a reason, and for permissions and licences one a permission or licence: the group says
 * what to grant, which resources that opens, and which rules wait for it. A rule that lacks two
 * permissions is in two groups. */
#ifndef REPORTS_MISSING_H
#define REPORTS_MISSING_H
#include "base/strs.h"
#include "report_model.h"

struct missing_group {
    enum reason reason;
    char *needs;               /* permission or licence; NULL for other reasons */
    struct strlist resources;  /* collection resources; empty: single resources were unclear */
    struct strlist details;    /* what the service said */
    struct strlist rules;      /* ids of rules that are not evaluated for it */
    struct strlist incomplete; /* ids of rules that fail already, and may fail on more */
};
struct missing_groups {
    struct missing_group *v;
    size_t n;
};

/* Sorted by reason and need, those without a reason last; lists sorted. Caller releases. */
void missing_groups_build(const struct report_model *m, struct missing_groups *out);
void missing_groups_release(struct missing_groups *g);

#endif
