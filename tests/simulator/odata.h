/* odata.h - query options, page tokens and projection, the same for every Graph list. */
#ifndef SIM_ODATA_H
#define SIM_ODATA_H

#include "sim.h"

enum {
    OD_SELECT = 1U << 0,
    OD_TOP = 1U << 1,
    OD_FILTER = 1U << 2,
    OD_COUNT = 1U << 3,
    OD_EXPAND = 1U << 4,
    OD_ORDERBY = 1U << 5,
    OD_DELTA = 1U << 6,
};

struct query {
    char *select_text;     /* split in place */
    struct strings select; /* empty: no $select */
    long top;              /* 0: not given */
    bool count;
    const char *filter, *expand; /* borrowed from the request */
    unsigned page;               /* from 1 */
    size_t offset;               /* items already sent */
};

/* True when the property goes into the reply; q NULL wants everything. */
bool query_wants(const struct query *q, const char *name);
/* False: the 400 is in *p. `allowed` are OD_ bits. */
NODISCARD bool query_parse(struct request *r, struct reply *p, unsigned allowed, struct query *q);
void query_clear(struct query *q);

unsigned odata_peek_page(const struct request *r);
/* A page token that only this simulator can make, for this very query. Caller frees. */
char *odata_token(const struct request *r, unsigned page, size_t offset);
NODISCARD bool odata_token_read(const struct request *r, const char *token, unsigned *page,
                                size_t *offset);
/* The request's own URL with another $skiptoken. Caller frees. */
char *odata_next_link(const struct request *r, const char *token);

#endif
