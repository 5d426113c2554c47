/* Ways to repair what stops a password, the safest first, with what each costs in security.
 *
 * Never: opening SMTP AUTH for the whole organization, reviving an account for a device, switching
 * security defaults off before something as strict takes their place. In every way what protects
 * comes before what opens. Commands are for reading; ids and addresses of strangers stand in them
 * only when a shell cannot trip over them. */
#include "smtp_why.h"

#include "base/limits.h"
#include "base/text.h"
#include "smtp_text.h"

#include <string.h>

enum { PATHS = 6, STEPS = 16, STEP_BYTES = 4096 };

static const char ca_portal[] = "Entra admin center > Conditional Access > Policies";
static const char ca_url[] = "https://entra.microsoft.com/#view/Microsoft_AAD_ConditionalAccess/"
                             "ConditionalAccessBlade/~/Policies";

struct builder {
    struct why *w;
    const struct why_case *k;
    struct why_path *path;  /* PATHS */
    struct why_step *steps; /* of the newest path */
    size_t n;
};

static bool stops(const struct why_case *k, enum smtp_gate g)
{
    return k->v.rows[g] != NULL && k->v.rows[g]->answer[SMTP_BASIC] != SMTP_ALLOW;
}

static bool answers(const struct why_case *k, enum smtp_gate g, enum smtp_answer a)
{
    return k->v.rows[g] != NULL && k->v.rows[g]->answer[SMTP_BASIC] == a;
}

/* Portals of the other clouds have other addresses. */
static const char *url(const struct builder *b, const char *global)
{
    static const char *const others[] = {"usgov", "dod", "china"};

    for (size_t i = 0; i < COUNT_OF(others); i++)
        if (str_ieq(b->w->cloud, others[i]))
            return NULL;
    return global;
}

static const char *user_id(const struct builder *b)
{
    return b->k->user_id != NULL && str_is_guid(b->k->user_id)
               ? ca_pool_text(&b->w->pool, b->k->user_id)
               : "<object id of the account>";
}

/* {mailbox} and its like filled in. */
static const char *fill(const struct builder *b, const char *text)
{
    struct buf out;

    if (text == NULL)
        return NULL;
    buf_init(&out, SMTP_TEXT_BYTES);
    smtp_text_fill(text, smtp_row_at(0), &b->k->c, &b->w->states, &out);
    return why_keep(b->w, &out);
}

static void path(struct builder *b, const char *id, const char *title, const char *cost,
                 size_t more_steps)
{
    if (b->n == PATHS)
        BUG("more than %d ways to repair", (int)PATHS);
    b->steps = ca_pool_get(&b->w->pool, STEPS + more_steps, sizeof *b->steps);
    b->path[b->n++] = (struct why_path){.id = id, .title = title, .steps = b->steps, .cost = cost};
}

static void step(struct builder *b, const char *text, const char *powershell, const char *portal,
                 const char *link)
{
    struct why_path *p = &b->path[b->n - 1];

    b->steps[p->n++] = (struct why_step){text, powershell, portal, link};
}

static void open_mailbox(struct builder *b)
{
    bool is_follow = b->k->c.mailbox_switch == SWITCH_OFF && b->k->c.tenant_switch == SWITCH_ON;

    if (is_follow)
        step(b, "Let this mailbox follow the organization, which has SMTP AUTH on",
             fill(b, "Set-CASMailbox -Identity {mailbox} -SmtpClientAuthenticationDisabled $null"),
             "Microsoft 365 admin center > Users > Active users > the account > Mail > Manage "
             "email apps > Authenticated SMTP",
             url(b, "https://admin.microsoft.com/#/users"));
    else
        step(b, "Open SMTP AUTH on this mailbox only; the organization's switch stays off",
             fill(b, "Set-CASMailbox -Identity {mailbox} -SmtpClientAuthenticationDisabled $false"),
             "Microsoft 365 admin center > Users > Active users > the account > Mail > Manage "
             "email apps > Authenticated SMTP",
             url(b, "https://admin.microsoft.com/#/users"));
}

static bool is_switched_off(const struct why_case *k)
{
    return answers(k, GATE_TENANT, SMTP_BLOCK) || answers(k, GATE_MAILBOX, SMTP_BLOCK);
}

static void add_oauth(struct builder *b)
{
    if (b->k->c.recipient == RECIPIENT_HVE) {
        path(b, "oauth", "Move the device to OAuth",
             "Nothing is opened: no password is stored, and no policy is loosened", 0);
        step(b,
             "Register an application with the application permission Mail.Send, and let it send "
             "as this High Volume Email account with Add-HVEAppAccess",
             NULL, "Entra admin center > App registrations > API permissions",
             url(b, "https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/"
                    "ApplicationsListBlade"));
        return;
    }
    path(b, "oauth", "Move the device to OAuth",
         "Nothing is opened for passwords. The application can read this one mailbox (FullAccess): "
         "guard its certificate or secret",
         0);
    step(b,
         "Register an application for the device, give it the application permission "
         "SMTP.SendAsApp of Office 365 Exchange Online, and grant consent",
         NULL, "Entra admin center > App registrations > the application > API permissions",
         url(b, "https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/"
                "ApplicationsListBlade"));
    step(b,
         "Make it known to Exchange, with the object id of the ENTERPRISE application, and let it "
         "use this mailbox only",
         fill(b, "New-ServicePrincipal -AppId '<application id>' -ObjectId '<object id of the "
                 "enterprise application>'; Add-MailboxPermission -Identity {mailbox} -User "
                 "'<object id of the enterprise application>' -AccessRights FullAccess"),
         NULL, NULL);
    if (stops(b->k, GATE_LICENCE) && b->k->c.recipient == RECIPIENT_USER)
        step(b, "Assign a licence that includes an Exchange Online plan", NULL,
             "Microsoft 365 admin center > Users > Active users > the account > Licenses and apps",
             url(b, "https://admin.microsoft.com/#/users"));
    if (is_switched_off(b->k))
        open_mailbox(b); /* the switch stops OAuth as well */
}

static void add_delegate(struct builder *b)
{
    path(b, "send-as", "Send as another account that may send in this mailbox's name",
         "Little: sign-in stays off here, and the other account can send as this mailbox only", 0);
    if (b->k->c.account_enabled == FACT_NO)
        step(b, "Leave sign-in off on this account", NULL, NULL, NULL);
    else
        step(b, "Switch sign-in off on this account: nobody needs it",
             ca_pool_textf(&b->w->pool, "Update-MgUser -UserId '%s' -AccountEnabled:$false",
                           user_id(b)),
             "Microsoft 365 admin center > Users > Active users > the account > Block sign-in",
             url(b, "https://admin.microsoft.com/#/users"));
    step(b, "Let a licensed account made for devices send as this mailbox",
         fill(b, "Add-RecipientPermission -Identity {mailbox} -Trustee '<licensed account>' "
                 "-AccessRights SendAs"),
         "Exchange admin center > Recipients > Mailboxes > the mailbox > Delegation > Send as",
         url(b, "https://admin.exchange.microsoft.com/#/mailboxes"));
    step(b, "Let the device sign in as that account; ask `graphaudit why` about it first", NULL,
         NULL, NULL);
}

static void add_relay(struct builder *b)
{
    path(b, "relay", "Do not sign in at all",
         "Little with a certificate. With an address everybody behind that address can send", 0);
    step(b,
         b->k->c.recipient == RECIPIENT_HVE
             ? "Relay through an inbound connector that knows the device by certificate (or by its "
               "own fixed address)"
             : "Relay through an inbound connector that knows the device by certificate (or by its "
               "own fixed address), or use High Volume Email for mail inside the organization",
         NULL, "Exchange admin center > Mail flow > Connectors",
         url(b, "https://admin.exchange.microsoft.com/#/connectors"));
}

static void pin(struct builder *b, const char *state)
{
    step(b,
         "First pin the account: a policy that blocks it everywhere except at the named location "
         "that the device sends from",
         ca_pool_textf(
             &b->w->pool,
             "New-MgIdentityConditionalAccessPolicy -BodyParameter @{displayName='Device account: "
             "only from its location'; state='%s'; conditions=@{users=@{includeUsers=@('%s')}; "
             "applications=@{includeApplications=@('All')}; clientAppTypes=@('all'); "
             "locations=@{includeLocations=@('All'); excludeLocations=@('<id of the named "
             "location>')}}; grantControls=@{operator='OR'; builtInControls=@('block')}}",
             state, user_id(b)),
         ca_portal, url(b, ca_url));
}

static void exclude(struct builder *b, const struct ca_line *line)
{
    bool has_id = str_is_guid(line->policy_id);
    struct buf text;
    struct buf portal;

    buf_init(&text, STEP_BYTES);
    buf_init(&portal, STEP_BYTES);
    buf_adds(&text, "Exclude this one account from \"");
    text_add_cut(&text, line->policy_name, LIMIT_CA_NAME_CHARS);
    buf_adds(&text, "\"");
    buf_addf(&portal, "%s > \"", ca_portal);
    text_add_cut(&portal, line->policy_name, LIMIT_CA_NAME_CHARS);
    buf_adds(&portal, "\" > Users > Exclude");
    step(b, why_keep(b->w, &text),
         !has_id ? NULL
                 : ca_pool_textf(
                       &b->w->pool,
                       "$p = Get-MgIdentityConditionalAccessPolicy -ConditionalAccessPolicyId "
                       "'%s'; $p.Conditions.Users.ExcludeUsers += '%s'; "
                       "Update-MgIdentityConditionalAccessPolicy -ConditionalAccessPolicyId '%s' "
                       "-Conditions $p.Conditions",
                       line->policy_id, user_id(b), line->policy_id),
         why_keep(b->w, &portal),
         !has_id ? NULL
                 : url(b, ca_pool_textf(&b->w->pool,
                                        "https://entra.microsoft.com/#view/"
                                        "Microsoft_AAD_ConditionalAccess/PolicyBlade/policyId/%s",
                                        line->policy_id)));
}

static void through_ca(struct builder *b)
{
    const struct ca_answer *a = b->k->ca_basic;

    if (answers(b->k, GATE_CA, SMTP_BLOCK) && a != NULL) {
        pin(b, "enabled");
        for (size_t i = 0; i < a->certain.n; i++)
            exclude(b, &a->certain.v[i]);
    } else if (answers(b->k, GATE_CA, SMTP_CONDITIONAL)) {
        step(b,
             "Send from an address at which the policies let it pass; ask with --what-if "
             "ip=ADDRESS (and country=XX where policies name countries)",
             NULL, ca_portal, url(b, ca_url));
    }
}

static void through_defaults(struct builder *b)
{
    step(b,
         "Write Conditional Access policies, report-only for now: MFA for everybody, and a block "
         "of legacy authentication (needs Entra ID P1); leave out the emergency accounts",
         NULL, ca_portal, url(b, ca_url));
    step(b, "Exclude this one account from both", NULL, ca_portal, url(b, ca_url));
    pin(b, "enabledForReportingButNotEnforced");
    step(b,
         "Only when all of these are ready, in one sitting: turn the policies on in place of "
         "security defaults",
         NULL, "Entra admin center > Overview > Properties > Manage security defaults",
         url(b, "https://entra.microsoft.com"));
}

static void through_policy(struct builder *b)
{
    step(b, "Give this account, and no other, an authentication policy that allows basic SMTP",
         fill(b, "New-AuthenticationPolicy -Name 'Basic SMTP for devices' -AllowBasicAuthSmtp; "
                 "Set-User -Identity {mailbox} -AuthenticationPolicy 'Basic SMTP for devices'"),
         NULL, NULL);
}

static void through_mfa(struct builder *b)
{
    if (b->k->c.mfa == MFA_ENFORCED)
        step(b, "As a stop-gap make an app password, and store that in the device", NULL,
             "My sign-ins > Security info > Add sign-in method > App password",
             url(b, "https://mysignins.microsoft.com/security-info"));
    else
        step(b,
             "Register no authenticator app on this account: its password stops working once a "
             "second factor is there",
             NULL, "My sign-ins > Security info",
             url(b, "https://mysignins.microsoft.com/security-info"));
}

static const char *password_cost(const struct why_case *k)
{
    if (answers(k, GATE_SECURITY_DEFAULTS, SMTP_BLOCK))
        return "High: the whole organization leaves security defaults for policies that have to be "
               "at least as strict, and this account signs in with a password alone";
    if (answers(k, GATE_CA, SMTP_BLOCK))
        return "A password alone opens this account, from the pinned location only: a long random "
               "password, no admin role, an owner and a review date";
    if (answers(k, GATE_MFA, SMTP_BLOCK))
        return "An app password goes around MFA: whoever has it sends as this account";
    return "A password alone can send as this mailbox: a long random password, an owner and a "
           "review date. From the end of December 2026 basic is off by default";
}

static void add_password(struct builder *b)
{
    const struct why_case *k = b->k;
    size_t more = k->ca_basic != NULL ? k->ca_basic->certain.n : 0;

    if (k->is_admin) {
        path(b, "another-account", "Keep a password, but of another account",
             "A password alone opens that account: a long random one, no admin role, an owner and "
             "a review date",
             0);
        step(b,
             "This account holds a directory role: loosen nothing for it. Make an account for the "
             "device, with a mailbox of its own, and ask `graphaudit why` about that",
             NULL, NULL, NULL);
        return;
    }
    path(b, "password", "Keep the password, for this one account", password_cost(k), more);
    if (answers(k, GATE_SECURITY_DEFAULTS, SMTP_BLOCK) || answers(k, GATE_CA, SMTP_BLOCK))
        step(b,
             "Only for an account made for the device: from a person it would take the protection "
             "of everything that person does",
             NULL, NULL, NULL);
    if (answers(k, GATE_SECURITY_DEFAULTS, SMTP_BLOCK))
        through_defaults(b);
    if (stops(k, GATE_CA))
        through_ca(b);
    if (answers(k, GATE_FEDERATION, SMTP_CONDITIONAL))
        step(b, "Use an account of a cloud-managed domain: the password then needs no other server",
             NULL, NULL, NULL);
    if (answers(k, GATE_AUTH_POLICY, SMTP_BLOCK))
        through_policy(b);
    if (answers(k, GATE_MFA, SMTP_BLOCK) || answers(k, GATE_MFA, SMTP_CONDITIONAL))
        through_mfa(b);
    if (answers(k, GATE_LICENCE, SMTP_CONDITIONAL) && k->c.recipient == RECIPIENT_USER)
        step(b,
             "Assign a licence that includes an Exchange Online plan, or switch that plan on in "
             "the licence it has",
             ca_pool_textf(&b->w->pool,
                           "Set-MgUserLicense -UserId '%s' -AddLicenses @{SkuId='<id of the SKU>'} "
                           "-RemoveLicenses @()",
                           user_id(b)),
             "Microsoft 365 admin center > Users > Active users > the account > Licenses and apps",
             url(b, "https://admin.microsoft.com/#/users"));
    if (is_switched_off(k))
        open_mailbox(b);
    if (b->path[b->n - 1].n == 0)
        b->n--; /* nothing that a password could do about it */
}

/* Each source that has to be read again, or looked up by hand. */
static void add_reading(struct builder *b)
{
    path(b, "read", "Read what is missing, and ask again", "Nothing: reading changes nothing", 0);
    for (size_t g = 0; g < SMTP_GATE_COUNT; g++) {
        const struct smtp_row *r = b->k->v.rows[g];
        struct buf text;

        if (r == NULL || r->answer[SMTP_BASIC] != SMTP_UNKNOWN || r->fix == NULL)
            continue;
        buf_init(&text, SMTP_TEXT_BYTES);
        smtp_text_fill(r->fix, r, &b->k->c, &b->w->states, &text);
        step(b, why_keep(b->w, &text), NULL, NULL, NULL);
    }
}

static bool has_unknown(const struct why_case *k)
{
    for (size_t g = 0; g < SMTP_GATE_COUNT; g++)
        if (answers(k, (enum smtp_gate)g, SMTP_UNKNOWN))
            return true;
    return false;
}

static void add_repairs(struct builder *b)
{
    const struct why_case *k = b->k;
    bool is_dead = answers(k, GATE_ACCOUNT, SMTP_BLOCK);
    bool is_shared = k->c.recipient == RECIPIENT_SHARED && stops(k, GATE_LICENCE);
    bool is_gone = answers(k, GATE_SERVICE, SMTP_BLOCK); /* for every password, of any account */

    if ((is_dead || is_shared) && !is_gone)
        add_delegate(b);
    add_oauth(b);
    if (is_gone || answers(k, GATE_SECURITY_DEFAULTS, SMTP_BLOCK) ||
        answers(k, GATE_CA, SMTP_BLOCK) || answers(k, GATE_MFA, SMTP_BLOCK))
        add_relay(b);
    if (!is_dead && !is_gone)
        add_password(b);
}

static void list_next(struct builder *b, size_t decides, struct why_answer *out)
{
    const char **next = ca_pool_get(&b->w->pool, SMTP_GATE_COUNT, sizeof *next);

    for (size_t g = 0; g < SMTP_GATE_COUNT; g++)
        if (g != decides && stops(b->k, (enum smtp_gate)g) && out->after.gates[g].because != NULL)
            next[out->next_n++] = ca_pool_textf(
                &b->w->pool, "%s (%s): %s", out->after.gates[g].title,
                why_effect_name(out->after.gates[g].effect), out->after.gates[g].because);
    out->next = next;
}

void why_paths(struct why *w, const struct why_case *k, struct why_answer *out)
{
    struct builder b = {.w = w, .k = k};

    b.path = ca_pool_get(&w->pool, PATHS, sizeof *b.path);
    switch (k->v.answer[SMTP_BASIC]) {
    case SMTP_NOT_APPLICABLE:
        path(&b, "another-mailbox", "Send as a mailbox of Exchange Online", "Nothing", 0);
        step(&b,
             "There is no mailbox here to send from: let the device sign in as a licensed mailbox, "
             "or as a High Volume Email account for mail inside the organization",
             NULL, NULL, NULL);
        break;
    case SMTP_ALLOW:
        out->is_plain_sending = true;
        path(&b, "plan", "Plan the move to OAuth all the same",
             "Nothing: from the end of December 2026 Microsoft has basic off by default", 0);
        step(&b, "Until then: a long random password, no admin role, an owner and a review date",
             NULL, NULL, NULL);
        break;
    case SMTP_UNKNOWN:
        add_reading(&b);
        break;
    case SMTP_CONDITIONAL:
    case SMTP_BLOCK:
        add_repairs(&b);
        if (has_unknown(k))
            add_reading(&b);
        break;
    }
    for (size_t i = 0; i < b.n; i++)
        if (b.path[i].n == 0)
            BUG("a way without a step: %s", b.path[i].id);
    out->paths = b.path;
    out->paths_n = b.n;
    list_next(&b, out->after.decides, out);
}
