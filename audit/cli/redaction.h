/* redaction.h - --redact and --redact-key-file: what a command's texts do not say. */
#ifndef CLI_REDACTION_H
#define CLI_REDACTION_H
#include "base/buf.h"
#include "base/err.h"

#include <jansson.h>
#include <stdio.h>

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
/* For texts of these snapshots, with the keys of the last; *out is NULL when nothing is redacted.
 */
enum err_code redaction_open(const struct redaction *r, struct store *const *stores, size_t n,
                             struct redact **out, struct err *e);
/* The same for one, and redacts all that comes out of it until redact_free(). */
enum err_code redaction_begin(const struct redaction *r, struct store *s, struct redact **out,
                              struct err *e);
/* Prints a text, or a whole JSON document, with tokens; as it is when `r` is NULL. */
void redaction_print(struct redact *r, const char *text, FILE *f);
/* The kinds by their names, as member "redacted" of a JSON document, unless there are none. */
void redaction_note(unsigned kinds, json_t *document);

#endif
