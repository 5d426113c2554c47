/* Replies are judged on another thread as they would be on this one, and come back in order. */
#include "base/mem.h"
#include "pack.h"
#include "reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>


#include <cmocka.h>
#include <semaphore.h>

enum { JOBS = 200 };

static sem_t woken;

static void wake(void *ctx)
{
    (void)ctx;
    (void)sem_post(&woken);
}

/* Every third reply is cut off, every third one is read by jansson, the others are packed. */
static struct reply_job *job_of(unsigned i)
{
    const struct reply_facts f = {
        .client_request_id = "c", .failed = i, .pack = i % 3 == 1 ? &pack_cas_mailboxes : NULL};
    struct buf body;
    struct transfer_reply r = {.code = ERR_OK,
                               .trouble = "",
                               .status = 200,
                               .request_id = "11111111-2222-4333-8444-555555555555",
                               .taken_body = &body};
    struct reply_job *job;

    buf_init(&body, SIZE_MAX);
    buf_addf(&body, "{\"value\":[{\"Guid\":\"g%u\",\"ImapEnabled\":true,\"PopEnabled\":null}]%s", i,
             i % 3 == 0 ? "" : "}");
    r.body = body.p;
    r.body_len = body.n;
    job = reply_job_new(NULL, &f, &r);
    assert_int_equal(body.n, 0); /* taken */
    buf_release(&body);
    return job;
}

static void check(const struct reply_job *job, unsigned i)
{
    const struct reply_judgement *j = &job->judgement;

    assert_int_equal(job->facts.failed, i);
    assert_int_equal(j->next == REPLY_PAGE, i % 3 != 0);
    assert_int_equal(j->page.pack != NULL, i % 3 == 1);
    assert_int_equal(j->page.root != NULL, i % 3 == 2);
    assert_non_null(strstr(j->ids, "11111111-2222"));
    if (i % 3 == 1)
        assert_int_equal(j->page.pack->taken, 1);
}

static void comes_back_in_order(void **state)
{
    struct reader *r;
    unsigned taken = 0;

    (void)state;
    assert_int_equal(sem_init(&woken, 0, 0), 0);
    r = reader_new(wake, NULL);
    assert_non_null(r);
    assert_null(reader_take(r));
    for (unsigned i = 0; i < JOBS; i++)
        reader_put(r, job_of(i));
    while (taken < JOBS) {
        struct timespec until;
        struct reply_job *job;

        assert_int_equal(clock_gettime(CLOCK_REALTIME, &until), 0);
        until.tv_sec += 60; /* a lost call fails the test rather than hanging it */
        assert_int_equal(sem_timedwait(&woken, &until), 0);
        job = reader_take(r);
        assert_non_null(job);
        check(job, taken++);
        reply_job_free(job);
    }
    assert_null(reader_take(r));
    reader_free(r);
    (void)sem_destroy(&woken);
}

/* Whatever is waiting, being read or judged then. */
static void ends_at_any_time(void **state)
{
    (void)state;
    assert_int_equal(sem_init(&woken, 0, 0), 0);
    for (unsigned n = 0; n < 50; n++) {
        struct reader *r = reader_new(wake, NULL);

        assert_non_null(r);
        for (unsigned i = 0; i < n; i++)
            reader_put(r, job_of(i));
        reader_free(r);
    }
    reader_free(NULL);
    reply_job_free(NULL);
    (void)sem_destroy(&woken);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back_in_order),
        cmocka_unit_test(ends_at_any_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
