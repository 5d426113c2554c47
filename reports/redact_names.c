#include "redact_names.h"

#include "base/attrs.h"
#include "base/mem.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

enum {
    NAME_FULL = 1,  /* a name ends here; else others go on from here */
    NAME_PLAIN = 2, /* has a word that is not of ours */
    NAME_WORDS = 48,
    /* What may stand between two words of a name: markup of a hostile one, or the beginning of a
     * line that was wrapped. */
    NAME_GAP = 32,
    /* Texts cut long names: of one that is so long, so many words are enough. */
    NAME_LONG = 60,
    NAME_LONG_WORDS = 3,
    NAME_LONG_BYTES = 40
};

/* What hashes are of. */
enum { SPACE_NAME = 1, SPACE_OWN, SPACE_ADDRESS, SPACE_ID };

struct names_entry {
    uint64_t key; /* 0: free */
    uint32_t person;
    uint32_t flags;
};

void names_init(struct names *t, uint64_t seed)
{
    memset(t, 0, sizeof *t);
    t->seed = seed;
}

void names_release(struct names *t)
{
    free(t->v);
    memset(t, 0, sizeof *t);
}

/* --- hashes --- */

static uint64_t mix(uint64_t h, uint64_t v)
{
    h = (h ^ v) * 0x9E3779B97F4A7C15U;
    return h ^ (h >> 29);
}

static unsigned char fold(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

static uint64_t hash(const struct names *t, uint64_t from, const char *s, size_t n)
{
    uint64_t h = mix(t->seed, from);

    for (size_t i = 0; i < n; i++)
        h = mix(h, fold(s[i]));
    h = mix(h, n);
    return h != 0 ? h : 1;
}

/* --- the table --- */

static struct names_entry *slot(const struct names *t, uint64_t key)
{
    size_t i = (size_t)key & (t->cap - 1);

    while (t->v[i].key != 0 && t->v[i].key != key)
        i = (i + 1) & (t->cap - 1);
    return &t->v[i];
}

static const struct names_entry *find(const struct names *t, uint64_t key)
{
    const struct names_entry *e = t->cap > 0 ? slot(t, key) : NULL;

    return e != NULL && e->key != 0 ? e : NULL;
}

static void grow(struct names *t)
{
    struct names bigger = {.cap = t->cap > 0 ? t->cap * 2 : 1024, .n = t->n, .seed = t->seed};

    bigger.v = xcalloc(bigger.cap, sizeof *bigger.v);
    for (size_t i = 0; i < t->cap; i++)
        if (t->v[i].key != 0)
            *slot(&bigger, t->v[i].key) = t->v[i];
    free(t->v);
    *t = bigger;
}

/* The entry of a key, made when there is none. */
static struct names_entry *put(struct names *t, uint64_t key)
{
    struct names_entry *e;

    if (t->n * 10 >= t->cap * 6)
        grow(t);
    e = slot(t, key);
    if (e->key == 0) {
        *e = (struct names_entry){key, NAMES_NOBODY, 0};
        t->n++;
    }
    return e;
}

static void put_whole(struct names *t, uint64_t space, const char *s, uint32_t person)
{
    struct names_entry *e = put(t, hash(t, space, s, strlen(s)));

    e->person = e->person == NAMES_NOBODY || e->person == person ? person : NAMES_SEVERAL;
}

void names_add_address(struct names *t, const char *address, uint32_t person)
{
    put_whole(t, SPACE_ADDRESS, address, person);
}

void names_add_id(struct names *t, const char *id, uint32_t person)
{
    put_whole(t, SPACE_ID, id, person);
}

uint32_t names_find_address(const struct names *t, const char *s, size_t n)
{
    const struct names_entry *e = find(t, hash(t, SPACE_ADDRESS, s, n));

    return e != NULL ? e->person : NAMES_NOBODY;
}

uint32_t names_find_id(const struct names *t, const char *id)
{
    const struct names_entry *e = find(t, hash(t, SPACE_ID, id, strlen(id)));

    return e != NULL ? e->person : NAMES_NOBODY;
}

/* --- words --- */

/* Signs of Unicode that are no part of a word: spaces, quotes, dashes, full-width marks. */
static bool is_sign(uint32_t cp)
{
    static const struct {
        uint32_t from, to;
    } signs[] = {{0x80, 0xA9},     {0xAB, 0xB4},     {0xB6, 0xB9},     {0xBB, 0xBF},
                 {0xD7, 0xD7},     {0xF7, 0xF7},     {0x1680, 0x1680}, {0x2000, 0x206F},
                 {0x3000, 0x3004}, {0x3008, 0x3020}, {0x3030, 0x3030}, {0xFE30, 0xFE52},
                 {0xFEFF, 0xFEFF}, {0xFF01, 0xFF0F}, {0xFF1A, 0xFF20}, {0xFF3B, 0xFF40},
                 {0xFF5B, 0xFF65}, {0xFFFD, 0xFFFD}};

    for (size_t i = 0; i < COUNT_OF(signs); i++)
        if (cp >= signs[i].from && cp <= signs[i].to)
            return true;
    return false;
}

bool word_has(const char *s, size_t n, size_t at, size_t *length)
{
    unsigned char c = (unsigned char)s[at];
    size_t next = at;
    uint32_t cp;

    *length = 1;
    if (c < 0x80)
        return (c >= '0' && c <= '9') || (fold((char)c) >= 'a' && fold((char)c) <= 'z');
    cp = utf8_next(s, n, &next);
    *length = next - at;
    return !is_sign(cp);
}

/* "\u{202E}": what a text makes of a sign that nobody sees (text.h). Its bytes, or 0. */
static size_t shown_sign(const char *s, size_t n, size_t at)
{
    size_t i = at + 3;

    if (n - at < 5 || memcmp(s + at, "\\u{", 3) != 0)
        return 0;
    while (i < n && i < at + 10 && ((s[i] >= '0' && s[i] <= '9') || (s[i] >= 'A' && s[i] <= 'F')))
        i++;
    return i < n && i > at + 3 && s[i] == '}' ? i + 1 - at : 0;
}

bool word_next(const char *s, size_t n, size_t *at, struct word *out)
{
    size_t i = *at;
    size_t length = 1;

    while (i < n) {
        size_t shown = s[i] == '\\' ? shown_sign(s, n, i) : 0;

        if (shown == 0 && word_has(s, n, i, &length))
            break;
        i += shown > 0 ? shown : length;
    }
    out->from = i;
    while (i < n && word_has(s, n, i, &length))
        i += length;
    out->end = *at = i;
    return out->end > out->from;
}

void names_add_own_words(struct names *t, const char *text)
{
    size_t n = strlen(text);
    size_t at = 0;
    struct word w;

    while (word_next(text, n, &at, &w))
        (void)put(t, hash(t, SPACE_OWN, text + w.from, w.end - w.from));
}

/* Says something about somebody: no number, no initial, no word of our own texts. */
static bool is_telling(const struct names *t, const char *s, size_t n)
{
    size_t letters = 0;
    bool is_ascii = true;

    for (size_t i = 0; i < n; i++) {
        letters += (unsigned char)s[i] >= 0x80 || s[i] < '0' || s[i] > '9';
        is_ascii = is_ascii && (unsigned char)s[i] < 0x80;
    }
    return letters > 0 && (!is_ascii || n >= 3) && find(t, hash(t, SPACE_OWN, s, n)) == NULL;
}

/* The chain of hashes: each prefix of a name has an entry. */
static uint64_t chain(const struct names *t, uint64_t from, const char *s, const struct word *w)
{
    return hash(t, from, s + w->from, w->end - w->from);
}

void names_add(struct names *t, const char *name, uint32_t person)
{
    size_t n = strlen(name);
    size_t at = 0;
    size_t words = 0;
    uint64_t key = SPACE_NAME;
    uint32_t plain = 0;
    struct word w;
    bool more = word_next(name, n, &at, &w);

    while (more && words < NAME_WORDS) {
        struct names_entry *e;

        key = chain(t, key, name, &w);
        words++;
        if (is_telling(t, name + w.from, w.end - w.from))
            plain = NAME_PLAIN;
        e = put(t, key);
        size_t end = w.end;
        more = word_next(name, n, &at, &w);
        if (more && words < NAME_WORDS &&
            !(n > NAME_LONG && words >= NAME_LONG_WORDS && end >= NAME_LONG_BYTES))
            continue;
        if ((e->flags & NAME_FULL) != 0 && e->person != person)
            e->person = NAMES_SEVERAL;
        else
            e->person = person;
        e->flags |= NAME_FULL | plain;
    }
}

bool names_match(const struct names *t, const char *s, size_t n, size_t at, struct name_hit *out)
{
    uint64_t key = SPACE_NAME;
    size_t last = at;
    bool found = false;
    struct word w;

    for (size_t words = 0; words < NAME_WORDS && word_next(s, n, &at, &w); words++) {
        const struct names_entry *e;

        if (words > 0 && w.from - last > NAME_GAP)
            break;
        key = chain(t, key, s, &w);
        e = find(t, key);
        if (e == NULL)
            break;
        last = w.end;
        if ((e->flags & NAME_FULL) != 0) {
            *out = (struct name_hit){w.end, e->person, (e->flags & NAME_PLAIN) != 0};
            found = true;
        }
    }
    return found;
}
