/* The questions of table user_ca_effect: random tenants against an evaluator that goes through
 * every sign-in, what must hold of any evaluator, and cases that name what they stand for. */
#include "ca_literal.h"

#include <inttypes.h>
#include <limits.h>

/* ---- the questions, read literally ---- */

#define ACTION "urn:user:registersecurityinfo"
#define INTUNE "d4ebce55-015a-49b5-a083-c84d1797ae8c"

enum hold_by { BY_BLOCK, BY_MFA, BY_PHISH, BY_REMEDY, BY_HOURS, BY_FORGETTING, BY_TOKEN };
static const struct literal {
    const char *id;
    enum hold_by by;
    const char *value[DIMS][2];
    bool is_unmanaged, is_untrusted, is_unnamed;
} literals[] = {
    {.id = "risky-user-blocked", .by = BY_BLOCK, .value[USER_RISK] = {"high"}},
    {.id = "risky-user-remediated", .by = BY_REMEDY, .value[USER_RISK] = {"high"}},
    {.id = "risky-sign-in-blocked", .by = BY_BLOCK, .value[SIGN_IN_RISK] = {"high"}},
    {.id = "risky-sign-in-mfa", .by = BY_MFA, .value[SIGN_IN_RISK] = {"high", "medium"}},
    {.id = "medium-risk-sign-in-blocked",
     .by = BY_BLOCK,
     .value[SIGN_IN_RISK] = {"high", "medium"}},
    {.id = "device-code-blocked", .by = BY_BLOCK, .value[FLOW] = {"deviceCodeFlow"}},
    {.id = "authentication-transfer-blocked",
     .by = BY_BLOCK,
     .value[FLOW] = {"authenticationTransfer"}},
    {.id = "managed-device", .by = BY_BLOCK, .is_unmanaged = true},
    {.id = "registration-managed-device",
     .by = BY_BLOCK,
     .value[APP] = {ACTION},
     .is_unmanaged = true},
    {.id = "registration-protected", .by = BY_MFA, .value[APP] = {ACTION}, .is_untrusted = true},
    {.id = "phishing-resistant", .by = BY_PHISH},
    {.id = "sign-in-frequency", .by = BY_HOURS},
    {.id = "no-persistent-browser", .by = BY_FORGETTING, .value[CLIENT] = {"browser"}},
    {.id = "enrollment-frequency", .by = BY_HOURS, .value[APP] = {INTUNE}},
    {.id = "azure-management-mfa", .by = BY_MFA, .value[APP] = {AZURE}},
    {.id = "unnamed-place-blocked", .by = BY_BLOCK, .is_unnamed = true},
    {.id = "token-protection",
     .by = BY_TOKEN,
     .value[CLIENT] = {"mobileAppsAndDesktopClients"},
     .value[PLATFORM] = {"windows"},
     .value[APP] = {EXO, SPO}},
};
enum { ASKED = COUNT_OF(literals) };

static bool is_managed(const char *device)
{
    return strcmp(device, "unregistered") != 0 && (device[0] == 'T' || device[2] == 'S');
}

static bool is_trusted(const struct tenant *t, const struct sign_in *s)
{
    return place_has("hq", s) || (t->is_far_trusted && place_has("far", s));
}

/* In a place that any policy that is not disabled names? */
static bool is_named(const struct tenant *t, const struct sign_in *s)
{
    for (size_t i = 0; i < t->n; i++) {
        const struct list *l = &t->p[i].on[PLACE];

        for (size_t k = 0; strcmp(t->p[i].state, "disabled") != 0 && k < l->ins + l->outs; k++) {
            const char *w = k < l->ins ? l->in[k] : l->out[k - l->ins];

            if (strcmp(w, "All") != 0 && place_has(w, s))
                return true;
        }
    }
    return false;
}

static bool is_about(const struct tenant *t, const struct literal *q, const struct sign_in *s)
{
    for (int d = 0; d < DIMS; d++) {
        bool is = q->value[d][0] == NULL;

        for (size_t i = 0; i < 2 && q->value[d][i] != NULL; i++)
            is = is || strcmp(q->value[d][i], s->value[d]) == 0;
        if (!is)
            return false;
    }
    return !(q->is_unmanaged && is_managed(s->value[DEVICE])) &&
           !(q->is_untrusted && is_trusted(t, s)) && !(q->is_unnamed && is_named(t, s));
}

/* Shortest session that any policy gives this sign-in; 0 when it is blocked, INT_MAX: no bound. */
static int hours_of(const struct tenant *t, size_t u, const struct sign_in *s)
{
    int least = INT_MAX;

    for (size_t i = 0; i < t->n; i++) {
        const struct policy *p = &t->p[i];

        if (!is_on(p) || !applies(p, t, u, s))
            continue;
        if (demand(p, s) == STOPPED)
            least = 0;
        if (p->hours >= 0 && p->hours < least)
            least = p->hours;
    }
    return least;
}

static bool is_held(const struct tenant *t, size_t u, const struct literal *q,
                    const struct sign_in *s)
{
    static const enum what what[] = {[BY_MFA] = WHAT_MFA,
                                     [BY_PHISH] = WHAT_PHISH,
                                     [BY_REMEDY] = WHAT_REMEDY,
                                     [BY_TOKEN] = WHAT_MFA};

    if (q->by == BY_HOURS)
        return hours_of(t, u, s) < INT_MAX;
    for (size_t i = 0; i < t->n; i++) {
        const struct policy *p = &t->p[i];
        enum outcome_of does;

        if (!is_on(p) || !applies(p, t, u, s))
            continue;
        does = demand_for(p, s, what[q->by]);
        if (does == STOPPED || (q->by == BY_FORGETTING && p->forgets) ||
            (q->by == BY_TOKEN && p->has_token) ||
            (does == WITH_MFA && (q->by == BY_MFA || q->by == BY_PHISH || q->by == BY_REMEDY)))
            return true;
    }
    return false;
}

struct seen {
    bool held, open;
    int most_hours;
};

/* Goes through what the question is about: conditions that nobody looks at need one value. */
static void walk(const struct tenant *t, size_t u, const struct literal *q, struct seen *seen)
{
    unsigned dims = looked_at(t) | (q->is_unmanaged ? 1u << DEVICE : 0) |
                    (q->is_untrusted || q->is_unnamed ? 1u << PLACE : 0);
    size_t at[DIMS] = {0};
    struct sign_in s = {0};
    unsigned fixed = 0;
    size_t picks = 1;

    for (int d = 0; d < DIMS; d++)
        if (q->value[d][0] != NULL) {
            dims &= ~(1u << d);
            fixed |= 1u << d;
            picks = q->value[d][1] != NULL ? 2 : picks;
        }
    for (size_t pick = 0; pick < picks; pick++) {
        first(&s);
        memset(at, 0, sizeof at);
        for (int d = 0; d < DIMS; d++)
            if ((fixed >> d & 1) != 0)
                s.value[d] = q->value[d][pick] != NULL ? q->value[d][pick] : q->value[d][0];
        do {
            if (!is_about(t, q, &s))
                continue;
            if (is_held(t, u, q, &s))
                seen->held = true;
            else
                seen->open = true;
            if (q->by == BY_HOURS && hours_of(t, u, &s) > seen->most_hours)
                seen->most_hours = hours_of(t, u, &s);
            if (q->by != BY_HOURS && seen->held && seen->open)
                return;
        } while (next(&s, at, dims));
    }
}

struct wanted {
    const char *answer;
    int hours;
};

/* One app may be in both suites or not: what holds in both worlds is certain. */
static struct wanted literal_answer(const struct tenant *t, size_t u, const struct literal *q)
{
    struct seen plain = {false, false, 0};
    struct seen both = {false, false, 0};
    struct wanted w = {"always", -1};

    has_both_app = false;
    walk(t, u, q, &plain);
    has_both_app = q->value[APP][0] == NULL && (looked_at(t) >> APP & 1) != 0;
    if (has_both_app)
        walk(t, u, q, &both);
    else
        both = plain;
    has_both_app = false;
    if (plain.open)
        w.answer = plain.held || both.held ? "sometimes" : "never";
    else if (both.open)
        w.answer = "unknown";
    if (q->by == BY_HOURS && both.most_hours < INT_MAX)
        w.hours = both.most_hours;
    return w;
}

/* ---- comparing ---- */

static size_t rounds(size_t usual)
{
    const char *given = getenv("CA_ROUNDS");
    int64_t n = (int64_t)usual;

    if (given != NULL && !str_int(given, 1, 100000000, &n))
        fail_msg("CA_ROUNDS is no number");
    return (size_t)n;
}

static void random_asked(struct ca_dice *dice, struct tenant *t, bool has_remedy)
{
    random_tenant(dice, t);
    for (size_t i = 0; i < t->n; i++)
        random_extras(dice, &t->p[i], has_remedy);
}

static struct ca_effect_answer answer_to(struct ca_model *m, size_t user, size_t q)
{
    struct ca_effect_answer a;

    ca_effect_answer(m, ca_user_effect(m, user), q, &a);
    return a;
}

/* The app that the witness names, as a value of the enumeration. */
static const char *witness_app(const json_t *gap)
{
    const char *id = json_string_value(json_object_get(gap, "app_id"));
    const char *w = json_string_value(json_object_get(gap, "app"));

    if (id != NULL)
        return id;
    if (strcmp(w, "another Office 365 application") == 0)
        return values[APP][4];
    return strcmp(w, "a Microsoft admin portal") == 0 ? values[APP][5] : values[APP][6];
}

/* Of the witness: conditions other than place, device and app, as they stand. No place, device or
 * app that fits it is held. */
static void check_witness(const struct tenant *t, size_t u, const struct literal *q,
                          const char *text, uint64_t seed)
{
    static const char *const keys[DIMS] = {
        [CLIENT] = "client",        [PLATFORM] = "platform",
        [USER_RISK] = "user_risk",  [SIGN_IN_RISK] = "sign_in_risk",
        [INSIDER] = "insider_risk", [FLOW] = "flow"};
    json_t *gap = json_loads(text, 0, NULL);
    size_t at[DIMS] = {0};
    struct sign_in s = {0};
    bool is_found = false;

    assert_non_null(gap);
    assert_true(json_is_true(json_object_get(gap, "certain")));
    first(&s);
    for (int d = 0; d < DIMS; d++)
        if (keys[d] != NULL)
            s.value[d] = json_string_value(json_object_get(gap, keys[d]));
    for (int d = 0; d < DIMS; d++) /* of two values of the question the face may stand for both */
        if (q->value[d][1] != NULL && d != APP)
            s.value[d] = q->value[d][0];
    s.value[APP] = q->value[APP][1] != NULL ? q->value[APP][0] : witness_app(gap);
    do {
        is_found = is_found || (is_about(t, q, &s) && !is_held(t, u, q, &s));
    } while (!is_found && next(&s, at, 1u << PLACE | 1u << DEVICE));
    if (!is_found && q->value[APP][1] == NULL && q->value[SIGN_IN_RISK][1] == NULL)
        fail_msg("round seed %" PRIu64 ", u%zu, %s: no gap: %s", seed, u, q->id, text);
    json_decref(gap);
}

/* Every question answered always, sometimes and never; else the one that was not. */
static const char *not_seen(size_t seen[ASKED][3])
{
    for (size_t q = 0; q < ASKED; q++)
        for (size_t i = 0; i < 3; i++)
            if (seen[q][i] == 0)
                return literals[q].id;
    return NULL;
}

static void same_as_enumeration(void **state)
{
    struct ca_dice dice = {ca_seed() * 2 + 1};
    size_t n = rounds(60);
    size_t words_seen[ASKED][3] = {{0}};
    size_t bounded = 0;

    (void)state;
    assert_int_equal(ca_question_count(), ASKED);
    /* Some answers are rare: a seed that does not bring them up gets more rounds, with an end. */
    for (size_t r = 0; r < n || (n >= 60 && not_seen(words_seen) != NULL && r < 20 * n); r++) {
        uint64_t seed = dice.state;
        bool has_remedy = r % 3 == 0;
        struct tenant t;
        struct store *s;
        struct ca_model *m;

        random_asked(&dice, &t, has_remedy);
        s = store_tenant(&t, false);
        m = ca_load(s);
        for (size_t k = 0; k < (size_t)USERS * ASKED; k++) {
            size_t u = k / ASKED;
            const struct literal *q = &literals[k % ASKED];
            struct ca_effect_answer a = answer_to(m, u, k % ASKED);
            struct wanted w;

            assert_string_equal(a.question, q->id);
            if (has_remedy && q->by == BY_MFA) /* whether a password change takes MFA is open */
                continue;
            w = literal_answer(&t, u, q);
            if (strcmp(a.answer, w.answer) != 0 || a.hours != w.hours)
                fail_msg("round seed %" PRIu64 ", u%zu, %s: %s %d, enumerated %s %d\n%s", seed, u,
                         q->id, a.answer, a.hours, w.answer, w.hours, a.gap != NULL ? a.gap : "-");
            if (a.answer[0] == 's' || a.answer[0] == 'n')
                check_witness(&t, u, q, a.gap, seed);
            assert_true((a.gap == NULL) == (strcmp(a.answer, "always") == 0));
            words_seen[k % ASKED][a.answer[0] == 'a' ? 0 : a.answer[0] == 's' ? 1 : 2]++;
            bounded += a.hours > 0 ? 1 : 0;
        }
        ca_model_free(m);
        store_close(s);
    }
    assert_true(bounded > 0);
    if (n >= 60 && not_seen(words_seen) != NULL)
        fail_msg("%s was never answered in one of three ways", not_seen(words_seen));
}

/* ---- what holds of any evaluator ---- */

struct answers {
    const char *word[USERS][ASKED];
    int hours[USERS][ASKED];
};

static const char *kept_word(const char *w)
{
    static const char *const all[] = {"always", "sometimes", "never", "unknown"};

    for (size_t i = 0; i < COUNT_OF(all); i++)
        if (strcmp(all[i], w) == 0)
            return all[i];
    fail_msg("answer '%s'", w);
    return NULL;
}

static struct answers ask(struct store *s)
{
    struct ca_model *m = ca_load(s);
    struct answers a;

    for (size_t u = 0; u < USERS; u++)
        for (size_t q = 0; q < ASKED; q++) {
            struct ca_effect_answer one = answer_to(m, u, q);

            a.word[u][q] = kept_word(one.answer);
            a.hours[u][q] = one.hours;
        }
    ca_model_free(m);
    store_close(s);
    return a;
}

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

static void same(const struct answers *a, const struct answers *b, const char *what, uint64_t seed)
{
    for (size_t u = 0; u < USERS; u++)
        for (size_t q = 0; q < ASKED; q++)
            if (a->word[u][q] != b->word[u][q] || a->hours[u][q] != b->hours[u][q])
                fail_msg("%s, round seed %" PRIu64 ", u%zu, %s: %s %d, then %s %d", what, seed, u,
                         literals[q].id, a->word[u][q], a->hours[u][q], b->word[u][q],
                         b->hours[u][q]);
}

static void order_does_not_matter(void **state)
{
    struct ca_dice dice = {ca_seed() * 2 + 1};
    size_t n = rounds(40);

    (void)state;
    for (size_t r = 0; r < n; r++) {
        uint64_t seed = dice.state;
        struct tenant t;
        struct answers a;
        struct answers b;

        random_asked(&dice, &t, r % 2 == 0);
        a = ask(store_tenant(&t, false));
        b = ask(store_tenant(&t, true));
        same(&a, &b, "order", seed);
    }
}

static void policies_not_in_force_change_nothing(void **state)
{
    struct ca_dice dice = {ca_seed() * 2 + 1};
    size_t n = rounds(40);

    (void)state;
    for (size_t r = 0; r < n; r++) {
        uint64_t seed = dice.state;
        unsigned harm = ca_roll(&dice, 8);
        struct tenant t;
        struct policy extra;
        struct store *s;
        struct answers a;
        struct answers b;

        random_asked(&dice, &t, r % 2 == 0);
        random_policy(&dice, &extra, 0x1ff);
        random_extras(&dice, &extra, r % 2 == 0);
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
    size_t n = rounds(40);

    (void)state;
    for (size_t r = 0; r < n; r++) {
        uint64_t seed = dice.state;
        unsigned harm = ca_roll(&dice, 8);
        struct tenant t;
        struct policy extra;
        struct store *s;
        struct answers a;
        struct answers b;

        random_asked(&dice, &t, r % 2 == 0);
        random_policy(&dice, &extra, 0x1ff);
        random_extras(&dice, &extra, r % 2 == 0);
        extra.state = "enabled";
        a = ask(store_worse(&t, harm));
        s = store_worse(&t, harm);
        store_policy(s, "extra", &extra);
        b = ask(s);
        for (size_t k = 0; k < (size_t)USERS * ASKED; k++) {
            size_t u = k / ASKED;
            size_t q = k % ASKED;
            bool weaker =
                (a.word[u][q][0] == 'a' && b.word[u][q][0] != 'a') ||
                (b.word[u][q][0] == 'n' && a.word[u][q][0] != 'n') ||
                (a.hours[u][q] >= 0 && (b.hours[u][q] < 0 || b.hours[u][q] > a.hours[u][q]));

            if (weaker)
                fail_msg("round seed %" PRIu64 ", u%zu, %s: %s %d, then %s %d", seed, u,
                         literals[q].id, a.word[u][q], a.hours[u][q], b.word[u][q], b.hours[u][q]);
        }
    }
}

static void exclusion_dominates(void **state)
{
    struct ca_dice dice = {ca_seed() * 2 + 1};
    size_t n = rounds(40);

    (void)state;
    for (size_t r = 0; r < n; r++) {
        struct tenant t;
        struct store *s;
        struct answers a;

        random_asked(&dice, &t, r % 2 == 0);
        s = store_worse(&t, ca_roll(&dice, 8));
        world_do(s, "INSERT OR IGNORE INTO ca_policy_target(policy_id, dimension, mode, target)"
                    " SELECT id, 'user', 'exclude', 'u2' FROM ca_policy");
        a = ask(s);
        for (size_t q = 0; q < ASKED; q++)
            assert_string_equal(a.word[2][q], "never");
    }
}

/* A definite answer with a group unread is the answer whoever is in the group; "sometimes" says of
 * the others only that they may be held. */
static void unread_is_never_guessed(void **state)
{
    struct ca_dice dice = {ca_seed() * 2 + 1};
    size_t n = rounds(40);
    size_t unknown = 0;

    (void)state;
    for (size_t r = 0; r < n || (unknown == 0 && r < 20 * n); r++) {
        uint64_t seed = dice.state;
        struct tenant t;
        struct store *s;
        struct answers a;

        random_asked(&dice, &t, r % 2 == 0);
        s = store_tenant(&t, false);
        world_do(s, "UPDATE directory_group SET state = 'unreadable' WHERE id = 'g1';"
                    "DELETE FROM group_member WHERE group_id = 'g1'");
        a = ask(s);
        for (unsigned in = 0; in < 2; in++) {
            struct answers b;

            for (size_t u = 0; u < USERS; u++)
                t.who[u].groups = (t.who[u].groups & ~2u) | in << 1;
            b = ask(store_tenant(&t, false));
            for (size_t k = 0; k < (size_t)USERS * ASKED; k++) {
                const char *before = a.word[k / ASKED][k % ASKED];
                const char *after = b.word[k / ASKED][k % ASKED];
                bool ok =
                    before[0] == 'u' || before == after || (before[0] == 's' && after[0] == 'n');

                if (!ok)
                    fail_msg("round seed %" PRIu64 ", u%zu, %s: %s, but %s", seed, k / ASKED,
                             literals[k % ASKED].id, before, after);
                unknown += before[0] == 'u' ? 1 : 0;
            }
        }
    }
    assert_true(unknown > 0);
}

/* ---- cases ---- */

#define ALL "+user:All +application:All +client_app:all "

static const struct asked_case {
    const char *name;
    const char *policy[3];
    const char *raw[3]; /* NULL: {} */
    const char *question;
    const char *answer;
    int hours, hours_least;
    const char *words; /* what they hold; NULL: not looked at */
} cases[] = {
    {"a block of high-risk users",
     {ALL "+user_risk:high grant:block operator:OR"},
     {NULL},
     "risky-user-blocked",
     "always",
     -1,
     -1,
     NULL},
    {"a password change is no block",
     {ALL "+user_risk:high grant:mfa grant:passwordChange operator:AND"},
     {NULL},
     "risky-user-blocked",
     "never",
     -1,
     -1,
     "any sign-in"},
    {"a password change is remediation",
     {ALL "+user_risk:high grant:mfa grant:passwordChange operator:AND"},
     {NULL},
     "risky-user-remediated",
     "always",
     -1,
     -1,
     NULL},
    {"MFA or a password change: MFA will do",
     {ALL "+user_risk:high grant:mfa grant:passwordChange operator:OR"},
     {NULL},
     "risky-user-remediated",
     "never",
     -1,
     -1,
     NULL},
    {"in one application only",
     {"+user:All +application:" EXO " +client_app:all +user_risk:high grant:block operator:OR"},
     {NULL},
     "risky-user-blocked",
     "sometimes",
     -1,
     -1,
     "application: any other application"},
    {"excluded by name",
     {ALL "-user:u1 +user_risk:high grant:block operator:OR name:Risk"},
     {NULL},
     "risky-user-blocked",
     "never",
     -1,
     -1,
     "nearly caught by \"Risk\" (the account is excluded)"},
    {"in report-only",
     {ALL "+user_risk:high grant:block operator:OR name:Risk "
          "state:enabledForReportingButNotEnforced"},
     {NULL},
     "risky-user-blocked",
     "never",
     -1,
     -1,
     "nearly caught by \"Risk\" (report-only)"},
    {"medium and high in two policies",
     {ALL "+sign_in_risk:high grant:block operator:OR",
      ALL "+sign_in_risk:medium grant:mfa operator:OR"},
     {NULL},
     "risky-sign-in-mfa",
     "always",
     -1,
     -1,
     NULL},
    {"a block of high alone is none of medium",
     {ALL "+sign_in_risk:high grant:block operator:OR"},
     {NULL},
     "medium-risk-sign-in-blocked",
     "sometimes",
     -1,
     -1,
     NULL},
    {"MFA for everybody covers risky sign-ins",
     {ALL "grant:mfa operator:OR"},
     {NULL},
     "risky-sign-in-mfa",
     "always",
     -1,
     -1,
     NULL},
    {"device code flow blocked but in one place",
     {ALL "+authentication_flow:deviceCodeFlow +location:All -location:hq grant:block operator:OR"},
     {NULL},
     "device-code-blocked",
     "sometimes",
     -1,
     -1,
     "location: Place hq"},
    {"a compliant or hybrid joined device",
     {ALL "grant:compliantDevice grant:domainJoinedDevice operator:OR"},
     {NULL},
     "managed-device",
     "always",
     -1,
     -1,
     NULL},
    {"a compliant device or MFA",
     {ALL "grant:compliantDevice grant:mfa operator:OR"},
     {NULL},
     "managed-device",
     "never",
     -1,
     -1,
     NULL},
    {"a block of devices by filter",
     {ALL "-device_filter:device.isCompliant~-eq~True~-or~device.trustType~-eq~\"ServerAD\" "
          "grant:block operator:OR"},
     {NULL},
     "managed-device",
     "always",
     -1,
     -1,
     NULL},
    {"all applications are not the registration of security information",
     {ALL "grant:compliantDevice operator:OR"},
     {NULL},
     "registration-managed-device",
     "never",
     -1,
     -1,
     NULL},
    {"a policy on the user action",
     {"+user:All +client_app:all +user_action:urn:user:registersecurityinfo "
      "grant:compliantDevice operator:OR"},
     {NULL},
     "registration-managed-device",
     "always",
     -1,
     -1,
     NULL},
    {"MFA to register, but from trusted places",
     {"+user:All +client_app:all +user_action:urn:user:registersecurityinfo +location:All "
      "-location:AllTrusted grant:mfa operator:OR"},
     {NULL},
     "registration-protected",
     "always",
     -1,
     -1,
     NULL},
    {"a strength that codes satisfy is not phishing-resistant",
     {ALL "strength:00000000-0000-0000-0000-000000000002 operator:OR"},
     {NULL},
     "phishing-resistant",
     "never",
     -1,
     -1,
     NULL},
    {"a strength that nobody has read",
     {ALL "strength:s9 operator:OR"},
     {NULL},
     "phishing-resistant",
     "unknown",
     -1,
     -1,
     "what its authentication strength accepts"},
    {"four hours",
     {ALL "session:signInFrequency"},
     {"{\"sessionControls\":{\"signInFrequency\":{\"value\":4,\"type\":\"hours\"}}}"},
     "sign-in-frequency",
     "always",
     4,
     4,
     NULL},
    {"two days, and every time in one application",
     {ALL "session:signInFrequency",
      "+user:All +application:" EXO " +client_app:all session:signInFrequency"},
     {"{\"sessionControls\":{\"signInFrequency\":{\"value\":2,\"type\":\"days\"}}}",
      "{\"sessionControls\":{\"signInFrequency\":{\"frequencyInterval\":\"everyTime\"}}}"},
     "sign-in-frequency",
     "always",
     48,
     48,
     NULL},
    {"a frequency that cannot be read",
     {ALL "session:signInFrequency"},
     {NULL},
     "sign-in-frequency",
     "unknown",
     -1,
     0,
     NULL},
    {"a frequency in report-only",
     {ALL "session:signInFrequency state:enabledForReportingButNotEnforced"},
     {"{\"sessionControls\":{\"signInFrequency\":{\"value\":4,\"type\":\"hours\"}}}"},
     "sign-in-frequency",
     "never",
     -1,
     -1,
     "report-only"},
    {"every time at enrollment",
     {"+user:All +application:" INTUNE " +client_app:all session:signInFrequency"},
     {"{\"sessionControls\":{\"signInFrequency\":{\"frequencyInterval\":\"everyTime\"}}}"},
     "enrollment-frequency",
     "always",
     0,
     0,
     NULL},
    {"browsers forget",
     {ALL "session:persistentBrowser"},
     {"{\"sessionControls\":{\"persistentBrowser\":{\"mode\":\"never\"}}}"},
     "no-persistent-browser",
     "always",
     -1,
     -1,
     NULL},
    {"browsers keep",
     {ALL "session:persistentBrowser"},
     {"{\"sessionControls\":{\"persistentBrowser\":{\"mode\":\"always\"}}}"},
     "no-persistent-browser",
     "never",
     -1,
     -1,
     NULL},
    {"one policy forgets, another keeps: which wins is not documented",
     {ALL "session:persistentBrowser", ALL "session:persistentBrowser"},
     {"{\"sessionControls\":{\"persistentBrowser\":{\"mode\":\"never\"}}}",
      "{\"sessionControls\":{\"persistentBrowser\":{\"mode\":\"always\"}}}"},
     "no-persistent-browser",
     "unknown",
     -1,
     -1,
     NULL},
    {"MFA for Azure management",
     {"+user:All +application:" AZURE " +client_app:all grant:mfa operator:OR"},
     {NULL},
     "azure-management-mfa",
     "always",
     -1,
     -1,
     NULL},
    {"every place but two blocked",
     {ALL "+location:All -location:hq -location:home grant:block operator:OR"},
     {NULL},
     "unnamed-place-blocked",
     "always",
     -1,
     -1,
     NULL},
    {"some countries blocked",
     {ALL "+location:home grant:block operator:OR"},
     {NULL},
     "unnamed-place-blocked",
     "never",
     -1,
     -1,
     "any sign-in"},
    {"token protection on Windows for mail and files",
     {"+user:All +application:Office365 +client_app:mobileAppsAndDesktopClients "
      "+platform:windows session:secureSignInSession"},
     {NULL},
     "token-protection",
     "always",
     -1,
     -1,
     NULL},
    {"token protection for mail only",
     {"+user:All +application:" EXO " +client_app:mobileAppsAndDesktopClients +platform:windows "
      "session:secureSignInSession"},
     {NULL},
     "token-protection",
     "sometimes",
     -1,
     -1,
     NULL},
    {"a condition that is new",
     {ALL "+other:newCondition grant:block operator:OR"},
     {NULL},
     "device-code-blocked",
     "unknown",
     -1,
     -1,
     "newCondition"},
};

static size_t question_at(const char *id)
{
    for (size_t q = 0; q < ASKED; q++)
        if (strcmp(literals[q].id, id) == 0)
            return q;
    fail_msg("no question '%s'", id);
    return 0;
}

static void each_case(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct asked_case *c = &cases[i];
        struct store *s = ca_world();
        struct ca_effect_answer a;
        struct ca_model *m;

        ca_network(s, "hq", "1", "[\"192.0.2.0/24\"]");
        ca_countries(s, "home", "0", "[\"DE\",\"AT\"]");
        for (size_t k = 0; k < 3 && c->policy[k] != NULL; k++) {
            char id[8];

            (void)snprintf(id, sizeof id, "p%zu", k);
            ca_policy(s, id, c->policy[k]);
            if (c->raw[k] != NULL)
                ca_run(s, "UPDATE ca_policy SET raw = ?2 WHERE id = ?1", id, c->raw[k], NULL, NULL,
                       NULL);
        }
        m = ca_load(s);
        a = answer_to(m, 0, question_at(c->question));
        if (strcmp(a.answer, c->answer) != 0 || a.hours != c->hours ||
            a.hours_least != c->hours_least)
            fail_msg("%s: %s %d %d: %s", c->name, a.answer, a.hours, a.hours_least,
                     a.words != NULL ? a.words : "-");
        if (c->words != NULL && (a.words == NULL || strstr(a.words, c->words) == NULL))
            fail_msg("%s: \"%s\"", c->name, a.words != NULL ? a.words : "-");
        ca_model_free(m);
        store_close(s);
    }
}

static char *rows_of(struct store *s, const char *sql)
{
    struct err e = ERR_INIT;
    char *text = NULL;

    if (store_text(s, sql, &text, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    return text;
}

/* A role that is eligible counts while it is active, each by itself. */
static void roles_count_one_by_one(void **state)
{
    struct store *s = ca_world();
    char *rows;

    (void)state;
    ca_policy(s, "p0",
              "+role:" GLOBAL_ADMIN " +application:All +client_app:all grant:block operator:OR");
    ca_role(s, GLOBAL_ADMIN, "u1", "eligible", "/");
    ca_role(s, EXCHANGE_ADMIN, "u1", "active", "/");
    ca_user(s, "u2", "Member");
    ca_role(s, GLOBAL_ADMIN, "u2", "eligible", "/administrativeUnits/a");
    world_derive(s, "2026-11-23");
    rows = rows_of(s, "SELECT group_concat(user_id || ' ' || substr(role_template_id, 1, 2) || ' ' "
                      "|| answer, '|') FROM admin_ca_effect WHERE question = 'managed-device'");
    assert_string_equal(rows, "u1 29 never|u1 62 always|u2 62 never");
    free(rows);
    rows = rows_of(s, "SELECT group_concat(user_id || ' ' || answer, '|') FROM user_ca_effect"
                      " WHERE question = 'managed-device'");
    assert_string_equal(rows, "u1 never|u2 never");
    free(rows);
    store_close(s);
}

/* People are many, effects few. */
static void effects_are_shared(void **state)
{
    struct store *s = ca_world();
    struct ca_model *m;

    (void)state;
    for (int i = 0; i < 200; i++) {
        char id[16];

        (void)snprintf(id, sizeof id, "v%03d", i);
        ca_user(s, id, "Member");
        ca_member(s, i % 2 == 0 ? "ga" : "gb", id);
        if (i % 5 == 0)
            ca_member(s, "gc", id);
    }
    ca_policy(s, "p0", ALL "-group:ga +user_risk:high grant:block operator:OR");
    ca_policy(s, "p1",
              "+user:All -group:gc +application:All +client_app:other grant:block operator:OR");
    m = ca_load(s);
    for (size_t u = 0; u < ca_user_count(m); u++)
        (void)ca_user_effect(m, u);
    assert_int_equal(ca_effect_count(m), 2); /* gc is left out of what no question asks */
    ca_model_free(m);
    store_close(s);
}

#define COUNTED                                                                                    \
    "SELECT question, answer, hours, hours_least, words, account_enabled, is_guest, sum(people) "  \
    "FROM ca_effect_people GROUP BY 1, 2, 3, 4, 5, 6, 7"
#define ONE_BY_ONE                                                                                 \
    "SELECT e.question, e.answer, e.hours, e.hours_least, e.words, u.account_enabled, u.user_type" \
    " = 'Guest', count(*) FROM user_ca_effect e JOIN user u ON u.id = e.user_id GROUP BY 1, 2, "   \
    "3, 4, 5, 6, 7"

#define VERDICTS                                                                                   \
    "SELECT mfa, is_gap_certain, legacy_auth, account_enabled, is_guest, sum(people) FROM "        \
    "protection_people GROUP BY 1, 2, 3, 4, 5"
#define VERDICTS_ONE_BY_ONE                                                                        \
    "SELECT p.mfa, coalesce(p.mfa_gap ->> '$.certain', 0), p.legacy_auth, u.account_enabled, "     \
    "u.user_type = 'Guest', count(*) FROM user_protection p JOIN user u ON u.id = p.user_id GROUP" \
    " BY 1, 2, 3, 4, 5"

static void check_counts(struct store *s, int round)
{
    static const char *const differences[] = {
        COUNTED " EXCEPT " ONE_BY_ONE, ONE_BY_ONE " EXCEPT " COUNTED,
        VERDICTS " EXCEPT " VERDICTS_ONE_BY_ONE, VERDICTS_ONE_BY_ONE " EXCEPT " VERDICTS};

    for (size_t i = 0; i < COUNT_OF(differences); i++) {
        char *rows = rows_of(s, differences[i]);

        if (rows != NULL)
            fail_msg("round %d, query %zu: %s", round, i, rows);
    }
}

/* ca_effect_people and protection_people say what counting user_ca_effect and user_protection
 * would, and tell absent from false. */
static void people_are_counted(void **state)
{
    struct store *s = ca_world();
    struct err e = ERR_INIT;
    char *rows;

    (void)state;
    /* account_enabled: absent, 0 and 1; user_type: absent, Guest and two others */
    world_do(s, "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 59)"
                " INSERT INTO user(id, account_enabled, user_type, per_user_mfa_state)"
                " SELECT printf('v%03d', i), nullif(i % 3, 2), CASE i % 4 WHEN 0 THEN 'Guest'"
                " WHEN 1 THEN 'Member' WHEN 2 THEN 'guest' END, CASE i % 7 WHEN 0 THEN 'enforced'"
                " WHEN 1 THEN NULL ELSE 'disabled' END FROM n");
    ca_member(s, "ga", NULL);
    ca_member(s, "gb", NULL);
    world_do(s, "INSERT INTO group_member SELECT 'ga', id FROM user WHERE id LIKE 'v__5'");
    world_do(s, "INSERT INTO group_member SELECT 'gb', id FROM user WHERE id > 'v030'");
    ca_role(s, GLOBAL_ADMIN, "v041", "active", "/");
    ca_role(s, GLOBAL_ADMIN, "v042", "eligible", "/");
    ca_policy(s, "p0", ALL "-group:ga +user_risk:high grant:block operator:OR");
    ca_policy(s, "p1",
              "+group:gb -group:gc -role:" GLOBAL_ADMIN
              " +application:All +client_app:all grant:mfa operator:OR");
    ca_policy(s, "p2",
              "+user:All -group:ga +application:All +client_app:other grant:block "
              "operator:OR");
    for (int round = 0; round < 4; round++) {
        if (round == 1)
            world_do(s, "UPDATE security_defaults SET is_enabled = 1");
        if (round == 2) { /* who is left out is not known */
            ca_member(s, "gc", NULL);
            world_do(s, "UPDATE directory_group SET state = 'unreadable' WHERE id = 'gc'");
            world_do(s, "UPDATE security_defaults SET is_enabled = 0");
        }
        if (round < 3) /* each time replaces what was there */
            world_derive(s, "2026-11-23");
        else if (store_flatten(s, &e) != ERR_OK)
            fail_msg("%s", e.msg);
        check_counts(s, round);
        rows = rows_of(s, "SELECT group_concat(answer || people, ' ') FROM (SELECT answer,"
                          " sum(people) AS people FROM ca_effect_people WHERE question ="
                          " 'risky-user-blocked' GROUP BY 1 ORDER BY 1)");
        assert_string_equal(rows, "always55 never6");
        free(rows);
        rows = rows_of(s, "SELECT group_concat(n) FROM (SELECT count(DISTINCT mfa) AS n FROM"
                          " protection_people UNION ALL SELECT count(DISTINCT legacy_auth) FROM"
                          " protection_people UNION ALL SELECT sum(people) FROM"
                          " protection_people)");
        assert_string_equal(rows, round == 1 ? "3,1,61" : "3,3,61");
        free(rows);
    }
    /* what a test of a rule gives people is counted */
    world_do(s, "UPDATE user_ca_effect SET answer = 'unknown' WHERE user_id < 'v002'");
    world_do(s, "DELETE FROM user_protection WHERE user_id < 'v002'");
    rows = rows_of(s, "SELECT sum(people) || ' ' || (SELECT sum(people) FROM protection_people"
                      " WHERE mfa IS NULL) FROM ca_effect_people WHERE question ="
                      " 'risky-user-blocked' AND answer = 'unknown'");
    assert_string_equal(rows, "3 3");
    free(rows);
    store_close(s);
}

static void unread_policies_are_unknown(void **state)
{
    struct store *s = ca_world();
    struct ca_effect_answer a;
    struct ca_model *m;

    (void)state;
    ca_policy(s, "p0", ALL "+authentication_flow:deviceCodeFlow grant:block operator:OR");
    world_do(s, "UPDATE collection SET state = 'partial', reason_code = 'throttled'"
                " WHERE resource = 'ca-policies'");
    m = ca_load(s);
    a = answer_to(m, 0, question_at("device-code-blocked"));
    assert_string_equal(a.answer, "always"); /* whatever else there is */
    a = answer_to(m, 0, question_at("authentication-transfer-blocked"));
    assert_string_equal(a.answer, "unknown");
    assert_non_null(strstr(a.words, "not all read"));
    a = answer_to(m, 0, question_at("sign-in-frequency"));
    assert_int_equal(a.hours_least, 0);
    ca_model_free(m);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_case),
        cmocka_unit_test(roles_count_one_by_one),
        cmocka_unit_test(effects_are_shared),
        cmocka_unit_test(people_are_counted),
        cmocka_unit_test(unread_policies_are_unknown),
        cmocka_unit_test(same_as_enumeration),
        cmocka_unit_test(order_does_not_matter),
        cmocka_unit_test(policies_not_in_force_change_nothing),
        cmocka_unit_test(more_policies_never_weaken),
        cmocka_unit_test(exclusion_dominates),
        cmocka_unit_test(unread_is_never_guessed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
