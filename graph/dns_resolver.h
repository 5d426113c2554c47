/* graph/dns_resolver.h - asks the questions of a walk, on a thread of its own.
 *
 * DNS needs nothing from the other collectors once the domains are known, and they may take
 * minutes: it runs beside them. The thread owns the walk until it is joined; it touches nothing
 * else. */
#ifndef GRAPH_DNS_RESOLVER_H
#define GRAPH_DNS_RESOLVER_H
#include "base/err.h"
#include "dns_walk.h"

#include <stdbool.h>
#include <stdint.h>

struct dns_job; /* opaque */

/* Takes the walk over, also after an error. `server` is "address[:port]" or "[v6]:port"; NULL: the
 * system's resolver. ERR_USAGE for a server that is no address. */
enum err_code dns_job_start(struct dns_walk *walk, const char *server, struct dns_job **out,
                            struct err *e);
/* True when the job is over; waits at most `wait_ms` for it. */
bool dns_job_wait(struct dns_job *j, int64_t wait_ms);
/* Gives up what is out, waits for the thread, and hands the walk out, borrowed until
 * dns_job_free().*/
const struct dns_walk *dns_job_end(struct dns_job *j);
/* Questions that were sent. After dns_job_end() only. */
uint64_t dns_job_asked(const struct dns_job *j);
void dns_job_free(struct dns_job *j); /* NULL is a no-op; ends the job first */

#endif
