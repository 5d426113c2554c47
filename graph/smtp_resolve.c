#include "smtp_resolve.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/stop.h"

#include <ares.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { SLICE_MS = 200 };

struct lookup {
    struct smtp_address *out;
    size_t n;
    int status;
    bool is_over;
};

static void on_answer(void *arg, int status, int timeouts, struct ares_addrinfo *found)
{
    struct lookup *l = arg;

    (void)timeouts;
    l->status = status;
    l->is_over = true;
    if (status != ARES_SUCCESS || found == NULL)
        return;
    for (const struct ares_addrinfo_node *a = found->nodes; a != NULL; a = a->ai_next)
        if (l->n < LIMIT_SMTP_ADDRESSES && a->ai_addrlen <= sizeof l->out[0].sa) {
            memcpy(&l->out[l->n].sa, a->ai_addr, a->ai_addrlen);
            l->out[l->n++].len = a->ai_addrlen;
        }
    ares_freeaddrinfo(found);
}

/* One round of waiting for the resolver's sockets. */
static void turn(ares_channel channel)
{
    ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
    struct pollfd fds[ARES_GETSOCK_MAXNUM];
    unsigned bits = (unsigned)ares_getsock(channel, sockets, ARES_GETSOCK_MAXNUM);
    struct timeval slice = {.tv_usec = (suseconds_t)SLICE_MS * 1000};
    struct timeval out;
    const struct timeval *wait = ares_timeout(channel, &slice, &out);
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
    ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD); /* time-outs */
    for (int i = 0; i < n; i++)
        if (fds[i].revents != 0)
            ares_process_fd(channel,
                            (fds[i].revents & (POLLIN | POLLERR | POLLHUP)) != 0 ? fds[i].fd
                                                                                 : ARES_SOCKET_BAD,
                            (fds[i].revents & POLLOUT) != 0 ? fds[i].fd : ARES_SOCKET_BAD);
}

enum err_code smtp_resolve(const char *host, unsigned port, const struct clock_src *clock,
                           int64_t end_ms, struct smtp_address *out, size_t *n, struct err *e)
{
    const struct ares_addrinfo_hints hints = {
        .ai_flags = ARES_AI_NUMERICSERV, .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct lookup l = {.out = out};
    ares_channel channel;
    char service[8];
    int rc = ares_init(&channel);

    if (rc != ARES_SUCCESS)
        return err_set(e, ERR_NET, "resolver: %s", ares_strerror(rc));
    (void)snprintf(service, sizeof service, "%u", port);
    ares_getaddrinfo(channel, host, service, &hints, on_answer, &l);
    while (!l.is_over && e->code == ERR_OK) {
        if (stop_requested())
            err_set(e, ERR_INTERRUPTED, "interrupted");
        else if (clock_mono_ms(clock) >= end_ms)
            err_set(e, ERR_DEADLINE, "%s: no address in time", host);
        else
            turn(channel);
    }
    ares_destroy(channel); /* calls on_answer() for what is still out */
    if (e->code == ERR_OK && l.n == 0)
        err_set(e, ERR_NET, "%s: %s", host,
                l.status == ARES_SUCCESS ? "no address" : ares_strerror(l.status));
    if (e->code == ERR_OK)
        *n = l.n;
    return e->code;
}
