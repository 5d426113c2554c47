/* cmd_history.c - what past runs recorded. */
#include "base/buf.h"
#include "base/strs.h"
#include "base/text.h"
#include "commands.h"
#include "context.h"
#include "exitcode.h"
#include "history/history.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CELL_BYTES = 64 * 1024, CELL_COLUMNS = 60, GAP = 2 };

/* What the first word asks for. */
static const struct {
    const char *word;
    enum history_topic topic;
    size_t most, least; /* words after it */
    const char *argument;
} topics[] = {
    {"runs", HISTORY_RUNS, 0, 0, NULL},
    {"tenants", HISTORY_TENANTS, 0, 0, NULL},
    {"rule", HISTORY_RULE, 1, 1, "the rule's id"},
    {"findings", HISTORY_FINDINGS, 1, 0, NULL},
    {"mailbox", HISTORY_MAILBOX, 1, 1, "an address or GUID"},
};

struct table {
    const char *const *names;
    size_t n;
    bool json;
    json_t *rows; /* arrays of text and null */
};

static enum err_code read_question(const struct context *c, struct history_question *q,
                                   struct err *e)
{
    const struct strlist *words = &c->opt.arguments;
    size_t at = 0;

    memset(q, 0, sizeof *q);
    q->tenant = c->opt.tenant;
    q->limit = c->opt.limit;
    while (words->n > 0 && at < sizeof topics / sizeof *topics &&
           !str_eq(topics[at].word, words->v[0]))
        at++;
    if (at == sizeof topics / sizeof *topics)
        return err_set(e, ERR_USAGE,
                       "history shows runs, tenants, rule ID, findings [ID] or mailbox ADDRESS, "
                       "not '%s'",
                       words->v[0]);
    if (words->n > 0 && words->n - 1 < topics[at].least)
        return err_set(e, ERR_USAGE, "history %s takes %s", topics[at].word, topics[at].argument);
    if (words->n > 0 && words->n - 1 > topics[at].most)
        return err_set(e, ERR_USAGE, "history %s: what is '%s'?", topics[at].word,
                       words->v[words->n - 1]);
    q->topic = topics[at].topic;
    if (q->topic == HISTORY_MAILBOX)
        q->mailbox = words->v[1];
    else if (words->n > 1)
        q->rule = words->v[1];
    return ERR_OK;
}

static bool take_row(void *ctx, const struct history_row *row)
{
    struct table *t = ctx;
    json_t *v = json_array();

    for (size_t i = 0; i < row->n; i++)
        (void)json_array_append_new(v, row->v[i] != NULL ? json_string(row->v[i]) : json_null());
    (void)json_array_append_new(t->rows, v);
    return true;
}

/* Numbers as numbers: every column of counts holds nothing else. */
static json_t *cell_value(const json_t *v)
{
    int64_t number;

    if (json_is_string(v) && str_int(json_string_value(v), INT64_MIN, INT64_MAX, &number))
        return json_integer(number);
    return json_deep_copy(v);
}

static void print_json(const struct table *t)
{
    const json_t *row;
    const json_t *cell;
    size_t i;
    size_t k;

    json_array_foreach(t->rows, i, row)
    {
        json_t *o = json_object();
        char *text;

        json_array_foreach(row, k, cell)
        {
            (void)json_object_set_new(o, t->names[k], cell_value(cell));
        }
        text = json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII);
        printf("%s\n", text != NULL ? text : "{}");
        free(text);
        json_decref(o);
    }
}

/* One cell as terminals may have it. */
static void add_cell(struct buf *b, const char *text)
{
    struct buf cut;

    buf_init(&cut, CELL_BYTES);
    text_add_cut(&cut, text != NULL ? text : "-", CELL_COLUMNS);
    buf_clear(b);
    text_add_safe(b, cut.n > 0 ? cut.p : "");
    buf_release(&cut);
}

/* Code points: names with wide characters move what stands behind them. */
static size_t text_columns(const char *text)
{
    const size_t n = strlen(text);
    size_t columns = 0;

    for (size_t at = 0; at < n; columns++)
        (void)utf8_next(text, n, &at);
    return columns;
}

static size_t width_of(const struct table *t, size_t k, struct buf *b)
{
    size_t widest = text_columns(t->names[k]);
    const json_t *row;
    size_t i;

    json_array_foreach(t->rows, i, row)
    {
        size_t w;

        add_cell(b, json_string_value(json_array_get(row, k)));
        w = text_columns(b->p);
        widest = w > widest ? w : widest;
    }
    return widest;
}

static void print_cell(const char *text, size_t width, bool is_last)
{
    size_t w = text_columns(text);

    fputs(text, stdout);
    for (; !is_last && w < width + GAP; w++)
        fputc(' ', stdout);
}

static void print_text(const struct table *t)
{
    size_t width[16] = {0};
    const json_t *row;
    struct buf b;
    size_t i;

    buf_init(&b, CELL_BYTES);
    for (size_t k = 0; k < t->n; k++)
        width[k] = width_of(t, k, &b);
    for (size_t k = 0; k < t->n; k++)
        print_cell(t->names[k], width[k], k + 1 == t->n);
    fputc('\n', stdout);
    json_array_foreach(t->rows, i, row)
    {
        for (size_t k = 0; k < t->n; k++) {
            add_cell(&b, json_string_value(json_array_get(row, k)));
            print_cell(b.p, width[k], k + 1 == t->n);
        }
        fputc('\n', stdout);
    }
    buf_release(&b);
}

int cmd_history(struct context *c)
{
    struct table t = {NULL, 0, c->opt.json, json_array()};
    struct history_question q = {.topic = HISTORY_RUNS};
    struct history *h = NULL;
    struct err e = ERR_INIT;

    if (c->opt.history == NULL)
        err_set(&e, ERR_USAGE, "which history? Give --history FILE|URL or set GRAPHAUDIT_HISTORY");
    else if (read_question(c, &q, &e) == ERR_OK &&
             history_open(c->opt.history, false, &h, &e) == ERR_OK)
        (void)history_ask(h, &q, take_row, &t, &e);
    if (e.code == ERR_OK) {
        t.n = history_columns(q.topic, &t.names);
        if (t.json)
            print_json(&t);
        else if (json_array_size(t.rows) > 0)
            print_text(&t);
        else
            log_line(&c->log, LOG_INFO, "nothing recorded");
    }
    history_close(h);
    json_decref(t.rows);
    return e.code == ERR_OK ? EXIT_CODE_PASSED : context_fail(c, &e);
}
