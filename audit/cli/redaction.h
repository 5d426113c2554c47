/* redaction.h - --redact and --redact-key-file: what a command's texts do not say. */
#ifndef CLI_REDACTION_H
#define CLI_REDACTION_H
#include "base/buf.h"
#include "base/err.h"

struct context;
struct redact;
struct store;

struct redaction {
    unsigned kinds; /* 0: nothing is redacted */
    struct buf key; /* empty: none was given */
};

/* Before anything is contacted: ERR_USAGE for a kind that there is not, or a key file that cannot
 * be used. Release also after an error. */
enum err_code redaction_parse(const struct context *c, struct redaction *out, struct err *e);
void redaction_release(struct redaction *r); /* wipes the key */
/* Redacts what comes out of the store until redact_free(); *out is NULL when nothing is redacted.
 */
enum err_code redaction_begin(const struct redaction *r, struct store *s, struct redact **out,
                              struct err *e);
/* The same with those of `also` (may be NULL) known too. */
enum err_code redaction_begin_pair(const struct redaction *r, struct store *also, struct store *s,
                                   struct redact **out, struct err *e);

#endif
