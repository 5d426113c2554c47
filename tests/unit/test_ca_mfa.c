/* What is the word in user_protection.mfa? Every case names the statement that it stands for. */
#include "ca_world.h"

#define ALL "+user:All +application:All +client_app:all "
#define MFA "grant:mfa operator:OR "

/* The user is u1: a member in group ga, not in gb; gd was deleted, gu could not be read. */
struct mfa_case {
    const char *name;
    const char *policy[4];
    const char *mfa;
    const char *gap; /* what in_words has to hold, or NULL */
};

static const struct mfa_case cases[] = {
    /* peers.md section 0, finding 3: what shape-matching gets wrong */
    {"no policy at all", {NULL}, "never", "any modern client on any platform, any location"},
    {"MFA for everybody, everywhere", {ALL MFA}, "always", NULL},
    {"client apps left out mean modern clients for certain",
     {"+user:All +application:All " MFA},
     "always",
     NULL},
    {"an exclusion group that holds everyone covers nobody", {ALL MFA "-group:ga"}, "never", "any"},
    {"mfa OR compliant device: a compliant device needs none",
     {ALL MFA "grant:compliantDevice"},
     "sometimes",
     "registered device"},
    {"mfa AND compliant device",
     {ALL "grant:mfa grant:compliantDevice operator:AND"},
     "always",
     NULL},
    {"mfa OR terms of use: nobody is made to use MFA", {ALL MFA "terms_of_use:t1"}, "never", "any"},
    {"mfa OR a custom factor", {ALL MFA "custom_factor:f1"}, "never", "any"},
    {"mfa OR app protection", {ALL MFA "grant:compliantApplication"}, "sometimes", "registered"},
    {"mfa OR approved app after March 2026: as if not selected",
     {ALL MFA "grant:approvedApplication"},
     "always",
     NULL},
    {"approved app alone after March 2026 grants",
     {ALL "grant:approvedApplication operator:OR"},
     "never",
     "any"},
    {"MFA at high sign-in risk only",
     {ALL MFA "+sign_in_risk:high"},
     "sometimes",
     "no sign-in risk"},
    {"MFA at high user risk only", {ALL MFA "+user_risk:high"}, "sometimes", "no user risk"},
    {"MFA at elevated insider risk only",
     {ALL MFA "+insider_risk:elevated"},
     "sometimes",
     "no insider risk"},
    {"MFA in one place only", {ALL MFA "+location:hq"}, "sometimes", "anywhere else"},
    {"MFA on iOS only", {ALL MFA "+platform:iOS"}, "sometimes", "on Windows"},
    {"MFA in browsers only",
     {"+user:All +application:All +client_app:browser " MFA},
     "sometimes",
     "mobile or desktop app"},
    {"MFA for legacy clients only",
     {"+user:All +application:All +client_app:other " MFA},
     "never",
     "any modern client"},
    {"MFA for one application only",
     {"+user:All +application:" LOB " +client_app:all " MFA},
     "sometimes",
     "application: Exchange Online"},
    {"MFA for all but one application", {ALL MFA "-application:" LOB}, "sometimes", LOB},
    {"a phishing-resistant strength for everyone counts as MFA",
     {ALL "strength:00000000-0000-0000-0000-000000000004 operator:OR"},
     "always",
     NULL},
    {"block for everyone: none succeeds without MFA",
     {ALL "grant:block operator:OR"},
     "always",
     NULL},
    {"session controls alone demand nothing", {ALL "session:signInFrequency"}, "never", "any"},
    {"a compliant device is not MFA",
     {ALL "grant:compliantDevice operator:OR"},
     "never",
     "registered device"},
    {"report-only changes nothing",
     {ALL MFA "state:enabledForReportingButNotEnforced"},
     "never",
     "any"},
    {"disabled changes nothing", {ALL MFA "state:disabled"}, "never", "any"},
    {"user action: registering security information is no sign-in to an application",
     {"+user:All +user_action:urn:user:registersecurityinfo +client_app:all " MFA},
     "never",
     "any"},
    {"authentication context is no sign-in to an application",
     {"+user:All +authentication_context:c1 +client_app:all " MFA},
     "never",
     "any"},
    {"application None", {"+user:All +application:None +client_app:all " MFA}, "never", "any"},
    {"user None", {"+user:None +application:All +client_app:all " MFA}, "never", "any"},
    {"sentinels in other case",
     {"+user:all +application:ALL +client_app:All " MFA},
     "always",
     NULL},
    {"device code flow only",
     {ALL MFA "+authentication_flow:deviceCodeFlow"},
     "sometimes",
     "ordinary sign-in"},

    /* policies together */
    {"two policies that together cover all clients",
     {"+user:All +application:All +client_app:browser " MFA,
      "+user:All +application:All +client_app:mobileAppsAndDesktopClients " MFA},
     "always",
     NULL},
    {"inside and outside of a place",
     {ALL MFA "+location:hq", ALL MFA "+location:All -location:hq"},
     "always",
     NULL},
    {"MFA on the known platforms, block on the unknown",
     {ALL MFA "+platform:android +platform:iOS +platform:windows +platform:macOS +platform:linux "
              "+platform:windowsPhone",
      ALL "grant:block operator:OR +platform:all -platform:android -platform:iOS "
          "-platform:windows -platform:macOS -platform:linux -platform:windowsPhone"},
     "always",
     NULL},
    {"one platform forgotten",
     {ALL MFA "+platform:android +platform:iOS +platform:windows +platform:macOS",
      ALL "grant:block operator:OR +platform:all -platform:android -platform:iOS "
          "-platform:windows -platform:macOS -platform:linux"},
     "sometimes",
     "on Linux"},
    {"all risk levels one by one",
     {ALL MFA "+sign_in_risk:none +sign_in_risk:low", ALL MFA "+sign_in_risk:medium",
      ALL MFA "+sign_in_risk:high"},
     "always",
     NULL},
    {"Office 365 and everything else",
     {"+user:All +application:Office365 +client_app:all " MFA, ALL MFA "-application:Office365"},
     "always",
     NULL},
    {"Office 365 and everything else, with an application of which neither is known",
     {"+user:All +application:Office365 +client_app:all " MFA, ALL MFA "-application:Office365",
      "+user:All +application:" LOB " +client_app:all grant:block operator:OR +platform:linux"},
     "always",
     NULL},
    {"Office 365 only: Exchange Online is inside",
     {"+user:All +application:Office365 +client_app:all " MFA},
     "sometimes",
     "any other application"},
    {"networks that overlap: what is in both is excluded",
     {ALL MFA "+location:hq -location:half", ALL MFA "+location:All -location:hq"},
     "sometimes",
     "Place hq"},
    {"countries: block all but one, MFA from there",
     {ALL "grant:block operator:OR +location:All -location:home", ALL MFA "+location:home"},
     "always",
     NULL},
    {"countries and a trusted network: the network from the allowed country",
     {ALL "grant:block operator:OR +location:All -location:home",
      ALL MFA "+location:All -location:hq"},
     "sometimes",
     "Place hq"},
    {"a guest policy does not touch a member",
     {"+guest:b2bCollaborationGuest +guest:internalGuest +application:All +client_app:all " MFA},
     "never",
     "any"},

    /* controls */
    {"two controls without operator: proves neither",
     {ALL "grant:mfa grant:compliantDevice"},
     "unknown",
     NULL},
    {"password change alone proves nothing",
     {ALL "grant:passwordChange operator:OR"},
     "unknown",
     NULL},
    {"password change with mfa",
     {ALL "grant:passwordChange grant:mfa operator:AND"},
     "always",
     NULL},
    {"unknownFutureValue as the only control",
     {ALL "grant:unknownFutureValue operator:OR"},
     "unknown",
     NULL},
    {"unknownFutureValue AND mfa",
     {ALL "grant:unknownFutureValue grant:mfa operator:AND"},
     "always",
     NULL},
    {"unknownFutureValue OR mfa",
     {ALL "grant:unknownFutureValue grant:mfa operator:OR"},
     "unknown",
     NULL},

    /* what was not read */
    {"excluded group was deleted: it spares nobody", {ALL MFA "-group:gd"}, "always", NULL},
    {"included group was deleted: it reaches nobody",
     {"+group:gd +application:All +client_app:all " MFA},
     "never",
     NULL},
    {"excluded group could not be read", {ALL MFA "-group:gu"}, "unknown", NULL},
    {"excluded group is not in the evidence", {ALL MFA "-group:gx"}, "unknown", NULL},
    {"included group could not be read",
     {"+group:gu +application:All +client_app:all " MFA},
     "unknown",
     NULL},
    {"an unread group does not matter where the member is known anyway",
     {"+group:gu +group:ga +application:All +client_app:all " MFA},
     "always",
     NULL},
    {"an unread group does not matter where another policy covers all",
     {ALL MFA "-group:gu", ALL MFA},
     "always",
     NULL},
    {"whether MFA is ever demanded hangs on a block that may apply",
     {ALL MFA "+platform:iOS", ALL "grant:block operator:OR +platform:iOS -group:gu"},
     "unknown",
     "on Windows"},
    {"location that is not in the evidence",
     {ALL MFA "-location:gone +location:All"},
     "unknown",
     NULL},
    {"included location that is not in the evidence: elsewhere is open or not",
     {ALL MFA "+location:gone"},
     "unknown",
     NULL},
    {"exclude trusted places, when one is known",
     {ALL MFA "+location:All -location:AllTrusted"},
     "sometimes",
     "Place hq"},
    {"legacy MFA trusted IPs cannot be read",
     {ALL MFA "+location:All -location:00000000-0000-0000-0000-000000000000"},
     "unknown",
     "MFA trusted IPs"},
    {"application filter",
     {ALL MFA "-application_filter:CustomSecurityAttribute.x~-eq~\"1\""},
     "unknown",
     NULL},
    {"application filter that includes",
     {"+user:All +application_filter:x +client_app:all " MFA},
     "unknown",
     NULL},
    {"platform that is too new",
     {ALL MFA "+platform:all -platform:unknownFutureValue"},
     "unknown",
     NULL},
    {"a state that nobody knows", {ALL MFA "state:enabledForSome"}, "unknown", NULL},
    {"a condition that nobody knows", {ALL MFA "+other:times"}, "unknown", NULL},
    {"a condition that nobody knows on a policy that is not needed",
     {ALL MFA "+other:times", ALL MFA},
     "always",
     NULL},
    {"strength that was not read", {ALL "strength:s-unread operator:OR"}, "unknown", NULL},
    {"some set of people that nobody knows",
     {"+user:AllAgentUsers +application:All +client_app:all " MFA},
     "unknown",
     NULL},
    {"some set of applications that nobody knows, excluded",
     {ALL MFA "-application:AllNewThings"},
     "unknown",
     NULL},

    /* device filters */
    {"exclude compliant devices",
     {ALL MFA "-device_filter:device.isCompliant~-eq~\"True\""},
     "sometimes",
     "iscompliant \"True\""},
    {"include what is not compliant: the same",
     {ALL MFA "+device_filter:device.isCompliant~-ne~\"True\""},
     "sometimes",
     "iscompliant \"True\""},
    {"a filter and its opposite cover all",
     {ALL MFA "+device_filter:device.trustType~-eq~\"ServerAD\"",
      ALL MFA "-device_filter:device.trustType~-eq~\"ServerAD\""},
     "always",
     NULL},
    {"a filter of a kind that cannot be",
     {ALL MFA "-device_filter:device.trustType~-eq~\"ServerAD\"~-and~device.trustType~-eq~"
              "\"AzureAD\""},
     "always",
     NULL},
    {"include with a positive operator leaves out unregistered devices",
     {ALL MFA "+device_filter:device.extensionAttribute1~-eq~\"SAW\""},
     "sometimes",
     "unregistered device"},
    {"a text and null are not all there is",
     {ALL MFA "+device_filter:device.model~-eq~\"A\"",
      ALL MFA "+device_filter:device.model~-eq~null"},
     "sometimes",
     "a registered device"},
    {"a rule that cannot be read", {ALL MFA "-device_filter:device.nonsense~~"}, "unknown", NULL},
    {"two rules on parts of a name: what was tried is a gap",
     {ALL MFA "-device_filter:device.displayName~-startsWith~\"KIOSK\"",
      ALL MFA "-device_filter:device.displayName~-contains~\"OSK\""},
     "sometimes",
     "displayname \"KIOSK\""},
    {"two rules on parts of a name, covered together as far as tried",
     {ALL MFA "+device_filter:device.displayName~-startsWith~\"A\"",
      ALL MFA "+device_filter:device.displayName~-notStartsWith~\"A\"",
      ALL "grant:block operator:OR +device_filter:device.displayName~-contains~\"B\""},
     "unknown",
     NULL},
    {"an unregistered device cannot be compliant: mfa is its only way",
     {ALL MFA "grant:compliantDevice",
      ALL "grant:block operator:OR +device_filter:device.isCompliant~-eq~\"True\""},
     "always",
     NULL},
};

static void build(struct store *s)
{
    ca_member(s, "ga", "u1");
    ca_member(s, "gb", NULL);
    world_do(s, "INSERT INTO directory_group VALUES ('gd', 'Deleted', 'missing', 'policy'),"
                " ('gu', 'Unread', 'unreadable', 'policy')");
    ca_network(s, "hq", "1", "[{\"cidrAddress\":\"192.0.2.0/24\"},\"2001:db8::/32\"]");
    ca_network(s, "half", "0", "[\"192.0.2.0/25\"]");
    ca_countries(s, "home", "0", "[\"DE\",\"AT\"]");
}

static void words_of_mfa(void **state)
{
    size_t failed = 0;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct mfa_case *c = &cases[i];
        struct store *s = ca_world();
        struct ca_protection p;
        struct ca_model *m;

        build(s);
        for (size_t k = 0; k < COUNT_OF(c->policy) && c->policy[k] != NULL; k++) {
            char id[16];

            (void)snprintf(id, sizeof id, "p%zu", k);
            ca_policy(s, id, c->policy[k]);
        }
        m = ca_load(s);
        p = ca_row(m, "u1");
        if (strcmp(p.mfa, c->mfa) != 0 ||
            (c->gap != NULL && (p.gap == NULL || strstr(p.gap, c->gap) == NULL))) {
            /* in_words has quotes escaped */
            char *plain = p.gap != NULL ? strdup(p.gap) : NULL;
            size_t n = 0;

            for (size_t k = 0; plain != NULL && plain[k] != '\0'; k++)
                if (plain[k] != '\\')
                    plain[n++] = plain[k];
            if (plain != NULL)
                plain[n] = '\0';
            if (strcmp(p.mfa, c->mfa) != 0 || plain == NULL || strstr(plain, c->gap) == NULL) {
                print_error("%s: got %s, expected %s (%s)\n  %s\n", c->name, p.mfa, c->mfa,
                            c->gap != NULL ? c->gap : "-", p.gap != NULL ? p.gap : "-");
                failed++;
            }
            free(plain);
        }
        if ((strcmp(p.mfa, "always") == 0) != (p.gap == NULL)) {
            print_error("%s: %s with gap %s\n", c->name, p.mfa, p.gap != NULL ? p.gap : "-");
            failed++;
        }
        ca_model_free(m);
        store_close(s);
    }
    assert_int_equal(failed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(words_of_mfa)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
