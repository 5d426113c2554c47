/* tenant.h - the tenant being played: its description, turned into wire objects once at start.
 *
 * Everything is built before the listeners start and read-only afterwards, so threads share it
 * without locks. Functions that return json_t * give one owner to the caller. */
#ifndef SIM_TENANT_H
#define SIM_TENANT_H

#include "sim.h"

struct query; /* odata.h; NULL stands for "every property" */

/* Made-up objects that are computed when asked for, so that a million cost no memory. */
struct generator {
    size_t users, mailboxes, groups, policies, sign_ins;
    char domain[128];
    uint64_t seed;
};

struct tenant {
    struct tenant *before; /* as it was before the description was read again; owned */
    unsigned generation;   /* 1, and one more each time */
    json_t *changed;       /* ids of the users that differ from `before` */
    json_t *doc;           /* the description, kept: apps are read from it */
    char id[UUID_TEXT];
    char initial_domain[128], default_domain[128];
    int64_t audit_date;
    enum licence licence;
    struct generator gen;

    /* Graph wire objects */
    json_t *organization, *security_defaults, *methods_policy, *authorization_policy;
    json_t *methods_policy_v1, *admin_consent, *settings, *setting_templates, *activity_timeouts,
        *app_management;
    json_t *role_management;
    json_t *domains, *skus, *users, *registrations, *groups, *locations, *strengths;
    json_t *policies_beta, *policies_v1;
    json_t *role_definitions, *directory_roles, *role_assignments, *eligible, *active;
    json_t *sign_ins;          /* newest first */
    json_t *per_user_mfa;      /* user id -> state */
    json_t *licence_details;   /* user id -> list */
    json_t *group_members;     /* group id -> list of member ids, direct */
    json_t *directory_members; /* directoryRole id -> list of principal ids */
    json_t *objects;           /* id -> wire object with @odata.type */
    json_t *names;             /* "kind:lower-case name" -> id */

    /* Exchange objects: property values, without annotations */
    json_t *transport, *org_config, *auth_policies, *mailboxes, *mail_users, *accepted_domains,
        *dkim, *inbound_connectors, *outbound_spam, *remote_domains, *transport_rules,
        *sharing_policies, *external_in_outlook;

    json_t *dns; /* lower-case name -> list of records */
};

struct tenant *tenant_load(const struct options *o); /* dies with a message when it cannot */
void tenant_free(struct tenant *t);
/* The description read again: `before` is taken, and its differences are noted. */
struct tenant *tenant_reload(const struct options *o, struct tenant *before);

/* The id for a name in the description; the name itself when it names nothing known. */
const char *tenant_ref(const struct tenant *t, const char *kind, const char *name);
void tenant_name(struct tenant *t, const char *kind, const char *name, const char *id);
void tenant_object(struct tenant *t, const char *type, json_t *o); /* o is shared, not taken */
const json_t *tenant_app(const struct tenant *t, const char *client_id);
bool tenant_is(const struct tenant *t, const char *id_or_domain);

/* A list of the description; NULL when it is not there, dies when it is no list. */
const json_t *tenant_list(const json_t *doc, const char *key);
/* The object's own id, or one made from its name. */
const char *tenant_id_of(const json_t *o, const char *kind, const char *name, char out[UUID_TEXT]);

/* Parts of loading, in this order. */
void tenant_load_directory(struct tenant *t, const struct options *o);
void tenant_load_groups_and_roles(struct tenant *t);
void tenant_load_policies(struct tenant *t);
void tenant_load_settings(struct tenant *t);
void tenant_load_sign_ins(struct tenant *t, const struct options *o);
void tenant_load_exchange(struct tenant *t);

/* Lists whose tail may be made up. */
size_t tenant_user_count(const struct tenant *t);
json_t *tenant_user(const struct tenant *t, size_t i, const struct query *q);
json_t *tenant_user_by_id(const struct tenant *t, const char *id_or_upn);
size_t tenant_registration_count(const struct tenant *t);
json_t *tenant_registration(const struct tenant *t, size_t i, const struct query *q);
size_t tenant_mailbox_count(const struct tenant *t);
json_t *tenant_mailbox(const struct tenant *t, size_t i);
/* Ids of the users in a group, nested groups expanded, each once. NULL: no such group. */
json_t *tenant_transitive_users(const struct tenant *t, const char *group_id);

#endif
