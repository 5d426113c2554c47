#include "base/log.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/timex.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>

/* A message longer than this is cut by vsnprintf; errors are at most 1 KiB. */
enum { MESSAGE_BYTES = 4096 };

void log_line(const struct log *l, enum log_level level, const char *fmt, ...)
{
    static const char *const names[] = {"error", "warning", "info", "debug"};
    static const char *const prefix[] = {
        "graphaudit: error: ", "graphaudit: warning: ", "graphaudit: ", "graphaudit: debug: "};
    char raw[MESSAGE_BYTES];
    struct buf line;
    va_list ap;

    if (level > l->level)
        return;
    va_start(ap, fmt);
    (void)vsnprintf(raw, sizeof raw, fmt, ap);
    va_end(ap);
    buf_init(&line, (size_t)MESSAGE_BYTES * 8);
    text_add_safe(&line, raw);
    if (l->json) {
        char when[TIME_TEXT_BYTES];
        json_t *o = json_pack("{s:s, s:s, s:s}", "time", time_format(clock_real_ms(), when),
                              "level", names[level], "message", line.p);
        char *s = o != NULL ? json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;

        fprintf(l->f, "%s\n", s != NULL ? s : "{}");
        free(s);
        json_decref(o);
    } else {
        fprintf(l->f, "%s%s\n", prefix[level], line.p);
    }
    buf_release(&line);
}
