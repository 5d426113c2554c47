/* What --redact makes of every kind of text: nobody is named, the same person has the same token,
 * and what says nothing about anybody stays. */
#include "base/attrs.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/strs.h"
#include "model/store.h"
#include "report_fixture.h"
#include "reports/redact.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define JANE "11111111-1111-4111-8111-111111111111"
#define MULLER "22222222-2222-4222-8222-222222222222"
#define INFO "33333333-3333-4333-8333-333333333333"
#define EVIL "44444444-4444-4444-8444-444444444444"
#define TWIN "55555555-5555-4555-8555-555555555555"
#define SPEC "66666666-6666-4666-8666-666666666666"

static const char world[] =
    "INSERT INTO snapshot(id, tenant_id, cloud, started_at, tool_version, schema_version) VALUES "
    "(1, '00000000-0000-4000-8000-000000000001', 'global', '2026-11-23T06:00:00Z', 'test', 7);"
    "INSERT INTO user(id, user_principal_name, display_name, mail) VALUES "
    "('" JANE "', 'Jane.Doe@contoso.example', 'Jane Doe', 'jane@mail.example'),"
    "('" MULLER "', 'anna@contoso.example', 'Änna Müller-O''Neil', NULL),"
    "('" INFO "', 'info@contoso.example', 'Info', NULL),"
    "('" EVIL "', 'evil@contoso.example', '=HYPERLINK(\"http://evil.example/\",\"x\")', NULL),"
    "('" TWIN "', 'jim_partner.example#EXT#@contoso.example', 'Jim Twin', 'jim@partner.example'),"
    "('" SPEC "', 'fail@contoso.example', 'fail', NULL),"
    "('99999999-9999-4999-8999-999999999999', 'a.b@contoso.example', 'a.b@contoso.example', NULL);"
    "INSERT INTO mailbox(guid, user_id, user_principal_name, display_name, primary_smtp_address) "
    "VALUES ('77777777-7777-4777-8777-777777777777', '" JANE "', NULL, 'Doe, Jane (Sales)', "
    "'j.doe@contoso.example'),"
    "('88888888-8888-4888-8888-888888888888', NULL, NULL, 'Jim Twin', 'scan@contoso.example');"
    "INSERT INTO rule(rule_id, version, pack, title, severity, service, summary, references_json, "
    "mappings_json, resources_json, file, query) VALUES ('T-1', 1, 'p', "
    "'Ask jane.doe@contoso.example about 192.0.2.1', 'high', 'dns', 'Info and mailbox', '[]', "
    "'{}', '[]', 'f', 'SELECT 1');";

static const char key[] = "the key of these tests";

struct at {
    struct store *s;
    struct redact *r;
    char *jane, *muller, *evil; /* tokens */
};

/* The token that stands for all of `text`. */
static char *token_of(struct redact *r, const char *text)
{
    struct buf b;
    char *token;

    buf_init(&b, 4096);
    if (!redact_string(r, text, &b))
        fail_msg("%s: stays", text);
    token = xstrndup(b.p, strcspn(b.p, "@"));
    buf_release(&b);
    return token;
}

static struct at begin(unsigned kinds)
{
    const struct redact_options o = {kinds, key, sizeof key};
    struct err e = ERR_INIT;
    struct at a = {0};

    if (store_create(":memory:", &a.s, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    fixture_sql(a.s, world);
    a.r = redact_new(&o);
    if (redact_learn(a.r, a.s, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    if ((kinds & REDACT_UPN) != 0) {
        a.jane = token_of(a.r, "jane.doe@contoso.example");
        a.muller = token_of(a.r, "anna@contoso.example");
        a.evil = token_of(a.r, "evil@contoso.example");
    }
    return a;
}

static void end(struct at *a)
{
    redact_free(a->r);
    store_close(a->s);
    free(a->jane);
    free(a->muller);
    free(a->evil);
}

static bool is_token(const char *s)
{
    static const char *const words[] = {"person-", "address-", "name-", "ip-", "secret-"};

    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (str_starts(s, words[i]))
            return strspn(s + strlen(words[i]), "0123456789abcdef") >= 12;
    return false;
}

/* With JANE, MULLER, EVIL for the tokens of those, and "word-#" for others. */
static char *readable(const struct at *a, const char *s)
{
    const struct {
        const char *token, *word;
    } known[] = {{a->jane, "JANE"}, {a->muller, "MULLER"}, {a->evil, "EVIL"}};
    struct buf b;

    buf_init(&b, 65536);
    while (*s != '\0') {
        bool found = false;

        for (size_t i = 0; !found && i < COUNT_OF(known); i++)
            if (known[i].token != NULL && str_starts(s, known[i].token)) {
                buf_adds(&b, known[i].word);
                s += strlen(known[i].token);
                found = true;
            }
        if (!found && is_token(s)) {
            size_t n = strcspn(s, "-") + 1;

            buf_add(&b, s, n);
            buf_addc(&b, '#');
            s += n + 12;
        } else if (!found) {
            buf_addc(&b, *s++);
        }
    }
    return buf_take(&b);
}

static void check(const struct at *a, const char *text, const char *want)
{
    struct buf b;
    bool changed;
    char *got;

    buf_init(&b, 65536);
    changed = redact_string(a->r, text, &b);
    got = readable(a, changed ? b.p : text);
    if (!str_eq(got, want))
        fail_msg("\n  text %s\n  want %s\n  got  %s", text, want, got);
    assert_int_equal(changed, strcmp(text, changed ? b.p : text) != 0);
    free(got);
    buf_release(&b);
}

struct text_case {
    const char *text, *want; /* want NULL: it stays */
};

static void check_all(unsigned kinds, const struct text_case *c, size_t n)
{
    struct at a = begin(kinds);

    for (size_t i = 0; i < n; i++)
        check(&a, c[i].text, c[i].want != NULL ? c[i].want : c[i].text);
    end(&a);
}

static void addresses(void **state)
{
    static const struct text_case cases[] = {
        {"", NULL},
        {"jane.doe@contoso.example", "JANE@contoso.example"},
        {"JANE.DOE@CONTOSO.EXAMPLE", "JANE@CONTOSO.EXAMPLE"},
        {"jane@mail.example", "JANE@mail.example"},
        {"j.doe@contoso.example", "JANE@contoso.example"},
        {"<j.doe@contoso.example>, anna@contoso.example;",
         "<JANE@contoso.example>, MULLER@contoso.example;"},
        {"ask jane@mail.example.", "ask JANE@mail.example."},
        {"'anna@contoso.example'", "'MULLER@contoso.example'"},
        {"Set-User -Identity 'anna@contoso.example' -X $null",
         "Set-User -Identity 'MULLER@contoso.example' -X $null"},
        {"mailto:anna@contoso.example?subject=x", "mailto:MULLER@contoso.example?subject=x"},
        {"https://h.example/u/anna@contoso.example/x",
         "https://h.example/u/MULLER@contoso.example/x"},
        {"https://h.example/?login_hint=anna%40contoso.example&x=1",
         "https://h.example/?login_hint=MULLER%40contoso.example&x=1"},
        {"u%3Danna%40contoso.example", "u%3DMULLER%40contoso.example"},
        {"user=anna@contoso.example", "user=MULLER@contoso.example"},
        {"a|anna@contoso.example|b", "a|MULLER@contoso.example|b"},
        {"\xe2\x80\x9c"
         "anna@contoso.example\xe2\x80\x9d",
         "\xe2\x80\x9cMULLER@contoso.example\xe2\x80\x9d"},
        {"jim_partner.example#EXT#@contoso.example", "person-#@contoso.example"},
        {"x.y@elsewhere.example", "address-#@elsewhere.example"},
        {"o'brien@elsewhere.example", "address-#@elsewhere.example"},
        {"bounce+jane=mail.example@lists.example", "address-#@lists.example"},
        {"\"jane doe\"@elsewhere.example", "address-#@elsewhere.example"},
        {"j\xc3\xa4n@m\xc3\xbcller.example", "address-#@m\xc3\xbcller.example"},
        {"root@[192.0.2.1]", "address-#@[192.0.2.1]"},
        {"a@b@c.example", "address-#@address-#@c.example"},
        {"x@anna@contoso.example", "address-#@MULLER@contoso.example"},
        {"*@contoso.example", NULL},
        {"@contoso.example and user@ nobody", NULL},
        {"contoso.example", NULL},
        {JANE, NULL},
        {"/users/" JANE "/x", NULL},
        {"100%40", NULL},
        {"@", NULL},
        {"%40", NULL},
    };

    (void)state;
    check_all(REDACT_UPN, cases, COUNT_OF(cases));
}

static void names(void **state)
{
    static const struct text_case cases[] = {
        {"Jane Doe", "JANE"},
        {"it is: Jane Doe", "it is: JANE"},
        {"\"a\": Jane Doe", "\"a\": JANE"},
        {"the mailbox of Jane Doe is open", "the mailbox of JANE is open"},
        {"jane  DOE's", "JANE's"},
        {"Doe, Jane (Sales) and Jane\tDoe", "JANE) and JANE"},
        {"jane.doe is a local part, and jane_doe", "JANE is a local part, and JANE"},
        {"Jane Doering, Mary Jane or Doe Jane", NULL},
        {"the mailbox of Jane\n          Doe", "the mailbox of JANE"},
        {"\xc3\x84nna M\xc3\xbcller-O'Neil!", "MULLER!"},
        {"\"\xc3\x84nna M\xc3\xbcller-O'Neil\"", "\"MULLER\""},
        {"\xc3\x84nna M\xc3\xbcllers", NULL},
        {"x =HYPERLINK(\"http://evil.example/\",\"x\") y", "x =EVIL\") y"},
        {"Jane\\u{202E} Doe", "JANE"},
        {"\xff\xfeJane Doe\xff", "\xff\xfeJANE\xff"},
        {"Jim Twin", "name-#"}, /* two have it: it is not said which */
        {"Info, info and INFO about the mailbox", NULL},
        {"the mailbox 'Info' is", "the mailbox 'person-#' is"},
        {"fail", NULL},
        {"state fail", NULL},
        {"{\"user\": \"Jane Doe\", \"n\": 3, \"x\": [true, null, -1.5e3]}",
         "{\"user\": \"JANE\", \"n\": 3, \"x\": [true, null, -1.5e3]}"},
        {"{\"a\":\"J\\u0061ne D\\u006fe\"}", "{\"a\":\"JANE\"}"},
        {"{\"a\":\"say \\\"Jane Doe\\\"\\n\"}", "{\"a\":\"say \\\"JANE\\\"\\u000a\"}"},
        {"{\"a\":\"{\\\"b\\\":\\\"Jane Doe\\\"}\"}", "{\"a\":\"{\\\"b\\\":\\\"JANE\\\"}\"}"},
        {"{\"Jane Doe\": 1}", "{\"JANE\": 1}"},
        {"{\"display_name\": \"Info\", \"level\": \"Info\"}",
         "{\"display_name\": \"person-#\", \"level\": \"Info\"}"},
        {"[jane doe] is no JSON", "[JANE] is no JSON"},
        {"{\"a\": \"Jane Doe", "{\"a\": \"JANE"},
        {"[\"\\ud83d\\ude00 Jane Doe\"]", "[\"\xf0\x9f\x98\x80 JANE\"]"},
        {"{\"a\": \"\\u0000Jane Doe\"}", "{\"a\": \"\xef\xbf\xbdJANE\"}"},
        {"{\"a\": \"\\ud800Jane Doe\"}", "{\"a\": \"\xef\xbf\xbdJANE\"}"},
        {"{\"a\": \"\\q Jane Doe\"}", "{\"a\": \"\\q JANE\"}"},
        {"{\"a\": \"\\u00zg Jane Doe\"}", "{\"a\": \"\\u00zg JANE\"}"},
        {"[]", NULL},
        {"{", NULL},
    };

    (void)state;
    check_all(REDACT_UPN, cases, COUNT_OF(cases));
}

static void ip_addresses(void **state)
{
    static const struct text_case cases[] = {
        {"192.0.2.1", "ip-#"},
        {"from 192.0.2.1.", "from ip-#."},
        {"192.0.2.0/24, 198.51.100.7:25", "ip-#/24, ip-#:25"},
        {"192.0.2.1-192.0.2.9", "ip-#-ip-#"},
        {"v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 -all", "v=spf1 ip4:ip-#/24 ip6:ip-#/32 -all"},
        {"[2001:DB8::1]:25", "[ip-#]:25"},
        {"fe80::1%eth0", "ip-#%eth0"},
        {"::ffff:192.0.2.1", "ip-#"},
        {"[\"2001:db8::/48\",\"192.0.2.1\"]", "[\"ip-#/48\",\"ip-#\"]"},
        {"root@[192.0.2.1]", "root@[ip-#]"},
        {"127.0.0.1 ::1 :: 0.0.0.0/0", NULL},
        {"version v1.2.3.4, 1.2.3, 1.2.3.4.5 and 1.2.3.456", NULL},
        {"15.20.1234.5", NULL},
        {"5.7.139 Authentication unsuccessful", NULL},
        {"12:34:56 at 2026-11-24T12:34:56Z", NULL},
        {"AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD", NULL},
        {"std::string", NULL},
        {JANE, NULL},
        {"Jane Doe, jane.doe@contoso.example", NULL},
    };

    (void)state;
    check_all(REDACT_IP, cases, COUNT_OF(cases));
}

static void secrets(void **state)
{
    static const struct text_case cases[] = {
        {"password: hunter2", "password: secret-#"},
        {"Password = 'x y'", "Password = 'secret-# y'"},
        {"client_secret=abcd1234efgh&x=1", "client_secret=secret-#&x=1"},
        {"X-Api-Key: 0123456789abcdefghij", "X-Api-Key: secret-#"},
        {"Authorization: Bearer abc.def-123456", "Authorization: Bearer secret-#"},
        {"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "secret-#"},
        {"ghp_0123456789abcdefABCDEF0123456789abcd", "secret-#"},
        {"abc8Q~0123456789abcdefghijABCDEFGHIJ012345", "secret-#"},
        {"aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1eF", "secret-#"},
        {"-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----",
         "-----BEGIN PRIVATE KEY-----secret-#-----END PRIVATE KEY-----"},
        {"{\"password\": \"x\", \"passwordPolicies\": \"None\"}",
         "{\"password\": \"secret-#\", \"passwordPolicies\": \"None\"}"},
        {"v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP1abc", NULL},
        {"security token: none", NULL},
        {"Basic authentication is on", NULL},
        {"password expires", NULL},
        {JANE, NULL},
        {"6F1C0F0E-AAAA-4bbb-8ccc-0123456789AB", NULL},
        {"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", NULL},
        {"Jane Doe, jane.doe@contoso.example, 192.0.2.1", NULL},
    };

    (void)state;
    check_all(REDACT_SECRET, cases, COUNT_OF(cases));
}

static void all_kinds_work_side_by_side(void **state)
{
    static const struct text_case cases[] = {
        {"Jane Doe (jane@mail.example) from 192.0.2.1, password: x1",
         "JANE (JANE@mail.example) from ip-#, password: secret-#"},
        {"10.0.0.1:Jane Doe", "ip-#:JANE"},
        {"AA:BB:Jane Doe", "AA:BB:JANE"},
        {"192.0.2.1 anna@contoso.example 192.0.2.2", "ip-# MULLER@contoso.example ip-#"},
    };

    (void)state;
    check_all(REDACT_UPN | REDACT_IP | REDACT_SECRET, cases, COUNT_OF(cases));
}

static void the_same_has_the_same_token(void **state)
{
    static const char *const same[][2] = {
        {"192.0.2.1", "::ffff:192.0.2.1"},
        {"2001:DB8::1", "2001:db8:0:0:0:0:0:1"},
        {"x@elsewhere.example", "X@ELSEWHERE.example"},
        {"jane@mail.example", "Jane Doe"},
        {"Jim Twin", "jim TWIN"},
    };
    struct at a = begin(REDACT_UPN | REDACT_IP);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(same); i++) {
        char *one = token_of(a.r, same[i][0]);
        char *other = token_of(a.r, same[i][1]);

        assert_string_equal(one, other);
        free(one);
        free(other);
    }
    end(&a);
}

/* Columns: our own texts stay, names as a whole go, whatever they consist of. */
static void columns_are_told_apart(void **state)
{
    static const struct {
        const char *sql, *want;
    } cases[] = {
        {"SELECT title FROM rule", "Ask jane.doe@contoso.example about 192.0.2.1"},
        {"SELECT title || '' FROM rule", "Ask JANE@contoso.example about ip-#"},
        {"SELECT display_name FROM user WHERE id = '" INFO "'", "person-#"},
        {"SELECT display_name FROM user WHERE id = '" SPEC "'", "person-#"},
        {"SELECT id FROM user WHERE id = '" JANE "'", JANE},
        {"SELECT user_principal_name FROM user WHERE user_principal_name LIKE 'anna@%'",
         "MULLER@contoso.example"},
        {"SELECT display_name FROM user WHERE display_name LIKE 'a.b@%'",
         "person-#@contoso.example"},
        {"SELECT status FROM resource_result", "fail"},
        {"SELECT resource_name FROM resource_result", "person-#"},
        {"SELECT reason FROM resource_result", "JANE is in 'person-#'"},
        {"SELECT owner FROM waiver", "name-#"},
        {"SELECT approved_by FROM waiver", "JANE@contoso.example"},
        {"SELECT reason FROM waiver", "JANE asked"},
    };
    struct at a = begin(REDACT_UPN | REDACT_IP);

    (void)state;
    fixture_sql(a.s, "INSERT INTO resource_result(rule_id, resource_id, resource_name, status, "
                     "reason) VALUES ('T-1', 'x', 'Info', 'fail', 'Jane Doe is in ''Info''');"
                     "INSERT INTO waiver VALUES ('W', 1, 'T-1', 't', 'planned', 'Mary Poppins', "
                     "'jane.doe@contoso.example', NULL, 'Jane Doe asked', '2026-01-01', "
                     "'2026-02-01', 'active', 1, 0, NULL)");
    redact_apply(a.r, a.s);
    assert_int_equal(redact_kinds_of(a.s), REDACT_UPN | REDACT_IP);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct err e = ERR_INIT;
        char *text = NULL;
        char *got;

        if (store_text(a.s, cases[i].sql, &text, &e) != ERR_OK)
            fail_msg("%s: %s", cases[i].sql, e.msg);
        got = readable(&a, text);
        if (!str_eq(got, cases[i].want))
            fail_msg("%s\n  want %s\n  got  %s", cases[i].sql, cases[i].want, got);
        free(got);
        free(text);
    }
    end(&a);
}

static void without_a_key_people_have_the_tenants_token(void **state)
{
    static const struct redact_options o = {REDACT_UPN | REDACT_IP, NULL, 0};
    char *tokens[2][2];

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct at a = begin(0);
        struct redact *r = redact_new(&o);
        struct err e = ERR_INIT;

        if (i == 1) /* another snapshot of the tenant */
            fixture_sql(a.s, "INSERT INTO domain(name, raw) VALUES ('new.example', '{}')");
        if (redact_learn(r, a.s, &e) != ERR_OK)
            fail_msg("%s", e.msg);
        tokens[i][0] = token_of(r, "Jane Doe");
        tokens[i][1] = token_of(r, "192.0.2.1");
        redact_free(r);
        end(&a);
    }
    assert_string_equal(tokens[0][0], tokens[1][0]);
    assert_string_not_equal(tokens[0][1], tokens[1][1]);
    for (size_t i = 0; i < 4; i++)
        free(tokens[i / 2][i % 2]);
}

/* A snapshot of schema 2 that may only be read has no table of findings of a baseline. */
static void an_older_snapshot_lacks_tables(void **state)
{
    static const struct redact_options o = {REDACT_UPN, NULL, 0};
    struct at a = begin(0);
    struct redact *r = redact_new(&o);
    struct err e = ERR_INIT;
    char *token;

    (void)state;
    fixture_sql(a.s, "DROP TABLE baseline_finding");
    if (redact_learn(r, a.s, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    token = token_of(r, "Jane Doe");
    assert_true(is_token(token));
    free(token);
    redact_free(r);
    end(&a);
}

static void nobody_is_known_without_a_snapshot(void **state)
{
    static const struct redact_options o = {REDACT_UPN | REDACT_IP, NULL, 0};
    const char *const logs[] = {"jane@x.example from 192.0.2.1", "jane@x.example from 192.0.2.2"};
    char *tokens[2];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(logs); i++) {
        struct redact *r = redact_new(&o);

        redact_learn_nobody(r, logs[i], strlen(logs[i]));
        tokens[i] = token_of(r, "jane@x.example");
        assert_true(str_starts(tokens[i], "address-"));
        redact_free(r);
    }
    assert_string_not_equal(tokens[0], tokens[1]); /* the key is made of the whole text */
    free(tokens[0]);
    free(tokens[1]);
}

static void kinds_are_read(void **state)
{
    static const struct {
        const char *list;
        unsigned kinds; /* 0: refused */
    } cases[] = {{"upn", REDACT_UPN},
                 {"ip,upn", REDACT_UPN | REDACT_IP},
                 {"upn,ip,secret", REDACT_UPN | REDACT_IP | REDACT_SECRET},
                 {"", 0},
                 {"upn,", 0},
                 {"all", 0},
                 {"upn,ipv6", 0},
                 {"UPN", 0}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct err e = ERR_INIT;
        unsigned kinds = 0;

        assert_int_equal(redact_kinds_parse(cases[i].list, &kinds, &e),
                         cases[i].kinds != 0 ? ERR_OK : ERR_USAGE);
        if (cases[i].kinds != 0)
            assert_int_equal(kinds, cases[i].kinds);
    }
}

/* Reports say what they left out, each in its own way. */
static void reports_say_so(void **state)
{
    static const struct {
        const char *format, *part;
    } cases[] = {{"html", "Redacted: upn, ip"}, {"junit", "name=\"redacted\" value=\"upn, ip\""},
                 {"json", "\"redacted\":"},     {"ndjson", "\"redacted\":"},
                 {"sarif", "\"redacted\""},     {"sarif-full", "\"redacted\":"},
                 {"markdown", "Redacted"},      {"ocsf", "redacted: upn, ip"},
                 {"oscal", "Redacted: "}};
    static const struct redact_options o = {REDACT_UPN | REDACT_IP, NULL, 0};
    struct store *s = fixture_tenant();
    struct err e = ERR_INIT;
    struct redact *r;
    struct buf b;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        b = fixture_render(s, cases[i].format);
        if (strstr(b.p, cases[i].part) != NULL)
            fail_msg("%s: says so without being redacted", cases[i].format);
        buf_release(&b);
    }
    r = redact_new(&o);
    if (redact_learn(r, s, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    redact_apply(r, s);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        b = fixture_render(s, cases[i].format);
        if (strstr(b.p, cases[i].part) == NULL)
            fail_msg("%s: does not say '%s'", cases[i].format, cases[i].part);
        buf_release(&b);
    }
    b = fixture_summary(s, 100, false);
    assert_non_null(strstr(b.p, "Redacted: "));
    buf_release(&b);
    redact_free(r);
    assert_int_equal(redact_kinds_of(s), 0);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses),
        cmocka_unit_test(names),
        cmocka_unit_test(ip_addresses),
        cmocka_unit_test(secrets),
        cmocka_unit_test(all_kinds_work_side_by_side),
        cmocka_unit_test(the_same_has_the_same_token),
        cmocka_unit_test(columns_are_told_apart),
        cmocka_unit_test(without_a_key_people_have_the_tenants_token),
        cmocka_unit_test(an_older_snapshot_lacks_tables),
        cmocka_unit_test(nobody_is_known_without_a_snapshot),
        cmocka_unit_test(kinds_are_read),
        cmocka_unit_test(reports_say_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
