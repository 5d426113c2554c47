/* base/timex.h - times and durations as strangers write them. All times are UTC.
 *
 * Milliseconds since 1970-01-01T00:00:00Z unless a name says otherwise. */
#ifndef BASE_TIMEX_H
#define BASE_TIMEX_H
#include "base/attrs.h"

#include <stdbool.h>
#include <stdint.h>

enum { TIME_TEXT_BYTES = 32 };

/* RFC 3339 "2026-11-23T04:05:06Z" (seconds; fractions are dropped, so that sorting is plain text
 * order). `out` has TIME_TEXT_BYTES bytes; returned for convenience. */
const char *time_format(int64_t ms, char *out);
/* Accepts RFC 3339 with 0 to 9 fraction digits and Z or an offset, and a missing zone as UTC
 * (Exchange and older Graph replies). False: not a time. */
bool time_parse(const char *s, int64_t *ms);
/* "2026-11-23" only. Midnight UTC at the start of that day. */
bool date_parse(const char *s, int64_t *ms);
/* IMF-fixdate of RFC 9110 section 5.6.7, "Sun, 06 Nov 1994 08:49:37 GMT". */
bool http_date_parse(const char *s, int64_t *ms);
/* "45m", "90s", "2h", "1d", "250ms"; a bare number is seconds. Result in milliseconds, > 0. */
bool duration_parse(const char *s, int64_t *ms);

#endif
