/* server.h - the four TLS listeners, and the path of a request through the simulator. */
#ifndef SIM_SERVER_H
#define SIM_SERVER_H

#include "sim.h"

struct server;

struct server *server_start(struct sim *s); /* fills s->urls and s->ports; dies when it cannot */
void server_stop(struct server *srv);

/* Faults, the service, faults again. */
void server_answer(struct request *r, struct reply *p);

#endif
