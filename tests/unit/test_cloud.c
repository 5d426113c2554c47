#include "base/attrs.h"
#include "graph/cloud.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/test-cloud-XXXXXX";

static void write_file(const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static int make_file(void **state)
{
    int fd = mkstemp(path);

    (void)state;
    return fd >= 0 ? close(fd) : -1;
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

static void known_clouds(void **state)
{
    static const struct {
        const char *name, *login, *graph, *exchange, *smtp;
    } cases[] = {
        {"global", "https://login.microsoftonline.com", "https://graph.microsoft.com",
         "https://outlook.office365.com", "smtp.office365.com"},
        {"usgov", "https://login.microsoftonline.us", "https://graph.microsoft.us",
         "https://outlook.office365.us", "smtp.office365.us"},
        {"dod", "https://login.microsoftonline.us", "https://dod-graph.microsoft.us",
         "https://outlook-dod.office365.us", "outlook-dod.office365.us"},
        {"china", "https://login.chinacloudapi.cn", "https://microsoftgraph.chinacloudapi.cn",
         "https://partner.outlook.cn", "partner.outlook.cn"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct cloud c = {0};
        struct err e = ERR_INIT;

        assert_int_equal(cloud_load(cases[i].name, &c, &e), ERR_OK);
        assert_string_equal(c.name, cases[i].name);
        assert_string_equal(c.login, cases[i].login);
        assert_string_equal(c.graph, cases[i].graph);
        assert_string_equal(c.exchange, cases[i].exchange);
        assert_string_equal(c.smtp, cases[i].smtp);
        cloud_release(&c);
        assert_null(c.name);
    }
}

static void no_name_means_global(void **state)
{
    struct cloud c = {0};
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(cloud_load(NULL, &c, &e), ERR_OK);
    assert_string_equal(c.name, "global");
    cloud_release(&c);
    cloud_release(&c);
}

static void without_a_name_the_environment_is_asked(void **state)
{
    static const struct {
        const char *authority, *cloud; /* NULL: refused */
    } cases[] = {
        {"https://login.microsoftonline.com", "global"},
        {"https://login.microsoftonline.com/", "global"},
        {"login.microsoftonline.us", "usgov"},
        {"https://LOGIN.microsoftonline.us:443/", "usgov"},
        {"https://login.usgovcloudapi.net", "usgov"},
        {"https://login.chinacloudapi.cn/", "china"},
        {"login.partner.microsoftonline.cn", "china"},
        {"https://sts.windows.net", "global"},
        {"", "global"},
        {"http://login.microsoftonline.com", NULL},
        {"https://login.microsoftonline.com.evil.example", NULL},
        {"https://login.microsoftonline.com@evil.example", NULL},
        {"https://login.microsoftonline.com:444", NULL},
        {"https://login.microsoftonline.com/contoso", NULL},
        {"https://login.microsoftonline.de", NULL},
        {"usgov", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct cloud c = {0};
        struct err e = ERR_INIT;
        enum err_code code;

        assert_int_equal(setenv("AZURE_AUTHORITY_HOST", cases[i].authority, 1), 0);
        code = cloud_load(NULL, &c, &e);
        if (cases[i].cloud == NULL
                ? code != ERR_USAGE || strstr(e.msg, "AZURE_AUTHORITY_HOST") == NULL
                : code != ERR_OK || strcmp(c.name, cases[i].cloud) != 0)
            fail_msg("'%s': %s", cases[i].authority, code == ERR_OK ? c.name : e.msg);
        cloud_release(&c);
        /* A name that was given is not overridden. */
        err_clear(&e);
        assert_int_equal(cloud_load("china", &c, &e), ERR_OK);
        assert_string_equal(c.name, "china");
        cloud_release(&c);
    }
    assert_int_equal(unsetenv("AZURE_AUTHORITY_HOST"), 0);
}

static void a_file_gives_its_hosts(void **state)
{
    static const struct {
        const char *name, *text, *login, *exchange, *smtp;
    } cases[] = {
        {"plain",
         "login: https://login.test\ngraph: https://graph.test\nexchange: https://exo.test\n"
         "smtp: mail.test\n",
         "https://login.test", "https://exo.test", "mail.test"},
        {"normalised",
         "# a comment\nlogin: \"HTTPS://Login.Test:443/\"\ngraph: https://graph.test/\n"
         "exchange: 'https://EXO.test:8443'\nsmtp: Mail.test:2525\n",
         "https://login.test", "https://exo.test:8443", "mail.test:2525"},
        {"smtp as a URL",
         "login: https://l.test\ngraph: https://g.test\nexchange: https://e.test\n"
         "smtp: smtp://mail.test:587\n",
         "https://l.test", "https://e.test", "mail.test:587"},
        {"smtp left out",
         "login: https://l.test\ngraph: https://g.test\nexchange: https://e.test\n",
         "https://l.test", "https://e.test", "e.test"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct cloud c = {0};
        struct err e = ERR_INIT;

        write_file(cases[i].text);
        if (cloud_load(path, &c, &e) != ERR_OK)
            fail_msg("%s: %s", cases[i].name, e.msg);
        assert_string_equal(c.name, "custom");
        assert_string_equal(c.login, cases[i].login);
        assert_string_equal(c.exchange, cases[i].exchange);
        assert_string_equal(c.smtp, cases[i].smtp);
        cloud_release(&c);
    }
}

static void mistakes_are_named_with_their_place(void **state)
{
#define REST "graph: https://g.test\nexchange: https://e.test\nsmtp: m.test\n"
    static const struct {
        const char *name, *text, *place, *word;
    } cases[] = {
        {"unknown key", "login: https://l.test\n" REST "portal: https://p.test\n",
         ":5:1: ", "unknown key 'portal'"},
        {"http", "login: http://l.test\n" REST, ":1:8: ", "must be https://"},
        {"path", "login: https://l.test/tenant\n" REST, ":1:8: ", "without a path"},
        {"query", "login: https://l.test?x\n" REST, ":1:8: ", "must be https://"},
        {"user", "login: https://u:p@l.test\n" REST, ":1:8: ", "must be https://"},
        {"list as value", "login: [https://l.test]\n" REST, ":1:1: ", "plain text value"},
        {"null value", "login:\n" REST, ":1:", "must be https://"},
        {"smtp with a path",
         "login: https://l.test\ngraph: https://g.test\nexchange: https://e.test\nsmtp: m/x\n",
         ":4:7: ", "must be a host name"},
        {"missing key", "login: https://l.test\nexchange: https://e.test\n", ": ",
         "'graph' is missing"},
        {"duplicate key", "login: https://l.test\nlogin: https://m.test\n" REST,
         ":2:", "duplicate"},
        {"not YAML", "login: [\n", ":", ""},
        {"a list", "- login\n", ": ", "must be a mapping"},
        {"empty", "", ": ", ""},
    };
#undef REST

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct cloud c = {0};
        struct err e = ERR_INIT;

        write_file(cases[i].text);
        if (cloud_load(path, &c, &e) != ERR_USAGE)
            fail_msg("%s: %s", cases[i].name, err_code_name(e.code));
        if (strncmp(e.msg, path, strlen(path)) != 0 ||
            strncmp(e.msg + strlen(path), cases[i].place, strlen(cases[i].place)) != 0 ||
            strstr(e.msg, cases[i].word) == NULL || strchr(e.msg, '\n') != NULL)
            fail_msg("%s: '%s'", cases[i].name, e.msg);
        assert_null(c.login);
    }
}

static void an_unknown_name_lists_the_known_ones(void **state)
{
    struct cloud c = {0};
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(cloud_load("germany", &c, &e), ERR_USAGE);
    assert_non_null(strstr(e.msg, "global, usgov, dod, china"));
    err_clear(&e);
    assert_int_equal(cloud_load("./no-such-file.yaml", &c, &e), ERR_USAGE);
    assert_non_null(strstr(e.msg, "no-such-file.yaml"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_clouds),
        cmocka_unit_test(no_name_means_global),
        cmocka_unit_test(without_a_name_the_environment_is_asked),
        cmocka_unit_test(a_file_gives_its_hosts),
        cmocka_unit_test(mistakes_are_named_with_their_place),
        cmocka_unit_test(an_unknown_name_lists_the_known_ones),
    };

    return cmocka_run_group_tests(tests, make_file, remove_file);
}
