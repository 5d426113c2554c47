/* Conditional Access policies (beta, with v1.0 as the cross-check) and the other Entra policies. */
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/strs.h"
#include "collect_run.h"
#include "collector_maps.h"
#include "map.h"
#include "map_ca.h"
#include "model/store.h"

#include <stdlib.h>
#include <string.h>

#define CA_V1_PATH "/v1.0/identity/conditionalAccess/policies?$top=999"

/* ---- Conditional Access ---- */

enum err_code ca_policy_each(struct collect_chain *ch, const json_t *row, bool *taken,
                             struct err *e)
{
    return map_ca_policy(ch->task->run->s, row, &ch->task->odd, taken, e);
}

static void v1_done(struct collect_chain *ch, const struct chain_end *end)
{
    struct collect_task *t = ch->task;

    if (end->code == ERR_OK) {
        collect_note(t, REASON_TRUNCATED,
                     "beta refused, v1.0 was read instead: the list may be incomplete (%s)",
                     ch->subject);
        return;
    }
    /* Neither is readable: the first refusal is the one to look at. */
    collect_settle(ch, end);
}

/* Some clouds and proxies have no beta endpoint. What v1.0 shows is better than nothing, but it
 * leaves out whole policies that use preview features. */
static void beta_done(struct collect_chain *ch, const struct chain_end *end)
{
    bool refused = end->code == ERR_DENIED || end->code == ERR_ABSENT;

    if (refused && end->pages == 0) {
        struct chain_request v1 = {.path = CA_V1_PATH, .subject = end->message, .done = v1_done};

        collect_submit_or_note(ch->task, &v1);
    } else {
        collect_settle(ch, end);
    }
}

enum err_code ca_policies_start(struct collect_task *t, struct err *e)
{
    struct chain_request beta = {.path = t->c->path, .done = beta_done};

    return collect_submit(t, &beta, e);
}

enum err_code ca_v1_each(struct collect_chain *ch, const json_t *row, bool *taken, struct err *e)
{
    struct collect_task *t = ch->task;
    const char *id = NULL;
    int64_t changed = 0;
    char *low;
    enum err_code code;

    if (jx_str(row, "id", &id) != JX_OK || *id == '\0') {
        map_odd_add(&t->odd, "a policy has no id");
        return ERR_OK;
    }
    low = str_lower(id);
    code = store_run(t->run->s, e, "UPDATE ca_policy SET in_v1 = 1 WHERE id = ?", "t", low);
    if (code == ERR_OK)
        code = store_int(t->run->s, "SELECT changes()", &changed, e);
    if (code == ERR_OK && changed == 0)
        collect_downgrade(collect_task_find(t->run, "ca-policies"), REASON_TRUNCATED,
                          "v1.0 lists policy %s, which beta does not", low);
    *taken = code == ERR_OK;
    free(low);
    return code;
}

enum err_code ca_v1_end(struct collect_task *t, struct err *e)
{
    int64_t hidden = 0;
    enum err_code code = ERR_OK;

    if (t->reason != REASON_NONE || t->odd.count > 0)
        return ERR_OK; /* what was not seen is then not hidden, just not read */
    code = store_run(t->run->s, e, "UPDATE ca_policy SET in_v1 = 0 WHERE in_v1 IS NULL", "");
    if (code == ERR_OK)
        code = store_int(t->run->s, "SELECT COUNT(*) FROM ca_policy WHERE in_v1 = 0", &hidden, e);
    if (code == ERR_OK && hidden > 0)
        collect_notice(
            t->run,
            "the v1.0 endpoint hides %lld Conditional Access %s (preview features): tools "
            "that read v1.0 do not see %s",
            (long long)hidden, hidden == 1 ? "policy" : "policies", hidden == 1 ? "it" : "them");
    return code;
}

/* ---- named locations ---- */

static const char *location_kind(const json_t *row, struct map_odd *odd)
{
    const char *type = map_odata_type(row);
    const json_t *list;
    bool trusted;

    if (str_ieq(type, "ipNamedLocation")) {
        if (jx_bool(row, "isTrusted", &trusted) != JX_OK)
            map_odd_add(odd, "property isTrusted is missing");
        if (jx_array(row, "ipRanges", &list) != JX_OK)
            map_odd_add(odd, "property ipRanges is missing");
        return "ip";
    }
    if (str_ieq(type, "countryNamedLocation")) {
        if (jx_array(row, "countriesAndRegions", &list) != JX_OK)
            map_odd_add(odd, "property countriesAndRegions is missing");
        return "country";
    }
    return "other";
}

enum err_code named_location_each(struct collect_chain *ch, const json_t *row, bool *taken,
                                  struct err *e)
{
    struct collect_task *t = ch->task;
    json_t *with_kind = json_copy(map_unconst(row)); /* shallow: the members are shared */
    char *raw = map_raw(row);
    enum err_code code;

    (void)json_object_set_new(with_kind, "kind", json_string(location_kind(row, &t->odd)));
    (void)json_object_set_new(with_kind, "raw", json_string(raw));
    code = map_row(t->map, with_kind, &t->odd, taken, e);
    free(raw);
    json_decref(with_kind);
    return code;
}

/* ---- singletons ---- */

/* Number matching, suspicious activity reports and system-preferred methods are in beta only.
 * Where beta is refused, v1.0 still says which methods are on: what it leaves out stays absent. */
static void methods_v1_done(struct collect_chain *ch, const struct chain_end *end)
{
    if (end->code == ERR_OK)
        collect_remark(ch->task, "beta refused, v1.0 was read instead (%s)", ch->subject);
    else
        collect_settle(ch, end);
}

static void methods_beta_done(struct collect_chain *ch, const struct chain_end *end)
{
    if (end->code == ERR_ABSENT && end->pages == 0) {
        struct chain_request v1 = {.path = "/v1.0/policies/authenticationMethodsPolicy",
                                   .subject = end->message,
                                   .is_singleton = true,
                                   .done = methods_v1_done};

        collect_submit_or_note(ch->task, &v1);
    } else {
        collect_settle(ch, end);
    }
}

enum err_code methods_policy_start(struct collect_task *t, struct err *e)
{
    struct chain_request beta = {
        .path = t->c->path, .is_singleton = true, .done = methods_beta_done};

    return collect_submit(t, &beta, e);
}

enum err_code methods_policy_each(struct collect_chain *ch, const json_t *row, bool *taken,
                                  struct err *e)
{
    struct collect_task *t = ch->task;
    const json_t *configurations = NULL;
    const json_t *one;
    struct map *map = NULL;
    enum err_code code = map_row(t->map, row, &t->odd, taken, e);
    size_t i;

    if (code == ERR_OK)
        code = map_open(t->run->s, &map_method_configuration, &map, e);
    if (code == ERR_OK &&
        jx_array(row, "authenticationMethodConfigurations", &configurations) != JX_OK)
        map_odd_add(&t->odd, "property authenticationMethodConfigurations is missing");
    json_array_foreach(configurations, i, one)
    {
        bool stored;

        if (code == ERR_OK)
            code = map_row(map, one, &t->odd, &stored, e);
    }
    map_free(map);
    return code;
}

/* A singleton in v1.0; older versions answered with a list of one. */
enum err_code authorization_each(struct collect_chain *ch, const json_t *row, bool *taken,
                                 struct err *e)
{
    struct collect_task *t = ch->task;
    const json_t *list = NULL;

    if (jx_array(row, "value", &list) == JX_OK && json_array_size(list) == 1)
        row = json_array_get(list, 0);
    return map_row(t->map, row, &t->odd, taken, e);
}
