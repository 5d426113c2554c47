#include "messages.h"

#include "base/attrs.h"
#include "base/strs.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name, *thousands;
    const char *const *texts;
} languages[LANG_COUNT] = {
    [LANG_EN] = {"en", ",", messages_en},
    [LANG_DE] = {"de", ".", messages_de},
};

enum lang lang_find(const char *name)
{
    int l = 0;

    while (l < LANG_COUNT && !str_eq(languages[l].name, name))
        l++;
    return (enum lang)l;
}

const char *lang_name(enum lang l)
{
    return languages[l].name;
}

const char *message_text(enum lang l, enum msg m)
{
    return languages[l].texts[m];
}

void message_add_count(struct buf *b, enum lang l, size_t n)
{
    char digits[24];
    size_t len;

    (void)snprintf(digits, sizeof digits, "%zu", n);
    len = strlen(digits);
    for (size_t i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            buf_adds(b, languages[l].thousands);
        buf_addc(b, digits[i]);
    }
}

/* What stands in braces; false: nothing of ours. */
static bool add_value(struct buf *b, enum lang l, const char *name, size_t len, const struct say *s)
{
    const struct {
        const char *name;
        size_t n;
    } counts[] = {{"n", s->n}, {"of", s->of}, {"more", s->more}};
    const struct {
        const char *name, *text;
    } texts[] = {{"a", s->a}, {"b", s->b}, {"c", s->c}};

    for (size_t i = 0; i < COUNT_OF(counts); i++)
        if (strlen(counts[i].name) == len && strncmp(counts[i].name, name, len) == 0) {
            message_add_count(b, l, counts[i].n);
            return true;
        }
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (strlen(texts[i].name) == len && strncmp(texts[i].name, name, len) == 0) {
            buf_adds(b, texts[i].text != NULL ? texts[i].text : "");
            return true;
        }
    return false;
}

/* From *from to *end: the form for this number. */
static void choose_form(size_t n, const char **from, const char **end)
{
    const char *bar = strchr(*from, '|');

    *end = *from + strlen(*from);
    if (bar == NULL)
        return;
    if (n == 1)
        *end = bar;
    else
        *from = bar + 1;
}

/* From *from to *end: the part before or after {*}. */
static void choose_part(enum message_part part, const char **from, const char **end)
{
    const char *star = strstr(*from, "{*}");

    if (star == NULL || star >= *end)
        return;
    if (part == MESSAGE_BEFORE)
        *end = star;
    else if (part == MESSAGE_AFTER)
        *from = star + strlen("{*}");
}

void message_add(struct buf *b, enum lang l, enum msg m, enum message_part part,
                 const struct say *s)
{
    const char *at = message_text(l, m);
    const char *end;

    choose_form(s->n, &at, &end);
    choose_part(part, &at, &end);
    while (at < end) {
        const char *close = *at == '{' ? strchr(at, '}') : NULL;

        if (close != NULL && add_value(b, l, at + 1, (size_t)(close - at - 1), s)) {
            at = close + 1;
        } else {
            buf_addc(b, *at);
            at++;
        }
    }
}
