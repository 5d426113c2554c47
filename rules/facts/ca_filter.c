#include "ca_filter.h"

#include "base/strs.h"

#include <stdio.h>
#include <string.h>

enum node_kind { NODE_AND, NODE_OR, NODE_NOT, NODE_COMPARE };
enum compare { COMPARE_EQUAL, COMPARE_IN, COMPARE_STARTS, COMPARE_ENDS, COMPARE_CONTAINS };
enum { DEPTH_MAX = 64 };

struct node {
    enum node_kind kind;
    const struct node *left, *right;
    const char *property; /* lower-case */
    enum compare compare;
    bool is_negative;
    const char **literal; /* NULL element: null */
    size_t literals;
};

struct ca_rule {
    const struct node *top;
    struct node *node;
    size_t nodes;
};

static const struct {
    const char *word;
    enum compare compare;
    bool is_negative;
} operators[] = {
    {"eq", COMPARE_EQUAL, false},
    {"equals", COMPARE_EQUAL, false},
    {"ne", COMPARE_EQUAL, true},
    {"notEquals", COMPARE_EQUAL, true},
    {"in", COMPARE_IN, false},
    {"notIn", COMPARE_IN, true},
    {"startsWith", COMPARE_STARTS, false},
    {"notStartsWith", COMPARE_STARTS, true},
    {"endsWith", COMPARE_ENDS, false},
    {"notEndsWith", COMPARE_ENDS, true},
    {"contains", COMPARE_CONTAINS, false},
    {"notContains", COMPARE_CONTAINS, true},
};

struct reader {
    struct ca_pool *pool;
    const char *at;
    struct ca_rule *rule;
    bool failed;
    int depth;
};

static void skip_space(struct reader *r)
{
    r->at += strspn(r->at, " \t\r\n");
}

/* Takes `c` if it is next. */
static bool take(struct reader *r, char c)
{
    skip_space(r);
    if (*r->at != c)
        return false;
    r->at++;
    return true;
}

static size_t word_length(const char *s)
{
    size_t n = 0;

    while ((s[n] >= 'a' && s[n] <= 'z') || (s[n] >= 'A' && s[n] <= 'Z') ||
           (s[n] >= '0' && s[n] <= '9') || s[n] == '_' || s[n] == '.')
        n++;
    return n;
}

/* A word, with a hyphen before it or not; empty when there is none. */
static char *take_word(struct reader *r)
{
    char *word;
    size_t n;

    skip_space(r);
    if (*r->at == '-')
        r->at++;
    n = word_length(r->at);
    word = ca_pool_get(r->pool, n + 1, 1);
    memcpy(word, r->at, n);
    r->at += n;
    return word;
}

/* Takes the operator word if it is next: "-and", "and". */
static bool take_operator(struct reader *r, const char *word)
{
    const char *back;
    const char *seen;

    skip_space(r);
    back = r->at;
    seen = take_word(r);
    if (str_ieq(seen, word))
        return true;
    r->at = back;
    return false;
}

static struct node *new_node(struct reader *r, enum node_kind kind)
{
    struct node *n;

    if (r->rule->nodes == CA_FILTER_NODES) {
        r->failed = true;
        return &r->rule->node[0];
    }
    n = &r->rule->node[r->rule->nodes++];
    n->kind = kind;
    return n;
}

static const char *take_quoted(struct reader *r)
{
    char quote = *r->at++;
    char *out = ca_pool_get(r->pool, strlen(r->at) + 1, 1);
    size_t n = 0;

    while (*r->at != '\0' && *r->at != quote) {
        /* the syntax escapes with a back-tick, the JSON layer is long gone */
        if (*r->at == '`' && r->at[1] != '\0')
            r->at++;
        out[n++] = *r->at++;
    }
    if (*r->at != quote)
        r->failed = true;
    else
        r->at++;
    return out;
}

static void take_literal(struct reader *r, struct node *n)
{
    const char *value = NULL;

    skip_space(r);
    if (*r->at == '"' || *r->at == '\'') {
        value = take_quoted(r);
    } else {
        value = take_word(r);
        if (*value == '\0')
            r->failed = true;
        if (str_ieq(value, "null"))
            value = NULL;
    }
    n->literal[n->literals++] = value;
}

static size_t count_commas(const char *s)
{
    size_t n = 0;

    for (; *s != '\0'; s++)
        n += *s == ',' ? 1 : 0;
    return n;
}

static void take_literals(struct reader *r, struct node *n)
{
    if (!take(r, '[')) {
        n->literal = ca_pool_get(r->pool, 1, sizeof *n->literal);
        take_literal(r, n);
        return;
    }
    n->literal = ca_pool_get(r->pool, count_commas(r->at) + 1, sizeof *n->literal);
    do {
        take_literal(r, n);
    } while (!r->failed && take(r, ','));
    if (!take(r, ']'))
        r->failed = true;
}

static const struct node *read_compare(struct reader *r)
{
    struct node *n = new_node(r, NODE_COMPARE);
    char *property = take_word(r);
    const char *word;

    str_lower_inplace(property);
    if (!str_starts(property, "device.") || property[strlen("device.")] == '\0') {
        r->failed = true;
        return n;
    }
    n->property = property + strlen("device.");
    word = take_word(r);
    for (size_t i = 0; i < COUNT_OF(operators); i++)
        if (str_ieq(operators[i].word, word)) {
            n->compare = operators[i].compare;
            n->is_negative = operators[i].is_negative;
            take_literals(r, n);
            /* only -in and -notIn take arrays */
            if (n->literals != 1 && n->compare != COMPARE_IN)
                r->failed = true;
            return n;
        }
    r->failed = true;
    return n;
}

static const struct node *read_or(struct reader *r);

static const struct node *read_unary(struct reader *r)
{
    const struct node *inner;

    if (r->failed || ++r->depth > DEPTH_MAX) {
        r->failed = true;
        return NULL;
    }
    if (take_operator(r, "not")) {
        struct node *n = new_node(r, NODE_NOT);

        n->left = read_unary(r);
        inner = n;
    } else if (take(r, '(')) {
        inner = read_or(r);
        if (!take(r, ')'))
            r->failed = true;
    } else {
        inner = read_compare(r);
    }
    r->depth--;
    return inner;
}

static const struct node *read_and(struct reader *r)
{
    const struct node *left = read_unary(r);

    while (!r->failed && take_operator(r, "and")) {
        struct node *n = new_node(r, NODE_AND);

        n->left = left;
        n->right = read_unary(r);
        left = n;
    }
    return left;
}

static const struct node *read_or(struct reader *r)
{
    const struct node *left = read_and(r);

    while (!r->failed && take_operator(r, "or")) {
        struct node *n = new_node(r, NODE_OR);

        n->left = left;
        n->right = read_and(r);
        left = n;
    }
    return left;
}

const struct ca_rule *ca_rule_parse(struct ca_pool *pool, const char *text)
{
    struct reader r = {.pool = pool, .at = text};

    if (text == NULL || strlen(text) > CA_FILTER_BYTES)
        return NULL;
    r.rule = ca_pool_get(pool, 1, sizeof *r.rule);
    r.rule->node = ca_pool_get(pool, CA_FILTER_NODES, sizeof *r.rule->node);
    r.rule->top = read_or(&r);
    skip_space(&r);
    return r.failed || *r.at != '\0' ? NULL : r.rule;
}

/* Collections: contains asks for a whole element. */
static bool is_collection(const char *property)
{
    return str_eq(property, "physicalids") || str_eq(property, "systemlabels");
}

static bool ends_with(const char *s, const char *suffix)
{
    size_t n = strlen(s);
    size_t m = strlen(suffix);

    return n >= m && str_ieq(s + n - m, suffix);
}

static bool is_hit(const struct node *n, const char *value, const char *literal)
{
    if (literal == NULL || value == NULL)
        return literal == value && (n->compare == COMPARE_EQUAL || n->compare == COMPARE_IN);
    switch (n->compare) {
    case COMPARE_EQUAL:
    case COMPARE_IN:
        break;
    case COMPARE_STARTS:
        return str_istarts(value, literal);
    case COMPARE_ENDS:
        return ends_with(value, literal);
    case COMPARE_CONTAINS:
        return is_collection(n->property) ? str_ieq(value, literal) : str_icontains(value, literal);
    }
    return str_ieq(value, literal);
}

const char ca_unknown_value[] = "";

static enum ca_tri compare(const struct node *n, const char *value)
{
    bool hit = false;

    if (value == ca_unknown_value)
        return CA_MAYBE;
    for (size_t i = 0; i < n->literals && !hit; i++)
        hit = is_hit(n, value, n->literal[i]);
    return hit != n->is_negative ? CA_YES : CA_NO;
}

static enum ca_tri match(const struct node *n, ca_device_fn *get, const void *device)
{
    enum ca_tri left;
    enum ca_tri right;

    if (n->kind == NODE_COMPARE)
        return compare(n, get(device, n->property));
    left = match(n->left, get, device);
    if (n->kind == NODE_NOT)
        return left == CA_MAYBE ? left : left == CA_YES ? CA_NO : CA_YES;
    right = match(n->right, get, device);
    if (n->kind == NODE_AND)
        return left < right ? left : right;
    return left > right ? left : right;
}

enum ca_tri ca_rule_match(const struct ca_rule *r, ca_device_fn *get, const void *device)
{
    return match(r->top, get, device);
}

void ca_rule_literals(const struct ca_rule *r, ca_literal_fn *each, void *ctx)
{
    for (size_t i = 0; i < r->nodes; i++) {
        const struct node *n = &r->node[i];
        for (size_t k = 0; n->kind == NODE_COMPARE && k < n->literals; k++)
            each(ctx, n->property, n->literal[k],
                 n->compare == COMPARE_IN ? (int)COMPARE_EQUAL : (int)n->compare,
                 n->compare > COMPARE_IN);
    }
}

static const char *no_property(const void *device, const char *property)
{
    (void)device;
    (void)property;
    return NULL;
}

bool ca_rule_is_mixed(const struct ca_rule *r)
{
    bool seen[2] = {false, false};

    for (size_t i = 0; i < r->nodes; i++)
        if (r->node[i].kind == NODE_COMPARE)
            seen[match(&r->node[i], no_property, NULL) == CA_YES ? 1 : 0] = true;
        else if (r->node[i].kind == NODE_NOT)
            return true;
    return seen[0] && seen[1];
}
