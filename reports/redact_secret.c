/* redact_secret.c - what looks like a secret. Only shapes: a password without a word that names it
 * looks like any other word, and no list of shapes is complete. */
#include "base/attrs.h"
#include "base/strs.h"
#include "redact_scan.h"

#include <stdlib.h>
#include <string.h>

enum { OPAQUE_BYTES = 32, NAMED_BYTES = 8, SCHEME_BYTES = 12 };

struct shape {
    size_t upper, lower, digits, others;
};

static bool is_opaque(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("+/_=~-", c) != NULL);
}

static struct shape shape_of(const char *s, size_t n)
{
    struct shape x = {0, 0, 0, 0};

    for (size_t i = 0; i < n; i++)
        if (s[i] >= 'a' && s[i] <= 'z')
            x.lower++;
        else if (s[i] >= 'A' && s[i] <= 'Z')
            x.upper++;
        else if (s[i] >= '0' && s[i] <= '9')
            x.digits++;
        else
            x.others++;
    return x;
}

/* Tokens that say what they are: GitHub, GitLab, Slack, AWS, Stripe, Google, Azure, npm; a JWT. */
static size_t known_shape(const char *s, size_t n)
{
    static const struct {
        const char *prefix;
        size_t least; /* bytes in all */
    } known[] = {{"ghp_", 20},   {"gho_", 20},  {"ghs_", 20},  {"ghu_", 20}, {"github_pat_", 22},
                 {"glpat-", 16}, {"xoxb-", 16}, {"xoxp-", 16}, {"AKIA", 20}, {"sk_live_", 16},
                 {"AIza", 30},   {"npm_", 20},  {"eyJ", 20}};
    size_t end = 0;

    while (end < n && (is_opaque(s[end]) || s[end] == '.'))
        end++;
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (end >= known[i].least && strncmp(s, known[i].prefix, strlen(known[i].prefix)) == 0)
            return end;
    /* An application secret of Microsoft Entra: three signs, a digit, "Q~". */
    return end >= 34 && s[3] >= '0' && s[3] <= '9' && s[4] == 'Q' && s[5] == '~' ? end : 0;
}

static bool is_guid_like(const char *s)
{
    char text[37];

    memcpy(text, s, sizeof text - 1);
    text[36] = '\0';
    return str_is_guid(text);
}

/* A long run of mixed letters and digits. Public keys of DKIM ("p=") are none, nor are GUIDs. */
static size_t opaque_run(const char *s, size_t n, size_t at)
{
    size_t end = at;
    struct shape x;

    while (end < n && is_opaque(s[end]) && s[end] != '=')
        end++;
    while (end < n && s[end] == '=')
        end++;
    if (end - at < OPAQUE_BYTES || (at >= 2 && s[at - 1] == '=' && s[at - 2] == 'p'))
        return 0;
    x = shape_of(s + at, end - at);
    if (end - at == 36 && is_guid_like(s + at))
        return 0;
    return x.upper > 1 && x.lower > 1 && x.digits > 1 ? end - at : 0;
}

static size_t value_end(const char *s, size_t n, size_t at)
{
    while (at < n && (unsigned char)s[at] > ' ' && strchr("\"',;&<>", s[at]) == NULL)
        at++;
    return at;
}

/* How sure a name is of its value. */
enum sure { SURE_ANY, SURE_DIGIT, SURE_LONG };

static const struct {
    const char *name;
    enum sure sure;
} named[] = {{"password", SURE_ANY},         {"passwd", SURE_ANY},   {"pwd", SURE_ANY},
             {"passphrase", SURE_ANY},       {"kennwort", SURE_ANY}, {"passwort", SURE_ANY},
             {"secret", SURE_DIGIT},         {"token", SURE_DIGIT},  {"apikey", SURE_DIGIT},
             {"accountkey", SURE_DIGIT},     {"sig", SURE_LONG},     {"key", SURE_LONG},
             {"sharedaccesskey", SURE_DIGIT}};

/* "password: x", "Password = 'x'", "client_secret=x": the name begins at `at`. */
static bool named_value(const char *s, size_t n, size_t at, struct span *out)
{
    for (size_t i = 0; i < COUNT_OF(named); i++) {
        size_t k = at + strlen(named[i].name);
        struct shape x;

        if (k >= n || !str_istarts(s + at, named[i].name))
            continue;
        while (k < n && (s[k] == '"' || s[k] == '\'' || s[k] == ' '))
            k++;
        if (k >= n || (s[k] != ':' && s[k] != '='))
            continue;
        k++;
        while (k < n && (s[k] == '"' || s[k] == '\'' || s[k] == ' '))
            k++;
        *out = (struct span){k, value_end(s, n, k)};
        x = shape_of(s + k, out->end - k);
        if (out->end > k &&
            (named[i].sure == SURE_ANY ||
             (x.digits > 0 && out->end - k >= (named[i].sure == SURE_LONG ? 16 : NAMED_BYTES))))
            return true;
    }
    return false;
}

/* "Authorization: Bearer x": RFC 9110 section 11.4. */
static bool scheme_value(const char *s, size_t n, size_t at, struct span *out)
{
    static const char *const schemes[] = {"bearer ", "basic "};

    for (size_t i = 0; i < COUNT_OF(schemes); i++) {
        size_t k = at + strlen(schemes[i]);
        struct shape x;

        if (k >= n || !str_istarts(s + at, schemes[i]))
            continue;
        *out = (struct span){k, value_end(s, n, k)};
        x = shape_of(s + k, out->end - k);
        if (out->end - k >= SCHEME_BYTES && (x.digits > 0 || x.others > 0 || x.upper > 1))
            return true;
    }
    return false;
}

/* RFC 7468: all of it, or what is there of it. */
static bool private_key(const char *s, size_t n, size_t at, struct span *out)
{
    const char *begin = s + at;
    const char *end;

    if (n - at < 11 || strncmp(begin, "BEGIN ", 6) != 0)
        return false;
    end = strstr(begin, "PRIVATE KEY-----");
    if (end == NULL || end - begin > 32)
        return false;
    out->from = (size_t)(end - s) + strlen("PRIVATE KEY-----");
    end = strstr(end, "-----END");
    out->end = end != NULL ? (size_t)(end - s) : n;
    return out->end > out->from;
}

bool scan_secret(const char *s, size_t n, size_t at, struct span *out)
{
    size_t length = known_shape(s + at, n - at);

    if (length == 0)
        length = opaque_run(s, n, at);
    if (length > 0) {
        *out = (struct span){at, at + length};
        return true;
    }
    return named_value(s, n, at, out) || scheme_value(s, n, at, out) || private_key(s, n, at, out);
}

bool scan_names_secret(const char *key, size_t n)
{
    static const char *const keys[] = {"password", "passwd",       "pwd",          "secret",
                                       "token",    "clientsecret", "accesstoken",  "apikey",
                                       "api_key",  "access_token", "client_secret"};

    for (size_t i = 0; i < COUNT_OF(keys); i++)
        if (strlen(keys[i]) == n && str_istarts(key, keys[i]))
            return true;
    return false;
}
