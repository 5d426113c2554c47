#include "generate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "odata.h"
#include "timetext.h"

static const char *const given[] = {
    "Ada",   "Bram",  "Chloe", "Dmitri", "Elena", "Farid",  "Greta", "Hugo",   "Imani",
    "Jonas", "Keiko", "Liam",  "Mara",   "Nadia", "Oscar",  "Priya", "Quinn",  "Rosa",
    "Sven",  "Tariq", "Una",   "Viktor", "Wendy", "Xavier", "Yara",  "Zoltan",
};
static const char *const family[] = {
    "Archer", "Becker", "Castro",  "Dahl",   "Eriksen", "Ferrari", "Gupta",  "Haddad", "Ivanova",
    "Jansen", "Kovacs", "Laurent", "Moreau", "Novak",   "Okafor",  "Petrov", "Quist",  "Rossi",
    "Silva",  "Tanaka", "Urban",   "Vargas", "Weber",   "Xu",      "Yilmaz", "Zhang",
};

/* splitmix64: one multiplication chain a draw, good enough to look unordered. */
static uint64_t mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15U;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9U;
    x = (x ^ x >> 27) * 0x94d049bb133111ebU;
    return x ^ x >> 31;
}

static uint64_t draw(const struct tenant *t, uint64_t kind, uint64_t i)
{
    return mix(mix(t->gen.seed * 1000003U + kind) + i);
}

enum { KIND_USER = 1, KIND_GROUP, KIND_TRAITS, KIND_SIGN_IN };

/* The index sits in the id's last 12 digits, so an id leads back to its user without a table. */
static void make_id(const struct tenant *t, uint64_t kind, uint64_t i, char out[UUID_TEXT])
{
    unsigned char raw[16];
    uint64_t a = draw(t, kind, i);

    memcpy(raw, &a, 8);
    a = draw(t, kind, 0);
    memcpy(raw + 8, &a, 8);
    for (int b = 0; b < 6; b++)
        raw[10 + b] = (unsigned char)(i >> (8 * (5 - b)));
    uuid_from_bytes(raw, out);
}

void generate_user_id(const struct tenant *t, size_t i, char out[UUID_TEXT])
{
    make_id(t, KIND_USER, i, out);
}

void generate_group_id(const struct tenant *t, size_t g, char out[UUID_TEXT])
{
    make_id(t, KIND_GROUP, g, out);
}

struct person {
    char id[UUID_TEXT], upn[192], name[96];
    const char *given, *family;
    bool enabled;
};

static struct person person_of(const struct tenant *t, size_t i)
{
    struct person p;
    uint64_t h = draw(t, KIND_TRAITS, i);

    p.given = given[h % COUNT_OF(given)];
    p.family = family[(h >> 8) % COUNT_OF(family)];
    p.enabled = (h >> 16) % 20 != 0;
    make_id(t, KIND_USER, i, p.id);
    snprintf(p.name, sizeof p.name, "%s %s", p.given, p.family);
    snprintf(p.upn, sizeof p.upn, "u%07zu.%s@%s", i, p.family, t->gen.domain);
    return p;
}

bool generate_user_index(const struct tenant *t, const char *id_or_upn, size_t *i)
{
    char *end = NULL;
    struct person p;
    unsigned long long n;

    if (uuid_is(id_or_upn))
        n = strtoull(id_or_upn + 24, &end, 16);
    else if (id_or_upn[0] == 'u')
        n = strtoull(id_or_upn + 1, &end, 10);
    else
        return false;
    if (n >= t->gen.users)
        return false;
    *i = (size_t)n;
    p = person_of(t, *i);
    return str_ieq(p.id, id_or_upn) || str_ieq(p.upn, id_or_upn);
}

static void put(json_t *o, const struct query *q, const char *key, const char *text)
{
    if (query_wants(q, key))
        jset(o, key, jtext(text));
}

static json_t *licence_list(const struct tenant *t, size_t i)
{
    const struct sku *sku = sku_find("SPE_E3");
    json_t *list = json_array();

    if (i < t->gen.mailboxes && sku != NULL)
        jpush(list, json_pack("{s:[], s:s}", "disabledPlans", "skuId", sku->id));
    return list;
}

json_t *generate_user(const struct tenant *t, size_t i, const struct query *q)
{
    struct person p = person_of(t, i);
    json_t *o = json_object();
    char when[TIME_TEXT];

    time_iso(t->audit_date - 86400 * (int64_t)(100 + draw(t, KIND_TRAITS, i) % 2000), when);
    put(o, q, "id", p.id);
    put(o, q, "userPrincipalName", p.upn);
    put(o, q, "displayName", p.name);
    put(o, q, "givenName", p.given);
    put(o, q, "surname", p.family);
    put(o, q, "mail", i < t->gen.mailboxes ? p.upn : NULL);
    put(o, q, "userType", "Member");
    put(o, q, "createdDateTime", when);
    put(o, q, "externalUserState", NULL);
    put(o, q, "jobTitle", NULL);
    put(o, q, "mobilePhone", NULL);
    put(o, q, "officeLocation", NULL);
    put(o, q, "preferredLanguage", NULL);
    put(o, q, "usageLocation", "GB");
    put(o, q, "perUserMfaState", "disabled");
    if (query_wants(q, "businessPhones"))
        jset(o, "businessPhones", json_array());
    if (query_wants(q, "accountEnabled"))
        jset(o, "accountEnabled", json_boolean(p.enabled));
    if (query_wants(q, "onPremisesSyncEnabled"))
        jset(o, "onPremisesSyncEnabled", json_null());
    if (query_wants(q, "assignedLicenses"))
        jset(o, "assignedLicenses", licence_list(t, i));
    if (query_wants(q, "assignedPlans"))
        jset(o, "assignedPlans", json_array());
    if (query_wants(q, "licenseAssignmentStates"))
        jset(o, "licenseAssignmentStates", json_array());
    if (query_wants(q, "proxyAddresses"))
        jset(o, "proxyAddresses",
             i < t->gen.mailboxes ? json_pack("[o]", json_sprintf("SMTP:%s", p.upn))
                                  : json_array());
    if (q != NULL && query_wants(q, "signInActivity") && p.enabled) {
        time_iso(t->audit_date - (int64_t)(draw(t, KIND_TRAITS, i) % (40UL * 86400UL)), when);
        jset(o, "signInActivity",
             json_pack("{s:s, s:s, s:s}", "lastSignInDateTime", when,
                       "lastNonInteractiveSignInDateTime", when, "lastSuccessfulSignInDateTime",
                       when));
    }
    return o;
}

json_t *generate_registration(const struct tenant *t, size_t i, const struct query *q)
{
    struct person p = person_of(t, i);
    bool registered = (draw(t, KIND_TRAITS, i) >> 24) % 20 >= 3;
    json_t *o = json_object();
    json_t *methods = json_array();
    char when[TIME_TEXT];

    if (registered) {
        jpush(methods, json_string("microsoftAuthenticatorPush"));
        jpush(methods, json_string("softwareOneTimePasscode"));
    }
    time_iso(t->audit_date - 3600, when);
    put(o, q, "id", p.id);
    put(o, q, "userPrincipalName", p.upn);
    put(o, q, "userDisplayName", p.name);
    put(o, q, "userType", "member");
    put(o, q, "lastUpdatedDateTime", when);
    put(o, q, "userPreferredMethodForSecondaryAuthentication", registered ? "push" : "");
    jset(o, "isAdmin", json_false());
    jset(o, "isMfaRegistered", json_boolean(registered));
    jset(o, "isMfaCapable", json_boolean(registered));
    jset(o, "isPasswordlessCapable", json_false());
    jset(o, "isSsprRegistered", json_boolean(registered));
    jset(o, "isSsprEnabled", json_true());
    jset(o, "isSsprCapable", json_boolean(registered));
    jset(o, "isSystemPreferredAuthenticationMethodEnabled", json_true());
    jset(o, "systemPreferredAuthenticationMethods",
         registered ? json_pack("[s]", "push") : json_array());
    jset(o, "methodsRegistered", methods);
    return o;
}

json_t *generate_mailbox(const struct tenant *t, size_t i)
{
    struct person p = person_of(t, i);
    uint64_t h = draw(t, KIND_TRAITS, i) >> 32;
    char guid[UUID_TEXT];
    json_t *o = json_object();
    unsigned part = (unsigned)(h % 100);

    make_id(t, KIND_TRAITS, i, guid);
    jset(o, "ExternalDirectoryObjectId", json_string(p.id));
    jset(o, "Guid", json_string(guid));
    jset(o, "ExchangeGuid", json_string(guid));
    jset(o, "Identity", json_string(p.id));
    jset(o, "Name", json_string(p.id));
    jset(o, "DisplayName", json_string(p.name));
    jset(o, "UserPrincipalName", json_string(p.upn));
    jset(o, "PrimarySmtpAddress", json_string(p.upn));
    jset(o, "EmailAddresses", json_pack("[o]", json_sprintf("SMTP:%s", p.upn)));
    jset(o, "RecipientType", json_string("UserMailbox"));
    jset(o, "RecipientTypeDetails", json_string("UserMailbox"));
    jset(o, "AccountDisabled", json_boolean(!p.enabled));
    /* Seven in ten inherit, one in twenty is open on purpose, the rest is shut on purpose. */
    jset(o, "SmtpClientAuthenticationDisabled", part < 70 ? json_null() : json_boolean(part >= 75));
    return o;
}

void generate_group_members(const struct tenant *t, const char *group_id, json_t *out)
{
    char id[UUID_TEXT];
    char *end = NULL;
    unsigned long long g;

    if (t->gen.groups == 0 || !uuid_is(group_id))
        return;
    g = strtoull(group_id + 24, &end, 16);
    if (g >= t->gen.groups)
        return;
    generate_group_id(t, (size_t)g, id);
    if (!str_ieq(id, group_id))
        return;
    for (size_t i = (size_t)g; i < t->gen.users; i += t->gen.groups) {
        generate_user_id(t, i, id);
        jpush(out, json_string(id));
    }
}

json_t *generate_group(const struct tenant *t, size_t g)
{
    char id[UUID_TEXT];

    generate_group_id(t, g, id);
    return json_pack("{s:s, s:o, s:[]}", "id", id, "name", json_sprintf("Generated group %zu", g),
                     "members");
}

json_t *generate_policy(const struct tenant *t, size_t p)
{
    static const char *const states[] = {"enabled", "enabled", "enabledForReportingButNotEnforced",
                                         "disabled"};
    bool legacy = p % 3 == 0;
    json_t *users = json_pack("{s:[s]}", "includeUsers", "All");
    json_t *conditions;

    if (t->gen.groups > 0) {
        char id[UUID_TEXT];

        generate_group_id(t, p % t->gen.groups, id);
        jset(users, "excludeGroups", json_pack("[s]", id));
    }
    conditions = json_pack("{s:o, s:o, s:{s:[s]}}", "users", users, "clientAppTypes",
                           legacy ? json_pack("[s,s]", "exchangeActiveSync", "other")
                                  : json_pack("[s]", "all"),
                           "applications", "includeApplications", "All");
    return json_pack("{s:o, s:s, s:o, s:{s:s, s:[s]}}", "name",
                     json_sprintf("Generated policy %zu", p), "state", states[p % COUNT_OF(states)],
                     "conditions", conditions, "grant", "operator", "OR", "builtInControls",
                     legacy ? "block" : "mfa");
}

json_t *generate_sign_in(const struct tenant *t, size_t s)
{
    static const int codes[] = {0, 0, 0, 0, 53003, 50126};
    uint64_t h = draw(t, KIND_SIGN_IN, s);
    size_t range = t->gen.mailboxes > 0 ? t->gen.mailboxes : t->gen.users;
    char when[TIME_TEXT], id[UUID_TEXT];

    if (range == 0)
        return NULL;
    generate_user_id(t, (size_t)(h % range), id);
    time_iso(t->audit_date - (int64_t)((h >> 20) % (29UL * 86400UL)), when);
    return json_pack("{s:s, s:s, s:i, s:o, s:s, s:b}", "user", id, "client", "Authenticated SMTP",
                     "error", codes[(h >> 50) % COUNT_OF(codes)], "ip",
                     json_sprintf("198.51.100.%u", (unsigned)(h >> 56)), "at", when, "interactive",
                     (int)(h >> 40 & 1U));
}
