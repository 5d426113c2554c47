/* kept.h - pages that were made once and are sent again, for benchmarks (--keep-replies).
 *
 * Making a page of a large tenant costs more than reading it; whoever measures a client wants the
 * second only. Kept are good answers of Graph and Exchange, compressed as they were sent, by
 * everything they depend on but the token. A token gets kept pages once it has been let in: its
 * permissions and its expiry are not looked at again. Not with faults. */
#ifndef SIM_KEPT_H
#define SIM_KEPT_H

#include "sim.h"

struct kept {
    struct kept *next;
    char *key;
    void *data; /* the body as it goes out */
    size_t len;
    bool zipped;
};

/* NULL when there is none, or the request's token is new. Lives as long as the simulator. */
const struct kept *kept_find(const struct request *r);
/* Keeps a body with status 200 and the token that was let in. */
void kept_add(const struct request *r, const void *data, size_t n, bool zipped);

#endif
