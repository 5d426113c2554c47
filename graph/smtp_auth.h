/* graph/smtp_auth.h - one sign-in, and the secrets that are part of it. */
#ifndef GRAPH_SMTP_AUTH_H
#define GRAPH_SMTP_AUTH_H
#include "base/err.h"
#include "base/secret.h"
#include "graph/smtp_probe.h"

struct smtp_wire;

/* AUTH LOGIN (draft-murchison-sasl-login) and AUTH XOAUTH2 (Google's and Microsoft's). The reply
 * that decides is left in `r`, which is zeroed: 235, or the refusal, at whatever point it came. */
enum err_code smtp_auth_login(struct smtp_wire *w, const char *user, const struct secret *password,
                              struct probe_reply *r, struct err *e);
enum err_code smtp_auth_xoauth2(struct smtp_wire *w, const char *user, const struct secret *token,
                                struct probe_reply *r, struct err *e);

/* The secret in every form in which it is sent, for smtp_wire_options.hide. */
void smtp_auth_hide(const char *user, const struct secret *secret, struct strlist *hide);
/* Wipes and releases that list. */
void smtp_auth_forget(struct strlist *hide);

#endif
