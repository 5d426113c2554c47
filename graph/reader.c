#include "reader.h"

#include "base/mem.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

STAILQ_HEAD(job_list, reply_job);

struct reader {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t has_work;
    struct job_list waiting, judged;
    bool is_ending;
    void (*wake)(void *ctx);
    void *wake_ctx;
};

static char *copy(const char *s)
{
    return s != NULL ? xstrdup(s) : NULL;
}

struct reply_job *reply_job_new(struct chain *ch, const struct reply_facts *f,
                                const struct transfer_reply *r)
{
    struct reply_job *job = xcalloc(1, sizeof *job);

    job->chain = ch;
    job->facts = *f;
    (void)snprintf(job->client_request_id, sizeof job->client_request_id, "%s",
                   f->client_request_id);
    job->facts.client_request_id = job->client_request_id;
    job->body = *r->taken_body;
    buf_init(r->taken_body, r->taken_body->max);
    job->request_id = copy(r->request_id);
    job->retry_after = copy(r->retry_after);
    job->date = copy(r->date);
    job->reply = (struct transfer_reply){.code = r->code,
                                         .trouble = "",
                                         .status = r->status,
                                         .body = job->body.p,
                                         .body_len = job->body.n,
                                         .request_id = job->request_id,
                                         .retry_after = job->retry_after,
                                         .date = job->date};
    return job;
}

void reply_job_free(struct reply_job *job)
{
    if (job == NULL)
        return;
    reply_judgement_release(&job->judgement);
    buf_release(&job->body);
    free(job->request_id);
    free(job->retry_after);
    free(job->date);
    free(job);
}

/* The next job; NULL: the end. Called with the lock held, which is let go while waiting. */
static struct reply_job *next_job(struct reader *r)
{
    struct reply_job *job;

    while (!r->is_ending && STAILQ_EMPTY(&r->waiting))
        (void)pthread_cond_wait(&r->has_work, &r->lock);
    if (r->is_ending)
        return NULL;
    job = STAILQ_FIRST(&r->waiting);
    STAILQ_REMOVE_HEAD(&r->waiting, next);
    return job;
}

static void *run(void *ctx)
{
    struct reader *r = ctx;
    struct odata_scratch scratch = {0};
    struct reply_job *job;

    (void)pthread_mutex_lock(&r->lock);
    while ((job = next_job(r)) != NULL) {
        (void)pthread_mutex_unlock(&r->lock);
        job->facts.scratch = &scratch;
        reply_judge(&job->facts, &job->reply, &job->judgement);
        buf_release(&job->body); /* a page lives on in what was made of it */
        job->reply.body = NULL;
        (void)pthread_mutex_lock(&r->lock);
        STAILQ_INSERT_TAIL(&r->judged, job, next);
        r->wake(r->wake_ctx);
    }
    (void)pthread_mutex_unlock(&r->lock);
    odata_scratch_release(&scratch);
    return NULL;
}

struct reader *reader_new(void (*wake)(void *ctx), void *ctx)
{
    struct reader *r = xcalloc(1, sizeof *r);

    STAILQ_INIT(&r->waiting);
    STAILQ_INIT(&r->judged);
    r->wake = wake;
    r->wake_ctx = ctx;
    if (pthread_mutex_init(&r->lock, NULL) != 0 || pthread_cond_init(&r->has_work, NULL) != 0)
        BUG("no lock");
    if (pthread_create(&r->thread, NULL, run, r) == 0)
        return r;
    (void)pthread_cond_destroy(&r->has_work);
    (void)pthread_mutex_destroy(&r->lock);
    free(r);
    return NULL;
}

static void drop_all(struct job_list *list)
{
    struct reply_job *job;

    while ((job = STAILQ_FIRST(list)) != NULL) {
        STAILQ_REMOVE_HEAD(list, next);
        reply_job_free(job);
    }
}

void reader_free(struct reader *r)
{
    if (r == NULL)
        return;
    (void)pthread_mutex_lock(&r->lock);
    r->is_ending = true;
    (void)pthread_cond_signal(&r->has_work);
    (void)pthread_mutex_unlock(&r->lock);
    (void)pthread_join(r->thread, NULL);
    drop_all(&r->waiting);
    drop_all(&r->judged);
    (void)pthread_cond_destroy(&r->has_work);
    (void)pthread_mutex_destroy(&r->lock);
    free(r);
}

void reader_put(struct reader *r, struct reply_job *job)
{
    (void)pthread_mutex_lock(&r->lock);
    STAILQ_INSERT_TAIL(&r->waiting, job, next);
    (void)pthread_cond_signal(&r->has_work);
    (void)pthread_mutex_unlock(&r->lock);
}

struct reply_job *reader_take(struct reader *r)
{
    struct reply_job *job;

    (void)pthread_mutex_lock(&r->lock);
    job = STAILQ_FIRST(&r->judged);
    if (job != NULL)
        STAILQ_REMOVE_HEAD(&r->judged, next);
    (void)pthread_mutex_unlock(&r->lock);
    return job;
}
