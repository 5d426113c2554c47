/* smtp_picture.h - SMTP AUTH by layer, counted: which of tenant, security policy and mailbox lets
 * how many mailboxes send with a password.
 *
 * Read from the derived tables smtp_auth and mailbox_smtp and from table collection. A layer that
 * was not fully read lets nobody through for certain: such mailboxes count as unknown. */
#ifndef REPORTS_SMTP_PICTURE_H
#define REPORTS_SMTP_PICTURE_H
#include "report_model.h"

enum smtp_verdict { SMTP_ALLOW, SMTP_CONDITIONAL, SMTP_UNKNOWN, SMTP_BLOCK, SMTP_NOT_APPLICABLE };
enum { SMTP_VERDICTS = SMTP_NOT_APPLICABLE + 1 };
/* The stored word: allow, conditional, ... */
const char *smtp_verdict_name(enum smtp_verdict v);

enum smtp_layer { LAYER_TENANT, LAYER_POLICY, LAYER_MAILBOX };
enum { SMTP_LAYERS = LAYER_MAILBOX + 1 };

enum smtp_empty { SMTP_EMPTY_NONE, SMTP_EMPTY_UNREAD, SMTP_EMPTY_UNDERIVED };

/* Mailboxes that a password can or might send from, as the sign-in log has them. */
struct smtp_use {
    size_t mailboxes;
    size_t oauth_ready; /* of them, with OAuth (of a person or an application) not stopped */
};

struct smtp_picture {
    /* No row in smtp_auth. `why` says what that means: none in the tenant, not read, or not
     * derived. Then all counts are 0 and mean nothing. */
    bool is_empty;
    const char *why;
    enum smtp_empty empty;
    size_t mailboxes; /* with a verdict other than not_applicable */
    size_t not_applicable;
    size_t basic[SMTP_VERDICTS], delegated[SMTP_VERDICTS], app[SMTP_VERDICTS];
    /* By layer: what it does to basic authentication of the `mailboxes`. Each row adds up.
     * SMTP_ALLOW means that this layer does not stop it. */
    size_t layer[SMTP_LAYERS][SMTP_VERDICTS];
    /* What this layer and those before it do together: the worst of their verdicts. */
    size_t past[SMTP_LAYERS][SMTP_VERDICTS];
    struct smtp_use use[2];            /* [1]: signed in over SMTP with a password that was right */
    bool sign_ins_known;               /* the sign-in log was read whole */
    evidence_set missing[SMTP_LAYERS]; /* resources of the layer that were not fully read */
    bool is_partial;                   /* the list of mailboxes itself is incomplete */
    char tenant_flag[16];              /* on|off|unknown, what the organization's switch says */
    size_t inherit, explicit_on, explicit_off, flag_unknown; /* the mailboxes' own switches */
};

enum err_code smtp_picture_load(const struct report_model *m, struct smtp_picture *out,
                                struct err *e);

/* Mailboxes for the tables: those that are stopped; or the others: can send first, then depends,
 * then not known. By address. */
struct smtp_mailbox {
    const char *address, *name, *basic, *delegated, *app, *reply, *layers, *fix, *confidence,
        *explanation;
    const char *last_seen; /* its last SMTP sign-in that succeeded; NULL: none in the log */
};
typedef enum err_code smtp_mailbox_fn(void *ctx, const struct smtp_mailbox *row, struct err *e);
enum err_code smtp_mailboxes_each(const struct report_model *m, bool stopped, size_t limit,
                                  smtp_mailbox_fn *fn, void *ctx, struct err *e);

#endif
