/* reqlog.h - one JSON line for every request, so that a test can say what the client did. */
#ifndef SIM_REQLOG_H
#define SIM_REQLOG_H

#include "sim.h"

struct reqlog;

struct reqlog *reqlog_open(const char *path); /* NULL when the file cannot be written */
void reqlog_close(struct reqlog *log);
/* log may be NULL. status 0: the connection was dropped on purpose. */
void reqlog_request(struct reqlog *log, const struct request *r, unsigned status, double took_ms,
                    const char *fault);
void reqlog_dns(struct reqlog *log, const char *name, const char *type, const char *result,
                bool tcp, const char *fault);
/* One SMTP command and the code that answered it. `tls`, `user` and `fault` may be NULL. What the
 * client sent is not logged. */
void reqlog_smtp(struct reqlog *log, const char *command, unsigned code, const char *tls,
                 const char *user, const char *fault);

/* A fault that acts before there is a request; and one CONNECT through the proxy. */
void reqlog_cut(struct reqlog *log, const char *service, const char *fault);
void reqlog_proxy(struct reqlog *log, const char *target, unsigned status, const char *user,
                  const char *fault);

#endif
