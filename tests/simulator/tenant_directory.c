/* Organization, domains, licences and people. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "tenant.h"
#include "timetext.h"

const char *tenant_id_of(const json_t *o, const char *kind, const char *name, char out[UUID_TEXT])
{
    const char *given = jstr(o, "id");

    if (given != NULL)
        snprintf(out, UUID_TEXT, "%s", given);
    else
        uuid_named(kind, name, out);
    return out;
}

const json_t *tenant_list(const json_t *doc, const char *key)
{
    const json_t *list = json_object_get(doc, key);

    if (list != NULL && !json_is_array(list))
        die("'%s' is not a list", key);
    return list;
}

/* ---- domains ---- */

static void load_domains(struct tenant *t)
{
    const json_t *list = tenant_list(t->doc, "domains");

    t->domains = json_array();
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *in = json_array_get(list, i);
        const char *name = jstr(in, "name");
        bool initial = jbool(in, "initial", false), is_default = jbool(in, "default", false);
        const json_t *services = json_object_get(in, "services");

        if (name == NULL)
            die("domains[%zu] has no name", i);
        if (initial)
            snprintf(t->initial_domain, sizeof t->initial_domain, "%s", name);
        if (is_default)
            snprintf(t->default_domain, sizeof t->default_domain, "%s", name);
        jpush(t->domains, json_pack("{s:s, s:n, s:s, s:b, s:b, s:b, s:b, s:b, s:o, s:i, s:i, s:n}",
                                    "authenticationType",
                                    jbool(in, "federated", false) ? "Federated" : "Managed",
                                    "availabilityStatus", "id", name, "isAdminManaged", 1,
                                    "isDefault", is_default, "isInitial", initial, "isRoot", 1,
                                    "isVerified", jbool(in, "verified", true), "supportedServices",
                                    services != NULL
                                        ? jkeep(services)
                                        : json_pack("[s,s]", "Email", "OfficeCommunicationsOnline"),
                                    "passwordValidityPeriodInDays", 2147483647,
                                    "passwordNotificationWindowInDays", 14, "state"));
    }
    if (t->initial_domain[0] == '\0')
        die("no domain is marked initial");
    if (t->default_domain[0] == '\0')
        die("no domain is marked default");
}

/* ---- licences ---- */

static bool plan_left(const struct tenant *t, const char *name)
{
    if (str_eq(name, "AAD_PREMIUM"))
        return t->licence >= LICENCE_P1;
    if (str_eq(name, "AAD_PREMIUM_P2"))
        return t->licence >= LICENCE_P2;
    return true;
}

/* Calls `each` for every plan of the SKU that the licence override leaves in place. */
static void each_plan(const struct tenant *t, const struct sku *sku,
                      void (*each)(json_t *out, const struct plan *p), json_t *out)
{
    char *copy = xstrdup(sku->plans), *save = NULL;

    for (char *w = strtok_r(copy, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save)) {
        const struct plan *p = plan_find(w);

        if (p != NULL && plan_left(t, w))
            each(out, p);
    }
    free(copy);
}

static void add_plan_info(json_t *out, const struct plan *p)
{
    jpush(out, json_pack("{s:s, s:s, s:s, s:s}", "servicePlanId", p->id, "servicePlanName", p->name,
                         "provisioningStatus", "Success", "appliesTo",
                         str_eq(p->name, "EXCHANGE_S_FOUNDATION") ? "Company" : "User"));
}

static void decide_licence(struct tenant *t, const struct options *o)
{
    const json_t *list = tenant_list(t->doc, "skus");

    t->licence = LICENCE_NONE;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const struct sku *sku = sku_find(jstr(json_array_get(list, i), "part"));

        if (sku == NULL)
            die("skus[%zu]: unknown part number", i);
        if (words_have(sku->plans, "AAD_PREMIUM_P2", strlen("AAD_PREMIUM_P2")))
            t->licence = LICENCE_P2;
        else if (words_have(sku->plans, "AAD_PREMIUM", strlen("AAD_PREMIUM")) &&
                 t->licence < LICENCE_P1)
            t->licence = LICENCE_P1;
    }
    if (o->licence != LICENCE_AUTO)
        t->licence = o->licence;
}

static json_int_t count_holders(const struct tenant *t, const char *part)
{
    const json_t *users = tenant_list(t->doc, "users");
    json_int_t n = 0;

    for (size_t i = 0; i < json_array_size(users); i++) {
        const json_t *held = json_object_get(json_array_get(users, i), "licences");

        for (size_t k = 0; k < json_array_size(held); k++) {
            const json_t *one = json_array_get(held, k);
            const char *name = json_is_string(one) ? json_string_value(one) : jstr(one, "sku");

            n += str_eq(name, part);
        }
    }
    if (str_eq(part, "SPE_E3"))
        n += (json_int_t)jint(json_object_get(t->doc, "generate"), "mailboxes", 0);
    return n;
}

static void add_sku(struct tenant *t, const struct sku *sku, json_int_t enabled, const char *status)
{
    json_t *info = json_array();

    each_plan(t, sku, add_plan_info, info);
    jpush(t->skus,
          json_pack("{s:s, s:s, s:s, s:s, s:I, s:o, s:s, s:s, s:{s:I, s:i, s:i, s:i}, s:[o], s:o}",
                    "accountId", t->id, "accountName",
                    jstr(json_object_get(t->doc, "tenant"), "displayName"), "appliesTo", "User",
                    "capabilityStatus", status, "consumedUnits", count_holders(t, sku->part), "id",
                    json_sprintf("%s_%s", t->id, sku->id), "skuId", sku->id, "skuPartNumber",
                    sku->part, "prepaidUnits", "enabled", enabled, "suspended", 0, "warning", 0,
                    "lockedOut", 0, "subscriptionIds", json_sprintf("%s", sku->id), "servicePlans",
                    info));
}

static void load_skus(struct tenant *t)
{
    const json_t *list = tenant_list(t->doc, "skus");
    bool p2 = false, p1 = false;

    t->skus = json_array();
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *in = json_array_get(list, i);
        const struct sku *sku = sku_find(jstr(in, "part"));
        const char *status = jstr(in, "status");

        if (sku == NULL)
            continue;
        p2 = p2 || str_starts(sku->part, "AAD_PREMIUM_P2") || str_starts(sku->part, "SPE_E5");
        p1 = p1 || words_have(sku->plans, "AAD_PREMIUM", strlen("AAD_PREMIUM"));
        add_sku(t, sku, jint(in, "enabled", 25), status != NULL ? status : "Enabled");
    }
    /* --licence p1 or p2 on a tenant without: it must show in the SKUs too. */
    if (t->licence == LICENCE_P2 && !p2)
        add_sku(t, sku_find("AAD_PREMIUM_P2"), 5, "Enabled");
    else if (t->licence == LICENCE_P1 && !p1)
        add_sku(t, sku_find("AAD_PREMIUM"), 5, "Enabled");
}

static void add_assigned_plan(json_t *out, const struct plan *p)
{
    for (size_t i = 0; i < json_array_size(out); i++)
        if (str_eq(jstr(json_array_get(out, i), "servicePlanId"), p->id))
            return;
    jpush(out,
          json_pack("{s:s, s:s, s:s, s:s}", "assignedDateTime", "2026-01-12T08:00:00Z",
                    "capabilityStatus", "Enabled", "service", p->service, "servicePlanId", p->id));
}

/* ---- organization ---- */

static void load_organization(struct tenant *t)
{
    const json_t *in = json_object_get(t->doc, "tenant");
    const json_t *synced = json_object_get(in, "onPremisesSyncEnabled");
    json_t *verified = json_array(), *held = json_array();
    const char *created = jstr(in, "createdDateTime");

    for (size_t i = 0; i < json_array_size(t->domains); i++) {
        const json_t *d = json_array_get(t->domains, i);

        if (jbool(d, "isVerified", true))
            jpush(verified,
                  json_pack("{s:s, s:b, s:b, s:s, s:s}", "capabilities",
                            "Email, OfficeCommunicationsOnline", "isDefault",
                            jbool(d, "isDefault", false), "isInitial", jbool(d, "isInitial", false),
                            "name", jstr(d, "id"), "type", jstr(d, "authenticationType")));
    }
    for (size_t i = 0; i < json_array_size(t->skus); i++) {
        const struct sku *sku = sku_find(jstr(json_array_get(t->skus, i), "skuPartNumber"));

        if (sku != NULL)
            each_plan(t, sku, add_assigned_plan, held);
    }
    t->organization = json_pack(
        "{s:s, s:n, s:[], s:o?, s:o?, s:s?, s:s, s:o?, s:o?, s:s, s:n, s:s, s:n, s:o, s:n, s:[], "
        "s:[], s:[], s:o, s:o}",
        "id", t->id, "deletedDateTime", "businessPhones", "city", jtext(jstr(in, "city")),
        "country", jtext(jstr(in, "country")), "countryLetterCode", jstr(in, "country"),
        "createdDateTime", created != NULL ? created : "2016-03-01T09:00:00Z",
        "defaultUsageLocation", jtext(jstr(in, "country")), "displayName",
        jtext(jstr(in, "displayName")), "mobileDeviceManagementAuthority", "intune",
        "onPremisesLastSyncDateTime", "tenantType", "AAD", "partnerTenantType",
        "onPremisesSyncEnabled", synced != NULL ? jkeep(synced) : json_null(), "postalCode",
        "marketingNotificationEmails", "securityComplianceNotificationMails",
        "technicalNotificationMails", "assignedPlans", held, "verifiedDomains", verified);
    if (t->organization == NULL)
        die("cannot build the organization");
}

/* ---- people ---- */

static json_t *user_licences(const json_t *in, json_t *states, json_t *details, json_t *held,
                             struct tenant *t)
{
    const json_t *list = json_object_get(in, "licences");
    json_t *out = json_array();

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        const char *part = json_is_string(one) ? json_string_value(one) : jstr(one, "sku");
        const struct sku *sku = sku_find(part);
        const json_t *off = json_object_get(one, "disabled");
        const char *group = jstr(one, "group");
        json_t *disabled = json_array(), *info = json_array();
        char gid[UUID_TEXT];

        if (sku == NULL)
            die("user %s: unknown licence", jstr(in, "upn"));
        for (size_t k = 0; k < json_array_size(off); k++) {
            const struct plan *p = plan_find(json_string_value(json_array_get(off, k)));

            if (p != NULL)
                jpush(disabled, json_string(p->id));
        }
        if (group != NULL)
            uuid_named("group", group, gid);
        jpush(out, json_pack("{s:O, s:s}", "disabledPlans", disabled, "skuId", sku->id));
        jpush(states, json_pack("{s:s?, s:O, s:s, s:s, s:s, s:s}", "assignedByGroup",
                                group != NULL ? gid : NULL, "disabledPlans", disabled, "error",
                                "None", "lastUpdatedDateTime", "2026-02-02T10:00:00Z", "skuId",
                                sku->id, "state", "Active"));
        each_plan(t, sku, add_plan_info, info);
        each_plan(t, sku, add_assigned_plan, held);
        jpush(details,
              json_pack("{s:o, s:s, s:s, s:o}", "id", json_sprintf("%s_%s", t->id, sku->id),
                        "skuId", sku->id, "skuPartNumber", sku->part, "servicePlans", info));
        /* assignedPlans lists switched-off plans as Deleted, and clients have to notice. */
        for (size_t k = 0; k < json_array_size(held); k++) {
            json_t *plan = json_array_get(held, k);

            for (size_t d = 0; d < json_array_size(disabled); d++)
                if (str_eq(jstr(plan, "servicePlanId"),
                           json_string_value(json_array_get(disabled, d))))
                    jset(plan, "capabilityStatus", json_string("Deleted"));
        }
        json_decref(disabled);
    }
    return out;
}

static json_t *proxy_addresses(const json_t *in, const char *mail)
{
    const json_t *aliases = json_object_get(in, "aliases");
    json_t *out = json_array();

    if (mail != NULL)
        jpush(out, json_sprintf("SMTP:%s", mail));
    for (size_t i = 0; i < json_array_size(aliases); i++)
        jpush(out, json_sprintf("smtp:%s", json_string_value(json_array_get(aliases, i))));
    return out;
}

static void set_sign_in_activity(json_t *o, const json_t *in)
{
    const char *last = jstr(in, "lastSignIn"), *success = jstr(in, "lastSuccess");
    const char *quiet = jstr(in, "lastNonInteractive");
    json_t *a;
    char id[UUID_TEXT];

    if (last == NULL && quiet == NULL && success == NULL)
        return; /* absent for people who never signed in */
    uuid_named("signin-request", jstr(o, "id"), id);
    a = json_object();
    jset(a, "lastSignInDateTime", jtext(last));
    jset(a, "lastSignInRequestId", jtext(last != NULL ? id : NULL));
    jset(a, "lastNonInteractiveSignInDateTime", jtext(quiet != NULL ? quiet : last));
    jset(a, "lastNonInteractiveSignInRequestId", jtext(id));
    jset(a, "lastSuccessfulSignInDateTime", jtext(success != NULL ? success : last));
    jset(a, "lastSuccessfulSignInRequestId", jtext(id));
    jset(o, "signInActivity", a);
}

static void add_user(struct tenant *t, const json_t *in)
{
    const char *upn = jstr(in, "upn"), *name = jstr(in, "name");
    const json_t *mail_in = json_object_get(in, "mail");
    bool guest = jbool(in, "guest", false);
    bool mailish =
        json_object_get(in, "mailbox") != NULL || json_object_get(in, "mailUser") != NULL;
    const char *mail = mail_in != NULL ? json_string_value(mail_in) : mailish ? upn : NULL;
    const char *per_user = jstr(in, "perUserMfa");
    const char *created = jstr(in, "created");
    json_t *states = json_array(), *details = json_array(), *held = json_array();
    json_t *o = json_object();
    const json_t *synced = json_object_get(in, "synced");
    char id[UUID_TEXT];

    if (upn == NULL || name == NULL)
        die("a user needs upn and name");
    jset(o, "id", json_string(tenant_id_of(in, "user", upn, id)));
    jset(o, "deletedDateTime", json_null());
    jset(o, "accountEnabled", json_boolean(jbool(in, "enabled", true)));
    jset(o, "assignedLicenses", user_licences(in, states, details, held, t));
    jset(o, "assignedPlans", held);
    jset(o, "businessPhones", json_array());
    jset(o, "createdDateTime", json_string(created != NULL ? created : "2021-04-06T08:30:00Z"));
    jset(o, "creationType", jtext(guest ? "Invitation" : NULL));
    jset(o, "department", jtext(jstr(in, "department")));
    jset(o, "displayName", json_string(name));
    jset(o, "externalUserState",
         jtext(guest ? (jstr(in, "externalUserState") != NULL ? jstr(in, "externalUserState")
                                                              : "Accepted")
                     : NULL));
    jset(o, "givenName", jtext(jstr(in, "given")));
    jset(o, "jobTitle", jtext(jstr(in, "title")));
    jset(o, "licenseAssignmentStates", states);
    jset(o, "mail", jtext(mail));
    jset(o, "mailNickname", json_stringn(upn, strcspn(upn, "@")));
    jset(o, "mobilePhone", json_null());
    jset(o, "officeLocation", json_null());
    jset(o, "onPremisesSyncEnabled", synced != NULL ? jkeep(synced) : json_null());
    jset(o, "preferredLanguage", json_null());
    jset(o, "proxyAddresses", proxy_addresses(in, mail));
    jset(o, "surname", jtext(jstr(in, "surname")));
    jset(o, "usageLocation", json_string("GB"));
    jset(o, "userPrincipalName", json_string(upn));
    jset(o, "userType", json_string(guest ? "Guest" : "Member"));
    jset(o, "perUserMfaState", json_string(per_user != NULL ? per_user : "disabled"));
    set_sign_in_activity(o, in);
    jset(t->per_user_mfa, id, json_string(per_user != NULL ? per_user : "disabled"));
    jset(t->licence_details, id, details);
    tenant_name(t, "user", upn, id);
    tenant_object(t, "user", o);
    jpush(t->users, o);
}

static void load_users(struct tenant *t)
{
    const json_t *list = tenant_list(t->doc, "users");

    t->users = json_array();
    t->per_user_mfa = json_object();
    t->licence_details = json_object();
    for (size_t i = 0; i < json_array_size(list); i++)
        add_user(t, json_array_get(list, i));
}

void tenant_load_directory(struct tenant *t, const struct options *o)
{
    decide_licence(t, o);
    load_domains(t);
    load_skus(t);
    load_organization(t);
    load_users(t);
}
