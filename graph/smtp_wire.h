/* graph/smtp_wire.h - lines to and from a submission server, with deadlines.
 *
 * Non-blocking sockets and poll; a signal (base/stop.h) ends every wait. One step - a connection, a
 * handshake, one whole reply - has LIMIT_SMTP_STEP_MS, however slowly its bytes come. */
#ifndef GRAPH_SMTP_WIRE_H
#define GRAPH_SMTP_WIRE_H
#include "base/err.h"
#include "graph/smtp_probe.h"

#include <openssl/ssl.h>

struct smtp_wire; /* opaque */

struct smtp_wire_options {
    const char *host;
    unsigned port;
    const struct clock_src *clock;
    int64_t until_ms; /* monotonic; INT64_MAX: none */
    probe_line_fn *line;
    void *line_ctx;
    struct strlist hide; /* texts that no reply may show; owned by the caller of smtp_wire_open */
};

/* Resolves and connects, one address after the other. Caller closes. `o` is borrowed for the wire's
 * life. */
enum err_code smtp_wire_open(const struct smtp_wire_options *o, struct smtp_wire **out,
                             struct err *e);
void smtp_wire_close(struct smtp_wire *w);              /* NULL is a no-op */
const char *smtp_wire_peer(const struct smtp_wire *w);  /* address of the server */
const char *smtp_wire_local(const struct smtp_wire *w); /* RFC 5321 address literal, for EHLO */

/* Reads one reply of one or more lines. `r` is zeroed; the caller releases its lines. */
enum err_code smtp_wire_read(struct smtp_wire *w, struct probe_reply *r, struct err *e);
/* Sends `line` and CRLF. `shown` is what the observer is told, when that is another text. */
enum err_code smtp_wire_send(struct smtp_wire *w, const char *line, const char *shown,
                             struct err *e);
/* Forgets what was received and not read; returns how many bytes that was. */
size_t smtp_wire_discard(struct smtp_wire *w);

/* A client context for versions min to max (TLS1_VERSION...). `weak`: whatever the library can do,
 * for the scan; nothing is verified then. ERR_USAGE for a bad ca_file. */
enum err_code smtp_tls_context(const char *ca_file, int min, int max, bool weak, SSL_CTX **out,
                               struct err *e);
/* Handshake. Goes on when the certificate does not verify: ask smtp_tls_describe(). */
enum err_code smtp_wire_start_tls(struct smtp_wire *w, SSL_CTX *ctx, struct err *e);
SSL *smtp_wire_ssl(const struct smtp_wire *w); /* borrowed; NULL before the handshake */
/* Fills version, cipher and certificate after a handshake. */
void smtp_tls_describe(const struct smtp_wire *w, char **version, char **cipher,
                       struct probe_certificate *c);

#endif
