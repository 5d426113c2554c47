/* redact_text.c - one text, with tokens for what it must not say. */
#include "base/mem.h"
#include "base/text.h"
#include "redact_internal.h"
#include "redact_scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { JSON_DEPTH = 8 /* JSON texts within JSON texts */, KEY_BYTES = 64 };

struct redact_token redact_token_of(struct hmac *h, const char *word, const char *value, size_t n)
{
    unsigned char md[SHA256_BYTES];
    struct redact_token t = {{0}};
    struct buf whole;

    buf_init(&whole, n + 64);
    buf_adds(&whole, word);
    buf_addc(&whole, '\0'); /* nothing runs together */
    buf_add(&whole, value, n);
    hmac_of(h, whole.p, whole.n, md);
    buf_release(&whole);
    for (size_t i = 0; i < sizeof t.hex; i++)
        t.hex[i] = md[i];
    return t;
}

static void add_token(struct buf *out, const char *word, struct redact_token t)
{
    buf_adds(out, word);
    buf_addc(out, '-');
    for (size_t i = 0; i < sizeof t.hex; i++)
        buf_addf(out, "%02x", t.hex[i]);
}

void redact_add_token(struct redact *r, const char *word, const char *value, size_t n,
                      struct buf *out)
{
    add_token(out, word, redact_token_of(r->values, word, value, n));
}

/* --- people --- */

/* Comparable: ASCII letters in lower case, one space between words. */
static void add_words(struct buf *out, const char *s, size_t n)
{
    size_t at = 0;
    struct word w;

    while (word_next(s, n, &at, &w)) {
        if (out->n > 0)
            buf_addc(out, ' ');
        for (size_t i = w.from; i < w.end; i++)
            buf_addc(out, (char)(s[i] >= 'A' && s[i] <= 'Z' ? s[i] + ('a' - 'A') : s[i]));
    }
}

static void add_person(struct redact *r, uint32_t person, const char *name, size_t n,
                       struct buf *out)
{
    struct buf words;

    if (person < NAMES_SEVERAL) {
        add_token(out, "person", r->tokens[person]);
        return;
    }
    buf_init(&words, 4096);
    add_words(&words, name, n);
    if (words.n == 0)
        buf_add(&words, name, n);
    redact_add_token(r, "name", words.p, words.n, out);
    buf_release(&words);
}

/* Lower case, with %2B and the like as what they stand for. */
static void add_plain(struct buf *out, const char *s, struct span x)
{
    for (size_t i = x.from; i < x.end; i++) {
        unsigned v = (unsigned char)s[i];
        char hex[3] = {0};
        char *end = NULL;

        if (s[i] == '%' && x.end - i >= 3) {
            memcpy(hex, s + i + 1, 2);
            v = (unsigned)strtoul(hex, &end, 16);
            if (end == hex + 2)
                i += 2;
            else
                v = '%';
        }
        buf_addc(out, (char)(v >= 'A' && v <= 'Z' ? v + ('a' - 'A') : v));
    }
}

/* local@domain, comparable. */
static void add_address_key(struct buf *out, const char *s, size_t from,
                            const struct address_span *a)
{
    buf_clear(out);
    add_plain(out, s, (struct span){from, a->local.end});
    buf_addc(out, '@');
    add_plain(out, s, a->domain);
}

/* Where it begins: the whole of what may be a local part, when somebody has that address. */
static size_t add_address(struct redact *r, const char *s, const struct address_span *a,
                          struct buf *token)
{
    size_t from = a->whole;
    uint32_t person;
    struct buf key;

    buf_init(&key, 8192);
    add_address_key(&key, s, from, a);
    person = names_find_address(&r->names, key.p, key.n);
    if (person >= NAMES_SEVERAL && from != a->local.from) {
        from = a->local.from;
        add_address_key(&key, s, from, a);
        person = names_find_address(&r->names, key.p, key.n);
    }
    if (person < NAMES_SEVERAL)
        add_token(token, "person", r->tokens[person]);
    else
        redact_add_token(r, "address", key.p, key.n, token);
    buf_release(&key);
    return from;
}

/* --- a text --- */

struct pass {
    struct redact *r;
    enum redact_what what;
    const char *s;
    size_t n, copied; /* of the text, so far */
    struct buf *out;
    bool changed;
    struct address_span address; /* the next one */
    struct buf token;            /* for its local part */
    size_t address_from;         /* SIZE_MAX: there is none */
};

static void put(struct pass *p, size_t from, size_t end)
{
    buf_add(p->out, p->s + p->copied, from - p->copied);
    p->copied = end;
    p->changed = true;
}

static void next_address(struct pass *p, size_t at)
{
    p->address_from = SIZE_MAX;
    if ((p->r->kinds & REDACT_UPN) == 0 || !scan_address(p->s, p->n, at, &p->address))
        return;
    buf_clear(&p->token);
    p->address_from = add_address(p->r, p->s, &p->address, &p->token);
}

static bool is_quote(const char *s, size_t n, size_t at, bool is_end)
{
    static const char *const quotes[] = {"'",      "\"",     "`",      "\u201c", "\u201d",
                                         "\u201e", "\u2018", "\u2019", "\u00ab", "\u00bb"};

    for (size_t i = 0; i < sizeof quotes / sizeof *quotes; i++) {
        size_t k = strlen(quotes[i]);

        if (is_end ? n - at >= k && memcmp(s + at, quotes[i], k) == 0
                   : at >= k && memcmp(s + at - k, quotes[i], k) == 0)
            return true;
    }
    return false;
}

static bool try_name(struct pass *p, size_t at, size_t *end)
{
    struct name_hit hit;
    size_t length;

    if ((p->r->kinds & REDACT_UPN) == 0 || !word_has(p->s, p->n, at, &length) ||
        !names_match(&p->r->names, p->s, p->n, at, &hit))
        return false;
    if (p->address_from != SIZE_MAX && hit.end > p->address_from)
        return false;
    if (!hit.is_plain && (p->what == REDACT_ID || !is_quote(p->s, p->n, at, false) ||
                          !is_quote(p->s, p->n, hit.end, true)))
        return false;
    put(p, at, hit.end);
    add_person(p->r, hit.person, p->s + at, hit.end - at, p->out);
    *end = hit.end;
    return true;
}

static bool try_ip(struct pass *p, size_t at, size_t *end)
{
    struct ip_span ip;

    if ((p->r->kinds & REDACT_IP) == 0 || !scan_ip(p->s, p->n, at, &ip, end))
        return false;
    *end = ip.end;
    if (ip.n_bytes > 0) {
        put(p, at, ip.end);
        redact_add_token(p->r, "ip", (const char *)ip.bytes, ip.n_bytes, p->out);
    }
    return true;
}

static bool try_secret(struct pass *p, size_t at, size_t *end)
{
    struct span x;

    if ((p->r->kinds & REDACT_SECRET) == 0 || p->what == REDACT_ID ||
        !scan_secret(p->s, p->n, at, &x))
        return false;
    put(p, x.from, x.end);
    redact_add_token(p->r, "secret", p->s + x.from, x.end - x.from, p->out);
    *end = x.end;
    return true;
}

/* What begins at the beginning of a word, or at ':'. Moves past it, or past the word. */
static size_t step(struct pass *p, size_t at)
{
    size_t end = at;
    size_t skip = 0;
    size_t length;

    if (try_secret(p, at, &end) || try_ip(p, at, &end)) {
        if (p->address_from != SIZE_MAX && p->address_from < end)
            next_address(p, end);
        return end;
    }
    skip = end;
    if (try_name(p, at, &end))
        return end;
    /* "AA:BB:CC" is no IP address, nor is what follows its first colon. */
    while (skip > at && skip < p->n && p->s[skip - 1] != ':' && word_has(p->s, p->n, skip, &length))
        skip--;
    if (skip > at && (p->address_from == SIZE_MAX || skip <= p->address_from) &&
        memchr(p->s + at, ':', skip - at) != NULL)
        return skip;
    while (at < p->n && word_has(p->s, p->n, at, &length) &&
           (p->address_from == SIZE_MAX || at < p->address_from))
        at += length;
    return at;
}

static bool redact_sentence(struct redact *r, enum redact_what what, const char *s, size_t n,
                            struct buf *out)
{
    struct pass p = {.r = r, .what = what, .s = s, .n = n, .out = out};
    size_t length = 1;

    buf_init(&p.token, 128);
    next_address(&p, 0);
    for (size_t at = 0; at < n;) {
        if (at >= p.address_from) {
            put(&p, p.address_from, p.address.local.end);
            buf_adds(out, p.token.p);
            at = p.address.domain.end > p.address.sign.end ? p.address.domain.end
                                                           : p.address.sign.end;
            next_address(&p, at);
        } else if (word_has(s, n, at, &length) ||
                   (s[at] == ':' &&
                    (at == 0 || (s[at - 1] != ':' && !word_has(s, n, at - 1, &length))))) {
            size_t next = step(&p, at);

            at = next > at ? next : at + 1;
        } else {
            at += length;
        }
    }
    if (p.changed)
        buf_add(out, s + p.copied, n - p.copied);
    buf_release(&p.token);
    return p.changed;
}

/* All of it is a name that somebody has, whatever it looks like. */
static bool redact_whole(struct redact *r, const char *s, size_t n, struct buf *out)
{
    size_t at = 0;
    struct name_hit hit;
    struct word w;

    if ((r->kinds & REDACT_UPN) == 0 || !word_next(s, n, &at, &w) ||
        !names_match(&r->names, s, n, w.from, &hit))
        return false;
    at = hit.end;
    if (word_next(s, n, &at, &w))
        return false;
    add_person(r, hit.person, s, n, out);
    return true;
}

static bool redact_person(struct redact *r, const char *s, size_t n, struct buf *out)
{
    if ((r->kinds & REDACT_UPN) == 0 || n == 0)
        return redact_sentence(r, REDACT_FREE, s, n, out);
    if (!redact_whole(r, s, n, out) && !redact_sentence(r, REDACT_FREE, s, n, out))
        add_person(r, NAMES_NOBODY, s, n, out);
    return true;
}

/* --- JSON --- */

static bool redact_value(struct redact *r, enum redact_what what, const char *s, size_t n,
                         unsigned depth, struct buf *out);

/* Four hexadecimal digits; false: others. */
static bool hex4(const char *s, size_t n, unsigned *out)
{
    static const char digits[] = "0123456789abcdefABCDEF";

    *out = 0;
    for (size_t i = 0; i < 4; i++) {
        const char *at = i < n && s[i] != '\0' ? strchr(digits, s[i]) : NULL;

        if (at == NULL)
            return false;
        *out = *out * 16 + (unsigned)(at - digits >= 16 ? at - digits - 6 : at - digits);
    }
    return true;
}

/* The code point of "\uXXXX" at s[*at], which is the 'u', perhaps of two of them; *at moves to its
 * last digit. NUL and half a pair become U+FFFD. */
static bool decode_unicode(const char *s, size_t n, size_t *at, struct buf *out)
{
    unsigned cp, low;

    if (!hex4(s + *at + 1, n - *at - 1, &cp))
        return false;
    *at += 4;
    if (cp >= 0xD800 && cp < 0xDC00 && n - *at > 2 && s[*at + 1] == '\\' && s[*at + 2] == 'u' &&
        hex4(s + *at + 3, n - *at - 3, &low) && low >= 0xDC00 && low < 0xE000) {
        cp = 0x10000 + ((cp - 0xD800) << 10) + (low - 0xDC00);
        *at += 6;
    }
    utf8_add(out, cp == 0 || (cp >= 0xD800 && cp < 0xE000) ? 0xFFFD : cp);
    return true;
}

/* "Xy\u00e9" between the quotes as text; false: no string of JSON. */
static bool decode(const char *s, size_t n, struct buf *out)
{
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";

    for (size_t i = 0; i < n; i++) {
        const char *escape;

        if (s[i] != '\\') {
            buf_addc(out, s[i]);
            continue;
        }
        if (++i >= n)
            return false;
        escape = strchr(from, s[i]);
        if (escape != NULL && *escape != '\0')
            buf_addc(out, to[escape - from]);
        else if (s[i] != 'u' || !decode_unicode(s, n, &i, out))
            return false;
    }
    return !out->failed;
}

static void encode(const char *s, struct buf *out)
{
    for (; *s != '\0'; s++)
        if (*s == '"' || *s == '\\')
            buf_addf(out, "\\%c", *s);
        else if ((unsigned char)*s < 0x20)
            buf_addf(out, "\\u%04x", (unsigned)(unsigned char)*s);
        else
            buf_addc(out, *s);
}

/* Values of these keys are names, also when they consist of common words. */
static bool is_name_key(const char *key)
{
    static const char *const keys[] = {"display_name", "displayName", "name",   "user",
                                       "user_name",    "mailbox",     "owner",  "person",
                                       "account",      "sender",      "member", "recipient"};

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strcmp(keys[i], key) == 0)
            return true;
    return false;
}

struct json_pass {
    struct redact *r;
    const char *s;
    size_t n;
    unsigned depth;
    char key[KEY_BYTES]; /* the last one */
    struct buf *out;
    bool changed;
};

/* The string literal at s[at] (its quote); returns behind it, 0: it has no end. */
static size_t json_string(struct json_pass *p, size_t at)
{
    size_t end = at + 1;
    size_t after;
    enum redact_what what = REDACT_FREE;
    struct buf text, token;
    bool is_key, is_decoded;

    while (end < p->n && p->s[end] != '"')
        end += p->s[end] == '\\' ? 2 : 1;
    if (end >= p->n)
        return 0;
    after = end + 1 + strspn(p->s + end + 1, " \t\r\n");
    is_key = after < p->n && p->s[after] == ':';
    buf_init(&text, 2 * p->n + 8);
    buf_init(&token, p->out->max);
    is_decoded = decode(p->s + at + 1, end - at - 1, &text);
    if (!is_decoded) { /* as it stands, then */
        buf_clear(&text);
        buf_add(&text, p->s + at + 1, end - at - 1);
    }
    if (is_key)
        what = REDACT_ID;
    else if (is_name_key(p->key))
        what = REDACT_NAME;
    if (!is_key && text.n > 0 && (p->r->kinds & REDACT_SECRET) != 0 &&
        scan_names_secret(p->key, strlen(p->key)))
        redact_add_token(p->r, "secret", text.p, text.n, &token);
    else if (text.n > 0)
        (void)redact_value(p->r, what, text.p, text.n, p->depth + 1, &token);
    if (is_key)
        (void)snprintf(p->key, sizeof p->key, "%s", text.p);
    if (token.n > 0 || token.failed) {
        buf_addc(p->out, '"');
        if (is_decoded)
            encode(token.p, p->out);
        else
            buf_add(p->out, token.p, token.n);
        buf_addc(p->out, '"');
        p->out->failed = p->out->failed || token.failed;
        p->changed = true;
    } else {
        buf_add(p->out, p->s + at, end + 1 - at);
    }
    buf_release(&text);
    buf_release(&token);
    return end + 1;
}

/* Signs and numbers of JSON, and its three words, at s[at]; 0: none of them. */
static size_t json_other(const char *s, size_t n, size_t at)
{
    static const char *const words[] = {"true", "false", "null"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (n - at >= strlen(words[i]) && memcmp(s + at, words[i], strlen(words[i])) == 0)
            return strlen(words[i]);
    return strchr("{}[]:, \t\r\n0123456789+-.eE", s[at]) != NULL ? 1 : 0;
}

/* String by string; false: this is no JSON text, and `out` is as it was. */
static bool redact_json(struct redact *r, const char *s, size_t n, unsigned depth, struct buf *out,
                        bool *changed)
{
    struct json_pass p = {.r = r, .s = s, .n = n, .depth = depth, .out = out};

    for (size_t at = 0; at < n;) {
        size_t other = s[at] != '"' ? json_other(s, n, at) : 0;
        size_t end = s[at] == '"' ? json_string(&p, at) : at + other;

        if (end <= at)
            break;
        buf_add(out, s + at, other);
        at = end;
        if (at >= n) {
            *changed = p.changed;
            return true;
        }
    }
    buf_clear(out);
    return false;
}

static bool redact_value(struct redact *r, enum redact_what what, const char *s, size_t n,
                         unsigned depth, struct buf *out)
{
    bool changed = false;

    if (n > 1 && (s[0] == '{' || s[0] == '[') && depth < JSON_DEPTH &&
        redact_json(r, s, n, depth, out, &changed)) {
        if (!changed)
            buf_clear(out);
        return changed;
    }
    if (what == REDACT_PERSON)
        return redact_person(r, s, n, out);
    if (what == REDACT_NAME && redact_whole(r, s, n, out))
        return true;
    return redact_sentence(r, what, s, n, out);
}

bool redact_any(struct redact *r, enum redact_what what, const char *text, struct buf *out)
{
    return redact_value(r, what, text, strlen(text), 0, out);
}
