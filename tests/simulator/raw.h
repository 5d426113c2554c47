/* raw.h - bytes on a connection that libmicrohttpd itself would never send. */
#ifndef SIM_RAW_H
#define SIM_RAW_H

#include "sim.h"

/* `times` 100 Continue, each with a 103 Early Hints; the real reply follows. */
void raw_interim(const struct request *r, long times);
/* A status line and `bytes` of header, in one line or in many, and no end of the headers. */
void raw_headers(const struct request *r, long bytes, bool many);

#endif
