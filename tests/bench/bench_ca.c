/* Conditional Access at scale: time, memory, classes, atoms. No assertions: figures only.
 *
 *   bench_ca [users] [policies] [groups] [members a group]
 *
 * A plausible large tenant: most policies are for all users with exclusion groups, some for groups
 * and roles; conditions over locations, platforms, risk, clients, devices and single applications.
 */
#include "ca_effect.h"

#include "base/clock.h"
#include "base/strs.h"
#include "model/evidence.h"
#include "model/store.h"
#include "rules/facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static const int64_t as_of_ms = INT64_C(1795392000000); /* 2026-11-23 */

struct dice {
    uint64_t state;
};

static unsigned roll(struct dice *d, unsigned sides)
{
    d->state ^= d->state >> 12;
    d->state ^= d->state << 25;
    d->state ^= d->state >> 27;
    return (unsigned)((d->state * UINT64_C(2685821657736338717)) >> 33) % sides;
}

static void stop(const struct err *e)
{
    (void)fprintf(stderr, "bench_ca: %s\n", e->msg);
    exit(1);
}

static void run3(struct store *s, const char *sql, const char *a, const char *b, const char *c)
{
    struct err e = ERR_INIT;

    if (store_run(s, &e, sql, "ttt", a, b, c) != ERR_OK)
        stop(&e);
}

static const char target_sql[] =
    "INSERT OR IGNORE INTO ca_policy_target(policy_id, dimension, mode, target) VALUES (?, ?, "
    "substr('includeexclude', 1 + 7 * (substr(?3, 1, 1) = '-'), 7), substr(?3, 2))";
static const char control_sql[] = "INSERT OR IGNORE INTO ca_policy_control VALUES (?, ?, ?)";

static const char *guid(char out[40], unsigned kind, unsigned n)
{
    (void)snprintf(out, 40, "%08x-0000-4000-8000-%012x", kind, n);
    return out;
}

static void add_people(struct store *s, struct dice *d, unsigned users, unsigned groups,
                       unsigned members)
{
    char id[40];
    char group[40];

    for (unsigned u = 0; u < users; u++)
        run3(s,
             "INSERT INTO user(id, user_principal_name, user_type, per_user_mfa_state) VALUES"
             " (?, ?, ?, 'disabled')",
             guid(id, 1, u), id, u % 20 == 0 ? "Guest" : "Member");
    for (unsigned g = 0; g < groups; g++) {
        run3(s, "INSERT INTO directory_group VALUES (?, ?, ?, 'policy')", guid(group, 2, g),
             "A group", g % 50 == 49 ? "unreadable" : "found");
        for (unsigned k = 0; k < members; k++)
            run3(s, "INSERT OR IGNORE INTO group_member SELECT ?, ? WHERE ? IS NOT NULL", group,
                 guid(id, 1, roll(d, users)), group);
    }
    for (unsigned k = 0; k < 200; k++)
        run3(s, "INSERT OR IGNORE INTO role_member VALUES (?, ?, ?, '/', '')",
             k % 2 == 0 ? "62e90394-69f5-4237-9190-012177145e10"
                        : "29232cdf-9323-42fd-ade2-1d097af3e4de",
             guid(id, 1, roll(d, users)), k % 5 == 0 ? "eligible" : "active");
}

static void add_places(struct store *s)
{
    for (unsigned i = 0; i < 40; i++) {
        char id[40];
        char ranges[200];

        (void)snprintf(ranges, sizeof ranges, "[\"%u.%u.0.0/16\",\"2001:db8:%x::/48\"]", 20 + i,
                       i * 5, i);
        run3(s,
             "INSERT INTO named_location(id, display_name, kind, is_trusted, ip_ranges_json, raw)"
             " VALUES (?, 'A place', 'ip', ?, ?, '{}')",
             guid(id, 3, i), NULL, ranges);
    }
    run3(s, "UPDATE named_location SET is_trusted = (id < ?) + 0 * length(?) * length(?)",
         "00000003-0000-4000-8000-00000000000a", "", "");
    run3(s,
         "INSERT INTO named_location(id, display_name, kind, include_unknown, countries_json, raw)"
         " VALUES (?, ?, 'country', 0, ?, '{}')",
         "home", "Home", "[\"DE\",\"AT\",\"CH\"]");
}

static void add_conditions(struct store *s, struct dice *d, const char *id)
{
    static const char *const risk[] = {"+low", "+medium", "+high"};
    static const char *const platform[] = {"+android", "+iOS", "+windows", "+macOS", "+linux"};
    char other[41] = "-";

    switch (roll(d, 5)) {
    case 0:
        run3(s, target_sql, id, "sign_in_risk", risk[roll(d, 3)]);
        break;
    case 1:
        run3(s, target_sql, id, "platform", platform[roll(d, 5)]);
        break;
    case 2:
        run3(s, target_sql, id, "location", "+All");
        (void)guid(other + 1, 3, roll(d, 40));
        run3(s, target_sql, id, "location", roll(d, 3) == 0 ? "-AllTrusted" : other);
        break;
    case 3:
        run3(s, target_sql, id, "device_filter", "+device.isCompliant -ne \"True\"");
        break;
    case 4:
        run3(s, target_sql, id, "location", roll(d, 2) == 0 ? "+home" : "+AllTrusted");
        break;
    default:
        break;
    }
}

static void add_policy(struct store *s, struct dice *d, unsigned n, unsigned groups)
{
    static const char *const client[] = {"+all", "+browser", "+mobileAppsAndDesktopClients",
                                         "+other"};
    static const char *const grant[] = {"mfa", "mfa", "mfa", "block", "compliantDevice"};
    char id[40];
    char other[41] = "+";

    run3(s,
         "INSERT INTO ca_policy(id, display_name, state, is_workload, raw) VALUES (?, ?, ?, 0,"
         " '{}')",
         guid(id, 4, n), "A policy of some name",
         n % 10 == 9 ? "enabledForReportingButNotEnforced" : "enabled");
    (void)guid(other + 1, 2, roll(d, groups));
    if (roll(d, 10) < 6)
        run3(s, target_sql, id, "user", "+All");
    else
        run3(s, target_sql, id, "group", other);
    other[0] = '-';
    (void)guid(other + 1, 2, roll(d, groups));
    run3(s, target_sql, id, "group", other);
    if (roll(d, 8) == 0)
        run3(s, target_sql, id, "role", "+62e90394-69f5-4237-9190-012177145e10");
    other[0] = '+';
    (void)guid(other + 1, 5, roll(d, 60));
    run3(s, target_sql, id, "application",
         roll(d, 10) < 4   ? "+All"
         : roll(d, 2) == 0 ? "+Office365"
                           : other);
    run3(s, target_sql, id, "client_app", client[roll(d, 10) < 6 ? 0 : roll(d, 4)]);
    add_conditions(s, d, id);
    run3(s, control_sql, id, "grant", grant[roll(d, 5)]);
    if (roll(d, 4) == 0)
        run3(s, control_sql, id, "grant", "domainJoinedDevice");
    run3(s, control_sql, id, "operator", roll(d, 2) == 0 ? "OR" : "AND");
}

static struct store *build(unsigned users, unsigned policies, unsigned groups, unsigned members)
{
    struct dice d = {4711};
    struct err e = ERR_INIT;
    struct store *s = NULL;

    if (store_create(":memory:", &s, &e) != ERR_OK || store_begin(s, &e) != ERR_OK)
        stop(&e);
    for (size_t i = 0; i < evidence_resource_count(); i++)
        if (store_run(s, &e, "INSERT INTO collection(resource, state) VALUES (?, 'complete')", "t",
                      evidence_resource_at(i)->id) != ERR_OK)
            stop(&e);
    if (store_exec(s, "INSERT INTO security_defaults VALUES (1, 0)", &e) != ERR_OK)
        stop(&e);
    add_people(s, &d, users, groups, members);
    add_places(s);
    for (unsigned p = 0; p < policies; p++)
        add_policy(s, &d, p, groups);
    if (store_commit(s, &e) != ERR_OK)
        stop(&e);
    return s;
}

static double ms_since(int64_t from)
{
    return (double)(clock_mono_ms(clock_system()) - from);
}

static void measure(struct store *s)
{
    struct evidence_states states = {0};
    struct facts_options o = {.as_of_ms = as_of_ms};
    struct err e = ERR_INIT;
    struct ca_model *m = NULL;
    struct ca_figures f;
    struct rusage use;
    size_t words[4] = {0};
    int64_t at;
    double load;
    double answer;
    double smtp;
    double asked;

    if (evidence_states_load(s, &states, &e) != ERR_OK)
        stop(&e);
    at = clock_mono_ms(clock_system());
    if (ca_model_load(s, &states, as_of_ms, &m, &e) != ERR_OK)
        stop(&e);
    load = ms_since(at);
    at = clock_mono_ms(clock_system());
    for (size_t u = 0; u < ca_user_count(m); u++) {
        struct ca_protection p;

        ca_protection(m, u, &p);
        words[p.mfa[0] == 'a' ? 0 : p.mfa[0] == 's' ? 1 : p.mfa[0] == 'n' ? 2 : 3]++;
    }
    answer = ms_since(at);
    at = clock_mono_ms(clock_system());
    for (size_t u = 0; u < ca_user_count(m); u++) {
        (void)ca_answer(m, ca_user_id(m, u), CA_BASIC_SMTP);
        (void)ca_answer(m, ca_user_id(m, u), CA_OAUTH_DELEGATED);
    }
    smtp = ms_since(at);
    at = clock_mono_ms(clock_system());
    for (size_t u = 0; u < ca_user_count(m); u++)
        (void)ca_user_effect(m, u);
    asked = ms_since(at);
    ca_model_figures(m, &f);
    (void)printf("users %zu, live policies %zu, classes %zu, atoms %zu, boxes %zu\n", f.users,
                 f.policies, f.classes, f.atoms, f.boxes);
    (void)printf("always %zu, sometimes %zu, never %zu, unknown %zu\n", words[0], words[1],
                 words[2], words[3]);
    (void)printf("load and classify %.0f ms, MFA of all users %.0f ms, two SMTP answers of all "
                 "users %.0f ms\n",
                 load, answer, smtp);
    (void)printf("%zu questions of all users %.0f ms, %zu effects\n", ca_question_count(), asked,
                 f.effects);
    (void)printf("model %.1f MiB\n", (double)f.bytes / 1048576);
    ca_model_free(m);
    evidence_states_release(&states);
    at = clock_mono_ms(clock_system());
    if (facts_derive(s, &o, &e) != ERR_OK)
        stop(&e);
    (void)getrusage(RUSAGE_SELF, &use);
    (void)printf("all facts derived and stored %.0f ms; process peak %.0f MiB (the evidence "
                 "included)\n",
                 ms_since(at), (double)use.ru_maxrss / 1024);
}

int main(int argc, char **argv)
{
    int64_t n[] = {100000, 100, 100, 2000};
    struct store *s;

    for (int i = 1; i < argc && i <= 4; i++)
        if (!str_int(argv[i], 1, 10000000, &n[i - 1])) {
            (void)fprintf(stderr, "bench_ca [users] [policies] [groups] [members a group]\n");
            return 2;
        }
    s = build((unsigned)n[0], (unsigned)n[1], (unsigned)n[2], (unsigned)n[3]);
    measure(s);
    store_close(s);
    return 0;
}
