/* Each Conditional Access policy that a rule advises does what the rule asks: the body of the
 * request is read as the collector reads it, switched on in a small tenant, and the rule judges it.
 * It has to pass for everybody but the one account in the emergency group, which is left out. */
#include "ca_world.h"
#include "map_ca.h"
#include "remedy_judge.h"

#define POLICY "aaaaaaaa-0000-4000-8000-000000000004"

/* u1 administers and owns the mailbox of a device, u2 works, e1 is the emergency access account. */
static struct store *tenant(void)
{
    struct store *s = world_allow();

    ca_user(s, "u2", "Member");
    ca_user(s, "e1", "Member");
    ca_role(s, GLOBAL_ADMIN, "u1", "active", "/");
    ca_role(s, GLOBAL_ADMIN, "e1", "active", "/");
    ca_member(s, REMEDY_EMERGENCY, "e1");
    ca_member(s, REMEDY_DEVICES, "u1");
    ca_network(s, REMEDY_OFFICE, "1", "[\"203.0.113.7/32\"]");
    world_do(s, "INSERT INTO sku_service_plan(sku_id, plan_id, plan_name) VALUES"
                " ('s1', '41781fb2-bc02-4b7c-bd55-b576c07bb09d', 'AAD_PREMIUM'),"
                " ('s1', 'eec0eb4f-6444-4f95-aba0-50c24d67f998', 'AAD_PREMIUM_P2'),"
                " ('s1', 'c1ec4a95-1f05-45b3-a911-aa3fa01094f5', 'INTUNE_A');"
                "INSERT INTO authentication_strength VALUES"
                " ('00000000-0000-0000-0000-000000000004', 'Phishing-resistant MFA', 'builtIn',"
                "  'mfa', '[\"windowsHelloForBusiness\",\"fido2\",\"x509CertificateMultiFactor\"]',"
                "  '{}')");
    return s;
}

static void put_in_force(struct store *s, const struct remedy *r)
{
    char *text = remedy_filled(r->body);
    json_t *policy = remedy_json(r, text);
    struct map_odd odd = {0};
    struct err e = ERR_INIT;
    bool stored = false;

    json_object_set_new(policy, "id", json_string(POLICY));
    json_object_set_new(policy, "state", json_string("enabled"));
    if (map_ca_policy(s, policy, &odd, &stored, &e) != ERR_OK || !stored || odd.count > 0)
        fail_msg("%s: the collector finds this policy odd: %s%s", r->id, e.msg, odd.first);
    json_decref(policy);
    free(text);
}

static int64_t number(struct store *s, const char *what, const char *rule)
{
    char *sql = xasprintf("SELECT CAST((SELECT %s rule_id = '%s') AS TEXT)", what, rule);
    char *text = world_ask(s, sql);
    int64_t n = -1;

    assert_true(str_int(text, 0, INT64_MAX, &n));
    free(text);
    free(sql);
    return n;
}

#define FAILS "count(*) FROM resource_result WHERE status = 'fail' AND"
#define OTHERS "count(*) FROM resource_result WHERE resource_id <> 'e1' AND"
#define EMERGENCIES "count(*) FROM resource_result WHERE resource_id = 'e1' AND"
#define PASSES "pass FROM rule_result WHERE"

static void show(struct store *s, const char *rule)
{
    char *sql =
        xasprintf("SELECT group_concat(resource_id || ' ' || status || ' ' || reason, char(10)) "
                  "FROM resource_result WHERE rule_id = '%s'",
                  rule);
    char *text = world_ask(s, sql);

    print_error("%s:\n%s\n", rule, text);
    free(text);
    free(sql);
}

static bool helps(const struct remedy *r)
{
    struct ruleset *rs = remedy_rule(r);
    struct store *s = tenant();
    bool is_right = true;

    remedy_judge(rs, s);
    if (number(s, FAILS, r->id) == 0) {
        print_error("%s does not fail in a tenant without policies\n", r->id);
        is_right = false;
    }
    put_in_force(s, r);
    remedy_judge(rs, s);
    if (number(s, OTHERS, r->id) > 0 || number(s, PASSES, r->id) == 0) {
        print_error("the policy that %s advises does not make it pass\n", r->id);
        is_right = false;
    }
    /* a rule on mailboxes says nothing of an account that has none */
    if (strncmp(r->id, "ENTRA-", 6) == 0 && number(s, EMERGENCIES, r->id) == 0) {
        print_error("the policy that %s advises catches the emergency access account\n", r->id);
        is_right = false;
    }
    if (!is_right)
        show(s, r->id);
    store_close(s);
    ruleset_free(rs);
    return is_right;
}

static void policies_make_their_rules_pass(void **state)
{
    struct ruleset *rs = remedy_rules();
    size_t tried = 0;
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < ruleset_count(rs); i++) {
        struct remedy r;

        remedy_at(rs, i, &r);
        if (remedy_is(&r, "POST", REMEDY_POLICIES)) {
            tried++;
            wrong += helps(&r) ? 0 : 1;
        }
        remedy_release(&r);
    }
    print_message("%zu policies tried\n", tried);
    assert_true(tried > 20);
    assert_int_equal(wrong, 0);
    ruleset_free(rs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(policies_make_their_rules_pass)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
