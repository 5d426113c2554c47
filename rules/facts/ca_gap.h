/* rules/facts/ca_gap.h - the JSON texts of table user_protection. Private to ca_*.c.
 *
 * mfa_gap: {"client", "platform", "location", "app", "user_risk", "sign_in_risk", "insider_risk",
 * "flow", "device": one sign-in that succeeds without MFA; "app_id"; "any": conditions whose value
 * does not matter; "certain": false when it hangs on what was not read; "in_words"; "near_misses":
 * [{"policy", "name", "met": conditions it restricts and that were met, "not_met", "detail"}];
 * "eligible": policies that would take the person in once an eligible role is activated;
 * "security_defaults": what they add; "unknown": reasons}. Texts are made once and shared. */
#ifndef RULES_FACTS_CA_GAP_H
#define RULES_FACTS_CA_GAP_H
#include "ca_verdict.h"

enum {
    CA_GAP_DEFAULTS = 1, /* security defaults are on for this person */
    CA_GAP_UNKNOWN = 2,  /* the answer is unknown: say why */
    CA_GAP_DEFAULTS_UNREAD = 4,
    CA_GAP_ROLES_UNREAD = 8,
    CA_GAP_MFA_UNREAD = 16
};
const char *ca_gap_json(struct ca_model *m, size_t user, const struct ca_effect *f,
                        unsigned reasons);
/* Ids of the policies that stop basic authentication; with `with_unknown` those that may, too. */
const char *ca_legacy_json(struct ca_model *m, const struct ca_answer *a, bool has_defaults,
                           bool with_unknown);

/* The gap of a question of ca_asked.h, in the same form, and in words made from that. `row` and
 * `key`: how the class stands to the policies that count. */
const char *ca_effect_json(struct ca_model *m, const uint8_t *row, const uint8_t *key,
                           const struct ca_effect *f);
const char *ca_effect_words(struct ca_model *m, const char *json);

#endif
