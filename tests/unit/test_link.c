#include "base/attrs.h"
#include "base/limits.h"
#include "link.h"
#include "url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void urls_are_read_strictly(void **state)
{
    static const struct {
        const char *text, *origin, *path; /* origin NULL: refused */
    } cases[] = {
        {"https://graph.microsoft.com/v1.0/users", "https://graph.microsoft.com", "/v1.0/users"},
        {"HTTPS://Graph.Microsoft.COM:443/x?y", "https://graph.microsoft.com", "/x?y"},
        {"https://localhost:8443", "https://localhost:8443", "/"},
        {"https://[2001:DB8::1]:8443/x", "https://[2001:db8::1]:8443", "/x"},
        {"https://graph.microsoft.com./x", "https://graph.microsoft.com.", "/x"},
        {"http://graph.microsoft.com/x", NULL, NULL},
        {"https:/graph.microsoft.com/x", NULL, NULL},
        {"https:///x", NULL, NULL},
        {"//graph.microsoft.com/x", NULL, NULL},
        {"https://user@graph.microsoft.com/x", NULL, NULL},
        {"https://graph.microsoft.com@evil.example/x", NULL, NULL},
        {"https://graph.microsoft.com:443@evil.example/x", NULL, NULL},
        {"https://graph.microsoft.com\\@evil.example/x", NULL, NULL},
        {"https://graph.microsoft.com/x\\y", NULL, NULL},
        {"https://graph.microsoft.com#@evil.example/x", NULL, NULL},
        {"https://graph.microsoft.com?@evil.example/x", NULL, NULL},
        {"https://graph.microsoft.com/x#y", NULL, NULL},
        {"https://graph.microsoft.com:/x", NULL, NULL},
        {"https://graph.microsoft.com:0/x", NULL, NULL},
        {"https://graph.microsoft.com:65536/x", NULL, NULL},
        {"https://graph.microsoft.com:4 43/x", NULL, NULL},
        {"https://graph.microsoft.com:+443/x", NULL, NULL},
        {"https://graph..microsoft.com/x", NULL, NULL},
        {"https://.microsoft.com/x", NULL, NULL},
        {"https://graph%2emicrosoft.com/x", NULL, NULL},
        {"https://graph.mic\xD1\x80osoft.com/x", NULL, NULL},
        {"https://graph.microsoft.com/x y", NULL, NULL},
        {"https://graph.microsoft.com/x\r\nHost: evil", NULL, NULL},
        {"https://graph.microsoft.com/\x7F", NULL, NULL},
        {" https://graph.microsoft.com/", NULL, NULL},
        {"https://[::1/x", NULL, NULL},
        {"https://[]/x", NULL, NULL},
        {"", NULL, NULL},
    };
    char origin[URL_ORIGIN_BYTES];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct url u;
        bool ok = url_parse(cases[i].text, &u);

        if (ok != (cases[i].origin != NULL))
            fail_msg("'%s' was %s", cases[i].text, ok ? "taken" : "refused");
        if (!ok)
            continue;
        assert_string_equal(url_origin(&u, origin), cases[i].origin);
        assert_string_equal(u.path, cases[i].path);
    }
    assert_false(url_parse(NULL, &(struct url){.port = 0}));
}

static void a_host_longer_than_any_name_is_refused(void **state)
{
    char text[400] = "https://";
    struct url u;

    (void)state;
    memset(text + 8, 'a', 300);
    (void)snprintf(text + 308, sizeof text - 308, "/x");
    assert_false(url_parse(text, &u));
}

static void paths_with_tricks_are_not_plain(void **state)
{
    static const struct {
        const char *path;
        bool plain;
    } cases[] = {
        {"/v1.0/users", true},
        {"/v1.0/users?x=../..%2f", true}, /* a query is no path */
        {"/v1.0/a..b/.c/d.", true},
        {"/v1.0/users('a%40b.c')", true},
        {"/v1.0/..", false},
        {"/v1.0/../x", false},
        {"/./x", false},
        {"/v1.0/.", false},
        {"/v1.0/%2e%2e/x", false},
        {"/v1.0/%2E./x", false},
        {"/v1.0/x%2fy", false},
        {"/v1.0/x%5Cy", false},
        {"/v1.0/x\\y", false},
        {"/v1.0/x%00y", false},
        {"/v1.0/x%0d%0ay", false},
        {"/v1.0/x%zz", false},
        {"/v1.0/x%2", false},
        {"/v1.0/x%", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (url_path_is_plain(cases[i].path) != cases[i].plain)
            fail_msg("'%s'", cases[i].path);
}

static void next_links_stay_with_their_service(void **state)
{
    static const char *const graph = "https://graph.microsoft.com";
    static const char *const exo = "https://outlook.office365.com";
    static const struct {
        const char *name, *link;
        enum link_service service;
        const char *origin, *also;
        enum err_code want;
    } cases[] = {
        {"plain", "https://graph.microsoft.com/v1.0/users?$skiptoken=x", LINK_GRAPH, graph, NULL,
         ERR_OK},
        {"beta", "https://graph.microsoft.com/beta/users", LINK_GRAPH, graph, NULL, ERR_OK},
        {"upper case host, port named", "https://GRAPH.microsoft.com:443/v1.0/users", LINK_GRAPH,
         graph, NULL, ERR_OK},
        {"http", "http://graph.microsoft.com/v1.0/users", LINK_GRAPH, graph, NULL, ERR_PARSE},
        {"other host", "https://graph.microsoft.us/v1.0/users", LINK_GRAPH, graph, NULL, ERR_PARSE},
        {"host that only begins alike", "https://graph.microsoft.com.evil.example/v1.0/users",
         LINK_GRAPH, graph, NULL, ERR_PARSE},
        {"host that only ends alike", "https://evilgraph.microsoft.com/v1.0/users", LINK_GRAPH,
         graph, NULL, ERR_PARSE},
        {"trailing dot", "https://graph.microsoft.com./v1.0/users", LINK_GRAPH, graph, NULL,
         ERR_PARSE},
        {"other port", "https://graph.microsoft.com:444/v1.0/users", LINK_GRAPH, graph, NULL,
         ERR_PARSE},
        {"user information", "https://graph.microsoft.com:443@evil.example/v1.0/", LINK_GRAPH,
         graph, NULL, ERR_PARSE},
        {"relative", "/v1.0/users", LINK_GRAPH, graph, NULL, ERR_PARSE},
        {"outside of the prefix", "https://graph.microsoft.com/oauth/users", LINK_GRAPH, graph,
         NULL, ERR_PARSE},
        {"prefix without its slash", "https://graph.microsoft.com/v1.0evil", LINK_GRAPH, graph,
         NULL, ERR_PARSE},
        {"climbs out", "https://graph.microsoft.com/v1.0/../x", LINK_GRAPH, graph, NULL, ERR_PARSE},
        {"climbs out encoded", "https://graph.microsoft.com/v1.0/%2e%2e/x", LINK_GRAPH, graph, NULL,
         ERR_PARSE},
        {"exchange", "https://outlook.office365.com/adminapi/beta/t/InvokeCommand?$skiptoken=1",
         LINK_EXCHANGE, exo, NULL, ERR_OK},
        {"exchange, other case", "https://outlook.office365.com/AdminApi/beta/t/InvokeCommand",
         LINK_EXCHANGE, exo, NULL, ERR_OK},
        {"exchange, other path", "https://outlook.office365.com/owa/", LINK_EXCHANGE, exo, NULL,
         ERR_PARSE},
        {"region without a redirect", "https://eur.outlook.office365.com/adminapi/beta/t/x",
         LINK_EXCHANGE, exo, NULL, ERR_PARSE},
        {"region after a redirect", "https://eur.outlook.office365.com/adminapi/beta/t/x",
         LINK_EXCHANGE, exo, "https://eur.outlook.office365.com", ERR_OK},
        {"another region", "https://apc.outlook.office365.com/adminapi/beta/t/x", LINK_EXCHANGE,
         exo, "https://eur.outlook.office365.com", ERR_PARSE},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct err e = ERR_INIT;

        if (link_check_next(cases[i].link, cases[i].service, cases[i].origin, cases[i].also, &e) !=
            cases[i].want)
            fail_msg("%s: %s %s", cases[i].name, err_code_name(e.code), e.msg);
    }
}

static void a_long_link_is_a_limit(void **state)
{
    char *link = malloc(LIMIT_URL_BYTES + 100);
    struct err e = ERR_INIT;

    (void)state;
    assert_non_null(link);
    memset(link, 'a', LIMIT_URL_BYTES + 99);
    memcpy(link, "https://graph.microsoft.com/v1.0/", 33);
    link[LIMIT_URL_BYTES + 99] = '\0';
    assert_int_equal(link_check_next(link, LINK_GRAPH, "https://graph.microsoft.com", NULL, &e),
                     ERR_LIMIT);
    free(link);
}

static void redirects_reach_known_hosts_only(void **state)
{
    static const struct {
        const char *name, *location;
        enum link_service service;
        const char *origin, *want; /* NULL: refused */
    } cases[] = {
        {"region", "https://eurprd01.outlook.office365.com/adminapi/beta/t/InvokeCommand?x=1",
         LINK_EXCHANGE, "https://outlook.office365.com",
         "https://eurprd01.outlook.office365.com/adminapi/beta/t/InvokeCommand?x=1"},
        {"odd port", "https://eurprd01.outlook.office365.com:446/adminapi/beta/t/InvokeCommand",
         LINK_EXCHANGE, "https://outlook.office365.com",
         "https://eurprd01.outlook.office365.com/adminapi/beta/t/InvokeCommand"},
        {"sister domain", "https://outlook.office.com/adminapi/beta/t/InvokeCommand", LINK_EXCHANGE,
         "https://outlook.office365.com",
         "https://outlook.office.com/adminapi/beta/t/InvokeCommand"},
        {"same origin", "https://localhost:8443/adminapi/beta/t/InvokeCommand", LINK_EXCHANGE,
         "https://localhost:8443", "https://localhost:8443/adminapi/beta/t/InvokeCommand"},
        {"other cloud", "https://outlook.office365.us/adminapi/beta/t/InvokeCommand", LINK_EXCHANGE,
         "https://outlook.office365.com", NULL},
        {"other port", "https://x.outlook.office365.com:8443/adminapi/beta/t/InvokeCommand",
         LINK_EXCHANGE, "https://outlook.office365.com", NULL},
        {"label that only ends alike", "https://eviloffice365.com/adminapi/beta/t/InvokeCommand",
         LINK_EXCHANGE, "https://outlook.office365.com", NULL},
        {"stranger", "https://evil.example/adminapi/beta/t/InvokeCommand", LINK_EXCHANGE,
         "https://outlook.office365.com", NULL},
        {"custom cloud to Microsoft", "https://outlook.office365.com/adminapi/beta/t/InvokeCommand",
         LINK_EXCHANGE, "https://localhost:8443", NULL},
        {"other path", "https://eur.outlook.office365.com/owa/auth", LINK_EXCHANGE,
         "https://outlook.office365.com", NULL},
        {"http", "http://eur.outlook.office365.com/adminapi/beta/t/InvokeCommand", LINK_EXCHANGE,
         "https://outlook.office365.com", NULL},
        {"relative", "/adminapi/beta/t/InvokeCommand", LINK_EXCHANGE,
         "https://outlook.office365.com", NULL},
        {"empty", "", LINK_EXCHANGE, "https://outlook.office365.com", NULL},
        {"absent", NULL, LINK_EXCHANGE, "https://outlook.office365.com", NULL},
        {"graph, same origin", "https://graph.microsoft.com/v1.0/users", LINK_GRAPH,
         "https://graph.microsoft.com", "https://graph.microsoft.com/v1.0/users"},
        {"graph elsewhere", "https://outlook.office365.com/v1.0/users", LINK_GRAPH,
         "https://graph.microsoft.com", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct err e = ERR_INIT;
        char *out = NULL;
        enum err_code code =
            link_check_redirect(cases[i].location, cases[i].service, cases[i].origin, &out, &e);

        if (code != (cases[i].want != NULL ? ERR_OK : ERR_NET))
            fail_msg("%s: %s %s", cases[i].name, err_code_name(code), e.msg);
        if (cases[i].want != NULL)
            assert_string_equal(out, cases[i].want);
        else
            assert_null(out);
        free(out);
    }
}

static void links_are_remembered(void **state)
{
    struct link_seen seen = {0};
    char link[64];

    (void)state;
    for (int i = 0; i < 5000; i++) {
        (void)snprintf(link, sizeof link, "https://h/v1.0/x?$skiptoken=%d", i);
        assert_true(link_seen_add(&seen, link));
    }
    for (int i = 0; i < 5000; i += 7) {
        (void)snprintf(link, sizeof link, "https://h/v1.0/x?$skiptoken=%d", i);
        assert_false(link_seen_add(&seen, link));
    }
    assert_int_equal(seen.n, 5000);
    link_seen_release(&seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls_are_read_strictly),
        cmocka_unit_test(a_host_longer_than_any_name_is_refused),
        cmocka_unit_test(paths_with_tricks_are_not_plain),
        cmocka_unit_test(next_links_stay_with_their_service),
        cmocka_unit_test(a_long_link_is_a_limit),
        cmocka_unit_test(redirects_reach_known_hosts_only),
        cmocka_unit_test(links_are_remembered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
