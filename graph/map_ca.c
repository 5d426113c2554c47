#include "map_ca.h"

#include "base/buf.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/strs.h"
#include "base/timex.h"
#include "map_ca_words.h"
#include "model/store.h"

#include <stdlib.h>
#include <string.h>

enum { FLAG_BYTES = 128 /* one member of a flags string; the longest documented has 24 */ };

struct explode {
    struct store *s;
    const char *id;
    const json_t *policy;
    struct map_odd *odd;
    struct err *e;
};

static void odd(struct explode *x, const char *path, const char *what)
{
    map_odd_add(x->odd, "policy %s: %s %s", x->id, path, what);
}

static void add_target(struct explode *x, const char *dimension, const char *mode,
                       const char *target, const char *detail)
{
    if (x->e->code == ERR_OK)
        (void)store_run(
            x->s, x->e,
            "INSERT OR IGNORE INTO ca_policy_target(policy_id, dimension, mode, target, "
            "detail) VALUES (?, ?, ?, ?, ?)",
            "ttttt", x->id, dimension, mode, target, detail);
}

static void add_control(struct explode *x, const char *kind, const char *value)
{
    if (x->e->code == ERR_OK)
        (void)store_run(x->s, x->e,
                        "INSERT OR IGNORE INTO ca_policy_control(policy_id, kind, value) "
                        "VALUES (?, ?, ?)",
                        "ttt", x->id, kind, value);
}

/* Microsoft's spelling of a known word, lower case for an id, anything else as it came. */
static char *canonical(const char *value, const char *const *words)
{
    for (; words != NULL && *words != NULL; words++)
        if (str_ieq(*words, value))
            return xstrdup(*words);
    return str_is_guid(value) ? str_lower(value) : xstrdup(value);
}

/* ---- lists of strings ---- */

static void explode_list(struct explode *x, const struct ca_list *l)
{
    const json_t *list = NULL;
    const json_t *v;
    enum jx r = jx_array(x->policy, l->path, &list);
    size_t i;

    if (r == JX_TYPE)
        odd(x, l->path, "is not a list");
    json_array_foreach(list, i, v)
    {
        const char *text = json_string_value(v);
        char *target;

        if (text == NULL || *text == '\0') {
            odd(x, l->path, "holds something that is not a word");
            continue;
        }
        target = canonical(text, l->words);
        if (l->mode != NULL)
            add_target(x, l->dimension, l->mode, target, "");
        else
            add_control(x, l->dimension, target);
        free(target);
    }
}

/* ---- flags: one string, members separated by commas ---- */

typedef void flag_fn(struct explode *x, const struct ca_list *l, const char *flag,
                     const char *detail);

static void flag_target(struct explode *x, const struct ca_list *l, const char *flag,
                        const char *detail)
{
    add_target(x, l->dimension, l->mode, flag, detail);
}

static void each_flag(struct explode *x, const struct ca_list *l, const char *text,
                      const char *detail, flag_fn *fn)
{
    while (*text != '\0') {
        size_t n = strcspn(text, ",");
        size_t end = n;
        char one[FLAG_BYTES];
        char *flag;

        while (end > 0 && text[end - 1] == ' ')
            end--;
        if (end > 0 && end < sizeof one) {
            memcpy(one, text, end);
            one[end] = '\0';
            flag = canonical(one, l->words);
            if (strcmp(flag, "none") != 0) /* the empty set of flags */
                fn(x, l, flag, detail);
            free(flag);
        } else if (end > 0) {
            odd(x, l->path, "holds a word that is too long");
        }
        text += n;
        text += strspn(text, ", ");
    }
}

static void explode_flags(struct explode *x, const struct ca_list *l)
{
    const char *text = NULL;
    enum jx r = jx_str(x->policy, l->path, &text);

    if (r == JX_TYPE)
        odd(x, l->path, "is not a string");
    else if (r == JX_OK)
        each_flag(x, l, text, "", flag_target);
}

static void explode_guests(struct explode *x, const struct ca_list *l)
{
    const json_t *o = NULL;
    const json_t *tenants = NULL;
    const char *types = NULL;
    char *detail = NULL;
    enum jx r = jx_object(x->policy, l->path, &o);

    if (r == JX_TYPE)
        odd(x, l->path, "is not an object");
    if (r != JX_OK || ca_is_empty(o))
        return;
    if (jx_str(o, "guestOrExternalUserTypes", &types) != JX_OK) {
        odd(x, l->path, "has no guestOrExternalUserTypes");
        return;
    }
    if (jx_object(o, "externalTenants", &tenants) == JX_TYPE)
        odd(x, l->path, "has externalTenants that are not an object");
    if (tenants != NULL)
        detail = jx_canonical(tenants);
    each_flag(x, l, types, detail != NULL ? detail : "", flag_target);
    free(detail);
}

/* ---- filters: {mode, rule} ---- */

static void explode_filter(struct explode *x, const char *path, const char *dimension)
{
    const json_t *o = NULL;
    const char *mode = NULL;
    const char *rule = NULL;
    enum jx r = jx_object(x->policy, path, &o);

    if (r == JX_TYPE)
        odd(x, path, "is not an object");
    if (r != JX_OK || ca_is_empty(o))
        return;
    if (jx_str(o, "rule", &rule) != JX_OK || jx_str(o, "mode", &mode) != JX_OK ||
        (!str_ieq(mode, "include") && !str_ieq(mode, "exclude"))) {
        odd(x, path, "has no rule or no mode");
        return;
    }
    add_target(x, dimension, str_ieq(mode, "include") ? "include" : "exclude", rule, "");
}

/* ---- what is not known by name ---- */

static void explode_unknown(struct explode *x, const struct ca_known *k)
{
    const json_t *o = NULL;
    const char *key;
    json_t *v;

    if (jx_object(x->policy, k->path, &o) != JX_OK)
        return;
    json_object_foreach(map_unconst(o), key, v)
    {
        if (strchr(key, '@') != NULL || ca_word_in(key, k->keys) || ca_is_empty(v))
            continue;
        if (k->kind != NULL)
            add_control(x, k->kind, key);
        else
            add_target(x, "other", "include", key, "");
    }
}

/* ---- controls ---- */

static void explode_strength(struct explode *x)
{
    static const char path[] = "grantControls.authenticationStrength";
    const json_t *o = NULL;
    const char *id = NULL;
    enum jx r = jx_object(x->policy, path, &o);

    if (r == JX_TYPE || (r == JX_OK && (jx_str(o, "id", &id) != JX_OK || *id == '\0'))) {
        odd(x, path, "has no id");
    } else if (r == JX_OK) {
        char *low = str_lower(id);

        add_control(x, "strength", low);
        free(low);
    }
}

static void explode_operator(struct explode *x)
{
    const char *op = NULL;
    enum jx r = jx_str(x->policy, "grantControls.operator", &op);

    if (r == JX_TYPE || (r == JX_OK && !str_ieq(op, "AND") && !str_ieq(op, "OR")))
        odd(x, "grantControls.operator", "is neither AND nor OR");
    else if (r == JX_OK)
        add_control(x, "operator", str_ieq(op, "AND") ? "AND" : "OR");
}

/* A session control is an object with isEnabled (off when false or null), an object without it, or
 * a plain value; what says nothing is off. */
static void explode_session(struct explode *x)
{
    const json_t *o = NULL;
    const char *key;
    json_t *v;
    enum jx r = jx_object(x->policy, "sessionControls", &o);

    if (r == JX_TYPE)
        odd(x, "sessionControls", "is not an object");
    if (r != JX_OK)
        return;
    json_object_foreach(map_unconst(o), key, v)
    {
        const json_t *on = json_object_get(v, "isEnabled");

        if (strchr(key, '@') == NULL && !ca_is_empty(v) && (on == NULL || !ca_is_empty(on)))
            add_control(x, "session", key);
    }
}

/* ---- the policy itself ---- */

/* A policy is about people or about service principals, never both: if it seems to be, believing
 * either would be a guess. */
static bool is_workload(struct explode *x)
{
    static const char *const includes[] = {"conditions.users.includeGroups",
                                           "conditions.users.includeRoles",
                                           "conditions.users.includeGuestsOrExternalUsers"};
    const json_t *apps = NULL;
    const json_t *list = NULL;
    const json_t *v;
    bool people = false;
    size_t i;

    if (jx_get(x->policy, "conditions.clientApplications", &apps) != JX_OK || ca_is_empty(apps))
        return false;
    for (i = 0; i < COUNT_OF(includes); i++)
        if (jx_get(x->policy, includes[i], &v) == JX_OK && !ca_is_empty(v))
            people = true;
    (void)jx_array(x->policy, "conditions.users.includeUsers", &list);
    json_array_foreach(list, i, v)
    {
        people = people || !str_ieq(json_string_value(v), "None");
    }
    if (people)
        odd(x, "conditions", "names both people and service principals");
    return !people;
}

static const char *text_at(struct explode *x, const char *path, bool is_needed)
{
    const char *text = NULL;
    enum jx r = jx_str(x->policy, path, &text);

    if (r == JX_TYPE || (is_needed && r != JX_OK))
        odd(x, path, "is not a string");
    return text;
}

static const char *time_at(struct explode *x, const char *path, char *out)
{
    const char *text = text_at(x, path, false);
    bool is_odd = false;
    const char *time = text != NULL ? map_time(text, out, &is_odd) : NULL;

    if (is_odd)
        odd(x, path, "is not a time");
    return time;
}

/* A state that we do not know (a new one comes as unknownFutureValue to old clients) may let the
 * policy apply or not: what depends on it cannot be judged. */
static const char *state_of(struct explode *x)
{
    static const char *const known[] = {"enabled", "disabled", "enabledForReportingButNotEnforced"};
    const char *text = text_at(x, "state", true);

    if (text == NULL)
        return NULL;
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (str_ieq(text, known[i]))
            return known[i];
    odd(x, "state",
        str_eq(text, "unknownFutureValue")
            ? "is unknownFutureValue, which this version does not know"
            : "is a word that this version does not know");
    return text;
}

static void store_policy(struct explode *x)
{
    char created[TIME_TEXT_BYTES];
    char modified[TIME_TEXT_BYTES];
    const char *template_id = text_at(x, "templateId", false);
    char *low = template_id != NULL ? str_lower(template_id) : NULL;
    char *raw = map_raw(x->policy);
    const json_t *who = NULL;

    if (jx_object(x->policy, "conditions.users", &who) != JX_OK &&
        jx_object(x->policy, "conditions.clientApplications", &who) != JX_OK)
        odd(x, "conditions", "says neither which users nor which service principals");
    (void)store_run(x->s, x->e,
                    "INSERT OR REPLACE INTO ca_policy(id, display_name, state, template_id, "
                    "created_at, modified_at, is_workload, raw) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    "ttttttit", x->id, text_at(x, "displayName", false), state_of(x), low,
                    time_at(x, "createdDateTime", created),
                    time_at(x, "modifiedDateTime", modified), (int64_t)(is_workload(x) ? 1 : 0),
                    raw);
    free(raw);
    free(low);
}

/* A page that repeats a policy replaces it. */
static void forget(struct explode *x)
{
    if (x->e->code == ERR_OK)
        (void)store_run(x->s, x->e, "DELETE FROM ca_policy_target WHERE policy_id = ?", "t", x->id);
    if (x->e->code == ERR_OK)
        (void)store_run(x->s, x->e, "DELETE FROM ca_policy_control WHERE policy_id = ?", "t",
                        x->id);
}

enum err_code map_ca_policy(struct store *s, const json_t *policy, struct map_odd *o, bool *stored,
                            struct err *e)
{
    const char *id = NULL;
    struct explode x = {.s = s, .policy = policy, .odd = o, .e = e};
    const json_t *partly = json_object_get(policy, "partialEnablementStrategy");
    char *low;

    *stored = false;
    if (jx_str(policy, "id", &id) != JX_OK || *id == '\0') {
        map_odd_add(o, "a policy has no id");
        return ERR_OK;
    }
    low = str_lower(id);
    x.id = low;
    forget(&x);
    if (e->code == ERR_OK)
        store_policy(&x);
    for (size_t i = 0; i < ca_list_count; i++)
        explode_list(&x, &ca_lists[i]);
    for (size_t i = 0; i < ca_flag_count; i++)
        explode_flags(&x, &ca_flags[i]);
    for (size_t i = 0; i < ca_guest_count; i++)
        explode_guests(&x, &ca_guests[i]);
    explode_filter(&x, "conditions.applications.applicationFilter", "application_filter");
    explode_filter(&x, "conditions.devices.deviceFilter", "device_filter");
    for (size_t i = 0; i < ca_known_count; i++)
        explode_unknown(&x, &ca_knowns[i]);
    if (!ca_is_empty(partly)) /* beta: the policy is on for some only */
        add_target(&x, "other", "include", "partialEnablementStrategy", "");
    explode_operator(&x);
    explode_strength(&x);
    explode_session(&x);
    free(low);
    *stored = e->code == ERR_OK;
    return e->code;
}
