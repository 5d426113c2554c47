#include "unwrap.h"

#include "base/strs.h"
#include "base/text.h"

#include <string.h>

enum {
    SNIFF_BYTES = 4096,
    BASE64_TOKEN_MIN = 24, /* "535 5.7.139 Authentication" is 35 in base64 */
    BASE64_LINE_MIN = 60   /* only a long line goes on on the next one: MIME breaks at 76 */
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int hex_value(char c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (is_digit(c))
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* A code point below 128 as our alphabet has it: line ends become breaks, the rest blanks. */
static char plain(unsigned cp)
{
    if (cp == '\n' || cp == '\r')
        return UNWRAP_BREAK;
    return (char)(cp >= 0x20 && cp < 0x7F ? cp : ' ');
}

/* PowerShell's redirection writes UTF-16: for what a reply is made of, dropping NUL bytes does. */
static bool is_utf16(const char *s, size_t n)
{
    size_t zeros = 0;

    if (n >= 2 && (memcmp(s, "\xFF\xFE", 2) == 0 || memcmp(s, "\xFE\xFF", 2) == 0))
        return true;
    n = n < SNIFF_BYTES ? n : SNIFF_BYTES;
    for (size_t i = 0; i < n; i++)
        zeros += s[i] == '\0';
    return n >= 16 && zeros > n / 3;
}

/* Length of a terminal sequence (ECMA-48 CSI) at s, 0 when there is none. */
static size_t colour_length(const char *s, size_t n)
{
    size_t i = 2;

    if (n < 3 || s[0] != '\x1b' || s[1] != '[')
        return 0;
    while (i < n && i < 32 && s[i] >= 0x20 && s[i] < 0x40)
        i++;
    return i < n && s[i] >= 0x40 && s[i] < 0x7F ? i + 1 : 0;
}

static void undo_bytes(const char *s, size_t n, struct buf *out)
{
    bool wide = is_utf16(s, n);

    for (size_t i = 0; i < n; i++) {
        size_t colour = s[i] == '\x1b' ? colour_length(s + i, n - i) : 0;

        bool is_dropped =
            (s[i] == '\r' && i + 1 < n && (s[i + 1] == '\n' || (wide && s[i + 1] == '\0'))) ||
            (s[i] == '\0' && wide);

        if (colour > 0)
            i += colour - 1;
        else if (s[i] == UNWRAP_JOIN || (s[i] == '\0' && !wide))
            buf_addc(out, ' ');
        else if (!is_dropped)
            buf_addc(out, s[i]);
    }
}

bool unwrap_base64(const char *s, size_t n, struct buf *out)
{
    size_t was = out->n;
    unsigned bits = 0;
    unsigned held = 0;
    size_t symbols = 0;

    while (n > 0 && s[n - 1] == '=')
        n--;
    for (size_t i = 0; i < n; i++) {
        int v = base64_value(s[i]);

        if (v < 0)
            continue; /* a line end inside; the caller chose the span */
        symbols++;
        held = (held << 6 | (unsigned)v) & 0xFFFF;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            buf_addc(out, (char)(held >> bits & 0xFF));
        }
    }
    if (symbols % 4 != 1 && symbols > 0)
        return true;
    if (out->n > was) {
        out->n = was;
        out->p[was] = '\0';
    }
    return false;
}

/* Text about mail, and not what happens to decode: passwords and ids stay as they are. */
static bool is_about_mail(const char *s, size_t n)
{
    size_t odd = 0;

    if (memchr(s, '\0', n) != NULL)
        return false;
    for (size_t i = 0; i < n; i++)
        odd += (unsigned char)s[i] < 0x20 && s[i] != '\n' && s[i] != '\r' && s[i] != '\t';
    if (odd > 0 || !utf8_valid(s, n))
        return false;
    for (size_t i = 0; i + 5 < n; i++)
        if ((s[i] == '2' || s[i] == '4' || s[i] == '5') && is_digit(s[i + 1]) &&
            is_digit(s[i + 2]) && (s[i + 3] == ' ' || s[i + 3] == '-') && is_digit(s[i + 4]) &&
            s[i + 5] == '.')
            return true;
    return str_icontains(s, "authentication unsuccessful");
}

/* End of the base64 token at s; *lines: line ends inside it. */
static size_t base64_token(const char *s, size_t n, size_t *lines)
{
    size_t i = 0;
    size_t since = 0;

    *lines = 0;
    for (; i < n; i++) {
        if (base64_value(s[i]) >= 0) {
            since++;
        } else if (s[i] == '\n' && since >= BASE64_LINE_MIN && i + 1 < n &&
                   base64_value(s[i + 1]) >= 0) {
            (*lines)++;
            since = 0;
        } else {
            break;
        }
    }
    while (i < n && s[i] == '=')
        i++;
    return i;
}

static void undo_base64(const struct buf *in, struct buf *out)
{
    struct buf text;

    buf_init(&text, in->n);
    for (size_t i = 0; i < in->n;) {
        size_t lines = 0;
        size_t n = base64_token(in->p + i, in->n - i, &lines);

        buf_clear(&text);
        if (n >= BASE64_TOKEN_MIN && unwrap_base64(in->p + i, n, &text) &&
            is_about_mail(text.p, text.n)) {
            for (size_t k = 0; k < text.n; k++)
                if (text.p[k] == '\n')
                    buf_addc(out, UNWRAP_BREAK);
                else
                    buf_addc(out, text.p[k]);
            while (lines-- > 0)
                buf_addc(out, UNWRAP_JOIN);
        } else {
            n = n > 0 ? n : 1;
            buf_add(out, in->p + i, n);
        }
        i += n;
    }
    buf_release(&text);
}

/* Whether the '=' at `at` may be the padding of a base64 word: the answer to a 334 stands so. */
static bool is_padding(const struct buf *in, size_t at)
{
    size_t from = at;

    while (from > 0 && (base64_value(in->p[from - 1]) >= 0 || in->p[from - 1] == '='))
        from--;
    return at > from && (at + 1 - from) % 4 == 0;
}

/* RFC 2045 section 6.7. "=" at a line's end joins; "=XX" only where the text shows that it is
 * quoted-printable, because "responseCode=535" is not. */
static void undo_quoted_printable(const struct buf *in, struct buf *out)
{
    bool coded = strstr(in->p, "=3D") != NULL || str_icontains(in->p, "quoted-printable");

    for (size_t i = 0; i < in->n; i++) {
        size_t left = in->n - i;

        if (in->p[i] != '=') {
            buf_addc(out, in->p[i]);
        } else if (left > 1 && in->p[i + 1] == '\n' && !is_padding(in, i)) {
            buf_addc(out, UNWRAP_JOIN);
            i++;
        } else if (coded && left > 2 && hex_value(in->p[i + 1]) >= 0 &&
                   hex_value(in->p[i + 2]) >= 0) {
            buf_addc(out,
                     plain((unsigned)(hex_value(in->p[i + 1]) * 16 + hex_value(in->p[i + 2]))));
            i += 2;
        } else {
            buf_addc(out, '=');
        }
    }
}

/* Length of the entity at s (which starts with '&'), 0 for none; *c is what it stands for. */
static size_t entity(const char *s, size_t n, char *c)
{
    static const struct {
        const char *name;
        char c;
    } names[] = {{"&amp;", '&'},  {"&lt;", '<'},    {"&gt;", '>'},
                 {"&quot;", '"'}, {"&apos;", '\''}, {"&nbsp;", ' '}};
    unsigned cp = 0;
    unsigned base = n > 2 && (s[2] == 'x' || s[2] == 'X') ? 16 : 10;
    size_t i = base == 16 ? 3 : 2;

    for (size_t k = 0; k < COUNT_OF(names); k++)
        if (n >= strlen(names[k].name) && strncmp(s, names[k].name, strlen(names[k].name)) == 0) {
            *c = names[k].c;
            return strlen(names[k].name);
        }
    if (n < 4 || s[1] != '#')
        return 0;
    for (; i < n && i < 10 && hex_value(s[i]) >= 0 && (unsigned)hex_value(s[i]) < base; i++)
        cp = cp * base + (unsigned)hex_value(s[i]);
    if (i >= n || s[i] != ';' || i == (base == 16 ? 3U : 2U))
        return 0;
    *c = plain(cp);
    return i + 1;
}

static void undo_entities(const struct buf *in, struct buf *out)
{
    for (size_t i = 0; i < in->n;) {
        char c = '\0';
        size_t n = in->p[i] == '&' ? entity(in->p + i, in->n - i, &c) : 0;

        /* "&amp;#39;" was escaped twice: what became '&' may start an entity */
        while (n > 0 && c == '&') {
            char again[12] = "&";
            size_t rest = in->n - i - n < sizeof again - 2 ? in->n - i - n : sizeof again - 2;
            size_t more;

            memcpy(again + 1, in->p + i + n, rest);
            more = entity(again, rest + 1, &c);
            if (more == 0)
                break;
            n += more - 1;
        }
        if (n == 0) {
            c = in->p[i];
            n = 1;
        }
        buf_addc(out, c);
        i += n;
    }
}

/* What follows a run of backslashes at s: bytes used, 0 when it is no escape. */
static size_t escape(const char *s, size_t n, char *c)
{
    if (n == 0)
        return 0;
    switch (s[0]) {
    case 'n':
    case 'r':
        *c = UNWRAP_BREAK;
        return 1;
    case 't':
        *c = ' ';
        return 1;
    case '"':
    case '\'':
    case '/':
        *c = s[0];
        return 1;
    case 'u':
        if (n < 5 || hex_value(s[1]) < 0 || hex_value(s[2]) < 0 || hex_value(s[3]) < 0 ||
            hex_value(s[4]) < 0)
            return 0;
        *c = ' ';
        if (s[1] == '0' && s[2] == '0')
            *c = plain((unsigned)(hex_value(s[3]) * 16 + hex_value(s[4])));
        return 5;
    case 'x':
        if (n < 3 || hex_value(s[1]) < 0 || hex_value(s[2]) < 0)
            return 0;
        *c = plain((unsigned)(hex_value(s[1]) * 16 + hex_value(s[2])));
        return 3;
    default:
        break;
    }
    if (n >= 3 && s[0] >= '0' && s[0] <= '1' && s[1] >= '0' && s[1] <= '7' && s[2] >= '0' &&
        s[2] <= '7') {
        *c = plain((unsigned)((s[0] - '0') * 64 + (s[1] - '0') * 8 + (s[2] - '0')));
        return 3;
    }
    return 0;
}

static void undo_escapes(const struct buf *in, struct buf *out)
{
    for (size_t i = 0; i < in->n;) {
        const char *s = in->p + i;
        size_t left = in->n - i;
        size_t slashes = strspn(s, "\\");
        size_t used = 0;
        char c = '\0';

        if (slashes > 0 && (used = escape(s + slashes, left - slashes, &c)) > 0)
            used += slashes;
        else if (*s == '%' && left > 2 && hex_value(s[1]) >= 0 && hex_value(s[2]) >= 0) {
            c = plain((unsigned)(hex_value(s[1]) * 16 + hex_value(s[2])));
            used = 3;
        } else if (*s == '#' && left > 3 && s[1] == '0' && s[2] == '1' &&
                   (s[3] == '2' || s[3] == '5')) { /* rsyslog's control characters, in octal */
            c = UNWRAP_BREAK;
            used = 4;
        }
        if (used > 0) {
            buf_addc(out, c);
        } else {
            used = slashes > 0 ? slashes : 1;
            buf_add(out, s, used);
        }
        i += used;
    }
}

void unwrap_text(const char *bytes, size_t n, struct buf *out)
{
    /* twice, because Go writes "&#39;" in JSON as "\u0026#39;" */
    static void (*const steps[])(const struct buf *, struct buf *) = {
        undo_base64,  undo_quoted_printable, undo_entities,
        undo_escapes, undo_entities,         undo_escapes,
    };
    struct buf a;
    struct buf b;

    buf_init(&a, n);
    undo_bytes(bytes, n, &a);
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        buf_init(&b, n);
        steps[i](&a, &b);
        buf_release(&a);
        a = b;
    }
    buf_add(out, a.p, a.n);
    buf_release(&a);
}
