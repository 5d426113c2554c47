#include "proxy.h"

#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "faults.h"
#include "reqlog.h"

enum { SLOTS = 128, HEAD_BYTES = 16 * 1024, IDLE_SECONDS = 60 };

struct proxy {
    struct sim *sim;
    int fd;
    pthread_t acceptor;
    struct slot {
        struct proxy *proxy;
        pthread_t thread;
        int fd, to;
        bool is_used, is_over; /* under sim->lock */
    } slots[SLOTS];
};

static const struct place {
    const char *name; /* a host, or the end of one when it begins with '.' */
    enum service service;
} places[] = {
    {"login.microsoftonline.com", SVC_LOGIN},
    {"graph.microsoft.com", SVC_GRAPH},
    {".office365.com", SVC_EXCHANGE},
};

static bool send_all(int fd, const char *s, size_t n)
{
    while (n > 0) {
        ssize_t k = send(fd, s, n, MSG_NOSIGNAL);

        if (k <= 0)
            return false;
        s += k;
        n -= (size_t)k;
    }
    return true;
}

/* The request up to the empty line; false when it is too long or does not come. */
static bool read_head(int fd, char *head, size_t size)
{
    size_t n = 0;

    while (n + 1 < size) {
        ssize_t k = recv(fd, head + n, 1, 0); /* not a byte of the handshake behind it */

        if (k <= 0)
            return false;
        head[++n] = '\0';
        if (n >= 4 && memcmp(head + n - 4, "\r\n\r\n", 4) == 0)
            return true;
    }
    return false;
}

static const char *header(const char *head, const char *name, size_t *n)
{
    size_t len = strlen(name);

    for (const char *line = strstr(head, "\r\n"); line != NULL; line = strstr(line + 2, "\r\n"))
        if (strncasecmp(line + 2, name, len) == 0 && line[2 + len] == ':') {
            const char *value = line + 3 + len;

            value += strspn(value, " ");
            *n = strcspn(value, "\r\n");
            return value;
        }
    return NULL;
}

static bool may_pass(const struct sim *s, const char *head)
{
    unsigned char code[512];
    size_t n = 0;
    const char *got = header(head, "Proxy-Authorization", &n);
    char *want;
    bool ok;

    if (s->opt.proxy_login == NULL)
        return true;
    if (strlen(s->opt.proxy_login) > 300)
        die("--proxy-login is too long");
    EVP_EncodeBlock(code, (const unsigned char *)s->opt.proxy_login,
                    (int)strlen(s->opt.proxy_login));
    want = xasprintf("Basic %s", (const char *)code);
    ok = got != NULL && n == strlen(want) && memcmp(got, want, n) == 0;
    free(want);
    return ok;
}

static unsigned port_of(const struct sim *s, const char *host, long port)
{
    size_t n = strlen(host);

    if (str_ieq(host, "localhost") || str_eq(host, "127.0.0.1"))
        return (unsigned)port;
    for (size_t i = 0; i < COUNT_OF(places) && port == 443; i++) {
        size_t k = strlen(places[i].name);

        if (str_ieq(host, places[i].name) ||
            (places[i].name[0] == '.' && n > k && str_ieq(host + n - k, places[i].name)))
            return s->ports[places[i].service];
    }
    return s->ports[SVC_STRANGER];
}

static int connect_to(unsigned port)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0 && connect(fd, (struct sockaddr *)&at, sizeof at) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

static void relay(int a, int b)
{
    struct pollfd p[] = {{.fd = a, .events = POLLIN}, {.fd = b, .events = POLLIN}};
    char bytes[16 * 1024];

    while (poll(p, COUNT_OF(p), IDLE_SECONDS * 1000) > 0)
        for (size_t i = 0; i < COUNT_OF(p); i++) {
            ssize_t n = p[i].revents != 0 ? recv(p[i].fd, bytes, sizeof bytes, 0) : 1;

            if (n <= 0 || (p[i].revents != 0 && !send_all(p[1 - i].fd, bytes, (size_t)n)))
                return;
        }
}

static void answer(const struct slot *x, unsigned status)
{
    char text[256];

    snprintf(text, sizeof text,
             "HTTP/1.1 %u %s\r\n%sContent-Length: 0\r\nConnection: close\r\n\r\n", status,
             status == 407 ? "Proxy Authentication Required" : "No",
             status == 407 ? "Proxy-Authenticate: Basic realm=\"simulator\"\r\n" : "");
    (void)send_all(x->fd, text, strlen(text));
}

static void tunnel(struct slot *x, char *target)
{
    struct sim *s = x->proxy->sim;
    char *colon = strrchr(target, ':');
    long port = 443;
    static const char fine[] = "HTTP/1.1 200 Connection established\r\n\r\n";

    if (colon == NULL || !parse_long(colon + 1, 1, 65535, &port))
        return;
    *colon = '\0';
    x->to = connect_to(port_of(s, target, port));
    if (x->to >= 0 && send_all(x->fd, fine, sizeof fine - 1))
        relay(x->fd, x->to);
}

static void serve_one(struct slot *x)
{
    struct sim *s = x->proxy->sim;
    char head[HEAD_BYTES] = "", target[512] = "";
    const struct fault *f;
    unsigned status = 200;
    long n;

    if (!read_head(x->fd, head, sizeof head))
        return;
    if (sscanf(head, "CONNECT %511s HTTP/1.", target) != 1)
        status = 405;
    else if (!may_pass(s, head))
        status = 407;
    f = fault_pick(s, SVC_PROXY, target, NULL, 1);
    if (f != NULL && str_eq(fault_name(f), "reset"))
        status = 0;
    else if (f != NULL)
        status = parse_long(f->value, 100, 599, &n) ? (unsigned)n : 502;
    reqlog_proxy(s->log, target, status, s->opt.proxy_login != NULL ? "asked" : NULL,
                 f != NULL ? f->spec : NULL);
    if (status == 200)
        tunnel(x, target);
    else if (status != 0)
        answer(x, status);
}

static void *serve(void *arg)
{
    struct slot *x = arg;
    struct sim *s = x->proxy->sim;

    serve_one(x);
    pthread_mutex_lock(&s->lock);
    if (x->to >= 0)
        (void)close(x->to);
    (void)close(x->fd);
    x->fd = x->to = -1;
    x->is_over = true;
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

static void start_one(struct proxy *p, int fd)
{
    struct timeval limit = {.tv_sec = IDLE_SECONDS};

    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    for (size_t i = 0; i < SLOTS; i++) {
        struct slot *x = &p->slots[i];
        bool over;

        pthread_mutex_lock(&p->sim->lock);
        over = x->is_over;
        pthread_mutex_unlock(&p->sim->lock);
        if (x->is_used && over) {
            pthread_join(x->thread, NULL);
            x->is_used = x->is_over = false;
        }
        if (x->is_used)
            continue;
        *x = (struct slot){.proxy = p, .fd = fd, .to = -1, .is_used = true};
        if (pthread_create(&x->thread, NULL, serve, x) != 0)
            die("no thread for the proxy");
        return;
    }
    (void)close(fd);
}

static void *accept_all(void *arg)
{
    struct proxy *p = arg;
    int fd;

    while ((fd = accept4(p->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0)
        start_one(p, fd);
    return NULL;
}

struct proxy *proxy_start(struct sim *s)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    struct proxy *p = xcalloc(1, sizeof *p);

    p->sim = s;
    p->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (p->fd < 0 || bind(p->fd, (struct sockaddr *)&at, size) != 0 || listen(p->fd, 64) != 0 ||
        getsockname(p->fd, (struct sockaddr *)&at, &size) != 0 ||
        pthread_create(&p->acceptor, NULL, accept_all, p) != 0)
        die("cannot start the proxy");
    s->ports[SVC_PROXY] = ntohs(at.sin_port);
    return p;
}

void proxy_stop(struct proxy *p)
{
    if (p == NULL)
        return;
    (void)shutdown(p->fd, SHUT_RDWR); /* ends accept4() */
    pthread_join(p->acceptor, NULL);
    for (size_t i = 0; i < SLOTS; i++) {
        struct slot *x = &p->slots[i];

        if (!x->is_used)
            continue;
        pthread_mutex_lock(&p->sim->lock);
        if (x->fd >= 0)
            (void)shutdown(x->fd, SHUT_RDWR);
        if (x->to >= 0)
            (void)shutdown(x->to, SHUT_RDWR);
        pthread_mutex_unlock(&p->sim->lock);
        pthread_join(x->thread, NULL);
    }
    (void)close(p->fd);
    free(p);
}
