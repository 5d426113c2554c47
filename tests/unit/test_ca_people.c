/* Who is in scope of a policy: users, groups, roles, guests; and what security defaults and
 * per-user MFA add. */
#include "ca_world.h"

#define APPS " +application:All +client_app:all grant:mfa operator:OR"

struct who_case {
    const char *name;
    const char *sql; /* what is known of u1 */
    const char *policy;
    const char *mfa;
};

static const char b2b_guest[] =
    "UPDATE user SET user_type = 'Guest', external_user_state = 'Accepted'";
static const char local_guest[] = "UPDATE user SET user_type = 'Guest'";
static const char b2b_member[] =
    "UPDATE user SET user_principal_name = 'a_b.com#EXT#@example.onmicrosoft.com'";
static const char active[] =
    "INSERT INTO role_member VALUES ('" GLOBAL_ADMIN "', 'u1', 'active', '/', '')";
static const char eligible[] =
    "INSERT INTO role_member VALUES ('" GLOBAL_ADMIN "', 'u1', 'eligible', '/', '')";

static const struct who_case cases[] = {
    /* exchange-smtp.md 5.2; Microsoft Learn, users and groups */
    {"5.2 named user", "", "+user:u1" APPS, "always"},
    {"5.2 another user is named", "", "+user:00000000-0000-0000-0000-0000000000aa" APPS, "never"},
    {"5.2 exclusion by name beats all users", "", "+user:All -user:u1" APPS, "never"},
    {"5.2 exclusion by group beats inclusion by name",
     "INSERT INTO group_member VALUES ('g', 'u1')", "+user:u1 -group:g" APPS, "never"},
    {"5.2 exclusion by role beats inclusion by group",
     "INSERT INTO group_member VALUES ('g', 'u1');"
     "INSERT INTO role_member VALUES ('" GLOBAL_ADMIN "', 'u1', 'active', '/', '')",
     "+group:g -role:" GLOBAL_ADMIN APPS, "never"},
    {"5.2 member of the group (rows are transitive)", "INSERT INTO group_member VALUES ('g', 'u1')",
     "+group:g" APPS, "always"},
    {"5.2 not a member of the group", "", "+group:g" APPS, "never"},

    /* roles: built-in, active, for the whole tenant */
    {"5.2 active role", active, "+role:" GLOBAL_ADMIN APPS, "always"},
    {"5.2 eligible role does not count until it is activated", eligible, "+role:" GLOBAL_ADMIN APPS,
     "never"},
    {"5.2 role of an administrative unit is not enforced",
     "INSERT INTO role_member VALUES ('" GLOBAL_ADMIN
     "', 'u1', 'active', '/administrativeUnits/x', '')",
     "+role:" GLOBAL_ADMIN APPS, "never"},
    {"5.2 role through a group",
     "INSERT INTO role_member VALUES ('" GLOBAL_ADMIN "', 'u1', 'active', '/', 'g')",
     "+role:" GLOBAL_ADMIN APPS, "always"},
    {"5.2 custom role is not enforced",
     "INSERT INTO role VALUES ('r1', 'r1', 'Custom', 0);"
     "INSERT INTO role_member VALUES ('r1', 'u1', 'active', '/', '')",
     "+role:r1" APPS, "never"},
    {"5.2 another role", active, "+role:" EXCHANGE_ADMIN APPS, "never"},
    {"5.2 role assignments were not read",
     "UPDATE collection SET state = 'failed', reason_code = 'permission'"
     " WHERE resource = 'role-assignments'",
     "+role:" GLOBAL_ADMIN APPS, "unknown"},
    {"5.2 an active role stays known when the rest was not read",
     "INSERT INTO role_member VALUES ('" GLOBAL_ADMIN "', 'u1', 'active', '/', '');"
     "UPDATE collection SET state = 'partial', reason_code = 'throttled'"
     " WHERE resource = 'role-assignments'",
     "+role:" GLOBAL_ADMIN APPS, "always"},
    {"5.2 members of role groups were not read",
     "UPDATE collection SET state = 'failed', reason_code = 'permission'"
     " WHERE resource = 'role-group-members'",
     "+role:" GLOBAL_ADMIN APPS, "unknown"},
    {"5.2 eligibility without a P2 licence is of no account",
     "UPDATE collection SET state = 'skipped', reason_code = 'licence'"
     " WHERE resource = 'role-eligibility'",
     "+role:" GLOBAL_ADMIN APPS, "never"},

    /* guests by type: Microsoft Learn, External ID */
    {"5.2 all users includes guests", b2b_guest, "+user:All" APPS, "always"},
    {"5.2 all guests: an invited guest", b2b_guest, "+user:GuestsOrExternalUsers" APPS, "always"},
    {"5.2 all guests: a local guest", local_guest, "+user:GuestsOrExternalUsers" APPS, "always"},
    {"5.2 all guests: an invited member", b2b_member, "+user:GuestsOrExternalUsers" APPS, "always"},
    {"5.2 all guests: a member", "", "+user:GuestsOrExternalUsers" APPS, "never"},
    {"5.2 all guests: no user type", "UPDATE user SET user_type = NULL",
     "+user:GuestsOrExternalUsers" APPS, "unknown"},
    {"5.2 b2b guests: an invited guest", b2b_guest, "+guest:b2bCollaborationGuest" APPS, "always"},
    {"5.2 b2b guests: a guest with #EXT# in the name only",
     "UPDATE user SET user_type = 'Guest', user_principal_name = 'x#EXT#@t.onmicrosoft.com'",
     "+guest:b2bCollaborationGuest" APPS, "always"},
    {"5.2 b2b guests: a local guest", local_guest, "+guest:b2bCollaborationGuest" APPS, "never"},
    {"5.2 b2b guests: an invited member", b2b_member, "+guest:b2bCollaborationGuest" APPS, "never"},
    {"5.2 b2b members: an invited member", b2b_member, "+guest:b2bCollaborationMember" APPS,
     "always"},
    {"5.2 local guests: a local guest", local_guest, "+guest:internalGuest" APPS, "always"},
    {"5.2 local guests: an invited guest", b2b_guest, "+guest:internalGuest" APPS, "never"},
    {"5.2 service providers: an invited guest may be one", b2b_guest, "+guest:serviceProvider" APPS,
     "unknown"},
    {"5.2 service providers: a member is none", "", "+guest:serviceProvider" APPS, "never"},
    {"5.2 guests of listed tenants only: the home tenant is not known", b2b_guest,
     "+guest:b2bCollaborationGuest@({\"membershipKind\":\"enumerated\",\"members\":[\"t\"]})" APPS,
     "unknown"},
    {"5.2 guests of all tenants", b2b_guest,
     "+guest:b2bCollaborationGuest@({\"membershipKind\":\"all\"})" APPS, "always"},
    {"5.2 excluding guests leaves members in", "", "+user:All -guest:b2bCollaborationGuest" APPS,
     "always"},
    {"5.2 excluding guests", b2b_guest, "+user:All -guest:b2bCollaborationGuest" APPS, "never"},
    {"5.2 a new kind of guest", b2b_guest, "+guest:unknownFutureValue" APPS, "unknown"},

    /* groups */
    {"group members partly read: a group that was found was read",
     "UPDATE collection SET state = 'partial', reason_code = 'permission'"
     " WHERE resource = 'group-members'",
     "+user:All -group:g" APPS, "always"},
    {"group members failed: nothing of them is trusted",
     "UPDATE collection SET state = 'failed', reason_code = 'permission'"
     " WHERE resource = 'group-members'",
     "+user:All -group:g" APPS, "unknown"},
    {"group members malformed: somebody may lack",
     "UPDATE collection SET state = 'partial', reason_code = 'malformed'"
     " WHERE resource = 'group-members'",
     "+user:All -group:g" APPS, "unknown"},

    /* policies that were not all read */
    {"policies partly read: one that covers all is enough",
     "UPDATE collection SET state = 'partial', reason_code = 'throttled'"
     " WHERE resource = 'ca-policies'",
     "+user:All" APPS, "always"},
    {"policies partly read: another may close the gap",
     "UPDATE collection SET state = 'partial', reason_code = 'throttled'"
     " WHERE resource = 'ca-policies'",
     "+user:All +platform:iOS" APPS, "unknown"},
    {"policies partly read: another may demand MFA",
     "UPDATE collection SET state = 'partial', reason_code = 'throttled'"
     " WHERE resource = 'ca-policies'",
     "+user:None" APPS, "unknown"},
    {"policies malformed: an exclusion may lack",
     "UPDATE collection SET state = 'partial', reason_code = 'malformed'"
     " WHERE resource = 'ca-policies'",
     "+user:All" APPS, "unknown"},
    {"policies not collected", "DELETE FROM collection WHERE resource = 'ca-policies'",
     "+user:None" APPS, "unknown"},

    /* per-user MFA */
    {"per-user MFA enforced", "UPDATE user SET per_user_mfa_state = 'enforced'", "+user:None" APPS,
     "always"},
    {"per-user MFA enabled", "UPDATE user SET per_user_mfa_state = 'enabled'", "+user:None" APPS,
     "always"},
    {"per-user MFA not known", "UPDATE user SET per_user_mfa_state = NULL", "+user:None" APPS,
     "unknown"},
    {"per-user MFA not known, but a policy covers all", "UPDATE user SET per_user_mfa_state = NULL",
     "+user:All" APPS, "always"},
    {"per-user MFA state of a kind that nobody knows",
     "UPDATE user SET per_user_mfa_state = 'later'", "+user:None" APPS, "unknown"},

    /* security defaults: DESIGN, and Microsoft Learn, security defaults */
    {"security defaults: sometimes for a user", "UPDATE security_defaults SET is_enabled = 1",
     "+user:None" APPS, "sometimes"},
    {"security defaults: always for an administrator",
     "UPDATE security_defaults SET is_enabled = 1;"
     "INSERT INTO role_member VALUES ('" EXCHANGE_ADMIN "', 'u1', 'active', '/', '')",
     "+user:None" APPS, "always"},
    {"security defaults: a Global Reader is not on Microsoft's list",
     "UPDATE security_defaults SET is_enabled = 1;"
     "INSERT INTO role_member VALUES ('" GLOBAL_READER "', 'u1', 'active', '/', '')",
     "+user:None" APPS, "sometimes"},
    {"security defaults: eligible is not active",
     "UPDATE security_defaults SET is_enabled = 1;"
     "INSERT INTO role_member VALUES ('" GLOBAL_ADMIN "', 'u1', 'eligible', '/', '')",
     "+user:None" APPS, "sometimes"},
    {"security defaults: administrator of a unit, not said",
     "UPDATE security_defaults SET is_enabled = 1;"
     "INSERT INTO role_member VALUES ('" GLOBAL_ADMIN
     "', 'u1', 'active', '/administrativeUnits/x', '')",
     "+user:None" APPS, "unknown"},
    {"security defaults: the synchronization account is left alone",
     "UPDATE security_defaults SET is_enabled = 1;"
     "INSERT INTO role_member VALUES ('d29b2b05-8046-44ba-8758-1e26182fcf32', 'u1', 'active', '/',"
     " '')",
     "+user:None" APPS, "never"},
    {"security defaults not read: a user is at sometimes or never", "DELETE FROM security_defaults",
     "+user:None" APPS, "unknown"},
    {"security defaults not read: sometimes either way", "DELETE FROM security_defaults",
     "+user:All +platform:iOS" APPS, "sometimes"},
    {"security defaults not read: always anyway", "DELETE FROM security_defaults", "+user:All" APPS,
     "always"},
    {"security defaults on, roles not read",
     "UPDATE security_defaults SET is_enabled = 1;"
     "UPDATE collection SET state = 'failed', reason_code = 'permission'"
     " WHERE resource = 'role-assignments'",
     "+user:None" APPS, "unknown"},
};

static void words_of_people(void **state)
{
    size_t failed = 0;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct who_case *c = &cases[i];
        struct store *s = ca_world();
        struct ca_model *m;
        struct ca_protection p;

        ca_member(s, "g", NULL);
        world_do(s, c->sql);
        ca_policy(s, "p1", c->policy);
        m = ca_load(s);
        p = ca_row(m, "u1");
        if (strcmp(p.mfa, c->mfa) != 0) {
            print_error("%s: got %s, expected %s\n  %s\n", c->name, p.mfa, c->mfa,
                        p.gap != NULL ? p.gap : "-");
            failed++;
        }
        ca_model_free(m);
        store_close(s);
    }
    assert_int_equal(failed, 0);
}

static void expect_in(const char *text, const char *part)
{
    if (text == NULL || strstr(text, part) == NULL)
        fail_msg("'%s' is not in %s", part, text != NULL ? text : "(null)");
}

/* Eligible holders are reported apart. */
static void eligible_is_told(void **state)
{
    struct store *s = ca_world();
    struct ca_model *m;

    (void)state;
    world_do(s, eligible);
    ca_user(s, "u2", "Member");
    ca_policy(s, "p1", "+role:" GLOBAL_ADMIN APPS);
    m = ca_load(s);
    expect_in(ca_row(m, "u1").gap, "\"eligible\":[\"p1\"]");
    assert_null(strstr(ca_row(m, "u2").gap, "eligible"));
    ca_model_free(m);
    store_close(s);
}

/* The reason is named: which group, which resource. */
static void unknown_has_a_reason(void **state)
{
    static const struct {
        const char *name, *sql, *policy, *reason;
    } told[] = {
        {"deleted group that something has seen",
         "INSERT INTO directory_group VALUES ('gd','Sales','missing','policy');"
         "INSERT INTO policy_reference VALUES ('gd','group','Sales','found')",
         "+user:All -group:gd" APPS, "whether the group Sales was deleted is not certain"},
        {"deleted group with a member",
         "INSERT INTO directory_group VALUES ('gd','Sales','missing','policy');"
         "INSERT INTO user(id, user_type) VALUES ('u2','Member');"
         "INSERT INTO group_member VALUES ('gd','u2')",
         "+user:All -group:gd" APPS, "whether the group Sales was deleted is not certain"},
        {"deleted group among replies that were odd",
         "INSERT INTO directory_group VALUES ('gd','Sales','missing','policy');"
         "UPDATE collection SET state='partial', reason_code='malformed'"
         " WHERE resource='group-members'",
         "+user:All -group:gd" APPS, "whether the group Sales was deleted is not certain"},
        {"unread group", "INSERT INTO directory_group VALUES ('gu','Ops','unreadable','policy')",
         "+user:All -group:gu" APPS, "the members of the group Ops were not read"},
        {"unread roles",
         "UPDATE collection SET state='failed', reason_code='permission' WHERE resource ="
         " 'role-assignments'",
         "+user:All -role:" GLOBAL_ADMIN APPS, "the holders of the role"},
        {"location", "", "+user:All +location:nowhere" APPS,
         "the location nowhere was deleted or not read"},
        {"application filter", "", "+user:All -application_filter:x" APPS, "custom security"},
        {"unread policies",
         "UPDATE collection SET state='failed', reason_code='permission' WHERE resource ="
         " 'ca-policies'",
         "+user:None" APPS, "were not all read (failed, permission)"},
        {"per-user MFA", "UPDATE user SET per_user_mfa_state = NULL", "+user:None" APPS,
         "per-user MFA state was not read"},
        {"security defaults", "DELETE FROM security_defaults", "+user:None" APPS,
         "security defaults are on was not read"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(told); i++) {
        struct store *s = ca_world();
        struct ca_model *m;

        world_do(s, told[i].sql);
        ca_policy(s, "p1", told[i].policy);
        m = ca_load(s);
        assert_string_equal(ca_row(m, "u1").mfa, "unknown");
        expect_in(ca_row(m, "u1").gap, told[i].reason);
        ca_model_free(m);
        store_close(s);
    }
}

/* A deleted group reaches and spares nobody, and the words say so. */
static void deleted_group(void **state)
{
    static const struct {
        const char *policy, *words;
        enum ca_tri met;
    } told[] = {
        {"+group:gd" APPS, "not included; it names the group Sales, which no longer exists", CA_NO},
        {"+user:All -group:gd" APPS,
         "included as one of all users; it excludes the group Sales, which no longer exists",
         CA_YES},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(told); i++) {
        struct store *s = ca_world();
        const struct ca_sign_in in = {.user_id = "u1", .app = EXO, .client = "other"};
        struct ca_what_if_result out;
        struct err e = ERR_INIT;
        struct ca_model *m;

        world_do(s, "INSERT INTO directory_group VALUES ('gd','Sales','missing','policy')");
        ca_policy(s, "p1", told[i].policy);
        m = ca_load(s);
        assert_int_equal(ca_what_if(m, &in, NULL, 0, &out, &e), ERR_OK);
        assert_int_equal(out.v[0].conditions[0].met, told[i].met);
        assert_string_equal(out.v[0].conditions[0].detail, told[i].words);
        ca_what_if_release(&out);
        ca_model_free(m);
        store_close(s);
    }
}

/* The derivation writes one row a user, disabled ones too, and replaces them. */
static void table_is_filled(void **state)
{
    struct store *s = ca_world();

    (void)state;
    ca_user(s, "u2", "Guest");
    world_do(s, "UPDATE user SET account_enabled = 0 WHERE id = 'u2'");
    ca_policy(s, "p1", "+user:All" APPS);
    world_derive(s, "2026-11-23");
    world_derive(s, "2026-11-23");
    world_expect(s, "rows",
                 "SELECT group_concat(user_id || ' ' || mfa || ' ' || coalesce(mfa_gap, '-') || ' '"
                 " || legacy_auth || ' ' || legacy_auth_policies, '|') FROM user_protection",
                 "u1 always - blocked [\"p1\"]|u2 always - blocked [\"p1\"]");
    store_close(s);
}

/* Tenant text of any kind gives valid JSON. */
static void hostile_names(void **state)
{
    struct store *s = ca_world();
    struct ca_model *m;
    json_t *o;

    (void)state;
    ca_policy(s, "p1", "+user:All +platform:iOS" APPS);
    world_do(s, "UPDATE ca_policy SET display_name = CAST(X'4122FF5C0A80E280AE' AS TEXT)");
    m = ca_load(s);
    o = json_loads(ca_row(m, "u1").gap, 0, NULL);
    assert_non_null(o);
    json_decref(o);
    ca_model_free(m);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_of_people),      cmocka_unit_test(eligible_is_told),
        cmocka_unit_test(unknown_has_a_reason), cmocka_unit_test(deleted_group),
        cmocka_unit_test(table_is_filled),      cmocka_unit_test(hostile_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
