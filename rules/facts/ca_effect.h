/* rules/facts/ca_effect.h - what Conditional Access does to a person's sign-ins.
 *
 * Effect, not shape: every policy that is in force is evaluated over every sign-in that the
 * policies of this tenant can tell apart. The values that any policy mentions, plus "everything
 * else", are the atoms of each condition; a sign-in is one atom of each; a policy covers a product
 * of atom sets (ca_box.h). People with the same policies in scope form one class (ca_scope.h), and
 * each question is asked once a class.
 *
 * Three values all the way: a policy covers a sign-in for certain, possibly, or not. Possibly comes
 * from evidence that is not there: a group that was not read, a location that is not in
 * the evidence, an application filter (custom attributes are not collected), a value that this
 * program does not know. An answer that hangs on a possibly is unknown, with the reason.
 *
 * A group that was deleted is not a possibly: it has no members, so that naming it reaches and
 * spares nobody (until somebody restores it: Entra keeps deleted Microsoft 365 groups for 30 days).
 *
 * Approximations, on purpose:
 *  - The network address, its country, the platform and the device are free of each other, as in
 *    Microsoft's What If: nobody can tell from the evidence which country an address belongs to.
 *  - Of the applications inside Office365 and MicrosoftAdminPortals a table names the well-known
 *    ones (ca_apps.c); whether any other application belongs to them is not known.
 *  - User actions (registering security information or a device) and authentication contexts are
 *    not sign-ins to an application: they take no part in the question about MFA.
 *
 * Not thread-safe, where nothing else is said. Everything that is returned is borrowed from the
 * model. */
#ifndef RULES_FACTS_CA_EFFECT_H
#define RULES_FACTS_CA_EFFECT_H
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct evidence_states;
struct store;
struct ca_model; /* opaque */

/* Reads the evidence once. `as_of_ms` decides what is enforced on that day (approvedApplication
 * until March 2026). The store may be closed afterwards. Caller owns the model. */
enum err_code ca_model_load(struct store *s, const struct evidence_states *states, int64_t as_of_ms,
                            struct ca_model **out, struct err *e);
void ca_model_free(struct ca_model *m); /* NULL is a no-op */

/* Ordered: of several answers the greatest wins. */
enum ca_verdict { CA_ALLOW, CA_CONDITIONAL, CA_UNKNOWN, CA_BLOCK };
const char *ca_verdict_name(enum ca_verdict v); /* allow|conditional|unknown|block */
enum ca_confidence { CA_LOW, CA_MEDIUM, CA_HIGH };

/* A policy in an answer. */
struct ca_line {
    const char *policy_id;
    const char *policy_name; /* never NULL: the id when there is no name */
    /* certain: what it demands ("blocks access"); conditional: when it applies and what it then
     * demands; unknown: why it cannot be told. No full stop. */
    const char *words;
};
struct ca_lines {
    const struct ca_line *v;
    size_t n;
};
struct ca_answer {
    enum ca_verdict verdict;
    enum ca_confidence confidence;
    struct ca_lines certain;     /* apply to each of these sign-ins, whatever else it is like */
    struct ca_lines conditional; /* apply to some: from some places, at some risk, ... */
    struct ca_lines unknown;     /* may apply */
    const char *words;           /* one sentence for people, without a full stop; never NULL */
};

enum ca_question {
    /* Basic authentication over SMTP: client `other`, Exchange Online, no platform, no device. A
     * legacy client can satisfy no grant control, so any effective one blocks (Microsoft: "the
     * end-user experience is always the same - blocked access"). Allow, block, conditional (on the
     * place or on risk) or unknown. */
    CA_BASIC_SMTP,
    /* The sign-in of a person in a mobile or desktop app that asks for an Exchange Online token
     * (SMTP.Send), in an ordinary flow. Block: never gets one. Conditional: some control has to be
     * satisfied (MFA, a device, terms of use), or it depends on the sign-in. A policy on device
     * code flow alone is listed under conditional and leaves the verdict as it is. */
    CA_OAUTH_DELEGATED,
    CA_QUESTION_COUNT
};
/* Conditional Access only: security defaults and per-user MFA are other gates. A user id that is
 * not in table `user` gets CA_UNKNOWN with the reason. */
const struct ca_answer *ca_answer(struct ca_model *m, const char *user_id, enum ca_question q);
/* The same if the person were excluded from these policies. */
const struct ca_answer *ca_answer_without(struct ca_model *m, const char *user_id,
                                          enum ca_question q, const char *const *policy_ids,
                                          size_t n);
/* Where the sign-in comes from. An address that is in no trusted named location counts as not
 * trusted, although it could be one of the "MFA trusted IPs", which no API gives. */
struct ca_origin {
    const char *ip;      /* IPv4 or IPv6; NULL: anywhere */
    const char *country; /* with an address only: two letters or "unknown"; NULL: any */
};
/* ERR_USAGE when there is no such place. */
enum err_code ca_origin_check(const struct ca_origin *from, struct err *e);
/* Whether any policy in force asks if an address is trusted. */
bool ca_asks_trusted(const struct ca_model *m);
/* ca_answer_without for the sign-ins from there; the origin was checked. */
const struct ca_answer *ca_answer_from(struct ca_model *m, const char *user_id, enum ca_question q,
                                       const char *const *policy_ids, size_t n,
                                       const struct ca_origin *from);

/* Row of table user_protection. */
struct ca_protection {
    const char *mfa;         /* always|sometimes|never|unknown */
    const char *gap;         /* JSON or NULL */
    const char *legacy;      /* blocked|allowed|conditional|unknown */
    const char *legacy_json; /* JSON array of policy ids and "security-defaults" */
};
size_t ca_user_count(const struct ca_model *m);
const char *ca_user_id(const struct ca_model *m, size_t user);
/* Borrowed until the next call. */
void ca_protection(struct ca_model *m, size_t user, struct ca_protection *out);

/* What policies do to people's sign-ins, question by question (ca_questions.c): people of whom all
 * answers are the same share an effect. Borrowed from the model. */
struct ca_effect_answer {
    const char *question; /* its id */
    const char *answer;   /* always|sometimes|never|unknown (ca_asked.h) */
    /* How long a session lasts at most: for certain, and perhaps; below 0: not bounded, or the
     * question is not about time. */
    int hours, hours_least;
    const char *gap;   /* JSON as mfa_gap; NULL when always */
    const char *words; /* the same for people, without a full stop; NULL when always */
};
size_t ca_question_count(void);
size_t ca_user_effect(struct ca_model *m, size_t user);
/* While this role, for which the person is eligible in the whole tenant, is active. The same as
 * ca_user_effect when the person is not, or no policy names the role. */
size_t ca_role_effect(struct ca_model *m, size_t user, const char *role_template_id);
size_t ca_effect_count(const struct ca_model *m); /* effects so far: 0 to n - 1 */
void ca_effect_answer(const struct ca_model *m, size_t effect, size_t question,
                      struct ca_effect_answer *out);

/* One imagined sign-in. NULL: not said, so that a condition on it cannot be judged. */
struct ca_sign_in {
    const char *user_id;
    const char *app;          /* application id, urn:user:..., or an authentication context c1.. */
    const char *client;       /* browser|mobileAppsAndDesktopClients|exchangeActiveSync|other */
    const char *platform;     /* android|iOS|windows|windowsPhone|macOS|linux|none */
    const char *ip;           /* IPv4 or IPv6 */
    const char *country;      /* two letters, or "unknown" */
    const char *user_risk;    /* none|low|medium|high */
    const char *sign_in_risk; /* none|low|medium|high */
    const char *insider_risk; /* none|minor|moderate|elevated */
    const char *flow;         /* none|deviceCodeFlow|authenticationTransfer */
    const char *device;       /* unregistered|compliant|hybridJoined|registered */
};
/* "What if this person were excluded from this policy". */
struct ca_hypothesis {
    const char *policy_id;
};

enum ca_tri { CA_NO, CA_MAYBE, CA_YES };
const char *ca_tri_name(enum ca_tri t); /* no|unknown|yes */

struct ca_condition {
    const char *name; /* users, applications, client apps, ... */
    enum ca_tri met;
    const char *detail; /* what the policy says, in words; of users: why; never NULL */
};
enum { CA_CONDITIONS = 10 };
struct ca_policy_result {
    const char *id, *name, *state;
    enum ca_tri applies; /* conditions only; see is_enforced */
    bool is_enforced;    /* false: report-only or disabled */
    bool is_excluded_by_hypothesis;
    struct ca_condition conditions[CA_CONDITIONS];
    const char *controls; /* "multifactor authentication or compliant device" */
};
struct ca_what_if_result {
    struct ca_policy_result *v; /* in policy id order, disabled ones included */
    size_t n;
    /* Over the enforced ones: does the sign-in succeed, and does it need MFA? */
    enum ca_tri blocked;
    enum ca_tri needs_mfa;
};
/* Offline What If. ERR_USAGE for a value that no sign-in has (a bad address, an unknown client).
 * Caller releases. */
enum err_code ca_what_if(struct ca_model *m, const struct ca_sign_in *s,
                         const struct ca_hypothesis *h, size_t nh, struct ca_what_if_result *out,
                         struct err *e);
void ca_what_if_release(struct ca_what_if_result *r);

/* SIZE_MAX when nobody has this id. This one, ca_user_count(), ca_user_id() and ca_user_class()
 * only look at what loading left: another thread may call them meanwhile. */
size_t ca_user_find(const struct ca_model *m, const char *id);
/* People of one class get the same answers. */
uint32_t ca_user_class(const struct ca_model *m, size_t user);

/* Accounts of table user that belong to a group that a policy names, ascending. False when the
 * model does not know the group. */
bool ca_group_members(const struct ca_model *m, const char *group_id, const uint32_t **user,
                      size_t *n);

/* ca_reach.c: whom one policy for people names, whatever its state. */
struct ca_entry {
    bool is_exclude;
    const char *kind; /* user|group|role|guest */
    const char *id;   /* or a word such as All */
    const char *name; /* never NULL: the id when there is no name */
    const char *note; /* "no longer exists", or what is not known of it; NULL: nothing */
    const void *target;
};
struct ca_policy_people {
    const char *id, *name, *state, *controls;
    bool is_enforced;
    const struct ca_entry *v;
    size_t n;
    const void *policy;
};
/* False: no policy for people has this id. */
bool ca_policy_open(struct ca_model *m, const char *id, struct ca_policy_people *out);
enum ca_reach {
    CA_REACH_NOT, /* not included */
    CA_REACH_IN,
    CA_REACH_MAYBE,
    CA_REACH_SPARED /* excluded, and in scope, perhaps, without that */
};
enum ca_reach ca_policy_reach(const struct ca_model *m, const struct ca_policy_people *p,
                              size_t user);
enum ca_tri ca_entry_has(const struct ca_model *m, const struct ca_entry *e, size_t user);
/* "excluded through the group X" */
const char *ca_reach_words(struct ca_model *m, const struct ca_policy_people *p, size_t user);

/* For benchmarks and curiosity. */
struct ca_figures {
    size_t users, policies, classes, atoms, boxes, effects, bytes;
};
void ca_model_figures(const struct ca_model *m, struct ca_figures *out);

#endif
