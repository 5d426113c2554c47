/* What can stop mail over SMTP AUTH and is in no evidence (decision table, rows 11a, 13 and 15):
 * said, where it can matter for the mailbox, so that no "allow" is taken for more than it is. */
#include "smtp_why.h"

#include "base/buf.h"
#include "smtp_text.h"

static bool may_pass(const struct why_case *k, enum smtp_mechanism m)
{
    return k->v.answer[m] != SMTP_BLOCK && k->v.answer[m] != SMTP_NOT_APPLICABLE;
}

static bool hangs_on_app_password(const struct why_case *k)
{
    return k->c.mfa == MFA_ENFORCED && !k->c.uses_app_password;
}

static bool may_pass_app(const struct why_case *k)
{
    return k->c.recipient != RECIPIENT_HVE && may_pass(k, SMTP_OAUTH_APP);
}

static bool is_hve_oauth(const struct why_case *k)
{
    return k->c.recipient == RECIPIENT_HVE;
}

static bool may_pass_any(const struct why_case *k)
{
    return may_pass(k, SMTP_BASIC) || may_pass(k, SMTP_OAUTH_DELEGATED) ||
           may_pass(k, SMTP_OAUTH_APP);
}

static bool is_hve_passing(const struct why_case *k)
{
    return k->c.recipient == RECIPIENT_HVE && may_pass(k, SMTP_BASIC);
}

/* To add one: a row here, a case in tests/unit/test_why.c. */
static const struct {
    const char *id;
    bool (*matters)(const struct why_case *k);
    const char *text, *how;
} notes[] = {
    {"app-password", hangs_on_app_password,
     "Whether the device stores an app password, which per-user MFA lets pass, is not in any "
     "evidence",
     "ask who set the device up; --what-if app-password=yes shows the rest of the way"},
    {"app-permission", may_pass_app,
     "What an application needs beside this mailbox was not read: the permission SMTP.SendAsApp, "
     "its registration in Exchange, and FullAccess on the mailbox; \"application\" above speaks of "
     "the mailbox only",
     "Get-ServicePrincipal; Get-MailboxPermission -Identity {mailbox}; Entra admin center > "
     "Enterprise applications > the application > Permissions"},
    {"hve-app-access", is_hve_oauth,
     "Whether an application may send as this account (Mail.Send, Add-HVEAppAccess) was not read",
     "Get-HVEAccountSettings"},
    {"hve-billing", is_hve_passing,
     "Whether the billing policy that High Volume Email needs is in order was not read",
     "Get-HVEAccountBillingPolicy"},
    {"after-sign-in", may_pass_any,
     "What can refuse the mail after the sign-in was not read: the list of restricted entities, "
     "Send As for a From address that is not this mailbox's own, sending limits and the mailbox's "
     "quota, the reputation of the tenant",
     "Get-BlockedSenderAddress; Get-RecipientPermission -Identity {mailbox}; Get-Mailbox -Identity "
     "{mailbox} | Format-List ProhibitSendQuota"},
};

void why_unread(struct why *w, const struct why_case *k, struct why_answer *out)
{
    static const struct smtp_row none = {.id = "unread"};
    struct why_unread *v = ca_pool_get(&w->pool, COUNT_OF(notes), sizeof *v);

    out->unread = v;
    for (size_t i = 0; i < COUNT_OF(notes); i++) {
        struct buf how;

        if (!notes[i].matters(k))
            continue;
        buf_init(&how, SMTP_TEXT_BYTES);
        smtp_text_fill(notes[i].how, &none, &k->c, &w->states, &how);
        v[out->unread_n++] = (struct why_unread){notes[i].id, notes[i].text, why_keep(w, &how)};
    }
}
