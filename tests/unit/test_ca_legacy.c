/* What Conditional Access does to basic authentication over SMTP and to the OAuth sign-in of an
 * app: every statement of the notes on SMTP, by its section. */
#include "ca_world.h"

#define WHO "+user:All "
#define APP "+application:All "
#define ANY WHO APP "+client_app:all "
#define BLOCK "grant:block operator:OR "
#define MFA "grant:mfa operator:OR "

struct legacy_case {
    const char *name;
    const char *policy[3];
    enum ca_verdict basic;
    const char *certain; /* ids that block for certain, joined by spaces */
    const char *words;   /* part of the sentence or of a line, or NULL */
};

static const struct legacy_case cases[] = {
    {"5.1 no policy", {NULL}, CA_ALLOW, "", "No Conditional Access policy stops"},

    /* client type */
    {"5.1 client type other", {WHO APP "+client_app:other " BLOCK}, CA_BLOCK, "p0", NULL},
    {"5.1 client type all", {ANY BLOCK}, CA_BLOCK, "p0", NULL},
    {"5.1 Exchange ActiveSync is its own type",
     {WHO APP "+client_app:exchangeActiveSync " BLOCK},
     CA_ALLOW,
     "",
     NULL},
    {"5.1 modern clients only",
     {WHO APP "+client_app:browser +client_app:mobileAppsAndDesktopClients " BLOCK},
     CA_ALLOW,
     "",
     NULL},
    {"5.1 client types left out: all, or modern only when made before August 2020",
     {WHO APP BLOCK},
     CA_UNKNOWN,
     "",
     NULL},
    {"5.4 template Block legacy authentication",
     {WHO APP "+client_app:exchangeActiveSync +client_app:other " BLOCK},
     CA_BLOCK,
     "p0",
     NULL},

    /* applications */
    {"5.1 Office365 matches",
     {WHO "+application:Office365 +client_app:all " BLOCK},
     CA_BLOCK,
     "p0",
     NULL},
    {"5.1 Exchange Online matches",
     {WHO "+application:" EXO " +client_app:all " BLOCK},
     CA_BLOCK,
     "p0",
     NULL},
    {"5.1 exclusion of Exchange Online wins",
     {ANY "-application:" EXO " " BLOCK},
     CA_ALLOW,
     "",
     NULL},
    {"5.1 exclusion of Office365 wins", {ANY "-application:Office365 " BLOCK}, CA_ALLOW, "", NULL},
    {"5.1 admin portals do not match",
     {WHO "+application:MicrosoftAdminPortals +client_app:all " BLOCK},
     CA_ALLOW,
     "",
     NULL},
    {"5.1 user actions do not match",
     {WHO "+user_action:urn:user:registersecurityinfo +client_app:all " BLOCK},
     CA_ALLOW,
     "",
     NULL},
    {"5.1 authentication contexts do not match",
     {WHO "+authentication_context:c1 +client_app:all " BLOCK},
     CA_ALLOW,
     "",
     NULL},
    {"5.4 Require MFA for Azure management does not match",
     {WHO "+application:" AZURE " +client_app:all " MFA},
     CA_ALLOW,
     "",
     NULL},
    {"6.10b application filter: unknown",
     {WHO "+application_filter:x +client_app:all " BLOCK},
     CA_UNKNOWN,
     "",
     "custom security attributes"},

    /* grant controls: block whatever the operator */
    {"5.1 mfa", {ANY MFA}, CA_BLOCK, "p0", "requires multifactor authentication"},
    {"5.1 mfa OR compliant device",
     {ANY MFA "grant:compliantDevice "},
     CA_BLOCK,
     "p0",
     "compliant device or multifactor authentication"},
    {"5.1 compliant device AND hybrid joined",
     {ANY "grant:compliantDevice grant:domainJoinedDevice operator:AND "},
     CA_BLOCK,
     "p0",
     NULL},
    {"5.1 terms of use", {ANY "terms_of_use:t operator:OR "}, CA_BLOCK, "p0", NULL},
    {"5.1 authentication strength",
     {ANY "strength:00000000-0000-0000-0000-000000000002 operator:OR "},
     CA_BLOCK,
     "p0",
     NULL},
    {"5.1 custom factor", {ANY "custom_factor:f operator:OR "}, CA_BLOCK, "p0", NULL},
    {"5.1 compliantApplication still blocks",
     {ANY "grant:compliantApplication operator:OR "},
     CA_BLOCK,
     "p0",
     NULL},
    {"5.1 approvedApplication after March 2026 grants",
     {ANY "grant:approvedApplication operator:OR "},
     CA_ALLOW,
     "",
     NULL},
    {"5.1 approvedApplication or compliantApplication: the second is left",
     {ANY "grant:approvedApplication grant:compliantApplication operator:OR "},
     CA_BLOCK,
     "p0",
     NULL},
    {"5.1 session controls alone do not block",
     {ANY "session:signInFrequency "},
     CA_ALLOW,
     "",
     NULL},
    {"5.1 report-only never blocks",
     {ANY BLOCK "state:enabledForReportingButNotEnforced"},
     CA_ALLOW,
     "",
     NULL},
    {"5.1 disabled never blocks", {ANY BLOCK "state:disabled"}, CA_ALLOW, "", NULL},
    {"unknownFutureValue as the control",
     {ANY "grant:unknownFutureValue operator:OR "},
     CA_UNKNOWN,
     "",
     NULL},

    /* location */
    {"5.1 outside of a place: conditional",
     {ANY BLOCK "+location:All -location:hq"},
     CA_CONDITIONAL,
     "",
     "any location except Place hq"},
    {"5.1 outside of trusted places: conditional",
     {ANY MFA "+location:All -location:AllTrusted"},
     CA_CONDITIONAL,
     "",
     "all trusted locations"},
    {"5.1 all locations", {ANY BLOCK "+location:All"}, CA_BLOCK, "p0", NULL},
    {"5.1 inside and outside together",
     {ANY BLOCK "+location:All -location:hq", ANY BLOCK "+location:hq"},
     CA_BLOCK,
     "",
     "except Place hq"},
    {"5.1 only at one place", {ANY BLOCK "+location:hq"}, CA_CONDITIONAL, "", "Place hq"},
    {"5.1 the compliant network cannot be met",
     {ANY BLOCK "+location:All -location:net"},
     CA_BLOCK,
     "p0",
     NULL},
    {"5.1 only in the compliant network: never", {ANY BLOCK "+location:net"}, CA_ALLOW, "", NULL},
    {"a location of a new kind: in it or not",
     {ANY BLOCK "+location:All -location:new"},
     CA_CONDITIONAL,
     "",
     "Place new"},
    {"a location that was not read",
     {ANY BLOCK "+location:All -location:gone"},
     CA_UNKNOWN,
     "",
     "the location gone was deleted or not read"},

    /* platform */
    {"5.1 platform all", {ANY BLOCK "+platform:all"}, CA_BLOCK, "p0", NULL},
    {"5.1 a named platform does not match (inferred)",
     {ANY BLOCK "+platform:windows"},
     CA_ALLOW,
     "",
     NULL},
    {"5.1 all except the known ones matches",
     {ANY BLOCK "+platform:all -platform:android -platform:iOS -platform:windows -platform:macOS "
                "-platform:linux -platform:windowsPhone"},
     CA_BLOCK,
     "p0",
     NULL},

    /* device filter: SMTP is an unregistered device */
    {"5.1 filter include, positive operator: does not apply",
     {ANY BLOCK "+device_filter:device.isCompliant~-eq~\"True\""},
     CA_ALLOW,
     "",
     NULL},
    {"5.1 filter include, negative operator: applies",
     {ANY BLOCK "+device_filter:device.isCompliant~-ne~\"True\""},
     CA_BLOCK,
     "p0",
     NULL},
    {"5.1 filter exclude, positive operator: applies",
     {ANY BLOCK "-device_filter:device.isCompliant~-eq~\"True\""},
     CA_BLOCK,
     "p0",
     NULL},
    {"5.1 filter exclude, negative operator: does not apply",
     {ANY BLOCK "-device_filter:device.isCompliant~-ne~\"True\""},
     CA_ALLOW,
     "",
     NULL},
    {"5.1 compound filter: all attributes null",
     {ANY BLOCK "+device_filter:device.model~-eq~\"A\"~-or~device.trustType~-ne~\"ServerAD\""},
     CA_BLOCK,
     "p0",
     NULL},
    {"a filter that cannot be read",
     {ANY BLOCK "+device_filter:("},
     CA_UNKNOWN,
     "",
     "device filter could not be read"},

    /* risk and flows */
    {"5.1 sign-in risk: conditional",
     {ANY BLOCK "+sign_in_risk:high"},
     CA_CONDITIONAL,
     "",
     "sign-in risk: high"},
    {"5.1 user risk: conditional",
     {ANY MFA "+user_risk:medium +user_risk:high"},
     CA_CONDITIONAL,
     "",
     "user risk: high or medium"},
    {"5.1 insider risk: conditional",
     {ANY BLOCK "+insider_risk:elevated"},
     CA_CONDITIONAL,
     "",
     NULL},
    {"all risk levels: always",
     {ANY BLOCK "+sign_in_risk:none +sign_in_risk:low +sign_in_risk:medium +sign_in_risk:high"},
     CA_BLOCK,
     "p0",
     NULL},
    {"5.1 authentication flows do not match",
     {ANY BLOCK "+authentication_flow:deviceCodeFlow"},
     CA_ALLOW,
     "",
     NULL},
    {"5.4 Block device code flow: no for basic",
     {ANY BLOCK "+authentication_flow:deviceCodeFlow +authentication_flow:authenticationTransfer"},
     CA_ALLOW,
     "",
     NULL},

    /* who */
    {"5.2 excluded from the legacy block, still inside MFA for all",
     {WHO "-user:u1 " APP "+client_app:other " BLOCK, ANY MFA},
     CA_BLOCK,
     "p1",
     NULL},
    {"5.2 every applying policy is listed",
     {WHO APP "+client_app:other " BLOCK, ANY MFA},
     CA_BLOCK,
     "p0 p1",
     NULL},
    {"5.2 excluded from all",
     {WHO "-user:u1 " APP "+client_app:other " BLOCK, ANY MFA "-user:u1"},
     CA_ALLOW,
     "",
     NULL},
    {"5.2 exclusion beats inclusion: a group over all users",
     {ANY BLOCK "-group:ga"},
     CA_ALLOW,
     "",
     NULL},
    {"5.2 exclusion beats inclusion: a group over the name",
     {"+user:u1 " APP "+client_app:all " BLOCK "-group:ga"},
     CA_ALLOW,
     "",
     NULL},
    {"5.2 exclusion beats inclusion: a role over all users",
     {ANY BLOCK "-role:" GLOBAL_ADMIN},
     CA_ALLOW,
     "",
     NULL},
    {"5.2 exclusion of guests leaves the owner of a mailbox in",
     {ANY BLOCK "-user:GuestsOrExternalUsers"},
     CA_BLOCK,
     "p0",
     NULL},
    {"5.2 a policy for guests is nothing to the owner of a mailbox",
     {"+user:GuestsOrExternalUsers " APP "+client_app:all " BLOCK},
     CA_ALLOW,
     "",
     NULL},
    {"5.2 a role of somebody else",
     {"+role:" EXCHANGE_ADMIN " " APP "+client_app:all " BLOCK},
     CA_ALLOW,
     "",
     NULL},

    /* Microsoft-managed policies (5.4), as they are made */
    {"5.4 MFA for per-user multifactor authentication users",
     {"+group:ga " APP "+client_app:all " MFA},
     CA_BLOCK,
     "p0",
     NULL},
    {"5.4 MFA for all users", {ANY MFA}, CA_BLOCK, "p0", NULL},
    {"5.4 MFA for administrators, and this is one",
     {"+role:" GLOBAL_ADMIN " " APP "+client_app:all " MFA},
     CA_BLOCK,
     "p0",
     NULL},
    {"5.4 MFA for administrators accessing Microsoft admin portals",
     {"+role:" GLOBAL_ADMIN " +application:MicrosoftAdminPortals +client_app:all " MFA},
     CA_ALLOW,
     "",
     NULL},
    {"5.4 MFA and reauthentication for risky sign-ins",
     {ANY MFA "session:signInFrequency +sign_in_risk:high"},
     CA_CONDITIONAL,
     "",
     "risk"},
    {"5.4 created in report-only: nothing yet",
     {ANY MFA "state:enabledForReportingButNotEnforced"},
     CA_ALLOW,
     "",
     NULL},
    {"an unread exclusion group",
     {ANY BLOCK "-group:gu"},
     CA_UNKNOWN,
     "",
     "the members of the group Unread were not read"},
    {"a block outranks what is unknown", {ANY BLOCK "-group:gu", ANY MFA}, CA_BLOCK, "p1", NULL},
    {"unknown outranks conditional",
     {ANY BLOCK "-group:gu", ANY BLOCK "+location:hq"},
     CA_UNKNOWN,
     "",
     NULL},
};

static struct store *build(const char *const *policy)
{
    struct store *s = ca_world();

    world_do(s, "INSERT INTO directory_group VALUES ('gu', 'Unread', 'unreadable', 'policy');"
                "INSERT INTO named_location(id, display_name, kind, raw) VALUES"
                " ('net', 'Place net', 'other',"
                "  '{\"@odata.type\":\"#microsoft.graph.compliantNetworkNamedLocation\"}'),"
                " ('new', 'Place new', 'other', '{}')");
    ca_network(s, "hq", "1", "[\"192.0.2.0/24\"]");
    ca_member(s, "ga", "u1");
    world_do(s, "INSERT INTO role_member VALUES ('" GLOBAL_ADMIN "','u1','active','/','')");
    for (size_t k = 0; k < 3 && policy[k] != NULL; k++) {
        char id[16];

        (void)snprintf(id, sizeof id, "p%zu", k);
        ca_policy(s, id, policy[k]);
    }
    return s;
}

static void join(const struct ca_lines *lines, char *out, size_t n)
{
    size_t at = 0;

    out[0] = '\0';
    for (size_t i = 0; i < lines->n; i++)
        at += (size_t)snprintf(out + at, n - at, "%s%s", i > 0 ? " " : "", lines->v[i].policy_id);
}

static bool says(const struct ca_answer *a, const char *part)
{
    const struct ca_lines *all[] = {&a->certain, &a->conditional, &a->unknown};

    if (strstr(a->words, part) != NULL)
        return true;
    for (size_t k = 0; k < COUNT_OF(all); k++)
        for (size_t i = 0; i < all[k]->n; i++)
            if (strstr(all[k]->v[i].words, part) != NULL)
                return true;
    return false;
}

static void basic_smtp(void **state)
{
    size_t failed = 0;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct legacy_case *c = &cases[i];
        struct store *s = build(c->policy);
        struct ca_model *m = ca_load(s);
        const struct ca_answer *a = ca_answer(m, "u1", CA_BASIC_SMTP);
        char certain[64];

        join(&a->certain, certain, sizeof certain);
        if (a->verdict != c->basic || strcmp(certain, c->certain) != 0 ||
            (c->words != NULL && !says(a, c->words))) {
            print_error("%s: got %s [%s] %s, expected %s [%s]\n", c->name,
                        ca_verdict_name(a->verdict), certain, a->words, ca_verdict_name(c->basic),
                        c->certain);
            failed++;
        }
        ca_model_free(m);
        store_close(s);
    }
    assert_int_equal(failed, 0);
}

/* Inferred statements carry less confidence. */
static void confidence(void **state)
{
    static const struct {
        const char *policy[3];
        enum ca_confidence confidence;
    } told[] = {
        {{ANY BLOCK}, CA_HIGH},
        {{NULL}, CA_HIGH},
        {{ANY BLOCK "+platform:windows"}, CA_MEDIUM},
        {{ANY BLOCK "+platform:windows -user:u1"}, CA_HIGH},
        {{ANY BLOCK "+platform:windows", ANY BLOCK}, CA_HIGH},
        {{ANY BLOCK "+device_filter:device.model~-eq~\"A\"~-and~device.model~-ne~\"B\""},
         CA_MEDIUM},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(told); i++) {
        struct store *s = build(told[i].policy);
        struct ca_model *m = ca_load(s);

        if (ca_answer(m, "u1", CA_BASIC_SMTP)->confidence != told[i].confidence)
            fail_msg("case %zu", i);
        ca_model_free(m);
        store_close(s);
    }
}

struct oauth_case {
    const char *name;
    const char *policy[3];
    enum ca_verdict verdict;
    const char *words;
};

static const struct oauth_case oauth_cases[] = {
    {"5.3 no policy", {NULL}, CA_ALLOW, NULL},
    {"5.3 block of legacy clients leaves OAuth alone",
     {WHO APP "+client_app:other " BLOCK},
     CA_ALLOW,
     NULL},
    {"5.3 MFA for all: MFA is demanded",
     {ANY MFA},
     CA_CONDITIONAL,
     "requires multifactor authentication"},
    {"5.3 block for all", {ANY BLOCK}, CA_BLOCK, NULL},
    {"5.3 block of mobile and desktop apps",
     {WHO APP "+client_app:mobileAppsAndDesktopClients " BLOCK},
     CA_BLOCK,
     NULL},
    {"5.3 block of browsers", {WHO APP "+client_app:browser " BLOCK}, CA_ALLOW, NULL},
    {"5.3 block of Exchange Online",
     {WHO "+application:" EXO " +client_app:all " BLOCK},
     CA_BLOCK,
     NULL},
    {"5.3 block outside of a place",
     {ANY BLOCK "+location:All -location:hq"},
     CA_CONDITIONAL,
     "except Place hq"},
    {"5.3 Block device code flow is told, and leaves the ordinary flow alone",
     {ANY BLOCK "+authentication_flow:deviceCodeFlow"},
     CA_ALLOW,
     "device code flow"},
    {"5.3 MFA on a named platform", {ANY MFA "+platform:iOS"}, CA_CONDITIONAL, "iOS"},
    {"5.3 compliant device",
     {ANY "grant:compliantDevice operator:OR"},
     CA_CONDITIONAL,
     "compliant device"},
    {"5.3 unknown block", {ANY BLOCK "-group:gu"}, CA_UNKNOWN, NULL},
    {"5.3 session only", {ANY "session:signInFrequency"}, CA_ALLOW, NULL},
};

static void oauth(void **state)
{
    size_t failed = 0;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(oauth_cases); i++) {
        const struct oauth_case *c = &oauth_cases[i];
        struct store *s = build(c->policy);
        struct ca_model *m = ca_load(s);
        const struct ca_answer *a = ca_answer(m, "u1", CA_OAUTH_DELEGATED);

        if (a->verdict != c->verdict || (c->words != NULL && !says(a, c->words))) {
            print_error("%s: got %s: %s\n", c->name, ca_verdict_name(a->verdict), a->words);
            failed++;
        }
        ca_model_free(m);
        store_close(s);
    }
    assert_int_equal(failed, 0);
}

/* The table's column: security defaults included, policies in order. */
static void legacy_column(void **state)
{
    static const struct {
        const char *name, *sql;
        const char *policy[3];
        const char *legacy, *json;
    } rows[] = {
        {"allowed", "", {NULL}, "allowed", "[]"},
        {"blocked", "", {ANY BLOCK, ANY MFA}, "blocked", "[\"p0\",\"p1\"]"},
        {"conditional", "", {ANY BLOCK "+location:hq"}, "conditional", "[\"p0\"]"},
        {"unknown names what may", "", {ANY BLOCK "-group:gu"}, "unknown", "[\"p0\"]"},
        {"2.3 security defaults",
         "UPDATE security_defaults SET is_enabled = 1",
         {NULL},
         "blocked",
         "[\"security-defaults\"]"},
        {"2.3 both",
         "UPDATE security_defaults SET is_enabled = 1",
         {ANY BLOCK},
         "blocked",
         "[\"security-defaults\",\"p0\"]"},
        {"2.3 the synchronization account is left alone",
         "UPDATE security_defaults SET is_enabled = 1;"
         "INSERT INTO role_member VALUES ('d29b2b05-8046-44ba-8758-1e26182fcf32', 'u1', 'active',"
         " '/', '')",
         {NULL},
         "allowed",
         "[]"},
        {"security defaults not read", "DELETE FROM security_defaults", {NULL}, "unknown", "[]"},
        {"security defaults not read, blocked anyway",
         "DELETE FROM security_defaults",
         {ANY BLOCK},
         "blocked",
         "[\"p0\"]"},
        {"policies not read",
         "UPDATE collection SET state = 'failed', reason_code = 'permission' WHERE resource ="
         " 'ca-policies'",
         {NULL},
         "unknown",
         "[]"},
        {"policies partly read: a known block is a block",
         "UPDATE collection SET state = 'partial', reason_code = 'throttled' WHERE resource ="
         " 'ca-policies'",
         {ANY BLOCK},
         "blocked",
         "[\"p0\"]"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct store *s = build(rows[i].policy);
        struct ca_model *m;
        struct ca_protection p;

        world_do(s, rows[i].sql);
        m = ca_load(s);
        p = ca_row(m, "u1");
        if (strcmp(p.legacy, rows[i].legacy) != 0 || strcmp(p.legacy_json, rows[i].json) != 0)
            fail_msg("%s: got %s %s", rows[i].name, p.legacy, p.legacy_json);
        ca_model_free(m);
        store_close(s);
    }
}

static void without_policies(void **state)
{
    const char *const both[] = {"p0", "p1"};
    const char *const policy[3] = {WHO APP "+client_app:other " BLOCK, ANY MFA, NULL};
    struct store *s = build(policy);
    struct ca_model *m = ca_load(s);

    (void)state;
    assert_int_equal(ca_answer(m, "u1", CA_BASIC_SMTP)->verdict, CA_BLOCK);
    assert_int_equal(ca_answer_without(m, "u1", CA_BASIC_SMTP, both, 1)->verdict, CA_BLOCK);
    assert_int_equal(ca_answer_without(m, "u1", CA_BASIC_SMTP, both, 2)->verdict, CA_ALLOW);
    assert_int_equal(ca_answer(m, "u1", CA_BASIC_SMTP)->verdict, CA_BLOCK);
    assert_int_equal(ca_answer(m, "nobody", CA_BASIC_SMTP)->verdict, CA_UNKNOWN);
    assert_int_equal(ca_answer(m, NULL, CA_BASIC_SMTP)->verdict, CA_UNKNOWN);
    ca_model_free(m);
    store_close(s);
}

/* Before April 2026 approvedApplication was enforced. */
static void approved_app_has_a_date(void **state)
{
    const char *const policy[3] = {ANY "grant:approvedApplication operator:OR", NULL, NULL};
    struct store *s = build(policy);
    struct ca_model *before = ca_load_at(s, "2026-03-31");
    struct ca_model *after = ca_load_at(s, "2026-04-01");

    (void)state;
    assert_int_equal(ca_answer(before, "u1", CA_BASIC_SMTP)->verdict, CA_BLOCK);
    assert_int_equal(ca_answer(after, "u1", CA_BASIC_SMTP)->verdict, CA_ALLOW);
    ca_model_free(before);
    ca_model_free(after);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(basic_smtp),
        cmocka_unit_test(confidence),
        cmocka_unit_test(oauth),
        cmocka_unit_test(legacy_column),
        cmocka_unit_test(without_policies),
        cmocka_unit_test(approved_app_has_a_date),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
