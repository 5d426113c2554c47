/* Directory settings and the settings of Privileged Identity Management: lists inside objects.
 *
 * Sources: Microsoft Graph v1.0, groupSetting, groupSettingTemplate,
 * unifiedRoleManagementPolicyAssignment (expanded with the rules of its policy). */
#include "base/jsonx.h"
#include "base/strs.h"
#include "collect_run.h"
#include "map.h"
#include "model/store.h"

#include <stdlib.h>

/* ---- directory settings ---- */

/* The values of one settings object or template, each one row. */
static enum err_code add_values(struct collect_task *t, const json_t *row, const char *id_key,
                                bool is_template, bool *taken, struct err *e)
{
    const json_t *values = NULL;
    const json_t *one;
    const char *id = NULL;
    char *low;
    enum err_code code = ERR_OK;
    size_t i;

    if (jx_str(row, id_key, &id) != JX_OK || *id == '\0' ||
        jx_array(row, "values", &values) != JX_OK) {
        map_odd_add(&t->odd, "a settings object has no %s or values", id_key);
        return ERR_OK;
    }
    low = str_lower(id);
    json_array_foreach(values, i, one)
    {
        const char *name = jx_text(one, "name");

        if (name == NULL || *name == '\0')
            map_odd_add(&t->odd, "a setting has no name");
        else if (is_template)
            code = store_run(t->run->s, e,
                             "INSERT OR REPLACE INTO directory_setting_template(template_id, "
                             "template_name, name, type, default_value) VALUES (?, ?, ?, ?, ?)",
                             "ttttt", low, jx_text(row, "displayName"), name, jx_text(one, "type"),
                             jx_text(one, "defaultValue"));
        else
            code = store_run(t->run->s, e,
                             "INSERT OR REPLACE INTO directory_setting(template_id, name, value) "
                             "VALUES (?, ?, ?)",
                             "ttt", low, name, jx_text(one, "value"));
        if (code != ERR_OK)
            break;
    }
    *taken = code == ERR_OK;
    free(low);
    return code;
}

enum err_code directory_setting_each(struct collect_chain *ch, const json_t *row, bool *taken,
                                     struct err *e)
{
    return add_values(ch->task, row, "templateId", false, taken, e);
}

enum err_code setting_template_each(struct collect_chain *ch, const json_t *row, bool *taken,
                                    struct err *e)
{
    return add_values(ch->task, row, "id", true, taken, e);
}

/* ---- Privileged Identity Management ---- */

static enum err_code add_rule(struct collect_task *t, const char *role, const json_t *rule,
                              struct err *e)
{
    const char *id = NULL;
    char *raw;
    enum err_code code;

    if (jx_str(rule, "id", &id) != JX_OK || *id == '\0') {
        map_odd_add(&t->odd, "a rule of role %s has no id", role);
        return ERR_OK;
    }
    raw = map_raw(rule);
    code = store_run(t->run->s, e,
                     "INSERT OR REPLACE INTO role_management_rule(role_template_id, rule_id, kind, "
                     "raw) VALUES (?, ?, ?, ?)",
                     "tttt", role, id, map_odata_type(rule), raw);
    free(raw);
    return code;
}

enum err_code role_management_each(struct collect_chain *ch, const json_t *row, bool *taken,
                                   struct err *e)
{
    struct collect_task *t = ch->task;
    const json_t *rules = NULL;
    const json_t *one;
    const char *id = NULL;
    char *role;
    enum err_code code = ERR_OK;
    size_t i;

    if (jx_str(row, "roleDefinitionId", &id) != JX_OK || *id == '\0' ||
        jx_array(row, "policy.rules", &rules) != JX_OK) {
        map_odd_add(&t->odd, "a role's policy has no roleDefinitionId or rules");
        return ERR_OK;
    }
    role = str_lower(id);
    json_array_foreach(rules, i, one)
    {
        code = add_rule(t, role, one, e);
        if (code != ERR_OK)
            break;
    }
    *taken = code == ERR_OK;
    free(role);
    return code;
}
