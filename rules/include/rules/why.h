/* rules/why.h - one mailbox's SMTP AUTH verdict, gate by gate, and what would change it.
 *
 * Judged in memory from the evidence of a snapshot that may be read-only; the derived tables need
 * not be filled. Answers are data: whoever prints them escapes the text, of which names and values
 * were written by strangers. Everything that is returned lives until why_close(). */
#ifndef RULES_WHY_H
#define RULES_WHY_H
#include "base/err.h"
#include "base/strs.h"
#include "rules/facts.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct smtp_reply;
struct store;
struct why; /* opaque */

/* The options say the day that is asked about. The store is borrowed until why_close(). A temporary
 * table shadows mailbox_smtp meanwhile: use the store for nothing else. */
enum err_code why_open(struct store *s, const struct facts_options *o, struct why **out,
                       struct err *e);
void why_close(struct why *w); /* NULL is a no-op */

struct why_mailbox {
    const char *guid, *address, *upn, *display_name, *type; /* all but guid may be NULL */
    const char *user_id;                                    /* may be NULL */
};
enum { WHY_NEAR = 5 };
struct why_found {
    const struct why_mailbox *v; /* several: the name is ambiguous */
    size_t n;
    const char *near[WHY_NEAR]; /* nothing found: addresses like it, the likeliest first */
    size_t near_n;
    bool is_account;   /* nothing found, but an account without a mailbox has this name */
    bool is_unread;    /* nothing found, and mailboxes were not read completely: */
    const char *state; /* ... state and reason, for people */
};
/* By primary address, UPN, GUID (of mailbox or account) or display name; whole, in any letter
 * case. An address or GUID comes before a display name. */
enum err_code why_find(struct why *w, const char *name, struct why_found *out, struct err *e);

/* How one gate takes a password. */
enum why_effect {
    WHY_PASS,
    WHY_OVERRIDDEN, /* would stop it, but the mailbox's own setting counts */
    WHY_CONDITIONAL,
    WHY_UNKNOWN,
    WHY_BLOCK,
    WHY_NOT_APPLICABLE
};
const char *why_effect_name(enum why_effect x); /* pass|overridden|conditional|... */

struct why_gate {
    const char *id;       /* "tenant-switch" */
    const char *title;    /* "tenant switch" */
    const char *layer;    /* as in smtp_auth.layers */
    const char *value;    /* what was seen, for people */
    const char *where;    /* cmdlet or endpoint that it was read from */
    const char *evidence; /* property = value as it was read */
    const char *resource; /* key of table collection; NULL: not from evidence */
    const char *because;  /* a sentence without full stop, or NULL */
    enum why_effect effect;
    const char *oauth_delegated, *oauth_app; /* allow|block|... of this gate */
    bool is_supposed;                        /* by --what-if, not read */
};
enum { WHY_GATES = 11 };

/* A Conditional Access policy that has something to say to a password. */
struct why_policy {
    const char *id, *name, *words;
    const char *bearing; /* certain|conditional|unknown */
};

struct why_verdict {
    const char *basic, *oauth_delegated, *oauth_app; /* words of table smtp_auth */
    const char *confidence;
    const char *layers;             /* JSON array */
    const char *explanation;        /* sentences */
    const struct smtp_reply *reply; /* what the device's log says; NULL: none */
    bool is_reply_likely;           /* its wording is likely, not confirmed */
    struct why_gate gates[WHY_GATES];
    size_t decides; /* the gate that gives the verdict; WHY_GATES: none stops it */
    const struct why_policy *policies;
    size_t policies_n;
};

struct why_step {
    const char *text;       /* a sentence without full stop */
    const char *powershell; /* or NULL; never run by us */
    const char *portal;     /* the way through the portal, or NULL */
    const char *url;        /* or NULL */
};
struct why_path {
    const char *id, *title;
    const struct why_step *steps;
    size_t n;
    const char *cost; /* what it costs in security, a sentence without full stop */
};
/* What may stop the mail and is not collected, so that no verdict stands on it. */
struct why_unread {
    const char *id;   /* "app-password" */
    const char *text; /* a sentence without full stop */
    const char *how;  /* what to run or where to look */
};
struct why_change {
    const char *text;    /* "mailbox-smtp=on" */
    const char *warning; /* what it would mean in earnest, or NULL */
};

struct why_answer {
    struct why_mailbox mailbox;
    const char *as_of;     /* day */
    const char *collected; /* time the collection began, or NULL */
    struct why_verdict before;
    const struct why_change *changes;
    size_t changes_n;
    struct why_verdict after; /* equals `before` without changes */
    /* For `after`: ways to repair it, the safest first. */
    const struct why_path *paths;
    size_t paths_n;
    /* ... and what is in the way once the gate that decides is repaired, in gate order. */
    const char *const *next;
    size_t next_n;
    /* ... and what was not read and can matter for this mailbox. */
    const struct why_unread *unread;
    size_t unread_n;
    bool is_plain_sending; /* nothing stops it: paths are advice, not repair */
};
/* `changes`: texts "key=value[,key=value]..." of --what-if. ERR_USAGE names what is wrong. */
enum err_code why_ask(struct why *w, const struct why_mailbox *m, const struct strlist *changes,
                      struct why_answer *out, struct err *e);

struct why_condition {
    const char *name, *met /* yes|no|unknown */, *detail;
};
enum { WHY_CONDITIONS = 10 };
struct why_policy_result {
    const char *id, *name, *state, *controls;
    const char *applies; /* yes|no|unknown: conditions only */
    bool is_enforced;    /* false: off or report-only */
    bool is_excluded_by_hypothesis;
    struct why_condition conditions[WHY_CONDITIONS];
};
struct why_sign_in {
    const char *person;    /* name of the account that signs in, or NULL when not said */
    const char *text;      /* the sign-in as it was understood */
    const char *blocked;   /* yes|no|unknown, over the enforced policies */
    const char *needs_mfa; /* the same */
    const struct why_policy_result *v;
    size_t n;
};
/* `said`: texts "key=value[,key=value]..." of --sign-in. `m` is who signs in unless user= says
 * somebody else; may be NULL. Of `changes` only exclude-from means something here. */
enum err_code why_sign_in_ask(struct why *w, const struct why_mailbox *m,
                              const struct strlist *said, const struct strlist *changes,
                              struct why_sign_in *out, struct err *e);

/* Of an entry or a circle: how many people, of them with an active directory role, with a mailbox.
 */
struct why_count {
    size_t people, admins, mailboxes;
};
struct why_person {
    const char *id, *name; /* name: the UPN, else the id */
    const char *words;     /* by which way: "excluded through the group X" */
    bool is_admin, has_mailbox;
};
enum { WHY_PEOPLE = 50 /* named; the rest is counted */ };
struct why_circle {
    struct why_count count;
    struct why_person *v;
    size_t n;
};
struct why_entry {
    bool is_exclude;
    const char *kind;             /* user|group|role|guest */
    const char *id, *name, *note; /* note: no longer exists, was not read; NULL: nothing */
    struct why_count count;       /* who surely belongs to it */
};
struct why_reach {
    const char *id, *name, *state, *controls;
    bool is_enforced;
    bool are_admins_known, are_mailboxes_known; /* false: there may be more than counted */
    const struct why_entry *entries;
    size_t entries_n;
    struct why_circle in_scope, maybe;
    struct why_circle excluded; /* the blast radius: in scope but for an exclusion */
};
/* Whom the policy with this id or name reaches and whom it leaves out. */
enum err_code why_policy_ask(struct why *w, const char *name, struct why_reach *out, struct err *e);

/* ERR_USAGE when these texts cannot be meant, whatever the snapshot says: for asking before
 * anything is contacted. */
enum err_code why_change_check(const struct strlist *changes, struct err *e);
enum err_code why_sign_in_check(const struct strlist *said, struct err *e);

#endif
