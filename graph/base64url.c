#include "base64url.h"

#include <stdint.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void base64url_add(struct buf *b, const void *bytes, size_t n)
{
    const unsigned char *p = bytes;
    uint32_t bits = 0;
    unsigned have = 0;

    for (size_t i = 0; i < n; i++) {
        bits = (bits << 8 | p[i]) & 0xFFFFFF;
        for (have += 8; have >= 6; have -= 6)
            buf_addc(b, alphabet[bits >> (have - 6) & 0x3F]);
    }
    if (have > 0)
        buf_addc(b, alphabet[bits << (6 - have) & 0x3F]);
}

static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '-' ? 62 : c == '_' ? 63 : -1;
}

bool base64url_decode(struct buf *b, const char *s, size_t n)
{
    uint32_t bits = 0;
    unsigned have = 0;

    if (n % 4 == 1)
        return false;
    for (size_t i = 0; i < n; i++) {
        int v = value_of(s[i]);

        if (v < 0)
            return false;
        bits = (bits << 6 | (uint32_t)v) & 0xFFFFFF;
        have += 6;
        if (have >= 8) {
            have -= 8;
            buf_addc(b, (char)(bits >> have & 0xFF));
        }
    }
    return true;
}
