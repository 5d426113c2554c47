#include "raw.h"

#include <poll.h>
#include <string.h>

#include <gnutls/gnutls.h>
#include <microhttpd.h>

enum { SEND_WAIT_MS = 10000 };

/* False when the client has gone. Runs on the connection's own thread, before its reply. */
static bool send_all(const struct request *r, const char *text, size_t n)
{
    const union MHD_ConnectionInfo *tls =
        MHD_get_connection_info(r->conn, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    const union MHD_ConnectionInfo *fd =
        MHD_get_connection_info(r->conn, MHD_CONNECTION_INFO_CONNECTION_FD);

    while (n > 0 && tls != NULL && fd != NULL) {
        ssize_t w = gnutls_record_send(tls->tls_session, text, n);
        struct pollfd p = {.fd = fd->connect_fd, .events = POLLOUT};

        if (w == GNUTLS_E_AGAIN || w == GNUTLS_E_INTERRUPTED) {
            if (poll(&p, 1, SEND_WAIT_MS) <= 0)
                return false;
            continue;
        }
        if (w <= 0)
            return false;
        text += w;
        n -= (size_t)w;
    }
    return n == 0;
}

/* What a peer has not read yet is lost when we end the connection first. */
static void await_end(const struct request *r)
{
    const union MHD_ConnectionInfo *fd =
        MHD_get_connection_info(r->conn, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct pollfd p = {.fd = fd != NULL ? fd->connect_fd : -1, .events = POLLRDHUP};

    (void)poll(&p, 1, SEND_WAIT_MS);
}

void raw_interim(const struct request *r, long times)
{
    static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n"
                               "HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n";

    for (long i = 0; i < times && send_all(r, text, sizeof text - 1); i++)
        ;
}

void raw_headers(const struct request *r, long bytes, bool many)
{
    static const char start[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Pad: ";
    char line[1024];

    memset(line, 'A', sizeof line);
    if (many)
        memcpy(line + sizeof line - 9, "\r\nX-Pad: ", 9);
    if (!send_all(r, start, sizeof start - 1))
        return;
    for (long sent = 0; sent < bytes && send_all(r, line, sizeof line); sent += (long)sizeof line)
        ;
    await_end(r);
}
