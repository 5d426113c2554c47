/* Any bytes as a submission server's side of the conversation, before TLS: sent at once over a
 * loopback connection, then silence. */
#include "base/clock.h"
#include "graph/smtp_probe.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(int holds)
{
    if (!holds)
        abort();
}

struct server {
    int fd;
    const uint8_t *data;
    size_t size;
};

static void *serve(void *ctx)
{
    struct server *s = ctx;
    int client = accept(s->fd, NULL, NULL);
    char rest[256];

    need(client >= 0);
    (void)send(client, s->data, s->size, MSG_NOSIGNAL);
    (void)shutdown(client, SHUT_WR);
    while (recv(client, rest, sizeof rest, 0) > 0)
        ;
    (void)close(client);
    return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a;
    struct server s = {socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), data, size};
    struct secret secret = {0};
    struct smtp_probe p;
    struct err e = ERR_INIT;
    pthread_t thread;
    struct smtp_probe_options o = {.host = "127.0.0.1",
                                   .address = "user@example.com",
                                   .auth = PROBE_AUTH_LOGIN,
                                   .secret = &secret,
                                   .send_to = "x@example.com",
                                   .deadline_ms = 2000,
                                   .clock = clock_system()};

    need(s.fd >= 0 && bind(s.fd, (struct sockaddr *)&a, n) == 0 && listen(s.fd, 1) == 0 &&
         getsockname(s.fd, (struct sockaddr *)&a, &n) == 0);
    o.port = ntohs(a.sin_port);
    secret_set(&secret, "s3cret", 6);
    need(pthread_create(&thread, NULL, serve, &s) == 0);
    (void)smtp_probe_run(&o, &p, &e);
    need(pthread_join(thread, NULL) == 0);
    need(!p.is_auth_sent && !p.is_mail_sent && p.tls_version == NULL); /* never without TLS */
    for (size_t i = 0; i < PROBE_STEP_COUNT; i++)
        need(p.replies[i].code == 0 || (p.replies[i].code >= 200 && p.replies[i].code <= 599));
    smtp_probe_release(&p);
    secret_release(&secret);
    (void)close(s.fd);
    return 0;
}
