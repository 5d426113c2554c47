/* Error answers that nobody here knows: a reply code (RFC 5321 section 4.2) and words after it.
 *
 * Logs are full of three-digit numbers, so a number counts only with an enhanced code of its class
 * behind it, or where an answer may start and the words after it are about mail. */
#include "base/strs.h"
#include "reading.h"
#include "unwrap.h"

#include <string.h>

enum {
    COVER_BYTES = 200, /* a known text this near after a code is that code's */
    TRIES = 10000,     /* codes looked at: the first ones tell */
    WORDS_BYTES = 120, /* how far to look for words about mail */
    BEFORE_BYTES = 12
};

struct candidate {
    size_t at, after; /* the code, and what follows its separator */
    int code;
    unsigned part[3];
    bool is_alone; /* nothing behind it */
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
    return c == '\n' || c == UNWRAP_BREAK || c == '\0';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == UNWRAP_JOIN;
}

/* Codes that a server of ours or anybody's sends; 5xx HTTP and other numbers fall out. */
static bool is_mail_code(int code)
{
    static const short codes[] = {421, 430, 432, 450, 451, 452, 454, 455, 471, 500, 501, 502, 503,
                                  504, 521, 530, 534, 535, 538, 541, 550, 551, 552, 553, 554, 555};

    for (size_t i = 0; i < COUNT_OF(codes); i++)
        if (codes[i] == code)
            return true;
    return false;
}

/* "5.7.139" at `at`, not part of a longer number or an address. Returns its length. */
static size_t enhanced_at(const struct buf *t, size_t at, unsigned part[3])
{
    const char *s = t->p + at;
    size_t i = 0;

    for (int k = 0; k < 3; k++) {
        size_t from = i;

        part[k] = 0;
        for (; is_digit(s[i]) && i - from < 3; i++)
            part[k] = part[k] * 10 + (unsigned)(s[i] - '0');
        if (i == from || (k < 2 && s[i++] != '.')) {
            part[0] = 0;
            return 0;
        }
    }
    if ((part[0] != 4 && part[0] != 5) || is_digit(s[i]) || (s[i] == '.' && is_digit(s[i + 1]))) {
        part[0] = 0;
        return 0;
    }
    return i;
}

/* Words about mail in the rest of the line. */
static bool about_mail(const char *s)
{
    static const char *const words[] = {
        "auth",    "login",   "relay",     "mailbox", "sender",   "recipient", "denied",  "reject",
        "spam",    "passw",   "credent",   "quota",   "block",    "polic",     "command", "tls",
        "error",   "fail",    "address",   "unavail", "temporar", "refus",     "limit",   "permi",
        "throttl", "service", "try again", "user",    "domain",   "message"};
    char head[WORDS_BYTES + 1];
    size_t n = 0;

    while (n < WORDS_BYTES && !is_end(s[n]))
        n++;
    memcpy(head, s, n);
    head[n] = '\0';
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (str_icontains(head, words[i]))
            return true;
    return false;
}

/* What stands before a code where an answer starts. */
static bool may_start(const struct buf *t, size_t at)
{
    static const char *const words[] = {"code",  "error",    "smtp", "status",
                                        "reply", "response", "said", "server"};
    char before[BEFORE_BYTES + 1];
    size_t n = at < BEFORE_BYTES ? at : BEFORE_BYTES;
    size_t end;

    memcpy(before, t->p + at - n, n);
    before[n] = '\0';
    end = n;
    while (end > 0 && is_blank(before[end - 1]))
        end--;
    if (end == 0 || is_end(before[end - 1]) || strchr(":><('\"*=|[", before[end - 1]) != NULL)
        return true;
    before[end] = '\0';
    str_lower_inplace(before);
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (str_ends(before, words[i]))
            return true;
    return false;
}

/* From the code's end past its separator and a Python literal's opening: ", b'" */
static size_t past_separator(const struct buf *t, size_t at)
{
    if (t->p[at] == '-' || t->p[at] == ':' || t->p[at] == ',')
        at++;
    while (is_blank(t->p[at]))
        at++;
    if ((t->p[at] == 'b' || t->p[at] == 'u') && (t->p[at + 1] == '\'' || t->p[at + 1] == '"'))
        at++;
    while (t->p[at] == '\'' || t->p[at] == '"' || is_blank(t->p[at]))
        at++;
    return at;
}

static bool candidate_at(const struct buf *t, size_t at, struct candidate *c)
{
    const char *s = t->p + at;
    const char *before = at > 0 ? s - 1 : " ";
    size_t n;

    if ((s[0] != '4' && s[0] != '5') || !is_digit(s[1]) || !is_digit(s[2]) || is_digit(s[3]))
        return false;
    if (is_digit(*before) || is_letter(*before) || strchr("._-/#$", *before) != NULL)
        return false;
    if (*before == ':' && at > 1 && is_digit(s[-2])) /* a time of day */
        return false;
    if (strchr(" -,:)]}\"'\t\n\r\x1f", s[3]) == NULL) /* matches the end as well */
        return false;
    *c =
        (struct candidate){.at = at, .code = (s[0] - '0') * 100 + (s[1] - '0') * 10 + (s[2] - '0')};
    c->after = past_separator(t, at + 3);
    n = enhanced_at(t, c->after, c->part);
    if (n > 0 && c->part[0] == (unsigned)(s[0] - '0'))
        return true;
    c->part[0] = 0;
    if (!is_mail_code(c->code) || !may_start(t, at))
        return false;
    c->is_alone = is_end(t->p[c->after]) || strchr(")]}", t->p[c->after]) != NULL;
    if (c->is_alone)
        return true;
    /* a letter of any language */
    return is_letter(t->p[c->after]) || (unsigned char)t->p[c->after] >= 0x80 ||
           strchr("(#[<", t->p[c->after]) != NULL;
}

/* A known text that is this code's: it starts at it, or shortly after it and has no code of its
 * own. */
static bool is_covered(const struct reading *r, const struct candidate *c, size_t next,
                       size_t *hint)
{
    while (*hint < r->hit_count && r->hits[*hint].end <= c->at)
        (*hint)++;
    if (*hint < r->hit_count) {
        const struct hit *h = &r->hits[*hint];

        return h->from <= c->at ||
               (h->from == h->start && h->start <= c->at + COVER_BYTES && h->start <= next);
    }
    return false;
}

/* A code that only repeats the one before it on a continued line, or in "responseCode: 535". */
static bool is_repeat(const struct candidate *last, const struct candidate *c, size_t last_end)
{
    return last->code == c->code && (c->is_alone || c->at <= last_end + 1 + WORDS_BYTES) &&
           (c->is_alone || last->part[0] == 0 || memcmp(last->part, c->part, sizeof c->part) == 0);
}

static void enhanced_alone(const struct reading *r, stranger_fn *fn, void *ctx)
{
    const struct buf *t = &r->text;

    for (size_t i = 0, tries = 0; i < t->n && tries < TRIES; i++) {
        struct stranger s = {.at = i};
        size_t n = 0;

        if ((t->p[i] == '4' || t->p[i] == '5') &&
            (i == 0 || (!is_digit(t->p[i - 1]) && !is_letter(t->p[i - 1]) && t->p[i - 1] != '.' &&
                        t->p[i - 1] != '-' && t->p[i - 1] != '/')))
            n = enhanced_at(t, i, s.part);
        if (n == 0)
            continue;
        tries++;
        for (size_t k = 0; k < smtp_reply_count(); k++) {
            const char *e = smtp_reply_at(k)->enhanced;

            if (strlen(e) == n && strncmp(e, t->p + i, n) == 0) {
                s.end = reading_line_end(r, i);
                fn(ctx, &s);
                return;
            }
        }
    }
}

void reading_strangers(const struct reading *r, stranger_fn *fn, void *ctx)
{
    struct candidate last = {0};
    struct candidate c;
    size_t last_end = 0;
    size_t hint = 0;
    size_t tries = 0;
    bool any = r->hit_count > 0;

    for (size_t i = 0; i + 3 <= r->text.n && tries < TRIES; i++) {
        size_t end;
        struct candidate next;
        size_t next_at = SIZE_MAX;

        if (!candidate_at(&r->text, i, &c))
            continue;
        tries++;
        if (c.part[0] == 0 && !c.is_alone && !about_mail(r->text.p + c.after))
            continue;
        end = reading_line_end(r, i);
        for (size_t k = i + 3; k < end && k < i + COVER_BYTES && next_at == SIZE_MAX; k++)
            if (candidate_at(&r->text, k, &next))
                next_at = k;
        any = true;
        if (!is_covered(r, &c, next_at, &hint) &&
            !(last.code != 0 && is_repeat(&last, &c, last_end))) {
            struct stranger s = {.at = i, .end = end < next_at ? end : next_at, .code = c.code};

            memcpy(s.part, c.part, sizeof s.part);
            fn(ctx, &s);
        }
        last = c;
        last_end = end;
        i += 2;
    }
    if (!any)
        enhanced_alone(r, fn, ctx);
}
