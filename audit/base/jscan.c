#include "base/jscan.h"

#include "base/mem.h"
#include "base/text.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is under way. `at` never passes `end`, where a NUL stands. */
struct scan {
    struct jscan *j;
    char *at, *end;
    unsigned depth;
};

enum { FEW_KEYS = 24 /* are compared one with another; more are sorted */ };

void jscan_release(struct jscan *j)
{
    free(j->v);
    memset(j, 0, sizeof *j);
}

static uint32_t add(struct jscan *j, enum jscan_kind kind)
{
    if (j->n == j->cap) {
        j->cap = j->cap > 0 ? j->cap + j->cap / 2 : 1024;
        j->v = xreallocarray(j->v, j->cap, sizeof *j->v);
    }
    j->v[j->n].kind = (uint8_t)kind;
    j->v[j->n].length = 0;
    j->v[j->n].end = j->n + 1;
    j->v[j->n].of.number = 0;
    return j->n++;
}

static void skip_space(struct scan *s)
{
    while (*s->at == ' ' || *s->at == '\n' || *s->at == '\r' || *s->at == '\t')
        s->at++;
}

/* ---- strings ---- */

/* The number of bytes, from `p` on, that stand for themselves: ASCII but for quotation marks,
 * backslashes and control characters. Eight at a time. */
static size_t plain_run(const char *p, const char *end)
{
    static const uint64_t ones = 0x0101010101010101U;
    static const uint64_t tops = 0x8080808080808080U;
    const char *from = p;

    while (end - p >= 8) {
        uint64_t w;
        uint64_t quote;
        uint64_t slash;

        memcpy(&w, p, sizeof w);
        quote = w ^ (ones * '"');
        slash = w ^ (ones * '\\');
        if (((w | (w - ones * 0x20) | (quote - ones) | (slash - ones)) & tops) != 0)
            break; /* one of them at least: which, the bytes tell */
        p += 8;
    }
    while (p < end && (unsigned char)*p >= 0x20 && (unsigned char)*p < 0x80 && *p != '"' &&
           *p != '\\')
        p++;
    return (size_t)(p - from);
}

static int hex4(const char *p, const char *end)
{
    int v = 0;

    if (end - p < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;

        if (digit < 0)
            return -1;
        v = v * 16 + digit;
    }
    return v;
}

/* UTF-8 of a code point that was written in six bytes or twelve. */
static char *put_code_point(char *out, uint32_t cp)
{
    struct buf b;

    buf_init(&b, 4);
    utf8_add(&b, cp);
    memcpy(out, b.p, b.n);
    out += b.n;
    buf_release(&b);
    return out;
}

/* Behind "\u". NULL: refused. */
static char *unescape_unicode(struct scan *s, char *out)
{
    int high = hex4(s->at, s->end);
    int low;

    if (high <= 0 || (high >= 0xDC00 && high <= 0xDFFF))
        return NULL;
    s->at += 4;
    if (high < 0xD800 || high > 0xDBFF)
        return put_code_point(out, (uint32_t)high);
    if (s->end - s->at < 6 || s->at[0] != '\\' || s->at[1] != 'u')
        return NULL;
    low = hex4(s->at + 2, s->end);
    if (low < 0xDC00 || low > 0xDFFF)
        return NULL;
    s->at += 6;
    return put_code_point(out,
                          0x10000 + (((uint32_t)high - 0xD800) << 10 | ((uint32_t)low - 0xDC00)));
}

static char *unescape(struct scan *s, char *out)
{
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";
    const char *which;
    char c = s->at[1];

    s->at += 2; /* not past the end: a NUL there is no escape */
    if (c == 'u')
        return unescape_unicode(s, out);
    which = c != '\0' ? strchr(from, c) : NULL;
    if (which == NULL)
        return NULL;
    *out = to[which - from];
    return out + 1;
}

/* One character of several bytes. */
static char *copy_character(struct scan *s, char *out)
{
    size_t at = 0;
    uint32_t cp = utf8_next(s->at, (size_t)(s->end - s->at), &at);

    if (cp < 0x80 || (cp == 0xFFFD && at != 3))
        return NULL;
    memmove(out, s->at, at);
    s->at += at;
    return out + at;
}

/* At the opening quotation mark. */
static bool read_string(struct scan *s)
{
    uint32_t i = add(s->j, JSCAN_STRING);
    char *from = ++s->at;
    char *out = from;

    for (;;) {
        size_t n = plain_run(s->at, s->end);

        if (out != s->at)
            memmove(out, s->at, n);
        out += n;
        s->at += n;
        if (*s->at == '"')
            break;
        out = *s->at == '\\'                  ? unescape(s, out)
              : (unsigned char)*s->at >= 0x80 ? copy_character(s, out)
                                              : NULL;
        if (out == NULL)
            return false;
    }
    s->at++;
    *out = '\0'; /* at the closing quotation mark or before it */
    s->j->v[i].of.text = from;
    s->j->v[i].length = (uint32_t)(out - from);
    return true;
}

/* ---- numbers and words ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool skip_digits(struct scan *s)
{
    if (!is_digit(*s->at))
        return false;
    while (is_digit(*s->at))
        s->at++;
    return true;
}

static bool read_number(struct scan *s)
{
    const char *from = s->at;
    uint32_t i = add(s->j, JSCAN_INT);

    s->at += *s->at == '-';
    if (*s->at == '0')
        s->at++;
    else if (!skip_digits(s))
        return false;
    if (is_digit(*s->at))
        return false;
    if (*s->at == '.' || *s->at == 'e' || *s->at == 'E')
        s->j->v[i].kind = JSCAN_REAL;
    if (*s->at == '.') {
        s->at++;
        if (!skip_digits(s))
            return false;
    }
    if (*s->at == 'e' || *s->at == 'E') {
        s->at++;
        s->at += *s->at == '+' || *s->at == '-';
        if (!skip_digits(s))
            return false;
    }
    errno = 0;
    if (s->j->v[i].kind == JSCAN_REAL)
        return isfinite(strtod(from, NULL));
    s->j->v[i].of.number = strtoll(from, NULL, 10);
    return errno == 0;
}

static bool read_word(struct scan *s, const char *word, size_t n, enum jscan_kind kind)
{
    char after;

    if ((size_t)(s->end - s->at) < n || memcmp(s->at, word, n) != 0)
        return false;
    after = s->at[n];
    (void)add(s->j, kind);
    s->at += n;
    return !((after >= 'a' && after <= 'z') || (after >= 'A' && after <= 'Z'));
}

/* ---- objects and arrays ---- */

static bool is_same_key(const struct jscan_value *a, const struct jscan_value *b)
{
    return a->length == b->length && memcmp(a->of.text, b->of.text, a->length) == 0;
}

static int compare_keys(const void *pa, const void *pb, void *ctx)
{
    const struct jscan_value *v = ctx;
    const struct jscan_value *a = &v[*(const uint32_t *)pa];
    const struct jscan_value *b = &v[*(const uint32_t *)pb];

    if (a->length != b->length)
        return a->length < b->length ? -1 : 1;
    return memcmp(a->of.text, b->of.text, a->length);
}

static bool many_are_unique(const struct jscan *j, uint32_t object, size_t n)
{
    uint32_t *keys = xcalloc(n, sizeof *keys);
    const struct jscan_value *in = &j->v[object];
    bool is_unique = true;
    size_t at = 0;

    for (const struct jscan_value *k = jscan_first(j, in); k != NULL; k = jscan_next(j, in, k))
        keys[at++] = (uint32_t)(k - j->v);
    qsort_r(keys, n, sizeof *keys, compare_keys, j->v);
    for (size_t i = 1; i < n && is_unique; i++)
        is_unique = !is_same_key(&j->v[keys[i - 1]], &j->v[keys[i]]);
    free(keys);
    return is_unique;
}

static bool read_value(struct scan *s);

static void close_container(struct scan *s, uint32_t i, const char *from)
{
    struct jscan_value *v = &s->j->v[i];

    s->at++;
    v->end = s->j->n;
    v->of.text = from;
    v->length = (uint32_t)(s->at - from);
}

static bool read_member(struct scan *s, uint32_t few[FEW_KEYS], size_t n)
{
    uint32_t key = s->j->n;

    skip_space(s);
    if (*s->at != '"' || !read_string(s))
        return false;
    for (size_t i = 0; i < n && n < FEW_KEYS; i++)
        if (is_same_key(&s->j->v[few[i]], &s->j->v[key]))
            return false;
    if (n < FEW_KEYS)
        few[n] = key;
    skip_space(s);
    if (*s->at != ':')
        return false;
    s->at++;
    if (!read_value(s))
        return false;
    s->j->v[key].end = s->j->n; /* so that the next key stands behind the value */
    return true;
}

static bool read_object(struct scan *s)
{
    const char *from = s->at;
    uint32_t i = add(s->j, JSCAN_OBJECT);
    uint32_t few[FEW_KEYS];
    size_t n = 0;

    s->at++;
    skip_space(s);
    while (*s->at != '}' || n > 0) {
        if (!read_member(s, few, n))
            return false;
        n++;
        skip_space(s);
        if (*s->at == '}')
            break;
        if (*s->at != ',')
            return false;
        s->at++;
    }
    close_container(s, i, from);
    return n <= FEW_KEYS || many_are_unique(s->j, i, n);
}

static bool read_array(struct scan *s)
{
    const char *from = s->at;
    uint32_t i = add(s->j, JSCAN_ARRAY);
    bool is_first = true;

    s->at++;
    skip_space(s);
    while (*s->at != ']' || !is_first) {
        if (!read_value(s))
            return false;
        is_first = false;
        skip_space(s);
        if (*s->at == ']')
            break;
        if (*s->at != ',')
            return false;
        s->at++;
    }
    close_container(s, i, from);
    return true;
}

static bool read_any(struct scan *s)
{
    switch (*s->at) {
    case '"':
        return read_string(s);
    case 't':
        return read_word(s, "true", 4, JSCAN_TRUE);
    case 'f':
        return read_word(s, "false", 5, JSCAN_FALSE);
    case 'n':
        return read_word(s, "null", 4, JSCAN_NULL);
    case '{':
        return read_object(s);
    case '[':
        return read_array(s);
    default:
        return (*s->at == '-' || is_digit(*s->at)) && read_number(s);
    }
}

static bool read_value(struct scan *s)
{
    bool ok;

    skip_space(s);
    ok = ++s->depth <= JSCAN_DEPTH && read_any(s);
    s->depth--;
    return ok;
}

bool jscan_read(struct jscan *j, char *text, size_t n)
{
    struct scan s = {.j = j, .at = text, .end = text + n};

    j->n = 0;
    j->text = text;
    if (n >= UINT32_MAX)
        return false;
    text[n] = '\0'; /* no text goes on behind one: every loop above ends there */
    skip_space(&s);
    if ((*s.at != '{' && *s.at != '[') || !read_value(&s))
        return false;
    skip_space(&s);
    return s.at == s.end;
}

/* ---- looking ---- */

static const struct jscan_value *within(const struct jscan *j, const struct jscan_value *in,
                                        uint32_t i)
{
    return i < in->end ? &j->v[i] : NULL;
}

const struct jscan_value *jscan_first(const struct jscan *j, const struct jscan_value *in)
{
    if (in->kind != JSCAN_ARRAY && in->kind != JSCAN_OBJECT)
        return NULL;
    return within(j, in, (uint32_t)(in - j->v) + 1);
}

const struct jscan_value *jscan_next(const struct jscan *j, const struct jscan_value *in,
                                     const struct jscan_value *at)
{
    return within(j, in, at->end);
}

const struct jscan_value *jscan_get(const struct jscan *j, const struct jscan_value *object,
                                    const char *key, size_t key_length)
{
    if (object->kind != JSCAN_OBJECT)
        return NULL;
    for (const struct jscan_value *k = jscan_first(j, object); k != NULL;
         k = jscan_next(j, object, k))
        if (k->length == key_length && memcmp(k->of.text, key, key_length) == 0)
            return k + 1;
    return NULL;
}

enum jx jscan_path(const struct jscan *j, const struct jscan_value *object, const char *path,
                   size_t length, const struct jscan_value **out)
{
    const char *end = path + length;

    *out = NULL;
    while (path < end) {
        const char *dot = memchr(path, '.', (size_t)(end - path));
        size_t n = (size_t)((dot != NULL ? dot : end) - path);

        if (object->kind == JSCAN_NULL)
            return JX_NULL;
        if (object->kind != JSCAN_OBJECT)
            return JX_TYPE;
        object = jscan_get(j, object, path, n);
        if (object == NULL)
            return JX_ABSENT;
        path += n + (dot != NULL ? 1 : 0);
    }
    if (object->kind == JSCAN_NULL)
        return JX_NULL;
    *out = object;
    return JX_OK;
}

const char *jscan_text(const struct jscan_value *v)
{
    return v != NULL && v->kind == JSCAN_STRING ? v->of.text : NULL;
}
