/* stmt_filter.c - texts on their way out of a statement, changed by the store's filter. */
#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "store_internal.h"

#include <stdlib.h>

struct filtered_column {
    int what;  /* of the filter */
    bool done; /* in this row */
    bool stays;
    struct buf out;
};

struct filtered {
    const struct store_filter *filter;
    int n;
    struct filtered_column column[];
};

struct filtered *filtered_new(const struct stmt *st)
{
    const struct store_filter *filter = st->store->filter;
    struct filtered *f;
    int n = sqlite3_column_count(st->st);

    if (filter == NULL || n <= 0)
        return NULL;
    f = xcalloc(1, sizeof *f + (size_t)n * sizeof f->column[0]);
    f->filter = filter;
    f->n = n;
    for (int i = 0; i < n; i++) {
        f->column[i].what = filter->column(filter->ctx, sqlite3_column_table_name(st->st, i),
                                           sqlite3_column_origin_name(st->st, i));
        buf_init(&f->column[i].out, LIMIT_REPORT_TEXT_BYTES);
    }
    return f;
}

void filtered_free(struct filtered *f)
{
    for (int i = 0; f != NULL && i < f->n; i++)
        buf_release(&f->column[i].out);
    free(f);
}

void filtered_step(struct filtered *f)
{
    for (int i = 0; i < f->n; i++)
        f->column[i].done = false;
}

const char *filtered_text(struct filtered *f, int at, const char *text)
{
    struct filtered_column *c;

    if (at < 0 || at >= f->n || f->column[at].what == 0)
        return text;
    c = &f->column[at];
    if (!c->done) {
        buf_clear(&c->out);
        c->stays = !f->filter->text(f->filter->ctx, c->what, text, &c->out);
        c->done = true;
    }
    if (c->stays)
        return text;
    return c->out.failed ? "(left out: too long to be redacted)" : c->out.p;
}

void store_set_filter(struct store *s, const struct store_filter *f)
{
    s->filter = f;
}

const struct store_filter *store_filter_of(const struct store *s)
{
    return s->filter;
}
