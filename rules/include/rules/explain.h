/* rules/explain.h - from what a device or program logged to what stands in the way, and what to do.
 *
 * Takes one error line or a whole log of any client, in whatever wrapping, and says which answers
 * of Exchange Online's submission server are in it (smtp_reply.h), which come from somebody else's
 * server, and which are known to nobody. An unknown 535 stays unknown: it is not a wrong password.
 * Secrets in the log are removed before it is looked at. Offline and pure. */
#ifndef RULES_EXPLAIN_H
#define RULES_EXPLAIN_H
#include "base/err.h"
#include "base/strs.h"
#include "rules/smtp_reply.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;

enum explain_kind {
    EXPLAIN_REPLY,        /* an answer of the catalogue: `reply` */
    EXPLAIN_OTHER_SERVER, /* told by wording or host to be another provider's: `sign`, or `who` */
    EXPLAIN_TOKEN,        /* Microsoft Entra refused a token (AADSTS...): `sign` */
    EXPLAIN_CLIENT,       /* the program's own words, no answer of a server: `sign` */
    EXPLAIN_UNKNOWN,      /* an error answer that nobody here knows: `text` */
    EXPLAIN_SUCCESS       /* greeting, AUTH accepted, message queued: only when nothing failed */
};
enum { EXPLAIN_KIND_COUNT = EXPLAIN_SUCCESS + 1 };
const char *explain_kind_name(enum explain_kind k);

enum { EXPLAIN_SIGN_TEXTS = 8 };

/* A wording that is not Exchange Online's. */
struct explain_sign {
    const char *id;
    enum explain_kind kind;
    const char *texts[EXPLAIN_SIGN_TEXTS]; /* any of them; NULL-padded */
    const char *who;                       /* whose server; NULL for EXPLAIN_CLIENT */
    const char *layer;                     /* other-server|client-tls|network|token|... */
    const char *says;                      /* what it means: a sentence */
    const char *fix;
};
size_t explain_sign_count(void);
const struct explain_sign *explain_sign_at(size_t i); /* NULL past the end */

enum { EXPLAIN_HOST_BYTES = 128, EXPLAIN_CANDIDATES = 16, EXPLAIN_ENHANCED_BYTES = 36 };

/* The tail " [host time id]" of Exchange Online's answers: what Microsoft's support asks for. Empty
 * strings where the log does not have it. Characters are from [A-Za-z0-9.:-] only. */
struct explain_support {
    char host[EXPLAIN_HOST_BYTES];
    char time[40];
    char id[24];
};

struct explain_finding {
    enum explain_kind kind;
    const struct smtp_reply *reply;  /* EXPLAIN_REPLY, and EXPLAIN_SUCCESS for ready and auth-ok */
    const struct explain_sign *sign; /* or NULL */
    const char *who;                 /* the provider, when known: "Microsoft 365", "Gmail", ... */
    const char *hint; /* EXPLAIN_OTHER_SERVER without a sign: what that provider wants */
    int code;         /* as seen in the log; 0: none */
    char enhanced[EXPLAIN_ENHANCED_BYTES]; /* as seen; "" for none */
    size_t line, last_line, count;         /* 1-based lines of the input */
    bool is_carried;                       /* it stood inside a 530 5.7.57 */
    bool is_cut; /* the log broke the text off; what there is fits only this */
    char
        *text; /* EXPLAIN_UNKNOWN: the answer, one line, shortened, still a stranger's; else NULL */
    /* EXPLAIN_UNKNOWN: catalogue rows with the same enhanced code, or that start like a cut text */
    const struct smtp_reply *candidates[EXPLAIN_CANDIDATES];
    size_t candidate_count;
    struct explain_support support;
};

struct explanation {
    struct explain_finding
        *v; /* the most telling first; [0] is the answer. n == 0: nothing known */
    size_t n;
    size_t lines;
    bool is_clipped;          /* more answers than LIMIT_EXPLAIN_HITS: the rest was not looked at */
    bool is_dotnet_530;       /* .NET's "MustIssueStartTlsFirst" was there: no word about TLS */
    size_t accepted_line;     /* last line where AUTH was accepted or mail queued; 0: none */
    size_t last_error_line;   /* 0: none */
    struct strlist addresses; /* mail addresses of the log, likeliest mailbox first */
};

/* ERR_LIMIT past LIMIT_EXPLAIN_BYTES. Any bytes will do. Caller owns the result. */
enum err_code explain_text(const char *bytes, size_t n, struct explanation **out, struct err *e);
void explain_free(struct explanation *x); /* NULL is a no-op */

/* How to tell cause `i` of a reply from the others: a sentence, or NULL. */
const char *explain_tell_apart(const struct smtp_reply *r, size_t i);

/* ---- what a snapshot says about the causes ---- */

enum explain_state {
    EXPLAIN_NOT_KNOWN, /* the evidence is missing, or cannot say */
    EXPLAIN_CONFIRMED,
    EXPLAIN_POSSIBLE, /* in part, or depending on the sign-in */
    EXPLAIN_RULED_OUT
};
const char *explain_state_name(enum explain_state s); /* not_known|confirmed|possible|ruled_out */

struct explain_mailbox; /* opaque: the facts of one mailbox and its tenant */

/* Looks for the first of `addresses` that a mailbox or account of the snapshot has (main address or
 * sign-in name). Facts have to be derived (rules/facts.h). Without a match the tenant's own
 * settings are loaded all the same; explain_mailbox_address is NULL then. Caller owns the result.
 */
enum err_code explain_mailbox_load(struct store *s, const struct strlist *addresses,
                                   struct explain_mailbox **out, struct err *e);
void explain_mailbox_free(struct explain_mailbox *m); /* NULL is a no-op */
const char *explain_mailbox_address(const struct explain_mailbox *m);
/* The verdict that the snapshot has for this mailbox; NULL without a mailbox. Borrowed. */
const char *explain_mailbox_basic(const struct explain_mailbox *m);
const char *explain_mailbox_reply(const struct explain_mailbox *m);
const char *explain_mailbox_text(const struct explain_mailbox *m);

/* Whether cause `i` of the reply holds in that tenant. *why is a sentence (owned by `m`, a
 * stranger's words may be in it), NULL when no setting bears on this cause. */
enum explain_state explain_check(struct explain_mailbox *m, const struct smtp_reply *r, size_t i,
                                 const char **why);

#endif
