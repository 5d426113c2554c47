/* The questions: which sign-ins, and what each is held to. A row more is a question more; what it
 * means for people is in docs of table user_ca_effect (rules/facts/README.md). */
#include "ca_asked.h"
#include "ca_axis.h"
#include "ca_places.h"

#include "base/strs.h"

#include <string.h>

#define AZURE_MANAGEMENT "797f4846-ba00-4fd7-ba43-dac1f8f63013"
#define INTUNE_ENROLLMENT "d4ebce55-015a-49b5-a083-c84d1797ae8c"
#define SHAREPOINT_ONLINE "00000003-0000-0ff1-ce00-000000000000"
#define REGISTER_SECURITY_INFO "urn:user:registersecurityinfo"

static const struct ca_question_row questions[] = {
    {.id = "risky-user-blocked", .demand = CA_ASK_BLOCK, .value[CA_USER_RISK] = {"high"}},
    {.id = "risky-user-remediated", .demand = CA_ASK_REMEDY, .value[CA_USER_RISK] = {"high"}},
    {.id = "risky-sign-in-blocked", .demand = CA_ASK_BLOCK, .value[CA_SIGN_IN_RISK] = {"high"}},
    {.id = "risky-sign-in-mfa", .demand = CA_ASK_MFA, .value[CA_SIGN_IN_RISK] = {"medium", "high"}},
    {.id = "medium-risk-sign-in-blocked",
     .demand = CA_ASK_BLOCK,
     .value[CA_SIGN_IN_RISK] = {"medium", "high"}},
    {.id = "device-code-blocked", .demand = CA_ASK_BLOCK, .value[CA_FLOW] = {"deviceCodeFlow"}},
    {.id = "authentication-transfer-blocked",
     .demand = CA_ASK_BLOCK,
     .value[CA_FLOW] = {"authenticationTransfer"}},
    {.id = "managed-device", .demand = CA_ASK_BLOCK, .is_unmanaged = true},
    {.id = "registration-managed-device",
     .demand = CA_ASK_BLOCK,
     .value[CA_APP] = {REGISTER_SECURITY_INFO},
     .is_unmanaged = true},
    {.id = "registration-protected",
     .demand = CA_ASK_MFA,
     .value[CA_APP] = {REGISTER_SECURITY_INFO},
     .where = CA_UNTRUSTED_PLACE},
    {.id = "phishing-resistant", .demand = CA_ASK_PHISH},
    {.id = "sign-in-frequency", .demand = CA_ASK_HOURS},
    {.id = "no-persistent-browser",
     .demand = CA_ASK_NO_PERSISTENCE,
     .value[CA_CLIENT] = {"browser"}},
    {.id = "enrollment-frequency", .demand = CA_ASK_HOURS, .value[CA_APP] = {INTUNE_ENROLLMENT}},
    {.id = "azure-management-mfa", .demand = CA_ASK_MFA, .value[CA_APP] = {AZURE_MANAGEMENT}},
    {.id = "unnamed-place-blocked", .demand = CA_ASK_BLOCK, .where = CA_UNNAMED_PLACE},
    {.id = "token-protection",
     .demand = CA_ASK_TOKEN,
     .value[CA_CLIENT] = {"mobileAppsAndDesktopClients"},
     .value[CA_PLATFORM] = {"windows"},
     .value[CA_APP] = {CA_EXCHANGE_ONLINE, SHAREPOINT_ONLINE}},
};

size_t ca_question_rows(void)
{
    return COUNT_OF(questions);
}

const struct ca_question_row *ca_question_row(size_t i)
{
    return &questions[i];
}

/* Index of a value on a condition with a fixed list. */
static size_t value_at(enum ca_dim d, const char *value)
{
    const struct ca_fixed_axis *a = ca_fixed_axis(d);

    for (size_t i = 0; a != NULL && i < a->n; i++)
        if (str_eq(a->v[i].id, value))
            return i;
    BUG("no value '%s'", value);
}

static size_t atom_of(const struct ca_model *m, enum ca_dim d, const char *value)
{
    return d == CA_APP ? ca_apps_find(m, value) : m->fixed_atom[d][value_at(d, value)];
}

const char *ca_question_value(const struct ca_question_row *q, enum ca_dim d, const char **words)
{
    const char *value = q->value[d][0];
    const struct ca_fixed_axis *a = ca_fixed_axis(d);

    if (value == NULL || q->value[d][1] != NULL)
        return NULL;
    if (a != NULL)
        *words = a->v[value_at(d, value)].words;
    else
        *words = ca_action_words(value) != NULL ? ca_action_words(value) : ca_app_name(value);
    return value;
}

/* Of the atoms that the box has in this condition, those of the question's values. An application
 * that cannot be found (too many to tell apart) leaves the box empty. */
static void keep_values(const struct ca_model *m, const struct ca_question_row *q, enum ca_dim d,
                        uint64_t *box)
{
    if (q->value[d][0] == NULL)
        return;
    ca_dim_clear(&m->space, box, d);
    for (size_t i = 0; i < CA_ASKED_VALUES && q->value[d][i] != NULL; i++) {
        size_t atom = atom_of(m, d, q->value[d][i]);

        if (atom < m->axis[d].n)
            ca_bit_set(&m->space, box, d, atom);
    }
}

static void keep_places(const struct ca_model *m, enum ca_where where, bool is_certain,
                        uint64_t *box)
{
    static const uint8_t marks[][2] = {
        [CA_ANYWHERE] = {0, 0},
        [CA_UNTRUSTED_PLACE] = {CA_SPOT_PERHAPS_TRUSTED, CA_SPOT_UNTRUSTED},
        [CA_UNNAMED_PLACE] = {CA_SPOT_PERHAPS_UNNAMED, CA_SPOT_UNNAMED},
    };
    uint8_t mark = marks[where][is_certain ? 1 : 0];

    for (size_t i = 0; where != CA_ANYWHERE && i < m->axis[CA_LOCATION].n; i++)
        if ((m->axis[CA_LOCATION].atom[i].spots & mark) == 0)
            ca_bit_drop(&m->space, box, CA_LOCATION, i);
}

/* Where no policy looks at one of the two, a device of this atom may well not be it. */
static enum ca_tri is_unmanaged(const struct ca_model *m, const struct ca_atom *device)
{
    enum ca_tri compliant = m->sees_compliance ? device->compliant : CA_NO;
    enum ca_tri joined = m->sees_join ? device->joined : CA_NO;

    return ca_not(ca_or(compliant, joined));
}

static void keep_devices(const struct ca_model *m, bool is_certain, uint64_t *box)
{
    for (size_t i = 0; i < m->axis[CA_DEVICE].n; i++)
        if (is_unmanaged(m, &m->axis[CA_DEVICE].atom[i]) < (is_certain ? CA_YES : CA_MAYBE))
            ca_bit_drop(&m->space, box, CA_DEVICE, i);
}

static uint64_t *box_of(struct ca_model *m, const struct ca_question_row *q, bool is_certain)
{
    uint64_t *box = ca_pool_get(&m->pool, m->space.total, sizeof *box);

    memcpy(box, is_certain ? m->modern_exists : m->modern_possible, m->space.total * sizeof *box);
    for (int d = 0; d < CA_DIM_COUNT; d++)
        keep_values(m, q, (enum ca_dim)d, box);
    keep_places(m, q->where, is_certain, box);
    if (q->is_unmanaged)
        keep_devices(m, is_certain, box);
    return box;
}

struct ca_region ca_question_region(struct ca_model *m, const struct ca_question_row *q)
{
    return (struct ca_region){.exists = box_of(m, q, true), .possible = box_of(m, q, false)};
}

enum ca_tri ca_question_holds(const struct ca_policy *p, const struct ca_atom *device,
                              const struct ca_question_row *q)
{
    struct ca_demand d = ca_demand_on(p, device);
    enum ca_tri session = CA_NO;

    switch (q->demand) {
    case CA_ASK_BLOCK:
        break;
    case CA_ASK_MFA:
        return d.covers;
    case CA_ASK_PHISH:
        return ca_demand_for(p, device, CA_QUALITY_PHISH).covers;
    case CA_ASK_REMEDY:
        return ca_demand_for(p, device, CA_QUALITY_REMEDY).covers;
    case CA_ASK_HOURS:
        session = p->session.hours >= 0                 ? CA_YES
                  : p->session.hours == CA_HOURS_UNREAD ? CA_MAYBE
                                                        : CA_NO;
        break;
    case CA_ASK_NO_PERSISTENCE:
        session = p->session.persistence == CA_PERSIST_NEVER    ? CA_YES
                  : p->session.persistence == CA_PERSIST_UNREAD ? CA_MAYBE
                                                                : CA_NO;
        break;
    case CA_ASK_TOKEN:
        session = p->session.has_token_protection ? CA_YES : CA_NO;
        break;
    }
    return ca_or(d.blocks, session);
}
