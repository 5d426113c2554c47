/* Organization, domains, users and their passes, licences, MFA registrations. */
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/strs.h"
#include "collect_run.h"
#include "map.h"
#include "model/store.h"

#include <stdlib.h>
#include <string.h>

/* ---- organization ---- */

/* Without the permission Graph answers 200 with three members and nulls or empty lists otherwise.
 */
static bool is_hidden(const json_t *row)
{
    const json_t *plans = json_object_get(row, "assignedPlans");

    return jx_text(row, "tenantType") == NULL &&
           (plans == NULL || json_is_null(plans) || json_array_size(plans) == 0);
}

enum err_code organization_each(struct collect_chain *ch, const json_t *row, bool *taken,
                                struct err *e)
{
    struct collect_task *t = ch->task;
    const char *id = jx_text(row, "id");
    char *low = id != NULL ? str_lower(id) : NULL;
    enum err_code code;

    code = store_run(t->run->s, e, "UPDATE snapshot SET tenant_id = ?, tenant_name = ?", "tt", low,
                     jx_text(row, "displayName"));
    free(low);
    if (code != ERR_OK)
        return code;
    if (is_hidden(row)) {
        collect_note(t, REASON_PERMISSION,
                     "the service shows only the name of the organization, as to an app without %s",
                     t->c->info.permission);
        return ERR_OK;
    }
    return map_row(t->map, row, &t->odd, taken, e);
}

enum err_code organization_end(struct collect_task *t, struct err *e)
{
    (void)e;
    if (t->rows == 0 && t->pages > 0 && t->odd.count == 0)
        collect_note(t, REASON_MALFORMED, "the reply held no organization");
    return ERR_OK;
}

/* ---- domains ---- */

enum err_code domain_each(struct collect_chain *ch, const json_t *row, bool *taken, struct err *e)
{
    struct collect_task *t = ch->task;
    const json_t *services = NULL;
    const json_t *one;
    bool email = false;
    size_t i;
    char *name;
    enum err_code code = map_row(t->map, row, &t->odd, taken, e);

    if (code != ERR_OK || !*taken)
        return code;
    if (jx_array(row, "supportedServices", &services) != JX_OK) {
        map_odd_add(&t->odd, "property supportedServices is missing");
        return ERR_OK;
    }
    json_array_foreach(services, i, one)
    {
        const char *word = json_string_value(one);

        email = email || str_ieq(word, "Email") || str_ieq(word, "EmailInternalRelayOnly");
    }
    name = str_lower(json_string_value(json_object_get(row, "id")));
    code = store_run(t->run->s, e, "UPDATE domain SET supports_email = ? WHERE name = ?", "it",
                     (int64_t)(email ? 1 : 0), name);
    free(name);
    return code;
}

/* ---- users ---- */

/* Agents (beta) are no people and have no mailbox. */
static bool is_agent(const json_t *row)
{
    return str_ieq(map_odata_type(row), "agentUser");
}

/* Lower-case ids as JSON text; caller frees. NULL: not a list of strings. */
static char *plan_ids(const json_t *plans)
{
    json_t *out = json_array();
    const json_t *one;
    char *text = NULL;
    size_t i;

    json_array_foreach(plans, i, one)
    {
        const char *id = json_string_value(one);
        char *low;

        if (id == NULL)
            goto out;
        low = str_lower(id);
        (void)json_array_append_new(out, json_string(low));
        free(low);
    }
    text = jx_canonical(out);
out:
    json_decref(out);
    return text;
}

static enum err_code add_licence(struct collect_task *t, const char *user_id, const json_t *licence,
                                 struct err *e)
{
    const char *sku = NULL;
    const json_t *plans = NULL;
    enum jx r = jx_array(licence, "disabledPlans", &plans);
    char *disabled = plans != NULL ? plan_ids(plans) : NULL;
    char *low;
    enum err_code code;

    if (jx_str(licence, "skuId", &sku) != JX_OK) {
        map_odd_add(&t->odd, "an assigned licence has no skuId");
        free(disabled);
        return ERR_OK;
    }
    if (r == JX_TYPE || (r == JX_OK && disabled == NULL))
        map_odd_add(&t->odd, "property assignedLicenses.disabledPlans is not a list of ids");
    low = str_lower(sku);
    code = store_run(t->run->s, e,
                     "INSERT OR REPLACE INTO user_licence(user_id, sku_id, disabled_plans_json) "
                     "VALUES (?, ?, ?)",
                     "ttt", user_id, low, disabled != NULL ? disabled : "[]");
    free(low);
    free(disabled);
    return code;
}

enum err_code user_each(struct collect_chain *ch, const json_t *row, bool *taken, struct err *e)
{
    struct collect_task *t = ch->task;
    const json_t *licences = NULL;
    const json_t *one;
    enum err_code code;
    char *id;
    size_t i;

    if (is_agent(row))
        return ERR_OK;
    code = map_row(t->map, row, &t->odd, taken, e);
    if (code != ERR_OK || !*taken)
        return code;
    if (jx_array(row, "assignedLicenses", &licences) != JX_OK)
        map_odd_add(&t->odd, "property assignedLicenses is missing");
    id = str_lower(json_string_value(json_object_get(row, "id")));
    json_array_foreach(licences, i, one)
    {
        code = add_licence(t, id, one, e);
        if (code != ERR_OK)
            break;
    }
    free(id);
    return code;
}

/* ---- per-user MFA: a property that no documentation names, so its absence proves nothing ---- */

enum err_code user_mfa_each(struct collect_chain *ch, const json_t *row, bool *taken, struct err *e)
{
    struct collect_task *t = ch->task;
    const char *state = NULL;
    enum jx r = jx_str(row, "perUserMfaState", &state);

    if (is_agent(row))
        return ERR_OK;
    t->seen++;
    if (r == JX_ABSENT || r == JX_NULL)
        return ERR_OK;
    if (r == JX_TYPE || (!str_ieq(state, "disabled") && !str_ieq(state, "enabled") &&
                         !str_ieq(state, "enforced"))) {
        map_odd_add(&t->odd, "perUserMfaState is none of disabled, enabled, enforced");
        return ERR_OK;
    }
    t->served++;
    return map_row(t->map, row, &t->odd, taken, e);
}

enum err_code user_mfa_end(struct collect_task *t, struct err *e)
{
    (void)e;
    if (t->seen > 0 && t->served == 0 && t->odd.count == 0)
        collect_note(t, REASON_NOT_COLLECTED, "not served: no user object holds perUserMfaState");
    else if (t->served < t->seen && t->odd.count == 0)
        collect_note(t, REASON_NOT_COLLECTED, "%llu of %llu user objects hold no perUserMfaState",
                     (unsigned long long)(t->seen - t->served), (unsigned long long)t->seen);
    return ERR_OK;
}

enum err_code user_activity_each(struct collect_chain *ch, const json_t *row, bool *taken,
                                 struct err *e)
{
    struct collect_task *t = ch->task;

    return is_agent(row) ? ERR_OK : map_row(t->map, row, &t->odd, taken, e);
}

/* ---- licences ---- */

static enum err_code add_plan(struct collect_task *t, const char *sku_id, const json_t *plan,
                              struct err *e)
{
    const char *id = NULL;
    char *low;
    enum err_code code;

    if (jx_str(plan, "servicePlanId", &id) != JX_OK) {
        map_odd_add(&t->odd, "a service plan has no servicePlanId");
        return ERR_OK;
    }
    low = str_lower(id);
    code = store_run(t->run->s, e,
                     "INSERT OR REPLACE INTO sku_service_plan(sku_id, plan_id, plan_name, "
                     "provisioning_status, applies_to) VALUES (?, ?, ?, ?, ?)",
                     "ttttt", sku_id, low, jx_text(plan, "servicePlanName"),
                     jx_text(plan, "provisioningStatus"), jx_text(plan, "appliesTo"));
    free(low);
    return code;
}

enum err_code sku_each(struct collect_chain *ch, const json_t *row, bool *taken, struct err *e)
{
    struct collect_task *t = ch->task;
    const json_t *plans = NULL;
    const json_t *one;
    enum err_code code = map_row(t->map, row, &t->odd, taken, e);
    char *id;
    size_t i;

    if (code != ERR_OK || !*taken)
        return code;
    if (jx_array(row, "servicePlans", &plans) != JX_OK)
        map_odd_add(&t->odd, "property servicePlans is missing");
    id = str_lower(json_string_value(json_object_get(row, "skuId")));
    json_array_foreach(plans, i, one)
    {
        code = add_plan(t, id, one, e);
        if (code != ERR_OK)
            break;
    }
    free(id);
    return code;
}

/* Which plans the tenant owns decides what an error about licences means. P1 counts where it can be
 * used (a P2 plan includes it); for P2 any trace counts, because "no P2" stands for "no eligible
 * role assignments can exist". Entra ID Governance has eligible roles too. */
const char sku_owns_p1[] =
    "SELECT EXISTS(SELECT 1 FROM sku JOIN sku_service_plan p USING (sku_id) "
    "WHERE sku.capability_status IN ('Enabled', 'Warning') AND "
    "(p.plan_id IN ('41781fb2-bc02-4b7c-bd55-b576c07bb09d', "
    "'eec0eb4f-6444-4f95-aba0-50c24d67f998') OR p.plan_name LIKE 'AAD_PREMIUM%'))";
const char sku_owns_p2[] =
    "SELECT EXISTS(SELECT 1 FROM sku_service_plan p "
    "WHERE p.plan_id IN ('eec0eb4f-6444-4f95-aba0-50c24d67f998', "
    "'e866a266-3cff-43a3-acca-0c90a7e00c8b') OR p.plan_name LIKE 'AAD_PREMIUM_P2%' "
    "OR p.plan_name LIKE '%IDENTITY_GOVERNANCE%')";

enum err_code sku_end(struct collect_task *t, struct err *e)
{
    int64_t yes = 0;
    bool whole = t->reason == REASON_NONE && t->odd.count == 0;
    enum err_code code = store_int(t->run->s, sku_owns_p1, &yes, e);

    if (code == ERR_OK && (yes != 0 || whole))
        t->run->owns[PLAN_P1] = yes != 0 ? ANSWER_YES : ANSWER_NO;
    if (code == ERR_OK)
        code = store_int(t->run->s, sku_owns_p2, &yes, e);
    if (code == ERR_OK && (yes != 0 || whole))
        t->run->owns[PLAN_P2] = yes != 0 ? ANSWER_YES : ANSWER_NO;
    return code;
}

/* ---- MFA registration ---- */

enum err_code registration_each(struct collect_chain *ch, const json_t *row, bool *taken,
                                struct err *e)
{
    struct collect_task *t = ch->task;
    const json_t *methods = NULL;
    const json_t *one;
    enum err_code code = map_row(t->map, row, &t->odd, taken, e);
    char *id;
    size_t i;

    if (code != ERR_OK || !*taken)
        return code;
    if (jx_array(row, "methodsRegistered", &methods) != JX_OK)
        map_odd_add(&t->odd, "property methodsRegistered is missing");
    id = str_lower(json_string_value(json_object_get(row, "id")));
    json_array_foreach(methods, i, one)
    {
        if (!json_is_string(one)) {
            map_odd_add(&t->odd, "methodsRegistered holds something that is not a word");
            continue;
        }
        code = store_run(t->run->s, e,
                         "INSERT OR IGNORE INTO mfa_method(user_id, method) VALUES (?, ?)", "tt",
                         id, json_string_value(one));
        if (code != ERR_OK)
            break;
    }
    free(id);
    return code;
}
