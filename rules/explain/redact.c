#include "redact.h"

#include "base/secret.h"
#include "base/strs.h"
#include "base/text.h"
#include "unwrap.h"

#include <string.h>

enum {
    PROMPT_LINES = 6,    /* lines after a 334 in which the client's answer may stand */
    TOKEN_BYTES = 16384, /* longest answer looked at: XOAUTH2 tokens are below 8 KiB */
    ACCOUNT_BYTES = 320, /* RFC 5321: 64 + 1 + 255 */
    KEY_BYTES = 48
};

struct redactor {
    const char *s;
    size_t n;
    size_t at;
    struct buf *out;
    struct strlist *accounts;
    unsigned prompt_lines; /* > 0: inside an AUTH exchange */
};

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_base64(char c)
{
    return is_word(c) || c == '+' || c == '/' || c == '=';
}

static bool is_end(char c)
{
    return c == '\n' || c == UNWRAP_BREAK || c == UNWRAP_JOIN;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Copies one byte. */
static void keep(struct redactor *r)
{
    if (is_end(r->s[r->at]) && r->prompt_lines > 0)
        r->prompt_lines--;
    buf_addc(r->out, r->s[r->at++]);
}

static void keep_until(struct redactor *r, size_t end)
{
    while (r->at < end)
        keep(r);
}

/* "***" instead of the bytes up to `end`; line ends stay, for the line numbers. */
static void hide_until(struct redactor *r, size_t end)
{
    if (r->at < end)
        buf_adds(r->out, "***");
    for (; r->at < end; r->at++)
        if (is_end(r->s[r->at]))
            buf_addc(r->out, r->s[r->at]);
}

static size_t span(const struct redactor *r, size_t from, bool (*is)(char))
{
    while (from < r->n && is(r->s[from]))
        from++;
    return from;
}

/* "535 5.7..." or "535-...": what stands after "password: " in PHPMailer's logs, and no password */
static bool is_reply_at(const struct redactor *r, size_t at)
{
    const char *s = r->s + at;

    return at + 4 < r->n && s[0] >= '2' && s[0] <= '5' && s[1] >= '0' && s[1] <= '9' &&
           s[2] >= '0' && s[2] <= '9' && (s[3] == ' ' || s[3] == '-') &&
           (at == 0 || !is_word(s[-1]));
}

static void add_account(struct redactor *r, const char *s, size_t n)
{
    char name[ACCOUNT_BYTES + 1];

    if (n == 0 || n > ACCOUNT_BYTES || memchr(s, '@', n) == NULL || !utf8_valid(s, n))
        return;
    memcpy(name, s, n);
    name[n] = '\0';
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)name[i] <= ' ')
            return;
    str_lower_inplace(name);
    if (!strlist_has(r->accounts, name))
        strlist_add(r->accounts, name);
}

/* The name inside what a client sent (RFC 4616 PLAIN, XOAUTH2, LOGIN), as far as there is one. True
 * when the bytes look like such an answer at all. */
static bool learn(struct redactor *r, const char *s, size_t n)
{
    const char *nul = memchr(s, '\0', n);
    bool likely;

    if (nul != NULL) {
        const char *name = nul + 1; /* after the authorization identity, which may be empty */

        nul = memchr(name, '\0', n - (size_t)(name - s));
        if (nul != NULL)
            add_account(r, name, (size_t)(nul - name));
        return nul != NULL;
    }
    if (n > 5 && memcmp(s, "user=", 5) == 0) {
        const char *end = memchr(s, '\x01', n);

        if (end != NULL)
            add_account(r, s + 5, (size_t)(end - s) - 5);
        return true;
    }
    likely = utf8_valid(s, n);
    for (size_t i = 0; likely && i < n; i++)
        likely = (unsigned char)s[i] >= 0x20;
    if (likely)
        add_account(r, s, n);
    return likely;
}

/* Whether the base64 run [at, end) is a client's answer: it decodes to something sensible. */
static bool is_answer(struct redactor *r, size_t at, size_t end)
{
    struct buf b;
    size_t n = end - at;
    bool yes = false;

    if (n < 4 || n % 4 != 0)
        return n > TOKEN_BYTES;
    if (n > TOKEN_BYTES)
        return true;
    buf_init(&b, TOKEN_BYTES);
    if (unwrap_base64(r->s + at, n, &b))
        yes = learn(r, b.p, b.n);
    secret_wipe(b.p, b.n);
    buf_release(&b);
    return yes;
}

static bool word_is(const struct redactor *r, size_t at, size_t end, const char *const *words,
                    size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(words[i]) == end - at && str_istarts(r->s + at, words[i]))
            return true;
    return false;
}

/* "AUTH LOGIN dXNlcg==": the initial response of RFC 4954. A list of mechanisms is left alone. */
static bool auth_command(struct redactor *r, size_t end)
{
    static const char *const command[] = {"AUTH", "AUTHENTICATE"};
    static const char *const mechanisms[] = {"LOGIN", "PLAIN",  "XOAUTH2", "OAUTHBEARER",
                                             "NTLM",  "GSSAPI", "CRAM",    "DIGEST"};
    size_t mech;
    size_t mech_end;
    size_t token;
    size_t token_end;

    if (!word_is(r, r->at, end, command, COUNT_OF(command)) || end >= r->n || !is_blank(r->s[end]))
        return false;
    mech = span(r, end, is_blank);
    mech_end = span(r, mech, is_word);
    if (!word_is(r, mech, mech_end, mechanisms, COUNT_OF(mechanisms)))
        return false;
    r->prompt_lines = PROMPT_LINES;
    token = span(r, mech_end, is_blank);
    token_end = span(r, token, is_base64);
    keep_until(r, mech_end);
    if (token > mech_end && token_end > token && is_answer(r, token, token_end)) {
        keep_until(r, token);
        hide_until(r, token_end);
    }
    return true;
}

/* Inside an AUTH exchange: whatever decodes to an answer goes. "334 <prompt>" opens or extends it,
 * any other reply ends it. */
static bool exchange(struct redactor *r, size_t end)
{
    size_t token_end;

    if (is_reply_at(r, r->at) && end - r->at == 3) {
        r->prompt_lines = memcmp(r->s + r->at, "334", 3) == 0 ? PROMPT_LINES : 0;
        keep_until(r, end);
        if (r->prompt_lines > 0) /* the prompt itself is the server's */
            keep_until(r, span(r, span(r, end, is_blank), is_base64));
        return true;
    }
    if (r->prompt_lines == 0)
        return false;
    token_end = span(r, r->at, is_base64);
    if (!is_answer(r, r->at, token_end))
        return false;
    hide_until(r, token_end);
    return true;
}

static bool is_secret_key(const char *key)
{
    static const char *const endings[] = {
        "password", "passwd", "passphrase", "passwort", "pass",          "pwd",   "secret",
        "token",    "apikey", "api_key",    "api-key",  "authorization", "bearer"};

    for (size_t i = 0; i < COUNT_OF(endings); i++)
        if (str_ends(key, endings[i]))
            return true;
    return false;
}

static size_t value_end(const struct redactor *r, size_t at, char quote)
{
    for (; at < r->n; at++) {
        char c = r->s[at];

        if (quote != '\0' ? c == quote || c == '\n'
                          : is_end(c) || is_blank(c) || strchr(",;)}]&<>\"'", c) != NULL)
            break;
    }
    return at;
}

/* password=x, "pass": "x", Authorization: Bearer x, --auth-password x */
static bool key_value(struct redactor *r, size_t end)
{
    char key[KEY_BYTES];
    size_t at = end;
    bool is_option = r->at >= 2 && r->s[r->at - 1] == '-' && r->s[r->at - 2] == '-';
    bool assigned = false;
    char quote = '\0';
    size_t stop;

    if (end - r->at >= sizeof key)
        return false;
    memcpy(key, r->s + r->at, end - r->at);
    key[end - r->at] = '\0';
    str_lower_inplace(key);
    if (!is_secret_key(key))
        return false;
    if (at < r->n && (r->s[at] == '"' || r->s[at] == '\'' || r->s[at] == ']'))
        at++;
    at = span(r, at, is_blank);
    while (at < r->n && strchr(":=>", r->s[at]) != NULL && r->s[at] != '\0') {
        assigned = true;
        at = span(r, at + 1, is_blank);
    }
    if (!assigned && !str_eq(key, "bearer") && !(is_option && at > end))
        return false;
    if (at < r->n && (r->s[at] == '"' || r->s[at] == '\'' || r->s[at] == '`'))
        quote = r->s[at++];
    if (is_reply_at(r, at))
        return false;
    stop = value_end(r, at, quote);
    if (quote == '\0' && (str_istarts(r->s + at, "bearer ") || str_istarts(r->s + at, "basic ")))
        stop = value_end(r, span(r, stop, is_blank), quote);
    keep_until(r, at);
    hide_until(r, stop);
    return true;
}

/* A JSON web token (RFC 7519) wherever it stands: its header starts with {" in base64. */
static bool web_token(struct redactor *r, size_t end)
{
    size_t stop = r->at;

    if (end - r->at < 16 || memcmp(r->s + r->at, "eyJ", 3) != 0)
        return false;
    while (stop < r->n && (is_word(r->s[stop]) || strchr("-_.", r->s[stop]) != NULL))
        stop++;
    if (memchr(r->s + r->at, '.', stop - r->at) != NULL)
        hide_until(r, stop);
    else
        keep_until(r, stop);
    return true;
}

/* scheme://user:password@host */
static bool userinfo(struct redactor *r)
{
    size_t colon;
    size_t at;

    if (r->n - r->at < 3 || memcmp(r->s + r->at, "://", 3) != 0)
        return false;
    colon = r->at + 3;
    while (colon < r->n && !is_end(r->s[colon]) && strchr(" \t/:@\"'", r->s[colon]) == NULL)
        colon++;
    if (colon >= r->n || r->s[colon] != ':')
        return false;
    at = colon + 1;
    while (at < r->n && !is_end(r->s[at]) && strchr(" \t/@\"'", r->s[at]) == NULL)
        at++;
    if (at >= r->n || r->s[at] != '@')
        return false;
    keep_until(r, colon + 1);
    hide_until(r, at);
    return true;
}

/* End of the key that starts here; a longer one is no key. */
static size_t key_end(const struct redactor *r)
{
    size_t at = r->at;

    while (at < r->n && at - r->at < KEY_BYTES &&
           (is_word(r->s[at]) || r->s[at] == '_' || r->s[at] == '-'))
        at++;
    return at;
}

void redact_text(const struct buf *in, struct buf *out, struct strlist *accounts)
{
    struct redactor r = {.s = in->p, .n = in->n, .out = out, .accounts = accounts};

    while (r.at < r.n) {
        bool (*is)(char) = r.prompt_lines > 0 ? is_base64 : is_word;

        if (is(r.s[r.at]) && (r.at == 0 || !is(r.s[r.at - 1]))) {
            size_t end = span(&r, r.at, is_word);

            if (auth_command(&r, end) || exchange(&r, end) || web_token(&r, end) ||
                key_value(&r, key_end(&r)))
                continue;
            keep_until(&r, end > r.at ? end : r.at + 1);
        } else if (!userinfo(&r)) {
            keep(&r);
        }
    }
}
