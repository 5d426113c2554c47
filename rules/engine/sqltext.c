#include "sqltext.h"

#include <string.h>
#include <strings.h>

static bool is_word_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) != 0;
}

static bool is_word_part(char c)
{
    return is_word_start(c) || (c >= '0' && c <= '9') || c == '$';
}

/* Past white space and comments; an unclosed comment reaches to the end, as in SQLite. */
static size_t skip_blank(const char *s, size_t at)
{
    for (;;) {
        at += strspn(s + at, " \t\r\n\f");
        if (s[at] == '-' && s[at + 1] == '-') {
            at += strcspn(s + at, "\n");
        } else if (s[at] == '/' && s[at + 1] == '*') {
            const char *end = strstr(s + at + 2, "*/");

            at = end != NULL ? (size_t)(end - s) + 2 : strlen(s);
        } else {
            return at;
        }
    }
}

/* Just past the closing quote; a doubled quote stands for itself. */
static size_t quoted_end(const char *s, size_t at, char close)
{
    for (at++; s[at] != '\0'; at++)
        if (s[at] == close) {
            if (close == ']' || s[at + 1] != close)
                return at + 1;
            at++;
        }
    return at;
}

bool sql_next(const char *sql, size_t *at, struct sql_token *t)
{
    size_t start = skip_blank(sql, *at);
    size_t end = start + 1;
    char quote = sql[start];

    if (quote == '\0') {
        *at = start;
        return false;
    }
    t->kind = SQL_OTHER;
    if (quote == '\'' || quote == '"' || quote == '`' || quote == '[') {
        t->kind = quote == '\'' ? SQL_STRING : SQL_QUOTED;
        if (quote == '[')
            quote = ']';
        end = quoted_end(sql, start, quote);
    } else if (is_word_start(sql[start])) {
        t->kind = SQL_WORD;
        while (is_word_part(sql[end]))
            end++;
    } else if (strchr(":@$#0123456789", sql[start]) != NULL) { /* a parameter is no keyword */
        while (is_word_part(sql[end]))
            end++;
    }
    t->p = sql + start;
    t->n = end - start;
    *at = end;
    return true;
}

bool sql_is_word(const struct sql_token *t, const char *word)
{
    return t->kind == SQL_WORD && t->n == strlen(word) && strncasecmp(t->p, word, t->n) == 0;
}

int sql_find(const char *sql, const char *word)
{
    size_t n = strlen(word);
    size_t at = 0;
    struct sql_token t;

    while (sql_next(sql, &at, &t)) {
        size_t trim = t.kind == SQL_QUOTED && t.n >= 2 ? 1 : 0;

        if ((t.kind == SQL_WORD || t.kind == SQL_QUOTED) && t.n - 2 * trim == n &&
            strncasecmp(t.p + trim, word, n) == 0)
            return (int)(t.p - sql);
    }
    return -1;
}

bool sql_is_ordered(const char *sql)
{
    size_t at = 0;
    int depth = 0;
    bool after_order = false;
    bool ordered = false;
    struct sql_token t;

    while (sql_next(sql, &at, &t)) {
        if (t.kind == SQL_OTHER && *t.p == '(')
            depth++;
        else if (t.kind == SQL_OTHER && *t.p == ')')
            depth--;
        if (depth == 0 && after_order && sql_is_word(&t, "by"))
            ordered = true;
        after_order = depth == 0 && sql_is_word(&t, "order");
    }
    return ordered;
}
