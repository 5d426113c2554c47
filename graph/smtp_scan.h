/* graph/smtp_scan.h - which TLS versions a submission server takes. */
#ifndef GRAPH_SMTP_SCAN_H
#define GRAPH_SMTP_SCAN_H
#include "base/err.h"
#include "graph/smtp_probe.h"
#include "smtp_wire.h"

/* One connection a version, without a sign-in. A version that fails is a result; errors are only
 * ERR_INTERRUPTED and ERR_DEADLINE of the whole run. */
enum err_code smtp_scan(const struct smtp_wire_options *o, struct probe_scan out[PROBE_SCAN_COUNT],
                        struct err *e);

#endif
