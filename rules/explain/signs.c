#include "signs.h"

#include "base/mem.h"
#include "squeeze.h"

#include <stdlib.h>
#include <string.h>

enum { TEXTS_BYTES = 64 * 1024 };

/* Other wordings of the catalogue's answers: older ones, and longer parts of the same. */
static const struct {
    const char *id;
    const char *text;
} wordings[] = {
    {"banned-sender", "Access denied, banned sending IP"},
    {"banned-sender", "Access denied, banned sender"},
    {"direct-send", "TenantInboundAttribution; Direct Send not allowed"},
    {"mailbox-full", "mailbox full; STOREDRV.Submission.Exception:QuotaExceededException"},
    {"not-authenticated", "Client was not authenticated to send anonymous mail"},
    {"quota-submission", "SubmissionQuotaExceededException"},
    {"sendas-storedrv", "MapiExceptionSendAsDenied"},
    {"sendas-client", "Client does not have permission to send as this sender"},
    {"tls-old", "TLS 1.0 and 1.1 are not supported. Please upgrade"},
};

static const struct provider providers[] = {
    {.name = "Microsoft 365",
     .marks = {".prod.outlook.com", "smtp.office365", ".prod.exchangelabs.com",
               "partner.outlook.cn", "SmtpClientAuthentication"}},
    {.name = "Outlook.com (consumer)",
     .marks = {"smtp-mail.outlook.com"},
     .hint = "Consumer Outlook.com accounts sign in with OAuth only."},
    {.name = "Gmail",
     .marks = {"gsmtp", "smtp.gmail.com", "smtp-relay.gmail.com", "support.google.com/",
               "mx.google.com"},
     .hint = "Google wants an app password (with 2-step verification) or OAuth."},
    {.name = "Yahoo",
     .marks = {"smtp.mail.yahoo", "smtp.aol.com", "mail.yahoodns.net"},
     .hint = "Yahoo and AOL want an app password, made in the account's security page."},
    {.name = "Amazon SES",
     .marks = {"email-smtp.", "amazonses.com"},
     .hint =
         "Amazon SES wants SMTP credentials made in its console: they are not the access keys, and "
         "they belong to one region."},
    {.name = "SendGrid",
     .marks = {"sendgrid.net"},
     .hint = "SendGrid wants the user name \"apikey\" and an API key that may send as password."},
    {.name = "iCloud Mail",
     .marks = {"smtp.mail.me.com", "mail.icloud.com"},
     .hint = "iCloud Mail wants an app-specific password and the iCloud address as user name."},
    {.name = "Zoho Mail",
     .marks = {"smtp.zoho", "smtppro.zoho", "zohomail"},
     .hint = "Zoho wants an app password where two-factor sign-in is on, and the server of the "
             "account's own region."},
    {.name = "Mailgun",
     .marks = {"smtp.mailgun.org", "smtp.eu.mailgun.org"},
     .hint = "Mailgun wants the SMTP user of the sending domain, on the region's own server."},
    {.name = "Postmark",
     .marks = {"smtp.postmarkapp.com"},
     .hint = "Postmark wants the server token as user name and as password."},
    {.name = "Mailjet",
     .marks = {"in-v3.mailjet.com"},
     .hint = "Mailjet wants the API key as user name and the secret key as password."},
    {.name = "Brevo",
     .marks = {"smtp-relay.brevo.com", "smtp-relay.sendinblue.com"},
     .hint = "Brevo wants an SMTP key, which is neither the account's password nor an API key."},
    {.name = "Fastmail",
     .marks = {"smtp.fastmail.com", "messagingengine.com"},
     .hint = "Fastmail wants an app password."},
    {.name = "GMX or WEB.DE",
     .marks = {"mail.gmx.", "smtp.web.de"},
     .hint = "SMTP has to be allowed in the account's settings first."},
    {.name = "IONOS",
     .marks = {"smtp.ionos.", "kundenserver.de"},
     .hint = "IONOS wants the mailbox's own password and full address."},
    {.name = "QQ Mail or NetEase",
     .marks = {"smtp.qq.com", "mail.qq.com", "smtp.163.com", "smtp.126.com"},
     .hint =
         "An authorization code from the account's settings is needed instead of the password."},
};

/* Signs from elsewhere. Wordings: the providers' public help pages and public issue threads. */
static const struct explain_sign others[] = {
    {"gmail-credentials",
     EXPLAIN_OTHER_SERVER,
     {"Username and Password not accepted"},
     "Gmail",
     "other-server",
     "Gmail refused the user name or the password; the account's ordinary password is "
     "refused too.",
     "Make an app password (2-step verification has to be on), or use OAuth."},
    {"gmail-app-password",
     EXPLAIN_OTHER_SERVER,
     {"Application-specific password required"},
     "Gmail",
     "other-server",
     "The Google account has 2-step verification: Gmail takes no ordinary password.",
     "Make an app password in the Google account, or use OAuth."},
    {"gmail-web-login",
     EXPLAIN_OTHER_SERVER,
     {"Please log in via your web browser", "Please log in with your web browser",
      "WebLoginRequired"},
     "Gmail",
     "other-server",
     "Google found the sign-in suspicious and wants a person in a browser.",
     "Sign in with a browser once from the same network; then use an app password or OAuth."},
    {"gmail-relay",
     EXPLAIN_OTHER_SERVER,
     {"Invalid credentials for relay"},
     "Gmail",
     "other-server",
     "Google Workspace's relay does not know the sending address or domain.",
     "Allow the device's public address in the Workspace relay settings."},
    {"gmail-unauthenticated",
     EXPLAIN_OTHER_SERVER,
     {"blocked because the sender is unauthenticated", "Unauthenticated email from",
      "DKIM authentication didn't pass", "authenticate their email with DKIM"},
     "Gmail",
     "dns",
     "The recipient's side, Gmail, refused the message: neither SPF nor DKIM speaks for the "
     "sender's "
     "domain.",
     "Publish SPF and DKIM for the domain that is in the From header."},
    {"gmail-limit",
     EXPLAIN_OTHER_SERVER,
     {"Daily user sending limit exceeded", "Daily user sending quota exceeded",
      "Daily SMTP relay sending quota exceeded"},
     "Gmail",
     "other-server",
     "The Google account sent as much as it may in a day.",
     "Wait a day, or send less."},
    {"yahoo-auth",
     EXPLAIN_OTHER_SERVER,
     {"#AUTH005 Too many bad auth attempts", "Too many bad auth attempts",
      "#MBR1212 Incorrect username or password"},
     "Yahoo",
     "other-server",
     "Yahoo refused the user name or the password, or too many tries were wrong.",
     "Make an app password in Yahoo's account security page."},
    {"ses-credentials",
     EXPLAIN_OTHER_SERVER,
     {"Authentication Credentials Invalid"},
     "Amazon SES or IONOS",
     "other-server",
     "The user name or the password is not one that this server knows.",
     "Amazon SES: make SMTP credentials in the console, for the region of the server. IONOS: the "
     "mailbox's own password."},
    {"ses-unverified",
     EXPLAIN_OTHER_SERVER,
     {"Email address is not verified"},
     "Amazon SES",
     "other-server",
     "The sender, or in the sandbox the recipient, is not verified in that region.",
     "Verify the identity in the region of the server, or leave the sandbox."},
    {"ses-throttle",
     EXPLAIN_OTHER_SERVER,
     {"Throttling failure: Maximum sending rate exceeded",
      "Throttling failure: Daily message quota", "Throttling failure"},
     "Amazon SES",
     "other-server",
     "The account's sending quota is used up.",
     "Send more slowly, or ask for a higher quota."},
    {"ses-denied",
     EXPLAIN_OTHER_SERVER,
     {"is not authorized to perform ses:SendRawEmail"},
     "Amazon SES",
     "other-server",
     "The IAM user of these SMTP credentials may not send.",
     "Allow ses:SendRawEmail for that user."},
    {"sendgrid-credentials",
     EXPLAIN_OTHER_SERVER,
     {"The provided authorization grant is invalid, expired, or revoked",
      "Authentication failed: Bad username / password"},
     "SendGrid",
     "other-server",
     "SendGrid does not know the API key.",
     "User name \"apikey\", and as password an API key that may send mail."},
    {"sendgrid-credits",
     EXPLAIN_OTHER_SERVER,
     {"Maximum credits exceeded"},
     "SendGrid",
     "other-server",
     "The SendGrid plan's messages are used up.",
     "Wait, or change the plan."},
    {"sendgrid-identity",
     EXPLAIN_OTHER_SERVER,
     {"from address does not match a verified Sender Identity",
      "Unauthenticated senders not allowed"},
     "SendGrid",
     "other-server",
     "SendGrid does not know the sender.",
     "Verify the sender or its domain in SendGrid."},
    {"zoho-relay",
     EXPLAIN_OTHER_SERVER,
     {"Relaying disallowed as", "Sender is not allowed to relay emails"},
     "Zoho Mail",
     "other-server",
     "The sender address is not the account's own.",
     "Send as the account, or add the alias in Zoho."},
    {"postfix-sasl",
     EXPLAIN_OTHER_SERVER,
     {"5.7.8 Error: authentication failed"},
     "a Postfix mail server",
     "other-server",
     "A mail server of your own or your host's, not Microsoft, "
     "refused the sign-in.",
     "Look into that server's log; it may only relay to Microsoft 365."},
    {"exim-auth",
     EXPLAIN_OTHER_SERVER,
     {"Incorrect authentication data"},
     "an Exim mail server",
     "other-server",
     "A mail server of your own or your host's, not Microsoft, refused the sign-in.",
     "Use that server's own user name and password."},
    {"aadsts-50053",
     EXPLAIN_TOKEN,
     {"AADSTS50053"},
     "Microsoft Entra",
     "account",
     "The account is locked after wrong passwords, or the address is barred.",
     "Stop what keeps trying, wait, change the password."},
    {"aadsts-50055",
     EXPLAIN_TOKEN,
     {"AADSTS50055"},
     "Microsoft Entra",
     "account",
     "The password has expired.",
     "Change the password."},
    {"aadsts-50057",
     EXPLAIN_TOKEN,
     {"AADSTS50057"},
     "Microsoft Entra",
     "account",
     "The account is disabled.",
     "Use an account that is enabled; leave a shared mailbox's disabled."},
    {"aadsts-50076",
     EXPLAIN_TOKEN,
     {"AADSTS50076", "AADSTS50079"},
     "Microsoft Entra",
     "mfa",
     "MFA is asked for, and nobody was there to answer.",
     "Sign in interactively once, or let the application use its own permission (SMTP.SendAsApp)."},
    {"aadsts-50126",
     EXPLAIN_TOKEN,
     {"AADSTS50126"},
     "Microsoft Entra",
     "credentials",
     "The user name or the password is wrong.",
     "Correct it; better, use an application's certificate."},
    {"aadsts-53003",
     EXPLAIN_TOKEN,
     {"AADSTS53003"},
     "Microsoft Entra",
     "ca",
     "A Conditional Access policy refused the token.",
     "Find the policy in the sign-in log and exclude this one account, pinned to a named "
     "location."},
    {"aadsts-530035",
     EXPLAIN_TOKEN,
     {"AADSTS530035"},
     "Microsoft Entra",
     "security-defaults",
     "Security defaults refused the sign-in.",
     "Use an OAuth flow that can answer MFA, or the application's own permission."},
    {"aadsts",
     EXPLAIN_TOKEN,
     {"AADSTS"},
     "Microsoft Entra",
     "token",
     "The token endpoint refused to issue a token: the program never got as far as SMTP.",
     "Look the number up; the sign-in log has the same one."},
    {"client-tls-mode",
     EXPLAIN_CLIENT,
     {"wrong version number", "SSL handshake failed: plaintext",
      "first record does not look like a TLS", "Unsupported or unrecognized SSL message"},
     NULL,
     "client-tls",
     "The client encrypts from the first byte, as on port 465; on port 587 the server begins in "
     "plain "
     "text.",
     "Choose STARTTLS (\"explicit TLS\") and port 587; port 465 is closed at Microsoft 365."},
    {"client-tls-version",
     EXPLAIN_CLIENT,
     {"tlsv1 alert protocol version", "No appropriate protocol", "tlsv1 alert internal error",
      "unsupported protocol"},
     NULL,
     "client-tls",
     "Client and server have no TLS version in common; Microsoft 365 wants 1.2 or later.",
     "Update the device or its TLS library."},
    {"client-certificate",
     EXPLAIN_CLIENT,
     {"certificate verify failed", "PKIX path building failed",
      "certificate signed by unknown authority", "self-signed certificate in certificate chain"},
     NULL,
     "client-tls",
     "The client does not trust the certificate it was shown: its list of authorities is "
     "old, or something between it and Microsoft opens the connection.",
     "Update the device's certificates; exempt the server from TLS inspection. Do not switch the "
     "check "
     "off."},
    {"client-network",
     EXPLAIN_CLIENT,
     {"ECONNREFUSED", "ETIMEDOUT", "Could not connect to SMTP host", "Greeting never received",
      "Connection timed out", "No route to host", "SMTP connect() failed"},
     NULL,
     "network",
     "The client did not reach the server, or heard nothing from it.",
     "Allow outgoing TCP 587 to the server; many networks block 25 and 587."},
    {"client-name",
     EXPLAIN_CLIENT,
     {"getaddrinfo ENOTFOUND", "Name or service not known", "No such host is known",
      "nodename nor servname provided", "Temporary failure in name resolution"},
     NULL,
     "network",
     "The client could not look up the server's name.",
     "Check the name for typing errors, and the DNS server that the device uses."},
    {"client-no-starttls",
     EXPLAIN_CLIENT,
     {"STARTTLS extension not supported by server", "smtp: server doesn't support AUTH",
      "Server does not support secure connections", "454 TLS not available"},
     NULL,
     "client-tls",
     "The server that answered offers no STARTTLS or no sign-in: it is not Microsoft 365's own, or "
     "something on the way takes STARTTLS out.",
     "Check server name and port (smtp.office365.com, 587); look for a mail scanner or firewall "
     "that inspects SMTP."},
    {"client-no-mechanism",
     EXPLAIN_CLIENT,
     {"No worthy mechs found", "SMTP AUTH extension not supported by server",
      "No supported authentication mechanisms", "no mechanism available"},
     NULL,
     "client",
     "The client found no way to sign in: it did not start TLS first, or lacks LOGIN and XOAUTH2 "
     "(Microsoft 365 offers no PLAIN).",
     "Turn STARTTLS on; for Postfix install the SASL plain and login modules."},
    {"client-login-denied",
     EXPLAIN_CLIENT,
     {"curl: (67)", "SMTP Error: Could not authenticate"},
     NULL,
     "unknown",
     "The client was refused, and does not show the server's answer.",
     "Run it again with its protocol log on (curl -v; PHPMailer: SMTPDebug = 2)."},
    {"dotnet-530",
     EXPLAIN_CLIENT,
     {"MustIssueStartTlsFirst", "requires a secure connection or the client was not authenticated"},
     NULL,
     "unknown",
     ".NET says this for every 530 answer: it is no word about TLS.",
     "Read what stands after \"The server response was:\"."},
    {"queued",
     EXPLAIN_SUCCESS,
     {"Queued mail for delivery"},
     "Microsoft 365",
     "none",
     "The server took the message.",
     NULL},
};

size_t explain_sign_count(void)
{
    return COUNT_OF(others);
}

const struct explain_sign *explain_sign_at(size_t i)
{
    return i < COUNT_OF(others) ? &others[i] : NULL;
}

const char *explain_kind_name(enum explain_kind k)
{
    static const char *const names[EXPLAIN_KIND_COUNT] = {"reply",  "other-server", "token",
                                                          "client", "unknown",      "success"};

    return names[k];
}

static bool in_list(const struct smtp_reply *r, const char *const *ids, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(r->id, ids[i]))
            return true;
    return false;
}

bool sign_is_bare(const struct smtp_reply *r)
{
    return str_eq(r->id, "auth-generic");
}

bool sign_needs_code(const struct smtp_reply *r)
{
    static const char *const ids[] = {"svc-inactive", "access-denied-ip-throttle"};

    return in_list(r, ids, COUNT_OF(ids));
}

bool sign_is_shared(const struct smtp_reply *r)
{
    static const char *const ids[] = {"starttls-first",
                                      "auth-temp",
                                      "auth-generic",
                                      "svc-inactive",
                                      "no-mailbox",
                                      "auth-ok",
                                      "access-denied-ip-throttle"};

    return in_list(r, ids, COUNT_OF(ids));
}

bool provider_is_microsoft(const struct provider *p)
{
    return p == &providers[0];
}

int sign_rank(const struct explain_finding *f)
{
    static const char *const passing[] = {"svc-inactive", "temp-prx", "auth-temp", "concurrent",
                                          "access-denied-ip-throttle"};
    static const char *const vague[] = {"auth-generic", "not-authenticated", "starttls-first"};
    static const int kinds[EXPLAIN_KIND_COUNT] = {0, 30, 20, 70, 50, 80};

    if (f->kind == EXPLAIN_REPLY && in_list(f->reply, passing, COUNT_OF(passing)))
        return 40;
    if (f->kind == EXPLAIN_REPLY && in_list(f->reply, vague, COUNT_OF(vague)))
        return 60;
    if (f->kind == EXPLAIN_SUCCESS && f->reply != NULL)
        return str_eq(f->reply->id, "ready") ? 90 : 85;
    return kinds[f->kind];
}

static void add_needle(struct signs *s, const char *text, const struct needle *what)
{
    struct needle n = *what;

    n.text = s->texts.n;
    squeeze_add(&s->texts, text);
    n.n = s->texts.n - n.text;
    buf_addc(&s->texts, '\0');
    s->v = xreallocarray(s->v, s->n + 1, sizeof *s->v);
    s->v[s->n++] = n;
}

static unsigned letter(char c)
{
    return c >= 'a' && c <= 'z'   ? (unsigned)(c - 'a')
           : c >= '0' && c <= '9' ? (unsigned)(c - '0') + 26
                                  : 36;
}

static int longer_first(const void *a, const void *b)
{
    const struct needle *x = a;
    const struct needle *y = b;

    if (x->n != y->n)
        return x->n > y->n ? -1 : 1;
    return x->text < y->text ? -1 : 1;
}

void signs_make(struct signs *s)
{
    memset(s, 0, sizeof *s);
    buf_init(&s->texts, TEXTS_BYTES);
    for (size_t i = 0; i < smtp_reply_count(); i++)
        add_needle(s, smtp_reply_at(i)->text, &(struct needle){.reply = smtp_reply_at(i)});
    for (size_t i = 0; i < COUNT_OF(wordings); i++)
        add_needle(s, wordings[i].text, &(struct needle){.reply = smtp_reply_find(wordings[i].id)});
    for (size_t i = 0; i < COUNT_OF(others); i++)
        for (size_t k = 0; k < EXPLAIN_SIGN_TEXTS && others[i].texts[k] != NULL; k++)
            add_needle(s, others[i].texts[k], &(struct needle){.sign = &others[i]});
    for (size_t i = 0; i < COUNT_OF(providers); i++)
        for (size_t k = 0; k < COUNT_OF(providers[i].marks) && providers[i].marks[k] != NULL; k++)
            add_needle(s, providers[i].marks[k], &(struct needle){.provider = &providers[i]});
    if (s->texts.failed)
        BUG("the texts to look for outgrew their buffer");
    qsort(s->v, s->n, sizeof *s->v, longer_first);
    for (size_t i = 0; i < COUNT_OF(s->heads); i++)
        s->heads[i] = SIZE_MAX;
    for (size_t i = s->n;
         i-- > 0;) { /* from the shortest, so that each chain starts with the longest */
        const char *t = sign_text(s, &s->v[i]);
        size_t *head = &s->heads[letter(t[0]) * SIGN_ALPHABET + letter(t[1])];

        s->v[i].next = *head;
        *head = i;
    }
}

void signs_release(struct signs *s)
{
    buf_release(&s->texts);
    free(s->v);
    s->v = NULL;
    s->n = 0;
}

const char *sign_text(const struct signs *s, const struct needle *n)
{
    return s->texts.p + n->text;
}

const struct needle *signs_at(const struct signs *s, const char *q, size_t n)
{
    if (n < 2)
        return NULL;
    for (size_t i = s->heads[letter(q[0]) * SIGN_ALPHABET + letter(q[1])]; i != SIZE_MAX;
         i = s->v[i].next)
        if (s->v[i].n <= n && memcmp(sign_text(s, &s->v[i]), q, s->v[i].n) == 0)
            return &s->v[i];
    return NULL;
}
