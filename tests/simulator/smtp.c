#include "smtp.h"

#include <errno.h>
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
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "ca.h"
#include "faults.h"
#include "reqlog.h"
#include "smtp_gates.h"
#include "tenant.h"
#include "timetext.h"

enum {
    SLOTS = 64,
    LINE_MAX_BYTES = 32 * 1024, /* XOAUTH2 in one line */
    IDLE_SECONDS = 60
};

static const char host[] = "AM0PR01CA0001.SIM.PROD.OUTLOOK.COM";

struct smtp {
    struct sim *sim;
    int fd;
    SSL_CTX *tls;
    pthread_t acceptor;
    json_t *wrong_tries; /* user id -> count; under sim->lock */
    struct slot {
        struct smtp *smtp;
        pthread_t thread;
        int fd;
        bool is_used, is_over; /* under sim->lock */
    } slots[SLOTS];
};

struct conn {
    struct smtp *smtp;
    struct sim *sim;
    int fd;
    SSL *ssl;
    char in[4096];
    size_t at, n;
    struct smtp_account account; /* signed in; user NULL before */
    bool has_sender, has_recipient, is_over;
    struct buf heard; /* of this AUTH, for kind=echo */
};

/* ---- bytes ---- */

static bool write_bytes(struct conn *c, const char *s, size_t n)
{
    while (n > 0) {
        ssize_t k = c->ssl != NULL ? SSL_write(c->ssl, s, (int)n) : send(c->fd, s, n, MSG_NOSIGNAL);

        if (k <= 0) {
            c->is_over = true;
            return false;
        }
        s += k;
        n -= (size_t)k;
    }
    return true;
}

static bool read_line(struct conn *c, struct buf *line)
{
    line->len = 0;
    buf_str(line, "");
    while (line->len < LINE_MAX_BYTES) {
        char ch;

        if (c->at == c->n) {
            ssize_t k = c->ssl != NULL ? SSL_read(c->ssl, c->in, (int)sizeof c->in)
                                       : recv(c->fd, c->in, sizeof c->in, 0);

            if (k <= 0)
                return false;
            c->at = 0;
            c->n = (size_t)k;
        }
        ch = c->in[c->at++];
        if (ch == '\n') {
            if (line->len > 0 && line->data[line->len - 1] == '\r')
                line->data[--line->len] = '\0';
            return true;
        }
        buf_add(line, &ch, 1);
    }
    return false;
}

static unsigned reply_code(const char *text)
{
    return (unsigned)strtoul(text, NULL, 10);
}

static const char *tls_name(const struct conn *c)
{
    return c->ssl != NULL ? SSL_get_version(c->ssl) : NULL;
}

/* ---- answers ---- */

static void say(struct conn *c, const char *text)
{
    struct buf b = {0};

    buf_printf(&b, "%s\r\n", text);
    (void)write_bytes(c, b.data, b.len);
    buf_free(&b);
}

/* Refusals end in " [host time id]", as Exchange Online's do. */
static void say_with_tail(struct conn *c, const char *text)
{
    char when[TIME_TEXT];
    unsigned char raw[8];
    char id[17];
    char *line;

    random_bytes(raw, sizeof raw);
    hex_lower(raw, sizeof raw, id);
    for (char *p = id; *p != '\0'; p++)
        if (*p >= 'a')
            *p = (char)(*p - 'a' + 'A');
    time_iso(clock_now(), when);
    line =
        reply_code(text) >= 400 ? xasprintf("%s [%s %s %s]", text, host, when, id) : xstrdup(text);
    say(c, line);
    free(line);
}

/* What goes wrong instead of the answer. True: the answer must not be sent. */
static bool misbehave(struct conn *c, const struct fault *f)
{
    const char *kind = fault_name(f);
    long value = f->value != NULL ? strtol(f->value, NULL, 10) : 0;

    if (str_eq(kind, "status")) {
        char *text = xasprintf("%ld %s", value, f->message != NULL ? f->message : "made-up answer");

        say_with_tail(c, text);
        free(text);
    } else if (str_eq(kind, "reset")) {
        c->is_over = true;
    } else if (str_eq(kind, "empty")) { /* never an answer */
        sim_sleep_ms(c->sim, 1000L * IDLE_SECONDS);
        c->is_over = true;
    } else if (str_eq(kind, "html")) {
        say(c, "HTTP/1.1 400 Bad Request");
    } else if (str_eq(kind, "big")) { /* a line that does not end */
        (void)write_bytes(c, "250 ", 4);
        for (long i = 0; i < value && write_bytes(c, "xxxxxxxxxxxxxxxx", 16); i += 16)
            ;
    } else if (str_eq(kind, "endless")) { /* a reply that does not end */
        for (long i = 0; !c->is_over && i < 1000000; i++)
            say(c, "250-and another thing");
    } else if (str_eq(kind, "echo")) { /* repeats what it heard */
        char *text =
            xasprintf("535 5.7.3 You said %s", c->heard.data != NULL ? c->heard.data : "nothing");

        say(c, text);
        free(text);
    } else {
        return false;
    }
    return true;
}

static void drip(struct conn *c, const char *text, long per_second)
{
    for (const char *p = text; *p != '\0' && !c->is_over; p++) {
        (void)write_bytes(c, p, 1);
        sim_sleep_ms(c->sim, 1000 / (per_second > 0 ? per_second : 1));
    }
    (void)write_bytes(c, "\r\n", 2);
}

/* Answers `what`, with faults and the log. False: a fault took its place. */
static bool answer(struct conn *c, const char *what, const char *text)
{
    const struct fault *f = fault_pick(c->sim, SVC_SMTP, what, NULL, 1);
    bool replaced = f != NULL && misbehave(c, f);

    if (!replaced && f != NULL && str_eq(fault_name(f), "inject")) { /* in one packet */
        char *both = xasprintf("%s\r\n250 2.7.0 this came before the handshake", text);

        say(c, both);
        free(both);
    } else if (!replaced && f != NULL && str_eq(fault_name(f), "slow"))
        drip(c, text, f->value != NULL ? strtol(f->value, NULL, 10) : 1);
    else if (!replaced)
        say_with_tail(c, text);
    reqlog_smtp(
        c->sim->log, what,
        replaced ? (str_eq(fault_name(f), "status") ? (unsigned)strtoul(f->value, NULL, 10) : 0)
                 : reply_code(text),
        tls_name(c), jstr(c->account.user, "userPrincipalName"), f != NULL ? f->spec : NULL);
    return !replaced;
}

/* ---- commands ---- */

static void do_ehlo(struct conn *c)
{
    char *text;

    if (c->ssl != NULL && SSL_version(c->ssl) < TLS1_2_VERSION) {
        (void)answer(c, "EHLO",
                     "421 4.7.66 TLS 1.0 and 1.1 are not supported. Please upgrade/update your "
                     "client to support TLS 1.2. Visit https://aka.ms/smtp_auth_tls.");
        c->is_over = true;
        return;
    }
    text =
        xasprintf("250-%s Hello [127.0.0.1]\r\n250-SIZE 157286400\r\n250-PIPELINING\r\n250-DSN\r\n"
                  "250-ENHANCEDSTATUSCODES\r\n%s250-8BITMIME\r\n250-BINARYMIME\r\n250-CHUNKING\r\n"
                  "250 SMTPUTF8",
                  host, c->ssl == NULL ? "250-STARTTLS\r\n" : "250-AUTH LOGIN XOAUTH2\r\n");
    (void)answer(c, "EHLO", text);
    free(text);
}

static void do_starttls(struct conn *c)
{
    if (c->ssl != NULL) {
        (void)answer(c, "STARTTLS",
                     "503 5.5.2 Only one STARTTLS command can be issued per session");
        return;
    }
    if (!answer(c, "STARTTLS", "220 2.0.0 SMTP server ready"))
        return;
    c->at = c->n = 0;
    c->ssl = SSL_new(c->smtp->tls);
    if (c->ssl == NULL || SSL_set_fd(c->ssl, c->fd) != 1 || SSL_accept(c->ssl) != 1)
        c->is_over = true;
}

static bool base64_decode(const char *text, struct buf *out)
{
    size_t n = strlen(text);
    unsigned char *raw;
    int k;

    out->len = 0;
    buf_str(out, "");
    if (n == 0 || n % 4 != 0)
        return false;
    raw = xcalloc(n, 1);
    k = EVP_DecodeBlock(raw, (const unsigned char *)text, (int)n);
    if (k > 0) {
        k -= text[n - 1] == '=';
        k -= text[n - 2] == '=';
        buf_add(out, raw, (size_t)k);
    }
    free(raw);
    return k > 0;
}

static void decide(struct conn *c, const char *what, struct smtp_account a, const char *text)
{
    if (str_eq(text, smtp_accepted))
        c->account = a;
    if (!answer(c, what, text))
        c->account = (struct smtp_account){0};
}

static void do_login(struct conn *c, const char *initial)
{
    struct buf line = {0}, user = {0}, password = {0};
    struct smtp_account a;
    const char *text;

    if (*initial != '\0')
        buf_str(&line, initial);
    else if (!answer(c, "AUTH", "334 VXNlcm5hbWU6") || !read_line(c, &line))
        goto out;
    buf_printf(&c->heard, "%s ", line.data);
    if (!base64_decode(line.data, &user)) {
        (void)answer(c, "user", "501 5.5.4 Invalid arguments");
        goto out;
    }
    if (!answer(c, "user", "334 UGFzc3dvcmQ6") || !read_line(c, &line))
        goto out;
    buf_printf(&c->heard, "%s ", line.data);
    if (!base64_decode(line.data, &password))
        buf_str(&password, "");
    buf_printf(&c->heard, "%s", password.data);
    a = smtp_account_find(c->sim->tenant, user.data);
    pthread_mutex_lock(&c->sim->lock);
    text = smtp_password_answer(c->sim, &a, password.data, c->smtp->wrong_tries);
    pthread_mutex_unlock(&c->sim->lock);
    decide(c, "password", a, text);
out:
    buf_free(&line);
    buf_free(&user);
    buf_free(&password);
}

/* "user=" name ^A "auth=Bearer " token ^A ^A */
static void do_xoauth2(struct conn *c, const char *initial)
{
    struct buf line = {0}, plain = {0};
    struct smtp_account a = {0};
    const char *text = "535 5.7.3 Authentication unsuccessful";
    char *user, *token, *end;

    if (*initial != '\0')
        buf_str(&line, initial);
    else if (!answer(c, "AUTH", "334 ") || !read_line(c, &line))
        goto out;
    buf_printf(&c->heard, "%s ", line.data);
    if (base64_decode(line.data, &plain) && str_starts(plain.data, "user=")) {
        buf_printf(&c->heard, "%s", plain.data);
        user = plain.data + strlen("user=");
        end = strchr(user, '\1');
        token = end != NULL ? strstr(end, "auth=Bearer ") : NULL;
        if (token != NULL) {
            *end = '\0';
            token += strlen("auth=Bearer ");
            token[strcspn(token, "\1")] = '\0';
            a = smtp_account_find(c->sim->tenant, user);
            text = smtp_token_answer(c->sim, &a, token);
        }
    }
    decide(c, "token", a, text);
out:
    buf_free(&line);
    buf_free(&plain);
}

static void do_auth(struct conn *c, const char *rest)
{
    if (c->ssl == NULL) {
        (void)answer(c, "AUTH", "530 5.7.0 Must issue a STARTTLS command first");
        return;
    }
    c->heard.len = 0;
    if (strncasecmp(rest, "LOGIN", 5) == 0 && (rest[5] == '\0' || rest[5] == ' '))
        do_login(c, rest[5] == ' ' ? rest + 6 : "");
    else if (strncasecmp(rest, "XOAUTH2", 7) == 0 && (rest[7] == '\0' || rest[7] == ' '))
        do_xoauth2(c, rest[7] == ' ' ? rest + 8 : "");
    else
        (void)answer(c, "AUTH", "504 5.7.4 Unrecognized authentication type");
}

/* The address between angle brackets. Caller frees. */
static char *path_of(const char *rest)
{
    const char *from = strchr(rest, '<');
    const char *to = from != NULL ? strchr(from, '>') : NULL;

    return to != NULL ? xstrndup(from + 1, (size_t)(to - from - 1)) : xstrdup("");
}

static void do_mail(struct conn *c, const char *rest)
{
    char *from = path_of(rest);
    const char *refusal = smtp_sender_answer(&c->account, from);

    c->has_sender =
        answer(c, "MAIL", refusal != NULL ? refusal : "250 2.1.0 Sender OK") && refusal == NULL;
    free(from);
}

static void do_rcpt(struct conn *c, const char *rest)
{
    char *to = path_of(rest);
    const char *refusal = smtp_recipient_answer(c->sim->tenant, &c->account, to);

    if (!c->has_sender)
        (void)answer(c, "RCPT", "503 5.5.2 Need mail command");
    else
        c->has_recipient =
            answer(c, "RCPT", refusal != NULL ? refusal : "250 2.1.5 Recipient OK") &&
            refusal == NULL;
    free(to);
}

static void do_data(struct conn *c)
{
    struct buf line = {0};
    const char *refusal = smtp_message_answer(&c->account);

    if (!c->has_recipient) {
        (void)answer(c, "DATA", "503 5.5.2 Need rcpt command");
    } else if (answer(c, "DATA", "354 Start mail input; end with <CRLF>.<CRLF>")) {
        bool whole = false;

        while (!whole && read_line(c, &line))
            whole = str_eq(line.data, ".");
        if (whole)
            (void)answer(c, "message",
                         refusal != NULL ? refusal
                                         : "250 2.0.0 OK <1@sim> [Hostname=AM0PR01MB0001.sim.prod."
                                           "outlook.com] Queued mail for delivery");
        else
            c->is_over = true;
    }
    c->has_sender = c->has_recipient = false;
    buf_free(&line);
}

static void command(struct conn *c, const char *line)
{
    size_t n = strcspn(line, " :");
    const char *rest = line[n] != '\0' ? line + n + 1 : "";

    if (n == 4 && (strncasecmp(line, "EHLO", 4) == 0 || strncasecmp(line, "HELO", 4) == 0)) {
        do_ehlo(c);
    } else if (n == 8 && strncasecmp(line, "STARTTLS", 8) == 0) {
        do_starttls(c);
    } else if (n == 4 && strncasecmp(line, "AUTH", 4) == 0) {
        do_auth(c, rest);
    } else if (n == 4 && strncasecmp(line, "MAIL", 4) == 0) {
        do_mail(c, rest);
    } else if (n == 4 && strncasecmp(line, "RCPT", 4) == 0) {
        do_rcpt(c, rest);
    } else if (n == 4 && strncasecmp(line, "DATA", 4) == 0) {
        do_data(c);
    } else if (n == 4 && strncasecmp(line, "QUIT", 4) == 0) {
        (void)answer(c, "QUIT", "221 2.0.0 Service closing transmission channel");
        c->is_over = true;
    } else {
        (void)answer(c, "other", "500 5.3.3 Unrecognized command");
    }
}

/* ---- connections ---- */

static void *serve(void *arg)
{
    struct slot *slot = arg;
    struct sim *s = slot->smtp->sim;
    struct conn c = {.smtp = slot->smtp, .sim = s, .fd = slot->fd};
    struct timeval limit = {.tv_sec = IDLE_SECONDS};
    struct buf line = {0};
    char when[TIME_TEXT];
    char *greeting;

    (void)setsockopt(c.fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    time_iso(clock_now(), when);
    greeting = xasprintf("220 %s Microsoft ESMTP MAIL Service ready at %s", host, when);
    (void)answer(&c, "connect", greeting);
    free(greeting);
    while (!c.is_over && read_line(&c, &line))
        command(&c, line.data);
    buf_free(&line);
    buf_free(&c.heard);
    SSL_free(c.ssl);
    pthread_mutex_lock(&s->lock);
    (void)shutdown(slot->fd, SHUT_RDWR);
    (void)close(slot->fd);
    slot->fd = -1;
    slot->is_over = true;
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

static struct slot *free_slot(struct smtp *m)
{
    for (size_t i = 0; i < SLOTS; i++) {
        struct slot *slot = &m->slots[i];
        bool over;

        pthread_mutex_lock(&m->sim->lock);
        over = slot->is_used && slot->is_over;
        pthread_mutex_unlock(&m->sim->lock);
        if (over) {
            pthread_join(slot->thread, NULL);
            slot->is_used = false;
        }
        if (!slot->is_used)
            return slot;
    }
    return NULL;
}

static void *accept_all(void *arg)
{
    struct smtp *m = arg;

    for (;;) {
        int fd = accept4(m->fd, NULL, NULL, SOCK_CLOEXEC);
        struct slot *slot;

        if (fd < 0 && errno == EINTR)
            continue;
        if (fd < 0)
            return NULL;
        slot = free_slot(m);
        if (slot == NULL) {
            (void)close(fd);
            continue;
        }
        *slot = (struct slot){.smtp = m, .fd = fd, .is_used = true};
        if (pthread_create(&slot->thread, NULL, serve, slot) != 0)
            die("cannot serve SMTP");
    }
}

static SSL_CTX *make_tls(const struct keys *k)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    BIO *chain = BIO_new_mem_buf(k->server_chain, -1), *key = BIO_new_mem_buf(k->server_key, -1);
    X509 *cert = PEM_read_bio_X509(chain, NULL, NULL, NULL);
    X509 *issuer = PEM_read_bio_X509(chain, NULL, NULL, NULL);
    EVP_PKEY *pkey = PEM_read_bio_PrivateKey(key, NULL, NULL, NULL);

    /* Old versions shake hands and are refused afterwards, as at smtp.office365.com. */
    if (ctx == NULL || cert == NULL || issuer == NULL || pkey == NULL ||
        SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION) != 1 ||
        SSL_CTX_set_cipher_list(ctx, "ALL:@SECLEVEL=0") != 1 ||
        SSL_CTX_use_certificate(ctx, cert) != 1 || SSL_CTX_use_PrivateKey(ctx, pkey) != 1 ||
        SSL_CTX_add_extra_chain_cert(ctx, issuer) != 1)
        die("cannot start TLS for SMTP");
    X509_free(cert);
    EVP_PKEY_free(pkey);
    BIO_free(chain);
    BIO_free(key);
    return ctx;
}

struct smtp *smtp_start(struct sim *s)
{
    struct smtp *m = xcalloc(1, sizeof *m);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;

    m->sim = s;
    m->wrong_tries = json_object();
    m->tls = make_tls(s->keys);
    m->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (m->fd < 0 || bind(m->fd, (struct sockaddr *)&at, size) != 0 || listen(m->fd, 16) != 0 ||
        getsockname(m->fd, (struct sockaddr *)&at, &size) != 0 ||
        pthread_create(&m->acceptor, NULL, accept_all, m) != 0)
        die("cannot start the SMTP server");
    s->ports[SVC_SMTP] = ntohs(at.sin_port);
    return m;
}

void smtp_stop(struct smtp *m)
{
    if (m == NULL)
        return;
    (void)shutdown(m->fd, SHUT_RDWR);
    pthread_join(m->acceptor, NULL);
    for (size_t i = 0; i < SLOTS; i++) {
        pthread_mutex_lock(&m->sim->lock);
        if (m->slots[i].is_used && !m->slots[i].is_over)
            (void)shutdown(m->slots[i].fd, SHUT_RDWR);
        pthread_mutex_unlock(&m->sim->lock);
        if (m->slots[i].is_used)
            pthread_join(m->slots[i].thread, NULL);
    }
    (void)close(m->fd);
    SSL_CTX_free(m->tls);
    json_decref(m->wrong_tries);
    free(m);
}
