#include "yaml.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "base/text.h"

#include <libfyaml.h>
#include <stdlib.h>
#include <string.h>

struct build {
    struct problems *p;
    const char *source;
    struct yn *root;
    struct yn *open[LIMIT_YAML_DEPTH]; /* collections that are not closed yet */
    size_t depth;
    size_t nodes;
    char *key; /* of the next node in the innermost mapping; NULL: a key comes next */
    int key_line, key_column;
    int documents;
    bool is_stopped; /* a problem after which reading on makes no sense */
};

void yn_free(struct yn *y)
{
    /* Children first, without recursion: the first child is moved in front of its parent. */
    while (y != NULL) {
        struct yn *next = y->next;

        if (y->child != NULL) {
            y->last->next = next;
            next = y->child;
        }
        free(y->text);
        free(y->key);
        free(y);
        y = next;
    }
}

const struct yn *yn_get(const struct yn *map, const char *key)
{
    if (map == NULL || map->kind != YN_MAP)
        return NULL;
    for (const struct yn *y = map->child; y != NULL; y = y->next)
        if (str_eq(y->key, key))
            return y;
    return NULL;
}

const char *yn_text(const struct yn *map, const char *key)
{
    const struct yn *y = yn_get(map, key);

    return y != NULL && y->kind == YN_SCALAR ? y->text : NULL;
}

bool yn_is_null(const struct yn *y)
{
    return y->kind == YN_SCALAR && y->is_plain &&
           (y->text[0] == '\0' || str_eq(y->text, "~") || str_eq(y->text, "null"));
}

bool yn_int(const struct yn *y, int64_t *out)
{
    return y->kind == YN_SCALAR && y->is_plain && str_int(y->text, INT64_MIN, INT64_MAX, out);
}

bool yn_bool(const struct yn *y, bool *out)
{
    if (y->kind != YN_SCALAR || !y->is_plain ||
        (!str_eq(y->text, "true") && !str_eq(y->text, "false")))
        return false;
    *out = y->text[0] == 't';
    return true;
}

static json_t *scalar_json(const struct yn *y, bool typed)
{
    int64_t i;
    bool b;
    char *end = NULL;
    double d;

    if (!typed || !y->is_plain)
        return json_string(y->text);
    if (yn_is_null(y))
        return json_null();
    if (yn_bool(y, &b))
        return json_boolean(b);
    if (yn_int(y, &i))
        return json_integer(i);
    if (strspn(y->text, "+-.0123456789eE") != strlen(y->text) || strpbrk(y->text, ".e") == NULL)
        return json_string(y->text);
    d = strtod(y->text, &end);
    return *end == '\0' && end != y->text ? json_real(d) : json_string(y->text);
}

/* Depth is bounded by LIMIT_YAML_DEPTH. */
json_t *yn_to_json(const struct yn *y, bool typed)
{
    json_t *j;

    if (y->kind == YN_SCALAR)
        return scalar_json(y, typed);
    j = y->kind == YN_MAP ? json_object() : json_array();
    for (const struct yn *c = y->child; c != NULL; c = c->next)
        if (y->kind == YN_MAP)
            (void)json_object_set_new(j, c->key, yn_to_json(c, typed));
        else
            (void)json_array_append_new(j, yn_to_json(c, typed));
    return j;
}

/* The n-th line of `s` (0-based), or NULL. `s` ends in NUL, as file_read() and packs have it. */
static const char *line_at(const char *s, size_t n, size_t *len)
{
    for (; s != NULL && n > 0; n--) {
        s = strchr(s, '\n');
        s = s != NULL ? s + 1 : NULL;
    }
    if (s != NULL)
        *len = strcspn(s, "\n");
    return s;
}

void yn_position(const struct yn *y, const char *source, size_t offset, int *line, int *column)
{
    size_t row = 0;
    size_t start = 0;
    size_t want = 0;
    size_t have = 0;
    const char *text;
    const char *raw;

    *line = y->line;
    *column = y->column;
    if (y->kind != YN_SCALAR || offset > strlen(y->text))
        return;
    for (size_t i = 0; i < offset; i++)
        if (y->text[i] == '\n') {
            row++;
            start = i + 1;
        }
    if (!y->is_literal && (row > 0 || strchr(y->text, '\n') != NULL))
        return;
    text = line_at(y->text + start, 0, &want);
    raw = line_at(source, (size_t)y->line - 1 + row, &have);
    if (raw == NULL || text == NULL)
        return;
    if (have > 0 && raw[have - 1] == '\r')
        have--;
    if (y->is_literal) { /* the indentation is what the file's line has in front */
        if (have < want || memcmp(raw + have - want, text, want) != 0)
            return;
        *line = y->line + (int)row;
        *column = (int)(have - want + offset - start) + 1;
    } else if (y->is_plain) {
        *column = y->column + (int)offset;
    }
}

static void stop_at(struct build *b, const struct fy_mark *m, const char *text)
{
    if (!b->is_stopped)
        problem_at(b->p, m != NULL && m->line >= 0 ? m->line + 1 : 1,
                   m != NULL && m->column >= 0 ? m->column + 1 : 1, "%s", text);
    b->is_stopped = true;
}

/* Takes the key that is waiting, if the innermost collection is a mapping. */
static void attach(struct build *b, struct yn *y)
{
    struct yn *parent = b->depth > 0 ? b->open[b->depth - 1] : NULL;

    if (parent == NULL) {
        b->root = y;
        return;
    }
    if (parent->kind == YN_MAP) {
        y->key = b->key;
        y->key_line = b->key_line;
        y->key_column = b->key_column;
        b->key = NULL;
        if (y->line == 0) { /* nothing was written: the value is where its key is */
            y->line = y->key_line;
            y->column = y->key_column;
        }
    }
    if (parent->child == NULL)
        parent->child = y;
    else
        parent->last->next = y;
    parent->last = y;
    parent->n++;
}

static struct yn *node_new(struct build *b, enum yn_kind kind, const struct fy_mark *m)
{
    struct yn *y = xcalloc(1, sizeof *y);

    y->kind = kind;
    y->line = m != NULL && m->line >= 0 ? m->line + 1 : 0;
    y->column = m != NULL && m->column >= 0 ? m->column + 1 : 0;
    b->nodes++;
    return y;
}

static bool expects_key(const struct build *b)
{
    return b->depth > 0 && b->open[b->depth - 1]->kind == YN_MAP && b->key == NULL;
}

static void add_key(struct build *b, const char *text, size_t n, const struct fy_mark *m)
{
    const struct yn *map = b->open[b->depth - 1];
    const struct yn *twin;

    b->key = xstrndup(text, n);
    b->key_line = m != NULL && m->line >= 0 ? m->line + 1 : map->line;
    b->key_column = m != NULL && m->column >= 0 ? m->column + 1 : map->column;
    twin = yn_get(map, b->key);
    if (twin != NULL)
        problem_at(b->p, b->key_line, b->key_column, "key '%s' is here twice (first on line %d)",
                   b->key, twin->key_line);
    if (str_eq(b->key, "<<"))
        problem_at(b->p, b->key_line, b->key_column, "merge keys are not allowed");
    if (map->n >= LIMIT_YAML_KEYS)
        stop_at(b, m, "too many keys in one mapping");
}

/* libfyaml 0.7's marks are behind an opening quote or asterisk. `column` is 1-based. */
static int column_of(const char *source, int line, int column, const char *openers)
{
    size_t n = 0;
    const char *text = line_at(source, (size_t)line - 1, &n);
    size_t at = (size_t)column - 1;

    if (text == NULL || at == 0 || (at < n && strchr(openers, text[at]) != NULL))
        return column;
    return column - 1;
}

/* And at the start of a block's first line. */
static void fix_column(struct yn *y, enum fy_scalar_style style, const char *source)
{
    size_t n = 0;
    const char *line;

    if (y->line == 0)
        return;
    if (style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED)
        y->column = column_of(source, y->line, y->column, "'\"");
    if (style != FYSS_LITERAL && style != FYSS_FOLDED)
        return;
    line = line_at(source, (size_t)y->line - 1, &n);
    if (line != NULL)
        y->column = (int)strspn(line, " ") + 1;
}

static void add_scalar(struct build *b, const struct fy_event *ev, const struct fy_mark *m)
{
    size_t n = 0;
    const char *text = fy_token_get_text(ev->scalar.value, &n);
    enum fy_scalar_style style = fy_token_scalar_style(ev->scalar.value);
    struct yn *y;

    if (text == NULL) {
        text = "";
        n = 0;
    }
    if (memchr(text, '\0', n) != NULL) {
        stop_at(b, m, "text holds a NUL character");
        return;
    }
    if (expects_key(b)) {
        add_key(b, text, n, m);
        return;
    }
    y = node_new(b, YN_SCALAR, m);
    y->text = xstrndup(text, n);
    y->is_plain = style == FYSS_PLAIN || style == FYSS_ANY;
    y->is_literal = style == FYSS_LITERAL;
    fix_column(y, style, b->source);
    attach(b, y);
}

static void open_collection(struct build *b, enum yn_kind kind, const struct fy_mark *m)
{
    struct yn *y;

    if (expects_key(b)) {
        stop_at(b, m, "a key has to be plain text");
        return;
    }
    if (b->depth == COUNT_OF(b->open)) {
        stop_at(b, m, "nested too deeply");
        return;
    }
    y = node_new(b, kind, m);
    attach(b, y);
    b->open[b->depth++] = y;
}

static void refuse_decoration(struct build *b, struct fy_event *ev, const struct fy_mark *m)
{
    int line = m != NULL && m->line >= 0 ? m->line + 1 : 1;
    int column = m != NULL && m->column >= 0 ? m->column + 1 : 1;

    if (fy_event_get_anchor_token(ev) != NULL && ev->type != FYET_ALIAS)
        problem_at(b->p, line, column, "anchors are not allowed");
    if (fy_event_get_tag_token(ev) != NULL)
        problem_at(b->p, line, column, "tags are not allowed");
}

static void take_event(struct build *b, struct fy_event *ev)
{
    const struct fy_mark *m = fy_event_start_mark(ev);

    if (b->nodes >= LIMIT_YAML_NODES)
        stop_at(b, m, "too many values in one file");
    else if (ev->type == FYET_DOCUMENT_START && ++b->documents > 1)
        stop_at(b, m, "a second document in one file");
    if (b->is_stopped)
        return;
    switch (ev->type) {
    case FYET_SCALAR:
        refuse_decoration(b, ev, m);
        add_scalar(b, ev, m);
        break;
    case FYET_MAPPING_START:
    case FYET_SEQUENCE_START:
        refuse_decoration(b, ev, m);
        open_collection(b, ev->type == FYET_MAPPING_START ? YN_MAP : YN_SEQ, m);
        break;
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END:
        b->depth--;
        break;
    case FYET_ALIAS:
        if (m != NULL)
            problem_at(b->p, m->line + 1, column_of(b->source, m->line + 1, m->column + 1, "*"),
                       "aliases are not allowed");
        else
            problem_at(b->p, 1, 1, "aliases are not allowed");
        b->is_stopped = true;
        break;
    case FYET_NONE:
    case FYET_STREAM_START:
    case FYET_STREAM_END:
    case FYET_DOCUMENT_START:
    case FYET_DOCUMENT_END:
        break;
    }
}

static void drop_output(struct fy_diag *d, void *user, const char *text, size_t n)
{
    (void)d;
    (void)user;
    (void)text;
    (void)n;
}

static struct fy_diag *diag_new(void)
{
    struct fy_diag_cfg cfg;
    struct fy_diag *d;

    fy_diag_cfg_default(&cfg);
    cfg.fp = NULL;
    cfg.output_fn = drop_output;
    cfg.level = FYET_ERROR;
    d = fy_diag_create(&cfg);
    if (d == NULL)
        BUG("libfyaml: no diagnostics object");
    fy_diag_set_collect_errors(d, true);
    return d;
}

static void report_syntax(struct build *b, struct fy_diag *d)
{
    void *it = NULL;
    const struct fy_diag_error *er = fy_diag_errors_iterate(d, &it);

    if (er == NULL)
        problem_at(b->p, 1, 1, "not valid YAML");
    for (; er != NULL; er = fy_diag_errors_iterate(d, &it))
        problem_at(b->p, er->line > 0 ? er->line : 1, er->column > 0 ? er->column : 1, "%s",
                   er->msg != NULL ? er->msg : "not valid YAML");
    b->is_stopped = true;
}

static void parse_events(struct build *b, const char *bytes, size_t n)
{
    struct fy_diag *d = diag_new();
    struct fy_parse_cfg cfg = {
        .flags = FYPCF_DEFAULT_VERSION_1_2 | FYPCF_JSON_NONE | FYPCF_COLLECT_DIAG, .diag = d};
    struct fy_parser *parser = fy_parser_create(&cfg);
    struct fy_event *ev;

    if (parser == NULL || fy_parser_set_string(parser, bytes, n) != 0)
        BUG("libfyaml: no parser");
    while (!b->is_stopped && (ev = fy_parser_parse(parser)) != NULL) {
        take_event(b, ev);
        fy_parser_event_free(parser, ev);
    }
    if (!b->is_stopped && fy_parser_get_stream_error(parser))
        report_syntax(b, d);
    fy_parser_destroy(parser);
    fy_diag_destroy(d);
}

void yaml_parse(const char *bytes, size_t n, struct problems *p, struct yn **out)
{
    struct build b = {.p = p, .source = bytes};
    size_t before = p->n;

    *out = NULL;
    if (n > LIMIT_RULE_BYTES)
        problem_at(p, 0, 0, "larger than %d bytes", LIMIT_RULE_BYTES);
    else if (memchr(bytes, '\0', n) != NULL || !utf8_valid(bytes, n))
        problem_at(p, 0, 0, "not UTF-8 text");
    else
        parse_events(&b, bytes, n);
    free(b.key);
    if (b.is_stopped || b.root == NULL) {
        yn_free(b.root);
        b.root = NULL;
        if (p->n == before)
            problem_at(p, 1, 1, "the file is empty");
    }
    *out = b.root;
}
