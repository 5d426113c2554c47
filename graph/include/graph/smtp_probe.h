/* graph/smtp_probe.h - ask a submission server what it offers and, once, whether it lets somebody
 * in.
 *
 * Greeting, EHLO, STARTTLS, certificate, EHLO again; then at most ONE sign-in, never a second with
 * the same password (accounts lock). A sign-in is sent only over TLS whose certificate verified for
 * that host. Mail is sent only when a recipient is given. Replies of the server are kept as they
 * are, but for the secrets of this run, should a server repeat them. */
#ifndef GRAPH_SMTP_PROBE_H
#define GRAPH_SMTP_PROBE_H
#include "base/err.h"
#include "base/secret.h"
#include "base/strs.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct clock_src;

enum probe_auth { PROBE_NO_AUTH, PROBE_AUTH_LOGIN, PROBE_AUTH_XOAUTH2 };

/* One line of the conversation, without CRLF; secrets are replaced. */
typedef void probe_line_fn(void *ctx, bool from_server, const char *line);

struct smtp_probe_options {
    const char *host;    /* name or address */
    unsigned port;       /* 587 */
    const char *ca_file; /* PEM, trusted besides the system's; NULL: none */
    const char *address; /* the mailbox: user name, and sender of the message */
    enum probe_auth auth;
    const struct secret *secret; /* password or access token; NULL without auth */
    const char *send_to;         /* NULL: no mail is sent */
    bool tls_scan;               /* try each TLS version on a connection of its own */
    int64_t deadline_ms;         /* for everything; 0: none */
    const struct clock_src *clock;
    probe_line_fn *line; /* may be NULL */
    void *line_ctx;
};

/* A reply of the server: its code, and its lines without it. code 0: there was none. */
struct probe_reply {
    int code;
    struct strlist lines;
};

enum probe_step {
    PROBE_CONNECT,
    PROBE_EHLO,
    PROBE_STARTTLS,
    PROBE_TLS, /* handshake; no reply */
    PROBE_EHLO_TLS,
    PROBE_SIGN_IN,
    PROBE_MAIL_FROM,
    PROBE_RCPT_TO,
    PROBE_DATA,
    PROBE_STEP_COUNT
};
const char *
probe_step_name(enum probe_step s); /* connect|ehlo|starttls|tls|ehlo-tls|auth|mail-from|... */

struct probe_certificate {
    char *subject, *issuer;             /* RFC 2253; a stranger's */
    char not_before[32], not_after[32]; /* RFC 3339, or "" */
    bool is_verified;                   /* chain, dates and host name */
    char *problem;                      /* why not; NULL when verified */
};

enum probe_scan_state {
    PROBE_SCAN_NOT_TRIED,
    PROBE_SCAN_ACCEPTED,
    PROBE_SCAN_REFUSED,
    PROBE_SCAN_FAILED
};
struct probe_scan {
    const char *version; /* "TLS 1.0" ... */
    enum probe_scan_state state;
    char *cipher;             /* accepted */
    struct probe_reply after; /* accepted: what the server says to EHLO over it */
    char *problem;            /* refused or failed */
};
enum { PROBE_SCAN_COUNT = 4 };

struct smtp_probe {
    char *peer; /* address that was reached; NULL: none */
    struct probe_reply replies[PROBE_STEP_COUNT];
    bool offers_starttls;
    size_t injected; /* bytes the server sent in plain text after its answer to STARTTLS */
    char *tls_version, *cipher; /* NULL: no TLS */
    struct probe_certificate certificate;
    struct strlist auth_before, auth_after; /* mechanisms offered without and with TLS */
    int64_t size_before, size_after;        /* SIZE; -1: not offered */
    bool is_auth_sent, is_auth_accepted;
    const char *withheld; /* why nothing was sent although it was asked for; NULL: it was sent */
    bool is_mail_sent;    /* the server took the message */
    enum probe_step failed_at;                /* where it ended, when smtp_probe_run() failed */
    struct probe_scan scan[PROBE_SCAN_COUNT]; /* with tls_scan */
};

/* Fills *out as far as it gets, also on failure; release it always.
 * ERR_OK: the conversation went to its end; a refused sign-in or message is no error.
 * ERR_USAGE: ca_file. ERR_NET, ERR_TLS, ERR_DEADLINE, ERR_INTERRUPTED: it broke off at failed_at.
 */
enum err_code smtp_probe_run(const struct smtp_probe_options *o, struct smtp_probe *out,
                             struct err *e);
void smtp_probe_release(struct smtp_probe *p);

/* Whether `address` can stand in MAIL FROM and as a user name: one '@', printable ASCII, no blanks,
 * brackets, quotes or control characters. */
bool smtp_address_ok(const char *address);

#endif
