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

static bool allows(enum guard_target target, const char *method, const char *path, const char *body)
{
    struct err e = ERR_INIT;
    enum err_code code =
        guard_request(target, method, path, body, body != NULL ? strlen(body) : 0, &e);

    if (code != ERR_OK) {
        assert_int_equal(code, ERR_BUG);
        assert_non_null(strstr(e.msg, "not read-only"));
    }
    return code == ERR_OK;
}

#define INVOKE "/adminapi/beta/contoso.onmicrosoft.com/InvokeCommand"
#define CMDLET(name) "{\"CmdletInput\":{\"CmdletName\":\"" name "\",\"Parameters\":{}}}"
#define TOKEN "/3f1c9a44-8d27-4e0b-b6a5-7c90e21d5f38/oauth2/v2.0/token"

static const struct request {
    const char *name;
    enum guard_target target;
    const char *method, *path, *body;
    bool want;
} requests[] = {
    {"graph get", GUARD_GRAPH, "GET", "/v1.0/users?$top=999", NULL, true},
    {"graph beta get", GUARD_GRAPH, "GET", "/beta/identity/conditionalAccess/policies", NULL, true},
    {"get with a body", GUARD_GRAPH, "GET", "/v1.0/users", "{}", false},
    {"get of nothing", GUARD_GRAPH, "GET", "/v1.0/", NULL, false},
    {"get of another version", GUARD_GRAPH, "GET", "/v2.0/users", NULL, false},
    {"get that climbs", GUARD_GRAPH, "GET", "/v1.0/../x", NULL, false},
    {"get with a blank", GUARD_GRAPH, "GET", "/v1.0/users?$filter=a eq b", NULL, false},
    {"get without a slash", GUARD_GRAPH, "GET", "v1.0/users", NULL, false},
    {"get with a fragment", GUARD_GRAPH, "GET", "/v1.0/users#x", NULL, false},
    {"lower-case method", GUARD_GRAPH, "get", "/v1.0/users", NULL, false},
    {"post users", GUARD_GRAPH, "POST", "/v1.0/users", "{}", false},
    {"post what if", GUARD_GRAPH, "POST", "/v1.0/identity/conditionalAccess/evaluate", "{}", false},
    {"getByIds", GUARD_GRAPH, "POST", "/v1.0/directoryObjects/getByIds",
     "{\"ids\":[\"a\"],\"types\":[\"user\"]}", true},
    {"getByIds with select", GUARD_GRAPH, "POST", "/v1.0/directoryObjects/getByIds?$select=id",
     "{\"ids\":[\"a\"]}", true},
    {"getByIds of beta", GUARD_GRAPH, "POST", "/beta/directoryObjects/getByIds", "{\"ids\":[]}",
     false},
    {"getByIds without a body", GUARD_GRAPH, "POST", "/v1.0/directoryObjects/getByIds", NULL,
     false},
    {"getByIds with more", GUARD_GRAPH, "POST", "/v1.0/directoryObjects/getByIds",
     "{\"ids\":[],\"x\":1}", false},
    {"getByIds and on", GUARD_GRAPH, "POST", "/v1.0/directoryObjects/getByIdsX", "{\"ids\":[]}",
     false},
    {"batch of gets", GUARD_GRAPH, "POST", "/v1.0/$batch",
     "{\"requests\":[{\"id\":\"1\",\"method\":\"GET\",\"url\":\"/users\"}]}", false},
    {"batch of beta", GUARD_GRAPH, "POST", "/beta/$batch",
     "{\"requests\":[{\"id\":\"1\",\"method\":\"GET\",\"url\":\"/users\"}]}", false},
    {"batch without a body", GUARD_GRAPH, "POST", "/v1.0/$batch", NULL, false},
    {"token", GUARD_LOGIN, "POST", TOKEN, "a=b", true},
    {"token of a domain", GUARD_LOGIN, "POST", "/contoso.com/oauth2/v2.0/token", "a=b", true},
    {"token get", GUARD_LOGIN, "GET", TOKEN, NULL, false},
    {"token without a body", GUARD_LOGIN, "POST", TOKEN, NULL, false},
    {"token and on", GUARD_LOGIN, "POST", TOKEN "/x", "a=b", false},
    {"token of no tenant", GUARD_LOGIN, "POST", "//oauth2/v2.0/token", "a=b", false},
    {"discovery", GUARD_LOGIN, "GET", "/contoso.com/v2.0/.well-known/openid-configuration", NULL,
     true},
    {"discovery by post", GUARD_LOGIN, "POST", "/contoso.com/v2.0/.well-known/openid-configuration",
     "a=b", false},
    {"discovery with a body", GUARD_LOGIN, "GET",
     "/contoso.com/v2.0/.well-known/openid-configuration", "a=b", false},
    {"another well-known", GUARD_LOGIN, "GET", "/contoso.com/v2.0/.well-known/x", NULL, false},
    {"device code", GUARD_LOGIN, "POST", "/t/oauth2/v2.0/devicecode", "a=b", true},
    {"device code by GET", GUARD_LOGIN, "GET", "/t/oauth2/v2.0/devicecode", NULL, false},
    {"OIDC of GitHub", GUARD_FEDERATION, "GET", "/o?audience=x", NULL, true},
    {"OIDC of Azure Pipelines", GUARD_FEDERATION, "POST", "/o?api-version=7.1", "", true},
    {"OIDC with a body", GUARD_FEDERATION, "POST", "/o", "{}", false},
    {"OIDC by PUT", GUARD_FEDERATION, "PUT", "/o", "", false},
    {"machine", GUARD_METADATA, "GET", "/metadata/identity/oauth2/token", NULL, true},
    {"machine by POST", GUARD_METADATA, "POST", "/metadata/x", "a=b", false},
    {"graph path at the login host", GUARD_LOGIN, "GET", "/v1.0/users", NULL, false},
    {"token path at graph", GUARD_GRAPH, "POST", TOKEN, "a=b", false},
    {"invoke", GUARD_EXCHANGE, "POST", INVOKE, CMDLET("Get-Mailbox"), true},
    {"invoke with select", GUARD_EXCHANGE, "POST", INVOKE "?$select=Guid,Name",
     CMDLET("Get-CASMailbox"), true},
    {"invoke v1.0", GUARD_EXCHANGE, "POST", "/adminapi/v1.0/t/InvokeCommand",
     CMDLET("Get-OrganizationConfig"), true},
    {"invoke v2.0", GUARD_EXCHANGE, "POST", "/adminapi/v2.0/t/InvokeCommand", CMDLET("Get-Mailbox"),
     false},
    {"invoke get", GUARD_EXCHANGE, "GET", INVOKE, NULL, false},
    {"invoke without a body", GUARD_EXCHANGE, "POST", INVOKE, NULL, false},
    {"exchange batch", GUARD_EXCHANGE, "POST", "/adminapi/beta/t/$batch", "{}", false},
    {"exchange entity", GUARD_EXCHANGE, "POST", "/adminapi/beta/t/Mailbox", "{}", false},
    {"empty identity", GUARD_EXCHANGE, "POST", INVOKE,
     "{\"CmdletInput\":{\"CmdletName\":\"Get-User\",\"Parameters\":{\"Identity\":\"\"}}}", false},
    {"null identity", GUARD_EXCHANGE, "POST", INVOKE,
     "{\"CmdletInput\":{\"CmdletName\":\"Get-User\",\"Parameters\":{\"Identity\":null}}}", false},
    {"identity", GUARD_EXCHANGE, "POST", INVOKE,
     "{\"CmdletInput\":{\"CmdletName\":\"Get-User\",\"Parameters\":{\"Identity\":\"a@b\"}}}", true},
    {"second name", GUARD_EXCHANGE, "POST", INVOKE,
     "{\"CmdletInput\":{\"CmdletName\":\"Get-User\",\"CmdletName\":\"Set-User\"}}", false},
    {"second name, other case", GUARD_EXCHANGE, "POST", INVOKE,
     "{\"CmdletInput\":{\"CmdletName\":\"Get-User\",\"cmdletName\":\"Set-User\"}}", false},
    {"second input", GUARD_EXCHANGE, "POST", INVOKE,
     "{\"CmdletInput\":{\"CmdletName\":\"Get-User\"},\"x\":1}", false},
    {"parameters as text", GUARD_EXCHANGE, "POST", INVOKE,
     "{\"CmdletInput\":{\"CmdletName\":\"Get-User\",\"Parameters\":\"x\"}}", false},
    {"an array", GUARD_EXCHANGE, "POST", INVOKE, "[]", false},
};

static void the_table_is_all_there_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(requests); i++) {
        const struct request *r = &requests[i];

        if (allows(r->target, r->method, r->path, r->body) != r->want)
            fail_msg("%s: wanted %s", r->name, r->want ? "allowed" : "refused");
    }
}

static void no_other_method_is_allowed_anywhere(void **state)
{
    static const char *const methods[] = {"PUT",   "PATCH",   "DELETE", "HEAD",     "OPTIONS",
                                          "TRACE", "CONNECT", "MERGE",  "PROPFIND", ""};

    (void)state;
    for (size_t m = 0; m < COUNT_OF(methods); m++)
        for (size_t i = 0; i < COUNT_OF(requests); i++)
            if (allows(requests[i].target, methods[m], requests[i].path, requests[i].body) ||
                allows(requests[i].target, methods[m], requests[i].path, NULL))
                fail_msg("%s %s", methods[m], requests[i].path);
}

static void no_other_verb_is_allowed(void **state)
{
    /* The verbs of PowerShell that Exchange has, and names that only look like Get-. */
    static const char *const names[] = {
        "Add-X",
        "Clear-X",
        "Complete-X",
        "Connect-X",
        "Disable-X",
        "Disconnect-X",
        "Enable-X",
        "Export-X",
        "Expand-X",
        "Import-X",
        "Install-X",
        "Invoke-X",
        "Mount-X",
        "Move-X",
        "New-X",
        "Remove-X",
        "Restore-X",
        "Resume-X",
        "Retry-X",
        "Search-X",
        "Send-X",
        "Set-X",
        "Start-X",
        "Stop-X",
        "Suspend-X",
        "Test-X",
        "Undo-X",
        "Uninstall-X",
        "Update-X",
        "Upgrade-X",
        "Write-X",
        "Get",
        "Get-",
        "get-Mailbox",
        "GET-Mailbox",
        "Get-Mailbox ",
        " Get-Mailbox",
        "Get-Mail box",
        "Get-Mailbox;Set-Mailbox",
        "Get-Mailbox|Set-Mailbox",
        "Get-Mailbox\\n",
        "Get-Mailbox-X",
        "Get-Mailbox.X",
        "GetMailbox",
        "Set-Get-Mailbox",
        "Get_Mailbox",
        "Get-M\xC3\xA4il",
        "Get-$(x)",
        "&Get-Mailbox",
        "",
    };
    char body[256];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        (void)snprintf(body, sizeof body, CMDLET("%s"), names[i]);
        if (allows(GUARD_EXCHANGE, "POST", INVOKE, body))
            fail_msg("'%s' was allowed", names[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_all_there_is),
        cmocka_unit_test(no_other_method_is_allowed_anywhere),
        cmocka_unit_test(no_other_verb_is_allowed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
