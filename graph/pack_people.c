/* The long lists, row by row: what user_each() and its like in collector_directory.c do. */
#include "base/attrs.h"
#include "base/jsonx.h"
#include "base/strs.h"
#include "collector_maps.h"
#include "model/staged.h"
#include "pack.h"

#include <stdlib.h>
#include <string.h>

static const struct jscan_value *get(const struct jscan *j, const struct jscan_value *row,
                                     const char *key)
{
    return jscan_get(j, row, key, strlen(key));
}

/* Agents (beta) are no people and have no mailbox. */
static bool is_agent(const struct jscan *j, const struct jscan_value *row)
{
    static const char prefix[] = "microsoft.graph.";
    const char *type = jscan_text(get(j, row, "@odata.type"));

    if (type == NULL)
        return false;
    type += *type == '#';
    return str_starts(type, prefix) && str_ieq(type + sizeof prefix - 1, "agentUser");
}

static const struct jscan_value *list_in(const struct jscan *j, const struct jscan_value *row,
                                         const char *key)
{
    const struct jscan_value *v = get(j, row, key);

    return v != NULL && v->kind == JSCAN_ARRAY ? v : NULL;
}

static void add_lower(struct buf *b, const char *s)
{
    size_t from = b->n;

    buf_adds(b, s);
    str_lower_inplace(b->p + from);
}

static struct cell text_from(const struct buf *b, size_t from)
{
    return (struct cell){.kind = CELL_TEXT, .text = b->p + from, .length = b->n - from};
}

/* ---- users and their licences ---- */

/* Lower-case ids as JSON text behind what `b` holds. False: not a list of strings. */
static bool add_plan_ids(const struct jscan *j, const struct jscan_value *plans, struct buf *b)
{
    json_t *out;
    char *text;
    bool is_plain = true;
    size_t from = b->n;

    buf_addc(b, '[');
    for (const struct jscan_value *v = jscan_first(j, plans); v != NULL && is_plain;
         v = jscan_next(j, plans, v)) {
        const char *id = jscan_text(v);

        is_plain = str_is_guid(id);
        if (is_plain) {
            buf_adds(b, b->n > from + 1 ? ",\"" : "\"");
            add_lower(b, id);
            buf_addc(b, '"');
        }
    }
    buf_addc(b, ']');
    if (is_plain)
        return true;
    b->n = from;
    out = json_array();
    for (const struct jscan_value *v = jscan_first(j, plans); v != NULL;
         v = jscan_next(j, plans, v)) {
        const char *id = jscan_text(v);
        char *low = id != NULL ? str_lower(id) : NULL;

        if (id == NULL) {
            json_decref(out);
            return false;
        }
        (void)json_array_append_new(out, json_string(low));
        free(low);
    }
    text = jx_canonical(out);
    buf_adds(b, text);
    free(text);
    json_decref(out);
    return true;
}

static void add_licence(struct pack *p, const struct jscan *j, const char *user_id,
                        const struct jscan_value *licence)
{
    struct buf *b = &p->room;
    const struct jscan_value *plans = get(j, licence, "disabledPlans");
    const char *sku = jscan_text(get(j, licence, "skuId"));
    struct cell cells[3];
    size_t sku_at;
    size_t plans_at;
    bool ok = plans != NULL && plans->kind == JSCAN_ARRAY;

    if (sku == NULL) {
        map_odd_add(&p->odd, "an assigned licence has no skuId");
        return;
    }
    buf_clear(b);
    add_lower(b, user_id);
    sku_at = b->n;
    add_lower(b, sku);
    plans_at = b->n;
    ok = ok && add_plan_ids(j, plans, b);
    if (!ok && plans != NULL && plans->kind != JSCAN_NULL)
        map_odd_add(&p->odd, "property assignedLicenses.disabledPlans is not a list of ids");
    if (!ok)
        buf_adds(b, "[]");
    cells[0] = (struct cell){.kind = CELL_TEXT, .text = b->p, .length = sku_at};
    cells[1] = (struct cell){.kind = CELL_TEXT, .text = b->p + sku_at, .length = plans_at - sku_at};
    cells[2] = text_from(b, plans_at);
    pack_texts(p, cells, COUNT_OF(cells));
}

static void user_row(struct pack *p, const struct jscan *j, const struct jscan_value *row)
{
    const struct jscan_value *licences;
    const char *id;

    if (is_agent(j, row) || !pack_object(p, j, row))
        return;
    p->taken++;
    licences = list_in(j, row, "assignedLicenses");
    if (licences == NULL) {
        map_odd_add(&p->odd, "property assignedLicenses is missing");
        return;
    }
    id = jscan_text(get(j, row, "id"));
    for (const struct jscan_value *v = jscan_first(j, licences); v != NULL;
         v = jscan_next(j, licences, v))
        add_licence(p, j, id, v);
}

static const struct map_column licence[] = {
    {"user_id", NULL, MAP_LOWER, MAP_KEY},
    {"sku_id", NULL, MAP_LOWER, MAP_KEY},
    {"disabled_plans_json", NULL, MAP_TEXT, 0},
};
static const struct map_table map_licence = {"user_licence", licence, COUNT_OF(licence)};

const struct pack_kind pack_users = {{&map_user, &map_licence}, user_row};

/* ---- passes over the users ---- */

static void user_mfa_row(struct pack *p, const struct jscan *j, const struct jscan_value *row)
{
    const struct jscan_value *state = get(j, row, "perUserMfaState");
    const char *word = jscan_text(state);

    if (is_agent(j, row))
        return;
    p->seen++;
    if (state == NULL || state->kind == JSCAN_NULL)
        return;
    if (word == NULL ||
        (!str_ieq(word, "disabled") && !str_ieq(word, "enabled") && !str_ieq(word, "enforced"))) {
        map_odd_add(&p->odd, "perUserMfaState is none of disabled, enabled, enforced");
        return;
    }
    p->served++;
    p->taken += pack_object(p, j, row) ? 1 : 0;
}

static void user_activity_row(struct pack *p, const struct jscan *j, const struct jscan_value *row)
{
    if (!is_agent(j, row) && pack_object(p, j, row))
        p->taken++;
}

const struct pack_kind pack_user_mfa = {{&map_user_mfa, NULL}, user_mfa_row};
const struct pack_kind pack_user_activity = {{&map_user_activity, NULL}, user_activity_row};

/* ---- registrations ---- */

static void registration_row(struct pack *p, const struct jscan *j, const struct jscan_value *row)
{
    struct buf *b = &p->room;
    const struct jscan_value *methods;

    if (!pack_object(p, j, row))
        return;
    p->taken++;
    methods = list_in(j, row, "methodsRegistered");
    if (methods == NULL) {
        map_odd_add(&p->odd, "property methodsRegistered is missing");
        return;
    }
    buf_clear(b);
    add_lower(b, jscan_text(get(j, row, "id")));
    for (const struct jscan_value *v = jscan_first(j, methods); v != NULL;
         v = jscan_next(j, methods, v)) {
        const struct cell cells[] = {
            text_from(b, 0),
            {.kind = CELL_TEXT, .text = jscan_text(v), .length = v->length},
        };

        if (jscan_text(v) == NULL)
            map_odd_add(&p->odd, "methodsRegistered holds something that is not a word");
        else
            pack_texts(p, cells, COUNT_OF(cells));
    }
}

static const struct map_column method[] = {
    {"user_id", NULL, MAP_LOWER, MAP_KEY},
    {"method", NULL, MAP_TEXT, MAP_KEY},
};
static const struct map_table map_method = {"mfa_method", method, COUNT_OF(method)};

const struct pack_kind pack_registrations = {{&map_mfa_registration, &map_method},
                                             registration_row};

/* ---- mailboxes ---- */

const struct pack_kind pack_mailboxes = {{&map_mailbox, NULL}, NULL};
const struct pack_kind pack_cas_mailboxes = {{&map_cas_mailbox, NULL}, NULL};
const struct pack_kind pack_exchange_users = {{&map_exchange_user, NULL}, NULL};
