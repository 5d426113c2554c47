#include "timetext.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static long offset;

void clock_set_offset(long seconds)
{
    offset = seconds;
}

double clock_now_fine(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_REALTIME, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9 + (double)offset;
}

int64_t clock_now(void)
{
    return (int64_t)clock_now_fine();
}

static struct tm utc(int64_t t)
{
    time_t when = (time_t)t;
    struct tm tm = {0};

    (void)gmtime_r(&when, &tm);
    return tm;
}

void time_iso(int64_t t, char out[TIME_TEXT])
{
    struct tm tm = utc(t);

    if (strftime(out, TIME_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        out[0] = '\0';
}

void time_net(int64_t t, char out[TIME_TEXT])
{
    struct tm tm = utc(t);

    if (strftime(out, TIME_TEXT, "%Y-%m-%dT%H:%M:%S.0000000+00:00", &tm) == 0)
        out[0] = '\0';
}

void time_http(int64_t t, char out[TIME_TEXT])
{
    struct tm tm = utc(t);

    if (strftime(out, TIME_TEXT, "%a, %d %b %Y %H:%M:%S GMT", &tm) == 0)
        out[0] = '\0';
}

void time_plain(int64_t t, char out[TIME_TEXT])
{
    struct tm tm = utc(t);

    if (strftime(out, TIME_TEXT, "%Y-%m-%d %H:%M:%SZ", &tm) == 0)
        out[0] = '\0';
}

static bool two_digits(const char *s, long *out)
{
    if (s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9')
        return false;
    *out = (s[0] - '0') * 10L + (s[1] - '0');
    return true;
}

bool time_parse(const char *text, double *seconds)
{
    struct tm tm = {0};
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M", &tm);
    double fraction = 0, zone = 0;
    char *end;

    if (rest == NULL) {
        rest = strptime(text, "%Y-%m-%d", &tm);
        if (rest == NULL || *rest != '\0')
            return false;
        *seconds = (double)timegm(&tm);
        return true;
    }
    if (rest[0] == ':') {
        fraction = strtod(rest + 1, &end);
        if (end == rest + 1 || fraction < 0 || fraction >= 61)
            return false;
        rest = end;
    }
    if (*rest == '+' || *rest == '-') {
        long hours, minutes;

        if (strlen(rest) != 6 || rest[3] != ':' || !two_digits(rest + 1, &hours) ||
            !two_digits(rest + 4, &minutes))
            return false;
        zone = (double)(hours * 3600 + minutes * 60) * (*rest == '-' ? -1 : 1);
    } else if (strcmp(rest, "Z") != 0) {
        return false;
    }
    *seconds = (double)timegm(&tm) + fraction - zone;
    return true;
}
