#include "dns.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "dns_wire.h"
#include "faults.h"
#include "reqlog.h"
#include "tenant.h"

enum { CHASE_MAX = 8, MESSAGE_MAX = 65535, TCP_TIMEOUT_SECONDS = 5, TCP_IDLE_MS = 50 };

struct dns {
    struct sim *sim;
    int udp, tcp, stop;
    pthread_t thread;
};

/* What became of a question. */
enum outcome { ANSWER, SILENCE };

static const json_t *records_of(const struct dns *d, const char *name)
{
    char key[256];
    size_t n = strlen(name);

    for (size_t i = 0; i <= n && i < sizeof key; i++)
        key[i] = (char)tolower((unsigned char)name[i]);
    key[sizeof key - 1] = '\0';
    return json_object_get(d->sim->tenant->dns, key);
}

static bool has_flag(const json_t *records, const char *flag)
{
    for (size_t i = 0; i < json_array_size(records); i++)
        if (jbool(json_array_get(records, i), flag, false))
            return true;
    return false;
}

/* A name exists when it has records, or when a longer name below it has. */
static bool name_exists(const struct dns *d, const char *name)
{
    json_t *all = d->sim->tenant->dns, *records;
    const char *key;
    size_t n = strlen(name);

    if (records_of(d, name) != NULL)
        return true;
    json_object_foreach(all, key, records)
    {
        size_t k = strlen(key);

        (void)records;
        if (k > n && key[k - n - 1] == '.' && str_ieq(key + k - n, name))
            return true;
    }
    return false;
}

static void add_records(const struct dns *d, struct buf *out, const struct dns_question *q)
{
    const char *owner = q->name;

    for (int hops = 0; hops < CHASE_MAX && owner != NULL; hops++) {
        const json_t *records = records_of(d, owner);
        const char *target = NULL;

        for (size_t i = 0; i < json_array_size(records); i++) {
            const json_t *record = json_array_get(records, i);
            unsigned type = dns_type(jstr(record, "type"));

            if (type != q->type && type != DNS_CNAME)
                continue;
            if (dns_answer_add(out, owner, record) && type == DNS_CNAME && type != q->type)
                target = jstr(record, "value");
        }
        owner = target;
    }
}

static unsigned fault_rcode(const struct fault *f)
{
    static const struct {
        const char *name;
        unsigned rcode;
    } codes[] = {{"SERVFAIL", DNS_SERVFAIL},
                 {"NXDOMAIN", DNS_NXDOMAIN},
                 {"REFUSED", DNS_REFUSED},
                 {"NOTIMP", DNS_NOTIMP}};

    for (size_t i = 0; i < COUNT_OF(codes); i++)
        if (str_ieq(codes[i].name, f->value))
            return codes[i].rcode;
    return DNS_SERVFAIL;
}

static enum outcome respond(const struct dns *d, const unsigned char *msg,
                            const struct dns_question *q, bool tcp, struct buf *out)
{
    const json_t *records = records_of(d, q->name);
    const struct fault *f = fault_pick(d->sim, SVC_DNS, q->name, NULL, 1);
    const char *kind = f != NULL ? fault_name(f) : "";
    unsigned rcode = name_exists(d, q->name) ? DNS_OK : DNS_NXDOMAIN;
    const char *result = rcode == DNS_OK ? "answer" : "NXDOMAIN";

    if (str_eq(kind, "reset") || has_flag(records, "noAnswer")) {
        reqlog_dns(d->sim->log, q->name, dns_type_name(q->type), "silence", tcp,
                   f != NULL ? f->spec : NULL);
        return SILENCE;
    }
    if (f != NULL && str_eq(kind, "slow"))
        sim_sleep_ms(d->sim, f->value != NULL ? strtol(f->value, NULL, 10) : 1000);
    if (f != NULL && str_eq(kind, "status")) {
        rcode = fault_rcode(f);
        result = "fault";
    } else if (has_flag(records, "servfail")) {
        rcode = DNS_SERVFAIL;
        result = "SERVFAIL";
    }
    dns_answer_start(out, msg, q, rcode);
    if (rcode == DNS_OK && !str_eq(kind, "empty"))
        add_records(d, out, q);
    dns_answer_end(out, q);
    if (!tcp && (out->len > q->edns || str_eq(kind, "truncate"))) {
        dns_answer_truncate(out, q);
        result = "truncated";
    }
    reqlog_dns(d->sim->log, q->name, dns_type_name(q->type), result, tcp,
               f != NULL ? f->spec : NULL);
    return ANSWER;
}

static void serve_udp(struct dns *d)
{
    unsigned char msg[1500];
    struct sockaddr_in from;
    socklen_t size = sizeof from;
    ssize_t n = recvfrom(d->udp, msg, sizeof msg, 0, (struct sockaddr *)&from, &size);
    struct dns_question q;
    struct buf out = {0};

    if (n > 0 && dns_question_read(msg, (size_t)n, &q) &&
        respond(d, msg, &q, false, &out) == ANSWER)
        (void)sendto(d->udp, out.data, out.len, 0, (struct sockaddr *)&from, size);
    buf_free(&out);
}

static bool read_all(int fd, unsigned char *to, size_t n)
{
    while (n > 0) {
        ssize_t k = recv(fd, to, n, 0);

        if (k <= 0)
            return false;
        to += k;
        n -= (size_t)k;
    }
    return true;
}

static void serve_tcp(struct dns *d)
{
    int fd = accept4(d->tcp, NULL, NULL, SOCK_CLOEXEC);
    struct timeval limit = {.tv_sec = TCP_TIMEOUT_SECONDS};
    unsigned char head[2], *msg;
    struct dns_question q;
    struct buf out = {0};
    size_t n;

    if (fd < 0)
        return;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    while (read_all(fd, head, 2)) { /* a client may ask again on the same connection */
        n = (size_t)head[0] << 8 | head[1];
        msg = xcalloc(n, 1);
        if (read_all(fd, msg, n) && dns_question_read(msg, n, &q) &&
            respond(d, msg, &q, true, &out) == ANSWER && out.len <= MESSAGE_MAX) {
            unsigned char size[2] = {(unsigned char)(out.len >> 8), (unsigned char)(out.len & 255)};

            (void)send(fd, size, 2, MSG_NOSIGNAL | MSG_MORE);
            (void)send(fd, out.data, out.len, MSG_NOSIGNAL);
            /* One thread serves everybody: an idle connection must not keep UDP waiting. */
            limit = (struct timeval){.tv_usec = TCP_IDLE_MS * 1000};
            (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        } else {
            n = 0;
        }
        free(msg);
        buf_free(&out);
        if (n == 0)
            break;
    }
    (void)close(fd);
}

static void *serve(void *arg)
{
    struct dns *d = arg;
    struct pollfd fds[] = {{.fd = d->stop, .events = POLLIN},
                           {.fd = d->udp, .events = POLLIN},
                           {.fd = d->tcp, .events = POLLIN}};

    for (;;) {
        if (poll(fds, COUNT_OF(fds), -1) < 0)
            continue;
        if (fds[0].revents != 0)
            break;
        if ((fds[1].revents & POLLIN) != 0)
            serve_udp(d);
        if ((fds[2].revents & POLLIN) != 0)
            serve_tcp(d);
    }
    return NULL;
}

static int bound(int type, unsigned port, unsigned *got)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&at, size) != 0 ||
        getsockname(fd, (struct sockaddr *)&at, &size) != 0) {
        if (fd >= 0)
            (void)close(fd);
        return -1;
    }
    *got = ntohs(at.sin_port);
    return fd;
}

struct dns *dns_start(struct sim *s)
{
    struct dns *d = xcalloc(1, sizeof *d);
    unsigned port = 0, same = 0;

    d->sim = s;
    d->udp = d->tcp = -1;
    /* UDP and TCP must share a number; somebody else may hold it for one of them. */
    for (int tries = 0; tries < 50 && d->tcp < 0; tries++) {
        if (d->udp >= 0)
            (void)close(d->udp);
        d->udp = bound(SOCK_DGRAM, 0, &port);
        if (d->udp >= 0)
            d->tcp = bound(SOCK_STREAM, port, &same);
    }
    d->stop = eventfd(0, EFD_CLOEXEC);
    if (d->udp < 0 || d->tcp < 0 || d->stop < 0 || listen(d->tcp, 16) != 0 ||
        pthread_create(&d->thread, NULL, serve, d) != 0)
        die("cannot start the DNS server");
    s->ports[SVC_DNS] = port;
    return d;
}

void dns_stop(struct dns *d)
{
    uint64_t one = 1;

    if (d == NULL)
        return;
    if (write(d->stop, &one, sizeof one) != sizeof one)
        die("cannot stop the DNS server");
    pthread_join(d->thread, NULL);
    (void)close(d->udp);
    (void)close(d->tcp);
    (void)close(d->stop);
    free(d);
}
