/* sqlfunc.h - the SQL functions that rules have on top of SQLite's: dates without a clock.
 *
 *   days_between(a, b)    whole days from a to b, negative when b is earlier
 *   date_add_days(d, n)   the date n days after d, as YYYY-MM-DD
 *
 * Dates are YYYY-MM-DD or RFC 3339 times. NULL, and what is no date, gives NULL: unknown. */
#ifndef ENGINE_SQLFUNC_H
#define ENGINE_SQLFUNC_H

struct sqlite3;
/* An SQLite result code. */
int sqlfunc_register(struct sqlite3 *db);

#endif
