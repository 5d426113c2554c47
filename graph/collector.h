/* graph/collector.h - one row of the collectors' table (private to graph/).
 *
 * A collector says what to ask, what it needs and how a reply becomes rows. Most are a request and
 * a table of columns; `each` takes what explodes into several tables, `start` takes over for those
 * that are more than one chain. */
#ifndef GRAPH_COLLECTOR_H
#define GRAPH_COLLECTOR_H
#include "client.h"
#include "graph/collect.h"

#include <jansson.h>
#include <stdbool.h>

struct collect_chain;
struct collect_task;
struct map_table;
struct pack_kind;

enum plan { PLAN_NONE, PLAN_P1, PLAN_P2 };
enum { PLAN_COUNT = 3 };

enum {
    COLLECT_SINGLETON = 1, /* the reply is the object itself */
    COLLECT_TRY = 2, /* ask even when the token lacks the permission: part of it is readable */
    COLLECT_HINT = 4 /* others wait for it only so as to read their errors right */
};

/* One row of a page, inside the page's transaction. *taken: count it. Only store errors are errors;
 * what is odd goes to the task's map_odd. */
typedef enum err_code collect_each_fn(struct collect_chain *ch, const json_t *row, bool *taken,
                                      struct err *e);
/* Starts the task's chains. A task without any open chain afterwards has ended. */
typedef enum err_code collect_start_fn(struct collect_task *t, struct err *e);
/* After the last chain, before the state is recorded; may write and may note errors. */
typedef enum err_code collect_end_fn(struct collect_task *t, struct err *e);

struct collector {
    struct collector_info info; /* first, so that &c->info is what collector_at() gives out */
    enum service service;       /* not for DNS */
    enum bucket bucket;
    int priority; /* longest chains and what others wait for first */
    unsigned flags;
    enum plan plan;       /* the licence that info.licence names */
    const char *needs[2]; /* skipped when one of these failed */
    const char *after[3]; /* waits for these, however they end */
    const char
        *lists[2];    /* what to ask about: not whole unless all of these are; also in `after` */
    const char *path; /* Graph */
    const char *cmdlet, *parameters, *select; /* Exchange */
    const char *per;                          /* asked for once for each of these; NULL: once */
    const struct map_table *map;
    const struct pack_kind
        *pack; /* a long list: its pages are stored as runs, see collect_stage.c */
    collect_each_fn *each;
    collect_start_fn *start;
    collect_end_fn *end;
};

/* The table behind collector_at(): sorted by resource. */
const struct collector *collector_row(size_t i);
/* SIZE_MAX when there is none. */
size_t collector_find(const char *resource);

/* What the rows point to, by the file that holds it. */

/* collector_directory.c */
collect_each_fn organization_each, user_each, user_mfa_each, user_activity_each, sku_each,
    registration_each, domain_each;
collect_end_fn organization_end, user_mfa_end, sku_end;
extern const char sku_owns_p1[], sku_owns_p2[]; /* SQL over the SKUs: one row, 0 or 1 */
/* collector_policies.c */
collect_each_fn ca_policy_each, ca_v1_each, methods_policy_each, named_location_each,
    authorization_each;
collect_start_fn ca_policies_start;
collect_end_fn ca_v1_end;
collect_start_fn methods_policy_start;
/* collector_settings.c */
collect_each_fn directory_setting_each, setting_template_each, role_management_each;
/* collector_groups.c */
collect_start_fn references_start, group_members_start, role_groups_start;
collect_end_fn role_groups_end;
/* collector_roles.c */
collect_start_fn role_assignments_start, role_eligibility_start;
/* collector_signins.c */
collect_start_fn sign_ins_start;
/* collector_exchange.c */
collect_start_fn hve_start;
/* collector_dns.c */
collect_start_fn dns_start;
/* collect_delta.c */
collect_start_fn users_start;
collect_end_fn users_end;

#endif
