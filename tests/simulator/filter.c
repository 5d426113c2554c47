#include "filter.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "timetext.h"

enum { DEPTH_MAX = 40, NODES_MAX = 400, TEXT_MAX = 8192 };

enum node_kind { N_AND, N_OR, N_NOT, N_COMPARE, N_STARTS, N_ANY };
enum literal_kind { L_TEXT, L_NUMBER, L_BOOL, L_NULL, L_TIME };

struct node {
    enum node_kind kind;
    struct node *left, *right;
    char *path, *op;
    enum literal_kind literal;
    char *text;    /* L_TEXT */
    double number; /* L_NUMBER, L_TIME, L_BOOL */
};

struct filter {
    struct node *root;
    struct node *nodes[NODES_MAX];
    size_t count;
};

struct parser {
    const char *at;
    const char *allowed;
    struct filter *f;
    char *why;
    const char *variable; /* inside any(): the range variable ... */
    char *variable_path;  /* ... and the list it ranges over */
    int depth;
};

static void fail(struct parser *p, const char *what, const char *name)
{
    if (p->why == NULL)
        p->why = xasprintf("Invalid filter clause: %s '%s'.", what, name);
}

static struct node *node_new(struct parser *p, enum node_kind kind)
{
    struct node *n;

    if (p->f->count == NODES_MAX) {
        fail(p, "too many terms near", p->at);
        return NULL;
    }
    n = xcalloc(1, sizeof *n);
    n->kind = kind;
    p->f->nodes[p->f->count++] = n;
    return n;
}

static void skip(struct parser *p)
{
    while (*p->at == ' ')
        p->at++;
}

static bool take(struct parser *p, char c)
{
    skip(p);
    if (*p->at != c)
        return false;
    p->at++;
    return true;
}

static size_t word_length(const char *s)
{
    size_t n = 0;

    while (isalnum((unsigned char)s[n]) || s[n] == '_' || s[n] == '/' || s[n] == '.')
        n++;
    return n;
}

static bool take_word(struct parser *p, const char *word)
{
    size_t n = strlen(word);

    skip(p);
    if (strncasecmp(p->at, word, n) != 0 || word_length(p->at) != n)
        return false;
    p->at += n;
    return true;
}

static bool allowed_op(const struct parser *p, const char *path, const char *op)
{
    size_t n = strlen(path);

    for (const char *at = p->allowed; *at != '\0'; at += at[0] == ' ') {
        size_t len = strcspn(at, " ");

        if (len > n && at[n] == ':' && strncmp(at, path, n) == 0) {
            const char *ops = at + n + 1, *end = at + len;

            while (ops < end) {
                size_t k = strcspn(ops, ", ");

                if (k == strlen(op) && strncmp(ops, op, k) == 0)
                    return true;
                ops += k + 1;
            }
        }
        at += len;
    }
    return false;
}

static bool parse_literal(struct parser *p, struct node *n)
{
    char *end = NULL;
    size_t len;
    char *word;

    skip(p);
    if (*p->at == '\'') {
        struct buf b = {0};

        for (p->at++; *p->at != '\0'; p->at++) {
            if (*p->at == '\'' && p->at[1] != '\'')
                break;
            if (*p->at == '\'')
                p->at++; /* '' stands for one quote */
            buf_add(&b, p->at, 1);
        }
        n->literal = L_TEXT;
        n->text = buf_take(&b);
        return take(p, '\'');
    }
    len = strcspn(p->at, " )");
    word = xstrndup(p->at, len);
    p->at += len;
    n->number = strtod(word, &end);
    if (str_ieq(word, "true") || str_ieq(word, "false")) {
        n->literal = L_BOOL;
        n->number = str_ieq(word, "true");
    } else if (str_ieq(word, "null")) {
        n->literal = L_NULL;
    } else if (time_parse(word, &n->number)) {
        n->literal = L_TIME;
    } else if (len > 0 && *end == '\0') {
        n->literal = L_NUMBER;
    } else if (uuid_is(word)) { /* GUIDs may stand without quotes */
        n->literal = L_TEXT;
        n->text = xstrdup(word);
    } else {
        fail(p, "a literal was expected, not", word);
        free(word);
        return false;
    }
    free(word);
    return true;
}

static struct node *parse_or(struct parser *p);

static struct node *parse_starts(struct parser *p)
{
    struct node *n = node_new(p, N_STARTS);
    size_t len;

    if (n == NULL || !take(p, '('))
        return NULL;
    skip(p);
    len = word_length(p->at);
    n->path = xstrndup(p->at, len);
    p->at += len;
    if (!allowed_op(p, n->path, "startswith")) {
        fail(p, "startswith is not supported on", n->path);
        return NULL;
    }
    return take(p, ',') && parse_literal(p, n) && n->literal == L_TEXT && take(p, ')') ? n : NULL;
}

/* path/any(t: <expression on t>) */
static struct node *parse_any(struct parser *p, const char *path, size_t len)
{
    struct node *n = node_new(p, N_ANY);
    char *variable;
    size_t k;

    if (n == NULL)
        return NULL;
    n->path = xstrndup(path, len);
    if (!take(p, '('))
        return NULL;
    skip(p);
    k = word_length(p->at);
    variable = xstrndup(p->at, k);
    p->at += k;
    if (p->variable == NULL && k > 0 && take(p, ':')) {
        p->variable = variable;
        p->variable_path = n->path;
        n->left = parse_or(p);
        p->variable = NULL;
        p->variable_path = NULL;
    }
    free(variable);
    return n->left != NULL && take(p, ')') ? n : NULL;
}

static struct node *parse_compare(struct parser *p)
{
    static const char *const ops[] = {"eq", "ne", "ge", "le", "gt", "lt"};
    size_t len;
    const char *start;
    struct node *n;

    skip(p);
    start = p->at;
    len = word_length(start);
    if (len == 0) {
        fail(p, "a property was expected at", start);
        return NULL;
    }
    p->at += len;
    if (len == 10 && strncasecmp(start, "startswith", len) == 0)
        return parse_starts(p);
    if (len > 4 && strncasecmp(start + len - 4, "/any", 4) == 0)
        return parse_any(p, start, len - 4);
    n = node_new(p, N_COMPARE);
    if (n == NULL)
        return NULL;
    n->path = xstrndup(start, len);
    for (size_t i = 0; i < COUNT_OF(ops) && n->op == NULL; i++)
        if (take_word(p, ops[i]))
            n->op = xstrdup(ops[i]);
    if (n->op == NULL) {
        fail(p, "an operator was expected at", p->at);
        return NULL;
    }
    if (p->variable != NULL && str_eq(p->variable, n->path)) {
        if (!allowed_op(p, p->variable_path, "any")) {
            fail(p, "any() is not supported on", p->variable_path);
            return NULL;
        }
        n->path[0] = '\0'; /* the item itself */
    } else if (!allowed_op(p, n->path, n->op)) {
        fail(p, "this property does not support this operator:", n->path);
        return NULL;
    }
    return parse_literal(p, n) ? n : NULL;
}

static struct node *parse_not(struct parser *p)
{
    struct node *n;

    if (++p->depth > DEPTH_MAX) {
        fail(p, "nested too deep at", p->at);
        return NULL;
    }
    if (take_word(p, "not")) {
        n = node_new(p, N_NOT);
        if (n != NULL)
            n->left = parse_not(p);
        n = n != NULL && n->left != NULL ? n : NULL;
    } else if (take(p, '(')) {
        n = parse_or(p);
        if (n != NULL && !take(p, ')')) {
            fail(p, "a closing parenthesis was expected at", p->at);
            n = NULL;
        }
    } else {
        n = parse_compare(p);
    }
    p->depth--;
    return n;
}

static struct node *parse_chain(struct parser *p, enum node_kind kind)
{
    const char *word = kind == N_AND ? "and" : "or";
    struct node *left = kind == N_AND ? parse_not(p) : parse_chain(p, N_AND);

    while (left != NULL && take_word(p, word)) {
        struct node *n = node_new(p, kind);

        if (n == NULL)
            return NULL;
        n->left = left;
        n->right = kind == N_AND ? parse_not(p) : parse_chain(p, N_AND);
        if (n->right == NULL)
            return NULL;
        left = n;
    }
    return left;
}

static struct node *parse_or(struct parser *p)
{
    return parse_chain(p, N_OR);
}

struct filter *filter_parse(const char *text, const char *allowed, char **why)
{
    struct parser p = {.at = text, .allowed = allowed != NULL ? allowed : ""};

    p.f = xcalloc(1, sizeof *p.f);
    if (strlen(text) <= TEXT_MAX)
        p.f->root = parse_or(&p);
    skip(&p);
    if (p.f->root != NULL && *p.at == '\0' && p.why == NULL) {
        *why = NULL;
        return p.f;
    }
    fail(&p, "syntax error at", p.at);
    *why = p.why;
    filter_free(p.f);
    return NULL;
}

static const json_t *walk(const json_t *item, const char *path)
{
    while (*path != '\0' && item != NULL) {
        size_t n = strcspn(path, "/");
        char *key = xstrndup(path, n);

        item = json_object_get(item, key);
        free(key);
        path += n + (path[n] == '/');
    }
    return item;
}

static bool holds(const char *op, double difference)
{
    if (op[0] == 'e')
        return difference == 0;
    if (op[0] == 'n')
        return difference != 0;
    if (op[0] == 'g')
        return op[1] == 'e' ? difference >= 0 : difference > 0;
    return op[1] == 'e' ? difference <= 0 : difference < 0;
}

static bool compare(const struct node *n, const json_t *v)
{
    double a;

    switch (n->literal) {
    case L_NULL:
        return holds(n->op, v == NULL || json_is_null(v) ? 0 : 1);
    case L_BOOL:
        return json_is_boolean(v) && holds(n->op, json_is_true(v) - n->number);
    case L_NUMBER:
        return json_is_number(v) && holds(n->op, json_number_value(v) - n->number);
    case L_TIME:
        return json_is_string(v) && time_parse(json_string_value(v), &a) &&
               holds(n->op, a - n->number);
    case L_TEXT:
        return json_is_string(v) && holds(n->op, (double)strcasecmp(json_string_value(v), n->text));
    }
    return false;
}

static bool match(const struct node *n, const json_t *item)
{
    const json_t *v;

    switch (n->kind) {
    case N_AND:
        return match(n->left, item) && match(n->right, item);
    case N_OR:
        return match(n->left, item) || match(n->right, item);
    case N_NOT:
        return !match(n->left, item);
    case N_COMPARE:
        return compare(n, walk(item, n->path));
    case N_STARTS:
        v = walk(item, n->path);
        return json_is_string(v) &&
               strncasecmp(json_string_value(v), n->text, strlen(n->text)) == 0;
    case N_ANY:
        v = walk(item, n->path);
        for (size_t i = 0; i < json_array_size(v); i++)
            if (match(n->left, json_array_get(v, i)))
                return true;
        return false;
    }
    return false;
}

bool filter_match(const struct filter *f, const json_t *item)
{
    return f == NULL || match(f->root, item);
}

bool filter_mentions(const struct filter *f, const char *path)
{
    for (size_t i = 0; f != NULL && i < f->count; i++)
        if (str_eq(f->nodes[i]->path, path))
            return true;
    return false;
}

void filter_free(struct filter *f)
{
    if (f == NULL)
        return;
    for (size_t i = 0; i < f->count; i++) {
        free(f->nodes[i]->path);
        free(f->nodes[i]->op);
        free(f->nodes[i]->text);
        free(f->nodes[i]);
    }
    free(f);
}
