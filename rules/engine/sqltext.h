/* sqltext.h - looking at SQL text, as far as SQLite's own interfaces cannot tell. */
#ifndef ENGINE_SQLTEXT_H
#define ENGINE_SQLTEXT_H
#include <stdbool.h>
#include <stddef.h>

enum sql_token_kind {
    SQL_WORD,   /* bare identifier or keyword */
    SQL_QUOTED, /* "identifier", [identifier], `identifier` */
    SQL_STRING, /* 'text' */
    SQL_OTHER   /* one character: number, operator, parameter, bracket */
};
struct sql_token {
    enum sql_token_kind kind;
    const char *p; /* in the text that was scanned */
    size_t n;
};

/* The next token from *at on; comments and white space are passed over. False at the end. */
bool sql_next(const char *sql, size_t *at, struct sql_token *t);
bool sql_is_word(const struct sql_token *t, const char *word); /* ASCII case does not matter */

/* Byte offset of the first bare or quoted `word`; -1 when it is not there. */
int sql_find(const char *sql, const char *word);
/* Whether the statement, outside all brackets, ends in ORDER BY. */
bool sql_is_ordered(const char *sql);

#endif
