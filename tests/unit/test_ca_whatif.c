/* Offline What If, and which gap is shown. */
#include "ca_world.h"

#define ALL "+user:All +application:All +client_app:all "
#define MFA "grant:mfa operator:OR "
#define BLOCK "grant:block operator:OR "

static const struct ca_sign_in smtp = {.user_id = "u1", .app = EXO, .client = "other"};
static const struct ca_sign_in web = {.user_id = "u1",
                                      .app = EXO,
                                      .client = "browser",
                                      .platform = "windows",
                                      .ip = "203.0.113.7",
                                      .country = "US",
                                      .user_risk = "none",
                                      .sign_in_risk = "none",
                                      .insider_risk = "none",
                                      .flow = "none",
                                      .device = "unregistered"};

static struct store *build(const char *policy)
{
    struct store *s = ca_world();

    ca_member(s, "ga", "u1");
    world_do(s, "INSERT INTO directory_group VALUES ('gu', 'Unread', 'unreadable', 'policy')");
    ca_network(s, "hq", "1", "[\"192.0.2.0/24\",\"2001:db8::/32\"]");
    ca_countries(s, "home", "1", "[\"DE\"]");
    world_do(s, "INSERT INTO named_location(id, display_name, kind, include_unknown,"
                " countries_json, raw) VALUES ('gps', 'Place gps', 'country', 0, '[\"DE\"]',"
                " '{\"countryLookupMethod\":\"authenticatorAppGps\"}')");
    ca_policy(s, "p1", policy);
    return s;
}

struct what_case {
    const char *name;
    const char *policy;
    const struct ca_sign_in *base;
    const char *field, *value; /* one change to the base; value NULL: not said */
    enum ca_tri applies;
    const char *not_met; /* name of the one condition that is not met for certain */
    enum ca_tri blocked, mfa;
};

#define Y CA_YES
#define N CA_NO
#define M CA_MAYBE
static const struct what_case cases[] = {
    {"applies", ALL MFA, &web, "", NULL, Y, NULL, N, Y},
    {"blocks", ALL BLOCK, &web, "", NULL, Y, NULL, Y, N},
    {"SMTP is blocked by MFA", ALL MFA, &smtp, "", NULL, Y, NULL, Y, N},
    {"SMTP reports no platform", ALL BLOCK "+platform:windows", &smtp, "", NULL, N,
     "device platforms", N, N},
    {"SMTP has no device", ALL BLOCK "+device_filter:device.isCompliant~-eq~\"True\"", &smtp, "",
     NULL, N, "device filter", N, N},
    {"SMTP uses no flow", ALL BLOCK "+authentication_flow:deviceCodeFlow", &smtp, "", NULL, N,
     "authentication flows", N, N},
    {"risk of SMTP is not said", ALL BLOCK "+sign_in_risk:high", &smtp, "", NULL, M, NULL, M, N},
    {"other client", "+user:All +application:All +client_app:other " BLOCK, &web, "", NULL, N,
     "client apps", N, N},
    {"client not said", "+user:All +application:All +client_app:other " BLOCK, &web, "client", NULL,
     M, NULL, M, N},
    {"client does not matter", ALL BLOCK, &web, "client", NULL, Y, NULL, Y, N},
    {"client not said: MFA stops a legacy one", ALL MFA, &web, "client", NULL, Y, NULL, M, Y},
    {"other application", "+user:All +application:" SPO " +client_app:all " MFA, &web, "", NULL, N,
     "applications", N, N},
    {"Office 365", "+user:All +application:Office365 +client_app:all " MFA, &web, "", NULL, Y, NULL,
     N, Y},
    {"Office 365 and an application that is in no table",
     "+user:All +application:Office365 +client_app:all " MFA, &web, "app", LOB, M, NULL, N, M},
    {"Office 365 and Microsoft Graph", "+user:All +application:Office365 +client_app:all " MFA,
     &web, "app", GRAPH, N, "applications", N, N},
    {"application in capitals", "+user:All +application:" EXO " +client_app:all " MFA, &web, "app",
     "00000002-0000-0FF1-CE00-000000000000", Y, NULL, N, Y},
    {"application not said", "+user:All +application:" EXO " +client_app:all " MFA, &web, "app",
     NULL, M, NULL, N, M},
    {"all applications, not said which", ALL MFA, &web, "app", NULL, Y, NULL, N, Y},
    {"user action", "+user:All +user_action:urn:user:registersecurityinfo +client_app:all " MFA,
     &web, "app", "urn:user:registersecurityinfo", Y, NULL, N, Y},
    {"another user action",
     "+user:All +user_action:urn:user:registersecurityinfo +client_app:all " MFA, &web, "app",
     "urn:user:registerdevice", N, "applications", N, N},
    {"all applications are no user action", ALL MFA, &web, "app", "urn:user:registerdevice", N,
     "applications", N, N},
    {"authentication context", "+user:All +authentication_context:c1 +client_app:all " MFA, &web,
     "app", "c1", Y, NULL, N, Y},
    {"inside a network", ALL BLOCK "+location:hq", &web, "ip", "192.0.2.9", Y, NULL, Y, N},
    {"inside a network, IPv6", ALL BLOCK "+location:hq", &web, "ip", "2001:db8:1::9", Y, NULL, Y,
     N},
    {"outside of a network", ALL BLOCK "+location:hq", &web, "", NULL, N, "locations", N, N},
    {"address not said", ALL BLOCK "+location:hq", &web, "ip", NULL, M, NULL, M, N},
    {"address not said, any location", ALL BLOCK "+location:All", &web, "ip", NULL, Y, NULL, Y, N},
    {"not in a trusted location", ALL BLOCK "+location:All -location:AllTrusted", &web, "", NULL, Y,
     NULL, Y, N},
    {"in a trusted location", ALL BLOCK "+location:All -location:AllTrusted", &web, "ip",
     "192.0.2.9", N, "locations", N, N},
    {"country", ALL BLOCK "+location:home", &web, "country", "de", Y, NULL, Y, N},
    {"another country", ALL BLOCK "+location:home", &web, "", NULL, N, "locations", N, N},
    {"unknown country", ALL BLOCK "+location:home", &web, "country", "unknown", Y, NULL, Y, N},
    {"country not said", ALL BLOCK "+location:home", &web, "country", NULL, M, NULL, M, N},
    {"country by GPS is not said", ALL BLOCK "+location:gps", &web, "country", "DE", M, NULL, M, N},
    {"a location that is gone", ALL BLOCK "+location:gone", &web, "", NULL, M, NULL, M, N},
    {"platform", ALL BLOCK "+platform:windows", &web, "", NULL, Y, NULL, Y, N},
    {"platform without case", ALL BLOCK "+platform:iOS", &web, "platform", "IOS", Y, NULL, Y, N},
    {"platform not said", ALL BLOCK "+platform:windows", &web, "platform", NULL, M, NULL, M, N},
    {"risk", ALL BLOCK "+sign_in_risk:high", &web, "sign_in_risk", "high", Y, NULL, Y, N},
    {"user risk", ALL BLOCK "+user_risk:high", &web, "", NULL, N, "user risk", N, N},
    {"insider risk", ALL BLOCK "+insider_risk:minor", &web, "insider_risk", "minor", Y, NULL, Y, N},
    {"device code flow", ALL BLOCK "+authentication_flow:deviceCodeFlow", &web, "flow",
     "deviceCodeFlow", Y, NULL, Y, N},
    {"mfa or compliant device, unregistered", ALL MFA "grant:compliantDevice", &web, "", NULL, Y,
     NULL, N, Y},
    {"mfa or compliant device, compliant", ALL MFA "grant:compliantDevice", &web, "device",
     "compliant", Y, NULL, N, N},
    {"compliant device, hybrid joined", ALL "grant:compliantDevice operator:OR", &web, "device",
     "hybridJoined", Y, NULL, M, N},
    {"compliant device, not said", ALL "grant:compliantDevice operator:OR", &web, "device", NULL, Y,
     NULL, M, N},
    {"filter, compliant", ALL BLOCK "-device_filter:device.isCompliant~-eq~\"True\"", &web,
     "device", "compliant", N, "device filter", N, N},
    {"filter on something else", ALL BLOCK "+device_filter:device.model~-eq~\"x\"", &web, "device",
     "registered", M, NULL, M, N},
    {"excluded", ALL BLOCK "-group:ga", &web, "", NULL, N, "users", N, N},
    {"perhaps excluded", ALL BLOCK "-group:gu", &web, "", NULL, M, NULL, M, N},
    {"person not said, all users", ALL BLOCK, &web, "user_id", NULL, Y, NULL, Y, N},
    {"person not said, with an exclusion", ALL BLOCK "-group:ga", &web, "user_id", NULL, M, NULL, M,
     N},
    {"report-only is shown and has no effect", ALL BLOCK "state:enabledForReportingButNotEnforced",
     &web, "", NULL, Y, NULL, N, N},
    {"disabled is shown and has no effect", ALL BLOCK "state:disabled", &web, "", NULL, Y, NULL, N,
     N},
    {"a state that nobody knows", ALL BLOCK "state:odd", &web, "", NULL, Y, NULL, M, N},
    {"a condition that nobody knows", ALL BLOCK "+other:times", &web, "", NULL, M, NULL, M, N},
    {"session controls only", ALL "session:signInFrequency", &web, "", NULL, Y, NULL, N, N},
};
#undef Y
#undef N
#undef M

static void change(struct ca_sign_in *s, const char *field, const char *value)
{
    const struct {
        const char *name;
        const char **at;
    } fields[] = {{"user_id", &s->user_id},
                  {"app", &s->app},
                  {"client", &s->client},
                  {"platform", &s->platform},
                  {"ip", &s->ip},
                  {"country", &s->country},
                  {"user_risk", &s->user_risk},
                  {"sign_in_risk", &s->sign_in_risk},
                  {"insider_risk", &s->insider_risk},
                  {"flow", &s->flow},
                  {"device", &s->device}};

    for (size_t i = 0; i < COUNT_OF(fields); i++)
        if (strcmp(fields[i].name, field) == 0)
            *fields[i].at = value;
}

static void what_if(void **state)
{
    size_t failed = 0;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct what_case *c = &cases[i];
        struct store *s = build(c->policy);
        struct ca_model *m = ca_load(s);
        struct ca_sign_in in = *c->base;
        struct ca_what_if_result r;
        struct err e = ERR_INIT;
        const char *not_met = NULL;
        size_t misses = 0;

        change(&in, c->field, c->value);
        if (ca_what_if(m, &in, NULL, 0, &r, &e) != ERR_OK)
            fail_msg("%s: %s", c->name, e.msg);
        assert_int_equal(r.n, 1);
        for (size_t k = 0; k < CA_CONDITIONS; k++) {
            assert_non_null(r.v[0].conditions[k].detail);
            if (r.v[0].conditions[k].met == CA_NO) {
                not_met = r.v[0].conditions[k].name;
                misses++;
            }
        }
        if (r.v[0].applies != c->applies || r.blocked != c->blocked || r.needs_mfa != c->mfa ||
            misses != (c->not_met != NULL ? 1 : 0) ||
            (c->not_met != NULL && strcmp(not_met, c->not_met) != 0)) {
            print_error("%s: applies %s, blocked %s, mfa %s, not met %s\n", c->name,
                        ca_tri_name(r.v[0].applies), ca_tri_name(r.blocked),
                        ca_tri_name(r.needs_mfa), not_met != NULL ? not_met : "-");
            failed++;
        }
        ca_what_if_release(&r);
        ca_model_free(m);
        store_close(s);
    }
    assert_int_equal(failed, 0);
}

static void supposed_exclusion(void **state)
{
    struct store *s = build(ALL MFA);
    struct ca_hypothesis h = {"p1"};
    struct ca_what_if_result r;
    struct err e = ERR_INIT;
    struct ca_model *m;

    (void)state;
    ca_policy(s, "p2", ALL BLOCK);
    m = ca_load(s);
    assert_int_equal(ca_what_if(m, &web, &h, 1, &r, &e), ERR_OK);
    assert_true(r.v[0].is_excluded_by_hypothesis);
    assert_int_equal(r.v[0].applies, CA_NO);
    assert_false(r.v[1].is_excluded_by_hypothesis);
    assert_int_equal(r.blocked, CA_YES);
    assert_string_equal(r.v[0].conditions[0].detail, "excluded, as supposed");
    assert_string_equal(r.v[1].controls, "blocks access");
    ca_what_if_release(&r);
    ca_model_free(m);
    store_close(s);
}

/* Details say by which path a person is in or out. */
static void paths(void **state)
{
    static const struct {
        const char *policy, *detail;
    } told[] = {
        {ALL MFA, "included as one of all users"},
        {"+user:u1 +application:All " MFA, "included by name"},
        {"+group:ga +application:All " MFA, "included through the group Group ga"},
        {ALL MFA "-group:ga", "excluded through the group Group ga"},
        {ALL MFA "-user:u1", "excluded by name"},
        {"+group:gx +application:All " MFA, "perhaps included through the group gx"},
        {ALL MFA "-group:gu", "included as one of all users, perhaps excluded through the group "
                              "Unread"},
        {"+role:" GLOBAL_ADMIN " +application:All " MFA,
         "not included (eligible for a role, which is not active)"},
        {"+user:None +application:All " MFA, "not included"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(told); i++) {
        struct store *s = build(told[i].policy);
        struct ca_what_if_result r;
        struct err e = ERR_INIT;
        struct ca_model *m;

        ca_role(s, GLOBAL_ADMIN, "u1", "eligible", "/");
        m = ca_load(s);
        assert_int_equal(ca_what_if(m, &web, NULL, 0, &r, &e), ERR_OK);
        assert_string_equal(r.v[0].conditions[0].detail, told[i].detail);
        ca_what_if_release(&r);
        ca_model_free(m);
        store_close(s);
    }
}

static void bad_values(void **state)
{
    static const struct {
        const char *field, *value, *part;
    } bad[] = {
        {"client", "outlook", "mobileAppsAndDesktopClients"},
        {"platform", "beos", "windowsPhone"},
        {"ip", "192.0.2.0/24", "no IP address"},
        {"ip", "", "no IP address"},
        {"country", "DEU", "two-letter"},
        {"country", "", "two-letter"},
        {"sign_in_risk", "hidden", "one of none, low, medium, high"},
        {"flow", "magic", "deviceCodeFlow"},
        {"device", "toaster", "hybridJoined"},
        {"app", "Outlook", "no application id"},
        {"app", "c0", "no application id"},
        {"user_id", "nobody", "no user 'nobody'"},
    };
    struct store *s = build(ALL MFA);
    struct ca_model *m = ca_load(s);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct ca_sign_in in = web;
        struct ca_what_if_result r;
        struct err e = ERR_INIT;

        change(&in, bad[i].field, bad[i].value);
        assert_int_equal(ca_what_if(m, &in, NULL, 0, &r, &e), ERR_USAGE);
        if (strstr(e.msg, bad[i].part) == NULL)
            fail_msg("%s: %s", bad[i].field, e.msg);
        ca_what_if_release(&r);
    }
    ca_model_free(m);
    store_close(s);
}

/* The most everyday sign-in of a gap is shown, and what does not matter is said. */
static void witness_is_telling(void **state)
{
    static const struct {
        const char *name;
        const char *policy[2];
        const char *words;
    } told[] = {
        {"nothing matters",
         {ALL MFA "-user:u1"},
         "any modern client on any platform, any location, any application"},
        {"Linux",
         {ALL MFA "+platform:all -platform:linux"},
         "any modern client on Linux, any location, any application"},
        {"Windows before all others",
         {ALL MFA "+platform:android"},
         "any modern client on Windows, any location, any application"},
        {"two clients and platforms",
         {"+user:All +application:All +client_app:mobileAppsAndDesktopClients " MFA,
          "+user:All +application:All +client_app:browser " MFA "+platform:windows"},
         "browser on macOS, any location, any application"},
        {"elsewhere before the network",
         {ALL MFA "+location:hq +platform:iOS"},
         "any modern client on any platform, location: anywhere else, any application"},
        {"the network only",
         {ALL MFA "+location:All -location:hq"},
         "any modern client on any platform, location: Place hq, any application"},
        {"of two gaps the one without risk",
         {ALL MFA "+platform:all -platform:linux +location:All -location:hq",
          ALL MFA "+platform:linux +sign_in_risk:none +sign_in_risk:low +sign_in_risk:medium"},
         "any modern client on Windows, location: Place hq, any application"},
        {"no risk before high",
         {ALL MFA "+sign_in_risk:medium"},
         "any modern client on any platform, any location, no sign-in risk, any application"},
        {"high risk if there is no other",
         {ALL MFA "+sign_in_risk:none +sign_in_risk:low "
                  "+sign_in_risk:medium"},
         "any modern client on any platform, any location, high sign-in risk, any application"},
        {"Exchange Online before the others",
         {"+user:All +application:" SPO " +client_app:all " MFA},
         "any modern client on any platform, any location, application: Exchange Online"},
        {"home country before others",
         {ALL MFA "+location:All -location:home"},
         "any modern client on any platform, location: anywhere in DE, any application"},
        {"an unregistered device before others",
         {ALL MFA "+device_filter:device.model~-eq~\"x\""},
         "any modern client on any platform, any location, an unregistered device, any "
         "application"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(told); i++) {
        struct store *s = build(told[i].policy[0]);
        struct ca_model *m;
        json_t *gap;
        const char *got;

        world_do(s, "INSERT INTO organization(id, country_letter_code, raw) VALUES ('o', 'DE',"
                    " '{}')");
        if (told[i].policy[1] != NULL)
            ca_policy(s, "p2", told[i].policy[1]);
        m = ca_load(s);
        gap = json_loads(ca_row(m, "u1").gap, 0, NULL);
        got = json_string_value(json_object_get(gap, "in_words"));
        if (strcmp(got, told[i].words) != 0)
            fail_msg("%s: %s", told[i].name, got);
        json_decref(gap);
        ca_model_free(m);
        store_close(s);
    }
}

/* Policies that missed by one condition, those in force first. */
static void near_misses(void **state)
{
    static const char wanted[] =
        "[{\"policy\":\"p1\",\"name\":\"p1\",\"met\":[\"users\"],\"not_met\":\"platform\","
        "\"detail\":\"iOS\"},"
        "{\"policy\":\"p3\",\"name\":\"p3\",\"met\":[],\"not_met\":\"users\","
        "\"detail\":\"excluded\"},"
        "{\"policy\":\"p5\",\"name\":\"p5\",\"met\":[\"users\"],\"not_met\":\"control\","
        "\"detail\":\"requires terms of use\"},"
        "{\"policy\":\"p2\",\"name\":\"p2\",\"met\":[\"users\"],\"not_met\":\"state\","
        "\"detail\":\"report-only\"}]";
    struct store *s = build(ALL MFA "+platform:iOS");
    struct ca_model *m;
    json_t *gap;
    char *text;

    (void)state;
    ca_policy(s, "p2", ALL MFA "state:enabledForReportingButNotEnforced");
    ca_policy(s, "p3", ALL MFA "-group:ga");
    ca_policy(s, "p4", ALL MFA "-group:ga +platform:iOS"); /* two conditions: no near miss */
    ca_policy(s, "p5", ALL "terms_of_use:t operator:OR");
    ca_policy(s, "p6", ALL MFA "state:disabled");
    m = ca_load(s);
    gap = json_loads(ca_row(m, "u1").gap, 0, NULL);
    text = json_dumps(json_object_get(gap, "near_misses"), JSON_COMPACT);
    assert_string_equal(text, wanted);
    free(text);
    json_decref(gap);
    ca_model_free(m);
    store_close(s);
}

/* Ranges of a location that cannot be read, touch or overlap. */
static void odd_ranges(void **state)
{
    static const struct {
        const char *name, *ranges, *mfa;
    } told[] = {
        {"readable", "[\"192.0.2.0/24\"]", "sometimes"},
        {"objects as Graph has them",
         "[{\"@odata.type\":\"#microsoft.graph.iPv4CidrRange\",\"cidrAddress\":\"192.0.2.0/24\"}]",
         "sometimes"},
        /* a gap for certain, but the other range may be everything else: then nobody is asked */
        {"one of two unreadable", "[\"192.0.2.0/24\",\"nonsense\"]", "unknown"},
        {"all unreadable", "[7,{},\"nonsense\"]", "unknown"},
        {"no list", "{}", "unknown"},
        {"empty: nothing is in it", "[]", "always"},
        {"touching and nested", "[\"192.0.2.0/25\",\"192.0.2.128/25\",\"192.0.2.0/24\"]",
         "sometimes"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(told); i++) {
        struct store *s = ca_world();
        struct ca_model *m;

        ca_network(s, "odd", "0", told[i].ranges);
        ca_policy(s, "p1", ALL MFA "+location:All -location:odd");
        m = ca_load(s);
        if (strcmp(ca_row(m, "u1").mfa, told[i].mfa) != 0)
            fail_msg("%s: %s", told[i].name, ca_row(m, "u1").mfa);
        ca_model_free(m);
        store_close(s);
    }
}

/* Networks inside each other: the middle of a place that is in two ranges of it stays inside. */
static void nested_ranges(void **state)
{
    struct store *s = ca_world();
    struct ca_model *m;

    (void)state;
    ca_network(s, "wide", "0", "[\"192.0.2.0/24\",\"192.0.2.64/26\"]");
    ca_network(s, "tail", "0", "[\"192.0.2.192/26\"]");
    /* covered: everything outside of wide, and inside wide all but the tail. Were the inner range
     * to end the outer one, the tail would lie outside of wide and be covered. */
    ca_policy(s, "p1", ALL MFA "+location:All -location:wide");
    ca_policy(s, "p2", ALL MFA "+location:wide -location:tail");
    m = ca_load(s);
    assert_string_equal(ca_row(m, "u1").mfa, "sometimes");
    assert_non_null(strstr(ca_row(m, "u1").gap, "Place tail and Place wide"));
    ca_model_free(m);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_if),
        cmocka_unit_test(supposed_exclusion),
        cmocka_unit_test(paths),
        cmocka_unit_test(bad_values),
        cmocka_unit_test(witness_is_telling),
        cmocka_unit_test(near_misses),
        cmocka_unit_test(odd_ranges),
        cmocka_unit_test(nested_ranges),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
