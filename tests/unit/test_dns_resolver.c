/* The resolver's thread against a socket that answers, one that is silent, and no socket at all. */
#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "dns_resolver.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* A server that sends every question back as an answer with this RCODE and no records. */
struct server {
    int fd;
    unsigned rcode;
    char address[64];
    pthread_t thread;
};

static void *serve(void *arg)
{
    struct server *s = arg;
    unsigned char msg[512];
    struct sockaddr_in from;
    socklen_t size = sizeof from;
    ssize_t n;

    while ((n = recvfrom(s->fd, msg, sizeof msg, 0, (struct sockaddr *)&from, &size)) >= 12) {
        msg[2] |= 0x80;
        msg[3] = (unsigned char)(0x80 | s->rcode);
        (void)sendto(s->fd, msg, (size_t)n, 0, (struct sockaddr *)&from, size);
        size = sizeof from;
    }
    return NULL;
}

static void server_start(struct server *s, unsigned rcode, bool answers)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;

    s->rcode = rcode;
    s->fd = socket(AF_INET, SOCK_DGRAM, 0);
    assert_true(s->fd >= 0);
    assert_int_equal(bind(s->fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(getsockname(s->fd, (struct sockaddr *)&at, &size), 0);
    (void)snprintf(s->address, sizeof s->address, "127.0.0.1:%u", ntohs(at.sin_port));
    if (answers)
        assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void server_stop(struct server *s, bool answers)
{
    static const char end[] = "x"; /* shorter than a header: serve() returns */
    struct sockaddr_in at;
    socklen_t size = sizeof at;

    if (answers) {
        assert_int_equal(getsockname(s->fd, (struct sockaddr *)&at, &size), 0);
        assert_int_equal(sendto(s->fd, end, 1, 0, (struct sockaddr *)&at, size), 1);
        assert_int_equal(pthread_join(s->thread, NULL), 0);
    }
    assert_int_equal(close(s->fd), 0);
}

static struct dns_walk *one_domain(void)
{
    struct strlist names = {0};
    struct dns_walk *w;

    strlist_add(&names, "a.example");
    w = dns_walk_new(&names, &names);
    strlist_release(&names);
    return w;
}

static bool check_state(void *ctx, const struct dns_row *row)
{
    const char *want = ctx;

    if (strcmp(row->state, want) != 0)
        fail_msg("%s %s: got %s, want %s", row->type, row->name, row->state, want);
    return true;
}

static void the_servers_word_becomes_the_state(void **state)
{
    static const struct {
        unsigned rcode;
        const char *want;
    } cases[] = {{0, "nodata"}, {2, "servfail"}, {3, "nxdomain"}, {5, "error"}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct server s;
        struct dns_job *j = NULL;
        struct err e = ERR_INIT;
        char want[16];
        const struct dns_walk *w;

        (void)snprintf(want, sizeof want, "%s", cases[i].want);
        server_start(&s, cases[i].rcode, true);
        if (dns_job_start(one_domain(), s.address, &j, &e) != ERR_OK)
            fail_msg("%s", e.msg);
        assert_true(dns_job_wait(j, (int64_t)2 * LIMIT_DNS_MS));
        w = dns_job_end(j);
        assert_int_equal(dns_walk_unanswered(w), 0);
        dns_walk_rows(w, check_state, want);
        assert_true(dns_job_asked(j) >= 5);
        dns_job_free(j);
        server_stop(&s, true);
    }
}

static void a_job_can_be_given_up(void **state)
{
    struct server s;
    struct dns_job *j = NULL;
    struct err e = ERR_INIT;
    int64_t start = clock_mono_ms(clock_system());
    const struct dns_walk *w;

    (void)state;
    server_start(&s, 0, false);
    assert_int_equal(dns_job_start(one_domain(), s.address, &j, &e), ERR_OK);
    assert_false(dns_job_wait(j, 20));
    w = dns_job_end(j);
    assert_int_equal(dns_walk_unanswered(w), 5);
    dns_job_free(j);
    server_stop(&s, false);
    assert_true(clock_mono_ms(clock_system()) - start < LIMIT_DNS_MS);
}

static void a_server_is_an_address(void **state)
{
    static const char *const bad[] = {"not an address", "example.com", "300.1.1.1", ""};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct dns_job *j = NULL;
        struct err e = ERR_INIT;

        if (dns_job_start(one_domain(), bad[i], &j, &e) != ERR_USAGE)
            fail_msg("'%s' was taken", bad[i]);
        assert_null(j);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_servers_word_becomes_the_state),
        cmocka_unit_test(a_job_can_be_given_up),
        cmocka_unit_test(a_server_is_an_address),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
