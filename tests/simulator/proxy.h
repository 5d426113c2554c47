/* proxy.h - an HTTP proxy (CONNECT only) in front of the simulator's own services.
 *
 * The worldwide cloud's names lead to the services that play them: login.microsoftonline.com,
 * graph.microsoft.com, and every *.office365.com to Exchange; localhost:PORT to itself. Every other
 * name leads to the stranger, so that a token that goes astray is seen there. Names are never
 * looked up and nothing leaves the machine. */
#ifndef SIM_PROXY_H
#define SIM_PROXY_H

#include "sim.h"

struct proxy;

struct proxy *proxy_start(struct sim *s); /* sets s->ports[SVC_PROXY]; dies when it cannot */
void proxy_stop(struct proxy *p);

#endif
