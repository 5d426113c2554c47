/* One policy against one value of one condition.
 *
 * Sources: Microsoft Learn, "Conditional Access: Conditions" and "Target resources"; Graph's
 * conditionalAccessConditionSet. Sentinels are compared without case. No row for a condition: it
 * does not restrict. A value that is not known here may stand for anything. */
#include "base/strs.h"
#include "ca_model.h"

#include <string.h>

enum ca_tri ca_and(enum ca_tri a, enum ca_tri b)
{
    return a < b ? a : b;
}

enum ca_tri ca_or(enum ca_tri a, enum ca_tri b)
{
    return a > b ? a : b;
}

enum ca_tri ca_not(enum ca_tri a)
{
    return a == CA_YES ? CA_NO : a == CA_NO ? CA_YES : CA_MAYBE;
}

const char *ca_tri_name(enum ca_tri t)
{
    static const char *const names[] = {[CA_NO] = "no", [CA_MAYBE] = "unknown", [CA_YES] = "yes"};

    return names[t];
}

static const struct ca_fixed_value clients[] = {
    {"browser", "browser", 0},
    {"mobileAppsAndDesktopClients", "mobile or desktop app", 1},
    {"exchangeActiveSync", "Exchange ActiveSync client", 3},
    {"other", "legacy client", 2},
};
static const struct ca_fixed_value platforms[] = {
    {"android", "Android", 3},
    {"iOS", "iOS", 2},
    {"windows", "Windows", 0},
    {"windowsPhone", "Windows Phone", 6},
    {"macOS", "macOS", 1},
    {"linux", "Linux", 4},
    {"none", "an unknown platform", 5},
};
static const struct ca_fixed_value risks[] = {
    {"none", "none", 0},
    {"low", "low", 1},
    {"medium", "medium", 2},
    {"high", "high", 3},
};
static const struct ca_fixed_value insider_risks[] = {
    {"none", "none", 0},
    {"minor", "minor", 1},
    {"moderate", "moderate", 2},
    {"elevated", "elevated", 3},
};
static const struct ca_fixed_value flows[] = {
    {"none", "ordinary sign-in", 0},
    {"deviceCodeFlow", "device code flow", 1},
    {"authenticationTransfer", "authentication transfer", 2},
};

#define FIXED(kind, every, v)                                                                      \
    {                                                                                              \
        kind, every, v, COUNT_OF(v)                                                                \
    }
static const struct ca_fixed_axis fixed_axes[CA_DIM_COUNT] = {
    [CA_CLIENT] = FIXED(CA_KIND_CLIENT, "all", clients),
    [CA_PLATFORM] = FIXED(CA_KIND_PLATFORM, "all", platforms),
    [CA_USER_RISK] = FIXED(CA_KIND_USER_RISK, NULL, risks),
    [CA_SIGN_IN_RISK] = FIXED(CA_KIND_SIGN_IN_RISK, NULL, risks),
    [CA_INSIDER_RISK] = FIXED(CA_KIND_INSIDER_RISK, NULL, insider_risks),
    [CA_FLOW] = FIXED(CA_KIND_FLOW, NULL, flows),
};

const struct ca_fixed_axis *ca_fixed_axis(enum ca_dim dim)
{
    return fixed_axes[dim].n > 0 ? &fixed_axes[dim] : NULL;
}

bool ca_has_targets(const struct ca_policy *p, enum ca_kind kind)
{
    for (size_t i = 0; i < p->targets; i++)
        if (p->target[i].kind == kind)
            return true;
    return false;
}

/* Does one entry, which may be a flags string such as "minor,moderate", name this value? CA_MAYBE
 * when some part of it is not a value that we know. */
static enum ca_tri names_value(const char *text, const struct ca_fixed_axis *a, size_t value)
{
    enum ca_tri found = CA_NO;

    for (const char *at = text; *at != '\0';) {
        size_t n = strcspn(at, ",");
        enum ca_tri part = CA_MAYBE;
        char word[64];

        if (n < sizeof word) {
            memcpy(word, at, n);
            word[n] = '\0';
            if (a->every != NULL && str_ieq(word, a->every))
                part = CA_YES;
            for (size_t i = 0; i < a->n && part == CA_MAYBE; i++)
                if (str_ieq(word, a->v[i].id))
                    part = i == value ? CA_YES : CA_NO;
        }
        found = ca_or(found, part);
        at += n;
        at += strspn(at, ", ");
    }
    return found;
}

/* Words that Graph allows and that are not plainly one of the values of our axis. */
static enum ca_tri names_oddly(enum ca_kind kind, const char *text, const char *value)
{
    /* Parts of Exchange ActiveSync: on platforms that are, and that were not, supported. */
    if (kind == CA_KIND_CLIENT &&
        (str_ieq(text, "easSupported") || str_ieq(text, "easUnsupported")))
        return str_eq(value, "exchangeActiveSync") ? CA_MAYBE : CA_NO;
    /* No transfer method at all, or no condition? The documentation does not say. And a platform
     * "none" is our own word, not Graph's. */
    if ((kind == CA_KIND_FLOW || kind == CA_KIND_PLATFORM) && str_ieq(text, "none"))
        return CA_MAYBE;
    return CA_YES; /* nothing odd */
}

enum ca_tri ca_scope_fixed(const struct ca_policy *p, const struct ca_fixed_axis *a, size_t value)
{
    enum ca_tri in = CA_NO;
    enum ca_tri out = CA_NO;
    bool has_include = false;
    bool has_exclude = false;

    for (size_t i = 0; i < p->targets; i++) {
        const struct ca_target *t = &p->target[i];
        enum ca_tri named;

        if (t->kind != a->kind)
            continue;
        named = names_oddly(a->kind, t->text, a->v[value].id);
        if (named == CA_YES)
            named = names_value(t->text, a, value);
        if (t->is_exclude)
            out = ca_or(out, named);
        else
            in = ca_or(in, named);
        *(t->is_exclude ? &has_exclude : &has_include) = true;
    }
    if (!has_include) {
        in = has_exclude ? CA_MAYBE : CA_YES;
        /* Graph never leaves clientAppTypes empty. Policies made before August 2020 without the
         * setting kept to browser and modern clients, later ones take in all. */
        if (a->kind == CA_KIND_CLIENT && value > 1)
            in = CA_MAYBE;
    }
    return ca_and(in, ca_not(out));
}

static bool is_known_app_word(const char *text)
{
    return str_ieq(text, "All") || str_ieq(text, "None") || str_ieq(text, "Office365") ||
           str_ieq(text, "MicrosoftAdminPortals");
}

static enum ca_tri names_app(const struct ca_target *t, const struct ca_app_value *v)
{
    if (t->text == v->id) /* interned */
        return CA_YES;
    if (str_ieq(t->text, "All"))
        return CA_YES;
    if (str_ieq(t->text, "Office365"))
        return v->in_office;
    if (str_ieq(t->text, "MicrosoftAdminPortals"))
        return v->in_portals;
    if (str_is_guid(t->text) || is_known_app_word(t->text))
        return CA_NO;
    return CA_MAYBE; /* some group of applications that this program does not know */
}

/* A filter takes in or leaves out the applications that carry a custom security attribute, which is
 * not collected: it may name any application, or none. */
enum ca_tri ca_scope_app(const struct ca_policy *p, const struct ca_app_value *v)
{
    enum ca_tri in = CA_NO;
    enum ca_tri out = CA_NO;
    bool is_other_thing = false; /* user actions or contexts, or something unseen */
    bool has_app = false;

    for (size_t i = 0; i < p->targets; i++) {
        const struct ca_target *t = &p->target[i];
        enum ca_tri named;

        if (t->kind == CA_KIND_OTHER)
            is_other_thing = true;
        if (t->kind != CA_KIND_APP && t->kind != CA_KIND_APP_FILTER)
            continue;
        named = t->kind == CA_KIND_APP ? names_app(t, v) : CA_MAYBE;
        if (t->is_exclude)
            out = ca_or(out, named);
        else
            in = ca_or(in, named);
        has_app = has_app || !t->is_exclude;
    }
    if (!has_app)
        in = is_other_thing ? CA_MAYBE : CA_NO;
    return ca_and(in, ca_not(out));
}
