#include "graph/permission.h"

#include "base/attrs.h"
#include "base/strs.h"

#include <stdio.h>
#include <string.h>

const char permission_exchange[] = "Exchange.ManageAsApp";

static const struct permission_api_info apis[API_COUNT] = {
    [API_GRAPH] = {"Microsoft Graph", "00000003-0000-0000-c000-000000000000"},
    [API_EXCHANGE] = {"Office 365 Exchange Online", "00000002-0000-0ff1-ce00-000000000000"},
};

static const struct permission permissions[] = {
    {"AuditLog.Read.All", API_GRAPH, "b0afded3-3588-46d8-8b3d-9842eff778da",
     "sign-in logs, registration of MFA methods, last sign-ins",
     "On a licensed tenant these reads are reported to fail now and then with "
     "Authentication_RequestFromNonPremiumTenantOrB2CTenant when the app lacks "
     "Directory.Read.All."},
    {"Directory.Read.All", API_GRAPH, "7ab1d382-f21e-4acd-a863-ba3e13f7da61",
     "every directory object: the widest of the reading permissions",
     "Wide. Where that is too much, leave it out: only what is listed under it is lost."},
    {"Domain.Read.All", API_GRAPH, "dbb9058a-0e50-45d7-ae91-66909b5d4664",
     "the tenant's domains and how they sign in", NULL},
    {"Exchange.ManageAsApp", API_EXCHANGE, "dc50a0fb-09a3-484d-be87-e023b12c6440",
     "run Exchange cmdlets; which ones, the role decides",
     "Gives nothing by itself: the role says what. With a reading role it can only read."},
    {"GroupMember.Read.All", API_GRAPH, "98830695-27a2-44f7-8c18-0c3ebc9698f6",
     "groups and their members", NULL},
    {"GroupSettings.Read.All", API_GRAPH, "f3c4f514-c65a-43f5-bfce-1735872258dd",
     "tenant-wide directory settings: passwords, consent, guests in groups", NULL},
    {"LicenseAssignment.Read.All", API_GRAPH, "e2f98668-2877-4f38-a2f4-8202e0717aa1",
     "the licences that the tenant owns", NULL},
    {"Organization.Read.All", API_GRAPH, "498476ce-e0fe-48b0-b801-37ba7e2685c6",
     "the tenant's name, kind and plans", NULL},
    {"Policy.Read.All", API_GRAPH, "246dd0d5-5bd0-4def-940b-0421030a5b68",
     "security defaults, Conditional Access, named locations, authorization policy", NULL},
    {"Policy.Read.AuthenticationMethod", API_GRAPH, "8e3bc81b-d2f3-4b7b-838c-32c88218d2f0",
     "authentication methods policy and authentication strengths", NULL},
    {"RoleEligibilitySchedule.Read.Directory", API_GRAPH, "ff278e11-4a33-4d0c-83d2-d01dc58929a5",
     "who may activate a directory role", NULL},
    {"RoleManagement.Read.Directory", API_GRAPH, "483bed4a-2ad3-4361-a73b-c83ccdbdc53c",
     "who holds a directory role", NULL},
    {"RoleManagementPolicy.Read.Directory", API_GRAPH, "fdc4c997-9942-4479-bfcb-75a36d1138df",
     "what activating a directory role takes", NULL},
    {"User.Read.All", API_GRAPH, "df021288-bdef-4463-88db-98f22de89214",
     "users with their properties", NULL},
};

/* Microsoft Entra built-in roles that open Exchange Online to an application (app-only
 * authentication for unattended scripts), and those worth a warning when an auditor holds them. */
static const struct directory_role roles[] = {
    {"Global Reader", "f2ef992c-3afb-46b9-b7cf-a126ee74c451", true, true},
    {"Security Reader", "5d6b6bb7-de71-4623-b4af-96380a352509", true, true},
    {"Exchange Administrator", "29232cdf-9323-42fd-ade2-1d097af3e4de", true, false},
    {"Global Administrator", "62e90394-69f5-4237-9190-012177145e10", true, false},
    {"Security Administrator", "194ae4cb-b126-40b2-bd5b-6091b380977d", true, false},
    {"Exchange Recipient Administrator", "31392ffb-586c-42d1-9346-e59415a2cc4e", true, false},
    {"Reports Reader", "4a5d8f65-41da-4de4-8968-e035b65339cf", false, true},
    {"Directory Readers", "88d8e3e3-8f55-4a1e-953a-9b9898b8876b", false, true},
    {"Application Administrator", "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", false, false},
    {"Cloud Application Administrator", "158c047a-c907-4556-b7ef-446551a6b5f7", false, false},
    {"Conditional Access Administrator", "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9", false, false},
    {"Privileged Role Administrator", "e8611ab8-c189-46e8-94e1-60213ab1f814", false, false},
    {"Privileged Authentication Administrator", "7be44c8a-adaf-4e2a-84d6-ab2649e08a13", false,
     false},
    {"Authentication Administrator", "c4e39bd9-1100-46d3-8c65-fb160da0071f", false, false},
    {"User Administrator", "fe930be7-5e62-47db-91af-98c3a49a38b1", false, false},
};

const struct permission_api_info *permission_api_info(enum permission_api api)
{
    return &apis[api];
}

size_t permission_count(void)
{
    return COUNT_OF(permissions);
}

const struct permission *permission_at(size_t i)
{
    return i < COUNT_OF(permissions) ? &permissions[i] : NULL;
}

const struct permission *permission_find(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(permissions); i++)
        if (str_eq(permissions[i].name, name))
            return &permissions[i];
    return NULL;
}

size_t directory_role_count(void)
{
    return COUNT_OF(roles);
}

const struct directory_role *directory_role_at(size_t i)
{
    return i < COUNT_OF(roles) ? &roles[i] : NULL;
}

const struct directory_role *directory_role_find(const char *template_id)
{
    for (size_t i = 0; i < COUNT_OF(roles); i++)
        if (str_ieq(roles[i].template_id, template_id))
            return &roles[i];
    return NULL;
}

bool directory_role_is_none(const char *template_id)
{
    return str_ieq(template_id, "0997a1d0-0d1d-4acb-b408-d5ca73121e90");
}

/* Names are object.action.scope; the action says what can be done. */
bool permission_reads_only(const char *name)
{
    static const char *const actions[] = {"Read", "ReadBasic"};
    const char *action = strchr(name, '.');
    size_t n;

    if (action == NULL)
        return false;
    action++;
    n = strcspn(action, ".");
    for (size_t i = 0; i < COUNT_OF(actions); i++)
        if (strlen(actions[i]) == n && memcmp(actions[i], action, n) == 0)
            return true;
    return false;
}

/* The next name of a group; *n is 0 at the group's end. Leaves *s behind the name. */
static const char *next_name(const char **s, size_t *n)
{
    const char *name;

    *s += strspn(*s, " ");
    name = *s;
    *n = strcspn(name, " ;");
    *s += *n;
    return name;
}

/* What begins behind the next ';', or NULL. */
static const char *next_group(const char *s)
{
    s += strcspn(s, ";");
    return *s == ';' ? s + 1 : NULL;
}

bool permission_least(const char *accepted, size_t i, char out[PERMISSION_NAME_BYTES])
{
    const char *group = accepted;
    const char *name;
    size_t n;

    while (group != NULL && i > 0) {
        group = next_group(group);
        i--;
    }
    if (group == NULL)
        return false;
    name = next_name(&group, &n);
    if (n == 0 || n >= PERMISSION_NAME_BYTES)
        return false;
    memcpy(out, name, n);
    out[n] = '\0';
    return true;
}

static bool is_name(const char *name, size_t n, const char *want)
{
    return strlen(want) == n && memcmp(name, want, n) == 0;
}

bool permission_does_for(const char *accepted, const char *least, const char *name)
{
    for (const char *group = accepted; group != NULL; group = next_group(group)) {
        const char *s = group;
        size_t n;
        const char *one = next_name(&s, &n);
        bool does = false;

        if (!is_name(one, n, least))
            continue;
        for (; n > 0; one = next_name(&s, &n))
            does = does || is_name(one, n, name);
        return does;
    }
    return false;
}

bool permission_in_claim(const json_t *claim, const char *name)
{
    const json_t *one;
    size_t i;

    json_array_foreach(claim, i, one)
    {
        if (str_ieq(json_string_value(one), name))
            return true;
    }
    return false;
}

bool permission_is_granted(const char *accepted, const json_t *claim)
{
    char name[PERMISSION_NAME_BYTES];

    for (const char *group = accepted; group != NULL; group = next_group(group)) {
        const char *s = group;
        bool has = false;
        size_t n;

        for (const char *one = next_name(&s, &n); n > 0; one = next_name(&s, &n)) {
            (void)snprintf(name, sizeof name, "%.*s", (int)n, one);
            has = has || permission_in_claim(claim, name);
        }
        if (!has)
            return false;
    }
    return true;
}
