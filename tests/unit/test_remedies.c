/* The form of what the shipped rules advise: requests are requests, commands are commands that
 * exist, both say the same, links lead to Microsoft's own admin centers, and no policy is made
 * that would be in force at once or that could lock everybody out. */
#include "remedy.h"

#include "base/mem.h"

#include <ctype.h>

/* ---- links ---- */

static const char *const hosts[] = {
    "entra.microsoft.com",          "portal.azure.com",       "admin.microsoft.com",
    "admin.exchange.microsoft.com", "security.microsoft.com", "purview.microsoft.com",
};

static void portals_are_microsofts(const struct remedy *r)
{
    const char *host;
    size_t n;

    if (r->portal == NULL)
        return;
    if (strncmp(r->portal, "https://", 8) != 0)
        fail_msg("%s: the portal is no https address: %s", r->id, r->portal);
    host = r->portal + 8;
    n = strcspn(host, "/?#");
    for (size_t i = 0; i < COUNT_OF(hosts); i++)
        if (strlen(hosts[i]) == n && strncmp(hosts[i], host, n) == 0)
            return;
    fail_msg("%s: not an admin center that is known: %s", r->id, r->portal);
}

/* ---- requests ---- */

static bool has_word(const json_t *list, const char *word)
{
    const json_t *v;
    size_t i;

    json_array_foreach(list, i, v)
    {
        if (str_eq(json_string_value(v), word))
            return true;
    }
    return false;
}

static void policy_is_safe(const struct remedy *r, const json_t *body)
{
    const json_t *out = NULL;

    if (!str_eq(jx_text(body, "state"), "enabledForReportingButNotEnforced"))
        fail_msg("%s: the policy is not in report-only", r->id);
    if (jx_array(body, "conditions.users.excludeGroups", &out) != JX_OK ||
        !has_word(out, "EMERGENCY-GROUP-ID"))
        fail_msg("%s: the policy does not exclude EMERGENCY-GROUP-ID", r->id);
}

static void request_is_one(const struct remedy *r)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._$/";
    static const struct {
        const char *method;
        bool has_body;
    } methods[] = {{"POST", true}, {"PUT", true}, {"PATCH", true}, {"DELETE", false}};
    const char *host = "https://graph.microsoft.com/";
    const char *path = r->url + strlen(host);
    bool is_known = false;

    if (r->graph == NULL)
        return;
    for (size_t i = 0; i < COUNT_OF(methods); i++)
        if (str_eq(r->method, methods[i].method)) {
            is_known = true;
            if ((r->body != NULL) != methods[i].has_body)
                fail_msg("%s: %s %s a body", r->id, r->method, r->body != NULL ? "has" : "lacks");
        }
    if (!is_known)
        fail_msg("%s: '%s' is not a method that changes something", r->id, r->method);
    if (strncmp(r->url, host, strlen(host)) != 0 ||
        (strncmp(path, "v1.0/", 5) != 0 && strncmp(path, "beta/", 5) != 0) ||
        path[strspn(path, plain)] != '\0')
        fail_msg("%s: no address of Microsoft Graph: %s", r->id, r->url);
    if (r->body != NULL) {
        json_t *body = remedy_json(r, r->body);

        if (!json_is_object(body) || json_object_size(body) == 0)
            fail_msg("%s: the body says nothing", r->id);
        if (remedy_is(r, "POST", REMEDY_POLICIES))
            policy_is_safe(r, body);
        json_decref(body);
    }
}

/* ---- commands ---- */

/* Of Microsoft.Graph, Microsoft.Graph.Beta, ExchangeOnlineManagement and PowerShell itself. */
static const char *const cmdlets[] = {
    "Add-MailboxPermission",
    "ForEach-Object",
    "Format-List",
    "Get-EXOMailbox",
    "Get-MailboxAuditBypassAssociation",
    "Get-MgGroupSetting",
    "Get-TransportRule",
    "Invoke-MgGraphRequest",
    "New-MgGroupMember",
    "New-MgIdentityConditionalAccessNamedLocation",
    "New-MgIdentityConditionalAccessPolicy",
    "New-MgPolicyActivityBasedTimeoutPolicy",
    "New-MgRoleManagementDirectoryRoleAssignment",
    "New-MgUserAuthenticationTemporaryAccessPassMethod",
    "New-ServicePrincipal",
    "Remove-MailboxPermission",
    "Remove-MgGroupMemberByRef",
    "Remove-MgRoleManagementDirectoryRoleAssignment",
    "Remove-MgUserAuthenticationTemporaryAccessPassMethod",
    "Rotate-DkimSigningConfig",
    "Select-Object",
    "Set-AuthenticationPolicy",
    "Set-CASMailbox",
    "Set-DkimSigningConfig",
    "Set-ExternalInOutlook",
    "Set-HostedOutboundSpamFilterPolicy",
    "Set-MgUserLicense",
    "Set-OrganizationConfig",
    "Set-RemoteDomain",
    "Set-SharingPolicy",
    "Set-TransportConfig",
    "Set-User",
    "Update-MgBetaPolicyAuthenticationMethodPolicy",
    "Update-MgBetaPolicyAuthenticationMethodPolicyAuthenticationMethodConfiguration",
    "Update-MgBetaUserAuthenticationRequirement",
    "Update-MgDomain",
    "Update-MgGroupSetting",
    "Update-MgIdentityConditionalAccessPolicy",
    "Update-MgPolicyAuthenticationMethodPolicy",
    "Update-MgPolicyAuthenticationMethodPolicyAuthenticationMethodConfiguration",
    "Update-MgPolicyAuthorizationPolicy",
    "Update-MgPolicyIdentitySecurityDefaultEnforcementPolicy",
    "Update-MgPolicyRoleManagementPolicyRule",
    "Update-MgUser",
    "Where-Object",
};

/* The length of the verb-noun at `s`; 0: none. */
static size_t cmdlet_length(const char *s)
{
    size_t verb = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
    size_t noun;

    if (verb < 2 || !isupper((unsigned char)s[0]) || !islower((unsigned char)s[1]) ||
        s[verb] != '-')
        return 0;
    noun = strspn(s + verb + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");
    return noun > 0 && isupper((unsigned char)s[verb + 1]) ? verb + 1 + noun : 0;
}

static void cmdlet_is_known(const struct remedy *r, const char *s, size_t n)
{
    for (size_t i = 0; i < COUNT_OF(cmdlets); i++)
        if (strlen(cmdlets[i]) == n && strncmp(cmdlets[i], s, n) == 0)
            return;
    fail_msg("%s: no cmdlet that is known: %.*s", r->id, (int)n, s);
}

/* Where a command has to stand: at the start, behind ';' or '|', behind a first assignment. */
static void commands_are_known(const struct remedy *r)
{
    const char *s = r->powershell;
    bool starts = true;
    char quote = '\0';

    while (s != NULL && *s != '\0') {
        size_t n = quote == '\0' ? cmdlet_length(s) : 0;

        if (n > 0 && (s == r->powershell || strchr(" ;|({", s[-1]) != NULL)) {
            cmdlet_is_known(r, s, n);
            starts = false;
            s += n;
            continue;
        }
        if (starts && strncmp(s, "$t = ", 5) == 0) {
            s += 5;
            continue;
        }
        if (starts && *s != ' ')
            fail_msg("%s: no command at '%.40s'", r->id, s);
        if (quote != '\0')
            quote = *s == quote ? '\0' : quote;
        else if (*s == '\'' || *s == '"')
            quote = *s;
        else if (*s == '|')
            starts = true;
        else if (*s == ';' && s[1] == ' ' && cmdlet_length(s + 2) > 0)
            starts = true;
        s++;
    }
    if (quote != '\0')
        fail_msg("%s: a quote is not closed", r->id);
}

/* ---- a body in PowerShell's notation ---- */

/* A reader of the little that bodies are written in: @{name = value; ...}, @(value, ...), 'text',
 * $true, $false, $null and whole numbers. Anything else is an error. */
struct literal {
    const struct remedy *r;
    const char *s;
};

static json_t *literal_value(struct literal *l);

static bool literal_take(struct literal *l, const char *token)
{
    l->s += strspn(l->s, " ");
    if (strncmp(l->s, token, strlen(token)) != 0)
        return false;
    l->s += strlen(token);
    return true;
}

static void literal_want(struct literal *l, const char *token)
{
    if (!literal_take(l, token))
        fail_msg("%s: '%s' expected at '%.40s'", l->r->id, token, l->s);
}

/* Caller frees; a quoted text or a bare name. */
static char *literal_text(struct literal *l)
{
    size_t n;
    char *text;

    if (literal_take(l, "'")) {
        n = strcspn(l->s, "'");
        text = xstrndup(l->s, n);
        l->s += n;
        literal_want(l, "'");
        if (l->s[0] == '\'')
            fail_msg("%s: a doubled quote is not read here", l->r->id);
        return text;
    }
    n = strspn(l->s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");
    if (n == 0)
        fail_msg("%s: a name expected at '%.40s'", l->r->id, l->s);
    text = xstrndup(l->s, n);
    l->s += n;
    return text;
}

static json_t *literal_table(struct literal *l)
{
    json_t *o = json_object();

    for (bool more = !literal_take(l, "}"); more;) {
        char *name = literal_text(l);

        literal_want(l, "=");
        if (json_object_get(o, name) != NULL)
            fail_msg("%s: '%s' stands twice", l->r->id, name);
        json_object_set_new(o, name, literal_value(l));
        free(name);
        more = literal_take(l, ";");
        if (!more)
            literal_want(l, "}");
    }
    return o;
}

static json_t *literal_list(struct literal *l)
{
    json_t *a = json_array();

    for (bool more = !literal_take(l, ")"); more;) {
        json_array_append_new(a, literal_value(l));
        more = literal_take(l, ",");
        if (!more)
            literal_want(l, ")");
    }
    return a;
}

static json_t *literal_value(struct literal *l)
{
    char *text;
    int64_t n = 0;
    json_t *v;

    if (literal_take(l, "@{"))
        return literal_table(l);
    if (literal_take(l, "@("))
        return literal_list(l);
    if (literal_take(l, "$true"))
        return json_true();
    if (literal_take(l, "$false"))
        return json_false();
    if (literal_take(l, "$null"))
        return json_null();
    if (*l->s == '\'') {
        text = literal_text(l);
        v = json_string(text);
    } else {
        text = literal_text(l);
        if (!str_int(text, 0, INT64_MAX, &n))
            fail_msg("%s: '%s' has to be quoted", l->r->id, text);
        v = json_integer(n);
    }
    free(text);
    return v;
}

/* Behind " -BodyParameter " to the end. */
static json_t *body_in_notation(const struct remedy *r, const char *at)
{
    struct literal l = {.r = r, .s = at};
    json_t *v = literal_value(&l);

    if (*l.s != '\0')
        fail_msg("%s: behind the body: '%.40s'", r->id, l.s);
    return v;
}

/* A command that sends the request itself: it names the method and the address, and the body is
 * JSON in single quotes. */
static json_t *body_as_sent(const struct remedy *r)
{
    char *start = xasprintf("Invoke-MgGraphRequest -Method %s -Uri %s -ContentType "
                            "application/json -Body '",
                            r->method, r->url);
    size_t n = strlen(start);
    size_t all = strlen(r->powershell);
    char *text;
    json_t *v;

    if (strncmp(r->powershell, start, n) != 0 || r->powershell[all - 1] != '\'')
        fail_msg("%s: not the request that Graph gets: %s", r->id, r->powershell);
    text = xstrndup(r->powershell + n, all - n - 1);
    v = remedy_json(r, text);
    free(text);
    free(start);
    return v;
}

static bool both_say_the_same(const struct remedy *r)
{
    const char *at = r->powershell != NULL ? strstr(r->powershell, " -BodyParameter ") : NULL;
    bool is_sent = r->powershell != NULL && strstr(r->powershell, "Invoke-MgGraphRequest") != NULL;
    json_t *given;
    json_t *body;
    bool is_same;

    if (at == NULL && !is_sent)
        return false;
    if (r->body == NULL)
        fail_msg("%s: a body in PowerShell, none for Graph", r->id);
    given = is_sent ? body_as_sent(r) : body_in_notation(r, at + strlen(" -BodyParameter "));
    body = remedy_json(r, r->body);
    is_same = json_equal(given, body);
    json_decref(given);
    json_decref(body);
    if (!is_same)
        fail_msg("%s: PowerShell sends another body than Graph", r->id);
    return true;
}

/* ---- all rules ---- */

/* The way back is a command, a request, or words for people. */
static void rollback_is_sound(const struct remedy *r)
{
    static const char *const methods[] = {"POST ", "PUT ", "PATCH ", "DELETE "};
    const char *text = jx_text(r->fields, "rollback");
    struct remedy back = {.id = r->id};

    if (text == NULL)
        return;
    if (cmdlet_length(text) > 0 || strncmp(text, "$t = ", 5) == 0)
        back.powershell = text;
    for (size_t i = 0; i < COUNT_OF(methods); i++)
        if (strncmp(text, methods[i], strlen(methods[i])) == 0)
            back.graph = text;
    if (back.graph != NULL)
        remedy_split(&back);
    request_is_one(&back);
    commands_are_known(&back);
}

static void remedies_have_the_form(void **state)
{
    struct ruleset *rs = remedy_rules();

    (void)state;
    for (size_t i = 0; i < ruleset_count(rs); i++) {
        struct remedy r;

        remedy_at(rs, i, &r);
        portals_are_microsofts(&r);
        request_is_one(&r);
        commands_are_known(&r);
        rollback_is_sound(&r);
        remedy_release(&r);
    }
    ruleset_free(rs);
}

static void commands_do_what_requests_do(void **state)
{
    struct ruleset *rs = remedy_rules();
    size_t compared = 0;

    (void)state;
    for (size_t i = 0; i < ruleset_count(rs); i++) {
        struct remedy r;

        remedy_at(rs, i, &r);
        compared += both_say_the_same(&r) ? 1 : 0;
        if (remedy_is(&r, "POST", REMEDY_POLICIES) && r.powershell == NULL)
            fail_msg("%s: a policy for Graph, none for PowerShell", r.id);
        remedy_release(&r);
    }
    print_message("%zu bodies compared\n", compared);
    assert_true(compared > 20);
    ruleset_free(rs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(remedies_have_the_form),
        cmocka_unit_test(commands_do_what_requests_do),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
