#include "sqlfunc.h"

#include "base/timex.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

static const int64_t day_ms = 86400000;
/* From year 1 to year 9999, which is what RFC 3339 can say. */
static const int64_t most_days = 3652059;

static bool read_date(sqlite3_value *v, int64_t *ms)
{
    const char *text = (const char *)sqlite3_value_text(v);

    return text != NULL && (date_parse(text, ms) || time_parse(text, ms));
}

static int64_t floor_days(int64_t ms)
{
    return ms >= 0 ? ms / day_ms : -((-ms + day_ms - 1) / day_ms);
}

static void days_between(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
    int64_t a;
    int64_t b;

    (void)argc;
    if (read_date(argv[0], &a) && read_date(argv[1], &b))
        sqlite3_result_int64(ctx, floor_days(b - a));
}

static void date_add_days(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
    int64_t at;
    int64_t days = sqlite3_value_int64(argv[1]);
    char text[TIME_TEXT_BYTES];

    (void)argc;
    if (sqlite3_value_type(argv[1]) != SQLITE_INTEGER || days > most_days || days < -most_days ||
        !read_date(argv[0], &at))
        return;
    (void)time_format(at + days * day_ms, text);
    text[10] = '\0';
    if (date_parse(text, &at)) /* past the years that a date can name: NULL */
        sqlite3_result_text(ctx, text, -1, SQLITE_TRANSIENT);
}

int sqlfunc_register(struct sqlite3 *db)
{
    static const struct {
        const char *name;
        void (*fn)(sqlite3_context *, int, sqlite3_value **);
    } functions[] = {{"days_between", days_between}, {"date_add_days", date_add_days}};
    int rc = SQLITE_OK;

    for (size_t i = 0; rc == SQLITE_OK && i < sizeof functions / sizeof functions[0]; i++)
        rc = sqlite3_create_function_v2(db, functions[i].name, 2,
                                        SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, NULL,
                                        functions[i].fn, NULL, NULL, NULL);
    return rc;
}
