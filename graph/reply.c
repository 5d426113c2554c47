#include "reply.h"

#include "base/limits.h"
#include "base/strs.h"
#include "oneline.h"
#include "retry.h"
#include "transport.h"

#include <stdio.h>
#include <string.h>

static const char non_premium[] = "Authentication_RequestFromNonPremiumTenantOrB2CTenant";

/* Error codes that mean a licence, whatever the status. The second is recalled, not documented. */
static const char *const licence_codes[] = {non_premium, "AadPremiumLicenseRequired"};

/* Exchange says in words what others say by status: all seen in the clients that administer it. */
static const struct phrase {
    const char *text;
    bool is_throttled; /* else a passing fault */
} phrases[] = {
    {"maximum number of concurrent requests", true},
    {"throttl", true},
    {"server busy", true},
    {"too busy", true},
    {"is busy", true},
    {"issue may be transient", false},
    {"UnableToWriteToAadException", false},
};

/* The cmdlet does not exist for this caller: outside of its roles, or of this service. */
static bool is_unknown_cmdlet(const char *text)
{
    return str_icontains(text, "is not recognized as") ||
           str_icontains(text, "isn't recognized as") ||
           str_icontains(text, "CommandNotFoundException");
}

/* The service's id from its header, else from the error; ours always. */
static void set_ids(struct reply_judgement *j, const struct reply_facts *f,
                    const struct transfer_reply *r)
{
    const char *id = str_is_guid(r->request_id) ? r->request_id : j->error.request_id;

    (void)snprintf(j->ids, sizeof j->ids, "%s%s%sclient-request-id %s",
                   *id != '\0' ? "request-id " : "", id, *id != '\0' ? ", " : "",
                   f->client_request_id);
}

/* Appends as much of `s` as fits into `room` bytes, by whole characters. */
static void add_fitting(struct buf *b, const char *s, size_t room)
{
    struct buf part;

    buf_init(&part, room);
    oneline_add(&part, s, strlen(s), ERR_MSG_BYTES);
    buf_add(b, part.p, part.n);
    buf_release(&part);
}

/* "HTTP 403 Authorization_RequestDenied: text; hint" */
static void set_what(struct reply_judgement *j, const struct reply_facts *f,
                     const struct transfer_reply *r, const char *text, const char *hint)
{
    size_t max = sizeof j->what - 1;
    size_t tail = hint != NULL ? strlen(hint) + 2 : 0;
    struct buf b;

    buf_init(&b, max);
    if (r->status > 0)
        buf_addf(&b, "HTTP %ld", r->status);
    if (j->error.code[0] != '\0' && r->status != 200)
        buf_addf(&b, " %s", j->error.code);
    if (text[0] != '\0' && b.n + tail + 2 < max) {
        buf_adds(&b, b.n > 0 ? ": " : "");
        add_fitting(&b, text, max - b.n - tail);
    }
    if (hint != NULL)
        buf_addf(&b, "; %s", hint);
    (void)snprintf(j->what, sizeof j->what, "%s", b.p);
    buf_release(&b);
    set_ids(j, f, r);
}

const char *reply_message(const struct reply_judgement *j, const char *before, const char *what,
                          char out[ERR_MSG_BYTES])
{
    size_t tail = strlen(j->ids) + strlen(" ()");
    struct buf b;

    buf_init(&b, ERR_MSG_BYTES - 1);
    if (before[0] != '\0')
        buf_addf(&b, "%s: ", before);
    if (what == NULL)
        what = j->what;
    else if (j->status > 0)
        buf_addf(&b, "HTTP %ld: ", j->status);
    add_fitting(&b, what, b.max - b.n - tail);
    buf_addf(&b, " (%s)", j->ids);
    (void)snprintf(out, ERR_MSG_BYTES, "%s", b.p);
    buf_release(&b);
    return out;
}

static void end_or_retry(struct reply_judgement *j, const struct reply_facts *f, unsigned attempts)
{
    j->next = f->failed + 1 < attempts ? REPLY_RETRY : REPLY_END;
}

/* Malformed replies and their like come back the same most of the time: less patience for them,
 * counted apart from throttling and faults. */
static void end_or_retry_odd(struct reply_judgement *j, const struct reply_facts *f,
                             unsigned attempts)
{
    j->is_odd = true;
    end_or_retry(j, f, f->odd + 1 < attempts ? LIMIT_ATTEMPTS : 1);
}

static void judge_broken(const struct reply_facts *f, const struct transfer_reply *r,
                         struct reply_judgement *j)
{
    j->code = r->code;
    set_what(j, f, r, r->trouble, NULL);
    if (r->may_retry && r->code == ERR_PARSE)
        end_or_retry_odd(j, f, RETRY_ODD_ATTEMPTS);
    else if (r->may_retry)
        end_or_retry(j, f, LIMIT_ATTEMPTS);
}

static void judge_page(const struct reply_facts *f, const struct transfer_reply *r,
                       struct reply_judgement *j)
{
    const struct odata_want want = {f->is_singleton, f->pack, f->scratch};
    struct err e = ERR_INIT;
    bool may_pass;

    if (odata_page_read(r->body, r->body_len, &want, &j->page, &j->error, &may_pass, &e) ==
        ERR_OK) {
        set_ids(j, f, r);
        j->next = REPLY_PAGE;
        j->code = ERR_OK;
        return;
    }
    odata_page_release(&j->page);
    j->code = e.code;
    set_what(j, f, r, e.msg, NULL);
    if (may_pass)
        end_or_retry_odd(j, f, RETRY_ODD_ATTEMPTS);
}

static void judge_licence(const struct reply_facts *f, const struct transfer_reply *r,
                          struct reply_judgement *j)
{
    if (f->premium_expected && strcmp(j->error.code, non_premium) == 0) {
        j->code = ERR_DENIED;
        set_what(j, f, r, j->error.text,
                 "the tenant has the licence: Graph answers like this, now and then, to an "
                 "application without Directory.Read.All");
        end_or_retry_odd(j, f, RETRY_PREMIUM_ATTEMPTS);
        return;
    }
    j->code = ERR_LICENCE;
    set_what(j, f, r, j->error.text, "this needs a Microsoft Entra ID P1 or P2 licence");
}

static bool is_licence(const struct odata_error *error)
{
    for (size_t i = 0; i < COUNT_OF(licence_codes); i++)
        if (strcmp(error->code, licence_codes[i]) == 0)
            return true;
    return false;
}

static const struct phrase *phrase_in(const struct odata_error *error)
{
    for (size_t i = 0; i < COUNT_OF(phrases); i++)
        if (str_icontains(error->text, phrases[i].text) ||
            str_icontains(error->code, phrases[i].text))
            return &phrases[i];
    return NULL;
}

/* Graph's words for a path that this cloud or version does not have. */
static bool is_unknown_path(const struct reply_facts *f, const struct transfer_reply *r,
                            const char *text)
{
    return f->service == SERVICE_GRAPH && r->status == 400 &&
           str_icontains(text, "Resource not found for the segment");
}

static const char *hint_for(const struct reply_facts *f, const struct transfer_reply *r)
{
    long status = r->status;

    if (status == 401 && r->challenge != NULL)
        return "the service wants a newer sign-in (continuous access evaluation) and refused the "
               "new token too: look for the application in the sign-in logs (a policy on networks, "
               "a disabled or revoked application), then sign in again";
    if (status == 401)
        return "the token was refused, also after renewing it";
    if (status == 403 && f->service == SERVICE_EXCHANGE)
        return "the application needs the permission Exchange.ManageAsApp and a role such as "
               "Global Reader";
    return NULL;
}

static void judge_refusal(const struct reply_facts *f, const struct transfer_reply *r,
                          struct reply_judgement *j)
{
    const struct retry_rule *rule = retry_rule_of(r->status);
    const struct phrase *phrase = NULL;
    unsigned attempts = rule->attempts;

    j->code = rule->code;
    j->is_throttled = r->status == 429 || (r->status == 503 && r->retry_after != NULL);
    if (f->service == SERVICE_EXCHANGE && j->code != ERR_DENIED)
        phrase = phrase_in(&j->error);
    if (phrase != NULL) {
        attempts = LIMIT_ATTEMPTS;
        j->is_throttled = j->is_throttled || phrase->is_throttled;
        if (phrase->is_throttled)
            j->code = ERR_THROTTLED;
    } else if (is_unknown_path(f, r, j->error.text) ||
               (f->service == SERVICE_EXCHANGE && is_unknown_cmdlet(j->error.text))) {
        j->code = ERR_ABSENT;
    }
    set_what(j, f, r, j->error.text, hint_for(f, r));
    end_or_retry(j, f, attempts);
}

static void judge_redirect(const struct reply_facts *f, const struct transfer_reply *r,
                           struct reply_judgement *j)
{
    j->code = ERR_NET;
    set_what(j, f, r, "a redirect", f->redirects >= LIMIT_REDIRECTS ? "too many of them" : NULL);
    j->next = f->redirects < LIMIT_REDIRECTS ? REPLY_REDIRECT : REPLY_END;
}

static bool is_redirect(long status)
{
    return status == 301 || status == 302 || status == 307 || status == 308;
}

/* X-ExceptionType is all that an empty 403 of Exchange says. */
static void take_exception_type(struct odata_error *error, const char *type)
{
    struct buf b;

    buf_init(&b, sizeof error->text - 1);
    oneline_add(&b, type, strlen(type), LIMIT_ERROR_TEXT);
    (void)snprintf(error->text, sizeof error->text, "%s", b.p);
    buf_release(&b);
}

void reply_judge(const struct reply_facts *f, const struct transfer_reply *r,
                 struct reply_judgement *out)
{
    struct reply_judgement j = {.next = REPLY_END, .code = ERR_NET, .status = r->status};

    if (r->code != ERR_OK) {
        judge_broken(f, r, &j);
    } else if (r->status == 200) {
        judge_page(f, r, &j);
    } else if (is_redirect(r->status)) {
        judge_redirect(f, r, &j);
    } else {
        odata_error_read(r->body, r->body_len, &j.error);
        if (j.error.text[0] == '\0' && r->exception_type != NULL)
            take_exception_type(&j.error, r->exception_type);
        if (is_licence(&j.error))
            judge_licence(f, r, &j);
        else
            judge_refusal(f, r, &j);
        if (r->status == 401 && !f->renewed)
            j.next = REPLY_RENEW;
    }
    *out = j;
}

void reply_judgement_release(struct reply_judgement *j)
{
    odata_page_release(&j->page);
}
