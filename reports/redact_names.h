/* redact_names.h - who is known by which name, for finding them in a sentence.
 *
 * Names and texts are compared word by word: letters and digits count, ASCII letters in either
 * case, and what stands between the words does not, so that a name is found in quotes, in a JSON
 * text, escaped or with a line break in it. Addresses are compared whole.
 *
 * One table of 64-bit keyed hashes, 16 bytes an entry, and no texts: some four entries for each
 * person. Two texts of one hash would be taken for the same; the seed is secret, so that nobody can
 * choose a name for that. */
#ifndef REPORTS_REDACT_NAMES_H
#define REPORTS_REDACT_NAMES_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NAMES_NOBODY UINT32_MAX
#define NAMES_SEVERAL (UINT32_MAX - 1)

struct names {
    struct names_entry *v;
    size_t n, cap; /* cap: a power of two, or 0 */
    uint64_t seed;
};

void names_init(struct names *t, uint64_t seed);
void names_release(struct names *t);

/* Words of our own texts. A name that has no others says nothing about anybody ("Info", "Shared
 * mailbox"), and replacing it in every sentence would garble them: is_plain says it has others.
 * To be added before the names. */
void names_add_own_words(struct names *t, const char *text);
void names_add(struct names *t, const char *name, uint32_t person);
/* Whole and exact but for the case of ASCII letters; addresses and ids are apart. */
void names_add_address(struct names *t, const char *address, uint32_t person);
void names_add_id(struct names *t, const char *id, uint32_t person);
uint32_t names_find_address(const struct names *t, const char *s, size_t n);
uint32_t names_find_id(const struct names *t, const char *id);

struct name_hit {
    size_t end;      /* behind its last word */
    uint32_t person; /* or NAMES_SEVERAL */
    bool is_plain;
};
/* The longest name whose first word begins at s[at]. */
bool names_match(const struct names *t, const char *s, size_t n, size_t at, struct name_hit *out);

/* The next word at or behind *at; false: none. *at moves behind it. */
struct word {
    size_t from, end;
};
bool word_next(const char *s, size_t n, size_t *at, struct word *out);
/* Whether the code point at s[at] is part of a word; *length: its bytes. */
bool word_has(const char *s, size_t n, size_t at, size_t *length);

#endif
