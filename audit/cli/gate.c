#include "gate.h"

#include "base/strs.h"
#include "exitcode.h"

enum err_code gate_parse(const char *fail_on, bool allow_incomplete, struct gate *out,
                         struct err *e)
{
    out->allow_incomplete = allow_incomplete;
    out->only_new = false;
    out->max_not_evaluated = 0;
    out->is_off = str_eq(fail_on, "none");
    out->fail_on = SEVERITY_HIGH;
    if (!out->is_off && fail_on != NULL &&
        (!severity_parse(fail_on, &out->fail_on) || out->fail_on == SEVERITY_INFO))
        return err_set(e, ERR_USAGE,
                       "--fail-on takes critical, high, medium, low or none, not '%s'", fail_on);
    return ERR_OK;
}

static size_t at_or_above(const struct gate *g, const size_t counts[SEVERITY_COUNT])
{
    size_t n = 0;

    for (int s = SEVERITY_CRITICAL; s <= SEVERITY_INFO; s++)
        if (severity_at_least((enum severity)s, g->fail_on))
            n += counts[s];
    return n;
}

int gate_judge(const struct gate *g, const struct evaluate_summary *s, const char **sentence)
{
    if (!g->is_off && at_or_above(g, g->only_new ? s->new_failing : s->failing) > 0) {
        *sentence = g->only_new ? "gate failed: new findings at or above --fail-on"
                                : "gate failed: findings at or above --fail-on";
        return EXIT_CODE_FINDINGS;
    }
    if (s->errors > 0) {
        *sentence = "a rule could not be run: see the outcome 'error' in the reports";
        return EXIT_CODE_INTERNAL;
    }
    if (!g->is_off && !g->allow_incomplete &&
        at_or_above(g, s->not_evaluated) > g->max_not_evaluated) {
        *sentence = "gate cannot pass: rules at or above --fail-on were not evaluated "
                    "(--allow-incomplete accepts that)";
        return EXIT_CODE_INCOMPLETE;
    }
    *sentence = "gate passed";
    return EXIT_CODE_PASSED;
}
