/* A small HTTPS server on loopback for tests of the client: one thread a connection, HTTP/1.1 with
 * keep-alive, a certificate of its own that is made at start. A handler answers each request; calls
 * of it never overlap. */
#ifndef TESTS_TLS_SERVER_H
#define TESTS_TLS_SERVER_H
#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { TLS_TEXT = 16 * 1024, TLS_CONNECTIONS = 64 };

struct tls_request {
    char method[16], path[4096];
    char head[TLS_TEXT]; /* request line and headers */
    char body[TLS_TEXT];
};

struct tls_reply {
    int status;
    char headers[1024]; /* "Name: value\r\n"... */
    char body[TLS_TEXT];
    size_t announce; /* Content-Length, if not the body's */
    bool hang;       /* no reply: wait until the server stops */
    bool drop;       /* no reply: close */
};

struct tls_server {
    int fd;
    unsigned port;
    char url[64];
    char ca_file[64]; /* the server's own certificate */
    SSL_CTX *ctx;
    EVP_PKEY *key;
    X509 *cert;
    pthread_t acceptor;
    pthread_t threads[TLS_CONNECTIONS];
    int sockets[TLS_CONNECTIONS];
    size_t connections;
    pthread_mutex_t lock;
    volatile bool stopping;
    void (*handler)(void *ctx, const struct tls_request *q, struct tls_reply *r);
    void *handler_ctx;
};

static inline X509 *tls_make_cert(EVP_PKEY *key, const char *san)
{
    X509 *x = X509_new();
    X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, san);
    X509_EXTENSION *ca = X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, "CA:TRUE");

    assert_true(x != NULL && ext != NULL && ca != NULL);
    assert_int_equal(X509_set_version(x, X509_VERSION_3), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x), 1), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(x), -3600));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(x), 3600));
    assert_int_equal(X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                                                (const unsigned char *)"test", -1, -1, 0),
                     1);
    assert_int_equal(X509_set_issuer_name(x, X509_get_subject_name(x)), 1);
    assert_int_equal(X509_set_pubkey(x, key), 1);
    assert_int_equal(X509_add_ext(x, ext, -1), 1);
    assert_int_equal(X509_add_ext(x, ca, -1), 1);
    assert_true(X509_sign(x, key, EVP_sha256()) > 0);
    X509_EXTENSION_free(ext);
    X509_EXTENSION_free(ca);
    return x;
}

/* Two keys, made once and freed with the program: servers take turns, so that the certificate of
 * one says nothing about its neighbour. */
static inline EVP_PKEY *tls_key(void)
{
    static EVP_PKEY *keys[2];
    static size_t turn;
    EVP_PKEY **k = &keys[turn++ % 2];

    if (*k == NULL)
        *k = EVP_RSA_gen(2048);
    assert_non_null(*k);
    return *k;
}

/* One request into q; false at the end of the connection. */
static inline bool tls_read_request(SSL *ssl, struct tls_request *q)
{
    static const char length[] = "\r\nContent-Length: ";
    size_t n = 0;
    char *end = NULL;
    const char *cl;
    size_t want = 0;
    size_t have;

    memset(q, 0, sizeof *q);
    while (end == NULL && n < sizeof q->head - 1) {
        int got = SSL_read(ssl, q->head + n, (int)(sizeof q->head - 1 - n));

        if (got <= 0)
            return false;
        n += (size_t)got;
        end = strstr(q->head, "\r\n\r\n");
    }
    if (end == NULL || sscanf(q->head, "%15s %4095s", q->method, q->path) != 2)
        return false;
    cl = strcasestr(q->head, length);
    if (cl != NULL)
        want = strtoul(cl + sizeof length - 1, NULL, 10);
    have = n - (size_t)(end + 4 - q->head);
    if (want >= sizeof q->body || have > want)
        return false;
    memcpy(q->body, end + 4, have);
    end[2] = '\0';
    while (have < want) {
        int got = SSL_read(ssl, q->body + have, (int)(want - have));

        if (got <= 0)
            return false;
        have += (size_t)got;
    }
    return true;
}

static inline bool tls_write(SSL *ssl, const char *text)
{
    int n = (int)strlen(text);

    return n == 0 || SSL_write(ssl, text, n) == n;
}

struct tls_connection {
    struct tls_server *server;
    int fd;
};

static inline void *tls_serve(void *ctx)
{
    struct tls_connection *c = ctx;
    struct tls_server *s = c->server;
    SSL *ssl = SSL_new(s->ctx);
    struct tls_request *q = calloc(1, sizeof *q);
    struct tls_reply *r = calloc(1, sizeof *r);
    char head[2048];

    if (ssl != NULL && q != NULL && r != NULL && SSL_set_fd(ssl, c->fd) == 1 &&
        SSL_accept(ssl) == 1)
        while (tls_read_request(ssl, q)) {
            memset(r, 0, sizeof *r);
            (void)pthread_mutex_lock(&s->lock);
            s->handler(s->handler_ctx, q, r);
            (void)pthread_mutex_unlock(&s->lock);
            if (r->hang) {
                char c1;

                (void)SSL_read(ssl, &c1, 1); /* returns when the socket is shut down */
                break;
            }
            if (r->drop)
                break;
            (void)snprintf(head, sizeof head, "HTTP/1.1 %d x\r\nContent-Length: %zu\r\n%s\r\n",
                           r->status, r->announce > 0 ? r->announce : strlen(r->body), r->headers);
            if (!tls_write(ssl, head) || !tls_write(ssl, r->body) || r->announce > 0)
                break;
        }
    free(q);
    free(r);
    SSL_free(ssl);
    (void)shutdown(c->fd, SHUT_RDWR);
    free(c);
    return NULL;
}

static inline void *tls_accept(void *ctx)
{
    struct tls_server *s = ctx;

    while (!s->stopping && s->connections < TLS_CONNECTIONS) {
        int fd = accept(s->fd, NULL, NULL);
        struct tls_connection *c;

        if (fd < 0)
            break;
        c = calloc(1, sizeof *c);
        if (c == NULL)
            break;
        c->server = s;
        c->fd = fd;
        s->sockets[s->connections] = fd;
        if (pthread_create(&s->threads[s->connections], NULL, tls_serve, c) != 0) {
            free(c);
            break;
        }
        s->connections++;
    }
    return NULL;
}

static inline struct tls_server *
tls_server_start(void (*handler)(void *ctx, const struct tls_request *q, struct tls_reply *r),
                 void *ctx)
{
    struct tls_server *s = calloc(1, sizeof *s);
    struct sockaddr_in a = {.sin_family = AF_INET};
    socklen_t n = sizeof a;
    FILE *f;
    int fd;

    assert_non_null(s);
    (void)signal(SIGPIPE, SIG_IGN);
    s->handler = handler;
    s->handler_ctx = ctx;
    assert_int_equal(pthread_mutex_init(&s->lock, NULL), 0);
    s->key = tls_key();
    s->cert = tls_make_cert(s->key, "DNS:localhost");
    s->ctx = SSL_CTX_new(TLS_server_method());
    assert_true(s->ctx != NULL && SSL_CTX_use_certificate(s->ctx, s->cert) == 1 &&
                SSL_CTX_use_PrivateKey(s->ctx, s->key) == 1);
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(s->fd >= 0 && bind(s->fd, (struct sockaddr *)&a, sizeof a) == 0 &&
                listen(s->fd, 64) == 0 && getsockname(s->fd, (struct sockaddr *)&a, &n) == 0);
    s->port = ntohs(a.sin_port);
    (void)snprintf(s->url, sizeof s->url, "https://localhost:%u", s->port);
    (void)snprintf(s->ca_file, sizeof s->ca_file, "/tmp/test-ca-XXXXXX");
    fd = mkstemp(s->ca_file);
    f = fd >= 0 ? fdopen(fd, "w") : NULL;
    assert_true(f != NULL && PEM_write_X509(f, s->cert) == 1 && fclose(f) == 0);
    assert_int_equal(pthread_create(&s->acceptor, NULL, tls_accept, s), 0);
    return s;
}

static inline void tls_server_stop(struct tls_server *s)
{
    s->stopping = true;
    (void)shutdown(s->fd, SHUT_RDWR);
    (void)pthread_join(s->acceptor, NULL);
    for (size_t i = 0; i < s->connections; i++) {
        (void)shutdown(s->sockets[i], SHUT_RDWR);
        (void)pthread_join(s->threads[i], NULL);
        (void)close(s->sockets[i]);
    }
    (void)close(s->fd);
    (void)unlink(s->ca_file);
    X509_free(s->cert);
    SSL_CTX_free(s->ctx);
    (void)pthread_mutex_destroy(&s->lock);
    free(s);
}

#endif
