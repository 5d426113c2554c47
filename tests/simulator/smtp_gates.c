#include "smtp_gates.h"

#include <stdio.h>
#include <string.h>

#include "ca.h"
#include "jwt.h"
#include "tenant.h"
#include "timetext.h"

enum { WRONG_TRIES = 10 }; /* Entra's smart lock-out, as it is set by default */

const char *const smtp_accepted = "235 2.7.0 Authentication successful";

static const char flag_tenant[] =
    "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. "
    "Visit https://aka.ms/smtp_auth_disabled for more information.";
static const char flag_mailbox[] =
    "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the "
    "Mailbox. Visit https://aka.ms/smtp_auth_disabled for more information.";
static const char basic_disabled[] =
    "535 5.7.139 Authentication unsuccessful, basic authentication is disabled.";
static const char org_config[] = "535 5.7.139 Authentication unsuccessful, the organization "
                                 "configuration doesn't allow this authentication request.";
static const char credentials[] =
    "535 5.7.139 Authentication unsuccessful, the user credentials were incorrect.";
static const char locked[] =
    "535 5.7.139 Authentication unsuccessful, account locked. Contact your administrator.";
static const char account_issue[] =
    "535 5.7.139 Authentication unsuccessful, account has an issue. Contact your administrator.";
static const char sts[] =
    "535 5.7.139 Authentication unsuccessful, federated STS service was unreachable.";
static const char security_defaults[] =
    "535 5.7.139 Authentication unsuccessful, user is locked by your organization's security "
    "defaults policy. Contact your administrator.";
static const char criteria[] =
    "535 5.7.139 Authentication unsuccessful, the request did not meet the criteria to be "
    "authenticated successfully. Contact your administrator.";
static const char no_mailbox[] = "550 Mailbox cannot be accessed";
static const char generic[] = "535 5.7.3 Authentication unsuccessful";

static const char exchange_online[] = "00000002-0000-0ff1-ce00-000000000000";

static bool list_has(const json_t *list, const char *word)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (str_ieq(json_string_value(json_array_get(list, i)), word))
            return true;
    return false;
}

/* ---- who ---- */

static const json_t *recipient_of(const json_t *list, const char *id)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (str_eq(jstr(json_array_get(list, i), "ExternalDirectoryObjectId"), id))
            return json_array_get(list, i);
    return NULL;
}

struct smtp_account smtp_account_find(const struct tenant *t, const char *name)
{
    struct smtp_account a = {0};
    const json_t *described = json_object_get(t->doc, "users");

    for (size_t i = 0; i < json_array_size(described) && a.user == NULL; i++) {
        json_t *user = json_array_get(t->users, i);

        if (str_ieq(jstr(user, "userPrincipalName"), name) || str_ieq(jstr(user, "mail"), name)) {
            a.user = user;
            a.described = json_array_get(described, i);
        }
    }
    if (a.user == NULL)
        return a;
    a.recipient = recipient_of(t->mailboxes, jstr(a.user, "id"));
    if (a.recipient == NULL) {
        a.recipient = recipient_of(t->mail_users, jstr(a.user, "id"));
        a.is_hve = a.recipient != NULL && jbool(a.recipient, "HVEAccount", false);
        if (!a.is_hve)
            a.recipient = NULL;
    }
    return a;
}

/* ---- the gates ---- */

/* Exchange Online's own switch, for passwords and tokens alike. */
static const char *flag_gate(const struct tenant *t, const struct smtp_account *a)
{
    const json_t *own = json_object_get(a->recipient, "SmtpClientAuthenticationDisabled");
    const json_t *transport = json_array_get(t->transport, 0);

    if (a->is_hve || json_is_false(own))
        return NULL;
    if (json_is_true(own))
        return flag_mailbox;
    return jbool(transport, "SmtpClientAuthenticationDisabled", false) ? flag_tenant : NULL;
}

static bool policy_blocks(const struct tenant *t, const struct smtp_account *a)
{
    const char *name = jstr(a->recipient, "AuthenticationPolicy");

    if (name == NULL)
        name = jstr(json_array_get(t->org_config, 0), "DefaultAuthenticationPolicy");
    for (size_t i = 0; name != NULL && i < json_array_size(t->auth_policies); i++) {
        const json_t *p = json_array_get(t->auth_policies, i);

        if (str_ieq(jstr(p, "Name"), name))
            return !jbool(p, "AllowBasicAuthSmtp", false);
    }
    return false;
}

static bool is_federated(const struct tenant *t, const struct smtp_account *a)
{
    const char *upn = jstr(a->user, "userPrincipalName");
    const char *at = upn != NULL ? strrchr(upn, '@') : NULL;

    for (size_t i = 0; at != NULL && i < json_array_size(t->domains); i++)
        if (str_ieq(jstr(json_array_get(t->domains, i), "id"), at + 1))
            return str_eq(jstr(json_array_get(t->domains, i), "authenticationType"), "Federated");
    return false;
}

static bool in_groups(const struct tenant *t, const json_t *groups, const char *id)
{
    bool found = false;

    for (size_t i = 0; i < json_array_size(groups) && !found; i++) {
        json_t *members = tenant_transitive_users(t, json_string_value(json_array_get(groups, i)));

        found = list_has(members, id);
        json_decref(members);
    }
    return found;
}

static bool has_users(const struct tenant *t, const json_t *who, const char *mode, const char *id)
{
    char key[32];
    const json_t *users, *groups;

    snprintf(key, sizeof key, "%sUsers", mode);
    users = json_object_get(who, key);
    snprintf(key, sizeof key, "%sGroups", mode);
    groups = json_object_get(who, key);
    return list_has(users, "All") || list_has(users, id) || in_groups(t, groups, id);
}

static bool names_exchange(const json_t *apps)
{
    return list_has(apps, "All") || list_has(apps, "Office365") || list_has(apps, exchange_online);
}

static bool is_set(const json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);

    return v != NULL && !json_is_null(v) && !(json_is_array(v) && json_array_size(v) == 0);
}

/* Whether an enforced policy refuses basic SMTP from here (no trusted place). Not played: roles,
 * guests, platforms, devices and risk; a policy with such a condition does not apply. */
static bool policy_refuses(const struct tenant *t, const json_t *policy, const char *user_id)
{
    const json_t *c = json_object_get(policy, "conditions");
    const json_t *who = json_object_get(c, "users"), *apps = json_object_get(c, "applications");
    const json_t *types = json_object_get(c, "clientAppTypes");
    const json_t *grant = json_object_get(policy, "grantControls");

    if (!str_eq(jstr(policy, "state"), "enabled") || is_set(c, "clientApplications") ||
        is_set(c, "platforms") || is_set(c, "devices") || is_set(c, "userRiskLevels") ||
        is_set(c, "signInRiskLevels"))
        return false;
    if (!(list_has(types, "all") || list_has(types, "other")) ||
        !names_exchange(json_object_get(apps, "includeApplications")) ||
        names_exchange(json_object_get(apps, "excludeApplications")))
        return false;
    if (!has_users(t, who, "include", user_id) || has_users(t, who, "exclude", user_id))
        return false;
    return is_set(grant, "builtInControls") || is_set(grant, "authenticationStrength");
}

static bool conditional_access_refuses(const struct tenant *t, const struct smtp_account *a)
{
    for (size_t i = 0; i < json_array_size(t->policies_beta); i++)
        if (policy_refuses(t, json_array_get(t->policies_beta, i), jstr(a->user, "id")))
            return true;
    return false;
}

static const char *wrong_password(const struct smtp_account *a, json_t *wrong_tries)
{
    const char *id = jstr(a->user, "id");
    json_int_t n = jint(wrong_tries, id, 0) + 1;

    jset(wrong_tries, id, json_integer(n));
    return n > WRONG_TRIES ? locked : credentials;
}

const char *smtp_password_answer(struct sim *s, const struct smtp_account *a, const char *password,
                                 json_t *wrong_tries)
{
    const struct tenant *t = s->tenant;
    const char *expected, *flag;

    if (a->user == NULL)
        return credentials;
    flag = a->recipient != NULL ? flag_gate(t, a) : NULL;
    if (flag != NULL)
        return flag;
    if (a->recipient != NULL && policy_blocks(t, a))
        return a->is_hve ? org_config : basic_disabled;
    expected = jstr(a->described, "password");
    if (jint(wrong_tries, jstr(a->user, "id"), 0) >= WRONG_TRIES ||
        jbool(a->described, "locked", false))
        return locked;
    if (!str_eq(password, expected != NULL ? expected : s->smtp_password))
        return wrong_password(a, wrong_tries);
    if (!jbool(a->user, "accountEnabled", true))
        return account_issue;
    if (is_federated(t, a))
        return sts;
    if (jbool(t->security_defaults, "isEnabled", false))
        return a->is_hve ? org_config : security_defaults;
    if (conditional_access_refuses(t, a))
        return criteria;
    if (str_eq(jstr(a->described, "perUserMfa"), "enforced"))
        return credentials;
    return a->recipient != NULL ? smtp_accepted : no_mailbox;
}

const char *smtp_token_answer(struct sim *s, const struct smtp_account *a, const char *token)
{
    struct jwt j;
    const char *answer = generic;

    if (a->user == NULL || a->recipient == NULL)
        return generic;
    if (flag_gate(s->tenant, a) != NULL)
        return flag_gate(s->tenant, a);
    if (!jwt_parse(token, &j))
        return generic;
    if (jwt_verify(&j, token, s->keys->token_key) &&
        str_eq(jstr(j.claims, "aud"), s->urls[SVC_EXCHANGE]) &&
        jint(j.claims, "exp", 0) > clock_now() &&
        list_has(json_object_get(j.claims, "roles"), "SMTP.SendAsApp"))
        answer = smtp_accepted;
    jwt_clear(&j);
    return answer;
}

/* ---- after the sign-in ---- */

const char *smtp_sender_answer(const struct smtp_account *a, const char *from)
{
    if (a->user == NULL)
        return "530 5.7.57 Client not authenticated to send mail.";
    if (str_ieq(jstr(a->user, "userPrincipalName"), from) || str_ieq(jstr(a->user, "mail"), from) ||
        list_has(json_object_get(a->described, "aliases"), from) ||
        list_has(json_object_get(a->described, "sendAs"), from))
        return NULL;
    return "550 5.7.60 SMTP; Client does not have permissions to send as this sender";
}

const char *smtp_recipient_answer(const struct tenant *t, const struct smtp_account *a,
                                  const char *to)
{
    const char *at = strrchr(to, '@');

    if (!a->is_hve)
        return NULL;
    for (size_t i = 0; at != NULL && i < json_array_size(t->domains); i++)
        if (str_ieq(jstr(json_array_get(t->domains, i), "id"), at + 1))
            return NULL;
    return "550 5.5.105 External sending is not supported for High Volume Email accounts.";
}

const char *smtp_message_answer(const struct smtp_account *a)
{
    static const struct {
        const char *situation, *answer;
    } rows[] = {
        {"restricted", "550 5.1.8 Access denied, bad outbound sender"},
        {"quota", "550 5.2.2 Submission quota exceeded"},
        {"full", "554 5.2.2 mailbox full; STOREDRV.Submission.Exception:QuotaExceededException."
                 "MapiExceptionShutoffQuotaExceeded; Failed to process message"},
        {"concurrent", "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded"},
        {"threshold", "550 5.7.705 Access denied, tenant has exceeded threshold"},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (str_eq(jstr(a->described, "submission"), rows[i].situation))
            return rows[i].answer;
    return NULL;
}
