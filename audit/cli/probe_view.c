#include "probe_view.h"

#include "base/attrs.h"
#include "base/buf.h"
#include "base/err.h"
#include "explain_view.h"
#include "graph/smtp_probe.h"

#include <string.h>

enum { TEXT_BYTES = 64 * 1024, LABEL = 14 };

static void row(const struct probe_view *v, FILE *f, const char *label, const char *text)
{
    char lead[LABEL + 4];

    (void)snprintf(lead, sizeof lead, "  %-*s", LABEL - 2, label);
    wrap_text(f, v->width, LABEL, lead, text);
}

/* "535 5.7.139 Authentication unsuccessful, ..." */
static void add_reply(struct buf *b, const struct probe_reply *r)
{
    buf_addf(b, "%d", r->code);
    for (size_t i = 0; i < r->lines.n; i++) {
        buf_addc(b, ' ');
        buf_adds(b, r->lines.v[i]);
    }
}

static void add_list(struct buf *b, const struct strlist *l)
{
    for (size_t i = 0; i < l->n; i++) {
        buf_adds(b, i > 0 ? " " : "");
        buf_adds(b, l->v[i]);
    }
    if (l->n == 0)
        buf_adds(b, "none");
}

static void print_tls(const struct probe_view *v, FILE *f)
{
    const struct smtp_probe *p = v->seen;
    const struct probe_certificate *c = &p->certificate;
    struct buf b;

    buf_init(&b, TEXT_BYTES);
    if (p->replies[PROBE_EHLO].code == 250)
        row(v, f, "STARTTLS", p->offers_starttls ? "offered" : "not offered");
    if (p->injected > 0) {
        buf_addf(&b, "%zu bytes came in plain text before the handshake; they were thrown away",
                 p->injected);
        row(v, f, "WARNING", b.p);
        buf_clear(&b);
    }
    if (p->tls_version != NULL) {
        buf_addf(&b, "%s, %s", p->tls_version, p->cipher);
        row(v, f, "TLS", b.p);
        buf_clear(&b);
        buf_addf(&b, "%s%s%s",
                 c->is_verified ? "verified" : "NOT VERIFIED: ", c->is_verified ? "" : c->problem,
                 c->subject != NULL ? "; " : "");
        if (c->subject != NULL)
            buf_addf(&b, "%s, by %s, until %s", c->subject, c->issuer, c->not_after);
        row(v, f, "certificate", b.p);
    }
    buf_release(&b);
}

static void print_offers(const struct probe_view *v, FILE *f)
{
    const struct smtp_probe *p = v->seen;
    int64_t size = p->size_after >= 0 ? p->size_after : p->size_before;
    struct buf b;

    if (p->replies[PROBE_EHLO].code != 250)
        return;
    buf_init(&b, TEXT_BYTES);
    if (p->tls_version != NULL) {
        add_list(&b, &p->auth_after);
        buf_adds(&b, "; without TLS: ");
    }
    add_list(&b, &p->auth_before);
    row(v, f, "AUTH", b.p);
    buf_clear(&b);
    if (size >= 0) {
        buf_addf(&b, "%lld bytes", (long long)size);
        row(v, f, "SIZE", b.p);
    }
    buf_release(&b);
}

static void print_sign_in(const struct probe_view *v, FILE *f)
{
    const struct smtp_probe *p = v->seen;
    struct buf b;

    if (v->asked->auth == PROBE_NO_AUTH)
        return;
    buf_init(&b, TEXT_BYTES);
    if (p->is_auth_sent && p->replies[PROBE_SIGN_IN].code != 0) {
        buf_addf(&b, "%s, tried once as %s: ", p->is_auth_accepted ? "accepted" : "refused",
                 v->asked->address);
        add_reply(&b, &p->replies[PROBE_SIGN_IN]);
    } else {
        buf_addf(&b, "not sent%s%s", p->withheld != NULL ? ": " : "",
                 p->withheld != NULL ? p->withheld : "");
    }
    row(v, f, "sign-in", b.p);
    buf_release(&b);
}

/* The step of the message that decided: the last that has an answer. */
static enum probe_step mail_step(const struct smtp_probe *p)
{
    enum probe_step s = PROBE_MAIL_FROM;

    if (p->replies[PROBE_RCPT_TO].code != 0)
        s = PROBE_RCPT_TO;
    return p->replies[PROBE_DATA].code != 0 ? PROBE_DATA : s;
}

static void print_mail(const struct probe_view *v, FILE *f)
{
    const struct smtp_probe *p = v->seen;
    enum probe_step s = mail_step(p);
    struct buf b;

    if (v->asked->send_to == NULL)
        return;
    buf_init(&b, TEXT_BYTES);
    if (p->replies[s].code == 0) {
        buf_adds(&b, "not sent");
    } else {
        buf_addf(&b, "%s at %s: ", p->is_mail_sent ? "taken" : "refused", probe_step_name(s));
        add_reply(&b, &p->replies[s]);
    }
    row(v, f, "message", b.p);
    buf_release(&b);
}

static void print_scan(const struct probe_view *v, FILE *f)
{
    for (size_t i = 0; i < PROBE_SCAN_COUNT; i++) {
        const struct probe_scan *s = &v->seen->scan[i];
        struct buf b;

        if (s->version == NULL)
            continue;
        buf_init(&b, TEXT_BYTES);
        switch (s->state) {
        case PROBE_SCAN_NOT_TRIED:
            buf_adds(&b, "not tried: not in this machine's TLS library");
            break;
        case PROBE_SCAN_ACCEPTED:
            buf_addf(&b, "handshake with %s", s->cipher);
            if (s->after.code != 0 && s->after.code != 250) {
                buf_adds(&b, ", then ");
                add_reply(&b, &s->after);
            } else if (s->after.code == 0) {
                buf_adds(&b, ", then no answer");
            }
            break;
        case PROBE_SCAN_REFUSED:
            buf_addf(&b, "refused: %s", s->problem);
            break;
        case PROBE_SCAN_FAILED:
            buf_addf(&b, "not known: %s", s->problem);
            break;
        }
        row(v, f, s->version, b.p);
        buf_release(&b);
    }
}

void probe_print(const struct probe_view *v, FILE *f)
{
    const struct smtp_probe *p = v->seen;
    struct buf b;

    buf_init(&b, TEXT_BYTES);
    buf_addf(&b, "%s:%u", v->asked->host, v->asked->port);
    if (p->peer != NULL && strcmp(p->peer, v->asked->host) != 0)
        buf_addf(&b, " (%s)", p->peer);
    wrap_text(f, v->width, 0, "", b.p);
    buf_clear(&b);
    if (p->replies[PROBE_CONNECT].code != 0) {
        add_reply(&b, &p->replies[PROBE_CONNECT]);
        row(v, f, "greeting", b.p);
    }
    buf_release(&b);
    print_tls(v, f);
    print_offers(v, f);
    print_sign_in(v, f);
    print_mail(v, f);
    print_scan(v, f);
    if (v->error->code != ERR_OK)
        row(v, f, "broke off", v->error->msg);
    if (v->explain != NULL) {
        fputc('\n', f);
        explain_print(v->explain, f);
    }
}

/* ---- JSON ---- */

static json_t *list_json(const struct strlist *l)
{
    json_t *a = json_array();

    for (size_t i = 0; i < l->n; i++)
        (void)json_array_append_new(a, json_text(l->v[i]));
    return a;
}

static json_t *reply_json(const struct probe_reply *r)
{
    if (r->code == 0)
        return json_null();
    return json_pack("{s:i, s:o}", "code", r->code, "lines", list_json(&r->lines));
}

static json_t *size_json(int64_t n)
{
    return n >= 0 ? json_integer((json_int_t)n) : json_null();
}

static json_t *certificate_json(const struct smtp_probe *p)
{
    const struct probe_certificate *c = &p->certificate;

    if (p->tls_version == NULL)
        return json_null();
    return json_pack("{s:b, s:o, s:o, s:o, s:o, s:o}", "is_verified", (int)c->is_verified,
                     "problem", json_text(c->problem), "subject", json_text(c->subject), "issuer",
                     json_text(c->issuer), "not_before", json_text(c->not_before), "not_after",
                     json_text(c->not_after));
}

static json_t *sign_in_json(const struct probe_view *v)
{
    const struct smtp_probe *p = v->seen;

    if (v->asked->auth == PROBE_NO_AUTH)
        return json_null();
    return json_pack("{s:s, s:b, s:b, s:o, s:o}", "mechanism",
                     v->asked->auth == PROBE_AUTH_LOGIN ? "LOGIN" : "XOAUTH2", "is_sent",
                     (int)p->is_auth_sent, "is_accepted", (int)p->is_auth_accepted, "withheld",
                     json_text(p->withheld), "reply", reply_json(&p->replies[PROBE_SIGN_IN]));
}

static json_t *mail_json(const struct probe_view *v)
{
    enum probe_step s = mail_step(v->seen);

    if (v->asked->send_to == NULL)
        return json_null();
    return json_pack("{s:s, s:b, s:s, s:o}", "to", v->asked->send_to, "is_sent",
                     (int)v->seen->is_mail_sent, "step", probe_step_name(s), "reply",
                     reply_json(&v->seen->replies[s]));
}

static json_t *scan_json(const struct smtp_probe *p)
{
    static const char *const states[] = {"not_tried", "accepted", "refused", "failed"};
    json_t *a = json_array();

    for (size_t i = 0; i < PROBE_SCAN_COUNT; i++) {
        const struct probe_scan *s = &p->scan[i];

        if (s->version != NULL)
            (void)json_array_append_new(
                a, json_pack("{s:s, s:s, s:o, s:o, s:o}", "version", s->version, "state",
                             states[s->state], "cipher", json_text(s->cipher), "after",
                             reply_json(&s->after), "problem", json_text(s->problem)));
    }
    return a;
}

json_t *probe_json(const struct probe_view *v)
{
    const struct smtp_probe *p = v->seen;
    json_t *o = json_pack(
        "{s:s, s:i, s:o, s:s, s:o, s:b, s:I, s:o, s:o, s:o}", "host", v->asked->host, "port",
        (int)v->asked->port, "peer", json_text(p->peer), "address", v->asked->address, "greeting",
        reply_json(&p->replies[PROBE_CONNECT]), "offers_starttls", (int)p->offers_starttls,
        "injected_bytes", (json_int_t)p->injected, "tls_version", json_text(p->tls_version),
        "cipher", json_text(p->cipher), "certificate", certificate_json(p));

    (void)json_object_set_new(o, "auth_without_tls", list_json(&p->auth_before));
    (void)json_object_set_new(o, "auth", list_json(&p->auth_after));
    (void)json_object_set_new(o, "size_without_tls", size_json(p->size_before));
    (void)json_object_set_new(o, "size", size_json(p->size_after));
    (void)json_object_set_new(o, "sign_in", sign_in_json(v));
    (void)json_object_set_new(o, "mail", mail_json(v));
    (void)json_object_set_new(o, "tls_scan", scan_json(p));
    (void)json_object_set_new(o, "error",
                              v->error->code == ERR_OK
                                  ? json_null()
                                  : json_pack("{s:s, s:o}", "step", probe_step_name(p->failed_at),
                                              "message", json_text(v->error->msg)));
    (void)json_object_set_new(o, "explanation",
                              v->explain != NULL ? explain_json(v->explain) : json_null());
    return o;
}
