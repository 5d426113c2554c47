/* http.h - what every service needs to answer: error bodies, and the way out. */
#ifndef SIM_HTTP_H
#define SIM_HTTP_H

#include "sim.h"

/* The vendor's error body for r->service (Graph, Exchange and login differ). */
void reply_error(struct reply *p, const struct request *r, unsigned status, const char *code,
                 const char *message);
/* A gzip body of few bytes that unpacks to `n` bytes of JSON without an end. */
void reply_bomb(struct reply *p, long n);
/* Sends the reply on r->conn; returns what MHD wants to hear (an enum MHD_Result as int). */
int reply_send(const struct request *r, struct reply *p);

#endif
