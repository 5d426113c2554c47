#include "changes.h"

#include "base/attrs.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

const char *change_word(enum change_mark m)
{
    static const char *const words[] = {
        [CHANGE_ADDED] = "Added", [CHANGE_REMOVED] = "Removed", [CHANGE_CHANGED] = "Changed"};

    return words[m];
}

struct changes *changes_new(const struct changes_options *o, FILE *f)
{
    struct changes *c = xcalloc(1, sizeof *c);

    c->o = o;
    c->f = f;
    c->w = o->format == CHANGES_HTML ? &changes_html : &changes_markdown;
    return c;
}

static void end_kind(struct changes *c)
{
    if (c->n > 0)
        c->w->end_kind(c, c->more);
    c->lines = c->more = 0;
}

static void begin_kind(struct changes *c, const char *title)
{
    if (c->n == 0)
        c->w->begin(c, &c->err);
    else
        end_kind(c);
    c->kinds = xreallocarray(c->kinds, c->n + 1, sizeof *c->kinds);
    c->kinds[c->n] = (struct changes_kind){.title = title};
    c->n++;
    if (c->err.code == ERR_OK)
        c->w->begin_kind(c, title);
}

void changes_add(struct changes *c, const struct change *x)
{
    if (c->err.code != ERR_OK)
        return;
    if (c->n == 0 || strcmp(c->kinds[c->n - 1].title, x->kind) != 0)
        begin_kind(c, x->kind);
    if (c->err.code != ERR_OK)
        return;
    c->kinds[c->n - 1].n[x->mark]++;
    if (c->lines >= c->o->max_lines) {
        c->more++;
    } else {
        c->lines++;
        c->w->row(c, x);
    }
}

void changes_gap(struct changes *c, const char *what, const char *why)
{
    if (c->n == 0 && c->gaps == 0) {
        c->is_empty = true;
        c->w->begin(c, &c->err);
    }
    if (c->err.code != ERR_OK)
        return;
    if (c->gaps == 0)
        end_kind(c);
    c->w->gap(c, what, why, c->gaps == 0);
    c->gaps++;
}

enum err_code changes_end(struct changes *c, struct err *e)
{
    enum err_code code;

    if (c->n + c->gaps > 0 && c->err.code == ERR_OK) {
        if (c->gaps == 0)
            end_kind(c);
        c->w->totals(c);
    }
    code = c->err.code != ERR_OK ? err_set(e, c->err.code, "%s", c->err.msg) : ERR_OK;
    buf_release(&c->line);
    free(c->kinds);
    free(c);
    return code;
}
