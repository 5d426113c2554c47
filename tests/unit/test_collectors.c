/* What single collectors make of replies, beyond their table of columns. */
#include "collect_world.h"

#define G1 "11111111-1111-4111-8111-111111111111"
#define G2 "22222222-2222-4222-8222-222222222222"
#define G3 "33333333-3333-4333-8333-333333333333"
#define U1 "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
#define U2 "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb"
#define ROLE "62e90394-69f5-4237-9190-012177145e10"
#define LIST(items) "{\"value\":[" items "]}"
#define POLICY(id, users)                                                                          \
    "{\"id\":\"" id "\",\"state\":\"enabled\",\"conditions\":{\"users\":{" users "}}}"
#define GROUPS(ids) POLICY("p1", "\"includeGroups\":[" ids "]")

static enum err_code run_one(struct world *w, const char *resource)
{
    return world_run(w, &resource, 1);
}

/* ---- organization ---- */

static void an_organization_of_nulls_is_a_missing_permission(void **state)
{
    static const char *const only[] = {"organization", "domains"};
    struct world w = {0};

    (void)state;
    w.replies[0] = (struct reply){
        .match = "/organization",
        .pages = {LIST("{\"id\":\"T\",\"displayName\":\"N\",\"verifiedDomains\":[{\"name\":\"x\"}],"
                       "\"tenantType\":null,\"assignedPlans\":[],\"countryLetterCode\":null}")}};
    assert_int_equal(world_run(&w, only, 2), ERR_OK);
    expect_state(&w, "organization", "failed permission");
    assert_string_equal(world_text(&w, "SELECT tenant_id || ' ' || tenant_name FROM snapshot"),
                        "t N");
    assert_string_equal(world_text(&w, "SELECT COUNT(*) FROM organization"), "0");
    world_release(&w);
}

/* ---- Conditional Access ---- */

static void a_refused_beta_falls_back_to_v1(void **state)
{
    static const struct {
        const char *name;
        enum err_code beta, v1;
        const char *want;
    } cases[] = {
        {"no beta endpoint", ERR_ABSENT, ERR_OK, "partial truncated"},
        {"beta refused", ERR_DENIED, ERR_OK, "partial truncated"},
        {"both refused", ERR_DENIED, ERR_DENIED, "failed permission"},
        {"beta broken", ERR_NET, ERR_OK, "failed api_error"}, /* a fault is no refusal */
    };
    static const char *const only[] = {"ca-policies", "domains"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct world w = {0};

        w.replies[0] = (struct reply){.match = "/beta/identity", .code = cases[i].beta};
        w.replies[1] = (struct reply){.match = "/v1.0/identity",
                                      .pages = {LIST(POLICY("p1", "\"includeUsers\":[\"All\"]"))}};
        if (cases[i].v1 != ERR_OK)
            w.replies[1] = (struct reply){.match = "/v1.0/identity", .code = cases[i].v1};
        assert_int_equal(world_run(&w, only, 2), ERR_OK);
        expect_state(&w, "ca-policies", cases[i].want);
        world_release(&w);
    }
}

static void v1_shows_what_it_hides(void **state)
{
    static const char *const only[] = {"ca-policies-v1"};
    struct world w = {0};

    (void)state;
    w.replies[0] =
        (struct reply){.match = "/beta/identity",
                       .pages = {LIST(POLICY("P1", "\"includeUsers\":[\"All\"]") "," POLICY(
                           "p2", "\"includeUsers\":[\"All\"]"))}};
    w.replies[1] = (struct reply){.match = "/v1.0/identity", .pages = {LIST("{\"id\":\"p1\"}")}};
    assert_int_equal(world_run(&w, only, 1), ERR_OK);
    assert_string_equal(
        world_text(&w, "SELECT group_concat(id || in_v1, ' ') FROM ca_policy ORDER BY id"),
        "p11 p20");
    assert_int_equal(w.notices.n, 1);
    assert_non_null(strstr(w.notices.v[0], "hides 1 Conditional Access policy "));
    expect_state(&w, "ca-policies", "complete");
    world_release(&w);
}

static void a_policy_that_only_v1_shows_makes_the_list_doubtful(void **state)
{
    static const char *const only[] = {"ca-policies-v1"};
    struct world w = {0};

    (void)state;
    w.replies[0] = (struct reply){.match = "/v1.0/identity", .pages = {LIST("{\"id\":\"p9\"}")}};
    assert_int_equal(world_run(&w, only, 1), ERR_OK);
    expect_state(&w, "ca-policies", "partial truncated");
    world_release(&w);
}

static void an_unread_cross_check_says_nothing(void **state)
{
    static const char *const only[] = {"ca-policies-v1"};
    struct world w = {0};

    (void)state;
    w.replies[0] = (struct reply){.match = "/beta/identity",
                                  .pages = {LIST(POLICY("p1", "\"includeUsers\":[\"All\"]"))}};
    w.replies[1] = (struct reply){.match = "/v1.0/identity", .code = ERR_NET};
    assert_int_equal(world_run(&w, only, 1), ERR_OK);
    assert_string_equal(world_text(&w, "SELECT in_v1 FROM ca_policy"), "~");
    assert_int_equal(w.notices.n, 0);
    world_release(&w);
}

/* ---- references and groups ---- */

static void named_objects_are_found_or_missing(void **state)
{
    struct world w = {0};

    (void)state;
    w.replies[0] =
        (struct reply){.match = "/beta/identity",
                       .pages = {LIST(POLICY("p1", "\"includeUsers\":[\"All\",\"" U1 "\",\"" U2
                                                   "\"],\"excludeGroups\":[\"" G1
                                                   "\"],\"includeRoles\":[\"" ROLE "\"]"))}};
    w.replies[1] = (struct reply){
        .match = "getByIds",
        .pages = {LIST("{\"@odata.type\":\"#microsoft.graph.user\",\"id\":\"" U1
                       "\",\"displayName\":\"One\"},{\"@odata.type\":\"#microsoft.graph.group\","
                       "\"id\":\"" G1 "\",\"displayName\":\"Group\"}")}};
    assert_int_equal(run_one(&w, "policy-references"), ERR_OK);
    expect_state(&w, "policy-references", "complete");
    assert_string_equal(world_text(&w, "SELECT group_concat(ifnull(kind, '~') || ' ' || "
                                       "ifnull(display_name, '~') || ' ' || state, ', ') FROM "
                                       "(SELECT * FROM policy_reference ORDER BY id)"),
                        "group Group found, user One found, ~ ~ missing");
    assert_int_equal(times_sent(&w, "getByIds"), 1); /* roles and All are not asked for */
    world_release(&w);
}

static void unasked_references_are_not_missing(void **state)
{
    static const char *const only[] = {"policy-references"};
    struct world w = {0};

    (void)state;
    w.replies[0] = (struct reply){.match = "/beta/identity", .pages = {LIST(GROUPS("\"" G1 "\""))}};
    w.replies[1] = (struct reply){.match = "getByIds", .code = ERR_DENIED};
    assert_int_equal(world_run(&w, only, 1), ERR_OK);
    expect_state(&w, "policy-references", "failed permission");
    assert_string_equal(world_text(&w, "SELECT COUNT(*) FROM policy_reference"), "0");
    world_release(&w);
}

static void groups_are_found_missing_or_unreadable(void **state)
{
    static const struct {
        const char *name;
        struct reply second; /* of three groups; the first has two members, the third none */
        const char *want, *states;
        size_t asked;
    } cases[] = {
        {"all there", {.pages = {LIST("")}}, "complete", "found found found", 3},
        {"gone",
         {.code = ERR_ABSENT, .status = 404, .error_code = "Request_ResourceNotFound"},
         "complete",
         "found missing found",
         3},
        {"no such endpoint", /* not the group's fault */
         {.code = ERR_ABSENT, .status = 404, .error_code = "UnknownError"},
         "partial api_error",
         "found unreadable found",
         3},
        {"hidden membership",
         {.code = ERR_DENIED, .status = 403},
         "partial permission",
         "found unreadable found",
         3},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct world w = {0};

        w.replies[0] = (struct reply){.match = "/beta/identity",
                                      .pages = {LIST(GROUPS("\"" G1 "\",\"" G2 "\",\"" G3 "\""))}};
        w.replies[1] = (struct reply){
            .match = G1, .pages = {LIST("{\"id\":\"" U1 "\"}"), LIST("{\"id\":\"" U2 "\"}")}};
        w.replies[2] = cases[i].second;
        w.replies[2].match = G2;
        assert_int_equal(run_one(&w, "group-members"), ERR_OK);
        expect_state(&w, "group-members", cases[i].want);
        assert_string_equal(world_text(&w, "SELECT group_concat(state, ' ') FROM "
                                           "(SELECT * FROM directory_group ORDER BY id)"),
                            cases[i].states);
        assert_string_equal(world_text(&w, "SELECT group_concat(user_id, ' ') FROM group_member"),
                            U1 " " U2);
        assert_int_equal(times_sent(&w, "/groups/"), cases[i].asked);
        world_release(&w);
    }
}

static void the_first_refusal_ends_the_asking(void **state)
{
    struct world w = {0};

    (void)state;
    w.replies[0] = (struct reply){.match = "/beta/identity",
                                  .pages = {LIST(GROUPS("\"" G1 "\",\"" G2 "\",\"" G3 "\""))}};
    w.replies[1] = (struct reply){.match = "/groups/", .code = ERR_DENIED, .status = 403};
    assert_int_equal(run_one(&w, "group-members"), ERR_OK);
    expect_state(&w, "group-members", "failed permission");
    assert_int_equal(times_sent(&w, "/groups/"), 1);
    assert_string_equal(world_text(&w, "SELECT group_concat(DISTINCT state) FROM directory_group"),
                        "unreadable");
    world_release(&w);
}

static void what_is_no_id_never_reaches_a_path(void **state)
{
    struct world w = {0};

    (void)state;
    w.replies[0] = (struct reply){.match = "/beta/identity",
                                  .pages = {LIST(GROUPS("\"../users\",\"" G1 "\""))}};
    assert_int_equal(run_one(&w, "group-members"), ERR_OK);
    assert_int_equal(times_sent(&w, "/groups/"), 1);
    expect_state(&w, "group-members", "failed malformed");
    assert_string_equal(world_text(&w, "SELECT state FROM directory_group WHERE id = '../users'"),
                        "unreadable");
    world_release(&w);
}

static void hidden_members_are_not_none(void **state)
{
    static const struct {
        const char *roles, *want, *group;
    } cases[] = {
        {NULL, "partial permission", "unreadable"},
        {"[\"Directory.Read.All\",\"Policy.Read.All\"]", "partial permission", "unreadable"},
        {"[\"Directory.Read.All\",\"Policy.Read.All\",\"Member.Read.Hidden\"]", "complete",
         "found"},
    };
    static const char *const only[] = {"group-members", "policy-references"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct world w = {.roles = cases[i].roles};

        w.replies[0] =
            (struct reply){.match = "/beta/identity", .pages = {LIST(GROUPS("\"" G1 "\""))}};
        w.replies[1] = (struct reply){
            .match = "getByIds",
            .pages = {LIST("{\"@odata.type\":\"#microsoft.graph.group\",\"id\":\"" G1
                           "\",\"displayName\":\"G\",\"visibility\":\"HiddenMembership\"}")}};
        assert_int_equal(world_run(&w, only, 2), ERR_OK);
        expect_state(&w, "group-members", cases[i].want);
        assert_string_equal(world_text(&w, "SELECT state FROM directory_group"), cases[i].group);
        world_release(&w);
    }
}

/* ---- roles ---- */

#define ASSIGNED(who, type, scope)                                                                 \
    "{\"roleDefinitionId\":\"d1\",\"principalId\":\"" who "\",\"directoryScopeId\":" scope         \
    ",\"principal\":{\"@odata.type\":\"#microsoft.graph." type "\",\"id\":\"" who                  \
    "\",\"displayName\":\"Name\"}}"

static void roles_reach_people_through_groups(void **state)
{
    struct world w = {0};

    (void)state;
    w.replies[0] = (struct reply){
        .match = "roleDefinitions",
        .pages = {LIST("{\"id\":\"D1\",\"templateId\":\"" ROLE "\",\"displayName\":\"Global\","
                       "\"isBuiltIn\":true}")}};
    w.replies[1] =
        (struct reply){.match = "roleAssignments?",
                       .pages = {LIST(ASSIGNED(U1, "user", "\"/\"") "," ASSIGNED(
                           G1, "group", "\"/\"") "," ASSIGNED("sp", "servicePrincipal", "\"/\""))}};
    w.replies[2] =
        (struct reply){.match = "/subscribedSkus",
                       .pages = {LIST("{\"skuId\":\"S\",\"skuPartNumber\":\"P\","
                                      "\"capabilityStatus\":\"Enabled\",\"servicePlans\":"
                                      "[{\"servicePlanId\":\"x\",\"servicePlanName\":"
                                      "\"AAD_PREMIUM_P2\"}]}")}};
    w.replies[3] =
        (struct reply){.match = "roleEligibility",
                       .pages = {LIST(ASSIGNED(G1, "group", "\"/administrativeUnits/u\""))}};
    w.replies[4] = (struct reply){.match = "/groups/" G1, .pages = {LIST("{\"id\":\"" U2 "\"}")}};
    w.replies[5] = (struct reply){.match = "/beta/identity", .pages = {LIST(GROUPS("\"" G1 "\""))}};
    assert_int_equal(run_one(&w, "role-group-members"), ERR_OK);
    expect_state(&w, "role-assignments", "complete");
    expect_state(&w, "role-eligibility", "complete");
    expect_state(&w, "role-group-members", "complete");
    assert_string_equal(
        world_text(&w, "SELECT group_concat(role_template_id || ' ' || substr(user_id, 1, 1) || ' '"
                       " || assignment || ' ' || directory_scope || ' ' || substr(via_group_id, 1, "
                       "1), ', ') FROM (SELECT * FROM role_member ORDER BY user_id, assignment)"),
        ROLE " a active / , " ROLE " b active / 1, " ROLE " b eligible /administrativeUnits/u 1");
    /* A policy names the group too: it is read once, and known by both. */
    assert_int_equal(times_sent(&w, "/groups/" G1), 1);
    assert_string_equal(
        world_text(&w, "SELECT named_by || ' ' || display_name FROM directory_group"), "both Name");
    world_release(&w);
}

static void a_holder_of_unknown_kind_makes_the_list_doubtful(void **state)
{
    static const char *const principals[] = {
        "", ",\"principal\":null", ",\"principal\":{\"id\":\"x\"}",
        ",\"principal\":{\"@odata.type\":\"#microsoft.graph.somethingNew\"}"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(principals); i++) {
        static const char *const only[] = {"role-assignments", "domains"};
        struct world w = {0};
        char *page = xasprintf("{\"value\":[{\"roleDefinitionId\":\"" ROLE
                               "\",\"principalId\":\"" U1 "\",\"directoryScopeId\":\"/\"%s}]}",
                               principals[i]);

        w.replies[0] = (struct reply){.match = "roleAssignments?", .pages = {page}};
        assert_int_equal(world_run(&w, only, 2), ERR_OK);
        expect_state(&w, "role-assignments", "partial malformed");
        world_release(&w);
        free(page);
    }
}

/* ---- users ---- */

static void licences_keep_what_is_switched_off(void **state)
{
    struct world w = {0};

    (void)state;
    w.replies[0] = (struct reply){
        .match = "/v1.0/users?",
        .pages = {LIST("{\"id\":\"U\",\"userPrincipalName\":\"u@x\",\"accountEnabled\":true,"
                       "\"userType\":\"Member\",\"assignedLicenses\":[{\"skuId\":\"S\","
                       "\"disabledPlans\":[\"A\",\"b\"]}]},{\"@odata.type\":"
                       "\"#microsoft.graph.agentUser\",\"id\":\"agent\"}")}};
    assert_int_equal(run_one(&w, "users"), ERR_OK);
    expect_state(&w, "users", "complete");
    assert_string_equal(world_text(&w,
                                   "SELECT user_id || ' ' || sku_id || ' ' || disabled_plans_json "
                                   "FROM user_licence"),
                        "u s [\"a\",\"b\"]");
    assert_string_equal(world_text(&w, "SELECT COUNT(*) FROM user"), "1"); /* no agents */
    world_release(&w);
}

static void licences_that_were_not_shown_are_not_none(void **state)
{
    struct world w = {0};

    (void)state;
    w.replies[0] = (struct reply){
        .match = "/v1.0/users?",
        .pages = {LIST("{\"id\":\"U\",\"userPrincipalName\":\"u@x\",\"accountEnabled\":true,"
                       "\"userType\":\"Member\"}")}};
    assert_int_equal(run_one(&w, "users"), ERR_OK);
    expect_state(&w, "users", "partial malformed");
    world_release(&w);
}

static void per_user_mfa_is_known_only_when_it_is_served(void **state)
{
    static const struct {
        const char *name, *page, *want, *mfa;
    } cases[] = {
        {"all", LIST("{\"id\":\"a\",\"perUserMfaState\":\"Enforced\"}"), "complete", "enforced"},
        {"none", LIST("{\"id\":\"a\"}"), "failed not_collected", "~"},
        {"null", LIST("{\"id\":\"a\",\"perUserMfaState\":null}"), "failed not_collected", "~"},
        {"some", LIST("{\"id\":\"a\",\"perUserMfaState\":\"disabled\"},{\"id\":\"b\"}"),
         "partial not_collected", "disabled"},
        {"new word", LIST("{\"id\":\"a\",\"perUserMfaState\":\"unknownFutureValue\"}"),
         "failed malformed", "~"},
        {"nobody", LIST(""), "complete", "~"},
    };
    static const char *const only[] = {"users", "users-per-user-mfa"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct world w = {0};

        w.replies[0] = (struct reply){.match = "perUserMfaState", .pages = {cases[i].page}};
        w.replies[1] = (struct reply){
            .match = "/v1.0/users?",
            .pages = {LIST("{\"id\":\"a\",\"userPrincipalName\":\"u@x\",\"accountEnabled\":true,"
                           "\"userType\":\"Member\",\"assignedLicenses\":[]}")}};
        assert_int_equal(world_run(&w, only, 2), ERR_OK);
        expect_state(&w, "users-per-user-mfa", cases[i].want);
        if (!str_eq(world_text(&w, "SELECT per_user_mfa_state FROM user"), cases[i].mfa))
            fail_msg("%s", cases[i].name);
        world_release(&w);
    }
}

/* ---- sign-ins ---- */

static void a_question_that_times_out_is_split(void **state)
{
    static const char *const only[] = {"sign-ins"};
    struct world w = {0};

    (void)state;
    w.replies[0] = (struct reply){
        .match = "%20or%20", /* any question for several clients: a row, then no answer */
        .pages = {LIST(
            "{\"id\":\"1\",\"userId\":\"U\",\"clientAppUsed\":\"POP3\",\"createdDateTime\":"
            "\"2026-11-01T00:00:00Z\",\"status\":{\"errorCode\":0}}")},
        .code = ERR_NET};
    w.replies[1] = (struct reply){
        .match = "clientAppUsed%20eq%20%27POP3%27",
        .pages = {
            LIST("{\"id\":\"1\",\"userId\":\"U\",\"clientAppUsed\":\"POP3\",\"createdDateTime\":"
                 "\"2026-11-01T00:00:00Z\",\"status\":{\"errorCode\":0}}")}};
    assert_int_equal(world_run(&w, only, 1), ERR_OK);
    expect_state(&w, "sign-ins", "complete");
    assert_int_equal(times_sent(&w, "signIns"), 2 + 14);
    assert_string_equal(
        world_text(&w, "SELECT rows || ' ' || (SELECT COUNT(*) FROM sign_in) FROM collection "
                       "WHERE resource = 'sign-ins'"),
        "1 1");
    assert_int_equal(times_sent(&w, "%27Authenticated%20SMTP%27"), 2);
    assert_int_equal(times_sent(&w, "eq%20%27SMTP%27"), 2);
    world_release(&w);
}

static void a_refused_question_is_the_last(void **state)
{
    struct world w = {0};

    (void)state;
    w.replies[0] = (struct reply){.match = "signIns", .code = ERR_DENIED};
    assert_int_equal(run_one(&w, "sign-ins-non-interactive"), ERR_OK);
    expect_state(&w, "sign-ins-non-interactive", "failed permission");
    assert_int_equal(times_sent(&w, "signIns"), 1);
    assert_int_equal(times_sent(&w, "/beta/auditLogs/signIns?"), 1);
    assert_int_equal(times_sent(&w, "signInEventTypes"), 1);
    world_release(&w);
}

/* ---- Exchange ---- */

static void an_unknown_parameter_means_no_such_accounts(void **state)
{
    static const struct {
        const char *message;
        enum err_code code;
        const char *want;
    } cases[] = {
        {"HTTP 400: A parameter cannot be found that matches parameter name 'HVEAccount'.",
         ERR_ABSENT, "complete"},
        {"HTTP 400: A parameter cannot be found that matches parameter name 'HVEAccount'.",
         ERR_DENIED, "failed permission"},
        {"HTTP 400: Cannot process argument for parameter 'HVEAccount'.", ERR_ABSENT,
         "failed api_error"},
    };
    static const char *const only[] = {"hve-accounts", "domains"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct world w = {0};

        w.replies[0] = (struct reply){
            .match = "Get-MailUser", .code = cases[i].code, .message = cases[i].message};
        assert_int_equal(world_run(&w, only, 2), ERR_OK);
        expect_state(&w, "hve-accounts", cases[i].want);
        world_release(&w);
    }
}

static void the_tenant_switch_has_four_states(void **state)
{
    static const struct {
        const char *row, *want, *switch_is;
    } cases[] = {
        {LIST("{\"SmtpClientAuthenticationDisabled\":true}"), "complete", "1 1"},
        {LIST("{\"SmtpClientAuthenticationDisabled\":false}"), "complete", "0 1"},
        {LIST("{\"SmtpClientAuthenticationDisabled\":null}"), "complete", "~ 1"},
        {LIST("{\"SmtpClientAuthenticationDisabled@data.type\":\"x\"}"), "complete", "~ 0"},
        {LIST("{\"SmtpClientAuthenticationDisabled\":\"False\"}"), "partial malformed", "~ 0"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct world w = {0};

        w.replies[0] = (struct reply){.match = "Get-TransportConfig", .pages = {cases[i].row}};
        assert_int_equal(run_one(&w, "transport-config"), ERR_OK);
        expect_state(&w, "transport-config", cases[i].want);
        assert_string_equal(
            world_text(&w, "SELECT ifnull(smtp_client_authentication_disabled, '~') || ' ' || "
                           "smtp_flag_known FROM transport_config"),
            cases[i].switch_is);
        world_release(&w);
    }
}

/* ---- settings ---- */

static void settings_keep_what_is_unset_apart(void **state)
{
    static const char *const only[] = {"directory-settings", "directory-setting-templates"};
    struct world w = {0};

    (void)state;
    w.replies[0] = (struct reply){
        .match = "/groupSettingTemplates",
        .pages = {LIST("{\"id\":\"T1\",\"displayName\":\"Password Rule Settings\",\"values\":["
                       "{\"name\":\"LockoutThreshold\",\"type\":\"System.Int32\",\"defaultValue\":"
                       "\"10\"},{\"name\":\"Other\",\"defaultValue\":null}]}")}};
    w.replies[1] =
        (struct reply){.match = "/groupSettings",
                       .pages = {LIST("{\"id\":\"s\",\"templateId\":\"t1\",\"values\":["
                                      "{\"name\":\"LockoutThreshold\",\"value\":\"5\"}]}")}};
    assert_int_equal(world_run(&w, only, 2), ERR_OK);
    expect_state(&w, "directory-settings", "complete");
    expect_state(&w, "directory-setting-templates", "complete");
    assert_string_equal(
        world_text(&w, "SELECT group_concat(t.template_name || '/' || t.name || '=' || "
                       "ifnull(t.default_value, '~') || '>' || ifnull(s.value, '~')) FROM "
                       "directory_setting_template t LEFT JOIN directory_setting s ON "
                       "s.template_id = t.template_id AND s.name = t.name"),
        "Password Rule Settings/LockoutThreshold=10>5,Password Rule Settings/Other=~>~");
    world_release(&w);
    w.replies[0] = (struct reply){.match = "/groupSettings", .pages = {LIST("{\"id\":\"s\"}")}};
    assert_int_equal(world_run(&w, only, 2), ERR_OK);
    expect_state(&w, "directory-settings", "failed malformed");
    world_release(&w);
}

static void role_rules_are_rows(void **state)
{
    static const struct {
        const char *row, *want, *rules;
    } cases[] = {
        {LIST("{\"roleDefinitionId\":\"R1\",\"policy\":{\"rules\":[{\"@odata.type\":\"#microsoft."
              "graph.unifiedRoleManagementPolicyApprovalRule\",\"id\":"
              "\"Approval_EndUser_Assignment\",\"setting\":{\"isApprovalRequired\":true}}]}}"),
         "complete", "r1/Approval_EndUser_Assignment/unifiedRoleManagementPolicyApprovalRule/1"},
        {LIST("{\"roleDefinitionId\":\"R1\",\"policy\":{\"id\":\"p\"}}"), "failed malformed", "~"},
        {LIST("{\"roleDefinitionId\":\"R1\",\"policy\":{\"rules\":[{\"x\":1}]}}"),
         "partial malformed", "~"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct world w = {0};

        w.replies[0] =
            (struct reply){.match = "roleManagementPolicyAssignments", .pages = {cases[i].row}};
        assert_int_equal(run_one(&w, "role-management-policies"), ERR_OK);
        expect_state(&w, "role-management-policies", cases[i].want);
        assert_string_equal(
            world_text(&w,
                       "SELECT ifnull(group_concat(role_template_id || '/' || rule_id || '/' || "
                       "kind || '/' || (raw ->> '$.setting.isApprovalRequired')), '~') FROM "
                       "role_management_rule"),
            cases[i].rules);
        world_release(&w);
    }
}

/* v1.0 leaves settings out, which is then read as absent; a fault is no reason to use it. */
static void methods_fall_back_to_v1(void **state)
{
    static const struct {
        enum err_code beta, v1;
        const char *want;
    } cases[] = {
        {ERR_ABSENT, ERR_OK, "complete"},
        {ERR_ABSENT, ERR_DENIED, "failed permission"},
        {ERR_DENIED, ERR_OK, "failed permission"},
        {ERR_NET, ERR_OK, "failed api_error"},
    };

    static const char *const only[] = {"authentication-methods-policy", "domains"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct world w = {0};

        w.replies[0] = (struct reply){.match = "/beta/policies/auth", .code = cases[i].beta};
        w.replies[1] = (struct reply){.match = "/v1.0/policies/authenticationMethods",
                                      .pages = {"{\"policyMigrationState\":null,"
                                                "\"authenticationMethodConfigurations\":[]}"}};
        if (cases[i].v1 != ERR_OK)
            w.replies[1] = (struct reply){.match = "/v1.0/policies/authenticationMethods",
                                          .code = cases[i].v1};
        assert_int_equal(world_run(&w, only, 2), ERR_OK);
        expect_state(&w, "authentication-methods-policy", cases[i].want);
        world_release(&w);
    }
}

/* ---- others ---- */

static void locations_have_a_kind(void **state)
{
    static const struct {
        const char *row, *want, *kind;
    } cases[] = {
        {LIST("{\"@odata.type\":\"#microsoft.graph.ipNamedLocation\",\"id\":\"L\",\"isTrusted\":"
              "true,"
              "\"ipRanges\":[]}"),
         "complete", "ip 1"},
        {LIST("{\"@odata.type\":\"microsoft.graph.countryNamedLocation\",\"id\":\"L\","
              "\"countriesAndRegions\":[\"GB\"]}"),
         "complete", "country ~"},
        {LIST("{\"id\":\"L\",\"kind\":\"ip\"}"), "complete", "other ~"}, /* theirs is not ours */
        {LIST(
             "{\"@odata.type\":\"#microsoft.graph.ipNamedLocation\",\"id\":\"L\",\"ipRanges\":[]}"),
         "partial malformed", "ip ~"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct world w = {0};

        w.replies[0] = (struct reply){.match = "namedLocations", .pages = {cases[i].row}};
        assert_int_equal(run_one(&w, "named-locations"), ERR_OK);
        expect_state(&w, "named-locations", cases[i].want);
        assert_string_equal(
            world_text(&w, "SELECT kind || ' ' || ifnull(is_trusted, '~') FROM named_location"),
            cases[i].kind);
        world_release(&w);
    }
}

static void unset_security_defaults_are_not_off(void **state)
{
    static const char *const bodies[] = {"{\"id\":\"x\"}", "{\"isEnabled\":null}",
                                         "{\"isEnabled\":\"false\"}"};
    static const char *const only[] = {"security-defaults", "domains"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        struct world w = {0};

        w.replies[0] = (struct reply){.match = "identitySecurityDefaults", .pages = {bodies[i]}};
        assert_int_equal(world_run(&w, only, 2), ERR_OK);
        expect_state(&w, "security-defaults", "failed malformed");
        assert_string_equal(world_text(&w, "SELECT COUNT(*) FROM security_defaults"), "0");
        world_release(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_organization_of_nulls_is_a_missing_permission),
        cmocka_unit_test(a_refused_beta_falls_back_to_v1),
        cmocka_unit_test(v1_shows_what_it_hides),
        cmocka_unit_test(a_policy_that_only_v1_shows_makes_the_list_doubtful),
        cmocka_unit_test(an_unread_cross_check_says_nothing),
        cmocka_unit_test(named_objects_are_found_or_missing),
        cmocka_unit_test(unasked_references_are_not_missing),
        cmocka_unit_test(groups_are_found_missing_or_unreadable),
        cmocka_unit_test(the_first_refusal_ends_the_asking),
        cmocka_unit_test(what_is_no_id_never_reaches_a_path),
        cmocka_unit_test(hidden_members_are_not_none),
        cmocka_unit_test(roles_reach_people_through_groups),
        cmocka_unit_test(a_holder_of_unknown_kind_makes_the_list_doubtful),
        cmocka_unit_test(licences_keep_what_is_switched_off),
        cmocka_unit_test(licences_that_were_not_shown_are_not_none),
        cmocka_unit_test(per_user_mfa_is_known_only_when_it_is_served),
        cmocka_unit_test(a_question_that_times_out_is_split),
        cmocka_unit_test(a_refused_question_is_the_last),
        cmocka_unit_test(an_unknown_parameter_means_no_such_accounts),
        cmocka_unit_test(the_tenant_switch_has_four_states),
        cmocka_unit_test(settings_keep_what_is_unset_apart),
        cmocka_unit_test(role_rules_are_rows),
        cmocka_unit_test(methods_fall_back_to_v1),
        cmocka_unit_test(locations_have_a_kind),
        cmocka_unit_test(unset_security_defaults_are_not_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
