/* The resources of a rule as a table: its first rows, with the further columns of the rule's query.
 */
#include "html.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/strs.h"
#include "escape.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>

enum { EVIDENCE_COLUMNS = 6, LONG_BYTES = 160, CUT_CHARS = 300 };

/* Rows of one table, kept until its columns are known: at most HTML_ROWS. */
struct kept {
    char *id, *name, *reason, *waiver, *note, *baseline;
    json_t *evidence; /* object or NULL */
};
struct rows {
    struct kept v[HTML_ROWS];
    size_t n;
    const char *columns[EVIDENCE_COLUMNS]; /* borrowed from the first row */
    size_t column_count;
};

static char *copy(const char *s)
{
    return s != NULL ? xstrdup(s) : NULL;
}

static enum err_code keep(void *ctx, const struct report_row *row, struct err *e)
{
    struct rows *r = ctx;
    struct kept *k = &r->v[r->n++];
    struct err ignored = ERR_INIT;

    (void)e;
    k->id = copy(row->resource_id);
    k->name = copy(row->resource_name);
    k->reason = copy(row->reason);
    k->waiver = copy(row->waiver_id);
    k->note = copy(row->note);
    k->baseline = copy(row->baseline);
    if (row->evidence != NULL &&
        escape_parse(row->evidence, "evidence", &k->evidence, &ignored) != ERR_OK)
        k->evidence = NULL;
    return ERR_OK;
}

static void release_rows(struct rows *r)
{
    for (size_t i = 0; i < r->n; i++) {
        free(r->v[i].id);
        free(r->v[i].name);
        free(r->v[i].reason);
        free(r->v[i].waiver);
        free(r->v[i].note);
        free(r->v[i].baseline);
        json_decref(r->v[i].evidence);
    }
    free(r);
}

/* The further columns of a rule's query are the same in all of its rows. */
static void find_columns(struct rows *r)
{
    const char *key;
    json_t *v;

    if (r->n == 0 || !json_is_object(r->v[0].evidence))
        return;
    json_object_foreach(r->v[0].evidence, key, v)
    {
        if (r->column_count < EVIDENCE_COLUMNS)
            r->columns[r->column_count++] = key;
    }
}

/* A long value (a witness sign-in, say) is folded away and cut: the reason has it in words, and the
 * machine formats have it whole. */
static void write_text(struct html *h, const char *text)
{
    struct buf cut;

    if (strlen(text) <= LONG_BYTES) {
        xo_text(h->x, text);
        return;
    }
    buf_init(&cut, LIMIT_REPORT_TEXT_BYTES);
    escape_line(&cut, text, CUT_CHARS);
    xo_class(h->x, "details", "aside");
    if (h->is_print)
        xo_attr(h->x, "open", "");
    html_elem(h, "summary", MSG_SHOW);
    xo_elem(h->x, "code", cut.p);
    xo_end(h->x);
    buf_release(&cut);
}

/* Absent, null and a value are three things. */
static void write_value(struct html *h, const json_t *v)
{
    xo_start(h->x, "td");
    if (v == NULL || json_is_null(v)) {
        xo_attr(h->x, "class", "none");
        xo_text(h->x, v == NULL ? "absent" : "null");
    } else if (json_is_string(v)) {
        char *list = words_list(json_string_value(v));

        write_text(h, list != NULL ? list : json_string_value(v));
        free(list);
    } else {
        char *text = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);

        write_text(h, text != NULL ? text : "");
        free(text);
    }
    xo_end(h->x);
}

static enum msg baseline_msg(const char *state)
{
    return str_eq(state, "new")    ? MSG_NEW
           : str_eq(state, "open") ? MSG_STILL_OPEN
                                   : MSG_NEW_NOT_KNOWN;
}

static void write_row(struct html *h, const struct rows *r, const struct kept *k, bool is_waived)
{
    struct xmlout *x = h->x;
    const char *name = k->name != NULL && k->name[0] != '\0' ? k->name : k->id;

    xo_start(x, "tr");
    page_row_head(x);
    xo_text(x, name);
    if (!str_eq(name, k->id)) {
        xo_text(x, " ");
        xo_class(x, "span", "sub id");
        xo_text(x, k->id);
        xo_end(x);
    }
    xo_end(x);
    xo_class(x, "td", "mid");
    if (k->baseline != NULL) {
        html_elem(h, "strong", baseline_msg(k->baseline));
        xo_text(x, " ");
    }
    xo_start(x, "span");
    html_english(h);
    xo_text(x, k->reason);
    xo_end(x);
    if (k->note != NULL) {
        xo_text(x, " ");
        xo_class(x, "span", "sub");
        html_english(h);
        xo_text(x, k->note);
        xo_end(x);
    }
    xo_end(x);
    if (is_waived)
        html_cell(h, k->waiver);
    for (size_t i = 0; i < r->column_count; i++)
        write_value(h, json_object_get(k->evidence, r->columns[i]));
    xo_end(x);
    xo_nl(x);
}

static void write_rows(struct html *h, const char *caption, const struct rows *r, bool is_waived)
{
    const char *headings[3 + EVIDENCE_COLUMNS];
    char *named[EVIDENCE_COLUMNS] = {NULL};
    size_t n = 0;

    headings[n++] = html_word(h, MSG_COL_RESOURCE);
    headings[n++] = html_word(h, MSG_COL_REASON);
    if (is_waived)
        headings[n++] = html_word(h, MSG_COL_WAIVER);
    for (size_t i = 0; i < r->column_count; i++) {
        named[i] = xasprintf("%s", r->columns[i]);
        for (char *p = named[i]; *p != '\0'; p++)
            if (*p == '_' || *p == '#') /* display_name: display name */
                *p = ' ';
        headings[n++] = named[i];
    }
    html_table(h, caption, headings, n, true);
    for (size_t i = 0; i < r->n; i++)
        write_row(h, r, &r->v[i], is_waived);
    html_table_end(h);
    for (size_t i = 0; i < r->column_count; i++)
        free(named[i]);
}

enum err_code html_resources(struct html *h, const struct report_rule *rule, const char *status,
                             enum msg caption, size_t total, struct err *e)
{
    struct rows *r;
    enum err_code code;

    if (total == 0)
        return ERR_OK;
    r = xcalloc(1, sizeof *r);
    code = report_rows_each(h->m, rule->id, status, h->rows_each, keep, r, e);
    if (code == ERR_OK && r->n > 0) {
        char *words = html_text(h, caption, SAY(.a = rule->id, .n = r->n, .of = total));

        find_columns(r);
        write_rows(h, words, r, str_eq(status, "waived"));
        free(words);
    }
    release_rows(r);
    return code;
}

/* Data: no policy has to allow it, and nothing runs it. */
static void write_packed(struct html *h, const char *name, size_t n, const char *base64)
{
    xo_start(h->x, "script");
    xo_attr(h->x, "type", "application/json");
    xo_attr(h->x, "data-packed", name);
    xo_attrf(h->x, "data-n", "%zu", n);
    xo_constant(h->x, base64, strlen(base64));
    xo_end(h->x);
}

void html_names(struct html *h)
{
    if (h->data.names != NULL)
        write_packed(h, "", 0, h->data.names);
}

void html_all_rows(struct html *h, const struct report_rule *rule)
{
    const char *packed = h->data.packed != NULL ? h->data.packed[rule - h->m->rules] : NULL;
    struct xmlout *x = h->x;

    if (!html_data_is_cut(rule, h->rows_each))
        return;
    xo_class(x, "div", "all-rows");
    if (packed != NULL)
        write_packed(h, rule->id, rule->fail + rule->manual + rule->unknown + rule->waived, packed);
    if (packed == NULL && h->data.file != NULL)
        html_para_say(h, "more", MSG_ROWS_SIDECAR, SAY(.a = h->data.file, .b = h->data.digest));
    else
        html_para_say(h, "more", MSG_ROWS_MORE, SAY());
    xo_end(x);
    xo_nl(x);
}
