#include "ca_world.h"
#include "rules/smtp_reply.h"
#include "rules/why.h"

#include "base/buf.h"
#include "base/digest.h"
#include "base/strs.h"
#include "base/text.h"
#include "model/snapshot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY "2026-11-23"
#define U1 "aaaaaaaa-0000-4000-8000-000000000001"
#define P1 "bbbbbbbb-0000-4000-8000-000000000001"
#define P2 "bbbbbbbb-0000-4000-8000-000000000002"
#define GUIDS                                                                                      \
    "UPDATE user SET id='" U1 "'; UPDATE mailbox SET user_id='" U1 "';"                            \
    "UPDATE user_licence SET user_id='" U1 "';"
#define POLICY(id, name, client, control)                                                          \
    "INSERT INTO ca_policy(id, display_name, state, is_workload, raw) VALUES"                      \
    " ('" id "','" name "','enabled',0,'{}');"                                                     \
    "INSERT INTO ca_policy_target VALUES ('" id "','user','include','All',''),"                    \
    " ('" id "','application','include','All',''), ('" id "','client_app','include','" client      \
    "','');"                                                                                       \
    "INSERT INTO ca_policy_control VALUES ('" id "','grant','" control "');"
#define LEGACY POLICY(P1, "Block legacy", "other", "block")
#define MFA POLICY(P2, "MFA, for all", "all", "mfa")
#define OFFICE                                                                                     \
    "INSERT INTO ca_policy_target VALUES ('" P1 "','location','include','All',''),"                \
    " ('" P1 "','location','exclude','l1','');"                                                    \
    "INSERT INTO named_location(id, display_name, kind, is_trusted, ip_ranges_json, raw) VALUES"   \
    " ('l1','Office','ip',1,'[\"192.0.2.0/24\"]','{}');"
#define COUNTRY                                                                                    \
    "INSERT INTO ca_policy_target VALUES ('" P1 "','location','include','All',''),"                \
    " ('" P1 "','location','exclude','l2','');"                                                    \
    "INSERT INTO named_location(id, display_name, kind, include_unknown, countries_json, raw)"     \
    " VALUES ('l2','Ireland','country',0,'[\"IE\"]','{}');"
#define TENANT_OFF "UPDATE transport_config SET smtp_client_authentication_disabled=1;"
#define MAILBOX_ON "UPDATE mailbox SET smtp_client_authentication_disabled=0;"
#define MAILBOX_OFF "UPDATE mailbox SET smtp_client_authentication_disabled=1;"
#define DEFAULTS_ON "UPDATE security_defaults SET is_enabled=1;"
#define NO_BASIC                                                                                   \
    "UPDATE mailbox SET authentication_policy='No basic';"                                         \
    "INSERT INTO authentication_policy(name, allow_basic_auth_smtp, raw) VALUES ('No "             \
    "basic',0,'{}');"
#define SHARED "UPDATE mailbox SET recipient_type='SharedMailbox';"
#define NO_LICENCE "DELETE FROM user_licence;"
#define NOT_READ(resource)                                                                         \
    "UPDATE collection SET state='failed', reason_code='permission', permission='Some.Read'"       \
    " WHERE resource='" resource "';"

static struct store *world(const char *change)
{
    struct store *s = world_allow();

    world_do(s, GUIDS);
    world_do(s, change);
    return s;
}

static struct why *open_why(struct store *s)
{
    struct why *w = NULL;
    struct err e = ERR_INIT;
    struct facts_options o = {0};

    assert_true(date_parse(DAY, &o.as_of_ms));
    if (why_open(s, &o, &w, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    return w;
}

/* The answer about the one mailbox; `change` may be NULL. */
static struct why_answer ask(struct why *w, const char *change)
{
    struct strlist changes = {0};
    struct why_found f;
    struct why_answer a = {0};
    struct err e = ERR_INIT;

    if (change != NULL)
        strlist_add(&changes, change);
    if (why_find(w, "m1", &f, &e) != ERR_OK || f.n != 1 ||
        why_ask(w, &f.v[0], &changes, &a, &e) != ERR_OK)
        fail_msg("%s: %s", change, e.msg);
    strlist_release(&changes);
    return a;
}

static const char *decides(const struct why_verdict *v)
{
    return v->decides < WHY_GATES ? v->gates[v->decides].id : "-";
}

static const char *reply_id(const struct why_verdict *v)
{
    return v->reply != NULL ? v->reply->id : "-";
}

static void path_ids(const struct why_answer *a, char *out, size_t n)
{
    out[0] = '\0';
    for (size_t i = 0; i < a->paths_n; i++)
        (void)snprintf(out + strlen(out), n - strlen(out), "%s%s", i > 0 ? "," : "",
                       a->paths[i].id);
}

static void same(const char *name, const char *what, const char *got, const char *expected)
{
    if (strcmp(got, expected) != 0)
        fail_msg("%s: %s is '%s', expected '%s'", name, what, got, expected);
}

/* One case a situation: what decides, what the log says, which ways there are, what comes next. */
static const struct situation {
    const char *name, *change;
    const char *basic, *decides, *reply, *paths;
    size_t next;
} situations[] = {
    {"everything works", "SELECT 1", "allow", "-", "auth-ok", "plan", 0},
    {"tenant off, mailbox inherits", TENANT_OFF, "block", "tenant-switch", "auth-disabled-tenant",
     "oauth,password", 0},
    {"tenant off, mailbox on", TENANT_OFF MAILBOX_ON, "allow", "-", "auth-ok", "plan", 0},
    {"mailbox off, tenant on", MAILBOX_OFF, "block", "mailbox-switch", "auth-disabled-mailbox",
     "oauth,password", 0},
    {"both off", TENANT_OFF MAILBOX_OFF, "block", "tenant-switch", "auth-disabled-mailbox",
     "oauth,password", 1},
    {"tenant off, and two policies after that", TENANT_OFF LEGACY MFA, "block", "tenant-switch",
     "auth-disabled-tenant", "oauth,relay,password", 1},
    {"legacy block", LEGACY, "block", "conditional-access", "auth-criteria", "oauth,relay,password",
     0},
    {"only somewhere", LEGACY OFFICE, "conditional", "conditional-access", "auth-criteria",
     "oauth,password", 0},
    {"security defaults", DEFAULTS_ON, "block", "security-defaults", "auth-security-defaults",
     "oauth,relay,password", 0},
    {"authentication policy", NO_BASIC, "block", "auth-policy", "auth-basic-disabled",
     "oauth,password", 0},
    {"account disabled", "UPDATE user SET account_enabled=0", "block", "account",
     "auth-account-issue", "send-as,oauth", 0},
    {"shared mailbox, sign-in off, as it should be",
     SHARED NO_LICENCE "UPDATE user SET account_enabled=0", "block", "account",
     "auth-account-issue", "send-as,oauth", 0},
    {"shared mailbox with sign-in and no licence", SHARED NO_LICENCE, "conditional", "licence",
     "auth-generic", "send-as,oauth", 0},
    {"federated", "UPDATE domain SET authentication_type='Federated'", "conditional", "federation",
     "auth-sts-unreachable", "oauth,password", 0},
    {"per-user MFA enforced", "UPDATE user SET per_user_mfa_state='enforced'", "block",
     "per-user-mfa", "auth-credentials", "oauth,relay,password", 0},
    {"no licence", NO_LICENCE, "conditional", "licence", "-", "oauth,password", 0},
    {"no mailbox", "UPDATE mailbox SET recipient_type='MailUser'", "not_applicable", "recipient",
     "-", "another-mailbox", 0},
    {"flag absent", "UPDATE mailbox SET smtp_flag_known=0", "unknown", "mailbox-switch", "-",
     "read", 0},
    {"policies not read", NOT_READ("ca-policies"), "unknown", "conditional-access", "-", "read", 0},
    {"blocked, and something not read", MAILBOX_OFF NOT_READ("ca-policies"), "block",
     "mailbox-switch", "auth-disabled-mailbox", "oauth,password,read", 1},
    {"an administrator is not loosened",
     LEGACY "INSERT INTO role_member VALUES ('" GLOBAL_ADMIN "','" U1 "','active','/','')", "block",
     "conditional-access", "auth-criteria", "oauth,relay,another-account", 0},
};

static void every_situation(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(situations); i++) {
        const struct situation *c = &situations[i];
        struct store *s = world(c->change);
        struct why *w = open_why(s);
        struct why_answer a = ask(w, NULL);
        char paths[256];

        path_ids(&a, paths, sizeof paths);
        same(c->name, "basic", a.before.basic, c->basic);
        same(c->name, "decides", decides(&a.before), c->decides);
        same(c->name, "reply", reply_id(&a.before), c->reply);
        same(c->name, "ways", paths, c->paths);
        if (a.next_n != c->next)
            fail_msg("%s: %zu things after that, expected %zu", c->name, a.next_n, c->next);
        for (size_t p = 0; p < a.paths_n; p++)
            if (a.paths[p].n == 0 || a.paths[p].cost == NULL)
                fail_msg("%s: way %s has no step or no cost", c->name, a.paths[p].id);
        why_close(w);
        store_close(s);
    }
}

/* What `why` says is what table smtp_auth says: derived in the same store afterwards. */
static void same_as_smtp_auth(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(situations); i++) {
        struct store *s = world(situations[i].change);
        struct why *w = open_why(s);
        struct why_answer a = ask(w, NULL);
        char said[4096];

        world_expect(s, "no derived row yet", "SELECT count(*) FROM main.mailbox_smtp", "0");
        (void)snprintf(said, sizeof said, "%s|%s|%s|%s|%s|%s|%s", a.before.basic,
                       a.before.oauth_delegated, a.before.oauth_app, reply_id(&a.before),
                       a.before.layers, a.before.confidence, a.before.explanation);
        why_close(w);
        world_derive(s, DAY);
        world_expect(s, situations[i].name,
                     "SELECT basic||'|'||oauth_delegated||'|'||oauth_app||'|'||"
                     "coalesce(reply,'-')||'|'||layers||'|'||confidence||'|'||explanation"
                     " FROM smtp_auth",
                     said);
        store_close(s);
    }
}

/* No text of any way in any situation says what must never be said. */
static void nothing_unsafe(void **state)
{
    static const char *const never[] = {"Set-TransportConfig",
                                        "-AccountEnabled:$true",
                                        "-AccountEnabled $true",
                                        "-IsEnabled",
                                        "(null)",
                                        "SmtpClientAuthenticationDisabled $true"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(situations); i++) {
        struct store *s = world(situations[i].change);
        struct why *w = open_why(s);
        struct why_answer a = ask(w, NULL);

        for (size_t p = 0; p < a.paths_n; p++)
            for (size_t k = 0; k < a.paths[p].n; k++) {
                const struct why_step *x = &a.paths[p].steps[k];
                const char *const texts[] = {x->text, x->powershell, x->portal, x->url};

                for (size_t t = 0; t < COUNT_OF(texts); t++)
                    for (size_t n = 0; n < COUNT_OF(never) && texts[t] != NULL; n++)
                        if (strstr(texts[t], never[n]) != NULL)
                            fail_msg("%s: '%s' in '%s'", situations[i].name, never[n], texts[t]);
            }
        why_close(w);
        store_close(s);
    }
}

static const struct why_path *find_path(const struct why_answer *a, const char *id)
{
    for (size_t i = 0; i < a->paths_n; i++)
        if (str_eq(a->paths[i].id, id))
            return &a->paths[i];
    fail_msg("no way '%s'", id);
    abort();
}

/* What protects comes before what opens. */
static void order_of_steps(void **state)
{
    struct store *s = world(TENANT_OFF LEGACY MFA);
    struct why *w = open_why(s);
    struct why_answer a = ask(w, NULL);
    const struct why_path *p = find_path(&a, "password");

    (void)state;
    assert_int_equal(p->n, 5);
    assert_non_null(strstr(p->steps[1].text, "pin the account"));
    assert_non_null(strstr(p->steps[1].powershell, U1));
    assert_non_null(strstr(p->steps[2].text, "\"Block legacy\""));
    assert_non_null(strstr(p->steps[2].powershell, P1));
    assert_non_null(strstr(p->steps[2].url, P1));
    assert_non_null(strstr(p->steps[3].text, "\"MFA, for all\""));
    assert_string_equal(p->steps[4].powershell, "Set-CASMailbox -Identity 'scanner@example.com' "
                                                "-SmtpClientAuthenticationDisabled $false");
    why_close(w);
    store_close(s);

    s = world(DEFAULTS_ON);
    w = open_why(s);
    a = ask(w, NULL);
    p = find_path(&a, "password");
    assert_non_null(strstr(p->steps[1].text, "report-only"));
    assert_non_null(strstr(p->steps[p->n - 1].text, "in place of security defaults"));
    for (size_t i = 0; i < p->n; i++)
        if (p->steps[i].powershell != NULL)
            assert_null(strstr(p->steps[i].powershell, "state='enabled'"));
    why_close(w);
    store_close(s);
}

static void hostile_names(void **state)
{
    struct store *s = world(
        LEGACY "UPDATE ca_policy SET id='p''; Remove-Mailbox x; ''';"
               "UPDATE ca_policy_target SET policy_id='p''; Remove-Mailbox x; ''';"
               "UPDATE ca_policy_control SET policy_id='p''; Remove-Mailbox x; ''';"
               "UPDATE mailbox SET primary_smtp_address='a''$(x)@example.com', user_id='u''x';"
               "UPDATE user SET id='u''x'; UPDATE snapshot SET cloud='usgov';" TENANT_OFF);
    struct why *w = open_why(s);
    struct why_answer a = ask(w, NULL);

    (void)state;
    for (size_t p = 0; p < a.paths_n; p++)
        for (size_t k = 0; k < a.paths[p].n; k++) {
            const char *ps = a.paths[p].steps[k].powershell;

            if (ps != NULL) {
                assert_null(strstr(ps, "Remove-Mailbox"));
                assert_null(strstr(ps, "$(x)"));
                assert_null(strstr(ps, "u'x"));
            }
        }
    why_close(w);
    store_close(s);
}

static const struct what_if {
    const char *name, *world, *change, *before, *after, *decides;
} what_ifs[] = {
    {"open the mailbox", TENANT_OFF, "mailbox-smtp=on", "block", "allow", "-"},
    {"open the tenant", TENANT_OFF, "tenant-smtp=on", "block", "allow", "-"},
    {"close the tenant", "SELECT 1", "tenant-smtp=off", "allow", "block", "tenant-switch"},
    {"close the mailbox", "SELECT 1", "mailbox-smtp=off", "allow", "block", "mailbox-switch"},
    {"let it inherit", TENANT_OFF MAILBOX_ON, "mailbox-smtp=inherit", "allow", "block",
     "tenant-switch"},
    {"open, but policies are next", TENANT_OFF LEGACY, "mailbox-smtp=on", "block", "block",
     "conditional-access"},
    {"defaults on", "SELECT 1", "security-defaults=on", "allow", "block", "security-defaults"},
    {"defaults off", DEFAULTS_ON, "security-defaults=off", "block", "allow", "-"},
    {"excluded by id", LEGACY, "exclude-from=" P1, "block", "allow", "-"},
    {"excluded by name, any case", LEGACY, "exclude-from=block LEGACY", "block", "allow", "-"},
    {"excluded from one of two", LEGACY MFA, "exclude-from=Block legacy", "block", "block",
     "conditional-access"},
    {"excluded from both, one name with a comma", LEGACY MFA,
     "exclude-from=MFA, for all,exclude-from=Block legacy", "block", "allow", "-"},
    {"policy allows", NO_BASIC, "auth-policy=allow", "block", "allow", "-"},
    {"policy blocks", "SELECT 1", "auth-policy=block", "allow", "block", "auth-policy"},
    {"account disabled", "SELECT 1", "account=disabled", "allow", "block", "account"},
    {"account enabled", "UPDATE user SET account_enabled=0", "account=enabled", "block", "allow",
     "-"},
    {"federated", "SELECT 1", "federated=yes", "allow", "conditional", "federation"},
    {"managed", "UPDATE domain SET authentication_type='Federated'", "federated=no", "conditional",
     "allow", "-"},
    {"licence taken", "SELECT 1", "licence=no", "allow", "conditional", "licence"},
    {"licence given", NO_LICENCE, "licence=yes", "conditional", "allow", "-"},
    {"MFA enforced", "SELECT 1", "per-user-mfa=enforced", "allow", "block", "per-user-mfa"},
    {"MFA enabled", "SELECT 1", "per-user-mfa=enabled", "allow", "conditional", "per-user-mfa"},
    {"MFA off", "UPDATE user SET per_user_mfa_state='enforced'", "per-user-mfa=off", "block",
     "allow", "-"},
    {"an unknown is supposed known", "DELETE FROM security_defaults", "security-defaults=off",
     "unknown", "allow", "-"},
    {"an unknown stays unknown", NOT_READ("ca-policies"), "mailbox-smtp=on", "unknown", "unknown",
     "conditional-access"},
    {"row 11a: an app password", "UPDATE user SET per_user_mfa_state='enforced'",
     "app-password=yes", "block", "allow", "-"},
    {"row 11a: an app password passes nothing else",
     LEGACY "UPDATE user SET per_user_mfa_state='enforced'", "app-password=yes", "block", "block",
     "conditional-access"},
    {"row 11a: an app password where nobody has to have one", "SELECT 1", "app-password=yes",
     "allow", "allow", "-"},
    {"from inside the named location", LEGACY OFFICE, "ip=192.0.2.9", "conditional", "allow", "-"},
    {"from outside it", LEGACY OFFICE, "ip=203.0.113.5", "conditional", "block",
     "conditional-access"},
    {"from inside, but another policy blocks everywhere", LEGACY OFFICE MFA, "ip=192.0.2.9",
     "block", "block", "conditional-access"},
    {"from inside, excluded from the other", LEGACY OFFICE MFA,
     "ip=192.0.2.9,exclude-from=MFA, for all", "block", "allow", "-"},
    {"an address without any location policy", LEGACY, "ip=2001:db8::1", "block", "block",
     "conditional-access"},
    {"a country that was not said", LEGACY COUNTRY, "ip=203.0.113.5", "conditional", "conditional",
     "conditional-access"},
    {"the right country", LEGACY COUNTRY, "ip=203.0.113.5,country=ie", "conditional", "allow", "-"},
    {"another country", LEGACY COUNTRY, "country=FR,ip=203.0.113.5", "conditional", "block",
     "conditional-access"},
    {"an address does not open what was not read", NOT_READ("ca-policies"), "ip=192.0.2.9",
     "unknown", "unknown", "conditional-access"},
    {"removed before that day", "SELECT 1", "removal-date=2026-01-31", "allow", "block", "service"},
    {"removed later", "SELECT 1", "removal-date=2028-03-31", "allow", "allow", "-"},
    {"two changes, the last of a key counts", TENANT_OFF DEFAULTS_ON,
     "mailbox-smtp=off,security-defaults=off,mailbox-smtp=on", "block", "allow", "-"},
};

static void every_what_if(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(what_ifs); i++) {
        const struct what_if *c = &what_ifs[i];
        struct store *s = world(c->world);
        struct why *w = open_why(s);
        char digest[SHA256_HEX_BYTES];
        char again[SHA256_HEX_BYTES];
        struct err e = ERR_INIT;
        struct why_answer a;

        assert_int_equal(snapshot_digest(s, digest, &e), ERR_OK);
        a = ask(w, c->change);
        same(c->name, "before", a.before.basic, c->before);
        same(c->name, "after", a.after.basic, c->after);
        same(c->name, "decides", decides(&a.after), c->decides);
        assert_int_equal(snapshot_digest(s, again, &e), ERR_OK);
        assert_string_equal(digest, again);
        a = ask(w, NULL); /* and it is gone again */
        same(c->name, "afterwards", a.before.basic, c->before);
        why_close(w);
        store_close(s);
    }
}

static void wrong_changes(void **state)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"mailbox-smtp", "key=value"},
        {"mailbox-smtp=maybe", "one of on, off, inherit"},
        {"mailbox-stmp=on", "did you mean mailbox-smtp"},
        {"weather=fine", "it takes tenant-smtp"},
        {"exclude-from=Nothing", "no Conditional Access policy 'Nothing'"},
        {"exclude-from=Twice", "several policies are called 'Twice'"},
        {"security-defaults=", "one of on, off"},
        {"ip=office", "'office' is no IP address"},
        {"country=IE", "add ip="},
        {"ip=192.0.2.1,country=Ireland", "no two-letter country code"},
        {"removal-date=soon", "a date such as"},
        {"removal-date=1970-01-01", "a date such as"},
    };
    struct store *s =
        world("INSERT INTO ca_policy(id, display_name, state, is_workload, raw)"
              " VALUES ('x','Twice','enabled',0,'{}'),('y','Twice','enabled',0,'{}')");
    struct why *w = open_why(s);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct strlist l = {0};
        struct why_found f;
        struct why_answer a;
        struct err e = ERR_INIT;

        strlist_add(&l, cases[i].text);
        assert_int_equal(why_find(w, "m1", &f, &e), ERR_OK);
        assert_int_equal(why_ask(w, &f.v[0], &l, &a, &e), ERR_USAGE);
        if (strstr(e.msg, cases[i].says) == NULL)
            fail_msg("%s: '%s' says nothing of '%s'", cases[i].text, e.msg, cases[i].says);
        strlist_release(&l);
    }
    why_close(w);
    store_close(s);
}

/* Rows 11a, 13 and 15 of the decision table stand on things that are not collected: said where they
 * can matter. */
static void what_was_not_read(void **state)
{
    static const struct {
        const char *name, *world, *change, *ids;
    } told[] = {
        {"row 13 and 15: everything works", "SELECT 1", NULL, "app-permission,after-sign-in"},
        {"row 15: nobody gets as far as that", TENANT_OFF, NULL, ""},
        {"row 13: basic is blocked, an application may pass", LEGACY, NULL,
         "app-permission,after-sign-in"},
        {"row 13: an unknown switch still leaves a way", "UPDATE mailbox SET smtp_flag_known=0",
         NULL, "app-permission,after-sign-in"},
        {"row 11a: per-user MFA enforced", "UPDATE user SET per_user_mfa_state='enforced'", NULL,
         "app-password,app-permission,after-sign-in"},
        {"row 11a: supposed to be there", "UPDATE user SET per_user_mfa_state='enforced'",
         "app-password=yes", "app-permission,after-sign-in"},
        {"row 1: HVE", "UPDATE mailbox SET recipient_type='MailUser', is_hve=1", NULL,
         "hve-app-access,hve-billing,after-sign-in"},
        {"row 0: no mailbox", "UPDATE mailbox SET recipient_type='MailUser'", NULL, ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(told); i++) {
        struct store *s = world(told[i].world);
        struct why *w = open_why(s);
        struct why_answer a = ask(w, told[i].change);
        char ids[256] = "";

        for (size_t k = 0; k < a.unread_n; k++) {
            (void)snprintf(ids + strlen(ids), sizeof ids - strlen(ids), "%s%s", k > 0 ? "," : "",
                           a.unread[k].id);
            assert_null(strstr(a.unread[k].how, "{"));
        }
        same(told[i].name, "not read", ids, told[i].ids);
        why_close(w);
        store_close(s);
    }
}

/* A policy that is named and is not among all that were read is gone; else it was just not read. */
static void a_policy_that_is_gone(void **state)
{
    static const struct {
        const char *name, *world, *value, *because;
    } told[] = {
        {"own", "UPDATE mailbox SET authentication_policy='Old'",
         "'Old' (the user's own) no longer exists", "The account names a policy that no longer"},
        {"default", "UPDATE organization_config SET default_authentication_policy='Old'",
         "'Old' (the default) no longer exists", "The organization's default is a policy that no"},
        {"not read",
         "UPDATE mailbox SET authentication_policy='Old';" NOT_READ("authentication-policies"),
         "'Old' (the user's own) not known", "says of basic SMTP is not known"},
        {"there, without the property",
         "UPDATE mailbox SET authentication_policy='Old'; INSERT INTO authentication_policy(name,"
         " allow_basic_auth_smtp, raw) VALUES ('OLD',NULL,'{}')",
         "'Old' (the user's own) not known", "says of basic SMTP is not known"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(told); i++) {
        struct store *s = world(told[i].world);
        struct why *w = open_why(s);
        struct why_answer a = ask(w, NULL);

        same(told[i].name, "basic", a.before.basic, "unknown");
        same(told[i].name, "value", a.before.gates[4].value, told[i].value);
        if (strstr(a.before.gates[4].because, told[i].because) == NULL)
            fail_msg("%s: %s", told[i].name, a.before.gates[4].because);
        why_close(w);
        store_close(s);
    }
}

/* --policy: the blast radius of exclusions, by which way, with its administrators and mailboxes. */
static void whom_a_policy_reaches(void **state)
{
    struct store *s =
        world(MFA "INSERT INTO user(id, user_principal_name, user_type, account_enabled) VALUES"
                  " ('u8','boss@example.com','Member',1), ('u9','x@example.com','Member',1);"
                  "INSERT INTO directory_group VALUES ('g1','Devices','found','policy'),"
                  " ('g2','Old','missing','policy');"
                  "INSERT INTO group_member VALUES ('g1','" U1 "'), ('g1','u8');"
                  "INSERT INTO role_member VALUES ('" GLOBAL_ADMIN "','u8','active','/','');"
                  "UPDATE mailbox SET is_listed = 1;"
                  "INSERT INTO ca_policy_target VALUES ('" P2 "','group','exclude','g1',''),"
                  " ('" P2 "','group','exclude','g2','')");
    struct why *w = open_why(s);
    struct why_reach r;
    struct err e = ERR_INIT;

    (void)state;
    if (why_policy_ask(w, "mfa, FOR all", &r, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    assert_int_equal(r.in_scope.count.people, 1);
    assert_string_equal(r.in_scope.v[0].name, "x@example.com");
    assert_int_equal(r.maybe.count.people, 0);
    assert_int_equal(r.excluded.count.people, 2);
    assert_int_equal(r.excluded.count.admins, 1);
    assert_int_equal(r.excluded.count.mailboxes, 1);
    for (size_t i = 0; i < r.excluded.n; i++)
        assert_string_equal(r.excluded.v[i].words, "excluded through the group Devices");
    assert_int_equal(r.entries_n, 3);
    for (size_t i = 0; i < r.entries_n; i++) {
        bool is_old = str_eq(r.entries[i].id, "g2");
        bool is_all = str_eq(r.entries[i].id, "All");

        assert_int_equal(r.entries[i].count.people, is_old ? 0 : is_all ? 3 : 2);
        if (is_old)
            assert_string_equal(r.entries[i].note, "no longer exists");
        else
            assert_null(r.entries[i].note);
    }
    assert_int_equal(why_policy_ask(w, "nothing", &r, &e), ERR_USAGE);
    why_close(w);
    world_do(s, "UPDATE directory_group SET state='unreadable' WHERE id='g2'");
    w = open_why(s);
    err_clear(&e);
    assert_int_equal(why_policy_ask(w, P2, &r, &e), ERR_OK);
    assert_int_equal(r.in_scope.count.people, 0);
    assert_int_equal(r.maybe.count.people, 1);
    why_close(w);
    store_close(s);
}

/* On the removal date nothing but OAuth and relays is offered: no setting brings basic back. */
static void removed_for_good(void **state)
{
    struct store *s = world(TENANT_OFF LEGACY "UPDATE user SET account_enabled=0");
    struct why *w = open_why(s);
    struct why_answer a = ask(w, "removal-date=2026-01-31");
    char paths[256];

    (void)state;
    path_ids(&a, paths, sizeof paths);
    assert_string_equal(paths, "oauth,relay");
    assert_string_equal(reply_id(&a.after), "removed");
    assert_string_equal(a.after.gates[1].value, "removed");
    assert_non_null(strstr(a.after.gates[1].evidence, "2026-01-31, as --what-if says"));
    assert_string_equal(a.before.gates[1].value, "still offered");
    assert_non_null(strstr(a.before.gates[1].evidence, "no removal date was given"));
    why_close(w);
    store_close(s);
}

/* True, null, absent and unread are four things. */
static void four_values(void **state)
{
    static const struct {
        const char *name, *change, *evidence, *value;
        enum why_effect effect;
    } cases[] = {
        {"false", MAILBOX_ON, "SmtpClientAuthenticationDisabled = False", "on", WHY_PASS},
        {"true", MAILBOX_OFF, "SmtpClientAuthenticationDisabled = True", "off", WHY_BLOCK},
        {"null", "SELECT 1", "SmtpClientAuthenticationDisabled = null", "inherits", WHY_PASS},
        {"absent", "UPDATE mailbox SET smtp_flag_known=0",
         "SmtpClientAuthenticationDisabled: absent from the reply", "not known", WHY_UNKNOWN},
        {"unread", "UPDATE mailbox SET smtp_flag_known=0;" NOT_READ("cas-mailboxes"),
         "SmtpClientAuthenticationDisabled: not read (failed, permission)", "not known",
         WHY_UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct store *s = world(cases[i].change);
        struct why *w = open_why(s);
        struct why_answer a = ask(w, NULL);
        const struct why_gate *g = &a.before.gates[3];

        same(cases[i].name, "gate", g->id, "mailbox-switch");
        same(cases[i].name, "evidence", g->evidence, cases[i].evidence);
        same(cases[i].name, "value", g->value, cases[i].value);
        assert_string_equal(g->where, "Get-CASMailbox");
        assert_int_equal(g->effect, cases[i].effect);
        why_close(w);
        store_close(s);
    }
}

static void unknown_names_what_to_read(void **state)
{
    struct store *s = world("DELETE FROM security_defaults;" NOT_READ("security-defaults"));
    struct why *w = open_why(s);
    struct why_answer a = ask(w, NULL);

    (void)state;
    assert_string_equal(a.before.basic, "unknown");
    assert_string_equal(a.paths[0].id, "read");
    assert_non_null(strstr(a.paths[0].steps[0].text, "Security defaults (needs Some.Read)"));
    why_close(w);
    store_close(s);
}

static void overridden(void **state)
{
    struct store *s = world(TENANT_OFF MAILBOX_ON);
    struct why *w = open_why(s);
    struct why_answer a = ask(w, NULL);

    (void)state;
    assert_int_equal(a.before.gates[2].effect, WHY_OVERRIDDEN);
    assert_string_equal(a.before.gates[2].value, "off");
    why_close(w);
    store_close(s);
    s = world(TENANT_OFF "UPDATE mailbox SET smtp_flag_known=0");
    w = open_why(s);
    a = ask(w, NULL);
    assert_int_equal(a.before.gates[2].effect, WHY_UNKNOWN);
    why_close(w);
    store_close(s);
}

static void finding(void **state)
{
    static const char more[] =
        "UPDATE mailbox SET display_name='Twin';"
        "INSERT INTO mailbox(guid, primary_smtp_address, display_name, recipient_type) VALUES"
        " ('m2','fax@example.com','TWIN','UserMailbox'),"
        " ('m3','twin@example.com','Fax','UserMailbox'),"
        " ('m4',NULL,'fax@example.com','UserMailbox');"
        "INSERT INTO user(id, user_principal_name) VALUES ('u9','guest@example.com')";
    static const struct {
        const char *name;
        size_t n;
        const char *guid, *near;
    } cases[] = {
        {"scanner@example.com", 1, "m1", NULL},
        {"SCANNER@Example.com", 1, "m1", NULL},
        {"m1", 1, "m1", NULL},
        {U1, 1, "m1", NULL},
        {"twin", 2, NULL, NULL},
        {"Fax", 1, "m3", NULL},
        {"fax@example.com", 1, "m2", NULL}, /* an address comes before a display name */
        {"scaner@example.com", 0, NULL, "scanner@example.com"},
        {"scanner@exmaple.com", 0, NULL, "scanner@example.com"},
        {"%", 0, NULL, NULL},
        {"nobody-like-this@nowhere.test", 0, NULL, NULL},
    };
    struct store *s = world(more);
    struct why *w = open_why(s);
    struct why_found f;
    struct err e = ERR_INIT;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(why_find(w, cases[i].name, &f, &e), ERR_OK);
        if (f.n != cases[i].n)
            fail_msg("%s: %zu found", cases[i].name, f.n);
        if (cases[i].guid != NULL)
            same(cases[i].name, "guid", f.v[0].guid, cases[i].guid);
        same(cases[i].name, "near", f.near_n > 0 ? f.near[0] : "-",
             cases[i].near != NULL ? cases[i].near : "-");
    }
    assert_int_equal(why_find(w, "guest@example.com", &f, &e), ERR_OK);
    assert_true(f.n == 0 && f.is_account && !f.is_unread);
    why_close(w);
    world_do(s, NOT_READ("mailboxes"));
    w = open_why(s);
    assert_int_equal(why_find(w, "nobody@example.com", &f, &e), ERR_OK);
    assert_true(f.is_unread);
    assert_non_null(strstr(f.state, "failed, permission (needs Some.Read)"));
    why_close(w);
    store_close(s);
}

static void sign_ins(void **state)
{
    static const struct {
        const char *said, *change, *blocked, *mfa;
    } cases[] = {
        {"client=smtp,app=exchange,ip=192.0.2.9,country=GB", NULL, "no", "no"},
        {"client=smtp,app=exchange,ip=198.51.100.9,country=GB", NULL, "yes", "no"},
        {"client=smtp,app=exchange", NULL, "unknown", "no"},
        {"client=smtp,app=exchange", "exclude-from=Block legacy", "no", "no"},
        {"client=browser,app=exchange", NULL, "no", "no"},
        {"user=scanner@example.com,client=imap,app=exchange,ip=198.51.100.9", NULL, "yes", "no"},
    };
    static const struct {
        const char *said, *says;
    } wrong[] = {
        {"client=fax", "browser"},
        {"ip=300.1.1.1", "no IP address"},
        {"country=GBR", "two-letter"},
        {"user=nobody", "no user 'nobody'"},
        {"colour=red", "it takes user=NAME"},
        {"clent=smtp", "did you mean client"},
        {"device=toaster", "unregistered"},
    };
    struct store *s = world(LEGACY OFFICE);
    struct why *w = open_why(s);
    struct why_found f;
    struct why_sign_in r;
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(why_find(w, "m1", &f, &e), ERR_OK);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct strlist said = {0};
        struct strlist changes = {0};

        strlist_add(&said, cases[i].said);
        if (cases[i].change != NULL)
            strlist_add(&changes, cases[i].change);
        if (why_sign_in_ask(w, &f.v[0], &said, &changes, &r, &e) != ERR_OK)
            fail_msg("%s: %s", cases[i].said, e.msg);
        same(cases[i].said, "blocked", r.blocked, cases[i].blocked);
        same(cases[i].said, "mfa", r.needs_mfa, cases[i].mfa);
        assert_int_equal(r.n, 1);
        strlist_release(&said);
        strlist_release(&changes);
    }
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct strlist said = {0};

        strlist_add(&said, wrong[i].said);
        err_clear(&e);
        assert_int_equal(why_sign_in_ask(w, &f.v[0], &said, NULL, &r, &e), ERR_USAGE);
        if (strstr(e.msg, wrong[i].says) == NULL)
            fail_msg("%s: '%s' says nothing of '%s'", wrong[i].said, e.msg, wrong[i].says);
        strlist_release(&said);
    }
    why_close(w);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_situation),
        cmocka_unit_test(same_as_smtp_auth),
        cmocka_unit_test(nothing_unsafe),
        cmocka_unit_test(order_of_steps),
        cmocka_unit_test(hostile_names),
        cmocka_unit_test(every_what_if),
        cmocka_unit_test(wrong_changes),
        cmocka_unit_test(removed_for_good),
        cmocka_unit_test(what_was_not_read),
        cmocka_unit_test(a_policy_that_is_gone),
        cmocka_unit_test(whom_a_policy_reaches),
        cmocka_unit_test(four_values),
        cmocka_unit_test(unknown_names_what_to_read),
        cmocka_unit_test(overridden),
        cmocka_unit_test(finding),
        cmocka_unit_test(sign_ins),
    };

    return cmocka_run_group_tests_name("why", tests, NULL, NULL);
}
