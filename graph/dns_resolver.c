#include "dns_resolver.h"

#include "base/limits.h"
#include "base/mem.h"

#include <ares.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    AGAIN = 3,         /* times a question is put again that went down with a connection */
    IN_FLIGHT = 24,    /* questions out at a time: a caching resolver takes that without loss */
    TRIES = 2,         /* each waits longer than the one before: LIMIT_DNS_MS together */
    SLICE_MS = 100,    /* how late a cancellation may be seen */
    EDNS_BYTES = 1232, /* what fits into one packet everywhere (DNS Flag Day 2020) */
    CLASS_IN = 1
};

struct dns_job {
    struct dns_walk *walk;
    ares_channel channel;
    bool has_channel, is_joined;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t over;
    bool is_over; /* under lock */
    atomic_bool cancel;
    unsigned out;   /* the thread's */
    uint64_t asked; /* the thread's until it is joined */
};

struct query {
    struct dns_job *job;
    struct dns_question q;
    unsigned again; /* times it was put again */
};

static enum dns_state state_of(int status)
{
    static const struct {
        int status;
        enum dns_state state;
    } states[] = {
        {ARES_SUCCESS, DNS_FOUND},      {ARES_ENODATA, DNS_NODATA},
        {ARES_ENOTFOUND, DNS_NXDOMAIN}, {ARES_ESERVFAIL, DNS_SERVFAIL},
        {ARES_ETIMEOUT, DNS_TIMEOUT},
    };

    for (size_t i = 0; i < COUNT_OF(states); i++)
        if (states[i].status == status)
            return states[i].state;
    return DNS_ERROR;
}

static void on_answer(void *arg, int status, int timeouts, unsigned char *msg, int n)
{
    struct query *query = arg;
    struct dns_job *j = query->job;
    enum dns_state state = state_of(status);
    struct strlist values = {0};
    bool is_cut = false;

    (void)timeouts;
    /* A server that closes its TCP connection (to which a truncated answer led) makes c-ares give
     * up whatever else is in flight there, UDP too: nothing was said about these names. */
    if (status == ARES_ECONNREFUSED && query->again < AGAIN && !atomic_load(&j->cancel)) {
        query->again++;
        ares_query(j->channel, query->q.name, CLASS_IN, (int)dns_type_number(query->q.type),
                   on_answer, query);
        return;
    }
    j->out--;
    if (status != ARES_ECANCELLED && status != ARES_EDESTRUCTION) {
        if (state == DNS_FOUND)
            state = dns_reply_read(msg, n > 0 ? (size_t)n : 0, query->q.type, &values, &is_cut);
        dns_walk_answer(j->walk, query->q.id, state, &values, is_cut);
    }
    strlist_release(&values);
    free(query);
}

static void ask_more(struct dns_job *j)
{
    struct dns_question q;

    while (j->out < IN_FLIGHT && dns_walk_next(j->walk, &q)) {
        struct query *query = xcalloc(1, sizeof *query);

        *query = (struct query){j, q, 0};
        j->out++;
        j->asked++;
        /* May call back at once: on_answer() counts down again. */
        ares_query(j->channel, q.name, CLASS_IN, (int)dns_type_number(q.type), on_answer, query);
    }
}

static void wait_for_sockets(struct dns_job *j)
{
    ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
    struct pollfd fds[ARES_GETSOCK_MAXNUM];
    /* Not with c-ares' own macros: they shift a signed 1 by 31. */
    unsigned bits = (unsigned)ares_getsock(j->channel, sockets, ARES_GETSOCK_MAXNUM);
    struct timeval slice = {.tv_usec = (suseconds_t)SLICE_MS * 1000};
    struct timeval out;
    const struct timeval *wait = ares_timeout(j->channel, &slice, &out);
    int n = 0;

    for (int i = 0; i < ARES_GETSOCK_MAXNUM; i++) {
        short events = 0;

        if ((bits >> i & 1U) != 0)
            events |= POLLIN;
        if ((bits >> (i + ARES_GETSOCK_MAXNUM) & 1U) != 0)
            events |= POLLOUT;
        if (events != 0)
            fds[n++] = (struct pollfd){.fd = sockets[i], .events = events};
    }
    (void)poll(fds, (nfds_t)n, (int)(wait->tv_sec * 1000 + wait->tv_usec / 1000));
    /* Also without an event: this is where time-outs are noticed. */
    ares_process_fd(j->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    for (int i = 0; i < n; i++)
        if (fds[i].revents != 0)
            ares_process_fd(j->channel,
                            (fds[i].revents & (POLLIN | POLLERR | POLLHUP)) != 0 ? fds[i].fd
                                                                                 : ARES_SOCKET_BAD,
                            (fds[i].revents & POLLOUT) != 0 ? fds[i].fd : ARES_SOCKET_BAD);
}

static void *work(void *arg)
{
    struct dns_job *j = arg;

    ask_more(j);
    while (j->out > 0 && !atomic_load(&j->cancel)) {
        wait_for_sockets(j);
        ask_more(j);
    }
    ares_cancel(j->channel);
    (void)pthread_mutex_lock(&j->lock);
    j->is_over = true;
    (void)pthread_cond_signal(&j->over);
    (void)pthread_mutex_unlock(&j->lock);
    return NULL;
}

static enum err_code init_channel(struct dns_job *j, int flags, const char *server, struct err *e)
{
    struct ares_options options = {
        .flags = ARES_FLAG_EDNS | flags,
        .timeout = LIMIT_DNS_MS / ((1 << TRIES) - 1), /* the tries wait T, 2T, ... */
        .tries = TRIES,
        .ednspsz = EDNS_BYTES,
    };
    int rc =
        ares_init_options(&j->channel, &options,
                          ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_EDNSPSZ);

    if (rc != ARES_SUCCESS)
        return err_set(e, ERR_NET, "resolver: %s", ares_strerror(rc));
    j->has_channel = true;
    if (server != NULL &&
        (*server == '\0' || ares_set_servers_ports_csv(j->channel, server) != ARES_SUCCESS))
        return err_set(e, ERR_USAGE, "DNS server '%s' is not an address with an optional port",
                       server);
    return ERR_OK;
}

static bool has_one_server(struct dns_job *j)
{
    struct ares_addr_port_node *servers = NULL;
    bool one;

    if (ares_get_servers_ports(j->channel, &servers) != ARES_SUCCESS)
        return false;
    one = servers != NULL && servers->next == NULL;
    ares_free_data(servers);
    return one;
}

/* With several servers a refusal or failure of one sends the question to the next, and what is left
 * in the end has no name. With one server there is no next: then its own words are wanted. */
static enum err_code open_channel(struct dns_job *j, const char *server, struct err *e)
{
    enum err_code code = init_channel(j, 0, server, e);

    if (code != ERR_OK || !has_one_server(j))
        return code;
    ares_destroy(j->channel);
    j->has_channel = false;
    return init_channel(j, ARES_FLAG_NOCHECKRESP, server, e);
}

/* Signals are for the main thread. */
static enum err_code start_thread(struct dns_job *j, struct err *e)
{
    sigset_t all;
    sigset_t old;
    int rc;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &old);
    rc = pthread_create(&j->thread, NULL, work, j);
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (rc != 0)
        return err_set(e, ERR_IO, "cannot start a thread: %s", strerror(rc));
    j->is_joined = false;
    return ERR_OK;
}

enum err_code dns_job_start(struct dns_walk *walk, const char *server, struct dns_job **out,
                            struct err *e)
{
    struct dns_job *j = xcalloc(1, sizeof *j);
    pthread_condattr_t attr;
    enum err_code code;

    j->walk = walk;
    j->is_joined = true;
    (void)pthread_mutex_init(&j->lock, NULL);
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&j->over, &attr);
    (void)pthread_condattr_destroy(&attr);
    (void)ares_library_init(ARES_LIB_INIT_ALL); /* counts its calls */
    code = open_channel(j, server, e);
    if (code == ERR_OK)
        code = start_thread(j, e);
    if (code != ERR_OK) {
        dns_job_free(j);
        return code;
    }
    *out = j;
    return ERR_OK;
}

bool dns_job_wait(struct dns_job *j, int64_t wait_ms)
{
    struct timespec until;
    bool over;

    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)(wait_ms / 1000);
    until.tv_nsec += (long)(wait_ms % 1000) * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    (void)pthread_mutex_lock(&j->lock);
    while (!j->is_over && pthread_cond_timedwait(&j->over, &j->lock, &until) == 0)
        ;
    over = j->is_over;
    (void)pthread_mutex_unlock(&j->lock);
    return over;
}

const struct dns_walk *dns_job_end(struct dns_job *j)
{
    atomic_store(&j->cancel, true);
    if (!j->is_joined) {
        (void)pthread_join(j->thread, NULL);
        j->is_joined = true;
    }
    return j->walk;
}

uint64_t dns_job_asked(const struct dns_job *j)
{
    return j->asked;
}

void dns_job_free(struct dns_job *j)
{
    if (j == NULL)
        return;
    (void)dns_job_end(j);
    if (j->has_channel)
        ares_destroy(j->channel);
    ares_library_cleanup();
    (void)pthread_cond_destroy(&j->over);
    (void)pthread_mutex_destroy(&j->lock);
    dns_walk_free(j->walk);
    free(j);
}
