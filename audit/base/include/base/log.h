/* base/log.h - messages for people, on stderr. Data goes to stdout, never through here.
 *
 * Every value passes text_add_safe(), so that tenant text cannot drive a terminal or a CI runner.
 * Only audit/cli holds a struct log: other layers return errors or call an observer. */
#ifndef BASE_LOG_H
#define BASE_LOG_H
#include "base/attrs.h"
#include "base/digest.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

struct log {
    FILE *f;
    enum log_level level;         /* most detailed level that is printed */
    bool json;                    /* one JSON object a line */
    const char *component;        /* who speaks when a message does not say; NULL: nobody */
    char run_id[GUID_TEXT_BYTES]; /* the same in every line of a run; "": none */
};

/* What a message is about, for machines: only JSON lines have it, the text says it in words. A
 * field whose text is NULL and that is no number is left out. */
struct log_field {
    const char *name;
    const char *text;
    bool is_number;
    int64_t number;
};

/* text: "graphaudit: error: ..."; json: {"time","level","component","run","message"}. One line
 * each. */
void log_line(const struct log *l, enum log_level level, const char *fmt, ...) PRINTF(3, 4);
/* The same with fields after the message; one named "component" or "message" replaces ours. */
void log_event(const struct log *l, enum log_level level, const struct log_field *fields, size_t n,
               const char *fmt, ...) PRINTF(5, 6);

#endif
