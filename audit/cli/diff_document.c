/* diff_document.c - differences as a document for people: HTML or Markdown. */
#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "diff_view.h"
#include "reports/changes.h"

#include <stdint.h>
#include <stdlib.h>

enum { VALUE_BYTES = 64 * 1024 };

static struct changes_side side_of(const struct diff_source *s)
{
    return (struct changes_side){s->path, s->collected, s->as_of};
}

static void begin(struct diff_view *v)
{
    struct changes_options *o = xcalloc(1, sizeof *o);

    o->format = v->form == DIFF_HTML ? CHANGES_HTML : CHANGES_MARKDOWN;
    o->tenant = v->new.name != NULL ? v->new.name : "a tenant whose name was not read";
    o->old = side_of(&v->old);
    o->new = side_of(&v->new);
    o->redacted = v->redacted_words;
    o->max_lines = v->in_full                 ? SIZE_MAX
                   : v->form == DIFF_MARKDOWN ? LIMIT_DIFF_LINES
                                              : LIMIT_DIFF_ROWS;
    v->about = o;
    v->document = changes_new(o, v->f);
}

/* A member of a list has one side: the other is not "(absent)", it is not there. */
static char *value_of(const struct diff_item *it, json_t *value, const char *name)
{
    struct buf b;

    if (it->change != DIFF_CHANGED || (it->is_member && value == NULL))
        return NULL;
    buf_init(&b, VALUE_BYTES);
    diff_add_value(&b, value, name, false);
    return buf_take(&b);
}

void diff_document_item(struct diff_view *v, const struct diff_item *it)
{
    static const enum change_mark marks[] = {[DIFF_ADDED] = CHANGE_ADDED,
                                             [DIFF_REMOVED] = CHANGE_REMOVED,
                                             [DIFF_CHANGED] = CHANGE_CHANGED};
    char *old = value_of(it, it->old, it->old_name);
    char *new = value_of(it, it->new, it->new_name);
    const struct change x = {it->kind->title,
                             marks[it->change],
                             it->label,
                             it->change == DIFF_CHANGED ? it->property : NULL,
                             old,
                             new};

    if (v->document == NULL)
        begin(v);
    changes_add(v->document, &x);
    free(old);
    free(new);
}

static void add_gap(void *ctx, const char *lost, const char *why)
{
    changes_gap(ctx, lost, why);
}

enum err_code diff_document_end(struct diff_view *v, struct err *e)
{
    enum err_code code = ERR_OK;

    if (v->document == NULL && v->form != DIFF_TEXT && v->gaps_n > 0)
        begin(v);
    if (v->document != NULL) {
        diff_each_gap(v, add_gap, v->document);
        code = changes_end(v->document, e);
    }
    v->document = NULL;
    free(v->about);
    v->about = NULL;
    return code;
}
