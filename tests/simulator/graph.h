/* graph.h - Microsoft Graph: the table of endpoints, and what every endpoint checks first. */
#ifndef SIM_GRAPH_H
#define SIM_GRAPH_H

#include "access.h"
#include "odata.h"
#include "tenant.h"

struct graph_call;

struct route {
    const char *method, *path; /* "users/{}": {} takes one segment */
    unsigned versions;         /* GV_ bits */
    const char *permission;    /* the one application permission that opens it */
    const char *also;          /* another that Microsoft accepts; NULL for nearly all */
    enum licence gate;
    unsigned options;                          /* OD_ bits */
    unsigned flags;                            /* GF_ bits */
    long max_top;                              /* 0: the list does not page */
    const char *props, *beta_props, *defaults; /* property names, one-space separated */
    const char *filters;                       /* see filter.h */
    const char *type;                          /* in error texts and @odata.context */
    void (*handle)(struct graph_call *c);
};

enum { GV_V1 = 1, GV_BETA = 2, GV_BOTH = 3 };
enum {
    GF_OPEN = 1,          /* open type: unknown properties are absent, not an error */
    GF_ENUMS = 2,         /* replies hold enum members that need the Prefer header */
    GF_EVENTUAL = 4,      /* needs ConsistencyLevel: eventual and $count=true */
    GF_NULLS = 8,         /* without the permission: 200 with nulls */
    GF_NO_TENANT_P1 = 16, /* without P1: 200 with nothing */
    GF_DIRECTORY = 32     /* $count=true needs ConsistencyLevel: eventual */
};

struct graph_call {
    struct request *r;
    struct reply *p;
    const struct tenant *t;
    const struct route *route;
    struct query q;
    struct token token;
    bool beta;
    bool denied; /* only with GF_NULLS */
    char *args[2];
    unsigned arg_count;
};

extern const struct route graph_routes[];
extern const size_t graph_route_count;

void graph_handle(struct request *r, struct reply *p);
bool graph_permitted(const struct graph_call *c, const char *permission);
void graph_error(struct graph_call *c, unsigned status, const char *code, const char *message);
void graph_denied(struct graph_call *c);
void graph_nonpremium(struct graph_call *c);

/* Sends a page of a list. item() gives one owner to the caller. */
typedef json_t *list_item(const struct graph_call *c, const void *arg, size_t i);
void graph_send_list(struct graph_call *c, size_t n, list_item *item, const void *arg);
void graph_send_array(struct graph_call *c, const json_t *array);
void graph_send_object(struct graph_call *c, const json_t *o); /* o is borrowed */

#endif
