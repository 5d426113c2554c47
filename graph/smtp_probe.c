#include "graph/smtp_probe.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/limits.h"
#include "base/mem.h"
#include "smtp_auth.h"
#include "smtp_scan.h"
#include "smtp_wire.h"

#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ADDRESS_BYTES = 254 }; /* RFC 5321 section 4.5.3.1.3, without the brackets */

struct talk {
    const struct smtp_probe_options *o;
    struct smtp_probe *out;
    struct smtp_wire *w;
    SSL_CTX *tls;
    struct err *e;
};

const char *probe_step_name(enum probe_step s)
{
    static const char *const names[PROBE_STEP_COUNT] = {
        "connect", "ehlo", "starttls", "tls", "ehlo-tls", "auth", "mail-from", "rcpt", "data"};

    return names[s];
}

bool smtp_address_ok(const char *address)
{
    const char *at = strchr(address, '@');

    if (at == NULL || at == address || at[1] == '\0' || strchr(at + 1, '@') != NULL ||
        strlen(address) > ADDRESS_BYTES)
        return false;
    for (const char *p = address; *p != '\0'; p++)
        if (*p <= ' ' || *p >= 0x7F || strchr("<>()[]\\,;:\"", *p) != NULL)
            return false;
    return true;
}

void smtp_probe_release(struct smtp_probe *p)
{
    for (size_t i = 0; i < PROBE_STEP_COUNT; i++)
        strlist_release(&p->replies[i].lines);
    for (size_t i = 0; i < PROBE_SCAN_COUNT; i++) {
        free(p->scan[i].cipher);
        free(p->scan[i].problem);
        strlist_release(&p->scan[i].after.lines);
    }
    free(p->peer);
    free(p->tls_version);
    free(p->cipher);
    free(p->certificate.subject);
    free(p->certificate.issuer);
    free(p->certificate.problem);
    strlist_release(&p->auth_before);
    strlist_release(&p->auth_after);
    memset(p, 0, sizeof *p);
}

/* Sends a line (NULL: only listens) and reads the reply of this step. */
static enum err_code step(struct talk *t, enum probe_step s, const char *line)
{
    struct probe_reply *r = &t->out->replies[s];

    t->out->failed_at = s;
    strlist_release(&r->lines);
    r->code = 0;
    if (line != NULL && smtp_wire_send(t->w, line, NULL, t->e) != ERR_OK)
        return t->e->code;
    return smtp_wire_read(t->w, r, t->e);
}

/* The server has to answer with `code` for the conversation to go on. */
static enum err_code expect(struct talk *t, enum probe_step s, const char *line, int code)
{
    const struct probe_reply *r = &t->out->replies[s];

    if (step(t, s, line) != ERR_OK)
        return t->e->code;
    if (r->code != code)
        return err_set(t->e, ERR_NET, "%s:%u: %s was answered with %d", t->o->host, t->o->port,
                       probe_step_name(s), r->code);
    return ERR_OK;
}

/* Keywords of an EHLO reply, RFC 5321 section 4.1.1.1; the first line is a greeting. */
static void read_keywords(const struct probe_reply *r, bool *starttls, struct strlist *auth,
                          int64_t *size)
{
    *size = -1;
    for (size_t i = 1; i < r->lines.n; i++) {
        const char *line = r->lines.v[i];

        if (str_ieq(line, "STARTTLS")) {
            *starttls = true;
        } else if (str_istarts(line, "SIZE ")) {
            (void)str_int(line + strlen("SIZE "), 0, INT64_MAX, size);
        } else if (str_istarts(line, "AUTH ") || str_istarts(line, "AUTH=")) {
            for (const char *p = line + strlen("AUTH "); *p != '\0';) {
                size_t n = strcspn(p, " ");
                char *word = xstrndup(p, n);

                if (n > 0 && !strlist_has(auth, word))
                    strlist_add(auth, word);
                free(word);
                p += n + (p[n] == ' ' ? 1 : 0);
            }
        }
    }
}

static enum err_code say_ehlo(struct talk *t, enum probe_step s)
{
    char *line = xasprintf("EHLO %s", smtp_wire_local(t->w));
    enum err_code code = expect(t, s, line, 250);

    free(line);
    return code;
}

static enum err_code start_tls(struct talk *t)
{
    bool again = false;

    if (expect(t, PROBE_STARTTLS, "STARTTLS", 220) != ERR_OK)
        return t->e->code;
    /* CVE-2011-0411: what came before the handshake is anybody's, and is never taken for an answer
     */
    t->out->injected = smtp_wire_discard(t->w);
    t->out->failed_at = PROBE_TLS;
    if (smtp_wire_start_tls(t->w, t->tls, t->e) != ERR_OK)
        return t->e->code;
    smtp_tls_describe(t->w, &t->out->tls_version, &t->out->cipher, &t->out->certificate);
    if (say_ehlo(t, PROBE_EHLO_TLS) == ERR_OK)
        read_keywords(&t->out->replies[PROBE_EHLO_TLS], &again, &t->out->auth_after,
                      &t->out->size_after);
    return t->e->code;
}

/* Why the password, or the mail, must not go out over this connection; NULL: it may. */
static const char *unsafe(const struct talk *t)
{
    if (t->out->tls_version == NULL)
        return "the server offers no STARTTLS";
    if (!t->out->certificate.is_verified)
        return "the server's certificate does not verify";
    if (t->out->injected > 0)
        return "something on the way put text before the TLS handshake";
    return NULL;
}

static bool offers(const struct strlist *mechanisms, const char *name)
{
    for (size_t i = 0; i < mechanisms->n; i++)
        if (str_ieq(mechanisms->v[i], name))
            return true;
    return false;
}

static enum err_code sign_in(struct talk *t)
{
    bool oauth = t->o->auth == PROBE_AUTH_XOAUTH2;
    struct probe_reply *r = &t->out->replies[PROBE_SIGN_IN];

    t->out->withheld = unsafe(t);
    if (t->out->withheld == NULL && !offers(&t->out->auth_after, oauth ? "XOAUTH2" : "LOGIN"))
        t->out->withheld =
            oauth ? "the server does not offer XOAUTH2" : "the server does not offer AUTH LOGIN";
    if (t->out->withheld != NULL)
        return ERR_OK;
    t->out->failed_at = PROBE_SIGN_IN;
    t->out->is_auth_sent = true;
    if (oauth)
        (void)smtp_auth_xoauth2(t->w, t->o->address, t->o->secret, r, t->e);
    else
        (void)smtp_auth_login(t->w, t->o->address, t->o->secret, r, t->e);
    t->out->is_auth_accepted = t->e->code == ERR_OK && r->code == 235;
    return t->e->code;
}

/* RFC 5322, with nothing in it that a person typed but the two addresses. */
static char *message(const struct smtp_probe_options *o)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t now = (time_t)(clock_real_ms() / 1000);
    char id[GUID_TEXT_BYTES];
    struct tm tm;

    guid_random(id);
    (void)gmtime_r(&now, &tm);
    return xasprintf(
        "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\nFrom: <%s>\r\nTo: <%s>\r\n"
        "Subject: SMTP AUTH test\r\nMessage-ID: <%s@%s>\r\n"
        "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=us-ascii\r\n\r\n"
        "This message was sent by \"graphaudit probe --send-to\" to see whether the\r\n"
        "mailbox can send. Nobody needs to do anything.\r\n.",
        days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min,
        tm.tm_sec, o->address, o->send_to, id, strchr(o->address, '@') + 1);
}

/* A refusal is the answer that was asked for, and no error. */
static enum err_code send_mail(struct talk *t)
{
    struct probe_reply *data = &t->out->replies[PROBE_DATA];
    char *line = xasprintf("MAIL FROM:<%s>", t->o->address);

    (void)step(t, PROBE_MAIL_FROM, line);
    free(line);
    if (t->e->code != ERR_OK || t->out->replies[PROBE_MAIL_FROM].code != 250)
        return t->e->code;
    line = xasprintf("RCPT TO:<%s>", t->o->send_to);
    (void)step(t, PROBE_RCPT_TO, line);
    free(line);
    if (t->e->code != ERR_OK || t->out->replies[PROBE_RCPT_TO].code / 10 != 25)
        return t->e->code;
    if (step(t, PROBE_DATA, "DATA") != ERR_OK || data->code != 354)
        return t->e->code;
    line = message(t->o);
    strlist_release(&data->lines);
    data->code = 0;
    if (smtp_wire_send(t->w, line, "(the test message)", t->e) == ERR_OK &&
        smtp_wire_read(t->w, data, t->e) == ERR_OK)
        t->out->is_mail_sent = data->code == 250;
    free(line);
    return t->e->code;
}

static enum err_code converse(struct talk *t)
{
    struct smtp_probe *out = t->out;

    if (expect(t, PROBE_CONNECT, NULL, 220) != ERR_OK || say_ehlo(t, PROBE_EHLO) != ERR_OK)
        return t->e->code;
    read_keywords(&out->replies[PROBE_EHLO], &out->offers_starttls, &out->auth_before,
                  &out->size_before);
    if (out->offers_starttls && start_tls(t) != ERR_OK)
        return t->e->code;
    if (t->o->auth != PROBE_NO_AUTH && sign_in(t) != ERR_OK)
        return t->e->code;
    if (t->o->send_to != NULL && out->withheld == NULL)
        out->withheld = unsafe(t);
    if (t->o->send_to != NULL && out->withheld == NULL &&
        (t->o->auth == PROBE_NO_AUTH || out->is_auth_accepted))
        return send_mail(t);
    return ERR_OK;
}

static void say_goodbye(struct talk *t)
{
    struct err ignored = ERR_INIT;

    (void)smtp_wire_send(t->w, "QUIT", NULL, &ignored); /* an answer is not waited for */
}

enum err_code smtp_probe_run(const struct smtp_probe_options *o, struct smtp_probe *out,
                             struct err *e)
{
    struct smtp_wire_options wo = {
        .host = o->host,
        .port = o->port,
        .clock = o->clock,
        .until_ms = o->deadline_ms > 0 ? clock_mono_ms(o->clock) + o->deadline_ms : INT64_MAX,
        .line = o->line,
        .line_ctx = o->line_ctx,
    };
    struct talk t = {.o = o, .out = out, .e = e};

    memset(out, 0, sizeof *out);
    out->size_before = out->size_after = -1;
    if (o->auth != PROBE_NO_AUTH)
        smtp_auth_hide(o->address, o->secret, &wo.hide);
    if (smtp_tls_context(o->ca_file, TLS1_2_VERSION, TLS1_3_VERSION, false, &t.tls, e) == ERR_OK &&
        smtp_wire_open(&wo, &t.w, e) == ERR_OK) {
        out->peer = xstrdup(smtp_wire_peer(t.w));
        if (converse(&t) == ERR_OK)
            say_goodbye(&t);
        smtp_wire_close(t.w);
    }
    if (e->code == ERR_OK && o->tls_scan)
        (void)smtp_scan(&wo, out->scan, e);
    SSL_CTX_free(t.tls);
    smtp_auth_forget(&wo.hide);
    return e->code;
}
