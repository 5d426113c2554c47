/* What clients of all kinds log, and what it is. Inputs are shaped like those that people post in
 * public; names and ids are made up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "rules/explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TAIL " [AM0PR01CA0123.eurprd01.prod.outlook.com 2026-09-08T11:22:33.444Z 08DDEEFF00112233]"
#define TENANT                                                                                     \
    "Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. Visit "     \
    "https://aka.ms/smtp_auth_disabled for more information."
#define MAILBOX                                                                                    \
    "Authentication unsuccessful, SmtpClientAuthentication is disabled for the Mailbox. Visit "    \
    "https://aka.ms/smtp_auth_disabled for more information."
#define DEFAULTS                                                                                   \
    "Authentication unsuccessful, user is locked by your organization's security defaults "        \
    "policy. Contact your administrator."
#define CRITERIA                                                                                   \
    "Authentication unsuccessful, the request did not meet the criteria to be authenticated "      \
    "successfully. Contact your administrator."
#define CREDENTIALS "Authentication unsuccessful, the user credentials were incorrect."
#define BASIC_OFF "Authentication unsuccessful, basic authentication is disabled."
#define LOCKED "Authentication unsuccessful, account locked. Contact your administrator."

static struct explanation *explain(const char *text, size_t n)
{
    struct explanation *x = NULL;
    struct err e = ERR_INIT;

    if (explain_text(text, n, &x, &e) != ERR_OK)
        fail_msg("explain_text: %s", e.msg);
    return x;
}

/* "auth-criteria", "Gmail", "client-network", "unknown", "success:ready", "none" */
static void describe(const struct explain_finding *f, char *out, size_t size)
{
    switch (f->kind) {
    case EXPLAIN_REPLY:
        (void)snprintf(out, size, "%s", f->reply->id);
        break;
    case EXPLAIN_SUCCESS:
        (void)snprintf(out, size, "success:%s", f->reply != NULL ? f->reply->id : f->sign->id);
        break;
    case EXPLAIN_UNKNOWN:
        (void)snprintf(out, size, "unknown");
        break;
    case EXPLAIN_OTHER_SERVER:
        (void)snprintf(out, size, "%s", f->sign != NULL ? f->sign->id : f->who);
        break;
    case EXPLAIN_CLIENT:
    case EXPLAIN_TOKEN:
        (void)snprintf(out, size, "%s", f->sign->id);
        break;
    }
}

static void is(const char *name, const char *text, size_t n, const char *want)
{
    struct explanation *x = explain(text, n);
    char got[64] = "none";

    if (x->n > 0)
        describe(&x->v[0], got, sizeof got);
    if (strcmp(got, want) != 0)
        fail_msg("%s: got %s, wanted %s; text: %.300s", name, got, want, text);
    explain_free(x);
}

static const struct {
    const char *name, *text, *want;
} logs[] = {
    /* the bare line, as Go, mail consoles and people write it */
    {"bare line, tenant", "535 5.7.139 " TENANT TAIL, "auth-disabled-tenant"},
    {"bare line, mailbox", "535 5.7.139 " MAILBOX TAIL, "auth-disabled-mailbox"},
    {"bare line, defaults", "535 5.7.139 " DEFAULTS TAIL, "auth-security-defaults"},
    {"bare line, criteria", "535 5.7.139 " CRITERIA TAIL, "auth-criteria"},
    {"bare line, credentials", "535 5.7.139 " CREDENTIALS TAIL, "auth-credentials"},
    {"bare line, basic", "535 5.7.139 " BASIC_OFF TAIL, "auth-basic-disabled"},
    {"bare line, locked", "535 5.7.139 " LOCKED TAIL, "auth-locked"},
    {"lower case", "535 5.7.139 authentication unsuccessful, the user credentials were incorrect.",
     "auth-credentials"},
    {"upper case", "535 5.7.139 AUTHENTICATION UNSUCCESSFUL, ACCOUNT LOCKED.", "auth-locked"},
    {"no code at all",
     "Authentication unsuccessful, account has an issue. Contact your administrator.",
     "auth-account-issue"},
    {"the reason alone", "SmtpClientAuthentication is disabled for the Tenant",
     "auth-disabled-tenant"},
    {"curly apostrophe",
     "535 5.7.139 Authentication unsuccessful, user is locked by your organization\xE2\x80\x99s "
     "security defaults policy.",
     "auth-security-defaults"},
    {"no-break spaces",
     "535\xC2\xA0"
     "5.7.139\xC2\xA0"
     "Authentication unsuccessful,\xC2\xA0"
     "account locked.",
     "auth-locked"},
    /* Python */
    {"Python 3 smtplib", "smtplib.SMTPAuthenticationError: (535, b'5.7.139 " CRITERIA TAIL "')",
     "auth-criteria"},
    {"Python 2 smtplib",
     "SMTPAuthenticationError: (535, '5.7.3 Authentication unsuccessful"
     " [BN6PR07CA0001.namprd07.prod.outlook.com]')",
     "auth-generic"},
    {"Python, apostrophe escaped",
     "(535, b'5.7.139 Authentication unsuccessful, user is locked by your organization\\'s "
     "security "
     "defaults policy. Contact your administrator.')",
     "auth-security-defaults"},
    {"Python SMTPSenderRefused",
     "smtplib.SMTPSenderRefused: (530, b'5.7.57 Client not authenticated to send mail. [Error: 535 "
     "5.7.139 " BASIC_OFF "]', 'scan@contoso.example')",
     "auth-basic-disabled"},
    {"Python repr of repr", "\"SMTPAuthenticationError(535, b\\\"5.7.139 " DEFAULTS "\\\")\"",
     "auth-security-defaults"},
    {"Odoo", "Connection Test Failed! Here is what we got instead:\n 535\n5.7.139 " TENANT TAIL,
     "auth-disabled-tenant"},
    {"Django debug page",
     "<pre class=\"exception_value\">(535, b&#x27;5.7.139 Authentication unsuccessful, the user "
     "credentials were incorrect.&#x27;)</pre>",
     "auth-credentials"},
    {"aiosmtplib", "aiosmtplib.errors.SMTPAuthenticationError: (535, '5.7.139 " CRITERIA "')",
     "auth-criteria"},
    /* JavaScript */
    {"nodemailer error",
     "Error: Invalid login: 535 5.7.139 " CRITERIA TAIL "\n    at SMTPConnection._formatError "
     "(/app/node_modules/nodemailer/lib/smtp-connection/index.js:605:19) {\n  code: 'EAUTH',\n  "
     "response: '535 5.7.139 " CRITERIA TAIL "',\n  responseCode: 535,\n  command: 'AUTH LOGIN'\n}",
     "auth-criteria"},
    {"nodemailer, no reason",
     "response: '535 5.7.139 Authentication unsuccessful "
     "[LO4P265CA0200.GBRP265.PROD.OUTLOOK.COM]'",
     "auth-generic"},
    {"nodemailer, mailbox",
     "{ Error: Invalid login: Mailbox cannot be accessed\n code: 'EAUTH', response: Mailbox cannot "
     "be "
     "accessed [CWXP265CA0023.GBRP265.PROD.OUTLOOK.COM]', responseCode: 550, command: 'AUTH LOGIN' "
     "}",
     "no-mailbox"},
    {"JSON log line",
     "{\"level\":\"error\",\"err\":{\"response\":\"535 5.7.139 Authentication unsuccessful, user "
     "is "
     "locked by your organization\\u0027s security defaults policy.\",\"responseCode\":535}}",
     "auth-security-defaults"},
    {"JSON in JSON",
     "{\"message\":\"{\\\"error\\\":\\\"535 5.7.139 Authentication unsuccessful,\\\\r\\\\n the "
     "request "
     "did not meet the criteria to be authenticated successfully\\\"}\"}",
     "auth-criteria"},
    {"n8n or similar, JSON with HTML in Go",
     "{\"error\":\"535 5.7.139 Authentication unsuccessful, user is locked by your organization"
     "\\u0026#39;s security defaults policy.\"}",
     "auth-security-defaults"},
    /* Java */
    {"JavaMail",
     "javax.mail.AuthenticationFailedException: 535 5.7.139 " TENANT TAIL
     "\n\n\tat com.sun.mail.smtp.SMTPTransport$Authenticator.authenticate(SMTPTransport.java:965)",
     "auth-disabled-tenant"},
    {"JavaMail sender",
     "com.sun.mail.smtp.SMTPSendFailedException: 550 5.7.60 SMTP; Client does not have permissions "
     "to "
     "send as this sender",
     "sendas-client"},
    {"Jakarta, debug",
     "DEBUG SMTP: AUTH LOGIN failed\nAUTH LOGIN command trace suppressed\nDEBUG SMTP: 535 "
     "5.7.139 " CREDENTIALS,
     "auth-credentials"},
    {"JavaMail TLS",
     "javax.mail.MessagingException: Could not convert socket to TLS;\n  nested "
     "exception is: javax.net.ssl.SSLHandshakeException: No appropriate protocol "
     "(protocol is disabled or cipher suites are inappropriate)",
     "client-tls-version"},
    {"Java certificate", "PKIX path building failed: unable to find valid certification path",
     "client-certificate"},
    /* .NET */
    {".NET",
     "System.Net.Mail.SmtpException: The SMTP server requires a secure connection or the client "
     "was "
     "not authenticated. The server response was: 5.7.57 Client not authenticated to send mail. "
     "[Error: 535 5.7.139 " CRITERIA TAIL,
     "auth-criteria"},
    {".NET, nothing inside",
     "SmtpException: The SMTP server requires a secure connection or the client was not "
     "authenticated. The server response was: 5.7.57 Client not authenticated to send mail.",
     "not-authenticated"},
    {".NET, older text",
     "The SMTP server requires a secure connection or the client was not authenticated. The server "
     "response was: 5.7.57 SMTP; Client was not authenticated to send anonymous mail during MAIL "
     "FROM "
     "[HE1PR0102CA0001.eurprd01.prod.exchangelabs.com]",
     "not-authenticated"},
    {".NET status only", "StatusCode: MustIssueStartTlsFirst", "dotnet-530"},
    {"MailKit",
     "MailKit.Security.AuthenticationException: 535: 5.7.139 Authentication unsuccessful, basic "
     "authentication is disabled.",
     "auth-basic-disabled"},
    {"PowerShell",
     "Send-MailMessage : The SMTP server requires a secure connection or the client was not \n"
     "authenticated. The server response was: 5.7.57 Client not authenticated to send mail. "
     "[Error: \n"
     "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the "
     "\nTenant. "
     "Visit https://aka.ms/smtp_auth_disabled",
     "auth-disabled-tenant"},
    {"Veeam",
     "Error: The SMTP server requires a secure connection or the client was not authenticated. The "
     "server response was: 5.7.60 SMTP; Client does not have permissions to send as this sender",
     "sendas-client"},
    /* PHP */
    {"PHPMailer debug",
     "2026-09-08 11:22:33 SERVER -> CLIENT: 334 UGFzc3dvcmQ6\n2026-09-08 11:22:33 CLIENT -> "
     "SERVER: "
     "<credentials hidden>\n2026-09-08 11:22:34 SERVER -> CLIENT: 535 5.7.139 " TENANT TAIL
     "\n2026-09-08 11:22:34 SMTP ERROR: Password command failed: 535 5.7.139 " TENANT TAIL
     "\nSMTP Error: Could not authenticate.",
     "auth-disabled-tenant"},
    {"Swift Mailer, one line",
     "Failed to authenticate on SMTP server with username \"scan@contoso.example\" using 2 "
     "possible "
     "authenticators. Authenticator LOGIN returned Expected response code 235 but got code "
     "\"535\", "
     "with message \"535 5.7.139 " CREDENTIALS TAIL "\". ",
     "auth-credentials"},
    {"Symfony Mailer",
     "Failed to authenticate on SMTP server with username \"a@contoso.example\" using the "
     "following "
     "authenticators: \"LOGIN\". Authenticator \"LOGIN\" returned \"Expected response code \"235\" "
     "but "
     "got code \"535\", with message \"535 5.7.139 " CRITERIA "\".\".",
     "auth-criteria"},
    {"WordPress, HTML",
     "Mailer: smtp<br>SMTP Error: Could not authenticate.<br />535 5.7.139 Authentication "
     "unsuccessful,<br> the request did not meet the criteria to be authenticated successfully.",
     "auth-criteria"},
    {"Magento", "5.7.3 Authentication unsuccessful [DB6P18901CA0015.EURP189.PROD.OUTLOOK.COM]",
     "auth-generic"},
    {"URL of an error page",
     "/admin?error=535%205.7.139%20Authentication%20unsuccessful%2C%20account%20locked.",
     "auth-locked"},
    {"form-encoded", "msg=535+5.7.139+Authentication+unsuccessful,+account+locked.", "auth-locked"},
    /* mail servers */
    {"Postfix relay",
     "Sep  8 11:22:33 relay postfix/smtp[123]: 4ABC: to=<x@y.example>, "
     "relay=smtp.office365.com[52.97.1.2]:587, delay=1.1, dsn=4.7.139, status=deferred (SASL "
     "authentication failed; server smtp.office365.com[52.97.1.2] said: 535 5.7.139 " BASIC_OFF TAIL
     ")",
     "auth-basic-disabled"},
    {"Postfix, no mechanism",
     "warning: SASL authentication failure: No worthy mechs found\nstatus=deferred (SASL "
     "authentication failed; cannot authenticate to server smtp.office365.com[52.97.1.2]: no "
     "mechanism "
     "available)",
     "client-no-mechanism"},
    {"Postfix send as",
     "status=bounced (host smtp.office365.com[40.1.2.3] said: 554 5.2.252 SendAsDenied; "
     "a@contoso.example not allowed to send as b@contoso.example; STOREDRV.Submission.Exception:"
     "SendAsDeniedException.MapiExceptionSendAsDenied; Failed to process message due to a "
     "permanent "
     "exception with message [BeginDiagnosticData]Cannot submit message. (in reply to end of DATA "
     "command))",
     "sendas-252"},
    {"Exim",
     "** x@y.example R=smart T=remote_smtp H=smtp.office365.com [52.97.1.2]: SMTP error from "
     "remote "
     "mail server after MAIL FROM:<a@contoso.example>: 530 5.7.57 Client not authenticated to send "
     "mail. [AM0PR01CA0001.eurprd01.prod.outlook.com 2026-09-08T11:22:33.444Z 08DDEEFF00112233]",
     "not-authenticated"},
    {"sendmail",
     "<x@y.example>... Deferred: 451 4.7.0 Temporary server error. Please try again later. "
     "PRX4 [AM0PR01CA0001.eurprd01.prod.outlook.com]",
     "temp-prx"},
    {"rsyslog's control characters",
     "Error: 535 5.7.139 Authentication unsuccessful, the request did not meet the#015#012 "
     "criteria to "
     "be authenticated successfully",
     "auth-criteria"},
    {"octal escapes", "reply=535 5.7.139 Authentication unsuccessful,\\015\\012 account locked",
     "auth-locked"},
    {"IIS SMTP relay",
     "The remote server responded: 421 4.7.66 TLS 1.0 and 1.1 are not supported. Please "
     "upgrade/update your client to support TLS 1.2. Visit https://aka.ms/smtp_auth_tls.",
     "tls-old"},
    {"STOREDRV send as",
     "554 5.2.0 STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied; "
     "Failed "
     "to process message due to a permanent exception with message Cannot submit message.",
     "sendas-storedrv"},
    {"STOREDRV full",
     "554 5.2.2 mailbox full; STOREDRV.Submission.Exception:QuotaExceededException."
     "MapiExceptionShutoffQuotaExceeded; Failed to process message",
     "mailbox-full"},
    {"STOREDRV quota",
     "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException; Failed to process "
     "message due to a permanent exception",
     "quota-submission"},
    {"bounce, base64",
     "Content-Transfer-Encoding: base64\r\n\r\nNTM1IDUuNy4xMzkgQXV0aGVudGljYXRpb24gdW5zdWNjZXNzZnVs"
     "LCBiYXNpYyBhdXRoZW50\r\naWNhdGlvbiBpcyBkaXNhYmxlZC4=\r\n",
     "auth-basic-disabled"},
    {"bounce, quoted-printable",
     "Content-Transfer-Encoding: quoted-printable\n\n535=205.7.139 Authentication unsuccessful, "
     "the "
     "user creden=\ntials were incorrect.",
     "auth-credentials"},
    /* curl, Go, msmtp, swaks, Ruby, Perl */
    {"curl -v",
     "> AUTH LOGIN\n< 334 VXNlcm5hbWU6\n> c2NhbkBjb250b3NvLmV4YW1wbGU=\n< 334 UGFzc3dvcmQ6\n> "
     "SHVudGVyMiE=\n< 535 5.7.139 " MAILBOX TAIL
     "\n* Login denied\n* Closing connection 0\ncurl: (67) "
     "Login denied",
     "auth-disabled-mailbox"},
    {"curl, quiet", "curl: (67) Login denied", "client-login-denied"},
    {"Go net/smtp", "2026/09/08 11:22:33 535 5.7.139 " LOCKED TAIL, "auth-locked"},
    {"Grafana",
     "logger=alerting level=error msg=\"notify failed\" error=\"failed to send notification "
     "to email addresses: a@b.example: 535 5.7.3 Authentication unsuccessful "
     "[AM0PR01CA0001.EURPRD01.PROD.OUTLOOK.COM]\"",
     "auth-generic"},
    {"msmtp",
     "msmtp: authentication failed (method LOGIN)\nmsmtp: server message: 535 5.7.139 " CRITERIA
     "\nmsmtp: could not send mail (account default from /etc/msmtprc)",
     "auth-criteria"},
    {"swaks",
     " -> AUTH LOGIN\n<-  334 VXNlcm5hbWU6\n -> c2NhbkBjb250b3NvLmV4YW1wbGU=\n<-  334 "
     "UGFzc3dvcmQ6\n "
     "-> SHVudGVyMiE=\n<** 535 5.7.139 " DEFAULTS TAIL "\n*** No authentication type succeeded",
     "auth-security-defaults"},
    {"Ruby", "Net::SMTPAuthenticationError (535 5.7.139 " CREDENTIALS ")", "auth-credentials"},
    {"Perl Net::SMTP debug", "Net::SMTP::_SSL=GLOB(0x1)<<< 535 5.7.139 " BASIC_OFF,
     "auth-basic-disabled"},
    {"GitLab",
     "Net::SMTPSyntaxError: 550 5.7.60 SMTP; Client does not have permission to send as this "
     "sender",
     "sendas-client"},
    {"gophish",
     "Max connection attempts exceeded - 554 5.2.252 SendAsDenied; a@contoso.example not allowed "
     "to "
     "send as b@contoso.example;",
     "sendas-252"},
    /* devices */
    {"printer, 40 columns",
     "Error 535 5.7.139 Authentication unsucce\nssful, the request did not meet the crite\nria to "
     "be "
     "authenticated successfully. Con\ntact your administrator.",
     "auth-criteria"},
    {"printer, text cut off", "535 5.7.139 Authentication unsuccessful, the request did not me",
     "auth-criteria"},
    {"printer, cut, dots", "535 5.7.139 Authentication unsuccessful, user is lock...",
     "auth-security-defaults"},
    {"continued reply",
     "535-5.7.139 Authentication unsuccessful, the request did not\r\n535 5.7.139 meet the "
     "criteria to "
     "be authenticated successfully.",
     "auth-criteria"},
    {"continued reply with a log's prefix",
     "11:22:33 S: 535-5.7.139 Authentication unsuccessful, SmtpClientAuthentication is\n11:22:33 "
     "S: "
     "535-5.7.139 disabled for the\n11:22:33 S: 535 5.7.139 Mailbox.",
     "auth-disabled-mailbox"},
    {"Python joins a continued reply",
     "(535, b'5.7.139 Authentication unsuccessful, the request did\\n5.7.139 not meet the criteria "
     "to "
     "be authenticated successfully.')",
     "auth-criteria"},
    {"terminal colours",
     "\x1b[31m535 5.7.139\x1b[0m Authentication \x1b[1munsuccessful\x1b[0m, account locked.",
     "auth-locked"},
    {"UTF-16 with BOM", NULL, "auth-locked"}, /* text is made below */
    {"scanner, HVE",
     "550 5.5.105 External sending is not supported for High Volume Email accounts.",
     "hve-external"},
    {"HVE configuration",
     "535 5.7.139 Authentication unsuccessful, the organization configuration doesn\\'t allow this "
     "authentication request.",
     "auth-org-config"},
    {"after removal", "550 5.7.30 Basic authentication is not supported for Client Submission.",
     "removed"},
    {"direct send",
     "550 5.7.68 TenantInboundAttribution; Direct Send not allowed for this organization from "
     "unauthorized sources",
     "direct-send"},
    {"spam block 502", "550 5.7.502 Access denied, banned sender", "banned-sender"},
    {"IP throttle", "451 4.7.651 Server busy. Please try again later from [203.0.113.7]. (AS843)",
     "access-denied-ip-throttle"},
    {"530 with the real reason on another line",
     "line one\nS: 535 5.7.139 " TENANT
     "\nC: MAIL FROM:<a@contoso.example>\nS: 530 5.7.57 Client not "
     "authenticated to send mail.",
     "auth-disabled-tenant"},
    /* token endpoint */
    {"AADSTS known",
     "invalid_grant: AADSTS50126: Error validating credentials due to invalid username "
     "or password.",
     "aadsts-50126"},
    {"AADSTS unknown", "AADSTS7000218: The request body must contain the following parameter",
     "aadsts"},
    {"AADSTS longer number", "error AADSTS530035: Access has been blocked by security defaults.",
     "aadsts-530035"},
    /* other people's servers */
    {"Gmail, Python",
     "smtplib.SMTPAuthenticationError: (535, b'5.7.8 Username and Password not accepted. For more "
     "information, go to\\n5.7.8  https://support.google.com/mail/?p=BadCredentials "
     "5b1f17b1804b1-45 - "
     "gsmtp')",
     "gmail-credentials"},
    {"Gmail, continued",
     "535-5.7.8 Username and Password not\n535-5.7.8 accepted. Learn more at\n535 5.7.8  "
     "https://support.google.com/mail/?p=BadCredentials k3-20020a - gsmtp",
     "gmail-credentials"},
    {"Gmail app password",
     "534-5.7.9 Application-specific password required. Learn more at\n534 5.7.9  "
     "https://support.google.com/mail/?p=InvalidSecondFactor - gsmtp",
     "gmail-app-password"},
    {"Gmail 5.7.30 is about DKIM",
     "550-5.7.30 This mail has been rejected because DKIM authentication didn't pass. - gsmtp",
     "gmail-unauthenticated"},
    {"Gmail 5.7.30, other words", "550 5.7.30 Something new about DKIM. a1-2b3 - gsmtp", "Gmail"},
    {"Gmail STARTTLS", "530 5.7.0 Must issue a STARTTLS command first. q10-20020a - gsmtp",
     "Gmail"},
    {"Gmail, unknown words", "535 5.7.8 Brand new wording. x1-2 - gsmtp", "Gmail"},
    {"Yahoo", "Error: Invalid login: 535 5.7.0 (#AUTH005) Too many bad auth attempts.",
     "yahoo-auth"},
    {"Amazon SES", "535 Authentication Credentials Invalid", "ses-credentials"},
    {"Amazon SES sandbox",
     "554 Message rejected: Email address is not verified. The following identities failed the "
     "check in "
     "region EU-WEST-1: a@b.example",
     "ses-unverified"},
    {"Amazon SES throttle", "454 Throttling failure: Maximum sending rate exceeded.",
     "ses-throttle"},
    {"SendGrid",
     "535 Authentication failed: The provided authorization grant is invalid, expired, or revoked",
     "sendgrid-credentials"},
    {"SendGrid credits", "<< 451 Authentication failed: Maximum credits exceeded",
     "sendgrid-credits"},
    {"Zoho by host", "220 mx.zohomail.com SMTP Server ready\nAUTH LOGIN\n535 Authentication Failed",
     "Zoho Mail"},
    {"Zoho relay", "553 Relaying disallowed as b@contoso.example", "zoho-relay"},
    {"iCloud by host",
     "connecting to smtp.mail.me.com:587\nSMTPAuthenticationError: (535, b'5.7.0 "
     "Authentication failed')",
     "iCloud Mail"},
    {"Postfix SASL", "535 5.7.8 Error: authentication failed: UGFzc3dvcmQ6", "postfix-sasl"},
    {"Exim", "SMTPAuthenticationError: (535, 'Incorrect authentication data')", "exim-auth"},
    {"QQ by link",
     "(535, b'Error: \\xc7\\xeb\\xca\\xb9\\xd3\\xc3: "
     "http://service.mail.qq.com/cgi-bin/help?id=28')",
     "QQ Mail or NetEase"},
    /* the client's own words */
    {"wrong port", "Error: 1408F10B:SSL routines:ssl3_get_record:wrong version number",
     "client-tls-mode"},
    {"no name", "Error: getaddrinfo ENOTFOUND smtp.offic365.com", "client-name"},
    {"no name, Python", "socket.gaierror: [Errno -2] Name or service not known", "client-name"},
    {"STARTTLS taken out",
     "smtplib.SMTPNotSupportedError: STARTTLS extension not supported by server.",
     "client-no-starttls"},
    {"PHPMailer without its log", "SMTP Error: Could not authenticate.", "client-login-denied"},
    {"PHPMailer, no connection",
     "SMTP connect() failed. https://github.com/PHPMailer/PHPMailer/wiki/Troubleshooting",
     "client-network"},
    {"Postfix, no connection",
     "postfix/smtp[99]: connect to smtp.office365.com[52.97.1.1]:587: Connection timed out",
     "client-network"},
    {"firewall", "Error: connect ETIMEDOUT 52.97.1.2:587", "client-network"},
    /* nobody's */
    {"unknown 535", "535 5.7.139 Authentication unsuccessful, the moon is in the wrong house." TAIL,
     "unknown"},
    {"unknown 535, no enhanced code", "SMTP error: 535 Login refused by policy", "unknown"},
    {"translated by a browser",
     "535 5.7.139 Autentica\xC3\xA7\xC3\xA3o malsucedida, a solicita\xC3\xA7\xC3\xA3o n\xC3\xA3o "
     "atendeu "
     "aos crit\xC3\xA9rios [MN2PR07CA0004.namprd07.prod.outlook.com 2024-08-13T18:27:55.030Z "
     "08DCBB430284475F]",
     "unknown"},
    {"cut before it says which",
     "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is", "unknown"},
    {"the number alone", "5.7.139", "unknown"},
    {"the code alone", "535", "unknown"},
    {"stranger's 5.7.8 with our words", "535 5.7.8 Authentication unsuccessful", "unknown"},
    /* no error at all */
    {"a log that succeeds",
     "220 AM0PR01CA0001.outlook.office365.com Microsoft ESMTP MAIL Service ready at Tue, 8 Sep "
     "2026 "
     "11:22:33 +0000\n235 2.7.0 Authentication successful\n250 2.1.0 Sender OK\n250 2.0.0 OK "
     "<1@x> [Hostname=AM0PR01MB1234.eurprd01.prod.outlook.com]",
     "success:auth-ok"},
    {"greeting only", "220 x.outlook.office365.com Microsoft ESMTP MAIL Service ready at Tue",
     "success:ready"},
    {"nothing about mail", "The quick brown fox jumps over 535 lazy dogs at 10.5.7.139.", "none"},
    {"numbers are no answers", "processed 550 items in 450 ms, exit 554\nport 587, pid 535",
     "none"},
    {"versions are no answers", "Postfix 3.5.18, PHP 5.6.40, libfoo 4.9.2", "none"},
    {"service not active is systemd's", "Unit cron.service: Service not active", "none"},
    {"service not active is the server's", "421 4.3.2 Service not active", "svc-inactive"},
    {"empty", "", "none"},
};

static void real_logs(void **state)
{
    static const char narrow[] = "535 5.7.139 Authentication unsuccessful, account locked.\r\n";
    char wide[2 * sizeof narrow + 2];
    size_t n = 0;

    (void)state;
    wide[n++] = '\xFF';
    wide[n++] = '\xFE';
    for (size_t i = 0; narrow[i] != '\0'; i++) {
        wide[n++] = narrow[i];
        wide[n++] = '\0';
    }
    assert_true(COUNT_OF(logs) >= 100);
    for (size_t i = 0; i < COUNT_OF(logs); i++)
        if (logs[i].text == NULL)
            is(logs[i].name, wide, n, logs[i].want);
        else
            is(logs[i].name, logs[i].text, strlen(logs[i].text), logs[i].want);
}

/* The catalogue's own line for a row, with its codes. */
static char *own_line(const struct smtp_reply *r)
{
    return xasprintf("%d %s%s%s", r->code, r->enhanced, r->enhanced[0] != '\0' ? " " : "", r->text);
}

static const char *own_name(const struct smtp_reply *r, char *out, size_t size)
{
    (void)snprintf(out, size, "%s%s", strcmp(r->layer, "none") == 0 ? "success:" : "", r->id);
    return out;
}

static void every_row_is_reached(void **state)
{
    char want[64];

    (void)state;
    for (size_t i = 0; i < smtp_reply_count(); i++) {
        const struct smtp_reply *r = smtp_reply_at(i);
        char *line = own_line(r);

        is(r->id, line, strlen(line), own_name(r, want, sizeof want));
        for (size_t c = 0; c < SMTP_REPLY_CAUSES; c++)
            if ((r->causes[c] != NULL) != (explain_tell_apart(r, c) != NULL))
                fail_msg("%s: cause %zu and how to tell it apart do not match", r->id, c);
        free(line);
    }
}

/* Cut anywhere, once, by what devices cut lines with: still the same answer. */
static void cuts_do_not_matter(void **state)
{
    static const char *const cuts[] = {"\r\n", "=\n", " ", "\n  ", "\\r\\n", "<br>"};
    size_t tried = 0;

    (void)state;
    for (size_t i = 0; i < smtp_reply_count(); i++) {
        const struct smtp_reply *r = smtp_reply_at(i);
        char *line = own_line(r);
        char want[64];

        for (size_t c = 0; c < COUNT_OF(cuts); c++)
            for (size_t at = 1; at < strlen(line); at++) {
                char *cut = xasprintf("%.*s%s%s", (int)at, line, cuts[c], line + at);

                is(cut, cut, strlen(cut), own_name(r, want, sizeof want));
                free(cut);
                tried++;
            }
        free(line);
    }
    assert_true(tried > 5000);
}

static void add_html(struct buf *b, const char *s)
{
    for (; *s != '\0'; s++)
        if (strchr("<>&'\"", *s) != NULL)
            buf_addf(b, "&#%d;", *s);
        else
            buf_addc(b, *s);
}

static void add_json(struct buf *b, const char *s)
{
    for (; *s != '\0'; s++)
        if (*s == '"' || *s == '\\')
            buf_addf(b, "\\%c", *s);
        else if (*s == '\'' || *s == '/')
            buf_addf(b, "\\u%04x", (unsigned)*s);
        else
            buf_addc(b, *s);
}

static void wrappings_do_not_matter(void **state)
{
    (void)state;
    for (size_t i = 0; i < smtp_reply_count(); i++) {
        const struct smtp_reply *r = smtp_reply_at(i);
        char *line = own_line(r);
        char *rest = xasprintf("%s%s%s", r->enhanced, r->enhanced[0] != '\0' ? " " : "", r->text);
        char want[64];
        struct buf b[4];

        for (size_t k = 0; k < COUNT_OF(b); k++)
            buf_init(&b[k], 4096);
        buf_addf(&b[0], "smtplib.SMTPException: (%d, b\"%s%s\")", r->code, rest, TAIL);
        buf_adds(&b[1], "{\"a\":1,\"message\":\"");
        add_json(&b[1], line);
        buf_adds(&b[1], "\",\"code\":\"EAUTH\"}");
        add_html(&b[2], line);
        buf_adds(&b[3], "{\"html\":\"");
        add_html(&b[3], line);
        buf_adds(&b[3], "\\r\\n\"}");
        for (size_t k = 0; k < COUNT_OF(b); k++) {
            is(b[k].p, b[k].p, b[k].n, own_name(r, want, sizeof want));
            buf_release(&b[k]);
        }
        free(line);
        free(rest);
    }
}

static void several_errors(void **state)
{
    static const char log[] =
        "220 x.outlook.office365.com Microsoft ESMTP MAIL Service ready at Tue\n"
        "S: 451 4.7.0 Temporary server error. Please try again later. PRX4\n"
        "S: 535 5.7.3 Authentication unsuccessful [AM0PR01CA0001.eurprd01.prod.outlook.com]\n"
        "C: MAIL FROM:<scan@contoso.example>\n"
        "S: 530 5.7.57 Client not authenticated to send mail.\n"
        "S: 535 5.7.139 " CRITERIA TAIL "\n"
        "S: 535 5.7.139 " CRITERIA TAIL "\n"
        "S: 550 5.9.9 Never heard of this address\n"
        "S: 235 2.7.0 Authentication successful\n";
    static const struct {
        const char *want;
        size_t line, last, count;
    } want[] = {{"auth-criteria", 6, 7, 2},
                {"temp-prx", 2, 2, 1},
                {"unknown", 8, 8, 1},
                {"auth-generic", 3, 3, 1},
                {"not-authenticated", 5, 5, 1}};
    struct explanation *x = explain(log, sizeof log - 1);

    (void)state;
    assert_int_equal(x->n, COUNT_OF(want));
    for (size_t i = 0; i < COUNT_OF(want); i++) {
        char got[64];

        describe(&x->v[i], got, sizeof got);
        assert_string_equal(got, want[i].want);
        assert_int_equal(x->v[i].line, want[i].line);
        assert_int_equal(x->v[i].last_line, want[i].last);
        assert_int_equal(x->v[i].count, want[i].count);
    }
    assert_int_equal(x->lines, 9);
    assert_int_equal(x->accepted_line, 9);
    assert_int_equal(x->last_error_line, 8);
    assert_string_equal(x->v[0].support.host, "AM0PR01CA0123.eurprd01.prod.outlook.com");
    assert_string_equal(x->v[0].support.time, "2026-09-08T11:22:33.444Z");
    assert_string_equal(x->v[0].support.id, "08DDEEFF00112233");
    assert_string_equal(x->v[3].support.host, "AM0PR01CA0001.eurprd01.prod.outlook.com");
    assert_string_equal(x->v[3].support.id, "");
    explain_free(x);
}

static void details(void **state)
{
    static const char carried[] =
        "a\nb\n530 5.7.57 Client not authenticated to send mail. [Error: 535 "
        "5.7.139 " BASIC_OFF TAIL "]";
    static const char cut[] =
        "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is dis";
    static const char split_tail[] =
        "535 5.7.139 " LOCKED " [AM0PR01CA0123.eurprd01.prod.out\r\nlook.com "
        "2026-09-08T11:22:33.444Z\r\n08DDEEFF00112233]";
    struct explanation *x = explain(carried, sizeof carried - 1);

    (void)state;
    assert_int_equal(x->n, 1);
    assert_true(x->v[0].is_carried);
    assert_int_equal(x->v[0].line, 3);
    assert_int_equal(x->v[0].code, 535);
    assert_string_equal(x->v[0].enhanced, "5.7.139");
    assert_string_equal(x->v[0].support.id, "08DDEEFF00112233");
    explain_free(x);

    x = explain(cut, sizeof cut - 1);
    assert_int_equal(x->v[0].candidate_count, 2);
    assert_null(x->v[0].reply);
    explain_free(x);

    x = explain("5.7.139", 7);
    assert_true(x->v[0].candidate_count > 5);
    explain_free(x);

    x = explain(split_tail, sizeof split_tail - 1);
    assert_string_equal(x->v[0].support.host, "AM0PR01CA0123.eurprd01.prod.outlook.com");
    assert_string_equal(x->v[0].support.id, "08DDEEFF00112233");
    explain_free(x);
}

/* Whatever form a password has in a log, nothing that can be shown has it. */
static void secrets_do_not_come_out(void **state)
{
    static const char *const logs_with[] = {
        "AUTH LOGIN\r\n334 VXNlcm5hbWU6\r\nc2NhbkBjb250b3NvLmV4YW1wbGU=\r\n334 "
        "UGFzc3dvcmQ6\r\nSHVudGVyMi1TZWNyZXQ=\r\n535 5.9.9 Refused\r\n",
        "one line: >> AUTH LOGIN << 334 VXNlcm5hbWU6 >> c2NhbkBjb250b3NvLmV4YW1wbGU= << 334 "
        "UGFzc3dvcmQ6 >> SHVudGVyMi1TZWNyZXQ= << 535 5.9.9 Refused",
        "535 5.9.9 Refused password=Hunter2-Secret",
        "535 5.9.9 Refused {\"pass\": \"Hunter2-Secret\"}",
        "535 5.9.9 Refused, smtp://scan:Hunter2-Secret@smtp.office365.com:587",
        "535 5.9.9 Refused AUTH PLAIN AHNjYW5AY29udG9zby5leGFtcGxlAEh1bnRlcjItU2VjcmV0",
        "535 5.9.9 Refused auth=Bearer Hunter2-Secret",
        "535 5.9.9 Refused Authorization: Basic Hunter2-Secret",
        "535 5.9.9 Refused eyJhbGciOiJub25lIn0.Hunter2-Secret.sig",
        "535 5.9.9 Refused --auth-password Hunter2-Secret",
        "535 5.9.9 Refused SMTP_PASSWORD: 'Hunter2-Secret'",
        "535 5.9.9 Refused [password] => Hunter2-Secret",
        "535 5.9.9 Refused <Password>Hunter2-Secret</Password>",
        "535 5.9.9 Refused client_secret=Hunter2-Secret&x=1",
        "535 5.9.9 Refused \\\"password\\\":\\\"Hunter2-Secret\\\"",
        "535 5.9.9 Refused AUTH XOAUTH2 "
        "dXNlcj1zY2FuQGNvbnRvc28uZXhhbXBsZQFhdXRoPUJlYXJlciBIdW50ZXIyLVNlY3JldAEB",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(logs_with); i++) {
        struct explanation *x = explain(logs_with[i], strlen(logs_with[i]));

        if (x->n == 0 || x->v[0].kind != EXPLAIN_UNKNOWN)
            fail_msg("log %zu: no unknown answer", i);
        for (size_t k = 0; k < x->n; k++)
            if (x->v[k].text != NULL && (strstr(x->v[k].text, "Hunter2") != NULL ||
                                         strstr(x->v[k].text, "SHVudGVy") != NULL ||
                                         strstr(x->v[k].text, "RlcjIt") != NULL))
                fail_msg("log %zu gives away: %s", i, x->v[k].text);
        explain_free(x);
    }
}

static void addresses(void **state)
{
    static const struct {
        const char *name, *log, *first;
    } cases[] = {
        {"AUTH LOGIN",
         "to=<x@y.example>\nAUTH LOGIN\n334 VXNlcm5hbWU6\nc2NhbkBjb250b3NvLmV4YW1wbGU=\n535 x",
         "scan@contoso.example"},
        {"AUTH LOGIN with the name", "AUTH LOGIN c2NhbkBjb250b3NvLmV4YW1wbGU=\n334 UGFzc3dvcmQ6",
         "scan@contoso.example"},
        {"AUTH PLAIN", "AUTH PLAIN AHNjYW5AY29udG9zby5leGFtcGxlAEh1bnRlcjItU2VjcmV0",
         "scan@contoso.example"},
        {"XOAUTH2",
         "AUTH XOAUTH2 dXNlcj1zY2FuQGNvbnRvc28uZXhhbXBsZQFhdXRoPUJlYXJlciBIdW50ZXIyLVNlY3JldAEB",
         "scan@contoso.example"},
        {"sender before recipient",
         "RCPT TO:<b@y.example>\nMAIL FROM:<Scan@Contoso.example> SIZE=1", "scan@contoso.example"},
        {"user name", "from a@b.example with username \"scan@contoso.example\"",
         "scan@contoso.example"},
        {"message ids are no mailboxes",
         "<AS8PR01MB1234@AS8PR01MB1234.eurprd01.prod.exchangelabs.com> scan@contoso.example",
         "scan@contoso.example"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct explanation *x = explain(cases[i].log, strlen(cases[i].log));

        if (x->addresses.n == 0 || strcmp(x->addresses.v[0], cases[i].first) != 0)
            fail_msg("%s: got %s", cases[i].name, x->addresses.n > 0 ? x->addresses.v[0] : "none");
        explain_free(x);
    }
}

static void signs_are_well_formed(void **state)
{
    (void)state;
    for (size_t i = 0; i < explain_sign_count(); i++) {
        const struct explain_sign *s = explain_sign_at(i);

        if (s->texts[0] == NULL || s->layer == NULL || s->says == NULL ||
            smtp_reply_find(s->id) != NULL)
            fail_msg("sign %s", s->id);
        if (s->kind != EXPLAIN_SUCCESS && s->fix == NULL)
            fail_msg("sign %s has no fix", s->id);
        for (size_t k = 0; k < EXPLAIN_SIGN_TEXTS && s->texts[k] != NULL; k++) {
            char want[64];

            (void)snprintf(want, sizeof want, "%s%s", s->kind == EXPLAIN_SUCCESS ? "success:" : "",
                           s->id);
            is(s->id, s->texts[k], strlen(s->texts[k]), want);
        }
    }
}

static void too_large(void **state)
{
    struct explanation *x = NULL;
    struct err e = ERR_INIT;
    char *big = xcalloc(1, (size_t)LIMIT_EXPLAIN_BYTES + 1);

    (void)state;
    assert_int_equal(explain_text(big, (size_t)LIMIT_EXPLAIN_BYTES + 1, &x, &e), ERR_LIMIT);
    assert_null(x);
    free(big);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_logs),
        cmocka_unit_test(every_row_is_reached),
        cmocka_unit_test(cuts_do_not_matter),
        cmocka_unit_test(wrappings_do_not_matter),
        cmocka_unit_test(several_errors),
        cmocka_unit_test(details),
        cmocka_unit_test(secrets_do_not_come_out),
        cmocka_unit_test(addresses),
        cmocka_unit_test(signs_are_well_formed),
        cmocka_unit_test(too_large),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
