/* Policies in words. Names are the tenant's: whoever prints them escapes them. */
#include "base/buf.h"
#include "base/limits.h"
#include "base/strs.h"
#include "base/text.h"
#include "ca_axis.h"
#include "ca_places.h"

#include <string.h>

static const struct {
    const char *key;
    const char *words;
    enum ca_kind kind;
} dims[CA_DIM_COUNT] = {
    [CA_CLIENT] = {"client", "client apps", CA_KIND_CLIENT},
    [CA_APP] = {"app", "applications", CA_KIND_APP},
    [CA_PLATFORM] = {"platform", "device platforms", CA_KIND_PLATFORM},
    [CA_LOCATION] = {"location", "locations", CA_KIND_LOCATION},
    [CA_USER_RISK] = {"user_risk", "user risk", CA_KIND_USER_RISK},
    [CA_SIGN_IN_RISK] = {"sign_in_risk", "sign-in risk", CA_KIND_SIGN_IN_RISK},
    [CA_INSIDER_RISK] = {"insider_risk", "insider risk", CA_KIND_INSIDER_RISK},
    [CA_FLOW] = {"flow", "authentication flows", CA_KIND_FLOW},
    [CA_DEVICE] = {"device", "device filter", CA_KIND_DEVICE_FILTER},
};

const char *ca_dim_name(enum ca_dim d)
{
    return dims[d].key;
}

const char *ca_dim_words(enum ca_dim d)
{
    return dims[d].words;
}

enum ca_kind ca_dim_kind(enum ca_dim d)
{
    return dims[d].kind;
}

/* Keeps the buffer's text in the pool; a text past the limit is cut and says so. */
static const char *keep(struct ca_model *m, struct buf *b)
{
    const char *s = ca_pool_textf(&m->pool, "%s%s", b->p, b->failed ? " ..." : "");

    buf_release(b);
    return s;
}

static void add_name(struct buf *b, const char *name)
{
    text_add_cut(b, name, LIMIT_CA_NAME_CHARS);
}

const char *ca_words_controls(struct ca_model *m, const struct ca_policy *p)
{
    struct buf b;
    const char *and = p->operation == CA_OPERATOR_OR ? " or " : " and ";

    for (size_t i = 0; i < p->controls; i++)
        if (p->control[i].kind == CA_CONTROL_BLOCK)
            return "blocks access";
    if (p->controls == 0)
        return p->has_session ? "sets session controls only" : "demands nothing";
    buf_init(&b, LIMIT_CA_WORDS_BYTES);
    buf_adds(&b, "requires ");
    for (size_t i = 0; i < p->controls; i++) {
        buf_adds(&b, i == 0 ? "" : p->operation == CA_OPERATOR_UNSAID ? " and/or " : and);
        add_name(&b, p->control[i].words);
    }
    return keep(m, &b);
}

static const char *target_name(const struct ca_target *t)
{
    static const struct {
        enum ca_kind kind;
        const char *word, *words;
    } sentinels[] = {
        {CA_KIND_APP, "All", "all applications"},
        {CA_KIND_APP, "None", "no application"},
        {CA_KIND_APP, "Office365", "Office 365"},
        {CA_KIND_APP, "MicrosoftAdminPortals", "Microsoft admin portals"},
        {CA_KIND_LOCATION, "All", "any location"},
        {CA_KIND_LOCATION, "AllTrusted", "all trusted locations"},
        {CA_KIND_LOCATION, CA_MFA_TRUSTED_ID, "MFA trusted IPs"},
        {CA_KIND_PLATFORM, "all", "any platform"},
        {CA_KIND_CLIENT, "all", "any client"},
        {CA_KIND_CLIENT, "other", "legacy clients"},
        {CA_KIND_CLIENT, "exchangeActiveSync", "Exchange ActiveSync clients"},
        {CA_KIND_CLIENT, "mobileAppsAndDesktopClients", "mobile and desktop apps"},
    };

    for (size_t i = 0; i < COUNT_OF(sentinels); i++)
        if (sentinels[i].kind == t->kind && str_ieq(sentinels[i].word, t->text))
            return sentinels[i].words;
    if (t->kind == CA_KIND_APP && ca_app_name(t->text) != NULL)
        return ca_app_name(t->text);
    if (t->kind == CA_KIND_LOCATION && t->ref != NULL)
        return ((const struct ca_place *)t->ref)->name;
    return t->text;
}

static bool is_app_kind(enum ca_kind k)
{
    return k == CA_KIND_APP || k == CA_KIND_APP_FILTER || k == CA_KIND_USER_ACTION ||
           k == CA_KIND_CONTEXT;
}

static void add_targets(struct buf *b, const struct ca_policy *p, enum ca_kind kind, bool excluded)
{
    size_t n = 0;

    for (size_t i = 0; i < p->targets; i++) {
        const struct ca_target *t = &p->target[i];

        if (t->is_exclude != excluded ||
            !(t->kind == kind || (kind == CA_KIND_APP && is_app_kind(t->kind))))
            continue;
        if (++n > LIMIT_CA_NAMES)
            continue;
        buf_adds(b, n > 1 ? " or " : excluded ? " except " : "");
        if (t->kind == CA_KIND_APP_FILTER)
            buf_adds(b, "those that match the filter ");
        if (t->kind == CA_KIND_DEVICE_FILTER)
            buf_adds(b, excluded ? "devices that match " : "only devices that match ");
        add_name(b, target_name(t));
    }
    if (n > LIMIT_CA_NAMES)
        buf_addf(b, " or %zu more", n - LIMIT_CA_NAMES);
}

const char *ca_words_condition(struct ca_model *m, const struct ca_policy *p, enum ca_dim dim)
{
    struct buf b;

    buf_init(&b, LIMIT_CA_WORDS_BYTES);
    add_targets(&b, p, dims[dim].kind, false);
    if (b.n == 0)
        buf_adds(&b, dim == CA_APP ? "no application" : "any");
    add_targets(&b, p, dims[dim].kind, true);
    return keep(m, &b);
}

/* By which entry of one side the person is named, possibly or for certain. */
static const struct ca_target *find_path(const struct ca_model *m, const struct ca_policy *p,
                                         bool excluded, size_t user, enum ca_tri least)
{
    for (size_t i = 0; i < p->targets; i++)
        if (p->target[i].is_exclude == excluded && ca_target_has(m, &p->target[i], user) >= least)
            return &p->target[i];
    return NULL;
}

static void add_path(struct buf *b, const struct ca_target *t)
{
    const struct ca_circle *c = t->ref;

    switch (t->kind) {
    case CA_KIND_GROUP:
    case CA_KIND_ROLE:
        buf_adds(b, t->kind == CA_KIND_GROUP ? "through the group " : "through the role ");
        add_name(b, c->name != NULL ? c->name : c->id);
        return;
    case CA_KIND_GUEST:
        buf_adds(b, "as ");
        add_name(b, t->text);
        return;
    case CA_KIND_USER:
        buf_adds(b, str_ieq(t->text, "All")                     ? "as one of all users"
                    : str_ieq(t->text, "GuestsOrExternalUsers") ? "as a guest or external user"
                                                                : "by name");
        return;
    case CA_KIND_APP:
    case CA_KIND_APP_FILTER:
    case CA_KIND_USER_ACTION:
    case CA_KIND_CONTEXT:
    case CA_KIND_CLIENT:
    case CA_KIND_PLATFORM:
    case CA_KIND_LOCATION:
    case CA_KIND_DEVICE_FILTER:
    case CA_KIND_USER_RISK:
    case CA_KIND_SIGN_IN_RISK:
    case CA_KIND_INSIDER_RISK:
    case CA_KIND_FLOW:
    case CA_KIND_OTHER:
    case CA_KIND_COUNT:
        break;
    }
}

bool ca_is_eligible(const struct ca_policy *p, size_t user)
{
    for (size_t i = 0; i < p->targets; i++) {
        const struct ca_circle *c = p->target[i].ref;

        if (p->target[i].kind == CA_KIND_ROLE && !p->target[i].is_exclude &&
            ca_circle_has(c->eligible, c->eligible_n, (uint32_t)user))
            return true;
    }
    return false;
}

/* Groups on one side of which nothing is left. */
static void add_gone(struct buf *b, const struct ca_policy *p, bool excluded)
{
    for (size_t i = 0; i < p->targets; i++) {
        const struct ca_circle *c = p->target[i].ref;

        if (p->target[i].kind != CA_KIND_GROUP || p->target[i].is_exclude != excluded ||
            !c->is_gone)
            continue;
        buf_adds(b, excluded ? "; it excludes the group " : "; it names the group ");
        add_name(b, c->name != NULL ? c->name : c->id);
        buf_adds(b, ", which no longer exists");
    }
}

const char *ca_words_users(struct ca_model *m, const struct ca_policy *p, size_t user)
{
    const struct ca_target *out = find_path(m, p, true, user, CA_YES);
    const struct ca_target *in = find_path(m, p, false, user, CA_YES);
    struct buf b;

    buf_init(&b, LIMIT_CA_WORDS_BYTES);
    if (out != NULL) {
        buf_adds(&b, "excluded ");
        add_path(&b, out);
        return keep(m, &b);
    }
    out = find_path(m, p, true, user, CA_MAYBE);
    if (in == NULL)
        in = find_path(m, p, false, user, CA_MAYBE);
    if (in == NULL) {
        buf_adds(&b, ca_is_eligible(p, user)
                         ? "not included (eligible for a role, which is not active)"
                         : "not included");
        add_gone(&b, p, false);
        return keep(m, &b);
    }
    buf_adds(&b, ca_target_has(m, in, user) == CA_YES ? "included " : "perhaps included ");
    add_path(&b, in);
    if (out != NULL) {
        buf_adds(&b, ", perhaps excluded ");
        add_path(&b, out);
    }
    add_gone(&b, p, true);
    return keep(m, &b);
}

static void add_doubt(struct buf *b, const char *text)
{
    if (text == NULL || strstr(b->p, text) != NULL)
        return;
    if (b->n > 0)
        buf_adds(b, "; ");
    buf_adds(b, text);
}

static const char *place_doubt(struct ca_model *m, const struct ca_target *t)
{
    const struct ca_place *place = t->ref;

    if (place != NULL)
        return place->is_whole ? NULL
                               : ca_pool_textf(&m->pool, "not all of the location %s could be read",
                                               place->name);
    if (str_ieq(t->text, "AllTrusted"))
        return m->are_places_whole ? "whether there are MFA trusted IPs cannot be read"
                                   : "the named locations were not all read";
    if (str_ieq(t->text, "All") || str_eq(t->text, CA_MFA_TRUSTED_ID))
        return NULL;
    return ca_pool_textf(&m->pool, "the location %s was deleted or not read", t->text);
}

/* What is not known of an entry; NULL when nothing. */
static const char *target_doubt(struct ca_model *m, const struct ca_target *t)
{
    switch (t->kind) {
    case CA_KIND_GROUP:
    case CA_KIND_ROLE:
        return ((const struct ca_circle *)t->ref)->doubt;
    case CA_KIND_GUEST:
        return "which kind of guest a person is, or from which tenant, cannot be told";
    case CA_KIND_APP_FILTER:
        return "application filters are not evaluated, because custom security attributes are "
               "not collected";
    case CA_KIND_DEVICE_FILTER:
        return t->ref == NULL ? "the device filter could not be read" : NULL;
    case CA_KIND_LOCATION:
        return place_doubt(m, t);
    case CA_KIND_OTHER:
        return ca_pool_textf(&m->pool, "the condition %s is not known to this program", t->text);
    case CA_KIND_USER:
    case CA_KIND_APP:
    case CA_KIND_USER_ACTION:
    case CA_KIND_CONTEXT:
    case CA_KIND_CLIENT:
    case CA_KIND_PLATFORM:
    case CA_KIND_USER_RISK:
    case CA_KIND_SIGN_IN_RISK:
    case CA_KIND_INSIDER_RISK:
    case CA_KIND_FLOW:
    case CA_KIND_COUNT:
        break;
    }
    return str_ieq(t->text, "unknownFutureValue")
               ? "a value is too new for this program (unknownFutureValue)"
               : NULL;
}

static void doubt_people(struct ca_model *m, const struct ca_policy *p, struct buf *b)
{
    for (size_t i = 0; i < p->targets; i++)
        if (ca_is_about_people(p->target[i].kind))
            add_doubt(b, target_doubt(m, &p->target[i]));
    if (b->n == 0)
        buf_adds(b, "who is in its scope cannot be told");
}

static bool is_vague(const struct ca_model *m, size_t live, const uint64_t *box, enum ca_dim d)
{
    for (size_t i = 0; i < m->axis[d].n; i++)
        if (ca_bit(&m->space, box, d, i) && m->axis[d].atom[i].scope[live] == CA_MAYBE)
            return true;
    return false;
}

static void doubt_condition(struct ca_model *m, const struct ca_policy *p, enum ca_dim d,
                            struct buf *b)
{
    size_t before = b->n;

    for (size_t i = 0; i < p->targets; i++)
        if (p->target[i].kind == dims[d].kind ||
            (d == CA_APP && p->target[i].kind == CA_KIND_APP_FILTER))
            add_doubt(b, target_doubt(m, &p->target[i]));
    if (b->n == before)
        add_doubt(b, d == CA_APP ? "which applications belong to Office 365 or to the admin "
                                   "portals is known of the common ones only"
                                 : ca_pool_textf(&m->pool,
                                                 "not all it says about %s is known "
                                                 "to this program",
                                                 dims[d].words));
}

static void doubt_controls(const struct ca_policy *p, struct buf *b)
{
    for (size_t i = 0; i < p->controls; i++)
        if (p->control[i].takes[CA_QUALITY_MFA] == CA_MAYBE)
            add_doubt(b, p->control[i].kind == CA_CONTROL_STRENGTH
                             ? "what its authentication strength accepts is not known"
                             : "whether one of its controls takes MFA is not known");
    if (p->controls > 1 && p->operation == CA_OPERATOR_UNSAID)
        add_doubt(b, "it does not say whether all of its controls are required");
}

const char *ca_words_doubt(struct ca_model *m, size_t live, bool is_about_people,
                           const uint64_t *box)
{
    const struct ca_policy *p = &m->policy[m->live[live]];
    struct buf b;

    buf_init(&b, LIMIT_CA_WORDS_BYTES);
    if (p->state == CA_STATE_UNSEEN)
        add_doubt(&b, "its state is not known to this program");
    for (size_t i = 0; i < p->targets; i++)
        if (p->target[i].kind == CA_KIND_OTHER)
            add_doubt(&b, target_doubt(m, &p->target[i]));
    if (is_about_people)
        doubt_people(m, p, &b);
    for (int d = 0; d < CA_DIM_COUNT; d++)
        if (is_vague(m, live, box, (enum ca_dim)d))
            doubt_condition(m, p, (enum ca_dim)d, &b);
    doubt_controls(p, &b);
    if (b.n == 0)
        buf_adds(&b, "one of its values is not known to this program");
    return keep(m, &b);
}
