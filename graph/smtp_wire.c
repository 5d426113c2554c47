#include "smtp_wire.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/stop.h"
#include "oneline.h"
#include "smtp_resolve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    SLICE_MS = 200, /* how late a signal may be seen */
    SHOWN_CHARS = 80,
    DISCARD_BYTES = 64 * 1024
};

struct smtp_wire {
    const struct smtp_wire_options *o;
    int fd;
    SSL *ssl;
    bool is_secure; /* the handshake is over */
    char *name;     /* of the server, as TLS is told */
    char peer[INET6_ADDRSTRLEN];
    char local[INET6_ADDRSTRLEN + 8];
    char in[4096];
    size_t at, n; /* of `in` */
};

static int64_t step_end(const struct smtp_wire_options *o)
{
    int64_t end = clock_mono_ms(o->clock) + LIMIT_SMTP_STEP_MS;

    return end < o->until_ms ? end : o->until_ms;
}

/* Waits for the socket. ERR_DEADLINE at `end`. */
static enum err_code wait_for(const struct smtp_wire_options *o, int fd, short events, int64_t end,
                              const char *what, struct err *e)
{
    for (;;) {
        struct pollfd p = {.fd = fd, .events = events};
        int64_t left = end - clock_mono_ms(o->clock);
        int rc;

        if (stop_requested())
            return err_set(e, ERR_INTERRUPTED, "interrupted");
        if (left <= 0)
            return err_set(e, ERR_DEADLINE, "%s:%u: no %s in time", o->host, o->port, what);
        rc = poll(&p, 1, (int)(left < SLICE_MS ? left : SLICE_MS));
        if (rc > 0)
            return ERR_OK;
        if (rc < 0 && errno != EINTR)
            return err_set(e, ERR_NET, "%s:%u: %s", o->host, o->port, strerror(errno));
    }
}

static void name_of(const struct sockaddr *a, char *out)
{
    const void *bytes =
        a->sa_family == AF_INET6
            ? (const void *)&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr
            : (const void *)&((const struct sockaddr_in *)(const void *)a)->sin_addr;

    if (inet_ntop(a->sa_family, bytes, out, INET6_ADDRSTRLEN) == NULL)
        out[0] = '\0';
}

static void note_local(struct smtp_wire *w)
{
    struct sockaddr_storage a = {0};
    socklen_t n = sizeof a;
    char name[INET6_ADDRSTRLEN] = "127.0.0.1";

    if (getsockname(w->fd, (struct sockaddr *)&a, &n) == 0)
        name_of((const struct sockaddr *)&a, name);
    (void)snprintf(w->local, sizeof w->local, "[%s%s]", a.ss_family == AF_INET6 ? "IPv6:" : "",
                   name);
}

static enum err_code connect_one(struct smtp_wire *w, const struct smtp_address *a, struct err *e)
{
    int failure = 0;
    socklen_t n = sizeof failure;

    name_of((const struct sockaddr *)&a->sa, w->peer);
    w->fd = socket(a->sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (w->fd < 0)
        return err_set(e, ERR_NET, "socket: %s", strerror(errno));
    if (connect(w->fd, (const struct sockaddr *)&a->sa, a->len) != 0) {
        if (errno != EINPROGRESS)
            return err_set(e, ERR_NET, "%s port %u: %s", w->peer, w->o->port, strerror(errno));
        if (wait_for(w->o, w->fd, POLLOUT, step_end(w->o), "connection", e) != ERR_OK)
            return e->code;
        if (getsockopt(w->fd, SOL_SOCKET, SO_ERROR, &failure, &n) != 0 || failure != 0)
            return err_set(e, ERR_NET, "%s port %u: %s", w->peer, w->o->port, strerror(failure));
    }
    note_local(w);
    return ERR_OK;
}

enum err_code smtp_wire_open(const struct smtp_wire_options *o, struct smtp_wire **out,
                             struct err *e)
{
    struct smtp_address found[LIMIT_SMTP_ADDRESSES];
    size_t n = 0;
    struct smtp_wire *w = xcalloc(1, sizeof *w);

    w->o = o;
    w->fd = -1;
    if (smtp_resolve(o->host, o->port, o->clock, step_end(o), found, &n, e) != ERR_OK)
        goto out;
    for (size_t i = 0; i < n; i++) {
        err_clear(e);
        if (connect_one(w, &found[i], e) == ERR_OK || e->code == ERR_INTERRUPTED ||
            clock_mono_ms(o->clock) >= o->until_ms)
            break;
        if (w->fd >= 0)
            (void)close(w->fd);
        w->fd = -1;
    }
out:
    if (e->code == ERR_OK)
        *out = w;
    else
        smtp_wire_close(w);
    return e->code;
}

void smtp_wire_close(struct smtp_wire *w)
{
    if (w == NULL)
        return;
    SSL_free(w->ssl);
    free(w->name);
    if (w->fd >= 0)
        (void)close(w->fd);
    free(w);
}

const char *smtp_wire_peer(const struct smtp_wire *w)
{
    return w->peer;
}

const char *smtp_wire_local(const struct smtp_wire *w)
{
    return w->local;
}

static enum err_code tls_error(const struct smtp_wire *w, const char *what, int rc, struct err *e)
{
    unsigned long code = ERR_peek_error();
    const char *reason = code != 0 ? ERR_reason_error_string(code) : NULL;
    int why = SSL_get_error(w->ssl, rc);
    bool is_end = why == SSL_ERROR_SYSCALL || why == SSL_ERROR_ZERO_RETURN ||
                  ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING;

    ERR_clear_error();
    if (is_end && w->is_secure)
        return err_set(e, ERR_NET, "%s:%u: the server closed the connection", w->o->host,
                       w->o->port);
    return err_set(e, ERR_TLS, "%s:%u: %s: %s", w->o->host, w->o->port, what,
                   is_end           ? "the server closed the connection"
                   : reason != NULL ? reason
                                    : "failure");
}

/* After an SSL call that returned rc <= 0: ERR_OK to call it again. */
static enum err_code tls_again(const struct smtp_wire *w, int rc, int64_t end, const char *what,
                               struct err *e)
{
    int why = SSL_get_error(w->ssl, rc);

    if (why == SSL_ERROR_WANT_READ)
        return wait_for(w->o, w->fd, POLLIN, end, what, e);
    if (why == SSL_ERROR_WANT_WRITE)
        return wait_for(w->o, w->fd, POLLOUT, end, what, e);
    return tls_error(w, what, rc, e);
}

/* At least one more byte into `in`, which is empty. */
static enum err_code fill(struct smtp_wire *w, int64_t end, struct err *e)
{
    w->at = w->n = 0;
    while (e->code == ERR_OK && w->n == 0) {
        ssize_t got;

        if (w->ssl != NULL) {
            int rc;

            ERR_clear_error();
            rc = SSL_read(w->ssl, w->in, (int)sizeof w->in);
            if (rc > 0)
                w->n = (size_t)rc;
            else
                (void)tls_again(w, rc, end, "answer", e);
            /* bytes that only trickle in must not outlast the step */
            if (e->code == ERR_OK && clock_mono_ms(w->o->clock) >= end)
                err_set(e, ERR_DEADLINE, "%s:%u: no answer in time", w->o->host, w->o->port);
            continue;
        }
        if (wait_for(w->o, w->fd, POLLIN, end, "answer", e) != ERR_OK)
            break;
        got = recv(w->fd, w->in, sizeof w->in, 0);
        if (got > 0)
            w->n = (size_t)got;
        else if (got == 0)
            err_set(e, ERR_NET, "%s:%u: the server closed the connection", w->o->host, w->o->port);
        else if (errno != EINTR && errno != EAGAIN)
            err_set(e, ERR_NET, "%s:%u: %s", w->o->host, w->o->port, strerror(errno));
    }
    return e->code;
}

/* One line without CRLF. A bare LF ends it too: it is the server's business, not ours. */
static enum err_code read_line(struct smtp_wire *w, struct buf *line, int64_t end, struct err *e)
{
    for (;;) {
        char c;

        if (w->at == w->n && fill(w, end, e) != ERR_OK)
            return e->code;
        c = w->in[w->at++];
        if (c == '\n')
            break;
        if (c == '\0')
            c = ' ';
        buf_addc(line, c);
        if (line->failed)
            return err_set(e, ERR_NET, "%s:%u: a reply line longer than %d bytes", w->o->host,
                           w->o->port, LIMIT_SMTP_LINE_BYTES);
    }
    if (line->n > 0 && line->p[line->n - 1] == '\r')
        line->p[--line->n] = '\0';
    return ERR_OK;
}

/* What must not be shown becomes "***", should a server repeat it. */
static char *without_secrets(const struct smtp_wire *w, const char *text)
{
    char *out = xstrdup(text);

    for (size_t i = 0; i < w->o->hide.n; i++) {
        const char *secret = w->o->hide.v[i];
        const char *at;

        while (*secret != '\0' && (at = strstr(out, secret)) != NULL) {
            char *next = xasprintf("%.*s***%s", (int)(at - out), out, at + strlen(secret));

            secret_wipe(out, strlen(out));
            free(out);
            out = next;
            if (strstr("***", secret) != NULL) /* a password of stars would go on for ever */
                break;
        }
    }
    return out;
}

static enum err_code not_smtp(const struct smtp_wire *w, const char *line, struct err *e)
{
    struct buf shown;

    buf_init(&shown, (size_t)SHOWN_CHARS * 4 + 8);
    oneline_add(&shown, line, strlen(line), SHOWN_CHARS);
    err_set(e, ERR_NET, "%s:%u does not speak SMTP: \"%s\"", w->o->host, w->o->port, shown.p);
    buf_release(&shown);
    return e->code;
}

/* Takes one line of a reply; *more: others follow. */
static enum err_code take_line(struct smtp_wire *w, const char *line, struct probe_reply *r,
                               bool *more, struct err *e)
{
    int code = 0;
    char *text;

    for (int i = 0; i < 3; i++) {
        if (line[i] < '0' || line[i] > '9')
            return not_smtp(w, line, e);
        code = code * 10 + (line[i] - '0');
    }
    if ((line[3] != ' ' && line[3] != '-' && line[3] != '\0') || code < 200 || code > 599 ||
        (r->code != 0 && code != r->code))
        return not_smtp(w, line, e);
    r->code = code;
    *more = line[3] == '-';
    text = line[3] != '\0' ? without_secrets(w, line + 4) : xstrdup("");
    strlist_add(&r->lines, text);
    if (w->o->line != NULL) {
        char *shown = xasprintf("%d%c%s", code, *more ? '-' : ' ', text);

        w->o->line(w->o->line_ctx, true, shown);
        free(shown);
    }
    free(text);
    return ERR_OK;
}

enum err_code smtp_wire_read(struct smtp_wire *w, struct probe_reply *r, struct err *e)
{
    int64_t end = step_end(w->o);
    struct buf line;
    bool more = true;

    buf_init(&line, LIMIT_SMTP_LINE_BYTES);
    while (e->code == ERR_OK && more) {
        buf_clear(&line);
        if (r->lines.n >= LIMIT_SMTP_REPLY_LINES)
            err_set(e, ERR_NET, "%s:%u: a reply of more than %d lines", w->o->host, w->o->port,
                    LIMIT_SMTP_REPLY_LINES);
        else if (read_line(w, &line, end, e) == ERR_OK)
            (void)take_line(w, line.p, r, &more, e);
    }
    secret_wipe(line.p, line.n); /* a server may repeat what it was sent */
    buf_release(&line);
    if (e->code != ERR_OK) { /* half a reply is none */
        r->code = 0;
        strlist_release(&r->lines);
    }
    return e->code;
}

static enum err_code write_all(struct smtp_wire *w, const char *bytes, size_t n, struct err *e)
{
    int64_t end = step_end(w->o);

    while (e->code == ERR_OK && n > 0) {
        ssize_t sent = 0;

        if (w->ssl != NULL) {
            int rc;

            ERR_clear_error();
            rc = SSL_write(w->ssl, bytes, (int)n);
            if (rc > 0)
                sent = rc;
            else
                (void)tls_again(w, rc, end, "room to send", e);
        } else if (wait_for(w->o, w->fd, POLLOUT, end, "room to send", e) == ERR_OK) {
            sent = send(w->fd, bytes, n, MSG_NOSIGNAL);
            if (sent < 0 && errno != EINTR && errno != EAGAIN)
                err_set(e, ERR_NET, "%s:%u: %s", w->o->host, w->o->port, strerror(errno));
        }
        if (sent > 0) {
            bytes += sent;
            n -= (size_t)sent;
        }
    }
    return e->code;
}

enum err_code smtp_wire_send(struct smtp_wire *w, const char *line, const char *shown,
                             struct err *e)
{
    size_t n = strlen(line) + 2;
    char *bytes = xcalloc(n + 1, 1); /* at its full size: it may hold a secret */

    (void)snprintf(bytes, n + 1, "%s\r\n", line);
    if (w->o->line != NULL)
        w->o->line(w->o->line_ctx, false, shown != NULL ? shown : line);
    (void)write_all(w, bytes, n, e);
    secret_wipe(bytes, n);
    free(bytes);
    return e->code;
}

size_t smtp_wire_discard(struct smtp_wire *w)
{
    size_t n = w->n - w->at;
    ssize_t got;

    /* and what has come since: nothing may come before our ClientHello */
    while (w->ssl == NULL && n < DISCARD_BYTES &&
           (got = recv(w->fd, w->in, sizeof w->in, MSG_DONTWAIT)) > 0)
        n += (size_t)got;
    w->at = w->n = 0;
    return n;
}

enum err_code smtp_wire_start_tls(struct smtp_wire *w, SSL_CTX *ctx, struct err *e)
{
    int64_t end = step_end(w->o);
    unsigned char address[16];
    bool is_literal = inet_pton(AF_INET, w->o->host, address) == 1 ||
                      inet_pton(AF_INET6, w->o->host, address) == 1;
    int rc = 0;

    ERR_clear_error();
    w->name = xstrdup(w->o->host);
    w->ssl = SSL_new(ctx);
    if (w->ssl == NULL || SSL_set_fd(w->ssl, w->fd) != 1)
        return err_set(e, ERR_TLS, "TLS: no session");
    SSL_set_hostflags(w->ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (is_literal ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(w->ssl), w->o->host) != 1
                   : SSL_set_tlsext_host_name(w->ssl, w->name) != 1 ||
                         SSL_set1_host(w->ssl, w->o->host) != 1)
        return err_set(e, ERR_TLS, "TLS: '%s' cannot be a server's name", w->o->host);
    SSL_set_connect_state(w->ssl);
    while (e->code == ERR_OK && rc != 1) {
        rc = SSL_do_handshake(w->ssl);
        if (rc != 1)
            (void)tls_again(w, rc, end, "TLS handshake", e);
    }
    w->is_secure = e->code == ERR_OK;
    return e->code;
}

SSL *smtp_wire_ssl(const struct smtp_wire *w)
{
    return w->ssl;
}
