/* login.h - the login service: discovery documents and the token endpoint. */
#ifndef SIM_LOGIN_H
#define SIM_LOGIN_H

#include "sim.h"

void login_handle(struct request *r, struct reply *p);

#endif
