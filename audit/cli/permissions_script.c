/* permissions_script.c - grant scripts: for an administrator to read, and then to run.
 *
 * Both skip what is granted already, so that they can be run again. Nothing in them comes from a
 * tenant: names and ids are the table's, the client id is a checked GUID. */
#include "base/attrs.h"
#include "base/strs.h"
#include "graph/cloud.h"
#include "needs.h"
#include "permissions_view.h"

static enum err_code check_ids(const struct needs *n, struct err *e)
{
    for (size_t i = 0; i < n->grant_count; i++)
        if (n->grants[i].info == NULL)
            return err_set(e, ERR_USAGE, "the id of %s is not known: grant it by hand",
                           n->grants[i].name);
    return ERR_OK;
}

static const struct directory_role *reader_role(void)
{
    for (size_t i = 0; i < directory_role_count(); i++)
        if (str_eq(directory_role_at(i)->name, permissions_role))
            return directory_role_at(i);
    BUG("%s is not in the table", permissions_role);
}

/* What differs between the scripts. */
struct language {
    void (*head)(const struct grant_script *s);
    void (*grants)(const struct grant_script *s, enum permission_api api);
    void (*exchange)(const struct grant_script *s);
    const char *say; /* the command that prints a sentence */
};

static enum err_code write_script(const struct language *l, const struct grant_script *s,
                                  struct err *e)
{
    if (check_ids(s->needs, e) != ERR_OK)
        return e->code;
    l->head(s);
    l->grants(s, API_GRAPH);
    l->grants(s, API_EXCHANGE);
    if (s->needs->cmdlets.n > 0)
        l->exchange(s);
    fprintf(s->f,
            "%s 'Granted. A token that was issued before does not have it yet: graphaudit doctor "
            "shows what arrived.'\n",
            l->say);
    return ERR_OK;
}

/* ---- PowerShell ---- */

/* What Connect-MgGraph and Connect-ExchangeOnline call the clouds. */
static const struct cloud_words {
    const char *cloud, *graph, *exchange;
} cloud_words[] = {
    {"global", "Global", "O365Default"},
    {"usgov", "USGov", "O365USGovGCCHigh"},
    {"dod", "USGovDoD", "O365USGovDoD"},
    {"china", "China", "O365China"},
};

static const struct cloud_words *words_of(const struct cloud *cloud)
{
    for (size_t i = 0; i < COUNT_OF(cloud_words); i++)
        if (str_eq(cloud_words[i].cloud, cloud->name))
            return &cloud_words[i];
    return &cloud_words[0];
}

static void powershell_head(const struct grant_script *s)
{
    bool exchange = s->needs->cmdlets.n > 0;
    char given[64] = "";

    if (s->client_id != NULL)
        (void)snprintf(given, sizeof given, " = '%s'", s->client_id);
    fprintf(
        s->f,
        "# Grants what graphaudit %s needs for %zu rule%s, and nothing else. Safe to run again.\n"
        "# By a Privileged Role Administrator. Modules: Microsoft.Graph.Applications%s.\n",
        s->tool_version, s->needs->rule_count, s->needs->rule_count == 1 ? "" : "s",
        exchange ? ",\n# Microsoft.Graph.Identity.Governance; for -Exchange RoleGroup "
                   "ExchangeOnlineManagement"
                 : "");
    fprintf(s->f, "param(\n    %s[guid] $ClientId%s%s\n",
            s->client_id == NULL ? "[Parameter(Mandatory)] " : "", given, exchange ? "," : "");
    if (exchange)
        fprintf(s->f,
                "    # DirectoryRole: %s. RoleGroup: an Exchange role group with reading roles "
                "only, which is narrower.\n"
                "    [ValidateSet('DirectoryRole', 'RoleGroup')] [string] $Exchange = "
                "'DirectoryRole'\n",
                permissions_role);
    fprintf(s->f,
            ")\n"
            "$ErrorActionPreference = 'Stop'\n"
            "Connect-MgGraph -NoWelcome -Environment %s -Scopes 'Application.Read.All', "
            "'AppRoleAssignment.ReadWrite.All'%s\n"
            "$app = Get-MgServicePrincipal -Filter \"appId eq '$ClientId'\"\n"
            "if (-not $app) { throw \"No enterprise application has the client id $ClientId.\" }\n"
            "$granted = @(Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $app.Id "
            "-All)\n",
            words_of(s->cloud)->graph, exchange ? ", 'RoleManagement.ReadWrite.Directory'" : "");
}

static void powershell_grants(const struct grant_script *s, enum permission_api api)
{
    bool any = false;

    for (size_t i = 0; i < s->needs->grant_count; i++) {
        const struct permission *p = s->needs->grants[i].info;

        if (p->api != api)
            continue;
        if (!any)
            fprintf(s->f,
                    "\n$api = Get-MgServicePrincipal -Filter \"appId eq '%s'\" # %s\n"
                    "foreach ($role in @(\n",
                    permission_api_info(api)->app_id, permission_api_info(api)->name);
        any = true;
        fprintf(s->f, "    '%s' # %s\n", p->id, p->name);
    }
    if (any)
        fprintf(s->f,
                ")) {\n"
                "    if ($granted | Where-Object { $_.AppRoleId -eq $role -and $_.ResourceId -eq "
                "$api.Id }) { continue }\n"
                "    New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $app.Id "
                "-PrincipalId $app.Id `\n"
                "        -ResourceId $api.Id -AppRoleId $role | Out-Null\n"
                "}\n");
}

static void powershell_exchange(const struct grant_script *s)
{
    const struct directory_role *r = reader_role();

    fprintf(s->f,
            "\nif ($Exchange -eq 'DirectoryRole') {\n"
            "    $role = '%s' # %s\n"
            "    if (-not (Get-MgRoleManagementDirectoryRoleAssignment -Filter \"principalId eq "
            "'$($app.Id)' and roleDefinitionId eq '$role'\")) {\n"
            "        New-MgRoleManagementDirectoryRoleAssignment -PrincipalId $app.Id "
            "-RoleDefinitionId $role -DirectoryScopeId '/' | Out-Null\n"
            "    }\n"
            "} else {\n"
            "    Connect-ExchangeOnline -ShowBanner:$false -ExchangeEnvironmentName %s\n"
            "    if (-not (Get-ServicePrincipal | Where-Object AppId -eq $ClientId)) {\n"
            "        New-ServicePrincipal -AppId $ClientId -ObjectId $app.Id -DisplayName "
            "$app.DisplayName | Out-Null\n"
            "    }\n"
            "    if (-not (Get-RoleGroup 'graphaudit readers' -ErrorAction SilentlyContinue)) {\n"
            "        New-RoleGroup -Name 'graphaudit readers' -Roles ",
            r->template_id, r->name, words_of(s->cloud)->exchange);
    for (size_t i = 0; i < s->needs->exchange_roles.n; i++)
        fprintf(s->f, "%s'%s'", i > 0 ? ", " : "", s->needs->exchange_roles.v[i]);
    fprintf(s->f, " | Out-Null\n"
                  "    }\n"
                  "    Add-RoleGroupMember 'graphaudit readers' -Member $app.Id -ErrorAction "
                  "SilentlyContinue\n"
                  "}\n");
}

enum err_code permissions_powershell(const struct grant_script *s, struct err *e)
{
    static const struct language powershell = {powershell_head, powershell_grants,
                                               powershell_exchange, "\nWrite-Host"};

    return write_script(&powershell, s, e);
}

/* ---- Azure CLI ---- */

static void az_head(const struct grant_script *s)
{
    fprintf(
        s->f,
        "#!/bin/sh\n"
        "# Grants what graphaudit %s needs for %zu rule%s, and nothing else. Safe to run again.\n"
        "# By a Privileged Role Administrator who is signed in with `az login`.\n"
        "# usage: grant.sh %s\n"
        "set -eu\n",
        s->tool_version, s->needs->rule_count, s->needs->rule_count == 1 ? "" : "s",
        s->client_id != NULL ? "[CLIENT-ID]" : "CLIENT-ID");
    if (s->client_id != NULL)
        fprintf(s->f, "client_id=${1:-%s}\n", s->client_id);
    else
        fprintf(s->f, "client_id=${1:?which application? Give its client id}\n");
    fprintf(s->f,
            "graph=%s/v1.0\n"
            "app=$(az ad sp show --id \"$client_id\" --query id --output tsv)\n"
            "granted=$(az rest --method GET --url \"$graph/servicePrincipals/$app/"
            "appRoleAssignments\" --query 'value[].appRoleId' --output tsv)\n"
            "post() { az rest --method POST --url \"$graph/$1\" --headers "
            "Content-Type=application/json --body \"$2\" --output none; }\n"
            "grant() { # ROLE-ID\n"
            "    case $granted in *\"$1\"*) return ;; esac\n"
            "    post \"servicePrincipals/$app/appRoleAssignments\" \\\n"
            "        \"{\\\"principalId\\\":\\\"$app\\\",\\\"resourceId\\\":\\\"$api\\\","
            "\\\"appRoleId\\\":\\\"$1\\\"}\"\n"
            "}\n",
            s->cloud->graph);
}

static void az_grants(const struct grant_script *s, enum permission_api api)
{
    bool any = false;

    for (size_t i = 0; i < s->needs->grant_count; i++) {
        const struct permission *p = s->needs->grants[i].info;

        if (p->api != api)
            continue;
        if (!any)
            fprintf(s->f, "\napi=$(az ad sp show --id %s --query id --output tsv) # %s\n",
                    permission_api_info(api)->app_id, permission_api_info(api)->name);
        any = true;
        fprintf(s->f, "grant %s # %s\n", p->id, p->name);
    }
}

static void az_exchange(const struct grant_script *s)
{
    const struct directory_role *r = reader_role();

    fprintf(s->f,
            "\n# %s, so that Exchange Online lets the application read. Narrower, but only with\n"
            "# PowerShell: an Exchange role group (graphaudit permissions --format powershell).\n"
            "held=$(az rest --method GET --url \"$graph/roleManagement/directory/roleAssignments"
            "?\\$filter=principalId%%20eq%%20'$app'\" --query 'value[].roleDefinitionId' --output "
            "tsv)\n"
            "case $held in\n"
            "*%s*) ;;\n"
            "*) post roleManagement/directory/roleAssignments \\\n"
            "    \"{\\\"principalId\\\":\\\"$app\\\",\\\"roleDefinitionId\\\":\\\"%s\\\","
            "\\\"directoryScopeId\\\":\\\"/\\\"}\" ;;\n"
            "esac\n",
            r->name, r->template_id, r->template_id);
}

enum err_code permissions_az(const struct grant_script *s, struct err *e)
{
    static const struct language az = {az_head, az_grants, az_exchange, "echo"};

    return write_script(&az, s, e);
}
