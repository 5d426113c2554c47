/* login_internal.h - what login.c and login_identity.c share. */
#ifndef SIM_LOGIN_INTERNAL_H
#define SIM_LOGIN_INTERNAL_H

#include "jwt.h"
#include "server.h"
#include "sim.h"

/* One token error: what it is called, and the status it comes with. */
struct trouble {
    int code;
    unsigned status;
    const char *error;
};
struct request;
struct reply;

void login_error(struct request *r, struct reply *p, const struct trouble *what,
                 const char *message);
/* A token for the application, or for `person` who signed in with it: then with a refresh token. */
void login_issue(struct request *r, struct reply *p, const json_t *app, enum service resource,
                 const char *person);
/* The form field; NULL when it is empty or missing. */
const char *login_form(const struct request *f, const char *name);
/* Exactly one "<resource>/.default"; says which service it is. */
const struct trouble *login_scope(const struct request *r, const char *scope,
                                  enum service *resource, const char **message);

/* login_identity.c: tokens of pipelines, device codes, managed identities. */
bool identity_is_ours(const struct request *r, const struct jwt *j);
const struct trouble *identity_exchange(struct request *r, const struct jwt *j, const char *text,
                                        const json_t *app, const char **message);
/* grant_type is one of a person's: answers and returns true. */
bool identity_token(struct request *r, const struct request *f, struct reply *p);
/* A path of the login host, or of the machine's own listener: answers and returns true. */
bool identity_handle(struct request *r, struct reply *p, const char *rest);

#endif
