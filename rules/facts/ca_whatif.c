/* Offline What If: each policy against one imagined sign-in.
 *
 * What is not said of the sign-in could be anything: a condition on it is then met only if it is
 * met by every value. An address that is in no trusted named location counts as not trusted,
 * although it could be one of the "MFA trusted IPs", which no API gives; the detail says so. */
#include "ca_axis.h"
#include "ca_places.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/strs.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* The sign-in, checked. SIZE_MAX or NULL: not said. */
struct checked {
    size_t user;
    size_t fixed[CA_DIM_COUNT];
    const char *app;
    bool has_ip;
    struct ca_ip ip;
    const char *country;
    struct ca_atom device;
    const char *device_word;
    bool is_legacy, is_client_said;
};

static enum err_code bad_value(const struct ca_fixed_axis *a, enum ca_dim d, const char *value,
                               struct err *e)
{
    struct buf b;

    buf_init(&b, 512);
    for (size_t i = 0; i < a->n; i++)
        buf_addf(&b, "%s%s", i > 0 ? ", " : "", a->v[i].id);
    (void)err_set(e, ERR_USAGE, "%s cannot be '%s': it is one of %s", ca_dim_words(d), value, b.p);
    buf_release(&b);
    return e->code;
}

static enum err_code check_fixed(const struct ca_sign_in *s, struct checked *c, struct err *e)
{
    const char *const said[CA_DIM_COUNT] = {[CA_CLIENT] = s->client,
                                            [CA_PLATFORM] = s->platform,
                                            [CA_USER_RISK] = s->user_risk,
                                            [CA_SIGN_IN_RISK] = s->sign_in_risk,
                                            [CA_INSIDER_RISK] = s->insider_risk,
                                            [CA_FLOW] = s->flow};

    for (int d = 0; d < CA_DIM_COUNT; d++) {
        const struct ca_fixed_axis *a = ca_fixed_axis((enum ca_dim)d);

        c->fixed[d] = SIZE_MAX;
        if (a == NULL || said[d] == NULL)
            continue;
        for (size_t i = 0; i < a->n; i++)
            if (str_ieq(a->v[i].id, said[d]))
                c->fixed[d] = i;
        if (c->fixed[d] == SIZE_MAX)
            return bad_value(a, (enum ca_dim)d, said[d], e);
    }
    c->is_client_said = s->client != NULL;
    c->is_legacy = str_ieq(s->client, "other") || str_ieq(s->client, "exchangeActiveSync");
    return ERR_OK;
}

/* A legacy client (SMTP, IMAP, POP) reports no platform, shows no device and uses none of the
 * authentication flows: no need to say so. */
static void fill_legacy(const struct ca_sign_in *s, struct ca_sign_in *full)
{
    *full = *s;
    if (!str_ieq(s->client, "other"))
        return;
    full->platform = s->platform != NULL ? s->platform : "none";
    full->flow = s->flow != NULL ? s->flow : "none";
    full->device = s->device != NULL ? s->device : CA_UNREGISTERED;
}

static enum err_code check_device(const char *word, struct checked *c, struct err *e)
{
    static const struct {
        const char *word;
        struct ca_atom is;
    } kinds[] = {
        {CA_UNREGISTERED, {.compliant = CA_NO, .joined = CA_NO, .registered = CA_NO}},
        {"registered", {.compliant = CA_MAYBE, .joined = CA_MAYBE, .registered = CA_YES}},
        {"compliant", {.compliant = CA_YES, .joined = CA_MAYBE, .registered = CA_YES}},
        {"hybridJoined", {.compliant = CA_MAYBE, .joined = CA_YES, .registered = CA_YES}},
    };

    c->device = (struct ca_atom){.compliant = CA_MAYBE, .joined = CA_MAYBE, .registered = CA_MAYBE};
    if (word == NULL)
        return ERR_OK;
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (str_ieq(kinds[i].word, word)) {
            c->device = kinds[i].is;
            c->device_word = kinds[i].word;
            return ERR_OK;
        }
    return err_set(e, ERR_USAGE,
                   "the device cannot be '%s': it is one of unregistered, registered, compliant, "
                   "hybridJoined",
                   word);
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_context(const char *app)
{
    int64_t number;

    return (app[0] == 'c' || app[0] == 'C') && str_int(app + 1, 1, 999, &number);
}

enum err_code ca_country_parse(struct ca_model *m, const char *text, const char **out,
                               struct err *e)
{
    char upper[3] = "";

    if (str_ieq(text, "unknown")) {
        *out = CA_UNKNOWN_COUNTRY;
        return ERR_OK;
    }
    if (strlen(text) != 2 || !is_letter(text[0]) || !is_letter(text[1]))
        return err_set(e, ERR_USAGE, "'%s' is no two-letter country code", text);
    for (size_t i = 0; i < 2; i++)
        upper[i] = (char)toupper((unsigned char)text[i]);
    *out = m != NULL ? ca_text(m, upper) : NULL;
    return ERR_OK;
}

enum err_code ca_origin_check(const struct ca_origin *from, struct err *e)
{
    const char *country = NULL;
    struct ca_ip ip;

    if (from->ip != NULL && !ca_ip_parse(from->ip, &ip))
        return err_set(e, ERR_USAGE, "'%s' is no IP address", from->ip);
    if (from->country == NULL)
        return ERR_OK;
    if (from->ip == NULL)
        return err_set(e, ERR_USAGE, "country=%s needs an address: add ip=", from->country);
    return ca_country_parse(NULL, from->country, &country, e);
}

static enum err_code check(struct ca_model *m, const struct ca_sign_in *s, struct checked *c,
                           struct err *e)
{
    memset(c, 0, sizeof *c);
    c->user = SIZE_MAX;
    if (s->user_id != NULL) {
        c->user = ca_people_find(&m->people, s->user_id);
        if (c->user == SIZE_MAX)
            return err_set(e, ERR_USAGE, "no user '%s' in the snapshot", s->user_id);
    }
    if (s->app != NULL) {
        char *lower = str_lower(s->app);

        if (!str_is_guid(lower) && !is_context(lower) && !str_starts(lower, "urn:user:")) {
            free(lower);
            return err_set(e, ERR_USAGE, "'%s' is no application id, user action or context",
                           s->app);
        }
        c->app = ca_text(m, lower);
        free(lower);
    }
    if (s->ip != NULL) {
        c->has_ip = ca_ip_parse(s->ip, &c->ip);
        if (!c->has_ip)
            return err_set(e, ERR_USAGE, "'%s' is no IP address", s->ip);
    }
    if (s->country != NULL && ca_country_parse(m, s->country, &c->country, e) != ERR_OK)
        return e->code;
    if (check_device(s->device, c, e) != ERR_OK)
        return e->code;
    return check_fixed(s, c, e);
}

/* Collects what several possible values say: yes or no only if all agree. */
struct votes {
    bool has_any;
    enum ca_tri all;
};

static void vote(struct votes *v, enum ca_tri t)
{
    v->all = v->has_any && v->all != t ? CA_MAYBE : t;
    v->has_any = true;
}

static enum ca_tri fixed_met(const struct ca_policy *p, const struct checked *c, enum ca_dim d)
{
    const struct ca_fixed_axis *a = ca_fixed_axis(d);
    struct votes v = {false, CA_MAYBE};

    for (size_t i = 0; i < a->n; i++)
        if (c->fixed[d] == SIZE_MAX || c->fixed[d] == i)
            vote(&v, ca_scope_fixed(p, a, i));
    return v.all;
}

static enum ca_tri names_text(const struct ca_policy *p, enum ca_kind kind, const char *text)
{
    for (size_t i = 0; i < p->targets; i++)
        if (p->target[i].kind == kind && !p->target[i].is_exclude &&
            str_ieq(p->target[i].text, text))
            return CA_YES;
    return CA_NO;
}

static enum ca_tri app_met(const struct ca_policy *p, const struct checked *c)
{
    struct ca_app_value v = {NULL, CA_MAYBE, CA_MAYBE};

    if (c->app == NULL) {
        if (ca_scope_app(p, &v) == CA_YES)
            return CA_YES;
        return ca_has_targets(p, CA_KIND_APP) || ca_has_targets(p, CA_KIND_APP_FILTER) ||
                       ca_has_targets(p, CA_KIND_USER_ACTION) ||
                       ca_has_targets(p, CA_KIND_CONTEXT) || ca_has_targets(p, CA_KIND_OTHER)
                   ? CA_MAYBE
                   : CA_NO;
    }
    if (str_starts(c->app, "urn:user:"))
        return names_text(p, CA_KIND_USER_ACTION, c->app);
    if (is_context(c->app))
        return names_text(p, CA_KIND_CONTEXT, c->app);
    v = ca_app_value(c->app);
    return ca_scope_app(p, &v);
}

/* Codes that a country which was not said could be: those that the policy's locations name, and
 * none of them. */
static void vote_countries(const struct ca_model *m, const struct ca_policy *p,
                           const struct checked *c, struct ca_spot *spot, struct votes *v)
{
    static const char *const others[] = {CA_ANOTHER_COUNTRY, CA_UNKNOWN_COUNTRY};

    for (size_t i = 0; i < COUNT_OF(others); i++) {
        spot->country = c->country != NULL ? c->country : others[i];
        spot->gps_country = others[i];
        vote(v, ca_scope_spot(m, p, spot));
    }
    for (size_t t = 0; t < p->targets; t++) {
        const struct ca_place *place =
            p->target[t].kind == CA_KIND_LOCATION ? p->target[t].ref : NULL;

        for (size_t k = 0; place != NULL && k < place->countries; k++) {
            bool is_gps = place->kind == CA_PLACE_GPS;

            if (c->country != NULL && !is_gps)
                continue;
            spot->country = c->country != NULL ? c->country
                            : is_gps           ? CA_ANOTHER_COUNTRY
                                               : place->country[k];
            spot->gps_country = is_gps ? place->country[k] : CA_ANOTHER_COUNTRY;
            vote(v, ca_scope_spot(m, p, spot));
        }
    }
}

static enum ca_tri location_met(const struct ca_model *m, const struct ca_policy *p,
                                const struct checked *c)
{
    uint64_t *networks = xcalloc(ca_places_words(m->places), sizeof *networks);
    struct ca_spot spot = {.networks = networks};
    struct votes v = {false, CA_MAYBE};

    for (spot.others = 0; spot.others < 1u << CA_PLACE_OTHERS; spot.others++) {
        if (c->is_legacy && (spot.others & ca_places_compliant(m->places)) != 0)
            continue;
        if (c->has_ip) {
            ca_places_networks(m->places, &c->ip, networks);
            vote_countries(m, p, c, &spot, &v);
            continue;
        }
        memset(networks, 0, ca_places_words(m->places) * sizeof *networks);
        vote_countries(m, p, c, &spot, &v);
        for (size_t i = 0; i < m->places->n; i++) {
            networks[i / 64] |= UINT64_C(1) << (i % 64);
            vote_countries(m, p, c, &spot, &v);
            networks[i / 64] &= ~(UINT64_C(1) << (i % 64));
        }
    }
    free(networks);
    return v.all;
}

static const char *value_of_device(const void *device, const char *property)
{
    const struct checked *c = device;

    if (str_eq(c->device_word, CA_UNREGISTERED))
        return NULL;
    if (str_eq(c->device_word, "compliant") && str_eq(property, "iscompliant"))
        return "True";
    if (str_eq(c->device_word, "hybridJoined") && str_eq(property, "trusttype"))
        return "ServerAD";
    return ca_unknown_value;
}

static enum ca_tri users_met(const struct ca_model *m, const struct ca_policy *p,
                             const struct checked *c)
{
    if (c->user == SIZE_MAX) {
        bool has_exclude = false;
        bool has_all = false;

        for (size_t i = 0; i < p->targets; i++)
            if (ca_is_about_people(p->target[i].kind)) {
                has_exclude = has_exclude || p->target[i].is_exclude;
                has_all =
                    has_all || (p->target[i].kind == CA_KIND_USER && !p->target[i].is_exclude &&
                                str_ieq(p->target[i].text, "All"));
            }
        return has_all && !has_exclude ? CA_YES : CA_MAYBE;
    }
    switch (ca_scope_of(m, p, c->user)) {
    case CA_SCOPE_IN:
        return CA_YES;
    case CA_SCOPE_MAYBE:
        return CA_MAYBE;
    case CA_SCOPE_OUT:
    case CA_SCOPE_EXCLUDED:
        break;
    }
    return CA_NO;
}

static const char *location_words(struct ca_model *m, const struct ca_policy *p)
{
    const char *words = ca_words_condition(m, p, CA_LOCATION);

    if (names_text(p, CA_KIND_LOCATION, "AllTrusted") == CA_NO &&
        strstr(words, "all trusted locations") == NULL)
        return words;
    return ca_pool_textf(&m->pool, "%s (MFA trusted IPs, which cannot be read, left aside)", words);
}

static void judge_conditions(struct ca_model *m, const struct ca_policy *p, const struct checked *c,
                             struct ca_policy_result *r)
{
    r->conditions[0].name = "users";
    r->conditions[0].met = r->is_excluded_by_hypothesis ? CA_NO : users_met(m, p, c);
    r->conditions[0].detail = r->is_excluded_by_hypothesis ? "excluded, as supposed"
                              : c->user != SIZE_MAX        ? ca_words_users(m, p, c->user)
                                                           : "the person was not said";
    for (int d = 0; d < CA_DIM_COUNT; d++) {
        struct ca_condition *out = &r->conditions[d + 1];

        out->name = ca_dim_words((enum ca_dim)d);
        out->detail =
            d == CA_LOCATION ? location_words(m, p) : ca_words_condition(m, p, (enum ca_dim)d);
        if (d == CA_APP)
            out->met = app_met(p, c);
        else if (d == CA_LOCATION)
            out->met = location_met(m, p, c);
        else if (d == CA_DEVICE)
            out->met = ca_scope_device(p, value_of_device, c);
        else
            out->met = fixed_met(p, c, (enum ca_dim)d);
    }
    r->applies = CA_YES;
    for (size_t i = 0; i < COUNT_OF(r->conditions); i++)
        r->applies = ca_and(r->applies, r->conditions[i].met);
    if (ca_has_targets(p, CA_KIND_OTHER))
        r->applies = ca_and(r->applies, CA_MAYBE);
}

/* Legacy clients are stopped by any control; of others it depends on the control and the device. */
static void add_outcome(const struct ca_policy *p, const struct checked *c, enum ca_tri applies,
                        struct ca_what_if_result *out)
{
    struct ca_demand d = ca_demand_on(p, &c->device);
    enum ca_tri blocks = c->is_legacy ? p->legacy_block : d.blocks;
    enum ca_tri mfa = c->is_legacy ? CA_NO : d.takes;

    if (!c->is_client_said && p->legacy_block != d.blocks)
        blocks = CA_MAYBE;
    if (p->state == CA_STATE_UNSEEN)
        applies = ca_and(applies, CA_MAYBE);
    out->blocked = ca_or(out->blocked, ca_and(applies, blocks));
    out->needs_mfa = ca_or(out->needs_mfa, ca_and(applies, mfa));
}

enum err_code ca_what_if(struct ca_model *m, const struct ca_sign_in *s,
                         const struct ca_hypothesis *h, size_t nh, struct ca_what_if_result *out,
                         struct err *e)
{
    struct ca_sign_in full;
    struct checked c;

    memset(out, 0, sizeof *out);
    fill_legacy(s, &full);
    if (check(m, &full, &c, e) != ERR_OK)
        return e->code;
    out->v = xcalloc(m->policies + 1, sizeof *out->v);
    if (m->missing_policies != NULL)
        out->blocked = out->needs_mfa = CA_MAYBE;
    for (size_t i = 0; i < m->policies; i++) {
        const struct ca_policy *p = &m->policy[i];
        struct ca_policy_result *r = &out->v[out->n++];

        r->id = p->id;
        r->name = p->name;
        r->state = p->state_text;
        r->is_enforced = p->state == CA_STATE_ENFORCED || p->state == CA_STATE_UNSEEN;
        r->controls = ca_words_controls(m, p);
        for (size_t k = 0; k < nh; k++)
            r->is_excluded_by_hypothesis =
                r->is_excluded_by_hypothesis || str_ieq(h[k].policy_id, p->id);
        judge_conditions(m, p, &c, r);
        if (r->is_enforced)
            add_outcome(p, &c, r->applies, out);
    }
    return ERR_OK;
}

void ca_what_if_release(struct ca_what_if_result *r)
{
    free(r->v);
    memset(r, 0, sizeof *r);
}
