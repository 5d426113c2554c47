#include "smtp_gates.h"

#include "base/attrs.h"
#include "base/strs.h"

#include <string.h>

const char *smtp_answer_name(enum smtp_answer a)
{
    static const char *const names[] = {
        [SMTP_ALLOW] = "allow",
        [SMTP_CONDITIONAL] = "conditional",
        [SMTP_UNKNOWN] = "unknown",
        [SMTP_BLOCK] = "block",
        [SMTP_NOT_APPLICABLE] = "not_applicable",
    };

    return names[a];
}

const char *smtp_gate_layer(enum smtp_gate g)
{
    static const char *const layers[] = {
        [GATE_RECIPIENT] = "mailbox",
        [GATE_SERVICE] = "service",
        [GATE_TENANT] = "tenant",
        [GATE_MAILBOX] = "mailbox",
        [GATE_AUTH_POLICY] = "auth-policy",
        [GATE_ACCOUNT] = "account",
        [GATE_FEDERATION] = "federation",
        [GATE_SECURITY_DEFAULTS] = "security-defaults",
        [GATE_CA] = "ca",
        [GATE_MFA] = "mfa",
        [GATE_LICENCE] = "licence",
    };

    return layers[g];
}

const char *smtp_confidence_name(enum smtp_confidence c)
{
    static const char *const names[] = {
        [CONFIDENCE_LOW] = "low",
        [CONFIDENCE_MEDIUM] = "medium",
        [CONFIDENCE_HIGH] = "high",
    };

    return names[c];
}

enum smtp_recipient smtp_recipient_of(const char *recipient_type, bool is_hve)
{
    static const char *const shared[] = {"SharedMailbox", "RoomMailbox", "EquipmentMailbox",
                                         "SchedulingMailbox"};
    static const char *const none[] = {"MailUser", "MailContact", "GuestMailUser", "User",
                                       "Contact"};

    if (is_hve)
        return RECIPIENT_HVE;
    if (recipient_type == NULL)
        return RECIPIENT_UNKNOWN;
    for (size_t i = 0; i < COUNT_OF(none); i++)
        if (str_ieq(recipient_type, none[i]))
            return RECIPIENT_NONE;
    if (str_istarts(recipient_type, "Remote")) /* the mailbox itself is on premises */
        return RECIPIENT_NONE;
    for (size_t i = 0; i < COUNT_OF(shared); i++)
        if (str_ieq(recipient_type, shared[i]))
            return RECIPIENT_SHARED;
    return str_ends(recipient_type, "Mailbox") ? RECIPIENT_USER : RECIPIENT_UNKNOWN;
}

static enum smtp_confidence confidence_of(const struct smtp_row *r, const struct smtp_case *c)
{
    return r->is_from_ca ? c->ca_confidence : r->confidence;
}

static enum smtp_answer answer_of(const struct smtp_row *r, enum smtp_mechanism m,
                                  const struct smtp_case *c)
{
    return r->is_from_ca && m == SMTP_OAUTH_DELEGATED ? c->ca_delegated : r->answer[m];
}

/* What basic gets is told by the rows that gave the verdict: the first reply among them; of blocks
 * the surest one, because one is enough, and of anything else the least sure. */
static void settle(const struct smtp_case *c, struct smtp_verdict *v)
{
    enum smtp_answer basic = v->answer[SMTP_BASIC];
    bool is_first = true;

    v->reply = basic == SMTP_ALLOW ? "auth-ok" : NULL;
    v->confidence = CONFIDENCE_HIGH;
    for (size_t g = 0; g < SMTP_GATE_COUNT; g++) {
        const struct smtp_row *r = v->rows[g];

        if (r == NULL || r->answer[SMTP_BASIC] != basic)
            continue;
        if (v->reply == NULL)
            v->reply = r->reply;
        if (is_first || (basic == SMTP_BLOCK) == (confidence_of(r, c) > v->confidence))
            v->confidence = confidence_of(r, c);
        is_first = false;
    }
}

void smtp_judge(const struct smtp_case *c, struct smtp_verdict *out)
{
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < smtp_row_count(); i++) {
        const struct smtp_row *r = smtp_row_at(i);

        if (out->rows[r->gate] != NULL || !r->holds(c))
            continue;
        out->rows[r->gate] = r;
        for (int m = 0; m < SMTP_MECHANISM_COUNT; m++)
            if (answer_of(r, (enum smtp_mechanism)m, c) > out->answer[m])
                out->answer[m] = answer_of(r, (enum smtp_mechanism)m, c);
    }
    settle(c, out);
}
