/* Applications: which are known to belong to Office365 and MicrosoftAdminPortals, and the atoms of
 * the application condition.
 *
 * Ids: Microsoft, "Application IDs of commonly used Microsoft applications". Office365: the names
 * in Microsoft's "Apps included in Conditional Access Office 365 app suite" (December 2024);
 * portals: "Conditional Access: Target resources", January 2026. Both pages say that they change.
 * CA_MAYBE where the two pages do not settle it. */
#include "ca_axis.h"

#include "base/mem.h"
#include "base/strs.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *id, *name;
    enum ca_tri in_office, in_portals;
} known_apps[] = {
    {CA_EXCHANGE_ONLINE, "Exchange Online", CA_YES, CA_NO},
    {"00000003-0000-0ff1-ce00-000000000000", "SharePoint Online", CA_YES, CA_NO},
    {"00000004-0000-0ff1-ce00-000000000000", "Skype for Business Online", CA_YES, CA_NO},
    {"00000006-0000-0ff1-ce00-000000000000", "Microsoft Office 365 Portal", CA_YES, CA_MAYBE},
    {"00000007-0000-0ff1-ce00-000000000000", "Exchange Online Protection", CA_YES, CA_NO},
    {"1fec8e78-bce4-4aaf-ab1b-5451cc387264", "Microsoft Teams", CA_YES, CA_NO},
    {"cc15fd57-2c6c-4117-a88c-83b1d56b4bbe", "Microsoft Teams Services", CA_YES, CA_NO},
    {"5e3ce6c0-2b1f-4285-8d4b-75ee78787346", "Microsoft Teams Web Client", CA_YES, CA_NO},
    {"c9a559d2-7aab-4f13-a6ed-e7e9c52aec87", "Microsoft Forms", CA_YES, CA_NO},
    {"00000005-0000-0ff1-ce00-000000000000", "Viva Engage", CA_YES, CA_NO},
    {"905fcf26-4eb7-48a0-9ff0-8dcc7194b5ba", "Sway", CA_YES, CA_NO},
    {"95de633a-083e-42f5-b444-a4295d8e9314", "Microsoft Whiteboard Services", CA_YES, CA_NO},
    {"cf53fce8-def6-4aeb-8d30-b158e7b1cf83", "Microsoft Stream Portal", CA_YES, CA_NO},
    {"2d4d3d8e-2be3-4bef-9f87-7875a61c29de", "OneNote", CA_YES, CA_NO},
    {"ab9b8c07-8f02-4f72-87fa-80105867a763", "OneDrive SyncEngine", CA_YES, CA_NO},
    {"94c63fef-13a3-47bc-8074-75af8c65887a", "Office Delve", CA_YES, CA_NO},
    {"66a88757-258c-4c72-893c-3e8bed4d6899", "Office 365 Search Service", CA_YES, CA_NO},
    {"4345a7b9-9a63-4910-a426-35363201d503", "O365 Suite UX", CA_YES, CA_NO},
    {"4b233688-031c-404b-9a80-a4f3f2351f90", "Office.com", CA_YES, CA_NO},
    {"4765445b-32c6-49b0-83e6-1d93765276ca", "OfficeHome", CA_YES, CA_NO},
    {"89bee1f7-5e6e-4d8a-9f3d-ecd601259da7", "Office365 Shell WCSS-Client", CA_YES, CA_NO},
    {"0f698dd4-f011-4d23-a33e-b36416dcb1e6", "OfficeClientService", CA_YES, CA_NO},
    {"d3590ed6-52b3-4102-aeff-aad2292ab01c", "Microsoft Office", CA_YES, CA_NO},
    {"00000002-0000-0000-c000-000000000000", "Windows Azure Active Directory", CA_NO, CA_NO},
    {"00000003-0000-0000-c000-000000000000", "Microsoft Graph", CA_NO, CA_NO},
    {"00000007-0000-0000-c000-000000000000", "Dataverse", CA_NO, CA_NO},
    {"00000009-0000-0000-c000-000000000000", "Power BI Service", CA_NO, CA_NO},
    {"022907d3-0f1b-48f7-badc-1ba6abab6d66", "Azure SQL Database", CA_NO, CA_NO},
    {"797f4846-ba00-4fd7-ba43-dac1f8f63013", "Windows Azure Service Management API", CA_NO, CA_NO},
    {"d4ebce55-015a-49b5-a083-c84d1797ae8c", "Microsoft Intune Enrollment", CA_NO, CA_NO},
    {"e9f49c6b-5ce5-44c8-925d-015017e9f7ad", "Azure Data Lake", CA_NO, CA_NO},
    {"c44b4083-3bb0-49c1-b47d-974e53cbdf3c", "Azure Portal", CA_NO, CA_YES},
    {"497effe9-df71-4043-a8bb-14cf78c4b63b", "Exchange Admin Center", CA_NO, CA_YES},
    {"80ccca67-54bd-44ab-8625-4b79c4dc7775", "Microsoft 365 Security and Compliance Center",
     CA_MAYBE, CA_YES},
};

/* User actions: Microsoft Learn, "Conditional Access: Target resources", User actions. A policy is
 * for applications or for an action, so "all resources" does not name them (Graph:
 * conditionalAccessApplications). */
static const struct {
    const char *id, *words;
} actions[] = {
    {"urn:user:registersecurityinfo", "registering security information"},
    {"urn:user:registerdevice", "registering or joining a device"},
};

const char *ca_action_words(const char *id)
{
    for (size_t i = 0; i < COUNT_OF(actions); i++)
        if (str_ieq(actions[i].id, id))
            return actions[i].words;
    return NULL;
}

const char *ca_app_name(const char *id)
{
    for (size_t i = 0; i < COUNT_OF(known_apps); i++)
        if (str_ieq(known_apps[i].id, id))
            return known_apps[i].name;
    return NULL;
}

struct ca_app_value ca_app_value(const char *id)
{
    struct ca_app_value v = {id, CA_MAYBE, CA_MAYBE};

    for (size_t i = 0; i < COUNT_OF(known_apps); i++)
        if (str_ieq(known_apps[i].id, id)) {
            v.in_office = known_apps[i].in_office;
            v.in_portals = known_apps[i].in_portals;
        }
    return v;
}

static void scope_of(const struct ca_model *m, const struct ca_app_value *v, uint8_t *scope)
{
    for (size_t l = 0; l < m->lives; l++)
        scope[l] = (uint8_t)ca_scope_app(&m->policy[m->live[l]], v);
}

static void offer(struct ca_model *m, const struct ca_app_value *v, const char *words, int cost,
                  unsigned flags)
{
    uint8_t *scope = xcalloc(m->lives + 1, 1);
    struct ca_atom value = {.flags = flags, .cost = cost};
    struct ca_atom *face;

    scope_of(m, v, scope);
    face = ca_axis_add(m, CA_APP, &value, scope);
    if (face != NULL) {
        face->id = v->id != NULL ? v->id : words;
        face->words = words;
    }
    free(scope);
}

/* An application whose membership in a suite is not known: there is such a sign-in, in one of
 * several ways. A gap is certain when no way closes it; "always" has to hold in every way. */
static void offer_named(struct ca_model *m, const struct ca_app_value *v, int cost)
{
    const char *name = ca_app_name(v->id);
    const char *words = name != NULL ? name : ca_pool_textf(&m->pool, "the application %s", v->id);
    bool is_open = v->in_office == CA_MAYBE || v->in_portals == CA_MAYBE;

    offer(m, v, words, cost, is_open ? CA_ATOM_EXISTS : CA_ATOM_USUAL);
    for (int way = 0; is_open && way < 4; way++) {
        struct ca_app_value one = *v;

        one.in_office = (way & 1) != 0 ? CA_YES : CA_NO;
        one.in_portals = (way & 2) != 0 ? CA_YES : CA_NO;
        if ((v->in_office == CA_MAYBE || v->in_office == one.in_office) &&
            (v->in_portals == CA_MAYBE || v->in_portals == one.in_portals))
            offer(m, &one, words, cost + 1, CA_ATOM_POSSIBLE);
    }
}

static const struct ca_atom action_atom = {.flags = CA_ATOM_ACTION};

static enum ca_tri scope_action(const struct ca_policy *p, const char *id)
{
    enum ca_tri in = CA_NO;
    bool has_other = false; /* something unseen, which may be about this action */

    for (size_t i = 0; i < p->targets; i++) {
        const struct ca_target *t = &p->target[i];

        has_other = has_other || t->kind == CA_KIND_OTHER;
        if (t->kind == CA_KIND_USER_ACTION && !t->is_exclude && str_ieq(t->text, id))
            in = CA_YES;
    }
    if (in == CA_NO && has_other && !ca_has_targets(p, CA_KIND_APP))
        in = CA_MAYBE;
    return in;
}

static uint8_t *action_scope(const struct ca_model *m, const char *id)
{
    uint8_t *scope = xcalloc(m->lives + 1, 1);

    for (size_t l = 0; l < m->lives; l++)
        scope[l] = (uint8_t)scope_action(&m->policy[m->live[l]], id);
    return scope;
}

static void offer_actions(struct ca_model *m)
{
    for (size_t i = 0; i < COUNT_OF(actions); i++) {
        uint8_t *scope = action_scope(m, actions[i].id);
        struct ca_atom *face = ca_axis_add(m, CA_APP, &action_atom, scope);

        if (face != NULL) {
            face->id = actions[i].id;
            face->words = actions[i].words;
        }
        free(scope);
    }
}

size_t ca_apps_find(const struct ca_model *m, const char *id)
{
    bool is_action = ca_action_words(id) != NULL;
    struct ca_app_value v = ca_app_value(id);
    struct ca_atom usual = {.flags = CA_ATOM_USUAL};
    uint8_t *scope;
    size_t at;

    if (!is_action && (v.in_office == CA_MAYBE || v.in_portals == CA_MAYBE))
        return SIZE_MAX;
    for (size_t l = 0; l < m->lives && !is_action; l++) { /* policies hold the interned id */
        const struct ca_policy *p = &m->policy[m->live[l]];

        for (size_t i = 0; i < p->targets; i++)
            if (p->target[i].kind == CA_KIND_APP && str_eq(p->target[i].text, id))
                v.id = p->target[i].text;
    }
    scope = is_action ? action_scope(m, id) : xcalloc(m->lives + 1, 1);
    if (!is_action)
        scope_of(m, &v, scope);
    at = ca_axis_at(m, CA_APP, is_action ? &action_atom : &usual, scope);
    free(scope);
    return at;
}

static bool uses_suites(const struct ca_model *m)
{
    for (size_t l = 0; l < m->lives; l++) {
        const struct ca_policy *p = &m->policy[m->live[l]];

        for (size_t i = 0; i < p->targets; i++)
            if (p->target[i].kind == CA_KIND_APP &&
                (str_ieq(p->target[i].text, "Office365") ||
                 str_ieq(p->target[i].text, "MicrosoftAdminPortals")))
                return true;
    }
    return false;
}

void ca_apps_axis(struct ca_model *m)
{
    static const struct ca_app_value any = {NULL, CA_NO, CA_NO};
    static const struct ca_app_value office = {NULL, CA_YES, CA_NO};
    static const struct ca_app_value portal = {NULL, CA_NO, CA_YES};
    static const struct ca_app_value both = {NULL, CA_YES, CA_YES};
    struct ca_app_value v = ca_app_value(ca_text(m, CA_EXCHANGE_ONLINE));
    bool has_suites = uses_suites(m);
    struct ca_map seen;

    ca_map_init(&seen, &m->pool);
    offer_named(m, &v, 0);
    (void)ca_map_add(&seen, &v.id, sizeof v.id, 0);
    offer(m, &any, "any other application", 1, CA_ATOM_USUAL);
    offer(m, &office, "another Office 365 application", 2, CA_ATOM_USUAL);
    offer(m, &portal, "a Microsoft admin portal", 3, CA_ATOM_USUAL);
    offer(m, &both, "an admin portal of Office 365", 4, CA_ATOM_POSSIBLE);
    offer_actions(m);
    for (size_t l = 0; l < m->lives && !m->axis[CA_APP].is_full; l++) {
        const struct ca_policy *p = &m->policy[m->live[l]];

        for (size_t i = 0; i < p->targets; i++) {
            const struct ca_target *t = &p->target[i];

            if (t->kind != CA_KIND_APP || !str_is_guid(t->text) ||
                ca_map_get(&seen, &t->text, sizeof t->text) != CA_MAP_NONE)
                continue;
            (void)ca_map_add(&seen, &t->text, sizeof t->text, 0);
            v = ca_app_value(t->text);
            if (!has_suites)
                v.in_office = v.in_portals = CA_NO; /* nobody asks */
            offer_named(m, &v, 5);
        }
    }
    ca_map_release(&seen);
    if (m->axis[CA_APP].is_full)
        ca_axis_add_rest(m, CA_APP, "some application among too many to tell apart");
}
