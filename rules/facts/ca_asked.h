/* rules/facts/ca_asked.h - the questions of table user_ca_effect. Private to ca_*.c.
 *
 * A question is a row of a table: which modern sign-ins (or which user action) it is about, and
 * what each of them is held to. "Held" by a policy: it applies and blocks the sign-in or demands
 * what the question names; one such policy a sign-in is enough. The answer for a class of people:
 *
 *   always     each of these sign-ins is held, whatever was not read
 *   sometimes  one of them, the witness, is held by no policy, and others are or may be
 *   never      no policy holds any of them
 *   unknown    whether all of them are held hangs on what was not read; the words say on what
 *
 * Set arithmetic is that of ca_box.h: exact, or unknown where it is cut off. */
#ifndef RULES_FACTS_CA_ASKED_H
#define RULES_FACTS_CA_ASKED_H
#include "ca_verdict.h"

enum ca_demanded {
    CA_ASK_BLOCK,          /* nothing less than a block */
    CA_ASK_MFA,            /* MFA, or blocked */
    CA_ASK_PHISH,          /* a phishing-resistant method, or blocked */
    CA_ASK_REMEDY,         /* a new password or Microsoft's remediation of risk, or blocked */
    CA_ASK_HOURS,          /* has to sign in again after some time, or blocked */
    CA_ASK_NO_PERSISTENCE, /* the browser does not keep the session, or blocked */
    CA_ASK_TOKEN           /* the session is bound to the device, or blocked */
};
enum ca_where { CA_ANYWHERE, CA_UNTRUSTED_PLACE, CA_UNNAMED_PLACE };
enum { CA_ASKED_VALUES = 2 };

struct ca_question_row {
    const char *id;
    enum ca_demanded demand;
    /* The values that it is about, by condition; none: all. Of apps: ids, or a user action. */
    const char *value[CA_DIM_COUNT][CA_ASKED_VALUES];
    enum ca_where where;
    bool is_unmanaged; /* devices that are neither compliant nor hybrid joined */
};
/* ca_questions.c */
size_t ca_question_rows(void);
const struct ca_question_row *ca_question_row(size_t i);
struct ca_region ca_question_region(struct ca_model *m, const struct ca_question_row *q);
/* Does the policy, once its conditions are met, hold a sign-in from this device? Of session
 * controls: whatever their value. */
enum ca_tri ca_question_holds(const struct ca_policy *p, const struct ca_atom *device,
                              const struct ca_question_row *q);
/* Of the value that the question is about, when it is about one; else NULL. */
const char *ca_question_value(const struct ca_question_row *q, enum ca_dim d, const char **words);

/* ca_effects.c */
/* What the live-th policy holds of the question, for certain or perhaps. */
const uint64_t *ca_asked_box(const struct ca_model *m, const struct ca_question_row *q, size_t live,
                             enum ca_tri least);
void ca_effects_init(struct ca_model *m);
void ca_effects_release(struct ca_model *m);

#endif
