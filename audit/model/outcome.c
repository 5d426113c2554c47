#include "model/outcome.h"

#include "base/attrs.h"
#include "base/strs.h"

static const char *const status_names[] = {
    [STATUS_PASS] = "pass",
    [STATUS_FAIL] = "fail",
    [STATUS_UNKNOWN] = "unknown",
    [STATUS_MANUAL] = "manual",
    [STATUS_NOT_APPLICABLE] = "not_applicable",
};

static const char *const outcome_names[] = {
    [OUTCOME_ERROR] = "error",
    [OUTCOME_FAIL] = "fail",
    [OUTCOME_NOT_EVALUATED] = "not_evaluated",
    [OUTCOME_MANUAL] = "manual",
    [OUTCOME_WAIVED] = "waived",
    [OUTCOME_PASS] = "pass",
    [OUTCOME_NOT_APPLICABLE] = "not_applicable",
};

static const char *const severity_names[] = {
    [SEVERITY_CRITICAL] = "critical", [SEVERITY_HIGH] = "high", [SEVERITY_MEDIUM] = "medium",
    [SEVERITY_LOW] = "low",           [SEVERITY_INFO] = "info",
};

static const char *const reason_names[] = {
    [REASON_NONE] = NULL,
    [REASON_PERMISSION] = "permission",
    [REASON_LICENCE] = "licence",
    [REASON_API_ERROR] = "api_error",
    [REASON_THROTTLED] = "throttled",
    [REASON_TRUNCATED] = "truncated",
    [REASON_DEADLINE] = "deadline",
    [REASON_NOT_COLLECTED] = "not_collected",
    [REASON_MALFORMED] = "malformed",
    [REASON_MANUAL] = "manual",
    [REASON_WAIVER] = "waiver",
};

static bool find(const char *const *names, size_t n, const char *word, size_t *at)
{
    if (word == NULL)
        return false;
    for (size_t i = 0; i < n; i++)
        if (names[i] != NULL && str_eq(names[i], word)) {
            *at = i;
            return true;
        }
    return false;
}

const char *status_name(enum status s)
{
    return status_names[s];
}

const char *outcome_name(enum outcome o)
{
    return outcome_names[o];
}

const char *severity_name(enum severity s)
{
    return severity_names[s];
}

const char *reason_name(enum reason r)
{
    return reason_names[r];
}

bool status_parse(const char *word, enum status *out)
{
    size_t at;

    if (!find(status_names, COUNT_OF(status_names), word, &at))
        return false;
    *out = (enum status)at;
    return true;
}

bool outcome_parse(const char *word, enum outcome *out)
{
    size_t at;

    if (!find(outcome_names, COUNT_OF(outcome_names), word, &at))
        return false;
    *out = (enum outcome)at;
    return true;
}

bool severity_parse(const char *word, enum severity *out)
{
    size_t at;

    if (!find(severity_names, COUNT_OF(severity_names), word, &at))
        return false;
    *out = (enum severity)at;
    return true;
}

bool reason_parse(const char *word, enum reason *out)
{
    size_t at;

    if (!find(reason_names, COUNT_OF(reason_names), word, &at))
        return false;
    *out = (enum reason)at;
    return true;
}

enum outcome outcome_combine(const struct tally *t, bool evidence_missing)
{
    if (t->fail > 0)
        return OUTCOME_FAIL;
    if (evidence_missing || t->unknown > 0)
        return OUTCOME_NOT_EVALUATED;
    if (t->manual > 0)
        return OUTCOME_MANUAL;
    if (t->waived > 0)
        return OUTCOME_WAIVED;
    if (t->pass > 0)
        return OUTCOME_PASS;
    return OUTCOME_NOT_APPLICABLE;
}

bool severity_at_least(enum severity severity, enum severity threshold)
{
    return severity <= threshold;
}
