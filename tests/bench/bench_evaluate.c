/* bench_evaluate.c [MAILBOXES [POLICIES [GROUPS [FILE]]]] - facts and all shipped rules over a
 * large tenant, from a snapshot file (FILE: made new and kept, sealed and not evaluated, for
 * `graphaudit evaluate`).
 *
 * Makes a tenant of its own (deterministic), then measures what `graphaudit evaluate` does: facts,
 * rules, results; then each rule's query once more by itself, to name the slowest. Prints numbers;
 * asserts nothing. Peak memory is the process's up to the end of the evaluation, the making of the
 * tenant included (it streams into the file). */
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/strs.h"
#include "ca_effect.h"
#include "model/snapshot.h"
#include "model/store.h"
#include "rule.h"
#include "rules/engine.h"
#include "rules/facts.h"
#include "run.h"
#include "sandbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static const int64_t started_ms = 1795413600000; /* 2026-11-23T06:00:00Z */
static const int64_t as_of_ms = 1795392000000;

static void must(enum err_code code, const struct err *e)
{
    if (code != ERR_OK) {
        fprintf(stderr, "bench_evaluate: %s\n", e->msg);
        exit(1);
    }
}

/* `n` is below 10,000,000 here. */
static void id_of(char kind, int64_t n, char out[40])
{
    (void)snprintf(out, 40, "%08x-000%c-4000-8000-000000000000", (unsigned)n, kind);
}

static void make_people(struct store *s, int64_t n, struct err *e)
{
    char id[40];
    char upn[64];

    for (int64_t i = 0; i < n; i++) {
        id_of('a', i, id);
        (void)snprintf(upn, sizeof upn, "user%lld@bench.example", (long long)i);
        must(store_run(s, e,
                       "INSERT INTO user(id, user_principal_name, display_name, mail, "
                       "account_enabled, user_type, per_user_mfa_state) VALUES (?,?,?,?,?,?,?)",
                       "ttttitt", id, upn, upn, upn, (int64_t)(i % 50 != 0), "Member", "disabled"),
             e);
        must(store_run(s, e,
                       "INSERT INTO mailbox(guid, user_id, user_principal_name, display_name, "
                       "primary_smtp_address, recipient_type, smtp_client_authentication_disabled, "
                       "smtp_flag_known, imap_enabled, pop_enabled, authentication_policy_known, "
                       "account_disabled, is_listed) VALUES (?,?,?,?,?,?,?,1,1,1,1,0,1)",
                       "ttttttt", id, id, upn, upn, upn,
                       i % 20 == 0 ? "SharedMailbox" : "UserMailbox",
                       /* text with a number in it: the INTEGER column converts it, NULL stays */
                       i % 10 == 0 ? "0" : (i % 33 == 0 ? "1" : NULL)),
             e);
        must(store_run(s, e, "INSERT INTO user_licence VALUES (?, ?, '[]')", "tt", id,
                       "05e9a617-0261-4cee-bb44-138d3ef5d965"),
             e);
        must(store_run(s, e,
                       "INSERT INTO mfa_registration VALUES (?,?,'member',0,?,?,0,1,'push',NULL)",
                       "ttii", id, upn, (int64_t)(i % 7 != 0), (int64_t)(i % 7 != 0)),
             e);
        if (i % 25 == 0)
            must(store_run(s, e,
                           "INSERT INTO sign_in(id, user_id, user_principal_name, client_app, "
                           "created_at, error_code, is_interactive) VALUES (?,?,?,'Authenticated "
                           "SMTP','2026-11-20T00:00:00Z',0,1)",
                           "ttt", id, id, upn),
                 e);
    }
}

static void make_groups(struct store *s, int64_t groups, int64_t people, struct err *e)
{
    char gid[40];
    char uid[40];

    for (int64_t g = 0; g < groups; g++) {
        id_of('b', g, gid);
        must(store_run(s, e, "INSERT INTO directory_group VALUES (?, ?, 'found', 'policy')", "tt",
                       gid, gid),
             e);
        /* Sizes from a handful to a tenth of everybody. */
        for (int64_t u = g; u < people; u += 10 + g * 37) {
            id_of('a', u, uid);
            must(store_run(s, e, "INSERT INTO group_member VALUES (?, ?)", "tt", gid, uid), e);
        }
    }
}

static void target(struct store *s, const char *policy, const char *dimension, const char *mode,
                   const char *value, struct err *e)
{
    must(store_run(s, e,
                   "INSERT OR IGNORE INTO ca_policy_target(policy_id, dimension, mode, target) "
                   "VALUES (?,?,?,?)",
                   "tttt", policy, dimension, mode, value),
         e);
}

static void make_policies(struct store *s, int64_t policies, int64_t groups, struct err *e)
{
    static const char *const platforms[] = {"android", "iOS", "windows", "macOS", "linux"};
    static const char *const grants[] = {"mfa", "block", "compliantDevice", "mfa"};
    char id[40];
    char gid[40];

    for (int64_t p = 0; p < policies; p++) {
        id_of('c', p, id);
        must(store_run(s, e,
                       "INSERT INTO ca_policy(id, display_name, state, is_workload, in_v1, raw) "
                       "VALUES (?, ?, ?, 0, 1, '{}')",
                       "ttt", id, id, p % 7 == 6 ? "enabledForReportingButNotEnforced" : "enabled"),
             e);
        id_of('b', p % groups, gid);
        if (p % 3 == 0)
            target(s, id, "user", "include", "All", e);
        else
            target(s, id, "group", "include", gid, e);
        id_of('b', (p * 7 + 1) % groups, gid);
        target(s, id, "group", "exclude", gid, e);
        target(s, id, "application", "include", p % 5 == 0 ? "Office365" : "All", e);
        target(s, id, "client_app", "include", p % 4 == 1 ? "other" : "all", e);
        if (p % 4 == 1)
            target(s, id, "client_app", "include", "exchangeActiveSync", e);
        if (p % 6 == 2)
            target(s, id, "platform", "include", platforms[p % 5], e);
        if (p % 8 == 3)
            target(s, id, "location", "exclude", "AllTrusted", e);
        if (p % 8 == 3)
            target(s, id, "location", "include", "All", e);
        if (p % 9 == 4)
            target(s, id, "sign_in_risk", "include", "high", e);
        must(store_run(s, e, "INSERT INTO ca_policy_control VALUES (?, 'operator', 'OR')", "t", id),
             e);
        must(store_run(s, e, "INSERT INTO ca_policy_control VALUES (?, 'grant', ?)", "tt", id,
                       p % 4 == 1 ? "block" : grants[p % 4]),
             e);
    }
}

static void make_tenant(const char *path, int64_t people, int64_t policies, int64_t groups)
{
    struct snapshot_begin b = {"bench.example", "global", NULL, "bench", started_ms};
    struct store *s = NULL;
    struct err e = ERR_INIT;

    (void)unlink(path);
    must(store_create(path, &s, &e), &e);
    must(store_begin(s, &e), &e);
    must(snapshot_begin(s, &b, &e), &e);
    for (size_t i = 0; i < evidence_resource_count(); i++)
        must(store_run(s, &e, "INSERT INTO collection(resource, state) VALUES (?, 'complete')", "t",
                       evidence_resource_at(i)->id),
             &e);
    must(store_exec(
             s,
             "INSERT INTO security_defaults VALUES (1, 0);"
             "INSERT INTO transport_config VALUES (1, 1, 1, 0, 1, '{}');"
             "INSERT INTO organization_config VALUES (1, NULL, 1, 1, 0, 1, 0, '{}');"
             "INSERT INTO organization VALUES ('t', 'Bench', 'AAD', 'DE', NULL, '{}');"
             "INSERT INTO domain VALUES ('bench.example', 1, 0, 1, 1, 'Managed', 1, NULL, '{}');"
             "INSERT INTO sku VALUES ('05e9a617-0261-4cee-bb44-138d3ef5d965', 'SPE_E3', 'User',"
             " 'Enabled', 2000000, 1, 0, 0);"
             "INSERT INTO sku_service_plan VALUES ('05e9a617-0261-4cee-bb44-138d3ef5d965',"
             " 'efb87545-963c-4e0d-99df-69c6916d9eb0', 'EXCHANGE_S_ENTERPRISE', 'Success', 'User');"
             "INSERT INTO named_location VALUES ('l1', 'Office', 'ip', 1, NULL, NULL,"
             " '[\"192.0.2.0/24\"]', '{}');",
             &e),
         &e);
    make_people(s, people, &e);
    make_groups(s, groups, people, &e);
    make_policies(s, policies, groups, &e);
    must(store_commit(s, &e), &e);
    must(snapshot_seal(s, started_ms, &e), &e); /* a transaction of its own */
    store_close(s);
}

static double seconds(int64_t since)
{
    return (double)(clock_mono_ms(clock_system()) - since) / 1000.0;
}

static double peak_mb(void)
{
    struct rusage ru;

    (void)getrusage(RUSAGE_SELF, &ru);
    return (double)ru.ru_maxrss / 1024.0;
}

/* Of this process, both kinds of time: what a busy machine does not change as much as the clock. */
static double cpu_seconds(void)
{
    struct rusage ru;

    (void)getrusage(RUSAGE_SELF, &ru);
    return (double)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) +
           (double)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e6;
}

static void print_model(struct store *s)
{
    struct evidence_states states;
    struct ca_model *m = NULL;
    struct ca_figures f;
    struct err e = ERR_INIT;

    must(evidence_states_load(s, &states, &e), &e);
    must(ca_model_load(s, &states, as_of_ms, &m, &e), &e);
    ca_model_figures(m, &f);
    printf("Conditional Access: %zu policies live, %zu classes of people, %zu atoms, %zu MB\n",
           f.policies, f.classes, f.atoms, f.bytes >> 20);
    ca_model_free(m);
    evidence_states_release(&states);
}

/* The query of each rule alone, its rows thrown away: the five that take longest. */
static void print_slowest(struct store *s, const struct ruleset *rs)
{
    struct {
        const char *id;
        double seconds;
    } top[12] = {{NULL, 0}};
    const struct run_options o = {.as_of = "2026-11-23"};
    struct evidence_states states;
    struct sandbox *sb = NULL;
    struct err e = ERR_INIT;

    must(evidence_states_load(s, &states, &e), &e);
    must(sandbox_open(s, &sb, &e), &e);
    for (size_t i = 0; i < rs->n; i++) {
        struct run_result r;
        double took = cpu_seconds();
        size_t at = COUNT_OF(top);

        must(run_rule(sb, rs->rules[i], &states, &o, &r, &e), &e);
        run_result_release(&r);
        took = cpu_seconds() - took;
        for (; at > 0 && top[at - 1].seconds < took; at--)
            if (at < COUNT_OF(top))
                top[at] = top[at - 1];
        if (at < COUNT_OF(top)) {
            top[at].id = rs->rules[i]->id;
            top[at].seconds = took;
        }
    }
    printf("slowest queries (processor time):");
    for (size_t i = 0; i < COUNT_OF(top) && top[i].id != NULL; i++)
        printf(" %s %.2f s", top[i].id, top[i].seconds);
    printf("\n");
    sandbox_close(sb);
    evidence_states_release(&states);
}

static double file_mb(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 ? (double)st.st_size / (1024.0 * 1024.0) : 0;
}

static int64_t argument(int argc, char **argv, int at, int64_t fallback)
{
    int64_t v = fallback;

    if (argc > at && !str_int(argv[at], 1, 10000000, &v)) {
        fprintf(stderr, "usage: bench_evaluate [MAILBOXES [POLICIES [GROUPS [FILE]]]]\n"
                        "       bench_evaluate FOLDER/SNAPSHOT\n");
        exit(2);
    }
    return v;
}

static void measure(const char *path)
{
    struct facts_options fo = {.as_of_ms = as_of_ms};
    struct evaluate_options eo = {.as_of_ms = as_of_ms,
                                  .evaluated_ms = started_ms,
                                  .tool_version = "bench",
                                  .fail_on = "high"};
    struct evaluate_summary sum;
    struct ruleset *rs = NULL;
    struct store *s = NULL;
    struct err e = ERR_INIT;
    int64_t t;
    double facts;
    double rules;
    double facts_cpu;
    double cpu;

    memset(&sum, 0, sizeof sum);
    must(ruleset_load(NULL, 0, NULL, NULL, &rs, &e), &e);
    must(store_open(path, true, &s, &e), &e);
    cpu = cpu_seconds();
    t = clock_mono_ms(clock_system());
    must(facts_derive(s, &fo, &e), &e);
    facts = seconds(t);
    facts_cpu = cpu_seconds() - cpu;
    t = clock_mono_ms(clock_system());
    must(ruleset_evaluate(rs, s, &eo, &sum, &e), &e);
    rules = seconds(t);
    cpu = cpu_seconds() - cpu;
    printf("facts %.2f s, %zu rules %.2f s, together %.2f s (processor %.2f + %.2f = %.2f s), peak "
           "memory %.0f MB\n",
           facts, ruleset_count(rs), rules, facts + rules, facts_cpu, cpu - facts_cpu, cpu,
           peak_mb());
    printf("outcomes:");
    for (int i = 0; i < OUTCOME_COUNT; i++)
        printf(" %s %zu", outcome_name((enum outcome)i), sum.outcomes[i]);
    printf("\n");
    print_model(s);
    print_slowest(s, rs);
    ruleset_free(rs);
    store_close(s);
    printf("snapshot %.0f MB\n", file_mb(path));
}

int main(int argc, char **argv)
{
    bool is_there = argc == 2 && strchr(argv[1], '/') != NULL;
    int64_t people = is_there ? 0 : argument(argc, argv, 1, 100000);
    int64_t policies = argument(argc, argv, 2, 100);
    int64_t groups = argument(argc, argv, 3, 100);
    const char *tmp = getenv("TMPDIR");
    int64_t t = clock_mono_ms(clock_system());
    char *path;

    if (is_there) {
        measure(argv[1]);
        return 0;
    }
    path = argc > 4
               ? xstrdup(argv[4])
               : xasprintf("%s/graphaudit-bench-%d.db", tmp != NULL ? tmp : "/tmp", (int)getpid());
    make_tenant(path, people, policies, groups);
    printf("made %lld mailboxes, %lld policies, %lld groups in %.2f s (peak %.0f MB)\n",
           (long long)people, (long long)policies, (long long)groups, seconds(t), peak_mb());
    if (argc <= 4) {
        measure(path);
        (void)unlink(path);
    }
    free(path);
    return 0;
}
