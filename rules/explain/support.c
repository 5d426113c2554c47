/* What else stands in a log: the server's tail, and mail addresses. */
#include "base/mem.h"
#include "base/strs.h"
#include "reading.h"
#include "unwrap.h"

#include <stdlib.h>
#include <string.h>

enum {
    TAIL_BYTES =
        200, /* " [AM0PR01CA0001.eurprd01.prod.outlook.com 2026-08-28T10:00:00.000Z 08DE...]" */
    ADDRESS_MAX = 16,
    ADDRESS_BYTES = 254, /* RFC 5321 path without the brackets */
    ADDRESS_TRIES = 20000,
    BEFORE_BYTES = 24 /* words before an address that say whose it is */
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The bytes between '[' at `at` and ']', without blanks and line ends. 0: no bracket to be read. */
static size_t bracket(const struct buf *text, size_t at, size_t end, char out[TAIL_BYTES])
{
    size_t n = 0;

    for (size_t i = at + 1; i < end && n + 1 < TAIL_BYTES; i++) {
        char c = text->p[i];

        if (c == ']') {
            out[n] = '\0';
            return n;
        }
        if (c == ' ' || c == '\t' || c == '\n' || c == UNWRAP_BREAK || c == UNWRAP_JOIN)
            continue;
        if (!is_alnum(c) && strchr(".:-+", c) == NULL)
            return 0;
        out[n++] = c;
    }
    return 0;
}

static const char *find_date(const char *s)
{
    static const char shape[] = "0000-00-00T00:00";

    for (; *s != '\0'; s++) {
        size_t i = 0;

        while (shape[i] != '\0' && (shape[i] == '0' ? is_digit(s[i]) : s[i] == shape[i]))
            i++;
        if (shape[i] == '\0')
            return s;
    }
    return NULL;
}

static void copy(char *to, size_t size, const char *from, size_t n)
{
    if (n >= size)
        n = 0; /* too long to be what it should */
    memcpy(to, from, n);
    to[n] = '\0';
}

static bool parse_tail(const char *s, struct explain_support *out)
{
    const char *date = find_date(s);
    const char *z = date != NULL ? strchr(date, 'Z') : NULL;

    memset(out, 0, sizeof *out);
    if (date == NULL) {
        if (!str_icontains(s, ".outlook.") && !str_icontains(s, ".prod."))
            return false;
        copy(out->host, sizeof out->host, s, strlen(s));
        return true;
    }
    if (z == NULL || date == s)
        return false;
    copy(out->host, sizeof out->host, s, (size_t)(date - s));
    copy(out->time, sizeof out->time, date, (size_t)(z - date) + 1);
    copy(out->id, sizeof out->id, z + 1, strspn(z + 1, "0123456789abcdefABCDEF"));
    return true;
}

size_t support_start(const struct buf *text, size_t from, size_t end)
{
    struct explain_support s;
    char tail[TAIL_BYTES];

    for (size_t i = from; i < end; i++)
        if (text->p[i] == '[' && bracket(text, i, text->n, tail) > 0 && parse_tail(tail, &s))
            return i;
    return end;
}

void support_find(const struct buf *text, size_t from, size_t end, struct explain_support *out)
{
    size_t at = support_start(text, from, end);
    char tail[TAIL_BYTES];

    memset(out, 0, sizeof *out);
    if (at < end && bracket(text, at, text->n, tail) > 0)
        (void)parse_tail(tail, out);
}

/* ---- addresses ---- */

struct found {
    char *v[ADDRESS_MAX];
    int rank[ADDRESS_MAX];
    size_t n;
};

static bool is_local(char c)
{
    return is_alnum(c) || strchr("._%+-'", c) != NULL;
}

static bool is_domain(char c)
{
    return is_alnum(c) || c == '.' || c == '-';
}

/* Message ids and the service's own hosts. */
static bool is_machine(const char *address)
{
    static const char *const hosts[] = {".prod.outlook.com", ".exchangelabs.com", ".local",
                                        ".localdomain",      "mail.gmail.com",    ".google.com"};

    for (size_t i = 0; i < COUNT_OF(hosts); i++)
        if (str_ends(address, hosts[i]))
            return true;
    return false;
}

/* 0 is the likeliest: the account that signs in, then the sender, then anybody, then recipients. */
static int rank_of(const struct buf *text, size_t at)
{
    static const struct {
        const char *word;
        int rank;
    } words[] = {{"rcpt to", 4}, {"to=", 4},     {"to:", 4},  {"mail from", 2},
                 {"from", 2},    {"sender", 2},  {"user", 1}, {"login", 1},
                 {"account", 1}, {"mailbox", 1}, {"as:", 1},  {"auth", 1}};
    char before[BEFORE_BYTES + 1];
    size_t n = at < BEFORE_BYTES ? at : BEFORE_BYTES;

    memcpy(before, text->p + at - n, n);
    before[n] = '\0';
    for (size_t i = n; i-- > 0;)
        if (before[i] == '\n' || before[i] == UNWRAP_BREAK) {
            memmove(before, before + i + 1, n - i);
            break;
        }
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (str_icontains(before, words[i].word))
            return words[i].rank;
    return 3;
}

static void note(struct found *f, const char *address, int rank)
{
    for (size_t i = 0; i < f->n; i++)
        if (str_eq(f->v[i], address)) {
            f->rank[i] = rank < f->rank[i] ? rank : f->rank[i];
            return;
        }
    if (f->n < ADDRESS_MAX) {
        f->v[f->n] = xstrdup(address);
        f->rank[f->n++] = rank;
    }
}

/* The address around the '@' at `at`. */
static void take(const struct buf *text, size_t at, struct found *f)
{
    char address[ADDRESS_BYTES + 1];
    size_t from = at;
    size_t to = at + 1;

    while (from > 0 && at - from < 64 && is_local(text->p[from - 1]))
        from--;
    while (to < text->n && to - from < ADDRESS_BYTES && is_domain(text->p[to]))
        to++;
    while (from < at && !is_alnum(text->p[from]))
        from++;
    while (to > at + 1 && !is_alnum(text->p[to - 1]))
        to--;
    if (from == at || memchr(text->p + at, '.', to - at) == NULL)
        return;
    memcpy(address, text->p + from, to - from);
    address[to - from] = '\0';
    str_lower_inplace(address);
    if (!is_machine(address))
        note(f, address, rank_of(text, from));
}

void addresses_find(const struct buf *text, const struct strlist *accounts, struct strlist *out)
{
    struct found f = {{NULL}, {0}, 0};

    for (size_t i = 0; i < accounts->n; i++)
        note(&f, accounts->v[i], 0);
    for (size_t i = 1, tries = 0; i < text->n && tries < ADDRESS_TRIES; i++)
        if (text->p[i] == '@') {
            take(text, i, &f);
            tries++;
        }
    for (int rank = 0; rank <= 4; rank++)
        for (size_t i = 0; i < f.n; i++)
            if (f.rank[i] == rank)
                strlist_add(out, f.v[i]);
    for (size_t i = 0; i < f.n; i++)
        free(f.v[i]);
}
