#include "base/text.h"

#include <string.h>

static const uint32_t replacement = 0xFFFD;

uint32_t utf8_next(const char *s, size_t n, size_t *at)
{
    const unsigned char *p = (const unsigned char *)s + *at;
    size_t left = n - *at;
    uint32_t cp = p[0];
    size_t len = cp < 0x80                 ? 1
                 : cp >= 0xC2 && cp < 0xE0 ? 2
                 : cp >= 0xE0 && cp < 0xF0 ? 3
                 : cp >= 0xF0 && cp < 0xF5 ? 4
                                           : 0;

    if (len == 1) {
        *at += 1;
        return cp;
    }
    if (len == 0 || len > left) {
        *at += 1;
        return replacement;
    }
    cp &= 0x7FU >> len;
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xC0) != 0x80) {
            *at += 1;
            return replacement;
        }
        cp = cp << 6 | (p[i] & 0x3F);
    }
    /* Overlong forms, surrogates and values past U+10FFFF are not UTF-8 (RFC 3629 section 3). */
    if ((len == 3 && cp < 0x800) || (len == 4 && cp < 0x10000) || cp > 0x10FFFF ||
        (cp >= 0xD800 && cp <= 0xDFFF)) {
        *at += 1;
        return replacement;
    }
    *at += len;
    return cp;
}

void utf8_add(struct buf *b, uint32_t cp)
{
    char out[4];
    size_t n = 0;

    if (cp < 0x80) {
        out[n++] = (char)cp;
    } else if (cp < 0x800) {
        out[n++] = (char)(0xC0 | cp >> 6);
        out[n++] = (char)(0x80 | (cp & 0x3F));
    } else if (cp < 0x10000) {
        out[n++] = (char)(0xE0 | cp >> 12);
        out[n++] = (char)(0x80 | (cp >> 6 & 0x3F));
        out[n++] = (char)(0x80 | (cp & 0x3F));
    } else {
        out[n++] = (char)(0xF0 | cp >> 18);
        out[n++] = (char)(0x80 | (cp >> 12 & 0x3F));
        out[n++] = (char)(0x80 | (cp >> 6 & 0x3F));
        out[n++] = (char)(0x80 | (cp & 0x3F));
    }
    buf_add(b, out, n);
}

bool utf8_valid(const char *s, size_t n)
{
    for (size_t at = text_plain_run(s, n); at < n;) {
        size_t was = at;

        if (utf8_next(s, n, &at) == replacement && at - was != 3)
            return false;
    }
    return true;
}

bool text_is_hostile(uint32_t cp)
{
    static const struct {
        uint32_t from, to;
    } ranges[] = {
        {0x00, 0x1F},     {0x7F, 0x9F},     {0xAD, 0xAD},       {0x61C, 0x61C},
        {0x200B, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x2069},   {0xFEFF, 0xFEFF},
        {0xFFF9, 0xFFFB}, {0xFFFE, 0xFFFF}, {0xE0000, 0xE007F},
    };

    for (size_t i = 0; i < COUNT_OF(ranges); i++)
        if (cp >= ranges[i].from && cp <= ranges[i].to)
            return true;
    return false;
}

void text_add_safe(struct buf *b, const char *s)
{
    size_t n = strlen(s);

    if (n >= 2 && s[0] == ':' && s[1] == ':')
        buf_addc(b, '\\');
    for (size_t at = 0; at < n;) {
        uint32_t cp;

        if (s[at] == '#' && (strncmp(s + at, "##vso[", 6) == 0 || strncmp(s + at, "##[", 3) == 0)) {
            buf_adds(b, "#\\");
            at++;
            continue;
        }
        cp = utf8_next(s, n, &at);
        if (text_is_hostile(cp))
            buf_addf(b, "\\u{%X}", (unsigned)cp);
        else
            utf8_add(b, cp);
    }
}

size_t text_plain_run(const char *s, size_t n)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    size_t at = 0;

    /* Eight at a time: without a top bit, and none that borrows when one is taken off. */
    for (uint64_t w; n - at >= sizeof w; at += sizeof w) {
        memcpy(&w, s + at, sizeof w);
        if ((((w - ones) | w) & (ones << 7)) != 0)
            break;
    }
    while (at < n && (unsigned char)s[at] - 1U < 0x7F)
        at++;
    return at;
}

void text_add_cut(struct buf *b, const char *s, size_t max)
{
    size_t n = strlen(s);
    size_t count = text_plain_run(s, n < max ? n : max);
    size_t at = count;

    buf_add(b, s, count);
    while (at < n && count < max) {
        utf8_add(b, utf8_next(s, n, &at));
        count++;
    }
    if (at < n)
        utf8_add(b, 0x2026);
}
