/* rules/facts/smtp_why.h - what the parts of `why` share. Private to smtp_why*.c. */
#ifndef RULES_FACTS_SMTP_WHY_H
#define RULES_FACTS_SMTP_WHY_H
#include "base/buf.h"
#include "ca_pool.h"
#include "model/evidence.h"
#include "rules/why.h"
#include "smtp_case.h"

struct why {
    struct store *store;
    struct evidence_states states;
    struct derive_context derive;
    struct smtp_tenant tenant;
    struct ca_pool pool; /* everything that is returned */
    const char *cloud, *collected;
    bool has_table;
};

/* One mailbox, as read and perhaps as supposed. */
struct why_case {
    struct smtp_case c;
    const char *user_id;
    const struct ca_answer *ca_basic; /* NULL: nothing or nobody to ask about */
    bool is_supposed[SMTP_GATE_COUNT];
    struct smtp_verdict v;
    bool is_admin; /* holds a directory role, as far as roles were read */
};

/* A text of ours and of strangers that goes into the pool; releases the buffer. */
const char *why_keep(struct why *w, struct buf *b);
/* Splits "a=b,c=d": a comma ends a value only before another "key=", so that names may hold
 * commas. Keys and values alternate in `out`. ERR_USAGE when there is no '='. */
enum err_code why_split(const char *option, const struct strlist *texts, struct strlist *out,
                        struct err *e);
/* An account by id, UPN, or the address of its mailbox; NULL: none, or several. In the pool. */
enum err_code why_user(struct why *w, const char *name, const char **id, struct err *e);
/* A policy by id or name, in any letter case. ERR_USAGE: none or several. In the pool. */
enum err_code why_policy_id(struct why *w, const char *name, const char **id, struct err *e);

/* What --what-if supposes of the sign-in. */
struct why_supposed {
    struct strlist without; /* ids of policies; released by the caller */
    struct ca_origin from;  /* texts in the pool */
};
/* smtp_why_change.c: applies --what-if to `k` and judges it. */
enum err_code why_change_apply(struct why *w, const struct strlist *texts, struct why_case *k,
                               struct why_supposed *s, struct why_answer *out, struct err *e);
void why_judge(struct why *w, const struct why_supposed *s, struct why_case *k);

/* smtp_why_gates.c: the gates with what was seen. */
enum err_code why_gates(struct why *w, const struct why_case *k, struct why_verdict *out,
                        struct err *e);
/* smtp_why_unread.c: what no verdict stands on. */
void why_unread(struct why *w, const struct why_case *k, struct why_answer *out);
/* smtp_why_fix.c: paths and what comes after. */
void why_paths(struct why *w, const struct why_case *k, struct why_answer *out);

#endif
