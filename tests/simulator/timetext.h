/* timetext.h - points in time as the two services write them, and the simulator's own clock. */
#ifndef SIM_TIMETEXT_H
#define SIM_TIMETEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TIME_TEXT 40

void clock_set_offset(long seconds); /* once, before any thread starts */
int64_t clock_now(void);             /* seconds since 1970, with the offset */
double clock_now_fine(void);

void time_iso(int64_t t, char out[TIME_TEXT]);      /* 2026-11-23T09:00:00Z */
void time_net(int64_t t, char out[TIME_TEXT]);      /* 2026-11-23T09:00:00.0000000+00:00 */
void time_http(int64_t t, char out[TIME_TEXT]);     /* Mon, 23 Nov 2026 09:00:00 GMT */
void time_plain(int64_t t, char out[TIME_TEXT]);    /* 2026-11-23 09:00:00Z, in AADSTS errors */
bool time_parse(const char *text, double *seconds); /* RFC 3339, fraction and zone allowed */

#endif
