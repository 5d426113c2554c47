#include "util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

void die(const char *fmt, ...)
{
    va_list ap;

    fputs("graphaudit-simulator: ", stderr);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    exit(EXIT_FAILURE);
}

void *xcalloc(size_t n, size_t size)
{
    void *p = calloc(n == 0 ? 1 : n, size == 0 ? 1 : size);

    if (p == NULL)
        die("out of memory");
    return p;
}

void *xrealloc(void *p, size_t size)
{
    void *q = realloc(p, size == 0 ? 1 : size);

    if (q == NULL)
        die("out of memory");
    return q;
}

char *xstrndup(const char *s, size_t n)
{
    char *copy = xcalloc(n + 1, 1);

    memcpy(copy, s, n);
    return copy;
}

char *xstrdup(const char *s)
{
    return xstrndup(s, strlen(s));
}

char *xasprintf(const char *fmt, ...)
{
    char *text = NULL;
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vasprintf(&text, fmt, ap);
    va_end(ap);
    if (n < 0)
        die("out of memory");
    return text;
}

static void buf_room(struct buf *b, size_t n)
{
    size_t need = b->len + n + 1;

    if (need <= b->cap)
        return;
    b->cap = b->cap * 2 > need ? b->cap * 2 : need + 64;
    b->data = xrealloc(b->data, b->cap);
}

void buf_add(struct buf *b, const void *data, size_t n)
{
    buf_room(b, n);
    if (n > 0)
        memcpy(b->data + b->len, data, n);
    b->len += n;
    b->data[b->len] = '\0';
}

void buf_str(struct buf *b, const char *s)
{
    buf_add(b, s, strlen(s));
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    char *text = NULL;
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vasprintf(&text, fmt, ap);
    va_end(ap);
    if (n < 0)
        die("out of memory");
    buf_add(b, text, (size_t)n);
    free(text);
}

void buf_free(struct buf *b)
{
    free(b->data);
    *b = (struct buf){0};
}

char *buf_take(struct buf *b)
{
    char *text = b->data != NULL ? b->data : xstrdup("");

    *b = (struct buf){0};
    return text;
}

void strings_add(struct strings *s, const char *text)
{
    s->v = xrealloc(s->v, (s->n + 1) * sizeof *s->v);
    s->v[s->n++] = text;
}

bool strings_has_nocase(const struct strings *s, const char *text)
{
    for (size_t i = 0; i < s->n; i++)
        if (str_ieq(s->v[i], text))
            return true;
    return false;
}

void strings_free(struct strings *s)
{
    free(s->v);
    *s = (struct strings){0};
}

bool str_eq(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

bool str_ieq(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcasecmp(a, b) == 0;
}

bool str_starts(const char *s, const char *with)
{
    return strncmp(s, with, strlen(with)) == 0;
}

bool str_contains_nocase(const char *s, const char *part)
{
    return strcasestr(s, part) != NULL;
}

bool words_have(const char *words, const char *word, size_t n)
{
    for (const char *at = words; n > 0 && *at != '\0';) {
        size_t len = strcspn(at, " ");

        if (len == n && memcmp(at, word, n) == 0)
            return true;
        at += len + (at[len] == ' ');
    }
    return false;
}

bool parse_long(const char *text, long min, long max, long *out)
{
    char *end = NULL;
    long v;

    if (text == NULL || *text == '\0')
        return false;
    errno = 0;
    v = strtol(text, &end, 10);
    if (errno != 0 || *end != '\0' || v < min || v > max)
        return false;
    *out = v;
    return true;
}

bool uuid_is(const char *text)
{
    if (text == NULL || strlen(text) != 36)
        return false;
    for (size_t i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        bool hex = strchr("0123456789abcdefABCDEF", text[i]) != NULL;

        if (dash ? text[i] != '-' : !hex)
            return false;
    }
    return true;
}

char *b64url(const void *data, size_t n)
{
    size_t room = 4 * ((n + 2) / 3) + 1;
    char *out = xcalloc(room, 1);
    int len = EVP_EncodeBlock((unsigned char *)out, data, (int)n);

    for (int i = 0; i < len; i++) {
        if (out[i] == '+')
            out[i] = '-';
        else if (out[i] == '/')
            out[i] = '_';
        else if (out[i] == '=')
            out[i] = '\0';
    }
    return out;
}

static int b64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '-' || c == '+')
        return 62;
    if (c == '_' || c == '/')
        return 63;
    return -1;
}

bool b64url_decode(const char *text, size_t n, struct buf *out)
{
    uint32_t acc = 0;
    unsigned bits = 0;

    while (n > 0 && text[n - 1] == '=')
        n--;
    for (size_t i = 0; i < n; i++) {
        int v = b64_value(text[i]);
        char byte;

        if (v < 0)
            return false;
        acc = acc << 6 | (uint32_t)v;
        bits += 6;
        if (bits < 8)
            continue;
        bits -= 8;
        byte = (char)(acc >> bits & 0xffU);
        buf_add(out, &byte, 1);
    }
    buf_add(out, "", 0);
    return true;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

char *percent_decode(const char *s, size_t n, bool plus_is_space)
{
    char *out = xcalloc(n + 1, 1);
    size_t k = 0;

    for (size_t i = 0; i < n; i++) {
        if (s[i] == '%' && i + 2 < n && hex_value(s[i + 1]) >= 0 && hex_value(s[i + 2]) >= 0) {
            out[k++] = (char)(hex_value(s[i + 1]) * 16 + hex_value(s[i + 2]));
            i += 2;
        } else if (s[i] == '+' && plus_is_space) {
            out[k++] = ' ';
        } else {
            out[k++] = s[i];
        }
    }
    return out;
}

void hex_lower(const unsigned char *in, size_t n, char *out)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[in[i] >> 4];
        out[2 * i + 1] = digits[in[i] & 15];
    }
    out[2 * n] = '\0';
}

void random_bytes(void *out, size_t n)
{
    if (RAND_bytes(out, (int)n) != 1)
        die("no random bytes");
}

void uuid_from_bytes(unsigned char raw[16], char out[UUID_TEXT])
{
    char hex[33];

    raw[6] = (unsigned char)((raw[6] & 0x0f) | 0x40);
    raw[8] = (unsigned char)((raw[8] & 0x3f) | 0x80);
    hex_lower(raw, 16, hex);
    snprintf(out, UUID_TEXT, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16,
             hex + 20);
}

void uuid_random(char out[UUID_TEXT])
{
    unsigned char raw[16];

    random_bytes(raw, sizeof raw);
    uuid_from_bytes(raw, out);
}

void uuid_named(const char *kind, const char *name, char out[UUID_TEXT])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    char *text = xasprintf("%s\n%s", kind, name);

    if (EVP_Digest(text, strlen(text), digest, NULL, EVP_sha256(), NULL) != 1)
        die("SHA-256 failed");
    free(text);
    uuid_from_bytes(digest, out);
}

void hmac_hex(const void *key, size_t key_len, const char *text, char out[65])
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned n = 0;

    if (HMAC(EVP_sha256(), key, (int)key_len, (const unsigned char *)text, strlen(text), mac, &n) ==
        NULL)
        die("HMAC failed");
    hex_lower(mac, 32, out);
}

bool file_write(const char *dir, const char *name, const void *data, size_t n, unsigned mode)
{
    char *path = xasprintf("%s/%s", dir, name);
    char *temp = xasprintf("%s/.%s.%ld.new", dir, name, (long)getpid());
    const char *at = data;
    int fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    bool ok = fd >= 0 && fchmod(fd, mode) == 0;

    while (ok && n > 0) {
        ssize_t w = write(fd, at, n);

        ok = w > 0;
        if (ok) {
            at += w;
            n -= (size_t)w;
        }
    }
    if (fd >= 0 && close(fd) != 0)
        ok = false;
    ok = ok && rename(temp, path) == 0;
    free(temp);
    free(path);
    return ok;
}

const char *jstr(const json_t *o, const char *key)
{
    return json_string_value(json_object_get(o, key));
}

bool jbool(const json_t *o, const char *key, bool otherwise)
{
    const json_t *v = json_object_get(o, key);

    return json_is_boolean(v) ? json_is_true(v) : otherwise;
}

json_int_t jint(const json_t *o, const char *key, json_int_t otherwise)
{
    const json_t *v = json_object_get(o, key);

    return json_is_integer(v) ? json_integer_value(v) : otherwise;
}

json_t *jtext(const char *s)
{
    return s != NULL ? json_string(s) : json_null();
}

void jset(json_t *o, const char *key, json_t *value)
{
    if (value == NULL || json_object_set_new(o, key, value) != 0)
        die("cannot set JSON member '%s'", key);
}

void jset_default(json_t *o, const char *key, json_t *value)
{
    if (json_object_get(o, key) == NULL)
        jset(o, key, value);
    else
        json_decref(value);
}

void jpush(json_t *a, json_t *value)
{
    if (value == NULL || json_array_append_new(a, value) != 0)
        die("cannot append to a JSON array");
}

json_t *jkeep(const json_t *v)
{
    /* jansson counts owners inside the value, so sharing a const tree needs this one cast. */
    union {
        const json_t *in;
        json_t *out;
    } cast = {.in = v};

    return json_incref(cast.out);
}
