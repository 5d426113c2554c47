#include "facts_world.h"
#include "smtp_gates.h"
#include "smtp_text.h"

#include "base/strs.h"
#include "rules/smtp_reply.h"

#include <stdio.h>
#include <string.h>

#define BEFORE "2026-11-23"
#define AFTER "2027-01-01"

#define POLICY(id, client)                                                                         \
    "INSERT INTO ca_policy(id, display_name, state, is_workload, raw) VALUES"                      \
    " ('" id "','" id "','enabled',0,'{}');"                                                       \
    "INSERT INTO ca_policy_target VALUES ('" id "','user','include','All',''),"                    \
    " ('" id "','application','include','All',''), ('" id "','client_app','include','" client      \
    "','');"
#define LEGACY_BLOCK                                                                               \
    POLICY("legacy", "other") "INSERT INTO ca_policy_control VALUES ('legacy','grant','block');"
#define MFA_FOR_ALL                                                                                \
    POLICY("mfa", "all") "INSERT INTO ca_policy_control VALUES ('mfa','grant','mfa');"

/* One case a row of the decision table, named by its number. `change` starts from a mailbox for
 * which everything works. */
static const struct row_case {
    const char *name, *change, *as_of;
    const char *basic, *delegated, *app, *reply, *layers;
} cases[] = {
    {"row 0: mail user without a mailbox", "UPDATE mailbox SET recipient_type='MailUser'", BEFORE,
     "not_applicable", "not_applicable", "not_applicable", "(null)", "[\"mailbox\"]"},
    {"row 0: mailbox on premises", "UPDATE mailbox SET recipient_type='RemoteUserMailbox'", BEFORE,
     "not_applicable", "not_applicable", "not_applicable", "(null)", "[\"mailbox\"]"},
    {"row 0: no mailbox outranks every block",
     "UPDATE mailbox SET recipient_type='MailContact', smtp_client_authentication_disabled=1;"
     "UPDATE security_defaults SET is_enabled=1",
     BEFORE, "not_applicable", "not_applicable", "not_applicable", "(null)", "[\"mailbox\"]"},
    {"row 0: kind of recipient absent", "UPDATE mailbox SET recipient_type=NULL", BEFORE, "unknown",
     "unknown", "unknown", "(null)", "[\"mailbox\"]"},
    {"row 0: kind of recipient nobody knows", "UPDATE mailbox SET recipient_type='Hologram'",
     BEFORE, "unknown", "unknown", "unknown", "(null)", "[\"mailbox\"]"},

    {"row 1: HVE ignores the switches",
     "UPDATE mailbox SET recipient_type='MailUser', is_hve=1, smtp_flag_known=0;"
     "UPDATE transport_config SET smtp_client_authentication_disabled=1;"
     "DELETE FROM user_licence",
     BEFORE, "allow", "not_applicable", "not_applicable", "auth-ok", "[]"},
    {"row 1: HVE obeys security defaults",
     "UPDATE mailbox SET recipient_type='MailUser', is_hve=1;"
     "UPDATE security_defaults SET is_enabled=1",
     BEFORE, "block", "not_applicable", "not_applicable", "auth-org-config",
     "[\"security-defaults\"]"},
    {"row 1: HVE obeys authentication policies",
     "UPDATE mailbox SET recipient_type='MailUser', is_hve=1, authentication_policy='No basic';"
     "INSERT INTO authentication_policy(name, allow_basic_auth_smtp, raw) VALUES ('No "
     "basic',0,'{}')",
     BEFORE, "block", "not_applicable", "not_applicable", "auth-org-config", "[\"auth-policy\"]"},
    {"row 1: HVE is not touched by the end of 2026",
     "UPDATE mailbox SET recipient_type='MailUser', is_hve=1", AFTER, "allow", "not_applicable",
     "not_applicable", "auth-ok", "[]"},

    {"row 3: from 2027 on", "SELECT 1", AFTER, "conditional", "allow", "allow", "(null)",
     "[\"service\"]"},
    {"row 3: the day before", "SELECT 1", "2026-12-31", "allow", "allow", "allow", "auth-ok", "[]"},

    {"row 4: mailbox off, tenant on", "UPDATE mailbox SET smtp_client_authentication_disabled=1",
     BEFORE, "block", "block", "block", "auth-disabled-mailbox", "[\"mailbox\"]"},
    {"row 4: mailbox off, tenant unknown",
     "UPDATE mailbox SET smtp_client_authentication_disabled=1; DELETE FROM transport_config",
     BEFORE, "block", "block", "block", "auth-disabled-mailbox", "[\"mailbox\"]"},
    {"row 5: mailbox inherits, tenant off",
     "UPDATE transport_config SET smtp_client_authentication_disabled=1", BEFORE, "block", "block",
     "block", "auth-disabled-tenant", "[\"tenant\"]"},
    {"row 5a: mailbox inherits, tenant row missing", "DELETE FROM transport_config", BEFORE,
     "unknown", "unknown", "unknown", "(null)", "[\"tenant\"]"},
    {"row 5a: mailbox inherits, tenant flag absent",
     "UPDATE transport_config SET smtp_flag_known=0, smtp_client_authentication_disabled=NULL",
     BEFORE, "unknown", "unknown", "unknown", "(null)", "[\"tenant\"]"},
    {"row 5a: mailbox inherits, tenant flag null",
     "UPDATE transport_config SET smtp_client_authentication_disabled=NULL", BEFORE, "unknown",
     "unknown", "unknown", "(null)", "[\"tenant\"]"},
    {"row 5a: mailbox flag absent, tenant on", "UPDATE mailbox SET smtp_flag_known=0", BEFORE,
     "unknown", "unknown", "unknown", "(null)", "[\"mailbox\"]"},
    {"row 5a: mailbox flag absent, tenant off",
     "UPDATE mailbox SET smtp_flag_known=0;"
     "UPDATE transport_config SET smtp_client_authentication_disabled=1",
     BEFORE, "unknown", "unknown", "unknown", "(null)", "[\"mailbox\"]"},
    {"row 5a: both unknown", "UPDATE mailbox SET smtp_flag_known=0; DELETE FROM transport_config",
     BEFORE, "unknown", "unknown", "unknown", "(null)", "[\"tenant\",\"mailbox\"]"},
    {"row 5b: mailbox on beats tenant off",
     "UPDATE mailbox SET smtp_client_authentication_disabled=0;"
     "UPDATE transport_config SET smtp_client_authentication_disabled=1",
     BEFORE, "allow", "allow", "allow", "auth-ok", "[]"},
    {"row 5b: mailbox on beats tenant unknown",
     "UPDATE mailbox SET smtp_client_authentication_disabled=0; DELETE FROM transport_config",
     BEFORE, "allow", "allow", "allow", "auth-ok", "[]"},
    {"row 5b: mailbox inherits, tenant on", "SELECT 1", BEFORE, "allow", "allow", "allow",
     "auth-ok", "[]"},
    {"row 5c: both off",
     "UPDATE mailbox SET smtp_client_authentication_disabled=1;"
     "UPDATE transport_config SET smtp_client_authentication_disabled=1",
     BEFORE, "block", "block", "block", "auth-disabled-mailbox", "[\"tenant\",\"mailbox\"]"},

    {"row 6: own policy refuses basic",
     "UPDATE mailbox SET authentication_policy='No basic';"
     "INSERT INTO authentication_policy(name, allow_basic_auth_smtp, raw) VALUES ('No "
     "basic',0,'{}')",
     BEFORE, "block", "allow", "allow", "auth-basic-disabled", "[\"auth-policy\"]"},
    {"row 6: default policy refuses basic",
     "UPDATE organization_config SET default_authentication_policy='No basic';"
     "INSERT INTO authentication_policy(name, allow_basic_auth_smtp, raw) VALUES ('No "
     "basic',0,'{}')",
     BEFORE, "block", "allow", "allow", "auth-basic-disabled", "[\"auth-policy\"]"},
    {"row 6: own policy replaces the default",
     "UPDATE organization_config SET default_authentication_policy='No basic';"
     "UPDATE mailbox SET authentication_policy='Basic SMTP';"
     "INSERT INTO authentication_policy(name, allow_basic_auth_smtp, raw) VALUES"
     " ('No basic',0,'{}'), ('Basic SMTP',1,'{}')",
     BEFORE, "allow", "allow", "allow", "auth-ok", "[]"},
    {"row 6a: policy named, object missing", "UPDATE mailbox SET authentication_policy='No basic'",
     BEFORE, "unknown", "allow", "allow", "(null)", "[\"auth-policy\"]"},
    {"row 6a: policy without the property",
     "UPDATE mailbox SET authentication_policy='Odd';"
     "INSERT INTO authentication_policy(name, allow_basic_auth_smtp, raw) VALUES ('Odd',NULL,'{}')",
     BEFORE, "unknown", "allow", "allow", "(null)", "[\"auth-policy\"]"},
    {"row 6a: own policy not read", "UPDATE mailbox SET authentication_policy_known=0", BEFORE,
     "unknown", "allow", "allow", "(null)", "[\"auth-policy\"]"},
    {"row 6a: default policy not read", "DELETE FROM organization_config", BEFORE, "unknown",
     "allow", "allow", "(null)", "[\"auth-policy\"]"},

    {"row 7: account disabled", "UPDATE user SET account_enabled=0", BEFORE, "block", "block",
     "unknown", "auth-account-issue", "[\"account\"]"},
    {"row 7: shared mailbox, sign-in off, no licence",
     "UPDATE user SET account_enabled=0; UPDATE mailbox SET recipient_type='SharedMailbox';"
     "DELETE FROM user_licence",
     BEFORE, "block", "block", "unknown", "auth-account-issue", "[\"account\"]"},
    {"row 7: only Exchange knows that it is disabled",
     "UPDATE user SET account_enabled=NULL; UPDATE mailbox SET account_disabled=1", BEFORE, "block",
     "block", "unknown", "auth-account-issue", "[\"account\"]"},
    {"row 7: account state unknown",
     "UPDATE user SET account_enabled=NULL; UPDATE mailbox SET account_disabled=NULL", BEFORE,
     "unknown", "unknown", "unknown", "(null)", "[\"account\"]"},

    {"row 8: federated", "UPDATE domain SET authentication_type='Federated'", BEFORE, "conditional",
     "allow", "allow", "auth-sts-unreachable", "[\"federation\"]"},
    {"row 8: domain not read", "DELETE FROM domain", BEFORE, "unknown", "allow", "allow", "(null)",
     "[\"federation\"]"},

    {"row 9: security defaults on", "UPDATE security_defaults SET is_enabled=1", BEFORE, "block",
     "conditional", "allow", "auth-security-defaults", "[\"security-defaults\"]"},
    {"row 9: an explicit mailbox setting does not beat them",
     "UPDATE security_defaults SET is_enabled=1;"
     "UPDATE mailbox SET smtp_client_authentication_disabled=0",
     BEFORE, "block", "conditional", "allow", "auth-security-defaults", "[\"security-defaults\"]"},
    {"row 9a: security defaults not read", "DELETE FROM security_defaults", BEFORE, "unknown",
     "allow", "allow", "(null)", "[\"security-defaults\"]"},

    {"row 10: report-only and disabled policies do nothing",
     "INSERT INTO ca_policy(id, display_name, state, is_workload, raw) VALUES"
     " ('p1','R','enabledForReportingButNotEnforced',0,'{}'), ('p2','D','disabled',0,'{}')",
     BEFORE, "allow", "allow", "allow", "auth-ok", "[]"},
    {"row 10: a workload policy is nothing to people",
     "INSERT INTO ca_policy(id, display_name, state, is_workload, raw) VALUES"
     " ('p1','W','enabled',1,'{}')",
     BEFORE, "allow", "allow", "allow", "auth-ok", "[]"},
    {"row 10: legacy authentication is blocked for all", LEGACY_BLOCK, BEFORE, "block", "allow",
     "allow", "auth-criteria", "[\"ca\"]"},
    {"row 10: MFA for all blocks basic, and OAuth has to pass it", MFA_FOR_ALL, BEFORE, "block",
     "conditional", "allow", "auth-criteria", "[\"ca\"]"},
    {"row 10: excluded from one policy, blocked by the other",
     LEGACY_BLOCK MFA_FOR_ALL
     "INSERT INTO ca_policy_target VALUES ('legacy','user','exclude','u1','')",
     BEFORE, "block", "conditional", "allow", "auth-criteria", "[\"ca\"]"},
    {"row 10: excluded from both",
     LEGACY_BLOCK MFA_FOR_ALL
     "INSERT INTO ca_policy_target VALUES ('legacy','user','exclude','u1',''),"
     " ('mfa','group','exclude','g1','');"
     "INSERT INTO directory_group VALUES ('g1','Devices','found','policy');"
     "INSERT INTO group_member VALUES ('g1','u1')",
     BEFORE, "allow", "allow", "allow", "auth-ok", "[]"},
    {"row 10: a policy for browsers only is nothing to SMTP",
     MFA_FOR_ALL "UPDATE ca_policy_target SET target='browser' WHERE dimension='client_app'",
     BEFORE, "allow", "allow", "allow", "auth-ok", "[]"},
    {"row 10a: blocked outside a named location",
     LEGACY_BLOCK
     "INSERT INTO ca_policy_target VALUES ('legacy','location','include','All',''),"
     " ('legacy','location','exclude','l1','');"
     "INSERT INTO named_location(id, display_name, kind, is_trusted, ip_ranges_json, raw) VALUES"
     " ('l1','Office','ip',1,'[\"192.0.2.0/24\"]','{}')",
     BEFORE, "conditional", "allow", "allow", "auth-criteria", "[\"ca\"]"},
    {"row 10b: excluded through a group that was not read",
     LEGACY_BLOCK "INSERT INTO ca_policy_target VALUES ('legacy','group','exclude','g1','');"
                  "INSERT INTO directory_group VALUES ('g1',NULL,'unreadable','policy');"
                  "UPDATE collection SET state='partial', reason_code='permission'"
                  " WHERE resource='group-members'",
     BEFORE, "unknown", "allow", "allow", "(null)", "[\"ca\"]"},
    {"row 10b: policies not read",
     "UPDATE collection SET state='failed', reason_code='permission' WHERE resource='ca-policies'",
     BEFORE, "unknown", "unknown", "allow", "(null)", "[\"ca\"]"},
    {"row 10b: policies read in part",
     "UPDATE collection SET state='partial', reason_code='truncated' WHERE resource='ca-policies'",
     BEFORE, "unknown", "unknown", "allow", "(null)", "[\"ca\"]"},

    {"row 11: per-user MFA enforced", "UPDATE user SET per_user_mfa_state='enforced'", BEFORE,
     "block", "conditional", "allow", "auth-credentials", "[\"mfa\"]"},
    {"row 11b: per-user MFA enabled", "UPDATE user SET per_user_mfa_state='enabled'", BEFORE,
     "conditional", "conditional", "allow", "(null)", "[\"mfa\"]"},
    {"row 11: per-user MFA not read", "UPDATE user SET per_user_mfa_state=NULL", BEFORE, "unknown",
     "unknown", "allow", "(null)", "[\"mfa\"]"},
    {"row 11: a word nobody knows", "UPDATE user SET per_user_mfa_state='paused'", BEFORE,
     "unknown", "unknown", "allow", "(null)", "[\"mfa\"]"},

    {"row 12: no licence", "DELETE FROM user_licence", BEFORE, "conditional", "conditional",
     "conditional", "(null)", "[\"licence\"]"},
    {"row 12: the plan is disabled in the licence",
     "UPDATE user_licence SET disabled_plans_json='[\"efb87545-963c-4e0d-99df-69c6916d9eb0\"]'",
     BEFORE, "conditional", "conditional", "conditional", "(null)", "[\"licence\"]"},
    {"row 12: the subscription is suspended", "UPDATE sku SET capability_status='Suspended'",
     BEFORE, "conditional", "conditional", "conditional", "(null)", "[\"licence\"]"},
    {"row 12: a subscription in state Warning serves", "UPDATE sku SET capability_status='Warning'",
     BEFORE, "allow", "allow", "allow", "auth-ok", "[]"},
    {"row 12: subscriptions not read",
     "DELETE FROM sku; UPDATE collection SET state='failed', reason_code='permission'"
     " WHERE resource='subscribed-skus'",
     BEFORE, "unknown", "unknown", "unknown", "(null)", "[\"licence\"]"},
    {"row 12: a licence of a subscription that is not listed",
     "UPDATE user_licence SET sku_id='s2'", BEFORE, "unknown", "unknown", "unknown", "(null)",
     "[\"licence\"]"},
    {"row 12: a list of disabled plans that is no JSON",
     "UPDATE user_licence SET disabled_plans_json='oops'", BEFORE, "unknown", "unknown", "unknown",
     "(null)", "[\"licence\"]"},
    {"row 12a: shared, sign-in on, no licence",
     "UPDATE mailbox SET recipient_type='SharedMailbox'; DELETE FROM user_licence", BEFORE,
     "conditional", "block", "unknown", "auth-generic", "[\"licence\"]"},
    {"row 12a: shared, sign-in on, licensed", "UPDATE mailbox SET recipient_type='SharedMailbox'",
     BEFORE, "allow", "allow", "allow", "auth-ok", "[]"},

    {"row 14: all pass", "SELECT 1", BEFORE, "allow", "allow", "allow", "auth-ok", "[]"},

    {"order: every blocking layer is listed, the first one replies",
     "UPDATE transport_config SET smtp_client_authentication_disabled=1;"
     "UPDATE mailbox SET authentication_policy='No basic';"
     "INSERT INTO authentication_policy(name, allow_basic_auth_smtp, raw) VALUES ('No "
     "basic',0,'{}');"
     "UPDATE user SET account_enabled=0, per_user_mfa_state='enforced';"
     "UPDATE security_defaults SET is_enabled=1",
     BEFORE, "block", "block", "block", "auth-disabled-tenant",
     "[\"tenant\",\"auth-policy\",\"account\",\"security-defaults\",\"mfa\"]"},
    {"order: a block outranks an unknown",
     "UPDATE security_defaults SET is_enabled=1; UPDATE user SET per_user_mfa_state=NULL;"
     "DELETE FROM domain",
     BEFORE, "block", "unknown", "allow", "auth-security-defaults", "[\"security-defaults\"]"},
    {"order: an unknown outranks a condition",
     "UPDATE domain SET authentication_type='Federated'; DELETE FROM security_defaults", BEFORE,
     "unknown", "allow", "allow", "(null)", "[\"security-defaults\"]"},
    {"nobody behind the mailbox: nothing is known of the account",
     "UPDATE mailbox SET user_id=NULL, account_disabled=NULL", BEFORE, "unknown", "unknown",
     "unknown", "(null)", "[\"account\",\"mfa\",\"licence\"]"},
};

/* Row 2 needs a date that only the operator knows. */
static const struct {
    struct row_case row;
    const char *removal; /* day on which basic goes for good; NULL: not known */
} removals[] = {
    {{"row 2: on the day of the removal", "SELECT 1", "2028-03-31", "block", "allow", "allow",
      "removed", "[\"service\"]"},
     "2028-03-31"},
    {{"row 2: the day before it", "SELECT 1", "2028-03-30", "conditional", "allow", "allow",
      "(null)", "[\"service\"]"},
     "2028-03-31"},
    {{"row 2: a removal date is no word on the days before 2027", "SELECT 1", BEFORE, "allow",
      "allow", "allow", "auth-ok", "[]"},
     "2028-03-31"},
    {{"row 2: outranks row 3 when it is the earlier day", "SELECT 1", BEFORE, "block", "allow",
      "allow", "removed", "[\"service\"]"},
     "2026-11-01"},
    {{"row 2: without a date nothing is removed, ever", "SELECT 1", "2099-01-01", "conditional",
      "allow", "allow", "(null)", "[\"service\"]"},
     NULL},
    {{"row 2: HVE is excepted", "UPDATE mailbox SET recipient_type='MailUser', is_hve=1",
      "2028-04-01", "allow", "not_applicable", "not_applicable", "auth-ok", "[]"},
     "2028-03-31"},
    {{"row 2: the first of several blocks, and it replies",
      "UPDATE transport_config SET smtp_client_authentication_disabled=1;"
      "UPDATE security_defaults SET is_enabled=1",
      "2028-04-01", "block", "block", "block", "removed",
      "[\"service\",\"tenant\",\"security-defaults\"]"},
     "2028-03-31"},
    {{"row 2: outranks what is not known", "DELETE FROM security_defaults", "2028-04-01", "block",
      "allow", "allow", "removed", "[\"service\"]"},
     "2028-03-31"},
    {{"row 2: no mailbox is still no mailbox", "UPDATE mailbox SET recipient_type='MailUser'",
      "2028-04-01", "not_applicable", "not_applicable", "not_applicable", "(null)",
      "[\"mailbox\"]"},
     "2028-03-31"},
};

static void check_row(const struct row_case *c, const char *removal)
{
    struct store *s = world_allow();

    world_do(s, c->change);
    world_derive_until(s, c->as_of, removal);
    world_expect(s, c->name, "SELECT basic FROM smtp_auth", c->basic);
    world_expect(s, c->name, "SELECT oauth_delegated FROM smtp_auth", c->delegated);
    world_expect(s, c->name, "SELECT oauth_app FROM smtp_auth", c->app);
    world_expect(s, c->name, "SELECT reply FROM smtp_auth", c->reply);
    world_expect(s, c->name, "SELECT layers FROM smtp_auth", c->layers);
    world_expect(s, c->name, "SELECT fix IS NULL FROM smtp_auth",
                 str_eq(c->basic, "allow") || str_eq(c->basic, "not_applicable") ? "1" : "0");
    store_close(s);
}

static void decision_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        check_row(&cases[i], NULL);
    for (size_t i = 0; i < COUNT_OF(removals); i++)
        check_row(&removals[i].row, removals[i].removal);
}

/* The decision table once more, as one sentence: when is a basic sign-in sure to be let in? */
static bool surely_allowed(const struct smtp_case *c)
{
    bool is_hve = c->recipient == RECIPIENT_HVE;
    bool switched_on = c->mailbox_switch == SWITCH_ON ||
                       (c->mailbox_switch == SWITCH_INHERIT && c->tenant_switch == SWITCH_ON);
    bool licensed = c->recipient == RECIPIENT_USER || c->recipient == RECIPIENT_SHARED
                        ? c->has_plan == FACT_YES
                        : is_hve;

    return (is_hve || (switched_on && c->as_of_ms == 0)) && licensed &&
           c->policy_allows_basic == FACT_YES && c->account_enabled == FACT_YES &&
           c->is_federated == FACT_NO && c->security_defaults == FACT_NO &&
           c->ca_basic == SMTP_ALLOW && c->mfa == MFA_DISABLED;
}

static bool surely_blocked(const struct smtp_case *c)
{
    bool is_hve = c->recipient == RECIPIENT_HVE;
    bool switched_off = c->mailbox_switch == SWITCH_OFF ||
                        (c->mailbox_switch == SWITCH_INHERIT && c->tenant_switch == SWITCH_OFF);

    return (!is_hve && (switched_off || c->removal_ms != 0)) || c->policy_allows_basic == FACT_NO ||
           c->account_enabled == FACT_NO || c->security_defaults == FACT_YES ||
           c->ca_basic == SMTP_BLOCK || c->mfa == MFA_ENFORCED;
}

/* Walks every combination of facts like an odometer. */
static bool next(struct smtp_case *c, unsigned long *n)
{
    static const enum smtp_switch tenant[] = {SWITCH_UNKNOWN, SWITCH_OFF, SWITCH_ON};
    static const enum smtp_answer ca[] = {SMTP_ALLOW, SMTP_CONDITIONAL, SMTP_UNKNOWN, SMTP_BLOCK};
    unsigned long at = (*n)++;
    unsigned digits[] = {5, 3, 4, 3, 3, 3, 3, 4, 4, 3, 3};
    unsigned v[COUNT_OF(digits)];

    for (size_t i = 0; i < COUNT_OF(digits); i++) {
        v[i] = (unsigned)(at % digits[i]);
        at /= digits[i];
    }
    c->recipient = (enum smtp_recipient)v[0];
    c->tenant_switch = tenant[v[1]];
    c->mailbox_switch = (enum smtp_switch)v[2];
    c->policy_allows_basic = (enum fact)v[3];
    c->account_enabled = (enum fact)v[4];
    c->is_federated = (enum fact)v[5];
    c->security_defaults = (enum fact)v[6];
    c->ca_basic = ca[v[7]];
    c->ca_delegated = ca[v[7]];
    c->mfa = (enum smtp_mfa)v[8];
    c->has_plan = (enum fact)v[9];
    c->as_of_ms = v[10] == 0 ? 0 : INT64_MAX;
    c->removal_ms = v[10] == 2 ? INT64_MAX - 1 : 0;
    return at == 0;
}

static void every_combination(void **state)
{
    struct smtp_case c = {0};
    struct smtp_verdict v;
    unsigned long n = 0;

    (void)state;
    while (next(&c, &n)) {
        enum smtp_answer basic;

        smtp_judge(&c, &v);
        basic = v.answer[SMTP_BASIC];
        if ((c.recipient == RECIPIENT_NONE) != (basic == SMTP_NOT_APPLICABLE))
            fail_msg("combination %lu: no mailbox", n);
        if (c.recipient == RECIPIENT_NONE)
            continue;
        if (surely_allowed(&c) != (basic == SMTP_ALLOW))
            fail_msg("combination %lu: allow on a guess, or no allow where all pass", n);
        if (surely_blocked(&c) != (basic == SMTP_BLOCK))
            fail_msg("combination %lu: block", n);
        if ((basic == SMTP_BLOCK) != (v.reply != NULL && basic == SMTP_BLOCK))
            fail_msg("combination %lu: a block without a reply", n);
        if ((basic == SMTP_ALLOW) != str_eq(v.reply, "auth-ok"))
            fail_msg("combination %lu: reply", n);
    }
    assert_true(n > 600000);
}

/* Making one more fact unknown, or one more gate block, never improves any answer. */
static void never_better(const struct smtp_case *c, const struct smtp_case *worse)
{
    struct smtp_verdict a;
    struct smtp_verdict b;

    smtp_judge(c, &a);
    smtp_judge(worse, &b);
    for (int m = 0; m < SMTP_MECHANISM_COUNT; m++)
        if (b.answer[m] == SMTP_ALLOW && a.answer[m] != SMTP_ALLOW)
            fail_msg("mechanism %d became allow", m);
    if (a.answer[SMTP_BASIC] != SMTP_ALLOW && b.answer[SMTP_BASIC] < SMTP_UNKNOWN)
        fail_msg("basic fell below unknown");
}

static void worse_stays_worse(void **state)
{
    struct smtp_case c = {0};
    unsigned long n = 0;

    (void)state;
    while (next(&c, &n)) {
        struct smtp_case blocks[5];

        if (c.recipient == RECIPIENT_NONE || n % 7 != 0)
            continue;
        for (size_t i = 0; i < COUNT_OF(blocks); i++)
            blocks[i] = c;
        blocks[0].policy_allows_basic = FACT_NO;
        blocks[1].account_enabled = FACT_NO;
        blocks[2].security_defaults = FACT_YES;
        blocks[3].ca_basic = SMTP_BLOCK;
        blocks[4].mfa = MFA_ENFORCED;
        for (size_t i = 0; i < COUNT_OF(blocks); i++) {
            struct smtp_verdict v;

            smtp_judge(&blocks[i], &v);
            if (v.answer[SMTP_BASIC] != SMTP_BLOCK)
                fail_msg("combination %lu, block %zu: not blocked", n, i);
        }
        blocks[0] = c;
        blocks[0].security_defaults = FACT_UNKNOWN;
        if (c.security_defaults == FACT_NO)
            never_better(&c, &blocks[0]);
        blocks[0] = c;
        blocks[0].mfa = MFA_UNKNOWN;
        if (c.mfa == MFA_DISABLED)
            never_better(&c, &blocks[0]);
    }
}

static void rows_are_sound(void **state)
{
    (void)state;
    for (size_t i = 0; i < smtp_row_count(); i++) {
        const struct smtp_row *r = smtp_row_at(i);

        if (i > 0)
            assert_true(r->gate >= smtp_row_at(i - 1)->gate);
        if (r->reply != NULL && smtp_reply_find(r->reply) == NULL)
            fail_msg("row %s: no reply '%s'", r->id, r->reply);
        if (r->answer[SMTP_BASIC] == SMTP_BLOCK && (r->reply == NULL || r->fix == NULL))
            fail_msg("row %s blocks without a reply or a fix", r->id);
        if (r->answer[SMTP_BASIC] == SMTP_UNKNOWN && r->evidence[0] == NULL && !r->is_from_ca)
            fail_msg("row %s does not say what was not read", r->id);
        if (r->answer[SMTP_BASIC] != SMTP_UNKNOWN && r->evidence[0] != NULL)
            fail_msg("row %s: evidence belongs to unknown", r->id);
        /* explanations are shared by mailboxes that differ in their names */
        if (r->because != NULL && strstr(r->because, "{mailbox}") != NULL)
            fail_msg("row %s: the explanation names the mailbox", r->id);
        for (size_t k = 0; k < COUNT_OF(r->evidence) && r->evidence[k] != NULL; k++)
            assert_int_not_equal(evidence_resource_find(r->evidence[k]), SIZE_MAX);
    }
    assert_null(smtp_row_at(smtp_row_count()));
}

/* Every row's words, with names that a stranger chose. */
static void words(void **state)
{
    static const char hostile[] = "o'brien\"; Remove-Mailbox {mailbox} \x1b[31m $(x)";
    struct smtp_case c = {.guid = "4d1f-7",
                          .address = hostile,
                          .recipient_type = hostile,
                          .policy_name = hostile,
                          .domain = hostile,
                          .ca_text = hostile};
    struct evidence_states states = {0};
    struct buf out;

    (void)state;
    buf_init(&out, SMTP_TEXT_BYTES);
    for (size_t i = 0; i < smtp_row_count(); i++) {
        const struct smtp_row *r = smtp_row_at(i);
        struct smtp_verdict v = {
            {r->answer[0], r->answer[1], r->answer[2]}, r->confidence, r->reply, {NULL}};

        v.rows[r->gate] = r;
        buf_clear(&out);
        smtp_text_fix(&c, &v, &states, &out);
        if (r->fix != NULL && strstr(r->fix, "{mailbox}") != NULL)
            assert_non_null(strstr(out.p, "-Identity '4d1f-7'"));
        assert_null(strstr(out.p, "Remove-Mailbox"));
        smtp_text_explanation(&c, &v, &states, &out);
        assert_false(out.failed);
        if (r->because != NULL && r->because[0] != '{')
            assert_non_null(strstr(out.p, "."));
    }
    c.address = "scanner@example.com";
    buf_clear(&out);
    {
        struct smtp_verdict v;

        c.mailbox_switch = SWITCH_OFF;
        c.tenant_switch = SWITCH_ON;
        smtp_judge(&c, &v);
        smtp_text_fix(&c, &v, &states, &out);
        assert_non_null(strstr(out.p, "-Identity 'scanner@example.com' "));
    }
    buf_release(&out);
}

static void says_what_to_read(void **state)
{
    struct store *s = world_allow();

    (void)state;
    world_do(s, "DELETE FROM transport_config;"
                "UPDATE collection SET state='failed', reason_code='permission',"
                " permission='Exchange.ManageAsApp' WHERE resource='transport-config'");
    world_derive(s, BEFORE);
    world_expect(s, "explanation",
                 "SELECT instr(explanation, 'Exchange transport configuration: failed, permission')"
                 " > 0 FROM smtp_auth",
                 "1");
    world_expect(s, "fix", "SELECT fix FROM smtp_auth",
                 "Collect again: Exchange transport configuration (needs Exchange.ManageAsApp).");
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decision_table),
        cmocka_unit_test(every_combination),
        cmocka_unit_test(worse_stays_worse),
        cmocka_unit_test(rows_are_sound),
        cmocka_unit_test(words),
        cmocka_unit_test(says_what_to_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
