/* util.h - memory, text and encodings with no tenant or HTTP words in them.
 *
 * The simulator is a test tool: when memory is gone it says so and aborts, so nothing below
 * returns NULL for want of memory. */
#ifndef SIM_UTIL_H
#define SIM_UTIL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
#define NODISCARD __attribute__((warn_unused_result))
#define UUID_TEXT 37 /* 36 characters and the final NUL */

void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);
char *xasprintf(const char *fmt, ...) PRINTF_LIKE(1, 2);
void die(const char *fmt, ...) PRINTF_LIKE(1, 2) __attribute__((noreturn));

/* A growing byte string, always NUL-terminated once anything was added. */
struct buf {
    char *data;
    size_t len, cap;
};
void buf_add(struct buf *b, const void *data, size_t n);
void buf_str(struct buf *b, const char *s);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_free(struct buf *b);
char *buf_take(struct buf *b); /* caller owns the text; never NULL */

/* A list of texts owned by somebody else (argv, a loaded tenant). */
struct strings {
    const char **v;
    size_t n;
};
void strings_add(struct strings *s, const char *text);
bool strings_has_nocase(const struct strings *s, const char *text);
void strings_free(struct strings *s);

bool str_eq(const char *a, const char *b);        /* NULL is equal to nothing */
bool str_ieq(const char *a, const char *b);       /* ASCII, case-insensitive */
bool str_starts(const char *s, const char *with); /* case-sensitive */
bool str_contains_nocase(const char *s, const char *part);
bool words_have(const char *words, const char *word, size_t n); /* one-space separated list */
bool parse_long(const char *text, long min, long max, long *out);
bool uuid_is(const char *text);

char *b64url(const void *data, size_t n);
NODISCARD bool b64url_decode(const char *text, size_t n, struct buf *out);
char *percent_decode(const char *s, size_t n, bool plus_is_space);
void hex_lower(const unsigned char *in, size_t n, char *out); /* writes 2n + 1 bytes */

void random_bytes(void *out, size_t n);
void uuid_random(char out[UUID_TEXT]);
/* The same kind and name always give the same id, so tenant files need not spell ids out. */
void uuid_named(const char *kind, const char *name, char out[UUID_TEXT]);
void uuid_from_bytes(unsigned char raw[16], char out[UUID_TEXT]);
void hmac_hex(const void *key, size_t key_len, const char *text, char out[65]);

/* Writes data to dir/name through a temporary name, so a reader never sees half a file. */
NODISCARD bool file_write(const char *dir, const char *name, const void *data, size_t n,
                          unsigned mode);

/* Shorthands over jansson. */
const char *jstr(const json_t *o, const char *key); /* NULL when absent or no text */
bool jbool(const json_t *o, const char *key, bool otherwise);
json_int_t jint(const json_t *o, const char *key, json_int_t otherwise);
json_t *jtext(const char *s);                                 /* JSON null for NULL */
void jset(json_t *o, const char *key, json_t *value);         /* takes the value */
void jset_default(json_t *o, const char *key, json_t *value); /* only when the key is absent */
void jpush(json_t *a, json_t *value);                         /* takes the value */
json_t *jkeep(const json_t *v);                               /* one more owner */

#endif
