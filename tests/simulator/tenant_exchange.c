/* Exchange Online's side of the tenant: mailboxes, mail users and the organization's settings.
 * Objects hold property values by name; exchange.c adds what is missing and the annotations. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tenant.h"

/* Every member of the description's object becomes a property, over what is derived. */
static void copy_members(json_t *o, const json_t *in, const char *skip)
{
    json_t *shared = jkeep(in), *value;
    const char *key;

    json_object_foreach(shared, key, value)
    {
        if (!words_have(skip, key, strlen(key)))
            jset(o, key, json_incref(value));
    }
    json_decref(shared);
}

static void set_guid(json_t *o, const char *key, const char *kind, const char *name)
{
    char id[UUID_TEXT];

    uuid_named(kind, name, id);
    jset(o, key, json_string(id));
}

static json_t *addresses_of(const struct tenant *t, const json_t *user, const char *primary)
{
    json_t *out = json_array();
    const json_t *proxies = json_object_get(user, "proxyAddresses");

    for (size_t i = 0; i < json_array_size(proxies); i++)
        jpush(out, jkeep(json_array_get(proxies, i)));
    jpush(out, json_sprintf("SPO:SPO_%s@SPO_%s", jstr(user, "id"), t->id));
    if (primary != NULL)
        jpush(out, json_sprintf("SIP:%s", primary));
    return out;
}

static json_t *recipient(const struct tenant *t, const json_t *user)
{
    const char *id = jstr(user, "id"), *upn = jstr(user, "userPrincipalName");
    const char *mail = jstr(user, "mail");
    bool licensed = json_array_size(json_object_get(user, "assignedLicenses")) > 0;
    json_t *o = json_object();

    jset(o, "ExternalDirectoryObjectId", json_string(id));
    set_guid(o, "Guid", "exchange", id);
    jset(o, "Identity", json_string(id));
    jset(o, "Name", json_string(id));
    jset(o, "DistinguishedName",
         json_sprintf(
             "CN=%s,OU=%s,OU=Microsoft Exchange Hosted Organizations,DC=EURPR07A001,DC=prod,"
             "DC=outlook,DC=com",
             id, t->initial_domain));
    jset(o, "Alias", jtext(jstr(user, "mailNickname")));
    jset(o, "DisplayName", jtext(jstr(user, "displayName")));
    jset(o, "UserPrincipalName", json_string(upn));
    jset(o, "MicrosoftOnlineServicesID", json_string(upn));
    jset(o, "WindowsLiveID", json_string(upn));
    jset(o, "PrimarySmtpAddress", json_string(mail != NULL ? mail : upn));
    jset(o, "WindowsEmailAddress", json_string(mail != NULL ? mail : upn));
    jset(o, "EmailAddresses", addresses_of(t, user, mail));
    jset(o, "AccountDisabled", json_boolean(!jbool(user, "accountEnabled", true)));
    jset(o, "SKUAssigned", licensed ? json_true() : json_null());
    return o;
}

static void add_mailbox(struct tenant *t, const json_t *in, const json_t *user)
{
    const char *type = jstr(in, "type") != NULL ? jstr(in, "type") : "UserMailbox";
    bool resource = str_eq(type, "RoomMailbox") || str_eq(type, "EquipmentMailbox");
    json_t *o = recipient(t, user);

    set_guid(o, "ExchangeGuid", "mailbox", jstr(user, "id"));
    jset(o, "RecipientType", json_string("UserMailbox"));
    jset(o, "RecipientTypeDetails", json_string(type));
    jset(o, "IsShared", json_boolean(str_eq(type, "SharedMailbox")));
    jset(o, "IsResource", json_boolean(resource));
    if (resource)
        jset(o, "ResourceType", json_string(str_eq(type, "RoomMailbox") ? "Room" : "Equipment"));
    copy_members(o, in, "type");
    jpush(t->mailboxes, o);
}

static void add_mail_user(struct tenant *t, const json_t *in, const json_t *user)
{
    json_t *o = recipient(t, user);

    jset(o, "RecipientType", json_string("MailUser"));
    jset(o, "RecipientTypeDetails",
         json_string(str_eq(jstr(user, "userType"), "Guest") ? "GuestMailUser" : "MailUser"));
    if (jbool(in, "hve", false))
        jset(o, "HVEAccount", json_true());
    copy_members(o, in, "hve");
    jpush(t->mail_users, o);
}

static void load_recipients(struct tenant *t)
{
    const json_t *list = json_object_get(t->doc, "users");

    t->mailboxes = json_array();
    t->mail_users = json_array();
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *in = json_array_get(list, i), *user = json_array_get(t->users, i);

        if (json_object_get(in, "mailbox") != NULL)
            add_mailbox(t, json_object_get(in, "mailbox"), user);
        else if (json_object_get(in, "mailUser") != NULL)
            add_mail_user(t, json_object_get(in, "mailUser"), user);
    }
}

/* Lists whose objects have a Name and little else that could be derived. */
static json_t *named_objects(const struct tenant *t, const json_t *list, const char *kind)
{
    json_t *out = json_array();

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *in = json_array_get(list, i);
        const char *name = jstr(in, "Name");
        json_t *o = json_object();

        if (name == NULL)
            die("exchange: %s %zu has no Name", kind, i);
        set_guid(o, "Guid", kind, name);
        jset(o, "Identity", json_string(name));
        jset(o, "DistinguishedName",
             json_sprintf("CN=%s,CN=Auth Policies,CN=Configuration,CN=%s,DC=EURPR07A001,DC=prod,"
                          "DC=outlook,DC=com",
                          name, t->initial_domain));
        copy_members(o, in, "");
        jpush(out, o);
    }
    return out;
}

static void load_accepted_domains(struct tenant *t, const json_t *exchange)
{
    const json_t *more = json_object_get(exchange, "acceptedDomains"); /* name -> properties */

    t->accepted_domains = json_array();
    for (size_t i = 0; i < json_array_size(t->domains); i++) {
        const json_t *d = json_array_get(t->domains, i);
        const char *name = jstr(d, "id");
        json_t *o;

        if (!jbool(d, "isVerified", true))
            continue;
        o = json_object();
        jset(o, "Name", json_string(name));
        jset(o, "Identity", json_string(name));
        jset(o, "DomainName", json_string(name));
        jset(o, "Default", json_boolean(jbool(d, "isDefault", false)));
        jset(o, "InitialDomain", json_boolean(jbool(d, "isInitial", false)));
        jset(o, "AuthenticationType", json_string(jstr(d, "authenticationType")));
        set_guid(o, "Guid", "acceptedDomain", name);
        copy_members(o, json_object_get(more, name), "");
        jpush(t->accepted_domains, o);
    }
}

static void load_dkim(struct tenant *t, const json_t *exchange)
{
    const json_t *list = json_object_get(exchange, "dkim");

    t->dkim = json_array();
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *in = json_array_get(list, i);
        const char *domain = jstr(in, "Domain");
        json_t *o = json_object();

        if (domain == NULL)
            die("exchange: dkim %zu has no Domain", i);
        jset(o, "Name", json_string(domain));
        jset(o, "Identity", json_string(domain));
        set_guid(o, "Guid", "dkim", domain);
        copy_members(o, in, "");
        jpush(t->dkim, o);
    }
}

/* Every organization has these objects. */
static void add_defaults(struct tenant *t)
{
    static const char domain[] = "[{\"Name\": \"Default\", \"DomainName\": \"*\"}]";
    static const char policy[] = "[{\"Name\": \"Default\"}]";
    static const char sharing[] =
        "[{\"Name\": \"Default Sharing Policy\", \"Default\": true, \"Domains\": "
        "[\"Anonymous:CalendarSharingFreeBusyReviewer\", \"*:CalendarSharingFreeBusySimple\"]}]";
    json_t *one;

    if (json_array_size(t->sharing_policies) == 0) {
        json_decref(t->sharing_policies);
        one = json_loads(sharing, 0, NULL);
        t->sharing_policies = named_objects(t, one, "sharingPolicy");
        json_decref(one);
    }
    if (json_array_size(t->remote_domains) == 0) {
        json_decref(t->remote_domains);
        one = json_loads(domain, 0, NULL);
        t->remote_domains = named_objects(t, one, "remoteDomain");
        json_decref(one);
    }
    if (json_array_size(t->outbound_spam) == 0) {
        json_decref(t->outbound_spam);
        one = json_loads(policy, 0, NULL);
        t->outbound_spam = named_objects(t, one, "outboundSpam");
        json_decref(one);
    }
}

void tenant_load_exchange(struct tenant *t)
{
    const json_t *exchange = json_object_get(t->doc, "exchange");
    json_t *organization = json_object(), *transport = json_object(), *external;

    jset(organization, "Name", json_string(t->initial_domain));
    jset(organization, "Identity", json_string(t->initial_domain));
    jset(organization, "DisplayName", jtext(jstr(t->organization, "displayName")));
    set_guid(organization, "Guid", "organization", t->id);
    copy_members(organization, json_object_get(exchange, "organization"), "");
    copy_members(transport, json_object_get(exchange, "transport"), "");
    t->org_config = json_pack("[o]", organization);
    t->transport = json_pack("[o]", transport);
    t->auth_policies =
        named_objects(t, json_object_get(exchange, "authenticationPolicies"), "authPolicy");
    t->inbound_connectors =
        named_objects(t, json_object_get(exchange, "inboundConnectors"), "inboundConnector");
    t->outbound_spam =
        named_objects(t, json_object_get(exchange, "outboundSpamPolicies"), "outboundSpam");
    t->remote_domains =
        named_objects(t, json_object_get(exchange, "remoteDomains"), "remoteDomain");
    t->transport_rules =
        named_objects(t, json_object_get(exchange, "transportRules"), "transportRule");
    t->sharing_policies =
        named_objects(t, json_object_get(exchange, "sharingPolicies"), "sharingPolicy");
    add_defaults(t);
    external = json_object();
    jset(external, "Identity", json_string(t->initial_domain));
    copy_members(external, json_object_get(exchange, "externalInOutlook"), "");
    t->external_in_outlook = json_pack("[o]", external);
    load_accepted_domains(t, exchange);
    load_dkim(t, exchange);
    load_recipients(t);
}
