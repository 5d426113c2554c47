/* smtp_gates.h - may this account sign in over SMTP? Exchange Online's gates, in its order.
 *
 * Texts are those that the service sends, code and enhanced code in front, without the tail
 * " [host time id]" that smtp.c adds to refusals. */
#ifndef SIM_SMTP_GATES_H
#define SIM_SMTP_GATES_H

#include "sim.h"

struct smtp_account {
    json_t *user;            /* Graph's object, borrowed from the tenant */
    const json_t *recipient; /* mailbox or mail user; NULL: neither */
    const json_t *described; /* the description's user */
    bool is_hve;
};

/* NULL members when nobody has that sign-in name or address. */
struct smtp_account smtp_account_find(const struct tenant *t, const char *name);

/* The answer to AUTH LOGIN. `wrong_tries`: wrong passwords of this account so far; counts up. */
const char *smtp_password_answer(struct sim *s, const struct smtp_account *a, const char *password,
                                 json_t *wrong_tries);
/* The answer to AUTH XOAUTH2 with an application's token. */
const char *smtp_token_answer(struct sim *s, const struct smtp_account *a, const char *token);
extern const char *const smtp_accepted;

/* The answers to MAIL FROM, RCPT TO and the message; NULL: the ordinary 250. */
const char *smtp_sender_answer(const struct smtp_account *a, const char *from);
const char *smtp_recipient_answer(const struct tenant *t, const struct smtp_account *a,
                                  const char *to);
const char *smtp_message_answer(const struct smtp_account *a);

#endif
