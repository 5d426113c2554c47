/* The probe against servers that follow a script, well-behaved and not. */
#include "tls_server.h"

#include "base/attrs.h"
#include "base/clock.h"
#include "graph/smtp_probe.h"

/* A script: ">text" sends a line, "!text" sends bytes as they are, "<text" wants a line that starts
 * so,
 * "=" shakes hands, "-" hangs up. What the client says is kept. */
struct script {
    const char *const *steps;
    SSL_CTX *ctx;
    int fd, client;
    SSL *ssl;
    char heard[8192];
    char wrong[256]; /* "" while all is as the script says */
};

static bool put(struct script *s, const char *bytes, size_t n)
{
    if (s->ssl != NULL)
        return n == 0 || SSL_write(s->ssl, bytes, (int)n) > 0;
    return send(s->client, bytes, n, MSG_NOSIGNAL) == (ssize_t)n;
}

static bool get_line(struct script *s, char *line, size_t size)
{
    size_t n = 0;
    char c;

    while (n + 1 < size &&
           (s->ssl != NULL ? SSL_read(s->ssl, &c, 1) : recv(s->client, &c, 1, 0)) == 1) {
        if (c == '\n') {
            line[n > 0 && line[n - 1] == '\r' ? n - 1 : n] = '\0';
            return true;
        }
        line[n++] = c;
    }
    line[n] = '\0';
    return false;
}

static bool play_step(struct script *s, const char *step)
{
    char line[4096];

    switch (step[0]) {
    case '>':
        return put(s, step + 1, strlen(step + 1)) && put(s, "\r\n", 2);
    case '!':
        return put(s, step + 1, strlen(step + 1));
    case '=':
        s->ssl = SSL_new(s->ctx);
        return s->ssl != NULL && SSL_set_fd(s->ssl, s->client) == 1 && SSL_accept(s->ssl) == 1;
    case '<':
        if (!get_line(s, line, sizeof line))
            return false;
        (void)strncat(s->heard, line, sizeof s->heard - strlen(s->heard) - 2);
        (void)strncat(s->heard, "\n", sizeof s->heard - strlen(s->heard) - 1);
        if (strncmp(line, step + 1, strlen(step + 1)) != 0)
            (void)snprintf(s->wrong, sizeof s->wrong, "wanted '%s', heard '%.100s'", step + 1,
                           line);
        return s->wrong[0] == '\0';
    default:
        return false;
    }
}

static void *play(void *ctx)
{
    struct script *s = ctx;
    char rest[256];

    s->client = accept(s->fd, NULL, NULL);
    for (size_t i = 0; s->client >= 0 && s->steps[i] != NULL && play_step(s, s->steps[i]); i++)
        if (s->steps[i][0] == '-')
            break;
    (void)shutdown(s->client, SHUT_WR);
    while (s->client >= 0 && recv(s->client, rest, sizeof rest, 0) > 0)
        ; /* until the client hangs up */
    SSL_free(s->ssl);
    (void)close(s->client);
    return NULL;
}

struct transcript {
    char text[16384];
};

static void note(void *ctx, bool from_server, const char *line)
{
    struct transcript *t = ctx;
    size_t n = strlen(t->text);

    (void)snprintf(t->text + n, sizeof t->text - n, "%c %s\n", from_server ? 'S' : 'C', line);
}

#define HELLO ">220 test ready", "<EHLO ["
#define PLAIN HELLO, ">250-test", ">250-SIZE 1000", ">250 STARTTLS"
#define TLS PLAIN, "<STARTTLS", ">220 go", "=", "<EHLO ["
#define READY TLS, ">250-test", ">250-SIZE 2000", ">250 AUTH LOGIN XOAUTH2"

static const struct scripted {
    const char *name;
    const char *steps[24];
    const char *host, *san; /* NULL: "localhost" and a certificate for it */
    enum probe_auth auth;
    const char *send_to;
    enum err_code want;
    enum probe_step failed_at; /* when it fails */
    const char *message;       /* part of the error, or of `withheld`; NULL: neither */
    bool accepted, sent;
    const char *not_heard; /* what the server must not get */
} cases[] = {
    {.name = "no sign-in asked for", .steps = {READY, "<QUIT"}, .not_heard = "AUTH"},
    {.name = "sign-in",
     .steps = {READY, "<AUTH LOGIN", ">334 VXNlcm5hbWU6", "<dXNlckBleGFtcGxlLmNvbQ==",
               ">334 UGFzc3dvcmQ6", "<czNjcmV0LXBhc3M=", ">235 2.7.0 ok", "<QUIT"},
     .auth = PROBE_AUTH_LOGIN,
     .accepted = true,
     .not_heard = "MAIL"},
    {.name = "refused, and not tried again",
     .steps = {READY, "<AUTH LOGIN", ">334 VXNlcm5hbWU6", "<", ">334 UGFzc3dvcmQ6", "<",
               ">535 5.7.3 no", "<QUIT"},
     .auth = PROBE_AUTH_LOGIN,
     .not_heard = "MAIL"},
    {.name = "refused at the user name: the password stays here",
     .steps = {READY, "<AUTH LOGIN", ">334 VXNlcm5hbWU6", "<", ">535 5.7.3 no", "<QUIT"},
     .auth = PROBE_AUTH_LOGIN,
     .not_heard = "czNjcmV0"},
    {.name = "a server that never stops asking",
     .steps = {READY, "<AUTH LOGIN", ">334 a", "<", ">334 b", "<", ">334 c"},
     .auth = PROBE_AUTH_LOGIN,
     .want = ERR_NET,
     .failed_at = PROBE_SIGN_IN,
     .message = "went on asking"},
    {.name = "token",
     .steps = {READY,
               "<AUTH XOAUTH2 dXNlcj11c2VyQGV4YW1wbGUuY29tAWF1dGg9QmVhcmVyIHMzY3JldC1wYXNzAQE=",
               ">334 eyJzdGF0dXMiOiI0MDAifQ==", "<", ">535 5.7.3 no", "<QUIT"},
     .auth = PROBE_AUTH_XOAUTH2},
    {.name = "AUTH LOGIN is not offered",
     .steps = {TLS, ">250-test", ">250 AUTH XOAUTH2", "<QUIT"},
     .auth = PROBE_AUTH_LOGIN,
     .message = "does not offer AUTH LOGIN",
     .not_heard = "AUTH"},
    {.name = "no STARTTLS: no password",
     .steps = {HELLO, ">250-test", ">250 AUTH LOGIN", "<QUIT"},
     .auth = PROBE_AUTH_LOGIN,
     .message = "no STARTTLS",
     .not_heard = "AUTH"},
    {.name = "certificate of another host: no password",
     .steps = {READY, "<QUIT"},
     .san = "DNS:elsewhere.example",
     .auth = PROBE_AUTH_LOGIN,
     .message = "does not verify",
     .not_heard = "AUTH"},
    {.name = "certificate of another host: no mail",
     .steps = {READY, "<QUIT"},
     .san = "DNS:elsewhere.example",
     .send_to = "x@example.com",
     .message = "does not verify",
     .not_heard = "MAIL"},
    {.name = "certificate names the address",
     .steps = {READY, "<QUIT"},
     .host = "127.0.0.1",
     .san = "IP:127.0.0.1"},
    {.name = "text before the handshake is thrown away, and the password kept",
     .steps = {PLAIN, "<STARTTLS", "!220 go\r\n250-AUTH LOGIN\r\n250 injected\r\n", "=", "<EHLO [",
               ">250-test", ">250 AUTH LOGIN", "<QUIT"},
     .auth = PROBE_AUTH_LOGIN,
     .message = "before the TLS handshake",
     .not_heard = "AUTH"},
    {.name = "STARTTLS refused",
     .steps = {PLAIN, "<STARTTLS", ">454 4.7.0 later"},
     .want = ERR_NET,
     .failed_at = PROBE_STARTTLS,
     .message = "answered with 454"},
    {.name = "no handshake",
     .steps = {PLAIN, "<STARTTLS", ">220 go", "-"},
     .want = ERR_TLS,
     .failed_at = PROBE_TLS,
     .message = "TLS handshake"},
    {.name = "hangs up",
     .steps = {"-"},
     .want = ERR_NET,
     .failed_at = PROBE_CONNECT,
     .message = "closed the connection"},
    {.name = "another protocol",
     .steps = {">SSH-2.0-x"},
     .want = ERR_NET,
     .message = "does not speak SMTP"},
    {.name = "code out of range",
     .steps = {">999 ready"},
     .want = ERR_NET,
     .message = "does not speak SMTP"},
    {.name = "codes that change inside a reply",
     .steps = {HELLO, ">250-test", ">550 no"},
     .want = ERR_NET,
     .failed_at = PROBE_EHLO,
     .message = "does not speak SMTP"},
    {.name = "half a reply",
     .steps = {HELLO, ">250-test", "-"},
     .want = ERR_NET,
     .failed_at = PROBE_EHLO,
     .message = "closed the connection"},
    {.name = "bare line feeds",
     .steps = {"!220 test ready\n", "<EHLO [", "!250-test\n250 SIZE 7\n", "<QUIT"},
     .not_heard = "STARTTLS"},
    {.name = "sends",
     .steps = {READY, "<MAIL FROM:<user@example.com>", ">250 ok", "<RCPT TO:<x@example.com>",
               ">250 ok", "<DATA", ">354 go", "<Date: ", "<From: <user@example.com>",
               "<To: <x@example.com>"},
     .send_to = "x@example.com",
     .want = ERR_NET,
     .failed_at = PROBE_DATA,
     .message = "closed the connection"},
    {.name = "sender refused",
     .steps = {READY, "<MAIL FROM:<user@example.com>", ">530 5.7.57 no", "<QUIT"},
     .send_to = "x@example.com",
     .not_heard = "RCPT"},
    {.name = "refused sign-in sends nothing",
     .steps = {READY, "<AUTH LOGIN", ">535 5.7.3 no", "<QUIT"},
     .auth = PROBE_AUTH_LOGIN,
     .send_to = "x@example.com",
     .not_heard = "MAIL"},
};

static void check(const struct scripted *c, const struct smtp_probe *p, enum err_code got,
                  const struct err *e, const struct script *s, const struct transcript *t)
{
    const char *said = got != ERR_OK ? e->msg : p->withheld;

    if (s->wrong[0] != '\0')
        fail_msg("%s: %s", c->name, s->wrong);
    if (got != c->want || (got != ERR_OK && p->failed_at != c->failed_at))
        fail_msg("%s: %s at %s: %s", c->name, err_code_name(got), probe_step_name(p->failed_at),
                 e->msg);
    if ((c->message == NULL) != (said == NULL) ||
        (said != NULL && strstr(said, c->message) == NULL))
        fail_msg("%s: said '%s'", c->name, said != NULL ? said : "nothing");
    if (p->is_auth_accepted != c->accepted || p->is_mail_sent != c->sent)
        fail_msg("%s: accepted %d, sent %d", c->name, p->is_auth_accepted, p->is_mail_sent);
    if (c->not_heard != NULL && strstr(s->heard, c->not_heard) != NULL)
        fail_msg("%s: the server heard %s in %s", c->name, c->not_heard, s->heard);
    if (strstr(t->text, "s3cret-pass") != NULL || strstr(t->text, "czNjcmV0") != NULL)
        fail_msg("%s: the transcript has the secret: %s", c->name, t->text);
}

static void run(const struct scripted *c)
{
    struct script s = {.steps = c->steps, .client = -1};
    EVP_PKEY *key = tls_key();
    X509 *cert = tls_make_cert(key, c->san != NULL ? c->san : "DNS:localhost");
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a;
    char ca[] = "/tmp/test-smtp-ca-XXXXXX";
    int fd = mkstemp(ca);
    FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;
    struct secret secret = {0};
    struct transcript t = {""};
    struct smtp_probe p;
    struct err e = ERR_INIT;
    pthread_t thread;
    struct smtp_probe_options o = {
        .host = c->host != NULL ? c->host : "localhost",
        .ca_file = ca,
        .address = "user@example.com",
        .auth = c->auth,
        .secret = &secret,
        .send_to = c->send_to,
        .deadline_ms = 10000,
        .clock = clock_system(),
        .line = note,
        .line_ctx = &t,
    };
    enum err_code got;

    assert_true(f != NULL && PEM_write_X509(f, cert) == 1 && fclose(f) == 0);
    s.ctx = SSL_CTX_new(TLS_server_method());
    assert_true(s.ctx != NULL && SSL_CTX_use_certificate(s.ctx, cert) == 1 &&
                SSL_CTX_use_PrivateKey(s.ctx, key) == 1);
    s.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(s.fd >= 0 && bind(s.fd, (struct sockaddr *)&a, n) == 0 && listen(s.fd, 1) == 0 &&
                getsockname(s.fd, (struct sockaddr *)&a, &n) == 0);
    o.port = ntohs(a.sin_port);
    secret_set(&secret, "s3cret-pass", strlen("s3cret-pass"));
    assert_int_equal(pthread_create(&thread, NULL, play, &s), 0);
    got = smtp_probe_run(&o, &p, &e);
    assert_int_equal(pthread_join(thread, NULL), 0);
    check(c, &p, got, &e, &s, &t);
    smtp_probe_release(&p);
    secret_release(&secret);
    SSL_CTX_free(s.ctx);
    X509_free(cert);
    (void)close(s.fd);
    (void)unlink(ca);
}

static void scripts(void **state)
{
    (void)state;
    (void)signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        run(&cases[i]);
}

static void addresses(void **state)
{
    static const struct {
        const char *address;
        bool ok;
    } rows[] = {
        {"a@b.example", true},
        {"first.last+tag@b-c.example", true},
        {"a", false},
        {"@b.example", false},
        {"a@", false},
        {"a@b@c", false},
        {"a b@c.example", false},
        {"a@b.example>\r\nRSET", false},
        {"<a@b.example>", false},
        {"\"a\"@b.example", false},
        {"a@b.example\n", false},
        {"\xC3\xA4@b.example", false},
        {"", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (smtp_address_ok(rows[i].address) != rows[i].ok)
            fail_msg("%s", rows[i].address);
}

static void nobody_there(void **state)
{
    struct smtp_probe_options o = {.host = "127.0.0.1",
                                   .port = 1,
                                   .address = "a@b.example",
                                   .deadline_ms = 5000,
                                   .clock = clock_system()};
    struct smtp_probe p;
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(smtp_probe_run(&o, &p, &e), ERR_NET);
    assert_non_null(strstr(e.msg, "refused"));
    smtp_probe_release(&p);
    err_clear(&e);
    o.ca_file = "/nonexistent";
    assert_int_equal(smtp_probe_run(&o, &p, &e), ERR_USAGE);
    smtp_probe_release(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scripts),
        cmocka_unit_test(addresses),
        cmocka_unit_test(nobody_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
