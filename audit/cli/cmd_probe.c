/* cmd_probe.c - ask the real submission server, and explain what it answers. */
#include "base/fsx.h"
#include "base/jsonx.h"
#include "base/limits.h"
#include "base/mem.h"
#include "commands.h"
#include "context.h"
#include "exitcode.h"
#include "explain_view.h"
#include "graph/cloud.h"
#include "graph/smtp_probe.h"
#include "probe_view.h"
#include "rules/explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PORT = 587 };

/* "host", "host:port", "[v6]:port"; fills *host (owned). */
static enum err_code read_server(const char *text, char **host, unsigned *port, struct err *e)
{
    const char *colon = strrchr(text, ':');
    size_t n = strlen(text);
    int64_t number = PORT;

    if (text[0] == '[') {
        const char *end = strchr(text, ']');

        if (end == NULL || (end[1] != '\0' && end[1] != ':'))
            return err_set(e, ERR_USAGE, "--server: '%s' is no [address]:port", text);
        colon = end[1] == ':' ? end + 1 : NULL;
        n = (size_t)(end - text) - 1;
        text++;
    } else if (colon != NULL && strchr(text, ':') == colon) {
        n = (size_t)(colon - text);
    } else {
        colon = NULL; /* none, or a bare IPv6 address */
    }
    if (colon != NULL && !str_int(colon + 1, 1, 65535, &number))
        return err_set(e, ERR_USAGE, "--server: the port is a number from 1 to 65535, not '%s'",
                       colon + 1);
    if (n == 0)
        return err_set(e, ERR_USAGE, "--server needs a host");
    *host = xstrndup(text, n);
    *port = (unsigned)number;
    return ERR_OK;
}

/* One line, wiped when released. ERR_USAGE whatever is wrong with the file. */
static enum err_code read_secret(const char *path, const char *what, struct secret *out,
                                 struct err *e)
{
    struct buf b;

    buf_init(&b, LIMIT_CREDENTIAL_BYTES);
    if (file_check_private(path, e) == ERR_OK &&
        file_read(path, LIMIT_CREDENTIAL_BYTES, &b, e) != ERR_OK)
        e->code = ERR_USAGE;
    while (b.n > 0 && (b.p[b.n - 1] == '\n' || b.p[b.n - 1] == '\r'))
        b.p[--b.n] = '\0';
    if (e->code == ERR_OK && b.n == 0)
        err_set(e, ERR_USAGE, "'%s' holds no %s: it is empty", path, what);
    if (e->code == ERR_OK && (memchr(b.p, '\0', b.n) != NULL || memchr(b.p, '\n', b.n) != NULL))
        err_set(e, ERR_USAGE, "'%s' holds more than one line: it must be the %s and nothing else",
                path, what);
    if (e->code == ERR_OK)
        secret_set(out, b.p, b.n);
    secret_wipe(b.p, b.n);
    buf_release(&b);
    return e->code;
}

static enum err_code check_options(const struct context *c, struct err *e)
{
    if (c->opt.arguments.n != 1)
        return err_set(e, ERR_USAGE, "probe takes one mail address: graphaudit probe ADDRESS");
    if (!smtp_address_ok(c->opt.arguments.v[0]))
        return err_set(e, ERR_USAGE, "'%s' is no mail address", c->opt.arguments.v[0]);
    if (c->opt.send_to != NULL && !smtp_address_ok(c->opt.send_to))
        return err_set(e, ERR_USAGE, "--send-to: '%s' is no mail address", c->opt.send_to);
    if (c->opt.password_file != NULL && c->opt.token_file != NULL)
        return err_set(e, ERR_USAGE, "--password-file and --token-file exclude each other");
    return ERR_OK;
}

static void show_line(void *ctx, bool from_server, const char *line)
{
    const struct context *c = ctx;

    log_line(&c->log, LOG_DEBUG, "%s %s", from_server ? "S:" : "C:", line);
}

/* The reply that decided, as a log of its own; nothing when all went well. */
static void deciding_reply(const struct smtp_probe_options *o, const struct smtp_probe *p,
                           bool failed, struct buf *out)
{
    const struct probe_reply *r = NULL;

    if (failed)
        r = &p->replies[p->failed_at];
    else if (p->is_auth_sent && !p->is_auth_accepted)
        r = &p->replies[PROBE_SIGN_IN];
    else if (o->send_to != NULL && !p->is_mail_sent)
        for (int s = PROBE_DATA; s >= PROBE_MAIL_FROM && r == NULL; s--)
            if (p->replies[s].code != 0)
                r = &p->replies[s];
    for (size_t i = 0; r != NULL && r->code >= 400 && i < r->lines.n; i++)
        buf_addf(out, "%d%c%s\n", r->code, i + 1 < r->lines.n ? '-' : ' ', r->lines.v[i]);
}

static void print(const struct context *c, struct probe_view *v)
{
    struct explain_view ev = {.width = c->width, .colour = c->colour, .in_full = true};
    struct explanation *x = NULL;
    struct err e = ERR_INIT;
    struct buf reply;

    buf_init(&reply, LIMIT_EXPLAIN_BYTES);
    deciding_reply(v->asked, v->seen, v->error->code != ERR_OK, &reply);
    if (reply.n > 0 && explain_text(reply.p, reply.n, &x, &e) == ERR_OK && x->n > 0) {
        ev.x = x;
        ev.address = v->asked->address;
        v->explain = &ev;
    }
    v->width = c->width < 40 ? 40 : c->width > 100 ? 100 : c->width;
    if (c->opt.json) {
        json_t *o = probe_json(v);
        char *s = jx_dump(o, JSON_INDENT(2));

        printf("%s\n", s != NULL ? s : "{}");
        free(s);
        json_decref(o);
    } else {
        probe_print(v, stdout);
    }
    v->explain = NULL;
    explain_free(x);
    buf_release(&reply);
}

/* A server without TLS, or that is not who it says, is as good as none. */
static int verdict(const struct context *c, const struct smtp_probe_options *o,
                   const struct smtp_probe *p, const struct err *e)
{
    if (e->code != ERR_OK)
        return context_fail(c, e);
    if (p->tls_version == NULL || !p->certificate.is_verified || p->injected > 0) {
        log_line(&c->log, LOG_ERROR, "%s:%u: %s%s", o->host, o->port,
                 p->tls_version == NULL        ? "no STARTTLS is offered"
                 : !p->certificate.is_verified ? "the certificate does not verify: "
                                               : "something put text before the TLS handshake",
                 p->tls_version != NULL && !p->certificate.is_verified ? p->certificate.problem
                                                                       : "");
        return EXIT_CODE_SERVICE;
    }
    if ((o->auth != PROBE_NO_AUTH && !p->is_auth_accepted) ||
        (o->send_to != NULL && !p->is_mail_sent))
        return EXIT_CODE_FINDINGS;
    return EXIT_CODE_PASSED;
}

static enum err_code prepare(const struct context *c, struct smtp_probe_options *o, char **host,
                             struct secret *secret, struct err *e)
{
    struct cloud cloud;

    memset(&cloud, 0, sizeof cloud);
    if (check_options(c, e) != ERR_OK)
        return e->code;
    if (cloud_load(c->opt.cloud, &cloud, e) == ERR_OK)
        (void)read_server(c->opt.server != NULL ? c->opt.server : cloud.smtp, host, &o->port, e);
    cloud_release(&cloud);
    if (e->code == ERR_OK && c->opt.password_file != NULL) {
        o->auth = PROBE_AUTH_LOGIN;
        (void)read_secret(c->opt.password_file, "password", secret, e);
    } else if (e->code == ERR_OK && c->opt.token_file != NULL) {
        o->auth = PROBE_AUTH_XOAUTH2;
        (void)read_secret(c->opt.token_file, "access token", secret, e);
        for (size_t i = 0; e->code == ERR_OK && i < secret->n; i++)
            if (secret->p[i] <= ' ' || secret->p[i] >= 0x7F)
                err_set(e, ERR_USAGE, "'%s' holds no access token: it has blanks or odd characters",
                        c->opt.token_file);
    }
    o->host = *host;
    o->secret = secret;
    return e->code;
}

int cmd_probe(struct context *c)
{
    struct smtp_probe_options o = {
        .address = c->opt.arguments.n > 0 ? c->opt.arguments.v[0] : NULL,
        .ca_file = c->opt.ca_file,
        .send_to = c->opt.send_to,
        .tls_scan = c->opt.tls_scan,
        .deadline_ms = c->opt.deadline_ms,
        .clock = c->clock,
        .line = show_line,
        .line_ctx = c,
    };
    struct smtp_probe p;
    struct secret secret = {NULL, 0};
    struct err e = ERR_INIT;
    char *host = NULL;
    int rc;

    if (prepare(c, &o, &host, &secret, &e) != ERR_OK) {
        rc = context_fail(c, &e);
    } else {
        struct probe_view v = {.asked = &o, .seen = &p, .error = &e};

        if (smtp_probe_run(&o, &p, &e) != ERR_USAGE)
            print(c, &v);
        rc = verdict(c, &o, &p, &e);
        smtp_probe_release(&p);
    }
    secret_release(&secret);
    free(host);
    return rc;
}
