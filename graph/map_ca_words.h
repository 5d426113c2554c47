/* graph/map_ca_words.h - the properties of a Conditional Access policy and their vocabulary, as
 * tables (private to map_ca). */
#ifndef GRAPH_MAP_CA_WORDS_H
#define GRAPH_MAP_CA_WORDS_H
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* A property that lists words. With `mode` a target of `dimension`, without one a control whose
 * kind is `dimension`. */
struct ca_list {
    const char *path;
    const char *dimension, *mode;
    const char *const *words; /* known spellings, NULL-terminated; NULL: ids only */
};
extern const struct ca_list ca_lists[];
extern const size_t ca_list_count;
/* The same for properties that are one comma-separated string. */
extern const struct ca_list ca_flags[];
extern const size_t ca_flag_count;
/* conditionalAccessGuestsOrExternalUsers objects. */
extern const struct ca_list ca_guests[];
extern const size_t ca_guest_count;

/* An object and the keys of it that are looked at elsewhere, or say nothing about who and what. */
struct ca_known {
    const char *path;
    const char *const *keys; /* NULL-terminated */
    const char *kind; /* NULL: unknown keys are targets `other`; else controls of this kind */
};
extern const struct ca_known ca_knowns[];
extern const size_t ca_known_count;

bool ca_word_in(const char *word, const char *const *words); /* exact */
/* Says nothing: NULL, null, false, "", [], {} or an object of such (annotations aside). */
bool ca_is_empty(const json_t *v);

#endif
