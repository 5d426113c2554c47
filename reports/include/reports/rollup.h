/* reports/rollup.h - one report over many tenants: the worst first, the same rule across tenants,
 * and who was not audited, and why.
 *
 * All texts may be a stranger's and are made harmless by the writers. The same rows give the same
 * bytes, in whatever order they were added. */
#ifndef REPORTS_ROLLUP_H
#define REPORTS_ROLLUP_H
#include "base/err.h"
#include "model/outcome.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A tenant's own report, in the folder of its name. */
#define ROLLUP_PAGE "report.html"

/* A rule's outcome at one tenant: there are millions, so it is small. */
struct rollup_cell {
    uint32_t rule; /* place among the rules */
    uint32_t fail; /* resources, capped */
    uint8_t outcome, severity, reason;
};

struct rollup_rule {
    char *id, *title, *service;
    size_t outcomes[OUTCOME_COUNT]; /* tenants */
    enum severity worst;            /* where it fails; else anywhere */
};

struct rollup_tenant {
    char *name;       /* its folder's */
    char *tenant;     /* as the audit was told; NULL: not known */
    char *id, *title; /* as the tenant says; NULL: not read */
    char *collected;  /* RFC 3339; NULL: not known */
    char *why;        /* it was not audited; NULL: it was */
    bool has_page;    /* its own report lies in its folder, as ROLLUP_PAGE */
    int exit_code;    /* -1: none */
    size_t outcomes[OUTCOME_COUNT];
    size_t failing[SEVERITY_COUNT]; /* rules */
    struct rollup_cell *cells;
    size_t n;
};

struct rollup; /* opaque */
struct rollup *rollup_new(void);
void rollup_free(struct rollup *r); /* NULL is a no-op */
/* A tenant to fill, with its texts, which are owned by `r` from then on; good until the next. */
struct rollup_tenant *rollup_add(struct rollup *r);
/* One rule's outcome at the tenant that was added last. */
void rollup_add_outcome(struct rollup *r, const char *rule, const char *title, const char *service,
                        const struct rollup_cell *cell);
/* After the last tenant, before anything is read: counts, and sorts. */
void rollup_settle(struct rollup *r);

/* Worst first, then those that were not audited, by name. */
size_t rollup_tenant_count(const struct rollup *r);
const struct rollup_tenant *rollup_tenant_at(const struct rollup *r, size_t i);
size_t rollup_audited(const struct rollup *r);
/* By id. */
size_t rollup_rule_count(const struct rollup *r);
const struct rollup_rule *rollup_rule_at(const struct rollup *r, size_t i);

struct rollup_format {
    const char *name;
    /* `base`: the way from what is written to the folder that holds the tenants' folders, "" or
     * "runs/", with no step upwards: HTML links to their pages by it. NULL: nothing is linked. */
    enum err_code (*write)(const struct rollup *r, const char *base, FILE *f, struct err *e);
};
/* NULL: no such format. */
const struct rollup_format *rollup_format_find(const char *name);

#endif
