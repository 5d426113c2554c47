/* graph/reader.h - judges replies beside the event loop (private to graph/).
 *
 * Reading a page takes longer than fetching it. A reply goes in with all that judging it needs and
 * comes out judged, on the thread that put it in; in between nothing else touches it. There are at
 * most as many as requests in flight: a chain counts as in flight until its page was read. */
#ifndef GRAPH_READER_H
#define GRAPH_READER_H
#include "base/buf.h"
#include "base/digest.h"
#include "reply.h"
#include "transport.h"

#include <stdbool.h>
#include <sys/queue.h>

struct chain;

struct reply_job {
    STAILQ_ENTRY(reply_job) next;
    struct chain *chain; /* for the loop alone; NULL: nobody waits for it any more */
    struct reply_facts facts;
    struct transfer_reply reply;
    struct buf body;
    char client_request_id[GUID_TEXT_BYTES];
    char *request_id, *retry_after, *date;
    struct reply_judgement judgement;
};

/* Takes the body out of the reply; copies the headers that matter for a status 200. */
struct reply_job *reply_job_new(struct chain *ch, const struct reply_facts *f,
                                const struct transfer_reply *r);
void reply_job_free(struct reply_job *job); /* NULL is a no-op */

struct reader; /* opaque: a thread */
/* `wake` is called on that thread when there is something to take. NULL when no thread starts: then
 * the caller judges by itself. */
struct reader *reader_new(void (*wake)(void *ctx), void *ctx);
void reader_free(struct reader *r); /* waits for the job under way, drops the others; NULL: no-op */
void reader_put(struct reader *r, struct reply_job *job);
/* A judged job, in the order in which they were put in; NULL: none yet. The caller frees it. */
struct reply_job *reader_take(struct reader *r);

#endif
