#include "squeeze.h"

#include "base/strs.h"
#include "unwrap.h"

#include <string.h>

enum {
    TAG_BYTES = 256, /* longest tag looked at */
    HEAD_BYTES =
        160, /* how far into a line a continued reply's code may stand: after a log's prefix */
    CODE_WORDS = 12 /* letters allowed between a reply's code and its text: "smtp", "b" */
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_end(char c)
{
    return c == '\n' || c == UNWRAP_BREAK;
}

/* Three digits that may be a reply code, followed by `sep`. */
static bool is_code(const char *s, size_t n, char sep)
{
    return n > 3 && s[0] >= '2' && s[0] <= '5' && is_digit(s[1]) && is_digit(s[2]) && s[3] == sep;
}

/* Length of "5.7.139 " with the blanks after it, 0 when there is none. */
static size_t enhanced_length(const char *s, size_t n)
{
    size_t i = 0;

    for (int part = 0; part < 3; part++) {
        size_t from = i;

        while (i < n && i - from < 3 && is_digit(s[i]))
            i++;
        if (i == from || (part < 2 && (i >= n || s[i++] != '.')))
            return 0;
    }
    if (i < n && s[i] != ' ' && !is_end(s[i]))
        return 0;
    while (i < n && s[i] == ' ')
        i++;
    return i;
}

/* Length of an HTML tag at s, 0 when it is none; an address in angle brackets is none. */
static size_t tag_length(const char *s, size_t n)
{
    size_t i = 1;

    if (i < n && s[i] == '/')
        i++;
    if (i >= n || !is_letter(s[i]))
        return 0;
    for (; i < n && i < TAG_BYTES && s[i] != '>'; i++)
        if (s[i] == '@' || s[i] == '<')
            return 0;
    return i < n && s[i] == '>' ? i + 1 : 0;
}

/* State of a reply of several lines: "535-5.7.139 first" CRLF "535 5.7.139 last". */
struct reply_lines {
    char code[3];
    bool is_open;
    char enhanced[12]; /* of the last reply line; "" for none */
};

static void note_head(struct reply_lines *r, const char *s, size_t n)
{
    size_t e = enhanced_length(s + 4, n - 4);

    memcpy(r->code, s, sizeof r->code);
    r->is_open = s[3] == '-';
    while (e > 0 && s[4 + e - 1] == ' ')
        e--;
    if (e >= sizeof r->enhanced)
        e = 0;
    memcpy(r->enhanced, s + 4, e);
    r->enhanced[e] = '\0';
}

/* At a line's start inside such a reply: how many bytes are a log's prefix and the repeated code.
 */
static size_t continuation(struct reply_lines *r, const char *s, size_t n)
{
    size_t len = strlen(r->enhanced);
    size_t skip = 0;

    if (r->is_open) {
        size_t i = 0;

        for (; i < n && i < HEAD_BYTES && !is_end(s[i]); i++) {
            bool dash = is_code(s + i, n - i, '-');

            if ((dash || is_code(s + i, n - i, ' ')) && memcmp(s + i, r->code, 3) == 0 &&
                (i == 0 || (!is_digit(s[i - 1]) && !is_letter(s[i - 1])))) {
                r->is_open = dash;
                skip = i + 4;
                break;
            }
        }
        if (skip == 0) {
            r->is_open = false;
            return 0;
        }
        return skip + enhanced_length(s + skip, n - skip);
    }
    while (skip < n && s[skip] == ' ')
        skip++;
    /* Python joins the lines and drops the code, but not the enhanced one */
    if (len > 0 && n - skip > len && memcmp(s + skip, r->enhanced, len) == 0 &&
        (s[skip + len] == ' ' || is_end(s[skip + len])))
        return skip + len;
    return 0;
}

static void add(struct squeezed *out, char c, size_t from)
{
    uint32_t at = (uint32_t)from;

    buf_addc(&out->q, c);
    buf_add(&out->at, &at, sizeof at);
}

/* Adds what is left of the byte at `i`, if anything. */
static void add_byte(const char *s, size_t n, size_t i, struct squeezed *out)
{
    char c = s[i];
    size_t next = i + 1;

    if (c >= 'A' && c <= 'Z')
        c = (char)(c - 'A' + 'a');
    if (is_letter(c) || is_digit(c)) {
        add(out, c, i);
    } else if (c == '.' && out->q.n > 0 && is_digit(out->q.p[out->q.n - 1])) {
        while (next < n &&
               (is_end(s[next]) || s[next] == UNWRAP_JOIN || s[next] == ' ' || s[next] == '<')) {
            size_t tag = s[next] == '<' ? tag_length(s + next, n - next) : 1;

            if (tag == 0)
                break;
            next += tag;
        }
        if (next < n && is_digit(s[next]))
            add(out, '.', i);
    }
}

void squeeze_make(const struct buf *text, struct squeezed *out)
{
    struct reply_lines r = {{0}, false, ""};
    const char *s = text->p;
    size_t n = text->n;

    buf_init(&out->q, n);
    buf_init(&out->at, n * sizeof(uint32_t));
    for (size_t i = 0; i < n; i++) {
        size_t skip = s[i] == '<' ? tag_length(s + i, n - i) : 0;

        if (skip > 0) {
            i += skip - 1;
            continue;
        }
        if ((is_code(s + i, n - i, '-') || is_code(s + i, n - i, ' ')) &&
            (i == 0 || (!is_digit(s[i - 1]) && !is_letter(s[i - 1]))))
            note_head(&r, s + i, n - i);
        add_byte(s, n, i, out);
        if (is_end(s[i])) {
            while (i + 1 < n && is_end(s[i + 1]))
                i++;
            i += continuation(&r, s + i + 1, n - i - 1);
        }
    }
}

void squeeze_release(struct squeezed *s)
{
    buf_release(&s->q);
    buf_release(&s->at);
}

size_t squeeze_offset(const struct squeezed *s, size_t i, const struct buf *text)
{
    uint32_t at;

    if (i >= s->q.n)
        return text->n;
    memcpy(&at, s->at.p + i * sizeof at, sizeof at);
    return at;
}

void squeeze_add(struct buf *q, const char *text)
{
    struct squeezed s = {{0}, {0}};
    size_t n = strlen(text);

    buf_init(&s.q, n);
    buf_init(&s.at, n * sizeof(uint32_t));
    for (size_t i = 0; i < n; i++)
        add_byte(text, n, i, &s);
    buf_add(q, s.q.p, s.q.n);
    squeeze_release(&s);
}

/* A number of at most three digits that ends before *end; moves *end to its start. */
static bool number_before(const char *q, size_t *end, unsigned *out)
{
    size_t from = *end;
    unsigned v = 0;

    while (from > 0 && *end - from < 3 && is_digit(q[from - 1]))
        from--;
    for (size_t i = from; i < *end; i++)
        v = v * 10 + (unsigned)(q[i] - '0');
    if (from == *end)
        return false;
    *end = from;
    *out = v;
    return true;
}

/* "5.7.139" that ends before *end. Its first number is one digit: what stands before it is the
 * reply code, without anything between. */
static bool enhanced_before(const char *q, size_t *end, unsigned part[3])
{
    size_t at = *end;
    unsigned v[3];

    for (int i = 2; i > 0; i--) {
        if (!number_before(q, &at, &v[i]) || at == 0 || q[at - 1] != '.')
            return false;
        at--;
    }
    if (at == 0 || (q[at - 1] != '2' && q[at - 1] != '4' && q[at - 1] != '5'))
        return false;
    part[0] = (unsigned)(q[at - 1] - '0');
    part[1] = v[1];
    part[2] = v[2];
    *end = at - 1;
    return true;
}

static size_t skip_letters(const char *q, size_t end)
{
    size_t at = end;

    while (at > 0 && end - at < CODE_WORDS && is_letter(q[at - 1]))
        at--;
    return at > 0 && is_digit(q[at - 1]) ? at : end;
}

struct squeezed_code squeeze_code_before(const struct squeezed *s, size_t at)
{
    struct squeezed_code c = {.from = at};
    const char *q = s->q.p;
    size_t end = skip_letters(q, at);
    size_t code_end;

    if (enhanced_before(q, &end, c.part))
        c.from = end;
    code_end = skip_letters(q, end);
    if (code_end >= 3 && q[code_end - 3] >= '2' && q[code_end - 3] <= '5' &&
        is_digit(q[code_end - 2]) && is_digit(q[code_end - 1]) &&
        (c.part[0] == 0 || (unsigned)(q[code_end - 3] - '0') == c.part[0])) {
        c.code =
            (q[code_end - 3] - '0') * 100 + (q[code_end - 2] - '0') * 10 + (q[code_end - 1] - '0');
        c.from = code_end - 3;
    }
    return c;
}
