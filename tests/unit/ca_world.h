/* Tenants for the tests of Conditional Access: evidence by SQL, policies in one line.
 *
 * A policy line is words separated by spaces: +dimension:target includes, -dimension:target
 * excludes, kind:value is a control (grant:mfa, operator:OR, strength:ID, session:x), state:word
 * and name:word. In a target "~" stands for a space and "@(...)" at its end is the detail column.
 */
#ifndef TESTS_CA_WORLD_H
#define TESTS_CA_WORLD_H
#include "ca_effect.h"
#include "facts_world.h"

#include "base/strs.h"

#include <jansson.h>

#include <stdio.h>
#include <time.h>

#define EXO "00000002-0000-0ff1-ce00-000000000000"
#define SPO "00000003-0000-0ff1-ce00-000000000000"
#define GRAPH "00000003-0000-0000-c000-000000000000"
#define AZURE "797f4846-ba00-4fd7-ba43-dac1f8f63013"
#define LOB "11111111-1111-4111-8111-111111111111"
#define GLOBAL_ADMIN "62e90394-69f5-4237-9190-012177145e10"
#define EXCHANGE_ADMIN "29232cdf-9323-42fd-ade2-1d097af3e4de"
#define GLOBAL_READER "f2ef992c-3afb-46b9-b7cf-a126ee74c451"

static inline void ca_run(struct store *s, const char *sql, const char *a, const char *b,
                          const char *c, const char *d, const char *x)
{
    struct err e = ERR_INIT;
    struct stmt *st = NULL;
    const char *const all[] = {a, b, c, d, x};

    if (stmt_prepare(s, sql, &st, &e) != ERR_OK)
        fail_msg("%s: %s", sql, e.msg);
    for (int i = 0; i < 5 && all[i] != NULL; i++)
        stmt_bind_text(st, i + 1, all[i]);
    if (stmt_write(st, &e) != ERR_OK)
        fail_msg("%s: %s", sql, e.msg);
    stmt_free(st);
}

static inline void ca_word(struct store *s, const char *policy, char *word)
{
    char *colon = strchr(word, ':');
    char *detail = strstr(word, "@(");
    bool is_target = word[0] == '+' || word[0] == '-';

    if (colon == NULL)
        fail_msg("no colon in '%s'", word);
    *colon = '\0';
    for (char *c = colon + 1; *c != '\0'; c++)
        if (*c == '~')
            *c = ' ';
    if (detail != NULL) {
        *detail = '\0';
        detail += 2;
        detail[strlen(detail) - 1] = '\0';
    }
    if (is_target)
        ca_run(s, "INSERT INTO ca_policy_target VALUES (?,?,?,?,?)", policy, word + 1,
               word[0] == '+' ? "include" : "exclude", colon + 1, detail != NULL ? detail : "");
    else if (strcmp(word, "state") == 0)
        ca_run(s, "UPDATE ca_policy SET state = ?2 WHERE id = ?1", policy, colon + 1, NULL, NULL,
               NULL);
    else if (strcmp(word, "name") == 0)
        ca_run(s, "UPDATE ca_policy SET display_name = ?2 WHERE id = ?1", policy, colon + 1, NULL,
               NULL, NULL);
    else
        ca_run(s, "INSERT INTO ca_policy_control VALUES (?,?,?)", policy, word, colon + 1, NULL,
               NULL);
}

static inline void ca_policy(struct store *s, const char *id, const char *line)
{
    char *copy = strdup(line);
    char *rest = NULL;

    assert_non_null(copy);
    ca_run(s,
           "INSERT INTO ca_policy(id, display_name, state, is_workload, raw)"
           " VALUES (?1, ?1, 'enabled', 0, '{}')",
           id, NULL, NULL, NULL, NULL);
    for (char *w = strtok_r(copy, " ", &rest); w != NULL; w = strtok_r(NULL, " ", &rest))
        ca_word(s, id, w);
    free(copy);
}

static inline void ca_user(struct store *s, const char *id, const char *type)
{
    ca_run(s,
           "INSERT INTO user(id, user_principal_name, account_enabled, user_type,"
           " per_user_mfa_state) VALUES (?1, ?1 || '@example.com', 1, ?2, 'disabled')",
           id, type, NULL, NULL, NULL);
}

static inline void ca_member(struct store *s, const char *group, const char *user)
{
    ca_run(s,
           "INSERT OR IGNORE INTO directory_group(id, display_name, state, named_by)"
           " VALUES (?1, 'Group ' || ?1, 'found', 'policy')",
           group, NULL, NULL, NULL, NULL);
    if (user != NULL)
        ca_run(s, "INSERT INTO group_member VALUES (?, ?)", group, user, NULL, NULL, NULL);
}

static inline void ca_role(struct store *s, const char *template_id, const char *user,
                           const char *assignment, const char *scope)
{
    ca_run(s, "INSERT INTO role_member VALUES (?, ?, ?, ?, '')", template_id, user, assignment,
           scope, NULL);
}

/* is_trusted: "0", "1" or "NULL"; ranges: JSON. */
static inline void ca_network(struct store *s, const char *id, const char *trusted,
                              const char *ranges)
{
    ca_run(s,
           "INSERT INTO named_location(id, display_name, kind, is_trusted, ip_ranges_json, raw)"
           " VALUES (?1, 'Place ' || ?1, 'ip', CASE ?2 WHEN 'NULL' THEN NULL ELSE ?2 + 0 END, ?3,"
           " '{}')",
           id, trusted, ranges, NULL, NULL);
}

static inline void ca_countries(struct store *s, const char *id, const char *unknown,
                                const char *codes)
{
    ca_run(s,
           "INSERT INTO named_location(id, display_name, kind, include_unknown, countries_json,"
           " raw) VALUES (?1, 'Place ' || ?1, 'country', ?2 + 0, ?3, '{}')",
           id, unknown, codes, NULL, NULL);
}

static inline struct store *ca_world(void)
{
    struct store *s = world_new();

    world_do(s, "INSERT INTO security_defaults VALUES (1, 0)");
    ca_user(s, "u1", "Member");
    return s;
}

static inline struct ca_model *ca_load_at(struct store *s, const char *as_of)
{
    struct evidence_states states = {0};
    struct ca_model *m = NULL;
    struct err e = ERR_INIT;
    int64_t ms = 0;

    assert_true(date_parse(as_of, &ms));
    if (evidence_states_load(s, &states, &e) != ERR_OK ||
        ca_model_load(s, &states, ms, &m, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    evidence_states_release(&states);
    return m;
}

static inline struct ca_model *ca_load(struct store *s)
{
    return ca_load_at(s, "2026-11-23");
}

/* The row of a user; texts live as long as the model. */
static inline struct ca_protection ca_row(struct ca_model *m, const char *user)
{
    struct ca_protection p = {0};

    for (size_t i = 0; i < ca_user_count(m); i++)
        if (strcmp(ca_user_id(m, i), user) == 0)
            ca_protection(m, i, &p);
    assert_non_null(p.mfa);
    return p;
}

/* A seed that can be given again: CA_SEED=n. */
static inline uint64_t ca_seed(void)
{
    const char *given = getenv("CA_SEED");
    int64_t seed = (int64_t)time(NULL);

    if (given != NULL && !str_int(given, 0, INT64_MAX, &seed))
        fail_msg("CA_SEED is no number");
    print_message("CA_SEED=%lld\n", (long long)seed);
    return (uint64_t)seed;
}

/* xorshift64*: a stream of numbers from a seed. */
struct ca_dice {
    uint64_t state;
};
static inline unsigned ca_roll(struct ca_dice *d, unsigned sides)
{
    d->state ^= d->state >> 12;
    d->state ^= d->state << 25;
    d->state ^= d->state >> 27;
    return (unsigned)((d->state * UINT64_C(2685821657736338717)) >> 33) % sides;
}

#endif
