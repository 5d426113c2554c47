/* gate.h - from outcomes to an exit code. */
#ifndef CLI_GATE_H
#define CLI_GATE_H
#include "base/err.h"
#include "model/outcome.h"
#include "rules/engine.h"

#include <stdbool.h>

struct gate {
    bool is_off; /* --fail-on none */
    enum severity fail_on;
    bool allow_incomplete;
    bool only_new;            /* --fail-on-new */
    size_t max_not_evaluated; /* rules at or above fail_on that may be not evaluated */
};
/* `fail_on` NULL: high. */
enum err_code gate_parse(const char *fail_on, bool allow_incomplete, struct gate *out,
                         struct err *e);
/* 0, 1, 3 or 70: findings beat engine errors, which beat incompleteness. `sentence` says why. */
int gate_judge(const struct gate *g, const struct evaluate_summary *s, const char **sentence);

#endif
