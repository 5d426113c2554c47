/* rules/facts/ca_model.h - the evidence about Conditional Access, in memory. Private to ca_*.c.
 *
 * ca_model.c reads policies, conditions and controls; ca_people.c users, groups and roles;
 * ca_places.c named locations; ca_strength.c authentication strengths. Then ca_space.c builds the
 * atoms and each policy's boxes, and ca_scope.c the classes of people. */
#ifndef RULES_FACTS_CA_MODEL_H
#define RULES_FACTS_CA_MODEL_H
#include "ca_box.h"
#include "ca_effect.h"
#include "ca_pool.h"

struct stmt;

/* What an include or exclude entry is about. */
enum ca_kind {
    CA_KIND_USER,
    CA_KIND_GROUP,
    CA_KIND_ROLE,
    CA_KIND_GUEST,
    CA_KIND_APP,
    CA_KIND_APP_FILTER,
    CA_KIND_USER_ACTION,
    CA_KIND_CONTEXT,
    CA_KIND_CLIENT,
    CA_KIND_PLATFORM,
    CA_KIND_LOCATION,
    CA_KIND_DEVICE_FILTER,
    CA_KIND_USER_RISK,
    CA_KIND_SIGN_IN_RISK,
    CA_KIND_INSIDER_RISK,
    CA_KIND_FLOW,
    CA_KIND_OTHER, /* a condition that this program does not know */
    CA_KIND_COUNT
};

struct ca_target {
    enum ca_kind kind;
    bool is_exclude;
    const char *text; /* interned: the same text has one address */
    const char *detail;
    const void *ref; /* the group, role, place or filter that `text` names; NULL: none */
};

enum ca_control_kind {
    CA_CONTROL_BLOCK,
    CA_CONTROL_MFA,
    CA_CONTROL_COMPLIANT,
    CA_CONTROL_JOINED,
    CA_CONTROL_APPROVED_APP,
    CA_CONTROL_PROTECTED_APP,
    CA_CONTROL_PASSWORD_CHANGE,
    CA_CONTROL_RISK_REMEDIATION,
    CA_CONTROL_STRENGTH,
    CA_CONTROL_TERMS,
    CA_CONTROL_CUSTOM,
    CA_CONTROL_UNSEEN
};
enum ca_quality { CA_QUALITY_MFA, CA_QUALITY_PHISH, CA_QUALITY_REMEDY, CA_QUALITY_COUNT };
struct ca_control {
    enum ca_control_kind kind;
    /* Does satisfying it take MFA; a phishing-resistant method; a changed password or Microsoft's
     * remediation of risk? One for each enum ca_quality. */
    enum ca_tri takes[CA_QUALITY_COUNT];
    const char *text;  /* as on the wire, or the strength's id */
    const char *words; /* for people */
};

enum ca_state { CA_STATE_ENFORCED, CA_STATE_REPORT_ONLY, CA_STATE_DISABLED, CA_STATE_UNSEEN };
enum ca_operator { CA_OPERATOR_UNSAID, CA_OPERATOR_AND, CA_OPERATOR_OR };

/* Session controls (ca_session.c). Hours after which a person has to sign in again; 0: every time.
 */
enum { CA_HOURS_NONE = -1, CA_HOURS_UNREAD = -2 };
enum ca_persistence { CA_PERSIST_UNSAID, CA_PERSIST_NEVER, CA_PERSIST_ALWAYS, CA_PERSIST_UNREAD };
struct ca_session {
    int hours;
    enum ca_persistence persistence; /* of the browser's session */
    bool has_token_protection;
};

/* The boxes of one policy: which sign-ins it ... for certain and possibly. */
enum ca_box_kind {
    CA_BOX_SCOPE, /* applies to: its conditions alone, whatever it then demands */
    CA_BOX_COVER, /* lets succeed only with MFA, or not at all */
    CA_BOX_BLOCK, /* stops */
    CA_BOX_MFA,   /* lets succeed, with MFA only */
    CA_BOX_COUNT
};

struct ca_policy {
    const char *id, *name;
    const char *state_text;
    enum ca_state state;
    struct ca_target *target;
    size_t targets;
    struct ca_control *control;
    size_t controls;
    bool has_session;
    struct ca_session session;
    enum ca_operator operation;
    enum ca_tri legacy_block;     /* once in scope, does it stop a legacy client? */
    enum ca_tri has_grant;        /* is there any grant control in force? */
    uint64_t *must[CA_BOX_COUNT]; /* whole boxes of the space; NULL when the policy is not live */
    uint64_t *may[CA_BOX_COUNT];
};

/* Kinds of people, as far as the directory object tells (ca_people.c). */
enum ca_person {
    CA_MEMBER,
    CA_LOCAL_GUEST,
    CA_B2B_GUEST,
    CA_B2B_MEMBER,
    CA_PERSON_UNSAID /* no user type */
};
enum ca_mfa_state { CA_MFA_UNKNOWN, CA_MFA_OFF, CA_MFA_ON };

struct ca_user {
    uint32_t id; /* offset into people.ids */
    uint32_t class_id;
    uint8_t person;    /* enum ca_person */
    uint8_t mfa_state; /* enum ca_mfa_state */
    uint8_t is_admin;  /* enum ca_tri: has a role that security defaults ask for MFA always */
    uint8_t is_sync;   /* enum ca_tri: the synchronization account, which they leave alone */
    bool is_eligible;  /* for some role that a policy names */
};

/* People that a policy names together: a group, or the active holders of a role. */
struct ca_circle {
    const char *id;
    const char *name;  /* may be NULL */
    bool is_whole;     /* false: somebody who is not listed may belong to it all the same */
    const char *doubt; /* why not, in words; NULL when whole */
    bool is_gone;      /* the object does not exist any more: nobody belongs to it */
    uint32_t *user;    /* ascending */
    size_t n;
    uint32_t *eligible; /* roles: eligible, not active; ascending */
    size_t eligible_n;
};
struct ca_circles {
    struct ca_circle **v; /* in the pool */
    size_t n;
    struct ca_map by_id;
};

struct ca_people {
    char *ids;
    size_t ids_used, ids_cap;
    struct ca_user *user;
    size_t n, cap;
    uint32_t *slot; /* hash table of user index + 1 */
    size_t slots;
};

struct ca_place; /* ca_places.h */
struct ca_places;
struct ca_rule; /* ca_filter.h */

/* One value of a condition, or several that no policy tells apart. */
struct ca_atom {
    const char *id;    /* stable word or id, for JSON */
    const char *words; /* for people */
    int cost;          /* the lower, the more everyday: which witness is chosen */
    unsigned flags;
    const uint8_t *scope;                      /* enum ca_tri, one a live policy */
    uint8_t part;                              /* values of different parts never share an atom */
    uint8_t spots;                             /* locations only: CA_SPOT_* */
    enum ca_tri compliant, joined, registered; /* devices only: so do these keep them apart */
};
enum {
    CA_ATOM_EXISTS = 1,   /* there are such sign-ins: a gap here is a gap */
    CA_ATOM_POSSIBLE = 2, /* there may be: to say "always", these too must be covered */
    CA_ATOM_USUAL = CA_ATOM_EXISTS | CA_ATOM_POSSIBLE,
    /* not a sign-in to an application but a user action: only who asks for it by name sees it */
    CA_ATOM_ACTION = 4
};
/* What some of the places that an atom stands for are like. */
enum {
    CA_SPOT_UNTRUSTED = 1,       /* in no trusted location */
    CA_SPOT_PERHAPS_TRUSTED = 2, /* ... or perhaps in one */
    CA_SPOT_UNNAMED = 4,         /* in none of the locations that policies name */
    CA_SPOT_PERHAPS_UNNAMED = 8
};

struct ca_axis {
    struct ca_atom *atom;
    size_t n, cap;
    bool is_full;
    struct ca_map by_signature;
};

struct ca_classes {
    uint8_t *row; /* enum ca_scope_state, one a live policy, one row a class */
    size_t n, cap;
};

/* How a policy has a class of people in its scope. */
enum ca_scope_state {
    CA_SCOPE_OUT,      /* not included */
    CA_SCOPE_EXCLUDED, /* excluded, whether included or not */
    CA_SCOPE_MAYBE,
    CA_SCOPE_IN
};

struct ca_verdicts; /* ca_verdict.h */
struct ca_effects;  /* ca_asked.h */
enum { CA_FIXED_VALUES = 8 /* most of one condition with a fixed list of values */ };

struct ca_model {
    struct ca_pool pool;
    struct ca_map texts;
    int64_t as_of_ms;
    const char *home_country; /* of the organization; may be NULL */
    enum ca_tri security_defaults;
    /* NULL: the policies read are all there are. Else why there may be more, in words. */
    const char *missing_policies;
    bool are_policies_trusted, are_groups_trusted, are_roles_whole, are_places_whole;

    struct ca_policy *policy; /* user policies, by id */
    size_t policies;
    uint32_t *live; /* those that are not disabled, by id */
    size_t lives;

    struct ca_people people;
    struct ca_circles groups, roles;
    struct ca_places *places;

    struct ca_space space;
    struct ca_axis axis[CA_DIM_COUNT];
    uint64_t *modern_exists, *modern_possible; /* sign-ins by modern clients */

    struct ca_classes classes;
    /* The atom that each value of client, platform, the risks and flow went into. */
    uint32_t fixed_atom[CA_DIM_COUNT][CA_FIXED_VALUES];
    /* Some policy looks at whether a device is compliant, hybrid joined: atoms say which. */
    bool sees_compliance, sees_join;

    struct ca_verdicts *verdicts;
    struct ca_effects *effects;
    struct ca_map gap_at; /* from class and reasons to the text of the gap */
    const char **gap;
    size_t gaps, gaps_cap;
    size_t boxes;        /* that set arithmetic has looked at, over all questions of ca_verdict.h */
    size_t effect_boxes; /* ... of ca_asked.h */
    size_t *meter;       /* which of the two counts now */
};

/* Interned, NULL stays NULL. */
const char *ca_text(struct ca_model *m, const char *s);

/* ca_people.c */
enum err_code ca_people_load(struct ca_model *m, struct store *s, struct err *e);
enum err_code ca_circles_load(struct ca_model *m, struct store *s, struct err *e);
void ca_people_release(struct ca_model *m);
const char *ca_people_id(const struct ca_people *p, size_t user);
/* SIZE_MAX when there is no such user. */
size_t ca_people_find(const struct ca_people *p, const char *id);
/* Is this kind of person one of `types` (a comma list, or GuestsOrExternalUsers)? */
enum ca_tri ca_guest_match(enum ca_person person, const char *types, const char *tenants_json);
bool ca_circle_has(const uint32_t *sorted, size_t n, uint32_t user);

/* ca_strength.c */
enum err_code ca_strengths_load(struct ca_model *m, struct store *s, struct err *e);
void ca_control_read(struct ca_model *m, struct ca_control *c, const char *kind, const char *value);
void ca_controls_settle(struct ca_model *m, struct ca_policy *p);
/* What the policy, once it applies, does to a sign-in from a device like this: `takes` is whether
 * it succeeds, and only with what the quality names; `covers`: it takes that, or is blocked. */
struct ca_demand {
    enum ca_tri covers, blocks, takes;
};
struct ca_demand ca_demand_for(const struct ca_policy *p, const struct ca_atom *device,
                               enum ca_quality quality);
struct ca_demand ca_demand_on(const struct ca_policy *p, const struct ca_atom *device); /* MFA */

/* ca_session.c: what the session controls of each policy say. */
enum err_code ca_sessions_load(struct ca_model *m, struct store *s, struct err *e);

/* ca_space.c: atoms and boxes. */
void ca_space_build(struct ca_model *m);
void ca_space_release(struct ca_model *m);
/* A box of the space with every atom that has one of the flags. Caller's pool keeps it. */
uint64_t *ca_box_full(struct ca_model *m, unsigned flags);
void ca_box_only(const struct ca_model *m, uint64_t *box, enum ca_dim dim, size_t atom);
/* Conditions, and of the devices those on which demand() is at least `least`; in the pool. */
typedef enum ca_tri ca_demand_fn(const struct ca_policy *p, const struct ca_atom *device,
                                 int which);
uint64_t *ca_box_demand(struct ca_model *m, const struct ca_policy *p, enum ca_tri least,
                        ca_demand_fn *demand, int which);
/* Index of the atom whose id this is (SIZE_MAX without one). */
size_t ca_axis_find(const struct ca_axis *a, const char *id);

/* ca_conditions.c: one policy, one value of one condition. */
struct ca_app_value {
    const char *id; /* interned; NULL for "any other" */
    enum ca_tri in_office, in_portals;
};
enum ca_tri ca_scope_app(const struct ca_policy *p, const struct ca_app_value *v);
struct ca_fixed_value {
    const char *id;
    const char *words;
    int cost;
};
struct ca_fixed_axis {
    enum ca_kind kind;
    const char *every; /* the word that means all of them; NULL: there is none */
    const struct ca_fixed_value *v;
    size_t n;
};
/* Client, platform, the risks and flow. NULL for the other dimensions. */
const struct ca_fixed_axis *ca_fixed_axis(enum ca_dim dim);
enum ca_tri ca_scope_fixed(const struct ca_policy *p, const struct ca_fixed_axis *a, size_t value);
bool ca_has_targets(const struct ca_policy *p, enum ca_kind kind);
enum ca_tri ca_and(enum ca_tri a, enum ca_tri b);
enum ca_tri ca_or(enum ca_tri a, enum ca_tri b);
enum ca_tri ca_not(enum ca_tri a);

/* ca_scope.c */
void ca_scope_build(struct ca_model *m);
enum ca_scope_state ca_scope_of(const struct ca_model *m, const struct ca_policy *p, size_t user);
/* The same were this role active, too. */
enum ca_scope_state ca_scope_as(const struct ca_model *m, const struct ca_policy *p, size_t user,
                                const struct ca_circle *role);
const uint8_t *ca_class_row(const struct ca_model *m, size_t class_id);
bool ca_is_about_people(enum ca_kind kind);
/* Does this entry, included or excluded, name the person? */
enum ca_tri ca_target_has(const struct ca_model *m, const struct ca_target *t, size_t user);

/* ca_words.c */
const char *ca_words_controls(struct ca_model *m, const struct ca_policy *p);
/* What the policy says in this condition; "any" when nothing. */
const char *ca_words_condition(struct ca_model *m, const struct ca_policy *p, enum ca_dim dim);
const char *ca_words_users(struct ca_model *m, const struct ca_policy *p, size_t user);
/* Why it is not certain what the live-th policy does to the sign-ins of the box; never NULL. */
const char *ca_words_doubt(struct ca_model *m, size_t live, bool is_about_people,
                           const uint64_t *box);
/* Would the policy include the person once an eligible role is activated? */
bool ca_is_eligible(const struct ca_policy *p, size_t user);
enum ca_kind ca_dim_kind(enum ca_dim d);
const char *ca_dim_name(enum ca_dim d);  /* JSON key: client, app, ... */
const char *ca_dim_words(enum ca_dim d); /* "client apps", "applications", ... */

#endif
