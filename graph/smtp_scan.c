#include "smtp_scan.h"

#include "base/clock.h"
#include "base/mem.h"

#include <openssl/ssl.h>
#include <stdlib.h>

static const struct {
    const char *name;
    int version;
} versions[PROBE_SCAN_COUNT] = {{"TLS 1.0", TLS1_VERSION},
                                {"TLS 1.1", TLS1_1_VERSION},
                                {"TLS 1.2", TLS1_2_VERSION},
                                {"TLS 1.3", TLS1_3_VERSION}};

/* Up to the server's readiness for a handshake. */
static enum err_code approach(const struct smtp_wire_options *o, struct smtp_wire **w,
                              struct err *e)
{
    static const int wanted[] = {220, 250, 220};
    char *ehlo = NULL;

    if (smtp_wire_open(o, w, e) != ERR_OK)
        return e->code;
    ehlo = xasprintf("EHLO %s", smtp_wire_local(*w));
    for (size_t i = 0; i < COUNT_OF(wanted) && e->code == ERR_OK; i++) {
        const char *const lines[] = {NULL, ehlo, "STARTTLS"};
        struct probe_reply r = {0};

        if (lines[i] != NULL)
            (void)smtp_wire_send(*w, lines[i], NULL, e);
        if (e->code == ERR_OK && smtp_wire_read(*w, &r, e) == ERR_OK && r.code != wanted[i])
            err_set(e, ERR_NET, "the server answered %d", r.code);
        strlist_release(&r.lines);
    }
    (void)smtp_wire_discard(*w);
    free(ehlo);
    return e->code;
}

/* What the server says to EHLO over this version: Exchange Online shakes hands, and then refuses.
 */
static void ask_after(struct smtp_wire *w, struct probe_scan *s)
{
    struct err ignored = ERR_INIT;
    char *ehlo = xasprintf("EHLO %s", smtp_wire_local(w));

    if (smtp_wire_send(w, ehlo, NULL, &ignored) == ERR_OK)
        (void)smtp_wire_read(w, &s->after, &ignored);
    if (ignored.code == ERR_OK)
        (void)smtp_wire_send(w, "QUIT", NULL, &ignored);
    free(ehlo);
}

static void try_version(const struct smtp_wire_options *o, int version, struct probe_scan *s,
                        struct err *e)
{
    struct smtp_wire *w = NULL;
    SSL_CTX *ctx = NULL;

    if (smtp_tls_context(NULL, version, version, true, &ctx, e) != ERR_OK)
        return; /* not in our library: not tried */
    s->state = PROBE_SCAN_FAILED;
    if (approach(o, &w, e) == ERR_OK) {
        if (smtp_wire_start_tls(w, ctx, e) == ERR_OK) {
            s->state = PROBE_SCAN_ACCEPTED;
            s->cipher = xstrdup(SSL_get_cipher_name(smtp_wire_ssl(w)));
            ask_after(w, s);
        } else if (e->code == ERR_TLS) {
            s->state = PROBE_SCAN_REFUSED;
        }
    }
    smtp_wire_close(w);
    SSL_CTX_free(ctx);
}

enum err_code smtp_scan(const struct smtp_wire_options *o, struct probe_scan out[PROBE_SCAN_COUNT],
                        struct err *e)
{
    for (size_t i = 0; i < PROBE_SCAN_COUNT; i++)
        out[i].version = versions[i].name;
    for (size_t i = 0; i < PROBE_SCAN_COUNT; i++) {
        struct err mine = ERR_INIT;

        try_version(o, versions[i].version, &out[i], &mine);
        if (mine.code == ERR_INTERRUPTED || clock_mono_ms(o->clock) >= o->until_ms) {
            *e = mine;
            if (e->code == ERR_OK)
                err_set(e, ERR_DEADLINE, "%s:%u: no time left", o->host, o->port);
            return e->code;
        }
        if (mine.code != ERR_OK)
            out[i].problem = xstrdup(mine.msg);
    }
    return ERR_OK;
}
