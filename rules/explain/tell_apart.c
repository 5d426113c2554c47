/* How to tell the causes of one answer apart: a table beside the catalogue, in the same order. */
#include "rules/explain.h"

#include "base/attrs.h"

/* Numbers are sign-in log results: Microsoft Entra, "AADSTS error codes". A block by the SMTP AUTH
 * switch or an authentication policy happens before Entra is asked and leaves no sign-in event. */
static const struct {
    const char *id;
    const char *tell[SMTP_REPLY_CAUSES];
} rows[] = {
    {"access-denied-ip-throttle",
     {"It passes by itself when the device pauses; devices behind another address are not "
      "affected."}},
    {"auth-account-issue",
     {"The sign-in log shows 50057; Entra says \"Account enabled: No\".",
      "The sign-in log shows 50055; a browser asks for a new password.",
      "The sign-in log shows another number."}},
    {"auth-basic-disabled",
     {"Get-User <mailbox> | fl AuthenticationPolicy, or Get-OrganizationConfig | fl "
      "DefaultAuthenticationPolicy, names a policy with AllowBasicAuthSmtp False; no sign-in event "
      "is "
      "written.",
      "The address ends in outlook.com, hotmail.com, live.com or msn.com."}},
    {"auth-credentials",
     {"The same name and password fail in a browser too; the sign-in log shows 50126.",
      "The password works in a browser, and MFA is asked for next; the per-user MFA page says "
      "Enforced."}},
    {"auth-criteria",
     {"The sign-in log has an event of client app \"Authenticated SMTP\" with result 53003 that "
      "names "
      "the policy.",
      "The same device passes from another network; the policy has a location condition.",
      "The sign-in log shows 50076 or 50079 instead of 53003.",
      "There is no sign-in event at all; Get-CASMailbox shows the switch. Today this gets an "
      "answer of "
      "its own."}},
    {"auth-disabled-mailbox",
     {"Get-CASMailbox <mailbox> | fl SmtpClientAuthenticationDisabled says True; OAuth gets the "
      "same "
      "answer."}},
    {"auth-disabled-tenant",
     {"Get-TransportConfig | fl SmtpClientAuthenticationDisabled says True, and Get-CASMailbox "
      "leaves "
      "the mailbox's own blank; OAuth gets the same answer."}},
    {"auth-generic",
     {"The token's aud has to be https://outlook.office.com or https://outlook.office365.com, its "
      "scp "
      "SMTP.Send or its roles SMTP.SendAsApp, and the user name the one it was issued for.",
      "Get-ServicePrincipal | fl AppId,ObjectId shows another ObjectId than the enterprise "
      "application's.",
      "The user name that was sent is a shared mailbox, the token a person's.",
      "The device sends a password (AUTH LOGIN); the sign-in log, or the mailbox's switch, says "
      "more."}},
    {"auth-locked",
     {"The sign-in log shows 50053 after many 50126. \"user is locked by your organization's "
      "security "
      "defaults\" is another answer."}},
    {"auth-ok", {"The answer begins with 235."}},
    {"auth-org-config",
     {"The server is smtp.hve.mx.microsoft, and Get-User <account> | fl AuthenticationPolicy names "
      "a "
      "policy with AllowBasicAuthSmtp False.",
      "Entra, Properties, Security defaults says Enabled."}},
    {"auth-security-defaults",
     {"Entra, Properties, Security defaults says Enabled; the sign-in log shows 530035."}},
    {"auth-storedrv-logon",
     {"Signing in succeeds (235) and the message is refused; Get-MailboxPermission <mailbox> does "
      "not "
      "list the service principal."}},
    {"auth-sts-https",
     {"Get-MgDomainFederationConfiguration shows an active sign-in address with http:."}},
    {"auth-sts-unreachable",
     {"Everybody of the domain fails at the same time; the federation server's log has no "
      "request."}},
    {"auth-temp", {"It passes by itself; a server of your own may use the same words."}},
    {"banned-sender", {"Defender, Restricted entities lists the account."}},
    {"blocked-sender", {"Defender, Restricted entities lists the account."}},
    {"concurrent",
     {"It happens when several devices or threads send at once, and not to the first."}},
    {"daily-limit", {"Message trace shows about 10,000 recipients for the mailbox in 24 hours."}},
    {"direct-send",
     {"Get-OrganizationConfig | fl RejectDirectSend says True, and the device does not "
      "sign in."}},
    {"dmarc",
     {"The message's Authentication-Results say dmarc=fail; look SPF and DKIM up for the From "
      "domain."}},
    {"hve-external", {"The server is smtp.hve.mx.microsoft and the recipient is outside."}},
    {"ip-trust",
     {"The subscription is new or a trial; all mail of the tenant is refused.",
      "Mail from another address passes."}},
    {"mailbox-full", {"Get-MailboxStatistics shows a size near Get-Mailbox's ProhibitSendQuota."}},
    {"no-mailbox",
     {"Get-Mailbox does not find the account, or its licence has no Exchange Online plan."}},
    {"not-authenticated",
     {"A 535 stands in the same answer or a few lines above.",
      "The log has no AUTH line before MAIL FROM."}},
    {"quota-submission",
     {"Message trace shows how much was sent; the outbound spam policy shows the "
      "limit."}},
    {"ready", {"The answer begins with 220."}},
    {"removed",
     {"Other mailboxes of the organization fail in the same way, whatever their settings."}},
    {"sendas-252",
     {"Get-RecipientPermission <From mailbox> does not list the account. The answer names "
      "both."}},
    {"sendas-client", {"Get-RecipientPermission <From mailbox> does not list the account."}},
    {"sendas-storedrv", {"Get-RecipientPermission <From mailbox> does not list the account."}},
    {"starttls-first", {"The log has no STARTTLS line before AUTH or MAIL FROM."}},
    {"svc-inactive", {"It passes by itself."}},
    {"temp-prx",
     {"It passes by itself.",
      "It stays for one account, and Get-Mailbox does not find that account."}},
    {"tenant-attribution",
     {"The log has no AUTH line; Get-InboundConnector shows which addresses and "
      "certificates are known."}},
    {"tenant-recipient-block", {"Defender, Tenant Allow/Block List has the recipient."}},
    {"tenant-threshold", {"Every mailbox of the tenant gets it."}},
    {"tls-old", {"The device's manual or log names TLS 1.0, 1.1 or SSL 3 as its newest version."}},
    {"unregistered-domain", {"Get-AcceptedDomain does not list the domain of the From address."}},
};

const char *explain_tell_apart(const struct smtp_reply *r, size_t i)
{
    for (size_t k = 0; k < COUNT_OF(rows); k++)
        if (str_eq(rows[k].id, r->id))
            return i < SMTP_REPLY_CAUSES ? rows[k].tell[i] : NULL;
    return NULL;
}
