/* shape.h - what may stand in a YAML file, as constant tables, and the check against them. */
#ifndef ENGINE_SHAPE_H
#define ENGINE_SHAPE_H
#include "problems.h"
#include "yaml.h"

#include <stdbool.h>
#include <stddef.h>

enum field_kind {
    FIELD_TEXT,        /* a scalar that is not empty */
    FIELD_INT,         /* a plain number */
    FIELD_WORD,        /* one of `words` */
    FIELD_TEXTS,       /* a sequence of scalars */
    FIELD_TEXTS_OR_N,  /* the same, or how many there are: a plain number from 0 */
    FIELD_MAP,         /* a mapping of `fields` */
    FIELD_MAPS,        /* a sequence of such mappings */
    FIELD_NAMED_MAPS,  /* a mapping from free names to such mappings */
    FIELD_NAMED_TEXTS, /* a mapping from free names to sequences of scalars */
    FIELD_NAMED_ANY,   /* a mapping from free names; whoever reads it checks the rest */
    FIELD_ANY
};

struct field {
    const char *key;
    enum field_kind kind;
    bool is_required;
    size_t max_bytes;           /* of a text; 0: no limit but the file's */
    const char *const *words;   /* NULL-terminated */
    const struct field *fields; /* ends with a NULL key */
};

/* Reports unknown and missing keys, wrong kinds, words and lengths; true when there were none. */
bool shape_check(const struct yn *y, const struct field *fields, struct problems *p);

/* The word of a NULL-terminated list that `given` was probably meant to be; NULL when none is
 * near. */
const char *word_near(const char *const *words, const char *given);

#endif
