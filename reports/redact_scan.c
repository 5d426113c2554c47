#include "redact_scan.h"

#include "base/attrs.h"
#include "base/strs.h"
#include "redact_names.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_alnum(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

/* --- addresses --- */

/* RFC 5322 section 3.2.3 atext and '.', and RFC 6532: anything beyond ASCII. */
static bool is_local(char c)
{
    return is_alnum(c) || (unsigned char)c >= 0x80 || is_of(c, "!#$%&'*+-/=?^_`{|}~.");
}

static bool is_domain(char c)
{
    return is_alnum(c) || (unsigned char)c >= 0x80 || c == '-' || c == '.';
}

/* "user=jane@contoso.com" is a name and an address; "bounce+jane=partner.com@" is one address. */
static bool is_key(const char *s, size_t n)
{
    static const char *const keys[] = {
        "user",   "username",   "upn",  "mail", "email", "address", "mailbox",
        "login",  "login_hint", "to",   "from", "cc",    "bcc",     "rcpt",
        "sender", "id",         "name", "smtp", "rua",   "ruf",     "owner"};

    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        size_t k = strlen(keys[i]);

        if (n >= k && str_istarts(s + n - k, keys[i]) && (n == k || !is_alnum(s[n - k - 1])))
            return true;
    }
    return false;
}

/* %3A, %2F and the like, before an address in a URL. */
static bool is_coded_delimiter(const char *s, size_t at, size_t end)
{
    static const char *const codes[] = {"3a", "2f", "3d", "26", "3f", "3c",
                                        "22", "20", "27", "2c", "3b", "28"};

    if (s[at] != '%' || end - at < 3)
        return false;
    for (size_t i = 0; i < COUNT_OF(codes); i++)
        if (str_istarts(s + at + 1, codes[i]))
            return true;
    return false;
}

/* Where the local part begins that a text most likely means, of s[from..end). */
static size_t narrow(const char *s, size_t from, size_t end)
{
    size_t begin = from;

    for (size_t i = from; i < end;) {
        size_t length = 1;

        if (is_coded_delimiter(s, i, end)) {
            i += 3;
            begin = i;
            continue;
        }
        if ((unsigned char)s[i] >= 0x80 && !word_has(s, end, i, &length))
            begin = i + length;
        else if (is_of(s[i], "/&?`{|}") || (s[i] == '=' && is_key(s + begin, i - begin)))
            begin = i + 1;
        i += length;
    }
    while (begin < end && is_of(s[begin], "'.-+#~^!$"))
        begin++;
    return begin;
}

/* The sign is at `at`; *length: its bytes, 0: there is none. */
static size_t sign_length(const char *s, size_t n, size_t at)
{
    if (s[at] == '@')
        return 1;
    return s[at] == '%' && n - at >= 3 && s[at + 1] == '4' && s[at + 2] == '0' ? 3 : 0;
}

/* `"jane doe"@contoso.com` */
static size_t quoted_from(const char *s, size_t floor, size_t sign)
{
    for (size_t i = sign - 1; i > floor && sign - i < 128;)
        if (s[--i] == '"')
            return i;
    return sign;
}

static bool take_address(const char *s, size_t n, size_t floor, size_t at, struct address_span *out)
{
    size_t length = sign_length(s, n, at);
    size_t whole = at;
    size_t end = at + length;

    if (at > floor && s[at - 1] == '"') {
        whole = quoted_from(s, floor, at);
        out->local.from = whole;
    } else {
        while (whole > floor && is_local(s[whole - 1]))
            whole--;
        out->local.from = narrow(s, whole, at);
    }
    while (end < n && is_domain(s[end])) {
        size_t bytes = 1;

        if ((unsigned char)s[end] >= 0x80 && !word_has(s, n, end, &bytes))
            break; /* a quotation mark */
        end += bytes;
    }
    if (end < n && sign_length(s, n, end) > 0)
        end = at + length; /* "a@b@c.com": b is no domain, it is a local part, too */
    while (end > at + length && is_of(s[end - 1], ".-"))
        end--;
    out->whole = whole;
    out->local.end = at;
    out->sign = (struct span){at, at + length};
    out->domain = (struct span){at + length, end};
    if (out->local.from == at || (at - out->local.from == 1 && s[at - 1] == '*'))
        return false;
    return end > at + length || (end < n && (s[end] == '[' || is_domain(s[end])));
}

bool scan_address(const char *s, size_t n, size_t at, struct address_span *out)
{
    for (size_t i = at; i < n; i++)
        if (sign_length(s, n, i) > 0 && take_address(s, n, at, i, out))
            return true;
    return false;
}

/* --- IP addresses --- */

static size_t run_of(const char *s, size_t n, size_t at, bool with_colon)
{
    size_t i = at;

    while (i < n &&
           (is_digit(s[i]) || s[i] == '.' || (with_colon && (is_hex(s[i]) || s[i] == ':'))))
        i++;
    return i;
}

/* inet_pton() of s[from..end). */
static bool parse(int family, const char *s, size_t from, size_t end, unsigned char *out)
{
    char text[INET6_ADDRSTRLEN];

    if (end - from >= sizeof text)
        return false;
    memcpy(text, s + from, end - from);
    text[end - from] = '\0';
    return inet_pton(family, text, out) == 1;
}

/* 0.0.0.0 and 127.0.0.0/8; :: and ::1. */
static bool is_nobodys(const struct ip_span *ip)
{
    static const unsigned char zero[16];

    if (ip->n_bytes == 4)
        return ip->bytes[0] == 127 || memcmp(ip->bytes, zero, 4) == 0;
    return memcmp(ip->bytes, zero, 15) == 0 && ip->bytes[15] <= 1;
}

static bool scan_ip4(const char *s, size_t n, size_t at, struct ip_span *out, size_t *skip)
{
    size_t end = run_of(s, n, at, false);

    *skip = end;
    while (end > at && s[end - 1] == '.')
        end--;
    if ((at > 0 && (s[at - 1] == '.' || s[at - 1] == '_')) ||
        !parse(AF_INET, s, at, end, out->bytes))
        return false;
    if (end < n && (is_alnum(s[end]) || s[end] == '_'))
        return false;
    out->end = end;
    out->n_bytes = 4;
    return true;
}

/* The word before the colon at s[at - 1] is hexadecimal: this is the rest of something that was
 * looked at, such as a fingerprint. "ip6:" is not. */
static bool follows_hex(const char *s, size_t at)
{
    size_t i = at - 1;

    if (s[i] != ':')
        return false;
    while (i > 0 && is_hex(s[i - 1]))
        i--;
    return i == 0 || !is_alnum(s[i - 1]);
}

static bool scan_ip6(const char *s, size_t n, size_t at, struct ip_span *out, size_t *skip)
{
    static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    size_t end = run_of(s, n, at, true);

    *skip = end;
    while (end > at && (s[end - 1] == '.' || (s[end - 1] == ':' && s[end - 2] != ':')))
        end--;
    if ((at > 0 && follows_hex(s, at)) || !parse(AF_INET6, s, at, end, out->bytes))
        return false;
    if (end < n && (is_alnum(s[end]) || s[end] == '_'))
        return false;
    out->end = end;
    out->n_bytes = 16;
    if (memcmp(out->bytes, mapped, sizeof mapped) == 0) { /* the same host in another form */
        memmove(out->bytes, out->bytes + 12, 4);
        out->n_bytes = 4;
    }
    return true;
}

bool scan_ip(const char *s, size_t n, size_t at, struct ip_span *out, size_t *skip)
{
    const char *colon;
    size_t run;
    bool found;

    *skip = 0;
    if (!is_hex(s[at]) && s[at] != ':')
        return false;
    run = run_of(s, n, at, true);
    colon = memchr(s + at, ':', run - at);
    if (colon != NULL && memchr(colon + 1, ':', run - (size_t)(colon + 1 - s)) != NULL)
        found = scan_ip6(s, n, at, out, skip);
    else
        found = is_digit(s[at]) && scan_ip4(s, n, at, out, skip);
    if (found && is_nobodys(out))
        out->n_bytes = 0;
    return found;
}
