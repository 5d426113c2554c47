/* What a rule says of a tenant before and after its remedy. */
#ifndef TESTS_REMEDY_JUDGE_H
#define TESTS_REMEDY_JUDGE_H
#include "facts_world.h"
#include "remedy.h"

#include "base/timex.h"

#define REMEDY_AS_OF "2026-11-23"

/* Derives the facts and judges. */
static inline void remedy_judge(const struct ruleset *rs, struct store *s)
{
    struct evaluate_options o = {.evaluated_ms = 1, .tool_version = "test", .fail_on = "none"};
    struct evaluate_summary sum;
    struct err e = ERR_INIT;

    assert_true(date_parse(REMEDY_AS_OF, &o.as_of_ms));
    world_derive(s, REMEDY_AS_OF);
    if (ruleset_evaluate(rs, s, &o, &sum, &e) != ERR_OK)
        fail_msg("%s", e.msg);
}

#endif
