#include "facts_world.h"

#include "base/buf.h"
#include "base/digest.h"
#include "base/mem.h"
#include "base/strs.h"
#include "model/snapshot.h"
#include "service_plan.h"

#include <stdio.h>

#define DAY "2026-11-23"

/* Every derived table as text, in the order in which its rows lie. */
static char *dump(struct store *s)
{
    static const char switches[] =
        "SELECT group_concat(mailbox_guid||'|'||coalesce(user_id,'-')||'|'||tenant_flag||'|'||"
        "mailbox_flag||'|'||effective||'|'||decided_by||'|'||policy_source||'|'||"
        "coalesce(policy_name,'-')||'|'||policy_basic_smtp||'|'||coalesce(has_exchange_plan,'-'),"
        "char(10)) FROM mailbox_smtp";
    static const char verdicts[] =
        "SELECT group_concat(mailbox_guid||'|'||basic||'|'||oauth_delegated||'|'||oauth_app||'|'||"
        "coalesce(reply,'-')||'|'||layers||'|'||coalesce(fix,'-')||'|'||confidence||'|'||"
        "explanation, char(10)) FROM smtp_auth";
    static const char excluded[] =
        "SELECT group_concat(policy_id||'|'||user_id||'|'||via||'|'||via_id, char(10))"
        " FROM ca_exclusion";
    static const char protected[] =
        "SELECT group_concat(user_id||'|'||mfa||'|'||legacy_auth||'|'||legacy_auth_policies,"
        " char(10)) FROM user_protection";
    const char *const sql[] = {
        "SELECT group_concat(user_id||'|'||plan_id, char(10)) FROM user_service_plan",
        switches,
        verdicts,
        excluded,
        protected,
    };
    struct buf b;

    buf_init(&b, (size_t)16 * 1024 * 1024);
    for (size_t i = 0; i < COUNT_OF(sql); i++) {
        char *text = world_ask(s, sql[i]);

        buf_adds(&b, text);
        buf_adds(&b, "\n--\n");
        free(text);
    }
    return buf_take(&b);
}

/* Two hundred mailboxes of many kinds; `reverse` writes them in the other order. */
static struct store *crowd(bool reverse)
{
    struct store *s = world_allow();
    struct err e = ERR_INIT;
    static const char *const types[] = {"UserMailbox", "SharedMailbox", "MailUser", "RoomMailbox"};
    static const char *const states[] = {"disabled", "enabled", "enforced", NULL};

    for (int64_t n = 0; n < 200; n++) {
        int64_t i = reverse ? 199 - n : n;
        char id[32];
        char address[64];

        (void)snprintf(id, sizeof id, "x%03lld", (long long)i);
        (void)snprintf(address, sizeof address, "x%03lld@%s", (long long)i,
                       i % 11 == 0 ? "other.example" : "example.com");
        assert_int_equal(store_run(s, &e,
                                   "INSERT INTO mailbox(guid, user_id, primary_smtp_address,"
                                   " recipient_type, smtp_flag_known,"
                                   " smtp_client_authentication_disabled,"
                                   " authentication_policy_known) VALUES (?,?,?,?,1,nullif(?,2),1)",
                                   "tttti", id, id, address, types[i % 4], i % 3),
                         ERR_OK);
        assert_int_equal(store_run(s, &e,
                                   "INSERT INTO user(id, user_principal_name, account_enabled,"
                                   " user_type, per_user_mfa_state) VALUES (?,?,?,'Member',?)",
                                   "ttit", id, address, (int64_t)(i % 5 != 0), states[i / 7 % 4]),
                         ERR_OK);
        if (i % 2 == 0)
            assert_int_equal(store_run(s, &e,
                                       "INSERT INTO user_licence(user_id, sku_id) VALUES (?,'s1')",
                                       "t", id),
                             ERR_OK);
    }
    return s;
}

static void same_evidence_same_bytes(void **state)
{
    struct store *s = crowd(false);
    struct store *other = crowd(true);
    char before[SHA256_HEX_BYTES];
    char after[SHA256_HEX_BYTES];
    struct err e = ERR_INIT;
    char *first;
    char *again;
    char *reversed;

    (void)state;
    assert_int_equal(snapshot_digest(s, before, &e), ERR_OK);
    world_derive(s, DAY);
    first = dump(s);
    world_derive(s, DAY);
    again = dump(s);
    world_derive(other, DAY);
    reversed = dump(other);
    assert_string_equal(first, again);
    assert_string_equal(first, reversed);
    assert_int_equal(snapshot_digest(s, after, &e), ERR_OK);
    assert_string_equal(before, after); /* the evidence was not touched */
    free(first);
    free(again);
    free(reversed);
    store_close(s);
    store_close(other);
}

static void nothing_collected(void **state)
{
    struct store *s = NULL;
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(store_create(":memory:", &s, &e), ERR_OK);
    world_derive(s, DAY); /* no row anywhere, not even in collection */
    world_expect(s, "empty", "SELECT count(*) FROM smtp_auth", "0");
    world_do(s, "INSERT INTO mailbox(guid) VALUES ('m')");
    world_derive(s, DAY);
    world_expect(s, "a bare mailbox", "SELECT basic||oauth_delegated||oauth_app FROM smtp_auth",
                 "unknownunknownunknown");
    store_close(s);
}

/* A text that many rows have in common is kept once, and comes back as it was: with the mailbox's
 * own name in the fix. */
static void texts_are_shared(void **state)
{
    static const struct {
        const char *guid, *address, *name;
    } boxes[] = {
        {"00000000-0000-4000-8000-00000000000a", "a@example.com", "a@example.com"},
        {"00000000-0000-4000-8000-00000000000b", "b@example.com", "b@example.com"},
        {"00000000-0000-4000-8000-00000000000c", "it's@example.com",
         "00000000-0000-4000-8000-00000000000c"},
        {"00000000-0000-4000-8000-00000000000d", NULL, "00000000-0000-4000-8000-00000000000d"},
        {"{mailbox}", "{mailbox}", "<mailbox>"},
    };
    struct store *s = world_new();
    struct err e = ERR_INIT;
    char *count;

    (void)state;
    world_do(s, "INSERT INTO transport_config VALUES (1, 1, 1, 0, 1, '{}')");
    for (size_t i = 0; i < COUNT_OF(boxes); i++)
        assert_int_equal(store_run(s, &e,
                                   "INSERT INTO mailbox(guid, primary_smtp_address, recipient_type,"
                                   " smtp_flag_known) VALUES (?, ?, 'UserMailbox', 1)",
                                   "tt", boxes[i].guid, boxes[i].address),
                         ERR_OK);
    world_derive(s, DAY);
    for (size_t i = 0; i < COUNT_OF(boxes); i++) {
        char *sql =
            xasprintf("SELECT instr(fix, 'Set-CASMailbox -Identity ''%s'' ') > 0 FROM smtp_auth"
                      " WHERE mailbox_guid = '%s'",
                      boxes[i].name, boxes[i].guid);

        world_expect(s, boxes[i].guid, sql, "1");
        free(sql);
    }
    world_expect(s, "fixes", "SELECT count(DISTINCT fix) FROM smtp_auth_row", "2");
    world_expect(s, "each once", "SELECT count(*) = count(DISTINCT text) FROM shared_text", "1");
    count = world_ask(s, "SELECT count(*) FROM shared_text");
    world_derive(s, DAY);
    world_expect(s, "no leftovers", "SELECT count(*) FROM shared_text", count);
    free(count);
    store_close(s);
}

/* Texts are worked out once for mailboxes that differ in nothing but their names: a policy's name,
 * a recipient's type and a domain are no such names. */
static void kinds_are_told_apart(void **state)
{
    static const struct {
        const char *guid, *sql;
    } boxes[] = {
        {"p1", "SELECT instr(explanation, 'Gone one') > 0 FROM smtp_auth WHERE mailbox_guid='p1'"},
        {"p2", "SELECT instr(explanation, 'Gone two') > 0 FROM smtp_auth WHERE mailbox_guid='p2'"},
        {"t1", "SELECT instr(explanation, 'Hologram') > 0 FROM smtp_auth WHERE mailbox_guid='t1'"},
        {"t2", "SELECT instr(explanation, 'Mirage') > 0 FROM smtp_auth WHERE mailbox_guid='t2'"},
        {"t3", "SELECT instr(explanation, 'not named') > 0 FROM smtp_auth WHERE mailbox_guid='t3'"},
        {"d1", "SELECT instr(explanation, 'one.test') > 0 FROM smtp_auth WHERE mailbox_guid='d1'"},
        {"d2", "SELECT instr(explanation, 'two.test') > 0 FROM smtp_auth WHERE mailbox_guid='d2'"},
    };
    struct store *s = world_allow();

    (void)state;
    world_do(s, "INSERT INTO mailbox(guid, user_principal_name, recipient_type, smtp_flag_known,"
                " authentication_policy, authentication_policy_known) VALUES"
                " ('p1', 'x@example.com', 'UserMailbox', 1, 'Gone one', 1),"
                " ('p2', 'x@example.com', 'UserMailbox', 1, 'Gone two', 1),"
                " ('t1', 'x@example.com', 'Hologram', 1, NULL, 1),"
                " ('t2', 'x@example.com', 'Mirage', 1, NULL, 1),"
                " ('t3', 'x@example.com', NULL, 1, NULL, 1),"
                " ('d1', 'x@one.test', 'UserMailbox', 1, NULL, 1),"
                " ('d2', 'x@two.test', 'UserMailbox', 1, NULL, 1)");
    world_derive(s, DAY);
    for (size_t i = 0; i < COUNT_OF(boxes); i++)
        world_expect(s, boxes[i].guid, boxes[i].sql, "1");
    store_close(s);
}

/* Making tables of the derived views changes neither rows nor columns. */
static void flat_views_hold_the_same(void **state)
{
    struct store *s = crowd(false);
    struct err e = ERR_INIT;
    char *before;
    char *after;

    (void)state;
    world_do(s, "INSERT INTO sku(sku_id, capability_status) VALUES ('k', 'Enabled');"
                "INSERT INTO sku_service_plan(sku_id, plan_id) VALUES ('k', 'p');"
                "INSERT INTO user_licence(user_id, sku_id) VALUES ('x001', 'k')");
    world_derive(s, DAY);
    before = dump(s);
    assert_int_equal(store_flatten(s, &e), ERR_OK);
    after = dump(s);
    assert_string_equal(before, after);
    world_do(s, "UPDATE smtp_auth SET fix = 'by hand' WHERE mailbox_guid = 'x001'");
    world_expect(s, "takes rows", "SELECT fix FROM smtp_auth WHERE mailbox_guid = 'x001'",
                 "by hand");
    free(before);
    free(after);
    store_close(s);
}

static void failure_leaves_what_was(void **state)
{
    struct store *s = world_allow();
    struct facts_options o = {0};
    struct err e = ERR_INIT;

    (void)state;
    world_derive(s, DAY);
    world_do(s, "ALTER TABLE ca_policy RENAME TO gone");
    assert_int_not_equal(facts_derive(s, &o, &e), ERR_OK);
    world_expect(s, "rolled back", "SELECT basic FROM smtp_auth", "allow");
    store_close(s);
}

static void switches(void **state)
{
    static const struct {
        const char *name, *change, *expected;
    } cases[] = {
        {"inherit, tenant on", "SELECT 1", "on|inherit|on|tenant"},
        {"inherit, tenant off", "UPDATE transport_config SET smtp_client_authentication_disabled=1",
         "off|inherit|off|tenant"},
        {"inherit, tenant unread", "DELETE FROM transport_config",
         "unknown|inherit|unknown|unknown"},
        {"on beats off",
         "UPDATE transport_config SET smtp_client_authentication_disabled=1;"
         "UPDATE mailbox SET smtp_client_authentication_disabled=0",
         "off|on|on|mailbox"},
        {"off beats on", "UPDATE mailbox SET smtp_client_authentication_disabled=1",
         "on|off|off|mailbox"},
        {"absent is not null", "UPDATE mailbox SET smtp_flag_known=0",
         "on|unknown|unknown|unknown"},
        {"a number that is no boolean", "UPDATE mailbox SET smtp_client_authentication_disabled=7",
         "on|unknown|unknown|unknown"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct store *s = world_allow();

        world_do(s, cases[i].change);
        world_derive(s, DAY);
        world_expect(s, cases[i].name,
                     "SELECT tenant_flag||'|'||mailbox_flag||'|'||effective||'|'||decided_by"
                     " FROM mailbox_smtp",
                     cases[i].expected);
        store_close(s);
    }
}

static void policies(void **state)
{
    static const struct {
        const char *name, *own, *fallback, *expected;
    } cases[] = {
        {"none", NULL, NULL, "none|-|allow"},
        {"empty is none", "", "", "none|-|allow"},
        {"by name, any case", "BLOCK basic", NULL, "user|BLOCK basic|block"},
        {"by identity", "contoso\\Block Basic", NULL, "user|contoso\\Block Basic|block"},
        {"by GUID", "AAAAAAAA-0000-0000-0000-000000000001", NULL,
         "user|AAAAAAAA-0000-0000-0000-000000000001|block"},
        {"by DN", "cn=block basic,cn=auth policies", NULL,
         "user|cn=block basic,cn=auth policies|block"},
        {"default", NULL, "Open", "default|Open|allow"},
        {"own replaces default", "Open", "Block Basic", "user|Open|allow"},
        {"nobody answers to the name", "Ghost", "Open", "user|Ghost|unknown"},
        {"two answer differently", "Twin", NULL, "user|Twin|unknown"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct store *s = world_allow();
        struct err e = ERR_INIT;

        world_do(s, "INSERT INTO authentication_policy(name, identity, guid, distinguished_name,"
                    " allow_basic_auth_smtp, raw) VALUES"
                    " ('Block Basic', 'contoso\\Block Basic',"
                    "  'aaaaaaaa-0000-0000-0000-000000000001', 'CN=Block Basic,CN=Auth Policies',"
                    "  0, '{}'),"
                    " ('Open', 'Open', NULL, NULL, 1, '{}'),"
                    " ('Twin', NULL, NULL, NULL, 1, '{}'), ('Other', 'twin', NULL, NULL, 0, '{}')");
        assert_int_equal(
            store_run(s, &e, "UPDATE mailbox SET authentication_policy=?", "t", cases[i].own),
            ERR_OK);
        assert_int_equal(store_run(s, &e,
                                   "UPDATE organization_config SET default_authentication_policy=?",
                                   "t", cases[i].fallback),
                         ERR_OK);
        world_derive(s, DAY);
        world_expect(s, cases[i].name,
                     "SELECT policy_source||'|'||coalesce(policy_name,'-')||'|'||policy_basic_smtp"
                     " FROM mailbox_smtp",
                     cases[i].expected);
        store_close(s);
    }
}

static void plans(void **state)
{
    struct buf json;
    size_t with_mailbox = 0;

    (void)state;
    for (size_t i = 0; i < service_plan_count(); i++) {
        const struct service_plan *p = service_plan_at(i);

        assert_true(str_is_guid(p->id));
        assert_ptr_equal(service_plan_find(p->id), p);
        if (i > 0)
            assert_true(strcmp(service_plan_at(i - 1)->name, p->name) < 0);
        with_mailbox += p->has_mailbox;
    }
    assert_int_equal(with_mailbox, 10);
    assert_false(service_plan_find("113FEB6C-3FE4-4440-BDDC-54D774BF0318")->has_mailbox);
    assert_true(service_plan_find("9AAF7827-d63c-4b61-89c3-182f06f82e5c")->has_mailbox);
    assert_null(service_plan_find("00000000-0000-0000-0000-000000000000"));
    buf_init(&json, 4096);
    service_plan_mailbox_json(&json);
    assert_true(json.n == with_mailbox * 39 + 1);
    buf_release(&json);
}

static void service_plans(void **state)
{
    static const struct {
        const char *name, *change, *plans, *has_plan;
    } cases[] = {
        {"assigned", "SELECT 1", "2", "1"},
        {"one disabled, in capitals",
         "UPDATE user_licence SET disabled_plans_json="
         "'[\"EFB87545-963C-4E0D-99DF-69C6916D9EB0\"]'",
         "1", "0"},
        {"suspended", "UPDATE sku SET capability_status='Suspended'", "0", "0"},
        {"locked out", "UPDATE sku SET capability_status='LockedOut'", "0", "0"},
        {"status absent", "UPDATE sku SET capability_status=NULL", "0", "(null)"},
        {"nobody", "DELETE FROM user", "2", "1"},
        {"nobody and no licence", "DELETE FROM user; DELETE FROM user_licence", "0", "(null)"},
        {"two licences, one plan",
         "INSERT INTO sku(sku_id, capability_status) VALUES ('s2','Warning');"
         "INSERT INTO sku_service_plan(sku_id, plan_id) VALUES"
         " ('s2','efb87545-963c-4e0d-99df-69c6916d9eb0');"
         "INSERT INTO user_licence(user_id, sku_id) VALUES ('u1','s2')",
         "2", "1"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct store *s = world_allow();

        world_do(s, cases[i].change);
        world_derive(s, DAY);
        world_expect(s, cases[i].name, "SELECT count(*) FROM user_service_plan", cases[i].plans);
        world_expect(s, cases[i].name, "SELECT has_exchange_plan FROM mailbox_smtp",
                     cases[i].has_plan);
        store_close(s);
    }
}

/* Five accounts of different kinds, a group, roles, and one policy of each state. */
static const char people[] =
    "INSERT INTO user(id, user_principal_name, user_type, external_user_state) VALUES"
    " ('anna','anna@example.com','Member',NULL), ('bob','bob@example.com','Member',NULL),"
    " ('guest','g_partner.example#EXT#@example.com','Guest','Accepted'),"
    " ('local','local@example.com','Guest',NULL),"
    " ('inside','i_partner.example#EXT#@example.com','Member','Accepted');"
    "INSERT INTO ca_policy(id, state, is_workload, raw) VALUES ('p','enabled',0,'{}'),"
    " ('r','enabledForReportingButNotEnforced',0,'{}'), ('d','disabled',0,'{}'),"
    " ('w','enabled',1,'{}');"
    "INSERT INTO group_member VALUES ('g','anna'), ('g','deleted');"
    "INSERT INTO role(id, template_id, is_built_in) VALUES ('ga','ga',1), "
    "('custom','custom',0);"
    "INSERT INTO role_member(role_template_id, user_id, assignment, directory_scope,"
    " via_group_id) VALUES ('ga','bob','active','/',''), ('ga','bob','active','/','rg'),"
    " ('ga','anna','eligible','/',''), ('ga','anna','active','/administrativeUnits/1',''),"
    " ('custom','bob','active','/','');";

static void exclusions(void **state)
{
    static const struct {
        const char *name, *target, *expected;
    } cases[] = {
        {"by name", "('p','user','exclude','anna','')", "p anna user anna"},
        {"included is not excluded", "('p','user','include','anna','')", "(null)"},
        {"a deleted person", "('p','user','exclude','ghost','')", "(null)"},
        {"by group", "('p','group','exclude','g','')", "p anna group g"},
        {"by role: active, whole tenant, once", "('p','role','exclude','ga','')", "p bob role ga"},
        {"custom roles do not count", "('p','role','exclude','custom','')", "(null)"},
        {"report-only counts", "('r','user','exclude','anna','')", "r anna user anna"},
        {"disabled does not", "('d','user','exclude','anna','')", "(null)"},
        {"workload does not", "('w','user','exclude','anna','')", "(null)"},
        {"invited guests", "('p','guest','exclude','b2bCollaborationGuest','')",
         "p guest guest b2bCollaborationGuest"},
        {"local guests", "('p','guest','exclude','internalGuest','')",
         "p local guest internalGuest"},
        {"invited members", "('p','guest','exclude','b2bCollaborationMember','')",
         "p inside guest b2bCollaborationMember"},
        {"no object here", "('p','guest','exclude','serviceProvider','')", "(null)"},
        {"all guests, the old way", "('p','user','exclude','GuestsOrExternalUsers','')",
         "p guest guest GuestsOrExternalUsers,p inside guest GuestsOrExternalUsers,"
         "p local guest GuestsOrExternalUsers"},
        {"two paths, two rows", "('p','user','exclude','anna',''),('p','group','exclude','g','')",
         "p anna group g,p anna user anna"},
        {"one kind of guest, named twice",
         "('p','guest','exclude','GuestsOrExternalUsers',''),"
         "('p','user','exclude','GuestsOrExternalUsers','')",
         "p guest guest GuestsOrExternalUsers,p inside guest GuestsOrExternalUsers,"
         "p local guest GuestsOrExternalUsers"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct store *s = world_new();
        struct buf sql;

        buf_init(&sql, 4096);
        buf_addf(&sql, "INSERT INTO ca_policy_target VALUES %s", cases[i].target);
        world_do(s, people);
        world_do(s, sql.p);
        world_derive(s, DAY);
        world_expect(s, cases[i].name,
                     "SELECT group_concat(policy_id||' '||user_id||' '||via||' '||via_id)"
                     " FROM ca_exclusion",
                     cases[i].expected);
        buf_release(&sql);
        store_close(s);
    }
}

/* The model takes in so many policies and no more; who is excluded from the others counts too. */
static void exclusions_of_a_policy_too_many(void **state)
{
    struct store *s = world_new();

    (void)state;
    world_do(s, people);
    world_do(s, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)"
                " INSERT INTO ca_policy(id, state, is_workload, raw)"
                " SELECT printf('a%04d', i), 'disabled', 0, '{}' FROM n;"
                "INSERT INTO ca_policy_target VALUES ('p','group','exclude','g','')");
    world_derive(s, DAY);
    world_expect(s, "policy 2001",
                 "SELECT group_concat(policy_id||' '||user_id||' '||via||' '||via_id)"
                 " FROM ca_exclusion",
                 "p anna group g");
    store_close(s);
}

/* Each case is the whole of p's targets; r has none, d is off and w is for workloads. */
static void reach(void **state)
{
    static const struct {
        const char *name, *target, *change, *expected;
    } cases[] = {
        {"everyone", "('p','user','include','All','')", NULL, "5+0-0"},
        {"nobody named", "('d','user','include','All','')", NULL, "0+0-0"},
        {"one is out", "('p','user','include','All',''),('p','user','exclude','anna','')", NULL,
         "4+0-1"},
        {"by two paths, once",
         "('p','user','include','All',''),('p','user','exclude','anna',''),"
         "('p','group','exclude','g','')",
         NULL, "4+0-1"},
        {"a group", "('p','group','include','g','')", NULL, "1+0-0"},
        {"a role: active and for the whole tenant", "('p','role','include','ga','')", NULL,
         "1+0-0"},
        {"guests of any kind", "('p','user','include','GuestsOrExternalUsers','')", NULL, "3+0-0"},
        {"members of groups not read", "('p','group','include','g','')",
         "UPDATE collection SET state='failed', reason_code='permission' WHERE resource IN"
         " ('group-members','role-group-members')",
         "1+4-0"},
        {"report-only reaches, too",
         "('r','user','include','All',''),('p','user','include','bob','')", NULL, "1+0-0"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct store *s = world_new();
        struct buf sql;

        buf_init(&sql, 4096);
        buf_addf(&sql,
                 "INSERT INTO directory_group(id, display_name, state, named_by) VALUES "
                 "('g','G','found','policy');"
                 "INSERT INTO ca_policy_target VALUES %s",
                 cases[i].target);
        world_do(s, people);
        world_do(s, sql.p);
        if (cases[i].change != NULL)
            world_do(s, cases[i].change);
        world_derive(s, DAY);
        world_expect(s, cases[i].name,
                     "SELECT reached||'+'||possibly||'-'||excluded FROM ca_reach"
                     " WHERE policy_id = 'p'",
                     cases[i].expected);
        world_expect(s, cases[i].name, "SELECT group_concat(policy_id) FROM ca_reach", "p,r");
        buf_release(&sql);
        store_close(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_evidence_same_bytes),
        cmocka_unit_test(nothing_collected),
        cmocka_unit_test(texts_are_shared),
        cmocka_unit_test(kinds_are_told_apart),
        cmocka_unit_test(flat_views_hold_the_same),
        cmocka_unit_test(failure_leaves_what_was),
        cmocka_unit_test(switches),
        cmocka_unit_test(policies),
        cmocka_unit_test(plans),
        cmocka_unit_test(service_plans),
        cmocka_unit_test(exclusions),
        cmocka_unit_test(exclusions_of_a_policy_too_many),
        cmocka_unit_test(reach),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
