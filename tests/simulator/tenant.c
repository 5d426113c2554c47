#include "tenant.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "generate.h"
#include "timetext.h"

static char *name_key(const char *kind, const char *name)
{
    char *key = xasprintf("%s:%s", kind, name);

    for (char *c = key; *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);
    return key;
}

const char *tenant_ref(const struct tenant *t, const char *kind, const char *name)
{
    char *key = name_key(kind, name);
    const char *id = jstr(t->names, key);

    free(key);
    return id != NULL ? id : name;
}

void tenant_name(struct tenant *t, const char *kind, const char *name, const char *id)
{
    char *key = name_key(kind, name);

    jset(t->names, key, json_string(id));
    free(key);
}

void tenant_object(struct tenant *t, const char *type, json_t *o)
{
    const char *id = jstr(o, "id");
    json_t *typed = json_object();

    jset(typed, "@odata.type", json_sprintf("#microsoft.graph.%s", type));
    (void)json_object_update(typed, o);
    if (id != NULL)
        jset(t->objects, id, typed);
    else
        json_decref(typed);
}

const json_t *tenant_app(const struct tenant *t, const char *client_id)
{
    const json_t *apps = json_object_get(t->doc, "apps");

    for (size_t i = 0; client_id != NULL && i < json_array_size(apps); i++) {
        const json_t *app = json_array_get(apps, i);

        if (str_ieq(jstr(app, "clientId"), client_id))
            return app;
    }
    return NULL;
}

bool tenant_is(const struct tenant *t, const char *id_or_domain)
{
    if (str_ieq(t->id, id_or_domain))
        return true;
    for (size_t i = 0; i < json_array_size(t->domains); i++)
        if (str_ieq(jstr(json_array_get(t->domains, i), "id"), id_or_domain))
            return true;
    return false;
}

static void load_generator(struct tenant *t)
{
    const json_t *g = json_object_get(t->doc, "generate");
    struct {
        const char *key;
        size_t *out;
        json_int_t max;
    } parts[] = {
        {"users", &t->gen.users, 5000000},     {"mailboxes", &t->gen.mailboxes, 5000000},
        {"groups", &t->gen.groups, 100000},    {"policies", &t->gen.policies, 10000},
        {"signIns", &t->gen.sign_ins, 200000},
    };

    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        json_int_t n = jint(g, parts[i].key, 0);

        if (n < 0 || n > parts[i].max)
            die("generate.%s must be 0 to %" JSON_INTEGER_FORMAT, parts[i].key, parts[i].max);
        *parts[i].out = (size_t)n;
    }
    if (t->gen.mailboxes > t->gen.users)
        die("generate.mailboxes is larger than generate.users");
    t->gen.seed = (uint64_t)jint(g, "seed", 1);
    snprintf(t->gen.domain, sizeof t->gen.domain, "%s",
             jstr(g, "domain") != NULL ? jstr(g, "domain") : t->default_domain);
}

static void load_identity(struct tenant *t)
{
    const json_t *o = json_object_get(t->doc, "tenant");
    const char *when = jstr(t->doc, "auditDate");
    const char *id = jstr(o, "id");
    double at = (double)clock_now();

    if (jstr(o, "displayName") == NULL)
        die("the tenant description needs tenant.displayName");
    if (id != NULL && !uuid_is(id))
        die("tenant.id is no GUID");
    if (id != NULL)
        snprintf(t->id, sizeof t->id, "%s", id);
    else
        uuid_named("tenant", jstr(o, "displayName"), t->id);
    if (when != NULL && !time_parse(when, &at))
        die("auditDate is no date");
    t->audit_date = (int64_t)at;
}

static void load_dns(struct tenant *t)
{
    const json_t *list = json_object_get(t->doc, "dns");

    t->dns = json_object();
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *record = json_array_get(list, i);
        const char *name = jstr(record, "name");
        char *key;
        json_t *records;

        if (name == NULL)
            die("dns[%zu] has no name", i);
        key = name_key("", name);
        records = json_object_get(t->dns, key + 1); /* without the colon */
        if (records == NULL) {
            jset(t->dns, key + 1, json_array());
            records = json_object_get(t->dns, key + 1);
        }
        jpush(records, jkeep(record));
        free(key);
    }
}

struct tenant *tenant_load(const struct options *o)
{
    struct tenant *t = xcalloc(1, sizeof *t);
    json_error_t why;

    t->generation = 1;
    t->doc = json_load_file(o->tenant, JSON_REJECT_DUPLICATES, &why);
    if (!json_is_object(t->doc))
        die("%s:%d:%d: %s", o->tenant, why.line, why.column, why.text);
    t->names = json_object();
    t->objects = json_object();
    load_identity(t);
    load_dns(t);
    tenant_load_directory(t, o);
    load_generator(t);
    tenant_load_groups_and_roles(t);
    tenant_load_policies(t);
    tenant_load_settings(t);
    tenant_load_sign_ins(t, o);
    tenant_load_exchange(t);
    return t;
}

/* Ids of users of `a` that are not the same in `b`. */
static void note_changed(const struct tenant *a, const struct tenant *b, json_t *out)
{
    for (size_t i = 0; i < json_array_size(a->users); i++) {
        const json_t *o = json_array_get(a->users, i);
        json_t *other = tenant_user_by_id(b, jstr(o, "id"));
        json_t *copy = json_copy(other); /* it is shared with the threads that serve it */

        (void)json_object_del(copy, "@odata.type");
        if (copy == NULL || !json_equal(o, copy))
            jset(out, jstr(o, "id"), json_true());
        json_decref(copy);
        json_decref(other);
    }
}

struct tenant *tenant_reload(const struct options *o, struct tenant *before)
{
    struct tenant *t = tenant_load(o);

    t->before = before;
    t->generation = before->generation + 1;
    t->changed = json_object();
    note_changed(before, t, t->changed);
    note_changed(t, before, t->changed);
    return t;
}

void tenant_free(struct tenant *t)
{
    if (t == NULL)
        return;

    json_t *const owned[] = {
        t->doc,
        t->organization,
        t->security_defaults,
        t->methods_policy,
        t->authorization_policy,
        t->domains,
        t->skus,
        t->users,
        t->registrations,
        t->groups,
        t->locations,
        t->strengths,
        t->policies_beta,
        t->policies_v1,
        t->role_definitions,
        t->directory_roles,
        t->role_assignments,
        t->eligible,
        t->active,
        t->sign_ins,
        t->per_user_mfa,
        t->licence_details,
        t->group_members,
        t->directory_members,
        t->objects,
        t->names,
        t->transport,
        t->org_config,
        t->auth_policies,
        t->mailboxes,
        t->mail_users,
        t->accepted_domains,
        t->dkim,
        t->inbound_connectors,
        t->outbound_spam,
        t->remote_domains,
        t->transport_rules,
        t->sharing_policies,
        t->external_in_outlook,
        t->app_management,
        t->methods_policy_v1,
        t->admin_consent,
        t->settings,
        t->setting_templates,
        t->activity_timeouts,
        t->role_management,
        t->dns,
        t->changed,
    };

    for (size_t i = 0; i < COUNT_OF(owned); i++)
        json_decref(owned[i]);
    tenant_free(t->before);
    free(t);
}

size_t tenant_user_count(const struct tenant *t)
{
    return json_array_size(t->users) + t->gen.users;
}

json_t *tenant_user(const struct tenant *t, size_t i, const struct query *q)
{
    size_t fixed = json_array_size(t->users);

    return i < fixed ? jkeep(json_array_get(t->users, i)) : generate_user(t, i - fixed, q);
}

json_t *tenant_user_by_id(const struct tenant *t, const char *id_or_upn)
{
    const char *id = tenant_ref(t, "user", id_or_upn);
    const json_t *o = json_object_get(t->objects, id);
    size_t i;

    if (o != NULL && str_eq(jstr(o, "@odata.type"), "#microsoft.graph.user"))
        return jkeep(o);
    return generate_user_index(t, id_or_upn, &i) ? generate_user(t, i, NULL) : NULL;
}

size_t tenant_registration_count(const struct tenant *t)
{
    return json_array_size(t->registrations) + t->gen.users;
}

json_t *tenant_registration(const struct tenant *t, size_t i, const struct query *q)
{
    size_t fixed = json_array_size(t->registrations);

    return i < fixed ? jkeep(json_array_get(t->registrations, i))
                     : generate_registration(t, i - fixed, q);
}

size_t tenant_mailbox_count(const struct tenant *t)
{
    return json_array_size(t->mailboxes) + t->gen.mailboxes;
}

json_t *tenant_mailbox(const struct tenant *t, size_t i)
{
    size_t fixed = json_array_size(t->mailboxes);

    return i < fixed ? jkeep(json_array_get(t->mailboxes, i)) : generate_mailbox(t, i - fixed);
}

/* Depth first; `seen` holds groups and users, so cycles and diamonds end. */
static void gather(const struct tenant *t, const char *group, json_t *seen, json_t *out)
{
    const json_t *members = json_object_get(t->group_members, group);

    jset(seen, group, json_true());
    for (size_t i = 0; i < json_array_size(members); i++) {
        const char *id = json_string_value(json_array_get(members, i));

        if (json_object_get(seen, id) != NULL)
            continue;
        if (json_object_get(t->group_members, id) != NULL) {
            gather(t, id, seen, out);
            continue;
        }
        jset(seen, id, json_true());
        if (str_eq(jstr(json_object_get(t->objects, id), "@odata.type"), "#microsoft.graph.user"))
            jpush(out, json_string(id));
    }
}

json_t *tenant_transitive_users(const struct tenant *t, const char *group_id)
{
    json_t *seen, *out;

    if (json_object_get(t->group_members, group_id) == NULL)
        return NULL;
    seen = json_object();
    out = json_array();
    gather(t, group_id, seen, out);
    json_decref(seen);
    generate_group_members(t, group_id, out);
    return out;
}
