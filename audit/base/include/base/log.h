/* base/log.h - messages for people, on stderr. Data goes to stdout, never through here.
 *
 * Every value passes text_add_safe(), so that tenant text cannot drive a terminal or a CI runner.
 * Only audit/cli holds a struct log: other layers return errors or call an observer. */
#ifndef BASE_LOG_H
#define BASE_LOG_H
#include "base/attrs.h"

#include <stdbool.h>
#include <stdio.h>

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

struct log {
    FILE *f;
    enum log_level level; /* most detailed level that is printed */
    bool json;            /* one JSON object a line */
};

/* text: "graphaudit: error: ..."; json: {"time","level","message"}. One line each. */
void log_line(const struct log *l, enum log_level level, const char *fmt, ...) PRINTF(3, 4);

#endif
