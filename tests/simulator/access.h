/* access.h - who is asking, and may they: the bearer check that Graph and Exchange share. */
#ifndef SIM_ACCESS_H
#define SIM_ACCESS_H

#include "sim.h"

struct token {
    json_t *claims;
};

/* False: the 401 is in *p. Checks signature, audience (the origin asked), lifetime. */
NODISCARD bool access_token(struct request *r, struct reply *p, struct token *out);
bool access_claim_has(const struct token *tok, const char *claim, const char *value);
void access_token_clear(struct token *tok);

#endif
