#include "rules/smtp_reply.h"

#include "base/attrs.h"
#include "base/strs.h"

/* Sorted by id; the tests walk it. */
/* clang-format off */
static const struct smtp_reply replies[] = {
    {.id = "access-denied-ip-throttle", .code = 451, .enhanced = "4.7.500", .enhanced_to = 699,
     .text = "Server busy. Please try again later from", .stage = "connect", .layer = "service",
     .mechanism = "any",
     .causes = {"Too many connections or messages from this address: it is slowed down"},
     .fix = "Try again later, more slowly. Nothing in the tenant needs a change.",
     .confidence = "high", .is_seen = true},
    {.id = "auth-account-issue", .code = 535, .enhanced = "5.7.139",
     .text = "Authentication unsuccessful, account has an issue", .stage = "auth",
     .layer = "account", .mechanism = "basic",
     .causes = {"The account is disabled", "The password has expired",
               "Another state of the account keeps it from signing in"},
     .setting = "user.accountEnabled",
     .fix = "Look the sign-in up in the sign-in log: 50057 is a disabled account, 50055 an "
            "expired password, 50053 a locked one. Do not enable the account of a shared "
            "mailbox; sign in as a licensed account with Send As instead.", .confidence = "low",
     .is_seen = true},
    {.id = "auth-basic-disabled", .code = 535, .enhanced = "5.7.139",
     .text = "Authentication unsuccessful, basic authentication is disabled", .stage = "auth",
     .layer = "auth-policy", .mechanism = "basic",
     .causes = {"An Exchange authentication policy refuses basic SMTP for this account",
               "The address is a consumer Outlook.com account, where basic is gone for good"},
     .setting = "AuthenticationPolicy.AllowBasicAuthSmtp",
     .fix = "Use OAuth. Otherwise assign this one account an authentication policy with "
            "AllowBasicAuthSmtp.", .confidence = "medium", .is_seen = true},
    {.id = "auth-credentials", .code = 535, .enhanced = "5.7.139",
     .text = "Authentication unsuccessful, the user credentials were incorrect", .stage = "auth",
     .layer = "credentials", .mechanism = "basic",
     .causes = {"The user name or the password is wrong",
               "Per-user MFA is enforced, and the ordinary password was sent instead of an app "
               "password"}, .setting = NULL,
     .fix = "Correct the password. Where per-user MFA is enforced, use OAuth, or an app password "
            "as a stop-gap.", .confidence = "high", .is_seen = true},
    {.id = "auth-criteria", .code = 535, .enhanced = "5.7.139",
     .text = "the request did not meet the criteria to be authenticated successfully",
     .stage = "auth", .layer = "ca", .mechanism = "basic",
     .causes = {"A Conditional Access policy refuses the legacy sign-in: by blocking it, or by "
               "asking for something that only a modern client can do",
               "The policy depends on the address: the same device passes from elsewhere",
               "MFA is required for this account",
               "SMTP AUTH is off for the mailbox, or the mailbox has no licence (older reports)"},
     .setting = "Enabled Conditional Access policies that cover \"Other clients\"",
     .fix = "Use OAuth. Otherwise exclude this one account from every policy that applies to it, "
            "and pin it to a named location.", .confidence = "high", .is_seen = true},
    {.id = "auth-disabled-mailbox", .code = 535, .enhanced = "5.7.139",
     .text = "SmtpClientAuthentication is disabled for the Mailbox", .stage = "auth",
     .layer = "mailbox", .mechanism = "any",
     .causes = {"SMTP AUTH is switched off on this mailbox"},
     .setting = "CASMailbox.SmtpClientAuthenticationDisabled = true",
     .fix = "Set-CASMailbox -SmtpClientAuthenticationDisabled $false on this mailbox; $null is "
            "enough when the organization's switch is on.", .confidence = "high", .is_seen = true},
    {.id = "auth-disabled-tenant", .code = 535, .enhanced = "5.7.139",
     .text = "SmtpClientAuthentication is disabled for the Tenant", .stage = "auth",
     .layer = "tenant", .mechanism = "any",
     .causes = {"SMTP AUTH is off for the organization, and this mailbox has no setting of its "
                "own"},
     .setting = "TransportConfig.SmtpClientAuthenticationDisabled = true",
     .fix = "Open this mailbox only: Set-CASMailbox -SmtpClientAuthenticationDisabled $false. "
            "Leave the organization's switch off.", .confidence = "high", .is_seen = true},
    {.id = "auth-generic", .code = 535, .enhanced = "5.7.3", .text = "Authentication unsuccessful",
     .stage = "auth", .layer = "any", .mechanism = "any",
     .causes = {"OAuth: the token is for another user or another resource, or lacks SMTP.Send or "
               "SMTP.SendAsApp",
               "OAuth: the application was registered in Exchange with the object id of the app "
               "registration instead of that of the enterprise application",
               "OAuth: a shared mailbox was named as the user of a delegate's token",
               "Basic: the older form of every 5.7.139 answer"}, .setting = NULL,
     .fix = "Check the token's audience, scopes and roles; check New-ServicePrincipal -ObjectId "
            "against the enterprise application; name the delegate as the user and give Send As.",
     .confidence = "medium", .is_seen = true},
    {.id = "auth-locked", .code = 535, .enhanced = "5.7.139",
     .text = "Authentication unsuccessful, account locked", .stage = "auth", .layer = "account",
     .mechanism = "basic", .causes = {"Too many wrong passwords: smart lockout"}, .setting = NULL,
     .fix = "Stop the client that keeps trying, wait, then change the password. Find out who was "
            "trying.", .confidence = "high", .is_seen = true},
    {.id = "auth-ok", .code = 235, .enhanced = "2.7.0", .text = "Authentication successful",
     .stage = "auth", .layer = "none", .mechanism = "any", .causes = {"The sign-in was accepted"},
     .confidence = "high", .is_seen = true},
    {.id = "auth-org-config", .code = 535, .enhanced = "5.7.139",
     .text = "the organization configuration doesn't allow this authentication request",
     .stage = "auth", .layer = "auth-policy", .mechanism = "basic",
     .causes = {"High Volume Email account: an authentication policy refuses basic SMTP",
               "High Volume Email account: security defaults are on"},
     .setting = "AuthenticationPolicy.AllowBasicAuthSmtp, security defaults",
     .fix = "Use OAuth for the account, or assign it an authentication policy with "
            "AllowBasicAuthSmtp.", .confidence = "high", .is_seen = true},
    {.id = "auth-security-defaults", .code = 535, .enhanced = "5.7.139",
     .text = "user is locked by your organization's security defaults policy", .stage = "auth",
     .layer = "security-defaults", .mechanism = "basic",
     .causes = {"Security defaults are on, and they refuse all legacy authentication; the account "
               "itself is not locked"},
     .setting = "identitySecurityDefaultsEnforcementPolicy.isEnabled = true",
     .fix = "Use OAuth. Otherwise replace security defaults by Conditional Access policies that "
            "require MFA and block legacy authentication, with this one account excluded, before "
            "switching them off.", .confidence = "high", .is_seen = true},
    {.id = "auth-storedrv-logon", .code = 430, .enhanced = "4.2.0",
     .text = "STOREDRV; mailbox logon failure", .stage = "data", .layer = "mailbox-permission",
     .mechanism = "oauth", .causes = {"The application has no permission on this mailbox"},
     .setting = "Get-MailboxPermission",
     .fix = "Add-MailboxPermission -User <service principal> -AccessRights FullAccess on this "
            "mailbox.", .confidence = "medium", .is_seen = true},
    {.id = "auth-sts-https", .code = 535, .enhanced = "5.7.139",
     .text = "the federated STS URL does not support HTTPS", .stage = "auth", .layer = "federation",
     .mechanism = "basic",
     .causes = {"The domain is federated, and its sign-in address is not https"},
     .setting = "Federation settings of the domain",
     .fix = "Correct the federation address, or use a cloud-managed account.", .confidence = "high",
     .is_seen = true},
    {.id = "auth-sts-unreachable", .code = 535, .enhanced = "5.7.139",
     .text = "federated STS service was unreachable", .stage = "auth", .layer = "federation",
     .mechanism = "basic",
     .causes = {"The domain is federated, and its sign-in server did not answer"},
     .setting = "domain.authenticationType = Federated",
     .fix = "Repair the sign-in server, use a cloud-managed account, or use OAuth.",
     .confidence = "high", .is_seen = true},
    {.id = "auth-temp", .code = 454, .enhanced = "4.7.0",
     .text = "Temporary authentication failure", .stage = "auth", .layer = "service",
     .mechanism = "any", .causes = {"A passing fault of the service (RFC 4954)"},
     .fix = "Try again later.", .confidence = "low", .is_seen = false},
    {.id = "banned-sender", .code = 550, .enhanced = "5.7.501", .enhanced_to = 503,
     .text = "Access denied, spam abuse detected", .stage = "data", .layer = "restricted-entity",
     .mechanism = "any",
     .causes = {"The account sent what looks like spam and was barred: it may be in strange hands"},
     .setting = "Get-BlockedSenderAddress",
     .fix = "Secure the account first (new password, sign-ins, rules), then release it in the "
            "Defender portal under Restricted entities.", .confidence = "high", .is_seen = true},
    {.id = "blocked-sender", .code = 550, .enhanced = "5.1.8",
     .text = "Access denied, bad outbound sender", .stage = "data", .layer = "restricted-entity",
     .mechanism = "any", .causes = {"The account is on the list of restricted entities"},
     .setting = "Get-BlockedSenderAddress",
     .fix = "Secure the account first (new password, sign-ins, rules), then release it in the "
            "Defender portal under Restricted entities.", .confidence = "high", .is_seen = true},
    {.id = "concurrent", .code = 432, .enhanced = "4.3.2", .text = "sender thread limit exceeded",
     .stage = "data", .layer = "limit", .mechanism = "any",
     .causes = {"More than three connections at a time for one mailbox"},
     .fix = "Send over one connection, one message after the other, at most 30 a minute.",
     .confidence = "high", .is_seen = true},
    {.id = "daily-limit", .code = 550, .enhanced = "5.1.90", .text = "daily recipient limit",
     .stage = "data", .layer = "limit", .mechanism = "any",
     .causes = {"More recipients in a day than the mailbox may have"},
     .fix = "Wait; move bulk mail to High Volume Email (internal) or Azure Communication Services.",
     .confidence = "medium", .is_seen = false},
    {.id = "direct-send", .code = 550, .enhanced = "5.7.68",
     .text = "Direct Send not allowed for this organization", .stage = "mail-from",
     .layer = "connector", .mechanism = "any",
     .causes = {"The device sends without signing in, in the name of one of the organization's "
               "domains, and Direct Send is refused"},
     .setting = "OrganizationConfig.RejectDirectSend",
     .fix = "Sign in, or add an inbound connector that knows the device by certificate or address.",
     .confidence = "high", .is_seen = true},
    {.id = "dmarc", .code = 550, .enhanced = "5.7.509", .text = "does not pass DMARC verification",
     .stage = "data", .layer = "dns", .mechanism = "any",
     .causes = {"The receiving side refused the message: neither SPF nor DKIM aligns with the "
               "sender's domain, whose DMARC policy is reject"},
     .setting = "SPF, DKIM and DMARC records of the domain",
     .fix = "Publish SPF and DKIM for the domain that is in the From header.", .confidence = "high",
     .is_seen = true},
    {.id = "hve-external", .code = 550, .enhanced = "5.5.105",
     .text = "External sending is not supported for High Volume Email accounts", .stage = "rcpt",
     .layer = "hve", .mechanism = "any",
     .causes = {"A High Volume Email account sent to somebody outside the organization"},
     .fix = "Use a mailbox or Azure Communication Services for recipients outside.",
     .confidence = "high", .is_seen = true},
    {.id = "ip-trust", .code = 550, .enhanced = "5.7.708",
     .text = "Access denied, traffic not accepted from this IP", .stage = "data",
     .layer = "tenant-reputation", .mechanism = "any",
     .causes = {"The tenant is new or on trial, and not trusted yet",
               "The sending address has a bad reputation"},
     .fix = "Finish the subscription, or ask Microsoft support.", .confidence = "high",
     .is_seen = true},
    {.id = "mailbox-full", .code = 554, .enhanced = "5.2.2",
     .text = "MapiExceptionShutoffQuotaExceeded", .stage = "data", .layer = "mailbox-quota",
     .mechanism = "any", .causes = {"The sender's mailbox is full: it may not send"},
     .setting = "Mailbox.ProhibitSendQuota",
     .fix = "Make room in the mailbox (copies of sent mail fill it), or archive.",
     .confidence = "medium", .is_seen = true},
    {.id = "no-mailbox", .code = 550, .enhanced = "", .text = "Mailbox cannot be accessed",
     .stage = "auth", .layer = "licence", .mechanism = "any",
     .causes = {"The account signed in but has no mailbox that can be used"},
     .setting = "Licences of the account",
     .fix = "Assign a licence that includes an Exchange Online plan, or sign in as an account "
            "that has one.", .confidence = "low", .is_seen = true},
    {.id = "not-authenticated", .code = 530, .enhanced = "5.7.57",
     .text = "Client not authenticated to send mail", .stage = "mail-from", .layer = "any",
     .mechanism = "any",
     .causes = {"Signing in failed, and the client went on: the reason stands in the answer after "
               "\"[Error:\", or in the lines before",
               "The client never tried to sign in"}, .setting = "Whatever the embedded reason says",
     .fix = "Read the 535 answer inside. Without one: turn authentication on in the device.",
     .confidence = "high", .is_seen = true},
    {.id = "quota-submission", .code = 550, .enhanced = "5.2.2",
     .text = "Submission quota exceeded", .stage = "data", .layer = "limit", .mechanism = "any",
     .causes = {"More recipients than the daily limit or the outbound spam policy allows"},
     .setting = "HostedOutboundSpamFilterPolicy.RecipientLimit*",
     .fix = "Send less, or move bulk mail to High Volume Email (internal) or Azure Communication "
            "Services.", .confidence = "medium", .is_seen = true},
    {.id = "ready", .code = 220, .enhanced = "", .text = "Microsoft ESMTP MAIL Service ready",
     .stage = "connect", .layer = "none", .mechanism = "any", .causes = {"The server greets"},
     .confidence = "high", .is_seen = true},
    {.id = "removed", .code = 550, .enhanced = "5.7.30",
     .text = "Basic authentication is not supported for Client Submission", .stage = "auth",
     .layer = "service", .mechanism = "basic",
     .causes = {"Microsoft has removed basic authentication for sending"},
     .fix = "Move to OAuth, to High Volume Email (internal only), to Azure Communication "
            "Services, or to a connector.", .confidence = "high", .is_seen = true},
    {.id = "sendas-252", .code = 554, .enhanced = "5.2.252", .text = "SendAsDenied;",
     .stage = "data", .layer = "send-as", .mechanism = "any",
     .causes = {"The account may not send in the name of the From address"},
     .setting = "Get-RecipientPermission",
     .fix = "Add-RecipientPermission on the From mailbox, -Trustee <the account> -AccessRights "
            "SendAs.", .confidence = "high", .is_seen = true},
    {.id = "sendas-client", .code = 550, .enhanced = "5.7.60",
     .text = "Client does not have permissions to send as this sender", .stage = "mail-from",
     .layer = "send-as", .mechanism = "any",
     .causes = {"The sender address is not the account's own, and it has no Send As on it"},
     .setting = "Get-RecipientPermission",
     .fix = "Add-RecipientPermission on the From mailbox, -Trustee <the account> -AccessRights "
            "SendAs.", .confidence = "high", .is_seen = true},
    {.id = "sendas-storedrv", .code = 554, .enhanced = "5.2.0",
     .text = "STOREDRV.Submission.Exception:SendAsDeniedException", .stage = "data",
     .layer = "send-as", .mechanism = "any",
     .causes = {"The account may not send in the name of the From address"},
     .setting = "Get-RecipientPermission",
     .fix = "Add-RecipientPermission on the From mailbox, -Trustee <the account> -AccessRights "
            "SendAs.", .confidence = "high", .is_seen = true},
    {.id = "starttls-first", .code = 530, .enhanced = "5.7.0",
     .text = "Must issue a STARTTLS command first", .stage = "pre-auth", .layer = "client-tls",
     .mechanism = "any", .causes = {"The client did not encrypt before it signed in (RFC 3207)"},
     .fix = "Turn STARTTLS on in the device, port 587. A .NET status \"MustIssueStartTlsFirst\" "
            "is another matter: .NET gives that name to every 530.", .confidence = "low",
     .is_seen = false},
    {.id = "svc-inactive", .code = 421, .enhanced = "4.3.2", .text = "Service not active",
     .stage = "connect", .layer = "service", .mechanism = "any",
     .causes = {"A passing state of the service"}, .fix = "Try again later, with growing pauses.",
     .confidence = "medium", .is_seen = true},
    {.id = "temp-prx", .code = 451, .enhanced = "4.7.0",
     .text = "Temporary server error. Please try again later. PRX", .stage = "auth",
     .layer = "service", .mechanism = "any",
     .causes = {"The front end could not reach the mailbox: a passing fault",
               "The account has no mailbox, or its name was given in an odd form"},
     .fix = "Try again; if it stays, check that the account has a mailbox.", .confidence = "medium",
     .is_seen = true},
    {.id = "tenant-attribution", .code = 550, .enhanced = "5.7.64",
     .text = "TenantAttribution; Relay Access Denied", .stage = "rcpt", .layer = "connector",
     .mechanism = "any",
     .causes = {"The device relays without signing in, and no inbound connector knows it"},
     .setting = "Get-InboundConnector", .fix = "Correct the connector's address or certificate.",
     .confidence = "high", .is_seen = true},
    {.id = "tenant-recipient-block", .code = 550, .enhanced = "5.7.703",
     .text = "tenant recipient block", .stage = "data", .layer = "tenant-policy",
     .mechanism = "any", .causes = {"The recipient is on the Tenant Allow/Block List"},
     .setting = "Tenant Allow/Block List", .fix = "Remove the entry if it should not be there.",
     .confidence = "medium", .is_seen = false},
    {.id = "tenant-threshold", .code = 550, .enhanced = "5.7.705",
     .text = "Access denied, tenant has exceeded threshold", .stage = "data",
     .layer = "tenant-reputation", .mechanism = "any",
     .causes = {"Too much suspicious mail left the tenant"},
     .fix = "Look for accounts in strange hands, then ask Microsoft support.", .confidence = "high",
     .is_seen = true},
    {.id = "tls-old", .code = 421, .enhanced = "4.7.66",
     .text = "TLS 1.0 and 1.1 are not supported", .stage = "connect", .layer = "client-tls",
     .mechanism = "any", .causes = {"The device speaks TLS 1.0 or 1.1 only"},
     .setting = "TransportConfig.AllowLegacyTLSClients and smtp-legacy.office365.com",
     .fix = "Update the device to TLS 1.2. As a last resort opt in to legacy TLS and let the "
            "device use smtp-legacy.office365.com (not offered in GCC, GCC High and DoD).",
     .confidence = "high", .is_seen = true},
    {.id = "unregistered-domain", .code = 550, .enhanced = "5.7.750",
     .text = "Client blocked from sending from unregistered domains", .stage = "data",
     .layer = "domain", .mechanism = "any",
     .causes = {"The sender's domain is not one of the tenant's accepted domains"},
     .setting = "Get-AcceptedDomain", .fix = "Add and verify the domain, or send from one that is.",
     .confidence = "high", .is_seen = true},
};
/* clang-format on */

size_t smtp_reply_count(void)
{
    return COUNT_OF(replies);
}

const struct smtp_reply *smtp_reply_at(size_t i)
{
    return i < COUNT_OF(replies) ? &replies[i] : NULL;
}

const struct smtp_reply *smtp_reply_find(const char *id)
{
    for (size_t i = 0; i < COUNT_OF(replies); i++)
        if (str_eq(replies[i].id, id))
            return &replies[i];
    return NULL;
}
