/* dns.h - a DNS server for the tenant's domains, on UDP and TCP, one port for both. */
#ifndef SIM_DNS_H
#define SIM_DNS_H

#include "sim.h"

struct dns;

struct dns *dns_start(struct sim *s); /* sets s->ports[SVC_DNS]; dies when it cannot */
void dns_stop(struct dns *d);

#endif
