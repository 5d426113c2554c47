/* exchange.h - the Exchange Online admin endpoint: InvokeCommand, and nothing that writes. */
#ifndef SIM_EXCHANGE_H
#define SIM_EXCHANGE_H

#include "sim.h"

/* Reads the body far enough to know the cmdlet, so that faults and the log can name it. */
void exchange_peek(struct request *r);
void exchange_handle(struct request *r, struct reply *p);

#endif
