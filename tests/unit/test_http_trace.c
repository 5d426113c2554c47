/* What a trace may hold: a table of URLs and values with what becomes of them, and the file. */
#include "base/jsonx.h"
#include "base/limits.h"
#include "base/strs.h"
#include "trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define TEN "0123456789"
#define JWT "eyJ" TEN TEN TEN TEN TEN TEN TEN "." TEN TEN "-_" TEN

static const struct {
    const char *name, *url, *want;
} urls[] = {
    {"own query", "https://graph.example/v1.0/users?$select=id,mail&$top=999",
     "https://graph.example/v1.0/users?$select=id,mail&$top=999"},
    {"encoded dollar", "https://g.example/u?%24select=id&%24skiptoken=abc",
     "https://g.example/u?%24select=id&%24skiptoken=REDACTED"},
    {"continuation", "https://g.example/u?$skiptoken=abc&$deltatoken=x&$top=5",
     "https://g.example/u?$skiptoken=REDACTED&$deltatoken=REDACTED&$top=5"},
    {"an empty value stays told apart", "https://g.example/u?token=&x",
     "https://g.example/u?token=REDACTED&x"},
    {"secrets of an OAuth form",
     "https://l.example/t?client_secret=a&client_assertion=b&refresh_token=c"
     "&access_token=d&id_token=e&device_code=f&code=g",
     "https://l.example/t?client_secret=REDACTED&client_assertion=REDACTED&refresh_token=REDACTED"
     "&access_token=REDACTED&id_token=REDACTED&device_code=REDACTED&code=REDACTED"},
    {"in upper case", "https://l.example/t?$SELECT=a", "https://l.example/t?$SELECT=REDACTED"},
    {"user and password", "http://user:pw@proxy.example:3128/x",
     "http://REDACTED@proxy.example:3128/x"},
    {"two at signs", "https://a@b:pw@c.example/x@y", "https://REDACTED@c.example/x@y"},
    {"at sign in the query", "https://c.example?a@b", "https://c.example?a@b"},
    {"fragment", "https://c.example/x#access_token=abc", "https://c.example/x"},
    {"token in a shown parameter", "https://g.example/u?$filter=" JWT,
     "https://g.example/u?$filter=REDACTED"},
    {"token in a name", "https://g.example/u?" JWT "=1", "https://g.example/u?REDACTED=REDACTED"},
    {"token in the path", "https://g.example/" JWT "/x", "https://g.example/REDACTED/x"},
    {"token in the host", "https://" JWT "/x", "https://REDACTED/x"},
    {"a short claims challenge", "Bearer claims=eyJhIjp7fX0xMjM0, x", "Bearer claims=REDACTED, x"},
    {"no URL at all", "soon\n\033[2J", "soon??[2J"},
    {"empty", "", ""},
};

static void urls_show_what_is_listed(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(urls); i++) {
        struct buf b;

        buf_init(&b, LIMIT_URL_BYTES);
        trace_add_url(&b, urls[i].url);
        if (!str_eq(b.p, urls[i].want))
            print_error("%s\n", urls[i].name);
        assert_string_equal(b.p, urls[i].want);
        buf_release(&b);
    }
}

/* A GUID and a list of them stay readable; a token does not, wherever it is cut. */
static void values_are_bounded(void **state)
{
    char *big = malloc(LIMIT_TRACE_VALUE * 4);
    struct buf b;

    (void)state;
    assert_non_null(big);
    buf_init(&b, LIMIT_URL_BYTES);
    trace_add_value(&b, "3f1c9a44-8d27-4e0b-b6a5-7c90e21d5f38", 36);
    assert_string_equal(b.p, "3f1c9a44-8d27-4e0b-b6a5-7c90e21d5f38");
    buf_clear(&b);
    memset(big, 'x', LIMIT_TRACE_VALUE * 4);
    trace_add_value(&b, big, LIMIT_TRACE_VALUE * 4);
    assert_string_equal(b.p, "REDACTED");
    buf_clear(&b);
    memset(big, '/', LIMIT_TRACE_VALUE * 4);
    trace_add_value(&b, big, LIMIT_TRACE_VALUE * 4);
    assert_int_equal(b.n, LIMIT_TRACE_VALUE);
    free(big);
    buf_release(&b);
}

/* ---- the file ---- */

static const char *with_secrets(void *ctx, const char *name)
{
    static const struct {
        const char *name, *value;
    } reply[] = {{"request-id", "r-1"},
                 {"Retry-After", "2.1"},
                 {"Location", "https://x.example/?code=SECRET"},
                 {"WWW-Authenticate", "Bearer claims=\"" JWT "\""},
                 {"Set-Cookie", "session=SECRET"},
                 {"Authorization", "Bearer SECRET"}};

    (void)ctx;
    for (size_t i = 0; i < COUNT_OF(reply); i++)
        if (str_ieq(reply[i].name, name))
            return reply[i].value;
    return NULL;
}

static char *read_all(const char *path)
{
    FILE *f = fopen(path, "r");
    char *text = calloc(1, 65536);

    assert_non_null(f);
    assert_non_null(text);
    assert_true(fread(text, 1, 65535, f) > 0);
    (void)fclose(f);
    return text;
}

static void an_exchange_is_two_lines(void **state)
{
    static const char *const headers[] = {"Prefer: x", "client-request-id: c-1", "Cookie: SECRET",
                                          "Authorization: Bearer SECRET",
                                          "X-AnchorMailbox: SECRET"};
    char path[] = "/tmp/test_http_trace-XXXXXX";
    const struct trace_request rq = {.target = "graph",
                                     .resource = "users",
                                     .attempt = 2,
                                     .method = "GET",
                                     .url = "https://g.example/u?$skiptoken=SECRET",
                                     .headers = headers,
                                     .header_count = COUNT_OF(headers),
                                     .is_authorized = true};
    struct trace_reply rp = {
        .result = "ok",
        .trouble = "",
        .status = 429,
        .http_version = 2,
        .first_byte_us = 1500,
        .total_us = 2000,
        .body = "{\"error\":{\"code\":\"TooManyRequests\",\"message\":\"SECRET\"}}",
        .header = with_secrets};
    struct http_trace *t = NULL;
    struct err e = ERR_INIT;
    struct stat st;
    json_t *line[2] = {NULL, NULL};
    char *text;
    char *second;
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(fchmod(fd, 0644), 0);
    assert_int_equal(http_trace_open(path, &t, &e), ERR_OK);
    rp.n = trace_request(t, &rq);
    rp.body_len = strlen(rp.body);
    trace_reply(t, &rp);
    assert_int_equal(http_trace_close(t, &e), ERR_OK);
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    text = read_all(path);
    assert_null(strstr(text, "SECRET"));
    assert_null(strstr(text, "eyJ"));
    second = strchr(text, '\n') + 1;
    assert_int_equal(jx_parse(text, (size_t)(second - text), "1", &line[0], &e), ERR_OK);
    assert_int_equal(jx_parse(second, strlen(second), "2", &line[1], &e), ERR_OK);
    assert_string_equal(jx_text(line[0], "event"), "request");
    assert_string_equal(jx_text(line[0], "headers.client-request-id"), "c-1");
    assert_string_equal(jx_text(line[0], "authorization"), "REDACTED");
    assert_string_equal(jx_text(line[1], "event"), "reply");
    assert_string_equal(jx_text(line[1], "error_code"), "TooManyRequests");
    assert_string_equal(jx_text(line[1], "headers.retry-after"), "2.1");
    assert_string_equal(jx_text(line[1], "headers.location"), "https://x.example/?code=REDACTED");
    assert_string_equal(jx_text(line[1], "headers.www-authenticate"), "Bearer claims=\"REDACTED\"");
    assert_true(json_equal(json_object_get(line[0], "n"), json_object_get(line[1], "n")));
    json_decref(line[0]);
    json_decref(line[1]);
    free(text);
    (void)close(fd);
    (void)unlink(path);
}

/* The list itself: nobody adds a header that carries a credential. */
static void no_listed_header_is_a_credential(void **state)
{
    static const char *const never[] = {"Authorization", "Proxy-Authorization", "Cookie",
                                        "Set-Cookie"};

    (void)state;
    for (size_t i = 0; trace_reply_header_at(i) != NULL; i++)
        for (size_t k = 0; k < COUNT_OF(never); k++)
            assert_false(str_ieq(trace_reply_header_at(i), never[k]));
}

static void what_is_no_file_of_ours_is_refused(void **state)
{
    char folder[] = "/tmp/test_http_trace-XXXXXX";
    char link[64];
    struct http_trace *t = NULL;
    struct err e = ERR_INIT;

    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(link, sizeof link, "%s/link", folder);
    assert_int_equal(symlink("/tmp/elsewhere", link), 0);
    assert_int_equal(http_trace_open(link, &t, &e), ERR_USAGE);
    err_clear(&e);
    assert_int_equal(http_trace_open(folder, &t, &e), ERR_USAGE);
    err_clear(&e);
    assert_int_equal(http_trace_open("/dev/null", &t, &e), ERR_USAGE);
    err_clear(&e);
    assert_int_equal(http_trace_open("/nowhere/at/all", &t, &e), ERR_USAGE);
    assert_null(t);
    (void)unlink(link);
    (void)rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls_show_what_is_listed),
        cmocka_unit_test(values_are_bounded),
        cmocka_unit_test(an_exchange_is_two_lines),
        cmocka_unit_test(no_listed_header_is_a_credential),
        cmocka_unit_test(what_is_no_file_of_ours_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
