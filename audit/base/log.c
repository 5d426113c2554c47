#include "base/log.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/timex.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>

/* A message longer than this is cut by vsnprintf; errors are at most 1 KiB. A code point is at most
 * nine bytes when it is made safe ("\u{10FFFF}" for four). */
enum { MESSAGE_BYTES = 4096, SAFE_BYTES = MESSAGE_BYTES * 8 };

static const char *const level_names[] = {"error", "warning", "info", "debug"};

static void put_text(json_t *o, const char *name, const char *text)
{
    struct buf safe;

    buf_init(&safe, SAFE_BYTES);
    text_add_safe(&safe, text);
    (void)json_object_set_new(o, name, json_string(safe.p));
    buf_release(&safe);
}

static void write_json(const struct log *l, enum log_level level, const struct log_field *fields,
                       size_t n, const char *message)
{
    char when[TIME_TEXT_BYTES];
    json_t *o = json_object();
    char *s;

    put_text(o, "time", time_format(clock_real_ms(), when));
    put_text(o, "level", level_names[level]);
    if (l->component != NULL)
        put_text(o, "component", l->component);
    if (l->run_id[0] != '\0')
        put_text(o, "run", l->run_id);
    put_text(o, "message", message);
    for (size_t i = 0; i < n; i++) {
        if (fields[i].is_number)
            (void)json_object_set_new(o, fields[i].name, json_integer(fields[i].number));
        else if (fields[i].text != NULL)
            put_text(o, fields[i].name, fields[i].text);
    }
    s = json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII);
    fprintf(l->f, "%s\n", s != NULL ? s : "{}");
    free(s);
    json_decref(o);
}

static void write_text(const struct log *l, enum log_level level, const char *message)
{
    static const char *const prefix[] = {
        "graphaudit: error: ", "graphaudit: warning: ", "graphaudit: ", "graphaudit: debug: "};
    struct buf safe;

    buf_init(&safe, SAFE_BYTES);
    text_add_safe(&safe, message);
    fprintf(l->f, "%s%s\n", prefix[level], safe.p);
    buf_release(&safe);
}

PRINTF(5, 0)
static void write_line(const struct log *l, enum log_level level, const struct log_field *fields,
                       size_t n, const char *fmt, va_list ap)
{
    char message[MESSAGE_BYTES];

    (void)vsnprintf(message, sizeof message, fmt, ap);
    if (l->json)
        write_json(l, level, fields, n, message);
    else
        write_text(l, level, message);
}

void log_line(const struct log *l, enum log_level level, const char *fmt, ...)
{
    va_list ap;

    if (level > l->level)
        return;
    va_start(ap, fmt);
    write_line(l, level, NULL, 0, fmt, ap);
    va_end(ap);
}

void log_event(const struct log *l, enum log_level level, const struct log_field *fields, size_t n,
               const char *fmt, ...)
{
    va_list ap;

    if (level > l->level)
        return;
    va_start(ap, fmt);
    write_line(l, level, fields, n, fmt, ap);
    va_end(ap);
}
