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

/* One member of a list inside an object; `id` is the object's, in lower case. */
typedef enum err_code member_fn(struct collect_task *t, const char *id, const json_t *row,
                                const json_t *member, struct err *e);

/* Where an object keeps its id and its list, and what is done with each member. */
struct inside {
    const char *id, *list, *what;
    member_fn *add;
};

static enum err_code each_inside(struct collect_task *t, const json_t *row, const struct inside *in,
                                 bool *taken, struct err *e)
{
    const json_t *list = NULL;
    const json_t *one;
    const char *id = NULL;
    char *low;
    enum err_code code = ERR_OK;
    size_t i;

    if (jx_str(row, in->id, &id) != JX_OK || *id == '\0' ||
        jx_array(row, in->list, &list) != JX_OK) {
        map_odd_add(&t->odd, "%s", in->what);
        return ERR_OK;
    }
    low = str_lower(id);
    json_array_foreach(list, i, one)
    {
        code = in->add(t, low, row, one, e);
        if (code != ERR_OK)
            break;
    }
    *taken = code == ERR_OK;
    free(low);
    return code;
}

/* ---- directory settings ---- */

/* The name of a setting; NULL: it has none, which is noted. */
static const char *name_of(struct collect_task *t, const json_t *value)
{
    const char *name = jx_text(value, "name");

    if (name != NULL && *name != '\0')
        return name;
    map_odd_add(&t->odd, "a setting has no name");
    return NULL;
}

static enum err_code add_setting(struct collect_task *t, const char *id, const json_t *row,
                                 const json_t *value, struct err *e)
{
    const char *name = name_of(t, value);

    (void)row;
    if (name == NULL)
        return ERR_OK;
    return store_run(t->run->s, e,
                     "INSERT OR REPLACE INTO directory_setting(template_id, name, value) "
                     "VALUES (?, ?, ?)",
                     "ttt", id, name, jx_text(value, "value"));
}

static enum err_code add_default(struct collect_task *t, const char *id, const json_t *row,
                                 const json_t *value, struct err *e)
{
    const char *name = name_of(t, value);

    if (name == NULL)
        return ERR_OK;
    return store_run(t->run->s, e,
                     "INSERT OR REPLACE INTO directory_setting_template(template_id, "
                     "template_name, name, type, default_value) VALUES (?, ?, ?, ?, ?)",
                     "ttttt", id, jx_text(row, "displayName"), name, jx_text(value, "type"),
                     jx_text(value, "defaultValue"));
}

enum err_code directory_setting_each(struct collect_chain *ch, const json_t *row, bool *taken,
                                     struct err *e)
{
    static const struct inside in = {"templateId", "values",
                                     "a settings object has no templateId or values", add_setting};

    return each_inside(ch->task, row, &in, taken, e);
}

enum err_code setting_template_each(struct collect_chain *ch, const json_t *row, bool *taken,
                                    struct err *e)
{
    static const struct inside in = {"id", "values", "a settings object has no id or values",
                                     add_default};

    return each_inside(ch->task, row, &in, taken, e);
}

/* ---- Privileged Identity Management ---- */

static enum err_code add_rule(struct collect_task *t, const char *role, const json_t *row,
                              const json_t *rule, struct err *e)
{
    const char *id = NULL;
    char *raw;
    enum err_code code;

    (void)row;
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
    static const struct inside in = {"roleDefinitionId", "policy.rules",
                                     "a role's policy has no roleDefinitionId or rules", add_rule};

    return each_inside(ch->task, row, &in, taken, e);
}
