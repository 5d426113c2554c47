/* What a snapshot says about the causes of an answer: settings confirm, rule out, or leave open. */
#include "facts_world.h"

#include "base/attrs.h"
#include "base/strs.h"
#include "rules/explain.h"

static struct explain_mailbox *load(struct store *s, const char *address)
{
    struct explain_mailbox *m = NULL;
    struct strlist l = {NULL, 0, 0};
    struct err e = ERR_INIT;

    strlist_add(&l, "nobody@elsewhere.example");
    strlist_add(&l, address);
    if (explain_mailbox_load(s, &l, &m, &e) != ERR_OK)
        fail_msg("explain_mailbox_load: %s", e.msg);
    strlist_release(&l);
    return m;
}

static const struct {
    const char *name;
    const char *sql; /* changes a tenant in which everything is allowed */
    const char *reply;
    size_t cause;
    const char *state;
    const char *part; /* of the sentence */
} cases[] = {
    {"tenant off", "UPDATE transport_config SET smtp_client_authentication_disabled = 1",
     "auth-disabled-tenant", 0, "confirmed", "organization's switch is off"},
    {"tenant off, mailbox open",
     "UPDATE transport_config SET smtp_client_authentication_disabled = 1; UPDATE mailbox SET "
     "smtp_client_authentication_disabled = 0",
     "auth-disabled-tenant", 0, "ruled_out", "on for this mailbox"},
    {"mailbox off", "UPDATE mailbox SET smtp_client_authentication_disabled = 1",
     "auth-disabled-mailbox", 0, "confirmed", "own switch is off"},
    {"mailbox off is not tenant off", "UPDATE mailbox SET smtp_client_authentication_disabled = 1",
     "auth-disabled-tenant", 0, "ruled_out", "own switch"},
    {"flag not read",
     "UPDATE mailbox SET smtp_flag_known = 0; UPDATE collection SET state = 'failed', reason_code "
     "= "
     "'permission' WHERE resource = 'cas-mailboxes'",
     "auth-disabled-tenant", 0, "not_known",
     "Client access settings of mailboxes not read completely (permission)"},
    {"defaults on", "UPDATE security_defaults SET is_enabled = 1", "auth-security-defaults", 0,
     "confirmed", "are on"},
    {"defaults off", "", "auth-security-defaults", 0, "ruled_out", "are off"},
    {"defaults not read",
     "DELETE FROM security_defaults; UPDATE collection SET state = 'failed', reason_code = "
     "'throttled' "
     "WHERE resource = 'security-defaults'",
     "auth-security-defaults", 0, "not_known", "(throttled)"},
    {"policy blocks",
     "INSERT INTO authentication_policy(name, identity, guid, allow_basic_auth_smtp, raw) VALUES "
     "('Block "
     "all', 'Block all', 'p1', 0, '{}'); UPDATE mailbox SET authentication_policy = 'Block all'",
     "auth-basic-disabled", 0, "confirmed", "\"Block all\""},
    {"no policy", "", "auth-basic-disabled", 0, "ruled_out", "No authentication policy"},
    {"own domain", "", "auth-basic-disabled", 1, "ruled_out", "belongs to this organization"},
    {"policy named, not read",
     "UPDATE mailbox SET authentication_policy = 'Gone'; UPDATE collection SET state = 'failed', "
     "reason_code = 'permission' WHERE resource = 'authentication-policies'",
     "auth-basic-disabled", 0, "not_known", "Exchange authentication policies"},
    {"MFA enforced", "UPDATE user SET per_user_mfa_state = 'enforced'", "auth-credentials", 1,
     "confirmed", "enforced"},
    {"MFA off", "", "auth-credentials", 1, "ruled_out", "off"},
    {"MFA not read",
     "UPDATE user SET per_user_mfa_state = NULL; UPDATE collection SET state = 'skipped', "
     "reason_code = 'not_collected' WHERE resource = 'users-per-user-mfa'",
     "auth-credentials", 1, "not_known", "Per-user MFA states"},
    {"wrong passwords in the log",
     "INSERT INTO sign_in(id, user_id, error_code) VALUES ('a', 'u1', 50126), ('b', 'u1', 50126), "
     "('c', "
     "'u2', 50126)",
     "auth-credentials", 0, "confirmed", "has 2 legacy"},
    {"no wrong password rules nothing out", "", "auth-credentials", 0, "not_known",
     "has no wrong password"},
    {"locked", "INSERT INTO sign_in(id, user_id, error_code) VALUES ('a', 'u1', 50053)",
     "auth-locked", 0, "confirmed", "locked"},
    {"account disabled", "UPDATE user SET account_enabled = 0", "auth-account-issue", 0,
     "confirmed", "disabled"},
    {"account enabled", "", "auth-account-issue", 0, "ruled_out", "enabled"},
    {"federated", "UPDATE domain SET authentication_type = 'Federated'", "auth-sts-unreachable", 0,
     "possible", "example.com is federated"},
    {"managed", "", "auth-sts-unreachable", 0, "ruled_out", "not federated"},
    {"no policies", "", "auth-criteria", 0, "ruled_out", "No Conditional Access policy"},
    {"licence and switch", "", "auth-criteria", 3, "ruled_out", "has a licence"},
    {"switch on, licence not known",
     "DELETE FROM user_licence; UPDATE collection SET state = 'failed', "
     "reason_code = 'permission' WHERE resource = 'subscribed-skus'",
     "auth-criteria", 3, "not_known", "Subscribed SKUs"},
    {"no licence", "DELETE FROM user_licence", "no-mailbox", 0, "confirmed", "no licence"},
    {"shared mailbox", "UPDATE mailbox SET recipient_type = 'SharedMailbox'", "auth-generic", 2,
     "possible", "shared mailbox"},
    {"generic, blocked", "UPDATE mailbox SET smtp_client_authentication_disabled = 1",
     "auth-generic", 3, "possible", "Basic is blocked"},
    {"generic, OAuth cause has no setting", "", "auth-generic", 0, "not_known", NULL},
    {"direct send", "UPDATE organization_config SET reject_direct_send = 1", "direct-send", 0,
     "confirmed", "RejectDirectSend is on"},
    {"direct send null", "UPDATE organization_config SET reject_direct_send = NULL", "direct-send",
     0, "not_known", "does not say"},
    {"no connectors", "", "tenant-attribution", 0, "confirmed", "no enabled inbound connector"},
    {"connectors partly read",
     "UPDATE collection SET state = 'partial', reason_code = 'truncated' WHERE resource = "
     "'inbound-connectors'",
     "tenant-attribution", 0, "not_known", "Inbound connectors not read completely (truncated)"},
    {"domain missing", "", "unregistered-domain", 0, "confirmed",
     "example.com is no accepted domain"},
    {"domain there", "INSERT INTO accepted_domain(name, raw) VALUES ('Example.com', '{}')",
     "unregistered-domain", 0, "ruled_out", "is an accepted domain"},
};

static void causes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct store *s = world_allow();
        const struct smtp_reply *r = smtp_reply_find(cases[i].reply);
        struct explain_mailbox *m;
        const char *why = NULL;
        enum explain_state got;

        world_do(s, cases[i].sql);
        world_derive(s, "2026-11-23");
        m = load(s, "Scanner@Example.com");
        assert_non_null(r);
        got = explain_check(m, r, cases[i].cause, &why);
        if (!str_eq(explain_state_name(got), cases[i].state) ||
            (why == NULL) != (cases[i].part == NULL) ||
            (why != NULL && strstr(why, cases[i].part) == NULL))
            fail_msg("%s: %s, \"%s\"", cases[i].name, explain_state_name(got),
                     why != NULL ? why : "-");
        explain_mailbox_free(m);
        store_close(s);
    }
}

static void who(void **state)
{
    struct store *s = world_allow();
    struct explain_mailbox *m;
    const char *why = NULL;

    (void)state;
    world_derive(s, "2026-11-23");
    m = load(s, "scanner@example.com");
    assert_string_equal(explain_mailbox_address(m), "scanner@example.com");
    assert_string_equal(explain_mailbox_basic(m), "allow");
    explain_mailbox_free(m);

    m = load(s, "stranger@example.com");
    assert_null(explain_mailbox_address(m));
    assert_null(explain_mailbox_basic(m));
    /* without a mailbox only the tenant's own settings speak */
    assert_int_equal(explain_check(m, smtp_reply_find("auth-security-defaults"), 0, &why),
                     EXPLAIN_RULED_OUT);
    assert_int_equal(explain_check(m, smtp_reply_find("auth-disabled-tenant"), 0, &why),
                     EXPLAIN_NOT_KNOWN);
    assert_non_null(strstr(why, "no mailbox or account"));
    assert_int_equal(explain_check(m, smtp_reply_find("auth-credentials"), 0, &why),
                     EXPLAIN_NOT_KNOWN);
    assert_non_null(strstr(why, "no mailbox or account"));
    explain_mailbox_free(m);

    world_do(s, "INSERT INTO user(id, user_principal_name, mail, account_enabled) VALUES ('u9', "
                "'lone@example.com', 'lone@example.com', 0)");
    m = load(s, "lone@example.com");
    assert_string_equal(explain_mailbox_address(m), "lone@example.com");
    assert_null(explain_mailbox_basic(m));
    assert_int_equal(explain_check(m, smtp_reply_find("auth-account-issue"), 0, &why),
                     EXPLAIN_CONFIRMED);
    explain_mailbox_free(m);
    store_close(s);
}

/* Conditional Access: the policies that refuse the account are named. */
static void conditional_access(void **state)
{
    struct store *s = world_allow();
    struct explain_mailbox *m;
    struct err e = ERR_INIT;
    const char *why = NULL;

    (void)state;
    world_derive(s, "2026-11-23");
    assert_int_equal(store_flatten(s, &e), ERR_OK);
    world_do(s,
             "INSERT INTO ca_policy(id, display_name, state, is_workload, raw) VALUES ('p', 'Block "
             "legacy', 'enabled', 0, '{}'); DELETE FROM user_protection; INSERT INTO "
             "user_protection VALUES ('u1', 'never', NULL, 'blocked', '[\"p\"]')");
    m = load(s, "scanner@example.com");
    assert_int_equal(explain_check(m, smtp_reply_find("auth-criteria"), 0, &why),
                     EXPLAIN_CONFIRMED);
    assert_non_null(strstr(why, "Block legacy"));
    assert_int_equal(explain_check(m, smtp_reply_find("auth-criteria"), 1, &why),
                     EXPLAIN_RULED_OUT);
    explain_mailbox_free(m);

    world_do(s, "UPDATE user_protection SET legacy_auth_policies = '[\"security-defaults\"]'");
    m = load(s, "scanner@example.com");
    assert_int_equal(explain_check(m, smtp_reply_find("auth-criteria"), 0, &why),
                     EXPLAIN_RULED_OUT);
    explain_mailbox_free(m);

    world_do(s, "UPDATE user_protection SET legacy_auth = 'unknown'");
    m = load(s, "scanner@example.com");
    assert_int_equal(explain_check(m, smtp_reply_find("auth-criteria"), 0, &why),
                     EXPLAIN_NOT_KNOWN);
    explain_mailbox_free(m);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(causes),
        cmocka_unit_test(who),
        cmocka_unit_test(conditional_access),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
