/* Random tenants for the tests of Conditional Access, and an evaluator that shares nothing with the
 * product: it goes through every sign-in, one by one, and reads each policy literally. */
#ifndef TESTS_CA_LITERAL_H
#define TESTS_CA_LITERAL_H
#include "ca_world.h"

#include <stdarg.h>

/* ---- a tenant, described plainly ---- */

enum { POLICIES = 6, USERS = 4, GROUPS = 3, LIST = 4 };
enum dim { CLIENT, APP, PLATFORM, PLACE, USER_RISK, SIGN_IN_RISK, INSIDER, FLOW, DEVICE, DIMS };

static const char *const dimension_of[DIMS] = {
    "client_app",   "application",         "platform",     "location", "user_risk", "sign_in_risk",
    "insider_risk", "authentication_flow", "device_filter"};

struct list {
    const char *in[LIST], *out[LIST];
    size_t ins, outs;
};
struct policy {
    const char *state;
    const char *who_in[3], *who_out[3]; /* "user:u0", "group:g1", ... */
    size_t who_ins, who_outs;
    struct list on[DIMS];
    const char *controls[3];
    size_t n;
    bool is_or;
    /* For the questions of table user_ca_effect only: a policy about registering security
     * information, or session controls. */
    bool is_action;
    int hours; /* -1: no sign-in frequency; 0: every time */
    bool forgets, has_token;
};
struct person {
    const char *type;
    unsigned groups; /* bits */
    bool is_admin;
};
struct tenant {
    struct policy p[POLICIES];
    size_t n;
    struct person who[USERS];
    bool is_far_trusted;
};

static const char *const states[] = {"enabled", "enabled", "enabled",
                                     "enabledForReportingButNotEnforced", "disabled"};
static const char *const words[DIMS][8] = {
    [CLIENT] = {"browser", "mobileAppsAndDesktopClients", "exchangeActiveSync", "other"},
    [APP] = {EXO, SPO, GRAPH, AZURE, "Office365", "MicrosoftAdminPortals"},
    [PLATFORM] = {"android", "iOS", "windows", "windowsPhone", "macOS", "linux"},
    [PLACE] = {"hq", "half", "far", "home", "eu"},
    [USER_RISK] = {"none", "low", "medium", "high"},
    [SIGN_IN_RISK] = {"none", "low", "medium", "high"},
    [INSIDER] = {"minor", "moderate", "elevated"},
    [FLOW] = {"deviceCodeFlow", "authenticationTransfer"},
    [DEVICE] = {"device.isCompliant~-eq~\"True\"", "device.isCompliant~-ne~\"True\"",
                "device.trustType~-eq~\"ServerAD\"", "device.extensionAttribute1~-eq~\"SAW\"",
                "device.extensionAttribute1~-ne~\"SAW\""},
};
static const char *const every[DIMS] = {
    [CLIENT] = "all", [APP] = "All", [PLATFORM] = "all", [PLACE] = "All"};
static const char *const controls[] = {"grant:block",
                                       "grant:mfa",
                                       "grant:mfa",
                                       "grant:compliantDevice",
                                       "grant:domainJoinedDevice",
                                       "strength:00000000-0000-0000-0000-000000000003",
                                       "terms_of_use:t",
                                       "custom_factor:f",
                                       "grant:approvedApplication"};
static const char *const whos[] = {"user:All",
                                   "user:All",
                                   "user:u0",
                                   "user:u1",
                                   "group:g0",
                                   "group:g1",
                                   "group:g2",
                                   ("role:" GLOBAL_ADMIN),
                                   "user:GuestsOrExternalUsers",
                                   "guest:b2bCollaborationGuest",
                                   "guest:internalGuest"};

static inline size_t count_words(enum dim d)
{
    size_t n = 0;

    while (n < 8 && words[d][n] != NULL)
        n++;
    return n;
}

static inline void pick(struct ca_dice *dice, const char **out, size_t *n, size_t most, enum dim d)
{
    size_t want = ca_roll(dice, (unsigned)most + 1);

    for (size_t i = 0; i < want; i++) {
        const char *w = words[d][ca_roll(dice, (unsigned)count_words(d))];
        bool seen = false;

        for (size_t k = 0; k < *n; k++)
            seen = seen || out[k] == w;
        if (!seen)
            out[(*n)++] = w;
    }
}

static inline void random_list(struct ca_dice *dice, struct list *l, enum dim d, bool may_restrict)
{
    memset(l, 0, sizeof *l);
    if (!may_restrict || ca_roll(dice, 3) == 0) {
        if (d == CLIENT || d == APP)
            l->in[l->ins++] = every[d];
        return;
    }
    if (d == DEVICE) {
        const char *rule = words[d][ca_roll(dice, (unsigned)count_words(d))];

        if (ca_roll(dice, 2) == 0)
            l->in[l->ins++] = rule;
        else
            l->out[l->outs++] = rule;
        return;
    }
    pick(dice, l->in, &l->ins, 3, d);
    if (every[d] != NULL && (l->ins == 0 || ca_roll(dice, 2) == 0)) {
        l->ins = 0;
        l->in[l->ins++] = every[d];
    }
    if (l->ins > 0 && d != CLIENT && every[d] != NULL)
        pick(dice, l->out, &l->outs, 2, d);
}

static inline void random_policy(struct ca_dice *dice, struct policy *p, unsigned dims)
{
    memset(p, 0, sizeof *p);
    p->state = states[ca_roll(dice, COUNT_OF(states))];
    p->who_ins = 1 + ca_roll(dice, 2);
    for (size_t i = 0; i < p->who_ins; i++)
        p->who_in[i] = whos[ca_roll(dice, COUNT_OF(whos))];
    p->who_outs = ca_roll(dice, 3) / 2;
    for (size_t i = 0; i < p->who_outs; i++)
        p->who_out[i] = whos[2 + ca_roll(dice, COUNT_OF(whos) - 2)];
    for (int d = 0; d < DIMS; d++)
        random_list(dice, &p->on[d], (enum dim)d, (dims >> d & 1) != 0);
    p->n = ca_roll(dice, 10) == 0 ? 0 : 1 + ca_roll(dice, 4) / 2;
    for (size_t i = 0; i < p->n; i++)
        p->controls[i] = controls[ca_roll(dice, COUNT_OF(controls))];
    if (p->n > 0 && p->controls[0] == controls[0])
        p->n = 1; /* block stands alone */
    for (size_t i = 1; i < p->n; i++)
        if (p->controls[i] == controls[0] || p->controls[i] == p->controls[0] ||
            (i == 2 && p->controls[2] == p->controls[1]))
            p->n = i;
    p->is_or = ca_roll(dice, 2) == 0;
    p->hours = -1;
}

/* What the questions of table user_ca_effect look at besides. `has_remedy`: some controls of which
 * nobody can say whether they take MFA. */
static inline void random_extras(struct ca_dice *dice, struct policy *p, bool has_remedy)
{
    static const int hours[] = {-1, -1, -1, 0, 4, 24, 720};

    p->hours = hours[ca_roll(dice, COUNT_OF(hours))];
    p->forgets = ca_roll(dice, 3) == 0;
    p->has_token = ca_roll(dice, 3) == 0;
    p->is_action = ca_roll(dice, 4) == 0;
    if (ca_roll(dice, 3) == 0 && p->n > 0 && p->controls[0] != controls[0])
        p->controls[0] = "strength:00000000-0000-0000-0000-000000000004";
    if (has_remedy && ca_roll(dice, 2) == 0 && p->n > 0 && p->controls[0] != controls[0])
        p->controls[0] = ca_roll(dice, 2) == 0 ? "grant:passwordChange" : "grant:riskRemediation";
}

static inline void random_tenant(struct ca_dice *dice, struct tenant *t)
{
    static const char *const types[] = {"Member", "Member", "Guest", "Invited"};
    unsigned dims = 0;

    memset(t, 0, sizeof *t);
    while (__builtin_popcount(dims) < 3)
        dims |= 1u << ca_roll(dice, DIMS);
    t->n = 1 + ca_roll(dice, POLICIES);
    for (size_t i = 0; i < t->n; i++)
        random_policy(dice, &t->p[i], dims);
    for (size_t i = 0; i < USERS; i++)
        t->who[i] = (struct person){types[ca_roll(dice, COUNT_OF(types))], ca_roll(dice, 8),
                                    ca_roll(dice, 3) == 0};
    t->is_far_trusted = ca_roll(dice, 2) == 0;
}

/* ---- the tenant as evidence ---- */

PRINTF(3, 4)
static inline void add(char *line, size_t n, const char *fmt, ...)
{
    size_t at = strlen(line);
    va_list ap;
    int got;

    va_start(ap, fmt);
    got = vsnprintf(line + at, n - at, fmt, ap);
    va_end(ap);
    assert_true(got >= 0 && (size_t)got < n - at);
}

static inline void store_session(struct store *s, const char *id, const struct policy *p)
{
    char raw[512];

    (void)snprintf(raw, sizeof raw,
                   "{\"sessionControls\":{\"signInFrequency\":{\"isEnabled\":true,"
                   "\"value\":%d,\"type\":\"%s\",\"frequencyInterval\":\"%s\"},"
                   "\"persistentBrowser\":{\"mode\":\"never\"}}}",
                   p->hours >= 24 ? p->hours / 24 : p->hours, p->hours >= 24 ? "days" : "hours",
                   p->hours == 0 ? "everyTime" : "timeBased");
    ca_run(s, "UPDATE ca_policy SET raw = ?2 WHERE id = ?1", id, raw, NULL, NULL, NULL);
    if (p->hours >= 0)
        ca_run(s, "INSERT INTO ca_policy_control VALUES (?, 'session', 'signInFrequency')", id,
               NULL, NULL, NULL, NULL);
    if (p->forgets)
        ca_run(s, "INSERT INTO ca_policy_control VALUES (?, 'session', 'persistentBrowser')", id,
               NULL, NULL, NULL, NULL);
    if (p->has_token)
        ca_run(s, "INSERT INTO ca_policy_control VALUES (?, 'session', 'secureSignInSession')", id,
               NULL, NULL, NULL, NULL);
}

static inline void store_policy(struct store *s, const char *id, const struct policy *p)
{
    char line[4096] = "";

    add(line, sizeof line, "state:%s", p->state);
    for (size_t i = 0; i < p->who_ins; i++)
        if (i == 0 || p->who_in[i] != p->who_in[0])
            add(line, sizeof line, " +%s", p->who_in[i]);
    for (size_t i = 0; i < p->who_outs; i++)
        add(line, sizeof line, " -%s", p->who_out[i]);
    for (int d = 0; d < DIMS; d++) {
        if (d == APP && p->is_action)
            continue;
        for (size_t i = 0; i < p->on[d].ins; i++)
            add(line, sizeof line, " +%s:%s", dimension_of[d], p->on[d].in[i]);
        for (size_t i = 0; i < p->on[d].outs; i++)
            add(line, sizeof line, " -%s:%s", dimension_of[d], p->on[d].out[i]);
    }
    for (size_t i = 0; i < p->n; i++)
        add(line, sizeof line, " %s", p->controls[i]);
    if (p->n > 0)
        add(line, sizeof line, " operator:%s", p->is_or ? "OR" : "AND");
    if (p->is_action)
        add(line, sizeof line, " +user_action:urn:user:registersecurityinfo");
    ca_policy(s, id, line);
    store_session(s, id, p);
}

static inline void store_people(struct store *s, const struct tenant *t, bool is_backwards)
{
    for (size_t k = 0; k < USERS; k++) {
        size_t u = is_backwards ? USERS - 1 - k : k;
        const struct person *w = &t->who[u];
        char id[24];

        (void)snprintf(id, sizeof id, "u%zu", u);
        ca_user(s, id, strcmp(w->type, "Member") == 0 ? "Member" : "Guest");
        if (strcmp(w->type, "Invited") == 0)
            ca_run(s, "UPDATE user SET external_user_state = 'Accepted' WHERE id = ?", id, NULL,
                   NULL, NULL, NULL);
        for (unsigned g = 0; g < GROUPS; g++) {
            char group[16];

            (void)snprintf(group, sizeof group, "g%u", is_backwards ? GROUPS - 1 - g : g);
            ca_member(s, group,
                      (w->groups >> (is_backwards ? GROUPS - 1 - g : g) & 1) != 0 ? id : NULL);
        }
        if (w->is_admin)
            ca_role(s, GLOBAL_ADMIN, id, "active", "/");
    }
}

static inline struct store *store_tenant(const struct tenant *t, bool is_backwards)
{
    struct store *s = world_new();

    world_do(s, "INSERT INTO security_defaults VALUES (1, 0)");
    store_people(s, t, is_backwards);
    ca_network(s, "hq", "1", "[\"192.0.2.0/24\"]");
    ca_network(s, "half", "0", "[\"192.0.2.0/25\"]");
    ca_network(s, "far", t->is_far_trusted ? "1" : "0", "[\"198.51.100.0/24\"]");
    ca_countries(s, "home", "0", "[\"DE\",\"AT\"]");
    ca_countries(s, "eu", "1", "[\"DE\",\"FR\"]");
    for (size_t k = 0; k < t->n; k++) {
        size_t i = is_backwards ? t->n - 1 - k : k;
        char id[24];

        /* other ids give another order */
        (void)snprintf(id, sizeof id, "p%zu", is_backwards ? 9 - i : i);
        store_policy(s, id, &t->p[i]);
    }
    return s;
}

/* ---- one sign-in, literally ---- */

struct sign_in {
    const char *value[DIMS]; /* of DEVICE: unregistered, or compliance/trust/extension */
    const char *ip, *country;
};
static const char *const values[DIMS][8] = {
    [CLIENT] = {"browser", "mobileAppsAndDesktopClients"},
    /* the last three stand for applications that no policy names: inside Office 365, a portal, any
     */
    [APP] = {EXO, SPO, GRAPH, AZURE, "1fec8e78-bce4-4aaf-ab1b-5451cc387264",
             "c44b4083-3bb0-49c1-b47d-974e53cbdf3c", "22222222-2222-4222-8222-222222222222",
             "33333333-3333-4333-8333-333333333333"},
    [PLATFORM] = {"windows", "android", "iOS", "windowsPhone", "macOS", "linux", "none"},
    [USER_RISK] = {"none", "low", "medium", "high"},
    [SIGN_IN_RISK] = {"none", "low", "medium", "high"},
    [INSIDER] = {"none", "minor", "moderate", "elevated"},
    [FLOW] = {"none", "deviceCodeFlow", "authenticationTransfer"},
};
static const char *const ips[] = {"203.0.113.1", "192.0.2.1", "192.0.2.200", "198.51.100.1"};
static const char *const countries[] = {"US", "DE", "AT", "FR", "??"};
static const char *const devices[] = {
    "unregistered", "T/S/W", "T/S/o", "T/S/-", "T/A/W", "T/A/o", "T/A/-", "T/W/W", "T/W/o", "T/W/-",
    "F/S/W",        "F/S/o", "F/S/-", "F/A/W", "F/A/o", "F/A/-", "F/W/W", "F/W/o", "F/W/-", "-/S/W",
    "-/S/o",        "-/S/-", "-/A/W", "-/A/o", "-/A/-", "-/W/W", "-/W/o", "-/W/-"};

static bool has_both_app; /* which of the two worlds */

static inline size_t count_values(enum dim d)
{
    size_t n = 0;

    if (d == APP)
        return has_both_app ? 8 : 7;

    if (d == PLACE)
        return COUNT_OF(ips) * COUNT_OF(countries);
    if (d == DEVICE)
        return COUNT_OF(devices);
    while (n < 8 && values[d][n] != NULL)
        n++;
    return n;
}

static inline void set_value(struct sign_in *s, enum dim d, size_t i)
{
    if (d == PLACE) {
        s->ip = ips[i % COUNT_OF(ips)];
        s->country = countries[i / COUNT_OF(ips)];
    } else {
        s->value[d] = d == DEVICE ? devices[i] : values[d][i];
    }
}

static inline bool in_office(const char *app)
{
    return strcmp(app, EXO) == 0 || strcmp(app, SPO) == 0 ||
           strcmp(app, "1fec8e78-bce4-4aaf-ab1b-5451cc387264") == 0 ||
           strcmp(app, "33333333-3333-4333-8333-333333333333") == 0;
}

static inline bool place_has(const char *place, const struct sign_in *s)
{
    if (strcmp(place, "hq") == 0)
        return strncmp(s->ip, "192.0.2.", 8) == 0;
    if (strcmp(place, "half") == 0)
        return strcmp(s->ip, "192.0.2.1") == 0;
    if (strcmp(place, "far") == 0)
        return strncmp(s->ip, "198.51.100.", 11) == 0;
    if (strcmp(place, "home") == 0)
        return strcmp(s->country, "DE") == 0 || strcmp(s->country, "AT") == 0;
    return strcmp(s->country, "DE") == 0 || strcmp(s->country, "FR") == 0 ||
           strcmp(s->country, "??") == 0;
}

static inline bool rule_has(const char *rule, const char *device)
{
    bool is_registered = strcmp(device, "unregistered") != 0;

    if (strstr(rule, "isCompliant~-eq") != NULL)
        return is_registered && device[0] == 'T';
    if (strstr(rule, "isCompliant~-ne") != NULL)
        return !(is_registered && device[0] == 'T');
    if (strstr(rule, "trustType") != NULL)
        return is_registered && device[2] == 'S';
    if (strstr(rule, "Attribute1~-eq") != NULL)
        return is_registered && device[4] == 'W';
    return !(is_registered && device[4] == 'W');
}

static inline bool word_has(enum dim d, const char *word, const struct sign_in *s)
{
    if (every[d] != NULL && strcmp(word, every[d]) == 0)
        return true;
    if (d == PLACE)
        return place_has(word, s);
    if (d == DEVICE)
        return rule_has(word, s->value[DEVICE]);
    if (d == APP && strcmp(word, "Office365") == 0)
        return in_office(s->value[APP]);
    if (d == APP && strcmp(word, "MicrosoftAdminPortals") == 0)
        return strcmp(s->value[APP], "c44b4083-3bb0-49c1-b47d-974e53cbdf3c") == 0 ||
               strcmp(s->value[APP], "33333333-3333-4333-8333-333333333333") == 0;
    return strcmp(word, s->value[d]) == 0;
}

static inline bool condition_met(const struct policy *p, enum dim d, const struct sign_in *s)
{
    bool in = p->on[d].ins == 0 && d != APP && d != CLIENT;

    if (d == APP && (p->is_action || strncmp(s->value[APP], "urn:", 4) == 0))
        return p->is_action && strncmp(s->value[APP], "urn:", 4) == 0;
    for (size_t i = 0; i < p->on[d].ins; i++)
        in = in || word_has(d, p->on[d].in[i], s);
    for (size_t i = 0; i < p->on[d].outs; i++)
        in = in && !word_has(d, p->on[d].out[i], s);
    return in;
}

static inline bool names_person(const char *who, const struct tenant *t, size_t u)
{
    const struct person *w = &t->who[u];

    if (strcmp(who, "user:All") == 0)
        return true;
    if (strncmp(who, "user:u", 6) == 0)
        return (size_t)(who[6] - '0') == u;
    if (strncmp(who, "group:g", 7) == 0)
        return (w->groups >> (who[7] - '0') & 1) != 0;
    if (strncmp(who, "role:", 5) == 0)
        return w->is_admin;
    if (strcmp(who, "guest:b2bCollaborationGuest") == 0)
        return strcmp(w->type, "Invited") == 0;
    if (strcmp(who, "guest:internalGuest") == 0)
        return strcmp(w->type, "Guest") == 0;
    return strcmp(w->type, "Member") != 0;
}

static inline bool has_person(const struct policy *p, const struct tenant *t, size_t u)
{
    bool in = false;

    for (size_t i = 0; i < p->who_ins; i++)
        in = in || names_person(p->who_in[i], t, u);
    for (size_t i = 0; i < p->who_outs; i++)
        in = in && !names_person(p->who_out[i], t, u);
    return in;
}

static inline bool applies(const struct policy *p, const struct tenant *t, size_t u,
                           const struct sign_in *s)
{
    if (!has_person(p, t, u))
        return false;
    for (int d = 0; d < DIMS; d++)
        if (!condition_met(p, (enum dim)d, s))
            return false;
    return true;
}

/* What a control may take; the questions on blocks ask for none of these. */
enum what { WHAT_MFA, WHAT_PHISH, WHAT_REMEDY };

static inline bool takes(const char *control, enum what what)
{
    if (what == WHAT_PHISH)
        return strcmp(control, "strength:00000000-0000-0000-0000-000000000004") == 0;
    if (what == WHAT_REMEDY)
        return strcmp(control, "grant:passwordChange") == 0 ||
               strcmp(control, "grant:riskRemediation") == 0;
    return strcmp(control, "grant:mfa") == 0 || strncmp(control, "strength:", 9) == 0;
}

enum outcome_of { FREE, WITH_MFA, STOPPED };

/* What one policy that applies does; approvedApplication is not enforced any more. WITH_MFA: or
 * with `what`. */
static inline enum outcome_of demand_for(const struct policy *p, const struct sign_in *s,
                                         enum what what)
{
    bool is_registered = strcmp(s->value[DEVICE], "unregistered") != 0;
    enum outcome_of best = STOPPED;
    enum outcome_of worst = FREE;
    size_t n = 0;

    for (size_t i = 0; i < p->n; i++) {
        const char *c = p->controls[i];
        enum outcome_of one = FREE; /* terms of use, custom factor */

        if (strcmp(c, "grant:approvedApplication") == 0)
            continue;
        n++;
        if (strcmp(c, "grant:block") == 0)
            one = STOPPED;
        else if (takes(c, what))
            one = WITH_MFA;
        else if (strcmp(c, "grant:compliantDevice") == 0)
            one = is_registered && s->value[DEVICE][0] == 'T' ? FREE : STOPPED;
        else if (strcmp(c, "grant:domainJoinedDevice") == 0)
            one = is_registered && s->value[DEVICE][2] == 'S' ? FREE : STOPPED;
        best = one < best ? one : best;
        worst = one > worst ? one : worst;
    }
    return n == 0 ? FREE : p->is_or ? best : worst;
}

static inline enum outcome_of demand(const struct policy *p, const struct sign_in *s)
{
    return demand_for(p, s, WHAT_MFA);
}

static inline bool is_on(const struct policy *p)
{
    return strcmp(p->state, "enabled") == 0;
}

static inline enum outcome_of outcome(const struct tenant *t, size_t u, const struct sign_in *s)
{
    enum outcome_of worst = FREE;

    for (size_t i = 0; i < t->n; i++)
        if (is_on(&t->p[i]) && applies(&t->p[i], t, u, s)) {
            enum outcome_of one = demand(&t->p[i], s);

            worst = one > worst ? one : worst;
        }
    return worst;
}

/* Which conditions does any policy look at? The others need one value only. */
static inline unsigned looked_at(const struct tenant *t)
{
    unsigned dims = 0;

    for (size_t i = 0; i < t->n; i++) {
        for (int d = 0; d < DIMS; d++)
            if (t->p[i].on[d].outs > 0 || t->p[i].on[d].ins > 1 ||
                (t->p[i].on[d].ins == 1 &&
                 (every[d] == NULL || strcmp(t->p[i].on[d].in[0], every[d]) != 0)))
                dims |= 1u << d;
        for (size_t k = 0; k < t->p[i].n; k++)
            if (strstr(t->p[i].controls[k], "Device") != NULL)
                dims |= 1u << DEVICE;
    }
    return dims;
}

static inline void first(struct sign_in *s)
{
    for (int d = 0; d < DIMS; d++)
        set_value(s, (enum dim)d, 0);
}

static inline bool next(struct sign_in *s, size_t at[DIMS], unsigned dims)
{
    for (int d = 0; d < DIMS; d++) {
        if ((dims >> d & 1) == 0)
            continue;
        if (++at[d] < count_values((enum dim)d)) {
            set_value(s, (enum dim)d, at[d]);
            return true;
        }
        at[d] = 0;
        set_value(s, (enum dim)d, 0);
    }
    return false;
}

static inline const char *literal_mfa(const struct tenant *t, size_t u)
{
    unsigned dims = looked_at(t);
    size_t at[DIMS] = {0};
    bool seen[STOPPED + 1] = {false, false, false};
    struct sign_in s = {0};

    first(&s);
    do {
        seen[outcome(t, u, &s)] = true;
    } while (next(&s, at, dims));
    return !seen[FREE] ? "always" : seen[WITH_MFA] ? "sometimes" : "never";
}

static inline bool is_legacy_stopped(const struct tenant *t, size_t u, const struct sign_in *s)
{
    for (size_t i = 0; i < t->n; i++) {
        const struct policy *p = &t->p[i];
        bool has_control = false;

        for (size_t k = 0; k < p->n; k++)
            has_control = has_control || strcmp(p->controls[k], "grant:approvedApplication") != 0;
        if (is_on(p) && has_control && applies(p, t, u, s))
            return true;
    }
    return false;
}

/* A legacy sign-in to Exchange Online: any control in force stops it. From this address and in this
 * country; NULL: from any. */
static inline const char *literal_legacy_at(const struct tenant *t, size_t u, const char *ip,
                                            const char *country)
{
    unsigned dims =
        looked_at(t) & (1u << PLACE | 1u << USER_RISK | 1u << SIGN_IN_RISK | 1u << INSIDER);
    size_t at[DIMS] = {0};
    bool seen[2] = {false, false};
    struct sign_in s = {0};

    if (ip != NULL)
        dims |= 1u << PLACE;
    first(&s);
    s.value[CLIENT] = "other";
    s.value[APP] = EXO;
    s.value[PLATFORM] = "none";
    s.value[FLOW] = "none";
    s.value[DEVICE] = "unregistered";
    do {
        if ((ip == NULL || strcmp(s.ip, ip) == 0) &&
            (country == NULL || strcmp(s.country, country) == 0))
            seen[is_legacy_stopped(t, u, &s) ? 1 : 0] = true;
    } while (next(&s, at, dims));
    return !seen[0] ? "blocked" : !seen[1] ? "allowed" : "conditional";
}

static inline const char *literal_legacy(const struct tenant *t, size_t u)
{
    return literal_legacy_at(t, u, NULL, NULL);
}

#endif
