/* yaml.h - a YAML file as a tree in which every node knows its line and column.
 *
 * Only the plain part of YAML 1.2: one document of mappings, sequences and scalars. Anchors,
 * aliases, tags, merge keys, complex keys and duplicate keys are refused: a reviewer must be able
 * to see what a rule file says. Scalars stay text; whoever knows the field decides its type, so a
 * plain `no` is never turned into false. */
#ifndef ENGINE_YAML_H
#define ENGINE_YAML_H
#include "problems.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum yn_kind { YN_SCALAR, YN_SEQ, YN_MAP };

struct yn {
    enum yn_kind kind;
    int line, column; /* 1-based */
    bool is_plain;    /* scalar without quotes: only these can be numbers, booleans or null */
    bool is_literal;  /* block scalar "|": its text lines are lines of the file */
    char *text;       /* scalar: NUL-terminated, without a NUL inside */
    char *key;        /* in a mapping; NULL in a sequence */
    int key_line, key_column;
    struct yn *child, *last, *next;
    size_t n; /* children */
};

/* `bytes` ends in a NUL that `n` does not count. Caller frees the tree with yn_free(), also one
 * that belongs to a file with problems; *out is NULL when there is no tree at all. */
void yaml_parse(const char *bytes, size_t n, struct problems *p, struct yn **out);
void yn_free(struct yn *y); /* NULL is a no-op */

/* Borrowed; NULL when `map` is NULL, not a mapping, or has no such key. */
const struct yn *yn_get(const struct yn *map, const char *key);
/* The text of a scalar at `key`; NULL when there is none. */
const char *yn_text(const struct yn *map, const char *key);
/* Plain null, ~ or nothing at all. */
bool yn_is_null(const struct yn *y);
/* Plain decimal number. */
bool yn_int(const struct yn *y, int64_t *out);
/* Plain true or false. */
bool yn_bool(const struct yn *y, bool *out);

/* Caller owns the result. `typed`: plain null, true, false and numbers become what they look like;
 * without it every scalar is a string. */
json_t *yn_to_json(const struct yn *y, bool typed);

/* Where in the file byte `offset` of the scalar's text stands. Exact for "|" scalars and scalars on
 * one line; else the start of the scalar. `source` is the file's text. */
void yn_position(const struct yn *y, const char *source, size_t offset, int *line, int *column);

#endif
