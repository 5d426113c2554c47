/* generate.h - large tenants computed from an index, the same every time for the same seed. */
#ifndef SIM_GENERATE_H
#define SIM_GENERATE_H

#include "tenant.h"

json_t *generate_user(const struct tenant *t, size_t i, const struct query *q);
json_t *generate_registration(const struct tenant *t, size_t i, const struct query *q);
json_t *generate_mailbox(const struct tenant *t, size_t i);
bool generate_user_index(const struct tenant *t, const char *id_or_upn, size_t *i);
void generate_user_id(const struct tenant *t, size_t i, char out[UUID_TEXT]);
/* Adds the ids of the generated users of a generated group; nothing for other groups. */
void generate_group_members(const struct tenant *t, const char *group_id, json_t *out);
void generate_group_id(const struct tenant *t, size_t g, char out[UUID_TEXT]);
json_t *generate_group(const struct tenant *t, size_t g);
json_t *generate_policy(const struct tenant *t, size_t p);  /* in the description's form */
json_t *generate_sign_in(const struct tenant *t, size_t s); /* in the description's form */

#endif
