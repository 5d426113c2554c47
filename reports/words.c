#include "words.h"

#include "base/attrs.h"
#include "base/buf.h"
#include "base/jsonx.h"
#include "base/limits.h"
#include "base/strs.h"
#include "base/timex.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *words_count(size_t n, char *out)
{
    char plain[WORDS_BYTES];
    size_t len;
    size_t at = 0;

    (void)snprintf(plain, sizeof plain, "%zu", n);
    len = strlen(plain); /* at most 20 digits: 26 bytes with separators */
    for (size_t i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = plain[i];
    }
    out[at] = '\0';
    return out;
}

const char *words_time(const char *rfc3339, char *out)
{
    int64_t ms;
    char text[TIME_TEXT_BYTES];

    if (rfc3339 == NULL || !time_parse(rfc3339, &ms)) {
        (void)snprintf(out, WORDS_BYTES, "not recorded");
        return out;
    }
    (void)time_format(ms, text); /* 2026-11-23T04:05:06Z */
    (void)snprintf(out, WORDS_BYTES, "%.10s %.5s UTC", text, text + 11);
    return out;
}

const char *words_s(size_t n)
{
    return n == 1 ? "" : "s";
}

static const char *const outcomes[OUTCOME_COUNT] = {
    [OUTCOME_ERROR] = "Engine error",
    [OUTCOME_FAIL] = "Fail",
    [OUTCOME_NOT_EVALUATED] = "Not evaluated",
    [OUTCOME_MANUAL] = "Manual check",
    [OUTCOME_WAIVED] = "Waived",
    [OUTCOME_PASS] = "Pass",
    [OUTCOME_NOT_APPLICABLE] = "Not applicable",
};

static const char *const severities[SEVERITY_COUNT] = {
    [SEVERITY_CRITICAL] = "Critical", [SEVERITY_HIGH] = "High", [SEVERITY_MEDIUM] = "Medium",
    [SEVERITY_LOW] = "Low",           [SEVERITY_INFO] = "Info",
};

static const struct {
    const char *word, *advice;
} reasons[REASON_COUNT] = {
    [REASON_NONE] = {"", NULL},
    [REASON_PERMISSION] = {"permission missing",
                           "Grant it to the app registration, give administrator consent, and "
                           "collect again."},
    [REASON_LICENCE] = {"licence missing",
                        "The tenant has no licence for this. Without it the setting cannot be "
                        "read; decide whether the control is needed."},
    [REASON_API_ERROR] = {"service error",
                          "The service answered with an error. Collect again; if it stays, give "
                          "the request id below to Microsoft support."},
    [REASON_THROTTLED] = {"throttled",
                          "The service kept refusing for load. Collect again at a quieter time or "
                          "with a lower --concurrency."},
    [REASON_TRUNCATED] = {"cut short", "The list did not arrive whole. Collect again."},
    [REASON_DEADLINE] = {"out of time", "Collect again with a longer --deadline."},
    [REASON_NOT_COLLECTED] = {"not collected",
                              "This snapshot was collected without it. Collect again with the "
                              "rules that need it."},
    [REASON_MALFORMED] = {"reply not understood",
                          "The service's reply did not have the documented shape, so it was not "
                          "guessed at. Collect again; if it stays, report it as a defect."},
    [REASON_MANUAL] = {"needs a person", NULL},
    [REASON_WAIVER] = {"waived", NULL},
};

const char *words_outcome(enum outcome o)
{
    return outcomes[o];
}

const char *words_severity(enum severity s)
{
    return severities[s];
}

const char *words_reason(enum reason r)
{
    return reasons[r].word;
}

const char *words_advice(enum reason r)
{
    return reasons[r].advice;
}

struct word {
    const char *stored, *shown;
};

static const struct word services[] = {
    {"run", "The audit itself"},
    {"entra-id", "Entra ID"},
    {"exchange-online", "Exchange Online"},
    {"dns", "DNS"},
};

static const struct word verdicts[] = {
    {"allow", "Can send"},
    {"block", "Stopped"},
    {"conditional", "Depends"},
    {"unknown", "Not known"},
    {"not_applicable", "Not applicable"},
};

static const struct word layers[] = {
    {"tenant", "organization switch"},
    {"mailbox", "mailbox switch"},
    {"auth-policy", "authentication policy"},
    {"account", "account"},
    {"security-defaults", "security defaults"},
    {"ca", "Conditional Access"},
    {"mfa", "per-user MFA"},
    {"licence", "licence"},
    {"federation", "federated sign-in"},
    {"service", "Microsoft's retirement of basic authentication"},
};

static const char *shown(const struct word *w, size_t n, const char *word)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(w[i].stored, word))
            return w[i].shown;
    return word;
}

const char *words_service(const char *slug)
{
    return shown(services, COUNT_OF(services), slug);
}

int words_service_order(const char *slug)
{
    for (size_t i = 0; i < COUNT_OF(services); i++)
        if (str_eq(services[i].stored, slug))
            return (int)i;
    return INT_MAX;
}

const char *words_verdict(const char *word)
{
    return shown(verdicts, COUNT_OF(verdicts), word);
}

const char *words_layer(const char *word)
{
    return shown(layers, COUNT_OF(layers), word);
}

char *words_list(const char *json)
{
    enum { LONG_BYTES = 4096 };
    struct err ignored = ERR_INIT;
    json_t *list = NULL;
    json_t *v;
    struct buf b;
    size_t at;
    bool is_plain = json[0] == '[' && strlen(json) <= LONG_BYTES &&
                    jx_parse(json, strlen(json), "list", &list, &ignored) == ERR_OK &&
                    json_is_array(list);

    buf_init(&b, LIMIT_REPORT_TEXT_BYTES);
    json_array_foreach(list, at, v)
    {
        if (at > 0)
            buf_adds(&b, ", ");
        if (json_is_string(v))
            buf_adds(&b, json_string_value(v));
        else if (json_is_integer(v))
            buf_addf(&b, "%lld", (long long)json_integer_value(v));
        else
            is_plain = false;
    }
    if (b.n == 0)
        buf_adds(&b, "none");
    json_decref(list);
    if (is_plain)
        return buf_take(&b);
    buf_release(&b);
    return NULL;
}
