/* rules/facts/smtp_gates.h - may this mailbox send over SMTP AUTH, and which gate stops it?
 *
 * Exchange Online asks several gates in turn. Each gate is a run of rows in one const table
 * (smtp_rows.c); the first row of a gate whose condition holds on the mailbox's facts gives the
 * gate's answer, and a gate without such a row lets the mailbox pass. All gates are asked, because
 * repairing the first that blocks only uncovers the next. To add a gate: an id here, its name in
 * smtp_gate_layer, its rows in the table at the place where the service asks it.
 *
 * Pure: facts in, verdict out, nothing allocated. */
#ifndef RULES_FACTS_SMTP_GATES_H
#define RULES_FACTS_SMTP_GATES_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fact { FACT_UNKNOWN, FACT_NO, FACT_YES };

enum smtp_mechanism {
    SMTP_BASIC,           /* AUTH LOGIN with a password */
    SMTP_OAUTH_DELEGATED, /* XOAUTH2 with a person's token (SMTP.Send) */
    SMTP_OAUTH_APP,       /* XOAUTH2 with an application's token (SMTP.SendAsApp) */
    SMTP_MECHANISM_COUNT
};

/* Ordered: of several answers the greatest wins. */
enum smtp_answer {
    SMTP_ALLOW, /* of a gate: pass */
    SMTP_CONDITIONAL,
    SMTP_UNKNOWN,
    SMTP_BLOCK,
    SMTP_NOT_APPLICABLE
};
const char *smtp_answer_name(enum smtp_answer a);

/* In the order in which they are asked; also the order of `layers`. */
enum smtp_gate {
    GATE_RECIPIENT,
    GATE_SERVICE,
    GATE_TENANT,
    GATE_MAILBOX,
    GATE_AUTH_POLICY,
    GATE_ACCOUNT,
    GATE_FEDERATION,
    GATE_SECURITY_DEFAULTS,
    GATE_CA,
    GATE_MFA,
    GATE_LICENCE
};
enum { SMTP_GATE_COUNT = GATE_LICENCE + 1 };
/* The word for `layers`. */
const char *smtp_gate_layer(enum smtp_gate g);

enum smtp_confidence { CONFIDENCE_LOW, CONFIDENCE_MEDIUM, CONFIDENCE_HIGH };
const char *smtp_confidence_name(enum smtp_confidence c);

enum smtp_recipient {
    RECIPIENT_UNKNOWN,
    RECIPIENT_NONE,   /* no mailbox here: mail user, contact, mailbox on premises */
    RECIPIENT_USER,   /* a mailbox that needs a licence */
    RECIPIENT_SHARED, /* shared, room, equipment: works without a licence */
    RECIPIENT_HVE     /* High Volume Email account */
};
/* From RecipientTypeDetails; NULL gives RECIPIENT_UNKNOWN. */
enum smtp_recipient smtp_recipient_of(const char *recipient_type, bool is_hve);

enum smtp_switch { SWITCH_UNKNOWN, SWITCH_OFF, SWITCH_ON, SWITCH_INHERIT };
enum smtp_mfa { MFA_UNKNOWN, MFA_DISABLED, MFA_ENABLED, MFA_ENFORCED };

/* The facts of one mailbox. Texts are borrowed for one judgement and may be NULL. */
struct smtp_case {
    int64_t as_of_ms;
    int64_t removal_ms; /* day on which basic goes for good, as the operator says; 0: not known */
    enum smtp_recipient recipient;
    enum smtp_switch tenant_switch; /* on, off or unknown */
    enum smtp_switch mailbox_switch;
    enum fact own_policy_known;    /* whether the person's own policy was read */
    enum fact policy_known;        /* whether it is known which policy applies */
    enum fact policy_allows_basic; /* yes when none applies */
    enum fact policy_exists;       /* no: all were read, and the one that is named is not there */
    bool is_policy_own;            /* the account names it; else it is the organization's default */
    enum fact account_enabled;
    enum fact is_federated;
    enum fact security_defaults;
    /* What Conditional Access does to a sign-in with each mechanism: allow, block, conditional or
     * unknown. `ca_text` is the sentence for people. */
    enum fact ca_was_read;
    enum smtp_answer ca_basic;
    enum smtp_answer ca_delegated;
    enum smtp_confidence ca_confidence;
    enum smtp_mfa mfa;      /* per-user MFA */
    bool uses_app_password; /* supposed: whether a device does cannot be read */
    enum fact has_plan;

    const char *guid;
    const char *address;
    const char *recipient_type;
    const char *policy_name;
    const char *domain; /* of the sign-in name */
    const char *ca_text;
};

/* One row of the decision table. Texts hold {mailbox}, {type}, {policy}, {domain}, {ca} and
 * {read}, which smtp_text.c fills in. */
struct smtp_row {
    const char *id; /* of the row in the decision table; a letter "u" marks missing evidence */
    enum smtp_gate gate;
    bool (*holds)(const struct smtp_case *c);
    enum smtp_answer answer[SMTP_MECHANISM_COUNT];
    bool
        is_from_ca; /* delegated answer and confidence are the case's ca_delegated, ca_confidence */
    enum smtp_confidence confidence; /* in the answer */
    const char *reply;               /* what basic gets: an id of the reply catalogue, or NULL */
    bool is_reply_likely;            /* the text is likely, not confirmed */
    const char *evidence[2];         /* unknown: where it comes from; the first that was not read
                                      * completely is to blame */
    const char *because;             /* a sentence */
    const char *fix;                 /* the smallest safe repair, or NULL */
};
size_t smtp_row_count(void);
const struct smtp_row *smtp_row_at(size_t i);

struct smtp_verdict {
    enum smtp_answer answer[SMTP_MECHANISM_COUNT];
    enum smtp_confidence confidence;
    const char *reply;                            /* for basic; NULL: none */
    const struct smtp_row *rows[SMTP_GATE_COUNT]; /* each gate's row; NULL: it passes */
};
void smtp_judge(const struct smtp_case *c, struct smtp_verdict *out);

#endif
