/* base/strs.h - small string helpers. ASCII rules: never the locale's. */
#ifndef BASE_STRS_H
#define BASE_STRS_H
#include "base/attrs.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool str_eq(const char *a, const char *b); /* NULL equals NULL only */
bool str_ieq(const char *a, const char *b);
bool str_starts(const char *s, const char *prefix);
bool str_istarts(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);
bool str_icontains(const char *s, const char *needle);
/* Caller frees. */
char *str_lower(const char *s);
/* [a-z0-9] of `s` in lower case, whatever stands between them as one "-"; "" when there are none.
 * Caller frees. */
char *str_slug(const char *s);
void str_lower_inplace(char *s);
/* Whole-string number within [min, max]. False: not a number, or outside; *out untouched. */
bool str_int(const char *s, int64_t min, int64_t max, int64_t *out);
/* True for 8-4-4-4-12 hexadecimal digits. */
bool str_is_guid(const char *s);
/* How alike two words are: the Damerau-Levenshtein distance, capped. For "did you mean". */
unsigned str_distance(const char *a, const char *b);

/* A growing list of owned strings. */
struct strlist {
    char **v;
    size_t n;
    size_t cap;
};
void strlist_add(struct strlist *l, const char *s); /* copies */
bool strlist_has(const struct strlist *l, const char *s);
void strlist_sort_unique(struct strlist *l);
void strlist_release(struct strlist *l);

#endif
