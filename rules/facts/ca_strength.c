/* What a policy demands: grant controls, authentication strengths, and what they do to a device.
 *
 * Sources: Microsoft Learn, "Conditional Access: Grant", "Conditional Access authentication
 * strength", "Migrate approved client app". */
#include "base/jsonx.h"
#include "base/strs.h"
#include "ca_model.h"
#include "model/store.h"

#include <string.h>

/* 2026-04-01: "After March 2026, Microsoft will stop enforcing require approved client app control,
 * and it will be as if this grant isn't selected." */
static const int64_t approved_app_until_ms = INT64_C(1775001600000);

/* Methods that are MFA by themselves, and factors that are so together with a password or a
 * federated first factor (table "Built-in authentication strengths"). */
static const char *const whole_methods[] = {
    "fido2",
    "windowsHelloForBusiness",
    "x509CertificateMultiFactor",
    "deviceBasedPush",
    "temporaryAccessPassOneTime",
    "temporaryAccessPassMultiUse",
    "federatedMultiFactor",
};
static const char *const first_factors[] = {
    "password",
    "federatedSingleFactor",
    "x509CertificateSingleFactor",
};
static const char *const second_factors[] = {
    "voice",
    "hardwareOath",
    "softwareOath",
    "sms",
    "microsoftAuthenticatorPush",
    /* "password,x509CertificateSingleFactor" is in Microsoft's own MFA strength */
    "x509CertificateSingleFactor",
};
/* Alone: one factor. */
static const char *const lone_methods[] = {
    "password",  "sms", "voice", "email", "federatedSingleFactor", "x509CertificateSingleFactor",
    "qrCodePin",
};

static bool is_in(const char *const *list, size_t n, const char *word)
{
    for (size_t i = 0; i < n; i++)
        if (str_ieq(list[i], word))
            return true;
    return false;
}
#define IN(list, word) is_in(list, COUNT_OF(list), word)

/* One allowed combination, such as "password,sms". */
static enum ca_tri combination_mfa(const char *combination)
{
    char word[2][64] = {"", ""};
    size_t words = 0;

    for (const char *at = combination; *at != '\0';) {
        size_t n = strcspn(at, ", ");

        if (words == 2 || n >= sizeof word[0])
            return CA_MAYBE;
        memcpy(word[words], at, n);
        word[words++][n] = '\0';
        at += n;
        at += strspn(at, ", ");
    }
    if (words == 0)
        return CA_MAYBE;
    for (size_t i = 0; i < words; i++)
        if (IN(whole_methods, word[i]))
            return CA_YES;
    if (words == 1)
        return IN(lone_methods, word[0]) ? CA_NO : CA_MAYBE;
    if ((IN(first_factors, word[0]) && IN(second_factors, word[1])) ||
        (IN(first_factors, word[1]) && IN(second_factors, word[0])))
        return CA_YES;
    return CA_MAYBE;
}

/* Does every way to satisfy the strength take MFA? One single-factor way is enough for no; what
 * Entra says of it counts where a combination is new to us. */
static enum ca_tri strength_mfa(const char *combinations_json, const char *requirements)
{
    struct err e = ERR_INIT;
    json_t *list = NULL;
    enum ca_tri all = CA_YES;
    bool says_mfa = requirements != NULL && str_icontains(requirements, "mfa");

    if (combinations_json == NULL ||
        jx_parse(combinations_json, strlen(combinations_json), "allowedCombinations", &list, &e) !=
            ERR_OK ||
        json_array_size(list) == 0) {
        json_decref(list);
        return says_mfa ? CA_YES : CA_MAYBE;
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *one = json_string_value(json_array_get(list, i));

        all = ca_and(all, one != NULL ? combination_mfa(one) : CA_MAYBE);
    }
    json_decref(list);
    return all == CA_MAYBE && says_mfa ? CA_YES : all;
}

/* Table "Built-in authentication strengths": what Phishing-resistant MFA accepts. */
static const char *const phishing_resistant[] = {
    "fido2",
    "windowsHelloForBusiness",
    "x509CertificateMultiFactor",
};
/* Ways that are known and not resistant; a word that is new may be. */
static bool is_known_weak(const char *combination)
{
    return strchr(combination, ',') != NULL || IN(whole_methods, combination) ||
           IN(lone_methods, combination);
}

/* Is every way to satisfy the strength phishing-resistant? */
static enum ca_tri strength_phish(const char *combinations_json)
{
    struct err e = ERR_INIT;
    json_t *list = NULL;
    enum ca_tri all = CA_YES;

    if (combinations_json == NULL ||
        jx_parse(combinations_json, strlen(combinations_json), "allowedCombinations", &list, &e) !=
            ERR_OK ||
        json_array_size(list) == 0) {
        json_decref(list);
        return CA_MAYBE;
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *one = json_string_value(json_array_get(list, i));

        if (one == NULL)
            all = ca_and(all, CA_MAYBE);
        else if (!IN(phishing_resistant, one))
            all = ca_and(all, is_known_weak(one) ? CA_NO : CA_MAYBE);
    }
    json_decref(list);
    return all;
}

/* The built-in strengths; the first is documented, the other two recalled. All three are MFA. */
static const struct {
    const char *id, *name;
    enum ca_tri phish;
} built_in[] = {
    {"00000000-0000-0000-0000-000000000002", "Multifactor authentication", CA_NO},
    {"00000000-0000-0000-0000-000000000003", "Passwordless MFA", CA_NO},
    {"00000000-0000-0000-0000-000000000004", "Phishing-resistant MFA", CA_YES},
};

static void apply_strength(struct ca_model *m, const char *id, const char *name, enum ca_tri mfa,
                           enum ca_tri phish)
{
    for (size_t i = 0; i < m->policies; i++)
        for (size_t k = 0; k < m->policy[i].controls; k++) {
            struct ca_control *c = &m->policy[i].control[k];

            if (c->kind != CA_CONTROL_STRENGTH || !str_ieq(c->text, id))
                continue;
            c->takes[CA_QUALITY_MFA] = mfa;
            c->takes[CA_QUALITY_PHISH] = phish;
            c->words =
                ca_pool_textf(&m->pool, "authentication strength %s", name != NULL ? name : id);
        }
}

/* A policy carries its strength inline; the table is the first choice, because it is whole. */
static const char strengths_sql[] =
    "SELECT DISTINCT c.value,"
    "  coalesce(s.display_name, p.raw ->> '$.grantControls.authenticationStrength.displayName'),"
    "  coalesce(s.requirements_satisfied,"
    "           p.raw ->> '$.grantControls.authenticationStrength.requirementsSatisfied'),"
    "  coalesce(s.allowed_combinations_json,"
    "           p.raw -> '$.grantControls.authenticationStrength.allowedCombinations')"
    " FROM ca_policy_control c"
    " JOIN (SELECT id, CASE WHEN json_valid(raw) THEN raw ELSE '{}' END AS raw FROM ca_policy) p"
    "   ON p.id = c.policy_id"
    " LEFT JOIN authentication_strength s ON s.id = c.value"
    " WHERE c.kind = 'strength' ORDER BY 1, 2, 3, 4";

enum err_code ca_strengths_load(struct ca_model *m, struct store *s, struct err *e)
{
    struct stmt *st = NULL;
    bool row = false;
    enum err_code code;

    for (size_t i = 0; i < COUNT_OF(built_in); i++)
        apply_strength(m, built_in[i].id, built_in[i].name, CA_YES, built_in[i].phish);
    code = stmt_prepare(s, strengths_sql, &st, e);
    while (code == ERR_OK && (code = stmt_step(st, &row, e)) == ERR_OK && row) {
        enum ca_tri mfa = strength_mfa(stmt_text(st, 3), stmt_text(st, 2));
        bool is_read = !stmt_is_null(st, 2) || !stmt_is_null(st, 3);

        if (is_read)
            apply_strength(m, stmt_text(st, 0), stmt_text(st, 1), mfa,
                           strength_phish(stmt_text(st, 3)));
    }
    stmt_free(st);
    return code;
}

static const struct {
    const char *word;
    enum ca_control_kind kind;
    enum ca_tri mfa, remedy;
    const char *words;
} grants[] = {
    {"block", CA_CONTROL_BLOCK, CA_NO, CA_NO, "block access"},
    {"mfa", CA_CONTROL_MFA, CA_YES, CA_NO, "multifactor authentication"},
    {"compliantDevice", CA_CONTROL_COMPLIANT, CA_NO, CA_NO, "a compliant device"},
    {"domainJoinedDevice", CA_CONTROL_JOINED, CA_NO, CA_NO, "a hybrid joined device"},
    {"approvedApplication", CA_CONTROL_APPROVED_APP, CA_NO, CA_NO, "an approved client app"},
    {"compliantApplication", CA_CONTROL_PROTECTED_APP, CA_NO, CA_NO, "an app protection policy"},
    /* "they're first required to complete multifactor authentication": documented, but not a
     * demand for MFA of its own, so it proves nothing either way. */
    {"passwordChange", CA_CONTROL_PASSWORD_CHANGE, CA_MAYBE, CA_YES, "a password change"},
    /* Brings an authentication strength with it, which then counts. */
    {"riskRemediation", CA_CONTROL_RISK_REMEDIATION, CA_MAYBE, CA_YES, "risk remediation"},
};

void ca_control_read(struct ca_model *m, struct ca_control *c, const char *kind, const char *value)
{
    c->kind = CA_CONTROL_UNSEEN;
    for (int q = 0; q < CA_QUALITY_COUNT; q++)
        c->takes[q] = CA_MAYBE;
    c->text = ca_pool_text(&m->pool, value);
    c->words = ca_pool_textf(&m->pool, "the control %s", value);
    if (str_eq(kind, "strength")) {
        c->kind = CA_CONTROL_STRENGTH;
        c->takes[CA_QUALITY_REMEDY] = CA_NO;
        c->words = ca_pool_textf(&m->pool, "authentication strength %s", value);
    } else if (str_eq(kind, "terms_of_use")) {
        c->kind = CA_CONTROL_TERMS;
        memset(c->takes, 0, sizeof c->takes);
        c->words = "terms of use";
    } else if (str_eq(kind, "custom_factor")) {
        /* another service's check: Entra does not take it for MFA */
        c->kind = CA_CONTROL_CUSTOM;
        memset(c->takes, 0, sizeof c->takes);
        c->words = "a custom control";
    }
    for (size_t i = 0; str_eq(kind, "grant") && i < COUNT_OF(grants); i++)
        if (str_ieq(grants[i].word, value)) {
            c->kind = grants[i].kind;
            c->takes[CA_QUALITY_MFA] = grants[i].mfa;
            c->takes[CA_QUALITY_PHISH] = CA_NO;
            c->takes[CA_QUALITY_REMEDY] = grants[i].remedy;
            c->words = grants[i].words;
        }
}

static bool is_in_force(const struct ca_model *m, const struct ca_control *c)
{
    return c->kind != CA_CONTROL_APPROVED_APP || m->as_of_ms < approved_app_until_ms;
}

/* Drops what is no longer enforced, and settles what holds for any device. */
void ca_controls_settle(struct ca_model *m, struct ca_policy *p)
{
    size_t kept = 0;
    bool has_sure = false;

    for (size_t i = 0; i < p->controls; i++)
        if (is_in_force(m, &p->control[i]))
            p->control[kept++] = p->control[i];
    p->controls = kept;
    for (size_t i = 0; i < kept; i++)
        has_sure = has_sure || p->control[i].kind != CA_CONTROL_UNSEEN;
    p->has_grant = has_sure ? CA_YES : kept > 0 ? CA_MAYBE : CA_NO;
    /* "You can select all available grant controls for the Other clients condition; however, the
     * end-user experience is always the same - blocked access", whatever the operator. */
    p->legacy_block = p->has_grant;
}

_Static_assert(CA_NO == 0, "a control whose `takes` was cleared takes nothing");

/* Can a sign-in from this device satisfy the control (by MFA, if that is what it takes)? Device
 * state is known of registered devices only (Grant: "Devices must be registered in Microsoft Entra
 * ID before they can be marked as compliant"; app protection asks for registration too). */
static enum ca_tri can_satisfy(const struct ca_control *c, const struct ca_atom *device)
{
    switch (c->kind) {
    case CA_CONTROL_BLOCK:
        return CA_NO;
    case CA_CONTROL_COMPLIANT:
        return device->compliant;
    case CA_CONTROL_JOINED:
        return device->joined;
    case CA_CONTROL_APPROVED_APP:
    case CA_CONTROL_PROTECTED_APP:
        return device->registered;
    case CA_CONTROL_UNSEEN:
        return CA_MAYBE;
    case CA_CONTROL_MFA:
    case CA_CONTROL_PASSWORD_CHANGE:
    case CA_CONTROL_RISK_REMEDIATION:
    case CA_CONTROL_STRENGTH:
    case CA_CONTROL_TERMS:
    case CA_CONTROL_CUSTOM:
        break;
    }
    return CA_YES;
}

/* All controls have to be satisfied. */
static struct ca_demand demand_all(const struct ca_policy *p, const struct ca_atom *device,
                                   enum ca_quality quality)
{
    struct ca_demand d = {CA_NO, CA_NO, CA_NO};
    enum ca_tri can = CA_YES;

    for (size_t i = 0; i < p->controls; i++) {
        can = ca_and(can, can_satisfy(&p->control[i], device));
        d.takes = ca_or(d.takes, p->control[i].takes[quality]);
    }
    d.blocks = ca_not(can);
    d.covers = ca_or(d.takes, d.blocks);
    d.takes = ca_and(d.takes, can);
    return d;
}

/* One of them is enough: the sign-in takes a way without it if there is one. */
static struct ca_demand demand_any(const struct ca_policy *p, const struct ca_atom *device,
                                   enum ca_quality quality)
{
    enum ca_tri free_way = CA_NO;
    enum ca_tri hard_way = CA_NO;
    enum ca_tri any_way = CA_NO;

    for (size_t i = 0; i < p->controls; i++) {
        enum ca_tri can = can_satisfy(&p->control[i], device);

        any_way = ca_or(any_way, can);
        free_way = ca_or(free_way, ca_and(can, ca_not(p->control[i].takes[quality])));
        hard_way = ca_or(hard_way, ca_and(can, p->control[i].takes[quality]));
    }
    return (struct ca_demand){.covers = ca_not(free_way),
                              .blocks = ca_not(any_way),
                              .takes = ca_and(ca_not(free_way), hard_way)};
}

static enum ca_tri between(enum ca_tri a, enum ca_tri b)
{
    return a == b ? a : CA_MAYBE;
}

struct ca_demand ca_demand_on(const struct ca_policy *p, const struct ca_atom *device)
{
    return ca_demand_for(p, device, CA_QUALITY_MFA);
}

struct ca_demand ca_demand_for(const struct ca_policy *p, const struct ca_atom *device,
                               enum ca_quality quality)
{
    struct ca_demand all;
    struct ca_demand any;

    if (p->controls == 0)
        return (struct ca_demand){CA_NO, CA_NO, CA_NO};
    all = demand_all(p, device, quality);
    if (p->controls == 1 || p->operation == CA_OPERATOR_AND)
        return all;
    any = demand_any(p, device, quality);
    if (p->operation == CA_OPERATOR_OR)
        return any;
    return (struct ca_demand){between(all.covers, any.covers), between(all.blocks, any.blocks),
                              between(all.takes, any.takes)};
}
