/* Random tenants: the evaluator against one that enumerates every sign-in and reads each policy
 * literally, and what must hold of any evaluator. CA_SEED=n repeats a run, CA_ROUNDS=n lengthens
 * it. */
#include "ca_literal.h"

/* ---- comparing ---- */

static size_t rounds(size_t usual)
{
    const char *given = getenv("CA_ROUNDS");
    int64_t n = (int64_t)usual;

    if (given != NULL && !str_int(given, 1, 100000000, &n))
        fail_msg("CA_ROUNDS is no number");
    return (size_t)n;
}

static const char *place_ip(const char *w)
{
    if (strstr(w, "Place half") != NULL)
        return "192.0.2.1";
    if (strstr(w, "Place hq") != NULL)
        return "192.0.2.200";
    return strstr(w, "Place far") != NULL ? "198.51.100.1" : "203.0.113.1";
}

static const char *place_country(const char *w)
{
    static const char *const codes[] = {"DE", "AT", "FR"};

    if (strstr(w, "unknown country") != NULL)
        return "??";
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        char in[8];

        (void)snprintf(in, sizeof in, "in %s", codes[i]);
        if (strstr(w, in) != NULL)
            return codes[i];
    }
    return "US";
}

static const char *app_of(const json_t *gap)
{
    const char *id = json_string_value(json_object_get(gap, "app_id"));
    const char *w = json_string_value(json_object_get(gap, "app"));

    if (id != NULL)
        return id;
    if (strcmp(w, "another Office 365 application") == 0)
        return values[APP][4];
    return strcmp(w, "a Microsoft admin portal") == 0 ? values[APP][5] : values[APP][6];
}

static const char *device_of(const char *w, char out[8])
{
    if (strcmp(w, "an unregistered device") == 0)
        return "unregistered";
    (void)snprintf(out, 8, "%c/%c/%c",
                   strstr(w, "\"True\"") != NULL    ? 'T'
                   : strstr(w, "\"False\"") != NULL ? 'F'
                                                    : '-',
                   strstr(w, "\"ServerAD\"") != NULL  ? 'S'
                   : strstr(w, "\"AzureAD\"") != NULL ? 'A'
                                                      : 'W',
                   strstr(w, "\"SAW\"") != NULL ? 'W' : 'o');
    return out;
}

/* The witness is a sign-in that really succeeds without MFA. A registered device of which no policy
 * asks for compliance or join may have either. */
static void check_witness(const struct tenant *t, size_t u, const char *text, uint64_t seed)
{
    static const char *const keys[DIMS] = {
        [CLIENT] = "client",        [PLATFORM] = "platform",
        [USER_RISK] = "user_risk",  [SIGN_IN_RISK] = "sign_in_risk",
        [INSIDER] = "insider_risk", [FLOW] = "flow"};
    json_t *gap = json_loads(text, 0, NULL);
    struct sign_in s = {0};
    char device[8];
    const char *w;

    assert_non_null(gap);
    first(&s);
    for (int d = 0; d < DIMS; d++)
        if (keys[d] != NULL)
            s.value[d] = json_string_value(json_object_get(gap, keys[d]));
    s.value[APP] = app_of(gap);
    w = json_string_value(json_object_get(gap, "location"));
    s.ip = place_ip(w);
    s.country = place_country(w);
    s.value[DEVICE] = device_of(json_string_value(json_object_get(gap, "device")), device);
    assert_true(json_is_true(json_object_get(gap, "certain")));
    if (outcome(t, u, &s) != FREE)
        fail_msg("round seed %llu, u%zu: no gap: %s", (unsigned long long)seed, u, text);
    json_decref(gap);
}

static void same_as_enumeration(void **state)
{
    struct ca_dice dice = {ca_seed() * 2 + 1};
    size_t n = rounds(1000);
    size_t words_seen[4] = {0};

    (void)state;
    for (size_t r = 0; r < n; r++) {
        uint64_t seed = dice.state;
        struct tenant t;
        struct store *s;
        struct ca_model *m;

        random_tenant(&dice, &t);
        s = store_tenant(&t, false);
        m = ca_load(s);
        for (size_t u = 0; u < USERS; u++) {
            struct ca_protection p;
            const char *legacy = literal_legacy(&t, u);
            const char *mfa;
            const char *other;

            has_both_app = true;
            other = literal_mfa(&t, u);
            has_both_app = false;
            mfa = literal_mfa(&t, u);
            ca_protection(m, u, &p);
            if (strcmp(p.mfa, strcmp(mfa, other) == 0 ? mfa : "unknown") != 0 ||
                strcmp(p.legacy, legacy) != 0)
                fail_msg("round seed %llu, u%zu: mfa %s, enumerated %s or %s; legacy %s, "
                         "enumerated %s\n%s",
                         (unsigned long long)seed, u, p.mfa, mfa, other, p.legacy, legacy,
                         p.gap != NULL ? p.gap : "-");
            if (p.gap != NULL && strcmp(p.mfa, "unknown") != 0)
                check_witness(&t, u, p.gap, seed);
            words_seen[mfa[0] == 'a' ? 0 : mfa[0] == 's' ? 1 : 2]++;
            words_seen[3] += strcmp(legacy, "conditional") == 0 ? 1 : 0;
        }
        ca_model_free(m);
        store_close(s);
    }
    print_message("always %zu, sometimes %zu, never %zu; conditional %zu\n", words_seen[0],
                  words_seen[1], words_seen[2], words_seen[3]);
    for (size_t i = 0; i < COUNT_OF(words_seen); i++)
        assert_true(words_seen[i] > 0); /* the comparison had something to compare */
}

/* What If against the same literal reading, on random sign-ins. */
static void what_if_is_literal(void **state)
{
    struct ca_dice dice = {ca_seed() * 2 + 1};
    size_t n = rounds(150);

    (void)state;
    for (size_t r = 0; r < n; r++) {
        struct tenant t;
        struct store *store;
        struct ca_model *m;

        random_tenant(&dice, &t);
        store = store_tenant(&t, false);
        m = ca_load(store);
        for (int k = 0; k < 20; k++) {
            size_t u = ca_roll(&dice, USERS);
            char id[24];
            struct sign_in s = {0};
            struct ca_what_if_result out;
            struct ca_sign_in in;
            struct err e = ERR_INIT;
            enum outcome_of got = FREE;

            (void)snprintf(id, sizeof id, "u%zu", u);
            for (int d = 0; d < DIMS; d++)
                set_value(&s, (enum dim)d, ca_roll(&dice, (unsigned)count_values((enum dim)d)));
            s.value[DEVICE] = "unregistered";
            in =
                (struct ca_sign_in){.user_id = id,
                                    .app = s.value[APP],
                                    .client = s.value[CLIENT],
                                    .platform = s.value[PLATFORM],
                                    .ip = s.ip,
                                    .country = strcmp(s.country, "??") == 0 ? "unknown" : s.country,
                                    .user_risk = s.value[USER_RISK],
                                    .sign_in_risk = s.value[SIGN_IN_RISK],
                                    .insider_risk = s.value[INSIDER],
                                    .flow = s.value[FLOW],
                                    .device = "unregistered"};
            if (ca_what_if(m, &in, NULL, 0, &out, &e) != ERR_OK)
                fail_msg("%s", e.msg);
            assert_int_equal(out.n, t.n);
            for (size_t i = 0; i < t.n; i++) {
                /* a GUID that is in no table may belong to a suite */
                bool is_settled = s.value[APP] != values[APP][6];
                bool is = applies(&t.p[i], &t, u, &s);

                if (out.v[i].applies != (is ? CA_YES : CA_NO) &&
                    !(out.v[i].applies == CA_MAYBE && !is_settled))
                    fail_msg("policy %s: %s", out.v[i].id, ca_tri_name(out.v[i].applies));
            }
            got = outcome(&t, u, &s);
            if (out.blocked != CA_MAYBE)
                assert_int_equal(out.blocked == CA_YES, got == STOPPED);
            ca_what_if_release(&out);
        }
        ca_model_free(m);
        store_close(store);
    }
}

/* The SMTP question asked from one address, against the same enumeration. */
static void an_address_is_literal(void **state)
{
    static const char *const words_of[] = {[CA_ALLOW] = "allowed",
                                           [CA_CONDITIONAL] = "conditional",
                                           [CA_UNKNOWN] = "unknown",
                                           [CA_BLOCK] = "blocked"};
    struct ca_dice dice = {ca_seed() * 2 + 1};
    size_t n = rounds(50);
    size_t settled = 0;

    (void)state;
    for (size_t r = 0; r < n; r++) {
        uint64_t seed = dice.state;
        struct tenant t;
        struct store *store;
        struct ca_model *m;

        random_tenant(&dice, &t);
        store = store_tenant(&t, false);
        m = ca_load(store);
        for (size_t k = 0; k < USERS * COUNT_OF(ips) * (COUNT_OF(countries) + 1); k++) {
            size_t u = k % USERS;
            const char *ip = ips[k / USERS % COUNT_OF(ips)];
            size_t c = k / USERS / COUNT_OF(ips);
            const char *country = c < COUNT_OF(countries) ? countries[c] : NULL;
            const struct ca_origin from = {
                .ip = ip,
                .country = country != NULL && strcmp(country, "??") == 0 ? "unknown" : country};
            struct err e = ERR_INIT;
            char id[24];
            const char *want = literal_legacy_at(&t, u, ip, country);
            const char *got;

            (void)snprintf(id, sizeof id, "u%zu", u);
            assert_int_equal(ca_origin_check(&from, &e), ERR_OK);
            got = words_of[ca_answer_from(m, id, CA_BASIC_SMTP, NULL, 0, &from)->verdict];
            if (strcmp(got, want) != 0)
                fail_msg("round seed %llu, %s from %s in %s: %s, enumerated %s",
                         (unsigned long long)seed, id, ip, country != NULL ? country : "any", got,
                         want);
            settled +=
                strcmp(literal_legacy(&t, u), "conditional") == 0 && strcmp(got, "conditional") != 0
                    ? 1
                    : 0;
        }
        ca_model_free(m);
        store_close(store);
    }
    assert_true(settled > 0); /* the address made a difference */
}

/* ---- what holds of any evaluator ---- */

struct answers {
    char mfa[USERS][16], legacy[USERS][16];
    bool is_gap_certain[USERS];
};

static struct answers ask(struct store *s)
{
    struct ca_model *m = ca_load(s);
    struct answers a;

    assert_int_equal(ca_user_count(m), USERS);
    for (size_t u = 0; u < USERS; u++) {
        struct ca_protection p;

        ca_protection(m, u, &p);
        (void)snprintf(a.mfa[u], sizeof a.mfa[u], "%s", p.mfa);
        (void)snprintf(a.legacy[u], sizeof a.legacy[u], "%s", p.legacy);
        a.is_gap_certain[u] = p.gap != NULL && strstr(p.gap, "\"certain\":true") != NULL;
    }
    ca_model_free(m);
    store_close(s);
    return a;
}

static void same(const struct answers *a, const struct answers *b, const char *what, uint64_t seed)
{
    for (size_t u = 0; u < USERS; u++)
        if (strcmp(a->mfa[u], b->mfa[u]) != 0 || strcmp(a->legacy[u], b->legacy[u]) != 0)
            fail_msg("%s, round seed %llu, u%zu: %s %s, then %s %s", what, (unsigned long long)seed,
                     u, a->mfa[u], a->legacy[u], b->mfa[u], b->legacy[u]);
}

/* Half of the rounds have groups that were not read, or a location that is gone. */
static struct store *store_worse(const struct tenant *t, unsigned harm)
{
    struct store *s = store_tenant(t, false);

    if (harm == 1)
        world_do(s, "UPDATE directory_group SET state = 'unreadable' WHERE id = 'g1'");
    if (harm == 2)
        world_do(s, "DELETE FROM named_location WHERE id = 'hq'");
    if (harm == 3)
        world_do(s, "UPDATE ca_policy SET state = 'odd' WHERE id = 'p0'");
    return s;
}

static void order_does_not_matter(void **state)
{
    struct ca_dice dice = {ca_seed() * 2 + 1};
    size_t n = rounds(150);

    (void)state;
    for (size_t r = 0; r < n; r++) {
        uint64_t seed = dice.state;
        struct tenant t;
        struct answers a;
        struct answers b;

        random_tenant(&dice, &t);
        a = ask(store_tenant(&t, false));
        b = ask(store_tenant(&t, true));
        same(&a, &b, "order", seed);
    }
}

static void policies_not_in_force_change_nothing(void **state)
{
    struct ca_dice dice = {ca_seed() * 2 + 1};
    size_t n = rounds(150);

    (void)state;
    for (size_t r = 0; r < n; r++) {
        uint64_t seed = dice.state;
        unsigned harm = ca_roll(&dice, 8);
        struct tenant t;
        struct policy extra;
        struct store *s;
        struct answers a;
        struct answers b;

        random_tenant(&dice, &t);
        random_policy(&dice, &extra, 0x1ff);
        extra.state = ca_roll(&dice, 2) == 0 ? "disabled" : "enabledForReportingButNotEnforced";
        a = ask(store_worse(&t, harm));
        s = store_worse(&t, harm);
        store_policy(s, "extra", &extra);
        b = ask(s);
        same(&a, &b, "not in force", seed);
    }
}

static void more_policies_never_weaken(void **state)
{
    struct ca_dice dice = {ca_seed() * 2 + 1};
    size_t n = rounds(150);

    (void)state;
    for (size_t r = 0; r < n; r++) {
        uint64_t seed = dice.state;
        unsigned harm = ca_roll(&dice, 8);
        struct tenant t;
        struct policy extra;
        struct store *s;
        struct answers a;
        struct answers b;

        random_tenant(&dice, &t);
        random_policy(&dice, &extra, 0x1ff);
        extra.state = "enabled";
        a = ask(store_worse(&t, harm));
        s = store_worse(&t, harm);
        store_policy(s, "extra", &extra);
        b = ask(s);
        for (size_t u = 0; u < USERS; u++) {
            bool weaker =
                (strcmp(a.mfa[u], "always") == 0 && strcmp(b.mfa[u], "always") != 0) ||
                (b.is_gap_certain[u] && !a.is_gap_certain[u]) ||
                (strcmp(a.legacy[u], "blocked") == 0 && strcmp(b.legacy[u], "blocked") != 0) ||
                (strcmp(b.legacy[u], "allowed") == 0 && strcmp(a.legacy[u], "allowed") != 0);

            if (weaker)
                fail_msg("round seed %llu, u%zu: %s %s, then %s %s", (unsigned long long)seed, u,
                         a.mfa[u], a.legacy[u], b.mfa[u], b.legacy[u]);
        }
    }
}

static void exclusion_dominates(void **state)
{
    struct ca_dice dice = {ca_seed() * 2 + 1};
    size_t n = rounds(150);

    (void)state;
    for (size_t r = 0; r < n; r++) {
        struct tenant t;
        struct store *s;
        struct answers a;

        random_tenant(&dice, &t);
        s = store_worse(&t, ca_roll(&dice, 8));
        world_do(s, "INSERT OR IGNORE INTO ca_policy_target(policy_id, dimension, mode, target)"
                    " SELECT id, 'user', 'exclude', 'u2' FROM ca_policy");
        a = ask(s);
        assert_string_equal(a.mfa[2], "never");
        assert_string_equal(a.legacy[2], "allowed");
    }
}

/* A definite answer with a group unread is the answer whoever is in the group. */
static void unread_is_never_guessed(void **state)
{
    struct ca_dice dice = {ca_seed() * 2 + 1};
    size_t n = rounds(150);
    size_t unknown = 0;

    (void)state;
    for (size_t r = 0; r < n; r++) {
        uint64_t seed = dice.state;
        struct tenant t;
        struct store *s;
        struct answers a;

        random_tenant(&dice, &t);
        s = store_tenant(&t, false);
        world_do(s, "UPDATE directory_group SET state = 'unreadable' WHERE id = 'g1';"
                    "DELETE FROM group_member WHERE group_id = 'g1'");
        a = ask(s);
        for (unsigned in = 0; in < 2; in++) {
            struct answers b;

            for (size_t u = 0; u < USERS; u++)
                t.who[u].groups = (t.who[u].groups & ~2u) | in << 1;
            b = ask(store_tenant(&t, false));
            for (size_t u = 0; u < USERS; u++) {
                if (strcmp(a.mfa[u], "unknown") != 0 && strcmp(a.mfa[u], b.mfa[u]) != 0)
                    fail_msg("round seed %llu, u%zu: %s, but %s", (unsigned long long)seed, u,
                             a.mfa[u], b.mfa[u]);
                if (strcmp(a.legacy[u], "unknown") != 0 && strcmp(a.legacy[u], b.legacy[u]) != 0)
                    fail_msg("round seed %llu, u%zu: %s, but %s", (unsigned long long)seed, u,
                             a.legacy[u], b.legacy[u]);
                unknown += strcmp(a.mfa[u], "unknown") == 0 ? 1 : 0;
            }
        }
    }
    assert_true(unknown > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_as_enumeration),
        cmocka_unit_test(what_if_is_literal),
        cmocka_unit_test(an_address_is_literal),
        cmocka_unit_test(order_does_not_matter),
        cmocka_unit_test(policies_not_in_force_change_nothing),
        cmocka_unit_test(more_policies_never_weaken),
        cmocka_unit_test(exclusion_dominates),
        cmocka_unit_test(unread_is_never_guessed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
