/* base/jscan.h - reading long lists of small objects without building them.
 *
 * A text is checked as strictly as jx_parse() checks it (RFC 8259; UTF-8; duplicate keys, NUL and
 * lone surrogates refused; JSCAN_DEPTH; no NUL anywhere, where jansson overlooks some) and becomes
 * one array of values in the order of the text: after a container come its members, in an object
 * each behind its key. Strings are decoded where they stand. Costs about a tenth of jx_parse(): for
 * replies of a hundred thousand rows. It says only yes or no: ask jx_parse() why. */
#ifndef BASE_JSCAN_H
#define BASE_JSCAN_H
#include "base/jsonx.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum jscan_kind {
    JSCAN_NULL,
    JSCAN_FALSE,
    JSCAN_TRUE,
    JSCAN_INT,
    JSCAN_REAL,
    JSCAN_STRING,
    JSCAN_ARRAY,
    JSCAN_OBJECT
};

enum { JSCAN_DEPTH = 2048 /* as jansson */ };

struct jscan_value {
    uint8_t kind;    /* enum jscan_kind */
    uint32_t length; /* STRING: bytes, without the NUL; ARRAY, OBJECT: bytes of its text */
    uint32_t end;    /* index of the value behind it and all that is in it */
    union {
        const char *text; /* STRING; ARRAY, OBJECT: where it stands in the (now decoded) text */
        int64_t number;   /* INT */
    } of;
};

struct jscan {
    struct jscan_value *v; /* v[0] is the whole */
    uint32_t n, cap;
    const char *text;
};

/* Zeroed is empty; keeps its memory from one text to the next. */
void jscan_release(struct jscan *j);

/* The text is overwritten, borrowed by the values, and has one byte behind it (text[n]) that may be
 * written. False: not JSON of the kind above, or of more than 4 GiB, or neither array nor object.
 */
bool jscan_read(struct jscan *j, char *text, size_t n);

/* The first member of a container; then the one behind `at`; NULL at the end. In an object the
 * members are keys: its value is the next element of the array, at[1]. */
const struct jscan_value *jscan_first(const struct jscan *j, const struct jscan_value *in);
const struct jscan_value *jscan_next(const struct jscan *j, const struct jscan_value *in,
                                     const struct jscan_value *at);
/* NULL: no object, or no such key. */
const struct jscan_value *jscan_get(const struct jscan *j, const struct jscan_value *object,
                                    const char *key, size_t key_length);
/* As jx_get(): NULL unless JX_OK. */
enum jx jscan_path(const struct jscan *j, const struct jscan_value *object, const char *path,
                   size_t length, const struct jscan_value **out);
/* The string that is there; NULL for everything else. */
const char *jscan_text(const struct jscan_value *v);

#endif
