#include "aadsts.h"

#include "base/attrs.h"

#include <string.h>

#define NEW_SECRET                                                                                 \
    "create a new secret under App registrations, Certificates & secrets, and use its value"
#define CHECK_CLOUD "check --tenant and --cloud"
#define CONSENT                                                                                    \
    "an administrator has to grant consent: App registrations, API permissions, Grant admin "      \
    "consent"
#define DELEGATED "sign in as the application (secret or certificate), not as a person"
#define SCOPE "check the graph: and exchange: URLs of the cloud"
#define FEDERATED                                                                                  \
    "issuer, subject and audience of the app's federated credential must match the token exactly"
#define LATER "try again in some minutes"
#define ENABLE_APP                                                                                 \
    "switch it on under Enterprise applications, Properties, Enabled for users to sign in"
#define CA_BLOCK "see the sign-in logs for the policy that applied"

/* Sorted by code. Wording is careful ("usually") where the meaning was not read in Microsoft's own
 * table. */
static const struct aadsts table[] = {
    {28002, AADSTS_REFUSED, "the scope is not valid, or names more than one resource", SCOPE},
    {50012, AADSTS_ASSERTION, "the certificate is not one that this application accepts",
     "upload the certificate's public part under App registrations, Certificates & secrets"},
    {50027, AADSTS_ASSERTION,
     "usually: the signed statement is malformed or of a form not accepted", NULL},
    {50033, AADSTS_TRANSIENT, "a passing fault of the sign-in service", LATER},
    {50034, AADSTS_REFUSED, "there is no such user in the tenant", DELEGATED},
    {50053, AADSTS_REFUSED, "the account is locked, or the address is known as malicious",
     DELEGATED},
    {50055, AADSTS_REFUSED, "the password has expired", DELEGATED},
    {50057, AADSTS_REFUSED, "the account is disabled", DELEGATED},
    {50072, AADSTS_REFUSED, "the user has to register for multifactor authentication", DELEGATED},
    {50074, AADSTS_REFUSED, "multifactor authentication is required", DELEGATED},
    {50076, AADSTS_REFUSED, "multifactor authentication is required", DELEGATED},
    {50078, AADSTS_REFUSED, "the multifactor authentication has expired", DELEGATED},
    {50079, AADSTS_REFUSED, "the user has to register for multifactor authentication", DELEGATED},
    {50126, AADSTS_REFUSED, "the user name or password is wrong", DELEGATED},
    {50131, AADSTS_REFUSED, "a Conditional Access policy blocked the sign-in", CA_BLOCK},
    {50196, AADSTS_REFUSED, "the service saw the same request in a loop", LATER},
    {53003, AADSTS_REFUSED,
     "a Conditional Access policy blocked the sign-in (for an application: a policy for workload "
     "identities)",
     CA_BLOCK},
    {65001, AADSTS_REFUSED, "consent is missing", CONSENT},
    {70001, AADSTS_REFUSED, "the application is disabled or not found in this tenant", ENABLE_APP},
    {70011, AADSTS_REFUSED, "the scope is not valid", SCOPE},
    {70016, AADSTS_REFUSED, "the device code has not been used yet", NULL},
    {70019, AADSTS_REFUSED, "the device code has expired", NULL},
    {70021, AADSTS_REFUSED, "usually: no federated credential of the application matches the token",
     FEDERATED},
    {90002, AADSTS_REFUSED,
     "the tenant was not found: a wrong id or domain, or a tenant of another cloud", CHECK_CLOUD},
    {90006, AADSTS_TRANSIENT, "a passing fault of the sign-in service", LATER},
    {90024, AADSTS_TRANSIENT, "a passing fault of the sign-in service", LATER},
    {90033, AADSTS_TRANSIENT, "the sign-in service is not available for a moment", LATER},
    {90038, AADSTS_REFUSED, "the tenant is in another national cloud", CHECK_CLOUD},
    {90055, AADSTS_TRANSIENT, "too many requests to the sign-in service", LATER},
    {90094, AADSTS_REFUSED, "an administrator's consent is missing", CONSENT},
    {90120, AADSTS_REFUSED, "the device code has been used already", NULL},
    {90130, AADSTS_REFUSED, "the application has to name its tenant", CHECK_CLOUD},
    {500011, AADSTS_REFUSED,
     "the service asked for is not in this tenant (a wrong service URL for this cloud, or the "
     "service was never provisioned)",
     SCOPE},
    {530032, AADSTS_REFUSED, "a security policy of the tenant blocked the sign-in", CA_BLOCK},
    {530035, AADSTS_REFUSED, "security defaults blocked the sign-in", DELEGATED},
    {650052, AADSTS_REFUSED,
     "the tenant has no subscription to the service asked for, or it was never provisioned",
     "check that Exchange Online is in use in this tenant"},
    {650056, AADSTS_REFUSED, "consent is missing, or the application asks for no permissions",
     CONSENT},
    {650057, AADSTS_REFUSED, "the service asked for is not among the application's permissions",
     "add its permissions under App registrations, API permissions"},
    {700016, AADSTS_REFUSED,
     "the application id is not known in this tenant (wrong tenant or cloud, or nobody consented "
     "there)",
     "check --client-id, --tenant and --cloud"},
    {700021, AADSTS_REFUSED,
     "usually: the signed statement names another application than the one that signs in",
     "check --client-id"},
    {700022, AADSTS_REFUSED, "the request names more than one resource", SCOPE},
    {700023, AADSTS_REFUSED, "usually: the signed statement was made for another sign-in service",
     CHECK_CLOUD},
    {700024, AADSTS_REFUSED,
     "usually: the signed statement is outside of its time, because this computer's clock is wrong",
     "set the clock (timedatectl set-ntp true)"},
    {700025, AADSTS_REFUSED, "the application is a public client and must not send a credential",
     "set Allow public client flows to No under App registrations, Authentication"},
    {700027, AADSTS_ASSERTION,
     "the certificate is not registered with the application, has expired there, or its signature "
     "was not accepted",
     "upload the certificate's public part under App registrations, Certificates & secrets"},
    {700030, AADSTS_ASSERTION, "the certificate's subject is not one that this application accepts",
     "upload the certificate's public part under App registrations, Certificates & secrets"},
    {700211, AADSTS_REFUSED, "usually: no federated credential matches the token's issuer",
     FEDERATED},
    {700212, AADSTS_REFUSED, "usually: no federated credential matches the token's audience",
     FEDERATED},
    {700213, AADSTS_REFUSED, "usually: no federated credential matches the token's subject",
     FEDERATED},
    {900023, AADSTS_REFUSED, "usually: the tenant is neither an id nor a domain that exists",
     CHECK_CLOUD},
    {900382, AADSTS_REFUSED, "a confidential client cannot sign in across clouds", CHECK_CLOUD},
    {900432, AADSTS_REFUSED, "a confidential client cannot sign in across clouds", CHECK_CLOUD},
    {5000224, AADSTS_REFUSED, "the tenant is not available (it may have been deleted)",
     CHECK_CLOUD},
    {7000112, AADSTS_REFUSED, "the application is disabled in this tenant", ENABLE_APP},
    {7000215, AADSTS_REFUSED,
     "the client secret is wrong (often the secret's ID was pasted instead of its value)",
     NEW_SECRET},
    {7000218, AADSTS_REFUSED,
     "no secret and no signed statement arrived, or the application is a public client only",
     "set Allow public client flows to No under App registrations, Authentication"},
    {7000222, AADSTS_REFUSED, "the client secret has expired", NEW_SECRET},
    {9001023, AADSTS_REFUSED, "this way to sign in needs the tenant's own endpoint", CHECK_CLOUD},
};

const struct aadsts *aadsts_find(unsigned code)
{
    for (size_t i = 0; i < COUNT_OF(table); i++)
        if (table[i].code == code)
            return &table[i];
    return NULL;
}

unsigned aadsts_in_text(const char *text)
{
    const char *s = strstr(text, "AADSTS");
    unsigned code = 0;

    if (s == NULL)
        return 0;
    s += strlen("AADSTS");
    for (size_t n = 0; s[n] >= '0' && s[n] <= '9'; n++) {
        if (n == 9)
            return 0;
        code = code * 10 + (unsigned)(s[n] - '0');
    }
    return code;
}

size_t aadsts_count(void)
{
    return COUNT_OF(table);
}

const struct aadsts *aadsts_at(size_t i)
{
    return &table[i];
}
