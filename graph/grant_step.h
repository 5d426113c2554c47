/* graph/grant_step.h - what grant.c, grant_machine.c and grant_person.c share. */
#ifndef GRAPH_GRANT_STEP_H
#define GRAPH_GRANT_STEP_H
#include "grant.h"

/* A field of application/x-www-form-urlencoded; percent-encodes the value. */
void grant_field(struct buf *b, const char *name, const char *value);
void grant_percent(struct buf *b, const char *value);
/* A POST of a form to the login service. */
void grant_form(struct grant_request *out);

/* grant_machine.c: managed identities. */
void grant_ask_machine(struct grant *g, struct grant_request *out);
enum grant_result grant_take_machine(struct grant *g, const struct transfer_reply *r,
                                     struct token_reply *out, struct err *e);
/* Where a file that Azure Arc names may be: NULL when it is fine, else why not. Public for its
 * tests. */
const char *grant_arc_key_refused(const char *path);

/* grant_person.c: device code and refresh tokens. */
void grant_ask_person(struct grant *g, struct grant_request *out, int64_t *wait_ms);
enum grant_result grant_take_person(struct grant *g, const struct transfer_reply *r,
                                    struct token_reply *out, int64_t *wait_ms, struct err *e);

#endif
