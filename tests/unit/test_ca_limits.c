/* What strangers size has limits, and what is beyond them is unknown, never guessed. */
#include "ca_model.h"
#include "ca_world.h"

#include "base/limits.h"

#define ALL "+user:All +application:All +client_app:all "
#define MFA "grant:mfa operator:OR "

static const char *mfa_of(struct store *s)
{
    static char word[16];
    struct ca_model *m = ca_load(s);

    (void)snprintf(word, sizeof word, "%s", ca_row(m, "u1").mfa);
    ca_model_free(m);
    return word;
}

static void add_app(struct store *s, const char *policy, const char *mode, unsigned n)
{
    char id[40];

    (void)snprintf(id, sizeof id, "%08x-1111-4111-8111-111111111111", n);
    ca_run(s,
           "INSERT INTO ca_policy_target(policy_id, dimension, mode, target)"
           " VALUES (?, 'application', ?, ?)",
           policy, mode, id, NULL, NULL);
}

enum { BITS = 11, APPS = 1500 };

/* More applications than can be told apart: the n-th is in the policies of its bits. */
static void many_applications(void **state)
{
    struct store *s = ca_world();
    char id[16];

    (void)state;
    world_do(s, "BEGIN");
    for (unsigned b = 0; b < BITS; b++) {
        (void)snprintf(id, sizeof id, "bit%02u", b);
        ca_policy(s, id, "+user:All +client_app:all grant:block operator:OR +platform:linux");
        for (unsigned n = 0; n < APPS; n++)
            if ((n >> b & 1) != 0)
                add_app(s, id, "include", n);
    }
    world_do(s, "COMMIT");
    assert_string_equal(mfa_of(s), "never"); /* "any other application" is still told apart */
    ca_policy(s, "rest", ALL MFA);
    assert_string_equal(mfa_of(s), "always");
    world_do(s, "DELETE FROM ca_policy WHERE id = 'rest';"
                "DELETE FROM ca_policy_target WHERE policy_id = 'rest';"
                "DELETE FROM ca_policy_control WHERE policy_id = 'rest'");
    /* one half here, the other there: true, but too many to see it */
    ca_policy(s, "in", "+user:All +client_app:all " MFA);
    ca_policy(s, "out", ALL MFA);
    world_do(s, "BEGIN");
    for (unsigned n = 0; n < APPS; n++) {
        add_app(s, "in", "include", n);
        add_app(s, "out", "exclude", n);
    }
    world_do(s, "COMMIT");
    assert_string_equal(mfa_of(s), "unknown");
    world_do(s, "DELETE FROM ca_policy WHERE id LIKE 'bit%'");
    assert_string_equal(mfa_of(s), "always"); /* now all of them look the same */
    store_close(s);
}

/* More combinations of networks and countries than are tried. */
static void many_places(void **state)
{
    struct store *s = ca_world();
    char id[16];
    char text[64];

    (void)state;
    ca_policy(s, "p1", ALL MFA "+location:All");
    ca_policy(s, "p2", ALL MFA "+platform:iOS");
    world_do(s, "BEGIN");
    for (unsigned i = 0; i < 300; i++) {
        (void)snprintf(id, sizeof id, "n%u", i);
        (void)snprintf(text, sizeof text, "[\"10.%u.%u.0/24\"]", i / 200, i % 200);
        ca_network(s, id, "0", text);
        ca_run(s, "INSERT INTO ca_policy_target VALUES ('p1', 'location', 'exclude', ?, '')", id,
               NULL, NULL, NULL, NULL);
        (void)snprintf(id, sizeof id, "c%u", i);
        (void)snprintf(text, sizeof text, "[\"%c%c\"]", (char)('A' + i / 20), (char)('A' + i % 20));
        ca_countries(s, id, "0", text);
        ca_run(s, "INSERT INTO ca_policy_target VALUES ('p2', 'location', 'include', ?, '')", id,
               NULL, NULL, NULL, NULL);
    }
    world_do(s, "COMMIT");
    assert_string_equal(mfa_of(s), "sometimes");
    ca_policy(s, "p3", ALL MFA);
    assert_string_equal(mfa_of(s), "always");
    store_close(s);
}

static void many_policies(void **state)
{
    struct store *s = ca_world();
    struct ca_model *m;
    char id[16];

    (void)state;
    world_do(s, "BEGIN");
    for (unsigned i = 0; i <= LIMIT_CA_POLICIES; i++) {
        (void)snprintf(id, sizeof id, "p%05u", i);
        ca_policy(s, id, "+user:None +application:None");
    }
    world_do(s, "COMMIT");
    m = ca_load(s);
    assert_string_equal(ca_row(m, "u1").mfa, "unknown");
    assert_non_null(strstr(ca_row(m, "u1").gap, "there are more than 2000"));
    ca_model_free(m);
    ca_policy(s, "a", ALL MFA);
    assert_string_equal(mfa_of(s), "always");
    store_close(s);
}

/* More devices than are tried: 9 properties of 4 values each. */
static void many_devices(void **state)
{
    struct store *s = ca_world();
    char line[800] = ALL MFA "-device_filter:";
    size_t n = strlen(line);

    (void)state;
    for (unsigned i = 0; i < 9; i++)
        n += (size_t)snprintf(line + n, sizeof line - n, "%sdevice.x%u~-in~[\"a\",\"b\"]",
                              i > 0 ? "~-and~" : "", i);
    ca_policy(s, "p1", line);
    assert_string_equal(mfa_of(s), "sometimes"); /* the first device tried has all of them */
    ca_policy(s, "p2", ALL "grant:block operator:OR +device_filter:device.x8~-ne~\"c\"");
    /* p2 stops each device tried, and those with "c" that were not tried are not known */
    assert_string_equal(mfa_of(s), "unknown");
    ca_policy(s, "p3", ALL MFA);
    assert_string_equal(mfa_of(s), "always");
    store_close(s);
}

/* Set arithmetic that runs into its limit gives no answer. */
static void too_entangled(void **state)
{
    struct store *s = ca_world();
    struct ca_model *m;

    (void)state;
    ca_policy(s, "p1", ALL MFA "+platform:iOS");
    ca_policy(s, "p2", ALL "grant:block operator:OR +sign_in_risk:high");
    m = ca_load(s);
    m->boxes = LIMIT_CA_BOXES_TOTAL;
    assert_string_equal(ca_row(m, "u1").mfa, "unknown");
    assert_non_null(strstr(ca_row(m, "u1").gap, "too entangled"));
    assert_string_equal(ca_row(m, "u1").legacy, "unknown");
    assert_int_equal(ca_answer(m, "u1", CA_OAUTH_DELEGATED)->verdict, CA_UNKNOWN);
    ca_model_free(m);
    store_close(s);
}

/* Nothing at all: no users, no policies. */
static void empty_tenant(void **state)
{
    struct store *s = world_new();
    struct ca_what_if_result r;
    struct ca_sign_in in = {.user_id = NULL};
    struct err e = ERR_INIT;
    struct ca_model *m;

    (void)state;
    m = ca_load(s);
    assert_int_equal(ca_user_count(m), 0);
    assert_int_equal(ca_what_if(m, &in, NULL, 0, &r, &e), ERR_OK);
    assert_int_equal(r.n, 0);
    assert_int_equal(r.blocked, CA_NO);
    ca_what_if_release(&r);
    ca_model_free(m);
    store_close(s);
}

/* The same evidence gives the same bytes. */
static void same_bytes(void **state)
{
    char *first = NULL;

    (void)state;
    for (int round = 0; round < 2; round++) {
        struct store *s = ca_world();
        char *text;

        ca_user(s, "u2", "Guest");
        ca_user(s, "u3", "Member");
        ca_member(s, "g", "u3");
        ca_network(s, "hq", "1", "[\"192.0.2.0/24\"]");
        ca_policy(s, "p1", ALL MFA "-group:g +platform:iOS");
        ca_policy(s, "p2", ALL MFA "-group:gone +location:All -location:AllTrusted");
        world_derive(s, "2026-11-23");
        text = world_ask(s, "SELECT group_concat(user_id || mfa || coalesce(mfa_gap, '-') ||"
                            " legacy_auth || legacy_auth_policies, '|') FROM"
                            " (SELECT * FROM user_protection ORDER BY user_id)");
        if (round == 0) {
            first = text;
        } else {
            assert_string_equal(text, first);
            free(text);
        }
        store_close(s);
    }
    free(first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_applications), cmocka_unit_test(many_places),
        cmocka_unit_test(many_policies),     cmocka_unit_test(many_devices),
        cmocka_unit_test(too_entangled),     cmocka_unit_test(empty_tenant),
        cmocka_unit_test(same_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
