#include "base/timex.h"

#include "base/strs.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

const char *time_format(int64_t ms, char *out)
{
    time_t t = (time_t)(ms >= 0 ? ms / 1000 : (ms - 999) / 1000);
    struct tm tm;

    if (gmtime_r(&t, &tm) == NULL || tm.tm_year + 1900 > 9999 || tm.tm_year + 1900 < 0)
        (void)snprintf(out, TIME_TEXT_BYTES, "0000-00-00T00:00:00Z");
    else
        (void)strftime(out, TIME_TEXT_BYTES, "%Y-%m-%dT%H:%M:%SZ", &tm);
    return out;
}

static bool digits(const char **s, int count, int *out)
{
    int v = 0;

    for (int i = 0; i < count; i++) {
        char c = (*s)[i];

        if (c < '0' || c > '9')
            return false;
        v = v * 10 + (c - '0');
    }
    *s += count;
    *out = v;
    return true;
}

static bool literal(const char **s, char c)
{
    if (**s != c)
        return false;
    (*s)++;
    return true;
}

static bool ymd(const char **s, struct tm *tm)
{
    int y;
    int m;
    int d;

    if (!digits(s, 4, &y) || !literal(s, '-') || !digits(s, 2, &m) || !literal(s, '-') ||
        !digits(s, 2, &d) || m < 1 || m > 12 || d < 1 || d > 31)
        return false;
    tm->tm_year = y - 1900;
    tm->tm_mon = m - 1;
    tm->tm_mday = d;
    return true;
}

static bool hms(const char **s, struct tm *tm)
{
    return digits(s, 2, &tm->tm_hour) && literal(s, ':') && digits(s, 2, &tm->tm_min) &&
           literal(s, ':') && digits(s, 2, &tm->tm_sec) && tm->tm_hour < 24 && tm->tm_min < 60 &&
           tm->tm_sec <= 60;
}

/* timegm() silently turns 31 February into March: refuse what does not come back the same. */
static bool to_ms(struct tm tm, int64_t *ms)
{
    int day = tm.tm_mday;
    int64_t t = (int64_t)timegm(&tm);

    if (tm.tm_mday != day)
        return false;
    *ms = t * 1000;
    return true;
}

bool time_parse(const char *s, int64_t *ms)
{
    struct tm tm = {0};
    int64_t base;
    int64_t frac = 0;
    int64_t scale = 100;
    int oh = 0;
    int om = 0;
    int sign = 0;

    if (s == NULL || !ymd(&s, &tm) || !(*s == 'T' || *s == 't' || *s == ' '))
        return false;
    s++;
    if (!hms(&s, &tm))
        return false;
    if (*s == '.') {
        int n = 0;

        for (s++; *s >= '0' && *s <= '9' && n < 9; s++, n++) {
            frac += (*s - '0') * scale;
            scale /= 10;
        }
        if (n == 0)
            return false;
    }
    if (*s == 'Z' || *s == 'z') {
        s++;
    } else if (*s == '+' || *s == '-') {
        sign = *s == '+' ? 1 : -1;
        s++;
        if (!digits(&s, 2, &oh) || !literal(&s, ':') || !digits(&s, 2, &om) || oh > 23 || om > 59)
            return false;
    }
    if (*s != '\0' || !to_ms(tm, &base))
        return false;
    *ms = base + frac - sign * ((int64_t)oh * 60 + om) * 60000;
    return true;
}

bool date_parse(const char *s, int64_t *ms)
{
    struct tm tm = {0};

    return s != NULL && ymd(&s, &tm) && *s == '\0' && to_ms(tm, ms);
}

bool http_date_parse(const char *s, int64_t *ms)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct tm tm = {0};
    int year;

    if (s == NULL || strlen(s) != 29 || s[3] != ',' || s[4] != ' ')
        return false;
    s += 5;
    if (!digits(&s, 2, &tm.tm_mday) || !literal(&s, ' ') || tm.tm_mday < 1)
        return false;
    tm.tm_mon = -1;
    for (int i = 0; i < 12; i++)
        if (strncmp(s, months + (ptrdiff_t)3 * i, 3) == 0)
            tm.tm_mon = i;
    s += 3;
    if (tm.tm_mon < 0 || !literal(&s, ' ') || !digits(&s, 4, &year) || !literal(&s, ' ') ||
        !hms(&s, &tm) || strcmp(s, " GMT") != 0)
        return false;
    tm.tm_year = year - 1900;
    return to_ms(tm, ms);
}

bool duration_parse(const char *s, int64_t *ms)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
    char number[16];
    size_t n = s == NULL ? 0 : strspn(s, "0123456789");
    int64_t v;

    if (n == 0 || n >= sizeof number)
        return false;
    memcpy(number, s, n);
    number[n] = '\0';
    if (!str_int(number, 1, 1000000000, &v))
        return false;
    if (s[n] == '\0') {
        *ms = v * 1000;
        return true;
    }
    for (size_t i = 0; i < COUNT_OF(units); i++)
        if (strcmp(s + n, units[i].unit) == 0) {
            *ms = v * units[i].ms;
            return true;
        }
    return false;
}
