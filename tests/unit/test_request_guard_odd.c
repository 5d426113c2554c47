/* The read-only guard against everything else: every method of the IANA registry, every approved
 * verb of PowerShell, and every way of writing an allowed request a little differently. */
#include "base/attrs.h"
#include "request_guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define INVOKE "/adminapi/beta/contoso.onmicrosoft.com/InvokeCommand"
#define BY_IDS "/v1.0/directoryObjects/getByIds"
#define IDS "{\"ids\":[\"a\"]}"

static bool allows_bytes(enum guard_target target, const char *method, const char *path,
                         const char *body, size_t n)
{
    struct err e = ERR_INIT;

    return guard_request(target, method, path, body, n, &e) == ERR_OK;
}

static bool allows(enum guard_target target, const char *method, const char *path, const char *body)
{
    return allows_bytes(target, method, path, body, body != NULL ? strlen(body) : 0);
}

/* What may be sent, and stays so: the other tests change one thing in it. */
static const struct good {
    enum guard_target target;
    const char *method, *path, *body;
} good[] = {
    {GUARD_LOGIN, "POST", "/contoso.com/oauth2/v2.0/token", "a=b"},
    {GUARD_LOGIN, "GET", "/contoso.com/v2.0/.well-known/openid-configuration", NULL},
    {GUARD_GRAPH, "GET", "/v1.0/users", NULL},
    {GUARD_GRAPH, "GET", "/beta/users", NULL},
    {GUARD_GRAPH, "POST", BY_IDS, IDS},
    {GUARD_EXCHANGE, "POST", INVOKE,
     "{\"CmdletInput\":{\"CmdletName\":\"Get-Mailbox\",\"Parameters\":{}}}"},
};

static void what_is_good_is_allowed_for_its_service_only(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(good); i++)
        for (int t = GUARD_LOGIN; t <= GUARD_EXCHANGE; t++)
            if (allows((enum guard_target)t, good[i].method, good[i].path, good[i].body) !=
                (t == (int)good[i].target))
                fail_msg("%s %s to service %d", good[i].method, good[i].path, t);
}

static void no_other_method(void **state)
{
    /* IANA HTTP method registry, and ways to write GET and POST. */
    static const char *const methods[] = {
        "ACL",
        "BASELINE-CONTROL",
        "BIND",
        "CHECKIN",
        "CHECKOUT",
        "CONNECT",
        "COPY",
        "DELETE",
        "HEAD",
        "LABEL",
        "LINK",
        "LOCK",
        "MERGE",
        "MKACTIVITY",
        "MKCALENDAR",
        "MKCOL",
        "MKREDIRECTREF",
        "MKWORKSPACE",
        "MOVE",
        "OPTIONS",
        "ORDERPATCH",
        "PATCH",
        "PRI",
        "PROPFIND",
        "PROPPATCH",
        "PUT",
        "QUERY",
        "REBIND",
        "REPORT",
        "SEARCH",
        "TRACE",
        "UNBIND",
        "UNCHECKOUT",
        "UNLINK",
        "UNLOCK",
        "UPDATE",
        "UPDATEREDIRECTREF",
        "VERSION-CONTROL",
        "*",
        "",
        "get",
        "Get",
        "post",
        "Post",
        " GET",
        "GET ",
        "GET\r\nPUT",
        "GET/",
        "POST ",
        "POST\t",
        "GETPOST",
        "GE",
        "POS",
        "POSTX",
        "G\xC3\x89T",
    };

    (void)state;
    for (size_t m = 0; m < COUNT_OF(methods); m++)
        for (size_t i = 0; i < COUNT_OF(good); i++)
            if (allows(good[i].target, methods[m], good[i].path, good[i].body) ||
                allows(good[i].target, methods[m], good[i].path, NULL))
                fail_msg("'%s' %s", methods[m], good[i].path);
}

static void no_other_verb(void **state)
{
    /* Get-Verb of PowerShell 7.4, all but Get, and the verbs that Exchange has on top. */
    static const char *const verbs[] = {
        "Add",
        "Approve",
        "Assert",
        "Backup",
        "Block",
        "Build",
        "Checkpoint",
        "Clear",
        "Close",
        "Compare",
        "Complete",
        "Compress",
        "Confirm",
        "Connect",
        "Convert",
        "ConvertFrom",
        "ConvertTo",
        "Copy",
        "Debug",
        "Deny",
        "Deploy",
        "Disable",
        "Disconnect",
        "Dismount",
        "Edit",
        "Enable",
        "Enter",
        "Exit",
        "Expand",
        "Export",
        "Find",
        "Format",
        "Grant",
        "Group",
        "Hide",
        "Import",
        "Initialize",
        "Install",
        "Invoke",
        "Join",
        "Limit",
        "Lock",
        "Measure",
        "Merge",
        "Mount",
        "Move",
        "New",
        "Open",
        "Optimize",
        "Out",
        "Ping",
        "Pop",
        "Protect",
        "Publish",
        "Push",
        "Read",
        "Receive",
        "Redo",
        "Register",
        "Remove",
        "Rename",
        "Repair",
        "Request",
        "Reset",
        "Resize",
        "Resolve",
        "Restart",
        "Restore",
        "Resume",
        "Revoke",
        "Save",
        "Search",
        "Select",
        "Send",
        "Set",
        "Show",
        "Skip",
        "Split",
        "Start",
        "Step",
        "Stop",
        "Submit",
        "Suspend",
        "Switch",
        "Sync",
        "Test",
        "Trace",
        "Unblock",
        "Undo",
        "Uninstall",
        "Unlock",
        "Unprotect",
        "Unpublish",
        "Unregister",
        "Update",
        "Use",
        "Wait",
        "Watch",
        "Write",
        "Analyze",
        "Cancel",
        "Preview",
        "Rotate",
        "Retry",
        "Upgrade",
        "Validate",
        "Release",
        "Delete",
        "get",
        "GET",
        "gET",
        "Gett",
        "Ge",
        "GetX",
        "\\u0047et",
        "G\\u0065t\\u0000",
        "\xEF\xBB\xBFGet",
        "Get\xE2\x80\x90",
        "-Get",
        "Set-Get",
    };
    char body[256];

    (void)state;
    for (size_t v = 0; v < COUNT_OF(verbs); v++) {
        /* \u0047 is a G: the parser reads it as the service does, and then it is a Get-. */
        bool same = strcmp(verbs[v], "\\u0047et") == 0;

        (void)snprintf(body, sizeof body,
                       "{\"CmdletInput\":{\"CmdletName\":\"%s-Mailbox\",\"Parameters\":{}}}",
                       verbs[v]);
        if (allows(GUARD_EXCHANGE, "POST", INVOKE, body) != same)
            fail_msg("%s-Mailbox", verbs[v]);
    }
}

static void no_other_way_to_write_a_path(void **state)
{
    static const struct {
        enum guard_target target;
        const char *method, *path, *body;
    } cases[] = {
        {GUARD_GRAPH, "GET", "/v1.0/../users", NULL},
        {GUARD_GRAPH, "GET", "/v1.0/users/..", NULL},
        {GUARD_GRAPH, "GET", "/v1.0/./users", NULL},
        {GUARD_GRAPH, "GET", "/v1.0/%2e%2e/users", NULL},
        {GUARD_GRAPH, "GET", "/v1.0/%2E%2e/users", NULL},
        {GUARD_GRAPH, "GET", "/v1.0/.%2e/users", NULL},
        {GUARD_GRAPH, "GET", "/v1.0/%2e/users", NULL},
        {GUARD_GRAPH, "GET", "/v1.0/..%2fusers", NULL},
        {GUARD_GRAPH, "GET", "/v1.0/x%2f..%2fusers", NULL},
        {GUARD_GRAPH, "GET", "/v1.0/x%5c..%5cusers", NULL},
        {GUARD_GRAPH, "GET", "/v1.0/x\\..\\users", NULL},
        {GUARD_GRAPH, "GET", "/v1.0/users%", NULL},
        {GUARD_GRAPH, "GET", "/v1.0/users%2", NULL},
        {GUARD_GRAPH, "GET", "/v1.0/users%zz", NULL},
        {GUARD_GRAPH, "GET", "/v1.0/users%00", NULL},
        {GUARD_GRAPH, "GET", "/v1.0/users%0d%0aX: y", NULL},
        {GUARD_GRAPH, "GET", "/v1.0/users%0a", NULL},
        {GUARD_GRAPH, "GET", "/v1.0/users\r\nX: y", NULL},
        {GUARD_GRAPH, "GET", "/v1.0/users\tx", NULL},
        {GUARD_GRAPH, "GET", "/v1.0/users\x01", NULL},
        {GUARD_GRAPH, "GET", "/v1.0/users\x7F", NULL},
        {GUARD_GRAPH, "GET", "/v1.0/us\xC3\xA9rs", NULL},
        {GUARD_GRAPH, "GET", "/v1.0/users#/x", NULL},
        {GUARD_GRAPH, "GET", "/v1.0/users?x#y", NULL},
        {GUARD_GRAPH, "GET", "/v1.0?users", NULL},
        {GUARD_GRAPH, "GET", "/v1.0", NULL},
        {GUARD_GRAPH, "GET", "/V1.0/users", NULL},
        {GUARD_GRAPH, "GET", "/Beta/users", NULL},
        {GUARD_GRAPH, "GET", "/v1.00/users", NULL},
        {GUARD_GRAPH, "GET", "/v1x0/users", NULL},
        {GUARD_GRAPH, "GET", "/v1.0%2fusers", NULL},
        {GUARD_GRAPH, "GET", "//v1.0/users", NULL},
        {GUARD_GRAPH, "GET", "//evil.example/v1.0/users", NULL},
        {GUARD_GRAPH, "GET", "https://graph.microsoft.com/v1.0/users", NULL},
        {GUARD_GRAPH, "GET", "@evil.example/v1.0/users", NULL},
        {GUARD_GRAPH, "GET", "", NULL},
        {GUARD_GRAPH, "GET", "/", NULL},
        {GUARD_GRAPH, "GET", "/testproxy/v1.0/users", NULL},
        {GUARD_GRAPH, "GET", " /v1.0/users", NULL},
        {GUARD_GRAPH, "POST", "/v1.0/directoryobjects/getbyids", IDS},
        {GUARD_GRAPH, "POST", "/v1.0/directoryObjects/GetByIds", IDS},
        {GUARD_GRAPH, "POST", "/v1.0/directoryObjects/getByIds/", IDS},
        {GUARD_GRAPH, "POST", "/v1.0/directoryObjects//getByIds", IDS},
        {GUARD_GRAPH, "POST", "/v1.0/directoryObjects/getByIds()", IDS},
        {GUARD_GRAPH, "POST", "/v1.0/directoryObjects/microsoft.graph.getByIds", IDS},
        {GUARD_GRAPH, "POST", "/v1.0/directoryObjects/getByIds%20", IDS},
        {GUARD_GRAPH, "POST", "/v1.0/directoryObjects/%67etByIds", IDS},
        {GUARD_GRAPH, "POST", "/v1.0/directoryObjects/getByIds;x", IDS},
        {GUARD_GRAPH, "POST", "/v1.0/directoryObjects/getByIds&x", IDS},
        {GUARD_GRAPH, "POST", "/v1.0/directoryObjects/delete?x=/getByIds", IDS},
        {GUARD_GRAPH, "POST", "/v1.0/directoryObjects/x/../getByIds", IDS},
        {GUARD_GRAPH, "POST", "/v1.0/directoryObjects/getMemberObjects", IDS},
        {GUARD_GRAPH, "POST", "/v1.0/directoryObjects", IDS},
        {GUARD_GRAPH, "POST", "/v1.0/users/getByIds", IDS},
        {GUARD_EXCHANGE, "POST", "/adminapi/beta//InvokeCommand", "{}"},
        {GUARD_EXCHANGE, "POST", "/adminapi/beta/a/b/InvokeCommand", "{}"},
        {GUARD_EXCHANGE, "POST", "/adminapi/beta/a%2fb/InvokeCommand", "{}"},
        {GUARD_LOGIN, "POST", "/a/b/oauth2/v2.0/token", "a=b"},
        {GUARD_LOGIN, "POST", "/a/../oauth2/v2.0/token", "a=b"},
        {GUARD_LOGIN, "POST", "/../oauth2/v2.0/token", "a=b"},
        {GUARD_LOGIN, "GET", "/a/v2.0/.well-known/../users", NULL},
    };
    const char *get_mailbox = "{\"CmdletInput\":{\"CmdletName\":\"Get-Mailbox\"}}";

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *body = cases[i].body;

        if (cases[i].target == GUARD_EXCHANGE)
            body = get_mailbox;
        if (allows(cases[i].target, cases[i].method, cases[i].path, body))
            fail_msg("%s %s", cases[i].method, cases[i].path);
    }
    /* Case and what follows an Exchange path. */
    assert_false(allows(GUARD_EXCHANGE, "POST", "/AdminApi/beta/t/InvokeCommand", get_mailbox));
    assert_false(allows(GUARD_EXCHANGE, "POST", "/adminapi/beta/t/InvokeCommandX", get_mailbox));
    assert_false(allows(GUARD_EXCHANGE, "POST", "/adminapi/beta/t/invokecommand", get_mailbox));
    assert_false(allows(GUARD_EXCHANGE, "POST", "/adminapi/beta/t/InvokeCommand/x", get_mailbox));
}

static void no_body_that_two_parsers_read_differently(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
    } bodies[] = {
#define BYTES(s) {s, sizeof s - 1}
        BYTES("{\"CmdletInput\":{\"CmdletName\":\"Get-User\"}} {}"),
        BYTES("{\"CmdletInput\":{\"CmdletName\":\"Get-User\"}}x"),
        BYTES("{\"CmdletInput\":{\"CmdletName\":\"Get-User\\u0000;Set-User\"}}"),
        BYTES("{\"CmdletInput\":{\"CmdletName\":\"Get-User\"}}\0{\"x\":1}"),
        BYTES("\xEF\xBB\xBF{\"CmdletInput\":{\"CmdletName\":\"Get-User\"}}"),
        BYTES("{\"CmdletInput\":{\"CmdletName\":\"Get-User\",\"cmdletname\":\"Set-User\"}}"),
        BYTES("{\"CmdletInput\":{\"CmdletName\":\"Get-User\"},\"cmdletinput\":{}}"),
        BYTES("{\"CmdletInput\":{\"CmdletName\":[\"Get-User\",\"Set-User\"]}}"),
        BYTES("{'CmdletInput':{'CmdletName':'Get-User'}}"),
        BYTES("{\"CmdletInput\":{\"CmdletName\":\"Get-User\"}/**/}"),
        BYTES("{\"CmdletInput\":{\"CmdletName\":\"Get-\xFFUser\"}}"),
        BYTES("{\"CmdletInput\":[{\"CmdletName\":\"Get-User\"}]}"),
        BYTES("{\"CmdletInput\":{\"Parameters\":{}}}"),
        BYTES("{}"),
        BYTES(""),
        BYTES("null"),
#undef BYTES
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bodies); i++)
        if (allows_bytes(GUARD_EXCHANGE, "POST", INVOKE, bodies[i].bytes, bodies[i].n))
            fail_msg("%s", bodies[i].bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_good_is_allowed_for_its_service_only),
        cmocka_unit_test(no_other_method),
        cmocka_unit_test(no_other_verb),
        cmocka_unit_test(no_other_way_to_write_a_path),
        cmocka_unit_test(no_body_that_two_parsers_read_differently),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
